/* SPDX-License-Identifier: Apache-2.0 */
/* duties.h: what each ward reported of each duty in a week: something, nothing, or neither
 * (host/nothing.h, decision 0023). */
#ifndef WARDSYNC_SERVER_DUTIES_H
#define WARDSYNC_SERVER_DUTIES_H

#include "host/nothing.h"
#include "server/pages.h"
#include "server/unit_facts.h"

enum server_duty {
    SERVER_DUTY_REPORTED,
    SERVER_DUTY_NOTHING, /* reported that there is nothing */
    SERVER_DUTY_BOTH,    /* and there is something all the same */
    SERVER_DUTY_MISSING, /* the ward was heard of, and said neither */
    SERVER_DUTY_LATE,    /* it was not heard of: what was entered there may still come */
    SERVER_DUTIES,
};

struct server_duty_weeks {
    int32_t monday;
    bool over; /* the week is */
    const struct server_units *units;
    const struct wsync_form *forms[WSYNC_CATALOG_FORMS_MAX]; /* the duties, by number */
    size_t count;                                            /* 0: there are none */
    struct wsync_duty_week *weeks;                           /* those of a unit side by side */
};

/* Gathers those of a week, which is one of the two, within the page's snapshot.  The caller
 * frees it, whatever the answer: MEMORY, and those of the store. */
WSYNC_MUST_USE enum wsync_err server_duties_gather(struct server_page *page,
                                                   const struct server_units *units,
                                                   const struct server_two_weeks *weeks,
                                                   int32_t monday,
                                                   struct server_duty_weeks *duties);
void server_duties_free(struct server_duty_weeks *duties);

/* How the unit at a place of `units` stands with a duty. */
enum server_duty server_duty_of(const struct server_duty_weeks *duties, size_t unit,
                                size_t duty);
const struct wsync_duty_week *server_duty_week(const struct server_duty_weeks *duties,
                                               size_t unit, size_t duty);

/* The section of the overview: how many duties of each ward are in which state, the one that
 * reported most on top.  MEMORY. */
WSYNC_MUST_USE enum wsync_err server_duties_write(struct server_page *page,
                                                  const struct server_duty_weeks *duties);
/* The section of a ward's page: each duty in this week and the last one. */
WSYNC_MUST_USE enum wsync_err server_duties_of_ward(struct server_page *page,
                                                    const struct server_units *units,
                                                    const struct server_two_weeks *two,
                                                    const struct server_unit *unit);

#endif
