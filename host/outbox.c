/* SPDX-License-Identifier: Apache-2.0 */
#include "host/outbox.h"

#include <stdlib.h>
#include <string.h>

struct wsync_waiting_frame {
    struct wsync_waiting_frame *next;
    size_t len;
    uint8_t bytes[];
};

_Static_assert(sizeof(struct wsync_waiting_frame) <= WSYNC_OUTBOX_FRAME_BYTES,
               "what is counted of a frame beside its bytes is what it takes");

static void count(struct wsync_outbox *outbox, size_t len)
{
    outbox->count++;
    outbox->bytes += WSYNC_OUTBOX_FRAME_BYTES + len;
    if (outbox->total_bytes) {
        *outbox->total_bytes += WSYNC_OUTBOX_FRAME_BYTES + len;
    }
}

static void drop_first(struct wsync_outbox *outbox)
{
    struct wsync_waiting_frame *frame = outbox->first;
    outbox->first = frame->next;
    outbox->last = frame->next ? outbox->last : NULL;
    outbox->count--;
    outbox->bytes -= WSYNC_OUTBOX_FRAME_BYTES + frame->len;
    if (outbox->total_bytes) {
        *outbox->total_bytes -= WSYNC_OUTBOX_FRAME_BYTES + frame->len;
    }
    free(frame);
}

enum wsync_err wsync_outbox_flush(struct wsync_outbox *outbox, struct wsync_link *link,
                                  struct wsync_link_peer peer)
{
    while (outbox->count > 0) {
        struct wsync_slice bytes = wsync_slice(outbox->first->bytes, outbox->first->len);
        enum wsync_err err = wsync_link_send(link, peer, bytes);
        if (err == WSYNC_ERR_BUSY) {
            return WSYNC_OK;
        }
        if (err != WSYNC_OK) {
            return err;
        }
        drop_first(outbox);
    }
    return WSYNC_OK;
}

static bool has_room(const struct wsync_outbox *outbox, size_t len)
{
    size_t bytes = WSYNC_OUTBOX_FRAME_BYTES + len;
    return outbox->bytes + bytes <= WSYNC_OUTBOX_BYTES_MAX &&
           (!outbox->total_bytes ||
            *outbox->total_bytes + bytes <= WSYNC_OUTBOX_TOTAL_BYTES_MAX);
}

enum wsync_err wsync_outbox_send(struct wsync_outbox *outbox, struct wsync_link *link,
                                 struct wsync_link_peer peer, struct wsync_slice frame)
{
    enum wsync_err err = wsync_outbox_flush(outbox, link, peer);
    if (err == WSYNC_OK && outbox->count == 0) {
        err = wsync_link_send(link, peer, frame);
        if (err != WSYNC_ERR_BUSY) {
            return err;
        }
    } else if (err != WSYNC_OK) {
        return err;
    }
    if (!has_room(outbox, frame.len)) {
        return WSYNC_ERR_BUSY;
    }
    struct wsync_waiting_frame *copy = malloc(sizeof *copy + frame.len);
    if (!copy) {
        return WSYNC_ERR_MEMORY;
    }
    copy->next = NULL;
    copy->len = frame.len;
    memcpy(copy->bytes, frame.data, frame.len);
    if (outbox->last) {
        outbox->last->next = copy;
    } else {
        outbox->first = copy;
    }
    outbox->last = copy;
    count(outbox, frame.len);
    return WSYNC_OK;
}

void wsync_outbox_clear(struct wsync_outbox *outbox)
{
    while (outbox->count > 0) {
        drop_first(outbox);
    }
}
