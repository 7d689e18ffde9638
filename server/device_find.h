/* SPDX-License-Identifier: Apache-2.0 */
/* device_find.h: the device that somebody means. */
#ifndef WARDSYNC_SERVER_DEVICE_FIND_H
#define WARDSYNC_SERVER_DEVICE_FIND_H

#include "host/site.h"
#include "wardsync/roster.h"

/* The device of this id; the one of this name, or whose id begins with these six digits or
 * more, in the open transaction; INVALID with a sentence when there is none, or several. */
WSYNC_MUST_USE enum wsync_err server_find_device(struct wsync_site *site, const char *text,
                                                 struct wsync_device *found,
                                                 struct wsync_error *error);

/* Does it make the device, or say something of it? */
bool server_statement_is_about(const struct wsync_statement *by,
                               const struct wsync_device_id *device);

/* The role of a word (words.h); false for no such word. */
WSYNC_MUST_USE bool server_role_read(const char *word, enum wsync_role *role);

/* "enrolled", "suspended" or "revoked". */
const char *server_device_state(const struct wsync_device *device);

#endif
