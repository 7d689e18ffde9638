/* SPDX-License-Identifier: Apache-2.0 */
/* fingerprint.h: keys as people compare them, read aloud over the telephone: 16 bytes, as eight
 * groups of four hexadecimal digits. */
#ifndef WARDSYNC_HOST_FINGERPRINT_H
#define WARDSYNC_HOST_FINGERPRINT_H

#include "wardsync/ids.h"

enum { WSYNC_FINGERPRINT_BYTES = 8 * 5 };

struct wsync_fingerprint {
    char text[WSYNC_FINGERPRINT_BYTES]; /* 0a1b-2c3d-... */
};

/* Of an installation: its id, which names its first root keys for good. */
struct wsync_fingerprint wsync_fingerprint_of_instance(
    const struct wsync_instance_id *instance);

/* Of public bytes, such as a key: the beginning of their hash under "wardsync/fingerprint/v1".
 */
struct wsync_fingerprint wsync_fingerprint_of(struct wsync_slice bytes);

#endif
