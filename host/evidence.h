/* SPDX-License-Identifier: Apache-2.0 */
/* evidence.h: what lies beside the logs because it does not count: branches of forks, as the
 * table BRANCHES lists them (docs/decisions/0003), and what became of them. */
#ifndef WARDSYNC_HOST_EVIDENCE_H
#define WARDSYNC_HOST_EVIDENCE_H

#include "wardsync/log.h"
#include "wardsync/verdict.h"

enum { WSYNC_EVIDENCE_NUMBERS = 7 }; /* a branch of a log is numbered 1 to this */

/* Rows of branches stand in CHANGES and SEALS under numbers from here on. */
#define WSYNC_EVIDENCE_ROWS (1U << 31)

struct wsync_evidence {
    struct wsync_log log; /* that it is a branch of */
    uint32_t number;
    uint32_t rows_no;   /* its number in CHANGES and SEALS */
    uint64_t fork, seq; /* of its first and last change */
    struct wsync_hash hash;
};

/* The number in CHANGES and SEALS of a branch. */
uint32_t wsync_evidence_rows(uint32_t log_no, uint32_t number);

/* Reads a row of BRANCHES; false when it is none. */
bool wsync_evidence_read(struct wsync_txn *txn, const struct wsync_entry *entry,
                         struct wsync_evidence *evidence);

/* The next branch of the log behind `number` (0: the first); NOT_FOUND, CORRUPT. */
WSYNC_MUST_USE enum wsync_err wsync_evidence_next(struct wsync_txn *txn, uint32_t log_no,
                                                  uint32_t number,
                                                  struct wsync_evidence *evidence);

/* How many changes lie aside of one log; 0: of all. */
WSYNC_MUST_USE enum wsync_err wsync_evidence_count(struct wsync_txn *txn, uint32_t log_no,
                                                   uint64_t *changes);

/* How many changes of the branch were written again by their author, as far as known here. */
WSYNC_MUST_USE enum wsync_err wsync_evidence_again(struct wsync_txn *txn,
                                                   const struct wsync_evidence *evidence,
                                                   uint64_t *changes);

enum wsync_standing {
    WSYNC_STANDING_UNDECIDED, /* no verdict here yet: what came first counts meanwhile */
    WSYNC_STANDING_LOG,       /* what is held as the log stands */
    WSYNC_STANDING_BRANCH,    /* this branch does; it takes the log's place when settled */
    WSYNC_STANDING_OTHER,     /* one that is not here */
};

/* What the verdict on the fork says, and when it was passed. */
WSYNC_MUST_USE enum wsync_err wsync_evidence_standing(struct wsync_txn *txn,
                                                      struct wsync_arena *arena,
                                                      const struct wsync_evidence *evidence,
                                                      enum wsync_standing *standing,
                                                      int64_t *stamp);

#endif
