/* SPDX-License-Identifier: Apache-2.0 */
#include "wardsync/store.h"

#include "wardsync/limits.h"

/* The caller's mistakes are answered here, so that no implementation sees one. */
static bool key_is_legal(struct wsync_slice key)
{
    return key.len >= 1 && key.len <= WSYNC_KEY_BYTES_MAX && key.data;
}

static bool table_exists(enum wsync_table table)
{
    return (unsigned)table < WSYNC_TABLE_COUNT;
}

enum wsync_err wsync_store_begin(struct wsync_store *store, enum wsync_txn_mode mode,
                                 struct wsync_txn **txn)
{
    WSYNC_ASSERT(store && txn);
    *txn = NULL;
    enum wsync_err err = store->ops->begin(store, mode, txn);
    WSYNC_ASSERT((err == WSYNC_OK) == (*txn != NULL));
    WSYNC_ASSERT(!*txn || ((*txn)->store == store && (*txn)->mode == mode));
    WSYNC_ASSERT(!*txn || (*txn)->put_bytes == 0);
    return err;
}

enum wsync_err wsync_txn_commit(struct wsync_txn *txn)
{
    WSYNC_ASSERT(txn);
    return txn->store->ops->commit(txn);
}

void wsync_txn_abort(struct wsync_txn *txn)
{
    WSYNC_ASSERT(txn);
    txn->store->ops->abort(txn);
}

enum wsync_err wsync_txn_get(struct wsync_txn *txn, enum wsync_table table,
                             struct wsync_slice key, struct wsync_slice *value)
{
    WSYNC_ASSERT(txn && table_exists(table) && value);
    if (!key_is_legal(key)) {
        return WSYNC_ERR_INVALID;
    }
    return txn->store->ops->get(txn, table, key, value);
}

enum wsync_err wsync_txn_put(struct wsync_txn *txn, enum wsync_table table,
                             struct wsync_slice key, struct wsync_slice value)
{
    WSYNC_ASSERT(txn && table_exists(table));
    if (txn->mode != WSYNC_TXN_WRITE || !key_is_legal(key) ||
        value.len > WSYNC_VALUE_BYTES_MAX || (value.len > 0 && !value.data)) {
        return WSYNC_ERR_INVALID;
    }
    txn->put_bytes += key.len + value.len;
    return txn->store->ops->put(txn, table, key, value);
}

enum wsync_err wsync_txn_del(struct wsync_txn *txn, enum wsync_table table,
                             struct wsync_slice key)
{
    WSYNC_ASSERT(txn && table_exists(table));
    if (txn->mode != WSYNC_TXN_WRITE || !key_is_legal(key)) {
        return WSYNC_ERR_INVALID;
    }
    return txn->store->ops->del(txn, table, key);
}

/* What a damaged disk makes of a key ends here, before anybody reads beyond it. */
static bool key_is_whole(enum wsync_table table, struct wsync_slice key)
{
    static const struct {
        uint16_t min, max;
    } LENGTHS[] = {
#define LENGTHS_OF(name, min, max) {min, max},
        WSYNC_TABLE_LIST(LENGTHS_OF)
#undef LENGTHS_OF
    };
    return key.len >= LENGTHS[table].min && key.len <= LENGTHS[table].max;
}

enum wsync_err wsync_txn_seek(struct wsync_txn *txn, enum wsync_table table,
                              enum wsync_seek where, struct wsync_entry *entry)
{
    enum wsync_err err = wsync_txn_seek_any(txn, table, where, entry);
    return err == WSYNC_OK && !key_is_whole(table, entry->key) ? WSYNC_ERR_CORRUPT : err;
}

enum wsync_err wsync_txn_seek_any(struct wsync_txn *txn, enum wsync_table table,
                                  enum wsync_seek where, struct wsync_entry *entry)
{
    WSYNC_ASSERT(txn && table_exists(table) && entry);
    WSYNC_ASSERT((unsigned)where <= WSYNC_SEEK_LT);
    if (entry->key.len != 0 && !key_is_legal(entry->key)) {
        return WSYNC_ERR_INVALID;
    }
    return txn->store->ops->seek(txn, table, where, entry);
}

void wsync_store_close(struct wsync_store *store)
{
    WSYNC_ASSERT(store);
    store->ops->close(store);
}
