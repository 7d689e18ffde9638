/* SPDX-License-Identifier: Apache-2.0 */
#include "host/sheet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "host/action_files.h"
#include "host/block.h"
#include "host/file.h"
#include "host/given.h"

enum { HEAD_BYTES = 8, TABLE_BYTES_MAX = 2 * WSYNC_XLSX_READ_BYTES_MAX };

/* A sheet on its way into a table of this program: each row on its place, each value in quotes.
 */
struct copy {
    const struct wsync_table_place *place;
    FILE *out;
    size_t columns;       /* of the header; 0: it did not come yet */
    uint32_t first, next; /* rows */
};

static void put_value(FILE *out, struct wsync_slice value)
{
    putc('"', out);
    for (size_t i = 0; i < value.len; i++) {
        if (value.data[i] == '"') {
            putc('"', out);
        }
        putc(value.data[i], out);
    }
    putc('"', out);
}

/* What stands right of the header stays there: the reader says so of that row. */
static void put_row(struct copy *copy, const struct wsync_slice *cells, size_t count)
{
    for (size_t i = 0; i < count || i < copy->columns; i++) {
        if (i > 0) {
            putc(',', copy->out);
        }
        if (i < count && cells[i].len > 0) {
            put_value(copy->out, cells[i]);
        } else if (i == 0) {
            fputs("\"\"", copy->out); /* a row without anything is no blank line */
        }
    }
    putc('\n', copy->out);
}

static enum wsync_err no_header(const struct wsync_table_place *place,
                                struct wsync_error *error)
{
    return wsync_error_set(error, WSYNC_ERR_VALUE, "Row %llu of the sheet holds nothing.",
                           (unsigned long long)place->header);
}

static enum wsync_err take_row(void *context, const struct wsync_xlsx_row *row,
                               struct wsync_error *error)
{
    struct copy *copy = context;
    if (row->number < copy->place->header) {
        return WSYNC_OK;
    }
    if (copy->columns == 0 && copy->place->header > 0 && row->number != copy->place->header) {
        return no_header(copy->place, error);
    }
    if (copy->columns == 0) {
        copy->columns = row->cell_count;
        copy->first = copy->next = row->number;
    }
    for (; copy->next < row->number; copy->next++) {
        put_row(copy, NULL, 0);
    }
    put_row(copy, row->cells, row->cell_count);
    copy->next++;
    return ferror(copy->out) ? wsync_error_set(error, WSYNC_ERR_MEMORY, "%s",
                                               wsync_err_text(WSYNC_ERR_MEMORY, WSYNC_EN))
                             : WSYNC_OK;
}

/* The first bytes of a file; fewer, or none, when it is shorter or cannot be read, or is a
 * pipe, from which they would be gone. */
static struct wsync_slice read_head(const char *path, uint8_t head[HEAD_BYTES])
{
    struct stat status;
    size_t len = 0;
    bool file_is = stat(path, &status) == 0 && S_ISREG(status.st_mode);
    FILE *file = file_is ? fopen(path, "rb") : NULL;
    if (file) {
        len = fread(head, 1, HEAD_BYTES, file);
        fclose(file);
    }
    return wsync_slice(head, len);
}

/* What is done with the bytes of a workbook. */
typedef enum wsync_err worker(void *context, struct wsync_slice bytes,
                              struct wsync_error *error);

static enum wsync_err with_workbook(const char *path, worker *work, void *context,
                                    struct wsync_error *error)
{
    size_t len;
    void *bytes = wsync_block_new(WSYNC_XLSX_READ_BYTES_MAX);
    if (!bytes) {
        return wsync_error_set(error, WSYNC_ERR_MEMORY, "%s",
                               wsync_err_text(WSYNC_ERR_MEMORY, WSYNC_EN));
    }
    enum wsync_err err =
        wsync_file_read(path, bytes, WSYNC_XLSX_READ_BYTES_MAX, &len, error);
    if (err == WSYNC_OK) {
        err = work(context, wsync_slice(bytes, len), error);
    }
    wsync_block_free(bytes, WSYNC_XLSX_READ_BYTES_MAX);
    return err;
}

static enum wsync_err copy_sheet(void *context, struct wsync_slice bytes,
                                 struct wsync_error *error)
{
    struct copy *copy = context;
    return wsync_xlsx_read(bytes, &copy->place->sheet, take_row, copy, error);
}

