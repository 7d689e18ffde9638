/* SPDX-License-Identifier: Apache-2.0 */
/* Verification of the transparency log: a byte flipped in a leaf, a node, a checkpoint, a
 * leaf's place or a receipt is found, and so is a seal that names what this log never had (SPEC
 * S15.29). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/damage.h"
#include "tests/store_mem.h"
#include "tests/tlog.h"
#include "tests/verified.h"
#include "tests/ward_pair.h"

static int set_up(void **state)
{
    assert_int_equal(ward_pair_set_up(state), 0);
    struct ward_pair *world = *state;
    replica_open_log(&world->district, &world->installation);
    for (int i = 0; i < 4; i++) {
        ward_pair_sync(world, &world->a, WSYNC_OK);
        ward_pair_sync(world, &world->b, WSYNC_OK);
        ward_pair_create(&world->a, i);
        ward_pair_create(&world->b, i);
    }
    world->district.draws += 50;
    replica_open_log(&world->district, &world->installation); /* another tree */
    ward_pair_sync(world, &world->a, WSYNC_OK);
    ward_pair_sync(world, &world->b, WSYNC_OK);
    ward_pair_sync(world, &world->a, WSYNC_OK);
    return 0;
}

static void a_log_as_it_should_be(void **state)
{
    struct ward_pair *world = *state;
    verified_clean(&world->district, &world->installation);
    verified_clean(&world->a, &world->installation);
    verified_clean(&world->b, &world->installation);
}

static uint64_t findings(struct replica *of, const struct ward_pair *world,
                         const struct damage *spot)
{
    static struct verified result;
    struct replica damaged = *of;
    damaged.store = wsync_store_mem_clone(of->store);
    damage_do(damaged.store, spot);
    verified(&damaged, &world->installation, &result);
    wsync_store_close(damaged.store);
    return result.result.findings;
}

/* The time of a checkpoint's row is for people alone, and so are number, time and mark of a
 * receipt's. */
static bool is_free(const struct damage *spot)
{
    size_t byte = spot->byte;
    return (spot->table == WSYNC_TABLE_CHECKPOINTS && !spot->in_key && byte >= 32 &&
            byte < 40) ||
           (spot->table == WSYNC_TABLE_RECEIPTS && (spot->in_key || byte < 11));
}

static void sweep(struct replica *of, const struct ward_pair *world, enum wsync_table table)
{
    struct wsync_entry entry;
    struct wsync_txn *txn;
    size_t spots = 0;
    assert_int_equal(wsync_store_begin(of->store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    for (size_t row = 0; damage_row(txn, table, row, &entry); row++) {
        const size_t lens[] = {entry.value.len, entry.key.len};
        for (size_t part = 0; part < 2; part++) {
            struct damage spot = {.table = table, .row = row, .in_key = part == 1};
            for (spot.byte = row % 7; spot.byte < lens[part]; spot.byte += 7) {
                if (is_free(&spot)) {
                    continue;
                }
                if (findings(of, world, &spot) == 0) {
                    fail_msg("table %d row %zu %s byte %zu: nothing found", (int)table, row,
                             part == 1 ? "key" : "value", spot.byte);
                }
                spots++;
            }
        }
    }
    wsync_txn_abort(txn);
    assert_true(spots > 10);
}

static void every_flipped_byte_is_found(void **state)
{
    static const enum wsync_table TABLES[] = {WSYNC_TABLE_LEAVES, WSYNC_TABLE_TREE,
                                              WSYNC_TABLE_LEAF_OF, WSYNC_TABLE_CHECKPOINTS};
    struct ward_pair *world = *state;
    for (size_t i = 0; i < sizeof TABLES / sizeof *TABLES; i++) {
        sweep(&world->district, world, TABLES[i]);
    }
    sweep(&world->a, world, WSYNC_TABLE_RECEIPTS);
}

/* A ward that was shown another log by the same keys says so in its next seal. */
static void a_seal_from_a_split_view_is_found(void **state)
{
    struct ward_pair *world = *state;
    static struct verified result;
    struct replica other;
    replica_init(&other, wsync_store_mem_clone(world->district.store), WARD_PAIR_SEED, 0,
                 REPLICA_TOP);
    other.now = world->district.now;
    other.draws = world->district.draws + 5000;
    other.keeps_log = true;
    ward_pair_create(&world->b, 5);
    assert_int_equal(replica_sync(&world->b, &other, &world->installation, NULL), WSYNC_OK);
    ward_pair_create(&world->a, 6);
    ward_pair_sync(world, &world->a, WSYNC_OK);
    ward_pair_create(&world->b, 7);
    enum wsync_err err = replica_sync(&world->b, &world->district, &world->installation, NULL);
    assert_true(err == WSYNC_ERR_SPLIT || err == WSYNC_ERR_ROLLED_BACK);
    verified(&world->district, &world->installation, &result);
    assert_int_equal(result.result.findings, 1);
    assert_string_equal(result.findings[0].what, "witness");
    replica_fini(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_log_as_it_should_be, set_up, ward_pair_tear_down),
        cmocka_unit_test_setup_teardown(every_flipped_byte_is_found, set_up,
                                        ward_pair_tear_down),
        {"case 14: a seal from a split view is found", a_seal_from_a_split_view_is_found,
         set_up, ward_pair_tear_down, NULL},
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
