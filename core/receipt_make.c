/* SPDX-License-Identifier: Apache-2.0 */
#include "wardsync/receipt.h"

enum wsync_err wsync_receipt_fill(struct wsync_txn *txn, struct wsync_arena *arena,
                                  uint32_t number, struct wsync_receipt *receipt)
{
    struct wsync_tree_context context = {txn, number};
    const struct wsync_merkle_source source = wsync_tree_source(&context);
    const struct wsync_merkle_claim claim = {receipt->old_size,
                                             receipt->checkpoint.checkpoint.size,
                                             receipt->indexes, receipt->leaf_count};
    struct wsync_hash *hashes =
        wsync_arena_array(arena, WSYNC_RECEIPT_HASHES_MAX, sizeof *hashes);
    struct wsync_slice *leaves = wsync_arena_array(arena, receipt->leaf_count, sizeof *leaves);
    size_t count = 0;
    enum wsync_err err = hashes && leaves ? WSYNC_OK : WSYNC_ERR_MEMORY;
    for (size_t i = 0; i < receipt->leaf_count && err == WSYNC_OK; i++) {
        err = wsync_tree_leaf(txn, number, receipt->indexes[i], &leaves[i]);
    }
    if (err == WSYNC_OK) {
        err = wsync_merkle_prove(&source, &claim, hashes, WSYNC_RECEIPT_HASHES_MAX, &count);
    }
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
    }
    receipt->leaves = leaves;
    receipt->hashes = wsync_slice(hashes, count * sizeof *hashes);
    return WSYNC_OK;
}

enum wsync_err wsync_receipt_fill_scope(struct wsync_arena *arena,
                                        const struct wsync_scopes *scopes, uint32_t scope,
                                        struct wsync_receipt *receipt)
{
    size_t at = 0;
    size_t count;
    while (at < scopes->count && scopes->items[at].scope != scope) {
        at++;
    }
    if (at == scopes->count) {
        return WSYNC_OK;
    }
    struct wsync_hash *path = wsync_arena_array(arena, WSYNC_RECEIPT_PATH_MAX, sizeof *path);
    uint8_t *leaf = wsync_arena_get(arena, WSYNC_SCOPE_HEADS_BYTES);
    if (!path || !leaf) {
        return WSYNC_ERR_MEMORY;
    }
    enum wsync_err err = wsync_scopes_prove(scopes, at, path, &count);
    receipt->path = wsync_slice(path, count * sizeof *path);
    receipt->position = (uint32_t)at;
    receipt->scope = wsync_scope_heads_encode(&scopes->items[at], leaf);
    return err;
}
