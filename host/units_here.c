/* SPDX-License-Identifier: Apache-2.0 */
#include "host/units_here.h"

#include <stdio.h>
#include <string.h>

#include "host/clock.h"
#include "host/text.h"
#include "wardsync/calendar.h"

enum { SECONDS_A_DAY = 86400, LOCAL_OFFSET_S = 7 * 3600 };

int32_t wsync_units_here_today(void)
{
    int64_t day = (wsync_clock_wall_s() + LOCAL_OFFSET_S) / SECONDS_A_DAY;
    return day < WSYNC_DAY_MIN ? WSYNC_DAY_MIN
                               : (day > WSYNC_DAY_MAX ? WSYNC_DAY_MAX : (int32_t)day);
}

/* How well a unit fits: 0 not at all, 1 by its name, 2 by its code, 3 by its id. */
static int fit(const struct wsync_unit *unit, struct wsync_slice text, struct wsync_slice key,
               struct wsync_arena *arena)
{
    char id[16];
    struct wsync_slice name;
    snprintf(id, sizeof id, "%u", unit->id);
    if (wsync_slice_equal(text, wsync_slice_of(id))) {
        return 3;
    }
    if (unit->code.len > 0 && wsync_slice_equal(text, unit->code)) {
        return 2;
    }
    bool read = wsync_text_search_key(unit->name, arena, &name) == WSYNC_OK;
    return read && wsync_slice_equal(name, key) ? 1 : 0;
}

/* The best fits so far. */
struct best {
    int fit;
    bool inside;
    size_t count;
    uint32_t unit;
};

static void weigh(struct best *best, int fit, bool inside, uint32_t unit)
{
    if (fit == 0 || (best->count > 0 && best->inside && !inside)) {
        return;
    }
    if (best->count == 0 || (inside && !best->inside) || fit > best->fit) {
        *best = (struct best){fit, inside, 1, unit};
    } else if (fit == best->fit) {
        best->count++;
    }
}

enum wsync_err wsync_units_here_find(void *context, struct wsync_slice text, uint32_t *unit)
{
    struct wsync_site *site = context;
    size_t start = wsync_arena_mark(&site->arena);
    int32_t today = wsync_units_here_today();
    struct wsync_slice key;
    struct wsync_unit at = {.id = 0};
    struct best best = {0, false, 0, 0};
    enum wsync_err err = wsync_text_search_key(text, &site->arena, &key);
    while (err == WSYNC_OK) { /* ends: each turn passes one unit */
        size_t mark = wsync_arena_mark(&site->arena);
        err = wsync_unit_after(site->txn, at.id, today, &site->arena, &at);
        if (err == WSYNC_OK) {
            bool inside = wsync_unit_within(site->txn, at.id, site->conf.scope, today,
                                            &site->arena) == WSYNC_OK;
            weigh(&best, fit(&at, text, key, &site->arena), inside, at.id);
        }
        wsync_arena_release(&site->arena, mark);
    }
    wsync_arena_release(&site->arena, start);
    if (err != WSYNC_ERR_NOT_FOUND) {
        return err;
    }
    *unit = best.unit;
    return best.count == 1   ? WSYNC_OK
           : best.count == 0 ? WSYNC_ERR_NOT_FOUND
                             : WSYNC_ERR_INVALID;
}

void wsync_units_here_label(struct wsync_site *site, uint32_t id,
                            char label[WSYNC_UNIT_LABEL_BYTES])
{
    struct wsync_unit unit;
    size_t mark = wsync_arena_mark(&site->arena);
    if (wsync_unit_on(site->txn, id, wsync_units_here_today(), &site->arena, &unit) ==
        WSYNC_OK) {
        snprintf(label, WSYNC_UNIT_LABEL_BYTES, "%.*s", (int)unit.name.len,
                 (const char *)unit.name.data);
    } else {
        snprintf(label, WSYNC_UNIT_LABEL_BYTES, "%u", id);
    }
    wsync_arena_release(&site->arena, mark);
}
