/* SPDX-License-Identifier: Apache-2.0 */
/* The file of a bundle (S19.2, S19.3, S19.6, S19.7, S19.8): each byte counts, each part opens
 * by itself, and nothing in it says how much memory to take. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/zstd.h"
#include "tests/forge.h"
#include "tests/store_mem.h"
#include "wardsync/bundle.h"
#include "wardsync/bundle_take.h"
#include "wardsync/message.h"

enum { ARENA_BYTES = 1 << 20, SEED = 19, UNIT = 2 };

struct world {
    uint8_t receiver[WSYNC_PUBLIC_KEY_BYTES], drawn[WSYNC_PUBLIC_KEY_BYTES];
    struct wsync_transport_key to;
    struct wsync_bundle_header header;
    struct wsync_bundle_key key;
    struct wsync_signing_key signing_key;
    struct wsync_signing_secret secret;
    uint8_t plain[WSYNC_BUNDLE_PLAIN_BYTES], part[WSYNC_BUNDLE_PART_BYTES];
    uint8_t read[WSYNC_BUNDLE_PLAIN_BYTES];
};

static int set_up(void **state)
{
    static struct world world;
    uint8_t seed[32] = {7};
    memset(&world, 0, sizeof world);
    assert_true(wsync_crypto_init());
    world.receiver[0] = 8; /* the lowest bits of a secret do not count */
    world.drawn[0] = 16;
    world.to = wsync_exchange_public(world.receiver);
    world.header = (struct wsync_bundle_header){.kind = WSYNC_BUNDLE_UP, .id = {{3, 4}}};
    assert_int_equal(wsync_bundle_begin(&world.header, &world.to, world.drawn, &world.key),
                     WSYNC_OK);
    wsync_signing_pair(seed, &world.signing_key, &world.secret);
    for (size_t i = 0; i < sizeof world.plain; i++) {
        world.plain[i] = (uint8_t)i;
    }
    *state = &world;
    return 0;
}

static struct wsync_slice head_of(const struct world *world)
{
    return wsync_slice(world->key.header, sizeof world->key.header);
}

/* S19.2 */
static void header_is_read_back(void **state)
{
    struct world *world = *state;
    struct wsync_bundle_header read;
    assert_int_equal(wsync_bundle_header_decode(head_of(world), &read), WSYNC_OK);
    assert_int_equal(read.kind, WSYNC_BUNDLE_UP);
    assert_memory_equal(&read.id, &world->header.id, sizeof read.id);
    assert_memory_equal(read.receiver, world->header.receiver, sizeof read.receiver);
    assert_memory_equal(&read.sender, &world->header.sender, sizeof read.sender);
}

/* S19.2: magic, format, kind and zeros have one form each; another length is none. */
static void header_has_one_form(void **state)
{
    struct world *world = *state;
    struct wsync_bundle_header read;
    for (size_t len = 0; len < WSYNC_BUNDLE_HEADER_BYTES; len++) {
        assert_int_equal(
            wsync_bundle_header_decode(wsync_slice(world->key.header, len), &read),
            WSYNC_ERR_BUNDLE);
    }
    for (size_t i = 0; i < 16; i++) {
        world->key.header[i] ^= 0x40;
        assert_int_equal(wsync_bundle_header_decode(head_of(world), &read),
                         i == 8 ? WSYNC_ERR_VERSION : WSYNC_ERR_BUNDLE);
        world->key.header[i] ^= 0x40;
    }
    world->key.header[WSYNC_BUNDLE_HEADER_BYTES - 1] = 1;
    assert_int_equal(wsync_bundle_header_decode(head_of(world), &read), WSYNC_ERR_BUNDLE);
}

/* S19.3 */
static void only_the_receiver_opens(void **state)
{
    struct world *world = *state;
    struct wsync_bundle_key key;
    wsync_bundle_seal(&world->key, 1, world->plain, world->part);
    assert_int_equal(wsync_bundle_open(head_of(world), world->receiver, &key), WSYNC_OK);
    assert_true(wsync_bundle_unseal(&key, 1, world->part, world->read));
    assert_memory_equal(world->read, world->plain, sizeof world->plain);
    assert_int_equal(wsync_bundle_open(head_of(world), world->drawn, &key), WSYNC_ERR_BUNDLE);
    world->to = (struct wsync_transport_key){{0}}; /* shares nothing with anybody */
    assert_int_equal(wsync_bundle_begin(&world->header, &world->to, world->drawn, &key),
                     WSYNC_ERR_BUNDLE);
}

