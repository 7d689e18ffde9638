/* SPDX-License-Identifier: Apache-2.0 */
/* core/arena.c with a plan: the nth piece from now on is not to be had. */
#include "tests/sim/arena_short.h"

#include "wardsync/arena.h"

void *sim_real_get(struct wsync_arena *arena, size_t len);
void *sim_real_array(struct wsync_arena *arena, size_t count, size_t size);
struct wsync_slice sim_real_copy(struct wsync_arena *arena, struct wsync_slice bytes);

#define wsync_arena_get sim_real_get
#define wsync_arena_array sim_real_array
#define wsync_arena_copy sim_real_copy
#include "core/arena.c"
#undef wsync_arena_get
#undef wsync_arena_array
#undef wsync_arena_copy

static uint64_t left; /* pieces until the one that fails; 0: no plan */

uint64_t sim_arena_plan(uint64_t nth)
{
    uint64_t before = left;
    left = nth;
    return before;
}

static bool fails(void)
{
    return left > 0 && --left == 0;
}

void *wsync_arena_get(struct wsync_arena *arena, size_t len)
{
    return fails() ? NULL : sim_real_get(arena, len);
}

void *wsync_arena_array(struct wsync_arena *arena, size_t count, size_t size)
{
    return fails() ? NULL : sim_real_array(arena, count, size);
}

struct wsync_slice wsync_arena_copy(struct wsync_arena *arena, struct wsync_slice bytes)
{
    return fails() ? wsync_slice(NULL, 0) : sim_real_copy(arena, bytes);
}
