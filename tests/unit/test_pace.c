/* SPDX-License-Identifier: Apache-2.0 */
/* How fast a link is and what follows from it (SPEC S9.100, S9.102, S9.105, S9.106): tables of
 * what acknowledgements show, with time as data. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wardsync/pace.h"
#include "wardsync/packer.h"

enum { NOW = 7000000 };

/* A session over a line that takes `round_ms` both ways and carries `rate` bytes a second: the
 * opening words, then `sets` sets of `bytes`, two under way; the watch it leaves. */
static struct wsync_watch run_line(struct wsync_pace *pace, int64_t round_ms, int64_t rate,
                                   int sets, uint64_t bytes)
{
    struct wsync_watch watch;
    struct wsync_progress progress = {.sent = 0};
    int64_t now = NOW;
    wsync_watch_begin(&watch, now);
    wsync_watch_say(&watch, &progress, now);
    now += round_ms;
    progress.sent = sets > 0 ? 2 * bytes : 0;
    wsync_watch_hear(&watch, pace, &progress, now);
    for (int i = 0; i < sets; i++) {
        now += (int64_t)bytes * 1000 / rate + (i == 0 ? round_ms : 0);
        progress.taken += bytes;
        progress.sent += i + 2 < sets ? bytes : 0;
        progress.sent = progress.sent < progress.taken ? progress.taken : progress.sent;
        wsync_watch_hear(&watch, pace, &progress, now);
    }
    return watch;
}

static void the_bound_is_above_six_round_trips(void **state)
{
    (void)state;
    static const struct {
        int64_t round_ms, rate;
    } lines[] = {{1, 1000000}, {20, 100000}, {600, 8000},
                 {600, 4000},  {1200, 8000}, {3000, 2000}};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct wsync_pace pace = {0};
        for (int times = 0; times < 5; times++) {
            (void)run_line(&pace, lines[i].round_ms, lines[i].rate, 20, 4096);
        }
        int64_t bound = wsync_pace_bound_ms(&pace, 0);
        assert_true(bound > 6 * lines[i].round_ms);
        assert_true(bound >= WSYNC_SILENCE_MS_MIN && bound <= WSYNC_SILENCE_MS_MAX);
        assert_true(bound <= WSYNC_SILENCE_MS_MIN || bound <= 12 * lines[i].round_ms);
        int64_t sending = 20000 * 1000 / lines[i].rate;
        int64_t loaded = wsync_pace_bound_ms(&pace, 20000);
        assert_true(loaded >= bound + sending && loaded <= bound + 3 * sending);
    }
}

static void a_rate_is_that_of_the_line_and_not_of_the_writer(void **state)
{
    (void)state;
    struct wsync_pace pace = {0};
    (void)run_line(&pace, 600, 8000, 40, 4096);
    assert_in_range(pace.rate, 7000, 9000);
    /* A record now and then: each flight is acknowledged before the next begins. */
    struct wsync_watch watch;
    struct wsync_progress progress = {.sent = 0};
    wsync_watch_begin(&watch, NOW);
    wsync_watch_hear(&watch, &pace, &progress, NOW + 600);
    for (int i = 1; i < 50; i++) {
        progress.sent += 300;
        wsync_watch_say(&watch, &progress, NOW + i * 20000);
        progress.taken = progress.sent;
        wsync_watch_hear(&watch, &pace, &progress, NOW + i * 20000 + 640);
    }
    assert_in_range(pace.rate, 7000, 9000);
    assert_in_range(pace.round_ms, 590, 650);
    assert_true(pace.spread_ms < 60);
}

/* A window that holds one set must not hide what the line could carry. */
static void one_flight_at_a_time_shows_the_rate_too(void **state)
{
    (void)state;
    struct wsync_pace pace = {0};
    struct wsync_watch watch;
    struct wsync_progress progress = {.sent = 0};
    int64_t now = NOW;
    wsync_watch_begin(&watch, now);
    wsync_watch_hear(&watch, &pace, &progress, now += 600);
    for (int i = 0; i < 6; i++) {
        progress.sent += 8200;
        wsync_watch_say(&watch, &progress, now);
        now += 600 + 8200 * 1000 / 8000;
        progress.taken = progress.sent;
        wsync_watch_hear(&watch, &pace, &progress, now);
        assert_in_range(pace.rate, 7000, 9000);
        assert_true(wsync_pace_flow(&pace, 0).window_bytes > 8200);
    }
}

