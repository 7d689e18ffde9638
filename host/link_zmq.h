/* SPDX-License-Identifier: Apache-2.0 */
/* link_zmq.h: what the two sides of the link share: sockets with the options every socket must
 * have, the monitor's signals, the batch of events; for host/link_*.c and their probes. */
#ifndef WARDSYNC_HOST_LINK_ZMQ_H
#define WARDSYNC_HOST_LINK_ZMQ_H

#include "host/link.h"

enum {
    WSYNC_LINK_EVENTS_MAX = WSYNC_PUMP_EVENTS_MAX + 4, /* four beside the frames */
    /* A CURVE MESSAGE command is its name (8), a nonce (8), the box's tag (16), flags (1) and
     * the frame; ZMQ_MAXMSGSIZE measures the whole. */
    WSYNC_LINK_CURVE_BYTES = 33,
    WSYNC_LINK_MESSAGE_BYTES_MAX = WSYNC_FRAME_BYTES_MAX + WSYNC_LINK_CURVE_BYTES,
    WSYNC_LINK_QUEUE_FRAMES_MAX = 16,
    WSYNC_LINK_USER_ID_BYTES = 2 * WSYNC_PUBLIC_KEY_BYTES,
    WSYNC_LINK_ZAP_ENFORCE_DOMAIN = 93, /* the header hides ZMQ_ZAP_ENFORCE_DOMAIN */
};

/* What the library says about a connection. */
enum wsync_link_signal_kind {
    WSYNC_SIGNAL_LISTENING, /* value: the descriptor of the bind, in the order of binds */
    WSYNC_SIGNAL_ACCEPTED,
    WSYNC_SIGNAL_CONNECTED,    /* TCP only; value: the descriptor, the library's */
    WSYNC_SIGNAL_CLOSED,       /* the TCP attempt failed */
    WSYNC_SIGNAL_RETRIED,      /* the library gave up for now; not after CLOSED: no such name */
    WSYNC_SIGNAL_SHAKEN,       /* admitted */
    WSYNC_SIGNAL_FAILED_AUTH,  /* value: ZAP status */
    WSYNC_SIGNAL_FAILED_PEER,  /* the other side does not speak our protocol or hold its key */
    WSYNC_SIGNAL_FAILED_CUT,   /* closed in mid-handshake; value: errno, EPIPE when orderly */
    WSYNC_SIGNAL_DISCONNECTED, /* after any of the failures, and at the end of a good line */
    WSYNC_SIGNAL_COUNT,
};

struct wsync_link_signal {
    enum wsync_link_signal_kind kind;
    int value;
};

/* A socket and the monitor that watches it; both NULL when there is none. */
struct wsync_link_line {
    void *socket;
    void *monitor;
};

struct wsync_link;

/* What the two sides do differently in wsync_link_poll, send and close. */
struct wsync_link_side {
    void (*tick)(struct wsync_link *link); /* what is due by the clock */
    void (*round)(struct wsync_link *link); /* whatever can be read, without waiting */
    enum wsync_err (*send)(struct wsync_link *link, struct wsync_link_peer peer,
                           struct wsync_slice frame);
    void (*close)(struct wsync_link *link);
};

struct wsync_link {
    const struct wsync_link_side *side;
    void *context;
    struct wsync_link_line line;
    void *zap;           /* district: answers handshakes */
    int fd;              /* ward: a TCP attempt under diagnosis, or -1 */
    int64_t deadline_ms; /* when `tick` has work; INT64_MAX: never */
    unsigned monitor_count;
    struct wsync_link_event *events; /* WSYNC_LINK_EVENTS_MAX */
    size_t event_count, frame_count;
    size_t take; /* district: messages of one poll */
    uint8_t *frames; /* WSYNC_PUMP_EVENTS_MAX of WSYNC_FRAME_BYTES_MAX */
    void *own;       /* struct district or struct ward */
};

/* What a client needs for one attempt. */
struct wsync_link_call {
    const char *address;
    const struct wsync_transport_key *server;
    const struct wsync_transport_pair *pair;
};

/* A link with its context and buffers and `own_bytes` zeroed at `own`, or NULL. */
WSYNC_MUST_USE struct wsync_link *wsync_link_new(const struct wsync_link_side *side,
                                                 size_t own_bytes);

/* Opens a socket of `type` (ZMQ_ROUTER, ZMQ_DEALER) with every option common to both sides, and
 * a monitor on it.  False, and errno, when the library refuses. */
WSYNC_MUST_USE bool wsync_line_open(struct wsync_link *link, int type, bool ipv6,
                                    struct wsync_link_line *line);

/* Opens a DEALER that speaks CURVE with `call->pair` and begins to connect. */
WSYNC_MUST_USE bool wsync_line_call(struct wsync_link *link, const struct wsync_link_call *call,
                                    struct wsync_link_line *line);
void wsync_line_close(struct wsync_link_line *line);

WSYNC_MUST_USE bool wsync_line_set(void *socket, int option, int value);
WSYNC_MUST_USE bool wsync_line_set_bytes(void *socket, int option, const void *data,
                                         size_t len);

/* Has the message being read another part?  Reads and forgets what is left of it. */
WSYNC_MUST_USE bool wsync_line_has_more(void *socket);
void wsync_line_skip(void *socket);

/* The next signal, false when there is none now. */
WSYNC_MUST_USE bool wsync_line_signal(const struct wsync_link_line *line,
                                      struct wsync_link_signal *signal);

/* Adds an event and answers it for filling in; room is certain (see WSYNC_LINK_EVENTS_MAX). */
struct wsync_link_event *wsync_link_add(struct wsync_link *link,
                                        enum wsync_link_event_kind kind);

/* Adds a FRAME event with a copy of `bytes`; the caller saw to wsync_link_has_room. */
struct wsync_link_event *wsync_link_add_frame(struct wsync_link *link,
                                              struct wsync_slice bytes);
WSYNC_MUST_USE bool wsync_link_has_room(const struct wsync_link *link);

/* The key pair everybody knows and every district refuses, whatever `admit` says.  A ward whose
 * handshake was cut knocks with it: a refusal proves that the district's key is right, so that
 * "not ready" and "wrong server" are told apart (the library shows both as a cut line). */
struct wsync_transport_pair wsync_link_public_pair(void);

/* Milliseconds of a clock that only goes forward. */
int64_t wsync_link_now_ms(void);

#endif
