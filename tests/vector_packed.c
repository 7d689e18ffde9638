/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the vectors of Packed frames: what is left out comes from the inputs of the case. */
#include <stdlib.h>

#include "host/zstd.h"
#include "tests/vector.h"
#include "wardsync/message.h"
#include "wardsync/packed.h"

enum { ROOM_BYTES = 1 << 20 };

/* What the sides keep of the set before, by S17.10. */
static struct wsync_packed_line line_of(const struct vector *vector)
{
    struct wsync_packed_line line = {.lost = vector_integer(vector, "line-lost") != 0};
    line.has_log = vector_fixed(vector, "line-log", line.end.log.b, sizeof line.end.log.b);
    line.has_end = vector_fixed(vector, "line-hash", line.end.hash.b, sizeof line.end.hash.b);
    line.end.seq = (uint64_t)vector_integer(vector, "line-seq");
    if (vector_fixed(vector, "line-root", line.checkpoint.root.b,
                     sizeof line.checkpoint.root.b)) {
        vector_fixed(vector, "line-tree", line.checkpoint.tree, sizeof line.checkpoint.tree);
        line.checkpoint.size = (uint64_t)vector_integer(vector, "line-size");
    }
    return line;
}

/* The ChangeSet frame that it stands for; a checkpoint by its size stands beside it. */
static enum wsync_err tell(struct vector_book *book, struct wsync_packed *packed,
                           struct wsync_arena *arena)
{
    struct wsync_slice plain;
    if (packed->by_size) {
        vector_number(book, "checkpoint-size", (int64_t)packed->set.checkpoint.size);
        vector_hex(book, "checkpoint-root", wsync_slice(packed->root, sizeof packed->root));
        packed->set.checkpoint = (struct wsync_checkpoint){.size = 0};
    }
    struct wsync_message message = {.type = WSYNC_MESSAGE_CHANGES, .changes = packed->set};
    enum wsync_err err = wsync_message_encode(&message, arena, &plain);
    if (err == WSYNC_OK) {
        vector_hex(book, "change-set", plain);
    }
    return err;
}

enum wsync_err vector_run_packed(struct vector_book *book, const struct vector *vector)
{
    struct wsync_zstd *zstd = wsync_zstd_open(wsync_zstd_dictionary());
    void *room = aligned_alloc(16, ROOM_BYTES);
    WSYNC_ASSERT(zstd && room);
    struct wsync_arena arena;
    struct wsync_packed packed;
    wsync_arena_init(&arena, room, ROOM_BYTES);
    const struct wsync_packed_line line = line_of(vector);
    const struct wsync_packing packing = {.packer = wsync_zstd_packer(zstd),
                                          .dictionary =
                                              !vector_nth(vector, "without-dictionary", 0),
                                          .line = &line};
    enum wsync_err err =
        wsync_packed_decode(&packing, vector_bytes(vector, "frame", &arena), &arena, &packed);
    if (err == WSYNC_OK) {
        err = tell(book, &packed, &arena);
    }
    free(room);
    wsync_zstd_close(zstd);
    return err;
}
