/* SPDX-License-Identifier: Apache-2.0 */
/* The files of host/pages/, as the linker puts them into the program. */
#include <stdio.h>
#include <string.h>

#include "host/page.h"
#include "wardsync/crypto.h"

/* Each of them: its name as the linker writes it and as it is, and its type. */
#define FILES(X)                                             \
    X(style_css, "style.css", "text/css; charset=utf-8")     \
    X(draft_js, "draft.js", "text/javascript; charset=utf-8")

#define DECLARE(symbol, name, type) \
    extern const uint8_t _binary_##symbol##_start[], _binary_##symbol##_end[];
FILES(DECLARE)

#define ROW(symbol, name, type) {name, type, _binary_##symbol##_start, _binary_##symbol##_end},
static const struct {
    const char *name, *type;
    const uint8_t *begin, *end;
} ROWS[] = {FILES(ROW)};

enum { COUNT = sizeof ROWS / sizeof *ROWS, HASH_BYTES = 8, PATH_BYTES = 64 };

/* "/style-0123456789abcdef.css": another one when the bytes are others. */
static void name_path(const char *name, struct wsync_slice bytes, char path[PATH_BYTES])
{
    char digits[2 * HASH_BYTES + 1];
    const char *dot = strrchr(name, '.');
    struct wsync_hash hash = wsync_hash_parts(&bytes, 1);
    wsync_hex_encode(wsync_slice(hash.b, HASH_BYTES), digits);
    snprintf(path, PATH_BYTES, "/%.*s-%s%s", (int)(dot - name), name, digits, dot);
}

const struct wsync_http_asset *wsync_page_assets(void)
{
    static char paths[COUNT][PATH_BYTES];
    static struct wsync_http_asset assets[COUNT + 1];
    for (size_t i = 0; i < COUNT && !assets[i].path; i++) {
        assets[i].type = ROWS[i].type;
        assets[i].bytes = wsync_slice(ROWS[i].begin, (size_t)(ROWS[i].end - ROWS[i].begin));
        name_path(ROWS[i].name, assets[i].bytes, paths[i]);
        assets[i].path = paths[i];
    }
    return assets;
}

const char *wsync_page_asset(const char *name)
{
    size_t at = 0;
    while (at < COUNT && strcmp(ROWS[at].name, name) != 0) {
        at++;
    }
    WSYNC_ASSERT(at < COUNT); /* a name in the program's own text */
    return wsync_page_assets()[at].path;
}

void wsync_page_script(struct wsync_html *html, const char *name)
{
    wsync_html_raw(html, "<script type=\"module\"");
    wsync_html_attr(html, "src", wsync_page_asset(name));
    wsync_html_raw(html, "></script>\n");
}
