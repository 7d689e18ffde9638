/* SPDX-License-Identifier: Apache-2.0 */
/* outbox.h: frames the line could not take at once, in order, up to the bounds of
 * serve_limits.h.
 *
 * Credit keeps a peer's share small, in however many frames; a peer that lets more pile up is
 * cut off.  What a frame costs beside its bytes is counted with them. */
#ifndef WARDSYNC_HOST_OUTBOX_H
#define WARDSYNC_HOST_OUTBOX_H

#include "host/link.h"
#include "host/serve_limits.h"

struct wsync_waiting_frame;
struct wsync_outbox {
    struct wsync_waiting_frame *first, *last;
    size_t count, bytes;
    size_t *total_bytes; /* of all outboxes that share it; NULL: this one is alone */
};

/* Sends the frame behind those that wait, or keeps a copy.  LINK when the connection is gone,
 * BUSY when too much waits, MEMORY. */
WSYNC_MUST_USE enum wsync_err wsync_outbox_send(struct wsync_outbox *outbox,
                                                struct wsync_link *link,
                                                struct wsync_link_peer peer,
                                                struct wsync_slice frame);

/* Tries to send what waits.  LINK when the connection is gone. */
WSYNC_MUST_USE enum wsync_err wsync_outbox_flush(struct wsync_outbox *outbox,
                                                 struct wsync_link *link,
                                                 struct wsync_link_peer peer);

/* Drops what waits. */
void wsync_outbox_clear(struct wsync_outbox *outbox);

#endif
