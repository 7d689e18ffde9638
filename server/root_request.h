/* SPDX-License-Identifier: Apache-2.0 */
/* root_request.h: a statement on its way from root key to root key, as a file.
 *
 *   wardsync root request v1
 *   HEX                        the statement with its signatures so far, as roster_text.h
 *
 * It holds no secret; whoever signs reads what it says in words. */
#ifndef WARDSYNC_SERVER_ROOT_REQUEST_H
#define WARDSYNC_SERVER_ROOT_REQUEST_H

#include <stdio.h>

#include "wardsync/signed.h"

struct server_request {
    uint8_t bytes[WSYNC_SIGNED_BYTES_MAX]; /* what `signed_statement` points into */
    struct wsync_signed_statement signed_statement;
    struct wsync_statement statement; /* decoded, in the arena */
};

WSYNC_MUST_USE enum wsync_err server_request_write(
    const char *path, const struct wsync_signed_statement *signed_statement,
    struct wsync_error *error);

/* Reads and decodes it; every signature on it must verify.  MESSAGE or what decoding answers,
 * SIGNATURE, with a sentence. */
WSYNC_MUST_USE enum wsync_err server_request_read(const char *path,
                                                  struct server_request *request,
                                                  struct wsync_arena *arena,
                                                  struct wsync_error *error);

/* Says in words what the statement does, and who signed it so far. */
void server_request_tell(const struct server_request *request, FILE *out);

/* Says what a statement does, in whole lines. */
void server_statement_tell(const struct wsync_statement *statement, FILE *out);

#endif
