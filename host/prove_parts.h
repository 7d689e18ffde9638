/* SPDX-License-Identifier: Apache-2.0 */
/* prove_parts.h: what the files of prove.h share: prove_plan.c finds how each change can be
 * proven, prove.c writes it down. */
#ifndef WARDSYNC_HOST_PROVE_PARTS_H
#define WARDSYNC_HOST_PROVE_PARTS_H

#include "host/prove.h"
#include "host/receipts.h"
#include "wardsync/proof.h"

enum { WSYNC_PROOF_TOUCHES_MAX = 512 };

/* Changes of one log that one leaf, or the heads of a unit, prove. */
struct wsync_proof_unit {
    struct wsync_log log;
    struct wsync_head end;
    uint64_t sealed;  /* at or behind `end`: where the author's seal stands */
    uint64_t receipt; /* ward: the one that names `end` */
    bool by_heads;    /* district: no leaf does, but the log's head is among the unit's */
    uint64_t index;   /* district: of the leaf */
    uint64_t touches[WSYNC_PROOF_TOUCHES_MAX]; /* ascending seqs */
    size_t touch_count;
};

struct wsync_proof_plan {
    struct wsync_proof_unit *units; /* of equal receipts side by side, those by heads last */
    size_t count, size;
    uint64_t touches, unproven;
};

/* Finds every change of the record and what proves it.  The plan is freed by `fini`. */
WSYNC_MUST_USE enum wsync_err wsync_proof_plan(struct wsync_site *site, struct wsync_dot record,
                                               struct wsync_proof_plan *plan);
void wsync_proof_plan_fini(struct wsync_proof_plan *plan);

/* A receipt that the ward keeps, in the site's arena; NOT_FOUND. */
WSYNC_MUST_USE enum wsync_err wsync_proof_kept(struct wsync_site *site, uint64_t number,
                                               struct wsync_receipt *receipt);

#endif
