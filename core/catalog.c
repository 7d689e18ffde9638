/* SPDX-License-Identifier: Apache-2.0 */
#include "wardsync/catalog.h"

#include <string.h>

#include "core/bytes.h"
#include "core/settle_parts.h"

/* FORMS: form, version -> record of its definition.  UNITS: unit, first day, record -> nothing;
 * a day is biased so that rows stand in the order of days, WSYNC_NO_DAY first. */
enum { FORM_KEY_BYTES = 8, UNIT_KEY_BYTES = 8 + WSYNC_RECORD_KEY_BYTES };

/* META "renewed": how often forms were made anew (8 bytes); absent: never. */
#define RENEWED "renewed"
enum { RENEWED_BYTES = 8 };

void wsync_catalog_init(struct wsync_catalog *catalog)
{
    wsync_arena_init(&catalog->arena, catalog->block, sizeof catalog->block);
    catalog->form_count = 0;
}

void wsync_catalog_forget(struct wsync_catalog *catalog)
{
    wsync_catalog_init(catalog);
}

void wsync_catalog_make_room(struct wsync_catalog *catalog)
{
    if (2 * catalog->form_count > WSYNC_CATALOG_FORMS_MAX ||
        2 * catalog->arena.used > catalog->arena.size) {
        wsync_catalog_forget(catalog);
    }
}

static struct wsync_slice form_key(uint8_t key[FORM_KEY_BYTES], uint32_t number,
                                   uint32_t version)
{
    wsync_be_put(key, number, 4);
    wsync_be_put(key + 4, version, 4);
    return wsync_slice(key, FORM_KEY_BYTES);
}

static enum wsync_err times_renewed(struct wsync_txn *txn, uint64_t *times)
{
    struct wsync_slice row;
    enum wsync_err err = wsync_txn_get(txn, WSYNC_TABLE_META, wsync_slice_of(RENEWED), &row);
    *times = 0;
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    if (row.len != RENEWED_BYTES) {
        return WSYNC_ERR_CORRUPT;
    }
    *times = wsync_be_get(row.data, RENEWED_BYTES);
    return WSYNC_OK;
}

enum wsync_err wsync_catalog_renew(struct wsync_txn *txn)
{
    uint8_t row[RENEWED_BYTES];
    uint64_t times;
    enum wsync_err err = times_renewed(txn, &times);
    wsync_be_put(row, times + 1, sizeof row);
    return err == WSYNC_OK ? wsync_txn_put(txn, WSYNC_TABLE_META, wsync_slice_of(RENEWED),
                                           wsync_slice(row, sizeof row))
                           : err;
}

/* What was decoded before is passed over and not forgotten: somebody may still hold it. */
static const struct wsync_form *cached(const struct wsync_catalog *catalog, uint32_t number,
                                       uint32_t version, uint64_t times)
{
    for (size_t i = 0; i < catalog->form_count; i++) {
        if (catalog->forms[i].number == number && catalog->forms[i].version == version &&
            catalog->times[i] == times) {
            return &catalog->forms[i];
        }
    }
    return NULL;
}

static enum wsync_err decode_form(struct wsync_catalog *catalog, struct wsync_txn *txn,
                                  struct wsync_dot id, uint64_t times,
                                  const struct wsync_form **form)
{
    if (catalog->form_count == WSYNC_CATALOG_FORMS_MAX ||
        catalog->arena.size - catalog->arena.used < WSYNC_DECODE_BYTES_MAX) {
        wsync_catalog_forget(catalog);
    }
    size_t mark = wsync_arena_mark(&catalog->arena);
    struct wsync_record record;
    enum wsync_err err = wsync_record_get(txn, id, 0, &catalog->arena, &record);
    if (err != WSYNC_OK) {
        wsync_arena_release(&catalog->arena, mark);
        return err;
    }
    const struct wsync_live *live = wsync_record_shown(&record, WSYNC_FORM_DEFINITION, NULL);
    struct wsync_form *slot = &catalog->forms[catalog->form_count];
    err = live ? wsync_form_decode(live->value.text, &catalog->arena, slot) : WSYNC_ERR_CORRUPT;
    if (err != WSYNC_OK) {
        wsync_arena_release(&catalog->arena, mark);
        return err == WSYNC_ERR_MEMORY ? err : WSYNC_ERR_CORRUPT;
    }
    catalog->times[catalog->form_count++] = times;
    *form = slot;
    return WSYNC_OK;
}

