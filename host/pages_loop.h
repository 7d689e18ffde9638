/* SPDX-License-Identifier: Apache-2.0 */
/* pages_loop.h: what a page process of either program does until it is to end. */
#ifndef WARDSYNC_HOST_PAGES_LOOP_H
#define WARDSYNC_HOST_PAGES_LOOP_H

#include "host/page.h"
#include "host/pages_process.h"

/* What the program shows. */
struct wsync_pages_show {
    const struct wsync_http_route *routes; /* ends with a NULL path */
    wsync_http_gate *gate;                 /* NULL: everybody may do everything */
    uint64_t (*revision)(void *context);   /* http.h; NULL: nothing is live */
    void *context;                         /* of all of them */
};

/* Opens the server on the listener, answers until `stop_fd` can be read, and answers the exit
 * code.  Why it could not begin is said in the journal. */
int wsync_pages_loop(const struct wsync_pages *pages, const struct wsync_pages_show *show);

#endif
