/* SPDX-License-Identifier: Apache-2.0 */
#include "wardsync/log.h"

#include <string.h>

#include "core/bytes.h"

/* Rows.  LOGS: id, known, scope, device, key, seq, hash, stamp, roster version, references.
 * CHANGES: seq 0: hash, genesis; else hash, stamp, state, private state, block public part, and
 * salt with block private part, or the private hash. */
enum {
    LOG_ROW_BYTES = 16 + 1 + 4 + 16 + 32 + 8 + 32 + 8 + 8 + 4,
    CHANGE_ROW_BYTES_MAX = 32 + 8 + 2 + 4 + WSYNC_PAYLOAD_BYTES_MAX + 16 + 4 + 32,
    STATE_OFFSET = 32 + 8,
    CHANGE_KEY_BYTES = 12,
    REFERENCE_ROW_BYTES = 4 + 8 + WSYNC_HASH_PREFIX_BYTES + 8,
    SEAL_ROW_BYTES = 16 + 8 + 32 + 64,
};

struct key {
    uint8_t b[CHANGE_KEY_BYTES];
};

static struct wsync_slice change_key(struct key *key, uint32_t log_no, uint64_t seq)
{
    wsync_be_put(key->b, log_no, 4);
    wsync_be_put(key->b + 4, seq, 8);
    return wsync_slice(key->b, sizeof key->b);
}

static enum wsync_err read_log(struct wsync_slice row, uint32_t log_no, struct wsync_log *log)
{
    struct wsync_reader reader = wsync_reader_over(row);
    *log = (struct wsync_log){.no = log_no};
    wsync_read_into(&reader, log->id.b, sizeof log->id.b);
    log->known = wsync_read_number(&reader, 1) != 0;
    log->scope = (uint32_t)wsync_read_number(&reader, 4);
    wsync_read_into(&reader, log->device.b, sizeof log->device.b);
    wsync_read_into(&reader, log->signing_key.b, sizeof log->signing_key.b);
    log->seq = wsync_read_number(&reader, 8);
    wsync_read_into(&reader, log->hash.b, sizeof log->hash.b);
    log->stamp = (int64_t)wsync_read_number(&reader, 8);
    log->roster_version = wsync_read_number(&reader, 8);
    log->reference_count = (uint32_t)wsync_read_number(&reader, 4);
    return wsync_read_whole(&reader) ? WSYNC_OK : WSYNC_ERR_CORRUPT;
}

enum wsync_err wsync_log_get(struct wsync_txn *txn, uint32_t log_no, struct wsync_log *log)
{
    uint8_t key[4];
    struct wsync_slice row;
    wsync_be_put(key, log_no, sizeof key);
    enum wsync_err err =
        wsync_txn_get(txn, WSYNC_TABLE_LOGS, wsync_slice(key, sizeof key), &row);
    return err == WSYNC_OK ? read_log(row, log_no, log) : err;
}

/* The log of a row of LOG_NUMBERS.  Each names the other: with a damaged id on either side a
 * walk in the order of ids would go round for ever. */
static enum wsync_err log_named(struct wsync_txn *txn, const struct wsync_log_id *id,
                                struct wsync_slice row, struct wsync_log *log)
{
    if (row.len != 4) {
        return WSYNC_ERR_CORRUPT;
    }
    enum wsync_err err = wsync_log_get(txn, (uint32_t)wsync_be_get(row.data, 4), log);
    return err == WSYNC_OK && !wsync_log_id_equal(&log->id, id) ? WSYNC_ERR_CORRUPT : err;
}

enum wsync_err wsync_log_find(struct wsync_txn *txn, const struct wsync_log_id *id,
                              struct wsync_log *log)
{
    struct wsync_slice row;
    enum wsync_err err = wsync_txn_get(txn, WSYNC_TABLE_LOG_NUMBERS, WSYNC_BYTES(*id), &row);
    return err == WSYNC_OK ? log_named(txn, id, row, log) : err;
}

