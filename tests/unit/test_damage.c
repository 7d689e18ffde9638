/* SPDX-License-Identifier: Apache-2.0 */
/* A store that a disk damaged costs an error, never a crash, a loop without end or an
 * assertion: each row turned over, cut or gone, and everything that reads the row is asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/heads.h"
#include "tests/damage.h"
#include "tests/store_mem.h"
#include "tests/ward_pair_rich.h"
#include "wardsync/calendar.h"
#include "wardsync/frontier.h"
#include "wardsync/restore.h"
#include "wardsync/totals.h"
#include "wardsync/verdict.h"

enum { ROWS_MAX = 20000, LOGS = 8, FORM_MAX = 20, UNITS_MAX = 1000, TABLE_CONTACTS_FROM = 24 };

/* ---- reading ---- */

static enum wsync_err visit_dot(void *context, struct wsync_dot dot)
{
    (void)dot;
    ++*(uint64_t *)context;
    return WSYNC_OK;
}

static enum wsync_err visit_cell(void *context, const struct wsync_cell *cell)
{
    *(uint64_t *)context += (uint64_t)cell->records;
    return WSYNC_OK;
}

static void read_records(struct replica *who, struct wsync_txn *txn)
{
    struct wsync_dot from = {0};
    struct wsync_record record;
    uint64_t seen = 0;
    for (size_t i = 0;; i++) {
        assert_true(i < ROWS_MAX);
        size_t mark = wsync_arena_mark(&who->arena);
        enum wsync_err err = wsync_record_seek(txn, from, &who->arena, &record);
        from = record.id;
        from.op++;
        if (err == WSYNC_OK) {
            err = wsync_ledger_history(txn, record.id, visit_dot, &seen);
        }
        wsync_arena_release(&who->arena, mark);
        if (err != WSYNC_OK) {
            return;
        }
    }
}

static void read_logs(struct wsync_txn *txn)
{
    struct wsync_log log;
    struct wsync_log_id after;
    struct wsync_seal seal;
    uint64_t sealed;
    struct wsync_dot change = {0};
    uint64_t waiting;
    uint64_t quarantined;
    size_t turns = 0;
    for (enum wsync_err err = wsync_log_after(txn, NULL, &log); err == WSYNC_OK; turns++) {
        assert_true(turns < ROWS_MAX);
        after = log.id;
        (void)!wsync_ledger_unsettled_in(txn, log.no, &waiting, &quarantined);
        (void)!wsync_log_next_seal(txn, log.no, 1, &seal);
        (void)!wsync_log_sealed_before(txn, log.no, UINT64_MAX, &sealed);
        err = wsync_log_after(txn, &after, &log);
    }
    (void)!wsync_ledger_unsettled(txn, &waiting, &quarantined);
    for (enum wsync_err reason; wsync_ledger_quarantined(txn, &change, &reason) == WSYNC_OK;) {
        assert_true(turns++ < ROWS_MAX);
        assert_true(wsync_verdict_may_adopt(reason) ==
                    (reason == WSYNC_ERR_REVOKED || reason == WSYNC_ERR_RIGHT));
    }
}

static void read_roster(struct wsync_txn *txn)
{
    const struct wsync_frontier frontier = {.top = 1};
    struct wsync_device device;
    struct wsync_device_id id;
    struct wsync_hash digest;
    struct wsync_signed_statement statement;
    uint32_t count;
    size_t turns = 0;
    (void)!wsync_frontier_digest(txn, &frontier, &count, &digest);
    for (enum wsync_err err = wsync_device_after(txn, NULL, &device); err == WSYNC_OK;) {
        assert_true(turns++ < ROWS_MAX);
        id = device.id;
        struct wsync_transport_key key = device.transport_key;
        (void)!wsync_device_by_transport(txn, &key, &device);
        err = wsync_device_after(txn, &id, &device);
    }
    for (uint64_t version = 1; version < 20; version++) {
        (void)!wsync_roster_statement(txn, version, &statement);
    }
}

