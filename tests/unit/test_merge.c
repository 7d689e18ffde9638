/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of merge one by one (SPEC section 10, invariants 4, 5 and 6), on logs written by
 * hand and delivered to a reader that has nothing but the roster. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/forge.h"
#include "tests/store_mem.h"
#include "wardsync/totals.h"

enum { SEED = 14, DAY = 19100, UNIT = 2, VERSION = 4 };

struct world {
    struct installation installation;
    struct replica district, wards[3];
    struct forge forms; /* the district's log: REPLICA_FORM version 1 */
    struct forge a, b, c;
    struct replica reader;
};

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    struct forge *forges[] = {&world->a, &world->b, &world->c};
    struct wsync_txn *txn;
    struct wsync_log log;
    installation_init(&world->installation, SEED);
    replica_init(&world->district, wsync_store_mem_new(), SEED, 0, REPLICA_TOP);
    replica_found(&world->district, &world->installation);
    for (uint32_t i = 0; i < 3; i++) {
        replica_init(&world->wards[i], wsync_store_mem_new(), SEED, i + 1, UNIT);
        replica_enrol(&world->district, &world->installation, &world->wards[i]);
        forge_init(forges[i], &world->wards[i], &world->installation, VERSION, 1);
    }
    assert_int_equal(wsync_store_begin(world->district.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_ledger_own_log(txn, REPLICA_TOP, &log), WSYNC_OK);
    wsync_txn_abort(txn);
    forge_load(&world->forms, &world->district, &world->district, &log.id);
    forge_reader(&world->reader, &world->district);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
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

/* Delivers a run and lets things settle. */
static void give(struct world *world, struct forge *forge, uint64_t first, uint64_t last)
{
    struct wsync_change_set set = forge_set(forge, first, last);
    assert_int_equal(forge_give(&world->reader, &set), WSYNC_OK);
    forge_settle(&world->reader);
}

static void give_all(struct world *world, struct forge *forge)
{
    give(world, forge, 1, forge->seq);
}

static void assert_unsettled(struct world *world, uint64_t waiting, uint64_t quarantined)
{
    struct wsync_txn *txn;
    uint64_t got_waiting, got_quarantined;
    assert_int_equal(wsync_store_begin(world->reader.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_ledger_unsettled(txn, &got_waiting, &got_quarantined), WSYNC_OK);
    wsync_txn_abort(txn);
    assert_int_equal(got_waiting, waiting);
    assert_int_equal(got_quarantined, quarantined);
}

static enum wsync_err reason_of(struct world *world, const struct forge *forge, uint64_t seq)
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

/* The record that operation 0 of a change created; loaded until the next call. */
static struct wsync_record record_of(struct world *world, const struct forge *forge,
                                     uint64_t seq)
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

static void assert_shown(struct world *world, const struct forge *forge, uint64_t seq,
                         uint32_t field, int64_t value, size_t count)
{
    struct wsync_record record = record_of(world, forge, seq);
    size_t got;
    const struct wsync_live *live = wsync_record_shown(&record, field, &got);
    assert_int_equal(got, count);
    assert_non_null(live);
    assert_int_equal(live->value.integer, value);
}

static void assert_life(struct world *world, const struct forge *forge, uint64_t seq,
                        enum wsync_life life, bool contested)
{
    struct wsync_record record = record_of(world, forge, seq);
    bool got;
    assert_int_equal(wsync_record_life(&record, &got, NULL), life);
    assert_int_equal(got, contested);
}

/* What the cells of one day add up to. */
struct count {
    int64_t records, in_conflict, summed;
    wsync_int128 sum;
};

static enum wsync_err add_cell(void *context, const struct wsync_cell *cell)
{
    struct count *count = context;
    const struct wsync_measure *measure = wsync_cell_measure(cell, FORGE_COUNT, 0);
    count->records += cell->records;
    count->in_conflict += cell->in_conflict;
    count->summed += measure ? measure->count : 0;
    count->sum += measure ? measure->sum : 0;
    return WSYNC_OK;
}

static struct count count_on(struct world *world, int32_t day)
{
    struct wsync_txn *txn;
    struct count count = {0};
    const struct wsync_totals_query query = {REPLICA_FORM, UNIT, day, day};
    assert_int_equal(wsync_store_begin(world->reader.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(
        wsync_totals_walk(txn, &world->reader.arena, &query, add_cell, &count), WSYNC_OK);
    wsync_txn_abort(txn);
    return count;
}

static void assert_count(struct world *world, int32_t day, int64_t records, int64_t sum)
{
    struct count count = count_on(world, day);
    assert_int_equal(count.records, records);
    assert_true(count.sum == sum);
}

/* Sets the count of a record, naming one base or none (seq 0). */
static uint64_t set_count(struct forge *forge, struct wsync_address record,
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

/* Lets the forge's log name another one from now on, by a change without operations. */
static void meet(struct forge *forge, const struct forge *other, uint64_t upto)
{
    struct wsync_reference reference = forge_reference(other, upto);
    struct wsync_draft draft = {
        .context = {.stamp_delta = 1, .references = &reference, .reference_count = 1}};
    forge_add_draft(forge, &draft);
}

static const struct wsync_address NONE;

static struct wsync_address at(uint32_t reference, uint64_t seq)
{
    return (struct wsync_address){reference, seq, 0};
}

/* S10.8: a base that is not here yet blocks nothing; it is superseded when it arrives. */
static void a_missing_base_is_superseded_when_it_arrives(void **state)
{
    struct world *world = *state;
    forge_create(&world->a, DAY, 1, 1);
    set_count(&world->a, at(0, 1), at(0, 1), 2);
    meet(&world->b, &world->a, 1); /* reference 1: the record */
    meet(&world->b, &world->a, 2); /* reference 2: the value it replaces */
    set_count(&world->b, at(1, 1), at(2, 2), 30);
    give_all(world, &world->forms);
    give(world, &world->a, 1, 1);
    give_all(world, &world->b);
    assert_unsettled(world, 0, 0);
    assert_shown(world, &world->a, 1, FORGE_COUNT, 30, 2);
    give(world, &world->a, 2, 2);
    assert_shown(world, &world->a, 1, FORGE_COUNT, 30, 1);
    assert_count(world, DAY, 1, 30);
}

/* S10.7 */
static void a_base_of_another_record_or_field_has_no_effect(void **state)
{
    struct world *world = *state;
    forge_create(&world->a, DAY, 1, 1);
    forge_create(&world->a, DAY, 5, 1);
    set_count(&world->a, at(0, 1), at(0, 2), 9); /* base: the other record's creation */
    const struct wsync_write kind = forge_integer(FORGE_KIND, 2);
    struct wsync_address base = at(0, 1);
    const struct wsync_operation operation = {.form = REPLICA_FORM,
                                              .version = 1,
                                              .record = at(0, 1),
                                              .bases = &base,
                                              .base_count = 1,
                                              .writes = &kind,
                                              .write_count = 1};
    forge_add(&world->a, &operation);
    give_all(world, &world->forms);
    give_all(world, &world->a);
    assert_shown(world, &world->a, 2, FORGE_COUNT, 5, 1); /* untouched */
    assert_shown(world, &world->a, 1, FORGE_COUNT, 9, 2); /* 1 and 9: in conflict */
    assert_shown(world, &world->a, 1, FORGE_KIND, 2, 1);  /* replaced: it was written */
    assert_int_equal(count_on(world, DAY).in_conflict, 1);
}

/* S6.9: a reference names a branch; on another one its addresses never take effect. */
static void a_reference_to_another_branch_has_no_effect(void **state)
{
    struct world *world = *state;
    struct forge branch; /* one log twice: a clone wrote the other */
    forge_init(&branch, &world->wards[0], &world->installation, VERSION, 1);
    assert_memory_equal(branch.log.b, world->a.log.b, sizeof branch.log.b);
    forge_create(&world->a, DAY, 1, 1);
    forge_create(&branch, DAY, 7, 1); /* the clone's first change */
    meet(&world->b, &world->a, 1);
    meet(&world->b, &branch, 1);
    set_count(&world->b, at(1, 1), at(2, 1), 20); /* base on the branch that is not here */
    set_count(&world->b, at(2, 1), NONE, 21);     /* record on it */
    set_count(&world->b, at(1, 1), at(1, 1), 22);
    give_all(world, &world->forms);
    give_all(world, &world->a);
    give(world, &world->b, 1, 3);
    assert_shown(world, &world->a, 1, FORGE_COUNT, 20, 2);
    give(world, &world->b, 4, 5);
    assert_unsettled(world, 0, 1);
    assert_int_equal(reason_of(world, &world->b, 4), WSYNC_ERR_RECORD);
    assert_shown(world, &world->a, 1, FORGE_COUNT, 22, 2);
    forge_fini(&branch);
}

/* S5.5, S6.8: a reference stands for the prefix up to its seq and for nothing beyond, also when
 * more of that log is here. */
static void a_reference_ends_at_its_seq(void **state)
{
    struct world *world = *state;
    forge_create(&world->a, DAY, 1, 1);
    set_count(&world->a, at(0, 1), at(0, 1), 2);
    forge_create(&world->a, DAY, 4, 1);
    meet(&world->b, &world->a, 1);
    set_count(&world->b, at(1, 1), at(1, 2), 20); /* the base is beyond */
    set_count(&world->b, at(1, 3), NONE, 40);     /* the record is */
    set_count(&world->b, at(1, 9), NONE, 90);     /* and there is no such change */
    give_all(world, &world->forms);
    give_all(world, &world->a);
    give_all(world, &world->b);
    assert_shown(world, &world->a, 1, FORGE_COUNT, 20, 2);
    assert_shown(world, &world->a, 3, FORGE_COUNT, 4, 1);
    assert_unsettled(world, 0, 2);
    assert_int_equal(reason_of(world, &world->b, 3), WSYNC_ERR_RECORD);
    assert_int_equal(reason_of(world, &world->b, 4), WSYNC_ERR_RECORD);
}

/* What its peers would quarantine or wait with, an author is told, and nothing is kept. */
static void an_author_hears_what_its_peers_would_say(void **state)
{
    struct world *world = *state;
    struct replica *district = &world->district;
    struct wsync_dot dot;
    const struct wsync_write write = forge_integer(FORGE_COUNT, 1);
    struct wsync_intent intent = {.form = REPLICA_FORM, .version = 9, .creates = true,
                                  .writes = &write, .write_count = 1};
    struct wsync_hash before = forge_image(district->store);
    assert_int_equal(replica_create(district, DAY, 1, 9, &dot), WSYNC_ERR_VALUE);
    assert_int_equal(replica_write(district, REPLICA_TOP, &intent, 1, &dot),
                     WSYNC_ERR_NOT_FOUND);
    intent.version = 1;
    intent.creates = false;
    intent.record = (struct wsync_dot){1, 1, 5};
    assert_int_equal(replica_write(district, REPLICA_TOP, &intent, 1, &dot),
                     WSYNC_ERR_RECORD);
    struct wsync_hash after = forge_image(district->store);
    assert_memory_equal(before.b, after.b, sizeof before.b);
    intent.creates = true;
    assert_int_equal(replica_write(district, REPLICA_TOP, &intent, 1, &dot), WSYNC_OK);
}

/* S6.8: a reference counts from the change that brings it.  A change that names it earlier is
 * the same nonsense on every replica, also where it is looked at again later (invariant 4). */
static void a_reference_that_comes_later_is_none(void **state)
{
    struct world *world = *state;
    struct replica other;
    forge_create(&world->a, DAY, 1, 1);
    meet(&world->b, &world->a, 1);
    set_count(&world->b, at(2, 1), NONE, 20); /* there is no reference 2 yet */
    meet(&world->b, &world->a, 1);
    give_all(world, &world->forms); /* every change is judged as it arrives */
    give_all(world, &world->a);
    give(world, &world->b, 1, 2);
    give(world, &world->b, 3, 3);
    assert_unsettled(world, 0, 1);
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
    struct world *world = *state;
    struct replica other;
    struct wsync_draft moved = {
        .context = {.stamp_delta = 1, .has_origin = true, .origin = {1, 1, 1000000}}};
    forge_create(&world->b, DAY, 1, 1);
    meet(&world->a, &world->b, 1);
    forge_add_draft(&world->a, &moved);
    forge_create(&world->a, DAY, 1, 1);
    give_all(world, &world->forms);
    give_all(world, &world->a);
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
    struct wsync_record record = record_of(world, &world->a, 3);
    assert_int_equal(record.live[0].stamp, world->a.genesis.stamp + 3);
}

/* The district's log defines REPLICA_FORM version 2: the same fields. */
static void define_version_2(struct world *world)
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
    assert_int_equal(wsync_form_encode(&next, &world->forms.arena, &definition, NULL),
                     WSYNC_OK);
    wsync_txn_abort(txn);
    const struct wsync_write writes[] = {
        forge_integer(WSYNC_FORM_NUMBER, REPLICA_FORM), forge_integer(WSYNC_FORM_VERSION, 2),
        {WSYNC_FORM_DEFINITION, false, {.class = WSYNC_CLASS_TEXT, .text = definition}}};
    const struct wsync_operation operation = {.form = WSYNC_FORM_FORM,
                                              .version = 1,
                                              .creates = true,
                                              .writes = writes,
                                              .write_count = 3};
    forge_add(&world->forms, &operation);
}

/* S10.11: it waits, is held and sent on, and is released by the form itself. */
static void a_change_waits_for_its_form_version(void **state)
{
    struct world *world = *state;
    define_version_2(world);
    const struct wsync_write writes[] = {forge_integer(FORGE_DAY, DAY),
                                         forge_integer(FORGE_COUNT, 4)};
    const struct wsync_operation operation = {.form = REPLICA_FORM,
                                              .version = 2,
                                              .creates = true,
                                              .writes = writes,
                                              .write_count = 2};
    forge_add(&world->a, &operation);
    forge_create(&world->a, DAY, 1, 1);
    set_count(&world->a, at(0, 1), at(0, 1), 6); /* waits for the one that waits */
    give(world, &world->forms, 1, 1);
    give_all(world, &world->a);
    assert_unsettled(world, 2, 0);
    assert_count(world, DAY, 1, 1);
    give(world, &world->forms, 2, 2);
    assert_unsettled(world, 0, 0);
    assert_count(world, DAY, 2, 7);
}

/* S10.11, S10.12: nothing of a change takes effect before all of it can. */
static void a_change_waits_as_a_whole_for_a_record(void **state)
{
    struct world *world = *state;
    forge_create(&world->a, DAY, 1, 1);
    struct wsync_reference reference = forge_reference(&world->a, 1);
    const struct wsync_write day[] = {forge_integer(FORGE_DAY, DAY),
                                      forge_integer(FORGE_COUNT, 100)};
    const struct wsync_write count = forge_integer(FORGE_COUNT, 2);
    struct wsync_address base = at(1, 1);
    const struct wsync_operation operations[] = {
        {.form = REPLICA_FORM, .version = 1, .creates = true, .writes = day, .write_count = 2},
        {.form = REPLICA_FORM, .version = 1, .record = base, .bases = &base, .base_count = 1,
         .writes = &count, .write_count = 1},
    };
    struct wsync_draft draft = {
        .context = {.stamp_delta = 1, .references = &reference, .reference_count = 1},
        .operations = operations,
        .operation_count = 2};
    forge_add_draft(&world->b, &draft);
    give_all(world, &world->forms);
    give_all(world, &world->b);
    assert_unsettled(world, 1, 0);
    assert_count(world, DAY, 0, 0);
    give_all(world, &world->a);
    assert_unsettled(world, 0, 0);
    assert_count(world, DAY, 2, 102);
}

/* S10.13: later changes go on; only what names its records waits. */
static void quarantine_blocks_nothing_else(void **state)
{
    struct world *world = *state;
    forge_create(&world->a, DAY, 1, 9); /* there is no kind 9 */
    forge_create(&world->a, DAY, 2, 1);
    set_count(&world->a, at(0, 1), at(0, 1), 50);
    forge_create(&world->a, DAY, 4, 1);
    give_all(world, &world->forms);
    give_all(world, &world->a);
    assert_unsettled(world, 1, 1);
    assert_int_equal(reason_of(world, &world->a, 1), WSYNC_ERR_VALUE);
    assert_count(world, DAY, 2, 6);
}

/* S10.18: (stamp, device, log, seq, operation). */
static void the_last_by_stamp_then_device_is_shown(void **state)
{
    struct world *world = *state;
    forge_create(&world->a, DAY, 1, 1);
    meet(&world->b, &world->a, 1);
    meet(&world->c, &world->a, 1);
    set_count(&world->b, at(1, 1), at(1, 1), 20); /* both at the same second */
    set_count(&world->c, at(1, 1), at(1, 1), 30);
    bool b_last = memcmp(world->b.identity.device.b, world->c.identity.device.b,
                         WSYNC_DEVICE_ID_BYTES) > 0;
    give_all(world, &world->forms);
    give_all(world, &world->a);
    give_all(world, &world->c);
    give_all(world, &world->b);
    assert_shown(world, &world->a, 1, FORGE_COUNT, b_last ? 20 : 30, 2);
    assert_count(world, DAY, 1, b_last ? 20 : 30);
    set_count(b_last ? &world->c : &world->b, at(1, 1), NONE, 99); /* a second later */
    give(world, b_last ? &world->c : &world->b, 3, 3);
    assert_shown(world, &world->a, 1, FORGE_COUNT, 99, 3);
    set_count(&world->a, at(0, 1), NONE, 7); /* its clock is behind: not shown, but there */
    give(world, &world->a, 2, 2);
    assert_shown(world, &world->a, 1, FORGE_COUNT, 99, 4);
    assert_int_equal(count_on(world, DAY).in_conflict, 1);
}

static uint64_t mark(struct forge *forge, enum wsync_kind kind, struct wsync_address record,
                     const struct wsync_address *bases, size_t base_count)
{
    const struct wsync_operation operation = {.kind = kind,
                                              .record = record,
                                              .other = kind == WSYNC_KIND_DUPLICATE
                                                           ? bases[base_count]
                                                           : NONE,
                                              .bases = bases,
                                              .base_count = base_count};
    return forge_add(forge, &operation);
}

/* S10.16: a delete that leaves a live value unnamed is a conflict and counts as alive. */
static void a_delete_beside_an_edit_counts_as_alive(void **state)
{
    struct world *world = *state;
    struct wsync_address created = at(0, 1);
    forge_create(&world->a, DAY, 1, 1);
    meet(&world->b, &world->a, 1);
    set_count(&world->b, at(1, 1), at(1, 1), 20);
    mark(&world->a, WSYNC_KIND_DELETE, at(0, 1), &created, 1);
    give_all(world, &world->forms);
    give(world, &world->a, 1, 2);
    assert_life(world, &world->a, 1, WSYNC_LIFE_DELETED, false);
    assert_count(world, DAY, 0, 0);
    give_all(world, &world->b);
    assert_life(world, &world->a, 1, WSYNC_LIFE_ALIVE, true);
    assert_count(world, DAY, 1, 20);
    assert_int_equal(count_on(world, DAY).in_conflict, 1);
    meet(&world->a, &world->b, 2);
    const struct wsync_address all[] = {at(0, 1), at(0, 2), at(1, 2)};
    mark(&world->a, WSYNC_KIND_DELETE, at(0, 1), all, 3); /* resolved: it is deleted */
    give(world, &world->a, 3, 4);
    assert_life(world, &world->a, 1, WSYNC_LIFE_DELETED, false);
    assert_count(world, DAY, 0, 0);
    struct wsync_address gone = at(0, 4);
    mark(&world->a, WSYNC_KIND_REVIVE, at(0, 1), &gone, 1);
    give(world, &world->a, 5, 5);
    assert_life(world, &world->a, 1, WSYNC_LIFE_ALIVE, false);
    assert_count(world, DAY, 1, 20);
}

/* S10.16, S10.21: a duplicate counts as the other record and contributes nothing itself; two
 * devices that disagree which one counts are a conflict. */
static void a_duplicate_contributes_nothing(void **state)
{
    struct world *world = *state;
    forge_create(&world->a, DAY, 1, 1);
    forge_create(&world->a, DAY, 2, 1);
    forge_create(&world->a, DAY, 4, 1);
    const struct wsync_address of_second[] = {at(0, 1), at(0, 2)};
    mark(&world->a, WSYNC_KIND_DUPLICATE, at(0, 1), of_second, 1);
    give_all(world, &world->forms);
    give_all(world, &world->a);
    assert_life(world, &world->a, 1, WSYNC_LIFE_DUPLICATE, false);
    assert_count(world, DAY, 2, 6);
    meet(&world->b, &world->a, 3);
    const struct wsync_address of_third[] = {at(1, 1), at(1, 3)};
    mark(&world->b, WSYNC_KIND_DUPLICATE, at(1, 1), of_third, 1);
    give_all(world, &world->b);
    assert_life(world, &world->a, 1, WSYNC_LIFE_ALIVE, true);
    assert_count(world, DAY, 3, 7);
}

/* S10.20: no day is a key of its own; a record moves with its shown day. */
static void a_record_without_a_day_has_its_own_key(void **state)
{
    struct world *world = *state;
    const struct wsync_write count = forge_integer(FORGE_COUNT, 3);
    const struct wsync_operation operation = {.form = REPLICA_FORM, .version = 1,
                                              .creates = true, .writes = &count,
                                              .write_count = 1};
    forge_add(&world->a, &operation);
    const struct wsync_write day = forge_integer(FORGE_DAY, DAY);
    const struct wsync_operation move = {.form = REPLICA_FORM, .version = 1,
                                         .record = at(0, 1), .writes = &day, .write_count = 1};
    forge_add(&world->a, &move);
    struct wsync_address base = at(0, 2);
    const struct wsync_write blank = {FORGE_DAY, false, {.class = WSYNC_CLASS_BLANK}};
    const struct wsync_operation back = {.form = REPLICA_FORM, .version = 1,
                                         .record = at(0, 1), .bases = &base, .base_count = 1,
                                         .writes = &blank, .write_count = 1};
    forge_add(&world->a, &back);
    give_all(world, &world->forms);
    give(world, &world->a, 1, 1);
    assert_count(world, WSYNC_NO_DAY, 1, 3);
    give(world, &world->a, 2, 2);
    assert_count(world, WSYNC_NO_DAY, 0, 0);
    assert_count(world, DAY, 1, 3);
    give(world, &world->a, 3, 3);
    assert_count(world, WSYNC_NO_DAY, 1, 3);
    assert_count(world, DAY, 0, 0);
}

/* S10.23: whatever the values, a sum does not wrap. */
static void sums_do_not_overflow(void **state)
{
    struct world *world = *state;
    for (int i = 0; i < 3; i++) {
        forge_create(&world->a, DAY, INT64_MAX, 1);
        forge_create(&world->a, DAY + 1, INT64_MIN, 1);
    }
    give_all(world, &world->forms);
    give_all(world, &world->a);
    struct count count = count_on(world, DAY);
    assert_true(count.sum == (wsync_int128)INT64_MAX * 3);
    count = count_on(world, DAY + 1);
    assert_true(count.sum == (wsync_int128)INT64_MIN * 3);
    set_count(&world->a, at(0, 1), at(0, 1), INT64_MIN);
    give(world, &world->a, 7, 7);
    count = count_on(world, DAY);
    assert_true(count.sum == (wsync_int128)INT64_MAX * 2 + INT64_MIN);
}

/* S4.8, S6.15: an erased private part keeps chain, totals and digest as they were. */
static void an_erasure_changes_no_digest(void **state)
{
    struct world *world = *state;
    struct replica other;
    const struct wsync_write writes[] = {
        forge_integer(FORGE_DAY, DAY),
        {5, true, {.class = WSYNC_CLASS_TEXT, .text = wsync_slice_of("riêng")}}};
    const struct wsync_operation operation = {.form = REPLICA_FORM, .version = 1,
                                              .creates = true, .writes = writes,
                                              .write_count = 2};
    forge_add(&world->a, &operation);
    give_all(world, &world->forms);
    give_all(world, &world->a);
    struct wsync_change_set set = forge_set(&world->a, 1, 1);
    struct wsync_raw_change *raw = &set.changes[0];
    struct wsync_slice parts[] = {wsync_slice_of("wardsync/private/v1"),
                                  WSYNC_BYTES(raw->salt), raw->private_part};
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

int main(void)
{
#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_missing_base_is_superseded_when_it_arrives),
        WORLD_TEST(a_base_of_another_record_or_field_has_no_effect),
        WORLD_TEST(a_reference_to_another_branch_has_no_effect),
        WORLD_TEST(a_reference_ends_at_its_seq),
        WORLD_TEST(an_author_hears_what_its_peers_would_say),
        WORLD_TEST(a_reference_that_comes_later_is_none),
        WORLD_TEST(an_origin_moves_no_other_stamp),
        WORLD_TEST(a_change_waits_for_its_form_version),
        WORLD_TEST(a_change_waits_as_a_whole_for_a_record),
        WORLD_TEST(quarantine_blocks_nothing_else),
        WORLD_TEST(the_last_by_stamp_then_device_is_shown),
        WORLD_TEST(a_delete_beside_an_edit_counts_as_alive),
        WORLD_TEST(a_duplicate_contributes_nothing),
        WORLD_TEST(a_record_without_a_day_has_its_own_key),
        WORLD_TEST(sums_do_not_overflow),
        WORLD_TEST(an_erasure_changes_no_digest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
