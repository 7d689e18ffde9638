/* SPDX-License-Identifier: Apache-2.0 */
/* The server of pages and its connections: how many, for how long, and what ends them. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/http_probe.h"

enum { SECOND = 1000, MANY = 12 };

static int open_rig(void **state)
{
    (void)state;
    http_rig_open(&rig, "127.0.0.1:0");
    return 0;
}

static bool is_answered(int fd)
{
    return http_rig_take(&rig, fd, false, &reply) && reply.status == 200;
}

static const char GET[] = "GET /query?a=1 HTTP/1.1\nHost: %H\n\n";

static void a_connection_is_kept_from_one_request_to_the_next(void **state)
{
    (void)state;
    int fd = http_rig_connect(&rig);
    for (int i = 0; i < 50; i++) { /* far longer than one request may take */
        assert_true(http_rig_say(&rig, fd, GET));
        assert_true(is_answered(fd));
        http_rig_pass((HTTP_RIG_IDLE_S - 1) * SECOND);
    }
    assert_true(http_rig_say(&rig, fd, "GET /nothing HTTP/1.1\nHost: %H\n\n"));
    assert_true(http_rig_take(&rig, fd, false, &reply));
    assert_int_equal(reply.status, 404);
    assert_true(
        http_rig_say(&rig, fd, "POST /save HTTP/1.1\nHost: %H\nContent-Length: 3\n\na=b"));
    assert_true(http_rig_take(&rig, fd, false, &reply));
    assert_int_equal(reply.status, 403);
    assert_true(http_rig_say(&rig, fd,
                             "GET /query?a=1 HTTP/1.1\nHost: %H\n\n"
                             "GET /query?b=2 HTTP/1.1\nHost: %H\n\n"));
    assert_true(is_answered(fd));
    assert_string_equal(reply.body, "a=1\n");
    assert_true(is_answered(fd));
    assert_string_equal(reply.body, "b=2\n");
    close(fd);
}

static void silence_ends_a_connection(void **state)
{
    (void)state;
    assert_int_equal(wsync_http_wait_ms(rig.server), -1);
    for (int answered = 0; answered < 2; answered++) {
        int fd = http_rig_connect(&rig);
        if (answered) {
            assert_true(http_rig_say(&rig, fd, GET));
            assert_true(is_answered(fd));
        } else {
            assert_true(http_rig_say(&rig, fd, "GE"));
        }
        http_rig_pass((HTTP_RIG_IDLE_S - 1) * SECOND);
        assert_true(http_rig_is_held(&rig, fd));
        int wait_ms = wsync_http_wait_ms(rig.server);
        assert_true(wait_ms > 0 && wait_ms <= SECOND);
        http_rig_pass(SECOND);
        assert_int_equal(wsync_http_wait_ms(rig.server), 0);
        assert_false(http_rig_is_held(&rig, fd));
        close(fd);
        assert_int_equal(wsync_http_wait_ms(rig.server), -1);
    }
}

/* Sends a byte of `rest` every few seconds; after how many is the connection cut? */
static int drip(const char *begin, const char *rest, int every_s)
{
    int sent = 0;
    int fd = http_rig_connect(&rig);
    assert_true(http_rig_say(&rig, fd, begin));
    while (sent < 100 && http_rig_is_held(&rig, fd)) {
        http_rig_pass(every_s * SECOND);
        http_rig_send(&rig, fd, &rest[(size_t)sent++ % strlen(rest)], 1);
    }
    close(fd);
    return sent;
}

static void a_byte_now_and_then_holds_nothing(void **state)
{
    (void)state;
    size_t before = wsync_open_files();
    for (int i = 0; i <= HTTP_RIG_CONNECTIONS; i++) {
        assert_int_equal(drip("G", "E", 2), HTTP_RIG_IDLE_S / 2);
        assert_int_equal(drip("GET / HTTP/1.1\n", "X-Slow: 1\r\n", 5), HTTP_RIG_REQUEST_S / 5);
        assert_int_equal(drip("POST /save HTTP/1.1\nHost: %H\nOrigin: %O\nContent-Type: "
                              "application/x-www-form-urlencoded\nContent-Length: 9999\n\n",
                              "a", 5),
                         HTTP_RIG_REQUEST_S / 5);
        /* refused already, and read to its end */
        assert_int_equal(drip("POST / HTTP/1.1\nHost: %H\nContent-Length: 9999\n\n", "a", 5),
                         HTTP_RIG_REQUEST_S / 5);
    }
    assert_int_equal(rig.handled, 0);
    assert_int_equal(wsync_open_files(), before);
    int fd = http_rig_connect(&rig);
    assert_true(http_rig_say(&rig, fd, GET));
    assert_true(is_answered(fd));
    close(fd);
}

static void nobody_is_late_for_the_time_of_a_handler(void **state)
{
    (void)state;
    int first = http_rig_connect(&rig), second = http_rig_connect(&rig);
    assert_true(http_rig_say(&rig, first, GET));
    assert_true(is_answered(first));
    assert_true(http_rig_say(&rig, second, GET));
    assert_true(is_answered(second));
    char bytes[512];
    size_t len = http_rig_write(&rig, "GET /long HTTP/1.1\nHost: %H\n\n", bytes, sizeof bytes);
    assert_int_equal(send(first, bytes, len, 0), (ssize_t)len);
    assert_int_equal(wsync_http_run(rig.server), WSYNC_OK); /* the second asks meanwhile */
    assert_int_equal(rig.handled, 3);
    len = http_rig_write(&rig, GET, bytes, sizeof bytes);
    assert_int_equal(send(second, bytes, len, 0), (ssize_t)len);
    assert_true(is_answered(second));
    assert_true(is_answered(first));
    close(first);
    close(second);
}

