/* SPDX-License-Identifier: Apache-2.0 */
/* What one peer and all of them may let wait (serve_limits.h), and who goes, or is told to come
 * again, when the table of peers is full. */
#include "host/outbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/link_zmq.h"
#include "host/serve_parts.h"
#include "tests/replica.h"
#include "tests/store_mem.h"

/* A line that takes `room` more frames and keeps the first byte of each. */
static struct {
    size_t room, taken;
    uint8_t first[256];
    uint8_t type; /* of the last frame */
    enum wsync_err broken;
} line;

static enum wsync_err line_send(struct wsync_link *link, struct wsync_link_peer peer,
                                struct wsync_slice frame)
{
    (void)link;
    (void)peer;
    if (line.broken != WSYNC_OK) {
        return line.broken;
    }
    if (line.room == 0) {
        return WSYNC_ERR_BUSY;
    }
    line.room--;
    line.first[line.taken++ % sizeof line.first] = frame.data[0];
    line.type = frame.data[1];
    return WSYNC_OK;
}

static const struct wsync_link_side SIDE = {.send = line_send};
static struct wsync_link link_of_test = {.side = &SIDE};
static const struct wsync_link_peer PEER = {{0, 1, 2, 3, 4}};
static uint8_t frame_bytes[WSYNC_FRAME_BYTES_MAX];

static enum wsync_err offer(struct wsync_outbox *outbox, uint8_t first, size_t len)
{
    frame_bytes[0] = first;
    return wsync_outbox_send(outbox, &link_of_test, PEER, wsync_slice(frame_bytes, len));
}

static int reset(void **state)
{
    (void)state;
    memset(&line, 0, sizeof line);
    return 0;
}

static void frames_keep_their_order(void **state)
{
    (void)state;
    struct wsync_outbox outbox = {.count = 0};
    line.room = 2;
    for (uint8_t i = 0; i < 10; i++) {
        assert_int_equal(offer(&outbox, i, 100), WSYNC_OK);
    }
    assert_true(line.taken == 2 && outbox.count == 8);
    assert_int_equal(outbox.bytes, 8 * (100 + WSYNC_OUTBOX_FRAME_BYTES));
    line.room = 3;
    assert_int_equal(offer(&outbox, 10, 100), WSYNC_OK);
    assert_int_equal(outbox.count, 6);
    line.room = 100;
    assert_int_equal(wsync_outbox_flush(&outbox, &link_of_test, PEER), WSYNC_OK);
    assert_true(outbox.count == 0 && outbox.bytes == 0);
    for (uint8_t i = 0; i <= 10; i++) {
        assert_int_equal(line.first[i], i);
    }
    line.broken = WSYNC_ERR_LINK;
    assert_int_equal(offer(&outbox, 0, 100), WSYNC_ERR_LINK);
    assert_int_equal(outbox.count, 0);
}

/* A peer that is slow to read gave credit for bytes, not for frames: a link that was thin makes
 * sets of a few changes, and all that credit is for may have to wait at once. */
static void what_credit_is_for_finds_room(void **state)
{
    (void)state;
    static const size_t SIZES[] = {WSYNC_OUTBOX_COUNTED_BYTES, 100, 250, 700, 1500,
                                   WSYNC_FRAME_BYTES_MAX};
    for (size_t i = 0; i < sizeof SIZES / sizeof *SIZES; i++) {
        struct wsync_outbox outbox = {.count = 0};
        size_t frames = WSYNC_CREDIT_BYTES_DEFAULT / SIZES[i];
        reset(NULL);
        for (size_t k = 0; k < frames; k++) {
            assert_int_equal(offer(&outbox, (uint8_t)k, SIZES[i]), WSYNC_OK);
        }
        assert_int_equal(offer(&outbox, 0, WSYNC_FRAME_BYTES_MAX), WSYNC_OK); /* an answer */
        line.room = frames + 1;
        assert_int_equal(wsync_outbox_flush(&outbox, &link_of_test, PEER), WSYNC_OK);
        assert_true(outbox.count == 0 && outbox.bytes == 0 && !outbox.first && !outbox.last);
        assert_int_equal(line.taken, frames + 1);
    }
}

