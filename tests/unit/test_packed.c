/* SPDX-License-Identifier: Apache-2.0 */
/* Packed change-sets (S17.1, S17.2, S17.3, S17.4, S17.5, S17.6,
 * S17.7): what comes out is what went in, and what is no packed
 * set costs no memory before it is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/bytes.h"
#include "host/zstd.h"
#include "tests/forge.h"
#include "tests/store_mem.h"
#include "wardsync/message.h"
#include "wardsync/packed.h"

enum { SEED = 61, UNIT = 2, DAY = 19100, CHANGES = 24, ARENA_BYTES = 1 << 20 };
enum { METHOD_AT = 2, METHOD_BITS = 3 };

struct world {
    struct installation installation;
    struct replica district, ward;
    struct forge log;
    struct wsync_zstd *zstd;
    uint8_t *memory;
    struct wsync_arena arena;
};

static int set_up(void **state)
{
    static struct world world;
    installation_init(&world.installation, SEED);
    replica_init(&world.district, wsync_store_mem_new(), SEED, 0, REPLICA_TOP);
    replica_init(&world.ward, wsync_store_mem_new(), SEED, 1, UNIT);
    replica_found(&world.district, &world.installation);
    replica_enrol(&world.district, &world.installation, &world.ward);
    forge_init(&world.log, &world.ward, &world.installation, 2, 1);
    for (int i = 0; i < CHANGES; i++) {
        forge_create(&world.log, DAY + i, i, 1 + i % 2);
    }
    struct wsync_write personal[] = {
        forge_integer(FORGE_DAY, DAY),
        {5, true, {.class = WSYNC_CLASS_TEXT, .text = wsync_slice_of("Nguyễn Thị Hoa")}}};
    struct wsync_operation operation = {.form = REPLICA_FORM,
                                        .version = 1,
                                        .creates = true,
                                        .writes = personal,
                                        .write_count = 2};
    const struct wsync_draft draft = {
        .operations = &operation, .operation_count = 1, .salt = {{1, 2, 3}}};
    forge_add_draft(&world.log, &draft);
    world.zstd = wsync_zstd_open(wsync_slice(NULL, 0));
    world.memory = aligned_alloc(16, ARENA_BYTES);
    assert_non_null(world.zstd);
    assert_non_null(world.memory);
    wsync_arena_init(&world.arena, world.memory, ARENA_BYTES);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    wsync_zstd_close(world->zstd);
    free(world->memory);
    forge_fini(&world->log);
    replica_fini(&world->ward);
    replica_fini(&world->district);
    return 0;
}

static struct wsync_packing alone(const struct world *world)
{
    return (struct wsync_packing){.packer = wsync_zstd_packer(world->zstd)};
}

/* The ordinary frame of a set says all there is to say of it. */
static struct wsync_slice plain_of(struct world *world, const struct wsync_change_set *set)
{
    struct wsync_message message = {.type = WSYNC_MESSAGE_CHANGES, .changes = *set};
    struct wsync_slice frame;
    assert_int_equal(wsync_message_encode(&message, &world->arena, &frame), WSYNC_OK);
    return frame;
}

static void assert_same_set(struct world *world, const struct wsync_change_set *a,
                            const struct wsync_change_set *b)
{
    struct wsync_slice one = plain_of(world, a);
    struct wsync_slice other = plain_of(world, b);
    assert_int_equal(one.len, other.len);
    assert_memory_equal(one.data, other.data, one.len);
}

static struct wsync_slice pack(struct world *world, const struct wsync_change_set *set,
                               const struct wsync_packing *packing)
{
    struct wsync_slice frame;
    assert_int_equal(wsync_packed_encode(packing, set, &world->arena, &frame), WSYNC_OK);
    return frame;
}

