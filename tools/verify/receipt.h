/* SPDX-License-Identifier: Apache-2.0 */
/* receipt.h: receipts and checkpoints of the district, checked by this program's own reading of
 * SPEC section 15. */
#ifndef WARDSYNC_VERIFY_RECEIPT_H
#define WARDSYNC_VERIFY_RECEIPT_H

#include "tools/verify/views.h"
#include "wardsync/leaf.h"

/* What a receipt that holds by itself says. */
struct receipt_facts {
    struct wsync_checkpoint checkpoint, old; /* `old`: of the tree it goes on from, or none */
    uint64_t indexes[WSYNC_RECEIPT_LEAVES_MAX];
    struct wsync_leaf leaves[WSYNC_RECEIPT_LEAVES_MAX];
    size_t count; /* the last is the heads leaf */
    bool has_scope;
    struct wsync_scope_heads scope;
};

/* Signed, its leaves are in the tree, it ends with a heads leaf of the roster in the file, and
 * contradicts none of the views, to which it is added. */
WSYNC_MUST_USE bool receipt_check(struct audit *audit, const struct wsync_receipt *receipt,
                                  struct views *views, struct receipt_facts *facts,
                                  struct audit_fault *fault);

/* One more head of a scope's frontier (SPEC section 9.3). */
void receipt_add_head(struct wsync_scope_heads *scope, const struct wsync_head *head);

/* Every change-set it names is in the log that was read, under that hash. */
WSYNC_MUST_USE bool receipt_against_log(struct audit *audit, const struct receipt_facts *facts,
                                        struct audit_fault *fault);

/* Are the logs that were read, of all scopes or of the receipt's scope, exactly those of the
 * heads leaf? */
enum receipt_cover { RECEIPT_COVERS_ALL, RECEIPT_COVERS_SCOPE, RECEIPT_COVERS_LESS };
WSYNC_MUST_USE bool receipt_cover(struct audit *audit, const struct receipt_facts *facts,
                                  enum receipt_cover *cover, struct audit_fault *fault);

#endif
