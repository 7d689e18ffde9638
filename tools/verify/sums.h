/* SPDX-License-Identifier: Apache-2.0 */
/* sums.h: the cells of a ledger added up as `totals` prints them. */
#ifndef WARDSYNC_VERIFY_SUMS_H
#define WARDSYNC_VERIFY_SUMS_H

#include "tools/verify/printed.h"

enum sums_period { SUMS_DAY, SUMS_WEEK, SUMS_MONTH, SUMS_ALL };

struct sums_query {
    const char *form, *indicator; /* `indicator` NULL: all */
    enum sums_period period;
    bool by_subject; /* split by the units below */
    uint32_t unit;   /* 0: all */
    int32_t first_day, last_day;
};

/* One printed figure: a sum, or how often a choice was made (a boolean has 0 and 1). */
struct sums_column {
    const struct wsync_field *field;
    bool counts;
    uint32_t choice;
    struct wsync_slice choice_name;
};

struct sums_group {
    int32_t start; /* first day of the period; WSYNC_NO_DAY: records without a date */
    uint32_t unit;
    int64_t records, in_conflict;
    wsync_int128 *figures;
};

struct sums {
    struct audit *audit;
    const struct sums_query *query;
    const struct wsync_form *form;
    struct sums_column columns[WSYNC_CELL_MEASURES_MAX];
    size_t column_count;
    struct sums_group *groups; /* ascending by start and unit */
    size_t count, size;
};

/* Reads "day", "week", "month" or "all"; a date, or `otherwise` for NULL. */
WSYNC_MUST_USE bool sums_period(const char *text, enum sums_period *period);
WSYNC_MUST_USE bool sums_day(const char *text, int32_t otherwise, int32_t *day);

/* Adds up; false with the fault filled in.  The query outlives the sums. */
WSYNC_MUST_USE bool sums_add_up(struct sums *sums, struct audit *audit,
                                const struct sums_query *query, struct audit_fault *fault);
void sums_fini(struct sums *sums);

/* The row as it would be printed; false behind the last one (of a table: the total). */
bool sums_row(const struct sums *sums, size_t index, bool json, struct printed_row *row);

#endif
