/* SPDX-License-Identifier: Apache-2.0 */
/* nothing.h: "nothing to report" is a record like any other, so that zero is not missing
 * (decision 0023).
 *
 * A form named `nothing` whose day is its field `date` and whose field `duty` is a counted
 * choice says by one record: of the form that the choice is named like, this ward has nothing
 * in the week of the day.  Without such a form nothing of this is shown. */
#ifndef WARDSYNC_HOST_NOTHING_H
#define WARDSYNC_HOST_NOTHING_H

#include "host/site.h"

struct wsync_nothing {
    const struct wsync_form *form; /* NULL: the district published none */
    const struct wsync_field *duty;
};

/* Finds it in the catalog, within the site's open transaction. */
WSYNC_MUST_USE enum wsync_err wsync_nothing_find(struct wsync_site *site,
                                                 struct wsync_nothing *nothing);

/* The number of the choice that is named like the form; 0: it is no duty. */
uint32_t wsync_nothing_duty(const struct wsync_nothing *nothing, const struct wsync_form *form);

/* What there is of a duty in a week. */
struct wsync_duty_week {
    int64_t records; /* of the form itself */
    int64_t marks;   /* that say there is nothing */
};

enum wsync_duty_state {
    WSYNC_DUTY_MISSING,
    WSYNC_DUTY_REPORTED,
    WSYNC_DUTY_NOTHING,
    WSYNC_DUTY_BOTH, /* it was said that there is nothing, and there is something */
};
enum wsync_duty_state wsync_duty_state(const struct wsync_duty_week *week);

/* Reads what is there of a duty, in one ward or (`scope` 0) in all, in the week of `monday`:
 * `add` is called with what each ward and day adds. */
struct wsync_duty_walk {
    const struct wsync_nothing *nothing;
    const struct wsync_form *form; /* a duty */
    uint32_t scope;
    int32_t monday;
    void (*add)(void *context, uint32_t scope, const struct wsync_duty_week *more);
    void *context;
};
WSYNC_MUST_USE enum wsync_err wsync_duty_read(struct wsync_site *site,
                                              const struct wsync_duty_walk *walk);

#endif
