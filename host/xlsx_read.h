/* SPDX-License-Identifier: Apache-2.0 */
/* xlsx_read.h: the rows of one sheet of a workbook (.xlsx) as text.
 *
 * The only user of libzip and expat.  The file is a stranger's: no DOCTYPE is read, and all
 * that it unfolds to is bounded.  Texts stay as they are, numbers come as a program writes them
 * ("1234.5"), days, times and moments as ISO has them where the cell's format says that it is
 * one, truths as true and false; of a formula what it came to when the file was saved.  What
 * stands in a merged cell is its first cell's. */
#ifndef WARDSYNC_HOST_XLSX_READ_H
#define WARDSYNC_HOST_XLSX_READ_H

#include "wardsync/error.h"
#include "wardsync/slice.h"

enum {
    WSYNC_XLSX_READ_MEMBERS_MAX = 2000,
    WSYNC_XLSX_READ_BYTES_MAX = 64 << 20, /* of all members, unpacked; of all cells' text */
    WSYNC_XLSX_READ_RATIO_MAX = 200,      /* of a member: unpacked to packed */
    WSYNC_XLSX_READ_ROWS_MAX = 100000,    /* the number of the last row that holds anything */
    WSYNC_XLSX_READ_COLUMNS_MAX = 256,
    WSYNC_XLSX_READ_CELL_BYTES_MAX = 8192,
};

/* A row that holds something. */
struct wsync_xlsx_row {
    uint32_t number;                 /* as a spreadsheet counts: from 1, ascending */
    const struct wsync_slice *cells; /* valid UTF-8; hold during the call */
    size_t cell_count;               /* up to the last one that holds anything */
};

/* Takes a row; an answer other than OK ends the reading and is passed on. */
typedef enum wsync_err wsync_xlsx_taker(void *context, const struct wsync_xlsx_row *row,
                                        struct wsync_error *error);

/* Does a file that begins so look like a workbook? */
bool wsync_xlsx_is(struct wsync_slice bytes);

/* Calls `take` for each row of the sheet of this name (NULL: the first that is not hidden).
 * VALUE with a sentence that says what and, in a sheet, which cell; MEMORY. */
WSYNC_MUST_USE enum wsync_err wsync_xlsx_read(struct wsync_slice bytes, const char *sheet,
                                              wsync_xlsx_taker *take, void *context,
                                              struct wsync_error *error);

#endif
