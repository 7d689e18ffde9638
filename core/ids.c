/* SPDX-License-Identifier: Apache-2.0 */
#include "wardsync/ids.h"

#include <string.h>

bool wsync_dot_equal(struct wsync_dot a, struct wsync_dot b)
{
    return a.log_no == b.log_no && a.seq == b.seq && a.op == b.op;
}

bool wsync_log_id_equal(const struct wsync_log_id *a, const struct wsync_log_id *b)
{
    return memcmp(a->b, b->b, sizeof a->b) == 0;
}

bool wsync_hash_equal(const struct wsync_hash *a, const struct wsync_hash *b)
{
    return memcmp(a->b, b->b, sizeof a->b) == 0;
}

bool wsync_device_id_equal(const struct wsync_device_id *a, const struct wsync_device_id *b)
{
    return memcmp(a->b, b->b, sizeof a->b) == 0;
}

bool wsync_hash_has_prefix(const struct wsync_hash *hash,
                           const struct wsync_hash_prefix *prefix)
{
    return memcmp(hash->b, prefix->b, sizeof prefix->b) == 0;
}

int wsync_head_compare(const struct wsync_head *a, const struct wsync_head *b)
{
    int order = memcmp(a->log.b, b->log.b, sizeof a->log.b);
    if (order == 0) {
        order = (a->seq > b->seq) - (a->seq < b->seq);
    }
    return order != 0 ? order : memcmp(a->hash.b, b->hash.b, sizeof a->hash.b);
}

struct wsync_hash_prefix wsync_hash_prefix_of(const struct wsync_hash *hash)
{
    struct wsync_hash_prefix prefix;
    memcpy(prefix.b, hash->b, sizeof prefix.b);
    return prefix;
}

void wsync_hex_encode(struct wsync_slice bytes, char *text)
{
    static const char DIGITS[] = "0123456789abcdef";
    for (size_t i = 0; i < bytes.len; i++) {
        *text++ = DIGITS[bytes.data[i] >> 4];
        *text++ = DIGITS[bytes.data[i] & 15];
    }
    *text = '\0';
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool wsync_hex_decode(struct wsync_slice text, uint8_t *bytes, size_t len)
{
    if (text.len != 2 * len) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        int high = hex_digit(text.data[2 * i]);
        int low = hex_digit(text.data[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}
