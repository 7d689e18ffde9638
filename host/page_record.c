/* SPDX-License-Identifier: Apache-2.0 */
#include "host/page_record.h"

#include <stdio.h>
#include <string.h>

#include "host/figure.h"
#include "host/page.h"
#include "host/page_photo.h"
#include "host/words.h"

enum { FIELDS_SHOWN = 3, SHORT_BYTES = 64 };

void wsync_page_label(const struct wsync_page_record *page, struct wsync_slice vi,
                      struct wsync_slice en)
{
    wsync_html_slice(page->html, wsync_words_label(page->language, vi, en));
}

/* ---- values ---- */

/* The text of a value that may be shown; NULL: it may not, which is said. */
static const char *text_of(const struct wsync_page_record *page,
                           const struct wsync_field *field, const struct wsync_value *value)
{
    static struct wsync_view_text text; /* one request at a time; too large for a stack */
    const struct wsync_cli cli = {.language = page->language};
    if (value->class == WSYNC_CLASS_BLANK) {
        return "–";
    }
    if (field->personal && !page->personal) {
        wsync_html_raw(page->html, "<span class=\"muted\">");
        wsync_page_say(page, "dữ liệu cá nhân, không hiện ở đây",
                       "personal data, not shown here");
        wsync_html_raw(page->html, "</span>");
        return NULL;
    }
    wsync_view_value(&cli, page->site, field, value, &text);
    return text.b;
}

void wsync_page_value(const struct wsync_page_record *page, const struct wsync_field *field,
                      const struct wsync_value *value)
{
    const char *text = text_of(page, field, value);
    if (text) {
        wsync_html_text(page->html, text);
    }
}

void wsync_page_short(const struct wsync_page_record *page, const struct wsync_field *field,
                      const struct wsync_value *value, size_t bytes)
{
    const char *text = text_of(page, field, value);
    size_t len = text ? strlen(text) : 0;
    bool cut = len > bytes;
    len = cut ? bytes : len;
    while (cut && len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80) {
        len--;
    }
    wsync_html_slice(page->html, wsync_slice(text, len));
    if (cut) {
        wsync_html_raw(page->html, "…");
    }
}

/* Does the value begin with the field's label, as "Tổ dân phố 1" does? */
static bool names_itself(const struct wsync_page_record *page, const struct wsync_field *field,
                         const struct wsync_value *value)
{
    struct wsync_slice label = page->language == WSYNC_VI || field->label_en.len == 0
                                   ? field->label_vi
                                   : field->label_en;
    const char *text = text_of(page, field, value);
    return text && strncmp(text, (const char *)label.data, label.len) == 0;
}

void wsync_page_content(const struct wsync_page_record *page,
                        const struct wsync_records_item *item)
{
    size_t shown = 0;
    for (size_t i = 0; i < item->form->field_count && shown < FIELDS_SHOWN; i++) {
        const struct wsync_field *field = &item->form->fields[i];
        const struct wsync_live *live = wsync_record_shown(item->record, field->number, NULL);
        if (!live || live->value.class == WSYNC_CLASS_BLANK || field->personal ||
            field->number == item->form->date_field || field->type == WSYNC_TYPE_PHOTO) {
            continue;
        }
        if (shown++ > 0) {
            wsync_html_raw(page->html, " · ");
        }
        if (!names_itself(page, field, &live->value)) {
            wsync_page_label(page, field->label_vi, field->label_en);
            wsync_html_raw(page->html, ": ");
        }
        wsync_page_short(page, field, &live->value, SHORT_BYTES);
    }
}

