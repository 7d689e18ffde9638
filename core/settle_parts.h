/* SPDX-License-Identifier: Apache-2.0 */
/* settle_parts.h: what follows from a change once it is here, done by wsync_ledger_settle.
 *
 * verdict.c reads and passes verdicts, branch.c keeps the branches of a fork, rebuild.c
 * computes the state of a scope anew, again.c writes changes once more (origin.h). */
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

/* Looks again at all changes that wait for what is released by now. */
WSYNC_MUST_USE enum wsync_err wsync_settle_released(const struct wsync_work *work);

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
/* Writes some changes of a branch of this device again (cause AGAIN), or of what another device
 * left whose place it took. */
WSYNC_MUST_USE enum wsync_err wsync_write_again(const struct wsync_work *work, uint32_t log_no,
                                                uint64_t at);

#endif
