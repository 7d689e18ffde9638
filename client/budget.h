/* SPDX-License-Identifier: Apache-2.0 */
/* budget.h: what a ward may spend of a link that costs money, and what it spent (META "spent").
 *
 * Bytes are those of the network, both ways, with what it adds and repeats (link.h).  A budget
 * is a bound on what others wrote: numbers entered here always go, and so do statements.  A day
 * is one of the district's clock, +07:00. */
#ifndef WARDSYNC_CLIENT_BUDGET_H
#define WARDSYNC_CLIENT_BUDGET_H

#include "host/cli.h"

struct client_budget {
    int64_t day_bytes, session_bytes; /* 0: no bound */
    bool metered;                     /* others' work seldom, knocks seldom */
    bool over;                        /* a person said that it may cost what it costs */
};

struct client_spent {
    int64_t day;         /* days since 1970 */
    int64_t today_bytes; /* on that day */
    int64_t last_bytes;  /* of the last conversation that was noted */
    int64_t change_bytes; /* a change of this ward took on the line, lately; 0: not known */
};

/* For commands that talk to the district. */
#define CLIENT_BUDGET_OPTIONS                                                                  \
    {"budget-day", "BYTES", "others' work waits behind so much a day: 500K, 20M; 0: never"}, \
        {"budget-session", "BYTES", "the same for one conversation"},                          \
    {"metered", NULL, "the link costs money: others' work seldom, and knocks seldom"},         \
    {                                                                                          \
        "over-budget", NULL, "now, whatever it costs"                                          \
    }

/* What site.conf says. */
struct client_budget client_budget_of(const struct wsync_site *site);

/* The same, and the command line before it; a usage error has its sentence. */
WSYNC_MUST_USE enum wsync_err client_budget_read(const struct wsync_cli *cli,
                                                 const struct wsync_site *site,
                                                 struct client_budget *budget,
                                                 struct wsync_error *error);

/* What was spent as of the moment `time`: nothing yet on a new day. */
struct client_spent client_spent_get(struct wsync_txn *txn, int64_t time);

WSYNC_MUST_USE enum wsync_err client_spent_put(struct wsync_txn *txn,
                                               const struct client_spent *spent);

/* Notes a conversation that took so many bytes, which today's hold by then, and handed over
 * that many changes. */
void client_spent_talk(struct client_spent *spent, int64_t bytes, int64_t out_bytes,
                       int64_t changes);

/* Bytes that may still go today, INT64_MAX without a bound. */
int64_t client_budget_left(const struct client_budget *budget,
                           const struct client_spent *spent);

/* Seconds from `time` to the next day. */
int64_t client_budget_wait_s(int64_t time);

#endif
