/* SPDX-License-Identifier: Apache-2.0 */
#include "wardsync/bundle_take.h"
#include "wardsync/message.h"
#include "wardsync/packed.h"

/* Nobody asked the reader which dictionary it has, and no set before is known to be there.
 * There are thousands of them, and somebody waits. */
static struct wsync_packing packing_of(const struct wsync_packer *packer)
{
    return (struct wsync_packing){.packer = packer, .level = WSYNC_PACK_LEVEL_BULK};
}

enum wsync_err wsync_bundle_pack(const struct wsync_packer *packer, struct wsync_arena *arena,
                                 struct wsync_slice frame, struct wsync_slice *packed)
{
    const struct wsync_packing packing = packing_of(packer);
    struct wsync_message message;
    struct wsync_slice smaller;
    *packed = frame;
    enum wsync_err err = wsync_message_decode(frame, arena, &message);
    if (err != WSYNC_OK || message.type != WSYNC_MESSAGE_CHANGES) {
        return err;
    }
    err = wsync_packed_encode(&packing, &message.changes, arena, &smaller);
    if (err == WSYNC_OK && smaller.len < frame.len) {
        *packed = smaller;
    }
    return err == WSYNC_ERR_INVALID || err == WSYNC_ERR_OVERSIZE ? WSYNC_OK : err;
}

enum wsync_err wsync_bundle_unpack(const struct wsync_packer *packer, struct wsync_arena *arena,
                                   struct wsync_slice frame, struct wsync_slice *plain)
{
    const struct wsync_packing packing = packing_of(packer);
    struct wsync_packed packed;
    *plain = frame;
    if (!wsync_packed_is(frame)) {
        return WSYNC_OK;
    }
    enum wsync_err err = wsync_packed_decode(&packing, frame, arena, &packed);
    if (err != WSYNC_OK || packed.continues || packed.by_size) { /* there is no line */
        return err == WSYNC_OK || err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_MESSAGE : err;
    }
    const struct wsync_message message = {.type = WSYNC_MESSAGE_CHANGES,
                                          .changes = packed.set};
    return wsync_message_encode(&message, arena, plain);
}
