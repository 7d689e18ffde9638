/* SPDX-License-Identifier: Apache-2.0 */
/* Tổng hợp: this ward's own totals by week, from what is here: no link is needed.  A line for
 * the indicator that is chosen, and a table with all of them. */
#include <stdio.h>
#include <string.h>

#include "client/pages.h"
#include "host/chart.h"
#include "host/indicator.h"
#include "wardsync/calendar.h"

enum { WEEKS_SHOWN = 26 };

/* What is asked for: a form, the indicator that the chart is of, and all weeks or some. */
struct shown {
    const struct wsync_form *form;
    struct wsync_totals_table *table;
    int column; /* an indicator */
    bool all;
    int32_t first; /* the Monday of the first week of the chart */
};

/* The form that is asked for, or the first there is; NULL when there is none. */
static const struct wsync_form *choose_form(struct desk_page *page)
{
    const struct wsync_form *form;
    const char *word = wsync_http_field(page->request, "form");
    if (word && wsync_view_form(page->site, word, &form, NULL) == WSYNC_OK) {
        return form;
    }
    bool any = wsync_catalog_after(page->site->catalog, page->site->txn, 0, &form) == WSYNC_OK;
    return any ? form : NULL;
}

/* Adds up what is asked for; the caller frees the table. */
static enum wsync_err open_table(struct desk_page *page, struct shown *shown)
{
    const char *figure = wsync_http_field(page->request, "figure");
    int32_t monday = wsync_calendar_monday(wsync_units_here_today());
    shown->all = wsync_http_field(page->request, "all") != NULL;
    shown->first = monday - 7 * (WEEKS_SHOWN - 1);
    const struct wsync_totals_ask ask = {.form = shown->form,
                                         .by = WSYNC_TOTALS_BY_WEEK,
                                         .scope = page->site->conf.scope,
                                         .first_day = shown->all ? WSYNC_NO_DAY : shown->first,
                                         .last_day = INT32_MAX};
    enum wsync_err err = wsync_totals_table_new(page->site, &ask, &shown->table);
    if (err == WSYNC_OK) { /* a key may be one of another form */
        shown->column = wsync_indicator_find(shown->table, figure, WSYNC_INDICATOR_RECORDS);
    }
    return err;
}

/* ---- choosing ---- */

static void begin_select(struct desk_page *page, const char *name, const char *label)
{
    wsync_html_raw(page->html, "<p class=\"field\"><label");
    wsync_html_attr(page->html, "for", name);
    wsync_html_raw(page->html, ">");
    wsync_html_text(page->html, label);
    wsync_html_raw(page->html, "</label><select");
    wsync_html_attr(page->html, "id", name);
    wsync_html_attr(page->html, "name", name);
    wsync_html_raw(page->html, ">");
}

static void write_option(struct desk_page *page, struct wsync_slice value,
                         struct wsync_slice label, bool is_chosen)
{
    wsync_html_raw(page->html, "<option");
    wsync_html_attr_slice(page->html, "value", value);
    if (is_chosen) {
        wsync_html_raw(page->html, " selected");
    }
    wsync_html_raw(page->html, ">");
    wsync_html_slice(page->html, label);
    wsync_html_raw(page->html, "</option>");
}

static void write_forms(struct desk_page *page, const struct wsync_form *chosen)
{
    const struct wsync_form *form;
    uint32_t after = 0;
    begin_select(page, "form", desk_word(page, "Mẫu", "Form"));
    while (wsync_catalog_after(page->site->catalog, page->site->txn, after, &form) ==
           WSYNC_OK) {
        after = form->number;
        write_option(page, form->name, desk_label_text(page, form->title_vi, form->title_en),
                     form == chosen);
    }
    wsync_html_raw(page->html, "</select></p>");
}

static void write_indicators(struct desk_page *page, const struct shown *shown)
{
    char key[WSYNC_INDICATOR_KEY_BYTES], text[WSYNC_INDICATOR_BYTES];
    const struct wsync_totals_table *table = shown->table;
    begin_select(page, "figure", desk_word(page, "Chỉ tiêu", "Indicator"));
    for (int i = WSYNC_INDICATOR_RECORDS; i < (int)table->column_count; i++) {
        wsync_indicator_label(table, i, page->language, text);
        write_option(page, wsync_slice_of(wsync_indicator_key(table, i, key)),
                     wsync_slice_of(text), i == shown->column);
    }
    wsync_html_raw(page->html, "</select></p>");
}

