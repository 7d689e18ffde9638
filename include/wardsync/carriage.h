/* SPDX-License-Identifier: Apache-2.0 */
/* carriage.h: how what a session says reaches the other side: by a line, or in a file that
 * somebody carries (SPEC section 19, docs/decisions/0011). */
#ifndef WARDSYNC_CARRIAGE_H
#define WARDSYNC_CARRIAGE_H

#include "wardsync/error.h"
#include "wardsync/ids.h"
#include "wardsync/store.h"

/* How what a session says reaches the other side. */
enum wsync_carriage {
    WSYNC_CARRIAGE_LINE, /* at once, and the other side answers */
    WSYNC_CARRIAGE_OUT,  /* in a file: nobody answers while it is written (SPEC section 19) */
    WSYNC_CARRIAGE_BACK, /* WARD: not at all; it reads the answer that came in a file */
};

/* What a ward wrote a bundle with, and believed then. */
struct wsync_carried {
    bool all;                /* OUT: everything from the first change on, all logs */
    bool may_lower;          /* BACK: the answer is to the last bundle, see `held` */
    struct wsync_log_id log; /* the own log that was open */
    uint64_t held;           /* of it, as the ward believed */
};

struct wsync_session;

/* OUT: what the session sends or sent of one log: behind which head it began, and where it is.
 * `index` counts from 0; NOT_FOUND behind the last. */
WSYNC_MUST_USE enum wsync_err wsync_session_run(const struct wsync_session *session,
                                                struct wsync_txn *txn, size_t index,
                                                struct wsync_head *after,
                                                struct wsync_head *tip);

#endif
