/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/damage.h"

#include <string.h>

#include "wardsync/limits.h"

enum { ROW_BYTES_MAX = 1 << 16, BIT = 0x10 };

struct held {
    uint8_t key[WSYNC_KEY_BYTES_MAX];
    uint8_t value[ROW_BYTES_MAX];
    size_t key_len, value_len;
};

bool damage_row(struct wsync_txn *txn, enum wsync_table table, size_t row,
                struct wsync_entry *entry)
{
    *entry = (struct wsync_entry){.key = {NULL, 0}};
    for (size_t i = 0; i <= row; i++) {
        if (wsync_txn_seek_any(txn, table, WSYNC_SEEK_GT, entry) != WSYNC_OK) {
            return false;
        }
    }
    return true;
}

/* Takes a row out of the store, into memory of its own. */
static void take_out(struct wsync_txn *txn, enum wsync_table table, size_t row,
                     struct held *held)
{
    struct wsync_entry entry;
    WSYNC_ASSERT(damage_row(txn, table, row, &entry));
    WSYNC_ASSERT(entry.value.len < sizeof held->value);
    held->key_len = entry.key.len;
    held->value_len = entry.value.len;
    memcpy(held->key, entry.key.data, held->key_len);
    memcpy(held->value, entry.value.data, held->value_len);
    enum wsync_err err = wsync_txn_del(txn, table, wsync_slice(held->key, held->key_len));
    WSYNC_ASSERT(err == WSYNC_OK);
}

static void put_in(struct wsync_txn *txn, enum wsync_table table, const struct held *held)
{
    enum wsync_err err = wsync_txn_put(txn, table, wsync_slice(held->key, held->key_len),
                                       wsync_slice(held->value, held->value_len));
    WSYNC_ASSERT(err == WSYNC_OK);
}

static struct wsync_txn *begin(struct wsync_store *store)
{
    struct wsync_txn *txn;
    enum wsync_err err = wsync_store_begin(store, WSYNC_TXN_WRITE, &txn);
    WSYNC_ASSERT(err == WSYNC_OK);
    return txn;
}

static void commit(struct wsync_txn *txn)
{
    enum wsync_err err = wsync_txn_commit(txn);
    WSYNC_ASSERT(err == WSYNC_OK);
}

void damage_do(struct wsync_store *store, const struct damage *damage)
{
    static struct held held;
    struct wsync_txn *txn = begin(store);
    take_out(txn, damage->table, damage->row, &held);
    WSYNC_ASSERT(damage->byte < (damage->in_key ? held.key_len : held.value_len));
    (damage->in_key ? held.key : held.value)[damage->byte] ^= BIT;
    put_in(txn, damage->table, &held);
    commit(txn);
}

void damage_whole(struct wsync_store *store, enum wsync_table table, size_t row,
                  enum damage_way way)
{
    static struct held held;
    struct wsync_txn *txn = begin(store);
    take_out(txn, table, row, &held);
    bool stump = way == DAMAGE_STUMP || way == DAMAGE_STUMP_VALUE;
    WSYNC_ASSERT(held.key_len < sizeof held.key);
    held.value[held.value_len] = held.key[held.key_len] = 0;
    held.value_len += way == DAMAGE_LONG;
    held.value_len -= way == DAMAGE_SHORT && held.value_len > 0;
    held.value_len = stump && held.value_len > 1 ? 1 : held.value_len;
    held.key_len += way == DAMAGE_LONG_KEY;
    held.key_len -= way == DAMAGE_SHORT_KEY && held.key_len > 1;
    held.key_len = way == DAMAGE_STUMP ? 1 : held.key_len;
    if (way != DAMAGE_GONE) {
        put_in(txn, table, &held);
    }
    commit(txn);
}
