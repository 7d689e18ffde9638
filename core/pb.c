/* SPDX-License-Identifier: Apache-2.0 */
#include "core/pb.h"

#include <string.h>

#include "wardsync/limits.h"

/* What the decoder may still take; protobuf-c sees it as an allocator. */
struct budget {
    struct wsync_arena *arena;
    size_t left;
    bool over; /* the input wanted more than the budget */
    bool full; /* the arena had no room: ours, not the peer's */
};

static void *budget_alloc(void *context, size_t size)
{
    struct budget *budget = context;
    if (size > budget->left) {
        budget->over = true;
        return NULL;
    }
    budget->left -= size;
    void *piece = wsync_arena_get(budget->arena, size > 0 ? size : 1);
    budget->full = piece == NULL;
    return piece;
}

static void budget_free(void *context, void *piece)
{
    (void)context;
    (void)piece; /* the arena is released as a whole */
}

/* Writes a message whose size was asked for already: that is as much work as writing it. */
static enum wsync_err pack(const ProtobufCMessage *message, size_t len,
                           struct wsync_arena *arena, struct wsync_slice *bytes)
{
    uint8_t *out = wsync_arena_get(arena, len);
    if (!out) {
        return WSYNC_ERR_MEMORY;
    }
    size_t written = protobuf_c_message_pack(message, out);
    WSYNC_ASSERT(written == len);
    *bytes = wsync_slice(out, len);
    return WSYNC_OK;
}

static enum wsync_err check_canonical(const ProtobufCMessage *message, struct wsync_slice bytes,
                                      struct wsync_arena *arena)
{
    struct wsync_slice again;
    if (protobuf_c_message_get_packed_size(message) != bytes.len) {
        return WSYNC_ERR_MESSAGE;
    }
    size_t mark = wsync_arena_mark(arena);
    enum wsync_err err = pack(message, bytes.len, arena, &again);
    if (err == WSYNC_OK && !wsync_slice_equal(again, bytes)) {
        err = WSYNC_ERR_MESSAGE;
    }
    wsync_arena_release(arena, mark);
    return err;
}

/* Unknown fields survive a round trip, so the comparison does not see them. */
static bool has_unknown_fields(const ProtobufCMessage *message)
{
    if (message->n_unknown_fields > 0) {
        return true;
    }
    const ProtobufCMessageDescriptor *descriptor = message->descriptor;
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        if (field->type != PROTOBUF_C_TYPE_MESSAGE) {
            continue;
        }
        const uint8_t *member = (const uint8_t *)message + field->offset;
        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            size_t count;
            ProtobufCMessage **items;
            memcpy(&count, (const uint8_t *)message + field->quantifier_offset, sizeof count);
            memcpy(&items, member, sizeof items);
            for (size_t k = 0; k < count; k++) {
                if (has_unknown_fields(items[k])) { /* messages are not recursive: depth <= 4 */
                    return true;
                }
            }
        } else {
            ProtobufCMessage *item;
            memcpy(&item, member, sizeof item);
            if (item && has_unknown_fields(item)) {
                return true;
            }
        }
    }
    return false;
}

enum wsync_err wsync_pb_decode(const ProtobufCMessageDescriptor *descriptor,
                               struct wsync_slice bytes, struct wsync_arena *arena,
                               ProtobufCMessage **message)
{
    struct budget budget = {.arena = arena, .left = WSYNC_DECODE_BYTES_MAX};
    ProtobufCAllocator allocator = {
        .alloc = budget_alloc, .free = budget_free, .allocator_data = &budget};
    *message = protobuf_c_message_unpack(descriptor, &allocator, bytes.len, bytes.data);
    if (!*message) {
        return budget.over ? WSYNC_ERR_OVERSIZE
                           : (budget.full ? WSYNC_ERR_MEMORY : WSYNC_ERR_MESSAGE);
    }
    if (has_unknown_fields(*message)) {
        return WSYNC_ERR_MESSAGE;
    }
    return check_canonical(*message, bytes, arena);
}

enum wsync_err wsync_pb_encode(const ProtobufCMessage *message, struct wsync_arena *arena,
                               struct wsync_slice *bytes)
{
    return pack(message, protobuf_c_message_get_packed_size(message), arena, bytes);
}

bool wsync_pb_fixed(ProtobufCBinaryData data, uint8_t *out, size_t len)
{
    if (data.len != len) {
        return false;
    }
    memcpy(out, data.data, len);
    return true;
}
