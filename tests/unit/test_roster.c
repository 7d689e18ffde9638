/* SPDX-License-Identifier: Apache-2.0 */
/* The roster (SPEC section 7): one signed line of statements; what a device may do at the
 * version written in its chain; what a removal leaves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/forge.h"
#include "tests/store_mem.h"

enum { SEED = 16, DAY = 19100, UNIT = 2, STATEMENTS = 4 };

struct world {
    struct installation installation;
    struct replica district, a, b;
    struct replica reader;                          /* an empty store */
    struct wsync_signed_statement line[STATEMENTS]; /* root, enrol a, enrol b, revoke b */
    struct wsync_arena *arena;
};

static struct wsync_statement revocation(const struct replica *of, const struct wsync_pin *pins,
                                         size_t pin_count)
{
    return (struct wsync_statement){.kind = WSYNC_STATEMENT_REVOKE,
                                    .revoke = {of->identity.device, pins, pin_count, false}};
}

static void issue(struct world *world, struct wsync_statement *statement)
{
    struct wsync_txn *txn;
    struct wsync_signed_statement issued;
    assert_int_equal(wsync_store_begin(world->district.store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    assert_int_equal(wsync_roster_issue(txn, &world->district.arena, statement,
                                        &world->installation.desk.registrar, &issued),
                     WSYNC_OK);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
}

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    struct wsync_txn *txn;
    installation_init(&world->installation, SEED);
    replica_init(&world->district, wsync_store_mem_new(), SEED, 0, REPLICA_TOP);
    replica_init(&world->a, wsync_store_mem_new(), SEED, 1, UNIT);
    replica_init(&world->b, wsync_store_mem_new(), SEED, 2, UNIT);
    replica_init(&world->reader, wsync_store_mem_new(), SEED, 9, UNIT);
    replica_found(&world->district, &world->installation);
    replica_enrol(&world->district, &world->installation, &world->a);
    replica_enrol(&world->district, &world->installation, &world->b);
    struct wsync_statement revoke = revocation(&world->b, NULL, 0);
    issue(world, &revoke);
    world->arena = &world->reader.arena;
    assert_int_equal(wsync_store_begin(world->district.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    for (uint64_t i = 0; i < STATEMENTS; i++) {
        assert_int_equal(wsync_roster_statement(txn, i + 1, &world->line[i]), WSYNC_OK);
        world->line[i].statement = wsync_arena_copy(world->arena, world->line[i].statement);
    }
    wsync_txn_abort(txn);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    replica_fini(&world->district);
    replica_fini(&world->a);
    replica_fini(&world->b);
    replica_fini(&world->reader);
    free(world);
    return 0;
}

static enum wsync_err take_at(struct replica *at, struct wsync_arena *arena,
                              const struct wsync_signed_statement *statement,
                              const struct wsync_instance_id *expected)
{
    struct wsync_txn *txn;
    assert_int_equal(wsync_store_begin(at->store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    enum wsync_err err = wsync_roster_take(txn, arena, statement, expected);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK); /* also what was refused */
    return err;
}

static enum wsync_err take(struct world *world, const struct wsync_signed_statement *statement)
{
    return take_at(&world->reader, world->arena, statement, NULL);
}

static void take_first(struct world *world, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(take(world, &world->line[i]), WSYNC_OK);
    }
}

/* Refused with this code, and not a byte was written (invariant 10). */
static void assert_refused(struct world *world, const struct wsync_signed_statement *statement,
                           enum wsync_err code)
{
    struct wsync_hash before = forge_image(world->reader.store);
    assert_int_equal(take(world, statement), code);
    struct wsync_hash after = forge_image(world->reader.store);
    assert_memory_equal(before.b, after.b, sizeof before.b);
}

static struct wsync_signed_statement sign(struct world *world,
                                          const struct wsync_statement *statement)
{
    struct wsync_signed_statement made;
    assert_int_equal(wsync_statement_encode(statement, world->arena, &made.statement),
                     WSYNC_OK);
    const struct installation *installation = &world->installation;
    made.signatures[0] = wsync_statement_sign(statement->kind == WSYNC_STATEMENT_FIRST
                                                  ? &installation->root_secret
                                                  : &installation->desk.registrar,
                                              made.statement);
    made.signature_count = 1;
    return made;
}

/* A legal statement that follows `line[before - 1]`: it enrols `fresh`. */
static struct wsync_statement enrolment_after(struct world *world, size_t before,
                                              const struct replica *fresh)
{
    return (struct wsync_statement){
        .instance = world->installation.instance,
        .version = before + 1,
        .has_previous = true,
        .previous = wsync_statement_hash(world->line[before - 1].statement),
        .stamp = world->district.now,
        .kind = WSYNC_STATEMENT_ENROL,
        .enrol = {.signing_key = fresh->identity.signing_key,
                  .transport_key = fresh->transport,
                  .role = WSYNC_ROLE_CLERK,
                  .scopes = &fresh->scope,
                  .scope_count = 1,
                  .name = wsync_slice_of("fresh")},
    };
}

/* S7.7, S7.8: the line is taken in order and says the same everywhere. */
static void the_line_is_taken_in_order(void **state)
{
    struct world *world = *state;
    struct wsync_txn *txn;
    struct wsync_roster roster;
    take_first(world, STATEMENTS);
    assert_int_equal(wsync_store_begin(world->reader.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_roster_get(txn, &roster), WSYNC_OK);
    wsync_txn_abort(txn);
    struct wsync_hash last = wsync_statement_hash(world->line[STATEMENTS - 1].statement);
    assert_int_equal(roster.version, STATEMENTS);
    assert_int_equal(roster.top, REPLICA_TOP);
    assert_memory_equal(roster.hash.b, last.b, sizeof last.b);
    assert_memory_equal(roster.instance.b, world->installation.instance.b,
                        sizeof roster.instance.b);
}

/* S7.8: what is held already is taken again without effect, when it is the same. */
static void a_statement_again_changes_nothing(void **state)
{
    struct world *world = *state;
    take_first(world, STATEMENTS);
    struct wsync_hash before = forge_image(world->reader.store);
    take_first(world, STATEMENTS);
    struct wsync_hash after = forge_image(world->reader.store);
    assert_memory_equal(before.b, after.b, sizeof before.b);
    struct wsync_statement other = enrolment_after(world, 2, &world->b);
    other.stamp = 77; /* another version 3 than the one held */
    struct wsync_signed_statement forked = sign(world, &other);
    assert_refused(world, &forked, WSYNC_ERR_ROSTER);
}

static void only_a_root_statement_begins_a_roster(void **state)
{
    struct world *world = *state;
    assert_refused(world, &world->line[1], WSYNC_ERR_ROSTER);
    struct wsync_instance_id other = {{9}};
    assert_int_equal(take_at(&world->reader, world->arena, &world->line[0], &other),
                     WSYNC_ERR_INSTANCE);
    struct wsync_statement root;
    assert_int_equal(wsync_statement_decode(world->line[0].statement, world->arena, &root),
                     WSYNC_OK);
    root.instance.b[0] ^= 1; /* not that of its root key */
    struct wsync_signed_statement forged = sign(world, &root);
    assert_refused(world, &forged, WSYNC_ERR_ROSTER);
    assert_int_equal(take(world, &world->line[0]), WSYNC_OK);
}

static void a_gap_is_refused(void **state)
{
    struct world *world = *state;
    take_first(world, 1);
    assert_refused(world, &world->line[2], WSYNC_ERR_ROSTER);
}

/* S7.8: each rule, on a statement that is legal but for one thing. */
static void each_rule_has_its_code(void **state)
{
    struct world *world = *state;
    struct replica fresh;
    replica_init(&fresh, wsync_store_mem_new(), SEED, 5, UNIT);
    take_first(world, 3);
    struct wsync_statement good = enrolment_after(world, 3, &fresh);
    struct wsync_statement spoiled = good;
    struct wsync_signed_statement made = sign(world, &good);
    made.signatures[0].signature.b[5] ^= 1;
    assert_refused(world, &made, WSYNC_ERR_SIGNATURE);
    made = sign(world, &good);
    made.signatures[0] = wsync_statement_sign(&world->a.identity.secret, made.statement);
    assert_refused(world, &made, WSYNC_ERR_SIGNATURE);
    spoiled.instance.b[0] ^= 1;
    made = sign(world, &spoiled);
    assert_refused(world, &made, WSYNC_ERR_INSTANCE);
    spoiled = good;
    spoiled.version = 5;
    made = sign(world, &spoiled);
    assert_refused(world, &made, WSYNC_ERR_ROSTER);
    spoiled = good;
    spoiled.previous.b[0] ^= 1;
    made = sign(world, &spoiled);
    assert_refused(world, &made, WSYNC_ERR_ROSTER);
    spoiled = good;
    spoiled.enrol.signing_key = world->a.identity.signing_key; /* a device that exists */
    made = sign(world, &spoiled);
    assert_refused(world, &made, WSYNC_ERR_ROSTER);
    spoiled = good;
    spoiled.enrol.transport_key = world->a.transport; /* its line is another's */
    made = sign(world, &spoiled);
    assert_refused(world, &made, WSYNC_ERR_ROSTER);
    made = sign(world, &good);
    assert_int_equal(take(world, &made), WSYNC_OK);
    replica_fini(&fresh);
}

/* S7.1 to S7.4. */
static void illegal_statements_are_refused(void **state)
{
    struct world *world = *state;
    struct replica fresh;
    static const uint32_t SCOPES[] = {3, 2};
    static uint8_t long_name[WSYNC_DEVICE_NAME_BYTES_MAX + 1] = "x";
    replica_init(&fresh, wsync_store_mem_new(), SEED, 5, UNIT);
    memset(long_name, 'x', sizeof long_name);
    take_first(world, 3);
    struct wsync_statement good = enrolment_after(world, 3, &fresh);
    struct wsync_statement spoiled[11];
    for (size_t i = 0; i < 11; i++) {
        spoiled[i] = good;
    }
    spoiled[0].enrol.role = (enum wsync_role)6;
    spoiled[1].enrol.scope_count = 0;
    spoiled[2].enrol.scopes = SCOPES; /* not ascending */
    spoiled[2].enrol.scope_count = 2;
    spoiled[3].enrol.name = wsync_slice(NULL, 0);
    spoiled[4].enrol.name = wsync_slice(long_name, sizeof long_name);
    spoiled[5].enrol.name = wsync_slice("a\0b", 3);
    spoiled[6].has_previous = false;
    spoiled[7].version = 0;
    spoiled[8].enrol.name = wsync_slice_of("a\nSigned by everybody");
    spoiled[9].enrol.name = wsync_slice_of("a\33[2J");
    spoiled[10].enrol.name = wsync_slice_of("a\xc3");
    for (size_t i = 0; i < 11; i++) {
        struct wsync_signed_statement made = sign(world, &spoiled[i]);
        assert_refused(world, &made, WSYNC_ERR_ROSTER);
    }
    static uint8_t large[WSYNC_STATEMENT_BYTES_MAX + 1];
    struct wsync_signed_statement noise = {.statement = wsync_slice(large, sizeof large)};
    assert_refused(world, &noise, WSYNC_ERR_OVERSIZE);
    noise.statement = wsync_slice("\xff", 1);
    assert_refused(world, &noise, WSYNC_ERR_MESSAGE);
    replica_fini(&fresh);
}

/* S7.8: a revocation or suspension is of a device that is there, not revoked yet and not the
 * district's own, without which nobody could go on. */
static void a_device_is_revoked_once(void **state)
{
    struct world *world = *state;
    struct replica stranger;
    replica_init(&stranger, wsync_store_mem_new(), SEED, 6, UNIT);
    take_first(world, STATEMENTS);
    const struct replica *who[] = {&world->b, &stranger, &world->district, &world->district};
    for (size_t i = 0; i < 4; i++) {
        struct wsync_statement statement = revocation(who[i], NULL, 0);
        statement.revoke.suspend = i == 3;
        statement.instance = world->installation.instance;
        statement.version = STATEMENTS + 1;
        statement.has_previous = true;
        statement.previous = wsync_statement_hash(world->line[STATEMENTS - 1].statement);
        struct wsync_signed_statement made = sign(world, &statement);
        assert_refused(world, &made, WSYNC_ERR_ROSTER);
    }
    replica_fini(&stranger);
}

static uint64_t quarantined_at(struct replica *replica)
{
    struct wsync_txn *txn;
    uint64_t waiting, quarantined;
    assert_int_equal(wsync_store_begin(replica->store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_ledger_unsettled(txn, &waiting, &quarantined), WSYNC_OK);
    wsync_txn_abort(txn);
    return quarantined;
}

/* S7.10, S7.11: up to the pin changes count as before, also those that arrive later. */
static void a_pin_keeps_what_stands_before_it(void **state)
{
    struct world *world = *state;
    struct forge log;
    forge_init(&log, &world->a, &world->installation, 3, 1);
    for (int i = 0; i < 4; i++) {
        forge_create(&log, DAY, i, 1);
    }
    struct wsync_change_set set = forge_set(&log, 1, 1);
    assert_int_equal(forge_give(&world->district, &set), WSYNC_OK);
    struct wsync_pin pin = {log.log, 3, log.hashes[3]};
    struct wsync_statement revoke = revocation(&world->a, &pin, 1);
    issue(world, &revoke);
    set = forge_set(&log, 2, 4);
    assert_int_equal(forge_give(&world->district, &set), WSYNC_OK);
    assert_int_equal(quarantined_at(&world->district), 1);
    forge_fini(&log);
}

/* S7.14: by the version written in the log: what was captured before the removal is taken, and
 * quarantined when no pin keeps it; a log opened after it is refused. */
static void a_removal_strands_nothing_that_was_captured_before(void **state)
{
    struct world *world = *state;
    struct forge before, after;
    forge_init(&before, &world->b, &world->installation, 3, 1);
    forge_init(&after, &world->b, &world->installation, 4, 1);
    forge_create(&before, DAY, 1, 1);
    forge_create(&after, DAY, 1, 1);
    struct wsync_change_set set = forge_set(&before, 1, 1);
    assert_int_equal(forge_give(&world->district, &set), WSYNC_OK);
    assert_int_equal(quarantined_at(&world->district), 1);
    set = forge_set(&after, 1, 1);
    assert_int_equal(forge_give(&world->district, &set), WSYNC_ERR_REVOKED);
    forge_fini(&before);
    forge_fini(&after);
}

/* S7.15, S7.17. */
static void scopes_say_what_is_read_and_written(void **state)
{
    struct world *world = *state;
    struct wsync_txn *txn;
    struct wsync_device clerk, node;
    assert_int_equal(wsync_store_begin(world->district.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_device_get(txn, &world->a.identity.device, &clerk), WSYNC_OK);
    assert_int_equal(wsync_device_by_transport(txn, &world->district.transport, &node),
                     WSYNC_OK);
    struct wsync_transport_key nobody = {{1}};
    struct wsync_device none;
    assert_int_equal(wsync_device_by_transport(txn, &nobody, &none), WSYNC_ERR_NOT_FOUND);
    wsync_txn_abort(txn);
    assert_true(wsync_device_has_scope(&clerk, UNIT));
    assert_false(wsync_device_has_scope(&clerk, 3));
    assert_false(wsync_device_has_scope(&clerk, REPLICA_TOP));
    assert_true(wsync_device_may_read(&clerk, REPLICA_TOP, REPLICA_TOP));
    assert_false(wsync_device_may_read(&clerk, 3, REPLICA_TOP));
    assert_true(wsync_device_has_scope(&node, 3));
    assert_true(wsync_device_may_read(&node, 3, REPLICA_TOP));
}

int main(void)
{
#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WORLD_TEST(the_line_is_taken_in_order),
        WORLD_TEST(a_statement_again_changes_nothing),
        WORLD_TEST(only_a_root_statement_begins_a_roster),
        WORLD_TEST(a_gap_is_refused),
        WORLD_TEST(each_rule_has_its_code),
        WORLD_TEST(illegal_statements_are_refused),
        WORLD_TEST(a_device_is_revoked_once),
        WORLD_TEST(a_pin_keeps_what_stands_before_it),
        WORLD_TEST(a_removal_strands_nothing_that_was_captured_before),
        WORLD_TEST(scopes_say_what_is_read_and_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
