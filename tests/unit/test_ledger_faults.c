/* SPDX-License-Identifier: Apache-2.0 */
/* Fault sweeps (invariants 2 and 10): the first, second, third ... operation of the store fails
 * until the body passes.  After each failure the store is old or new, and nothing was said of
 * what is not in it; the next attempt, on the same program, does the whole work. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/forge.h"
#include "tests/hub.h"
#include "tests/store_faulty.h"
#include "tests/store_mem.h"

enum { SEED = 15, DAY = 19100, NOW = 1650000000, FOREVER = 1 << 30, SWEEP_MAX = 20000 };

static const enum wsync_err FAULTS[] = {WSYNC_ERR_STORE_IO, WSYNC_ERR_STORE_FULL};

struct world {
    struct installation installation;
    struct replica district, a, b;
    struct forge log, second;    /* of `a` and `b` */
    struct wsync_store *disk;    /* the district's committed state before the body */
    struct wsync_hash old, done; /* images of the disk before and after a whole body */
    struct wsync_dot record;     /* made in the district before */
    struct wsync_signed_statement statement;
    struct wsync_application application;
    struct wsync_desk desk;
};

/* A body works on the district's store and answers what the caller would see. */
typedef enum wsync_err body(struct world *world, struct wsync_txn *txn);

static void prepare_enrolment(struct world *world, struct wsync_txn *txn)
{
    struct replica fresh;
    struct wsync_transport_key key = {{7}};
    struct wsync_invite invite = {
        .id = {{1}}, .instance = world->installation.instance, .scope = 2};
    const struct wsync_invite_row row = {
        .id = invite.id, .scope = 2, .name = "new", .expires = NOW};
    replica_init(&fresh, wsync_store_mem_new(), SEED, 8, 2);
    assert_int_equal(wsync_invite_put(txn, &key, &row), WSYNC_OK);
    world->application = (struct wsync_application){
        key, wsync_enrol_sign(&invite, &fresh.identity, &fresh.transport), NOW};
    world->desk = world->installation.desk;
    replica_fini(&fresh);
}

