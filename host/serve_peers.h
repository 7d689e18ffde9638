/* SPDX-License-Identifier: Apache-2.0 */
/* serve_peers.h: the district's connections, each with its session, its waiting frames and what
 * the session log will be told of it. */
#ifndef WARDSYNC_HOST_SERVE_PEERS_H
#define WARDSYNC_HOST_SERVE_PEERS_H

#include "host/outbox.h"
#include "host/session_book.h"
#include "wardsync/session.h"

struct wsync_serve_peer {
    struct wsync_session session; /* first: the pump hands it back */
    struct wsync_link_peer handle;
    uint64_t connection;
    struct wsync_transport_key key;
    struct wsync_outbox outbox;
    struct wsync_watch watch; /* of the session ... */
    struct wsync_pace pace;   /* ... and what it showed of the connection */
    bool gone;               /* its connection broke: the session is to be cut */
    bool choked;             /* more waits for it than may: it is to be told */
    bool running;            /* its session has begun and was not noted as over */
    int64_t begun, begun_ms; /* of the session; seconds since 1970, monotonic */
    enum wsync_session_kind kind;
    struct wsync_device_id applicant; /* ENROL: who it will be if it succeeds */
    struct wsync_session_facts facts;
};

struct wsync_serve_peers {
    struct wsync_serve_peer *items[WSYNC_SERVE_PEERS_MAX];
    size_t count;
    size_t waiting_bytes; /* in all outboxes */
};

/* The peer of a session that is a member of one. */
struct wsync_serve_peer *wsync_serve_peer_of(struct wsync_session *session);

/* NULL when this connection has not spoken yet. */
struct wsync_serve_peer *wsync_serve_peers_find(struct wsync_serve_peers *peers,
                                                struct wsync_link_peer handle);

/* A new connection; its session is not begun.  NULL when the table is full or there is no
 * memory. */
struct wsync_serve_peer *wsync_serve_peers_add(struct wsync_serve_peers *peers,
                                               const struct wsync_link_event *event);

/* Who has to go before `key` may have one more connection: the key's quietest when it has its
 * share, a finished one of anybody when the table has no room for the `coming` new ones, this
 * one included; NULL when nobody has to, or when everybody is busy. */
struct wsync_serve_peer *wsync_serve_peers_victim(struct wsync_serve_peers *peers,
                                                  const struct wsync_transport_key *key,
                                                  size_t coming);

/* Forgets a peer: its memory is gone. */
void wsync_serve_peers_drop(struct wsync_serve_peers *peers, struct wsync_serve_peer *peer);

/* The peer's session succeeded: others of its key that still run are no news when they end. */
void wsync_serve_peers_outdo(struct wsync_serve_peers *peers,
                             const struct wsync_serve_peer *peer);

/* Sessions that have begun and are not over. */
size_t wsync_serve_peers_running(const struct wsync_serve_peers *peers);

/* Behind a run that dealt with a frame of the peer: how fast its line is.  One processor packs
 * for all the sessions that run, and has to keep up with that many such lines. */
void wsync_serve_peer_heard(struct wsync_serve_peer *peer, size_t running, int64_t now_ms);

/* What the session log hears of a session that has ended. */
void wsync_serve_peer_note(const struct wsync_serve_peer *peer, int64_t now_ms, int64_t time,
                           struct wsync_session_note *note);

#endif
