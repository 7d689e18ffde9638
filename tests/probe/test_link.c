/* SPDX-License-Identifier: Apache-2.0 */
/* The link as its callers see it: who gets in, what passes, what a ward is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/link_rig.h"

static int setup(void **state)
{
    static struct link_rig rig;
    link_rig_open(&rig);
    *state = &rig;
    (void)alarm(60); /* a hang is a failure */
    return 0;
}

static int teardown(void **state)
{
    link_rig_close(*state);
    return 0;
}

static void up(struct link_rig *rig)
{
    link_rig_dial(rig, NULL, &rig->server.key);
    assert_true(link_rig_until(rig, &rig->ups, 1));
    assert_int_equal(wsync_link_send(rig->ward, rig->peer, wsync_slice_of("hello")), WSYNC_OK);
    assert_true(link_rig_until(rig, &rig->district_frames, 1));
}

static void frames_pass_both_ways_under_the_proven_key(void **state)
{
    struct link_rig *rig = *state;
    up(rig);
    assert_memory_equal(rig->key.b, rig->device.key.b, sizeof(rig->key.b));
    assert_int_equal(rig->len, 5);
    assert_memory_equal(rig->bytes, "hello", 5);

    static uint8_t largest[WSYNC_FRAME_BYTES_MAX];
    memset(largest, 0x5a, sizeof(largest));
    struct wsync_slice frame = wsync_slice(largest, sizeof(largest));
    assert_int_equal(wsync_link_send(rig->district, rig->peer, frame), WSYNC_OK);
    assert_true(link_rig_until(rig, &rig->ward_frames, 1));
    assert_int_equal(rig->len, sizeof(largest));
    assert_memory_equal(rig->bytes, largest, sizeof(largest));
    assert_memory_equal(rig->key.b, rig->server.key.b, sizeof(rig->key.b));

    assert_int_equal(wsync_link_send(rig->ward, rig->peer, frame), WSYNC_OK);
    assert_true(link_rig_until(rig, &rig->district_frames, 2));
    assert_int_equal(rig->len, sizeof(largest));
}

static void a_frame_of_illegal_length_is_the_callers_mistake(void **state)
{
    struct link_rig *rig = *state;
    static uint8_t bytes[WSYNC_FRAME_BYTES_MAX + 1];
    up(rig);
    struct wsync_link *sides[] = {rig->ward, rig->district};
    struct wsync_slice frames[] = {wsync_slice(bytes, sizeof(bytes)), wsync_slice(bytes, 0)};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(wsync_link_send(sides[i / 2], rig->peer, frames[i % 2]),
                         WSYNC_ERR_INVALID);
    }
}

static void stops_until_redial(struct link_rig *rig, enum wsync_link_admission answer,
                               enum wsync_link_reason reason)
{
    rig->answer = answer;
    link_rig_dial(rig, NULL, &rig->server.key);
    assert_true(link_rig_until(rig, &rig->downs, 1));
    assert_int_equal(rig->reason, reason);
    assert_int_equal(rig->retry_ms, -1);
    assert_int_equal(wsync_link_send(rig->ward, rig->peer, wsync_slice_of("x")),
                     WSYNC_ERR_LINK);

    rig->answer = WSYNC_LINK_ADMIT;
    for (int i = 0; i < 20; i++) { /* 40 ms is the longest wait between attempts */
        link_rig_poll_district(rig, 5);
        link_rig_poll_ward(rig, 5, -1);
    }
    assert_int_equal(rig->asked, 1);
    assert_int_equal(rig->ups, 0);
    wsync_link_redial(rig->ward);
    assert_true(link_rig_until(rig, &rig->ups, 1));
    assert_int_equal(rig->asked, 2);
}

/* S9.48: 400 or 500, and the ward stops. */
static void case_10_an_unknown_key_is_refused_until_redial(void **state)
{
    stops_until_redial(*state, WSYNC_LINK_REFUSE, WSYNC_LINK_REFUSED);
}

static void a_revoked_key_stops_until_redial(void **state)
{
    stops_until_redial(*state, WSYNC_LINK_REVOKE, WSYNC_LINK_REVOKED);
}

