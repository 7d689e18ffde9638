/* SPDX-License-Identifier: Apache-2.0 */
/* verified.h: host/verify.h over a replica of the tests: what it finds in its store. */
#ifndef WARDSYNC_TESTS_VERIFIED_H
#define WARDSYNC_TESTS_VERIFIED_H

#include "host/verify.h"
#include "tests/replica.h"

enum { VERIFIED_FINDINGS_MAX = 32 };

struct verified {
    struct wsync_verify_result result;
    struct wsync_verify_finding findings[VERIFIED_FINDINGS_MAX]; /* the first ones */
    enum wsync_verify_part part; /* how far it came */
    uint64_t done, total;
};

/* Verifies a copy of the replica's store, which stays as it is. */
void verified(struct replica *replica, const struct installation *installation,
              struct verified *verified);

/* Asserts that there is nothing to find; prints what there is. */
void verified_clean(struct replica *replica, const struct installation *installation);

#endif
