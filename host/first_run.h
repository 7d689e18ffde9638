/* SPDX-License-Identifier: Apache-2.0 */
/* first_run.h: a data directory that is no site yet, and who waits for it.  Decision 0020. */
#ifndef WARDSYNC_HOST_FIRST_RUN_H
#define WARDSYNC_HOST_FIRST_RUN_H

#include "host/pages_process.h"
#include "host/signals.h"

/* Can a page make a site of this kind there?  Yes where the directory is absent or empty, or
 * holds only what a `join`, `request` or `init` that was cut off has left: a ward that no
 * district admitted, a district without a roster.  No where a site is, or anything else.
 * Opens the store for reading and closes it again. */
bool wsync_first_run_needed(const char *data_dir, enum wsync_site_kind kind);

/* Is a site there now?  Also no while a command is in the middle of making it, and where what
 * is there cannot be read in this moment. */
bool wsync_first_run_is_over(const char *data_dir, enum wsync_site_kind kind);

/* Waits, with the pages shown, until a site is there or somebody ends it (`signals->stops`).
 * LINK: the pages are gone, so that nobody can make one. */
WSYNC_MUST_USE enum wsync_err wsync_first_run_wait(const char *data_dir,
                                                   enum wsync_site_kind kind,
                                                   struct wsync_pages_process *process,
                                                   struct wsync_signals *signals);

#endif
