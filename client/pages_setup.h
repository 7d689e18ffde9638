/* SPDX-License-Identifier: Apache-2.0 */
/* pages_setup.h: the first run of a ward: an invite that is pasted, or files on a stick.
 * Decision 0020. */
#ifndef WARDSYNC_CLIENT_PAGES_SETUP_H
#define WARDSYNC_CLIENT_PAGES_SETUP_H

#include "host/http.h"
#include "host/request_text.h"

enum { DESK_GRANT_BYTES_MAX = 1 << 20 };

struct desk_setup {
    char request[WSYNC_REQUEST_TEXT_BYTES]; /* as it was written last; "": not yet */
    bool has_grant;
    int grant; /* with it: the file that was sent, and is to be said yes to */
};

/* Ends with the process. */
void desk_setup_fini(struct desk_setup *setup);

wsync_http_handler desk_setup_ask, desk_setup_join, desk_setup_request, desk_setup_file,
    desk_setup_take, desk_setup_look, desk_setup_grant, desk_setup_done;

#endif
