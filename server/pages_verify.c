/* SPDX-License-Identifier: Apache-2.0 */
/* Verification: begun by a page, done by a command, told by its note (verify_state.h). */
#include <stdlib.h>
#include <string.h>

#include "host/json.h"
#include "host/page_act.h"
#include "host/verify_state.h"
#include "host/words.h"
#include "server/pages_care.h"

enum { PERCENT = 100 };

/* ---- how far it is ---- */

static void write_progress(struct server_page *page, const struct wsync_json *json)
{
    struct wsync_html *html = page->html;
    uint64_t done = (uint64_t)wsync_json_get_number(json, "done");
    uint64_t total = (uint64_t)wsync_json_get_number(json, "total");
    int part = (int)wsync_json_get_number(json, "part");
    wsync_html_raw(html, "<p>");
    server_say(page, "Đang kiểm tra từ ", "Verifying since ");
    server_time(page, wsync_json_get_number(json, "begun"));
    wsync_html_text(html, ": ");
    wsync_html_text(html, wsync_verify_part_word(part, page->language));
    if (total > 0) {
        wsync_html_text(html, " ");
        server_number(page, done);
        wsync_html_text(html, " / ");
        server_number(page, total);
        wsync_html_text(html, " (");
        server_number(page, done >= total ? PERCENT : done * PERCENT / total);
        wsync_html_text(html, " %)");
    }
    wsync_html_raw(html, "</p><p>");
    server_say(page, "Phần ", "Part ");
    server_number(page, (uint64_t)(part + 1));
    server_say(page, " trong ", " of ");
    server_number(page, WSYNC_VERIFY_PARTS + 1);
    server_say(page, ". Đóng trang không làm dừng.", ". Closing the page stops nothing.");
    wsync_html_raw(html, "</p><p class=\"actions\"><a href=\"/admin/verify\">");
    server_say(page, "Xem lại bây giờ", "Look again now");
    wsync_html_raw(html, "</a></p>\n");
}

static void write_cut_short(struct server_page *page, const struct wsync_json *json)
{
    wsync_html_raw(page->html, "<p>");
    server_say(page, "Lần kiểm tra bắt đầu lúc ", "The verification begun at ");
    server_time(page, wsync_json_get_number(json, "begun"));
    server_say(page, " bị ngắt giữa chừng, lần cuối còn thấy lúc ",
               " was cut short; last seen at ");
    server_time(page, wsync_json_get_number(json, "seen"));
    server_say(page, ". Nó không nói gì về số liệu; hãy chạy lại.",
               ". It says nothing about the data; run it again.");
    wsync_html_raw(page->html, "</p>\n");
}

/* ---- what it found ---- */

/* A sentence of the note, which is in English. */
static void write_text(struct server_page *page, const struct wsync_json *json, const char *key)
{
    char room[WSYNC_WORDS_BYTES];
    wsync_html_text(page->html, wsync_words(page->language, wsync_json_get(json, key), room));
}

static void write_count(struct server_page *page, const struct wsync_json *json,
                        const char *key, const char *term)
{
    server_fact(page, NULL, term);
    server_number(page, (uint64_t)wsync_json_get_number(json, key));
    wsync_html_raw(page->html, "</dd>\n");
}

static void write_verdict(struct server_page *page, const struct wsync_json *json)
{
    struct wsync_html *html = page->html;
    bool failed = wsync_json_has(json, "failed");
    bool wrong = wsync_json_get_number(json, "findings") > 0 ||
                 wsync_json_get_number(json, "damaged") > 0;
    wsync_html_raw(html, "<p>");
    if (failed) {
        wsync_html_raw(html, "<span class=\"tag warn\">");
        server_say(page, "không chạy được", "could not run");
    } else if (wrong) {
        wsync_html_raw(html, "<span class=\"tag bad\">");
        server_say(page, "có chỗ sai", "differences");
    } else {
        wsync_html_raw(html, "<span class=\"tag good\">");
        server_say(page, "tất cả đúng", "all equal");
    }
    wsync_html_raw(html, "</span> ");
    server_say(page, "Kiểm tra xong lúc ", "Verified at ");
    server_time(page, wsync_json_get_number(json, "ended"));
    wsync_html_raw(html, "</p>\n");
    if (failed) {
        wsync_html_raw(html, "<p>");
        write_text(page, json, "failed");
        wsync_html_raw(html, "</p>\n");
        return;
    }
    wsync_html_raw(html, "<dl>\n");
    write_count(page, json, "findings", server_word(page, "Loại chỗ sai", "Findings"));
    write_count(page, json, "damaged",
                server_word(page, "Ảnh và tệp hỏng", "Photos and files damaged"));
    write_count(page, json, "changes", server_word(page, "Thay đổi", "Changes"));
    write_count(page, json, "seals", server_word(page, "Chữ ký", "Seals"));
    write_count(page, json, "records", server_word(page, "Bản ghi", "Records"));
    write_count(page, json, "cells", server_word(page, "Ô tổng", "Cells of totals"));
    wsync_html_raw(html, "</dl>\n");
    if (wrong) {
        server_paragraph(
            page,
            server_word(
                page,
                "Giữ nguyên thư mục dữ liệu, đặt một bản sao lưu vào chỗ nó, hoặc bắt đầu "
                "với một thư mục rỗng: những gì các phường đã gửi đều được gửi lại.",
                "Keep the data directory as it is, put a backup in its place, or begin "
                "with an empty one: nothing that the wards sent is lost."));
    }
}

