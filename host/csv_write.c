/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "host/csv.h"

void wsync_csv_writer_init(struct wsync_csv_writer *writer, FILE *out, enum wsync_csv_mode mode)
{
    *writer = (struct wsync_csv_writer){.out = out, .mode = mode};
    if (mode == WSYNC_CSV_EXCEL && out) {
        fputs("\xEF\xBB\xBF", out);
    }
}

static char separator(const struct wsync_csv_writer *writer)
{
    return writer->mode == WSYNC_CSV_EXCEL ? ';' : ',';
}

static bool needs_quotes(const struct wsync_csv_writer *writer, struct wsync_slice value)
{
    if (value.len == 0) { /* or a row of one empty value would be a blank line */
        return !writer->in_row;
    }
    for (size_t i = 0; i < value.len; i++) {
        uint8_t c = value.data[i];
        if (c == '"' || c == '\r' || c == '\n' || c == (uint8_t)separator(writer)) {
            return true;
        }
    }
    return false;
}

/* Spreadsheets run what looks like a formula, whoever wrote it; some cut off blanks before. */
static bool looks_like_formula(struct wsync_slice value)
{
    size_t at = 0;
    while (at < value.len && memchr(" \t\r\n", value.data[at], 4)) {
        at++;
    }
    return at < value.len && memchr("=+-@", value.data[at], 4) != NULL;
}

void wsync_csv_put(struct wsync_csv_writer *writer, struct wsync_slice value,
                   enum wsync_csv_kind kind)
{
    if (writer->cells) {
        writer->cells->put(writer->cells->context, value, kind);
        return;
    }
    bool quoted = needs_quotes(writer, value);
    bool guarded =
        writer->mode == WSYNC_CSV_EXCEL && kind == WSYNC_CSV_TEXT && looks_like_formula(value);
    if (writer->in_row) {
        putc(separator(writer), writer->out);
    }
    writer->in_row = true;
    fputs(quoted ? "\"" : "", writer->out);
    fputs(guarded ? "'" : "", writer->out);
    for (size_t i = 0; i < value.len; i++) {
        if (value.data[i] == '"') {
            putc('"', writer->out);
        }
        putc(value.data[i], writer->out);
    }
    fputs(quoted ? "\"" : "", writer->out);
}

void wsync_csv_end_row(struct wsync_csv_writer *writer)
{
    if (writer->cells) {
        writer->cells->end_row(writer->cells->context);
        return;
    }
    fputs(writer->mode == WSYNC_CSV_LF ? "\n" : "\r\n", writer->out);
    writer->in_row = false;
}

enum wsync_err wsync_csv_writer_fini(struct wsync_csv_writer *writer, struct wsync_error *error)
{
    bool flushed = !writer->out ||
                   fflush(writer->out) == 0; /* a stream remembers earlier failures itself */
    if (!flushed || (writer->out && ferror(writer->out))) {
        return wsync_error_set(error, WSYNC_ERR_STORE_IO, "The table could not be written: %s.",
                               strerror(errno));
    }
    return WSYNC_OK;
}
