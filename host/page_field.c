/* SPDX-License-Identifier: Apache-2.0 */
#include "host/page_field.h"

#include <stdio.h>
#include <string.h>

#include "host/figure.h"
#include "host/name_order.h"
#include "host/page.h"
#include "host/page_photo.h"
#include "host/photo.h"
#include "host/photo_text.h"
#include "host/units_here.h"

enum { RADIOS_MAX = 6, UNITS_MAX = 512, ID_BYTES = WSYNC_NAME_BYTES_MAX + 16 };

/* The word a control and what belongs to it are called by: "f-participants". */
static const char *id_of(const struct wsync_field *field, const char *more, char id[ID_BYTES])
{
    snprintf(id, ID_BYTES, "f-%.*s%s", (int)field->name.len, (const char *)field->name.data,
             more);
    return id;
}

bool wsync_page_field_is_typed(const struct wsync_field *field)
{
    return field->type != WSYNC_TYPE_PHOTO && field->type != WSYNC_TYPE_BYTES;
}

const char *wsync_page_field_text(struct wsync_arena *arena, const struct wsync_field *field,
                                  const struct wsync_value *value)
{
    struct wsync_view_text text;
    bool named = field->type == WSYNC_TYPE_CHOICE || field->type == WSYNC_TYPE_CHOICES ||
                 field->type == WSYNC_TYPE_BOOLEAN;
    enum wsync_style style = named ? WSYNC_STYLE_DATA : WSYNC_STYLE_VI;
    if (wsync_value_print(field, value, style, text.b, sizeof text.b) != WSYNC_OK) {
        return NULL;
    }
    return (const char *)wsync_arena_copy(arena, wsync_slice(text.b, strlen(text.b) + 1)).data;
}

/* ---- what may stand there ---- */

static void write_bound(const struct wsync_page_record *page, const struct wsync_field *field,
                        int64_t bound)
{
    char text[WSYNC_FIGURE_BYTES];
    const struct wsync_value value = {.class = WSYNC_CLASS_INTEGER, .integer = bound};
    if (field->type != WSYNC_TYPE_DATE) {
        wsync_figure_text(bound, field->digits, text);
        wsync_html_text(page->html, text);
    } else if (wsync_value_print(field, &value, WSYNC_STYLE_VI, text, sizeof text) ==
               WSYNC_OK) {
        wsync_html_text(page->html, text);
    }
}

static const char *kind_of(const struct wsync_page_record *page,
                           const struct wsync_field *field)
{
    switch (field->type) {
    case WSYNC_TYPE_INTEGER:
        return wsync_page_word(page, "số nguyên", "a whole number");
    case WSYNC_TYPE_DECIMAL:
        return wsync_page_word(page, "số, dấu phẩy cho phần lẻ, như 12,5",
                               "a number with a comma for decimals, as 12,5");
    case WSYNC_TYPE_TEXT:
        return wsync_page_word(page, "chữ", "text");
    case WSYNC_TYPE_DATE:
        return wsync_page_word(page, "ngày/tháng/năm, như 16/04/2022",
                               "day/month/year, as 16/04/2022");
    case WSYNC_TYPE_TIME:
        return wsync_page_word(page, "giờ:phút, như 07:30", "hour:minute, as 07:30");
    case WSYNC_TYPE_DATETIME:
        return wsync_page_word(page, "ngày và giờ, như 16/04/2022 07:30",
                               "date and time, as 16/04/2022 07:30");
    case WSYNC_TYPE_CHOICE:
        return wsync_page_word(page, "một trong các lựa chọn", "one of the choices");
    case WSYNC_TYPE_CHOICES:
        return wsync_page_word(page, "một hay nhiều lựa chọn", "one or more of the choices");
    case WSYNC_TYPE_GEOPOINT:
        return wsync_page_word(page, "vĩ độ,kinh độ, như 21.0285,105.8542",
                               "latitude,longitude, as 21.0285,105.8542");
    case WSYNC_TYPE_BOOLEAN:
        return wsync_page_word(page, "Có hoặc Không", "Yes or No");
    case WSYNC_TYPE_UNIT:
        return wsync_page_word(page, "một đơn vị trong danh sách", "a unit of the list");
    case WSYNC_TYPE_BYTES:
    case WSYNC_TYPE_PHOTO:
        break;
    }
    return wsync_page_word(page, "tệp", "a file");
}

