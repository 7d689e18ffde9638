/* SPDX-License-Identifier: Apache-2.0 */
#include "host/csv.h"

#include <csv.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/given.h"
#include "wardsync/utf8.h"

enum { CHUNK_BYTES = 65536, FAULT_BYTES = 160, BOM_BYTES = 3 };

struct wsync_csv {
    FILE *file;
    char separator;
    bool ended, parser_open;
    bool is_sheet;
    uint64_t next_row;
    uint64_t header_row; /* 0: the first that comes */
    struct csv_parser parser;

    uint8_t chunk[CHUNK_BYTES];
    size_t chunk_len, chunk_at;
    uint64_t line, offset; /* of chunk_at */
    bool after_cr;

    /* The row being read; its cells lie one behind the other in `bytes`. */
    uint64_t row, row_line, row_offset;
    size_t row_bytes; /* as they stand in the file */
    bool row_begun, row_done;
    char fault[FAULT_BYTES]; /* what is wrong with it, "" while nothing is */
    size_t used, cell_count;
    uint8_t bytes[WSYNC_CSV_ROW_BYTES_MAX];
    struct wsync_slice cells[WSYNC_CSV_COLUMNS_MAX];

    struct wsync_csv_row header;
    struct wsync_slice names[WSYNC_CSV_COLUMNS_MAX];
    uint8_t *name_bytes;
};

static void set_fault(struct wsync_csv *csv, const char *fault)
{
    if (csv->fault[0] == '\0') { /* the first one is the cause */
        snprintf(csv->fault, sizeof csv->fault, "%s", fault);
    }
}

static bool is_utf8(struct wsync_slice text)
{
    uint32_t point;
    for (size_t at = 0, len; at < text.len; at += len) {
        len = wsync_utf8_step(text, at, &point);
        if (len == 0) {
            return false;
        }
    }
    return true;
}

static void on_cell(void *data, size_t len, void *context)
{
    struct wsync_csv *csv = context;
    if (csv->cell_count == WSYNC_CSV_COLUMNS_MAX) {
        set_fault(csv, "there are more than 512 columns.");
        return;
    }
    if (len > sizeof csv->bytes - csv->used) { /* a row is cut off before this can be */
        set_fault(csv, "the row is longer than 1 MiB.");
        return;
    }
    struct wsync_slice cell = wsync_slice(csv->bytes + csv->used, len);
    if (len > 0) {
        memcpy(csv->bytes + csv->used, data, len);
    }
    csv->used += len;
    csv->cells[csv->cell_count++] = cell;
    if (!is_utf8(cell)) {
        char fault[FAULT_BYTES];
        snprintf(fault, sizeof fault, "the value in column %zu is not valid UTF-8.",
                 csv->cell_count);
        set_fault(csv, fault);
    }
}

static void on_row(int terminator, void *context)
{
    (void)terminator;
    struct wsync_csv *csv = context;
    csv->row_done = true;
}

static int never(unsigned char byte)
{
    (void)byte;
    return 0;
}

static bool parser_init(struct wsync_csv *csv)
{
    if (csv->parser_open) {
        csv_free(&csv->parser);
    }
    csv->parser_open = csv_init(&csv->parser, CSV_STRICT | CSV_STRICT_FINI) == 0;
    csv_set_delim(&csv->parser, (unsigned char)csv->separator);
    csv_set_space_func(&csv->parser, never);
    return csv->parser_open;
}

static enum wsync_err read_error(struct wsync_error *error)
{
    return wsync_error_set(error, WSYNC_ERR_STORE_IO, "The file could not be read: %s.",
                           strerror(errno));
}

/* Makes sure that unread bytes are in the chunk; false at the end of the file or on an error.
 */
static bool fill(struct wsync_csv *csv)
{
    if (csv->chunk_at == csv->chunk_len) {
        csv->chunk_at = 0;
        csv->chunk_len = fread(csv->chunk, 1, sizeof csv->chunk, csv->file);
    }
    return csv->chunk_len > 0;
}

