/* SPDX-License-Identifier: Apache-2.0 */
/* store.h: a small synchronous ordered key-value store with named tables and transactions.
 *
 * The core knows storage only through this interface.  Two implementations exist: LMDB
 * (host/store_lmdb.c) and memory (tests/store_mem.c); tests/contract holds both to this text.
 *
 * One write transaction at a time; a second begin for writing waits (LMDB, across processes) or
 * is a caller's error (memory).  Read transactions see the state of their begin.  Keys are
 * ordered as unsigned bytes, a shorter key before a longer one that continues it. */
#ifndef WARDSYNC_STORE_H
#define WARDSYNC_STORE_H

#include "wardsync/error.h"
#include "wardsync/slice.h"
#include "wardsync/tables.h"

/* WSYNC_TABLE_META and so on. */
enum wsync_table {
#define WSYNC_TABLE_NAME(name, min, max) WSYNC_TABLE_##name,
    WSYNC_TABLE_LIST(WSYNC_TABLE_NAME)
#undef WSYNC_TABLE_NAME
        WSYNC_TABLE_COUNT
};
enum wsync_txn_mode { WSYNC_TXN_READ, WSYNC_TXN_WRITE };
/* Where to look from a given key. */
enum wsync_seek {
    WSYNC_SEEK_GE, /* first entry at or after the key */
    WSYNC_SEEK_GT, /* first entry after the key */
    WSYNC_SEEK_LE, /* last entry at or before the key */
    WSYNC_SEEK_LT, /* last entry before the key */
};
struct wsync_entry {
    struct wsync_slice key;
    struct wsync_slice value;
};

struct wsync_txn;
/* What an implementation provides.  Use the functions below, not these pointers. */
struct wsync_store {
    const struct wsync_store_ops *ops;
};
struct wsync_store_ops {
    enum wsync_err (*begin)(struct wsync_store *store, enum wsync_txn_mode mode,
                            struct wsync_txn **txn);
    enum wsync_err (*commit)(struct wsync_txn *txn);
    void (*abort)(struct wsync_txn *txn);
    enum wsync_err (*get)(struct wsync_txn *txn, enum wsync_table table, struct wsync_slice key,
                          struct wsync_slice *value);
    enum wsync_err (*put)(struct wsync_txn *txn, enum wsync_table table, struct wsync_slice key,
                          struct wsync_slice value);
    enum wsync_err (*del)(struct wsync_txn *txn, enum wsync_table table,
                          struct wsync_slice key);
    enum wsync_err (*seek)(struct wsync_txn *txn, enum wsync_table table,
                           enum wsync_seek where, struct wsync_entry *entry);
    void (*close)(struct wsync_store *store);
};
/* A transaction begins with this member; an implementation adds its own behind it. */
struct wsync_txn {
    struct wsync_store *store;
    enum wsync_txn_mode mode;
    size_t put_bytes; /* of all keys and values put in it so far */
};
/* Opens a transaction.  Ours: STORE_IO, STORE_FULL, MEMORY.  On success `*txn` must go to
 * commit or abort, once. */
WSYNC_MUST_USE enum wsync_err wsync_store_begin(struct wsync_store *store,
                                                enum wsync_txn_mode mode,
                                                struct wsync_txn **txn);

/* Makes a write transaction durable (fsync) or ends a read transaction.  Consumes `txn`
 * whatever the answer; on an error nothing of it is kept.  STORE_FULL when the map or the disk
 * is full, STORE_IO for any other refusal of the system. */
WSYNC_MUST_USE enum wsync_err wsync_txn_commit(struct wsync_txn *txn);

/* Ends `txn` and forgets what it wrote. */
void wsync_txn_abort(struct wsync_txn *txn);

/* Reads one value.  NOT_FOUND when there is none.  `*value` points into the store and holds
 * until the next put, del or end of `txn`; it has no alignment. */
WSYNC_MUST_USE enum wsync_err wsync_txn_get(struct wsync_txn *txn, enum wsync_table table,
                                            struct wsync_slice key, struct wsync_slice *value);

/* Writes one value over whatever stood there.  Key: 1 to WSYNC_KEY_BYTES_MAX bytes; value: 0 to
 * WSYNC_VALUE_BYTES_MAX bytes; both may point into the store.  After an error other than those
 * of the caller the transaction can only be aborted. */
WSYNC_MUST_USE enum wsync_err wsync_txn_put(struct wsync_txn *txn, enum wsync_table table,
                                            struct wsync_slice key, struct wsync_slice value);

/* Removes one entry.  NOT_FOUND when there is none. */
WSYNC_MUST_USE enum wsync_err wsync_txn_del(struct wsync_txn *txn, enum wsync_table table,
                                            struct wsync_slice key);

/* Finds the entry at `where` relative to `entry->key` and puts it into `*entry`; NOT_FOUND when
 * there is none.  An empty key stands before every key for GE and GT, behind every key for LE
 * and LT.  `entry->key` may be what an earlier seek returned, so a scan is a loop of GT (or
 * LT); changing the table in mid-scan is allowed if the caller keeps its own copy of it.
 * CORRUPT when the key found is not as long as WSYNC_TABLE_LIST says: a caller reads the parts
 * of a key without looking at its length. */
WSYNC_MUST_USE enum wsync_err wsync_txn_seek(struct wsync_txn *txn, enum wsync_table table,
                                             enum wsync_seek where, struct wsync_entry *entry);

/* The same for who looks for damage: the key found may have any length. */
WSYNC_MUST_USE enum wsync_err wsync_txn_seek_any(struct wsync_txn *txn, enum wsync_table table,
                                                 enum wsync_seek where,
                                                 struct wsync_entry *entry);

/* Closes the store.  No transaction may be open. */
void wsync_store_close(struct wsync_store *store);

#endif