enum wsync_err wsync_catalog_record(struct wsync_txn *txn, uint32_t number, uint32_t version,
                                    struct wsync_dot *record)
{
    uint8_t key[FORM_KEY_BYTES];
    struct wsync_slice row;
    enum wsync_err err =
        wsync_txn_get(txn, WSYNC_TABLE_FORMS, form_key(key, number, version), &row);
    if (err == WSYNC_OK) {
        *record = wsync_record_of_key(row);
    }
    return err;
}

enum wsync_err wsync_catalog_form(struct wsync_catalog *catalog, struct wsync_txn *txn,
                                  uint32_t number, uint32_t version,
                                  const struct wsync_form **form)
{
    if (number < WSYNC_FORM_FIRST) {
        *form = version == 1 ? wsync_form_builtin(number) : NULL;
        return *form ? WSYNC_OK : WSYNC_ERR_NOT_FOUND;
    }
    uint64_t times;
    enum wsync_err err = times_renewed(txn, &times);
    *form = err == WSYNC_OK ? cached(catalog, number, version, times) : NULL;
    if (err != WSYNC_OK || *form) {
        return err;
    }
    struct wsync_dot record;
    err = wsync_catalog_record(txn, number, version, &record);
    return err == WSYNC_OK ? decode_form(catalog, txn, record, times, form) : err;
}

/* The newest version of the last form before `number`. */
static enum wsync_err newest_before(struct wsync_catalog *catalog, struct wsync_txn *txn,
                                    uint64_t number, const struct wsync_form **form)
{
    uint8_t key[FORM_KEY_BYTES];
    struct wsync_entry entry = {.key = form_key(key, (uint32_t)number, 0)};
    enum wsync_err err = wsync_txn_seek(txn, WSYNC_TABLE_FORMS, WSYNC_SEEK_LT, &entry);
    if (err != WSYNC_OK) {
        return err;
    }
    return wsync_catalog_form(catalog, txn, (uint32_t)wsync_be_get(entry.key.data, 4),
                              (uint32_t)wsync_be_get(entry.key.data + 4, 4), form);
}

enum wsync_err wsync_catalog_newest(struct wsync_catalog *catalog, struct wsync_txn *txn,
                                    uint32_t number, const struct wsync_form **form)
{
    if (number < WSYNC_FORM_FIRST) {
        return wsync_catalog_form(catalog, txn, number, 1, form);
    }
    enum wsync_err err = newest_before(catalog, txn, (uint64_t)number + 1, form);
    if (err == WSYNC_OK && (*form)->number != number) {
        return WSYNC_ERR_NOT_FOUND;
    }
    return err;
}

enum wsync_err wsync_catalog_after(struct wsync_catalog *catalog, struct wsync_txn *txn,
                                   uint32_t after, const struct wsync_form **form)
{
    uint8_t key[FORM_KEY_BYTES];
    struct wsync_entry entry = {.key = form_key(key, after, UINT32_MAX)};
    enum wsync_err err = wsync_txn_seek(txn, WSYNC_TABLE_FORMS, WSYNC_SEEK_GT, &entry);
    if (err != WSYNC_OK) {
        return err;
    }
    return wsync_catalog_newest(catalog, txn, (uint32_t)wsync_be_get(entry.key.data, 4), form);
}

enum wsync_err wsync_catalog_named(struct wsync_catalog *catalog, struct wsync_txn *txn,
                                   struct wsync_slice name, const struct wsync_form **form)
{
    uint32_t after = 0;
    for (;;) { /* ends: each turn passes one form */
        enum wsync_err err = wsync_catalog_after(catalog, txn, after, form);
        if (err != WSYNC_OK || wsync_slice_equal((*form)->name, name)) {
            return err;
        }
        after = (*form)->number;
    }
}

