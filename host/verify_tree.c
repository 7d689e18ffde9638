/* SPDX-License-Identifier: Apache-2.0 */
/* The transparency log, computed anew from its leaves: nodes, checkpoints and their signatures;
 * every head has its leaf and every leaf its change; no seal names a checkpoint that this log
 * never had (SPEC section 15).  At a ward, the receipts it keeps. */
#include "host/verify_parts.h"

#include <stdio.h>
#include <string.h>

#include "wardsync/frontier.h"
#include "wardsync/receipt.h"
#include "wardsync/restore.h"
#include "wardsync/tree.h"

enum { LEVELS_MAX = 40, PROGRESS_LEAVES = 1 << 16 };

/* The tree that is being read, and its complete subtrees so far, largest first. */
struct walk {
    struct wsync_verify *job;
    struct wsync_tree_context stored;
    struct wsync_hash parts[LEVELS_MAX];
    size_t count;
    uint64_t size, nodes, checkpoints; /* rows that must be there */
    struct wsync_tree newest;
    struct wsync_signed_checkpoint last; /* of the newest tree */
};

static void found(struct wsync_verify *job, const char *what, uint64_t index,
                  const char *stored)
{
    struct wsync_verify_finding finding = {.what = what};
    snprintf(finding.place, sizeof finding.place, "number %llu", (unsigned long long)index);
    snprintf(finding.stored, sizeof finding.stored, "%s", stored);
    wsync_verify_found(job, &finding);
}

static struct wsync_hash root_of(const struct walk *walk)
{
    struct wsync_hash root = walk->parts[walk->count - 1];
    for (size_t i = walk->count - 1; i-- > 0;) {
        root = wsync_merkle_node(&walk->parts[i], &root);
    }
    return root;
}

static void check_node(struct walk *walk, unsigned level, uint64_t index,
                       const struct wsync_hash *hash)
{
    const struct wsync_merkle_source source = wsync_tree_source(&walk->stored);
    struct wsync_hash stored;
    walk->nodes++;
    if (source.hash(source.context, level, index, &stored) != WSYNC_OK ||
        !wsync_hash_equal(&stored, hash)) {
        found(walk->job, "tree", index, "a node is not the hash of its leaves");
    }
}

/* A leaf's set is held, and is found by its head. */
static void check_set(struct walk *walk, const struct wsync_leaf *leaf)
{
    struct wsync_txn *txn = walk->job->live.txn;
    struct wsync_leaf_place place;
    bool newest = walk->stored.number == walk->newest.number;
    bool held;
    if (wsync_head_held(txn, &leaf->head, &held) != WSYNC_OK || !held) {
        found(walk->job, "leaves", walk->size, "names a change that is not held");
    } else if (newest && wsync_tree_find(txn, &leaf->head, &place) != WSYNC_OK) {
        found(walk->job, "leaves", walk->size, "is not found by its head");
    }
}

static void check_checkpoint(struct walk *walk)
{
    uint8_t key[12];
    struct wsync_slice row;
    struct wsync_signing_key signer;
    struct wsync_signed_checkpoint signed_one = {.checkpoint = {.size = walk->size}};
    for (size_t i = 0; i < 4; i++) {
        key[i] = (uint8_t)(walk->stored.number >> (24 - 8 * i));
    }
    for (size_t i = 0; i < 8; i++) {
        key[4 + i] = (uint8_t)(walk->size >> (56 - 8 * i));
    }
    if (wsync_txn_get(walk->job->live.txn, WSYNC_TABLE_CHECKPOINTS,
                      wsync_slice(key, sizeof key), &row) != WSYNC_OK) {
        return;
    }
    walk->checkpoints++;
    struct wsync_hash first;
    struct wsync_hash root = root_of(walk);
    const struct wsync_merkle_source source = wsync_tree_source(&walk->stored);
    if (row.len != sizeof root.b + 8 + WSYNC_SIGNATURE_BYTES ||
        memcmp(row.data, root.b, sizeof root.b) != 0 ||
        source.hash(source.context, 0, 0, &first) != WSYNC_OK) {
        found(walk->job, "checkpoints", walk->size, "is not the root of the leaves");
        return;
    }
    memcpy(signed_one.checkpoint.tree, first.b, sizeof signed_one.checkpoint.tree);
    signed_one.checkpoint.root = root;
    memcpy(signed_one.signature.b, row.data + sizeof root.b + 8, WSYNC_SIGNATURE_BYTES);
    if (wsync_checkpoint_signer(walk->job->live.txn, &signed_one, &signer) != WSYNC_OK) {
        found(walk->job, "checkpoints", walk->size, "is signed by no log key of the roster");
    }
    walk->last = signed_one;
}

