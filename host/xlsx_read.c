/* SPDX-License-Identifier: Apache-2.0 */
/* The shared texts and formats of a workbook, and the sheet itself. */
#include "host/xlsx_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/xlsx_parts.h"

enum {
    VALUE_BYTES = 400,  /* of a number as the file has it */
    WHERE_BYTES = 24,   /* "XFD1048576" */
    GROW_MIN = 1024,
    CUSTOM_MAX = 4096,  /* formats of the file, and styles that name one */
    STYLES_MAX = 65536,
    SHARED_MAX = 1 << 20,
};

/* Text that grows, up to WSYNC_XLSX_READ_BYTES_MAX. */
struct text {
    char *bytes;
    size_t len, room;
};

/* A place in one. */
struct span {
    size_t at, len;
};

struct book {
    struct wsync_xlsx_package *package;
    struct wsync_error *error;
    struct wsync_xlsx_book parts;

    /* shared texts */
    struct text shared;
    struct span *spans;
    size_t span_count, span_room;
    bool in_item, in_phonetic, in_text;

    /* formats */
    struct custom {
        long id;
        enum wsync_xlsx_kind kind;
    } customs[CUSTOM_MAX];
    size_t custom_count;
    uint8_t kinds[STYLES_MAX];
    size_t kind_count;
    bool in_cells;

    /* the sheet */
    wsync_xlsx_taker *take;
    void *context;
    uint32_t row, column; /* from 1; 0: before the first */
    char type[16];
    size_t style;
    bool in_row, in_cell, in_value;
    char value[VALUE_BYTES];
    size_t value_len;
    struct text line;
    struct span cells[WSYNC_XLSX_READ_COLUMNS_MAX];
    size_t cell_count;
    uint64_t text_bytes; /* of all cells so far */
};

static void stop(struct book *book, enum wsync_err err, const char *sentence)
{
    struct wsync_error why;
    wsync_error_set(&why, err, "%s", sentence);
    wsync_xlsx_stop(book->package, err, &why);
}

static void stop_memory(struct book *book)
{
    stop(book, WSYNC_ERR_MEMORY, wsync_err_text(WSYNC_ERR_MEMORY, WSYNC_EN));
}

/* Room for `more` bytes behind the text; false: the reading was ended. */
static bool reserve(struct book *book, struct text *text, size_t more)
{
    if (text->len + more > WSYNC_XLSX_READ_BYTES_MAX) {
        stop(book, WSYNC_ERR_VALUE, "The workbook holds more than 64 MiB of text.");
        return false;
    }
    size_t room = text->room ? text->room : GROW_MIN;
    while (room < text->len + more) {
        room *= 2;
    }
    if (room > text->room) {
        char *bytes = realloc(text->bytes, room);
        if (!bytes) {
            stop_memory(book);
            return false;
        }
        text->bytes = bytes;
        text->room = room;
    }
    return true;
}

static bool append(struct book *book, struct text *text, const char *bytes, size_t len)
{
    if (!reserve(book, text, len)) {
        return false;
    }
    if (len > 0) {
        memcpy(text->bytes + text->len, bytes, len);
    }
    text->len += len;
    return true;
}

/* ---- shared texts ---- */

static void on_string(void *context, const char *name, const char **attributes)
{
    struct book *book = context;
    (void)attributes;
    if (strcmp(name, "rPh") == 0) { /* how it is read aloud */
        book->in_phonetic = true;
    }
    book->in_text = book->in_item && !book->in_phonetic && strcmp(name, "t") == 0;
    if (strcmp(name, "si") != 0) {
        return;
    }
    if (book->span_count == SHARED_MAX) {
        stop(book, WSYNC_ERR_VALUE, "The workbook holds more than 1,048,576 different texts.");
        return;
    }
    if (book->span_count == book->span_room) {
        size_t room = book->span_room ? 2 * book->span_room : GROW_MIN;
        struct span *spans = realloc(book->spans, room * sizeof *spans);
        if (!spans) {
            stop_memory(book);
            return;
        }
        book->spans = spans;
        book->span_room = room;
    }
    book->spans[book->span_count] = (struct span){book->shared.len, 0};
    book->in_item = true;
}