/* Writes the kinds of files, as browsers or as people call them. */
static void write_kinds(const struct wsync_page_record *page, uint32_t kinds, bool types)
{
    static const struct {
        uint32_t kind;
        const char *type;
    } TYPES[] = {{WSYNC_PHOTO_JPEG, "image/jpeg"},
                 {WSYNC_PHOTO_PNG, "image/png"},
                 {WSYNC_PHOTO_WEBP, "image/webp"},
                 {WSYNC_PHOTO_PDF, "application/pdf"}};
    bool more = false;
    for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++) {
        if ((kinds & TYPES[i].kind) != 0) {
            wsync_html_text(page->html, !more ? "" : types ? "," : ", ");
            wsync_html_text(page->html,
                            types ? TYPES[i].type : wsync_photo_kind_name(TYPES[i].kind));
            more = true;
        }
    }
}

static void write_files_allowed(const struct wsync_page_record *page,
                                const struct wsync_field *field)
{
    char size[WSYNC_PHOTO_SIZE_BYTES];
    write_kinds(page, wsync_field_photo_kinds(field), false);
    wsync_page_say(page, ", nhiều nhất ", ", at most ");
    wsync_html_text(page->html, wsync_photo_size(wsync_field_photo_bytes(field), size));
}

void wsync_page_allowed(const struct wsync_page_record *page, const struct wsync_field *field)
{
    struct wsync_html *html = page->html;
    if (field->type == WSYNC_TYPE_PHOTO) {
        write_files_allowed(page, field);
        return;
    }
    wsync_html_text(html, kind_of(page, field));
    if (field->has_min) {
        wsync_page_say(page, ", từ ", ", from ");
        write_bound(page, field, field->min);
    }
    if (field->has_max) {
        wsync_html_text(html, field->has_min ? wsync_page_word(page, " đến ", " to ")
                                             : wsync_page_word(page, ", đến ", ", up to "));
        write_bound(page, field, field->max);
    }
}

void wsync_page_field_fault(const struct wsync_page_record *page,
                            const struct wsync_page_field *item)
{
    struct wsync_html *html = page->html;
    if (item->fault == WSYNC_PAGE_FIELD_BLANK) {
        wsync_page_say(page, "Phải điền; được phép: ", "Has to be filled in; allowed: ");
    } else {
        wsync_page_say(page, "Đã điền “", "“");
        wsync_html_text(html, item->text);
        wsync_page_say(page, "”, không dùng được; được phép: ", "” cannot be used; allowed: ");
    }
    wsync_page_allowed(page, item->field);
    wsync_html_raw(html, ".");
}

/* ---- the control ---- */

/* Is what is allowed to be read beside it?  Text and lists speak for themselves. */
static bool tells_allowed(const struct wsync_field *field)
{
    return field->type != WSYNC_TYPE_TEXT && field->type != WSYNC_TYPE_UNIT &&
           field->type != WSYNC_TYPE_BOOLEAN && field->type != WSYNC_TYPE_CHOICE &&
           field->type != WSYNC_TYPE_CHOICES;
}

static bool has_hint(const struct wsync_page_field *item)
{
    return item->field->hint_vi.len > 0 || item->last[0] || tells_allowed(item->field);
}

static void write_describedby(const struct wsync_page_record *page,
                              const struct wsync_page_field *item)
{
    char id[ID_BYTES];
    bool hint = has_hint(item);
    bool fault = item->fault != WSYNC_PAGE_FIELD_WELL;
    if (hint || fault) {
        wsync_html_raw(page->html, " aria-describedby=\"");
        wsync_html_text(page->html, fault ? id_of(item->field, "-fault", id) : "");
        wsync_html_text(page->html, fault && hint ? " " : "");
        wsync_html_text(page->html, hint ? id_of(item->field, "-hint", id) : "");
        wsync_html_raw(page->html, "\"");
    }
    if (fault) {
        wsync_html_raw(page->html, " aria-invalid=\"true\"");
    }
}

/* Name, id and what belongs to every single control. */
static void write_named(const struct wsync_page_record *page,
                        const struct wsync_page_field *item)
{
    char id[ID_BYTES];
    id_of(item->field, "", id);
    wsync_html_attr(page->html, "name", id);
    wsync_html_attr(page->html, "id", id);
    if (item->field->required) {
        wsync_html_raw(page->html, " aria-required=\"true\"");
    }
    if (item->focus) {
        wsync_html_raw(page->html, " autofocus");
    }
    write_describedby(page, item);
}

