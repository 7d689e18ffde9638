/* SPDX-License-Identifier: Apache-2.0 */
/* The link against peers that break its rules, and against its own protection being off. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <glob.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.h>

#include "host/link_district.h"
#include "tests/link_raw.h"
#include "tests/link_rig.h"

static void *raw; /* the context of raw peers */

static const struct wsync_slice no_name = {NULL, 0};

static int setup(void **state)
{
    static struct link_rig rig;
    link_rig_open(&rig);
    raw = zmq_ctx_new();
    *state = &rig;
    (void)alarm(60); /* a hang is a failure */
    return 0;
}

static int teardown(void **state)
{
    link_raw_end(raw);
    link_rig_close(*state);
    return 0;
}

/* Polls the district until the raw client sees one of the events. */
static int district_until_event(struct link_rig *rig, void *monitor, int mask, int *value)
{
    int event = 0;
    for (int i = 0; i < 4000 && event == 0; i++) {
        link_rig_poll_district(rig, 2);
        event = link_raw_event(monitor, mask, 0, value);
    }
    return event;
}

static void *admitted_client(struct link_rig *rig, struct wsync_slice routing_id,
                             void **monitor)
{
    void *client = link_raw_client(raw, &rig->server.key, &rig->device);
    if (routing_id.len > 0) {
        assert_int_equal(
            zmq_setsockopt(client, ZMQ_ROUTING_ID, routing_id.data, routing_id.len), 0);
    }
    *monitor = link_raw_monitor(raw, client);
    assert_int_equal(zmq_connect(client, rig->address), 0);
    assert_int_equal(
        district_until_event(rig, *monitor, ZMQ_EVENT_HANDSHAKE_SUCCEEDED, NULL),
        ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    return client;
}

static void end(void *client, void *monitor)
{
    (void)zmq_socket_monitor(client, NULL, 0);
    link_raw_close(client);
    link_raw_close(monitor);
}

/* Polls the district until what waits at its ROUTER has been taken. */
static void district_takes(struct link_rig *rig)
{
    assert_true(link_raw_readable(rig->district->line.socket, LINK_RAW_LIMIT_MS));
    link_rig_poll_district(rig, 0);
    assert_false(link_raw_readable(rig->district->line.socket, 0));
}

/* Puts a ROUTER with CURVE that asks no ZAP handler in the place of the link's. */
static void take_protection_away(struct link_rig *rig)
{
    struct wsync_link_district *district = rig->district->own;
    wsync_line_close(&rig->district->line);
    struct link_raw_server bare =
        link_raw_serve(rig->district->context, &rig->server, NULL, true);
    link_raw_give(bare.socket);
    rig->district->line.socket = bare.socket;
    (void)snprintf(rig->address, sizeof(rig->address), "%s", bare.endpoint);
    memcpy(district->doors[0].endpoint, rig->address, strlen(rig->address) + 1);
}

static void self_test_passes_on_a_guarded_link(void **state)
{
    struct link_rig *rig = *state;
    struct wsync_error error = {""};
    assert_int_equal(wsync_link_self_test(rig->district, LINK_RAW_LIMIT_MS, &error), WSYNC_OK);
    assert_string_equal(error.text, "");
}

static void self_test_fails_unless_a_stranger_is_refused(void **state)
{
    struct link_rig *rig = *state;
    struct wsync_error error = {""};
    rig->strange = WSYNC_LINK_ADMIT;
    assert_int_equal(wsync_link_self_test(rig->district, LINK_RAW_LIMIT_MS, &error),
                     WSYNC_ERR_INVALID);
    assert_non_null(strstr(error.text, "let in"));
    rig->strange = WSYNC_LINK_NOT_YET;
    assert_int_equal(wsync_link_self_test(rig->district, 200, &error), WSYNC_ERR_INVALID);
}

static void case_10_no_serving_with_a_dead_zap_handler(void **state)
{
    struct link_rig *rig = *state;
    struct wsync_error error = {""};
    (void)zmq_close(rig->district->zap);
    rig->district->zap = NULL;
    assert_int_equal(wsync_link_self_test(rig->district, 1000, &error), WSYNC_ERR_INVALID);
    assert_null(strstr(error.text, "let in")); /* option 93 holds the door */
}

static void self_test_fails_without_zap_at_all(void **state)
{
    struct link_rig *rig = *state;
    struct wsync_error error = {""};
    take_protection_away(rig);
    assert_int_equal(wsync_link_self_test(rig->district, LINK_RAW_LIMIT_MS, &error),
                     WSYNC_ERR_INVALID);
    assert_non_null(strstr(error.text, "let in"));
}

static void case_10_a_dead_zap_handler_lets_nobody_in(void **state)
{
    struct link_rig *rig = *state;
    (void)zmq_close(rig->district->zap);
    rig->district->zap = NULL;
    link_rig_dial(rig, NULL, &rig->server.key);
    assert_true(link_rig_until(rig, &rig->downs, 1));
    assert_int_equal(rig->ups, 0);
}

/* S9.47 */
static void a_message_without_user_id_is_dropped(void **state)
{
    struct link_rig *rig = *state;
    void *monitor;
    take_protection_away(rig);
    void *client = admitted_client(rig, no_name, &monitor);
    assert_int_equal(zmq_send(client, "x", 1, 0), 1);
    district_takes(rig);
    assert_int_equal(rig->district_frames, 0);
    end(client, monitor);
}

/* S9.45: one message, one frame, at either side. */
static void only_one_frame_is_a_message(void **state)
{
    struct link_rig *rig = *state;
    void *monitor;
    void *client = admitted_client(rig, no_name, &monitor);
    assert_int_equal(zmq_send(client, "a", 1, ZMQ_SNDMORE), 1);
    assert_int_equal(zmq_send(client, "b", 1, ZMQ_SNDMORE), 1);
    assert_int_equal(zmq_send(client, "c", 1, 0), 1);
    assert_int_equal(zmq_send(client, "whole", 5, 0), 5);
    assert_true(link_rig_until(rig, &rig->district_frames, 1));
    assert_int_equal(rig->len, 5);
    assert_memory_equal(rig->bytes, "whole", 5);
    assert_int_equal(rig->district_frames, 1);
    end(client, monitor);
}

/* A raw server that the ward takes for the district; its handle of the ward goes to `id`. */
static struct link_raw_server false_district(struct link_rig *rig, uint8_t id[5])
{
    uint8_t hello[8];
    struct link_raw_server server = link_raw_serve(raw, &rig->server, NULL, false);
    link_rig_dial(rig, server.endpoint, &rig->server.key);
    assert_true(link_rig_until(rig, &rig->ups, 1));
    assert_int_equal(wsync_link_send(rig->ward, rig->peer, wsync_slice_of("hello")), WSYNC_OK);
    assert_true(link_raw_readable(server.socket, LINK_RAW_LIMIT_MS));
    assert_int_equal(zmq_recv(server.socket, id, 5, 0), 5);
    assert_int_equal(zmq_recv(server.socket, hello, sizeof(hello), 0), 5);
    return server;
}

static void only_one_frame_is_a_message_at_the_ward_too(void **state)
{
    struct link_rig *rig = *state;
    uint8_t id[5];
    struct link_raw_server server = false_district(rig, id);
    assert_int_equal(zmq_send(server.socket, id, sizeof(id), ZMQ_SNDMORE), sizeof(id));
    assert_int_equal(zmq_send(server.socket, "a", 1, ZMQ_SNDMORE), 1);
    assert_int_equal(zmq_send(server.socket, "b", 1, 0), 1);
    assert_int_equal(zmq_send(server.socket, id, sizeof(id), ZMQ_SNDMORE), sizeof(id));
    assert_int_equal(zmq_send(server.socket, "whole", 5, 0), 5);
    assert_true(link_rig_until(rig, &rig->ward_frames, 1));
    assert_int_equal(rig->len, 5);
    assert_memory_equal(rig->bytes, "whole", 5);
    assert_int_equal(rig->ward_frames, 1);
    link_raw_close(server.socket);
}

static void a_peer_that_names_itself_is_not_heard(void **state)
{
    struct link_rig *rig = *state;
    void *monitor;
    const struct wsync_slice names[] = {wsync_slice("boss!", 5), wsync_slice("\0boss!", 6),
                                        wsync_slice("\0bos", 4)};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        void *client = admitted_client(rig, names[i], &monitor);
        assert_int_equal(zmq_send(client, "x", 1, 0), 1);
        district_takes(rig);
        assert_int_equal(rig->district_frames, 0);
        end(client, monitor);
    }
}

