/* SPDX-License-Identifier: Apache-2.0 */
/* Handlers that wait for something while others are answered (decision 0017). */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/fiber.h"
#include "tests/http_probe.h"

enum { SECOND = 1000, MANY = WSYNC_HTTP_WAITING_MAX };

static int open_rig(void **state)
{
    (void)state;
    http_rig_open_wide(&rig, 2 * MANY);
    return 0;
}

static unsigned take(int fd)
{
    return http_rig_take(&rig, fd, false, &reply) ? reply.status : 0;
}

static void others_are_answered_while_one_waits(void **state)
{
    (void)state;
    int waits = http_rig_get(&rig, "/wait?a=1");
    assert_true(http_rig_is_held(&rig, waits));
    int other = http_rig_get(&rig, "/query?b=2");
    assert_int_equal(take(other), 200);
    assert_string_equal(reply.body, "b=2\n");
    http_rig_wake(&rig, false); /* for another one */
    assert_true(http_rig_is_held(&rig, waits));
    assert_int_equal(rig.ended, 0);
    http_rig_wake(&rig, true);
    assert_int_equal(take(waits), 200);
    assert_string_equal(reply.body, "a=1\n");
    /* and the connection is as good as before */
    assert_true(http_rig_say(&rig, waits, "GET /query?c=3 HTTP/1.1\nHost: %H\n\n"));
    assert_int_equal(take(waits), 200);
    assert_string_equal(reply.body, "c=3\n");
    close(waits);
    close(other);
}

static void one_may_wait_several_times(void **state)
{
    (void)state;
    int waits = http_rig_get(&rig, "/wait?times=3");
    for (int i = 0; i < 3; i++) {
        assert_true(http_rig_is_held(&rig, waits));
        http_rig_wake(&rig, true);
    }
    assert_int_equal(take(waits), 200);
    close(waits);
}

static void time_does_not_run_while_one_waits(void **state)
{
    (void)state;
    int waits = http_rig_get(&rig, "/wait");
    assert_true(http_rig_is_held(&rig, waits));
    http_rig_pass(100 * HTTP_RIG_REQUEST_S * SECOND);
    assert_int_equal(wsync_http_wait_ms(rig.server), -1);
    assert_true(http_rig_is_held(&rig, waits));
    http_rig_wake(&rig, true);
    assert_int_equal(take(waits), 200);
    http_rig_pass(HTTP_RIG_IDLE_S * SECOND); /* from here on it does */
    assert_false(http_rig_is_held(&rig, waits));
    close(waits);
}

/* Nobody reads what is ready: that ends as everything does that is not read. */
static void an_answer_that_came_late_is_not_kept_for_ever(void **state)
{
    (void)state;
    int waits = http_rig_get(&rig, "/wait");
    assert_true(http_rig_is_held(&rig, waits));
    http_rig_pass(2 * HTTP_RIG_REQUEST_S * SECOND);
    http_rig_wake(&rig, true);
    int wait_ms = wsync_http_wait_ms(rig.server);
    assert_true(wait_ms >= 0 && wait_ms <= HTTP_RIG_REQUEST_S * SECOND);
    assert_int_equal(take(waits), 200);
    close(waits);
}

static void a_browser_that_goes_away_leaves_nothing(void **state)
{
    (void)state;
    size_t before = wsync_open_files();
    for (unsigned i = 0; i < 3 * MANY; i++) { /* more than there are places for either */
        int waits = http_rig_get(&rig, i % 2 ? "/wait?times=2" : "/wait");
        assert_true(http_rig_is_held(&rig, waits));
        if (i % 3 == 0) { /* not politely */
            const struct linger hard = {1, 0};
            setsockopt(waits, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
        }
        close(waits);
        assert_true(http_rig_is_held(&rig, -1));
        assert_int_equal(rig.ended, i);
        http_rig_wake(&rig, true);
        http_rig_wake(&rig, true);
        assert_int_equal(rig.ended, i + 1); /* its handler came to its end all the same */
        assert_true(http_rig_is_held(&rig, -1));
        assert_int_equal(wsync_open_files(), before);
    }
    int other = http_rig_get(&rig, "/query?b=2");
    assert_int_equal(take(other), 200);
    close(other);
}

static void so_many_may_wait_and_pages_are_shown(void **state)
{
    (void)state;
    int waits[MANY];
    for (size_t i = 0; i < MANY; i++) {
        waits[i] = http_rig_get(&rig, "/wait?a=1");
        assert_true(http_rig_is_held(&rig, waits[i]));
    }
    int other = http_rig_get(&rig, "/wait");
    assert_int_equal(take(other), 503);
    assert_string_equal(reply.body, "told");
    close(other);
    other = http_rig_get(&rig, "/query?b=2");
    assert_int_equal(take(other), 200);
    close(other);
    http_rig_wake(&rig, true);
    for (size_t i = 0; i < MANY; i++) {
        assert_int_equal(take(waits[i]), 200);
        close(waits[i]);
    }
    other = http_rig_get(&rig, "/wait");
    assert_true(http_rig_is_held(&rig, other));
    http_rig_wake(&rig, true);
    assert_int_equal(take(other), 200);
    close(other);
}

static void closing_tells_those_that_wait(void **state)
{
    int waits[] = {http_rig_get(&rig, "/wait"), http_rig_get(&rig, "/wait?times=9"),
                   http_rig_get(&rig, "/wait")};
    for (size_t i = 0; i < 3; i++) {
        assert_true(http_rig_is_held(&rig, waits[i]));
    }
    close(waits[2]);
    http_rig_wake(&rig, false);
    http_rig_close(&rig);
    assert_int_equal(rig.told, 3);
    assert_int_equal(rig.ended, 0);
    for (size_t i = 0; i < 2; i++) { /* and each browser is told as well */
        char text[4096];
        ssize_t len = recv(waits[i], text, sizeof text - 1, 0);
        assert_true(len > 0);
        text[len] = '\0';
        assert_non_null(strstr(text, "503"));
        assert_non_null(strstr(text, "told"));
        close(waits[i]);
    }
    open_rig(state);
}

/* ---- what they run in ---- */

static char trail[64];

static void walk(void *context)
{
    const char *steps = context;
    for (size_t i = 0; steps[i]; i++) {
        trail[strlen(trail)] = steps[i];
        wsync_fiber_stand();
    }
}

static void two_fibers_go_on_in_turn(void **state)
{
    (void)state;
    struct wsync_fiber *one = wsync_fiber_new(), *other = wsync_fiber_new();
    assert_true(one && other);
    assert_false(wsync_fiber_begin(one, walk, "abc"));
    assert_false(wsync_fiber_begin(other, walk, "xy"));
    assert_false(wsync_fiber_go_on(one));
    assert_false(wsync_fiber_go_on(other));
    assert_false(wsync_fiber_go_on(one));
    assert_true(wsync_fiber_go_on(other));
    assert_false(wsync_fiber_begin(other, walk, "z")); /* it can be used again */
    assert_true(wsync_fiber_go_on(one));
    assert_true(wsync_fiber_go_on(other));
    assert_string_equal(trail, "axbycz");
    wsync_fiber_free(one);
    wsync_fiber_free(other);
    wsync_fiber_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(others_are_answered_while_one_waits),
        TEST(one_may_wait_several_times),
        TEST(time_does_not_run_while_one_waits),
        TEST(an_answer_that_came_late_is_not_kept_for_ever),
        TEST(a_browser_that_goes_away_leaves_nothing),
        TEST(so_many_may_wait_and_pages_are_shown),
        TEST(closing_tells_those_that_wait),
        cmocka_unit_test(two_fibers_go_on_in_turn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
