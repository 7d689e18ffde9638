/* SPDX-License-Identifier: Apache-2.0 */
#include "host/units_csv.h"

#include <stdlib.h>

#include "host/csv.h"
#include "host/text.h"
#include "host/value_text.h"
#include "host/words.h"

/* Fields of the built-in form of units, and columns of the table. */
enum { ID, LEVEL, CODE, NAME, PARENT, VALID_FROM, VALID_TO, COLUMNS };
enum { LEVEL_GROUP = 3 };

/* Units are linked while their number is not known. */
struct node {
    struct wsync_unit_row unit;
    struct node *next;
};

struct reading {
    struct wsync_arena *arena;
    struct wsync_csv *csv;
    const struct wsync_form *form;
    size_t places[COLUMNS];
    struct node *first, **last;
    struct wsync_units *units;
    enum wsync_language language;
};

static void close_csv(struct wsync_csv **csv)
{
    wsync_csv_close(*csv);
}

static enum wsync_err no_memory(struct wsync_error *error)
{
    return wsync_error_set(error, WSYNC_ERR_MEMORY, "%s",
                           wsync_err_text(WSYNC_ERR_MEMORY, WSYNC_EN));
}

/* Room for one more sentence, NULL when there are enough. */
static struct wsync_error *add_finding(struct wsync_units *units, uint64_t line)
{
    size_t at = units->finding_count++;
    if (at >= WSYNC_UNIT_FINDINGS_MAX) {
        return NULL;
    }
    units->findings[at].line = line;
    return &units->findings[at].what;
}

static enum wsync_err find_places(struct reading *reading, struct wsync_error *error)
{
    for (size_t i = 0; i < COLUMNS; i++) {
        struct wsync_slice name = reading->form->fields[i].name;
        if (!wsync_csv_column(reading->csv, name, &reading->places[i])) {
            return wsync_error_set(error, WSYNC_ERR_VALUE,
                                   reading->language == WSYNC_VI
                                       ? "Thiếu cột %.*s."
                                       : "The column %.*s is missing.",
                                   (int)name.len, (const char *)name.data);
        }
    }
    const struct wsync_csv_row *header = wsync_csv_header(reading->csv);
    if (header->cell_count > COLUMNS) {
        return wsync_error_set(error, WSYNC_ERR_VALUE, "%s",
                               reading->language == WSYNC_VI
                                   ? "Chỉ được có các cột id, level, code, name, parent, "
                                     "valid_from và valid_to."
                                   : "There must be no columns but id, level, code, name, "
                                     "parent, valid_from and valid_to.");
    }
    return WSYNC_OK;
}

static int32_t day_of(const struct wsync_value *value)
{
    return value->class == WSYNC_CLASS_BLANK ? WSYNC_NO_DAY : (int32_t)value->integer;
}

/* Reads the cells of a row; VALUE is a finding about them. */
static enum wsync_err read_values(const struct reading *reading,
                                  const struct wsync_csv_row *row,
                                  struct wsync_value values[COLUMNS], struct wsync_error *error)
{
    const struct wsync_value_reader reader = {.arena = reading->arena,
                                              .point_is_decimal = true};
    for (size_t i = 0; i < COLUMNS; i++) {
        enum wsync_err err =
            wsync_value_parse(&reader, &reading->form->fields[i],
                              row->cells[reading->places[i]], &values[i], error);
        if (err != WSYNC_OK) {
            return err;
        }
    }
    return WSYNC_OK;
}

static enum wsync_err add_unit(struct reading *reading,
                               const struct wsync_value values[COLUMNS], uint64_t line)
{
    struct node *node = wsync_arena_get(reading->arena, sizeof *node);
    if (!node) {
        return WSYNC_ERR_MEMORY;
    }
    node->unit = (struct wsync_unit_row){
        .id = (uint32_t)values[ID].integer,
        .level = (uint32_t)values[LEVEL].integer,
        .code = values[CODE].text,
        .name = values[NAME].text,
        .parent = (uint32_t)values[PARENT].integer,
        .valid_from = day_of(&values[VALID_FROM]),
        .valid_to = day_of(&values[VALID_TO]),
        .line = line,
    };
    *reading->last = node;
    reading->last = &node->next;
    reading->units->count++;
    return WSYNC_OK;
}

/* One row of the file; NOT_FOUND at its end. */
static enum wsync_err read_row(struct reading *reading, struct wsync_error *error)
{
    struct wsync_csv_row row;
    struct wsync_error cause = {""};
    struct wsync_value values[COLUMNS];
    char room[WSYNC_WORDS_BYTES];
    enum wsync_err err = wsync_csv_next(reading->csv, &row, &cause);
    if (err == WSYNC_ERR_VALUE) {
        wsync_error_set(add_finding(reading->units, row.line), WSYNC_OK, "%s",
                        wsync_words(reading->language, cause.text, room));
        return WSYNC_OK;
    }
    if (err != WSYNC_OK) {
        return wsync_error_set(error, err, "%s", cause.text);
    }
    if (wsync_csv_row_is_empty(&row)) {
        return WSYNC_OK;
    }
    if (reading->units->count == WSYNC_UNITS_MAX) {
        return wsync_error_set(error, WSYNC_ERR_OVERSIZE, "There are more than 65536 units.");
    }
    err = read_values(reading, &row, values, &cause);
    if (err == WSYNC_ERR_VALUE) {
        wsync_error_set(add_finding(reading->units, row.line), WSYNC_OK,
                        reading->language == WSYNC_VI ? "Dòng %llu: %.480s"
                                                      : "Row %llu: %.480s",
                        (unsigned long long)row.line,
                        wsync_words(reading->language, cause.text, room));
        return WSYNC_OK;
    }
    if (err == WSYNC_OK) {
        err = add_unit(reading, values, row.line);
    }
    return err == WSYNC_OK ? err : no_memory(error);
}

