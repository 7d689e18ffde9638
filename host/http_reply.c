/* SPDX-License-Identifier: Apache-2.0 */
#include "host/http_parts.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "wardsync/crypto.h"

static const char POLICY[] = "default-src 'self'; frame-ancestors 'none'; "
                             "form-action 'self'; base-uri 'none'; object-src 'none'";

static const char *const HEADERS[][2] = {
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
};

struct reply {
    struct MHD_Response *response;
    bool failed; /* for want of memory: then nothing is answered */
    const char *policy; /* in the place of what every page may do; NULL: that */
};

/* A reply with bytes that outlive it, or that the library frees. */
static struct reply reply_with(const void *bytes, size_t len, enum MHD_ResponseMemoryMode mode)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(len, (void *)(uintptr_t)bytes, mode);
    return (struct reply){response, !response, NULL};
}

/* Nothing for an empty value. */
static void add(struct reply *reply, const char *name, const char *value)
{
    reply->failed =
        reply->failed ||
        (value[0] != '\0' && MHD_add_response_header(reply->response, name, value) != MHD_YES);
}

/* What a person sent may be anything: shown by itself it runs nothing and asks for nothing. */
static const char SANDBOX[] = "default-src 'none'; sandbox; frame-ancestors 'none'";

static enum MHD_Result queue(struct MHD_Connection *connection, unsigned status,
                             struct reply *reply)
{
    add(reply, "Content-Security-Policy", reply->policy ? reply->policy : POLICY);
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

/* Nothing for an empty one.  What is given over https:// goes nowhere else. */
static void add_cookie(struct reply *reply, const struct wsync_http_server *server,
                       const char *cookie)
{
    char whole[256];
    if (cookie[0] != '\0') {
        snprintf(whole, sizeof whole, "%s%s", cookie, server->self.tls ? "; Secure" : "");
        add(reply, MHD_HTTP_HEADER_SET_COOKIE, whole);
    }
}

static void add_session(struct reply *reply, const struct wsync_http_exchange *exchange)
{
    char cookie[128];
    snprintf(cookie, sizeof cookie, "ws=%s; Path=/; HttpOnly; SameSite=Strict",
             exchange->session.text);
    add_cookie(reply, exchange->server, cookie);
}

/* As long as the browser is open; the server ends it earlier (login.h). */
static void add_login(struct reply *reply, const struct wsync_http_server *server,
                      const struct wsync_http_answer *answer)
{
    char cookie[192], name[WSYNC_HTTP_NAME_BYTES];
    if (answer->login[0] == '\0' && !answer->ends_login) {
        return;
    }
    wsync_http_login_name(server, name);
    snprintf(cookie, sizeof cookie, "%s=%s; Path=/; HttpOnly; SameSite=Strict%s", name,
             answer->login, answer->login[0] ? "" : "; Max-Age=0");
    add_cookie(reply, server, cookie);
}

static const char *allowed(const struct wsync_http_exchange *exchange)
{
    const struct wsync_http_found *found = &exchange->found;
    return !found->allows_post ? "GET, HEAD" : found->allows_get ? "GET, HEAD, POST" : "POST";
}

/* A reply with what the answer has, which is the library's from here on. */
static struct reply reply_of(struct wsync_http_answer *answer)
{
    if (answer->has_file) {
        struct MHD_Response *response =
            MHD_create_response_from_fd64(answer->file_bytes, answer->file_fd);
        if (!response) {
            close(answer->file_fd);
        }
        answer->has_file = false;
        return (struct reply){response, !response, .policy = SANDBOX};
    }
    struct reply reply = reply_with(answer->html.text, answer->html.len, MHD_RESPMEM_MUST_FREE);
    if (reply.failed) {
        wsync_html_fini(&answer->html);
    }
    answer->html = (struct wsync_html){0};
    return reply;
}

enum MHD_Result wsync_http_send_page(struct MHD_Connection *connection,
                                     const struct wsync_http_exchange *exchange,
                                     struct wsync_http_answer *answer)
{
    struct reply reply = reply_of(answer);
    add(&reply, MHD_HTTP_HEADER_CONTENT_TYPE,
        answer->type ? answer->type : "text/html; charset=utf-8");
    add(&reply, MHD_HTTP_HEADER_CONTENT_DISPOSITION, answer->disposition);
    add(&reply, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    add(&reply, MHD_HTTP_HEADER_LOCATION, answer->location);
    add_cookie(&reply, exchange->server, answer->cookie);
    add_login(&reply, exchange->server, answer);
    if (exchange->session_is_new && exchange->status == 0) {
        add_session(&reply, exchange);
    }
    if (answer->status == MHD_HTTP_METHOD_NOT_ALLOWED) {
        add(&reply, MHD_HTTP_HEADER_ALLOW, allowed(exchange));
    }
    return queue(connection, answer->status, &reply);
}

enum MHD_Result wsync_http_send_refusal(const struct wsync_http_server *server,
                                        struct MHD_Connection *connection,
                                        const struct wsync_http_exchange *exchange)
{
    const struct wsync_http_request stranger = {
        .target = "/",
        .path = "/",
        .rest = "",
        .cookie = exchange->request.cookie,
        .login = "",
        .peer = "",
        .upload_bytes_max = exchange->request.upload_bytes_max};
    struct wsync_http_answer answer = {.status = exchange->status};
    server->setup.refuse(server->setup.context, &stranger, &answer);
    answer.status = exchange->status;
    if (wsync_html_err(&answer.html) != WSYNC_OK) {
        wsync_html_fini(&answer.html); /* the status alone has to do */
    }
    return wsync_http_send_page(connection, exchange, &answer);
}

enum MHD_Result wsync_http_send_stream(struct wsync_http_exchange *exchange)
{
    struct MHD_Response *response = wsync_http_stream_new(exchange);
    if (!response) {
        exchange->status = MHD_HTTP_SERVICE_UNAVAILABLE;
        return wsync_http_send_refusal(exchange->server, exchange->connection, exchange);
    }
    struct reply reply = {.response = response};
    add(&reply, MHD_HTTP_HEADER_CONTENT_TYPE, "text/event-stream");
    add(&reply, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    return queue(exchange->connection, MHD_HTTP_OK, &reply);
}

enum MHD_Result wsync_http_send_asset(struct MHD_Connection *connection,
                                      const struct wsync_http_asset *asset)
{
    struct wsync_hash hash = wsync_hash_parts(&asset->bytes, 1);
    char digits[2 * sizeof hash.b + 1], tag[sizeof digits + 2];
    wsync_hex_encode(WSYNC_BYTES(hash), digits);
    snprintf(tag, sizeof tag, "\"%s\"", digits);
    const char *known =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_IF_NONE_MATCH);
    bool same = known && strstr(known, tag);
    struct reply reply =
        reply_with(asset->bytes.data, same ? 0 : asset->bytes.len, MHD_RESPMEM_PERSISTENT);
    add(&reply, MHD_HTTP_HEADER_ETAG, tag);
    add(&reply, MHD_HTTP_HEADER_CACHE_CONTROL, "public, max-age=31536000, immutable");
    add(&reply, MHD_HTTP_HEADER_CONTENT_TYPE, asset->type);
    return queue(connection, same ? MHD_HTTP_NOT_MODIFIED : MHD_HTTP_OK, &reply);
}
