/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions over a link that loses frames, with peers of another mind, and with more logs than
 * one session carries (SPEC section 9): how each ends, and that the next one goes on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/forge.h"
#include "tests/hub.h"
#include "tests/store_mem.h"

enum {
    SEED = 19,
    DAY = 19100,
    UNIT = 2,
    ROUNDS_MAX = 500,
    MANY_LOGS = 300,
    FEW_LOGS = 60,
    MANY_DEVICES = 600
};

struct world {
    struct installation installation;
    struct replica district, a, b; /* two devices of one ward */
    struct hub up, down;           /* the ward's hub, the district's */
};

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    installation_init(&world->installation, SEED);
    replica_init(&world->district, wsync_store_mem_new(), SEED, 0, REPLICA_TOP);
    replica_init(&world->a, wsync_store_mem_new(), SEED, 1, UNIT);
    replica_init(&world->b, wsync_store_mem_new(), SEED, 2, UNIT);
    replica_found(&world->district, &world->installation);
    replica_enrol(&world->district, &world->installation, &world->a);
    replica_enrol(&world->district, &world->installation, &world->b);
    hub_init(&world->up, &world->a);
    hub_init(&world->down, &world->district);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    hub_fini(&world->up);
    hub_fini(&world->down);
    replica_fini(&world->district);
    replica_fini(&world->a);
    replica_fini(&world->b);
    free(world);
    return 0;
}

static struct wsync_session *ward(struct world *world)
{
    return &world->up.lines[0].session;
}

static struct wsync_session *district(struct world *world)
{
    return &world->down.lines[0].session;
}

static void run(struct hub *hub)
{
    if (hub->batch_count > 0) {
        assert_int_equal(hub_run(hub), WSYNC_OK);
    }
}

static void open_lines(struct world *world)
{
    hub_open_district(&world->down, 0, &world->installation, &world->a.transport);
    hub_open_ward(&world->up, 0, &world->installation);
    run(&world->up);
}

/* S9.30: what was sent and is not yet taken stays within the credit the other side stated. */
static void assert_credit(const struct hub_line *line, struct hub *other)
{
    static const enum wsync_message_type COUNTED[] = {WSYNC_MESSAGE_ROSTER, WSYNC_MESSAGE_HEADS,
                                                      WSYNC_MESSAGE_CHANGES};
    struct wsync_message ack;
    uint64_t sent = 0;
    for (size_t i = 0; i < line->said; i++) {
        for (size_t k = 0; k < sizeof COUNTED / sizeof *COUNTED; k++) {
            sent += line->frames[i].data[1] == (uint8_t)COUNTED[k] ? line->frames[i].len : 0;
        }
    }
    uint64_t taken = hub_said(other, 0, WSYNC_MESSAGE_ACK, &ack) ? ack.ack.taken : 0;
    assert_true(sent - taken <= WSYNC_CREDIT_BYTES_DEFAULT);
    if (line->session.state == WSYNC_STATE_HELLO_SENT) {
        assert_true(sent <= WSYNC_CREDIT_BYTES_MIN); /* S9.9 */
    }
}

/* Carries frames both ways until nothing moves; then a minute passes.  The ward's result. */
static enum wsync_err exchange(struct world *world, int lost_up, int lost_down)
{
    size_t moved = 1;
    open_lines(world);
    for (int round = 0; moved > 0; round++) {
        assert_true(round < ROUNDS_MAX);
        assert_credit(&world->up.lines[0], &world->down);
        moved = hub_carry(&world->up, 0, &world->down, 0, lost_up);
        run(&world->down);
        assert_credit(&world->down.lines[0], &world->up);
        moved += hub_carry(&world->down, 0, &world->up, 0, lost_down);
        run(&world->up);
    }
    world->up.now_ms += WSYNC_IDLE_MS_MAX;
    world->down.now_ms += WSYNC_IDLE_MS_MAX;
    hub_event(&world->up, 0, WSYNC_EVENT_TICK);
    hub_event(&world->down, 0, WSYNC_EVENT_TICK);
    run(&world->up);
    run(&world->down);
    assert_int_equal(ward(world)->state, WSYNC_STATE_ENDED);
    assert_int_equal(district(world)->state, WSYNC_STATE_ENDED);
    assert_false(world->up.said_too_early || world->down.said_too_early);
    return ward(world)->result;
}

static enum wsync_err sync_whole(struct world *world)
{
    return exchange(world, HUB_NONE_LOST, HUB_NONE_LOST);
}