/* More than there are places, at once and of one address: who else makes room is seen in
 * test_http_crowd.c. */
static void only_so_many_are_served_at_a_time(void **state)
{
    (void)state;
    int fds[MANY], answered = 0;
    for (int i = 0; i < MANY; i++) {
        fds[i] = http_rig_connect(&rig);
    }
    size_t before = wsync_open_files();
    for (int i = 0; i < MANY; i++) {
        http_rig_is_held(&rig, fds[i]);
        assert_true(wsync_open_files() <=
                    before + HTTP_RIG_CONNECTIONS + 1); /* one that goes */
    }
    for (int i = 0; i < MANY; i++) {
        answered += http_rig_say(&rig, fds[i], GET) && is_answered(fds[i]);
        close(fds[i]);
    }
    assert_int_equal(answered, HTTP_RIG_CONNECTIONS);
    assert_int_equal(rig.handled, HTTP_RIG_CONNECTIONS);
    for (int i = 0; i < MANY; i++) { /* those that are kept are none of anybody's business */
        fds[i] = http_rig_connect(&rig);
        assert_true(http_rig_say(&rig, fds[i], GET));
        assert_true(is_answered(fds[i]));
        http_rig_pass(1);
    }
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(http_rig_is_held(&rig, fds[i]), i >= MANY - HTTP_RIG_CONNECTIONS);
        close(fds[i]);
    }
}

static void one_that_hangs_up_leaves_nothing(void **state)
{
    (void)state;
    static const char *const BEGUN[] = {
        "", "GET", "GET / HTTP/1.1\nHost: %H\n",
        "POST /save HTTP/1.1\nHost: %H\nOrigin: %O\nContent-Type: "
        "application/x-www-form-urlencoded\nContent-Length: 99\n\ntext=1",
        "GET /query HTTP/1.1\nHost: %H\n\n"};
    size_t before = wsync_open_files();
    for (size_t i = 0; i < 5 * sizeof BEGUN / sizeof *BEGUN; i++) {
        int fd = http_rig_connect(&rig);
        assert_true(http_rig_say(&rig, fd, BEGUN[i % (sizeof BEGUN / sizeof *BEGUN)]));
        close(fd);
        http_rig_is_held(&rig, -1);
        http_rig_pass(HTTP_RIG_REQUEST_S * SECOND); /* some the library does not see go */
        http_rig_is_held(&rig, -1);
        assert_int_equal(wsync_open_files(), before);
        assert_int_equal(wsync_http_wait_ms(rig.server), -1);
    }
    assert_string_equal(rig.saved, "");
}

/* ---- where ---- */

static const struct wsync_http_route NONE = {.path = NULL};

static enum wsync_err open_at(const char *address, struct wsync_http_server **server,
                              struct wsync_error *error)
{
    const struct wsync_http_setup setup = {
        .address = address, .routes = &NONE, .refuse = wsync_page_refuse};
    return wsync_http_open(&setup, server, error);
}

static void only_this_machine_is_served(void **state)
{
    (void)state;
    static const struct {
        const char *address, *sentence;
    } CASES[] = {
        {"0.0.0.0:8211", "other machines"},
        {"192.168.1.10:8211", "other machines"},
        {"[::]:8211", "other machines"},
        {"[fe80::1]:8211", "other machines"},
        {"128.0.0.1:8211", "other machines"},
        {"[::ffff:10.0.0.1]:1", "other machines"},
        {"localhost:8211", "no address"},
        {"127.0.0.1", "no address"},
        {"127.0.0.1:", "no address"},
        {"127.0.0.1:65536", "no address"},
        {"127.0.0.1:-1", "no address"},
        {"127.0.0.1:80x", "no address"},
        {"127.0.0.1.1:80", "no address"},
        {"[::1:80", "no address"},
        {"::1:80", "no address"},
        {":80", "no address"},
        {"[]:80", "no address"},
        {"", "no address"},
        {"8211", "no address"},
        {"127.1:80", "no address"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct wsync_http_server *server = NULL;
        struct wsync_error error = {""};
        assert_int_equal(open_at(CASES[i].address, &server, &error), WSYNC_ERR_INVALID);
        if (!strstr(error.text, CASES[i].sentence) || server) {
            fail_msg("%s: %s", CASES[i].address, error.text);
        }
    }
}

static void an_address_is_taken_once(void **state)
{
    (void)state;
    struct wsync_http_server *server = NULL;
    struct wsync_error error = {""};
    size_t before = wsync_open_files();
    assert_int_equal(open_at(rig.host, &server, &error), WSYNC_ERR_INVALID);
    assert_non_null(strstr(error.text, rig.host));
    assert_non_null(strstr(error.text, "in use"));
    assert_null(server);
    assert_int_equal(wsync_open_files(), before);
    assert_int_equal(open_at("127.0.0.2:0", &server, &error), WSYNC_OK);
    assert_true(strncmp(wsync_http_url(server), "http://127.0.0.2:", 17) == 0);
    wsync_http_close(server);
    if (open_at("[0:0::1]:0", &server, &error) == WSYNC_OK) { /* not every machine has it */
        assert_true(strncmp(wsync_http_url(server), "http://[::1]:", 13) == 0);
        wsync_http_close(server);
    }
    assert_int_equal(wsync_open_files(), before);
    wsync_http_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_connection_is_kept_from_one_request_to_the_next),
        TEST(silence_ends_a_connection),
        TEST(a_byte_now_and_then_holds_nothing),
        TEST(nobody_is_late_for_the_time_of_a_handler),
        TEST(only_so_many_are_served_at_a_time),
        TEST(one_that_hangs_up_leaves_nothing),
        TEST(only_this_machine_is_served),
        TEST(an_address_is_taken_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
