/* SPDX-License-Identifier: Apache-2.0 */
#include "host/totals_table.h"

#include <stdlib.h>
#include <string.h>

#include "host/units_here.h"
#include "wardsync/calendar.h"

int32_t wsync_totals_start(enum wsync_totals_by by, int32_t day)
{
    if (day == WSYNC_NO_DAY) {
        return day;
    }
    switch (by) {
    case WSYNC_TOTALS_BY_DAY:
        return day;
    case WSYNC_TOTALS_BY_WEEK:
        return wsync_calendar_monday(day);
    case WSYNC_TOTALS_BY_MONTH:
        return wsync_calendar_month_start(day);
    case WSYNC_TOTALS_BY_ALL:
        break;
    }
    return 0;
}

/* One walk over the cells. */
struct filling {
    struct wsync_site *site;
    struct wsync_totals_table *table;
    size_t last; /* the group of the cell before: mostly also of the next */
};

static enum wsync_err add_group(struct wsync_totals_table *table, size_t at, int32_t start,
                                uint32_t unit)
{
    if (table->group_count == table->group_size) {
        size_t size = table->group_size == 0 ? 64 : 2 * table->group_size;
        struct wsync_totals_group *grown = realloc(table->groups, size * sizeof *grown);
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
    table->groups[at] =
        (struct wsync_totals_group){.start = start, .unit = unit, .figures = figures};
    table->group_count++;
    return WSYNC_OK;
}

/* Where the group of a period and unit stands, or would. */
static size_t place_of(const struct wsync_totals_table *table, int32_t start, uint32_t unit)
{
    size_t low = 0;
    size_t high = table->group_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        const struct wsync_totals_group *here = &table->groups[middle];
        bool before = here->start < start || (here->start == start && here->unit < unit);
        low = before ? middle + 1 : low;
        high = before ? high : middle;
    }
    return low;
}

static bool stands_at(const struct wsync_totals_table *table, size_t at, int32_t start,
                      uint32_t unit)
{
    return at < table->group_count && table->groups[at].start == start &&
           table->groups[at].unit == unit;
}

const struct wsync_totals_group *wsync_totals_table_find(const struct wsync_totals_table *table,
                                                         int32_t start, uint32_t unit)
{
    size_t at = place_of(table, start, unit);
    return stands_at(table, at, start, unit) ? &table->groups[at] : NULL;
}

uint32_t wsync_totals_unit(struct wsync_site *site, uint32_t scope, uint32_t subject,
                           int32_t day)
{
    int32_t on = day == WSYNC_NO_DAY ? wsync_units_here_today() : day;
    size_t mark = wsync_arena_mark(&site->arena);
    bool inside = wsync_unit_within(site->txn, subject, scope, on, &site->arena) == WSYNC_OK;
    wsync_arena_release(&site->arena, mark);
    return inside ? subject : scope;
}

static uint32_t unit_of(const struct filling *filling, const struct wsync_cell *cell)
{
    return filling->table->ask.by_subject
               ? wsync_totals_unit(filling->site, cell->scope, cell->subject, cell->day)
               : cell->scope;
}

/* Is the measure that of a column in front of it, or behind? */
static int compare_column(const struct wsync_totals_column *column,
                          const struct wsync_measure *measure)
{
    uint32_t choice = column->choice ? column->choice->number : 0;
    if (column->field->number != measure->field) {
        return column->field->number < measure->field ? -1 : 1;
    }
    return choice == measure->choice ? 0 : choice < measure->choice ? -1 : 1;
}

/* Both go up by field and choice, columns in `order`. */
static enum wsync_err add_figures(const struct wsync_totals_table *table,
                                  const struct wsync_cell *cell, wsync_int128 *figures)
{
    size_t at = 0;
    for (size_t i = 0; i < table->column_count; i++) {
        size_t place = table->order[i];
        const struct wsync_totals_column *column = &table->columns[place];
        while (at < cell->measure_count && compare_column(column, &cell->measures[at]) > 0) {
            at++;
        }
        if (at == cell->measure_count) {
            return WSYNC_OK;
        }
        const struct wsync_measure *measure = &cell->measures[at];
        wsync_int128 by = column->choice ? measure->count : measure->sum;
        if (compare_column(column, measure) == 0 &&
            __builtin_add_overflow(figures[place], by, &figures[place])) {
            return WSYNC_ERR_OVERFLOW;
        }
    }
    return WSYNC_OK;
}

