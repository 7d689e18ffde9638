/* SPDX-License-Identifier: Apache-2.0 */
/* xlsx_write.h: one table as a workbook, for people who open it and add up for themselves.
 *
 * The only user of libxlsxwriter.  The heads stay on top, columns are as wide as what stands in
 * them, numbers are numbers, days are days, and everything else is text, codes with leading
 * zeros too: nothing that somebody wrote becomes a formula.  A formula carries its value, so a
 * reader that computes nothing shows it.  No file of it has a name on a disk. */
#ifndef WARDSYNC_HOST_XLSX_WRITE_H
#define WARDSYNC_HOST_XLSX_WRITE_H

#include "host/csv.h"
#include "wardsync/totals.h"

enum { WSYNC_XLSX_COLUMNS_MAX = 256, WSYNC_XLSX_ROWS_MAX = 20000 };

struct wsync_xlsx;

/* Begins a workbook with one sheet of this name.  MEMORY. */
WSYNC_MUST_USE enum wsync_err wsync_xlsx_open(const char *sheet, struct wsync_xlsx **xlsx);

/* Puts the next cell of the row; cells beyond WSYNC_XLSX_COLUMNS_MAX are left out.  The first
 * row is the heads.  A figure is scaled by ten to `digits`; WSYNC_NO_DAY: an empty cell. */
void wsync_xlsx_text(struct wsync_xlsx *xlsx, struct wsync_slice text);
void wsync_xlsx_figure(struct wsync_xlsx *xlsx, wsync_int128 figure, uint32_t digits);
void wsync_xlsx_day(struct wsync_xlsx *xlsx, int32_t day);
/* The sum of the column's cells from row `first` (0: the heads) to the one before this;
 * `figure` is what it is. */
void wsync_xlsx_sum(struct wsync_xlsx *xlsx, uint32_t first, wsync_int128 figure,
                    uint32_t digits);
void wsync_xlsx_end_row(struct wsync_xlsx *xlsx);

/* How many rows there are, with the heads; no more than WSYNC_XLSX_ROWS_MAX are taken. */
uint32_t wsync_xlsx_rows(const struct wsync_xlsx *xlsx);

/* The same for who writes a table cell by cell (csv.h); `context` is the workbook. */
void wsync_xlsx_put(void *context, struct wsync_slice value, enum wsync_csv_kind kind);
void wsync_xlsx_put_end(void *context);

/* Ends the workbook, whatever the answer: its bytes are in the memory behind `*fd`, which
 * stands at their beginning and is the caller's.  MEMORY, STORE_IO with a sentence. */
WSYNC_MUST_USE enum wsync_err wsync_xlsx_close(struct wsync_xlsx *xlsx, int *fd,
                                               struct wsync_error *error);

#endif
