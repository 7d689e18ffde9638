/* SPDX-License-Identifier: Apache-2.0 */
/* A district that went back behind its roster, or is told that it went back (SPEC sections 9.2,
 * 9.6 and 13.1, invariants 1, 8 and 9): a ward fills the roster again in the session that shows
 * it, a liar cannot, and what nobody proved costs no more than one log. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/pair.h"
#include "tests/store_mem.h"
#include "wardsync/restore.h"

enum { ROUNDS = 6 };

static struct wsync_roster roster_of(struct replica *replica)
{
    struct wsync_txn *txn;
    struct wsync_roster roster;
    assert_int_equal(wsync_store_begin(replica->store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_roster_get(txn, &roster), WSYNC_OK);
    wsync_txn_abort(txn);
    return roster;
}

static void put_back(struct pair *pair, struct wsync_store *backup)
{
    ward_pair_put_back(&pair->world->district, backup);
    hub_fini(&pair->down);
    hub_init(&pair->down, &pair->world->district);
    pair->world->district.draws += 1000; /* its dice are no older */
}

/* `late` is a device of the ward that the district enrols behind the backup it answers. */
static struct wsync_store *enrol_behind_backup(struct pair *pair, struct replica *late,
                                               uint32_t number)
{
    struct ward_pair *world = pair->world;
    ward_pair_sync(world, &world->a, WSYNC_OK);
    ward_pair_sync(world, &world->b, WSYNC_OK);
    ward_pair_create(&world->a, 1);
    ward_pair_sync(world, &world->a, WSYNC_OK);
    struct wsync_store *backup = wsync_store_mem_clone(world->district.store);
    replica_init(late, wsync_store_mem_new(), WARD_PAIR_SEED, number, WARD_PAIR_UNIT);
    replica_enrol(&world->district, &world->installation, late);
    return backup;
}

/* S9.10, S9.33, S9.61, S9.62: everything comes back in one session, the ward's flight
 * that named the new roster included; whom only that roster knows is served again. */
static void a_ward_fills_the_roster_again(void **state)
{
    struct pair *pair = *state;
    struct ward_pair *world = pair->world;
    struct replica late;
    struct wsync_store *backup = enrol_behind_backup(pair, &late, 3);
    ward_pair_sync(world, &late, WSYNC_OK);
    ward_pair_create(&late, 2);
    ward_pair_sync(world, &late, WSYNC_OK);
    ward_pair_sync(world, &world->a, WSYNC_OK); /* has the roster and the record of `late` */
    ward_pair_create(&world->a, 4);             /* names that roster, and is not sent yet */
    ward_pair_create(&world->a, 8);
    put_back(pair, backup);
    assert_int_equal(roster_of(&world->district).version, PAIR_VERSION);
    assert_int_equal(replica_sync(&late, &world->district, &world->installation, NULL),
                     WSYNC_ERR_DEVICE);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    assert_int_equal(roster_of(&world->district).version, PAIR_VERSION + 1);
    struct wsync_hash here = roster_of(&world->district).hash;
    struct wsync_hash there = roster_of(&world->a).hash;
    assert_memory_equal(here.b, there.b, sizeof here.b);
    assert_int_equal(hub_count(&pair->up_a, 0, WSYNC_MESSAGE_ROSTER), 1);
    assert_int_equal(replica_epoch(&world->district), 1); /* it cannot but have gone back */
    ward_pair_sync(world, &late, WSYNC_OK);
    ward_pair_sync_on(world, &world->b);
    ward_pair_agreed(world, 4, 15);
    replica_fini(&late);
}

/* S9.36, S9.61: many statements take many frames, behind each other and before anything that
 * names them. */
static void a_long_roster_is_given_under_credit(void **state)
{
    struct pair *pair = *state;
    struct ward_pair *world = pair->world;
    struct replica late;
    struct wsync_store *backup = enrol_behind_backup(pair, &late, 3);
    for (uint32_t i = 4; i < 604; i++) {
        struct replica one;
        replica_init(&one, wsync_store_mem_new(), WARD_PAIR_SEED, i, WARD_PAIR_UNIT);
        replica_enrol(&world->district, &world->installation, &one);
        replica_fini(&one);
    }
    ward_pair_sync(world, &world->a, WSYNC_OK);
    ward_pair_create(&world->a, 2);
    uint64_t version = roster_of(&world->a).version;
    put_back(pair, backup);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    assert_int_equal(roster_of(&world->district).version, version);
    assert_true(pair_counted(&pair->up_a, 0) > WSYNC_CREDIT_BYTES_DEFAULT);
    ward_pair_sync(world, &world->b, WSYNC_OK);
    ward_pair_agreed(world, 2, 3);
    replica_fini(&late);
}