static void a_set_alone_comes_out_as_it_went_in(void **state)
{
    struct world *world = *state;
    const struct wsync_packing packing = alone(world);
    const uint64_t firsts[] = {1, 2, 9, CHANGES + 1};
    for (size_t i = 0; i < sizeof firsts / sizeof *firsts; i++) {
        struct wsync_packed packed;
        struct wsync_change_set set = forge_set(&world->log, firsts[i], CHANGES + 1);
        struct wsync_slice frame = pack(world, &set, &packing);
        assert_int_equal(wsync_packed_decode(&packing, frame, &world->arena, &packed),
                         WSYNC_OK);
        assert_false(packed.continues);
        assert_same_set(world, &set, &packed.set);
        if (i < 2) {
            assert_true(frame.len < plain_of(world, &set).len);
        }
    }
}

static void what_the_line_knows_is_left_out(void **state)
{
    struct world *world = *state;
    struct wsync_packed_line line = {.has_log = true, .end = {.log = world->log.log}};
    struct wsync_packing packing = alone(world);
    struct wsync_packed packed;
    packing.line = &line;
    struct wsync_change_set set = forge_set(&world->log, 3, 5);
    struct wsync_slice named = pack(world, &set, &packing);
    assert_int_equal(wsync_packed_decode(&packing, named, &world->arena, &packed), WSYNC_OK);
    assert_same_set(world, &set, &packed.set);
    const struct wsync_head end = {world->log.log, 5, world->log.hashes[5]};
    wsync_packed_note(&line, &set, &end);
    set = forge_set(&world->log, 6, 8);
    struct wsync_slice continued = pack(world, &set, &packing);
    assert_int_equal(continued.len,
                     named.len - 1 - WSYNC_PREVIOUS_BYTES + WSYNC_PREVIOUS_BYTES_MIN);
    assert_int_equal(wsync_packed_decode(&packing, continued, &world->arena, &packed),
                     WSYNC_OK);
    assert_true(packed.continues);
    assert_same_set(world, &set, &packed.set);
    wsync_packed_note(&line, &set, NULL); /* which was not taken */
    assert_int_equal(wsync_packed_decode(&packing, continued, &world->arena, &packed),
                     WSYNC_ERR_NOT_FOUND);
}

/* Whatever is cut off or behind it, and whatever bit is another: a code, no crash, and never
 * the same set from another frame. */
static void a_damaged_frame_is_refused(void **state)
{
    struct world *world = *state;
    const struct wsync_packing packing = alone(world);
    struct wsync_change_set set = forge_set(&world->log, 1, CHANGES + 1);
    struct wsync_slice frame = pack(world, &set, &packing);
    struct wsync_packed packed;
    for (size_t len = 0; len < frame.len; len++) {
        size_t mark = wsync_arena_mark(&world->arena);
        uint8_t *cut = malloc(len + 1); /* a reader that goes beyond it is seen */
        memcpy(cut, frame.data, len);
        assert_int_not_equal(
            wsync_packed_decode(&packing, wsync_slice(cut, len), &world->arena, &packed),
            WSYNC_OK);
        free(cut);
        wsync_arena_release(&world->arena, mark);
    }
    uint8_t *longer = calloc(1, frame.len + 1);
    memcpy(longer, frame.data, frame.len);
    assert_int_equal(wsync_packed_decode(&packing, wsync_slice(longer, frame.len + 1),
                                         &world->arena, &packed),
                     WSYNC_ERR_MESSAGE);
    free(longer);
}

/* A frame by hand: a set that stands alone, its size as declared, and a block. */
static struct wsync_slice by_hand(uint8_t method, uint64_t size, struct wsync_slice block)
{
    static uint8_t out[WSYNC_FRAME_BYTES_MAX];
    struct wsync_writer frame = wsync_writer_over(out, sizeof out);
    static const uint8_t nothing[WSYNC_LOG_ID_BYTES + WSYNC_SIGNATURE_BYTES];
    wsync_write_number(&frame, WSYNC_PROTOCOL_VERSION, 1);
    wsync_write_number(&frame, WSYNC_MESSAGE_PACKED, 1);
    wsync_write_number(&frame, 4U | 8U | method, 1); /* with log, first and previous */
    wsync_write_bytes(&frame, wsync_slice(nothing, WSYNC_LOG_ID_BYTES));
    wsync_write_varint(&frame, 2);
    wsync_write_bytes(&frame, wsync_slice(nothing, WSYNC_PREVIOUS_BYTES));
    wsync_write_bytes(&frame, wsync_slice(nothing, WSYNC_SIGNATURE_BYTES));
    if (method != WSYNC_PACK_STORED) {
        wsync_write_varint(&frame, size);
    }
    wsync_write_bytes(&frame, block);
    return wsync_written(&frame);
}

