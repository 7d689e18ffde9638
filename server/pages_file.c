/* SPDX-License-Identifier: Apache-2.0 */
#include "server/pages_file.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/xlsx_write.h"

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

/* The bytes of a workbook as the answer. */
static enum wsync_err take_book(struct server_page *page, int fd, const char *name)
{
    off_t len = lseek(fd, 0, SEEK_END);
    char *bytes = len > 0 && len <= FILE_BYTES_MAX ? malloc((size_t)len) : NULL;
    if (!bytes) {
        return len > FILE_BYTES_MAX ? too_large(page) : WSYNC_ERR_MEMORY;
    }
    if (pread(fd, bytes, (size_t)len, 0) != len) {
        free(bytes);
        return WSYNC_ERR_STORE_IO;
    }
    page->html->text = bytes;
    page->html->len = (size_t)len;
    wsync_http_give_file(page->answer,
                         "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                         name);
    return WSYNC_OK;
}

enum wsync_err server_page_book(struct server_page *page, const char *name, const char *title,
                                enum wsync_err (*put)(struct server_page *page,
                                                      struct wsync_xlsx *xlsx))
{
    struct wsync_xlsx *xlsx;
    int fd;
    enum wsync_err err = wsync_xlsx_open(title, &xlsx);
    if (err != WSYNC_OK) {
        return err;
    }
    enum wsync_err written = put(page, xlsx);
    err = wsync_xlsx_close(xlsx, &fd, &page->error);
    if (err == WSYNC_OK) {
        err = written == WSYNC_OK ? take_book(page, fd, name) : written;
        (void)close(fd);
    }
    return err;
}

enum wsync_err server_page_text(struct server_page *page, const char *name, const char *text)
{
    page->html->text = strdup(text);
    page->html->len = page->html->text ? strlen(text) : 0;
    wsync_http_give_file(page->answer, "text/plain; charset=utf-8", name);
    return page->html->text ? WSYNC_OK : WSYNC_ERR_MEMORY;
}
