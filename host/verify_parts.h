/* SPDX-License-Identifier: Apache-2.0 */
/* verify_parts.h: what the parts of a verification share.
 *
 * verify.c is its course, verify_feed.c computes the state anew, verify_branches.c looks at
 * the evidence of forks, verify_tree.c at the transparency log, verify_compare.c holds the
 * tables against each other, verify_record.c and verify_words.c say what differs, verify_own.c
 * looks at what this device says of its own logs, verify_seen.c at what was seen and done here,
 * verify_scratch.c keeps the two stores. */
#ifndef WARDSYNC_HOST_VERIFY_PARTS_H
#define WARDSYNC_HOST_VERIFY_PARTS_H

#include "host/verify.h"

/* One of the two states. */
struct wsync_verify_side {
    struct wsync_store *store;
    struct wsync_txn *txn; /* open while it is looked at */
    struct wsync_ledger ledger;
    struct wsync_arena arena;
};

struct wsync_verify {
    const struct wsync_verify_stores *stores;
    const struct wsync_verify_watch *watch;
    struct wsync_verify_result *result;
    struct wsync_error *error;
    struct wsync_verify_side live, again;
    uint64_t total; /* changes of all logs, as their rows say */
    bool damaged;   /* something of the raw log could not be taken */
};

/* Big-endian, as keys are. */
uint64_t wsync_verify_number(const uint8_t *bytes, size_t len);

/* Hands a finding over; `format` makes its place. */
void wsync_verify_found(struct wsync_verify *job, struct wsync_verify_finding *finding);

/* Tells whoever watches how far this part is. */
void wsync_verify_tell(const struct wsync_verify *job, enum wsync_verify_part part,
                       uint64_t done, uint64_t total);

/* "log 3f9ac210, change 17" */
void wsync_verify_place(const struct wsync_log_id *log, uint64_t seq,
                        char text[WSYNC_VERIFY_TEXT_BYTES]);

/* Something of the raw log cannot be taken, for this reason. */
void wsync_verify_damaged(struct wsync_verify *job, const char *what,
                          const struct wsync_log_id *log, uint64_t seq, const char *reason);

/* verify_feed.c: roster and logs into the empty store.  OK also with findings. */
WSYNC_MUST_USE enum wsync_err wsync_verify_feed(struct wsync_verify *job);

/* verify_branches.c: chains and seals of what lies beside the logs. */
WSYNC_MUST_USE enum wsync_err wsync_verify_branches(struct wsync_verify *job);

/* verify_tree.c: the transparency log from its leaves, or the receipts of a ward. */
WSYNC_MUST_USE enum wsync_err wsync_verify_tree(struct wsync_verify *job);

/* verify_own.c: META's "own" and "old" name logs that this device wrote, for that unit. */
WSYNC_MUST_USE enum wsync_err wsync_verify_own(struct wsync_verify *job);

/* verify_seen.c: the rows of the session log and of the admin log. */
WSYNC_MUST_USE enum wsync_err wsync_verify_seen(struct wsync_verify *job);

/* verify_compare.c: table by table, then the digests. */
WSYNC_MUST_USE enum wsync_err wsync_verify_compare(struct wsync_verify *job);

/* A row of both sides under one key, or of one side only (the other's value then has no data
 * and `missing` says which). */
enum wsync_verify_missing { WSYNC_VERIFY_BOTH, WSYNC_VERIFY_NO_LIVE, WSYNC_VERIFY_NO_AGAIN };
struct wsync_verify_pair {
    enum wsync_verify_missing missing;
    struct wsync_slice key, live, again;
};

/* verify_words.c: says in words what a differing pair is about; one for each shape of row. */
typedef void wsync_verify_words(struct wsync_verify *job, const struct wsync_verify_pair *pair,
                                struct wsync_verify_finding *finding);
wsync_verify_words wsync_verify_say_bytes, wsync_verify_say_change, wsync_verify_say_log,
    wsync_verify_say_record, wsync_verify_say_named_record, wsync_verify_say_cell,
    wsync_verify_say_counted, wsync_verify_say_device, wsync_verify_say_form,
    wsync_verify_say_waiting;

/* verify_record.c: the same record with its values in another order? */
WSYNC_MUST_USE enum wsync_err wsync_verify_same_record(struct wsync_verify *job,
                                                       const struct wsync_verify_pair *pair,
                                                       bool *same);

#endif
