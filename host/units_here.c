/* SPDX-License-Identifier: Apache-2.0 */
#include "host/units_here.h"

#include <stdio.h>
#include <stdlib.h>

#include "host/clock.h"
#include "host/unit_index.h"
#include "wardsync/calendar.h"

enum { SECONDS_A_DAY = 86400, LOCAL_OFFSET_S = 7 * 3600, INDEX_BYTES = 16 << 20 };

int32_t wsync_units_here_today(void)
{
    int64_t day = (wsync_clock_wall_s() + LOCAL_OFFSET_S) / SECONDS_A_DAY;
    return day < WSYNC_DAY_MIN ? WSYNC_DAY_MIN
                               : (day > WSYNC_DAY_MAX ? WSYNC_DAY_MAX : (int32_t)day);
}

enum wsync_err wsync_units_here_find(void *context, struct wsync_slice text, uint32_t *unit)
{
    struct wsync_site *site = context;
    struct wsync_arena arena;
    struct wsync_unit_index index;
    void *block = malloc(INDEX_BYTES);
    if (!block) {
        return WSYNC_ERR_MEMORY;
    }
    wsync_arena_init(&arena, block, INDEX_BYTES);
    enum wsync_err err =
        wsync_unit_index_load(site, site->conf.scope, wsync_units_here_today(), &arena, &index);
    if (err == WSYNC_OK) {
        err = wsync_unit_index_find(&index, text, unit);
    }
    free(block);
    return err;
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
