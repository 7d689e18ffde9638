/* SPDX-License-Identifier: Apache-2.0 */
/* ledger_parts.h: what the parts of the ledger share: one change on its way into the state.
 *
 * ledger.c accepts runs, author.c writes own changes, judge.c decides, merge.c applies,
 * waiting.c keeps what must be looked at again. */
#ifndef WARDSYNC_CORE_LEDGER_PARTS_H
#define WARDSYNC_CORE_LEDGER_PARTS_H

#include "wardsync/ledger.h"

/* Why a change is to be looked at again later. */
enum wsync_cause_kind {
    WSYNC_CAUSE_FORM = 'F',    /* a = form, b = version: until the definition is here */
    WSYNC_CAUSE_MERGED = 'M',  /* a = log number, b = seq: until that change is merged */
    WSYNC_CAUSE_REACHED = 'R', /* a = log number, b = seq: until the log is that long here */
};

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
};

enum wsync_outcome { WSYNC_OUTCOME_MERGE, WSYNC_OUTCOME_WAIT, WSYNC_OUTCOME_QUARANTINE };

struct wsync_judgement {
    enum wsync_outcome outcome;
    enum wsync_err reason;    /* QUARANTINE */
    struct wsync_cause cause; /* WAIT */
};

/* What an address means here and now. */
enum wsync_resolution {
    WSYNC_RESOLVED,       /* `dot` */
    WSYNC_RESOLVES_LATER, /* `cause` says when to ask again */
    WSYNC_RESOLVES_NEVER, /* another branch, or no such operation */
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

/* The waiting list. */
WSYNC_MUST_USE enum wsync_err wsync_wait_for(struct wsync_txn *txn,
                                             const struct wsync_cause *cause, uint32_t log_no,
                                             uint64_t seq);
WSYNC_MUST_USE enum wsync_err wsync_release(struct wsync_txn *txn,
                                            const struct wsync_cause *cause);

#endif
