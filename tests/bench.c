/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/store_mem.h"

enum { SEED = 14 };

int bench_set_up(void **state)
{
    struct bench *world = calloc(1, sizeof *world);
    struct forge *forges[] = {&world->a, &world->b, &world->c};
    struct wsync_txn *txn;
    struct wsync_log log;
    installation_init(&world->installation, SEED);
    replica_init(&world->district, wsync_store_mem_new(), SEED, 0, REPLICA_TOP);
    replica_found(&world->district, &world->installation);
    for (uint32_t i = 0; i < 3; i++) {
        replica_init(&world->wards[i], wsync_store_mem_new(), SEED, i + 1, BENCH_UNIT);
        replica_enrol(&world->district, &world->installation, &world->wards[i]);
        forge_init(forges[i], &world->wards[i], &world->installation, BENCH_VERSION, 1);
    }
    assert_int_equal(wsync_store_begin(world->district.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_ledger_own_log(txn, REPLICA_TOP, &log), WSYNC_OK);
    wsync_txn_abort(txn);
    forge_load(&world->forms, &world->district, &world->district, &log.id);
    forge_reader(&world->reader, &world->district);
    *state = world;
    return 0;
}

int bench_tear_down(void **state)
{
    struct bench *world = *state;
    replica_fini(&world->reader);
    forge_fini(&world->forms);
    forge_fini(&world->a);
    forge_fini(&world->b);
    forge_fini(&world->c);
    replica_fini(&world->district);
    for (int i = 0; i < 3; i++) {
        replica_fini(&world->wards[i]);
    }
    free(world);
    return 0;
}

void bench_give(struct bench *world, struct forge *forge, uint64_t first, uint64_t last)
{
    struct wsync_change_set set = forge_set(forge, first, last);
    assert_int_equal(forge_give(&world->reader, &set), WSYNC_OK);
    forge_settle(&world->reader);
}

void bench_give_all(struct bench *world, struct forge *forge)
{
    bench_give(world, forge, 1, forge->seq);
}

void bench_unsettled(struct bench *world, uint64_t waiting, uint64_t quarantined)
{
    struct wsync_txn *txn;
    uint64_t got_waiting, got_quarantined;
    assert_int_equal(wsync_store_begin(world->reader.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_ledger_unsettled(txn, &got_waiting, &got_quarantined), WSYNC_OK);
    wsync_txn_abort(txn);
    assert_int_equal(got_waiting, waiting);
    assert_int_equal(got_quarantined, quarantined);
}

enum wsync_err bench_reason(struct bench *world, const struct forge *forge, uint64_t seq)
{
    struct wsync_txn *txn;
    struct wsync_log log;
    struct wsync_slice row;
    uint8_t key[12];
    assert_int_equal(wsync_store_begin(world->reader.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_log_find(txn, &forge->log, &log), WSYNC_OK);
    for (int i = 0; i < 4; i++) {
        key[i] = (uint8_t)(log.no >> (24 - 8 * i));
    }
    for (int i = 0; i < 8; i++) {
        key[4 + i] = (uint8_t)(seq >> (56 - 8 * i));
    }
    enum wsync_err err =
        wsync_txn_get(txn, WSYNC_TABLE_QUARANTINE, wsync_slice(key, sizeof key), &row);
    uint32_t code = err == WSYNC_OK ? (uint32_t)(row.data[0] << 8 | row.data[1]) : 0;
    wsync_txn_abort(txn);
    return wsync_err_from_code(code);
}

struct wsync_record bench_record(struct bench *world, const struct forge *forge, uint64_t seq)
{
    struct wsync_txn *txn;
    struct wsync_log log;
    struct wsync_record record;
    wsync_arena_release(&world->reader.arena, 0);
    assert_int_equal(wsync_store_begin(world->reader.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_log_find(txn, &forge->log, &log), WSYNC_OK);
    struct wsync_dot dot = {log.no, seq, 0};
    assert_int_equal(wsync_record_get(txn, dot, 0, &world->reader.arena, &record), WSYNC_OK);
    wsync_txn_abort(txn);
    return record;
}

void bench_shown(struct bench *world, const struct forge *forge, uint64_t seq, int64_t value,
                 size_t count)
{
    struct wsync_record record = bench_record(world, forge, seq);
    size_t got;
    const struct wsync_live *live = wsync_record_shown(&record, FORGE_COUNT, &got);
    assert_int_equal(got, count);
    assert_non_null(live);
    assert_int_equal(live->value.integer, value);
}

void bench_life(struct bench *world, const struct forge *forge, uint64_t seq,
                enum wsync_life life, bool contested)
{
    struct wsync_record record = bench_record(world, forge, seq);
    bool got;
    assert_int_equal(wsync_record_life(&record, &got, NULL), life);
    assert_int_equal(got, contested);
}

static enum wsync_err add_cell(void *context, const struct wsync_cell *cell)
{
    struct bench_count *count = context;
    const struct wsync_measure *measure = wsync_cell_measure(cell, FORGE_COUNT, 0);
    count->records += cell->records;
    count->in_conflict += cell->in_conflict;
    count->summed += measure ? measure->count : 0;
    count->sum += measure ? measure->sum : 0;
    return WSYNC_OK;
}

struct bench_count bench_count_on(struct bench *world, int32_t day)
{
    struct wsync_txn *txn;
    struct bench_count count = {0};
    const struct wsync_totals_query query = {REPLICA_FORM, BENCH_UNIT, day, day};
    assert_int_equal(wsync_store_begin(world->reader.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_totals_walk(txn, &world->reader.arena, &query, add_cell, &count),
                     WSYNC_OK);
    wsync_txn_abort(txn);
    return count;
}

void bench_count(struct bench *world, int32_t day, int64_t records, int64_t sum)
{
    struct bench_count count = bench_count_on(world, day);
    assert_int_equal(count.records, records);
    assert_true(count.sum == sum);
}

uint64_t bench_set_count(struct forge *forge, struct wsync_address record,
                         struct wsync_address base, int64_t value)
{
    const struct wsync_write write = forge_integer(FORGE_COUNT, value);
    const struct wsync_operation operation = {.form = REPLICA_FORM,
                                              .version = 1,
                                              .record = record,
                                              .bases = &base,
                                              .base_count = base.seq > 0,
                                              .writes = &write,
                                              .write_count = 1};
    return forge_add(forge, &operation);
}

void bench_meet(struct forge *forge, const struct forge *other, uint64_t upto)
{
    struct wsync_reference reference = forge_reference(other, upto);
    struct wsync_draft draft = {
        .context = {.stamp_delta = 1, .references = &reference, .reference_count = 1}};
    forge_add_draft(forge, &draft);
}

struct wsync_address bench_at(uint32_t reference, uint64_t seq)
{
    return (struct wsync_address){reference, seq, 0};
}

void bench_define_version_2(struct bench *world)
{
    static const struct wsync_field MORE = {.number = BENCH_MORE,
                                            .type = WSYNC_TYPE_INTEGER,
                                            .name = {(const uint8_t *)"f7", 2},
                                            .label_vi = {(const uint8_t *)"f7", 2},
                                            .label_en = {(const uint8_t *)"f7", 2},
                                            .aggregate = WSYNC_AGGREGATE_SUM};
    struct wsync_txn *txn;
    const struct wsync_form *form;
    struct wsync_slice definition;
    struct wsync_field fields[WSYNC_FORM_FIELDS_MAX];
    struct replica *district = &world->district;
    assert_int_equal(wsync_store_begin(district->store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_catalog_form(district->catalog, txn, REPLICA_FORM, 1, &form),
                     WSYNC_OK);
    struct wsync_form next = *form;
    memcpy(fields, form->fields, form->field_count * sizeof *fields);
    fields[next.field_count++] = MORE;
    next.fields = fields;
    next.version = 2;
    assert_int_equal(wsync_form_encode(&next, &world->forms.arena, &definition, NULL),
                     WSYNC_OK);
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
    forge_add(&world->forms, &operation);
}

void bench_branch(struct forge *branch, struct forge *log, uint64_t common, int64_t count)
{
    *branch = *log;
    branch->seq = common;
    forge_create(branch, BENCH_DAY, count, 1);
    log->arena = branch->arena;
}

void bench_two_forks(struct bench *world, struct forge branches[2])
{
    for (int i = 0; i < BENCH_COMMON; i++) {
        forge_create(&world->a, BENCH_DAY, 1, 1);
    }
    bench_branch(&branches[0], &world->a, BENCH_COMMON, 100);
    forge_create(&branches[0], BENCH_DAY, 200, 1);
    world->a.arena = branches[0].arena;
    forge_create(&world->a, BENCH_DAY, 10, 1);
    bench_branch(&branches[1], &world->a, BENCH_COMMON + 1, 1000);
    forge_create(&world->a, BENCH_DAY, 20, 1);
    branches[0].arena = branches[1].arena = world->a.arena;
}
