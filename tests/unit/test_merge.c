/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of values, marks and totals, rule by rule (SPEC sections 10.2 to 10.6,
 * invariants 5 and 6). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/bench.h"

/* The shown kind of the first record of `a`, which nobody contests. */
static void assert_kind(struct bench *world, int64_t kind)
{
    struct wsync_record record = bench_record(world, &world->a, 1);
    size_t count;
    const struct wsync_live *live = wsync_record_shown(&record, FORGE_KIND, &count);
    assert_int_equal(count, 1);
    assert_int_equal(live->value.integer, kind);
}

/* S10.8: a base that is not here yet blocks nothing; it is superseded when it arrives. */
static void a_missing_base_is_superseded_when_it_arrives(void **state)
{
    struct bench *world = *state;
    forge_create(&world->a, BENCH_DAY, 1, 1);
    bench_set_count(&world->a, bench_at(0, 1), bench_at(0, 1), 2);
    bench_meet(&world->b, &world->a, 1); /* reference 1: the record */
    bench_meet(&world->b, &world->a, 2); /* reference 2: the value it replaces */
    bench_set_count(&world->b, bench_at(1, 1), bench_at(2, 2), 30);
    bench_give_all(world, &world->forms);
    bench_give(world, &world->a, 1, 1);
    bench_give_all(world, &world->b);
    bench_unsettled(world, 0, 0);
    bench_shown(world, &world->a, 1, 30, 2);
    bench_give(world, &world->a, 2, 2);
    bench_shown(world, &world->a, 1, 30, 1);
    bench_count(world, BENCH_DAY, 1, 30);
}

/* S10.7 */
static void a_base_of_another_record_or_field_has_no_effect(void **state)
{
    struct bench *world = *state;
    forge_create(&world->a, BENCH_DAY, 1, 1);
    forge_create(&world->a, BENCH_DAY, 5, 1);
    bench_set_count(&world->a, bench_at(0, 1), bench_at(0, 2),
                    9); /* base: the other record's creation */
    const struct wsync_write kind = forge_integer(FORGE_KIND, 2);
    struct wsync_address base = bench_at(0, 1);
    const struct wsync_operation operation = {.form = REPLICA_FORM,
                                              .version = 1,
                                              .record = bench_at(0, 1),
                                              .bases = &base,
                                              .base_count = 1,
                                              .writes = &kind,
                                              .write_count = 1};
    forge_add(&world->a, &operation);
    bench_give_all(world, &world->forms);
    bench_give_all(world, &world->a);
    bench_shown(world, &world->a, 2, 5, 1); /* untouched */
    bench_shown(world, &world->a, 1, 9, 2); /* 1 and 9: in conflict */
    assert_kind(world, 2);                  /* replaced: it was written */
    assert_int_equal(bench_count_on(world, BENCH_DAY).in_conflict, 1);
}

/* S10.18: (stamp, device, log, seq, operation).  S10.19: the others stay. */
static void the_last_by_stamp_then_device_is_shown(void **state)
{
    struct bench *world = *state;
    forge_create(&world->a, BENCH_DAY, 1, 1);
    bench_meet(&world->b, &world->a, 1);
    bench_meet(&world->c, &world->a, 1);
    bench_set_count(&world->b, bench_at(1, 1), bench_at(1, 1),
                    20); /* both at the same second */
    bench_set_count(&world->c, bench_at(1, 1), bench_at(1, 1), 30);
    bool b_last = memcmp(world->b.identity.device.b, world->c.identity.device.b,
                         WSYNC_DEVICE_ID_BYTES) > 0;
    bench_give_all(world, &world->forms);
    bench_give_all(world, &world->a);
    bench_give_all(world, &world->c);
    bench_give_all(world, &world->b);
    bench_shown(world, &world->a, 1, b_last ? 20 : 30, 2);
    bench_count(world, BENCH_DAY, 1, b_last ? 20 : 30);
    bench_set_count(b_last ? &world->c : &world->b, bench_at(1, 1), BENCH_NONE,
                    99); /* a second later */
    bench_give(world, b_last ? &world->c : &world->b, 3, 3);
    bench_shown(world, &world->a, 1, 99, 3);
    bench_set_count(&world->a, bench_at(0, 1), BENCH_NONE,
                    7); /* its clock is behind: not shown, but there */
    bench_give(world, &world->a, 2, 2);
    bench_shown(world, &world->a, 1, 99, 4);
    assert_int_equal(bench_count_on(world, BENCH_DAY).in_conflict, 1);
}

