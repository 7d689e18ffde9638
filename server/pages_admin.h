/* SPDX-License-Identifier: Apache-2.0 */
/* pages_admin.h: Quản trị, the pages of who runs the district: what waits for a decision, and
 * the parts where it is decided.
 *
 * A part is one line in the table of pages_admin.c, its routes in pages_run.c and a file of its
 * own, pages_PART.c, whose writers begin with server_admin_head. */
#ifndef WARDSYNC_SERVER_PAGES_ADMIN_H
#define WARDSYNC_SERVER_PAGES_ADMIN_H

#include "server/pages.h"
#include "wardsync/roster.h"

/* Writes everything down to the title, and the parts of Quản trị below it. */
void server_admin_head(struct server_page *page, const char *title);

/* A term of a <dl> up to what is said of it, which </dd> ends; `id` may be NULL. */
void server_fact(struct server_page *page, const char *id, const char *term);

/* A heading. */
void server_heading(struct server_page *page, const char *text);
/* A paragraph. */
void server_paragraph(struct server_page *page, const char *text);

/* A role, a state of a device, an action as admin_words.h names it: in words. */
const char *server_role_word(const struct server_page *page, enum wsync_role role);
void server_device_tag(struct server_page *page, const struct wsync_device *device);
const char *server_admin_kind_word(const struct server_page *page, const char *kind);
/* All of the last as choices of a list, each group above its kinds. */
void server_admin_kind_options(struct server_page *page, const char *chosen);
/* Writes what is told of an action, the text of admin_words.h: in words as far as they are
 * known. */
void server_admin_detail(struct server_page *page, const char *text);

/* The page of a device, and the link to it with its name. */
enum { SERVER_DEVICE_PATH_BYTES = 24 + 2 * WSYNC_DEVICE_ID_BYTES };
const char *server_device_path(const struct wsync_device_id *id,
                               char path[SERVER_DEVICE_PATH_BYTES]);
void server_device_link(struct server_page *page, const struct wsync_device *device);

/* How many whole days passed. */
uint64_t server_days_since(int64_t stamp);

/* ---- the handlers ---- */

wsync_http_handler server_page_admin, server_page_devices, server_page_withdraw,
    server_page_device, server_page_device_act, server_page_enrol, server_page_invite,
    server_page_enrol_file, server_page_take_request, server_page_keys, server_page_keys_act,
    server_page_quarantine, server_page_quarantined, server_page_decide, server_page_admin_log;
wsync_http_handler server_page_admin, server_page_staff, server_page_staff_change;

#endif
