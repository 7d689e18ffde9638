/* SPDX-License-Identifier: Apache-2.0 */
#include "host/http.h"

#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/entropy.h"
#include "host/http_listen.h"
#include "host/http_route.h"
#include "wardsync/crypto.h"

enum {
    IDLE_S = 15,
    REQUEST_S = 60,
    POOL_BYTES = 32 << 10, /* the head of one request and what is read of its body at a time */
    UNREAD_BYTES_MAX = 1 << 20, /* a refused body of more is not read to its end */
};

/* A connection, from its first byte on. */
struct caller {
    int fd;              /* -1: this place is free */
    int64_t deadline_ms; /* INT64_MAX: free, or cut already */
};

static const struct caller FREE = {-1, INT64_MAX};

struct wsync_http_server {
    struct wsync_http_setup setup;
    struct MHD_Daemon *daemon;
    struct wsync_entropy secret;
    struct wsync_http_place place;
    char url[96];
    int64_t idle_ms, request_ms;
    size_t caller_count;
    struct caller callers[];
};

/* One request while it comes in. */
struct exchange {
    char target[WSYNC_HTTP_TARGET_BYTES_MAX + 1]; /* as sent */
    char path[WSYNC_HTTP_TARGET_BYTES_MAX + 1];   /* decoded */
    char *text;           /* the body or the query */
    size_t len, body_len; /* what is there; what was announced, SIZE_MAX: nothing clear */
    unsigned status;      /* of its refusal; 0: none */
    bool target_is_cut, head_read;
    const struct wsync_http_asset *asset;
    struct wsync_http_found found;
    struct wsync_http_session session;
    bool session_is_new;
    struct wsync_http_request request;
};

/* ---- what every answer says ---- */

static const char *const HEADERS[][2] = {
    {"Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'; "
                                "form-action 'self'; base-uri 'none'; object-src 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
};

struct reply {
    struct MHD_Response *response;
    bool failed; /* for want of memory: then nothing is answered */
};

/* A reply with bytes that outlive it, or that the library frees. */
static struct reply reply_with(const void *bytes, size_t len, enum MHD_ResponseMemoryMode mode)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(len, (void *)(uintptr_t)bytes, mode);
    return (struct reply){response, !response};
}

/* Nothing for an empty value. */
static void add(struct reply *reply, const char *name, const char *value)
{
    reply->failed = reply->failed ||
                    (value[0] != '\0' &&
                     MHD_add_response_header(reply->response, name, value) != MHD_YES);
}

static enum MHD_Result queue(struct MHD_Connection *connection, unsigned status,
                             struct reply *reply)
{
    for (size_t i = 0; i < sizeof HEADERS / sizeof HEADERS[0]; i++) {
        add(reply, HEADERS[i][0], HEADERS[i][1]);
    }
    enum MHD_Result done =
        reply->failed ? MHD_NO : MHD_queue_response(connection, status, reply->response);
    if (reply->response) {
        MHD_destroy_response(reply->response);
    }
    return done;
}

static void add_session(struct reply *reply, const struct wsync_http_session *session)
{
    char cookie[128];
    snprintf(cookie, sizeof cookie, "ws=%s; Path=/; HttpOnly; SameSite=Strict", session->text);
    add(reply, MHD_HTTP_HEADER_SET_COOKIE, cookie);
}

static const char *allowed(const struct exchange *exchange)
{
    const struct wsync_http_found *found = &exchange->found;
    return !found->allows_post ? "GET, HEAD" : found->allows_get ? "GET, HEAD, POST" : "POST";
}

