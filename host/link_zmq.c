/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the link both sides share. */
#include "host/link_zmq.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

#include "wardsync/crypto.h"

enum {
    HEARTBEAT_MS = 20000,
    HEARTBEAT_TIMEOUT_MS = 60000,
    HANDSHAKE_MS = 15000, /* also how long the library keeps a line after ZAP 300 */
    SEND_BUFFER_BYTES = 65536, /* 8 s at 64 kbit/s: a heartbeat waits behind it */
    KEY_TEXT_BYTES = 41,       /* Z85 and its NUL */
    POLL_ITEMS_MAX = 5,
};

int64_t wsync_link_now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct wsync_link *wsync_link_new(const struct wsync_link_side *side, size_t own_bytes)
{
    struct wsync_link *link = calloc(1, sizeof(*link));
    if (link == NULL) {
        return NULL;
    }
    link->side = side;
    link->fd = -1;
    link->deadline_ms = INT64_MAX;
    link->take = WSYNC_PUMP_EVENTS_MAX;
    link->context = zmq_ctx_new();
    link->events = calloc(WSYNC_LINK_EVENTS_MAX, sizeof(*link->events));
    link->frames = calloc(WSYNC_PUMP_EVENTS_MAX, WSYNC_FRAME_BYTES_MAX);
    link->own = calloc(1, own_bytes);
    if (link->context == NULL || link->events == NULL || link->frames == NULL ||
        link->own == NULL) {
        wsync_link_close(link);
        return NULL;
    }
    return link;
}

void wsync_link_close(struct wsync_link *link)
{
    if (link == NULL) {
        return;
    }
    if (link->own != NULL) {
        link->side->close(link);
    }
    wsync_line_close(&link->line);
    while (link->context != NULL && zmq_ctx_term(link->context) != 0 && errno == EINTR) {
        /* a signal; everything is closed, so it ends */
    }
    free(link->own);
    free(link->events);
    free(link->frames);
    free(link);
}

bool wsync_line_set(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof(value)) == 0;
}

bool wsync_line_set_bytes(void *socket, int option, const void *data, size_t len)
{
    return zmq_setsockopt(socket, option, data, len) == 0;
}

bool wsync_line_has_more(void *socket)
{
    int more = 0;
    size_t len = sizeof(more);
    return zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &len) == 0 && more != 0;
}

void wsync_line_skip(void *socket)
{
    uint8_t nothing[1];
    while (wsync_line_has_more(socket)) {
        (void)zmq_recv(socket, nothing, sizeof(nothing), ZMQ_DONTWAIT);
    }
}

/* The time-to-live of heartbeats stays unset: it wraps at 65.5 s. */
static bool set_common(void *socket, bool ipv6)
{
    static const struct {
        int option;
        int value;
    } common[] = {
        {ZMQ_LINGER, 0},
        {ZMQ_SNDHWM, WSYNC_LINK_QUEUE_FRAMES_MAX},
        {ZMQ_RCVHWM, WSYNC_LINK_QUEUE_FRAMES_MAX},
        {ZMQ_SNDBUF, SEND_BUFFER_BYTES},
        {ZMQ_IMMEDIATE, 1},
        {ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS},
        {ZMQ_HEARTBEAT_IVL, HEARTBEAT_MS},
        {ZMQ_HEARTBEAT_TIMEOUT, HEARTBEAT_TIMEOUT_MS},
        {ZMQ_TCP_MAXRT, HEARTBEAT_TIMEOUT_MS},
        /* the ward tries again itself: see link_ward.c */
        {ZMQ_RECONNECT_IVL, WSYNC_RETRY_MS_MAX},
    };
    for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
        if (!wsync_line_set(socket, common[i].option, common[i].value)) {
            return false;
        }
    }
    int64_t message_bytes_max = WSYNC_LINK_MESSAGE_BYTES_MAX;
    return wsync_line_set_bytes(socket, ZMQ_MAXMSGSIZE, &message_bytes_max,
                                sizeof(message_bytes_max)) &&
           wsync_line_set(socket, ZMQ_IPV6, ipv6);
}

static bool watch(struct wsync_link *link, struct wsync_link_line *line)
{
    enum {
        EVENTS = ZMQ_EVENT_LISTENING | ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_CONNECTED |
                 ZMQ_EVENT_CLOSED | ZMQ_EVENT_CONNECT_RETRIED | ZMQ_EVENT_DISCONNECTED |
                 ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
                 ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL,
    };
    char name[40];
    (void)snprintf(name, sizeof(name), "inproc://link.monitor.%u", link->monitor_count++);
    line->monitor = zmq_socket(link->context, ZMQ_PAIR);
    return line->monitor != NULL && wsync_line_set(line->monitor, ZMQ_LINGER, 0) &&
           zmq_socket_monitor(line->socket, name, EVENTS) == 0 &&
           zmq_connect(line->monitor, name) == 0;
}

