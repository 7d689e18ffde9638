/* SPDX-License-Identifier: Apache-2.0 */
#include "wardsync/tree.h"

#include <string.h>

#include "core/branch.h"
#include "core/bytes.h"
#include "wardsync/frontier.h"
#include "wardsync/restore.h"

/* META "tree": number, id, size, time and hash of the last leaf of the tree that grows.
 * LEAVES: tree, index -> leaf.  TREE: tree, level (from 1), index -> hash.
 * LEAF_OF: log number, seq, hash prefix -> tree, index; log number 0: a link, by size and root
 * of what it names. */
enum {
    TREE_ROW_BYTES = 4 + WSYNC_TREE_ID_BYTES + 8 + 8 + WSYNC_HASH_BYTES,
    LEAF_KEY_BYTES = 12,
    NODE_KEY_BYTES = 13,
    PLACE_KEY_BYTES = 20,
    PLACE_BYTES = 12,
    PREFIX_BYTES = 8,
    VERDICT_BYTES = 10,
};

/* ---- rows ---- */

enum wsync_err wsync_tree_get(struct wsync_txn *txn, struct wsync_tree *tree)
{
    struct wsync_slice row;
    enum wsync_err err = wsync_txn_get(txn, WSYNC_TABLE_META, wsync_slice_of("tree"), &row);
    if (err != WSYNC_OK) {
        return err;
    }
    struct wsync_reader reader = wsync_reader_over(row);
    tree->number = (uint32_t)wsync_read_number(&reader, 4);
    wsync_read_into(&reader, tree->id, sizeof tree->id);
    tree->size = wsync_read_number(&reader, 8);
    tree->time = (int64_t)wsync_read_number(&reader, 8);
    wsync_read_into(&reader, tree->last.b, sizeof tree->last.b);
    return wsync_read_whole(&reader) && tree->number > 0 && tree->size > 0 ? WSYNC_OK
                                                                           : WSYNC_ERR_CORRUPT;
}

static enum wsync_err put_tree(struct wsync_txn *txn, const struct wsync_tree *tree)
{
    uint8_t row[TREE_ROW_BYTES];
    struct wsync_writer writer = wsync_writer_over(row, sizeof row);
    wsync_write_number(&writer, tree->number, 4);
    wsync_write_bytes(&writer, wsync_slice(tree->id, sizeof tree->id));
    wsync_write_number(&writer, tree->size, 8);
    wsync_write_number(&writer, (uint64_t)tree->time, 8);
    wsync_write_bytes(&writer, WSYNC_BYTES(tree->last));
    return wsync_txn_put(txn, WSYNC_TABLE_META, wsync_slice_of("tree"), wsync_written(&writer));
}

static struct wsync_slice leaf_key(uint8_t key[LEAF_KEY_BYTES], uint32_t number, uint64_t index)
{
    wsync_be_put(key, number, 4);
    wsync_be_put(key + 4, index, 8);
    return wsync_slice(key, LEAF_KEY_BYTES);
}

enum wsync_err wsync_tree_leaf(struct wsync_txn *txn, uint32_t number, uint64_t index,
                               struct wsync_slice *leaf)
{
    uint8_t key[LEAF_KEY_BYTES];
    return wsync_txn_get(txn, WSYNC_TABLE_LEAVES, leaf_key(key, number, index), leaf);
}

static struct wsync_slice node_key(uint8_t key[NODE_KEY_BYTES], uint32_t number, unsigned level,
                                   uint64_t index)
{
    wsync_be_put(key, number, 4);
    key[4] = (uint8_t)level;
    wsync_be_put(key + 5, index, 8);
    return wsync_slice(key, NODE_KEY_BYTES);
}

/* What must be there and is not says that the store is damaged. */
static enum wsync_err read_node(void *context, unsigned level, uint64_t index,
                                struct wsync_hash *hash)
{
    const struct wsync_tree_context *tree = context;
    uint8_t key[NODE_KEY_BYTES];
    struct wsync_slice row;
    enum wsync_err err = level == 0
                             ? wsync_tree_leaf(tree->txn, tree->number, index, &row)
                             : wsync_txn_get(tree->txn, WSYNC_TABLE_TREE,
                                             node_key(key, tree->number, level, index), &row);
    if (err != WSYNC_OK || (level > 0 && row.len != sizeof hash->b)) {
        return err == WSYNC_OK || err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
    }
    if (level == 0) {
        *hash = wsync_merkle_leaf(row);
    } else {
        memcpy(hash->b, row.data, sizeof hash->b);
    }
    return WSYNC_OK;
}

