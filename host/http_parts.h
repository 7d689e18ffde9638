/* SPDX-License-Identifier: Apache-2.0 */
/* http_parts.h: the files of the server of pages among themselves, and their seam to
 * libmicrohttpd.  Internal to host/http*.c.
 *
 * http.c has the connections, http_crowd.c chooses among them when there are too many;
 * http_exchange.c has one request from its first line to its answer; http_head.c says who asks
 * for what; http_body.c takes what is sent with it; http_wait.c has its handler run;
 * http_reply.c what goes out. */
#ifndef WARDSYNC_HOST_HTTP_PARTS_H
#define WARDSYNC_HOST_HTTP_PARTS_H

#include <microhttpd.h>

#include "host/fiber.h"
#include "host/http_crowd.h"
#include "host/http_listen.h"
#include "host/http_live.h"
#include "host/http_route.h"
#include "host/http_wait.h"

enum { WSYNC_HTTP_LOGIN_BYTES = 68, WSYNC_HTTP_PEER_BYTES = 48, WSYNC_HTTP_NAME_BYTES = 16 };

struct wsync_http_server {
    struct wsync_http_setup setup;
    struct MHD_Daemon *daemon;
    struct wsync_entropy secret;
    struct wsync_http_place place;
    struct wsync_http_self self;
    char url[96];
    int64_t idle_ms, request_ms;
    bool is_closing;
    size_t uploading; /* requests that have files in memory */
    struct wsync_http_exchange *waiting[WSYNC_HTTP_WAITING_MAX]; /* NULL: free */
    struct wsync_fiber *idle[WSYNC_HTTP_WAITING_MAX + 1];
    size_t idle_count;
    struct wsync_http_stream *streams[WSYNC_HTTP_STREAMS_MAX]; /* NULL: free */
    size_t stream_count;
    uint64_t revision; /* as it was looked at; again at look_ms */
    int64_t look_ms;
    size_t standing_max; /* connections; for what is above it, until that is gone: */
    size_t caller_count;
    struct wsync_http_caller callers[];
};

/* One request, from its first line until it is answered. */
struct wsync_http_exchange {
    struct wsync_http_server *server;
    struct MHD_Connection *connection;
    char target[WSYNC_HTTP_TARGET_BYTES_MAX + 1]; /* as sent */
    char path[WSYNC_HTTP_TARGET_BYTES_MAX + 1];   /* decoded */
    char *text;                                   /* the body or the query */
    const char *files_type; /* the Content-Type of a body with files; NULL: it has none */
    struct wsync_http_upload_reader *reader; /* of these */
    size_t len, body_len; /* what is there; what was announced, SIZE_MAX: nothing clear */
    size_t got;           /* of the body, taken or not */
    unsigned status;      /* of its refusal; 0: none */
    int64_t begun_ms;
    bool target_is_cut, head_read;
    const struct wsync_http_asset *asset;
    struct wsync_http_found found;
    struct wsync_http_session session;
    bool session_is_new;
    char login[WSYNC_HTTP_LOGIN_BYTES];
    char peer[WSYNC_HTTP_PEER_BYTES];
    struct wsync_http_request request;
    struct wsync_fiber *fiber; /* while its handler runs or waits */
    bool is_answered;          /* by its handler, with: */
    struct wsync_http_answer answer;
};

/* ---- http_exchange.c: the library's callbacks; `context` is the server ---- */

void *wsync_http_exchange_begin(void *context, const char *target,
                                struct MHD_Connection *connection);
enum MHD_Result wsync_http_exchange_go_on(void *context, struct MHD_Connection *connection,
                                          const char *path, const char *method,
                                          const char *version, const char *bytes, size_t *len,
                                          void **state);
void wsync_http_exchange_end(void *context, struct MHD_Connection *connection, void **state,
                             enum MHD_RequestTerminationCode why);

/* ---- http_head.c ---- */

/* Reads the head into the exchange.  `status` is that of its refusal then, or 0. */
void wsync_http_head_read(const struct wsync_http_server *server,
                          struct MHD_Connection *connection,
                          struct wsync_http_exchange *exchange, const char *method);

/* The name of the cookie that says who is logged in: browsers keep one for all ports of an
 * address, and another program may show pages at another port. */
void wsync_http_login_name(const struct wsync_http_server *server,
                           char name[WSYNC_HTTP_NAME_BYTES]);

/* ---- http_body.c ---- */

/* Gets ready for what the head announced, which may refuse or answer it already.  False: there
 * is no memory.  The second takes some of it; false: the connection must end.  The third looks
 * whether all of it is as it must be. */
bool wsync_http_body_begin(struct wsync_http_exchange *exchange);
bool wsync_http_body_take(struct wsync_http_exchange *exchange, const char *bytes, size_t len);
void wsync_http_body_judge(struct wsync_http_exchange *exchange);
void wsync_http_body_end(struct wsync_http_exchange *exchange);

/* Is a body that is not taken read to its end all the same?  Otherwise the answer comes at
 * once, and the end of the connection. */
bool wsync_http_body_is_read(const struct wsync_http_exchange *exchange);

/* ---- http_wait.c ---- */

/* The place of a connection; NULL: it was one too many. */
struct wsync_http_caller *wsync_http_caller_of(struct MHD_Connection *connection);

/* Has the handler run.  False: it waits, and the connection is suspended. */
bool wsync_http_handle(struct wsync_http_exchange *exchange);

/* Has all that wait come to their end: from here on nobody may.  The other frees what they ran
 * in. */
void wsync_http_wait_end(struct wsync_http_server *server);
void wsync_http_wait_fini(struct wsync_http_server *server);

/* ---- http_live.c ---- */

/* A response that does not end; NULL: there is no place or memory for it. */
struct MHD_Response *wsync_http_stream_new(struct wsync_http_exchange *exchange);

/* Looks whether anything changed, when it is time to, and in how many ms it will be. */
void wsync_http_live_look(struct wsync_http_server *server, int64_t now_ms);
int64_t wsync_http_live_left_ms(const struct wsync_http_server *server, int64_t now_ms);

/* Has every stream end with the library's next run; the server is closing. */
void wsync_http_live_end(struct wsync_http_server *server);

/* ---- http_reply.c: each queues an answer, with what every answer says ---- */

/* Takes what is in `answer->html`. */
enum MHD_Result wsync_http_send_page(struct MHD_Connection *connection,
                                     const struct wsync_http_exchange *exchange,
                                     struct wsync_http_answer *answer);
enum MHD_Result wsync_http_send_refusal(const struct wsync_http_server *server,
                                        struct MHD_Connection *connection,
                                        const struct wsync_http_exchange *exchange);
/* 503 when there is no place for one more. */
enum MHD_Result wsync_http_send_stream(struct wsync_http_exchange *exchange);
enum MHD_Result wsync_http_send_asset(struct MHD_Connection *connection,
                                      const struct wsync_http_asset *asset);

#endif
