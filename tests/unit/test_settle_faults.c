/* SPDX-License-Identifier: Apache-2.0 */
/* Fault sweeps over what follows from a change (invariant 10): forks, verdicts, rebuilding,
 * changes written again.  Each operation of the store and each allocation fails in turn; the
 * store is old then, and the next attempt makes it what it would have been. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/store_faulty.h"
#include "tests/store_mem.h"
#include "tests/ward_pair.h"
#include "wardsync/restore.h"
#include "wardsync/verdict.h"

enum { SWEEP_MAX = 60000, ARENA_STEP = 256, UNIT = WARD_PAIR_UNIT, DAY = WARD_PAIR_DAY };

/* A step and whose store it changes. */
struct step {
    struct ward_pair *world;
    struct replica *who;
    struct forge log; /* what it hears */
    uint64_t first;
    struct wsync_signed_statement statement;
    struct wsync_verdict verdict;
};

typedef enum wsync_err work(struct step *step, struct wsync_txn *txn);

/* One transaction: the body, and all that follows from it. */
static enum wsync_err run_once(struct step *step, work *body)
{
    struct replica *who = step->who;
    struct wsync_txn *txn;
    bool more = true;
    size_t mark = wsync_arena_mark(&who->arena);
    who->ledger.moment = (struct wsync_moment){.time = who->now, .entropy = {{9, 9, 9}}};
    wsync_catalog_forget(who->catalog);
    enum wsync_err err = wsync_store_begin(who->store, WSYNC_TXN_WRITE, &txn);
    if (err != WSYNC_OK) {
        return err;
    }
    err = body(step, txn);
    while (err == WSYNC_OK && more) {
        err = wsync_ledger_settle(&who->ledger, txn, &who->arena, &more);
    }
    wsync_arena_release(&who->arena, mark);
    if (err != WSYNC_OK) {
        wsync_txn_abort(txn);
        return err;
    }
    return wsync_txn_commit(txn);
}

static void assert_image(struct wsync_store *store, const struct wsync_hash *expected)
{
    struct wsync_hash image = forge_image(store);
    assert_memory_equal(image.b, expected->b, sizeof image.b);
}

static struct wsync_hash image_when_done(struct step *step, work *body,
                                         struct wsync_store *before)
{
    step->who->store = wsync_store_mem_clone(before);
    assert_int_equal(run_once(step, body), WSYNC_OK);
    struct wsync_hash done = forge_image(step->who->store);
    wsync_store_close(step->who->store);
    return done;
}

/* The n-th operation of the store fails; how many there were. */
static uint64_t sweep_store(struct step *step, work *body, struct wsync_store *before,
                            const struct wsync_hash *done)
{
    struct wsync_hash old = forge_image(before);
    for (uint64_t n = 1; n < SWEEP_MAX; n++) {
        struct wsync_store_faulty faulty;
        struct wsync_store *disk = wsync_store_mem_clone(before);
        wsync_store_faulty_init(&faulty, disk);
        wsync_store_faulty_plan(&faulty, n, n, WSYNC_ERR_STORE_IO);
        step->who->store = &faulty.base;
        enum wsync_err err = run_once(step, body);
        bool hit = faulty.failed > 0;
        assert_int_equal(err, hit ? WSYNC_ERR_STORE_IO : WSYNC_OK);
        if (hit) {
            assert_image(disk, &old);
            wsync_store_faulty_plan(&faulty, 0, 0, WSYNC_ERR_STORE_IO);
            assert_int_equal(run_once(step, body), WSYNC_OK);
        }
        assert_image(disk, done);
        wsync_store_close(disk);
        if (!hit) {
            return n - 1;
        }
    }
    fail();
    return 0;
}

/* Memory for all but the last allocations; how often it was too little. */
static uint64_t sweep_arena(struct step *step, work *body, struct wsync_store *before,
                            const struct wsync_hash *done)
{
    struct wsync_hash old = forge_image(before);
    struct wsync_arena *arena = &step->who->arena;
    size_t whole = arena->size;
    uint64_t failures = 0;
    enum wsync_err err = WSYNC_ERR_MEMORY;
    for (size_t size = 0; err != WSYNC_OK && size < whole; size += ARENA_STEP) {
        step->who->store = wsync_store_mem_clone(before);
        arena->size = arena->used + size;
        err = run_once(step, body);
        arena->size = whole;
        assert_true(err == WSYNC_OK || err == WSYNC_ERR_MEMORY);
        assert_image(step->who->store, err == WSYNC_OK ? done : &old);
        failures += err != WSYNC_OK;
        wsync_store_close(step->who->store);
    }
    return failures;
}