/* The unread bytes up to and with the next CR or LF: at most one row ends in them. */
static struct wsync_slice segment(const struct wsync_csv *csv)
{
    const uint8_t *start = csv->chunk + csv->chunk_at;
    size_t left = csv->chunk_len - csv->chunk_at, len = 0;
    while (len < left && start[len] != '\r' && start[len] != '\n') {
        len++;
    }
    return wsync_slice(start, len < left ? len + 1 : left);
}

static bool ends_line(struct wsync_slice bytes)
{
    uint8_t last = bytes.data[bytes.len - 1];
    return last == '\r' || last == '\n';
}

/* Counts a line once for CR LF, and for either alone. */
static void advance(struct wsync_csv *csv, struct wsync_slice bytes)
{
    uint8_t last = bytes.data[bytes.len - 1];
    bool second_half = csv->after_cr && bytes.len == 1 && last == '\n';
    csv->line += ends_line(bytes) && !second_half;
    csv->after_cr = last == '\r';
    csv->chunk_at += bytes.len;
    csv->offset += bytes.len;
}

/* After a misplaced quote the row is over at the end of its line. */
static void skip_line(struct wsync_csv *csv)
{
    bool ended = false;
    while (!ended && fill(csv)) {
        struct wsync_slice bytes = segment(csv);
        ended = ends_line(bytes);
        advance(csv, bytes);
    }
    csv->row_done = true;
}

static void begin_row(struct wsync_csv *csv)
{
    csv->row_begun = csv->row_done = false;
    csv->row_bytes = csv->used = csv->cell_count = 0;
    csv->fault[0] = '\0';
}

static enum wsync_err feed(struct wsync_csv *csv, struct wsync_slice bytes)
{
    bool blank = bytes.len == 1 && ends_line(bytes);
    if (!csv->row_begun && !blank) {
        csv->row_begun = true;
        csv->row_line = csv->line;
        csv->row_offset = csv->offset;
    }
    csv->row_bytes += csv->row_begun ? bytes.len : 0; /* blank lines belong to no row */
    if (csv->row_bytes > WSYNC_CSV_ROW_BYTES_MAX) {
        set_fault(csv, "the row is longer than 1 MiB, perhaps because a quote is never closed; "
                       "nothing behind it was read.");
        csv->row_done = csv->ended = true;
        return WSYNC_OK;
    }
    if (memchr(bytes.data, '\0', bytes.len)) {
        set_fault(csv, "there is a NUL byte.");
    }
    size_t taken =
        csv_parse(&csv->parser, bytes.data, bytes.len, on_cell, on_row, csv);
    if (taken == bytes.len) {
        advance(csv, bytes);
        return WSYNC_OK;
    }
    if (csv_error(&csv->parser) != CSV_EPARSE) {
        return WSYNC_ERR_MEMORY;
    }
    set_fault(csv, "a quote stands inside a value; quote the whole value and double the quotes "
                   "in it.");
    skip_line(csv);
    return parser_init(csv) ? WSYNC_OK : WSYNC_ERR_MEMORY;
}

static void finish(struct wsync_csv *csv)
{
    csv->ended = true;
    if (csv_fini(&csv->parser, on_cell, on_row, csv) != 0) {
        set_fault(csv, "a quote is opened and never closed; the rest of the file was taken as "
                       "one value.");
    }
    csv->row_done = csv->row_begun;
}

/* Reads up to the end of one row, whatever it holds. */
static enum wsync_err read_row(struct wsync_csv *csv, struct wsync_error *error)
{
    begin_row(csv);
    while (!csv->row_done) {
        if (csv->ended) {
            return WSYNC_ERR_NOT_FOUND;
        }
        if (fill(csv)) {
            enum wsync_err err = feed(csv, segment(csv));
            if (err != WSYNC_OK) {
                return wsync_error_set(error, err, "%s", wsync_err_text(err, WSYNC_EN));
            }
        } else if (ferror(csv->file)) {
            return read_error(error);
        } else {
            finish(csv);
        }
    }
    csv->row = csv->next_row++;
    csv->row_line = csv->is_sheet ? csv->row : csv->row_line;
    return WSYNC_OK;
}