static uint64_t mark(struct forge *forge, enum wsync_kind kind, struct wsync_address record,
                     const struct wsync_address *bases, size_t base_count)
{
    const struct wsync_operation operation = {
        .kind = kind,
        .record = record,
        .other = kind == WSYNC_KIND_DUPLICATE ? bases[base_count] : BENCH_NONE,
        .bases = bases,
        .base_count = base_count};
    return forge_add(forge, &operation);
}

/* S10.16: a delete that leaves a live value unnamed is a conflict and counts as alive. */
static void a_delete_beside_an_edit_counts_as_alive(void **state)
{
    struct bench *world = *state;
    struct wsync_address created = bench_at(0, 1);
    forge_create(&world->a, BENCH_DAY, 1, 1);
    bench_meet(&world->b, &world->a, 1);
    bench_set_count(&world->b, bench_at(1, 1), bench_at(1, 1), 20);
    mark(&world->a, WSYNC_KIND_DELETE, bench_at(0, 1), &created, 1);
    bench_give_all(world, &world->forms);
    bench_give(world, &world->a, 1, 2);
    bench_life(world, &world->a, 1, WSYNC_LIFE_DELETED, false);
    bench_count(world, BENCH_DAY, 0, 0);
    bench_give_all(world, &world->b);
    bench_life(world, &world->a, 1, WSYNC_LIFE_ALIVE, true);
    bench_count(world, BENCH_DAY, 1, 20);
    assert_int_equal(bench_count_on(world, BENCH_DAY).in_conflict, 1);
    bench_meet(&world->a, &world->b, 2);
    const struct wsync_address all[] = {bench_at(0, 1), bench_at(0, 2), bench_at(1, 2)};
    mark(&world->a, WSYNC_KIND_DELETE, bench_at(0, 1), all, 3); /* resolved: it is deleted */
    bench_give(world, &world->a, 3, 4);
    bench_life(world, &world->a, 1, WSYNC_LIFE_DELETED, false);
    bench_count(world, BENCH_DAY, 0, 0);
    struct wsync_address gone = bench_at(0, 4);
    mark(&world->a, WSYNC_KIND_REVIVE, bench_at(0, 1), &gone, 1);
    bench_give(world, &world->a, 5, 5);
    bench_life(world, &world->a, 1, WSYNC_LIFE_ALIVE, false);
    bench_count(world, BENCH_DAY, 1, 20);
}

/* S10.16, S10.21: a duplicate counts as the other record and contributes nothing itself; two
 * devices that disagree which one counts are a conflict. */
static void a_duplicate_contributes_nothing(void **state)
{
    struct bench *world = *state;
    forge_create(&world->a, BENCH_DAY, 1, 1);
    forge_create(&world->a, BENCH_DAY, 2, 1);
    forge_create(&world->a, BENCH_DAY, 4, 1);
    const struct wsync_address of_second[] = {bench_at(0, 1), bench_at(0, 2)};
    mark(&world->a, WSYNC_KIND_DUPLICATE, bench_at(0, 1), of_second, 1);
    bench_give_all(world, &world->forms);
    bench_give_all(world, &world->a);
    bench_life(world, &world->a, 1, WSYNC_LIFE_DUPLICATE, false);
    bench_count(world, BENCH_DAY, 2, 6);
    bench_meet(&world->b, &world->a, 3);
    const struct wsync_address of_third[] = {bench_at(1, 1), bench_at(1, 3)};
    mark(&world->b, WSYNC_KIND_DUPLICATE, bench_at(1, 1), of_third, 1);
    bench_give_all(world, &world->b);
    bench_life(world, &world->a, 1, WSYNC_LIFE_ALIVE, true);
    bench_count(world, BENCH_DAY, 3, 7);
}

