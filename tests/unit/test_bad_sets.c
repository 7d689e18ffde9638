/* SPDX-License-Identifier: Apache-2.0 */
/* Change-sets that must not be taken (SPEC sections 4, 5 and 7.4, invariants 3, 8 and 10): each
 * gets its named code, costs only its own session, and leaves the store as it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/pb.h"
#include "payload.pb-c.h"
#include "tests/forge.h"
#include "tests/hub.h"
#include "tests/store_mem.h"

enum { SEED = 11, DAY = 19100, HELD = 3, WRITTEN = 8, EVIL = 0, GOOD = 1 };

struct world {
    struct installation installation;
    struct replica district, a, b, c, gone; /* units 2, 2, 3, 2; the last one is revoked */
    uint64_t version, revoked;              /* roster: with all enrolled; with `gone` revoked */
    struct forge log;   /* of `a`: the district holds the first HELD of WRITTEN */
    struct forge other; /* of `a`, new to the district, for a case to spoil */
    struct forge good;  /* of `b`, new to the district */
};

static void revoke(struct world *world)
{
    struct wsync_txn *txn;
    struct wsync_signed_statement issued;
    struct wsync_statement statement = {.kind = WSYNC_STATEMENT_REVOKE,
                                        .revoke = {.device = world->gone.identity.device}};
    assert_int_equal(wsync_store_begin(world->district.store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    assert_int_equal(wsync_roster_issue(txn, &world->district.arena, &statement,
                                        &world->installation.root_secret, &issued),
                     WSYNC_OK);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
    wsync_arena_release(&world->district.arena, 0);
}

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    struct installation *installation = &world->installation;
    struct replica *wards[] = {&world->a, &world->b, &world->c, &world->gone};
    static const uint32_t SCOPES[] = {2, 2, 3, 2};
    installation_init(installation, SEED);
    replica_init(&world->district, wsync_store_mem_new(), SEED, 0, REPLICA_TOP);
    replica_found(&world->district, installation);
    for (uint32_t i = 0; i < 4; i++) {
        replica_init(wards[i], wsync_store_mem_new(), SEED, i + 1, SCOPES[i]);
        replica_enrol(&world->district, installation, wards[i]);
    }
    world->version = 5;
    world->revoked = 6;
    revoke(world);
    forge_init(&world->log, &world->a, installation, world->version, 1);
    forge_init(&world->other, &world->a, installation, world->version, 2);
    forge_init(&world->good, &world->b, installation, world->version, 3);
    for (int i = 0; i < WRITTEN; i++) {
        forge_create(&world->log, DAY, i, 1);
    }
    forge_create(&world->other, DAY, 1, 1);
    forge_create(&world->good, DAY, 1, 1);
    struct wsync_change_set set = forge_set(&world->log, 1, HELD);
    assert_int_equal(forge_give(&world->district, &set), WSYNC_OK);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    forge_fini(&world->log);
    forge_fini(&world->other);
    forge_fini(&world->good);
    replica_fini(&world->district);
    replica_fini(&world->a);
    replica_fini(&world->b);
    replica_fini(&world->c);
    replica_fini(&world->gone);
    free(world);
    return 0;
}

/* ---- the cases: each spoils one thing of a set that would be taken ---- */

static struct wsync_change_set first_zero(struct world *world)
{
    struct wsync_change_set set = forge_set(&world->log, 4, 5);
    set.first = 0;
    return set;
}

static struct wsync_change_set first_at_the_end(struct world *world)
{
    struct wsync_change_set set = forge_set(&world->log, 4, 5);
    set.first = UINT64_MAX - 1;
    return set;
}

static struct wsync_change_set no_changes(struct world *world)
{
    struct wsync_change_set set = forge_set(&world->log, 4, 5);
    set.change_count = 0;
    return set;
}

static struct wsync_change_set genesis_missing(struct world *world)
{
    struct wsync_change_set set = forge_set(&world->other, 1, 1);
    set.genesis = wsync_slice(NULL, 0);
    return set;
}

static struct wsync_change_set genesis_misplaced(struct world *world)
{
    struct wsync_change_set set = forge_set(&world->log, 4, 5);
    set.genesis = world->log.genesis_bytes;
    return set;
}

static struct wsync_change_set previous_differs(struct world *world)
{
    struct wsync_change_set set = forge_set(&world->log, 4, 5);
    set.previous[7] ^= 1;
    return set;
}

static struct wsync_change_set previous_of_genesis_differs(struct world *world)
{
    struct wsync_change_set set = forge_set(&world->other, 1, 1);
    set.previous[0] ^= 1;
    return set;
}

static struct wsync_change_set fork_of_held(struct world *world)
{
    struct forge fork = world->log;
    fork.seq = HELD - 1;
    forge_create(&fork, DAY, 99, 2);
    return forge_set(&fork, HELD, HELD);
}

static struct wsync_change_set fork_behind_held(struct world *world)
{
    struct forge fork = world->log;
    fork.seq = HELD - 1;
    for (int i = 0; i < 4; i++) {
        forge_create(&fork, DAY, 90 + i, 2);
    }
    return forge_set(&fork, 1, HELD + 3);
}

/* The branch's continuation alone does not even begin where this store stands. */
static struct wsync_change_set continuation_of_a_fork(struct world *world)
{
    struct forge fork = world->log;
    fork.seq = HELD - 1;
    forge_create(&fork, DAY, 99, 2);
    forge_create(&fork, DAY, 99, 2);
    return forge_set(&fork, HELD + 1, HELD + 1);
}

static struct wsync_change_set without_seal(struct world *world)
{
    struct wsync_change_set set = forge_set(&world->log, 4, 5);
    set.sealed = false;
    return set;
}

static struct wsync_change_set seal_bit_flipped(struct world *world)
{
    struct wsync_change_set set = forge_set(&world->log, 4, 5);
    set.seal.b[40] ^= 1;
    return set;
}

static struct wsync_change_set seal_by_another(struct world *world)
{
    struct wsync_change_set set = forge_set(&world->log, 4, 5);
    struct forge other = world->log;
    other.identity = world->b.identity;
    forge_seal(&other, &set);
    return set;
}

static struct wsync_change_set seal_of_a_longer_run(struct world *world)
{
    struct wsync_change_set set = forge_set(&world->log, 4, 5);
    set.seal = forge_set(&world->log, 4, 6).seal;
    return set;
}

static struct wsync_change_set seal_over_another_checkpoint(struct world *world)
{
    struct wsync_change_set set = forge_set(&world->log, 4, 5);
    set.checkpoint.size = 1;
    return set;
}

static struct wsync_change_set change_altered(struct world *world)
{
    struct wsync_change_set set = forge_set(&world->log, 4, 5);
    struct wsync_slice copy = wsync_arena_copy(&world->log.arena, set.changes[0].public_part);
    ((uint8_t *)(uintptr_t)copy.data)[copy.len - 1] ^= 2;
    set.changes[0].public_part = copy;
    return set;
}

static struct wsync_change_set change_left_out(struct world *world)
{
    struct wsync_change_set set = forge_set(&world->log, 4, 6);
    set.changes[1] = set.changes[2];
    set.change_count = 2;
    return set;
}

static struct wsync_change_set log_id_of_another(struct world *world)
{
    struct wsync_change_set set = forge_set(&world->other, 1, 1);
    set.log.b[0] ^= 1;
    return set;
}

/* A set of `other` opened anew after `change` of its genesis. */
static struct wsync_change_set opened_anew(struct forge *forge)
{
    forge_open(forge);
    forge_create(forge, DAY, 1, 1);
    return forge_set(forge, 1, 1);
}

static struct wsync_change_set genesis_of_another_format(struct world *world)
{
    world->other.genesis.format = WSYNC_FORMAT_VERSION + 1;
    return opened_anew(&world->other);
}

static struct wsync_change_set genesis_without_scope(struct world *world)
{
    world->other.genesis.scope = 0;
    return opened_anew(&world->other);
}

static struct wsync_change_set genesis_stamp_out_of_range(struct world *world)
{
    world->other.genesis.stamp = INT64_C(1) << 53;
    return opened_anew(&world->other);
}

static struct wsync_change_set genesis_too_long(struct world *world)
{
    static uint8_t bytes[WSYNC_GENESIS_BYTES_MAX + 1];
    struct forge *forge = &world->other;
    forge->genesis_bytes = wsync_slice(bytes, sizeof bytes);
    forge->hashes[0] = wsync_chain_start(forge->genesis_bytes);
    forge->log = wsync_chain_log_id(&forge->hashes[0]);
    forge->seq = 0;
    forge_create(forge, DAY, 1, 1);
    return forge_set(forge, 1, 1);
}

static struct wsync_change_set genesis_with_another_key(struct world *world)
{
    world->other.genesis.signing_key = world->b.identity.signing_key;
    world->other.identity = world->b.identity;
    return opened_anew(&world->other);
}

static struct wsync_change_set foreign_scope(struct world *world)
{
    world->other.genesis.scope = 3;
    return opened_anew(&world->other);
}

static struct wsync_change_set scope_of_the_district(struct world *world)
{
    world->other.genesis.scope = REPLICA_TOP;
    return opened_anew(&world->other);
}

static struct wsync_change_set foreign_instance(struct world *world)
{
    world->other.genesis.instance.b[0] ^= 1;
    return opened_anew(&world->other);
}

static struct wsync_change_set unknown_device(struct world *world)
{
    world->other.genesis.device.b[0] ^= 1;
    return opened_anew(&world->other);
}

static struct wsync_change_set device_not_yet_enrolled(struct world *world)
{
    world->other.genesis.roster_version = 1;
    return opened_anew(&world->other);
}

static struct wsync_change_set roster_of_tomorrow(struct world *world)
{
    world->other.genesis.roster_version = world->revoked + 1;
    return opened_anew(&world->other);
}

static struct wsync_change_set revoked_device(struct world *world)
{
    world->other.genesis.device = world->gone.identity.device;
    world->other.genesis.signing_key = world->gone.identity.signing_key;
    world->other.genesis.roster_version = world->revoked;
    world->other.identity = world->gone.identity;
    return opened_anew(&world->other);
}

/* Appends a draft with this context behind what the district holds. */
static struct wsync_change_set with_context(struct world *world,
                                            const struct wsync_context *context)
{
    struct wsync_draft draft = {.context = *context};
    world->log.seq = HELD;
    forge_add_draft(&world->log, &draft);
    return forge_set(&world->log, HELD + 1, HELD + 1);
}

static struct wsync_change_set with_public(struct world *world, struct wsync_slice bytes)
{
    struct wsync_raw_change raw = {.public_part = bytes};
    world->log.seq = HELD;
    forge_add_raw(&world->log, &raw);
    return forge_set(&world->log, HELD + 1, HELD + 1);
}

static struct wsync_change_set with_message(struct world *world,
                                            const Wardsync__Change *message)
{
    struct wsync_slice bytes;
    assert_int_equal(wsync_pb_encode(&message->base, &world->log.arena, &bytes), WSYNC_OK);
    return with_public(world, bytes);
}

static struct wsync_change_set roster_version_repeated(struct world *world)
{
    const struct wsync_context context = {.roster_version = world->version};
    return with_context(world, &context);
}

static struct wsync_change_set roster_version_falls(struct world *world)
{
    const struct wsync_context context = {.roster_version = world->version - 1};
    return with_context(world, &context);
}

static struct wsync_change_set roster_version_falls_in_the_set(struct world *world)
{
    struct wsync_draft draft = {.context.roster_version = world->revoked};
    world->log.seq = HELD;
    forge_add_draft(&world->log, &draft);
    forge_create(&world->log, DAY, 1, 1);
    forge_add_draft(&world->log, &draft);
    return forge_set(&world->log, HELD + 1, HELD + 3);
}

static struct wsync_change_set roster_version_ahead(struct world *world)
{
    const struct wsync_context context = {.roster_version = world->revoked + 1};
    return with_context(world, &context);
}

static struct wsync_change_set reference_to_itself(struct world *world)
{
    struct wsync_reference reference = forge_reference(&world->log, 2);
    const struct wsync_context context = {.references = &reference, .reference_count = 1};
    return with_context(world, &context);
}

static struct wsync_change_set reference_to_nothing(struct world *world)
{
    struct wsync_reference reference = forge_reference(&world->good, 1);
    reference.seq = 0;
    const struct wsync_context context = {.references = &reference, .reference_count = 1};
    return with_context(world, &context);
}

static struct wsync_change_set too_many_references(struct world *world)
{
    enum { COUNT = WSYNC_REFERENCES_PER_CHANGE_MAX + 1 };
    Wardsync__Reference one = WARDSYNC__REFERENCE__INIT;
    Wardsync__Reference *pointers[COUNT];
    Wardsync__Change message = WARDSYNC__CHANGE__INIT;
    one.seq = 1;
    one.log = wsync_pb_data(WSYNC_BYTES(world->good.log));
    one.hash = wsync_pb_data(wsync_slice(world->good.hashes[1].b, WSYNC_HASH_PREFIX_BYTES));
    for (size_t i = 0; i < COUNT; i++) {
        pointers[i] = &one;
    }
    message.references = pointers;
    message.n_references = COUNT;
    return with_message(world, &message);
}

static struct wsync_change_set stamp_out_of_range(struct world *world)
{
    const struct wsync_context context = {.stamp_delta = -(INT64_C(1) << 53)};
    return with_context(world, &context);
}

static struct wsync_change_set origin_stamp_out_of_range(struct world *world)
{
    const struct wsync_context context = {.has_origin = true,
                                          .origin = {1, 1, INT64_C(1) << 53}};
    return with_context(world, &context);
}

static struct wsync_change_set actor_out_of_range(struct world *world)
{
    const struct wsync_context context = {.actor = 65536};
    return with_context(world, &context);
}

/* Appends two extensions with these numbers, each of `len` bytes. */
static struct wsync_change_set with_extensions(struct world *world, uint32_t first,
                                               uint32_t second, size_t len)
{
    static uint8_t bytes[WSYNC_EXTENSION_BYTES_MAX + 1];
    Wardsync__Extension extensions[2] = {WARDSYNC__EXTENSION__INIT, WARDSYNC__EXTENSION__INIT};
    Wardsync__Extension *pointers[2] = {&extensions[0], &extensions[1]};
    Wardsync__Change message = WARDSYNC__CHANGE__INIT;
    extensions[0].number = first;
    extensions[1].number = second;
    extensions[1].data = wsync_pb_data(wsync_slice(bytes, len));
    message.extensions = pointers;
    message.n_extensions = 2;
    return with_message(world, &message);
}

static struct wsync_change_set extensions_not_ascending(struct world *world)
{
    return with_extensions(world, 2, 2, 1);
}

static struct wsync_change_set extension_too_long(struct world *world)
{
    return with_extensions(world, 1, 2, WSYNC_EXTENSION_BYTES_MAX + 1);
}

static struct wsync_change_set public_part_is_noise(struct world *world)
{
    return with_public(world, wsync_slice_of("\xff\xff\xff"));
}

/* "stamp 0" spelled out: proto3 leaves it away. */
static struct wsync_change_set public_part_not_canonical(struct world *world)
{
    return with_public(world, wsync_slice("\x08\x00", 2));
}

static struct wsync_change_set public_part_with_unknown_field(struct world *world)
{
    return with_public(world, wsync_slice("\x78\x01", 2));
}

static struct wsync_change_set change_too_large(struct world *world)
{
    static uint8_t bytes[WSYNC_PAYLOAD_BYTES_MAX + 1];
    return with_public(world, wsync_slice(bytes, sizeof bytes));
}

static struct wsync_change_set change_and_private_too_large(struct world *world)
{
    static uint8_t bytes[WSYNC_PAYLOAD_BYTES_MAX];
    struct wsync_raw_change raw = world->log.changes[HELD + 1];
    raw.private_state = WSYNC_PRIVATE_HELD;
    raw.private_part = wsync_slice(bytes, sizeof bytes);
    world->log.seq = HELD;
    forge_add_raw(&world->log, &raw);
    return forge_set(&world->log, HELD + 1, HELD + 1);
}

/* The last of several changes is bad: the ones before it are not taken either (S5.22). */
static struct wsync_change_set last_context_bad(struct world *world)
{
    struct wsync_draft draft = {.context.actor = 65536};
    world->log.seq = WRITTEN;
    forge_add_draft(&world->log, &draft);
    return forge_set(&world->log, HELD + 1, WRITTEN + 1);
}

struct spoiled {
    const char *name;
    struct wsync_change_set (*make)(struct world *world);
    enum wsync_err code;
};

#define CASE(function, code) {#function, function, WSYNC_ERR_##code}

static const struct spoiled CASES[] = {
    CASE(first_zero, MESSAGE),
    CASE(first_at_the_end, MESSAGE),
    CASE(no_changes, MESSAGE),
    CASE(genesis_missing, MESSAGE),
    CASE(genesis_misplaced, MESSAGE),
    CASE(previous_differs, CHAIN),
    CASE(previous_of_genesis_differs, CHAIN),
    CASE(continuation_of_a_fork, CHAIN),
    CASE(fork_of_held, FORK),
    CASE(fork_behind_held, FORK),
    CASE(without_seal, UNSEALED),
    CASE(seal_bit_flipped, SEAL),
    CASE(seal_by_another, SEAL),
    CASE(seal_of_a_longer_run, SEAL),
    CASE(seal_over_another_checkpoint, SEAL),
    CASE(change_altered, SEAL),
    CASE(change_left_out, SEAL),
    CASE(log_id_of_another, GENESIS),
    CASE(genesis_of_another_format, GENESIS),
    CASE(genesis_without_scope, GENESIS),
    CASE(genesis_stamp_out_of_range, GENESIS),
    CASE(genesis_too_long, GENESIS),
    CASE(genesis_with_another_key, GENESIS),
    CASE(foreign_scope, SCOPE),
    CASE(scope_of_the_district, SCOPE),
    CASE(foreign_instance, INSTANCE),
    CASE(unknown_device, DEVICE),
    CASE(device_not_yet_enrolled, DEVICE),
    CASE(roster_of_tomorrow, BEHIND),
    CASE(revoked_device, REVOKED),
    CASE(roster_version_repeated, CONTEXT),
    CASE(roster_version_falls, CONTEXT),
    CASE(roster_version_falls_in_the_set, CONTEXT),
    CASE(roster_version_ahead, BEHIND),
    CASE(reference_to_itself, CONTEXT),
    CASE(reference_to_nothing, CONTEXT),
    CASE(too_many_references, CONTEXT),
    CASE(stamp_out_of_range, CONTEXT),
    CASE(origin_stamp_out_of_range, CONTEXT),
    CASE(actor_out_of_range, CONTEXT),
    CASE(extensions_not_ascending, CONTEXT),
    CASE(extension_too_long, CONTEXT),
    CASE(public_part_is_noise, CONTEXT),
    CASE(public_part_not_canonical, CONTEXT),
    CASE(public_part_with_unknown_field, CONTEXT),
    CASE(change_too_large, OVERSIZE),
    CASE(change_and_private_too_large, OVERSIZE),
    CASE(last_context_bad, CONTEXT),
};

enum { CASE_COUNT = sizeof CASES / sizeof *CASES };

static void assert_code(const char *name, enum wsync_err err, enum wsync_err expected)
{
    if (err != expected) {
        print_error("%s: %s, expected %s\n", name, wsync_err_name(err),
                    wsync_err_name(expected));
    }
    assert_int_equal(err, expected);
}

static void assert_image(const char *name, struct wsync_store *store,
                         const struct wsync_hash *expected)
{
    struct wsync_hash image = forge_image(store);
    if (!wsync_hash_equal(&image, expected)) {
        print_error("%s: the store is not what it should be\n", name);
    }
    assert_memory_equal(image.b, expected->b, sizeof image.b);
}

/* Invariant 10, S5.21, S5.22: the code, and not a byte of the store changed. */
static void the_ledger_refuses_each_and_writes_nothing(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < CASE_COUNT; i++) {
        void *state;
        set_up(&state);
        struct world *world = state;
        struct wsync_hash before = forge_image(world->district.store);
        struct wsync_change_set set = CASES[i].make(world);
        assert_code(CASES[i].name, forge_give(&world->district, &set), CASES[i].code);
        assert_image(CASES[i].name, world->district.store, &before);
        tear_down(&state);
    }
}

