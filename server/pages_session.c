/* SPDX-License-Identifier: Apache-2.0 */
/* Everything about one conversation: who, when, how it ended and what to do, what moved each
 * way and what became of it. */
#include <stdlib.h>
#include <string.h>

#include "server/log_item.h"
#include "server/pages_admin.h"
#include "server/pages_log.h"

enum { LOG_DIGITS = 8, NUMBER_DIGITS_MAX = 19 };

/* ---- who, when, how ---- */

static void write_who(struct server_page *page, const struct server_log_item *item)
{
    char unit[WSYNC_UNIT_LABEL_BYTES];
    bool down = item->row.kind == WSYNC_SESSION_KIND_DOWN;
    server_fact(page, NULL, server_word(page, "Việc", "What"));
    wsync_html_text(page->html, server_session_word(page, item->row.kind));
    wsync_html_raw(page->html, "</dd>\n");
    if (item->row.has_device) {
        wsync_units_here_label(page->site, item->device.scopes[0], unit);
        server_fact(page, "device", server_word(page, "Máy", "Device"));
        if (wsync_page_may(page->request, WSYNC_HTTP_GET, "/admin/devices")) {
            server_device_link(page, &item->device);
        } else {
            wsync_html_text(page->html, item->device.name);
        }
        wsync_html_raw(page->html, "</dd>\n");
        server_fact(page, NULL, server_word(page, "Phường", "Ward"));
        server_ward_link(page, item->device.scopes[0], unit);
        wsync_html_raw(page->html, "</dd>\n");
    }
    if (!down) {
        server_fact(page, NULL, server_word(page, "Khóa", "Key"));
        wsync_html_text(page->html, item->many
                                        ? server_word(page, "nhiều khóa lạ", "several keys")
                                        : item->key);
        wsync_html_raw(page->html, "</dd>\n");
    }
}

static void write_when(struct server_page *page, const struct wsync_session_row *row)
{
    char took[SERVER_LOG_TOOK_BYTES];
    server_fact(page, NULL, server_word(page, "Bắt đầu", "Begun"));
    server_time(page, row->begun);
    wsync_html_raw(page->html, "</dd>\n");
    server_fact(page, NULL, server_word(page, "Kết thúc", "Ended"));
    server_time(page, row->ended);
    wsync_html_raw(page->html, "</dd>\n");
    server_fact(page, NULL, server_word(page, "Kéo dài", "Took"));
    wsync_html_text(page->html, server_log_took(row->took_ms, took));
    wsync_html_raw(page->html, "</dd>\n");
    if (row->times > 1) {
        server_fact(page, NULL, server_word(page, "Số lần", "Times"));
        server_number(page, row->times);
        wsync_html_raw(page->html, "</dd>\n");
    }
}

static void write_result(struct server_page *page, const struct wsync_session_row *row)
{
    const struct server_end end = server_log_end(row);
    char text[SERVER_END_TEXT_BYTES];
    server_end_text(&end, page->language, text);
    server_fact(page, "result", server_word(page, "Kết quả", "Result"));
    wsync_html_text(page->html, text);
    wsync_html_raw(page->html, " <span class=\"muted\">(");
    wsync_html_text(page->html, server_end_name(&end));
    wsync_html_raw(page->html, ")</span></dd>\n");
    if (server_end_step(&end, page->language)[0]) {
        server_fact(page, NULL, server_word(page, "Nên làm", "What to do"));
        wsync_html_text(page->html, server_end_step(&end, page->language));
        wsync_html_raw(page->html, "</dd>\n");
    }
}

static void write_reject(struct server_page *page, const struct wsync_session_row *row)
{
    char log[2 * WSYNC_LOG_ID_BYTES + 1];
    if (!row->has_reject) {
        return;
    }
    wsync_hex_encode(WSYNC_BYTES(row->reject.log), log);
    log[LOG_DIGITS] = '\0';
    server_fact(page, "reject",
                row->peer_said_it ? server_word(page, "Máy này từ chối", "The device refused")
                                  : server_word(page, "Quận từ chối", "The district refused"));
    wsync_html_raw(page->html, "<code>");
    wsync_html_text(page->html, log);
    wsync_html_raw(page->html, "-");
    wsync_html_number(page->html, (int64_t)row->reject.first);
    wsync_html_raw(page->html, "</code> ");
    wsync_html_text(page->html, wsync_err_text(row->reject.code, page->language));
    wsync_html_raw(page->html, "</dd>\n");
}

/* ---- what moved ---- */

static void write_reason(void *context, const char *name, enum wsync_err reason)
{
    struct server_page *page = context;
    wsync_html_raw(page->html, "<li>");
    if (wsync_page_may(page->request, WSYNC_HTTP_GET, "/admin/quarantine")) {
        wsync_html_raw(page->html, "<a href=\"/admin/quarantine/");
        wsync_html_part(page->html, name);
        wsync_html_raw(page->html, "\">");
        wsync_html_text(page->html, name);
        wsync_html_raw(page->html, "</a>");
    } else {
        wsync_html_text(page->html, name);
    }
    wsync_html_raw(page->html, " ");
    wsync_html_text(page->html, wsync_err_text(reason, page->language));
    wsync_html_raw(page->html, "</li>\n");
}

