/* SPDX-License-Identifier: Apache-2.0 */
/* settle_parts.h: what follows from a change once it is here, done by wsync_ledger_settle.
 *
 * verdict.c reads and passes verdicts, origin.c knows what was written again, branch.c keeps
 * the branches of a fork, rebuild.c computes the state of a scope anew, again.c writes changes
 * of a lost branch once more. */
#ifndef WARDSYNC_CORE_SETTLE_PARTS_H
#define WARDSYNC_CORE_SETTLE_PARTS_H

#include "core/ledger_parts.h"
#include "wardsync/verdict.h"

/* One piece of work: what is released, and with what it is done. */
struct wsync_work {
    struct wsync_ledger *ledger;
    struct wsync_txn *txn;
    struct wsync_arena *arena;
};

/* Queues work for settle, whether or not something waits for it. */
WSYNC_MUST_USE enum wsync_err wsync_work_put(struct wsync_txn *txn,
                                             const struct wsync_cause *cause);

/* Changes that could not be written again for want of what they name are tried once more. */
WSYNC_MUST_USE enum wsync_err wsync_work_unpark(struct wsync_txn *txn);

/* Looks at one change again: judges it when it waits, tries its bases when it is merged. */
WSYNC_MUST_USE enum wsync_err wsync_look_again(const struct wsync_work *work, uint32_t log_no,
                                               uint64_t seq);

/* ---- verdict.c ---- */

/* Takes note of a written or altered verdict record and queues the review of what it names. */
WSYNC_MUST_USE enum wsync_err wsync_verdict_learn(struct wsync_txn *txn,
                                                  const struct wsync_record *after);
/* Carries out what was decided about one change or branch (cause REVIEW). */
WSYNC_MUST_USE enum wsync_err wsync_verdict_review(const struct wsync_work *work,
                                                   uint32_t log_no, uint64_t seq);
/* As the district: passes the verdict that a quarantine here is due (cause JUDGE), or that the
 * branch held here stands (cause DECIDE). */
WSYNC_MUST_USE enum wsync_err wsync_verdict_judge(const struct wsync_work *work,
                                                  uint32_t log_no, uint64_t seq);
WSYNC_MUST_USE enum wsync_err wsync_verdict_decide(const struct wsync_work *work,
                                                   uint32_t log_no, uint64_t seq);
/* Is this store the district's, whose verdicts hold? */
WSYNC_MUST_USE enum wsync_err wsync_ledger_is_node(const struct wsync_ledger *ledger,
                                                   struct wsync_txn *txn, bool *node);

/* ---- quota.c ---- */

/* Counts changes of the device that came now, as the district; the first `*within` of them are
 * within its quota. */
WSYNC_MUST_USE enum wsync_err wsync_quota_take(const struct wsync_ledger *ledger,
                                               struct wsync_txn *txn,
                                               const struct wsync_device *device,
                                               uint64_t count, uint64_t *within);

/* ---- rebuild.c ---- */

/* Computes everything that is derived from the logs of a scope anew; top: from all logs. */
WSYNC_MUST_USE enum wsync_err wsync_rebuild(const struct wsync_work *work, uint32_t scope);

/* ---- origin.c ---- */

/* Judges the origin of a change that is not judged otherwise yet: MERGE to go on, or COPY, WAIT
 * or QUARANTINE. */
WSYNC_MUST_USE enum wsync_err wsync_origin_judge(const struct wsync_case *c,
                                                 const struct wsync_context *context,
                                                 struct wsync_judgement *judgement);
/* A verdict quarantines the change: it is written again, but stands for nothing. */
WSYNC_MUST_USE enum wsync_err wsync_origin_drop(const struct wsync_case *c,
                                                const struct wsync_context *context);
/* Says of all copies of the logs of a scope (0: all) what verdicts say of them now, before they
 * are judged anew. */
