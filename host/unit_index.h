/* SPDX-License-Identifier: Apache-2.0 */
/* unit_index.h: the units of a site that a text may name: a unit and those below it.
 *
 * For reading many values (value_text.h); made within a transaction, valid without one. */
#ifndef WARDSYNC_HOST_UNIT_INDEX_H
#define WARDSYNC_HOST_UNIT_INDEX_H

#include "host/site.h"

struct wsync_unit_name {
    const struct wsync_unit_name *next;
    uint32_t id;
    struct wsync_slice code;
    struct wsync_slice key; /* of the name, wsync_text_search_key */
};

struct wsync_unit_index {
    struct wsync_arena *arena; /* for the work of a search, which leaves it as it was */
    const struct wsync_unit_name *first;
    size_t count;
};

/* Takes `top` and the units below it, as they are on `day`, into the arena; the site's arena is
 * left as it was.  NOT_FOUND when there is no such unit, MEMORY, and those of the store. */
WSYNC_MUST_USE enum wsync_err wsync_unit_index_load(struct wsync_site *site, uint32_t top,
                                                    int32_t day, struct wsync_arena *arena,
                                                    struct wsync_unit_index *index);

/* A wsync_unit_finder whose context is a struct wsync_unit_index: the one unit whose id or code
 * this is, or whose name has the same search key. */
WSYNC_MUST_USE enum wsync_err wsync_unit_index_find(void *context, struct wsync_slice text,
                                                    uint32_t *unit);

#endif
