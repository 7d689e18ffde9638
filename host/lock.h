/* SPDX-License-Identifier: Apache-2.0 */
/* lock.h: who does a thing in a data directory, when only one process may.
 *
 * A lock is a file of the directory and goes with the process, however that ends. */
#ifndef WARDSYNC_HOST_LOCK_H
#define WARDSYNC_HOST_LOCK_H

#include "wardsync/error.h"

struct wsync_lock {
    int fd; /* -1: not held */
};

/* Takes `name` in the folder `path` if nobody holds it; otherwise EXISTS without a sentence.
 * Another error of file.h, with one, when the file cannot be written. */
WSYNC_MUST_USE enum wsync_err wsync_lock_try(const char *path, const char *name,
                                             struct wsync_lock *lock,
                                             struct wsync_error *error);

/* The same, but waits for so long; then BUSY with a sentence. */
WSYNC_MUST_USE enum wsync_err wsync_lock_wait(const char *path, const char *name, int wait_ms,
                                              struct wsync_lock *lock,
                                              struct wsync_error *error);

void wsync_lock_release(struct wsync_lock *lock);

/* The right to serve `path`: EXISTS with its sentence when another process does. */
WSYNC_MUST_USE enum wsync_err wsync_lock_serve(const char *path, struct wsync_lock *lock,
                                               struct wsync_error *error);

/* Says that it is given back soon and nobody new is served: for wsync_lock_is_ending. */
void wsync_lock_end_soon(const struct wsync_lock *lock);

/* Does a process have that right?  And did it say that it ends?  To ask stands in nobody's way.
 */
bool wsync_lock_is_served(const char *path);
bool wsync_lock_is_ending(const char *path);

#endif
