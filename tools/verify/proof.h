/* SPDX-License-Identifier: Apache-2.0 */
/* proof.h: a proof, a receipt or a pair of checkpoints as text (SPEC section 16.2), read and
 * checked line by line. */
#ifndef WARDSYNC_VERIFY_PROOF_H
#define WARDSYNC_VERIFY_PROOF_H

#include "tools/verify/receipt.h"
#include "wardsync/proof.h"

enum { PROOF_PENDING_MAX = 64, PROOF_SHOWN_MAX = 4096 };

/* A change that the proof shows. */
struct proof_shown {
    struct wsync_log_id log;
    uint64_t seq;
    uint32_t scope;
    struct wsync_device_id device;
    struct wsync_slice bytes; /* the public part */
    bool personal;            /* it has a private part */
    int64_t arrived;          /* at the district; 0: not said */
};

struct proof {
    struct audit audit;
    struct views views;
    struct audit_fault *fault;
    uint8_t *text; /* the file */
    struct wsync_arena arena;
    bool has_record, record_is_made; /* named; its creation is among what is shown */
    struct wsync_head record;        /* log and seq */
    uint32_t record_op;
    uint32_t record_scope;
    struct proof_shown *shown;
    size_t shown_count;
    struct wsync_head *passed; /* every head that the paths before the next receipt pass */
    size_t passed_count, passed_size;
    struct receipt_facts facts;                /* of the last receipt; without leaves: none */
    struct wsync_signed_checkpoint checkpoint; /* that receipt's */
    uint64_t receipts;
};

/* Reads and checks the file.  The proof is the caller's to close, whatever the answer. */
WSYNC_MUST_USE bool proof_check(struct proof *proof, const struct audit_trust *trust,
                                const char *path, struct audit_fault *fault);
void proof_close(struct proof *proof);

#endif
