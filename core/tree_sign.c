/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "core/bytes.h"
#include "wardsync/frontier.h"
#include "wardsync/tree.h"

/* META "checkpoint": the last one signed or verified.
 * CHECKPOINTS: tree number, size -> root, time, signature. */
enum {
    LAST_BYTES = WSYNC_TREE_ID_BYTES + 8 + WSYNC_HASH_BYTES + WSYNC_SIGNATURE_BYTES + 8,
    CHECKPOINT_KEY_BYTES = 12,
    CHECKPOINT_ROW_BYTES = WSYNC_HASH_BYTES + 8 + WSYNC_SIGNATURE_BYTES,
    LEVELS_MAX = 40,
    SCOPES_MIN = 64,
};

/* ---- the last checkpoint ---- */

enum wsync_err wsync_checkpoint_last(struct wsync_txn *txn,
                                     struct wsync_signed_checkpoint *last)
{
    struct wsync_slice row;
    *last = (struct wsync_signed_checkpoint){.checkpoint = {.size = 0}};
    enum wsync_err err =
        wsync_txn_get(txn, WSYNC_TABLE_META, wsync_slice_of("checkpoint"), &row);
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    struct wsync_reader reader = wsync_reader_over(row);
    wsync_read_into(&reader, last->checkpoint.tree, sizeof last->checkpoint.tree);
    last->checkpoint.size = wsync_read_number(&reader, 8);
    wsync_read_into(&reader, last->checkpoint.root.b, sizeof last->checkpoint.root.b);
    wsync_read_into(&reader, last->signature.b, sizeof last->signature.b);
    last->time = (int64_t)wsync_read_number(&reader, 8);
    return wsync_read_whole(&reader) ? WSYNC_OK : WSYNC_ERR_CORRUPT;
}

enum wsync_err wsync_checkpoint_keep(struct wsync_txn *txn,
                                     const struct wsync_signed_checkpoint *last)
{
    uint8_t row[LAST_BYTES];
    struct wsync_writer writer = wsync_writer_over(row, sizeof row);
    wsync_write_bytes(&writer,
                      wsync_slice(last->checkpoint.tree, sizeof last->checkpoint.tree));
    wsync_write_number(&writer, last->checkpoint.size, 8);
    wsync_write_bytes(&writer, WSYNC_BYTES(last->checkpoint.root));
    wsync_write_bytes(&writer, WSYNC_BYTES(last->signature));
    wsync_write_number(&writer, (uint64_t)last->time, 8);
    return wsync_txn_put(txn, WSYNC_TABLE_META, wsync_slice_of("checkpoint"),
                         wsync_written(&writer));
}

bool wsync_log_can_sign(const struct wsync_roster *roster, const struct wsync_desk *desk)
{
    const size_t public_at = WSYNC_SECRET_KEY_BYTES - WSYNC_PUBLIC_KEY_BYTES;
    return desk && desk->has_log &&
           memcmp(desk->log.b + public_at, roster->log_key.b, sizeof roster->log_key.b) == 0;
}

enum wsync_err wsync_checkpoint_signer(struct wsync_txn *txn,
                                       const struct wsync_signed_checkpoint *checkpoint,
                                       struct wsync_signing_key *key)
{
    struct wsync_entry entry = {.key = {NULL, 0}};
    struct wsync_roster roster;
    enum wsync_err err = wsync_roster_get(txn, &roster);
    while (err == WSYNC_OK) { /* ends: each turn passes one row */
        err = wsync_txn_seek(txn, WSYNC_TABLE_LOG_KEYS, WSYNC_SEEK_GT, &entry);
        if (err == WSYNC_OK) {
            memcpy(key->b, entry.key.data, sizeof key->b);
            if (wsync_checkpoint_verify(key, &roster.instance, checkpoint)) {
                return WSYNC_OK;
            }
        }
    }
    return err;
}

/* ---- heads of all scopes ---- */

/* Scopes found so far, ascending; grows by doubling in the arena. */
struct collection {
    struct wsync_arena *arena;
    struct wsync_scope_heads *items;
    size_t count, room;
};

