/* SPDX-License-Identifier: Apache-2.0 */
/* effects.h: what a step wants done in the world, kept until the transaction is durable. */
#ifndef WARDSYNC_EFFECTS_H
#define WARDSYNC_EFFECTS_H

#include "wardsync/arena.h"
#include "wardsync/error.h"
#include "wardsync/limits.h"

enum {
    WSYNC_EFFECTS_MAX = 1024,
    WSYNC_EFFECTS_BYTES = 4 << 20,
    WSYNC_EFFECTS_RESERVED = 2 * WSYNC_PUMP_EVENTS_MAX, /* that only ends of sessions may use */
    WSYNC_EFFECTS_RESERVED_BYTES = WSYNC_FRAME_BYTES_MAX * (WSYNC_EFFECTS_RESERVED + 1),
};

struct wsync_session;

enum wsync_effect_kind {
    WSYNC_EFFECT_SEND,  /* `frame` to the session's peer */
    WSYNC_EFFECT_CLOSE, /* the session is over: forget the peer */
};

struct wsync_effect {
    enum wsync_effect_kind kind;
    struct wsync_session *session;
    struct wsync_slice frame;
};

struct wsync_effects {
    struct wsync_arena arena; /* holds the frames */
    struct wsync_effect items[WSYNC_EFFECTS_MAX];
    size_t count;
};

/* True while a whole frame and a closing effect still fit. */
bool wsync_effects_have_room(const struct wsync_effects *effects);

/* Copies the frame.  MEMORY when there is no room: ask first. */
WSYNC_MUST_USE enum wsync_err wsync_effects_send(struct wsync_effects *effects,
                                                 struct wsync_session *session,
                                                 struct wsync_slice frame);
WSYNC_MUST_USE enum wsync_err wsync_effects_close(struct wsync_effects *effects,
                                                  struct wsync_session *session);
void wsync_effects_clear(struct wsync_effects *effects);

#endif