static void on_string_text(void *context, const char *bytes, int len)
{
    struct book *book = context;
    if (book->in_text) {
        (void)append(book, &book->shared, bytes, (size_t)len);
    }
}

static void on_string_end(void *context, const char *name)
{
    struct book *book = context;
    book->in_text = false;
    if (strcmp(name, "rPh") == 0) {
        book->in_phonetic = false;
    }
    if (strcmp(name, "si") == 0 && book->in_item) {
        struct span *span = &book->spans[book->span_count++];
        span->len = book->shared.len - span->at;
        book->in_item = false;
    }
}

/* ---- formats ---- */

static enum wsync_xlsx_kind kind_of(const struct book *book, long id)
{
    for (size_t i = 0; i < book->custom_count; i++) {
        if (book->customs[i].id == id) {
            return book->customs[i].kind;
        }
    }
    return wsync_xlsx_kind_of(id);
}

static void on_style(void *context, const char *name, const char **attributes)
{
    struct book *book = context;
    const char *id = wsync_xlsx_attribute(attributes, "numFmtId");
    if (strcmp(name, "numFmt") == 0 && id && book->custom_count < CUSTOM_MAX) {
        const char *code = wsync_xlsx_attribute(attributes, "formatCode");
        book->customs[book->custom_count++] = (struct custom){
            strtol(id, NULL, 10), wsync_xlsx_kind_of_code(code ? code : "")};
    } else if (strcmp(name, "cellXfs") == 0) {
        book->in_cells = true;
    } else if (strcmp(name, "xf") == 0 && book->in_cells && book->kind_count < STYLES_MAX) {
        book->kinds[book->kind_count++] =
            (uint8_t)(id ? kind_of(book, strtol(id, NULL, 10)) : WSYNC_XLSX_NUMBER);
    }
}

static void on_style_end(void *context, const char *name)
{
    struct book *book = context;
    book->in_cells = book->in_cells && strcmp(name, "cellXfs") != 0;
}

/* ---- the sheet ---- */

/* "B7" */
static const char *where(const struct book *book, char text[WHERE_BYTES])
{
    char letters[8];
    size_t at = sizeof letters;
    letters[--at] = '\0';
    for (uint32_t n = book->column; n > 0 && at > 0; n = (n - 1) / 26) {
        letters[--at] = (char)('A' + (n - 1) % 26);
    }
    snprintf(text, WHERE_BYTES, "%s%u", letters + at, book->row);
    return text;
}

static void stop_cell(struct book *book, const char *sentence)
{
    char place[WHERE_BYTES];
    struct wsync_error why;
    wsync_error_set(&why, WSYNC_ERR_VALUE, "Cell %s: %s", where(book, place), sentence);
    wsync_xlsx_stop(book->package, WSYNC_ERR_VALUE, &why);
}

static void stop_row(struct book *book, const char *sentence)
{
    struct wsync_error why;
    wsync_error_set(&why, WSYNC_ERR_VALUE, "Row %u of the sheet: %s", book->row, sentence);
    wsync_xlsx_stop(book->package, WSYNC_ERR_VALUE, &why);
}

/* A number from 1; 0 for anything else. */
static uint32_t count_of(const char *text)
{
    size_t len = strspn(text, "0123456789");
    return len > 0 && len < 9 && text[len] == '\0' ? (uint32_t)strtoul(text, NULL, 10) : 0;
}

static void begin_row(struct book *book, const char *number)
{
    uint32_t row = number ? count_of(number) : book->row + 1;
    if (row <= book->row || book->in_row) {
        book->row++;
        stop_row(book, "the rows are not in their order.");
        return;
    }
    book->row = row;
    book->in_row = true;
    book->column = 0;
    book->in_cell = book->in_value = false;
    book->line.len = book->cell_count = 0;
}