static void tell_set(struct hub *hub, size_t line, const struct wsync_change_set *set)
{
    struct wsync_message message = {.type = WSYNC_MESSAGE_CHANGES, .changes = *set};
    hub_tell(hub, line, &message);
}

/* Both sessions are open. */
static void greet(struct hub *hub, struct world *world)
{
    hub_init(hub, &world->district);
    hub_greet(hub, EVIL, &world->installation, &world->a);
    hub_greet(hub, GOOD, &world->installation, &world->b);
    assert_int_equal(hub_run(hub), WSYNC_OK);
    assert_int_equal(hub->lines[EVIL].session.state, WSYNC_STATE_OPEN);
    assert_int_equal(hub->lines[GOOD].session.state, WSYNC_STATE_OPEN);
}

/* The other session of the batch went on and its change-set was committed and acknowledged. */
static void assert_good_went_on(struct hub *hub, struct world *world)
{
    struct wsync_message message;
    assert_int_equal(hub->lines[GOOD].session.state, WSYNC_STATE_OPEN);
    assert_true(hub_said(hub, GOOD, WSYNC_MESSAGE_ACK, &message));
    assert_int_equal(message.ack.count, 1);
    assert_memory_equal(message.ack.items[0].log.b, world->good.log.b, WSYNC_LOG_ID_BYTES);
    assert_int_equal(message.ack.items[0].seq, 1);
    assert_false(hub->said_too_early);
}

