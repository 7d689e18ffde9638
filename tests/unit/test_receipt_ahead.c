/* SPDX-License-Identifier: Apache-2.0 */
/* A session in one round trip: what is asked with the first flight, and what is answered when
 * nothing is to move (SPEC sections 9.2, 9.4 and 15.4: S9.8, S9.11, S9.24, S9.109, S9.110,
 * S15.17, S15.19, S15.31). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/pair.h"
#include "tests/store_mem.h"
#include "tests/tlog.h"
#include "wardsync/restore.h"

static int set_up(void **state)
{
    assert_int_equal(pair_set_up(state), 0);
    struct pair *pair = *state;
    replica_open_log(&pair->world->district, &pair->world->installation);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    assert_int_equal(pair_sync(pair, PAIR_B), WSYNC_OK);
    pair_write(&pair->world->a, 2);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    return 0; /* B has not seen them yet */
}

static void run(struct hub *hub)
{
    if (hub->batch_count > 0) {
        assert_int_equal(hub_run(hub), WSYNC_OK);
    }
}

static uint64_t held_of_a(struct pair *pair)
{
    struct wsync_log log = ward_pair_own_log(&pair->world->a, PAIR_UNIT);
    struct wsync_txn *txn;
    uint64_t held;
    assert_int_equal(wsync_store_begin(pair->world->a.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_held_get(txn, log.no, &held), WSYNC_OK);
    wsync_txn_abort(txn);
    return held;
}

/* The receipt of the newest change, and of the whole unit. */
static void assert_proven(struct pair *pair)
{
    struct wsync_log log = ward_pair_own_log(&pair->world->a, PAIR_UNIT);
    struct wsync_kept_receipt kept;
    struct wsync_receipt receipt;
    struct wsync_proven proven;
    struct wsync_txn *txn;
    assert_true(tlog_receipt(&pair->world->a, &kept, &receipt));
    assert_int_equal(kept.verdict, WSYNC_OK);
    assert_true(kept.complete);
    assert_int_equal(wsync_store_begin(pair->world->a.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_proven_get(txn, log.no, &proven), WSYNC_OK);
    wsync_txn_abort(txn);
    assert_int_equal(proven.seq, log.seq);
    assert_int_equal(held_of_a(pair), log.seq);
}

static void one_round_trip_brings_the_receipt(void **state)
{
    struct pair *pair = *state;
    pair_write(&pair->world->a, 1);
    struct hub *up = pair_open(pair, PAIR_A);
    assert_int_equal(hub_count(up, 0, WSYNC_MESSAGE_PROVE), 1);
    hub_carry(up, 0, &pair->down, PAIR_A, HUB_NONE_LOST);
    run(&pair->down);
    hub_carry(&pair->down, PAIR_A, up, 0, HUB_NONE_LOST);
    run(up);
    assert_int_equal(up->lines[0].session.state, WSYNC_STATE_ENDED);
    assert_int_equal(up->lines[0].session.result, WSYNC_OK);
    assert_false(up->lines[0].session.partial);
    assert_proven(pair);
}

/* What another device handed in comes down in the same session, and is covered as well. */
static void what_came_meanwhile_is_asked_for_behind_it(void **state)
{
    struct pair *pair = *state;
    pair_write(&pair->world->b, 2);
    assert_int_equal(pair_sync(pair, PAIR_B), WSYNC_OK);
    pair_write(&pair->world->a, 1);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    assert_int_equal(hub_count(&pair->up_a, 0, WSYNC_MESSAGE_PROVE), 2);
    assert_proven(pair);
}

/* The district does not take the flight: nothing is proven, nobody is accused. */
static void a_flight_that_was_not_taken_is_asked_about_again(void **state)
{
    struct pair *pair = *state;
    pair_write(&pair->world->a, 2);
    struct hub *up = pair_open(pair, PAIR_A);
    hub_carry(up, 0, &pair->down, PAIR_A, 1); /* without the change-set */
    run(&pair->down);
    hub_carry(&pair->down, PAIR_A, up, 0, HUB_NONE_LOST);
    run(up);
    assert_int_equal(tlog_alarms(&pair->world->a), 0);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    assert_proven(pair);
}

/* A leaf that the district drops is missed when it is asked a second time. */
static void a_dropped_leaf_is_missed(void **state)
{
    struct pair *pair = *state;
    static struct tlog_leaves leaves;
    pair_write(&pair->world->a, 1);
    struct hub *up = pair_open(pair, PAIR_A);
    const int only_prove = 2;
    hub_carry(up, 0, &pair->down, PAIR_A, only_prove);
    run(&pair->down);
    tlog_read(&pair->world->district, &leaves);
    while (leaves.items[leaves.count - 1].kind != WSYNC_LEAF_SET) {
        leaves.count--;
    }
    leaves.count--;
    tlog_rewrite(&pair->world->district, &leaves);
    const struct wsync_message prove = {.type = WSYNC_MESSAGE_PROVE,
                                        .prove = up->lines[0].session.asked};
    hub_tell(&pair->down, PAIR_A, &prove);
    run(&pair->down);
    hub_carry(&pair->down, PAIR_A, up, 0, HUB_NONE_LOST);
    run(up);
    assert_int_equal(up->lines[0].session.state, WSYNC_STATE_OPEN);
    assert_int_equal(tlog_alarms(&pair->world->a), 0);
    assert_int_equal(hub_count(up, 0, WSYNC_MESSAGE_PROVE), 2);
    pair_carry(pair, PAIR_A);
    assert_int_equal(up->lines[0].session.result, WSYNC_ERR_PROOF);
    assert_int_equal(tlog_alarms(&pair->world->a), 1);
}

/* It went back with its old secret: the checkpoint that the ward shows is by a key that it
 * hears of in this session.  What it lacks comes first; then it keeps no log. */
static void a_lost_log_key_is_learnt_before_the_answer(void **state)
{
    struct pair *pair = *state;
    struct replica *district = &pair->world->district;
    struct wsync_signing_secret *log = &pair->world->installation.desk.log;
    const struct wsync_signing_secret old = *log;
    struct wsync_store *before = wsync_store_mem_clone(district->store);
    *log = pair_name_log_key(pair); /* which the copy does not know */
    pair_write(&pair->world->a, 1);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    ward_pair_put_back(district, before);
    pair->down.pump.store = pair->down.disk = before;
    *log = old;
    district->draws += 1000;
    replica_open_log(district, &pair->world->installation);
    enum wsync_err err = WSYNC_ERR_PROOF;
    for (int i = 0; i < 3 && err != WSYNC_OK; i++) {
        pair_write(&pair->world->a, 1);
        err = pair_sync(pair, PAIR_A);
    }
    assert_int_equal(err, WSYNC_OK);
    assert_int_equal(tlog_alarms(&pair->world->a), 0);
    assert_int_equal(held_of_a(pair), ward_pair_own_log(&pair->world->a, PAIR_UNIT).seq);
}

/* A link that doubles a frame brings no second receipt, which a ward would take for a false
 * answer to what it asks later. */
static void the_same_question_twice_is_out_of_turn(void **state)
{
    struct pair *pair = *state;
    struct wsync_message prove;
    pair_write(&pair->world->a, 1);
    struct hub *up = pair_open(pair, PAIR_A);
    hub_carry(up, 0, &pair->down, PAIR_A, HUB_NONE_LOST);
    run(&pair->down);
    assert_true(hub_said(up, 0, WSYNC_MESSAGE_PROVE, &prove));
    hub_tell(&pair->down, PAIR_A, &prove);
    run(&pair->down);
    assert_int_equal(hub_count(&pair->down, PAIR_A, WSYNC_MESSAGE_RECEIPT), 1);
    assert_int_equal(pair->down.lines[PAIR_A].session.result, WSYNC_ERR_STATE);
}

/* Where lines die young the first flight is kept short. */
static void a_line_that_dies_young_is_asked_nothing_ahead(void **state)
{
    struct pair *pair = *state;
    pair_write(&pair->world->a, 1);
    struct hub *up = &pair->up_a;
    hub_open_district(&pair->down, PAIR_A, &pair->world->installation, &up->replica->transport);
    hub_open_ward(up, 0, &pair->world->installation);
    up->lines[0].session.setup.flow.set_bytes = WSYNC_SET_BYTES_DEFAULT / 2;
    run(up);
    assert_int_equal(hub_count(up, 0, WSYNC_MESSAGE_CHANGES), 1);
    assert_int_equal(hub_count(up, 0, WSYNC_MESSAGE_PROVE), 0);
    pair_carry(pair, PAIR_A);
    assert_int_equal(up->lines[0].session.result, WSYNC_OK);
    assert_proven(pair);
}

/* ---- nothing moves ---- */

static void a_ward_with_something_to_ask_does_not_hear_still(void **state)
{
    struct pair *pair = *state;
    const struct wsync_message still = {.type = WSYNC_MESSAGE_STILL};
    pair_write(&pair->world->a, 1);
    struct hub *up = pair_open(pair, PAIR_A);
    hub_tell(up, 0, &still);
    run(up);
    assert_int_equal(up->lines[0].session.result, WSYNC_ERR_STATE);
    assert_true(held_of_a(pair) < ward_pair_own_log(&pair->world->a, PAIR_UNIT).seq);
}

/* What is written while Hello is on its way is not taken for held. */
static void still_is_about_what_hello_said(void **state)
{
    struct pair *pair = *state;
    struct hub *up = pair_open(pair, PAIR_A);
    uint64_t held = held_of_a(pair);
    pair_write(&pair->world->a, 1);
    pair_carry(pair, PAIR_A);
    assert_int_equal(hub_count(&pair->down, PAIR_A, WSYNC_MESSAGE_STILL), 1);
    assert_int_equal(up->lines[0].session.result, WSYNC_OK);
    assert_int_equal(held_of_a(pair), held);
}

static void the_epoch_is_told(void **state)
{
    struct pair *pair = *state;
    const struct wsync_message still = {.type = WSYNC_MESSAGE_STILL, .still = {7, 9}};
    struct hub *up = pair_open(pair, PAIR_A);
    struct wsync_txn *txn;
    uint64_t epoch;
    hub_tell(up, 0, &still);
    run(up);
    assert_int_equal(up->lines[0].session.result, WSYNC_OK);
    assert_int_equal(up->lines[0].session.seen.time, 7);
    assert_int_equal(wsync_store_begin(pair->world->a.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_epoch_get(txn, &epoch), WSYNC_OK);
    wsync_txn_abort(txn);
    assert_int_equal(epoch, 9);
}

/* S9.82: an old key hears that it is one, also when it has nothing to ask for. */
static void an_old_key_does_not_hear_still(void **state)
{
    struct pair *pair = *state;
    struct ward_pair *world = pair->world;
    const struct wsync_transport_key old = world->a.transport;
    replica_rotate(&world->a, 1);
    for (int i = 0; i < 4; i++) { /* the new keys, and the receipt of what they brought */
        replica_follow_roster(&world->a);
        (void)pair_sync(pair, PAIR_A);
    }
    assert_int_equal(hub_count(&pair->down, PAIR_A, WSYNC_MESSAGE_STILL), 1);
    hub_open_district(&pair->down, PAIR_A, &world->installation, &old);
    hub_open_ward(&pair->up_a, 0, &world->installation);
    run(&pair->up_a);
    pair_carry(pair, PAIR_A);
    assert_int_equal(hub_count(&pair->down, PAIR_A, WSYNC_MESSAGE_STILL), 0);
    assert_int_equal(pair->up_a.lines[0].session.result, WSYNC_ERR_ROTATED);
}

/* ---- acks without a log ---- */

static void an_ack_names_the_log_that_hello_named(void **state)
{
    struct pair *pair = *state;
    struct wsync_message ack;
    pair_write(&pair->world->a, 1);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    struct wsync_log log = ward_pair_own_log(&pair->world->a, PAIR_UNIT);
    assert_true(hub_said(&pair->down, PAIR_A, WSYNC_MESSAGE_ACK, &ack));
    assert_int_equal(ack.ack.count, 0);
    assert_int_equal(ack.ack.own, log.seq);
    assert_memory_equal(ack.ack.at, &log.hash, sizeof ack.ack.at);
}

/* Of a change that was never written. */
static void an_ack_of_nothing_ends_the_session(void **state)
{
    struct pair *pair = *state;
    struct wsync_message ack = {.type = WSYNC_MESSAGE_ACK, .ack = {.own = 99}};
    pair_write(&pair->world->a, 1);
    struct hub *up = pair_open(pair, PAIR_A);
    hub_carry(up, 0, &pair->down, PAIR_A, HUB_NONE_LOST);
    run(&pair->down);
    hub_carry(&pair->down, PAIR_A, up, 0, 1); /* without the Ack */
    run(up);
    hub_tell(up, 0, &ack);
    run(up);
    assert_int_equal(up->lines[0].session.result, WSYNC_ERR_CHAIN);
}

static void an_ack_of_no_log_ends_the_session(void **state)
{
    struct pair *pair = *state;
    const struct wsync_message ack = {.type = WSYNC_MESSAGE_ACK, .ack = {.own = 1}};
    struct hub *up = pair_open(pair, PAIR_B);
    assert_false(up->lines[0].session.has_own);
    hub_carry(up, 0, &pair->down, PAIR_B, HUB_NONE_LOST);
    run(&pair->down);
    hub_carry(&pair->down, PAIR_B, up, 0, HUB_NONE_LOST);
    run(up);
    assert_int_equal(up->lines[0].session.state, WSYNC_STATE_OPEN);
    hub_tell(up, 0, &ack);
    run(up);
    assert_int_equal(up->lines[0].session.result, WSYNC_ERR_MESSAGE);
}

int main(void)
{
#define AHEAD_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, pair_tear_down)
    const struct CMUnitTest tests[] = {
        AHEAD_TEST(one_round_trip_brings_the_receipt),
        AHEAD_TEST(what_came_meanwhile_is_asked_for_behind_it),
        AHEAD_TEST(a_flight_that_was_not_taken_is_asked_about_again),
        AHEAD_TEST(a_dropped_leaf_is_missed),
        AHEAD_TEST(the_same_question_twice_is_out_of_turn),
        AHEAD_TEST(a_line_that_dies_young_is_asked_nothing_ahead),
        AHEAD_TEST(a_lost_log_key_is_learnt_before_the_answer),
        AHEAD_TEST(a_ward_with_something_to_ask_does_not_hear_still),
        AHEAD_TEST(still_is_about_what_hello_said),
        AHEAD_TEST(the_epoch_is_told),
        AHEAD_TEST(an_old_key_does_not_hear_still),
        AHEAD_TEST(an_ack_names_the_log_that_hello_named),
        AHEAD_TEST(an_ack_of_nothing_ends_the_session),
        AHEAD_TEST(an_ack_of_no_log_ends_the_session),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