static void begin_cell(struct book *book, const char **attributes)
{
    const char *place = wsync_xlsx_attribute(attributes, "r");
    const char *type = wsync_xlsx_attribute(attributes, "t");
    const char *style = wsync_xlsx_attribute(attributes, "s");
    uint32_t column = place ? 0 : book->column + 1;
    for (size_t i = 0; place && i < 3 && place[i] >= 'A' && place[i] <= 'Z'; i++) {
        column = column * 26 + (uint32_t)(place[i] - 'A' + 1);
    }
    if (column <= book->column) {
        book->column++;
        stop_cell(book, "the cells of the row are not in their order.");
        return;
    }
    book->column = column;
    snprintf(book->type, sizeof book->type, "%s", type ? type : "n");
    book->style = style ? strtoul(style, NULL, 10) : 0;
    book->value_len = 0;
    book->in_cell = true;
    book->in_phonetic = false;
}

static void on_cell(void *context, const char *name, const char **attributes)
{
    struct book *book = context;
    bool is_inline = strcmp(book->type, "inlineStr") == 0;
    if (strcmp(name, "row") == 0) {
        begin_row(book, wsync_xlsx_attribute(attributes, "r"));
    } else if (strcmp(name, "c") == 0 && book->in_row) {
        begin_cell(book, attributes);
        struct span span = {book->line.len, 0};
        if (book->column <= WSYNC_XLSX_READ_COLUMNS_MAX) {
            while (book->cell_count < book->column) {
                book->cells[book->cell_count++] = span;
            }
        }
    } else if (strcmp(name, "rPh") == 0) {
        book->in_phonetic = true;
    } else {
        book->in_value = book->in_cell && !book->in_phonetic &&
                         strcmp(name, is_inline ? "t" : "v") == 0;
    }
}

/* Puts text behind what the cell holds. */
static void put(struct book *book, const char *bytes, size_t len)
{
    if (len == 0) {
        return;
    }
    if (book->column > WSYNC_XLSX_READ_COLUMNS_MAX) {
        stop_cell(book, "at most 256 columns are read.");
        return;
    }
    if (book->row > WSYNC_XLSX_READ_ROWS_MAX) {
        stop_row(book, "at most 100,000 rows are read.");
        return;
    }
    struct span *span = &book->cells[book->column - 1];
    book->text_bytes += len;
    if (span->len + len > WSYNC_XLSX_READ_CELL_BYTES_MAX) {
        stop_cell(book, "the text is longer than 8,192 bytes.");
    } else if (book->text_bytes > WSYNC_XLSX_READ_BYTES_MAX) {
        stop_cell(book, "the sheet holds more than 64 MiB of text.");
    } else if (append(book, &book->line, bytes, len)) {
        span->len += len;
    }
}

static void on_cell_text(void *context, const char *bytes, int len)
{
    struct book *book = context;
    size_t count = (size_t)len;
    if (!book->in_value) {
        return;
    }
    bool is_text = strcmp(book->type, "inlineStr") == 0 || strcmp(book->type, "str") == 0 ||
                   strcmp(book->type, "d") == 0;
    if (is_text) {
        put(book, bytes, count);
    } else if (book->value_len + count < sizeof book->value) {
        memcpy(book->value + book->value_len, bytes, count);
        book->value_len += count;
    } else {
        stop_cell(book, "the number is too long.");
    }
}

static void put_shared(struct book *book)
{
    char *end;
    unsigned long number = strtoul(book->value, &end, 10);
    if (*end != '\0' || number >= book->span_count) {
        stop_cell(book, "it names a text that the workbook does not have.");
        return;
    }
    const struct span *span = &book->spans[number];
    put(book, book->shared.bytes + span->at, span->len);
}

static void end_cell(struct book *book)
{
    char room[WSYNC_XLSX_NUMBER_BYTES];
    const char *text = book->value;
    book->in_cell = book->in_value = false;
    book->value[book->value_len] = '\0';
    if (book->value_len == 0) {
        return;
    }
    if (strcmp(book->type, "s") == 0) {
        put_shared(book);
        return;
    }
    if (strcmp(book->type, "b") == 0) {
        text = strcmp(text, "1") == 0 ? "true" : strcmp(text, "0") == 0 ? "false" : text;
    } else if (strcmp(book->type, "n") == 0) {
        enum wsync_xlsx_kind kind = book->style < book->kind_count
                                        ? (enum wsync_xlsx_kind)book->kinds[book->style]
                                        : WSYNC_XLSX_NUMBER;
        text = wsync_xlsx_number(text, kind, book->parts.from_1904, room);
    }
    put(book, text, strlen(text));
}

