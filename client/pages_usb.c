/* SPDX-License-Identifier: Apache-2.0 */
/* USB: what waits goes out as a file for a stick, and the district's answer comes in. */
#include <stdio.h>
#include <string.h>

#include "client/bundle_last.h"
#include "client/pages_parts.h"
#include "host/clock.h"

enum { NAME_BYTES = 48, SAID_BYTES = 480 };

/* ---- the part of Đồng bộ ---- */

/* Has the last file an answer?  If not, what it brings there is not known to be there. */
static enum wsync_err write_last(struct desk_page *page)
{
    struct client_bundle_last last;
    char when[WSYNC_VIEW_TIME_BYTES];
    enum wsync_err err = client_bundle_last_get(page->site, &last);
    if (err != WSYNC_OK || !last.is) {
        return err;
    }
    wsync_view_time(last.time, when);
    wsync_html_raw(page->html, "<p id=\"usb-last\">");
    desk_say(page, "Tệp ghi gần nhất: ", "The last file was written: ");
    wsync_html_text(page->html, when);
    desk_say(
        page,
        ". Những gì trong tệp vẫn là chờ gửi cho đến khi có trả lời của quận, hoặc một lần "
        "đồng bộ qua mạng.",
        ". What is in it still counts as waiting until the district's answer is here, or a "
        "sync by network.");
    wsync_html_raw(page->html, "</p>");
    return err;
}

enum wsync_err desk_usb_write(struct desk_page *page)
{
    struct wsync_html *html = page->html;
    wsync_html_raw(html, "<section class=\"card\"><h2>");
    desk_say(page, "Bằng USB, khi không có mạng", "By a stick, where there is no network");
    wsync_html_raw(html, "</h2><p>");
    desk_say(
        page,
        "Ghi tệp ra USB, mang đến quận, rồi mang trả lời của quận về đây. Tệp được niêm "
        "phong: chỉ quận mở được.",
        "Write a file to a stick, take it to the district, and bring the district's answer "
        "back here. The file is sealed: only the district can open it.");
    wsync_html_raw(html, "</p>");
    enum wsync_err err = write_last(page);
    if (!desk_may_write(page)) {
        wsync_html_raw(html, "</section>");
        return err;
    }
    wsync_page_post(html, &page->frame, "/sync/export");
    wsync_html_raw(html, "<p class=\"actions\"><button class=\"second\">");
    desk_say(page, "Xuất ra USB", "Write a file for a stick");
    wsync_html_raw(html, "</button></p></form>");
    wsync_page_post_files(html, &page->frame, "/sync/import");
    wsync_html_raw(html, "<div class=\"field\"><label for=\"answer\">");
    desk_say(page, "Trả lời của quận (tệp .answer)", "The district's answer (a .answer file)");
    wsync_html_raw(html, "</label><input type=\"file\" id=\"answer\" name=\"answer\"></div>"
                         "<p class=\"actions\"><button class=\"second\">");
    desk_say(page, "Nhập từ USB", "Take it in from the stick");
    wsync_html_raw(html, "</button></p></form></section>");
    return err;
}

/* ---- out ---- */

/* "wardsync-20220416-1042.bundle" */
static const char *name_of(char name[NAME_BYTES])
{
    char when[WSYNC_VIEW_TIME_BYTES];
    wsync_view_time(wsync_clock_wall_s(), when); /* 16/04/2022 10:42 */
    snprintf(name, NAME_BYTES, "wardsync-%.4s%.2s%.2s-%.2s%.2s.bundle", when + 6, when + 3,
             when, when + 11, when + 14);
    return name;
}

void desk_usb_export(void *context, const struct wsync_http_request *request,
                     struct wsync_http_answer *answer)
{
    struct desk_page page;
    struct wsync_action_result result;
    char name[NAME_BYTES];
    if (!desk_begin(&page, context, request, answer)) {
        return;
    }
    const char *const argv[] = {"export", desk_lang(&page), "--bundle=-", NULL};
    const struct wsync_action_ask ask = {.argv = argv, .findings = 1, .want_file = true};
    enum wsync_err err = desk_act(&page, &ask, &result);
    if (err == WSYNC_OK) {
        desk_give_fd(&page, result.out_fd, "application/octet-stream", name_of(name));
    } else {
        desk_sync_again(&page, err);
    }
}

/* ---- in ---- */

/* What the command said, in one line, without "ward import: ". */
static const char *said_of(const char *talk, char said[SAID_BYTES])
{
    const char *line = strstr(talk, ": ");
    snprintf(said, SAID_BYTES, "%s", line && line < strchr(talk, '\n') ? line + 2 : talk);
    for (char *at = said; (at = strchr(at, '\n')) != NULL;) {
        *at = ' ';
    }
    return said;
}

void desk_usb_import(void *context, const struct wsync_http_request *request,
                     struct wsync_http_answer *answer)
{
    struct desk_page page;
    struct wsync_action_result result;
    char said[SAID_BYTES];
    if (!desk_begin(&page, context, request, answer)) {
        return;
    }
    const struct wsync_http_upload *file = wsync_http_upload(request, "answer");
    if (!file) {
        snprintf(page.error.text, sizeof page.error.text, "%s",
                 desk_word(&page, "Hãy chọn tệp trả lời của quận trên USB trước.",
                           "Choose the district's answer on the stick first."));
        desk_sync_again(&page, WSYNC_ERR_VALUE);
        return;
    }
    const char *const argv[] = {"import", desk_lang(&page), "--", "/proc/self/fd/3", NULL};
    const struct wsync_action_ask ask = {
        .argv = argv, .findings = 1, .files = &file->fd, .file_count = 1};
    enum wsync_err err = desk_act(&page, &ask, &result);
    if (err == WSYNC_OK && result.exit_code == 0) {
        desk_go(&page, "/sync?done=answer");
        return;
    }
    if (err == WSYNC_OK) { /* a part of it is damaged: what stands before was taken */
        snprintf(page.error.text, sizeof page.error.text, "%s", said_of(result.talk, said));
        err = WSYNC_ERR_VALUE;
    }
    desk_sync_again(&page, err);
}