static void a_first_contact_is_given_time(void **state)
{
    (void)state;
    struct wsync_pace pace = {0};
    assert_int_equal(wsync_pace_bound_ms(&pace, 0), WSYNC_SILENCE_MS_FIRST);
    assert_true(wsync_pace_bound_ms(&pace, WSYNC_FRAME_BYTES_MAX) >
                WSYNC_SILENCE_MS_FIRST + WSYNC_FRAME_BYTES_MAX / 8);
    assert_int_equal(wsync_pace_connect_ms(&pace), WSYNC_CONNECT_MS_MAX);
    assert_int_equal(wsync_pace_handshake_ms(&pace), WSYNC_HANDSHAKE_MS_MAX);
}

/* Of the ten packets of a handshake one link in ten loses two: it is not cut short. */
static void a_handshake_may_lose_packets(void **state)
{
    (void)state;
    for (int64_t round_ms = 1; round_ms <= 1200; round_ms += 109) {
        const struct wsync_pace pace = {.round_ms = round_ms};
        assert_in_range(wsync_pace_handshake_ms(&pace), 4 * round_ms + 3 * (round_ms + 700),
                        10 * round_ms + WSYNC_SILENCE_MS_MIN);
    }
}

static void silence_counts_from_the_last_word(void **state)
{
    (void)state;
    struct wsync_pace pace = {.round_ms = 600, .rate = 8000};
    struct wsync_watch watch;
    struct wsync_progress progress = {.sent = 4000};
    wsync_watch_begin(&watch, NOW);
    wsync_watch_say(&watch, &progress, NOW + 5);
    int64_t first = wsync_watch_deadline(&watch, &pace);
    assert_true(first > NOW + 6 * 600);
    progress.sent = 8000; /* saying more does not gain time */
    wsync_watch_say(&watch, &progress, NOW + 3000);
    assert_true(wsync_watch_deadline(&watch, &pace) <= first + 2 * 4000 * 1000 / 8000);
    wsync_watch_hear(&watch, &pace, &progress, NOW + 3500);
    assert_true(wsync_watch_deadline(&watch, &pace) > NOW + 3500 + 6 * 600);
    /* All was taken and the line lay idle for long: the next word is awaited from when ours
     * was said. */
    progress.taken = progress.sent;
    wsync_watch_hear(&watch, &pace, &progress, NOW + 5000);
    progress.sent += 100;
    wsync_watch_say(&watch, &progress, NOW + 90000);
    assert_true(wsync_watch_deadline(&watch, &pace) > NOW + 90000 + 6 * 600);
}

static void the_bound_doubles_while_nothing_moves(void **state)
{
    (void)state;
    struct wsync_pace pace = {.round_ms = 600, .spread_ms = 50};
    struct wsync_watch dead = {.heard = true};
    struct wsync_watch alive = {.heard = true, .moved = true};
    int64_t before = wsync_pace_bound_ms(&pace, 0);
    for (int i = 0; i < 100; i++) {
        wsync_pace_end(&pace, &dead, false, true);
        int64_t bound = wsync_pace_bound_ms(&pace, 0);
        assert_true(bound == 2 * before || bound == WSYNC_SILENCE_MS_MAX);
        before = bound;
    }
    assert_int_equal(before, WSYNC_SILENCE_MS_MAX);
    wsync_pace_end(&pace, &alive, false, true);
    assert_int_equal(wsync_pace_bound_ms(&pace, 0), 7 * 600 + 4 * 50);
}

