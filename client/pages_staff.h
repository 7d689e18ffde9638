/* SPDX-License-Identifier: Apache-2.0 */
/* pages_staff.h: who may do what at the ward's desk, and who did it. */
#ifndef WARDSYNC_CLIENT_PAGES_STAFF_H
#define WARDSYNC_CLIENT_PAGES_STAFF_H

#include "client/pages.h"

wsync_http_handler desk_staff, desk_staff_change;

/* Where nobody is logged in and people are listed: a field that asks who it is, and what was
 * answered, 0 for nobody.  Who is logged in is not asked. */
WSYNC_MUST_USE enum wsync_err desk_by_write(struct desk_page *page);
uint32_t desk_by(const struct desk_page *page);

#endif
