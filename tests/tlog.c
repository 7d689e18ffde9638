/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/tlog.h"

#include <string.h>

#include "wardsync/frontier.h"

static void must(enum wsync_err err)
{
    WSYNC_ASSERT(err == WSYNC_OK);
}

static struct wsync_txn *begin(struct replica *replica, enum wsync_txn_mode mode)
{
    struct wsync_txn *txn;
    must(wsync_store_begin(replica->store, mode, &txn));
    return txn;
}

void tlog_read(struct replica *district, struct tlog_leaves *leaves)
{
    struct wsync_txn *txn = begin(district, WSYNC_TXN_READ);
    struct wsync_tree tree;
    must(wsync_tree_get(txn, &tree));
    WSYNC_ASSERT(tree.size <= TLOG_LEAVES_MAX);
    for (leaves->count = 0; leaves->count < tree.size; leaves->count++) {
        struct wsync_slice bytes;
        must(wsync_tree_leaf(txn, tree.number, leaves->count, &bytes));
        must(wsync_leaf_decode(bytes, &leaves->items[leaves->count]));
    }
    wsync_txn_abort(txn);
}

/* Makes the last checkpoint one of the tree as it stands now: who forges does that, too. */
static void sign_nothing(struct wsync_txn *txn, const struct wsync_tree *tree)
{
    struct wsync_signed_checkpoint last;
    struct wsync_tree_context context = {txn, tree->number};
    const struct wsync_merkle_source source = wsync_tree_source(&context);
    must(wsync_checkpoint_last(txn, &last));
    last.checkpoint.size =
        last.checkpoint.size < tree->size ? last.checkpoint.size : tree->size - 1;
    must(wsync_merkle_root(&source, last.checkpoint.size, &last.checkpoint.root));
    must(wsync_checkpoint_keep(txn, &last));
}

void tlog_rewrite(struct replica *district, const struct tlog_leaves *leaves)
{
    struct wsync_txn *txn = begin(district, WSYNC_TXN_WRITE);
    struct wsync_tree tree;
    must(wsync_tree_get(txn, &tree));
    tree.size = 0;
    for (size_t i = 0; i < leaves->count; i++) {
        struct wsync_leaf leaf = leaves->items[i];
        tree.time = INT64_MIN;
        must(wsync_tree_append(txn, &tree, &leaf));
    }
    sign_nothing(txn, &tree);
    must(wsync_txn_commit(txn));
}

uint64_t tlog_size(struct replica *district)
{
    struct wsync_txn *txn = begin(district, WSYNC_TXN_READ);
    struct wsync_tree tree;
    must(wsync_tree_get(txn, &tree));
    wsync_txn_abort(txn);
    return tree.size;
}

struct wsync_signed_checkpoint tlog_last(struct replica *replica)
{
    struct wsync_txn *txn = begin(replica, WSYNC_TXN_READ);
    struct wsync_signed_checkpoint last;
    must(wsync_checkpoint_last(txn, &last));
    wsync_txn_abort(txn);
    return last;
}

uint64_t tlog_alarms(struct replica *ward)
{
    struct wsync_txn *txn = begin(ward, WSYNC_TXN_READ);
    uint64_t count;
    must(wsync_receipt_alarms(txn, &count));
    wsync_txn_abort(txn);
    return count;
}

bool tlog_receipt(struct replica *ward, struct wsync_kept_receipt *kept,
                  struct wsync_receipt *receipt)
{
    struct wsync_txn *txn = begin(ward, WSYNC_TXN_READ);
    bool found = false;
    *kept = (struct wsync_kept_receipt){.number = 0};
    while (wsync_receipt_after(txn, kept) == WSYNC_OK) {
        kept->bytes = wsync_arena_copy(&ward->arena, kept->bytes);
        must(wsync_receipt_decode(kept->bytes, &ward->arena, receipt));
        found = true;
    }
    wsync_txn_abort(txn);
    return found;
}