static enum wsync_err add_cell(void *context, const struct wsync_cell *cell)
{
    struct filling *filling = context;
    struct wsync_totals_table *table = filling->table;
    int32_t start = wsync_totals_start(table->ask.by, cell->day);
    uint32_t unit = unit_of(filling, cell);
    size_t at = stands_at(table, filling->last, start, unit) ? filling->last
                                                             : place_of(table, start, unit);
    enum wsync_err err =
        stands_at(table, at, start, unit) ? WSYNC_OK : add_group(table, at, start, unit);
    if (err != WSYNC_OK) {
        return err;
    }
    filling->last = at;
    table->groups[at].records += cell->records;
    table->groups[at].in_conflict += cell->in_conflict;
    return add_figures(table, cell, table->groups[at].figures);
}

/* The sum of the groups. */
static enum wsync_err add_up(struct wsync_totals_table *table)
{
    for (size_t i = 0; i < table->group_count; i++) {
        const struct wsync_totals_group *group = &table->groups[i];
        table->all.records += group->records;
        table->all.in_conflict += group->in_conflict;
        for (size_t k = 0; k < table->column_count; k++) {
            if (__builtin_add_overflow(table->all.figures[k], group->figures[k],
                                       &table->all.figures[k])) {
                return WSYNC_ERR_OVERFLOW;
            }
        }
    }
    return WSYNC_OK;
}

/* What a boolean counts, as if it were a choice. */
static const struct wsync_choice SIDES[] = {
    {0, {(const uint8_t *)"no", 2}, {(const uint8_t *)"không", 6}, {(const uint8_t *)"no", 2}},
    {1, {(const uint8_t *)"yes", 3}, {(const uint8_t *)"có", 3}, {(const uint8_t *)"yes", 3}},
};

static void choose_columns(struct wsync_totals_table *table)
{
    const struct wsync_form *form = table->ask.form;
    const char *indicator = table->ask.indicator;
    for (size_t i = 0; i < form->field_count; i++) {
        const struct wsync_field *field = &form->fields[i];
        if (indicator && !wsync_slice_equal(field->name, wsync_slice_of(indicator))) {
            continue;
        }
        if (field->aggregate == WSYNC_AGGREGATE_SUM) {
            table->columns[table->column_count++] = (struct wsync_totals_column){field, NULL};
        } else if (field->aggregate == WSYNC_AGGREGATE_COUNT) {
            bool sides = field->type == WSYNC_TYPE_BOOLEAN;
            size_t count = sides ? 2 : field->choice_count;
            for (size_t k = 0; k < count; k++) {
                table->columns[table->column_count++] =
                    (struct wsync_totals_column){field, sides ? &SIDES[k] : &field->choices[k]};
            }
        }
    }
}

static void order_columns(struct wsync_totals_table *table)
{
    for (size_t i = 0; i < table->column_count; i++) {
        const struct wsync_totals_column *column = &table->columns[i];
        const struct wsync_measure own = {.field = column->field->number,
                                          .choice =
                                              column->choice ? column->choice->number : 0};
        size_t at = i;
        while (at > 0 && compare_column(&table->columns[table->order[at - 1]], &own) > 0) {
            table->order[at] = table->order[at - 1];
            at--;
        }
        table->order[at] = (uint16_t)i;
    }
}

enum wsync_err wsync_totals_table_new(struct wsync_site *site,
                                      const struct wsync_totals_ask *ask,
                                      struct wsync_totals_table **table)
{
    struct wsync_totals_table *made = calloc(1, sizeof *made);
    const struct wsync_totals_query query = {ask->form->number, ask->scope, ask->first_day,
                                             ask->last_day};
    struct filling filling = {site, made, 0};
    if (!made) {
        return WSYNC_ERR_MEMORY;
    }
    made->ask = *ask;
    choose_columns(made);
    order_columns(made);
    made->all.figures = calloc(made->column_count + 1, sizeof *made->all.figures);
    enum wsync_err err = made->all.figures ? WSYNC_OK : WSYNC_ERR_MEMORY;
    if (err == WSYNC_OK) {
        err = wsync_totals_walk(site->txn, &site->arena, &query, add_cell, &filling);
    }
    if (err == WSYNC_OK) {
        err = add_up(made);
    }
    if (err != WSYNC_OK) {
        wsync_totals_table_free(made);
        return err;
    }
    *table = made;
    return WSYNC_OK;
}

void wsync_totals_table_free(struct wsync_totals_table *table)
{
    for (size_t i = 0; table && i < table->group_count; i++) {
        free(table->groups[i].figures);
    }
    if (table) {
        free(table->all.figures);
        free(table->groups);
        free(table);
    }
}

uint32_t wsync_totals_digits(const struct wsync_totals_column *column)
{
    return column->choice ? 0 : column->field->digits;
}
