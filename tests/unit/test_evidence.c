/* SPDX-License-Identifier: Apache-2.0 */
/* What is shown of branches that lie aside: how many changes, which were written again, what
 * was decided. */
#include "host/evidence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/bench.h"
#include "tests/ward_pair_rich.h"

static struct wsync_txn *begin(struct replica *replica)
{
    struct wsync_txn *txn;
    assert_int_equal(wsync_store_begin(replica->store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    return txn;
}

/* Before the district decided, at whoever heard of both: a log of two changes, another branch
 * of the second with one more behind it. */
static void a_branch_waits_for_its_verdict(void **state)
{
    struct bench *world = *state;
    struct replica *reader = &world->reader;
    struct forge *other = malloc(sizeof *other);
    struct wsync_evidence evidence;
    enum wsync_standing standing;
    int64_t stamp;
    uint64_t changes;
    assert_non_null(other);
    forge_create(&world->a, BENCH_DAY, 1, 1);
    *other = world->a;
    forge_create(&world->a, BENCH_DAY, 2, 1);
    bench_give_all(world, &world->forms);
    bench_give_all(world, &world->a);
    other->arena = world->a.arena;
    forge_create(other, BENCH_DAY, 10, 1);
    forge_create(other, BENCH_DAY, 20, 1);
    bench_give(world, other, 1, 3);
    world->a.arena = other->arena;

    struct wsync_txn *txn = begin(reader);
    struct wsync_log log;
    assert_int_equal(wsync_log_find(txn, &world->a.log, &log), WSYNC_OK);
    assert_int_equal(wsync_evidence_next(txn, log.no, 0, &evidence), WSYNC_OK);
    assert_true(evidence.fork == 2 && evidence.seq == 3 && evidence.log.no == log.no);
    assert_memory_equal(evidence.hash.b, other->hashes[3].b, sizeof evidence.hash.b);
    assert_int_equal(wsync_evidence_next(txn, log.no, evidence.number, &evidence),
                     WSYNC_ERR_NOT_FOUND);
    assert_int_equal(wsync_evidence_next(txn, log.no, 0, &evidence), WSYNC_OK);
    assert_int_equal(wsync_evidence_standing(txn, &reader->arena, &evidence, &standing, &stamp),
                     WSYNC_OK);
    assert_true(standing == WSYNC_STANDING_UNDECIDED && stamp == 0);
    assert_int_equal(wsync_evidence_again(txn, &evidence, &changes), WSYNC_OK);
    assert_int_equal(changes, 0);
    assert_int_equal(wsync_evidence_count(txn, log.no, &changes), WSYNC_OK);
    assert_int_equal(changes, 2);
    assert_int_equal(wsync_evidence_count(txn, log.no + 1, &changes), WSYNC_OK);
    assert_int_equal(changes, 0);
    wsync_txn_abort(txn);
    free(other);
}

/* After it, at the district and at the author, who wrote his changes again. */
static void a_verdict_says_which_stands(void **state)
{
    struct ward_pair *world = *state;
    struct replica *both[] = {&world->district, &world->a};
    for (size_t i = 0; i < 2; i++) {
        struct wsync_txn *txn = begin(both[i]);
        struct wsync_entry entry = {.key = {NULL, 0}};
        struct wsync_evidence evidence;
        enum wsync_standing standing;
        int64_t stamp;
        uint64_t again;
        uint64_t all;
        assert_int_equal(wsync_txn_seek(txn, WSYNC_TABLE_BRANCHES, WSYNC_SEEK_GT, &entry),
                         WSYNC_OK);
        assert_true(wsync_evidence_read(txn, &entry, &evidence));
        assert_int_equal(
            wsync_evidence_standing(txn, &both[i]->arena, &evidence, &standing, &stamp),
            WSYNC_OK);
        assert_true(standing == WSYNC_STANDING_LOG && stamp > 0);
        assert_int_equal(wsync_evidence_again(txn, &evidence, &again), WSYNC_OK);
        assert_int_equal(again, evidence.seq - evidence.fork + 1);
        assert_int_equal(wsync_evidence_count(txn, 0, &all), WSYNC_OK);
        assert_int_equal(all, again);
        evidence.log.no++; /* a verdict on another log is none on this */
        assert_int_equal(
            wsync_evidence_standing(txn, &both[i]->arena, &evidence, &standing, &stamp),
            WSYNC_OK);
        assert_int_equal(standing, WSYNC_STANDING_UNDECIDED);
        wsync_txn_abort(txn);
    }
}

/* A damaged row is no branch, whatever asks. */
static void a_row_that_cannot_be_read_is_corrupt(void **state)
{
    struct ward_pair *world = *state;
    struct wsync_txn *txn;
    struct wsync_evidence evidence;
    uint64_t changes;
    const uint8_t key[8] = {0, 0, 0, 1, 0, 0, 0, 1};
    assert_int_equal(wsync_store_begin(world->b.store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    assert_int_equal(wsync_txn_put(txn, WSYNC_TABLE_BRANCHES, wsync_slice(key, sizeof key),
                                   wsync_slice_of("short")),
                     WSYNC_OK);
    assert_int_equal(wsync_evidence_next(txn, 1, 0, &evidence), WSYNC_ERR_CORRUPT);
    assert_int_equal(wsync_evidence_count(txn, 0, &changes), WSYNC_ERR_CORRUPT);
    wsync_txn_abort(txn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_branch_waits_for_its_verdict, bench_set_up,
                                        bench_tear_down),
        cmocka_unit_test_setup_teardown(a_verdict_says_which_stands, ward_pair_rich,
                                        ward_pair_tear_down),
        cmocka_unit_test_setup_teardown(a_row_that_cannot_be_read_is_corrupt, ward_pair_rich,
                                        ward_pair_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
