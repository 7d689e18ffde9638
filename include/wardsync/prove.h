/* SPDX-License-Identifier: Apache-2.0 */
/* prove.h: what a ward asks of the transparency log and what the district owes to it, as
 * messages hold it (SPEC section 15.4). */
#ifndef WARDSYNC_PROVE_H
#define WARDSYNC_PROVE_H

#include "wardsync/checkpoint.h"

struct wsync_prove {
    struct wsync_signed_checkpoint last; /* all zero: none */
    const struct wsync_head *heads;
    size_t head_count;
    uint32_t scope;
    uint32_t before; /* so many were said in the session */
};

struct wsync_receipt {
    struct wsync_signed_checkpoint checkpoint;
    const uint64_t *indexes;
    const struct wsync_slice *leaves;
    size_t leaf_count;
    struct wsync_slice hashes, path;
    uint32_t position;
    struct wsync_slice scope; /* empty: the scope has no log */
    uint64_t old_size;        /* of the ward's last checkpoint in this tree; 0: none */
};

#endif
