/* SPDX-License-Identifier: Apache-2.0 */
/* A form version that two logs of the district define (S8.26): what a program has decoded of it
 * is no longer true once another process, or a rebuild, lets the other definition stand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/bench.h"
#include "tests/store_mem.h"

/* The larger log defines version 2 with BENCH_MORE, the smaller one without it. */
struct doubles {
    struct bench *world;
    struct forge smaller;
};

static void define_without_more(struct forge *log, struct bench *world)
{
    struct wsync_txn *txn;
    const struct wsync_form *form;
    struct wsync_slice definition;
    struct replica *district = &world->district;
    assert_int_equal(wsync_store_begin(district->store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_catalog_form(district->catalog, txn, REPLICA_FORM, 1, &form),
                     WSYNC_OK);
    struct wsync_form next = *form;
    next.version = 2;
    assert_int_equal(wsync_form_encode(&next, &log->arena, &definition, NULL), WSYNC_OK);
    wsync_txn_abort(txn);
    const struct wsync_write writes[] = {
        forge_integer(WSYNC_FORM_NUMBER, REPLICA_FORM),
        forge_integer(WSYNC_FORM_VERSION, 2),
        {WSYNC_FORM_DEFINITION, false, {.class = WSYNC_CLASS_TEXT, .text = definition}}};
    const struct wsync_operation operation = {.form = WSYNC_FORM_FORM,
                                              .version = 1,
                                              .creates = true,
                                              .writes = writes,
                                              .write_count = 3};
    forge_add(log, &operation);
}

static void define_twice(struct doubles *doubles, struct bench *world)
{
    doubles->world = world;
    bench_define_version_2(world);
    for (uint8_t salt = 7;; salt++) { /* ends: half of them are smaller */
        forge_init(&doubles->smaller, &world->district, &world->installation, 1, salt);
        if (memcmp(doubles->smaller.log.b, world->forms.log.b, sizeof world->forms.log.b) < 0) {
            break;
        }
        forge_fini(&doubles->smaller);
    }
    define_without_more(&doubles->smaller, world);
}

/* A record of version 2 that only the definition of the larger log allows. */
static uint64_t write_more(struct forge *log)
{
    const struct wsync_write writes[] = {forge_integer(FORGE_DAY, BENCH_DAY),
                                         forge_integer(FORGE_COUNT, 3),
                                         forge_integer(FORGE_KIND, 1),
                                         forge_integer(BENCH_MORE, 5)};
    const struct wsync_operation operation = {.form = REPLICA_FORM,
                                              .version = 2,
                                              .creates = true,
                                              .writes = writes,
                                              .write_count = 4};
    return forge_add(log, &operation);
}

static void assert_recomputes(struct replica *reader)
{
    struct wsync_hash held = replica_digest(reader, 0);
    struct wsync_hash anew = replica_recomputed_digest(reader, 0);
    assert_memory_equal(held.b, anew.b, sizeof held.b);
}

/* A process serves; another one beside it takes the smaller definition from a stick. */
static void what_another_process_took_is_heeded(void **state)
{
    struct bench *world = *state;
    struct doubles doubles;
    struct replica importer;
    define_twice(&doubles, world);
    bench_give_all(world, &world->forms);
    uint64_t before = write_more(&world->a);
    bench_give_all(world, &world->a);
    bench_unsettled(world, 0, 0); /* and version 2 is decoded here */
    struct replica *serving = &world->reader;
    replica_init(&importer, serving->store, 1, 4001, REPLICA_TOP);
    importer.ledger.identity = NULL;
    struct wsync_change_set set = forge_set(&doubles.smaller, 1, doubles.smaller.seq);
    assert_int_equal(forge_give(&importer, &set), WSYNC_OK);
    forge_settle(&importer);
    assert_int_equal(bench_reason(world, &world->a, before), WSYNC_ERR_FIELD);
    uint64_t after = write_more(&world->b);
    bench_give_all(world, &world->b);
    assert_int_equal(bench_reason(world, &world->b, after), WSYNC_ERR_FIELD);
    assert_recomputes(serving);
    importer.store = wsync_store_mem_new(); /* the other one is the reader's */
    replica_fini(&importer);
    forge_fini(&doubles.smaller);
}

/* The district's own records, in a log of both, are judged by what stands in the end. */
static void a_rebuild_judges_by_what_stands_in_the_end(void **state)
{
    struct bench *world = *state;
    struct doubles doubles;
    struct replica other;
    define_twice(&doubles, world);
    uint64_t seq = write_more(&world->forms);
    bench_give_all(world, &world->forms);
    bench_give_all(world, &doubles.smaller);
    assert_int_equal(bench_reason(world, &world->forms, seq), WSYNC_ERR_FIELD);
    forge_reader(&other, &world->district);
    struct wsync_change_set set = forge_set(&doubles.smaller, 1, doubles.smaller.seq);
    assert_int_equal(forge_give(&other, &set), WSYNC_OK);
    forge_settle(&other);
    set = forge_set(&world->forms, 1, world->forms.seq);
    assert_int_equal(forge_give(&other, &set), WSYNC_OK);
    forge_settle(&other);
    struct wsync_hash first = replica_digest(&world->reader, 0);
    struct wsync_hash second = replica_digest(&other, 0);
    assert_memory_equal(first.b, second.b, sizeof first.b);
    replica_fini(&other);
    forge_fini(&doubles.smaller);
}

/* Whoever begins with room reads its forms side by side, however often they were made anew. */
static void forms_that_are_read_together_hold_together(void **state)
{
    struct bench *world = *state;
    struct replica *district = &world->district;
    struct wsync_catalog *catalog = district->catalog;
    struct wsync_txn *txn;
    for (int round = 0; round < 20; round++) {
        wsync_catalog_make_room(catalog);
        size_t before = catalog->form_count;
        for (size_t i = 1; i <= WSYNC_CATALOG_FORMS_MAX / 2; i++) {
            const struct wsync_form *form;
            assert_int_equal(wsync_store_begin(district->store, WSYNC_TXN_WRITE, &txn),
                             WSYNC_OK);
            assert_int_equal(wsync_catalog_renew(txn), WSYNC_OK);
            assert_int_equal(wsync_catalog_form(catalog, txn, REPLICA_FORM, 1, &form),
                             WSYNC_OK);
            assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
            assert_int_equal(catalog->form_count, before + i);
        }
    }
    catalog->form_count = 1;
    catalog->arena.used = catalog->arena.size / 2 + 1;
    wsync_catalog_make_room(catalog);
    assert_int_equal(catalog->form_count, 0);
    assert_true(catalog->arena.used <= catalog->arena.size / 2);
}

int main(void)
{
#define BENCH_TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)
    const struct CMUnitTest tests[] = {
        BENCH_TEST(what_another_process_took_is_heeded),
        BENCH_TEST(forms_that_are_read_together_hold_together),
        BENCH_TEST(a_rebuild_judges_by_what_stands_in_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
