/* SPDX-License-Identifier: Apache-2.0 */
/* What was typed and not saved: kept by `ward draft`, shown where it is looked for, gone on
 * with, thrown away. */
#include <stdio.h>
#include <string.h>

#include "client/pages_entry.h"
#include "host/clock.h"
#include "host/entropy.h"
#include "host/json.h"

enum { CLOCK_AT = 11, CLOCK_BYTES = 6 }; /* of "16/04/2022 10:42" */

/* ---- whose, and of what ---- */

/* A draft of nobody named is that of anybody who may write: it was typed before there were
 * accounts. */
static bool is_own(const struct desk_page *page, const struct wsync_form_draft *draft)
{
    return desk_may_write(page) &&
           (draft->by == 0 || draft->by == page->request->person.number);
}

enum wsync_err desk_drafts(struct desk_page *page, const char *what,
                           struct wsync_form_draft *drafts, size_t *count)
{
    size_t all;
    *count = 0;
    enum wsync_err err = wsync_form_drafts_list(page->site->txn, drafts, &all);
    for (size_t i = 0; err == WSYNC_OK && i < all; i++) {
        if (is_own(page, &drafts[i]) && (!what || strcmp(what, drafts[i].what) == 0)) {
            drafts[(*count)++] = drafts[i];
        }
    }
    return err;
}

static bool is_of_record(const struct wsync_form_draft *draft)
{
    return strchr(draft->what, '-') != NULL; /* no name of a form has one */
}

/* Its form as it is now; NULL when it is not here any more. */
static const struct wsync_form *form_of(struct desk_page *page,
                                        const struct wsync_form_draft *draft)
{
    struct wsync_site *site = page->site;
    struct wsync_record record;
    struct wsync_dot id;
    const struct wsync_form *form;
    if (!is_of_record(draft)) {
        return wsync_view_form(site, draft->what, &form, NULL) == WSYNC_OK ? form : NULL;
    }
    size_t mark = wsync_arena_mark(&site->arena);
    enum wsync_err err = wsync_record_named(site->txn, draft->what, &id, NULL);
    if (err == WSYNC_OK) {
        err = wsync_record_get(site->txn, id, 0, &site->arena, &record);
    }
    if (err == WSYNC_OK) {
        err = wsync_catalog_newest(site->catalog, site->txn, record.form, &form);
    }
    wsync_arena_release(&site->arena, mark);
    return err == WSYNC_OK ? form : NULL;
}

void desk_draft_title(struct desk_page *page, const struct wsync_form_draft *draft)
{
    const struct wsync_form *form = form_of(page, draft);
    if (form) {
        desk_label(page, form->title_vi, form->title_en);
    } else {
        wsync_html_text(page->html, draft->what);
    }
    if (is_of_record(draft)) {
        desk_say(page, ", sửa bản ghi ", ", an edit of ");
        wsync_html_text(page->html, draft->what);
    }
}

static void write_kept(struct desk_page *page, const struct wsync_form_draft *draft)
{
    char when[WSYNC_VIEW_TIME_BYTES];
    wsync_view_time(draft->kept, when);
    desk_say(page, "giữ lúc ", "kept at ");
    wsync_html_text(page->html, when);
}

/* "Bỏ bản nháp…", which asks on a page of its own. */
static void write_drop(struct desk_page *page, const struct wsync_form_draft *draft)
{
    char token[WSYNC_FORM_TOKEN_BYTES];
    wsync_html_raw(page->html, "<a href=\"/draft/");
    wsync_html_part(page->html, wsync_form_token_text(&draft->token, token));
    wsync_html_raw(page->html, "\">");
    desk_say(page, "Bỏ bản nháp…", "Throw it away…");
    wsync_html_raw(page->html, "</a>");
}

void desk_draft_links(struct desk_page *page, const struct wsync_form_draft *draft)
{
    char token[WSYNC_FORM_TOKEN_BYTES];
    struct wsync_html *html = page->html;
    wsync_html_raw(html, "<span class=\"tag calm\">");
    desk_say(page, "nháp", "draft");
    wsync_html_raw(html, "</span> <span class=\"muted\">");
    write_kept(page, draft);
    wsync_html_raw(html, "</span> <a href=\"");
    wsync_html_text(html, is_of_record(draft) ? "/edit/" : "/new/");
    wsync_html_part(html, draft->what);
    wsync_html_raw(html, "?draft=");
    wsync_html_part(html, wsync_form_token_text(&draft->token, token));
    wsync_html_raw(html, "\">");
    desk_say(page, "Tiếp tục", "Go on");
    wsync_html_raw(html, "</a> · ");
    write_drop(page, draft);
}

/* ---- an entry and its draft ---- */

enum wsync_err desk_entry_name(struct desk_page *page, struct desk_entry *entry)
{
    struct wsync_entered entered;
    struct wsync_entropy entropy;
    if (wsync_form_token_read(wsync_http_field(page->request, "once"), &entry->token)) {
        enum wsync_err err = wsync_entered_get(page->site->txn, &entry->token, &entered);
        if (err != WSYNC_OK) {
            return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
        }
    }
    wsync_entropy_draw(&entropy);
    memcpy(entry->token.b, entropy.b, sizeof entry->token.b);
    return WSYNC_OK;
}

