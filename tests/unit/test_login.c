/* SPDX-License-Identifier: Apache-2.0 */
/* Who is logged in: when a session ends, what its id is worth, and which address must wait. */
#include "host/login.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wardsync/crypto.h"

enum { NOW = 100000, STAMP = 1650000000 };

static struct wsync_login login;

static int set_up(void **state)
{
    (void)state;
    assert_true(wsync_crypto_init());
    login = (struct wsync_login){.sessions = {{.number = 0}}};
    return 0;
}

static void a_session_is_found_by_its_id_alone(void **state)
{
    (void)state;
    struct wsync_login_id id = wsync_login_begin(&login, 3, STAMP, NOW);
    struct wsync_login_id other = wsync_login_begin(&login, 3, STAMP, NOW);
    struct wsync_login_session *session = wsync_login_find(&login, id.text, NOW);
    assert_non_null(session);
    assert_true(session->number == 3 && session->stamp == STAMP);
    assert_int_equal(strlen(id.text), 64);
    assert_string_not_equal(id.text, other.text);
    assert_ptr_not_equal(session, wsync_login_find(&login, other.text, NOW));
    static const char *const NONE[] = {"", "0", "../../etc/passwd", "x"};
    for (size_t i = 0; i < sizeof NONE / sizeof *NONE; i++) {
        assert_null(wsync_login_find(&login, NONE[i], NOW));
    }
    for (size_t i = 0; i < 64; i++) { /* one digit off, one cut, one more */
        struct wsync_login_id bent = id;
        bent.text[i] = bent.text[i] == 'a' ? 'b' : 'a';
        assert_null(wsync_login_find(&login, bent.text, NOW));
        bent = id;
        bent.text[i] = '\0';
        assert_null(wsync_login_find(&login, bent.text, NOW));
    }
    wsync_login_end(session);
    assert_null(wsync_login_find(&login, id.text, NOW));
    assert_non_null(wsync_login_find(&login, other.text, NOW));
}

/* What stands in memory is no id, and does not lead to one. */
static void ids_are_not_kept(void **state)
{
    (void)state;
    struct wsync_login_id id = wsync_login_begin(&login, 1, STAMP, NOW);
    uint8_t bytes[WSYNC_LOGIN_ID_BYTES];
    assert_true(wsync_hex_decode(wsync_slice_of(id.text), bytes, sizeof bytes));
    const uint8_t *memory = (const uint8_t *)&login;
    for (size_t i = 0; i + sizeof bytes <= sizeof login; i++) {
        assert_int_not_equal(memcmp(memory + i, bytes, sizeof bytes), 0);
        assert_int_not_equal(memcmp(memory + i, id.text, sizeof bytes), 0);
    }
}

static void half_an_hour_without_a_request_ends_it(void **state)
{
    (void)state;
    struct wsync_login_id id = wsync_login_begin(&login, 1, STAMP, NOW);
    int64_t last = NOW + WSYNC_LOGIN_IDLE_S - 1;
    assert_non_null(wsync_login_find(&login, id.text, last));
    wsync_login_touch(wsync_login_find(&login, id.text, last), last);
    last += WSYNC_LOGIN_IDLE_S - 1;
    assert_non_null(wsync_login_find(&login, id.text, last)); /* looked at, not touched */
    assert_null(wsync_login_find(&login, id.text, last + 1));
    assert_null(wsync_login_find(&login, id.text, NOW)); /* over is over */
}

static void twelve_hours_end_it_whatever_is_done(void **state)
{
    (void)state;
    struct wsync_login_id id = wsync_login_begin(&login, 1, STAMP, NOW);
    int64_t now = NOW;
    for (; now < NOW + WSYNC_LOGIN_AGE_S; now += 60) {
        struct wsync_login_session *session = wsync_login_find(&login, id.text, now);
        assert_non_null(session);
        wsync_login_touch(session, now);
    }
    assert_null(wsync_login_find(&login, id.text, now));
}

static void one_more_ends_the_one_idle_longest(void **state)
{
    (void)state;
    static struct wsync_login_id ids[WSYNC_LOGIN_SESSIONS];
    for (size_t i = 0; i < WSYNC_LOGIN_SESSIONS; i++) {
        ids[i] = wsync_login_begin(&login, (uint32_t)i + 1, STAMP, NOW + (int64_t)i);
    }
    int64_t now = NOW + WSYNC_LOGIN_SESSIONS;
    wsync_login_touch(wsync_login_find(&login, ids[0].text, now), now);
    struct wsync_login_id more = wsync_login_begin(&login, 7, STAMP, now);
    assert_non_null(wsync_login_find(&login, more.text, now));
    for (size_t i = 0; i < WSYNC_LOGIN_SESSIONS; i++) {
        bool there = wsync_login_find(&login, ids[i].text, now) != NULL;
        assert_int_equal(there, i != 1);
    }
    wsync_login_end(wsync_login_find(&login, ids[5].text, now)); /* a free place comes first */
    more = wsync_login_begin(&login, 8, STAMP, now);
    assert_non_null(wsync_login_find(&login, ids[2].text, now));
    assert_non_null(wsync_login_find(&login, more.text, now));
}

