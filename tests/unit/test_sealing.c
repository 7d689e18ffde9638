/* SPDX-License-Identifier: Apache-2.0 */
/* What a device wrote is sealed once and for all before its key goes (SPEC section 7.12):
 * whoever lost it gets it back from a side that has the old key no more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/branch.h"
#include "tests/pair.h"
#include "tests/store_mem.h"
#include "tests/tlog.h"
#include "tests/verified.h"
#include "wardsync/rotation.h"

enum { LARGE_BYTES = 4000 }; /* of a note: two such changes fill a run */

static void write_large(struct replica *replica, int64_t count)
{
    static uint8_t note[LARGE_BYTES];
    struct wsync_dot written;
    memset(note, 'n', sizeof note);
    const struct wsync_write writes[] = {
        forge_integer(FORGE_DAY, WARD_PAIR_DAY),
        forge_integer(FORGE_COUNT, count),
        {FORGE_NOTE,
         false,
         {.class = WSYNC_CLASS_TEXT, .text = wsync_slice(note, sizeof note)}}};
    const struct wsync_intent intent = {.form = REPLICA_FORM,
                                        .version = 1,
                                        .creates = true,
                                        .writes = writes,
                                        .write_count = 3};
    replica->now++;
    assert_int_equal(replica_write(replica, WARD_PAIR_UNIT, &intent, 1, &written), WSYNC_OK);
}