/* S19.3: neither elsewhere in its file nor in another, and no byte other than it was. */
static void part_opens_in_its_place(void **state)
{
    struct world *world = *state;
    struct wsync_bundle_key other = world->key;
    wsync_bundle_seal(&world->key, 1, world->plain, world->part);
    assert_false(wsync_bundle_unseal(&world->key, 2, world->part, world->read));
    assert_false(wsync_bundle_unseal(&world->key, 0, world->part, world->read));
    for (size_t i = 0; i < sizeof other.header; i++) {
        other.header[i] ^= 1;
        assert_false(wsync_bundle_unseal(&other, 1, world->part, world->read));
        other.header[i] ^= 1;
    }
    for (size_t i = 0; i < sizeof world->part; i += 97) {
        world->part[i] ^= 1;
        assert_false(wsync_bundle_unseal(&world->key, 1, world->part, world->read));
        world->part[i] ^= 1;
    }
    assert_true(wsync_bundle_unseal(&world->key, 1, world->part, world->read));
}

/* S19.5 */
static void answers_have_keys_of_their_own(void **state)
{
    struct world *world = *state;
    uint8_t one[WSYNC_PUBLIC_KEY_BYTES], two[WSYNC_PUBLIC_KEY_BYTES];
    struct wsync_bundle_id id = world->header.id;
    wsync_bundle_answer_secret(&world->secret, &id, one);
    wsync_bundle_answer_secret(&world->secret, &id, two);
    assert_memory_equal(one, two, sizeof one);
    id.b[15] ^= 1;
    wsync_bundle_answer_secret(&world->secret, &id, two);
    assert_memory_not_equal(one, two, sizeof one);
}

/* S19.6 */
static void frames_stand_one_behind_the_other(void **state)
{
    struct world *world = *state;
    static uint8_t frame[WSYNC_FRAME_BYTES_MAX];
    struct wsync_slice read;
    enum wsync_err err;
    size_t used = 0;
    memset(frame, 5, sizeof frame);
    memset(world->plain, 0, sizeof world->plain);
    assert_true(wsync_bundle_put_frame(world->plain, &used, wsync_slice(frame, 3)));
    assert_true(wsync_bundle_put_frame(world->plain, &used, wsync_slice(frame, sizeof frame)));
    assert_false(wsync_bundle_put_frame(world->plain, &used, wsync_slice(frame, sizeof frame)));
    size_t room = sizeof world->plain - used - 2;
    assert_false(wsync_bundle_put_frame(world->plain, &used, wsync_slice(frame, room + 1)));
    assert_true(wsync_bundle_put_frame(world->plain, &used, wsync_slice(frame, room)));
    assert_int_equal(used, sizeof world->plain);
    used = 0;
    assert_true(wsync_bundle_next_frame(world->plain, &used, &read, &err));
    assert_int_equal(read.len, 3);
    assert_true(wsync_bundle_next_frame(world->plain, &used, &read, &err));
    assert_int_equal(read.len, sizeof frame);
    assert_true(wsync_bundle_next_frame(world->plain, &used, &read, &err));
    assert_int_equal(read.len, room);
    assert_false(wsync_bundle_next_frame(world->plain, &used, &read, &err));
    assert_int_equal(err, WSYNC_OK);
}

