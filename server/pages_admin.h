/* SPDX-License-Identifier: Apache-2.0 */
/* pages_admin.h: Quản trị, the pages of who runs the district: what waits for a decision, and
 * the parts where it is decided.
 *
 * A part is one line in the table of pages_admin.c, its routes in pages_run.c and a file of its
 * own, pages_PART.c, whose writers begin with server_admin_head. */
#ifndef WARDSYNC_SERVER_PAGES_ADMIN_H
#define WARDSYNC_SERVER_PAGES_ADMIN_H

#include "server/pages.h"

/* Writes everything down to the title, and the parts of Quản trị below it. */
void server_admin_head(struct server_page *page, const char *title);

/* ---- the handlers ---- */

wsync_http_handler server_page_admin;

#endif