static void write_records(struct replica *ward_replica, int count)
{
    struct wsync_dot dot;
    for (int i = 0; i < count; i++) {
        assert_int_equal(replica_create(ward_replica, DAY + i % 5, i, 1 + i % 2, &dot),
                         WSYNC_OK);
    }
}

static void assert_same(struct world *world)
{
    struct wsync_hash first = replica_digest(&world->a, UNIT);
    struct wsync_hash second = replica_digest(&world->district, UNIT);
    assert_memory_equal(first.b, second.b, sizeof first.b);
}

/* ---- Hello and Welcome ---- */

/* A Hello that the district answers, for a test to spoil. */
static struct wsync_message good_hello(const struct world *world)
{
    return (struct wsync_message){.type = WSYNC_MESSAGE_HELLO,
                                  .hello = {.version_min = 1,
                                            .version_max = 1,
                                            .device = world->a.identity.device,
                                            .instance = world->installation.instance,
                                            .credit = WSYNC_CREDIT_BYTES_DEFAULT}};
}

static void assert_hello(struct world *world, const struct wsync_message *hello,
                         enum wsync_err code)
{
    struct wsync_message message;
    struct wsync_hash before = forge_image(world->district.store);
    hub_open_district(&world->down, 0, &world->installation, &world->a.transport);
    hub_tell(&world->down, 0, hello);
    run(&world->down);
    if (code == WSYNC_OK) {
        assert_int_equal(district(world)->state, WSYNC_STATE_OPEN);
        return;
    }
    assert_int_equal(district(world)->result, code);
    assert_true(hub_said(&world->down, 0, WSYNC_MESSAGE_BYE, &message));
    assert_int_equal(message.bye, code);
    assert_int_equal(world->down.lines[0].said, 1);
    struct wsync_hash after = forge_image(world->district.store);
    assert_memory_equal(before.b, after.b, sizeof before.b);
}

/* S9.10, each check of its order. */
static void a_hello_that_does_not_fit_ends_with_its_code(void **state)
{
    struct world *world = *state;
    struct wsync_message hello = good_hello(world);
    assert_hello(world, &hello, WSYNC_OK);
    hello.hello.version_min = 0;
    hello.hello.version_max = 9;
    assert_hello(world, &hello, WSYNC_OK);
    hello.hello.version_min = 2;
    assert_hello(world, &hello, WSYNC_ERR_VERSION);
    hello.hello.version_min = hello.hello.version_max = 0;
    assert_hello(world, &hello, WSYNC_ERR_VERSION);
    hello = good_hello(world);
    hello.hello.instance.b[0] ^= 1;
    assert_hello(world, &hello, WSYNC_ERR_INSTANCE);
    hello = good_hello(world);
    hello.hello.device = world->b.identity.device; /* under a's transport key */
    assert_hello(world, &hello, WSYNC_ERR_DEVICE);
    hello = good_hello(world);
    hello.hello.roster_version = 4; /* the district, restored, has forgotten some */
    assert_hello(world, &hello, WSYNC_OK);
    hello.hello.roster_version = 3; /* its hash is not that of our version 3 */
    assert_hello(world, &hello, WSYNC_ERR_ROSTER);
}

/* S9.12 */
static void a_welcome_that_does_not_fit_ends_with_its_code(void **state)
{
    struct world *world = *state;
    const struct wsync_message good = {.type = WSYNC_MESSAGE_WELCOME,
                                       .welcome = {.version = 1,
                                                   .instance = world->installation.instance,
                                                   .credit = WSYNC_CREDIT_BYTES_DEFAULT}};
    struct wsync_message spoiled[4] = {good, good, good, good};
    static const enum wsync_err CODES[] = {WSYNC_ERR_VERSION, WSYNC_ERR_INSTANCE,
                                           WSYNC_ERR_MESSAGE, WSYNC_ERR_ROSTER};
    spoiled[0].welcome.version = 2;
    spoiled[1].welcome.instance.b[0] ^= 1;
    spoiled[2].welcome.has_own = true; /* of a log the ward did not name */
    spoiled[3].welcome.roster_version = WSYNC_ROSTER_VERSIONS_MAX + 1;
    for (size_t i = 0; i < 4; i++) {
        struct wsync_message message;
        open_lines(world);
        hub_tell(&world->up, 0, &spoiled[i]);
        run(&world->up);
        assert_int_equal(ward(world)->result, CODES[i]);
        assert_true(hub_said(&world->up, 0, WSYNC_MESSAGE_BYE, &message));
        assert_int_equal(message.bye, CODES[i]);
    }
    open_lines(world);
    hub_tell(&world->up, 0, &good);
    run(&world->up);
    assert_int_equal(ward(world)->state, WSYNC_STATE_OPEN);
}

