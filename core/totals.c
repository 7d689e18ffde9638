/* SPDX-License-Identifier: Apache-2.0 */
#include "wardsync/totals.h"

#include <string.h>

#include "core/bytes.h"
#include "wardsync/catalog.h"

/* TOTALS: form, biased day, scope, subject -> records, in conflict, then measures of field,
 * choice, count, sum.  The day stands first: what is written now lies on few pages, whatever
 * was written before, and a span of days is read without the others. */
/* COUNTED: form, biased day, scope, subject, record -> nothing: the records behind a cell; of
 * the built-in forms, which have none, those that are alive.
 * META "counted": which rows are kept so (1 byte); absent: none, by an older program. */
enum {
    COUNTED_LAYOUT = 1,
    CELL_KEY_BYTES = 16,
    COUNTED_KEY_BYTES = CELL_KEY_BYTES + WSYNC_RECORD_KEY_BYTES,
    MEASURE_BYTES = 2 + 4 + 8 + 16,
};

static struct wsync_slice cell_key(const struct wsync_cell *cell, uint8_t key[CELL_KEY_BYTES])
{
    wsync_be_put(key, cell->form, 4);
    wsync_be_put(key + 4, (uint32_t)cell->day ^ 0x80000000U, 4);
    wsync_be_put(key + 8, cell->scope, 4);
    wsync_be_put(key + 12, cell->subject, 4);
    return wsync_slice(key, CELL_KEY_BYTES);
}

static void read_cell_key(struct wsync_slice key, struct wsync_cell *cell)
{
    cell->form = (uint32_t)wsync_be_get(key.data, 4);
    cell->day = (int32_t)((uint32_t)wsync_be_get(key.data + 4, 4) ^ 0x80000000U);
    cell->scope = (uint32_t)wsync_be_get(key.data + 8, 4);
    cell->subject = (uint32_t)wsync_be_get(key.data + 12, 4);
}

static enum wsync_err read_counts(struct wsync_slice row, struct wsync_cell *cell)
{
    if (row.len < 16 || (row.len - 16) % MEASURE_BYTES != 0) {
        return WSYNC_ERR_CORRUPT;
    }
    cell->records = (int64_t)wsync_be_get(row.data, 8);
    cell->in_conflict = (int64_t)wsync_be_get(row.data + 8, 8);
    cell->measure_count = 0;
    cell->measures = NULL;
    return WSYNC_OK;
}

/* Reads a row, with room for more measures behind its own; the array is from the arena. */
static enum wsync_err read_cell(struct wsync_slice row, size_t room, struct wsync_arena *arena,
                                struct wsync_cell *cell)
{
    enum wsync_err err = read_counts(row, cell);
    if (err != WSYNC_OK) {
        return err;
    }
    cell->measure_count = (row.len - 16) / MEASURE_BYTES;
    cell->measures =
        wsync_arena_array(arena, cell->measure_count + room, sizeof *cell->measures);
    if (!cell->measures) {
        return WSYNC_ERR_MEMORY;
    }
    const uint8_t *at = row.data + 16;
    for (size_t i = 0; i < cell->measure_count; i++, at += MEASURE_BYTES) {
        struct wsync_measure *measure = &cell->measures[i];
        measure->field = (uint32_t)wsync_be_get(at, 2);
        measure->choice = (uint32_t)wsync_be_get(at + 2, 4);
        measure->count = (int64_t)wsync_be_get(at + 6, 8);
        uint64_t high = wsync_be_get(at + 14, 8);
        measure->sum =
            (wsync_int128)(int64_t)high * ((wsync_int128)1 << 64) + wsync_be_get(at + 22, 8);
    }
    return WSYNC_OK;
}

