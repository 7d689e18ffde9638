/* SPDX-License-Identifier: Apache-2.0 */
/* quarantined.h: one change that does not count, or was adopted, with everything that is said
 * of it. */
#ifndef WARDSYNC_HOST_QUARANTINED_H
#define WARDSYNC_HOST_QUARANTINED_H

#include "host/records.h"
#include "host/staff.h"
#include "wardsync/verdict.h"

struct wsync_quarantined {
    struct wsync_dot dot;
    char name[WSYNC_RECORD_ID_BYTES]; /* as of a record that it would have made */
    char who[WSYNC_STAFF_NAME_BYTES]; /* "" when nobody is named */
    struct wsync_log log;
    struct wsync_device device;
    struct wsync_change change;
    struct wsync_context context;
    enum wsync_err reason; /* OK: it is not quarantined */
    struct wsync_verdict verdict;
};

/* Reads it in the site's open transaction; parts of it lie in the arena. */
WSYNC_MUST_USE enum wsync_err wsync_quarantined_read(struct wsync_site *site,
                                                     struct wsync_dot dot,
                                                     struct wsync_quarantined *item);

/* What it wanted, context.operation_count of them, as far as it can be read. */
WSYNC_MUST_USE enum wsync_err wsync_quarantined_operations(struct wsync_site *site,
                                                           const struct wsync_quarantined *item,
                                                           struct wsync_operation **operations);

/* The form of an operation that writes; NULL when it names none that is here. */
const struct wsync_form *wsync_quarantined_form(struct wsync_site *site,
                                                const struct wsync_operation *operation);

/* The record that operation number `op` makes or is about; NOT_FOUND when it is not known here.
 */
WSYNC_MUST_USE enum wsync_err wsync_quarantined_record(struct wsync_site *site,
                                                       const struct wsync_quarantined *item,
                                                       const struct wsync_operation *operation,
                                                       size_t op, struct wsync_dot *record);

#endif
