/* SPDX-License-Identifier: Apache-2.0 */
/* rotation.h: what a device does that gets new keys (SPEC section 7.12).
 *
 * One log has one key: the logs that the old key wrote are sealed to their ends and closed, and
 * the new key opens new ones.  A rotation is signed by both keys, and takes effect when the
 * district's registrar put it into the roster.
 *
 * A host keeps the new keys on disk first; the commit of `begin` decides that the new signing
 * key writes from there on.  The keys before go once the roster names the new ones, sealed with
 * once more (wsync_seal_own); until then the old transport key serves, and opens the door of a
 * district that went back behind the rotation.  At each start the keys to use are those that
 * wsync_rotation_pending names, else those that the roster names of the files that are there,
 * else the newest. */
#ifndef WARDSYNC_ROTATION_H
#define WARDSYNC_ROTATION_H

#include "wardsync/desk.h"
#include "wardsync/ledger.h"

/* ---- seals ---- */

/* Did this key write the log, so that its changes may be sealed at will? */
bool wsync_wrote(const struct wsync_identity *identity, const struct wsync_log *log);

/* Keeps a seal for everything that this key wrote, branches included, in runs that any side may
 * send on: the secret is not needed any more to hand it in.  Runs that are sealed already stay
 * as they are.  The seals name the last checkpoint this store verified or signed. */
WSYNC_MUST_USE enum wsync_err wsync_seal_own(struct wsync_txn *txn,
                                             const struct wsync_identity *identity);

/* ---- new keys for a device ---- */

struct wsync_new_keys {
    struct wsync_signing_key signing_key;
    struct wsync_signing_secret secret; /* wiped by its owner */
    struct wsync_transport_key transport_key;
};

/* A rotation that waits for the district. */
struct wsync_rotation_wish {
    struct wsync_signing_key old_key;
    struct wsync_rotation rotation;
};

/* May `identity` begin a rotation to these keys, or (NULL) to any?  EXISTS, DEVICE and, of its
 * keys, INVALID as below. */
WSYNC_MUST_USE enum wsync_err wsync_rotation_may_begin(struct wsync_txn *txn,
                                                       struct wsync_arena *arena,
                                                       const struct wsync_identity *identity,
                                                       const struct wsync_new_keys *keys);

/* Seals and closes the logs of `identity`, and keeps the rotation for the next sessions.
 * EXISTS: one waits already, unless it is of these keys on the word of a key that was rotated
 * away meanwhile: then the key in force asks anew.  DEVICE: the roster names another key of the
 * device, or none; INVALID: it wrote more logs than a statement can pin, or has had as many
 * keys as it may have.  From the commit on the device writes with the new signing key.  The
 * rotation lives in the arena.  A node passes it on to wsync_rotation_honour and calls
 * wsync_rotation_check, all in one transaction. */
WSYNC_MUST_USE enum wsync_err wsync_rotation_begin(struct wsync_txn *txn,
                                                   struct wsync_arena *arena,
                                                   const struct wsync_identity *identity,
                                                   const struct wsync_new_keys *keys,
                                                   struct wsync_rotation *rotation);

/* What waits; NOT_FOUND.  It lives in the arena. */
WSYNC_MUST_USE enum wsync_err wsync_rotation_pending(struct wsync_txn *txn,
                                                     struct wsync_arena *arena,
                                                     struct wsync_rotation_wish *wish);

/* To be called once statements were taken (a session does): what waited and stands in the
 * roster now waits no more.  DEVICE when the roster names a signing key of this device that is
 * not `identity`'s, nor the one before it while a rotation waits: somebody else holds its keys.
 */
WSYNC_MUST_USE enum wsync_err wsync_rotation_check(struct wsync_txn *txn,
                                                   struct wsync_arena *arena,
                                                   const struct wsync_identity *identity);

/* Was the device asked to rotate its keys, and has not? */
bool wsync_rotation_is_asked(const struct wsync_device *device);

/* ---- at the district ---- */

struct wsync_rotation_request {
    const struct wsync_rotation *rotation;
    int64_t now; /* seconds since 1970 */
};

/* Has the registrar put the rotation into the roster, and gives the statement, which lives in
 * the arena or the store; the same rotation again gets the same answer.  DEVICE, REVOKED,
 * SUSPENDED; SIGNATURE: not signed by both keys; ROSTER: a key is in use, or the device has too
 * many; BUSY: the desk has no registrar's secret. */
WSYNC_MUST_USE enum wsync_err wsync_rotation_honour(
    struct wsync_txn *txn, struct wsync_arena *arena, const struct wsync_desk *desk,
    const struct wsync_rotation_request *request, struct wsync_signed_statement *result);

/* ---- another device in place of this one ---- */

/* The device that this store was of gets a successor: seals all that its key wrote, which can
 * then go, closes its logs, and notes what was not handed in.  What of that turns out not to
 * count (the old device is revoked before it) the new device writes again in its own log, once
 * the roster names it and this one as its predecessor.  The host then puts the new identity in
 * place of this one, in the same step as far as it can.  A rotation that waits is given up:
 * what its key wrote nobody could take from anybody else, it stays here, set apart. */
WSYNC_MUST_USE enum wsync_err wsync_rejoin_begin(struct wsync_txn *txn,
                                                 const struct wsync_identity *identity);

#endif
