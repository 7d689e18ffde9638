/* SPDX-License-Identifier: Apache-2.0 */
/* A device gets new keys (SPEC sections 7.9, 7.12 and 9.14): signed by both, whoever is away or
 * in the middle of a session, and nothing of what the old key wrote is lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/pair.h"
#include "tests/store_mem.h"
#include "tests/verified.h"
#include "wardsync/rotation.h"

enum { LINE = 0, DAYS_30 = 30 * 86400, UNIT = WARD_PAIR_UNIT };

static struct wsync_roster roster_of(struct replica *replica)
{
    struct wsync_txn *txn;
    struct wsync_roster roster;
    assert_int_equal(wsync_store_begin(replica->store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_roster_get(txn, &roster), WSYNC_OK);
    wsync_txn_abort(txn);
    return roster;
}

static struct wsync_device device_of(struct replica *holder, const struct replica *of)
{
    struct wsync_txn *txn;
    struct wsync_device device;
    assert_int_equal(wsync_store_begin(holder->store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_device_get(txn, &of->identity.device, &device), WSYNC_OK);
    wsync_txn_abort(txn);
    return device;
}

static bool is_pending(struct replica *replica, struct wsync_rotation_wish *wish)
{
    struct wsync_txn *txn;
    assert_int_equal(wsync_store_begin(replica->store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    enum wsync_err err = wsync_rotation_pending(txn, &replica->arena, wish);
    wsync_txn_abort(txn);
    assert_true(err == WSYNC_OK || err == WSYNC_ERR_NOT_FOUND);
    return err == WSYNC_OK;
}

/* A first record of `a` that everybody has, and one that it has not handed in. */
static void work(struct ward_pair *world)
{
    ward_pair_sync(world, &world->a, WSYNC_OK);
    ward_pair_create(&world->a, 1);
    ward_pair_sync(world, &world->a, WSYNC_OK);
    ward_pair_sync(world, &world->b, WSYNC_OK);
    ward_pair_create(&world->a, 2);
}

/* S7.60, S7.61, S9.80, S9.81, S9.83: one session brings the new key in, the next one under it
 * hands in what both keys wrote. */
static void new_keys_go_on_where_the_old_ones_ended(void **state)
{
    struct ward_pair *world = *state;
    struct wsync_rotation_wish wish;
    work(world);
    struct wsync_log closed = ward_pair_own_log(&world->a, UNIT);
    replica_rotate(&world->a, 1);
    assert_true(is_pending(&world->a, &wish));
    assert_int_equal(ward_pair_own_log(&world->a, UNIT).no, 0);
    ward_pair_create(&world->a, 4);
    verified_clean(&world->a, &world->installation); /* the roster does not name its key yet */
    uint64_t version = roster_of(&world->district).version;
    ward_pair_sync(world, &world->a, WSYNC_ERR_ROTATED);
    assert_false(is_pending(&world->a, &wish));
    assert_int_equal(roster_of(&world->district).version, version + 1);
    struct wsync_device device = device_of(&world->district, &world->a);
    assert_int_equal(device.key_count, 2);
    assert_memory_equal(device.transport_key.b, world->a.next_transport.b, 32);
    ward_pair_settle(world, 3, 7);
    assert_memory_equal(world->a.transport.b, world->a.next_transport.b, 32);
    struct wsync_log log = ward_pair_own_log(&world->a, UNIT);
    assert_false(wsync_log_id_equal(&log.id, &closed.id));
    assert_memory_equal(log.signing_key.b, world->a.identity.signing_key.b, 32);
    replica_rotate(&world->a, 2); /* and once more */
    ward_pair_create(&world->a, 8);
    ward_pair_settle(world, 4, 15);
    assert_int_equal(device_of(&world->b, &world->a).key_count, 3);
}

/* ---- case 5, case 6: what is not signed as it must be ---- */

/* The rotation of `a` as it asks for it, after `spoil` had its way with it, under its key. */
static void ask_with(struct pair *pair, void (*spoil)(struct wsync_rotation *rotation),
                     enum wsync_err code)
{
    struct ward_pair *world = pair->world;
    struct wsync_rotation_wish wish;
    struct wsync_message message = {.type = WSYNC_MESSAGE_ROTATE};
    assert_true(is_pending(&world->a, &wish));
    message.rotate = wish.rotation;
    spoil(&message.rotate);
    struct wsync_hash before = forge_image(world->district.store);
    hub_greet(&pair->down, PAIR_A, &world->installation, &world->a);
    hub_tell(&pair->down, PAIR_A, &message);
    assert_int_equal(hub_run(&pair->down), WSYNC_OK);
    assert_int_equal(pair->down.lines[PAIR_A].session.state, WSYNC_STATE_ENDED);
    assert_int_equal(pair->down.lines[PAIR_A].session.result, code);
    struct wsync_hash after = forge_image(world->district.store);
    assert_memory_equal(before.b, after.b, sizeof before.b);
}