static enum MHD_Result send_page(struct MHD_Connection *connection,
                                 const struct exchange *exchange,
                                 struct wsync_http_answer *answer)
{
    struct reply reply = reply_with(answer->html.text, answer->html.len, MHD_RESPMEM_MUST_FREE);
    if (reply.failed) {
        wsync_html_fini(&answer->html);
    }
    add(&reply, MHD_HTTP_HEADER_CONTENT_TYPE,
        answer->type ? answer->type : "text/html; charset=utf-8");
    add(&reply, MHD_HTTP_HEADER_CONTENT_DISPOSITION, answer->disposition);
    add(&reply, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    add(&reply, MHD_HTTP_HEADER_LOCATION, answer->location);
    add(&reply, MHD_HTTP_HEADER_SET_COOKIE, answer->cookie);
    if (exchange->session_is_new && exchange->status == 0) {
        add_session(&reply, &exchange->session);
    }
    if (answer->status == MHD_HTTP_METHOD_NOT_ALLOWED) {
        add(&reply, MHD_HTTP_HEADER_ALLOW, allowed(exchange));
    }
    return queue(connection, answer->status, &reply);
}

static enum MHD_Result refuse(const struct wsync_http_server *server,
                              struct MHD_Connection *connection,
                              const struct exchange *exchange)
{
    const struct wsync_http_request stranger = {
        .target = "/", .path = "/", .rest = "", .cookie = exchange->request.cookie};
    struct wsync_http_answer answer = {.status = exchange->status};
    server->setup.refuse(server->setup.context, &stranger, &answer);
    answer.status = exchange->status;
    if (wsync_html_err(&answer.html) != WSYNC_OK) {
        wsync_html_fini(&answer.html); /* the status alone has to do */
    }
    return send_page(connection, exchange, &answer);
}

static enum MHD_Result send_asset(struct MHD_Connection *connection,
                                  const struct wsync_http_asset *asset)
{
    struct wsync_hash hash = wsync_hash_parts(&asset->bytes, 1);
    char digits[2 * sizeof hash.b + 1], tag[sizeof digits + 2];
    wsync_hex_encode(WSYNC_BYTES(hash), digits);
    snprintf(tag, sizeof tag, "\"%s\"", digits);
    const char *known = MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
                                                    MHD_HTTP_HEADER_IF_NONE_MATCH);
    bool same = known && strstr(known, tag);
    struct reply reply =
        reply_with(asset->bytes.data, same ? 0 : asset->bytes.len, MHD_RESPMEM_PERSISTENT);
    add(&reply, MHD_HTTP_HEADER_ETAG, tag);
    add(&reply, MHD_HTTP_HEADER_CACHE_CONTROL, "public, max-age=31536000, immutable");
    add(&reply, MHD_HTTP_HEADER_CONTENT_TYPE, asset->type);
    return queue(connection, same ? MHD_HTTP_NOT_MODIFIED : MHD_HTTP_OK, &reply);
}

/* ---- the head of a request ---- */

struct header {
    const char *name, *value;
    unsigned count;
};

static enum MHD_Result count_header(void *context, enum MHD_ValueKind kind, const char *name,
                                    const char *value)
{
    struct header *header = context;
    (void)kind;
    if (strcasecmp(name, header->name) == 0) {
        header->value = value ? value : "";
        header->count++;
    }
    return MHD_YES;
}

static struct header header_of(struct MHD_Connection *connection, const char *name)
{
    struct header header = {.name = name};
    MHD_get_connection_values(connection, MHD_HEADER_KIND, count_header, &header);
    return header;
}

static void find(const struct wsync_http_server *server, struct exchange *exchange)
{
    const struct wsync_http_asset *asset = server->setup.assets;
    bool is_get = exchange->request.method == WSYNC_HTTP_GET;
    for (; asset && asset->path; asset++) {
        if (strcmp(asset->path, exchange->path) == 0) {
            exchange->found.allows_get = true;
            exchange->asset = is_get ? asset : NULL;
            return;
        }
    }
    exchange->found = wsync_http_route_find(server->setup.routes, exchange->path,
                                            exchange->request.method);
    exchange->request.rest = exchange->found.rest;
}

/* The length of the body, SIZE_MAX when the head does not tell it. */
static size_t announced(struct MHD_Connection *connection)
{
    struct header len = header_of(connection, MHD_HTTP_HEADER_CONTENT_LENGTH);
    bool coded = header_of(connection, MHD_HTTP_HEADER_TRANSFER_ENCODING).count > 0;
    if (len.count == 0 && !coded) {
        return 0;
    }
    if (len.count != 1 || coded || len.value[0] == '\0' || strlen(len.value) > 15 ||
        len.value[strspn(len.value, "0123456789")] != '\0') {
        return SIZE_MAX;
    }
    return (size_t)strtoull(len.value, NULL, 10);
}

