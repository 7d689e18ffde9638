/* SPDX-License-Identifier: Apache-2.0 */
/* Tổng hợp: this ward's own totals by week, from what is here: no link is needed. */
#include <stdio.h>
#include <string.h>

#include "client/pages.h"
#include "host/chart.h"
#include "host/totals_table.h"
#include "wardsync/calendar.h"

enum { WEEKS_SHOWN = 26 };

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

static void write_forms(struct desk_page *page, const struct wsync_form *chosen)
{
    const struct wsync_form *form;
    uint32_t after = 0;
    struct wsync_html *html = page->html;
    wsync_html_raw(html, "<form class=\"choose\" method=\"get\" action=\"/totals\">"
                         "<p class=\"field\"><label for=\"form\">");
    desk_say(page, "Mẫu", "Form");
    wsync_html_raw(html, "</label><select id=\"form\" name=\"form\">");
    while (wsync_catalog_after(page->site->catalog, page->site->txn, after, &form) ==
           WSYNC_OK) {
        after = form->number;
        wsync_html_raw(html, "<option");
        wsync_html_attr_slice(html, "value", form->name);
        if (form == chosen) {
            wsync_html_raw(html, " selected");
        }
        wsync_html_raw(html, ">");
        desk_label(page, form->title_vi, form->title_en);
        wsync_html_raw(html, "</option>");
    }
    wsync_html_raw(html, "</select></p><p class=\"actions\"><button>");
    desk_say(page, "Xem", "Show");
    wsync_html_raw(html, "</button></p></form>");
}

/* ---- the chart ---- */

static void write_chart(struct desk_page *page, const struct wsync_totals_table *table,
                        int32_t first)
{
    char labels[WEEKS_SHOWN][16];
    const char *names[WEEKS_SHOWN];
    wsync_int128 values[WEEKS_SHOWN];
    for (int i = 0; i < WEEKS_SHOWN; i++) {
        int32_t start = first + 7 * i;
        struct wsync_civil civil = wsync_calendar_civil(start);
        const struct wsync_totals_group *group =
            wsync_totals_table_find(table, start, page->site->conf.scope);
        snprintf(labels[i], sizeof labels[i], "%d/%d", civil.day, civil.month);
        names[i] = labels[i];
        values[i] = group ? group->records : 0;
    }
    const struct wsync_chart_series series = {desk_word(page, "Bản ghi", "Records"), values,
                                              NULL};
    const struct wsync_chart_lines chart = {
        .id = "weeks",
        .title = desk_word(page, "Bản ghi theo tuần", "Records by week"),
        .about = desk_word(page,
                           "Số bản ghi của từng tuần, theo ngày thứ Hai đầu tuần; bảng bên "
                           "dưới có cùng các số.",
                           "The records of each week, by its Monday; the table below holds the "
                           "same numbers."),
        .nothing = desk_word(page, "Chưa có số liệu", "No figures yet"),
        .labels = names,
        .point_count = WEEKS_SHOWN,
        .series = &series,
        .series_count = 1};
    wsync_chart_lines(page->html, &chart);
}

/* ---- the table ---- */

static void write_column(struct desk_page *page, const struct wsync_totals_column *column)
{
    char text[512];
    const struct wsync_choice *choice = column->choice;
    struct wsync_slice field =
        desk_label_text(page, column->field->label_vi, column->field->label_en);
    struct wsync_slice value =
        choice ? desk_label_text(page, choice->label_vi, choice->label_en) : wsync_slice_of("");
    snprintf(text, sizeof text, "%.*s%s%.*s", (int)field.len, (const char *)field.data,
             choice ? ": " : "", (int)value.len, (const char *)value.data);
    wsync_page_number_head(page->html, wsync_slice_of(text));
}

