/* SPDX-License-Identifier: Apache-2.0 */
/* doubt.h: what a data directory does that may be an old copy: its open logs are retired, and
 * whoever asks for the status is told (wardsync/restore.h, canary.h). */
#ifndef WARDSYNC_HOST_DOUBT_H
#define WARDSYNC_HOST_DOUBT_H

#include "host/site.h"

/* Why logs were retired. */
enum wsync_doubt {
    WSYNC_DOUBT_NONE = 0,
    WSYNC_DOUBT_OLD_COPY = 1, /* the canary is ahead of the store */
    WSYNC_DOUBT_MACHINE = 2,  /* the canary names another machine */
    WSYNC_DOUBT_DISTRICT = 3, /* the other side holds more, or something else */
    WSYNC_DOUBT_MOVED = 4,    /* `ward move` brought it here */
    WSYNC_DOUBT_TOLD = 5,     /* an admin said so */
};

/* The file in a data directory that comes from a backup, until it was opened once. */
#define WSYNC_DOUBT_RESTORED "restored"

/* Asks the canary and that file, once after a site was opened; retires what must be. */
WSYNC_MUST_USE enum wsync_err wsync_doubt_settle(struct wsync_site *site,
                                                 struct wsync_error *error);

/* Retires every open log for this reason, in a transaction of its own. */
WSYNC_MUST_USE enum wsync_err wsync_doubt_retire(struct wsync_site *site, enum wsync_doubt why,
                                                 struct wsync_error *error);

/* Notes a doubt without retiring anything: the latter is the caller's, in this transaction. */
WSYNC_MUST_USE enum wsync_err wsync_doubt_note(struct wsync_txn *txn, enum wsync_doubt why,
                                               int64_t now);

/* The last time that happened: `*when` 0 for never. */
WSYNC_MUST_USE enum wsync_err wsync_doubt_last(struct wsync_txn *txn, enum wsync_doubt *why,
                                               int64_t *when);

/* How often that happened to this store; 0: never.  No row of a copy knows of the doubt that
 * follows when the copy is put back, however often that is: it counts on from the copy's own
 * number.  So rows say by this number what came behind a doubt, whatever the clocks say. */
WSYNC_MUST_USE enum wsync_err wsync_doubt_count(struct wsync_txn *txn, uint64_t *count);

/* One sentence for people. */
const char *wsync_doubt_text(enum wsync_doubt why, enum wsync_language language);

#endif