static void write_chooser(struct desk_page *page, const struct shown *shown)
{
    wsync_html_raw(page->html, "<form class=\"choose\" method=\"get\" action=\"/totals\">");
    write_forms(page, shown->form);
    write_indicators(page, shown);
    wsync_html_raw(page->html, "<p class=\"actions\">");
    if (shown->all) {
        wsync_html_raw(page->html, "<input type=\"hidden\" name=\"all\" value=\"1\">");
    }
    wsync_html_raw(page->html, "<button>");
    desk_say(page, "Xem", "Show");
    wsync_html_raw(page->html, "</button></p></form>");
}

/* Which weeks, and the way to the others. */
static void write_weeks(struct desk_page *page, const struct shown *shown)
{
    char key[WSYNC_INDICATOR_KEY_BYTES];
    wsync_html_raw(page->html, "<p>");
    wsync_html_text(page->html,
                    shown->all
                        ? desk_word(page, "Mọi tuần, theo số liệu có tại máy này.",
                                    "Every week, by what is on this machine.")
                        : desk_word(page,
                                    "26 tuần gần đây và các ngày sau hôm nay, theo số liệu có "
                                    "tại máy này.",
                                    "The last 26 weeks and days to come, by what is on this "
                                    "machine."));
    if (!shown->all) {
        wsync_html_raw(page->html, " <a href=\"/totals?all=1&amp;form=");
        wsync_html_slice(page->html, shown->form->name);
        wsync_html_raw(page->html, "&amp;figure=");
        wsync_html_part(page->html, wsync_indicator_key(shown->table, shown->column, key));
        wsync_html_raw(page->html, "\">");
        desk_say(page, "Xem mọi tuần", "Show every week");
        wsync_html_raw(page->html, "</a>");
    }
    wsync_html_raw(page->html, "</p>");
}

/* ---- the chart ---- */

static void write_lines(struct desk_page *page, const struct shown *shown,
                        const struct wsync_chart_series *series, const char *const *labels)
{
    char title[WSYNC_INDICATOR_BYTES + 16];
    snprintf(title, sizeof title, "%s %s", series->name,
             desk_word(page, "theo tuần", "by week"));
    const struct wsync_chart_lines chart = {
        .id = "weeks",
        .title = title,
        .about =
            desk_word(page,
                      "Mỗi điểm là một tuần, ghi theo ngày thứ Hai; bảng bên dưới có cùng "
                      "các số, tuần không có trong bảng là 0.",
                      "Each point is a week, by its Monday; the table below holds the same "
                      "numbers, and a week that is not in it is 0."),
        .nothing = desk_word(page, "Chưa có số liệu", "No figures yet"),
        .digits = wsync_indicator_digits(shown->table, shown->column),
        .labels = labels,
        .point_count = WEEKS_SHOWN,
        .series = series,
        .series_count = 1};
    wsync_chart_lines(page->html, &chart);
}

static void write_chart(struct desk_page *page, const struct shown *shown)
{
    char labels[WEEKS_SHOWN][16], name[WSYNC_INDICATOR_BYTES];
    const char *names[WEEKS_SHOWN];
    wsync_int128 values[WEEKS_SHOWN];
    for (int i = 0; i < WEEKS_SHOWN; i++) {
        int32_t start = shown->first + 7 * i;
        struct wsync_civil civil = wsync_calendar_civil(start);
        const struct wsync_totals_group *group =
            wsync_totals_table_find(shown->table, start, page->site->conf.scope);
        snprintf(labels[i], sizeof labels[i], "%d/%d", civil.day, civil.month);
        names[i] = labels[i];
        values[i] = group ? wsync_indicator_figure(group, shown->column) : 0;
    }
    const struct wsync_chart_series series = {
        wsync_indicator_label(shown->table, shown->column, page->language, name), values, NULL};
    write_lines(page, shown, &series, names);
}

/* ---- the table ---- */

/* The indicator in a place of the table: what is asked for stands first, so that it is in sight
 * where there is no room for all; then records and columns in their order. */
static int column_at(const struct shown *shown, int place)
{
    if (place == 0) {
        return shown->column;
    }
    return WSYNC_INDICATOR_RECORDS + place - (place <= shown->column + 1);
}

