/* SPDX-License-Identifier: Apache-2.0 */
/* store_lmdb_parts.h: what the two halves of the store on disk share: store_lmdb.c does what a
 * transaction does, store_lmdb_open.c opens, creates and closes environments. */
#ifndef WARDSYNC_HOST_STORE_LMDB_PARTS_H
#define WARDSYNC_HOST_STORE_LMDB_PARTS_H

#include <lmdb.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "host/store_lmdb.h"

struct wsync_lmdb {
    struct wsync_store base;
    MDB_env *env;
    MDB_dbi dbis[WSYNC_TABLE_COUNT];
    char *path;
    size_t map_bytes;
    unsigned flags; /* of LMDB, beyond those of every environment */
    enum wsync_txn_mode mode;
    atomic_size_t open_count;
    bool writing;
    uint8_t *scratch; /* a value on its way into the store */
    size_t scratch_bytes;
    pid_t pid; /* who opened it, and what: see find_open */
    dev_t device;
    ino_t inode;
    struct wsync_lmdb *next;
};

/* store_lmdb.c */
extern const struct wsync_store_ops WSYNC_LMDB_OPS;

/* What LMDB answers, in our terms. */
enum wsync_err wsync_lmdb_translate(int rc);

/* store_lmdb_open.c */
void wsync_lmdb_close(struct wsync_store *store);

/* Closes the environment and opens it anew, without a transaction open; false, and it may be
 * tried again, when that fails.  After a commit whose last page could not be written LMDB lets
 * nobody begin one until then. */
bool wsync_lmdb_reopen(struct wsync_lmdb *lmdb);

#endif
