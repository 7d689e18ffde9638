/* SPDX-License-Identifier: Apache-2.0 */
/* link_district.h: the state of the district's side, for host/link_*.c and their probes. */
#ifndef WARDSYNC_HOST_LINK_DISTRICT_H
#define WARDSYNC_HOST_LINK_DISTRICT_H

#include "host/link_zmq.h"

#define WSYNC_LINK_ZAP_DOMAIN "wardsync"

/* One address served, with the key it is served under. */
struct wsync_link_door {
    char endpoint[WSYNC_ADDRESS_BYTES_MAX + 1];
    struct wsync_transport_key key;
    int fd; /* of the listening socket, the library's; -1 until it is known */
};

/* What is known of the connection on one descriptor of the library's. */
struct wsync_link_tenant {
    uint32_t number; /* counts the descriptor's connections; 0: none yet */
    bool up;         /* taken and not ended */
    uint64_t told;   /* `signals` when that was told */
};

enum { WSYNC_LINK_TENANTS = 65536 };

struct wsync_link_district { /* `own` of the link */
    enum wsync_link_admission (*admit)(void *context, struct wsync_transport_key key);
    void (*put_off)(void *context, struct wsync_transport_key key); /* may be NULL */
    void *admit_context;
    struct wsync_link_door doors[WSYNC_LINK_BINDS_MAX];
    size_t door_count;
    size_t listening_count;              /* doors whose `fd` is known */
    size_t connections, connections_max; /* in handshake or admitted */
    bool shut;                           /* the doors are deaf */
    uint64_t signals,
        drained; /* connections begun or ended; those before the last empty look */
    struct wsync_link_tenant tenants[WSYNC_LINK_TENANTS]; /* by descriptor */
    struct wsync_transport_key known; /* the public pair's: always refused */
};

/* Opens the handler at link->zap; it must stand before the ROUTER is bound. */
WSYNC_MUST_USE bool wsync_zap_open(struct wsync_link *link);

/* Answers the handshakes that wait, a bounded number of them. */
void wsync_zap_answer(struct wsync_link *link);

#endif
