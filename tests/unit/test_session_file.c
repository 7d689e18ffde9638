/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions whose other side is a file (S19.10, S19.11, S19.30, S19.31, S19.33): what a ward
 * says into one, what the district answers, and what a ward believes of an answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/hub.h"
#include "tests/store_mem.h"
#include "wardsync/bundle_take.h"
#include "wardsync/log.h"
#include "wardsync/message.h"
#include "wardsync/receipt.h"

enum { SEED = 71, DAY = 19100, UNIT = 2, CHANGES = 3 };

struct world {
    struct installation installation;
    struct replica district, ward;
    struct hub up, down; /* of the ward, of the district */
    struct wsync_carried carried;
    bool other; /* answers come from another installation */
};

static struct wsync_txn *begin(struct replica *at, enum wsync_txn_mode mode)
{
    struct wsync_txn *txn;
    assert_int_equal(wsync_store_begin(at->store, mode, &txn), WSYNC_OK);
    return txn;
}

/* The ward's log, as one side holds it, and what the ward believes that the district holds. */
static struct wsync_log log_at(struct world *world, struct replica *at, uint64_t *held)
{
    struct wsync_log log;
    struct wsync_log own;
    struct wsync_txn *txn = begin(&world->ward, WSYNC_TXN_READ);
    assert_int_equal(wsync_ledger_own_log(txn, UNIT, &own), WSYNC_OK);
    assert_int_equal(wsync_held_get(txn, own.no, held), WSYNC_OK);
    wsync_txn_abort(txn);
    txn = begin(at, WSYNC_TXN_READ);
    log = (struct wsync_log){.seq = 0};
    enum wsync_err err = wsync_log_find(txn, &own.id, &log);
    assert_true(err == WSYNC_OK || err == WSYNC_ERR_NOT_FOUND);
    wsync_txn_abort(txn);
    return log;
}

static void write_some(struct world *world, int count)
{
    struct wsync_dot written;
    for (int i = 0; i < count; i++) {
        assert_int_equal(replica_create(&world->ward, DAY, 1, 1, &written), WSYNC_OK);
    }
}

/* A ward that was a member before it lost its line, and wrote since. */
static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    installation_init(&world->installation, SEED);
    replica_init(&world->district, wsync_store_mem_new(), SEED, 0, REPLICA_TOP);
    replica_init(&world->ward, wsync_store_mem_new(), SEED, 1, UNIT);
    replica_found(&world->district, &world->installation);
    replica_enrol(&world->district, &world->installation, &world->ward);
    replica_open_log(&world->district, &world->installation);
    assert_int_equal(
        replica_sync(&world->ward, &world->district, &world->installation, NULL), WSYNC_OK);
    write_some(world, CHANGES);
    hub_init(&world->up, &world->ward);
    hub_init(&world->down, &world->district);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    hub_fini(&world->up);
    hub_fini(&world->down);
    replica_fini(&world->ward);
    replica_fini(&world->district);
    free(world);
    return 0;
}

/* Says all there is to say into a file that nobody answers. */
static void say_all(struct hub *hub, const struct hub_line *line)
{
    size_t before = 0;
    assert_int_equal(hub_run(hub), WSYNC_OK);
    while (line->said > before) { /* ends: each turn says something */
        before = line->said;
        hub_event(hub, 0, WSYNC_EVENT_TICK);
        assert_int_equal(hub_run(hub), WSYNC_OK);
    }
}

/* The frames of a bundle, in lines[0] of `up`. */
static void write_bundle(struct world *world, bool all)
{
    hub_open_ward(&world->up, 0, &world->installation);
    struct wsync_session_setup *setup = &world->up.lines[0].session.setup;
    setup->carriage = WSYNC_CARRIAGE_OUT;
    setup->carried.all = all;
    uint64_t held;
    world->carried = (struct wsync_carried){
        .may_lower = true, .log = log_at(world, &world->ward, &held).id};
    world->carried.held = held;
    say_all(&world->up, &world->up.lines[0]);
}

/* The district takes them, and says its answer in lines[0] of `down`. */
static uint64_t take_bundle(struct world *world)
{
    const struct hub_line *line = &world->up.lines[0];
    struct replica *district = &world->district;
    struct wsync_bundle_taken taken;
    uint64_t changes = 0;
    hub_open_district(&world->down, 0, &world->installation, &world->ward.transport);
    world->down.lines[0].session.setup.carriage = WSYNC_CARRIAGE_OUT;
    hub_event(&world->down, 0, WSYNC_EVENT_START);
    for (size_t i = 0; i < line->said; i++) {
        struct wsync_txn *txn = begin(district, WSYNC_TXN_WRITE);
        const struct wsync_bundle_taking taking = {&district->ledger, NULL, txn,
                                                   &district->arena};
        replica_tell_moment(district);
        assert_int_equal(wsync_bundle_take(&taking, line->frames[i], &taken), WSYNC_OK);
        assert_int_equal(taken.err, WSYNC_OK);
        assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
        changes += taken.changes;
        if (!taken.is_set && line->frames[i].data[1] != WSYNC_MESSAGE_ROSTER) {
            hub_hear(&world->down, 0, line->frames[i]);
        }
    }
    say_all(&world->down, &world->down.lines[0]);
    return changes;
}

