/* SPDX-License-Identifier: Apache-2.0 */
/* The files of host/pages/, host/fonts/ and tools/install-npm, as the linker puts them into the
 * program. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/page.h"
#include "wardsync/crypto.h"

/* Each of them: its name as the linker writes it and as it is, and its type.  The style comes
 * first; what is of npm packages last, empty where the build could not get it. */
#define FILES(X)                                                                  \
    X(style_css, "style.css", "text/css; charset=utf-8")                          \
    X(draft_js, "draft.js", "text/javascript; charset=utf-8")                     \
    X(live_js, "live.js", "text/javascript; charset=utf-8")                       \
    X(photo_js, "photo.js", "text/javascript; charset=utf-8")                     \
    X(qr_js, "qr.js", "text/javascript; charset=utf-8")                           \
    X(save_js, "save.js", "text/javascript; charset=utf-8")                       \
    X(inter_latin_400_woff2, "inter-latin-400.woff2", "font/woff2")               \
    X(inter_latin_600_woff2, "inter-latin-600.woff2", "font/woff2")               \
    X(inter_vietnamese_400_woff2, "inter-vietnamese-400.woff2", "font/woff2")     \
    X(inter_vietnamese_600_woff2, "inter-vietnamese-600.woff2", "font/woff2")     \
    X(jsqr_js, "jsqr.js", "text/javascript; charset=utf-8")

#define DECLARE(symbol, name, type) \
    extern const uint8_t _binary_##symbol##_start[], _binary_##symbol##_end[];
FILES(DECLARE)
extern const uint8_t _binary_fonts_css_start[], _binary_fonts_css_end[];

#define ROW(symbol, name, type) {name, type, _binary_##symbol##_start, _binary_##symbol##_end},
static const struct {
    const char *name, *type;
    const uint8_t *begin, *end;
} ROWS[] = {FILES(ROW)};

enum { COUNT = sizeof ROWS / sizeof *ROWS, FONTS = 4, HASH_BYTES = 8, PATH_BYTES = 64 };

static char paths[COUNT][PATH_BYTES];
static struct wsync_http_asset assets[COUNT + 1];

static size_t index_of(const char *name)
{
    size_t at = 0;
    while (at < COUNT && strcmp(ROWS[at].name, name) != 0) {
        at++;
    }
    WSYNC_ASSERT(at < COUNT); /* a name in the program's own text */
    return at;
}

/* "/style-0123456789abcdef.css": another one when the bytes are others. */
static struct wsync_http_asset take(size_t i, struct wsync_slice bytes)
{
    char digits[2 * HASH_BYTES + 1];
    const char *name = ROWS[i].name;
    const char *dot = strrchr(name, '.');
    struct wsync_hash hash = wsync_hash_parts(&bytes, 1);
    wsync_hex_encode(wsync_slice(hash.b, HASH_BYTES), digits);
    snprintf(paths[i], PATH_BYTES, "/%.*s-%s%s", (int)(dot - name), name, digits, dot);
    return (struct wsync_http_asset){paths[i], ROWS[i].type, bytes};
}

/* The style with fonts.css behind it, where each NAME of url(NAME) becomes its path; kept as
 * long as the program runs.  Without memory the style alone. */
static struct wsync_slice add_fonts(struct wsync_slice style)
{
    const char *from = (const char *)_binary_fonts_css_start;
    const char *end = (const char *)_binary_fonts_css_end;
    char *text = malloc(style.len + (size_t)(end - from) + (size_t)FONTS * PATH_BYTES);
    if (!text) {
        return style;
    }
    size_t len = style.len;
    memcpy(text, style.data, len);
    while (from < end) {
        if (memcmp(text + len - 4, "url(", 4) == 0) {
            const char *close = memchr(from, ')', (size_t)(end - from));
            char name[PATH_BYTES];
            WSYNC_ASSERT(close && close - from < PATH_BYTES);
            snprintf(name, sizeof name, "%.*s", (int)(close - from), from);
            const char *path = paths[index_of(name)];
            memcpy(text + len, path, strlen(path));
            len += strlen(path);
            from = close;
        }
        text[len++] = *from++;
    }
    return wsync_slice(text, len);
}

static struct wsync_slice bytes_of(size_t i)
{
    return wsync_slice(ROWS[i].begin, (size_t)(ROWS[i].end - ROWS[i].begin));
}

const struct wsync_http_asset *wsync_page_assets(void)
{
    size_t count = 1; /* the style, which is made at the end: it names the fonts */
    if (assets[0].path) {
        return assets;
    }
    for (size_t i = 1; i < COUNT; i++) {
        struct wsync_slice bytes = bytes_of(i);
        if (bytes.len > 0) {
            assets[count++] = take(i, bytes);
        }
    }
    bool fonts = paths[index_of("inter-latin-400.woff2")][0] != '\0';
    assets[0] = take(0, fonts ? add_fonts(bytes_of(0)) : bytes_of(0));
    return assets;
}

const char *wsync_page_asset(const char *name)
{
    (void)wsync_page_assets();
    return paths[index_of(name)];
}

void wsync_page_script(struct wsync_html *html, const char *name)
{
    wsync_html_raw(html, "<script type=\"module\"");
    wsync_html_attr(html, "src", wsync_page_asset(name));
    wsync_html_raw(html, "></script>\n");
}