/* S9.48: 300, and the ward comes back by itself. */
static void not_ready_is_told_apart_and_passes(void **state)
{
    struct link_rig *rig = *state;
    rig->answer = WSYNC_LINK_NOT_YET;
    link_rig_dial(rig, NULL, &rig->server.key);
    for (unsigned i = 1; i <= 2; i++) { /* the library leaves the ward in silence after 300 */
        assert_true(link_rig_until(rig, &rig->downs, i));
        assert_int_equal(rig->reason, WSYNC_LINK_NOT_READY);
        assert_in_range(rig->retry_ms, 5, 40);
    }
    assert_int_equal(rig->ups, 0);
    rig->answer = WSYNC_LINK_ADMIT;
    assert_true(link_rig_until(rig, &rig->ups, 1));
}

static void a_wrong_server_key_is_told_apart(void **state)
{
    struct link_rig *rig = *state;
    link_rig_dial(rig, NULL, &rig->device.key);
    for (unsigned i = 1; i <= 3; i++) {
        assert_true(link_rig_until(rig, &rig->downs, i));
        assert_int_equal(rig->reason, WSYNC_LINK_WRONG_SERVER);
        assert_in_range(rig->retry_ms, 5, 40);
    }
    assert_int_equal(rig->asked, 0);
}

/* A TCP listener that is not the district; `*port` is where. */
static int listener(unsigned *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(at);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(listen(fd, 8), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    *port = ntohs(at.sin_port);
    return fd;
}

static void expect(struct link_rig *rig, const char *address, enum wsync_link_reason reason)
{
    unsigned downs = rig->downs;
    link_rig_dial(rig, address, &rig->server.key);
    assert_true(link_rig_until(rig, &rig->downs, downs + 1));
    assert_string_equal(wsync_link_reason_name(rig->reason), wsync_link_reason_name(reason));
    wsync_link_close(rig->ward);
    rig->ward = NULL;
}

static void the_ways_not_to_reach_a_machine_are_told_apart(void **state)
{
    struct link_rig *rig = *state;
    char address[64];
    unsigned port;
    (void)close(listener(&port)); /* nobody listens there any more */
    (void)snprintf(address, sizeof(address), "tcp://127.0.0.1:%u", port);
    expect(rig, address, WSYNC_LINK_CLOSED_PORT);
    /* the system sends no packet for a TCP connection to a multicast group */
    expect(rig, "tcp://224.0.0.1:9", WSYNC_LINK_NO_ROUTE);
    /* a label of 64 letters: no resolver is asked */
    expect(rig, "tcp://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:9",
           WSYNC_LINK_NO_HOST);
}

static void a_listener_that_says_nothing_is_no_answer(void **state)
{
    struct link_rig *rig = *state;
    char address[64];
    unsigned port;
    int fd = listener(&port);
    (void)snprintf(address, sizeof(address), "tcp://127.0.0.1:%u", port);
    const char *addresses[] = {address};
    struct wsync_link_dial_options options = {.addresses = addresses,
                                              .address_count = 1,
                                              .server = rig->server.key,
                                              .own = rig->device,
                                              .attempt_ms_max = 50};
    assert_int_equal(wsync_link_dial(&options, &rig->ward, NULL), WSYNC_OK);
    assert_true(link_rig_until(rig, &rig->downs, 1));
    assert_int_equal(rig->reason, WSYNC_LINK_NO_ANSWER);
    assert_in_range(rig->retry_ms, 1000, 2000);
    (void)close(fd);
}

static void another_program_is_a_wrong_server(void **state)
{
    struct link_rig *rig = *state;
    static const char page[] = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
    char address[64];
    unsigned port;
    int fd = listener(&port);
    (void)snprintf(address, sizeof(address), "tcp://127.0.0.1:%u", port);
    link_rig_dial(rig, address, &rig->server.key);
    link_rig_poll_ward(rig, 0, -1);
    int peer = accept(fd, NULL, NULL);
    assert_true(peer >= 0);
    assert_int_equal(write(peer, page, sizeof(page) - 1), sizeof(page) - 1);
    assert_true(link_rig_until(rig, &rig->downs, 1));
    assert_int_equal(rig->reason, WSYNC_LINK_WRONG_SERVER);
    (void)close(peer);
    (void)close(fd);
}

static void malformed_addresses_are_refused(void **state)
{
    struct link_rig *rig = *state;
    static const char *const bad[] = {"127.0.0.1:9", "tcp://127.0.0.1", "tcp://:9",
                                      "tcp://a:0",   "tcp://a:65536",   "tcp://a:9x",
                                      "ipc:///a:1",  "tcp://[]:9",      ""};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct wsync_error error = {""};
        struct wsync_link *link;
        struct wsync_link_dial_options dial = {
            .addresses = &bad[i], .address_count = 1, .server = rig->server.key};
        assert_int_equal(wsync_link_dial(&dial, &link, &error), WSYNC_ERR_INVALID);
        assert_null(link);
        assert_true(strlen(error.text) > 10);
    }
    struct wsync_error error = {""};
    struct wsync_link *link;
    struct wsync_link_bind bind = {.address = rig->address, .pair = rig->server};
    struct wsync_link_serve_options serve = {.binds = &bind, .bind_count = 1};
    assert_int_equal(wsync_link_serve(&serve, &link, &error), WSYNC_ERR_INVALID); /* in use */
    assert_null(link);
    assert_non_null(strstr(error.text, rig->address));
}

