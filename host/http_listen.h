/* SPDX-License-Identifier: Apache-2.0 */
/* http_listen.h: where pages are served: an address of this machine alone. */
#ifndef WARDSYNC_HOST_HTTP_LISTEN_H
#define WARDSYNC_HOST_HTTP_LISTEN_H

#include "wardsync/error.h"

struct wsync_http_place {
    int fd; /* it listens, and never blocks */
    uint16_t port;
    char name[48]; /* as an address names it: "127.0.0.1", "[::1]" */
};

/* Listens at "127.0.0.1:8211", "[::1]:8211", any loopback address; port 0 is any free one;
 * NULL: place->fd listens already.  INVALID with a sentence for what is no address, can be
 * reached from elsewhere or is taken. */
WSYNC_MUST_USE enum wsync_err wsync_http_listen(const char *address,
                                                struct wsync_http_place *place,
                                                struct wsync_error *error);

#endif
