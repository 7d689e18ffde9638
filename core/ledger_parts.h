/* SPDX-License-Identifier: Apache-2.0 */
/* ledger_parts.h: what the parts of the ledger share: one change on its way into the state.
 *
 * ledger.c accepts runs, author.c writes own changes, judge.c decides, merge.c applies,
 * waiting.c keeps what must be looked at again; settle_parts.h has what follows later. */
#ifndef WARDSYNC_CORE_LEDGER_PARTS_H
#define WARDSYNC_CORE_LEDGER_PARTS_H

#include "wardsync/ledger.h"

/* Why a change is to be looked at again later. */
enum wsync_cause_kind {
    WSYNC_CAUSE_FORM = 'F',    /* a = form, b = version: until the definition is here */
    WSYNC_CAUSE_MERGED = 'M',  /* a = log number, b = seq: until that change is merged */
    WSYNC_CAUSE_REACHED = 'R', /* a = log number, b = seq: until the log is that long here */
    WSYNC_CAUSE_ROOM = 'E', /* a = log number, b = seq: until that change's records have room */

    /* Work that nothing waits for; done in the order of the letters, what writes last. */
    WSYNC_CAUSE_REBUILD = 'S', /* a = scope: its state is to be computed anew */
    WSYNC_CAUSE_REVOKED = 'T', /* b = roster version: a removal of rights */
    WSYNC_CAUSE_REVIEW = 'V',  /* a = log number, b = seq: a verdict was passed on it */
    WSYNC_CAUSE_QUOTA = 'v',   /* a = log number, b = seq: it is due one for want of quota */
    WSYNC_CAUSE_JUDGE = 'w',   /* a = log number, b = seq: a quarantine is due its verdict */
    WSYNC_CAUSE_DECIDE = 'x',  /* a = log number, b = seq: a fork is due its verdict */
    WSYNC_CAUSE_AGAIN = 'y',   /* a = log number, b = branch and seq: to be written again */
    WSYNC_CAUSE_PARKED = 'z',  /* the same, until more of some log is here */
};
enum { WSYNC_CAUSE_WRITES = 'a' }; /* causes from here on write changes */

struct wsync_cause {
    enum wsync_cause_kind kind;
    uint32_t a;
    uint64_t b;
};

/* One change before the bench: everything judge and merge need. */
struct wsync_case {
    struct wsync_ledger *ledger;
    struct wsync_txn *txn;
    struct wsync_arena *arena;
    const struct wsync_log *log;
    const struct wsync_device *device;
    uint32_t top;
    uint64_t seq;
    int64_t stamp;
    const struct wsync_operation *operations;
    size_t operation_count;
    const struct wsync_hash *hash; /* of the chain at seq */
    bool adopted;                  /* a verdict waives its rights */
    bool beyond_quota;             /* it came when its device had handed in enough */
    struct wsync_hand *hand;       /* of its run (hand.h); NULL: a change by itself */
};

enum wsync_outcome {
    WSYNC_OUTCOME_MERGE,
    WSYNC_OUTCOME_WAIT,
    WSYNC_OUTCOME_QUARANTINE,
    WSYNC_OUTCOME_COPY, /* another copy of the change counts */
};

struct wsync_judgement {
    enum wsync_outcome outcome;
    enum wsync_err reason;    /* QUARANTINE */
    struct wsync_cause cause; /* WAIT */
};

/* What an address means here and now. */
enum wsync_resolution {
    WSYNC_RESOLVED,       /* `dot` */
    WSYNC_RESOLVES_LATER, /* `cause` says when to ask again */
    WSYNC_RESOLVES_NEVER, /* no such operation */
};

struct wsync_resolved {
    enum wsync_resolution how;
    struct wsync_dot dot;
    struct wsync_cause cause;
};

/* Resolves an address of operation `op` of the case. */
WSYNC_MUST_USE enum wsync_err wsync_resolve(const struct wsync_case *c,
                                            const struct wsync_address *address, size_t op,
                                            struct wsync_resolved *resolved);

/* Decides on a change whose operations are decoded.  Writes nothing. */
WSYNC_MUST_USE enum wsync_err wsync_judge(const struct wsync_case *c,
                                          struct wsync_judgement *judgement);

/* Applies a change that was judged MERGE.  With `again` the change is in the state already and
 * only its bases are looked at once more. */
WSYNC_MUST_USE enum wsync_err wsync_merge(const struct wsync_case *c, bool again);

/* Decodes the operations of a stored or new change, judges, and merges, parks or quarantines
 * it.  `*state` is what became of it; CROWDED cannot happen after the judgement. */
WSYNC_MUST_USE enum wsync_err wsync_decide(struct wsync_case *c,
                                           const struct wsync_context *context,
                                           const struct wsync_raw_change *raw,
                                           struct wsync_judgement *judgement);

/* Lets the context take effect, decides, appends, and releases whatever waited for this change.
 * The caller puts `log`. */
WSYNC_MUST_USE enum wsync_err wsync_append_change(struct wsync_case *c, struct wsync_log *log,
                                                  const struct wsync_context *context,
                                                  struct wsync_change *change,
                                                  struct wsync_judgement *judgement);

/* Keeps the book of attachments: a record was made (`before` NULL) or changed. */
WSYNC_MUST_USE enum wsync_err wsync_blob_learn(const struct wsync_case *c,
                                               const struct wsync_form *form,
                                               const struct wsync_record *before,
                                               const struct wsync_record *after);

/* Makes `log` the open log of this device in its scope (restore.c). */
WSYNC_MUST_USE enum wsync_err wsync_own_put(struct wsync_txn *txn, const struct wsync_log *log);

/* Is the log of a key of this device that waits for the district (rotation.c)? */
WSYNC_MUST_USE enum wsync_err wsync_key_waits(struct wsync_txn *txn,
                                              const struct wsync_log *log, bool *waits);

/* No rotation waits any more. */
WSYNC_MUST_USE enum wsync_err wsync_rotation_forget(struct wsync_txn *txn);

/* The state a change is kept in. */
enum wsync_change_state wsync_state_of(enum wsync_outcome outcome);

/* The waiting list. */
WSYNC_MUST_USE enum wsync_err wsync_wait_for(struct wsync_txn *txn,
                                             const struct wsync_cause *cause, uint32_t log_no,
                                             uint64_t seq);
WSYNC_MUST_USE enum wsync_err wsync_release(struct wsync_txn *txn,
                                            const struct wsync_cause *cause);

#endif
