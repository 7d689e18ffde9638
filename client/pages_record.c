/* SPDX-License-Identifier: Apache-2.0 */
/* One record: its values, how far it came, its history; deleting it and bringing it back. */
#include <stdio.h>
#include <string.h>

#include "client/pages.h"

/* A record being shown. */
struct sheet {
    struct desk_page *page;
    struct wsync_record record;
    const struct wsync_form *form;
    char id[WSYNC_RECORD_ID_BYTES];
};

static enum wsync_err read_sheet(struct sheet *sheet)
{
    enum wsync_err err = desk_record(sheet->page, &sheet->record, &sheet->form);
    return err == WSYNC_OK
               ? wsync_record_name(sheet->page->site->txn, sheet->record.id, sheet->id)
               : err;
}

/* ---- what stands there ---- */

static enum wsync_err write_standing(struct sheet *sheet)
{
    struct desk_page *page = sheet->page;
    struct wsync_where_item where;
    enum wsync_err err = wsync_where_is(page->site, &page->wheres, &sheet->record, &where);
    wsync_html_raw(page->html, "<p>");
    desk_say(page, "Tình trạng: ", "State: ");
    if (err == WSYNC_OK) {
        desk_where(page, &where);
    }
    wsync_html_raw(page->html, " · ");
    desk_say(page, "bản ghi ", "record ");
    wsync_html_text(page->html, sheet->id);
    wsync_html_raw(page->html, "</p>");
    return err;
}

/* ---- the page ---- */

static const char *done_word(const struct desk_page *page)
{
    const char *done = wsync_http_field(page->request, "done");
    if (!done) {
        return NULL;
    }
    return strcmp(done, "added") == 0     ? desk_word(page, "Đã lưu bản ghi tại máy.",
                                                      "The record is saved on this machine.")
           : strcmp(done, "changed") == 0 ? desk_word(page, "Đã lưu thay đổi tại máy.",
                                                      "The change is saved on this machine.")
           : strcmp(done, "same") == 0
               ? desk_word(page, "Không có gì thay đổi, nên không lưu gì.",
                           "Nothing was changed, so nothing was saved.")
           : strcmp(done, "deleted") == 0
               ? desk_word(page,
                           "Đã xóa bản ghi tại máy: không còn được tính. Có thể khôi phục "
                           "bên dưới.",
                           "The record is deleted on this machine: it counts no more. It can "
                           "be brought back below.")
           : strcmp(done, "undeleted") == 0
               ? desk_word(page, "Đã khôi phục bản ghi.", "The record is brought back.")
           : strcmp(done, "resolved") == 0
               ? desk_word(page, "Đã lưu quyết định về xung đột.",
                           "The decision about the conflict is saved.")
               : NULL;
}

static void write_link(struct sheet *sheet, bool deletes)
{
    struct desk_page *page = sheet->page;
    if (deletes) {
        wsync_html_raw(page->html, "<a class=\"button danger\" href=\"/delete/");
    } else {
        wsync_html_raw(page->html, "<a class=\"button\" href=\"/edit/");
    }
    wsync_html_part(page->html, sheet->id);
    wsync_html_raw(page->html, "\">");
    wsync_html_text(page->html, deletes ? desk_word(page, "Xóa…", "Delete…")
                                        : desk_word(page, "Sửa", "Edit"));
    wsync_html_raw(page->html, "</a> ");
}

static void write_actions(struct sheet *sheet)
{
    char path[WSYNC_RECORD_ID_BYTES + 16];
    struct desk_page *page = sheet->page;
    bool contested;
    enum wsync_life life = wsync_record_life(&sheet->record, &contested, NULL);
    if (life == WSYNC_LIFE_ALIVE && !desk_may_write(page)) {
        return;
    }
    if (life == WSYNC_LIFE_ALIVE) {
        wsync_html_raw(page->html, "<p class=\"actions\">");
        write_link(sheet, false);
        write_link(sheet, true);
        wsync_html_raw(page->html, "</p>");
        return;
    }
    wsync_html_raw(page->html, "<p>");
    wsync_html_text(page->html,
                    life == WSYNC_LIFE_DELETED
                        ? desk_word(page, "Bản ghi này đã bị xóa và không được tính.",
                                    "This record is deleted and does not count.")
                        : desk_word(page, "Bản ghi này là bản trùng và không được tính.",
                                    "This record is a duplicate and does not count."));
    wsync_html_raw(page->html, "</p>");
    if (!desk_may_write(page)) {
        return;
    }
    snprintf(path, sizeof path, "/undelete/%s", sheet->id);
    wsync_page_post(page->html, &page->frame, path);
    wsync_html_raw(page->html, "<p class=\"actions\"><button>");
    desk_say(page, "Khôi phục bản ghi", "Bring the record back");
    wsync_html_raw(page->html, "</button></p></form>");
}

