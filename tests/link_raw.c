/* SPDX-License-Identifier: Apache-2.0 */
#include "link_raw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

enum { ZAP_ENFORCE_DOMAIN = 93, OPEN_MAX = 64 };

static void *open_sockets[OPEN_MAX]; /* so that a failed test does not hang its teardown */

static void must(bool fact, const char *what)
{
    if (!fact) {
        (void)fprintf(stderr, "link_raw: %s: %s\n", what, zmq_strerror(zmq_errno()));
        abort();
    }
}

void *link_raw_socket(void *context, int type)
{
    void *socket = zmq_socket(context, type);
    must(socket != NULL, "socket");
    link_raw_set(socket, ZMQ_LINGER, 0);
    for (int i = 0; i < OPEN_MAX; i++) {
        if (open_sockets[i] == NULL) {
            open_sockets[i] = socket;
            return socket;
        }
    }
    must(false, "too many sockets");
    return NULL;
}

void link_raw_give(void *socket)
{
    for (int i = 0; i < OPEN_MAX; i++) {
        if (open_sockets[i] == socket) {
            open_sockets[i] = NULL;
        }
    }
}

void link_raw_close(void *socket)
{
    link_raw_give(socket);
    (void)zmq_close(socket);
}

void link_raw_end(void *context)
{
    for (int i = 0; i < OPEN_MAX; i++) {
        if (open_sockets[i] != NULL) {
            (void)zmq_close(open_sockets[i]);
            open_sockets[i] = NULL;
        }
    }
    (void)zmq_ctx_term(context);
}

void link_raw_set(void *socket, int option, int value)
{
    must(zmq_setsockopt(socket, option, &value, sizeof(value)) == 0, "option");
}

struct link_raw_server link_raw_serve(void *context, const struct wsync_transport_pair *pair,
                                      const char *zap_domain, bool enforce)
{
    struct link_raw_server server = {.socket = link_raw_socket(context, ZMQ_ROUTER)};
    size_t len = sizeof(server.endpoint);
    link_raw_set(server.socket, ZMQ_CURVE_SERVER, 1);
    must(zmq_setsockopt(server.socket, ZMQ_CURVE_SECRETKEY, pair->secret.b, 32) == 0, "secret");
    if (zap_domain != NULL) {
        must(zmq_setsockopt(server.socket, ZMQ_ZAP_DOMAIN, zap_domain, strlen(zap_domain)) == 0,
             "domain");
    }
    link_raw_set(server.socket, ZAP_ENFORCE_DOMAIN, enforce);
    must(zmq_bind(server.socket, "tcp://127.0.0.1:*") == 0, "bind");
    must(zmq_getsockopt(server.socket, ZMQ_LAST_ENDPOINT, server.endpoint, &len) == 0,
         "endpoint");
    return server;
}

void *link_raw_client(void *context, const struct wsync_transport_key *server,
                      const struct wsync_transport_pair *own)
{
    void *socket = link_raw_socket(context, ZMQ_DEALER);
    link_raw_set(socket, ZMQ_RECONNECT_IVL, 5);
    must(zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, server->b, 32) == 0, "server key");
    must(zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, own->key.b, 32) == 0, "key");
    must(zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, own->secret.b, 32) == 0, "secret");
    return socket;
}

void *link_raw_monitor(void *context, void *socket)
{
    char name[64];
    void *monitor = link_raw_socket(context, ZMQ_PAIR);
    (void)snprintf(name, sizeof(name), "inproc://raw.%p", socket);
    must(zmq_socket_monitor(socket, name, ZMQ_EVENT_ALL) == 0, "monitor");
    must(zmq_connect(monitor, name) == 0, "monitor");
    return monitor;
}

bool link_raw_readable(void *socket, int timeout_ms)
{
    zmq_pollitem_t item = {.socket = socket, .events = ZMQ_POLLIN};
    return zmq_poll(&item, 1, timeout_ms) > 0;
}

int link_raw_event(void *monitor, int mask, int timeout_ms, int *value)
{
    while (link_raw_readable(monitor, timeout_ms)) {
        uint8_t packed[6];
        char endpoint[64];
        uint16_t event;
        uint32_t told;
        must(zmq_recv(monitor, packed, sizeof(packed), 0) == (int)sizeof(packed), "event");
        must(zmq_recv(monitor, endpoint, sizeof(endpoint), 0) >= 0, "endpoint");
        memcpy(&event, packed, sizeof(event));
        memcpy(&told, packed + sizeof(event), sizeof(told));
        if ((event & mask) != 0) {
            if (value != NULL) {
                *value = (int)told;
            }
            return event;
        }
    }
    return 0;
}

void link_raw_answer(void *zap, const char *status)
{
    char part[256], id[256];
    int id_len = 0, more = 1;
    size_t len = sizeof(more);
    must(link_raw_readable(zap, LINK_RAW_LIMIT_MS), "no ZAP request");
    for (int i = 0; more != 0; i++) {
        int got = zmq_recv(zap, part, sizeof(part), 0);
        must(got >= 0, "request");
        if (i == 1) {
            memcpy(id, part, (size_t)got);
            id_len = got;
        }
        must(zmq_getsockopt(zap, ZMQ_RCVMORE, &more, &len) == 0, "more");
    }
    (void)zmq_send(zap, "1.0", 3, ZMQ_SNDMORE);
    (void)zmq_send(zap, id, (size_t)id_len, ZMQ_SNDMORE);
    (void)zmq_send(zap, status, 3, ZMQ_SNDMORE);
    (void)zmq_send(zap, "", 0, ZMQ_SNDMORE);
    (void)zmq_send(zap, "somebody", 8, ZMQ_SNDMORE);
    (void)zmq_send(zap, "", 0, 0);
}
