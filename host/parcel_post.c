/* SPDX-License-Identifier: Apache-2.0 */
#include "host/parcel_post.h"

#include <stdlib.h>
#include <string.h>

#include "host/clock.h"

enum { REPLY_MS_MAX = 60000, ATTEMPT_MS = 15000, POLL_MS = 1000 };

/* How soon it is asked again for an answer that is being made, each time twice as late, and how
 * long in one conversation. */
enum { AGAIN_MS_MIN = 20, AGAIN_MS_MAX = 2000, PATIENCE_MS = 30000 };

/* A conversation; kept off the stack. */
struct errand {
    const struct wsync_parcel_post *post;
    struct wsync_parcel_posted *posted;
    struct wsync_link *link;
    struct wsync_parcels here;
    bool cut;
    int64_t until_ms; /* how long it waits for answers */
    bool waits[WSYNC_PARCELS_MAX]; /* by place in `here`: its answer is still to be made */
    uint8_t out[WSYNC_FRAME_BYTES_MAX];
    uint8_t in[WSYNC_FRAME_BYTES_MAX]; /* the reply that was read last */
    uint8_t chunk[WSYNC_PARCEL_CHUNK_BYTES];
};

static const struct wsync_link_peer SERVER = {{0}};

/* Until the line is up, or it is clear that it will not be. */
static enum wsync_err reach(struct errand *errand)
{
    size_t failed = 0;
    enum wsync_err err = WSYNC_OK;
    while (err == WSYNC_OK && !errand->posted->reached && !errand->cut) {
        struct wsync_link_batch batch;
        err = wsync_link_poll(errand->link, POLL_MS, -1, &batch);
        for (size_t i = 0; err == WSYNC_OK && i < batch.count; i++) {
            errand->posted->reached |= batch.events[i].kind == WSYNC_LINK_UP;
            if (batch.events[i].kind == WSYNC_LINK_DOWN) {
                errand->posted->reason = batch.events[i].reason;
                errand->cut = ++failed >= errand->post->address_count;
            }
        }
    }
    return err;
}

/* The frame of the reply, if this event is one. */
static bool is_reply(struct errand *errand, const struct wsync_link_event *event,
                     const struct wsync_parcel_frame *asked, struct wsync_parcel_frame *reply)
{
    bool put = asked->type == WSYNC_PARCEL_PUT;
    if (event->bytes.len > sizeof errand->in) {
        return false;
    }
    memcpy(errand->in, event->bytes.data, event->bytes.len);
    errand->posted->bytes_in += event->bytes.len;
    return wsync_parcel_decode(wsync_slice(errand->in, event->bytes.len), reply) == WSYNC_OK &&
           reply->type == (put ? WSYNC_PARCEL_CARRIED : WSYNC_PARCEL_ANSWER) &&
           memcmp(&reply->id, &asked->id, sizeof reply->id) == 0;
}

/* Does the line tell that it is gone? */
static bool is_down(struct errand *errand, const struct wsync_link_event *event)
{
    if (event->kind == WSYNC_LINK_DOWN) {
        errand->posted->reason = event->reason;
        errand->cut = true;
    }
    return event->kind == WSYNC_LINK_DOWN;
}

/* One request and its reply; LINK when there is none. */
static enum wsync_err ask(struct errand *errand, const struct wsync_parcel_frame *asked,
                          struct wsync_parcel_frame *reply)
{
    struct wsync_slice frame = wsync_parcel_encode(asked, errand->out);
    int64_t until = wsync_clock_monotonic_ms() + REPLY_MS_MAX;
    bool sent = false;
    while (!errand->cut && wsync_clock_monotonic_ms() < until) {
        struct wsync_link_batch batch;
        if (!sent) {
            enum wsync_err err = wsync_link_send(errand->link, SERVER, frame);
            sent = err == WSYNC_OK;
            errand->posted->bytes_out += sent ? frame.len : 0;
            errand->cut = err == WSYNC_ERR_LINK;
        }
        if (wsync_link_poll(errand->link, POLL_MS, -1, &batch) != WSYNC_OK) {
            return WSYNC_ERR_LINK;
        }
        for (size_t i = 0; i < batch.count; i++) {
            const struct wsync_link_event *event = &batch.events[i];
            if (!is_down(errand, event) && event->kind == WSYNC_LINK_FRAME &&
                is_reply(errand, event, asked, reply)) {
                return WSYNC_OK;
            }
        }
    }
    return WSYNC_ERR_LINK;
}

/* Nobody will ever take it: what is carried for others is not kept any longer. */
static void heed_refusal(struct errand *errand, const struct wsync_parcels_item *item)
{
    if (!errand->post->own) {
        wsync_parcels_remove(errand->post->site->path, item);
    }
    errand->posted->refused++;
}

