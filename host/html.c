/* SPDX-License-Identifier: Apache-2.0 */
#include "host/html.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wardsync/utf8.h"

enum { ROOM_MIN = 4096, C0_END = 0x20, DEL = 0x7F, C1_END = 0xA0 };

static bool grow(struct wsync_html *html, size_t len)
{
    if (html->err != WSYNC_OK) {
        return false;
    }
    if (len > WSYNC_HTML_BYTES_MAX - html->len) {
        html->err = WSYNC_ERR_OVERSIZE;
        return false;
    }
    size_t room = html->room > 0 ? html->room : ROOM_MIN;
    while (room < html->len + len) {
        room *= 2; /* at most WSYNC_HTML_BYTES_MAX, a power of two as well */
    }
    if (room == html->room) {
        return true;
    }
    char *text = realloc(html->text, room);
    if (!text) {
        html->err = WSYNC_ERR_MEMORY;
        return false;
    }
    html->text = text;
    html->room = room;
    return true;
}

void wsync_html_literal(struct wsync_html *html, const char *literal, size_t len)
{
    if (len > 0 && grow(html, len)) {
        memcpy(html->text + html->len, literal, len);
        html->len += len;
    }
}

void wsync_html_text(struct wsync_html *html, const char *text)
{
    wsync_html_slice(html, wsync_slice_of(text));
}

/* What stands for the character; NULL: it stands for itself. */
static const char *escape_of(uint32_t point)
{
    bool control = point < C0_END || (point >= DEL && point < C1_END);
    return point == '&'   ? "&amp;"
           : point == '<' ? "&lt;"
           : point == '>' ? "&gt;"
           : point == '"' ? "&quot;"
           : point == '\'' ? "&#39;"
           : control && point != '\n' && point != '\t' ? "\xEF\xBF\xBD"
                          : NULL;
}

void wsync_html_slice(struct wsync_html *html, struct wsync_slice text)
{
    size_t plain = 0, step; /* from `plain` on nothing was written yet */
    for (size_t at = 0; at < text.len; at += step) {
        uint32_t point = 0; /* a control character, as what is no character at all */
        size_t len = wsync_utf8_step(text, at, &point);
        step = len > 0 ? len : 1;
        const char *escape = escape_of(len > 0 ? point : 0);
        if (escape) {
            wsync_html_literal(html, (const char *)text.data + plain, at - plain);
            wsync_html_literal(html, escape, strlen(escape));
            plain = at + step;
        }
    }
    if (plain < text.len) {
        wsync_html_literal(html, (const char *)text.data + plain, text.len - plain);
    }
}

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '-' || c == '.' || c == '_' || c == '~';
}

void wsync_html_part(struct wsync_html *html, const char *text)
{
    for (; *text; text++) {
        char code[4] = {*text};
        if (!is_unreserved(*text)) {
            snprintf(code, sizeof code, "%%%02X", (unsigned)(unsigned char)*text);
        }
        wsync_html_literal(html, code, strlen(code));
    }
}

void wsync_html_again(struct wsync_html *html, const struct wsync_html *written)
{
    if (html->err == WSYNC_OK) {
        html->err = written->err;
    }
    wsync_html_literal(html, written->text, written->len);
}

void wsync_html_number(struct wsync_html *html, int64_t number)
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%" PRId64, number);
    wsync_html_literal(html, digits, (size_t)len);
}

enum wsync_err wsync_html_err(const struct wsync_html *html)
{
    return html->err;
}

void wsync_html_fini(struct wsync_html *html)
{
    free(html->text);
    *html = (struct wsync_html){0};
}