static enum wsync_err write_cell(struct wsync_txn *txn, struct wsync_arena *arena,
                                 const struct wsync_cell *cell)
{
    uint8_t key[CELL_KEY_BYTES];
    if (cell->records == 0 && cell->measure_count == 0) {
        return wsync_txn_del(txn, WSYNC_TABLE_TOTALS, cell_key(cell, key));
    }
    size_t mark = wsync_arena_mark(arena);
    size_t len = 16 + MEASURE_BYTES * cell->measure_count;
    uint8_t *row = wsync_arena_get(arena, len);
    if (!row) {
        return WSYNC_ERR_MEMORY;
    }
    struct wsync_writer writer = wsync_writer_over(row, len);
    wsync_write_number(&writer, (uint64_t)cell->records, 8);
    wsync_write_number(&writer, (uint64_t)cell->in_conflict, 8);
    for (size_t i = 0; i < cell->measure_count; i++) {
        const struct wsync_measure *measure = &cell->measures[i];
        wsync_write_number(&writer, measure->field, 2);
        wsync_write_number(&writer, measure->choice, 4);
        wsync_write_number(&writer, (uint64_t)measure->count, 8);
        wsync_write_number(&writer, (uint64_t)(measure->sum >> 64), 8);
        wsync_write_number(&writer, (uint64_t)measure->sum, 8);
    }
    enum wsync_err err =
        wsync_txn_put(txn, WSYNC_TABLE_TOTALS, cell_key(cell, key), wsync_written(&writer));
    wsync_arena_release(arena, mark);
    return err;
}

/* Index of the measure, or of the place where it belongs. */
static size_t measure_place(const struct wsync_cell *cell, uint32_t field, uint32_t choice)
{
    size_t at = 0;
    while (at < cell->measure_count &&
           (cell->measures[at].field < field ||
            (cell->measures[at].field == field && cell->measures[at].choice < choice))) {
        at++;
    }
    return at;
}

static enum wsync_err bump(struct wsync_cell *cell, const struct wsync_measure *by, int sign)
{
    size_t at = measure_place(cell, by->field, by->choice);
    struct wsync_measure *measure = &cell->measures[at];
    bool there = at < cell->measure_count && measure->field == by->field &&
                 measure->choice == by->choice;
    if (!there) {
        if (sign < 0) {
            return WSYNC_ERR_CORRUPT; /* what was never added cannot be taken away */
        }
        memmove(measure + 1, measure, (cell->measure_count - at) * sizeof *measure);
        *measure = (struct wsync_measure){.field = by->field, .choice = by->choice};
        cell->measure_count++;
    }
    if (__builtin_add_overflow(measure->count, sign, &measure->count) ||
        __builtin_add_overflow(measure->sum, sign * by->sum, &measure->sum)) {
        return WSYNC_ERR_OVERFLOW;
    }
    if (measure->count == 0) {
        cell->measure_count--;
        memmove(measure, measure + 1, (cell->measure_count - at) * sizeof *measure);
    }
    return WSYNC_OK;
}

static enum wsync_err bump_field(struct wsync_cell *cell, const struct wsync_field *field,
                                 const struct wsync_value *value, int sign)
{
    struct wsync_measure by = {.field = field->number};
    if (field->aggregate == WSYNC_AGGREGATE_SUM && value->class == WSYNC_CLASS_INTEGER) {
        by.sum = value->integer;
        return bump(cell, &by, sign);
    }
    if (field->aggregate == WSYNC_AGGREGATE_COUNT && value->class == WSYNC_CLASS_INTEGER) {
        by.choice = (uint32_t)value->integer;
        return bump(cell, &by, sign);
    }
    if (field->aggregate == WSYNC_AGGREGATE_COUNT && value->class == WSYNC_CLASS_LIST) {
        for (size_t i = 0; i < value->item_count; i++) {
            by.choice = (uint32_t)value->items[i];
            enum wsync_err err = bump(cell, &by, sign);
            if (err != WSYNC_OK) {
                return err;
            }
        }
    }
    return WSYNC_OK;
}

static int64_t shown_integer(const struct wsync_record *record, uint32_t field,
                             int64_t otherwise)
{
    const struct wsync_live *live = field ? wsync_record_shown(record, field, NULL) : NULL;
    return live && live->value.class == WSYNC_CLASS_INTEGER ? live->value.integer : otherwise;
}

