/* SPDX-License-Identifier: Apache-2.0 */
/* role.h: what somebody may do on the pages, from nothing to everything.
 *
 * A route names the least that may ask it; whoever may do more may do that as well. */
#ifndef WARDSYNC_HOST_ROLE_H
#define WARDSYNC_HOST_ROLE_H

#include "host/staff.h"

enum wsync_page_role {
    WSYNC_ROLE_NOBODY = 0, /* whoever reaches the pages, logged in or not */
    WSYNC_ROLE_SEE,        /* reads */
    WSYNC_ROLE_WRITE,      /* a ward: enters, corrects, resolves, syncs; a district: decides */
    WSYNC_ROLE_ADMIN,      /* staff, keys, settings, backups */
};

/* Who asks.  Without a gate whoever reaches the pages: number 0, and everything is allowed. */
struct wsync_http_person {
    uint32_t number; /* of the staff list (staff.h); 0: nobody is logged in */
    enum wsync_page_role role;
    char name[WSYNC_STAFF_NAME_BYTES]; /* "" without a number */
    bool alone; /* nobody can log in yet: whoever is at this machine has every role */
};

#endif
