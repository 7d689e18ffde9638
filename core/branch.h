/* SPDX-License-Identifier: Apache-2.0 */
/* branch.h: the branches of a fork that do not count: kept as evidence beside their log.
 *
 * Their changes and seals stand in the tables of all changes under a number of their own, which
 * no log has; the table BRANCHES says where each leaves its log (docs/decisions/0003). */
#ifndef WARDSYNC_CORE_BRANCH_H
#define WARDSYNC_CORE_BRANCH_H

#include "wardsync/ledger.h"

struct wsync_branch {
    uint32_t log_no;
    uint32_t number;  /* 1 to 7 */
    uint32_t rows_no; /* its number in CHANGES and SEALS */
    uint64_t fork;    /* seq of its first change */
    uint64_t seq;     /* of its last one; fork - 1 before any */
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
    size_t known; /* how many leading changes are held already */
    bool aside;   /* the rest is of a branch that does not count */
    struct wsync_branch branch;
    struct wsync_hash before; /* what the run continues, once `aside` */
};

/* The next branch of a log behind `number` (0: the first); NOT_FOUND. */
WSYNC_MUST_USE enum wsync_err wsync_branch_after(struct wsync_txn *txn, uint32_t log_no,
                                                 uint32_t number, struct wsync_branch *branch);

/* The run continues no head of the log: a branch that it does continue, with the hash it
 * continues; else CHAIN. */
WSYNC_MUST_USE enum wsync_err wsync_branch_continue(struct wsync_txn *txn,
                                                    struct wsync_plan *plan,
                                                    struct wsync_hash *before);

/* The run leaves the log at the change behind those known: the branch that begins so, or a new
 * one; FORK when there are too many. */
WSYNC_MUST_USE enum wsync_err wsync_branch_leave(struct wsync_txn *txn,
                                                 struct wsync_plan *plan);

/* Puts a run aside that would continue the log against a verdict. */
WSYNC_MUST_USE enum wsync_err wsync_branch_stands(struct wsync_txn *txn,
                                                  struct wsync_arena *arena,
                                                  struct wsync_plan *plan);

/* Sizes and contexts of a run that is put aside: OVERSIZE, CONTEXT. */
WSYNC_MUST_USE enum wsync_err wsync_branch_check(struct wsync_arena *arena,
                                                 const struct wsync_plan *plan);

/* Keeps it; the district owes a verdict then. */
WSYNC_MUST_USE enum wsync_err wsync_branch_keep(struct wsync_ledger *ledger,
                                                struct wsync_txn *txn, struct wsync_plan *plan);

/* Puts `log` to where it stood before its change `fork`. */
WSYNC_MUST_USE enum wsync_err wsync_branch_base(struct wsync_txn *txn,
                                                struct wsync_arena *arena, uint64_t fork,
                                                struct wsync_log *log);

#endif