static void write_finding(struct server_page *page, const struct wsync_json *json)
{
    struct wsync_html *html = page->html;
    int64_t rows = wsync_json_get_number(json, "rows");
    wsync_html_raw(html, "<tr><th scope=\"row\">");
    wsync_html_text(html,
                    wsync_verify_kind_word(wsync_json_get(json, "finding"), page->language));
    wsync_html_raw(html, "</th><td>");
    write_text(page, json, "place");
    wsync_html_raw(html, "</td><td>");
    write_text(page, json, "stored");
    wsync_html_raw(html, "</td><td>");
    write_text(page, json, "computed");
    wsync_html_raw(html, "</td>");
    server_number_cell(page, rows > 0 ? (uint64_t)rows : 0);
    wsync_html_raw(html, "</tr>\n");
}

/* The table of the first difference of each kind, if there is any. */
static void write_findings(struct server_page *page, const char *lines)
{
    bool any = false;
    while (*lines != '\0') { /* ends: each turn passes one line */
        struct wsync_json *json = wsync_json_read(&lines);
        if (json && wsync_json_has(json, "finding")) {
            if (!any) {
                server_table_begin(page, server_word(page, "Chỗ sai đầu tiên của mỗi loại",
                                                     "The first difference of each kind"));
                server_table_head(page, server_word(page, "Loại", "Kind"), false);
                server_table_head(page, server_word(page, "Ở đâu", "Where"), false);
                server_table_head(page, server_word(page, "Đang lưu", "Stored"), false);
                server_table_head(page, server_word(page, "Tính lại", "Computed"), false);
                server_table_head(page, server_word(page, "Số dòng", "Rows"), true);
                server_table_body(page);
                any = true;
            }
            write_finding(page, json);
        }
        wsync_json_free(json);
    }
    if (any) {
        server_table_end(page);
    }
}

static void write_state(struct server_page *page, const struct wsync_verify_state *state)
{
    const char *lines = state->text;
    bool ended = false;
    struct wsync_json *first = wsync_json_read(&lines);
    for (const char *rest = lines; *rest != '\0';) { /* ends: each turn passes one line */
        struct wsync_json *json = wsync_json_read(&rest);
        if (json && wsync_json_has(json, "ended")) {
            write_verdict(page, json);
            ended = true;
        }
        wsync_json_free(json);
    }
    if (!ended && first && state->running) {
        write_progress(page, first);
    } else if (!ended && first) {
        write_cut_short(page, first);
    }
    wsync_json_free(first);
    write_findings(page, lines);
}

/* ---- the page ---- */

static void write_what(struct server_page *page)
{
    server_paragraph(
        page,
        server_word(
            page,
            "Tính lại mọi thứ từ sổ gốc, như thể người lạ gửi đến, rồi so với điều đang "
            "lưu: chữ ký, chuỗi băm, bản ghi, số tổng; và đọc lại từng ảnh. Quận vẫn phục "
            "vụ trong lúc ấy. Cần chỗ trống trên đĩa bằng hai lần kho dữ liệu.",
            "Computes everything anew from the raw log, as if a stranger had sent it, and "
            "compares it with what is stored: signatures, chains, records, totals; and "
            "reads every photo again. The district serves meanwhile. It takes free room "
            "on the disk of twice the store."));
}

static enum wsync_err write_verify(struct server_page *page)
{
    struct wsync_verify_state *state = malloc(sizeof *state);
    const char *done = wsync_http_field(page->request, "done");
    if (!state) {
        return WSYNC_ERR_MEMORY;
    }
    enum wsync_err err = wsync_verify_state_read(page->site->path, state, &page->error);
    bool none = err == WSYNC_ERR_NOT_FOUND;
    if (done && strcmp(done, "begun") == 0) {
        page->frame.notice =
            server_word(page, "Đã bắt đầu kiểm tra.", "Verification has begun.");
    }
    if (err == WSYNC_OK || none) {
        server_admin_head(page, server_word(page, "Kiểm tra số liệu", "Verification"));
        write_what(page);
        wsync_html_raw(page->html, "<section id=\"verification\" data-live>\n");
        if (none) {
            server_paragraph(
                page, server_word(page, "Chưa kiểm tra lần nào.", "It was never run here."));
        } else {
            write_state(page, state);
        }
        wsync_html_raw(page->html, "</section>\n");
        wsync_page_post(page->html, &page->frame, "/admin/verify");
        wsync_html_raw(page->html, "<p class=\"actions\"><button>");
        server_say(page, "Kiểm tra ngay", "Verify now");
        wsync_html_raw(page->html, "</button></p></form>\n");
        wsync_page_end(page->html, &page->frame);
    }
    free(state);
    return none ? WSYNC_OK : err;
}

void server_page_verify(void *context, const struct wsync_http_request *request,
                        struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, write_verify);
}

/* Begins it and goes on: how far it is stands in its note.  Nothing it could say while it runs
 * for long may grow beyond what a page takes, so it says nothing. */
static enum wsync_err begin(struct server_page *page)
{
    const char *const argv[] = {"verify", "--quiet", NULL};
    const struct wsync_action_ask ask = {.argv = argv};
    enum wsync_err err = wsync_page_act_begin(page->actions, page->request, &ask, &page->error);
    if (err == WSYNC_OK) {
        wsync_http_redirect(page->answer, "/admin/verify?done=begun");
        return WSYNC_OK;
    }
    wsync_page_act_outcome(err, &page->frame);
    return server_tells(page) ? write_verify(page) : err;
}

void server_page_verify_now(void *context, const struct wsync_http_request *request,
                            struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, begin);
}
