/* SPDX-License-Identifier: Apache-2.0 */
/* log.h: logs, changes, seals and reference tables as rows of the store.
 *
 * This module keeps rows and judges nothing; the ledger decides what is appended.  A log may be
 * known by name only (a reference names it before any of it arrived): it then has a number,
 * head seq 0 and `known` false.  Rows that do not read back answer CORRUPT. */
#ifndef WARDSYNC_LOG_H
#define WARDSYNC_LOG_H

#include "wardsync/chain.h"
#include "wardsync/store.h"

struct wsync_log {
    uint32_t no; /* dense, from 1; of this store only */
    struct wsync_log_id id;
    bool known; /* the genesis is here */
    uint32_t scope;
    struct wsync_device_id device;
    struct wsync_signing_key signing_key;
    uint64_t seq;            /* of the head; 0: only the genesis or nothing */
    struct wsync_hash hash;  /* of the head */
    int64_t stamp;           /* the author's clock at the head, seconds since 1970 */
    uint64_t roster_version; /* as last written in the chain */
    uint32_t reference_count;
};

/* What became of a change (SPEC section 10). */
enum wsync_change_state {
    WSYNC_CHANGE_MERGED = 0,
    WSYNC_CHANGE_WAITING = 1,
    WSYNC_CHANGE_QUARANTINED = 2,
    WSYNC_CHANGE_COPY = 3, /* written again of one that counts already: changes nothing */
};

struct wsync_change {
    struct wsync_hash hash;
    int64_t stamp; /* absolute */
    enum wsync_change_state state;
    struct wsync_raw_change raw; /* points into the store */
};

/* A reference as the store keeps it. */
struct wsync_target {
    uint32_t log_no;
    uint64_t seq;
    struct wsync_hash_prefix hash;
    uint64_t since; /* the change that brought it: no earlier one can mean it */
};

struct wsync_seal {
    uint64_t seq; /* of the last change it covers */
    struct wsync_checkpoint checkpoint;
    struct wsync_signature signature;
};

/* NOT_FOUND when the store has not heard of the log. */
WSYNC_MUST_USE enum wsync_err wsync_log_find(struct wsync_txn *txn,
                                             const struct wsync_log_id *id,
                                             struct wsync_log *log);
WSYNC_MUST_USE enum wsync_err wsync_log_get(struct wsync_txn *txn, uint32_t log_no,
                                            struct wsync_log *log);

/* Finds the log or gives it a number. */
WSYNC_MUST_USE enum wsync_err wsync_log_intern(struct wsync_txn *txn,
                                               const struct wsync_log_id *id,
                                               struct wsync_log *log);

/* The highest number given so far; 0: none. */
WSYNC_MUST_USE enum wsync_err wsync_log_last_no(struct wsync_txn *txn, uint32_t *no);

/* Stores a checked genesis as seq 0 and fills `log` from it. */
WSYNC_MUST_USE enum wsync_err wsync_log_open(struct wsync_txn *txn, struct wsync_slice bytes,
                                             const struct wsync_genesis *genesis,
                                             struct wsync_log *log);

/* Appends a change with its chain hash and moves the head in `log`; the caller puts `log` once
 * the run is appended. */
WSYNC_MUST_USE enum wsync_err wsync_log_append(struct wsync_txn *txn, struct wsync_log *log,
                                               const struct wsync_change *change);
WSYNC_MUST_USE enum wsync_err wsync_log_put(struct wsync_txn *txn, const struct wsync_log *log);

/* The genesis bytes; the change at `seq` (1 or more); the chain hash at `seq` (0 or more). */
WSYNC_MUST_USE enum wsync_err wsync_log_genesis(struct wsync_txn *txn, uint32_t log_no,
                                                struct wsync_slice *bytes);
WSYNC_MUST_USE enum wsync_err wsync_log_change(struct wsync_txn *txn, uint32_t log_no,
                                               uint64_t seq, struct wsync_change *change);
WSYNC_MUST_USE enum wsync_err wsync_log_hash(struct wsync_txn *txn, uint32_t log_no,
                                             uint64_t seq, struct wsync_hash *hash);
WSYNC_MUST_USE enum wsync_err wsync_log_set_state(struct wsync_txn *txn, uint32_t log_no,
                                                  uint64_t seq, enum wsync_change_state state);

/* Adds an entry of the change that is appended next to the log's reference table (its index:
 * the count before, plus 1) and interns the log it names; `log` is updated, the caller puts it.
 */
WSYNC_MUST_USE enum wsync_err wsync_log_add_reference(struct wsync_txn *txn,
                                                      struct wsync_log *log,
                                                      const struct wsync_reference *reference);
WSYNC_MUST_USE enum wsync_err wsync_log_reference(struct wsync_txn *txn, uint32_t log_no,
                                                  uint32_t index, struct wsync_target *target);

/* How many entries the changes before `seq` brought. */
WSYNC_MUST_USE enum wsync_err wsync_log_references_before(struct wsync_txn *txn,
                                                          uint32_t log_no, uint64_t seq,
                                                          uint32_t *count);

/* Seals: one a run.  `next` finds the first seal at or after `seq`. */
WSYNC_MUST_USE enum wsync_err wsync_log_put_seal(struct wsync_txn *txn, uint32_t log_no,
                                                 const struct wsync_seal *seal);
WSYNC_MUST_USE enum wsync_err wsync_log_next_seal(struct wsync_txn *txn, uint32_t log_no,
                                                  uint64_t seq, struct wsync_seal *seal);

/* The first log whose id stands after `after` in the order of ids; NULL: the first of all.
 * Logs known by name only are passed over. */
WSYNC_MUST_USE enum wsync_err wsync_log_after(struct wsync_txn *txn,
                                              const struct wsync_log_id *after,
                                              struct wsync_log *log);

/* The last sealed seq before `seq`; 0: none. */
WSYNC_MUST_USE enum wsync_err wsync_log_sealed_before(struct wsync_txn *txn, uint32_t log_no,
                                                      uint64_t seq, uint64_t *sealed);

/* Moves the changes and seals of a log from `first` on to another number and removes the
 * references they brought; the caller mends the log's row.  `copy` puts those from `first` to
 * `last` under another number as well.  `drop` forgets all of a number, `drop_until` what
 * stands up to `last`. */
WSYNC_MUST_USE enum wsync_err wsync_log_move(struct wsync_txn *txn, uint32_t from, uint32_t to,
                                             uint64_t first);
WSYNC_MUST_USE enum wsync_err wsync_log_copy(struct wsync_txn *txn, uint32_t from, uint32_t to,
                                             uint64_t first, uint64_t last);
WSYNC_MUST_USE enum wsync_err wsync_log_drop_until(struct wsync_txn *txn, uint32_t log_no,
                                                   uint64_t last);
WSYNC_MUST_USE enum wsync_err wsync_log_drop(struct wsync_txn *txn, uint32_t log_no);

/* What the district holds of a log, as it last said (table HELD); 0 when it never did.  Shown
 * to people, and where the next session's first flight begins; never trusted beyond that. */
WSYNC_MUST_USE enum wsync_err wsync_held_get(struct wsync_txn *txn, uint32_t log_no,
                                             uint64_t *seq);
WSYNC_MUST_USE enum wsync_err wsync_held_put(struct wsync_txn *txn, uint32_t log_no,
                                             uint64_t seq);

#endif
