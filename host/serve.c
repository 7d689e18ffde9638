/* SPDX-License-Identifier: Apache-2.0 */
#include "host/serve.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/journal.h"
#include "host/outbox.h"
#include "wardsync/pump.h"

enum { TICK_MS = 1000, SELF_TEST_MS = 5000, PUMP_ALIGNMENT = 16, FRAME_TYPE_OFFSET = 1 };

/* One connection and its session. */
struct peer {
    struct wsync_session session; /* first: the pump hands it back */
    struct wsync_link_peer handle;
    struct wsync_transport_key key;
    struct wsync_outbox outbox;
    bool gone;
};

struct server {
    struct wsync_site *site;
    struct wsync_link *link;
    struct wsync_pump pump;
    struct wsync_enrol_desk desk;
    struct peer *peers[WSYNC_SERVE_PEERS_MAX];
    size_t peer_count;
    int64_t ticked_ms;
};

static struct peer *peer_of(struct wsync_session *session)
{
    return (struct peer *)session;
}

static void send_frame(void *context, struct wsync_session *session, struct wsync_slice frame)
{
    struct server *server = context;
    struct peer *peer = peer_of(session);
    if (!peer->gone &&
        wsync_outbox_send(&peer->outbox, server->link, peer->handle, frame) != WSYNC_OK) {
        peer->gone = true; /* its session is forgotten; the ward begins again from its store */
    }
}

static void close_session(void *context, struct wsync_session *session)
{
    const struct wsync_session_counts *counts = &session->counts;
    (void)context;
    WSYNC_JOURNAL(INFO, "session-end",
                  wsync_journal_text("result", wsync_err_name(session->result)),
                  wsync_journal_number("changes-in", (int64_t)counts->changes_taken),
                  wsync_journal_number("changes-out", (int64_t)counts->changes_sent),
                  wsync_journal_number("bytes-in", (int64_t)counts->bytes_in),
                  wsync_journal_number("bytes-out", (int64_t)counts->bytes_out));
}

/* Who may shake hands: a device of the roster, or the bearer of an invite. */
static enum wsync_link_admission admit(void *context, struct wsync_transport_key key)
{
    struct server *server = context;
    struct wsync_txn *txn;
    struct wsync_device device;
    struct wsync_invite_row invite;
    if (wsync_store_begin(server->site->store, WSYNC_TXN_READ, &txn) != WSYNC_OK) {
        return WSYNC_LINK_NOT_YET;
    }
    enum wsync_err err = wsync_device_by_transport(txn, &key, &device);
    if (err == WSYNC_ERR_NOT_FOUND) {
        err = wsync_invite_get(txn, &key, &invite);
        device.revoked = 0;
    }
    wsync_txn_abort(txn);
    if (err == WSYNC_OK && device.revoked == 0) {
        return WSYNC_LINK_ADMIT;
    }
    bool known_answer = err == WSYNC_OK || err == WSYNC_ERR_NOT_FOUND;
    return known_answer ? WSYNC_LINK_REFUSE : WSYNC_LINK_NOT_YET;
}

static struct peer *find_peer(struct server *server, struct wsync_link_peer handle)
{
    for (size_t i = 0; i < server->peer_count; i++) {
        if (memcmp(server->peers[i]->handle.b, handle.b, sizeof handle.b) == 0) {
            return server->peers[i];
        }
    }
    return NULL;
}

static void begin_session(struct server *server, struct peer *peer)
{
    const struct wsync_session_setup setup = {.role = WSYNC_SESSION_DISTRICT,
                                              .ledger = &server->site->ledger,
                                              .instance = server->site->conf.instance,
                                              .peer = peer->key,
                                              .desk = &server->desk};
    wsync_session_init(&peer->session, &setup, wsync_clock_monotonic_ms());
}

static struct peer *add_peer(struct server *server, const struct wsync_link_event *event)
{
    struct peer *peer =
        server->peer_count < WSYNC_SERVE_PEERS_MAX ? calloc(1, sizeof *peer) : NULL;
    if (peer) {
        peer->handle = event->peer;
        peer->key = event->key;
        begin_session(server, peer);
        server->peers[server->peer_count++] = peer;
    }
    return peer;
}

