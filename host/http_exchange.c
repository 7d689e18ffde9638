/* SPDX-License-Identifier: Apache-2.0 */
#include "host/http_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/entropy.h"
#include "wardsync/crypto.h"

enum { FILE_BYTES_PER_MS = 64 }; /* nobody's network is slower */

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
    wsync_http_caller_give(wsync_http_caller_of(connection), ms);
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
        exchange->begun_ms = wsync_clock_monotonic_ms();
        int len = snprintf(exchange->target, sizeof exchange->target, "%s", target);
        exchange->target_is_cut = len < 0 || (size_t)len >= sizeof exchange->target;
        memcpy(exchange->path, exchange->target, strcspn(exchange->target, "?"));
    }
    return exchange;
}

/* What is long takes its time on a slow network, this way too. */
static void give_time_for_file(const struct wsync_http_server *server,
                               struct MHD_Connection *connection,
                               const struct wsync_http_answer *answer)
{
    uint64_t bytes = answer->has_file ? answer->file_bytes : answer->html.len;
    if (answer->type) {
        give_time(connection, server->request_ms + (int64_t)(bytes / FILE_BYTES_PER_MS));
    }
}

/* A long body has besides what is there of it at the rate of a slow network, not what was only
 * announced; and whoever sends nothing for half a request's time is gone. */
static void give_time_for_body(struct wsync_http_exchange *exchange)
{
    int64_t silent_ms = exchange->server->request_ms / 2;
    int64_t until_ms = exchange->begun_ms + exchange->server->request_ms +
                       (int64_t)(exchange->got / FILE_BYTES_PER_MS);
    int64_t left_ms = until_ms - wsync_clock_monotonic_ms();
    give_time(exchange->connection, left_ms < silent_ms ? left_ms : silent_ms);
}

static enum MHD_Result answer_whole(const struct wsync_http_server *server,
                                    struct MHD_Connection *connection,
                                    struct wsync_http_exchange *exchange)
{
    if (exchange->status == 0 && !exchange->is_answered) {
        wsync_http_body_judge(exchange);
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
    if (exchange->status == 0 && exchange->answer.is_stream) {
        return wsync_http_send_stream(exchange);
    }
    if (exchange->status != 0) {
        return wsync_http_send_refusal(server, connection, exchange);
    }
    give_time_for_file(server, connection, &exchange->answer);
    return wsync_http_send_page(connection, exchange, &exchange->answer);
}

static enum MHD_Result read_head(const struct wsync_http_server *server,
                                 struct MHD_Connection *connection,
                                 struct wsync_http_exchange *exchange, const char *method)
{
    wsync_http_head_read(server, connection, exchange, method);
    if (exchange->status == 0) {
        take_session(server, exchange);
        if (!wsync_http_body_begin(exchange)) {
            return MHD_NO;
        }
    }
    bool is_over = exchange->status != 0 || exchange->is_answered;
    return is_over && !wsync_http_body_is_read(exchange)
               ? answer_whole(server, connection, exchange)
               : MHD_YES;
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
        bool good = wsync_http_body_take(exchange, bytes, taken);
        wsync_wipe((void *)(uintptr_t)bytes, taken); /* the connection's own buffer, read now */
        if (exchange->files_type) {
            give_time_for_body(exchange);
        }
        return good ? MHD_YES : MHD_NO;
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
        if (exchange->answer.has_file) {
            close(exchange->answer.file_fd);
        }
        wsync_http_body_end(exchange);
        free(exchange);
    }
    *state = NULL;
}
