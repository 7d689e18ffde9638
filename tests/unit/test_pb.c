/* SPDX-License-Identifier: Apache-2.0 */
/* The seam to protobuf-c: small input must not unfold into much memory, and one message has one
 * spelling. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/pb.h"
#include "session.pb-c.h"
#include "wardsync/limits.h"

enum { BLOCK_BYTES = 1 << 20, EMPTY_HEADS = 7000 };

static struct wsync_arena arena;

static int set_up(void **state)
{
    wsync_arena_init(&arena, aligned_alloc(16, BLOCK_BYTES), BLOCK_BYTES);
    *state = arena.block;
    return 0;
}

static int tear_down(void **state)
{
    free(*state);
    return 0;
}

static enum wsync_err decode(struct wsync_slice bytes)
{
    ProtobufCMessage *message;
    return wsync_pb_decode(&wardsync__heads__descriptor, bytes, &arena, &message);
}

/* S1.8: each empty head is two bytes on the line and some seventy in memory. */
static void unfolding_stops_at_the_budget(void **state)
{
    (void)state;
    static uint8_t bytes[2 * EMPTY_HEADS];
    for (size_t i = 0; i < sizeof bytes; i += 2) {
        bytes[i] = 0x0a;
    }
    assert_true(sizeof bytes < WSYNC_FRAME_BYTES_MAX);
    assert_int_equal(decode(wsync_slice(bytes, sizeof bytes)), WSYNC_ERR_OVERSIZE);
    assert_true(arena.used <= WSYNC_DECODE_BYTES_MAX);
    wsync_arena_release(&arena, 0);
    assert_int_equal(decode(wsync_slice(bytes, 200)), WSYNC_OK);
}

/* S1.9: our own lack of memory is not the peer's fault. */
static void a_small_arena_is_ours(void **state)
{
    (void)state;
    static uint8_t bytes[400];
    for (size_t i = 0; i < sizeof bytes; i += 2) {
        bytes[i] = 0x0a;
    }
    arena.size = 256;
    assert_int_equal(decode(wsync_slice(bytes, sizeof bytes)), WSYNC_ERR_MEMORY);
    arena.size = BLOCK_BYTES;
}

/* S1.3, S1.4 */
static void one_message_has_one_spelling(void **state)
{
    (void)state;
    static const struct {
        const char *why, *bytes;
        size_t len;
        enum wsync_err err;
    } CASES[] = {
        {"nothing", "", 0, WSYNC_OK},
        {"last", "\x10\x01", 2, WSYNC_OK},
        {"a default written out", "\x10\x00", 2, WSYNC_ERR_MESSAGE},
        {"a boolean above one", "\x10\x02", 2, WSYNC_ERR_MESSAGE},
        {"a varint longer than it must be", "\x10\x81\x00", 3, WSYNC_ERR_MESSAGE},
        {"a field twice", "\x10\x01\x10\x01", 4, WSYNC_ERR_MESSAGE},
        {"fields out of order", "\x10\x01\x0a\x00", 4, WSYNC_ERR_MESSAGE},
        {"an unknown field", "\x10\x01\x18\x01", 4, WSYNC_ERR_MESSAGE},
        {"an unknown field inside", "\x0a\x02\x20\x01", 4, WSYNC_ERR_MESSAGE},
        {"a length beyond the end", "\x0a\x05", 2, WSYNC_ERR_MESSAGE},
        {"a cut varint", "\x10", 1, WSYNC_ERR_MESSAGE},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        wsync_arena_release(&arena, 0);
        enum wsync_err err = decode(wsync_slice(CASES[i].bytes, CASES[i].len));
        if (err != CASES[i].err) {
            print_error("%s: %s\n", CASES[i].why, wsync_err_name(err));
        }
        assert_int_equal(err, CASES[i].err);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(unfolding_stops_at_the_budget, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_small_arena_is_ours, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_message_has_one_spelling, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
