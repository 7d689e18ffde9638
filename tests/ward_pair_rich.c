/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/ward_pair_rich.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/bench.h"
#include "tests/store_mem.h"
#include "wardsync/verdict.h"

/* A backup was put back and written on: a fork, a verdict on it, copies with their origins. */
static void let_a_go_back(struct ward_pair *world)
{
    ward_pair_create(&world->a, 1);
    ward_pair_create(&world->a, 2);
    ward_pair_sync(world, &world->a, WSYNC_OK);
    ward_pair_go_back(world, 4);
    ward_pair_create(&world->a, 100);
    ward_pair_create(&world->a, 200);
    ward_pair_sync_on(world, &world->a);
    ward_pair_sync_on(world, &world->b);
}

static void let_them_disagree(struct ward_pair *world)
{
    struct wsync_dot record;
    assert_int_equal(replica_create(&world->a, WARD_PAIR_DAY + 1, 7, 1, &record), WSYNC_OK);
    ward_pair_sync_on(world, &world->a);
    ward_pair_sync_on(world, &world->b);
    struct wsync_dot same = replica_dot_at(&world->a, record, &world->b);
    assert_int_equal(replica_set_count(&world->a, record, 8), WSYNC_OK);
    assert_int_equal(replica_set_count(&world->b, same, 9), WSYNC_OK);
    ward_pair_sync_on(world, &world->a);
    ward_pair_sync_on(world, &world->b);
}

static void define_a_unit(struct ward_pair *world)
{
    struct wsync_dot written;
    const struct wsync_write writes[] = {
        forge_integer(WSYNC_UNIT_ID, 2),
        forge_integer(WSYNC_UNIT_LEVEL, 2),
        {WSYNC_UNIT_NAME, false, {.class = WSYNC_CLASS_TEXT, .text = wsync_slice_of("B")}}};
    const struct wsync_intent intent = {.form = WSYNC_FORM_UNIT,
                                        .version = 1,
                                        .creates = true,
                                        .writes = writes,
                                        .write_count = 3};
    assert_int_equal(replica_write(&world->district, REPLICA_TOP, &intent, 1, &written),
                     WSYNC_OK);
}

static void quarantine_one(struct ward_pair *world)
{
    struct wsync_log log = ward_pair_own_log(&world->b, WARD_PAIR_UNIT);
    struct wsync_verdict verdict = {.log = log.id,
                                    .seq = 1,
                                    .decision = WSYNC_DECISION_QUARANTINE,
                                    .reason = WSYNC_ERR_RIGHT};
    struct wsync_hash hash;
    struct wsync_txn *txn;
    assert_int_equal(wsync_store_begin(world->b.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_log_hash(txn, log.no, 1, &hash), WSYNC_OK);
    wsync_txn_abort(txn);
    verdict.hash = wsync_hash_prefix_of(&hash);
    forge_pass(&world->district, WARD_PAIR_UNIT, &verdict);
}

/* A change that edits a record of a log nobody has. */
static void let_one_wait(struct ward_pair *world)
{
    struct forge waits;
    struct forge missing;
    forge_init(&waits, &world->b, &world->installation, 3, 77);
    forge_init(&missing, &world->b, &world->installation, 3, 78);
    forge_create(&missing, WARD_PAIR_DAY, 1, 1);
    bench_meet(&waits, &missing, 1);
    bench_set_count(&waits, bench_at(1, 1), BENCH_NONE, 5);
    struct wsync_change_set set = forge_set(&waits, 1, waits.seq);
    assert_int_equal(forge_give(&world->district, &set), WSYNC_OK);
    forge_settle(&world->district);
    forge_fini(&waits);
    forge_fini(&missing);
}

/* A device that is gone, and one log of it that stays valid up to a pin. */
static void remove_one(struct ward_pair *world)
{
    struct replica gone;
    struct wsync_txn *txn;
    struct wsync_signed_statement issued;
    const struct wsync_pin pin = {{{7}}, 5, {{8}}};
    replica_init(&gone, wsync_store_mem_new(), WARD_PAIR_SEED, 9, WARD_PAIR_UNIT);
    replica_enrol(&world->district, &world->installation, &gone);
    struct wsync_statement revoke = {.kind = WSYNC_STATEMENT_REVOKE,
                                     .revoke = {gone.identity.device, &pin, 1, false}};
    assert_int_equal(wsync_store_begin(world->district.store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    assert_int_equal(wsync_roster_issue(txn, &world->district.arena, &revoke,
                                        &world->installation.desk.registrar, &issued),
                     WSYNC_OK);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
    replica_fini(&gone);
}

int ward_pair_rich(void **state)
{
    assert_int_equal(ward_pair_set_up(state), 0);
    struct ward_pair *world = *state;
    ward_pair_sync(world, &world->a, WSYNC_OK); /* brings the form */
    ward_pair_sync(world, &world->b, WSYNC_OK);
    let_a_go_back(world);
    ward_pair_create(&world->b, 16);
    let_them_disagree(world);
    define_a_unit(world);
    quarantine_one(world);
    let_one_wait(world);
    remove_one(world);
    ward_pair_sync_on(world, &world->a);
    ward_pair_sync_on(world, &world->b);
    return 0;
}
