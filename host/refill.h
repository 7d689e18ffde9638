/* SPDX-License-Identifier: Apache-2.0 */
/* refill.h: may a restored district issue a statement yet?
 *
 * A roster goes on in one line.  A district that went back has forgotten statements that wards
 * hold; one that it issues in their place splits the roster, and every ward that holds the
 * forgotten one refuses it for ever (ROSTER).  So from a doubt (doubt.h) on it issues none
 * until each device of before that is neither revoked nor suspended was heard since, or an
 * admin says that the roster is whole (`district restored --whole`).  A suspension by that time
 * would pin too low as well (SPEC S7.12).
 *
 * "Since" is counted and never told by a clock: a contact carries the number of the last doubt
 * at the time (session_log.h).  Once nobody is awaited that is noted with the first statement,
 * so that devices enrolled behind it close nothing; a ward that brings back more undoes it. */
#ifndef WARDSYNC_HOST_REFILL_H
#define WARDSYNC_HOST_REFILL_H

#include "host/site.h"

struct wsync_refill {
    unsigned awaited; /* devices that were not heard since; 0: statements may be issued */
    bool unsettled;   /* nobody is awaited, which is not noted yet */
    char first[WSYNC_DEVICE_NAME_BYTES_MAX + 1]; /* what one of them is called */
};

/* How far the refill is. */
WSYNC_MUST_USE enum wsync_err wsync_refill_read(struct wsync_txn *txn,
                                                struct wsync_refill *refill);

/* The same before a statement, in its transaction: that nobody is awaited is noted. */
WSYNC_MUST_USE enum wsync_err wsync_refill_settle(struct wsync_txn *txn,
                                                  struct wsync_refill *refill);

/* Settles; OK, or BUSY with a sentence that says what to do. */
WSYNC_MUST_USE enum wsync_err wsync_refill_check(struct wsync_txn *txn,
                                                 struct wsync_error *error);

/* An admin says that nothing more is to be awaited for the last doubt. */
WSYNC_MUST_USE enum wsync_err wsync_refill_whole(struct wsync_txn *txn, int64_t now);

#endif