static unsigned judge_post(struct MHD_Connection *connection, size_t body_len, const char *host)
{
    struct header origin = header_of(connection, "Origin");
    struct header site = header_of(connection, "Sec-Fetch-Site");
    if (origin.count > 1 || site.count > 1 ||
        !wsync_http_origin_is_ours(origin.value, site.value, host)) {
        return MHD_HTTP_FORBIDDEN;
    }
    if (body_len == SIZE_MAX) {
        return MHD_HTTP_LENGTH_REQUIRED;
    }
    if (body_len > WSYNC_HTTP_BODY_BYTES_MAX) {
        return MHD_HTTP_CONTENT_TOO_LARGE;
    }
    struct header type = header_of(connection, MHD_HTTP_HEADER_CONTENT_TYPE);
    return type.count == 1 && wsync_http_fields_are(type.value)
               ? 0
               : MHD_HTTP_UNSUPPORTED_MEDIA_TYPE;
}

/* Who asks, by what method, for what?  The status of a refusal, or 0. */
static unsigned judge_head(const struct wsync_http_server *server,
                           struct MHD_Connection *connection, struct exchange *exchange,
                           const char *method)
{
    struct header host = header_of(connection, MHD_HTTP_HEADER_HOST);
    bool is_post = strcmp(method, MHD_HTTP_METHOD_POST) == 0;
    bool is_get = strcmp(method, MHD_HTTP_METHOD_GET) == 0 ||
                  strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
    exchange->request.method = is_post ? WSYNC_HTTP_POST : WSYNC_HTTP_GET;
    if (host.count != 1 ||
        !wsync_http_host_is_ours(host.value, server->place.name, server->place.port)) {
        return MHD_HTTP_MISDIRECTED_REQUEST;
    }
    if (exchange->target_is_cut) {
        return MHD_HTTP_URI_TOO_LONG;
    }
    if (!wsync_http_path_decode(exchange->path) || (is_get && exchange->body_len > 0)) {
        return MHD_HTTP_BAD_REQUEST;
    }
    find(server, exchange);
    if (!exchange->found.allows_get && !exchange->found.allows_post) {
        return MHD_HTTP_NOT_FOUND;
    }
    if ((!is_get && !is_post) || (!exchange->found.route && !exchange->asset)) {
        return MHD_HTTP_METHOD_NOT_ALLOWED;
    }
    return is_post ? judge_post(connection, exchange->body_len, host.value) : 0;
}

/* A browser that has no session gets one with its first page. */
static void take_session(const struct wsync_http_server *server, struct exchange *exchange)
{
    char known[sizeof exchange->session.text];
    if (wsync_http_cookie(&exchange->request, "ws", known, sizeof known) &&
        wsync_http_session_is(known)) {
        memcpy(exchange->session.text, known, sizeof known);
    } else {
        struct wsync_entropy entropy;
        wsync_entropy_draw(&entropy);
        exchange->session = wsync_http_session_of(entropy.b);
        exchange->session_is_new = true;
    }
    exchange->request.token = wsync_http_token_of(&server->secret, &exchange->session);
}

/* ---- one request from its first line to its answer ---- */

static void give_time(struct MHD_Connection *connection, int64_t ms)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct caller *caller = info ? info->socket_context : NULL;
    if (caller && caller->deadline_ms < INT64_MAX) {
        caller->deadline_ms = wsync_clock_monotonic_ms() + ms;
    }
}

static void *begin_exchange(void *context, const char *target,
                            struct MHD_Connection *connection)
{
    struct exchange *exchange = calloc(1, sizeof *exchange);
    const struct wsync_http_server *server = context;
    give_time(connection, server->request_ms);
    if (exchange) {
        int len = snprintf(exchange->target, sizeof exchange->target, "%s", target);
        exchange->target_is_cut = len < 0 || (size_t)len >= sizeof exchange->target;
        memcpy(exchange->path, exchange->target, strcspn(exchange->target, "?"));
    }
    return exchange;
}

static enum MHD_Result read_head(const struct wsync_http_server *server,
                                 struct MHD_Connection *connection, struct exchange *exchange,
                                 const char *method)
{
    struct header cookie = header_of(connection, MHD_HTTP_HEADER_COOKIE);
    exchange->request.target = exchange->target;
    exchange->request.path = exchange->path;
    exchange->request.rest = "";
    exchange->request.cookie = cookie.count == 1 ? cookie.value : "";
    exchange->body_len = announced(connection);
    exchange->status = judge_head(server, connection, exchange, method);
    if (exchange->status != 0) {
        return exchange->body_len > UNREAD_BYTES_MAX ? refuse(server, connection, exchange)
                                                     : MHD_YES;
    }
    const char *query = strchr(exchange->target, '?');
    bool is_post = exchange->request.method == WSYNC_HTTP_POST;
    size_t query_len = query && !is_post ? strlen(query + 1) : 0;
    exchange->text = malloc(exchange->body_len + query_len + 1);
    if (!exchange->text) {
        return MHD_NO;
    }
    memcpy(exchange->text, query_len > 0 ? query + 1 : "", query_len);
    exchange->len = query_len;
    take_session(server, exchange);
    return MHD_YES;
}

