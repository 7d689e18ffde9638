/* SPDX-License-Identifier: Apache-2.0 */
#include "host/http_parts.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

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

static void find(const struct wsync_http_server *server, struct wsync_http_exchange *exchange)
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
    exchange->found =
        wsync_http_route_find(server->setup.routes, exchange->path, exchange->request.method);
    exchange->request.rest = exchange->found.rest;
    if (exchange->found.route) {
        exchange->request.upload_bytes_max = exchange->found.route->upload_bytes_max;
    }
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

/* Is it a body that the route takes?  The status of a refusal, or 0. */
static unsigned judge_type(struct MHD_Connection *connection,
                           struct wsync_http_exchange *exchange)
{
    size_t files = exchange->request.upload_bytes_max, most = WSYNC_HTTP_BODY_BYTES_MAX;
    struct header type = header_of(connection, MHD_HTTP_HEADER_CONTENT_TYPE);
    if (files > 0 && type.count == 1 && wsync_http_upload_is(type.value)) {
        exchange->files_type = type.value;
        most = files + WSYNC_HTTP_UPLOAD_BESIDE_BYTES;
    }
    if (exchange->body_len > most) {
        return MHD_HTTP_CONTENT_TOO_LARGE;
    }
    return exchange->files_type || (type.count == 1 && wsync_http_fields_are(type.value))
               ? 0
               : MHD_HTTP_UNSUPPORTED_MEDIA_TYPE;
}

static unsigned judge_post(struct MHD_Connection *connection,
                           struct wsync_http_exchange *exchange, const char *host)
{
    struct header origin = header_of(connection, "Origin");
    struct header site = header_of(connection, "Sec-Fetch-Site");
    if (origin.count > 1 || site.count > 1 ||
        !wsync_http_origin_is_ours(origin.value, site.value, host,
                                   exchange->server->self.tls)) {
        return MHD_HTTP_FORBIDDEN;
    }
    return exchange->body_len == SIZE_MAX ? MHD_HTTP_LENGTH_REQUIRED
                                          : judge_type(connection, exchange);
}

/* The status of a refusal, or 0. */
static unsigned judge_get(struct MHD_Connection *connection)
{
    struct header site = header_of(connection, "Sec-Fetch-Site");
    struct header mode = header_of(connection, "Sec-Fetch-Mode");
    struct header dest = header_of(connection, "Sec-Fetch-Dest");
    return site.count <= 1 && wsync_http_fetch_is_ours(site.value, mode.value, dest.value)
               ? 0
               : MHD_HTTP_FORBIDDEN;
}

/* Who asks, by what method, for what?  The status of a refusal, or 0. */
static unsigned judge_head(const struct wsync_http_server *server,
                           struct MHD_Connection *connection,
                           struct wsync_http_exchange *exchange, const char *method)
{
    struct header host = header_of(connection, MHD_HTTP_HEADER_HOST);
    bool is_post = strcmp(method, MHD_HTTP_METHOD_POST) == 0;
    bool is_get =
        strcmp(method, MHD_HTTP_METHOD_GET) == 0 || strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
    exchange->request.method = is_post ? WSYNC_HTTP_POST : WSYNC_HTTP_GET;
    if (host.count != 1 ||
        !wsync_http_host_is_ours(host.value, &server->self)) {
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
    return is_post ? judge_post(connection, exchange, host.value) : judge_get(connection);
}

void wsync_http_login_name(const struct wsync_http_server *server,
                           char name[WSYNC_HTTP_NAME_BYTES])
{
    snprintf(name, WSYNC_HTTP_NAME_BYTES, "login-%u", (unsigned)server->place.port);
}

/* Of version 6 the network: whoever has one has all of its addresses. */
static void read_peer(struct MHD_Connection *connection, char peer[WSYNC_HTTP_PEER_BYTES])
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr_in *four = info ? (const void *)info->client_addr : NULL;
    struct sockaddr_in6 six;
    peer[0] = '\0';
    if (four && four->sin_family == AF_INET) {
        inet_ntop(AF_INET, &four->sin_addr, peer, WSYNC_HTTP_PEER_BYTES);
    } else if (four && four->sin_family == AF_INET6) {
        memcpy(&six, four, sizeof six);
        if (!IN6_IS_ADDR_V4MAPPED(&six.sin6_addr)) {
            memset(six.sin6_addr.s6_addr + 8, 0, 8);
        }
        inet_ntop(AF_INET6, &six.sin6_addr, peer, WSYNC_HTTP_PEER_BYTES);
    }
}

static void read_login(const struct wsync_http_server *server,
                       struct wsync_http_exchange *exchange)
{
    char name[WSYNC_HTTP_NAME_BYTES];
    wsync_http_login_name(server, name);
    if (!wsync_http_cookie(&exchange->request, name, exchange->login, sizeof exchange->login)) {
        exchange->login[0] = '\0';
    }
    exchange->request.login = exchange->login;
}

void wsync_http_head_read(const struct wsync_http_server *server,
                          struct MHD_Connection *connection,
                          struct wsync_http_exchange *exchange, const char *method)
{
    struct header cookie = header_of(connection, MHD_HTTP_HEADER_COOKIE);
    exchange->request.target = exchange->target;
    exchange->request.path = exchange->path;
    exchange->request.rest = "";
    exchange->request.cookie = cookie.count == 1 ? cookie.value : "";
    exchange->request.peer = exchange->peer;
    exchange->request.routes = server->setup.routes;
    exchange->request.is_refresh = header_of(connection, "X-Refresh").count > 0;
    read_peer(connection, exchange->peer);
    read_login(server, exchange);
    exchange->body_len = announced(connection);
    exchange->status = judge_head(server, connection, exchange, method);
}
