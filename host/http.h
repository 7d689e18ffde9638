/* SPDX-License-Identifier: Apache-2.0 */
/* http.h: pages over HTTP for a browser on this machine: one thread, one handler at a time.
 *
 * The only user of libmicrohttpd.  Give it a table of routes, wait for wsync_http_fd and call
 * wsync_http_run.  A handler sees only requests that passed the guard (http_guard.h): asked by
 * a name of this server, complete, within bounds, legal text; a POST comes from a page of this
 * server and carries its token.  Everything else is refused before it, by a page of `refuse`.
 * Every answer forbids framing, foreign content and script in the page; only what the library
 * writes by itself to bytes that are no HTTP lacks these headers: a fixed text, and the end. */
#ifndef WARDSYNC_HOST_HTTP_H
#define WARDSYNC_HOST_HTTP_H

#include "host/http_answer.h"
#include "host/http_fields.h"
#include "host/http_guard.h"
#include "host/http_upload.h"
#include "host/role.h"

enum {
    WSYNC_HTTP_BODY_BYTES_MAX = 64 << 10, /* without files */
    WSYNC_HTTP_TARGET_BYTES_MAX = 4096, /* path and query as sent */
    WSYNC_HTTP_CONNECTIONS = 128,
    WSYNC_HTTP_WAITING_MAX = 8, /* requests whose handlers wait; http_wait.h */
};

enum wsync_http_method { WSYNC_HTTP_GET, WSYNC_HTTP_POST }; /* HEAD is asked as GET */

/* What was asked; during the call of its handler. */
struct wsync_http_request {
    enum wsync_http_method method;
    const char *target; /* path and query as they were sent */
    const char *path;   /* decoded, one line of legal text, begins with '/' */
    const char *rest;   /* what stands for the star of the route's path; "" without one */
    const char *cookie; /* the Cookie header; "" */
    const char *login;  /* the id of a log-in that the browser says it has (login.h); "" */
    const char *peer;   /* the address it asks from; of version 6 its network */
    bool is_refresh;    /* a page asks for itself anew (live.js): nobody did anything */
    struct wsync_http_fields fields; /* of a GET's query; of a POST's body */
    const struct wsync_http_upload *uploads; /* files of the body */
    size_t upload_count, upload_bytes_max;   /* the latter as the route says */
    struct wsync_http_token token;   /* for the forms of the page (page.h) */
    struct wsync_http_person person; /* as the gate says */
    const struct wsync_http_route *routes; /* the server's; NULL: everything may be asked */
    uint64_t revision; /* of what the page shows, at its begin; 0: it is not live */
    struct wsync_http_exchange *exchange; /* the server's own */
};

/* The value of a field, the first of that name; NULL when there is none.  Legal text of any
 * number of lines (utf8.h), LF at their ends.  Several of one name: http_fields.h. */
const char *wsync_http_field(const struct wsync_http_request *request, const char *name);

/* The first file that was sent under this name; NULL: nobody chose one, or it holds nothing. */
const struct wsync_http_upload *wsync_http_upload(const struct wsync_http_request *request,
                                                  const char *name);

/* The value of a cookie in `value`; false when there is none or it has no room. */
bool wsync_http_cookie(const struct wsync_http_request *request, const char *name, char *value,
                       size_t room);

/* Writes the answer.  One runs at a time, and nobody else is answered meanwhile; what takes
 * longer than a page is waited for by http_wait.h. */
typedef void wsync_http_handler(void *context, const struct wsync_http_request *request,
                                struct wsync_http_answer *answer);

/* The first that fits is taken.  No route of this path: 404; of another method alone: 405. */
struct wsync_http_route {
    enum wsync_http_method method;
    const char *path; /* as it is; an ending star, or two, stand for any segment each */
    wsync_http_handler *handle;
    enum wsync_page_role role; /* the least that may ask it */
    size_t upload_bytes_max;   /* of all files of a POST together; 0: it takes none */
};

/* Called before each handler, with the role that its route asks for: says in `request->person`
 * who asks.  False: not this person; the answer is written already (a log-in page, a 403). */
typedef bool wsync_http_gate(void *context, struct wsync_http_request *request,
                             enum wsync_page_role need, struct wsync_http_answer *answer);

/* A file within the program: the browser keeps it for ever, so its path changes with it. */
struct wsync_http_asset {
    const char *path, *type;
    struct wsync_slice bytes;
};

struct wsync_http_setup {
    const char *address; /* "127.0.0.1:8211", "[::1]:8211"; port 0: any free one; NULL: */
    int listener;        /* a socket that listens; the server's from here on */
    const char *const *hosts; /* other names of it, ending with NULL, as long as it is open */
    /* With both it is https://, as texts of PEM (http_tls.h) that are needed no longer than
     * wsync_http_open. */
    const char *certificate, *key;
    const struct wsync_http_route *routes; /* ends with a NULL path; outlives the server */
    const struct wsync_http_asset *assets; /* the same; NULL: none */
    /* Writes the page for an `answer->status` of 400 and above (wsync_page_refuse).  Of
     * `request` only the cookies are there; it must tell nothing that is kept here. */
    wsync_http_handler *refuse;
    wsync_http_gate *gate;    /* NULL: everybody may do everything */
    /* A number that is another one when what the pages show may have changed; costs little.
     * NULL: nothing is live. */
    uint64_t (*revision)(void *context);
    void *context;            /* of the routes' handlers, of `refuse`, `gate`, `revision` */
    /* 0: WSYNC_HTTP_CONNECTIONS.  For one more another one ends (http_crowd.h): nobody holds
     * all of them, and nobody who has few is turned away. */
    unsigned connections_max;
    unsigned idle_s;          /* until the first line of a request is there; 0: 15 */
    /* From there until it is answered and read; 0: 60.  A file has more, by its bytes; of one
     * that comes by those that are there, and half of this from one piece to the next. */
    unsigned request_s;
};

struct wsync_http_server;

/* Listens.  After wsync_crypto_init and after the last fork.  INVALID with a sentence for an
 * address that is none, is not of this machine alone or is taken; MEMORY. */
WSYNC_MUST_USE enum wsync_err wsync_http_open(const struct wsync_http_setup *setup,
                                              struct wsync_http_server **server,
                                              struct wsync_error *error);

/* Where it is: "http://127.0.0.1:8211/", "https://...", the port resolved; lives as long as the
 * server. */
const char *wsync_http_url(const struct wsync_http_server *server);

/* Poll it for POLLIN and call wsync_http_run when it is ready or after wsync_http_wait_ms (-1:
 * no need), whichever is first. */
int wsync_http_fd(const struct wsync_http_server *server);
int wsync_http_wait_ms(struct wsync_http_server *server);

/* Takes, reads, handles and answers what is there; ends connections whose time is over.  Never
 * waits by itself.  LINK when the library failed: close the server. */
WSYNC_MUST_USE enum wsync_err wsync_http_run(struct wsync_http_server *server);

/* At once, with handlers that wait told so; NULL is allowed. */
void wsync_http_close(struct wsync_http_server *server);

#endif
