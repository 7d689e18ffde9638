/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE /* IFF_UP */
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/grant_text.h"
#include "server/pages_setup.h"

#define SCHEME "tcp://"

enum { PORT = 7700, ONE_BYTES = WSYNC_ADDRESS_BYTES_MAX + 1 };

/* ---- what is offered ---- */

void server_setup_offer(char offer[SERVER_SETUP_ADDRESSES_BYTES])
{
    struct ifaddrs *all = NULL;
    size_t used = 0;
    offer[0] = '\0';
    if (getifaddrs(&all) != 0) {
        all = NULL;
    }
    for (struct ifaddrs *one = all; one; one = one->ifa_next) {
        char name[INET_ADDRSTRLEN];
        struct sockaddr_in address;
        if (!one->ifa_addr || one->ifa_addr->sa_family != AF_INET ||
            (one->ifa_flags & IFF_LOOPBACK) || !(one->ifa_flags & IFF_UP)) {
            continue;
        }
        memcpy(&address, one->ifa_addr, sizeof address);
        if (!inet_ntop(AF_INET, &address.sin_addr, name, sizeof name) ||
            used + ONE_BYTES >= SERVER_SETUP_ADDRESSES_BYTES) {
            continue;
        }
        used += (size_t)snprintf(offer + used, SERVER_SETUP_ADDRESSES_BYTES - used,
                                 SCHEME "%s:%d\n", name, PORT);
    }
    freeifaddrs(all);
    if (used == 0) {
        snprintf(offer, SERVER_SETUP_ADDRESSES_BYTES, SCHEME "127.0.0.1:%d\n", PORT);
    }
}

/* ---- what was typed ---- */

static const struct {
    int number; /* errno */
    const char *text[2];
} WORDS[] = {
    {0,
     {"không dùng được; hãy ghi như tcp://192.168.1.10:7700, địa chỉ bằng số",
      "cannot be used; give one like tcp://192.168.1.10:7700, in numbers"}},
    {EADDRNOTAVAIL, {"không phải là địa chỉ của máy này", "is no address of this machine"}},
    {EADDRINUSE,
     {"đang có chương trình khác dùng; hãy chọn cổng khác",
      "is used by another program; choose another port"}},
    {EACCES,
     {"cần quyền đặc biệt; hãy chọn cổng từ 1024 trở lên",
      "needs special rights; choose a port of 1024 or more"}},
};

static enum wsync_err refuse(const char *address, int number, enum wsync_language language,
                             struct wsync_error *error)
{
    size_t at = 0;
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) {
        at = WORDS[i].number == number ? i : at;
    }
    return wsync_error_set(error, WSYNC_ERR_VALUE, "%s %s.", address, WORDS[at].text[language]);
}

/* The errno of listening there; 0: it can be done; -1: it is no address in numbers. */
static int try_bind(const char *address)
{
    char host[ONE_BYTES];
    const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
                                   .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    bool bracket = address[strlen(SCHEME)] == '[';
    snprintf(host, sizeof host, "%s", address + strlen(SCHEME) + (bracket ? 1 : 0));
    char *colon = strrchr(host, ':');
    if (!colon || (bracket && colon[-1] != ']')) {
        return -1;
    }
    *colon = '\0';
    if (bracket) {
        colon[-1] = '\0';
    }
    if (getaddrinfo(host, colon + 1, &hints, &found) != 0) {
        return -1;
    }
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int yes = 1, number = 0;
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
        bind(fd, found->ai_addr, found->ai_addrlen) != 0) {
        number = errno;
    }
    if (fd >= 0) {
        close(fd);
    }
    freeaddrinfo(found);
    return number;
}

enum wsync_err server_setup_addresses(const char *typed, enum wsync_language language,
                                      char list[SERVER_SETUP_ADDRESSES_BYTES],
                                      struct wsync_error *error)
{
    static const char BETWEEN[] = " ,\n\t";
    char copy[SERVER_SETUP_ADDRESSES_BYTES];
    char *rest = copy;
    size_t used = 0, count = 0;
    list[0] = '\0';
    if (strlen(typed) >= sizeof copy) {
        return refuse("…", 0, language, error);
    }
    memcpy(copy, typed, strlen(typed) + 1);
    for (char *one = strtok_r(copy, BETWEEN, &rest); one;
         one = strtok_r(NULL, BETWEEN, &rest)) {
        bool fits = strlen(one) < ONE_BYTES && wsync_grant_address_ok(one);
        int number = fits ? try_bind(one) : -1;
        if (number != 0 || count == WSYNC_ADDRESSES_MAX) {
            return refuse(one, number < 0 ? 0 : number, language, error);
        }
        used += (size_t)snprintf(list + used, SERVER_SETUP_ADDRESSES_BYTES - used, "%s%s",
                                 count > 0 ? "," : "", one);
        count++;
    }
    return count > 0 ? WSYNC_OK
                     : wsync_error_set(error, WSYNC_ERR_VALUE, "%s",
                                       language == WSYNC_VI ? "Hãy ghi ít nhất một địa chỉ."
                                                            : "Give at least one address.");
}