void wsync_page_fields(const struct wsync_page_record *page, const struct wsync_record *record,
                       const struct wsync_form *form, const char *id, const char *conflict)
{
    struct wsync_html *html = page->html;
    wsync_page_table(html, wsync_page_word(page, "Các giá trị", "The values"));
    wsync_html_raw(html, "<caption>");
    wsync_page_say(page, "Các giá trị", "The values");
    wsync_html_raw(html, "</caption><tbody>");
    for (size_t i = 0; i < form->field_count; i++) {
        const struct wsync_field *field = &form->fields[i];
        size_t count;
        const struct wsync_live *shown = wsync_record_shown(record, field->number, &count);
        if (!shown) {
            continue;
        }
        wsync_html_raw(html, "<tr><th scope=\"row\">");
        wsync_page_label(page, field->label_vi, field->label_en);
        wsync_html_raw(html, "</th><td>");
        if (field->type == WSYNC_TYPE_PHOTO) {
            wsync_page_photo_small(page, field, &shown->value, id);
        } else {
            wsync_page_value(page, field, &shown->value);
        }
        if (count > 1) {
            wsync_html_raw(html, " <a class=\"tag\"");
            wsync_html_attr(html, "href", conflict);
            wsync_html_raw(html, ">");
            wsync_page_say(page, "Xung đột", "In conflict");
            wsync_html_raw(html, "</a>");
        }
        wsync_html_raw(html, "</td></tr>");
    }
    wsync_html_raw(html, "</tbody></table></div>");
}

/* ---- the history ---- */

static const char *step_word(const struct wsync_page_record *page,
                             const struct wsync_operation *operation)
{
    switch (operation->kind) {
    case WSYNC_KIND_WRITE:
        return operation->creates ? wsync_page_word(page, "Nhập", "Entered")
                                  : wsync_page_word(page, "Sửa", "Changed");
    case WSYNC_KIND_DELETE:
        return wsync_page_word(page, "Xóa", "Deleted");
    case WSYNC_KIND_REVIVE:
        return wsync_page_word(page, "Khôi phục", "Brought back");
    case WSYNC_KIND_DUPLICATE:
        break;
    }
    return wsync_page_word(page, "Đánh dấu trùng", "Marked as a duplicate");
}

static void write_who(const struct wsync_page_record *page, const struct wsync_doing *doing)
{
    wsync_html_text(page->html, doing->device);
    if (doing->who[0]) {
        wsync_html_raw(page->html, ", ");
        wsync_html_text(page->html, doing->who);
    }
}

/* A history being written. */
struct history {
    const struct wsync_page_record *page;
    const struct wsync_form *form;
    bool first_stands; /* the values above are those of the first entry */
};

static void write_writes(const struct history *history, const struct wsync_operation *operation)
{
    const struct wsync_page_record *page = history->page;
    if (operation->creates && history->first_stands) {
        return;
    }
    for (size_t i = 0; i < operation->write_count; i++) {
        const struct wsync_write *write = &operation->writes[i];
        const struct wsync_field *field = wsync_form_field(history->form, write->field);
        if (field) {
            wsync_html_raw(page->html, "<br>");
            wsync_page_label(page, field->label_vi, field->label_en);
            wsync_html_raw(page->html, ": ");
            wsync_page_value(page, field, &write->value);
        }
    }
}

static enum wsync_err write_step(void *context, struct wsync_dot dot)
{
    const struct history *history = context;
    const struct wsync_page_record *page = history->page;
    struct wsync_doing doing;
    char change[WSYNC_RECORD_ID_BYTES];
    const struct wsync_operation *operation;
    size_t mark = wsync_arena_mark(&page->site->arena);
    enum wsync_err err = wsync_doing_read(page->site, dot, &doing);
    if (err == WSYNC_OK) {
        err = wsync_doing_operation(page->site, &doing, dot, &operation);
    }
    if (err == WSYNC_OK) {
        err = wsync_record_name(page->site->txn, (struct wsync_dot){dot.log_no, dot.seq, 0},
                                change);
    }
    if (err == WSYNC_OK) {
        wsync_html_raw(page->html, "<tr><td>");
        wsync_html_text(page->html, doing.when);
        wsync_html_raw(page->html, "</td><td>");
        write_who(page, &doing);
        wsync_html_raw(page->html, "</td><td>");
        wsync_html_text(page->html, step_word(page, operation));
        write_writes(history, operation);
        wsync_html_raw(page->html, "</td><td class=\"muted\">");
        wsync_html_text(page->html, change);
        wsync_html_raw(page->html, "</td></tr>");
    }
    wsync_arena_release(&page->site->arena, mark);
    return err;
}

