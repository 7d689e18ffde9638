/* SPDX-License-Identifier: Apache-2.0 */
/* Facts about libzmq that the link rests on: when an upgrade changes one, this turns red. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

#include "tests/link_raw.h"

enum { ROUTER_NOTIFY = 97, SHORT_MS = 300 };

static const int outcome = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
                           ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
                           ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL;

static void *context;
static struct wsync_transport_pair server_pair, client_pair;

static int setup(void **state)
{
    (void)state;
    context = zmq_ctx_new();
    (void)alarm(60); /* a hang is a failure */
    return wsync_link_keypair(&server_pair) != WSYNC_OK ||
           wsync_link_keypair(&client_pair) != WSYNC_OK;
}

static int teardown(void **state)
{
    (void)state;
    link_raw_end(context);
    return 0;
}

static void *zap_handler(void)
{
    void *zap = link_raw_socket(context, ZMQ_REP);
    assert_int_equal(zmq_bind(zap, "inproc://zeromq.zap.01"), 0);
    return zap;
}

struct caller {
    void *socket, *monitor;
};

static struct caller call(const char *endpoint)
{
    struct caller caller = {.socket =
                                link_raw_client(context, &server_pair.key, &client_pair)};
    caller.monitor = link_raw_monitor(context, caller.socket);
    assert_int_equal(zmq_connect(caller.socket, endpoint), 0);
    return caller;
}

static void end(struct caller *caller)
{
    (void)zmq_socket_monitor(caller->socket, NULL, 0);
    link_raw_close(caller->socket);
    link_raw_close(caller->monitor);
}

static int handshake_without_handler(bool enforce)
{
    struct link_raw_server server = link_raw_serve(context, &server_pair, "domain", enforce);
    struct caller caller = call(server.endpoint);
    int event = link_raw_event(caller.monitor, outcome, LINK_RAW_LIMIT_MS, NULL);
    end(&caller);
    link_raw_close(server.socket);
    return event;
}

static void option_93_keeps_the_door_shut_when_zap_is_dead(void **state)
{
    (void)state;
    assert_int_equal(handshake_without_handler(true), ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL);
}

