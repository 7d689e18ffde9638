/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/vector_author.h"

#include <string.h>

struct wsync_genesis vector_genesis(const struct vector_world *world, size_t device)
{
    const struct vector_device *from = &world->devices[device];
    struct wsync_genesis genesis = {.format = WSYNC_FORMAT_VERSION,
                                    .instance = world->instance,
                                    .scope = from->scope,
                                    .device = from->id,
                                    .signing_key = from->key,
                                    .roster_version = 3,
                                    .stamp = VECTOR_STAMP};
    memset(genesis.random, 0x70 + (int)device, sizeof genesis.random);
    return genesis;
}

struct vector_author vector_author_open(const struct vector_world *world, size_t device,
                                        const struct wsync_genesis *genesis)
{
    struct vector_author author = {.arena = world->arena, .device = &world->devices[device]};
    WSYNC_ASSERT(wsync_genesis_encode(genesis, world->arena, &author.genesis) == WSYNC_OK);
    author.hashes[0] = wsync_chain_start(author.genesis);
    author.log = wsync_chain_log_id(&author.hashes[0]);
    return author;
}

void vector_author_add_raw(struct vector_author *author, const struct wsync_raw_change *raw)
{
    size_t at = author->count;
    WSYNC_ASSERT(at < VECTOR_CHANGES_MAX);
    author->changes[at] = *raw;
    author->count++;
    author->hashes[at + 1] =
        wsync_chain_next(&author->log, author->count, &author->hashes[at], raw);
}

void vector_author_add(struct vector_author *author, const char *public_part)
{
    struct wsync_raw_change raw = {.public_part = vector_spell(author->arena, public_part)};
    vector_author_add_raw(author, &raw);
}

struct wsync_change_set vector_author_set(const struct vector_author *author, uint64_t first,
                                          size_t count)
{
    WSYNC_ASSERT(first >= 1 && first - 1 + count <= author->count);
    struct wsync_change_set set = {.log = author->log, .first = first, .change_count = count,
                                   .sealed = true};
    set.changes = wsync_arena_array(author->arena, VECTOR_CHANGES_MAX, sizeof *set.changes);
    WSYNC_ASSERT(set.changes);
    memcpy(set.changes, author->changes + first - 1, count * sizeof *set.changes);
    memcpy(set.previous, author->hashes[first - 1].b, sizeof set.previous);
    if (first == 1) {
        set.genesis = author->genesis;
    }
    uint64_t last = first - 1 + count;
    struct wsync_head head = {author->log, last, author->hashes[last]};
    set.seal = wsync_seal_sign(&author->device->secret, &head, &set.checkpoint);
    return set;
}

struct wsync_slice vector_set_frame(struct wsync_arena *arena,
                                    const struct wsync_change_set *set)
{
    struct wsync_message message = {.type = WSYNC_MESSAGE_CHANGES, .changes = *set};
    struct wsync_slice frame;
    WSYNC_ASSERT(wsync_message_encode(&message, arena, &frame) == WSYNC_OK);
    return frame;
}
