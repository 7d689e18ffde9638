/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of a session one by one (SPEC sections 1 and 9): the order of checks, heads that are
 * not due, what is expected, the roster on its way, and clocks that decide nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/bad_set.h"
#include "tests/pair.h"

enum { LINE = 0, YEARS_30 = 30 * 365 * 86400 };

static struct wsync_session *at_ward(struct pair *pair)
{
    return &pair->up_a.lines[LINE].session;
}

static struct wsync_session *at_district(struct pair *pair)
{
    return &pair->down.lines[PAIR_A].session;
}

static void run(struct hub *hub)
{
    assert_int_equal(hub_run(hub), WSYNC_OK);
}

/* ---- S9.7: bytes, credit, device, state ---- */

static void revoke_a(struct pair *pair)
{
    struct wsync_txn *txn;
    struct wsync_signed_statement issued;
    struct wsync_statement revoke = {.kind = WSYNC_STATEMENT_REVOKE,
                                     .revoke = {.device = pair->world->a.identity.device}};
    assert_int_equal(wsync_store_begin(pair->world->district.store, WSYNC_TXN_WRITE, &txn),
                     WSYNC_OK);
    assert_int_equal(wsync_roster_issue(txn, &pair->world->district.arena, &revoke,
                                        &pair->world->installation.desk.registrar, &issued),
                     WSYNC_OK);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
    wsync_arena_release(&pair->world->district.arena, 0);
}

/* An open session of `a` in a fresh world, whose device is revoked meanwhile. */
static struct pair *afresh(void **state)
{
    pair_tear_down(state);
    pair_set_up(state);
    struct pair *pair = *state;
    hub_greet(&pair->down, PAIR_A, &pair->world->installation, &pair->world->a);
    run(&pair->down);
    assert_int_equal(at_district(pair)->state, WSYNC_STATE_OPEN);
    revoke_a(pair);
    return pair;
}

/* Takes the session to the end of its credit: one byte more of a counted frame is too much. */
static void use_up_credit(struct pair *pair)
{
    at_district(pair)->taken = at_district(pair)->taken_told + WSYNC_CREDIT_BYTES_DEFAULT;
}

static void assert_frame(struct pair *pair, struct wsync_slice frame, enum wsync_err code)
{
    hub_hear(&pair->down, PAIR_A, frame);
    run(&pair->down);
    assert_int_equal(at_district(pair)->result, code);
}

static struct wsync_slice grant_frame(struct pair *pair)
{
    struct wsync_message grant = {.type = WSYNC_MESSAGE_GRANT};
    struct wsync_slice frame;
    grant.grant.statement.statement = wsync_slice_of("x");
    assert_int_equal(wsync_message_encode(&grant, &pair->world->a.arena, &frame), WSYNC_OK);
    return frame;
}

/* S9.24: a hash that is cut short names nothing, whatever it begins with. */
static void an_ack_of_the_own_log_has_all_of_its_hash(void **state)
{
    struct pair *pair = *state;
    struct wsync_message message;
    uint8_t frame[] = {WSYNC_PROTOCOL_VERSION,
                       WSYNC_MESSAGE_ACK,
                       0x1a, /* own */
                       4 + WSYNC_ACK_HASH_BYTES,
                       0x08,
                       7, /* its seq */
                       0x12,
                       WSYNC_ACK_HASH_BYTES,
                       [8 + WSYNC_ACK_HASH_BYTES - 1] = 1};
    assert_int_equal(
        wsync_message_decode(wsync_slice(frame, sizeof frame), &pair->world->a.arena, &message),
        WSYNC_OK);
    assert_int_equal(message.ack.own, 7);
    frame[3]--;
    frame[7]--;
    assert_int_equal(wsync_message_decode(wsync_slice(frame, sizeof frame - 1),
                                          &pair->world->a.arena, &message),
                     WSYNC_ERR_MESSAGE);
}

