/* SPDX-License-Identifier: Apache-2.0 */
/* page_login.h: the door of the pages: who asks and what he may, logging in and out.
 *
 * As long as nobody can log in (accounts.h), whoever sits at this machine is its admin, and
 * every page says so.  From the first account on nobody sees a page without a session
 * (login.h); each request compares it with the account's row in a snapshot of its own, so a new
 * role, a new PIN or a farewell ends it at once.  Whether a PIN is right is said by a command,
 * which counts the wrong ones.  Decision 0018. */
#ifndef WARDSYNC_HOST_PAGE_LOGIN_H
#define WARDSYNC_HOST_PAGE_LOGIN_H

#include "host/login.h"
#include "host/page.h"
#include "host/page_first.h"
#include "host/pages_process.h"

/* Of one page process, and the first member of what the program keeps for it: so the context
 * of its handlers is that of these, too.  What the program gives stays with it. */
struct wsync_page_login {
    const struct wsync_pages *pages;
    const struct wsync_http_route *routes;
    const struct wsync_page_item *items;
    const char *staff;       /* the page where accounts are made */
    struct wsync_site *site; /* `open` makes it ready to be read */
    enum wsync_err (*open)(void *context, struct wsync_error *error);
    void *context;
    struct wsync_page_first first; /* wsync_page_first_begin */
    struct wsync_login login;
    unsigned checking; /* how many PINs are being looked at */
};

/* The gate of the pages (http.h): of the first run as long as there is no site.  When the store
 * cannot be opened, only what everybody may ask is let through, and has to open it itself. */
wsync_http_gate wsync_page_login_gate;

/* GET /login, POST /login and POST /logout, which everybody may ask. */
wsync_http_handler wsync_page_login_ask, wsync_page_login_take, wsync_page_login_leave;

#endif
