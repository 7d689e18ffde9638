/* SPDX-License-Identifier: Apache-2.0 */
/* arena.h: memory for the work of one step: handed out in pieces, given back as a whole.
 *
 * The block belongs to the caller and never grows, so a peer cannot choose our memory.  When it
 * is used up, allocation answers NULL and the step ends with WSYNC_ERR_MEMORY. */
#ifndef WARDSYNC_ARENA_H
#define WARDSYNC_ARENA_H

#include "wardsync/slice.h"

struct wsync_arena {
    uint8_t *block;
    size_t size;
    size_t used;
};

/* Uses `size` bytes at `block` (16-byte aligned, outliving the arena). */
void wsync_arena_init(struct wsync_arena *arena, void *block, size_t size);

/* `len` zeroed bytes, 16-byte aligned, or NULL when they do not fit. */
WSYNC_MUST_USE void *wsync_arena_get(struct wsync_arena *arena, size_t len);

/* `count` zeroed elements of `size` bytes, or NULL when they do not fit or the product does
 * not. */
WSYNC_MUST_USE void *wsync_arena_array(struct wsync_arena *arena, size_t count, size_t size);

/* A copy of `bytes`; data NULL when it does not fit. */
WSYNC_MUST_USE struct wsync_slice wsync_arena_copy(struct wsync_arena *arena,
                                                   struct wsync_slice bytes);

/* Where the arena stands, and back to there: everything handed out since is given back. */
size_t wsync_arena_mark(const struct wsync_arena *arena);
void wsync_arena_release(struct wsync_arena *arena, size_t mark);

/* Lends the end of what is free, `most` bytes but not more than half of it, as an arena of its
 * own for what outlives a release; and takes it back: the one lent last first. */
void wsync_arena_lend(struct wsync_arena *arena, size_t most, struct wsync_arena *part);
void wsync_arena_take_back(struct wsync_arena *arena, const struct wsync_arena *part);

#endif