/* Each frame breaks what stands behind its code as well. */
static void the_checks_of_a_frame_have_one_order(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        enum wsync_err code;
    } FRAMES[] = {{"\x02", 1, WSYNC_ERR_FRAME},
                  {"\x02\x63", 2, WSYNC_ERR_VERSION}, /* of no known type */
                  {"\x01\x63\xff", 3, WSYNC_ERR_MESSAGE},
                  {"\x01\x03\xff", 3, WSYNC_ERR_MESSAGE},
                  {"\x01\x03", 2, WSYNC_ERR_CREDIT}}; /* a Roster, never due here */
    struct pair *pair;
    for (size_t i = 0; i < sizeof FRAMES / sizeof *FRAMES; i++) {
        pair = afresh(state);
        use_up_credit(pair);
        assert_frame(pair, wsync_slice(FRAMES[i].bytes, FRAMES[i].len), FRAMES[i].code);
    }
    pair = afresh(state);
    assert_frame(pair, wsync_slice("\x01\x03", 2), WSYNC_ERR_REVOKED);
    struct wsync_transport_key nobody = pair->world->a.transport;
    nobody.b[0] ^= 1;
    hub_open_district(&pair->down, PAIR_A, &pair->world->installation, &nobody);
    assert_frame(pair, grant_frame(pair), WSYNC_ERR_DEVICE);
}

/* ---- S1.6: of two faults the earlier check speaks ---- */

/* The step of section 5.5 at which a spoiled set fails; 0 for those that are left out. */
static int step_of(const struct bad_set_case *spoiled)
{
    static const struct {
        enum wsync_err code;
        int step;
    } STEPS[] = {{WSYNC_ERR_MESSAGE, 1}, {WSYNC_ERR_GENESIS, 3},  {WSYNC_ERR_INSTANCE, 3},
                 {WSYNC_ERR_BEHIND, 4},  {WSYNC_ERR_DEVICE, 4},   {WSYNC_ERR_REVOKED, 4},
                 {WSYNC_ERR_SCOPE, 4},   {WSYNC_ERR_CHAIN, 5},    {WSYNC_ERR_UNSEALED, 6},
                 {WSYNC_ERR_SEAL, 7},    {WSYNC_ERR_CONTEXT, 11}, {WSYNC_ERR_OVERSIZE, 11}};
    if (strncmp(spoiled->name, "roster_version", strlen("roster_version")) == 0) {
        return 11; /* in a context, also where the code is BEHIND */
    }
    for (size_t i = 0; i < sizeof STEPS / sizeof *STEPS; i++) {
        if (STEPS[i].code == spoiled->code) {
            return STEPS[i].step;
        }
    }
    return 0;
}

static void spoil_step(struct wsync_change_set *set, int step)
{
    if (step == 5) {
        set->previous[3] ^= 1;
    } else if (step == 6) {
        set->sealed = false;
    } else {
        set->seal.b[40] ^= 1;
    }
}

/* Each spoiled set is spoiled again at step 5, 6 or 7: whichever step comes first answers. */
static void of_two_faults_the_earlier_one_is_said(void **unused)
{
    (void)unused;
    static const enum wsync_err CODES[] = {WSYNC_ERR_CHAIN, WSYNC_ERR_UNSEALED, WSYNC_ERR_SEAL};
    size_t pairs = 0;
    for (size_t i = 0; bad_set_case(i); i++) {
        const struct bad_set_case *spoiled = bad_set_case(i);
        int step = step_of(spoiled);
        for (int second = 5; second <= 7 && step != 0; second++) {
            if (second == step) {
                continue; /* one fault on top of its like may be none */
            }
            void *state;
            bad_set_set_up(&state);
            struct bad_set_world *world = state;
            struct wsync_change_set set = spoiled->make(world);
            spoil_step(&set, second);
            enum wsync_err expected = step < second ? spoiled->code : CODES[second - 5];
            enum wsync_err err = forge_give(&world->district, &set);
            if (err != expected) {
                print_error("%s and step %d: %s\n", spoiled->name, second, wsync_err_name(err));
            }
            assert_int_equal(err, expected);
            bad_set_tear_down(&state);
            pairs++;
        }
    }
    assert_true(pairs > 100);
}

/* ---- S9.19: heads where none are due ---- */

static void tell_heads(struct hub *hub, size_t line, const struct wsync_head *items,
                       size_t count, bool last)
{
    struct wsync_message heads = {.type = WSYNC_MESSAGE_HEADS, .heads = {items, count, last}};
    hub_tell(hub, line, &heads);
}

