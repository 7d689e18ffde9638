/* SPDX-License-Identifier: Apache-2.0 */
/* Pages are told that what they show has changed (decision 0017). */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/http_live.h"
#include "tests/http_probe.h"

enum { PLACES = 4, LOOK = WSYNC_HTTP_LOOK_MS };

static char heard[8192];

static int open_rig(void **state)
{
    (void)state;
    http_rig_open_wide(&rig, 2 * PLACES);
    return 0;
}

/* What came since the last time, which is nothing when nothing moves. */
static const char *hear(int fd)
{
    assert_true(http_rig_hear(&rig, fd, heard, sizeof heard));
    return heard;
}

static int listen_to_it(void)
{
    int fd = http_rig_get(&rig, "/live");
    assert_non_null(strstr(hear(fd), "event: change\ndata: 41\n\n"));
    return fd;
}

/* The first is sent to nobody, and the system says so at the second. */
static void pass_two_beats(void)
{
    for (int i = 0; i < 2; i++) {
        http_rig_pass(WSYNC_HTTP_BEAT_MS + LOOK);
        assert_true(http_rig_is_held(&rig, -1));
    }
}

static void a_stream_begins_with_what_is_now(void **state)
{
    (void)state;
    int fd = http_rig_get(&rig, "/live");
    assert_non_null(strstr(hear(fd), "HTTP/1.1 200 OK\r\n"));
    assert_non_null(strstr(heard, "Content-Type: text/event-stream\r\n"));
    assert_non_null(strstr(heard, "Cache-Control: no-store\r\n"));
    assert_non_null(strstr(heard, "Content-Security-Policy: default-src 'self';"));
    assert_non_null(strstr(heard, "retry: 3000\nevent: change\ndata: 41\n\n"));
    assert_string_equal(hear(fd), "");
    close(fd);
}

static void a_change_is_told_once_and_not_at_once(void **state)
{
    (void)state;
    int fd = listen_to_it(), other = listen_to_it();
    rig.revision = 42;
    http_rig_pass(LOOK - 500);
    assert_string_equal(hear(fd), "");
    http_rig_pass(500);
    assert_string_equal(hear(fd), "18\r\nevent: change\ndata: 42\n\n\r\n");
    assert_string_equal(hear(other), heard[0] ? "18\r\nevent: change\ndata: 42\n\n\r\n" : "");
    rig.revision = 43; /* and at most so often */
    assert_string_equal(hear(fd), "");
    rig.revision = 44;
    http_rig_pass(LOOK);
    assert_non_null(strstr(hear(fd), "data: 44\n"));
    assert_null(strstr(heard, "data: 43\n"));
    http_rig_pass(LOOK);
    assert_string_equal(hear(fd), "");
    close(fd);
    close(other);
}

static void a_quiet_stream_lives_and_says_so(void **state)
{
    (void)state;
    int fd = listen_to_it();
    size_t beats = 0, bytes = 0;
    for (int64_t ms = 0; ms < 20 * WSYNC_HTTP_BEAT_MS; ms += LOOK) {
        http_rig_pass(LOOK);
        hear(fd);
        bytes += strlen(heard);
        beats += strcmp(heard, "3\r\n:\n\n\r\n") == 0;
        assert_true(heard[0] == '\0' || heard[0] == '3');
    }
    assert_in_range(beats, 17, 20); /* far longer than a request may take */
    assert_int_equal(bytes, 8 * beats);
    close(fd);
}

static void nobody_looks_when_nobody_listens(void **state)
{
    (void)state;
    assert_int_equal(wsync_http_wait_ms(rig.server), -1);
    int fd = listen_to_it();
    int wait_ms = wsync_http_wait_ms(rig.server);
    assert_true(wait_ms > 0 && wait_ms <= LOOK);
    close(fd);
    pass_two_beats();
    unsigned before = rig.looks;
    assert_int_equal(wsync_http_wait_ms(rig.server), -1);
    rig.revision = 50;
    http_rig_pass(10 * LOOK);
    assert_true(http_rig_is_held(&rig, -1));
    assert_int_equal(rig.looks, before);
    fd = http_rig_get(&rig, "/live"); /* what happened meanwhile is what is now */
    assert_non_null(strstr(hear(fd), "data: 50\n"));
    close(fd);
}

