/* SPDX-License-Identifier: Apache-2.0 */
/* The ward's side of the link: one socket for one attempt.
 *
 * The library's own reconnecting is not used: it has no jitter when its interval may grow, does
 * not grow after a failed handshake, stops for ever after ZAP 400, and would hand frames of the
 * old connection to the new session.  So each attempt has a socket of its own, and the table
 * below turns what the monitor says of it into one reason a person understands. */
#include "host/link_zmq.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

#include "host/link_gate.h"
#include "host/link_reach.h"
#include "wardsync/crypto.h"

enum {
    ATTEMPT_MS_DEFAULT = 30000,
    ROUND_SIGNALS_MAX = 64,
    ZAP_REFUSED = 400,
    ZAP_REVOKED = 500,
    KNOCK_BYTES = 120,    /* of two packets that found nobody */
    FAREWELL_BYTES = 208, /* of the four that close a connection */
};

enum ward_state {
    STOPPED,    /* until wsync_link_redial */
    WAITING,    /* until the deadline, then the next attempt */
    CONNECTING, /* TCP */
    SHAKING,    /* CURVE */
    UP,
    ENDING,   /* cut; what had arrived is still handed over */
    REACHING, /* no TCP connection: asking the system why */
    ASKING,   /* no handshake: knocking with the public pair to learn who is there */
    STATE_COUNT,
};

struct ward {
    char addresses[WSYNC_ADDRESSES_MAX][WSYNC_ADDRESS_BYTES_MAX + 1];
    size_t address_count, address; /* `address`: the one being tried */
    struct wsync_transport_key server;
    struct wsync_transport_pair own, known;
    int retry_ms_min, retry_ms_max, attempt_ms_max, handshake_ms_max;
    enum ward_state state;
    int socket_fd;   /* of the line, the library's; -1: not known */
    uint64_t spent, line_bytes; /* by lines that were dropped; by this one, when last seen */
    int interval_ms; /* doubles with every failure */
};

typedef void (*signal_handler)(struct wsync_link *link, int value);

static struct ward *ward_of(struct wsync_link *link)
{
    return link->own;
}

static void enter(struct wsync_link *link, enum ward_state state, int64_t deadline_ms)
{
    ward_of(link)->state = state;
    link->deadline_ms = deadline_ms;
}

/* Half of the interval is certain, half is chance, so that fourteen wards do not come back in
 * one moment after a power cut; the clock's fine digits are chance enough for that. */
static int next_retry_ms(struct ward *ward)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    int interval_ms = ward->interval_ms;
    ward->interval_ms = interval_ms > ward->retry_ms_max / 2 ? ward->retry_ms_max
                                                             : interval_ms * 2;
    return interval_ms - (int)(now.tv_nsec / 1000 % (interval_ms / 2));
}

/* The first interval is twice the shortest wait, so that chance never goes below that. */
static void reset_interval(struct ward *ward)
{
    bool fits = ward->retry_ms_min <= ward->retry_ms_max / 2;
    ward->interval_ms = fits ? ward->retry_ms_min * 2 : ward->retry_ms_max;
}

/* The count is gone with the descriptor. */
static void see_cost(struct ward *ward)
{
    uint64_t bytes = ward->socket_fd >= 0 ? wsync_gate_cost(ward->socket_fd) : 0;
    ward->line_bytes = bytes > ward->line_bytes ? bytes : ward->line_bytes;
}

static void drop_line(struct wsync_link *link)
{
    struct ward *ward = ward_of(link);
    see_cost(ward);
    ward->spent += ward->line_bytes > 0 ? ward->line_bytes + FAREWELL_BYTES
                   : link->line.socket  ? KNOCK_BYTES
                                        : 0;
    ward->line_bytes = 0;
    wsync_line_close(&link->line);
    ward->socket_fd = -1;
    if (link->fd >= 0) {
        (void)wsync_reach_end(link->fd);
        link->fd = -1;
    }
}

