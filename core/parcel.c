/* SPDX-License-Identifier: Apache-2.0 */
#include "wardsync/parcel.h"

#include "core/bytes.h"

_Static_assert(WSYNC_PARCEL_FRAME_BYTES + WSYNC_PARCEL_CHUNK_BYTES <= WSYNC_FRAME_BYTES_MAX,
               "a chunk fits into a frame");
_Static_assert(WSYNC_PARCEL_PARTS_MAX <= WSYNC_BUNDLE_PARTS_MAX, "a parcel is a bundle");

bool wsync_parcel_is(struct wsync_slice frame)
{
    return frame.len > 1 && frame.data[1] >= WSYNC_PARCEL_PUT &&
           frame.data[1] <= WSYNC_PARCEL_ANSWER;
}

struct wsync_slice wsync_parcel_encode(const struct wsync_parcel_frame *parcel, uint8_t *out)
{
    struct wsync_writer writer = wsync_writer_over(out, WSYNC_FRAME_BYTES_MAX);
    WSYNC_ASSERT(parcel->bytes.len <= WSYNC_PARCEL_CHUNK_BYTES);
    wsync_write_number(&writer, WSYNC_PROTOCOL_VERSION, 1);
    wsync_write_number(&writer, parcel->type, 1);
    wsync_write_bytes(&writer, WSYNC_BYTES(parcel->id));
    wsync_write_number(&writer, parcel->size, 4);
    wsync_write_number(&writer, parcel->offset, 4);
    wsync_write_number(&writer, parcel->state, 1);
    wsync_write_bytes(&writer, parcel->bytes);
    return wsync_written(&writer);
}

/* What has no meaning in a frame is zero. */
static bool is_sound(const struct wsync_parcel_frame *parcel)
{
    bool reply = parcel->type == WSYNC_PARCEL_CARRIED || parcel->type == WSYNC_PARCEL_ANSWER;
    bool brings = parcel->type == WSYNC_PARCEL_PUT || parcel->type == WSYNC_PARCEL_ANSWER;
    return (reply || parcel->state == WSYNC_PARCEL_UNKNOWN) &&
           (brings || (parcel->bytes.len == 0 && parcel->size == 0)) &&
           (!brings || (parcel->offset <= parcel->size &&
                        parcel->bytes.len <= parcel->size - parcel->offset));
}

enum wsync_err wsync_parcel_decode(struct wsync_slice frame, struct wsync_parcel_frame *parcel)
{
    struct wsync_reader reader = wsync_reader_over(frame);
    if (frame.len < WSYNC_PARCEL_FRAME_BYTES ||
        frame.len > WSYNC_PARCEL_FRAME_BYTES + WSYNC_PARCEL_CHUNK_BYTES) {
        return WSYNC_ERR_FRAME;
    }
    if (wsync_read_number(&reader, 1) != WSYNC_PROTOCOL_VERSION) {
        return WSYNC_ERR_VERSION;
    }
    if (!wsync_parcel_is(frame)) {
        return WSYNC_ERR_MESSAGE;
    }
    parcel->type = (enum wsync_parcel_type)wsync_read_number(&reader, 1);
    wsync_read_into(&reader, parcel->id.b, sizeof parcel->id.b);
    parcel->size = (uint32_t)wsync_read_number(&reader, 4);
    parcel->offset = (uint32_t)wsync_read_number(&reader, 4);
    uint64_t state = wsync_read_number(&reader, 1);
    parcel->state = state < WSYNC_PARCEL_STATES ? (enum wsync_parcel_state)state
                                                : WSYNC_PARCEL_UNKNOWN;
    parcel->bytes = reader.left;
    return state < WSYNC_PARCEL_STATES && is_sound(parcel) ? WSYNC_OK : WSYNC_ERR_MESSAGE;
}

bool wsync_parcel_fits(uint64_t size)
{
    uint64_t parts = size < WSYNC_BUNDLE_HEADER_BYTES
                         ? 0
                         : (size - WSYNC_BUNDLE_HEADER_BYTES) / WSYNC_BUNDLE_PART_BYTES;
    return parts >= 1 && parts <= WSYNC_PARCEL_PARTS_MAX + UINT64_C(1) &&
           size == WSYNC_BUNDLE_HEADER_BYTES + parts * WSYNC_BUNDLE_PART_BYTES;
}
