/* SPDX-License-Identifier: Apache-2.0 */
#include "host/name_order.h"

#include <stdlib.h>

#include "host/text.h"

struct named {
    struct wsync_slice key;
    size_t place;
};

static int compare(const void *left, const void *right)
{
    const struct named *a = left;
    const struct named *b = right;
    int order = wsync_slice_compare(a->key, b->key);
    return order != 0 ? order : a->place < b->place ? -1 : a->place > b->place;
}

enum wsync_err wsync_name_order(const struct wsync_slice *names, size_t count,
                                struct wsync_arena *arena, size_t *order)
{
    static const uint8_t LAST[] = {0xFF, 0xFF};
    size_t mark = wsync_arena_mark(arena);
    struct named *sorted = wsync_arena_array(arena, count + 1, sizeof *sorted);
    enum wsync_err err = sorted ? WSYNC_OK : WSYNC_ERR_MEMORY;
    for (size_t i = 0; err == WSYNC_OK && i < count; i++) {
        sorted[i].place = i;
        err = wsync_text_order_key(names[i], arena, &sorted[i].key);
        if (err == WSYNC_ERR_VALUE) {
            sorted[i].key = wsync_slice(LAST, sizeof LAST);
            err = WSYNC_OK;
        }
    }
    if (err == WSYNC_OK) {
        qsort(sorted, count, sizeof *sorted, compare);
        for (size_t i = 0; i < count; i++) {
            order[i] = sorted[i].place;
        }
    }
    wsync_arena_release(arena, mark);
    return err;
}
