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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_set_alone_comes_out_as_it_went_in, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_the_line_knows_is_left_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_damaged_frame_is_refused, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
