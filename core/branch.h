/* SPDX-License-Identifier: Apache-2.0 */
/* branch.h: a log as a tree: the path that counts and the branches of forks that do not, kept
 * as evidence beside it (SPEC section 5.7, docs/decisions/0004).
 *
 * The changes and seals of a branch stand in the tables of all changes under a number of their
 * own, which no log has, from the change on where the branch leaves its log; the table BRANCHES
 * says where that is.  What stands before belongs to the log: a branch of a branch has its own
 * copy of what both share.  branch.c keeps the rows and places what others bring, standing.c
 * decides which path counts. */
#ifndef WARDSYNC_CORE_BRANCH_H
#define WARDSYNC_CORE_BRANCH_H

#include "wardsync/verdict.h"

/* One path through the tree, from the first change to a tip. */
struct wsync_branch {
    uint32_t log_no;
    uint32_t number;  /* 0: the log itself; else 1 to 7 */
    uint32_t rows_no; /* its number in CHANGES and SEALS, from `fork` on; before: the log's */
    uint64_t fork;    /* at most one behind the log's head */
    uint64_t seq;     /* of its tip */
    struct wsync_hash hash;
};

/* What validation found out about a run, before anything is written. */
struct wsync_plan {
    const struct wsync_change_set *set;
    struct wsync_roster roster;
    struct wsync_device device;
    struct wsync_genesis genesis;   /* of a log that is new here */
    struct wsync_log log;           /* as it stands before the run */
    struct wsync_hash *hashes;      /* of each change of the set */
    struct wsync_context *contexts; /* of those not held yet, at their index in the set */
    int64_t *stamps;
    size_t known;             /* how many leading changes are held already */
    uint64_t within_quota;    /* how many of the others count by the device's quota */
    struct wsync_hash before; /* what the run continues */
    struct wsync_branch on;   /* where the last of these, or what the run continues, is held */
    bool aside;               /* the rest does not continue the log */
    struct wsync_branch to;   /* but this branch, which may be new: it then ends before it */
};

/* The paths of a log one by one: itself, then its branches; begins with `log_no` 0.  NOT_FOUND
 * behind the last. */
WSYNC_MUST_USE enum wsync_err wsync_branch_next(struct wsync_txn *txn,
                                                const struct wsync_log *log,
                                                struct wsync_branch *path);
/* The path with this number; NOT_FOUND. */
WSYNC_MUST_USE enum wsync_err wsync_branch_get(struct wsync_txn *txn,
                                               const struct wsync_log *log, uint32_t number,
                                               struct wsync_branch *path);
/* The next branch of a log behind `number` (0: the first); NOT_FOUND. */
WSYNC_MUST_USE enum wsync_err wsync_branch_after(struct wsync_txn *txn, uint32_t log_no,
                                                 uint32_t number, struct wsync_branch *branch);

/* What stands on a path; as the functions of the same names in log.h. */
WSYNC_MUST_USE enum wsync_err wsync_branch_change(struct wsync_txn *txn,
                                                  const struct wsync_branch *path, uint64_t seq,
                                                  struct wsync_change *change);
WSYNC_MUST_USE enum wsync_err wsync_branch_hash(struct wsync_txn *txn,
                                                const struct wsync_branch *path, uint64_t seq,
                                                struct wsync_hash *hash);
WSYNC_MUST_USE enum wsync_err wsync_branch_next_seal(struct wsync_txn *txn,
                                                     const struct wsync_branch *path,
                                                     uint64_t seq, struct wsync_seal *seal);
WSYNC_MUST_USE enum wsync_err wsync_branch_sealed_before(struct wsync_txn *txn,
                                                         const struct wsync_branch *path,
                                                         uint64_t seq, uint64_t *sealed);

/* The path whose hash at `seq` begins so, the log itself first; NOT_FOUND. */
WSYNC_MUST_USE enum wsync_err wsync_branch_find(struct wsync_txn *txn,
                                                const struct wsync_log *log, uint64_t seq,
                                                struct wsync_slice prefix,
                                                struct wsync_branch *path);

/* An entry of the reference table as it stands at the tip of a path.  OPERATION when there is
 * none, NOT_FOUND when its log is not here by name. */
WSYNC_MUST_USE enum wsync_err wsync_branch_reference(struct wsync_txn *txn,
                                                     struct wsync_arena *arena,
                                                     const struct wsync_branch *path,
                                                     uint32_t reference,
                                                     struct wsync_target *target);
/* What the change at `seq` of a path counts as: itself, or what it was written again from.
 * OPERATION when it names nothing as that. */
WSYNC_MUST_USE enum wsync_err wsync_branch_origin(struct wsync_txn *txn,
                                                  struct wsync_arena *arena,
                                                  const struct wsync_branch *path, uint64_t seq,
                                                  struct wsync_target *origin);

/* ---- a run that came ---- */

/* The chain hash that the run continues, of any path: GAP, CHAIN. */
WSYNC_MUST_USE enum wsync_err wsync_branch_before(struct wsync_txn *txn,
                                                  const struct wsync_plan *plan,
                                                  struct wsync_hash *before);
/* Where the run belongs, once its hashes are known: FORK when there are too many branches. */
WSYNC_MUST_USE enum wsync_err wsync_branch_place(struct wsync_txn *txn,
                                                 struct wsync_arena *arena,
                                                 struct wsync_plan *plan);
/* Runs are sent on from seal to seal: with what stands here unsealed before it, the run must
 * still be one.  OVERSIZE. */
WSYNC_MUST_USE enum wsync_err wsync_branch_check_weight(struct wsync_txn *txn,
                                                        const struct wsync_plan *plan);
/* Keeps it and queues the review of the fork. */
WSYNC_MUST_USE enum wsync_err wsync_branch_keep(struct wsync_txn *txn, struct wsync_plan *plan);
/* The log grew: what it shares with its branches now is theirs no longer. */
WSYNC_MUST_USE enum wsync_err wsync_branch_trim(struct wsync_txn *txn,
                                                const struct wsync_log *log);

/* ---- for standing.c ---- */

/* A branch without changes under the first free number; FORK when there is none. */
WSYNC_MUST_USE enum wsync_err wsync_branch_new(struct wsync_txn *txn, uint32_t log_no,
                                               uint64_t fork, bool from_others,
                                               struct wsync_branch *branch);
WSYNC_MUST_USE enum wsync_err wsync_branch_put(struct wsync_txn *txn,
                                               const struct wsync_branch *branch);
/* Takes the branch off the list; its rows stay. */
WSYNC_MUST_USE enum wsync_err wsync_branch_del(struct wsync_txn *txn,
                                               const struct wsync_branch *branch);
/* Puts `log` to where it stands behind the change `seq` of the path. */
WSYNC_MUST_USE enum wsync_err wsync_branch_base(struct wsync_txn *txn,
                                                struct wsync_arena *arena,
                                                const struct wsync_branch *path, uint64_t seq,
                                                struct wsync_log *log);

/* A stretch of a path whose changes verdicts may forbid: held already, or of a run that comes
 * (`hashes` from `first` on). */
struct wsync_stretch {
    const struct wsync_branch *path;
    const struct wsync_hash *hashes;
    uint64_t first, last;
};

/* The first change of the stretch in whose place a verdict has another one stand, and that
 * verdict; NOT_FOUND. */
WSYNC_MUST_USE enum wsync_err wsync_standing_forbids(struct wsync_txn *txn,
                                                     struct wsync_arena *arena,
                                                     const struct wsync_log *log,
                                                     const struct wsync_stretch *stretch,
                                                     struct wsync_verdict *verdict);

#endif
