/* SPDX-License-Identifier: Apache-2.0 */
/* passphrase.h: a passphrase from the terminal, without echo, or from a file for scripts. */
#ifndef WARDSYNC_HOST_PASSPHRASE_H
#define WARDSYNC_HOST_PASSPHRASE_H

#include "wardsync/error.h"
#include "wardsync/slice.h"

enum { WSYNC_PASSPHRASE_BYTES_MIN = 12, WSYNC_PASSPHRASE_BYTES_MAX = 1024 };

struct wsync_passphrase {
    char b[WSYNC_PASSPHRASE_BYTES_MAX + 2];
    size_t len;
};

/* Wiped whichever way the owner of one is left. */
void wsync_passphrase_wipe(struct wsync_passphrase *passphrase);
#define WSYNC_PASSPHRASE __attribute__((cleanup(wsync_passphrase_wipe))) struct wsync_passphrase

/* Where it comes from: `file` NULL is the terminal, "-" standard input, of which one line is
 * read; of a file the first line.  `prompt` is shown on the terminal. */
struct wsync_passphrase_source {
    const char *file, *prompt;
};

/* Reads one.  VALUE with a sentence when it is empty or too long, was broken off, or there is
 * no terminal; NOT_FOUND, STORE_IO. */
WSYNC_MUST_USE enum wsync_err wsync_passphrase_read(
    const struct wsync_passphrase_source *source, struct wsync_passphrase *passphrase,
    struct wsync_error *error);

/* A new one: on the terminal typed twice. */
WSYNC_MUST_USE enum wsync_err wsync_passphrase_new(const struct wsync_passphrase_source *source,
                                                   struct wsync_passphrase *passphrase,
                                                   struct wsync_error *error);

/* A new one for a key: at least WSYNC_PASSPHRASE_BYTES_MIN bytes. */
WSYNC_MUST_USE enum wsync_err wsync_passphrase_choose(
    const struct wsync_passphrase_source *source, struct wsync_passphrase *passphrase,
    struct wsync_error *error);

#endif