static enum wsync_err fill(struct desk_page *page, struct desk_entry *entry,
                           struct wsync_slice fields)
{
    struct wsync_slice name, text;
    while (wsync_form_draft_field_next(&fields, &name, &text)) {
        for (size_t i = 0; i < entry->count; i++) {
            struct wsync_page_field *item = &entry->fields[i];
            char *copy = wsync_slice_equal(item->field->name, name)
                             ? wsync_arena_get(&page->site->arena, text.len + 1)
                             : NULL;
            if (copy) {
                memcpy(copy, text.data, text.len);
                copy[text.len] = '\0';
                item->text = copy;
            }
        }
    }
    return WSYNC_OK;
}

enum wsync_err desk_entry_go_on(struct desk_page *page, struct desk_entry *entry)
{
    struct wsync_form_token token;
    struct wsync_form_draft draft;
    if (!wsync_form_token_read(wsync_http_field(page->request, "draft"), &token)) {
        return WSYNC_OK;
    }
    enum wsync_err err = wsync_form_draft_get(page->site->txn, &token, &draft);
    if (err == WSYNC_ERR_NOT_FOUND ||
        (err == WSYNC_OK &&
         (!is_own(page, &draft) || strcmp(draft.what, page->request->rest) != 0))) {
        return WSYNC_OK; /* it was saved or thrown away: an empty form */
    }
    if (err == WSYNC_OK) {
        err = fill(page, entry, draft.fields);
        entry->token = token;
        entry->draft = draft;
    }
    return err;
}

static void write_going_on(struct desk_page *page, const struct desk_entry *entry)
{
    struct wsync_html *html = page->html;
    wsync_html_raw(html, "<p class=\"notice\">");
    desk_say(page, "Đang tiếp tục bản nháp ", "This goes on with the draft ");
    write_kept(page, &entry->draft);
    wsync_html_raw(html, ". ");
    write_drop(page, &entry->draft);
    wsync_html_raw(html, "</p>");
    if (entry->record && strcmp(entry->draft.seen, entry->seen) != 0) {
        wsync_html_raw(html, "<p class=\"warning\">");
        desk_say(page,
                 "Bản ghi đã được thay đổi từ khi giữ bản nháp này. Xem giá trị bây giờ ở từng "
                 "ô trước khi lưu.",
                 "The record was changed since this draft was kept. See what it holds now at "
                 "each field before you save.");
        wsync_html_raw(html, "</p>");
    }
}

enum wsync_err desk_entry_drafts(struct desk_page *page, const struct desk_entry *entry)
{
    struct wsync_form_draft drafts[WSYNC_DRAFTS_MAX];
    struct wsync_html *html = page->html;
    size_t count;
    if (entry->draft.kept != 0) {
        write_going_on(page, entry);
        return WSYNC_OK;
    }
    enum wsync_err err = desk_drafts(page, page->request->rest, drafts, &count);
    if (err != WSYNC_OK || count == 0) {
        return err;
    }
    wsync_html_raw(html, "<section class=\"card\"><h2>");
    desk_say(page, "Đang có bản nháp", "There is a draft");
    wsync_html_raw(html, "</h2><ul>");
    for (size_t i = 0; i < count; i++) {
        wsync_html_raw(html, "<li>");
        desk_draft_links(page, &drafts[i]);
        wsync_html_raw(html, "</li>");
    }
    wsync_html_raw(html, "</ul></section>");
    return err;
}

/* ---- keeping ---- */

bool desk_entry_is_draft(const struct desk_page *page)
{
    const char *then = wsync_http_field(page->request, "then");
    return then && strcmp(then, "draft") == 0;
}

/* What was typed as the command reads it; of a record what differs from what it holds. */
static struct wsync_slice write_json(const struct desk_entry *entry)
{
    static char bytes[WSYNC_ACTION_INPUT_BYTES_MAX];
    struct wsync_json *json = wsync_json_new();
    for (size_t i = 0; i < entry->count; i++) {
        const struct wsync_page_field *item = &entry->fields[i];
        char name[WSYNC_NAME_BYTES_MAX + 1];
        if (strcmp(item->text, item->held) != 0) {
            snprintf(name, sizeof name, "%.*s", (int)item->field->name.len,
                     (const char *)item->field->name.data);
            wsync_json_string(json, name, item->text);
        }
    }
    size_t len = wsync_json_bytes(json, bytes, sizeof bytes);
    return wsync_slice(bytes, len <= sizeof bytes ? len : 0);
}

/* Was it a script that asked?  It is told when, in a form that no other page has. */
static void end_kept(struct desk_page *page)
{
    char when[WSYNC_VIEW_TIME_BYTES];
    if (!wsync_http_field(page->request, "script")) {
        desk_go(page, "/?done=draft");
        return;
    }
    wsync_view_time(wsync_clock_wall_s(), when);
    when[CLOCK_AT + CLOCK_BYTES - 1] = '\0';
    wsync_html_text(page->html, when + CLOCK_AT);
    desk_end_plain(page);
}

