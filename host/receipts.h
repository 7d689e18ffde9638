/* SPDX-License-Identifier: Apache-2.0 */
/* receipts.h: receipts as proofs and exports show them: those a ward keeps, and what the
 * district's last checkpoint proves. */
#ifndef WARDSYNC_HOST_RECEIPTS_H
#define WARDSYNC_HOST_RECEIPTS_H

#include "host/site.h"
#include "wardsync/receipt.h"

/* What is asked of the district's last checkpoint. */
struct wsync_receipts_query {
    const uint64_t *indexes; /* of leaves, ascending; the heads leaf is added */
    size_t count;            /* at most WSYNC_PROVE_HEADS_MAX */
    uint32_t scope;          /* its place among the scopes; 0: none */
    uint64_t old_size;       /* an older tree it goes on from; 0: none */
    uint64_t size;           /* of the checkpoint; 0: the last one */
};

/* Makes the receipt in the site's arena, within its transaction.  NOT_FOUND when this store
 * signed no checkpoint of the tree that grows; INVALID for leaves or a size beyond it. */
WSYNC_MUST_USE enum wsync_err wsync_receipts_now(struct wsync_site *site,
                                                 const struct wsync_receipts_query *query,
                                                 struct wsync_receipt *receipt);

/* At the district: signs where the tree stands, in a transaction of its own, so that what is
 * shown next is all named by one checkpoint.  Nothing where no log is kept or its key is not
 * here. */
WSYNC_MUST_USE enum wsync_err wsync_receipts_sign(struct wsync_site *site,
                                                  struct wsync_error *error);

/* At the district: is the log key here, and the one that the roster names?  Without it no
 * receipts are given.  Within the site's transaction. */
enum wsync_log_key { WSYNC_LOG_KEY_IN_FORCE, WSYNC_LOG_KEY_MISSING, WSYNC_LOG_KEY_OTHER };
WSYNC_MUST_USE enum wsync_err wsync_receipts_key(struct wsync_site *site,
                                                 enum wsync_log_key *key);

/* A checkpoint of the tree that grows, as it was signed; NOT_FOUND for a size that was not. */
WSYNC_MUST_USE enum wsync_err wsync_receipts_signed(struct wsync_site *site, uint64_t size,
                                                    struct wsync_signed_checkpoint *checkpoint);

/* Does the last checkpoint name what the store holds now, all scopes and the roster? */
WSYNC_MUST_USE enum wsync_err wsync_receipts_current(struct wsync_site *site, bool *current);

#endif
