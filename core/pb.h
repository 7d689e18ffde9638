/* SPDX-License-Identifier: Apache-2.0 */
/* pb.h: the one seam to protobuf-c: decoding under a byte budget, canonical form, encoding.
 *
 * Only the codec files (form.c, payload.c, message.c, statement.c) include this header and the
 * generated ones. */
#ifndef WARDSYNC_CORE_PB_H
#define WARDSYNC_CORE_PB_H

#include <protobuf-c/protobuf-c.h>

#include "wardsync/arena.h"
#include "wardsync/error.h"

/* Decodes `bytes` into the arena, then encodes again and compares: duplicate fields, over-long
 * varints, unknown fields and any other second spelling answer MESSAGE.  Input that would
 * unfold beyond WSYNC_DECODE_BYTES_MAX answers OVERSIZE; an arena that is too small MEMORY.
 * `*message` lives in the arena and needs no freeing. */
WSYNC_MUST_USE enum wsync_err wsync_pb_decode(const ProtobufCMessageDescriptor *descriptor,
                                              struct wsync_slice bytes,
                                              struct wsync_arena *arena,
                                              ProtobufCMessage **message);

/* Encodes into the arena; MEMORY when it does not fit. */
WSYNC_MUST_USE enum wsync_err wsync_pb_encode(const ProtobufCMessage *message,
                                              struct wsync_arena *arena,
                                              struct wsync_slice *bytes);

static inline struct wsync_slice wsync_pb_slice(ProtobufCBinaryData data)
{
    return wsync_slice(data.data, data.len);
}

/* protobuf-c has no const in its messages; it only reads what it encodes. */
static inline ProtobufCBinaryData wsync_pb_data(struct wsync_slice slice)
{
    return (ProtobufCBinaryData){.len = slice.len, .data = (uint8_t *)(uintptr_t)slice.data};
}

/* Copies exactly `len` bytes out of a bytes field; false when it has another length. */
WSYNC_MUST_USE bool wsync_pb_fixed(ProtobufCBinaryData data, uint8_t *out, size_t len);

#endif
