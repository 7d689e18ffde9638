/* SPDX-License-Identifier: Apache-2.0 */
/* schedule.h: when to try again: exponential back-off with jitter, reset by any success.
 *
 * The jitter keeps a district's wards from coming back at one instant after an outage. */
#ifndef WARDSYNC_SCHEDULE_H
#define WARDSYNC_SCHEDULE_H

#include "wardsync/ids.h"

struct wsync_schedule {
    uint32_t failures; /* in a row */
    int64_t next_ms;   /* do not try before this moment */
};

/* A success: the next attempt may come at once. */
void wsync_schedule_succeed(struct wsync_schedule *schedule, int64_t now_ms);

/* A failure: the wait doubles from WSYNC_RETRY_MS_MIN to WSYNC_RETRY_MS_MAX, and between half
 * and all of it is waited, as the entropy says. */
void wsync_schedule_fail(struct wsync_schedule *schedule, int64_t now_ms,
                         const struct wsync_entropy *entropy);

#endif
