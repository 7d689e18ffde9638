/* SPDX-License-Identifier: Apache-2.0 */
/* A ward that asks for more than its own (SPEC S15.20): it is shown nothing of units that it
 * may not read, and its questions cost the district little. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/pair.h"
#include "tests/store_faulty.h"
#include "tests/store_mem.h"
#include "tests/tlog.h"

static int set_up(void **state)
{
    assert_int_equal(pair_set_up(state), 0);
    struct pair *pair = *state;
    replica_open_log(&pair->world->district, &pair->world->installation);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    return 0;
}

/* Notes as many leaves for the log as it has changes, as if they had come in one by one; its
 * first head. */
static struct wsync_head note_log(struct replica *district, uint32_t scope)
{
    struct wsync_log log = ward_pair_own_log(district, scope);
    struct wsync_txn *txn;
    struct wsync_head first = {.log = log.id};
    assert_int_equal(wsync_store_begin(district->store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    for (uint64_t seq = log.seq; seq > 0; seq--) {
        first.seq = seq;
        assert_int_equal(wsync_log_hash(txn, log.no, seq, &first.hash), WSYNC_OK);
        assert_int_equal(
            wsync_tree_note_set(&district->ledger, txn, &district->arena, &first, 0), WSYNC_OK);
    }
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
    return first;
}

/* How many leaves of sets the district shows when `a` asks for this head alone. */
static size_t shown(struct pair *pair, struct wsync_head head)
{
    size_t sets = 0;
    struct wsync_message said;
    struct wsync_message prove = {
        .type = WSYNC_MESSAGE_PROVE,
        .prove = {.heads = &head, .head_count = 1, .scope = PAIR_UNIT}};
    hub_greet(&pair->down, 2, &pair->world->installation, &pair->world->a);
    assert_int_equal(hub_run(&pair->down), WSYNC_OK);
    hub_tell(&pair->down, 2, &prove);
    assert_int_equal(hub_run(&pair->down), WSYNC_OK);
    assert_true(hub_said(&pair->down, 2, WSYNC_MESSAGE_RECEIPT, &said));
    for (size_t i = 0; i < said.receipt.leaf_count; i++) {
        struct wsync_leaf leaf;
        assert_int_equal(wsync_leaf_decode(said.receipt.leaves[i], &leaf), WSYNC_OK);
        sets += leaf.kind == WSYNC_LEAF_SET;
    }
    return sets;
}

static struct wsync_head write_in(struct replica *district, uint32_t scope, int count)
{
    struct wsync_dot written;
    uint32_t own = district->scope;
    district->scope = scope;
    for (int i = 0; i < count; i++) {
        assert_int_equal(replica_create(district, PAIR_DAY, 1, 1, &written), WSYNC_OK);
    }
    district->scope = own;
    return note_log(district, scope);
}

static void what_another_unit_handed_in_is_not_shown(void **state)
{
    struct pair *pair = *state;
    struct replica *district = &pair->world->district;
    struct wsync_head own = write_in(district, PAIR_UNIT, 2);
    struct wsync_head other = write_in(district, PAIR_UNIT + 1, 2);
    assert_int_equal(shown(pair, own), 1);
    assert_int_equal(shown(pair, other), 0);
}

static void a_head_that_nobody_has_is_not_shown(void **state)
{
    struct pair *pair = *state;
    struct wsync_head head = write_in(&pair->world->district, PAIR_UNIT, 3);
    head.hash.b[31] ^= 1;
    assert_int_equal(shown(pair, head), 0);
    head.hash.b[31] ^= 1;
    head.seq++;
    assert_int_equal(shown(pair, head), 0);
}

/* Sixteen such heads in each session must not read the log from one end to the other. */
static void a_head_that_nobody_has_costs_little(void **state)
{
    struct pair *pair = *state;
    struct replica *district = &pair->world->district;
    struct wsync_head head = write_in(district, PAIR_UNIT, 40);
    struct wsync_store_faulty counted;
    struct wsync_leaf_place place;
    struct wsync_txn *txn;
    head.hash.b[31] ^= 1;
    wsync_store_faulty_init(&counted, district->store);
    assert_int_equal(wsync_store_begin(&counted.base, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_tree_find(txn, &head, &place), WSYNC_ERR_NOT_FOUND);
    wsync_txn_abort(txn);
    assert_in_range(counted.operations, 1, 20);
}

/* Opens the next tree, as a district does that was told it is an old copy. */
static void restore(struct pair *pair)
{
    struct replica *district = &pair->world->district;
    struct wsync_txn *txn;
    replica_tell_moment(district);
    assert_int_equal(wsync_store_begin(district->store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    assert_int_equal(wsync_tree_open(&district->ledger, txn), WSYNC_OK);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
}

static enum wsync_err sync_a(struct pair *pair, int changes)
{
    pair_write(&pair->world->a, changes);
    return pair_sync(pair, PAIR_A);
}

/* A tree that the ward left for another one has an end: who goes on from before it, on an old
 * copy for the second time, signs two trees of one name. */
static void a_tree_that_was_left_does_not_come_again(void **state)
{
    struct pair *pair = *state;
    struct wsync_store *backup = wsync_store_mem_clone(pair->world->district.store);
    assert_int_equal(sync_a(pair, 3), WSYNC_OK);
    restore(pair);
    assert_int_equal(sync_a(pair, 1), WSYNC_OK);
    ward_pair_put_back(&pair->world->district, backup);
    pair->down.pump.store = pair->down.disk = backup;
    assert_int_equal(sync_a(pair, 1), WSYNC_ERR_ROLLED_BACK);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_ERR_ROLLED_BACK);
    restore(pair); /* now it was told */
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
}

int main(void)
{
#define ASKED_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, pair_tear_down)
    const struct CMUnitTest tests[] = {
        ASKED_TEST(what_another_unit_handed_in_is_not_shown),
        ASKED_TEST(a_head_that_nobody_has_is_not_shown),
        ASKED_TEST(a_head_that_nobody_has_costs_little),
        ASKED_TEST(a_tree_that_was_left_does_not_come_again),
    };
    return cmocka_run_group_tests_name("what a ward asks for", tests, NULL, NULL);
}