/* As many frames of this size as fit, and no more. */
static size_t fill(struct wsync_outbox *outbox, size_t len)
{
    size_t frames = 0;
    while (offer(outbox, 0, len) == WSYNC_OK) {
        frames++;
    }
    assert_int_equal(offer(outbox, 0, len), WSYNC_ERR_BUSY);
    assert_int_equal(outbox->count, frames);
    return frames;
}

static void one_peer_is_bounded(void **state)
{
    (void)state;
    static const size_t SIZES[] = {1, 100, WSYNC_FRAME_BYTES_MAX};
    for (size_t i = 0; i < sizeof SIZES / sizeof *SIZES; i++) {
        struct wsync_outbox outbox = {.count = 0};
        size_t each = SIZES[i] + WSYNC_OUTBOX_FRAME_BYTES;
        assert_int_equal(fill(&outbox, SIZES[i]), WSYNC_OUTBOX_BYTES_MAX / each);
        assert_true(outbox.bytes <= WSYNC_OUTBOX_BYTES_MAX);
        wsync_outbox_clear(&outbox);
        assert_true(outbox.count == 0 && outbox.bytes == 0);
    }
}

static void all_peers_are_bounded(void **state)
{
    (void)state;
    enum { OUTBOXES = 2 * WSYNC_OUTBOX_TOTAL_BYTES_MAX / WSYNC_OUTBOX_BYTES_MAX };
    enum { EACH = WSYNC_FRAME_BYTES_MAX + WSYNC_OUTBOX_FRAME_BYTES };
    static struct wsync_outbox outboxes[OUTBOXES];
    size_t total = 0;
    size_t kept = 0;
    for (size_t i = 0; i < OUTBOXES; i++) {
        outboxes[i] = (struct wsync_outbox){.total_bytes = &total};
        kept += fill(&outboxes[i], WSYNC_FRAME_BYTES_MAX);
    }
    assert_int_equal(kept, WSYNC_OUTBOX_TOTAL_BYTES_MAX / EACH);
    assert_int_equal(total, kept * EACH);
    wsync_outbox_clear(&outboxes[0]); /* room for somebody else */
    assert_int_equal(offer(&outboxes[OUTBOXES - 1], 0, 1), WSYNC_OK);
    for (size_t i = 0; i < OUTBOXES; i++) {
        wsync_outbox_clear(&outboxes[i]);
    }
    assert_int_equal(total, 0);
}

/* ---- who goes ---- */

static struct wsync_serve_peer *add(struct wsync_serve_peers *peers, uint16_t number,
                                    uint16_t key, int64_t progress_ms)
{
    const struct wsync_link_event event = {
        .peer = {{0, (uint8_t)(number >> 8), (uint8_t)number}},
        .key = {{(uint8_t)key, (uint8_t)(key >> 8)}}};
    struct wsync_serve_peer *peer = wsync_serve_peers_add(peers, &event);
    if (peer) {
        peer->running = true;
        peer->session.progress_ms = progress_ms;
    }
    return peer;
}

static void drop_all(struct wsync_serve_peers *peers)
{
    while (peers->count > 0) {
        wsync_serve_peers_drop(peers, peers->items[0]);
    }
}

