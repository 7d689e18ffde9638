/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "core/bytes.h"
#include "wardsync/ledger.h"
#include "wardsync/totals.h"

enum { CANONICAL_DOT_BYTES = 16 + 8 + 2, VALUE_HEAD_BYTES = 2 + CANONICAL_DOT_BYTES + 8 + 1 };

/* The digest so far; each row is hashed onto it. */
struct digest {
    struct wsync_txn *txn;
    struct wsync_arena *arena;
    struct wsync_hash hash;
};

static void digest_add(struct digest *digest, const char *kind, struct wsync_slice row)
{
    struct wsync_slice parts[] = {wsync_slice_of("wardsync/state/v1"), wsync_slice_of(kind),
                                  WSYNC_BYTES(digest->hash), row};
    digest->hash = wsync_hash_parts(parts, sizeof parts / sizeof *parts);
}

/* A live value whose dot is written with the log's id: every replica writes the same. */
struct canonical {
    const struct wsync_live *live;
    uint8_t dot[CANONICAL_DOT_BYTES];
};

static enum wsync_err canonical_dot(struct wsync_txn *txn, struct wsync_dot dot,
                                    uint8_t out[CANONICAL_DOT_BYTES])
{
    struct wsync_log log;
    enum wsync_err err = wsync_log_get(txn, dot.log_no, &log);
    if (err == WSYNC_OK) {
        memcpy(out, log.id.b, sizeof log.id.b);
        wsync_be_put(out + 16, dot.seq, 8);
        wsync_be_put(out + 24, dot.op, 2);
    }
    return err;
}

static int compare(const struct canonical *a, const struct canonical *b)
{
    if (a->live->field != b->live->field) {
        return a->live->field < b->live->field ? -1 : 1;
    }
    return memcmp(a->dot, b->dot, sizeof a->dot);
}

static void sort(struct canonical *values, size_t count)
{
    for (size_t i = 1; i < count; i++) { /* few and nearly sorted */
        struct canonical moved = values[i];
        size_t at = i;
        while (at > 0 && compare(&moved, &values[at - 1]) < 0) {
            values[at] = values[at - 1];
            at--;
        }
        values[at] = moved;
    }
}

/* A mark: its kind, then the dots it names; the record it counts as stands in `life`. */
static enum wsync_err write_mark(struct digest *digest, const struct wsync_value *mark,
                                 struct wsync_writer *writer)
{
    enum { MARK_HEAD = 4, DOT_ITEMS = 3 };
    wsync_write_number(writer, (uint64_t)mark->items[0], 1);
    for (size_t i = MARK_HEAD; i + DOT_ITEMS <= mark->item_count; i += DOT_ITEMS) {
        struct wsync_dot named = {(uint32_t)mark->items[i], (uint64_t)mark->items[i + 1],
                                  (uint32_t)mark->items[i + 2]};
        uint8_t dot[CANONICAL_DOT_BYTES];
        enum wsync_err err = canonical_dot(digest->txn, named, dot);
        if (err != WSYNC_OK) {
            return err;
        }
        wsync_write_bytes(writer, wsync_slice(dot, sizeof dot));
    }
    return WSYNC_OK;
}

/* Private values count by their dot alone: an erasure must not make replicas differ. */
static enum wsync_err write_value(struct digest *digest, const struct canonical *value,
                                  bool personal, struct wsync_writer *writer)
{
    const struct wsync_value *content = &value->live->value;
    wsync_write_number(writer, value->live->field, 2);
    wsync_write_bytes(writer, wsync_slice(value->dot, sizeof value->dot));
    wsync_write_number(writer, (uint64_t)value->live->stamp, 8);
    if (personal) {
        wsync_write_number(writer, WSYNC_CLASS_PRIVATE, 1);
        return WSYNC_OK;
    }
    wsync_write_number(writer, (uint64_t)content->class, 1);
    if (value->live->field == WSYNC_LIVENESS_FIELD) {
        return write_mark(digest, content, writer);
    }
    if (content->class == WSYNC_CLASS_INTEGER) {
        wsync_write_number(writer, (uint64_t)content->integer, 8);
    } else if (content->class == WSYNC_CLASS_TEXT) {
        wsync_write_block(writer, content->text);
    } else if (content->class == WSYNC_CLASS_LIST) {
        wsync_write_number(writer, content->item_count, 4);
        for (size_t i = 0; i < content->item_count; i++) {
            wsync_write_number(writer, (uint64_t)content->items[i], 8);
        }
    }
    return WSYNC_OK;
}

static enum wsync_err write_life(struct digest *digest, const struct wsync_record *record,
                                 struct wsync_writer *writer)
{
    bool contested;
    struct wsync_dot other;
    uint8_t dot[CANONICAL_DOT_BYTES] = {0};
    enum wsync_life life = wsync_record_life(record, &contested, &other);
    if (life == WSYNC_LIFE_DUPLICATE) {
        enum wsync_err err = canonical_dot(digest->txn, other, dot);
        if (err != WSYNC_OK) {
            return err;
        }
    }
    wsync_write_number(writer, (uint64_t)life, 1);
    wsync_write_number(writer, contested, 1);
    wsync_write_bytes(writer, wsync_slice(dot, sizeof dot));
    return WSYNC_OK;
}

static size_t row_size(const struct wsync_record *record)
{
    size_t size = 64 + CANONICAL_DOT_BYTES;
    for (size_t i = 0; i < record->live_count; i++) {
        const struct wsync_value *value = &record->live[i].value;
        size +=
            VALUE_HEAD_BYTES + 16 + value->text.len + CANONICAL_DOT_BYTES * value->item_count;
    }
    return size;
}

