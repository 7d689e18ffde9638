/* SPDX-License-Identifier: Apache-2.0 */
/* pages_file.h: what a page gives as a file. */
#ifndef WARDSYNC_SERVER_PAGES_FILE_H
#define WARDSYNC_SERVER_PAGES_FILE_H

#include <stdio.h>

#include "server/pages.h"

/* Makes the answer a CSV file called NAME of what `put` writes; larger ones than a
 * page process should hold are refused with a sentence. */
WSYNC_MUST_USE enum wsync_err server_page_file(struct server_page *page, const char *name,
                                               enum wsync_err (*put)(struct server_page *page,
                                                                     FILE *out));

/* The same with a workbook called NAME, of one sheet with this title. */
struct wsync_xlsx;
WSYNC_MUST_USE enum wsync_err server_page_book(struct server_page *page, const char *name,
                                               const char *title,
                                               enum wsync_err (*put)(struct server_page *page,
                                                                     struct wsync_xlsx *xlsx));

/* Makes the answer a file of plain text. */
WSYNC_MUST_USE enum wsync_err server_page_text(struct server_page *page, const char *name,
                                               const char *text);

#endif
