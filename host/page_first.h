/* SPDX-License-Identifier: Apache-2.0 */
/* page_first.h: the pages as long as there is no site: only those of the first run.
 *
 *   asked for              | no site yet              | since this process saw it made
 *   -----------------------|--------------------------|--------------------------------
 *   /setup, /setup/... but | its handler, as an admin | a POST: told that it is done; a
 *   /setup/done            |                          | GET: the program's own gate
 *   /language              | its handler              | the program's own gate
 *   /healthz and the like  | 503                      | the same
 *   anything else          | 303 to /setup            | the same
 *
 * It is for this machine alone (pages_process.h), so whoever asks is at it. Decision 0020. */
#ifndef WARDSYNC_HOST_PAGE_FIRST_H
#define WARDSYNC_HOST_PAGE_FIRST_H

#include "host/actions.h"
#include "host/page.h"
#include "host/pages_process.h"

struct wsync_page_first {
    const struct wsync_pages *pages;
    bool needed; /* there was no site when it was last looked at */
    bool seen;   /* this process showed the first run */
    bool busy;   /* a command of it is under way, for whoever was first */
};

/* Looks whether there is a site. */
void wsync_page_first_begin(struct wsync_page_first *first, const struct wsync_pages *pages);

enum wsync_page_first_way {
    WSYNC_FIRST_PASS,     /* ask the program's own gate */
    WSYNC_FIRST_HANDLE,   /* its handler may be called */
    WSYNC_FIRST_ANSWERED, /* the answer is written */
};
enum wsync_page_first_way wsync_page_first_gate(struct wsync_page_first *first,
                                                struct wsync_http_request *request,
                                                struct wsync_http_answer *answer);

/* Has a command of the first run done, one at a time, as wsync_page_act; then looks again.
 * EXISTS: another browser was first or is at it; wsync_page_first_tell says so. */
WSYNC_MUST_USE enum wsync_err wsync_page_first_act(struct wsync_page_first *first,
                                                   const struct wsync_http_request *request,
                                                   const struct wsync_action_ask *ask,
                                                   struct wsync_action_result *result,
                                                   struct wsync_error *error);

void wsync_page_first_tell(const struct wsync_page_first *first,
                           const struct wsync_http_request *request,
                           struct wsync_http_answer *answer);

/* The address of a page of the set-up that is over: goes to the first page. */
void wsync_page_first_over(struct wsync_http_answer *answer);

#endif