static const struct wsync_value *written(const struct wsync_operation *operation,
                                         uint32_t field)
{
    for (size_t i = 0; i < operation->write_count; i++) {
        if (operation->writes[i].field == field) {
            return &operation->writes[i].value;
        }
    }
    return NULL;
}

/* SPEC section 8.1: a verdict names one change when it is made, and keeps to it. */
static enum wsync_err judge_verdict(const struct wsync_operation *operation)
{
    const struct wsync_value *log = written(operation, WSYNC_VERDICT_LOG);
    const struct wsync_value *hash = written(operation, WSYNC_VERDICT_HASH);
    if (operation->creates) {
        bool good = log && hash && log->text.len == WSYNC_LOG_ID_BYTES &&
                    hash->text.len == WSYNC_HASH_PREFIX_BYTES;
        return good ? WSYNC_OK : WSYNC_ERR_VALUE;
    }
    return log || hash || written(operation, WSYNC_VERDICT_SEQ) ? WSYNC_ERR_VALUE : WSYNC_OK;
}

enum wsync_err wsync_catalog_judge(const struct wsync_operation *operation,
                                   struct wsync_arena *arena)
{
    if (operation->form == WSYNC_FORM_VERDICT) {
        return judge_verdict(operation);
    }
    if (operation->form != WSYNC_FORM_FORM) {
        return WSYNC_OK;
    }
    const struct wsync_value *number = written(operation, WSYNC_FORM_NUMBER);
    const struct wsync_value *version = written(operation, WSYNC_FORM_VERSION);
    const struct wsync_value *definition = written(operation, WSYNC_FORM_DEFINITION);
    if (!number || !version || !definition) {
        return WSYNC_ERR_VALUE;
    }
    size_t mark = wsync_arena_mark(arena);
    struct wsync_form form;
    enum wsync_err err = wsync_form_decode(definition->text, arena, &form);
    if (err == WSYNC_OK &&
        (form.number != number->integer || form.version != version->integer ||
         form.number < WSYNC_FORM_FIRST)) {
        err = WSYNC_ERR_VALUE;
    }
    wsync_arena_release(arena, mark);
    return err == WSYNC_OK || err == WSYNC_ERR_MEMORY ? err : WSYNC_ERR_VALUE;
}

static int64_t shown_integer(const struct wsync_record *record, uint32_t field,
                             int64_t otherwise)
{
    const struct wsync_live *live = wsync_record_shown(record, field, NULL);
    return live && live->value.class == WSYNC_CLASS_INTEGER ? live->value.integer : otherwise;
}

/* Orders records alike on every replica: by (log id, seq, operation). */
static enum wsync_err is_smaller(struct wsync_txn *txn, struct wsync_dot a, struct wsync_dot b,
                                 bool *smaller)
{
    struct wsync_log first;
    struct wsync_log second;
    enum wsync_err err = wsync_log_get(txn, a.log_no, &first);
    if (err == WSYNC_OK) {
        err = wsync_log_get(txn, b.log_no, &second);
    }
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
    }
    int order = memcmp(first.id.b, second.id.b, sizeof first.id.b);
    *smaller = order != 0 ? order < 0 : a.seq != b.seq ? a.seq < b.seq : a.op < b.op;
    return WSYNC_OK;
}

/* A district restored from a backup may define a version twice: the smaller record stands, and
 * what was judged by the other one is judged anew. */
static enum wsync_err learn_form(struct wsync_txn *txn, const struct wsync_record *record)
{
    uint8_t key[FORM_KEY_BYTES];
    uint8_t id[WSYNC_RECORD_KEY_BYTES];
    struct wsync_slice held;
    uint32_t number = (uint32_t)shown_integer(record, WSYNC_FORM_NUMBER, 0);
    uint32_t version = (uint32_t)shown_integer(record, WSYNC_FORM_VERSION, 0);
    struct wsync_slice at = form_key(key, number, version);
    enum wsync_err err = wsync_txn_get(txn, WSYNC_TABLE_FORMS, at, &held);
    if (err == WSYNC_OK) {
        bool smaller;
        err = is_smaller(txn, record->id, wsync_record_of_key(held), &smaller);
        struct wsync_cause rebuild = {WSYNC_CAUSE_REBUILD, record->scope, 0};
        if (err != WSYNC_OK || !smaller) {
            return err;
        }
        err = wsync_work_put(txn, &rebuild);
    }
    return err == WSYNC_OK || err == WSYNC_ERR_NOT_FOUND
               ? wsync_txn_put(txn, WSYNC_TABLE_FORMS, at, wsync_record_key(record->id, id))
               : err;
}

