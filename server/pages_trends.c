/* SPDX-License-Identifier: Apache-2.0 */
/* How one figure went over weeks or months: a line for each chosen ward, or one for the
 * district; and the same as a table. */
#include <stdio.h>
#include <stdlib.h>

#include "host/chart.h"
#include "server/figures.h"
#include "wardsync/calendar.h"

enum { WEEKS_SHOWN = 12, MONTHS_SHOWN = 12, POINTS_MAX = 12 };
_Static_assert((int)POINTS_MAX <= (int)WSYNC_CHART_POINTS_MAX, "a chart takes them all");

struct trend {
    struct server_choice choice;
    struct wsync_totals_table *table;
    struct server_units units;
    int column;
    uint32_t chosen[WSYNC_CHART_SERIES_MAX]; /* wards; none: the whole district */
    size_t chosen_count;
    size_t point_count;
    int32_t starts[POINTS_MAX];
    char labels[POINTS_MAX][SERVER_PERIOD_BYTES];
    wsync_int128 values[WSYNC_CHART_SERIES_MAX][POINTS_MAX];
    bool known[WSYNC_CHART_SERIES_MAX][POINTS_MAX];
};

/* ---- gathering ---- */

static bool is_chosen(const struct trend *trend, uint32_t unit)
{
    for (size_t i = 0; i < trend->chosen_count; i++) {
        if (trend->chosen[i] == unit) {
            return true;
        }
    }
    return false;
}

/* Wards that are none, or one too many, are passed over. */
static void choose_wards(const struct server_page *page, struct trend *trend)
{
    const char *text;
    for (size_t i = 0;
         (text = wsync_http_fields_value(&page->request->fields, "ward", i)) != NULL; i++) {
        unsigned long unit = strtoul(text, NULL, 10);
        bool there =
            unit <= UINT32_MAX && server_units_find(&trend->units, (uint32_t)unit) != NULL;
        if (there && !is_chosen(trend, (uint32_t)unit) &&
            trend->chosen_count < WSYNC_CHART_SERIES_MAX) {
            trend->chosen[trend->chosen_count++] = (uint32_t)unit;
        }
    }
}

/* The last periods up to the day that is asked for. */
static void choose_periods(struct server_page *page, struct trend *trend)
{
    struct server_choice *choice = &trend->choice;
    bool has_end = choice->last_day >= WSYNC_DAY_MIN && choice->last_day <= WSYNC_DAY_MAX;
    int32_t end = has_end ? choice->last_day : page->today;
    trend->point_count = choice->by == WSYNC_TOTALS_BY_MONTH ? MONTHS_SHOWN : WEEKS_SHOWN;
    for (size_t i = 0; i < trend->point_count; i++) {
        int back = (int)i + 1 - (int)trend->point_count;
        trend->starts[i] = server_period_step(choice->by, end, back);
        server_period_short(choice->by, trend->starts[i], trend->labels[i]);
    }
    choice->last_day = server_period_end(choice->by, trend->starts[trend->point_count - 1]);
    choice->first_day = trend->starts[0];
}

static void add(struct trend *trend, const struct wsync_totals_group *group)
{
    size_t series = 0, point = 0;
    while (trend->chosen_count > 0 && series < trend->chosen_count &&
           trend->chosen[series] != group->unit) {
        series++;
    }
    while (point < trend->point_count && trend->starts[point] != group->start) {
        point++;
    }
    bool is_asked = trend->chosen_count == 0 || series < trend->chosen_count;
    if (is_asked && point < trend->point_count) {
        trend->values[series][point] += wsync_indicator_figure(group, trend->column);
        trend->known[series][point] = true;
    }
}