static void a_key_has_its_share(void **state)
{
    (void)state;
    static struct wsync_serve_peers peers;
    const struct wsync_transport_key key = {{7}}, other = {{8}};
    struct wsync_serve_peer *made[WSYNC_SERVE_PEERS_PER_KEY_MAX];
    for (uint16_t i = 0; i < WSYNC_SERVE_PEERS_PER_KEY_MAX; i++) {
        assert_null(wsync_serve_peers_victim(&peers, &key, 1));
        made[i] = add(&peers, i, 7, 1000 - i);
    }
    assert_null(wsync_serve_peers_victim(&peers, &other, 1));
    /* the quietest of those that run, before that one that has finished */
    assert_ptr_equal(wsync_serve_peers_victim(&peers, &key, 1),
                     made[WSYNC_SERVE_PEERS_PER_KEY_MAX - 1]);
    made[0]->running = false;
    assert_ptr_equal(wsync_serve_peers_victim(&peers, &key, 1), made[0]);
    assert_int_equal(wsync_serve_peers_running(&peers), WSYNC_SERVE_PEERS_PER_KEY_MAX - 1);
    assert_ptr_equal(wsync_serve_peers_find(&peers, made[1]->handle), made[1]);
    struct wsync_serve_peer *stranger = add(&peers, 999, 8, 1);
    wsync_serve_peers_outdo(&peers, made[2]); /* its others that still run */
    assert_true(made[1]->facts.outdone && !made[2]->facts.outdone && !made[0]->facts.outdone &&
                !stranger->facts.outdone);
    drop_all(&peers);
}

/* One key that comes back and back does not keep the others out. */
static void a_full_table_lets_the_finished_go(void **state)
{
    (void)state;
    static struct wsync_serve_peers peers;
    const struct wsync_transport_key fresh = {{255, 255}};
    for (uint16_t i = 0; i < WSYNC_SERVE_PEERS_MAX; i++) {
        assert_non_null(add(&peers, i, i / WSYNC_SERVE_PEERS_PER_KEY_MAX, i));
    }
    assert_null(add(&peers, 9999, 1, 1));
    assert_null(wsync_serve_peers_victim(&peers, &fresh, 1)); /* everybody is busy */
    peers.items[300]->running = false;
    peers.items[200]->running = false;
    struct wsync_serve_peer *victim = wsync_serve_peers_victim(&peers, &fresh, 1);
    assert_ptr_equal(victim, peers.items[200]);
    wsync_serve_peers_drop(&peers, victim);
    /* two that come in one batch want two places */
    assert_null(wsync_serve_peers_victim(&peers, &fresh, 1));
    victim = wsync_serve_peers_victim(&peers, &fresh, 2);
    assert_false(victim->running);
    wsync_serve_peers_drop(&peers, victim);
    assert_non_null(add(&peers, 9998, 254, 1));
    assert_non_null(add(&peers, 9999, 255, 1));
    drop_all(&peers);
}

/* ---- how fast they are ---- */

static void packing_keeps_up_with_all_lines_at_once(void **state)
{
    (void)state;
    static struct wsync_serve_peers peers;
    struct wsync_serve_peer *peer = add(&peers, 1, 7, 0);
    struct wsync_session *session = &peer->session;
    session->sent = 4000;
    wsync_serve_peer_heard(peer, 1, 90000); /* answered at 90 s: that is no round trip */
    assert_int_equal(session->setup.flow.rate, 0);
    session->sent_taken = 4000;
    wsync_serve_peer_heard(peer, 1, 90500);
    assert_int_equal(session->setup.flow.rate, 8000);
    wsync_serve_peer_heard(peer, 20, 90600);
    assert_int_equal(session->setup.flow.rate, 160000);
    drop_all(&peers);
}

/* ---- who comes ---- */

/* A district whose table is full of wards, at work or finished. */
struct full {
    struct wsync_server server;
    struct wsync_site site;
    struct replica replica;
    void *memory;
};

