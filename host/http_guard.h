/* SPDX-License-Identifier: Apache-2.0 */
/* http_guard.h: is it our page that asks, in our own browser?  What a page of a stranger can
 * make the same browser send is refused.
 *
 * A name that leads to this machine by a trick (DNS rebinding) is not in the allow-list; a
 * POST needs an origin of this server and a token, which is tied to a random cookie by a
 * secret of this process.  Pure functions; http.c asks them. */
#ifndef WARDSYNC_HOST_HTTP_GUARD_H
#define WARDSYNC_HOST_HTTP_GUARD_H

#include "wardsync/ids.h"

enum { WSYNC_HTTP_SESSION_BYTES = 16, WSYNC_HTTP_TOKEN_BYTES = 32 };

/* What the cookie `ws` holds, in hex with a NUL. */
struct wsync_http_session {
    char text[2 * WSYNC_HTTP_SESSION_BYTES + 1];
};

/* What the field `csrf` of each form holds, in hex with a NUL. */
struct wsync_http_token {
    char text[2 * WSYNC_HTTP_TOKEN_BYTES + 1];
};

/* By which names browsers ask for this server. */
struct wsync_http_self {
    const char *name; /* its address: "127.0.0.1", "[::1]" */
    uint16_t port;
    bool tls;                /* it is https:// */
    const char *const *more; /* other names, ending with NULL; NULL: none */
};

/* Is `host`, a Host header, "localhost" or a name of ours, with the port?  Case does not
 * matter; NULL is none. */
bool wsync_http_host_is_ours(const char *host, const struct wsync_http_self *self);

/* May a page of this origin send to `host`?  `origin` is the Origin header: "http://", or with
 * `tls` "https://", and the host.  Without one (NULL), `site`, the Sec-Fetch-Site header, must
 * be "same-origin". */
bool wsync_http_origin_is_ours(const char *origin, const char *site, const char *host,
                               bool tls);

/* May a page have its browser ask for something here?  By the headers Sec-Fetch-Site, -Mode and
 * -Dest (NULL: an older browser, or none): our own page anything; a page of a stranger may lead
 * here, and take nothing into itself: to ask costs this machine something. */
bool wsync_http_fetch_is_ours(const char *site, const char *mode, const char *dest);

/* Copies the value of the first cookie of this name out of a Cookie header, which may be NULL;
 * false when there is none or it does not fit. */
bool wsync_http_cookie_find(const char *header, const char *name, char *value, size_t room);

/* A new session of 16 random bytes; and is a text one? */
struct wsync_http_session wsync_http_session_of(const uint8_t bytes[WSYNC_HTTP_SESSION_BYTES]);
bool wsync_http_session_is(const char *text);

/* The token of a session and of who is logged in within it (`login`, an id, or ""): the same as
 * long as the secret is, and another one from each log-in on. */
struct wsync_http_token wsync_http_token_of(const struct wsync_entropy *secret,
                                            const struct wsync_http_session *session,
                                            const char *login);

/* Is `text` (NULL: none was sent) that token?  Takes the same time whatever differs. */
bool wsync_http_token_is(const struct wsync_http_token *token, const char *text);

#endif