/* S13.21: what was shown is proof that it went back, so nothing is written behind a head that
 * may be lost: its logs of every scope are retired with the first statement. */
static void a_filled_district_writes_in_new_logs(void **state)
{
    struct pair *pair = *state;
    struct ward_pair *world = pair->world;
    struct replica late;
    struct wsync_store *backup = enrol_behind_backup(pair, &late, 3);
    ward_pair_sync(world, &world->a, WSYNC_OK);
    put_back(pair, backup);
    assert_int_not_equal(ward_pair_own_log(&world->district, REPLICA_TOP).no, 0);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    assert_int_equal(ward_pair_own_log(&world->district, REPLICA_TOP).no, 0);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    assert_int_equal(hub_count(&pair->up_a, 0, WSYNC_MESSAGE_ROSTER), 0);
    assert_int_equal(replica_epoch(&world->district), 1); /* and once */
    replica_fini(&late);
}

/* S9.33, invariants 1 and 9: meanwhile the district enrolled somebody else.  Two statements of
 * one version: the session ends with ROSTER at whoever sees it, nothing is taken, nothing lost.
 */
static void two_rosters_end_with_their_code(void **state)
{
    struct pair *pair = *state;
    struct ward_pair *world = pair->world;
    struct replica late, other, third;
    struct wsync_store *backup = enrol_behind_backup(pair, &late, 3);
    ward_pair_sync(world, &world->b, WSYNC_OK); /* knows one statement more */
    replica_init(&third, wsync_store_mem_new(), WARD_PAIR_SEED, 5, WARD_PAIR_UNIT);
    replica_enrol(&world->district, &world->installation, &third);
    ward_pair_sync(world, &world->a, WSYNC_OK); /* two */
    ward_pair_create(&world->a, 2);
    put_back(pair, backup);
    replica_init(&other, wsync_store_mem_new(), WARD_PAIR_SEED, 4, WARD_PAIR_UNIT);
    replica_enrol(&world->district, &world->installation, &other);
    struct wsync_hash before = roster_of(&world->district).hash;
    for (size_t device = PAIR_A; device <= PAIR_B; device++) {
        struct wsync_hash image = forge_image(pair->world->district.store);
        assert_int_equal(pair_sync(pair, device), WSYNC_ERR_ROSTER);
        struct wsync_hash after = forge_image(pair->world->district.store);
        assert_memory_equal(image.b, after.b, sizeof image.b);
    }
    struct wsync_hash after = roster_of(&world->district).hash;
    assert_memory_equal(before.b, after.b, sizeof before.b);
    ward_pair_totals(&world->a, 2, 3); /* all of its work is where it was */
    replica_fini(&late);
    replica_fini(&other);
    replica_fini(&third);
}

/* The Hello of `a` with this version; how the district's session stands behind it. */
static const struct wsync_session *claim_version(struct pair *pair, uint64_t version)
{
    struct ward_pair *world = pair->world;
    const struct wsync_message message = {
        .type = WSYNC_MESSAGE_HELLO,
        .hello = {.version_min = 1,
                  .version_max = 1,
                  .device = world->a.identity.device,
                  .instance = world->installation.instance,
                  .roster_version = version,
                  .roster_hash = roster_of(&world->district).hash,
                  .credit = WSYNC_CREDIT_BYTES_DEFAULT}};
    hub_open_district(&pair->down, PAIR_A, &world->installation, &world->a.transport);
    hub_tell(&pair->down, PAIR_A, &message);
    assert_int_equal(hub_run(&pair->down), WSYNC_OK);
    return &pair->down.lines[PAIR_A].session;
}

/* Such a Hello, answered; then one statement as it is given. */
static void give(struct pair *pair, uint64_t version,
                 const struct wsync_signed_statement *given, enum wsync_err code)
{
    struct ward_pair *world = pair->world;
    assert_int_equal(claim_version(pair, version)->state, WSYNC_STATE_OPEN);
    struct wsync_hash before = forge_image(world->district.store);
    const struct wsync_message message =
        (struct wsync_message){.type = WSYNC_MESSAGE_ROSTER, .roster = {given, 1}};
    hub_tell(&pair->down, PAIR_A, &message);
    assert_int_equal(hub_run(&pair->down), WSYNC_OK);
    assert_int_equal(pair->down.lines[PAIR_A].session.state, WSYNC_STATE_ENDED);
    assert_int_equal(pair->down.lines[PAIR_A].session.result, code);
    struct wsync_hash after = forge_image(world->district.store);
    assert_memory_equal(before.b, after.b, sizeof before.b);
}

