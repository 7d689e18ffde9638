/* SPDX-License-Identifier: Apache-2.0 */
/* The model of a bad link, on a clock of its own. */
#include "tools/badlink/model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { MS = 1000, SECOND = 1000 * MS, MANY = 4000, STEP_US = 5 * MS };

static struct badlink_model model, other;
static const uint8_t BYTES[BADLINK_PACKET_BYTES_MAX] = {1, 2, 3};

static struct badlink_packet packet_of(int64_t len, uint64_t flow, bool opens)
{
    return (struct badlink_packet){.bytes = BYTES, .len = len, .flow = flow, .opens = opens};
}

static enum badlink_fate offer(struct badlink_model *to, int64_t len, int64_t now_us)
{
    struct badlink_packet packet = packet_of(len, 0, false);
    return badlink_model_offer(to, BADLINK_UP, &packet, now_us);
}

static uint64_t of_fate(const struct badlink_model *of, enum badlink_fate fate)
{
    return of->lines[BADLINK_UP].counters.fates[fate].packets;
}

/* Takes everything there is and answers how many came. */
static int take_all(struct badlink_model *from)
{
    int taken = 0;
    while (badlink_model_take(from, BADLINK_NEVER - 1)) {
        taken++;
    }
    return taken;
}

static void a_packet_arrives_after_the_line_and_the_delay(void **state)
{
    (void)state;
    struct badlink_settings settings = {
        .rate_bits_s = 64000, .delay_us = 300 * MS, .buffer_bytes = 10000};
    badlink_model_init(&model, &settings, 7 * SECOND);
    assert_true(badlink_model_due(&model) == BADLINK_NEVER);
    assert_int_equal(offer(&model, 800, 7 * SECOND), BADLINK_ARRIVES); /* 100 ms on the line */
    assert_int_equal(offer(&model, 80, 7 * SECOND), BADLINK_ARRIVES);  /* behind the first */
    struct badlink_packet back = packet_of(8, 0, false);               /* has its own line */
    assert_int_equal(badlink_model_offer(&model, BADLINK_BACK, &back, 7 * SECOND),
                     BADLINK_ARRIVES);
    assert_int_equal(badlink_model_due(&model), 7 * SECOND + 301 * MS);
    assert_null(badlink_model_take(&model, 7 * SECOND + 301 * MS - 1));
    assert_int_equal(badlink_model_take(&model, 7 * SECOND + 301 * MS)->way, BADLINK_BACK);
    assert_int_equal(badlink_model_due(&model), 7 * SECOND + 400 * MS);
    const struct badlink_slot *slot = badlink_model_take(&model, 7 * SECOND + 400 * MS);
    assert_int_equal(slot->len, 800);
    assert_memory_equal(slot->bytes, BYTES, 800);
    assert_int_equal(badlink_model_due(&model), 7 * SECOND + 410 * MS);
    assert_int_equal(take_all(&model), 1);
    const struct badlink_counters *counters = &model.lines[BADLINK_UP].counters;
    assert_int_equal(counters->offered.bytes, 880);
    assert_int_equal(counters->sent.bytes, 880);
    assert_int_equal(counters->delivered.bytes, 880);
    assert_int_equal(counters->delivered.packets, 2);
    assert_int_equal(model.lines[BADLINK_BACK].counters.delivered.bytes, 8);
}

static void the_buffer_is_bounded(void **state)
{
    (void)state;
    struct badlink_settings settings = {.rate_bits_s = 8000, .buffer_bytes = 1000};
    badlink_model_init(&model, &settings, 0);
    assert_int_equal(offer(&model, 1500, 0), BADLINK_ARRIVES); /* goes to the idle line */
    assert_int_equal(offer(&model, 100, 0), BADLINK_FULL);
    assert_int_equal(offer(&model, 100, 600 * MS), BADLINK_ARRIVES); /* 900 left and 100 */
    assert_int_equal(offer(&model, 1, 600 * MS), BADLINK_FULL);
    assert_int_equal(of_fate(&model, BADLINK_FULL), 2);
    assert_int_equal(model.lines[BADLINK_UP].counters.sent.bytes, 1600);
    assert_int_equal(take_all(&model), 2);
    settings = (struct badlink_settings){.delay_us = SECOND}; /* so is what is on its way */
    badlink_model_init(&model, &settings, 0);
    int taken = 0;
    while (taken < 2 * BADLINK_PACKETS_MAX && offer(&model, 1, 0) == BADLINK_ARRIVES) {
        taken++;
    }
    assert_int_equal(taken, BADLINK_PACKETS_MAX - 1);
    assert_int_equal(take_all(&model), taken);
}

