/* SPDX-License-Identifier: Apache-2.0 */
/* spent.h: what a ward spent of a link that costs money (META "spent"), day by day.
 *
 * Bytes are those of the network, both ways, with what it adds and repeats (link.h).  A day is
 * one of the district's clock, +07:00.  The last few days are kept, so that a clock that was
 * set forward and back finds again what went before. */
#ifndef WARDSYNC_HOST_SPENT_H
#define WARDSYNC_HOST_SPENT_H

#include "wardsync/store.h"

enum { WSYNC_SPENT_DAYS_MAX = 7 };

struct wsync_spent {
    int64_t day;          /* days since 1970 */
    int64_t today_bytes;  /* on that day */
    int64_t last_bytes;   /* of the last conversation that was noted */
    int64_t change_bytes; /* a change of this ward took on the line, lately; 0: not known */
    struct {
        int64_t day, bytes;
    } others[WSYNC_SPENT_DAYS_MAX]; /* those noted last first */
    size_t other_count;
};

/* The day of a moment, in seconds since 1970, and the seconds from it to the next one. */
int64_t wsync_spent_day(int64_t time);
int64_t wsync_spent_wait_s(int64_t time);

/* What was spent as of the moment `time`: nothing yet on a new day. */
struct wsync_spent wsync_spent_get(struct wsync_txn *txn, int64_t time);

WSYNC_MUST_USE enum wsync_err wsync_spent_put(struct wsync_txn *txn,
                                              const struct wsync_spent *spent);

/* Notes a conversation that took so many bytes, which today's hold by then, and handed over
 * that many changes. */
void wsync_spent_talk(struct wsync_spent *spent, int64_t bytes, int64_t out_bytes,
                      int64_t changes);

#endif
