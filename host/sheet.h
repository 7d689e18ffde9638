/* SPDX-License-Identifier: Apache-2.0 */
/* sheet.h: a table as people have it, CSV or a sheet of a workbook, for whoever reads rows. */
#ifndef WARDSYNC_HOST_SHEET_H
#define WARDSYNC_HOST_SHEET_H

#include "host/csv.h"

/* Opens what stands at `path` by what it holds, not by its name: as wsync_csv_open, or of a
 * workbook (xlsx_read.h) the sheet of this name (NULL: the first), whose first row that holds
 * anything is the header.  VALUE also when a sheet is named and it is no workbook. */
WSYNC_MUST_USE enum wsync_err wsync_table_open(const char *path, const char *sheet,
                                               struct wsync_csv **csv,
                                               struct wsync_error *error);

#endif