enum wsync_err wsync_log_put(struct wsync_txn *txn, const struct wsync_log *log)
{
    uint8_t key[4];
    uint8_t row[LOG_ROW_BYTES];
    struct wsync_writer writer = wsync_writer_over(row, sizeof row);
    wsync_be_put(key, log->no, sizeof key);
    wsync_write_bytes(&writer, WSYNC_BYTES(log->id));
    wsync_write_number(&writer, log->known, 1);
    wsync_write_number(&writer, log->scope, 4);
    wsync_write_bytes(&writer, WSYNC_BYTES(log->device));
    wsync_write_bytes(&writer, WSYNC_BYTES(log->signing_key));
    wsync_write_number(&writer, log->seq, 8);
    wsync_write_bytes(&writer, WSYNC_BYTES(log->hash));
    wsync_write_number(&writer, (uint64_t)log->stamp, 8);
    wsync_write_number(&writer, log->roster_version, 8);
    wsync_write_number(&writer, log->reference_count, 4);
    return wsync_txn_put(txn, WSYNC_TABLE_LOGS, wsync_slice(key, sizeof key),
                         wsync_written(&writer));
}

enum wsync_err wsync_log_last_no(struct wsync_txn *txn, uint32_t *no)
{
    struct wsync_entry last = {.key = {NULL, 0}};
    *no = 0;
    enum wsync_err err = wsync_txn_seek(txn, WSYNC_TABLE_LOGS, WSYNC_SEEK_LE, &last);
    if (err == WSYNC_OK) {
        *no = (uint32_t)wsync_be_get(last.key.data, last.key.len);
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

enum wsync_err wsync_log_intern(struct wsync_txn *txn, const struct wsync_log_id *id,
                                struct wsync_log *log)
{
    enum wsync_err err = wsync_log_find(txn, id, log);
    if (err != WSYNC_ERR_NOT_FOUND) {
        return err;
    }
    uint32_t before;
    uint8_t number[4];
    err = wsync_log_last_no(txn, &before);
    if (err != WSYNC_OK) {
        return err;
    }
    if (before + 1 >= WSYNC_LOGS_MAX) {
        return WSYNC_ERR_STORE_FULL;
    }
    *log = (struct wsync_log){.no = before + 1, .id = *id};
    wsync_be_put(number, log->no, sizeof number);
    err = wsync_txn_put(txn, WSYNC_TABLE_LOG_NUMBERS, WSYNC_BYTES(*id),
                        wsync_slice(number, sizeof number));
    return err == WSYNC_OK ? wsync_log_put(txn, log) : err;
}

enum wsync_err wsync_log_open(struct wsync_txn *txn, struct wsync_slice bytes,
                              const struct wsync_genesis *genesis, struct wsync_log *log)
{
    struct wsync_hash start = wsync_chain_start(bytes);
    struct wsync_log_id id = wsync_chain_log_id(&start);
    enum wsync_err err = wsync_log_intern(txn, &id, log);
    if (err != WSYNC_OK) {
        return err;
    }
    WSYNC_ASSERT(!log->known);
    log->known = true;
    log->scope = genesis->scope;
    log->device = genesis->device;
    log->signing_key = genesis->signing_key;
    log->hash = start;
    log->stamp = genesis->stamp;
    log->roster_version = genesis->roster_version;
    struct key key;
    uint8_t row[WSYNC_HASH_BYTES + WSYNC_GENESIS_BYTES_MAX];
    struct wsync_writer writer = wsync_writer_over(row, sizeof row);
    wsync_write_bytes(&writer, WSYNC_BYTES(start));
    wsync_write_bytes(&writer, bytes);
    err = wsync_txn_put(txn, WSYNC_TABLE_CHANGES, change_key(&key, log->no, 0),
                        wsync_written(&writer));
    return err == WSYNC_OK ? wsync_log_put(txn, log) : err;
}

enum wsync_err wsync_log_append(struct wsync_txn *txn, struct wsync_log *log,
                                const struct wsync_change *change)
{
    uint8_t row[CHANGE_ROW_BYTES_MAX];
    struct key key;
    struct wsync_writer writer = wsync_writer_over(row, sizeof row);
    const struct wsync_raw_change *raw = &change->raw;
    wsync_write_bytes(&writer, WSYNC_BYTES(change->hash));
    wsync_write_number(&writer, (uint64_t)change->stamp, 8);
    wsync_write_number(&writer, (uint64_t)change->state, 1);
    wsync_write_number(&writer, (uint64_t)raw->private_state, 1);
    wsync_write_block(&writer, raw->public_part);
    if (raw->private_state == WSYNC_PRIVATE_HELD) {
        wsync_write_bytes(&writer, WSYNC_BYTES(raw->salt));
        wsync_write_block(&writer, raw->private_part);
    } else if (raw->private_state == WSYNC_PRIVATE_ERASED) {
        wsync_write_bytes(&writer, WSYNC_BYTES(raw->private_hash));
    }
    enum wsync_err err =
        wsync_txn_put(txn, WSYNC_TABLE_CHANGES, change_key(&key, log->no, log->seq + 1),
                      wsync_written(&writer));
    if (err != WSYNC_OK) {
        return err;
    }
    log->seq++;
    log->hash = change->hash;
    log->stamp = change->stamp;
    return WSYNC_OK;
}

static enum wsync_err get_row(struct wsync_txn *txn, uint32_t log_no, uint64_t seq,
                              struct wsync_slice *row)
{
    struct key key;
    enum wsync_err err =
        wsync_txn_get(txn, WSYNC_TABLE_CHANGES, change_key(&key, log_no, seq), row);
    return err == WSYNC_OK && row->len < WSYNC_HASH_BYTES ? WSYNC_ERR_CORRUPT : err;
}

enum wsync_err wsync_log_genesis(struct wsync_txn *txn, uint32_t log_no,
                                 struct wsync_slice *bytes)
{
    struct wsync_slice row;
    enum wsync_err err = get_row(txn, log_no, 0, &row);
    if (err == WSYNC_OK) {
        *bytes = wsync_slice(row.data + WSYNC_HASH_BYTES, row.len - WSYNC_HASH_BYTES);
    }
    return err;
}

enum wsync_err wsync_log_hash(struct wsync_txn *txn, uint32_t log_no, uint64_t seq,
                              struct wsync_hash *hash)
{
    struct wsync_slice row;
    enum wsync_err err = get_row(txn, log_no, seq, &row);
    if (err == WSYNC_OK) {
        memcpy(hash->b, row.data, sizeof hash->b);
    }
    return err;
}

enum wsync_err wsync_log_change(struct wsync_txn *txn, uint32_t log_no, uint64_t seq,
                                struct wsync_change *change)
{
    struct wsync_slice row;
    WSYNC_ASSERT(seq > 0);
    enum wsync_err err = get_row(txn, log_no, seq, &row);
    if (err != WSYNC_OK) {
        return err;
    }
    struct wsync_reader reader = wsync_reader_over(row);
    struct wsync_raw_change *raw = &change->raw;
    *change = (struct wsync_change){.stamp = 0};
    wsync_read_into(&reader, change->hash.b, sizeof change->hash.b);
    change->stamp = (int64_t)wsync_read_number(&reader, 8);
    change->state = (enum wsync_change_state)wsync_read_number(&reader, 1);
    raw->private_state = (enum wsync_private_state)wsync_read_number(&reader, 1);
    raw->public_part = wsync_read_block(&reader);
    if (raw->private_state == WSYNC_PRIVATE_HELD) {
        wsync_read_into(&reader, raw->salt.b, sizeof raw->salt.b);
        raw->private_part = wsync_read_block(&reader);
    } else if (raw->private_state == WSYNC_PRIVATE_ERASED) {
        wsync_read_into(&reader, raw->private_hash.b, sizeof raw->private_hash.b);
    }
    return wsync_read_whole(&reader) ? WSYNC_OK : WSYNC_ERR_CORRUPT;
}

enum wsync_err wsync_log_set_state(struct wsync_txn *txn, uint32_t log_no, uint64_t seq,
                                   enum wsync_change_state state)
{
    struct wsync_slice row;
    struct key key;
    uint8_t copy[CHANGE_ROW_BYTES_MAX];
    enum wsync_err err = get_row(txn, log_no, seq, &row);
    if (err != WSYNC_OK) {
        return err;
    }
    if (row.len <= STATE_OFFSET || row.len > sizeof copy) {
        return WSYNC_ERR_CORRUPT;
    }
    memcpy(copy, row.data, row.len);
    copy[STATE_OFFSET] = (uint8_t)state;
    return wsync_txn_put(txn, WSYNC_TABLE_CHANGES, change_key(&key, log_no, seq),
                         wsync_slice(copy, row.len));
}

enum wsync_err wsync_log_add_reference(struct wsync_txn *txn, struct wsync_log *log,
                                       const struct wsync_reference *reference)
{
    struct wsync_log target;
    uint8_t key[8];
    uint8_t row[REFERENCE_ROW_BYTES];
    enum wsync_err err = wsync_log_intern(txn, &reference->log, &target);
    if (err != WSYNC_OK) {
        return err;
    }
    log->reference_count++;
    wsync_be_put(key, log->no, 4);
    wsync_be_put(key + 4, log->reference_count, 4);
    wsync_be_put(row, target.no, 4);
    wsync_be_put(row + 4, reference->seq, 8);
    memcpy(row + 12, reference->hash.b, sizeof reference->hash.b);
    wsync_be_put(row + 12 + WSYNC_HASH_PREFIX_BYTES, log->seq + 1, 8);
    return wsync_txn_put(txn, WSYNC_TABLE_REFERENCES, wsync_slice(key, sizeof key),
                         wsync_slice(row, sizeof row));
}

enum wsync_err wsync_log_reference(struct wsync_txn *txn, uint32_t log_no, uint32_t index,
                                   struct wsync_target *target)
{
    uint8_t key[8];
    struct wsync_slice row;
    wsync_be_put(key, log_no, 4);
    wsync_be_put(key + 4, index, 4);
    enum wsync_err err =
        wsync_txn_get(txn, WSYNC_TABLE_REFERENCES, wsync_slice(key, sizeof key), &row);
    if (err != WSYNC_OK) {
        return err;
    }
    struct wsync_reader reader = wsync_reader_over(row);
    target->log_no = (uint32_t)wsync_read_number(&reader, 4);
    target->seq = wsync_read_number(&reader, 8);
    wsync_read_into(&reader, target->hash.b, sizeof target->hash.b);
    target->since = wsync_read_number(&reader, 8);
    return wsync_read_whole(&reader) ? WSYNC_OK : WSYNC_ERR_CORRUPT;
}

enum wsync_err wsync_log_put_seal(struct wsync_txn *txn, uint32_t log_no,
                                  const struct wsync_seal *seal)
{
    struct key key;
    uint8_t row[SEAL_ROW_BYTES];
    struct wsync_writer writer = wsync_writer_over(row, sizeof row);
    wsync_write_bytes(&writer,
                      wsync_slice(seal->checkpoint.tree, sizeof seal->checkpoint.tree));
    wsync_write_number(&writer, seal->checkpoint.size, 8);
    wsync_write_bytes(&writer, WSYNC_BYTES(seal->checkpoint.root));
    wsync_write_bytes(&writer, WSYNC_BYTES(seal->signature));
    return wsync_txn_put(txn, WSYNC_TABLE_SEALS, change_key(&key, log_no, seal->seq),
                         wsync_written(&writer));
}

enum wsync_err wsync_log_next_seal(struct wsync_txn *txn, uint32_t log_no, uint64_t seq,
                                   struct wsync_seal *seal)
{
    struct key key;
    struct wsync_entry entry = {.key = change_key(&key, log_no, seq)};
    enum wsync_err err = wsync_txn_seek(txn, WSYNC_TABLE_SEALS, WSYNC_SEEK_GE, &entry);
    if (err != WSYNC_OK) {
        return err;
    }
    if (wsync_be_get(entry.key.data, 4) != log_no) {
        return WSYNC_ERR_NOT_FOUND;
    }
    struct wsync_reader reader = wsync_reader_over(entry.value);
    seal->seq = wsync_be_get(entry.key.data + 4, 8);
    wsync_read_into(&reader, seal->checkpoint.tree, sizeof seal->checkpoint.tree);
    seal->checkpoint.size = wsync_read_number(&reader, 8);
    wsync_read_into(&reader, seal->checkpoint.root.b, sizeof seal->checkpoint.root.b);
    wsync_read_into(&reader, seal->signature.b, sizeof seal->signature.b);
    return wsync_read_whole(&reader) ? WSYNC_OK : WSYNC_ERR_CORRUPT;
}

enum wsync_err wsync_log_sealed_before(struct wsync_txn *txn, uint32_t log_no, uint64_t seq,
                                       uint64_t *sealed)
{
    struct key key;
    struct wsync_entry entry = {.key = change_key(&key, log_no, seq)};
    enum wsync_err err = wsync_txn_seek(txn, WSYNC_TABLE_SEALS, WSYNC_SEEK_LT, &entry);
    bool found = err == WSYNC_OK && wsync_be_get(entry.key.data, 4) == log_no;
    *sealed = found ? wsync_be_get(entry.key.data + 4, 8) : 0;
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* The first row of a table at or behind (number, at); NOT_FOUND when it is another number's. */
static enum wsync_err row_at(struct wsync_txn *txn, enum wsync_table table, struct key *key,
                             struct wsync_entry *entry)
{
    size_t len = table == WSYNC_TABLE_REFERENCES ? 8 : CHANGE_KEY_BYTES;
    entry->key = wsync_slice(key->b, len);
    enum wsync_err err = wsync_txn_seek(txn, table, WSYNC_SEEK_GE, entry);
    if (err == WSYNC_OK && memcmp(entry->key.data, key->b, 4) != 0) {
        return WSYNC_ERR_NOT_FOUND;
    }
    if (err == WSYNC_OK) {
        memcpy(key->b, entry->key.data, len);
        entry->key = wsync_slice(key->b, len);
    }
    return err;
}

/* Moves rows to another number, or removes them (`to` 0). */
static enum wsync_err move_rows(struct wsync_txn *txn, enum wsync_table table, struct key from,
                                uint32_t to)
{
    struct wsync_entry entry;
    enum wsync_err err;
    while ((err = row_at(txn, table, &from, &entry)) == WSYNC_OK) { /* ends: each one goes */
        uint8_t copy[CHANGE_ROW_BYTES_MAX];
        struct key key = from;
        if (entry.value.len > sizeof copy) {
            return WSYNC_ERR_CORRUPT;
        }
        memcpy(copy, entry.value.data, entry.value.len);
        wsync_be_put(key.b, to, 4);
        err = wsync_txn_del(txn, table, entry.key);
        if (err == WSYNC_OK && to != 0) {
            err = wsync_txn_put(txn, table, wsync_slice(key.b, entry.key.len),
                                wsync_slice(copy, entry.value.len));
        }
        if (err != WSYNC_OK) {
            return err;
        }
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* Copies the rows from `key` on up to `last` to another number, or removes them (`to` 0). */
static enum wsync_err copy_rows(struct wsync_txn *txn, enum wsync_table table, struct key key,
                                uint64_t last, uint32_t to)
{
    struct wsync_entry entry;
    enum wsync_err err;
    while ((err = row_at(txn, table, &key, &entry)) == WSYNC_OK) { /* ends: the key rises */
        uint8_t copy[CHANGE_ROW_BYTES_MAX];
        uint64_t seq = wsync_be_get(key.b + 4, 8);
        struct key other = key;
        if (seq > last) {
            return WSYNC_OK;
        }
        if (entry.value.len > sizeof copy) {
            return WSYNC_ERR_CORRUPT;
        }
        memcpy(copy, entry.value.data, entry.value.len);
        wsync_be_put(other.b, to, 4);
        err = to == 0 ? wsync_txn_del(txn, table, entry.key)
                      : wsync_txn_put(txn, table, wsync_slice(other.b, sizeof other.b),
                                      wsync_slice(copy, entry.value.len));
        if (err != WSYNC_OK) {
            return err;
        }
        wsync_be_put(key.b + 4, seq + 1, 8);
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

enum wsync_err wsync_log_copy(struct wsync_txn *txn, uint32_t from, uint32_t to, uint64_t first,
                              uint64_t last)
{
    struct key key;
    change_key(&key, from, first);
    enum wsync_err err = copy_rows(txn, WSYNC_TABLE_CHANGES, key, last, to);
    return err == WSYNC_OK ? copy_rows(txn, WSYNC_TABLE_SEALS, key, last, to) : err;
}

enum wsync_err wsync_log_drop_until(struct wsync_txn *txn, uint32_t log_no, uint64_t last)
{
    return wsync_log_copy(txn, log_no, 0, 0, last);
}

enum wsync_err wsync_log_references_before(struct wsync_txn *txn, uint32_t log_no, uint64_t seq,
                                           uint32_t *count)
{
    for (*count = 0;; (*count)++) { /* ends: the table does, and its entries ascend */
        struct wsync_target target;
        enum wsync_err err = wsync_log_reference(txn, log_no, *count + 1, &target);
        if (err != WSYNC_OK || target.since >= seq) {
            return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
        }
    }
}

enum wsync_err wsync_log_move(struct wsync_txn *txn, uint32_t from, uint32_t to, uint64_t first)
{
    struct key key;
    uint32_t index;
    change_key(&key, from, first);
    enum wsync_err err = move_rows(txn, WSYNC_TABLE_CHANGES, key, to);
    if (err == WSYNC_OK) {
        err = move_rows(txn, WSYNC_TABLE_SEALS, key, to);
    }
    if (err == WSYNC_OK) {
        err = wsync_log_references_before(txn, from, first, &index);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    wsync_be_put(key.b + 4, index + 1, 4);
    return move_rows(txn, WSYNC_TABLE_REFERENCES, key, 0);
}

enum wsync_err wsync_log_drop(struct wsync_txn *txn, uint32_t log_no)
{
    return wsync_log_move(txn, log_no, 0, 0);
}

/* HELD: log number -> seq. */
enum wsync_err wsync_held_get(struct wsync_txn *txn, uint32_t log_no, uint64_t *seq)
{
    uint8_t key[4];
    struct wsync_slice row;
    wsync_be_put(key, log_no, sizeof key);
    *seq = 0;
    enum wsync_err err =
        wsync_txn_get(txn, WSYNC_TABLE_HELD, wsync_slice(key, sizeof key), &row);
    if (err == WSYNC_OK) {
        *seq = wsync_be_get(row.data, row.len);
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

enum wsync_err wsync_held_put(struct wsync_txn *txn, uint32_t log_no, uint64_t seq)
{
    uint8_t key[4];
    uint8_t row[8];
    wsync_be_put(key, log_no, sizeof key);
    wsync_be_put(row, seq, sizeof row);
    return wsync_txn_put(txn, WSYNC_TABLE_HELD, wsync_slice(key, sizeof key),
                         wsync_slice(row, sizeof row));
}

enum wsync_err wsync_log_after(struct wsync_txn *txn, const struct wsync_log_id *after,
                               struct wsync_log *log)
{
    struct wsync_log_id at = {{0}};
    struct wsync_entry entry = {.key = {NULL, 0}};
    if (after) {
        at = *after;
        entry.key = WSYNC_BYTES(at);
    }
    for (;;) { /* ends: each turn passes one log of the store */
        enum wsync_err err =
            wsync_txn_seek(txn, WSYNC_TABLE_LOG_NUMBERS, WSYNC_SEEK_GT, &entry);
        if (err != WSYNC_OK) {
            return err;
        }
        memcpy(at.b, entry.key.data, sizeof at.b);
        entry.key = WSYNC_BYTES(at);
        err = log_named(txn, &at, entry.value, log);
        if (err != WSYNC_OK || log->known) {
            return err;
        }
    }
}