static void write_figures(struct desk_page *page, const struct wsync_totals_table *table,
                          const struct wsync_totals_group *group)
{
    char text[WSYNC_FIGURE_BYTES];
    struct wsync_html *html = page->html;
    wsync_html_raw(html, "</th><td class=\"number\">");
    desk_number(page, (uint64_t)group->records);
    if (group->in_conflict > 0) {
        wsync_html_raw(html, "<br><span class=\"muted\">");
        desk_number(page, (uint64_t)group->in_conflict);
        wsync_html_raw(html, " ");
        desk_say(page, "có xung đột", "in conflict");
        wsync_html_raw(html, "</span>");
    }
    wsync_html_raw(html, "</td>");
    for (size_t i = 0; i < table->column_count; i++) {
        wsync_figure_text(group->figures[i], wsync_totals_digits(&table->columns[i]), text);
        wsync_html_raw(html, "<td class=\"number\">");
        wsync_html_text(html, text);
        wsync_html_raw(html, "</td>");
    }
    wsync_html_raw(html, "</tr>");
}

static void write_table(struct desk_page *page, const struct wsync_totals_table *table)
{
    struct wsync_html *html = page->html;
    wsync_page_table(page->html, desk_word(page, "Tổng theo tuần", "Totals by week"));
    wsync_html_raw(html, "<caption>");
    desk_label(page, table->ask.form->title_vi, table->ask.form->title_en);
    wsync_html_raw(html, "</caption><thead><tr><th scope=\"col\">");
    desk_say(page, "Tuần", "Week");
    wsync_html_raw(html, "</th><th scope=\"col\" class=\"number\">");
    desk_say(page, "Bản ghi", "Records");
    wsync_html_raw(html, "</th>");
    for (size_t i = 0; i < table->column_count; i++) {
        write_column(page, &table->columns[i]);
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
        write_figures(page, table, group);
    }
    wsync_html_raw(html, "</tbody><tfoot><tr><th scope=\"row\">");
    desk_say(page, "Cộng", "Total");
    write_figures(page, table, &table->all);
    wsync_html_raw(html, "</tfoot></table></div>");
}

static enum wsync_err write_totals(struct desk_page *page, const struct wsync_form *form)
{
    struct wsync_totals_table *table;
    bool all = wsync_http_field(page->request, "all") != NULL;
    int32_t monday = wsync_calendar_monday(wsync_units_here_today());
    int32_t first = monday - 7 * (WEEKS_SHOWN - 1);
    const struct wsync_totals_ask ask = {.form = form,
                                         .by = WSYNC_TOTALS_BY_WEEK,
                                         .scope = page->site->conf.scope,
                                         .first_day = all ? WSYNC_NO_DAY : first,
                                         .last_day = INT32_MAX};
    enum wsync_err err = wsync_totals_table_new(page->site, &ask, &table);
    if (err != WSYNC_OK) {
        return err;
    }
    wsync_html_raw(page->html, "<p>");
    wsync_html_text(page->html,
                    all ? desk_word(page, "Mọi tuần, theo số liệu có tại máy này.",
                                    "Every week, by what is on this machine.")
                        : desk_word(page,
                                    "26 tuần gần đây và các ngày sau hôm nay, theo số liệu có "
                                    "tại máy này.",
                                    "The last 26 weeks and days to come, by what is on this "
                                    "machine."));
    if (!all) {
        wsync_html_raw(page->html, " <a href=\"/totals?all=1&amp;form=");
        wsync_html_slice(page->html, form->name);
        wsync_html_raw(page->html, "\">");
        desk_say(page, "Xem mọi tuần", "Show every week");
        wsync_html_raw(page->html, "</a>");
    }
    wsync_html_raw(page->html, "</p>");
    write_chart(page, table, first);
    write_table(page, table);
    wsync_totals_table_free(table);
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
        write_forms(&page, form);
        wsync_page_live(page.html);
        err = write_totals(&page, form);
        wsync_page_live_end(page.html);
    } else {
        wsync_html_raw(page.html, "<p>");
        desk_say(&page, "Máy chưa có mẫu nào.", "There is no form here yet.");
        wsync_html_raw(page.html, "</p>");
    }
    desk_end(&page, err);
}
