/* SPDX-License-Identifier: Apache-2.0 */
#include "host/link_reach.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char scheme[] = "tcp://";

struct place {
    char host[WSYNC_ADDRESS_BYTES_MAX + 1];
    const char *port; /* within the address */
};

static bool split(const char *address, struct place *place)
{
    const char *colon = strrchr(address, ':');
    size_t scheme_len = sizeof(scheme) - 1;
    if (strlen(address) > WSYNC_ADDRESS_BYTES_MAX ||
        strncmp(address, scheme, scheme_len) != 0 || colon <= address + scheme_len) {
        return false;
    }
    const char *host = address + scheme_len;
    size_t len = (size_t)(colon - host);
    if (host[0] == '[') {
        if (len < 3 || host[len - 1] != ']') {
            return false;
        }
        host++;
        len -= 2;
    }
    memcpy(place->host, host, len);
    place->host[len] = '\0';
    place->port = colon + 1;
    return true;
}

bool wsync_reach_check(const char *address)
{
    struct place place;
    if (!split(address, &place) || strspn(place.port, "0123456789") != strlen(place.port)) {
        return false;
    }
    size_t digits = strlen(place.port);
    long port = digits > 0 && digits <= 5 ? strtol(place.port, NULL, 10) : 0;
    return port >= 1 && port <= 65535;
}

static enum wsync_link_reason reason_of(int error)
{
    switch (error) {
    case ECONNREFUSED:
        return WSYNC_LINK_CLOSED_PORT;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EADDRNOTAVAIL:
    case EACCES:
        return WSYNC_LINK_NO_ROUTE;
    case ETIMEDOUT:
        return WSYNC_LINK_NO_ANSWER;
    default:
        return WSYNC_LINK_LOST;
    }
}

bool wsync_reach_begin(const char *address, int *fd, enum wsync_link_reason *reason)
{
    struct place place;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    hints.ai_family = strchr(address, '[') != NULL ? AF_INET6 : AF_INET; /* as the library */
    *reason = WSYNC_LINK_NO_HOST;
    if (!split(address, &place) || getaddrinfo(place.host, place.port, &hints, &found) != 0) {
        return false;
    }
    int made = socket(found->ai_family, found->ai_socktype, found->ai_protocol);
    if (made < 0 || fcntl(made, F_SETFL, O_NONBLOCK) < 0 ||
        fcntl(made, F_SETFD, FD_CLOEXEC) < 0) {
        freeaddrinfo(found);
        if (made >= 0) {
            (void)close(made);
        }
        *reason = WSYNC_LINK_LOST;
        return false;
    }
    int done = connect(made, found->ai_addr, found->ai_addrlen) == 0 ? 0 : errno;
    freeaddrinfo(found);
    if (done == EINPROGRESS) {
        *fd = made;
        return true;
    }
    (void)close(made);
    *reason = reason_of(done);
    return false;
}

enum wsync_link_reason wsync_reach_end(int fd)
{
    int error = 0;
    socklen_t len = sizeof(error);
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0) {
        error = errno;
    }
    (void)close(fd);
    return reason_of(error);
}