static void addresses_are_tried_in_turn(void **state)
{
    struct link_rig *rig = *state;
    char closed[64];
    unsigned port;
    (void)close(listener(&port));
    (void)snprintf(closed, sizeof(closed), "tcp://127.0.0.1:%u", port);
    const char *addresses[] = {closed, closed, rig->address};
    struct wsync_link_dial_options options = {.addresses = addresses,
                                              .address_count = 3,
                                              .server = rig->server.key,
                                              .own = rig->device,
                                              .retry_ms_min = 5,
                                              .retry_ms_max = 40};
    assert_int_equal(wsync_link_dial(&options, &rig->ward, NULL), WSYNC_OK);
    assert_true(link_rig_until(rig, &rig->ups, 1));
    assert_int_equal(rig->downs, 2);
    assert_int_equal(rig->reason, WSYNC_LINK_CLOSED_PORT);
}

static void waits_double_up_to_the_limit_and_differ(void **state)
{
    struct link_rig *rig = *state;
    char closed[64];
    unsigned port;
    int waits_ms[12];
    (void)close(listener(&port));
    (void)snprintf(closed, sizeof(closed), "tcp://127.0.0.1:%u", port);
    link_rig_dial(rig, closed, &rig->server.key); /* 5 to 40 ms */
    bool differ = false;
    for (unsigned i = 0; i < 12; i++) {
        assert_true(link_rig_until(rig, &rig->downs, i + 1));
        waits_ms[i] = rig->retry_ms;
        int most_ms = i < 2 ? 10 << i : 40;
        assert_in_range(waits_ms[i], most_ms / 2, most_ms);
        differ = differ || (i > 2 && waits_ms[i] != waits_ms[2]);
    }
    assert_true(differ);
}

static void a_restart_of_the_district_is_a_lost_line_and_a_new_peer(void **state)
{
    struct link_rig *rig = *state;
    char address[sizeof(rig->address)];
    memcpy(address, rig->address, sizeof(address));
    up(rig);
    wsync_link_close(rig->district);
    rig->district = NULL;
    assert_true(link_rig_until(rig, &rig->downs, 1));
    assert_int_equal(rig->reason, WSYNC_LINK_LOST);
    assert_in_range(rig->retry_ms, 5, 40);
    link_rig_serve(rig, address);
    assert_true(link_rig_until(rig, &rig->ups, 2));
    assert_int_equal(wsync_link_send(rig->ward, rig->peer, wsync_slice_of("again")), WSYNC_OK);
    assert_true(link_rig_until(rig, &rig->district_frames, 2));
    assert_memory_equal(rig->bytes, "again", 5);
}

static void a_peer_that_is_gone_is_told(void **state)
{
    struct link_rig *rig = *state;
    up(rig);
    struct wsync_link_peer gone = rig->peer;
    wsync_link_redial(rig->ward);
    assert_true(link_rig_until(rig, &rig->ups, 2));
    assert_int_equal(wsync_link_send(rig->ward, gone, wsync_slice_of("new")), WSYNC_OK);
    assert_true(link_rig_until(rig, &rig->district_frames, 2));
    assert_memory_not_equal(rig->peer.b, gone.b, sizeof(gone.b));

    enum wsync_err err = WSYNC_OK; /* the library may still take a few for the dead line */
    for (int i = 0; i < 1000 && err != WSYNC_ERR_LINK; i++) {
        err = wsync_link_send(rig->district, gone, wsync_slice_of("x"));
        link_rig_poll_district(rig, 1);
    }
    assert_int_equal(err, WSYNC_ERR_LINK);
    assert_int_equal(wsync_link_send(rig->district, rig->peer, wsync_slice_of("y")), WSYNC_OK);
    struct wsync_link_peer never = {{0, 1, 2, 3, 4}};
    assert_int_equal(wsync_link_send(rig->district, never, wsync_slice_of("z")),
                     WSYNC_ERR_LINK);
}

