/* SPDX-License-Identifier: Apache-2.0 */
#include "host/notify.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "host/clock.h"

static void tell(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t len = path ? strlen(path) : 0;
    if (len < 2 || len >= sizeof address.sun_path || (path[0] != '/' && path[0] != '@')) {
        return;
    }
    memcpy(address.sun_path, path, len);
    if (path[0] == '@') {
        address.sun_path[0] = '\0'; /* an abstract name */
    }
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    if (fd < 0) {
        return;
    }
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    ssize_t sent =
        sendto(fd, state, strlen(state), MSG_DONTWAIT, (const struct sockaddr *)&address, size);
    (void)sent; /* who listens is the system's concern */
    close(fd);
}

void wsync_notify_ready(void)
{
    tell("READY=1");
}

void wsync_notify_reloading(void)
{
    char state[80];
    snprintf(state, sizeof state, "RELOADING=1\nMONOTONIC_USEC=%lld",
             (long long)wsync_clock_monotonic_ms() * 1000);
    tell(state);
}

void wsync_notify_stopping(void)
{
    tell("STOPPING=1");
}

void wsync_notify_alive(void)
{
    static int64_t interval_ms = -1, told_ms;
    int64_t now_ms = wsync_clock_monotonic_ms();
    if (interval_ms < 0) { /* the first time; four times within what is granted */
        const char *granted_us = getenv("WATCHDOG_USEC");
        interval_ms = granted_us ? strtoll(granted_us, NULL, 10) / 4000 : 0;
        told_ms = now_ms - interval_ms;
    }
    if (interval_ms > 0 && now_ms - told_ms >= interval_ms) {
        told_ms = now_ms;
        tell("WATCHDOG=1");
    }
}

void wsync_notify_status(const char *text)
{
    char state[224];
    snprintf(state, sizeof state, "STATUS=%.200s", text);
    tell(state);
}