static void take_leaf(struct walk *walk, struct wsync_slice bytes)
{
    struct wsync_hash hash = wsync_merkle_leaf(bytes);
    uint64_t index = walk->size;
    struct wsync_leaf leaf;
    if (wsync_leaf_decode(bytes, &leaf) != WSYNC_OK ||
        (leaf.kind == WSYNC_LEAF_OPEN) != (index == 0)) {
        found(walk->job, "leaves", index, "cannot be read");
    } else if (leaf.kind == WSYNC_LEAF_SET) {
        check_set(walk, &leaf);
    }
    for (unsigned level = 1; (index & 1) == 1; level++) {
        hash = wsync_merkle_node(&walk->parts[--walk->count], &hash);
        index >>= 1;
        check_node(walk, level, index, &hash);
    }
    WSYNC_ASSERT(walk->count < LEVELS_MAX);
    walk->parts[walk->count++] = hash;
    walk->size++;
    check_checkpoint(walk);
    if (walk->size % PROGRESS_LEAVES == 0) {
        wsync_verify_tell(walk->job, WSYNC_VERIFY_LEAVES, walk->size, walk->newest.size);
    }
}

/* The last leaf of a tree was read. */
static void end_tree(struct walk *walk)
{
    struct wsync_signed_checkpoint last;
    if (walk->stored.number != walk->newest.number) {
        return;
    }
    if (walk->size != walk->newest.size ||
        wsync_checkpoint_last(walk->job->live.txn, &last) != WSYNC_OK ||
        (walk->checkpoints > 0 &&
         !wsync_checkpoint_equal(&last.checkpoint, &walk->last.checkpoint) &&
         memcmp(last.checkpoint.tree, walk->newest.id, sizeof walk->newest.id) == 0)) {
        found(walk->job, "tree", walk->size, "ends elsewhere than its row says");
    }
}

static uint64_t count_rows(struct wsync_txn *txn, enum wsync_table table)
{
    struct wsync_entry entry = {.key = {NULL, 0}};
    uint64_t count = 0;
    while (wsync_txn_seek_any(txn, table, WSYNC_SEEK_GT, &entry) == WSYNC_OK) {
        count++;
    }
    return count;
}

static enum wsync_err read_trees(struct walk *walk)
{
    struct wsync_txn *txn = walk->job->live.txn;
    struct wsync_entry entry = {.key = {NULL, 0}};
    enum wsync_err err;
    while ((err = wsync_txn_seek(txn, WSYNC_TABLE_LEAVES, WSYNC_SEEK_GT, &entry)) == WSYNC_OK) {
        uint32_t number = (uint32_t)wsync_verify_number(entry.key.data, 4);
        uint64_t index = wsync_verify_number(entry.key.data + 4, 8);
        if (number != walk->stored.number) {
            end_tree(walk);
            walk->stored.number = number;
            walk->size = walk->count = 0;
        }
        if (index != walk->size) {
            found(walk->job, "leaves", index, "stands behind a gap");
            return WSYNC_OK;
        }
        take_leaf(walk, entry.value);
    }
    if (err != WSYNC_ERR_NOT_FOUND && err != WSYNC_ERR_CORRUPT) {
        return err;
    }
    end_tree(walk);
    if (count_rows(txn, WSYNC_TABLE_TREE) != walk->nodes) {
        found(walk->job, "tree", walk->nodes, "nodes that no leaves give");
    }
    if (count_rows(txn, WSYNC_TABLE_CHECKPOINTS) != walk->checkpoints) {
        found(walk->job, "checkpoints", walk->checkpoints, "checkpoints beyond the leaves");
    }
    return WSYNC_OK;
}