static struct full *full_open(bool running)
{
    struct full *full = calloc(1, sizeof *full);
    assert_non_null(full);
    full->memory = calloc(1, wsync_pump_bytes());
    assert_non_null(full->memory);
    replica_init(&full->replica, wsync_store_mem_new(), 1, 0, REPLICA_TOP);
    full->site.store = full->replica.store;
    full->site.ledger = full->replica.ledger;
    full->site.arena = full->replica.arena;
    full->server.site = &full->site;
    full->server.link = &link_of_test;
    full->server.sink =
        (struct wsync_sink){&full->server, wsync_serve_send, wsync_serve_closed};
    wsync_pump_init(&full->server.pump, full->site.store, &full->site.ledger,
                    &full->server.sink, full->memory);
    for (uint16_t i = 0; i < WSYNC_SERVE_PEERS_MAX; i++) {
        struct wsync_serve_peer *peer =
            add(&full->server.peers, i, i / WSYNC_SERVE_PEERS_PER_KEY_MAX, i);
        assert_non_null(peer);
        peer->running = running;
        peer->session.state = running ? WSYNC_STATE_OPEN : WSYNC_STATE_ENDED;
    }
    line.room = 100;
    return full;
}

static void full_close(struct full *full)
{
    drop_all(&full->server.peers);
    replica_fini(&full->replica);
    free(full->memory);
    free(full);
}

/* A frame of this type on connection `number`. */
static struct wsync_link_event frame_on(uint16_t number, uint8_t type)
{
    static uint8_t bytes[2][2] = {{1, WSYNC_MESSAGE_HELLO}, {1, WSYNC_MESSAGE_CHANGES}};
    return (struct wsync_link_event){.kind = WSYNC_LINK_FRAME,
                                     .peer = {{0, (uint8_t)(number >> 8), (uint8_t)number}},
                                     .key = {{200, 200}},
                                     .bytes =
                                         wsync_slice(bytes[type == WSYNC_MESSAGE_CHANGES], 2)};
}

/* After an outage the first words of many come in one batch: each finds its place. */
static void all_who_come_in_one_batch_find_room(void **state)
{
    (void)state;
    struct full *full = full_open(false);
    const struct wsync_link_event events[] = {
        frame_on(9001, WSYNC_MESSAGE_HELLO), frame_on(9001, WSYNC_MESSAGE_CHANGES),
        frame_on(9002, WSYNC_MESSAGE_HELLO), frame_on(9003, WSYNC_MESSAGE_HELLO)};
    const struct wsync_link_batch batch = {.events = events, .count = 4};
    wsync_serve_batch(&full->server, &batch);
    for (size_t i = 0; i < batch.count; i++) {
        struct wsync_serve_peer *peer =
            wsync_serve_peers_find(&full->server.peers, events[i].peer);
        assert_non_null(peer);
        assert_true(peer->watch.heard);
    }
    assert_int_equal(full->server.peers.count, WSYNC_SERVE_PEERS_MAX);
    full_close(full);
}

/* Who is not told waits for an answer until it is idle for too long. */
static void who_finds_no_room_is_told_once(void **state)
{
    (void)state;
    struct full *full = full_open(true);
    const struct wsync_link_event events[] = {frame_on(9001, WSYNC_MESSAGE_HELLO),
                                              frame_on(9001, WSYNC_MESSAGE_CHANGES)};
    const struct wsync_link_batch batch = {.events = events, .count = 2};
    wsync_serve_batch(&full->server, &batch);
    assert_null(wsync_serve_peers_find(&full->server.peers, events[0].peer));
    assert_int_equal(line.taken, 1);
    assert_int_equal(line.type, WSYNC_MESSAGE_BYE);
    assert_int_equal(wsync_serve_peers_running(&full->server.peers), WSYNC_SERVE_PEERS_MAX);
    assert_true(full->server.book.doors[0].used); /* and the session log knows */
    assert_int_equal(full->server.book.doors[0].row.code, WSYNC_ERR_BUSY);
    full_close(full);
}

