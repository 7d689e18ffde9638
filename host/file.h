/* SPDX-License-Identifier: Apache-2.0 */
/* file.h: whole small files and folders, read with a bound and written so that they survive a
 * power cut.
 *
 * Every function fills `*error` (may be NULL) with one sentence that names the path.  Of the
 * system's refusals ENOENT is NOT_FOUND, EEXIST is EXISTS, ENOSPC and EDQUOT are STORE_FULL,
 * ENOMEM is MEMORY, anything else is STORE_IO. */
#ifndef WARDSYNC_HOST_FILE_H
#define WARDSYNC_HOST_FILE_H

#include "wardsync/error.h"
#include "wardsync/slice.h"

#include <sys/types.h>

/* The error that `errno_value` stands for; the sentence is "Cannot <act> <path>: <reason>.",
 * with a hint where permission is denied. */
enum wsync_err wsync_file_error(int errno_value, const char *act, const char *path,
                                struct wsync_error *error);

/* Closes a descriptor, -1 is none; a variable that is WSYNC_CLOSED, when its block is left. */
void wsync_file_close(int *fd);
#define WSYNC_CLOSED __attribute__((cleanup(wsync_file_close)))

/* Reads `len` bytes from `at` on; how many came, fewer only at the end of the file, or -1 with
 * errno. */
ssize_t wsync_file_read_at(int fd, void *bytes, size_t len, uint64_t at);

/* Reads the whole file into `buffer` and says its length.  OVERSIZE, and nothing promised of
 * `buffer`, when it holds more than `size` bytes. */
WSYNC_MUST_USE enum wsync_err wsync_file_read(const char *path, void *buffer, size_t size,
                                              size_t *len, struct wsync_error *error);

/* Writes all of `bytes` to an open file. */
WSYNC_MUST_USE enum wsync_err wsync_file_write_all(int fd, struct wsync_slice bytes,
                                                   const char *path, struct wsync_error *error);

/* Makes `path` hold `bytes` with these permission bits, over whatever file stood there: after
 * WSYNC_OK that survives a power cut, after anything else the old file stands.  (One exception:
 * when only the last step, the fsync of the folder, fails, the new file may be there.)  A
 * symbolic link is replaced, not followed. */
WSYNC_MUST_USE enum wsync_err wsync_file_write_durably(const char *path, mode_t mode,
                                                       struct wsync_slice bytes,
                                                       struct wsync_error *error);

/* Drafts stand beside what they become, as PATH.new-XXXXXX.  Who fills one holds it by its open
 * file or folder; false when another does, or on a disk that knows no locks. */
bool wsync_file_hold(int fd);

/* Has each draft of `path` that nobody holds discarded: a run that was killed left it. */
void wsync_file_sweep(const char *path, void (*discard)(const char *draft));
void wsync_file_discard(const char *draft); /* of a file */

/* Makes the folder with these permission bits, durably.  A folder that is there already is fine
 * and left as it is, but its name is synced: a run that was killed may have made it and come no
 * further.  EXISTS when something else stands there, NOT_FOUND when its parent is missing. */
WSYNC_MUST_USE enum wsync_err wsync_file_make_dir(const char *path, mode_t mode,
                                                  struct wsync_error *error);

/* A new empty folder of mode 0700 beside `path`, to be filled and then published; its name,
 * `path`.new-XXXXXX, goes into the `size` bytes at `draft`.  EXISTS when anything stands at
 * `path`. */
WSYNC_MUST_USE enum wsync_err wsync_file_draft_dir(const char *path, char *draft, size_t size,
                                                   struct wsync_error *error);

/* Renames a filled and synced draft to `path`, durably.  EXISTS when something has come to
 * stand there, and then, as after any failure to rename, the draft is still there. */
WSYNC_MUST_USE enum wsync_err wsync_file_publish_dir(const char *draft, const char *path,
                                                     struct wsync_error *error);

/* Makes the names in a folder durable: of `path` itself, or of the folder that holds `path`. */
WSYNC_MUST_USE enum wsync_err wsync_file_sync_dir(const char *path, struct wsync_error *error);
WSYNC_MUST_USE enum wsync_err wsync_file_sync_parent(const char *path,
                                                     struct wsync_error *error);

#endif