static void assert_ended(const char *name, struct hub *hub, enum wsync_err code)
{
    struct wsync_message message;
    assert_code(name, hub->lines[EVIL].session.result, code);
    assert_int_equal(hub->lines[EVIL].session.state, WSYNC_STATE_ENDED);
    assert_true(hub->lines[EVIL].closed);
    assert_true(hub_said(hub, EVIL, WSYNC_MESSAGE_BYE, &message));
    assert_code(name, message.bye, code);
}

/* What the store holds when the good session was served alone. */
static struct wsync_hash image_of_good_alone(struct world *world)
{
    struct replica copy = world->district;
    copy.store = wsync_store_mem_clone(world->district.store);
    struct wsync_change_set set = forge_set(&world->good, 1, 1);
    assert_int_equal(forge_give(&copy, &set), WSYNC_OK);
    struct wsync_hash image = forge_image(copy.store);
    wsync_store_close(copy.store);
    return image;
}

/* Could the set be sent at all?  What no frame can carry is for the ledger alone. */
static bool fits_a_frame(struct world *world, const struct wsync_change_set *set)
{
    struct wsync_message message = {.type = WSYNC_MESSAGE_CHANGES, .changes = *set};
    struct wsync_slice frame;
    size_t mark = wsync_arena_mark(&world->district.arena);
    enum wsync_err err = wsync_message_encode(&message, &world->district.arena, &frame);
    wsync_arena_release(&world->district.arena, mark);
    return err == WSYNC_OK;
}

