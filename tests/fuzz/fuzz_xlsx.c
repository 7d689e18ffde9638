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

enum { SHEETS_READ = 3 };

static const struct wsync_xlsx_wanted ANY;

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

/* What is listed of the sheets. */
struct seen {
    size_t count, wanted; /* number; 0: none is */
    bool tables[WSYNC_XLSX_READ_SHEETS_MAX];
};

static void check_sheet(void *context, const struct wsync_xlsx_sheet *sheet)
{
    struct seen *seen = context;
    WSYNC_ASSERT(seen->count < WSYNC_XLSX_READ_SHEETS_MAX);
    WSYNC_ASSERT(sheet->number == seen->count + 1 && strlen(sheet->name) < 256);
    WSYNC_ASSERT(sheet->name[0] == '\0' || wsync_utf8_is_line(wsync_slice_of(sheet->name)));
    WSYNC_ASSERT(!sheet->is_wanted ||
                 (seen->wanted == 0 && sheet->is_table && !sheet->is_hidden));
    seen->tables[seen->count++] = sheet->is_table;
    seen->wanted = sheet->is_wanted ? sheet->number : seen->wanted;
}

/* What is listed as no table, or not at all, is refused. */
static void read_one(struct wsync_slice bytes, const struct wsync_xlsx_wanted *wanted,
                     bool listed)
{
    struct wsync_error error = {""};
    uint32_t last = 0;
    enum wsync_err err = wsync_xlsx_read(bytes, wanted, check_row, &last, &error);
    WSYNC_ASSERT(err == WSYNC_OK || err == WSYNC_ERR_VALUE);
    WSYNC_ASSERT((err == WSYNC_OK) == (error.text[0] == '\0'));
    WSYNC_ASSERT(listed || err == WSYNC_ERR_VALUE);
}

static void read_all(struct wsync_slice bytes)
{
    struct wsync_error error = {""};
    struct seen seen = {.count = 0};
    enum wsync_err err = wsync_xlsx_sheets(bytes, &ANY, check_sheet, &seen, &error);
    WSYNC_ASSERT(err == WSYNC_OK || err == WSYNC_ERR_VALUE);
    WSYNC_ASSERT((err == WSYNC_OK) == (error.text[0] == '\0'));
    read_one(bytes, &ANY, err == WSYNC_OK && seen.wanted > 0);
    for (size_t i = 1; err == WSYNC_OK && i <= seen.count && i <= SHEETS_READ; i++) {
        read_one(bytes, &(struct wsync_xlsx_wanted){.number = i}, seen.tables[i - 1]);
    }
}

/* Between zero bytes: the rows, the shared texts, the formats; then, if there are any, the list
 * of the sheets and further places of parts. */
static void read_parts(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    const char *parts[] = {"", "", "", NULL, NULL};
    memcpy(text, data, size);
    text[size] = '\0';
    for (size_t i = 0, at = 0; i < sizeof parts / sizeof *parts && at < size; i++) {
        parts[i] = text + at;
        at += strlen(text + at) + 1;
    }
    const struct workbook book = {.rows = parts[0],
                                  .strings = parts[1],
                                  .styles = parts[2],
                                  .sheets = parts[3],
                                  .relations = parts[4]};
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
