/* SPDX-License-Identifier: Apache-2.0 */
#include "wardsync/receipt.h"

#include <string.h>

#include "core/branch.h"
#include "wardsync/tree.h"

/* A receipt with its leaves read. */
struct opened {
    const struct wsync_instance_id *instance;
    const struct wsync_prove *asked;
    const struct wsync_receipt *receipt;
    struct wsync_leaf leaves[WSYNC_RECEIPT_LEAVES_MAX];
    struct wsync_hash hashes[WSYNC_RECEIPT_LEAVES_MAX];
};

static bool same_tree(const struct opened *opened)
{
    return memcmp(opened->receipt->checkpoint.checkpoint.tree,
                  opened->asked->last.checkpoint.tree, WSYNC_TREE_ID_BYTES) == 0;
}

/* ---- the receipt by itself ---- */

static enum wsync_err read_leaves(struct opened *opened)
{
    const struct wsync_receipt *receipt = opened->receipt;
    uint64_t size = receipt->checkpoint.checkpoint.size;
    size_t count = receipt->leaf_count;
    if (count == 0 || count > WSYNC_RECEIPT_LEAVES_MAX ||
        receipt->indexes[count - 1] != size - 1) {
        return WSYNC_ERR_PROOF;
    }
    for (size_t i = 0; i < count; i++) {
        opened->hashes[i] = wsync_merkle_leaf(receipt->leaves[i]);
        enum wsync_err err = wsync_leaf_decode(receipt->leaves[i], &opened->leaves[i]);
        if (err != WSYNC_OK) {
            return err;
        }
    }
    const struct wsync_leaf *heads = &opened->leaves[count - 1];
    return heads->kind == WSYNC_LEAF_HEADS && heads->time == receipt->checkpoint.time
               ? WSYNC_OK
               : WSYNC_ERR_PROOF;
}

/* Times never fall along a tree: nothing is dated back behind what was signed. */
static enum wsync_err check_times(const struct opened *opened)
{
    const struct wsync_signed_checkpoint *last = &opened->asked->last;
    int64_t time = INT64_MIN;
    for (size_t i = 0; i < opened->receipt->leaf_count; i++) {
        const struct wsync_leaf *leaf = &opened->leaves[i];
        bool since = same_tree(opened) && opened->receipt->indexes[i] >= last->checkpoint.size;
        if (leaf->kind == WSYNC_LEAF_LINK) {
            continue;
        }
        if (leaf->time < time || (since && leaf->time < last->time)) {
            return WSYNC_ERR_PROOF;
        }
        time = leaf->time;
    }
    return WSYNC_OK;
}

/* The tree holds the leaves, and goes on from the last checkpoint where that is of the same
 * tree. */
static enum wsync_err check_tree(const struct opened *opened)
{
    const struct wsync_receipt *receipt = opened->receipt;
    const struct wsync_checkpoint *now = &receipt->checkpoint.checkpoint;
    const struct wsync_checkpoint *last = &opened->asked->last.checkpoint;
    bool same = same_tree(opened);
    const struct wsync_merkle_claim claim = {same ? last->size : 0, now->size, receipt->indexes,
                                             receipt->leaf_count};
    struct wsync_hash root;
    struct wsync_hash old;
    if (same && now->size < last->size) {
        return WSYNC_ERR_ROLLED_BACK;
    }
    if (receipt->old_size != claim.old_size ||
        !wsync_merkle_fold(&claim, opened->hashes, receipt->hashes, &root, &old) ||
        !wsync_hash_equal(&root, &now->root)) {
        return WSYNC_ERR_PROOF;
    }
    return same && !wsync_hash_equal(&old, &last->root) ? WSYNC_ERR_SPLIT : WSYNC_OK;
}

/* A tree that is new here shows its first leaf, which gives it its id, and what it goes on
 * from. */
