/* SPDX-License-Identifier: Apache-2.0 */
/* What is sent with a request: a query, or the fields of a form, or a form with files.
 *
 * Files are taken only from who may do what the route does, and only while the first field is
 * the right token; at most WSYNC_HTTP_UPLOADING_MAX requests have files in memory. */
#include "host/http_parts.h"
#include "wardsync/crypto.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    UNREAD_BYTES_MAX = 1 << 20, /* a refused body of more is not read to its end */
    UNREAD_TIMES = 4, /* but for files: a browser shows an answer only behind what it sent */
};

static size_t upload_bytes_max(const struct wsync_http_exchange *exchange)
{
    return exchange->found.route ? exchange->found.route->upload_bytes_max : 0;
}

bool wsync_http_body_is_read(const struct wsync_http_exchange *exchange)
{
    size_t files = upload_bytes_max(exchange);
    size_t most = files > 0 ? files * UNREAD_TIMES : 0;
    return exchange->body_len <= (most > UNREAD_BYTES_MAX ? most : UNREAD_BYTES_MAX);
}

/* ---- fields alone ---- */

static bool begin_text(struct wsync_http_exchange *exchange)
{
    const char *query = strchr(exchange->target, '?');
    bool is_post = exchange->request.method == WSYNC_HTTP_POST;
    size_t query_len = query && !is_post ? strlen(query + 1) : 0;
    exchange->text = malloc(exchange->body_len + query_len + 1);
    if (!exchange->text) {
        return false;
    }
    memcpy(exchange->text, query_len > 0 ? query + 1 : "", query_len);
    exchange->len = query_len;
    return true;
}

static bool take_text(struct wsync_http_exchange *exchange, const char *bytes, size_t len)
{
    if (len > exchange->body_len - exchange->len) {
        return false; /* more than was announced */
    }
    memcpy(exchange->text + exchange->len, bytes, len);
    exchange->len += len;
    return true;
}

static unsigned status_of(enum wsync_err err)
{
    return err == WSYNC_OK             ? 0
           : err == WSYNC_ERR_OVERSIZE ? MHD_HTTP_CONTENT_TOO_LARGE
           : err == WSYNC_ERR_MEMORY   ? MHD_HTTP_SERVICE_UNAVAILABLE
                                       : MHD_HTTP_BAD_REQUEST;
}

/* ---- with files ---- */

/* Who asks must not fill the memory with what is refused behind it. */
static bool may_send(struct wsync_http_exchange *exchange)
{
    const struct wsync_http_setup *setup = &exchange->server->setup;
    exchange->answer = (struct wsync_http_answer){.status = MHD_HTTP_OK};
    exchange->request.person.role = WSYNC_ROLE_ADMIN;
    exchange->is_answered =
        setup->gate && !setup->gate(setup->context, &exchange->request,
                                    exchange->found.route->role, &exchange->answer);
    return !exchange->is_answered;
}

static void end_files(struct wsync_http_exchange *exchange)
{
    if (exchange->reader) {
        wsync_http_upload_fini(exchange->reader);
        free(exchange->reader);
        exchange->reader = NULL;
        exchange->server->uploading--;
    }
    exchange->request.upload_count = 0;
}

static void refuse(struct wsync_http_exchange *exchange, unsigned status)
{
    end_files(exchange);
    exchange->request.fields.count = 0; /* they lay in the reader */
    exchange->status = status;
}

static bool begin_files(struct wsync_http_exchange *exchange)
{
    struct wsync_http_server *server = exchange->server;
    if (!may_send(exchange)) {
        return true;
    }
    if (server->uploading == WSYNC_HTTP_UPLOADING_MAX) {
        exchange->status = MHD_HTTP_SERVICE_UNAVAILABLE;
        return true;
    }
    exchange->reader = malloc(sizeof *exchange->reader);
    if (!exchange->reader) {
        return false;
    }
    server->uploading++;
    enum wsync_err err =
        wsync_http_upload_begin(exchange->reader, exchange->files_type,
                                upload_bytes_max(exchange), &exchange->request.fields);
    if (err != WSYNC_OK) {
        refuse(exchange, status_of(err));
    }
    return true;
}

/* Is the token the first thing that was sent?  As long as nothing was, nobody knows. */
static bool may_be_ours(const struct wsync_http_exchange *exchange)
{
    const struct wsync_http_request *request = &exchange->request;
    const struct wsync_http_upload_reader *reader = exchange->reader;
    if (request->fields.count == 0) {
        return reader->upload_count == 0 && reader->now.fd < 0;
    }
    return request->fields.at[0].name == reader->text && /* no file stood before it */
           strcmp(request->fields.at[0].name, "csrf") == 0 &&
           wsync_http_token_is(&request->token, request->fields.at[0].value);
}

/* False: a stranger, who is not listened to. */
static bool take_files(struct wsync_http_exchange *exchange, const char *bytes, size_t len)
{
    exchange->len += len;
    enum wsync_err err = wsync_http_upload_take(exchange->reader, wsync_slice(bytes, len));
    if (!may_be_ours(exchange)) {
        refuse(exchange, MHD_HTTP_FORBIDDEN);
        return exchange->body_len - exchange->len <= UNREAD_BYTES_MAX;
    }
    if (err != WSYNC_OK) {
        refuse(exchange, status_of(err));
    }
    return true;
}

static enum wsync_err end_reading(struct wsync_http_exchange *exchange)
{
    enum wsync_err err = wsync_http_upload_end(exchange->reader);
    exchange->request.uploads = exchange->reader->uploads;
    exchange->request.upload_count = exchange->reader->upload_count;
    return err;
}

/* ---- either ---- */

bool wsync_http_body_begin(struct wsync_http_exchange *exchange)
{
    return exchange->files_type ? begin_files(exchange) : begin_text(exchange);
}

/* An end that came with the last bytes is nothing that the library wakes up for again.  What
 * lies within TLS it reads until nothing is left. */
static bool broke_off(const struct wsync_http_exchange *exchange)
{
    char byte;
    const struct wsync_http_caller *caller = wsync_http_caller_of(exchange->connection);
    return exchange->got < exchange->body_len && !exchange->server->self.tls && caller &&
           recv(caller->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

bool wsync_http_body_take(struct wsync_http_exchange *exchange, const char *bytes, size_t len)
{
    exchange->got += len;
    if (broke_off(exchange)) {
        return false;
    }
    if (exchange->status != 0 || exchange->is_answered) {
        return true; /* read to its end, or the answer would not arrive */
    }
    return exchange->reader ? take_files(exchange, bytes, len)
                            : take_text(exchange, bytes, len);
}

void wsync_http_body_judge(struct wsync_http_exchange *exchange)
{
    struct wsync_http_request *request = &exchange->request;
    enum wsync_err err =
        exchange->reader
            ? end_reading(exchange)
            : wsync_http_fields_decode(&request->fields, exchange->text, exchange->len);
    bool needs_token = request->method == WSYNC_HTTP_POST && err == WSYNC_OK;
    if (needs_token &&
        !wsync_http_token_is(&request->token, wsync_http_field(request, "csrf"))) {
        refuse(exchange, MHD_HTTP_FORBIDDEN);
    } else if (err != WSYNC_OK) {
        refuse(exchange, status_of(err));
    }
}

void wsync_http_body_end(struct wsync_http_exchange *exchange)
{
    end_files(exchange);
    if (exchange->text) {
        wsync_wipe(exchange->text, exchange->len); /* it may hold a passphrase */
    }
    free(exchange->text);
}