static void write_input(const struct wsync_page_record *page,
                        const struct wsync_page_field *item)
{
    struct wsync_html *html = page->html;
    enum wsync_type type = item->field->type;
    if (type == WSYNC_TYPE_TEXT) {
        wsync_html_raw(html, "<textarea rows=\"2\"");
        write_named(page, item);
        wsync_html_raw(html, ">\n"); /* a browser drops the first line end */
        wsync_html_text(html, item->text);
        wsync_html_raw(html, "</textarea>");
        return;
    }
    wsync_html_raw(html, "<input type=\"text\" autocomplete=\"off\"");
    if (type == WSYNC_TYPE_INTEGER) {
        wsync_html_raw(html, " inputmode=\"numeric\"");
    } else if (type == WSYNC_TYPE_DECIMAL) {
        wsync_html_raw(html, " inputmode=\"decimal\"");
    }
    wsync_html_attr(html, "value", item->text);
    write_named(page, item);
    wsync_html_raw(html, ">");
}

/* Does the typed text name it, alone or among others? */
static bool is_chosen(const struct wsync_page_field *item, struct wsync_slice name)
{
    const char *at = item->text;
    if (*at == '\0') {
        return name.len == 0;
    }
    while (*at) { /* ends: each turn passes one word */
        size_t len = strcspn(at, " ");
        if (wsync_slice_equal(wsync_slice(at, len), name)) {
            return true;
        }
        at += len + (at[len] == ' ');
    }
    return false;
}

static void write_option(const struct wsync_page_record *page, const char *value, bool chosen)
{
    wsync_html_raw(page->html, "<option");
    wsync_html_attr(page->html, "value", value);
    if (chosen) {
        wsync_html_raw(page->html, " selected");
    }
    wsync_html_raw(page->html, ">");
}

/* The ward and what lies below it, in the site's arena; as many as a list has room for. */
static size_t read_units(struct wsync_site *site, struct wsync_slice names[UNITS_MAX],
                         uint32_t ids[UNITS_MAX])
{
    struct wsync_unit unit = {.id = 0};
    int32_t today = wsync_units_here_today();
    size_t count = 0;
    while (count < UNITS_MAX &&
           wsync_unit_after(site->txn, unit.id, today, &site->arena, &unit) == WSYNC_OK) {
        if (wsync_unit_within(site->txn, unit.id, site->conf.scope, today, &site->arena) ==
            WSYNC_OK) {
            names[count] = unit.name;
            ids[count++] = unit.id;
        }
    }
    return count;
}

static void write_units(const struct wsync_page_record *page,
                        const struct wsync_page_field *item)
{
    struct wsync_site *site = page->site;
    size_t mark = wsync_arena_mark(&site->arena);
    static struct wsync_slice names[UNITS_MAX]; /* one request at a time */
    static uint32_t ids[UNITS_MAX];
    static size_t order[UNITS_MAX];
    char number[16];
    bool found = item->text[0] == '\0';
    size_t count = read_units(site, names, ids);
    if (wsync_name_order(names, count, &site->arena, order) != WSYNC_OK) {
        count = 0;
    }
    for (size_t i = 0; i < count; i++) {
        snprintf(number, sizeof number, "%u", ids[order[i]]);
        bool chosen = strcmp(number, item->text) == 0;
        found = found || chosen;
        write_option(page, number, chosen);
        wsync_html_slice(page->html, names[order[i]]);
        wsync_html_raw(page->html, "</option>");
    }
    wsync_arena_release(&site->arena, mark);
    if (!found) { /* of another time or place: it stays unless somebody chooses */
        write_option(page, item->text, true);
        wsync_html_text(page->html, item->text);
        wsync_html_raw(page->html, "</option>");
    }
}

static void write_select(const struct wsync_page_record *page,
                         const struct wsync_page_field *item)
{
    struct wsync_html *html = page->html;
    const struct wsync_field *field = item->field;
    wsync_html_raw(html, "<select");
    write_named(page, item);
    wsync_html_raw(html, ">");
    write_option(page, "", item->text[0] == '\0');
    wsync_page_say(page, "– chọn –", "– choose –");
    wsync_html_raw(html, "</option>");
    if (field->type == WSYNC_TYPE_UNIT && !item->shown_only) {
        write_units(page, item);
    }
    for (size_t i = 0; i < field->choice_count; i++) {
        const struct wsync_choice *choice = &field->choices[i];
        wsync_html_raw(html, "<option");
        wsync_html_attr_slice(html, "value", choice->name);
        if (is_chosen(item, choice->name)) {
            wsync_html_raw(html, " selected");
        }
        wsync_html_raw(html, ">");
        wsync_page_label(page, choice->label_vi, choice->label_en);
        wsync_html_raw(html, "</option>");
    }
    wsync_html_raw(html, "</select>");
}

