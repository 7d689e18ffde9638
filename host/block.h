/* SPDX-License-Identifier: Apache-2.0 */
/* block.h: large memory for an arena, given back to the system as soon as it is freed.
 *
 * malloc keeps what was freed; a program that works for a second in a minute must not hold the
 * memory of that second all day.  Only pages that were touched cost anything. */
#ifndef WARDSYNC_HOST_BLOCK_H
#define WARDSYNC_HOST_BLOCK_H

#include <stddef.h>

/* Zeroed, aligned for anything; NULL when there is no memory. */
void *wsync_block_new(size_t bytes);

/* `bytes` as it was made with; NULL is allowed. */
void wsync_block_free(void *block, size_t bytes);

#endif
