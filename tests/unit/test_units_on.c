/* SPDX-License-Identifier: Apache-2.0 */
/* Which record says what a unit is on a day, and what lies within what (SPEC section 8.6). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/bench.h"
#include "wardsync/calendar.h"
#include "wardsync/catalog.h"

enum { UNIT = 40, FIRST = BENCH_DAY, SECOND = BENCH_DAY + 100, DEEPEST = 200 };

/* A record of the unit `id` below `parent`, valid from `day` (WSYNC_NO_DAY: blank). */
static uint64_t add_unit(struct bench *world, uint32_t id, uint32_t parent, int32_t day,
                         const char *name)
{
    struct wsync_write writes[5] = {
        forge_integer(WSYNC_UNIT_ID, id),
        forge_integer(WSYNC_UNIT_LEVEL, 3),
        {WSYNC_UNIT_NAME, false, {.class = WSYNC_CLASS_TEXT, .text = wsync_slice_of(name)}}};
    size_t count = 3;
    if (parent != 0) {
        writes[count++] = forge_integer(WSYNC_UNIT_PARENT, parent);
    }
    if (day != WSYNC_NO_DAY) {
        writes[count++] = forge_integer(WSYNC_UNIT_FROM, day);
    }
    const struct wsync_operation operation = {.form = WSYNC_FORM_UNIT,
                                              .version = 1,
                                              .creates = true,
                                              .writes = writes,
                                              .write_count = count};
    return forge_add(&world->forms, &operation);
}

static void assert_unit(struct bench *world, int32_t day, const char *name)
{
    struct wsync_txn *txn;
    struct wsync_unit unit;
    struct replica *reader = &world->reader;
    wsync_arena_release(&reader->arena, 0);
    assert_int_equal(wsync_store_begin(reader->store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    enum wsync_err err = wsync_unit_on(txn, UNIT, day, &reader->arena, &unit);
    if (name) {
        assert_int_equal(err, WSYNC_OK);
        assert_true(wsync_slice_equal(unit.name, wsync_slice_of(name)));
    } else {
        assert_int_equal(err, WSYNC_ERR_NOT_FOUND);
    }
    wsync_txn_abort(txn);
}

static void give_units(struct bench *world)
{
    bench_give_all(world, &world->forms);
    bench_unsettled(world, 0, 0);
}

/* S8.24 */
static void the_latest_record_on_or_before_the_day_speaks(void **state)
{
    struct bench *world = *state;
    add_unit(world, UNIT, 1, SECOND, "second"); /* in no order */
    add_unit(world, UNIT, 1, FIRST, "first");
    add_unit(world, UNIT - 1, 1, FIRST + 1, "below");
    add_unit(world, UNIT + 1, 1, FIRST + 1, "above");
    give_units(world);
    assert_unit(world, FIRST, "first");
    assert_unit(world, SECOND - 1, "first");
    assert_unit(world, SECOND, "second");
    assert_unit(world, WSYNC_DAY_MAX, "second");
    assert_unit(world, FIRST - 1, "first"); /* none before it: the first one */
    assert_unit(world, WSYNC_DAY_MIN, "first");
    add_unit(world, UNIT, 1, WSYNC_NO_DAY, "ever");
    give_units(world);
    assert_unit(world, FIRST - 1, "ever"); /* a blank day counts as the earliest */
    assert_unit(world, FIRST, "first");
}

/* S8.24: a record that is not alive says nothing. */
static void a_deleted_record_says_nothing(void **state)
{
    struct bench *world = *state;
    struct wsync_address made[2];
    const char *left[] = {"first", NULL};
    made[0] = bench_at(0, add_unit(world, UNIT, 1, SECOND, "second"));
    made[1] = bench_at(0, add_unit(world, UNIT, 1, FIRST, "first"));
    for (size_t i = 0; i < 2; i++) {
        const struct wsync_operation operation = {
            .kind = WSYNC_KIND_DELETE, .record = made[i], .bases = &made[i], .base_count = 1};
        forge_add(&world->forms, &operation);
        give_units(world);
        assert_unit(world, WSYNC_DAY_MAX, left[i]);
    }
}

/* S8.24: of two records of one day, written in two logs, the same one speaks at every replica,
 * whichever came first. */
static void of_one_day_the_smallest_record_speaks(void **state)
{
    struct bench *world = *state;
    struct forge second;
    struct replica other;
    forge_init(&second, &world->district, &world->installation, 1, 9);
    uint64_t seq = add_unit(world, UNIT, 1, FIRST, "first log");
    add_unit(world, UNIT, 1, FIRST, "first log, later");
    add_unit(world, UNIT, 1, FIRST, "second log");
    forge_add_raw(&second, &world->forms.changes[world->forms.seq]);
    bool smaller = memcmp(world->forms.log.b, second.log.b, sizeof second.log.b) < 0;
    forge_reader(&other, &world->district);
    bench_give(world, &world->forms, 1, seq + 1);
    bench_give_all(world, &second);
    assert_unit(world, FIRST, smaller ? "first log" : "second log");
    struct wsync_change_set sets[] = {forge_set(&second, 1, 1),
                                      forge_set(&world->forms, 1, seq + 1)};
    struct replica kept = world->reader;
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(forge_give(&other, &sets[i]), WSYNC_OK);
        forge_settle(&other);
    }
    world->reader = other;
    assert_unit(world, FIRST, smaller ? "first log" : "second log");
    world->reader = kept;
    replica_fini(&other);
    forge_fini(&second);
}

/* S8.25: as many steps as the limit, and not one more. */
static void within_goes_as_deep_as_the_limit(void **state)
{
    struct bench *world = *state;
    struct wsync_txn *txn;
    struct replica *reader = &world->reader;
    for (uint32_t depth = 1; depth <= WSYNC_UNIT_DEPTH_MAX + 1; depth++) {
        add_unit(world, DEEPEST + depth, depth == 1 ? REPLICA_TOP : DEEPEST + depth - 1, FIRST,
                 "a unit");
    }
    give_units(world);
    assert_int_equal(wsync_store_begin(reader->store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    for (uint32_t depth = 1; depth <= WSYNC_UNIT_DEPTH_MAX + 1; depth++) {
        assert_int_equal(
            wsync_unit_within(txn, DEEPEST + depth, REPLICA_TOP, FIRST, &reader->arena),
            depth <= WSYNC_UNIT_DEPTH_MAX ? WSYNC_OK : WSYNC_ERR_NOT_FOUND);
    }
    assert_int_equal(wsync_unit_within(txn, REPLICA_TOP, DEEPEST + 1, FIRST, &reader->arena),
                     WSYNC_ERR_NOT_FOUND);
    wsync_txn_abort(txn);
}

int main(void)
{
#define BENCH_TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)
    const struct CMUnitTest tests[] = {
        BENCH_TEST(the_latest_record_on_or_before_the_day_speaks),
        BENCH_TEST(a_deleted_record_says_nothing),
        BENCH_TEST(of_one_day_the_smallest_record_speaks),
        BENCH_TEST(within_goes_as_deep_as_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
