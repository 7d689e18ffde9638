/* SPDX-License-Identifier: Apache-2.0 */
/* export.h: the records of a form as a table or as JSON, one record a row, in the order of logs
 * and of what was written in them.
 *
 * Columns: _id, _scope (the unit's code, its number when it has none), _scope_name, _day (of
 * the form's date field), _state (alive, conflict, deleted, duplicate), then the fields
 * of all versions of the form, those of the newest first.  No field's name begins with "_".  A
 * conflict shows the value that the pages show.  A field of an older version whose name means
 * another field now comes as NAME_NUMBER.  Behind a photo comes _NAME_state: here, on-its-way
 * (a part is here, or it is asked for), missing, refused (who should have it has it not).
 *
 * A plain table can be imported again (host/import.h): "_id" is then the key, so that records
 * which are here are not made twice.  Memory is that of one record. */
#ifndef WARDSYNC_HOST_EXPORT_H
#define WARDSYNC_HOST_EXPORT_H

#include "host/csv.h"
#include "host/records_day.h"
#include "host/value_text.h"

enum wsync_export_kind {
    WSYNC_EXPORT_CSV,
    WSYNC_EXPORT_JSON, /* an object a line: integers, booleans and null as such, the rest as
                          text: decimals with all their digits, ISO dates, choice names */
};

struct wsync_export_options {
    enum wsync_export_kind kind;
    enum wsync_csv_mode csv_mode;
    bool labels; /* CSV: values as people read them (WSYNC_STYLE_VI or EN) and the
                    fields' labels as headings; not read back by an import */
    enum wsync_language language;
    const char *columns; /* names separated by commas, in this order; NULL: all */
    bool personal;       /* without it personal fields are left out, and naming one in `columns`
                            is refused */
    const char *form;    /* its name */
    struct wsync_records_query query;    /* which records (WSYNC_NO_DAY to WSYNC_DAY_MAX: all);
                                            its `form` is ignored */
    const struct wsync_days_query *days; /* these instead, by day (records_day.h); NULL */
    FILE *out;
    const struct wsync_csv_cells *cells; /* in its place, for CSV: with WSYNC_CSV_FIGURE and
                                            WSYNC_CSV_DAY as data; NULL */
};

/* Writes the records of the form within the site's transaction and says how many.  NOT_FOUND
 * when there is no such form, INVALID for a column that does not exist, STORE_IO when the
 * stream does not take it; each with a sentence. */
WSYNC_MUST_USE enum wsync_err wsync_export_run(struct wsync_site *site,
                                               const struct wsync_export_options *options,
                                               uint64_t *records, struct wsync_error *error);

#endif
