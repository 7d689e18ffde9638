/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "host/json.h"
#include "host/units_here.h"
#include "host/view.h"
#include "wardsync/calendar.h"
#include "wardsync/totals.h"

const struct wsync_cli_option WSYNC_VIEW_TOTALS_OPTIONS[] = {
    {"by", "day|week|month|all", "length of a period (week)"},
    {"indicator", "FIELD", "only this field"},
    {"unit", "UNIT", "only this ward, split by the units below it"},
    {"from", "DATE", "first day, as 2022-01-31 or 31/01/2022"},
    {"to", "DATE", "last day"},
    {NULL, NULL, NULL},
};

enum period { BY_DAY, BY_WEEK, BY_MONTH, BY_ALL };

/* One printed figure of a group: a sum, or the count of one choice. */
struct column {
    const struct wsync_field *field;
    const struct wsync_choice *choice; /* NULL: the sum */
};

struct group {
    int32_t start; /* first day of the period; WSYNC_NO_DAY: records without a date */
    uint32_t unit;
    int64_t records, in_conflict;
    wsync_int128 *figures; /* one a column */
};

struct table {
    struct wsync_cli *cli;
    struct wsync_site *site;
    const struct wsync_form *form;
    enum period period;
    bool by_subject;
    struct column columns[WSYNC_CELL_MEASURES_MAX];
    size_t column_count;
    struct group *groups; /* ascending by start, unit */
    size_t group_count, group_size;
};

static int32_t period_start(enum period period, int32_t day)
{
    if (day == WSYNC_NO_DAY) {
        return day;
    }
    switch (period) {
    case BY_DAY:
        return day;
    case BY_WEEK:
        return wsync_calendar_monday(day);
    case BY_MONTH:
        return wsync_calendar_month_start(day);
    case BY_ALL:
        break;
    }
    return 0;
}

static enum wsync_err add_group(struct table *table, size_t at, int32_t start, uint32_t unit)
{
    if (table->group_count == table->group_size) {
        size_t size = table->group_size == 0 ? 64 : 2 * table->group_size;
        struct group *grown = realloc(table->groups, size * sizeof *grown);
        if (!grown) {
            return WSYNC_ERR_MEMORY;
        }
        table->groups = grown;
        table->group_size = size;
    }
    wsync_int128 *figures = calloc(table->column_count + 1, sizeof *figures);
    if (!figures) {
        return WSYNC_ERR_MEMORY;
    }
    memmove(&table->groups[at + 1], &table->groups[at],
            (table->group_count - at) * sizeof *table->groups);
    table->groups[at] = (struct group){.start = start, .unit = unit, .figures = figures};
    table->group_count++;
    return WSYNC_OK;
}

/* Finds the group of a period and unit, or makes it. */
static enum wsync_err find_group(struct table *table, int32_t start, uint32_t unit,
                                 struct group **group)
{
    size_t low = 0;
    size_t high = table->group_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        const struct group *here = &table->groups[middle];
        bool before = here->start < start || (here->start == start && here->unit < unit);
        low = before ? middle + 1 : low;
        high = before ? high : middle;
    }
    bool there = low < table->group_count && table->groups[low].start == start &&
                 table->groups[low].unit == unit;
    enum wsync_err err = there ? WSYNC_OK : add_group(table, low, start, unit);
    *group = err == WSYNC_OK ? &table->groups[low] : NULL;
    return err;
}

/* A subject outside the scope on that day counts for the scope itself (SPEC 10.6). */
static uint32_t unit_of(struct table *table, const struct wsync_cell *cell)
{
    int32_t day = cell->day == WSYNC_NO_DAY ? wsync_units_here_today() : cell->day;
    size_t mark = wsync_arena_mark(&table->site->arena);
    bool inside =
        table->by_subject && wsync_unit_within(table->site->txn, cell->subject, cell->scope,
                                               day, &table->site->arena) == WSYNC_OK;
    wsync_arena_release(&table->site->arena, mark);
    return inside ? cell->subject : cell->scope;
}