/* S9.41: the ward answers no Hello, and no Enrol. */
static void a_ward_is_not_a_district(void **state)
{
    struct world *world = *state;
    struct wsync_message hello = good_hello(world);
    struct wsync_message enrol = {.type = WSYNC_MESSAGE_ENROL};
    const struct wsync_message *told[] = {&hello, &enrol};
    for (size_t i = 0; i < 2; i++) {
        open_lines(world);
        hub_tell(&world->up, 0, told[i]);
        run(&world->up);
        assert_int_equal(ward(world)->result, WSYNC_ERR_STATE);
    }
}

/* S9.36: only the ward says when all is done. */
static void a_district_that_takes_leave_early_is_busy(void **state)
{
    struct world *world = *state;
    struct wsync_message bye = {.type = WSYNC_MESSAGE_BYE, .bye = WSYNC_OK};
    open_lines(world);
    hub_tell(&world->up, 0, &bye);
    run(&world->up);
    assert_int_equal(ward(world)->result, WSYNC_ERR_BUSY);
    assert_true(ward(world)->result_is_peers);
}

/* ---- ends from outside ---- */

/* S9.42 */
static void silence_ends_with_timeout_and_not_before(void **state)
{
    struct world *world = *state;
    open_lines(world);
    int64_t deadline = wsync_session_deadline(ward(world));
    assert_int_equal(deadline, WSYNC_IDLE_MS_MAX);
    world->up.now_ms = deadline - 1;
    hub_event(&world->up, 0, WSYNC_EVENT_TICK);
    run(&world->up);
    assert_int_equal(ward(world)->state, WSYNC_STATE_HELLO_SENT);
    world->up.now_ms = deadline;
    hub_event(&world->up, 0, WSYNC_EVENT_TICK);
    run(&world->up);
    assert_int_equal(ward(world)->result, WSYNC_ERR_TIMEOUT);
    assert_int_equal(wsync_session_deadline(ward(world)), INT64_MAX);
}

static void a_cut_line_is_spoken_to_no_more(void **state)
{
    struct world *world = *state;
    open_lines(world);
    size_t said = world->up.lines[0].said;
    hub_event(&world->up, 0, WSYNC_EVENT_CUT);
    run(&world->up);
    assert_int_equal(ward(world)->result, WSYNC_ERR_LINK);
    assert_int_equal(world->up.lines[0].said, said);
    assert_true(world->up.lines[0].closed);
    open_lines(world);
    hub_event(&world->up, 0, WSYNC_EVENT_STOP);
    run(&world->up);
    assert_int_equal(ward(world)->result, WSYNC_ERR_BUSY);
    assert_int_equal(hub_count(&world->up, 0, WSYNC_MESSAGE_BYE), 1);
}

