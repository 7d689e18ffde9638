/* SPDX-License-Identifier: Apache-2.0 */
#include "core/hand.h"

#include <string.h>

enum { ROOM_MIN = 64 }; /* for values, when a record grows in hand */

void wsync_hand_open(struct wsync_hand *hand, struct wsync_arena *arena)
{
    hand->count = 0;
    wsync_arena_lend(arena, WSYNC_HAND_BYTES, &hand->arena);
}

void wsync_hand_close(struct wsync_hand *hand, struct wsync_arena *arena)
{
    wsync_arena_take_back(arena, &hand->arena);
}

static struct wsync_held_record *find(struct wsync_hand *hand, struct wsync_dot id)
{
    for (size_t i = 0; i < hand->count; i++) {
        if (wsync_dot_equal(hand->held[i].record.id, id)) {
            return &hand->held[i];
        }
    }
    return NULL;
}

/* A copy whose array is its own: the one from before the first operation. */
static enum wsync_err keep_before(struct wsync_held_record *held, struct wsync_arena *arena)
{
    const struct wsync_record *record = &held->record;
    held->before = *record;
    held->before.live = wsync_arena_array(arena, record->live_count, sizeof *record->live);
    if (!held->before.live) {
        return WSYNC_ERR_MEMORY;
    }
    memcpy(held->before.live, record->live, record->live_count * sizeof *record->live);
    return WSYNC_OK;
}

static enum wsync_err load(const struct wsync_case *c, struct wsync_dot id, size_t values,
                           struct wsync_held_record **held)
{
    struct wsync_hand *hand = c->hand;
    if (hand->count == WSYNC_HAND_RECORDS_MAX) {
        return WSYNC_ERR_MEMORY;
    }
    struct wsync_held_record *next = &hand->held[hand->count];
    size_t room = values > ROOM_MIN ? values : ROOM_MIN;
    enum wsync_err err = wsync_record_get(c->txn, id, room, &hand->arena, &next->record);
    if (err == WSYNC_OK) {
        err = keep_before(next, &hand->arena);
    }
    if (err == WSYNC_OK) {
        hand->count++;
        *held = next;
    }
    return err;
}

static enum wsync_err make_room(struct wsync_record *record, size_t values,
                                struct wsync_arena *arena)
{
    if (record->live_size - record->live_count >= values) {
        return WSYNC_OK;
    }
    size_t size = 2 * record->live_count + values;
    struct wsync_live *live = wsync_arena_array(arena, size, sizeof *live);
    if (!live) {
        return WSYNC_ERR_MEMORY;
    }
    memcpy(live, record->live, record->live_count * sizeof *live);
    record->live = live;
    record->live_size = size;
    return WSYNC_OK;
}

/* MEMORY when the hand is too full for it. */
static enum wsync_err try_take(const struct wsync_case *c, struct wsync_dot id, size_t values,
                               size_t bytes, struct wsync_held_record **held)
{
    struct wsync_arena *arena = &c->hand->arena;
    *held = find(c->hand, id);
    enum wsync_err err = *held ? make_room(&(*held)->record, values, arena)
                               : load(c, id, values, held);
    return err == WSYNC_OK && bytes > arena->size - arena->used ? WSYNC_ERR_MEMORY : err;
}

enum wsync_err wsync_hand_take(const struct wsync_case *c, struct wsync_dot id, size_t values,
                               size_t bytes, struct wsync_held_record **held)
{
    enum wsync_err err = try_take(c, id, values, bytes, held);
    if (err != WSYNC_ERR_MEMORY) {
        return err;
    }
    err = wsync_hand_put_down(c);
    return err == WSYNC_OK ? try_take(c, id, values, bytes, held) : err;
}

enum wsync_err wsync_hand_keep(struct wsync_hand *hand, const struct wsync_value *value,
                               struct wsync_value *kept)
{
    *kept = *value;
    if (value->class == WSYNC_CLASS_TEXT) {
        kept->text = wsync_arena_copy(&hand->arena, value->text);
        return kept->text.data ? WSYNC_OK : WSYNC_ERR_MEMORY;
    }
    if (value->class == WSYNC_CLASS_LIST) {
        struct wsync_slice items = {(const uint8_t *)value->items,
                                    value->item_count * sizeof *value->items};
        items = wsync_arena_copy(&hand->arena, items);
        kept->items = (const int64_t *)(const void *)items.data;
        return items.data ? WSYNC_OK : WSYNC_ERR_MEMORY;
    }
    return WSYNC_OK;
}

enum wsync_err wsync_hand_look(const struct wsync_case *c, struct wsync_dot id,
                               struct wsync_outline *outline)
{
    struct wsync_held_record *held = c->hand ? find(c->hand, id) : NULL;
    if (!held) {
        return wsync_record_look(c->txn, id, outline);
    }
    *outline = wsync_record_outline(&held->record);
    return WSYNC_OK;
}

enum wsync_err wsync_hand_put_down(const struct wsync_case *c)
{
    struct wsync_hand *hand = c->hand;
    enum wsync_err err = WSYNC_OK;
    for (size_t i = 0; i < hand->count && err == WSYNC_OK; i++) {
        size_t mark = wsync_arena_mark(c->arena);
        err = wsync_merge_put(c, &hand->held[i].before, &hand->held[i].record);
        wsync_arena_release(c->arena, mark);
    }
    hand->count = 0;
    wsync_arena_release(&hand->arena, 0);
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
}
