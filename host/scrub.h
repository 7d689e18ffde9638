/* SPDX-License-Identifier: Apache-2.0 */
/* scrub.h: reads the raw log again, a little at a time, while a program serves.
 *
 * Disks forget, and LMDB keeps no checksums: what was damaged in a change of years ago would be
 * met when it is needed.  So every second a slice of some hundred changes is read in a short
 * read transaction, each chain hash computed anew from the bytes and each seal on the way
 * verified: a few milliseconds, 1,000,000 changes in about an hour.  A slice that a slow disk
 * holds up ends early by the clock, behind the change that it is at.  The walk begins
 * somewhere, so that runs of a few minutes each come everywhere in time, and goes round.
 *
 * Damage is said once in the journal and kept in META for `status`, until a whole round finds
 * none.  Derived state is left to `verify`, which can compute it anew. */
#ifndef WARDSYNC_HOST_SCRUB_H
#define WARDSYNC_HOST_SCRUB_H

#include "wardsync/log.h"

struct wsync_scrub {
    bool begun;
    uint32_t log_no;                  /* where the walk stands; 0: before the first log */
    uint64_t seq;                     /* of the next change there; 0: its genesis */
    uint64_t left;                    /* of the slice under way: what it may still cost */
    int64_t until_ms;                 /* and when it ends all the same */
    uint64_t changes, seals, damages; /* of this round */
    int64_t next_ms, round_ms;        /* when to go on; when the round began */
    uint64_t rounds;                  /* whole ones so far */
};

/* What a place suffers from. */
enum wsync_scrub_fault {
    WSYNC_SCRUB_SOUND = 0,
    WSYNC_SCRUB_UNREADABLE = 1, /* the row is missing or cannot be read */
    WSYNC_SCRUB_CHAIN = 2,      /* its bytes do not give the hash they are kept under */
    WSYNC_SCRUB_SEAL = 3,       /* the seal does not verify */
};

struct wsync_scrub_damage {
    uint64_t places;         /* as far as they are kept: at most WSYNC_SCRUB_PLACES_MAX */
    struct wsync_log_id log; /* the first of them */
    uint64_t seq;
    enum wsync_scrub_fault fault;
    int64_t found; /* seconds since 1970 */
};
enum { WSYNC_SCRUB_PLACES_MAX = 64 };

/* Reads the next slice if it is time; `scrub` begins as zeros.  No transaction may be open. */
void wsync_scrub_tick(struct wsync_scrub *scrub, struct wsync_store *store, int64_t now_ms);

/* What is known to be damaged; `places` 0: nothing. */
WSYNC_MUST_USE enum wsync_err wsync_scrub_known(struct wsync_txn *txn,
                                                struct wsync_scrub_damage *damage);

/* "the bytes do not give the hash ..." */
const char *wsync_scrub_fault_text(enum wsync_scrub_fault fault, enum wsync_language language);

#endif
