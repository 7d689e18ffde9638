/* SPDX-License-Identifier: Apache-2.0 */
/* session_book.h: what the session log is about to hear, gathered in memory for a moment.
 *
 * Conversations end inside the pump's work; their rows go out in small transactions of their
 * own, one for all that ended within WSYNC_SESSION_BOOK_WAIT_MS, so that neither waits for the
 * other and the disk is synced a few times a second at most, however many come.  A crash loses
 * that moment and the conversations under way; the next run says so (session_log.h).  When the
 * store refuses, notes are kept up to a bound and the rest is counted.  Strangers at the door
 * can neither fill the log nor keep the disk busy: the knocks of one key within an hour are one
 * row, so are those of all keys beyond the first few, and they are written less often. */
#ifndef WARDSYNC_HOST_SESSION_BOOK_H
#define WARDSYNC_HOST_SESSION_BOOK_H

#include "host/session_log.h"

enum {
    WSYNC_SESSION_BOOK_NOTES_MAX = 256,
    WSYNC_SESSION_BOOK_WAIT_MS = 200,
    WSYNC_SESSION_BOOK_KNOCK_MS = 2000,  /* the same for who was not let in */
    WSYNC_SESSION_BOOK_RETRY_MS = 2000,  /* after a refusal of the store */
    WSYNC_SESSION_BOOK_ALIVE_MS = 60000, /* how old the sign of life may become */
    WSYNC_SESSION_BOOK_STRANGERS_MAX = 8, /* keys an hour that get a row of their own */
    WSYNC_SESSION_BOOK_DEVICES_MAX = 32,  /* devices turned away: the same */
};

/* One conversation that ended. */
struct wsync_session_note {
    struct wsync_session_row row; /* `has_device` false: found by the key when it is written */
    struct wsync_transport_key key;
    struct wsync_session_facts facts;
};

/* The knocks of one key. */
struct wsync_session_door {
    bool used;
    struct wsync_transport_key key; /* all zero: of many */
    uint64_t number;                /* of the row; 0: none yet */
    uint64_t unwritten;             /* knocks the row does not count yet */
    struct wsync_session_row row;
};

struct wsync_session_book {
    struct wsync_session_note notes[WSYNC_SESSION_BOOK_NOTES_MAX];
    size_t count;
    uint64_t lost; /* notes for which there was no room */
    struct wsync_session_door
        doors[WSYNC_SESSION_BOOK_STRANGERS_MAX + WSYNC_SESSION_BOOK_DEVICES_MAX + 1];
    bool pending;   /* something is to be written */
    bool refused;   /* the store did not take it last time */
    bool stopped;   /* the run ends: its last sign of life */
    int64_t due_ms; /* when, on a monotonic clock */
    int64_t alive_ms;
};

/* An empty book is all zero. */

/* Notes a conversation that ended. */
void wsync_session_book_note(struct wsync_session_book *book,
                             const struct wsync_session_note *note, int64_t now_ms);

/* A key that was not let in. */
struct wsync_session_knock {
    struct wsync_transport_key key;
    bool has_device;
    struct wsync_device_id device;
    enum wsync_err code;
    int64_t now_ms, time; /* monotonic; seconds since 1970 */
};
void wsync_session_book_knock(struct wsync_session_book *book,
                              const struct wsync_session_knock *knock);

/* How long until it is time to write; 0: now.  Half a book is always. */
int64_t wsync_session_book_wait_ms(const struct wsync_session_book *book, int64_t now_ms);

/* Writes everything in one transaction, with a sign of life, and cuts off what the policy no
 * longer keeps.  On an error the book is as it was and is due again
 * WSYNC_SESSION_BOOK_RETRY_MS later. */
WSYNC_MUST_USE enum wsync_err wsync_session_book_write(
    struct wsync_session_book *book, struct wsync_store *store,
    const struct wsync_session_policy *policy, int64_t now_ms, int64_t time);

#endif
