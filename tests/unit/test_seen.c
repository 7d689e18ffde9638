/* SPDX-License-Identifier: Apache-2.0 */
/* What a session remembers for people: S9.70, and the runs of changes that moved. */
#include "wardsync/seen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void a_skew_is_bounded(void **state)
{
    (void)state;
    static const int64_t CENTURY = INT64_C(36525) * 86400;
    struct wsync_seen seen = {.time_at = 1000};
    assert_int_equal(wsync_seen_skew_s(&seen), 0); /* not told */
    seen.time = 700;
    assert_int_equal(wsync_seen_skew_s(&seen), -300);
    seen.time = 1005;
    assert_int_equal(wsync_seen_skew_s(&seen), 5);
    seen.time = INT64_MAX;
    assert_int_equal(wsync_seen_skew_s(&seen), CENTURY);
    seen.time = INT64_MIN;
    assert_int_equal(wsync_seen_skew_s(&seen), -CENTURY);
    seen.time_at = INT64_MAX;
    assert_int_equal(wsync_seen_skew_s(&seen), -CENTURY);
}

static void a_peer_is_kept_as_it_names_itself(void **state)
{
    (void)state;
    static const char LONGEST[] = "a program of thirty-two letters.";
    struct wsync_seen seen = {.time = 0};
    wsync_seen_peer(&seen, wsync_slice_of(LONGEST), 7, 9);
    assert_string_equal(seen.program, LONGEST);
    assert_true(seen.time == 7 && seen.time_at == 9);
    wsync_seen_peer(&seen, wsync_slice_of("ward 2"), 0, 10);
    assert_string_equal(seen.program, "ward 2");
    wsync_seen_peer(&seen, wsync_slice(NULL, 0), 0, 10);
    assert_string_equal(seen.program, "");
}

static void add(struct wsync_seen_runs *runs, uint8_t log, uint64_t first, uint64_t last)
{
    const struct wsync_seen_run run = {{{log}}, first, last};
    wsync_seen_run(runs, &run);
}

static void runs_that_go_on_are_one(void **state)
{
    (void)state;
    struct wsync_seen_runs runs = {.count = 0};
    add(&runs, 1, 1, 5);
    add(&runs, 2, 6, 9); /* of another log */
    add(&runs, 1, 6, 6);
    add(&runs, 1, 8, 9); /* behind a gap */
    add(&runs, 1, 7, 7);
    assert_int_equal(runs.count, 3);
    assert_true(runs.items[0].first == 1 && runs.items[0].last == 7);
    assert_true(runs.items[1].first == 6 && runs.items[1].last == 9);
    assert_true(runs.items[2].first == 8 && runs.items[2].last == 9);
}

static void only_the_first_runs_are_kept(void **state)
{
    (void)state;
    struct wsync_seen_runs runs = {.count = 0};
    for (uint8_t i = 0; i < WSYNC_SESSION_RUNS_MAX + 5; i++) {
        add(&runs, i, 1, 1);
    }
    assert_int_equal(runs.count, WSYNC_SESSION_RUNS_MAX);
    add(&runs, WSYNC_SESSION_RUNS_MAX - 1, 2, 4); /* one of them may still grow */
    assert_int_equal(runs.items[WSYNC_SESSION_RUNS_MAX - 1].last, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_skew_is_bounded),
        cmocka_unit_test(a_peer_is_kept_as_it_names_itself),
        cmocka_unit_test(runs_that_go_on_are_one),
        cmocka_unit_test(only_the_first_runs_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
