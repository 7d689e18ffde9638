/* SPDX-License-Identifier: Apache-2.0 */
/* Nhập liệu: a new record, or another value in an old one. */
#include "client/pages_entry.h"

#include <stdio.h>
#include <string.h>

#include "client/pages_staff.h"
#include "host/entropy.h"
#include "host/records_back.h"

enum { BACK_LOOK_MAX = 200, NAME_BYTES = WSYNC_NAME_BYTES_MAX + 8 };

/* ---- what is in the fields ---- */

void desk_entry_begin(struct desk_entry *entry, const struct wsync_form *form)
{
    *entry = (struct desk_entry){.form = form, .seen = ""};
    for (size_t i = 0; i < form->field_count; i++) {
        if (wsync_page_field_is_typed(&form->fields[i])) {
            entry->fields[entry->count++] = (struct wsync_page_field){
                .field = &form->fields[i], .text = "", .last = "", .held = ""};
        }
    }
}

enum wsync_err desk_entry_fill(struct desk_page *page, struct desk_entry *entry,
                               const struct wsync_record *record, bool as_last)
{
    for (size_t i = 0; i < entry->count; i++) {
        struct wsync_page_field *item = &entry->fields[i];
        const struct wsync_live *live = wsync_record_shown(record, item->field->number, NULL);
        if (!live || live->value.class == WSYNC_CLASS_BLANK ||
            (as_last && item->field->personal)) {
            continue;
        }
        struct wsync_view_text text;
        const char *copy = wsync_page_field_text(&page->site->arena, item->field, &live->value);
        if (as_last) {
            wsync_view_value(&page->cli, page->site, item->field, &live->value, &text);
            copy = (const char *)wsync_arena_copy(&page->site->arena,
                                                  wsync_slice(text.b, strlen(text.b) + 1))
                       .data;
        }
        if (!copy) {
            return WSYNC_ERR_MEMORY;
        }
        *(as_last ? &item->last : &item->text) = copy;
    }
    return WSYNC_OK;
}

/* The newest record of a form. */
struct newest {
    struct wsync_dot id;
    bool found;
};

static enum wsync_err take_newest(void *context, const struct wsync_records_item *item,
                                  bool *more)
{
    struct newest *newest = context;
    newest->id = item->record->id;
    newest->found = true;
    *more = false;
    return WSYNC_OK;
}

/* What the record before held, and with `copies` as what is to be entered now. */
static enum wsync_err fill_last(struct desk_page *page, struct desk_entry *entry, bool copies)
{
    struct wsync_back back;
    struct newest newest = {.found = false};
    struct wsync_record record;
    struct wsync_site *site = page->site;
    const struct wsync_back_query query = {entry->form->number, WSYNC_NO_DAY, INT32_MAX, false,
                                           BACK_LOOK_MAX};
    enum wsync_err err = wsync_back_begin(site, 0, NULL, &back);
    if (err == WSYNC_OK) {
        err = wsync_back_walk(site, &query, &back, take_newest, &newest);
    }
    if (err != WSYNC_OK || !newest.found) {
        return err;
    }
    err = wsync_record_get(site->txn, newest.id, 0, &site->arena, &record);
    if (err == WSYNC_OK) {
        err = desk_entry_fill(page, entry, &record, true);
    }
    return err == WSYNC_OK && copies ? desk_entry_fill(page, entry, &record, false) : err;
}

/* A new record is mostly one of today. */
static enum wsync_err fill_today(struct desk_page *page, struct desk_entry *entry)
{
    const struct wsync_value today = {.class = WSYNC_CLASS_INTEGER,
                                      .integer = wsync_units_here_today()};
    for (size_t i = 0; i < entry->count; i++) {
        if (entry->fields[i].field->number == entry->form->date_field) {
            entry->fields[i].text =
                wsync_page_field_text(&page->site->arena, entry->fields[i].field, &today);
            return entry->fields[i].text ? WSYNC_OK : WSYNC_ERR_MEMORY;
        }
    }
    return WSYNC_OK;
}

