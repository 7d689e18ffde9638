/* SPDX-License-Identifier: Apache-2.0 */
/* entropy.h: fresh random bytes of the operating system, by libsodium. */
#ifndef WARDSYNC_HOST_ENTROPY_H
#define WARDSYNC_HOST_ENTROPY_H

#include "wardsync/ids.h"

/* Fills `entropy`.  After wsync_crypto_init; the process ends when the system offers none. */
void wsync_entropy_draw(struct wsync_entropy *entropy);

#endif
