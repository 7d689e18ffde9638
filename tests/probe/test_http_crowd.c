/* SPDX-License-Identifier: Apache-2.0 */
/* The server of pages when every place is taken: who makes room for whom. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/http_rig.h"
#include "wardsync/crypto.h"

enum { CROWD = 16, FLOOD = 200, MORE = CROWD / 8 + 1 };
enum { GREEDY = 1, OTHER = 2, THIRD = 3 }; /* the last number of an address */

static struct http_rig rig;
static struct http_reply reply;

static int open_rig(void **state)
{
    (void)state;
    http_rig_open_wide(&rig, CROWD);
    return 0;
}

static int close_rig(void **state)
{
    (void)state;
    http_rig_close(&rig);
    return 0;
}

static bool send_text(int fd, const char *request)
{
    char bytes[512];
    size_t len = http_rig_write(&rig, request, bytes, sizeof bytes);
    return http_rig_send(&rig, fd, bytes, len);
}

static bool is_answered(int fd)
{
    return http_rig_take(&rig, fd, false, &reply) && reply.status == 200;
}

static size_t open_files(void)
{
    size_t count = 0;
    DIR *dir = opendir("/proc/self/fd");
    assert_non_null(dir);
    while (readdir(dir)) {
        count++;
    }
    closedir(dir);
    return count;
}

static const char GET[] = "GET /query?a=1 HTTP/1.1\nHost: %H\n\n";
static const char HALF[] = "GET / HTTP/1.1\nX-Slow: ";

/* Takes so many places, a moment one after the other. */
static void take(unsigned host, const char *begin, int *fds, int count)
{
    for (int i = 0; i < count; i++) {
        fds[i] = http_rig_connect_from(&rig, host);
        assert_true(send_text(fds[i], begin));
        http_rig_is_held(&rig, fds[i]);
        http_rig_pass(1);
    }
}

static int held(const int *fds, int count)
{
    int open = 0;
    for (int i = 0; i < count; i++) {
        open += http_rig_is_held(&rig, fds[i]);
    }
    return open;
}

static void close_all(const int *fds, int count)
{
    for (int i = 0; i < count; i++) {
        close(fds[i]);
    }
}

static void ask_from(unsigned host)
{
    int fd = http_rig_connect_from(&rig, host);
    assert_true(send_text(fd, GET));
    assert_true(is_answered(fd));
    close(fd);
    http_rig_is_held(&rig, -1);
}

static void who_holds_every_place_makes_room(void **state)
{
    (void)state;
    static const char *const BEGUN[] = {
        "", "G", HALF,
        "POST /save HTTP/1.1\nHost: %H\nOrigin: %O\nContent-Type: "
        "application/x-www-form-urlencoded\nContent-Length: 999\n\ntext=1",
        "POST / HTTP/1.1\nHost: %H\nContent-Length: 9999\n\na", /* refused, and read on */
        "GET /file HTTP/1.1\nHost: %H\n\n", /* and does not read it */
    };
    for (size_t i = 0; i < sizeof BEGUN / sizeof *BEGUN; i++) {
        int fds[CROWD];
        size_t before = open_files();
        take(GREEDY, BEGUN[i], fds, CROWD);
        ask_from(OTHER);
        ask_from(THIRD); /* the place that the first of them left again */
        size_t each = i < sizeof BEGUN / sizeof *BEGUN - 1 ? 1 : 2; /* a file besides */
        assert_true(open_files() <= before + CROWD + each * (CROWD - 1));
        close_all(fds, CROWD);
        http_rig_pass(3 * HTTP_RIG_REQUEST_S * 1000);
        http_rig_is_held(&rig, -1);
    }
}

static void the_one_that_stood_longest_goes(void **state)
{
    (void)state;
    int fds[CROWD];
    take(GREEDY, HALF, fds, CROWD);
    assert_int_equal(held(fds, CROWD), CROWD);
    int one = http_rig_connect_from(&rig, OTHER);
    assert_true(send_text(one, HALF));
    assert_false(http_rig_is_held(&rig, fds[0]));
    assert_int_equal(held(fds + 1, CROWD - 1), CROWD - 1);
    assert_true(http_rig_is_held(&rig, one));
    close_all(fds, CROWD);
    close(one);
}

