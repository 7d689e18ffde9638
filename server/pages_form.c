/* SPDX-License-Identifier: Apache-2.0 */
#include "server/pages_form.h"

#include "host/figure.h"
#include "host/value_text.h"

/* ---- what may stand in a field ---- */

static const char *kind_of(const struct server_page *page, const struct wsync_field *field)
{
    switch (field->type) {
    case WSYNC_TYPE_INTEGER:
        return server_word(page, "số nguyên", "a whole number");
    case WSYNC_TYPE_DECIMAL:
        return server_word(page, "số có phần lẻ", "a number with decimals");
    case WSYNC_TYPE_TEXT:
        return server_word(page, "chữ", "text");
    case WSYNC_TYPE_DATE:
        return server_word(page, "ngày/tháng/năm", "day/month/year");
    case WSYNC_TYPE_TIME:
        return server_word(page, "giờ:phút", "hour:minute");
    case WSYNC_TYPE_DATETIME:
        return server_word(page, "ngày và giờ", "date and time");
    case WSYNC_TYPE_CHOICE:
        return server_word(page, "một trong các lựa chọn", "one of the choices");
    case WSYNC_TYPE_CHOICES:
        return server_word(page, "một hay nhiều lựa chọn", "one or more of the choices");
    case WSYNC_TYPE_GEOPOINT:
        return server_word(page, "vĩ độ,kinh độ", "latitude,longitude");
    case WSYNC_TYPE_BOOLEAN:
        return server_word(page, "Có hoặc Không", "Yes or No");
    case WSYNC_TYPE_UNIT:
        return server_word(page, "một đơn vị trong danh sách", "a unit of the list");
    case WSYNC_TYPE_BYTES:
    case WSYNC_TYPE_PHOTO:
        break;
    }
    return server_word(page, "ảnh hoặc tệp", "a photo or file");
}

static void write_bound(struct server_page *page, const struct wsync_field *field,
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

/* "số nguyên, từ 0 đến 5.000". */
static void write_allowed(struct server_page *page, const struct wsync_field *field)
{
    wsync_html_text(page->html, kind_of(page, field));
    if (field->has_min) {
        server_say(page, ", từ ", ", from ");
        write_bound(page, field, field->min);
    }
    if (field->has_max) {
        wsync_html_text(page->html, field->has_min ? server_word(page, " đến ", " to ")
                                                   : server_word(page, ", đến ", ", up to "));
        write_bound(page, field, field->max);
    }
}

static void write_label(struct server_page *page, struct wsync_slice vi, struct wsync_slice en)
{
    wsync_html_slice(page->html, server_label(page, vi, en));
}

/* ---- the table ---- */

static void write_choices(struct server_page *page, const struct wsync_field *field)
{
    for (size_t i = 0; i < field->choice_count; i++) {
        wsync_html_text(page->html, i == 0 ? ": " : ", ");
        write_label(page, field->choices[i].label_vi, field->choices[i].label_en);
    }
}

static void write_marks(struct server_page *page, const struct wsync_field *field)
{
    const char *marks[] = {
        field->required ? server_word(page, "bắt buộc", "required") : NULL,
        field->aggregate == WSYNC_AGGREGATE_SUM ? server_word(page, "cộng", "summed") : NULL,
        field->aggregate == WSYNC_AGGREGATE_COUNT ? server_word(page, "đếm", "counted") : NULL,
        field->personal ? server_word(page, "dữ liệu cá nhân", "personal data") : NULL};
    bool any = false;
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        if (marks[i]) {
            wsync_html_text(page->html, any ? ", " : "");
            wsync_html_text(page->html, marks[i]);
            any = true;
        }
    }
    wsync_html_text(page->html, any ? "" : "–");
}

static void write_field(struct server_page *page, const struct wsync_field *field)
{
    struct wsync_html *html = page->html;
    wsync_html_raw(html, "<tr><td class=\"number\">");
    wsync_html_number(html, field->number);
    wsync_html_raw(html, "</td><th scope=\"row\">");
    write_label(page, field->label_vi, field->label_en);
    wsync_html_raw(html, "</th><td><code>");
    wsync_html_slice(html, field->name);
    wsync_html_raw(html, "</code></td><td>");
    write_allowed(page, field);
    write_choices(page, field);
    wsync_html_raw(html, "</td><td>");
    write_marks(page, field);
    wsync_html_raw(html, "</td></tr>\n");
}

void server_form_fields(struct server_page *page, const struct wsync_form *form)
{
    server_table_begin(page, server_word(page, "Các trường", "The fields"));
    server_table_head(page, server_word(page, "Số", "Number"), true);
    server_table_head(page, server_word(page, "Nhãn", "Label"), false);
    server_table_head(page, server_word(page, "Tên", "Name"), false);
    server_table_head(page, server_word(page, "Được phép", "Allowed"), false);
    server_table_head(page, server_word(page, "Đánh dấu", "Marks"), false);
    server_table_body(page);
    for (size_t i = 0; i < form->field_count; i++) {
        write_field(page, &form->fields[i]);
    }
    server_table_end(page);
}

