/* SPDX-License-Identifier: Apache-2.0 */
/* xlsx_read.h: the sheets of a workbook (.xlsx), and the rows of one as text.
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
    WSYNC_XLSX_READ_SHEETS_MAX = 256,
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

/* Which sheet: the first of this name; without one that at this place; zeroed, the first table
 * that is not hidden. */
struct wsync_xlsx_wanted {
    struct wsync_slice name; /* data NULL: none */
    size_t number;           /* from 1; 0: none */
};

/* Calls `take` for each row of the wanted sheet.  VALUE with a sentence that says what and, in
 * a sheet, which cell; MEMORY. */
WSYNC_MUST_USE enum wsync_err wsync_xlsx_read(struct wsync_slice bytes,
                                              const struct wsync_xlsx_wanted *wanted,
                                              wsync_xlsx_taker *take, void *context,
                                              struct wsync_error *error);

struct wsync_xlsx_sheet {
    const char *name; /* one line of legal text, its first 255 bytes; holds during the call */
    size_t number;    /* its place, from 1 */
    bool is_hidden;
    bool is_table;  /* and no chart */
    bool is_wanted; /* wsync_xlsx_read reads it; none is when that refuses */
};

typedef void wsync_xlsx_sheet_taker(void *context, const struct wsync_xlsx_sheet *sheet);

/* Calls `take` for each sheet, in their order.  VALUE with a sentence, MEMORY: for none. */
WSYNC_MUST_USE enum wsync_err wsync_xlsx_sheets(struct wsync_slice bytes,
                                                const struct wsync_xlsx_wanted *wanted,
                                                wsync_xlsx_sheet_taker *take, void *context,
                                                struct wsync_error *error);

#endif
