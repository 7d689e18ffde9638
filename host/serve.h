/* SPDX-License-Identifier: Apache-2.0 */
/* serve.h: the district's side: many conversations over one link, in one thread, with one
 * transaction for all that is ready.
 *
 * What one peer and all of them can cost: serve_limits.h.  A store without room refuses: the
 * wards hear BUSY and come again, and are served as soon as there is room. */
#ifndef WARDSYNC_HOST_SERVE_H
#define WARDSYNC_HOST_SERVE_H

#include "host/pages_process.h"
#include "host/signals.h"
#include "host/site.h"

struct wsync_serve_options {
    struct wsync_site *site; /* its policy says how long to drain, what the session log keeps */
    struct wsync_signals *signals;
    struct wsync_pages_process *pages; /* looked at once a second; NULL: none */
    bool restored; /* the data directory is an old copy: a new epoch begins first */
    /* Told once the self-test has passed and wards can come, with the real addresses. */
    void (*ready)(void *context, const char *const *addresses, size_t count);
    void *context;
};

/* Serves until asked to stop.  Then nobody new is taken, running sessions may go on for
 * policy.drain_s, and who is left is told to come again later; a second request ends it at
 * once.  A reload reads policy and addresses again: what is new is served too, an address taken
 * away is served until the end; `connections` counts from the next start.  INVALID when an
 * address cannot be bound or the self-test fails, EXISTS when another process serves this
 * directory; errors of the store while serving are logged and survived. */
WSYNC_MUST_USE enum wsync_err wsync_serve(const struct wsync_serve_options *options,
                                          struct wsync_error *error);

#endif
