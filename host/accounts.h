/* SPDX-License-Identifier: Apache-2.0 */
/* accounts.h: who may log in at the pages of this machine, and how often somebody failed to.
 *
 * META "account/" and a staff number (host/staff.h), eight bytes.  These rows are of this
 * machine alone: a backup has them, no session sends them.  A row is never removed, so at
 * the district its number is not given anew, and old sessions end.
 * Number 0 counts the tries for people that are not there.
 *
 *   wrong in a row | 1 to 4 | 5     | 6     | 7     | 8     | 9 and more
 *   then wait      | no     | 1 min | 2 min | 4 min | 8 min | 15 min
 *
 * Whoever waits is refused whatever he gives, and that does not count. */
#ifndef WARDSYNC_HOST_ACCOUNTS_H
#define WARDSYNC_HOST_ACCOUNTS_H

#include "host/pin.h"
#include "host/role.h"
#include "host/staff.h"
#include "wardsync/store.h"

enum {
    WSYNC_ACCOUNT_TRIES = 5,
    WSYNC_ACCOUNT_WAIT_S_MIN = 60,
    WSYNC_ACCOUNT_WAIT_S_MAX = 900,
};

struct wsync_account {
    uint32_t number;            /* of the staff list */
    enum wsync_page_role role;  /* NOBODY: does not log in */
    bool left;                  /* retired: not offered where people are chosen */
    struct wsync_pin_hash hash; /* "": none was chosen yet */
    uint32_t failed;            /* wrong ones since the last right one */
    int64_t locked_until;       /* seconds since 1970; 0: it never was */
    int64_t created;
    int64_t changed;                   /* role or PIN; each time another than any before */
    char name[WSYNC_STAFF_NAME_BYTES]; /* of a ward a copy of what its list says */
};

/* NOT_FOUND, CORRUPT. */
WSYNC_MUST_USE enum wsync_err wsync_account_get(struct wsync_txn *txn, uint32_t number,
                                                struct wsync_account *account);

/* The account behind `number`, 0 for the first; NOT_FOUND, CORRUPT. */
WSYNC_MUST_USE enum wsync_err wsync_account_after(struct wsync_txn *txn, uint32_t number,
                                                  struct wsync_account *account);

/* Can somebody log in with it: has it a role and a PIN? */
bool wsync_account_is_open(const struct wsync_account *account);

/* Writes one whose role or PIN is another now, and gives it its stamp.  INVALID with a sentence
 * when no admin could log in any more, or the first account is none of an admin. */
WSYNC_MUST_USE enum wsync_err wsync_account_change(struct wsync_txn *txn,
                                                   struct wsync_account *account, int64_t now,
                                                   struct wsync_error *error);

/* How many can log in, and how many of those are admins. */
struct wsync_account_counts {
    size_t open, admins;
};
WSYNC_MUST_USE enum wsync_err wsync_accounts_count(struct wsync_txn *txn,
                                                   struct wsync_account_counts *counts);

/* How many seconds it must still wait; 0: none.  A clock that went back makes nobody wait
 * longer than the table says. */
int64_t wsync_account_wait_s(const struct wsync_account *account, int64_t now);

/* Somebody gave a PIN that is `right` or not.  OK: he is in.  RIGHT: he is not.  BUSY: he must
 * wait.  What changed is in `account`, and is written. */
WSYNC_MUST_USE enum wsync_err wsync_account_try(struct wsync_txn *txn,
                                                struct wsync_account *account, bool right,
                                                int64_t now);

#endif
