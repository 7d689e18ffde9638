/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE /* TCP_USER_TIMEOUT */
#include "host/http_live.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "host/clock.h"
#include "host/http_parts.h"

enum { EVENT_BYTES_MAX = 96, BLOCK_BYTES = 256, SEND_BYTES = 8192 };

struct wsync_http_stream {
    struct wsync_http_server *server;
    struct MHD_Connection *connection;
    int fd;
    bool begun, is_idle; /* idle: suspended, with nothing to say */
    uint64_t told;       /* the revision, once begun */
    int64_t beat_ms;     /* when a sign of life is due */
    int64_t busy_ms;     /* not idle since */
};

void wsync_http_live(void *context, const struct wsync_http_request *request,
                     struct wsync_http_answer *answer)
{
    (void)context;
    (void)request;
    answer->is_stream = true;
}

static uint64_t revision_of(const struct wsync_http_server *server)
{
    const struct wsync_http_setup *setup = &server->setup;
    return setup->revision ? setup->revision(setup->context) : 0;
}

/* ---- one stream; the parameters of the two callbacks are the library's ---- */

static ssize_t write_event(void *context, uint64_t position, char *bytes, size_t room)
{
    struct wsync_http_stream *stream = context;
    struct wsync_http_server *server = stream->server;
    int64_t now_ms = wsync_clock_monotonic_ms();
    (void)position;
    if (server->is_closing) {
        return MHD_CONTENT_READER_END_OF_STREAM;
    }
    WSYNC_ASSERT(room >= EVENT_BYTES_MAX);
    int len = 0;
    if (!stream->begun || stream->told != server->revision) {
        len = snprintf(bytes, room, "%sevent: change\ndata: %" PRIu64 "\n\n",
                       stream->begun ? "" : "retry: 3000\n", server->revision);
        stream->begun = true;
        stream->told = server->revision;
    } else if (now_ms >= stream->beat_ms) {
        len = snprintf(bytes, room, ":\n\n");
    }
    if (len > 0) {
        stream->beat_ms = now_ms + WSYNC_HTTP_BEAT_MS;
        return len;
    }
    stream->is_idle = true;
    MHD_suspend_connection(stream->connection);
    return 0;
}

static void end_stream(void *context)
{
    struct wsync_http_stream *stream = context;
    struct wsync_http_server *server = stream->server;
    for (size_t i = 0; i < WSYNC_HTTP_STREAMS_MAX; i++) {
        if (server->streams[i] == stream) {
            server->streams[i] = NULL;
            server->stream_count--;
        }
    }
    free(stream);
}

static struct wsync_http_stream **free_place(struct wsync_http_server *server)
{
    for (size_t i = 0; i < WSYNC_HTTP_STREAMS_MAX; i++) {
        if (!server->streams[i] && server->stream_count < server->standing_max / 2) {
            return &server->streams[i];
        }
    }
    return NULL;
}

/* Little lies with the system for who does not read, and a machine that is gone, which nobody
 * resets, is given up. */
static void narrow(int fd)
{
    unsigned silent_ms = WSYNC_HTTP_STUCK_MS;
    int bytes = SEND_BYTES;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &silent_ms, sizeof silent_ms);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
}

struct MHD_Response *wsync_http_stream_new(struct wsync_http_exchange *exchange)
{
    struct wsync_http_server *server = exchange->server;
    struct wsync_http_stream **place = free_place(server);
    struct wsync_http_caller *caller = wsync_http_caller_of(exchange->connection);
    struct wsync_http_stream *stream = place && caller ? calloc(1, sizeof *stream) : NULL;
    struct MHD_Response *response =
        stream ? MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES, write_event,
                                                   stream, end_stream)
               : NULL;
    if (!response) {
        free(stream);
        return NULL;
    }
    narrow(caller->fd);
    stream->server = server;
    stream->connection = exchange->connection;
    stream->fd = caller->fd;
    stream->busy_ms = wsync_clock_monotonic_ms();
    caller->is_held = true;
    if (server->stream_count == 0) { /* nobody looked meanwhile */
        server->revision = revision_of(server);
        server->look_ms = stream->busy_ms + WSYNC_HTTP_LOOK_MS;
    }
    *place = stream;
    server->stream_count++;
    return response;
}

/* ---- all of them ---- */

static void let_go_on(struct wsync_http_stream *stream, int64_t now_ms)
{
    stream->is_idle = false;
    stream->busy_ms = now_ms;
    MHD_resume_connection(stream->connection);
}

void wsync_http_live_look(struct wsync_http_server *server, int64_t now_ms)
{
    if (server->stream_count == 0 || now_ms < server->look_ms) {
        return;
    }
    server->look_ms = now_ms + WSYNC_HTTP_LOOK_MS;
    server->revision = revision_of(server);
    for (size_t i = 0; i < WSYNC_HTTP_STREAMS_MAX; i++) {
        struct wsync_http_stream *stream = server->streams[i];
        if (!stream) {
            continue;
        }
        bool is_due = stream->told != server->revision || now_ms >= stream->beat_ms;
        if (stream->is_idle && is_due) {
            let_go_on(stream, now_ms);
        } else if (!stream->is_idle && now_ms - stream->busy_ms >= WSYNC_HTTP_STUCK_MS) {
            shutdown(stream->fd, SHUT_RDWR); /* which wakes the library */
        }
    }
}

int64_t wsync_http_live_left_ms(const struct wsync_http_server *server, int64_t now_ms)
{
    return server->stream_count == 0 ? INT64_MAX : server->look_ms - now_ms;
}

void wsync_http_live_end(struct wsync_http_server *server)
{
    for (size_t i = 0; i < WSYNC_HTTP_STREAMS_MAX; i++) {
        if (server->streams[i] && server->streams[i]->is_idle) {
            let_go_on(server->streams[i], wsync_clock_monotonic_ms());
        }
    }
}
