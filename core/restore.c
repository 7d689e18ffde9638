/* SPDX-License-Identifier: Apache-2.0 */
#include "wardsync/restore.h"

#include <string.h>

#include "core/bytes.h"
#include "core/settle_parts.h"

/* META: "own" scope -> id of the open log; "old" scope -> id of the one retired last. */
enum { SCOPE_KEY_BYTES = 7, NAME_BYTES = 3 };

static struct wsync_slice scope_key(uint8_t key[SCOPE_KEY_BYTES], const char *name,
                                    uint32_t scope)
{
    memcpy(key, name, NAME_BYTES);
    wsync_be_put(key + NAME_BYTES, scope, 4);
    return wsync_slice(key, SCOPE_KEY_BYTES);
}

static enum wsync_err get_log(struct wsync_txn *txn, const char *name, uint32_t scope,
                              struct wsync_log *log)
{
    uint8_t key[SCOPE_KEY_BYTES];
    struct wsync_slice row;
    struct wsync_log_id id;
    enum wsync_err err =
        wsync_txn_get(txn, WSYNC_TABLE_META, scope_key(key, name, scope), &row);
    if (err != WSYNC_OK) {
        return err;
    }
    if (row.len != sizeof id.b) {
        return WSYNC_ERR_CORRUPT;
    }
    memcpy(id.b, row.data, sizeof id.b);
    err = wsync_log_find(txn, &id, log);
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
}

enum wsync_err wsync_ledger_own_log(struct wsync_txn *txn, uint32_t scope,
                                    struct wsync_log *log)
{
    return get_log(txn, "own", scope, log);
}

enum wsync_err wsync_own_put(struct wsync_txn *txn, const struct wsync_log *log)
{
    uint8_t key[SCOPE_KEY_BYTES];
    return wsync_txn_put(txn, WSYNC_TABLE_META, scope_key(key, "own", log->scope),
                         WSYNC_BYTES(log->id));
}

enum wsync_err wsync_retire(struct wsync_txn *txn, uint32_t scope)
{
    uint8_t key[SCOPE_KEY_BYTES];
    struct wsync_log log;
    enum wsync_err err = wsync_ledger_own_log(txn, scope, &log);
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    err =
        wsync_txn_put(txn, WSYNC_TABLE_META, scope_key(key, "old", scope), WSYNC_BYTES(log.id));
    return err == WSYNC_OK ? wsync_txn_del(txn, WSYNC_TABLE_META, scope_key(key, "own", scope))
                           : err;
}

static enum wsync_err raise_epoch(struct wsync_ledger *ledger, struct wsync_txn *txn)
{
    bool node;
    uint64_t epoch;
    enum wsync_err err = wsync_ledger_is_node(ledger, txn, &node);
    if (err != WSYNC_OK || !node) {
        return err;
    }
    err = wsync_epoch_get(txn, &epoch);
    return err == WSYNC_OK ? wsync_epoch_put(txn, epoch + 1) : err;
}

enum wsync_err wsync_retire_log(struct wsync_ledger *ledger, struct wsync_txn *txn,
                                const struct wsync_log *log)
{
    struct wsync_log own;
    enum wsync_err err = wsync_ledger_own_log(txn, log->scope, &own);
    if (err != WSYNC_OK || !wsync_log_id_equal(&own.id, &log->id)) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    err = wsync_retire(txn, log->scope);
    return err == WSYNC_OK ? raise_epoch(ledger, txn) : err;
}

enum wsync_err wsync_close_own(struct wsync_txn *txn)
{
    enum wsync_err err = WSYNC_OK;
    while (err == WSYNC_OK) { /* ends: each turn removes a row */
        struct wsync_entry entry = {.key = wsync_slice("own", NAME_BYTES)};
        err = wsync_txn_seek(txn, WSYNC_TABLE_META, WSYNC_SEEK_GE, &entry);
        bool own = err == WSYNC_OK && entry.key.len == SCOPE_KEY_BYTES &&
                   memcmp(entry.key.data, "own", NAME_BYTES) == 0;
        if (!own) {
            break;
        }
        err = wsync_retire(txn, (uint32_t)wsync_be_get(entry.key.data + NAME_BYTES, 4));
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

enum wsync_err wsync_retire_all(struct wsync_ledger *ledger, struct wsync_txn *txn)
{
    enum wsync_err err = wsync_close_own(txn);
    return err == WSYNC_OK ? raise_epoch(ledger, txn) : err;
}

enum wsync_err wsync_retired_head(struct wsync_txn *txn, uint32_t scope,
                                  struct wsync_head *head)
{
    struct wsync_log log;
    enum wsync_err err = get_log(txn, "old", scope, &log);
    if (err != WSYNC_OK) {
        return err;
    }
    head->log = log.id;
    err = wsync_held_get(txn, log.no, &head->seq);
    if (err == WSYNC_OK && head->seq > log.seq) {
        head->seq = log.seq;
    }
    return err == WSYNC_OK ? wsync_log_hash(txn, log.no, head->seq, &head->hash) : err;
}

enum wsync_err wsync_epoch_get(struct wsync_txn *txn, uint64_t *epoch)
{
    struct wsync_slice row;
    enum wsync_err err = wsync_txn_get(txn, WSYNC_TABLE_META, wsync_slice_of("epoch"), &row);
    *epoch = err == WSYNC_OK && row.len == 8 ? wsync_be_get(row.data, 8) : 0;
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

enum wsync_err wsync_epoch_put(struct wsync_txn *txn, uint64_t epoch)
{
    uint8_t row[8];
    wsync_be_put(row, epoch, sizeof row);
    return wsync_txn_put(txn, WSYNC_TABLE_META, wsync_slice_of("epoch"),
                         wsync_slice(row, sizeof row));
}
