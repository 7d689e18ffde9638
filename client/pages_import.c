/* SPDX-License-Identifier: Apache-2.0 */
/* Nhập từ tệp: which form and which file, and what was taken in earlier. */
#include "client/pages_import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/import.h"
#include "host/view.h"

enum { NUMBER_BYTES = 16 };

static const char *const NAMES[WSYNC_KEPT_FILES] = {"table", NULL, NULL};

/* ---- what the steps share ---- */

const char *desk_import_said(struct desk_page *page)
{
    char *path, *colon;
    while ((path = strstr(page->error.text, "/proc/self/fd/")) != NULL &&
           (colon = strstr(path, ": ")) != NULL) {
        memmove(path, colon + 2, strlen(colon + 2) + 1);
    }
    return page->error.text;
}

void desk_import_path(char path[DESK_IMPORT_PATH_BYTES], const char *step, const char *id)
{
    snprintf(path, DESK_IMPORT_PATH_BYTES, "/import/%s?kept=%s", step, id);
}

struct wsync_kept *desk_import_kept(struct desk_page *page)
{
    struct wsync_kept *kept = wsync_kept_find(&page->desk->shelf, 'i', page->request,
                                              wsync_http_field(page->request, "kept"));
    if (!kept) {
        desk_import_again(page, desk_word(page,
                                          "Tệp này không còn giữ nữa (15 phút); hãy gửi lại. "
                                          "Đã nhập thì xem ở các lần nhập trước.",
                                          "This file is not kept any more (15 minutes); send "
                                          "it again. What was imported is among the earlier "
                                          "imports."));
    }
    return kept;
}

/* ---- the file ---- */

