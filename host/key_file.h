/* SPDX-License-Identifier: Apache-2.0 */
/* key_file.h: small files with a secret in them: made once, of mode 0600, read back only when
 * nobody else could.
 *
 * Where no file stands at `path`, a credential that the service manager holds out stands in for
 * it: $CREDENTIALS_DIRECTORY/NAME, NAME being the last part of the path.  A file comes first,
 * so a key that was rotated counts before the credential was made anew. */
#ifndef WARDSYNC_HOST_KEY_FILE_H
#define WARDSYNC_HOST_KEY_FILE_H

#include "wardsync/error.h"
#include "wardsync/slice.h"

enum { WSYNC_KEY_FILE_BYTES_MAX = 512 };

/* The text of a key file; wiped whichever way its owner is left when declared
 * WSYNC_KEY_TEXT. */
struct wsync_key_text {
    char b[WSYNC_KEY_FILE_BYTES_MAX];
    size_t len;
};
void wsync_key_text_wipe(struct wsync_key_text *text);
#define WSYNC_KEY_TEXT __attribute__((cleanup(wsync_key_text_wipe))) struct wsync_key_text

/* Writes a new file of mode 0600, durably.  EXISTS when anything stands at `path`, which is
 * never touched but whose name then lasts, or a credential stands in for it; NOT_FOUND when
 * the folder is missing; STORE_FULL, STORE_IO.  The file is there whole or not at all; a power
 * cut may leave a draft of it, PATH.part, that the next attempt removes. */
WSYNC_MUST_USE enum wsync_err wsync_key_file_create(const char *path, struct wsync_slice text,
                                                    struct wsync_error *error);

/* Reads the file, or the credential that stands in for it.  INVALID, and the sentence says
 * chmod 600, when others than the owner may read or write the file; INVALID when it is no file
 * or a longer one; NOT_FOUND; STORE_IO. */
WSYNC_MUST_USE enum wsync_err wsync_key_file_read(const char *path, struct wsync_key_text *text,
                                                  struct wsync_error *error);

#endif
