/* SPDX-License-Identifier: Apache-2.0 */
#include "server/figures.h"

#include <stdio.h>
#include <string.h>

#include "wardsync/calendar.h"

enum { DAYS_A_WEEK = 7, MONTHS_A_YEAR = 12 };

/* ---- figures ---- */

wsync_int128 server_figure_of(const struct wsync_totals_group *group, int column)
{
    return column == SERVER_RECORDS ? group->records : group->figures[column];
}

uint32_t server_figure_digits(const struct wsync_totals_table *table, int column)
{
    return column == SERVER_RECORDS ? 0 : wsync_totals_digits(&table->columns[column]);
}

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

const char *server_figure_text(const struct server_page *page,
                               const struct wsync_totals_table *table, int column,
                               char text[SERVER_LABEL_BYTES])
{
    if (column == SERVER_RECORDS) {
        snprintf(text, SERVER_LABEL_BYTES, "%s", server_word(page, "Số bản ghi", "Records"));
        return text;
    }
    const struct wsync_field *field = table->columns[column].field;
    const struct wsync_choice *choice = table->columns[column].choice;
    struct wsync_slice label = server_label(page, field->label_vi, field->label_en);
    struct wsync_slice name = {NULL, 0};
    if (choice) {
        name = server_label(page, choice->label_vi, choice->label_en);
    }
    snprintf(text, SERVER_LABEL_BYTES, "%.*s%s%.*s", (int)label.len, (const char *)label.data,
             choice ? ": " : "", (int)name.len, name.len ? (const char *)name.data : "");
    return text;
}

void server_figure_label(struct server_page *page, const struct wsync_totals_table *table,
                         int column)
{
    char text[SERVER_LABEL_BYTES];
    wsync_html_text(page->html, server_figure_text(page, table, column, text));
}

const char *server_figure_key(const struct wsync_totals_table *table, int column,
                              char key[SERVER_KEY_BYTES])
{
    key[0] = '\0';
    if (column != SERVER_RECORDS) {
        const struct wsync_field *field = table->columns[column].field;
        const struct wsync_choice *choice = table->columns[column].choice;
        snprintf(key, SERVER_KEY_BYTES, "%.*s%s%.*s", (int)field->name.len,
                 (const char *)field->name.data, choice ? "=" : "",
                 choice ? (int)choice->name.len : 0,
                 choice ? (const char *)choice->name.data : "");
    }
    return key;
}

bool server_choose_figure(const struct wsync_totals_table *table, const char *key, int *column)
{
    char here[SERVER_KEY_BYTES];
    for (int i = SERVER_RECORDS; i < (int)table->column_count; i++) {
        if (strcmp(server_figure_key(table, i, here), key) == 0) {
            *column = i;
            return true;
        }
    }
    return false;
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
