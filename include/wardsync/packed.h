/* SPDX-License-Identifier: Apache-2.0 */
/* packed.h: a change-set in few bytes: a frame of type 21 (SPEC section 17).
 *
 * It says what a ChangeSet frame says and is unpacked before anything is judged: the ledger
 * sees the same set, and what is hashed and signed are the same bytes.  What the receiver knows
 * of the line anyway is left out; then its changes are compressed.  Without a line nothing is
 * left out and the frame stands alone, as in a bundle. */
#ifndef WARDSYNC_PACKED_H
#define WARDSYNC_PACKED_H

#include "wardsync/arena.h"
#include "wardsync/ledger.h"
#include "wardsync/packer.h"

/* What both sides know of the change-sets that went one way, all zero at first. */
struct wsync_packed_line {
    bool has_log;                       /* `end.log`: of the set before, or the one that Hello
                                         * named */
    bool has_end;                       /* the rest of `end` */
    bool lost;                          /* RECEIVER: the set before was not taken */
    struct wsync_head end;              /* where the set before ended */
    struct wsync_checkpoint checkpoint; /* of the set before */
};

struct wsync_packing {
    const struct wsync_packer *packer;
    bool dictionary;                      /* both sides have the packer's */
    bool by_size;                         /* the receiver keeps the district's checkpoints */
    const struct wsync_packed_line *line; /* NULL: the frame stands alone */
    unsigned level;                       /* how hard the packer tries */
};

/* What a session knows of packing, both ways. */
struct wsync_packed_talk {
    bool packs, dictionary; /* the peer unpacks; and has our dictionary */
    bool said, plain;       /* a packed set was sent; from now on none is */
    struct wsync_packed_line out, in;
};

/* A set as it came, and what is still to be filled in. */
struct wsync_packed {
    struct wsync_change_set set;
    bool continues; /* the set before: with `first`, `previous` */
    bool by_size;   /* `set.checkpoint` has only its size, and: */
    uint8_t root[WSYNC_CHECKPOINT_ROOT_BYTES_MIN]; /* the beginning of its root */
};

/* Writes the frame; INVALID for a set that has no packed form (unsealed, no changes, a genesis
 * where none belongs), OVERSIZE when it would be larger than a frame. */
WSYNC_MUST_USE enum wsync_err wsync_packed_encode(const struct wsync_packing *packing,
                                                  const struct wsync_change_set *set,
                                                  struct wsync_arena *arena,
                                                  struct wsync_slice *frame);

/* Is it a frame of this type?  And of this version and a length that is allowed (FRAME,
 * VERSION): what is asked before its peer is known. */
bool wsync_packed_is(struct wsync_slice frame);
WSYNC_MUST_USE enum wsync_err wsync_packed_check(struct wsync_slice frame);

/* Reads one.  FRAME, VERSION, MESSAGE for anything that is no such frame, OVERSIZE for a size
 * or a count above its limit, before memory is taken for it; NOT_FOUND when it needs what is
 * not known here: a dictionary, or a set before that was not taken. */
WSYNC_MUST_USE enum wsync_err wsync_packed_decode(const struct wsync_packing *packing,
                                                  struct wsync_slice frame,
                                                  struct wsync_arena *arena,
                                                  struct wsync_packed *packed);

/* A set went over the line and ends there; NULL: it was not taken. */
void wsync_packed_note(struct wsync_packed_line *line, const struct wsync_change_set *set,
                       const struct wsync_head *end);

#endif
