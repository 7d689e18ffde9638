/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* memfd_create */
#include "host/xlsx_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xlsxwriter.h>

#include "wardsync/calendar.h"

enum {
    WIDTH_MIN = 8,
    WIDTH_MAX = 50,     /* letters of a column */
    TEXT_BYTES = 32767, /* of a cell, by the format */
    FORMAT_BYTES = 32,
    FIGURE_BYTES = 64,
    EXACT_DIGITS = 15 /* that a number of a workbook keeps */
};

struct wsync_xlsx {
    int fd;
    lxw_workbook *book;
    lxw_worksheet *sheet;
    lxw_format *head, *text, *day, *figures[WSYNC_DECIMAL_DIGITS_MAX + 1];
    uint32_t row;
    uint16_t column;
    uint16_t widths[WSYNC_XLSX_COLUMNS_MAX];
    bool failed;
};

/* ---- the book ---- */

static void make_formats(struct wsync_xlsx *xlsx)
{
    char digits[FORMAT_BYTES];
    xlsx->head = workbook_add_format(xlsx->book);
    format_set_bold(xlsx->head);
    format_set_text_wrap(xlsx->head);
    format_set_align(xlsx->head, LXW_ALIGN_VERTICAL_TOP);
    format_set_bottom(xlsx->head, LXW_BORDER_THIN);
    format_set_bg_color(xlsx->head, 0xE8EEF2);
    xlsx->text = workbook_add_format(xlsx->book);
    format_set_num_format(xlsx->text, "@"); /* also when somebody types over it */
    xlsx->day = workbook_add_format(xlsx->book);
    format_set_num_format(xlsx->day, "dd/mm/yyyy");
    for (size_t i = 0; i <= WSYNC_DECIMAL_DIGITS_MAX; i++) {
        snprintf(digits, sizeof digits, "#,##0%s%.*s", i > 0 ? "." : "", (int)i, "000000000");
        xlsx->figures[i] = workbook_add_format(xlsx->book);
        format_set_num_format(xlsx->figures[i], digits);
    }
}

enum wsync_err wsync_xlsx_open(const char *sheet, struct wsync_xlsx **xlsx)
{
    char path[FORMAT_BYTES],
        memory[] = "/dev/shm"; /* for its parts, which it unlinks at once */
    lxw_workbook_options options = {.tmpdir = access(memory, W_OK) == 0 ? memory : NULL};
    struct wsync_xlsx *made = calloc(1, sizeof *made);
    int fd = made ? memfd_create("workbook", MFD_CLOEXEC) : -1;
    if (fd < 0) {
        free(made);
        return WSYNC_ERR_MEMORY;
    }
    made->fd = fd;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    made->book = workbook_new_opt(path, &options);
    made->sheet = made->book ? workbook_add_worksheet(made->book, sheet) : NULL;
    if (!made->sheet) {
        (void)close(fd);
        free(made);
        return WSYNC_ERR_MEMORY;
    }
    make_formats(made);
    worksheet_freeze_panes(made->sheet, 1, 0);
    *xlsx = made;
    return WSYNC_OK;
}

uint32_t wsync_xlsx_rows(const struct wsync_xlsx *xlsx)
{
    return xlsx->row;
}

/* ---- cells ---- */

/* Is there a place for the next cell?  Notes how wide it is. */
static bool takes(struct wsync_xlsx *xlsx, size_t letters)
{
    if (xlsx->row >= WSYNC_XLSX_ROWS_MAX || xlsx->column >= WSYNC_XLSX_COLUMNS_MAX) {
        return false;
    }
    size_t width = letters < WIDTH_MIN ? WIDTH_MIN : letters > WIDTH_MAX ? WIDTH_MAX : letters;
    if (width > xlsx->widths[xlsx->column]) {
        xlsx->widths[xlsx->column] = (uint16_t)width;
    }
    return true;
}

static void note(struct wsync_xlsx *xlsx, lxw_error error)
{
    xlsx->failed = xlsx->failed || error != LXW_NO_ERROR;
}

static size_t letters_of(struct wsync_slice text)
{
    size_t letters = 0;
    for (size_t i = 0; i < text.len; i++) {
        letters += (text.data[i] & 0xc0U) != 0x80;
    }
    return letters;
}

void wsync_xlsx_text(struct wsync_xlsx *xlsx, struct wsync_slice text)
{
    char copy[TEXT_BYTES + 1];
    size_t len = text.len < TEXT_BYTES ? text.len : TEXT_BYTES;
    while (len < text.len && len > 0 && (text.data[len] & 0xc0U) == 0x80) {
        len--;
    }
    snprintf(copy, sizeof copy, "%.*s", (int)len, len ? (const char *)text.data : "");
    if (takes(xlsx, letters_of(text))) {
        note(xlsx, worksheet_write_string(xlsx->sheet, xlsx->row, xlsx->column, copy,
                                          xlsx->row == 0 ? xlsx->head : xlsx->text));
    }
    xlsx->column++;
}