/* S10.3: a record that counted as itself would count nowhere. */
static void a_duplicate_of_itself_is_quarantined(void **state)
{
    struct bench *world = *state;
    forge_create(&world->a, BENCH_DAY, 3, 1);
    const struct wsync_address of_itself[] = {bench_at(0, 1), bench_at(0, 1)};
    mark(&world->a, WSYNC_KIND_DUPLICATE, bench_at(0, 1), of_itself, 1);
    bench_give_all(world, &world->forms);
    bench_give_all(world, &world->a);
    bench_unsettled(world, 0, 1);
    bench_life(world, &world->a, 1, WSYNC_LIFE_ALIVE, false);
    bench_count(world, BENCH_DAY, 1, 3);
}

/* S10.20: no day is a key of its own; a record moves with its shown day. */
static void a_record_without_a_day_has_its_own_key(void **state)
{
    struct bench *world = *state;
    const struct wsync_write count = forge_integer(FORGE_COUNT, 3);
    const struct wsync_operation operation = {.form = REPLICA_FORM,
                                              .version = 1,
                                              .creates = true,
                                              .writes = &count,
                                              .write_count = 1};
    forge_add(&world->a, &operation);
    const struct wsync_write day = forge_integer(FORGE_DAY, BENCH_DAY);
    const struct wsync_operation move = {.form = REPLICA_FORM,
                                         .version = 1,
                                         .record = bench_at(0, 1),
                                         .writes = &day,
                                         .write_count = 1};
    forge_add(&world->a, &move);
    struct wsync_address base = bench_at(0, 2);
    const struct wsync_write blank = {FORGE_DAY, false, {.class = WSYNC_CLASS_BLANK}};
    const struct wsync_operation back = {.form = REPLICA_FORM,
                                         .version = 1,
                                         .record = bench_at(0, 1),
                                         .bases = &base,
                                         .base_count = 1,
                                         .writes = &blank,
                                         .write_count = 1};
    forge_add(&world->a, &back);
    bench_give_all(world, &world->forms);
    bench_give(world, &world->a, 1, 1);
    bench_count(world, WSYNC_NO_DAY, 1, 3);
    bench_give(world, &world->a, 2, 2);
    bench_count(world, WSYNC_NO_DAY, 0, 0);
    bench_count(world, BENCH_DAY, 1, 3);
    bench_give(world, &world->a, 3, 3);
    bench_count(world, WSYNC_NO_DAY, 1, 3);
    bench_count(world, BENCH_DAY, 0, 0);
}

/* S10.23: whatever the values, a sum does not wrap. */
static void sums_do_not_overflow(void **state)
{
    struct bench *world = *state;
    for (int i = 0; i < 3; i++) {
        forge_create(&world->a, BENCH_DAY, INT64_MAX, 1);
        forge_create(&world->a, BENCH_DAY + 1, INT64_MIN, 1);
    }
    bench_give_all(world, &world->forms);
    bench_give_all(world, &world->a);
    struct bench_count count = bench_count_on(world, BENCH_DAY);
    assert_true(count.sum == (wsync_int128)INT64_MAX * 3);
    count = bench_count_on(world, BENCH_DAY + 1);
    assert_true(count.sum == (wsync_int128)INT64_MIN * 3);
    bench_set_count(&world->a, bench_at(0, 1), bench_at(0, 1), INT64_MIN);
    bench_give(world, &world->a, 7, 7);
    count = bench_count_on(world, BENCH_DAY);
    assert_true(count.sum == (wsync_int128)INT64_MAX * 2 + INT64_MIN);
}

