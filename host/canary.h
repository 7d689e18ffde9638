/* SPDX-License-Identifier: Apache-2.0 */
/* canary.h: a note outside the data directory that tells when the directory is an old copy, or
 * a copy on another machine (docs/decisions/0003).
 *
 *   FOLDER/canary-DEVICE     version, machine, for each open log its id and seq, and of a
 *                            district how many rows its admin log has, with the last hash
 *
 * FOLDER is WARDSYNC_STATE, of a service /var/lib/wardsync-state (place.h), otherwise
 * XDG_STATE_HOME/wardsync, else ~/.local/state/wardsync.  The machine is a hash of
 * /etc/machine-id, so the id itself is written nowhere.  A canary that is missing or cannot be
 * read says nothing. */
#ifndef WARDSYNC_HOST_CANARY_H
#define WARDSYNC_HOST_CANARY_H

#include "host/site.h"

enum wsync_canary_doubt {
    WSYNC_CANARY_FINE,
    WSYNC_CANARY_AHEAD,   /* it saw more of a log than the store holds: a backup was put back */
    WSYNC_CANARY_MACHINE, /* the keys were used on another machine: a disk was copied */
};

/* Compares the note with the store, in the site's open transaction. */
enum wsync_canary_doubt wsync_canary_check(struct wsync_site *site);

/* Notes where the open logs stand, durably, if that is not what stands there already: before
 * the first frame of a session.  Sending goes on without it: the error is told and survived.
 * Rows of the admin log that it knew and that are gone are told there (WSYNC_ADMIN_CUT). */
WSYNC_MUST_USE enum wsync_err wsync_canary_put(struct wsync_site *site,
                                               struct wsync_error *error);

#endif
