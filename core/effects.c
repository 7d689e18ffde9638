/* SPDX-License-Identifier: Apache-2.0 */
#include "wardsync/effects.h"

bool wsync_effects_have_room(const struct wsync_effects *effects)
{
    return effects->count < WSYNC_EFFECTS_MAX - WSYNC_EFFECTS_RESERVED &&
           effects->arena.size - effects->arena.used >
               (size_t)WSYNC_EFFECTS_RESERVED_BYTES;
}

static enum wsync_err add(struct wsync_effects *effects, const struct wsync_effect *effect)
{
    if (effects->count == WSYNC_EFFECTS_MAX) {
        return WSYNC_ERR_MEMORY;
    }
    effects->items[effects->count++] = *effect;
    return WSYNC_OK;
}

enum wsync_err wsync_effects_send(struct wsync_effects *effects, struct wsync_session *session,
                                  struct wsync_slice frame)
{
    struct wsync_slice copy = wsync_arena_copy(&effects->arena, frame);
    if (!copy.data) {
        return WSYNC_ERR_MEMORY;
    }
    return add(effects, &(struct wsync_effect){WSYNC_EFFECT_SEND, session, copy});
}

enum wsync_err wsync_effects_close(struct wsync_effects *effects, struct wsync_session *session)
{
    return add(effects, &(struct wsync_effect){WSYNC_EFFECT_CLOSE, session, {NULL, 0}});
}

void wsync_effects_clear(struct wsync_effects *effects)
{
    wsync_arena_release(&effects->arena, 0);
    effects->count = 0;
}