enum wsync_err wsync_page_history(const struct wsync_page_record *page,
                                  const struct wsync_record *record,
                                  const struct wsync_form *form)
{
    struct history history = {page, form, wsync_doing_first_stands(record)};
    struct wsync_html *html = page->html;
    wsync_page_table(html, wsync_page_word(page, "Lịch sử", "History"));
    wsync_html_raw(html, "<caption>");
    wsync_page_say(page, "Lịch sử", "History");
    wsync_html_raw(html, "</caption><thead><tr><th scope=\"col\">");
    wsync_page_say(page, "Lúc", "When");
    wsync_html_raw(html, "</th><th scope=\"col\">");
    wsync_page_say(page, "Máy, người ghi", "Device, person");
    wsync_html_raw(html, "</th><th scope=\"col\">");
    wsync_page_say(page, "Việc", "What");
    wsync_html_raw(html, "</th><th scope=\"col\">");
    wsync_page_say(page, "Thay đổi", "Change");
    wsync_html_raw(html, "</th></tr></thead><tbody>");
    enum wsync_err err =
        wsync_ledger_history(page->site->txn, record->id, write_step, &history);
    wsync_html_raw(html, "</tbody></table></div>");
    return err;
}

/* ---- a conflict ---- */

enum wsync_err wsync_page_claim(const struct wsync_page_record *page,
                                const struct wsync_record *record,
                                const struct wsync_field *field, size_t at)
{
    struct wsync_html *html = page->html;
    struct wsync_doing doing;
    size_t mark = wsync_arena_mark(&page->site->arena);
    enum wsync_err err = wsync_doing_read(page->site, record->live[at].dot, &doing);
    if (err == WSYNC_OK) {
        wsync_html_raw(html, "<span><strong>");
        wsync_page_value(page, field, &record->live[at].value);
        wsync_html_raw(html, "</strong>");
        if (&record->live[at] == wsync_record_shown(record, field->number, NULL)) {
            wsync_html_raw(html, " <span class=\"tag\">");
            wsync_page_say(page, "đang hiển thị", "shown");
            wsync_html_raw(html, "</span>");
        }
        wsync_html_raw(html, "<br><span class=\"muted\">");
        wsync_html_text(html, doing.when);
        wsync_html_raw(html, " · ");
        write_who(page, &doing);
        wsync_html_raw(html, "</span></span>");
    }
    wsync_arena_release(&page->site->arena, mark);
    return err;
}

void wsync_page_effect(const struct wsync_page_record *page, const struct wsync_record *record,
                       const struct wsync_field *field, size_t at)
{
    char text[WSYNC_FIGURE_BYTES];
    const struct wsync_live *live = &record->live[at];
    const struct wsync_live *shown = wsync_record_shown(record, field->number, NULL);
    wsync_int128 by =
        (wsync_int128)(live->value.class == WSYNC_CLASS_INTEGER ? live->value.integer : 0) -
        (shown->value.class == WSYNC_CLASS_INTEGER ? shown->value.integer : 0);
    if (field->personal || field->aggregate == WSYNC_AGGREGATE_NONE) {
        wsync_page_say(page, "không vào tổng hợp", "in no total");
    } else if (live == shown) {
        wsync_page_say(page, "đang được tính", "counted now");
    } else if (field->aggregate == WSYNC_AGGREGATE_COUNT) {
        wsync_page_say(page, "được đếm thay cho giá trị đang hiển thị",
                       "would be counted in the place of the one shown");
    } else {
        wsync_figure_text(by, field->digits, text);
        wsync_page_say(page, "tổng sẽ thay đổi ", "the total would change by ");
        wsync_html_text(page->html, by > 0 ? "+" : "");
        wsync_html_text(page->html, text);
    }
}
