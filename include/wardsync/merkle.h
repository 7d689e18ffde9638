/* SPDX-License-Identifier: Apache-2.0 */
/* merkle.h: the hashing of RFC 6962 and one proof for everything at once (SPEC section 15.1).
 *
 * A proof shows of a tree of `size` leaves that it holds some leaves where they are claimed to
 * stand, and, when `old_size` is not 0, that its first leaves are those of an older tree.  It
 * is the hashes, from left to right, of the largest subtrees that hold no such leaf and do not
 * reach across the end of the older tree.  No store and no memory of its own: what it needs of
 * a tree it asks from a source. */
#ifndef WARDSYNC_MERKLE_H
#define WARDSYNC_MERKLE_H

#include "wardsync/error.h"
#include "wardsync/ids.h"

/* Where the hashes of a tree are: of the complete subtree over the leaves from index * 2^level
 * on, 2^level of them.  Level 0 is a leaf's hash. */
struct wsync_merkle_source {
    void *context;
    enum wsync_err (*hash)(void *context, unsigned level, uint64_t index,
                           struct wsync_hash *hash);
};

/* What a proof is about. */
struct wsync_merkle_claim {
    uint64_t old_size;       /* at most `size`; 0: nothing of an older tree */
    uint64_t size;           /* 1 to WSYNC_TREE_LEAVES_MAX */
    const uint64_t *indexes; /* ascending, each once, below `size` */
    size_t count;
};

struct wsync_hash wsync_merkle_leaf(struct wsync_slice leaf);
struct wsync_hash wsync_merkle_node(const struct wsync_hash *left,
                                    const struct wsync_hash *right);

/* The root of the first `size` leaves; of none, the hash of nothing.  What the source answers.
 */
WSYNC_MUST_USE enum wsync_err wsync_merkle_root(const struct wsync_merkle_source *source,
                                                uint64_t size, struct wsync_hash *root);

/* Are sizes and indexes as they must be? */
bool wsync_merkle_claim_is_legal(const struct wsync_merkle_claim *claim);

/* The proof of a legal claim.  OVERSIZE when it has more than `max` hashes; else what the
 * source answers. */
WSYNC_MUST_USE enum wsync_err wsync_merkle_prove(const struct wsync_merkle_source *source,
                                                 const struct wsync_merkle_claim *claim,
                                                 struct wsync_hash *hashes, size_t max,
                                                 size_t *count);

/* Computes from a proof and the leaves' hashes (as many as indexes) the root of the tree and,
 * when `old_size` is not 0, that of the older one: the claim holds when they are those that the
 * reader knows.  False when the claim is not legal or the proof has not exactly as many hashes
 * as it needs; at most 128 hashes are computed for each index and for the old tree. */
WSYNC_MUST_USE bool wsync_merkle_fold(const struct wsync_merkle_claim *claim,
                                      const struct wsync_hash *leaves,
                                      struct wsync_slice hashes, struct wsync_hash *root,
                                      struct wsync_hash *old_root);

#endif
