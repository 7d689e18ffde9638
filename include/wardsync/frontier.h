/* SPDX-License-Identifier: Apache-2.0 */
/* frontier.h: the heads a side holds, as one digest and as sorted pages (SPEC section 9.3). */
#ifndef WARDSYNC_FRONTIER_H
#define WARDSYNC_FRONTIER_H

#include "wardsync/log.h"
#include "wardsync/roster.h"

/* Which logs are meant: those `reader` may read (NULL: all) without the log `except`. */
struct wsync_frontier {
    const struct wsync_device *reader;
    uint32_t top; /* the district's unit, readable by all */
    const struct wsync_log_id *except; /* NULL: none */
};

/* The first such log after `after` (NULL: the first of all) in the order of ids.  NOT_FOUND. */
WSYNC_MUST_USE enum wsync_err wsync_frontier_next(struct wsync_txn *txn,
                                                  const struct wsync_frontier *frontier,
                                                  const struct wsync_log_id *after,
                                                  struct wsync_log *log);

/* How many logs there are and the digest of their heads in order. */
WSYNC_MUST_USE enum wsync_err wsync_frontier_digest(struct wsync_txn *txn,
                                                    const struct wsync_frontier *frontier,
                                                    uint32_t *count, struct wsync_hash *digest);

#endif
