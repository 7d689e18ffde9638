/* SPDX-License-Identifier: Apache-2.0 */
/* pages_kept.h: files that were sent and looked at, until they are published or forgotten.
 *
 * Between a preview and its button they stay in the memory of the page process, under an id
 * that nobody guesses and that only the browser session may name which sent them.
 * Few and not for long: the oldest one gives way, and whoever comes too late is asked
 * to send the files again. */
#ifndef WARDSYNC_SERVER_PAGES_KEPT_H
#define WARDSYNC_SERVER_PAGES_KEPT_H

#include "host/http.h"

enum {
    SERVER_KEPT = 8,
    SERVER_KEPT_FILES = 3,
    SERVER_KEPT_BYTES_MAX = 1 << 20, /* of all files of one */
    SERVER_KEPT_MS = 15 * 60 * 1000,
    SERVER_KEPT_ID_BYTES = 33,
};

struct server_kept {
    char id[SERVER_KEPT_ID_BYTES]; /* "": nothing is kept here */
    struct wsync_http_token owner; /* of the session that sent it, */
    uint32_t person;               /* and who was logged in there */
    char kind;                     /* 'f' a form, 'u' units */
    int64_t until_ms;              /* monotonic */
    int files[SERVER_KEPT_FILES];  /* -1: none */
};

/* All of them; zeroed at first. */
struct server_shelf {
    struct server_kept items[SERVER_KEPT];
};

/* Keeps the files that a request sent under these names; one that was not sent is -1.  NULL: no
 * descriptor is left. */
struct server_kept *server_kept_put(struct server_shelf *shelf, char kind,
                                    const struct wsync_http_request *request,
                                    const char *const names[SERVER_KEPT_FILES]);

/* What this session keeps under the id (NULL is none), if it is of that kind; NULL: it is not,
 * or no longer. */
struct server_kept *server_kept_find(struct server_shelf *shelf, char kind,
                                     const struct wsync_http_request *request, const char *id);

/* Forgets it. */
void server_kept_drop(struct server_kept *kept);

/* How a reader of this process opens a file of it; "" for -1. */
enum { SERVER_KEPT_PATH_BYTES = 32 };
const char *server_kept_path(int file, char path[SERVER_KEPT_PATH_BYTES]);

#endif
