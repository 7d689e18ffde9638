/* SPDX-License-Identifier: Apache-2.0 */
#include "host/serve.h"

#include <stdio.h>
#include <stdlib.h>

#include "host/block.h"
#include "host/clock.h"
#include "host/doubt.h"
#include "host/lock.h"
#include "host/notify.h"
#include "host/parcels.h"
#include "host/serve_parts.h"
#include "host/tlog.h"
#include "wardsync/crypto.h"

enum { TICK_MS = 1000, DRAIN_POLL_MS = 50, FAREWELL_MS = 500 };

/* A configuration with a mistake changes nothing. */
enum wsync_err wsync_serve_reload(struct wsync_server *server, struct wsync_error *error)
{
    wsync_notify_reloading();
    enum wsync_err err = wsync_site_reload(server->site, error);
    if (err != WSYNC_OK) {
        WSYNC_JOURNAL(ERROR, "reload-failed", wsync_journal_text("why", error->text));
        err = WSYNC_OK;
    } else {
        wsync_journal_set_level(server->site->conf.policy.journal);
        err = wsync_serve_follow(server, error);
        wsync_serve_note_settings(server);
        WSYNC_JOURNAL(INFO, "reloaded",
                      wsync_journal_number("addresses", (int64_t)server->bound_count));
    }
    wsync_notify_ready();
    return err;
}

static void begin_drain(struct wsync_server *server, int64_t *deadline_ms)
{
    size_t running = wsync_serve_peers_running(&server->peers);
    server->draining = true;
    wsync_lock_end_soon(server->lock);
    *deadline_ms = wsync_clock_monotonic_ms() + server->site->conf.policy.drain_s * 1000;
    wsync_notify_stopping();
    WSYNC_JOURNAL(INFO, "draining", wsync_journal_number("sessions", (int64_t)running));
}

/* Lets the last frames leave: the link drops what it still holds when it is closed. */
static enum wsync_err say_farewell(struct wsync_server *server)
{
    int64_t until = wsync_clock_monotonic_ms() + FAREWELL_MS;
    wsync_serve_stop_all(server);
    enum wsync_err err = WSYNC_OK;
    bool waits = true;
    while (err == WSYNC_OK && waits) {
        struct wsync_link_batch last;
        err = wsync_link_poll(server->link, DRAIN_POLL_MS, -1, &last);
        wsync_serve_tick(server);
        waits = server->peers.waiting_bytes > 0 && wsync_clock_monotonic_ms() < until;
    }
    server->book.stopped = true;
    wsync_serve_write_book(server);
    return err;
}

static int timeout_ms(const struct wsync_server *server)
{
    int most_ms = server->draining ? DRAIN_POLL_MS : TICK_MS;
    int64_t now = wsync_clock_monotonic_ms();
    int64_t wait_ms = wsync_session_book_wait_ms(&server->book, now);
    bool due = server->pump.more || wsync_serve_parcels_are_due(server, now);
    return due ? 0 : wait_ms < most_ms ? (int)wait_ms : most_ms;
}

/* What `systemctl status` shows, when it is something new. */
static void tell_manager(struct wsync_server *server)
{
    char status[64];
    size_t running = wsync_serve_peers_running(&server->peers);
    wsync_notify_alive();
    if (running != server->told_running) {
        server->told_running = running;
        snprintf(status, sizeof status, "conversations now: %zu", running);
        wsync_notify_status(status);
    }
}

static enum wsync_err loop(struct wsync_server *server,
                           const struct wsync_serve_options *options, struct wsync_error *error)
{
    struct wsync_signals *signals = options->signals;
    int64_t deadline_ms = INT64_MAX;
    for (;;) { /* until told to stop */
        struct wsync_link_batch batch;
        enum wsync_err err =
            wsync_link_poll(server->link, timeout_ms(server), signals->fd, &batch);
        if (err == WSYNC_OK) {
            err = wsync_serve_heed_roster(server, error);
        }
        if (err != WSYNC_OK) {
            return err;
        }
        wsync_serve_batch(server, &batch);
        int64_t now = wsync_clock_monotonic_ms();
        if (wsync_serve_parcels_are_due(server, now)) {
            wsync_serve_parcels_step(server, now);
        }
        if (now - server->ticked_ms >= TICK_MS) {
            tell_manager(server);
            wsync_serve_tick(server);
            wsync_pages_check(options->pages);
        }
        if (wsync_session_book_wait_ms(&server->book, now) == 0) {
            wsync_serve_write_book(server);
        }
        wsync_signals_take(signals);
        if (signals->reload) {
            signals->reload = false;
            err = wsync_serve_reload(server, error);
            if (err != WSYNC_OK) {
                return err;
            }
        }
        if (signals->stops > 0 && !server->draining) {
            begin_drain(server, &deadline_ms);
        }
        if (server->draining && (signals->stops > 1 || now >= deadline_ms ||
                                 wsync_serve_peers_running(&server->peers) == 0)) {
            return say_farewell(server);
        }
    }
}

static enum wsync_err serve_with(struct wsync_server *server,
                                 const struct wsync_serve_options *options, void *memory,
                                 struct wsync_error *error)
{
    const char *addresses[WSYNC_LINK_BINDS_MAX];
    server->sink = (struct wsync_sink){server, wsync_serve_send, wsync_serve_closed};
    wsync_pump_init(&server->pump, server->site->store, &server->site->ledger, &server->sink,
                    memory);
    wsync_journal_set_level(server->site->conf.policy.journal);
    enum wsync_err err = wsync_serve_check_roster(server, error);
    if (err == WSYNC_OK && options->restored) {
        err = wsync_doubt_retire(server->site, WSYNC_DOUBT_TOLD, error);
    }
    if (err == WSYNC_OK) {
        wsync_serve_put_canary(server);
        wsync_keys_guard(&server->desk, sizeof server->desk);
        err = wsync_serve_load_desk(server, error);
    }
    if (err == WSYNC_OK) {
        err = wsync_tlog_begin(server->site, &server->desk, error);
    }
    if (err == WSYNC_OK) {
        err = wsync_parcels_tidy(server->site->path, wsync_clock_wall_s(), error);
    }
    if (err == WSYNC_OK) {
        err = wsync_serve_open(server, error);
    }
    if (err == WSYNC_OK) {
        wsync_serve_begin_book(server);
        server->parcels.waiting = true; /* of the run before */
        for (size_t i = 0; i < server->bound_count; i++) {
            addresses[i] = wsync_link_endpoint(server->link, i);
        }
        options->ready(options->context, addresses, server->bound_count);
        wsync_notify_ready();
        err = loop(server, options, error);
    }
    wsync_serve_parcels_close(server);
    while (server->peers.count > 0) {
        wsync_serve_peers_drop(&server->peers, server->peers.items[0]);
    }
    wsync_link_close(server->link);
    wsync_keys_release(&server->desk, sizeof server->desk);
    return err;
}

enum wsync_err wsync_serve(const struct wsync_serve_options *options, struct wsync_error *error)
{
    struct wsync_lock lock;
    enum wsync_err err = wsync_lock_serve(options->site->path, &lock, error);
    if (err != WSYNC_OK) {
        return err;
    }
    struct wsync_server *server = calloc(1, sizeof *server);
    void *memory = wsync_block_new(wsync_pump_bytes());
    err = WSYNC_ERR_MEMORY;
    if (server && memory) {
        server->site = options->site;
        server->lock = &lock;
        err = serve_with(server, options, memory, error);
    }
    wsync_block_free(memory, wsync_pump_bytes());
    free(server);
    wsync_lock_release(&lock);
    return err;
}