static void show(struct sheet *sheet, enum wsync_err err)
{
    char title[256];
    struct desk_page *page = sheet->page;
    const struct wsync_page_record parts = desk_parts(page);
    if (err == WSYNC_OK) {
        struct wsync_slice form =
            desk_label_text(page, sheet->form->title_vi, sheet->form->title_en);
        snprintf(title, sizeof title, "%.*s", (int)form.len, (const char *)form.data);
        page->frame.notice = desk_tells(page) ? NULL : done_word(page);
        desk_head(page, title);
        err = write_standing(sheet);
        write_actions(sheet);
        wsync_page_fields(&parts, &sheet->record, sheet->form, sheet->id, "/conflicts");
    }
    if (err == WSYNC_OK) {
        err = wsync_page_history(&parts, &sheet->record, sheet->form);
    }
    desk_end(page, err);
}

void desk_show(void *context, const struct wsync_http_request *request,
               struct wsync_http_answer *answer)
{
    struct desk_page page;
    struct sheet sheet = {.page = &page};
    if (desk_begin(&page, context, request, answer)) {
        show(&sheet, read_sheet(&sheet));
    }
}

/* ---- deleting ---- */

void desk_ask_delete(void *context, const struct wsync_http_request *request,
                     struct wsync_http_answer *answer)
{
    struct desk_page page;
    struct sheet sheet = {.page = &page};
    char path[WSYNC_RECORD_ID_BYTES + 16];
    if (!desk_begin(&page, context, request, answer)) {
        return;
    }
    enum wsync_err err = read_sheet(&sheet);
    if (err == WSYNC_OK) {
        desk_head(&page, desk_word(&page, "Xóa bản ghi này?", "Delete this record?"));
        wsync_html_raw(page.html, "<p>");
        desk_say(&page,
                 "Bản ghi sẽ không còn được tính. Lịch sử vẫn được giữ, và có thể khôi phục "
                 "bất cứ lúc nào.",
                 "The record will count no more. Its history is kept, and it can be brought "
                 "back at any time.");
        wsync_html_raw(page.html, "</p>");
        const struct wsync_page_record parts = desk_parts(&page);
        wsync_page_fields(&parts, &sheet.record, sheet.form, sheet.id, "/conflicts");
        snprintf(path, sizeof path, "/delete/%s", sheet.id);
        wsync_page_post(page.html, &page.frame, path);
        wsync_html_raw(page.html, "<p class=\"actions\"><button class=\"danger\">");
        desk_say(&page, "Xóa bản ghi", "Delete the record");
        wsync_html_raw(page.html, "</button> <a class=\"button second\" href=\"/records/");
        wsync_html_part(page.html, sheet.id);
        wsync_html_raw(page.html, "\">");
        desk_say(&page, "Giữ lại", "Keep it");
        wsync_html_raw(page.html, "</a></p></form>");
    }
    desk_end(&page, err);
}

/* Has the command run on the record, and shows it: with what it is now, or why it failed. */
static void mark(struct desk_page *page, const char *command, const char *done)
{
    char path[WSYNC_RECORD_ID_BYTES + 32];
    struct sheet sheet = {.page = page};
    struct wsync_action_result result;
    enum wsync_err err = read_sheet(&sheet);
    const char *const argv[] = {command, desk_lang(page), "--", sheet.id, NULL};
    if (err == WSYNC_OK) {
        err = desk_act(page, &(struct wsync_action_ask){.argv = argv}, &result);
        if (err == WSYNC_OK) {
            snprintf(path, sizeof path, "/records/%s?done=%s", sheet.id, done);
            desk_go(page, path);
            return;
        }
        err = page->site->txn ? read_sheet(&sheet) : err;
    }
    show(&sheet, err);
}

void desk_delete(void *context, const struct wsync_http_request *request,
                 struct wsync_http_answer *answer)
{
    struct desk_page page;
    if (desk_begin(&page, context, request, answer)) {
        mark(&page, "delete", "deleted");
    }
}

void desk_undelete(void *context, const struct wsync_http_request *request,
                   struct wsync_http_answer *answer)
{
    struct desk_page page;
    if (desk_begin(&page, context, request, answer)) {
        mark(&page, "undelete", "undeleted");
    }
}
