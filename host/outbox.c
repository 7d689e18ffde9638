/* SPDX-License-Identifier: Apache-2.0 */
#include "host/outbox.h"

#include <stdlib.h>
#include <string.h>

static struct wsync_slice *slot(struct wsync_outbox *outbox, size_t index)
{
    return &outbox->frames[(outbox->first + index) % WSYNC_OUTBOX_FRAMES_MAX];
}

static void drop_first(struct wsync_outbox *outbox)
{
    size_t len = slot(outbox, 0)->len;
    outbox->bytes -= len;
    if (outbox->total_bytes) {
        *outbox->total_bytes -= len;
    }
    free((void *)(uintptr_t)slot(outbox, 0)->data);
    outbox->first = (outbox->first + 1) % WSYNC_OUTBOX_FRAMES_MAX;
    outbox->count--;
}

enum wsync_err wsync_outbox_flush(struct wsync_outbox *outbox, struct wsync_link *link,
                                  struct wsync_link_peer peer)
{
    while (outbox->count > 0) {
        enum wsync_err err = wsync_link_send(link, peer, *slot(outbox, 0));
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
    if (outbox->count == WSYNC_OUTBOX_FRAMES_MAX ||
        outbox->bytes + frame.len > WSYNC_OUTBOX_BYTES_MAX ||
        (outbox->total_bytes &&
         *outbox->total_bytes + frame.len > WSYNC_OUTBOX_TOTAL_BYTES_MAX)) {
        return WSYNC_ERR_BUSY;
    }
    uint8_t *copy = malloc(frame.len);
    if (!copy) {
        return WSYNC_ERR_MEMORY;
    }
    memcpy(copy, frame.data, frame.len);
    *slot(outbox, outbox->count++) = wsync_slice(copy, frame.len);
    outbox->bytes += frame.len;
    if (outbox->total_bytes) {
        *outbox->total_bytes += frame.len;
    }
    return WSYNC_OK;
}

void wsync_outbox_clear(struct wsync_outbox *outbox)
{
    while (outbox->count > 0) {
        drop_first(outbox);
    }
}
