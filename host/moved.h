/* SPDX-License-Identifier: Apache-2.0 */
/* moved.h: the mark on a data directory whose ward was moved to another machine: it shows
 * everything and records nothing more. */
#ifndef WARDSYNC_HOST_MOVED_H
#define WARDSYNC_HOST_MOVED_H

#include "host/site.h"

/* Sets the mark with its time, or takes it away (`when` 0), in a transaction of its own. */
WSYNC_MUST_USE enum wsync_err wsync_moved_put(struct wsync_site *site, int64_t when,
                                              struct wsync_error *error);

/* When the ward was moved away, 0 for never; in the open transaction. */
WSYNC_MUST_USE enum wsync_err wsync_moved_get(struct wsync_txn *txn, int64_t *when);

#endif
