/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a mapping file. */
#include "host/mapping.h"

#include <stdio.h>
#include <string.h>

#include "host/ini.h"
#include "host/mapping_parts.h"
#include "host/value_parts.h"

/* A file being read. */
struct reading {
    struct wsync_mapping *mapping;
    struct wsync_arena *arena;
    struct wsync_mapping_entry *last;
};

enum wsync_err wsync_mapping_refuse(const struct wsync_mapping *mapping, int line,
                                    const char *key, const char *why, struct wsync_error *error)
{
    if (mapping->path && line > 0) {
        return wsync_error_set(error, WSYNC_ERR_INVALID, "%s:%d: %s: %s", mapping->path, line,
                               key, why);
    }
    return wsync_error_set(error, WSYNC_ERR_INVALID, "%s: %s", key, why);
}

const struct wsync_mapping_entry *wsync_mapping_entry(const struct wsync_mapping *mapping,
                                                      const char *section,
                                                      struct wsync_slice name)
{
    struct wsync_slice wanted = wsync_slice_of(section);
    for (const struct wsync_mapping_entry *at = mapping->entries; at; at = at->next) {
        if (wsync_slice_equal(at->section, wanted) && wsync_slice_equal(at->name, name)) {
            return at;
        }
    }
    return NULL;
}

void wsync_mapping_values_section(const struct wsync_field *field,
                                  char text[WSYNC_MAPPING_SECTION_BYTES])
{
    snprintf(text, WSYNC_MAPPING_SECTION_BYTES, "values %.*s", (int)field->name.len,
             (const char *)field->name.data);
}

/* The text's place for a key of [import], NULL when there is no such key. */
static struct wsync_mapping_text *import_key(struct wsync_mapping *mapping, const char *name)
{
    const struct {
        const char *name;
        struct wsync_mapping_text *text;
    } keys[] = {
        {"form", &mapping->form},         {"key", &mapping->key},
        {"source", &mapping->source},     {"date_format", &mapping->date_format},
        {"decimal", &mapping->decimal},   {"require", &mapping->require},
        {"filter", &mapping->filter},     {"actor", &mapping->actor},
        {"sheet", &mapping->sheet},       {"header", &mapping->header},
        {"columns", &mapping->columns},
    };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (strcmp(keys[i].name, name) == 0) {
            return keys[i].text;
        }
    }
    return NULL;
}

static enum wsync_err twice(const char *name, struct wsync_error *error)
{
    return wsync_error_set(error, WSYNC_ERR_INVALID,
                           "\"%s\" is given twice in this section, or this line is indented.",
                           name);
}

static enum wsync_err no_memory(struct wsync_error *error)
{
    return wsync_error_set(error, WSYNC_ERR_MEMORY, "%s",
                           wsync_err_text(WSYNC_ERR_MEMORY, WSYNC_EN));
}

static enum wsync_err take_import(struct reading *reading, const struct wsync_ini_line *line,
                                  struct wsync_error *error)
{
    struct wsync_mapping_text *text = import_key(reading->mapping, line->name);
    if (!text) {
        return wsync_error_set(error, WSYNC_ERR_INVALID,
                               "%s: section [import] has no such key; it has form, key, "
                               "source, date_format, decimal, require, filter, actor, "
                               "sheet, header and columns.",
                               line->name);
    }
    if (text->text.data) {
        return twice(line->name, error);
    }
    if (*line->value == '\0') {
        return wsync_error_set(error, WSYNC_ERR_INVALID, "%s: the value is missing.",
                               line->name);
    }
    text->line = line->line;
    text->text = wsync_arena_copy(reading->arena, wsync_slice_of(line->value));
    return text->text.data ? WSYNC_OK : no_memory(error);
}

static bool is_known_section(const char *section)
{
    return strcmp(section, "fields") == 0 || strcmp(section, "constant") == 0 ||
           strcmp(section, "date_format") == 0 ||
           (strncmp(section, "values ", 7) == 0 && section[7] != '\0');
}

static enum wsync_err take_entry(struct reading *reading, const struct wsync_ini_line *line,
                                 struct wsync_error *error)
{
    struct wsync_mapping *mapping = reading->mapping;
    if (wsync_mapping_entry(mapping, line->section, wsync_slice_of(line->name))) {
        return twice(line->name, error);
    }
    if (mapping->entry_count == WSYNC_MAPPING_ENTRIES_MAX) {
        return wsync_error_set(error, WSYNC_ERR_INVALID, "There are more than %d keys.",
                               WSYNC_MAPPING_ENTRIES_MAX);
    }
    struct wsync_mapping_entry *entry = wsync_arena_get(reading->arena, sizeof *entry);
    if (!entry) {
        return no_memory(error);
    }
    entry->section = wsync_arena_copy(reading->arena, wsync_slice_of(line->section));
    entry->name = wsync_arena_copy(reading->arena, wsync_slice_of(line->name));
    entry->value.text = wsync_arena_copy(reading->arena, wsync_slice_of(line->value));
    entry->value.line = line->line;
    if (!entry->section.data || !entry->name.data || !entry->value.text.data) {
        return no_memory(error);
    }
    if (reading->last) {
        reading->last->next = entry;
    } else {
        mapping->entries = entry;
    }
    reading->last = entry;
    mapping->entry_count++;
    return WSYNC_OK;
}

static enum wsync_err take(void *context, const struct wsync_ini_line *line,
                           struct wsync_error *error)
{
    struct reading *reading = context;
    if (strcmp(line->section, "import") == 0) {
        return take_import(reading, line, error);
    }
    if (!is_known_section(line->section)) {
        return wsync_error_set(error, WSYNC_ERR_INVALID,
                               "%s: there is no section \"%s\"; there are [import], [fields], "
                               "[constant], [values FIELD] and [date_format].", line->name,
                               line->section);
    }
    return take_entry(reading, line, error);
}

enum wsync_err wsync_mapping_read(const char *path, struct wsync_arena *arena,
                                  struct wsync_mapping *mapping, struct wsync_error *error)
{
    *mapping = (struct wsync_mapping){.path = path};
    struct reading reading = {.mapping = mapping, .arena = arena};
    enum wsync_err err = wsync_ini_read(path, take, &reading, error);
    if (err == WSYNC_OK && !mapping->form.text.data) {
        err = wsync_error_set(error, WSYNC_ERR_INVALID,
                              "%s: [import] form: the mapping does not say which form.", path);
    }
    return err;
}

void wsync_mapping_override(struct wsync_mapping_text *text, const char *given)
{
    if (given) {
        *text = (struct wsync_mapping_text){.text = wsync_slice_of(given)};
    }
}

const char *wsync_filter_parse(struct wsync_slice text, struct wsync_slice *column, bool *equal,
                               struct wsync_slice *value)
{
    static const char RULE[] = "a filter is written COLUMN == VALUE or COLUMN != VALUE.";
    size_t at = 0;
    while (at + 1 < text.len &&
           !((text.data[at] == '=' || text.data[at] == '!') && text.data[at + 1] == '=')) {
        at++;
    }
    if (at + 1 >= text.len) {
        return RULE;
    }
    *equal = text.data[at] == '=';
    *column = wsync_value_trim(wsync_slice_head(text, at));
    *value = wsync_value_trim(wsync_slice(text.data + at + 2, text.len - at - 2));
    if (value->len >= 2 && value->data[0] == '"' && value->data[value->len - 1] == '"') {
        *value = wsync_slice(value->data + 1, value->len - 2);
    }
    return column->len == 0 ? RULE : NULL;
}