/* Invariant 8, S9.23, S9.34: Reject and Bye with the code; the other session of the same batch
 * commits, and the store is what the other session alone makes of it. */
static void a_live_session_ends_and_no_other(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < CASE_COUNT; i++) {
        void *state;
        struct hub hub;
        struct wsync_message message;
        set_up(&state);
        struct world *world = state;
        greet(&hub, world);
        struct wsync_hash expected = image_of_good_alone(world);
        struct wsync_change_set bad = CASES[i].make(world);
        struct wsync_change_set good = forge_set(&world->good, 1, 1);
        assert_true(fits_a_frame(world, &bad));
        tell_set(&hub, EVIL, &bad);
        tell_set(&hub, GOOD, &good);
        assert_int_equal(hub_run(&hub), WSYNC_OK);
        assert_ended(CASES[i].name, &hub, CASES[i].code);
        assert_true(hub_said(&hub, EVIL, WSYNC_MESSAGE_REJECT, &message));
        assert_code(CASES[i].name, message.reject.code, CASES[i].code);
        assert_memory_equal(message.reject.log.b, bad.log.b, sizeof bad.log.b);
        assert_int_equal(message.reject.first, bad.first);
        assert_int_equal(hub_count(&hub, EVIL, WSYNC_MESSAGE_ACK), 0);
        assert_good_went_on(&hub, world);
        assert_image(CASES[i].name, world->district.store, &expected);
        hub_fini(&hub);
        tear_down(&state);
    }
}

