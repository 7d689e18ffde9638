/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "host/indicator.h"
#include "host/json.h"
#include "host/units_here.h"
#include "host/view.h"
#include "wardsync/calendar.h"

const struct wsync_cli_option WSYNC_VIEW_TOTALS_OPTIONS[] = {
    {"by", "day|week|month|all", "length of a period (week)"},
    {"indicator", "FIELD", "only this field"},
    {"unit", "UNIT", "only this ward, split by the units below it"},
    {"from", "DATE", "first day, as 2022-01-31 or 31/01/2022"},
    {"to", "DATE", "last day"},
    {NULL, NULL, NULL},
};

struct printing {
    struct wsync_cli *cli;
    struct wsync_site *site;
    const struct wsync_totals_table *table;
};

static void figure_text(const struct wsync_totals_column *column, wsync_int128 figure,
                        char *text)
{
    wsync_sum_print(figure, wsync_totals_digits(column), text);
}

static void period_text(const struct printing *printing, int32_t start, char *text, size_t size)
{
    enum wsync_totals_by by = printing->table->ask.by;
    if (start == WSYNC_NO_DAY) {
        snprintf(text, size, "no date");
    } else if (by == WSYNC_TOTALS_BY_ALL) {
        snprintf(text, size, "all");
    } else if (by == WSYNC_TOTALS_BY_WEEK) {
        struct wsync_civil first = wsync_calendar_civil(start);
        struct wsync_civil last = wsync_calendar_civil(start + 6);
        struct wsync_week week = wsync_calendar_week(start);
        snprintf(text, size, "%s %02d/%d (%d/%d - %d/%d)",
                 printing->cli->language == WSYNC_VI ? "Tuần" : "week", week.number, week.year,
                 first.day, first.month, last.day, last.month);
    } else {
        char date[WSYNC_ISO_DATE_BYTES];
        wsync_calendar_print(start, date);
        snprintf(text, size, "%.*s", by == WSYNC_TOTALS_BY_MONTH ? 7 : 10, date);
    }
}

static void print_json(const struct printing *printing, const struct wsync_totals_group *group)
{
    const struct wsync_totals_table *table = printing->table;
    char text[64];
    char key[WSYNC_INDICATOR_KEY_BYTES];
    char label[WSYNC_UNIT_LABEL_BYTES];
    struct wsync_json *json = wsync_json_new();
    wsync_json_text(json, "_form", table->ask.form->name);
    if (group->start == WSYNC_NO_DAY || table->ask.by == WSYNC_TOTALS_BY_ALL) {
        wsync_json_null(json, "_from");
    } else {
        char date[WSYNC_ISO_DATE_BYTES];
        wsync_calendar_print(group->start, date);
        wsync_json_string(json, "_from", date);
    }
    wsync_json_number(json, "_unit", group->unit);
    wsync_units_here_label(printing->site, group->unit, label);
    wsync_json_string(json, "_name", label);
    wsync_json_number(json, "_records", group->records);
    wsync_json_number(json, "_in_conflict", group->in_conflict);
    for (size_t i = 0; i < table->column_count; i++) {
        figure_text(&table->columns[i], group->figures[i], text);
        wsync_json_string(json, wsync_indicator_key(table, (int)i, key), text);
    }
    wsync_json_print(json, stdout);
}

static void print_line(const struct wsync_totals_table *table, const char *period,
                       const char *unit, const struct wsync_totals_group *group)
{
    char text[64];
    wsync_cli_column(period, 27);
    wsync_cli_column(unit, 20);
    printf("%8lld", (long long)group->records);
    for (size_t i = 0; i < table->column_count; i++) {
        figure_text(&table->columns[i], group->figures[i], text);
        printf(" %12s", text);
    }
    if (group->in_conflict > 0) {
        printf("  (%lld in conflict)", (long long)group->in_conflict);
    }
    printf("\n");
}

static void print_head(const struct wsync_totals_table *table)
{
    printf("%-27s%-20s%8s", "period", "unit", "records");
    for (size_t i = 0; i < table->column_count; i++) {
        const struct wsync_slice name = table->columns[i].choice
                                            ? table->columns[i].choice->name
                                            : table->columns[i].field->name;
        printf(" %12.*s", (int)name.len, (const char *)name.data);
    }
    printf("\n");
}

