/* SPDX-License-Identifier: Apache-2.0 */
/* What the roster says of devices over time (SPEC 7.9, 7.10): rotations, pins, suspensions, and
 * the keys of the district. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/store_mem.h"
#include "tests/trust.h"

struct world {
    struct trust trust;
    struct replica renewed; /* the ward's keys to be */
};

static int set_up(void **state)
{
    struct world *world = malloc(sizeof *world);
    trust_open(&world->trust, 1, 1);
    replica_init(&world->renewed, wsync_store_mem_new(), 3, 3, TRUST_UNIT);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    trust_close(&world->trust);
    replica_fini(&world->renewed);
    free(world);
    return 0;
}

static const struct wsync_device_id *ward_of(const struct world *world)
{
    return &world->trust.ward.identity.device;
}

/* Up to where a log of this key stays valid. */
static uint64_t pinned(struct world *world, uint8_t log, const struct replica *key)
{
    uint64_t seq;
    struct wsync_txn *txn;
    struct wsync_device device = trust_device(&world->trust, ward_of(world));
    const struct wsync_log of = {.id = {{log}}, .signing_key = key->identity.signing_key};
    assert_int_equal(wsync_store_begin(world->trust.district.store, WSYNC_TXN_READ, &txn),
                     WSYNC_OK);
    assert_int_equal(wsync_device_pinned(txn, &device, &of, &seq), WSYNC_OK);
    wsync_txn_abort(txn);
    return seq;
}

static void offer(struct world *world, struct wsync_statement *statement,
                  enum wsync_err expected)
{
    struct wsync_signed_statement made = trust_draft(&world->trust, statement);
    trust_sign(&made, &world->trust.registrars[0]);
    trust_offer(&world->trust, &made, expected);
}

/* S7.36, S7.38: the device keeps its id, both keys are known, the newest is in force; logs of
 * the key before end at their pins, those without one at 0. */
static void a_rotation_closes_the_logs_of_the_key_before(void **state)
{
    struct world *world = *state;
    const struct wsync_pin pin = {{{1}}, 5, {{7}}};
    struct wsync_statement rotation = trust_rotation(&world->trust, &world->renewed, &pin, 1);
    assert_int_equal(pinned(world, 1, &world->trust.ward), UINT64_MAX);
    offer(world, &rotation, WSYNC_OK);
    struct wsync_device device = trust_device(&world->trust, ward_of(world));
    assert_int_equal(device.key_count, 2);
    assert_int_equal(device.keys[1].version, rotation.version);
    assert_int_equal(device.keys[1].stamp, rotation.stamp);
    assert_memory_equal(wsync_device_key(&device), &world->renewed.identity.signing_key,
                        WSYNC_PUBLIC_KEY_BYTES);
    assert_memory_equal(device.transport_key.b, world->renewed.transport.b,
                        WSYNC_PUBLIC_KEY_BYTES);
    assert_int_equal(pinned(world, 1, &world->trust.ward), 5);
    assert_int_equal(pinned(world, 2, &world->trust.ward), 0);
    assert_int_equal(pinned(world, 1, &world->renewed), UINT64_MAX);
    struct wsync_txn *txn;
    struct wsync_device found;
    assert_int_equal(wsync_store_begin(world->trust.district.store, WSYNC_TXN_READ, &txn),
                     WSYNC_OK);
    const struct replica *both[] = {&world->trust.ward, &world->renewed};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(wsync_device_by_transport(txn, &both[i]->transport, &found), WSYNC_OK);
        assert_true(wsync_device_id_equal(&found.id, ward_of(world)));
        assert_int_equal(wsync_device_by_signing(txn, &both[i]->identity.signing_key, &found),
                         WSYNC_OK);
        assert_true(wsync_device_id_equal(&found.id, ward_of(world)));
    }
    wsync_txn_abort(txn);
}

/* S7.36, S7.37: case 5: a rotation that only one of the keys signed, or that says something
 * else than they signed. */
