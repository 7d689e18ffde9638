/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bad_set.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/pb.h"
#include "payload.pb-c.h"
#include "tests/store_mem.h"

enum { SEED = 11, DAY = BAD_SET_DAY, HELD = BAD_SET_HELD, WRITTEN = BAD_SET_WRITTEN };

static void revoke(struct bad_set_world *world)
{
    struct wsync_txn *txn;
    struct wsync_signed_statement issued;
    struct wsync_statement statement = {.kind = WSYNC_STATEMENT_REVOKE,
                                        .revoke = {.device = world->gone.identity.device}};
    assert_int_equal(wsync_store_begin(world->district.store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    assert_int_equal(wsync_roster_issue(txn, &world->district.arena, &statement,
                                        &world->installation.desk.registrar, &issued),
                     WSYNC_OK);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
    wsync_arena_release(&world->district.arena, 0);
}

int bad_set_set_up(void **state)
{
    struct bad_set_world *world = calloc(1, sizeof *world);
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
    forge_settle(&world->district); /* what the revocation means for logs */
    return 0;
}

int bad_set_tear_down(void **state)
{
    struct bad_set_world *world = *state;
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

static struct wsync_change_set first_zero(struct bad_set_world *world)
{
    struct wsync_change_set set = forge_set(&world->log, 4, 5);
    set.first = 0;
    return set;
}

static struct wsync_change_set first_at_the_end(struct bad_set_world *world)
{
    struct wsync_change_set set = forge_set(&world->log, 4, 5);
    set.first = UINT64_MAX - 1;
    return set;
}

static struct wsync_change_set no_changes(struct bad_set_world *world)
{
    struct wsync_change_set set = forge_set(&world->log, 4, 5);
    set.change_count = 0;
    return set;
}

static struct wsync_change_set genesis_missing(struct bad_set_world *world)
{
    struct wsync_change_set set = forge_set(&world->other, 1, 1);
    set.genesis = wsync_slice(NULL, 0);
    return set;
}

static struct wsync_change_set genesis_misplaced(struct bad_set_world *world)
{
    struct wsync_change_set set = forge_set(&world->log, 4, 5);
    set.genesis = world->log.genesis_bytes;
    return set;
}

static struct wsync_change_set previous_differs(struct bad_set_world *world)
{
    struct wsync_change_set set = forge_set(&world->log, 4, 5);
    set.previous[7] ^= 1;
    return set;
}

static struct wsync_change_set previous_of_genesis_differs(struct bad_set_world *world)
{
    struct wsync_change_set set = forge_set(&world->other, 1, 1);
    set.previous[0] ^= 1;
    return set;
}

/* The branch's continuation alone does not even begin where this store stands. */
static struct wsync_change_set continuation_of_a_fork(struct bad_set_world *world)
{
    struct forge fork = world->log;
    fork.seq = HELD - 1;
    forge_create(&fork, DAY, 99, 2);
    forge_create(&fork, DAY, 99, 2);
    return forge_set(&fork, HELD + 1, HELD + 1);
}

static struct wsync_change_set without_seal(struct bad_set_world *world)
{
    struct wsync_change_set set = forge_set(&world->log, 4, 5);
    set.sealed = false;
    return set;
}

static struct wsync_change_set seal_bit_flipped(struct bad_set_world *world)
{
    struct wsync_change_set set = forge_set(&world->log, 4, 5);
    set.seal.b[40] ^= 1;
    return set;
}

static struct wsync_change_set seal_by_another(struct bad_set_world *world)
{
    struct wsync_change_set set = forge_set(&world->log, 4, 5);
    struct forge other = world->log;
    other.identity = world->b.identity;
    forge_seal(&other, &set);
    return set;
}

static struct wsync_change_set seal_of_a_longer_run(struct bad_set_world *world)
{
    struct wsync_change_set set = forge_set(&world->log, 4, 5);
    set.seal = forge_set(&world->log, 4, 6).seal;
    return set;
}

static struct wsync_change_set seal_over_another_checkpoint(struct bad_set_world *world)
{
    struct wsync_change_set set = forge_set(&world->log, 4, 5);
    set.checkpoint.size = 1;
    return set;
}

static struct wsync_change_set change_altered(struct bad_set_world *world)
{
    struct wsync_change_set set = forge_set(&world->log, 4, 5);
    struct wsync_slice copy = wsync_arena_copy(&world->log.arena, set.changes[0].public_part);
    ((uint8_t *)(uintptr_t)copy.data)[copy.len - 1] ^= 2;
    set.changes[0].public_part = copy;
    return set;
}

static struct wsync_change_set change_left_out(struct bad_set_world *world)
{
    struct wsync_change_set set = forge_set(&world->log, 4, 6);
    set.changes[1] = set.changes[2];
    set.change_count = 2;
    return set;
}

static struct wsync_change_set log_id_of_another(struct bad_set_world *world)
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

/* S14.1, S14.2: the format stands here, and here alone: no change has a field for it. */
static struct wsync_change_set genesis_of_another_format(struct bad_set_world *world)
{
    world->other.genesis.format = WSYNC_FORMAT_VERSION + 1;
    return opened_anew(&world->other);
}

static struct wsync_change_set genesis_without_scope(struct bad_set_world *world)
{
    world->other.genesis.scope = 0;
    return opened_anew(&world->other);
}

static struct wsync_change_set genesis_stamp_out_of_range(struct bad_set_world *world)
{
    world->other.genesis.stamp = INT64_C(1) << 53;
    return opened_anew(&world->other);
}

static struct wsync_change_set genesis_too_long(struct bad_set_world *world)
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

static struct wsync_change_set genesis_with_another_key(struct bad_set_world *world)
{
    world->other.genesis.signing_key = world->b.identity.signing_key;
    world->other.identity = world->b.identity;
    return opened_anew(&world->other);
}

static struct wsync_change_set foreign_scope(struct bad_set_world *world)
{
    world->other.genesis.scope = 3;
    return opened_anew(&world->other);
}

static struct wsync_change_set scope_of_the_district(struct bad_set_world *world)
{
    world->other.genesis.scope = REPLICA_TOP;
    return opened_anew(&world->other);
}

static struct wsync_change_set foreign_instance(struct bad_set_world *world)
{
    world->other.genesis.instance.b[0] ^= 1;
    return opened_anew(&world->other);
}

static struct wsync_change_set unknown_device(struct bad_set_world *world)
{
    world->other.genesis.device.b[0] ^= 1;
    return opened_anew(&world->other);
}

static struct wsync_change_set device_not_yet_enrolled(struct bad_set_world *world)
{
    world->other.genesis.roster_version = 1;
    return opened_anew(&world->other);
}

static struct wsync_change_set roster_of_tomorrow(struct bad_set_world *world)
{
    world->other.genesis.roster_version = world->revoked + 1;
    return opened_anew(&world->other);
}

static struct wsync_change_set revoked_device(struct bad_set_world *world)
{
    world->other.genesis.device = world->gone.identity.device;
    world->other.genesis.signing_key = world->gone.identity.signing_key;
    world->other.genesis.roster_version = world->revoked;
    world->other.identity = world->gone.identity;
    return opened_anew(&world->other);
}

/* Appends a draft with this context behind what the district holds. */
struct wsync_change_set bad_set_with_context(struct bad_set_world *world,
                                             const struct wsync_context *context)
{
    struct wsync_draft draft = {.context = *context};
    world->log.seq = HELD;
    forge_add_draft(&world->log, &draft);
    return forge_set(&world->log, HELD + 1, HELD + 1);
}

static struct wsync_change_set with_public(struct bad_set_world *world,
                                           struct wsync_slice bytes)
{
    struct wsync_raw_change raw = {.public_part = bytes};
    world->log.seq = HELD;
    forge_add_raw(&world->log, &raw);
    return forge_set(&world->log, HELD + 1, HELD + 1);
}

static struct wsync_change_set with_message(struct bad_set_world *world,
                                            const Wardsync__Change *message)
{
    struct wsync_slice bytes;
    assert_int_equal(wsync_pb_encode(&message->base, &world->log.arena, &bytes), WSYNC_OK);
    return with_public(world, bytes);
}

static struct wsync_change_set roster_version_repeated(struct bad_set_world *world)
{
    const struct wsync_context context = {.roster_version = world->version};
    return bad_set_with_context(world, &context);
}

static struct wsync_change_set roster_version_falls(struct bad_set_world *world)
{
    const struct wsync_context context = {.roster_version = world->version - 1};
    return bad_set_with_context(world, &context);
}

static struct wsync_change_set roster_version_falls_in_the_set(struct bad_set_world *world)
{
    struct wsync_draft draft = {.context.roster_version = world->revoked};
    world->log.seq = HELD;
    forge_add_draft(&world->log, &draft);
    forge_create(&world->log, DAY, 1, 1);
    forge_add_draft(&world->log, &draft);
    return forge_set(&world->log, HELD + 1, HELD + 3);
}

static struct wsync_change_set roster_version_ahead(struct bad_set_world *world)
{
    const struct wsync_context context = {.roster_version = world->revoked + 1};
    return bad_set_with_context(world, &context);
}

static struct wsync_change_set reference_to_itself(struct bad_set_world *world)
{
    struct wsync_reference reference = forge_reference(&world->log, 2);
    const struct wsync_context context = {.references = &reference, .reference_count = 1};
    return bad_set_with_context(world, &context);
}

static struct wsync_change_set reference_to_nothing(struct bad_set_world *world)
{
    struct wsync_reference reference = forge_reference(&world->good, 1);
    reference.seq = 0;
    const struct wsync_context context = {.references = &reference, .reference_count = 1};
    return bad_set_with_context(world, &context);
}

static struct wsync_change_set too_many_references(struct bad_set_world *world)
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

static struct wsync_change_set stamp_out_of_range(struct bad_set_world *world)
{
    const struct wsync_context context = {.stamp_delta = -(INT64_C(1) << 53)};
    return bad_set_with_context(world, &context);
}

static struct wsync_change_set origin_stamp_out_of_range(struct bad_set_world *world)
{
    const struct wsync_context context = {.has_origin = true,
                                          .origin = {1, 1, INT64_C(1) << 53}};
    return bad_set_with_context(world, &context);
}

static struct wsync_change_set actor_out_of_range(struct bad_set_world *world)
{
    const struct wsync_context context = {.actor = 65536};
    return bad_set_with_context(world, &context);
}

/* Appends two extensions with these numbers, each of `len` bytes. */
static struct wsync_change_set with_extensions(struct bad_set_world *world, uint32_t first,
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

static struct wsync_change_set extensions_not_ascending(struct bad_set_world *world)
{
    return with_extensions(world, 2, 2, 1);
}

static struct wsync_change_set extension_too_long(struct bad_set_world *world)
{
    return with_extensions(world, 1, 2, WSYNC_EXTENSION_BYTES_MAX + 1);
}

static struct wsync_change_set public_part_is_noise(struct bad_set_world *world)
{
    return with_public(world, wsync_slice_of("\xff\xff\xff"));
}

/* "stamp 0" spelled out: proto3 leaves it away. */
static struct wsync_change_set public_part_not_canonical(struct bad_set_world *world)
{
    return with_public(world, wsync_slice("\x08\x00", 2));
}

/* `actor` before `stamp`: as long as the canonical form, and another spelling. */
static struct wsync_change_set public_part_out_of_order(struct bad_set_world *world)
{
    return with_public(world, wsync_slice("\x10\x01\x08\x04", 4));
}

static struct wsync_change_set public_part_with_unknown_field(struct bad_set_world *world)
{
    return with_public(world, wsync_slice("\x78\x01", 2));
}

static struct wsync_change_set change_too_large(struct bad_set_world *world)
{
    static uint8_t bytes[WSYNC_PAYLOAD_BYTES_MAX + 1];
    return with_public(world, wsync_slice(bytes, sizeof bytes));
}

static struct wsync_change_set change_and_private_too_large(struct bad_set_world *world)
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
static struct wsync_change_set last_context_bad(struct bad_set_world *world)
{
    struct wsync_draft draft = {.context.actor = 65536};
    world->log.seq = WRITTEN;
    forge_add_draft(&world->log, &draft);
    return forge_set(&world->log, HELD + 1, WRITTEN + 1);
}

#define CASE(function, code)                                                                   \
    {                                                                                          \
#function, function, WSYNC_ERR_##code                                                  \
    }

static const struct bad_set_case CASES[] = {
    CASE(first_zero, MESSAGE),
    CASE(first_at_the_end, MESSAGE),
    CASE(no_changes, MESSAGE),
    CASE(genesis_missing, MESSAGE),
    CASE(genesis_misplaced, MESSAGE),
    CASE(previous_differs, CHAIN),
    CASE(previous_of_genesis_differs, CHAIN),
    CASE(continuation_of_a_fork, CHAIN),
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
    CASE(public_part_out_of_order, CONTEXT),
    CASE(public_part_with_unknown_field, CONTEXT),
    CASE(change_too_large, OVERSIZE),
    CASE(change_and_private_too_large, OVERSIZE),
    CASE(last_context_bad, CONTEXT),
};

const struct bad_set_case *bad_set_case(size_t index)
{
    return index < sizeof CASES / sizeof *CASES ? &CASES[index] : NULL;
}
