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
#include "host/pages_process.h"

/* Of one page process; what the program gives stays with it. */
struct wsync_page_login {
    const struct wsync_pages *pages;
    const struct wsync_http_route *routes;
    const struct wsync_page_item *items;
    const char *staff;       /* the page where accounts are made */
    struct wsync_site *site; /* `open` makes it ready to be read */
    enum wsync_err (*open)(void *context, struct wsync_error *error);
    void *context;
    struct wsync_login login;
    unsigned checking; /* how many PINs are being looked at */
};

/* As the gate of a setup (http.h). */
bool wsync_page_login_gate(struct wsync_page_login *login, struct wsync_http_request *request,
                           enum wsync_page_role need, struct wsync_http_answer *answer);

/* The handlers of GET /login, POST /login and POST /logout, which everybody may ask. */
void wsync_page_login_ask(struct wsync_page_login *login,
                          const struct wsync_http_request *request,
                          struct wsync_http_answer *answer);
void wsync_page_login_take(struct wsync_page_login *login,
                           const struct wsync_http_request *request,
                           struct wsync_http_answer *answer);
void wsync_page_login_leave(struct wsync_page_login *login,
                            const struct wsync_http_request *request,
                            struct wsync_http_answer *answer);

#endif
