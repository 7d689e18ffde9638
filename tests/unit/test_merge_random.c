/* SPDX-License-Identifier: Apache-2.0 */
/* Merge as a property (invariants 4, 5 and 6, SPEC section 10): random small histories of three
 * devices, delivered in many orders and batches, give one digest, one set of totals, and what a
 * model says that knows no order at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/history.h"
#include "tests/store_mem.h"
#include "tests/verified.h"
#include "wardsync/totals.h"

enum { SEED = 13, HISTORIES = 120, ORDERS = 5 };

struct world {
    struct installation installation;
    struct replica district, wards[HISTORY_DEVICES];
    struct forge forms; /* the district's log */
};

/* ---- delivery ---- */

/* Delivers all logs in runs of random size and order; some run comes twice. */
static void deliver(struct world *world, struct history *history, struct replica *reader)
{
    struct forge *logs[HISTORY_DEVICES + 1] = {&world->forms};
    uint64_t given[HISTORY_DEVICES + 1] = {0};
    size_t left = 0;
    for (int i = 0; i < HISTORY_DEVICES; i++) {
        logs[i + 1] = &history->forges[i];
    }
    for (size_t i = 0; i <= HISTORY_DEVICES; i++) {
        left += logs[i]->seq > 0;
    }
    while (left > 0) {
        size_t i = history_draw(history, HISTORY_DEVICES + 1);
        if (given[i] == logs[i]->seq) {
            continue;
        }
        uint64_t last = given[i] + 1 + history_draw(history, 4);
        last = last > logs[i]->seq ? logs[i]->seq : last;
        uint64_t first = history_draw(history, 4) > 0 ? given[i] + 1
                                                      : 1 + history_draw(history, given[i] + 1);
        struct wsync_change_set set = forge_set(logs[i], first, last);
        assert_int_equal(forge_give(reader, &set), WSYNC_OK);
        given[i] = last;
        left -= last == logs[i]->seq;
        if (history_draw(history, 3) == 0) {
            forge_settle(reader);
        }
    }
    forge_settle(reader);
}

/* ---- comparing with the model ---- */

static uint32_t log_no(struct wsync_txn *txn, const struct forge *forge)
{
    struct wsync_log log;
    assert_int_equal(wsync_log_find(txn, &forge->log, &log), WSYNC_OK);
    return log.no;
}

static struct wsync_dot dot_of(struct wsync_txn *txn, const struct history *history,
                               struct history_at at)
{
    return (struct wsync_dot){log_no(txn, &history->forges[at.device]), (uint64_t)at.seq,
                              (uint32_t)at.op};
}

static void compare_field(struct wsync_txn *txn, const struct history *history,
                          struct history_at id, int field, const struct wsync_record *record)
{
    struct history_at values[HISTORY_ALL_OPS], shown;
    size_t expected = history_live(history, history->seq, id, field, values);
    size_t count;
    const struct wsync_live *live = wsync_record_shown(record, (uint32_t)field, &count);
    assert_int_equal(count, expected);
    if (expected > 0) {
        assert_true(history_shown(history, history->seq, id, field, &shown));
        assert_true(wsync_dot_equal(live->dot, dot_of(txn, history, shown)));
        const struct history_op *op = history_op(history, shown);
        assert_int_equal(live->value.class,
                         op->blank[field] ? WSYNC_CLASS_BLANK : WSYNC_CLASS_INTEGER);
        assert_true(op->blank[field] || live->value.integer == op->values[field]);
    }
}

/* The list of conflicts names the record exactly when it is in conflict (invariant 6). */
static void compare_conflict(struct wsync_txn *txn, const struct wsync_record *record)
{
    uint8_t key[WSYNC_RECORD_KEY_BYTES];
    struct wsync_slice row;
    enum wsync_err err =
        wsync_txn_get(txn, WSYNC_TABLE_CONFLICTS, wsync_record_key(record->id, key), &row);
    assert_int_equal(err, wsync_record_in_conflict(record) ? WSYNC_OK : WSYNC_ERR_NOT_FOUND);
}

static void compare_records(struct wsync_txn *txn, struct replica *reader,
                            const struct history *history)
{
    struct history_at at = HISTORY_START;
    while (history_next(history, history->seq, &at)) {
        struct wsync_record record;
        bool contested, expected;
        if (!history_op(history, at)->creates) {
            continue;
        }
        assert_int_equal(
            wsync_record_get(txn, dot_of(txn, history, at), 0, &reader->arena, &record),
            WSYNC_OK);
        for (int field = 1; field < HISTORY_FIELDS; field++) {
            compare_field(txn, history, at, field, &record);
        }
        enum wsync_life life = history_life(history, history->seq, at, &expected);
        assert_int_equal(wsync_record_life(&record, &contested, NULL), life);
        assert_int_equal(contested, expected);
        compare_conflict(txn, &record);
        wsync_arena_release(&reader->arena, 0);
    }
}

/* Totals recounted from the model; the last row is for records without a day. */
struct count {
    int64_t records, conflicts, sum, summed, kinds[3];
};

