/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "host/admin_log.h"
#include "host/canary.h"
#include "host/clock.h"
#include "host/serve_parts.h"
#include "host/site_conf.h"
#include "wardsync/parcel.h"

enum { FRAME_TYPE_OFFSET = 1, SAY_AGAIN_MS = 60000 };

/* ---- what the pump decided ---- */

void wsync_serve_send(void *context, struct wsync_session *session, struct wsync_slice frame)
{
    struct wsync_server *server = context;
    struct wsync_serve_peer *peer = wsync_serve_peer_of(session);
    if (peer->gone || peer->choked) {
        return; /* its session is forgotten; the ward begins again from its store */
    }
    enum wsync_err err =
        wsync_outbox_send(&peer->outbox, server->link, peer->handle, frame);
    peer->gone = err == WSYNC_ERR_LINK;
    peer->choked = err != WSYNC_OK && err != WSYNC_ERR_LINK;
}

void wsync_serve_closed(void *context, struct wsync_session *session)
{
    struct wsync_server *server = context;
    struct wsync_serve_peer *peer = wsync_serve_peer_of(session);
    const struct wsync_session_counts *counts = &session->counts;
    struct wsync_session_note note;
    int64_t now = wsync_clock_monotonic_ms();
    if (!peer->running) {
        return;
    }
    peer->running = false;
    if (session->result == WSYNC_OK) {
        wsync_serve_peers_outdo(&server->peers, peer);
    }
    wsync_serve_peer_note(peer, now, wsync_clock_wall_s(), &note);
    wsync_session_book_note(&server->book, &note, now);
    WSYNC_JOURNAL(INFO, "session-end",
                  wsync_journal_text("result", wsync_err_name(session->result)),
                  wsync_journal_number("changes-in", (int64_t)counts->changes_taken),
                  wsync_journal_number("changes-out", (int64_t)counts->changes_sent),
                  wsync_journal_number("bytes-in", (int64_t)counts->bytes_in),
                  wsync_journal_number("bytes-out", (int64_t)counts->bytes_out));
    if (counts->blobs.refused > 0) { /* the session went on without */
        WSYNC_JOURNAL(ERROR, "photos-refused",
                      wsync_journal_number("photos", (int64_t)counts->blobs.refused));
    }
}

/* ---- running ---- */

static struct wsync_pump_event event_for(struct wsync_serve_peer *peer,
                                         enum wsync_event_kind kind)
{
    return (struct wsync_pump_event){
        &peer->session,
        {.kind = kind, .now_ms = wsync_clock_monotonic_ms(), .time = wsync_clock_wall_s()}};
}

/* A full disk would otherwise fill the journal too. */
static void say_store(struct wsync_server *server, enum wsync_err err)
{
    int64_t now = wsync_clock_monotonic_ms();
    if (err == WSYNC_OK && server->refusals > 0) {
        WSYNC_JOURNAL(INFO, "store-recovered",
                      wsync_journal_number("refused", (int64_t)server->refusals));
        server->refusals = 0;
    } else if (err != WSYNC_OK &&
               (server->refusals++ == 0 || now >= server->refusal_said_ms + SAY_AGAIN_MS)) {
        server->refusal_said_ms = now;
        WSYNC_JOURNAL(ERROR, "store-refused", wsync_journal_text("code", wsync_err_name(err)),
                      wsync_journal_number("refused", (int64_t)server->refusals));
    }
}

/* The one place where the pump runs. */
static void run(struct wsync_server *server, const struct wsync_pump_event *events,
                size_t count)
{
    server->site->ledger.moment = wsync_clock_moment();
    say_store(server, wsync_pump_run(&server->pump, events, count));
    int64_t now = wsync_clock_monotonic_ms();
    size_t running = wsync_serve_peers_running(&server->peers);
    for (size_t i = 0; i < count; i++) {
        if (events[i].event.kind == WSYNC_EVENT_FRAME) {
            wsync_serve_peer_heard(wsync_serve_peer_of(events[i].session), running, now);
        }
    }
}

static void run_one(struct wsync_server *server, struct wsync_serve_peer *peer,
                    enum wsync_event_kind kind)
{
    struct wsync_pump_event event = event_for(peer, kind);
    run(server, &event, 1);
}

/* ---- sessions ---- */

static void read_hello(struct wsync_server *server, struct wsync_serve_peer *peer,
                       const struct wsync_hello *hello)
{
    struct wsync_txn *txn;
    struct wsync_device device;
    if (wsync_store_begin(server->site->store, WSYNC_TXN_READ, &txn) != WSYNC_OK) {
        return;
    }
    enum wsync_err err = wsync_device_by_transport(txn, &peer->key, &device);
    if (err == WSYNC_OK) {
        err = wsync_contact_readable(txn, &device, &peer->facts.readable);
    }
    wsync_txn_abort(txn);
    peer->facts.spoke = err == WSYNC_OK;
    peer->facts.has_head = hello->has_own;
    if (hello->has_own) {
        peer->facts.head = hello->own;
    }
}

