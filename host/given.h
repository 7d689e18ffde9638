/* SPDX-License-Identifier: Apache-2.0 */
/* given.h: files that somebody names to a command: by hand any, from a page only those that
 * came along with it.
 *
 * A command that a page has run (WARDSYNC_PAGE=1, action_child.h) has the account's rights, and
 * whoever sits at a browser somewhere must not read or write the machine's files through it.
 * So wherever an operand, an option or a field's value names a file or a folder, this is asked
 * first; "-", the command's own stdin or stdout, needs no asking. */
#ifndef WARDSYNC_HOST_GIVEN_H
#define WARDSYNC_HOST_GIVEN_H

#include "wardsync/error.h"

/* Does a page have this command run? */
bool wsync_given_by_page(void);

/* May what stands at `path` be opened?  By hand: yes.  From a page: one of the command's own
 * files, "/proc/self/fd/3" to "/proc/self/fd/15", sealed in memory.  RIGHT with a sentence. */
WSYNC_MUST_USE enum wsync_err wsync_given_check(const char *path, struct wsync_error *error);

/* The words of a command that a page has run, from its name on, which came along in a file of
 * their own; by hand nothing is changed.  They live as long as the process.  False: they cannot
 * be read. */
WSYNC_MUST_USE bool wsync_given_words(int *argc, char ***argv);

/* What lies in this folder the command reads by itself, whoever had it run: files that the
 * program came with.  The text stays the caller's and outlives the checks; NULL: no more. */
void wsync_given_ship(const char *folder);

#endif
