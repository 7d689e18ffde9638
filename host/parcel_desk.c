/* SPDX-License-Identifier: Apache-2.0 */
#include "host/parcel_desk.h"

#include <string.h>

#include "host/clock.h"
#include "host/journal.h"

/* A request at work. */
struct request {
    const struct wsync_parcel_desk *desk;
    const struct wsync_device_id *device;
    const struct wsync_parcel_frame *asked;
    struct wsync_parcels here;
    uint8_t chunk[WSYNC_PARCEL_CHUNK_BYTES];
};

static bool is_theirs(const struct request *request, const struct wsync_parcels_item *item)
{
    return wsync_device_id_equal(&item->device, request->device);
}

/* Nobody fills the disk, alone or with others; where many want room, one place each is enough.
 */
static bool fits(const struct request *request)
{
    const struct wsync_parcels *here = &request->here;
    size_t theirs = 0;
    for (size_t i = 0; i < here->count; i++) {
        theirs += is_theirs(request, &here->items[i]);
    }
    size_t most = here->count < WSYNC_PARCELS_CROWDED ? WSYNC_PARCELS_EACH_MAX : 1;
    return theirs < most && here->count + 1 < WSYNC_PARCELS_MAX;
}

/* What was left behind takes nobody's place. */
static bool has_room(struct request *request)
{
    const char *dir = request->desk->dir;
    struct wsync_error why;
    return fits(request) ||
           (wsync_parcels_make_room(dir, wsync_clock_wall_s(), &why) == WSYNC_OK &&
            wsync_parcels_list(dir, &request->here, &why) == WSYNC_OK && fits(request));
}

static const struct wsync_parcels_item *find(const struct request *request,
                                             enum wsync_parcels_kind kind)
{
    return wsync_parcels_find(&request->here, &request->asked->id, request->device, kind);
}

/* A refusal is told for good to who asks for the answer. */
static bool was_refused(const struct request *request)
{
    const struct wsync_parcel_desk *desk = request->desk;
    const struct wsync_parcels_item item = {.id = request->asked->id,
                                            .device = *request->device};
    return desk->refused &&
           desk->refused(desk->context, &item, request->asked->type == WSYNC_PARCEL_FETCH);
}

static enum wsync_parcel_state state_of(const struct request *request)
{
    return find(request, WSYNC_PARCELS_ANSWER)  ? WSYNC_PARCEL_ANSWERED
           : find(request, WSYNC_PARCELS_WHOLE) ? WSYNC_PARCEL_HELD
           : find(request, WSYNC_PARCELS_PART)  ? WSYNC_PARCEL_PARTLY
           : was_refused(request)               ? WSYNC_PARCEL_REFUSED
                                                : WSYNC_PARCEL_UNKNOWN;
}

static void refuse(struct wsync_parcel_frame *reply, const char *why)
{
    reply->state = WSYNC_PARCEL_REFUSED;
    WSYNC_JOURNAL(WARNING, "parcel-refused", wsync_journal_text("why", why));
}

/* The bytes go on where the parcel ends here. */
static void add(struct request *request, struct wsync_parcel_frame *reply)
{
    const struct wsync_parcel_frame *asked = request->asked;
    struct wsync_error why;
    struct wsync_parcels_chunk chunk = {
        .item = {.id = asked->id, .device = *request->device, .kind = WSYNC_PARCELS_PART},
        .as = WSYNC_PARCELS_WHOLE,
        .offset = asked->offset,
        .size = asked->size,
        .bytes = asked->bytes};
    enum wsync_err err = wsync_parcels_add(request->desk->dir, &chunk, &why);
    if (err != WSYNC_OK) {
        refuse(reply, why.text);
        reply->state = wsync_err_is_ours(err) ? WSYNC_PARCEL_UNKNOWN : WSYNC_PARCEL_REFUSED;
        return;
    }
    reply->offset = asked->offset + (uint32_t)asked->bytes.len;
    reply->state = WSYNC_PARCEL_PARTLY;
    if (reply->offset == asked->size) {
        chunk.item.kind = WSYNC_PARCELS_WHOLE;
        chunk.item.size = asked->size;
        const struct wsync_parcel_desk *desk = request->desk;
        reply->state =
            desk->whole ? desk->whole(desk->context, &chunk.item) : WSYNC_PARCEL_HELD;
        WSYNC_JOURNAL(INFO, "parcel-held", wsync_journal_number("bytes", asked->size));
    }
}