/* How the frame is answered, and that no memory was taken if it was too large. */
static enum wsync_err answer(struct world *world, struct wsync_slice frame)
{
    struct wsync_packing packing = alone(world);
    struct wsync_packed packed;
    size_t mark = wsync_arena_mark(&world->arena);
    enum wsync_err err = wsync_packed_decode(&packing, frame, &world->arena, &packed);
    if (err == WSYNC_ERR_OVERSIZE) {
        assert_int_equal(wsync_arena_mark(&world->arena), mark);
    }
    return err;
}

static struct wsync_slice block_of(struct world *world, struct wsync_slice bytes)
{
    static uint8_t block[WSYNC_FRAME_BYTES_MAX];
    const struct wsync_packer *packer = wsync_zstd_packer(world->zstd);
    size_t len = sizeof block;
    const struct wsync_pack_order order = {WSYNC_PACK_PLAIN, WSYNC_PACK_LEVEL_MAX};
    assert_true(packer->pack(packer->context, order, bytes, block, &len));
    return wsync_slice(block, len);
}

/* S17.6: declared sizes and ratios. */
static void a_bomb_is_refused_before_it_takes_memory(void **state)
{
    struct world *world = *state;
    static uint8_t zeros[WSYNC_PACKED_BYTES_MAX];
    struct wsync_slice block = block_of(world, wsync_slice(zeros, sizeof zeros));
    assert_true(block.len * 1000 < sizeof zeros); /* a ratio of more than 1000 */
    assert_int_equal(answer(world, by_hand(WSYNC_PACK_PLAIN, sizeof zeros, block)),
                     WSYNC_ERR_OVERSIZE);
    const uint64_t sizes[] = {WSYNC_PACKED_BYTES_MAX + 1, 1U << 31, UINT64_MAX};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct wsync_slice frame =
            by_hand(WSYNC_PACK_PLAIN, sizes[i], wsync_slice(zeros, WSYNC_PACKED_BYTES_MAX / 2));
        assert_int_equal(answer(world, frame), WSYNC_ERR_OVERSIZE);
    }
}

/* S17.5, S17.7: sizes that lie, and more than one block. */
static void a_block_is_exactly_what_was_declared(void **state)
{
    struct world *world = *state;
    uint8_t bytes[400];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)('0' + i % 10 + i * i / 50 % 3);
    }
    bytes[0] = 1; /* one change, of */
    bytes[1] = 0x8d;
    bytes[2] = 3; /* 397 bytes */
    const struct wsync_slice changes = wsync_slice(bytes, sizeof bytes);
    struct wsync_slice block = block_of(world, changes);
    assert_int_equal(answer(world, by_hand(WSYNC_PACK_PLAIN, sizeof bytes, block)), WSYNC_OK);
    const uint64_t lies[] = {0, 1, 255, 256, sizeof bytes - 1, sizeof bytes + 1, 4000};
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        assert_int_equal(answer(world, by_hand(WSYNC_PACK_PLAIN, lies[i], block)),
                         WSYNC_ERR_MESSAGE);
    }
    static const char *const BEHIND[] = {
        "\x28\xb5\x2f\xfd\x20\x01\x09\x01\x01a", /* another frame, of a raw block */
        "\x50\x2a\x4d\x18\x01\x01\x01\x01",      /* one to be skipped */
        "\x09\x01\x01a",                         /* another block */
    };
    for (size_t i = 0; i < sizeof BEHIND / sizeof *BEHIND; i++) {
        uint8_t longer[600];
        size_t more = strlen(BEHIND[i]);
        memcpy(longer, block.data, block.len);
        memcpy(longer + block.len, BEHIND[i], more);
        struct wsync_slice frame =
            by_hand(WSYNC_PACK_PLAIN, sizeof bytes, wsync_slice(longer, block.len + more));
        assert_int_equal(answer(world, frame), WSYNC_ERR_MESSAGE);
    }
}