static void not_by_the_old_key(struct wsync_rotation *rotation)
{
    rotation->old_signature = rotation->new_signature;
}

static void not_by_the_new_key(struct wsync_rotation *rotation)
{
    rotation->new_signature = rotation->old_signature;
}

static void of_other_keys(struct wsync_rotation *rotation)
{
    rotation->transport_key.b[5] ^= 1;
}

static void of_another_pin(struct wsync_rotation *rotation)
{
    ((struct wsync_pin *)(uintptr_t)rotation->pins)[0].seq++;
}

static void of_another_device(struct wsync_rotation *rotation)
{
    rotation->device.b[0] ^= 1;
}

/* S7.36, S7.37, S9.81, case 5: a rotation signed by one key alone, or about anything else than
 * what was signed, changes nothing. */
static void a_rotation_needs_both_keys(void **state)
{
    struct pair *pair = *state;
    work(pair->world);
    replica_rotate(&pair->world->a, 1);
    ask_with(pair, not_by_the_old_key, WSYNC_ERR_SIGNATURE);
    ask_with(pair, not_by_the_new_key, WSYNC_ERR_SIGNATURE);
    ask_with(pair, of_other_keys, WSYNC_ERR_SIGNATURE);
    ask_with(pair, of_another_pin, WSYNC_ERR_SIGNATURE);
    ask_with(pair, of_another_device, WSYNC_ERR_DEVICE);
    ward_pair_settle(pair->world, 2, 3);
}

/* S4.11, S7.14, S7.38, case 6: one log, one key. */
static void a_seal_that_mixes_keys_is_refused(void **state)
{
    struct ward_pair *world = *state;
    struct forge closed, mine;
    work(world);
    struct replica before = world->a;
    struct wsync_log_id id = ward_pair_own_log(&world->a, UNIT).id;
    ward_pair_sync(world, &world->a, WSYNC_OK);
    forge_load(&closed, &world->a, &before, &id);
    replica_rotate(&world->a, 1);
    uint64_t version = roster_of(&world->district).version;
    forge_init(&mine, &world->a, &world->installation, version, 1);
    forge_create(&mine, WARD_PAIR_DAY, 50, 1);
    struct wsync_change_set set = forge_set(&mine, 1, 1); /* before the roster names the key */
    assert_int_equal(forge_give(&world->district, &set), WSYNC_ERR_GENESIS);
    ward_pair_sync(world, &world->a, WSYNC_ERR_ROTATED);
    closed.identity = world->a.identity;
    forge_create(&closed, WARD_PAIR_DAY, 50, 1);
    set = forge_set(&closed, closed.seq, closed.seq); /* the new key goes on in the old log */
    assert_int_equal(forge_give(&world->district, &set), WSYNC_ERR_SEAL);
    closed.identity = before.identity;
    set = forge_set(&closed, closed.seq, closed.seq); /* the old key behind its pin */
    assert_int_equal(forge_give(&world->district, &set), WSYNC_OK);
    mine.identity = before.identity;
    set = forge_set(&mine, 1, 1); /* the old key in a log of the new one */
    assert_int_equal(forge_give(&world->district, &set), WSYNC_ERR_SEAL);
    mine.identity = world->a.identity;
    set = forge_set(&mine, 1, 1);
    assert_int_equal(forge_give(&world->district, &set), WSYNC_OK);
    replica_tell_moment(&world->district);
    forge_settle(&world->district);
    ward_pair_totals(&world->district, 3, 53); /* not what the old key wrote since */
    forge_fini(&closed);
    forge_fini(&mine);
    ward_pair_settle(world, 3, 53);
}

/* ---- links that break ---- */

/* S9.81, S9.82: the answer is lost, and the old key is asked for the last time: it is told, and
 * nothing else is served under it. */
