/* SPDX-License-Identifier: Apache-2.0 */
/* result.h: a ward's conversation with the district, run and told truthfully. */
#ifndef WARDSYNC_CLIENT_RESULT_H
#define WARDSYNC_CLIENT_RESULT_H

#include "client/budget.h"
#include "host/cli.h"
#include "host/dial.h"
#include "host/signals.h"

/* The lock (lock.h) of whoever talks to the district: one process at a time. */
#define CLIENT_TURN "sync.lock"
enum { CLIENT_TURN_MS = 120000 }; /* somebody waits for it */

/* What a conversation is run with. */
struct client_errand {
    struct wsync_site *site;
    struct wsync_way *way;      /* to the district; learned on */
    struct wsync_signals *stop;         /* NULL: nobody asks to end early */
    const struct client_budget *budget; /* NULL: no bound */
    bool own_only;                      /* others' work is not wanted this time */
};

/* What each of its sessions begins with. */
struct wsync_session_setup client_setup(struct wsync_site *site);

/* Runs sessions until both sides hold the same, or one fails: its result is in `*result`, with
 * the counts of all of them.  A line that carried something and was lost is dialled again at
 * once.  Draws the progress bar and writes now.h's file.  A request to reload is left in
 * `stop`.  BUDGET: something waits because of the budget; the district is not dialled at all
 * when nothing else is to be said. */
WSYNC_MUST_USE enum wsync_err client_sync(struct wsync_cli *cli,
                                          const struct client_errand *errand,
                                          struct wsync_dial_result *result,
                                          struct wsync_error *error);

/* Says why a conversation did not succeed and what to do; answers the exit code. */
int client_say_failure(const struct wsync_cli *cli, const struct wsync_dial_result *result);

#endif
