/* SPDX-License-Identifier: Apache-2.0 */
#include "core/message_parts.h"
#include "wardsync/receipt.h"

static void write_signed(const struct wsync_signed_checkpoint *from,
                         Wardsync__SignedCheckpoint *message)
{
    *message = (Wardsync__SignedCheckpoint)WARDSYNC__SIGNED_CHECKPOINT__INIT;
    message->tree =
        wsync_pb_data(wsync_slice(from->checkpoint.tree, sizeof from->checkpoint.tree));
    message->size = from->checkpoint.size;
    message->root = wsync_pb_data(WSYNC_BYTES(from->checkpoint.root));
    message->signature = wsync_pb_data(WSYNC_BYTES(from->signature));
}

static bool read_signed(const Wardsync__SignedCheckpoint *message,
                        struct wsync_signed_checkpoint *to)
{
    to->checkpoint.size = message->size;
    return wsync_pb_fixed(message->tree, to->checkpoint.tree, sizeof to->checkpoint.tree) &&
           wsync_pb_fixed(message->root, to->checkpoint.root.b, sizeof to->checkpoint.root.b) &&
           wsync_pb_fixed(message->signature, to->signature.b, sizeof to->signature.b) &&
           to->checkpoint.size > 0;
}

enum wsync_err wsync_prove_encode(const struct wsync_prove *prove, struct wsync_arena *arena,
                                  struct wsync_slice *bytes)
{
    Wardsync__Prove message = WARDSYNC__PROVE__INIT;
    Wardsync__SignedCheckpoint last;
    if (!wsync_checkpoint_is_none(&prove->last.checkpoint)) {
        write_signed(&prove->last, &last);
        message.last = &last;
    }
    message.scope = prove->scope;
    message.before = prove->before;
    message.n_heads = prove->head_count;
    enum wsync_err err =
        wsync_heads_write(prove->heads, prove->head_count, arena, &message.heads);
    return err == WSYNC_OK ? wsync_pb_encode(&message.base, arena, bytes) : err;
}

enum wsync_err wsync_prove_decode(struct wsync_slice bytes, struct wsync_arena *arena,
                                  struct wsync_prove *prove)
{
    ProtobufCMessage *base;
    enum wsync_err err = wsync_pb_decode(&wardsync__prove__descriptor, bytes, arena, &base);
    if (err != WSYNC_OK) {
        return err;
    }
    const Wardsync__Prove *message = (const Wardsync__Prove *)base;
    *prove = (struct wsync_prove){
        .head_count = message->n_heads, .scope = message->scope, .before = message->before};
    if (message->n_heads > WSYNC_PROVE_HEADS_MAX) {
        return WSYNC_ERR_OVERSIZE;
    }
    if (message->last && !read_signed(message->last, &prove->last)) {
        return WSYNC_ERR_MESSAGE;
    }
    return wsync_heads_read(message->heads, message->n_heads, arena, &prove->heads);
}

enum wsync_err wsync_receipt_encode(const struct wsync_receipt *receipt,
                                    struct wsync_arena *arena, struct wsync_slice *bytes)
{
    Wardsync__Receipt message = WARDSYNC__RECEIPT__INIT;
    Wardsync__SignedCheckpoint checkpoint;
    ProtobufCBinaryData leaves[WSYNC_RECEIPT_LEAVES_MAX];
    WSYNC_ASSERT(receipt->leaf_count <= WSYNC_RECEIPT_LEAVES_MAX);
    write_signed(&receipt->checkpoint, &checkpoint);
    message.checkpoint = &checkpoint;
    message.time = receipt->checkpoint.time;
    message.n_indexes = message.n_leaves = receipt->leaf_count;
    message.indexes = (uint64_t *)(uintptr_t)receipt->indexes; /* it is only read */
    for (size_t i = 0; i < receipt->leaf_count; i++) {
        leaves[i] = wsync_pb_data(receipt->leaves[i]);
    }
    message.leaves = leaves;
    message.hashes = wsync_pb_data(receipt->hashes);
    message.path = wsync_pb_data(receipt->path);
    message.position = receipt->position;
    message.scope = wsync_pb_data(receipt->scope);
    message.old = receipt->old_size;
    return wsync_pb_encode(&message.base, arena, bytes);
}

static bool is_hashes(ProtobufCBinaryData bytes, size_t most)
{
    return bytes.len % WSYNC_HASH_BYTES == 0 && bytes.len / WSYNC_HASH_BYTES <= most;
}

enum wsync_err wsync_receipt_decode(struct wsync_slice bytes, struct wsync_arena *arena,
                                    struct wsync_receipt *receipt)
{
    ProtobufCMessage *base;
    enum wsync_err err = wsync_pb_decode(&wardsync__receipt__descriptor, bytes, arena, &base);
    if (err != WSYNC_OK) {
        return err;
    }
    const Wardsync__Receipt *message = (const Wardsync__Receipt *)base;
    *receipt = (struct wsync_receipt){.checkpoint = {.time = message->time},
                                      .indexes = message->indexes,
                                      .leaf_count = message->n_indexes,
                                      .hashes = wsync_pb_slice(message->hashes),
                                      .path = wsync_pb_slice(message->path),
                                      .position = message->position,
                                      .scope = wsync_pb_slice(message->scope),
                                      .old_size = message->old};
    if (message->n_indexes > WSYNC_RECEIPT_LEAVES_MAX) {
        return WSYNC_ERR_OVERSIZE;
    }
    if (!message->checkpoint || !read_signed(message->checkpoint, &receipt->checkpoint) ||
        message->n_leaves != message->n_indexes ||
        !is_hashes(message->hashes, WSYNC_RECEIPT_HASHES_MAX) ||
        !is_hashes(message->path, WSYNC_RECEIPT_PATH_MAX)) {
        return WSYNC_ERR_MESSAGE;
    }
    struct wsync_slice *leaves = wsync_arena_array(arena, message->n_leaves, sizeof *leaves);
    if (!leaves) {
        return WSYNC_ERR_MEMORY;
    }
    for (size_t i = 0; i < message->n_leaves; i++) {
        leaves[i] = wsync_pb_slice(message->leaves[i]);
        if (leaves[i].len > WSYNC_LEAF_BYTES_MAX) {
            return WSYNC_ERR_MESSAGE;
        }
    }
    receipt->leaves = leaves;
    return WSYNC_OK;
}