static void print_table(const struct printing *printing)
{
    const struct wsync_totals_table *table = printing->table;
    if (!printing->cli->json) {
        print_head(table);
    }
    for (size_t i = 0; i < table->group_count; i++) {
        const struct wsync_totals_group *group = &table->groups[i];
        char period[64];
        char label[WSYNC_UNIT_LABEL_BYTES];
        if (printing->cli->json) {
            print_json(printing, group);
            continue;
        }
        period_text(printing, group->start, period, sizeof period);
        wsync_units_here_label(printing->site, group->unit, label);
        print_line(table, period, label, group);
    }
    if (!printing->cli->json) {
        print_line(table, "total", "", &table->all);
    }
}

static enum wsync_err read_day(const char *text, int32_t otherwise, int32_t *day,
                               struct wsync_error *error)
{
    struct wsync_civil civil;
    char end;
    *day = otherwise;
    if (!text || wsync_calendar_parse(wsync_slice_of(text), day)) {
        return WSYNC_OK;
    }
    if (sscanf(text, "%d/%d/%d%c", &civil.day, &civil.month, &civil.year, &end) == 3 &&
        wsync_calendar_day(civil, day)) {
        return WSYNC_OK;
    }
    return wsync_error_set(error, WSYNC_ERR_INVALID,
                           "\"%s\" is no date; write 2022-01-31 or 31/01/2022.", text);
}

static enum wsync_err read_ask(const struct wsync_cli *cli, struct wsync_site *site,
                               struct wsync_totals_ask *ask, struct wsync_error *error)
{
    static const char *const PERIODS[] = {"day", "week", "month", "all"};
    const char *by = wsync_cli_value(cli, "by");
    const char *unit = wsync_cli_value(cli, "unit");
    *ask = (struct wsync_totals_ask){.by = WSYNC_TOTALS_BY_WEEK,
                                     .indicator = wsync_cli_value(cli, "indicator"),
                                     .by_subject = cli->kind == WSYNC_SITE_WARD || unit};
    for (size_t i = 0; by && i < sizeof PERIODS / sizeof *PERIODS; i++) {
        if (strcmp(by, PERIODS[i]) == 0) {
            ask->by = (enum wsync_totals_by)i;
            by = NULL;
        }
    }
    if (by) {
        return wsync_error_set(error, WSYNC_ERR_INVALID,
                               "--by is \"%s\"; allowed: day, week, month, all.", by);
    }
    enum wsync_err err = wsync_view_form(site, cli->argv[0], &ask->form, error);
    if (err == WSYNC_OK) {
        err = read_day(wsync_cli_value(cli, "from"), WSYNC_NO_DAY, &ask->first_day, error);
    }
    if (err == WSYNC_OK) {
        err = read_day(wsync_cli_value(cli, "to"), INT32_MAX, &ask->last_day, error);
    }
    if (err == WSYNC_OK && unit) {
        err = wsync_units_here_find(site, wsync_slice_of(unit), &ask->scope);
        if (err != WSYNC_OK) {
            return wsync_error_set(error, err, "There is no one unit \"%s\".", unit);
        }
    }
    return err;
}

static enum wsync_err run(struct wsync_cli *cli, struct wsync_site *site,
                          struct wsync_error *error)
{
    struct wsync_totals_ask ask;
    struct wsync_totals_table *table;
    enum wsync_err err = read_ask(cli, site, &ask, error);
    if (err == WSYNC_OK) {
        err = wsync_totals_table_new(site, &ask, &table);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    if (ask.indicator && table->column_count == 0) {
        err = wsync_error_set(error, WSYNC_ERR_NOT_FOUND,
                              "Form %s has no field \"%s\" that is summed or counted.",
                              cli->argv[0], ask.indicator);
    } else {
        print_table(&(const struct printing){cli, site, table});
    }
    wsync_totals_table_free(table);
    return err;
}

int wsync_view_totals(struct wsync_cli *cli)
{
    struct wsync_site site;
    struct wsync_error error = {{0}};
    if (cli->argc != 1) {
        return wsync_cli_usage(cli, "Expected the name of one form.");
    }
    int code = wsync_view_open(cli, &site);
    if (code != 0) {
        return code;
    }
    enum wsync_err err = run(cli, &site, &error);
    wsync_site_close(&site);
    return err == WSYNC_OK ? 0 : wsync_cli_fail(cli, err, &error);
}
