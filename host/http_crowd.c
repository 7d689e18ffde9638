/* SPDX-License-Identifier: Apache-2.0 */
#include "host/http_crowd.h"

#include <netinet/in.h>
#include <string.h>

#include "host/clock.h"
#include "host/http_parts.h"

void wsync_http_caller_give(struct wsync_http_caller *caller, int64_t ms)
{
    if (caller && caller->deadline_ms < INT64_MAX) {
        caller->since_ms = wsync_clock_monotonic_ms();
        caller->deadline_ms = caller->since_ms + ms;
        caller->is_held = false;
    }
}

void wsync_http_caller_cut(struct wsync_http_caller *caller)
{
    shutdown(caller->fd, SHUT_RDWR);
    caller->deadline_ms = INT64_MAX;
}

/* Whoever has a network of version 6 has all of its addresses. */
static uint64_t network_of(const struct sockaddr *address)
{
    const struct sockaddr_in *four = (const void *)address;
    const struct sockaddr_in6 *six = (const void *)address;
    uint64_t network = 0;
    if (address->sa_family == AF_INET) {
        network = four->sin_addr.s_addr;
    } else if (address->sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&six->sin6_addr)) {
        memcpy(&network, six->sin6_addr.s6_addr + 12, 4);
    } else if (address->sa_family == AF_INET6) {
        memcpy(&network, six->sin6_addr.s6_addr, sizeof network);
    }
    return network;
}

static bool is_open(const struct wsync_http_caller *caller)
{
    return caller->fd >= 0 && caller->deadline_ms < INT64_MAX;
}

static bool may_go(const struct wsync_http_caller *caller)
{
    return is_open(caller) && !caller->is_held;
}

static size_t count_beside(const struct wsync_http_server *server, uint64_t network)
{
    size_t count = 0;
    for (size_t i = 0; i < server->caller_count; i++) {
        count += may_go(&server->callers[i]) && server->callers[i].network == network;
    }
    return count;
}

static void make_room(struct wsync_http_server *server)
{
    struct wsync_http_caller *chosen = NULL;
    size_t most = 0, open = 0;
    for (size_t i = 0; i < server->caller_count; i++) {
        open += is_open(&server->callers[i]);
    }
    for (size_t i = 0; open > server->standing_max && i < server->caller_count; i++) {
        struct wsync_http_caller *caller = &server->callers[i];
        size_t beside = may_go(caller) ? count_beside(server, caller->network) : 0;
        if (beside > most ||
            (beside > 0 && beside == most && caller->since_ms < chosen->since_ms)) {
            chosen = caller;
            most = beside;
        }
    }
    if (chosen) {
        wsync_http_caller_cut(chosen);
    }
}

struct wsync_http_caller *wsync_http_caller_new(struct wsync_http_server *server,
                                                const struct sockaddr *from, int fd)
{
    for (size_t i = 0; i < server->caller_count; i++) {
        struct wsync_http_caller *caller = &server->callers[i];
        if (caller->fd < 0) {
            *caller = (struct wsync_http_caller){
                .fd = fd, .network = from ? network_of(from) : 0};
            wsync_http_caller_give(caller, server->idle_ms);
            make_room(server);
            return caller;
        }
    }
    return NULL;
}
