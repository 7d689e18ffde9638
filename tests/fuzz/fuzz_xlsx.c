/* SPDX-License-Identifier: Apache-2.0 */
/* A whole workbook: its rows ascend, their cells are UTF-8 and within bounds, and whoever
 * refuses says why.  The members of a package are packed and have checksums, which a fuzzer
 * does not hit upon: input that begins with no package is the first sheet of one that is there.
 */
#include <stdlib.h>
#include <string.h>

#include "host/xlsx_read.h"
#include "tests/fuzz/fuzz.h"
#include "tests/workbook.h"
#include "wardsync/utf8.h"

static enum wsync_err check_row(void *context, const struct wsync_xlsx_row *row,
                                struct wsync_error *error)
{
    uint32_t *last = context;
    (void)error;
    WSYNC_ASSERT(row->number > *last && row->number <= WSYNC_XLSX_READ_ROWS_MAX);
    WSYNC_ASSERT(row->cell_count > 0 && row->cell_count <= WSYNC_XLSX_READ_COLUMNS_MAX);
    WSYNC_ASSERT(row->cells[row->cell_count - 1].len > 0);
    for (size_t i = 0; i < row->cell_count; i++) {
        uint32_t point;
        WSYNC_ASSERT(row->cells[i].len <= WSYNC_XLSX_READ_CELL_BYTES_MAX);
        for (size_t at = 0; at < row->cells[i].len;) {
            size_t step = wsync_utf8_step(row->cells[i], at, &point);
            WSYNC_ASSERT(step > 0);
            at += step;
        }
    }
    *last = row->number;
    return WSYNC_OK;
}

static void read_all(struct wsync_slice bytes)
{
    struct wsync_error error = {""};
    uint32_t last = 0;
    enum wsync_err err = wsync_xlsx_read(bytes, NULL, check_row, &last, &error);
    WSYNC_ASSERT(err == WSYNC_OK || err == WSYNC_ERR_VALUE);
    WSYNC_ASSERT((err == WSYNC_OK) == (error.text[0] == '\0'));
}

/* Between two zero bytes: the rows, the shared texts, the formats. */
static void read_parts(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 3);
    memset(text, 0, size + 3);
    memcpy(text, data, size);
    const char *strings = text + strlen(text) + 1;
    const char *styles = strings <= text + size ? strings + strlen(strings) + 1 : text + size;
    const struct workbook book = {
        .rows = text,
        .strings = strings <= text + size ? strings : "",
        .styles = styles <= text + size ? styles : "",
    };
    struct wsync_slice bytes = workbook_bytes(&book);
    read_all(bytes);
    free((void *)bytes.data);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wsync_slice bytes = wsync_slice(data, size);
    if (wsync_xlsx_is(bytes)) {
        read_all(bytes);
    } else {
        read_parts(data, size);
    }
    return 0;
}
