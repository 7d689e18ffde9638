/* SPDX-License-Identifier: Apache-2.0 */
/* Change-sets given to a ledger, some of them signed by an enrolled device: a refusal leaves
 * the store as it was, and what was taken gives the same state when it is built anew. */
#include "tests/fuzz/fuzz.h"
#include "wardsync/message.h"

enum { PIECES_MAX = 16 };

static bool give(struct fuzz_world *world, const struct fuzz_piece *piece)
{
    struct wsync_arena *arena = fuzz_arena();
    struct wsync_message message;
    struct wsync_slice frame = fuzz_frame(world, piece, arena);
    enum wsync_err err = wsync_message_decode(frame, arena, &message);
    if (err != WSYNC_OK || message.type != WSYNC_MESSAGE_CHANGES) {
        return false;
    }
    struct wsync_hash before = forge_image(world->district.store);
    err = forge_give(&world->district, &message.changes);
    wsync_arena_release(&world->district.arena, 0);
    WSYNC_ASSERT(!wsync_err_is_ours(err));
    if (err != WSYNC_OK) {
        struct wsync_hash after = forge_image(world->district.store);
        WSYNC_ASSERT(wsync_hash_equal(&before, &after));
    }
    return err == WSYNC_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_world *world = fuzz_world_fresh();
    struct wsync_slice input = wsync_slice(data, size);
    struct fuzz_piece piece;
    bool taken = false;
    for (int i = 0; i < PIECES_MAX && fuzz_next(&input, &piece); i++) {
        taken |= give(world, &piece);
    }
    if (taken) {
        struct wsync_hash state = replica_digest(&world->district, 0);
        struct wsync_hash anew = replica_recomputed_digest(&world->district, 0);
        WSYNC_ASSERT(wsync_hash_equal(&state, &anew));
    }
    return 0;
}
