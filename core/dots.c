/* SPDX-License-Identifier: Apache-2.0 */
#include "core/dots.h"

#include <string.h>

static bool is_before(struct wsync_dot a, struct wsync_dot b)
{
    if (a.log_no != b.log_no) {
        return a.log_no < b.log_no;
    }
    return a.seq != b.seq ? a.seq < b.seq : a.op < b.op;
}

/* The place in the order of the first dot that is not before this one. */
static size_t place_of(const struct wsync_dots *dots, struct wsync_dot dot)
{
    size_t first = 0;
    size_t end = dots->count;
    while (first < end) {
        size_t middle = first + (end - first) / 2;
        if (is_before(dots->dots[dots->order[middle]], dot)) {
            first = middle + 1;
        } else {
            end = middle;
        }
    }
    return first;
}

size_t wsync_dots_find(const struct wsync_dots *dots, struct wsync_dot dot)
{
    size_t place = place_of(dots, dot);
    bool there = place < dots->count && wsync_dot_equal(dots->dots[dots->order[place]], dot);
    return there ? dots->order[place] : dots->count;
}

void wsync_dots_add(struct wsync_dots *dots, struct wsync_dot dot)
{
    size_t place = place_of(dots, dot);
    memmove(dots->order + place + 1, dots->order + place,
            (dots->count - place) * sizeof *dots->order);
    dots->order[place] = (uint16_t)dots->count;
    dots->dots[dots->count++] = dot;
}
