/* SPDX-License-Identifier: Apache-2.0 */
/* serve_limits.h: what one peer, and all of them, can cost the district.
 *
 * A peer costs at most, in memory:
 *   its session and the book-keeping round it        some 36 KiB
 *   frames that wait for a slow line                 WSYNC_OUTBOX_BYTES_MAX
 *   the library's queues, 16 frames each way         2 x 256 KiB, freed as they drain
 * and all peers together hold WSYNC_OUTBOX_TOTAL_BYTES_MAX of waiting frames.  Who would go
 * beyond a bound is cut off; its session begins again from the stores.  What a peer sends is
 * bounded by credit (WSYNC_CREDIT_BYTES_DEFAULT, of frames as the line has them) and what one
 * transaction takes from all of them by WSYNC_PUMP_EVENTS_MAX frames.  What is packed in those
 * and what it makes the store write is not: a transaction takes no other frame once that is
 * WSYNC_PUMP_BYTES_MAX, its answers go out, and the next batch is one of fewer frames.
 *
 * In file descriptors: one a connection.  The library spins when there are none left, so
 * connections are capped below RLIMIT_NOFILE, which is raised as far as it may be. */
#ifndef WARDSYNC_HOST_SERVE_LIMITS_H
#define WARDSYNC_HOST_SERVE_LIMITS_H

#include "wardsync/limits.h"

enum {
    WSYNC_SERVE_PEERS_MAX = 1024, /* twice as many as wards: a line that was cut is counted for
                                     another twenty seconds when its ward comes back */
    WSYNC_SERVE_PEERS_PER_KEY_MAX = 4, /* a key's oldest goes when it opens another */
    WSYNC_SERVE_FDS_RESERVED = 64,     /* store, sockets of the library, drop-ins */

    WSYNC_OUTBOX_FRAME_BYTES = 32,   /* of a waiting frame, beside its own */
    WSYNC_OUTBOX_COUNTED_BYTES = 32, /* no frame that credit counts has fewer */
    WSYNC_OUTBOX_BYTES_MAX = 262144,
    WSYNC_OUTBOX_TOTAL_BYTES_MAX = 16 << 20,
};

_Static_assert(WSYNC_OUTBOX_BYTES_MAX >=
                   WSYNC_CREDIT_BYTES_DEFAULT / WSYNC_OUTBOX_COUNTED_BYTES *
                           (WSYNC_OUTBOX_COUNTED_BYTES + WSYNC_OUTBOX_FRAME_BYTES) +
                       WSYNC_FRAME_BYTES_MAX,
               "what a peer gave credit for finds room, in however small frames");
_Static_assert(WSYNC_OUTBOX_TOTAL_BYTES_MAX >= WSYNC_OUTBOX_BYTES_MAX, "one peer fits");

#endif
