/* SPDX-License-Identifier: Apache-2.0 */
/* Change-sets that must not be taken (SPEC sections 4, 5 and 7.4, invariants 3, 8 and 10): each
 * gets its named code, costs only its own session, and leaves the store as it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/ledger_parts.h"
#include "tests/bad_set.h"
#include "tests/hub.h"
#include "tests/store_mem.h"

enum { DAY = BAD_SET_DAY, HELD = BAD_SET_HELD, WRITTEN = BAD_SET_WRITTEN, EVIL = 0, GOOD = 1 };

static void assert_code(const char *name, enum wsync_err err, enum wsync_err expected)
{
    if (err != expected) {
        print_error("%s: %s, expected %s\n", name, wsync_err_name(err),
                    wsync_err_name(expected));
    }
    assert_int_equal(err, expected);
}

static void assert_image(const char *name, struct wsync_store *store,
                         const struct wsync_hash *expected)
{
    struct wsync_hash image = forge_image(store);
    if (!wsync_hash_equal(&image, expected)) {
        print_error("%s: the store is not what it should be\n", name);
    }
    assert_memory_equal(image.b, expected->b, sizeof image.b);
}

/* Invariant 10, S2.5, S5.21, S5.22: the code, and not a byte of the store changed. */
static void the_ledger_refuses_each_and_writes_nothing(void **unused)
{
    (void)unused;
    for (size_t i = 0; bad_set_case(i); i++) {
        const struct bad_set_case *spoiled = bad_set_case(i);
        void *state;
        bad_set_set_up(&state);
        struct bad_set_world *world = state;
        struct wsync_hash before = forge_image(world->district.store);
        struct wsync_change_set set = spoiled->make(world);
        assert_code(spoiled->name, forge_give(&world->district, &set), spoiled->code);
        assert_image(spoiled->name, world->district.store, &before);
        bad_set_tear_down(&state);
    }
}

static void tell_set(struct hub *hub, size_t line, const struct wsync_change_set *set)
{
    struct wsync_message message = {.type = WSYNC_MESSAGE_CHANGES, .changes = *set};
    hub_tell(hub, line, &message);
}

/* Both sessions are open. */
static void greet(struct hub *hub, struct bad_set_world *world)
{
    hub_init(hub, &world->district);
    hub_greet(hub, EVIL, &world->installation, &world->a);
    hub_greet(hub, GOOD, &world->installation, &world->b);
    assert_int_equal(hub_run(hub), WSYNC_OK);
    assert_int_equal(hub->lines[EVIL].session.state, WSYNC_STATE_OPEN);
    assert_int_equal(hub->lines[GOOD].session.state, WSYNC_STATE_OPEN);
}

/* The other session of the batch went on and its change-set was committed and acknowledged. */
static void assert_good_went_on(struct hub *hub, struct bad_set_world *world)
{
    struct wsync_message message;
    assert_int_equal(hub->lines[GOOD].session.state, WSYNC_STATE_OPEN);
    assert_true(hub_said(hub, GOOD, WSYNC_MESSAGE_ACK, &message));
    assert_int_equal(message.ack.count, 1);
    assert_memory_equal(message.ack.items[0].log.b, world->good.log.b, WSYNC_LOG_ID_BYTES);
    assert_int_equal(message.ack.items[0].seq, 1);
    assert_false(hub->said_too_early);
}

static void assert_ended(const char *name, struct hub *hub, enum wsync_err code)
{
    struct wsync_message message;
    assert_code(name, hub->lines[EVIL].session.result, code);
    assert_int_equal(hub->lines[EVIL].session.state, WSYNC_STATE_ENDED);
    assert_true(hub->lines[EVIL].closed);
    assert_true(hub_said(hub, EVIL, WSYNC_MESSAGE_BYE, &message));
    assert_code(name, message.bye, code);
}

/* What the store holds when the good session was served alone. */
static struct wsync_hash image_of_good_alone(struct bad_set_world *world)
{
    struct replica copy = world->district;
    copy.store = wsync_store_mem_clone(world->district.store);
    struct wsync_change_set set = forge_set(&world->good, 1, 1);
    assert_int_equal(forge_give(&copy, &set), WSYNC_OK);
    struct wsync_hash image = forge_image(copy.store);
    wsync_store_close(copy.store);
    return image;
}

