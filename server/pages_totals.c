/* SPDX-License-Identifier: Apache-2.0 */
/* Figures: form, indicator and unit by week or month, each row down to its records; the same
 * table as a file. */
#include <stdio.h>
#include <stdlib.h>

#include "host/csv.h"
#include "host/xlsx_write.h"
#include "server/figures.h"
#include "server/pages_file.h"
#include "wardsync/calendar.h"

enum { WEEKS_SHOWN = 8, MONTHS_SHOWN = 6, ROWS_MAX = 120 };

/* What is shown: the table, and which of its columns (WSYNC_INDICATOR_ALL: all). */
struct shown {
    struct server_choice choice;
    struct wsync_totals_table *table;
    int column;
};

/* The last few periods, unless the address says which days. */
static void choose_days(const struct server_page *page, struct server_choice *choice)
{
    if (!choice->has_days) {
        int back = choice->by == WSYNC_TOTALS_BY_MONTH ? MONTHS_SHOWN : WEEKS_SHOWN;
        int32_t last = server_period_step(choice->by, page->today, 0);
        choice->first_day = server_period_step(choice->by, page->today, 1 - back);
        choice->last_day = server_period_end(choice->by, last);
    }
}

/* Reads what is asked for and adds it up; the caller frees the table. */
static enum wsync_err open_table(struct server_page *page, struct shown *shown)
{
    struct server_choice *choice = &shown->choice;
    enum wsync_err err = server_choose(page, choice);
    if (err != WSYNC_OK) {
        return err;
    }
    choose_days(page, choice);
    const struct wsync_totals_ask ask = {.form = choice->form,
                                         .by = choice->by,
                                         .scope = choice->unit,
                                         .by_subject = choice->unit != 0,
                                         .first_day = choice->first_day,
                                         .last_day = choice->last_day};
    err = wsync_totals_table_new(page->site, &ask, &shown->table);
    if (err == WSYNC_OK) { /* a key may be one of another form, or "all" */
        shown->column = wsync_indicator_find(shown->table, choice->figure, WSYNC_INDICATOR_ALL);
    }
    return err;
}

static bool is_shown(const struct shown *shown, int column)
{
    return shown->column == WSYNC_INDICATOR_ALL || shown->column == column;
}

/* ---- the page ---- */

static enum wsync_err write_chooser(struct server_page *page, const struct shown *shown)
{
    struct server_units units = {.count = 0};
    const struct server_choice *choice = &shown->choice;
    enum wsync_err err = server_units_gather(page->site, page->today, &units);
    if (err == WSYNC_OK) {
        server_choose_begin(page, "/totals");
        err = server_choose_form(page, choice);
    }
    if (err == WSYNC_OK) {
        server_choose_column(page, shown->table, shown->column, true);
        server_choose_unit(page, &units, choice->unit);
        server_choose_by(page, choice);
        server_choose_day(page, "from", server_word(page, "Từ ngày", "From"),
                          choice->first_day);
        server_choose_day(page, "to", server_word(page, "Đến ngày", "To"), choice->last_day);
        server_choose_end(page);
    }
    server_units_free(&units);
    return err;
}

static void write_day(struct server_page *page, int32_t day)
{
    char date[WSYNC_ISO_DATE_BYTES];
    if (day >= WSYNC_DAY_MIN && day <= WSYNC_DAY_MAX) {
        wsync_calendar_print(day, date);
        wsync_html_text(page->html, date);
    }
}

/* A period within the days that are asked for: what its row adds up. */
static void write_days(struct server_page *page, const struct server_choice *choice,
                       int32_t start)
{
    if (start == WSYNC_NO_DAY) {
        wsync_html_raw(page->html, "&amp;nodate=1");
        return;
    }
    int32_t end = server_period_end(choice->by, start);
    wsync_html_raw(page->html, "&amp;from=");
    write_day(page, start > choice->first_day ? start : choice->first_day);
    wsync_html_raw(page->html, "&amp;to=");
    write_day(page, end < choice->last_day ? end : choice->last_day);
}

static void write_records_link(struct server_page *page, const struct shown *shown,
                               const struct wsync_totals_group *group)
{
    const struct server_choice *choice = &shown->choice;
    wsync_html_raw(page->html, "<a href=\"/records?form=");
    server_part_slice(page, choice->form->name);
    wsync_html_raw(page->html, "&amp;unit=");
    wsync_html_number(page->html, choice->unit != 0 ? choice->unit : group->unit);
    if (choice->unit != 0) {
        wsync_html_raw(page->html, "&amp;subject=");
        wsync_html_number(page->html, group->unit);
    }
    write_days(page, choice, group->start);
    wsync_html_raw(page->html, "\">");
    server_number(page, (uint64_t)group->records);
    wsync_html_raw(page->html, "</a>");
}

