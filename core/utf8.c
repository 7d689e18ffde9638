/* SPDX-License-Identifier: Apache-2.0 */
#include "wardsync/utf8.h"

#include <string.h>

static size_t announced_bytes(uint8_t first)
{
    if (first < 0x80) {
        return 1;
    }
    if (first < 0xC2 || first > 0xF4) { /* a continuation, an over-long form, or out of range */
        return 0;
    }
    return first < 0xE0 ? 2 : (first < 0xF0 ? 3 : 4);
}

size_t wsync_utf8_step(struct wsync_slice text, size_t at, uint32_t *point)
{
    static const uint32_t SMALLEST[] = {0, 0, 0x80, 0x800, 0x10000};
    static const uint8_t FIRST_BITS[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    if (at >= text.len) {
        return 0;
    }
    size_t len = announced_bytes(text.data[at]);
    if (len == 0 || len > text.len - at) {
        return 0;
    }
    uint32_t value = text.data[at] & FIRST_BITS[len];
    for (size_t i = 1; i < len; i++) {
        uint8_t byte = text.data[at + i];
        if ((byte & 0xC0) != 0x80) {
            return 0;
        }
        value = value << 6 | (byte & 0x3F);
    }
    bool surrogate = value >= 0xD800 && value <= 0xDFFF;
    if (value < SMALLEST[len] || value > 0x10FFFF || surrogate) {
        return 0;
    }
    *point = value;
    return len;
}

const char *wsync_utf8_fault(struct wsync_slice text)
{
    for (size_t at = 0; at < text.len;) {
        uint32_t point;
        if (text.data[at] >= ' ' && text.data[at] <= '~') { /* most of any text */
            at++;
            continue;
        }
        size_t len = wsync_utf8_step(text, at, &point);
        if (len == 0) {
            return "is not valid UTF-8";
        }
        bool control = point < 0x20 || (point >= 0x7F && point < 0xA0);
        if (control && point != '\n' && point != '\t') {
            return "holds a control character";
        }
        at += len;
    }
    return NULL;
}

bool wsync_utf8_is_line(struct wsync_slice text)
{
    return !wsync_utf8_fault(text) && (text.len == 0 || (!memchr(text.data, '\n', text.len) &&
                                                         !memchr(text.data, '\t', text.len)));
}

bool wsync_utf8_is_plain(struct wsync_slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] <= ' ' || text.data[i] > '~') {
            return false;
        }
    }
    return true;
}
