/* SPDX-License-Identifier: Apache-2.0 */
/* bundle_last.h: what a ward remembers of the last bundle that it wrote: only the answer to it
 * may tell that the district holds less than was believed. */
#ifndef WARDSYNC_CLIENT_BUNDLE_LAST_H
#define WARDSYNC_CLIENT_BUNDLE_LAST_H

#include "host/site.h"
#include "wardsync/bundle.h"

struct client_bundle_last {
    bool is;  /* one was written */
    struct wsync_bundle_id id;
    bool has_log;
    struct wsync_log_id log; /* the own log that was open */
    uint64_t held;           /* of it, as was believed */
    uint64_t tip;            /* of it: what the bundle brings ends there */
    int64_t time;            /* seconds since 1970 */
};

/* What is believed now, within the site's transaction; the id is left to the caller. */
WSYNC_MUST_USE enum wsync_err client_bundle_last_now(struct wsync_site *site,
                                                     struct client_bundle_last *last);
/* Keeps it, in a transaction of its own. */
WSYNC_MUST_USE enum wsync_err client_bundle_last_put(struct wsync_site *site,
                                                     const struct client_bundle_last *last,
                                                     struct wsync_error *error);
/* Reads it within the site's transaction. */
WSYNC_MUST_USE enum wsync_err client_bundle_last_get(struct wsync_site *site,
                                                     struct client_bundle_last *last);

#endif
