/* SPDX-License-Identifier: Apache-2.0 */
/* csv.h: tables as CSV: a streaming reader that loses nothing silently, and a writer.
 *
 * The reader takes UTF-8 with or without BOM, `,` `;` or TAB (whichever stands most often in
 * the first line outside quotes), any line end, quotes as RFC 4180 has them; blank lines are
 * skipped and blanks around values are kept.  A row it cannot take is a finding with its line
 * and a sentence; the rows behind it go on.  Memory is fixed: one row of 1 MiB. */
#ifndef WARDSYNC_HOST_CSV_H
#define WARDSYNC_HOST_CSV_H

#include <stdio.h>

#include "wardsync/error.h"

enum { WSYNC_CSV_ROW_BYTES_MAX = 1 << 20, WSYNC_CSV_COLUMNS_MAX = 512 };

struct wsync_csv;

struct wsync_csv_row {
    uint64_t row;    /* as a spreadsheet counts, from 1; blank lines of a file are none */
    uint64_t line;   /* of the file, from 1, where the row begins; of a sheet its row */
    uint64_t offset; /* bytes of the file in front of it */
    const struct wsync_slice *cells; /* hold until the next call; valid UTF-8 */
    size_t cell_count;
};

/* Opens a file ("-" is standard input) and reads its header row, whose names are trimmed, of
 * one line (a line end in one is a blank), not empty and different.  NOT_FOUND when there is no
 * such file, STORE_IO when it cannot be read, MEMORY, VALUE when there is no legal header; each
 * with a sentence. */
WSYNC_MUST_USE enum wsync_err wsync_csv_open(const char *path, struct wsync_csv **csv,
                                             struct wsync_error *error);

/* The same with the header in a row behind others, which are passed over; 0: in the first.  The
 * separator is that of the header.  VALUE also when the file has no such row. */
WSYNC_MUST_USE enum wsync_err wsync_csv_open_at(const char *path, uint64_t header,
                                                struct wsync_csv **csv,
                                                struct wsync_error *error);

/* The same of a sheet: its rows from `first` on, one behind the other, as a table that another
 * part of this program has written and that is closed with the reader, also on an error.  A
 * `line` is a row there, however many lines its texts have. */
WSYNC_MUST_USE enum wsync_err wsync_csv_open_sheet(FILE *file, uint64_t first,
                                                   struct wsync_csv **csv,
                                                   struct wsync_error *error);

/* Is it one? */
bool wsync_csv_is_sheet(const struct wsync_csv *csv);

/* The text without blanks and tabs at both ends, as the names of the columns are read. */
struct wsync_slice wsync_csv_trim(struct wsync_slice text);

/* The header row, for as long as the file is open. */
const struct wsync_csv_row *wsync_csv_header(const struct wsync_csv *csv);

/* The column of this name; false when there is none. */
WSYNC_MUST_USE bool wsync_csv_column(const struct wsync_csv *csv, struct wsync_slice name,
                                     size_t *column);

/* The separator that was found. */
char wsync_csv_separator(const struct wsync_csv *csv);

/* The next row, with as many cells as the header.  NOT_FOUND at the end.  VALUE is a finding:
 * row->line and row->offset say where, there are no cells, the sentence says what, and the next
 * call goes on.  STORE_IO and MEMORY end the reading. */
WSYNC_MUST_USE enum wsync_err wsync_csv_next(struct wsync_csv *csv, struct wsync_csv_row *row,
                                             struct wsync_error *error);

/* True when every cell is empty, as in the rows spreadsheets leave behind a table. */
bool wsync_csv_row_is_empty(const struct wsync_csv_row *row);

/* Takes a row; its cells hold during the call. */
typedef void wsync_csv_taker(void *context, const struct wsync_csv_row *row);

/* Calls `take` for those of the first `count` rows of a file that can be read and hold
 * anything, whatever their columns.  As wsync_csv_open; a file without rows has none. */
WSYNC_MUST_USE enum wsync_err wsync_csv_peek(const char *path, uint64_t count,
                                             wsync_csv_taker *take, void *context,
                                             struct wsync_error *error);

/* Closes the file (not standard input) and frees everything; NULL is allowed. */
void wsync_csv_close(struct wsync_csv *csv);

/* How a table is written. */
enum wsync_csv_mode {
    WSYNC_CSV_PLAIN, /* RFC 4180: `,`, CR LF */
    WSYNC_CSV_LF,    /* the same with LF, for files under version control and Unix tools */
    WSYNC_CSV_EXCEL, /* BOM, `;`, CR LF; ' in front of text that begins with = + - or @ */
};

enum wsync_csv_kind {
    WSYNC_CSV_TEXT,   /* somebody wrote it */
    WSYNC_CSV_NUMBER, /* made by this program: a number, a date; a sign in front is harmless */
    WSYNC_CSV_FIGURE, /* the same, and a plain number as WSYNC_STYLE_DATA writes it */
    WSYNC_CSV_DAY,    /* or a day */
};

/* Takes cells in the place of a stream. */
struct wsync_csv_cells {
    void (*put)(void *context, struct wsync_slice value, enum wsync_csv_kind kind);
    void (*end_row)(void *context);
    void *context;
};

/* A writer in the caller's memory; the stream stays the caller's. */
struct wsync_csv_writer {
    FILE *out;
    const struct wsync_csv_cells *cells; /* NULL: they go to `out` */
    enum wsync_csv_mode mode;
    bool in_row;
};

/* Begins a table (and writes the BOM of WSYNC_CSV_EXCEL). */
void wsync_csv_writer_init(struct wsync_csv_writer *writer, FILE *out,
                           enum wsync_csv_mode mode);

/* Puts the next value of the row, ends the row. */
void wsync_csv_put(struct wsync_csv_writer *writer, struct wsync_slice value,
                   enum wsync_csv_kind kind);
void wsync_csv_end_row(struct wsync_csv_writer *writer);

/* Flushes and says whether everything was written: STORE_IO with a sentence if not. */
WSYNC_MUST_USE enum wsync_err wsync_csv_writer_fini(struct wsync_csv_writer *writer,
                                                    struct wsync_error *error);

#endif
