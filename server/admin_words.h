/* SPDX-License-Identifier: Apache-2.0 */
/* admin_words.h: the actions that `district admin-log` lists, one by one, and their words.
 *
 * A new kind of roster statement or of admin row takes one line in a table of admin_words.c. */
#ifndef WARDSYNC_SERVER_ADMIN_WORDS_H
#define WARDSYNC_SERVER_ADMIN_WORDS_H

#include "host/cli.h"

enum server_admin_source {
    SERVER_ADMIN_STATEMENT, /* of the roster */
    SERVER_ADMIN_CHANGE,    /* an operation in a log */
    SERVER_ADMIN_ROW,       /* of the table ADMIN */
};

/* One action, without its words. */
struct server_admin_item {
    int64_t stamp;
    enum server_admin_source source;
    uint64_t number;          /* STATEMENT: version; ROW */
    struct wsync_dot dot;     /* CHANGE */
    const char *kind, *group; /* stable names; `kind` NULL: nothing to tell */
    size_t order;             /* the caller's */
};

/* The statement of a version. */
WSYNC_MUST_USE enum wsync_err server_admin_of_statement(struct wsync_site *site,
                                                        uint64_t version,
                                                        struct server_admin_item *item);

/* An operation of a change; `kind` is NULL unless it is about a form, a unit or a verdict.
 * NOT_FOUND when the change has no such operation, or none can be read. */
WSYNC_MUST_USE enum wsync_err server_admin_of_change(struct wsync_site *site,
                                                     const struct wsync_log *log,
                                                     struct wsync_dot dot,
                                                     struct server_admin_item *item);

/* The row behind `*number`, which becomes its number; NOT_FOUND. */
WSYNC_MUST_USE enum wsync_err server_admin_of_row(struct wsync_site *site, uint64_t *number,
                                                  struct server_admin_item *item);

/* True for a word that can be a kind or a group. */
bool server_admin_is_kind(const char *name);

enum { SERVER_ADMIN_TEXT_BYTES = 1024 };
struct server_admin_words {
    char place[64]; /* "roster 3", "3f9ac210-17", "admin 12" */
    char who[200];  /* device, key or account; pages put a name before it */
    char text[SERVER_ADMIN_TEXT_BYTES];
};

/* Reads the action again and tells it. */
WSYNC_MUST_USE enum wsync_err server_admin_tell(const struct wsync_cli *cli,
                                                struct wsync_site *site,
                                                const struct server_admin_item *item,
                                                struct server_admin_words *words);

#endif
