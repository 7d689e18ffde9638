/* SPDX-License-Identifier: Apache-2.0 */
#include "host/heads.h"

#include <string.h>

#include "wardsync/chain.h"

enum { LOG_KEY_BYTES = 4, CHANGE_KEY_BYTES = 12 };

static void put(uint8_t *out, uint64_t number, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        out[i] = (uint8_t)(number >> (8 * (len - 1 - i)));
    }
}

/* Do the bytes of the last change, behind the one before it, give the head's hash? */
static enum wsync_err check_link(struct wsync_txn *txn, const struct wsync_log *log, bool *good)
{
    struct wsync_hash before;
    struct wsync_change last;
    if (log->seq == 0) { /* the hash of the genesis is the head's */
        return WSYNC_OK;
    }
    enum wsync_err err = wsync_log_change(txn, log->no, log->seq, &last);
    if (err == WSYNC_OK) {
        err = wsync_log_hash(txn, log->no, log->seq - 1, &before);
    }
    if (err == WSYNC_OK) {
        struct wsync_hash hash = wsync_chain_next(&log->id, log->seq, &before, &last.raw);
        *good = wsync_hash_equal(&hash, &log->hash);
    }
    return err;
}

/* Is the change at the head the last one kept, with the head's hash, behind the one before? */
static enum wsync_err check_log(struct wsync_txn *txn, const struct wsync_log *log, bool *good)
{
    uint8_t key[CHANGE_KEY_BYTES];
    uint8_t after[CHANGE_KEY_BYTES];
    struct wsync_hash hash;
    put(key, log->no, LOG_KEY_BYTES);
    put(key + LOG_KEY_BYTES, UINT64_MAX, 8);
    put(after, log->no, LOG_KEY_BYTES);
    put(after + LOG_KEY_BYTES, log->seq, 8);
    struct wsync_entry last = {.key = wsync_slice(key, sizeof key)};
    enum wsync_err err = wsync_txn_seek(txn, WSYNC_TABLE_CHANGES, WSYNC_SEEK_LE, &last);
    *good = err == WSYNC_OK && wsync_slice_equal(last.key, wsync_slice(after, sizeof after));
    if (*good) {
        err = wsync_log_hash(txn, log->no, log->seq, &hash);
        *good = err == WSYNC_OK && wsync_hash_equal(&hash, &log->hash);
    }
    if (*good) {
        err = check_link(txn, log, good);
        *good = *good && err == WSYNC_OK;
    }
    return err == WSYNC_ERR_NOT_FOUND || err == WSYNC_ERR_CORRUPT ? WSYNC_OK : err;
}

static enum wsync_err say(const struct wsync_log *log, struct wsync_error *error)
{
    char digits[9];
    wsync_hex_encode(wsync_slice(log->id.b, 4), digits);
    return wsync_error_set(error, WSYNC_ERR_CORRUPT,
                           "The store is damaged: log %s does not end at change %llu with the "
                           "hash that is noted for it.  Put a backup of the data directory, or "
                           "another copy of it, in place; nothing that was sent is lost.  "
                           "\"verify\" names everything that is damaged.",
                           digits, (unsigned long long)log->seq);
}

static enum wsync_err check_all(struct wsync_txn *txn, struct wsync_error *error)
{
    struct wsync_entry entry = {.key = {NULL, 0}};
    enum wsync_err err;
    while ((err = wsync_txn_seek(txn, WSYNC_TABLE_LOGS, WSYNC_SEEK_GT, &entry)) == WSYNC_OK) {
        struct wsync_log log;
        bool good = true;
        uint32_t no = 0;
        for (size_t i = 0; i < entry.key.len; i++) {
            no = no << 8 | entry.key.data[i];
        }
        err = wsync_log_get(txn, no, &log);
        if (err == WSYNC_OK && log.known) {
            err = check_log(txn, &log, &good);
        }
        if (err != WSYNC_OK) {
            return wsync_error_set(error, err, "The store's list of logs cannot be read: %s",
                                   wsync_err_text(err, WSYNC_EN));
        }
        if (!good) {
            return say(&log, error);
        }
    }
    return err == WSYNC_ERR_NOT_FOUND
               ? WSYNC_OK
               : wsync_error_set(error, err, "The store's list of logs cannot be read: %s",
                                 wsync_err_text(err, WSYNC_EN));
}

enum wsync_err wsync_heads_check(struct wsync_store *store, struct wsync_error *error)
{
    struct wsync_txn *txn;
    enum wsync_err err = wsync_store_begin(store, WSYNC_TXN_READ, &txn);
    if (err != WSYNC_OK) {
        return wsync_error_set(error, err, "The store cannot be read: %s",
                               wsync_err_text(err, WSYNC_EN));
    }
    err = check_all(txn, error);
    wsync_txn_abort(txn);
    return err;
}
