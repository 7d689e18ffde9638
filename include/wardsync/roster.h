/* SPDX-License-Identifier: Apache-2.0 */
/* roster.h: the signed, linear list of who may write where (SPEC section 7).
 *
 * Version n+1 names the hash of version n; who signs it is said by the roots before it.  A log
 * is judged by the roster version written in its chain; a removal and a rotation pin what stays
 * valid. */
#ifndef WARDSYNC_ROSTER_H
#define WARDSYNC_ROSTER_H

#include "wardsync/log.h"
#include "wardsync/signed.h"
#include "wardsync/store.h"

/* Where a roster stands; version 0 before the first statement. */
struct wsync_roster {
    uint64_t version;
    struct wsync_hash hash;
    struct wsync_instance_id instance;
    uint32_t top; /* the district's unit: the first scope of the first device */
    struct wsync_authority authority;
    uint64_t district_version; /* of the District statement in force */
    struct wsync_signing_key log_key;
};

struct wsync_device_key {
    struct wsync_signing_key key;
    uint64_t version; /* of the roster that brought it */
    int64_t stamp;    /* of that statement */
};

/* What the roster says of one device. */
struct wsync_device {
    struct wsync_device_id id;
    struct wsync_device_key keys[WSYNC_DEVICE_KEYS_MAX]; /* the last one is in force */
    size_t key_count;
    struct wsync_transport_key transport_key; /* in force */
    enum wsync_role role;
    uint32_t scopes[WSYNC_STATEMENT_SCOPES_MAX];
    size_t scope_count;
    uint32_t forms[WSYNC_STATEMENT_FORMS_MAX]; /* INSPECTOR */
    size_t form_count;
    uint32_t quota; /* changes a day; 0: none */
    bool has_predecessor;
    struct wsync_device_id predecessor;
    uint64_t enrolled;  /* roster version, as the next three */
    uint64_t revoked;   /* 0: not */
    uint64_t suspended; /* 0: not, or no more */
    uint64_t asked;     /* last asked to rotate its keys; 0: never */
    char name[WSYNC_DEVICE_NAME_BYTES_MAX + 1];
};

/* The roster of this store. */
WSYNC_MUST_USE enum wsync_err wsync_roster_get(struct wsync_txn *txn,
                                               struct wsync_roster *roster);

/* Checks a statement against the roster held and takes it: SIGNATURE, ROSTER (not the next
 * version, wrong previous hash, something that exists), INSTANCE when `expected` (may be NULL)
 * is another.  A statement held already, equal to the byte, answers OK and changes nothing. */
WSYNC_MUST_USE enum wsync_err wsync_roster_take(
    struct wsync_txn *txn, struct wsync_arena *arena,
    const struct wsync_signed_statement *signed_statement,
    const struct wsync_instance_id *expected);

/* Fills in version, previous hash and instance, and a stamp not before the last root's: what is
 * left is to encode, sign and take it. */
WSYNC_MUST_USE enum wsync_err wsync_roster_draft(struct wsync_txn *txn,
                                                 struct wsync_statement *statement);

/* Drafts, signs with one key and takes.  The result lives in the arena, for whoever must be
 * told. */
WSYNC_MUST_USE enum wsync_err wsync_roster_issue(struct wsync_txn *txn,
                                                 struct wsync_arena *arena,
                                                 struct wsync_statement *statement,
                                                 const struct wsync_signing_secret *signer,
                                                 struct wsync_signed_statement *result);

/* The statement of a version; NOT_FOUND. */
WSYNC_MUST_USE enum wsync_err wsync_roster_statement(struct wsync_txn *txn, uint64_t version,
                                                     struct wsync_signed_statement *result);

/* The District statement in force; NOT_FOUND in an empty roster.  It lives in the arena. */
WSYNC_MUST_USE enum wsync_err wsync_roster_district(struct wsync_txn *txn,
                                                    struct wsync_arena *arena,
                                                    struct wsync_district *district);
/* Was `key` ever the key that signs checkpoints?  `*version` is the first that said so; else
 * NOT_FOUND.  The one in force is roster.log_key. */
WSYNC_MUST_USE enum wsync_err wsync_roster_log_key(struct wsync_txn *txn,
                                                   const struct wsync_signing_key *key,
                                                   uint64_t *version);

/* NOT_FOUND for a device or key that the roster does not name.  Keys of before a rotation still
 * name their device. */
WSYNC_MUST_USE enum wsync_err wsync_device_get(struct wsync_txn *txn,
                                               const struct wsync_device_id *id,
                                               struct wsync_device *device);
WSYNC_MUST_USE enum wsync_err wsync_device_by_transport(struct wsync_txn *txn,
                                                        const struct wsync_transport_key *key,
                                                        struct wsync_device *device);
WSYNC_MUST_USE enum wsync_err wsync_device_by_signing(struct wsync_txn *txn,
                                                      const struct wsync_signing_key *key,
                                                      struct wsync_device *device);
/* The first device after `after` in the order of ids; NULL: the first of all. */
WSYNC_MUST_USE enum wsync_err wsync_device_after(struct wsync_txn *txn,
                                                 const struct wsync_device_id *after,
                                                 struct wsync_device *device);

/* Its signing key in force, and where it stands in `keys`; key_count when it is none of them.
 */
const struct wsync_signing_key *wsync_device_key(const struct wsync_device *device);
size_t wsync_device_key_at(const struct wsync_device *device,
                           const struct wsync_signing_key *key);

/* Do its scopes hold `scope`, or is it a node, of whom every scope is? */
bool wsync_device_has_scope(const struct wsync_device *device, uint32_t scope);

/* May the device write, or read, logs of `scope`?  `top` is the district's, which all read. */
bool wsync_device_may_write(const struct wsync_device *device, uint32_t scope);
bool wsync_device_may_read(const struct wsync_device *device, uint32_t scope, uint32_t top);

/* The last seq of `log`, which is the device's, that removal and rotation leave valid;
 * UINT64_MAX when nothing bounds it. */
WSYNC_MUST_USE enum wsync_err wsync_device_pinned(struct wsync_txn *txn,
                                                  const struct wsync_device *device,
                                                  const struct wsync_log *log, uint64_t *seq);

#endif