static size_t seals_of(struct replica *replica, uint32_t log_no)
{
    struct wsync_txn *txn;
    struct wsync_seal seal = {.seq = 0};
    size_t count = 0;
    assert_int_equal(wsync_store_begin(replica->store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    while (wsync_log_next_seal(txn, log_no, seal.seq + 1, &seal) == WSYNC_OK) {
        count++;
    }
    wsync_txn_abort(txn);
    return count;
}

/* S4.12, S7.60: the district went back to before the ward's log, and the ward has its key no
 * more; from anywhere in it, in the middle of runs included, the log comes again. */
static void a_log_comes_back_without_its_key(void **state)
{
    struct ward_pair *world = *state;
    ward_pair_sync(world, &world->a, WSYNC_OK);
    struct wsync_store *backup = wsync_store_mem_clone(world->district.store);
    ward_pair_create(&world->a, 1);
    ward_pair_sync(world, &world->a, WSYNC_OK);
    for (int i = 1; i < 12; i++) {
        write_large(&world->a, 1 << i);
    }
    uint32_t log = ward_pair_own_log(&world->a, WARD_PAIR_UNIT).no;
    replica_rotate(&world->a, 1);
    assert_int_equal(seals_of(&world->a, log), 6); /* of a small one and two of large ones */
    ward_pair_sync_on(world, &world->a);
    ward_pair_totals(&world->district, 12, 4095);
    verified_clean(&world->a, &world->installation);
    ward_pair_sync(world, &world->b, WSYNC_OK);
    ward_pair_put_back(&world->district, backup);
    world->district.draws += 1000;
    ward_pair_sync(world, &world->b, WSYNC_OK); /* which knows of the new key */
    ward_pair_sync_on(world, &world->a);
    ward_pair_sync_on(world, &world->b);
    ward_pair_agreed(world, 12, 4095);
}

/* S4.13: what is sealed already stays as it is, and is sealed once. */
static void a_second_time_changes_nothing(void **state)
{
    struct ward_pair *world = *state;
    struct wsync_txn *txn;
    ward_pair_sync(world, &world->a, WSYNC_OK);
    for (int i = 1; i < 12; i++) {
        write_large(&world->a, 1 << i);
    }
    for (int i = 0; i < 2; i++) {
        struct wsync_hash before = forge_image(world->a.store);
        assert_int_equal(wsync_store_begin(world->a.store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
        assert_int_equal(wsync_seal_own(txn, &world->a.identity), WSYNC_OK);
        assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
        struct wsync_hash after = forge_image(world->a.store);
        assert_true((memcmp(before.b, after.b, sizeof before.b) == 0) == (i == 1));
    }
}

/* S13.2: the last checkpoint that the device verified, for keys that go as for those that stay.
 */
static void seals_name_the_last_checkpoint(void **state)
{
    struct ward_pair *world = *state;
    struct wsync_txn *txn;
    struct wsync_seal seal = {.seq = 0};
    size_t count = 0;
    replica_open_log(&world->district, &world->installation);
    ward_pair_sync(world, &world->a, WSYNC_OK);
    ward_pair_create(&world->a, 1);
    ward_pair_sync(world, &world->a, WSYNC_OK);
    struct wsync_signed_checkpoint last = tlog_last(&world->a);
    assert_false(wsync_checkpoint_is_none(&last.checkpoint));
    ward_pair_create(&world->a, 2);
    uint32_t log = ward_pair_own_log(&world->a, WARD_PAIR_UNIT).no;
    replica_rotate(&world->a, 1);
    assert_int_equal(wsync_store_begin(world->a.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    while (wsync_log_next_seal(txn, log, seal.seq + 1, &seal) == WSYNC_OK) {
        count += wsync_checkpoint_equal(&seal.checkpoint, &last.checkpoint);
    }
    wsync_txn_abort(txn);
    assert_int_equal(seal.seq, 2);
    assert_true(count > 0);
    ward_pair_sync_on(world, &world->a);
    ward_pair_totals(&world->district, 2, 3);
    verified_clean(&world->district, &world->installation);
}

/* S5.27, S5.31: branches that gave way are evidence as well: a district that lost all gets them
 * from the device they are of. */
static void branches_come_back_as_well(void **state)
{
    struct ward_pair *world = *state;
    struct wsync_log log;
    struct wsync_branch branch = {.number = 0};
    struct wsync_txn *txn;
    ward_pair_sync(world, &world->a, WSYNC_OK);
    struct wsync_store *backup = wsync_store_mem_clone(world->district.store);
    for (int i = 0; i < 3; i++) {
        write_large(&world->a, 1);
    }
    ward_pair_sync(world, &world->a, WSYNC_OK);
    write_large(&world->a, 1);
    write_large(&world->a, 1);
    ward_pair_clone(world);
    ward_pair_create(&world->twin, 100); /* small: its run begins before the fork */
    for (int i = 0; i < 4; i++) {        /* both go on behind the same change */
        write_large(&world->a, 10);
        write_large(&world->twin, 100);
    }
    ward_pair_sync(world, &world->twin, WSYNC_OK);
    ward_pair_sync_on(world, &world->a);
    ward_pair_sync_on(world, &world->twin);
    ward_pair_sync_on(world, &world->a);
    ward_pair_sync_on(world, &world->b);
    replica_rotate(&world->a, 1);
    uint32_t no = ward_pair_own_log(&world->twin, WARD_PAIR_UNIT).no;
    assert_int_equal(no, 0); /* retired, as both know */
    ward_pair_sync_on(world, &world->a);
    ward_pair_sync(world, &world->b, WSYNC_OK);
    ward_pair_put_back(&world->district, backup);
    world->district.draws += 1000;
    ward_pair_sync(world, &world->b, WSYNC_OK); /* which knows of the new key */
    ward_pair_sync_on(world, &world->a);
    ward_pair_totals(&world->district, 14, 545);
    assert_int_equal(wsync_store_begin(world->district.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    size_t branches = 0;
    const struct wsync_log_id *after = NULL;
    struct wsync_log_id at;
    while (wsync_log_after(txn, after, &log) == WSYNC_OK) {
        at = log.id;
        after = &at;
        branches += wsync_branch_after(txn, log.no, 0, &branch) == WSYNC_OK;
    }
    wsync_txn_abort(txn);
    assert_int_equal(branches, 1);
    verified_clean(&world->district, &world->installation);
}

int main(void)
{
#define IN_A_PAIR(test)                                                                        \
    cmocka_unit_test_setup_teardown(test, ward_pair_set_up, ward_pair_tear_down)
    const struct CMUnitTest tests[] = {
        IN_A_PAIR(a_log_comes_back_without_its_key),
        IN_A_PAIR(a_second_time_changes_nothing),
        IN_A_PAIR(seals_name_the_last_checkpoint),
        IN_A_PAIR(branches_come_back_as_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
