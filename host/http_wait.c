/* SPDX-License-Identifier: Apache-2.0 */
/* A handler runs in a fiber, so that it can wait for something while others are answered; its
 * connection is suspended meanwhile.  It comes to its end whatever becomes of the browser. */
#include "host/http_parts.h"

struct wsync_http_caller *wsync_http_caller_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

/* In the fiber. */
static void handle(void *context)
{
    struct wsync_http_exchange *exchange = context;
    const struct wsync_http_setup *setup = &exchange->server->setup;
    const struct wsync_http_route *route = exchange->found.route;
    struct wsync_http_request *request = &exchange->request;
    exchange->answer = (struct wsync_http_answer){.status = MHD_HTTP_OK};
    request->exchange = exchange;
    request->person.role = WSYNC_ROLE_ADMIN;
    if (!setup->gate || setup->gate(setup->context, request, route->role, &exchange->answer)) {
        bool is_shown = setup->revision && route->role >= WSYNC_ROLE_SEE;
        request->revision = is_shown ? setup->revision(setup->context) : 0;
        route->handle(setup->context, request, &exchange->answer);
    }
    exchange->is_answered = true;
}

static struct wsync_fiber *take_fiber(struct wsync_http_server *server)
{
    return server->idle_count > 0 ? server->idle[--server->idle_count] : wsync_fiber_new();
}

static void give_back(struct wsync_http_exchange *exchange)
{
    struct wsync_http_server *server = exchange->server;
    WSYNC_ASSERT(server->idle_count < WSYNC_HTTP_WAITING_MAX + 1);
    server->idle[server->idle_count++] = exchange->fiber;
    exchange->fiber = NULL;
}

/* The place of who waits, or a free one; NULL: there is none. */
static struct wsync_http_exchange **place_of(struct wsync_http_server *server,
                                             const struct wsync_http_exchange *exchange)
{
    struct wsync_http_exchange **free_one = NULL;
    for (size_t i = 0; i < WSYNC_HTTP_WAITING_MAX; i++) {
        if (server->waiting[i] == exchange) {
            return &server->waiting[i];
        }
        free_one = server->waiting[i] ? free_one : &server->waiting[i];
    }
    return free_one;
}

bool wsync_http_can_wait(const struct wsync_http_request *request)
{
    const struct wsync_http_exchange *exchange = request->exchange;
    return !exchange->server->is_closing && place_of(exchange->server, exchange);
}

bool wsync_http_wait(const struct wsync_http_request *request)
{
    struct wsync_http_exchange *exchange = request->exchange;
    if (!wsync_http_can_wait(request)) {
        return false;
    }
    *place_of(exchange->server, exchange) = exchange;
    wsync_fiber_stand();
    return !exchange->server->is_closing;
}

bool wsync_http_handle(struct wsync_http_exchange *exchange)
{
    exchange->fiber = take_fiber(exchange->server);
    if (!exchange->fiber) {
        exchange->status = MHD_HTTP_SERVICE_UNAVAILABLE;
        return true;
    }
    if (wsync_fiber_begin(exchange->fiber, handle, exchange)) {
        give_back(exchange);
        return true;
    }
    struct wsync_http_caller *caller = wsync_http_caller_of(exchange->connection);
    if (caller) {
        caller->is_held = true;
    }
    MHD_suspend_connection(exchange->connection);
    return false;
}

void wsync_http_wake(struct wsync_http_server *server)
{
    for (size_t i = 0; i < WSYNC_HTTP_WAITING_MAX; i++) {
        struct wsync_http_exchange *exchange = server->waiting[i];
        if (!exchange || !wsync_fiber_go_on(exchange->fiber)) {
            continue;
        }
        server->waiting[i] = NULL;
        give_back(exchange);
        wsync_http_caller_give(wsync_http_caller_of(exchange->connection), server->request_ms);
        MHD_resume_connection(exchange->connection);
    }
}

void wsync_http_wait_end(struct wsync_http_server *server)
{
    server->is_closing = true;
    wsync_http_wake(server);
    for (size_t i = 0; i < WSYNC_HTTP_WAITING_MAX; i++) {
        WSYNC_ASSERT(!server->waiting[i]); /* a handler went on waiting that was told not to */
    }
}

void wsync_http_wait_fini(struct wsync_http_server *server)
{
    while (server->idle_count > 0) {
        wsync_fiber_free(server->idle[--server->idle_count]);
    }
}