bool wsync_line_open(struct wsync_link *link, int type, bool ipv6, struct wsync_link_line *line)
{
    *line = (struct wsync_link_line){.socket = zmq_socket(link->context, type)};
    if (line->socket != NULL && set_common(line->socket, ipv6) && watch(link, line)) {
        return true;
    }
    int why = errno;
    wsync_line_close(line);
    errno = why;
    return false;
}

bool wsync_line_call(struct wsync_link *link, const struct wsync_link_call *call,
                     struct wsync_link_line *line)
{
    const struct wsync_transport_pair *own = call->pair;
    if (!wsync_line_open(link, ZMQ_DEALER, strchr(call->address, '[') != NULL, line)) {
        return false;
    }
    if (wsync_line_set_bytes(line->socket, ZMQ_CURVE_SERVERKEY, call->server->b,
                             sizeof(call->server->b)) &&
        wsync_line_set_bytes(line->socket, ZMQ_CURVE_PUBLICKEY, own->key.b,
                             sizeof(own->key.b)) &&
        wsync_line_set_bytes(line->socket, ZMQ_CURVE_SECRETKEY, own->secret.b,
                             sizeof(own->secret.b)) &&
        zmq_connect(line->socket, call->address) == 0) {
        return true;
    }
    int why = errno;
    wsync_line_close(line);
    errno = why;
    return false;
}

void wsync_line_close(struct wsync_link_line *line)
{
    if (line->socket != NULL) {
        (void)zmq_socket_monitor(line->socket, NULL, 0);
        (void)zmq_close(line->socket);
    }
    if (line->monitor != NULL) {
        (void)zmq_close(line->monitor);
    }
    *line = (struct wsync_link_line){0};
}

static bool kind_of(uint16_t event, enum wsync_link_signal_kind *kind)
{
    static const uint16_t events[WSYNC_SIGNAL_COUNT] = {
        [WSYNC_SIGNAL_LISTENING] = ZMQ_EVENT_LISTENING,
        [WSYNC_SIGNAL_ACCEPTED] = ZMQ_EVENT_ACCEPTED,
        [WSYNC_SIGNAL_CONNECTED] = ZMQ_EVENT_CONNECTED,
        [WSYNC_SIGNAL_CLOSED] = ZMQ_EVENT_CLOSED,
        [WSYNC_SIGNAL_RETRIED] = ZMQ_EVENT_CONNECT_RETRIED,
        [WSYNC_SIGNAL_SHAKEN] = ZMQ_EVENT_HANDSHAKE_SUCCEEDED,
        [WSYNC_SIGNAL_FAILED_AUTH] = ZMQ_EVENT_HANDSHAKE_FAILED_AUTH,
        [WSYNC_SIGNAL_FAILED_PEER] = ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL,
        [WSYNC_SIGNAL_FAILED_CUT] = ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL,
        [WSYNC_SIGNAL_DISCONNECTED] = ZMQ_EVENT_DISCONNECTED,
    };
    for (unsigned i = 0; i < WSYNC_SIGNAL_COUNT; i++) {
        if (events[i] == event) {
            *kind = (enum wsync_link_signal_kind)i;
            return true;
        }
    }
    return false;
}

bool wsync_line_signal(const struct wsync_link_line *line, struct wsync_link_signal *signal)
{
    uint8_t packed[6]; /* event (16 bits), value (32 bits), in this machine's order */
    while (line->monitor != NULL) {
        if (zmq_recv(line->monitor, packed, sizeof(packed), ZMQ_DONTWAIT) !=
            (int)sizeof(packed)) {
            return false;
        }
        char endpoint[1]; /* the second part says where; there is one line only */
        (void)zmq_recv(line->monitor, endpoint, sizeof(endpoint), ZMQ_DONTWAIT);
        uint16_t event;
        uint32_t value;
        memcpy(&event, packed, sizeof(event));
        memcpy(&value, packed + sizeof(event), sizeof(value));
        if (kind_of(event, &signal->kind)) {
            signal->value = (int)value;
            return true;
        }
    }
    return false;
}

struct wsync_link_event *wsync_link_add(struct wsync_link *link,
                                        enum wsync_link_event_kind kind)
{
    WSYNC_ASSERT(link->event_count < WSYNC_LINK_EVENTS_MAX);
    struct wsync_link_event *event = &link->events[link->event_count++];
    *event = (struct wsync_link_event){.kind = kind, .retry_ms = -1};
    return event;
}

