/* SPDX-License-Identifier: Apache-2.0 */
/* packer_small.h: a packer without a library, for tests that shall not link one: what repeats
 * within 255 bytes, or stands in its dictionary, is said by reference. */
#ifndef WARDSYNC_TESTS_PACKER_SMALL_H
#define WARDSYNC_TESTS_PACKER_SMALL_H

#include "wardsync/packer.h"

/* Two of them have different dictionaries. */
extern const struct wsync_packer PACKER_SMALL, PACKER_SMALL_OTHER;

#endif