/* Several ticks of one name, separated by blanks. */
static const char *read_ticks(struct desk_page *page, const char *name)
{
    size_t len = 0;
    const char *tick;
    const struct wsync_http_fields *fields = &page->request->fields;
    for (size_t i = 0; (tick = wsync_http_fields_value(fields, name, i)) != NULL; i++) {
        len += strlen(tick) + 1;
    }
    char *text = wsync_arena_get(&page->site->arena, len + 1);
    size_t at = 0;
    for (size_t i = 0; text && (tick = wsync_http_fields_value(fields, name, i)) != NULL; i++) {
        at += (size_t)snprintf(text + at, len + 1 - at, "%s%s", i > 0 ? " " : "", tick);
    }
    return text;
}

enum wsync_err desk_entry_read(struct desk_page *page, struct desk_entry *entry)
{
    for (size_t i = 0; i < entry->count; i++) {
        char name[NAME_BYTES];
        struct wsync_page_field *item = &entry->fields[i];
        snprintf(name, sizeof name, "f-%.*s", (int)item->field->name.len,
                 (const char *)item->field->name.data);
        const char *text = item->field->type == WSYNC_TYPE_CHOICES
                               ? read_ticks(page, name)
                               : wsync_http_field(page->request, name);
        if (!text && item->field->type == WSYNC_TYPE_CHOICES) {
            return WSYNC_ERR_MEMORY;
        }
        item->text = text ? text : "";
    }
    return WSYNC_OK;
}

enum wsync_err desk_entry_judge(struct desk_page *page, struct desk_entry *entry)
{
    const struct wsync_value_reader reader = {
        .arena = &page->site->arena, .find_unit = wsync_units_here_find, .context = page->site};
    for (size_t i = 0; i < entry->count; i++) {
        struct wsync_page_field *item = &entry->fields[i];
        struct wsync_value value;
        enum wsync_err err =
            wsync_value_parse(&reader, item->field, wsync_slice_of(item->text), &value, NULL);
        if (err == WSYNC_ERR_MEMORY || wsync_err_is_ours(err)) {
            return err;
        }
        bool blank = item->text[strspn(item->text, " \t\n")] == '\0';
        item->fault = err == WSYNC_OK ? WSYNC_PAGE_FIELD_WELL
                      : blank         ? WSYNC_PAGE_FIELD_BLANK
                                      : WSYNC_PAGE_FIELD_VALUE;
        item->focus = item->fault != WSYNC_PAGE_FIELD_WELL && entry->faults == 0;
        entry->faults += item->fault != WSYNC_PAGE_FIELD_WELL;
    }
    return WSYNC_OK;
}

/* ---- the page ---- */

static void write_faults(struct desk_page *page, const struct desk_entry *entry)
{
    struct wsync_html *html = page->html;
    const struct wsync_page_record parts = desk_parts(page);
    if (entry->faults == 0) {
        return;
    }
    wsync_html_raw(html, "<section class=\"error\" role=\"alert\"><h2>");
    desk_say(page, "Chưa lưu: cần sửa", "Not saved yet: to be mended");
    wsync_html_raw(html, "</h2><p>");
    desk_say(page, "Những gì đã điền vẫn còn nguyên bên dưới.",
             "All that was filled in stands below as it was.");
    wsync_html_raw(html, "</p><ul>");
    for (size_t i = 0; i < entry->count; i++) {
        const struct wsync_page_field *item = &entry->fields[i];
        if (item->fault == WSYNC_PAGE_FIELD_WELL) {
            continue;
        }
        wsync_html_raw(html, "<li><a href=\"#f-");
        wsync_html_slice(html, item->field->name);
        wsync_html_raw(html, "\">");
        desk_label(page, item->field->label_vi, item->field->label_en);
        wsync_html_raw(html, "</a>: ");
        wsync_page_field_fault(&parts, item);
        wsync_html_raw(html, "</li>");
    }
    wsync_html_raw(html, "</ul></section>");
}

/* A word that this entry is known by when it comes back, as a draft or to be saved. */
static void write_token(struct desk_page *page, const struct desk_entry *entry)
{
    char token[WSYNC_FORM_TOKEN_BYTES];
    wsync_html_raw(page->html, "<input type=\"hidden\" autocomplete=\"off\" name=\"once\"");
    wsync_html_attr(page->html, "value", wsync_form_token_text(&entry->token, token));
    wsync_html_raw(page->html, ">");
}