static struct wsync_scope_heads *scope_of(struct collection *found, uint32_t scope)
{
    size_t low = 0;
    size_t high = found->count;
    while (low < high) {
        size_t half = (low + high) / 2;
        if (found->items[half].scope < scope) {
            low = half + 1;
        } else {
            high = half;
        }
    }
    if (low < found->count && found->items[low].scope == scope) {
        return &found->items[low];
    }
    if (found->count == found->room) {
        size_t room = found->room ? found->room * 2 : SCOPES_MIN;
        struct wsync_scope_heads *items = wsync_arena_array(found->arena, room, sizeof *items);
        if (!items) {
            return NULL;
        }
        if (found->count > 0) {
            memcpy(items, found->items, found->count * sizeof *items);
        }
        found->items = items;
        found->room = room;
    }
    memmove(&found->items[low + 1], &found->items[low],
            (found->count - low) * sizeof *found->items);
    found->count++;
    found->items[low] = (struct wsync_scope_heads){.scope = scope};
    return &found->items[low];
}

static enum wsync_err read_scope(void *context, unsigned level, uint64_t index,
                                 struct wsync_hash *hash)
{
    const struct wsync_scopes *scopes = context;
    uint8_t bytes[WSYNC_SCOPE_HEADS_BYTES];
    struct wsync_hash right;
    if (level == 0) {
        *hash = wsync_merkle_leaf(wsync_scope_heads_encode(&scopes->items[index], bytes));
        return WSYNC_OK;
    }
    enum wsync_err err = read_scope(context, level - 1, 2 * index, hash); /* depth: <= 32 */
    if (err == WSYNC_OK) {
        err = read_scope(context, level - 1, 2 * index + 1, &right);
        *hash = wsync_merkle_node(hash, &right);
    }
    return err;
}

enum wsync_err wsync_scopes_collect(struct wsync_txn *txn, struct wsync_arena *arena,
                                    struct wsync_scopes *scopes)
{
    const struct wsync_frontier all = {.reader = NULL};
    struct collection found = {.arena = arena};
    struct wsync_log log;
    struct wsync_log_id at;
    const struct wsync_log_id *after = NULL;
    enum wsync_err err;
    while ((err = wsync_log_after(txn, after, &log)) == WSYNC_OK) {
        struct wsync_tips tips;
        struct wsync_scope_heads *heads = scope_of(&found, log.scope);
        err = heads ? wsync_frontier_tips(txn, &all, &log, &tips) : WSYNC_ERR_MEMORY;
        if (err != WSYNC_OK) {
            return err;
        }
        wsync_frontier_add(&tips, &heads->count, &heads->digest);
        at = log.id;
        after = &at;
    }
    *scopes = (struct wsync_scopes){.items = found.items, .count = found.count};
    const struct wsync_merkle_source source = {scopes, read_scope};
    return err == WSYNC_ERR_NOT_FOUND ? wsync_merkle_root(&source, scopes->count, &scopes->root)
                                      : err;
}

enum wsync_err wsync_scopes_prove(const struct wsync_scopes *scopes, size_t position,
                                  struct wsync_hash path[WSYNC_RECEIPT_PATH_MAX], size_t *count)
{
    struct wsync_scopes copy = *scopes;
    const struct wsync_merkle_source source = {&copy, read_scope};
    uint64_t index = position;
    const struct wsync_merkle_claim claim = {0, scopes->count, &index, 1};
    return wsync_merkle_prove(&source, &claim, path, WSYNC_RECEIPT_PATH_MAX, count);
}

/* ---- reading again ---- */

/* The roots of the complete subtrees that the first leaves are made of, largest first, as they
 * come out when the leaves are read one by one. */
struct range {
    struct wsync_tree_context *stored;
    struct wsync_hash parts[LEVELS_MAX];
    size_t count;
    uint64_t size;
};

static struct wsync_hash root_of(const struct range *range)
{
    struct wsync_hash root = range->parts[range->count - 1];
    for (size_t i = range->count - 1; i-- > 0;) {
        root = wsync_merkle_node(&range->parts[i], &root);
    }
    return root;
}

