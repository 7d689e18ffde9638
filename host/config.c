/* SPDX-License-Identifier: Apache-2.0 */
#include "host/config.h"

#include "host/file.h"

#include <dirent.h>
#include <errno.h>
#include <ini.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES_MAX = 190 };

/* inih cuts longer lines in silence. */
_Static_assert(LINE_BYTES_MAX + 3 <= INI_MAX_LINE, "inih takes a whole line");

/* One file being read. */
struct reading {
    const struct wsync_config_schema *schema;
    void *target;
    const char *path;
    FILE *file;
    int line;
    uint64_t seen; /* a bit for each key of the schema */
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

static int take(void *user, const char *section, const char *name, const char *value)
{
    struct reading *reading = user;
    struct wsync_error why = {""};
    for (size_t i = 0; i < reading->schema->key_count; i++) {
        const struct wsync_config_key *key = &reading->schema->keys[i];
        if (strcmp(key->section, section) != 0 || strcmp(key->name, name) != 0) {
            continue;
        }
        uint64_t bit = (uint64_t)1 << i;
        if (reading->seen & bit) { /* inih gives an indented line as the key before it */
            wsync_error_set(&why, WSYNC_ERR_INVALID, "\"%s\" is given twice in this file, or "
                            "this line is indented.", name);
            refuse(reading, WSYNC_ERR_INVALID, why.text);
            return 0;
        }
        reading->seen |= bit;
        enum wsync_err err = key->set(reading->target, value, &why);
        if (err != WSYNC_OK) {
            refuse(reading, err, why.text);
        }
        return err == WSYNC_OK;
    }
    wsync_error_set(&why, WSYNC_ERR_INVALID, "There is no key \"%s\" in section \"%s\".", name,
                    section);
    refuse(reading, WSYNC_ERR_INVALID, why.text);
    return 0;
}

static enum wsync_err read_file(const char *path, const struct wsync_config_schema *schema,
                                void *target, struct wsync_error *error)
{
    __attribute__((cleanup(close_file))) FILE *file = fopen(path, "re");
    if (!file) {
        return wsync_file_error(errno, "open", path, error);
    }
    struct reading reading = {.schema = schema, .target = target, .path = path, .file = file,
                              .error = error};
    int wrong_line = ini_parse_stream(next_line, &reading, take, &reading);
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

/* ---- drop-ins ---- */

static int is_drop_in(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    static const char END[] = ".conf";
    size_t end = sizeof END - 1;
    return len > end && entry->d_name[0] != '.' && strcmp(entry->d_name + len - end, END) == 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* "<folder of path>/conf.d/<name>", without a name the folder itself; false: too long. */
static bool drop_in_path(const char *path, const char *name, char joined[PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    int folder = slash ? (int)(slash - path + 1) : 0;
    const char *divider = *name ? "/" : "";
    int len = snprintf(joined, PATH_MAX, "%.*sconf.d%s%s", folder, path, divider, name);
    return len > 0 && len < PATH_MAX;
}

struct names {
    struct dirent **list;
    int count;
};

static void free_names(struct names *names)
{
    for (int i = 0; i < names->count; i++) {
        free(names->list[i]);
    }
    free(names->list);
}

enum wsync_err wsync_config_read(const char *path, const struct wsync_config_schema *schema,
                                 void *target, struct wsync_error *error)
{
    WSYNC_ASSERT(schema->key_count <= WSYNC_CONFIG_KEYS_MAX);
    enum wsync_err err = read_file(path, schema, target, error);
    if (err != WSYNC_OK) {
        return err;
    }
    char drop_in[PATH_MAX];
    if (!drop_in_path(path, "", drop_in)) {
        return wsync_file_error(ENAMETOOLONG, "read the drop-ins of", path, error);
    }
    __attribute__((cleanup(free_names))) struct names names = {.list = NULL};
    names.count = scandir(drop_in, &names.list, is_drop_in, by_bytes);
    if (names.count < 0) {
        return errno == ENOENT ? WSYNC_OK : wsync_file_error(errno, "read", drop_in, error);
    }
    for (int i = 0; i < names.count && err == WSYNC_OK; i++) {
        if (!drop_in_path(path, names.list[i]->d_name, drop_in)) {
            return wsync_file_error(ENAMETOOLONG, "read the drop-ins of", path, error);
        }
        err = read_file(drop_in, schema, target, error);
    }
    return err;
}

/* ---- for setters ---- */

enum wsync_err wsync_config_number(const char *value, int64_t min, int64_t max, int64_t *number,
                                   struct wsync_error *error)
{
    char *end;
    errno = 0;
    long long read = strtoll(value, &end, 10);
    bool starts = (*value >= '0' && *value <= '9') || *value == '-'; /* no blanks, no plus */
    if (!starts || end == value || *end != '\0' || errno != 0 || read < min || read > max) {
        return wsync_error_set(error, WSYNC_ERR_INVALID, "\"%s\" is not a whole number from %"
                               PRId64 " to %" PRId64 ".", value, min, max);
    }
    *number = read;
    return WSYNC_OK;
}

enum wsync_err wsync_config_text(const char *value, char *text, size_t size,
                                 struct wsync_error *error)
{
    size_t len = strlen(value);
    if (len >= size) {
        return wsync_error_set(error, WSYNC_ERR_INVALID, "\"%s\" is longer than %zu bytes.",
                               value, size - 1);
    }
    memcpy(text, value, len + 1);
    return WSYNC_OK;
}