/* S5.21 step 2 and S9.23: a gap before anything was taken is ignored, later it ends. */
static void a_gap_ends_only_a_session_that_took_something(void **state)
{
    struct world *world = *state;
    struct hub hub;
    struct wsync_message message;
    greet(&hub, world);
    struct wsync_change_set gap = forge_set(&world->log, HELD + 2, WRITTEN);
    assert_int_equal(forge_give(&world->district, &gap), WSYNC_ERR_GAP);
    tell_set(&hub, EVIL, &gap);
    assert_int_equal(hub_run(&hub), WSYNC_OK);
    assert_int_equal(hub.lines[EVIL].session.state, WSYNC_STATE_OPEN);
    assert_true(hub_said(&hub, EVIL, WSYNC_MESSAGE_ACK, &message));
    assert_int_equal(message.ack.count, 0);
    assert_true(message.ack.taken > 0);
    struct wsync_change_set next = forge_set(&world->log, HELD + 1, HELD + 1);
    gap = forge_set(&world->log, HELD + 3, WRITTEN);
    tell_set(&hub, EVIL, &next);
    assert_int_equal(hub_run(&hub), WSYNC_OK);
    struct wsync_hash before = forge_image(world->district.store);
    tell_set(&hub, EVIL, &gap);
    assert_int_equal(hub_run(&hub), WSYNC_OK);
    assert_ended("gap", &hub, WSYNC_ERR_GAP);
    assert_image("gap", world->district.store, &before);
    hub_fini(&hub);
}

