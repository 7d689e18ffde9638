/* SPDX-License-Identifier: Apache-2.0 */
/* dots.h: dots in the order they came, of which one is found without a look at each: records
 * and operations come with hundreds of them, and a peer chooses which. */
#ifndef WARDSYNC_CORE_DOTS_H
#define WARDSYNC_CORE_DOTS_H

#include "wardsync/ids.h"

struct wsync_dots {
    struct wsync_dot *dots; /* as they came; room is the caller's */
    uint16_t *order;        /* indices into them, ascending by dot; as much room */
    size_t count;
};

/* The index of the dot; `count` when it is not there. */
size_t wsync_dots_find(const struct wsync_dots *dots, struct wsync_dot dot);

/* Puts a dot at the end, whether or not it is there. */
void wsync_dots_add(struct wsync_dots *dots, struct wsync_dot dot);

#endif
