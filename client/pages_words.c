/* SPDX-License-Identifier: Apache-2.0 */
/* What several pages write: numbers, days, labels, values, the state of a record. */
#include <stdio.h>
#include <string.h>

#include "client/pages.h"
#include "host/units_here.h"
#include "host/words.h"
#include "wardsync/calendar.h"

void desk_number(struct desk_page *page, uint64_t number)
{
    char plain[24];
    int len = snprintf(plain, sizeof plain, "%llu", (unsigned long long)number);
    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0) {
            wsync_html_raw(page->html, ".");
        }
        wsync_html_slice(page->html, wsync_slice(plain + i, 1));
    }
}

void desk_day(struct desk_page *page, int32_t day)
{
    char text[32] = "-";
    if (day != WSYNC_NO_DAY) {
        struct wsync_civil civil = wsync_calendar_civil(day);
        snprintf(text, sizeof text, "%02d/%02d/%04d", civil.day, civil.month, civil.year);
    }
    wsync_html_text(page->html, text);
}

void desk_week(struct desk_page *page, int32_t monday)
{
    char text[64], year[16] = "";
    struct wsync_week week = wsync_calendar_week(monday);
    struct wsync_civil first = wsync_calendar_civil(monday);
    struct wsync_civil last = wsync_calendar_civil(monday + 6);
    if (week.year != wsync_calendar_week(wsync_units_here_today()).year) {
        snprintf(year, sizeof year, "/%d", week.year);
    }
    snprintf(text, sizeof text, " %d%s (%d/%d\u00a0–\u2060\u00a0%d/%d)", week.number, year,
             first.day, first.month, last.day, last.month);
    desk_say(page, "Tuần", "Week");
    wsync_html_text(page->html, text);
}

struct wsync_slice desk_label_text(const struct desk_page *page, struct wsync_slice vi,
                                   struct wsync_slice en)
{
    return wsync_words_label(page->language, vi, en);
}

void desk_label(struct desk_page *page, struct wsync_slice vi, struct wsync_slice en)
{
    wsync_html_slice(page->html, desk_label_text(page, vi, en));
}

struct wsync_page_record desk_parts(const struct desk_page *page)
{
    return (struct wsync_page_record){page->html, page->site, page->language, true};
}

void desk_value(struct desk_page *page, const struct wsync_field *field,
                const struct wsync_value *value)
{
    const struct wsync_page_record parts = desk_parts(page);
    wsync_page_value(&parts, field, value);
}

const char *desk_where_word(const struct desk_page *page, enum wsync_where where)
{
    switch (where) {
    case WSYNC_WHERE_CONFLICT:
        return desk_word(page, "Xung đột", "In conflict");
    case WSYNC_WHERE_QUARANTINED:
        return desk_word(page, "Bị cách ly", "Quarantined");
    case WSYNC_WHERE_SAVED:
        return desk_word(page, "Đã lưu tại máy, chờ gửi", "Saved here, waits to be sent");
    case WSYNC_WHERE_CARRIED:
        return desk_word(page, "Đã gửi theo tệp, chờ quận trả lời",
                         "Sent by a file, waits for the district's answer");
    case WSYNC_WHERE_HELD:
        break;
    }
    return desk_word(page, "Quận đã nhận", "The district holds it");
}

void desk_where(struct desk_page *page, const struct wsync_where_item *item)
{
    bool well = item->where == WSYNC_WHERE_HELD;
    bool calm = item->where == WSYNC_WHERE_SAVED || item->where == WSYNC_WHERE_CARRIED;
    wsync_html_raw(page->html, "<span class=\"tag ");
    wsync_html_text(page->html, well ? "good" : calm ? "calm" : "warn");
    wsync_html_raw(page->html, "\">");
    wsync_html_text(page->html, desk_where_word(page, item->where));
    wsync_html_raw(page->html, "</span>");
    if (item->where == WSYNC_WHERE_QUARANTINED) {
        wsync_html_raw(page->html, " <span class=\"muted\">");
        wsync_html_text(page->html, wsync_err_text(item->reason, page->language));
        wsync_html_raw(page->html, "</span>");
    }
}

enum wsync_err desk_record(struct desk_page *page, struct wsync_record *record,
                           const struct wsync_form **form)
{
    return wsync_record_read(page->site, page->request->rest, record, form, &page->error);
}

const char *desk_seen(const struct wsync_record *record, char text[DESK_SEEN_BYTES])
{
    uint64_t sum = 14695981039346656037ULL; /* FNV-1a: tells states apart, proves nothing */
    for (size_t i = 0; i < record->live_count; i++) {
        const struct wsync_live *live = &record->live[i];
        const uint64_t parts[] = {live->field, live->dot.log_no, live->dot.seq, live->dot.op};
        for (size_t k = 0; k < sizeof parts / sizeof *parts; k++) {
            sum = (sum ^ parts[k]) * 1099511628211ULL;
        }
    }
    snprintf(text, DESK_SEEN_BYTES, "%016llx", (unsigned long long)sum);
    return text;
}
