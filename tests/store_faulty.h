/* SPDX-License-Identifier: Apache-2.0 */
/* store_faulty.h: a store in front of another one that refuses a whole span of operations.
 *
 * store_mem.h plans one fault; a retry right behind it succeeds.  This one stays broken for a
 * while, as a full disk does.  It counts, too. */
#ifndef WARDSYNC_TESTS_STORE_FAULTY_H
#define WARDSYNC_TESTS_STORE_FAULTY_H

#include "wardsync/store.h"

struct wsync_store_faulty {
    struct wsync_store base;
    struct wsync_store *inner;
    uint64_t operations;  /* so far: begin, get, put, del, seek and commit */
    uint64_t first, last; /* these fail, counted from 1; first 0: none */
    uint64_t failed;      /* how many did */
    enum wsync_err err;
    uint64_t gets[WSYNC_TABLE_COUNT], puts[WSYNC_TABLE_COUNT]; /* so far */
};

/* `faulty` and `inner` are the caller's; closing it closes neither. */
void wsync_store_faulty_init(struct wsync_store_faulty *faulty, struct wsync_store *inner);

/* From now on the operations number `first` to `last` fail; 0 is none. */
void wsync_store_faulty_plan(struct wsync_store_faulty *faulty, uint64_t first, uint64_t last,
                             enum wsync_err err);

#endif