/* What the session log is to know of an opening frame; what is wrong with it, the session says.
 */
static void read_opening(struct wsync_server *server, struct wsync_serve_peer *peer,
                         struct wsync_slice frame)
{
    struct wsync_arena *arena = &server->site->arena;
    size_t mark = wsync_arena_mark(arena);
    struct wsync_message message;
    if (wsync_message_decode(frame, arena, &message) == WSYNC_OK) {
        if (message.type == WSYNC_MESSAGE_HELLO) {
            read_hello(server, peer, &message.hello);
        } else if (message.type == WSYNC_MESSAGE_ENROL) {
            peer->kind = WSYNC_SESSION_KIND_ENROL;
            peer->applicant =
                wsync_device_of(&server->site->conf.instance, &message.enrol.signing_key);
        }
    }
    wsync_arena_release(arena, mark);
}

static void begin_session(struct wsync_server *server, struct wsync_serve_peer *peer,
                          struct wsync_slice frame)
{
    const struct wsync_session_setup setup = {.role = WSYNC_SESSION_DISTRICT,
                                              .ledger = &server->site->ledger,
                                              .instance = server->site->conf.instance,
                                              .peer = peer->key,
                                              .program =
                                                  wsync_slice_of("district " WSYNC_VERSION),
                                              .desk = &server->desk,
                                              .packer = server->site->packer};
    peer->begun_ms = wsync_clock_monotonic_ms();
    peer->begun = wsync_clock_wall_s();
    peer->kind = WSYNC_SESSION_KIND_SYNC;
    peer->facts = (struct wsync_session_facts){.spoke = false};
    peer->running = true;
    wsync_session_init(&peer->session, &setup, peer->begun_ms);
    wsync_watch_begin(&peer->watch, peer->begun_ms);
    read_opening(server, peer, frame);
}

static void forget(struct wsync_server *server, struct wsync_serve_peer *peer)
{
    if (!wsync_session_is_over(&peer->session)) {
        run_one(server, peer, WSYNC_EVENT_CUT);
    }
    wsync_serve_peers_drop(&server->peers, peer);
}

/* The ward comes again by its schedule, and does not have to find out by silence. */
static void say_busy(struct wsync_server *server, struct wsync_outbox *outbox,
                     struct wsync_link_peer peer)
{
    struct wsync_arena *arena = &server->site->arena;
    size_t mark = wsync_arena_mark(arena);
    struct wsync_message bye = {.type = WSYNC_MESSAGE_BYE, .bye = WSYNC_ERR_BUSY};
    struct wsync_slice frame;
    if (wsync_message_encode(&bye, arena, &frame) == WSYNC_OK) {
        enum wsync_err ignored = wsync_outbox_send(outbox, server->link, peer, frame);
        (void)ignored; /* a line that is gone asks for no answer */
    }
    wsync_arena_release(arena, mark);
}

/* Nothing was begun and nothing is promised. */
static void turn_away(struct wsync_server *server, const struct wsync_link_event *event)
{
    struct wsync_outbox once = {.count = 0};
    say_busy(server, &once, event->peer);
    wsync_outbox_clear(&once);
    wsync_serve_put_off(server, event->key);
}

/* Who let more pile up than may wait.  The connection stands: what was under way on it is still
 * dropped by the peer that is kept, and is not taken for the first words of somebody new. */
static void cut_off_choked(struct wsync_server *server)
{
    for (size_t i = 0; i < server->peers.count; i++) {
        struct wsync_serve_peer *peer = server->peers.items[i];
        if (!peer->choked) {
            continue;
        }
        if (!wsync_session_is_over(&peer->session)) {
            run_one(server, peer, WSYNC_EVENT_CUT);
        }
        wsync_outbox_clear(&peer->outbox);
        peer->choked = false;
        say_busy(server, &peer->outbox, peer->handle);
    }
}

/* Whom a frame is for: frames that were under way when their session ended are dropped, a new
 * Hello or Enrol begins the next one. */