static enum wsync_err gather(struct server_page *page, struct trend *trend)
{
    enum wsync_err err = server_choose(page, &trend->choice);
    if (err == WSYNC_OK) {
        err = server_units_gather(page->site, page->today, &trend->units);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    choose_wards(page, trend);
    choose_periods(page, trend);
    const struct wsync_totals_ask ask = {.form = trend->choice.form,
                                         .by = trend->choice.by,
                                         .first_day = trend->choice.first_day,
                                         .last_day = trend->choice.last_day};
    err = wsync_totals_table_new(page->site, &ask, &trend->table);
    if (err != WSYNC_OK) {
        return err;
    }
    /* A key may be one of another form. */
    trend->column =
        wsync_indicator_find(trend->table, trend->choice.figure, WSYNC_INDICATOR_RECORDS);
    for (size_t i = 0; i < trend->table->group_count; i++) {
        add(trend, &trend->table->groups[i]);
    }
    return WSYNC_OK;
}

/* ---- writing ---- */

static void write_wards(struct server_page *page, const struct trend *trend)
{
    wsync_html_raw(page->html, "<fieldset><legend>");
    server_say(page, "So sánh các phường (tối đa sáu; không chọn: cả quận)",
               "Compare wards (six at most; none: the whole district)");
    wsync_html_raw(page->html, "</legend>\n");
    for (size_t i = 0; i < trend->units.count; i++) {
        const struct server_unit *unit = trend->units.by_name[i];
        wsync_html_raw(page->html,
                       "<label class=\"choice\"><input type=\"checkbox\" name=\"ward\"");
        wsync_html_attr_number(page->html, "value", unit->id);
        if (is_chosen(trend, unit->id)) {
            wsync_html_raw(page->html, " checked");
        }
        wsync_html_raw(page->html, ">");
        wsync_html_text(page->html, unit->name);
        wsync_html_raw(page->html, "</label>\n");
    }
    wsync_html_raw(page->html, "</fieldset>\n");
}

static enum wsync_err write_chooser(struct server_page *page, const struct trend *trend)
{
    server_choose_begin(page, "/trends");
    enum wsync_err err = server_choose_form(page, &trend->choice);
    server_choose_column(page, trend->table, trend->column, false);
    server_choose_by(page, &trend->choice);
    server_choose_day(page, "to", server_word(page, "Đến ngày", "Up to"),
                      trend->choice.last_day);
    write_wards(page, trend);
    server_choose_end(page);
    return err;
}

static const char *series_name(const struct server_page *page, const struct trend *trend,
                               size_t series)
{
    return trend->chosen_count == 0
               ? server_word(page, "Cả quận", "The whole district")
               : server_units_find(&trend->units, trend->chosen[series])->name;
}

static void write_chart(struct server_page *page, const struct trend *trend)
{
    struct wsync_chart_series series[WSYNC_CHART_SERIES_MAX];
    const char *labels[POINTS_MAX];
    char figure[WSYNC_INDICATOR_BYTES], first[SERVER_PERIOD_BYTES], last[SERVER_PERIOD_BYTES];
    char about[2 * WSYNC_INDICATOR_BYTES];
    size_t count = trend->chosen_count == 0 ? 1 : trend->chosen_count;
    for (size_t i = 0; i < count; i++) {
        series[i] = (struct wsync_chart_series){series_name(page, trend, i), trend->values[i],
                                                trend->known[i]};
    }
    for (size_t i = 0; i < trend->point_count; i++) {
        labels[i] = trend->labels[i];
    }
    wsync_indicator_label(trend->table, trend->column, page->language, figure);
    snprintf(about, sizeof about, "%s: %s – %s. %s", figure,
             server_period(page, trend->choice.by, trend->starts[0], first),
             server_period(page, trend->choice.by, trend->starts[trend->point_count - 1], last),
             server_word(page, "Mọi số của hình có trong bảng bên dưới.",
                         "All its numbers are in the table below."));
    const struct wsync_chart_lines chart = {
        .id = "trend",
        .title = figure,
        .about = about,
        .nothing = server_word(page, "Chưa có số liệu trong các kỳ này",
                               "No numbers in these periods yet"),
        .digits = wsync_indicator_digits(trend->table, trend->column),
        .labels = labels,
        .point_count = trend->point_count,
        .series = series,
        .series_count = count};
    wsync_chart_lines(page->html, &chart);
    wsync_chart_table(page->html, &chart,
                      trend->choice.by == WSYNC_TOTALS_BY_MONTH
                          ? server_word(page, "Tháng", "Month")
                          : server_word(page, "Tuần từ thứ Hai", "Week from Monday"));
}

static enum wsync_err write_trends(struct server_page *page)
{
    struct trend *trend = calloc(1, sizeof *trend);
    if (!trend) {
        return WSYNC_ERR_MEMORY;
    }
    enum wsync_err err = gather(page, trend);
    if (err == WSYNC_OK) {
        server_page_head(page, server_word(page, "Xu hướng", "Trends"));
        err = write_chooser(page, trend);
        wsync_page_live(page->html);
        write_chart(page, trend);
        wsync_page_live_end(page->html);
        wsync_page_end(page->html, &page->frame);
    }
    wsync_totals_table_free(trend->table);
    server_units_free(&trend->units);
    free(trend);
    return err;
}

void server_page_trends(void *context, const struct wsync_http_request *request,
                        struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, write_trends);
}
