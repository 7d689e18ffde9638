/* SPDX-License-Identifier: Apache-2.0 */
/* budget.h: what a ward may spend of a link that costs money; spent.h is what it spent.
 *
 * A budget is a bound on what others wrote: numbers entered here always go, and so do
 * statements. */
#ifndef WARDSYNC_CLIENT_BUDGET_H
#define WARDSYNC_CLIENT_BUDGET_H

#include "host/cli.h"
#include "host/spent.h"

struct client_budget {
    int64_t day_bytes, session_bytes; /* 0: no bound */
    bool metered;                     /* others' work seldom, knocks seldom */
    bool over;                        /* a person said that it may cost what it costs */
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

/* Bytes that may still go today, INT64_MAX without a bound. */
int64_t client_budget_left(const struct client_budget *budget,
                           const struct wsync_spent *spent);

#endif
