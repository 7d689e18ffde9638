/* SPDX-License-Identifier: Apache-2.0 */
#include "host/serve_peers.h"

#include <stdlib.h>
#include <string.h>

struct wsync_serve_peer *wsync_serve_peer_of(struct wsync_session *session)
{
    return (struct wsync_serve_peer *)session;
}

struct wsync_serve_peer *wsync_serve_peers_find(struct wsync_serve_peers *peers,
                                                struct wsync_link_peer handle)
{
    for (size_t i = 0; i < peers->count; i++) {
        if (memcmp(peers->items[i]->handle.b, handle.b, sizeof handle.b) == 0) {
            return peers->items[i];
        }
    }
    return NULL;
}

struct wsync_serve_peer *wsync_serve_peers_add(struct wsync_serve_peers *peers,
                                               const struct wsync_link_event *event)
{
    struct wsync_serve_peer *peer =
        peers->count < WSYNC_SERVE_PEERS_MAX ? calloc(1, sizeof *peer) : NULL;
    if (peer) {
        peer->handle = event->peer;
        peer->connection = event->connection;
        peer->key = event->key;
        peer->outbox.total_bytes = &peers->waiting_bytes;
        peers->items[peers->count++] = peer;
    }
    return peer;
}

static bool quieter(const struct wsync_serve_peer *peer, const struct wsync_serve_peer *than)
{
    if (!than || peer->running != than->running) {
        return !than || !peer->running;
    }
    return peer->session.progress_ms < than->session.progress_ms;
}

struct wsync_serve_peer *wsync_serve_peers_victim(struct wsync_serve_peers *peers,
                                                  const struct wsync_transport_key *key,
                                                  size_t coming)
{
    struct wsync_serve_peer *own = NULL, *finished = NULL;
    size_t share = 0;
    for (size_t i = 0; i < peers->count; i++) {
        struct wsync_serve_peer *peer = peers->items[i];
        if (wsync_slice_equal(WSYNC_BYTES(peer->key), WSYNC_BYTES(*key))) {
            share++;
            own = quieter(peer, own) ? peer : own;
        }
        if (!peer->running) {
            finished = quieter(peer, finished) ? peer : finished;
        }
    }
    if (share >= WSYNC_SERVE_PEERS_PER_KEY_MAX) {
        return own;
    }
    return peers->count + coming > WSYNC_SERVE_PEERS_MAX ? finished : NULL;
}

void wsync_serve_peers_drop(struct wsync_serve_peers *peers, struct wsync_serve_peer *peer)
{
    size_t at = 0;
    while (peers->items[at] != peer) {
        at++;
        WSYNC_ASSERT(at < peers->count);
    }
    wsync_outbox_clear(&peer->outbox);
    free(peer);
    peers->items[at] = peers->items[--peers->count];
}

void wsync_serve_peers_outdo(struct wsync_serve_peers *peers,
                             const struct wsync_serve_peer *peer)
{
    for (size_t i = 0; i < peers->count; i++) {
        struct wsync_serve_peer *other = peers->items[i];
        if (other != peer && other->running &&
            wsync_slice_equal(WSYNC_BYTES(other->key), WSYNC_BYTES(peer->key))) {
            other->facts.outdone = true;
        }
    }
}

size_t wsync_serve_peers_running(const struct wsync_serve_peers *peers)
{
    size_t running = 0;
    for (size_t i = 0; i < peers->count; i++) {
        running += peers->items[i]->running;
    }
    return running;
}

void wsync_serve_peer_heard(struct wsync_serve_peer *peer, size_t running, int64_t now_ms)
{
    struct wsync_session *session = &peer->session;
    const struct wsync_progress progress = {
        .sent = session->sent, .taken = session->sent_taken, .got = session->taken};
    peer->watch.heard = true; /* the first word answers nothing and shows no round trip */
    wsync_watch_hear(&peer->watch, &peer->pace, &progress, now_ms);
    session->setup.flow.rate = peer->pace.rate * (int64_t)running;
}

void wsync_serve_peer_note(const struct wsync_serve_peer *peer, int64_t now_ms, int64_t time,
                           struct wsync_session_note *note)
{
    const struct wsync_session *session = &peer->session;
    bool enrolled = peer->kind == WSYNC_SESSION_KIND_ENROL && session->result == WSYNC_OK;
    *note = (struct wsync_session_note){
        .key = peer->key,
        .facts = peer->facts,
        .row = {.kind = peer->kind,
                .begun = peer->begun,
                .ended = time,
                .took_ms = now_ms - peer->begun_ms,
                .times = 1,
                .code = session->result,
                .peer_said_it = session->result_is_peers,
                .bytes_in = session->counts.bytes_in,
                .bytes_out = session->counts.bytes_out,
                .changes_in = session->counts.changes_taken,
                .changes_out = session->counts.changes_acked,
                .has_reject =
                    session->result != WSYNC_OK && wsync_err_code(session->reject.code) != 0,
                .reject = session->reject,
                .taken = session->seen.taken,
                .acked = session->seen.acked,
                .has_device = enrolled}};
    note->facts.has_clock = session->seen.time != 0;
    note->facts.clock_ahead_s = wsync_seen_skew_s(&session->seen);
    memcpy(note->facts.program, session->seen.program, sizeof note->facts.program);
    if (enrolled) {
        note->row.device = peer->applicant;
    }
}
