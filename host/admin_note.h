/* SPDX-License-Identifier: Apache-2.0 */
/* admin_note.h: a row of the admin log from a command that has no store open. */
#ifndef WARDSYNC_HOST_ADMIN_NOTE_H
#define WARDSYNC_HOST_ADMIN_NOTE_H

#include "host/admin_log.h"
#include "host/site.h"

/* Where it is to be noted. */
struct wsync_admin_desk {
    const char *data_dir;
    enum wsync_site_kind kind; /* a ward has no such log: nothing is done there */
};

/* Opens the store, appends a row about what this process does and closes it. */
WSYNC_MUST_USE enum wsync_err wsync_admin_note(const struct wsync_admin_desk *desk,
                                               enum wsync_admin_kind kind, const char *text,
                                               struct wsync_error *error);

#endif
