/* SPDX-License-Identifier: Apache-2.0 */
#include "wardsync/arena.h"

#include <string.h>

enum { ALIGNMENT = 16 };

void wsync_arena_init(struct wsync_arena *arena, void *block, size_t size)
{
    WSYNC_ASSERT((uintptr_t)block % ALIGNMENT == 0);
    *arena = (struct wsync_arena){.block = block, .size = size};
}

void *wsync_arena_get(struct wsync_arena *arena, size_t len)
{
    WSYNC_ASSERT(arena->used <= arena->size);
    if (len > arena->size - arena->used) {
        return NULL;
    }
    void *piece = arena->block + arena->used;
    size_t padded = (len + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    size_t left = arena->size - arena->used;
    arena->used += padded < left ? padded : left;
    memset(piece, 0, len);
    return piece;
}

void *wsync_arena_array(struct wsync_arena *arena, size_t count, size_t size)
{
    size_t len;
    if (__builtin_mul_overflow(count, size, &len)) {
        return NULL;
    }
    return wsync_arena_get(arena, len);
}

struct wsync_slice wsync_arena_copy(struct wsync_arena *arena, struct wsync_slice bytes)
{
    uint8_t *copy = wsync_arena_get(arena, bytes.len);
    if (copy && bytes.len > 0) {
        memcpy(copy, bytes.data, bytes.len);
    }
    return wsync_slice(copy, copy ? bytes.len : 0);
}

size_t wsync_arena_mark(const struct wsync_arena *arena)
{
    return arena->used;
}

void wsync_arena_release(struct wsync_arena *arena, size_t mark)
{
    WSYNC_ASSERT(mark <= arena->used);
    arena->used = mark;
}

void wsync_arena_lend(struct wsync_arena *arena, size_t most, struct wsync_arena *part)
{
    size_t left = arena->size - arena->used;
    size_t from = (arena->size - (most < left / 2 ? most : left / 2)) / ALIGNMENT * ALIGNMENT;
    from = from < arena->used ? arena->size : from;
    *part = (struct wsync_arena){.block = arena->block + from, .size = arena->size - from};
    arena->size = from;
}

void wsync_arena_take_back(struct wsync_arena *arena, const struct wsync_arena *part)
{
    WSYNC_ASSERT(part->block == arena->block + arena->size);
    arena->size += part->size;
}
