/* SPDX-License-Identifier: Apache-2.0 */
/* Sheets of known columns, and the cells that all of them have. */
#include <stdarg.h>
#include <stdio.h>

#include "host/text.h"
#include "host/xlsform_parts.h"

enum { PATH_BYTES = 4096, RULE_BYTES = 360 };

static enum wsync_err find_place(struct wsync_sheet *sheet, size_t at,
                                 struct wsync_error *error)
{
    struct wsync_slice name;
    const struct wsync_csv_row *header = wsync_csv_header(sheet->csv);
    enum wsync_err err =
        wsync_text_normalise(header->cells[at], sheet->arena, &name, error);
    if (err != WSYNC_OK) {
        return err;
    }
    for (size_t i = 0; i < sheet->column_count; i++) {
        if (wsync_slice_equal(name, wsync_slice_of(sheet->columns[i].name))) {
            sheet->places[i] = at;
            return WSYNC_OK;
        }
    }
    return wsync_error_set(
        error, WSYNC_ERR_VALUE, "%s row %llu, column %.*s: this column is not supported.",
        sheet->name, (unsigned long long)header->line, (int)name.len, (const char *)name.data);
}

static enum wsync_err find_places(struct wsync_sheet *sheet, struct wsync_error *error)
{
    const struct wsync_csv_row *header = wsync_csv_header(sheet->csv);
    for (size_t i = 0; i < sheet->column_count; i++) {
        sheet->places[i] = SIZE_MAX;
    }
    for (size_t at = 0; at < header->cell_count; at++) {
        enum wsync_err err = find_place(sheet, at, error);
        if (err != WSYNC_OK) {
            return err;
        }
    }
    for (size_t i = 0; i < sheet->column_count; i++) {
        if (sheet->places[i] == SIZE_MAX && !sheet->columns[i].optional) {
            return wsync_error_set(error, WSYNC_ERR_VALUE,
                                   "%s row %llu, column %s: this column is missing.",
                                   sheet->name, (unsigned long long)header->line,
                                   sheet->columns[i].name);
        }
    }
    return WSYNC_OK;
}

enum wsync_err wsync_sheet_open(struct wsync_sheet *sheet, const char *folder,
                                struct wsync_error *error)
{
    WSYNC_ASSERT(sheet->column_count <= WSYNC_SHEET_COLUMNS_MAX);
    char path[PATH_BYTES];
    struct wsync_error cause = {""};
    sheet->csv = NULL;
    int len = snprintf(path, sizeof path, "%s/%s", folder, sheet->name);
    if (len < 0 || (size_t)len >= sizeof path) {
        return wsync_error_set(error, WSYNC_ERR_INVALID, "The folder's name is too long.");
    }
    enum wsync_err err = wsync_csv_open(path, &sheet->csv, &cause);
    if (err != WSYNC_OK) {
        return wsync_error_set(error, err, "%s: %.300s", sheet->name, cause.text);
    }
    return find_places(sheet, error);
}

void wsync_sheet_close(struct wsync_sheet *sheet)
{
    wsync_csv_close(sheet->csv);
}

static enum wsync_err take_cells(struct wsync_sheet *sheet, const struct wsync_csv_row *row,
                                 struct wsync_error *error)
{
    for (size_t i = 0; i < sheet->column_count; i++) {
        struct wsync_slice cell = {0};
        if (sheet->places[i] != SIZE_MAX) {
            cell = wsync_csv_trim(row->cells[sheet->places[i]]);
        }
        enum wsync_err err = wsync_text_normalise(cell, sheet->arena, &sheet->cells[i], error);
        if (err != WSYNC_OK) {
            return err;
        }
    }
    return WSYNC_OK;
}

enum wsync_err wsync_sheet_next(struct wsync_sheet *sheet, struct wsync_error *error)
{
    for (;;) { /* ends with the file: every round reads a row */
        struct wsync_csv_row row;
        struct wsync_error cause = {""};
        enum wsync_err err = wsync_csv_next(sheet->csv, &row, &cause);
        if (err == WSYNC_ERR_NOT_FOUND) {
            return err;
        }
        if (err != WSYNC_OK) {
            return wsync_error_set(error, err, "%s: %.300s", sheet->name, cause.text);
        }
        if (!wsync_csv_row_is_empty(&row)) {
            sheet->line = row.line;
            return take_cells(sheet, &row, error);
        }
    }
}

enum wsync_err wsync_sheet_refuse(const struct wsync_sheet *sheet, size_t column,
                                  struct wsync_error *error, const char *format, ...)
{
    char rule[RULE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(rule, sizeof rule, format, arguments);
    va_end(arguments);
    return wsync_error_set(error, WSYNC_ERR_VALUE, "%s row %llu, column %s: %s.", sheet->name,
                           (unsigned long long)sheet->line, sheet->columns[column].name, rule);
}

enum wsync_err wsync_sheet_number(const struct wsync_sheet *sheet, size_t column, uint32_t max,
                                  uint32_t *number, struct wsync_error *error)
{
    struct wsync_slice cell = sheet->cells[column];
    uint64_t value = 0;
    bool legal = cell.len > 0 && cell.len <= 10;
    for (size_t i = 0; legal && i < cell.len; i++) {
        legal = cell.data[i] >= '0' && cell.data[i] <= '9';
        value = value * 10 + (uint64_t)(cell.data[i] - '0');
    }
    if (!legal || value < 1 || value > max) {
        return wsync_sheet_refuse(sheet, column, error,
                                  "\"%.*s\" is not a number from 1 to %lu", (int)cell.len,
                                  (const char *)cell.data, (unsigned long)max);
    }
    *number = (uint32_t)value;
    return WSYNC_OK;
}

enum wsync_err wsync_sheet_name(const struct wsync_sheet *sheet, size_t column,
                                struct wsync_slice *name, struct wsync_error *error)
{
    struct wsync_slice cell = sheet->cells[column];
    bool legal = cell.len > 0 && cell.len <= WSYNC_NAME_BYTES_MAX;
    for (size_t i = 0; legal && i < cell.len; i++) {
        uint8_t c = cell.data[i];
        legal = (c >= 'a' && c <= 'z') || (i > 0 && ((c >= '0' && c <= '9') || c == '_'));
    }
    if (!legal) {
        return wsync_sheet_refuse(
            sheet, column, error,
            "\"%.*s\" is not a name: a-z, then a-z, 0-9 and _, at most 64", (int)cell.len,
            (const char *)cell.data);
    }
    *name = cell;
    return WSYNC_OK;
}

enum wsync_err wsync_sheet_line(const struct wsync_sheet *sheet, size_t column, bool optional,
                                struct wsync_slice *text, struct wsync_error *error)
{
    struct wsync_slice cell = sheet->cells[column];
    if (cell.len == 0 && !optional) {
        return wsync_sheet_refuse(sheet, column, error, "it must not be empty");
    }
    for (size_t i = 0; i < cell.len; i++) {
        if (cell.data[i] < ' ' || cell.data[i] == 0x7F) {
            return wsync_sheet_refuse(sheet, column, error, "it must be one line of text");
        }
    }
    *text = cell;
    return WSYNC_OK;
}
