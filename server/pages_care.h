/* SPDX-License-Identifier: Apache-2.0 */
/* pages_care.h: the parts of Quản trị that look after the district itself: forms, units,
 * backups, verification, doctor. */
#ifndef WARDSYNC_SERVER_PAGES_CARE_H
#define WARDSYNC_SERVER_PAGES_CARE_H

#include "server/pages_admin.h"

/* ---- the handlers ---- */

wsync_http_handler server_page_forms, server_page_form, server_page_form_sheet,
    server_page_publish_form, server_page_take_form, server_page_publish_form_now,
    server_page_units, server_page_publish_units, server_page_take_units,
    server_page_publish_units_now, server_page_backups, server_page_backup_now,
    server_page_backup_key, server_page_backup, server_page_backup_read,
    server_page_backup_file, server_page_backup_old, server_page_backup_prune,
    server_page_verify, server_page_verify_now, server_page_doctor;

#endif