static void without_option_93_a_dead_zap_lets_everyone_in(void **state)
{
    (void)state;
    assert_int_equal(handshake_without_handler(false), ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
}

static void the_body_carries_the_user_id(void **state)
{
    (void)state;
    void *zap = zap_handler();
    struct link_raw_server server = link_raw_serve(context, &server_pair, "domain", true);
    struct caller caller = call(server.endpoint);
    link_raw_answer(zap, "200");
    assert_int_equal(zmq_send(caller.socket, "x", 1, 0), 1);
    assert_true(link_raw_readable(server.socket, LINK_RAW_LIMIT_MS));
    zmq_msg_t id, body;
    assert_int_equal(zmq_msg_init(&id), 0);
    assert_int_equal(zmq_msg_init(&body), 0);
    assert_int_equal(zmq_msg_recv(&id, server.socket, 0), 5);
    assert_int_equal(zmq_msg_recv(&body, server.socket, 0), 1);
    assert_int_equal(((const char *)zmq_msg_data(&id))[0], 0);
    assert_non_null(zmq_msg_gets(&body, "User-Id"));
    assert_string_equal(zmq_msg_gets(&body, "User-Id"), "somebody");
    (void)zmq_msg_close(&id);
    (void)zmq_msg_close(&body);
    end(&caller);
    link_raw_close(server.socket);
    link_raw_close(zap);
}

static void status_400_stops_a_client_for_ever(void **state)
{
    (void)state;
    int status = 0;
    void *zap = zap_handler();
    struct link_raw_server server = link_raw_serve(context, &server_pair, "domain", true);
    struct caller caller = call(server.endpoint);
    link_raw_answer(zap, "400");
    assert_int_equal(link_raw_event(caller.monitor, outcome, LINK_RAW_LIMIT_MS, &status),
                     ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
    assert_int_equal(status, 400);
    /* Its interval is 5 ms: it would have knocked many times. */
    assert_int_equal(link_raw_event(caller.monitor,
                                    ZMQ_EVENT_CONNECT_RETRIED | ZMQ_EVENT_CONNECTED, SHORT_MS,
                                    NULL),
                     0);
    end(&caller);
    link_raw_close(server.socket);
    link_raw_close(zap);
}

/* The line is cut without a word: at once when the answer overtakes the library's own thread,
 * else when the server's handshake interval is over.  So the ward knocks with the public key
 * pair to tell it from a wrong server key. */
static void status_300_is_a_cut_line_and_the_client_comes_back(void **state)
{
    (void)state;
    int error = 0;
    size_t len = 64;
    char endpoint[64];
    void *zap = zap_handler();
    void *server = link_raw_socket(context, ZMQ_ROUTER);
    link_raw_set(server, ZMQ_HANDSHAKE_IVL, SHORT_MS);
    link_raw_set(server, ZMQ_CURVE_SERVER, 1);
    assert_int_equal(zmq_setsockopt(server, ZMQ_CURVE_SECRETKEY, server_pair.secret.b, 32), 0);
    assert_int_equal(zmq_setsockopt(server, ZMQ_ZAP_DOMAIN, "domain", 6), 0);
    assert_int_equal(zmq_bind(server, "tcp://127.0.0.1:*"), 0);
    assert_int_equal(zmq_getsockopt(server, ZMQ_LAST_ENDPOINT, endpoint, &len), 0);
    struct caller caller = call(endpoint);
    link_raw_answer(zap, "300");
    assert_int_equal(link_raw_event(caller.monitor, outcome, LINK_RAW_LIMIT_MS, &error),
                     ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL);
    assert_int_equal(error, EPIPE);
    link_raw_answer(zap, "200");
    assert_int_equal(link_raw_event(caller.monitor, outcome, LINK_RAW_LIMIT_MS, NULL),
                     ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    end(&caller);
    link_raw_close(server);
    link_raw_close(zap);
}

static void a_wrong_server_key_looks_like_a_cut_line(void **state)
{
    (void)state;
    int error = 0;
    struct link_raw_server server = link_raw_serve(context, &client_pair, NULL, false);
    struct caller caller = call(server.endpoint);
    assert_int_equal(link_raw_event(caller.monitor, outcome, LINK_RAW_LIMIT_MS, &error),
                     ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL);
    assert_int_equal(error, EPIPE);
    end(&caller);
    link_raw_close(server.socket);
}

static void a_router_without_mandatory_drops_in_silence(void **state)
{
    (void)state;
    void *router = link_raw_socket(context, ZMQ_ROUTER);
    assert_int_equal(zmq_send(router, "\0none", 5, ZMQ_SNDMORE | ZMQ_DONTWAIT), 5);
    assert_int_equal(zmq_send(router, "x", 1, ZMQ_DONTWAIT), 1);
    link_raw_set(router, ZMQ_ROUTER_MANDATORY, 1);
    assert_int_equal(zmq_send(router, "\0none", 5, ZMQ_SNDMORE | ZMQ_DONTWAIT), -1);
    assert_int_equal(zmq_errno(), EHOSTUNREACH);
    link_raw_close(router);
}

static void without_immediate_a_send_to_nobody_is_taken(void **state)
{
    (void)state;
    for (int immediate = 0; immediate < 2; immediate++) {
        void *dealer = link_raw_socket(context, ZMQ_DEALER);
        link_raw_set(dealer, ZMQ_IMMEDIATE, immediate);
        assert_int_equal(zmq_connect(dealer, "tcp://127.0.0.1:1"), 0);
        assert_int_equal(zmq_send(dealer, "x", 1, ZMQ_DONTWAIT), immediate ? -1 : 1);
        link_raw_close(dealer);
    }
}

/* S9.49 */
static void unbind_cuts_live_connections(void **state)
{
    (void)state;
    struct link_raw_server server = link_raw_serve(context, &server_pair, NULL, false);
    struct caller caller = call(server.endpoint);
    assert_int_equal(link_raw_event(caller.monitor, outcome, LINK_RAW_LIMIT_MS, NULL),
                     ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    assert_int_equal(zmq_unbind(server.socket, server.endpoint), 0);
    assert_false(link_raw_readable(server.socket, SHORT_MS)); /* its owner must let it work */
    assert_int_equal(
        link_raw_event(caller.monitor, ZMQ_EVENT_DISCONNECTED, LINK_RAW_LIMIT_MS, NULL),
        ZMQ_EVENT_DISCONNECTED);
    end(&caller);
    link_raw_close(server.socket);
}

static void with_handover_a_second_peer_takes_the_first_ones_name(void **state)
{
    (void)state;
    for (int handover = 0; handover < 2; handover++) {
        struct link_raw_server server = link_raw_serve(context, &server_pair, NULL, false);
        link_raw_set(server.socket, ZMQ_ROUTER_HANDOVER, handover);
        struct caller callers[2];
        for (int i = 0; i < 2; i++) {
            callers[i].socket = link_raw_client(context, &server_pair.key, &client_pair);
            callers[i].monitor = link_raw_monitor(context, callers[i].socket);
            assert_int_equal(zmq_setsockopt(callers[i].socket, ZMQ_ROUTING_ID, "same", 4), 0);
            assert_int_equal(zmq_connect(callers[i].socket, server.endpoint), 0);
            assert_int_equal(zmq_send(callers[i].socket, i == 0 ? "1" : "2", 1, 0), 1);
            if (i == 0 || handover) {
                char bytes[8];
                assert_true(link_raw_readable(server.socket, LINK_RAW_LIMIT_MS));
                assert_int_equal(zmq_recv(server.socket, bytes, sizeof(bytes), 0), 4);
                assert_int_equal(zmq_recv(server.socket, bytes, sizeof(bytes), 0), 1);
                assert_int_equal(bytes[0], i == 0 ? '1' : '2');
            }
        }
        assert_false(link_raw_readable(server.socket, handover ? 0 : SHORT_MS));
        end(&callers[0]);
        end(&callers[1]);
        link_raw_close(server.socket);
    }
}

/* S9.50 */
static void a_taken_frame_is_not_a_delivered_frame(void **state)
{
    (void)state;
    struct link_raw_server server = link_raw_serve(context, &server_pair, NULL, false);
    struct caller caller = call(server.endpoint);
    assert_int_equal(link_raw_event(caller.monitor, outcome, LINK_RAW_LIMIT_MS, NULL),
                     ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    assert_int_equal(zmq_send(caller.socket, "x", 1, ZMQ_DONTWAIT), 1);
    assert_true(link_raw_readable(server.socket, LINK_RAW_LIMIT_MS));
    link_raw_close(server.socket); /* the district dies before it reads */
    assert_int_equal(
        link_raw_event(caller.monitor, ZMQ_EVENT_DISCONNECTED, LINK_RAW_LIMIT_MS, NULL),
        ZMQ_EVENT_DISCONNECTED);
    assert_false(link_raw_readable(caller.socket, 0)); /* and nobody says so */
    end(&caller);
}

/* What the next test does in a process of its own. */
static void claim_the_next_routing_id(void)
{
    unsigned char id[5], body[2];
    (void)signal(SIGABRT, SIG_DFL);
    (void)alarm(20);
    (void)close(STDERR_FILENO); /* the library says which assertion failed */
    void *own = zmq_ctx_new();
    struct link_raw_server server = link_raw_serve(own, &server_pair, NULL, false);
    for (int i = 0; i < 3; i++) {
        void *client = link_raw_client(own, &server_pair.key, &client_pair);
        if (i == 1) {
            id[4]++; /* it counts up: this is whom it will call the third */
            (void)zmq_setsockopt(client, ZMQ_ROUTING_ID, id, sizeof(id));
        }
        (void)zmq_connect(client, server.endpoint);
        (void)zmq_send(client, "x", 1, 0);
        (void)zmq_recv(server.socket, i == 0 ? id : body, i == 0 ? sizeof(id) : 1, 0);
        (void)zmq_recv(server.socket, body, sizeof(body), 0);
    }
    _exit(0);
}

/* So the first id must not be known to a peer: the link seeds rand(), the library does not. */
static void a_peer_that_claims_the_next_routing_id_kills_the_server(void **state)
{
    (void)state;
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        claim_the_next_routing_id();
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void the_first_routing_id_comes_from_rand(void **state)
{
    (void)state;
    unsigned char ids[2][5];
    for (int i = 0; i < 2; i++) {
        srand(1);
        struct link_raw_server server = link_raw_serve(context, &server_pair, NULL, false);
        struct caller caller = call(server.endpoint);
        assert_int_equal(zmq_send(caller.socket, "x", 1, 0), 1);
        assert_true(link_raw_readable(server.socket, LINK_RAW_LIMIT_MS));
        assert_int_equal(zmq_recv(server.socket, ids[i], 5, 0), 5);
        end(&caller);
        link_raw_close(server.socket);
    }
    assert_memory_equal(ids[0], ids[1], 5);
}

/* The high-water mark counts messages that are whole: one peer with a valid key can fill the
 * memory.  Only a limit on the process helps. */
static void an_unfinished_message_is_not_bounded_by_the_queue(void **state)
{
    (void)state;
    enum { PARTS = 200 };
    static uint8_t part[WSYNC_FRAME_BYTES_MAX];
    struct link_raw_server server = link_raw_serve(context, &server_pair, NULL, false);
    link_raw_set(server.socket, ZMQ_RCVHWM, 1);
    struct caller caller = call(server.endpoint);
    for (int i = 0; i < PARTS; i++) {
        assert_true(zmq_send(caller.socket, part, sizeof(part), ZMQ_SNDMORE) > 0);
    }
    assert_int_equal(zmq_send(caller.socket, part, 1, 0), 1);
    assert_true(link_raw_readable(server.socket, LINK_RAW_LIMIT_MS));
    int parts = 0, more = 1;
    for (size_t len = sizeof(more); more != 0; parts++) {
        assert_true(zmq_recv(server.socket, part, sizeof(part), ZMQ_DONTWAIT) >= 0);
        assert_int_equal(zmq_getsockopt(server.socket, ZMQ_RCVMORE, &more, &len), 0);
    }
    assert_int_equal(parts, PARTS + 2);
    end(&caller);
    link_raw_close(server.socket);
}

/* With it the district would learn of a peer's end at once: worth using when it is there. */
static void debian_has_no_word_of_a_peers_end(void **state)
{
    (void)state;
    void *router = link_raw_socket(context, ZMQ_ROUTER);
    int value = 1;
    assert_int_equal(zmq_setsockopt(router, ROUTER_NOTIFY, &value, sizeof(value)), -1);
    link_raw_close(router);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(option_93_keeps_the_door_shut_when_zap_is_dead),
        TEST(without_option_93_a_dead_zap_lets_everyone_in),
        TEST(the_body_carries_the_user_id),
        TEST(status_400_stops_a_client_for_ever),
        TEST(status_300_is_a_cut_line_and_the_client_comes_back),
        TEST(a_wrong_server_key_looks_like_a_cut_line),
        TEST(a_router_without_mandatory_drops_in_silence),
        TEST(without_immediate_a_send_to_nobody_is_taken),
        TEST(unbind_cuts_live_connections),
        TEST(with_handover_a_second_peer_takes_the_first_ones_name),
        TEST(a_taken_frame_is_not_a_delivered_frame),
        TEST(a_peer_that_claims_the_next_routing_id_kills_the_server),
        TEST(the_first_routing_id_comes_from_rand),
        TEST(an_unfinished_message_is_not_bounded_by_the_queue),
        TEST(debian_has_no_word_of_a_peers_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