static struct wsync_slice unit_key(uint8_t key[UNIT_KEY_BYTES],
                                   const struct wsync_record *record)
{
    int64_t from = shown_integer(record, WSYNC_UNIT_FROM, WSYNC_NO_DAY);
    wsync_be_put(key, (uint64_t)shown_integer(record, WSYNC_UNIT_ID, 0), 4);
    wsync_be_put(key + 4, (uint32_t)from ^ 0x80000000U, 4);
    wsync_record_key(record->id, key + 8);
    return wsync_slice(key, UNIT_KEY_BYTES);
}

static enum wsync_err learn_unit(struct wsync_txn *txn, const struct wsync_record *before,
                                 const struct wsync_record *after)
{
    uint8_t key[UNIT_KEY_BYTES];
    bool contested;
    if (before) {
        enum wsync_err err = wsync_txn_del(txn, WSYNC_TABLE_UNITS, unit_key(key, before));
        if (err != WSYNC_OK && err != WSYNC_ERR_NOT_FOUND) {
            return err;
        }
    }
    if (wsync_record_life(after, &contested, NULL) != WSYNC_LIFE_ALIVE) {
        return WSYNC_OK;
    }
    return wsync_txn_put(txn, WSYNC_TABLE_UNITS, unit_key(key, after), wsync_slice(NULL, 0));
}

enum wsync_err wsync_catalog_learn(struct wsync_txn *txn, const struct wsync_record *before,
                                   const struct wsync_record *after)
{
    if (after->form == WSYNC_FORM_FORM) {
        return before ? WSYNC_OK : learn_form(txn, after);
    }
    if (after->form == WSYNC_FORM_VERDICT) {
        return wsync_verdict_learn(txn, after);
    }
    return after->form == WSYNC_FORM_UNIT ? learn_unit(txn, before, after) : WSYNC_OK;
}

static struct wsync_slice shown_text(const struct wsync_record *record, uint32_t field)
{
    const struct wsync_live *live = wsync_record_shown(record, field, NULL);
    return live && live->value.class == WSYNC_CLASS_TEXT ? live->value.text
                                                         : wsync_slice_of("");
}

static enum wsync_err read_unit(struct wsync_txn *txn, struct wsync_slice key,
                                struct wsync_arena *arena, struct wsync_unit *unit)
{
    struct wsync_record record;
    struct wsync_dot id = wsync_record_of_key(wsync_slice(key.data + 8, key.len - 8));
    enum wsync_err err = wsync_record_get(txn, id, 0, arena, &record);
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
    }
    *unit = (struct wsync_unit){
        .id = (uint32_t)shown_integer(&record, WSYNC_UNIT_ID, 0),
        .parent = (uint32_t)shown_integer(&record, WSYNC_UNIT_PARENT, 0),
        .level = shown_integer(&record, WSYNC_UNIT_LEVEL, 0),
        .code = shown_text(&record, WSYNC_UNIT_CODE),
        .name = shown_text(&record, WSYNC_UNIT_NAME),
        .from_day = (int32_t)shown_integer(&record, WSYNC_UNIT_FROM, WSYNC_NO_DAY),
        .to_day = (int32_t)shown_integer(&record, WSYNC_UNIT_TO, WSYNC_NO_DAY),
    };
    /* Who walks in the order of ids goes on behind the id; a damaged one must not lead back. */
    return unit->id == wsync_be_get(key.data, 4) ? WSYNC_OK : WSYNC_ERR_CORRUPT;
}

/* Of the rows of one unit and day the one that stands at every replica: keys go by numbers of
 * logs, which each store gives itself.  Its key is written into `key`, which holds one of them.
 */
