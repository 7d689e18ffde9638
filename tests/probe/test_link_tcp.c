/* SPDX-License-Identifier: Apache-2.0 */
/* What libzmq asks of the system's TCP, read from its own sockets: on a bad link that decides.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.h>

#include "tests/link_raw.h"

enum { SILENCE_MS = 8000, QUEUE_BYTES = 8192 };

static void *context;
static struct wsync_transport_pair server_pair, client_pair;
static struct link_raw_server server;
static void *caller, *accepted_by, *connected_by;

static int setup(void **state)
{
    (void)state;
    context = zmq_ctx_new();
    (void)alarm(60); /* a hang is a failure */
    if (wsync_link_keypair(&server_pair) != WSYNC_OK ||
        wsync_link_keypair(&client_pair) != WSYNC_OK) {
        return -1;
    }
    server = link_raw_serve(context, &server_pair, NULL, false);
    accepted_by = link_raw_monitor(context, server.socket);
    caller = link_raw_client(context, &server_pair.key, &client_pair);
    connected_by = link_raw_monitor(context, caller);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    (void)zmq_socket_monitor(caller, NULL, 0);
    (void)zmq_socket_monitor(server.socket, NULL, 0);
    link_raw_end(context);
    return 0;
}

/* The descriptors of both ends of a connection; the library keeps them. */
static void connect_both(int fds[2])
{
    assert_int_equal(zmq_connect(caller, server.endpoint), 0);
    assert_int_equal(
        link_raw_event(connected_by, ZMQ_EVENT_CONNECTED, LINK_RAW_LIMIT_MS, &fds[0]),
        ZMQ_EVENT_CONNECTED);
    assert_int_equal(
        link_raw_event(accepted_by, ZMQ_EVENT_ACCEPTED, LINK_RAW_LIMIT_MS, &fds[1]),
        ZMQ_EVENT_ACCEPTED);
}

static int asked(int fd, int level, int option)
{
    int value = -1;
    socklen_t len = sizeof value;
    assert_int_equal(getsockopt(fd, level, option, &value, &len), 0);
    return value;
}

/* ZMQ_TCP_MAXRT: how long what was sent may stay unanswered before the system cuts the line,
 * however far its timer of repetitions has backed off. */
static void the_time_of_silence_reaches_the_system(void **state)
{
    (void)state;
    int fds[2];
    link_raw_set(caller, ZMQ_TCP_MAXRT, SILENCE_MS);
    connect_both(fds);
    assert_int_equal(asked(fds[0], IPPROTO_TCP, TCP_USER_TIMEOUT), SILENCE_MS);
    assert_int_equal(asked(fds[1], IPPROTO_TCP, TCP_USER_TIMEOUT), 0); /* did not ask */
}

/* It is taken by a listening socket before it is bound, for the lines that come. */
static void the_one_who_listens_asks_for_its_own_lines(void **state)
{
    (void)state;
    int fds[2];
    void *other = link_raw_socket(context, ZMQ_ROUTER);
    char endpoint[64];
    size_t len = sizeof endpoint;
    link_raw_set(other, ZMQ_TCP_MAXRT, SILENCE_MS);
    link_raw_set(other, ZMQ_CURVE_SERVER, 1); /* else the line is gone before it is looked at */
    assert_int_equal(zmq_setsockopt(other, ZMQ_CURVE_SECRETKEY, server_pair.secret.b,
                                    WSYNC_PUBLIC_KEY_BYTES),
                     0);
    assert_int_equal(zmq_bind(other, "tcp://127.0.0.1:*"), 0);
    assert_int_equal(zmq_getsockopt(other, ZMQ_LAST_ENDPOINT, endpoint, &len), 0);
    void *monitor = link_raw_monitor(context, other);
    assert_int_equal(zmq_connect(caller, endpoint), 0);
    assert_int_equal(link_raw_event(monitor, ZMQ_EVENT_ACCEPTED, LINK_RAW_LIMIT_MS, &fds[1]),
                     ZMQ_EVENT_ACCEPTED);
    assert_int_equal(asked(fds[1], IPPROTO_TCP, TCP_USER_TIMEOUT), SILENCE_MS);
    (void)zmq_socket_monitor(other, NULL, 0);
}

/* Nagle's wait for an answer would cost a round trip for each small frame. */
static void small_frames_do_not_wait(void **state)
{
    (void)state;
    int fds[2];
    connect_both(fds);
    assert_int_equal(asked(fds[0], IPPROTO_TCP, TCP_NODELAY), 1);
    assert_int_equal(asked(fds[1], IPPROTO_TCP, TCP_NODELAY), 1);
}

/* What lies in the system's queue cannot be taken back for something more urgent: 64 KiB are
 * eight seconds of a 64 kbit/s line.  Linux doubles what it is asked for. */
static void the_queue_of_the_system_is_as_short_as_asked(void **state)
{
    (void)state;
    int fds[2];
    link_raw_set(caller, ZMQ_SNDBUF, QUEUE_BYTES);
    connect_both(fds);
    assert_int_equal(asked(fds[0], SOL_SOCKET, SO_SNDBUF), 2 * QUEUE_BYTES);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_time_of_silence_reaches_the_system),
        TEST(the_one_who_listens_asks_for_its_own_lines),
        TEST(small_frames_do_not_wait),
        TEST(the_queue_of_the_system_is_as_short_as_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
