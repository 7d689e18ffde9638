/* SPDX-License-Identifier: Apache-2.0 */
/* seen.h: what a session remembers for people and for nothing else: who the peer said it was,
 * its clock, and how many and which changes moved (SPEC section 9.13). */
#ifndef WARDSYNC_SEEN_H
#define WARDSYNC_SEEN_H

#include "wardsync/blob_talk.h"
#include "wardsync/error.h"

struct wsync_session_counts {
    uint64_t changes_sent, changes_acked, changes_taken;
    uint64_t bytes_out, bytes_in; /* of frames */
    uint64_t to_send, to_take;    /* changes known to be due, for a progress bar */
    struct wsync_blob_counts blobs;
};

/* Changes of one log that moved. */
struct wsync_seen_run {
    struct wsync_log_id log;
    uint64_t first, last;
};

/* The first ones; of more, the counts of the session alone tell. */
struct wsync_seen_runs {
    struct wsync_seen_run items[WSYNC_SESSION_RUNS_MAX];
    size_t count;
};

struct wsync_seen {
    char program[WSYNC_PROGRAM_BYTES_MAX + 1]; /* as the peer named itself; "": it did not */
    int64_t time;                              /* the peer's clock; 0: not told */
    int64_t time_at;                           /* this side's clock then */
    struct wsync_seen_runs taken, acked;       /* taken here, acknowledged by the peer */
};

/* What a Hello or a Welcome says; `time` 0: nothing.  The program is at most
 * WSYNC_PROGRAM_BYTES_MAX bytes. */
void wsync_seen_peer(struct wsync_seen *seen, struct wsync_slice program, int64_t time,
                     int64_t now);

/* Adds a run; one that goes on where another of its log ended makes that one longer. */
void wsync_seen_run(struct wsync_seen_runs *runs, const struct wsync_seen_run *run);

/* The peer's clock minus this side's, as far as a century either way; 0 when it was not told.
 */
int64_t wsync_seen_skew_s(const struct wsync_seen *seen);

#endif
