/* SPDX-License-Identifier: Apache-2.0 */
/* totals.h: counts and sums, kept in the transaction of the change that causes them (SPEC
 * section 10.6).
 *
 * A cell is keyed by form, scope (the unit of the log), subject (the unit the record is about)
 * and day; weeks, months and parent units are sums over cells.  A record's contribution is a
 * pure function of its shown values.  Sums are 128-bit: no input can overflow a cell. */
#ifndef WARDSYNC_TOTALS_H
#define WARDSYNC_TOTALS_H

#include "wardsync/arena.h"
#include "wardsync/form.h"
#include "wardsync/record.h"
#include "wardsync/store.h"

struct wsync_catalog;

__extension__ typedef __int128 wsync_int128;

/* What a cell keeps of one field: for a summed field `choice` is 0 and `sum` the sum of its
 * values (scaled as the field); for a counted field one measure a choice. */
struct wsync_measure {
    uint32_t field;
    uint32_t choice;
    int64_t count;
    wsync_int128 sum;
};

struct wsync_cell {
    uint32_t form, scope, subject;
    int32_t day; /* WSYNC_NO_DAY: the record's date field is blank */
    int64_t records;
    int64_t in_conflict;            /* of these records */
    struct wsync_measure *measures; /* ascending by field, choice; none with count 0 */
    size_t measure_count;
};

/* Of one form version: a sum or the two sides of a boolean a field, and one measure a choice.
 */
enum { WSYNC_CELL_MEASURES_MAX = 2 * WSYNC_FORM_FIELDS_MAX + WSYNC_FORM_CHOICES_MAX };

/* Adds (`sign` 1) or takes away (-1) what the record contributes under the form: nothing when
 * it is deleted or a duplicate.  Keeps what wsync_counted_seek finds. */
WSYNC_MUST_USE enum wsync_err wsync_totals_apply(struct wsync_txn *txn,
                                                 struct wsync_arena *arena,
                                                 const struct wsync_form *form,
                                                 const struct wsync_record *record, int sign);

/* Which cells to visit. */
struct wsync_totals_query {
    uint32_t form;
    uint32_t scope;              /* 0: all */
    int32_t first_day, last_day; /* inclusive; cells without a day are visited when
                                    first_day is WSYNC_NO_DAY */
};

/* Calls `visit` for each cell in the order of day, scope, subject.  The cell holds until it
 * returns; an answer other than OK ends the walk and is passed on.  The cells of other scopes
 * are passed by.  Without an arena no measures are read, only how many records there are. */
WSYNC_MUST_USE enum wsync_err wsync_totals_walk(
    struct wsync_txn *txn, struct wsync_arena *arena, const struct wsync_totals_query *query,
    enum wsync_err (*visit)(void *context, const struct wsync_cell *cell), void *context);

/* A record that counts in a cell; of a built-in form, which has no totals, one that lives. */
struct wsync_counted {
    uint32_t form;
    int32_t day; /* WSYNC_NO_DAY: the record's date field is blank */
    uint32_t scope, subject;
    struct wsync_dot record;
};

/* Finds the one at `where` relative to `*at`, in the order of these members, and puts it there;
 * NOT_FOUND when there is none, of any form.  What is deleted or a duplicate is not among them.
 */
WSYNC_MUST_USE enum wsync_err wsync_counted_seek(struct wsync_txn *txn, enum wsync_seek where,
                                                 struct wsync_counted *at);

/* Are those rows here?  Not in a store from before they were kept, until they are made. */
WSYNC_MUST_USE enum wsync_err wsync_counted_is_kept(struct wsync_txn *txn, bool *kept);

/* Makes them from the records and notes that they are kept from now on; nothing when they are.
 * A record that cannot be read gets none.  All in this transaction, so that no change comes in
 * between: before anything else is written by a program that keeps them. */
WSYNC_MUST_USE enum wsync_err wsync_counted_make(struct wsync_txn *txn,
                                                 struct wsync_catalog *catalog,
                                                 struct wsync_arena *arena);

/* The measure of a cell, NULL when it has none. */
const struct wsync_measure *wsync_cell_measure(const struct wsync_cell *cell, uint32_t field,
                                               uint32_t choice);

/* Decimal digits of a sum scaled by ten to `digits`, exact.  `text` has room for 48 bytes. */
void wsync_sum_print(wsync_int128 sum, uint32_t digits, char *text);

#endif
