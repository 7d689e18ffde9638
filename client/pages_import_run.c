/* SPDX-License-Identifier: Apache-2.0 */
/* What an import would do, what it did, and what is to be set right in the table. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/pages_import.h"
#include "host/file.h"
#include "host/json.h"

enum { RESULT_BYTES = 4096, NAME_BYTES = WSYNC_HTTP_UPLOAD_NAME_BYTES_MAX + 16 };

/* Has the kept table imported by the kept mapping, or only looked at. */
static enum wsync_err act(struct desk_page *page, const struct wsync_kept *kept,
                          const char *more, bool want_file, struct wsync_action_result *result)
{
    const char *const objects[] = {"import", desk_lang(page), "--findings=-", more,
                                   "--mapping=/proc/self/fd/4", "--json", "--",
                                   "/proc/self/fd/3", NULL};
    const char *const table[] = {"import", desk_lang(page), "--findings=-", more,
                                 "--mapping=/proc/self/fd/4", "--", "/proc/self/fd/3", NULL};
    const struct wsync_action_ask ask = {.argv = want_file ? table : objects,
                                         .files = kept->files,
                                         .file_count = 2,
                                         .want_file = want_file,
                                         .findings = 1};
    return desk_act(page, &ask, result);
}

/* The last object of an answer: the summary. */
static struct wsync_json *summary_of(const char *lines)
{
    struct wsync_json *last = NULL, *next;
    while ((next = wsync_json_read(&lines)) != NULL) {
        wsync_json_free(last);
        last = next;
    }
    return last;
}

/* What is kept, with a mapping; NULL: the page is ended. */
static struct wsync_kept *mapped(struct desk_page *page)
{
    struct wsync_kept *kept = desk_import_kept(page);
    if (kept && kept->files[DESK_MAPPING] < 0) {
        desk_go(page, "/import");
        return NULL;
    }
    return kept;
}

/* ---- the preview ---- */

static void write_file(struct desk_page *page, const struct wsync_kept *kept,
                       const struct wsync_json *summary)
{
    const char *sheet = wsync_json_get(summary, "sheet");
    wsync_html_raw(page->html, "<p><strong>");
    wsync_html_text(page->html, kept->name);
    wsync_html_raw(page->html, "</strong>");
    if (sheet[0]) {
        desk_say(page, ", trang tính “", ", sheet “");
        wsync_html_text(page->html, sheet);
        wsync_html_raw(page->html, "”");
    }
    wsync_html_raw(page->html, "</p><ul>");
}

static void write_fact(struct desk_page *page, const char *id, uint64_t number,
                       const char *words)
{
    wsync_html_raw(page->html, "<li");
    wsync_html_attr(page->html, "id", id);
    wsync_html_raw(page->html, "><b>");
    desk_number(page, number);
    wsync_html_raw(page->html, "</b> ");
    wsync_html_text(page->html, words);
    wsync_html_raw(page->html, "</li>");
}

static uint64_t count_of(const struct wsync_json *summary, const char *name)
{
    int64_t number = wsync_json_get_number(summary, name);
    return number > 0 ? (uint64_t)number : 0;
}

static void write_finding(struct desk_page *page, const struct wsync_json *finding)
{
    struct wsync_html *html = page->html;
    wsync_html_raw(html, "<tr><td class=\"number\">");
    wsync_html_number(html, wsync_json_get_number(finding, "row"));
    wsync_html_raw(html, "</td><th scope=\"row\">");
    wsync_html_text(html, wsync_json_get(finding, "column"));
    wsync_html_raw(html, "</th><td>");
    wsync_html_text(html, wsync_json_get(finding, "value"));
    wsync_html_raw(html, "</td><td>");
    wsync_html_text(html, wsync_json_get(finding, "reason"));
    wsync_html_raw(html, "</td></tr>\n");
}

static void write_download(struct desk_page *page, const char *id)
{
    wsync_html_raw(page->html, "<p><a href=\"/import/findings?kept=");
    wsync_html_part(page->html, id);
    wsync_html_raw(page->html, "\">");
    desk_say(page, "Tải danh sách dòng cần sửa (CSV)",
             "Download what is to be set right (CSV)");
    wsync_html_raw(page->html, "</a></p>");
}