/* As the store has them below the last checkpoint, whose root they must give. */
static enum wsync_err begin_range(struct range *range, const struct wsync_checkpoint *last)
{
    const struct wsync_merkle_source source = wsync_tree_source(range->stored);
    uint64_t at = 0;
    for (unsigned level = LEVELS_MAX - 1; level < LEVELS_MAX; level--) { /* down to 0 */
        if ((last->size >> level & 1) == 0) {
            continue;
        }
        enum wsync_err err =
            source.hash(source.context, level, at >> level, &range->parts[range->count++]);
        if (err != WSYNC_OK) {
            return err;
        }
        at += 1ULL << level;
    }
    range->size = last->size;
    struct wsync_hash root = range->count > 0 ? root_of(range) : last->root;
    return wsync_hash_equal(&root, &last->root) ? WSYNC_OK : WSYNC_ERR_CORRUPT;
}

/* Adds a leaf as it is read from the store, and compares every node that it completes. */
static enum wsync_err read_leaf(struct range *range)
{
    const struct wsync_merkle_source source = wsync_tree_source(range->stored);
    uint64_t index = range->size;
    struct wsync_hash hash;
    enum wsync_err err = source.hash(source.context, 0, index, &hash);
    for (unsigned level = 1; (index & 1) == 1 && err == WSYNC_OK; level++) {
        struct wsync_hash stored;
        hash = wsync_merkle_node(&range->parts[--range->count], &hash);
        index >>= 1;
        err = source.hash(source.context, level, index, &stored);
        if (err == WSYNC_OK && !wsync_hash_equal(&stored, &hash)) {
            err = WSYNC_ERR_CORRUPT;
        }
    }
    WSYNC_ASSERT(range->count < LEVELS_MAX);
    range->parts[range->count++] = hash;
    range->size++;
    return err;
}

/* The root over all leaves, from the store by two ways that must agree: leaf by leaf since the
 * last checkpoint, and from the nodes kept. */
