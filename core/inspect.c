/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "core/bytes.h"
#include "wardsync/ledger.h"

enum { HISTORY_KEY_BYTES = 2 * WSYNC_RECORD_KEY_BYTES, CHANGE_BYTES = 12 };

enum wsync_err wsync_ledger_history(struct wsync_txn *txn, struct wsync_dot record,
                                    enum wsync_err (*visit)(void *, struct wsync_dot),
                                    void *context)
{
    uint8_t key[HISTORY_KEY_BYTES];
    struct wsync_slice prefix = wsync_record_key(record, key);
    struct wsync_entry entry = {.key = prefix};
    enum wsync_err err = visit(context, record);
    while (err == WSYNC_OK) { /* ends: each turn passes one row */
        err = wsync_txn_seek(txn, WSYNC_TABLE_HISTORY, WSYNC_SEEK_GT, &entry);
        if (err == WSYNC_ERR_NOT_FOUND) {
            return WSYNC_OK;
        }
        if (err != WSYNC_OK || !wsync_slice_starts(entry.key, prefix)) {
            return err;
        }
        err = visit(context,
                    wsync_record_of_key(wsync_slice(entry.key.data + WSYNC_RECORD_KEY_BYTES,
                                                    WSYNC_RECORD_KEY_BYTES)));
    }
    return err;
}

/* Rows of WAITING, of one log (0: of all), that are not merged changes with a base to come. */
static enum wsync_err count_waiting(struct wsync_txn *txn, uint32_t log_no, uint64_t *waiting)
{
    struct wsync_entry entry = {.key = {NULL, 0}};
    *waiting = 0;
    for (;;) { /* ends: each turn passes one row */
        enum wsync_err err = wsync_txn_seek(txn, WSYNC_TABLE_WAITING, WSYNC_SEEK_GT, &entry);
        if (err != WSYNC_OK) {
            return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
        }
        struct wsync_change change;
        const uint8_t *tail = entry.key.data + entry.key.len - CHANGE_BYTES;
        if (log_no != 0 && wsync_be_get(tail, 4) != log_no) {
            continue;
        }
        err = wsync_log_change(txn, (uint32_t)wsync_be_get(tail, 4), wsync_be_get(tail + 4, 8),
                               &change);
        if (err != WSYNC_OK) {
            return err;
        }
        *waiting += change.state == WSYNC_CHANGE_WAITING;
    }
}

enum wsync_err wsync_ledger_unsettled(struct wsync_txn *txn, uint64_t *waiting,
                                      uint64_t *quarantined)
{
    struct wsync_entry entry = {.key = {NULL, 0}};
    enum wsync_err err = count_waiting(txn, 0, waiting);
    *quarantined = 0;
    while (err == WSYNC_OK) { /* ends: each turn passes one row */
        err = wsync_txn_seek(txn, WSYNC_TABLE_QUARANTINE, WSYNC_SEEK_GT, &entry);
        *quarantined += err == WSYNC_OK;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

enum wsync_err wsync_ledger_unsettled_in(struct wsync_txn *txn, uint32_t log_no,
                                         uint64_t *waiting, uint64_t *quarantined)
{
    uint8_t key[4];
    struct wsync_slice prefix = wsync_slice(key, sizeof key);
    struct wsync_entry entry = {.key = prefix};
    wsync_be_put(key, log_no, sizeof key);
    enum wsync_err err = count_waiting(txn, log_no, waiting);
    *quarantined = 0;
    while (err == WSYNC_OK) { /* ends: each turn passes one row */
        err = wsync_txn_seek(txn, WSYNC_TABLE_QUARANTINE, WSYNC_SEEK_GT, &entry);
        if (err == WSYNC_OK && !wsync_slice_starts(entry.key, prefix)) {
            break;
        }
        *quarantined += err == WSYNC_OK;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

enum wsync_err wsync_ledger_quarantined(struct wsync_txn *txn, struct wsync_dot *change,
                                        enum wsync_err *reason)
{
    uint8_t key[CHANGE_BYTES];
    wsync_be_put(key, change->log_no, 4);
    wsync_be_put(key + 4, change->seq, 8);
    struct wsync_entry entry = {.key = wsync_slice(key, sizeof key)};
    enum wsync_err err = wsync_txn_seek(txn, WSYNC_TABLE_QUARANTINE, WSYNC_SEEK_GT, &entry);
    if (err != WSYNC_OK) {
        return err;
    }
    if (entry.value.len != 2) {
        return WSYNC_ERR_CORRUPT;
    }
    change->log_no = (uint32_t)wsync_be_get(entry.key.data, 4);
    change->seq = wsync_be_get(entry.key.data + 4, 8);
    change->op = 0;
    *reason = wsync_err_from_code((uint32_t)wsync_be_get(entry.value.data, 2));
    return WSYNC_OK;
}
