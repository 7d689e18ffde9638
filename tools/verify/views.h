/* SPDX-License-Identifier: Apache-2.0 */
/* views.h: the checkpoints that authors and the district signed, side by side.
 *
 * Every seal names the last checkpoint its author verified, so each log that was handed in is a
 * witness.  A tree has one root for each size: two are a split view, which nobody can explain
 * away, since both are signed. */
#ifndef WARDSYNC_VERIFY_VIEWS_H
#define WARDSYNC_VERIFY_VIEWS_H

#include "tools/verify/audit.h"

struct view {
    struct wsync_checkpoint checkpoint;
    const char *file;       /* always there */
    bool receipt;           /* the district's own word; else of a seal */
    struct wsync_head head; /* that the seal covers */
};

struct views {
    struct view *items; /* each where a hash of its tree and size leads */
    size_t count, size;
};

void views_fini(struct views *views);

/* Adds a checkpoint ("none" is passed over); false when it contradicts one that is there, with
 * both in the fault's sentence. */
WSYNC_MUST_USE bool views_add(struct views *views, const struct view *view,
                              struct audit_fault *fault);

/* Is one of this tree and size there? */
WSYNC_MUST_USE bool views_has(const struct views *views,
                              const struct wsync_checkpoint *checkpoint);

#endif
