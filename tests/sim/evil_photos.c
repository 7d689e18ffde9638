/* SPDX-License-Identifier: Apache-2.0 */
/* What a liar says of photos: it asks for any, offers what nobody has, answers with right
 * chunks, bent ones and none, asked or not.  [S18.5, S18.7, S18.12, S18.14, S18.15] */
#include "tests/sim/evil.h"
#include "tests/sim/photos.h"

/* What it was asked for last. */
static struct {
    size_t photo;
    uint32_t from;
} asked;

static uint64_t below(struct sim_world *world, uint64_t bound)
{
    return sim_random_below(&world->random, bound);
}

void sim_evil_forget(void)
{
    asked.photo = SIM_PHOTOS;
}

void sim_evil_hear(struct sim_world *world, struct wsync_slice frame)
{
    struct wsync_message message;
    size_t mark = wsync_arena_mark(&world->arena);
    if (!wsync_packed_is(frame) &&
        wsync_message_decode(frame, &world->arena, &message) == WSYNC_OK &&
        message.type == WSYNC_MESSAGE_BLOB_WANT && message.want.count > 0) {
        asked.photo = message.want.has_name ? sim_album_find(&message.want.name) : asked.photo;
        asked.from = message.want.from;
    }
    wsync_arena_release(&world->arena, mark);
}

/* One that nobody ever took, now and then. */
static struct wsync_blob_name some_name(struct sim_world *world)
{
    struct wsync_blob_name name = sim_album((size_t)below(world, SIM_PHOTOS))->name;
    size_t named = sim_photos_named(world);
    if (named < SIM_PHOTOS && below(world, 2) == 0) {
        name = sim_album(named)->name;
    } else if (below(world, 6) == 0) {
        name.root.b[0] ^= 1;
    } else if (below(world, 12) == 0) {
        name.length++;
    }
    return name;
}

static void ask(struct sim_world *world, struct wsync_blob_want *want)
{
    uint64_t roll = below(world, 8);
    *want = (struct wsync_blob_want){.has_name = roll > 1, .name = some_name(world)};
    uint32_t chunks = wsync_blob_chunk_count(&want->name);
    if (roll == 0) { /* nothing is wanted, or all is here */
        want->from = (uint32_t)below(world, 2) * chunks;
    } else if (roll < 4) { /* it is here whole */
        want->from = chunks;
    } else {
        want->from = (uint32_t)below(world, chunks + 1);
        want->count =
            roll == 7 ? (uint32_t)below(world, WSYNC_BLOB_WINDOW_MAX + 1) : chunks - want->from;
        want->count = want->count > WSYNC_BLOB_WINDOW_MAX ? WSYNC_BLOB_WINDOW_MAX : want->count;
    }
}

static void bend(struct sim_world *world, struct wsync_blob_chunk *chunk)
{
    uint64_t roll = below(world, 12);
    if (roll == 0) {
        ((uint8_t *)(uintptr_t)chunk->bytes.data)[below(world, chunk->bytes.len)] ^= 1;
    } else if (roll == 1) {
        chunk->index++;
    } else if (roll == 2 && chunk->hashes.len > 0) {
        ((uint8_t *)(uintptr_t)chunk->hashes.data)[below(world, chunk->hashes.len)] ^= 1;
    } else if (roll == 3 && chunk->bytes.len > 1) {
        chunk->bytes.len--;
    } else if (roll == 4) {
        chunk->hashes = wsync_slice(NULL, 0);
    }
}

static void answer(struct sim_world *world, struct wsync_arena *arena,
                   struct wsync_blob_answer *answer)
{
    bool right = asked.photo < SIM_PHOTOS && below(world, 6) > 0;
    size_t photo = right ? asked.photo : (size_t)below(world, SIM_PHOTOS);
    const struct wsync_blob_name *name = &sim_album(photo)->name;
    uint32_t chunks = wsync_blob_chunk_count(name);
    uint32_t index = right && asked.from < chunks ? asked.from : (uint32_t)below(world, chunks);
    *answer = (struct wsync_blob_answer){.later = below(world, 2) == 0};
    if (below(world, 8) == 0 ||
        wsync_blob_prove(sim_album_keeper(), name, index, arena, &answer->chunk) != WSYNC_OK) {
        return;
    }
    answer->later = false;
    asked.from = right ? index + 1 : asked.from;
    bend(world, &answer->chunk);
}

void sim_evil_photo(struct sim_world *world, struct wsync_arena *arena,
                    struct wsync_message *message)
{
    static struct wsync_blob_name names[WSYNC_BLOB_OFFER_MAX];
    uint64_t roll = below(world, 7);
    if (roll < 2) {
        message->type = WSYNC_MESSAGE_BLOB_WANT;
        ask(world, &message->want);
    } else if (roll < 3) {
        message->type = WSYNC_MESSAGE_BLOB_OFFER;
        message->offer = (struct wsync_blob_offer){names, below(world, 5)};
        for (size_t i = 0; i < message->offer.count; i++) {
            names[i] = some_name(world);
        }
    } else {
        message->type = WSYNC_MESSAGE_BLOB_CHUNK;
        answer(world, arena, &message->chunk);
    }
}
