/* SPDX-License-Identifier: Apache-2.0 */
/* The frames of a bundle where it arrives: change-sets as of a session, statements that were
 * lost, and nothing of what is bent (S19.20, S19.21, S19.22, S19.34). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "host/zstd.h"
#include "tests/forge.h"
#include "tests/store_mem.h"
#include "wardsync/bundle_take.h"
#include "wardsync/message.h"

enum { SEED = 61, DAY = 19100, UNIT = 2, CHANGES = 4 };

struct world {
    struct installation installation;
    struct replica district, ward;
    struct replica behind; /* it has the first statement and no more */
    struct forge log;      /* of the ward */
    struct wsync_zstd *zstd;
};

static struct wsync_txn *begin(struct replica *at, enum wsync_txn_mode mode)
{
    struct wsync_txn *txn;
    assert_int_equal(wsync_store_begin(at->store, mode, &txn), WSYNC_OK);
    return txn;
}

/* A statement of the district's roster, copied out of its store. */
static struct wsync_signed_statement statement(struct world *world, uint64_t version)
{
    struct wsync_signed_statement result;
    struct wsync_txn *txn = begin(&world->district, WSYNC_TXN_READ);
    assert_int_equal(wsync_roster_statement(txn, version, &result), WSYNC_OK);
    result.statement = wsync_arena_copy(&world->log.arena, result.statement);
    wsync_txn_abort(txn);
    return result;
}

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    installation_init(&world->installation, SEED);
    replica_init(&world->district, wsync_store_mem_new(), SEED, 0, REPLICA_TOP);
    replica_init(&world->ward, wsync_store_mem_new(), SEED, 1, UNIT);
    replica_init(&world->behind, wsync_store_mem_new(), SEED, 2, UNIT);
    replica_found(&world->district, &world->installation);
    replica_enrol(&world->district, &world->installation, &world->ward);
    forge_init(&world->log, &world->ward, &world->installation, 2, 1);
    for (int i = 0; i < CHANGES; i++) {
        forge_create(&world->log, DAY, i, 1);
    }
    const struct wsync_signed_statement first = statement(world, 1);
    struct wsync_txn *txn = begin(&world->behind, WSYNC_TXN_WRITE);
    assert_int_equal(wsync_roster_take(txn, &world->behind.arena, &first, NULL), WSYNC_OK);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
    world->zstd = wsync_zstd_open(wsync_slice(NULL, 0));
    assert_non_null(world->zstd);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    wsync_zstd_close(world->zstd);
    forge_fini(&world->log);
    replica_fini(&world->behind);
    replica_fini(&world->ward);
    replica_fini(&world->district);
    free(world);
    return 0;
}

static struct wsync_slice frame_of(struct world *world, const struct wsync_message *message)
{
    struct wsync_slice frame;
    assert_int_equal(wsync_message_encode(message, &world->log.arena, &frame), WSYNC_OK);
    return frame;
}

static struct wsync_slice set_frame(struct world *world, uint64_t first, uint64_t last)
{
    const struct wsync_message message = {.type = WSYNC_MESSAGE_CHANGES,
                                          .changes = forge_set(&world->log, first, last)};
    return frame_of(world, &message);
}

static struct wsync_slice roster_frame(struct world *world,
                                       const struct wsync_signed_statement *items, size_t count)
{
    const struct wsync_message message = {.type = WSYNC_MESSAGE_ROSTER,
                                          .roster = {items, count}};
    return frame_of(world, &message);
}

static struct wsync_bundle_taken take(struct world *world, struct replica *at,
                                      struct wsync_slice frame)
{
    struct wsync_bundle_taken taken;
    struct wsync_txn *txn = begin(at, WSYNC_TXN_WRITE);
    const struct wsync_bundle_taking taking = {&at->ledger, wsync_zstd_packer(world->zstd), txn,
                                               &at->arena};
    replica_tell_moment(at);
    assert_int_equal(wsync_bundle_take(&taking, frame, &taken), WSYNC_OK);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
    return taken;
}

static uint64_t version_at(struct replica *at)
{
    struct wsync_roster roster;
    struct wsync_txn *txn = begin(at, WSYNC_TXN_READ);
    assert_int_equal(wsync_roster_get(txn, &roster), WSYNC_OK);
    wsync_txn_abort(txn);
    return roster.version;
}

/* S19.20, S19.21: packed or not; once more it changes nothing. */
static void a_set_is_taken_once(void **state)
{
    struct world *world = *state;
    struct wsync_slice packed;
    struct wsync_bundle_taken taken = take(world, &world->district, set_frame(world, 1, 2));
    assert_true(taken.is_set);
    assert_int_equal(taken.err, WSYNC_OK);
    assert_int_equal(taken.first, 1);
    assert_int_equal(taken.last, 2);
    assert_int_equal(taken.changes, 2);
    assert_memory_equal(taken.log.b, world->log.log.b, sizeof taken.log.b);
    struct wsync_slice frame = set_frame(world, 1, CHANGES);
    assert_int_equal(wsync_bundle_pack(wsync_zstd_packer(world->zstd), &world->log.arena, frame,
                                       &packed),
                     WSYNC_OK);
    taken = take(world, &world->district, packed);
    assert_int_equal(taken.err, WSYNC_OK);
    assert_int_equal(taken.changes, CHANGES - 2);
    taken = take(world, &world->district, packed);
    assert_int_equal(taken.err, WSYNC_OK);
    assert_int_equal(taken.changes, 0);
}

