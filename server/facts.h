/* SPDX-License-Identifier: Apache-2.0 */
/* facts.h: what the district holds and what waits for a decision there, in numbers, for
 * `district status` and the pages. */
#ifndef WARDSYNC_SERVER_FACTS_H
#define WARDSYNC_SERVER_FACTS_H

#include "host/scrub.h"
#include "host/site.h"
#include "wardsync/blob_book.h"

struct server_facts {
    struct wsync_roster roster;
    uint64_t changes, logs, devices, revoked, waiting, quarantined, conflicts, aside;
    int64_t backup; /* when the last one was made; 0: never */
    struct wsync_scrub_damage damage;
    struct wsync_blob_sums photos;
    uint64_t over; /* devices that handed in more photos today than they may */
};

/* Counts within the site's open transaction; errors are those of the store. */
WSYNC_MUST_USE enum wsync_err server_facts_gather(struct wsync_site *site,
                                                  struct server_facts *facts);

#endif
