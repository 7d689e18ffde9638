/* SPDX-License-Identifier: Apache-2.0 */
/* http_crowd.h: the connections of the server of pages, and who makes room when there are too
 * many.  Internal to host/http*.c.
 *
 * Nobody has a share of the places that others could not use: as long as there are some
 * everybody gets one, and when they run out whoever has most of them makes room.  Who waits for
 * a command or listens was let in by the gate, and counts for nothing here: the bounds of these
 * are others (http.h, http_live.h). */
#ifndef WARDSYNC_HOST_HTTP_CROWD_H
#define WARDSYNC_HOST_HTTP_CROWD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct wsync_http_server;

/* A connection, from its first byte on. */
struct wsync_http_caller {
    int fd;              /* -1: this place is free */
    int64_t deadline_ms; /* INT64_MAX: free, or cut already */
    bool is_held;        /* its handler waits, or it is a stream: its time does not run */
    uint64_t network;    /* where it comes from: its address, of version 6 the first half */
    int64_t since_ms;    /* when its time was last given */
};

/* A place for a new connection, for which another one is cut when there are too many: of the
 * network that has most, those apart that are held, the one that stood longest.  NULL: there is
 * none. */
struct wsync_http_caller *wsync_http_caller_new(struct wsync_http_server *server,
                                                const struct sockaddr *from, int fd);

/* Its time runs from now on, and ends in `ms`; not of one that was cut.  NULL is allowed. */
void wsync_http_caller_give(struct wsync_http_caller *caller, int64_t ms);

/* Ends it; the library hears of it by the socket. */
void wsync_http_caller_cut(struct wsync_http_caller *caller);

#endif
