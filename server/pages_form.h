/* SPDX-License-Identifier: Apache-2.0 */
/* pages_form.h: a form as its pages show it: its fields, what a new version changes, and how
 * the ward's clerk will see it. */
#ifndef WARDSYNC_SERVER_PAGES_FORM_H
#define WARDSYNC_SERVER_PAGES_FORM_H

#include "host/form_preview.h"
#include "server/pages_admin.h"

/* A table with a row for each field. */
void server_form_fields(struct server_page *page, const struct wsync_form *form);

/* A list of what changes against the older version, NULL: there is none; one sentence when
 * nothing does. */
void server_form_changes(struct server_page *page, const struct wsync_form *old,
                         const struct wsync_form *next);

/* The controls as at the ward, which nobody can fill in here: labels, hints, what is allowed.
 */
void server_form_as_seen(struct server_page *page, const struct wsync_form *form);

#endif
