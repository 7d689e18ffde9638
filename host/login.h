/* SPDX-License-Identifier: Apache-2.0 */
/* login.h: who is logged in at the pages: sessions in the memory of the page process, and how
 * often an address was wrong.
 *
 * A session is 32 random bytes in a cookie; here stands their hash, so what is read out of this
 * memory opens no page.  It ends after half an hour without a request, after twelve hours, when
 * the person logs out, when role or PIN change (accounts.h: the stamp), and with the process.
 * Times are of one clock that never goes back. */
#ifndef WARDSYNC_HOST_LOGIN_H
#define WARDSYNC_HOST_LOGIN_H

#include "wardsync/ids.h"

enum {
    WSYNC_LOGIN_SESSIONS = 256, /* one more ends the one that was idle longest */
    WSYNC_LOGIN_IDLE_S = 30 * 60,
    WSYNC_LOGIN_AGE_S = 12 * 60 * 60,
    WSYNC_LOGIN_ID_BYTES = 32,
    WSYNC_LOGIN_ADDRESSES = 1024,   /* all of a small network */
    WSYNC_LOGIN_TRIES = 20,         /* of one address: several people may sit behind it */
    WSYNC_LOGIN_FORGET_S = 60 * 60, /* since the last wrong one: it begins anew */
    WSYNC_LOGIN_WAIT_S_MIN = 60,
    WSYNC_LOGIN_WAIT_S_MAX = 900,
};

/* What the cookie holds, in hex with a NUL. */
struct wsync_login_id {
    char text[2 * WSYNC_LOGIN_ID_BYTES + 1];
};

struct wsync_login_session {
    struct wsync_hash hash;
    uint32_t number; /* of the person; 0: the place is free */
    int64_t stamp;   /* of the account when it began */
    int64_t begun_s, seen_s;
};

struct wsync_login_address {
    struct wsync_hash hash;
    uint32_t failed; /* 0: the place is free */
    int64_t last_s, until_s;
};

/* All zero at first. */
struct wsync_login {
    struct wsync_login_session sessions[WSYNC_LOGIN_SESSIONS];
    struct wsync_login_address addresses[WSYNC_LOGIN_ADDRESSES];
};

/* Begins a session under an id that nobody had before. */
struct wsync_login_id wsync_login_begin(struct wsync_login *login, uint32_t number,
                                        int64_t stamp, int64_t now_s);

/* The session of this id, which may be anything; NULL: there is none, or it is over. */
struct wsync_login_session *wsync_login_find(struct wsync_login *login, const char *id,
                                             int64_t now_s);

/* Somebody asked for something: the half hour begins anew. */
void wsync_login_touch(struct wsync_login_session *session, int64_t now_s);

void wsync_login_end(struct wsync_login_session *session);

/* How many seconds nothing is taken from this address; 0: none. */
int64_t wsync_login_wait_s(const struct wsync_login *login, const char *address, int64_t now_s);

/* Was nothing wrong from there in the last hour? */
bool wsync_login_is_clean(const struct wsync_login *login, const char *address, int64_t now_s);

/* A name and PIN from there were right, which forgets what was wrong before, or wrong. */
void wsync_login_note(struct wsync_login *login, const char *address, bool right,
                      int64_t now_s);

#endif
