/* SPDX-License-Identifier: Apache-2.0 */
/* now.h: what a ward's conversation does at this moment, for `ward status` beside it: the file
 * DIR/now, written over once a second at most, never synced, gone with its writer. */
#ifndef WARDSYNC_CLIENT_NOW_H
#define WARDSYNC_CLIENT_NOW_H

#include "wardsync/session.h"

enum client_now_doing { CLIENT_NOW_WAITS, CLIENT_NOW_KNOCKS, CLIENT_NOW_TALKS };

struct client_now {
    enum client_now_doing doing;
    int64_t time;    /* seconds since 1970, when it was written */
    int64_t next;    /* WAITS: when it tries again */
    uint64_t sent, to_send, taken, to_take; /* TALKS: changes, so far and in all */
    uint64_t bytes;                         /* TALKS: of frames so far */
    int64_t rate;                           /* bytes a second; 0: not known */
};

/* Writes it for whoever looks into `path`; a failure is nobody's business. */
void client_now_write(const char *path, const struct client_now *now);

/* False when nobody runs who wrote it. */
bool client_now_read(const char *path, struct client_now *now);

void client_now_clear(const char *path);

/* The name of what it does: "waits", "knocks", "talks". */
const char *client_now_name(enum client_now_doing doing);

#endif