static enum wsync_err bump_record(struct wsync_cell *cell, const struct wsync_form *form,
                                  const struct wsync_record *record, int sign)
{
    cell->records += sign;
    cell->in_conflict += wsync_record_in_conflict(record) ? sign : 0;
    for (size_t i = 0; i < form->field_count; i++) {
        const struct wsync_field *field = &form->fields[i];
        if (field->aggregate == WSYNC_AGGREGATE_NONE || field->personal) {
            continue;
        }
        const struct wsync_live *live = wsync_record_shown(record, field->number, NULL);
        if (live) {
            enum wsync_err err = bump_field(cell, field, &live->value, sign);
            if (err != WSYNC_OK) {
                return err;
            }
        }
    }
    return WSYNC_OK;
}

/* Bound of the measures the record adds to a cell: one a value, one a choice of a list.  The
 * long lists of marks are none. */
static size_t measures_of(const struct wsync_record *record)
{
    size_t count = 0;
    for (size_t i = 0; i < record->live_count; i++) {
        bool mark = record->live[i].field == WSYNC_LIVENESS_FIELD;
        count += mark ? 0 : 1 + record->live[i].value.item_count;
    }
    return count;
}

static enum wsync_err note_counted(struct wsync_txn *txn, const struct wsync_cell *cell,
                                   struct wsync_dot record, int sign)
{
    uint8_t bytes[COUNTED_KEY_BYTES];
    const struct wsync_slice key = wsync_slice(bytes, sizeof bytes);
    (void)cell_key(cell, bytes);
    (void)wsync_record_key(record, bytes + CELL_KEY_BYTES);
    if (sign > 0) {
        return wsync_txn_put(txn, WSYNC_TABLE_COUNTED, key, wsync_slice(NULL, 0));
    }
    enum wsync_err err = wsync_txn_del(txn, WSYNC_TABLE_COUNTED, key);
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err; /* nothing is added up from it */
}

enum wsync_err wsync_counted_seek(struct wsync_txn *txn, enum wsync_seek where,
                                  struct wsync_counted *at)
{
    struct wsync_cell cell = {
        .form = at->form, .day = at->day, .scope = at->scope, .subject = at->subject};
    uint8_t bytes[COUNTED_KEY_BYTES];
    struct wsync_entry entry = {.key = wsync_slice(bytes, sizeof bytes)};
    (void)cell_key(&cell, bytes);
    (void)wsync_record_key(at->record, bytes + CELL_KEY_BYTES);
    enum wsync_err err = wsync_txn_seek(txn, WSYNC_TABLE_COUNTED, where, &entry);
    if (err == WSYNC_OK) {
        read_cell_key(entry.key, &cell);
        *at = (struct wsync_counted){
            .form = cell.form,
            .day = cell.day,
            .scope = cell.scope,
            .subject = cell.subject,
            .record = wsync_record_of_key(
                wsync_slice(entry.key.data + CELL_KEY_BYTES, WSYNC_RECORD_KEY_BYTES))};
    }
    return err;
}

static bool is_alive(const struct wsync_record *record)
{
    bool contested;
    return wsync_record_life(record, &contested, NULL) == WSYNC_LIFE_ALIVE;
}

/* The cell that it counts in, without what that holds. */
static struct wsync_cell cell_of(const struct wsync_form *form,
                                 const struct wsync_record *record)
{
    return (struct wsync_cell){
        .form = record->form,
        .scope = record->scope,
        .subject = (uint32_t)shown_integer(record, form->subject_field, record->scope),
        .day = (int32_t)shown_integer(record, form->date_field, WSYNC_NO_DAY),
    };
}

enum wsync_err wsync_totals_apply(struct wsync_txn *txn, struct wsync_arena *arena,
                                  const struct wsync_form *form,
                                  const struct wsync_record *record, int sign)
{
    if (!is_alive(record)) {
        return WSYNC_OK;
    }
    struct wsync_cell cell = cell_of(form, record);
    uint8_t key[CELL_KEY_BYTES];
    struct wsync_slice row;
    enum wsync_err err = note_counted(txn, &cell, record->id, sign);
    if (err != WSYNC_OK || form->number < WSYNC_FORM_FIRST) {
        return err;
    }
    size_t mark = wsync_arena_mark(arena);
    size_t room = measures_of(record);
    err = wsync_txn_get(txn, WSYNC_TABLE_TOTALS, cell_key(&cell, key), &row);
    if (err == WSYNC_OK) {
        err = read_cell(row, room, arena, &cell);
    } else if (err == WSYNC_ERR_NOT_FOUND) {
        cell.measures = wsync_arena_array(arena, room, sizeof *cell.measures);
        err = cell.measures ? WSYNC_OK : WSYNC_ERR_MEMORY;
    }
    if (err == WSYNC_OK) {
        err = bump_record(&cell, form, record, sign);
    }
    if (err == WSYNC_OK) {
        err = write_cell(txn, arena, &cell);
    }
    wsync_arena_release(arena, mark);
    return err;
}

