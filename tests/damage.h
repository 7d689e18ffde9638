/* SPDX-License-Identifier: Apache-2.0 */
/* damage.h: a disk that forgets: a row of a store, changed behind everybody's back. */
#ifndef WARDSYNC_TESTS_DAMAGE_H
#define WARDSYNC_TESTS_DAMAGE_H

#include "wardsync/store.h"

/* One byte of one row: of its key, or of its value. */
struct damage {
    enum wsync_table table;
    size_t row; /* in the order of keys, from 0 */
    bool in_key;
    size_t byte;
    bool aside; /* the row belongs to a branch */
};

/* Finds the row with this number; false behind the last one. */
bool damage_row(struct wsync_txn *txn, enum wsync_table table, size_t row,
                struct wsync_entry *entry);

/* Turns the bit over; a row or byte that is not there ends the test. */
void damage_do(struct wsync_store *store, const struct damage *damage);

/* The same to a whole row, as a program that is not ours might leave it. */
enum damage_way {
    DAMAGE_GONE,
    DAMAGE_SHORT,
    DAMAGE_LONG,
    DAMAGE_SHORT_KEY,
    DAMAGE_LONG_KEY,
    DAMAGE_STUMP,       /* the key is cut to a byte, the value to a byte at most */
    DAMAGE_STUMP_VALUE, /* the value alone */
    DAMAGE_WAYS
};
void damage_whole(struct wsync_store *store, enum wsync_table table, size_t row,
                  enum damage_way way);

#endif
