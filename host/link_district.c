/* SPDX-License-Identifier: Apache-2.0 */
/* The district's side of the link: the ROUTER, its doors and the self-test. */
#include "host/link_district.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "host/link_gate.h"
#include "wardsync/crypto.h"

enum {
    CONNECTIONS_DEFAULT = 1024,
    BACKLOG_DEFAULT = 128,
    ROUND_SIGNALS_MAX = 256,
    ANSWERED_MORE = 8, /* connections above the bound that are told so */
};

static struct wsync_link_district *district_of(const struct wsync_link *link)
{
    return link->own;
}

/* Nobody more is heard, or everybody again. */
static void move_gate(struct wsync_link_district *district, bool shut)
{
    for (size_t i = 0; i < district->listening_count; i++) {
        int fd = district->doors[i].fd;
        (void)(shut ? wsync_gate_shut(fd) : wsync_gate_open(fd));
    }
    district->shut = shut;
}

/* A descriptor is used again as soon as it is closed; its connections are told apart by number.
 */
static void note_tenant(struct wsync_link_district *district, int fd, bool up)
{
    district->signals++;
    if (fd >= 0 && fd < WSYNC_LINK_TENANTS) {
        struct wsync_link_tenant *tenant = &district->tenants[fd];
        tenant->number += up;
        tenant->up = up;
        tenant->told = district->signals;
    }
}

static uint64_t connection_on(const struct wsync_link_district *district, int fd)
{
    bool known = fd >= 0 && fd < WSYNC_LINK_TENANTS && district->tenants[fd].number != 0;
    return known ? (uint64_t)district->tenants[fd].number << 32 | (uint64_t)fd : 0;
}

/* Frames of a connection that ended may still lie in the queue: it is gone once that was seen
 * empty afterwards. */
bool wsync_link_is_gone(const struct wsync_link *link, uint64_t connection)
{
    const struct wsync_link_district *district = district_of(link);
    const struct wsync_link_tenant *tenant = &district->tenants[(uint32_t)connection];
    bool over = tenant->number != connection >> 32 || !tenant->up;
    return connection != 0 && over && tenant->told <= district->drained;
}

/* The library refuses no connection; counting them lets `judge` do it.  False when there is
 * more to count. */
static bool count_connections(struct wsync_link *link)
{
    struct wsync_link_district *district = district_of(link);
    struct wsync_link_signal signal;
    int left = ROUND_SIGNALS_MAX;
    for (; left > 0 && wsync_line_signal(&link->line, &signal); left--) {
        if (signal.kind == WSYNC_SIGNAL_LISTENING &&
            district->listening_count < district->door_count) {
            district->doors[district->listening_count++].fd = signal.value;
            move_gate(district, district->shut);
        } else if (signal.kind == WSYNC_SIGNAL_ACCEPTED) {
            district->connections++;
            note_tenant(district, signal.value, true);
        } else if (signal.kind == WSYNC_SIGNAL_DISCONNECTED) {
            district->connections -= district->connections > 0;
            note_tenant(district, signal.value, false);
        }
    }
    bool many = district->connections >= district->connections_max + ANSWERED_MORE;
    if (many || district->connections <= district->connections_max) {
        if (many != district->shut) {
            move_gate(district, many);
        }
    }
    return left > 0;
}

/* Whose message is it?  Only the body carries the User-Id for certain; without one it did not
 * pass our handler. */
static bool proven_key(zmq_msg_t *body, struct wsync_transport_key *key)
{
    const char *user_id = zmq_msg_gets(body, "User-Id");
    return user_id != NULL &&
           wsync_hex_decode(wsync_slice_of(user_id), key->b, sizeof(key->b));
}

/* Takes one message; false when there is none.  What is not exactly one frame from a proven key
 * under a handle of the library's own making (five bytes, the first 0) is dropped. */
static bool take_message(struct wsync_link *link)
{
    void *router = link->line.socket;
    struct wsync_link_peer peer;
    uint64_t signals = district_of(link)->signals;
    int got = zmq_recv(router, peer.b, sizeof(peer.b), ZMQ_DONTWAIT);
    if (got < 0) {
        district_of(link)->drained = signals;
        return false;
    }
    zmq_msg_t body;
    (void)zmq_msg_init(&body);
    struct wsync_transport_key key;
    int len = wsync_line_has_more(router) ? zmq_msg_recv(&body, router, ZMQ_DONTWAIT) : -1;
    if (len >= 0 && len <= WSYNC_FRAME_BYTES_MAX && !wsync_line_has_more(router) &&
        got == (int)sizeof(peer.b) && peer.b[0] == 0 && proven_key(&body, &key)) {
        struct wsync_link_event *event =
            wsync_link_add_frame(link, wsync_slice(zmq_msg_data(&body), (size_t)len));
        event->peer = peer;
        if (count_connections(link)) { /* a connection is told before its first frame */
            event->connection = connection_on(district_of(link), zmq_msg_get(&body, ZMQ_SRCFD));
        }
        event->key = key;
    }
    (void)zmq_msg_close(&body);
    wsync_line_skip(router);
    return true;
}

