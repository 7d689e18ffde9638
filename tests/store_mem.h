/* SPDX-License-Identifier: Apache-2.0 */
/* store_mem.h: a store in memory for tests and the simulator: what store.h says, plus old disk
 * images and planned faults.
 *
 * Each table is a persistent tree, so a transaction, a rollback and a clone cost what changed,
 * never the size of the store.  Equal calls give equal answers; nothing depends on addresses or
 * on the time.  One thread. */
#ifndef WARDSYNC_TESTS_STORE_MEM_H
#define WARDSYNC_TESTS_STORE_MEM_H

#include "wardsync/store.h"

/* An empty store; ends with wsync_store_close.  Running out of memory ends the test program. */
struct wsync_store *wsync_store_mem_new(void);

/* A second store that holds what is committed in `store` now: the image of its disk.  An open
 * write transaction is not in it, planned faults and the count of operations neither.  Both
 * stores live on independently. */
struct wsync_store *wsync_store_mem_clone(const struct wsync_store *store);

/* The `nth` operation from now on (1: the next; 0: none, which takes a plan back) answers `err`
 * and does nothing, then the plan is used up.  Operations are begin, get, put, del, seek and
 * commit, of any transaction, whatever they answer, unless store.c refused them as the caller's
 * mistake.  A failing begin opens nothing; a failing commit ends its transaction and keeps
 * nothing; after any other failure the transaction answers `err` until it is ended, and its
 * commit keeps nothing. */
void wsync_store_mem_fail_at(struct wsync_store *store, uint64_t nth, enum wsync_err err);

/* True while a planned fault has not happened yet: the end of a sweep is the first run that
 * leaves its plan unused. */
bool wsync_store_mem_fault_is_planned(const struct wsync_store *store);

/* The number of operations so far. */
uint64_t wsync_store_mem_operations(const struct wsync_store *store);

#endif