static enum wsync_err write_forms(struct desk_page *page)
{
    const char *chosen = wsync_http_field(page->request, "form");
    const struct wsync_form *form;
    enum wsync_err err = WSYNC_OK;
    uint32_t after = 0;
    wsync_html_raw(page->html, "<div class=\"field\"><label for=\"form\">");
    desk_say(page, "Mẫu: mỗi dòng của tệp thành một bản ghi của mẫu này",
             "The form: each row of the file becomes a record of it");
    wsync_html_raw(page->html, "</label><select id=\"form\" name=\"form\">");
    while ((err = wsync_catalog_after(page->site->catalog, page->site->txn, after, &form)) ==
           WSYNC_OK) {
        after = form->number;
        wsync_html_raw(page->html, "<option value=\"");
        wsync_html_slice(page->html, form->name);
        wsync_html_raw(page->html, "\"");
        if (chosen && wsync_slice_equal(form->name, wsync_slice_of(chosen))) {
            wsync_html_raw(page->html, " selected");
        }
        wsync_html_raw(page->html, ">");
        desk_label(page, form->title_vi, form->title_en);
        wsync_html_raw(page->html, "</option>");
    }
    wsync_html_raw(page->html, "</select></div>");
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

void desk_import_again(struct desk_page *page, const char *error)
{
    struct wsync_html *html = page->html;
    page->frame.error = error;
    page->answer->status = error ? wsync_page_status(&page->frame) : page->answer->status;
    desk_head(page, desk_word(page, "Nhập từ tệp", "Import a file"));
    wsync_html_raw(html, "<p>");
    desk_say(
        page,
        "Chưa ghi gì cả: trước hết trang hỏi cột nào là ô nào, rồi cho xem dòng nào tốt, dòng "
        "nào cần sửa. Nhập lại đúng tệp ấy thì không thêm gì; nhập rồi vẫn bỏ được.",
        "Nothing is saved yet: first you say which column is which field, then you see which "
        "rows are good and which are to be set right. The same file again adds nothing, and "
        "what was imported can be taken back.");
    wsync_html_raw(html, "</p>");
    wsync_page_post_files(html, &page->frame, "/import");
    enum wsync_err err = write_forms(page);
    wsync_html_raw(html, "<div class=\"field\"><label for=\"table\">");
    desk_say(page, "Tệp CSV hoặc Excel (.xlsx)", "A CSV or Excel file (.xlsx)");
    wsync_html_raw(html, "</label><p class=\"hint\" id=\"table-hint\">");
    desk_say(page,
             "Một dòng có tên các cột; phía trên có thể có tiêu đề. Nhiều nhất 8 MiB, 20.000 "
             "dòng và 200 cột; bảng lớn hơn thì dùng lệnh ward import.",
             "One row has the names of the columns; a title may stand above it. At most 8 MiB, "
             "20,000 rows and 200 columns; for larger tables there is the command ward "
             "import.");
    wsync_html_raw(html, "</p><input type=\"file\" id=\"table\" name=\"table\" "
                         "aria-describedby=\"table-hint\"></div>"
                         "<p class=\"actions\"><button>");
    desk_say(page, "Tiếp: chọn cột", "Next: the columns");
    wsync_html_raw(html, "</button> <a href=\"/imports\">");
    desk_say(page, "Các lần nhập trước", "Earlier imports");
    wsync_html_raw(html, "</a></p></form>");
    desk_end(page, err);
}

void desk_import(void *context, const struct wsync_http_request *request,
                 struct wsync_http_answer *answer)
{
    struct desk_page page;
    if (desk_begin(&page, context, request, answer)) {
        desk_import_again(&page, NULL);
    }
}

void desk_import_take(void *context, const struct wsync_http_request *request,
                      struct wsync_http_answer *answer)
{
    struct desk_page page;
    char path[DESK_IMPORT_PATH_BYTES];
    const struct wsync_form *form;
    const char *name = wsync_http_field(request, "form");
    if (!desk_begin(&page, context, request, answer)) {
        return;
    }
    if (!name || wsync_view_form(page.site, name, &form, &page.error) != WSYNC_OK) {
        desk_import_again(&page, desk_word(&page, "Hãy chọn một mẫu.", "Choose a form."));
        return;
    }
    if (!wsync_http_upload(request, NAMES[DESK_TABLE])) {
        desk_import_again(&page, desk_word(&page, "Hãy chọn một tệp; tệp rỗng không tính.",
                                           "Choose a file; an empty one is none."));
        return;
    }
    const struct wsync_kept *kept =
        wsync_kept_put(&page.desk->shelf, 'i', request, NAMES);
    if (!kept) {
        desk_end(&page, WSYNC_ERR_MEMORY);
        return;
    }
    desk_import_path(path, "columns", kept->id);
    size_t len = strlen(path);
    snprintf(path + len, sizeof path - len, "&form=%.*s", (int)form->name.len,
             (const char *)form->name.data);
    desk_go(&page, path);
}

/* ---- earlier imports ---- */

struct listing {
    struct desk_page *page;
    uint32_t wanted; /* 0: all of them */
    size_t count;
    struct wsync_import found; /* the one that is wanted */
};

static enum wsync_err write_title(struct desk_page *page, uint32_t number)
{
    const struct wsync_form *form;
    enum wsync_err err =
        wsync_catalog_newest(page->site->catalog, page->site->txn, number, &form);
    if (err == WSYNC_OK) {
        desk_label(page, form->title_vi, form->title_en);
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err write_import(void *context, const struct wsync_import *import)
{
    struct listing *listing = context;
    struct desk_page *page = listing->page;
    char when[WSYNC_VIEW_TIME_BYTES], number[NUMBER_BYTES];
    wsync_view_time(import->started, when);
    snprintf(number, sizeof number, "%u", import->number);
    listing->count++;
    wsync_html_raw(page->html, "<tr><td>");
    wsync_html_text(page->html, when);
    wsync_html_raw(page->html, "</td><th scope=\"row\">");
    wsync_html_text(page->html, import->name);
    wsync_html_raw(page->html, "<br><span class=\"muted\">");
    enum wsync_err err = write_title(page, import->form);
    wsync_html_raw(page->html, "</span></th><td class=\"number\">");
    desk_number(page, import->added);
    wsync_html_raw(page->html, "</td><td class=\"number\">");
    desk_number(page, import->undone);
    wsync_html_raw(page->html, "</td><td>");
    if (import->undone < import->added) {
        wsync_html_raw(page->html, "<a href=\"/imports/");
        wsync_html_part(page->html, number);
        wsync_html_raw(page->html, "\">");
        desk_say(page, "Bỏ lần nhập này", "Take it back");
        wsync_html_raw(page->html, " (");
        wsync_html_text(page->html, number);
        wsync_html_raw(page->html, ")</a>");
    }
    wsync_html_raw(page->html, "</td></tr>\n");
    return err;
}

static void write_heads(struct desk_page *page)
{
    const char *const heads[] = {desk_word(page, "Lúc", "When"),
                                 desk_word(page, "Tệp, mẫu", "File, form"),
                                 desk_word(page, "Đã thêm", "Added"),
                                 desk_word(page, "Đã bỏ", "Taken back"),
                                 desk_word(page, "Việc", "Action")};
    wsync_page_table(page->html, desk_word(page, "Các lần nhập", "The imports"));
    wsync_html_raw(page->html, "<thead><tr>");
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        wsync_html_raw(page->html, "<th scope=\"col\">");
        wsync_html_text(page->html, heads[i]);
        wsync_html_raw(page->html, "</th>");
    }
    wsync_html_raw(page->html, "</tr></thead><tbody>");
}

static const char *done_word(const struct desk_page *page)
{
    const char *done = wsync_http_field(page->request, "done");
    return !done ? NULL
           : strcmp(done, "undone") == 0
               ? desk_word(page, "Đã bỏ lần nhập: các bản ghi của nó đã xóa.",
                           "The import is taken back: its records are deleted.")
           : strcmp(done, "kept") == 0
               ? desk_word(page,
                           "Đã bỏ lần nhập; bản ghi nào có người sửa từ đó thì giữ nguyên.",
                           "The import is taken back; what somebody edited since was left.")
               : NULL;
}

void desk_imports(void *context, const struct wsync_http_request *request,
                  struct wsync_http_answer *answer)
{
    struct desk_page page;
    struct listing listing = {.page = &page};
    if (!desk_begin(&page, context, request, answer)) {
        return;
    }
    page.frame.notice = done_word(&page);
    desk_head(&page, desk_word(&page, "Các lần nhập từ tệp", "Imports of files"));
    write_heads(&page);
    enum wsync_err err = wsync_import_list(page.site, write_import, &listing);
    wsync_html_raw(page.html, "</tbody></table></div>");
    if (err == WSYNC_OK && listing.count == 0) {
        wsync_html_raw(page.html, "<p>");
        desk_say(&page, "Chưa nhập tệp nào.", "No file was imported yet.");
        wsync_html_raw(page.html, "</p>");
    }
    wsync_html_raw(page.html, "<p><a class=\"button\" href=\"/import\">");
    desk_say(&page, "Nhập từ tệp", "Import a file");
    wsync_html_raw(page.html, "</a></p>");
    desk_end(&page, err);
}

/* ---- taking one back ---- */

static enum wsync_err look_for(void *context, const struct wsync_import *import)
{
    struct listing *listing = context;
    if (import->number == listing->wanted) {
        listing->found = *import;
    }
    return WSYNC_OK;
}

static void write_question(struct desk_page *page, const struct wsync_import *import)
{
    char path[64], when[WSYNC_VIEW_TIME_BYTES];
    struct wsync_html *html = page->html;
    wsync_view_time(import->started, when);
    desk_head(page, desk_word(page, "Bỏ lần nhập này?", "Take this import back?"));
    wsync_html_raw(html, "<p><strong>");
    wsync_html_text(html, import->name);
    wsync_html_raw(html, "</strong>, ");
    wsync_html_text(html, when);
    wsync_html_raw(html, ": ");
    desk_number(page, import->added - import->undone);
    desk_say(page, " bản ghi.", " records.");
    wsync_html_raw(html, "</p><p class=\"warning\">");
    desk_say(page,
             "Các bản ghi của lần nhập này sẽ bị xóa, trừ bản ghi đã có người sửa. Sau đó có "
             "thể nhập lại tệp ấy.",
             "The records of this import are deleted, but for those that somebody edited. The "
             "file can be imported again afterwards.");
    wsync_html_raw(html, "</p>");
    snprintf(path, sizeof path, "/imports/%u", import->number);
    wsync_page_post(html, &page->frame, path);
    wsync_html_raw(html, "<p class=\"actions\"><button class=\"danger\">");
    desk_say(page, "Bỏ lần nhập này", "Take it back");
    wsync_html_raw(html, "</button> <a href=\"/imports\">");
    desk_say(page, "Thôi", "Leave it");
    wsync_html_raw(html, "</a></p></form>");
}

/* Reads the import that the end of the path names. */
static enum wsync_err find(struct desk_page *page, struct wsync_import *import)
{
    struct listing listing = {.page = page};
    char *end;
    unsigned long number = strtoul(page->request->rest, &end, 10);
    listing.wanted = *end == '\0' && number <= UINT32_MAX ? (uint32_t)number : 0;
    enum wsync_err err = wsync_import_list(page->site, look_for, &listing);
    *import = listing.found;
    return err == WSYNC_OK && import->number == 0 ? WSYNC_ERR_NOT_FOUND : err;
}

void desk_import_ask_undo(void *context, const struct wsync_http_request *request,
                          struct wsync_http_answer *answer)
{
    struct desk_page page;
    struct wsync_import import;
    if (!desk_begin(&page, context, request, answer)) {
        return;
    }
    enum wsync_err err = find(&page, &import);
    if (err == WSYNC_OK) {
        write_question(&page, &import);
    }
    desk_end(&page, err);
}

void desk_import_undo(void *context, const struct wsync_http_request *request,
                      struct wsync_http_answer *answer)
{
    struct desk_page page;
    struct wsync_import import;
    struct wsync_action_result result;
    char undo[32];
    if (!desk_begin(&page, context, request, answer)) {
        return;
    }
    enum wsync_err err = find(&page, &import);
    if (err != WSYNC_OK) {
        desk_end(&page, err);
        return;
    }
    snprintf(undo, sizeof undo, "--undo=%u", import.number);
    const char *const argv[] = {"import", desk_lang(&page), undo, NULL};
    err = desk_act(&page, &(struct wsync_action_ask){.argv = argv, .findings = 1}, &result);
    if (err == WSYNC_OK) {
        desk_go(&page, result.exit_code == 0 ? "/imports?done=undone" : "/imports?done=kept");
        return;
    }
    if (desk_tells(&page)) {
        write_question(&page, &import);
        err = WSYNC_OK;
    }
    desk_end(&page, err);
}
