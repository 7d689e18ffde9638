/* SPDX-License-Identifier: Apache-2.0 */
/* Sheets of known columns, and the cells that all of them have. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "host/text.h"
#include "host/words.h"
#include "host/xlsform_parts.h"

enum { RULE_BYTES = 360 };

/* ---- what is wrong ---- */

/* As much of a text of UTF-8 as has room, in whole characters. */
static void keep(char *place, size_t room, const char *text)
{
    int len = snprintf(place, room, "%s", text);
    size_t end = len < 0 ? 0 : (size_t)len < room ? (size_t)len : room - 1;
    while (end > 0 && text[end] != '\0' && ((uint8_t)text[end] & 0xC0) == 0x80) {
        end--;
    }
    place[end] = '\0';
}

void wsync_form_found(struct wsync_form_findings *findings,
                      const struct wsync_form_place *place, const char *format, ...)
{
    char sentence[sizeof((struct wsync_error *)0)->text];
    size_t at = findings->count++;
    if (at >= WSYNC_FORM_FINDINGS_MAX) {
        return;
    }
    struct wsync_form_finding *item = &findings->items[at];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    *item = (struct wsync_form_finding){.line = place ? place->line : 0};
    keep(item->sheet, sizeof item->sheet, place ? place->sheet : "");
    keep(item->column, sizeof item->column, place && place->column ? place->column : "");
    keep(item->what.text, sizeof item->what.text, sentence);
}

/* A cell is refused with a rule, which a full stop makes a sentence. */
static enum wsync_err refuse(const struct wsync_sheet *sheet,
                             const struct wsync_form_place *place, const char *rule,
                             struct wsync_error *error)
{
    if (sheet->files->findings) {
        wsync_form_found(sheet->files->findings, place, "%s.", rule);
        return WSYNC_OK;
    }
    return wsync_error_set(error, WSYNC_ERR_VALUE, "%s row %llu, column %s: %s.", place->sheet,
                           (unsigned long long)place->line, place->column, rule);
}

enum wsync_err wsync_sheet_refuse_row(const struct wsync_sheet *sheet, uint64_t line,
                                      struct wsync_error *error, const char *english)
{
    char room[WSYNC_WORDS_BYTES];
    const char *sentence = wsync_words(sheet->files->language, english, room);
    if (sheet->files->findings) {
        const char *rest = line > 0 ? strstr(sentence, ": ") : NULL; /* behind "Row 5" */
        const struct wsync_form_place place = {sheet->name, line, NULL};
        wsync_form_found(sheet->files->findings, &place, "%s", rest ? rest + 2 : sentence);
        return WSYNC_OK;
    }
    return wsync_error_set(error, WSYNC_ERR_VALUE, "%s: %.300s", sheet->name, sentence);
}

enum wsync_err wsync_sheet_refuse(const struct wsync_sheet *sheet, size_t column,
                                  struct wsync_error *error, const char *format, ...)
{
    char rule[RULE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(rule, sizeof rule, format, arguments);
    va_end(arguments);
    const struct wsync_form_place place = {sheet->name, sheet->line,
                                           sheet->columns[column].name};
    return refuse(sheet, &place, rule, error);
}

/* ---- columns ---- */

static enum wsync_err find_place(struct wsync_sheet *sheet, size_t at,
                                 struct wsync_error *error)
{
    char text[RULE_BYTES];
    struct wsync_slice name;
    const struct wsync_csv_row *header = wsync_csv_header(sheet->csv);
    enum wsync_err err = wsync_text_normalise(header->cells[at], sheet->arena, &name, error);
    if (err != WSYNC_OK) {
        return err;
    }
    for (size_t i = 0; i < sheet->column_count; i++) {
        if (wsync_slice_equal(name, wsync_slice_of(sheet->columns[i].name))) {
            sheet->places[i] = at;
            return WSYNC_OK;
        }
    }
    snprintf(text, sizeof text, "%.*s", (int)name.len, (const char *)name.data);
    const struct wsync_form_place place = {sheet->name, header->line, text};
    return refuse(
        sheet, &place,
        WSYNC_SHEET_SAY(sheet, "cột này không dùng được ở đây", "this column is not supported"),
        error);
}

/* `whole`: every column that must be there is. */
static enum wsync_err find_places(struct wsync_sheet *sheet, bool *whole,
                                  struct wsync_error *error)
{
    const struct wsync_csv_row *header = wsync_csv_header(sheet->csv);
    *whole = true;
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
            *whole = false;
            const struct wsync_form_place place = {sheet->name, header->line,
                                                   sheet->columns[i].name};
            enum wsync_err err = refuse(
                sheet, &place,
                WSYNC_SHEET_SAY(sheet, "thiếu cột này", "this column is missing"), error);
            if (err != WSYNC_OK) {
                return err;
            }
        }
    }
    return WSYNC_OK;
}

