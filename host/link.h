/* SPDX-License-Identifier: Apache-2.0 */
/* link.h: the encrypted line between a ward (dials) and the district (serves): one frame, one
 * message, both ways.
 *
 * ZeroMQ DEALER to ROUTER with CURVE, driven by one thread: call wsync_link_poll in a loop.  A
 * frame that was sent is not delivered: only the peer's Ack after its commit counts, and a
 * silent line is the caller's to notice (pace.h).  A link is opened after the last fork. */
#ifndef WARDSYNC_HOST_LINK_H
#define WARDSYNC_HOST_LINK_H

#include "host/link_reason.h"
#include "wardsync/ids.h"

enum { WSYNC_LINK_BINDS_MAX = 2 * WSYNC_ADDRESSES_MAX }; /* while there are two keys */
struct wsync_link;
struct wsync_transport_secret { /* Curve25519 secret key, raw */
    uint8_t b[WSYNC_PUBLIC_KEY_BYTES];
};

struct wsync_transport_pair {
    struct wsync_transport_key key;
    struct wsync_transport_secret secret;
};

/* The district's handle of one connection, new with each; a ward's is all zero.  A secret: who
 * knows one can claim the next and crash the district. */
struct wsync_link_peer {
    uint8_t b[5];
};

/* What the district says to a key that knocks. */
enum wsync_link_admission {
    WSYNC_LINK_ADMIT,
    WSYNC_LINK_NOT_YET, /* the ward tries again by itself */
    WSYNC_LINK_REFUSE, WSYNC_LINK_REVOKE, /* unknown, revoked: a person must act */
};

/* One address to serve and the key pair to serve there.  A key is rotated by a second bind on
 * another port: a bind is never taken back, that would cut live lines. */
struct wsync_link_bind {
    const char *address; /* tcp://ip:port, port 0 for any free one */
    struct wsync_transport_pair pair;
};

struct wsync_link_serve_options {
    const struct wsync_link_bind *binds;
    size_t bind_count; /* 1 to WSYNC_LINK_BINDS_MAX */
    /* Asked at every handshake and at no other time, from inside wsync_link_poll and
     * wsync_link_self_test.  It must refuse a key it does not know. */
    enum wsync_link_admission (*admit)(void *context, struct wsync_transport_key key);
    void *admit_context;
    size_t connections_max; /* above it wards are told NOT_READY, and a few later nobody is
                               heard until there is room; 0: 1024 */
    int backlog;            /* connections of a bind that wait to be taken; 0: 128 */
    /* Told of a key that was admitted and yet put off for that bound; NULL: nobody is. */
    void (*put_off)(void *admit_context, struct wsync_transport_key key);
};

/* Opens the district's side; everything in `options` is copied, `admit_context` outlives the
 * link.  INVALID with a sentence when an address cannot be bound, MEMORY.  Run
 * wsync_link_self_test next and do not serve when it fails. */
WSYNC_MUST_USE enum wsync_err wsync_link_serve(const struct wsync_link_serve_options *options,
                                               struct wsync_link **link,
                                               struct wsync_error *error);

/* One more address for a link that serves, tested like wsync_link_self_test does.  INVALID with
 * a sentence when it cannot be bound, and then nothing changed.  STATE when a stranger was let
 * in there: close the link. */
WSYNC_MUST_USE enum wsync_err wsync_link_serve_more(struct wsync_link *link,
                                                    const struct wsync_link_bind *bind,
                                                    int timeout_ms, struct wsync_error *error);

/* District: a poll hands over so many frames at most, 1 to WSYNC_PUMP_EVENTS_MAX as at first:
 * the fewer, the sooner comes the turn of a line that has few. */
void wsync_link_take(struct wsync_link *link, size_t frames_max);

/* Did the connection end, and was all of it handed over?  A cut cable takes a heartbeat. */
bool wsync_link_is_gone(const struct wsync_link *link, uint64_t connection);
bool wsync_link_is_full(const struct wsync_link *link); /* nobody more is heard */
/* The address bind `index` really has (port 0 resolved); lives as long as the link. */
const char *wsync_link_endpoint(const struct wsync_link *link, size_t index);
/* Knocks at every bind with a throw-away key and fails (INVALID with a sentence) unless each
 * refuses it within `timeout_ms`: without a working ZAP handler CURVE lets any key in.  `admit`
 * is asked about that key, so load the roster first. */
