/* SPDX-License-Identifier: Apache-2.0 */
/* When to try again (SPEC S9.43): doubling waits with jitter, reset by a success. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "wardsync/schedule.h"

enum { NOW = 5000000 };

static struct wsync_entropy entropy_of(uint8_t byte)
{
    struct wsync_entropy entropy;
    memset(entropy.b, byte, sizeof entropy.b);
    return entropy;
}

/* The wait after the next failure. */
static int64_t wait_of(struct wsync_schedule *schedule, uint8_t byte)
{
    struct wsync_entropy entropy = entropy_of(byte);
    wsync_schedule_fail(schedule, NOW, &entropy);
    return schedule->next_ms - NOW;
}

static void waits_double_up_to_the_most(void **state)
{
    (void)state;
    struct wsync_schedule schedule = {0};
    int64_t most = WSYNC_RETRY_MS_MIN;
    for (int i = 0; i < 100; i++) {
        int64_t wait = wait_of(&schedule, (uint8_t)(i * 37));
        assert_in_range(wait, most / 2, most);
        most = most * 2 > WSYNC_RETRY_MS_MAX ? WSYNC_RETRY_MS_MAX : most * 2;
    }
    assert_int_equal(most, WSYNC_RETRY_MS_MAX);
    assert_int_equal(schedule.failures, 100);
}

/* Wards that lost the district at one instant do not come back at one instant. */
static void the_jitter_spreads_over_half_the_wait(void **state)
{
    (void)state;
    int64_t least = INT64_MAX, most = 0;
    for (int i = 0; i < 256; i++) {
        struct wsync_schedule schedule = {.failures = 20};
        struct wsync_entropy entropy = entropy_of((uint8_t)i);
        entropy.b[7] = (uint8_t)(i * 91);
        wsync_schedule_fail(&schedule, NOW, &entropy);
        least = schedule.next_ms - NOW < least ? schedule.next_ms - NOW : least;
        most = schedule.next_ms - NOW > most ? schedule.next_ms - NOW : most;
    }
    assert_in_range(least, WSYNC_RETRY_MS_MAX / 2, WSYNC_RETRY_MS_MAX * 6 / 10);
    assert_in_range(most, WSYNC_RETRY_MS_MAX * 9 / 10, WSYNC_RETRY_MS_MAX);
}

static void a_success_resets(void **state)
{
    (void)state;
    struct wsync_schedule schedule = {0};
    for (int i = 0; i < 9; i++) {
        (void)wait_of(&schedule, 3);
    }
    wsync_schedule_succeed(&schedule, NOW + 7);
    assert_int_equal(schedule.next_ms, NOW + 7);
    assert_in_range(wait_of(&schedule, 255), WSYNC_RETRY_MS_MIN / 2, WSYNC_RETRY_MS_MIN);
}

static void the_count_of_failures_does_not_wrap(void **state)
{
    (void)state;
    struct wsync_schedule schedule = {.failures = UINT32_MAX};
    assert_in_range(wait_of(&schedule, 0), WSYNC_RETRY_MS_MAX / 2, WSYNC_RETRY_MS_MAX);
    assert_int_equal(schedule.failures, UINT32_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits_double_up_to_the_most),
        cmocka_unit_test(the_jitter_spreads_over_half_the_wait),
        cmocka_unit_test(a_success_resets),
        cmocka_unit_test(the_count_of_failures_does_not_wrap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
