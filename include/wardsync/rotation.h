/* SPDX-License-Identifier: Apache-2.0 */
/* rotation.h: what a device does that gets new keys (SPEC section 7.7).
 *
 * One log has one key: the logs that the old key wrote are sealed to their ends and closed, and
 * the new key opens new ones. */
#ifndef WARDSYNC_ROTATION_H
#define WARDSYNC_ROTATION_H

#include "wardsync/ledger.h"

/* Did this key write the log, so that its changes may be sealed at will? */
bool wsync_wrote(const struct wsync_identity *identity, const struct wsync_log *log);

/* Keeps a seal for everything that this key wrote, branches included, in runs that any side may
 * send on: the secret is not needed any more to hand it in.  Runs that are sealed already stay
 * as they are. */
WSYNC_MUST_USE enum wsync_err wsync_seal_own(struct wsync_txn *txn,
                                             const struct wsync_identity *identity,
                                             const struct wsync_checkpoint *checkpoint);

/* The device that this store was of gets a successor: seals all that its key wrote, which can
 * then go, closes its logs, and notes what was not handed in.  What of that turns out not to
 * count (the old device is revoked before it) the new device writes again in its own log, once
 * the roster names it and this one as its predecessor.  The host then puts the new identity in
 * place of this one, in the same step as far as it can. */
WSYNC_MUST_USE enum wsync_err wsync_rejoin_begin(struct wsync_txn *txn,
                                                 const struct wsync_identity *identity,
                                                 const struct wsync_checkpoint *checkpoint);

#endif