static void an_address_waits_after_many(void **state)
{
    (void)state;
    static const int64_t WAITS[] = {60, 120, 240, 480, 900, 900};
    int64_t now = NOW;
    for (int i = 1; i < WSYNC_LOGIN_TRIES; i++) {
        wsync_login_note(&login, "192.168.1.9", false, now);
        assert_int_equal(wsync_login_wait_s(&login, "192.168.1.9", now), 0);
    }
    for (size_t i = 0; i < sizeof WAITS / sizeof *WAITS; i++) {
        wsync_login_note(&login, "192.168.1.9", false, now);
        assert_int_equal(wsync_login_wait_s(&login, "192.168.1.9", now), WAITS[i]);
        assert_int_equal(wsync_login_wait_s(&login, "192.168.1.10", now), 0);
        now += WAITS[i];
        assert_int_equal(wsync_login_wait_s(&login, "192.168.1.9", now), 0);
    }
    wsync_login_note(&login, "192.168.1.9", true, now);
    wsync_login_note(&login, "192.168.1.9", false, now);
    assert_int_equal(wsync_login_wait_s(&login, "192.168.1.9", now), 0);
}

static void what_was_long_ago_is_forgotten(void **state)
{
    (void)state;
    for (int i = 1; i < WSYNC_LOGIN_TRIES; i++) {
        wsync_login_note(&login, "::1", false, NOW);
    }
    wsync_login_note(&login, "::1", false, NOW + WSYNC_LOGIN_FORGET_S);
    assert_int_equal(wsync_login_wait_s(&login, "::1", NOW + WSYNC_LOGIN_FORGET_S), 0);
}

/* Whoever has a whole network of addresses is known by each of them. */
static void every_address_of_a_network_is_remembered(void **state)
{
    (void)state;
    char text[32];
    for (int i = 0; i < 1000; i++) {
        snprintf(text, sizeof text, "10.0.%d.%d", i / 256, i % 256);
        assert_true(wsync_login_is_clean(&login, text, NOW + i));
        wsync_login_note(&login, text, false, NOW + i);
    }
    for (int i = 0; i < 1000; i++) {
        snprintf(text, sizeof text, "10.0.%d.%d", i / 256, i % 256);
        assert_false(wsync_login_is_clean(&login, text, NOW + 1000));
    }
    assert_true(wsync_login_is_clean(&login, "10.1.0.1", NOW + 1000));
    assert_true(wsync_login_is_clean(&login, "10.0.0.0", NOW + WSYNC_LOGIN_FORGET_S));
    wsync_login_note(&login, "10.0.0.7", true, NOW + 1000);
    assert_true(wsync_login_is_clean(&login, "10.0.0.7", NOW + 1000));
}

/* Many addresses push out the one that was wrong longest ago, and never the latest. */
static void there_is_room_for_the_latest(void **state)
{
    (void)state;
    char text[32];
    for (int i = 0; i < WSYNC_LOGIN_TRIES; i++) {
        wsync_login_note(&login, "10.0.0.1", false, NOW + 1000);
    }
    for (int i = 0; i < 2 * WSYNC_LOGIN_ADDRESSES; i++) {
        snprintf(text, sizeof text, "10.0.1.%d", i);
        wsync_login_note(&login, text, false, NOW + i / 4);
    }
    assert_int_equal(wsync_login_wait_s(&login, "10.0.0.1", NOW + 1000), 60);
    wsync_login_note(&login, "10.0.2.1", true, NOW); /* takes nobody's place */
    assert_int_equal(wsync_login_wait_s(&login, "10.0.0.1", NOW + 1000), 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_session_is_found_by_its_id_alone, set_up),
        cmocka_unit_test_setup(ids_are_not_kept, set_up),
        cmocka_unit_test_setup(half_an_hour_without_a_request_ends_it, set_up),
        cmocka_unit_test_setup(twelve_hours_end_it_whatever_is_done, set_up),
        cmocka_unit_test_setup(one_more_ends_the_one_idle_longest, set_up),
        cmocka_unit_test_setup(an_address_waits_after_many, set_up),
        cmocka_unit_test_setup(what_was_long_ago_is_forgotten, set_up),
        cmocka_unit_test_setup(every_address_of_a_network_is_remembered, set_up),
        cmocka_unit_test_setup(there_is_room_for_the_latest, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
