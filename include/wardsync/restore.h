/* SPDX-License-Identifier: Apache-2.0 */
/* restore.h: what a side does that may have gone back: a backup was put in place, a disk was
 * cloned or moved (SPEC section 13, docs/decisions/0003).
 *
 * Such a side never appends to its open log again: it retires it and opens another one with the
 * next change. */
#ifndef WARDSYNC_RESTORE_H
#define WARDSYNC_RESTORE_H

#include "wardsync/ledger.h"

/* Retires this device's open log of a scope, so that the next change opens a new one that names
 * it as its predecessor.  OK also when there is none. */
WSYNC_MUST_USE enum wsync_err wsync_retire(struct wsync_txn *txn, uint32_t scope);

/* The same for `log` if it is the open log of this device; a district that does so went back:
 * its epoch rises. */
WSYNC_MUST_USE enum wsync_err wsync_retire_log(struct wsync_ledger *ledger,
                                               struct wsync_txn *txn,
                                               const struct wsync_log *log);

/* The same for every open log of this device, which did not go back. */
WSYNC_MUST_USE enum wsync_err wsync_close_own(struct wsync_txn *txn);

/* The same where it did; as the district, the epoch rises once. */
WSYNC_MUST_USE enum wsync_err wsync_retire_all(struct wsync_ledger *ledger,
                                               struct wsync_txn *txn);

/* What a follow-up log of the scope names: the head of the log retired last, as the peer last
 * acknowledged it.  NOT_FOUND when there is none. */
WSYNC_MUST_USE enum wsync_err wsync_retired_head(struct wsync_txn *txn, uint32_t scope,
                                                 struct wsync_head *head);

/* Is the head here, on the log itself or on a branch that is kept aside? */
WSYNC_MUST_USE enum wsync_err wsync_head_held(struct wsync_txn *txn,
                                              const struct wsync_head *head, bool *held);

/* How often the district went back, as it says of itself and as a ward last heard. */
WSYNC_MUST_USE enum wsync_err wsync_epoch_get(struct wsync_txn *txn, uint64_t *epoch);
WSYNC_MUST_USE enum wsync_err wsync_epoch_put(struct wsync_txn *txn, uint64_t epoch);

#endif
