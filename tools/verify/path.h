/* SPDX-License-Identifier: Apache-2.0 */
/* path.h: follows the runs of logs that a proof shows, up to the heads that receipts name. */
#ifndef WARDSYNC_VERIFY_PATH_H
#define WARDSYNC_VERIFY_PATH_H

#include "tools/verify/proof.h"

/* Where a path stands. */
struct path {
    bool open; /* it goes on with the next line */
    struct wsync_genesis genesis;
    struct wsync_head head; /* reached so far */
    size_t first_shown;     /* in the proof's list */
};

/* Takes the next piece; behind a sealed one the path is closed and its head is final. */
WSYNC_MUST_USE bool path_take(struct proof *proof, struct path *path,
                              const struct wsync_proof_path *piece);

/* Does a shown operation make, or name, the record of the proof?  What it names by a reference
 * of another log nobody can say without that log. */
enum path_names { PATH_MAKES, PATH_CHANGES, PATH_MAYBE, PATH_NOT };
enum path_names path_names(const struct proof *proof, const struct proof_shown *shown,
                           const struct wsync_operation *operation, size_t index);

/* The operations of a shown change, in the arena; false when they cannot be read. */
WSYNC_MUST_USE bool path_operations(const struct proof_shown *shown, struct wsync_arena *arena,
                                    struct wsync_context *context,
                                    struct wsync_operation **operations);

#endif
