/* SPDX-License-Identifier: Apache-2.0 */
/* proof.h: the pieces of a proof that a record is in the district's log (SPEC section 16.2).
 *
 * A path is a run of one log from a change up to a head that a leaf of the tree names: what
 * shall be shown stands there as it was signed, of the rest only what the chain needs. */
#ifndef WARDSYNC_PROOF_H
#define WARDSYNC_PROOF_H

#include "wardsync/arena.h"
#include "wardsync/chain.h"

#define WSYNC_PROOF_MAGIC "wardsync proof 1\n"

/* One change: shown, or its public hash alone; the private part is never there. */
struct wsync_proof_step {
    struct wsync_slice change;         /* empty: not shown */
    struct wsync_change_digest digest; /* of a shown one the decoder computes the public hash */
};

struct wsync_proof_path {
    struct wsync_slice genesis; /* empty: it goes on from the path before it */
    uint64_t first;             /* seq of the first step */
    struct wsync_hash before;   /* the chain hash before that; zeros where it goes on */
    const struct wsync_proof_step *steps;
    size_t step_count;                  /* 1 to WSYNC_SET_CHANGES_MAX */
    bool sealed;                        /* false: another one goes on from here */
    struct wsync_checkpoint checkpoint; /* that the seal names */
    struct wsync_signature seal;        /* of the author, over the last step */
};

/* MEMORY; INVALID for more steps than allowed. */
WSYNC_MUST_USE enum wsync_err wsync_proof_path_encode(const struct wsync_proof_path *path,
                                                      struct wsync_arena *arena,
                                                      struct wsync_slice *bytes);
/* MESSAGE, OVERSIZE.  What it points to lives in the arena or in the bytes. */
WSYNC_MUST_USE enum wsync_err wsync_proof_path_decode(struct wsync_slice bytes,
                                                      struct wsync_arena *arena,
                                                      struct wsync_proof_path *path);

/* The digest of a proof's text so far with one more line (without its end): all zero at first.
 */
struct wsync_hash wsync_proof_line(const struct wsync_hash *before, struct wsync_slice line);

/* What a proof says before what proves it, in Vietnamese and English: lines that each begin
 * with "# ".  It follows from the rest, so whoever checks it writes it again and compares. */
struct wsync_proof_head {
    bool has_record;
    struct wsync_log_id log; /* the record */
    uint64_t seq;
    uint32_t op;
    uint32_t scope;
    uint64_t changes; /* shown */
    struct wsync_instance_id instance;
    struct wsync_checkpoint checkpoint; /* the last one of the proof */
    uint64_t old_size;                  /* the one it goes on from; 0: none */
};
enum { WSYNC_PROOF_HEAD_BYTES = 1024 };
struct wsync_slice wsync_proof_head_print(const struct wsync_proof_head *head,
                                          char text[WSYNC_PROOF_HEAD_BYTES]);

#endif
