/* SPDX-License-Identifier: Apache-2.0 */
/* frontier.h: the heads a side holds, as one digest and as sorted pages (SPEC section 9.3). */
#ifndef WARDSYNC_FRONTIER_H
#define WARDSYNC_FRONTIER_H

#include "wardsync/log.h"
#include "wardsync/roster.h"

/* Which logs are meant: those `reader` may read (NULL: all), of `except` its branches alone. */
struct wsync_frontier {
    const struct wsync_device *reader;
    uint32_t top; /* the district's unit, readable by all */
    const struct wsync_log_id *except; /* NULL: none */
};

/* The heads of one log in the order of messages: its own, unless a branch goes on from there,
 * and those of its branches. */
struct wsync_tips {
    struct wsync_head items[WSYNC_PATHS_MAX];
    uint32_t numbers[WSYNC_PATHS_MAX]; /* of the branches, 0: the log itself (core/branch.h) */
    size_t count;
};

/* The first such log after `after` (NULL: the first of all) in the order of ids.  NOT_FOUND. */
WSYNC_MUST_USE enum wsync_err wsync_frontier_next(struct wsync_txn *txn,
                                                  const struct wsync_frontier *frontier,
                                                  const struct wsync_log_id *after,
                                                  struct wsync_log *log);

WSYNC_MUST_USE enum wsync_err wsync_frontier_tips(struct wsync_txn *txn,
                                                  const struct wsync_frontier *frontier,
                                                  const struct wsync_log *log,
                                                  struct wsync_tips *tips);

/* Adds a log's heads to a count and a digest that began with zeros. */
void wsync_frontier_add(const struct wsync_tips *tips, uint32_t *count,
                        struct wsync_hash *digest);

/* How many heads there are and their digest in order. */
WSYNC_MUST_USE enum wsync_err wsync_frontier_digest(struct wsync_txn *txn,
                                                    const struct wsync_frontier *frontier,
                                                    uint32_t *count, struct wsync_hash *digest);

#endif
