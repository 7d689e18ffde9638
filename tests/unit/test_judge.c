/* SPDX-License-Identifier: Apache-2.0 */
/* What an author writes into a log, and what its readers must not look at (SPEC sections 1.2,
 * 4.1, 10.1). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/bench.h"

static uint64_t add_both(struct forge *forge, const struct wsync_operation *first,
                         const struct wsync_operation *second)
{
    const struct wsync_operation both[] = {*first, *second};
    const struct wsync_draft draft = {
        .context.stamp_delta = 1, .operations = both, .operation_count = 2};
    return forge_add_draft(forge, &draft);
}

static void assert_reason(struct bench *world, uint64_t seq, enum wsync_err reason)
{
    bench_give(world, &world->a, seq, seq);
    assert_int_equal(bench_reason(world, &world->a, seq), reason);
}

/* S10.4: a record that an earlier operation of the change makes is judged by what that
 * operation says: it is in no store yet. */
static void a_record_of_the_same_change_is_judged_by_its_maker(void **state)
{
    struct bench *world = *state;
    const struct wsync_write count = forge_integer(FORGE_COUNT, 1),
                             other = forge_integer(FORGE_COUNT, 9);
    const struct wsync_write name = {
        2, true, {.class = WSYNC_CLASS_TEXT, .text = wsync_slice_of("An")}};
    const struct wsync_write staff[] = {forge_integer(1, 3), name};
    const struct wsync_operation make = {.form = REPLICA_FORM,
                                         .version = 1,
                                         .creates = true,
                                         .writes = &count,
                                         .write_count = 1};
    const struct wsync_operation make_staff = {.form = WSYNC_FORM_STAFF,
                                               .version = 1,
                                               .creates = true,
                                               .writes = staff,
                                               .write_count = 2};
    struct wsync_operation alter = {
        .form = REPLICA_FORM, .version = 1, .writes = &other, .write_count = 1};
    bench_give_all(world, &world->forms);
    alter.record = bench_at(0, 1);
    alter.bases = &alter.record;
    alter.base_count = 1;
    bench_give(world, &world->a, add_both(&world->a, &make, &alter), 1);
    assert_int_equal(bench_reason(world, &world->a, 1), WSYNC_OK);
    bench_shown(world, &world->a, 1, 9, 1); /* made with 1, altered to 9 */
    alter.record = bench_at(0, 2);
    uint64_t seq = add_both(&world->a, &make_staff, &alter); /* of another form */
    assert_reason(world, seq, WSYNC_ERR_RECORD);
    alter.record = bench_at(0, 3);
    alter.record.op = 1;
    seq = add_both(&world->a, &make, &alter); /* itself: not an earlier one */
    assert_reason(world, seq, WSYNC_ERR_RECORD);
    struct wsync_operation change_first = alter;
    change_first.record = bench_at(0, 1);
    alter.record = bench_at(0, 4);
    seq = add_both(&world->a, &change_first, &alter); /* an earlier one that makes none */
    assert_reason(world, seq, WSYNC_ERR_RECORD);
}

/* A record is made with every field its form requires. */
static void a_record_needs_its_required_fields(void **state)
{
    struct bench *world = *state;
    const struct wsync_write number = forge_integer(1, 3);
    const struct wsync_operation nameless = {.form = WSYNC_FORM_STAFF,
                                             .version = 1,
                                             .creates = true,
                                             .writes = &number,
                                             .write_count = 1};
    bench_give_all(world, &world->forms);
    assert_reason(world, forge_add(&world->a, &nameless), WSYNC_ERR_VALUE);
}