/* However many more of its own come: they take from each other. */
static void who_has_few_keeps_them(void **state)
{
    (void)state;
    int fds[CROWD], few[2];
    take(OTHER, HALF, few, 2);
    take(GREEDY, HALF, fds, CROWD);
    for (int i = 0; i < FLOOD; i++) {
        int more = http_rig_connect_from(&rig, GREEDY);
        assert_true(send_text(more, "G"));
        close(fds[i % CROWD]);
        fds[i % CROWD] = more;
    }
    assert_int_equal(held(few, 2), 2);
    assert_true(send_text(few[0], "1\nHost: %H\n\n"));
    assert_true(is_answered(few[0]));
    close_all(fds, CROWD);
    close_all(few, 2);
}

/* Nobody asks for longer than it takes: what came all at once does not stop the door. */
static void a_flood_at_once_does_not_shut_the_door(void **state)
{
    (void)state;
    int fds[FLOOD / 2];
    size_t before = open_files();
    for (int i = 0; i < FLOOD / 2; i++) {
        fds[i] = http_rig_connect_from(&rig, GREEDY);
    }
    ask_from(OTHER);
    assert_true(open_files() <= before + FLOOD / 2 + CROWD + MORE);
    int open = held(fds, FLOOD / 2);
    assert_true(open >= CROWD - 1 && open <= CROWD);
    close_all(fds, FLOOD / 2);
}

static void who_was_let_in_and_waits_is_not_cut(void **state)
{
    (void)state;
    int fds[CROWD], waits = http_rig_connect_from(&rig, GREEDY),
                    listens = http_rig_connect_from(&rig, GREEDY);
    char said[512];
    assert_true(send_text(waits, "GET /wait HTTP/1.1\nHost: %H\n\n"));
    assert_true(send_text(listens, "GET /live HTTP/1.1\nHost: %H\n\n"));
    assert_true(http_rig_hear(&rig, listens, said, sizeof said));
    take(GREEDY, HALF, fds, CROWD);
    ask_from(OTHER);
    assert_true(http_rig_is_held(&rig, listens));
    http_rig_wake(&rig, true);
    assert_true(is_answered(waits));
    close_all(fds, CROWD);
    close(waits);
    close(listens);
}

/* Those who wait or listen were let in: they do not make an address one that holds many. */
static void a_house_that_listens_is_no_crowd(void **state)
{
    (void)state;
    int listens[CROWD / 2], fds[CROWD / 2];
    char said[512];
    for (int i = 0; i < CROWD / 2; i++) {
        listens[i] = http_rig_connect_from(&rig, OTHER);
        assert_true(send_text(listens[i], "GET /live HTTP/1.1\nHost: %H\n\n"));
        assert_true(http_rig_hear(&rig, listens[i], said, sizeof said));
    }
    take(GREEDY, HALF, fds, CROWD / 4);
    take(THIRD, HALF, fds + CROWD / 4, CROWD / 4);
    int one = http_rig_connect_from(&rig, OTHER);
    assert_true(send_text(one, HALF));
    assert_true(http_rig_is_held(&rig, one));
    assert_int_equal(held(fds, CROWD / 2), CROWD / 2 - 1);
    close_all(fds, CROWD / 2);
    close_all(listens, CROWD / 2);
    close(one);
}

int main(void)
{
    if (!wsync_crypto_init()) {
        return 1;
    }
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_rig, close_rig)
    const struct CMUnitTest tests[] = {
        TEST(who_holds_every_place_makes_room),
        TEST(the_one_that_stood_longest_goes),
        TEST(who_has_few_keeps_them),
        TEST(a_flood_at_once_does_not_shut_the_door),
        TEST(who_was_let_in_and_waits_is_not_cut),
        TEST(a_house_that_listens_is_no_crowd),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