/* The district sees a closed connection by itself, not before the last frame of it, and takes
 * the next one on the same descriptor for another. */
static void a_closed_connection_is_seen_after_its_last_frame(void **state)
{
    enum { FRAMES = 3 * WSYNC_PUMP_EVENTS_MAX / 2, LOOKS_MAX = 2000 };
    struct link_rig *rig = *state;
    up(rig);
    uint64_t first = rig->connection;
    assert_int_not_equal(first, 0);
    for (unsigned round = 1; round <= 5; round++) {
        uint64_t here = rig->connection;
        assert_false(wsync_link_is_gone(rig->district, here));
        rig->district_frames = 0;
        for (int sent = 0; sent < FRAMES;) {
            sent += wsync_link_send(rig->ward, rig->peer, wsync_slice_of("x")) == WSYNC_OK;
            link_rig_poll_ward(rig, 0, -1);
        }
        for (int i = 0; i < 100; i++) { /* what was sent leaves */
            link_rig_poll_ward(rig, 1, -1);
        }
        wsync_link_redial(rig->ward);
        int looks = 0;
        while (!wsync_link_is_gone(rig->district, here) && looks++ < LOOKS_MAX) {
            link_rig_poll_district(rig, 5);
        }
        assert_true(looks > 1 && looks < LOOKS_MAX);
        assert_int_equal(rig->district_frames, FRAMES);
        assert_true(link_rig_until(rig, &rig->ups, round + 1));
        rig->district_frames = 0;
        assert_int_equal(wsync_link_send(rig->ward, rig->peer, wsync_slice_of("y")), WSYNC_OK);
        assert_true(link_rig_until(rig, &rig->district_frames, 1));
        assert_int_not_equal(rig->connection, here);
    }
    assert_true(wsync_link_is_gone(rig->district, first));
    assert_false(wsync_link_is_gone(rig->district, 0));
}

/* Sends until the queue and the sockets' buffers stay full; how many were taken. */
static unsigned fill(struct wsync_link *link, struct wsync_link_peer peer)
{
    static const uint8_t bytes[WSYNC_FRAME_BYTES_MAX];
    struct wsync_link_batch batch;
    unsigned taken = 0;
    for (int busy = 0; busy < 50;) {
        enum wsync_err err = wsync_link_send(link, peer, wsync_slice(bytes, sizeof(bytes)));
        assert_true(err == WSYNC_OK || err == WSYNC_ERR_BUSY);
        taken += err == WSYNC_OK;
        busy = err == WSYNC_OK ? 0 : busy + 1;
        assert_int_equal(wsync_link_poll(link, err == WSYNC_OK ? 0 : 1, -1, &batch), WSYNC_OK);
        assert_int_equal(batch.count, 0);
        assert_true(taken < 2000);
    }
    return taken;
}

static void a_full_queue_is_busy_and_drains(void **state)
{
    struct link_rig *rig = *state;
    up(rig);
    unsigned sent = fill(rig->ward, rig->peer);
    assert_true(link_rig_until(rig, &rig->district_frames, 1 + sent));
    assert_int_equal(wsync_link_send(rig->ward, rig->peer, wsync_slice_of("x")), WSYNC_OK);
    assert_true(link_rig_until(rig, &rig->district_frames, 2 + sent));
    assert_in_range(rig->batch_frames_max, 1, WSYNC_PUMP_EVENTS_MAX);

    sent = fill(rig->district, rig->peer);
    assert_true(link_rig_until(rig, &rig->ward_frames, sent));
    assert_int_equal(wsync_link_send(rig->district, rig->peer, wsync_slice_of("x")), WSYNC_OK);
    assert_int_equal(rig->downs, 0);
}

