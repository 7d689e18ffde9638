/* SPDX-License-Identifier: Apache-2.0 */
/* result.h: a ward's conversation with the district, run and told truthfully. */
#ifndef WARDSYNC_CLIENT_RESULT_H
#define WARDSYNC_CLIENT_RESULT_H

#include "host/cli.h"
#include "host/dial.h"
#include "host/signals.h"

/* The lock (lock.h) of whoever talks to the district: one process at a time. */
#define CLIENT_TURN "sync.lock"

/* Runs sessions until both sides hold the same, or one fails: its result is in `*result`, with
 * the counts of all of them.  Draws the progress bar.  `stop` (NULL: nobody asks) ends it early
 * as dial.h says; a request to reload is left there. */
WSYNC_MUST_USE enum wsync_err client_sync(struct wsync_cli *cli, struct wsync_site *site,
                                          struct wsync_signals *stop,
                                          struct wsync_dial_result *result,
                                          struct wsync_error *error);

/* Says why a conversation did not succeed and what to do; answers the exit code. */
int client_say_failure(const struct wsync_cli *cli, const struct wsync_dial_result *result);

#endif