static void sets_follow_how_long_links_live(void **state)
{
    (void)state;
    struct wsync_pace pace = {0};
    struct wsync_watch cut = {.last = {.sent = 9000}, .heard = true};
    struct wsync_watch carried = {.last = {.sent = 20000, .taken = 9000}, .moved = true};
    struct wsync_watch whole = {.last = {.sent = 9000, .taken = 9000}, .moved = true};
    struct wsync_watch empty = {.heard = true};
    assert_int_equal(wsync_pace_flow(&pace, 0).set_bytes, WSYNC_SET_BYTES_DEFAULT);
    wsync_pace_end(&pace, &cut, false, true);
    wsync_pace_end(&pace, &carried, false, true); /* in between something was taken */
    wsync_pace_end(&pace, &cut, false, true);
    assert_int_equal(wsync_pace_flow(&pace, 0).set_bytes, WSYNC_SET_BYTES_DEFAULT);
    static const uint32_t down[] = {4096, 2048, 1, 1};
    wsync_pace_end(&pace, &carried, false, true);
    for (size_t i = 0; i < sizeof down / sizeof *down; i++) {
        wsync_pace_end(&pace, &cut, false, true);
        wsync_pace_end(&pace, &cut, false, true);
        assert_int_equal(wsync_pace_flow(&pace, 0).set_bytes, down[i]);
    }
    static const uint32_t up[] = {2048, 4096, 8192, WSYNC_SET_BYTES_MAX, WSYNC_SET_BYTES_MAX};
    for (size_t i = 0; i < sizeof up / sizeof *up; i++) {
        for (int times = 0; times < 4; times++) {
            wsync_pace_end(&pace, &empty, true, false); /* says nothing of sets */
            wsync_pace_end(&pace, &whole, true, false);
        }
        assert_int_equal(wsync_pace_flow(&pace, 0).set_bytes, up[i]);
    }
}

