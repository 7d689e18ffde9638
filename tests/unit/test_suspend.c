/* SPDX-License-Identifier: Apache-2.0 */
/* What removals, suspensions and rotations do to changes (SPEC 7.3, 7.9, 7.10, 10.8): up to a
 * pin they count, behind it they wait in quarantine, and a resumption brings them back; and
 * what the expiry of a root (7.8) does not do to them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/forge.h"
#include "tests/hub.h"
#include "tests/store_mem.h"
#include "tests/verified.h"

enum { SEED = 47, DAY = 19100, UNIT = 2, CHANGES = 6, PIN = 4, OTHER_FORM = 17 };

struct world {
    struct installation installation;
    struct replica district, a, b; /* b reads the unit of a */
    struct replica renewed;        /* the keys a may rotate to */
    struct forge log;              /* of a */
};

static struct wsync_txn *begin(struct replica *at, enum wsync_txn_mode mode)
{
    struct wsync_txn *txn;
    assert_int_equal(wsync_store_begin(at->store, mode, &txn), WSYNC_OK);
    return txn;
}

/* The district settles, and passes the verdicts that are due. */
static void settle(struct world *world)
{
    replica_tell_moment(&world->district);
    forge_settle(&world->district);
}

static void issue(struct world *world, struct wsync_statement statement)
{
    struct wsync_signed_statement issued;
    struct wsync_txn *txn = begin(&world->district, WSYNC_TXN_WRITE);
    statement.stamp = world->district.now;
    assert_int_equal(wsync_roster_issue(txn, &world->district.arena, &statement,
                                        &world->installation.desk.registrar, &issued),
                     WSYNC_OK);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
    wsync_arena_release(&world->district.arena, 0);
    settle(world);
}

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    installation_init(&world->installation, SEED);
    replica_init(&world->district, wsync_store_mem_new(), SEED, 0, REPLICA_TOP);
    replica_init(&world->a, wsync_store_mem_new(), SEED, 1, UNIT);
    replica_init(&world->b, wsync_store_mem_new(), SEED, 2, UNIT);
    replica_init(&world->renewed, wsync_store_mem_new(), SEED, 3, UNIT);
    replica_found(&world->district, &world->installation);
    replica_enrol(&world->district, &world->installation, &world->a);
    replica_enrol(&world->district, &world->installation, &world->b);
    forge_init(&world->log, &world->a, &world->installation, 3, 1);
    for (int i = 0; i < CHANGES; i++) {
        forge_create(&world->log, DAY, 1 << i, 1);
    }
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    forge_fini(&world->log);
    replica_fini(&world->district);
    replica_fini(&world->a);
    replica_fini(&world->b);
    replica_fini(&world->renewed);
    free(world);
    return 0;
}

static void give(struct world *world, uint64_t first, uint64_t last, enum wsync_err expected)
{
    struct wsync_change_set set = forge_set(&world->log, first, last);
    assert_int_equal(forge_give(&world->district, &set), expected);
    settle(world);
}

static struct wsync_statement removal(const struct world *world, const struct wsync_pin *pin,
                                      bool suspend)
{
    return (struct wsync_statement){
        .kind = WSYNC_STATEMENT_REVOKE,
        .revoke = {world->a.identity.device, pin, pin ? 1 : 0, suspend}};
}

static struct wsync_statement resumption(const struct world *world)
{
    return (struct wsync_statement){.kind = WSYNC_STATEMENT_RESUME,
                                    .device = world->a.identity.device};
}

static struct wsync_pin pin_at(const struct world *world, uint64_t seq)
{
    return (struct wsync_pin){world->log.log, seq, world->log.hashes[seq]};
}

/* How many changes are quarantined, all for this reason. */
static size_t quarantined(struct replica *at, enum wsync_err expected)
{
    size_t count = 0;
    struct wsync_dot change = {.log_no = 0};
    enum wsync_err reason;
    struct wsync_txn *txn = begin(at, WSYNC_TXN_READ);
    while (wsync_ledger_quarantined(txn, &change, &reason) == WSYNC_OK) {
        assert_int_equal(reason, expected);
        count++;
    }
    wsync_txn_abort(txn);
    return count;
}

