/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the vectors of the transparency log. */
#include <string.h>

#include "tests/vector.h"
#include "wardsync/checkpoint.h"
#include "wardsync/merkle.h"
#include "wardsync/receipt.h"

enum { LEAVES_MAX = 32, ARENA_BYTES = 1 << 20 };

struct leaves {
    struct wsync_hash hashes[LEAVES_MAX];
    size_t count;
};

static void read_leaves(struct vector_book *book, const struct vector *vector,
                        struct leaves *leaves)
{
    for (leaves->count = 0; vector_nth(vector, "leaf", leaves->count); leaves->count++) {
        WSYNC_ASSERT(leaves->count < LEAVES_MAX);
        leaves->hashes[leaves->count] =
            wsync_merkle_leaf(vector_bytes_nth(vector, "leaf", leaves->count, &book->arena));
    }
}

static enum wsync_err read_leaf(void *context, unsigned level, uint64_t index,
                                struct wsync_hash *hash)
{
    const struct leaves *leaves = context;
    struct wsync_hash right;
    if (level == 0) {
        *hash = leaves->hashes[index];
        return WSYNC_OK;
    }
    enum wsync_err err = read_leaf(context, level - 1, 2 * index, hash);
    if (err == WSYNC_OK) {
        err = read_leaf(context, level - 1, 2 * index + 1, &right);
        *hash = wsync_merkle_node(hash, &right);
    }
    return err;
}

enum wsync_err vector_run_tree(struct vector_book *book, const struct vector *vector)
{
    struct leaves leaves;
    struct wsync_hash root;
    read_leaves(book, vector, &leaves);
    const struct wsync_merkle_source source = {&leaves, read_leaf};
    enum wsync_err err = wsync_merkle_root(&source, leaves.count, &root);
    vector_hex(book, "root", WSYNC_BYTES(root));
    return err;
}

enum wsync_err vector_run_proof(struct vector_book *book, const struct vector *vector)
{
    struct leaves leaves;
    uint64_t indexes[LEAVES_MAX];
    struct wsync_merkle_claim claim = {.old_size = (uint64_t)vector_integer(vector, "old-size"),
                                       .size = (uint64_t)vector_integer(vector, "size"),
                                       .indexes = indexes};
    struct wsync_slice hashes = vector_bytes(vector, "hashes", &book->arena);
    struct wsync_hash root;
    struct wsync_hash old;
    read_leaves(book, vector, &leaves);
    for (; claim.count < leaves.count; claim.count++) {
        struct wsync_slice index = vector_bytes_nth(vector, "index", claim.count, &book->arena);
        indexes[claim.count] = index.len == 1 ? index.data[0] : UINT64_MAX;
    }
    if (!wsync_merkle_fold(&claim, leaves.hashes, hashes, &root, &old)) {
        return WSYNC_ERR_PROOF;
    }
    vector_hex(book, "root", WSYNC_BYTES(root));
    if (claim.old_size > 0) {
        vector_hex(book, "old-root", WSYNC_BYTES(old));
    }
    return WSYNC_OK;
}

enum wsync_err vector_run_note(struct vector_book *book, const struct vector *vector)
{
    struct wsync_note note;
    struct wsync_signing_key key;
    uint8_t key_hash[sizeof note.key_hash];
    enum wsync_err err = wsync_note_decode(vector_bytes(vector, "note", &book->arena), &note);
    if (err != WSYNC_OK || !vector_fixed(vector, "key", key.b, sizeof key.b)) {
        return err == WSYNC_OK ? WSYNC_ERR_INVALID : err;
    }
    wsync_checkpoint_key_hash(&note.instance, &key, key_hash);
    if (memcmp(key_hash, note.key_hash, sizeof key_hash) != 0 ||
        !wsync_checkpoint_verify(&key, &note.instance, &note.checkpoint)) {
        return WSYNC_ERR_SIGNATURE;
    }
    const struct wsync_checkpoint *checkpoint = &note.checkpoint.checkpoint;
    vector_hex(book, "instance", WSYNC_BYTES(note.instance));
    vector_hex(book, "tree", wsync_slice(checkpoint->tree, sizeof checkpoint->tree));
    vector_number(book, "size", (int64_t)checkpoint->size);
    vector_hex(book, "root", WSYNC_BYTES(checkpoint->root));
    return WSYNC_OK;
}

enum wsync_err vector_run_leaf(struct vector_book *book, const struct vector *vector)
{
    static const char *const KINDS[] = {"open", "set", "heads", "link"};
    uint8_t again[WSYNC_LEAF_BYTES_MAX];
    struct wsync_leaf leaf;
    struct wsync_slice bytes = vector_bytes(vector, "leaf", &book->arena);
    enum wsync_err err = wsync_leaf_decode(bytes, &leaf);
    if (err != WSYNC_OK) {
        return err;
    }
    struct wsync_hash hash = wsync_merkle_leaf(bytes);
    vector_text(book, "kind", KINDS[leaf.kind]);
    vector_number(book, "time", leaf.time);
    vector_hex(book, "hash", WSYNC_BYTES(hash));
    return wsync_slice_equal(wsync_leaf_encode(&leaf, again), bytes) ? WSYNC_OK
                                                                     : WSYNC_ERR_INVALID;
}

/* A receipt for a ward that asked for nothing but `scope` and verified `last-*` before. */
enum wsync_err vector_run_receipt(struct vector_book *book, const struct vector *vector)
{
    struct wsync_prove asked = {.scope = (uint32_t)vector_integer(vector, "scope")};
    struct wsync_checkpoint *last = &asked.last.checkpoint;
    struct wsync_instance_id instance;
    struct wsync_signing_key key;
    struct wsync_receipt receipt;
    struct wsync_receipt_facts facts;
    bool has_last = vector_nth(vector, "last-tree", 0) != NULL;
    if (!vector_fixed(vector, "key", key.b, sizeof key.b) ||
        !vector_fixed(vector, "instance", instance.b, sizeof instance.b) ||
        (has_last && (!vector_fixed(vector, "last-tree", last->tree, sizeof last->tree) ||
                      !vector_fixed(vector, "last-root", last->root.b, sizeof last->root.b)))) {
        return WSYNC_ERR_INVALID;
    }
    last->size = (uint64_t)vector_integer(vector, "last-size");
    asked.last.time = vector_integer(vector, "last-time");
    enum wsync_err err = wsync_receipt_decode(vector_bytes(vector, "receipt", &book->arena),
                                              &book->arena, &receipt);
    if (err == WSYNC_OK && !wsync_checkpoint_verify(&key, &instance, &receipt.checkpoint)) {
        err = WSYNC_ERR_SIGNATURE;
    }
    if (err == WSYNC_OK) {
        err = wsync_receipt_prove(&instance, &asked, &receipt, &facts);
    }
    if (err == WSYNC_OK) {
        vector_number(book, "size", (int64_t)receipt.checkpoint.checkpoint.size);
        vector_number(book, "time", facts.heads.time);
    }
    return err;
}
