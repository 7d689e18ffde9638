/* SPDX-License-Identifier: Apache-2.0 */
#include "wardsync/base64.h"

size_t wsync_base64_encode(struct wsync_slice bytes, char *text)
{
    static const char DIGITS[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t used = 0;
    for (size_t i = 0; i < bytes.len; i += 3) {
        uint32_t group = (uint32_t)bytes.data[i] << 16;
        group |= i + 1 < bytes.len ? (uint32_t)bytes.data[i + 1] << 8 : 0;
        group |= i + 2 < bytes.len ? (uint32_t)bytes.data[i + 2] : 0;
        text[used++] = DIGITS[group >> 18];
        text[used++] = DIGITS[group >> 12 & 63];
        text[used++] = i + 1 < bytes.len ? DIGITS[group >> 6 & 63] : '=';
        text[used++] = i + 2 < bytes.len ? DIGITS[group & 63] : '=';
    }
    return used;
}