static struct wsync_serve_peer *receiver_of(struct wsync_server *server,
                                            const struct wsync_link_event *event)
{
    struct wsync_serve_peer *peer = wsync_serve_peers_find(&server->peers, event->peer);
    uint8_t type =
        event->bytes.len > FRAME_TYPE_OFFSET ? event->bytes.data[FRAME_TYPE_OFFSET] : 0;
    bool opens = type == WSYNC_MESSAGE_HELLO || type == WSYNC_MESSAGE_ENROL;
    if (peer && !wsync_session_is_over(&peer->session)) {
        return peer;
    }
    if (peer && !opens) {
        return NULL;
    }
    if (!peer) {
        peer = wsync_serve_peers_add(&server->peers, event);
    }
    if (peer) {
        begin_session(server, peer, event->bytes);
    } else if (opens) {
        turn_away(server, event);
    }
    return peer;
}

/* Is this the first frame of a connection that has no peer yet? */
static bool is_newcomer(struct wsync_server *server, const struct wsync_link_batch *batch,
                        size_t index)
{
    const struct wsync_link_event *event = &batch->events[index];
    for (size_t i = 0; i < index; i++) {
        if (wsync_slice_equal(WSYNC_BYTES(batch->events[i].peer), WSYNC_BYTES(event->peer))) {
            return false;
        }
    }
    return event->kind == WSYNC_LINK_FRAME && !wsync_parcel_is(event->bytes) &&
           !wsync_serve_peers_find(&server->peers, event->peer);
}

/* Peers that must go so that others may come; never in mid-batch, whose events point at them.
 */
static void make_room(struct wsync_server *server, const struct wsync_link_batch *batch)
{
    size_t coming = 0;
    for (size_t i = 0; i < batch->count; i++) {
        if (!is_newcomer(server, batch, i)) {
            continue;
        }
        struct wsync_serve_peer *victim =
            wsync_serve_peers_victim(&server->peers, &batch->events[i].key, ++coming);
        if (victim) {
            forget(server, victim);
        }
    }
}

size_t wsync_serve_pace(size_t before, size_t count, size_t parts)
{
    if (parts > 1) {
        return count / parts > 0 ? count / parts : 1;
    }
    bool few = before > 0 && before < WSYNC_PUMP_EVENTS_MAX / 2;
    return few ? 2 * before : WSYNC_PUMP_EVENTS_MAX;
}

/* A batch that was cut was long for whoever was not in it: the next one is shorter, and lines
 * are read in turn. */
static void run_batch(struct wsync_server *server, const struct wsync_pump_event *events,
                      size_t count)
{
    run(server, events, count);
    if (count > 0) {
        server->take = wsync_serve_pace(server->take, count, server->pump.parts);
        wsync_link_take(server->link, server->take);
    }
}

void wsync_serve_batch(struct wsync_server *server, const struct wsync_link_batch *batch)
{
    struct wsync_pump_event events[WSYNC_PUMP_EVENTS_MAX];
    size_t count = 0;
    make_room(server, batch);
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->events[i].kind != WSYNC_LINK_FRAME) {
            continue;
        }
        if (wsync_parcel_is(batch->events[i].bytes)) {
            wsync_serve_parcel(server, &batch->events[i]);
            continue;
        }
        struct wsync_serve_peer *peer = receiver_of(server, &batch->events[i]);
        if (!peer) {
            continue;
        }
        bool new = peer->session.state == WSYNC_STATE_IDLE;
        events[count] =
            event_for(peer, server->draining && new ? WSYNC_EVENT_STOP : WSYNC_EVENT_FRAME);
        events[count++].event.frame = batch->events[i].bytes;
        if (count == WSYNC_PUMP_EVENTS_MAX) {
            run_batch(server, events, count);
            count = 0;
        }
    }
    if (count > 0 || server->pump.more) {
        run_batch(server, events, count);
    }
    cut_off_choked(server);
}

/* ---- the session log ---- */

/* The admin log hears of settings that are others than those it knows. */
static enum wsync_err note_settings(struct wsync_server *server, struct wsync_txn *txn,
                                    int64_t time)
{
    char text[WSYNC_ADMIN_TEXT_BYTES];
    struct wsync_admin_row known;
    wsync_site_conf_print(&server->site->conf, text, sizeof text);
    enum wsync_err err = wsync_admin_log_last(txn, WSYNC_ADMIN_SETTINGS, &known);
    if (err == WSYNC_ERR_NOT_FOUND || (err == WSYNC_OK && strcmp(known.text, text) != 0)) {
        return wsync_admin_log_add(txn, WSYNC_ADMIN_SETTINGS, time, "%s", text);
    }
    return err;
}

/* How the run before ended is asked first: the session log then begins another. */
static enum wsync_err note_start(struct wsync_server *server, struct wsync_txn *txn,
                                 int64_t time)
{
    bool stopped = false;
    int64_t last;
    enum wsync_err err = wsync_session_log_last(txn, &last, &stopped);
    const char *before = err == WSYNC_ERR_NOT_FOUND ? "none" : stopped ? "stopped" : "killed";
    if (err == WSYNC_OK || err == WSYNC_ERR_NOT_FOUND) {
        err = wsync_admin_log_add(txn, WSYNC_ADMIN_START, time,
                                  "program=" WSYNC_VERSION " run-before=%s", before);
    }
    return err == WSYNC_OK ? note_settings(server, txn, time) : err;
}

