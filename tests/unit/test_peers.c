/* SPDX-License-Identifier: Apache-2.0 */
/* Who may bring what, and in which version: the carrier of a log is not its author, and nobody
 * is talked into an older protocol (SPEC sections 5.5, 9.1, 9.2 and 14). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/pair.h"

enum { LINE = 0 };

static void run(struct hub *hub)
{
    assert_int_equal(hub_run(hub), WSYNC_OK);
}

static const struct wsync_session *at_district(const struct pair *pair)
{
    return &pair->down.lines[PAIR_B].session;
}

/* An open session of `b`, in which the district hears this set. */
static void hand_in_by_b(struct pair *pair, const struct wsync_change_set *set)
{
    struct wsync_message message = {.type = WSYNC_MESSAGE_CHANGES, .changes = *set};
    hub_greet(&pair->down, PAIR_B, &pair->world->installation, &pair->world->b);
    run(&pair->down);
    assert_int_equal(at_district(pair)->state, WSYNC_STATE_OPEN);
    hub_tell(&pair->down, PAIR_B, &message);
    run(&pair->down);
}

/* Case 11: `b` hands in the log of `a`.  The seal is its author's, so it is taken and
 * acknowledged as if `a` had come (S4.12). */
static void another_device_may_carry_a_log(void **state)
{
    struct pair *pair = *state;
    struct forge log;
    struct wsync_message ack;
    forge_init(&log, &pair->world->a, &pair->world->installation, PAIR_VERSION, 1);
    forge_create(&log, PAIR_DAY, 5, 1);
    forge_create(&log, PAIR_DAY, 7, 1);
    struct wsync_change_set set = forge_set(&log, 1, 2);
    hand_in_by_b(pair, &set);
    assert_true(hub_said(&pair->down, PAIR_B, WSYNC_MESSAGE_ACK, &ack));
    assert_int_equal(ack.ack.count, 1);
    assert_memory_equal(ack.ack.items[0].log.b, log.log.b, sizeof log.log.b);
    assert_int_equal(ack.ack.items[0].seq, 2);
    forge_fini(&log);
}

/* Case 11: what `b` sealed itself is not a log of `a`, whoever's session it comes in, and
 * nothing of it stays (S5.21 step 7). */
static void the_carrier_seals_nothing(void **state)
{
    struct pair *pair = *state;
    struct forge log;
    forge_init(&log, &pair->world->a, &pair->world->installation, PAIR_VERSION, 1);
    forge_create(&log, PAIR_DAY, 5, 1);
    log.identity = pair->world->b.identity;
    struct wsync_change_set set = forge_set(&log, 1, 1);
    struct wsync_hash before = forge_image(pair->world->district.store);
    hand_in_by_b(pair, &set);
    struct wsync_hash after = forge_image(pair->world->district.store);
    assert_int_equal(at_district(pair)->result, WSYNC_ERR_SEAL);
    assert_memory_equal(before.b, after.b, sizeof before.b);
    forge_fini(&log);
}

/* Case 20: who speaks only older versions, or only newer ones, is told so, and nothing moves
 * (S9.2, S9.10, S14.6). */
static void no_other_version_is_agreed_on(void **state)
{
    struct pair *pair = *state;
    static const uint32_t RANGES[][2] = {{0, 0}, {2, 2}, {2, 9}, {UINT32_MAX, UINT32_MAX}};
    struct wsync_hash before = forge_image(pair->world->district.store);
    for (size_t i = 0; i < sizeof RANGES / sizeof *RANGES; i++) {
        struct wsync_message message;
        struct wsync_message hello = {.type = WSYNC_MESSAGE_HELLO,
                                      .hello = {.version_min = RANGES[i][0],
                                                .version_max = RANGES[i][1],
                                                .device = pair->world->b.identity.device,
                                                .instance = pair->world->installation.instance,
                                                .credit = WSYNC_CREDIT_BYTES_DEFAULT}};
        hub_open_district(&pair->down, PAIR_B, &pair->world->installation,
                          &pair->world->b.transport);
        hub_tell(&pair->down, PAIR_B, &hello);
        run(&pair->down);
        assert_int_equal(at_district(pair)->result, WSYNC_ERR_VERSION);
        assert_false(hub_said(&pair->down, PAIR_B, WSYNC_MESSAGE_WELCOME, &message));
    }
    struct wsync_hash after = forge_image(pair->world->district.store);
    assert_memory_equal(before.b, after.b, sizeof before.b);
}

/* Case 20: a frame of another version is not read, whatever is in it (S9.2). */
static void a_frame_of_another_version_is_not_read(void **state)
{
    struct pair *pair = *state;
    static const uint8_t VERSIONS[] = {0, 2, 255};
    for (size_t i = 0; i < sizeof VERSIONS; i++) {
        const uint8_t frame[] = {VERSIONS[i], WSYNC_MESSAGE_HELLO};
        hub_open_district(&pair->down, PAIR_B, &pair->world->installation,
                          &pair->world->b.transport);
        hub_hear(&pair->down, PAIR_B, wsync_slice(frame, sizeof frame));
        run(&pair->down);
        assert_int_equal(at_district(pair)->result, WSYNC_ERR_VERSION);
    }
}

/* Case 20: a district that answers with another version than the ward offered gets no more
 * records (S9.12). */
static void a_welcome_of_another_version_gets_nothing(void **state)
{
    struct pair *pair = *state;
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    static const uint32_t VERSIONS[] = {0, 2, UINT32_MAX};
    for (size_t i = 0; i < sizeof VERSIONS / sizeof *VERSIONS; i++) {
        struct wsync_message welcome = {
            .type = WSYNC_MESSAGE_WELCOME,
            .welcome = {.version = VERSIONS[i],
                        .instance = pair->world->installation.instance,
                        .credit = WSYNC_CREDIT_BYTES_DEFAULT}};
        pair_write(&pair->world->a, 3);
        hub_open_ward(&pair->up_a, LINE, &pair->world->installation);
        run(&pair->up_a);
        size_t flight = hub_count(&pair->up_a, LINE, WSYNC_MESSAGE_CHANGES);
        hub_tell(&pair->up_a, LINE, &welcome);
        run(&pair->up_a);
        assert_int_equal(pair->up_a.lines[LINE].session.result, WSYNC_ERR_VERSION);
        assert_int_equal(hub_count(&pair->up_a, LINE, WSYNC_MESSAGE_CHANGES), flight);
    }
}

int main(void)
{
#define PAIR_TEST(name) cmocka_unit_test_setup_teardown(name, pair_set_up, pair_tear_down)
    const struct CMUnitTest tests[] = {
        PAIR_TEST(another_device_may_carry_a_log),
        PAIR_TEST(the_carrier_seals_nothing),
        PAIR_TEST(no_other_version_is_agreed_on),
        PAIR_TEST(a_frame_of_another_version_is_not_read),
        PAIR_TEST(a_welcome_of_another_version_gets_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