static void chances_come_true_as_often_as_asked(void **state)
{
    (void)state;
    struct badlink_settings settings = {
        .seed = 7, .delay_us = 300 * MS, .loss_ppm = 20000, .duplicate_ppm = 50000};
    badlink_model_init(&model, &settings, 0);
    int taken = 0;
    for (int i = 0; i < MANY; i++) {
        offer(&model, 100, i * (int64_t)STEP_US);
        while (badlink_model_take(&model, i * (int64_t)STEP_US)) {
            taken++;
        }
    }
    taken += take_all(&model);
    uint64_t lost = of_fate(&model, BADLINK_LOST);
    uint64_t twice = model.lines[BADLINK_UP].counters.duplicated.packets;
    assert_in_range(lost, 55, 110);   /* 80, and 9 is one standard deviation */
    assert_in_range(twice, 150, 250); /* of the 3,920 that are not lost */
    assert_int_equal(taken, MANY - (int)lost + (int)twice);
    assert_int_equal(model.lines[BADLINK_UP].counters.sent.packets, MANY);
}

/* The n-th packet of a way meets the same chances whatever the other way does, and when. */
static void the_seed_decides(void **state)
{
    (void)state;
    struct badlink_settings settings = {.seed = 5, .delay_us = 300 * MS, .loss_ppm = 300000};
    badlink_model_init(&model, &settings, 0);
    badlink_model_init(&other, &settings, SECOND);
    struct badlink_packet back = packet_of(100, 0, false);
    int same = 0, ways = 0;
    for (int i = 0; i < 500; i++) {
        enum badlink_fate fate = offer(&model, 100, i * (int64_t)STEP_US);
        assert_int_equal(offer(&other, 40, SECOND + i * (int64_t)MS), fate);
        ways +=
            badlink_model_offer(&other, BADLINK_BACK, &back, SECOND + i * (int64_t)MS) == fate;
    }
    assert_in_range(ways, 200, 400); /* the two ways have chances of their own */
    badlink_model_init(&model, &settings, 0);
    settings.seed = 6;
    badlink_model_init(&other, &settings, 0);
    for (int i = 0; i < 500; i++) {
        same += offer(&model, 1, i) == offer(&other, 1, i);
    }
    assert_in_range(same, 200, 400);
    settings.duplicate_ppm = 300000;
    badlink_model_init(&model, &settings, 0);
    settings.loss_ppm = 0; /* leaves every other chance as it was */
    badlink_model_init(&other, &settings, 0);
    for (int i = 0; i < 500; i++) {
        int count = model.count, other_count = other.count;
        if (offer(&model, 1, i) == BADLINK_ARRIVES) {
            assert_int_equal(offer(&other, 1, i), BADLINK_ARRIVES);
            assert_int_equal(model.count - count, other.count - other_count);
        } else {
            (void)offer(&other, 1, i);
        }
    }
}

/* Offers numbered packets and answers how often one overtook another. */
static int overtakings(const struct badlink_settings *settings)
{
    int overtaken = 0, last = -1;
    uint8_t bytes[2];
    badlink_model_init(&model, settings, 0);
    for (int i = 0; i < 2000; i++) {
        bytes[0] = (uint8_t)(i >> 8);
        bytes[1] = (uint8_t)i;
        struct badlink_packet packet = {.bytes = bytes, .len = 2};
        badlink_model_offer(&model, BADLINK_UP, &packet, i * (int64_t)MS);
    }
    for (const struct badlink_slot *slot;
         (slot = badlink_model_take(&model, BADLINK_NEVER - 1));) {
        int number = slot->bytes[0] << 8 | slot->bytes[1];
        overtaken += number < last;
        last = number > last ? number : last;
    }
    return overtaken;
}

static void jitter_keeps_the_order_and_reordering_does_not(void **state)
{
    (void)state;
    struct badlink_settings settings = {.delay_us = 100 * MS, .jitter_us = 80 * MS};
    assert_int_equal(overtakings(&settings), 0);
    settings.reorder_ppm = 50000;
    assert_in_range(overtakings(&settings), 60, 140);
    settings = (struct badlink_settings){.delay_us = 100 * MS, .jitter_us = 80 * MS};
    badlink_model_init(&model, &settings, 0);
    int64_t least = BADLINK_NEVER, most = 0;
    for (int i = 0; i < 300; i++) {
        int64_t now = i * (int64_t)SECOND;
        offer(&model, 1, now);
        int64_t took = badlink_model_due(&model) - now;
        least = took < least ? took : least;
        most = took > most ? took : most;
        assert_int_equal(take_all(&model), 1);
    }
    assert_in_range(least, 20 * MS, 30 * MS);
    assert_in_range(most, 170 * MS, 180 * MS);
}