static enum wsync_err read_again(struct wsync_txn *txn, const struct wsync_tree *tree,
                                 const struct wsync_checkpoint *last, struct wsync_hash *root)
{
    static const struct wsync_checkpoint NONE;
    struct wsync_tree_context stored = {txn, tree->number};
    struct range range = {.stored = &stored};
    bool same = memcmp(last->tree, tree->id, sizeof tree->id) == 0;
    enum wsync_err err = begin_range(&range, same ? last : &NONE);
    while (err == WSYNC_OK && range.size < tree->size) {
        err = read_leaf(&range);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    struct wsync_hash by_leaf = root_of(&range);
    const struct wsync_merkle_source source = wsync_tree_source(&stored);
    struct wsync_hash newest;
    err = source.hash(source.context, 0, tree->size - 1, &newest);
    if (err == WSYNC_OK) {
        err = wsync_merkle_root(&source, tree->size, root);
    }
    bool good = wsync_hash_equal(&newest, &tree->last) && wsync_hash_equal(&by_leaf, root);
    return err == WSYNC_OK && !good ? WSYNC_ERR_CORRUPT : err;
}

/* ---- signing ---- */

static enum wsync_err put_checkpoint(struct wsync_txn *txn, const struct wsync_tree *tree,
                                     const struct wsync_signed_checkpoint *checkpoint)
{
    uint8_t key[CHECKPOINT_KEY_BYTES];
    uint8_t row[CHECKPOINT_ROW_BYTES];
    struct wsync_writer writer = wsync_writer_over(row, sizeof row);
    wsync_be_put(key, tree->number, 4);
    wsync_be_put(key + 4, checkpoint->checkpoint.size, 8);
    wsync_write_bytes(&writer, WSYNC_BYTES(checkpoint->checkpoint.root));
    wsync_write_number(&writer, (uint64_t)checkpoint->time, 8);
    wsync_write_bytes(&writer, WSYNC_BYTES(checkpoint->signature));
    enum wsync_err err = wsync_txn_put(txn, WSYNC_TABLE_CHECKPOINTS,
                                       wsync_slice(key, sizeof key), wsync_written(&writer));
    return err == WSYNC_OK ? wsync_checkpoint_keep(txn, checkpoint) : err;
}

enum wsync_err wsync_tree_checkpoint(struct wsync_txn *txn, const struct wsync_tree *tree,
                                     uint64_t size, struct wsync_signed_checkpoint *checkpoint)
{
    uint8_t key[CHECKPOINT_KEY_BYTES];
    struct wsync_slice row;
    wsync_be_put(key, tree->number, 4);
    wsync_be_put(key + 4, size, 8);
    enum wsync_err err =
        wsync_txn_get(txn, WSYNC_TABLE_CHECKPOINTS, wsync_slice(key, sizeof key), &row);
    if (err != WSYNC_OK) {
        return err;
    }
    struct wsync_reader reader = wsync_reader_over(row);
    *checkpoint = (struct wsync_signed_checkpoint){.checkpoint = {.size = size}};
    memcpy(checkpoint->checkpoint.tree, tree->id, sizeof tree->id);
    wsync_read_into(&reader, checkpoint->checkpoint.root.b,
                    sizeof checkpoint->checkpoint.root.b);
    checkpoint->time = (int64_t)wsync_read_number(&reader, 8);
    wsync_read_into(&reader, checkpoint->signature.b, sizeof checkpoint->signature.b);
    return wsync_read_whole(&reader) ? WSYNC_OK : WSYNC_ERR_CORRUPT;
}

/* Does the last leaf say what a heads leaf would say now, but for the time? */
static enum wsync_err is_current(struct wsync_txn *txn, const struct wsync_tree *tree,
                                 const struct wsync_leaf *heads, bool *current)
{
    struct wsync_slice bytes;
    struct wsync_leaf last;
    enum wsync_err err = wsync_tree_leaf(txn, tree->number, tree->size - 1, &bytes);
    if (err != WSYNC_OK || wsync_leaf_decode(bytes, &last) != WSYNC_OK) {
        return err == WSYNC_OK || err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
    }
    *current = last.kind == WSYNC_LEAF_HEADS && last.roster_version == heads->roster_version &&
               wsync_hash_equal(&last.roster_hash, &heads->roster_hash) &&
               last.scope_count == heads->scope_count &&
               wsync_hash_equal(&last.scopes, &heads->scopes);
    return WSYNC_OK;
}

enum wsync_err wsync_tree_sign(const struct wsync_ledger *ledger, struct wsync_txn *txn,
                               const struct wsync_signing_secret *secret,
                               const struct wsync_scopes *scopes)
{
    struct wsync_leaf heads = {.kind = WSYNC_LEAF_HEADS, .time = ledger->moment.time};
    struct wsync_tree tree;
    struct wsync_roster roster;
    struct wsync_signed_checkpoint last;
    bool current = false;
    enum wsync_err err = wsync_tree_get(txn, &tree);
    if (err == WSYNC_OK) {
        err = wsync_checkpoint_last(txn, &last);
    }
    if (err == WSYNC_OK) {
        err = wsync_roster_get(txn, &roster);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    heads.roster_version = roster.version;
    heads.roster_hash = roster.hash;
    heads.scope_count = (uint32_t)scopes->count;
    heads.scopes = scopes->root;
    if (memcmp(last.checkpoint.tree, tree.id, sizeof tree.id) == 0 &&
        last.checkpoint.size == tree.size) {
        err = is_current(txn, &tree, &heads, &current);
    }
    if (err != WSYNC_OK || current) {
        return err;
    }
    err = wsync_tree_append(txn, &tree, &heads);
    struct wsync_signed_checkpoint next = {.checkpoint = {.size = tree.size}};
    if (err == WSYNC_OK) {
        err = read_again(txn, &tree, &last.checkpoint, &next.checkpoint.root);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    memcpy(next.checkpoint.tree, tree.id, sizeof tree.id);
    next.signature = wsync_checkpoint_sign(secret, &roster.instance, &next.checkpoint);
    next.time = heads.time;
    return put_checkpoint(txn, &tree, &next);
}