static void sweep(struct step *step, work *body)
{
    struct wsync_store *before = step->who->store;
    struct wsync_hash done = image_when_done(step, body, before);
    assert_true(sweep_store(step, body, before, &done) > 20);
    assert_true(sweep_arena(step, body, before, &done) > 2);
    step->who->store = before;
    step->who->ledger.moment.time = 0;
}

static enum wsync_err hear(struct step *step, struct wsync_txn *txn)
{
    struct wsync_head held;
    struct wsync_change_set set = forge_set(&step->log, step->first, step->log.seq);
    return wsync_ledger_accept(&step->who->ledger, txn, &step->who->arena, &set, &held);
}

static void load_own_log(struct step *step, struct replica *from)
{
    struct wsync_log log = ward_pair_own_log(from, UNIT);
    forge_load(&step->log, from, from, &log.id);
    step->first = 1;
}

/* A personal value, an edit of another device's record, a delete and a duplicate: what a lost
 * branch may hold. */
static void write_much(struct ward_pair *world, struct wsync_dot common)
{
    struct replica *a = &world->a;
    struct wsync_dot made;
    struct wsync_dot gone;
    const struct wsync_write writes[] = {
        forge_integer(1, DAY),
        forge_integer(2, 100),
        {5, true, {.class = WSYNC_CLASS_TEXT, .text = {(const uint8_t *)"Nguyễn Văn A", 15}}}};
    const struct wsync_intent intent = {.form = REPLICA_FORM,
                                        .version = 1,
                                        .creates = true,
                                        .writes = writes,
                                        .write_count = 3};
    a->now++;
    assert_int_equal(replica_write(a, UNIT, &intent, 1, &made), WSYNC_OK);
    assert_int_equal(replica_create(a, DAY, 7, 1, &gone), WSYNC_OK);
    assert_int_equal(replica_delete(a, gone), WSYNC_OK);
    struct wsync_dot theirs =
        replica_dot_at(&world->b, (struct wsync_dot){common.log_no, 1, 0}, a);
    assert_int_equal(replica_set_count(a, theirs, 55), WSYNC_OK);
    const struct wsync_intent duplicate = {.kind = WSYNC_KIND_DUPLICATE,
                                           .record = made,
                                           .bases = &made,
                                           .base_count = 1,
                                           .other = theirs};
    assert_int_equal(replica_write(a, UNIT, &duplicate, 1, &made), WSYNC_OK);
}

/* `a` went back and wrote on; the district has heard of both branches and decided. */
static void make_lost_branch(struct ward_pair *world)
{
    ward_pair_sync(world, &world->a, WSYNC_OK);
    ward_pair_sync(world, &world->b, WSYNC_OK);
    ward_pair_create(&world->b, 50);
    ward_pair_sync(world, &world->b, WSYNC_OK);
    struct wsync_log log = ward_pair_own_log(&world->b, UNIT);
    ward_pair_create(&world->a, 1);
    ward_pair_sync(world, &world->a, WSYNC_OK);
    ward_pair_go_back(world, 4);
    write_much(world, (struct wsync_dot){log.no, 1, 0});
    ward_pair_sync(world, &world->a, WSYNC_ERR_DIVERGED); /* its first flight told the fork */
}

/* Invariant 10: the author of a lost branch hears the verdict: it puts its tail aside, takes
 * the other branch, computes its state anew and writes its changes again. */
static void a_ward_gives_way(void **state)
{
    struct step step = {.world = *state, .who = &step.world->a};
    make_lost_branch(step.world);
    load_own_log(&step, &step.world->district);
    sweep(&step, hear);
    ward_pair_sync_on(step.world, &step.world->a);
    ward_pair_sync_on(step.world, &step.world->b);
    ward_pair_agreed(step.world, 3, 1 + 4 + 55);
    forge_fini(&step.log);
}