static void case_5_a_rotation_needs_both_keys(void **state)
{
    struct world *world = *state;
    const struct wsync_pin pins[] = {{{{1}}, 5, {{7}}}, {{{2}}, 5, {{7}}}};
    struct wsync_statement good = trust_rotation(&world->trust, &world->renewed, pins, 1);
    struct wsync_statement bent = good;
    bent.rotate.old_signature = good.rotate.new_signature;
    offer(world, &bent, WSYNC_ERR_SIGNATURE);
    bent = good;
    bent.rotate.new_signature = good.rotate.old_signature;
    offer(world, &bent, WSYNC_ERR_SIGNATURE);
    bent = good;
    bent.rotate.new_signature = (struct wsync_signature){{0}};
    offer(world, &bent, WSYNC_ERR_SIGNATURE);
    bent = good;
    bent.rotate.pin_count = 2;
    offer(world, &bent, WSYNC_ERR_SIGNATURE);
    bent = good;
    bent.rotate.transport_key.b[0] ^= 1;
    offer(world, &bent, WSYNC_ERR_SIGNATURE);
    bent = good;
    bent.rotate.device = world->trust.district.identity.device;
    offer(world, &bent, WSYNC_ERR_SIGNATURE);
    offer(world, &good, WSYNC_OK);
}

/* S7.37, S7.8: keys are new, the device is there, neither suspended nor revoked nor changed too
 * often. */
static void a_rotation_is_to_new_keys_of_a_device_in_force(void **state)
{
    struct world *world = *state;
    struct trust *trust = &world->trust;
    struct wsync_statement good = trust_rotation(trust, &world->renewed, NULL, 0);
    struct wsync_statement bent = trust_rotation(trust, &trust->district, NULL, 0);
    offer(world, &bent, WSYNC_ERR_ROSTER);
    bent = trust_rotation(trust, &trust->ward, NULL, 0);
    offer(world, &bent, WSYNC_ERR_ROSTER);
    struct replica half = world->renewed;
    half.transport = trust->district.transport;
    bent = trust_rotation(trust, &half, NULL, 0);
    offer(world, &bent, WSYNC_ERR_ROSTER);
    bent = good;
    bent.rotate.device.b[2] ^= 1;
    offer(world, &bent, WSYNC_ERR_ROSTER);
    offer(world, &good, WSYNC_OK);
    offer(world, &good, WSYNC_ERR_SIGNATURE); /* the key before is not in force */
    struct wsync_statement enrol = trust_enrolment(trust, &world->renewed);
    offer(world, &enrol, WSYNC_ERR_ROSTER); /* nor free */
    struct replica before = trust->ward;
    trust->ward.identity.secret = world->renewed.identity.secret;
    for (uint32_t i = 2; i <= WSYNC_DEVICE_KEYS_MAX; i++) {
        struct replica next;
        replica_init(&next, wsync_store_mem_new(), 3, 10 + i, TRUST_UNIT);
        struct wsync_statement again = trust_rotation(trust, &next, NULL, 0);
        offer(world, &again, i < WSYNC_DEVICE_KEYS_MAX ? WSYNC_OK : WSYNC_ERR_ROSTER);
        trust->ward.identity.secret = next.identity.secret;
        replica_fini(&next);
    }
    trust->ward = before;
}

/* S7.39: where a rotation and a removal bind one log, the lower pin holds. */
static void the_lowest_pin_holds(void **state)
{
    struct world *world = *state;
    const struct wsync_pin closed[] = {{{{1}}, 5, {{7}}}, {{{2}}, 9, {{7}}}};
    const struct wsync_pin removed[] = {
        {{{1}}, 8, {{7}}}, {{{2}}, 3, {{7}}}, {{{3}}, 4, {{7}}}};
    struct wsync_statement rotation = trust_rotation(&world->trust, &world->renewed, closed, 2);
    struct wsync_statement revoke = {.kind = WSYNC_STATEMENT_REVOKE,
                                     .revoke = {*ward_of(world), removed, 3, false}};
    offer(world, &rotation, WSYNC_OK);
    offer(world, &revoke, WSYNC_OK);
    assert_int_equal(pinned(world, 1, &world->trust.ward), 5);
    assert_int_equal(pinned(world, 2, &world->trust.ward), 3);
    assert_int_equal(pinned(world, 3, &world->trust.ward), 0);
    assert_int_equal(pinned(world, 3, &world->renewed), 4);
    assert_int_equal(pinned(world, 4, &world->renewed), 0);
}

static struct wsync_statement suspension(const struct world *world,
                                         const struct wsync_pin *pins, size_t count)
{
    return (struct wsync_statement){.kind = WSYNC_STATEMENT_REVOKE,
                                    .revoke = {*ward_of(world), pins, count, true}};
}