WSYNC_MUST_USE enum wsync_err wsync_origin_mark(const struct wsync_work *work, uint32_t scope);
/* The change that counts for a change in state COPY. */
WSYNC_MUST_USE enum wsync_err wsync_origin_counting(struct wsync_txn *txn,
                                                    struct wsync_arena *arena,
                                                    struct wsync_dot *dot);
/* What an address by a reference means, `dot` being as it says: that, where the log leads to
 * the entry; else what counts for it.  NOT_FOUND while that is not here; `dot` is then the
 * change whose coming, or whose copy's, the address waits for. */
WSYNC_MUST_USE enum wsync_err wsync_origin_meaning(struct wsync_txn *txn,
                                                   struct wsync_arena *arena,
                                                   const struct wsync_target *target,
                                                   struct wsync_dot *dot);
/* The first copy, in the order of ids, of (log, seq, hash) that no verdict quarantines;
 * NOT_FOUND.  `written`: or one of that device that is quarantined. */
WSYNC_MUST_USE enum wsync_err wsync_origin_copy(struct wsync_txn *txn,
                                                const struct wsync_target *origin,
                                                struct wsync_dot *dot);
WSYNC_MUST_USE enum wsync_err wsync_origin_written(struct wsync_txn *txn,
                                                   const struct wsync_target *origin,
                                                   const struct wsync_device_id *by,
                                                   struct wsync_dot *dot);
/* Does what is named as an origin count by itself: is it on the branch that counts here, and
 * not quarantined with REVOKED, be it by a verdict or, without one, by what the roster pins? */
WSYNC_MUST_USE enum wsync_err wsync_origin_stands(struct wsync_txn *txn,
                                                  struct wsync_arena *arena,
                                                  const struct wsync_target *origin,
                                                  bool *stands);
/* The copy in place of a change that does not stand; leaves `dot` when there is none. */
WSYNC_MUST_USE enum wsync_err wsync_origin_instead(struct wsync_txn *txn,
                                                   struct wsync_arena *arena,
                                                   struct wsync_dot *dot);
/* Do a change that was judged anew and its copies no longer say the same? */
WSYNC_MUST_USE enum wsync_err wsync_origin_review(struct wsync_txn *txn,
                                                  struct wsync_arena *arena,
                                                  const struct wsync_log *log, uint64_t seq,
                                                  bool *wrong);
/* Originals that came behind their copies: queues the rebuild of the scope if they stand. */
WSYNC_MUST_USE enum wsync_err wsync_origin_returned(struct wsync_txn *txn,
                                                    struct wsync_arena *arena,
                                                    const struct wsync_log *log,
                                                    uint64_t first);
/* Forgets what the changes from `first` on wrote again: their branch gives way. */
WSYNC_MUST_USE enum wsync_err wsync_origin_forget(struct wsync_txn *txn, uint32_t log_no,
                                                  uint64_t first);

/* ---- ledger.c ---- */

/* Appends changes that were taken before, on a branch: nothing but rights and contexts can
 * forbid them on the log. */
WSYNC_MUST_USE enum wsync_err wsync_ledger_follow(struct wsync_ledger *ledger,
                                                  struct wsync_txn *txn,
                                                  struct wsync_arena *arena,
                                                  const struct wsync_change_set *set);

/* ---- standing.c, again.c ---- */

/* Makes the path count that verdicts have stand, as far as it is here, after one on `seq` or a
 * branch that came (from REVIEW); `log` follows.  What is due then is queued: the district's
 * verdict on a branch, and what lies aside of this device to be written again. */
WSYNC_MUST_USE enum wsync_err wsync_standing_settle(const struct wsync_work *work,
                                                    struct wsync_log *log, uint64_t seq);
/* Writes some changes of a branch of this device again (cause AGAIN). */
WSYNC_MUST_USE enum wsync_err wsync_write_again(const struct wsync_work *work, uint32_t log_no,
                                                uint64_t at);

#endif
