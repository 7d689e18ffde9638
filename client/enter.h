/* SPDX-License-Identifier: Apache-2.0 */
/* enter.h: turns "field=value" words into the writes of one operation. */
#ifndef WARDSYNC_CLIENT_ENTER_H
#define WARDSYNC_CLIENT_ENTER_H

#include "host/cli.h"
#include "host/photo_take.h"

struct enter_writes {
    struct wsync_write items[WSYNC_FIELDS_MAX]; /* ascending by field */
    size_t count;
};

/* "FIELD=VALUE" words of the command line. */
struct enter_words {
    char *const *items;
    size_t count;
    const struct wsync_photo_desk *photos; /* takes the files that are named */
};

/* Reads the words into writes; values live in the site's arena.  "field=" blanks a field.
 * VALUE, FIELD or INVALID with a sentence that names field, value and what is allowed. */
WSYNC_MUST_USE enum wsync_err enter_read(struct wsync_site *site, const struct wsync_form *form,
                                         struct enter_words words, struct enter_writes *writes,
                                         struct wsync_error *error);

/* A desk that takes files as the command says (--whole, --dry-run) and tells the person what
 * was taken. */
struct wsync_photo_desk enter_photos(struct wsync_cli *cli, const struct wsync_site *site);

/* The staff number --by names, 0 when it is not given. */
WSYNC_MUST_USE enum wsync_err enter_actor(struct wsync_cli *cli, struct wsync_site *site,
                                          uint32_t *actor, struct wsync_error *error);

#endif