static void write_figures(struct server_page *page, const struct shown *shown,
                          const struct wsync_totals_group *group)
{
    for (int i = 0; i < (int)shown->table->column_count; i++) {
        if (is_shown(shown, i)) {
            server_figure_cell(page, group->figures[i],
                               wsync_indicator_digits(shown->table, i));
        }
    }
    server_number_cell(page, (uint64_t)group->in_conflict);
    wsync_html_raw(page->html, "</tr>\n");
}

static void write_row(struct server_page *page, const struct shown *shown,
                      const struct wsync_totals_group *group)
{
    char unit[WSYNC_UNIT_LABEL_BYTES];
    wsync_units_here_label(page->site, group->unit, unit);
    wsync_html_raw(page->html, "<tr><th scope=\"row\">");
    wsync_html_text(page->html, unit);
    wsync_html_raw(page->html, "</th><td class=\"number\">");
    write_records_link(page, shown, group);
    wsync_html_raw(page->html, "</td>");
    write_figures(page, shown, group);
}

/* The columns of the table, from the unit to the conflicts. */
static int64_t columns_of(const struct shown *shown)
{
    int64_t count = 3;
    for (int i = 0; i < (int)shown->table->column_count; i++) {
        count += is_shown(shown, i);
    }
    return count;
}

/* The period above the units that have something in it. */
static void write_period(struct server_page *page, const struct shown *shown, int32_t start)
{
    char period[SERVER_PERIOD_BYTES];
    wsync_html_raw(page->html, "<tbody>\n<tr class=\"group\"><th scope=\"rowgroup\"");
    wsync_html_attr_number(page->html, "colspan", columns_of(shown));
    wsync_html_raw(page->html, ">");
    wsync_html_text(page->html, server_period(page, shown->choice.by, start, period));
    wsync_html_raw(page->html, "</th></tr>\n");
}

static void write_heads(struct server_page *page, const struct shown *shown)
{
    char text[WSYNC_INDICATOR_BYTES];
    const struct wsync_form *form = shown->choice.form;
    struct wsync_slice title = server_label(page, form->title_vi, form->title_en);
    snprintf(text, sizeof text, "%.*s", (int)title.len, (const char *)title.data);
    server_table_begin(page, text);
    server_table_head(page, server_word(page, "Đơn vị", "Unit"), false);
    server_table_head(page, server_word(page, "Số bản ghi", "Records"), true);
    for (int i = 0; i < (int)shown->table->column_count; i++) {
        if (is_shown(shown, i)) {
            server_table_head(
                page, wsync_indicator_label(shown->table, i, page->language, text), true);
        }
    }
    server_table_head(page, server_word(page, "Xung đột", "In conflict"), true);
    wsync_html_raw(page->html, "</tr></thead>\n");
}

static void write_table(struct server_page *page, const struct shown *shown)
{
    const struct wsync_totals_table *table = shown->table;
    size_t left = table->group_count > ROWS_MAX ? table->group_count - ROWS_MAX : 0;
    write_heads(page, shown);
    for (size_t i = table->group_count; i > left; i--) { /* the newest on top */
        const struct wsync_totals_group *group = &table->groups[i - 1];
        if (i == table->group_count) {
            write_period(page, shown, group->start);
        } else if (group->start != group[1].start) {
            wsync_html_raw(page->html, "</tbody>\n");
            write_period(page, shown, group->start);
        }
        write_row(page, shown, group);
    }
    wsync_html_raw(page->html, "<tr class=\"sum\"><th scope=\"row\">");
    server_say(page, "Tổng", "Total");
    wsync_html_raw(page->html, "</th>");
    server_number_cell(page, (uint64_t)table->all.records);
    write_figures(page, shown, &table->all);
    server_table_end(page);
    if (left > 0) {
        wsync_html_raw(page->html, "<p>");
        server_number(page, left);
        server_say(page, " dòng cũ hơn không hiện ở đây nhưng có trong tổng; hãy thu hẹp ngày.",
                   " older rows are not shown but are in the total; choose fewer days.");
        wsync_html_raw(page->html, "</p>\n");
    }
}