struct wsync_merkle_source wsync_tree_source(struct wsync_tree_context *context)
{
    return (struct wsync_merkle_source){context, read_node};
}

/* ---- appending ---- */

enum wsync_err wsync_tree_append(struct wsync_txn *txn, struct wsync_tree *tree,
                                 struct wsync_leaf *leaf)
{
    uint8_t bytes[WSYNC_LEAF_BYTES_MAX];
    uint8_t key[NODE_KEY_BYTES];
    struct wsync_tree_context context = {txn, tree->number};
    uint64_t index = tree->size;
    leaf->time = leaf->time > tree->time ? leaf->time : tree->time;
    tree->time = leaf->time;
    struct wsync_slice encoded = wsync_leaf_encode(leaf, bytes);
    const struct wsync_hash leaf_hash = wsync_merkle_leaf(encoded);
    struct wsync_hash hash = leaf_hash;
    if (index >= WSYNC_TREE_LEAVES_MAX) {
        return WSYNC_ERR_OVERFLOW;
    }
    enum wsync_err err =
        wsync_txn_put(txn, WSYNC_TABLE_LEAVES, leaf_key(key, tree->number, index), encoded);
    if (index == 0) {
        memcpy(tree->id, hash.b, sizeof tree->id);
    }
    for (unsigned level = 0; (index & 1) == 1 && err == WSYNC_OK; level++) {
        struct wsync_hash left = tree->last;
        if (level > 0) {
            err = read_node(&context, level, index - 1, &left);
        }
        if (err == WSYNC_OK) {
            hash = wsync_merkle_node(&left, &hash);
            index >>= 1;
            err =
                wsync_txn_put(txn, WSYNC_TABLE_TREE,
                              node_key(key, tree->number, level + 1, index), WSYNC_BYTES(hash));
        }
    }
    tree->last = leaf_hash;
    tree->size++;
    return err == WSYNC_OK ? put_tree(txn, tree) : err;
}

static struct wsync_slice place_key(uint8_t key[PLACE_KEY_BYTES], uint32_t log_no, uint64_t seq,
                                    const struct wsync_hash *hash)
{
    wsync_be_put(key, log_no, 4);
    wsync_be_put(key + 4, seq, 8);
    memcpy(key + 12, hash->b, PREFIX_BYTES);
    return wsync_slice(key, PLACE_KEY_BYTES);
}

static enum wsync_err append_at(struct wsync_txn *txn, struct wsync_tree *tree,
                                struct wsync_leaf *leaf, struct wsync_slice place)
{
    uint8_t row[PLACE_BYTES];
    wsync_be_put(row, tree->number, 4);
    wsync_be_put(row + 4, tree->size, 8);
    enum wsync_err err =
        wsync_txn_put(txn, WSYNC_TABLE_LEAF_OF, place, wsync_slice(row, sizeof row));
    return err == WSYNC_OK ? wsync_tree_append(txn, tree, leaf) : err;
}

