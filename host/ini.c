/* SPDX-License-Identifier: Apache-2.0 */
#include "host/ini.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <string.h>

#include "host/file.h"

enum { LINE_BYTES_MAX = 190 };

/* inih cuts longer lines in silence. */
_Static_assert(LINE_BYTES_MAX + 3 <= INI_MAX_LINE, "inih takes a whole line");

/* One file being read. */
struct reading {
    enum wsync_err (*take)(void *context, const struct wsync_ini_line *line,
                           struct wsync_error *error);
    void *context;
    const char *path;
    FILE *file;
    int line;
    enum wsync_err err;
    struct wsync_error *error;
};

static void close_file(FILE **file)
{
    if (*file) {
        fclose(*file);
    }
}

/* Keeps the first mistake of a file. */
static void refuse(struct reading *reading, enum wsync_err err, const char *sentence)
{
    if (reading->err == WSYNC_OK) {
        reading->err = wsync_error_set(reading->error, err, "%s:%d: %s", reading->path,
                                       reading->line, sentence);
    }
}

/* inih's fgets.  It does not tell its handler the line, so the lines are counted here. */
static char *next_line(char *line, int size, void *stream)
{
    struct reading *reading = stream;
    if (reading->err != WSYNC_OK || !fgets(line, size, reading->file)) {
        return NULL;
    }
    reading->line++;
    size_t len = strlen(line);
    bool whole = len > 0 && line[len - 1] == '\n';
    if (len - whole > LINE_BYTES_MAX || (!whole && !feof(reading->file))) {
        refuse(reading, WSYNC_ERR_INVALID, "The line is too long or holds a zero byte.");
        return NULL;
    }
    return line;
}

static int on_key(void *user, const char *section, const char *name, const char *value)
{
    struct reading *reading = user;
    const struct wsync_ini_line line = {section, name, value, reading->line};
    struct wsync_error why = {""};
    enum wsync_err err = reading->take(reading->context, &line, &why);
    if (err != WSYNC_OK) {
        refuse(reading, err, why.text);
    }
    return err == WSYNC_OK;
}

enum wsync_err wsync_ini_read(const char *path,
                              enum wsync_err (*take)(void *, const struct wsync_ini_line *,
                                                     struct wsync_error *),
                              void *context, struct wsync_error *error)
{
    __attribute__((cleanup(close_file))) FILE *file = fopen(path, "re");
    if (!file) {
        return wsync_file_error(errno, "open", path, error);
    }
    struct reading reading = {.take = take, .context = context, .path = path, .file = file,
                              .error = error};
    int wrong_line = ini_parse_stream(next_line, &reading, on_key, &reading);
    if (ferror(file)) {
        return wsync_file_error(errno, "read", path, error);
    }
    if (wrong_line > 0 && (reading.err == WSYNC_OK || wrong_line < reading.line)) {
        reading.err = WSYNC_OK; /* what was refused further down may follow from this */
        reading.line = wrong_line;
        refuse(&reading, WSYNC_ERR_INVALID, "This is neither [section] nor key = value.");
    }
    return reading.err;
}
