/* SPDX-License-Identifier: Apache-2.0 */
/* One transaction for all that is ready, as long as it does not write too much (I8): whoever
 * makes the district write much gets his turn, and no more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/heavy.h"
#include "tests/hub.h"
#include "tests/store_faulty.h"
#include "tests/store_mem.h"

enum { SEED = 14, VERSION = 3, DAY = 19100, HEAVY = 0, GOOD = 1 };
enum { FRAMES = 5, PART_BYTES = 250000 }; /* two frames of these reach so far, one does not */

struct world {
    struct installation installation;
    struct wsync_store *disk;
    struct wsync_store_faulty counting;
    struct replica district, a, b;
    struct forge heavy, good;
    struct hub hub;
};

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    struct installation *installation = &world->installation;
    world->disk = wsync_store_mem_new();
    wsync_store_faulty_init(&world->counting, world->disk);
    installation_init(installation, SEED);
    replica_init(&world->district, &world->counting.base, SEED, 0, REPLICA_TOP);
    replica_init(&world->a, wsync_store_mem_new(), SEED, 1, 2);
    replica_init(&world->b, wsync_store_mem_new(), SEED, 2, 2);
    replica_found(&world->district, installation);
    replica_enrol(&world->district, installation, &world->a);
    replica_enrol(&world->district, installation, &world->b);
    forge_init(&world->heavy, &world->a, installation, VERSION, 1);
    forge_init(&world->good, &world->b, installation, VERSION, 2);
    forge_create(&world->good, DAY, 1, 1);
    heavy_grow(&world->heavy, 1);
    for (uint64_t seq = 1; seq <= world->heavy.seq; seq++) {
        struct wsync_change_set set = forge_set(&world->heavy, seq, seq);
        assert_int_equal(forge_give(&world->district, &set), WSYNC_OK);
    }
    hub_init(&world->hub, &world->district);
    hub_greet(&world->hub, HEAVY, installation, &world->a);
    hub_greet(&world->hub, GOOD, installation, &world->b);
    assert_int_equal(hub_run(&world->hub), WSYNC_OK);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    hub_fini(&world->hub);
    forge_fini(&world->heavy);
    forge_fini(&world->good);
    replica_fini(&world->district);
    replica_fini(&world->a);
    replica_fini(&world->b);
    wsync_store_close(world->disk);
    free(world);
    return 0;
}

static void tell_set(struct world *world, size_t line, struct forge *forge, uint64_t first)
{
    const struct wsync_message message = {.type = WSYNC_MESSAGE_CHANGES,
                                          .changes = forge_set(forge, first, forge->seq)};
    hub_tell(&world->hub, line, &message);
}

static void tell_heavy(struct world *world, size_t frames)
{
    for (size_t i = 0; i < frames; i++) {
        uint64_t first = world->heavy.seq + 1;
        for (size_t k = 0; k < HEAVY_SET_CHANGES; k++) {
            heavy_rewrite(&world->heavy, 1, WSYNC_OPERATIONS_MAX);
        }
        tell_set(world, HEAVY, &world->heavy, first);
    }
}

/* So many frames of the heavy clerk, then one of somebody else. */
static void tell_all(struct world *world, size_t frames)
{
    tell_heavy(world, frames);
    tell_set(world, GOOD, &world->good, 1);
}

static uint64_t held(struct world *world, const struct forge *forge)
{
    struct wsync_txn *txn;
    struct wsync_log log = {.seq = 0};
    assert_int_equal(wsync_store_begin(world->disk, WSYNC_TXN_READ, &txn), WSYNC_OK);
    enum wsync_err err = wsync_log_find(txn, &forge->log, &log);
    assert_true(err == WSYNC_OK || err == WSYNC_ERR_NOT_FOUND);
    wsync_txn_abort(txn);
    return log.seq;
}

static void assert_all_held(struct world *world)
{
    assert_int_equal(held(world, &world->heavy), world->heavy.seq);
    assert_int_equal(held(world, &world->good), world->good.seq);
    assert_false(world->hub.said_too_early);
}

static void what_is_ready_is_one_transaction(void **state)
{
    struct world *world = *state;
    assert_int_equal(world->hub.pump.bytes_max, WSYNC_PUMP_BYTES_MAX);
    tell_all(world, FRAMES);
    assert_int_equal(hub_run(&world->hub), WSYNC_OK);
    assert_int_equal(world->hub.pump.parts, 1);
    assert_all_held(world);
}

static void what_writes_much_is_several(void **state)
{
    struct world *world = *state;
    world->hub.pump.bytes_max = PART_BYTES;
    tell_all(world, FRAMES);
    assert_int_equal(hub_run(&world->hub), WSYNC_OK);
    assert_int_equal(world->hub.pump.parts, (FRAMES + 1) / 2);
    assert_int_equal(hub_count(&world->hub, HEAVY, WSYNC_MESSAGE_ACK), (FRAMES + 1) / 2);
    assert_int_equal(hub_count(&world->hub, GOOD, WSYNC_MESSAGE_ACK), 1);
    assert_all_held(world);
}

/* One event that writes more than that is a part of its own. */
static void one_event_is_never_too_much(void **state)
{
    struct world *world = *state;
    world->hub.pump.bytes_max = 1;
    tell_all(world, FRAMES);
    assert_int_equal(hub_run(&world->hub), WSYNC_OK);
    assert_int_equal(world->hub.pump.parts, FRAMES + 1);
    assert_all_held(world);
}

/* I2, I10: what was committed was said, and a store that refuses the next part takes nothing of
 * that back. */
static void a_part_that_fails_fails_alone(void **state)
{
    struct world *world = *state;
    uint64_t before = world->heavy.seq;
    world->hub.pump.bytes_max = PART_BYTES;
    wsync_store_faulty_plan(&world->counting, 0, 0, WSYNC_OK);
    tell_heavy(world, 2); /* as the first part of all of them */
    assert_int_equal(hub_run(&world->hub), WSYNC_OK);
    uint64_t operations = world->counting.operations;
    assert_int_equal(world->hub.pump.parts, 1);
    uint64_t first = world->heavy.seq;
    assert_int_equal(first, before + 2 * HEAVY_SET_CHANGES);
    tell_all(world, 3);
    wsync_store_faulty_plan(&world->counting, operations + 1, UINT64_MAX, WSYNC_ERR_STORE_FULL);
    assert_int_equal(hub_run(&world->hub), WSYNC_ERR_STORE_FULL);
    assert_true(world->counting.failed > 0);
    wsync_store_faulty_plan(&world->counting, 0, 0, WSYNC_OK);
    assert_int_equal(held(world, &world->heavy), first + 2 * HEAVY_SET_CHANGES);
    assert_int_equal(held(world, &world->good), 0);
    assert_int_equal(hub_count(&world->hub, HEAVY, WSYNC_MESSAGE_ACK), 2);
    assert_int_equal(hub_count(&world->hub, GOOD, WSYNC_MESSAGE_ACK), 0);
    assert_int_equal(hub_count(&world->hub, GOOD, WSYNC_MESSAGE_BYE), 1);
    assert_false(world->hub.said_too_early);
}

int main(void)
{
#define PUMP_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        PUMP_TEST(what_is_ready_is_one_transaction),
        PUMP_TEST(what_writes_much_is_several),
        PUMP_TEST(one_event_is_never_too_much),
        PUMP_TEST(a_part_that_fails_fails_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
