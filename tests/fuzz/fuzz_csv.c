/* SPDX-License-Identifier: Apache-2.0 */
/* A whole CSV file: every row has as many cells as the header, all UTF-8, and the reader
 * comes to an end. */
#include <stdio.h>

#include <unistd.h>

#include "host/csv.h"
#include "tests/fuzz/fuzz.h"
#include "wardsync/utf8.h"

static void check_cells(const struct wsync_csv_row *row)
{
    for (size_t i = 0; i < row->cell_count; i++) {
        uint32_t point;
        for (size_t at = 0; at < row->cells[i].len;) {
            size_t step = wsync_utf8_step(row->cells[i], at, &point);
            WSYNC_ASSERT(step > 0);
            at += step;
        }
    }
}

static void read_all(const char *path, size_t size)
{
    struct wsync_csv *csv;
    struct wsync_csv_row row;
    struct wsync_error error;
    uint64_t line = 0;
    enum wsync_err err = wsync_csv_open(path, &csv, &error);
    if (err != WSYNC_OK) {
        WSYNC_ASSERT(err == WSYNC_ERR_VALUE);
        return;
    }
    size_t columns = wsync_csv_header(csv)->cell_count;
    check_cells(wsync_csv_header(csv));
    while ((err = wsync_csv_next(csv, &row, &error)) != WSYNC_ERR_NOT_FOUND) {
        WSYNC_ASSERT(err == WSYNC_OK || err == WSYNC_ERR_VALUE);
        WSYNC_ASSERT(row.line > line && row.line <= size + 1 && row.offset <= size);
        line = row.line;
        if (err == WSYNC_OK) {
            WSYNC_ASSERT(row.cell_count == columns);
            check_cells(&row);
        }
    }
    wsync_csv_close(csv);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static FILE *file;
    char path[64];
    if (!file) {
        file = tmpfile();
        WSYNC_ASSERT(file);
    }
    int number = fileno(file);
    bool written = ftruncate(number, 0) == 0 &&
                   pwrite(number, data, size, 0) == (ssize_t)size;
    WSYNC_ASSERT(written);
    snprintf(path, sizeof path, "/proc/self/fd/%d", number);
    read_all(path, size);
    return 0;
}
