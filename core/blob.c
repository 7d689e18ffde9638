/* SPDX-License-Identifier: Apache-2.0 */
#include "wardsync/blob.h"

#include <string.h>

#include "wardsync/merkle.h"

enum { VARINT_BITS = 7, VARINT_MORE = 0x80 };

_Static_assert(WSYNC_BLOB_BYTES_MAX < 1 << (4 * VARINT_BITS) &&
                   WSYNC_BLOB_NAME_BYTES_MAX == 4 + WSYNC_HASH_BYTES,
               "the longest length takes four bytes");

struct wsync_blob_value wsync_blob_name_encode(const struct wsync_blob_name *name)
{
    struct wsync_blob_value value = {.len = 0};
    uint64_t left = name->length;
    WSYNC_ASSERT(left >= 1 && left <= WSYNC_BLOB_BYTES_MAX);
    while (left >= VARINT_MORE) { /* ends: three turns at most */
        value.b[value.len++] = (uint8_t)(left | VARINT_MORE);
        left >>= VARINT_BITS;
    }
    value.b[value.len++] = (uint8_t)left;
    memcpy(&value.b[value.len], name->root.b, sizeof name->root.b);
    value.len += sizeof name->root.b;
    return value;
}

bool wsync_blob_name_decode(struct wsync_slice bytes, struct wsync_blob_name *name)
{
    *name = (struct wsync_blob_name){.length = 0};
    if (bytes.len <= sizeof name->root.b || bytes.len > WSYNC_BLOB_NAME_BYTES_MAX) {
        return false;
    }
    size_t digits = bytes.len - sizeof name->root.b;
    for (size_t i = 0; i < digits; i++) {
        bool more = (bytes.data[i] & VARINT_MORE) != 0;
        if (more != (i + 1 < digits)) {
            return false;
        }
        name->length |= (uint64_t)(bytes.data[i] & (VARINT_MORE - 1)) << (i * VARINT_BITS);
    }
    memcpy(name->root.b, bytes.data + digits, sizeof name->root.b);
    return bytes.data[digits - 1] != 0 && name->length <= WSYNC_BLOB_BYTES_MAX;
}

bool wsync_blob_name_equal(const struct wsync_blob_name *a, const struct wsync_blob_name *b)
{
    return a->length == b->length && wsync_hash_equal(&a->root, &b->root);
}

uint32_t wsync_blob_chunk_count(const struct wsync_blob_name *name)
{
    return (uint32_t)((name->length + WSYNC_BLOB_CHUNK_BYTES - 1) / WSYNC_BLOB_CHUNK_BYTES);
}

uint32_t wsync_blob_chunk_len(const struct wsync_blob_name *name, uint32_t index)
{
    uint64_t at = (uint64_t)index * WSYNC_BLOB_CHUNK_BYTES;
    WSYNC_ASSERT(at < name->length);
    uint64_t left = name->length - at;
    return left < WSYNC_BLOB_CHUNK_BYTES ? (uint32_t)left : WSYNC_BLOB_CHUNK_BYTES;
}

/* A tree over leaves that are at hand. */
static enum wsync_err hash_above(void *context, unsigned level, uint64_t index,
                                 struct wsync_hash *hash)
{
    const struct wsync_hash *leaves = context;
    if (level == 0) {
        *hash = leaves[index];
        return WSYNC_OK;
    }
    struct wsync_hash left, right; /* depth: WSYNC_BLOB_PATH_MAX */
    enum wsync_err err = hash_above(context, level - 1, 2 * index, &left);
    if (err == WSYNC_OK) {
        err = hash_above(context, level - 1, 2 * index + 1, &right);
    }
    *hash = wsync_merkle_node(&left, &right);
    return err;
}

static struct wsync_merkle_source source_over(struct wsync_hash *leaves)
{
    return (struct wsync_merkle_source){.context = leaves, .hash = hash_above};
}

/* What a proof of a chunk is about: it and all before it. */
struct prefix {
    uint64_t indexes[WSYNC_BLOB_CHUNKS_MAX];
    struct wsync_merkle_claim claim;
};

