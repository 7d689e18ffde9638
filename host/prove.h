/* SPDX-License-Identifier: Apache-2.0 */
/* prove.h: a proof as text (SPEC section 16.2): that the changes of one record are in the
 * district's log, or that one of its checkpoints goes on from another.
 *
 * A ward proves by the receipts that it keeps, so only what its own logs say; the district by
 * its tree.  What cannot be proven is counted, never passed over in silence. */
#ifndef WARDSYNC_HOST_PROVE_H
#define WARDSYNC_HOST_PROVE_H

#include <stdio.h>

#include "host/site.h"

struct wsync_proof_request {
    bool has_record;
    struct wsync_dot record;
    uint64_t receipt;        /* ward: one that it keeps, by itself; 0: none */
    uint64_t old_size, size; /* district: two checkpoints of its tree; 0: none */
    FILE *out;
};

struct wsync_proof_result {
    uint64_t proven;   /* changes of the record that the proof shows */
    uint64_t unproven; /* no receipt, or no leaf, names these yet */
    uint64_t size;     /* of the tree */
};

/* Writes the proof within the site's transaction.  NOT_FOUND when nothing of it can be proven
 * (with a sentence that says why), STORE_IO when the stream does not take it. */
WSYNC_MUST_USE enum wsync_err wsync_proof_write(struct wsync_site *site,
                                                const struct wsync_proof_request *request,
                                                struct wsync_proof_result *result,
                                                struct wsync_error *error);

#endif
