/* SPDX-License-Identifier: Apache-2.0 */
/* Branches and verdicts as no honest device or clock would bring them (SPEC sections 5.7, 10.8
 * and 13.3, invariant 8). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/settle_parts.h"
#include "tests/bench.h"
#include "tests/hub.h"
#include "wardsync/restore.h"
#include "wardsync/verdict.h"

enum { COMMON = BENCH_COMMON, LINE = 0, LARGE_BYTES = 3000, ROUNDS = 64, SETTLES_MAX = 8 };

static void take(struct replica *replica, struct forge *forge, uint64_t first, uint64_t last)
{
    struct wsync_change_set set = forge_set(forge, first, last);
    assert_int_equal(forge_give(replica, &set), WSYNC_OK);
}

/* What is due must come to an end. */
static void settle(struct replica *replica)
{
    struct wsync_txn *txn;
    bool more = true;
    replica_tell_moment(replica);
    for (int i = 0; i < SETTLES_MAX && more; i++) {
        assert_int_equal(wsync_store_begin(replica->store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
        assert_int_equal(wsync_ledger_settle(&replica->ledger, txn, &replica->arena, &more),
                         WSYNC_OK);
        assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
    }
    assert_false(more);
}

static struct wsync_log log_of(struct replica *replica, const struct wsync_log_id *id)
{
    struct wsync_txn *txn;
    struct wsync_log log;
    assert_int_equal(wsync_store_begin(replica->store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_log_find(txn, id, &log), WSYNC_OK);
    wsync_txn_abort(txn);
    return log;
}

/* The verdict, passed at this time. */
static void pass(struct replica *district, const struct forge *log, uint64_t seq, int64_t now)
{
    const struct wsync_verdict verdict = {.log = log->log,
                                          .seq = seq,
                                          .hash = wsync_hash_prefix_of(&log->hashes[seq]),
                                          .decision = WSYNC_DECISION_STANDS};
    struct wsync_txn *txn;
    district->now = now;
    replica_tell_moment(district);
    assert_int_equal(wsync_store_begin(district->store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    assert_int_equal(
        wsync_verdict_put(&district->ledger, txn, &district->arena, BENCH_UNIT, &verdict),
        WSYNC_OK);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
    settle(district);
}

/* S10.39: the district decides anew while its clock is behind the verdict that gives way. */
static void a_clock_that_went_back_decides_once(void **state)
{
    struct bench *world = *state;
    struct replica *district = &world->district;
    struct forge *branches = calloc(2, sizeof *branches);
    int64_t now = district->now;
    assert_non_null(branches);
    bench_two_forks(world, branches);
    take(district, &world->a, 1, COMMON + 2);
    take(district, &branches[0], 1, COMMON + 2);
    settle(district);
    take(district, &branches[1], 1, COMMON + 2);
    district->now = now + 1000;
    settle(district); /* of the second fork: later than all that follows */
    pass(district, &branches[0], COMMON + 1, now + 10);
    struct wsync_log log = log_of(district, &world->a.log);
    assert_int_equal(log.seq, COMMON + 2);
    assert_memory_equal(log.hash.b, branches[0].hashes[COMMON + 2].b, sizeof log.hash.b);
    assert_int_equal(replica_sync(&world->wards[1], district, &world->installation, NULL),
                     WSYNC_OK);
    struct wsync_hash one = replica_digest(district, BENCH_UNIT);
    struct wsync_hash other = replica_digest(&world->wards[1], BENCH_UNIT);
    assert_memory_equal(one.b, other.b, sizeof one.b);
    free(branches);
}

static void assert_agree_at(struct bench *world, const struct forge *forge, uint64_t seq)
{
    struct replica *both[] = {&world->district, &world->wards[1]};
    assert_int_equal(replica_sync(both[1], both[0], &world->installation, NULL), WSYNC_OK);
    for (size_t i = 0; i < 2; i++) {
        struct wsync_log log = log_of(both[i], &forge->log);
        assert_int_equal(log.seq, seq);
        assert_memory_equal(log.hash.b, forge->hashes[seq].b, sizeof log.hash.b);
    }
    struct wsync_hash one = replica_digest(both[0], BENCH_UNIT);
    struct wsync_hash other = replica_digest(both[1], BENCH_UNIT);
    struct wsync_hash anew = replica_recomputed_digest(both[0], BENCH_UNIT);
    assert_memory_equal(one.b, other.b, sizeof one.b);
    assert_memory_equal(one.b, anew.b, sizeof one.b);
}

/* S10.39, S5.32: a district that forgot a verdict passed one further on, on the path that the
 * first one turns down once it is back.  The other path ends before that seq: everybody stops
 * there, though the change that was named is here; what goes on in the end stands. */
static void a_verdict_behind_one_that_came_back(void **state)
{
    struct bench *world = *state;
    struct replica *district = &world->district;
    struct forge *branches = calloc(2, sizeof *branches);
    int64_t now = district->now;
    assert_non_null(branches);
    bench_two_forks(world, branches);
    take(district, &branches[1], 1, COMMON + 2);
    take(district, &world->a, 1, COMMON + 2);
    settle(district);
    take(district, &branches[0], 1, COMMON + 1);
    pass(district, &branches[0], COMMON + 1, now + 10);
    assert_agree_at(world, &branches[0], COMMON + 1);
    take(district, &branches[0], COMMON + 2, COMMON + 2);
    settle(district);
    assert_agree_at(world, &branches[0], COMMON + 2);
    free(branches);
}

/* Appends a record said to be written again from what entry `reference` names. */
static void add_origin(struct forge *forge, uint32_t reference,
                       const struct wsync_reference *entry, int64_t count)
{
    const struct wsync_write writes[] = {forge_integer(FORGE_DAY, BENCH_DAY),
                                         forge_integer(FORGE_COUNT, count),
                                         forge_integer(FORGE_KIND, 1)};
    const struct wsync_operation operation = {.form = REPLICA_FORM,
                                              .version = 1,
                                              .creates = true,
                                              .writes = writes,
                                              .write_count = 3};
    const struct wsync_draft draft = {
        .context = {.references = entry,
                    .reference_count = entry ? 1 : 0,
                    .has_origin = true,
                    .origin = {reference, 1, forge->genesis.stamp + 1}},
        .operations = &operation,
        .operation_count = 1};
    forge_add_draft(forge, &draft);
}

/* S13.12: a clone put a change into a lost branch whose origin is an entry that is not there,
 * or names a log that nobody has: the former stays evidence, the latter waits. */
static void an_origin_that_names_nothing_is_not_written_again(void **state)
{
    struct bench *world = *state;
    struct replica *district = &world->district;
    struct replica *ward = &world->wards[0];
    struct forge *lost = malloc(sizeof *lost);
    struct wsync_reference nowhere = {.log = {{7}}, .seq = 1, .hash = {{7}}};
    struct wsync_txn *txn;
    struct wsync_log own;
    assert_non_null(lost);
    assert_int_equal(replica_sync(ward, district, &world->installation, NULL), WSYNC_OK);
    bench_branch(lost, &world->a, 0, 5);
    add_origin(lost, 99, NULL, 6);
    bench_set_count(lost, bench_at(0, 9), BENCH_NONE, 1); /* of a change that is to come */
    forge_create(lost, BENCH_DAY, 7, 1);
    add_origin(lost, 1, &nowhere, 8);
    world->a.arena = lost->arena;
    forge_create(&world->a, BENCH_DAY, 77, 1);
    lost->arena = world->a.arena;
    take(district, &world->a, 1, 1);
    take(district, lost, 1, lost->seq);
    settle(district);
    take(ward, &world->a, 1, 1);
    take(ward, lost, 1, lost->seq);
    settle(ward);
    assert_int_equal(replica_sync(ward, district, &world->installation, NULL), WSYNC_OK);
    settle(ward);
    assert_int_equal(wsync_store_begin(ward->store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_ledger_own_log(txn, BENCH_UNIT, &own), WSYNC_OK);
    wsync_txn_abort(txn);
    assert_int_equal(own.seq, 2); /* 5 and 7 */
    free(lost);
}

/* Acknowledges all that was said. */
static void acknowledge(struct hub *hub, struct wsync_session *session)
{
    struct wsync_head heads[WSYNC_ACK_HEADS_MAX];
    struct wsync_message message = {.type = WSYNC_MESSAGE_ACK,
                                    .ack = {heads, 0, session->sent}};
    for (size_t i = 0; i < session->outgoing_count; i++) {
        const struct wsync_outgoing *outgoing = &session->outgoing[i];
        struct wsync_txn *txn;
        struct wsync_log log;
        assert_int_equal(wsync_store_begin(hub->disk, WSYNC_TXN_READ, &txn), WSYNC_OK);
        assert_int_equal(wsync_log_get(txn, outgoing->log_no, &log), WSYNC_OK);
        wsync_txn_abort(txn);
        if (outgoing->acked + 1 < outgoing->next) {
            heads[message.ack.count++] =
                (struct wsync_head){log.id, outgoing->next - 1, outgoing->at};
        }
    }
    hub_tell(hub, LINE, &message);
    assert_int_equal(hub_run(hub), WSYNC_OK);
}

/* S9.38: a verdict cuts a log in the middle of a run that is due: what nobody sealed cannot be
 * sent, and the session ends as after any other change of what is being sent. */
static void a_cut_in_what_is_due_ends_the_session(void **state)
{
    struct bench *world = *state;
    struct replica *district = &world->district;
    struct hub *hub = calloc(1, sizeof *hub);
    struct forge *other = malloc(sizeof *other);
    struct wsync_session *session;
    struct wsync_message heads = {.type = WSYNC_MESSAGE_HEADS, .heads = {.last = true}};
    assert_true(hub && other);
    for (char letter = 'a'; letter <= 'f'; letter++) {
        forge_create_large(&world->a, letter, LARGE_BYTES);
    }
    bench_branch(other, &world->a, 4, 100);
    take(district, &world->a, 1, 2);
    take(district, &world->a, 3, 6);
    take(district, other, 5, 5);
    settle(district);
    hub_init(hub, district);
    session = &hub->lines[LINE].session;
    hub_greet(hub, LINE, &world->installation, &world->wards[1]);
    assert_int_equal(hub_run(hub), WSYNC_OK);
    session->setup.flow.window_bytes = 1; /* one frame at a time */
    hub_tell(hub, LINE, &heads);
    assert_int_equal(hub_run(hub), WSYNC_OK);
    uint32_t no = log_of(district, &world->a.log).no;
    bool due = false;
    for (int i = 0; i < ROUNDS && !due; i++) {
        acknowledge(hub, session);
        for (size_t k = 0; k < session->outgoing_count; k++) {
            const struct wsync_outgoing *outgoing = &session->outgoing[k];
            due |= outgoing->log_no == no && outgoing->number == 0 && outgoing->next == 3;
        }
    }
    assert_true(due);
    memset(world->a.hashes[5].b, 0, sizeof world->a.hashes[5].b); /* a branch nobody has */
    pass(district, &world->a, 5, district->now + 10);
    assert_int_equal(log_of(district, &world->a.log).seq, 4);
    for (int i = 0; i < ROUNDS && session->state != WSYNC_STATE_ENDED; i++) {
        acknowledge(hub, session); /* the verdict goes first */
    }
    assert_int_equal(session->state, WSYNC_STATE_ENDED);
    assert_int_equal(session->result, WSYNC_ERR_BUSY);
    hub_fini(hub);
    free(other);
    free(hub);
    assert_int_equal(replica_sync(&world->wards[1], district, &world->installation, NULL),
                     WSYNC_OK);
}

/* S5.21: another branch whose contexts are not legal where it goes on: a verdict for it could
 * not be carried out, and nobody whose log ends there would take it. */
static void an_illegal_branch_is_not_kept(void **state)
{
    struct bench *world = *state;
    struct replica *district = &world->district;
    struct forge *branch = malloc(sizeof *branch);
    const struct wsync_draft drafts[] = {
        {.context = {.roster_version = BENCH_VERSION}}, /* no higher than that of the genesis */
        {.context = {.roster_version = BENCH_VERSION + 9}},
        {.context = {.stamp_delta = INT64_MAX}}};
    const enum wsync_err codes[] = {WSYNC_ERR_CONTEXT, WSYNC_ERR_BEHIND, WSYNC_ERR_CONTEXT};
    assert_non_null(branch);
    forge_create(&world->a, BENCH_DAY, 1, 1);
    bench_branch(branch, &world->a, 1, 100);
    forge_create(branch, BENCH_DAY, 200, 1);
    world->a.arena = branch->arena;
    forge_create(&world->a, BENCH_DAY, 10, 1);
    branch->arena = world->a.arena;
    take(district, &world->a, 1, 2);
    take(district, branch, 2, 3);
    settle(district);
    struct wsync_hash before = forge_image(district->store);
    for (uint64_t common = 3; common != 0; common = common == 3 ? 1 : 0) { /* of either path */
        for (size_t i = 0; i <= sizeof drafts / sizeof *drafts; i++) {
            branch->seq = common;
            if (i < sizeof drafts / sizeof *drafts) {
                forge_add_draft(branch, &drafts[i]);
            } else {
                bench_meet(branch, branch, 1);
            }
            struct wsync_change_set set = forge_set(branch, common + 1, common + 1);
            assert_int_equal(forge_give(district, &set),
                             i < sizeof codes / sizeof *codes ? codes[i] : WSYNC_ERR_CONTEXT);
        }
    }
    struct wsync_hash after = forge_image(district->store);
    assert_memory_equal(before.b, after.b, sizeof before.b);
    world->a.arena = branch->arena;
    free(branch);
}

/* What was due to be written again of a branch that is gone names another one now, which is
 * shorter: nothing of that is due. */
static void work_outlives_its_branch(void **state)
{
    struct bench *world = *state;
    struct replica *district = &world->district;
    struct replica *ward = &world->wards[0];
    struct forge *lost = malloc(sizeof *lost);
    struct wsync_txn *txn;
    struct wsync_log own;
    assert_non_null(lost);
    bench_branch(lost, &world->a, 0, 5);
    world->a.arena = lost->arena;
    forge_create(&world->a, BENCH_DAY, 77, 1);
    lost->arena = world->a.arena;
    take(district, &world->a, 1, 1);
    take(district, lost, 1, 1);
    settle(district);
    assert_int_equal(replica_sync(ward, district, &world->installation, NULL), WSYNC_OK);
    settle(ward);
    own = log_of(ward, &lost->log);
    const struct wsync_cause stale = {WSYNC_CAUSE_PARKED, own.no, UINT64_C(1) << 56 | 9};
    assert_int_equal(wsync_store_begin(ward->store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    assert_int_equal(wsync_work_put(txn, &stale), WSYNC_OK);
    assert_int_equal(wsync_work_unpark(txn), WSYNC_OK);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
    settle(ward);
    assert_int_equal(wsync_store_begin(ward->store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_ledger_own_log(txn, BENCH_UNIT, &own), WSYNC_OK);
    wsync_txn_abort(txn);
    assert_int_equal(own.seq, 1);
    free(lost);
}

int main(void)
{
#define BENCH_TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)
    const struct CMUnitTest tests[] = {
        BENCH_TEST(a_clock_that_went_back_decides_once),
        BENCH_TEST(a_verdict_behind_one_that_came_back),
        BENCH_TEST(an_origin_that_names_nothing_is_not_written_again),
        BENCH_TEST(an_illegal_branch_is_not_kept),
        BENCH_TEST(work_outlives_its_branch),
        BENCH_TEST(a_cut_in_what_is_due_ends_the_session),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
