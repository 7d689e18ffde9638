/* SPDX-License-Identifier: Apache-2.0 */
/* test_clock.c: the two tiny doors to the outside, time and randomness. */
#include "host/clock.h"
#include "host/entropy.h"
#include "wardsync/crypto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static void test_wall(void **state)
{
    (void)state;
    int64_t before = (int64_t)time(NULL);
    int64_t now = wsync_clock_wall_s();
    assert_true(now >= before && now <= (int64_t)time(NULL) + 1);
}

/* Two readings around a third by the system: the unit is right and it does not go back. */
static void test_monotonic(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++) {
        struct timespec middle;
        int64_t before = wsync_clock_monotonic_ms();
        assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &middle), 0);
        int64_t after = wsync_clock_monotonic_ms();
        int64_t ms = (int64_t)middle.tv_sec * 1000 + middle.tv_nsec / 1000000;
        assert_true(before <= ms && ms <= after);
    }
}

/* S2.11 */
static void test_entropy(void **state)
{
    (void)state;
    assert_true(wsync_crypto_init());
    struct wsync_entropy first, second, seen = {{0}};
    wsync_entropy_draw(&second);
    for (int i = 0; i < 64; i++) { /* every byte is written: none stays zero over 64 draws */
        wsync_entropy_draw(&first);
        assert_memory_not_equal(first.b, second.b, sizeof first.b);
        for (size_t at = 0; at < sizeof seen.b; at++) {
            seen.b[at] |= first.b[at];
        }
        second = first;
    }
    assert_null(memchr(seen.b, 0, sizeof seen.b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wall),
        cmocka_unit_test(test_monotonic),
        cmocka_unit_test(test_entropy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
