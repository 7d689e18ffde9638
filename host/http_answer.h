/* SPDX-License-Identifier: Apache-2.0 */
/* http_answer.h: what a handler answers: a page, a file, a picture, or where to go next. */
#ifndef WARDSYNC_HOST_HTTP_ANSWER_H
#define WARDSYNC_HOST_HTTP_ANSWER_H

#include "host/html.h"
#include "wardsync/error.h"

/* What is answered: a page of status 200 unless the handler says otherwise. */
struct wsync_http_answer {
    unsigned status;
    struct wsync_html html; /* empty at first; the server frees it */
    char location[512];
    char cookie[160]; /* a Set-Cookie header */
    char login[68];   /* the browser is to say this id from now on; "" */
    bool ends_login;  /* or none */
    const char *type; /* of a file in the place of a page; NULL: a page */
    char disposition[96];
    bool is_stream; /* http_live.h */
    bool has_file; /* its bytes are not in `html` but here */
    int file_fd;
    uint64_t file_bytes;
};

/* Makes the answer a file of this type, a literal, whose bytes the handler puts in the place of
 * the page; `name` is what it is saved as: letters, digits, '-' and '.', at most 48. */
void wsync_http_give_file(struct wsync_http_answer *answer, const char *type, const char *name);

/* Answers with 303: the browser asks for `target` next.  One that does not lie on this server
 * (it may come from a field), is not in visible ASCII or is too long becomes "/". */
void wsync_http_redirect(struct wsync_http_answer *answer, const char *target);

/* Gives the browser a cookie for a year, for this server and no script.  Name and value: of
 * letters, digits and '-', together at most 48. */
void wsync_http_set_cookie(struct wsync_http_answer *answer, const char *name,
                           const char *value);

/* The same with the bytes of a descriptor, all from its beginning on, which the server closes.
 * Without a name (NULL) the browser shows it: for a picture that somebody sent.  Whatever it
 * is, it runs nothing and asks for nothing. */
void wsync_http_give_fd(struct wsync_http_answer *answer, int fd, const char *type,
                        const char *name);

/* The same with bytes that are copied.  False: there is no memory. */
WSYNC_MUST_USE bool wsync_http_give_bytes(struct wsync_http_answer *answer,
                                          struct wsync_slice bytes, const char *type,
                                          const char *name);

#endif
