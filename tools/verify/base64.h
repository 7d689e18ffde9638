/* SPDX-License-Identifier: Apache-2.0 */
/* base64.h: the standard alphabet with padding, read strictly: one spelling for one value. */
#ifndef WARDSYNC_VERIFY_BASE64_H
#define WARDSYNC_VERIFY_BASE64_H

#include "wardsync/slice.h"

/* Decodes into `out` (`size` bytes) and says how many; false for anything that is not exactly
 * what an encoder writes, or does not fit. */
WSYNC_MUST_USE bool base64_decode(struct wsync_slice text, uint8_t *out, size_t size,
                                  size_t *len);

#endif
