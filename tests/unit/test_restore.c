/* SPDX-License-Identifier: Apache-2.0 */
/* Stores that go back and devices that are there twice (SPEC sections 5.7 and 13, invariants 1,
 * 5 and 7): nothing is lost, nothing counts twice, and everybody agrees in the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/branch.h"
#include "tests/store_mem.h"
#include "tests/ward_pair.h"
#include "wardsync/restore.h"
#include "wardsync/verdict.h"

/* `a` wrote 1, 2, then a backup, then 4, 8, all held by the district; the backup is put back.
 */
static struct wsync_log go_back(struct ward_pair *world)
{
    ward_pair_sync(world, &world->a, WSYNC_OK); /* brings the form */
    ward_pair_sync(world, &world->b, WSYNC_OK);
    ward_pair_create(&world->a, 1);
    ward_pair_create(&world->a, 2);
    ward_pair_sync(world, &world->a, WSYNC_OK);
    struct wsync_store *backup = wsync_store_mem_clone(world->a.store);
    ward_pair_create(&world->a, 4);
    ward_pair_create(&world->a, 8);
    ward_pair_sync(world, &world->a, WSYNC_OK);
    struct wsync_log old = ward_pair_own_log(&world->a, WARD_PAIR_UNIT);
    ward_pair_put_back(&world->a, backup);
    world->a.draws += 100; /* its dice are no older */
    return old;
}

/* Everybody syncs, so often. */
static void everybody(struct ward_pair *world, int rounds)
{
    for (int round = 0; round < rounds; round++) {
        ward_pair_sync_on(world, &world->a);
        if (world->has_twin) {
            ward_pair_sync_on(world, &world->twin);
        }
        ward_pair_sync_on(world, &world->b);
    }
}

/* S9.14, S13.6, S13.7, S13.9: a ward that went back is told so, never writes that log again,
 * gets its tail back and goes on in another log. */
static void a_restored_ward_goes_on_in_a_new_log(void **state)
{
    struct ward_pair *world = *state;
    struct wsync_log old = go_back(world);
    ward_pair_sync(world, &world->a, WSYNC_ERR_DIVERGED);
    assert_int_equal(ward_pair_own_log(&world->a, WARD_PAIR_UNIT).no, 0);
    ward_pair_sync(world, &world->a, WSYNC_OK);
    ward_pair_totals(&world->a, 4, 15);
    ward_pair_create(&world->a, 16);
    struct wsync_log fresh = ward_pair_own_log(&world->a, WARD_PAIR_UNIT);
    assert_false(wsync_log_id_equal(&fresh.id, &old.id));
    ward_pair_sync(world, &world->a, WSYNC_OK);
    ward_pair_sync_on(world, &world->b);
    ward_pair_agreed(world, 5, 31);
}

