/* SPDX-License-Identifier: Apache-2.0 */
/* Whole sessions between replicas over a perfect link: what moves, what ends them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/replica.h"
#include "tests/store_mem.h"
#include "wardsync/totals.h"

enum { SEED = 7, WARD_UNIT = 2, DAY = 19100 };

struct world {
    struct installation installation;
    struct replica district, a, b; /* two devices of one ward */
};

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    installation_init(&world->installation, SEED);
    replica_init(&world->district, wsync_store_mem_new(), SEED, 0, REPLICA_TOP);
    replica_init(&world->a, wsync_store_mem_new(), SEED, 1, WARD_UNIT);
    replica_init(&world->b, wsync_store_mem_new(), SEED, 2, WARD_UNIT);
    replica_found(&world->district, &world->installation);
    replica_enrol(&world->district, &world->installation, &world->a);
    replica_enrol(&world->district, &world->installation, &world->b);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    replica_fini(&world->district);
    replica_fini(&world->a);
    replica_fini(&world->b);
    free(world);
    return 0;
}

static enum wsync_err sync_a(struct world *world)
{
    return replica_sync(&world->a, &world->district, &world->installation, NULL);
}

static enum wsync_err sync_b(struct world *world)
{
    return replica_sync(&world->b, &world->district, &world->installation, NULL);
}

static void assert_same(struct replica *x, struct replica *y, uint32_t scope)
{
    struct wsync_hash first = replica_digest(x, scope);
    struct wsync_hash second = replica_digest(y, scope);
    assert_memory_equal(first.b, second.b, sizeof first.b);
    first = replica_recomputed_digest(x, scope);
    assert_memory_equal(first.b, second.b, sizeof first.b);
}

static void a_first_session_brings_roster_and_forms(void **state)
{
    struct world *world = *state;
    assert_int_equal(sync_a(world), WSYNC_OK);
    assert_same(&world->a, &world->district, 0);
    struct wsync_dot dot;
    assert_int_equal(replica_create(&world->a, DAY, 5, 1, &dot), WSYNC_OK);
}

static void records_arrive_and_count(void **state)
{
    struct world *world = *state;
    struct wsync_session_counts counts;
    struct wsync_dot dot;
    assert_int_equal(sync_a(world), WSYNC_OK);
    for (int i = 0; i < 300; i++) {
        assert_int_equal(replica_create(&world->a, DAY + i % 7, i, 1 + i % 2, &dot), WSYNC_OK);
    }
    assert_int_equal(
        replica_sync(&world->a, &world->district, &world->installation, &counts), WSYNC_OK);
    assert_int_equal(counts.changes_acked, 300);
    assert_same(&world->a, &world->district, WARD_UNIT);
    assert_int_equal(
        replica_sync(&world->a, &world->district, &world->installation, &counts), WSYNC_OK);
    assert_int_equal(counts.changes_sent, 0);
    assert_true(counts.bytes_in + counts.bytes_out < 600);
}

static void two_devices_conflict_and_resolve(void **state)
{
    struct world *world = *state;
    struct wsync_dot made;
    assert_int_equal(sync_a(world), WSYNC_OK);
    assert_int_equal(replica_create(&world->a, DAY, 1, 1, &made), WSYNC_OK);
    assert_int_equal(sync_a(world), WSYNC_OK);
    assert_int_equal(sync_b(world), WSYNC_OK);
    struct wsync_dot at_b = replica_dot_at(&world->a, made, &world->b);
    assert_int_equal(replica_set_count(&world->a, made, 10), WSYNC_OK);
    assert_int_equal(replica_set_count(&world->b, at_b, 20), WSYNC_OK);
    assert_int_equal(sync_a(world), WSYNC_OK);
    assert_int_equal(sync_b(world), WSYNC_OK);
    assert_int_equal(sync_a(world), WSYNC_OK);
    assert_same(&world->a, &world->b, 0);
    assert_same(&world->a, &world->district, 0);
    struct wsync_txn *txn;
    struct wsync_record record;
    size_t count;
    assert_int_equal(wsync_store_begin(world->a.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_record_get(txn, made, 0, &world->a.arena, &record), WSYNC_OK);
    assert_non_null(wsync_record_shown(&record, 2, &count));
    assert_int_equal(count, 2);
    wsync_txn_abort(txn);
    assert_int_equal(replica_set_count(&world->b, at_b, 30), WSYNC_OK);
    assert_int_equal(sync_b(world), WSYNC_OK);
    assert_int_equal(sync_a(world), WSYNC_OK);
    assert_same(&world->a, &world->b, 0);
    assert_int_equal(wsync_store_begin(world->a.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_record_get(txn, made, 0, &world->a.arena, &record), WSYNC_OK);
    assert_int_equal(wsync_record_shown(&record, 2, &count)->value.integer, 30);
    assert_int_equal(count, 1);
    wsync_txn_abort(txn);
}

static void a_delete_beside_an_edit_stays_alive(void **state)
{
    struct world *world = *state;
    struct wsync_dot made;
    bool contested;
    assert_int_equal(sync_a(world), WSYNC_OK);
    assert_int_equal(replica_create(&world->a, DAY, 1, 1, &made), WSYNC_OK);
    assert_int_equal(sync_a(world), WSYNC_OK);
    assert_int_equal(sync_b(world), WSYNC_OK);
    struct wsync_dot at_b = replica_dot_at(&world->a, made, &world->b);
    assert_int_equal(replica_delete(&world->a, made), WSYNC_OK);
    assert_int_equal(replica_set_count(&world->b, at_b, 20), WSYNC_OK);
    assert_int_equal(sync_b(world), WSYNC_OK);
    assert_int_equal(sync_a(world), WSYNC_OK);
    assert_int_equal(sync_b(world), WSYNC_OK);
    assert_same(&world->a, &world->b, 0);
    struct wsync_txn *txn;
    struct wsync_record record;
    assert_int_equal(wsync_store_begin(world->b.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_record_get(txn, at_b, 0, &world->b.arena, &record), WSYNC_OK);
    assert_int_equal(wsync_record_life(&record, &contested, NULL), WSYNC_LIFE_ALIVE);
    assert_true(contested);
    wsync_txn_abort(txn);
    assert_int_equal(replica_delete(&world->b, at_b), WSYNC_OK);
    assert_int_equal(sync_b(world), WSYNC_OK);
    assert_same(&world->b, &world->district, 0);
}

static void a_stranger_is_refused(void **state)
{
    struct world *world = *state;
    struct replica stranger;
    replica_init(&stranger, wsync_store_mem_new(), SEED, 99, WARD_UNIT);
    assert_int_equal(
        replica_sync(&stranger, &world->district, &world->installation, NULL),
        WSYNC_ERR_DEVICE);
    replica_fini(&stranger);
}

int main(void)
{
#define SESSION_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        SESSION_TEST(a_first_session_brings_roster_and_forms),
        SESSION_TEST(records_arrive_and_count),
        SESSION_TEST(two_devices_conflict_and_resolve),
        SESSION_TEST(a_delete_beside_an_edit_stays_alive),
        SESSION_TEST(a_stranger_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
