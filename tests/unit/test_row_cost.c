/* SPDX-License-Identifier: Apache-2.0 */
/* What a change-set costs goes by the records that it names, not by how often it names them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/bench.h"
#include "tests/heavy.h"
#include "tests/store_faulty.h"

/* Gives a run to the reader through a store that counts. */
static struct wsync_store_faulty counted(struct bench *world, struct forge *forge,
                                         uint64_t first)
{
    struct wsync_store_faulty counting;
    struct wsync_store *inner = world->reader.store;
    struct wsync_change_set set = forge_set(forge, first, forge->seq);
    wsync_store_faulty_init(&counting, inner);
    world->reader.store = &counting.base;
    assert_int_equal(forge_give(&world->reader, &set), WSYNC_OK);
    world->reader.store = inner;
    bench_unsettled(world, 0, 0);
    return counting;
}

/* Grows heavy records; a set holds two of those changes. */
static void grow(struct bench *world, uint64_t records)
{
    bench_give_all(world, &world->forms);
    heavy_grow(&world->a, records);
    for (uint64_t seq = 1; seq <= world->a.seq; seq += 2) {
        bench_give(world, &world->a, seq, seq < world->a.seq ? seq + 1 : seq);
    }
}

static void assert_rows(struct bench *world, uint64_t records, size_t changes,
                        size_t operations)
{
    uint64_t first = world->a.seq + 1;
    for (size_t i = 0; i < changes; i++) {
        heavy_rewrite(&world->a, records, operations);
    }
    struct wsync_store_faulty cost = counted(world, &world->a, first);
    assert_int_equal(cost.puts[WSYNC_TABLE_RECORDS], records);
    assert_in_range(cost.puts[WSYNC_TABLE_TOTALS], 1, 2 * records);
    assert_in_range(cost.gets[WSYNC_TABLE_RECORDS], records, records + operations);
    assert_int_equal(cost.puts[WSYNC_TABLE_HISTORY], changes * operations);
    for (uint64_t i = 0; i < records; i++) {
        uint64_t last = world->a.seq * WSYNC_OPERATIONS_MAX + operations - records + i;
        bench_shown(world, &world->a, 1 + i * HEAVY_GROW_CHANGES, (int64_t)last, 1);
    }
}

static void a_set_writes_a_record_once(void **state)
{
    grow(*state, 1);
    assert_rows(*state, 1, HEAVY_SET_CHANGES, WSYNC_OPERATIONS_MAX);
}

static void changes_of_one_operation_are_no_other_way(void **state)
{
    grow(*state, 1);
    assert_rows(*state, 1, 40, 1);
}

static void records_in_turn_are_no_other_way(void **state)
{
    grow(*state, 2);
    assert_rows(*state, 2, HEAVY_SET_CHANGES, WSYNC_OPERATIONS_MAX);
}

/* The digest, which no other way of computing the state may change. */
static void assert_same_anew(struct bench *world)
{
    struct wsync_hash here = replica_digest(&world->reader, 0);
    struct wsync_hash anew = replica_recomputed_digest(&world->reader, 0);
    assert_memory_equal(here.b, anew.b, sizeof here.b);
}

/* What does not fit in a hand is put down and taken again. */
static void a_hand_that_is_too_small_writes_more(void **state)
{
    enum { RECORDS = 3, OPERATIONS = 60, HOLDS_TWO = 2 * 310000 };
    struct bench *world = *state;
    grow(world, RECORDS);
    uint64_t first = world->a.seq + 1;
    for (size_t i = 0; i < HEAVY_SET_CHANGES; i++) {
        heavy_rewrite(&world->a, RECORDS, OPERATIONS);
    }
    size_t whole = world->reader.arena.size;
    wsync_arena_release(&world->reader.arena, 0);
    world->reader.arena.size = HOLDS_TWO;
    struct wsync_store_faulty cost = counted(world, &world->a, first);
    assert_int_equal(world->reader.arena.size, HOLDS_TWO);
    world->reader.arena.size = whole;
    assert_in_range(cost.puts[WSYNC_TABLE_RECORDS], RECORDS + 1,
                    HEAVY_SET_CHANGES * OPERATIONS);
    for (uint64_t i = 0; i < RECORDS; i++) {
        uint64_t last = world->a.seq * WSYNC_OPERATIONS_MAX + OPERATIONS - RECORDS + i;
        bench_shown(world, &world->a, 1 + i * HEAVY_GROW_CHANGES, (int64_t)last, 1);
    }
    assert_same_anew(world);
}

/* S10.3: a record that one change of a run filled is full for the next one. */
static void a_record_is_full_within_a_run(void **state)
{
    enum { EACH = 63, FIELDS = 3, CROWDS = 3 };
    struct bench *world = *state;
    struct wsync_operation made[EACH];
    const struct wsync_write writes[FIELDS] = {forge_integer(FORGE_DAY, BENCH_DAY),
                                               forge_integer(FORGE_COUNT, 1),
                                               forge_integer(FORGE_KIND, 1)};
    for (size_t i = 0; i < EACH; i++) {
        made[i] = (struct wsync_operation){.form = REPLICA_FORM,
                                           .version = 1,
                                           .record = {0, 1, 0},
                                           .writes = writes,
                                           .write_count = FIELDS};
    }
    bench_give_all(world, &world->forms);
    forge_create(&world->a, BENCH_DAY, 1, 1);
    for (int i = 0; i < CROWDS; i++) {
        forge_add_draft(&world->a, &(struct wsync_draft){.context.stamp_delta = 1,
                                                         .operations = made,
                                                         .operation_count = EACH});
    }
    bench_give_all(world, &world->a);
    bench_unsettled(world, 1, 0);
    struct wsync_record record = bench_record(world, &world->a, 1);
    assert_int_equal(record.live_count, FIELDS * (1 + 2 * EACH));
}

