/* SPDX-License-Identifier: Apache-2.0 */
/* hand.h: the records that a run has in hand: read once, written once, however many of its
 * operations are on them.
 *
 * A row is as long as all that is live in it, up to WSYNC_RECORD_BYTES_MAX, and an operation
 * may be twenty bytes: rows written by the operation would let a clerk's frame of six hundred
 * bytes keep the district busy for a quarter of a second.  Totals, conflicts and attachments
 * follow a record when it is put down; its history, what waits and what is released, at once.
 * Only records of forms below WSYNC_FORM_FIRST, which decide about others, are never in hand
 * for longer than an operation, and with none beside them. */
#ifndef WARDSYNC_CORE_HAND_H
#define WARDSYNC_CORE_HAND_H

#include "core/ledger_parts.h"

enum { WSYNC_HAND_RECORDS_MAX = 64, WSYNC_HAND_BYTES = 1 << 20 };

struct wsync_held_record {
    struct wsync_record record; /* as it is by now */
    struct wsync_record before; /* as its row is */
};

struct wsync_hand {
    struct wsync_arena arena; /* of what is held; lent by that of the run */
    struct wsync_held_record held[WSYNC_HAND_RECORDS_MAX];
    size_t count;
};

/* An empty hand over a part of the arena, which goes back at the end, whatever is held. */
void wsync_hand_open(struct wsync_hand *hand, struct wsync_arena *arena);
void wsync_hand_close(struct wsync_hand *hand, struct wsync_arena *arena);

/* The record in the hand of the case, with room for `values` more live values and `bytes` for
 * what is in them: for one operation, as the next call may put it down.  NOT_FOUND. */
WSYNC_MUST_USE enum wsync_err wsync_hand_take(const struct wsync_case *c, struct wsync_dot id,
                                              size_t values, size_t bytes,
                                              struct wsync_held_record **held);

/* A copy of a value that is written into a record in hand: as long as that is held. */
WSYNC_MUST_USE enum wsync_err wsync_hand_keep(struct wsync_hand *hand,
                                              const struct wsync_value *value,
                                              struct wsync_value *kept);

/* What judging needs to know of a record, in hand or not.  NOT_FOUND. */
WSYNC_MUST_USE enum wsync_err wsync_hand_look(const struct wsync_case *c, struct wsync_dot id,
                                              struct wsync_outline *outline);

/* Writes what is in hand, and what follows from it: behind it the store says all. */
WSYNC_MUST_USE enum wsync_err wsync_hand_put_down(const struct wsync_case *c);

/* ---- merge.c ---- */

/* What follows from a record that was made (`before` NULL) or changed; writes its row. */
WSYNC_MUST_USE enum wsync_err wsync_merge_put(const struct wsync_case *c,
                                              const struct wsync_record *before,
                                              struct wsync_record *record);

#endif