/* S4.8, S6.15: an erased private part keeps chain, totals and digest as they were. */
static void an_erasure_changes_no_digest(void **state)
{
    struct bench *world = *state;
    struct replica other;
    const struct wsync_write writes[] = {
        forge_integer(FORGE_DAY, BENCH_DAY),
        {5, true, {.class = WSYNC_CLASS_TEXT, .text = wsync_slice_of("riêng")}}};
    const struct wsync_operation operation = {.form = REPLICA_FORM,
                                              .version = 1,
                                              .creates = true,
                                              .writes = writes,
                                              .write_count = 2};
    forge_add(&world->a, &operation);
    bench_give_all(world, &world->forms);
    bench_give_all(world, &world->a);
    struct wsync_change_set set = forge_set(&world->a, 1, 1);
    struct wsync_raw_change *raw = &set.changes[0];
    struct wsync_slice parts[] = {wsync_slice_of("wardsync/private/v1"), WSYNC_BYTES(raw->salt),
                                  raw->private_part};
    raw->private_hash = wsync_hash_parts(parts, 3);
    raw->private_state = WSYNC_PRIVATE_ERASED;
    raw->private_part = wsync_slice(NULL, 0);
    forge_reader(&other, &world->district);
    struct wsync_change_set forms = forge_set(&world->forms, 1, 1);
    assert_int_equal(forge_give(&other, &forms), WSYNC_OK);
    assert_int_equal(forge_give(&other, &set), WSYNC_OK);
    struct wsync_hash first = replica_digest(&world->reader, 0);
    struct wsync_hash second = replica_digest(&other, 0);
    replica_fini(&other);
    assert_memory_equal(first.b, second.b, sizeof first.b);
}

static enum wsync_err see_more(void *context, const struct wsync_cell *cell)
{
    const struct wsync_measure *measure = wsync_cell_measure(cell, BENCH_MORE, 0);
    *(int64_t *)context += measure ? (int64_t)measure->sum : 0;
    return WSYNC_OK;
}

static int64_t sum_of_more(struct bench *world)
{
    struct wsync_txn *txn;
    int64_t sum = 0;
    const struct wsync_totals_query query = {REPLICA_FORM, BENCH_UNIT, BENCH_DAY, BENCH_DAY};
    assert_int_equal(wsync_store_begin(world->reader.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_totals_walk(txn, &world->reader.arena, &query, see_more, &sum),
                     WSYNC_OK);
    wsync_txn_abort(txn);
    return sum;
}

/* S10.9, S10.22: a write raises the record's form version, none lowers it, and the totals
 * follow the version that the record has. */
static void a_record_counts_by_its_highest_form_version(void **state)
{
    struct bench *world = *state;
    struct wsync_address base = bench_at(0, 1);
    const struct wsync_write more = forge_integer(BENCH_MORE, 50);
    const struct wsync_operation raise = {
        .form = REPLICA_FORM, .version = 2, .record = base, .writes = &more, .write_count = 1};
    bench_define_version_2(world);
    forge_create(&world->a, BENCH_DAY, 1, 1);
    forge_add(&world->a, &raise);
    bench_set_count(&world->a, base, base, 2); /* written with version 1 */
    bench_give_all(world, &world->forms);
    bench_give(world, &world->a, 1, 1);
    assert_int_equal(bench_record(world, &world->a, 1).version, 1);
    assert_int_equal(sum_of_more(world), 0);
    bench_give(world, &world->a, 2, 3);
    assert_int_equal(bench_record(world, &world->a, 1).version, 2);
    assert_int_equal(sum_of_more(world), 50);
    bench_count(world, BENCH_DAY, 1, 2);
}

int main(void)
{
#define BENCH_TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)
    const struct CMUnitTest tests[] = {
        BENCH_TEST(a_missing_base_is_superseded_when_it_arrives),
        BENCH_TEST(a_base_of_another_record_or_field_has_no_effect),
        BENCH_TEST(the_last_by_stamp_then_device_is_shown),
        BENCH_TEST(a_delete_beside_an_edit_counts_as_alive),
        BENCH_TEST(a_duplicate_contributes_nothing),
        BENCH_TEST(a_duplicate_of_itself_is_quarantined),
        BENCH_TEST(a_record_without_a_day_has_its_own_key),
        BENCH_TEST(sums_do_not_overflow),
        BENCH_TEST(a_record_counts_by_its_highest_form_version),
        BENCH_TEST(an_erasure_changes_no_digest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
