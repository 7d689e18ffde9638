/* SPDX-License-Identifier: Apache-2.0 */
/* sheet.h: a table as people have it, CSV or a sheet of a workbook, for whoever reads rows. */
#ifndef WARDSYNC_HOST_SHEET_H
#define WARDSYNC_HOST_SHEET_H

#include "host/csv.h"
#include "host/xlsx_read.h"

enum {
    WSYNC_TABLE_HEADER_MAX = 100, /* the last row that may be the header */
    WSYNC_TABLE_HEADS_MAX = 20,   /* rows that are looked at for it */
};

/* Where the table stands: in which sheet of a workbook, and in which row the names of its
 * columns (from 1, as a spreadsheet counts; 0: in the first that holds anything).  What stands
 * above them is no part of it. */
struct wsync_table_place {
    struct wsync_xlsx_wanted sheet;
    uint64_t header;
};

/* Opens what stands at `path` by what it holds, not by its name: as wsync_csv_open_at, or a
 * sheet of a workbook.  VALUE also when a sheet is wanted and it is no workbook, and when the
 * row of the names holds nothing. */
WSYNC_MUST_USE enum wsync_err wsync_table_open(const char *path,
                                               const struct wsync_table_place *place,
                                               struct wsync_csv **csv,
                                               struct wsync_error *error);

/* As wsync_xlsx_sheets of what stands there; of anything but a workbook OK and none. */
WSYNC_MUST_USE enum wsync_err wsync_table_sheets(const char *path,
                                                 const struct wsync_xlsx_wanted *wanted,
                                                 wsync_xlsx_sheet_taker *take, void *context,
                                                 struct wsync_error *error);

/* Calls `take` for those of the first WSYNC_TABLE_HEADS_MAX rows that hold anything: one of
 * them should be the header.  None of what can be read only once.  As wsync_table_open. */
WSYNC_MUST_USE enum wsync_err wsync_table_heads(const char *path,
                                                const struct wsync_table_place *place,
                                                wsync_csv_taker *take, void *context,
                                                struct wsync_error *error);

#endif
