/* SPDX-License-Identifier: Apache-2.0 */
/* trust.h: a roster with its keys at hand, for tests that sign what they like.
 *
 * Its store is the district's.  A statement is drafted upon what is held, altered at will,
 * signed by any keys and offered; what is refused must leave the store as it was. */
#ifndef WARDSYNC_TESTS_TRUST_H
#define WARDSYNC_TESTS_TRUST_H

#include "tests/forge.h"

enum { TRUST_ROOTS = 6, TRUST_UNIT = 2 };

struct trust_key {
    struct wsync_signing_key key;
    struct wsync_signing_secret secret;
};

struct trust {
    struct installation installation;
    struct replica district;
    struct replica ward;                 /* enrolled as clerk of TRUST_UNIT */
    struct trust_key roots[TRUST_ROOTS]; /* ascending by key */
    struct trust_key registrars[2];
};

/* A roster of version 2: `count` first of the roots with this threshold, and the ward. */
void trust_open(struct trust *trust, size_t count, uint32_t threshold);
void trust_close(struct trust *trust);

/* A root of roots `first` to `first + count - 1` with registrar `registrar`. */
struct wsync_root trust_root(const struct trust *trust, size_t first, size_t count,
                             uint32_t threshold, size_t registrar);

/* Drafts upon the roster held and encodes, without a signature. */
struct wsync_signed_statement trust_draft(struct trust *trust,
                                          struct wsync_statement *statement);
/* Adds the signature of a key. */
void trust_sign(struct wsync_signed_statement *statement, const struct trust_key *key);

/* Offers it to the district's roster; what is refused must not change a byte. */
void trust_offer(struct trust *trust, const struct wsync_signed_statement *statement,
                 enum wsync_err expected);
/* Drafts, signs with the first registrar and expects it to be taken. */
void trust_issue(struct trust *trust, struct wsync_statement *statement);

/* What enrols a replica as clerk; what rotates the ward's keys to those of `to`, signed by
 * both. */
struct wsync_statement trust_enrolment(const struct trust *trust, const struct replica *who);
struct wsync_statement trust_rotation(const struct trust *trust, const struct replica *to,
                                      const struct wsync_pin *pins, size_t pin_count);

struct wsync_roster trust_roster(struct trust *trust);
struct wsync_device trust_device(struct trust *trust, const struct wsync_device_id *id);

#endif