static enum wsync_err finding(const struct wsync_csv *csv, struct wsync_error *error)
{
    return wsync_error_set(error, WSYNC_ERR_VALUE, "Row %llu: %s",
                           (unsigned long long)csv->row_line, csv->fault);
}

enum wsync_err wsync_csv_next(struct wsync_csv *csv, struct wsync_csv_row *row,
                              struct wsync_error *error)
{
    enum wsync_err err = read_row(csv, error);
    if (err != WSYNC_OK) {
        return err;
    }
    *row = (struct wsync_csv_row){
        .row = csv->row, .line = csv->row_line, .offset = csv->row_offset};
    if (csv->fault[0] == '\0' && csv->cell_count != csv->header.cell_count) {
        snprintf(csv->fault, sizeof csv->fault, "it has %zu columns, the header has %zu.",
                 csv->cell_count, csv->header.cell_count);
    }
    if (csv->fault[0] != '\0') {
        return finding(csv, error);
    }
    row->cells = csv->cells;
    row->cell_count = csv->cell_count;
    return WSYNC_OK;
}

struct wsync_slice wsync_csv_trim(struct wsync_slice text)
{
    while (text.len > 0 && (text.data[0] == ' ' || text.data[0] == '\t')) {
        text = wsync_slice(text.data + 1, text.len - 1);
    }
    while (text.len > 0 &&
           (text.data[text.len - 1] == ' ' || text.data[text.len - 1] == '\t')) {
        text.len--;
    }
    return text;
}

static enum wsync_err check_names(struct wsync_csv *csv)
{
    for (size_t i = 0; i < csv->header.cell_count; i++) {
        size_t other;
        if (csv->names[i].len == 0) {
            snprintf(csv->fault, sizeof csv->fault, "column %zu of the header has no name.",
                     i + 1);
            return WSYNC_ERR_VALUE;
        }
        if (wsync_csv_column(csv, csv->names[i], &other) && other != i) {
            snprintf(csv->fault, sizeof csv->fault,
                     "columns %zu and %zu of the header have the same name.", other + 1, i + 1);
            return WSYNC_ERR_VALUE;
        }
    }
    return WSYNC_OK;
}

static enum wsync_err read_header(struct wsync_csv *csv, struct wsync_error *error)
{
    enum wsync_err err = WSYNC_OK;
    do {
        err = read_row(csv, error);
    } while (err == WSYNC_OK && csv->row < csv->header_row);
    if (err == WSYNC_ERR_NOT_FOUND && csv->next_row > 1) {
        return wsync_error_set(error, WSYNC_ERR_VALUE, "The table has no row %llu.",
                               (unsigned long long)csv->header_row);
    }
    if (err == WSYNC_ERR_NOT_FOUND) {
        return wsync_error_set(error, WSYNC_ERR_VALUE, "The file is empty.");
    }
    if (err != WSYNC_OK) {
        return err;
    }
    if (csv->fault[0] != '\0') {
        return finding(csv, error);
    }
    csv->name_bytes = malloc(csv->used + 1);
    if (!csv->name_bytes) {
        return wsync_error_set(error, WSYNC_ERR_MEMORY, "%s",
                               wsync_err_text(WSYNC_ERR_MEMORY, WSYNC_EN));
    }
    memcpy(csv->name_bytes, csv->bytes, csv->used);
    for (size_t i = 0; i < csv->cell_count; i++) {
        struct wsync_slice cell = csv->cells[i];
        uint8_t *name = csv->name_bytes + (cell.data - csv->bytes);
        for (size_t at = 0; at < cell.len; at++) {
            name[at] = name[at] == '\r' || name[at] == '\n' ? ' ' : name[at];
        }
        csv->names[i] = wsync_csv_trim(wsync_slice(name, cell.len));
    }
    csv->header = (struct wsync_csv_row){.row = csv->row,
                                         .line = csv->row_line,
                                         .offset = csv->row_offset,
                                         .cells = csv->names,
                                         .cell_count = csv->cell_count};
    return check_names(csv) == WSYNC_OK ? WSYNC_OK : finding(csv, error);
}

