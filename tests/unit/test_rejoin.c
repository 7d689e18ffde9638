/* SPDX-License-Identifier: Apache-2.0 */
/* A stolen device (SPEC sections 13.3 and 13.5): it is revoked, and the ward goes on as another
 * one that takes its place.  Nothing that was written is lost, and nothing counts twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/store_mem.h"
#include "tests/verified.h"
#include "tests/ward_pair.h"
#include "wardsync/restore.h"
#include "wardsync/rotation.h"

enum { NEXT = 9, DAY = WARD_PAIR_DAY, UNIT = WARD_PAIR_UNIT, PIECES = 3, ORDERS = 60 };

/* Revokes `a` by these pins. */
static void revoke(struct ward_pair *world, const struct wsync_pin *pins, size_t count)
{
    struct wsync_statement statement = {
        .kind = WSYNC_STATEMENT_REVOKE,
        .revoke = {.device = world->a.identity.device, .pins = pins, .pin_count = count}};
    replica_issue(&world->district, &world->installation, &statement);
}

/* What the district holds of the open log of `a`. */
static struct wsync_pin pin_of(struct ward_pair *world)
{
    struct wsync_txn *txn;
    struct wsync_log log = ward_pair_own_log(&world->a, UNIT);
    assert_int_equal(wsync_store_begin(world->district.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_log_find(txn, &log.id, &log), WSYNC_OK);
    wsync_txn_abort(txn);
    return (struct wsync_pin){log.id, log.seq, log.hash};
}

/* The store of `a` goes on as another device, which the district does not know yet. */
static struct wsync_device_id leave(struct ward_pair *world)
{
    struct replica *a = &world->a;
    struct replica next;
    struct wsync_txn *txn;
    struct wsync_device_id before = a->identity.device;
    assert_int_equal(wsync_store_begin(a->store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    assert_int_equal(wsync_rejoin_begin(txn, &a->identity), WSYNC_OK);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
    replica_init(&next, wsync_store_mem_new(), WARD_PAIR_SEED, NEXT, UNIT);
    a->identity = next.identity;
    a->transport = next.transport;
    replica_fini(&next);
    return before;
}

static void enrol(struct ward_pair *world, const struct wsync_device_id *before)
{
    const struct replica_terms terms = {.predecessor = before};
    replica_enrol_on(&world->district, &world->installation, &world->a, &terms);
}

static uint64_t quarantined(struct replica *replica)
{
    struct wsync_txn *txn;
    uint64_t waiting, count;
    assert_int_equal(wsync_store_begin(replica->store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_ledger_unsettled(txn, &waiting, &count), WSYNC_OK);
    wsync_txn_abort(txn);
    assert_int_equal(waiting, 0);
    return count;
}

/* Two records that the district holds, three that it does not, and a change to one of each. */
static void work(struct ward_pair *world)
{
    struct wsync_dot held, unsent;
    ward_pair_sync(world, &world->a, WSYNC_OK);
    ward_pair_sync(world, &world->b, WSYNC_OK);
    assert_int_equal(replica_create(&world->a, DAY, 1, 1, &held), WSYNC_OK);
    ward_pair_create(&world->a, 2);
    ward_pair_sync(world, &world->a, WSYNC_OK);
    ward_pair_create(&world->a, 4);
    assert_int_equal(replica_create(&world->a, DAY, 8, 1, &unsent), WSYNC_OK);
    ward_pair_create(&world->a, 16);
    world->a.now++;
    assert_int_equal(replica_set_count(&world->a, held, 100), WSYNC_OK);
    assert_int_equal(replica_set_count(&world->a, unsent, 800), WSYNC_OK);
}
enum { RECORDS = 5, TOTAL = 100 + 2 + 4 + 800 + 16, UNSENT = 5 };

/* S13.30, S13.31, S13.14: the revocation comes first, as it should. */
static void unsent_work_survives_a_revocation(void **state)
{
    struct ward_pair *world = *state;
    work(world);
    struct wsync_pin pin = pin_of(world);
    revoke(world, &pin, 1);
    struct wsync_device_id before = leave(world);
    enrol(world, &before);
    ward_pair_settle(world, RECORDS, TOTAL);
    assert_int_equal(quarantined(&world->district), UNSENT); /* as the old device wrote them */
    ward_pair_create(&world->a, 32);
    ward_pair_settle(world, RECORDS + 1, TOTAL + 32);
}

/* S13.31: the ward is back before anybody revokes the old device: its log is handed in as it
 * stands, and only the pin has it written again. */
static void a_revocation_may_come_later(void **state)
{
    struct ward_pair *world = *state;
    work(world);
    struct wsync_pin pin = pin_of(world);
    const struct wsync_device_id before = leave(world);
    enrol(world, &before);
    ward_pair_settle(world, RECORDS, TOTAL);
    assert_int_equal(quarantined(&world->district), 0);
    assert_int_equal(ward_pair_own_log(&world->a, UNIT).no, 0); /* nothing to write again */
    struct wsync_statement statement = {
        .kind = WSYNC_STATEMENT_REVOKE,
        .revoke = {.device = before, .pins = &pin, .pin_count = 1}};
    replica_issue(&world->district, &world->installation, &statement);
    ward_pair_settle(world, RECORDS, TOTAL);
    assert_int_equal(quarantined(&world->district), UNSENT);
}

/* S13.14: an admin adopts what the old device wrote: it counts itself again, and its copy does
 * not. */
static void an_adopted_change_counts_for_its_copy(void **state)
{
    struct ward_pair *world = *state;
    work(world);
    struct wsync_pin pin = pin_of(world);
    revoke(world, &pin, 1);
    struct wsync_device_id before = leave(world);
    enrol(world, &before);
    ward_pair_settle(world, RECORDS, TOTAL);
    struct wsync_txn *txn;
    struct wsync_log log;
    assert_int_equal(wsync_store_begin(world->district.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_log_find(txn, &pin.log, &log), WSYNC_OK);
    struct wsync_verdict verdict = {
        .log = pin.log, .decision = WSYNC_DECISION_ADOPT, .stamp = world->district.now};
    struct wsync_hash hashes[UNSENT + 1];
    for (uint64_t i = 1; i <= UNSENT; i++) {
        assert_int_equal(wsync_log_hash(txn, log.no, pin.seq + i, &hashes[i]), WSYNC_OK);
    }
    wsync_txn_abort(txn);
    for (uint64_t i = UNSENT; i > 0; i--) { /* the change before its record, as well */
        verdict.seq = pin.seq + i;
        verdict.hash = wsync_hash_prefix_of(&hashes[i]);
        forge_pass(&world->district, UNIT, &verdict);
        assert_int_equal(quarantined(&world->district), i - 1);
        ward_pair_settle(world, RECORDS, TOTAL);
    }
}

/* S13.31: what came under the old key after the place was taken is nobody's word, whoever
 * holds it: the thief's changes are not written again. */
static void what_a_thief_wrote_is_not(void **state)
{
    struct ward_pair *world = *state;
    work(world);
    struct wsync_pin pin = pin_of(world);
    ward_pair_clone(world);
    world->twin.now += 5;
    ward_pair_create(&world->twin, 5000);
    ward_pair_sync(world, &world->twin, WSYNC_OK); /* hands in the ward's work and its own */
    world->has_twin = false;
    replica_fini(&world->twin);
    revoke(world, &pin, 1);
    struct wsync_device_id before = leave(world);
    enrol(world, &before);
    ward_pair_settle(world, RECORDS, TOTAL);
    assert_int_equal(quarantined(&world->district), UNSENT + 1);
}

/* S13.31: nor what came before, from the district: the ward held it, and did not write it. */
static void what_the_district_held_is_not(void **state)
{
    struct ward_pair *world = *state;
    ward_pair_sync(world, &world->a, WSYNC_OK);
    ward_pair_create(&world->a, 1);
    ward_pair_sync(world, &world->a, WSYNC_OK);
    struct wsync_pin pin = pin_of(world);
    ward_pair_clone(world);
    for (int i = 0; i < 3; i++) {
        world->twin.now += 5;
        ward_pair_create(&world->twin, 5000);
    }
    ward_pair_sync(world, &world->twin, WSYNC_OK);
    ward_pair_sync_on(world, &world->a); /* is told that it went back */
    ward_pair_create(&world->a, 10);
    world->has_twin = false;
    replica_fini(&world->twin);
    revoke(world, &pin, 1);
    struct wsync_device_id before = leave(world);
    enrol(world, &before);
    ward_pair_settle(world, 2, 11);
}

/* S13.31: what was handed in and pinned out is the admin's to adopt, and not the ward's. */
static void what_was_handed_in_is_not(void **state)
{
    struct ward_pair *world = *state;
    ward_pair_sync(world, &world->a, WSYNC_OK);
    ward_pair_create(&world->a, 1);
    ward_pair_create(&world->a, 2);
    ward_pair_sync(world, &world->a, WSYNC_OK);
    ward_pair_create(&world->a, 4);
    revoke(world, NULL, 0);
    struct wsync_device_id before = leave(world);
    enrol(world, &before);
    ward_pair_settle(world, 1, 4);
    assert_int_equal(quarantined(&world->district), 3);
}

/* S13.31, S5.31: of a device that nobody revoked it is the path that does not count. */
static void a_path_that_gives_way_is_written_again(void **state)
{
    struct ward_pair *world = *state;
    ward_pair_sync(world, &world->a, WSYNC_OK);
    ward_pair_create(&world->a, 1);
    ward_pair_sync(world, &world->a, WSYNC_OK);
    struct wsync_pin pin = pin_of(world);
    ward_pair_clone(world);
    for (int i = 0; i < 3; i++) {
        world->twin.now += 5;
        ward_pair_create(&world->twin, 5000);
        ward_pair_create(&world->a, 10);
    }
    ward_pair_sync(world, &world->twin, WSYNC_OK);
    world->has_twin = false;
    replica_fini(&world->twin);
    const struct wsync_device_id before = leave(world);
    enrol(world, &before);
    ward_pair_settle(world, 7, 15031);
    struct wsync_statement statement = {
        .kind = WSYNC_STATEMENT_REVOKE,
        .revoke = {.device = before, .pins = &pin, .pin_count = 1}};
    replica_issue(&world->district, &world->installation, &statement);
    ward_pair_settle(world, 4, 31);
}

/* S5.31, S13.14: the thief wrote on from the same change: the ward's work lies on a branch that
 * does not stand, and is written again all the same. */
static void work_on_a_branch_survives(void **state)
{
    struct ward_pair *world = *state;
    ward_pair_sync(world, &world->a, WSYNC_OK);
    ward_pair_create(&world->a, 1);
    ward_pair_sync(world, &world->a, WSYNC_OK);
    ward_pair_clone(world);
    struct wsync_pin pin = pin_of(world);
    for (int i = 0; i < 3; i++) {
        world->twin.now += 5;
        ward_pair_create(&world->twin, 5000);
        ward_pair_create(&world->a, 10);
    }
    ward_pair_sync(world, &world->twin, WSYNC_OK);
    world->has_twin = false;
    replica_fini(&world->twin);
    revoke(world, &pin, 1);
    struct wsync_device_id before = leave(world);
    enrol(world, &before);
    ward_pair_settle(world, 4, 31);
}

/* S13.15: what others changed of a record means its copy. */
static void an_edit_by_another_follows(void **state)
{
    struct ward_pair *world = *state;
    struct wsync_dot record;
    struct wsync_txn *txn;
    ward_pair_sync(world, &world->a, WSYNC_OK);
    ward_pair_create(&world->a, 1);
    ward_pair_sync(world, &world->a, WSYNC_OK);
    struct wsync_pin pin = pin_of(world);
    assert_int_equal(replica_create(&world->a, DAY, 10, 1, &record), WSYNC_OK);
    ward_pair_sync(world, &world->a, WSYNC_OK);
    ward_pair_sync(world, &world->b, WSYNC_OK);
    world->b.now += 9;
    record = replica_dot_at(&world->a, record, &world->b);
    assert_int_equal(replica_set_count(&world->b, record, 70), WSYNC_OK);
    ward_pair_sync(world, &world->b, WSYNC_OK);
    assert_int_equal(wsync_store_begin(world->a.store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    assert_int_equal(wsync_held_put(txn, ward_pair_own_log(&world->a, UNIT).no, 1), WSYNC_OK);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK); /* the answer was lost */
    revoke(world, &pin, 1);
    struct wsync_device_id before = leave(world);
    enrol(world, &before);
    ward_pair_settle(world, 2, 71);
}

/* S7.62, S13.30: a clone that a rotation locked out goes on in the place of the device that is
 * there still; its work under the old key counts as its copies. */
static void a_clone_goes_on_as_another_device(void **state)
{
    struct ward_pair *world = *state;
    struct replica first;
    ward_pair_sync(world, &world->a, WSYNC_OK);
    ward_pair_create(&world->a, 1);
    ward_pair_sync(world, &world->a, WSYNC_OK);
    ward_pair_clone(world);
    ward_pair_create(&world->twin, 10);
    replica_rotate(&world->a, 1);
    ward_pair_create(&world->a, 100);
    ward_pair_sync_on(world, &world->a);
    ward_pair_sync(world, &world->twin, WSYNC_ERR_DEVICE);
    first = world->a;
    world->a = world->twin; /* whose place is taken */
    const struct wsync_device_id before = leave(world);
    enrol(world, &before);
    world->twin = world->a;
    world->a = first;
    world->twin.ledger.identity = &world->twin.identity;
    world->a.ledger.identity = &world->a.identity;
    ward_pair_sync_on(world, &world->twin);
    ward_pair_settle(world, 3, 111);
}

/* S13.31: what a key wrote that nobody will name is set apart, and does not stop the rest. */
static void a_key_that_waits_is_given_up(void **state)
{
    struct ward_pair *world = *state;
    struct wsync_rotation_wish wish;
    struct wsync_txn *txn;
    work(world);
    replica_rotate(&world->a, 1);
    ward_pair_create(&world->a, 32);
    assert_int_equal(wsync_store_begin(world->a.store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    assert_int_equal(wsync_rotation_pending(txn, &world->a.arena, &wish), WSYNC_OK);
    assert_int_equal(wsync_rejoin_begin(txn, &world->a.identity), WSYNC_OK);
    assert_int_equal(wsync_rotation_pending(txn, &world->a.arena, &wish), WSYNC_ERR_NOT_FOUND);
    wsync_txn_abort(txn);
}

/* ---- every order of arrival ---- */

struct piece {
    struct forge *log;
    uint64_t first, last;
};

/* All logs that the district holds, each in some runs. */
static size_t cut(struct ward_pair *world, struct forge *logs, struct piece *pieces)
{
    const struct replica *authors[] = {&world->district, &world->a, &world->b, &world->twin};
    struct wsync_txn *txn;
    struct wsync_log log;
    struct wsync_log_id at[16];
    size_t authored[16];
    size_t count = 0;
    size_t made = 0;
    assert_int_equal(wsync_store_begin(world->district.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    while (wsync_log_after(txn, count > 0 ? &at[count - 1] : NULL, &log) == WSYNC_OK) {
        at[count] = log.id;
        for (size_t i = 0; i < 4; i++) {
            if (wsync_device_id_equal(&authors[i]->identity.device, &log.device)) {
                authored[count] = i;
            }
        }
        count++;
    }
    wsync_txn_abort(txn);
    for (size_t i = 0; i < count; i++) {
        forge_load(&logs[i], &world->district, authors[authored[i]], &at[i]);
        for (uint64_t k = 0; k < PIECES; k++) {
            struct piece piece = {&logs[i], 1 + logs[i].seq * k / PIECES,
                                  logs[i].seq * (k + 1) / PIECES};
            if (piece.first <= piece.last) {
                pieces[made++] = piece;
            }
        }
    }
    return made;
}

/* Gives the pieces as some order of them allows; one that comes too early comes again. */
static void give_all(struct replica *reader, const struct piece *pieces, size_t count,
                     uint64_t *dice)
{
    bool given[64] = {false};
    size_t left = count;
    assert_true(count <= 64);
    while (left > 0) { /* ends: the first piece of some log fits */
        *dice = *dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        size_t i = (size_t)(*dice >> 33) % count;
        if (given[i]) {
            continue;
        }
        struct wsync_change_set set = forge_set(pieces[i].log, pieces[i].first, pieces[i].last);
        enum wsync_err err = forge_give(reader, &set);
        assert_true(err == WSYNC_OK || err == WSYNC_ERR_GAP);
        if (err == WSYNC_OK) {
            given[i] = true;
            left--;
        }
        if (*dice >> 60 == 0) {
            forge_settle(reader);
        }
    }
    forge_settle(reader);
}

/* S13.14, invariant: state is a function of changes, roster and forms, whichever came first. */
static void every_order_comes_to_the_same(void **state)
{
    struct ward_pair *world = *state;
    static struct forge logs[16];
    struct piece pieces[16 * PIECES];
    uint64_t dice = 1;
    work(world);
    struct wsync_pin pin = pin_of(world);
    revoke(world, &pin, 1);
    replica_init(&world->twin, wsync_store_mem_new(), WARD_PAIR_SEED, 1, UNIT); /* the author */
    world->has_twin = true;
    struct wsync_device_id before = leave(world);
    enrol(world, &before);
    ward_pair_sync_on(world, &world->a);
    ward_pair_sync_on(world, &world->b);
    size_t count = cut(world, logs, pieces);
    struct wsync_hash expected = replica_digest(&world->district, UNIT);
    for (int order = 0; order < ORDERS; order++) {
        struct replica reader;
        forge_reader(&reader, &world->district);
        give_all(&reader, pieces, count, &dice);
        ward_pair_totals(&reader, RECORDS, TOTAL);
        struct wsync_hash digest = replica_digest(&reader, UNIT);
        assert_memory_equal(digest.b, expected.b, sizeof digest.b);
        replica_fini(&reader);
    }
    for (size_t i = 0; i < 16; i++) {
        if (logs[i].seq > 0) {
            forge_fini(&logs[i]);
        }
    }
}

int main(void)
{
#define IN_A_PAIR(test)                                                                        \
    cmocka_unit_test_setup_teardown(test, ward_pair_set_up, ward_pair_tear_down)
    const struct CMUnitTest tests[] = {
        IN_A_PAIR(unsent_work_survives_a_revocation),
        IN_A_PAIR(a_revocation_may_come_later),
        IN_A_PAIR(an_adopted_change_counts_for_its_copy),
        IN_A_PAIR(what_a_thief_wrote_is_not),
        IN_A_PAIR(what_the_district_held_is_not),
        IN_A_PAIR(what_was_handed_in_is_not),
        IN_A_PAIR(a_path_that_gives_way_is_written_again),
        IN_A_PAIR(work_on_a_branch_survives),
        IN_A_PAIR(an_edit_by_another_follows),
        IN_A_PAIR(a_clone_goes_on_as_another_device),
        IN_A_PAIR(a_key_that_waits_is_given_up),
        IN_A_PAIR(every_order_comes_to_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