static void a_poll_hands_over_a_bounded_batch(void **state)
{
    struct link_rig *rig = *state;
    enum { WARDS = 8, EACH = 12 };
    struct wsync_link *wards[WARDS];
    struct wsync_link_batch batch;
    const char *addresses[] = {rig->address};
    struct wsync_link_dial_options options = {.addresses = addresses,
                                              .address_count = 1,
                                              .server = rig->server.key,
                                              .own = rig->device};
    for (int i = 0; i < WARDS; i++) {
        assert_int_equal(wsync_link_dial(&options, &wards[i], NULL), WSYNC_OK);
        bool is_up = false;
        for (int n = 0; n < 2000 && !is_up; n++) {
            link_rig_poll_district(rig, 2);
            assert_int_equal(wsync_link_poll(wards[i], 2, -1, &batch), WSYNC_OK);
            is_up = batch.count > 0 && batch.events[0].kind == WSYNC_LINK_UP;
        }
        assert_true(is_up);
    }
    /* more wait than a batch holds, as soon as the library was quick enough */
    for (unsigned n = 1; n < 50 && rig->batch_frames_max < WSYNC_PUMP_EVENTS_MAX; n++) {
        for (int i = 0; i < WARDS * EACH; i++) {
            struct wsync_link *ward = wards[i % WARDS];
            assert_int_equal(wsync_link_send(ward, rig->peer, wsync_slice_of("x")), WSYNC_OK);
            assert_int_equal(wsync_link_poll(ward, 1, -1, &batch), WSYNC_OK);
        }
        assert_true(link_rig_until(rig, &rig->district_frames, n * WARDS * EACH));
    }
    assert_int_equal(rig->batch_frames_max, WSYNC_PUMP_EVENTS_MAX);
    for (int i = 0; i < WARDS; i++) {
        wsync_link_close(wards[i]);
    }
}

static void a_poll_takes_as_few_as_it_is_told(void **state)
{
    struct link_rig *rig = *state;
    enum { TAKE = 3 };
    up(rig);
    wsync_link_take(rig->district, TAKE);
    unsigned sent = fill(rig->ward, rig->peer);
    assert_true(sent > TAKE);
    assert_true(link_rig_until(rig, &rig->district_frames, sent));
    assert_in_range(rig->batch_frames_max, 1, TAKE);
}

static void close_drops_what_is_not_sent(void **state)
{
    struct link_rig *rig = *state;
    up(rig);
    assert_true(fill(rig->ward, rig->peer) > 0);
    wsync_link_close(rig->ward); /* with lingering it would wait for the district for ever */
    rig->ward = NULL;
}

static void a_wake_descriptor_ends_the_wait(void **state)
{
    struct link_rig *rig = *state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    up(rig);
    link_rig_poll_ward(rig, 0, ends[0]);
    assert_false(rig->woken);
    assert_int_equal(write(ends[1], "x", 1), 1);
    link_rig_poll_ward(rig, -1, ends[0]); /* would wait for ever */
    assert_true(rig->woken);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void every_reason_has_words(void **state)
{
    (void)state;
    for (unsigned i = 0; i < WSYNC_LINK_REASON_COUNT; i++) {
        enum wsync_link_reason reason = (enum wsync_link_reason)i;
        for (unsigned j = 0; j < 2; j++) {
            enum wsync_language language = j == 0 ? WSYNC_VI : WSYNC_EN;
            assert_true(strlen(wsync_link_reason_text(reason, language)) > 20);
            assert_true(strlen(wsync_link_reason_step(reason, language)) > 20);
        }
        for (unsigned j = 0; j < i; j++) {
            assert_string_not_equal(wsync_link_reason_name(reason),
                                    wsync_link_reason_name((enum wsync_link_reason)j));
        }
    }
    assert_string_equal(wsync_link_reason_name(WSYNC_LINK_REASON_COUNT), "unknown");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(frames_pass_both_ways_under_the_proven_key),
        TEST(a_frame_of_illegal_length_is_the_callers_mistake),
        TEST(case_10_an_unknown_key_is_refused_until_redial),
        TEST(a_revoked_key_stops_until_redial),
        TEST(not_ready_is_told_apart_and_passes),
        TEST(a_wrong_server_key_is_told_apart),
        TEST(the_ways_not_to_reach_a_machine_are_told_apart),
        TEST(a_listener_that_says_nothing_is_no_answer),
        TEST(another_program_is_a_wrong_server),
        TEST(malformed_addresses_are_refused),
        TEST(addresses_are_tried_in_turn),
        TEST(waits_double_up_to_the_limit_and_differ),
        TEST(a_restart_of_the_district_is_a_lost_line_and_a_new_peer),
        TEST(a_peer_that_is_gone_is_told),
        TEST(a_closed_connection_is_seen_after_its_last_frame),
        TEST(a_full_queue_is_busy_and_drains),
        TEST(a_poll_hands_over_a_bounded_batch),
        TEST(a_poll_takes_as_few_as_it_is_told),
        TEST(close_drops_what_is_not_sent),
        TEST(a_wake_descriptor_ends_the_wait),
        TEST(every_reason_has_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
