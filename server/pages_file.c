/* SPDX-License-Identifier: Apache-2.0 */
#include "server/pages_file.h"

#include <stdlib.h>
#include <string.h>

enum { FILE_BYTES_MAX = 8 << 20 };

static enum wsync_err too_large(struct server_page *page)
{
    return wsync_error_set(&page->error, WSYNC_ERR_INVALID, "%s",
                           server_word(page, "Tệp lớn quá cho một trang; hãy thu hẹp số ngày.",
                                       "The file is too large for a page; choose fewer days."));
}

enum wsync_err server_page_file(struct server_page *page, const char *name,
                                enum wsync_err (*put)(struct server_page *page, FILE *out))
{
    char *bytes = malloc(FILE_BYTES_MAX);
    FILE *out = bytes ? fmemopen(bytes, FILE_BYTES_MAX, "w") : NULL;
    if (!out) {
        free(bytes);
        return WSYNC_ERR_MEMORY;
    }
    enum wsync_err err = put(page, out);
    bool whole = fflush(out) == 0 && !ferror(out);
    long len = ftell(out);
    if (fclose(out) != 0 || !whole || len < 0 || len >= FILE_BYTES_MAX) {
        err = err == WSYNC_OK || err == WSYNC_ERR_STORE_IO ? too_large(page) : err;
    }
    if (err != WSYNC_OK) {
        free(bytes);
        return err;
    }
    char *fitted = realloc(bytes, (size_t)len + 1);
    page->html->text = fitted ? fitted : bytes;
    page->html->len = (size_t)len;
    wsync_http_give_file(page->answer, "text/csv; charset=utf-8", name);
    return WSYNC_OK;
}

enum wsync_err server_page_text(struct server_page *page, const char *name, const char *text)
{
    page->html->text = strdup(text);
    page->html->len = page->html->text ? strlen(text) : 0;
    wsync_http_give_file(page->answer, "text/plain; charset=utf-8", name);
    return page->html->text ? WSYNC_OK : WSYNC_ERR_MEMORY;
}