/* The separator that stands most often in these rows, outside quotes. */
static char sniff(struct wsync_slice text, uint64_t first, uint64_t last)
{
    static const char CANDIDATES[] = ",;\t";
    size_t counts[3] = {0}, begin = 0;
    uint64_t row = 1;
    bool quoted = false;
    for (size_t i = 0; i < text.len && row <= last; i++) {
        uint8_t c = text.data[i];
        if (c == '"') { /* one inside a value quotes nothing */
            quoted = !quoted && (i == begin || strchr(",;\t\"", text.data[i - 1]));
        }
        if (!quoted && (c == '\r' || c == '\n')) {
            row += i > begin; /* a blank line is no row */
            begin = i + 1;
        }
        if (row < first) {
            continue;
        }
        const char *found = quoted || c == '\0' ? NULL : strchr(CANDIDATES, c);
        if (found) {
            counts[found - CANDIDATES]++;
        }
    }
    size_t best = 0;
    for (size_t i = 1; i < 3; i++) {
        best = counts[i] > counts[best] ? i : best;
    }
    return CANDIDATES[best];
}

/* Up to the first row, of which the separator is that of the rows up to `last`. */
static enum wsync_err start(struct wsync_csv *csv, uint64_t last, struct wsync_error *error)
{
    csv->line = 1;
    if (!fill(csv) && ferror(csv->file)) {
        return read_error(error);
    }
    struct wsync_slice text = wsync_slice(csv->chunk, csv->chunk_len);
    if (wsync_slice_starts(text, wsync_slice_of("\xFF\xFE")) ||
        wsync_slice_starts(text, wsync_slice_of("\xFE\xFF"))) {
        return wsync_error_set(error, WSYNC_ERR_VALUE,
                               "The file is UTF-16; save it as CSV in UTF-8.");
    }
    if (wsync_slice_starts(text, wsync_slice_of("\xEF\xBB\xBF"))) {
        csv->chunk_at = BOM_BYTES;
        csv->offset = BOM_BYTES;
    }
    csv->separator =
        sniff(wsync_slice(csv->chunk + csv->chunk_at, csv->chunk_len - csv->chunk_at),
              csv->header_row, last);
    return parser_init(csv) ? WSYNC_OK
                            : wsync_error_set(error, WSYNC_ERR_MEMORY, "%s",
                                              wsync_err_text(WSYNC_ERR_MEMORY, WSYNC_EN));
}

static enum wsync_err open_file(struct wsync_csv *csv, const char *path,
                                struct wsync_error *error)
{
    bool input = strcmp(path, "-") == 0;
    enum wsync_err err = input ? WSYNC_OK : wsync_given_check(path, error);
    if (err != WSYNC_OK) {
        return err;
    }
    csv->file = input ? stdin : fopen(path, "rb");
    if (csv->file) {
        return WSYNC_OK;
    }
    bool missing = errno == ENOENT;
    return wsync_error_set(error, missing ? WSYNC_ERR_NOT_FOUND : WSYNC_ERR_STORE_IO,
                           "The file cannot be opened: %s.", strerror(errno));
}

