/* SPDX-License-Identifier: Apache-2.0 */
/* pace_row.h: what a ward remembers of the way to an address: META "pace/N".
 *
 * A hint: there is a bounded number of rows, another address may take one over, and what cannot
 * be read counts as nothing known. */
#ifndef WARDSYNC_HOST_PACE_ROW_H
#define WARDSYNC_HOST_PACE_ROW_H

#include "wardsync/pace.h"
#include "wardsync/store.h"

enum { WSYNC_PACE_ROWS = 8 };

/* What is known of the way to `address`; all zero when nothing is. */
struct wsync_pace wsync_pace_row_get(struct wsync_txn *txn, const char *address);

WSYNC_MUST_USE enum wsync_err wsync_pace_row_put(struct wsync_txn *txn, const char *address,
                                                 const struct wsync_pace *pace);

#endif