size_t tlog_count(struct replica *district, const struct wsync_head *head)
{
    struct wsync_txn *txn = begin(district, WSYNC_TXN_READ);
    struct wsync_entry entry = {.key = {NULL, 0}};
    size_t count = 0;
    while (wsync_txn_seek(txn, WSYNC_TABLE_LEAVES, WSYNC_SEEK_GT, &entry) == WSYNC_OK) {
        struct wsync_leaf leaf;
        must(wsync_leaf_decode(entry.value, &leaf));
        count += leaf.kind == WSYNC_LEAF_SET && wsync_head_compare(&leaf.head, head) == 0;
    }
    wsync_txn_abort(txn);
    return count;
}

/* ---- what must hold ---- */

/* By the definition: no node that is stored is looked at. */
static struct wsync_hash root_of(struct wsync_txn *txn, uint32_t number, uint64_t first,
                                 uint64_t count)
{
    uint64_t split = 1;
    if (count == 1) {
        struct wsync_slice leaf;
        must(wsync_tree_leaf(txn, number, first, &leaf));
        return wsync_merkle_leaf(leaf);
    }
    while (split * 2 < count) {
        split *= 2;
    }
    struct wsync_hash left = root_of(txn, number, first, split);
    struct wsync_hash right = root_of(txn, number, first + split, count - split);
    return wsync_merkle_node(&left, &right);
}

static uint64_t number_at(const uint8_t *bytes, size_t len)
{
    uint64_t number = 0;
    for (size_t i = 0; i < len; i++) {
        number = number << 8 | bytes[i];
    }
    return number;
}

static void check_checkpoints(struct wsync_txn *txn, const struct wsync_tree *tree)
{
    struct wsync_entry entry = {.key = {NULL, 0}};
    while (wsync_txn_seek(txn, WSYNC_TABLE_CHECKPOINTS, WSYNC_SEEK_GT, &entry) == WSYNC_OK) {
        uint32_t number = (uint32_t)number_at(entry.key.data, 4);
        uint64_t size = number_at(entry.key.data + 4, 8);
        WSYNC_ASSERT(number < tree->number || size <= tree->size);
        struct wsync_hash root = root_of(txn, number, 0, size);
        WSYNC_ASSERT(memcmp(root.b, entry.value.data, sizeof root.b) == 0);
    }
}

static void check_heads(struct replica *district, struct wsync_txn *txn)
{
    const struct wsync_frontier all = {.reader = NULL};
    struct wsync_log log;
    struct wsync_log_id at;
    const struct wsync_log_id *after = NULL;
    while (wsync_log_after(txn, after, &log) == WSYNC_OK) {
        struct wsync_tips tips;
        struct wsync_leaf_place place;
        must(wsync_frontier_tips(txn, &all, &log, &tips));
        bool own = wsync_device_id_equal(&log.device, &district->identity.device);
        for (size_t i = 0; i < tips.count && !own; i++) {
            must(tips.items[i].seq == 0 ? WSYNC_OK
                                        : wsync_tree_find(txn, &tips.items[i], &place));
        }
        at = log.id;
        after = &at;
    }
}

void tlog_check(struct replica *district)
{
    struct wsync_txn *txn = begin(district, WSYNC_TXN_READ);
    struct wsync_tree tree;
    struct wsync_hash stored;
    must(wsync_tree_get(txn, &tree));
    struct wsync_tree_context context = {txn, tree.number};
    const struct wsync_merkle_source source = wsync_tree_source(&context);
    must(wsync_merkle_root(&source, tree.size, &stored));
    struct wsync_hash root = root_of(txn, tree.number, 0, tree.size);
    WSYNC_ASSERT(wsync_hash_equal(&root, &stored));
    check_checkpoints(txn, &tree);
    check_heads(district, txn);
    wsync_txn_abort(txn);
}
