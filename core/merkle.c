/* SPDX-License-Identifier: Apache-2.0 */
#include "wardsync/merkle.h"

#include <string.h>

#include "wardsync/crypto.h"

enum { LEAF_PREFIX = 0, NODE_PREFIX = 1 };

_Static_assert(WSYNC_TREE_LEAVES_MAX < UINT64_MAX / 2, "sums of indexes do not wrap");

struct wsync_hash wsync_merkle_leaf(struct wsync_slice leaf)
{
    static const uint8_t PREFIX = LEAF_PREFIX;
    struct wsync_slice pieces[] = {wsync_slice(&PREFIX, 1), leaf};
    return wsync_sha256(pieces, 2);
}

struct wsync_hash wsync_merkle_node(const struct wsync_hash *left,
                                    const struct wsync_hash *right)
{
    static const uint8_t PREFIX = NODE_PREFIX;
    struct wsync_slice pieces[] = {wsync_slice(&PREFIX, 1), WSYNC_BYTES(*left),
                                   WSYNC_BYTES(*right)};
    return wsync_sha256(pieces, 3);
}

/* The leaves from `first` up to before `end`: always a node of the tree, by the rule of RFC
 * 6962 that splits at the largest power of two below the number of leaves. */
struct span {
    uint64_t first, end;
};

static uint64_t middle(struct span span)
{
    uint64_t most = span.end - span.first - 1; /* at least 1 */
    return span.first + (1ULL << (63 - __builtin_clzll(most)));
}

static bool is_complete(struct span span)
{
    uint64_t leaves = span.end - span.first;
    return (leaves & (leaves - 1)) == 0;
}

/* At most one complete subtree at each level, from the right. */
static enum wsync_err hash_of(const struct wsync_merkle_source *source, struct span span,
                              struct wsync_hash *hash)
{
    uint64_t end = span.end;
    bool begun = false;
    while (end > span.first) { /* ends: each turn takes a subtree off the end */
        struct span last = {span.first, end};
        while (!is_complete(last)) {
            last.first = middle(last);
        }
        unsigned level = (unsigned)__builtin_ctzll(last.end - last.first);
        struct wsync_hash part;
        enum wsync_err err = source->hash(source->context, level, last.first >> level, &part);
        if (err != WSYNC_OK) {
            return err;
        }
        *hash = begun ? wsync_merkle_node(&part, hash) : part;
        begun = true;
        end = last.first;
    }
    return WSYNC_OK;
}

enum wsync_err wsync_merkle_root(const struct wsync_merkle_source *source, uint64_t size,
                                 struct wsync_hash *root)
{
    if (size == 0) {
        *root = wsync_sha256(NULL, 0);
        return WSYNC_OK;
    }
    return hash_of(source, (struct span){0, size}, root);
}

bool wsync_merkle_claim_is_legal(const struct wsync_merkle_claim *claim)
{
    bool legal = claim->size >= 1 && claim->size <= WSYNC_TREE_LEAVES_MAX &&
                 claim->old_size <= claim->size;
    for (size_t i = 0; i < claim->count && legal; i++) {
        legal = claim->indexes[i] < claim->size &&
                (i == 0 || claim->indexes[i - 1] < claim->indexes[i]);
    }
    return legal;
}

/* A walk over the tree from left to right. */
struct walk {
    const struct wsync_merkle_claim *claim;
    size_t next; /* the first index that was not passed yet */
    /* making */
    const struct wsync_merkle_source *source;
    struct wsync_hash *out;
    size_t max, made;
    /* checking */
    const struct wsync_hash *leaves;
    struct wsync_slice left;
};

static bool holds_target(const struct walk *walk, struct span span)
{
    return walk->next < walk->claim->count && walk->claim->indexes[walk->next] < span.end;
}

static bool reaches_across(const struct walk *walk, struct span span)
{
    return span.first < walk->claim->old_size && walk->claim->old_size < span.end;
}

static enum wsync_err make(struct walk *walk, struct span span)
{
    if (!holds_target(walk, span) && !reaches_across(walk, span)) {
        return walk->made == walk->max ? WSYNC_ERR_OVERSIZE
                                       : hash_of(walk->source, span, &walk->out[walk->made++]);
    }
    if (span.end - span.first == 1) {
        walk->next++;
        return WSYNC_OK;
    }
    uint64_t at = middle(span);
    enum wsync_err err = make(walk, (struct span){span.first, at}); /* depth: at most 64 */
    return err == WSYNC_OK ? make(walk, (struct span){at, span.end}) : err;
}

enum wsync_err wsync_merkle_prove(const struct wsync_merkle_source *source,
                                  const struct wsync_merkle_claim *claim,
                                  struct wsync_hash *hashes, size_t max, size_t *count)
{
    struct walk walk = {.claim = claim, .source = source, .out = hashes, .max = max};
    WSYNC_ASSERT(wsync_merkle_claim_is_legal(claim));
    enum wsync_err err = make(&walk, (struct span){0, claim->size});
    *count = walk.made;
    return err;
}

/* The hash of a node, and of the part of it that belongs to the older tree, if any does. */
struct folded {
    struct wsync_hash hash, old;
};

static bool take(struct walk *walk, struct span span, struct folded *node)
{
    bool whole = !holds_target(walk, span) && !reaches_across(walk, span);
    if (whole) {
        if (walk->left.len < sizeof node->hash.b) {
            return false;
        }
        memcpy(node->hash.b, walk->left.data, sizeof node->hash.b);
        walk->left = wsync_slice(walk->left.data + sizeof node->hash.b,
                                 walk->left.len - sizeof node->hash.b);
    } else {
        node->hash = walk->leaves[walk->next++];
    }
    node->old = node->hash;
    return true;
}

static bool fold(struct walk *walk, struct span span, struct folded *node)
{
    struct folded left;
    struct folded right;
    uint64_t old_size = walk->claim->old_size;
    if (span.end - span.first == 1 ||
        (!holds_target(walk, span) && !reaches_across(walk, span))) {
        return take(walk, span, node);
    }
    uint64_t at = middle(span);
    if (!fold(walk, (struct span){span.first, at}, &left) || /* depth: at most 64 */
        !fold(walk, (struct span){at, span.end}, &right)) {
        return false;
    }
    node->hash = wsync_merkle_node(&left.hash, &right.hash);
    node->old = old_size >= span.end ? node->hash
                : old_size <= at     ? left.old
                                     : wsync_merkle_node(&left.hash, &right.old);
    return true;
}

bool wsync_merkle_fold(const struct wsync_merkle_claim *claim, const struct wsync_hash *leaves,
                       struct wsync_slice hashes, struct wsync_hash *root,
                       struct wsync_hash *old_root)
{
    struct walk walk = {.claim = claim, .leaves = leaves, .left = hashes};
    struct folded node;
    if (!wsync_merkle_claim_is_legal(claim) ||
        !fold(&walk, (struct span){0, claim->size}, &node) || walk.left.len != 0) {
        return false;
    }
    *root = node.hash;
    *old_root = node.old;
    return true;
}