static void count_record(const struct history *history, struct history_at id,
                         struct count *days)
{
    struct history_at shown, values[HISTORY_ALL_OPS];
    bool contested;
    const int *view = history->seq;
    if (history_life(history, view, id, &contested) != WSYNC_LIFE_ALIVE) {
        return;
    }
    bool conflict = contested;
    for (int field = 1; field < HISTORY_FIELDS; field++) {
        conflict |= history_live(history, view, id, field, values) > 1;
    }
    struct count *day = &days[HISTORY_DAYS];
    if (history_shown(history, view, id, FORGE_DAY, &shown) &&
        !history_op(history, shown)->blank[FORGE_DAY]) {
        day = &days[history_op(history, shown)->values[FORGE_DAY] - HISTORY_DAY];
    }
    day->records++;
    day->conflicts += conflict;
    if (history_shown(history, view, id, FORGE_COUNT, &shown) &&
        !history_op(history, shown)->blank[FORGE_COUNT]) {
        day->sum += history_op(history, shown)->values[FORGE_COUNT];
        day->summed++;
    }
    if (history_shown(history, view, id, FORGE_KIND, &shown) &&
        !history_op(history, shown)->blank[FORGE_KIND]) {
        day->kinds[history_op(history, shown)->values[FORGE_KIND]]++;
    }
}

static int64_t count_of(const struct wsync_measure *measure)
{
    return measure ? measure->count : 0;
}

static enum wsync_err take_off(void *context, const struct wsync_cell *cell)
{
    struct count *days = context;
    struct count *day =
        cell->day == WSYNC_NO_DAY ? &days[HISTORY_DAYS] : &days[cell->day - HISTORY_DAY];
    const struct wsync_measure *sum = wsync_cell_measure(cell, FORGE_COUNT, 0);
    assert_int_equal(cell->form, REPLICA_FORM);
    assert_int_equal(cell->scope, 2);
    assert_int_equal(cell->subject, 2);
    assert_int_not_equal(cell->records, 0);
    day->records -= cell->records;
    day->conflicts -= cell->in_conflict;
    day->summed -= count_of(sum);
    day->sum -= sum ? (int64_t)sum->sum : 0;
    for (uint32_t kind = 1; kind <= 2; kind++) {
        day->kinds[kind] -= count_of(wsync_cell_measure(cell, FORGE_KIND, kind));
    }
    return WSYNC_OK;
}

static void compare_totals(struct wsync_txn *txn, struct replica *reader,
                           const struct history *history)
{
    static const struct count NOTHING;
    struct count days[HISTORY_DAYS + 1] = {{0}};
    struct history_at at = HISTORY_START;
    while (history_next(history, history->seq, &at)) {
        if (history_op(history, at)->creates) {
            count_record(history, at, days);
        }
    }
    const struct wsync_totals_query query = {REPLICA_FORM, 2, WSYNC_NO_DAY,
                                             HISTORY_DAY + HISTORY_DAYS};
    assert_int_equal(wsync_totals_walk(txn, &reader->arena, &query, take_off, days), WSYNC_OK);
    for (size_t i = 0; i <= HISTORY_DAYS; i++) {
        assert_memory_equal(&days[i], &NOTHING, sizeof NOTHING);
    }
}

static void compare_with_model(struct replica *reader, const struct history *history)
{
    struct wsync_txn *txn;
    uint64_t waiting, quarantined;
    assert_int_equal(wsync_store_begin(reader->store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_ledger_unsettled(txn, &waiting, &quarantined), WSYNC_OK);
    assert_int_equal(waiting, 0);
    assert_int_equal(quarantined, 0);
    compare_records(txn, reader, history);
    compare_totals(txn, reader, history);
    wsync_txn_abort(txn);
}

/* ---- the tests ---- */

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    struct wsync_txn *txn;
    struct wsync_log log;
    installation_init(&world->installation, SEED);
    replica_init(&world->district, wsync_store_mem_new(), SEED, 0, REPLICA_TOP);
    replica_found(&world->district, &world->installation);
    for (uint32_t i = 0; i < HISTORY_DEVICES; i++) {
        replica_init(&world->wards[i], wsync_store_mem_new(), SEED, i + 1, 2);
        replica_enrol(&world->district, &world->installation, &world->wards[i]);
    }
    assert_int_equal(wsync_store_begin(world->district.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_ledger_own_log(txn, REPLICA_TOP, &log), WSYNC_OK);
    wsync_txn_abort(txn);
    forge_load(&world->forms, &world->district, &world->district, &log.id);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    forge_fini(&world->forms);
    replica_fini(&world->district);
    for (int i = 0; i < HISTORY_DEVICES; i++) {
        replica_fini(&world->wards[i]);
    }
    free(world);
    return 0;
}

/* Invariants 4, 5 and 6. */
static void every_order_gives_what_the_model_says(void **state)
{
    struct world *world = *state;
    const char *only = getenv("MERGE_SEED");
    uint64_t first = only ? strtoull(only, NULL, 10) : 1;
    uint64_t last = only ? first : HISTORIES;
    for (uint64_t seed = first; seed <= last; seed++) {
        struct history *history = history_new(world->wards, &world->installation, seed);
        struct wsync_hash digest;
        for (int order = 0; order < ORDERS; order++) {
            struct replica reader;
            forge_reader(&reader, &world->district);
            deliver(world, history, &reader);
            struct wsync_hash got = replica_digest(&reader, 0);
            if (order > 0 && !wsync_hash_equal(&got, &digest)) {
                print_error("order %d differs; again with MERGE_SEED=%d\n", order, (int)seed);
            }
            assert_true(order == 0 || wsync_hash_equal(&got, &digest));
            digest = got;
            compare_with_model(&reader, history);
            if (order == 0) {
                verified_clean(&reader, &world->installation);
            }
            replica_fini(&reader);
        }
        history_free(history);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_order_gives_what_the_model_says, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