/* Asks how much is there, and goes on from there until all of it is; `*settled` when there is
 * nothing more to ask.  Refused before a byte of it was sent: there is no room now, or it was
 * refused when it was taken, which the question for its answer tells. */
static enum wsync_err hand_in(struct errand *errand, const struct wsync_parcels_item *item,
                              bool *settled)
{
    const char *dir = errand->post->site->path;
    struct wsync_parcel_frame asked = {
        .type = WSYNC_PARCEL_PUT, .id = item->id, .size = (uint32_t)item->size};
    struct wsync_parcel_frame reply;
    *settled = false;
    uint64_t chunks = 2 + 2 * (item->size / WSYNC_PARCEL_CHUNK_BYTES + 1);
    for (uint64_t i = 0; i < chunks; i++) { /* a relay that begins anew does so once */
        enum wsync_err err = ask(errand, &asked, &reply);
        if (err != WSYNC_OK) {
            return err;
        }
        if (reply.state == WSYNC_PARCEL_HELD || reply.state == WSYNC_PARCEL_ANSWERED) {
            errand->posted->handed_in += i > 0;
            return WSYNC_OK;
        }
        bool not_now = reply.state == WSYNC_PARCEL_UNKNOWN && i > 0;
        if (reply.state == WSYNC_PARCEL_REFUSED && i == 0 && !errand->post->own) {
            return WSYNC_OK;
        }
        if (reply.state == WSYNC_PARCEL_REFUSED) {
            heed_refusal(errand, item);
            *settled = true;
            return WSYNC_OK;
        }
        if (not_now || reply.offset >= item->size) {
            break;
        }
        size_t len;
        err = wsync_parcels_read(dir, item, reply.offset, errand->chunk, &len);
        if (err != WSYNC_OK || len == 0) {
            return err; /* it was taken away meanwhile */
        }
        asked.offset = reply.offset;
        asked.bytes = wsync_slice(errand->chunk, len);
    }
    *settled = true;
    errand->posted->refused++;
    return WSYNC_OK;
}

/* Lets the line be for so long. */
static enum wsync_err pause(struct errand *errand, int64_t pause_ms)
{
    int64_t until = wsync_clock_monotonic_ms() + pause_ms;
    for (int64_t left = pause_ms; left > 0 && !errand->cut;
         left = until - wsync_clock_monotonic_ms()) { /* ends: the clock goes on */
        struct wsync_link_batch batch;
        if (wsync_link_poll(errand->link, (int)left, -1, &batch) != WSYNC_OK) {
            return WSYNC_ERR_LINK;
        }
        for (size_t i = 0; i < batch.count; i++) {
            (void)is_down(errand, &batch.events[i]);
        }
    }
    return errand->cut ? WSYNC_ERR_LINK : WSYNC_OK;
}

/* Asks for the answer until there is one, or word that there will be none.  A relay has to hand
 * on first, so there nobody waits. */
static enum wsync_err await(struct errand *errand, const struct wsync_parcel_frame *asked,
                            struct wsync_parcel_frame *reply)
{
    enum wsync_err err = ask(errand, asked, reply);
    int64_t pause_ms = AGAIN_MS_MIN;
    while (err == WSYNC_OK && reply->size == 0 && reply->state == WSYNC_PARCEL_HELD &&
           !errand->post->own && wsync_clock_monotonic_ms() < errand->until_ms) {
        err = pause(errand, pause_ms);
        pause_ms = 2 * pause_ms < AGAIN_MS_MAX ? 2 * pause_ms : AGAIN_MS_MAX;
        err = err == WSYNC_OK ? ask(errand, asked, reply) : err;
    }
    return err;
}

/* Takes the answer, keeps it durably, and only then says so. */
static enum wsync_err fetch(struct errand *errand, const struct wsync_parcels_item *item)
{
    const char *dir = errand->post->site->path;
    struct wsync_parcel_frame asked = {.type = WSYNC_PARCEL_FETCH, .id = item->id};
    struct wsync_parcel_frame reply;
    struct wsync_error why;
    enum wsync_err err = await(errand, &asked, &reply);
    if (err == WSYNC_OK && reply.state == WSYNC_PARCEL_REFUSED) {
        heed_refusal(errand, item);
    } else if (err == WSYNC_OK && reply.state == WSYNC_PARCEL_UNKNOWN) {
        errand->posted->refused++; /* not now */
    }
    errand->waits[item - errand->here.items] =
        err == WSYNC_OK && reply.state == WSYNC_PARCEL_HELD;
    while (err == WSYNC_OK && reply.state == WSYNC_PARCEL_ANSWERED &&
           wsync_parcel_fits(reply.size) && reply.bytes.len > 0 &&
           reply.offset == asked.offset) { /* ends: it goes forward */
        const struct wsync_parcels_chunk chunk = {
            .item = {.id = item->id, .device = item->device, .kind = WSYNC_PARCELS_PART},
            .as = WSYNC_PARCELS_ANSWER,
            .offset = reply.offset,
            .size = reply.size,
            .bytes = reply.bytes};
        err = wsync_parcels_add(dir, &chunk, &why);
        asked.offset += (uint32_t)reply.bytes.len;
        bool whole = asked.offset == reply.size;
        if (err == WSYNC_ERR_BUNDLE) {
            errand->posted->refused++;
            return WSYNC_OK;
        }
        if (err == WSYNC_OK && whole) {
            errand->posted->answers++;
            wsync_parcels_remove(dir, item);
        }
        err = err == WSYNC_OK ? ask(errand, &asked, &reply) : err;
        if (whole) {
            break;
        }
    }
    return err;
}