/* The sum of field 2 over all records that count: each change adds another bit. */
static int64_t counted(struct replica *at)
{
    int64_t sum = 0;
    struct wsync_entry entry = {.key = {NULL, 0}};
    struct wsync_txn *txn = begin(at, WSYNC_TXN_READ);
    while (wsync_txn_seek(txn, WSYNC_TABLE_RECORDS, WSYNC_SEEK_GT, &entry) == WSYNC_OK) {
        struct wsync_record record;
        size_t mark = wsync_arena_mark(&at->arena);
        assert_int_equal(
            wsync_record_get(txn, wsync_record_of_key(entry.key), 0, &at->arena, &record),
            WSYNC_OK);
        const struct wsync_live *live = wsync_record_shown(&record, FORGE_COUNT, NULL);
        sum += record.form == REPLICA_FORM && live ? live->value.integer : 0;
        wsync_arena_release(&at->arena, mark);
    }
    wsync_txn_abort(txn);
    return sum;
}

/* Both replicas, and one computed from the raw log alone, say the same. */
static void assert_agreed(struct world *world)
{
    settle(world);
    assert_int_equal(replica_sync(&world->b, &world->district, &world->installation, NULL),
                     WSYNC_OK);
    struct wsync_hash here = replica_digest(&world->district, UNIT);
    struct wsync_hash there = replica_digest(&world->b, UNIT);
    struct wsync_hash again = replica_recomputed_digest(&world->district, UNIT);
    assert_memory_equal(here.b, there.b, sizeof here.b);
    assert_memory_equal(here.b, again.b, sizeof here.b);
    verified_clean(&world->district, &world->installation);
    verified_clean(&world->b, &world->installation);
}

/* S7.10, S7.11: case 4: entries before the pin, also late ones, those behind it, and those with
 * an older date, an older roster version, or in an older log. */
static void case_4_what_stands_before_and_behind_the_pin(void **state)
{
    struct world *world = *state;
    struct wsync_pin pin = pin_at(world, PIN);
    give(world, 1, 2, WSYNC_OK);
    issue(world, removal(world, &pin, false));
    give(world, 3, 5, WSYNC_OK); /* 3 and 4 come late, 5 is too late */
    assert_int_equal(counted(&world->district), 0x0f);
    assert_int_equal(quarantined(&world->district, WSYNC_ERR_REVOKED), 1);
    give(world, 6, 6, WSYNC_OK);
    assert_int_equal(quarantined(&world->district, WSYNC_ERR_REVOKED), 2);
    struct wsync_draft dated = {.context.stamp_delta = -1000000};
    uint64_t last = forge_add_draft(&world->log, &dated); /* an honest-looking date */
    give(world, last, last, WSYNC_OK);
    assert_int_equal(quarantined(&world->district, WSYNC_ERR_REVOKED), 3);
    struct forge older;
    forge_init(&older, &world->a, &world->installation, 2, 9); /* before b was enrolled */
    older.genesis.stamp -= 1000000;
    forge_open(&older);
    forge_create(&older, DAY, 1 << 10, 1);
    struct wsync_change_set set = forge_set(&older, 1, 1);
    assert_int_equal(forge_give(&world->district, &set), WSYNC_OK); /* no pin: none counts */
    assert_int_equal(quarantined(&world->district, WSYNC_ERR_REVOKED), 4);
    older.genesis.roster_version = 4; /* it knows of its removal */
    forge_open(&older);
    forge_create(&older, DAY, 1 << 11, 1);
    set = forge_set(&older, 1, 1);
    assert_int_equal(forge_give(&world->district, &set), WSYNC_ERR_REVOKED);
    forge_fini(&older);
    assert_int_equal(counted(&world->district), 0x0f);
    assert_agreed(world);
}

