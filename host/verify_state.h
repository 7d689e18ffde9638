/* SPDX-License-Identifier: Apache-2.0 */
/* verify_state.h: how far a verification is, and what the last one found, for who did not begin
 * it: a page, another terminal.
 *
 * DIR/verify-state.lock, a few lines of JSON; who verifies holds it by a lock of the system,
 * which goes with the process.  As a lock it is no part of a backup.  It is a note and nothing
 * else: where it cannot be written the verification goes on without. */
#ifndef WARDSYNC_HOST_VERIFY_STATE_H
#define WARDSYNC_HOST_VERIFY_STATE_H

#include <stdio.h>

#include "host/verify.h"

enum { WSYNC_VERIFY_STATE_BYTES = 32 << 10 };

/* ---- the one who verifies ---- */

struct wsync_verify_note {
    int fd; /* -1: nothing is noted, another one verifies or the folder cannot be written */
    int64_t begun, said_ms;
    int part;    /* of enum wsync_verify_part; WSYNC_VERIFY_PARTS: the photos */
    char *found; /* the findings, a line each */
    size_t found_len;
};

/* Begins the note of a new run in the data directory. */
void wsync_verify_note_open(struct wsync_verify_note *note, const char *data_dir);

/* Notes how far it is: when a part begins, and then once a second at most. */
void wsync_verify_note_progress(struct wsync_verify_note *note, int part, uint64_t done,
                                uint64_t total);
void wsync_verify_note_found(struct wsync_verify_note *note,
                             const struct wsync_verify_finding *finding);

/* Ends it: with the result and how many photos are damaged, or (NULL) with the sentence of why
 * it could not be done. */
void wsync_verify_note_close(struct wsync_verify_note *note,
                             const struct wsync_verify_result *result, uint64_t damaged,
                             const char *failure);

/* ---- whoever wants to know ---- */

/* The lines, for wsync_json_read:
 *   {"begun","seen","part","done","total"}, the times in seconds since 1970;
 *   {"finding","place","stored","computed","rows"}, the first of each kind;
 *   once it ended {"ended","findings","compared","damaged","changes","seals","records","cells"}
 * or
 *   {"ended","failed"}. */
struct wsync_verify_state {
    bool running; /* a process is at it now; neither that nor "ended": it was cut short */
    char text[WSYNC_VERIFY_STATE_BYTES];
};

/* What the kind of a finding is called: the kind itself in English.  In Vietnamese, one that is
 * the name of an error is "not taken". */
const char *wsync_verify_kind_word(const char *kind, enum wsync_language language);

/* NOT_FOUND when none was ever begun here; errors of file.h. */
WSYNC_MUST_USE enum wsync_err wsync_verify_state_read(const char *data_dir,
                                                      struct wsync_verify_state *state,
                                                      struct wsync_error *error);

/* Another number whenever the note is another one; costs little.  0: there is none. */
uint64_t wsync_verify_state_revision(const char *data_dir);

/* What a part is called, by enum wsync_language; WSYNC_VERIFY_PARTS: the photos. */
const char *wsync_verify_part_word(int part, enum wsync_language language);

#endif