/* By id, then by row, so that of one id the first row comes first. */
static int compare(const void *a, const void *b)
{
    const struct wsync_unit_row *left = *(const struct wsync_unit_row *const *)a;
    const struct wsync_unit_row *right = *(const struct wsync_unit_row *const *)b;
    int by_id = (left->id > right->id) - (left->id < right->id);
    return by_id != 0 ? by_id : (left->line > right->line) - (left->line < right->line);
}

static enum wsync_err put_in_order(struct reading *reading)
{
    struct wsync_units *units = reading->units;
    struct wsync_unit_row *all = wsync_arena_array(reading->arena, units->count, sizeof *all);
    units->by_id = wsync_arena_array(reading->arena, units->count, sizeof(void *));
    if (!all || !units->by_id) {
        return WSYNC_ERR_MEMORY;
    }
    size_t at = 0;
    for (const struct node *node = reading->first; node; node = node->next) {
        all[at] = node->unit;
        units->by_id[at] = &all[at];
        at++;
    }
    units->units = all;
    qsort(units->by_id, units->count, sizeof(void *), compare);
    return WSYNC_OK;
}

const struct wsync_unit_row *wsync_units_by_id(const struct wsync_units *units, uint32_t id)
{
    size_t low = 0, high = units->count;
    while (low < high) { /* the first unit whose id is not below */
        size_t middle = low + (high - low) / 2;
        if (units->by_id[middle]->id < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < units->count && units->by_id[low]->id == id ? units->by_id[low] : NULL;
}

/* Does the way up from the unit come back to it?  A longer circle than this holds a parent that
 * is not of a higher level, which is found as such. */
static bool is_own_ancestor(const struct wsync_units *units, const struct wsync_unit_row *unit)
{
    const struct wsync_unit_row *at = unit;
    for (int steps = 0; at && steps < WSYNC_UNIT_DEPTH_MAX; steps++) {
        at = at->parent != 0 ? wsync_units_by_id(units, at->parent) : NULL;
        if (at && at->id == unit->id) {
            return true;
        }
    }
    return false;
}

/* What may be wrong with a unit among the others, by enum wsync_language. */
enum fault { NONE, TWICE, BACKWARDS, NO_PARENT, UNKNOWN, CIRCLE, NOT_HIGHER };
static const char *const FAULTS[][2] = {
    [TWICE] = {"đã có ở một dòng trước", "stands in an earlier row already"},
    [BACKWARDS] = {"kết thúc trước khi bắt đầu", "ends before it begins"},
    [NO_PARENT] = {"là tổ dân phố, cần một đơn vị cấp trên",
                   "is a residential group and needs a parent"},
    [UNKNOWN] = {"có đơn vị cấp trên không ở trong tệp",
                 "has a parent that is not in the file"},
    [CIRCLE] = {"là cấp trên của chính nó", "is its own ancestor"},
    [NOT_HIGHER] = {"có đơn vị cấp trên không ở cấp cao hơn",
                    "has a parent that is not of a higher level"},
};

static enum fault fault_of_unit(const struct wsync_units *units,
                                const struct wsync_unit_row *unit)
{
    if (wsync_units_by_id(units, unit->id) != unit) {
        return TWICE;
    }
    if (unit->valid_from != WSYNC_NO_DAY && unit->valid_to != WSYNC_NO_DAY &&
        unit->valid_from > unit->valid_to) {
        return BACKWARDS;
    }
    if (unit->parent == 0) {
        return unit->level == LEVEL_GROUP ? NO_PARENT : NONE;
    }
    const struct wsync_unit_row *parent = wsync_units_by_id(units, unit->parent);
    if (!parent) {
        return UNKNOWN;
    }
    if (is_own_ancestor(units, unit)) {
        return CIRCLE;
    }
    return parent->level >= unit->level ? NOT_HIGHER : NONE;
}

static void check_units(struct wsync_units *units, enum wsync_language language)
{
    for (size_t i = 0; i < units->count; i++) {
        const struct wsync_unit_row *unit = &units->units[i];
        enum fault fault = fault_of_unit(units, unit);
        if (fault != NONE) {
            wsync_error_set(add_finding(units, unit->line), WSYNC_OK,
                            language == WSYNC_VI ? "Dòng %llu: đơn vị %lu %s."
                                                 : "Row %llu: unit %lu %s.",
                            (unsigned long long)unit->line, (unsigned long)unit->id,
                            FAULTS[fault][language]);
        }
    }
}

enum wsync_err wsync_units_read(const char *path, enum wsync_language language,
                                struct wsync_arena *arena, struct wsync_units *units,
                                struct wsync_error *error)
{
    *units = (struct wsync_units){0};
    struct reading reading = {.arena = arena,
                              .form = wsync_form_builtin(WSYNC_FORM_UNIT),
                              .units = units,
                              .language = language};
    reading.last = &reading.first;
    units->findings =
        wsync_arena_array(arena, WSYNC_UNIT_FINDINGS_MAX, sizeof *units->findings);
    if (!units->findings) {
        return no_memory(error);
    }
    __attribute__((cleanup(close_csv))) struct wsync_csv *csv = NULL;
    enum wsync_err err = wsync_csv_open(path, &csv, error);
    if (err != WSYNC_OK) {
        return err;
    }
    reading.csv = csv;
    err = find_places(&reading, error);
    while (err == WSYNC_OK) {
        err = read_row(&reading, error);
    }
    if (err != WSYNC_ERR_NOT_FOUND) {
        return err;
    }
    if (put_in_order(&reading) != WSYNC_OK) {
        return no_memory(error);
    }
    check_units(units, language);
    return WSYNC_OK;
}