static enum MHD_Result read_body(struct exchange *exchange, const char *bytes, size_t len)
{
    if (exchange->status != 0) {
        return MHD_YES; /* read to its end, or the refusal would not arrive */
    }
    if (len > exchange->body_len - exchange->len) {
        return MHD_NO; /* more than was announced */
    }
    memcpy(exchange->text + exchange->len, bytes, len);
    exchange->len += len;
    return MHD_YES;
}

/* The whole request is there: does it hold what it must?  The status of a refusal, or 0. */
static unsigned judge_body(struct exchange *exchange)
{
    struct wsync_http_request *request = &exchange->request;
    enum wsync_err err =
        wsync_http_fields_decode(&request->fields, exchange->text, exchange->len);
    if (request->method == WSYNC_HTTP_POST && err == WSYNC_OK &&
        !wsync_http_token_is(&request->token, wsync_http_field(request, "csrf"))) {
        return MHD_HTTP_FORBIDDEN;
    }
    return err == WSYNC_OK                 ? 0
           : err == WSYNC_ERR_OVERSIZE ? MHD_HTTP_CONTENT_TOO_LARGE
                                       : MHD_HTTP_BAD_REQUEST;
}

static enum MHD_Result answer_whole(const struct wsync_http_server *server,
                                    struct MHD_Connection *connection,
                                    struct exchange *exchange)
{
    if (exchange->status == 0) {
        exchange->status = judge_body(exchange);
    }
    if (exchange->status != 0) {
        return refuse(server, connection, exchange);
    }
    if (exchange->asset) {
        return send_asset(connection, exchange->asset);
    }
    struct wsync_http_answer answer = {.status = MHD_HTTP_OK};
    exchange->found.route->handle(server->setup.context, &exchange->request, &answer);
    if (wsync_html_err(&answer.html) != WSYNC_OK) {
        wsync_html_fini(&answer.html);
        exchange->status = MHD_HTTP_INTERNAL_SERVER_ERROR;
        return refuse(server, connection, exchange);
    }
    return send_page(connection, exchange, &answer);
}

/* Called with the head, then with each piece of the body, then once more; the parameters are
 * the library's. */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection,
                                  const char *path, const char *method, const char *version,
                                  const char *bytes, size_t *len, void **state)
{
    struct wsync_http_server *server = context;
    struct exchange *exchange = *state;
    (void)path;
    (void)version;
    if (!exchange) {
        return MHD_NO; /* there was no memory for it */
    }
    if (!exchange->head_read) {
        exchange->head_read = true;
        return read_head(server, connection, exchange, method);
    }
    if (*len > 0) {
        size_t taken = *len;
        *len = 0;
        return read_body(exchange, bytes, taken);
    }
    return answer_whole(server, connection, exchange);
}

static void end_exchange(void *context, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode why)
{
    struct exchange *exchange = *state;
    const struct wsync_http_server *server = context;
    (void)why;
    give_time(connection, server->idle_ms);
    if (exchange) {
        free(exchange->text);
        free(exchange);
    }
    *state = NULL;
}

/* ---- connections ---- */

static void on_connection(void *context, struct MHD_Connection *connection, void **state,
                          enum MHD_ConnectionNotificationCode what)
{
    struct wsync_http_server *server = context;
    struct caller *caller = *state;
    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        if (caller) {
            *caller = FREE;
        }
        return;
    }
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    for (size_t i = 0; i < server->caller_count; i++) {
        caller = &server->callers[i];
        if (caller->fd < 0) {
            *caller = (struct caller){info->connect_fd,
                                      wsync_clock_monotonic_ms() + server->idle_ms};
            *state = caller;
            return;
        }
    }
    shutdown(info->connect_fd, SHUT_RDWR); /* one more than the library was told to take */
}

