/* SPDX-License-Identifier: Apache-2.0 */
/* pace.h: how fast a link is, as its acknowledgements show, and what follows from that: how
 * long silence may last, how large change-sets are, how much may be under way (SPEC 9.16).
 *
 * TCP notices a dead line late and sleeps longer after each try, so a link that comes and goes
 * is watched here: who waits for a word gives up after a bound that follows the measured round
 * trip and sending time, and dials again at once.  Time is data. */
#ifndef WARDSYNC_PACE_H
#define WARDSYNC_PACE_H

#include <stdbool.h>
#include <stdint.h>

#include "wardsync/limits.h"

/* What a session asks before it sends its own changes; 0: as if there were no such bound. */
struct wsync_flow {
    uint32_t set_bytes;    /* own change-sets are filled up to this weight */
    uint32_t window_bytes; /* counted bytes under way, beside the peer's credit */
    int64_t rate;          /* bytes a second that packing is to keep up with; 0: not known */
    bool own_only;         /* WARD: hands its own over and ends with BUDGET, if more is due */
};

/* What is known of the way to one address.  All zero: nothing yet. */
struct wsync_pace {
    int64_t round_ms, spread_ms; /* smoothed round trip and its mean deviation; 0: none */
    int64_t rate;                /* bytes a second that acknowledgements showed; 0: none */
    uint32_t set_bytes;          /* weight of own change-sets; 0: the default */
    uint32_t silences;           /* ends by silence in a row in which nothing moved */
    uint32_t drops, passes;      /* in a row: cut inside the first flight; ended well */
};

/* Counted bytes of a session so far. */
struct wsync_progress {
    uint64_t sent, taken; /* ours, and of these those that the peer took */
    uint64_t got;         /* the peer's */
    uint32_t awaited;     /* of the peer's that may be under way */
};

/* A conversation that is being watched. */
struct wsync_watch {
    struct wsync_progress last;
    int64_t since_ms;  /* the last word, or when waiting for one began */
    int64_t flight_ms; /* when something was put on an empty line */
    uint64_t flight;   /* how many counted bytes that was ... */
    uint64_t landing;  /* ... and what will have been taken when it is over */
    int64_t busy_ms;   /* since when the line carried without a pause ... */
    uint64_t busy;     /* ... and what had been taken by then */
    bool measures;     /* the two before are set */
    bool heard;        /* a word came */
    bool moved;        /* changes were taken, here or there */
};

/* The line was let in and the opening word is on its way. */
void wsync_watch_begin(struct wsync_watch *watch, int64_t now_ms);

/* Frames came and the session dealt with them.  The moment is that behind the work, so that our
 * own slowness is not taken for the line's. */
void wsync_watch_hear(struct wsync_watch *watch, struct wsync_pace *pace,
                      const struct wsync_progress *progress, int64_t now_ms);

/* Nothing came, and the session may have said something. */
void wsync_watch_say(struct wsync_watch *watch, const struct wsync_progress *progress,
                     int64_t now_ms);

/* When the silence has lasted too long. */
int64_t wsync_watch_deadline(const struct wsync_watch *watch, const struct wsync_pace *pace);

/* How long a word may be awaited with that many bytes under way: above six round trips. */
int64_t wsync_pace_bound_ms(const struct wsync_pace *pace, uint64_t bytes);

/* How long a connection, and a handshake behind it, may take. */
int64_t wsync_pace_connect_ms(const struct wsync_pace *pace);
int64_t wsync_pace_handshake_ms(const struct wsync_pace *pace);

/* The watched conversation ended: well, by silence or a cut (`lost`), or else. */
void wsync_pace_end(struct wsync_pace *pace, const struct wsync_watch *watch, bool well,
                    bool lost);

/* What a session of which the peer took `taken` bytes may do at this pace. */
struct wsync_flow wsync_pace_flow(const struct wsync_pace *pace, uint64_t taken);

/* The level (packer.h) at which a set is packed for a line of this rate, 0: not known, when
 * `sent` bytes went over it in this session: what is over soonest, packing and sending
 * together.  Where one processor packs for several lines, the rate is that of all of them. */
unsigned wsync_pace_level(int64_t rate, uint64_t sent);

/* How long to wait before the next knock at a link that has been down for `down_ms`, when the
 * last one took `took_ms`.  `chance` is any number. */
int64_t wsync_probe_wait_ms(int64_t down_ms, int64_t took_ms, bool metered, uint64_t chance);

#endif
