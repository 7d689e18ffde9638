/* SPDX-License-Identifier: Apache-2.0 */
/* records_back.h: records with the newest first, a page at a time, whatever log they are in.
 *
 * Each log is read backwards from where the last page ended, and of the heads of the logs the
 * one that was made last comes next.  So the first page costs as many rows as it shows; what a
 * filter passes over is bounded by `look_max`, and the next page goes on behind it.  Of those
 * that are deleted most others are passed by without being read, WSYNC_BACK_PASS_EACH for each
 * that may be looked at. */
#ifndef WARDSYNC_HOST_RECORDS_BACK_H
#define WARDSYNC_HOST_RECORDS_BACK_H

#include "host/records.h"

enum {
    WSYNC_BACK_LOGS_MAX = 64,
    WSYNC_BACK_PASS_EACH = 16,
    WSYNC_BACK_TEXT_BYTES = WSYNC_BACK_LOGS_MAX * 40,
};

/* Where a page begins: of each log what stands before this dot, of which the caller sees only
 * the text.  A log that is not named is read from its end. */
struct wsync_back {
    struct {
        struct wsync_dot before;
        int64_t stamp; /* of the record before it, once looked at */
        bool looked, over;
    } logs[WSYNC_BACK_LOGS_MAX];
    size_t count;
    bool over;     /* there are no more */
    size_t looked, passed; /* records so far, on this page; of them, those not read */
};

struct wsync_back_query {
    uint32_t form;               /* 0: all of the district's own forms */
    int32_t first_day, last_day; /* by the form's date field; first_day WSYNC_NO_DAY: all */
    bool deleted;                /* those that are deleted or duplicates, and no others */
    size_t look_max;             /* rows read, at most */
};

/* Begins at the newest in the logs of one scope, or (0) of all; or where `text` of an earlier
 * page says, unless it is NULL or "".  INVALID when it is no such text; CROWDED when there are
 * more logs than are read so. */
WSYNC_MUST_USE enum wsync_err wsync_back_begin(struct wsync_site *site, uint32_t scope,
                                               const char *text, struct wsync_back *back);

/* Calls `visit` for each record that the query wants, within the site's transaction, until it
 * answers false in `*more`; an answer other than OK ends the walk and is passed on.  When it
 * ends, `back->over` says whether there is anything behind it. */
WSYNC_MUST_USE enum wsync_err wsync_back_walk(
    struct wsync_site *site, const struct wsync_back_query *query, struct wsync_back *back,
    enum wsync_err (*visit)(void *context, const struct wsync_records_item *item, bool *more),
    void *context);

/* Writes where the next page begins: digits, '.', ',' and '-' only. */
const char *wsync_back_text(const struct wsync_back *back, char text[WSYNC_BACK_TEXT_BYTES]);

#endif
