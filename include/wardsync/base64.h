/* SPDX-License-Identifier: Apache-2.0 */
/* base64.h: bytes as text: the standard alphabet with padding (RFC 4648 section 4). */
#ifndef WARDSYNC_BASE64_H
#define WARDSYNC_BASE64_H

#include "wardsync/slice.h"

/* How many characters stand for `len` bytes: 4 for each 3 bytes begun. */
#define WSYNC_BASE64_BYTES(len) (((len) + 2) / 3 * 4)

/* Writes them, without a NUL, and says how many. */
size_t wsync_base64_encode(struct wsync_slice bytes, char *text);

#endif