/* S19.22: told with its code, and nothing of it is here. */
static void what_is_bent_is_passed_over(void **state)
{
    struct world *world = *state;
    struct wsync_bundle_taken taken = take(world, &world->district, set_frame(world, 3, 4));
    assert_int_equal(taken.err, WSYNC_ERR_GAP);
    assert_int_equal(taken.changes, 0);
    struct wsync_slice frame = set_frame(world, 1, 2);
    ((uint8_t *)(uintptr_t)frame.data)[frame.len - 1] ^= 1; /* of the seal */
    taken = take(world, &world->district, frame);
    assert_int_equal(taken.err, WSYNC_ERR_SEAL);
    assert_int_equal(taken.changes, 0);
    taken = take(world, &world->district, wsync_slice(frame.data, frame.len - 1));
    assert_int_equal(taken.err, WSYNC_ERR_MESSAGE);
    const struct wsync_message bye = {.type = WSYNC_MESSAGE_BYE, .bye = WSYNC_OK};
    taken = take(world, &world->district, frame_of(world, &bye));
    assert_int_equal(taken.err, WSYNC_ERR_STATE);
    assert_int_equal(take(world, &world->district, set_frame(world, 1, 4)).changes, CHANGES);
}

/* S19.20: a district that lost a statement has it from the bundle, and then the device's sets;
 * one that is bent is not taken. */
static void a_lost_statement_comes_back(void **state)
{
    struct world *world = *state;
    struct wsync_signed_statement second = statement(world, 2);
    assert_int_equal(take(world, &world->behind, set_frame(world, 1, 2)).err, WSYNC_ERR_BEHIND);
    second.signatures[0].signature.b[5] ^= 1;
    struct wsync_bundle_taken taken =
        take(world, &world->behind, roster_frame(world, &second, 1));
    assert_int_equal(taken.err, WSYNC_ERR_SIGNATURE);
    assert_int_equal(version_at(&world->behind), 1);
    second.signatures[0].signature.b[5] ^= 1;
    const struct wsync_signed_statement both[] = {statement(world, 1), second};
    taken = take(world, &world->behind, roster_frame(world, both, 2));
    assert_int_equal(taken.err, WSYNC_OK);
    assert_false(taken.is_set);
    assert_int_equal(taken.statements, 1);
    assert_int_equal(version_at(&world->behind), 2);
    assert_int_equal(take(world, &world->behind, roster_frame(world, both, 2)).statements, 0);
    assert_int_equal(take(world, &world->behind, set_frame(world, 1, 2)).changes, 2);
}

static enum wsync_err take_statements(struct world *world, struct wsync_slice frame,
                                      uint64_t *taken)
{
    struct wsync_txn *txn = begin(&world->behind, WSYNC_TXN_WRITE);
    enum wsync_err err = wsync_bundle_take_statements(
        txn, &world->behind.arena, frame, &world->installation.instance, taken);
    if (err == WSYNC_OK) {
        assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
    } else {
        wsync_txn_abort(txn);
    }
    return err;
}

/* S19.34: of an answer that nobody is known to have signed, a ward has the statements alone:
 * those of a Welcome and of a Roster. */
static void a_ward_has_the_statements_of_an_answer(void **state)
{
    struct world *world = *state;
    uint64_t taken = 9;
    struct wsync_signed_statement second = statement(world, 2);
    struct wsync_message welcome = {.type = WSYNC_MESSAGE_WELCOME,
                                    .welcome = {.version = WSYNC_PROTOCOL_VERSION,
                                                .instance = world->installation.instance,
                                                .roster_version = 2,
                                                .credit = WSYNC_CREDIT_BYTES_MIN,
                                                .statements = &second,
                                                .statement_count = 1}};
    assert_int_equal(take_statements(world, set_frame(world, 1, 2), &taken), WSYNC_OK);
    assert_int_equal(taken, 0);
    second.signatures[0].signature.b[5] ^= 1;
    struct wsync_slice bent = frame_of(world, &welcome);
    assert_int_equal(take_statements(world, bent, &taken), WSYNC_ERR_SIGNATURE);
    assert_int_equal(version_at(&world->behind), 1);
    second.signatures[0].signature.b[5] ^= 1;
    assert_int_equal(take_statements(world, frame_of(world, &welcome), &taken), WSYNC_OK);
    assert_int_equal(taken, 1);
    assert_int_equal(version_at(&world->behind), 2);
    assert_int_equal(take_statements(world, roster_frame(world, &second, 1), &taken), WSYNC_OK);
    assert_int_equal(taken, 0);
    assert_int_equal(take_statements(world, wsync_slice(bent.data, bent.len - 1), &taken),
                     WSYNC_ERR_MESSAGE);
}

#define TAKE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TAKE_TEST(a_set_is_taken_once),
        TAKE_TEST(what_is_bent_is_passed_over),
        TAKE_TEST(a_lost_statement_comes_back),
        TAKE_TEST(a_ward_has_the_statements_of_an_answer),
    };
    return cmocka_run_group_tests_name("frames of a bundle", tests, NULL, NULL);
}