/* One radio or check box with its label. */
static void write_tick(const struct wsync_page_record *page,
                       const struct wsync_page_field *item, const struct wsync_choice *choice,
                       bool focus)
{
    char id[ID_BYTES];
    struct wsync_html *html = page->html;
    if (item->field->type == WSYNC_TYPE_CHOICES) {
        wsync_html_raw(html, "<label class=\"choice\"><input type=\"checkbox\"");
    } else {
        wsync_html_raw(html, "<label class=\"choice\"><input type=\"radio\"");
    }
    wsync_html_attr(html, "name", id_of(item->field, "", id));
    wsync_html_attr_slice(html, "value", choice->name);
    if (is_chosen(item, choice->name)) {
        wsync_html_raw(html, " checked");
    }
    if (focus) {
        wsync_html_raw(html, " autofocus");
    }
    wsync_html_raw(html, "> ");
    wsync_page_label(page, choice->label_vi, choice->label_en);
    wsync_html_raw(html, "</label>");
}

#define LITERAL(text)                                                                          \
    {                                                                                          \
        (const uint8_t *)(text), sizeof(text) - 1                                              \
    }
static const struct wsync_choice SIDES[] = {
    {1, LITERAL("true"), LITERAL("Có"), LITERAL("Yes")},
    {0, LITERAL("false"), LITERAL("Không"), LITERAL("No")},
};
static const struct wsync_choice NOTHING = {0, LITERAL(""), LITERAL("Không ghi"),
                                            LITERAL("Not given")};

static void write_ticks(const struct wsync_page_record *page,
                        const struct wsync_page_field *item)
{
    const struct wsync_field *field = item->field;
    bool sides = field->type == WSYNC_TYPE_BOOLEAN;
    const struct wsync_choice *choices = sides ? SIDES : field->choices;
    size_t count = sides ? sizeof SIDES / sizeof *SIDES : field->choice_count;
    for (size_t i = 0; i < count; i++) {
        write_tick(page, item, &choices[i], item->focus && i == 0);
    }
    if (field->type != WSYNC_TYPE_CHOICES && !field->required) {
        write_tick(page, item, &NOTHING, false); /* a radio cannot be taken back otherwise */
    }
}

/* ---- the whole ---- */

static bool is_group(const struct wsync_field *field)
{
    return field->type == WSYNC_TYPE_CHOICES || field->type == WSYNC_TYPE_BOOLEAN ||
           (field->type == WSYNC_TYPE_CHOICE && field->choice_count <= RADIOS_MAX);
}

static void write_label(const struct wsync_page_record *page, const struct wsync_field *field)
{
    wsync_page_label(page, field->label_vi, field->label_en);
    if (field->required) {
        wsync_html_raw(page->html, " <span class=\"muted\">(");
        wsync_page_say(page, "bắt buộc", "required");
        wsync_html_raw(page->html, ")</span>");
    }
    if (field->personal) {
        wsync_html_raw(page->html, " <span class=\"muted\">(");
        wsync_page_say(page, "thông tin cá nhân, không vào tổng hợp",
                       "personal, never in the totals");
        wsync_html_raw(page->html, ")</span>");
    }
}

static void write_hint(const struct wsync_page_record *page,
                       const struct wsync_page_field *item)
{
    char id[ID_BYTES];
    struct wsync_html *html = page->html;
    const struct wsync_field *field = item->field;
    if (!has_hint(item)) {
        return;
    }
    wsync_html_raw(html, "<p class=\"hint\"");
    wsync_html_attr(html, "id", id_of(field, "-hint", id));
    wsync_html_raw(html, ">");
    if (field->hint_vi.len > 0) {
        wsync_page_label(page, field->hint_vi, field->hint_en);
        wsync_html_raw(html, ". ");
    }
    if (tells_allowed(field)) {
        wsync_page_say(page, "Được phép: ", "Allowed: ");
        wsync_page_allowed(page, field);
        wsync_html_raw(html, ". ");
    }
    if (item->last[0]) {
        wsync_html_text(html, item->is_now
                                  ? wsync_page_word(page, "Bây giờ: ", "Now: ")
                                  : wsync_page_word(page, "Lần trước: ", "Last time: "));
        wsync_html_text(html, item->last);
        wsync_html_raw(html, ".");
    }
    wsync_html_raw(html, "</p>");
}

static void write_mark(const struct wsync_page_record *page,
                       const struct wsync_page_field *item)
{
    char id[ID_BYTES];
    if (item->fault == WSYNC_PAGE_FIELD_WELL) {
        return;
    }
    wsync_html_raw(page->html, "<p class=\"fault\"");
    wsync_html_attr(page->html, "id", id_of(item->field, "-fault", id));
    wsync_html_raw(page->html, ">");
    wsync_page_field_fault(page, item);
    wsync_html_raw(page->html, "</p>");
}

