/* SPDX-License-Identifier: Apache-2.0 */
/* bundle_take.h: the frames of a bundle: packed for the file, and taken where it arrives. */
#ifndef WARDSYNC_BUNDLE_TAKE_H
#define WARDSYNC_BUNDLE_TAKE_H

#include "wardsync/ledger.h"
#include "wardsync/packer.h"

/* A frame as it goes into a file: a change-set packed by itself where that is smaller, anything
 * else as it is.  It lives in the arena, or is `frame`. */
WSYNC_MUST_USE enum wsync_err wsync_bundle_pack(const struct wsync_packer *packer,
                                                struct wsync_arena *arena,
                                                struct wsync_slice frame,
                                                struct wsync_slice *packed);
/* And back: OVERSIZE, MESSAGE and so on for one that does not unpack. */
WSYNC_MUST_USE enum wsync_err wsync_bundle_unpack(const struct wsync_packer *packer,
                                                  struct wsync_arena *arena,
                                                  struct wsync_slice frame,
                                                  struct wsync_slice *plain);

/* ---- at the ward ---- */

/* Takes the roster's statements of a frame of an answer, each of which is signed by itself: how
 * a ward without a line learns the keys that the answer itself is signed with.  `*taken` counts
 * those that are new here. */
WSYNC_MUST_USE enum wsync_err wsync_bundle_take_statements(
    struct wsync_txn *txn, struct wsync_arena *arena, struct wsync_slice frame,
    const struct wsync_instance_id *instance, uint64_t *taken);

/* ---- at the district ---- */

/* What became of one frame. */
struct wsync_bundle_taken {
    bool is_set;             /* a change-set; else statements, or something for the answer */
    enum wsync_err err;      /* the peer's: why nothing of it was taken */
    struct wsync_log_id log; /* of a change-set */
    uint64_t first, last;
    uint64_t changes;    /* that were not here before */
    uint64_t statements; /* of the roster, likewise */
};

/* Takes a frame of a bundle into the transaction: a change-set as a session would, whoever
 * brings it; statements that this roster lost.  Frames that ask for an answer are passed over.
 * An error is ours; what the frame has done wrong is in `taken->err`, and then nothing of it
 * was taken. */
struct wsync_bundle_taking {
    struct wsync_ledger *ledger;
    const struct wsync_packer *packer;
    struct wsync_txn *txn;
    struct wsync_arena *arena;
};
WSYNC_MUST_USE enum wsync_err wsync_bundle_take(const struct wsync_bundle_taking *taking,
                                                struct wsync_slice frame,
                                                struct wsync_bundle_taken *taken);

#endif
