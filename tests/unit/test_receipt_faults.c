/* SPDX-License-Identifier: Apache-2.0 */
/* Case 18: whatever operation of the store fails or is the last before a power cut, no signed
 * checkpoint goes beyond the durable leaves and nothing is acknowledged without a leaf (SPEC
 * S15.10, S15.14; invariant 2).  The district's hub looks into the store behind every Ack and
 * every Receipt (tests/hub.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/pair.h"
#include "tests/store_faulty.h"
#include "tests/store_mem.h"
#include "tests/tlog.h"

enum { ROUNDS_MAX = 60, STEPS_MAX = 20000 };

static int set_up(void **state)
{
    assert_int_equal(pair_set_up(state), 0);
    struct pair *pair = *state;
    replica_open_log(&pair->world->district, &pair->world->installation);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    pair_write(&pair->world->a, 2);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    return 0;
}

/* A session in which runs may fail; a refusal of the store is nobody's fault. */
static enum wsync_err try_session(struct pair *pair)
{
    struct hub *up = pair_open(pair, PAIR_A);
    size_t moved = 1;
    for (int round = 0; moved > 0; round++) {
        assert_true(round < ROUNDS_MAX);
        moved = hub_carry(up, 0, &pair->down, PAIR_A, HUB_NONE_LOST);
        if (pair->down.batch_count > 0) {
            enum wsync_err err = hub_run(&pair->down);
            assert_true(err == WSYNC_OK || wsync_err_is_ours(err));
        }
        moved += hub_carry(&pair->down, PAIR_A, up, 0, HUB_NONE_LOST);
        if (up->batch_count > 0) {
            enum wsync_err err = hub_run(up);
            assert_true(err == WSYNC_OK || wsync_err_is_ours(err));
        }
    }
    assert_false(pair->down.said_too_early);
    return up->lines[0].session.result;
}

/* Puts both sides back, one of them behind a store that will fail; what was said is looked for
 * in the store itself. */
static void put_back(struct pair *pair, struct wsync_store *district, struct wsync_store *ward)
{
    ward_pair_put_back(&pair->world->district, wsync_store_mem_clone(district));
    ward_pair_put_back(&pair->world->a, wsync_store_mem_clone(ward));
    pair->down.pump.store = pair->down.disk = pair->world->district.store;
    pair->up_a.pump.store = pair->up_a.disk = pair->world->a.store;
}

/* The nth operation of one side's store fails, for every n until none is left to fail. */
static void sweep(struct pair *pair, struct hub *side)
{
    pair_write(&pair->world->a, 2);
    struct wsync_store *district = wsync_store_mem_clone(pair->world->district.store);
    struct wsync_store *ward = wsync_store_mem_clone(pair->world->a.store);
    struct wsync_store_faulty faulty;
    uint64_t n = 0;
    do {
        assert_true(++n < STEPS_MAX);
        put_back(pair, district, ward);
        wsync_store_faulty_init(&faulty, side->disk);
        wsync_store_faulty_plan(&faulty, n, n, WSYNC_ERR_STORE_IO);
        side->pump.store = &faulty.base;
        (void)try_session(pair);
        side->pump.store = side->disk;
        tlog_check(&pair->world->district);
        assert_int_equal(try_session(pair), WSYNC_OK);
        assert_int_equal(try_session(pair), WSYNC_OK);
        struct wsync_signed_checkpoint a = tlog_last(&pair->world->a);
        struct wsync_signed_checkpoint d = tlog_last(&pair->world->district);
        assert_true(wsync_checkpoint_equal(&a.checkpoint, &d.checkpoint));
        assert_int_equal(tlog_alarms(&pair->world->a), 0);
    } while (faulty.failed > 0);
    assert_true(n > 100);
    wsync_store_close(district);
    wsync_store_close(ward);
}

static void case_18_any_operation_of_the_district_fails(void **state)
{
    struct pair *pair = *state;
    sweep(pair, &pair->down);
}

static void case_18_any_operation_of_the_ward_fails(void **state)
{
    struct pair *pair = *state;
    sweep(pair, &pair->up_a);
}

/* A new tree is there as a whole or not at all. */
static void opening_a_tree_is_one_transaction(void **state)
{
    struct pair *pair = *state;
    struct replica *district = &pair->world->district;
    struct wsync_store *whole = wsync_store_mem_clone(district->store);
    uint64_t size = tlog_size(district);
    bool planned = true;
    for (uint64_t n = 1; planned; n++) {
        struct wsync_txn *txn;
        ward_pair_put_back(district, wsync_store_mem_clone(whole));
        wsync_store_mem_fail_at(district->store, n, WSYNC_ERR_STORE_IO);
        enum wsync_err err = wsync_store_begin(district->store, WSYNC_TXN_WRITE, &txn);
        if (err == WSYNC_OK) {
            replica_tell_moment(district);
            err = wsync_tree_open(&district->ledger, txn);
            if (err == WSYNC_OK) {
                err = wsync_txn_commit(txn);
            } else {
                wsync_txn_abort(txn);
            }
        }
        planned = !wsync_store_mem_fault_is_planned(district->store);
        wsync_store_mem_fail_at(district->store, 0, WSYNC_OK);
        assert_int_equal(err, planned ? WSYNC_ERR_STORE_IO : WSYNC_OK);
        if (planned) {
            assert_int_equal(tlog_size(district), size);
        }
        tlog_check(district);
    }
    pair->down.pump.store = pair->down.disk = district->store;
    wsync_store_close(whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"case 18: any operation of the district's store fails",
         case_18_any_operation_of_the_district_fails, set_up, pair_tear_down, NULL},
        {"case 18: any operation of the ward's store fails",
         case_18_any_operation_of_the_ward_fails, set_up, pair_tear_down, NULL},
        cmocka_unit_test_setup_teardown(opening_a_tree_is_one_transaction, set_up,
                                        pair_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
