/* SPDX-License-Identifier: Apache-2.0 */
/* admin_log.h: what admins did that nothing signed tells: the table ADMIN of the district.
 *
 * Roster, forms, units and verdicts are signed and stand in their own logs; `district
 * admin-log` shows them beside these rows.  Rows are numbered from 1 without gaps and are never
 * cut off. Each keeps the hash of the chain up to itself, H("wardsync/admin/v1", hash before,
 * number, row); how many there are and the last hash stand in META and, a prefix of it, in
 * every row that the session log gets.  So a row that was changed, swapped or removed is seen,
 * at the end too; the note outside the data directory (canary.h) keeps them as well. */
#ifndef WARDSYNC_HOST_ADMIN_LOG_H
#define WARDSYNC_HOST_ADMIN_LOG_H

#include "wardsync/ids.h"
#include "wardsync/store.h"

/* A number stays for ever: it is what a store on disk has. */
enum wsync_admin_kind {
    WSYNC_ADMIN_START = 1, /* the district began to serve, or ended */
    WSYNC_ADMIN_STOP = 2,
    WSYNC_ADMIN_SETTINGS = 3, /* other settings than before are in force */
    WSYNC_ADMIN_INVITE = 4,
    WSYNC_ADMIN_ROSTER_TAKEN = 5, /* lost statements came back from a file */
    WSYNC_ADMIN_RESTORED = 6,     /* the data went back: logs retired, epoch */
    WSYNC_ADMIN_PRUNED = 7,       /* rows of the session log cut off by policy */
    WSYNC_ADMIN_EXPORT = 8,
    WSYNC_ADMIN_BACKUP = 9,
    WSYNC_ADMIN_CUT = 10, /* the note outside the data directory knew rows that are not here */
    WSYNC_ADMIN_WITHDRAWN = 11, /* an invite */
    WSYNC_ADMIN_STAFF = 12,     /* who may log in at the pages, and as what */
    WSYNC_ADMIN_VERIFY = 13,    /* a page had all that is stored compared */
    WSYNC_ADMIN_KINDS
};

enum { WSYNC_ADMIN_WHO_BYTES = 33, WSYNC_ADMIN_TEXT_BYTES = 512 };

struct wsync_admin_row {
    int64_t stamp; /* seconds since 1970 */
    enum wsync_admin_kind kind;
    char who[WSYNC_ADMIN_WHO_BYTES];   /* the account of the system that did it; "root staff=3"
                                          for whom (WARDSYNC_STAFF), as a page has it done */
    char text[WSYNC_ADMIN_TEXT_BYTES]; /* words like unit=115, in no language */
    struct wsync_hash hash;            /* of the chain up to this row */
};

/* For whom a page has this process do something: the number in WARDSYNC_STAFF; 0: nobody is
 * known.  A person who named himself there by name says nothing to a log that has no names. */
uint32_t wsync_admin_log_staff(void);

/* "start", "settings" and so on. */
const char *wsync_admin_kind_name(enum wsync_admin_kind kind);

/* Appends a row about what this process does; the text is cut off when it is too long. */
WSYNC_MUST_USE enum wsync_err wsync_admin_log_add(struct wsync_txn *txn,
                                                  enum wsync_admin_kind kind, int64_t stamp,
                                                  const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* How many rows there are and the hash of the last; 0 and zeros when there is none. */
WSYNC_MUST_USE enum wsync_err wsync_admin_log_head(struct wsync_txn *txn, uint64_t *count,
                                                   struct wsync_hash *hash);

/* Is the row `count` here, with a hash that begins like this? */
WSYNC_MUST_USE enum wsync_err wsync_admin_log_holds(struct wsync_txn *txn, uint64_t count,
                                                    struct wsync_slice hash, bool *holds);

/* Finds the row at `where` relative to `*number`, as wsync_session_log_seek does. */
WSYNC_MUST_USE enum wsync_err wsync_admin_log_seek(struct wsync_txn *txn, enum wsync_seek where,
                                                   uint64_t *number,
                                                   struct wsync_admin_row *row);

/* The last row of a kind; NOT_FOUND. */
WSYNC_MUST_USE enum wsync_err wsync_admin_log_last(struct wsync_txn *txn,
                                                   enum wsync_admin_kind kind,
                                                   struct wsync_admin_row *row);

/* The first thing wrong with the chain: `number` of its row, 0 when all is well; `text` says
 * what.  An error is one of the machine. */
struct wsync_admin_fault {
    uint64_t number;
    const char *text;
};
WSYNC_MUST_USE enum wsync_err wsync_admin_log_check(struct wsync_txn *txn,
                                                    struct wsync_admin_fault *fault);

#endif
