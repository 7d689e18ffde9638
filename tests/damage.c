/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/damage.h"

#include <string.h>

#include "wardsync/limits.h"

enum { ROW_BYTES_MAX = 1 << 16, BIT = 0x10 };

bool damage_row(struct wsync_txn *txn, enum wsync_table table, size_t row,
                struct wsync_entry *entry)
{
    *entry = (struct wsync_entry){.key = {NULL, 0}};
    for (size_t i = 0; i <= row; i++) {
        if (wsync_txn_seek(txn, table, WSYNC_SEEK_GT, entry) != WSYNC_OK) {
            return false;
        }
    }
    return true;
}

void damage_do(struct wsync_store *store, const struct damage *damage)
{
    static uint8_t value[ROW_BYTES_MAX];
    uint8_t key[WSYNC_KEY_BYTES_MAX];
    struct wsync_entry entry;
    struct wsync_txn *txn;
    enum wsync_err err = wsync_store_begin(store, WSYNC_TXN_WRITE, &txn);
    WSYNC_ASSERT(err == WSYNC_OK);
    WSYNC_ASSERT(damage_row(txn, damage->table, damage->row, &entry));
    WSYNC_ASSERT(entry.value.len <= sizeof value);
    memcpy(key, entry.key.data, entry.key.len);
    memcpy(value, entry.value.data, entry.value.len);
    struct wsync_slice row = wsync_slice(value, entry.value.len);
    struct wsync_slice name = wsync_slice(key, entry.key.len);
    WSYNC_ASSERT(damage->byte < (damage->in_key ? name.len : row.len));
    err = wsync_txn_del(txn, damage->table, name);
    WSYNC_ASSERT(err == WSYNC_OK);
    (damage->in_key ? key : value)[damage->byte] ^= BIT;
    err = wsync_txn_put(txn, damage->table, name, row);
    WSYNC_ASSERT(err == WSYNC_OK);
    err = wsync_txn_commit(txn);
    WSYNC_ASSERT(err == WSYNC_OK);
}
