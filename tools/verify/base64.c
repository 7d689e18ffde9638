/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/verify/base64.h"

#include <string.h>

enum { GROUP = 4, BITS = 6 };

/* The value of a digit; -1: it is none. */
static int value_of(uint8_t digit)
{
    static const char DIGITS[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = digit ? strchr(DIGITS, digit) : NULL;
    return at ? (int)(at - DIGITS) : -1;
}

bool base64_decode(struct wsync_slice text, uint8_t *out, size_t size, size_t *len)
{
    *len = 0;
    if (text.len % GROUP != 0) {
        return false;
    }
    for (size_t i = 0; i < text.len; i += GROUP) {
        const uint8_t *group = text.data + i;
        bool last = i + GROUP == text.len;
        size_t padding = !last || group[3] != '=' ? 0 : (group[2] == '=' ? 2 : 1);
        uint32_t bits = 0;
        for (size_t k = 0; k < GROUP; k++) {
            int value = k >= GROUP - padding ? 0 : value_of(group[k]);
            if (value < 0) {
                return false;
            }
            bits = bits << BITS | (uint32_t)value;
        }
        size_t count = GROUP - 1 - padding;
        uint32_t unused = padding == 0 ? 0 : bits & ((1U << (8 * padding)) - 1);
        if (unused != 0 || count > size - *len) {
            return false; /* the bits that no byte takes are zero in the one spelling */
        }
        for (size_t k = 0; k < count; k++) {
            out[(*len)++] = (uint8_t)(bits >> (16 - 8 * k));
        }
    }
    return true;
}