/* A definition is of the form and version under which it is published. */
static void a_definition_is_of_its_form(void **state)
{
    struct bench *world = *state;
    bench_define_version_2(world);
    uint64_t good = world->forms.seq;
    const struct wsync_form *form;
    struct wsync_slice definition;
    struct wsync_txn *txn;
    struct replica *district = &world->district;
    assert_int_equal(wsync_store_begin(district->store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_catalog_form(district->catalog, txn, REPLICA_FORM, 1, &form),
                     WSYNC_OK);
    assert_int_equal(wsync_form_encode(form, &world->forms.arena, &definition, NULL), WSYNC_OK);
    wsync_txn_abort(txn);
    const struct wsync_write writes[] = {
        forge_integer(WSYNC_FORM_NUMBER, REPLICA_FORM),
        forge_integer(WSYNC_FORM_VERSION, 3), /* it says 1 */
        {WSYNC_FORM_DEFINITION, false, {.class = WSYNC_CLASS_TEXT, .text = definition}}};
    const struct wsync_operation operation = {.form = WSYNC_FORM_FORM,
                                              .version = 1,
                                              .creates = true,
                                              .writes = writes,
                                              .write_count = 3};
    uint64_t bad = forge_add(&world->forms, &operation);
    bench_give_all(world, &world->forms);
    assert_int_equal(bench_reason(world, &world->forms, good), WSYNC_OK);
    assert_int_equal(bench_reason(world, &world->forms, bad), WSYNC_ERR_VALUE);
}

/* S1.11, S1.5: text that is not in NFC is taken, kept and shown as it came. */
static void a_reader_does_not_judge_normalisation(void **state)
{
    struct bench *world = *state;
    static const char decomposed[] = "To\xCC\x82\xCC\x89 1";
    const struct wsync_write note = {
        FORGE_NOTE, false, {.class = WSYNC_CLASS_TEXT, .text = wsync_slice_of(decomposed)}};
    const struct wsync_operation make = {
        .form = REPLICA_FORM, .version = 1, .creates = true, .writes = &note, .write_count = 1};
    forge_add(&world->a, &make);
    bench_give_all(world, &world->forms);
    bench_give_all(world, &world->a);
    bench_unsettled(world, 0, 0);
    struct wsync_record record = bench_record(world, &world->a, 1);
    const struct wsync_live *live = wsync_record_shown(&record, FORGE_NOTE, NULL);
    assert_true(wsync_slice_equal(live->value.text, wsync_slice_of(decomposed)));
}

/* The genesis and the change at `seq` of the device's own log. */
static struct wsync_genesis own_genesis(struct replica *replica, uint64_t seq,
                                        struct wsync_change *change)
{
    struct wsync_txn *txn;
    struct wsync_log log;
    struct wsync_slice bytes;
    struct wsync_genesis genesis;
    assert_int_equal(wsync_store_begin(replica->store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_ledger_own_log(txn, replica->scope, &log), WSYNC_OK);
    assert_int_equal(wsync_log_genesis(txn, log.no, &bytes), WSYNC_OK);
    assert_int_equal(wsync_genesis_decode(bytes, &replica->arena, &genesis), WSYNC_OK);
    assert_int_equal(wsync_log_change(txn, log.no, seq, change), WSYNC_OK);
    wsync_txn_abort(txn);
    return genesis;
}

/* S4.4, S4.5, S2.11: the genesis names the roster as held, the clock, the scope and the bytes
 * drawn; each private part has the salt drawn for its change. */
static void an_author_writes_what_it_holds_and_drew(void **state)
{
    struct bench *world = *state;
    struct replica *ward = &world->wards[0];
    struct wsync_dot dot;
    struct wsync_change first, second;
    assert_int_equal(replica_sync(ward, &world->district, &world->installation, NULL),
                     WSYNC_OK);
    ward->now = 1650000123;
    assert_int_equal(replica_create(ward, BENCH_DAY, 1, 1, &dot), WSYNC_OK);
    ward->draws--; /* the same bytes again, to compare with */
    struct wsync_entropy drawn = replica_entropy(ward);
    ward->now += 50;
    assert_int_equal(replica_create(ward, BENCH_DAY, 1, 1, &dot), WSYNC_OK);
    ward->draws--;
    struct wsync_entropy drawn_next = replica_entropy(ward);
    struct wsync_genesis genesis = own_genesis(ward, 1, &first);
    assert_int_equal(own_genesis(ward, 2, &second).stamp, 1650000123);
    assert_int_equal(genesis.roster_version, BENCH_VERSION);
    assert_int_equal(genesis.scope, BENCH_UNIT);
    assert_memory_equal(genesis.random, drawn.b, sizeof genesis.random);
    assert_memory_equal(first.raw.salt.b, drawn.b + 16, WSYNC_SALT_BYTES);
    assert_memory_equal(second.raw.salt.b, drawn_next.b + 16, WSYNC_SALT_BYTES);
    assert_memory_not_equal(first.raw.salt.b, second.raw.salt.b, WSYNC_SALT_BYTES);
}

int main(void)
{
#define BENCH_TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)
    const struct CMUnitTest tests[] = {
        BENCH_TEST(a_record_of_the_same_change_is_judged_by_its_maker),
        BENCH_TEST(a_record_needs_its_required_fields),
        BENCH_TEST(a_definition_is_of_its_form),
        BENCH_TEST(a_reader_does_not_judge_normalisation),
        BENCH_TEST(an_author_writes_what_it_holds_and_drew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
