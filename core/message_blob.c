/* SPDX-License-Identifier: Apache-2.0 */
#include "core/message_parts.h"

static enum wsync_err encode_want(const struct wsync_blob_want *want, struct wsync_arena *arena,
                                  struct wsync_slice *bytes)
{
    Wardsync__BlobWant message = WARDSYNC__BLOB_WANT__INIT;
    struct wsync_blob_value name = {.len = 0};
    if (want->has_name) {
        name = wsync_blob_name_encode(&want->name);
    }
    message.name = wsync_pb_data(wsync_slice(name.b, name.len));
    message.from = want->from;
    message.count = want->count;
    return wsync_pb_encode(&message.base, arena, bytes);
}

static enum wsync_err decode_want(struct wsync_slice bytes, struct wsync_arena *arena,
                                  struct wsync_blob_want *want)
{
    ProtobufCMessage *base;
    enum wsync_err err = wsync_pb_decode(&wardsync__blob_want__descriptor, bytes, arena, &base);
    if (err != WSYNC_OK) {
        return err;
    }
    const Wardsync__BlobWant *message = (const Wardsync__BlobWant *)base;
    *want = (struct wsync_blob_want){.has_name = message->name.len > 0,
                                     .from = message->from,
                                     .count = message->count};
    if (message->count > WSYNC_BLOB_WINDOW_MAX) {
        return WSYNC_ERR_OVERSIZE;
    }
    bool good =
        !want->has_name || wsync_blob_name_decode(wsync_pb_slice(message->name), &want->name);
    uint32_t chunks = good && want->has_name ? wsync_blob_chunk_count(&want->name)
                                             : WSYNC_BLOB_CHUNKS_MAX;
    return good && want->from <= chunks && want->count <= chunks - want->from
               ? WSYNC_OK
               : WSYNC_ERR_MESSAGE;
}

static enum wsync_err encode_chunk(const struct wsync_blob_answer *answer,
                                   struct wsync_arena *arena, struct wsync_slice *bytes)
{
    Wardsync__BlobChunk message = WARDSYNC__BLOB_CHUNK__INIT;
    message.index = answer->chunk.index;
    message.bytes = wsync_pb_data(answer->chunk.bytes);
    message.hashes = wsync_pb_data(answer->chunk.hashes);
    message.later = answer->later;
    return wsync_pb_encode(&message.base, arena, bytes);
}

static enum wsync_err decode_chunk(struct wsync_slice bytes, struct wsync_arena *arena,
                                   struct wsync_blob_answer *answer)
{
    ProtobufCMessage *base;
    enum wsync_err err =
        wsync_pb_decode(&wardsync__blob_chunk__descriptor, bytes, arena, &base);
    if (err != WSYNC_OK) {
        return err;
    }
    const Wardsync__BlobChunk *message = (const Wardsync__BlobChunk *)base;
    *answer = (struct wsync_blob_answer){
        {message->index, wsync_pb_slice(message->bytes), wsync_pb_slice(message->hashes)},
        message->later};
    if (message->bytes.len > WSYNC_BLOB_CHUNK_BYTES ||
        message->hashes.len > WSYNC_BLOB_PATH_MAX * WSYNC_HASH_BYTES) {
        return WSYNC_ERR_OVERSIZE;
    }
    bool none = message->bytes.len == 0;
    bool good = message->index < WSYNC_BLOB_CHUNKS_MAX &&
                message->hashes.len % WSYNC_HASH_BYTES == 0 &&
                (none ? message->index == 0 && message->hashes.len == 0 : !message->later);
    return good ? WSYNC_OK : WSYNC_ERR_MESSAGE;
}

static enum wsync_err encode_offer(const struct wsync_blob_offer *offer,
                                   struct wsync_arena *arena, struct wsync_slice *bytes)
{
    Wardsync__BlobOffer message = WARDSYNC__BLOB_OFFER__INIT;
    struct wsync_blob_value names[WSYNC_BLOB_OFFER_MAX];
    ProtobufCBinaryData data[WSYNC_BLOB_OFFER_MAX];
    WSYNC_ASSERT(offer->count <= WSYNC_BLOB_OFFER_MAX);
    for (size_t i = 0; i < offer->count; i++) {
        names[i] = wsync_blob_name_encode(&offer->names[i]);
        data[i] = wsync_pb_data(wsync_slice(names[i].b, names[i].len));
    }
    message.names = data;
    message.n_names = offer->count;
    return wsync_pb_encode(&message.base, arena, bytes);
}

static enum wsync_err decode_offer(struct wsync_slice bytes, struct wsync_arena *arena,
                                   struct wsync_blob_offer *offer)
{
    ProtobufCMessage *base;
    enum wsync_err err =
        wsync_pb_decode(&wardsync__blob_offer__descriptor, bytes, arena, &base);
    if (err != WSYNC_OK) {
        return err;
    }
    const Wardsync__BlobOffer *message = (const Wardsync__BlobOffer *)base;
    if (message->n_names > WSYNC_BLOB_OFFER_MAX) {
        return WSYNC_ERR_OVERSIZE;
    }
    struct wsync_blob_name *names = wsync_arena_array(arena, message->n_names, sizeof *names);
    if (!names) {
        return WSYNC_ERR_MEMORY;
    }
    for (size_t i = 0; i < message->n_names; i++) {
        if (!wsync_blob_name_decode(wsync_pb_slice(message->names[i]), &names[i])) {
            return WSYNC_ERR_MESSAGE;
        }
    }
    *offer = (struct wsync_blob_offer){names, message->n_names};
    return WSYNC_OK;
}

enum wsync_err wsync_blob_encode(const struct wsync_message *message, struct wsync_arena *arena,
                                 struct wsync_slice *bytes)
{
    if (message->type == WSYNC_MESSAGE_BLOB_WANT) {
        return encode_want(&message->want, arena, bytes);
    }
    return message->type == WSYNC_MESSAGE_BLOB_CHUNK
               ? encode_chunk(&message->chunk, arena, bytes)
               : encode_offer(&message->offer, arena, bytes);
}

enum wsync_err wsync_blob_decode(struct wsync_slice bytes, struct wsync_arena *arena,
                                 struct wsync_message *message)
{
    if (message->type == WSYNC_MESSAGE_BLOB_WANT) {
        return decode_want(bytes, arena, &message->want);
    }
    return message->type == WSYNC_MESSAGE_BLOB_CHUNK
               ? decode_chunk(bytes, arena, &message->chunk)
               : decode_offer(bytes, arena, &message->offer);
}
