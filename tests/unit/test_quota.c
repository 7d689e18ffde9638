/* SPDX-License-Identifier: Apache-2.0 */
/* How much a device may hand in a day (SPEC section 7.13). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/settle_parts.h"
#include "tests/store_mem.h"
#include "tests/verified.h"
#include "tests/ward_pair.h"

enum { QUOTA = 3, DAY_S = 86400, NUMBER = 7 };

struct world {
    struct ward_pair *pair;
    struct replica busy; /* the third device of the unit, with a quota */
};

static int set_up(void **state)
{
    static struct world world;
    void *pair;
    assert_int_equal(ward_pair_set_up(&pair), 0);
    world.pair = pair;
    replica_init(&world.busy, wsync_store_mem_new(), WARD_PAIR_SEED, NUMBER, WARD_PAIR_UNIT);
    const struct replica_terms terms = {.quota = QUOTA};
    replica_enrol_on(&world.pair->district, &world.pair->installation, &world.busy, &terms);
    ward_pair_sync(world.pair, &world.busy, WSYNC_OK);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    void *pair = world->pair;
    replica_fini(&world->busy);
    return ward_pair_tear_down(&pair);
}

static uint64_t quarantined_with(struct replica *replica, enum wsync_err code)
{
    struct wsync_txn *txn;
    struct wsync_dot change = {0};
    enum wsync_err reason;
    uint64_t count = 0;
    assert_int_equal(wsync_store_begin(replica->store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    while (wsync_ledger_quarantined(txn, &change, &reason) == WSYNC_OK) {
        count += reason == code;
    }
    wsync_txn_abort(txn);
    return count;
}

static void create(struct world *world, int count)
{
    for (int i = 0; i < count; i++) {
        ward_pair_create(&world->busy, 1);
    }
}

/* What everybody comes to, the one that was not counted included. */
static void agreed(struct world *world, int64_t records, uint64_t beyond)
{
    ward_pair_sync_on(world->pair, &world->busy);
    ward_pair_sync_on(world->pair, &world->pair->a);
    ward_pair_sync_on(world->pair, &world->pair->b);
    ward_pair_agreed(world->pair, records, records);
    ward_pair_same(&world->busy, &world->pair->district);
    verified_clean(&world->busy, &world->pair->installation);
    assert_int_equal(quarantined_with(&world->pair->district, WSYNC_ERR_QUOTA), beyond);
    assert_int_equal(quarantined_with(&world->busy, WSYNC_ERR_QUOTA), beyond);
}

/* S7.70, S7.71, case 12: beyond its quota a device is heard, and not counted; the ward's own
 * totals follow.  The next day it may go on. */
static void what_is_beyond_the_quota_is_quarantined(void **state)
{
    struct world *world = *state;
    create(world, QUOTA + 2);
    ward_pair_totals(&world->busy, QUOTA + 2, QUOTA + 2); /* nobody has said anything yet */
    agreed(world, QUOTA, 2);
    create(world, 1);
    agreed(world, QUOTA, 3);
    world->pair->district.now += DAY_S;
    create(world, QUOTA - 1);
    agreed(world, 2 * QUOTA - 1, 3);
    create(world, 1);
    agreed(world, 2 * QUOTA, 3);
    create(world, 1);
    agreed(world, 2 * QUOTA, 4);
}

/* S7.70: the day is that of the district's clock at the arrival, no matter what was written
 * when, and of any time. */
static void the_day_is_that_of_the_arrival(void **state)
{
    struct world *world = *state;
    world->pair->district.now = -1; /* the last second of 1969 */
    create(world, QUOTA);
    world->busy.now += 10 * DAY_S;
    create(world, 1);
    agreed(world, QUOTA, 1);
    world->pair->district.now = 1;
    create(world, 1);
    agreed(world, QUOTA + 1, 1);
}

/* S7.70: nobody else has one; what was held already is not counted again. */
static void only_what_is_new_of_that_device_counts(void **state)
{
    struct world *world = *state;
    struct forge log;
    ward_pair_sync(world->pair, &world->pair->a, WSYNC_OK);
    for (int i = 0; i < QUOTA + 2; i++) {
        ward_pair_create(&world->pair->a, 1);
    }
    ward_pair_sync(world->pair, &world->pair->a, WSYNC_OK);
    create(world, QUOTA - 1);
    ward_pair_sync(world->pair, &world->busy, WSYNC_OK);
    struct wsync_log_id id = ward_pair_own_log(&world->busy, WARD_PAIR_UNIT).id;
    forge_load(&log, &world->busy, &world->busy, &id);
    for (int i = 0; i < 3; i++) {
        struct wsync_change_set set = forge_set(&log, 1, log.seq);
        assert_int_equal(forge_give(&world->pair->district, &set), WSYNC_OK);
    }
    forge_fini(&log);
    create(world, 1);
    agreed(world, 2 * QUOTA + 2, 0);
}

/* The district's state computed anew, before it had the time to pass a verdict. */
static void rebuild(struct replica *district)
{
    struct wsync_txn *txn;
    const struct wsync_work work = {&district->ledger, NULL, &district->arena};
    struct wsync_work here = work;
    assert_int_equal(wsync_store_begin(district->store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    here.txn = txn;
    assert_int_equal(wsync_rebuild(&here, WARD_PAIR_UNIT), WSYNC_OK);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
    wsync_arena_release(&district->arena, 0);
}

/* S7.71: counted once, on arrival: whatever is computed anew comes to the same. */
static void a_rebuild_counts_nothing(void **state)
{
    struct world *world = *state;
    struct replica *district = &world->pair->district;
    struct forge log;
    create(world, QUOTA + 2);
    struct wsync_log_id id = ward_pair_own_log(&world->busy, WARD_PAIR_UNIT).id;
    forge_load(&log, &world->busy, &world->busy, &id);
    struct wsync_change_set set = forge_set(&log, 1, log.seq);
    district->ledger.moment.time = 0; /* nothing can be written now */
    assert_int_equal(forge_give(district, &set), WSYNC_OK);
    forge_settle(district);
    assert_int_equal(quarantined_with(district, WSYNC_ERR_QUOTA), 2);
    rebuild(district);
    assert_int_equal(quarantined_with(district, WSYNC_ERR_QUOTA), 2);
    ward_pair_totals(district, QUOTA, QUOTA);
    verified_clean(district, &world->pair->installation);
    replica_tell_moment(district);
    forge_settle(district);
    rebuild(district);
    assert_int_equal(quarantined_with(district, WSYNC_ERR_QUOTA), 2);
    forge_fini(&log);
    agreed(world, QUOTA, 2);
}

/* S10.35, S7.71: an admin may adopt it all the same. */
static void what_is_beyond_can_be_adopted(void **state)
{
    struct world *world = *state;
    struct replica *district = &world->pair->district;
    create(world, QUOTA + 1);
    agreed(world, QUOTA, 1);
    struct wsync_log log = ward_pair_own_log(&world->busy, WARD_PAIR_UNIT);
    const struct wsync_verdict verdict = {.log = log.id,
                                          .seq = log.seq,
                                          .hash = wsync_hash_prefix_of(&log.hash),
                                          .decision = WSYNC_DECISION_ADOPT,
                                          .stamp = district->now};
    assert_true(wsync_verdict_may_adopt(WSYNC_ERR_QUOTA));
    forge_pass(district, WARD_PAIR_UNIT, &verdict);
    agreed(world, QUOTA + 1, 0);
}

int main(void)
{
#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        IN_A_WORLD(what_is_beyond_the_quota_is_quarantined),
        IN_A_WORLD(the_day_is_that_of_the_arrival),
        IN_A_WORLD(only_what_is_new_of_that_device_counts),
        IN_A_WORLD(a_rebuild_counts_nothing),
        IN_A_WORLD(what_is_beyond_can_be_adopted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