static void the_schedule_loses_what_is_not_through_in_time(void **state)
{
    (void)state;
    struct badlink_settings settings = {.rate_bits_s = 8000, /* 1 ms a byte */
                                        .buffer_bytes = 100000,
                                        .delay_us = SECOND,
                                        .up_us = 20 * SECOND,
                                        .down_us = 40 * SECOND};
    badlink_model_init(&model, &settings, 5 * SECOND);
    int64_t down = 25 * SECOND;
    assert_true(badlink_model_is_up(&model, down - 1) && !badlink_model_is_up(&model, down));
    assert_int_equal(offer(&model, 500, down - 1500 * MS), BADLINK_ARRIVES);
    assert_int_equal(offer(&model, 100, down - 1000 * MS), BADLINK_DOWN);  /* on its way */
    assert_int_equal(offer(&model, 1500, down - 1000 * MS), BADLINK_DOWN); /* not even sent */
    assert_int_equal(model.lines[BADLINK_UP].counters.sent.bytes, 600);
    assert_int_equal(offer(&model, 1, down), BADLINK_DOWN);
    assert_int_equal(offer(&model, 1, down + 40 * SECOND - 1), BADLINK_DOWN);
    assert_int_equal(offer(&model, 1, down + 40 * SECOND), BADLINK_ARRIVES);
    assert_int_equal(take_all(&model), 2);
    settings.phase_us = 30 * SECOND;
    badlink_model_init(&model, &settings, 0);
    assert_false(badlink_model_is_up(&model, 0));
    assert_true(badlink_model_is_up(&model, 30 * SECOND));
    badlink_model_restart(&model, 31 * SECOND); /* as it began, and nothing counted */
    assert_false(badlink_model_is_up(&model, 31 * SECOND));
    assert_int_equal(model.lines[BADLINK_UP].counters.offered.packets, 0);
}

static void a_hand_can_hold_it_down(void **state)
{
    (void)state;
    struct badlink_settings settings = {.delay_us = SECOND};
    badlink_model_init(&model, &settings, 0);
    assert_int_equal(offer(&model, 9, 0), BADLINK_ARRIVES);
    badlink_model_hold(&model, true);
    assert_int_equal(take_all(&model), 0);
    assert_int_equal(offer(&model, 9, 1), BADLINK_DOWN);
    badlink_model_hold(&model, false);
    assert_int_equal(offer(&model, 9, 2), BADLINK_ARRIVES);
    assert_int_equal(take_all(&model), 1);
    settings = (struct badlink_settings){.rate_bits_s = 8000, .buffer_bytes = 10000};
    badlink_model_init(&model, &settings, 0);
    assert_int_equal(offer(&model, 1000, 0), BADLINK_ARRIVES);
    badlink_model_hold(&model, true); /* nothing waits before the line any more */
    badlink_model_hold(&model, false);
    assert_int_equal(offer(&model, 100, 1), BADLINK_ARRIVES);
    assert_int_equal(badlink_model_due(&model), 100 * MS + 1);
}

static enum badlink_fate say(uint64_t flow, uint32_t opens, int64_t len, enum badlink_way way)
{
    struct badlink_packet packet = packet_of(len, flow, opens != 0);
    packet.sequence = opens;
    return badlink_model_offer(&model, way, &packet, 0);
}

static void a_connection_dies_of_its_bytes(void **state)
{
    (void)state;
    struct badlink_settings settings = {.dead_after_bytes = 1000};
    badlink_model_init(&model, &settings, 0);
    assert_int_equal(say(5, 0, 40, BADLINK_UP), BADLINK_DEAD);      /* its SYN was not seen */
    assert_int_equal(say(0, 0, 1500, BADLINK_UP), BADLINK_ARRIVES); /* is no connection */
    assert_int_equal(say(5, 11, 60, BADLINK_UP), BADLINK_ARRIVES);
    assert_int_equal(say(5, 11, 60, BADLINK_UP), BADLINK_ARRIVES);   /* the SYN once more */
    assert_int_equal(say(6, 12, 900, BADLINK_UP), BADLINK_ARRIVES);  /* counts for itself */
    assert_int_equal(say(5, 0, 880, BADLINK_UP), BADLINK_ARRIVES);   /* 1,000 to the byte */
    assert_int_equal(say(5, 0, 999, BADLINK_BACK), BADLINK_ARRIVES); /* so does each way */
    assert_int_equal(model.cuts, 0);
    assert_int_equal(say(5, 0, 1, BADLINK_UP), BADLINK_DEAD);
    assert_int_equal(say(5, 0, 1, BADLINK_BACK), BADLINK_DEAD); /* dead is dead both ways */
    assert_int_equal(say(6, 0, 101, BADLINK_UP), BADLINK_DEAD);
    assert_int_equal(say(6, 0, 1, BADLINK_UP), BADLINK_DEAD);   /* would fit, but it is dead */
    assert_int_equal(say(6, 12, 60, BADLINK_UP), BADLINK_DEAD); /* no new connection */
    assert_int_equal(model.cuts, 2);
    assert_int_equal(say(6, 13, 60, BADLINK_UP), BADLINK_ARRIVES); /* this one is */
    assert_int_equal(say(6, 0, 940, BADLINK_UP), BADLINK_ARRIVES);
    assert_int_equal(model.connections, 3);
    assert_int_equal(model.lines[BADLINK_UP].counters.fates[BADLINK_DEAD].packets, 5);
}

