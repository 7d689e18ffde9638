/* SPDX-License-Identifier: Apache-2.0 */
#include "server/pages_form.h"

#include "host/page_field.h"
#include "server/records.h"

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
    const struct wsync_page_record parts = server_parts(page);
    wsync_html_raw(html, "<tr><td class=\"number\">");
    wsync_html_number(html, field->number);
    wsync_html_raw(html, "</td><th scope=\"row\">");
    write_label(page, field->label_vi, field->label_en);
    wsync_html_raw(html, "</th><td><code>");
    wsync_html_slice(html, field->name);
    wsync_html_raw(html, "</code></td><td>");
    wsync_page_allowed(&parts, field);
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

void server_form_as_seen(struct server_page *page, const struct wsync_form *form)
{
    const struct wsync_page_record parts = server_parts(page);
    struct wsync_page_field item = {.text = "", .last = "", .held = "", .shown_only = true};
    wsync_html_raw(page->html, "<fieldset disabled");
    wsync_html_attr(page->html, "aria-label", server_word(page, "Biểu mẫu", "The form"));
    wsync_html_raw(page->html, ">\n");
    for (size_t i = 0; i < form->field_count; i++) {
        item.field = &form->fields[i];
        if (wsync_page_field_is_typed(item.field)) {
            wsync_page_field_write(&parts, &item);
        }
    }
    for (size_t i = 0; i < form->field_count; i++) { /* at the end, as at the ward */
        if (form->fields[i].type == WSYNC_TYPE_PHOTO) {
            wsync_page_field_file(&parts, &form->fields[i], NULL, NULL);
        }
    }
    wsync_html_raw(page->html, "</fieldset>\n");
}
