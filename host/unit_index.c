/* SPDX-License-Identifier: Apache-2.0 */
#include "host/unit_index.h"

#include <inttypes.h>
#include <stdio.h>

#include "host/text.h"

static enum wsync_err add(struct wsync_unit_index *index, const struct wsync_unit *unit,
                          const struct wsync_unit_name ***last)
{
    struct wsync_unit_name *name = wsync_arena_get(index->arena, sizeof *name);
    if (!name) {
        return WSYNC_ERR_MEMORY;
    }
    name->id = unit->id;
    name->code = wsync_arena_copy(index->arena, unit->code);
    **last = name;
    *last = &name->next;
    index->count++;
    return name->code.data ? wsync_text_search_key(unit->name, index->arena, &name->key)
                           : WSYNC_ERR_MEMORY;
}

enum wsync_err wsync_unit_index_load(struct wsync_site *site, uint32_t top, int32_t day,
                                     struct wsync_arena *arena, struct wsync_unit_index *index)
{
    *index = (struct wsync_unit_index){.arena = arena};
    const struct wsync_unit_name **last = &index->first;
    uint32_t after = 0;
    for (;;) { /* ends: each turn passes one unit */
        size_t mark = wsync_arena_mark(&site->arena);
        struct wsync_unit unit;
        enum wsync_err err = wsync_unit_after(site->txn, after, day, &site->arena, &unit);
        bool over = err == WSYNC_ERR_NOT_FOUND;
        if (err == WSYNC_OK) {
            after = unit.id;
            err = wsync_unit_within(site->txn, unit.id, top, day, &site->arena);
            err = err == WSYNC_OK            ? add(index, &unit, &last)
                  : err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK
                                               : err;
        }
        wsync_arena_release(&site->arena, mark);
        if (over) {
            return index->count > 0 ? WSYNC_OK : WSYNC_ERR_NOT_FOUND;
        }
        if (err != WSYNC_OK) {
            return err;
        }
    }
}

static bool is_id(struct wsync_slice text, uint32_t id)
{
    char plain[16];
    snprintf(plain, sizeof plain, "%" PRIu32, id);
    return wsync_slice_equal(text, wsync_slice_of(plain));
}

enum wsync_err wsync_unit_index_find(void *context, struct wsync_slice text, uint32_t *unit)
{
    const struct wsync_unit_index *index = context;
    size_t mark = wsync_arena_mark(index->arena);
    struct wsync_slice key;
    size_t hits = 0;
    enum wsync_err err = wsync_text_search_key(text, index->arena, &key);
    for (const struct wsync_unit_name *at = index->first; err == WSYNC_OK && at;
         at = at->next) {
        if (is_id(text, at->id) || (at->code.len > 0 && wsync_slice_equal(text, at->code)) ||
            wsync_slice_equal(key, at->key)) {
            hits++;
            *unit = at->id;
        }
    }
    wsync_arena_release(index->arena, mark);
    if (err != WSYNC_OK) {
        return err;
    }
    return hits == 1 ? WSYNC_OK : hits == 0 ? WSYNC_ERR_NOT_FOUND : WSYNC_ERR_INVALID;
}