WSYNC_MUST_USE enum wsync_err wsync_link_self_test(struct wsync_link *link, int timeout_ms,
                                                   struct wsync_error *error);
struct wsync_link_dial_options {
    const char *const *addresses; /* tcp://host:port, tried in turn */
    size_t address_count;         /* 1 to WSYNC_ADDRESSES_MAX */
    struct wsync_transport_key server;
    struct wsync_transport_pair own; /* the device's, or the invite's for enrolment */
    int retry_ms_min, retry_ms_max;  /* 0: WSYNC_RETRY_MS_MIN, WSYNC_RETRY_MS_MAX */
    int attempt_ms_max;   /* to reach the machine; 0: 30 s */
    int handshake_ms_max; /* 0: half of that; otherwise nobody asks why there is no answer */
};

/* Opens the ward's side and begins the first attempt; `options` is copied.  INVALID with a
 * sentence for a malformed address, MEMORY.  What comes of it is told by events. */
WSYNC_MUST_USE enum wsync_err wsync_link_dial(const struct wsync_link_dial_options *options,
                                              struct wsync_link **link,
                                              struct wsync_error *error);
/* Ward: drops the line without an event and tries at once from the first address, also after
 * REFUSED. */
void wsync_link_redial(struct wsync_link *link);
/* Ward: the line is dead, what the system still holds for it is to be forgotten; what all lines
 * of this link have cost so far, in bytes both ways with what the network adds. */
void wsync_link_abandon(struct wsync_link *link);
uint64_t wsync_link_cost(const struct wsync_link *link);

enum wsync_link_event_kind {
    WSYNC_LINK_FRAME, /* peer, key, bytes */
    WSYNC_LINK_UP,    /* ward: the district let us in; comes before its first frame */
    WSYNC_LINK_DOWN,  /* ward: reason, retry_ms; after the last frame; also a failed attempt */
};

struct wsync_link_event {
    enum wsync_link_event_kind kind;
    struct wsync_link_peer peer;
    uint64_t connection; /* the district's name for it, never used twice; 0: not known */
    struct wsync_transport_key key; /* proven; the district asks its roster for every frame */
    struct wsync_slice bytes; /* a frame; until the next poll */
    enum wsync_link_reason reason;
    int retry_ms;        /* until the next attempt; -1: none before wsync_link_redial */
    const char *address; /* UP, DOWN: the one that was tried; as long as the link */
};

struct wsync_link_batch {
    const struct wsync_link_event *events; /* until the next poll */
    size_t count;                          /* at most WSYNC_PUMP_EVENTS_MAX + 4 */
    bool woken;                            /* `wake_fd` can be read */
};

/* Waits until something happened, `wake_fd` (-1: none) can be read, or about `timeout_ms` (-1:
 * for ever) passed, and tells what.  May return early with nothing, as after a signal.  LINK
 * when the library failed: close the link. */
WSYNC_MUST_USE enum wsync_err wsync_link_poll(struct wsync_link *link, int timeout_ms,
                                              int wake_fd, struct wsync_link_batch *batch);

/* Hands one frame of 1 to WSYNC_FRAME_BYTES_MAX bytes to the line; never waits.  A ward's
 * `peer` is not looked at.  BUSY: the queue is full, keep the frame and try after a poll.
 * LINK: that connection is gone, forget its session.  INVALID: the length. */
WSYNC_MUST_USE enum wsync_err wsync_link_send(struct wsync_link *link,
                                              struct wsync_link_peer peer,
                                              struct wsync_slice frame);

void wsync_link_close(struct wsync_link *link); /* at once; what is unsent is dropped */
/* A fresh transport key pair; MEMORY without CURVE. */
WSYNC_MUST_USE enum wsync_err wsync_link_keypair(struct wsync_transport_pair *pair);

#endif
