/* SPDX-License-Identifier: Apache-2.0 */
#include "host/pages_address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/config.h"

enum { BACKLOG = 512 }; /* of a flood they wait here for some ms, beyond it for a second */

/* Splits at the last colon; false when there is none or a part is too long. */
static bool split(const char *text, char host[INET6_ADDRSTRLEN + 2], const char **port)
{
    const char *colon = strrchr(text, ':');
    size_t len = colon ? (size_t)(colon - text) : SIZE_MAX;
    if (len > INET6_ADDRSTRLEN) {
        return false;
    }
    memcpy(host, text, len);
    host[len] = '\0';
    *port = colon + 1;
    return true;
}

/* Reads the part before the port, "[...]" around version 6; AF_UNSPEC when it is none. */
static int read_host(char *host, struct in_addr *four, struct in6_addr *six)
{
    size_t len = strlen(host);
    if (inet_pton(AF_INET, host, four) == 1) {
        return AF_INET;
    }
    if (len < 3 || host[0] != '[' || host[len - 1] != ']') {
        return AF_UNSPEC;
    }
    host[len - 1] = '\0';
    return inet_pton(AF_INET6, host + 1, six) == 1 ? AF_INET6 : AF_UNSPEC;
}

enum wsync_err wsync_pages_address_read(const char *text, struct sockaddr_storage *address,
                                        struct wsync_error *error)
{
    char host[INET6_ADDRSTRLEN + 2];
    const char *digits;
    int64_t port;
    struct sockaddr_in four = {.sin_family = AF_INET};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    int family = split(text, host, &digits) ? read_host(host, &four.sin_addr, &six.sin6_addr)
                                            : AF_UNSPEC;
    if (family == AF_UNSPEC ||
        wsync_config_number(digits, 0, UINT16_MAX, &port, NULL) != WSYNC_OK) {
        return wsync_error_set(error, WSYNC_ERR_INVALID,
                               "pages are shown at ADDRESS:PORT, as 127.0.0.1:8211 or "
                               "[::1]:8211; \"%.60s\" is none.",
                               text);
    }
    four.sin_port = six.sin6_port = htons((uint16_t)port);
    memset(address, 0, sizeof *address);
    memcpy(address, family == AF_INET ? (const void *)&four : &six,
           family == AF_INET ? sizeof four : sizeof six);
    return WSYNC_OK;
}

bool wsync_pages_address_is_here(const char *text)
{
    struct sockaddr_storage address;
    const struct sockaddr_in *four = (const void *)&address;
    const struct sockaddr_in6 *six = (const void *)&address;
    if (wsync_pages_address_read(text, &address, NULL) != WSYNC_OK) {
        return false;
    }
    return address.ss_family == AF_INET ? ntohl(four->sin_addr.s_addr) >> 24 == 127
                                        : IN6_IS_ADDR_LOOPBACK(&six->sin6_addr);
}

bool wsync_pages_address_is_any(const char *text)
{
    struct sockaddr_storage address;
    const struct sockaddr_in *four = (const void *)&address;
    const struct sockaddr_in6 *six = (const void *)&address;
    if (wsync_pages_address_read(text, &address, NULL) != WSYNC_OK) {
        return false;
    }
    return address.ss_family == AF_INET ? four->sin_addr.s_addr == htonl(INADDR_ANY)
                                        : IN6_IS_ADDR_UNSPECIFIED(&six->sin6_addr);
}

static void print(const struct sockaddr_storage *address, char name[WSYNC_PAGES_ADDRESS_BYTES])
{
    char host[INET6_ADDRSTRLEN];
    const struct sockaddr_in *four = (const void *)address;
    const struct sockaddr_in6 *six = (const void *)address;
    if (address->ss_family == AF_INET) {
        inet_ntop(AF_INET, &four->sin_addr, host, sizeof host);
        snprintf(name, WSYNC_PAGES_ADDRESS_BYTES, "%s:%u", host, ntohs(four->sin_port));
    } else {
        inet_ntop(AF_INET6, &six->sin6_addr, host, sizeof host);
        snprintf(name, WSYNC_PAGES_ADDRESS_BYTES, "[%s]:%u", host, ntohs(six->sin6_port));
    }
}

enum wsync_err wsync_pages_address_bind(const char *text, int *fd,
                                        char name[WSYNC_PAGES_ADDRESS_BYTES],
                                        struct wsync_error *error)
{
    struct sockaddr_storage address;
    const int yes = 1;
    enum wsync_err err = wsync_pages_address_read(text, &address, error);
    if (err != WSYNC_OK) {
        return err;
    }
    socklen_t len =
        address.ss_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
    *fd = socket(address.ss_family, SOCK_STREAM, 0);
    if (*fd >= 0 && fcntl(*fd, F_SETFD, FD_CLOEXEC) == 0 &&
        fcntl(*fd, F_SETFL, O_NONBLOCK) == 0 &&
        setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
        bind(*fd, (const struct sockaddr *)&address, len) == 0 && listen(*fd, BACKLOG) == 0 &&
        getsockname(*fd, (struct sockaddr *)&address, &len) == 0) {
        print(&address, name);
        return WSYNC_OK;
    }
    int why = errno;
    if (*fd >= 0) {
        close(*fd);
        *fd = -1;
    }
    return wsync_error_set(
        error, WSYNC_ERR_INVALID, "Pages cannot be shown at %.60s: %s.", text,
        why == EADDRINUSE ? "another program is there already" : strerror(why));
}
