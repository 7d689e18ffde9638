/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/verify/sums.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "wardsync/calendar.h"

enum { SECONDS_A_DAY = 86400, LOCAL_OFFSET_S = 7 * 3600, LABEL_BYTES = 200, FIGURE_BYTES = 64 };
enum { GROUPS_FIRST = 64 };

bool sums_period(const char *text, enum sums_period *period)
{
    static const char *const WORDS[] = {"day", "week", "month", "all"};
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) {
        if (strcmp(text, WORDS[i]) == 0) {
            *period = (enum sums_period)i;
            return true;
        }
    }
    return false;
}

bool sums_day(const char *text, int32_t otherwise, int32_t *day)
{
    *day = otherwise;
    return !text || wsync_calendar_parse(wsync_slice_of(text), day);
}

void sums_fini(struct sums *sums)
{
    for (size_t i = 0; i < sums->count; i++) {
        free(sums->groups[i].figures);
    }
    free(sums->groups);
    sums->groups = NULL;
    sums->count = 0;
}

/* The day on which units are named and records without a date have their unit. */
static int32_t today(void)
{
    int64_t day = ((int64_t)time(NULL) + LOCAL_OFFSET_S) / SECONDS_A_DAY;
    return day > WSYNC_DAY_MAX ? WSYNC_DAY_MAX : (int32_t)day;
}

/* ---- columns ---- */

static void add_column(struct sums *sums, const struct wsync_field *field, uint32_t choice,
                       struct wsync_slice name)
{
    sums->columns[sums->column_count++] =
        (struct sums_column){field, name.len > 0, choice, name};
}

static void add_field(struct sums *sums, const struct wsync_field *field)
{
    if (field->aggregate == WSYNC_AGGREGATE_SUM) {
        add_column(sums, field, 0, (struct wsync_slice){NULL, 0});
    } else if (field->aggregate == WSYNC_AGGREGATE_COUNT && field->type == WSYNC_TYPE_BOOLEAN) {
        add_column(sums, field, 0, wsync_slice_of("no"));
        add_column(sums, field, 1, wsync_slice_of("yes"));
    } else if (field->aggregate == WSYNC_AGGREGATE_COUNT) {
        for (size_t i = 0; i < field->choice_count; i++) {
            add_column(sums, field, field->choices[i].number, field->choices[i].name);
        }
    }
}

/* ---- groups ---- */

static int32_t start_of(const struct sums *sums, int32_t day)
{
    switch (day == WSYNC_NO_DAY ? SUMS_DAY : sums->query->period) {
    case SUMS_WEEK:
        return wsync_calendar_monday(day);
    case SUMS_MONTH:
        return wsync_calendar_month_start(day);
    case SUMS_ALL:
        return 0;
    case SUMS_DAY:
        break;
    }
    return day;
}

/* A subject outside the unit of its log counts for that unit (SPEC 10.6). */
static uint32_t unit_of(struct sums *sums, const struct wsync_cell *cell)
{
    struct wsync_arena *arena = &sums->audit->arena;
    size_t mark = wsync_arena_mark(arena);
    bool inside =
        sums->query->by_subject &&
        wsync_unit_within(sums->audit->txn, cell->subject, cell->scope,
                          cell->day == WSYNC_NO_DAY ? today() : cell->day, arena) == WSYNC_OK;
    wsync_arena_release(arena, mark);
    return inside ? cell->subject : cell->scope;
}

static struct sums_group *insert(struct sums *sums, size_t at)
{
    if (sums->count == sums->size) {
        size_t size = sums->size == 0 ? GROUPS_FIRST : 2 * sums->size;
        struct sums_group *grown = realloc(sums->groups, size * sizeof *grown);
        if (!grown) {
            return NULL;
        }
        sums->groups = grown;
        sums->size = size;
    }
    wsync_int128 *figures = calloc(sums->column_count + 1, sizeof *figures);
    if (!figures) {
        return NULL;
    }
    memmove(&sums->groups[at + 1], &sums->groups[at],
            (sums->count - at) * sizeof *sums->groups);
    sums->groups[at] = (struct sums_group){.figures = figures};
    sums->count++;
    return &sums->groups[at];
}

