/* SPDX-License-Identifier: Apache-2.0 */
/* signed.h: who signs statements: signatures, a rotation's two, and the authority of the roots
 * (SPEC 7.2).
 *
 * An authority is what version 1 and every later root statement made of it: the root keys with
 * their threshold, and the registrar.  Distinct public keys are counted, never signatures. */
#ifndef WARDSYNC_SIGNED_H
#define WARDSYNC_SIGNED_H

#include "wardsync/statement.h"

enum {
    /* The longest signed statement as wsync_signed_write lays it out. */
    WSYNC_SIGNED_BYTES_MAX =
        1 + WSYNC_STATEMENT_SIGNATURES_MAX * (WSYNC_PUBLIC_KEY_BYTES + WSYNC_SIGNATURE_BYTES) +
        WSYNC_STATEMENT_BYTES_MAX,
};

/* ---- signatures ---- */

struct wsync_key_signature wsync_statement_sign(const struct wsync_signing_secret *secret,
                                                struct wsync_slice bytes);
/* Adds a signature in its place.  EXISTS when that key has signed, INVALID beyond the bound. */
WSYNC_MUST_USE enum wsync_err wsync_signed_add(struct wsync_signed_statement *to,
                                               const struct wsync_key_signature *signature);
/* Does every signature of it verify?  Which keys count, the roster says. */
WSYNC_MUST_USE bool wsync_signed_verify(const struct wsync_signed_statement *by);
/* A statement with its signatures as it is kept and printed: their number, each key and
 * signature, the statement.  Reading answers false for what is none; the statement points into
 * `bytes`. */
struct wsync_slice wsync_signed_write(const struct wsync_signed_statement *from,
                                      uint8_t bytes[WSYNC_SIGNED_BYTES_MAX]);
WSYNC_MUST_USE bool wsync_signed_read(struct wsync_slice bytes,
                                      struct wsync_signed_statement *to);

/* ---- the rotation of a device's keys ---- */

/* What a device signs with its key before and with its new one. */
struct wsync_signature wsync_rotation_sign(const struct wsync_signing_secret *secret,
                                           const struct wsync_instance_id *instance,
                                           const struct wsync_rotation *rotation);
WSYNC_MUST_USE bool wsync_rotation_verify(const struct wsync_signing_key *old_key,
                                          const struct wsync_instance_id *instance,
                                          const struct wsync_rotation *rotation);

/* ---- the authority ---- */

struct wsync_authority {
    struct wsync_instance_id instance;
    struct wsync_root root;
    int64_t stamp;                                     /* of the last root statement */
    uint64_t versions[WSYNC_AUTHORITY_STATEMENTS_MAX]; /* of the root statements, ascending */
    size_t version_count;                              /* 0: nothing yet */
    size_t bytes;                                      /* of them, signatures included */
};

/* The installation that version 1 with this root founds. */
struct wsync_instance_id wsync_instance_of(const struct wsync_root *root);

/* Is the statement signed as it must be under `authority`?  ROSTER for signatures that do not
 * ascend or are too many; SIGNATURE for one that does not verify or that nobody asked for, and
 * for too few.  With no root yet a first statement answers for itself: ROSTER when its instance
 * is not that of its root. */
WSYNC_MUST_USE enum wsync_err wsync_authority_check(
    const struct wsync_authority *authority,
    const struct wsync_signed_statement *signed_statement,
    const struct wsync_statement *statement);

/* Checks, and lets a statement with a root change the authority.  ROSTER for more of them than
 * the bounds allow and for an enrolment beyond the expiry or before the last root. */
WSYNC_MUST_USE enum wsync_err wsync_authority_take(
    struct wsync_authority *authority, const struct wsync_signed_statement *signed_statement,
    const struct wsync_statement *statement);

#endif
