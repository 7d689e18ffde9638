/* SPDX-License-Identifier: Apache-2.0 */
#include "host/config.h"

#include "host/file.h"
#include "host/ini.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One file being read. */
struct reading {
    const struct wsync_config_schema *schema;
    void *target;
    uint64_t seen; /* a bit for each key of the schema */
};

static enum wsync_err take(void *context, const struct wsync_ini_line *line,
                           struct wsync_error *error)
{
    struct reading *reading = context;
    for (size_t i = 0; i < reading->schema->key_count; i++) {
        const struct wsync_config_key *key = &reading->schema->keys[i];
        if (strcmp(key->section, line->section) != 0 || strcmp(key->name, line->name) != 0) {
            continue;
        }
        uint64_t bit = (uint64_t)1 << i;
        if (reading->seen & bit) { /* inih gives an indented line as the key before it */
            return wsync_error_set(error, WSYNC_ERR_INVALID, "\"%s\" is given twice in this "
                                   "file, or this line is indented.", line->name);
        }
        reading->seen |= bit;
        return key->set(reading->target, line->value, error);
    }
    return wsync_error_set(error, WSYNC_ERR_INVALID, "There is no key \"%s\" in section "
                           "\"%s\".", line->name, line->section);
}

static enum wsync_err read_file(const char *path, const struct wsync_config_schema *schema,
                                void *target, struct wsync_error *error)
{
    struct reading reading = {.schema = schema, .target = target};
    return wsync_ini_read(path, take, &reading, error);
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

enum wsync_err wsync_config_bytes(const char *value, int64_t *bytes, struct wsync_error *error)
{
    enum { KILO = 1000, MEGA = 1000000 };
    char *end;
    errno = 0;
    long long read = *value >= '0' && *value <= '9' ? strtoll(value, &end, 10) : -1;
    bool unit = read >= 0 && *end != '\0' && end[1] == '\0';
    long long times = read < 0 || *end == '\0' ? 1
                      : unit && *end == 'K'    ? KILO
                      : unit && *end == 'M'    ? MEGA
                                               : 0;
    if (read < 0 || times == 0 || errno != 0 || read > INT64_MAX / MEGA) {
        return wsync_error_set(error, WSYNC_ERR_INVALID,
                               "\"%s\" is no number of bytes; write 300000, 500K or 20M.",
                               value);
    }
    *bytes = read * times;
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