static void district_round(struct wsync_link *link)
{
    (void)count_connections(link);
    wsync_zap_answer(link);
    for (size_t i = 0; i < link->take && take_message(link); i++) {
        /* bounded by messages, not by events: a dropped one costs its sender's share */
    }
}

static void district_tick(struct wsync_link *link)
{
    (void)link; /* nothing here goes by the clock */
}

static enum wsync_err district_send(struct wsync_link *link, struct wsync_link_peer peer,
                                    struct wsync_slice frame)
{
    void *router = link->line.socket;
    if (zmq_send(router, peer.b, sizeof(peer.b), ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0) {
        return errno == EAGAIN ? WSYNC_ERR_BUSY : WSYNC_ERR_LINK;
    }
    int sent = zmq_send(router, frame.data, frame.len, ZMQ_DONTWAIT);
    return sent < 0 ? WSYNC_ERR_LINK : WSYNC_OK;
}

static void district_close(struct wsync_link *link)
{
    wsync_line_close(&link->line); /* before the handler: nobody may get in without it */
    if (link->zap != NULL) {
        (void)zmq_close(link->zap);
        link->zap = NULL;
    }
}

static const struct wsync_link_side district_side = {
    .tick = district_tick,
    .round = district_round,
    .send = district_send,
    .close = district_close,
};

/* A ROUTER counts its handles up from rand(), which the library never seeds, and aborts the
 * process when a peer has claimed the next one as its routing id.  So nobody may know where the
 * count begins. */
static bool seed_handles(void)
{
    struct wsync_transport_pair chance;
    unsigned seed;
    if (wsync_link_keypair(&chance) != WSYNC_OK) {
        return false;
    }
    memcpy(&seed, chance.secret.b, sizeof(seed));
    wsync_wipe(&chance, sizeof(chance));
    srand(seed);
    return true;
}

static bool open_sockets(struct wsync_link *link, int backlog, bool ipv6)
{
    return seed_handles() && wsync_zap_open(link) && /* first: nobody may knock before it */
           wsync_line_open(link, ZMQ_ROUTER, ipv6, &link->line) &&
           wsync_line_set(link->line.socket, ZMQ_ROUTER_MANDATORY, 1) &&
           wsync_line_set(link->line.socket, ZMQ_BACKLOG, backlog) &&
           wsync_line_set(link->line.socket, ZMQ_CURVE_SERVER, 1) &&
           wsync_line_set_bytes(link->line.socket, ZMQ_ZAP_DOMAIN, WSYNC_LINK_ZAP_DOMAIN,
                                strlen(WSYNC_LINK_ZAP_DOMAIN)) &&
           wsync_line_set(link->line.socket, WSYNC_LINK_ZAP_ENFORCE_DOMAIN, 1);
}

/* The key is an option of the socket that a bind copies, so each bind may have its own. */
static bool bind_one(struct wsync_link *link, const struct wsync_link_bind *bind)
{
    struct wsync_link_district *district = district_of(link);
    struct wsync_link_door *door = &district->doors[district->door_count];
    size_t len = sizeof(door->endpoint);
    if (strncmp(bind->address, "tcp://", 6) != 0) {
        errno = EPROTONOSUPPORT;
        return false;
    }
    if (!wsync_line_set_bytes(link->line.socket, ZMQ_CURVE_SECRETKEY, bind->pair.secret.b,
                              sizeof(bind->pair.secret.b)) ||
        zmq_bind(link->line.socket, bind->address) != 0 ||
        zmq_getsockopt(link->line.socket, ZMQ_LAST_ENDPOINT, door->endpoint, &len) != 0) {
        return false;
    }
    door->key = bind->pair.key;
    door->fd = -1;
    district->door_count++;
    return true;
}

enum wsync_err wsync_link_serve(const struct wsync_link_serve_options *options,
                                struct wsync_link **link, struct wsync_error *error)
{
    WSYNC_ASSERT(options->bind_count > 0 && options->bind_count <= WSYNC_LINK_BINDS_MAX);
    *link = NULL;
    struct wsync_link_district *district;
    struct wsync_link *made = wsync_link_new(&district_side, sizeof(*district));
    if (made == NULL) {
        return wsync_error_set(error, WSYNC_ERR_MEMORY, "no memory for the network link");
    }
    district = district_of(made);
    district->admit = options->admit;
    district->put_off = options->put_off;
    district->admit_context = options->admit_context;
    district->known = wsync_link_public_pair().key;
    district->connections_max =
        options->connections_max > 0 ? options->connections_max : CONNECTIONS_DEFAULT;
    bool ipv6 = false;
    for (size_t i = 0; i < options->bind_count; i++) {
        ipv6 = ipv6 || strchr(options->binds[i].address, '[') != NULL;
    }
    int backlog = options->backlog > 0 ? options->backlog : BACKLOG_DEFAULT;
    if (!open_sockets(made, backlog, ipv6)) {
        enum wsync_err err =
            wsync_error_set(error, WSYNC_ERR_MEMORY, "the network library refuses a socket: %s",
                            zmq_strerror(errno));
        wsync_link_close(made);
        return err;
    }
    for (size_t i = 0; i < options->bind_count; i++) {
        if (!bind_one(made, &options->binds[i])) {
            enum wsync_err err = wsync_error_set(error, WSYNC_ERR_INVALID,
                                                 "cannot serve at %s: %s",
                                                 options->binds[i].address,
                                                 zmq_strerror(errno));
            wsync_link_close(made);
            return err;
        }
    }
    *link = made;
    return WSYNC_OK;
}

bool wsync_link_is_full(const struct wsync_link *link)
{
    WSYNC_ASSERT(link->side == &district_side);
    return district_of(link)->shut;
}

const char *wsync_link_endpoint(const struct wsync_link *link, size_t index)
{
    WSYNC_ASSERT(link->side == &district_side && index < district_of(link)->door_count);
    return district_of(link)->doors[index].endpoint;
}

/* Knocks at one door and says whether the handler refused; `said` is what happened instead. */
static bool knock(struct wsync_link *link, const struct wsync_link_call *call,
                  int64_t deadline_ms, const char **said)
{
    struct wsync_link_line line;
    if (!wsync_line_call(link, call, &line)) {
        *said = zmq_strerror(errno);
        return false;
    }
    struct wsync_link_signal signal = {.kind = WSYNC_SIGNAL_COUNT};
    *said = "no answer in time";
    for (int64_t left_ms = 0; left_ms >= 0; left_ms = deadline_ms - wsync_link_now_ms()) {
        zmq_pollitem_t items[] = {{.socket = line.monitor, .events = ZMQ_POLLIN},
                                  {.socket = link->zap, .events = ZMQ_POLLIN}};
        (void)zmq_poll(items, link->zap != NULL ? 2 : 1, (long)left_ms);
        wsync_zap_answer(link);
        bool more = wsync_line_signal(&line, &signal);
        if (more && signal.kind == WSYNC_SIGNAL_SHAKEN) {
            *said = "an unknown key was let in";
            break;
        }
        if (more && signal.kind != WSYNC_SIGNAL_CONNECTED) {
            *said = "the line was cut without a refusal";
            break;
        }
    }
    wsync_line_close(&line);
    return signal.kind == WSYNC_SIGNAL_FAILED_AUTH && signal.value == 400;
}

static enum wsync_err test_door(struct wsync_link *link, const struct wsync_link_door *door,
                                int64_t deadline_ms, struct wsync_error *error)
{
    struct wsync_transport_pair stranger;
    enum wsync_err err = wsync_link_keypair(&stranger);
    if (err != WSYNC_OK) {
        return wsync_error_set(error, err, "no fresh key for the self-test");
    }
    struct wsync_link_call call = {door->endpoint, &door->key, &stranger};
    const char *said;
    if (!knock(link, &call, deadline_ms, &said)) {
        return wsync_error_set(error, WSYNC_ERR_INVALID,
                               "a stranger was not refused at %s: %s; not serving",
                               door->endpoint, said);
    }
    return WSYNC_OK;
}

enum wsync_err wsync_link_self_test(struct wsync_link *link, int timeout_ms,
                                    struct wsync_error *error)
{
    WSYNC_ASSERT(link->side == &district_side);
    struct wsync_link_district *district = district_of(link);
    int64_t deadline_ms = wsync_link_now_ms() + timeout_ms;
    for (size_t i = 0; i < district->door_count; i++) {
        enum wsync_err err = test_door(link, &district->doors[i], deadline_ms, error);
        if (err != WSYNC_OK) {
            return err;
        }
    }
    return WSYNC_OK;
}

enum wsync_err wsync_link_serve_more(struct wsync_link *link,
                                     const struct wsync_link_bind *bind, int timeout_ms,
                                     struct wsync_error *error)
{
    WSYNC_ASSERT(link->side == &district_side);
    struct wsync_link_district *district = district_of(link);
    if (district->door_count == WSYNC_LINK_BINDS_MAX) {
        return wsync_error_set(error, WSYNC_ERR_INVALID,
                               "%s: %d addresses are served already; restart to change them",
                               bind->address, WSYNC_LINK_BINDS_MAX);
    }
    bool ipv6 = strchr(bind->address, '[') != NULL;
    if ((ipv6 && !wsync_line_set(link->line.socket, ZMQ_IPV6, 1)) || !bind_one(link, bind)) {
        return wsync_error_set(error, WSYNC_ERR_INVALID, "cannot serve at %s: %s",
                               bind->address, zmq_strerror(errno));
    }
    enum wsync_err err = test_door(link, &district->doors[district->door_count - 1],
                                   wsync_link_now_ms() + timeout_ms, error);
    return err == WSYNC_OK ? WSYNC_OK : WSYNC_ERR_STATE;
}