static enum wsync_err open_workbook(const char *path, const struct wsync_table_place *place,
                                    struct wsync_csv **csv, struct wsync_error *error)
{
    int fd = wsync_action_file_new("sheet", TABLE_BYTES_MAX);
    struct copy copy = {.place = place, .out = fd >= 0 ? fdopen(fd, "w+") : NULL};
    if (!copy.out) {
        wsync_file_close(&fd);
        return wsync_error_set(error, WSYNC_ERR_MEMORY, "%s",
                               wsync_err_text(WSYNC_ERR_MEMORY, WSYNC_EN));
    }
    enum wsync_err err = with_workbook(path, copy_sheet, &copy, error);
    if (err == WSYNC_OK && copy.columns == 0) {
        err = place->header > 0
                  ? no_header(place, error)
                  : wsync_error_set(error, WSYNC_ERR_VALUE, "The sheet is empty.");
    }
    if (err == WSYNC_OK && (fflush(copy.out) != 0 ||
                            !wsync_action_file_seal(fd, (size_t)ftello(copy.out)))) {
        err = wsync_error_set(error, WSYNC_ERR_MEMORY, "%s",
                              wsync_err_text(WSYNC_ERR_MEMORY, WSYNC_EN));
    }
    if (err != WSYNC_OK) {
        fclose(copy.out);
        return err;
    }
    rewind(copy.out);
    return wsync_csv_open_sheet(copy.out, copy.first, csv, error);
}

/* The head of what stands there, of which `path` is "-" for standard input. */
static enum wsync_err look(const char *path, uint8_t bytes[HEAD_BYTES],
                           struct wsync_slice *head, struct wsync_error *error)
{
    enum wsync_err err =
        strcmp(path, "-") == 0 ? WSYNC_OK : wsync_given_check(path, error);
    if (err == WSYNC_OK) {
        *head = read_head(path, bytes);
    }
    return err;
}

enum wsync_err wsync_table_open(const char *path, const struct wsync_table_place *place,
                                struct wsync_csv **csv, struct wsync_error *error)
{
    uint8_t bytes[HEAD_BYTES];
    struct wsync_slice head;
    enum wsync_err err = look(path, bytes, &head, error);
    if (err != WSYNC_OK) {
        return err;
    }
    if (wsync_xlsx_is(head)) {
        return open_workbook(path, place, csv, error);
    }
    if (wsync_slice_starts(head, wsync_slice_of("\xD0\xCF\x11\xE0"))) {
        return wsync_error_set(error, WSYNC_ERR_VALUE,
                               "This is an old workbook (.xls), or one with a password; save "
                               "it as .xlsx without a password.");
    }
    return place->sheet.name.data || place->sheet.number > 0
               ? wsync_error_set(error, WSYNC_ERR_VALUE,
                                 "A sheet is named, but the file is no workbook (.xlsx).")
               : wsync_csv_open_at(path, place->header, csv, error);
}

/* Who wants to know the sheets. */
struct listing {
    const struct wsync_xlsx_wanted *wanted;
    wsync_xlsx_sheet_taker *take;
    void *context;
};

static enum wsync_err list_sheets(void *context, struct wsync_slice bytes,
                                  struct wsync_error *error)
{
    const struct listing *listing = context;
    return wsync_xlsx_sheets(bytes, listing->wanted, listing->take, listing->context, error);
}

enum wsync_err wsync_table_sheets(const char *path, const struct wsync_xlsx_wanted *wanted,
                                  wsync_xlsx_sheet_taker *take, void *context,
                                  struct wsync_error *error)
{
    uint8_t bytes[HEAD_BYTES];
    struct wsync_slice head;
    struct listing listing = {wanted, take, context};
    enum wsync_err err = look(path, bytes, &head, error);
    return err == WSYNC_OK && wsync_xlsx_is(head)
               ? with_workbook(path, list_sheets, &listing, error)
               : err;
}

/* Who wants to know the first rows. */
struct peek {
    const struct wsync_table_place *place;
    wsync_csv_taker *take;
    void *context;
    bool enough;
};

static enum wsync_err peek_row(void *context, const struct wsync_xlsx_row *row,
                               struct wsync_error *error)
{
    struct peek *peek = context;
    const struct wsync_csv_row shown = {.row = row->number,
                                        .line = row->number,
                                        .cells = row->cells,
                                        .cell_count = row->cell_count};
    (void)error;
    peek->enough = row->number > WSYNC_TABLE_HEADS_MAX;
    if (peek->enough) {
        return WSYNC_ERR_OVERSIZE;
    }
    peek->take(peek->context, &shown);
    return WSYNC_OK;
}

static enum wsync_err peek_sheet(void *context, struct wsync_slice bytes,
                                 struct wsync_error *error)
{
    struct peek *peek = context;
    enum wsync_err err = wsync_xlsx_read(bytes, &peek->place->sheet, peek_row, peek, error);
    return peek->enough ? WSYNC_OK : err;
}

enum wsync_err wsync_table_heads(const char *path, const struct wsync_table_place *place,
                                 wsync_csv_taker *take, void *context,
                                 struct wsync_error *error)
{
    uint8_t bytes[HEAD_BYTES];
    struct wsync_slice head;
    struct peek peek = {.place = place, .take = take, .context = context};
    enum wsync_err err = look(path, bytes, &head, error);
    if (err != WSYNC_OK || head.len == 0) {
        return err;
    }
    return wsync_xlsx_is(head) ? with_workbook(path, peek_sheet, &peek, error)
                               : wsync_csv_peek(path, WSYNC_TABLE_HEADS_MAX, take, context,
                                                error);
}