static struct sums_group *group_of(struct sums *sums, int32_t start, uint32_t unit)
{
    size_t low = 0;
    size_t high = sums->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        const struct sums_group *here = &sums->groups[middle];
        if (here->start < start || (here->start == start && here->unit < unit)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    struct sums_group *group = low < sums->count ? &sums->groups[low] : NULL;
    if (!group || group->start != start || group->unit != unit) {
        group = insert(sums, low);
    }
    if (group) {
        group->start = start;
        group->unit = unit;
    }
    return group;
}

static enum wsync_err add_cell(void *context, const struct wsync_cell *cell)
{
    struct sums *sums = context;
    struct sums_group *group = group_of(sums, start_of(sums, cell->day), unit_of(sums, cell));
    if (!group) {
        return WSYNC_ERR_MEMORY;
    }
    group->records += cell->records;
    group->in_conflict += cell->in_conflict;
    for (size_t i = 0; i < sums->column_count; i++) {
        const struct sums_column *column = &sums->columns[i];
        const struct wsync_measure *measure =
            wsync_cell_measure(cell, column->field->number, column->choice);
        wsync_int128 by = !measure ? 0 : column->counts ? measure->count : measure->sum;
        if (__builtin_add_overflow(group->figures[i], by, &group->figures[i])) {
            return WSYNC_ERR_OVERFLOW;
        }
    }
    return WSYNC_OK;
}

bool sums_add_up(struct sums *sums, struct audit *audit, const struct sums_query *query,
                 struct audit_fault *fault)
{
    *sums = (struct sums){.audit = audit, .query = query};
    enum wsync_err err = wsync_catalog_named(audit->ledger.catalog, audit->txn,
                                             wsync_slice_of(query->form), &sums->form);
    if (err != WSYNC_OK) {
        return audit_fail(fault, err, "The log holds no form \"%.60s\".", query->form);
    }
    for (size_t i = 0; i < sums->form->field_count; i++) {
        const struct wsync_field *field = &sums->form->fields[i];
        if (!query->indicator ||
            wsync_slice_equal(field->name, wsync_slice_of(query->indicator))) {
            add_field(sums, field);
        }
    }
    struct wsync_totals_query cells = {.form = sums->form->number,
                                       .scope = query->unit,
                                       .first_day = query->first_day,
                                       .last_day = query->last_day};
    err = wsync_totals_walk(audit->txn, &audit->arena, &cells, add_cell, sums);
    return err == WSYNC_OK || audit_fail(fault, err, "The totals cannot be added up: %s",
                                         wsync_err_text(err, WSYNC_EN));
}

/* ---- rows ---- */

static void label_of(const struct sums *sums, uint32_t id, char label[LABEL_BYTES])
{
    struct wsync_unit unit;
    struct wsync_arena arena = sums->audit->arena;
    if (wsync_unit_on(sums->audit->txn, id, today(), &arena, &unit) == WSYNC_OK) {
        snprintf(label, LABEL_BYTES, "%.*s", (int)unit.name.len, (const char *)unit.name.data);
    } else {
        snprintf(label, LABEL_BYTES, "%" PRIu32, id);
    }
}

static void add_number(struct printed_row *row, const char *name, int64_t number)
{
    char text[FIGURE_BYTES];
    snprintf(text, sizeof text, "%" PRId64, number);
    printed_add(row, name, text);
}

static void add_figures(const struct sums *sums, const struct sums_group *group, bool json,
                        struct printed_row *row)
{
    for (size_t i = 0; i < sums->column_count; i++) {
        const struct sums_column *column = &sums->columns[i];
        struct wsync_slice field = column->field->name;
        struct wsync_slice choice = column->choice_name;
        char text[FIGURE_BYTES];
        char name[PRINTED_NAME_BYTES];
        const char *shown = choice.len > 0 ? (const char *)choice.data : "";
        wsync_sum_print(group->figures[i], column->counts ? 0 : column->field->digits, text);
        if (json || choice.len == 0) {
            snprintf(name, sizeof name, "%.*s%s%.*s", (int)field.len, (const char *)field.data,
                     choice.len > 0 ? "=" : "", (int)choice.len, shown);
        } else {
            snprintf(name, sizeof name, "%.*s", (int)choice.len, shown);
        }
        printed_add(row, name, text);
    }
}

static void json_row(const struct sums *sums, const struct sums_group *group,
                     struct printed_row *row)
{
    char text[LABEL_BYTES];
    snprintf(text, sizeof text, "%.*s", (int)sums->form->name.len,
             (const char *)sums->form->name.data);
    printed_add(row, "_form", text);
    if (group->start == WSYNC_NO_DAY || sums->query->period == SUMS_ALL) {
        printed_add(row, "_from", "null");
    } else {
        wsync_calendar_print(group->start, text);
        printed_add(row, "_from", text);
    }
    add_number(row, "_unit", group->unit);
    label_of(sums, group->unit, text);
    printed_add(row, "_name", text);
    add_number(row, "_records", group->records);
    add_number(row, "_in_conflict", group->in_conflict);
    add_figures(sums, group, true, row);
}

static void period_text(const struct sums *sums, int32_t start, char *text, size_t size)
{
    char date[WSYNC_ISO_DATE_BYTES];
    if (start == WSYNC_NO_DAY) {
        snprintf(text, size, "no date");
    } else if (sums->query->period == SUMS_ALL) {
        snprintf(text, size, "all");
    } else if (sums->query->period == SUMS_WEEK) {
        struct wsync_civil first = wsync_calendar_civil(start);
        struct wsync_civil last = wsync_calendar_civil(start + 6);
        struct wsync_week week = wsync_calendar_week(start);
        snprintf(text, size, "week %02d/%d (%d/%d - %d/%d)", week.number, week.year, first.day,
                 first.month, last.day, last.month);
    } else {
        wsync_calendar_print(start, date);
        snprintf(text, size, "%.*s", sums->query->period == SUMS_MONTH ? 7 : 10, date);
    }
}

static void table_row(const struct sums *sums, const struct sums_group *group,
                      const char *place, struct printed_row *row)
{
    printed_add(row, PRINTED_PLACE, place);
    add_number(row, "records", group->records);
    add_figures(sums, group, false, row);
    add_number(row, PRINTED_CONFLICT, group->in_conflict);
}

static void total_row(const struct sums *sums, struct printed_row *row)
{
    wsync_int128 figures[WSYNC_CELL_MEASURES_MAX] = {0};
    struct sums_group all = {.figures = figures};
    for (size_t i = 0; i < sums->count; i++) {
        all.records += sums->groups[i].records;
        all.in_conflict += sums->groups[i].in_conflict;
        for (size_t k = 0; k < sums->column_count; k++) {
            figures[k] += sums->groups[i].figures[k];
        }
    }
    table_row(sums, &all, "total", row);
}

bool sums_row(const struct sums *sums, size_t index, bool json, struct printed_row *row)
{
    char period[FIGURE_BYTES];
    char label[LABEL_BYTES];
    char place[FIGURE_BYTES + LABEL_BYTES];
    row->count = 0;
    if (index > sums->count || (json && index == sums->count)) {
        return false;
    }
    if (index == sums->count) {
        total_row(sums, row);
    } else if (json) {
        json_row(sums, &sums->groups[index], row);
    } else {
        period_text(sums, sums->groups[index].start, period, sizeof period);
        label_of(sums, sums->groups[index].unit, label);
        snprintf(place, sizeof place, "%s %s", period, label);
        table_row(sums, &sums->groups[index], place, row);
    }
    return true;
}
