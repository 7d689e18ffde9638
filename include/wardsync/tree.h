/* SPDX-License-Identifier: Apache-2.0 */
/* tree.h: the district's transparency log in its store (SPEC section 15; docs/decisions/0005).
 *
 * One leaf for each change-set that brought something from outside, appended in the transaction
 * that takes it.  A checkpoint ends with a heads leaf and is signed, after everything since the
 * last one was read and hashed again, in one transaction with all it speaks of; only a durable
 * one is spoken of.  A store without a tree keeps no log: nothing here happens then. */
#ifndef WARDSYNC_TREE_H
#define WARDSYNC_TREE_H

#include "wardsync/checkpoint.h"
#include "wardsync/desk.h"
#include "wardsync/leaf.h"
#include "wardsync/ledger.h"
#include "wardsync/merkle.h"

/* The tree that grows; older ones stay under smaller numbers. */
struct wsync_tree {
    uint32_t number; /* from 1; of this store only */
    uint8_t id[WSYNC_TREE_ID_BYTES];
    uint64_t size;
    int64_t time;           /* of its last leaf: times never fall */
    struct wsync_hash last; /* of that leaf: no node may hold it yet */
};

/* NOT_FOUND when this store keeps no log. */
WSYNC_MUST_USE enum wsync_err wsync_tree_get(struct wsync_txn *txn, struct wsync_tree *tree);

/* Begins the log, or another tree of it: the first leaf names the last checkpoint of the one
 * before, then come leaves for what is held of every other device's logs.  Uses the time and
 * the entropy of the ledger's moment. */
WSYNC_MUST_USE enum wsync_err wsync_tree_open(const struct wsync_ledger *ledger,
                                              struct wsync_txn *txn);

/* Appends a leaf and what it completes; its time is raised to that of the leaf before. OVERFLOW
 * when the tree is full. */
WSYNC_MUST_USE enum wsync_err wsync_tree_append(struct wsync_txn *txn, struct wsync_tree *tree,
                                                struct wsync_leaf *leaf);

/* Appends the leaf of an accepted change-set that ends with `head`; `first` is its first change
 * when it stands on the log itself, 0 when it was put aside.  Nothing where no log is kept. */
WSYNC_MUST_USE enum wsync_err wsync_tree_note_set(const struct wsync_ledger *ledger,
                                                  struct wsync_txn *txn,
                                                  struct wsync_arena *arena,
                                                  const struct wsync_head *head,
                                                  uint64_t first);

/* A leaf as it was appended; NOT_FOUND.  Points into the store. */
WSYNC_MUST_USE enum wsync_err wsync_tree_leaf(struct wsync_txn *txn, uint32_t number,
                                              uint64_t index, struct wsync_slice *leaf);

/* Where the first leaf stands whose change-set holds `head`, in which tree; NOT_FOUND. */
struct wsync_leaf_place {
    uint32_t number;
    uint64_t index;
};
WSYNC_MUST_USE enum wsync_err wsync_tree_find(struct wsync_txn *txn,
                                              const struct wsync_head *head,
                                              struct wsync_leaf_place *place);

/* Puts a leaf for an older tree's checkpoint unless there is one; says where it stands. */
WSYNC_MUST_USE enum wsync_err wsync_tree_link(struct wsync_txn *txn, struct wsync_tree *tree,
                                              const struct wsync_checkpoint *older,
                                              uint64_t *index);

/* The hashes of one tree; `context` is kept by the caller as long as the source. */
struct wsync_tree_context {
    struct wsync_txn *txn;
    uint32_t number;
};
struct wsync_merkle_source wsync_tree_source(struct wsync_tree_context *context);

/* The scopes of all logs and where each stands, ascending, in the arena; their root. */
struct wsync_scopes {
    const struct wsync_scope_heads *items;
    size_t count;
    struct wsync_hash root;
};
WSYNC_MUST_USE enum wsync_err wsync_scopes_collect(struct wsync_txn *txn,
                                                   struct wsync_arena *arena,
                                                   struct wsync_scopes *scopes);
/* What proves item number `position` against the root. */
WSYNC_MUST_USE enum wsync_err wsync_scopes_prove(const struct wsync_scopes *scopes,
                                                 size_t position,
                                                 struct wsync_hash path[WSYNC_RECEIPT_PATH_MAX],
                                                 size_t *count);

/* Signs where the tree stands, after a heads leaf, if anything changed since the last
 * checkpoint.  CORRUPT when what is stored is not what was hashed: then nothing is signed. */
WSYNC_MUST_USE enum wsync_err wsync_tree_sign(const struct wsync_ledger *ledger,
                                              struct wsync_txn *txn,
                                              const struct wsync_signing_secret *secret,
                                              const struct wsync_scopes *scopes);

/* The last checkpoint this device signed (district) or verified (ward); all zero: none. */
WSYNC_MUST_USE enum wsync_err wsync_checkpoint_last(struct wsync_txn *txn,
                                                    struct wsync_signed_checkpoint *last);
WSYNC_MUST_USE enum wsync_err wsync_checkpoint_keep(struct wsync_txn *txn,
                                                    const struct wsync_signed_checkpoint *last);

/* Is the desk's secret that of the log key which the roster names? */
bool wsync_log_can_sign(const struct wsync_roster *roster, const struct wsync_desk *desk);

/* Which of the log keys that the roster ever named signed it; NOT_FOUND when none did. */
WSYNC_MUST_USE enum wsync_err wsync_checkpoint_signer(
    struct wsync_txn *txn, const struct wsync_signed_checkpoint *checkpoint,
    struct wsync_signing_key *key);

/* One that this district signed of a tree of its own; NOT_FOUND. */
WSYNC_MUST_USE enum wsync_err wsync_tree_checkpoint(struct wsync_txn *txn,
                                                    const struct wsync_tree *tree,
                                                    uint64_t size,
                                                    struct wsync_signed_checkpoint *checkpoint);

#endif