/* The fields of the address of what is shown. */
static void write_address(struct server_page *page, const struct server_choice *choice)
{
    wsync_html_raw(page->html, "?form=");
    server_part_slice(page, choice->form->name);
    wsync_html_raw(page->html, "&amp;by=");
    wsync_html_text(page->html, choice->by == WSYNC_TOTALS_BY_MONTH ? "month" : "week");
    if (choice->unit != 0) {
        wsync_html_raw(page->html, "&amp;unit=");
        wsync_html_number(page->html, choice->unit);
    }
    wsync_html_raw(page->html, "&amp;from=");
    write_day(page, choice->first_day);
    wsync_html_raw(page->html, "&amp;to=");
    write_day(page, choice->last_day);
    wsync_html_raw(page->html, "\">");
}

/* The files of what is shown. */
static void write_download(struct server_page *page, const struct server_choice *choice)
{
    wsync_html_raw(page->html,
                   "<p class=\"actions\"><a class=\"button second\" href=\"/totals.xlsx");
    write_address(page, choice);
    server_say(page, "Tải bảng này (Excel)", "Download this table (Excel)");
    wsync_html_raw(page->html, "</a> <a class=\"button second\" href=\"/totals.csv");
    write_address(page, choice);
    server_say(page, "Tải bảng này (CSV)", "Download this table (CSV)");
    wsync_html_raw(page->html, "</a></p>\n");
}

static enum wsync_err write_totals(struct server_page *page)
{
    struct shown shown = {.table = NULL};
    enum wsync_err err = open_table(page, &shown);
    if (err == WSYNC_OK) {
        server_page_head(page, server_word(page, "Số liệu", "Figures"));
        err = write_chooser(page, &shown);
        wsync_page_live(page->html);
    }
    if (err == WSYNC_OK && shown.table->group_count == 0) {
        wsync_html_raw(page->html, "<p>");
        server_say(page, "Chưa có bản ghi nào trong những ngày này.",
                   "There is no record of these days yet.");
        wsync_html_raw(page->html, "</p>\n");
    } else if (err == WSYNC_OK) {
        write_table(page, &shown);
        write_download(page, &shown.choice);
    }
    if (err == WSYNC_OK) {
        wsync_page_live_end(page->html);
        wsync_page_end(page->html, &page->frame);
    }
    wsync_totals_table_free(shown.table);
    return err;
}

void server_page_totals(void *context, const struct wsync_http_request *request,
                        struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, write_totals);
}

/* ---- the file ---- */

static void put_text(struct wsync_csv_writer *csv, const char *text)
{
    wsync_csv_put(csv, wsync_slice_of(text), WSYNC_CSV_TEXT);
}

static void put_number(struct wsync_csv_writer *csv, wsync_int128 figure, uint32_t digits)
{
    char text[64];
    wsync_sum_print(figure, digits, text);
    for (char *c = text; *c; c++) {
        *c = *c == '.' ? ',' : *c; /* as the program that opens it reads numbers here */
    }
    wsync_csv_put(csv, wsync_slice_of(text), WSYNC_CSV_NUMBER);
}

static void put_heads(const struct server_page *page, const struct wsync_totals_table *table,
                      struct wsync_csv_writer *csv)
{
    char text[WSYNC_INDICATOR_BYTES];
    put_text(csv, server_word(page, "Từ ngày", "From"));
    put_text(csv, server_word(page, "Đơn vị", "Unit"));
    put_text(csv, server_word(page, "Số bản ghi", "Records"));
    put_text(csv, server_word(page, "Xung đột", "In conflict"));
    for (int i = 0; i < (int)table->column_count; i++) {
        put_text(csv, wsync_indicator_label(table, i, page->language, text));
    }
    wsync_csv_end_row(csv);
}

static void put_row(struct server_page *page, const struct wsync_totals_table *table,
                    const struct wsync_totals_group *group, struct wsync_csv_writer *csv)
{
    char date[WSYNC_ISO_DATE_BYTES] = "", unit[WSYNC_UNIT_LABEL_BYTES];
    if (group->start != WSYNC_NO_DAY) {
        wsync_calendar_print(group->start, date);
    }
    wsync_units_here_label(page->site, group->unit, unit);
    wsync_csv_put(csv, wsync_slice_of(date), WSYNC_CSV_NUMBER);
    put_text(csv, unit);
    put_number(csv, group->records, 0);
    put_number(csv, group->in_conflict, 0);
    for (int i = 0; i < (int)table->column_count; i++) {
        put_number(csv, group->figures[i], wsync_indicator_digits(table, i));
    }
    wsync_csv_end_row(csv);
}