/* Case 3, S7.13, S9.6: a live session of a revoked device ends at its next message. */
static void a_revoked_device_is_cut_off_in_mid_session(void **state)
{
    struct world *world = *state;
    struct wsync_txn *txn;
    struct wsync_signed_statement issued;
    struct wsync_statement revoke = {.kind = WSYNC_STATEMENT_REVOKE,
                                     .revoke = {.device = world->a.identity.device}};
    struct wsync_message set = {.type = WSYNC_MESSAGE_CHANGES};
    struct forge log;
    forge_init(&log, &world->a, &world->installation, 3, 1);
    forge_create(&log, DAY, 1, 1);
    hub_greet(&world->down, 0, &world->installation, &world->a);
    run(&world->down);
    assert_int_equal(district(world)->state, WSYNC_STATE_OPEN);
    assert_int_equal(wsync_store_begin(world->district.store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    assert_int_equal(wsync_roster_issue(txn, &world->a.arena, &revoke,
                                        &world->installation.desk.registrar, &issued),
                     WSYNC_OK);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
    forge_settle(&world->district); /* what the revocation means for logs */
    size_t said = world->down.lines[0].said;
    struct wsync_hash before = forge_image(world->district.store);
    set.changes = forge_set(&log, 1, 1);
    hub_tell(&world->down, 0, &set);
    run(&world->down);
    struct wsync_hash after = forge_image(world->district.store);
    assert_memory_equal(before.b, after.b, sizeof before.b);
    forge_fini(&log);
    assert_int_equal(district(world)->result, WSYNC_ERR_REVOKED);
    assert_int_equal(world->down.lines[0].said, said + 1); /* Bye and nothing else */
    hub_greet(&world->down, 0, &world->installation, &world->a);
    run(&world->down);
    assert_int_equal(district(world)->result, WSYNC_ERR_REVOKED);
}

/* ---- lost frames, old stores ---- */

static void a_lost_set_ends_with_gap_and_the_next_session_finishes(void **state)
{
    struct world *world = *state;
    assert_int_equal(sync_whole(world), WSYNC_OK);
    write_records(&world->a, 500);
    assert_int_equal(exchange(world, 2, HUB_NONE_LOST), WSYNC_ERR_GAP);
    assert_true(ward(world)->result_is_peers);
    assert_int_equal(ward(world)->reject.code, WSYNC_ERR_GAP);
    assert_int_equal(sync_whole(world), WSYNC_OK);
    assert_same(world);
}

/* Logs of the other device, which the district holds and this ward does not. */
static void give_logs(struct world *world, int count)
{
    for (int i = 0; i < count; i++) {
        struct forge log;
        forge_init(&log, &world->b, &world->installation, 3, (uint8_t)i);
        log.genesis.random[1] = (uint8_t)(i >> 8);
        forge_open(&log);
        forge_create(&log, DAY, i, 1);
        struct wsync_change_set set = forge_set(&log, 1, 1);
        assert_int_equal(forge_give(&world->district, &set), WSYNC_OK);
        forge_fini(&log);
    }
}

/* Whichever single frame is lost, in either direction: the session ends with a passing code, or
 * with STATE where the greeting itself was lost; the next one does the rest (S9.38, S9.50). */
static void any_lost_frame_costs_one_session(void **state)
{
    (void)state;
    for (int lost = 0; lost < 24; lost++) {
        void *fresh;
        set_up(&fresh);
        struct world *world = fresh;
        assert_int_equal(sync_whole(world), WSYNC_OK);
        write_records(&world->a, 400);
        give_logs(world, 5);
        enum wsync_err err = lost % 2 == 0 ? exchange(world, lost / 2, HUB_NONE_LOST)
                                           : exchange(world, HUB_NONE_LOST, lost / 2);
        assert_true(!wsync_err_is_permanent(err) || (err == WSYNC_ERR_STATE && lost < 2));
        assert_int_equal(sync_whole(world), WSYNC_OK);
        assert_same(world);
        tear_down(&fresh);
    }
}

/* S9.9, S9.27: the second session begins to send before it is answered. */
static void the_first_flight_leaves_with_the_hello(void **state)
{
    struct world *world = *state;
    assert_int_equal(sync_whole(world), WSYNC_OK);
    write_records(&world->a, 2);
    assert_int_equal(sync_whole(world), WSYNC_OK);
    write_records(&world->a, 2);
    open_lines(world);
    assert_int_equal(hub_count(&world->up, 0, WSYNC_MESSAGE_CHANGES), 1);
    assert_int_equal(sync_whole(world), WSYNC_OK);
    assert_int_equal(ward(world)->counts.changes_sent, 2);
    assert_same(world);
}

/* Invariant 1, S9.15: a district restored from an old backup is refilled by the ward, whose
 * memory of what it held was only a hint. */
static void a_restored_district_is_refilled(void **state)
{
    struct world *world = *state;
    assert_int_equal(sync_whole(world), WSYNC_OK);
    struct wsync_store *backups[] = {wsync_store_mem_clone(world->district.store), NULL};
    write_records(&world->a, 300);
    assert_int_equal(sync_whole(world), WSYNC_OK);
    backups[1] = wsync_store_mem_clone(world->district.store);
    write_records(&world->a, 300);
    assert_int_equal(sync_whole(world), WSYNC_OK);
    for (size_t i = 2; i-- > 0;) {
        write_records(&world->a, 1); /* so that a first flight goes out, too far ahead */
        wsync_store_close(world->district.store);
        world->district.store = world->down.pump.store = world->down.disk = backups[i];
        wsync_catalog_forget(world->district.catalog);
        assert_int_equal(sync_whole(world), WSYNC_OK);
        assert_same(world);
    }
}

/* ---- many logs ---- */

/* S9.18, S9.22: heads in several pages, and more logs than one session carries. */
static void many_logs_take_two_sessions(void **state)
{
    struct world *world = *state;
    give_logs(world, MANY_LOGS);
    assert_int_equal(sync_whole(world), WSYNC_OK);
    assert_true(hub_count(&world->down, 0, WSYNC_MESSAGE_HEADS) ==
                MANY_LOGS / WSYNC_HEADS_PER_FRAME_MAX + 1);
    assert_true(ward(world)->partial);
    assert_int_equal(sync_whole(world), WSYNC_OK);
    assert_false(ward(world)->partial);
    assert_same(world);
    assert_int_equal(sync_whole(world), WSYNC_OK);
    assert_int_equal(hub_count(&world->down, 0, WSYNC_MESSAGE_HEADS), 0);
}

/* S9.108: what the district tells everybody comes before the history of others. */
static void logs_of_the_top_go_first(void **state)
{
    struct world *world = *state;
    struct wsync_txn *txn;
    struct wsync_log log;
    size_t tops = 0, others = 0;
    give_logs(world, FEW_LOGS);
    assert_int_equal(sync_whole(world), WSYNC_OK);
    const struct hub_line *line = &world->down.lines[0];
    assert_int_equal(wsync_store_begin(world->district.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    for (size_t i = 0; i < line->said; i++) {
        struct wsync_message message;
        size_t mark = wsync_arena_mark(&world->district.arena);
        assert_int_equal(
            wsync_message_decode(line->frames[i], &world->district.arena, &message), WSYNC_OK);
        if (message.type == WSYNC_MESSAGE_CHANGES) {
            assert_int_equal(wsync_log_find(txn, &message.changes.log, &log), WSYNC_OK);
            assert_true(log.scope != REPLICA_TOP || others == 0);
            tops += log.scope == REPLICA_TOP;
            others += log.scope != REPLICA_TOP;
        }
        wsync_arena_release(&world->district.arena, mark);
    }
    wsync_txn_abort(txn);
    assert_true(tops > 0);
    assert_int_equal(others, FEW_LOGS);
}

/* S9.30, S9.32: a long roster comes in order and under credit, before anything else. */
static void a_long_roster_stays_within_the_credit(void **state)
{
    struct world *world = *state;
    struct wsync_txn *txn;
    struct wsync_roster here, there;
    for (uint32_t i = 0; i < MANY_DEVICES; i++) {
        struct replica other;
        replica_init(&other, wsync_store_mem_new(), SEED, 100 + i, 3);
        replica_enrol(&world->district, &world->installation, &other);
        replica_fini(&other);
    }
    assert_int_equal(sync_whole(world), WSYNC_OK);
    assert_int_equal(wsync_store_begin(world->a.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_roster_get(txn, &here), WSYNC_OK);
    wsync_txn_abort(txn);
    assert_int_equal(wsync_store_begin(world->district.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_roster_get(txn, &there), WSYNC_OK);
    wsync_txn_abort(txn);
    assert_int_equal(here.version, MANY_DEVICES + 3);
    assert_memory_equal(here.hash.b, there.hash.b, sizeof here.hash.b);
}

/* S9.26: all was taken and not all of it is kept: there is no point in waiting. */
static void what_was_taken_and_not_kept_ends_with_gap(void **state)
{
    struct world *world = *state;
    struct wsync_message ack = {.type = WSYNC_MESSAGE_ACK};
    struct wsync_message set = {.type = WSYNC_MESSAGE_CHANGES};
    assert_int_equal(sync_whole(world), WSYNC_OK);
    write_records(&world->a, 2);
    open_lines(world);
    hub_carry(&world->up, 0, &world->down, 0, HUB_NONE_LOST);
    run(&world->down);
    struct hub_line *line = &world->down.lines[0];
    hub_hear(&world->up, 0, line->frames[0]); /* Welcome */
    run(&world->up);
    assert_int_equal(ward(world)->state, WSYNC_STATE_OPEN);
    assert_true(hub_said(&world->up, 0, WSYNC_MESSAGE_CHANGES, &set));
    ack.ack.taken = ward(world)->sent;
    hub_tell(&world->up, 0, &ack);
    run(&world->up);
    assert_int_equal(ward(world)->result, WSYNC_ERR_GAP);
}

int main(void)
{
#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_hello_that_does_not_fit_ends_with_its_code),
        WORLD_TEST(a_welcome_that_does_not_fit_ends_with_its_code),
        WORLD_TEST(a_ward_is_not_a_district),
        WORLD_TEST(a_district_that_takes_leave_early_is_busy),
        WORLD_TEST(silence_ends_with_timeout_and_not_before),
        WORLD_TEST(a_cut_line_is_spoken_to_no_more),
        WORLD_TEST(a_revoked_device_is_cut_off_in_mid_session),
        WORLD_TEST(a_lost_set_ends_with_gap_and_the_next_session_finishes),
        cmocka_unit_test(any_lost_frame_costs_one_session),
        WORLD_TEST(the_first_flight_leaves_with_the_hello),
        WORLD_TEST(a_restored_district_is_refilled),
        WORLD_TEST(many_logs_take_two_sessions),
        WORLD_TEST(logs_of_the_top_go_first),
        WORLD_TEST(a_long_roster_stays_within_the_credit),
        WORLD_TEST(what_was_taken_and_not_kept_ends_with_gap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