/* ---- a store from before there were these rows ---- */

enum wsync_err wsync_counted_is_kept(struct wsync_txn *txn, bool *kept)
{
    struct wsync_slice row;
    enum wsync_err err =
        wsync_txn_get(txn, WSYNC_TABLE_META, wsync_slice_of("counted"), &row);
    *kept = err == WSYNC_OK && row.len == 1 && row.data[0] == COUNTED_LAYOUT;
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* The next key of a table, of whatever length, into the caller's bytes. */
static enum wsync_err next_key(struct wsync_txn *txn, enum wsync_table table,
                               struct wsync_slice *key, uint8_t bytes[WSYNC_KEY_BYTES_MAX])
{
    struct wsync_entry entry = {.key = *key};
    enum wsync_err err = wsync_txn_seek_any(txn, table, WSYNC_SEEK_GT, &entry);
    if (err == WSYNC_OK) {
        memcpy(bytes, entry.key.data, entry.key.len);
        *key = wsync_slice(bytes, entry.key.len);
    }
    return err;
}

static enum wsync_err clear_counted(struct wsync_txn *txn)
{
    uint8_t bytes[WSYNC_KEY_BYTES_MAX];
    struct wsync_slice key = wsync_slice(NULL, 0);
    enum wsync_err err;
    do { /* ends: each turn removes a row */
        err = next_key(txn, WSYNC_TABLE_COUNTED, &key, bytes);
        if (err == WSYNC_OK) {
            err = wsync_txn_del(txn, WSYNC_TABLE_COUNTED, key);
        }
    } while (err == WSYNC_OK);
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* What cannot be read stands in no list either, and `verify` names it. */
static enum wsync_err count_record(struct wsync_txn *txn, struct wsync_catalog *catalog,
                                   struct wsync_arena *arena, struct wsync_dot id)
{
    struct wsync_record record;
    const struct wsync_form *form;
    enum wsync_err err = wsync_record_get(txn, id, 0, arena, &record);
    if (err == WSYNC_OK) {
        err = wsync_catalog_form(catalog, txn, record.form, record.version, &form);
    }
    if (err == WSYNC_ERR_CORRUPT || err == WSYNC_ERR_NOT_FOUND) {
        return WSYNC_OK;
    }
    if (err != WSYNC_OK || !is_alive(&record)) {
        return err;
    }
    const struct wsync_cell cell = cell_of(form, &record);
    return note_counted(txn, &cell, id, 1);
}

enum wsync_err wsync_counted_make(struct wsync_txn *txn, struct wsync_catalog *catalog,
                                  struct wsync_arena *arena)
{
    static const uint8_t LAYOUT = COUNTED_LAYOUT;
    uint8_t bytes[WSYNC_KEY_BYTES_MAX];
    struct wsync_slice key = wsync_slice(NULL, 0);
    bool kept;
    enum wsync_err err = wsync_counted_is_kept(txn, &kept);
    if (err != WSYNC_OK || kept) {
        return err;
    }
    err = clear_counted(txn);
    while (err == WSYNC_OK) { /* ends: each turn passes one record */
        size_t mark = wsync_arena_mark(arena);
        err = next_key(txn, WSYNC_TABLE_RECORDS, &key, bytes);
        if (err == WSYNC_OK && key.len == WSYNC_RECORD_KEY_BYTES) {
            err = count_record(txn, catalog, arena, wsync_record_of_key(key));
        }
        wsync_arena_release(arena, mark);
    }
    return err == WSYNC_ERR_NOT_FOUND
               ? wsync_txn_put(txn, WSYNC_TABLE_META, wsync_slice_of("counted"),
                               wsync_slice(&LAYOUT, 1))
               : err;
}

/* ---- walking ---- */

/* The next cell of the form and the span of days; NOT_FOUND behind the last. */
static enum wsync_err next_cell(struct wsync_txn *txn, const struct wsync_totals_query *query,
                                enum wsync_seek where, struct wsync_entry *entry,
                                struct wsync_cell *cell)
{
    enum wsync_err err = wsync_txn_seek(txn, WSYNC_TABLE_TOTALS, where, entry);
    if (err != WSYNC_OK) {
        return err;
    }
    read_cell_key(entry->key, cell);
    bool behind = cell->form != query->form || cell->day > query->last_day;
    return behind ? WSYNC_ERR_NOT_FOUND : WSYNC_OK;
}

/* Reads the cell of a row and has it visited. */
static enum wsync_err show_cell(struct wsync_slice row, struct wsync_arena *arena,
                                struct wsync_cell *cell,
                                enum wsync_err (*visit)(void *, const struct wsync_cell *),
                                void *context)
{
    size_t mark = arena ? wsync_arena_mark(arena) : 0;
    enum wsync_err err = arena ? read_cell(row, 0, arena, cell) : read_counts(row, cell);
    if (err == WSYNC_OK) {
        err = visit(context, cell);
    }
    if (arena) {
        wsync_arena_release(arena, mark);
    }
    return err;
}

/* Behind a cell of another scope: where those of the wanted one begin, on this day or the next.
 * False: there is no day behind it. */
static bool pass_by(uint32_t scope, struct wsync_cell *cell)
{
    bool is_over = cell->scope > scope;
    if (is_over && cell->day == INT32_MAX) {
        return false;
    }
    cell->day += is_over;
    cell->scope = scope;
    cell->subject = 0;
    return true;
}

enum wsync_err wsync_totals_walk(struct wsync_txn *txn, struct wsync_arena *arena,
                                 const struct wsync_totals_query *query,
                                 enum wsync_err (*visit)(void *, const struct wsync_cell *),
                                 void *context)
{
    struct wsync_cell cell = {
        .form = query->form, .day = query->first_day, .scope = query->scope};
    uint8_t key[CELL_KEY_BYTES];
    struct wsync_entry entry = {.key = cell_key(&cell, key)};
    enum wsync_seek where = WSYNC_SEEK_GE;
    for (;;) { /* ends: each turn passes one cell, or those of another scope */
        enum wsync_err err = next_cell(txn, query, where, &entry, &cell);
        if (err == WSYNC_OK && query->scope != 0 && cell.scope != query->scope) {
            if (!pass_by(query->scope, &cell)) {
                return WSYNC_OK;
            }
            entry.key = cell_key(&cell, key);
            where = WSYNC_SEEK_GE;
            continue;
        }
        if (err == WSYNC_OK) {
            err = show_cell(entry.value, arena, &cell, visit, context);
        } else if (err == WSYNC_ERR_NOT_FOUND) {
            return WSYNC_OK;
        }
        if (err != WSYNC_OK) {
            return err;
        }
        where = WSYNC_SEEK_GT;
    }
}

const struct wsync_measure *wsync_cell_measure(const struct wsync_cell *cell, uint32_t field,
                                               uint32_t choice)
{
    size_t at = measure_place(cell, field, choice);
    const struct wsync_measure *measure = &cell->measures[at];
    return at < cell->measure_count && measure->field == field && measure->choice == choice
               ? measure
               : NULL;
}

void wsync_sum_print(wsync_int128 sum, uint32_t digits, char *text)
{
    char reversed[48];
    size_t used = 0;
    bool negative = sum < 0;
    WSYNC_ASSERT(digits <= WSYNC_DECIMAL_DIGITS_MAX);
    while (sum != 0 || used <= digits) {
        int digit = (int)(sum % 10);
        reversed[used++] = (char)('0' + (digit < 0 ? -digit : digit));
        sum /= 10;
    }
    if (negative) {
        *text++ = '-';
    }
    while (used > 0) {
        if (used == digits) {
            *text++ = '.';
        }
        *text++ = reversed[--used];
    }
    *text = '\0';
}