/* The library would begin at the same handle in every run (see test_link_zmq.c). */
static void handles_cannot_be_foretold(void **state)
{
    struct link_rig *rig = *state;
    struct wsync_link_peer peers[2] = {0};
    for (unsigned i = 0; i < 2; i++) {
        link_rig_close(rig);
        srand(1);
        link_rig_open(rig);
        link_rig_dial(rig, NULL, &rig->server.key);
        assert_true(link_rig_until(rig, &rig->ups, 1));
        assert_int_equal(wsync_link_send(rig->ward, peers[0], wsync_slice_of("x")), WSYNC_OK);
        assert_true(link_rig_until(rig, &rig->district_frames, 1));
        peers[i] = rig->peer;
    }
    assert_memory_not_equal(peers[0].b, peers[1].b, sizeof(peers[0].b));
}

static void an_oversize_frame_cuts_the_line(void **state)
{
    struct link_rig *rig = *state;
    static uint8_t bytes[WSYNC_FRAME_BYTES_MAX + 1];
    void *monitor;
    void *client = admitted_client(rig, no_name, &monitor);
    assert_int_equal(zmq_send(client, bytes, sizeof(bytes), 0), sizeof(bytes));
    assert_int_equal(district_until_event(rig, monitor, ZMQ_EVENT_DISCONNECTED, NULL),
                     ZMQ_EVENT_DISCONNECTED);
    assert_int_equal(
        district_until_event(rig, monitor, ZMQ_EVENT_HANDSHAKE_SUCCEEDED, NULL),
        ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    assert_int_equal(zmq_send(client, bytes, sizeof(bytes) - 1, 0), sizeof(bytes) - 1);
    assert_true(link_rig_until(rig, &rig->district_frames, 1));
    assert_int_equal(rig->len, WSYNC_FRAME_BYTES_MAX);
    assert_int_equal(rig->district_frames, 1);
    end(client, monitor);
}

static void an_oversize_frame_from_the_district_cuts_the_line(void **state)
{
    struct link_rig *rig = *state;
    static uint8_t bytes[WSYNC_FRAME_BYTES_MAX + 1];
    uint8_t id[5];
    struct link_raw_server server = false_district(rig, id);
    assert_int_equal(zmq_send(server.socket, id, sizeof(id), ZMQ_SNDMORE), sizeof(id));
    assert_int_equal(zmq_send(server.socket, "good", 4, 0), 4);
    assert_int_equal(zmq_send(server.socket, id, sizeof(id), ZMQ_SNDMORE), sizeof(id));
    assert_int_equal(zmq_send(server.socket, bytes, sizeof(bytes), 0), sizeof(bytes));
    assert_true(link_rig_until(rig, &rig->downs, 1));
    assert_int_equal(rig->reason, WSYNC_LINK_LOST);
    assert_in_range(rig->ward_frames, 0, 1); /* the good one, unless the cut overtook it */
    assert_true(rig->ward_frames == 0 || rig->len == 4);
    link_raw_close(server.socket);
}

static void only_curve_comes_in(void **state)
{
    struct link_rig *rig = *state;
    void *client = link_raw_socket(raw, ZMQ_DEALER);
    void *monitor = link_raw_monitor(raw, client);
    int ends = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
               ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_DISCONNECTED;
    assert_int_equal(zmq_connect(client, rig->address), 0);
    int event = district_until_event(rig, monitor, ends, NULL);
    assert_true(event != 0 && event != ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    assert_int_equal(rig->asked, 0);
    end(client, monitor);
}

static void the_public_key_pair_is_refused_whatever_the_roster_says(void **state)
{
    struct link_rig *rig = *state;
    int status = 0;
    rig->strange = WSYNC_LINK_ADMIT;
    struct wsync_transport_pair known = wsync_link_public_pair();
    void *client = link_raw_client(raw, &rig->server.key, &known);
    void *monitor = link_raw_monitor(raw, client);
    assert_int_equal(zmq_connect(client, rig->address), 0);
    assert_int_equal(district_until_event(rig, monitor,
                                          ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
                                              ZMQ_EVENT_HANDSHAKE_SUCCEEDED, &status),
                     ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
    assert_int_equal(status, 400);
    end(client, monitor);
}

/* One question to the handler, part by part; its status. */
static void ask(struct link_rig *rig, const struct wsync_slice *parts, size_t count,
                char status[4])
{
    void *asker = zmq_socket(rig->district->context, ZMQ_REQ);
    assert_int_equal(zmq_connect(asker, "inproc://zeromq.zap.01"), 0);
    for (size_t i = 0; i < count; i++) {
        assert_true(zmq_send(asker, parts[i].data, parts[i].len,
                             i + 1 < count ? ZMQ_SNDMORE : 0) >= 0);
    }
    link_rig_poll_district(rig, LINK_RAW_LIMIT_MS);
    char id[64];
    assert_true(link_raw_readable(asker, LINK_RAW_LIMIT_MS));
    assert_int_equal(zmq_recv(asker, id, sizeof(id), 0), 3);
    assert_memory_equal(id, "1.0", 3);
    (void)zmq_recv(asker, id, sizeof(id), 0);
    assert_int_equal(zmq_recv(asker, status, 4, 0), 3);
    status[3] = '\0';
    wsync_line_skip(asker);
    (void)zmq_close(asker);
}

static void the_handler_refuses_what_is_not_a_question_of_ours(void **state)
{
    struct link_rig *rig = *state;
    char status[4];
    static const uint8_t junk[300];
    struct wsync_slice good[] = {wsync_slice_of("1.0"), wsync_slice_of("7"),
                                 wsync_slice_of(WSYNC_LINK_ZAP_DOMAIN),
                                 wsync_slice_of("127.0.0.1"), wsync_slice_of("id"),
                                 wsync_slice_of("CURVE"), WSYNC_BYTES(rig->device.key),
                                 wsync_slice_of("more")};
    ask(rig, good, 7, status);
    assert_string_equal(status, "200");
    ask(rig, good, 8, status);
    assert_string_equal(status, "400");
    for (size_t count = 1; count < 7; count++) {
        ask(rig, good, count, status);
        assert_string_equal(status, "400");
    }
    const struct {
        size_t part;
        struct wsync_slice bytes;
    } bad[] = {{2, wsync_slice_of("other")}, {5, wsync_slice_of("PLAIN")},
               {6, wsync_slice(rig->device.key.b, 31)}, {6, wsync_slice(junk, 33)},
               {6, wsync_slice(junk, sizeof(junk))}, {2, wsync_slice(junk, sizeof(junk))}};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct wsync_slice parts[7];
        memcpy(parts, good, sizeof(parts));
        parts[bad[i].part] = bad[i].bytes;
        ask(rig, parts, 7, status);
        assert_string_equal(status, "400");
    }
}

static enum wsync_link_admission anybody(void *context, struct wsync_transport_key key)
{
    (void)key;
    return context != NULL ? WSYNC_LINK_REFUSE : WSYNC_LINK_ADMIT;
}

/* S9.49: how a key is rotated without cutting a line. */
static void a_second_bind_serves_another_key(void **state)
{
    struct link_rig *rig = *state;
    struct wsync_transport_pair next;
    assert_int_equal(wsync_link_keypair(&next), WSYNC_OK);
    struct wsync_link_bind binds[] = {{"tcp://127.0.0.1:*", rig->server},
                                      {"tcp://0.0.0.0:0", next}};
    struct wsync_link_serve_options options = {
        .binds = binds, .bind_count = 2, .admit = anybody, .admit_context = &next};
    struct wsync_error error = {""};
    wsync_link_close(rig->district);
    assert_int_equal(wsync_link_serve(&options, &rig->district, &error), WSYNC_OK);
    if (wsync_link_self_test(rig->district, LINK_RAW_LIMIT_MS, &error) != WSYNC_OK) {
        fail_msg("%s", error.text);
    }
    const struct wsync_transport_key *keys[] = {&rig->server.key, &next.key};
    for (unsigned i = 0; i < 2; i++) { /* refused by the district: so the key was right */
        link_rig_dial(rig, wsync_link_endpoint(rig->district, i), keys[i]);
        assert_true(link_rig_until(rig, &rig->downs, i + 1));
        assert_int_equal(rig->reason, WSYNC_LINK_REFUSED);
        wsync_link_close(rig->ward);
        rig->ward = NULL;
    }
}

static void connections_are_bounded(void **state)
{
    struct link_rig *rig = *state;
    struct wsync_link_bind bind = {"tcp://127.0.0.1:0", rig->server};
    struct wsync_link_serve_options options = {
        .binds = &bind, .bind_count = 1, .admit = anybody, .connections_max = 1};
    wsync_link_close(rig->district);
    assert_int_equal(wsync_link_serve(&options, &rig->district, NULL), WSYNC_OK);
    const char *address = wsync_link_endpoint(rig->district, 0);
    link_rig_dial(rig, address, &rig->server.key);
    assert_true(link_rig_until(rig, &rig->ups, 1));
    struct wsync_link *first = rig->ward;
    link_rig_dial(rig, address, &rig->server.key);
    assert_true(link_rig_until(rig, &rig->downs, 1));
    assert_int_equal(rig->reason, WSYNC_LINK_NOT_READY);
    assert_int_equal(rig->ups, 1);
    wsync_link_close(first);
    assert_true(link_rig_until(rig, &rig->ups, 2));
}

static int option(void *socket, int which)
{
    int value = -1;
    size_t len = sizeof(value);
    assert_int_equal(zmq_getsockopt(socket, which, &value, &len), 0);
    return value;
}

/* S9.46: what a socket can be asked for; ROUTER_MANDATORY cannot (test_link.c shows it:
 * a_peer_that_is_gone_is_told), and the self-test has tests above. */
static void every_socket_has_the_options_of_the_design(void **state)
{
    struct link_rig *rig = *state;
    link_rig_dial(rig, NULL, &rig->server.key);
    assert_true(link_rig_until(rig, &rig->ups, 1));
    void *sockets[] = {rig->district->line.socket, rig->ward->line.socket};
    for (size_t i = 0; i < 2; i++) {
        int64_t message_bytes = 0;
        size_t len = sizeof(message_bytes);
        char id[256];
        size_t id_len = sizeof(id);
        assert_int_equal(zmq_getsockopt(sockets[i], ZMQ_MAXMSGSIZE, &message_bytes, &len), 0);
        assert_int_equal(message_bytes, WSYNC_FRAME_BYTES_MAX + 33);
        assert_int_equal(option(sockets[i], ZMQ_HEARTBEAT_IVL), 20000);
        assert_int_equal(option(sockets[i], ZMQ_HEARTBEAT_TIMEOUT), 60000);
        assert_int_equal(option(sockets[i], ZMQ_HEARTBEAT_TTL), 0);
        assert_int_equal(option(sockets[i], ZMQ_TCP_MAXRT), 60000);
        assert_int_equal(option(sockets[i], ZMQ_LINGER), 0);
        assert_int_equal(option(sockets[i], ZMQ_IMMEDIATE), 1);
        assert_int_equal(option(sockets[i], ZMQ_SNDHWM), 16);
        assert_int_equal(option(sockets[i], ZMQ_RCVHWM), 16);
        assert_int_equal(option(sockets[i], ZMQ_SNDBUF), 65536);
        assert_int_equal(option(sockets[i], ZMQ_HANDSHAKE_IVL), 15000);
        assert_int_equal(option(sockets[i], ZMQ_TYPE), i == 0 ? ZMQ_ROUTER : ZMQ_DEALER);
        assert_int_equal(option(sockets[i], ZMQ_MECHANISM), ZMQ_CURVE);
        assert_int_equal(zmq_getsockopt(sockets[i], ZMQ_ROUTING_ID, id, &id_len), 0);
        assert_int_equal(id_len, 0);
    }
    assert_int_equal(option(sockets[0], WSYNC_LINK_ZAP_ENFORCE_DOMAIN), 1);
}

/* S9.45: the first bytes on the line are those of ZMTP 3.1 with CURVE, to a peer that speaks it
 * without the library. */
static void the_wire_protocol_is_zmtp_3_1_under_curve(void **state)
{
    enum { GREETING = 64, MAJOR = 10, MINOR = 11, MECHANISM = 12 };
    struct link_rig *rig = *state;
    uint8_t said[GREETING] = {0xff, [9] = 0x7f, [MAJOR] = 3, [MINOR] = 1};
    uint8_t heard[GREETING];
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    at.sin_port = htons((uint16_t)strtol(strrchr(rig->address, ':') + 1, NULL, 10));
    memcpy(said + MECHANISM, "CURVE", 5);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(write(fd, said, sizeof(said)), sizeof(said));
    assert_int_equal(recv(fd, heard, sizeof(heard), MSG_WAITALL), sizeof(heard));
    assert_int_equal(heard[0], 0xff);
    assert_int_equal(heard[9], 0x7f);
    assert_int_equal(heard[MAJOR], 3);
    assert_int_equal(heard[MINOR], 1);
    assert_memory_equal(heard + MECHANISM, "CURVE\0\0\0\0\0", 10);
    (void)close(fd);
}

/* What no run can show: that an option is never touched anywhere. */
static void the_source_keeps_away_from_what_the_design_forbids(void **state)
{
    (void)state;
    static const char *const forbidden[] = {"ROUTER_HANDOVER", "HEARTBEAT_TTL", "zmq_unbind",
                                            "ZMQ_ROUTING_ID", "ZMQ_IDENTITY",
                                            "CONNECT_ROUTING_ID", "czmq"};
    glob_t found;
    /* tests run in the checkout's root */
    assert_int_equal(glob("host/link*.[ch]", 0, NULL, &found), 0);
    assert_true(found.gl_pathc >= 8);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        static char text[65536];
        FILE *file = fopen(found.gl_pathv[i], "r");
        assert_non_null(file);
        size_t len = fread(text, 1, sizeof(text) - 1, file);
        text[len] = '\0';
        (void)fclose(file);
        assert_true(len > 0 && len < sizeof(text) - 1);
        for (size_t j = 0; j < sizeof(forbidden) / sizeof(forbidden[0]); j++) {
            if (strstr(text, forbidden[j]) != NULL) {
                fail_msg("%s names %s", found.gl_pathv[i], forbidden[j]);
            }
        }
    }
    globfree(&found);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(self_test_passes_on_a_guarded_link),
        TEST(self_test_fails_unless_a_stranger_is_refused),
        TEST(case_10_no_serving_with_a_dead_zap_handler),
        TEST(self_test_fails_without_zap_at_all),
        TEST(case_10_a_dead_zap_handler_lets_nobody_in),
        TEST(a_message_without_user_id_is_dropped),
        TEST(only_one_frame_is_a_message),
        TEST(only_one_frame_is_a_message_at_the_ward_too),
        TEST(a_peer_that_names_itself_is_not_heard),
        TEST(handles_cannot_be_foretold),
        TEST(an_oversize_frame_cuts_the_line),
        TEST(an_oversize_frame_from_the_district_cuts_the_line),
        TEST(only_curve_comes_in),
        TEST(the_public_key_pair_is_refused_whatever_the_roster_says),
        TEST(the_handler_refuses_what_is_not_a_question_of_ours),
        TEST(a_second_bind_serves_another_key),
        TEST(connections_are_bounded),
        TEST(every_socket_has_the_options_of_the_design),
        TEST(the_wire_protocol_is_zmtp_3_1_under_curve),
        TEST(the_source_keeps_away_from_what_the_design_forbids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