bool wsync_link_has_room(const struct wsync_link *link)
{
    return link->frame_count < WSYNC_PUMP_EVENTS_MAX;
}

struct wsync_link_event *wsync_link_add_frame(struct wsync_link *link,
                                              struct wsync_slice bytes)
{
    WSYNC_ASSERT(wsync_link_has_room(link) && bytes.len <= WSYNC_FRAME_BYTES_MAX);
    uint8_t *copy = link->frames + link->frame_count++ * WSYNC_FRAME_BYTES_MAX;
    if (bytes.len > 0) {
        memcpy(copy, bytes.data, bytes.len);
    }
    struct wsync_link_event *event = wsync_link_add(link, WSYNC_LINK_FRAME);
    event->bytes = wsync_slice(copy, bytes.len);
    return event;
}

void wsync_link_take(struct wsync_link *link, size_t frames_max)
{
    WSYNC_ASSERT(frames_max >= 1 && frames_max <= WSYNC_PUMP_EVENTS_MAX);
    link->take = frames_max;
}

static long wait_ms(const struct wsync_link *link, int timeout_ms)
{
    if (link->event_count > 0) {
        return 0;
    }
    if (link->deadline_ms == INT64_MAX) {
        return timeout_ms;
    }
    int64_t left_ms = link->deadline_ms - wsync_link_now_ms();
    left_ms = left_ms < 0 ? 0 : left_ms;
    return timeout_ms >= 0 && timeout_ms < left_ms ? timeout_ms : (long)left_ms;
}

enum wsync_err wsync_link_poll(struct wsync_link *link, int timeout_ms, int wake_fd,
                               struct wsync_link_batch *batch)
{
    link->event_count = link->frame_count = 0;
    *batch = (struct wsync_link_batch){.events = link->events};
    link->side->tick(link);

    zmq_pollitem_t items[POLL_ITEMS_MAX];
    int count = 0;
    void *sockets[] = {link->line.socket, link->line.monitor, link->zap};
    for (size_t i = 0; i < sizeof(sockets) / sizeof(sockets[0]); i++) {
        if (sockets[i] != NULL) {
            items[count++] = (zmq_pollitem_t){.socket = sockets[i], .events = ZMQ_POLLIN};
        }
    }
    if (link->fd >= 0) {
        items[count++] = (zmq_pollitem_t){.fd = link->fd, .events = ZMQ_POLLOUT};
    }
    if (wake_fd >= 0) {
        items[count++] = (zmq_pollitem_t){.fd = wake_fd, .events = ZMQ_POLLIN};
    }
    if (zmq_poll(items, count, wait_ms(link, timeout_ms)) < 0 && errno != EINTR) {
        return WSYNC_ERR_LINK;
    }
    batch->woken = wake_fd >= 0 && items[count - 1].revents != 0;
    link->side->round(link);
    link->side->tick(link);
    batch->count = link->event_count;
    return WSYNC_OK;
}

enum wsync_err wsync_link_send(struct wsync_link *link, struct wsync_link_peer peer,
                               struct wsync_slice frame)
{
    if (frame.len == 0 || frame.len > WSYNC_FRAME_BYTES_MAX) {
        return WSYNC_ERR_INVALID;
    }
    return link->side->send(link, peer, frame);
}

enum wsync_err wsync_link_keypair(struct wsync_transport_pair *pair)
{
    char key[KEY_TEXT_BYTES], secret[KEY_TEXT_BYTES];
    bool made = zmq_curve_keypair(key, secret) == 0 && zmq_z85_decode(pair->key.b, key) &&
                zmq_z85_decode(pair->secret.b, secret);
    wsync_wipe(secret, sizeof(secret));
    return made ? WSYNC_OK : WSYNC_ERR_MEMORY;
}

struct wsync_transport_pair wsync_link_public_pair(void)
{
    static const char known[WSYNC_PUBLIC_KEY_BYTES + 1] = "wardsync: everybody knows my key";
    struct wsync_transport_pair pair;
    char key[KEY_TEXT_BYTES], secret[KEY_TEXT_BYTES];
    memcpy(pair.secret.b, known, sizeof(pair.secret.b));
    bool made = zmq_z85_encode(secret, pair.secret.b, sizeof(pair.secret.b)) != NULL &&
                zmq_curve_public(key, secret) == 0 && zmq_z85_decode(pair.key.b, key) != NULL;
    WSYNC_ASSERT(made);
    return pair;
}