static bool takes_files(const struct wsync_form *form)
{
    for (size_t i = 0; i < form->field_count; i++) {
        if (form->fields[i].type == WSYNC_TYPE_PHOTO) {
            return true;
        }
    }
    return false;
}

static void write_buttons(struct desk_page *page, const struct desk_entry *entry)
{
    struct wsync_html *html = page->html;
    wsync_html_raw(html, "<p class=\"actions\"><button>");
    desk_say(page, "Lưu tại máy", "Save on this machine");
    wsync_html_raw(html, "</button>");
    if (!entry->record) {
        wsync_html_raw(html, " <button name=\"then\" value=\"next\">");
        desk_say(page, "Lưu và nhập tiếp", "Save and enter the next");
        wsync_html_raw(html, "</button>");
    }
    wsync_html_raw(html, " <button class=\"second\" name=\"then\" value=\"draft\">");
    desk_say(page, "Để nháp", "Keep as a draft");
    wsync_html_raw(html, "</button></p><p class=\"muted\" id=\"draft-state\" role=\"status\"");
    wsync_html_attr(html, "data-kept", desk_word(page, "Đã giữ nháp lúc", "Draft kept at"));
    wsync_html_attr(html, "data-failed",
                    desk_word(page,
                              "Chưa giữ được nháp; sẽ thử lại. Bấm “Để nháp” để biết vì sao.",
                              "The draft is not kept; it is tried again. Press “Keep as a "
                              "draft” to see why."));
    wsync_html_attr(html, "data-saving", desk_word(page, "Đang lưu…", "Being saved…"));
    wsync_html_attr(html, "data-unsure",
                    desk_word(page,
                              "Chưa chắc đã lưu: máy không trả lời. Những gì đã điền vẫn ở "
                              "đây; bấm Lưu lần nữa, không lưu hai lần.",
                              "It is not certain that it was saved: nobody answered. All that "
                              "was filled in is here; save again, nothing is saved twice."));
    wsync_html_attr(html, "data-door",
                    desk_word(page,
                              "Chưa lưu: phiên đăng nhập đã hết. Đăng nhập lại ở một thẻ khác "
                              "của trình duyệt, rồi bấm Lưu lần nữa ở đây.",
                              "Not saved: the log-in has ended. Log in again in another tab of "
                              "the browser, then save again here."));
    wsync_html_raw(html, "></p>");
    if (takes_files(entry->form)) {
        wsync_html_raw(html, "<p class=\"muted\">");
        desk_say(page, "Bản nháp giữ những gì đã gõ, không giữ ảnh và tệp đã chọn.",
                 "A draft keeps what was typed, not photos and files that were chosen.");
        wsync_html_raw(html, "</p>");
    }
    wsync_html_raw(html, "</form>");
    wsync_page_script(html, "draft.js");
    wsync_page_script(html, "save.js"); /* the last who hears that it is sent */
}

static void write_copy(struct desk_page *page, const struct desk_entry *entry)
{
    if (entry->record || entry->faults > 0 || entry->draft.kept != 0) {
        return;
    }
    wsync_html_raw(page->html, "<p class=\"actions\"><a href=\"/new/");
    wsync_html_slice(page->html, entry->form->name);
    wsync_html_raw(page->html, "?copy=1\">");
    desk_say(page, "Chép bản ghi trước", "Copy the last record");
    wsync_html_raw(page->html, "</a></p>");
}