/* ---- heads and seals ---- */

static enum wsync_err check_heads(struct wsync_verify *job)
{
    const struct wsync_frontier all = {.reader = NULL};
    struct wsync_log log;
    struct wsync_log_id at;
    const struct wsync_log_id *after = NULL;
    enum wsync_err err;
    while ((err = wsync_log_after(job->live.txn, after, &log)) == WSYNC_OK) {
        struct wsync_tips tips = {.count = 0};
        struct wsync_leaf_place place;
        bool own = wsync_device_id_equal(&log.device, &job->stores->identity->device);
        if (!own && wsync_frontier_tips(job->live.txn, &all, &log, &tips) == WSYNC_OK) {
            for (size_t i = 0; i < tips.count; i++) {
                if (tips.items[i].seq > 0 &&
                    wsync_tree_find(job->live.txn, &tips.items[i], &place) != WSYNC_OK) {
                    wsync_verify_damaged(job, "leaves", &log.id, tips.items[i].seq,
                                         "was taken and has no leaf");
                }
            }
        }
        at = log.id;
        after = &at;
    }
    return err == WSYNC_ERR_NOT_FOUND || err == WSYNC_ERR_CORRUPT ? WSYNC_OK : err;
}

/* What the place of a leaf says of it: log number, seq and hash; number 0, a link's size and
 * root. */
static bool is_place_of(struct wsync_txn *txn, const struct wsync_entry *entry)
{
    enum { VALUE_BYTES = 12, HASH_AT = 12, PREFIX_BYTES = 8 };
    uint32_t log_no = (uint32_t)wsync_verify_number(entry->key.data, 4);
    uint64_t seq = wsync_verify_number(entry->key.data + 4, 8);
    struct wsync_slice bytes;
    struct wsync_leaf leaf;
    struct wsync_log log;
    if (entry->value.len != VALUE_BYTES ||
        wsync_tree_leaf(txn, (uint32_t)wsync_verify_number(entry->value.data, 4),
                        wsync_verify_number(entry->value.data + 4, 8), &bytes) != WSYNC_OK ||
        wsync_leaf_decode(bytes, &leaf) != WSYNC_OK) {
        return false;
    }
    if (log_no == 0) {
        return leaf.kind == WSYNC_LEAF_LINK && leaf.older.size == seq &&
               memcmp(leaf.older.root.b, entry->key.data + HASH_AT, PREFIX_BYTES) == 0;
    }
    return leaf.kind == WSYNC_LEAF_SET && leaf.head.seq == seq &&
           wsync_log_find(txn, &leaf.head.log, &log) == WSYNC_OK && log.no == log_no &&
           memcmp(leaf.head.hash.b, entry->key.data + HASH_AT, PREFIX_BYTES) == 0;
}

static enum wsync_err check_places(struct wsync_verify *job)
{
    struct wsync_entry entry = {.key = {NULL, 0}};
    enum wsync_err err;
    uint64_t row = 0;
    while ((err = wsync_txn_seek(job->live.txn, WSYNC_TABLE_LEAF_OF, WSYNC_SEEK_GT, &entry)) ==
           WSYNC_OK) {
        if (!is_place_of(job->live.txn, &entry)) {
            found(job, "leaf places", row, "another leaf stands there");
        }
        row++;
    }
    return err == WSYNC_ERR_NOT_FOUND || err == WSYNC_ERR_CORRUPT ? WSYNC_OK : err;
}

/* A device verified this checkpoint: the log must have had it. */
static bool had(struct walk *walk, const struct wsync_checkpoint *checkpoint)
{
    struct wsync_txn *txn = walk->job->live.txn;
    struct wsync_hash root;
    if (memcmp(checkpoint->tree, walk->newest.id, sizeof walk->newest.id) != 0) {
        return true; /* of an older tree, which may have been longer than the copy of it */
    }
    struct wsync_tree_context context = {txn, walk->newest.number};
    const struct wsync_merkle_source source = wsync_tree_source(&context);
    return checkpoint->size <= walk->newest.size &&
           wsync_merkle_root(&source, checkpoint->size, &root) == WSYNC_OK &&
           wsync_hash_equal(&root, &checkpoint->root);
}

