/* SPDX-License-Identifier: Apache-2.0 */
/* page_kept.h: files that were sent and looked at, until they are published or forgotten.
 *
 * Between a preview and its button they stay in the memory of the page process, under an id
 * that nobody guesses and that only the browser session may name which sent them.
 * Few, not for long, and no larger than their route takes: the oldest one gives way, and
 * whoever comes too late is asked to send the files again. */
#ifndef WARDSYNC_HOST_PAGE_KEPT_H
#define WARDSYNC_HOST_PAGE_KEPT_H

#include "host/http.h"

enum {
    WSYNC_KEPT = 8,
    WSYNC_KEPT_FILES = 3,
    WSYNC_KEPT_MS = 15 * 60 * 1000,
    WSYNC_KEPT_ID_BYTES = 33,
};

struct wsync_kept {
    char id[WSYNC_KEPT_ID_BYTES]; /* "": nothing is kept here */
    struct wsync_http_token owner; /* of the session that sent it, */
    uint32_t person;               /* and who was logged in there */
    char kind;                     /* what the pages of a program tell apart */
    int64_t until_ms;              /* monotonic */
    char name[WSYNC_HTTP_UPLOAD_NAME_BYTES_MAX + 1]; /* of the first file, as it was sent */
    int files[WSYNC_KEPT_FILES];  /* -1: none */
};

/* All of them; zeroed at first. */
struct wsync_shelf {
    struct wsync_kept items[WSYNC_KEPT];
};

/* Keeps the files that a request sent under these names; one that was not sent is -1.  NULL: no
 * descriptor is left. */
struct wsync_kept *wsync_kept_put(struct wsync_shelf *shelf, char kind,
                                    const struct wsync_http_request *request,
                                    const char *const names[WSYNC_KEPT_FILES]);

/* What this session keeps under the id (NULL is none), if it is of that kind; NULL: it is not,
 * or no longer. */
struct wsync_kept *wsync_kept_find(struct wsync_shelf *shelf, char kind,
                                     const struct wsync_http_request *request, const char *id);

/* Keeps a text of this process beside them, over what was there at this place.  MEMORY. */
WSYNC_MUST_USE enum wsync_err wsync_kept_text(struct wsync_kept *kept, size_t at,
                                              struct wsync_slice text);

/* Forgets it. */
void wsync_kept_drop(struct wsync_kept *kept);

/* How a reader of this process opens a file of it; "" for -1. */
enum { WSYNC_KEPT_PATH_BYTES = 32 };
const char *wsync_kept_path(int file, char path[WSYNC_KEPT_PATH_BYTES]);

#endif
