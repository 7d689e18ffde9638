/* SPDX-License-Identifier: Apache-2.0 */
/* store_lmdb.h: the store on disk: one LMDB environment, one named database for each table.
 *
 * A commit is durable (LMDB's default flags, never fewer, but for a scratch store).  Several
 * processes may have one environment open; each opens its own after fork, once at a time.  A
 * writer waits for the writer of another process; in one process a second write transaction is
 * INVALID.  Keep read transactions short: an open one lets the file grow.  Opening and closing
 * is for one thread, a write transaction stays in its thread, read transactions are free. */
#ifndef WARDSYNC_HOST_STORE_LMDB_H
#define WARDSYNC_HOST_STORE_LMDB_H

#include "wardsync/store.h"

/* The address range kept for an environment: the most it can ever hold.  Costs nothing. */
#define WSYNC_STORE_LMDB_MAP_BYTES ((size_t)64 << 30)

/* What a reader says of a store that an older program made (BUSY). */
#define WSYNC_STORE_LMDB_OLDER \
    "The store at %s is an older program's and is just being brought up to date; try again."

/* Makes a new empty environment, a folder of mode 0700 at `path`, complete and durable or not
 * at all: it is made under the name `path`.new-XXXXXX and renamed; what a kill or a power cut
 * left under such a name goes first.  EXISTS when anything stands at `path`; NOT_FOUND when
 * its parent does not exist; STORE_FULL, STORE_IO, MEMORY. */
WSYNC_MUST_USE enum wsync_err wsync_store_lmdb_create(const char *path,
                                                      struct wsync_error *error);

/* Opens the environment at `path`.  WSYNC_TXN_READ: nothing can be written through this store
 * (begin for writing is INVALID), BUSY while tables are missing that an older program did not
 * know.  WSYNC_TXN_WRITE adds them.  NOT_FOUND when there is no environment: it is never made
 * here.  INVALID when this process has it open already.  CORRUPT when it is damaged or of
 * another format; STORE_FULL,
 * STORE_IO, MEMORY.  On success `*store` goes to wsync_store_close. */
WSYNC_MUST_USE enum wsync_err wsync_store_lmdb_open(const char *path, enum wsync_txn_mode mode,
                                                    struct wsync_store **store,
                                                    struct wsync_error *error);

/* The same with a map of `map_bytes` instead of WSYNC_STORE_LMDB_MAP_BYTES; at least what the
 * environment holds is taken.  For tests of a full store. */
WSYNC_MUST_USE enum wsync_err wsync_store_lmdb_open_sized(const char *path,
                                                          enum wsync_txn_mode mode,
                                                          size_t map_bytes,
                                                          struct wsync_store **store,
                                                          struct wsync_error *error);

/* How many rows a table has in this transaction of an LMDB store, without reading them. */
uint64_t wsync_store_lmdb_count(struct wsync_txn *txn, enum wsync_table table);

/* Opens an environment that nobody will ever need again, for reading and writing: nothing is
 * synced, so a power cut may leave anything of it.  Only for copies that are removed at the end
 * of the run that made them. */
WSYNC_MUST_USE enum wsync_err wsync_store_lmdb_open_scratch(const char *path,
                                                            struct wsync_store **store,
                                                            struct wsync_error *error);

/* The number of the last commit, of whatever process, that a snapshot begun now has.  It grows
 * by one with each that wrote anything.  0: no snapshot can be had. */
uint64_t wsync_store_lmdb_revision(const struct wsync_store *store);

#endif
