/* SPDX-License-Identifier: Apache-2.0 */
/* serve.h: the district's side: many conversations over one link, in one thread, with one
 * transaction for all that is ready. */
#ifndef WARDSYNC_HOST_SERVE_H
#define WARDSYNC_HOST_SERVE_H

#include "host/site.h"

enum { WSYNC_SERVE_PEERS_MAX = 512 };

struct wsync_serve_options {
    struct wsync_site *site;
    int stop_fd; /* serving ends when it can be read */
    /* Told once the self-test has passed and wards can come, with the real addresses. */
    void (*ready)(void *context, const char *const *addresses, size_t count);
    void *context;
};

/* Serves until `stop_fd` can be read, then tells every ward to come again later.  INVALID when
 * an address cannot be bound or the self-test fails, EXISTS when another process serves this
 * directory; errors of the store while serving are logged and survived. */
WSYNC_MUST_USE enum wsync_err wsync_serve(const struct wsync_serve_options *options,
                                          struct wsync_error *error);

#endif