/* S7.10, S10.38: a removal that comes behind what it forbids takes it out again. */
static void a_late_removal_takes_out_what_counted(void **state)
{
    struct world *world = *state;
    struct wsync_pin pin = pin_at(world, 2);
    give(world, 1, CHANGES, WSYNC_OK);
    assert_agreed(world);
    issue(world, removal(world, &pin, false));
    assert_int_equal(counted(&world->district), 0x03);
    assert_agreed(world);
    assert_int_equal(counted(&world->b), 0x03);
}

/* S7.41, S10.34: a suspension is lifted: what was quarantined for it counts again, also where a
 * verdict said so, and what comes later. */
static void a_resumption_brings_back_what_was_quarantined(void **state)
{
    struct world *world = *state;
    struct wsync_pin pin = pin_at(world, 2);
    give(world, 1, 5, WSYNC_OK);
    issue(world, removal(world, &pin, true));
    assert_int_equal(counted(&world->district), 0x03);
    assert_int_equal(quarantined(&world->district, WSYNC_ERR_REVOKED), 3);
    assert_agreed(world);
    assert_int_equal(quarantined(&world->b, WSYNC_ERR_REVOKED), 3);
    issue(world, resumption(world));
    assert_int_equal(counted(&world->district), 0x1f);
    assert_int_equal(quarantined(&world->district, WSYNC_ERR_REVOKED), 0);
    assert_agreed(world);
    assert_int_equal(counted(&world->b), 0x1f);
    give(world, 6, 6, WSYNC_OK);
    assert_int_equal(counted(&world->district), 0x3f);
    pin = pin_at(world, 3); /* and again: what was said before holds again */
    issue(world, removal(world, &pin, true));
    assert_int_equal(counted(&world->district), 0x07);
    assert_agreed(world);
    issue(world, removal(world, &pin, false));
    assert_int_equal(counted(&world->district), 0x07);
    assert_agreed(world);
}

/* S10.34, S10.35: a resumption waives nothing but the pin: what the role forbids stays so, with
 * another reason and another verdict. */
static void a_resumption_waives_no_right(void **state)
{
    struct world *world = *state;
    struct wsync_verdict verdict;
    const struct wsync_write writes[] = {forge_integer(FORGE_DAY, DAY)};
    const struct wsync_operation operation = {.kind = WSYNC_KIND_WRITE,
                                              .form = WSYNC_FORM_VERDICT,
                                              .version = 1,
                                              .creates = true,
                                              .writes = writes,
                                              .write_count = 1};
    uint64_t seq = forge_add(&world->log, &operation);
    issue(world, removal(world, NULL, true));
    give(world, 1, seq, WSYNC_OK);
    assert_int_equal(quarantined(&world->district, WSYNC_ERR_REVOKED), seq);
    issue(world, resumption(world));
    assert_int_equal(quarantined(&world->district, WSYNC_ERR_RIGHT), 1);
    assert_int_equal(counted(&world->district), 0x3f);
    struct wsync_log log;
    struct wsync_txn *txn = begin(&world->district, WSYNC_TXN_READ);
    const struct wsync_head at = {world->log.log, seq, world->log.hashes[seq]};
    assert_int_equal(wsync_log_find(txn, &world->log.log, &log), WSYNC_OK);
    assert_int_equal(wsync_verdict_on_change(txn, &world->district.arena, &log, &at, &verdict),
                     WSYNC_OK);
    wsync_txn_abort(txn);
    wsync_arena_release(&world->district.arena, 0);
    assert_int_equal(verdict.decision, WSYNC_DECISION_QUARANTINE);
    assert_int_equal(verdict.reason, WSYNC_ERR_RIGHT);
    assert_agreed(world);
}

/* S10.35: what an admin adopted counts whatever becomes of the device. */
static void what_was_adopted_stays(void **state)
{
    struct world *world = *state;
    struct wsync_pin pin = pin_at(world, 2);
    give(world, 1, 3, WSYNC_OK);
    issue(world, removal(world, &pin, true));
    const struct wsync_verdict adopt = {.log = world->log.log,
                                        .seq = 3,
                                        .hash = wsync_hash_prefix_of(&world->log.hashes[3]),
                                        .decision = WSYNC_DECISION_ADOPT};
    forge_pass(&world->district, UNIT, &adopt);
    assert_int_equal(counted(&world->district), 0x07);
    issue(world, removal(world, &pin, false));
    give(world, 4, 4, WSYNC_OK);
    assert_int_equal(counted(&world->district), 0x07);
    assert_agreed(world);
}

