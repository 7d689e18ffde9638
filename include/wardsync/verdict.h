/* SPDX-License-Identifier: Apache-2.0 */
/* verdict.h: what the district decided about a change or a branch, as records of the built-in
 * form WSYNC_FORM_VERDICT in its logs (SPEC section 10.8).
 *
 * Before a verdict is here, a replica judges for itself; then the verdict holds. */
#ifndef WARDSYNC_VERDICT_H
#define WARDSYNC_VERDICT_H

#include "wardsync/ledger.h"

enum wsync_decision {
    WSYNC_DECISION_NONE = 0,
    WSYNC_DECISION_QUARANTINE = 1, /* the change does not count */
    WSYNC_DECISION_ADOPT = 2,      /* its rights are waived */
    WSYNC_DECISION_STANDS = 3,     /* this branch of the log counts */
};

struct wsync_verdict {
    struct wsync_log_id log;
    uint64_t seq;
    struct wsync_hash_prefix hash; /* of the chain at seq: names the branch */
    enum wsync_decision decision;
    enum wsync_err reason;   /* QUARANTINE */
    struct wsync_slice note; /* for people; may be empty */
    uint32_t actor;          /* staff number of who passes it; 0: nobody named; not read back */
    struct wsync_dot record; /* that holds it */
    int64_t stamp;           /* of the decision */
};

/* The verdict that holds for the change at `at` of the log, on the branch with that hash;
 * `decision` is NONE when there is none, and when it was REVOKED and no pin excludes the change
 * any more (`record` and `stamp` are then those of the verdict that lapsed). */
WSYNC_MUST_USE enum wsync_err wsync_verdict_on_change(struct wsync_txn *txn,
                                                      struct wsync_arena *arena,
                                                      const struct wsync_log *log,
                                                      const struct wsync_head *at,
                                                      struct wsync_verdict *verdict);

/* The change behind `*change`, by log number and seq (all zero: the first), that any verdict is
 * on, which becomes that; NOT_FOUND. */
WSYNC_MUST_USE enum wsync_err wsync_verdict_after(struct wsync_txn *txn,
                                                  struct wsync_dot *change);

/* The verdict on the branches of the log that part at `seq`; its hash says which one stands. */
WSYNC_MUST_USE enum wsync_err wsync_verdict_on_branch(struct wsync_txn *txn,
                                                      struct wsync_arena *arena,
                                                      const struct wsync_log *log, uint64_t seq,
                                                      struct wsync_verdict *verdict);

/* Passes a verdict as this device: edits the record of the one that holds (`verdict->record`,
 * when its log number is not 0) or writes a new one into the log of `scope`.  Time and entropy
 * are the ledger's moment, the time at least one behind `verdict->stamp`.  RIGHT for a device
 * that is no node. */
WSYNC_MUST_USE enum wsync_err wsync_verdict_put(struct wsync_ledger *ledger,
                                                struct wsync_txn *txn,
                                                struct wsync_arena *arena, uint32_t scope,
                                                const struct wsync_verdict *verdict);

/* May a change quarantined for this reason be adopted? */
bool wsync_verdict_may_adopt(enum wsync_err reason);

#endif