static void a_lost_answer_is_given_again(void **state)
{
    struct pair *pair = *state;
    struct ward_pair *world = pair->world;
    struct wsync_rotation_wish wish;
    work(world);
    replica_rotate(&world->a, 1);
    ward_pair_create(&world->a, 4);
    struct hub *up = pair_open(pair, PAIR_A);
    while (roster_of(&world->district).version == PAIR_VERSION) { /* ends: Rotate arrives */
        hub_carry(up, LINE, &pair->down, PAIR_A, HUB_NONE_LOST);
        assert_int_equal(hub_run(&pair->down), WSYNC_OK);
        if (roster_of(&world->district).version == PAIR_VERSION) {
            hub_carry(&pair->down, PAIR_A, up, LINE, HUB_NONE_LOST);
            assert_int_equal(hub_run(up), WSYNC_OK);
        }
    }
    assert_true(is_pending(&world->a, &wish)); /* what the district said is lost */
    struct wsync_hash before = roster_of(&world->district).hash;
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_ERR_ROTATED);
    assert_int_equal(hub_count(&pair->down, PAIR_A, WSYNC_MESSAGE_ROSTER), 1);
    assert_int_equal(hub_count(&pair->down, PAIR_A, WSYNC_MESSAGE_HEADS), 0);
    assert_int_equal(hub_count(&pair->down, PAIR_A, WSYNC_MESSAGE_ACK), 0);
    struct wsync_hash after = roster_of(&world->district).hash;
    assert_memory_equal(before.b, after.b, sizeof before.b);
    assert_false(is_pending(&world->a, &wish));
    ward_pair_settle(world, 3, 7);
}