/* S19.6: a length beyond the part or a frame, and bytes behind the end. */
static void lengths_that_lie_are_refused(void **state)
{
    struct world *world = *state;
    static const uint16_t LENGTHS[] = {WSYNC_FRAME_BYTES_MAX + 1, WSYNC_BUNDLE_PLAIN_BYTES - 1,
                                       UINT16_MAX};
    struct wsync_slice read;
    enum wsync_err err;
    for (size_t i = 0; i < sizeof LENGTHS / sizeof *LENGTHS; i++) {
        size_t used = 0;
        memset(world->plain, 0, sizeof world->plain);
        world->plain[0] = (uint8_t)(LENGTHS[i] >> 8);
        world->plain[1] = (uint8_t)LENGTHS[i];
        assert_false(wsync_bundle_next_frame(world->plain, &used, &read, &err));
        assert_int_equal(err, WSYNC_ERR_BUNDLE);
    }
    size_t at = sizeof world->plain - 10; /* a legal length, and no room for it */
    memset(world->plain, 0, sizeof world->plain);
    world->plain[at + 1] = 9;
    assert_false(wsync_bundle_next_frame(world->plain, &at, &read, &err));
    assert_int_equal(err, WSYNC_ERR_BUNDLE);
    size_t used = 0;
    memset(world->plain, 0, sizeof world->plain);
    world->plain[sizeof world->plain - 1] = 1;
    assert_false(wsync_bundle_next_frame(world->plain, &used, &read, &err));
    assert_int_equal(err, WSYNC_ERR_BUNDLE);
}

static void fill(struct world *world, struct wsync_bundle_manifest *manifest, uint32_t parts,
                 uint32_t runs)
{
    memset(manifest, 0, sizeof *manifest);
    manifest->protocol = WSYNC_PROTOCOL_VERSION;
    manifest->signing_key = world->signing_key;
    manifest->device.b[0] = 9;
    manifest->time = -5;
    manifest->roster_version = 12;
    manifest->changes = 34;
    manifest->partial = true;
    manifest->part_count = parts;
    manifest->run_count = runs;
    for (uint32_t i = 0; i < parts; i++) {
        manifest->hashes[i][0] = (uint8_t)i;
    }
    for (uint32_t i = 0; i < runs; i++) {
        manifest->runs[i].tip = (struct wsync_head){{{1}}, 7 + i, {{2}}};
        manifest->runs[i].after = (struct wsync_head){{{1}}, i, {{3}}};
    }
}

/* S19.7: as many of everything as may be. */
static void manifest_is_read_back(void **state)
{
    struct world *world = *state;
    static struct wsync_bundle_manifest written, read;
    static const uint32_t COUNTS[][2] = {
        {0, 0}, {1, 1}, {WSYNC_BUNDLE_PARTS_MAX, WSYNC_BUNDLE_RUNS_MAX}};
    for (size_t i = 0; i < sizeof COUNTS / sizeof *COUNTS; i++) {
        fill(world, &written, COUNTS[i][0], COUNTS[i][1]);
        memset(&read, 0, sizeof read);
        wsync_bundle_manifest_encode(&written, &world->key, &world->secret, world->plain);
        assert_int_equal(wsync_bundle_manifest_decode(world->plain, &world->key, &read),
                         WSYNC_OK);
        assert_int_equal(read.time, -5);
        assert_int_equal(read.part_count, COUNTS[i][0]);
        assert_int_equal(read.run_count, COUNTS[i][1]);
        assert_true(read.partial);
        assert_memory_equal(read.hashes, written.hashes, sizeof read.hashes);
        assert_memory_equal(read.runs, written.runs, sizeof read.runs);
    }
}

/* S19.8: it holds for this file alone, and not one bit of it can be another. */
static void manifest_is_signed(void **state)
{
    struct world *world = *state;
    static struct wsync_bundle_manifest written, read;
    struct wsync_bundle_key other = world->key;
    fill(world, &written, 2, 1);
    wsync_bundle_manifest_encode(&written, &world->key, &world->secret, world->plain);
    other.header[20] ^= 1;
    assert_int_equal(wsync_bundle_manifest_decode(world->plain, &other, &read),
                     WSYNC_ERR_SIGNATURE);
    for (size_t i = 0; i < 512; i++) {
        for (int bit = 0; bit < 8; bit++) {
            world->plain[i] ^= (uint8_t)(1U << bit);
            assert_int_not_equal(wsync_bundle_manifest_decode(world->plain, &world->key, &read),
                                 WSYNC_OK);
            world->plain[i] ^= (uint8_t)(1U << bit);
        }
    }
    assert_int_equal(wsync_bundle_manifest_decode(world->plain, &world->key, &read), WSYNC_OK);
}