int wsync_http_fd(const struct wsync_http_server *server)
{
    return MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

int wsync_http_wait_ms(struct wsync_http_server *server)
{
    MHD_UNSIGNED_LONG_LONG library_ms;
    int64_t wait_ms = INT64_MAX, now = wsync_clock_monotonic_ms();
    if (MHD_get_timeout(server->daemon, &library_ms) == MHD_YES) {
        wait_ms = library_ms < INT32_MAX ? (int64_t)library_ms : INT32_MAX;
    }
    for (size_t i = 0; i < server->caller_count; i++) {
        if (server->callers[i].deadline_ms < INT64_MAX) {
            int64_t left_ms = server->callers[i].deadline_ms - now;
            wait_ms = left_ms < 0 ? 0 : left_ms < wait_ms ? left_ms : wait_ms;
        }
    }
    return wait_ms == INT64_MAX ? -1 : (int)wait_ms;
}

/* The library's own timeout looks at silence alone: a byte now and then would hold a connection
 * for ever.  And nobody is late for the time that a handler took: whoever is late when the run
 * begins and was not answered in it is cut. */
enum wsync_err wsync_http_run(struct wsync_http_server *server)
{
    int64_t begun_ms = wsync_clock_monotonic_ms();
    if (MHD_run(server->daemon) != MHD_YES) {
        return WSYNC_ERR_LINK;
    }
    for (size_t i = 0; i < server->caller_count; i++) {
        struct caller *caller = &server->callers[i];
        if (begun_ms >= caller->deadline_ms) {
            shutdown(caller->fd, SHUT_RDWR); /* which wakes the library */
            caller->deadline_ms = INT64_MAX;
        }
    }
    return WSYNC_OK;
}

/* ---- opening ---- */

static struct wsync_http_server *new_server(const struct wsync_http_setup *setup,
                                            const struct wsync_http_place *place)
{
    size_t count = setup->connections_max > 0 ? setup->connections_max : WSYNC_HTTP_CONNECTIONS;
    struct wsync_http_server *server =
        calloc(1, sizeof *server + count * sizeof server->callers[0]);
    if (!server) {
        return NULL;
    }
    server->setup = *setup;
    server->place = *place;
    snprintf(server->url, sizeof server->url, "http://%s:%u/", place->name,
             (unsigned)place->port);
    server->idle_ms = (setup->idle_s > 0 ? setup->idle_s : IDLE_S) * INT64_C(1000);
    server->request_ms = (setup->request_s > 0 ? setup->request_s : REQUEST_S) * INT64_C(1000);
    server->caller_count = count;
    for (size_t i = 0; i < count; i++) {
        server->callers[i] = FREE;
    }
    wsync_entropy_draw(&server->secret);
    return server;
}

static struct MHD_Daemon *start(struct wsync_http_server *server)
{
    return MHD_start_daemon(
        MHD_USE_EPOLL, 0, NULL, NULL, on_request, server, MHD_OPTION_LISTEN_SOCKET,
        server->place.fd,
        MHD_OPTION_URI_LOG_CALLBACK, begin_exchange, server,
        MHD_OPTION_NOTIFY_COMPLETED, end_exchange, server,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, server,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)server->caller_count,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL_BYTES, MHD_OPTION_END);
}

enum wsync_err wsync_http_open(const struct wsync_http_setup *setup,
                               struct wsync_http_server **out, struct wsync_error *error)
{
    struct wsync_http_place place = {.fd = setup->listener};
    enum wsync_err err = wsync_http_listen(setup->address, &place, error);
    if (err != WSYNC_OK) {
        return err;
    }
    struct wsync_http_server *server = new_server(setup, &place);
    if (server) {
        server->daemon = start(server);
    }
    if (!server || !server->daemon) {
        close(place.fd);
        wsync_http_close(server);
        return wsync_error_set(error, WSYNC_ERR_MEMORY, "%s",
                               wsync_err_text(WSYNC_ERR_MEMORY, WSYNC_EN));
    }
    *out = server;
    return WSYNC_OK;
}

const char *wsync_http_url(const struct wsync_http_server *server)
{
    return server->url;
}

void wsync_http_close(struct wsync_http_server *server)
{
    if (!server) {
        return;
    }
    if (server->daemon) {
        MHD_stop_daemon(server->daemon);
    }
    wsync_wipe(&server->secret, sizeof server->secret);
    free(server);
}
