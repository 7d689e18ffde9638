/* SPDX-License-Identifier: Apache-2.0 */
/* records_day.h: records by the day they are about, the last day first, a page at a time.
 *
 * What counts in a cell of the totals is found by the rows behind it (wsync_counted_seek), so a
 * ward's records of one week cost what a page shows of them, however many there are of others.
 * Records that are deleted or duplicates are not among them: records_back.h finds those. */
#ifndef WARDSYNC_HOST_RECORDS_DAY_H
#define WARDSYNC_HOST_RECORDS_DAY_H

#include "host/records.h"
#include "wardsync/totals.h"

enum { WSYNC_DAYS_TEXT_BYTES = 96 };

struct wsync_days_query {
    uint32_t form;    /* 0: all of the district's own */
    uint32_t scope;   /* 0: all */
    uint32_t subject; /* 0: any; with a scope: the unit that the totals count it for */
    int32_t first_day, last_day; /* first_day WSYNC_NO_DAY: also those without a date, which are
                                    the last ones */
    size_t look_max;             /* records looked at, at most */
};

/* Where a page begins: before this record of this day. */
struct wsync_days {
    uint32_t forms[WSYNC_CATALOG_FORMS_MAX]; /* descending */
    size_t form_count;
    struct wsync_counted before;
    bool over;     /* there are no more */
    size_t looked; /* records so far, on this page */
};

/* Begins at the last day, or where `text` (NULL or "": the last day) of an earlier page says.
 * INVALID when it is no such text. */
WSYNC_MUST_USE enum wsync_err wsync_days_begin(struct wsync_site *site,
                                               const struct wsync_days_query *query,
                                               const char *text, struct wsync_days *days);

/* Calls `visit` for each record that the query wants, within the site's transaction, until it
 * answers false in `*more`; an answer other than OK ends the walk and is passed on.  It also
 * ends, and can go on, when it has looked at enough: `days->over` tells the difference. */
WSYNC_MUST_USE enum wsync_err wsync_days_walk(
    struct wsync_site *site, const struct wsync_days_query *query, struct wsync_days *days,
    enum wsync_err (*visit)(void *context, const struct wsync_records_item *item, bool *more),
    void *context);

/* Writes where the next page begins: digits and '.' only. */
const char *wsync_days_text(const struct wsync_days *days, char text[WSYNC_DAYS_TEXT_BYTES]);

/* How many the query wants, from the totals; at least so many unless `*all`, when adding them
 * up would take too long for a page. */
WSYNC_MUST_USE enum wsync_err wsync_days_count(struct wsync_site *site,
                                               const struct wsync_days_query *query,
                                               uint64_t *count, bool *all);

#endif