/* S5.21 step 8 and 9: what is held already is taken again without effect; an overlap takes
 * effect like its new part alone. */
static void a_replay_changes_nothing(void **state)
{
    struct world *world = *state;
    struct hub hub;
    struct wsync_message message;
    struct wsync_hash before = forge_image(world->district.store);
    static const uint64_t RUNS[][2] = {{1, HELD}, {1, 1}, {2, HELD}, {HELD, HELD}};
    for (size_t i = 0; i < sizeof RUNS / sizeof *RUNS; i++) {
        struct wsync_change_set set = forge_set(&world->log, RUNS[i][0], RUNS[i][1]);
        assert_int_equal(forge_give(&world->district, &set), WSYNC_OK);
        assert_image("replay", world->district.store, &before);
    }
    greet(&hub, world);
    struct wsync_change_set again = forge_set(&world->log, 2, HELD);
    tell_set(&hub, EVIL, &again);
    tell_set(&hub, EVIL, &again);
    assert_int_equal(hub_run(&hub), WSYNC_OK);
    assert_true(hub_said(&hub, EVIL, WSYNC_MESSAGE_ACK, &message));
    assert_int_equal(message.ack.items[0].seq, HELD);
    assert_int_equal(hub.lines[EVIL].session.counts.changes_taken, 0);
    assert_image("replay", world->district.store, &before);
    hub_fini(&hub);
    struct replica copy = world->district;
    copy.store = wsync_store_mem_clone(world->district.store);
    struct wsync_change_set overlap = forge_set(&world->log, 2, 6);
    struct wsync_change_set rest = forge_set(&world->log, HELD + 1, 6);
    assert_int_equal(forge_give(&world->district, &overlap), WSYNC_OK);
    assert_int_equal(forge_give(&copy, &rest), WSYNC_OK);
    struct wsync_hash expected = forge_image(copy.store);
    assert_image("overlap", world->district.store, &expected);
    wsync_store_close(copy.store);
}

