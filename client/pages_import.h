/* SPDX-License-Identifier: Apache-2.0 */
/* pages_import.h: a table that becomes records: sent, its columns given to fields, looked at,
 * taken in, and taken back.
 *
 * Between the steps the page process keeps (page_kept.h) the table, how its columns become
 * fields, and what came of it.  A command reads them as /proc/self/fd/3 and 4. */
#ifndef WARDSYNC_CLIENT_PAGES_IMPORT_H
#define WARDSYNC_CLIENT_PAGES_IMPORT_H

#include "client/pages.h"
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
const char *desk_import_said(const struct desk_page *page);

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

wsync_http_handler desk_import, desk_import_take, desk_import_columns, desk_import_map,
    desk_import_preview, desk_import_run, desk_import_result, desk_import_findings,
    desk_imports, desk_import_ask_undo, desk_import_undo;

#endif