/* The ward begins to read an answer. */
static struct wsync_session *open_answer(struct world *world)
{
    struct wsync_session *session = &world->up.lines[0].session;
    hub_open_ward(&world->up, 0, &world->installation);
    session->setup.carriage = WSYNC_CARRIAGE_BACK;
    session->setup.carried = world->carried;
    return session;
}

static const struct wsync_session *read_answer(struct world *world)
{
    struct wsync_session *session = open_answer(world);
    for (size_t i = 0; i < world->down.lines[0].said; i++) {
        hub_hear(&world->up, 0, world->down.lines[0].frames[i]);
    }
    assert_int_equal(hub_run(&world->up), WSYNC_OK);
    return session;
}

/* S19.10, S19.31: what is behind what is held, and nothing is believed of it yet. */
static void a_bundle_begins_where_the_district_stands(void **state)
{
    struct world *world = *state;
    struct wsync_head after;
    struct wsync_head tip;
    uint64_t held;
    write_bundle(world, false);
    struct hub_line *line = &world->up.lines[0];
    assert_int_equal(line->frames[0].data[1], WSYNC_MESSAGE_HELLO);
    assert_int_equal(line->frames[1].data[1], WSYNC_MESSAGE_PROVE);
    assert_int_equal(hub_count(&world->up, 0, WSYNC_MESSAGE_ROSTER), 0);
    struct wsync_txn *txn = begin(&world->ward, WSYNC_TXN_READ);
    assert_int_equal(wsync_session_run(&line->session, txn, 0, &after, &tip), WSYNC_OK);
    assert_int_equal(wsync_session_run(&line->session, txn, 1, &after, &tip),
                     WSYNC_ERR_NOT_FOUND);
    wsync_txn_abort(txn);
    assert_int_equal(after.seq, 0);
    assert_int_equal(tip.seq, CHANGES);
    (void)log_at(world, &world->ward, &held);
    assert_int_equal(held, 0);
    assert_int_equal(take_bundle(world), CHANGES);
    assert_int_equal(read_answer(world)->result, WSYNC_OK);
    write_some(world, 2);
    write_bundle(world, false);
    txn = begin(&world->ward, WSYNC_TXN_READ);
    assert_int_equal(wsync_session_run(&line->session, txn, 0, &after, &tip), WSYNC_OK);
    wsync_txn_abort(txn);
    assert_int_equal(after.seq, CHANGES);
    assert_int_equal(tip.seq, CHANGES + 2);
    assert_int_equal(take_bundle(world), 2);
}

/* S19.11: with everything, roster and logs of others, for a district that lost its data. */
static void everything_is_everything(void **state)
{
    struct world *world = *state;
    struct wsync_head after;
    struct wsync_head tip;
    write_bundle(world, false);
    (void)take_bundle(world);
    (void)read_answer(world);
    write_bundle(world, true);
    assert_true(hub_count(&world->up, 0, WSYNC_MESSAGE_ROSTER) > 0);
    struct wsync_txn *txn = begin(&world->ward, WSYNC_TXN_READ);
    const struct wsync_session *session = &world->up.lines[0].session;
    assert_int_equal(wsync_session_run(session, txn, 0, &after, &tip), WSYNC_OK);
    assert_int_equal(after.seq, 0);
    assert_int_equal(tip.seq, CHANGES);
    assert_int_equal(wsync_session_run(session, txn, 1, &after, &tip), WSYNC_OK);
    wsync_txn_abort(txn);
    assert_int_equal(take_bundle(world), 0);
}

/* S19.30, S19.33: the answer says what is held, and brings a receipt that holds; again it says
 * nothing new. */
static void an_answer_says_what_is_held(void **state)
{
    struct world *world = *state;
    uint64_t held;
    write_bundle(world, false);
    (void)take_bundle(world);
    assert_int_equal(hub_count(&world->down, 0, WSYNC_MESSAGE_ACK), 0);
    assert_int_equal(hub_count(&world->down, 0, WSYNC_MESSAGE_RECEIPT), 1);
    for (int round = 0; round < 2; round++) {
        const struct wsync_session *session = read_answer(world);
        assert_int_equal(session->result, WSYNC_OK);
        assert_true(session->passed_over == (round > 0)); /* by then another one is the last */
        (void)log_at(world, &world->ward, &held);
        assert_int_equal(held, CHANGES);
    }
}

