/* SPDX-License-Identifier: Apache-2.0 */
#include "wardsync/decimal.h"

#include "wardsync/limits.h"

size_t wsync_decimal_print(int64_t scaled, uint32_t digits, char *text)
{
    WSYNC_ASSERT(digits <= WSYNC_DECIMAL_DIGITS_MAX);
    uint64_t rest = scaled < 0 ? 0 - (uint64_t)scaled : (uint64_t)scaled;
    char reversed[WSYNC_DECIMAL_TEXT_BYTES];
    size_t len = 0;
    for (uint32_t place = 0; rest > 0 || place <= digits; place++) {
        if (place == digits && digits > 0) {
            reversed[len++] = '.';
        }
        reversed[len++] = (char)('0' + rest % 10);
        rest /= 10;
    }
    if (scaled < 0) {
        reversed[len++] = '-';
    }
    for (size_t i = 0; i < len; i++) {
        text[i] = reversed[len - 1 - i];
    }
    text[len] = '\0';
    return len;
}
