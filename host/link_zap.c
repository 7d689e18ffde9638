/* SPDX-License-Identifier: Apache-2.0 */
/* The ZAP handler: the library asks it at every handshake whether a key may come in.  It is
 * read in the same loop as the ROUTER, so the thread that owns the roster answers. */
#include <string.h>
#include <zmq.h>

#include "host/link_district.h"

enum {
    ROUND_HANDSHAKES_MAX = 64,
    PART_BYTES_MAX = 255,
};

struct zap_request {
    uint8_t id[PART_BYTES_MAX];
    size_t id_len;
    struct wsync_transport_key key;
    bool has_key;
};

bool wsync_zap_open(struct wsync_link *link)
{
    link->zap = zmq_socket(link->context, ZMQ_REP);
    return link->zap != NULL && wsync_line_set(link->zap, ZMQ_LINGER, 0) &&
           zmq_bind(link->zap, "inproc://zeromq.zap.01") == 0;
}

/* ZAP 1.0: version, request id, domain, address, identity, mechanism, credential. */
static bool read_request(void *zap, struct zap_request *request)
{
    enum { VERSION, ID, DOMAIN, ADDRESS, IDENTITY, MECHANISM, CREDENTIAL, PARTS };
    *request = (struct zap_request){0};
    bool curve = false, ours = false;
    int part = 0;
    do {
        uint8_t bytes[PART_BYTES_MAX];
        int got = zmq_recv(zap, bytes, sizeof(bytes), ZMQ_DONTWAIT);
        if (got < 0) {
            return false;
        }
        struct wsync_slice read = wsync_slice(
            bytes, (size_t)got < sizeof(bytes) ? (size_t)got : sizeof(bytes));
        if (part == ID) {
            memcpy(request->id, read.data, read.len);
            request->id_len = read.len;
        } else if (part == DOMAIN) {
            ours = wsync_slice_equal(read, wsync_slice_of(WSYNC_LINK_ZAP_DOMAIN));
        } else if (part == MECHANISM) {
            curve = wsync_slice_equal(read, wsync_slice_of("CURVE"));
        } else if (part == CREDENTIAL && read.len == sizeof(request->key.b)) {
            memcpy(request->key.b, read.data, read.len);
            request->has_key = curve && ours;
        }
        part++;
    } while (part < PARTS && wsync_line_has_more(zap));
    request->has_key = request->has_key && !wsync_line_has_more(zap);
    wsync_line_skip(zap);
    return true;
}

static enum wsync_link_admission judge(const struct wsync_link_district *district,
                                       const struct zap_request *request)
{
    if (!request->has_key ||
        wsync_slice_equal(WSYNC_BYTES(request->key), WSYNC_BYTES(district->known))) {
        return WSYNC_LINK_REFUSE;
    }
    enum wsync_link_admission answer = district->admit(district->admit_context, request->key);
    if (answer == WSYNC_LINK_ADMIT && district->connections > district->connections_max) {
        if (district->put_off) {
            district->put_off(district->admit_context, request->key);
        }
        return WSYNC_LINK_NOT_YET;
    }
    return answer;
}

/* A part that cannot be sent belongs to a connection that is gone; the library drops it. */
static void send_part(void *zap, struct wsync_slice part, bool last)
{
    (void)zmq_send(zap, part.data, part.len, ZMQ_DONTWAIT | (last ? 0 : ZMQ_SNDMORE));
}

/* 300 closes the line in silence and the ward comes back; after 400 or 500 it stops for
 * good. */
static void answer_request(void *zap, const struct zap_request *request,
                           enum wsync_link_admission answer)
{
    static const char *const status[] = {
        [WSYNC_LINK_ADMIT] = "200", [WSYNC_LINK_NOT_YET] = "300", [WSYNC_LINK_REFUSE] = "400",
        [WSYNC_LINK_REVOKE] = "500"};
    char user_id[WSYNC_LINK_USER_ID_BYTES + 1] = "";
    if (answer == WSYNC_LINK_ADMIT) {
        wsync_hex_encode(WSYNC_BYTES(request->key), user_id);
    }
    send_part(zap, wsync_slice_of("1.0"), false);
    send_part(zap, wsync_slice(request->id, request->id_len), false);
    send_part(zap, wsync_slice_of(status[answer]), false);
    send_part(zap, wsync_slice_of(""), false);
    send_part(zap, wsync_slice_of(user_id), false);
    send_part(zap, wsync_slice_of(""), true);
}

void wsync_zap_answer(struct wsync_link *link)
{
    struct zap_request request;
    for (int i = 0; link->zap != NULL && i < ROUND_HANDSHAKES_MAX; i++) {
        if (!read_request(link->zap, &request)) {
            return;
        }
        answer_request(link->zap, &request, judge(link->own, &request));
    }
}
