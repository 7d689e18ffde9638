/* SPDX-License-Identifier: Apache-2.0 */
/* A device takes the place of the one that this store was of (SPEC section 13.5): what that one
 * wrote and did not hand in is noted, so that nothing which comes later is taken for it. */
#include <string.h>

#include "core/bytes.h"
#include "core/origin.h"
#include "core/settle_parts.h"
#include "wardsync/rotation.h"

/* META: "mine" log id -> first seq, last seq and hash. */
enum { NAME_BYTES = 4, KEY_BYTES = NAME_BYTES + WSYNC_LOG_ID_BYTES };
static const char NAME[] = "mine";

static struct wsync_slice key_of(uint8_t key[KEY_BYTES], const struct wsync_log_id *log)
{
    memcpy(key, NAME, NAME_BYTES);
    memcpy(key + NAME_BYTES, log->b, sizeof log->b);
    return wsync_slice(key, KEY_BYTES);
}

enum wsync_err wsync_unsent_get(struct wsync_txn *txn, const struct wsync_log_id *log,
                                struct wsync_unsent *unsent)
{
    uint8_t key[KEY_BYTES];
    struct wsync_slice row;
    enum wsync_err err = wsync_txn_get(txn, WSYNC_TABLE_META, key_of(key, log), &row);
    if (err != WSYNC_OK) {
        return err;
    }
    struct wsync_reader reader = wsync_reader_over(row);
    unsent->first = wsync_read_number(&reader, 8);
    unsent->last.log = *log;
    unsent->last.seq = wsync_read_number(&reader, 8);
    wsync_read_into(&reader, unsent->last.hash.b, sizeof unsent->last.hash.b);
    bool whole = wsync_read_whole(&reader) && unsent->first > 0;
    return whole ? WSYNC_OK : WSYNC_ERR_CORRUPT;
}

static enum wsync_err queue(struct wsync_txn *txn, const struct wsync_log *log)
{
    struct wsync_unsent unsent;
    enum wsync_err err = wsync_unsent_get(txn, &log->id, &unsent);
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    const struct wsync_cause again = {WSYNC_CAUSE_AGAIN, log->no,
                                      (uint64_t)WSYNC_AGAIN_UNSENT << 56 | unsent.first};
    return wsync_work_put(txn, &again);
}

enum wsync_err wsync_unsent_queue(struct wsync_txn *txn, const struct wsync_log *log)
{
    uint8_t key[KEY_BYTES];
    struct wsync_entry entry = {.key = wsync_slice_of(NAME)};
    enum wsync_err err = log ? queue(txn, log) : WSYNC_OK;
    while (!log && err == WSYNC_OK) { /* ends: each turn passes one row */
        struct wsync_log_id id;
        struct wsync_log its;
        err = wsync_txn_seek(txn, WSYNC_TABLE_META, WSYNC_SEEK_GT, &entry);
        if (err != WSYNC_OK || entry.key.len != sizeof key ||
            memcmp(entry.key.data, NAME, NAME_BYTES) != 0) {
            return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
        }
        memcpy(key, entry.key.data, sizeof key);
        entry.key = wsync_slice(key, sizeof key);
        memcpy(id.b, key + NAME_BYTES, sizeof id.b);
        err = wsync_log_find(txn, &id, &its);
        if (err != WSYNC_OK) {
            return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
        }
        err = queue(txn, &its);
    }
    return err;
}

enum wsync_err wsync_unsent_note(struct wsync_txn *txn, const struct wsync_log *log)
{
    uint8_t key[KEY_BYTES];
    uint8_t row[8 + 8 + WSYNC_HASH_BYTES];
    uint64_t held;
    enum wsync_err err = wsync_held_get(txn, log->no, &held);
    if (err != WSYNC_OK || held >= log->seq) {
        return err;
    }
    struct wsync_writer writer = wsync_writer_over(row, sizeof row);
    wsync_write_number(&writer, held + 1, 8);
    wsync_write_number(&writer, log->seq, 8);
    wsync_write_bytes(&writer, WSYNC_BYTES(log->hash));
    return wsync_txn_put(txn, WSYNC_TABLE_META, key_of(key, &log->id), wsync_written(&writer));
}

/* Removes the rows of META that begin so. */
static enum wsync_err forget(struct wsync_txn *txn, const char *name)
{
    struct wsync_slice prefix = wsync_slice_of(name);
    for (;;) { /* ends: each turn removes a row */
        uint8_t key[WSYNC_KEY_BYTES_MAX];
        struct wsync_entry entry = {.key = prefix};
        enum wsync_err err = wsync_txn_seek(txn, WSYNC_TABLE_META, WSYNC_SEEK_GT, &entry);
        if (err != WSYNC_OK || !wsync_slice_starts(entry.key, prefix) ||
            entry.key.len != prefix.len + 4) {
            return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
        }
        memcpy(key, entry.key.data, entry.key.len);
        err = wsync_txn_del(txn, WSYNC_TABLE_META, wsync_slice(key, entry.key.len));
        if (err != WSYNC_OK) {
            return err;
        }
    }
}

/* What a key wrote that waited and that nobody will name any more can be shown to no one: a
 * copy of it would wait for its original for ever, so it stays here, set apart. */
static enum wsync_err note(struct wsync_txn *txn, const struct wsync_log *log)
{
    struct wsync_device device;
    enum wsync_err err = wsync_device_get(txn, &log->device, &device);
    bool named =
        err == WSYNC_OK && wsync_device_key_at(&device, &log->signing_key) < device.key_count;
    return named ? wsync_unsent_note(txn, log) : err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

enum wsync_err wsync_rejoin_begin(struct wsync_txn *txn, const struct wsync_identity *identity)
{
    static const char *const OF_A_UNIT[] = {"own", "old", "said"};
    struct wsync_log_id at;
    struct wsync_log log;
    const struct wsync_log_id *after = NULL;
    enum wsync_err err = wsync_rotation_forget(txn);
    if (err == WSYNC_OK) {
        err = wsync_seal_own(txn, identity);
    }
    while (err == WSYNC_OK) { /* ends: each turn passes one log */
        err = wsync_log_after(txn, after, &log);
        if (err == WSYNC_OK && wsync_device_id_equal(&log.device, &identity->device)) {
            err = note(txn, &log);
        }
        at = log.id;
        after = &at;
    }
    err = err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    for (size_t i = 0; i < sizeof OF_A_UNIT / sizeof *OF_A_UNIT && err == WSYNC_OK; i++) {
        err = forget(txn, OF_A_UNIT[i]);
    }
    return err;
}