/* S7.41, S7.42: a suspension binds as a revocation until it is lifted. */
static void a_suspension_is_lifted(void **state)
{
    struct world *world = *state;
    const struct wsync_pin pin = {{{1}}, 5, {{7}}};
    struct wsync_statement suspend = suspension(world, &pin, 1);
    struct wsync_statement resume = {.kind = WSYNC_STATEMENT_RESUME, .device = *ward_of(world)};
    struct wsync_statement rotation = trust_rotation(&world->trust, &world->renewed, NULL, 0);
    offer(world, &resume, WSYNC_ERR_ROSTER);
    offer(world, &suspend, WSYNC_OK);
    assert_int_equal(trust_device(&world->trust, ward_of(world)).suspended, suspend.version);
    assert_int_equal(pinned(world, 1, &world->trust.ward), 5);
    assert_int_equal(pinned(world, 2, &world->trust.ward), 0);
    struct wsync_statement again = suspend;
    offer(world, &again, WSYNC_ERR_ROSTER);
    offer(world, &rotation, WSYNC_ERR_ROSTER);
    offer(world, &resume, WSYNC_OK);
    assert_int_equal(trust_device(&world->trust, ward_of(world)).suspended, 0);
    assert_int_equal(pinned(world, 1, &world->trust.ward), UINT64_MAX);
    suspend.revoke.pin_count = 0; /* what it had before is forgotten */
    offer(world, &suspend, WSYNC_OK);
    assert_int_equal(pinned(world, 1, &world->trust.ward), 0);
}

/* S7.42: a revocation of a suspended device raises nothing, and is for ever. */
static void a_suspended_device_may_be_revoked(void **state)
{
    struct world *world = *state;
    const struct wsync_pin held[] = {{{{1}}, 5, {{7}}}, {{{2}}, 5, {{7}}}, {{{3}}, 5, {{7}}}};
    const struct wsync_pin later[] = {{{{1}}, 8, {{7}}}, {{{2}}, 3, {{7}}}, {{{4}}, 6, {{7}}}};
    struct wsync_statement suspend = suspension(world, held, 3);
    struct wsync_statement revoke = suspension(world, later, 3);
    struct wsync_statement resume = {.kind = WSYNC_STATEMENT_RESUME, .device = *ward_of(world)};
    struct wsync_statement ask = {.kind = WSYNC_STATEMENT_ASK, .device = *ward_of(world)};
    revoke.revoke.suspend = false;
    offer(world, &suspend, WSYNC_OK);
    offer(world, &revoke, WSYNC_OK);
    assert_int_equal(pinned(world, 1, &world->trust.ward), 5);
    assert_int_equal(pinned(world, 2, &world->trust.ward), 3);
    assert_int_equal(pinned(world, 3, &world->trust.ward), 0);
    assert_int_equal(pinned(world, 4, &world->trust.ward), 0);
    struct wsync_statement *none[] = {&suspend, &revoke, &resume, &ask};
    for (size_t i = 0; i < 4; i++) {
        offer(world, none[i], WSYNC_ERR_ROSTER);
    }
}

/* S7.40: the device is told so by the version that asked last. */
static void a_device_is_asked(void **state)
{
    struct world *world = *state;
    struct wsync_statement ask = {.kind = WSYNC_STATEMENT_ASK, .device = *ward_of(world)};
    assert_int_equal(trust_device(&world->trust, ward_of(world)).asked, 0);
    offer(world, &ask, WSYNC_OK);
    assert_int_equal(trust_device(&world->trust, ward_of(world)).asked, ask.version);
    ask.device.b[0] ^= 1;
    offer(world, &ask, WSYNC_ERR_ROSTER);
}

