/* SPDX-License-Identifier: Apache-2.0 */
/* Which device begins to rotate its keys, and when (SPEC sections 7.9 and 7.12). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/ward_pair.h"
#include "wardsync/crypto.h"
#include "wardsync/restore.h"
#include "wardsync/rotation.h"

enum { UNIT = WARD_PAIR_UNIT, NODE_KEY = 3 };

static struct wsync_device device_of(struct replica *replica)
{
    struct wsync_txn *txn;
    struct wsync_device device;
    assert_int_equal(wsync_store_begin(replica->store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_device_get(txn, &replica->identity.device, &device), WSYNC_OK);
    wsync_txn_abort(txn);
    return device;
}

static enum wsync_err begin(struct replica *replica)
{
    struct wsync_txn *txn;
    struct wsync_rotation rotation;
    struct wsync_new_keys keys = {.transport_key = {{7}}};
    const uint8_t seed[32] = {7};
    wsync_signing_pair(seed, &keys.signing_key, &keys.secret);
    struct wsync_hash before = forge_image(replica->store);
    assert_int_equal(wsync_store_begin(replica->store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    enum wsync_err err =
        wsync_rotation_begin(txn, &replica->arena, &replica->identity, &keys, &rotation);
    wsync_txn_abort(txn);
    wsync_arena_release(&replica->arena, 0);
    struct wsync_hash after = forge_image(replica->store);
    assert_memory_equal(before.b, after.b, sizeof before.b);
    return err;
}

/* One at a time, by the key that the roster names; as long as a statement can pin its logs. */
static void one_begins_at_a_time(void **state)
{
    struct ward_pair *world = *state;
    struct wsync_txn *txn;
    assert_int_equal(begin(&world->a), WSYNC_ERR_DEVICE); /* it has no roster yet */
    ward_pair_sync(world, &world->a, WSYNC_OK);
    ward_pair_sync(world, &world->b, WSYNC_OK);
    ward_pair_create(&world->a, 1);
    assert_int_equal(begin(&world->a), WSYNC_OK);
    for (int i = 0; i < WSYNC_STATEMENT_PINS_MAX; i++) {
        assert_int_equal(wsync_store_begin(world->a.store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
        assert_int_equal(wsync_retire(txn, UNIT), WSYNC_OK);
        assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
        assert_int_equal(begin(&world->a), WSYNC_OK);
        ward_pair_create(&world->a, 1);
    }
    assert_int_equal(begin(&world->a), WSYNC_ERR_INVALID);
    ward_pair_create(&world->b, 1);
    replica_rotate(&world->b, 1);
    struct wsync_identity now = world->b.identity;
    assert_int_equal(begin(&world->b), WSYNC_ERR_EXISTS); /* the new key is not in force */
    ward_pair_sync(world, &world->b, WSYNC_ERR_ROTATED);
    assert_int_equal(begin(&world->b), WSYNC_OK);
    world->b.identity.signing_key.b[0] ^= 1;
    assert_int_equal(begin(&world->b), WSYNC_ERR_DEVICE);
    world->b.identity = now;
}

/* S7.60, S7.37: a roster takes no more keys of a device than so many; one that asked for
 * another would have closed its old ones for nothing, and be refused for ever. */
static void a_device_with_all_its_keys_keeps_the_last(void **state)
{
    struct ward_pair *world = *state;
    ward_pair_sync(world, &world->a, WSYNC_OK);
    ward_pair_create(&world->a, 1);
    for (uint32_t i = 1; i < WSYNC_DEVICE_KEYS_MAX; i++) {
        replica_rotate(&world->a, i);
        ward_pair_sync_on(world, &world->a);
    }
    assert_int_equal(device_of(&world->a).key_count, WSYNC_DEVICE_KEYS_MAX);
    assert_int_equal(begin(&world->a), WSYNC_ERR_INVALID);
    ward_pair_create(&world->a, 2);
    ward_pair_settle(world, 2, 3);
}

/* S7.40: a device that was asked to knows it until it has. */
static void a_device_is_asked(void **state)
{
    struct ward_pair *world = *state;
    ward_pair_sync(world, &world->a, WSYNC_OK);
    ward_pair_sync(world, &world->b, WSYNC_OK);
    ward_pair_create(&world->a, 1);
    struct wsync_statement ask = {.kind = WSYNC_STATEMENT_ASK,
                                  .device = world->a.identity.device};
    struct wsync_device device = device_of(&world->a);
    assert_false(wsync_rotation_is_asked(&device));
    replica_issue(&world->district, &world->installation, &ask);
    ward_pair_sync(world, &world->a, WSYNC_OK);
    device = device_of(&world->a);
    assert_true(wsync_rotation_is_asked(&device));
    replica_rotate(&world->a, 1);
    ward_pair_settle(world, 1, 1);
    device = device_of(&world->a);
    assert_false(wsync_rotation_is_asked(&device));
}

/* S7.60: the district's own device, all in one transaction; its verdicts and forms stay. */
static void the_district_rotates_its_own(void **state)
{
    struct ward_pair *world = *state;
    struct replica *district = &world->district;
    struct wsync_txn *txn;
    struct wsync_rotation rotation;
    struct wsync_signed_statement statement;
    struct wsync_new_keys keys = {.transport_key = {{NODE_KEY}}};
    const uint8_t seed[32] = {NODE_KEY};
    ward_pair_sync(world, &world->a, WSYNC_OK);
    ward_pair_sync(world, &world->b, WSYNC_OK);
    ward_pair_create(&world->a, 1);
    ward_pair_create(&world->a, 4);
    uint64_t epoch = replica_epoch(district);
    wsync_signing_pair(seed, &keys.signing_key, &keys.secret);
    assert_int_equal(wsync_store_begin(district->store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    assert_int_equal(
        wsync_rotation_begin(txn, &district->arena, &district->identity, &keys, &rotation),
        WSYNC_OK);
    district->identity.signing_key = keys.signing_key;
    district->identity.secret = keys.secret;
    const struct wsync_rotation_request request = {&rotation, district->now};
    assert_int_equal(wsync_rotation_honour(txn, &district->arena, &world->installation.desk,
                                           &request, &statement),
                     WSYNC_OK);
    assert_int_equal(wsync_rotation_check(txn, &district->arena, &district->identity),
                     WSYNC_OK);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
    wsync_arena_release(&district->arena, 0);
    district->scope = UNIT;
    ward_pair_create(district, 8); /* a correction under its new key */
    district->scope = REPLICA_TOP;
    ward_pair_settle(world, 3, 13);
    assert_int_equal(replica_epoch(district), epoch); /* it did not go back */
}

int main(void)
{
#define IN_A_PAIR(test)                                                                        \
    cmocka_unit_test_setup_teardown(test, ward_pair_set_up, ward_pair_tear_down)
    const struct CMUnitTest tests[] = {
        IN_A_PAIR(one_begins_at_a_time),
        IN_A_PAIR(a_device_with_all_its_keys_keeps_the_last),
        IN_A_PAIR(a_device_is_asked),
        IN_A_PAIR(the_district_rotates_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