/* A session of the district with a ward that has nothing: heads are due. */
static void greet(struct pair *pair)
{
    hub_greet(&pair->down, PAIR_A, &pair->world->installation, &pair->world->a);
    run(&pair->down);
    assert_int_equal(at_district(pair)->state, WSYNC_STATE_OPEN);
    assert_true(at_district(pair)->heads_awaited);
}

static void assert_heads_end(struct pair *pair, const struct wsync_head *items, size_t count,
                             bool last)
{
    tell_heads(&pair->down, PAIR_A, items, count, last);
    run(&pair->down);
    assert_int_equal(at_district(pair)->result, WSYNC_ERR_STATE);
}

static void heads_that_are_not_due_end_with_state(void **state)
{
    struct pair *pair = *state;
    const struct wsync_head low = {{{1}}, 0, {{0}}}, middle = {{{5}}, 0, {{0}}};
    const struct wsync_head branch = {{{5}}, 1, {{0}}};
    greet(pair);
    tell_heads(&pair->down, PAIR_A, NULL, 0, true); /* all: none */
    run(&pair->down);
    assert_int_equal(at_district(pair)->state, WSYNC_STATE_OPEN);
    assert_heads_end(pair, NULL, 0, true); /* behind the last */
    greet(pair);
    assert_heads_end(pair, NULL, 0, false); /* empty, and not the last */
    greet(pair);
    tell_heads(&pair->down, PAIR_A, &middle, 1, false);
    run(&pair->down);
    assert_int_equal(at_district(pair)->state, WSYNC_STATE_OPEN);
    assert_heads_end(pair, &low, 1, true); /* below the page before */
    greet(pair);
    tell_heads(&pair->down, PAIR_A, &middle, 1, false);
    run(&pair->down);
    assert_heads_end(pair, &middle, 1, true); /* again */
    greet(pair);
    tell_heads(&pair->down, PAIR_A, &middle, 1, false);
    run(&pair->down);
    assert_heads_end(pair, &branch, 1, true); /* S9.18: of a log that was in another message */
}

static void where_the_frontiers_are_the_same_no_heads_are_due(void **state)
{
    struct pair *pair = *state;
    struct wsync_message set = {.type = WSYNC_MESSAGE_WELCOME};
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    pair_write(&pair->world->a, 300); /* so that the session goes on behind Welcome */
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    pair_write(&pair->world->a, 300);
    pair_open(pair, PAIR_A);
    hub_carry(&pair->up_a, LINE, &pair->down, PAIR_A, HUB_NONE_LOST);
    run(&pair->down);
    hub_hear(&pair->up_a, LINE, pair->down.lines[PAIR_A].frames[0]);
    run(&pair->up_a);
    assert_int_equal(at_ward(pair)->state, WSYNC_STATE_OPEN);
    assert_true(hub_said(&pair->down, PAIR_A, WSYNC_MESSAGE_WELCOME, &set));
    assert_true(set.welcome.same);
    tell_heads(&pair->up_a, LINE, NULL, 0, true);
    run(&pair->up_a);
    assert_int_equal(at_ward(pair)->result, WSYNC_ERR_STATE);
    assert_heads_end(pair, NULL, 0, true);
}

/* ---- S9.21, S9.36: what was stated is waited for ---- */

