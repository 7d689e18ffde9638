/* SPDX-License-Identifier: Apache-2.0 */
/* verify.h: everything computed anew from the raw log, beside the live state.
 *
 * From a snapshot of the store, so that no writer waits and no long read lets the live file
 * grow, the roster's statements and every log's changes, cut at the seals held, are accepted
 * into an empty store as if a stranger had sent them: signatures, chain hashes, seals, rights,
 * judgement, merge and totals are all computed again by the code that computed them first.
 * Then each derived table is compared row by row, and the digests of both states.
 *
 * Two stores and not one rebuilt in place: nothing is repaired here, the live store is never
 * written, and what was wrong is there to be looked at afterwards. */
#ifndef WARDSYNC_HOST_VERIFY_H
#define WARDSYNC_HOST_VERIFY_H

#include "host/site.h"

enum { WSYNC_VERIFY_TEXT_BYTES = 200 };

/* One thing that is not as it must be: the first of its table. */
struct wsync_verify_finding {
    const char *what;                     /* a table, or "roster", "chain", "seal", "digest" */
    char place[WSYNC_VERIFY_TEXT_BYTES];  /* log and change, record and field, or cell */
    char stored[WSYNC_VERIFY_TEXT_BYTES]; /* what the store says */
    char again[WSYNC_VERIFY_TEXT_BYTES];  /* what the raw log gives */
    uint64_t rows;                        /* of the table that differ, this one included */
};

/* What is under way, in this order, and what it counts. */
enum wsync_verify_part {
    WSYNC_VERIFY_COPYING,     /* stores */
    WSYNC_VERIFY_RECOMPUTING, /* changes */
    WSYNC_VERIFY_LEAVES,      /* of the transparency log, where one is kept */
    WSYNC_VERIFY_COMPARING,   /* tables; not when the raw log is damaged */
    WSYNC_VERIFY_DIGESTS,     /* of the two states; likewise */
    WSYNC_VERIFY_PARTS
};

/* Whoever watches; called from the thread that verifies.  Every part is told when it begins and
 * when it is done. */
struct wsync_verify_watch {
    void *context;
    void (*progress)(void *context, enum wsync_verify_part part, uint64_t done, uint64_t total);
    void (*found)(void *context, const struct wsync_verify_finding *finding);
};

struct wsync_verify_result {
    uint64_t statements, logs, changes, seals, branches, records, cells;
    uint64_t findings;
    bool compared; /* false: the raw log is damaged, so the state could not be computed */
    struct wsync_hash stored, again; /* digests of the two states, when `compared` */
};

/* The two stores of one verification. */
struct wsync_verify_stores {
    struct wsync_store *live;  /* a snapshot; what is released in it is settled first */
    struct wsync_store *again; /* empty */
    const struct wsync_identity *identity; /* whose store it is: it seals its own logs anew */
    struct wsync_instance_id instance;     /* the roster must be of this installation */
};

/* Verifies.  OK when it ran to the end, with findings or without; an error of the machine
 * (STORE_FULL, STORE_IO, MEMORY) ends it with a sentence. */
WSYNC_MUST_USE enum wsync_err wsync_verify(const struct wsync_verify_stores *stores,
                                           const struct wsync_verify_watch *watch,
                                           struct wsync_verify_result *result,
                                           struct wsync_error *error);

/* The same for a site whose keys are open and whose store is not (wsync_site_open_keys): takes
 * the snapshot into a scratch folder of `where` (NULL: the data directory) and removes it
 * afterwards, together with what killed runs left.  BUSY when another process verifies this
 * directory; STORE_FULL at once when there is not room for both stores. */
WSYNC_MUST_USE enum wsync_err wsync_verify_site(struct wsync_site *site, const char *where,
                                                const struct wsync_verify_watch *watch,
                                                struct wsync_verify_result *result,
                                                struct wsync_error *error);

#endif