/* The same where the other branch is not here: the tail goes, the rest comes later. */
static void a_reader_gives_way(void **state)
{
    struct step step = {.world = *state, .who = &step.world->b};
    make_lost_branch(step.world);
    struct wsync_log own = ward_pair_own_log(&step.world->b, UNIT);
    struct forge lost;
    struct wsync_txn *txn;
    struct wsync_log log;
    assert_int_equal(wsync_store_begin(step.world->a.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    struct wsync_log_id at = {{0}};
    do {
        assert_int_equal(wsync_log_after(txn, &at, &log), WSYNC_OK);
        at = log.id;
    } while (log.scope != UNIT || wsync_log_id_equal(&log.id, &own.id));
    wsync_txn_abort(txn);
    forge_load(&lost, &step.world->a, &step.world->a, &log.id);
    struct wsync_change_set set = forge_set(&lost, 1, lost.seq);
    assert_int_equal(forge_give(&step.world->b, &set), WSYNC_OK); /* as by a neighbour */
    forge_settle(&step.world->b);
    load_own_log(&step, &step.world->district);
    sweep(&step, hear);
    ward_pair_sync_on(step.world, &step.world->a);
    ward_pair_sync_on(step.world, &step.world->b);
    ward_pair_sync_on(step.world, &step.world->a);
    ward_pair_agreed(step.world, 3, 1 + 4 + 55);
    forge_fini(&lost);
    forge_fini(&step.log);
}

/* The district keeps the other branch and decides. */
static void the_district_decides(void **state)
{
    struct step step = {.world = *state, .who = &step.world->district};
    struct ward_pair *world = step.world;
    ward_pair_sync(world, &world->a, WSYNC_OK);
    ward_pair_create(&world->a, 1);
    ward_pair_create(&world->a, 2);
    ward_pair_sync(world, &world->a, WSYNC_OK);
    load_own_log(&step, &world->a);
    step.log.seq = 1;
    forge_create(&step.log, DAY, 9, 9); /* another second change, not even legal */
    sweep(&step, hear);
    forge_fini(&step.log);
}

/* The district quarantines a change and says so. */
static void the_district_quarantines(void **state)
{
    struct step step = {.world = *state, .who = &step.world->district, .first = 1};
    forge_init(&step.log, &step.world->a, &step.world->installation, 3, 1);
    forge_create(&step.log, DAY, 9, 9);
    forge_create(&step.log, DAY, 9, 1);
    sweep(&step, hear);
    forge_fini(&step.log);
}

static enum wsync_err take(struct step *step, struct wsync_txn *txn)
{
    return wsync_roster_take(txn, &step->who->arena, &step->statement, NULL);
}

/* A revocation behind changes that counted. */
static void a_late_revocation(void **state)
{
    struct step step = {.world = *state, .who = &step.world->b};
    struct ward_pair *world = step.world;
    ward_pair_sync(world, &world->a, WSYNC_OK);
    ward_pair_create(&world->a, 1);
    ward_pair_create(&world->a, 2);
    ward_pair_sync(world, &world->a, WSYNC_OK);
    ward_pair_sync(world, &world->b, WSYNC_OK);
    load_own_log(&step, &world->a);
    struct wsync_pin pin = {step.log.log, 1, step.log.hashes[1]};
    struct wsync_statement statement = {.kind = WSYNC_STATEMENT_REVOKE,
                                        .revoke = {world->a.identity.device, &pin, 1}};
    struct replica copy = world->district;
    struct wsync_txn *txn;
    copy.store = wsync_store_mem_clone(world->district.store);
    assert_int_equal(wsync_store_begin(copy.store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    assert_int_equal(wsync_roster_issue(txn, &world->a.arena, &statement,
                                        &world->installation.desk.registrar, &step.statement),
                     WSYNC_OK);
    wsync_txn_abort(txn);
    wsync_store_close(copy.store);
    sweep(&step, take);
    forge_fini(&step.log);
}

static enum wsync_err decide(struct step *step, struct wsync_txn *txn)
{
    return wsync_verdict_put(&step->who->ledger, txn, &step->who->arena, UNIT, &step->verdict);
}

/* The admin turns the verdict on a fork round: a later record, then an edit of it. */
static void a_verdict_is_turned_round(void **state)
{
    struct step step = {.world = *state, .who = &step.world->district};
    struct ward_pair *world = step.world;
    struct wsync_txn *txn;
    struct wsync_log log;
    struct wsync_log_id at = {{0}};
    make_lost_branch(world);
    ward_pair_sync_on(world, &world->a);
    assert_int_equal(wsync_store_begin(world->district.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    step.verdict.decision = WSYNC_DECISION_NONE;
    while (step.verdict.decision == WSYNC_DECISION_NONE) {
        assert_int_equal(wsync_log_after(txn, &at, &log), WSYNC_OK);
        at = log.id;
        assert_int_equal(wsync_verdict_on_branch(txn, &world->a.arena, &log, 2, &step.verdict),
                         WSYNC_OK);
    }
    wsync_txn_abort(txn);
    memset(step.verdict.hash.b, 0, sizeof step.verdict.hash.b); /* a branch nobody has */
    step.verdict.record = (struct wsync_dot){0};
    step.verdict.note = wsync_slice_of("because");
    world->district.now += 10;
    sweep(&step, decide);
}

/* Another branch of `log`: the same up to `common`, then `count` records. */
static void branch_off(struct forge *branch, struct forge *log, uint64_t common, int count)
{
    *branch = *log;
    branch->seq = common;
    for (int i = 0; i < count; i++) {
        forge_create(branch, DAY, 100 + count + i, 1);
    }
    log->arena = branch->arena;
}

static void give_district(struct step *step, struct forge *forge, uint64_t first)
{
    struct wsync_change_set set = forge_set(forge, first, forge->seq);
    assert_int_equal(forge_give(&step->world->district, &set), WSYNC_OK);
    replica_tell_moment(&step->world->district);
    forge_settle(&step->world->district);
}

/* A log of four changes; another branch of the second, and one of the fourth. */
static void make_two_forks(struct step *step, struct forge branches[2])
{
    struct ward_pair *world = step->world;
    ward_pair_sync(world, &world->a, WSYNC_OK);
    for (int i = 1; i <= 4; i++) {
        ward_pair_create(&world->a, i);
    }
    ward_pair_sync(world, &world->a, WSYNC_OK);
    load_own_log(step, &world->a);
    branch_off(&branches[0], &step->log, 1, 3);
    branch_off(&branches[1], &step->log, 3, 1);
    branches[0].arena = branches[1].arena; /* the forges share it: the latest end counts */
    give_district(step, &branches[0], 2);
    give_district(step, &branches[1], 4);
}

/* A branch of a branch, which gets a copy of what both share. */
static void a_branch_of_a_branch(void **state)
{
    struct step step = {.world = *state, .who = &step.world->district};
    struct forge *branches = calloc(2, sizeof *branches);
    assert_non_null(branches);
    make_two_forks(&step, branches);
    branches[0].arena = step.log.arena;
    branch_off(&step.log, &branches[0], 3, 2);
    step.first = 4;
    sweep(&step, hear);
    forge_fini(&step.log);
    free(branches);
}

/* The first fork is turned round: the tail goes, the branch behind it gets its share of it, the
 * other one counts up to the verdict on the second fork, and on by one more verdict. */
static void the_first_of_two_forks_is_turned_round(void **state)
{
    struct step step = {.world = *state, .who = &step.world->district};
    struct forge *branches = calloc(2, sizeof *branches);
    assert_non_null(branches);
    make_two_forks(&step, branches);
    step.verdict = (struct wsync_verdict){.log = step.log.log,
                                          .seq = 2,
                                          .hash = wsync_hash_prefix_of(&branches[0].hashes[2]),
                                          .decision = WSYNC_DECISION_STANDS};
    step.world->district.now += 10;
    sweep(&step, decide);
    forge_fini(&step.log);
    free(branches);
}

/* Copies of one change come from two machines, the one that counts last. */
static void a_smaller_copy_comes_late(void **state)
{
    struct ward_pair *world = *state;
    make_lost_branch(world);
    ward_pair_clone(world); /* neither has heard the verdict */
    ward_pair_sync_on(world, &world->a);
    struct wsync_store *apart = wsync_store_mem_clone(world->district.store);
    struct forge verdicts;
    struct step step = {.world = world, .who = &world->twin};
    load_own_log(&step, &world->district);
    verdicts = step.log;
    struct wsync_change_set set = forge_set(&verdicts, 1, verdicts.seq);
    assert_int_equal(forge_give(&world->twin, &set), WSYNC_OK);
    replica_tell_moment(&world->twin);
    forge_settle(&world->twin); /* it writes its copies alone */
    wsync_store_close(apart);
    struct step first = {.world = world, .who = &world->a};
    load_own_log(&first, &world->twin);
    sweep(&first, hear);
    struct step second = {.world = world, .who = &world->twin};
    load_own_log(&second, &world->a);
    sweep(&second, hear);
    forge_fini(&step.log);
    forge_fini(&first.log);
    forge_fini(&second.log);
}

int main(void)
{
#define WORLD_TEST(name)                                                                       \
    cmocka_unit_test_setup_teardown(name, ward_pair_set_up, ward_pair_tear_down)
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_ward_gives_way),
        WORLD_TEST(a_reader_gives_way),
        WORLD_TEST(the_district_decides),
        WORLD_TEST(the_district_quarantines),
        WORLD_TEST(a_late_revocation),
        WORLD_TEST(a_verdict_is_turned_round),
        WORLD_TEST(a_branch_of_a_branch),
        WORLD_TEST(the_first_of_two_forks_is_turned_round),
        WORLD_TEST(a_smaller_copy_comes_late),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