/* Ends an attempt or a line.  A line that was up is tried again at the same address first. */
static void fail(struct wsync_link *link, enum wsync_link_reason reason)
{
    struct ward *ward = ward_of(link);
    bool was_up = ward->state == ENDING;
    drop_line(link);
    struct wsync_link_event *event = wsync_link_add(link, WSYNC_LINK_DOWN);
    event->reason = reason;
    event->address = ward->addresses[ward->address];
    if (reason == WSYNC_LINK_REFUSED || reason == WSYNC_LINK_REVOKED) {
        enter(link, STOPPED, INT64_MAX);
        return;
    }
    if (!was_up) {
        ward->address = (ward->address + 1) % ward->address_count;
    }
    event->retry_ms = next_retry_ms(ward);
    enter(link, WAITING, wsync_link_now_ms() + event->retry_ms);
}

/* Opens a line to the current address with `pair`; enters `state`. */
static void attempt(struct wsync_link *link, const struct wsync_transport_pair *pair,
                    enum ward_state state)
{
    struct ward *ward = ward_of(link);
    struct wsync_link_call call = {ward->addresses[ward->address], &ward->server, pair};
    drop_line(link);
    enter(link, state, wsync_link_now_ms() + ward->attempt_ms_max);
    if (!wsync_line_call(link, &call, &link->line)) {
        fail(link, errno == EINVAL ? WSYNC_LINK_NO_HOST : WSYNC_LINK_LOST);
    }
}

static void on_nothing(struct wsync_link *link, int value)
{
    (void)link;
    (void)value; /* tells nothing new in this state */
}

static void on_connected(struct wsync_link *link, int fd)
{
    struct ward *ward = ward_of(link);
    int bound_ms =
        ward->handshake_ms_max > 0 ? ward->handshake_ms_max : ward->attempt_ms_max / 2;
    ward->socket_fd = fd;
    (void)wsync_gate_thin(fd); /* a help, not a need */
    enter(link, SHAKING, wsync_link_now_ms() + bound_ms);
}

/* The library had the name's address and the system said no: what did it say? */
static void on_closed(struct wsync_link *link, int value)
{
    (void)value;
    struct ward *ward = ward_of(link);
    enum wsync_link_reason reason;
    drop_line(link);
    if (wsync_reach_begin(ward->addresses[ward->address], &link->fd, &reason)) {
        enter(link, REACHING, wsync_link_now_ms() + ward->attempt_ms_max);
        return;
    }
    fail(link, reason);
}

static void on_no_name(struct wsync_link *link, int value)
{
    (void)value;
    fail(link, WSYNC_LINK_NO_HOST);
}

static void on_admitted(struct wsync_link *link, int value)
{
    (void)value;
    struct ward *ward = ward_of(link);
    reset_interval(ward);
    wsync_link_add(link, WSYNC_LINK_UP)->address = ward->addresses[ward->address];
    enter(link, UP, INT64_MAX);
}

static void on_status(struct wsync_link *link, int status)
{
    fail(link, status == ZAP_REFUSED   ? WSYNC_LINK_REFUSED
               : status == ZAP_REVOKED ? WSYNC_LINK_REVOKED
                                       : WSYNC_LINK_NOT_READY);
}

static void on_foreign(struct wsync_link *link, int value)
{
    (void)value;
    fail(link, WSYNC_LINK_WRONG_SERVER);
}

/* A close in mid-handshake is what a server does with a HELLO for another key; a close at once
 * or after some silence is what comes of ZAP 300.  Neither says which it is. */
static void on_cut(struct wsync_link *link, int error)
{
    if (error != EPIPE) {
        fail(link, WSYNC_LINK_LOST);
        return;
    }
    attempt(link, &ward_of(link)->known, ASKING);
}

static void on_end(struct wsync_link *link, int value)
{
    (void)value;
    ward_of(link)->socket_fd = -1;
    enter(link, ENDING, INT64_MAX);
}

