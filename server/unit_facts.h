/* SPDX-License-Identifier: Apache-2.0 */
/* unit_facts.h: how each ward stands as a whole: its devices together, how far its numbers are
 * complete here, what of it waits. */
#ifndef WARDSYNC_SERVER_UNIT_FACTS_H
#define WARDSYNC_SERVER_UNIT_FACTS_H

#include "host/units_here.h"
#include "server/ward_facts.h"

struct server_unit {
    uint32_t id;
    char name[WSYNC_UNIT_LABEL_BYTES];
    bool expected;    /* it is a ward on that day, or has a device: numbers should come */
    size_t devices;   /* that were not revoked */
    size_t failing;   /* of them */
    bool complete;    /* every device was heard with success at least once */
    int64_t until;    /* `complete`: what was written there up to then is here; the oldest last
                         good contact of its devices */
    int64_t last;     /* last contact of any device; 0: none */
    int64_t written;  /* when the newest change held here was written; 0: none */
    uint64_t missing; /* changes its devices stated and that are not here */
    uint64_t waiting, quarantined, conflicts;
};

struct server_units {
    struct server_unit *items; /* ascending by id */
    size_t count, size;
    const struct server_unit **by_name; /* the same as a list has them */
    struct server_wards wards;          /* their devices */
};

/* Takes the district's wards as they are on `day`, and every ward besides that has a device or
 * a log; within the site's open transaction.  `*units` is zero before; the caller frees it,
 * whatever the answer: MEMORY, and those of the store. */
WSYNC_MUST_USE enum wsync_err server_units_gather(struct wsync_site *site, int32_t day,
                                                  struct server_units *units);
void server_units_free(struct server_units *units);

/* The ward of this id, NULL when there is none. */
const struct server_unit *server_units_find(const struct server_units *units, uint32_t id);

/* The unit that a device is of: the first of its scopes. */
uint32_t server_unit_of(const struct server_ward *ward);

#endif