/* S13.8: the new log names the old one as last acknowledged. */
static void a_new_log_names_the_one_before(void **state)
{
    struct ward_pair *world = *state;
    struct wsync_log old = go_back(world);
    struct wsync_txn *txn;
    struct wsync_slice bytes;
    struct wsync_genesis genesis;
    ward_pair_sync(world, &world->a, WSYNC_ERR_DIVERGED);
    ward_pair_create(&world->a, 16);
    struct wsync_log fresh = ward_pair_own_log(&world->a, WARD_PAIR_UNIT);
    assert_int_equal(wsync_store_begin(world->a.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_log_genesis(txn, fresh.no, &bytes), WSYNC_OK);
    assert_int_equal(wsync_genesis_decode(bytes, &world->a.arena, &genesis), WSYNC_OK);
    wsync_txn_abort(txn);
    assert_true(genesis.has_previous);
    assert_memory_equal(genesis.previous.log.b, old.id.b, sizeof old.id.b);
    assert_int_equal(genesis.previous.seq, 2);
}

/* S5.27 to S5.29, S5.31, S13.12, S13.14: a ward that wrote on before it knew.  Its changes are
 * kept, written again, and count once; until then they count where they are. */
static void changes_of_a_lost_branch_are_written_again(void **state)
{
    struct ward_pair *world = *state;
    struct wsync_log old = go_back(world);
    ward_pair_create(&world->a, 100);
    ward_pair_create(&world->a, 200);
    ward_pair_create(&world->a, 400); /* its branch is longer than the district's */
    ward_pair_totals(&world->a, 5, 703);
    ward_pair_sync(world, &world->a, WSYNC_ERR_DIVERGED);
    ward_pair_totals(&world->a, 5, 703); /* kept meanwhile */
    ward_pair_sync_on(world, &world->a);
    ward_pair_sync_on(world, &world->b);
    ward_pair_agreed(world, 7, 715);
    struct wsync_log fresh = ward_pair_own_log(&world->a, WARD_PAIR_UNIT);
    assert_false(wsync_log_id_equal(&fresh.id, &old.id));
    assert_int_equal(fresh.seq, 3);
}

/* The shorter branch is the ward's: it learns of the fork from what the district sends. */
static void a_shorter_branch_is_handed_in_as_well(void **state)
{
    struct ward_pair *world = *state;
    go_back(world);
    ward_pair_create(&world->a, 100);
    ward_pair_sync(world, &world->a, WSYNC_ERR_DIVERGED);
    ward_pair_sync_on(world, &world->a);
    ward_pair_sync_on(world, &world->b);
    ward_pair_agreed(world, 5, 115);
}

/* What was changed on the lost branch names what was created there: the copies do, too. */
static void copies_name_each_other(void **state)
{
    struct ward_pair *world = *state;
    struct wsync_dot record;
    go_back(world);
    world->a.now++;
    assert_int_equal(replica_create(&world->a, WARD_PAIR_DAY, 100, 1, &record), WSYNC_OK);
    assert_int_equal(replica_set_count(&world->a, record, 300), WSYNC_OK);
    ward_pair_create(&world->a, 500);
    assert_int_equal(replica_delete(&world->a, record), WSYNC_OK);
    record.seq = 1; /* one of the common part */
    assert_int_equal(replica_set_count(&world->a, record, 7), WSYNC_OK);
    ward_pair_sync_on(world, &world->a);
    ward_pair_sync_on(world, &world->b);
    ward_pair_agreed(world, 5, 7 + 2 + 4 + 8 + 500);
}

/* The device went on in another log before it knew: what it changed there names the branch that
 * is lost, and means the copy; or, of the common part, what stands. */
static void a_reference_into_a_lost_branch_means_the_copy(void **state)
{
    struct ward_pair *world = *state;
    struct wsync_dot record;
    struct wsync_txn *txn;
    go_back(world);
    world->a.now++;
    assert_int_equal(replica_create(&world->a, WARD_PAIR_DAY, 100, 1, &record), WSYNC_OK);
    struct wsync_dot common = {record.log_no, 1, record.op};
    assert_int_equal(wsync_store_begin(world->a.store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    assert_int_equal(wsync_retire(txn, WARD_PAIR_UNIT), WSYNC_OK);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
    assert_int_equal(replica_set_count(&world->a, record, 300), WSYNC_OK);
    assert_int_equal(replica_set_count(&world->a, common, 64), WSYNC_OK);
    ward_pair_sync_on(world, &world->a);
    ward_pair_sync_on(world, &world->b);
    ward_pair_sync_on(world, &world->a);
    ward_pair_agreed(world, 5, 64 + 2 + 4 + 8 + 300);
}

/* Invariant 7: two machines with one key and one store. */
static void two_clones_both_go_on(void **state)
{
    struct ward_pair *world = *state;
    ward_pair_sync(world, &world->a, WSYNC_OK);
    ward_pair_sync(world, &world->b, WSYNC_OK);
    ward_pair_create(&world->a, 1);
    ward_pair_sync(world, &world->a, WSYNC_OK);
    ward_pair_create(&world->a, 2); /* not sent yet */
    ward_pair_clone(world);
    ward_pair_create(&world->a, 4);
    ward_pair_create(&world->twin, 8);
    ward_pair_create(&world->twin, 16);
    ward_pair_sync(world, &world->a, WSYNC_OK);
    ward_pair_sync_on(world, &world->twin);
    ward_pair_create(&world->twin, 32);
    ward_pair_create(&world->a, 64);
    everybody(world, 3);
    ward_pair_agreed(world, 7, 127);
    struct wsync_log one = ward_pair_own_log(&world->a, WARD_PAIR_UNIT);
    struct wsync_log other = ward_pair_own_log(&world->twin, WARD_PAIR_UNIT);
    assert_false(wsync_log_id_equal(&one.id, &other.id));
}

/* A device of the ward that writes nothing here reads the branch that lost beyond what the
 * district has of it, and hears of the verdict before it handed that in. */
static void a_longer_tail_is_handed_in_behind_the_verdict(void **state)
{
    struct ward_pair *world = *state;
    ward_pair_sync(world, &world->a, WSYNC_OK);
    ward_pair_sync(world, &world->b, WSYNC_OK);
    ward_pair_create(&world->a, 1);
    ward_pair_sync(world, &world->a, WSYNC_OK);
    struct wsync_store *old_ward = wsync_store_mem_clone(world->a.store);
    struct wsync_store *old_district = wsync_store_mem_clone(world->district.store);
    ward_pair_create(&world->a, 2);
    ward_pair_clone(world); /* knows of one change of the branch that will be lost */
    ward_pair_create(&world->a, 4);
    ward_pair_sync(world, &world->a, WSYNC_OK);
    ward_pair_sync(world, &world->b, WSYNC_OK); /* holds both, acknowledged */
    ward_pair_put_back(&world->a, old_ward);
    ward_pair_put_back(&world->district, old_district);
    world->a.draws += 100;
    world->district.draws += 100;
    ward_pair_create(&world->a, 8);
    ward_pair_sync(world, &world->a, WSYNC_OK);
    ward_pair_sync_on(world, &world->twin); /* the verdict is passed */
    ward_pair_sync_on(world, &world->b);
    everybody(world, 2);
    ward_pair_agreed(world, 4, 15);
}

/* The record that was created last, edited behind the back of its log: the edit names it by the
 * branch that will be lost. */
static void edit_in_new_log(struct replica *ward, int64_t count, int64_t edited)
{
    struct wsync_dot record;
    struct wsync_txn *txn;
    ward->now++;
    assert_int_equal(replica_create(ward, WARD_PAIR_DAY, count, 1, &record), WSYNC_OK);
    assert_int_equal(wsync_store_begin(ward->store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    assert_int_equal(wsync_retire(txn, WARD_PAIR_UNIT), WSYNC_OK);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
    assert_int_equal(replica_set_count(ward, record, edited), WSYNC_OK);
}

/* S5.27, S6.9: a clone of a clone.  Three machines went on from the same log, two of them from
 * the same branch of it; what each edited is what it meant. */
static void a_clone_of_a_clone(void **state)
{
    struct ward_pair *world = *state;
    ward_pair_sync(world, &world->a, WSYNC_OK);
    ward_pair_sync(world, &world->b, WSYNC_OK);
    ward_pair_create(&world->a, 1);
    ward_pair_sync(world, &world->a, WSYNC_OK);
    ward_pair_clone(world);
    ward_pair_create(&world->a, 2);
    ward_pair_sync(world, &world->a, WSYNC_OK); /* this one will stand */
    ward_pair_create(&world->twin, 4);
    struct wsync_store *first = wsync_store_mem_clone(world->twin.store);
    edit_in_new_log(&world->twin, 1000, 8);
    ward_pair_sync_on(world, &world->twin);
    struct wsync_store *second = world->twin.store;
    world->twin.store = first; /* the third machine */
    wsync_catalog_forget(world->twin.catalog);
    world->twin.draws += 500;
    edit_in_new_log(&world->twin, 2000, 16);
    ward_pair_sync_on(world, &world->twin);
    everybody(world, 3);
    ward_pair_agreed(world, 5, 31);
    ward_pair_put_back(&world->twin, second);
    ward_pair_sync_on(world, &world->twin);
    ward_pair_sync_on(world, &world->b);
    ward_pair_sync_on(world, &world->a);
    ward_pair_agreed(world, 5, 31);
}

/* S5.27, S9.20: more machines with one key than a log may have branches.  The last ones are
 * refused with FORK, but only behind all they have to say besides, so that what they wrote
 * again counts. */
static void more_clones_than_branches(void **state)
{
    enum { CLONES = WSYNC_BRANCHES_MAX + 3 };
    struct ward_pair *world = *state;
    int64_t total = 1;
    bool refused = false;
    ward_pair_sync(world, &world->a, WSYNC_OK);
    ward_pair_create(&world->a, 1);
    ward_pair_sync(world, &world->a, WSYNC_OK);
    struct wsync_store *backup = wsync_store_mem_clone(world->a.store);
    ward_pair_clone(world);
    for (int i = 0; i < CLONES; i++) {
        ward_pair_put_back(&world->twin, wsync_store_mem_clone(backup));
        world->twin.draws += 1000;
        ward_pair_create(&world->twin, 2 << i);
        total += 2 << i;
        for (int round = 0; round < 4; round++) {
            refused |= replica_sync(&world->twin, &world->district, &world->installation,
                                    NULL) == WSYNC_ERR_FORK;
        }
    }
    wsync_store_close(backup);
    assert_true(refused);
    ward_pair_totals(&world->district, CLONES + 1, total);
}

/* Another device's change with this origin. */
static void claim_origin(struct replica *liar, const struct wsync_head *change)
{
    const struct wsync_write writes[] = {
        {1, false, {.class = WSYNC_CLASS_INTEGER, .integer = WARD_PAIR_DAY}},
        {2, false, {.class = WSYNC_CLASS_INTEGER, .integer = 10000}}};
    const struct wsync_intent intent = {.form = REPLICA_FORM,
                                        .version = 1,
                                        .creates = true,
                                        .writes = writes,
                                        .write_count = 2};
    const struct wsync_again again = {
        .origin = {change->log, change->seq, wsync_hash_prefix_of(&change->hash)}};
    struct wsync_authoring authoring = {
        .scope = WARD_PAIR_UNIT, .intents = &intent, .intent_count = 1, .again = &again};
    struct wsync_dot written;
    struct wsync_txn *txn;
    liar->now++;
    replica_tell_moment(liar);
    authoring.now = liar->ledger.moment.time;
    authoring.entropy = liar->ledger.moment.entropy;
    assert_int_equal(wsync_store_begin(liar->store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    enum wsync_err err =
        wsync_ledger_write(&liar->ledger, txn, &liar->arena, &authoring, &written);
    assert_int_equal(err, WSYNC_OK);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
}

/* S13.12, S13.13: what another device claims to have written again is quarantined, and the
 * author writes its change all the same. */
static void a_claimed_origin_is_no_copy(void **state)
{
    struct ward_pair *world = *state;
    go_back(world);
    ward_pair_sync(world, &world->b, WSYNC_OK);
    ward_pair_create(&world->a, 100);
    struct wsync_log lost = ward_pair_own_log(&world->a, WARD_PAIR_UNIT);
    const struct wsync_head head = {lost.id, lost.seq, lost.hash};
    claim_origin(&world->b, &head);
    ward_pair_sync_on(world, &world->b);
    everybody(world, 3);
    ward_pair_agreed(world, 5, 115);
}

/* S13.14: a lost branch that two machines write again counts once. */
static void two_copies_of_one_origin_count_once(void **state)
{
    struct ward_pair *world = *state;
    go_back(world);
    ward_pair_create(&world->a, 100);
    ward_pair_create(&world->a, 200);
    ward_pair_clone(world);
    ward_pair_sync_on(world, &world->a);
    ward_pair_create(&world->a, 1000);
    ward_pair_sync_on(world, &world->twin);
    everybody(world, 3);
    ward_pair_agreed(world, 7, 1315);
}

/* The same before either knows of the other's copies. */
static void copies_made_apart_count_once(void **state)
{
    struct ward_pair *world = *state;
    go_back(world);
    ward_pair_create(&world->a, 100);
    ward_pair_create(&world->a, 200);
    ward_pair_sync(world, &world->a, WSYNC_ERR_DIVERGED);
    ward_pair_clone(world); /* neither has heard the verdict */
    struct wsync_store *apart = wsync_store_mem_clone(world->district.store);
    ward_pair_sync_on(world, &world->a);
    struct wsync_store *whole = world->district.store;
    world->district.store = apart; /* the twin meets a district that knows nothing of that */
    wsync_catalog_forget(world->district.catalog);
    ward_pair_sync_on(world, &world->twin);
    ward_pair_put_back(&world->district, whole);
    everybody(world, 3);
    ward_pair_agreed(world, 6, 315);
}

/* Invariant 1, S13.10: a district that went back is refilled by its wards, its own logs
 * included, and writes in a new one. */
static void a_restored_district_is_refilled(void **state)
{
    struct ward_pair *world = *state;
    struct wsync_dot written;
    ward_pair_sync(world, &world->a, WSYNC_OK);
    ward_pair_create(&world->a, 1);
    ward_pair_sync(world, &world->a, WSYNC_OK);
    struct wsync_store *backup = wsync_store_mem_clone(world->district.store);
    ward_pair_create(&world->a, 2);
    world->district.now++;
    assert_int_equal(
        replica_write(&world->district, WARD_PAIR_UNIT,
                      &(struct wsync_intent){
                          .form = REPLICA_FORM,
                          .version = 1,
                          .creates = true,
                          .writes = (struct wsync_write[]){forge_integer(1, WARD_PAIR_DAY),
                                                           forge_integer(2, 1000)},
                          .write_count = 2},
                      1, &written),
        WSYNC_OK);
    ward_pair_sync_on(world, &world->a);
    ward_pair_sync_on(world, &world->b);
    ward_pair_agreed(world, 3, 1003);
    ward_pair_put_back(&world->district, backup);
    world->district.draws += 1000;
    assert_int_equal(replica_epoch(&world->district), 0);
    ward_pair_create(&world->a, 4);
    ward_pair_sync_on(world, &world->a);
    ward_pair_sync_on(world, &world->b);
    ward_pair_agreed(world, 4, 1007);
}

static void district_creates(struct ward_pair *world, int64_t count)
{
    struct wsync_dot written;
    world->district.scope = WARD_PAIR_UNIT; /* where it writes */
    world->district.now++;
    assert_int_equal(replica_create(&world->district, WARD_PAIR_DAY, count, 1, &written),
                     WSYNC_OK);
    world->district.scope = REPLICA_TOP;
}

/* The district's own log, forked: it wrote on before a ward showed it what it had written. */
static void a_restored_district_that_wrote_on_settles_its_own_fork(void **state)
{
    struct ward_pair *world = *state;
    ward_pair_sync(world, &world->a, WSYNC_OK);
    district_creates(world, 1);
    ward_pair_sync_on(world, &world->a);
    struct wsync_store *backup = wsync_store_mem_clone(world->district.store);
    district_creates(world, 2);
    ward_pair_sync_on(world, &world->a);
    ward_pair_put_back(&world->district, backup);
    world->district.draws += 1000;
    district_creates(world, 4);
    district_creates(world, 8);
    ward_pair_sync_on(world, &world->b); /* has what was written behind the backup alone */
    everybody(world, 3);
    ward_pair_agreed(world, 4, 15);
    assert_true(replica_epoch(&world->district) > 0);
    assert_int_equal(replica_epoch(&world->a), replica_epoch(&world->district));
}

/* S10.33: the admin decides otherwise; the other branch stands from then on. */
static void a_verdict_can_be_changed(void **state)
{
    struct ward_pair *world = *state;
    struct wsync_log old = go_back(world);
    struct wsync_verdict verdict;
    struct wsync_txn *txn;
    struct wsync_log log;
    ward_pair_create(&world->a, 100);
    struct wsync_log other = ward_pair_own_log(&world->a, WARD_PAIR_UNIT);
    ward_pair_sync_on(world, &world->a);
    ward_pair_sync_on(world, &world->b);
    ward_pair_agreed(world, 5, 115);
    world->district.now += 10;
    assert_int_equal(wsync_store_begin(world->district.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_log_find(txn, &old.id, &log), WSYNC_OK);
    assert_int_equal(wsync_verdict_on_branch(txn, &world->district.arena, &log, 3, &verdict),
                     WSYNC_OK);
    assert_int_equal(verdict.decision, WSYNC_DECISION_STANDS);
    verdict.record = (struct wsync_dot){0}; /* a second record: the later one holds */
    verdict.note = wsync_slice_of("");
    verdict.hash = wsync_hash_prefix_of(&other.hash);
    wsync_txn_abort(txn);
    forge_pass(&world->district, WARD_PAIR_UNIT, &verdict);
    ward_pair_totals(&world->district, 3, 103); /* 4 and 8 gave way: their author must return */
    everybody(world, 3);
    ward_pair_agreed(world, 5, 115);
}

/* S5.30, S9.21, S9.63, S10.26, S10.37: the admin says that a branch stands which nobody holds
 * any more, from the first change on.  All of the log is put aside; who never held it does not
 * wait for it, and what is sent again is kept once. */
static void a_log_of_which_all_is_put_aside(void **state)
{
    struct ward_pair *world = *state;
    struct wsync_verdict verdict = {
        .seq = 1, .decision = WSYNC_DECISION_STANDS, .note = wsync_slice_of("")};
    struct wsync_branch branch;
    struct wsync_log log;
    struct wsync_txn *txn;
    ward_pair_sync(world, &world->a, WSYNC_OK);
    ward_pair_create(&world->a, 1);
    ward_pair_create(&world->a, 2);
    ward_pair_sync(world, &world->a, WSYNC_OK);
    log = ward_pair_own_log(&world->a, WARD_PAIR_UNIT);
    ward_pair_clone(world); /* one more machine that will send it all again */
    verdict.log = log.id;
    memset(verdict.hash.b, 7, sizeof verdict.hash.b);
    forge_pass(&world->district, WARD_PAIR_UNIT, &verdict);
    ward_pair_totals(&world->district, 0, 0);
    struct wsync_hash live = replica_digest(&world->district, WARD_PAIR_UNIT);
    struct wsync_hash anew = replica_recomputed_digest(&world->district, WARD_PAIR_UNIT);
    assert_memory_equal(live.b, anew.b, sizeof live.b);
    ward_pair_sync(world, &world->twin, WSYNC_OK);
    ward_pair_sync_on(world, &world->b);
    everybody(world, 3);
    ward_pair_totals(&world->district, 2, 3); /* written again */
    ward_pair_same(&world->a, &world->district);
    assert_int_equal(wsync_store_begin(world->district.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_log_find(txn, &log.id, &log), WSYNC_OK);
    assert_int_equal(log.seq, 0);
    assert_int_equal(wsync_branch_after(txn, log.no, 0, &branch), WSYNC_OK);
    assert_int_equal(branch.seq, 2);
    wsync_txn_abort(txn);
}

int main(void)
{
#define WORLD_TEST(name)                                                                       \
    cmocka_unit_test_setup_teardown(name, ward_pair_set_up, ward_pair_tear_down)
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_restored_ward_goes_on_in_a_new_log),
        WORLD_TEST(a_new_log_names_the_one_before),
        WORLD_TEST(changes_of_a_lost_branch_are_written_again),
        WORLD_TEST(a_shorter_branch_is_handed_in_as_well),
        WORLD_TEST(copies_name_each_other),
        WORLD_TEST(a_reference_into_a_lost_branch_means_the_copy),
        WORLD_TEST(two_clones_both_go_on),
        WORLD_TEST(a_longer_tail_is_handed_in_behind_the_verdict),
        WORLD_TEST(a_clone_of_a_clone),
        WORLD_TEST(more_clones_than_branches),
        WORLD_TEST(a_claimed_origin_is_no_copy),
        WORLD_TEST(two_copies_of_one_origin_count_once),
        WORLD_TEST(copies_made_apart_count_once),
        WORLD_TEST(a_restored_district_is_refilled),
        WORLD_TEST(a_restored_district_that_wrote_on_settles_its_own_fork),
        WORLD_TEST(a_verdict_can_be_changed),
        WORLD_TEST(a_log_of_which_all_is_put_aside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