/* ---- what changes ---- */

struct listing {
    struct server_page *page;
    size_t count;
};

static void write_what(struct server_page *page, unsigned what)
{
    bool any = false;
    for (size_t i = 0; i < WSYNC_FORM_CHANGE_BITS; i++) {
        if (what & (1u << i)) {
            wsync_html_text(page->html, any ? ", " : ": ");
            wsync_html_text(page->html, WSYNC_FORM_CHANGE_WORDS[i][page->language]);
            any = true;
        }
    }
}

static void write_kind(struct server_page *page, enum wsync_form_change_kind kind)
{
    switch (kind) {
    case WSYNC_FORM_ADDED:
        wsync_html_raw(page->html, "<span class=\"tag good\">");
        server_say(page, "thêm", "added");
        break;
    case WSYNC_FORM_RETIRED:
        wsync_html_raw(page->html, "<span class=\"tag warn\">");
        server_say(page, "bỏ, số liệu cũ vẫn còn", "retired, what was recorded stays");
        break;
    case WSYNC_FORM_CHANGED:
    case WSYNC_FORM_SAME:
        wsync_html_raw(page->html, "<span class=\"tag calm\">");
        server_say(page, "đổi", "changed");
        break;
    }
    wsync_html_raw(page->html, "</span> ");
}

static void write_change(void *context, const struct wsync_form_change *change)
{
    struct listing *listing = context;
    const struct wsync_field *field = change->next ? change->next : change->old;
    if (change->kind == WSYNC_FORM_SAME) {
        return;
    }
    if (listing->count++ == 0) {
        wsync_html_raw(listing->page->html, "<ul>\n");
    }
    wsync_html_raw(listing->page->html, "<li>");
    write_kind(listing->page, change->kind);
    write_label(listing->page, field->label_vi, field->label_en);
    write_what(listing->page, change->what);
    wsync_html_raw(listing->page->html, "</li>\n");
}

void server_form_changes(struct server_page *page, const struct wsync_form *old,
                         const struct wsync_form *next)
{
    struct listing listing = {page, 0};
    if (old && wsync_form_frame_changed(old, next)) {
        listing.count++;
        wsync_html_raw(page->html, "<ul>\n<li>");
        write_kind(page, WSYNC_FORM_CHANGED);
        server_say(page, "tên của biểu mẫu, hoặc trường ngày và trường đơn vị",
                   "the form's own titles, or which fields are its date and unit");
        wsync_html_raw(page->html, "</li>\n");
    }
    wsync_form_changes(old, next, &listing, write_change);
    if (listing.count > 0) {
        wsync_html_raw(page->html, "</ul>\n");
    } else {
        server_paragraph(page, server_word(page, "Không trường nào đổi.", "No field changes."));
    }
}

/* ---- as the clerk sees it ---- */

static void write_seen_choices(struct server_page *page, const struct wsync_field *field)
{
    bool many = field->type == WSYNC_TYPE_CHOICES;
    for (size_t i = 0; i < field->choice_count; i++) {
        if (many) {
            wsync_html_raw(page->html, "<label class=\"choice\"><input type=\"checkbox\">");
        } else {
            wsync_html_raw(page->html, "<label class=\"choice\"><input type=\"radio\">");
        }
        write_label(page, field->choices[i].label_vi, field->choices[i].label_en);
        wsync_html_raw(page->html, "</label>\n");
    }
}

/* A group of choices has a legend, every other control a label around it. */
static void write_seen(struct server_page *page, const struct wsync_field *field)
{
    struct wsync_html *html = page->html;
    struct wsync_slice hint = server_label(page, field->hint_vi, field->hint_en);
    bool group = field->choice_count > 0;
    if (group) {
        wsync_html_raw(html, "<fieldset disabled><legend>");
    } else {
        wsync_html_raw(html, "<div class=\"field\"><label>");
    }
    write_label(page, field->label_vi, field->label_en);
    if (field->required) {
        server_say(page, " (bắt buộc)", " (required)");
    }
    wsync_html_text(html, "");
    if (group) {
        wsync_html_raw(html, "</legend>\n");
        write_seen_choices(page, field);
    } else {
        wsync_html_raw(html, " <input type=\"text\" disabled></label>");
    }
    wsync_html_raw(html, "<span class=\"hint\">");
    wsync_html_slice(html, hint);
    wsync_html_text(html, hint.len > 0 ? " · " : "");
    write_allowed(page, field);
    wsync_html_raw(html, "</span>");
    if (group) {
        wsync_html_raw(html, "</fieldset>\n");
    } else {
        wsync_html_raw(html, "</div>\n");
    }
}

void server_form_as_seen(struct server_page *page, const struct wsync_form *form)
{
    for (size_t i = 0; i < form->field_count; i++) {
        write_seen(page, &form->fields[i]);
    }
}