/* S17.2, S17.4, S17.7 */
static void what_is_no_set_of_changes_is_refused(void **state)
{
    struct world *world = *state;
    static const char *const STORED[] = {
        "\x80\x01",           /* a number that is longer than it must be, and no changes */
        "\x02\x01y",          /* two changes, one there */
        "\x01\x05y",          /* longer than what is there */
        "\x01\x01y\x02\x01z", /* a private part of a second change */
        "\x01\x01y\x01\x01z", /* and one without its salt */
    };
    for (size_t i = 0; i < sizeof STORED / sizeof *STORED; i++) {
        struct wsync_slice changes = wsync_slice_of(STORED[i]);
        assert_int_equal(answer(world, by_hand(WSYNC_PACK_STORED, 0, changes)),
                         WSYNC_ERR_MESSAGE);
    }
    assert_int_equal(
        answer(world, by_hand(WSYNC_PACK_STORED, 0, wsync_slice_of("\x81\x04y"))), /* 513 */
        WSYNC_ERR_OVERSIZE);
    assert_int_equal(answer(world, by_hand(3, 4, wsync_slice_of("abcd"))), WSYNC_ERR_MESSAGE);
    assert_int_equal(answer(world, by_hand(128, 4, wsync_slice_of("abcd"))), WSYNC_ERR_MESSAGE);
    /* A packed frame within one is no set of changes. */
    struct wsync_change_set set = forge_set(&world->log, 2, 5);
    const struct wsync_packing packing = alone(world);
    struct wsync_slice inner = pack(world, &set, &packing);
    assert_int_equal(answer(world, by_hand(WSYNC_PACK_STORED, 0, inner)), WSYNC_ERR_MESSAGE);
}

/* S17.5, S17.13: the dictionary of the program makes a set smaller, and another one never gives
 * the same set. */
static void a_dictionary_is_needed_where_it_was_used(void **state)
{
    struct world *world = *state;
    struct wsync_zstd *with = wsync_zstd_open(wsync_zstd_dictionary());
    struct wsync_slice other = wsync_zstd_dictionary();
    other.len -= 1000; /* cut, it is still one */
    struct wsync_zstd *wrong = wsync_zstd_open(other);
    struct wsync_change_set set = forge_set(&world->log, 2, 3);
    struct wsync_packing packing = {.packer = wsync_zstd_packer(with), .dictionary = true};
    struct wsync_packing plain = alone(world);
    struct wsync_packed packed;
    struct wsync_slice frame = pack(world, &set, &packing);
    assert_int_equal(frame.data[METHOD_AT] & METHOD_BITS, WSYNC_PACK_DICTIONARY);
    assert_true(frame.len < pack(world, &set, &plain).len);
    assert_int_equal(wsync_packed_decode(&packing, frame, &world->arena, &packed), WSYNC_OK);
    assert_same_set(world, &set, &packed.set);
    packing.dictionary = false;
    assert_int_equal(wsync_packed_decode(&packing, frame, &world->arena, &packed),
                     WSYNC_ERR_NOT_FOUND);
    assert_false(wsync_dictionary_equal(&wsync_zstd_packer(with)->dictionary,
                                        &wsync_zstd_packer(wrong)->dictionary));
    wsync_zstd_close(with);
    wsync_zstd_close(wrong);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_set_alone_comes_out_as_it_went_in, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_the_line_knows_is_left_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_damaged_frame_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_bomb_is_refused_before_it_takes_memory, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_block_is_exactly_what_was_declared, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_set_of_changes_is_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_dictionary_is_needed_where_it_was_used, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