/* What is asked for is said once in an answer. */
static void an_answer_proves_once(void **state)
{
    struct world *world = *state;
    const struct hub_line *line = &world->down.lines[0];
    write_bundle(world, false);
    (void)take_bundle(world);
    const struct wsync_session *session = read_answer(world);
    for (size_t i = 0; i < line->said; i++) {
        if (line->frames[i].data[1] == WSYNC_MESSAGE_PROVE) {
            hub_hear(&world->up, 0, line->frames[i]);
        }
    }
    assert_int_equal(hub_run(&world->up), WSYNC_OK);
    assert_int_equal(session->result, WSYNC_ERR_STATE);
}

/* A Welcome out of an answer. */
static enum wsync_err welcome(struct world *world, const struct wsync_head *own,
                              uint32_t version)
{
    struct wsync_session *session = open_answer(world);
    struct wsync_message message = {
        .type = WSYNC_MESSAGE_WELCOME,
        .welcome = {.version = version,
                    .instance = world->installation.instance,
                    .has_own = own != NULL,
                    .own = own ? *own : (struct wsync_head){.seq = 0},
                    .roster_version = 2,
                    .credit = WSYNC_CREDIT_BYTES_MIN}};
    message.welcome.instance.b[0] ^= world->other;
    hub_tell(&world->up, 0, &message);
    assert_int_equal(hub_run(&world->up), WSYNC_OK);
    return session->result;
}

/* S19.31: an answer lowers what is believed held only where it is the one that is awaited. */
static void only_the_awaited_answer_lowers(void **state)
{
    struct world *world = *state;
    uint64_t held;
    write_bundle(world, false);
    (void)take_bundle(world);
    (void)read_answer(world);
    struct wsync_log log = log_at(world, &world->ward, &held);
    struct wsync_head one = {log.id, 1, {{0}}};
    struct wsync_txn *txn = begin(&world->ward, WSYNC_TXN_READ);
    assert_int_equal(wsync_log_hash(txn, log.no, 1, &one.hash), WSYNC_OK);
    wsync_txn_abort(txn);
    assert_int_equal(welcome(world, &one, WSYNC_PROTOCOL_VERSION), WSYNC_OK);
    (void)log_at(world, &world->ward, &held);
    assert_int_equal(held, CHANGES); /* written when less was believed: an old answer */
    world->carried.held = CHANGES;
    assert_int_equal(welcome(world, &one, WSYNC_PROTOCOL_VERSION), WSYNC_OK);
    (void)log_at(world, &world->ward, &held);
    assert_int_equal(held, 1);
    assert_int_equal(welcome(world, NULL, WSYNC_PROTOCOL_VERSION), WSYNC_OK);
    (void)log_at(world, &world->ward, &held);
    assert_int_equal(held, 1);
    world->carried.held = 1;
    assert_int_equal(welcome(world, NULL, WSYNC_PROTOCOL_VERSION), WSYNC_OK);
    (void)log_at(world, &world->ward, &held);
    assert_int_equal(held, 0); /* it says that it holds nothing of it */
}

/* A district that holds more than this store, or something else: the store is an old copy. */
static void an_old_copy_is_found_by_an_answer(void **state)
{
    struct world *world = *state;
    uint64_t held;
    struct wsync_log log = log_at(world, &world->ward, &held);
    const struct wsync_head more = {log.id, CHANGES + 1, {{1}}};
    assert_int_equal(welcome(world, &more, WSYNC_PROTOCOL_VERSION + 1), WSYNC_ERR_VERSION);
    world->other = true;
    assert_int_equal(welcome(world, &more, WSYNC_PROTOCOL_VERSION), WSYNC_ERR_INSTANCE);
    world->other = false;
    assert_int_equal(welcome(world, &more, WSYNC_PROTOCOL_VERSION), WSYNC_ERR_DIVERGED);
    write_some(world, 1);
    struct wsync_log next = log_at(world, &world->ward, &held);
    assert_memory_not_equal(next.id.b, log.id.b, sizeof log.id.b); /* it goes on in a new log */
}

#define FILE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(a_bundle_begins_where_the_district_stands),
        FILE_TEST(everything_is_everything),
        FILE_TEST(an_answer_says_what_is_held),
        FILE_TEST(an_answer_proves_once),
        FILE_TEST(only_the_awaited_answer_lowers),
        FILE_TEST(an_old_copy_is_found_by_an_answer),
    };
    return cmocka_run_group_tests_name("sessions in files", tests, NULL, NULL);
}