static bool concerns(const struct errand *errand, const struct wsync_parcels_item *item)
{
    const struct wsync_site *site = errand->post->site;
    bool own = wsync_device_id_equal(&item->device, &site->identity.device);
    return item->kind == WSYNC_PARCELS_WHOLE && own == errand->post->own;
}

static int older_first(const void *a, const void *b)
{
    const struct wsync_parcels_item *one = a;
    const struct wsync_parcels_item *two = b;
    return one->time != two->time ? one->time < two->time ? -1 : 1
                                  : memcmp(&one->device, &two->device, sizeof one->device);
}

/* At the other end two under one number are one: the older is under way until its answer is
 * here. */
static bool is_behind(const struct errand *errand, size_t index)
{
    const struct wsync_parcels_item *items = errand->here.items;
    for (size_t i = 0; i < index; i++) {
        if (errand->waits[i] && memcmp(&items[i].id, &items[index].id, sizeof items->id) == 0) {
            return true;
        }
    }
    return false;
}

static enum wsync_err run_errands(struct errand *errand)
{
    enum wsync_err err = WSYNC_OK;
    errand->until_ms = wsync_clock_monotonic_ms() + PATIENCE_MS;
    qsort(errand->here.items, errand->here.count, sizeof *errand->here.items, older_first);
    for (size_t i = 0; i < errand->here.count && err == WSYNC_OK; i++) {
        const struct wsync_parcels_item *item = &errand->here.items[i];
        bool settled = true;
        if (concerns(errand, item) && !is_behind(errand, i)) {
            err = hand_in(errand, item, &settled);
        }
        if (err == WSYNC_OK && !settled) {
            err = fetch(errand, item);
        }
    }
    return err;
}

static enum wsync_err converse(struct errand *errand, struct wsync_error *error)
{
    const struct wsync_parcel_post *post = errand->post;
    struct wsync_link_dial_options options = {.addresses = post->addresses,
                                              .address_count = post->address_count,
                                              .server = post->server,
                                              .own = post->site->transport,
                                              .attempt_ms_max = ATTEMPT_MS};
    enum wsync_err err = wsync_parcels_list(post->site->path, &errand->here, error);
    if (err == WSYNC_OK) {
        err = wsync_link_dial(&options, &errand->link, error);
    }
    wsync_wipe(&options.own, sizeof options.own);
    if (err != WSYNC_OK) {
        return err;
    }
    err = reach(errand);
    if (err == WSYNC_OK && errand->posted->reached) {
        err = run_errands(errand);
    }
    wsync_link_close(errand->link);
    return err == WSYNC_ERR_LINK ? WSYNC_OK
           : err != WSYNC_OK
               ? wsync_error_set(error, err, "%s", wsync_err_text(err, WSYNC_EN))
               : err;
}

enum wsync_err wsync_parcel_post_run(const struct wsync_parcel_post *post,
                                     struct wsync_parcel_posted *posted,
                                     struct wsync_error *error)
{
    struct errand *errand = calloc(1, sizeof *errand);
    *posted = (struct wsync_parcel_posted){.reached = false};
    if (!errand) {
        return wsync_error_set(error, WSYNC_ERR_MEMORY, "There is not enough memory.");
    }
    errand->post = post;
    errand->posted = posted;
    enum wsync_err err = converse(errand, error);
    free(errand);
    return err;
}

bool wsync_parcel_post_is_due(const struct wsync_site *site, bool own)
{
    struct wsync_parcels here;
    struct wsync_error ignored;
    bool due = false;
    if (wsync_parcels_list(site->path, &here, &ignored) != WSYNC_OK) {
        return false;
    }
    for (size_t i = 0; i < here.count; i++) {
        bool its = wsync_device_id_equal(&here.items[i].device, &site->identity.device);
        due |= here.items[i].kind == WSYNC_PARCELS_WHOLE && its == own;
    }
    return due;
}