enum wsync_err wsync_sheet_open(struct wsync_sheet *sheet, struct wsync_error *error)
{
    WSYNC_ASSERT(sheet->column_count <= WSYNC_SHEET_COLUMNS_MAX);
    struct wsync_error cause = {""};
    bool whole;
    sheet->csv = NULL;
    enum wsync_err err = wsync_csv_open(sheet->path, &sheet->csv, &cause);
    if (err == WSYNC_ERR_VALUE) {
        return wsync_sheet_refuse_row(sheet, 0, error, cause.text);
    }
    if (err != WSYNC_OK) {
        return wsync_error_set(error, err, "%s: %.300s", sheet->name, cause.text);
    }
    err = find_places(sheet, &whole, error);
    if (err == WSYNC_OK && !whole) { /* its rows would be one finding each */
        wsync_sheet_close(sheet);
    }
    return err;
}

void wsync_sheet_close(struct wsync_sheet *sheet)
{
    wsync_csv_close(sheet->csv);
    sheet->csv = NULL;
}

/* ---- rows and cells ---- */

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
    while (sheet->csv) { /* ends with the file: every round reads a row */
        struct wsync_csv_row row;
        struct wsync_error cause = {""};
        enum wsync_err err = wsync_csv_next(sheet->csv, &row, &cause);
        if (err == WSYNC_ERR_VALUE) {
            err = wsync_sheet_refuse_row(sheet, row.line, error, cause.text);
            if (err != WSYNC_OK) {
                return err;
            }
            continue;
        }
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
    return WSYNC_ERR_NOT_FOUND;
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
                                  WSYNC_SHEET_SAY(sheet,
                                                  "\"%.*s\" không phải là số từ 1 đến %lu",
                                                  "\"%.*s\" is not a number from 1 to %lu"),
                                  (int)cell.len, (const char *)cell.data, (unsigned long)max);
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
            WSYNC_SHEET_SAY(sheet,
                            "\"%.*s\" không phải là tên: a-z, rồi a-z, 0-9 và _, nhiều nhất 64",
                            "\"%.*s\" is not a name: a-z, then a-z, 0-9 and _, at most 64"),
            (int)cell.len, (const char *)cell.data);
    }
    *name = cell;
    return WSYNC_OK;
}

enum wsync_err wsync_sheet_line(const struct wsync_sheet *sheet, size_t column, bool optional,
                                struct wsync_slice *text, struct wsync_error *error)
{
    struct wsync_slice cell = sheet->cells[column];
    if (cell.len == 0 && !optional) {
        return wsync_sheet_refuse(
            sheet, column, error,
            WSYNC_SHEET_SAY(sheet, "không được để trống", "it must not be empty"));
    }
    for (size_t i = 0; i < cell.len; i++) {
        if (cell.data[i] < ' ' || cell.data[i] == 0x7F) {
            return wsync_sheet_refuse(
                sheet, column, error,
                WSYNC_SHEET_SAY(sheet, "phải là một dòng chữ", "it must be one line of text"));
        }
    }
    *text = cell;
    return WSYNC_OK;
}
