/* SPDX-License-Identifier: Apache-2.0 */
/* receipt.h: what a ward does with a receipt: checks it against what it holds and knows, and
 * keeps it (SPEC section 15.4). */
#ifndef WARDSYNC_RECEIPT_H
#define WARDSYNC_RECEIPT_H

#include "wardsync/leaf.h"
#include "wardsync/message.h"
#include "wardsync/tree.h"

/* Fills in what proves the receipt's indexes (its checkpoint, `old_size`, `indexes` and
 * `leaf_count` are set) in the district's tree of that number: leaves and hashes, in the arena.
 * The other one adds a scope's place among all scopes, nothing when it has no log. */
WSYNC_MUST_USE enum wsync_err wsync_receipt_fill(struct wsync_txn *txn,
                                                 struct wsync_arena *arena, uint32_t number,
                                                 struct wsync_receipt *receipt);
WSYNC_MUST_USE enum wsync_err wsync_receipt_fill_scope(struct wsync_arena *arena,
                                                       const struct wsync_scopes *scopes,
                                                       uint32_t scope,
                                                       struct wsync_receipt *receipt);

/* A receipt by itself, as a ward keeps it: the body of its message. */
WSYNC_MUST_USE enum wsync_err wsync_receipt_encode(const struct wsync_receipt *receipt,
                                                   struct wsync_arena *arena,
                                                   struct wsync_slice *bytes);
WSYNC_MUST_USE enum wsync_err wsync_receipt_decode(struct wsync_slice bytes,
                                                   struct wsync_arena *arena,
                                                   struct wsync_receipt *receipt);

/* What a receipt that holds says. */
struct wsync_receipt_facts {
    struct wsync_leaf heads; /* the heads leaf */
    bool complete;           /* of the scope the district holds exactly what this store holds */
    bool proven[WSYNC_PROVE_HEADS_MAX]; /* each head asked for; false: what the district holds
                                           of that log goes on beyond what is held here */
};

/* Checks it, in this order: signed by the district's log key, else SIGNATURE; its leaves and
 * hashes give its root, it ends with a heads leaf whose roster is the one held here, and what
 * was asked for is in it, else PROOF; an older checkpoint of the tree than `asked->last`,
 * ROLLED_BACK; not the tree that `asked->last` was of, nor one that names it, SPLIT. */
WSYNC_MUST_USE enum wsync_err wsync_receipt_check(struct wsync_txn *txn,
                                                  struct wsync_arena *arena,
                                                  const struct wsync_prove *asked,
                                                  const struct wsync_receipt *receipt,
                                                  struct wsync_receipt_facts *facts);

/* What follows from the receipt alone, for one that is signed: PROOF, ROLLED_BACK, SPLIT. */
WSYNC_MUST_USE enum wsync_err wsync_receipt_prove(const struct wsync_instance_id *instance,
                                                  const struct wsync_prove *asked,
                                                  const struct wsync_receipt *receipt,
                                                  struct wsync_receipt_facts *facts);

/* One that is kept. */
struct wsync_kept_receipt {
    uint64_t number;        /* from 1, in the order of arrival */
    int64_t time;           /* seconds since 1970, this device's clock */
    enum wsync_err verdict; /* OK: it holds; else what it is evidence of */
    bool complete;
    struct wsync_slice bytes; /* as wsync_receipt_encode makes them; in the store */
};

/* Keeps it under the next number.  Of those that hold the newest WSYNC_RECEIPTS_KEPT_MAX stay
 * and those that prove where an own log stands; of evidence the first WSYNC_EVIDENCE_KEPT_MAX.
 */
WSYNC_MUST_USE enum wsync_err wsync_receipt_keep(struct wsync_txn *txn,
                                                 struct wsync_arena *arena,
                                                 const struct wsync_receipt *receipt,
                                                 struct wsync_kept_receipt *kept);

/* The next receipt behind `kept->number`; NOT_FOUND. */
WSYNC_MUST_USE enum wsync_err wsync_receipt_after(struct wsync_txn *txn,
                                                  struct wsync_kept_receipt *kept);

/* How many contradict what was signed before, ever; 0 is as it should be. */
WSYNC_MUST_USE enum wsync_err wsync_receipt_alarms(struct wsync_txn *txn, uint64_t *count);

/* Up to where this device's log is proven, and by which receipt; zeros: not yet. */
struct wsync_proven {
    uint64_t seq;
    uint64_t judged; /* up to here the leaves of quarantined changes were asked for */
    uint64_t number; /* of the receipt */
};
WSYNC_MUST_USE enum wsync_err wsync_proven_get(struct wsync_txn *txn, uint32_t log_no,
                                               struct wsync_proven *proven);

/* What this device has to ask for: heads of its own logs that the district acknowledged and no
 * receipt proves yet; `anew`: all of them.  `heads` has room for WSYNC_PROVE_HEADS_MAX. */
WSYNC_MUST_USE enum wsync_err wsync_receipt_wanted(struct wsync_txn *txn,
                                                   const struct wsync_device_id *device,
                                                   bool anew, struct wsync_head *heads,
                                                   size_t *count);

/* Notes what a receipt that holds proves. */
WSYNC_MUST_USE enum wsync_err wsync_receipt_note(struct wsync_txn *txn,
                                                 const struct wsync_prove *asked,
                                                 uint64_t number);

/* A ward that takes a receipt of another tree leaves the one of its last checkpoint; a district
 * that shows that tree again runs on an old copy. */
WSYNC_MUST_USE enum wsync_err wsync_receipt_leave_tree(struct wsync_txn *txn,
                                                       const struct wsync_checkpoint *last);
WSYNC_MUST_USE enum wsync_err wsync_receipt_tree_was_left(struct wsync_txn *txn,
                                                          const struct wsync_checkpoint *shown,
                                                          bool *left);

#endif