static void claim_prefix(struct prefix *prefix, const struct wsync_blob_name *name,
                         uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        prefix->indexes[i] = i;
    }
    prefix->claim = (struct wsync_merkle_claim){
        .size = wsync_blob_chunk_count(name), .indexes = prefix->indexes, .count = count};
}

static bool leads_to_root(const struct wsync_blob_name *name, const struct wsync_hash *leaves,
                          uint32_t count, struct wsync_slice hashes)
{
    struct prefix prefix;
    struct wsync_hash root, none;
    claim_prefix(&prefix, name, count);
    return wsync_merkle_fold(&prefix.claim, leaves, hashes, &root, &none) &&
           wsync_hash_equal(&root, &name->root);
}

static const struct wsync_slice NO_HASHES;

enum wsync_err wsync_blob_name_of(struct wsync_slice bytes, struct wsync_blob_name *name)
{
    struct wsync_hash leaves[WSYNC_BLOB_CHUNKS_MAX];
    if (bytes.len == 0 || bytes.len > WSYNC_BLOB_BYTES_MAX) {
        return WSYNC_ERR_INVALID;
    }
    *name = (struct wsync_blob_name){.length = bytes.len};
    uint32_t count = wsync_blob_chunk_count(name);
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *at = bytes.data + (size_t)i * WSYNC_BLOB_CHUNK_BYTES;
        leaves[i] = wsync_merkle_leaf(wsync_slice(at, wsync_blob_chunk_len(name, i)));
    }
    struct wsync_merkle_source source = source_over(leaves);
    return wsync_merkle_root(&source, count, &name->root);
}

/* The hashes of the first `count` chunks, read where they are not at hand. */
static enum wsync_err know_leaves(struct wsync_blobs *blobs, const struct wsync_blob_name *name,
                                  uint32_t count, struct wsync_blob_tree **found)
{
    struct wsync_blob_tree *tree = &blobs->trees[0];
    for (size_t i = 0; i < WSYNC_BLOB_TREES_MAX; i++) {
        struct wsync_blob_tree *other = &blobs->trees[i];
        if (wsync_blob_name_equal(&other->name, name)) {
            tree = other;
            break;
        }
        tree = other->used < tree->used ? other : tree;
    }
    if (!wsync_blob_name_equal(&tree->name, name)) {
        tree->name = *name;
        tree->count = 0;
    }
    tree->used = ++blobs->clock;
    while (tree->count < count) {
        uint8_t bytes[WSYNC_BLOB_CHUNK_BYTES];
        enum wsync_err err = blobs->ops->read(blobs, name, tree->count, bytes);
        if (err != WSYNC_OK) {
            return err;
        }
        struct wsync_slice chunk =
            wsync_slice(bytes, wsync_blob_chunk_len(name, tree->count));
        tree->leaves[tree->count++] = wsync_merkle_leaf(chunk);
    }
    *found = tree;
    return WSYNC_OK;
}

static void forget_leaves(struct wsync_blobs *blobs, const struct wsync_blob_name *name)
{
    for (size_t i = 0; i < WSYNC_BLOB_TREES_MAX; i++) {
        if (wsync_blob_name_equal(&blobs->trees[i].name, name)) {
            blobs->trees[i].name = (struct wsync_blob_name){.length = 0};
            blobs->trees[i].used = 0;
        }
    }
}

enum wsync_err wsync_blob_read(struct wsync_blobs *blobs, const struct wsync_blob_name *name,
                               uint32_t index, uint8_t *bytes)
{
    struct wsync_blob_state state;
    enum wsync_err err = blobs->ops->look(blobs, name, &state);
    if (err == WSYNC_OK && (!state.whole || index >= wsync_blob_chunk_count(name))) {
        return WSYNC_ERR_NOT_FOUND;
    }
    return err == WSYNC_OK ? blobs->ops->read(blobs, name, index, bytes) : err;
}

