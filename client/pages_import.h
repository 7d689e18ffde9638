/* SPDX-License-Identifier: Apache-2.0 */
/* pages_import.h: a table that becomes records: sent, its columns given to fields, looked at,
 * taken in, and taken back.
 *
 * Between the steps the page process keeps (page_kept.h) the table, how its columns become
 * fields, and what came of it.  A command reads them as /proc/self/fd/3 and 4. */
#ifndef WARDSYNC_CLIENT_PAGES_IMPORT_H
#define WARDSYNC_CLIENT_PAGES_IMPORT_H

#include "client/pages.h"
#include "host/json.h"
#include "host/mapping.h"

enum {
    DESK_TABLE_BYTES_MAX = 8 << 20,
    DESK_IMPORT_WORD_BYTES = 16,
    DESK_IMPORT_PATH_BYTES = 160,
};

/* The files of what is kept. */
enum { DESK_TABLE, DESK_MAPPING, DESK_RESULT };

/* What this session keeps under the request's `kept`.  NULL: it is not there (any more), and
 * the page says so and is ended. */
struct wsync_kept *desk_import_kept(struct desk_page *page);

/* Writes the first page, with the sentence `error` (NULL: none), and ends it. */
void desk_import_again(struct desk_page *page, const char *error);

/* The sentence in `page->error` without the names of files that only this program sees. */
const char *desk_import_said(struct desk_page *page);

/* ---- the columns ---- */

enum {
    DESK_MAP_COLUMNS_MAX = 200, /* below WSYNC_HTTP_FIELDS_MAX: each is a field */
    DESK_MAP_ROWS_MAX = 5,
    DESK_MAP_NAME_BYTES = 24,
    DESK_MAP_HEAD_BYTES = 160,
    DESK_DATE_COUNT = 7,
    DESK_HEAD_CELLS_MAX = 4, /* by which a row is told from others */
};

/* How days may be written; NULL: as always (value_text.h). */
struct desk_map_date {
    const char *format, *sample;
};
extern const struct desk_map_date DESK_DATES[DESK_DATE_COUNT];

/* The sheets of a workbook, as the command lists them. */
struct desk_sheets {
    struct wsync_json *items[WSYNC_XLSX_READ_SHEETS_MAX];
    size_t count; /* 0: it is none */
    size_t read;  /* the place of the one that is read, from 1; 0: none could be */
};

/* The rows that may have the names of the columns, as the command lists them. */
struct desk_heads {
    struct wsync_json *items[WSYNC_TABLE_HEADS_MAX];
    size_t count;
    size_t read; /* the row that is it; 0: none could be */
};

/* The table, and what is said of it. */
struct desk_map {
    struct desk_page *page;
    const struct wsync_form *form;
    const char *id; /* of what is kept */
    struct desk_sheets sheets;
    struct desk_heads heads;
    struct wsync_json *header, *rows[DESK_MAP_ROWS_MAX]; /* NULL: the sheet could not be read */
    size_t column_count, row_count;
    size_t columns_left; /* behind the last that is asked about */
    /* Of a column, from 1: its field, NULL: left out; is it called as a field of files? */
    const struct wsync_field *fields[DESK_MAP_COLUMNS_MAX + 1];
    bool photos[DESK_MAP_COLUMNS_MAX + 1];
    size_t key;              /* a column; 0: none */
    size_t date;             /* of DESK_DATES */
    struct wsync_error said; /* what cannot be of it */
    struct wsync_error refused; /* why the table could not be read; "": it could */
};

/* "c7", or, behind a blank, "7". */
const char *desk_map_name(char prefix, size_t number, char name[DESK_MAP_NAME_BYTES]);

/* What stands in a column, from 1. */
const char *desk_map_cell(const struct wsync_json *row, size_t column);

/* Has a form photos or files, or such that must be there? */
bool desk_map_has_photos(const struct wsync_form *form, bool only_required);

/* Writes the page and ends it. */
void desk_map_write(struct desk_map *map, const char *error);

/* What stands first in a mapping file: form and place; its length. */
size_t desk_map_head(char text[DESK_MAP_HEAD_BYTES], const struct wsync_form *form,
                     const struct wsync_table_place *place);

/* Takes the sheets that `*lines` begins with, which goes on behind them. */
void desk_sheets_read(struct desk_sheets *sheets, const char **lines);
void desk_sheets_forget(struct desk_sheets *sheets);

/* Where another sheet is chosen, when there is another. */
void desk_sheets_write(const struct desk_map *map);

/* The same of the rows that may be the header; how many cells of one hold anything. */
void desk_heads_read(struct desk_heads *heads, const char **lines);
void desk_heads_forget(struct desk_heads *heads);
size_t desk_head_texts(const struct wsync_json *head);

/* Where another row is chosen, when another may be it; open when the one that is read names no
 * field. */
void desk_heads_write(const struct desk_map *map);

/* What belongs to each form of the page: what is kept, of which form; and a number, when there
 * is one. */
void desk_map_hidden(const struct desk_map *map);
void desk_map_hidden_number(const struct desk_map *map, const char *name, size_t number);

/* Where the table stands as the request says it. */
struct wsync_table_place desk_place_asked(const struct wsync_http_request *request);

/* Keeps where the table stands, and of the other choices nothing, unless that is kept already.
 * MEMORY, INVALID. */
WSYNC_MUST_USE enum wsync_err desk_place_keep(struct desk_page *page, struct wsync_kept *kept,
                                              const struct wsync_form *form);

/* Writes the page of the columns, with the sentence `error` (NULL: none), and ends it. */
void desk_import_columns_write(struct desk_page *page, const char *error);

/* "/import/STEP?kept=ID" */
void desk_import_path(char path[DESK_IMPORT_PATH_BYTES], const char *step, const char *id);

/* The form that the kept mapping names, and the mapping; `form` NULL: none is kept.  Both live
 * as long as the snapshot. */
WSYNC_MUST_USE enum wsync_err desk_import_mapping(struct desk_page *page,
                                                  const struct wsync_kept *kept,
                                                  struct wsync_mapping *mapping,
                                                  const struct wsync_form **form);

wsync_http_handler desk_import, desk_import_take, desk_import_columns, desk_import_sheet,
    desk_import_map, desk_import_preview, desk_import_run, desk_import_result,
    desk_import_findings, desk_imports, desk_import_ask_undo, desk_import_undo;

#endif