/* Could the set be sent at all?  What no frame can carry is for the ledger alone. */
static bool fits_a_frame(struct bad_set_world *world, const struct wsync_change_set *set)
{
    struct wsync_message message = {.type = WSYNC_MESSAGE_CHANGES, .changes = *set};
    struct wsync_slice frame;
    size_t mark = wsync_arena_mark(&world->district.arena);
    enum wsync_err err = wsync_message_encode(&message, &world->district.arena, &frame);
    wsync_arena_release(&world->district.arena, mark);
    return err == WSYNC_OK;
}

/* Invariant 8, S9.23, S9.34: Reject and Bye with the code; the other session of the same batch
 * commits, and the store is what the other session alone makes of it. */
static void a_live_session_ends_and_no_other(void **unused)
{
    (void)unused;
    for (size_t i = 0; bad_set_case(i); i++) {
        const struct bad_set_case *spoiled = bad_set_case(i);
        void *state;
        struct hub hub;
        struct wsync_message message;
        bad_set_set_up(&state);
        struct bad_set_world *world = state;
        greet(&hub, world);
        struct wsync_hash expected = image_of_good_alone(world);
        struct wsync_change_set bad = spoiled->make(world);
        struct wsync_change_set good = forge_set(&world->good, 1, 1);
        assert_true(fits_a_frame(world, &bad));
        tell_set(&hub, EVIL, &bad);
        tell_set(&hub, GOOD, &good);
        assert_int_equal(hub_run(&hub), WSYNC_OK);
        assert_ended(spoiled->name, &hub, spoiled->code);
        assert_true(hub_said(&hub, EVIL, WSYNC_MESSAGE_REJECT, &message));
        assert_code(spoiled->name, message.reject.code, spoiled->code);
        assert_memory_equal(message.reject.log.b, bad.log.b, sizeof bad.log.b);
        assert_int_equal(message.reject.first, bad.first);
        assert_int_equal(hub_count(&hub, EVIL, WSYNC_MESSAGE_ACK), 0);
        assert_good_went_on(&hub, world);
        assert_image(spoiled->name, world->district.store, &expected);
        hub_fini(&hub);
        bad_set_tear_down(&state);
    }
}

/* S5.21 step 2 and S9.23: a gap before anything was taken is ignored, later it ends. */
static void a_gap_ends_only_a_session_that_took_something(void **state)
{
    struct bad_set_world *world = *state;
    struct hub hub;
    struct wsync_message message;
    greet(&hub, world);
    struct wsync_change_set gap = forge_set(&world->log, HELD + 2, WRITTEN);
    assert_int_equal(forge_give(&world->district, &gap), WSYNC_ERR_GAP);
    tell_set(&hub, EVIL, &gap);
    assert_int_equal(hub_run(&hub), WSYNC_OK);
    assert_int_equal(hub.lines[EVIL].session.state, WSYNC_STATE_OPEN);
    assert_true(hub_said(&hub, EVIL, WSYNC_MESSAGE_ACK, &message));
    assert_int_equal(message.ack.count, 0);
    assert_true(message.ack.taken > 0);
    struct wsync_change_set next = forge_set(&world->log, HELD + 1, HELD + 1);
    gap = forge_set(&world->log, HELD + 3, WRITTEN);
    tell_set(&hub, EVIL, &next);
    assert_int_equal(hub_run(&hub), WSYNC_OK);
    struct wsync_hash before = forge_image(world->district.store);
    tell_set(&hub, EVIL, &gap);
    assert_int_equal(hub_run(&hub), WSYNC_OK);
    assert_ended("gap", &hub, WSYNC_ERR_GAP);
    assert_image("gap", world->district.store, &before);
    hub_fini(&hub);
}

/* S5.21 step 8 and 9: what is held already is taken again without effect; an overlap takes
 * effect like its new part alone. */
static void a_replay_changes_nothing(void **state)
{
    struct bad_set_world *world = *state;
    struct hub hub;
    struct wsync_message message;
    struct wsync_hash before = forge_image(world->district.store);
    static const uint64_t RUNS[][2] = {{1, HELD}, {2, HELD}, {HELD, HELD}};
    for (size_t i = 0; i < sizeof RUNS / sizeof *RUNS; i++) {
        struct wsync_change_set set = forge_set(&world->log, RUNS[i][0], RUNS[i][1]);
        assert_int_equal(forge_give(&world->district, &set), WSYNC_OK);
        assert_image("replay", world->district.store, &before);
    }
    greet(&hub, world);
    struct wsync_change_set again = forge_set(&world->log, 2, HELD);
    tell_set(&hub, EVIL, &again);
    tell_set(&hub, EVIL, &again);
    assert_int_equal(hub_run(&hub), WSYNC_OK);
    assert_true(hub_said(&hub, EVIL, WSYNC_MESSAGE_ACK, &message));
    assert_int_equal(message.ack.items[0].seq, HELD);
    assert_int_equal(hub.lines[EVIL].session.counts.changes_taken, 0);
    assert_image("replay", world->district.store, &before);
    hub_fini(&hub);
    struct replica copy = world->district;
    copy.store = wsync_store_mem_clone(world->district.store);
    struct wsync_change_set overlap = forge_set(&world->log, 2, 6);
    struct wsync_change_set rest = forge_set(&world->log, HELD + 1, 6);
    assert_int_equal(forge_give(&world->district, &overlap), WSYNC_OK);
    assert_int_equal(forge_give(&copy, &rest), WSYNC_OK);
    struct wsync_hash expected = forge_image(copy.store);
    assert_image("overlap", world->district.store, &expected);
    wsync_store_close(copy.store);
}