/* Whoever lets too much pile up is told, and what was under way by then begins nothing. */
static void who_is_choked_is_told(void **state)
{
    (void)state;
    struct full *full = full_open(true);
    struct wsync_serve_peer *peer = full->server.peers.items[0];
    struct wsync_link_event late = frame_on(0, WSYNC_MESSAGE_CHANGES);
    const struct wsync_link_batch batch = {.events = &late, .count = 1};
    const struct wsync_link_batch none = {.count = 0};
    peer->session.setup.ledger = &full->site.ledger;
    late.peer = peer->handle;
    line.room = 0;
    while (!peer->choked) { /* ends: so much may not wait */
        wsync_serve_send(&full->server, &peer->session,
                         wsync_slice(frame_bytes, WSYNC_FRAME_BYTES_MAX));
    }
    wsync_serve_batch(&full->server, &none);
    assert_int_equal(peer->session.state, WSYNC_STATE_ENDED);
    assert_false(peer->gone);
    assert_int_equal(peer->outbox.count, 1);
    line.room = 100;
    assert_int_equal(wsync_outbox_flush(&peer->outbox, &link_of_test, peer->handle), WSYNC_OK);
    assert_int_equal(line.taken, 1);
    assert_int_equal(line.type, WSYNC_MESSAGE_BYE);
    wsync_serve_batch(&full->server, &batch);
    assert_int_equal(line.taken, 1); /* nobody is told that it is not allowed here */
    assert_false(peer->running);
    assert_int_equal(full->server.peers.count, WSYNC_SERVE_PEERS_MAX);
    full_close(full);
}

/* The link is told, and told again when it went better. */
static void a_batch_tells_the_link_what_to_take(void **state)
{
    (void)state;
    struct full *full = full_open(false);
    const struct wsync_link_event events[] = {
        frame_on(9001, WSYNC_MESSAGE_HELLO), frame_on(9002, WSYNC_MESSAGE_HELLO),
        frame_on(9003, WSYNC_MESSAGE_HELLO), frame_on(9004, WSYNC_MESSAGE_HELLO)};
    const struct wsync_link_batch batch = {.events = events, .count = 4};
    full->server.pump.bytes_max = 0; /* each frame is too much for another one beside it */
    wsync_serve_batch(&full->server, &batch);
    assert_int_equal(full->server.pump.parts, batch.count);
    assert_int_equal(link_of_test.take, 1);
    full->server.pump.bytes_max = WSYNC_PUMP_BYTES_MAX;
    wsync_serve_batch(&full->server, &batch);
    assert_int_equal(full->server.pump.parts, 1);
    assert_int_equal(link_of_test.take, 2);
    full_close(full);
}

/* Lines are read in turn: the fewer frames a batch has, the sooner it is somebody's turn. */
static void a_batch_that_was_cut_makes_the_next_one_shorter(void **state)
{
    enum { MOST = WSYNC_PUMP_EVENTS_MAX };
    (void)state;
    assert_int_equal(wsync_serve_pace(0, 1, 1), MOST);
    assert_int_equal(wsync_serve_pace(MOST, MOST, 1), MOST);
    assert_int_equal(wsync_serve_pace(MOST, MOST, 3), MOST / 3);
    assert_int_equal(wsync_serve_pace(MOST, 3, 3), 1);
    assert_int_equal(wsync_serve_pace(1, 1, 1), 2);
    assert_int_equal(wsync_serve_pace(MOST / 2 - 1, 1, 1), MOST - 2);
    assert_int_equal(wsync_serve_pace(MOST / 2 + 1, 1, 1), MOST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(frames_keep_their_order, reset),
        cmocka_unit_test_setup(what_credit_is_for_finds_room, reset),
        cmocka_unit_test_setup(one_peer_is_bounded, reset),
        cmocka_unit_test_setup(all_peers_are_bounded, reset),
        cmocka_unit_test(a_batch_that_was_cut_makes_the_next_one_shorter),
        cmocka_unit_test_setup(who_is_choked_is_told, reset),
        cmocka_unit_test_setup(a_batch_tells_the_link_what_to_take, reset),
        cmocka_unit_test(a_key_has_its_share),
        cmocka_unit_test(a_full_table_lets_the_finished_go),
        cmocka_unit_test(packing_keeps_up_with_all_lines_at_once),
        cmocka_unit_test_setup(all_who_come_in_one_batch_find_room, reset),
        cmocka_unit_test_setup(who_finds_no_room_is_told_once, reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