void wsync_page_field_write(const struct wsync_page_record *page,
                            const struct wsync_page_field *item)
{
    char id[ID_BYTES];
    struct wsync_html *html = page->html;
    if (is_group(item->field)) {
        wsync_html_raw(html, "<fieldset class=\"field\" tabindex=\"-1\"");
        wsync_html_attr(html, "id", id_of(item->field, "", id));
        write_describedby(page, item);
        wsync_html_raw(html, "><legend>");
        write_label(page, item->field);
        wsync_html_raw(html, "</legend>");
        write_mark(page, item);
        write_ticks(page, item);
        write_hint(page, item);
        wsync_html_raw(html, "</fieldset>");
        return;
    }
    wsync_html_raw(html, "<div class=\"field\"><label");
    wsync_html_attr(html, "for", id_of(item->field, "", id));
    wsync_html_raw(html, ">");
    write_label(page, item->field);
    wsync_html_raw(html, "</label>");
    write_mark(page, item);
    if (item->field->type == WSYNC_TYPE_UNIT || item->field->type == WSYNC_TYPE_CHOICE) {
        write_select(page, item);
    } else {
        write_input(page, item);
    }
    write_hint(page, item);
    wsync_html_raw(html, "</div>");
}

/* ---- a photo or file ---- */

/* What a script needs to make a picture smaller, and the words for it. */
static void write_chooser(const struct wsync_page_record *page, const struct wsync_field *field)
{
    char id[ID_BYTES];
    struct wsync_html *html = page->html;
    uint32_t pixels = field->photo_pixels_max;
    wsync_html_raw(html, "<input type=\"file\"");
    id_of(field, "", id);
    wsync_html_attr(html, "name", id);
    wsync_html_attr(html, "id", id);
    wsync_html_attr(html, "aria-describedby", id_of(field, "-hint", id));
    wsync_html_raw(html, " accept=\"");
    write_kinds(page, wsync_field_photo_kinds(field), true);
    wsync_html_raw(html, "\"");
    wsync_html_attr_number(html, "data-pixels", pixels > 0 && pixels < 1280 ? pixels : 1280);
    wsync_html_attr_number(html, "data-bytes", wsync_field_photo_bytes(field));
    wsync_html_raw(html, ">");
}

static void write_file_hint(const struct wsync_page_record *page,
                            const struct wsync_field *field)
{
    char id[ID_BYTES];
    struct wsync_html *html = page->html;
    wsync_html_raw(html, "<p class=\"hint\"");
    wsync_html_attr(html, "id", id_of(field, "-hint", id));
    wsync_html_raw(html, ">");
    if (field->hint_vi.len > 0) {
        wsync_page_label(page, field->hint_vi, field->hint_en);
        wsync_html_raw(html, ". ");
    }
    wsync_page_say(page, "Được phép: ", "Allowed: ");
    wsync_page_allowed(page, field);
    wsync_html_raw(html, ".</p><p class=\"hint\" role=\"status\"");
    wsync_html_attr(html, "id", id_of(field, "-size", id));
    wsync_html_attr(
        html, "data-smaller",
        wsync_page_word(page, "Trang đã thu nhỏ ảnh:", "The page made the photo smaller:"));
    wsync_html_attr(
        html, "data-large",
        wsync_page_word(page, "Tệp lớn hơn mức cho phép:", "The file is too large:"));
    wsync_html_raw(html, "></p>");
}

void wsync_page_field_file(const struct wsync_page_record *page,
                           const struct wsync_field *field, const struct wsync_value *now,
                           const char *record)
{
    char id[ID_BYTES];
    struct wsync_html *html = page->html;
    wsync_html_raw(html, "<div class=\"field\"><label");
    wsync_html_attr(html, "for", id_of(field, "", id));
    wsync_html_raw(html, ">");
    write_label(page, field);
    wsync_html_raw(html, "</label>");
    if (now) {
        wsync_html_raw(html, "<p>");
        wsync_page_say(page, "Bây giờ: ", "Now: ");
        wsync_page_photo_small(page, field, now, record);
        wsync_html_raw(html, "</p><label class=\"choice\"><input type=\"checkbox\"");
        id_of(field, "", id);
        id[0] = 'x';
        wsync_html_attr(html, "name", id);
        wsync_html_raw(html, " value=\"1\"> ");
        wsync_page_say(page, "Bỏ khỏi bản ghi", "Take it out of the record");
        wsync_html_raw(html, "</label>");
    }
    write_chooser(page, field);
    write_file_hint(page, field);
    wsync_html_raw(html, "</div>");
}