static void the_link_says_something_itself_behind_the_rest(void **state)
{
    (void)state;
    struct badlink_settings settings = {
        .rate_bits_s = 8000, .buffer_bytes = 9000, .delay_us = SECOND, .loss_ppm = 0};
    static const uint8_t WORD[] = {9};
    struct badlink_packet word = {.bytes = WORD, .len = 1};
    badlink_model_init(&model, &settings, 0);
    assert_int_equal(offer(&model, 500, 0), BADLINK_ARRIVES);
    model.settings.loss_ppm = BADLINK_MILLION;
    badlink_model_slip(&model, BADLINK_UP, &word, 1);
    badlink_model_slip(&model, BADLINK_BACK, &word, 1);
    assert_int_equal(badlink_model_take(&model, SECOND + 1)->way, BADLINK_BACK);
    assert_int_equal(badlink_model_take(&model, 1500 * MS)->len, 500);
    assert_int_equal(badlink_model_take(&model, 1500 * MS)->bytes[0], 9);
    assert_int_equal(model.lines[BADLINK_UP].counters.delivered.packets, 1);
    assert_int_equal(model.lines[BADLINK_UP].counters.offered.packets, 1);
    assert_int_equal(offer(&model, 500, 2 * SECOND), BADLINK_LOST);
    model.settings.loss_ppm = 0;
    assert_int_equal(offer(&model, 500, 2 * SECOND), BADLINK_ARRIVES);
    assert_int_equal(take_all(&model), 1);
    assert_int_equal(model.lines[BADLINK_UP].counters.delivered.packets, 2);
    badlink_model_hold(&model, true);
    badlink_model_slip(&model, BADLINK_UP, &word, 3 * SECOND);
    assert_true(badlink_model_due(&model) == BADLINK_NEVER);
}

static void connections_are_cut_by_hand_and_forgotten_when_old(void **state)
{
    (void)state;
    struct badlink_settings settings = {.seed = 1};
    badlink_model_init(&model, &settings, 0);
    assert_int_equal(say(5, 0, 40, BADLINK_UP), BADLINK_ARRIVES); /* no budget, no SYN asked */
    assert_int_equal(say(5, 11, 60, BADLINK_UP), BADLINK_ARRIVES);
    badlink_model_cut(&model);
    badlink_model_cut(&model);
    assert_int_equal(model.cuts, 1);
    assert_int_equal(say(5, 0, 40, BADLINK_UP), BADLINK_DEAD);
    assert_int_equal(say(5, 12, 60, BADLINK_UP), BADLINK_ARRIVES);
    model.settings.dead_after_bytes = 100;
    for (uint32_t i = 1; i <= BADLINK_FLOWS_MAX; i++) {
        assert_int_equal(say(100 + i, i, 60, BADLINK_UP), BADLINK_ARRIVES);
    }
    assert_int_equal(say(101, 0, 40, BADLINK_UP), BADLINK_ARRIVES);
    for (uint32_t i = BADLINK_FLOWS_MAX; i > 0; i--) { /* each anew, in its own place */
        assert_int_equal(say(100 + i, 1000 + i, 60, BADLINK_UP), BADLINK_ARRIVES);
        assert_int_equal(say(100 + i, 0, 40, BADLINK_UP), BADLINK_ARRIVES);
    }
    assert_int_equal(say(5, 0, 1, BADLINK_UP), BADLINK_DEAD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_packet_arrives_after_the_line_and_the_delay),
        cmocka_unit_test(the_buffer_is_bounded),
        cmocka_unit_test(chances_come_true_as_often_as_asked),
        cmocka_unit_test(the_seed_decides),
        cmocka_unit_test(jitter_keeps_the_order_and_reordering_does_not),
        cmocka_unit_test(the_schedule_loses_what_is_not_through_in_time),
        cmocka_unit_test(a_hand_can_hold_it_down),
        cmocka_unit_test(a_connection_dies_of_its_bytes),
        cmocka_unit_test(the_link_says_something_itself_behind_the_rest),
        cmocka_unit_test(connections_are_cut_by_hand_and_forgotten_when_old),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
