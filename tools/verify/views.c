/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/verify/views.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wardsync/crypto.h"

enum { SIZE_FIRST = 64, WHERE_BYTES = 120, FULL = 2 /* one place in two is taken */ };

void views_fini(struct views *views)
{
    free(views->items);
    *views = (struct views){.items = NULL};
}

static bool same_place(const struct wsync_checkpoint *a, const struct wsync_checkpoint *b)
{
    return memcmp(a->tree, b->tree, sizeof a->tree) == 0 && a->size == b->size;
}

/* Where a checkpoint of this tree and size stands or would stand; authors choose both, and
 * cannot choose this.  A place without a file is free. */
static size_t place_of(const struct views *views, const struct wsync_checkpoint *checkpoint)
{
    struct wsync_slice pieces[] = {wsync_slice(checkpoint->tree, sizeof checkpoint->tree),
                                   wsync_slice(&checkpoint->size, sizeof checkpoint->size)};
    struct wsync_hash hash = wsync_sha256(pieces, 2);
    size_t at;
    memcpy(&at, hash.b, sizeof at);
    for (at %= views->size;
         views->items[at].file && !same_place(&views->items[at].checkpoint, checkpoint);
         at = (at + 1) % views->size) { /* ends: some place is free */
    }
    return at;
}

static bool grow(struct views *views)
{
    struct views grown = {.count = views->count,
                          .size = views->size == 0 ? SIZE_FIRST : FULL * views->size};
    grown.items = calloc(grown.size, sizeof *grown.items);
    for (size_t i = 0; grown.items && i < views->size; i++) {
        if (views->items[i].file) {
            grown.items[place_of(&grown, &views->items[i].checkpoint)] = views->items[i];
        }
    }
    if (grown.items) {
        free(views->items);
        *views = grown;
    }
    return grown.items != NULL;
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
    if (same_place(&view->checkpoint, &NONE)) {
        return true;
    }
    if (FULL * views->count >= views->size && !grow(views)) {
        return audit_fail(fault, WSYNC_ERR_MEMORY, "There is not enough memory.");
    }
    struct view *there = &views->items[place_of(views, &view->checkpoint)];
    if (there->file) {
        return wsync_hash_equal(&there->checkpoint.root, &view->checkpoint.root) ||
               contradict(there, view, fault);
    }
    *there = *view;
    views->count++;
    return true;
}

bool views_has(const struct views *views, const struct wsync_checkpoint *checkpoint)
{
    return views->count > 0 && views->items[place_of(views, checkpoint)].file;
}