/* S9.81: the same rotation again gets the same answer, another one of the same key none. */
static void the_same_again_gets_the_same(void **state)
{
    struct ward_pair *world = *state;
    struct replica *district = &world->district;
    struct wsync_rotation_wish wish;
    struct wsync_signed_statement first, again;
    struct wsync_txn *txn;
    work(world);
    replica_rotate(&world->a, 1);
    assert_true(is_pending(&world->a, &wish));
    const struct wsync_rotation_request request = {&wish.rotation, district->now};
    assert_int_equal(wsync_store_begin(district->store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    assert_int_equal(wsync_rotation_honour(txn, &district->arena, NULL, &request, &first),
                     WSYNC_ERR_BUSY);
    assert_int_equal(wsync_rotation_honour(txn, &district->arena, &world->installation.desk,
                                           &request, &first),
                     WSYNC_OK);
    assert_int_equal(wsync_rotation_honour(txn, &district->arena, NULL, &request, &again),
                     WSYNC_OK);
    assert_true(wsync_slice_equal(first.statement, again.statement));
    wish.rotation.new_signature.b[0] ^= 1;
    assert_int_equal(wsync_rotation_honour(txn, &district->arena, &world->installation.desk,
                                           &request, &again),
                     WSYNC_ERR_ROSTER);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
}

/* S9.82: a session that is open under the old key ends at its next message. */
static void an_open_session_ends_at_its_next_message(void **state)
{
    struct pair *pair = *state;
    struct ward_pair *world = pair->world;
    work(world);
    struct replica before = world->a;
    hub_greet(&pair->down, 2, &world->installation, &before); /* of the old key, and idle */
    assert_int_equal(hub_run(&pair->down), WSYNC_OK);
    assert_int_equal(pair->down.lines[2].session.state, WSYNC_STATE_OPEN);
    replica_rotate(&world->a, 1);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_ERR_ROTATED);
    assert_int_equal(pair->down.lines[2].session.state, WSYNC_STATE_OPEN);
    struct wsync_message message = {.type = WSYNC_MESSAGE_HEADS, .heads = {.last = true}};
    hub_tell(&pair->down, 2, &message);
    assert_int_equal(hub_run(&pair->down), WSYNC_OK);
    assert_int_equal(pair->down.lines[2].session.result, WSYNC_ERR_ROTATED);
    hub_open_district(&pair->down, 2, &world->installation, &before.transport);
    hub_tell(&pair->down, 2, &message); /* without a greeting */
    assert_int_equal(hub_run(&pair->down), WSYNC_OK);
    assert_int_equal(pair->down.lines[2].session.result, WSYNC_ERR_ROTATED);
    ward_pair_settle(world, 2, 3);
}

/* S9.81: without the registrar's secret the district cannot; nothing is lost by asking. */
static void a_district_without_its_registrar_says_later(void **state)
{
    struct ward_pair *world = *state;
    struct wsync_rotation_wish wish;
    work(world);
    replica_rotate(&world->a, 1);
    ward_pair_create(&world->a, 4);
    world->installation.desk.has_registrar = false;
    ward_pair_sync(world, &world->a, WSYNC_ERR_BUSY);
    ward_pair_sync(world, &world->a, WSYNC_ERR_BUSY);
    assert_true(is_pending(&world->a, &wish));
    world->installation.desk.has_registrar = true;
    ward_pair_settle(world, 3, 7);
}

/* ---- others are away ---- */

/* Three more devices of the unit that hold `a`'s first record, and have one of their own. */
static void go_away(struct ward_pair *world, struct replica away[3])
{
    for (uint32_t i = 0; i < 3; i++) {
        replica_init(&away[i], wsync_store_mem_new(), WARD_PAIR_SEED, 20 + i, UNIT);
        replica_enrol(&world->district, &world->installation, &away[i]);
        ward_pair_sync(world, &away[i], WSYNC_OK);
        ward_pair_create(&away[i], 100);
    }
}

/* S7.38, S7.60, S7.61: three wards are away for 30 days while keys rotate, the second time with
 * the device away as well. */
static void wards_come_back_after_30_days(void **state)
{
    struct ward_pair *world = *state;
    struct replica away[3];
    work(world);
    go_away(world, away);
    replica_rotate(&world->a, 1);
    ward_pair_create(&world->a, 4);
    ward_pair_sync_on(world, &world->a);
    replica_rotate(&world->a, 2);
    ward_pair_create(&world->a, 8);
    world->a.now += DAYS_30;
    world->b.now += DAYS_30;
    world->district.now += DAYS_30;
    for (size_t i = 0; i < 3; i++) {
        away[i].now += DAYS_30;
        ward_pair_sync_on(world, &away[i]);
        assert_int_equal(device_of(&away[i], &world->a).key_count, 2);
    }
    ward_pair_settle(world, 7, 315);
    for (size_t i = 0; i < 3; i++) {
        ward_pair_sync_on(world, &away[i]);
        ward_pair_same(&away[i], &world->district);
        assert_int_equal(device_of(&away[i], &world->a).key_count, 3);
        verified_clean(&away[i], &world->installation);
        replica_fini(&away[i]);
    }
}

/* S9.61: the district went back to before the rotation: who knows of it tells it. */
static void a_restored_district_learns_it_again(void **state)
{
    struct ward_pair *world = *state;
    work(world);
    struct wsync_store *backup = wsync_store_mem_clone(world->district.store);
    replica_rotate(&world->a, 1);
    ward_pair_create(&world->a, 4);
    ward_pair_sync_on(world, &world->a);
    ward_pair_sync(world, &world->b, WSYNC_OK);
    struct wsync_hash before = roster_of(&world->b).hash;
    ward_pair_put_back(&world->district, backup);
    world->district.draws += 1000;
    ward_pair_sync(world, &world->a, WSYNC_ERR_DEVICE); /* its key is nobody's there */
    ward_pair_sync(world, &world->b, WSYNC_OK);
    struct wsync_hash after = roster_of(&world->district).hash;
    assert_memory_equal(before.b, after.b, sizeof before.b);
    ward_pair_settle(world, 3, 7);
}

/* S9.61, S9.82: nobody else knows: the old key still opens the door for the roster alone. */
static void the_old_key_tells_a_restored_district(void **state)
{
    struct ward_pair *world = *state;
    work(world);
    struct wsync_store *backup = wsync_store_mem_clone(world->district.store);
    struct wsync_transport_key old = world->a.transport;
    replica_rotate(&world->a, 1);
    ward_pair_create(&world->a, 4);
    ward_pair_sync_on(world, &world->a);
    ward_pair_put_back(&world->district, backup);
    world->district.draws += 1000;
    struct wsync_transport_key now = world->a.next_transport;
    world->a.next_transport = (struct wsync_transport_key){{0}};
    world->a.transport = old;
    ward_pair_sync(world, &world->a, WSYNC_ERR_ROTATED);
    world->a.next_transport = now;
    ward_pair_settle(world, 3, 7);
}

/* S9.80: a rotation waits while the district lacks statements: it would be another one in the
 * place of one that was lost. */
static void a_lost_roster_is_filled_first(void **state)
{
    struct ward_pair *world = *state;
    struct replica late;
    struct wsync_rotation_wish wish;
    work(world);
    struct wsync_store *backup = wsync_store_mem_clone(world->district.store);
    replica_init(&late, wsync_store_mem_new(), WARD_PAIR_SEED, 31, UNIT);
    replica_enrol(&world->district, &world->installation, &late);
    ward_pair_sync(world, &world->a, WSYNC_OK);
    replica_rotate(&world->a, 1);
    ward_pair_create(&world->a, 4);
    ward_pair_put_back(&world->district, backup);
    world->district.draws += 1000;
    ward_pair_sync(world, &world->a, WSYNC_OK);
    assert_true(is_pending(&world->a, &wish));
    struct wsync_hash here = roster_of(&world->district).hash;
    struct wsync_hash there = roster_of(&world->a).hash;
    assert_memory_equal(here.b, there.b, sizeof here.b);
    ward_pair_settle(world, 3, 7);
    replica_fini(&late);
}

/* ---- a device that went back ---- */

/* S7.61, S13.6: the store of before the rotation, beside the keys of after it. */
static void a_store_may_be_older_than_its_key(void **state)
{
    struct ward_pair *world = *state;
    work(world);
    struct wsync_store *backup = wsync_store_mem_clone(world->a.store);
    replica_rotate(&world->a, 1);
    ward_pair_create(&world->a, 4);
    ward_pair_sync_on(world, &world->a);
    ward_pair_put_back(&world->a, backup);
    world->a.draws += 1000;
    ward_pair_create(&world->a, 8); /* in a log of its own: the open one is of the old key */
    ward_pair_sync_on(world, &world->a);
    ward_pair_sync_on(world, &world->b);
    ward_pair_totals(&world->district, 4, 15);
    ward_pair_same(&world->a, &world->district);
    ward_pair_same(&world->b, &world->district);
    verified_clean(&world->district, &world->installation);
}

/* S13.32: it wrote on under the old key behind the end that this key signed: the new one writes
 * that again. */
static void what_the_old_key_wrote_too_late_survives(void **state)
{
    struct ward_pair *world = *state;
    struct wsync_txn *txn;
    work(world);
    struct wsync_store *backup = wsync_store_mem_clone(world->a.store);
    struct wsync_identity old = world->a.identity;
    struct wsync_transport_key old_transport = world->a.transport;
    replica_rotate(&world->a, 1);
    struct wsync_identity new = world->a.identity;
    ward_pair_create(&world->a, 4);
    ward_pair_sync_on(world, &world->a);
    ward_pair_put_back(&world->a, backup);
    world->a.draws += 1000;
    world->a.identity = old;
    world->a.transport = old_transport;
    ward_pair_create(&world->a, 8);
    ward_pair_sync(world, &world->a, WSYNC_ERR_DEVICE);
    assert_int_equal(wsync_store_begin(world->a.store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    assert_int_equal(wsync_seal_own(txn, &old), WSYNC_OK);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
    world->a.identity = new;
    ward_pair_settle(world, 4, 15);
}

/* S7.62: a store in which a rotation waits that is long done, and another one behind it. */
static void an_old_wish_is_given_up(void **state)
{
    struct ward_pair *world = *state;
    struct wsync_rotation_wish wish;
    work(world);
    replica_rotate(&world->a, 1);
    struct wsync_store *backup = wsync_store_mem_clone(world->a.store);
    struct wsync_identity first = world->a.identity;
    ward_pair_sync_on(world, &world->a);
    replica_rotate(&world->a, 2);
    ward_pair_create(&world->a, 4);
    ward_pair_sync_on(world, &world->a);
    struct wsync_identity second = world->a.identity;
    ward_pair_put_back(&world->a, backup);
    world->a.draws += 1000;
    world->a.identity = first;
    assert_true(is_pending(&world->a, &wish));
    ward_pair_sync(world, &world->a, WSYNC_ERR_DEVICE);
    assert_false(is_pending(&world->a, &wish));
    world->a.identity = second;
    ward_pair_settle(world, 3, 7);
}

/* S7.62, S7.63: it had forgotten one rotation and asked for another: the key in force then asks
 * for the same once more, and what the last key wrote counts. */
static void the_key_in_force_asks_anew(void **state)
{
    struct ward_pair *world = *state;
    struct replica *a = &world->a;
    struct wsync_rotation rotation;
    struct wsync_txn *txn;
    work(world);
    struct wsync_store *backup = wsync_store_mem_clone(a->store);
    const struct replica before = *a;
    replica_rotate(a, 1);
    ward_pair_sync(world, a, WSYNC_ERR_ROTATED);
    const struct wsync_identity force = a->identity;
    const struct wsync_transport_key door = a->next_transport;
    ward_pair_put_back(a, backup);
    a->identity = before.identity;
    a->transport = before.transport;
    replica_rotate(a, 2);
    ward_pair_create(a, 8);
    ward_pair_sync(world, a, WSYNC_ERR_DEVICE);
    const struct wsync_new_keys keys = {.signing_key = a->identity.signing_key,
                                        .secret = a->identity.secret,
                                        .transport_key = a->next_transport};
    assert_int_equal(wsync_store_begin(a->store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    assert_int_equal(wsync_rotation_begin(txn, &a->arena, &force, &keys, &rotation), WSYNC_OK);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
    a->transport = door;
    ward_pair_settle(world, 3, 11);
}

/* S9.27: what was opened and closed between Hello and Welcome is held by nobody else. */
static void a_log_closed_since_hello_is_not_held(void **state)
{
    struct pair *pair = *state;
    struct ward_pair *world = pair->world;
    struct wsync_txn *txn;
    uint64_t held;
    ward_pair_sync(world, &world->a, WSYNC_OK);
    ward_pair_sync(world, &world->b, WSYNC_OK);
    (void)pair_open(pair, PAIR_A);
    ward_pair_create(&world->a, 1);
    struct wsync_log log = ward_pair_own_log(&world->a, UNIT);
    replica_rotate(&world->a, 1);
    pair_carry(pair, PAIR_A);
    assert_int_equal(pair->up_a.lines[LINE].session.result, WSYNC_ERR_ROTATED);
    assert_int_equal(wsync_store_begin(world->a.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_held_get(txn, log.no, &held), WSYNC_OK);
    wsync_txn_abort(txn);
    assert_int_equal(held, 0);
    ward_pair_settle(world, 1, 1);
}

/* ---- two machines with one key ---- */

/* S7.62: a clone with the old keys is told that somebody else has new ones, and writes nothing
 * that counts. */
static void a_clone_is_locked_out(void **state)
{
    struct ward_pair *world = *state;
    work(world);
    ward_pair_clone(world);
    ward_pair_create(&world->twin, 5000);
    replica_rotate(&world->a, 1);
    ward_pair_create(&world->a, 4);
    ward_pair_sync_on(world, &world->a);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(
            replica_sync(&world->twin, &world->district, &world->installation, NULL),
            WSYNC_ERR_DEVICE);
    }
    world->has_twin = false;
    replica_fini(&world->twin);
    ward_pair_settle(world, 3, 7);
}

/* S7.62: both machines ask: the first one is heard, the other one knows that it is not. */
static void of_two_rotations_one_stands(void **state)
{
    struct ward_pair *world = *state;
    struct wsync_rotation_wish wish;
    work(world);
    ward_pair_clone(world);
    replica_rotate(&world->twin, 2);
    replica_rotate(&world->a, 1);
    ward_pair_sync_on(world, &world->a);
    ward_pair_sync(world, &world->twin, WSYNC_ERR_DEVICE);
    ward_pair_sync(world, &world->twin, WSYNC_ERR_DEVICE);
    assert_true(is_pending(&world->twin, &wish));
    world->has_twin = false;
    replica_fini(&world->twin);
    ward_pair_settle(world, 2, 3);
}

int main(void)
{
#define IN_A_PAIR(test)                                                                        \
    cmocka_unit_test_setup_teardown(test, ward_pair_set_up, ward_pair_tear_down)
#define ON_LINES(test) cmocka_unit_test_setup_teardown(test, pair_set_up, pair_tear_down)
    const struct CMUnitTest tests[] = {
        IN_A_PAIR(new_keys_go_on_where_the_old_ones_ended),
        ON_LINES(a_rotation_needs_both_keys),
        IN_A_PAIR(a_seal_that_mixes_keys_is_refused),
        ON_LINES(a_lost_answer_is_given_again),
        IN_A_PAIR(the_same_again_gets_the_same),
        ON_LINES(an_open_session_ends_at_its_next_message),
        IN_A_PAIR(a_district_without_its_registrar_says_later),
        IN_A_PAIR(wards_come_back_after_30_days),
        IN_A_PAIR(a_restored_district_learns_it_again),
        IN_A_PAIR(the_old_key_tells_a_restored_district),
        IN_A_PAIR(a_lost_roster_is_filled_first),
        IN_A_PAIR(a_store_may_be_older_than_its_key),
        IN_A_PAIR(what_the_old_key_wrote_too_late_survives),
        IN_A_PAIR(an_old_wish_is_given_up),
        IN_A_PAIR(the_key_in_force_asks_anew),
        ON_LINES(a_log_closed_since_hello_is_not_held),
        IN_A_PAIR(a_clone_is_locked_out),
        IN_A_PAIR(of_two_rotations_one_stands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
