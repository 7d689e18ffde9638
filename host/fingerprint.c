/* SPDX-License-Identifier: Apache-2.0 */
#include "host/fingerprint.h"

#include "wardsync/crypto.h"

/* Writes the first 16 bytes. */
static struct wsync_fingerprint print(const uint8_t *bytes)
{
    struct wsync_fingerprint print;
    size_t used = 0;
    for (size_t i = 0; i < 16; i += 2) {
        wsync_hex_encode(wsync_slice(bytes + i, 2), print.text + used);
        used += 4;
        print.text[used++] = '-';
    }
    print.text[used - 1] = '\0';
    return print;
}

struct wsync_fingerprint wsync_fingerprint_of_instance(const struct wsync_instance_id *instance)
{
    return print(instance->b);
}

struct wsync_fingerprint wsync_fingerprint_of(struct wsync_slice bytes)
{
    struct wsync_slice parts[] = {wsync_slice_of("wardsync/fingerprint/v1"), bytes};
    struct wsync_hash hash = wsync_hash_parts(parts, 2);
    return print(hash.b);
}