static void drop_peer(struct server *server, size_t index)
{
    wsync_outbox_clear(&server->peers[index]->outbox);
    free(server->peers[index]);
    server->peers[index] = server->peers[--server->peer_count];
}

/* Whom a frame is for: frames that were under way when their session ended are dropped, a new
 * Hello or Enrol begins the next one. */
static struct peer *receiver_of(struct server *server, const struct wsync_link_event *event)
{
    struct peer *peer = find_peer(server, event->peer);
    uint8_t type =
        event->bytes.len > FRAME_TYPE_OFFSET ? event->bytes.data[FRAME_TYPE_OFFSET] : 0;
    bool opens = type == WSYNC_MESSAGE_HELLO || type == WSYNC_MESSAGE_ENROL;
    if (!peer) {
        return add_peer(server, event);
    }
    if (wsync_session_is_over(&peer->session)) {
        if (!opens) {
            return NULL;
        }
        begin_session(server, peer);
    }
    return peer;
}

static struct wsync_pump_event event_for(struct peer *peer, enum wsync_event_kind kind)
{
    return (struct wsync_pump_event){
        &peer->session,
        {.kind = kind, .now_ms = wsync_clock_monotonic_ms(), .time = wsync_clock_wall_s()}};
}

static void run(struct server *server, const struct wsync_pump_event *events, size_t count)
{
    server->site->ledger.moment = wsync_clock_moment();
    enum wsync_err err = wsync_pump_run(&server->pump, events, count);
    if (err != WSYNC_OK) {
        WSYNC_JOURNAL(ERROR, "store-refused", wsync_journal_text("code", wsync_err_name(err)));
    }
}

static void take_batch(struct server *server, const struct wsync_link_batch *batch)
{
    struct wsync_pump_event events[WSYNC_PUMP_EVENTS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->events[i].kind != WSYNC_LINK_FRAME) {
            continue;
        }
        struct peer *peer = receiver_of(server, &batch->events[i]);
        if (!peer) {
            continue;
        }
        events[count] = event_for(peer, WSYNC_EVENT_FRAME);
        events[count++].event.frame = batch->events[i].bytes;
        if (count == WSYNC_PUMP_EVENTS_MAX) {
            run(server, events, count);
            count = 0;
        }
    }
    if (count > 0 || server->pump.more) {
        run(server, events, count);
    }
}

/* Ends sessions that are silent for too long and forgets peers that are gone. */
static void tick(struct server *server)
{
    int64_t now = wsync_clock_monotonic_ms();
    for (size_t i = server->peer_count; i-- > 0;) {
        struct peer *peer = server->peers[i];
        bool late = now >= peer->session.progress_ms + WSYNC_IDLE_MS_MAX;
        if (!peer->gone &&
            wsync_outbox_flush(&peer->outbox, server->link, peer->handle) != WSYNC_OK) {
            peer->gone = true;
        }
        if ((late || peer->gone) && !wsync_session_is_over(&peer->session)) {
            struct wsync_pump_event event =
                event_for(peer, peer->gone ? WSYNC_EVENT_CUT : WSYNC_EVENT_TICK);
            run(server, &event, 1);
        }
        if (late || peer->gone) {
            drop_peer(server, i);
        }
    }
    server->ticked_ms = now;
}

static enum wsync_err loop(struct server *server, int stop_fd)
{
    for (;;) { /* until told to stop */
        struct wsync_link_batch batch;
        enum wsync_err err =
            wsync_link_poll(server->link, server->pump.more ? 0 : TICK_MS, stop_fd, &batch);
        if (err != WSYNC_OK) {
            return err;
        }
        take_batch(server, &batch);
        if (wsync_clock_monotonic_ms() - server->ticked_ms >= TICK_MS) {
            tick(server);
        }
        if (batch.woken) {
            break;
        }
    }
    for (size_t i = 0; i < server->peer_count; i++) {
        struct wsync_pump_event event = event_for(server->peers[i], WSYNC_EVENT_STOP);
        run(server, &event, 1);
    }
    struct wsync_link_batch last;
    return wsync_link_poll(server->link, 0, -1, &last);
}

