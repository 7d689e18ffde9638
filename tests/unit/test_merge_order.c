/* SPDX-License-Identifier: Apache-2.0 */
/* What an address means, what waits and what is set aside, whatever comes first (SPEC sections
 * 5, 6.2, 10.1 and 10.3, invariant 4). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/bench.h"

/* S6.9: a reference names a branch; on another one its addresses have no effect until what it
 * names was written again. */
static void a_reference_to_another_branch_waits_for_a_copy(void **state)
{
    struct bench *world = *state;
    struct forge branch; /* one log twice: a clone wrote the other */
    forge_init(&branch, &world->wards[0], &world->installation, BENCH_VERSION, 1);
    assert_memory_equal(branch.log.b, world->a.log.b, sizeof branch.log.b);
    forge_create(&world->a, BENCH_DAY, 1, 1);
    forge_create(&branch, BENCH_DAY, 7, 1); /* the clone's first change */
    bench_meet(&world->b, &world->a, 1);
    bench_meet(&world->b, &branch, 1);
    bench_set_count(&world->b, bench_at(1, 1), bench_at(2, 1),
                    20); /* base on the branch that is not here */
    bench_set_count(&world->b, bench_at(2, 1), BENCH_NONE, 21); /* record on it */
    bench_set_count(&world->b, bench_at(1, 1), bench_at(1, 1), 22);
    bench_give_all(world, &world->forms);
    bench_give_all(world, &world->a);
    bench_give(world, &world->b, 1, 3);
    bench_shown(world, &world->a, 1, 20, 2);
    bench_give(world, &world->b, 4, 5);
    bench_unsettled(world, 1, 0); /* nobody wrote the clone's record again, yet */
    bench_shown(world, &world->a, 1, 22, 2);
    forge_fini(&branch);
}

/* S5.5, S6.8: a reference stands for the prefix up to its seq and for nothing beyond, also when
 * more of that log is here. */
static void a_reference_ends_at_its_seq(void **state)
{
    struct bench *world = *state;
    forge_create(&world->a, BENCH_DAY, 1, 1);
    bench_set_count(&world->a, bench_at(0, 1), bench_at(0, 1), 2);
    forge_create(&world->a, BENCH_DAY, 4, 1);
    bench_meet(&world->b, &world->a, 1);
    bench_set_count(&world->b, bench_at(1, 1), bench_at(1, 2), 20); /* the base is beyond */
    bench_set_count(&world->b, bench_at(1, 3), BENCH_NONE, 40);     /* the record is */
    bench_set_count(&world->b, bench_at(1, 9), BENCH_NONE,
                    90); /* and there is no such change */
    bench_give_all(world, &world->forms);
    bench_give_all(world, &world->a);
    bench_give_all(world, &world->b);
    bench_shown(world, &world->a, 1, 20, 2);
    bench_shown(world, &world->a, 3, 4, 1);
    bench_unsettled(world, 0, 2);
    assert_int_equal(bench_reason(world, &world->b, 3), WSYNC_ERR_RECORD);
    assert_int_equal(bench_reason(world, &world->b, 4), WSYNC_ERR_RECORD);
}

/* What its peers would quarantine or wait with, an author is told, and nothing is kept. */
static void an_author_hears_what_its_peers_would_say(void **state)
{
    struct bench *world = *state;
    struct replica *district = &world->district;
    struct wsync_dot dot;
    const struct wsync_write write = forge_integer(FORGE_COUNT, 1);
    struct wsync_intent intent = {.form = REPLICA_FORM,
                                  .version = 9,
                                  .creates = true,
                                  .writes = &write,
                                  .write_count = 1};
    struct wsync_hash before = forge_image(district->store);
    assert_int_equal(replica_create(district, BENCH_DAY, 1, 9, &dot), WSYNC_ERR_VALUE);
    assert_int_equal(replica_write(district, REPLICA_TOP, &intent, 1, &dot),
                     WSYNC_ERR_NOT_FOUND);
    intent.version = 1;
    intent.creates = false;
    intent.record = (struct wsync_dot){1, 1, 5};
    assert_int_equal(replica_write(district, REPLICA_TOP, &intent, 1, &dot), WSYNC_ERR_RECORD);
    struct wsync_hash after = forge_image(district->store);
    assert_memory_equal(before.b, after.b, sizeof before.b);
    intent.creates = true;
    assert_int_equal(replica_write(district, REPLICA_TOP, &intent, 1, &dot), WSYNC_OK);
}

/* S6.8: a reference counts from the change that brings it.  A change that names it earlier is
 * the same nonsense on every replica, also where it is looked at again later (invariant 4). */
static void a_reference_that_comes_later_is_none(void **state)
{
    struct bench *world = *state;
    struct replica other;
    forge_create(&world->a, BENCH_DAY, 1, 1);
    bench_meet(&world->b, &world->a, 1);
    bench_set_count(&world->b, bench_at(2, 1), BENCH_NONE,
                    20); /* there is no reference 2 yet */
    bench_meet(&world->b, &world->a, 1);
    bench_give_all(world, &world->forms); /* every change is judged as it arrives */
    bench_give_all(world, &world->a);
    bench_give(world, &world->b, 1, 2);
    bench_give(world, &world->b, 3, 3);
    bench_unsettled(world, 0, 1);
    forge_reader(&other, &world->district); /* the form comes last: it is judged again */
    struct forge *logs[] = {&world->a, &world->b, &world->forms};
    for (size_t i = 0; i < 3; i++) {
        struct wsync_change_set set = forge_set(logs[i], 1, logs[i]->seq);
        assert_int_equal(forge_give(&other, &set), WSYNC_OK);
    }
    struct wsync_hash first = replica_digest(&world->reader, 0);
    struct wsync_hash second = replica_digest(&other, 0);
    replica_fini(&other);
    assert_memory_equal(first.b, second.b, sizeof first.b);
}

