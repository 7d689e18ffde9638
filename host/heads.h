/* SPDX-License-Identifier: Apache-2.0 */
/* heads.h: does the list of logs say where the logs end?
 *
 * Asked at every opening: an append to a log whose head is not what its row says would be a
 * fork that nobody meant.  It reads four rows a log and hashes the last change anew,
 * whatever the size of the store; the bytes before are left to the scrub (scrub.h) and to
 * `verify`. */
#ifndef WARDSYNC_HOST_HEADS_H
#define WARDSYNC_HOST_HEADS_H

#include "wardsync/log.h"

/* CORRUPT, with a sentence that names the log and says what to do, when the last change kept of
 * a log is not the one its row names, or does not follow upon the one before it. */
WSYNC_MUST_USE enum wsync_err wsync_heads_check(struct wsync_store *store,
                                                struct wsync_error *error);

#endif