/* S7.4, S7.8: role, forms, quota and predecessor are what the enrolment says. */
static void an_enrolment_is_kept_whole(void **state)
{
    static const uint32_t FORMS[] = {3, 16, 17}, SCOPES[] = {1, 2};
    struct world *world = *state;
    struct wsync_statement enrol = trust_enrolment(&world->trust, &world->renewed);
    enrol.enrol.role = WSYNC_ROLE_INSPECTOR;
    enrol.enrol.forms = FORMS;
    enrol.enrol.form_count = 3;
    enrol.enrol.scopes = SCOPES;
    enrol.enrol.scope_count = 2;
    enrol.enrol.quota = 700;
    enrol.enrol.has_predecessor = true;
    enrol.enrol.predecessor = (struct wsync_device_id){{9}};
    offer(world, &enrol, WSYNC_ERR_ROSTER); /* nobody of that name */
    enrol.enrol.predecessor = *ward_of(world);
    offer(world, &enrol, WSYNC_OK);
    struct wsync_device_id id = wsync_device_of(&world->trust.installation.instance,
                                                &world->renewed.identity.signing_key);
    struct wsync_device device = trust_device(&world->trust, &id);
    assert_int_equal(device.role, WSYNC_ROLE_INSPECTOR);
    assert_int_equal(device.form_count, 3);
    assert_memory_equal(device.forms, FORMS, sizeof FORMS);
    assert_int_equal(device.scope_count, 2);
    assert_int_equal(device.quota, 700);
    assert_true(device.has_predecessor);
    assert_true(wsync_device_id_equal(&device.predecessor, ward_of(world)));
    assert_string_equal(device.name, "somebody");
}

/* S7.27: the district's keys are those in force, and old ones are not forgotten. */
static void the_district_changes_its_keys(void **state)
{
    struct world *world = *state;
    struct trust *trust = &world->trust;
    struct wsync_txn *txn;
    struct wsync_district district = {
        .endpoint_count = 2, .log_key = {{5}}, .bundle_key = {{6}}};
    district.endpoints[0] =
        (struct wsync_endpoint){{{7}}, {wsync_slice_of("tcp://192.0.2.1:7700")}, 1};
    district.endpoints[1].key = trust->district.transport;
    struct wsync_statement statement = {.kind = WSYNC_STATEMENT_DISTRICT, .district = district};
    offer(world, &statement, WSYNC_ERR_SIGNATURE); /* the registrar's is not enough */
    struct wsync_statement bent = statement;
    bent.district.endpoints[0].addresses[0] = wsync_slice_of("tcp://192.0.2.1:7700\33[2J");
    struct wsync_signed_statement made = trust_draft(trust, &bent);
    trust_sign(&made, &trust->roots[0]);
    trust_offer(trust, &made, WSYNC_ERR_ROSTER); /* it goes to people's screens */
    made = trust_draft(trust, &statement);
    trust_sign(&made, &trust->roots[0]);
    trust_offer(trust, &made, WSYNC_OK);
    struct wsync_district read;
    uint64_t version;
    assert_int_equal(wsync_store_begin(trust->district.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_roster_district(txn, &trust->district.arena, &read), WSYNC_OK);
    assert_int_equal(read.endpoint_count, 2);
    assert_int_equal(read.endpoints[0].address_count, 1);
    assert_true(
        wsync_slice_equal(read.endpoints[0].addresses[0], district.endpoints[0].addresses[0]));
    assert_int_equal(read.endpoints[1].address_count, 0);
    assert_memory_equal(read.bundle_key.b, district.bundle_key.b, sizeof read.bundle_key.b);
    assert_int_equal(wsync_roster_log_key(txn, &district.log_key, &version), WSYNC_OK);
    assert_int_equal(version, statement.version);
    assert_int_equal(wsync_roster_log_key(txn, &trust->installation.district.log_key, &version),
                     WSYNC_OK);
    assert_int_equal(version, 1);
    assert_int_equal(wsync_roster_log_key(txn, &trust->roots[0].key, &version),
                     WSYNC_ERR_NOT_FOUND);
    wsync_txn_abort(txn);
    assert_memory_equal(trust_roster(trust).log_key.b, district.log_key.b,
                        sizeof district.log_key.b);
}

int main(void)
{
#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_rotation_closes_the_logs_of_the_key_before),
        WORLD_TEST(case_5_a_rotation_needs_both_keys),
        WORLD_TEST(a_rotation_is_to_new_keys_of_a_device_in_force),
        WORLD_TEST(the_lowest_pin_holds),
        WORLD_TEST(a_suspension_is_lifted),
        WORLD_TEST(a_suspended_device_may_be_revoked),
        WORLD_TEST(a_device_is_asked),
        WORLD_TEST(an_enrolment_is_kept_whole),
        WORLD_TEST(the_district_changes_its_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
