/* SPDX-License-Identifier: Apache-2.0 */
/* Photos of two devices of a ward and of the district under seeded mishaps: lines cut anywhere,
 * chunks changed on the way, power cuts, disks without room.  What a ward was told to be held
 * is whole and lasts at the district; no chunk goes before what is written; in the end all is
 * where it belongs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/blobs_mem.h"
#include "tests/pair.h"
#include "tests/photos.h"
#include "wardsync/crypto.h"

enum { SEEDS = 60, SESSIONS = 12, PHOTOS_MAX = 24, STEPS_MAX = 120, FINAL_ROUNDS = 6 };

struct photo {
    struct wsync_blob_name name;
    size_t device; /* 2: the district */
};

struct world {
    struct pair *pair;
    uint64_t dice;
    struct photo photos[PHOTOS_MAX];
    size_t count;
};

static uint32_t below(struct world *world, uint32_t bound)
{
    world->dice = world->dice * 6364136223846793005U + 1442695040888963407U;
    return (uint32_t)(world->dice >> 33) % bound;
}

static struct replica *replica_of(struct world *world, size_t device)
{
    struct ward_pair *of = world->pair->world;
    return device == PAIR_A ? &of->a : device == PAIR_B ? &of->b : &of->district;
}

static void take_photo(struct world *world, size_t device)
{
    static const size_t LENGTHS[] = {1, 4096, 5000, 40000, 70000};
    if (world->count == PHOTOS_MAX) {
        return;
    }
    uint32_t seed = 1000 + below(world, 12); /* some are the same */
    size_t len = LENGTHS[below(world, 5)];
    uint32_t scope = device == 2 ? REPLICA_TOP : PAIR_UNIT;
    photos_record(replica_of(world, device), scope, seed, len, true);
    world->photos[world->count++] = (struct photo){photos_name(seed, len), device};
}

/* What a ward counts as held is whole there, and no power cut takes it back. */
static void check_held(struct world *world)
{
    struct wsync_blobs *there = world->pair->world->district.ledger.blobs;
    for (size_t i = 0; i < world->count; i++) {
        struct replica *ward = replica_of(world, world->photos[i].device);
        struct wsync_txn *txn;
        bool held;
        assert_int_equal(wsync_store_begin(ward->store, WSYNC_TXN_READ, &txn), WSYNC_OK);
        assert_int_equal(wsync_blob_is_held(txn, &world->photos[i].name, &held), WSYNC_OK);
        wsync_txn_abort(txn);
        if (held) {
            assert_int_equal(wsync_blob_verify(there, &world->photos[i].name), WSYNC_OK);
        }
    }
}

/* A chunk that a ward says lies behind all that it wrote: the last counted frame before it was
 * acknowledged, as `sent_taken` shows. */
static void check_order(const struct hub *up)
{
    const struct wsync_session *session = &up->lines[0].session;
    const struct hub_line *line = &up->lines[0];
    bool last_is_chunk =
        line->said > 0 && line->frames[line->said - 1].data[1] == WSYNC_MESSAGE_BLOB_CHUNK;
    assert_true(!last_is_chunk || session->sent == session->sent_taken);
}

/* Changes a byte of a chunk that is about to be heard. */
static void harm(struct world *world, struct hub *from, size_t line)
{
    struct hub_line *said = &from->lines[line];
    for (size_t i = said->carried; i < said->said; i++) {
        struct wsync_slice frame = said->frames[i];
        if (frame.data[1] == WSYNC_MESSAGE_BLOB_CHUNK && frame.len > 1000) {
            ((uint8_t *)(uintptr_t)frame.data)[500 + below(world, 400)] ^= 1;
            return;
        }
    }
}