static void on_lost(struct wsync_link *link, int value)
{
    (void)value;
    fail(link, WSYNC_LINK_LOST);
}

/* Only the district can refuse the public key: it opened our handshake, so its key is right. */
static void on_known_refused(struct wsync_link *link, int value)
{
    (void)value;
    fail(link, WSYNC_LINK_NOT_READY);
}

static void on_known_cut(struct wsync_link *link, int error)
{
    fail(link, error == EPIPE ? WSYNC_LINK_WRONG_SERVER : WSYNC_LINK_LOST);
}

static const signal_handler handlers[STATE_COUNT][WSYNC_SIGNAL_COUNT] = {
    [CONNECTING] = {
        [WSYNC_SIGNAL_CONNECTED] = on_connected,
        [WSYNC_SIGNAL_CLOSED] = on_closed,
        [WSYNC_SIGNAL_RETRIED] = on_no_name,
    },
    [SHAKING] = {
        [WSYNC_SIGNAL_SHAKEN] = on_admitted,
        [WSYNC_SIGNAL_FAILED_AUTH] = on_status,
        [WSYNC_SIGNAL_FAILED_PEER] = on_foreign,
        [WSYNC_SIGNAL_FAILED_CUT] = on_cut,
        [WSYNC_SIGNAL_DISCONNECTED] = on_foreign, /* no ZMTP at all */
    },
    [UP] = {
        [WSYNC_SIGNAL_DISCONNECTED] = on_end,
    },
    [ASKING] = {
        [WSYNC_SIGNAL_CLOSED] = on_lost,
        [WSYNC_SIGNAL_RETRIED] = on_lost,
        [WSYNC_SIGNAL_SHAKEN] = on_foreign,
        [WSYNC_SIGNAL_FAILED_AUTH] = on_known_refused,
        [WSYNC_SIGNAL_FAILED_PEER] = on_foreign,
        [WSYNC_SIGNAL_FAILED_CUT] = on_known_cut,
        [WSYNC_SIGNAL_DISCONNECTED] = on_foreign,
    },
};

static void ward_tick(struct wsync_link *link)
{
    struct ward *ward = ward_of(link);
    if (link->deadline_ms > wsync_link_now_ms()) {
        return;
    }
    if (ward->state == WAITING) {
        attempt(link, &ward->own, CONNECTING);
    } else if (ward->state == SHAKING && ward->handshake_ms_max == 0) {
        attempt(link, &ward->known, ASKING);
    } else {
        wsync_link_abandon(link);
        fail(link, WSYNC_LINK_NO_ANSWER);
    }
}

static void follow_signals(struct wsync_link *link)
{
    struct wsync_link_signal signal;
    for (int i = 0; i < ROUND_SIGNALS_MAX && wsync_line_signal(&link->line, &signal); i++) {
        signal_handler handler = handlers[ward_of(link)->state][signal.kind];
        (handler != NULL ? handler : on_nothing)(link, signal.value);
    }
}

/* Takes one message; false when there is none.  More than one frame is dropped. */
static bool take_message(struct wsync_link *link)
{
    zmq_msg_t message;
    (void)zmq_msg_init(&message);
    int len = zmq_msg_recv(&message, link->line.socket, ZMQ_DONTWAIT);
    if (len >= 0 && len <= WSYNC_FRAME_BYTES_MAX && !wsync_line_has_more(link->line.socket)) {
        struct wsync_slice bytes = wsync_slice(zmq_msg_data(&message), (size_t)len);
        wsync_link_add_frame(link, bytes)->key = ward_of(link)->server;
    }
    (void)zmq_msg_close(&message);
    wsync_line_skip(link->line.socket);
    return len >= 0;
}