/* S7.10, S7.11: beyond its pin a change of a revoked device is held, receipted and quarantined,
 * never refused; and what follows in other logs is not blocked. */
static void beyond_the_pin_a_known_log_is_quarantined(void **state)
{
    struct bad_set_world *world = *state;
    struct forge late;
    forge_init(&late, &world->gone, &world->installation, world->version, 9);
    forge_create(&late, DAY, 1, 1);
    struct wsync_change_set set = forge_set(&late, 1, 1);
    assert_int_equal(forge_give(&world->district, &set), WSYNC_OK);
    struct wsync_txn *txn;
    uint64_t waiting, quarantined;
    assert_int_equal(wsync_store_begin(world->district.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_ledger_unsettled(txn, &waiting, &quarantined), WSYNC_OK);
    wsync_txn_abort(txn);
    assert_int_equal(waiting, 0);
    assert_int_equal(quarantined, 1);
    struct wsync_change_set good = forge_set(&world->good, 1, 1);
    assert_int_equal(forge_give(&world->district, &good), WSYNC_OK);
    forge_fini(&late);
}

/* S5.21 step 10: the log that this store is writing, going on elsewhere. */
static void ones_own_log_is_never_continued_from_outside(void **state)
{
    struct bad_set_world *world = *state;
    struct wsync_txn *txn;
    struct wsync_log log;
    world->district.ledger.identity = &world->a.identity;
    assert_int_equal(wsync_store_begin(world->district.store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    assert_int_equal(wsync_log_find(txn, &world->log.log, &log), WSYNC_OK);
    assert_int_equal(wsync_own_put(txn, &log), WSYNC_OK);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
    struct wsync_hash before = forge_image(world->district.store);
    struct wsync_change_set held = forge_set(&world->log, 1, HELD);
    struct wsync_change_set more = forge_set(&world->log, HELD + 1, WRITTEN);
    assert_int_equal(forge_give(&world->district, &held), WSYNC_OK);
    assert_int_equal(forge_give(&world->district, &more), WSYNC_ERR_DIVERGED);
    assert_image("diverged", world->district.store, &before);
}

/* S5.6: the reference table of a log is bounded. */
static void a_full_reference_table_takes_no_more(void **state)
{
    struct bad_set_world *world = *state;
    struct wsync_txn *txn;
    struct wsync_log log;
    assert_int_equal(wsync_store_begin(world->district.store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    assert_int_equal(wsync_log_find(txn, &world->log.log, &log), WSYNC_OK);
    log.reference_count = WSYNC_REFERENCES_PER_LOG_MAX;
    assert_int_equal(wsync_log_put(txn, &log), WSYNC_OK);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
    struct wsync_hash before = forge_image(world->district.store);
    struct wsync_reference reference = forge_reference(&world->good, 1);
    const struct wsync_context context = {.references = &reference, .reference_count = 1};
    struct wsync_change_set set = bad_set_with_context(world, &context);
    assert_int_equal(forge_give(&world->district, &set), WSYNC_ERR_CONTEXT);
    assert_image("references", world->district.store, &before);
}

int main(void)
{
#define WORLD_TEST(name)                                                                       \
    cmocka_unit_test_setup_teardown(name, bad_set_set_up, bad_set_tear_down)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_ledger_refuses_each_and_writes_nothing),
        cmocka_unit_test(a_live_session_ends_and_no_other),
        WORLD_TEST(a_gap_ends_only_a_session_that_took_something),
        WORLD_TEST(a_replay_changes_nothing),
        WORLD_TEST(beyond_the_pin_a_known_log_is_quarantined),
        WORLD_TEST(ones_own_log_is_never_continued_from_outside),
        WORLD_TEST(a_full_reference_table_takes_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