/* What of the changes from `first` on was quarantined on arrival. */
static enum wsync_err hash_verdicts(struct wsync_txn *txn, struct wsync_arena *arena,
                                    uint32_t log_no, uint64_t first, struct wsync_leaf *leaf)
{
    struct wsync_slice parts[WSYNC_SET_CHANGES_MAX + 1];
    size_t count = 1;
    uint8_t key[12];
    struct wsync_entry entry = {.key = wsync_slice(key, sizeof key)};
    enum wsync_err err;
    parts[0] = wsync_slice_of("wardsync/verdicts/v1");
    wsync_be_put(key, log_no, 4);
    wsync_be_put(key + 4, first - 1, 8);
    while ((err = wsync_txn_seek(txn, WSYNC_TABLE_QUARANTINE, WSYNC_SEEK_GT, &entry)) ==
               WSYNC_OK &&
           wsync_be_get(entry.key.data, 4) == log_no &&
           wsync_be_get(entry.key.data + 4, 8) <= leaf->head.seq &&
           count <= WSYNC_SET_CHANGES_MAX) {
        uint8_t *part = wsync_arena_get(arena, VERDICT_BYTES);
        if (!part || entry.value.len < 2) {
            return part ? WSYNC_ERR_CORRUPT : WSYNC_ERR_MEMORY;
        }
        memcpy(part, entry.key.data + 4, 8);
        memcpy(part + 8, entry.value.data, 2);
        parts[count++] = wsync_slice(part, VERDICT_BYTES);
    }
    if (count > 1) {
        leaf->verdicts = wsync_hash_parts(parts, count);
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

enum wsync_err wsync_tree_note_set(const struct wsync_ledger *ledger, struct wsync_txn *txn,
                                   struct wsync_arena *arena, const struct wsync_head *head,
                                   uint64_t first)
{
    struct wsync_leaf leaf = {
        .kind = WSYNC_LEAF_SET, .head = *head, .time = ledger->moment.time};
    uint8_t key[PLACE_KEY_BYTES];
    struct wsync_tree tree;
    struct wsync_log log;
    enum wsync_err err = wsync_tree_get(txn, &tree);
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    err = wsync_log_find(txn, &head->log, &log);
    if (err == WSYNC_OK && first > 0) {
        size_t mark = wsync_arena_mark(arena);
        err = hash_verdicts(txn, arena, log.no, first, &leaf);
        wsync_arena_release(arena, mark);
    }
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
    }
    return append_at(txn, &tree, &leaf, place_key(key, log.no, head->seq, &head->hash));
}

/* ---- finding ---- */

static bool read_place(struct wsync_slice row, struct wsync_leaf_place *place)
{
    if (row.len != PLACE_BYTES) {
        return false;
    }
    place->number = (uint32_t)wsync_be_get(row.data, 4);
    place->index = wsync_be_get(row.data + 4, 8);
    return true;
}

/* Does the path that leads to the leaf's end lead through `head`? */
static enum wsync_err leads_through(struct wsync_txn *txn, const struct wsync_log *log,
                                    const struct wsync_slice key, const struct wsync_head *head,
                                    bool *leads)
{
    struct wsync_branch path;
    struct wsync_hash hash;
    *leads = false;
    enum wsync_err err = wsync_branch_find(txn, log, wsync_be_get(key.data + 4, 8),
                                           wsync_slice(key.data + 12, PREFIX_BYTES), &path);
    if (err == WSYNC_OK) {
        err = wsync_branch_hash(txn, &path, head->seq, &hash);
        *leads = err == WSYNC_OK && wsync_hash_equal(&hash, &head->hash);
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

enum wsync_err wsync_tree_find(struct wsync_txn *txn, const struct wsync_head *head,
                               struct wsync_leaf_place *place)
{
    static const struct wsync_hash LEAST;
    uint8_t key[PLACE_KEY_BYTES];
    struct wsync_tree tree;
    struct wsync_log log;
    struct wsync_branch path;
    enum wsync_err err = wsync_tree_get(txn, &tree);
    if (err == WSYNC_OK) {
        err = wsync_log_find(txn, &head->log, &log);
    }
    if (err == WSYNC_OK) { /* what nobody has is not looked for under every leaf */
        err = wsync_branch_find(txn, &log, head->seq, WSYNC_BYTES(head->hash), &path);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    struct wsync_entry entry = {.key = place_key(key, log.no, head->seq, &LEAST)};
    enum wsync_seek where = WSYNC_SEEK_GE;
    for (;;) { /* ends: each turn passes one row */
        bool leads = false;
        err = wsync_txn_seek(txn, WSYNC_TABLE_LEAF_OF, where, &entry);
        if (err != WSYNC_OK || wsync_be_get(entry.key.data, 4) != log.no) {
            return err == WSYNC_OK ? WSYNC_ERR_NOT_FOUND : err;
        }
        if (!read_place(entry.value, place)) {
            return WSYNC_ERR_CORRUPT;
        }
        if (place->number == tree.number) {
            err = leads_through(txn, &log, entry.key, head, &leads);
        }
        if (err != WSYNC_OK || leads) {
            return err;
        }
        where = WSYNC_SEEK_GT;
    }
}

enum wsync_err wsync_tree_link(struct wsync_txn *txn, struct wsync_tree *tree,
                               const struct wsync_checkpoint *older, uint64_t *index)
{
    struct wsync_leaf leaf = {.kind = WSYNC_LEAF_LINK, .older = *older};
    uint8_t bytes[WSYNC_LEAF_BYTES_MAX];
    uint8_t key[PLACE_KEY_BYTES];
    struct wsync_slice row;
    struct wsync_slice held;
    struct wsync_leaf_place place;
    struct wsync_slice at = place_key(key, 0, older->size, &older->root);
    enum wsync_err err = wsync_txn_get(txn, WSYNC_TABLE_LEAF_OF, at, &row);
    if (err == WSYNC_OK && !read_place(row, &place)) {
        return WSYNC_ERR_CORRUPT;
    }
    if (err == WSYNC_OK && place.number == tree->number) {
        err = wsync_tree_leaf(txn, place.number, place.index, &held);
        *index = place.index;
        if (err != WSYNC_OK || wsync_slice_equal(held, wsync_leaf_encode(&leaf, bytes))) {
            return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
        }
    } else if (err != WSYNC_OK && err != WSYNC_ERR_NOT_FOUND) {
        return err;
    }
    *index = tree->size;
    return append_at(txn, tree, &leaf, at);
}

/* ---- a new tree ---- */

/* What is held already of a log: nobody's receipt depends on what an older tree held. */
static enum wsync_err note_tips(struct wsync_txn *txn, struct wsync_tree *tree,
                                const struct wsync_log *log, int64_t time)
{
    const struct wsync_frontier all = {.reader = NULL};
    struct wsync_tips tips;
    enum wsync_err err = wsync_frontier_tips(txn, &all, log, &tips);
    for (size_t i = 0; i < tips.count && err == WSYNC_OK; i++) {
        uint8_t key[PLACE_KEY_BYTES];
        struct wsync_leaf leaf = {.kind = WSYNC_LEAF_SET, .head = tips.items[i], .time = time};
        if (leaf.head.seq > 0) {
            err = append_at(txn, tree, &leaf,
                            place_key(key, log->no, leaf.head.seq, &leaf.head.hash));
        }
    }
    return err;
}

static enum wsync_err note_logs(const struct wsync_ledger *ledger, struct wsync_txn *txn,
                                struct wsync_tree *tree)
{
    struct wsync_log log;
    struct wsync_log_id at;
    const struct wsync_log_id *after = NULL;
    enum wsync_err err;
    while ((err = wsync_log_after(txn, after, &log)) == WSYNC_OK) {
        if (!wsync_device_id_equal(&log.device, &ledger->identity->device)) {
            err = note_tips(txn, tree, &log, ledger->moment.time);
        }
        if (err != WSYNC_OK) {
            return err;
        }
        at = log.id;
        after = &at;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

enum wsync_err wsync_tree_open(const struct wsync_ledger *ledger, struct wsync_txn *txn)
{
    struct wsync_leaf leaf = {.kind = WSYNC_LEAF_OPEN, .time = ledger->moment.time};
    struct wsync_tree tree = {.number = 0};
    struct wsync_signed_checkpoint older;
    struct wsync_roster roster;
    enum wsync_err err = wsync_tree_get(txn, &tree);
    if (err == WSYNC_OK || err == WSYNC_ERR_NOT_FOUND) {
        err = wsync_roster_get(txn, &roster);
    }
    if (err == WSYNC_OK) {
        err = wsync_epoch_get(txn, &leaf.epoch);
    }
    if (err == WSYNC_OK) {
        err = wsync_checkpoint_last(txn, &older);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    leaf.instance = roster.instance;
    leaf.older = older.checkpoint;
    memcpy(leaf.random, ledger->moment.entropy.b, sizeof leaf.random);
    tree = (struct wsync_tree){.number = tree.number + 1, .time = leaf.time};
    err = wsync_tree_append(txn, &tree, &leaf);
    return err == WSYNC_OK ? note_logs(ledger, txn, &tree) : err;
}