static enum wsync_err check_seals(struct walk *walk)
{
    enum { ROW_BYTES = 16 + 8 + WSYNC_HASH_BYTES + WSYNC_SIGNATURE_BYTES };
    struct wsync_entry entry = {.key = {NULL, 0}};
    enum wsync_err err;
    while ((err = wsync_txn_seek(walk->job->live.txn, WSYNC_TABLE_SEALS, WSYNC_SEEK_GT,
                                 &entry)) == WSYNC_OK) {
        struct wsync_seal seal;
        uint32_t rows = (uint32_t)wsync_verify_number(entry.key.data, 4);
        uint64_t seq = wsync_verify_number(entry.key.data + 4, 8);
        if (wsync_log_next_seal(walk->job->live.txn, rows, seq, &seal) == WSYNC_OK &&
            !had(walk, &seal.checkpoint)) {
            found(walk->job, "witness", seq,
                  "a seal names a checkpoint of this log that it never had: it was split");
        }
    }
    return err == WSYNC_ERR_NOT_FOUND || err == WSYNC_ERR_CORRUPT ? WSYNC_OK : err;
}

/* ---- a ward's receipts ---- */

static void check_receipt(struct wsync_verify *job, const struct wsync_kept_receipt *kept,
                          struct wsync_prove *asked)
{
    struct wsync_receipt receipt;
    struct wsync_signing_key signer;
    struct wsync_receipt_facts facts;
    struct wsync_scope_heads scope;
    if (wsync_receipt_decode(kept->bytes, &job->live.arena, &receipt) != WSYNC_OK ||
        wsync_checkpoint_signer(job->live.txn, &receipt.checkpoint, &signer) != WSYNC_OK) {
        found(job, "receipts", kept->number, "is not signed by a log key of the roster");
        return;
    }
    if (wsync_scope_heads_decode(receipt.scope, &scope) == WSYNC_OK) {
        asked->scope = scope.scope;
    }
    if (asked->head_count == 0 && /* none is missing before it */
        wsync_receipt_prove(&job->stores->instance, asked, &receipt, &facts) != WSYNC_OK) {
        found(job, "receipts", kept->number, "does not follow from the one before");
    }
    asked->last = receipt.checkpoint;
}

static enum wsync_err check_receipts(struct wsync_verify *job)
{
    struct wsync_kept_receipt kept = {.number = 0};
    struct wsync_prove asked = {.head_count = 0};
    uint64_t before = 0;
    enum wsync_err err;
    while ((err = wsync_receipt_after(job->live.txn, &kept)) == WSYNC_OK) {
        size_t mark = wsync_arena_mark(&job->live.arena);
        asked.head_count = kept.number != before + 1; /* what came between is not kept */
        before = kept.number;
        if (kept.verdict == WSYNC_OK) {
            check_receipt(job, &kept, &asked);
        }
        wsync_arena_release(&job->live.arena, mark);
    }
    return err == WSYNC_ERR_NOT_FOUND || err == WSYNC_ERR_CORRUPT ? WSYNC_OK : err;
}

enum wsync_err wsync_verify_tree(struct wsync_verify *job)
{
    struct walk walk = {.job = job, .stored = {.txn = job->live.txn}};
    enum wsync_err err = wsync_tree_get(job->live.txn, &walk.newest);
    if (err == WSYNC_ERR_NOT_FOUND) {
        return check_receipts(job);
    }
    if (err == WSYNC_ERR_CORRUPT) {
        found(job, "tree", 0, "its row cannot be read");
        return WSYNC_OK;
    }
    wsync_verify_tell(job, WSYNC_VERIFY_LEAVES, 0, walk.newest.size);
    if (err == WSYNC_OK) {
        err = read_trees(&walk);
    }
    if (err == WSYNC_OK) {
        err = check_heads(job);
    }
    if (err == WSYNC_OK) {
        err = check_places(job);
    }
    if (err == WSYNC_OK) {
        err = check_seals(&walk);
    }
    wsync_verify_tell(job, WSYNC_VERIFY_LEAVES, walk.newest.size, walk.newest.size);
    return err;
}
