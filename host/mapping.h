/* SPDX-License-Identifier: Apache-2.0 */
/* mapping.h: which column of a table gives which field of a form, and which rows are wanted.
 *
 *   [import]
 *   form = request                    the form the rows become records of
 *   key = ServiceRequestNum           column that tells rows apart; without it the row's values
 *   source = city-311                 optional: keeps keys of different registers apart
 *   date_format = %m/%d/%Y %I:%M %p   optional: dates, times and moments (date_format.h); else
 *                                     as wsync_value_parse reads them
 *   decimal = point                   optional: point or comma; else comma when the table is
 *                                     separated by ';'
 *   require = CouncilDistrict         optional: a row with nothing in this column is a finding
 *   filter = CouncilDistrict == 6     optional: other rows are passed over; also !=
 *   actor = 12                        optional: staff number
 *   sheet = Tháng 4                   optional: of a workbook, the sheet (xlsx_read.h)
 *   header = 3                        optional: the row with the names of the columns, as a
 *                                     spreadsheet counts; rows above it are passed over
 *   columns = numbers                 optional: names or numbers (names): below and in key,
 *                                     require and filter a column is its number, from 1, and
 *                                     in sheet the sheet its place
 *   [fields]
 *   created = CreatedDate             field = column
 *   [constant]
 *   agency = Solid Waste              field = value for every row
 *   [values status]
 *   Closed (Duplicate) = closed_duplicate      what the column says = what the field takes;
 *                                              texts that are not named stay as they are
 *   [date_format]
 *   closed = %d.%m.%Y                 field = format, for this field alone
 *
 * Without a mapping file columns have the names of fields, columns whose names begin with "_"
 * are left alone (host/export.h writes such), any other column is refused, and the key is the
 * column "key", else "_id", else the row's values. */
#ifndef WARDSYNC_HOST_MAPPING_H
#define WARDSYNC_HOST_MAPPING_H

#include "host/csv.h"
#include "host/findings.h"
#include "host/sheet.h"
#include "host/value_text.h"
#include "wardsync/payload.h"

enum { WSYNC_MAPPING_ENTRIES_MAX = 4096 };

/* A text and where it stands; line 0: not from the file. */
struct wsync_mapping_text {
    struct wsync_slice text; /* data NULL: not given */
    int line;
};

/* One key of the file. */
struct wsync_mapping_entry {
    const struct wsync_mapping_entry *next;
    struct wsync_slice section, name;
    struct wsync_mapping_text value;
};

struct wsync_mapping {
    const char *path; /* NULL: no file */
    struct wsync_mapping_text form, key, source, date_format, decimal, require, filter, actor,
        sheet, header, columns;
    const struct wsync_mapping_entry *entries; /* of the other sections */
    size_t entry_count;
};

/* Reads a file into the arena.  INVALID with file, line and key when it breaks a rule that
 * needs neither form nor table; NOT_FOUND, STORE_IO, MEMORY. */
WSYNC_MUST_USE enum wsync_err wsync_mapping_read(const char *path, struct wsync_arena *arena,
                                                 struct wsync_mapping *mapping,
                                                 struct wsync_error *error);

/* Puts a text in the place of the file's; NULL leaves that. */
void wsync_mapping_override(struct wsync_mapping_text *text, const char *given);

/* Where it says that the table stands; zeroed where it says nothing.  INVALID with file, line
 * and key. */
WSYNC_MUST_USE enum wsync_err wsync_mapping_place(const struct wsync_mapping *mapping,
                                                  struct wsync_table_place *place,
                                                  struct wsync_error *error);

/* Where one field comes from. */
struct wsync_plan_field {
    const struct wsync_field *field;
    bool constant;
    size_t column;
    struct wsync_value value;       /* of a constant */
    struct wsync_slice date_format; /* empty: as usual */
    bool translated;                /* there is a section [values FIELD] */
};

struct wsync_plan_filter {
    bool given, equal;
    size_t column;
    struct wsync_slice value;
};

/* A mapping that fits a form and a table.  The first two are its maker's to fill. */
struct wsync_plan {
    const struct wsync_mapping *mapping;
    const struct wsync_form *form;
    const struct wsync_csv_row *header;
    struct wsync_plan_field fields[WSYNC_FORM_FIELDS_MAX]; /* ascending by number */
    size_t field_count;
    bool has_key, key_is_id, key_is_personal, has_require, point_is_decimal;
    size_t key_column, require_column;
    struct wsync_plan_filter filter;
    uint32_t actor;
};

/* Fits the plan's mapping to its form and an open table; all must stay while the plan is used,
 * and the reader's arena.  INVALID with a sentence that names file and key when one has what
 * the others lack, when a required field comes from nowhere, when a constant or a format is not
 * allowed. */
WSYNC_MUST_USE enum wsync_err wsync_plan_make(struct wsync_plan *plan,
                                              const struct wsync_csv *csv,
                                              const struct wsync_value_reader *reader,
                                              struct wsync_error *error);

enum wsync_row_kind {
    WSYNC_ROW_WANTED,
    WSYNC_ROW_NOT_MINE, /* the filter passes over it */
    WSYNC_ROW_FAULTY,
};

/* What a row became.  `key` is trimmed and NFC. */
struct wsync_plan_row {
    enum wsync_row_kind kind;
    struct wsync_slice key; /* empty without a key column */
    struct wsync_write *writes; /* ascending by field, without blanks */
    size_t write_count;
    struct wsync_finding *findings; /* of a faulty row; row and line are the caller's to fill */
    size_t finding_count;
};

/* Reads a row into the reader's arena.  MEMORY; anything wrong with the row is a finding. */
WSYNC_MUST_USE enum wsync_err wsync_plan_read(const struct wsync_plan *plan,
                                              const struct wsync_value_reader *reader,
                                              const struct wsync_csv_row *cells,
                                              struct wsync_plan_row *row);

#endif