/* S19.7, S19.24: counts beyond the limits are refused before anything is read for them. */
static void manifest_counts_are_bounded(void **state)
{
    enum { PARTS_AT = 2 + 4 + 16 + 16 + 32 + 32 + 8 + 8 + 8 + 1 };
    struct world *world = *state;
    static struct wsync_bundle_manifest written, read;
    fill(world, &written, 0, 0);
    wsync_bundle_manifest_encode(&written, &world->key, &world->secret, world->plain);
    world->plain[PARTS_AT] = 0xff;
    assert_int_equal(wsync_bundle_manifest_decode(world->plain, &world->key, &read),
                     WSYNC_ERR_BUNDLE);
    world->plain[PARTS_AT] = 0;
    world->plain[PARTS_AT + 2] = 0xff;
    assert_int_equal(wsync_bundle_manifest_decode(world->plain, &world->key, &read),
                     WSYNC_ERR_BUNDLE);
}

/* S19.6: a set goes into a file in few bytes and comes out as it was; a packed one that needs a
 * line is no frame of a bundle. */
static void sets_are_packed_by_themselves(void **state)
{
    static struct installation installation;
    static struct replica district, ward;
    static struct forge log;
    struct wsync_zstd *zstd = wsync_zstd_open(wsync_slice(NULL, 0));
    uint8_t *memory = aligned_alloc(16, ARENA_BYTES);
    struct wsync_arena arena;
    struct wsync_message message = {.type = WSYNC_MESSAGE_CHANGES};
    struct wsync_slice frame, packed, plain;
    (void)state;
    assert_non_null(zstd);
    assert_non_null(memory);
    wsync_arena_init(&arena, memory, ARENA_BYTES);
    installation_init(&installation, SEED);
    replica_init(&district, wsync_store_mem_new(), SEED, 0, REPLICA_TOP);
    replica_init(&ward, wsync_store_mem_new(), SEED, 1, UNIT);
    replica_found(&district, &installation);
    replica_enrol(&district, &installation, &ward);
    forge_init(&log, &ward, &installation, 2, 1);
    for (int i = 0; i < 24; i++) {
        forge_create(&log, 19100 + i, i, 1);
    }
    message.changes = forge_set(&log, 1, 24);
    assert_int_equal(wsync_message_encode(&message, &arena, &frame), WSYNC_OK);
    const struct wsync_packer *packer = wsync_zstd_packer(zstd);
    assert_int_equal(wsync_bundle_pack(packer, &arena, frame, &packed), WSYNC_OK);
    assert_true(packed.len < frame.len);
    assert_int_equal(wsync_bundle_unpack(packer, &arena, packed, &plain), WSYNC_OK);
    assert_true(wsync_slice_equal(plain, frame));
    assert_int_equal(wsync_bundle_unpack(packer, &arena, frame, &plain), WSYNC_OK);
    assert_ptr_equal(plain.data, frame.data);
    uint8_t *bent = (uint8_t *)(uintptr_t)packed.data;
    bent[2] &= (uint8_t)~8U; /* it continues the set before */
    assert_int_not_equal(wsync_bundle_unpack(packer, &arena, packed, &plain), WSYNC_OK);
    forge_fini(&log);
    replica_fini(&ward);
    replica_fini(&district);
    free(memory);
    wsync_zstd_close(zstd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(header_is_read_back, set_up),
        cmocka_unit_test_setup(header_has_one_form, set_up),
        cmocka_unit_test_setup(only_the_receiver_opens, set_up),
        cmocka_unit_test_setup(part_opens_in_its_place, set_up),
        cmocka_unit_test_setup(answers_have_keys_of_their_own, set_up),
        cmocka_unit_test_setup(frames_stand_one_behind_the_other, set_up),
        cmocka_unit_test_setup(lengths_that_lie_are_refused, set_up),
        cmocka_unit_test_setup(manifest_is_read_back, set_up),
        cmocka_unit_test_setup(manifest_is_signed, set_up),
        cmocka_unit_test_setup(manifest_counts_are_bounded, set_up),
        cmocka_unit_test(sets_are_packed_by_themselves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
