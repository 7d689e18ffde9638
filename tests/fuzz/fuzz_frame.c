/* SPDX-License-Identifier: Apache-2.0 */
/* One frame: what is decoded is encoded to the same bytes. */
#include "tests/fuzz/fuzz.h"
#include "wardsync/message.h"

/* A code that version 1 does not know reads as MESSAGE: it alone may be said otherwise. */
static bool may_differ(const struct wsync_message *message)
{
    return (message->type == WSYNC_MESSAGE_BYE && message->bye == WSYNC_ERR_MESSAGE) ||
           (message->type == WSYNC_MESSAGE_REJECT &&
            message->reject.code == WSYNC_ERR_MESSAGE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wsync_arena *arena = fuzz_arena();
    struct wsync_message message;
    struct wsync_slice frame = wsync_slice(data, size);
    struct wsync_slice again;
    enum wsync_err err = wsync_message_decode(frame, arena, &message);
    WSYNC_ASSERT(!wsync_err_is_ours(err)); /* no frame needs more than the arena of a step */
    if (err == WSYNC_OK) {
        err = wsync_message_encode(&message, arena, &again);
        WSYNC_ASSERT(err == WSYNC_OK);
        WSYNC_ASSERT(may_differ(&message) || wsync_slice_equal(frame, again));
        err = wsync_message_decode(again, arena, &message);
        WSYNC_ASSERT(err == WSYNC_OK);
    }
    return 0;
}
