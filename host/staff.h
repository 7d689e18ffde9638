/* SPDX-License-Identifier: Apache-2.0 */
/* staff.h: the staff list: numbers that stand in changes, and the names behind them.
 *
 * A name is personal: at a ward it lives in the private part of a record of the built-in form
 * "staff" and never in totals, logs or labels.  The district's own staff is not in records,
 * which every ward would be sent, but in the rows of its accounts (accounts.h). */
#ifndef WARDSYNC_HOST_STAFF_H
#define WARDSYNC_HOST_STAFF_H

#include "host/site.h"

enum { WSYNC_STAFF_NAME_BYTES = 128 };

/* The name of a staff number in a scope; "#7" when nobody is listed under it, "" for 0. */
void wsync_staff_name(struct wsync_site *site, uint32_t scope, uint32_t number,
                      char name[WSYNC_STAFF_NAME_BYTES]);

/* The number of a person, given as a number or a name without regard to marks and case.
 * NOT_FOUND, INVALID when several fit a name. */
WSYNC_MUST_USE enum wsync_err wsync_staff_number(struct wsync_site *site, uint32_t scope,
                                                 const char *text, uint32_t *number,
                                                 struct wsync_error *error);

/* Calls `visit` for each person of the scope: at a ward also for those of its own who are on
 * the list no more but have an account. */
WSYNC_MUST_USE enum wsync_err wsync_staff_walk(struct wsync_site *site, uint32_t scope,
                                               void (*visit)(void *context, uint32_t number,
                                                             struct wsync_slice name),
                                               void *context);

/* Adds a person under the next free number, within the open transaction. */
WSYNC_MUST_USE enum wsync_err wsync_staff_add(struct wsync_site *site, uint32_t scope,
                                              const char *name, uint32_t *number,
                                              struct wsync_error *error);

#endif