/* Which values are private is a matter of the form, and forms stay. */
static bool is_personal(const struct wsync_form *form, uint32_t field)
{
    const struct wsync_field *found = form ? wsync_form_field(form, field) : NULL;
    return found && found->personal;
}

static enum wsync_err digest_record(struct digest *digest, struct wsync_catalog *catalog,
                                    const struct wsync_record *record)
{
    const struct wsync_form *form;
    size_t size = row_size(record);
    uint8_t *row = wsync_arena_get(digest->arena, size);
    struct canonical *values =
        wsync_arena_array(digest->arena, record->live_count, sizeof *values);
    if (!row || !values) {
        return WSYNC_ERR_MEMORY;
    }
    for (size_t i = 0; i < record->live_count; i++) {
        values[i].live = &record->live[i];
        enum wsync_err err = canonical_dot(digest->txn, record->live[i].dot, values[i].dot);
        if (err != WSYNC_OK) {
            return err;
        }
    }
    sort(values, record->live_count);
    enum wsync_err err =
        wsync_catalog_form(catalog, digest->txn, record->form, record->version, &form);
    struct wsync_writer writer = wsync_writer_over(row, size);
    wsync_write_number(&writer, record->id.seq, 8);
    wsync_write_number(&writer, record->id.op, 2);
    wsync_write_number(&writer, record->form, 4);
    wsync_write_number(&writer, record->version, 4);
    if (err == WSYNC_OK) {
        err = write_life(digest, record, &writer);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    for (size_t i = 0; i < record->live_count && err == WSYNC_OK; i++) {
        err =
            write_value(digest, &values[i], is_personal(form, values[i].live->field), &writer);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    digest_add(digest, "record", wsync_written(&writer));
    return WSYNC_OK;
}

static enum wsync_err digest_records(struct digest *digest, struct wsync_catalog *catalog,
                                     uint32_t log_no)
{
    struct wsync_dot from = {log_no, 0, 0};
    for (;;) { /* ends: each turn passes one record */
        size_t mark = wsync_arena_mark(digest->arena);
        struct wsync_record record;
        enum wsync_err err = wsync_record_seek(digest->txn, from, digest->arena, &record);
        if (err == WSYNC_ERR_NOT_FOUND || (err == WSYNC_OK && record.id.log_no != log_no)) {
            wsync_arena_release(digest->arena, mark);
            return WSYNC_OK;
        }
        if (err == WSYNC_OK) {
            err = digest_record(digest, catalog, &record);
        }
        wsync_arena_release(digest->arena, mark);
        if (err != WSYNC_OK) {
            return err;
        }
        from = record.id;
        from.op++;
    }
}

static enum wsync_err digest_quarantine(struct digest *digest, uint32_t log_no)
{
    enum { ROW_BYTES_MIN = 2 };
    uint8_t key[4];
    wsync_be_put(key, log_no, sizeof key);
    struct wsync_entry entry = {.key = wsync_slice(key, sizeof key)};
    for (;;) { /* ends: each turn passes one row */
        enum wsync_err err =
            wsync_txn_seek(digest->txn, WSYNC_TABLE_QUARANTINE, WSYNC_SEEK_GT, &entry);
        if (err == WSYNC_OK && entry.value.len < ROW_BYTES_MIN) {
            return WSYNC_ERR_CORRUPT;
        }
        if (err == WSYNC_ERR_NOT_FOUND ||
            (err == WSYNC_OK && wsync_be_get(entry.key.data, 4) != log_no)) {
            return WSYNC_OK;
        }
        if (err != WSYNC_OK) {
            return err;
        }
        uint8_t row[10];
        memcpy(row, entry.key.data + 4, 8);
        memcpy(row + 8, entry.value.data, 2);
        digest_add(digest, "quarantine", wsync_slice(row, sizeof row));
    }
}

static enum wsync_err digest_totals(struct digest *digest, uint32_t scope)
{
    struct wsync_entry entry = {.key = {NULL, 0}};
    for (;;) { /* ends: each turn passes one cell */
        enum wsync_err err =
            wsync_txn_seek(digest->txn, WSYNC_TABLE_TOTALS, WSYNC_SEEK_GT, &entry);
        if (err != WSYNC_OK) {
            return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
        }
        if (scope == 0 || wsync_be_get(entry.key.data + 8, 4) == scope) {
            digest_add(digest, "cell", entry.key);
            digest_add(digest, "totals", entry.value);
        }
    }
}

enum wsync_err wsync_ledger_digest(struct wsync_ledger *ledger, struct wsync_txn *txn,
                                   struct wsync_arena *arena, uint32_t scope,
                                   struct wsync_hash *hash)
{
    struct digest digest = {.txn = txn, .arena = arena};
    struct wsync_log log;
    const struct wsync_log_id *after = NULL;
    struct wsync_log_id at;
    for (;;) { /* ends: each turn passes one log */
        enum wsync_err err = wsync_log_after(txn, after, &log);
        if (err == WSYNC_ERR_NOT_FOUND) {
            break;
        }
        bool counts = log.seq > 0; /* all of it may be put aside */
        if (err == WSYNC_OK && counts && (scope == 0 || log.scope == scope)) {
            digest_add(&digest, "log", WSYNC_BYTES(log.id));
            err = digest_records(&digest, ledger->catalog, log.no);
            if (err == WSYNC_OK) {
                err = digest_quarantine(&digest, log.no);
            }
        }
        if (err != WSYNC_OK) {
            return err;
        }
        at = log.id;
        after = &at;
    }
    enum wsync_err err = digest_totals(&digest, scope);
    *hash = digest.hash;
    return err;
}
