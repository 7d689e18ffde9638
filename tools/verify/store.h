/* SPDX-License-Identifier: Apache-2.0 */
/* store.h: the ordered store that the auditor's ledger works on: skip lists in memory.
 *
 * It is a wsync_store (include/wardsync/store.h) cut down to what an auditor needs: one
 * transaction at a time, and a write transaction that is aborted after it wrote spends the
 * store, since whoever met something that does not hold stops there.  It has no line in common
 * with the stores of the programs it checks. */
#ifndef WARDSYNC_VERIFY_STORE_H
#define WARDSYNC_VERIFY_STORE_H

#include "wardsync/store.h"

/* An empty store; NULL when there is no memory.  A second transaction, and one in a store that
 * is spent, is answered INVALID. */
WSYNC_MUST_USE struct wsync_store *audit_store_new(void);

#endif
