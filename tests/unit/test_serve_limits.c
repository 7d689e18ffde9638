/* SPDX-License-Identifier: Apache-2.0 */
/* What one peer and all of them may let wait (serve_limits.h), and who goes when the table of
 * peers is full. */
#include "host/outbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "host/link_zmq.h"
#include "host/serve_peers.h"

/* A line that takes `room` more frames and keeps the first byte of each. */
static struct {
    size_t room, taken;
    uint8_t first[256];
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
    return WSYNC_OK;
}

static const struct wsync_link_side SIDE = {.send = line_send};
static struct wsync_link link_of_test = {.side = &SIDE};
static const struct wsync_link_peer PEER = {{0, 1, 2, 3, 4}};
static uint8_t frame_bytes[WSYNC_FRAME_BYTES_MAX];

static enum wsync_err send(struct wsync_outbox *outbox, uint8_t first, size_t len)
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
        assert_int_equal(send(&outbox, i, 100), WSYNC_OK);
    }
    assert_true(line.taken == 2 && outbox.count == 8 && outbox.bytes == 800);
    line.room = 3;
    assert_int_equal(send(&outbox, 10, 100), WSYNC_OK);
    assert_int_equal(outbox.count, 6);
    line.room = 100;
    assert_int_equal(wsync_outbox_flush(&outbox, &link_of_test, PEER), WSYNC_OK);
    assert_true(outbox.count == 0 && outbox.bytes == 0);
    for (uint8_t i = 0; i <= 10; i++) {
        assert_int_equal(line.first[i], i);
    }
    line.broken = WSYNC_ERR_LINK;
    assert_int_equal(send(&outbox, 0, 100), WSYNC_ERR_LINK);
    assert_int_equal(outbox.count, 0);
}

static void one_peer_is_bounded(void **state)
{
    (void)state;
    struct wsync_outbox outbox = {.count = 0};
    for (size_t i = 0; i < WSYNC_OUTBOX_FRAMES_MAX; i++) {
        assert_int_equal(send(&outbox, 0, 1), WSYNC_OK);
    }
    assert_int_equal(send(&outbox, 0, 1), WSYNC_ERR_BUSY);
    wsync_outbox_clear(&outbox);
    assert_true(outbox.count == 0 && outbox.bytes == 0);
    size_t whole = WSYNC_OUTBOX_BYTES_MAX / WSYNC_FRAME_BYTES_MAX;
    for (size_t i = 0; i < whole; i++) {
        assert_int_equal(send(&outbox, 0, WSYNC_FRAME_BYTES_MAX), WSYNC_OK);
    }
    assert_int_equal(send(&outbox, 0, 1), WSYNC_ERR_BUSY);
    wsync_outbox_clear(&outbox);
}

static void all_peers_are_bounded(void **state)
{
    (void)state;
    enum { OUTBOXES = 2 * WSYNC_OUTBOX_TOTAL_BYTES_MAX / WSYNC_OUTBOX_BYTES_MAX };
    static struct wsync_outbox outboxes[OUTBOXES];
    size_t total = 0;
    size_t refused = 0;
    for (size_t i = 0; i < OUTBOXES; i++) {
        outboxes[i] = (struct wsync_outbox){.total_bytes = &total};
        for (size_t k = 0; k < WSYNC_OUTBOX_BYTES_MAX / WSYNC_FRAME_BYTES_MAX; k++) {
            refused += send(&outboxes[i], 0, WSYNC_FRAME_BYTES_MAX) == WSYNC_ERR_BUSY;
        }
    }
    assert_int_equal(total, WSYNC_OUTBOX_TOTAL_BYTES_MAX);
    assert_int_equal(refused, WSYNC_OUTBOX_TOTAL_BYTES_MAX / WSYNC_FRAME_BYTES_MAX);
    wsync_outbox_clear(&outboxes[0]); /* room for somebody else */
    assert_int_equal(send(&outboxes[OUTBOXES - 1], 0, 1), WSYNC_OK);
    for (size_t i = 0; i < OUTBOXES; i++) {
        wsync_outbox_clear(&outboxes[i]);
    }
    assert_int_equal(total, 0);
}

/* ---- who goes ---- */

static struct wsync_serve_peer *add(struct wsync_serve_peers *peers, uint16_t number,
                                    uint8_t key, int64_t progress_ms)
{
    const struct wsync_link_event event = {
        .peer = {{0, (uint8_t)(number >> 8), (uint8_t)number}}, .key = {{key}}};
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
        assert_null(wsync_serve_peers_victim(&peers, &key));
        made[i] = add(&peers, i, 7, 1000 - i);
    }
    assert_null(wsync_serve_peers_victim(&peers, &other));
    /* the quietest of those that run, before that one that has finished */
    assert_ptr_equal(wsync_serve_peers_victim(&peers, &key),
                     made[WSYNC_SERVE_PEERS_PER_KEY_MAX - 1]);
    made[0]->running = false;
    assert_ptr_equal(wsync_serve_peers_victim(&peers, &key), made[0]);
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
    const struct wsync_transport_key fresh = {{255}};
    for (uint16_t i = 0; i < WSYNC_SERVE_PEERS_MAX; i++) {
        assert_non_null(add(&peers, i, (uint8_t)(i / WSYNC_SERVE_PEERS_PER_KEY_MAX), i));
    }
    assert_null(add(&peers, 9999, 1, 1));
    assert_null(wsync_serve_peers_victim(&peers, &fresh)); /* everybody is busy */
    peers.items[300]->running = false;
    peers.items[200]->running = false;
    struct wsync_serve_peer *victim = wsync_serve_peers_victim(&peers, &fresh);
    assert_ptr_equal(victim, peers.items[200]);
    wsync_serve_peers_drop(&peers, victim);
    assert_non_null(add(&peers, 9999, 255, 1));
    drop_all(&peers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(frames_keep_their_order, reset),
        cmocka_unit_test_setup(one_peer_is_bounded, reset),
        cmocka_unit_test_setup(all_peers_are_bounded, reset),
        cmocka_unit_test(a_key_has_its_share),
        cmocka_unit_test(a_full_table_lets_the_finished_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
