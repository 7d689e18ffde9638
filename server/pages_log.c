/* SPDX-License-Identifier: Apache-2.0 */
/* The sync log: every conversation, refused ones included, in words; by ward, result and day.
 */
#include <stdio.h>
#include <string.h>

#include "server/figures.h"
#include "server/log_query.h"
#include "server/pages_input.h"
#include "server/pages_log.h"
#include "wardsync/calendar.h"

enum { ROWS_MAX = 50, DAY_S = 86400 };

struct listing {
    struct server_log_query query;
    const char *result; /* "", "failed" or a name of words.h */
    int32_t day;
    uint64_t before; /* only rows with smaller numbers */
};

static enum wsync_err read_listing(struct server_page *page, struct listing *listing)
{
    const char *result = wsync_http_field(page->request, "result");
    uint64_t unit = server_number_field(page, "unit", 0);
    *listing = (struct listing){.result = result ? result : "",
                                .day = WSYNC_NO_DAY,
                                .before = server_number_field(page, "before", UINT64_MAX)};
    listing->query = (struct server_log_query){.unit = unit <= UINT32_MAX ? (uint32_t)unit : 0,
                                               .failed = strcmp(listing->result, "failed") == 0,
                                               .since = INT64_MIN,
                                               .until = INT64_MAX};
    if (listing->result[0] && !listing->query.failed) {
        listing->query.code = listing->result;
        if (!server_end_is_name(listing->result)) {
            return wsync_error_set(
                &page->error, WSYNC_ERR_INVALID, "%s",
                server_word(page, "Không có kết quả này.", "There is no such result."));
        }
    }
    enum wsync_err err = server_read_day(page, "day", &listing->day);
    if (err == WSYNC_OK && listing->day != WSYNC_NO_DAY) {
        listing->query.since = server_day_begin(listing->day);
        listing->query.until = listing->query.since + DAY_S;
    }
    return err;
}

/* ---- the filters ---- */

/* All, what failed, and each result by its sentence. */
static void write_results(struct server_page *page, const struct listing *listing)
{
    static const enum wsync_err CODES[] = {WSYNC_OK,
                                           WSYNC_ERR_LINK,
                                           WSYNC_ERR_TIMEOUT,
                                           WSYNC_ERR_BUSY,
                                           WSYNC_ERR_DEVICE,
                                           WSYNC_ERR_REVOKED,
                                           WSYNC_ERR_SUSPENDED,
                                           WSYNC_ERR_DIVERGED,
                                           WSYNC_ERR_STORE_FULL};
    const char *chosen = listing->result;
    server_select_begin(page, "result", server_word(page, "Kết quả", "Result"));
    server_option(page, "", server_word(page, "Tất cả", "All"), !chosen[0]);
    server_option(page, "failed", server_word(page, "Không thành công", "What failed"),
                  strcmp(chosen, "failed") == 0);
    for (size_t i = 0; i < sizeof CODES / sizeof *CODES; i++) {
        const char *name = wsync_err_name(CODES[i]);
        server_option(page, name, wsync_err_text(CODES[i], page->language),
                      strcmp(chosen, name) == 0);
    }
    server_select_end(page);
}

static enum wsync_err write_chooser(struct server_page *page, const struct listing *listing)
{
    struct server_units units = {.count = 0};
    enum wsync_err err = server_units_gather(page->site, page->today, &units);
    if (err == WSYNC_OK) {
        server_choose_begin(page, "/log");
        server_choose_unit(page, &units, listing->query.unit);
        write_results(page, listing);
        server_choose_day(page, "day", server_word(page, "Ngày", "Day"), listing->day);
        server_choose_end(page);
    }
    server_units_free(&units);
    return err;
}

/* ---- the rows ---- */

const char *server_session_word(const struct server_page *page, enum wsync_session_kind kind)
{
    switch (kind) {
    case WSYNC_SESSION_KIND_SYNC:
        return server_word(page, "đồng bộ", "sync");
    case WSYNC_SESSION_KIND_ENROL:
        return server_word(page, "kết nạp", "enrol");
    case WSYNC_SESSION_KIND_DOOR:
        return server_word(page, "không cho vào", "refused");
    case WSYNC_SESSION_KIND_DOWN:
        break;
    }
    return server_word(page, "quận dừng", "down");
}

static void write_who(struct server_page *page, const struct server_log_item *item)
{
    char unit[WSYNC_UNIT_LABEL_BYTES];
    wsync_html_raw(page->html, "<td>");
    if (item->row.has_device) {
        wsync_units_here_label(page->site, item->device.scopes[0], unit);
        server_ward_link(page, item->device.scopes[0], unit);
        wsync_html_raw(page->html, "</td><td>");
        wsync_html_text(page->html, item->device.name);
    } else {
        bool down = item->row.kind == WSYNC_SESSION_KIND_DOWN;
        wsync_html_raw(page->html, "–</td><td>");
        wsync_html_text(page->html, down ? "–"
                                    : item->many
                                        ? server_word(page, "nhiều khóa lạ", "several keys")
                                        : item->key);
    }
    wsync_html_raw(page->html, "</td>");
}