/* S5.3: an origin changes no other change's stamp, however the log is cut into sets. */
static void an_origin_moves_no_other_stamp(void **state)
{
    struct bench *world = *state;
    struct replica other;
    struct wsync_draft moved = {
        .context = {.stamp_delta = 1, .has_origin = true, .origin = {1, 1, 1000000}}};
    forge_create(&world->b, BENCH_DAY, 1, 1);
    bench_meet(&world->a, &world->b, 1);
    forge_add_draft(&world->a, &moved);
    forge_create(&world->a, BENCH_DAY, 1, 1);
    bench_give_all(world, &world->forms);
    bench_give_all(world, &world->a);
    forge_reader(&other, &world->district);
    struct wsync_change_set set = forge_set(&world->forms, 1, world->forms.seq);
    assert_int_equal(forge_give(&other, &set), WSYNC_OK);
    for (uint64_t seq = 1; seq <= 3; seq++) {
        set = forge_set(&world->a, seq, seq);
        assert_int_equal(forge_give(&other, &set), WSYNC_OK);
    }
    struct wsync_hash first = replica_digest(&world->reader, 0);
    struct wsync_hash second = replica_digest(&other, 0);
    replica_fini(&other);
    assert_memory_equal(first.b, second.b, sizeof first.b);
    struct wsync_record record = bench_record(world, &world->a, 3);
    assert_int_equal(record.live[0].stamp, world->a.genesis.stamp + 3);
}

/* S10.11: it waits, is held and sent on, and is released by the form itself. */
static void a_change_waits_for_its_form_version(void **state)
{
    struct bench *world = *state;
    bench_define_version_2(world);
    const struct wsync_write writes[] = {forge_integer(FORGE_DAY, BENCH_DAY),
                                         forge_integer(FORGE_COUNT, 4)};
    const struct wsync_operation operation = {.form = REPLICA_FORM,
                                              .version = 2,
                                              .creates = true,
                                              .writes = writes,
                                              .write_count = 2};
    forge_add(&world->a, &operation);
    forge_create(&world->a, BENCH_DAY, 1, 1);
    bench_set_count(&world->a, bench_at(0, 1), bench_at(0, 1),
                    6); /* waits for the one that waits */
    bench_give(world, &world->forms, 1, 1);
    bench_give_all(world, &world->a);
    bench_unsettled(world, 2, 0);
    bench_count(world, BENCH_DAY, 1, 1);
    bench_give(world, &world->forms, 2, 2);
    bench_unsettled(world, 0, 0);
    bench_count(world, BENCH_DAY, 2, 7);
}

/* S10.11, S10.12: nothing of a change takes effect before all of it can. */
static void a_change_waits_as_a_whole_for_a_record(void **state)
{
    struct bench *world = *state;
    forge_create(&world->a, BENCH_DAY, 1, 1);
    struct wsync_reference reference = forge_reference(&world->a, 1);
    const struct wsync_write day[] = {forge_integer(FORGE_DAY, BENCH_DAY),
                                      forge_integer(FORGE_COUNT, 100)};
    const struct wsync_write count = forge_integer(FORGE_COUNT, 2);
    struct wsync_address base = bench_at(1, 1);
    const struct wsync_operation operations[] = {
        {.form = REPLICA_FORM, .version = 1, .creates = true, .writes = day, .write_count = 2},
        {.form = REPLICA_FORM,
         .version = 1,
         .record = base,
         .bases = &base,
         .base_count = 1,
         .writes = &count,
         .write_count = 1},
    };
    struct wsync_draft draft = {
        .context = {.stamp_delta = 1, .references = &reference, .reference_count = 1},
        .operations = operations,
        .operation_count = 2};
    forge_add_draft(&world->b, &draft);
    bench_give_all(world, &world->forms);
    bench_give_all(world, &world->b);
    bench_unsettled(world, 1, 0);
    bench_count(world, BENCH_DAY, 0, 0);
    bench_give_all(world, &world->a);
    bench_unsettled(world, 0, 0);
    bench_count(world, BENCH_DAY, 2, 102);
}

/* S10.13: later changes go on; only what names its records waits. */
static void quarantine_blocks_nothing_else(void **state)
{
    struct bench *world = *state;
    forge_create(&world->a, BENCH_DAY, 1, 9); /* there is no kind 9 */
    forge_create(&world->a, BENCH_DAY, 2, 1);
    bench_set_count(&world->a, bench_at(0, 1), bench_at(0, 1), 50);
    forge_create(&world->a, BENCH_DAY, 4, 1);
    bench_give_all(world, &world->forms);
    bench_give_all(world, &world->a);
    bench_unsettled(world, 1, 1);
    assert_int_equal(bench_reason(world, &world->a, 1), WSYNC_ERR_VALUE);
    bench_count(world, BENCH_DAY, 2, 6);
}

int main(void)
{
#define BENCH_TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)
    const struct CMUnitTest tests[] = {
        BENCH_TEST(a_reference_to_another_branch_waits_for_a_copy),
        BENCH_TEST(a_reference_ends_at_its_seq),
        BENCH_TEST(an_author_hears_what_its_peers_would_say),
        BENCH_TEST(a_reference_that_comes_later_is_none),
        BENCH_TEST(an_origin_moves_no_other_stamp),
        BENCH_TEST(a_change_waits_for_its_form_version),
        BENCH_TEST(a_change_waits_as_a_whole_for_a_record),
        BENCH_TEST(quarantine_blocks_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
