/* SPDX-License-Identifier: Apache-2.0 */
/* roster_text.h: the roster as text: one signed statement a line, in hex, from version 1 on.
 * It holds no secret, and every statement is checked by whoever takes it. */
#ifndef WARDSYNC_HOST_ROSTER_TEXT_H
#define WARDSYNC_HOST_ROSTER_TEXT_H

#include <stdio.h>

#include "wardsync/roster.h"

/* One statement as a line, and back: false for what is none.  It then points into `bytes`. */
void wsync_roster_text_print_one(const struct wsync_signed_statement *statement, FILE *out);
WSYNC_MUST_USE bool wsync_roster_text_read_one(const char *line,
                                               uint8_t bytes[WSYNC_SIGNED_BYTES_MAX],
                                               struct wsync_signed_statement *statement);

/* Prints every statement held; how many. */
WSYNC_MUST_USE enum wsync_err wsync_roster_text_print(struct wsync_txn *txn, FILE *out,
                                                      uint64_t *count);

/* A text being read. */
struct wsync_roster_text {
    FILE *file;
    int line;                                 /* the last one read */
    const struct wsync_instance_id *instance; /* that they must be of; NULL: of any */
};

/* Takes the statements of all lines that are left, in the open transaction; empty lines are
 * passed over.  MESSAGE for a line that is none; otherwise as wsync_roster_take answers.  The
 * sentence names the line; the caller aborts. */
WSYNC_MUST_USE enum wsync_err wsync_roster_text_take(struct wsync_roster_text *text,
                                                     struct wsync_txn *txn,
                                                     struct wsync_arena *arena,
                                                     struct wsync_error *error);

#endif
