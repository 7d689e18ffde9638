/* SPDX-License-Identifier: Apache-2.0 */
/* Đồng bộ: the link in words, the last try and what became of it, what waits, what it costs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/pages_parts.h"
#include "host/clock.h"
#include "host/doing.h"
#include "host/photo_text.h"

enum { CHANGES_SHOWN = 50, CLOCK_OFF_S = 120 };

static void write_size(struct desk_page *page, uint64_t bytes)
{
    char text[WSYNC_PHOTO_SIZE_BYTES];
    wsync_html_text(page->html, wsync_photo_size(bytes, text));
}

/* ---- the facts ---- */

static void write_now(struct desk_page *page, const struct client_cost *cost)
{
    struct wsync_html *html = page->html;
    int64_t left_s = cost->now.next - wsync_clock_wall_s();
    wsync_html_raw(html, "<dt>");
    desk_say(page, "Bây giờ", "Now");
    wsync_html_raw(html, "</dt><dd>");
    if (!cost->running) {
        desk_say(page, "Không nối với quận", "Not in touch with the district");
    } else if (cost->now.doing == CLIENT_NOW_WAITS) {
        desk_say(page, "Tự thử lại sau ", "Tries again by itself in ");
        desk_number(page, left_s > 0 ? (uint64_t)left_s : 0);
        desk_say(page, " giây", " s");
    } else if (cost->now.doing == CLIENT_NOW_KNOCKS) {
        desk_say(page, "Đang nối tới quận", "Dials the district");
    } else {
        desk_say(page, "Đang gửi: ", "Sends: ");
        desk_number(page, cost->now.sent);
        wsync_html_raw(html, "/");
        desk_number(page, cost->now.to_send);
        desk_say(page, ", đang nhận: ", ", receives: ");
        desk_number(page, cost->now.taken);
        wsync_html_raw(html, "/");
        desk_number(page, cost->now.to_take);
    }
    wsync_html_raw(html, "</dd>");
}

static void write_last(struct desk_page *page, const struct client_facts *facts)
{
    struct wsync_html *html = page->html;
    const struct client_attempt *attempt = &facts->attempt;
    wsync_html_raw(html, "<dt>");
    desk_say(page, "Lần thử cuối", "Last try");
    wsync_html_raw(html, "</dt><dd>");
    if (!attempt->tried) {
        desk_say(page, "Chưa thử lần nào", "None yet");
    } else {
        wsync_html_text(html, facts->last_try);
        wsync_html_raw(html, ": ");
        wsync_html_text(html, client_facts_attempt(attempt, page->language));
        wsync_html_raw(html, " ");
        if (attempt->result != WSYNC_OK) {
            wsync_html_text(html, client_facts_step(attempt, page->language));
        }
    }
    wsync_html_raw(html, "</dd>");
}

static void write_number(struct desk_page *page, const char *word, uint64_t number)
{
    wsync_html_raw(page->html, "<dt>");
    wsync_html_text(page->html, word);
    wsync_html_raw(page->html, "</dt><dd>");
    desk_number(page, number);
    wsync_html_raw(page->html, "</dd>");
}

static void write_bytes(struct desk_page *page, const char *word, uint64_t bytes)
{
    wsync_html_raw(page->html, "<dt>");
    wsync_html_text(page->html, word);
    wsync_html_raw(page->html, "</dt><dd>");
    write_size(page, bytes);
    wsync_html_raw(page->html, "</dd>");
}

static void write_sum(struct desk_page *page, const char *word,
                      const struct wsync_blob_sum *sum)
{
    wsync_html_raw(page->html, "<dt>");
    wsync_html_text(page->html, word);
    wsync_html_raw(page->html, "</dt><dd>");
    desk_number(page, sum->count);
    if (sum->count > 0) {
        wsync_html_raw(page->html, " (");
        write_size(page, sum->bytes);
        wsync_html_raw(page->html, ")");
    }
    wsync_html_raw(page->html, "</dd>");
}

static void write_facts(struct desk_page *page, const struct client_facts *facts)
{
    wsync_html_raw(page->html, "<dl>");
    write_now(page, &facts->cost);
    write_last(page, facts);
    write_number(page,
                 desk_word(page, "Thay đổi đã lưu tại máy", "Changes saved on this machine"),
                 facts->saved);
    write_number(page, desk_word(page, "Quận đã nhận", "Held by the district"), facts->held);
    write_number(page,
                 desk_word(page, "Có biên nhận của quận", "Under a receipt of the district"),
                 facts->proven);
    write_number(page, desk_word(page, "Chờ gửi", "Wait to be sent"),
                 facts->saved - facts->held);
    write_bytes(page, desk_word(page, "Chờ gửi, ước tính", "Waits, an estimate"),
                (uint64_t)facts->cost.unsent_bytes);
    write_sum(page, desk_word(page, "Ảnh và tệp chờ gửi", "Photos and files to be sent"),
              &facts->photos.to_give);
    write_sum(page, desk_word(page, "Ảnh và tệp chưa về máy", "Photos and files still to come"),
              &facts->photos.wanted);
    write_bytes(page, desk_word(page, "Dữ liệu hôm nay", "Data today"),
                (uint64_t)facts->cost.spent.today_bytes);
    write_bytes(page, desk_word(page, "Dữ liệu lần nối cuối", "Data of the last contact"),
                (uint64_t)facts->cost.spent.last_bytes);
    wsync_html_raw(page->html, "</dl>");
}

