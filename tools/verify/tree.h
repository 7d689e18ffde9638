/* SPDX-License-Identifier: Apache-2.0 */
/* tree.h: one proof over a Merkle tree of RFC 6962, checked (SPEC section 15.1).
 *
 * Written from that text alone and not from core/merkle.c, which makes the proofs: the two are
 * compared by a test on random trees. */
#ifndef WARDSYNC_VERIFY_TREE_H
#define WARDSYNC_VERIFY_TREE_H

#include "wardsync/ids.h"

/* Leaves that stand at these places in a tree of `size`, and the size of an older tree whose
 * leaves are the first of it (0: none is meant). */
struct tree_claim {
    uint64_t size, old_size;
    const uint64_t *indexes;          /* ascending, each once */
    const struct wsync_slice *leaves; /* their bytes, as many */
    size_t count;
};

struct tree_roots {
    struct wsync_hash now, old; /* `old` only when the claim has an older tree */
};

/* The roots that the proof gives; false when the claim makes no sense or the proof holds
 * another number of hashes than it takes. */
WSYNC_MUST_USE bool tree_roots(const struct tree_claim *claim, struct wsync_slice proof,
                               struct tree_roots *roots);

/* The root of a tree that is here as a whole. */
struct wsync_hash tree_root_of(const struct wsync_slice *leaves, size_t count);

#endif