static void read_catalog(struct replica *who, struct wsync_txn *txn)
{
    const struct wsync_form *form;
    struct wsync_unit unit = {.id = 0};
    uint64_t records = 0;
    for (uint32_t number = 1; number < FORM_MAX; number++) {
        const struct wsync_totals_query query = {number, 0, WSYNC_NO_DAY, WSYNC_DAY_MAX};
        (void)!wsync_catalog_newest(who->catalog, txn, number, &form);
        (void)!wsync_totals_walk(txn, &who->arena, &query, visit_cell, &records);
    }
    size_t mark = wsync_arena_mark(&who->arena);
    uint32_t after = 0;
    for (size_t i = 0; i < UNITS_MAX; i++) {
        if (wsync_unit_after(txn, after, WARD_PAIR_DAY, &who->arena, &unit) != WSYNC_OK) {
            break;
        }
        assert_true(unit.id > after);
        after = unit.id;
    }
    wsync_arena_release(&who->arena, mark);
}

static void read_everything(struct replica *who)
{
    struct wsync_hash digest;
    struct wsync_txn *txn;
    assert_int_equal(wsync_store_begin(who->store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    size_t mark = wsync_arena_mark(&who->arena);
    for (uint32_t scope = 0; scope <= WARD_PAIR_UNIT; scope++) {
        struct wsync_head head;
        (void)!wsync_ledger_digest(&who->ledger, txn, &who->arena, scope, &digest);
        (void)!wsync_retired_head(txn, scope, &head);
    }
    read_records(who, txn);
    read_logs(txn);
    read_roster(txn);
    read_catalog(who, txn);
    wsync_arena_release(&who->arena, mark);
    wsync_txn_abort(txn);
    (void)!wsync_heads_check(who->store, NULL);
}

/* ---- writing ---- */

static enum wsync_err settle(struct replica *who, struct wsync_txn *txn)
{
    bool more = true;
    enum wsync_err err = WSYNC_OK;
    for (size_t turns = 0; err == WSYNC_OK && more; turns++) {
        assert_true(turns < ROWS_MAX);
        err = wsync_ledger_settle(&who->ledger, txn, &who->arena, &more);
    }
    return err;
}

/* A verdict computes the scope anew, from every row of it. */
static void pass_a_verdict(struct replica *who, const struct wsync_verdict *verdict)
{
    struct wsync_txn *txn;
    assert_int_equal(wsync_store_begin(who->store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    size_t mark = wsync_arena_mark(&who->arena);
    replica_tell_moment(who);
    enum wsync_err err =
        wsync_verdict_put(&who->ledger, txn, &who->arena, WARD_PAIR_UNIT, verdict);
    if (err == WSYNC_OK) {
        err = settle(who, txn);
    }
    if (err == WSYNC_OK) {
        err = wsync_retire_all(&who->ledger, txn);
    }
    (void)err;
    wsync_arena_release(&who->arena, mark);
    wsync_txn_abort(txn);
    wsync_catalog_forget(who->catalog);
}

/* ---- the sweep ---- */

static struct wsync_verdict verdict_on(struct replica *author)
{
    struct wsync_log log = ward_pair_own_log(author, WARD_PAIR_UNIT);
    struct wsync_verdict verdict = {.log = log.id,
                                    .seq = 2,
                                    .decision = WSYNC_DECISION_QUARANTINE,
                                    .reason = WSYNC_ERR_RIGHT};
    struct wsync_hash hash;
    struct wsync_txn *txn;
    assert_int_equal(wsync_store_begin(author->store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_log_hash(txn, log.no, 2, &hash), WSYNC_OK);
    wsync_txn_abort(txn);
    verdict.hash = wsync_hash_prefix_of(&hash);
    return verdict;
}

/* `way` DAMAGE_WAYS: a bit of it. */
static void suffer(struct replica *sound, const struct damage *damage, enum damage_way way,
                   const struct wsync_verdict *verdict)
{
    struct replica who = *sound;
    who.store = wsync_store_mem_clone(sound->store);
    wsync_catalog_forget(who.catalog);
    if (way == DAMAGE_WAYS) {
        damage_do(who.store, damage);
    } else {
        damage_whole(who.store, damage->table, damage->row, way);
    }
    read_everything(&who);
    wsync_catalog_forget(who.catalog);
    pass_a_verdict(&who, verdict);
    wsync_store_close(who.store);
}

static size_t sweep(struct replica *sound, const struct wsync_verdict *verdict, size_t every)
{
    size_t suffered = 0;
    for (int table = 0; table < TABLE_CONTACTS_FROM; table++) {
        struct damage damage = {.table = (enum wsync_table)table};
        for (damage.row = 0;; damage.row++) {
            struct wsync_entry entry;
            struct wsync_txn *txn;
            assert_int_equal(wsync_store_begin(sound->store, WSYNC_TXN_READ, &txn), WSYNC_OK);
            bool there = damage_row(txn, damage.table, damage.row, &entry);
            const size_t lens[] = {entry.value.len, entry.key.len};
            wsync_txn_abort(txn);
            if (!there) {
                break;
            }
            for (int way = 0; way < DAMAGE_WAYS; way++) {
                suffer(sound, &damage, (enum damage_way)way, verdict);
            }
            for (size_t part = 0; part < 2; part++) {
                damage.in_key = part == 1;
                for (damage.byte = damage.row % every; damage.byte < lens[part];
                     damage.byte += every) {
                    suffer(sound, &damage, DAMAGE_WAYS, verdict);
                    suffered++;
                }
            }
        }
    }
    return suffered;
}

static void damage_costs_an_error_at_most(void **state)
{
    struct ward_pair *world = *state;
    size_t every = getenv("DAMAGE_EVERY") ? strtoul(getenv("DAMAGE_EVERY"), NULL, 10) : 7;
    struct wsync_verdict verdict = verdict_on(&world->b);
    assert_true(sweep(&world->district, &verdict, every) > 700);
    wsync_catalog_forget(world->district.catalog);
}

/* What a sound store answers to the same questions. */
static void a_sound_store_answers(void **state)
{
    struct ward_pair *world = *state;
    struct replica *district = &world->district;
    struct wsync_log log = ward_pair_own_log(&world->b, WARD_PAIR_UNIT);
    struct wsync_log here;
    struct wsync_txn *txn;
    uint64_t waiting;
    uint64_t quarantined;
    struct wsync_dot change = {0};
    enum wsync_err reason;
    assert_int_equal(wsync_store_begin(district->store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_log_find(txn, &log.id, &here), WSYNC_OK);
    assert_int_equal(wsync_ledger_unsettled_in(txn, here.no, &waiting, &quarantined), WSYNC_OK);
    assert_int_equal(waiting, 0);
    assert_int_equal(quarantined, 1);
    assert_int_equal(wsync_ledger_quarantined(txn, &change, &reason), WSYNC_OK);
    assert_int_equal(change.log_no, here.no);
    assert_int_equal(change.seq, 1);
    assert_int_equal(reason, WSYNC_ERR_RIGHT);
    assert_int_equal(wsync_ledger_quarantined(txn, &change, &reason), WSYNC_ERR_NOT_FOUND);
    size_t devices = 0;
    struct wsync_device device;
    struct wsync_device_id id;
    enum wsync_err err = wsync_device_after(txn, NULL, &device);
    for (; err == WSYNC_OK; devices++) {
        id = device.id;
        err = wsync_device_after(txn, &id, &device);
    }
    assert_int_equal(err, WSYNC_ERR_NOT_FOUND);
    assert_true(devices >= 3);
    wsync_txn_abort(txn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define RICH(name) cmocka_unit_test_setup_teardown(name, ward_pair_rich, ward_pair_tear_down)
        RICH(a_sound_store_answers),
        RICH(damage_costs_an_error_at_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