static void write_result(struct server_page *page, const struct server_log_item *item)
{
    const struct server_end end = server_log_end(&item->row);
    char text[SERVER_END_TEXT_BYTES];
    bool good = item->row.code == WSYNC_OK;
    server_end_text(&end, page->language, text);
    wsync_html_raw(page->html, "<td class=\"long\"><span class=\"tag");
    wsync_html_text(page->html, good ? " good" : " bad");
    wsync_html_raw(page->html, "\">");
    wsync_html_text(page->html, good ? server_word(page, "được", "done")
                                     : server_word(page, "không được", "failed"));
    wsync_html_raw(page->html, "</span> ");
    wsync_html_text(page->html, text);
    wsync_html_raw(page->html, " ");
    wsync_html_text(page->html, server_end_step(&end, page->language));
    if (!good) {
        wsync_html_raw(page->html, " <span class=\"muted\">(");
        wsync_html_text(page->html, server_end_name(&end));
        wsync_html_raw(page->html, ")</span>");
    }
    if (item->row.times > 1) {
        server_say(page, " Số lần: ", " Times: ");
        server_number(page, item->row.times);
    }
    wsync_html_raw(page->html, "</td>");
}

static void write_row(struct server_page *page, const struct server_log_item *item)
{
    const struct wsync_session_row *row = &item->row;
    char took[SERVER_LOG_TOOK_BYTES];
    wsync_html_raw(page->html, "<tr><th scope=\"row\" class=\"number\"><a href=\"/log/");
    wsync_html_number(page->html, (int64_t)item->number);
    wsync_html_raw(page->html, "\">");
    server_number(page, item->number);
    wsync_html_raw(page->html, "</a></th><td>");
    server_time(page, row->begun);
    wsync_html_raw(page->html, "</td>");
    write_who(page, item);
    wsync_html_raw(page->html, "<td>");
    wsync_html_text(page->html, server_session_word(page, row->kind));
    wsync_html_raw(page->html, "</td>");
    write_result(page, item);
    server_number_cell(page, row->changes_in);
    server_number_cell(page, row->changes_out);
    server_number_cell(page, row->bytes_in);
    server_number_cell(page, row->bytes_out);
    wsync_html_raw(page->html, "<td class=\"number\">");
    wsync_html_text(page->html, server_log_took(row->took_ms, took));
    wsync_html_raw(page->html, "</td></tr>\n");
}

static void write_heads(struct server_page *page)
{
    server_table_begin(page, server_word(page, "Lần mới nhất ở trên", "The newest on top"));
    server_table_head(page, server_word(page, "Số", "No."), true);
    server_table_head(page, server_word(page, "Bắt đầu", "Begun"), false);
    server_table_head(page, server_word(page, "Phường", "Ward"), false);
    server_table_head(page, server_word(page, "Máy", "Device"), false);
    server_table_head(page, server_word(page, "Việc", "What"), false);
    server_table_head(page, server_word(page, "Kết quả", "Result"), false);
    server_table_head(page, server_word(page, "Thay đổi nhận", "Changes in"), true);
    server_table_head(page, server_word(page, "Thay đổi gửi", "Changes out"), true);
    server_table_head(page, server_word(page, "Byte nhận", "Bytes in"), true);
    server_table_head(page, server_word(page, "Byte gửi", "Bytes out"), true);
    server_table_head(page, server_word(page, "Kéo dài", "Took"), true);
    server_table_body(page);
}

static void write_older(struct server_page *page, const struct listing *listing,
                        uint64_t before)
{
    char day[WSYNC_ISO_DATE_BYTES] = "";
    if (listing->day != WSYNC_NO_DAY) {
        wsync_calendar_print(listing->day, day);
    }
    wsync_html_raw(page->html,
                   "<p class=\"actions\"><a class=\"button second\" href=\"/log?unit=");
    wsync_html_number(page->html, listing->query.unit);
    wsync_html_raw(page->html, "&amp;result=");
    wsync_html_part(page->html, listing->result);
    wsync_html_raw(page->html, "&amp;day=");
    wsync_html_part(page->html, day);
    wsync_html_raw(page->html, "&amp;before=");
    wsync_html_number(page->html, (int64_t)before);
    wsync_html_raw(page->html, "\">");
    server_say(page, "Những lần cũ hơn", "Older ones");
    wsync_html_raw(page->html, "</a></p>\n");
}

static enum wsync_err write_rows(struct server_page *page, const struct listing *listing)
{
    struct server_log_item item = {.number = listing->before};
    size_t shown = 0;
    enum wsync_err err = WSYNC_OK;
    /* What is older does not change. */
    wsync_html_raw(page->html, "<div id=\"conversations\"");
    if (listing->before == UINT64_MAX) {
        wsync_html_raw(page->html, " data-live=\"\"");
    }
    wsync_html_raw(page->html, ">\n");
    write_heads(page);
    while (err == WSYNC_OK && shown < ROWS_MAX) {
        err = server_log_next(page->site, &listing->query, WSYNC_SEEK_LT, &item);
        if (err == WSYNC_OK) {
            write_row(page, &item);
            shown++;
        }
    }
    server_table_end(page);
    if (err == WSYNC_OK) {
        write_older(page, listing, item.number);
    } else if (shown == 0) {
        wsync_html_raw(page->html, "<p>");
        server_say(page, "Không có lần nào như vậy.", "There is no such conversation.");
        wsync_html_raw(page->html, "</p>\n");
    }
    wsync_html_raw(page->html, "</div>\n");
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err write_log(struct server_page *page)
{
    struct listing listing;
    enum wsync_err err = read_listing(page, &listing);
    if (err != WSYNC_OK) {
        return err;
    }
    server_page_head(page, server_word(page, "Nhật ký", "Log"));
    err = write_chooser(page, &listing);
    if (err == WSYNC_OK) {
        err = write_rows(page, &listing);
    }
    wsync_page_end(page->html, &page->frame);
    return err;
}

void server_page_log(void *context, const struct wsync_http_request *request,
                     struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, write_log);
}