/* S7.10, S7.11: beyond its pin a change of a revoked device is held, receipted and quarantined,
 * never refused; and what follows in other logs is not blocked. */
static void beyond_the_pin_a_known_log_is_quarantined(void **state)
{
    struct world *world = *state;
    struct forge late;
    forge_init(&late, &world->gone, &world->installation, world->version, 9);
    forge_create(&late, DAY, 1, 1);
    struct wsync_change_set set = forge_set(&late, 1, 1);
    assert_int_equal(forge_give(&world->district, &set), WSYNC_OK);
    struct wsync_txn *txn;
    uint64_t waiting, quarantined;
    assert_int_equal(wsync_store_begin(world->district.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_ledger_unsettled(txn, &waiting, &quarantined), WSYNC_OK);
    wsync_txn_abort(txn);
    assert_int_equal(waiting, 0);
    assert_int_equal(quarantined, 1);
    struct wsync_change_set good = forge_set(&world->good, 1, 1);
    assert_int_equal(forge_give(&world->district, &good), WSYNC_OK);
    forge_fini(&late);
}

/* S5.21 step 10: a log of one's own device that goes on elsewhere. */
static void ones_own_log_is_never_continued_from_outside(void **state)
{
    struct world *world = *state;
    world->district.ledger.identity = &world->a.identity;
    struct wsync_hash before = forge_image(world->district.store);
    struct wsync_change_set held = forge_set(&world->log, 1, HELD);
    struct wsync_change_set more = forge_set(&world->log, HELD + 1, WRITTEN);
    assert_int_equal(forge_give(&world->district, &held), WSYNC_OK);
    assert_int_equal(forge_give(&world->district, &more), WSYNC_ERR_DIVERGED);
    assert_image("diverged", world->district.store, &before);
}

/* S5.6: the reference table of a log is bounded. */
static void a_full_reference_table_takes_no_more(void **state)
{
    struct world *world = *state;
    struct wsync_txn *txn;
    struct wsync_log log;
    assert_int_equal(wsync_store_begin(world->district.store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    assert_int_equal(wsync_log_find(txn, &world->log.log, &log), WSYNC_OK);
    log.reference_count = WSYNC_REFERENCES_PER_LOG_MAX;
    assert_int_equal(wsync_log_put(txn, &log), WSYNC_OK);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
    struct wsync_hash before = forge_image(world->district.store);
    struct wsync_reference reference = forge_reference(&world->good, 1);
    const struct wsync_context context = {.references = &reference, .reference_count = 1};
    struct wsync_change_set set = with_context(world, &context);
    assert_int_equal(forge_give(&world->district, &set), WSYNC_ERR_CONTEXT);
    assert_image("references", world->district.store, &before);
}

int main(void)
{
#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_ledger_refuses_each_and_writes_nothing),
        cmocka_unit_test(a_live_session_ends_and_no_other),
        WORLD_TEST(a_gap_ends_only_a_session_that_took_something),
        WORLD_TEST(a_replay_changes_nothing),
        WORLD_TEST(beyond_the_pin_a_known_log_is_quarantined),
        WORLD_TEST(ones_own_log_is_never_continued_from_outside),
        WORLD_TEST(a_full_reference_table_takes_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