static void take(struct request *request, struct wsync_parcel_frame *reply)
{
    const struct wsync_parcel_frame *asked = request->asked;
    const struct wsync_parcels_item *part = find(request, WSYNC_PARCELS_PART);
    reply->type = WSYNC_PARCEL_CARRIED;
    reply->state = state_of(request);
    if (reply->state == WSYNC_PARCEL_ANSWERED || reply->state == WSYNC_PARCEL_HELD) {
        reply->offset = asked->size;
        return;
    }
    if (reply->state == WSYNC_PARCEL_REFUSED) {
        return;
    }
    if (!wsync_parcel_fits(asked->size)) {
        refuse(reply, "size");
        return;
    }
    if (!part && !has_room(request)) {
        refuse(reply, "room");
        return;
    }
    reply->offset = part && part->size < asked->size ? (uint32_t)part->size : 0;
    if (asked->bytes.len > 0 && asked->offset == reply->offset) {
        add(request, reply);
    }
}

/* What this device is answered, or, where it handed nothing in, what anybody was. */
static const struct wsync_parcels_item *answer_for(const struct request *request,
                                                   enum wsync_parcel_state state)
{
    return state == WSYNC_PARCEL_UNKNOWN
               ? wsync_parcels_find(&request->here, &request->asked->id, NULL,
                                    WSYNC_PARCELS_ANSWER)
               : find(request, WSYNC_PARCELS_ANSWER);
}

/* Who handed it in says when the answer may be forgotten: with a request at its end. */
static void give(struct request *request, struct wsync_parcel_frame *reply)
{
    const struct wsync_parcel_frame *asked = request->asked;
    const char *dir = request->desk->dir;
    size_t len = 0;
    reply->type = WSYNC_PARCEL_ANSWER;
    reply->state = state_of(request);
    const struct wsync_parcels_item *answer = answer_for(request, reply->state);
    if (!answer || answer->size > UINT32_MAX || asked->offset > answer->size) {
        return;
    }
    reply->size = (uint32_t)answer->size;
    reply->offset = asked->offset;
    if (asked->offset == answer->size) {
        if (is_theirs(request, answer)) {
            wsync_parcels_remove(dir, answer);
        }
        return;
    }
    if (wsync_parcels_read(dir, answer, asked->offset, request->chunk, &len) == WSYNC_OK) {
        reply->bytes = wsync_slice(request->chunk, len);
    }
}

struct wsync_slice wsync_parcel_desk_reply(const struct wsync_parcel_desk *desk,
                                           const struct wsync_device_id *device,
                                           struct wsync_slice frame, uint8_t *out)
{
    struct wsync_parcel_frame asked;
    struct request request = {.desk = desk, .device = device, .asked = &asked};
    struct wsync_error why;
    if (wsync_parcel_decode(frame, &asked) != WSYNC_OK) {
        return wsync_slice(NULL, 0);
    }
    struct wsync_parcel_frame reply = {.type = WSYNC_PARCEL_CARRIED, .id = asked.id};
    if (wsync_parcels_list(desk->dir, &request.here, &why) != WSYNC_OK) {
        refuse(&reply, why.text);
    } else if (asked.type == WSYNC_PARCEL_PUT) {
        take(&request, &reply);
    } else if (asked.type == WSYNC_PARCEL_FETCH) {
        give(&request, &reply);
    } else {
        return wsync_slice(NULL, 0);
    }
    return wsync_parcel_encode(&reply, out);
}