static enum wsync_err put_table(struct server_page *page, FILE *out)
{
    struct shown shown = {.table = NULL};
    struct wsync_csv_writer csv;
    enum wsync_err err = open_table(page, &shown);
    if (err == WSYNC_OK) {
        wsync_csv_writer_init(&csv, out, WSYNC_CSV_EXCEL);
        put_heads(page, shown.table, &csv);
        for (size_t i = 0; i < shown.table->group_count; i++) {
            put_row(page, shown.table, &shown.table->groups[i], &csv);
        }
        err = wsync_csv_writer_fini(&csv, &page->error);
    }
    wsync_totals_table_free(shown.table);
    return err;
}

static enum wsync_err write_csv(struct server_page *page)
{
    return server_page_file(page, "totals.csv", put_table);
}

void server_page_totals_csv(void *context, const struct wsync_http_request *request,
                            struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, write_csv);
}

/* ---- the workbook ---- */

static void put_cell(struct wsync_xlsx *xlsx, const char *text)
{
    wsync_xlsx_text(xlsx, wsync_slice_of(text));
}

static void put_book_heads(const struct server_page *page,
                           const struct wsync_totals_table *table, struct wsync_xlsx *xlsx)
{
    char text[WSYNC_INDICATOR_BYTES];
    put_cell(xlsx, server_word(page, "Từ ngày", "From"));
    put_cell(xlsx, server_word(page, "Đến ngày", "To"));
    put_cell(xlsx, server_word(page, "Đơn vị", "Unit"));
    put_cell(xlsx, server_word(page, "Số bản ghi", "Records"));
    put_cell(xlsx, server_word(page, "Xung đột", "In conflict"));
    for (int i = 0; i < (int)table->column_count; i++) {
        put_cell(xlsx, wsync_indicator_label(table, i, page->language, text));
    }
    wsync_xlsx_end_row(xlsx);
}

static void put_book_row(struct server_page *page, const struct shown *shown,
                         const struct wsync_totals_group *group, struct wsync_xlsx *xlsx)
{
    char unit[WSYNC_UNIT_LABEL_BYTES];
    bool dated = group->start != WSYNC_NO_DAY;
    wsync_units_here_label(page->site, group->unit, unit);
    wsync_xlsx_day(xlsx, group->start);
    wsync_xlsx_day(xlsx,
                   dated ? server_period_end(shown->choice.by, group->start) : WSYNC_NO_DAY);
    put_cell(xlsx, unit);
    wsync_xlsx_figure(xlsx, group->records, 0);
    wsync_xlsx_figure(xlsx, group->in_conflict, 0);
    for (int i = 0; i < (int)shown->table->column_count; i++) {
        wsync_xlsx_figure(xlsx, group->figures[i], wsync_indicator_digits(shown->table, i));
    }
    wsync_xlsx_end_row(xlsx);
}

static void put_book_sums(struct server_page *page, const struct wsync_totals_table *table,
                          struct wsync_xlsx *xlsx)
{
    put_cell(xlsx, server_word(page, "Tổng", "Total"));
    put_cell(xlsx, "");
    put_cell(xlsx, "");
    wsync_xlsx_sum(xlsx, 1, table->all.records, 0);
    wsync_xlsx_sum(xlsx, 1, table->all.in_conflict, 0);
    for (int i = 0; i < (int)table->column_count; i++) {
        wsync_xlsx_sum(xlsx, 1, table->all.figures[i], wsync_indicator_digits(table, i));
    }
    wsync_xlsx_end_row(xlsx);
}

static enum wsync_err put_book(struct server_page *page, struct wsync_xlsx *xlsx)
{
    struct shown shown = {.table = NULL};
    enum wsync_err err = open_table(page, &shown);
    if (err == WSYNC_OK && shown.table->group_count > WSYNC_XLSX_ROWS_MAX - 2) {
        err = wsync_error_set(&page->error, WSYNC_ERR_INVALID, "%s",
                              server_word(page, "Bảng quá dài; hãy thu hẹp số ngày.",
                                          "The table is too long; choose fewer days."));
    }
    if (err == WSYNC_OK) {
        put_book_heads(page, shown.table, xlsx);
        for (size_t i = 0; i < shown.table->group_count; i++) {
            put_book_row(page, &shown, &shown.table->groups[i], xlsx);
        }
        put_book_sums(page, shown.table, xlsx);
    }
    wsync_totals_table_free(shown.table);
    return err;
}

static enum wsync_err write_xlsx(struct server_page *page)
{
    return server_page_book(page, "totals.xlsx", server_word(page, "Số liệu", "Figures"),
                            put_book);
}

void server_page_totals_xlsx(void *context, const struct wsync_http_request *request,
                             struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, write_xlsx);
}
