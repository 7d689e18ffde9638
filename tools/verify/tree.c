/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/verify/tree.h"

#include <string.h>

#include "wardsync/crypto.h"

enum { LEAF_PREFIX = 0, NODE_PREFIX = 1 };

static struct wsync_hash hash_leaf(struct wsync_slice leaf)
{
    static const uint8_t PREFIX = LEAF_PREFIX;
    struct wsync_slice pieces[] = {wsync_slice(&PREFIX, 1), leaf};
    return wsync_sha256(pieces, 2);
}

static struct wsync_hash hash_node(struct wsync_hash left, struct wsync_hash right)
{
    static const uint8_t PREFIX = NODE_PREFIX;
    struct wsync_slice pieces[] = {wsync_slice(&PREFIX, 1), WSYNC_BYTES(left),
                                   WSYNC_BYTES(right)};
    return wsync_sha256(pieces, 3);
}

/* The largest power of two below `count`, which is above 1. */
static uint64_t half_of(uint64_t count)
{
    uint64_t half = 1;
    while (half < count - half) {
        half *= 2;
    }
    return half;
}

/* A proof being read from left to right. */
struct fold {
    const struct tree_claim *claim;
    struct wsync_slice proof; /* what is left */
    size_t next;              /* of the claim's leaves */
    bool bad;
};

/* What the leaves from `low` to before `high` hash to; `old` only counts those of the older
 * tree and is meaningless when there are none. */
static struct tree_roots walk(struct fold *fold, uint64_t low, uint64_t high)
{
    const struct tree_claim *claim = fold->claim;
    struct tree_roots here = {{{0}}, {{0}}};
    bool wanted = fold->next < claim->count && claim->indexes[fold->next] < high;
    bool across = low < claim->old_size && claim->old_size < high;
    if (!wanted && !across) {
        if (fold->proof.len < sizeof here.now.b) {
            fold->bad = true;
            return here;
        }
        memcpy(here.now.b, fold->proof.data, sizeof here.now.b);
        fold->proof = wsync_slice(fold->proof.data + sizeof here.now.b,
                                  fold->proof.len - sizeof here.now.b);
    } else if (high - low == 1) {
        here.now = hash_leaf(claim->leaves[fold->next++]);
    } else {
        uint64_t middle = low + half_of(high - low);
        struct tree_roots left = walk(fold, low, middle);
        struct tree_roots right = fold->bad ? here : walk(fold, middle, high);
        here.now = hash_node(left.now, right.now);
        here.old = claim->old_size <= middle ? left.old : hash_node(left.now, right.old);
    }
    if (claim->old_size >= high) {
        here.old = here.now;
    }
    return here;
}

bool tree_roots(const struct tree_claim *claim, struct wsync_slice proof,
                struct tree_roots *roots)
{
    struct fold fold = {.claim = claim, .proof = proof};
    if (claim->size == 0 || claim->size > WSYNC_TREE_LEAVES_MAX ||
        claim->old_size > claim->size) {
        return false;
    }
    for (size_t i = 0; i < claim->count; i++) {
        if (claim->indexes[i] >= claim->size ||
            (i > 0 && claim->indexes[i] <= claim->indexes[i - 1])) {
            return false;
        }
    }
    *roots = walk(&fold, 0, claim->size);
    return !fold.bad && fold.proof.len == 0 && fold.next == claim->count;
}

struct wsync_hash tree_root_of(const struct wsync_slice *leaves, size_t count)
{
    if (count == 0) {
        return wsync_sha256(NULL, 0);
    }
    if (count == 1) {
        return hash_leaf(leaves[0]);
    }
    size_t half = (size_t)half_of(count);
    return hash_node(tree_root_of(leaves, half), tree_root_of(leaves + half, count - half));
}