static void ward_round(struct wsync_link *link)
{
    struct ward *ward = ward_of(link);
    see_cost(ward);
    follow_signals(link);
    if (ward->state == REACHING) {
        zmq_pollitem_t item = {.fd = link->fd, .events = ZMQ_POLLOUT};
        if (zmq_poll(&item, 1, 0) > 0) {
            enum wsync_link_reason reason = wsync_reach_end(link->fd);
            link->fd = -1;
            fail(link, reason);
        }
        return;
    }
    if (ward->state != UP && ward->state != ENDING) {
        return;
    }
    bool more = true;
    while (more && wsync_link_has_room(link)) {
        more = take_message(link);
    }
    if (ward->state == ENDING && !more) {
        fail(link, WSYNC_LINK_LOST);
    }
}

static enum wsync_err ward_send(struct wsync_link *link, struct wsync_link_peer peer,
                                struct wsync_slice frame)
{
    (void)peer; /* there is one */
    if (ward_of(link)->state != UP) {
        return WSYNC_ERR_LINK;
    }
    if (zmq_send(link->line.socket, frame.data, frame.len, ZMQ_DONTWAIT) >= 0) {
        return WSYNC_OK;
    }
    return errno == EAGAIN ? WSYNC_ERR_BUSY : WSYNC_ERR_LINK;
}

static void ward_close(struct wsync_link *link)
{
    drop_line(link);
    wsync_wipe(&ward_of(link)->own.secret, sizeof(ward_of(link)->own.secret));
}

static const struct wsync_link_side ward_side = {
    .tick = ward_tick,
    .round = ward_round,
    .send = ward_send,
    .close = ward_close,
};

void wsync_link_abandon(struct wsync_link *link)
{
    WSYNC_ASSERT(link->side == &ward_side);
    if (ward_of(link)->socket_fd >= 0) {
        (void)wsync_gate_forget(ward_of(link)->socket_fd);
    }
}

uint64_t wsync_link_cost(const struct wsync_link *link)
{
    WSYNC_ASSERT(link->side == &ward_side);
    const struct ward *ward = link->own;
    return ward->spent + ward->line_bytes;
}

void wsync_link_redial(struct wsync_link *link)
{
    WSYNC_ASSERT(link->side == &ward_side);
    struct ward *ward = ward_of(link);
    ward->address = 0;
    reset_interval(ward);
    drop_line(link);
    enter(link, WAITING, wsync_link_now_ms()); /* due at the next poll */
}

static int or_default(int value, int otherwise)
{
    return value > 1 ? value : otherwise;
}

enum wsync_err wsync_link_dial(const struct wsync_link_dial_options *options,
                               struct wsync_link **link, struct wsync_error *error)
{
    WSYNC_ASSERT(options->address_count > 0 && options->address_count <= WSYNC_ADDRESSES_MAX);
    *link = NULL;
    for (size_t i = 0; i < options->address_count; i++) {
        if (!wsync_reach_check(options->addresses[i])) {
            return wsync_error_set(error, WSYNC_ERR_INVALID,
                                   "not an address of the form tcp://host:port: %.200s",
                                   options->addresses[i]);
        }
    }
    struct wsync_link *made = wsync_link_new(&ward_side, sizeof(struct ward));
    if (made == NULL) {
        return wsync_error_set(error, WSYNC_ERR_MEMORY, "no memory for the network link");
    }
    struct ward *ward = ward_of(made);
    for (size_t i = 0; i < options->address_count; i++) {
        memcpy(ward->addresses[i], options->addresses[i], strlen(options->addresses[i]) + 1);
    }
    ward->address_count = options->address_count;
    ward->server = options->server;
    ward->own = options->own;
    ward->known = wsync_link_public_pair();
    ward->retry_ms_min = or_default(options->retry_ms_min, WSYNC_RETRY_MS_MIN);
    ward->retry_ms_max = or_default(options->retry_ms_max, WSYNC_RETRY_MS_MAX);
    ward->attempt_ms_max = or_default(options->attempt_ms_max, ATTEMPT_MS_DEFAULT);
    ward->handshake_ms_max = options->handshake_ms_max;
    ward->socket_fd = -1;
    wsync_link_redial(made);
    *link = made;
    return WSYNC_OK;
}
