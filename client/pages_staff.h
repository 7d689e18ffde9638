/* SPDX-License-Identifier: Apache-2.0 */
/* pages_staff.h: who may do what at the ward's desk: logging in and out, and the staff. */
#ifndef WARDSYNC_CLIENT_PAGES_STAFF_H
#define WARDSYNC_CLIENT_PAGES_STAFF_H

#include "client/pages.h"

wsync_http_gate desk_gate;
wsync_http_handler desk_login, desk_enter, desk_leave, desk_staff, desk_staff_change;

#endif