static void write_findings(struct desk_page *page, const char *lines, uint64_t all,
                           const char *id)
{
    const char *const heads[] = {
        desk_word(page, "Dòng", "Row"), desk_word(page, "Cột", "Column"),
        desk_word(page, "Giá trị", "Value"),
        desk_word(page, "Vì sao, và điều gì được phép", "Why, and what is allowed")};
    struct wsync_json *next;
    uint64_t shown = 0;
    wsync_html_raw(page->html, "<h2>");
    desk_say(page, "Dòng cần sửa", "Rows to be set right");
    wsync_html_raw(page->html, "</h2>");
    wsync_page_table(page->html, desk_word(page, "Dòng cần sửa", "Rows to be set right"));
    wsync_html_raw(page->html, "<thead><tr>");
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        wsync_html_raw(page->html, "<th scope=\"col\"");
        if (i == 0) {
            wsync_html_raw(page->html, " class=\"number\"");
        }
        wsync_html_raw(page->html, ">");
        wsync_html_text(page->html, heads[i]);
        wsync_html_raw(page->html, "</th>");
    }
    wsync_html_raw(page->html, "</tr></thead><tbody id=\"findings\">");
    while ((next = wsync_json_read(&lines)) != NULL) {
        if (wsync_json_has(next, "reason")) {
            write_finding(page, next);
            shown++;
        }
        wsync_json_free(next);
    }
    wsync_html_raw(page->html, "</tbody></table></div>");
    if (shown < all) {
        wsync_html_raw(page->html, "<p>");
        desk_number(page, all - shown);
        desk_say(page, " điều nữa có trong tệp tải về.", " more are in the file to download.");
        wsync_html_raw(page->html, "</p>");
    }
    write_download(page, id);
}

static void write_go(struct desk_page *page, uint64_t good, const char *id)
{
    struct wsync_html *html = page->html;
    char path[DESK_IMPORT_PATH_BYTES];
    if (good > 0) {
        wsync_page_post(html, &page->frame, "/import/run");
        wsync_html_raw(html, "<input type=\"hidden\" name=\"kept\"");
        wsync_html_attr(html, "value", id);
        wsync_html_raw(html, "><p class=\"actions\"><button>");
        desk_say(page, "Nhập ", "Import ");
        desk_number(page, good);
        wsync_html_text(html, good == 1 ? desk_word(page, " dòng tốt", " good row")
                                        : desk_word(page, " dòng tốt", " good rows"));
        wsync_html_raw(html, "</button></p></form>");
    } else {
        wsync_html_raw(html, "<p>");
        desk_say(page, "Không có dòng nào để nhập thêm.", "There is no row to be added.");
        wsync_html_raw(html, "</p>");
    }
    desk_import_path(path, "columns", id);
    wsync_html_raw(html, "<p><a");
    wsync_html_attr(html, "href", path);
    wsync_html_raw(html, ">");
    desk_say(page, "Chọn lại cột", "Back to the columns");
    wsync_html_raw(html, "</a> · <a href=\"/import\">");
    desk_say(page, "Chọn tệp khác", "Another file");
    wsync_html_raw(html, "</a></p>");
}

static void write_preview(struct desk_page *page, const char *lines,
                          const struct wsync_json *summary, const struct wsync_kept *kept)
{
    uint64_t good = count_of(summary, "added"), findings = count_of(summary, "findings");
    desk_head(page, desk_word(page, "Xem trước khi nhập", "Before it is imported"));
    write_file(page, kept, summary);
    write_fact(page, "good", good, desk_word(page, "dòng tốt, sẽ thêm", "good, to be added"));
    write_fact(page, "there", count_of(summary, "there"),
               desk_word(page, "dòng đã nhập trước đây, không thêm lại",
                         "imported earlier, not added again"));
    write_fact(page, "bad", count_of(summary, "faulty"),
               desk_word(page, "dòng cần sửa, sẽ không nhập",
                         "to be set right, not imported"));
    wsync_html_raw(page->html, "</ul>");
    write_go(page, good, kept->id);
    if (findings > 0) {
        write_findings(page, lines, findings, kept->id);
    }
}

void desk_import_preview(void *context, const struct wsync_http_request *request,
                         struct wsync_http_answer *answer)
{
    struct desk_page page;
    struct wsync_action_result result;
    struct wsync_kept *kept;
    if (!desk_begin(&page, context, request, answer) || !(kept = mapped(&page))) {
        return;
    }
    enum wsync_err err = act(&page, kept, "--dry-run", false, &result);
    if (err != WSYNC_OK && page.site->txn && page.error.text[0]) {
        desk_import_columns_write(&page, desk_import_said(&page));
        return;
    }
    kept = err == WSYNC_OK ? mapped(&page) : NULL;
    if (!kept) {
        if (err != WSYNC_OK) {
            desk_end(&page, err);
        }
        return;
    }
    struct wsync_json *summary = summary_of(result.out);
    if (summary) {
        write_preview(&page, result.out, summary, kept);
    }
    desk_end(&page, summary ? WSYNC_OK : WSYNC_ERR_CORRUPT);
    wsync_json_free(summary);
}

/* ---- the import ---- */

