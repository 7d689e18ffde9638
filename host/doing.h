/* SPDX-License-Identifier: Apache-2.0 */
/* doing.h: who did something, when, on which device: the three facts of every line of a
 * history; and which records a change touches. */
#ifndef WARDSYNC_HOST_DOING_H
#define WARDSYNC_HOST_DOING_H

#include "host/staff.h"
#include "host/view.h"

struct wsync_doing {
    char when[WSYNC_VIEW_TIME_BYTES];
    char who[WSYNC_STAFF_NAME_BYTES]; /* "" when nobody was named */
    char device[WSYNC_DEVICE_NAME_BYTES_MAX + 1];
    struct wsync_log log;
    struct wsync_change change;
    struct wsync_context context;
};

/* Reads the change that a dot names, in the site's open transaction; everything it points to
 * lives in the store or in the site's arena. */
WSYNC_MUST_USE enum wsync_err wsync_doing_read(struct wsync_site *site, struct wsync_dot dot,
                                               struct wsync_doing *doing);

/* Its operation that the dot names; NOT_FOUND when there is none, and as
 * wsync_operations_decode.  Lives in the site's arena. */
WSYNC_MUST_USE enum wsync_err wsync_doing_operation(struct wsync_site *site,
                                                    const struct wsync_doing *doing,
                                                    struct wsync_dot dot,
                                                    const struct wsync_operation **operation);

/* Is all that the record says what its first entry said?  A history need not say it then. */
bool wsync_doing_first_stands(const struct wsync_record *record);

/* Calls `visit` for each record that the operations of a change make or touch, in their order
 * and maybe more than once.  OPERATION and EXTENSION of what cannot be read are passed over: a
 * change that nobody can read touches nothing.  An answer other than OK ends it and is passed
 * on. */
WSYNC_MUST_USE enum wsync_err wsync_change_records(
    struct wsync_site *site, struct wsync_dot change,
    enum wsync_err (*visit)(void *context, struct wsync_dot record), void *context);

#endif