static void rotate(struct world *world, uint64_t seq)
{
    struct wsync_pin pin = pin_at(world, seq);
    struct wsync_statement rotation = {
        .kind = WSYNC_STATEMENT_ROTATE,
        .rotate = {.device = world->a.identity.device,
                   .signing_key = world->renewed.identity.signing_key,
                   .transport_key = world->renewed.transport,
                   .pins = &pin,
                   .pin_count = 1}};
    const struct wsync_instance_id *instance = &world->installation.instance;
    rotation.rotate.old_signature =
        wsync_rotation_sign(&world->a.identity.secret, instance, &rotation.rotate);
    rotation.rotate.new_signature =
        wsync_rotation_sign(&world->renewed.identity.secret, instance, &rotation.rotate);
    issue(world, rotation);
}

/* S7.38, S7.14: behind a rotation the old key's logs are closed at their pins, the new key
 * opens its own, and a log that mixes them is of neither. */
static void a_rotation_closes_and_opens_logs(void **state)
{
    struct world *world = *state;
    give(world, 1, 3, WSYNC_OK);
    rotate(world, PIN);
    give(world, 4, 5, WSYNC_OK);
    assert_int_equal(counted(&world->district), 0x0f);
    assert_int_equal(quarantined(&world->district, WSYNC_ERR_REVOKED), 1);
    struct replica as = world->a; /* the same device under its new key */
    as.identity.signing_key = world->renewed.identity.signing_key;
    as.identity.secret = world->renewed.identity.secret;
    struct forge log;
    forge_init(&log, &as, &world->installation, 3, 5); /* before it heard of its own grant */
    forge_create(&log, DAY, 1 << 8, 1);
    struct wsync_change_set set = forge_set(&log, 1, 1);
    assert_int_equal(forge_give(&world->district, &set), WSYNC_OK);
    assert_int_equal(counted(&world->district), 0x10f);
    set = forge_set(&world->log, 6, 6);
    struct wsync_head head = {world->log.log, 6, world->log.hashes[6]};
    set.seal = wsync_seal_sign(&as.identity.secret, &head, &set.checkpoint);
    assert_int_equal(forge_give(&world->district, &set), WSYNC_ERR_SEAL);
    log.genesis.signing_key = world->b.identity.signing_key;
    forge_open(&log);
    forge_create(&log, DAY, 1 << 9, 1);
    set = forge_set(&log, 1, 1);
    assert_int_equal(forge_give(&world->district, &set), WSYNC_ERR_GENESIS);
    forge_fini(&log);
    forge_init(&log, &world->a, &world->installation, 4, 5); /* by the old key, knowing it is */
    forge_create(&log, DAY, 1 << 9, 1);
    set = forge_set(&log, 1, 1);
    assert_int_equal(forge_give(&world->district, &set), WSYNC_ERR_REVOKED);
    forge_fini(&log);
    assert_agreed(world);
}

/* S7.14: a log opened under a suspension that its genesis names is not taken while it lasts. */
static void a_suspended_device_opens_no_log(void **state)
{
    struct world *world = *state;
    struct forge log;
    issue(world, removal(world, NULL, true));
    forge_init(&log, &world->a, &world->installation, 4, 5);
    forge_create(&log, DAY, 1, 1);
    struct wsync_change_set set = forge_set(&log, 1, 1);
    assert_int_equal(forge_give(&world->district, &set), WSYNC_ERR_SUSPENDED);
    issue(world, resumption(world));
    assert_int_equal(forge_give(&world->district, &set), WSYNC_OK);
    assert_int_equal(counted(&world->district), 1);
    forge_fini(&log);
    assert_agreed(world);
}

/* S7.41, S9.6: a live session of a suspended device ends at its next message, and every Hello
 * until the resumption. */
