/* SPDX-License-Identifier: Apache-2.0 */
/* action_files.h: descriptors that go with frames over a stream socket, and what they are:
 * files in memory that nobody can change any more.
 *
 * They travel with the first byte of their frame, whose head says how many they are, and come
 * out in the order of the frames.  A read never takes those of two frames: so many as two
 * frames have can lie here, one begun and the next behind it, and more is a stranger's. */
#ifndef WARDSYNC_HOST_ACTION_FILES_H
#define WARDSYNC_HOST_ACTION_FILES_H

#include <sys/types.h>

#include "wardsync/slice.h"

enum { WSYNC_ACTION_FILES_MAX = 8 };

/* Those that came and belong to no frame yet; zeroed at first. */
struct wsync_action_files {
    size_t count;
    int at[2 * WSYNC_ACTION_FILES_MAX];
};

/* recv() and send(), without waiting and without a signal.  `files` go with the bytes; the
 * caller's stay open.  -1 with EPROTO: more came than two frames have. */
ssize_t wsync_action_files_recv(int fd, void *bytes, size_t len,
                                struct wsync_action_files *files);
ssize_t wsync_action_files_send(int fd, struct wsync_slice bytes, const int *files,
                                size_t count);

/* The first `count`, which are the caller's from here on; false when there are fewer, or
 * `count` is too large for a frame. */
WSYNC_MUST_USE bool wsync_action_files_take(struct wsync_action_files *files, size_t count,
                                            int taken[WSYNC_ACTION_FILES_MAX]);

/* Closes what is here. */
void wsync_action_files_close(struct wsync_action_files *files);

/* A file in memory of at most `bytes_max`, empty; -1 when there is no room.  Whoever writes
 * more is refused by the system. */
int wsync_action_file_new(const char *name, size_t bytes_max);

/* Ends it at `len` bytes and seals it: nobody changes it any more, whoever holds it.  Its
 * position is 0. */
WSYNC_MUST_USE bool wsync_action_file_seal(int fd, size_t len);

/* Is it a file in memory that nobody can change any more? */
bool wsync_action_file_is_sealed(int fd);

#endif