enum wsync_err wsync_blob_prove(struct wsync_blobs *blobs, const struct wsync_blob_name *name,
                                uint32_t index, struct wsync_arena *arena,
                                struct wsync_blob_chunk *chunk)
{
    struct wsync_hash hashes[WSYNC_BLOB_PATH_MAX];
    struct wsync_blob_tree *tree;
    struct prefix prefix;
    size_t count;
    uint8_t *bytes = wsync_arena_get(arena, WSYNC_BLOB_CHUNK_BYTES);
    if (!bytes) {
        return WSYNC_ERR_MEMORY;
    }
    enum wsync_err err = wsync_blob_read(blobs, name, index, bytes);
    if (err == WSYNC_OK) {
        err = know_leaves(blobs, name, wsync_blob_chunk_count(name), &tree);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    chunk->index = index;
    chunk->bytes = wsync_slice(bytes, wsync_blob_chunk_len(name, index));
    struct wsync_hash leaf = wsync_merkle_leaf(chunk->bytes);
    struct wsync_merkle_source source = source_over(tree->leaves);
    claim_prefix(&prefix, name, index + 1);
    err = wsync_merkle_prove(&source, &prefix.claim, hashes, WSYNC_BLOB_PATH_MAX, &count);
    WSYNC_ASSERT(err == WSYNC_OK); /* a prefix leaves one subtree a level */
    chunk->hashes = wsync_slice(hashes, count * sizeof *hashes);
    if (!wsync_hash_equal(&leaf, &tree->leaves[index]) ||
        !leads_to_root(name, tree->leaves, index + 1, chunk->hashes)) {
        forget_leaves(blobs, name); /* it may be mended */
        return WSYNC_ERR_CORRUPT;
    }
    chunk->hashes = wsync_arena_copy(arena, chunk->hashes);
    return chunk->hashes.data || count == 0 ? WSYNC_OK : WSYNC_ERR_MEMORY;
}

/* All chunks are here: reads them again and compares with the name. */
static enum wsync_err check_whole(struct wsync_blobs *blobs, const struct wsync_blob_name *name)
{
    struct wsync_blob_tree *tree;
    uint32_t count = wsync_blob_chunk_count(name);
    forget_leaves(blobs, name);
    enum wsync_err err = know_leaves(blobs, name, count, &tree);
    if (err == WSYNC_OK && !leads_to_root(name, tree->leaves, count, NO_HASHES)) {
        forget_leaves(blobs, name);
        return WSYNC_ERR_CORRUPT;
    }
    return err;
}

static enum wsync_err finish(struct wsync_blobs *blobs, const struct wsync_blob_name *name)
{
    enum wsync_err err = check_whole(blobs, name);
    if (err == WSYNC_ERR_CORRUPT) {
        enum wsync_err dropped = blobs->ops->drop(blobs, name);
        return dropped == WSYNC_OK ? err : dropped;
    }
    return err == WSYNC_OK ? blobs->ops->finish(blobs, name) : err;
}

/* A power cut may have come between the last chunk and the end. */
enum wsync_err wsync_blob_look(struct wsync_blobs *blobs, const struct wsync_blob_name *name,
                               struct wsync_blob_state *state)
{
    enum wsync_err err = blobs->ops->look(blobs, name, state);
    if (err != WSYNC_OK || state->whole || state->chunks < wsync_blob_chunk_count(name)) {
        return err;
    }
    err = finish(blobs, name);
    state->whole = err == WSYNC_OK;
    if (err == WSYNC_ERR_CORRUPT || err == WSYNC_ERR_STORE_IO) { /* it begins anew */
        state->chunks = 0;
        return WSYNC_OK;
    }
    return err;
}

enum wsync_err wsync_blob_take(struct wsync_blobs *blobs, const struct wsync_blob_name *name,
                               const struct wsync_blob_chunk *chunk,
                               struct wsync_blob_state *state)
{
    struct wsync_blob_tree *tree;
    enum wsync_err err = wsync_blob_look(blobs, name, state);
    if (err != WSYNC_OK || state->whole || chunk->index < state->chunks) {
        return err; /* nothing new */
    }
    if (chunk->index > state->chunks) {
        return WSYNC_ERR_GAP;
    }
    if (chunk->index >= wsync_blob_chunk_count(name) ||
        chunk->bytes.len != wsync_blob_chunk_len(name, chunk->index)) {
        return WSYNC_ERR_BLOB;
    }
    err = know_leaves(blobs, name, state->chunks, &tree);
    if (err != WSYNC_OK) {
        return err;
    }
    tree->count = state->chunks;
    tree->leaves[tree->count] = wsync_merkle_leaf(chunk->bytes);
    if (!leads_to_root(name, tree->leaves, tree->count + 1, chunk->hashes)) {
        return WSYNC_ERR_BLOB;
    }
    err = blobs->ops->put(blobs, name, chunk->index, chunk->bytes);
    if (err == WSYNC_OK) {
        tree->count++;
        state->chunks++;
    }
    if (err == WSYNC_OK && state->chunks == wsync_blob_chunk_count(name)) {
        err = finish(blobs, name);
        state->whole = err == WSYNC_OK;
        state->chunks = err == WSYNC_ERR_CORRUPT ? 0 : state->chunks;
    }
    return err;
}

enum wsync_err wsync_blob_add(struct wsync_blobs *blobs, struct wsync_slice bytes,
                              struct wsync_blob_name *name)
{
    struct wsync_blob_state state = {.chunks = 0};
    enum wsync_err err = wsync_blob_name_of(bytes, name);
    if (err == WSYNC_OK) {
        err = wsync_blob_look(blobs, name, &state);
    }
    if (err != WSYNC_OK || state.whole) {
        return err;
    }
    uint32_t count = wsync_blob_chunk_count(name);
    for (uint32_t i = state.chunks; i < count && err == WSYNC_OK; i++) {
        const uint8_t *at = bytes.data + (size_t)i * WSYNC_BLOB_CHUNK_BYTES;
        err = blobs->ops->put(blobs, name, i, wsync_slice(at, wsync_blob_chunk_len(name, i)));
    }
    return err == WSYNC_OK ? finish(blobs, name) : err;
}

enum wsync_err wsync_blob_verify(struct wsync_blobs *blobs, const struct wsync_blob_name *name)
{
    struct wsync_blob_state state;
    enum wsync_err err = blobs->ops->look(blobs, name, &state);
    if (err == WSYNC_OK && !state.whole) {
        return WSYNC_ERR_NOT_FOUND;
    }
    return err == WSYNC_OK ? check_whole(blobs, name) : err;
}

enum wsync_err wsync_blob_check_on(struct wsync_blobs *blobs, struct wsync_blob_check *check,
                                   uint32_t chunks)
{
    const struct wsync_blob_name *name = &check->name;
    uint32_t all = wsync_blob_chunk_count(name);
    enum wsync_err err = WSYNC_OK;
    for (uint32_t i = 0; i < chunks && check->count < all && err == WSYNC_OK; i++) {
        uint8_t bytes[WSYNC_BLOB_CHUNK_BYTES];
        err = wsync_blob_read(blobs, name, check->count, bytes);
        if (err == WSYNC_OK) {
            uint32_t len = wsync_blob_chunk_len(name, check->count);
            check->leaves[check->count++] = wsync_merkle_leaf(wsync_slice(bytes, len));
        }
    }
    bool holds = check->count < all || leads_to_root(name, check->leaves, all, NO_HASHES);
    if (err == WSYNC_OK && !holds) {
        forget_leaves(blobs, name);
    }
    return err == WSYNC_OK && !holds ? WSYNC_ERR_CORRUPT : err;
}

enum wsync_err wsync_blob_forget(struct wsync_blobs *blobs, const struct wsync_blob_name *name)
{
    forget_leaves(blobs, name);
    return blobs->ops->drop(blobs, name);
}

enum wsync_err wsync_blobs_sync(struct wsync_blobs *blobs)
{
    return blobs->ops->sync(blobs);
}

void wsync_blobs_close(struct wsync_blobs *blobs)
{
    blobs->ops->close(blobs);
}
