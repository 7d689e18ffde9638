/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/ward_pair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/store_mem.h"
#include "tests/verified.h"
#include "wardsync/totals.h"

enum { SYNCS_MAX = 6 };

int ward_pair_set_up(void **state)
{
    struct ward_pair *world = calloc(1, sizeof *world);
    installation_init(&world->installation, WARD_PAIR_SEED);
    replica_init(&world->district, wsync_store_mem_new(), WARD_PAIR_SEED, 0, REPLICA_TOP);
    replica_init(&world->a, wsync_store_mem_new(), WARD_PAIR_SEED, 1, WARD_PAIR_UNIT);
    replica_init(&world->b, wsync_store_mem_new(), WARD_PAIR_SEED, 2, WARD_PAIR_UNIT);
    replica_found(&world->district, &world->installation);
    replica_enrol(&world->district, &world->installation, &world->a);
    replica_enrol(&world->district, &world->installation, &world->b);
    *state = world;
    return 0;
}

int ward_pair_tear_down(void **state)
{
    struct ward_pair *world = *state;
    replica_fini(&world->district);
    replica_fini(&world->a);
    replica_fini(&world->b);
    if (world->has_twin) {
        replica_fini(&world->twin);
    }
    free(world);
    return 0;
}

void ward_pair_put_back(struct replica *replica, struct wsync_store *backup)
{
    wsync_store_close(replica->store);
    replica->store = backup;
    wsync_catalog_forget(replica->catalog);
}

void ward_pair_go_back(struct ward_pair *world, int64_t count)
{
    struct wsync_store *backup = wsync_store_mem_clone(world->a.store);
    ward_pair_create(&world->a, count);
    ward_pair_sync(world, &world->a, WSYNC_OK);
    ward_pair_put_back(&world->a, backup);
    world->a.draws += 100; /* its dice fall otherwise than before */
}

void ward_pair_clone(struct ward_pair *world)
{
    replica_init(&world->twin, wsync_store_mem_clone(world->a.store), WARD_PAIR_SEED, 1,
                 WARD_PAIR_UNIT);
    world->twin.now = world->a.now;
    world->twin.draws = world->a.draws + 1000;
    world->has_twin = true;
}

void ward_pair_sync(struct ward_pair *world, struct replica *ward, enum wsync_err expected)
{
    assert_int_equal(replica_sync(ward, &world->district, &world->installation, NULL),
                     expected);
}

void ward_pair_sync_on(struct ward_pair *world, struct replica *ward)
{
    for (int i = 0; i < SYNCS_MAX; i++) {
        enum wsync_err err = replica_sync(ward, &world->district, &world->installation, NULL);
        bool begins_again = err == WSYNC_ERR_DIVERGED || err == WSYNC_ERR_ROTATED;
        assert_true(err == WSYNC_OK || (begins_again && i == 0));
    }
}

void ward_pair_create(struct replica *ward, int64_t count)
{
    struct wsync_dot written;
    ward->now++;
    assert_int_equal(replica_create(ward, WARD_PAIR_DAY, count, 1, &written), WSYNC_OK);
}

struct sum {
    int64_t records;
    wsync_int128 sum;
};

static enum wsync_err add_cell(void *context, const struct wsync_cell *cell)
{
    struct sum *sum = context;
    const struct wsync_measure *measure = wsync_cell_measure(cell, FORGE_COUNT, 0);
    sum->records += cell->records;
    sum->sum += measure ? measure->sum : 0;
    return WSYNC_OK;
}

void ward_pair_totals(struct replica *replica, int64_t records, int64_t total)
{
    struct wsync_txn *txn;
    struct sum sum = {0};
    const struct wsync_totals_query query = {REPLICA_FORM, WARD_PAIR_UNIT, WARD_PAIR_DAY,
                                             WARD_PAIR_DAY};
    assert_int_equal(wsync_store_begin(replica->store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_totals_walk(txn, &replica->arena, &query, add_cell, &sum), WSYNC_OK);
    wsync_txn_abort(txn);
    assert_int_equal(sum.records, records);
    assert_true(sum.sum == total);
}

void ward_pair_same(struct replica *one, struct replica *other)
{
    struct wsync_hash first = replica_digest(one, WARD_PAIR_UNIT);
    struct wsync_hash second = replica_digest(other, WARD_PAIR_UNIT);
    assert_memory_equal(first.b, second.b, sizeof first.b);
}

void ward_pair_agreed(struct ward_pair *world, int64_t records, int64_t total)
{
    struct replica *all[] = {&world->a, &world->b, &world->twin};
    uint64_t waiting, quarantined;
    struct wsync_txn *txn;
    ward_pair_totals(&world->district, records, total);
    struct wsync_hash anew = replica_recomputed_digest(&world->district, WARD_PAIR_UNIT);
    struct wsync_hash live = replica_digest(&world->district, WARD_PAIR_UNIT);
    assert_memory_equal(anew.b, live.b, sizeof anew.b);
    verified_clean(&world->district, &world->installation);
    for (size_t i = 0; i < (world->has_twin ? 3U : 2U); i++) {
        ward_pair_same(all[i], &world->district);
        assert_int_equal(wsync_store_begin(all[i]->store, WSYNC_TXN_READ, &txn), WSYNC_OK);
        assert_int_equal(wsync_ledger_unsettled(txn, &waiting, &quarantined), WSYNC_OK);
        wsync_txn_abort(txn);
        assert_int_equal(waiting, 0);
        verified_clean(all[i], &world->installation);
    }
}

void ward_pair_settle(struct ward_pair *world, int64_t records, int64_t total)
{
    ward_pair_sync_on(world, &world->a);
    ward_pair_sync_on(world, &world->b);
    ward_pair_sync_on(world, &world->a);
    ward_pair_agreed(world, records, total);
}

struct wsync_log ward_pair_own_log(struct replica *replica, uint32_t scope)
{
    struct wsync_txn *txn;
    struct wsync_log log = {.no = 0};
    assert_int_equal(wsync_store_begin(replica->store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    enum wsync_err err = wsync_ledger_own_log(txn, scope, &log);
    assert_true(err == WSYNC_OK || err == WSYNC_ERR_NOT_FOUND);
    wsync_txn_abort(txn);
    return log;
}
