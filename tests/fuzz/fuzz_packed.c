/* SPDX-License-Identifier: Apache-2.0 */
/* One packed set, by the programs' own packer: what is read can be written and reads the same.
 * The first byte says what this side knows. */
#include "host/zstd.h"
#include "tests/fuzz/fuzz.h"
#include "wardsync/message.h"
#include "wardsync/packed.h"

enum { KNOWS_LINE = 1, KNOWS_DICTIONARY = 2 };

static void assert_same(struct wsync_arena *arena, const struct wsync_change_set *a,
                        const struct wsync_change_set *b)
{
    struct wsync_slice one, other;
    enum wsync_err first = wsync_message_encode(
        &(struct wsync_message){.type = WSYNC_MESSAGE_CHANGES, .changes = *a}, arena, &one);
    enum wsync_err second = wsync_message_encode(
        &(struct wsync_message){.type = WSYNC_MESSAGE_CHANGES, .changes = *b}, arena, &other);
    WSYNC_ASSERT(first == second);
    WSYNC_ASSERT(first != WSYNC_OK || wsync_slice_equal(one, other));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct wsync_zstd *zstd;
    const struct wsync_packed_line line = {.has_log = true,
                                           .has_end = true,
                                           .end = {.seq = 4},
                                           .checkpoint = {.size = 9, .root = {{1}}}};
    struct wsync_arena *arena = fuzz_arena();
    struct wsync_packed packed, again;
    struct wsync_slice frame;
    zstd = zstd ? zstd : wsync_zstd_open(wsync_zstd_dictionary());
    if (size == 0 || !zstd) {
        return 0;
    }
    const struct wsync_packing packing = {.packer = wsync_zstd_packer(zstd),
                                          .dictionary = (data[0] & KNOWS_DICTIONARY) != 0,
                                          .line = (data[0] & KNOWS_LINE) != 0 ? &line : NULL};
    enum wsync_err err =
        wsync_packed_decode(&packing, wsync_slice(data + 1, size - 1), arena, &packed);
    WSYNC_ASSERT(!wsync_err_is_ours(err)); /* no frame needs more than the arena of a step */
    if (err == WSYNC_OK && !packed.by_size &&
        wsync_packed_encode(&packing, &packed.set, arena, &frame) == WSYNC_OK) {
        err = wsync_packed_decode(&packing, frame, arena, &again);
        WSYNC_ASSERT(err == WSYNC_OK);
        assert_same(arena, &packed.set, &again.set);
    }
    return 0;
}
