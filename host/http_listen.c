/* SPDX-License-Identifier: Apache-2.0 */
#include "host/http_listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 512 }; /* of a flood they wait here for some ms, beyond it for a second */

union place {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

/* Reads "127.0.0.1:8211" or "[::1]:8211". */
static bool read_place(const char *address, union place *place, socklen_t *len)
{
    char host[64] = "";
    const char *colon = strrchr(address, ':');
    size_t digits = colon ? strspn(colon + 1, "0123456789") : 0;
    size_t host_len = colon ? (size_t)(colon - address) : 0;
    if (digits == 0 || digits > 5 || colon[1 + digits] != '\0' || host_len >= sizeof host) {
        return false;
    }
    unsigned long port = strtoul(colon + 1, NULL, 10);
    bool v6 = address[0] == '[' && host_len > 2 && colon[-1] == ']';
    memcpy(host, address + (v6 ? 1 : 0), host_len - (v6 ? 2 : 0));
    memset(place, 0, sizeof *place);
    place->any.sa_family = v6 ? AF_INET6 : AF_INET;
    *len = v6 ? sizeof place->v6 : sizeof place->v4;
    *(v6 ? &place->v6.sin6_port : &place->v4.sin_port) = htons((uint16_t)port);
    void *bytes = v6 ? (void *)&place->v6.sin6_addr : (void *)&place->v4.sin_addr;
    return port <= UINT16_MAX && inet_pton(place->any.sa_family, host, bytes) == 1;
}

static bool is_loopback(const union place *place)
{
    return place->any.sa_family == AF_INET6
               ? IN6_IS_ADDR_LOOPBACK(&place->v6.sin6_addr)
               : ntohl(place->v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

/* A socket that listens there, -1 with errno. */
static int listen_at(union place *place, socklen_t len)
{
    const int on = 1;
    int fd = socket(place->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        bind(fd, &place->any, len) == 0 && listen(fd, BACKLOG) == 0 &&
        getsockname(fd, &place->any, &len) == 0) {
        return fd;
    }
    int why = errno;
    if (fd >= 0) {
        close(fd);
    }
    errno = why;
    return -1;
}

static void name(struct wsync_http_place *place, const union place *where)
{
    bool v6 = where->any.sa_family == AF_INET6;
    char text[INET6_ADDRSTRLEN] = "";
    inet_ntop(where->any.sa_family,
              v6 ? (const void *)&where->v6.sin6_addr : (const void *)&where->v4.sin_addr, text,
              sizeof text);
    place->port = ntohs(v6 ? where->v6.sin6_port : where->v4.sin_port);
    snprintf(place->name, sizeof place->name, v6 ? "[%s]" : "%s", text);
}

static enum wsync_err adopt(struct wsync_http_place *place, struct wsync_error *error)
{
    union place where;
    socklen_t len = sizeof where;
    if (getsockname(place->fd, &where.any, &len) != 0) {
        return wsync_error_set(error, WSYNC_ERR_INVALID, "Pages cannot be served there: %s.",
                               strerror(errno));
    }
    name(place, &where);
    return WSYNC_OK;
}

enum wsync_err wsync_http_listen(const char *address, struct wsync_http_place *place,
                                 struct wsync_error *error)
{
    union place where;
    socklen_t len;
    if (!address) {
        return adopt(place, error);
    }
    if (!read_place(address, &where, &len)) {
        return wsync_error_set(error, WSYNC_ERR_INVALID,
                               "%s is no address for pages: give one like 127.0.0.1:8211.",
                               address);
    }
    if (!is_loopback(&where)) {
        return wsync_error_set(error, WSYNC_ERR_INVALID,
                               "%s can be reached from other machines, and the pages ask for "
                               "no password: give an address like 127.0.0.1:8211.",
                               address);
    }
    place->fd = listen_at(&where, len);
    if (place->fd < 0) {
        return wsync_error_set(error, WSYNC_ERR_INVALID, "Pages cannot be served at %s: %s.",
                               address, strerror(errno));
    }
    name(place, &where);
    return WSYNC_OK;
}