static void a_browser_that_is_gone_is_found_out(void **state)
{
    (void)state;
    size_t before = wsync_open_files();
    for (int i = 0; i < 3 * PLACES; i++) {
        int fd = listen_to_it();
        if (i % 2 == 0) { /* not politely */
            const struct linger hard = {1, 0};
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
        }
        close(fd);
        pass_two_beats();
        assert_int_equal(wsync_open_files(), before);
    }
}

static void so_many_listen_and_pages_are_shown(void **state)
{
    (void)state;
    int fds[PLACES];
    for (size_t i = 0; i < PLACES; i++) {
        fds[i] = listen_to_it();
    }
    int other = http_rig_get(&rig, "/live");
    assert_true(http_rig_take(&rig, other, false, &reply));
    assert_int_equal(reply.status, 503);
    close(other);
    other = http_rig_get(&rig, "/query?a=1");
    assert_true(http_rig_take(&rig, other, false, &reply));
    assert_int_equal(reply.status, 200);
    close(other);
    close(fds[0]);
    pass_two_beats();
    assert_non_null(strstr(hear(fds[1]), ":\n\n"));
    fds[0] = listen_to_it();
    for (size_t i = 0; i < PLACES; i++) {
        close(fds[i]);
    }
}

/* Somebody who is there and takes nothing: what he does not read is not kept for ever. */
static void who_does_not_read_is_cut(void **state)
{
    (void)state;
    int fd = listen_to_it(), other = listen_to_it(), small = 1;
    unsigned looks = 0;
    size_t before = wsync_open_files();
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    while (looks < 100000 && wsync_open_files() == before) {
        looks++;
        rig.revision++;
        http_rig_pass(LOOK);
        assert_int_equal(wsync_http_run(rig.server), WSYNC_OK);
        assert_int_equal(wsync_http_run(rig.server), WSYNC_OK);
        assert_true(looks % 100 != 0 || http_rig_hear(&rig, other, heard, sizeof heard));
    }
    assert_int_equal(wsync_open_files(), before - 1);
    assert_true(looks > WSYNC_HTTP_STUCK_MS / LOOK);
    close(fd);
    close(other);
}

static void closing_ends_every_stream(void **state)
{
    int fds[PLACES];
    for (size_t i = 0; i < PLACES; i++) {
        fds[i] = listen_to_it();
    }
    http_rig_close(&rig);
    for (size_t i = 0; i < PLACES; i++) {
        ssize_t got = recv(fds[i], heard, sizeof heard, 0);
        assert_true(got == 5 && memcmp(heard, "0\r\n\r\n", 5) == 0); /* in order */
        assert_int_equal(recv(fds[i], heard, sizeof heard, 0), 0);
        close(fds[i]);
    }
    open_rig(state);
}

static void the_gate_stands_before_a_stream(void **state)
{
    (void)state;
    rig.may = WSYNC_ROLE_NOBODY;
    int fd = http_rig_get(&rig, "/live");
    assert_true(http_rig_take(&rig, fd, false, &reply));
    assert_int_equal(reply.status, 303);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_stream_begins_with_what_is_now),
        TEST(a_change_is_told_once_and_not_at_once),
        TEST(a_quiet_stream_lives_and_says_so),
        TEST(nobody_looks_when_nobody_listens),
        TEST(a_browser_that_is_gone_is_found_out),
        TEST(so_many_listen_and_pages_are_shown),
        TEST(who_does_not_read_is_cut),
        TEST(closing_ends_every_stream),
        TEST(the_gate_stands_before_a_stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
