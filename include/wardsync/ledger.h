/* SPDX-License-Identifier: Apache-2.0 */
/* ledger.h: takes change-sets and own changes into a transaction: chain, seal, roster, rights,
 * forms, merge, totals, heads (SPEC sections 5, 6 and 10).  Both programs use it, so a ward
 * sees its totals offline.
 *
 * Accepting first validates by reads alone, then writes: an error that is the peer's doing
 * leaves the transaction as it was.  An error of the store (wsync_err_is_ours) leaves it to be
 * aborted. */
#ifndef WARDSYNC_LEDGER_H
#define WARDSYNC_LEDGER_H

#include "wardsync/blob.h"
#include "wardsync/catalog.h"
#include "wardsync/log.h"
#include "wardsync/record.h"
#include "wardsync/roster.h"

/* The device this program writes as; `secret` is wiped by its owner. */
struct wsync_identity {
    struct wsync_device_id device;
    struct wsync_signing_key signing_key;
    struct wsync_signing_secret secret;
};

/* What a change that the ledger writes by itself (a verdict, a copy) is written with: the host
 * draws it anew before each transaction. */
struct wsync_moment {
    int64_t time; /* seconds since 1970; 0: none, such changes wait for the next run */
    struct wsync_entropy entropy;
};

struct wsync_ledger {
    struct wsync_catalog *catalog;
    const struct wsync_identity *identity; /* NULL: a reader that writes nothing */
    struct wsync_blobs *blobs;             /* attachments; NULL: none are kept here */
    struct wsync_moment moment;
};

/* A run of changes of one log with its seal, as decoded from a message. */
struct wsync_change_set {
    struct wsync_log_id log;
    uint64_t first;                         /* seq of the first change */
    uint8_t previous[WSYNC_PREVIOUS_BYTES]; /* beginning of the chain hash before it */
    struct wsync_slice genesis;             /* empty unless first is 1 */
    struct wsync_raw_change *changes;
    size_t change_count;
    struct wsync_checkpoint checkpoint;
    bool sealed;
    struct wsync_signature seal;
};

/* Takes a change-set.  What is held already is compared and passed over; what leaves the branch
 * held here is kept beside it as evidence (SPEC section 5.7).  On OK `*held` is the end of the
 * set: what may be acknowledged after the commit.
 * Peer's: MESSAGE, GENESIS, INSTANCE, DEVICE, SCOPE, REVOKED, CHAIN, FORK, UNSEALED, SEAL,
 * CONTEXT; passing: GAP, BEHIND; ours: DIVERGED when it goes beyond what this store holds of
 * the log it is writing itself: retire that log first (restore.h). */
WSYNC_MUST_USE enum wsync_err wsync_ledger_accept(struct wsync_ledger *ledger,
                                                  struct wsync_txn *txn,
                                                  struct wsync_arena *arena,
                                                  const struct wsync_change_set *set,
                                                  struct wsync_head *held);

/* One operation as its author means it, in terms of this store's dots. */
struct wsync_intent {
    enum wsync_kind kind;
    uint32_t form, version;
    bool creates;
    struct wsync_dot record;
    const struct wsync_dot *bases; /* the values the person was shown */
    size_t base_count;
    const struct wsync_write *writes; /* ascending by field */
    size_t write_count;
    struct wsync_dot other; /* duplicate */
};

/* A change that is written again from a branch that gave way (SPEC section 13.3). */
struct wsync_again {
    struct wsync_reference origin; /* names exactly that change */
    int64_t stamp;                 /* absolute, of the first writing */
};
#define WSYNC_AGAIN_ITSELF UINT32_MAX /* log number of a dot of the change itself */

struct wsync_authoring {
    uint32_t scope; /* the log to write: this device's log of that unit */
    uint32_t actor; /* staff number; 0: nobody named */
    int64_t now;    /* seconds since 1970 */
    struct wsync_entropy entropy;
    const struct wsync_intent *intents;
    size_t intent_count;
    const struct wsync_again *again; /* NULL: a new change */
};

/* Appends one change to this device's log of the scope, opening the log when there is none, and
 * merges it.  `*written` names its first operation.  A change that peers would quarantine, wait
 * with or refuse is an error here (its reason) and the transaction is to be aborted; one that
 * is written again is kept whatever is judged, and when it cannot be encoded nothing was
 * written. */
WSYNC_MUST_USE enum wsync_err wsync_ledger_write(struct wsync_ledger *ledger,
                                                 struct wsync_txn *txn,
                                                 struct wsync_arena *arena,
                                                 const struct wsync_authoring *authoring,
                                                 struct wsync_dot *written);

/* This device's open log of a scope; NOT_FOUND before the first change. */
WSYNC_MUST_USE enum wsync_err wsync_ledger_own_log(struct wsync_txn *txn, uint32_t scope,
                                                   struct wsync_log *log);

/* Does what follows from what was taken: looks again at changes whose reason to wait went away,
 * carries out verdicts, and as the district passes them; at most WSYNC_SETTLE_CHANGES_MAX such
 * steps, or one once the transaction wrote WSYNC_PUMP_BYTES_MAX.  `*more` says that others are
 * left; the state is final when it is false.  What is to be written is left for later while
 * `ledger->moment` has no time. */
WSYNC_MUST_USE enum wsync_err wsync_ledger_settle(struct wsync_ledger *ledger,
                                                  struct wsync_txn *txn,
                                                  struct wsync_arena *arena, bool *more);

/* How many changes wait, and how many are quarantined. */
WSYNC_MUST_USE enum wsync_err wsync_ledger_unsettled(struct wsync_txn *txn, uint64_t *waiting,
                                                     uint64_t *quarantined);

/* The same of one log. */
WSYNC_MUST_USE enum wsync_err wsync_ledger_unsettled_in(struct wsync_txn *txn, uint32_t log_no,
                                                        uint64_t *waiting,
                                                        uint64_t *quarantined);

/* The next quarantined change behind `*change` in the order of logs and seqs ({0}: the first),
 * and why; NOT_FOUND. */
WSYNC_MUST_USE enum wsync_err wsync_ledger_quarantined(struct wsync_txn *txn,
                                                       struct wsync_dot *change,
                                                       enum wsync_err *reason);

/* The digest of the whole state (records, quarantine, totals) in canonical order: equal on
 * every replica that holds the same changes of the same scopes (SPEC section 10.7).  `scope`
 * limits it to one unit's logs; 0 takes all. */
WSYNC_MUST_USE enum wsync_err wsync_ledger_digest(struct wsync_ledger *ledger,
                                                  struct wsync_txn *txn,
                                                  struct wsync_arena *arena, uint32_t scope,
                                                  struct wsync_hash *digest);

/* Every operation that touched a record after its creation, oldest first per log: calls `visit`
 * with its dot, the creation first. */
WSYNC_MUST_USE enum wsync_err wsync_ledger_history(
    struct wsync_txn *txn, struct wsync_dot record,
    enum wsync_err (*visit)(void *context, struct wsync_dot dot), void *context);

#endif