/* As the doctor does: what is off by more than two minutes. */
static void write_clock(struct desk_page *page, int64_t ahead_s)
{
    struct wsync_html *html = page->html;
    uint64_t off = (uint64_t)llabs((long long)ahead_s);
    if (off <= CLOCK_OFF_S) {
        return;
    }
    wsync_html_raw(html, "<p class=\"warning\">");
    wsync_html_text(html, ahead_s > 0
                              ? desk_word(page, "Đồng hồ máy này nhanh hơn quận (phút): ",
                                          "The clock is ahead of the district's (minutes): ")
                              : desk_word(page, "Đồng hồ máy này chậm hơn quận (phút): ",
                                          "The clock is behind the district's (minutes): "));
    desk_number(page, (off + 30) / 60);
    desk_say(page, ". Hãy chỉnh ngày giờ của máy.", ". Set the machine's date and time.");
    wsync_html_raw(html, "</p>");
}

static void write_alarms(struct desk_page *page, const struct client_facts *facts)
{
    struct wsync_html *html = page->html;
    if (facts->alarms > 0) {
        wsync_html_raw(html, "<p class=\"error\">");
        desk_say(page,
                 "Báo động: biên nhận của quận mâu thuẫn nhau. Giữ nguyên máy này và báo người "
                 "phụ trách.",
                 "Alarm: receipts of the district contradict each other. Keep this machine as "
                 "it is and tell the admin.");
        wsync_html_raw(html, "</p>");
    }
    if (facts->moved != 0) {
        wsync_html_raw(html, "<p class=\"warning\">");
        desk_say(page, "Phường đã chuyển sang máy khác; máy này chỉ để xem.",
                 "The ward was moved to another machine; this one only shows.");
        wsync_html_raw(html, "</p>");
    }
    write_clock(page, facts->attempt.good != 0 ? -facts->attempt.skew_s : 0);
    if (facts->waiting > 0) {
        wsync_html_raw(html, "<p class=\"warning\">");
        desk_say(page, "Thay đổi đang chờ mẫu hoặc bản ghi khác: ",
                 "Changes that wait for a form or another record: ");
        desk_number(page, facts->waiting);
        wsync_html_raw(html, "</p>");
    }
}

/* ---- what waits ---- */

static enum wsync_err first_record(void *context, struct wsync_dot record)
{
    struct wsync_dot *first = context;
    if (first->log_no == 0) {
        *first = record;
    }
    return WSYNC_OK;
}

