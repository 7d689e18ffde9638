/* SPDX-License-Identifier: Apache-2.0 */
/* ward_pair.h: a district and two devices of one ward, that sync over a perfect link, and what
 * they must agree upon in the end. */
#ifndef WARDSYNC_TESTS_WARD_PAIR_H
#define WARDSYNC_TESTS_WARD_PAIR_H

#include "tests/forge.h"

enum { WARD_PAIR_SEED = 23, WARD_PAIR_DAY = 19100, WARD_PAIR_UNIT = 2 };

struct ward_pair {
    struct installation installation;
    struct replica district, a, b, twin; /* a and b: one ward; twin: a clone of a */
    bool has_twin;
};

/* cmocka's set-up and tear-down. */
int ward_pair_set_up(void **state);
int ward_pair_tear_down(void **state);

/* Puts another store into the replica's place, as from a backup. */
void ward_pair_put_back(struct replica *replica, struct wsync_store *backup);

/* `a` hands in one more change, with this count, and then goes back to before it. */
void ward_pair_go_back(struct ward_pair *world, int64_t count);

/* A second machine with the keys and the store of `a`; its dice fall otherwise. */
void ward_pair_clone(struct ward_pair *world);

/* One session of a ward, which must end so. */
void ward_pair_sync(struct ward_pair *world, struct replica *ward, enum wsync_err expected);

/* As a program does: again, until nothing is left to be said. */
void ward_pair_sync_on(struct ward_pair *world, struct replica *ward);

/* Records with this count on the day. */
void ward_pair_create(struct replica *ward, int64_t count);

/* Asserts how many records the unit has on the day and the sum of their counts. */
void ward_pair_totals(struct replica *replica, int64_t records, int64_t total);

void ward_pair_same(struct replica *one, struct replica *other);

/* Everybody shows the same totals, and it is what the raw logs give; nothing waits. */
void ward_pair_agreed(struct ward_pair *world, int64_t records, int64_t total);

/* Everybody syncs until nothing is left to be said, and then they agree. */
void ward_pair_settle(struct ward_pair *world, int64_t records, int64_t total);

/* The open log of a scope; number 0 when there is none. */
struct wsync_log ward_pair_own_log(struct replica *replica, uint32_t scope);

#endif
