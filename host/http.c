/* SPDX-License-Identifier: Apache-2.0 */
#include "host/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/entropy.h"
#include "host/http_parts.h"
#include "host/http_tls.h"
#include "wardsync/crypto.h"

enum {
    IDLE_S = 15,
    REQUEST_S = 60,
    LAST_RUNS = 4,
    SPARE_PART = 8, /* of the places, besides: for who comes while another one goes */
    POOL_BYTES = 32 << 10, /* the head of one request and what is read of its body at a time */
};

static const struct wsync_http_caller FREE = {.fd = -1, .deadline_ms = INT64_MAX};

/* ---- connections ---- */

static void on_connection(void *context, struct MHD_Connection *connection, void **state,
                          enum MHD_ConnectionNotificationCode what)
{
    struct wsync_http_caller *caller = *state;
    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        if (caller) {
            *caller = FREE;
        }
        return;
    }
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *from = info ? info->client_addr : NULL;
    info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    int fd = info->connect_fd;
    *state = wsync_http_caller_new(context, from, fd);
    if (!*state) {
        shutdown(fd, SHUT_RDWR); /* one more than the library was told to take */
    }
}

int wsync_http_fd(const struct wsync_http_server *server)
{
    return MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

int wsync_http_wait_ms(struct wsync_http_server *server)
{
    MHD_UNSIGNED_LONG_LONG library_ms;
    int64_t wait_ms = INT64_MAX, now = wsync_clock_monotonic_ms();
    if (MHD_get_timeout(server->daemon, &library_ms) == MHD_YES) {
        wait_ms = library_ms < INT32_MAX ? (int64_t)library_ms : INT32_MAX;
    }
    for (size_t i = 0; i < server->caller_count; i++) {
        if (server->callers[i].deadline_ms < INT64_MAX && !server->callers[i].is_held) {
            int64_t left_ms = server->callers[i].deadline_ms - now;
            wait_ms = left_ms < 0 ? 0 : left_ms < wait_ms ? left_ms : wait_ms;
        }
    }
    int64_t left_ms = wsync_http_live_left_ms(server, now);
    wait_ms = left_ms < 0 ? 0 : left_ms < wait_ms ? left_ms : wait_ms;
    return wait_ms == INT64_MAX ? -1 : (int)wait_ms;
}

/* The library's own timeout looks at silence alone: a byte now and then would hold a connection
 * for ever.  And nobody is late for the time that a handler took: whoever is late when the run
 * begins and was not answered in it is cut. */
enum wsync_err wsync_http_run(struct wsync_http_server *server)
{
    int64_t begun_ms = wsync_clock_monotonic_ms();
    wsync_http_live_look(server, begun_ms);
    if (MHD_run(server->daemon) != MHD_YES) {
        return WSYNC_ERR_LINK;
    }
    for (size_t i = 0; i < server->caller_count; i++) {
        struct wsync_http_caller *caller = &server->callers[i];
        if (begun_ms >= caller->deadline_ms && !caller->is_held) {
            wsync_http_caller_cut(caller);
        }
    }
    return WSYNC_OK;
}

/* ---- opening ---- */

static struct wsync_http_server *new_server(const struct wsync_http_setup *setup,
                                            const struct wsync_http_place *place)
{
    size_t most = setup->connections_max > 0 ? setup->connections_max : WSYNC_HTTP_CONNECTIONS;
    size_t count = most + most / SPARE_PART + 1;
    struct wsync_http_server *server =
        calloc(1, sizeof *server + count * sizeof server->callers[0]);
    if (!server) {
        return NULL;
    }
    server->setup = *setup;
    server->place = *place;
    server->self = (struct wsync_http_self){server->place.name, place->port,
                                            setup->certificate && setup->key, setup->hosts};
    snprintf(server->url, sizeof server->url, "%s://%s:%u/",
             server->self.tls ? "https" : "http", place->name, (unsigned)place->port);
    server->idle_ms = (setup->idle_s > 0 ? setup->idle_s : IDLE_S) * INT64_C(1000);
    server->request_ms = (setup->request_s > 0 ? setup->request_s : REQUEST_S) * INT64_C(1000);
    server->standing_max = most;
    server->caller_count = count;
    for (size_t i = 0; i < count; i++) {
        server->callers[i] = FREE;
    }
    wsync_entropy_draw(&server->secret);
    return server;
}

static struct MHD_Daemon *start(struct wsync_http_server *server)
{
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)server->setup.certificate},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)server->setup.key},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)WSYNC_HTTP_TLS_PRIORITIES},
        {MHD_OPTION_END, 0, NULL}};
    const struct MHD_OptionItem *more = server->self.tls ? tls : &tls[3];
    unsigned how = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME;
    return MHD_start_daemon(
        server->self.tls ? how | MHD_USE_TLS : how, 0, NULL, NULL, wsync_http_exchange_go_on,
        server, MHD_OPTION_LISTEN_SOCKET, server->place.fd, MHD_OPTION_ARRAY, more,
        MHD_OPTION_URI_LOG_CALLBACK, wsync_http_exchange_begin, server,
        MHD_OPTION_NOTIFY_COMPLETED, wsync_http_exchange_end, server,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, server,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)server->caller_count,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL_BYTES, MHD_OPTION_END);
}

enum wsync_err wsync_http_open(const struct wsync_http_setup *setup,
                               struct wsync_http_server **out, struct wsync_error *error)
{
    struct wsync_http_place place = {.fd = setup->listener};
    enum wsync_err err = wsync_http_listen(setup->address, &place, error);
    if (err != WSYNC_OK) {
        return err;
    }
    struct wsync_http_server *server = new_server(setup, &place);
    if (server) {
        server->daemon = start(server);
    }
    if (!server || !server->daemon) {
        close(place.fd);
        wsync_http_close(server);
        return wsync_error_set(error, WSYNC_ERR_MEMORY, "%s",
                               wsync_err_text(WSYNC_ERR_MEMORY, WSYNC_EN));
    }
    server->setup.certificate = server->setup.key = NULL;
    *out = server;
    return WSYNC_OK;
}

const char *wsync_http_url(const struct wsync_http_server *server)
{
    return server->url;
}

void wsync_http_close(struct wsync_http_server *server)
{
    if (!server) {
        return;
    }
    if (server->daemon) {
        wsync_http_wait_end(server);
        wsync_http_live_end(server);
        for (int i = 0; i < LAST_RUNS; i++) { /* what they say last goes out, if it can */
            (void)MHD_run(server->daemon);
        }
        MHD_stop_daemon(server->daemon);
    }
    wsync_http_wait_fini(server);
    wsync_wipe(&server->secret, sizeof server->secret);
    free(server);
}