static enum wsync_err add_cell(void *context, const struct wsync_cell *cell)
{
    struct table *table = context;
    struct group *group;
    enum wsync_err err =
        find_group(table, period_start(table->period, cell->day), unit_of(table, cell), &group);
    if (err != WSYNC_OK) {
        return err;
    }
    group->records += cell->records;
    group->in_conflict += cell->in_conflict;
    for (size_t i = 0; i < table->column_count; i++) {
        const struct column *column = &table->columns[i];
        const struct wsync_measure *measure = wsync_cell_measure(
            cell, column->field->number, column->choice ? column->choice->number : 0);
        wsync_int128 by = !measure ? 0 : column->choice ? measure->count : measure->sum;
        if (__builtin_add_overflow(group->figures[i], by, &group->figures[i])) {
            return WSYNC_ERR_OVERFLOW;
        }
    }
    return WSYNC_OK;
}

/* What a boolean counts, as if it were a choice. */
static const struct wsync_choice SIDES[] = {
    {0, {(const uint8_t *)"no", 2}, {(const uint8_t *)"không", 6}, {(const uint8_t *)"no", 2}},
    {1, {(const uint8_t *)"yes", 3}, {(const uint8_t *)"có", 3}, {(const uint8_t *)"yes", 3}},
};

static void choose_columns(struct table *table, const char *indicator)
{
    for (size_t i = 0; i < table->form->field_count; i++) {
        const struct wsync_field *field = &table->form->fields[i];
        if (indicator && !wsync_slice_equal(field->name, wsync_slice_of(indicator))) {
            continue;
        }
        if (field->aggregate == WSYNC_AGGREGATE_SUM) {
            table->columns[table->column_count++] = (struct column){field, NULL};
        } else if (field->aggregate == WSYNC_AGGREGATE_COUNT) {
            bool sides = field->type == WSYNC_TYPE_BOOLEAN;
            size_t count = sides ? 2 : field->choice_count;
            for (size_t k = 0; k < count; k++) {
                table->columns[table->column_count++] =
                    (struct column){field, sides ? &SIDES[k] : &field->choices[k]};
            }
        }
    }
}

static void figure_text(const struct column *column, wsync_int128 figure, char *text)
{
    wsync_sum_print(figure, column->choice ? 0 : column->field->digits, text);
}

static void period_text(const struct table *table, int32_t start, char *text, size_t size)
{
    if (start == WSYNC_NO_DAY) {
        snprintf(text, size, "no date");
    } else if (table->period == BY_ALL) {
        snprintf(text, size, "all");
    } else if (table->period == BY_WEEK) {
        struct wsync_civil first = wsync_calendar_civil(start);
        struct wsync_civil last = wsync_calendar_civil(start + 6);
        struct wsync_week week = wsync_calendar_week(start);
        snprintf(text, size, "%s %02d/%d (%d/%d - %d/%d)",
                 table->cli->language == WSYNC_VI ? "Tuần" : "week", week.number, week.year,
                 first.day, first.month, last.day, last.month);
    } else {
        char date[WSYNC_ISO_DATE_BYTES];
        wsync_calendar_print(start, date);
        snprintf(text, size, "%.*s", table->period == BY_MONTH ? 7 : 10, date);
    }
}

static void print_json(const struct table *table, const struct group *group)
{
    char text[64];
    char key[2 * WSYNC_NAME_BYTES_MAX + 2];
    char label[WSYNC_UNIT_LABEL_BYTES];
    struct wsync_json *json = wsync_json_new();
    wsync_json_text(json, "_form", table->form->name);
    if (group->start == WSYNC_NO_DAY || table->period == BY_ALL) {
        wsync_json_null(json, "_from");
    } else {
        char date[WSYNC_ISO_DATE_BYTES];
        wsync_calendar_print(group->start, date);
        wsync_json_string(json, "_from", date);
    }
    wsync_json_number(json, "_unit", group->unit);
    wsync_units_here_label(table->site, group->unit, label);
    wsync_json_string(json, "_name", label);
    wsync_json_number(json, "_records", group->records);
    wsync_json_number(json, "_in_conflict", group->in_conflict);
    for (size_t i = 0; i < table->column_count; i++) {
        const struct column *column = &table->columns[i];
        figure_text(column, group->figures[i], text);
        snprintf(key, sizeof key, "%.*s%s%.*s", (int)column->field->name.len,
                 (const char *)column->field->name.data, column->choice ? "=" : "",
                 column->choice ? (int)column->choice->name.len : 0,
                 column->choice ? (const char *)column->choice->name.data : "");
        wsync_json_string(json, key, text);
    }
    wsync_json_print(json, stdout);
}

