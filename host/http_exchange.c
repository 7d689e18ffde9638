/* SPDX-License-Identifier: Apache-2.0 */
#include "host/http_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/clock.h"
#include "host/entropy.h"

enum { UNREAD_BYTES_MAX = 1 << 20 }; /* a refused body of more is not read to its end */

/* A browser that has no session gets one with its first page. */
static void take_session(const struct wsync_http_server *server,
                         struct wsync_http_exchange *exchange)
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
    exchange->request.token =
        wsync_http_token_of(&server->secret, &exchange->session, exchange->login);
}

/* ---- one request from its first line to its answer ---- */

static void give_time(struct MHD_Connection *connection, int64_t ms)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct wsync_http_caller *caller = info ? info->socket_context : NULL;
    if (caller && caller->deadline_ms < INT64_MAX) {
        caller->deadline_ms = wsync_clock_monotonic_ms() + ms;
    }
}

void *wsync_http_exchange_begin(void *context, const char *target,
                                struct MHD_Connection *connection)
{
    struct wsync_http_exchange *exchange = calloc(1, sizeof *exchange);
    struct wsync_http_server *server = context;
    give_time(connection, server->request_ms);
    if (exchange) {
        exchange->server = server;
        exchange->connection = connection;
        int len = snprintf(exchange->target, sizeof exchange->target, "%s", target);
        exchange->target_is_cut = len < 0 || (size_t)len >= sizeof exchange->target;
        memcpy(exchange->path, exchange->target, strcspn(exchange->target, "?"));
    }
    return exchange;
}

static enum MHD_Result read_head(const struct wsync_http_server *server,
                                 struct MHD_Connection *connection,
                                 struct wsync_http_exchange *exchange, const char *method)
{
    wsync_http_head_read(server, connection, exchange, method);
    if (exchange->status != 0) {
        return exchange->body_len > UNREAD_BYTES_MAX
                   ? wsync_http_send_refusal(server, connection, exchange)
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

static enum MHD_Result read_body(struct wsync_http_exchange *exchange, const char *bytes,
                                 size_t len)
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
static unsigned judge_body(struct wsync_http_exchange *exchange)
{
    struct wsync_http_request *request = &exchange->request;
    enum wsync_err err =
        wsync_http_fields_decode(&request->fields, exchange->text, exchange->len);
    if (request->method == WSYNC_HTTP_POST && err == WSYNC_OK &&
        !wsync_http_token_is(&request->token, wsync_http_field(request, "csrf"))) {
        return MHD_HTTP_FORBIDDEN;
    }
    return err == WSYNC_OK             ? 0
           : err == WSYNC_ERR_OVERSIZE ? MHD_HTTP_CONTENT_TOO_LARGE
                                       : MHD_HTTP_BAD_REQUEST;
}

static enum MHD_Result answer_whole(const struct wsync_http_server *server,
                                    struct MHD_Connection *connection,
                                    struct wsync_http_exchange *exchange)
{
    if (exchange->status == 0 && !exchange->is_answered) {
        exchange->status = judge_body(exchange);
    }
    if (exchange->status != 0) {
        return wsync_http_send_refusal(server, connection, exchange);
    }
    if (exchange->asset) {
        return wsync_http_send_asset(connection, exchange->asset);
    }
    if (!exchange->is_answered && !wsync_http_handle(exchange)) {
        return MHD_YES; /* it comes here again when the handler is done */
    }
    if (exchange->status == 0 && wsync_html_err(&exchange->answer.html) != WSYNC_OK) {
        exchange->status = MHD_HTTP_INTERNAL_SERVER_ERROR;
    }
    return exchange->status == 0 ? wsync_http_send_page(connection, exchange, &exchange->answer)
                                 : wsync_http_send_refusal(server, connection, exchange);
}

/* Called with the head, then with each piece of the body, then once more; the parameters are
 * the library's. */
enum MHD_Result wsync_http_exchange_go_on(void *context, struct MHD_Connection *connection,
                                          const char *path, const char *method,
                                          const char *version, const char *bytes, size_t *len,
                                          void **state)
{
    struct wsync_http_server *server = context;
    struct wsync_http_exchange *exchange = *state;
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

void wsync_http_exchange_end(void *context, struct MHD_Connection *connection, void **state,
                             enum MHD_RequestTerminationCode why)
{
    struct wsync_http_exchange *exchange = *state;
    const struct wsync_http_server *server = context;
    (void)why;
    give_time(connection, server->idle_ms);
    if (exchange) {
        WSYNC_ASSERT(!exchange->fiber); /* suspended connections do not end */
        wsync_html_fini(&exchange->answer.html);
        free(exchange->text);
        free(exchange);
    }
    *state = NULL;
}
