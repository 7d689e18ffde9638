/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/verify/views.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE_FIRST = 64, WHERE_BYTES = 120 };

void views_fini(struct views *views)
{
    free(views->items);
    *views = (struct views){.items = NULL};
}

static int compare(const struct wsync_checkpoint *a, const struct wsync_checkpoint *b)
{
    int order = memcmp(a->tree, b->tree, sizeof a->tree);
    if (order != 0) {
        return order;
    }
    return a->size < b->size ? -1 : a->size > b->size;
}

/* Where a checkpoint of this tree and size stands or would stand. */
static size_t place_of(const struct views *views, const struct wsync_checkpoint *checkpoint)
{
    size_t low = 0;
    size_t high = views->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (compare(&views->items[middle].checkpoint, checkpoint) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void describe(const struct view *view, char text[WHERE_BYTES])
{
    char root[9];
    char log[AUDIT_NAME_BYTES];
    wsync_hex_encode(wsync_slice(view->checkpoint.root.b, sizeof root / 2), root);
    if (view->receipt) {
        snprintf(text, WHERE_BYTES, "root %s... in a receipt of %s", root, view->file);
    } else {
        snprintf(text, WHERE_BYTES, "root %s... in the seal of %s-%" PRIu64 " of %s", root,
                 audit_log_name(&view->head.log, log), view->head.seq, view->file);
    }
}

static bool contradict(const struct view *one, const struct view *other,
                       struct audit_fault *fault)
{
    char tree[9];
    char here[WHERE_BYTES];
    char there[WHERE_BYTES];
    wsync_hex_encode(wsync_slice(one->checkpoint.tree, sizeof tree / 2), tree);
    describe(one, here);
    describe(other, there);
    return audit_fail(fault, WSYNC_ERR_SPLIT,
                      "Two trees were shown: tree %s... of size %" PRIu64 " has %s and %s.",
                      tree, one->checkpoint.size, here, there);
}

bool views_add(struct views *views, const struct view *view, struct audit_fault *fault)
{
    static const struct wsync_checkpoint NONE;
    if (compare(&view->checkpoint, &NONE) == 0) {
        return true;
    }
    size_t at = place_of(views, &view->checkpoint);
    struct view *there = at < views->count ? &views->items[at] : NULL;
    if (there && compare(&there->checkpoint, &view->checkpoint) == 0) {
        return wsync_hash_equal(&there->checkpoint.root, &view->checkpoint.root) ||
               contradict(there, view, fault);
    }
    if (views->count == views->size) {
        size_t size = views->size == 0 ? SIZE_FIRST : 2 * views->size;
        struct view *grown = realloc(views->items, size * sizeof *grown);
        if (!grown) {
            return audit_fail(fault, WSYNC_ERR_MEMORY, "There is not enough memory.");
        }
        views->items = grown;
        views->size = size;
    }
    memmove(&views->items[at + 1], &views->items[at],
            (views->count - at) * sizeof *views->items);
    views->items[at] = *view;
    views->count++;
    return true;
}

const struct view *views_largest(const struct views *views)
{
    return views->count > 0 ? &views->items[views->count - 1] : NULL;
}