enum wsync_err desk_entry_write(struct desk_page *page, const struct desk_entry *entry)
{
    char title[256], path[WSYNC_RECORD_ID_BYTES + NAME_BYTES];
    const struct wsync_page_record parts = desk_parts(page);
    struct wsync_slice form =
        desk_label_text(page, entry->form->title_vi, entry->form->title_en);
    snprintf(title, sizeof title, "%s: %.*s",
             entry->record ? desk_word(page, "Sửa", "Edit") : desk_word(page, "Nhập", "Enter"),
             (int)form.len, (const char *)form.data);
    desk_head(page, title);
    write_faults(page, entry);
    write_copy(page, entry);
    enum wsync_err err = desk_entry_drafts(page, entry);
    /* The end of the path came in with the request: the form's name or a record's id. */
    snprintf(path, sizeof path, "%s%.*s", entry->record ? "/edit/" : "/new/",
             (int)strcspn(page->request->rest, "/?#%&\"'<> "), page->request->rest);
    if (desk_has_photos(entry)) {
        wsync_page_post_files(page->html, &page->frame, path);
    } else {
        wsync_page_post(page->html, &page->frame, path);
    }
    write_token(page, entry);
    if (entry->record) {
        wsync_html_raw(page->html, "<input type=\"hidden\" name=\"seen\"");
        wsync_html_attr(page->html, "value", entry->seen);
        wsync_html_raw(page->html, ">");
    }
    for (size_t i = 0; i < entry->count; i++) {
        wsync_page_field_write(&parts, &entry->fields[i]);
    }
    desk_photos_write(page, entry);
    if (err == WSYNC_OK) {
        err = desk_by_write(page);
    }
    write_buttons(page, entry);
    return err;
}

/* ---- a new record ---- */

void desk_new(void *context, const struct wsync_http_request *request,
              struct wsync_http_answer *answer)
{
    struct desk_page page;
    struct desk_entry entry;
    const struct wsync_form *form;
    char notice[128];
    if (!desk_begin(&page, context, request, answer)) {
        return;
    }
    const char *saved = wsync_http_field(request, "saved");
    enum wsync_err err = wsync_view_form(page.site, request->rest, &form, &page.error);
    if (err == WSYNC_OK) {
        desk_entry_begin(&entry, form);
        err = fill_last(&page, &entry, wsync_http_field(request, "copy") != NULL);
    }
    if (err == WSYNC_OK) {
        err = fill_today(&page, &entry);
    }
    if (err == WSYNC_OK) {
        err = desk_entry_name(&page, &entry);
    }
    if (err == WSYNC_OK) {
        err = desk_entry_go_on(&page, &entry);
    }
    if (err == WSYNC_OK && saved) {
        snprintf(notice, sizeof notice, "%s %.*s",
                 desk_word(&page, "Đã lưu tại máy: bản ghi", "Saved on this machine: record"),
                 WSYNC_RECORD_ID_BYTES, saved);
        page.frame.notice = notice;
    }
    if (err == WSYNC_OK) {
        err = desk_entry_write(&page, &entry);
    }
    desk_end(&page, err);
}

/* ---- another value ---- */

enum wsync_err desk_entry_of_record(struct desk_page *page, struct desk_entry *entry,
                                    struct wsync_record *record, char seen[DESK_SEEN_BYTES])
{
    const struct wsync_form *form;
    enum wsync_err err = desk_record(page, record, &form);
    if (err == WSYNC_OK) {
        err = wsync_catalog_newest(page->site->catalog, page->site->txn, record->form, &form);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    desk_entry_begin(entry, form);
    entry->record = record;
    entry->seen = desk_seen(record, seen);
    return desk_entry_fill(page, entry, record, false);
}

enum wsync_err desk_entry_now(struct desk_page *page, struct desk_entry *entry)
{
    enum wsync_err err = desk_entry_fill(page, entry, entry->record, true);
    for (size_t i = 0; i < entry->count; i++) {
        entry->fields[i].is_now = true;
    }
    return err;
}

void desk_edit(void *context, const struct wsync_http_request *request,
               struct wsync_http_answer *answer)
{
    struct desk_page page;
    struct desk_entry entry;
    struct wsync_record record;
    char seen[DESK_SEEN_BYTES];
    if (!desk_begin(&page, context, request, answer)) {
        return;
    }
    enum wsync_err err = desk_entry_of_record(&page, &entry, &record, seen);
    if (err == WSYNC_OK) {
        err = desk_entry_name(&page, &entry);
    }
    if (err == WSYNC_OK) {
        err = desk_entry_go_on(&page, &entry);
    }
    if (err == WSYNC_OK && entry.draft.kept != 0) {
        err = desk_entry_now(&page, &entry);
    }
    if (err == WSYNC_OK) {
        err = desk_entry_write(&page, &entry);
    }
    desk_end(&page, err);
}
