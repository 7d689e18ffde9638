/* SPDX-License-Identifier: Apache-2.0 */
/* facts.h: what a ward knows of itself: saved here, waiting, held by the district; the last
 * try; what the link costs.  `ward status` prints it, the pages show it. */
#ifndef WARDSYNC_CLIENT_FACTS_H
#define WARDSYNC_CLIENT_FACTS_H

#include "client/attempt.h"
#include "client/cost.h"
#include "host/doubt.h"
#include "host/scrub.h"
#include "host/units_here.h"
#include "host/view.h"

/* Three different facts, never one "OK": saved here, waiting, held by the district. */
struct client_facts {
    char unit[WSYNC_UNIT_LABEL_BYTES];
    uint64_t saved, held;   /* changes; what is not held waits to be sent */
    uint64_t unsent_weight; /* bytes that wait, before they are packed */
    char
        held_until[WSYNC_VIEW_TIME_BYTES]; /* when the last held change was made; "" for none */
    uint64_t proven;                       /* changes under a receipt */

    /* from here on by client_facts_read alone */
    uint64_t waiting, quarantined, aside;
    int64_t backup; /* when the last one was made; 0: never */
    struct client_attempt attempt;
    char last_try[WSYNC_VIEW_TIME_BYTES];
    enum wsync_doubt doubt; /* why a log was retired last, and when */
    char doubt_when[WSYNC_VIEW_TIME_BYTES];
    int64_t moved;
    struct wsync_scrub_damage damage;
    uint64_t alarms; /* receipts that contradict others */
    char proven_when[WSYNC_VIEW_TIME_BYTES];
    struct client_cost cost;
    struct wsync_blob_sums photos;
};

/* Reads the honest line, in the site's open transaction; at most some hundred rows. */
WSYNC_MUST_USE enum wsync_err client_facts_line(struct wsync_site *site,
                                                struct client_facts *facts);

/* Reads all of it, in the site's open transaction. */
WSYNC_MUST_USE enum wsync_err client_facts_read(struct wsync_site *site,
                                                struct client_facts *facts);

/* What became of a try that was made, and what a person can do next; a sentence each. */
const char *client_facts_attempt(const struct client_attempt *attempt,
                                 enum wsync_language language);
const char *client_facts_step(const struct client_attempt *attempt,
                              enum wsync_language language);

#endif