static enum wsync_err smallest_alike(struct wsync_txn *txn, uint8_t key[UNIT_KEY_BYTES])
{
    uint8_t prefix[8];
    uint8_t last[UNIT_KEY_BYTES];
    memcpy(prefix, key, sizeof prefix);
    struct wsync_slice alike = wsync_slice(prefix, sizeof prefix);
    struct wsync_entry entry = {.key = alike};
    enum wsync_err err;
    while ((err = wsync_txn_seek(txn, WSYNC_TABLE_UNITS, WSYNC_SEEK_GT, &entry)) == WSYNC_OK &&
           wsync_slice_starts(entry.key, alike)) {
        bool smaller;
        memcpy(last, entry.key.data, sizeof last);
        entry.key = wsync_slice(last, sizeof last);
        struct wsync_slice one = wsync_slice(last + 8, WSYNC_RECORD_KEY_BYTES);
        struct wsync_slice best = wsync_slice(key + 8, WSYNC_RECORD_KEY_BYTES);
        err = is_smaller(txn, wsync_record_of_key(one), wsync_record_of_key(best), &smaller);
        if (err != WSYNC_OK) {
            return err;
        }
        if (smaller) {
            memcpy(key, last, sizeof last);
        }
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

enum wsync_err wsync_unit_on(struct wsync_txn *txn, uint32_t id, int32_t day,
                             struct wsync_arena *arena, struct wsync_unit *unit)
{
    uint8_t key[UNIT_KEY_BYTES];
    for (size_t i = 8; i < sizeof key; i++) {
        key[i] = 0xff;
    }
    wsync_be_put(key, id, 4);
    wsync_be_put(key + 4, (uint32_t)day ^ 0x80000000U, 4);
    struct wsync_entry entry = {.key = wsync_slice(key, sizeof key)};
    enum wsync_err err = wsync_txn_seek(txn, WSYNC_TABLE_UNITS, WSYNC_SEEK_LE, &entry);
    if (err == WSYNC_ERR_NOT_FOUND ||
        (err == WSYNC_OK && wsync_be_get(entry.key.data, 4) != id)) {
        entry.key = wsync_slice(key, 4);
        err = wsync_txn_seek(txn, WSYNC_TABLE_UNITS, WSYNC_SEEK_GE, &entry);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    if (wsync_be_get(entry.key.data, 4) != id) {
        return WSYNC_ERR_NOT_FOUND;
    }
    memcpy(key, entry.key.data, sizeof key);
    err = smallest_alike(txn, key);
    return err == WSYNC_OK ? read_unit(txn, wsync_slice(key, sizeof key), arena, unit) : err;
}

enum wsync_err wsync_unit_after(struct wsync_txn *txn, uint32_t after, int32_t day,
                                struct wsync_arena *arena, struct wsync_unit *unit)
{
    uint8_t key[4];
    if (after == UINT32_MAX) {
        return WSYNC_ERR_NOT_FOUND;
    }
    wsync_be_put(key, after + 1, sizeof key);
    struct wsync_entry entry = {.key = wsync_slice(key, sizeof key)};
    enum wsync_err err = wsync_txn_seek(txn, WSYNC_TABLE_UNITS, WSYNC_SEEK_GE, &entry);
    if (err != WSYNC_OK) {
        return err;
    }
    return wsync_unit_on(txn, (uint32_t)wsync_be_get(entry.key.data, 4), day, arena, unit);
}

enum wsync_err wsync_unit_within(struct wsync_txn *txn, uint32_t id, uint32_t top, int32_t day,
                                 struct wsync_arena *arena)
{
    for (int step = 0; step <= WSYNC_UNIT_DEPTH_MAX && id != 0; step++) {
        if (id == top) {
            return WSYNC_OK;
        }
        struct wsync_unit unit;
        enum wsync_err err = wsync_unit_on(txn, id, day, arena, &unit);
        if (err != WSYNC_OK) {
            return err;
        }
        id = unit.parent;
    }
    return WSYNC_ERR_NOT_FOUND;
}
