/* SPDX-License-Identifier: Apache-2.0 */
/* sheet.h: a table as people have it, CSV or a sheet of a workbook, for whoever reads rows. */
#ifndef WARDSYNC_HOST_SHEET_H
#define WARDSYNC_HOST_SHEET_H

#include "host/csv.h"
#include "host/xlsx_read.h"

/* Opens what stands at `path` by what it holds, not by its name: as wsync_csv_open, or of a
 * workbook the wanted sheet, whose first row that holds anything is the header.  VALUE also
 * when a sheet is wanted and it is no workbook. */
WSYNC_MUST_USE enum wsync_err wsync_table_open(const char *path,
                                               const struct wsync_xlsx_wanted *wanted,
                                               struct wsync_csv **csv,
                                               struct wsync_error *error);

/* As wsync_xlsx_sheets of what stands there; of anything but a workbook OK and none. */
WSYNC_MUST_USE enum wsync_err wsync_table_sheets(const char *path,
                                                 const struct wsync_xlsx_wanted *wanted,
                                                 wsync_xlsx_sheet_taker *take, void *context,
                                                 struct wsync_error *error);

#endif