static void print_line(const struct table *table, const char *period, const char *unit,
                       const struct group *group)
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

static void print_head(const struct table *table)
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

static enum wsync_err print_table(struct table *table)
{
    struct group all = {.figures = calloc(table->column_count + 1, sizeof(wsync_int128))};
    if (!all.figures) {
        return WSYNC_ERR_MEMORY;
    }
    if (!table->cli->json) {
        print_head(table);
    }
    for (size_t i = 0; i < table->group_count; i++) {
        const struct group *group = &table->groups[i];
        char period[64];
        char label[WSYNC_UNIT_LABEL_BYTES];
        all.records += group->records;
        all.in_conflict += group->in_conflict;
        for (size_t k = 0; k < table->column_count; k++) {
            all.figures[k] += group->figures[k]; /* less than a cell's worth: cannot overflow */
        }
        if (table->cli->json) {
            print_json(table, group);
            continue;
        }
        period_text(table, group->start, period, sizeof period);
        wsync_units_here_label(table->site, group->unit, label);
        print_line(table, period, label, group);
    }
    if (!table->cli->json) {
        print_line(table, "total", "", &all);
    }
    free(all.figures);
    return WSYNC_OK;
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

static enum wsync_err read_query(struct table *table, struct wsync_totals_query *query,
                                 struct wsync_error *error)
{
    static const char *const PERIODS[] = {"day", "week", "month", "all"};
    struct wsync_cli *cli = table->cli;
    const char *by = wsync_cli_value(cli, "by");
    const char *unit = wsync_cli_value(cli, "unit");
    table->period = BY_WEEK;
    for (size_t i = 0; by && i < sizeof PERIODS / sizeof *PERIODS; i++) {
        if (strcmp(by, PERIODS[i]) == 0) {
            table->period = (enum period)i;
            by = NULL;
        }
    }
    if (by) {
        return wsync_error_set(error, WSYNC_ERR_INVALID,
                               "--by is \"%s\"; allowed: day, week, month, all.", by);
    }
    enum wsync_err err = wsync_view_form(table->site, cli->argv[0], &table->form, error);
    if (err == WSYNC_OK) {
        query->form = table->form->number;
        err = read_day(wsync_cli_value(cli, "from"), WSYNC_NO_DAY, &query->first_day, error);
    }
    if (err == WSYNC_OK) {
        err = read_day(wsync_cli_value(cli, "to"), INT32_MAX, &query->last_day, error);
    }
    if (err == WSYNC_OK && unit) {
        table->by_subject = true;
        err = wsync_units_here_find(table->site, wsync_slice_of(unit), &query->scope);
        if (err != WSYNC_OK) {
            return wsync_error_set(error, err, "There is no one unit \"%s\".", unit);
        }
    }
    return err;
}

static enum wsync_err run(struct table *table, struct wsync_error *error)
{
    struct wsync_totals_query query = {.scope = 0};
    const char *indicator = wsync_cli_value(table->cli, "indicator");
    table->by_subject = table->cli->kind == WSYNC_SITE_WARD;
    enum wsync_err err = read_query(table, &query, error);
    if (err != WSYNC_OK) {
        return err;
    }
    choose_columns(table, indicator);
    if (indicator && table->column_count == 0) {
        return wsync_error_set(error, WSYNC_ERR_NOT_FOUND,
                               "Form %s has no field \"%s\" that is summed or counted.",
                               table->cli->argv[0], indicator);
    }
    err = wsync_totals_walk(table->site->txn, &table->site->arena, &query, add_cell, table);
    return err == WSYNC_OK ? print_table(table) : err;
}

int wsync_view_totals(struct wsync_cli *cli)
{
    struct wsync_site site;
    struct wsync_error error = {{0}};
    if (cli->argc != 1) {
        return wsync_cli_usage(cli, "Expected the name of one form.");
    }
    struct table *table = calloc(1, sizeof *table);
    int code = table ? wsync_view_open(cli, &site) : 70;
    if (code != 0) {
        free(table);
        return code;
    }
    table->cli = cli;
    table->site = &site;
    enum wsync_err err = run(table, &error);
    for (size_t i = 0; i < table->group_count; i++) {
        free(table->groups[i].figures);
    }
    free(table->groups);
    free(table);
    wsync_site_close(&site);
    return err == WSYNC_OK ? 0 : wsync_cli_fail(cli, err, &error);
}