enum wsync_err desk_entry_keep(struct desk_page *page, const struct desk_entry *entry)
{
    char token[WSYNC_FORM_TOKEN_BYTES], named[WSYNC_FORM_TOKEN_BYTES + 16],
        state[WSYNC_DRAFT_SEEN_BYTES + 16];
    struct wsync_action_result result;
    const char *seen = wsync_http_field(page->request, "seen");
    snprintf(named, sizeof named, "--token=%s", wsync_form_token_text(&entry->token, token));
    snprintf(state, sizeof state, "--seen=%.*s", WSYNC_DRAFT_SEEN_BYTES, seen ? seen : "");
    const char *const argv[] = {"draft",
                                desk_lang(page),
                                named,
                                seen ? state : "--",
                                seen ? "--" : "put",
                                seen ? "put" : page->request->rest,
                                seen ? page->request->rest : NULL,
                                NULL};
    const struct wsync_action_ask ask = {.argv = argv, .input = write_json(entry)};
    enum wsync_err err = desk_act(page, &ask, &result);
    if (err == WSYNC_OK) {
        end_kept(page);
    }
    return err;
}

/* ---- throwing away ---- */

/* The draft that the end of the path names, of who asks. */
static enum wsync_err read_draft(struct desk_page *page, struct wsync_form_draft *draft)
{
    struct wsync_form_token token;
    if (!wsync_form_token_read(page->request->rest, &token)) {
        return WSYNC_ERR_NOT_FOUND;
    }
    enum wsync_err err = wsync_form_draft_get(page->site->txn, &token, draft);
    return err == WSYNC_OK && !is_own(page, draft) ? WSYNC_ERR_NOT_FOUND : err;
}

static void write_fields(struct desk_page *page, const struct wsync_form_draft *draft)
{
    struct wsync_slice fields = draft->fields, name, text;
    const struct wsync_form *form = form_of(page, draft);
    wsync_html_raw(page->html, "<dl>");
    while (wsync_form_draft_field_next(&fields, &name, &text)) {
        const struct wsync_field *field = form ? wsync_form_field_named(form, name) : NULL;
        wsync_html_raw(page->html, "<dt>");
        if (field) {
            desk_label(page, field->label_vi, field->label_en);
        } else {
            wsync_html_slice(page->html, name);
        }
        wsync_html_raw(page->html, "</dt><dd>");
        wsync_html_slice(page->html, text);
        wsync_html_raw(page->html, "</dd>");
    }
    wsync_html_raw(page->html, "</dl>");
}

void desk_draft(void *context, const struct wsync_http_request *request,
                struct wsync_http_answer *answer)
{
    struct desk_page page;
    struct wsync_form_draft draft;
    char path[WSYNC_FORM_TOKEN_BYTES + 16], token[WSYNC_FORM_TOKEN_BYTES];
    if (!desk_begin(&page, context, request, answer)) {
        return;
    }
    enum wsync_err err = read_draft(&page, &draft);
    if (err == WSYNC_OK) {
        desk_head(&page, desk_word(&page, "Bỏ bản nháp này?", "Throw this draft away?"));
        wsync_html_raw(page.html, "<p>");
        desk_draft_title(&page, &draft);
        wsync_html_raw(page.html, "<br>");
        desk_draft_links(&page, &draft);
        wsync_html_raw(page.html, "</p><p>");
        desk_say(&page, "Những gì đã gõ bên dưới sẽ mất, không khôi phục được.",
                 "What was typed below will be lost and cannot be brought back.");
        wsync_html_raw(page.html, "</p>");
        write_fields(&page, &draft);
        snprintf(path, sizeof path, "/draft/%s", wsync_form_token_text(&draft.token, token));
        wsync_page_post(page.html, &page.frame, path);
        wsync_html_raw(page.html, "<p class=\"actions\"><button class=\"danger\">");
        desk_say(&page, "Bỏ bản nháp", "Throw it away");
        wsync_html_raw(page.html, "</button></p></form>");
    }
    desk_end(&page, err);
}

void desk_draft_drop(void *context, const struct wsync_http_request *request,
                     struct wsync_http_answer *answer)
{
    struct desk_page page;
    struct wsync_form_draft draft;
    struct wsync_action_result result;
    char token[WSYNC_FORM_TOKEN_BYTES];
    if (!desk_begin(&page, context, request, answer)) {
        return;
    }
    enum wsync_err err = read_draft(&page, &draft);
    if (err == WSYNC_OK) {
        const char *const argv[] = {
            "draft", desk_lang(&page), "--", "drop", wsync_form_token_text(&draft.token, token),
            NULL};
        err = desk_act(&page, &(struct wsync_action_ask){.argv = argv}, &result);
    }
    if (err == WSYNC_OK) {
        desk_go(&page, "/?done=dropped");
    } else if (desk_tells(&page)) {
        desk_today_write(&page);
    } else {
        desk_end(&page, err);
    }
}