static enum wsync_err check_beginning(const struct opened *opened)
{
    const struct wsync_receipt *receipt = opened->receipt;
    const struct wsync_checkpoint *last = &opened->asked->last.checkpoint;
    const struct wsync_leaf *first = &opened->leaves[0];
    if (same_tree(opened)) {
        return WSYNC_OK;
    }
    if (receipt->indexes[0] != 0 || first->kind != WSYNC_LEAF_OPEN ||
        memcmp(opened->hashes[0].b, receipt->checkpoint.checkpoint.tree, WSYNC_TREE_ID_BYTES) !=
            0 ||
        memcmp(first->instance.b, opened->instance->b, sizeof first->instance.b) != 0) {
        return WSYNC_ERR_PROOF;
    }
    bool linked = wsync_checkpoint_is_none(last);
    for (size_t i = 0; i < receipt->leaf_count; i++) {
        const struct wsync_leaf *leaf = &opened->leaves[i];
        linked |= (leaf->kind == WSYNC_LEAF_OPEN || leaf->kind == WSYNC_LEAF_LINK) &&
                  wsync_checkpoint_equal(&leaf->older, last);
    }
    return linked ? WSYNC_OK : WSYNC_ERR_SPLIT;
}

/* The scope asked for has its place among all scopes. */
static enum wsync_err check_scope(const struct opened *opened, const struct wsync_leaf *heads)
{
    const struct wsync_receipt *receipt = opened->receipt;
    uint64_t position = receipt->position;
    const struct wsync_merkle_claim claim = {0, heads->scope_count, &position, 1};
    struct wsync_scope_heads scope;
    struct wsync_hash root;
    struct wsync_hash old;
    if (receipt->scope.len == 0) {
        return receipt->path.len == 0 && receipt->position == 0 ? WSYNC_OK : WSYNC_ERR_PROOF;
    }
    struct wsync_hash leaf = wsync_merkle_leaf(receipt->scope);
    bool good = wsync_scope_heads_decode(receipt->scope, &scope) == WSYNC_OK &&
                scope.scope == opened->asked->scope &&
                wsync_merkle_fold(&claim, &leaf, receipt->path, &root, &old) &&
                wsync_hash_equal(&root, &heads->scopes);
    return good ? WSYNC_OK : WSYNC_ERR_PROOF;
}

static enum wsync_err prove(struct opened *opened, struct wsync_receipt_facts *facts)
{
    *facts = (struct wsync_receipt_facts){.complete = false};
    enum wsync_err err = read_leaves(opened);
    if (err == WSYNC_OK) {
        facts->heads = opened->leaves[opened->receipt->leaf_count - 1];
        err = check_tree(opened);
    }
    if (err == WSYNC_OK) {
        err = check_times(opened);
    }
    if (err == WSYNC_OK) {
        err = check_beginning(opened);
    }
    return err == WSYNC_OK ? check_scope(opened, &facts->heads) : err;
}

enum wsync_err wsync_receipt_prove(const struct wsync_instance_id *instance,
                                   const struct wsync_prove *asked,
                                   const struct wsync_receipt *receipt,
                                   struct wsync_receipt_facts *facts)
{
    struct opened opened = {.instance = instance, .asked = asked, .receipt = receipt};
    return prove(&opened, facts);
}

/* ---- the receipt beside what is held ---- */

/* What a leaf says of a head. */
enum cover {
    COVERS_NOT,
    COVERS_BEYOND, /* maybe: it is further on than any path of the log here */
    COVERS,
};