/* Does a number of a workbook keep all digits of this one? */
static bool is_kept(const char *text)
{
    size_t count = 0;
    for (const char *c = text; *c; c++) {
        count += *c >= '0' && *c <= '9';
    }
    return count <= EXACT_DIGITS;
}

/* A plain number with so many digits behind its point. */
static void put_number(struct wsync_xlsx *xlsx, const char *text, uint32_t digits)
{
    if (!is_kept(text)) {
        wsync_xlsx_text(xlsx, wsync_slice_of(text));
        return;
    }
    if (takes(xlsx, strlen(text) + strlen(text) / 3)) {
        note(xlsx, worksheet_write_number(xlsx->sheet, xlsx->row, xlsx->column,
                                          strtod(text, NULL), xlsx->figures[digits]));
    }
    xlsx->column++;
}

void wsync_xlsx_figure(struct wsync_xlsx *xlsx, wsync_int128 figure, uint32_t digits)
{
    char text[FIGURE_BYTES];
    wsync_sum_print(figure, digits, text);
    put_number(xlsx, text, digits);
}

void wsync_xlsx_day(struct wsync_xlsx *xlsx, int32_t day)
{
    if (day != WSYNC_NO_DAY && takes(xlsx, sizeof "16/04/2022")) {
        struct wsync_civil civil = wsync_calendar_civil(day);
        lxw_datetime date = {.year = civil.year, .month = civil.month, .day = civil.day};
        note(xlsx,
             worksheet_write_datetime(xlsx->sheet, xlsx->row, xlsx->column, &date, xlsx->day));
    }
    xlsx->column++;
}

void wsync_xlsx_sum(struct wsync_xlsx *xlsx, uint32_t first, wsync_int128 figure,
                    uint32_t digits)
{
    char formula[64], text[FIGURE_BYTES];
    char from[LXW_MAX_CELL_NAME_LENGTH], to[LXW_MAX_CELL_NAME_LENGTH];
    wsync_sum_print(figure, digits, text);
    if (xlsx->row <= first || !is_kept(text)) {
        put_number(xlsx, text, digits);
        return;
    }
    lxw_rowcol_to_cell(from, first, xlsx->column);
    lxw_rowcol_to_cell(to, xlsx->row - 1, xlsx->column);
    snprintf(formula, sizeof formula, "=SUM(%s:%s)", from, to);
    if (takes(xlsx, strlen(text) + strlen(text) / 3)) {
        note(xlsx, worksheet_write_formula_num(xlsx->sheet, xlsx->row, xlsx->column, formula,
                                               xlsx->figures[digits], strtod(text, NULL)));
    }
    xlsx->column++;
}

void wsync_xlsx_end_row(struct wsync_xlsx *xlsx)
{
    xlsx->row += xlsx->row < WSYNC_XLSX_ROWS_MAX;
    xlsx->column = 0;
}

void wsync_xlsx_put(void *context, struct wsync_slice value, enum wsync_csv_kind kind)
{
    struct wsync_xlsx *xlsx = context;
    int32_t day;
    char text[FIGURE_BYTES];
    size_t len = value.len < sizeof text ? value.len : 0;
    snprintf(text, sizeof text, "%.*s", (int)len, len ? (const char *)value.data : "");
    const char *point = strchr(text, '.');
    size_t digits = point ? strlen(point + 1) : 0;
    if (kind == WSYNC_CSV_DAY && wsync_calendar_parse(value, &day)) {
        wsync_xlsx_day(xlsx, day);
    } else if (kind == WSYNC_CSV_FIGURE && len > 0 && digits <= WSYNC_DECIMAL_DIGITS_MAX &&
               strspn(text, "-0123456789.") == len) {
        put_number(xlsx, text, (uint32_t)digits);
    } else {
        wsync_xlsx_text(xlsx, value);
    }
}

void wsync_xlsx_put_end(void *context)
{
    wsync_xlsx_end_row(context);
}

enum wsync_err wsync_xlsx_close(struct wsync_xlsx *xlsx, int *fd, struct wsync_error *error)
{
    for (uint16_t i = 0; i < WSYNC_XLSX_COLUMNS_MAX && xlsx->widths[i] > 0; i++) {
        worksheet_set_column(xlsx->sheet, i, i, xlsx->widths[i] + 1, NULL);
    }
    bool failed = xlsx->failed;
    lxw_error closed = workbook_close(xlsx->book); /* frees it */
    *fd = xlsx->fd;
    free(xlsx);
    if (failed || closed != LXW_NO_ERROR || lseek(*fd, 0, SEEK_SET) != 0) {
        (void)close(*fd);
        return wsync_error_set(error, WSYNC_ERR_STORE_IO, "The workbook could not be made: %s.",
                               lxw_strerror(closed));
    }
    return WSYNC_OK;
}