/* Hands the reader over when its file was opened and has a header; closes it otherwise. */
static enum wsync_err begin(struct wsync_csv *made, enum wsync_err err, struct wsync_csv **csv,
                            struct wsync_error *error)
{
    uint64_t last = made->header_row > 0 ? made->header_row : 1;
    err = err == WSYNC_OK ? start(made, last, error) : err;
    err = err == WSYNC_OK ? read_header(made, error) : err;
    if (err != WSYNC_OK) {
        wsync_csv_close(made);
        return err;
    }
    *csv = made;
    return WSYNC_OK;
}

/* A reader that stands before the first row; NULL: MEMORY was said. */
static struct wsync_csv *new_reader(struct wsync_error *error)
{
    struct wsync_csv *made = calloc(1, sizeof *made);
    if (made) {
        made->next_row = 1;
    } else {
        (void)wsync_error_set(error, WSYNC_ERR_MEMORY, "%s",
                              wsync_err_text(WSYNC_ERR_MEMORY, WSYNC_EN));
    }
    return made;
}

enum wsync_err wsync_csv_open_at(const char *path, uint64_t header, struct wsync_csv **csv,
                                 struct wsync_error *error)
{
    struct wsync_csv *made = new_reader(error);
    if (!made) {
        return WSYNC_ERR_MEMORY;
    }
    made->header_row = header;
    enum wsync_err err = open_file(made, path, error);
    return begin(made, err, csv, error);
}

enum wsync_err wsync_csv_open(const char *path, struct wsync_csv **csv,
                              struct wsync_error *error)
{
    return wsync_csv_open_at(path, 0, csv, error);
}

static void close_reader(struct wsync_csv **csv)
{
    wsync_csv_close(*csv);
}

enum wsync_err wsync_csv_peek(const char *path, uint64_t count, wsync_csv_taker *take,
                              void *context, struct wsync_error *error)
{
    __attribute__((cleanup(close_reader))) struct wsync_csv *csv = new_reader(error);
    if (!csv) {
        return WSYNC_ERR_MEMORY;
    }
    enum wsync_err err = open_file(csv, path, error);
    err = err == WSYNC_OK ? start(csv, count, error) : err;
    while (err == WSYNC_OK && csv->next_row <= count) {
        err = read_row(csv, error);
        const struct wsync_csv_row row = {
            csv->row, csv->row_line, csv->row_offset, csv->cells, csv->cell_count};
        if (err == WSYNC_OK && csv->fault[0] == '\0' && !wsync_csv_row_is_empty(&row)) {
            take(context, &row);
        }
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

enum wsync_err wsync_csv_open_sheet(FILE *file, uint64_t first, struct wsync_csv **csv,
                                    struct wsync_error *error)
{
    struct wsync_csv *made = new_reader(error);
    if (!made) {
        fclose(file);
        return WSYNC_ERR_MEMORY;
    }
    made->file = file;
    made->is_sheet = true;
    made->next_row = first;
    return begin(made, WSYNC_OK, csv, error);
}

bool wsync_csv_is_sheet(const struct wsync_csv *csv)
{
    return csv->is_sheet;
}

void wsync_csv_close(struct wsync_csv *csv)
{
    if (!csv) {
        return;
    }
    if (csv->parser_open) {
        csv_free(&csv->parser);
    }
    if (csv->file && csv->file != stdin) {
        fclose(csv->file);
    }
    free(csv->name_bytes);
    free(csv);
}

const struct wsync_csv_row *wsync_csv_header(const struct wsync_csv *csv)
{
    return &csv->header;
}

bool wsync_csv_column(const struct wsync_csv *csv, struct wsync_slice name, size_t *column)
{
    for (size_t i = 0; i < csv->header.cell_count; i++) {
        if (wsync_slice_equal(csv->names[i], name)) {
            *column = i;
            return true;
        }
    }
    return false;
}

char wsync_csv_separator(const struct wsync_csv *csv)
{
    return csv->separator;
}

bool wsync_csv_row_is_empty(const struct wsync_csv_row *row)
{
    for (size_t i = 0; i < row->cell_count; i++) {
        if (row->cells[i].len > 0) {
            return false;
        }
    }
    return true;
}