void desk_import_run(void *context, const struct wsync_http_request *request,
                     struct wsync_http_answer *answer)
{
    struct desk_page page;
    struct wsync_action_result result;
    struct wsync_kept *kept;
    char bytes[RESULT_BYTES], name[NAME_BYTES], path[DESK_IMPORT_PATH_BYTES];
    if (!desk_begin(&page, context, request, answer) || !(kept = mapped(&page))) {
        return;
    }
    snprintf(name, sizeof name, "--name=%s", kept->name);
    enum wsync_err err = act(&page, kept, name, false, &result);
    if (err != WSYNC_OK && page.site->txn && page.error.text[0]) {
        desk_import_columns_write(&page, desk_import_said(&page));
        return;
    }
    kept = err == WSYNC_OK ? mapped(&page) : NULL;
    struct wsync_json *summary = kept ? summary_of(result.out) : NULL;
    size_t len = summary ? wsync_json_bytes(summary, bytes, sizeof bytes) : sizeof bytes + 1;
    if (kept && len <= sizeof bytes) {
        err = wsync_kept_text(kept, DESK_RESULT, wsync_slice(bytes, len));
        desk_import_path(path, "result", kept->id);
    } else if (kept) {
        err = WSYNC_ERR_CORRUPT;
    }
    if (kept && err == WSYNC_OK) {
        desk_go(&page, path);
    } else if (kept || err != WSYNC_OK) {
        desk_end(&page, err);
    }
}

/* ---- what it did ---- */

static void write_links(struct desk_page *page, const struct wsync_json *summary,
                        const struct wsync_form *form)
{
    struct wsync_html *html = page->html;
    char name[WSYNC_NAME_BYTES_MAX + 1];
    snprintf(name, sizeof name, "%.*s", (int)form->name.len, (const char *)form->name.data);
    wsync_html_raw(html, "<p class=\"actions\"><a class=\"button\" href=\"/records?form=");
    wsync_html_part(html, name);
    wsync_html_raw(html, "\">");
    desk_say(page, "Xem các bản ghi", "See the records");
    wsync_html_raw(html, "</a>");
    if (count_of(summary, "import") > 0) {
        wsync_html_raw(html, " <a href=\"/imports/");
        wsync_html_number(html, wsync_json_get_number(summary, "import"));
        wsync_html_raw(html, "\">");
        desk_say(page, "Bỏ lần nhập này", "Take it back");
        wsync_html_raw(html, "</a>");
    }
    wsync_html_raw(html, " <a href=\"/imports\">");
    desk_say(page, "Các lần nhập", "Imports");
    wsync_html_raw(html, "</a></p>");
}

static void write_result(struct desk_page *page, const struct wsync_json *summary,
                         const struct wsync_kept *kept, const struct wsync_form *form)
{
    page->frame.notice = desk_word(page, "Đã nhập xong.", "The import is done.");
    desk_head(page, desk_word(page, "Kết quả nhập", "What was imported"));
    write_file(page, kept, summary);
    write_fact(page, "added", count_of(summary, "added"),
               desk_word(page, "bản ghi đã thêm", "records added"));
    write_fact(page, "there", count_of(summary, "there"),
               desk_word(page, "dòng đã nhập trước đây, không thêm lại",
                         "imported earlier, not added again"));
    write_fact(page, "bad", count_of(summary, "faulty"),
               desk_word(page, "dòng cần sửa, không nhập", "to be set right, not imported"));
    wsync_html_raw(page->html, "</ul>");
    if (count_of(summary, "added") > 0 && desk_map_has_photos(form, false)) {
        wsync_html_raw(page->html, "<p class=\"hint\">");
        desk_say(page, "Ảnh và tệp thì thêm ở từng bản ghi.",
                 "Photos and files are added at each record.");
        wsync_html_raw(page->html, "</p>");
    }
    write_links(page, summary, form);
    if (count_of(summary, "faulty") > 0) {
        write_download(page, kept->id);
    }
}

void desk_import_result(void *context, const struct wsync_http_request *request,
                        struct wsync_http_answer *answer)
{
    struct desk_page page;
    struct wsync_kept *kept;
    struct wsync_mapping mapping;
    const struct wsync_form *form;
    char bytes[RESULT_BYTES + 1];
    const char *text = bytes;
    if (!desk_begin(&page, context, request, answer) || !(kept = mapped(&page))) {
        return;
    }
    ssize_t len = kept->files[DESK_RESULT] >= 0
                      ? wsync_file_read_at(kept->files[DESK_RESULT], bytes, RESULT_BYTES, 0)
                      : 0;
    bytes[len > 0 ? len : 0] = '\0';
    struct wsync_json *summary = wsync_json_read(&text);
    enum wsync_err err = desk_import_mapping(&page, kept, &mapping, &form);
    if (err == WSYNC_OK && summary) {
        write_result(&page, summary, kept, form);
    }
    desk_end(&page, err == WSYNC_OK && !summary ? WSYNC_ERR_NOT_FOUND : err);
    wsync_json_free(summary);
}

void desk_import_findings(void *context, const struct wsync_http_request *request,
                          struct wsync_http_answer *answer)
{
    struct desk_page page;
    struct wsync_action_result result;
    struct wsync_kept *kept;
    if (!desk_begin(&page, context, request, answer) || !(kept = mapped(&page))) {
        return;
    }
    enum wsync_err err = act(&page, kept, "--dry-run", true, &result);
    if (err == WSYNC_OK) {
        desk_give_fd(&page, result.out_fd, "text/csv; charset=utf-8", "findings.csv");
    } else if (page.site->txn && page.error.text[0]) {
        desk_import_columns_write(&page, desk_import_said(&page));
    } else {
        desk_end(&page, err);
    }
}