/* Is the leaf's head of the same log, at or beyond the one asked for and by way of it? */
static enum wsync_err covers(struct wsync_txn *txn, const struct wsync_leaf *leaf,
                             const struct wsync_head *asked, enum cover *cover)
{
    struct wsync_log log;
    struct wsync_branch path;
    struct wsync_hash hash;
    *cover = COVERS_NOT;
    if (leaf->kind != WSYNC_LEAF_SET || !wsync_log_id_equal(&leaf->head.log, &asked->log) ||
        leaf->head.seq < asked->seq) {
        return WSYNC_OK;
    }
    enum wsync_err err = wsync_log_find(txn, &asked->log, &log);
    if (err == WSYNC_OK) {
        err = wsync_branch_find(txn, &log, leaf->head.seq, wsync_slice(NULL, 0), &path);
        *cover = err == WSYNC_ERR_NOT_FOUND ? COVERS_BEYOND : COVERS_NOT;
    }
    if (err == WSYNC_OK) {
        err = wsync_branch_find(txn, &log, leaf->head.seq, WSYNC_BYTES(leaf->head.hash), &path);
    }
    if (err == WSYNC_OK) {
        err = wsync_branch_hash(txn, &path, asked->seq, &hash);
        *cover = err == WSYNC_OK && wsync_hash_equal(&hash, &asked->hash) ? COVERS : COVERS_NOT;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* Every head asked for is under a leaf.  Another machine with this device's keys may have
 * handed in more of a log than is held here: then nothing is proven, nor false. */
static enum wsync_err check_asked(struct wsync_txn *txn, const struct opened *opened,
                                  struct wsync_receipt_facts *facts)
{
    for (size_t i = 0; i < opened->asked->head_count; i++) {
        enum cover best = COVERS_NOT;
        for (size_t k = 0; k < opened->receipt->leaf_count; k++) {
            enum cover cover;
            enum wsync_err err =
                covers(txn, &opened->leaves[k], &opened->asked->heads[i], &cover);
            if (err != WSYNC_OK) {
                return err;
            }
            best = cover > best ? cover : best;
        }
        facts->proven[i] = best == COVERS;
        if (best == COVERS_NOT) {
            return WSYNC_ERR_PROOF;
        }
    }
    return WSYNC_OK;
}

/* The district's roster is the one that is held here, as far as it goes. */
static enum wsync_err check_roster(struct wsync_txn *txn, const struct wsync_leaf *heads)
{
    struct wsync_signed_statement held;
    enum wsync_err err = wsync_roster_statement(txn, heads->roster_version, &held);
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    struct wsync_hash hash = wsync_statement_hash(held.statement);
    return wsync_hash_equal(&hash, &heads->roster_hash) ? WSYNC_OK : WSYNC_ERR_PROOF;
}

/* Is the scope's frontier what is held of it here? */
static enum wsync_err compare_scope(struct wsync_txn *txn, struct wsync_arena *arena,
                                    const struct opened *opened, bool *complete)
{
    uint8_t bytes[WSYNC_SCOPE_HEADS_BYTES];
    struct wsync_scopes scopes;
    size_t mark = wsync_arena_mark(arena);
    enum wsync_err err = wsync_scopes_collect(txn, arena, &scopes);
    *complete = err == WSYNC_OK && opened->receipt->scope.len == 0;
    for (size_t i = 0; err == WSYNC_OK && i < scopes.count; i++) {
        if (scopes.items[i].scope == opened->asked->scope) {
            *complete = wsync_slice_equal(wsync_scope_heads_encode(&scopes.items[i], bytes),
                                          opened->receipt->scope);
        }
    }
    wsync_arena_release(arena, mark);
    return err;
}

enum wsync_err wsync_receipt_check(struct wsync_txn *txn, struct wsync_arena *arena,
                                   const struct wsync_prove *asked,
                                   const struct wsync_receipt *receipt,
                                   struct wsync_receipt_facts *facts)
{
    struct wsync_roster roster;
    enum wsync_err err = wsync_roster_get(txn, &roster);
    struct opened opened = {.instance = &roster.instance, .asked = asked, .receipt = receipt};
    if (err == WSYNC_OK) {
        err = wsync_checkpoint_verify(&roster.log_key, &roster.instance, &receipt->checkpoint)
                  ? prove(&opened, facts)
                  : WSYNC_ERR_SIGNATURE;
    }
    if (err == WSYNC_OK) {
        err = check_roster(txn, &facts->heads);
    }
    if (err == WSYNC_OK) {
        err = check_asked(txn, &opened, facts);
    }
    return err == WSYNC_OK ? compare_scope(txn, arena, &opened, &facts->complete) : err;
}