static enum wsync_err write_change(struct desk_page *page, struct wsync_dot dot)
{
    char when[WSYNC_VIEW_TIME_BYTES], id[WSYNC_RECORD_ID_BYTES];
    struct wsync_html *html = page->html;
    struct wsync_change change;
    struct wsync_dot record = {.log_no = 0};
    enum wsync_err err = wsync_log_change(page->site->txn, dot.log_no, dot.seq, &change);
    if (err == WSYNC_OK) {
        wsync_view_time(change.stamp, when);
        err = wsync_change_records(page->site, dot, first_record, &record);
    }
    if (err == WSYNC_OK && record.log_no != 0) {
        err = wsync_record_name(page->site->txn, record, id);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    wsync_html_raw(html, "<tr><td>");
    wsync_html_text(html, when);
    wsync_html_raw(html, "</td><td>");
    if (record.log_no != 0) {
        wsync_html_raw(html, "<a href=\"/records/");
        wsync_html_part(html, id);
        wsync_html_raw(html, "\">");
        wsync_html_text(html, id);
        wsync_html_raw(html, "</a>");
    }
    wsync_html_raw(html, "</td><td class=\"number\">");
    write_size(page, wsync_change_weight(&change.raw));
    wsync_html_raw(html, "</td></tr>");
    return WSYNC_OK;
}

static enum wsync_err write_unsent(struct desk_page *page)
{
    struct wsync_site *site = page->site;
    struct wsync_log log;
    struct wsync_log_id at;
    const struct wsync_log_id *after = NULL;
    size_t shown = 0;
    enum wsync_err err;
    while ((err = wsync_log_after(site->txn, after, &log)) == WSYNC_OK) {
        uint64_t held;
        at = log.id;
        after = &at;
        if (!wsync_device_id_equal(&log.device, &site->identity.device)) {
            continue;
        }
        err = wsync_held_get(site->txn, log.no, &held);
        for (uint64_t seq = held + 1;
             err == WSYNC_OK && seq <= log.seq && shown < CHANGES_SHOWN; seq++) {
            err = write_change(page, (struct wsync_dot){log.no, seq, 0});
            shown++;
        }
        if (err != WSYNC_OK) {
            return err;
        }
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err write_queue(struct desk_page *page, const struct client_facts *facts)
{
    struct wsync_html *html = page->html;
    if (facts->saved == facts->held) {
        return WSYNC_OK;
    }
    wsync_html_raw(html, "<h2>");
    desk_say(page, "Đang chờ gửi", "Waits to be sent");
    wsync_html_raw(html, "</h2><p>");
    desk_say(page,
             "Theo thứ tự gửi, 50 thay đổi đầu; cỡ là trước khi nén. Mọi thứ vẫn nằm an toàn "
             "tại máy.",
             "In the order of sending, the first 50 changes; sizes are before packing. All of "
             "it is safe on this machine.");
    wsync_html_raw(html, "</p>");
    wsync_page_table(page->html, desk_word(page, "Đang chờ gửi", "Waits to be sent"));
    wsync_html_raw(html, "<thead><tr><th scope=\"col\">");
    desk_say(page, "Lúc", "When");
    wsync_html_raw(html, "</th><th scope=\"col\">");
    desk_say(page, "Bản ghi", "Record");
    wsync_html_raw(html, "</th><th scope=\"col\" class=\"number\">");
    desk_say(page, "Cỡ", "Size");
    wsync_html_raw(html, "</th></tr></thead><tbody>");
    enum wsync_err err = write_unsent(page);
    wsync_html_raw(html, "</tbody></table></div>");
    return err;
}

/* ---- the page ---- */

static void write_button(struct desk_page *page)
{
    if (!desk_may_write(page)) {
        return;
    }
    wsync_page_post(page->html, &page->frame, "/sync");
    wsync_html_raw(page->html, "<p class=\"actions\"><button>");
    desk_say(page, "Đồng bộ ngay", "Sync now");
    wsync_html_raw(page->html, "</button></p></form>");
}

static void write_page(struct desk_page *page)
{
    struct client_facts facts;
    enum wsync_err err = client_facts_read(page->site, &facts);
    if (err == WSYNC_OK) {
        desk_head(page, desk_word(page, "Đồng bộ", "Sync"));
        write_button(page);
        wsync_page_live(page->html);
        write_alarms(page, &facts);
        write_facts(page, &facts);
        err = write_queue(page, &facts);
        wsync_page_live_end(page->html);
        err = err == WSYNC_OK ? desk_usb_write(page) : err;
        wsync_html_raw(page->html, "<p><a class=\"button second\" href=\"/doctor\">");
        desk_say(page, "Khám máy", "Doctor");
        wsync_html_raw(page->html, "</a></p>\n");
    }
    desk_end(page, err);
}

void desk_sync_again(struct desk_page *page, enum wsync_err err)
{
    if (desk_tells(page)) {
        write_page(page);
    } else {
        desk_end(page, err);
    }
}

static const char *done_word(const struct desk_page *page)
{
    const char *done = wsync_http_field(page->request, "done");
    if (!done) {
        return NULL;
    }
    return strcmp(done, "answer") == 0
               ? desk_word(
                     page,
                     "Đã nhận trả lời của quận. Quận đã nhận đến đâu: xem dòng trên cùng.",
                     "The district's answer is taken. What the district holds: see the "
                     "line on top.")
               : desk_word(
                     page,
                     "Lần đồng bộ vừa rồi thành công. Quận đã nhận đến đâu: xem dòng trên "
                     "cùng.",
                     "The sync just now worked. What the district holds: see the line on "
                     "top.");
}

void desk_sync(void *context, const struct wsync_http_request *request,
               struct wsync_http_answer *answer)
{
    struct desk_page page;
    if (!desk_begin(&page, context, request, answer)) {
        return;
    }
    page.frame.notice = done_word(&page);
    write_page(&page);
}

/* Runs `ward sync`.  It failed: what the command said of it, and that all work is kept.  That
 * is an answer, and told calmly, for nothing is lost. */
void desk_sync_now(void *context, const struct wsync_http_request *request,
                   struct wsync_http_answer *answer)
{
    struct desk_page page;
    struct wsync_action_result result;
    char sentence[sizeof page.error.text + 160];
    if (!desk_begin(&page, context, request, answer)) {
        return;
    }
    const char *const argv[] = {"sync", desk_lang(&page), NULL};
    enum wsync_err err = desk_act(&page, &(struct wsync_action_ask){.argv = argv}, &result);
    if (err == WSYNC_OK) {
        desk_go(&page, "/sync?done=1");
        return;
    }
    if (!desk_tells(&page)) {
        desk_end(&page, err);
        return;
    }
    if (result.exit_code != 0) {
        page.answer->status = 200;
        page.frame.calm = true;
    }
    snprintf(sentence, sizeof sentence, "%s %s", page.error.text,
             desk_word(&page, "Mọi việc đã nhập vẫn được giữ tại máy và sẽ được gửi sau.",
                       "All work is kept on this machine and will be sent later."));
    page.frame.error = sentence;
    write_page(&page);
}