static void a_suspended_device_is_not_served(void **state)
{
    struct world *world = *state;
    struct hub hub;
    struct wsync_message set = {.type = WSYNC_MESSAGE_CHANGES};
    hub_init(&hub, &world->district);
    hub_greet(&hub, 0, &world->installation, &world->a);
    assert_int_equal(hub_run(&hub), WSYNC_OK);
    assert_int_equal(hub.lines[0].session.state, WSYNC_STATE_OPEN);
    issue(world, removal(world, NULL, true));
    set.changes = forge_set(&world->log, 1, 1);
    hub_tell(&hub, 0, &set);
    assert_int_equal(hub_run(&hub), WSYNC_OK);
    assert_int_equal(hub.lines[0].session.result, WSYNC_ERR_SUSPENDED);
    assert_int_equal(counted(&world->district), 0);
    hub_greet(&hub, 0, &world->installation, &world->a);
    assert_int_equal(hub_run(&hub), WSYNC_OK);
    assert_int_equal(hub.lines[0].session.result, WSYNC_ERR_SUSPENDED);
    hub_fini(&hub);
    assert_int_equal(replica_sync(&world->a, &world->district, &world->installation, NULL),
                     WSYNC_ERR_SUSPENDED);
    issue(world, resumption(world));
    assert_int_equal(replica_sync(&world->a, &world->district, &world->installation, NULL),
                     WSYNC_OK);
}

/* S7.34: case 9: behind the expiry, and with no newer root in sight, who is enrolled works on,
 * syncs and verifies; nobody new is enrolled, by invite or otherwise. */
static void case_9_behind_the_expiry_everybody_works_on(void **state)
{
    struct world *world = *state;
    struct wsync_signed_statement issued;
    struct wsync_dot written;
    struct wsync_statement root = {.kind = WSYNC_STATEMENT_ROOT,
                                   .stamp = world->district.now,
                                   .root = world->installation.root};
    root.root.expires = world->district.now + 10;
    struct wsync_txn *txn = begin(&world->district, WSYNC_TXN_WRITE);
    assert_int_equal(wsync_roster_issue(txn, &world->district.arena, &root,
                                        &world->installation.root_secret, &issued),
                     WSYNC_OK);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
    assert_int_equal(replica_sync(&world->a, &world->district, &world->installation, NULL),
                     WSYNC_OK);
    world->district.now += 1000;
    world->a.now += 1000;
    assert_int_equal(replica_create(&world->a, DAY, 7, 1, &written), WSYNC_OK);
    assert_int_equal(replica_sync(&world->a, &world->district, &world->installation, NULL),
                     WSYNC_OK);
    assert_int_equal(counted(&world->district), 7);
    struct wsync_statement enrol = {
        .kind = WSYNC_STATEMENT_ENROL,
        .stamp = world->district.now,
        .enrol = {.signing_key = world->renewed.identity.signing_key,
                  .transport_key = world->renewed.transport,
                  .role = WSYNC_ROLE_CLERK,
                  .scopes = &world->renewed.scope,
                  .scope_count = 1,
                  .name = wsync_slice_of("late")}};
    txn = begin(&world->district, WSYNC_TXN_WRITE);
    assert_int_equal(wsync_roster_issue(txn, &world->district.arena, &enrol,
                                        &world->installation.desk.registrar, &issued),
                     WSYNC_ERR_ROSTER);
    wsync_txn_abort(txn);
    assert_agreed(world);
}

int main(void)
{
#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WORLD_TEST(case_4_what_stands_before_and_behind_the_pin),
        WORLD_TEST(a_late_removal_takes_out_what_counted),
        WORLD_TEST(a_resumption_brings_back_what_was_quarantined),
        WORLD_TEST(a_resumption_waives_no_right),
        WORLD_TEST(what_was_adopted_stays),
        WORLD_TEST(a_rotation_closes_and_opens_logs),
        WORLD_TEST(a_suspended_device_opens_no_log),
        WORLD_TEST(a_suspended_device_is_not_served),
        WORLD_TEST(case_9_behind_the_expiry_everybody_works_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