/* S9.33, S7.8, invariant 8: only the root key fills a roster, and only one that lacks
 * something.
 */
static void a_liar_fills_no_roster(void **state)
{
    struct pair *pair = *state;
    struct ward_pair *world = pair->world;
    struct replica late;
    struct wsync_txn *txn;
    struct wsync_signed_statement next, spoiled;
    static uint8_t bytes[WSYNC_STATEMENT_BYTES_MAX];
    struct wsync_store *backup = enrol_behind_backup(pair, &late, 3);
    assert_int_equal(wsync_store_begin(world->district.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_roster_statement(txn, PAIR_VERSION + 1, &next), WSYNC_OK);
    memcpy(bytes, next.statement.data, next.statement.len);
    next.statement = wsync_slice(bytes, next.statement.len);
    wsync_txn_abort(txn);
    put_back(pair, backup);
    spoiled = next;
    spoiled.signatures[0].signature.b[5] ^= 1;
    give(pair, PAIR_VERSION + 1, &spoiled, WSYNC_ERR_SIGNATURE);
    spoiled.signatures[0] = wsync_statement_sign(&world->a.identity.secret, next.statement);
    give(pair, PAIR_VERSION + 1, &spoiled,
         WSYNC_ERR_SIGNATURE);                        /* a valid key, not the root's */
    give(pair, PAIR_VERSION, &next, WSYNC_ERR_STATE); /* none was due */
    give(pair, 0, &next, WSYNC_ERR_STATE);

    replica_fini(&late);
}

/* S9.10, S9.33, invariant 8: case 7: an endless roster is claimed: nobody waits for it. */
static void case_7_there_is_no_version_behind_the_last(void **state)
{
    static const uint64_t BEYOND[] = {WSYNC_ROSTER_VERSIONS_MAX + 1, (uint64_t)1 << 63,
                                      UINT64_MAX};
    struct pair *pair = *state;
    const struct wsync_signed_statement none = {.statement = wsync_slice_of("none")};
    ward_pair_sync(pair->world, &pair->world->a, WSYNC_OK);
    give(pair, WSYNC_ROSTER_VERSIONS_MAX, &none, WSYNC_ERR_MESSAGE);
    for (size_t i = 0; i < sizeof BEYOND / sizeof *BEYOND; i++) {
        const struct wsync_session *session = claim_version(pair, BEYOND[i]);
        assert_int_equal(session->state, WSYNC_STATE_ENDED);
        assert_int_equal(session->result, WSYNC_ERR_ROSTER);
    }
}

static void district_creates(struct pair *pair, int64_t count)
{
    pair->world->district.scope = WARD_PAIR_UNIT; /* where it writes */
    ward_pair_create(&pair->world->district, count);
    pair->world->district.scope = REPLICA_TOP;
}

/* `a` opens a session and states this head among its own; the district has heard it. */
static void claim(struct pair *pair, const struct wsync_log *log, uint64_t seq)
{
    struct wsync_head head = {log->id, seq, {{9}}};
    struct wsync_message heads = {.type = WSYNC_MESSAGE_HEADS, .heads = {&head, 1, true}};
    hub_greet(&pair->down, PAIR_A, &pair->world->installation, &pair->world->a);
    assert_int_equal(hub_run(&pair->down), WSYNC_OK);
    hub_tell(&pair->down, PAIR_A, &heads);
    assert_int_equal(hub_run(&pair->down), WSYNC_OK);
    hub_event(&pair->down, PAIR_A, WSYNC_EVENT_CUT);
    assert_int_equal(hub_run(&pair->down), WSYNC_OK);
}

/* S13.7, S13.22: one that lies about the district's own log, again and again, longer and
 * shorter: one log is given up for it and one epoch, however often. */
static void false_heads_cost_one_log(void **state)
{
    struct pair *pair = *state;
    struct ward_pair *world = pair->world;
    struct wsync_log first, second, now;
    ward_pair_sync(world, &world->a, WSYNC_OK);
    district_creates(pair, 1);
    district_creates(pair, 1);
    first = ward_pair_own_log(&world->district, WARD_PAIR_UNIT);
    claim(pair, &first, 9);
    district_creates(pair, 1);
    second = ward_pair_own_log(&world->district, WARD_PAIR_UNIT);
    assert_false(wsync_log_id_equal(&first.id, &second.id));
    for (uint64_t i = 0; i < ROUNDS; i++) {
        claim(pair, &second, i % 2 == 0 ? second.seq + 1 + i : second.seq);
        claim(pair, &first, 9 + i);
        district_creates(pair, 1);
        now = ward_pair_own_log(&world->district, WARD_PAIR_UNIT);
        assert_memory_equal(now.id.b, second.id.b, sizeof now.id.b);
    }
    assert_int_equal(replica_epoch(&world->district), 1);
    ward_pair_sync_on(world, &world->a);
    ward_pair_sync_on(world, &world->b);
    ward_pair_agreed(world, 3 + ROUNDS, 3 + ROUNDS);
}

/* A district with two changes of its own in a log of the unit, of which `a` and `b` hold both,
 * and a backup of it with the first alone. */
static struct wsync_store *lose_one(struct pair *pair)
{
    struct ward_pair *world = pair->world;
    ward_pair_sync_on(world, &world->a);
    district_creates(pair, 1);
    struct wsync_store *backup = wsync_store_mem_clone(world->district.store);
    district_creates(pair, 2);
    ward_pair_sync_on(world, &world->a);
    ward_pair_sync_on(world, &world->b);
    return backup;
}

/* S13.7, S13.22: a true head is believed before its proof is here, so that a district that went
 * back unawares writes nothing behind what it lost; once it is here, the next is believed. */
static void a_true_head_retires_the_log_before_anything_is_written(void **state)
{
    struct pair *pair = *state;
    struct ward_pair *world = pair->world;
    for (int round = 0; round < 3; round++) {
        put_back(pair, lose_one(pair));
        pair_open(pair, PAIR_A);
        while (hub_count(&pair->up_a, 0, WSYNC_MESSAGE_HEADS) == 0) {
            hub_carry(&pair->up_a, 0, &pair->down, PAIR_A, HUB_NONE_LOST);
            assert_int_equal(hub_run(&pair->down), WSYNC_OK);
            hub_carry(&pair->down, PAIR_A, &pair->up_a, 0, HUB_NONE_LOST);
            assert_int_equal(hub_run(&pair->up_a), WSYNC_OK);
        }
        struct wsync_message heads;
        assert_true(hub_said(&pair->up_a, 0, WSYNC_MESSAGE_HEADS, &heads));
        hub_tell(&pair->down, PAIR_A, &heads); /* and nothing of what proves them */
        assert_int_equal(hub_run(&pair->down), WSYNC_OK);
        assert_int_equal(ward_pair_own_log(&world->district, WARD_PAIR_UNIT).no, 0);
        district_creates(pair, 4);
        ward_pair_sync_on(world, &world->a);
        ward_pair_sync_on(world, &world->b);
        ward_pair_agreed(world, 3 * (round + 1), 7 * (round + 1));
        assert_int_equal(replica_epoch(&world->district), round + 1);
    }
}

/* S13.22: what a liar used up, proof does without: the log is retired when the tail comes in,
 * before anything else is written there. */
static void proof_retires_a_log_without_belief(void **state)
{
    struct pair *pair = *state;
    struct ward_pair *world = pair->world;
    ward_pair_sync(world, &world->a, WSYNC_OK);
    district_creates(pair, 100);
    struct wsync_log log = ward_pair_own_log(&world->district, WARD_PAIR_UNIT);
    claim(pair, &log, 9);
    put_back(pair, lose_one(pair));
    log = ward_pair_own_log(&world->district, WARD_PAIR_UNIT);
    claim(pair, &log, 2);
    assert_int_not_equal(ward_pair_own_log(&world->district, WARD_PAIR_UNIT).no, 0);
    ward_pair_sync_on(world, &world->a);
    assert_int_equal(ward_pair_own_log(&world->district, WARD_PAIR_UNIT).no, 0);
    district_creates(pair, 4);
    ward_pair_sync_on(world, &world->a);
    ward_pair_sync_on(world, &world->b);
    ward_pair_agreed(world, 4, 107);
    assert_int_equal(replica_epoch(&world->district), 2);
}

int main(void)
{
#define PAIR_TEST(name) cmocka_unit_test_setup_teardown(name, pair_set_up, pair_tear_down)
    const struct CMUnitTest tests[] = {
        PAIR_TEST(a_ward_fills_the_roster_again),
        PAIR_TEST(a_long_roster_is_given_under_credit),
        PAIR_TEST(a_filled_district_writes_in_new_logs),
        PAIR_TEST(two_rosters_end_with_their_code),
        PAIR_TEST(a_liar_fills_no_roster),
        PAIR_TEST(case_7_there_is_no_version_behind_the_last),
        PAIR_TEST(false_heads_cost_one_log),
        PAIR_TEST(a_true_head_retires_the_log_before_anything_is_written),
        PAIR_TEST(proof_retires_a_log_without_belief),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