static enum wsync_err note_run(struct wsync_server *server, bool begins)
{
    struct wsync_txn *txn;
    int64_t time = wsync_clock_wall_s();
    enum wsync_err err = wsync_store_begin(server->site->store, WSYNC_TXN_WRITE, &txn);
    if (err != WSYNC_OK) {
        return err;
    }
    err = begins ? note_start(server, txn, time) : note_settings(server, txn, time);
    if (err == WSYNC_OK && begins) {
        err = wsync_session_log_start(txn, time);
    }
    if (err == WSYNC_OK) {
        return wsync_txn_commit(txn);
    }
    wsync_txn_abort(txn);
    return err;
}

/* The wards come first: a log that the store refuses keeps nobody waiting. */
static void say_log(enum wsync_err err)
{
    if (err != WSYNC_OK) {
        WSYNC_JOURNAL(ERROR, "session-log-refused",
                      wsync_journal_text("code", wsync_err_name(err)));
    }
}

void wsync_serve_begin_book(struct wsync_server *server)
{
    enum wsync_err err = note_run(server, true);
    if (err == WSYNC_OK) {
        server->book.alive_ms = wsync_clock_monotonic_ms();
    }
    say_log(err);
}

void wsync_serve_note_settings(struct wsync_server *server)
{
    say_log(note_run(server, false));
}

void wsync_serve_write_book(struct wsync_server *server)
{
    const struct wsync_site_policy *policy = &server->site->conf.policy;
    const struct wsync_session_policy keep = {policy->log_days, policy->log_rows};
    uint64_t lost = server->book.lost;
    bool refused = server->book.refused;
    enum wsync_err err =
        wsync_session_book_write(&server->book, server->site->store, &keep,
                                 wsync_clock_monotonic_ms(), wsync_clock_wall_s());
    if (err != WSYNC_OK && !refused) {
        WSYNC_JOURNAL(ERROR, "session-log-refused",
                      wsync_journal_text("code", wsync_err_name(err)));
    } else if (err == WSYNC_OK && lost > 0) {
        WSYNC_JOURNAL(WARNING, "session-log-lost", wsync_journal_number("rows", (int64_t)lost));
    }
}

/* ---- time ---- */

/* Told once: the folder is there or it is not. */
void wsync_serve_put_canary(struct wsync_server *server)
{
    struct wsync_error why;
    enum wsync_err err = wsync_canary_put(server->site, &why);
    if (err != WSYNC_OK && !server->canary_failed) {
        WSYNC_JOURNAL(WARNING, "canary", wsync_journal_text("why", why.text));
    }
    server->canary_failed = err != WSYNC_OK;
}

void wsync_serve_tick(struct wsync_server *server)
{
    int64_t now = wsync_clock_monotonic_ms();
    wsync_serve_put_canary(server);
    cut_off_choked(server);
    for (size_t i = server->peers.count; i-- > 0;) {
        struct wsync_serve_peer *peer = server->peers.items[i];
        bool late = now >= peer->session.progress_ms + WSYNC_IDLE_MS_MAX;
        peer->gone = peer->gone || wsync_link_is_gone(server->link, peer->connection);
        if (!peer->gone &&
            wsync_outbox_flush(&peer->outbox, server->link, peer->handle) != WSYNC_OK) {
            peer->gone = true;
        }
        if (late && !peer->gone && !wsync_session_is_over(&peer->session)) {
            run_one(server, peer, WSYNC_EVENT_TICK);
        }
        if (late || peer->gone) {
            forget(server, peer);
        }
    }
    server->ticked_ms = now;
    if (wsync_link_is_full(server->link) != server->full) {
        server->full = !server->full;
        WSYNC_JOURNAL(WARNING, server->full ? "door-shut" : "door-open",
                      wsync_journal_number("connections", (int64_t)server->connections_max));
    }
    wsync_scrub_tick(&server->scrub, server->site->store, now);
    wsync_scrub_photos_tick(&server->scrub_photos, server->site, now);
}

void wsync_serve_stop_all(struct wsync_server *server)
{
    for (size_t i = 0; i < server->peers.count; i++) {
        struct wsync_serve_peer *peer = server->peers.items[i];
        if (!wsync_session_is_over(&peer->session)) {
            run_one(server, peer, WSYNC_EVENT_STOP);
        }
    }
}