/* The next statement, signed, but not taken. */
static void prepare_statement(struct world *world)
{
    struct replica copy = world->district;
    struct wsync_txn *txn;
    struct wsync_signed_statement issued;
    struct wsync_statement statement = {.kind = WSYNC_STATEMENT_REVOKE,
                                        .revoke = {.device = world->b.identity.device}};
    copy.store = wsync_store_mem_clone(world->district.store);
    assert_int_equal(wsync_store_begin(copy.store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    assert_int_equal(wsync_roster_issue(txn, &world->log.arena, &statement,
                                        &world->installation.desk.registrar, &issued),
                     WSYNC_OK);
    wsync_txn_abort(txn);
    wsync_store_close(copy.store);
    world->statement = issued;
}

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    struct wsync_txn *txn;
    struct wsync_dot dot;
    installation_init(&world->installation, SEED);
    replica_init(&world->district, wsync_store_mem_new(), SEED, 0, REPLICA_TOP);
    replica_init(&world->a, wsync_store_mem_new(), SEED, 1, 2);
    replica_init(&world->b, wsync_store_mem_new(), SEED, 2, 2);
    replica_found(&world->district, &world->installation);
    replica_enrol(&world->district, &world->installation, &world->a);
    replica_enrol(&world->district, &world->installation, &world->b);
    forge_init(&world->log, &world->a, &world->installation, 3, 1);
    forge_init(&world->second, &world->b, &world->installation, 3, 2);
    for (int i = 0; i < 3; i++) {
        forge_create(&world->log, DAY, i, 1);
        forge_create(&world->second, DAY, i, 2);
    }
    assert_int_equal(replica_create(&world->district, DAY, 1, 1, &dot), WSYNC_OK);
    world->record = dot;
    assert_int_equal(wsync_store_begin(world->district.store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    prepare_enrolment(world, txn);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
    prepare_statement(world);
    world->disk = world->district.store;
    world->old = forge_image(world->disk);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    world->district.store = world->disk;
    forge_fini(&world->log);
    forge_fini(&world->second);
    replica_fini(&world->district);
    replica_fini(&world->a);
    replica_fini(&world->b);
    free(world);
    return 0;
}

static enum wsync_err do_accept(struct world *world, struct wsync_txn *txn)
{
    struct wsync_head held;
    struct wsync_change_set set = forge_set(&world->log, 1, 3);
    return wsync_ledger_accept(&world->district.ledger, txn, &world->district.arena, &set,
                               &held);
}

static enum wsync_err do_write(struct world *world, struct wsync_txn *txn)
{
    const struct wsync_write write = forge_integer(FORGE_COUNT, 5);
    const struct wsync_intent intents[] = {
        {.form = REPLICA_FORM,
         .version = 1,
         .record = world->record,
         .bases = &world->record,
         .base_count = 1,
         .writes = &write,
         .write_count = 1},
        {.form = REPLICA_FORM,
         .version = 1,
         .creates = true,
         .writes = &write,
         .write_count = 1},
    };
    const struct wsync_authoring authoring = {
        .scope = REPLICA_TOP, .now = NOW, .intents = intents, .intent_count = 2};
    struct wsync_dot written;
    return wsync_ledger_write(&world->district.ledger, txn, &world->district.arena, &authoring,
                              &written);
}

static enum wsync_err do_take(struct world *world, struct wsync_txn *txn)
{
    return wsync_roster_take(txn, &world->district.arena, &world->statement, NULL);
}

static enum wsync_err do_enrol(struct world *world, struct wsync_txn *txn)
{
    struct wsync_grant grant;
    return wsync_enrol_honour(txn, &world->district.arena, &world->desk, &world->application,
                              &grant);
}

/* The body in a transaction of its own, as every caller does it. */
static enum wsync_err in_transaction(struct world *world, struct wsync_store *store, body *act)
{
    struct wsync_txn *txn;
    enum wsync_err err = wsync_store_begin(store, WSYNC_TXN_WRITE, &txn);
    if (err != WSYNC_OK) {
        return err;
    }
    size_t mark = wsync_arena_mark(&world->district.arena);
    err = act(world, txn);
    wsync_arena_release(&world->district.arena, mark);
    if (err == WSYNC_OK) {
        err = wsync_txn_commit(txn);
    } else {
        wsync_txn_abort(txn);
    }
    if (err != WSYNC_OK) {
        wsync_catalog_forget(world->district.catalog);
    }
    return err;
}

static void assert_image(struct wsync_store *store, const struct wsync_hash *expected)
{
    struct wsync_hash image = forge_image(store);
    assert_memory_equal(image.b, expected->b, sizeof image.b);
}

/* Invariant 10, and the failed attempt spoils no later one. */
static void sweep(struct world *world, body *act, enum wsync_err fault)
{
    struct wsync_store *whole = wsync_store_mem_clone(world->disk);
    assert_int_equal(in_transaction(world, whole, act), WSYNC_OK);
    struct wsync_hash done = forge_image(whole);
    wsync_store_close(whole);
    assert_memory_not_equal(done.b, world->old.b, sizeof done.b);
    uint64_t nth = 1;
    for (bool passed = false; !passed; nth++) {
        assert_true(nth < SWEEP_MAX);
        struct wsync_store *store = wsync_store_mem_clone(world->disk);
        wsync_catalog_forget(world->district.catalog);
        wsync_store_mem_fail_at(store, nth, fault);
        enum wsync_err err = in_transaction(world, store, act);
        passed = wsync_store_mem_fault_is_planned(store);
        assert_int_equal(err, passed ? WSYNC_OK : fault);
        wsync_store_mem_fail_at(store, 0, WSYNC_OK);
        assert_image(store, passed ? &done : &world->old);
        if (!passed) {
            assert_int_equal(in_transaction(world, store, act), WSYNC_OK);
            assert_image(store, &done);
        }
        wsync_store_close(store);
    }
    assert_true(nth > 5); /* there was something to fail */
}

static void sweep_all(struct world *world, body *act)
{
    for (size_t i = 0; i < sizeof FAULTS / sizeof *FAULTS; i++) {
        sweep(world, act, FAULTS[i]);
    }
}

static void accepting_is_all_or_nothing(void **state)
{
    sweep_all(*state, do_accept);
}

static void writing_is_all_or_nothing(void **state)
{
    sweep_all(*state, do_write);
}

static void taking_a_statement_is_all_or_nothing(void **state)
{
    sweep_all(*state, do_take);
}

/* S7.23: the invite is used up and the device enrolled together or not at all. */
static void enrolling_is_all_or_nothing(void **state)
{
    sweep_all(*state, do_enrol);
}

/* ---- the pump: two sessions in one batch ---- */

static void tell_set(struct hub *hub, size_t line, struct forge *forge)
{
    struct wsync_message message = {.type = WSYNC_MESSAGE_CHANGES,
                                    .changes = forge_set(forge, 1, 3)};
    hub_tell(hub, line, &message);
}

/* Both sessions greet on a sound store; then each sends a set in one batch. */
static void open_both(struct hub *hub, struct world *world)
{
    hub_init(hub, &world->district);
    hub_greet(hub, 0, &world->installation, &world->a);
    hub_greet(hub, 1, &world->installation, &world->b);
    assert_int_equal(hub_run(hub), WSYNC_OK);
    tell_set(hub, 0, &world->log);
    tell_set(hub, 1, &world->second);
}

static struct wsync_hash image_with(struct world *world, bool first, bool second)
{
    struct wsync_store *store = wsync_store_mem_clone(world->disk);
    struct wsync_change_set one = forge_set(&world->log, 1, 3);
    struct wsync_change_set two = forge_set(&world->second, 1, 3);
    struct replica copy = world->district;
    copy.store = store;
    if (first) {
        assert_int_equal(forge_give(&copy, &one), WSYNC_OK);
    }
    if (second) {
        assert_int_equal(forge_give(&copy, &two), WSYNC_OK);
    }
    struct wsync_hash image = forge_image(store);
    wsync_store_close(store);
    return image;
}

/* What a line that was served must have heard, and one that was not.  Whatever was tried
 * before, the session counts the one frame that it took once. */
static void assert_line(struct hub *hub, size_t line, bool served)
{
    const struct wsync_session *session = &hub->lines[line].session;
    struct wsync_message message;
    if (served) {
        assert_int_equal(hub->lines[line].session.state, WSYNC_STATE_OPEN);
        assert_true(hub_said(hub, line, WSYNC_MESSAGE_ACK, &message));
        assert_int_equal(message.ack.count, 1);
        assert_int_equal(message.ack.items[0].seq, 3);
        assert_int_equal(session->counts.changes_taken, 3);
        assert_int_equal(message.ack.taken, hub->heard[line]);
        return;
    }
    assert_int_equal(hub->lines[line].session.state, WSYNC_STATE_ENDED);
    assert_true(hub->lines[line].closed);
    assert_int_equal(hub_count(hub, line, WSYNC_MESSAGE_ACK), 0);
    assert_true(hub_said(hub, line, WSYNC_MESSAGE_BYE, &message));
    assert_int_equal(message.bye, WSYNC_ERR_BUSY);
}

/* One batch with the operations `first` to `last` failing; true when none did. */
static bool try_batch(struct world *world, uint64_t first, uint64_t last, enum wsync_err fault)
{
    struct hub hub;
    struct wsync_store_faulty faulty;
    struct wsync_store *store = wsync_store_mem_clone(world->disk);
    wsync_store_faulty_init(&faulty, store);
    wsync_catalog_forget(world->district.catalog);
    world->district.store = &faulty.base;
    open_both(&hub, world);
    hub.disk = store; /* what is looked up there must not meet the faults */
    wsync_store_faulty_plan(&faulty, first, last, fault);
    enum wsync_err err = hub_run(&hub);
    bool passed = faulty.failed == 0;
    wsync_store_faulty_plan(&faulty, 0, 0, WSYNC_OK);
    bool served[2];
    for (size_t i = 0; i < 2; i++) {
        served[i] = hub.lines[i].session.state == WSYNC_STATE_OPEN;
        assert_line(&hub, i, served[i]);
    }
    assert_int_equal(err, served[0] && served[1] ? WSYNC_OK : fault);
    struct wsync_hash expected = image_with(world, served[0], served[1]);
    assert_image(store, &expected);
    for (size_t i = 0; i < 2; i++) { /* who was not served comes again and is */
        if (!served[i]) {
            hub_greet(&hub, i, &world->installation, i == 0 ? &world->a : &world->b);
            assert_int_equal(hub_run(&hub), WSYNC_OK);
            tell_set(&hub, i, i == 0 ? &world->log : &world->second);
            assert_int_equal(hub_run(&hub), WSYNC_OK);
            assert_line(&hub, i, true);
        }
    }
    assert_false(hub.said_too_early);
    struct wsync_hash digest = replica_digest(&world->district, 0);
    assert_memory_equal(digest.b, world->done.b, sizeof digest.b);
    hub_fini(&hub);
    wsync_store_close(store);
    return passed;
}

static void sweep_pump(struct world *world, uint64_t span)
{
    struct replica copy = world->district;
    copy.store = wsync_store_mem_clone(world->disk);
    struct wsync_change_set one = forge_set(&world->log, 1, 3);
    struct wsync_change_set two = forge_set(&world->second, 1, 3);
    assert_int_equal(forge_give(&copy, &one), WSYNC_OK);
    assert_int_equal(forge_give(&copy, &two), WSYNC_OK);
    world->done = replica_digest(&copy, 0);
    wsync_store_close(copy.store);
    uint64_t nth = 1;
    while (!try_batch(world, nth, nth + span - 1,
                      FAULTS[nth % (sizeof FAULTS / sizeof *FAULTS)])) {
        assert_true(++nth < SWEEP_MAX);
    }
    assert_true(nth > 50);
}

/* One fault: the batch is aborted and each event, tried alone, succeeds. */
static void one_fault_costs_no_session(void **state)
{
    sweep_pump(*state, 1);
}

/* S1.9, S5.26, S9.25: a store that stays broken for a while costs some session or all, never a
 * promise: no Ack of what is not committed, no fault laid on the peer.  After it every one of
 * them comes again and the state is whole. */
static void a_broken_store_costs_sessions_and_no_promise(void **state)
{
    static const uint64_t SPANS[] = {3, 20, 150, FOREVER};
    for (size_t i = 0; i < sizeof SPANS / sizeof *SPANS; i++) {
        sweep_pump(*state, SPANS[i]);
    }
}

/* A peer's own fault in a batch that the store refuses once: it still ends with its code. */
static void a_refusal_survives_a_fault(void **state)
{
    struct world *world = *state;
    struct hub hub;
    struct wsync_message message = {.type = WSYNC_MESSAGE_CHANGES,
                                    .changes = forge_set(&world->log, 1, 3)};
    message.changes.seal.b[0] ^= 1;
    struct wsync_store *store = wsync_store_mem_clone(world->disk);
    world->district.store = store;
    hub_init(&hub, &world->district);
    hub_greet(&hub, 0, &world->installation, &world->a);
    hub_greet(&hub, 1, &world->installation, &world->b);
    assert_int_equal(hub_run(&hub), WSYNC_OK);
    hub_tell(&hub, 0, &message);
    tell_set(&hub, 1, &world->second);
    wsync_store_mem_fail_at(store, 30, WSYNC_ERR_STORE_IO);
    assert_int_equal(hub_run(&hub), WSYNC_OK);
    assert_false(wsync_store_mem_fault_is_planned(store));
    assert_int_equal(hub.lines[0].session.result, WSYNC_ERR_SEAL);
    assert_line(&hub, 1, true);
    hub_fini(&hub);
    wsync_store_close(store);
}

/* A reader without the form gets the form and changes that need it in one batch, which fails
 * from operation `nth` on; then the changes come alone.  True when nothing failed. */
static bool try_with_form(struct world *world, struct forge *forms, uint64_t nth)
{
    struct hub hub;
    struct replica reader;
    struct wsync_store_faulty faulty;
    struct wsync_txn *txn;
    uint64_t waiting, quarantined;
    struct wsync_message message = {.type = WSYNC_MESSAGE_CHANGES,
                                    .changes = forge_set(forms, 1, 1)};
    forge_reader(&reader, &world->district);
    struct wsync_store *store = reader.store;
    wsync_store_faulty_init(&faulty, store);
    reader.store = &faulty.base;
    hub_init(&hub, &reader);
    hub.disk = store;
    hub_greet(&hub, 0, &world->installation, &world->district);
    hub_greet(&hub, 1, &world->installation, &world->a);
    assert_int_equal(hub_run(&hub), WSYNC_OK);
    hub_tell(&hub, 0, &message);
    tell_set(&hub, 1, &world->log);
    wsync_store_faulty_plan(&faulty, nth, FOREVER, WSYNC_ERR_STORE_FULL);
    bool passed = hub_run(&hub) == WSYNC_OK;
    wsync_store_faulty_plan(&faulty, 0, 0, WSYNC_OK);
    hub_greet(&hub, 1, &world->installation, &world->a);
    assert_int_equal(hub_run(&hub), WSYNC_OK);
    tell_set(&hub, 1, &world->log);
    assert_int_equal(hub_run(&hub), WSYNC_OK);
    assert_int_equal(wsync_store_begin(store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_ledger_unsettled(txn, &waiting, &quarantined), WSYNC_OK);
    wsync_txn_abort(txn);
    assert_int_equal(waiting, passed ? 0 : 3);
    hub_fini(&hub);
    reader.store = store;
    replica_fini(&reader);
    return passed;
}

/* The catalog forgets a form whose transaction did not last: a change that needs it waits. */
static void a_form_that_was_not_kept_is_not_remembered(void **state)
{
    struct world *world = *state;
    struct forge forms;
    struct wsync_txn *txn;
    struct wsync_log log;
    assert_int_equal(wsync_store_begin(world->disk, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_ledger_own_log(txn, REPLICA_TOP, &log), WSYNC_OK);
    wsync_txn_abort(txn);
    forge_load(&forms, &world->district, &world->district, &log.id);
    uint64_t nth = 1;
    while (!try_with_form(world, &forms, nth)) {
        assert_true(++nth < SWEEP_MAX);
    }
    assert_true(nth > 50);
    forge_fini(&forms);
}

int main(void)
{
#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WORLD_TEST(accepting_is_all_or_nothing),
        WORLD_TEST(writing_is_all_or_nothing),
        WORLD_TEST(taking_a_statement_is_all_or_nothing),
        WORLD_TEST(enrolling_is_all_or_nothing),
        WORLD_TEST(one_fault_costs_no_session),
        WORLD_TEST(a_broken_store_costs_sessions_and_no_promise),
        WORLD_TEST(a_refusal_survives_a_fault),
        WORLD_TEST(a_form_that_was_not_kept_is_not_remembered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
