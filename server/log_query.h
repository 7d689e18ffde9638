/* SPDX-License-Identifier: Apache-2.0 */
/* log_query.h: which conversations of the session log somebody wants to see. */
#ifndef WARDSYNC_SERVER_LOG_QUERY_H
#define WARDSYNC_SERVER_LOG_QUERY_H

#include "server/log_item.h"

struct server_log_query {
    uint32_t unit;        /* 0: any */
    const char *device;   /* name, or the beginning of its id or key; NULL: any */
    const char *code;     /* as server_end_name; NULL: any */
    bool failed;          /* only what did not succeed */
    int64_t since, until; /* seconds since 1970, `until` not included */
};

/* The next row that matches, from item->number on in the direction of `where` (GT or LT), with
 * its names; NOT_FOUND, and item->number is then that of the last row looked at. */
WSYNC_MUST_USE enum wsync_err server_log_next(struct wsync_site *site,
                                              const struct server_log_query *query,
                                              enum wsync_seek where,
                                              struct server_log_item *item);

#endif