static enum wsync_err write_run(struct server_page *page, const struct wsync_seen_run *run,
                                bool taken)
{
    char log[2 * WSYNC_LOG_ID_BYTES + 1];
    struct server_log_fate fate;
    enum wsync_err err = server_log_fate_read(page->site, run, &fate);
    if (err != WSYNC_OK) {
        return err;
    }
    wsync_hex_encode(WSYNC_BYTES(run->log), log);
    log[LOG_DIGITS] = '\0';
    wsync_html_raw(page->html, "<tr><th scope=\"row\"><code>");
    wsync_html_text(page->html, log);
    wsync_html_raw(page->html, "</code></th>");
    server_number_cell(page, run->first);
    server_number_cell(page, run->last);
    server_number_cell(page, fate.counted);
    server_number_cell(page, fate.waiting);
    server_number_cell(page, fate.quarantined);
    wsync_html_raw(page->html, "<td><ul>\n");
    if (taken && fate.here && fate.quarantined > 0) {
        err = server_log_reasons(page->site, run, &fate, write_reason, page);
    }
    wsync_html_raw(page->html, "</ul></td></tr>\n");
    return err;
}

static enum wsync_err write_runs(struct server_page *page, const struct wsync_session_row *row,
                                 bool taken)
{
    const struct wsync_seen_runs *runs = taken ? &row->taken : &row->acked;
    uint64_t all = taken ? row->changes_in : row->changes_out, shown = 0;
    enum wsync_err err = WSYNC_OK;
    if (runs->count == 0 && all == 0) {
        wsync_html_raw(page->html, "<p>");
        wsync_html_text(page->html,
                        taken ? server_word(page, "Không nhận thay đổi nào.",
                                            "No change was taken.")
                              : server_word(page, "Không gửi thay đổi nào.",
                                            "No change was given."));
        wsync_html_raw(page->html, "</p>\n");
        return err;
    }
    server_table_begin(page, taken ? server_word(page, "Thay đổi nhận vào", "Changes taken")
                                   : server_word(page, "Thay đổi gửi đi", "Changes given"));
    server_table_head(page, server_word(page, "Nhật ký", "Log"), false);
    server_table_head(page, server_word(page, "Từ số", "First"), true);
    server_table_head(page, server_word(page, "Đến số", "Last"), true);
    server_table_head(page, server_word(page, "Được tính", "Count"), true);
    server_table_head(page, server_word(page, "Đang đợi", "Wait"), true);
    server_table_head(page, server_word(page, "Bị cách ly", "Quarantined"), true);
    server_table_head(page, server_word(page, "Vì sao", "Why"), false);
    server_table_body(page);
    for (size_t i = 0; err == WSYNC_OK && i < runs->count; i++) {
        err = write_run(page, &runs->items[i], taken);
        shown += runs->items[i].last - runs->items[i].first + 1;
    }
    server_table_end(page);
    if (shown < all) {
        wsync_html_raw(page->html, "<p>");
        server_say(page, "và số thay đổi khác: ", "and more changes: ");
        server_number(page, all - shown);
        wsync_html_raw(page->html, "</p>\n");
    }
    return err;
}

/* ---- the page ---- */

static enum wsync_err find(struct server_page *page, struct server_log_item *item)
{
    const char *text = page->request->rest;
    enum wsync_err err = WSYNC_ERR_NOT_FOUND;
    if (text[0] != '\0' && strlen(text) <= NUMBER_DIGITS_MAX &&
        text[strspn(text, "0123456789")] == '\0') {
        err = server_log_find(page->site, strtoull(text, NULL, 10), item);
    }
    return err != WSYNC_ERR_NOT_FOUND
               ? err
               : wsync_error_set(&page->error, err, "%s",
                                 server_word(page,
                                             "Không có lần liên lạc số này; những lần cũ hơn "
                                             "mức lưu giữ đã bị cắt.",
                                             "There is no conversation of this number; older "
                                             "ones than are kept were cut off."));
}

static enum wsync_err write_session(struct server_page *page)
{
    struct server_log_item item;
    enum wsync_err err = find(page, &item);
    if (err != WSYNC_OK) {
        return err;
    }
    server_page_head(page, server_word(page, "Một lần liên lạc", "A conversation"));
    wsync_html_raw(page->html, "<dl>\n");
    write_who(page, &item);
    write_when(page, &item.row);
    write_result(page, &item.row);
    write_reject(page, &item.row);
    server_fact(page, NULL, server_word(page, "Byte nhận, gửi", "Bytes in, out"));
    server_number(page, item.row.bytes_in);
    wsync_html_raw(page->html, " / ");
    server_number(page, item.row.bytes_out);
    wsync_html_raw(page->html, "</dd>\n</dl>\n");
    err = write_runs(page, &item.row, true);
    if (err == WSYNC_OK) {
        err = write_runs(page, &item.row, false);
    }
    wsync_html_raw(page->html, "<p class=\"actions\"><a href=\"/log\">");
    server_say(page, "Tất cả các lần liên lạc", "All conversations");
    wsync_html_raw(page->html, "</a></p>\n");
    wsync_page_end(page->html, &page->frame);
    return err;
}

void server_page_session(void *context, const struct wsync_http_request *request,
                         struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, write_session);
}
