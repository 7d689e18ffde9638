/* SPDX-License-Identifier: Apache-2.0 */
/* roster.h: the signed, linear list of who may write where (SPEC section 7).
 *
 * Version n+1 names the hash of version n; each is signed by the root key that version 1
 * brings.  A log is judged by the roster version written in its chain; a removal pins what
 * stays valid. */
#ifndef WARDSYNC_ROSTER_H
#define WARDSYNC_ROSTER_H

#include "wardsync/arena.h"
#include "wardsync/chain.h"
#include "wardsync/store.h"

enum wsync_role {
    WSYNC_ROLE_CLERK = 1, /* writes the district's forms and staff in its scopes */
    WSYNC_ROLE_NODE = 5,  /* the district's own device: every scope, forms and units */
};

struct wsync_pin {
    struct wsync_log_id log;
    uint64_t seq;
    struct wsync_hash hash;
};

struct wsync_enrolment {
    struct wsync_signing_key signing_key;
    struct wsync_transport_key transport_key;
    enum wsync_role role;
    const uint32_t *scopes; /* ascending unit ids */
    size_t scope_count;
    struct wsync_slice name;
};

struct wsync_revocation {
    struct wsync_device_id device;
    const struct wsync_pin *pins; /* ascending by log */
    size_t pin_count;
};

enum wsync_statement_kind {
    WSYNC_STATEMENT_ROOT, /* version 1: the root key and the district's own device */
    WSYNC_STATEMENT_ENROL,
    WSYNC_STATEMENT_REVOKE,
};

struct wsync_statement {
    struct wsync_instance_id instance;
    uint64_t version;
    bool has_previous;
    struct wsync_hash previous;
    int64_t stamp;
    enum wsync_statement_kind kind;
    struct wsync_signing_key root_key; /* ROOT */
    struct wsync_enrolment enrol;      /* ROOT, ENROL */
    struct wsync_revocation revoke;
};

struct wsync_signed_statement {
    struct wsync_slice statement;
    struct wsync_signature signature;
};

/* Where a roster stands; version 0 before the first statement. */
struct wsync_roster {
    uint64_t version;
    struct wsync_hash hash;
    struct wsync_instance_id instance;
    struct wsync_signing_key root_key;
    uint32_t top; /* the district's unit: the first scope of the first device */
};

/* What the roster says of one device. */
struct wsync_device {
    struct wsync_device_id id;
    struct wsync_signing_key signing_key;
    struct wsync_transport_key transport_key;
    enum wsync_role role;
    uint32_t scopes[WSYNC_STATEMENT_SCOPES_MAX];
    size_t scope_count;
    uint64_t enrolled;         /* roster version */
    uint64_t revoked;          /* roster version; 0: not revoked */
    char name[WSYNC_DEVICE_NAME_BYTES_MAX + 1];
    struct wsync_pin pins[WSYNC_STATEMENT_PINS_MAX];
    size_t pin_count;
};

WSYNC_MUST_USE enum wsync_err wsync_statement_encode(const struct wsync_statement *statement,
                                                     struct wsync_arena *arena,
                                                     struct wsync_slice *bytes);
/* MESSAGE when not canonical, ROSTER when a field breaks a rule. */
WSYNC_MUST_USE enum wsync_err wsync_statement_decode(struct wsync_slice bytes,
                                                     struct wsync_arena *arena,
                                                     struct wsync_statement *statement);
struct wsync_hash wsync_statement_hash(struct wsync_slice bytes);
struct wsync_signature wsync_statement_sign(const struct wsync_signing_secret *root,
                                            struct wsync_slice bytes);
WSYNC_MUST_USE bool wsync_statement_verify(const struct wsync_signing_key *root,
                                           const struct wsync_signed_statement *signed_bytes);

/* The roster of this store. */
WSYNC_MUST_USE enum wsync_err wsync_roster_get(struct wsync_txn *txn,
                                               struct wsync_roster *roster);

/* Checks a statement against the roster held and takes it: SIGNATURE, ROSTER (not the next
 * version, wrong previous hash, a device that exists), INSTANCE when `expected` (may be NULL)
 * is another.  A statement held already, equal to the byte, answers OK and changes nothing. */
WSYNC_MUST_USE enum wsync_err
wsync_roster_take(struct wsync_txn *txn, struct wsync_arena *arena,
                  const struct wsync_signed_statement *signed_statement,
                  const struct wsync_instance_id *expected);

/* Fills in version, previous hash and instance, signs, and takes the statement.  Copies the
 * result into the arena for whoever must be told. */
WSYNC_MUST_USE enum wsync_err wsync_roster_issue(struct wsync_txn *txn,
                                                 struct wsync_arena *arena,
                                                 struct wsync_statement *statement,
                                                 const struct wsync_signing_secret *root,
                                                 struct wsync_signed_statement *result);

/* The statement of a version; NOT_FOUND. */
WSYNC_MUST_USE enum wsync_err wsync_roster_statement(struct wsync_txn *txn, uint64_t version,
                                                     struct wsync_signed_statement *result);

/* NOT_FOUND for a device or key that the roster does not name. */
WSYNC_MUST_USE enum wsync_err wsync_device_get(struct wsync_txn *txn,
                                               const struct wsync_device_id *id,
                                               struct wsync_device *device);
WSYNC_MUST_USE enum wsync_err wsync_device_by_transport(struct wsync_txn *txn,
                                                        const struct wsync_transport_key *key,
                                                        struct wsync_device *device);
/* The first device after `after` in the order of ids; NULL: the first of all. */
WSYNC_MUST_USE enum wsync_err wsync_device_after(struct wsync_txn *txn,
                                                 const struct wsync_device_id *after,
                                                 struct wsync_device *device);

/* May the device write logs of `scope`? */
bool wsync_device_has_scope(const struct wsync_device *device, uint32_t scope);

/* May the device read logs of `scope`?  Its own scopes and the district's (`top`). */
bool wsync_device_may_read(const struct wsync_device *device, uint32_t scope, uint32_t top);

/* The last seq of `log` that a revoked device's removal leaves valid; UINT64_MAX when it is not
 * revoked. */
uint64_t wsync_device_pinned(const struct wsync_device *device, const struct wsync_log_id *log);

#endif
