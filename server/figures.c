/* SPDX-License-Identifier: Apache-2.0 */
#include "server/figures.h"

#include <stdio.h>
#include <string.h>

#include "wardsync/calendar.h"

enum { DAYS_A_WEEK = 7, MONTHS_A_YEAR = 12 };

/* ---- figures ---- */

void server_figure(struct server_page *page, wsync_int128 figure, uint32_t digits)
{
    char text[WSYNC_FIGURE_BYTES];
    wsync_figure_text(figure, digits, text);
    wsync_html_text(page->html, text);
}

void server_figure_cell(struct server_page *page, wsync_int128 figure, uint32_t digits)
{
    wsync_html_raw(page->html, "<td class=\"number\">");
    server_figure(page, figure, digits);
    wsync_html_raw(page->html, "</td>");
}

void server_figure_label(struct server_page *page, const struct wsync_totals_table *table,
                         int column)
{
    char text[WSYNC_INDICATOR_BYTES];
    wsync_html_text(page->html, wsync_indicator_label(table, column, page->language, text));
}

/* ---- periods ---- */

static int year_of(int32_t day)
{
    return wsync_calendar_week(day).year;
}

const char *server_period(const struct server_page *page, enum wsync_totals_by by,
                          int32_t start, char text[SERVER_PERIOD_BYTES])
{
    char year[16] = "";
    if (start == WSYNC_NO_DAY) {
        snprintf(text, SERVER_PERIOD_BYTES, "%s",
                 server_word(page, "Không có ngày", "No date"));
        return text;
    }
    struct wsync_civil first = wsync_calendar_civil(start);
    if (by == WSYNC_TOTALS_BY_MONTH) {
        snprintf(text, SERVER_PERIOD_BYTES, "%s %d/%d", server_word(page, "Tháng", "Month"),
                 first.month, first.year);
        return text;
    }
    struct wsync_civil last = wsync_calendar_civil(server_period_end(by, start));
    if (year_of(start) != year_of(page->today)) {
        snprintf(year, sizeof year, "/%d", year_of(start));
    }
    snprintf(text, SERVER_PERIOD_BYTES, "%s %d%s (%d/%d – %d/%d)",
             server_word(page, "Tuần", "Week"), wsync_calendar_week(start).number, year,
             first.day, first.month, last.day, last.month);
    return text;
}

const char *server_period_short(enum wsync_totals_by by, int32_t start,
                                char text[SERVER_PERIOD_BYTES])
{
    struct wsync_civil first = wsync_calendar_civil(start);
    bool month = by == WSYNC_TOTALS_BY_MONTH;
    snprintf(text, SERVER_PERIOD_BYTES, "%d/%d", month ? first.month : first.day,
             month ? first.year : first.month);
    return text;
}

/* Bounded to the days there are. */
static int32_t month_step(int32_t day, int count)
{
    struct wsync_civil civil = wsync_calendar_civil(day);
    int32_t month = civil.year * MONTHS_A_YEAR + civil.month - 1 + count;
    int32_t stepped;
    civil = (struct wsync_civil){month / MONTHS_A_YEAR, month % MONTHS_A_YEAR + 1, 1};
    return wsync_calendar_day(civil, &stepped) ? stepped : wsync_calendar_month_start(day);
}

int32_t server_period_step(enum wsync_totals_by by, int32_t day, int count)
{
    if (by == WSYNC_TOTALS_BY_MONTH) {
        return month_step(day, count);
    }
    int32_t stepped = wsync_calendar_monday(day) + count * DAYS_A_WEEK;
    return stepped < WSYNC_DAY_MIN                     ? WSYNC_DAY_MIN
           : stepped > WSYNC_DAY_MAX - DAYS_A_WEEK + 1 ? wsync_calendar_monday(WSYNC_DAY_MAX)
                                                       : stepped;
}

int32_t server_period_end(enum wsync_totals_by by, int32_t start)
{
    int32_t end = start + DAYS_A_WEEK - 1;
    if (by == WSYNC_TOTALS_BY_MONTH) {
        struct wsync_civil civil = wsync_calendar_civil(start);
        end = start + wsync_calendar_days_in_month(civil.year, civil.month) - 1;
    }
    return end > WSYNC_DAY_MAX ? WSYNC_DAY_MAX : end;
}
