/* SPDX-License-Identifier: Apache-2.0 */
/* Enrolment (SPEC sections 7.6 and 9.8): one invite, one device; a lost reply strands nobody
 * and the invite's key can do nothing else. */
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

enum { SEED = 17, UNIT = 2, NOW = 1650000000, EXPIRES = NOW + 86400 };

struct world {
    struct installation installation;
    struct replica district, fresh, other;
    struct wsync_invite invite;
    struct wsync_transport_key key; /* of the invite */
    struct wsync_desk desk;
};

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    struct wsync_txn *txn;
    installation_init(&world->installation, SEED);
    replica_init(&world->district, wsync_store_mem_new(), SEED, 0, REPLICA_TOP);
    replica_init(&world->fresh, wsync_store_mem_new(), SEED, 1, UNIT);
    replica_init(&world->other, wsync_store_mem_new(), SEED, 2, UNIT);
    replica_found(&world->district, &world->installation);
    world->key.b[0] = 77;
    world->desk = world->installation.desk;
    world->invite = (struct wsync_invite){.id = {{1, 2, 3}},
                                          .instance = world->installation.instance,
                                          .server_key = {{5}},
                                          .secret = {6},
                                          .addresses = {wsync_slice_of("tcp://10.0.0.1:7440")},
                                          .address_count = 1,
                                          .scope = UNIT,
                                          .name = wsync_slice_of("máy phường")};
    struct wsync_invite_row row = {
        .id = world->invite.id, .scope = UNIT, .name = "máy phường", .expires = EXPIRES};
    assert_int_equal(wsync_store_begin(world->district.store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    assert_int_equal(wsync_invite_put(txn, &world->key, &row), WSYNC_OK);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    replica_fini(&world->district);
    replica_fini(&world->fresh);
    replica_fini(&world->other);
    free(world);
    return 0;
}

static struct wsync_application apply_as(const struct world *world,
                                         const struct replica *device, int64_t now)
{
    return (struct wsync_application){
        world->key, wsync_enrol_sign(&world->invite, &device->identity, &device->transport),
        now};
}

/* In a transaction of its own, committed also when refused. */
static enum wsync_err honour(struct world *world, const struct wsync_application *application,
                             struct wsync_grant *grant)
{
    struct wsync_txn *txn;
    assert_int_equal(wsync_store_begin(world->district.store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    enum wsync_err err =
        wsync_enrol_honour(txn, &world->district.arena, &world->desk, application, grant);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
    return err;
}

static void assert_refused(struct world *world, const struct wsync_application *application,
                           enum wsync_err code)
{
    struct wsync_grant grant;
    struct wsync_hash before = forge_image(world->district.store);
    assert_int_equal(honour(world, application, &grant), code);
    struct wsync_hash after = forge_image(world->district.store);
    assert_memory_equal(before.b, after.b, sizeof before.b);
}

/* S7.22, S7.23. */
static void an_invite_enrols_one_device(void **state)
{
    struct world *world = *state;
    struct wsync_application application = apply_as(world, &world->fresh, NOW);
    struct wsync_grant grant;
    struct wsync_txn *txn;
    struct wsync_device device;
    struct wsync_invite_row row;
    assert_int_equal(honour(world, &application, &grant), WSYNC_OK);
    assert_int_equal(wsync_grant_check(&grant, &world->installation.instance,
                                       &application.enrol, &world->district.arena),
                     WSYNC_OK);
    assert_int_equal(wsync_store_begin(world->district.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_device_get(txn, &world->fresh.identity.device, &device), WSYNC_OK);
    assert_int_equal(wsync_invite_get(txn, &world->key, &row), WSYNC_OK);
    wsync_txn_abort(txn);
    assert_int_equal(device.role, WSYNC_ROLE_CLERK);
    assert_int_equal(device.scope_count, 1);
    assert_int_equal(device.scopes[0], UNIT);
    assert_string_equal(device.name, "máy phường");
    assert_int_equal(row.used_version, device.enrolled);
}

/* A lost reply: the same keys get the same answer, also after the invite expired. */
static void the_same_keys_get_the_same_answer(void **state)
{
    struct world *world = *state;
    struct wsync_application application = apply_as(world, &world->fresh, NOW);
    struct wsync_grant first, again;
    assert_int_equal(honour(world, &application, &first), WSYNC_OK);
    struct wsync_hash before = forge_image(world->district.store);
    application.now = EXPIRES + 1;
    assert_int_equal(honour(world, &application, &again), WSYNC_OK);
    assert_true(wsync_slice_equal(first.statement.statement, again.statement.statement));
    assert_memory_equal(first.statement.signatures, again.statement.signatures,
                        sizeof first.statement.signatures);
    struct wsync_hash after = forge_image(world->district.store);
    assert_memory_equal(before.b, after.b, sizeof before.b);
}

/* S7.25: a district that went back has forgotten that the invite was used, and has heard from
 * another ward whom it enrolled: the same keys get the same answer all the same, others none.
 */
static void a_district_that_went_back_gives_the_same_answer(void **state)
{
    struct world *world = *state;
    struct wsync_application application = apply_as(world, &world->fresh, NOW);
    struct wsync_grant first, again;
    struct wsync_store *backup = wsync_store_mem_clone(world->district.store);
    struct wsync_txn *txn;
    assert_int_equal(honour(world, &application, &first), WSYNC_OK);
    wsync_store_close(world->district.store);
    world->district.store = backup;
    wsync_catalog_forget(world->district.catalog);
    assert_int_equal(wsync_store_begin(backup, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    assert_int_equal(wsync_roster_take(txn, &world->district.arena, &first.statement, NULL),
                     WSYNC_OK);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
    struct wsync_application bent = application;
    bent.enrol =
        wsync_enrol_sign(&world->invite, &world->fresh.identity, &world->other.transport);
    assert_refused(world, &bent, WSYNC_ERR_ROSTER);
    assert_int_equal(honour(world, &application, &again), WSYNC_OK);
    assert_true(wsync_slice_equal(first.statement.statement, again.statement.statement));
    struct wsync_application other = apply_as(world, &world->other, NOW);
    assert_refused(world, &other, WSYNC_ERR_INVITE); /* and it is used up */
}

/* S7.22, S7.25: an invite holds what the device may be; the same invite used twice by a
 * district that went back knows its device again by all of it. */
static void an_invite_gives_a_place(void **state)
{
    struct world *world = *state;
    struct wsync_application application = apply_as(world, &world->fresh, NOW);
    struct wsync_grant grant, again;
    struct wsync_txn *txn;
    struct wsync_device device;
    struct wsync_invite_row row, read;
    const struct wsync_place place = {.role = WSYNC_ROLE_INSPECTOR,
                                      .quota = 70000,
                                      .forms = {7, 900},
                                      .form_count = 2,
                                      .has_predecessor = true,
                                      .predecessor = world->district.identity.device};
    assert_int_equal(wsync_store_begin(world->district.store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    assert_int_equal(wsync_invite_get(txn, &world->key, &row), WSYNC_OK);
    assert_int_equal(row.place.role, WSYNC_ROLE_CLERK);
    row.place = place;
    assert_int_equal(wsync_invite_put(txn, &world->key, &row), WSYNC_OK);
    assert_int_equal(wsync_invite_get(txn, &world->key, &read), WSYNC_OK);
    assert_memory_equal(&row, &read, sizeof row);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
    assert_int_equal(honour(world, &application, &grant), WSYNC_OK);
    assert_int_equal(wsync_store_begin(world->district.store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    assert_int_equal(wsync_device_get(txn, &world->fresh.identity.device, &device), WSYNC_OK);
    assert_true(wsync_place_is(&device, &place, UNIT));
    assert_false(wsync_place_is(&device, &place, UNIT + 1));
    for (int part = 0; part < 5; part++) {
        struct wsync_place other = place;
        other.role = part == 0 ? WSYNC_ROLE_OFFICE : other.role;
        other.quota -= part == 1;
        other.forms[1] += part == 2;
        other.form_count -= part == 3;
        other.predecessor.b[0] ^= part == 4;
        assert_false(wsync_place_is(&device, &other, UNIT));
    }
    assert_int_equal(wsync_invite_put(txn, &world->key, &row), WSYNC_OK); /* as if unused */
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
    assert_int_equal(honour(world, &application, &again), WSYNC_OK);
    assert_true(wsync_slice_equal(grant.statement.statement, again.statement.statement));
}

/* They are found one behind the other, and one of damaged bytes is told. */
static void invites_are_walked(void **state)
{
    struct world *world = *state;
    struct wsync_txn *txn;
    struct wsync_transport_key key = {{0}};
    struct wsync_transport_key last = {{0xff, 1}};
    struct wsync_invite_row row, read;
    assert_int_equal(wsync_store_begin(world->district.store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    assert_int_equal(wsync_invite_get(txn, &world->key, &row), WSYNC_OK);
    row.scope++;
    assert_int_equal(wsync_invite_put(txn, &last, &row), WSYNC_OK);
    assert_int_equal(wsync_invite_after(txn, &key, &read), WSYNC_OK);
    assert_memory_equal(key.b, world->key.b, sizeof key.b);
    assert_int_equal(read.scope, UNIT);
    assert_string_equal(read.name, "máy phường");
    assert_int_equal(wsync_invite_after(txn, &key, &read), WSYNC_OK);
    assert_memory_equal(key.b, last.b, sizeof key.b);
    assert_memory_equal(&row, &read, sizeof row);
    assert_int_equal(wsync_invite_after(txn, &key, &read), WSYNC_ERR_NOT_FOUND);
    assert_memory_equal(key.b, last.b, sizeof key.b);
    assert_int_equal(
        wsync_txn_put(txn, WSYNC_TABLE_INVITES, WSYNC_BYTES(last), wsync_slice_of("bent")),
        WSYNC_OK);
    key = world->key;
    assert_int_equal(wsync_invite_after(txn, &key, &read), WSYNC_ERR_CORRUPT);
    wsync_txn_abort(txn);
}

static void other_keys_are_refused(void **state)
{
    struct world *world = *state;
    struct wsync_application application = apply_as(world, &world->fresh, NOW);
    struct wsync_grant grant;
    assert_int_equal(honour(world, &application, &grant), WSYNC_OK);
    struct wsync_application other = apply_as(world, &world->other, NOW);
    assert_refused(world, &other, WSYNC_ERR_INVITE);
    struct replica half = world->fresh; /* its signing key with another's line */
    half.transport = world->other.transport;
    other = apply_as(world, &half, NOW);
    assert_refused(world, &other, WSYNC_ERR_INVITE);
}

static void an_invite_expires(void **state)
{
    struct world *world = *state;
    struct wsync_grant grant;
    struct wsync_application late = apply_as(world, &world->fresh, EXPIRES + 1);
    assert_refused(world, &late, WSYNC_ERR_INVITE);
    late.now = EXPIRES;
    assert_int_equal(honour(world, &late, &grant), WSYNC_OK);
}

static void unknown_or_misnamed_invites_are_refused(void **state)
{
    struct world *world = *state;
    struct wsync_application application = apply_as(world, &world->fresh, NOW);
    application.key.b[0] ^= 1;
    assert_refused(world, &application, WSYNC_ERR_INVITE);
    world->invite.id.b[0] ^= 1; /* signed well, but for another invite */
    application = apply_as(world, &world->fresh, NOW);
    assert_refused(world, &application, WSYNC_ERR_INVITE);
}

/* S7.21: the signature covers invite, both keys, scope and instance. */
static void each_part_is_signed(void **state)
{
    struct world *world = *state;
    struct wsync_application application = apply_as(world, &world->fresh, NOW);
    application.enrol.signature.b[9] ^= 1;
    assert_refused(world, &application, WSYNC_ERR_SIGNATURE);
    application = apply_as(world, &world->fresh, NOW);
    application.enrol.transport_key.b[0] ^= 1;
    assert_refused(world, &application, WSYNC_ERR_SIGNATURE);
    application = apply_as(world, &world->fresh, NOW);
    application.enrol.signing_key = world->other.identity.signing_key;
    assert_refused(world, &application, WSYNC_ERR_SIGNATURE);
    world->invite.scope = UNIT + 1;
    application = apply_as(world, &world->fresh, NOW);
    assert_refused(world, &application, WSYNC_ERR_SIGNATURE);
    world->invite.scope = UNIT;
    world->invite.instance.b[0] ^= 1;
    application = apply_as(world, &world->fresh, NOW);
    assert_refused(world, &application, WSYNC_ERR_SIGNATURE);
}

/* S7.24: what the applicant must not believe. */
static void a_grant_is_checked(void **state)
{
    struct world *world = *state;
    struct wsync_application application = apply_as(world, &world->fresh, NOW);
    struct wsync_application other = apply_as(world, &world->other, NOW);
    struct wsync_instance_id elsewhere = {{1}};
    struct wsync_arena *arena = &world->fresh.arena;
    struct wsync_grant grant;
    assert_int_equal(honour(world, &application, &grant), WSYNC_OK);
    assert_int_equal(wsync_grant_check(&grant, &elsewhere, &application.enrol, arena),
                     WSYNC_ERR_INSTANCE);
    assert_int_equal(
        wsync_grant_check(&grant, &world->installation.instance, &other.enrol, arena),
        WSYNC_ERR_ROSTER);
    struct wsync_grant forged = grant;
    forged.statement.signatures[0].signature.b[0] ^= 1;
    assert_int_equal(
        wsync_grant_check(&forged, &world->installation.instance, &application.enrol, arena),
        WSYNC_ERR_SIGNATURE);
    forged = grant;
    forged.authority_count = 0;
    assert_int_equal(
        wsync_grant_check(&forged, &world->installation.instance, &application.enrol, arena),
        WSYNC_ERR_ROSTER);
    struct wsync_signed_statement first = grant.authority[0];
    first.signatures[0] = wsync_statement_sign(&world->other.identity.secret, first.statement);
    forged.authority = &first;
    forged.authority_count = 1;
    assert_int_equal(
        wsync_grant_check(&forged, &world->installation.instance, &application.enrol, arena),
        WSYNC_ERR_SIGNATURE);
}

/* S7.19: the text an admin hands over, whole and spoiled. */
static void an_invite_is_read_back_or_refused(void **state)
{
    struct world *world = *state;
    struct wsync_arena *arena = &world->district.arena;
    struct wsync_invite read;
    struct wsync_slice bytes;
    assert_int_equal(wsync_invite_encode(&world->invite, arena, &bytes), WSYNC_OK);
    assert_int_equal(wsync_invite_decode(bytes, arena, &read), WSYNC_OK);
    assert_memory_equal(read.id.b, world->invite.id.b, sizeof read.id.b);
    assert_memory_equal(read.secret, world->invite.secret, sizeof read.secret);
    assert_int_equal(read.scope, UNIT);
    assert_true(wsync_slice_equal(read.addresses[0], world->invite.addresses[0]));
    assert_int_equal(wsync_invite_decode(wsync_slice_head(bytes, bytes.len - 1), arena, &read),
                     WSYNC_ERR_MESSAGE);
    struct wsync_invite spoiled = world->invite;
    spoiled.scope = 0;
    assert_int_equal(wsync_invite_encode(&spoiled, arena, &bytes), WSYNC_OK);
    assert_int_equal(wsync_invite_decode(bytes, arena, &read), WSYNC_ERR_INVITE);
    spoiled = world->invite;
    spoiled.name = wsync_slice_of("a\33[2J");
    assert_int_equal(wsync_invite_encode(&spoiled, arena, &bytes), WSYNC_OK);
    assert_int_equal(wsync_invite_decode(bytes, arena, &read), WSYNC_ERR_INVITE);
    spoiled = world->invite;
    spoiled.addresses[0] = wsync_slice_of("tcp://10.0.0.1:7440\nx");
    assert_int_equal(wsync_invite_encode(&spoiled, arena, &bytes), WSYNC_OK);
    assert_int_equal(wsync_invite_decode(bytes, arena, &read), WSYNC_ERR_INVITE);
    spoiled = world->invite;
    spoiled.address_count = 0;
    assert_int_equal(wsync_invite_encode(&spoiled, arena, &bytes), WSYNC_OK);
    assert_int_equal(wsync_invite_decode(bytes, arena, &read), WSYNC_ERR_INVITE);
    spoiled.address_count = WSYNC_ADDRESSES_MAX + 1;
    assert_int_equal(wsync_invite_encode(&spoiled, arena, &bytes), WSYNC_ERR_INVALID);
}

/* A session of the district on the invite's line. */
static void open_line(struct hub *hub, struct world *world, size_t line)
{
    hub_open_district(hub, line, &world->installation, &world->key);
    hub->lines[line].session.setup.desk = &world->desk;
}

/* S7.20, S9.6, S9.40: under the invite's key Enrol alone is answered, and that ends it. */
static void the_key_of_an_invite_may_only_enrol(void **state)
{
    struct world *world = *state;
    struct hub hub;
    struct wsync_message message;
    hub_init(&hub, &world->district);
    static const enum wsync_message_type TYPES[] = {WSYNC_MESSAGE_HELLO, WSYNC_MESSAGE_ROSTER,
                                                    WSYNC_MESSAGE_HEADS, WSYNC_MESSAGE_CHANGES,
                                                    WSYNC_MESSAGE_ACK,   WSYNC_MESSAGE_BYE};
    struct wsync_hash before = forge_image(world->district.store);
    for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++) {
        struct wsync_message other = {.type = TYPES[i]};
        if (TYPES[i] == WSYNC_MESSAGE_HELLO) {
            other.hello.version_max = WSYNC_PROTOCOL_VERSION;
            other.hello.credit = WSYNC_CREDIT_BYTES_DEFAULT;
        }
        open_line(&hub, world, 0);
        hub_tell(&hub, 0, &other);
        assert_int_equal(hub_run(&hub), WSYNC_OK);
        assert_int_equal(hub.lines[0].session.result, WSYNC_ERR_DEVICE);
        assert_true(hub_said(&hub, 0, WSYNC_MESSAGE_BYE, &message));
        assert_int_equal(message.bye, WSYNC_ERR_DEVICE);
        assert_int_equal(hub.lines[0].said, 1);
    }
    struct wsync_hash after = forge_image(world->district.store);
    assert_memory_equal(before.b, after.b, sizeof before.b);
    struct wsync_message enrol = {.type = WSYNC_MESSAGE_ENROL,
                                  .enrol = apply_as(world, &world->fresh, NOW).enrol};
    open_line(&hub, world, 1);
    hub_tell(&hub, 1, &enrol);
    assert_int_equal(hub_run(&hub), WSYNC_OK);
    assert_int_equal(hub.lines[1].session.result, WSYNC_OK);
    assert_true(hub.lines[1].closed);
    assert_true(hub_said(&hub, 1, WSYNC_MESSAGE_GRANT, &message));
    assert_int_equal(wsync_grant_check(&message.grant, &world->installation.instance,
                                       &enrol.enrol, &world->fresh.arena),
                     WSYNC_OK);
    hub_fini(&hub);
}

/* An applicant's session that was answered so. */
static void answer_applicant(struct world *world, const struct wsync_enrol *enrol,
                             const struct wsync_grant *grant, enum wsync_err code)
{
    struct hub hub;
    struct wsync_message message = {.type = WSYNC_MESSAGE_GRANT, .grant = *grant};
    const struct wsync_session_setup setup = {.role = WSYNC_SESSION_APPLICANT,
                                              .ledger = &world->fresh.ledger,
                                              .instance = world->installation.instance,
                                              .enrol = enrol};
    hub_init(&hub, &world->fresh);
    wsync_session_init(&hub.lines[0].session, &setup, 0);
    hub_event(&hub, 0, WSYNC_EVENT_START);
    assert_int_equal(hub_run(&hub), WSYNC_OK);
    assert_int_equal(hub_count(&hub, 0, WSYNC_MESSAGE_ENROL), 1);
    hub_tell(&hub, 0, &message);
    assert_int_equal(hub_run(&hub), WSYNC_OK);
    assert_int_equal(hub.lines[0].session.result, code);
    assert_true(hub_said(&hub, 0, WSYNC_MESSAGE_BYE, &message));
    assert_int_equal(message.bye, code);
    assert_int_equal(hub.lines[0].said, 2);
    hub_fini(&hub);
}

/* S9.39, S9.40: it opens with Enrol and says behind the Grant how that went. */
static void an_applicant_says_how_it_went(void **state)
{
    struct world *world = *state;
    struct wsync_application application = apply_as(world, &world->fresh, NOW);
    struct wsync_grant grant;
    assert_int_equal(honour(world, &application, &grant), WSYNC_OK);
    answer_applicant(world, &application.enrol, &grant, WSYNC_OK);
    grant.statement.signatures[0].signature.b[3] ^= 1;
    answer_applicant(world, &application.enrol, &grant, WSYNC_ERR_SIGNATURE);
}

/* Two machines race for one invite in one batch: one is enrolled, the other told so. */
static void of_two_in_one_batch_the_first_is_enrolled(void **state)
{
    struct world *world = *state;
    struct hub hub;
    const struct replica *devices[] = {&world->fresh, &world->other};
    hub_init(&hub, &world->district);
    for (size_t i = 0; i < 2; i++) {
        struct wsync_message enrol = {.type = WSYNC_MESSAGE_ENROL,
                                      .enrol = apply_as(world, devices[i], NOW).enrol};
        open_line(&hub, world, i);
        hub_tell(&hub, i, &enrol);
    }
    assert_int_equal(hub_run(&hub), WSYNC_OK);
    assert_int_equal(hub.lines[0].session.result, WSYNC_OK);
    assert_int_equal(hub.lines[1].session.result, WSYNC_ERR_INVITE);
    assert_int_equal(hub_count(&hub, 1, WSYNC_MESSAGE_GRANT), 0);
    hub_fini(&hub);
}

/* A desk that honours no invites. */
static void without_a_desk_nobody_is_enrolled(void **state)
{
    struct world *world = *state;
    struct hub hub;
    struct wsync_message enrol = {.type = WSYNC_MESSAGE_ENROL,
                                  .enrol = apply_as(world, &world->fresh, NOW).enrol};
    hub_init(&hub, &world->district);
    open_line(&hub, world, 0);
    hub.lines[0].session.setup.desk = NULL;
    hub_tell(&hub, 0, &enrol);
    assert_int_equal(hub_run(&hub), WSYNC_OK);
    assert_int_equal(hub.lines[0].session.result, WSYNC_ERR_INVITE);
    hub_fini(&hub);
}

int main(void)
{
#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WORLD_TEST(an_invite_enrols_one_device),
        WORLD_TEST(the_same_keys_get_the_same_answer),
        WORLD_TEST(an_invite_gives_a_place),
        WORLD_TEST(a_district_that_went_back_gives_the_same_answer),
        WORLD_TEST(invites_are_walked),
        WORLD_TEST(other_keys_are_refused),
        WORLD_TEST(an_invite_expires),
        WORLD_TEST(unknown_or_misnamed_invites_are_refused),
        WORLD_TEST(each_part_is_signed),
        WORLD_TEST(a_grant_is_checked),
        WORLD_TEST(an_invite_is_read_back_or_refused),
        WORLD_TEST(the_key_of_an_invite_may_only_enrol),
        WORLD_TEST(an_applicant_says_how_it_went),
        WORLD_TEST(of_two_in_one_batch_the_first_is_enrolled),
        WORLD_TEST(without_a_desk_nobody_is_enrolled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