static enum wsync_err open_link(struct server *server, struct wsync_error *error)
{
    const struct wsync_site *site = server->site;
    struct wsync_link_bind binds[WSYNC_ADDRESSES_MAX];
    for (size_t i = 0; i < site->conf.address_count; i++) {
        binds[i] = (struct wsync_link_bind){site->conf.addresses[i], site->transport};
    }
    struct wsync_link_serve_options options = {.binds = binds,
                                               .bind_count = site->conf.address_count,
                                               .admit = admit,
                                               .admit_context = server,
                                               .connections_max = WSYNC_SERVE_PEERS_MAX};
    enum wsync_err err = wsync_link_serve(&options, &server->link, error);
    wsync_wipe(binds, sizeof binds);
    if (err == WSYNC_OK) {
        err = wsync_link_self_test(server->link, SELF_TEST_MS, error);
    }
    return err;
}

static enum wsync_err load_desk(struct server *server, struct wsync_error *error)
{
    char file[WSYNC_SITE_PATH_BYTES];
    struct wsync_signing_pair root;
    enum wsync_err err = wsync_keys_load_signing(
        wsync_site_file(server->site->path, "keys/root.key", file), &root, error);
    server->desk.root_secret = root.secret;
    wsync_wipe(&root, sizeof root);
    return err;
}

static enum wsync_err serve_with(struct server *server,
                                 const struct wsync_serve_options *options, void *memory,
                                 struct wsync_error *error)
{
    struct wsync_sink sink = {server, send_frame, close_session};
    const char *addresses[WSYNC_ADDRESSES_MAX];
    wsync_pump_init(&server->pump, server->site->store, &server->site->ledger, &sink, memory);
    enum wsync_err err = load_desk(server, error);
    if (err == WSYNC_OK) {
        err = open_link(server, error);
    }
    if (err == WSYNC_OK) {
        size_t count = server->site->conf.address_count;
        for (size_t i = 0; i < count; i++) {
            addresses[i] = wsync_link_endpoint(server->link, i);
        }
        options->ready(options->context, addresses, count);
        err = loop(server, options->stop_fd);
    }
    while (server->peer_count > 0) {
        drop_peer(server, server->peer_count - 1);
    }
    wsync_link_close(server->link);
    wsync_wipe(&server->desk, sizeof server->desk);
    return err;
}

/* One serving process a directory; the lock goes with the process. */
static enum wsync_err take_lock(const char *path, int *fd, struct wsync_error *error)
{
    char file[WSYNC_SITE_PATH_BYTES];
    *fd = open(wsync_site_file(path, "serve.lock", file), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (*fd < 0) {
        return wsync_error_set(error, WSYNC_ERR_STORE_IO, "Cannot write %s.", file);
    }
    if (flock(*fd, LOCK_EX | LOCK_NB) != 0) {
        close(*fd);
        return wsync_error_set(error, WSYNC_ERR_EXISTS,
                               "Another process serves %s already; stop it first.", path);
    }
    return WSYNC_OK;
}

enum wsync_err wsync_serve(const struct wsync_serve_options *options, struct wsync_error *error)
{
    int lock;
    size_t bytes = (wsync_pump_bytes() + PUMP_ALIGNMENT - 1) / PUMP_ALIGNMENT * PUMP_ALIGNMENT;
    enum wsync_err err = take_lock(options->site->path, &lock, error);
    if (err != WSYNC_OK) {
        return err;
    }
    struct server *server = calloc(1, sizeof *server);
    void *memory = aligned_alloc(PUMP_ALIGNMENT, bytes);
    err = WSYNC_ERR_MEMORY;
    if (server && memory) {
        server->site = options->site;
        err = serve_with(server, options, memory, error);
    }
    free(memory);
    free(server);
    close(lock);
    return err;
}