static void no_more_is_under_way_than_some_seconds_carry(void **state)
{
    (void)state;
    struct wsync_pace pace = {0};
    assert_true(wsync_pace_flow(&pace, 0).window_bytes < WSYNC_SET_BYTES_DEFAULT);
    static const struct {
        int64_t round_ms, rate;
        uint32_t least, most;
    } rows[] = {
        {600, 8000, 9000, 16000},
        {600, 500, WSYNC_SET_BYTES_MIN, WSYNC_SET_BYTES_MIN},
        {1, 10000000, WSYNC_CREDIT_BYTES_DEFAULT, WSYNC_CREDIT_BYTES_DEFAULT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        pace.round_ms = rows[i].round_ms;
        pace.rate = rows[i].rate;
        assert_in_range(wsync_pace_flow(&pace, 0).window_bytes, rows[i].least, rows[i].most);
    }
}

/* Bytes are saved where they take long to send, and time where they do not. */
static void the_faster_the_line_the_quicker_a_set_is_packed(void **state)
{
    (void)state;
    static const struct {
        int64_t rate;
        unsigned level;
    } rows[] = {
        {1, WSYNC_PACK_LEVEL_MAX},          {8000, WSYNC_PACK_LEVEL_MAX},
        {16000, WSYNC_PACK_LEVEL_BULK},     {1000000, WSYNC_PACK_LEVEL_BULK},
        {10000000, WSYNC_PACK_LEVEL_QUICK}, {INT64_MAX, WSYNC_PACK_LEVEL_QUICK},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(wsync_pace_level(rows[i].rate, 0), rows[i].level);
        assert_int_equal(wsync_pace_level(rows[i].rate, UINT64_MAX), rows[i].level);
    }
    unsigned before = WSYNC_PACK_LEVEL_MAX;
    for (int64_t rate = 1; rate < INT64_MAX / 2; rate *= 2) {
        assert_in_range(wsync_pace_level(rate, 0), 1, before);
        before = wsync_pace_level(rate, 0);
    }
}

/* Of a line of which nothing is known some frames are packed as for a thin one, and thousands
 * of records are not. */
static void an_unknown_line_gets_little_at_the_highest_level(void **state)
{
    (void)state;
    const struct wsync_pace pace = {0};
    int64_t rate = wsync_pace_flow(&pace, 0).rate;
    assert_int_equal(wsync_pace_level(rate, 0), WSYNC_PACK_LEVEL_MAX);
    assert_int_equal(wsync_pace_level(rate, 1000), WSYNC_PACK_LEVEL_MAX);
    assert_int_equal(wsync_pace_level(rate, WSYNC_SET_BYTES_DEFAULT), WSYNC_PACK_LEVEL_BULK);
    assert_int_equal(wsync_pace_level(rate, UINT64_MAX), WSYNC_PACK_LEVEL_BULK);
    const struct wsync_pace known = {.rate = 9000};
    assert_int_equal(wsync_pace_flow(&known, 0).rate, 9000);
}

/* Beside the weight of sets what is under way follows how long links live: one set until this
 * line carried something, then as much again. */
static void young_links_carry_one_set_at_a_time(void **state)
{
    (void)state;
    struct wsync_pace pace = {.round_ms = 600, .rate = 8000};
    struct wsync_watch cut = {.last = {.sent = 9000}, .heard = true};
    struct wsync_watch carried = {.last = {.sent = 900, .taken = 900}, .moved = true};
    uint32_t full = wsync_pace_flow(&pace, 0).window_bytes;
    assert_true(full > WSYNC_SET_BYTES_DEFAULT);
    wsync_pace_end(&pace, &cut, false, true);
    assert_int_equal(wsync_pace_flow(&pace, 0).window_bytes, 1);
    wsync_pace_end(&pace, &carried, true, false);
    assert_int_equal(wsync_pace_flow(&pace, 0).window_bytes, full);
    for (int i = 0; i < 6; i++) { /* down to single changes */
        wsync_pace_end(&pace, &cut, false, true);
        assert_int_equal(wsync_pace_flow(&pace, 0).window_bytes, 1);
    }
    wsync_pace_end(&pace, &carried, false, true);
    assert_int_equal(wsync_pace_flow(&pace, 0).window_bytes, 1);
    assert_int_equal(wsync_pace_flow(&pace, 190).window_bytes, 190);
    assert_int_equal(wsync_pace_flow(&pace, 5000000000).window_bytes, full);
}

static void a_link_that_is_down_is_knocked_at(void **state)
{
    (void)state;
    struct wsync_pace pace = {.round_ms = 600, .spread_ms = 100};
    /* The first minutes: at most 3 s from one knock to the next, whatever chance says. */
    for (uint64_t chance = 0; chance < 5000; chance += 7) {
        int64_t took = wsync_pace_connect_ms(&pace);
        assert_true(took + wsync_probe_wait_ms(60000, took, false, chance) <= 3000);
        int64_t apart = wsync_probe_wait_ms(0, 0, false, chance);
        assert_in_range(apart, 1000, 2000); /* it failed at once */
    }
    int64_t before = 0;
    for (int64_t down = 120000; down < 100000000; down *= 2) {
        int64_t most = wsync_probe_wait_ms(down, 2000, false, UINT64_MAX / 3 * 2);
        int64_t metered = wsync_probe_wait_ms(down, 2000, true, UINT64_MAX / 3 * 2);
        assert_true(most <= WSYNC_RETRY_MS_MAX && metered <= WSYNC_RETRY_MS_MAX);
        assert_true(most >= before / 3);
        before = most;
    }
    assert_true(before >= WSYNC_RETRY_MS_MAX / 2);
    int64_t least = INT64_MAX, most = 0;
    for (uint64_t chance = 0; chance < 100000; chance += 777) {
        int64_t wait = wsync_probe_wait_ms(600000, 2000, false, chance);
        least = wait < least ? wait : least;
        most = wait > most ? wait : most;
    }
    assert_true(most > least + 10000); /* wards do not come back at one instant */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bound_is_above_six_round_trips),
        cmocka_unit_test(a_rate_is_that_of_the_line_and_not_of_the_writer),
        cmocka_unit_test(one_flight_at_a_time_shows_the_rate_too),
        cmocka_unit_test(a_first_contact_is_given_time),
        cmocka_unit_test(a_handshake_may_lose_packets),
        cmocka_unit_test(silence_counts_from_the_last_word),
        cmocka_unit_test(the_bound_doubles_while_nothing_moves),
        cmocka_unit_test(sets_follow_how_long_links_live),
        cmocka_unit_test(no_more_is_under_way_than_some_seconds_carry),
        cmocka_unit_test(young_links_carry_one_set_at_a_time),
        cmocka_unit_test(the_faster_the_line_the_quicker_a_set_is_packed),
        cmocka_unit_test(an_unknown_line_gets_little_at_the_highest_level),
        cmocka_unit_test(a_link_that_is_down_is_knocked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