static void a_ward_waits_for_what_was_stated(void **state)
{
    struct pair *pair = *state;
    struct forge log;
    struct wsync_message set = {.type = WSYNC_MESSAGE_CHANGES};
    struct wsync_message welcome = {.type = WSYNC_MESSAGE_WELCOME,
                                    .welcome = {.version = 1,
                                                .instance = pair->world->installation.instance,
                                                .roster_version = PAIR_VERSION,
                                                .credit = WSYNC_CREDIT_BYTES_DEFAULT}};
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    forge_init(&log, &pair->world->b, &pair->world->installation, PAIR_VERSION, 1);
    forge_create(&log, PAIR_DAY, 1, 1);
    forge_create(&log, PAIR_DAY, 2, 1);
    const struct wsync_head head = {log.log, 2, log.hashes[2]};
    pair_open(pair, PAIR_A);
    hub_tell(&pair->up_a, LINE, &welcome);
    tell_heads(&pair->up_a, LINE, &head, 1, true);
    run(&pair->up_a);
    struct wsync_message ack = {.type = WSYNC_MESSAGE_ACK};
    ack.ack.taken = at_ward(pair)->sent;
    for (uint64_t seq = 1; seq <= 2; seq++) {
        struct wsync_txn *txn;
        struct wsync_log top;
        assert_int_equal(at_ward(pair)->state, WSYNC_STATE_OPEN);
        assert_int_equal(hub_count(&pair->up_a, LINE, WSYNC_MESSAGE_BYE), 0);
        set.changes = forge_set(&log, seq, seq);
        hub_tell(&pair->up_a, LINE, &set);
        if (seq == 1) { /* the district's log, which it did not state, was sent: it holds it */
            assert_int_equal(
                wsync_store_begin(pair->world->district.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
            assert_int_equal(wsync_ledger_own_log(txn, REPLICA_TOP, &top), WSYNC_OK);
            wsync_txn_abort(txn);
            const struct wsync_head held = {top.id, top.seq, top.hash};
            ack.ack.items = &held;
            ack.ack.count = 1;
            hub_tell(&pair->up_a, LINE, &ack);
        }
        run(&pair->up_a);
    }
    assert_int_equal(at_ward(pair)->state, WSYNC_STATE_ENDED);
    assert_int_equal(at_ward(pair)->result, WSYNC_OK);
    assert_int_equal(hub_count(&pair->up_a, LINE, WSYNC_MESSAGE_BYE), 1);
    forge_fini(&log);
}

/* ---- S9.33: the roster on its way ---- */

static void tell_roster(struct pair *pair, const struct wsync_signed_statement *items,
                        size_t count)
{
    struct wsync_message roster = {.type = WSYNC_MESSAGE_ROSTER, .roster = {items, count}};
    hub_tell(&pair->up_a, LINE, &roster);
    run(&pair->up_a);
}

static void open_for_roster(struct pair *pair)
{
    struct wsync_message welcome = {.type = WSYNC_MESSAGE_WELCOME,
                                    .welcome = {.version = 1,
                                                .instance = pair->world->installation.instance,
                                                .roster_version = PAIR_VERSION,
                                                .credit = WSYNC_CREDIT_BYTES_DEFAULT}};
    pair_open(pair, PAIR_A);
    hub_tell(&pair->up_a, LINE, &welcome);
    run(&pair->up_a);
    assert_int_equal(at_ward(pair)->state, WSYNC_STATE_OPEN);
}

static void the_first_statement_that_fails_ends_the_session(void **state)
{
    struct pair *pair = *state;
    struct wsync_txn *txn;
    struct wsync_roster roster;
    struct wsync_signed_statement items[PAIR_VERSION];
    assert_int_equal(wsync_store_begin(pair->world->district.store, WSYNC_TXN_READ, &txn),
                     WSYNC_OK);
    for (uint64_t i = 0; i < PAIR_VERSION; i++) {
        assert_int_equal(wsync_roster_statement(txn, i + 1, &items[i]), WSYNC_OK);
    }
    struct wsync_signed_statement forged = items[1];
    forged.signatures[0].signature.b[7] ^= 1;
    open_for_roster(pair);
    tell_roster(pair, items + 1, 1); /* version 2 into an empty roster */
    assert_int_equal(at_ward(pair)->result, WSYNC_ERR_ROSTER);
    open_for_roster(pair);
    struct wsync_signed_statement line[] = {items[0], forged, items[2]};
    tell_roster(pair, line, 3); /* the third would be ROSTER: it is not looked at */
    assert_int_equal(at_ward(pair)->result, WSYNC_ERR_SIGNATURE);
    struct wsync_message bye;
    assert_true(hub_said(&pair->up_a, LINE, WSYNC_MESSAGE_BYE, &bye));
    assert_int_equal(bye.bye, WSYNC_ERR_SIGNATURE);
    open_for_roster(pair);
    tell_roster(pair, items, 3);
    assert_int_equal(at_ward(pair)->state, WSYNC_STATE_OPEN);
    wsync_txn_abort(txn);
    assert_int_equal(wsync_store_begin(pair->world->a.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_roster_get(txn, &roster), WSYNC_OK);
    wsync_txn_abort(txn);
    assert_int_equal(roster.version, PAIR_VERSION);
}

/* The other half: a district is told no roster. */
static void a_district_takes_no_roster(void **state)
{
    struct pair *pair = *state;
    greet(pair);
    assert_frame(pair, wsync_slice("\x01\x03", 2), WSYNC_ERR_STATE);
}

/* ---- S9.13, S9.44, S9.70: clocks and programs ---- */

/* A day of both sides with the clocks as they stand; what the district and the ward hold then.
 */
static void exchange_under(int64_t district_time, int64_t ward_time, int64_t now_ms,
                           struct wsync_hash images[2])
{
    void *state;
    pair_set_up(&state);
    struct pair *pair = state;
    struct forge log;
    forge_init(&log, &pair->world->b, &pair->world->installation, PAIR_VERSION, 1);
    forge_create(&log, PAIR_DAY, 4, 1);
    struct wsync_change_set set = forge_set(&log, 1, 1);
    assert_int_equal(forge_give(&pair->world->district, &set), WSYNC_OK);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    pair_write(&pair->world->a, 30);
    pair->world->district.now = district_time;
    pair->world->a.now = ward_time;
    pair->up_a.now_ms = now_ms;
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    assert_int_equal(at_ward(pair)->seen.time, district_time);
    assert_int_equal(at_district(pair)->seen.time, ward_time);
    assert_string_equal(at_ward(pair)->seen.program, "district 1.2");
    assert_string_equal(at_district(pair)->seen.program, "ward 1.3");
    assert_int_equal(pair->world->a.now, ward_time);
    images[0] = forge_image(pair->world->district.store);
    images[1] = forge_image(pair->world->a.store);
    forge_fini(&log);
    pair_tear_down(&state);
}

static void no_clock_decides_anything(void **state)
{
    (void)state;
    static const int64_t CLOCKS[][3] = {{INT64_C(1650000000) + YEARS_30, 1650000000, 0},
                                        {1650000000 - YEARS_30, 1650000000, 5},
                                        {1650000000, INT64_C(1) << 52, 1 << 30},
                                        {-(INT64_C(1) << 52), -1, 0},
                                        {INT64_MAX, INT64_MIN, INT64_C(1) << 40}};
    struct wsync_hash expected[2], got[2];
    exchange_under(1650000000, 1650000000, 0, expected);
    for (size_t i = 0; i < sizeof CLOCKS / sizeof *CLOCKS; i++) {
        exchange_under(CLOCKS[i][0], CLOCKS[i][1], CLOCKS[i][2], got);
        assert_memory_equal(got, expected, sizeof got);
    }
}

/* Both sides remember which changes moved, as far as their counts say. */
static void what_moved_is_remembered(void **state)
{
    struct pair *pair = *state;
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    pair_write(&pair->world->a, 30);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    const struct wsync_session *ward = at_ward(pair);
    const struct wsync_session *district = at_district(pair);
    assert_int_equal(district->counts.changes_taken, 30);
    assert_int_equal(district->seen.taken.count, 1);
    const struct wsync_seen_run *run = &district->seen.taken.items[0];
    assert_true(run->first == 1 && run->last == 30);
    assert_true(wsync_log_id_equal(&run->log, &ward->own));
    assert_int_equal(ward->seen.acked.count, 1);
    assert_memory_equal(&ward->seen.acked.items[0], run, sizeof *run);
    uint64_t taken = 0;
    for (size_t i = 0; i < ward->seen.taken.count; i++) {
        taken += ward->seen.taken.items[i].last - ward->seen.taken.items[i].first + 1;
    }
    assert_int_equal(taken, ward->counts.changes_taken);
}

int main(void)
{
#define PAIR_TEST(name) cmocka_unit_test_setup_teardown(name, pair_set_up, pair_tear_down)
    const struct CMUnitTest tests[] = {
        PAIR_TEST(the_checks_of_a_frame_have_one_order),
        PAIR_TEST(an_ack_of_the_own_log_has_all_of_its_hash),
        cmocka_unit_test(of_two_faults_the_earlier_one_is_said),
        PAIR_TEST(heads_that_are_not_due_end_with_state),
        PAIR_TEST(where_the_frontiers_are_the_same_no_heads_are_due),
        PAIR_TEST(a_ward_waits_for_what_was_stated),
        PAIR_TEST(the_first_statement_that_fails_ends_the_session),
        PAIR_TEST(a_district_takes_no_roster),
        cmocka_unit_test(no_clock_decides_anything),
        PAIR_TEST(what_moved_is_remembered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