static void mishap(struct world *world, struct hub *up, size_t device)
{
    struct hub *down = &world->pair->down;
    switch (below(world, 14)) {
    case 0:
        hub_event(up, 0, WSYNC_EVENT_CUT);
        break;
    case 1:
        wsync_blobs_mem_cut(down->replica->ledger.blobs);
        hub_event(up, 0, WSYNC_EVENT_CUT);
        break;
    case 2:
        wsync_blobs_mem_cut(up->replica->ledger.blobs);
        hub_event(up, 0, WSYNC_EVENT_CUT);
        break;
    case 3:
        harm(world, up, 0);
        break;
    case 4:
        harm(world, down, device);
        break;
    case 5:
        wsync_blobs_mem_fail_at(down->replica->ledger.blobs, 1 + below(world, 4),
                                WSYNC_ERR_STORE_FULL);
        break;
    case 6:
        wsync_blobs_mem_fail_at(up->replica->ledger.blobs, 1 + below(world, 4),
                                WSYNC_ERR_STORE_IO);
        break;
    case 7:
        pair_write(up->replica, 1);
        break;
    default:
        break;
    }
}

static void run(struct hub *hub)
{
    if (hub->batch_count > 0) {
        enum wsync_err err = hub_run(hub);
        assert_true(err == WSYNC_OK || wsync_err_is_ours(err)); /* a planned fault */
    }
}

static void troubled_session(struct world *world, size_t device)
{
    struct hub *up = pair_open(world->pair, device);
    struct hub *down = &world->pair->down;
    for (int i = 0; i < STEPS_MAX && up->lines[0].session.state != WSYNC_STATE_ENDED; i++) {
        mishap(world, up, device);
        run(up);
        hub_carry(up, 0, down, device, HUB_NONE_LOST);
        run(down);
        hub_carry(down, device, up, 0, HUB_NONE_LOST);
        run(up);
        check_order(up);
        assert_false(up->said_too_early || down->said_too_early);
    }
    check_held(world);
}

static void heal(struct world *world)
{
    for (size_t device = 0; device < 3; device++) {
        wsync_blobs_mem_fail_at(replica_of(world, device)->ledger.blobs, 0, WSYNC_OK);
    }
}

static void check_end(struct world *world)
{
    for (size_t i = 0; i < world->count; i++) {
        const struct photo *photo = &world->photos[i];
        assert_true(photos_whole(replica_of(world, 2), &photo->name));
        if (photo->device == 2) {
            assert_true(photos_whole(replica_of(world, PAIR_A), &photo->name));
            assert_true(photos_whole(replica_of(world, PAIR_B), &photo->name));
        }
    }
    check_held(world);
    ward_pair_same(&world->pair->world->a, &world->pair->world->district);
    ward_pair_same(&world->pair->world->b, &world->pair->world->district);
}

static void one_seed(uint64_t seed)
{
    struct world world = {.dice = seed};
    void *state;
    assert_int_equal(pair_set_up(&state), 0);
    world.pair = state;
    for (size_t device = 0; device < 3; device++) {
        replica_of(&world, device)->ledger.blobs = wsync_blobs_mem_new();
    }
    photos_define(replica_of(&world, 2));
    assert_int_equal(pair_sync(world.pair, PAIR_A), WSYNC_OK);
    assert_int_equal(pair_sync(world.pair, PAIR_B), WSYNC_OK);
    for (int i = 0; i < SESSIONS; i++) {
        heal(&world);
        take_photo(&world, below(&world, 3));
        troubled_session(&world, below(&world, 2));
    }
    heal(&world);
    for (int i = 0; i < FINAL_ROUNDS; i++) {
        assert_int_equal(pair_sync(world.pair, PAIR_A), WSYNC_OK);
        assert_int_equal(pair_sync(world.pair, PAIR_B), WSYNC_OK);
    }
    check_end(&world);
    for (size_t device = 0; device < 3; device++) {
        wsync_blobs_close(replica_of(&world, device)->ledger.blobs);
    }
    assert_int_equal(pair_tear_down(&state), 0);
}

static void mishaps_of_many_seeds(void **state)
{
    const char *first = getenv("SEED");
    uint64_t seed = first ? strtoull(first, NULL, 10) : 1;
    uint64_t end = first ? seed + 1 : SEEDS + 1;
    (void)state;
    for (; seed < end; seed++) {
        print_message("SEED=%llu\n", (unsigned long long)seed);
        one_seed(seed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(mishaps_of_many_seeds)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