/* More records than a hand has places for. */
static void a_run_names_many_records(void **state)
{
    enum { CHANGES = 3, EACH = 40 };
    struct bench *world = *state;
    struct wsync_operation made[EACH];
    const struct wsync_write writes[] = {forge_integer(FORGE_DAY, BENCH_DAY),
                                         forge_integer(FORGE_COUNT, 1),
                                         forge_integer(FORGE_KIND, 1)};
    const struct wsync_write altered = forge_integer(FORGE_COUNT, 2);
    struct wsync_address bases[EACH];
    const struct wsync_draft draft = {
        .context.stamp_delta = 1, .operations = made, .operation_count = EACH};
    bench_give_all(world, &world->forms);
    for (uint64_t seq = 1; seq <= 2 * CHANGES; seq++) {
        bool creates = seq <= CHANGES;
        for (uint32_t i = 0; i < EACH; i++) {
            bases[i] = (struct wsync_address){0, creates ? 0 : seq - CHANGES, i};
            made[i] = (struct wsync_operation){.form = REPLICA_FORM,
                                               .version = 1,
                                               .creates = creates,
                                               .record = bases[i],
                                               .bases = &bases[i],
                                               .base_count = creates ? 0 : 1,
                                               .writes = creates ? writes : &altered,
                                               .write_count = creates ? 3 : 1};
        }
        forge_add_draft(&world->a, &draft);
    }
    struct wsync_store_faulty cost = counted(world, &world->a, 1);
    assert_int_equal(cost.puts[WSYNC_TABLE_RECORDS], 2 * CHANGES * EACH);
    bench_count(world, BENCH_DAY, CHANGES * EACH, 2 * CHANGES * EACH);
    assert_same_anew(world);
}

/* What waited for one form comes into the state in more than one transaction. */
static void settling_ends_when_it_wrote_much(void **state)
{
    enum { REWRITES = 40 };
    struct bench *world = *state;
    struct wsync_txn *txn;
    bool more = true;
    int runs = 0;
    heavy_grow(&world->a, 1);
    for (int i = 0; i < REWRITES; i++) {
        heavy_rewrite(&world->a, 1, WSYNC_OPERATIONS_MAX);
    }
    for (uint64_t seq = 1; seq <= world->a.seq; seq++) {
        struct wsync_change_set set = forge_set(&world->a, seq, seq);
        assert_int_equal(forge_give(&world->reader, &set), WSYNC_OK);
    }
    bench_unsettled(world, world->a.seq, 0);
    struct wsync_change_set forms = forge_set(&world->forms, 1, world->forms.seq);
    assert_int_equal(forge_give(&world->reader, &forms), WSYNC_OK);
    for (; more; runs++) {
        assert_int_equal(wsync_store_begin(world->reader.store, WSYNC_TXN_WRITE, &txn),
                         WSYNC_OK);
        assert_int_equal(
            wsync_ledger_settle(&world->reader.ledger, txn, &world->reader.arena, &more),
            WSYNC_OK);
        assert_in_range(txn->put_bytes, 0, WSYNC_PUMP_BYTES_MAX + 2 * WSYNC_RECORD_BYTES_MAX);
        assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
    }
    assert_in_range(runs, 2, REWRITES);
    bench_unsettled(world, 0, 0);
    assert_same_anew(world);
}

/* I4: neither where the runs are cut nor who computes it makes another state. */
static void the_state_is_that_of_single_changes(void **state)
{
    struct bench *world = *state;
    struct replica other;
    grow(world, 2);
    uint64_t first = world->a.seq + 1;
    for (size_t i = 0; i < HEAVY_SET_CHANGES; i++) {
        heavy_rewrite(&world->a, 2, WSYNC_OPERATIONS_MAX);
    }
    (void)counted(world, &world->a, first);
    struct wsync_hash at_once = replica_digest(&world->reader, 0);
    forge_reader(&other, &world->district);
    struct wsync_change_set forms = forge_set(&world->forms, 1, world->forms.seq);
    assert_int_equal(forge_give(&other, &forms), WSYNC_OK);
    for (uint64_t seq = 1; seq <= world->a.seq; seq++) {
        struct wsync_change_set set = forge_set(&world->a, seq, seq);
        assert_int_equal(forge_give(&other, &set), WSYNC_OK);
    }
    struct wsync_hash singly = replica_digest(&other, 0);
    assert_memory_equal(at_once.b, singly.b, sizeof at_once.b);
    replica_fini(&other);
    assert_same_anew(world);
}

int main(void)
{
#define BENCH_TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)
    const struct CMUnitTest tests[] = {
        BENCH_TEST(a_set_writes_a_record_once),
        BENCH_TEST(changes_of_one_operation_are_no_other_way),
        BENCH_TEST(records_in_turn_are_no_other_way),
        BENCH_TEST(a_hand_that_is_too_small_writes_more),
        BENCH_TEST(a_record_is_full_within_a_run),
        BENCH_TEST(a_run_names_many_records),
        BENCH_TEST(settling_ends_when_it_wrote_much),
        BENCH_TEST(the_state_is_that_of_single_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