static void write_head(struct desk_page *page, const struct shown *shown, int column)
{
    char text[WSYNC_INDICATOR_BYTES];
    wsync_page_number_head(page->html, wsync_slice_of(wsync_indicator_label(
                                           shown->table, column, page->language, text)));
}

static void write_records(struct desk_page *page, const struct wsync_totals_group *group)
{
    desk_number(page, (uint64_t)group->records);
    if (group->in_conflict > 0) {
        wsync_html_raw(page->html, "<br><span class=\"muted\">");
        desk_number(page, (uint64_t)group->in_conflict);
        wsync_html_raw(page->html, " ");
        desk_say(page, "có xung đột", "in conflict");
        wsync_html_raw(page->html, "</span>");
    }
}

static void write_figures(struct desk_page *page, const struct shown *shown,
                          const struct wsync_totals_group *group)
{
    char text[WSYNC_FIGURE_BYTES];
    for (int place = 0; place <= (int)shown->table->column_count; place++) {
        int column = column_at(shown, place);
        wsync_html_raw(page->html, "<td class=\"number\">");
        if (column == WSYNC_INDICATOR_RECORDS) {
            write_records(page, group);
        } else {
            wsync_figure_text(group->figures[column],
                              wsync_indicator_digits(shown->table, column), text);
            wsync_html_text(page->html, text);
        }
        wsync_html_raw(page->html, "</td>");
    }
    wsync_html_raw(page->html, "</tr>");
}

static void write_table(struct desk_page *page, const struct shown *shown)
{
    const struct wsync_totals_table *table = shown->table;
    struct wsync_html *html = page->html;
    wsync_page_table(page->html, desk_word(page, "Tổng theo tuần", "Totals by week"));
    wsync_html_raw(html, "<caption>");
    desk_label(page, shown->form->title_vi, shown->form->title_en);
    wsync_html_raw(html, "</caption><thead><tr><th scope=\"col\">");
    desk_say(page, "Tuần", "Week");
    wsync_html_raw(html, "</th>");
    for (int place = 0; place <= (int)table->column_count; place++) {
        write_head(page, shown, column_at(shown, place));
    }
    wsync_html_raw(html, "</tr></thead><tbody>");
    for (size_t i = table->group_count; i > 0; i--) { /* the newest first */
        const struct wsync_totals_group *group = &table->groups[i - 1];
        wsync_html_raw(html, "<tr><th scope=\"row\">");
        if (group->start == WSYNC_NO_DAY) {
            desk_say(page, "Không ghi ngày", "Without a day");
        } else {
            desk_week(page, group->start);
        }
        wsync_html_raw(html, "</th>");
        write_figures(page, shown, group);
    }
    wsync_html_raw(html, "</tbody><tfoot><tr><th scope=\"row\">");
    desk_say(page, "Cộng", "Total");
    wsync_html_raw(html, "</th>");
    write_figures(page, shown, &table->all);
    wsync_html_raw(html, "</tfoot></table></div>");
}

static enum wsync_err write_totals(struct desk_page *page, const struct wsync_form *form)
{
    struct shown shown = {.form = form};
    enum wsync_err err = open_table(page, &shown);
    if (err != WSYNC_OK) {
        return err;
    }
    write_chooser(page, &shown);
    wsync_page_live(page->html);
    write_weeks(page, &shown);
    write_chart(page, &shown);
    write_table(page, &shown);
    wsync_page_live_end(page->html);
    wsync_totals_table_free(shown.table);
    return WSYNC_OK;
}

void desk_totals(void *context, const struct wsync_http_request *request,
                 struct wsync_http_answer *answer)
{
    struct desk_page page;
    if (!desk_begin(&page, context, request, answer)) {
        return;
    }
    enum wsync_err err = WSYNC_OK;
    const struct wsync_form *form = choose_form(&page);
    desk_head(&page, desk_word(&page, "Tổng hợp", "Totals"));
    if (form) {
        err = write_totals(&page, form);
    } else {
        wsync_html_raw(page.html, "<p>");
        desk_say(&page, "Máy chưa có mẫu nào.", "There is no form here yet.");
        wsync_html_raw(page.html, "</p>");
    }
    desk_end(&page, err);
}