static void end_row(struct book *book)
{
    struct wsync_slice cells[WSYNC_XLSX_READ_COLUMNS_MAX];
    struct wsync_error why = {""};
    book->in_row = false;
    while (book->cell_count > 0 && book->cells[book->cell_count - 1].len == 0) {
        book->cell_count--;
    }
    if (book->cell_count == 0) {
        return;
    }
    for (size_t i = 0; i < book->cell_count; i++) {
        const struct span *span = &book->cells[i];
        const char *at = book->line.bytes ? book->line.bytes + span->at : "";
        cells[i] = wsync_slice(at, span->len);
    }
    const struct wsync_xlsx_row row = {book->row, cells, book->cell_count};
    enum wsync_err err = book->take(book->context, &row, &why);
    if (err != WSYNC_OK) {
        wsync_xlsx_stop(book->package, err, &why);
    }
}

static void on_cell_end(void *context, const char *name)
{
    struct book *book = context;
    if (strcmp(name, "row") == 0 && book->in_row) {
        end_row(book);
    } else if (strcmp(name, "c") == 0 && book->in_cell) {
        end_cell(book);
    } else if (strcmp(name, "rPh") == 0) {
        book->in_phonetic = false;
    } else {
        book->in_value = false;
    }
}

/* ---- all of it ---- */

bool wsync_xlsx_is(struct wsync_slice bytes)
{
    return wsync_slice_starts(bytes, wsync_slice_of("PK\3\4"));
}

static enum wsync_err read_part(struct book *book, const char *path,
                                struct wsync_xlsx_member member)
{
    member.package = book->package;
    member.context = book;
    return wsync_xlsx_member(path, &member, book->error);
}

/* Which a workbook may have or not. */
static enum wsync_err read_optional(struct book *book, const char *path,
                                    struct wsync_xlsx_member member)
{
    enum wsync_err err = path[0] ? read_part(book, path, member) : WSYNC_OK;
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err read_sheet(struct book *book, const struct wsync_xlsx_entry *sheet)
{
    enum wsync_err err = read_optional(
        book, book->parts.strings,
        (struct wsync_xlsx_member){
            .begin = on_string, .text = on_string_text, .end = on_string_end});
    if (err == WSYNC_OK) {
        err = read_optional(book, book->parts.styles,
                            (struct wsync_xlsx_member){.begin = on_style, .end = on_style_end});
    }
    book->in_text = book->in_phonetic = false;
    if (err == WSYNC_OK) {
        err = read_part(book, sheet->path,
                        (struct wsync_xlsx_member){
                            .begin = on_cell, .text = on_cell_text, .end = on_cell_end});
    }
    return err == WSYNC_ERR_NOT_FOUND ? wsync_xlsx_no_table(book->error) : err;
}

static enum wsync_err read_book(struct book *book, const struct wsync_xlsx_wanted *wanted)
{
    const struct wsync_xlsx_entry *sheet;
    enum wsync_err err = wsync_xlsx_book_read(book->package, &book->parts, book->error);
    if (err == WSYNC_OK) {
        err = wsync_xlsx_choose(&book->parts, wanted, &sheet, book->error);
    }
    return err == WSYNC_OK ? read_sheet(book, sheet) : err;
}

enum wsync_err wsync_xlsx_read(struct wsync_slice bytes, const struct wsync_xlsx_wanted *wanted,
                               wsync_xlsx_taker *take, void *context, struct wsync_error *error)
{
    struct wsync_error unread;
    struct book *book = calloc(1, sizeof *book);
    error = error ? error : &unread;
    if (!book) {
        return wsync_error_set(error, WSYNC_ERR_MEMORY, "%s",
                               wsync_err_text(WSYNC_ERR_MEMORY, WSYNC_EN));
    }
    book->error = error;
    book->take = take;
    book->context = context;
    enum wsync_err err = wsync_xlsx_package_open(bytes, &book->package, error);
    if (err == WSYNC_OK) {
        err = read_book(book, wanted);
    }
    wsync_xlsx_package_close(book->package);
    free(book->shared.bytes);
    free(book->spans);
    free(book->line.bytes);
    free(book);
    return err;
}
