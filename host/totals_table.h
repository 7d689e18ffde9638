/* SPDX-License-Identifier: Apache-2.0 */
/* totals_table.h: the totals of one form as a table: a group for each period and unit, in each
 * a figure for each sum and each counted choice; for the command `totals`, pages and charts. */
#ifndef WARDSYNC_HOST_TOTALS_TABLE_H
#define WARDSYNC_HOST_TOTALS_TABLE_H

#include "host/site.h"
#include "wardsync/totals.h"

enum wsync_totals_by {
    WSYNC_TOTALS_BY_DAY,
    WSYNC_TOTALS_BY_WEEK,
    WSYNC_TOTALS_BY_MONTH,
    WSYNC_TOTALS_BY_ALL,
};

/* What is asked. */
struct wsync_totals_ask {
    const struct wsync_form *form;
    enum wsync_totals_by by;
    const char *indicator;       /* only the field of this name; NULL: all */
    uint32_t scope;              /* only this ward; 0: all */
    bool by_subject;             /* groups are the units below the ward, not the ward */
    int32_t first_day, last_day; /* as of wsync_totals_query */
};

/* One figure of a group: a sum, or the count of one choice. */
struct wsync_totals_column {
    const struct wsync_field *field;
    const struct wsync_choice *choice; /* NULL: the sum */
};

struct wsync_totals_group {
    int32_t start; /* first day of the period; WSYNC_NO_DAY: records without a date */
    uint32_t unit;
    int64_t records, in_conflict;
    wsync_int128 *figures; /* one a column */
};

struct wsync_totals_table {
    struct wsync_totals_ask ask;
    struct wsync_totals_column columns[WSYNC_CELL_MEASURES_MAX];
    uint16_t order[WSYNC_CELL_MEASURES_MAX]; /* of the columns, by field and choice */
    size_t column_count;
    struct wsync_totals_group *groups; /* ascending by start, unit */
    size_t group_count, group_size;
    struct wsync_totals_group all; /* the sum of them; start and unit say nothing */
};

/* Adds up within the site's open transaction; the form must hold for as long as the table.
 * The caller frees it (wsync_totals_table_free) when the answer is OK.  OVERFLOW, MEMORY, and
 * those of the store. */
WSYNC_MUST_USE enum wsync_err wsync_totals_table_new(struct wsync_site *site,
                                                     const struct wsync_totals_ask *ask,
                                                     struct wsync_totals_table **table);
void wsync_totals_table_free(struct wsync_totals_table *table); /* NULL is allowed */

/* The group of a period and unit, NULL when there is none. */
const struct wsync_totals_group *wsync_totals_table_find(const struct wsync_totals_table *table,
                                                         int32_t start, uint32_t unit);

/* The first day of the period that holds the day; of WSYNC_NO_DAY itself; 0 for BY_ALL. */
int32_t wsync_totals_start(enum wsync_totals_by by, int32_t day);

/* The unit that a record about `subject` on `day` counts for below its log's scope: a subject
 * outside the scope on that day counts for the scope itself (SPEC 10.6). */
uint32_t wsync_totals_unit(struct wsync_site *site, uint32_t scope, uint32_t subject,
                           int32_t day);

/* How many digits of the column's figures stand behind the point. */
uint32_t wsync_totals_digits(const struct wsync_totals_column *column);

#endif
