/* SPDX-License-Identifier: Apache-2.0 */
/* Fitting a mapping to a form and a table. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "host/config.h"
#include "host/date_format.h"
#include "host/mapping.h"
#include "host/mapping_parts.h"
#include "host/text.h"

#define SHOWN(slice) (int)(slice).len, (const char *)(slice).data

/* A plan being made. */
struct making {
    const struct wsync_mapping *mapping;
    const struct wsync_form *form;
    const struct wsync_csv *csv;
    const struct wsync_value_reader *reader;
    struct wsync_plan *plan; /* its fields stand at their place in the form until the end */
};

/* The key of a sentence: "[section] name". */
struct key_name {
    char text[2 * WSYNC_NAME_BYTES_MAX + 64];
};

static struct key_name key_of(const struct wsync_mapping_entry *entry)
{
    struct key_name name;
    snprintf(name.text, sizeof name.text, "[%.*s] %.*s", SHOWN(entry->section),
             SHOWN(entry->name));
    return name;
}

static enum wsync_err refuse_entry(const struct making *making,
                                   const struct wsync_mapping_entry *entry, const char *why,
                                   struct wsync_error *error)
{
    return wsync_mapping_refuse(making->mapping, entry->value.line, key_of(entry).text, why,
                                error);
}

/* Does the text of a key stand for a number?  What was given in a file's place is a name. */
static bool by_number(const struct wsync_mapping *mapping,
                      const struct wsync_mapping_text *text)
{
    return text->line > 0 &&
           wsync_slice_equal(mapping->columns.text, wsync_slice_of("numbers"));
}

/* A number from 1 to `most`; 0 for anything else. */
static size_t read_number(struct wsync_slice text, size_t most)
{
    size_t number = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9' || number > most) {
            return 0;
        }
        number = 10 * number + (size_t)(text.data[i] - '0');
    }
    return number <= most ? number : 0;
}

static enum wsync_err find_sheet(const struct wsync_mapping *mapping,
                                 struct wsync_xlsx_wanted *wanted, struct wsync_error *error)
{
    const struct wsync_mapping_text *sheet = &mapping->sheet;
    if (!sheet->text.data || !by_number(mapping, sheet)) {
        wanted->name = sheet->text;
        return WSYNC_OK;
    }
    wanted->number = read_number(sheet->text, WSYNC_XLSX_READ_SHEETS_MAX);
    return wanted->number > 0
               ? WSYNC_OK
               : wsync_mapping_refuse(mapping, sheet->line, "sheet",
                                      "it is the place of a sheet, from 1.", error);
}

enum wsync_err wsync_mapping_place(const struct wsync_mapping *mapping,
                                   struct wsync_table_place *place, struct wsync_error *error)
{
    const struct wsync_mapping_text *header = &mapping->header;
    *place = (struct wsync_table_place){.header = 0};
    if (header->text.data) {
        place->header = read_number(header->text, WSYNC_TABLE_HEADER_MAX);
        if (place->header == 0) {
            return wsync_mapping_refuse(mapping, header->line, "header",
                                        "it is the number of a row, from 1 to 100.", error);
        }
    }
    return find_sheet(mapping, &place->sheet, error);
}

static bool find_number(const struct making *making, struct wsync_slice text, size_t *column)
{
    size_t number = read_number(text, wsync_csv_header(making->csv)->cell_count);
    *column = number - 1;
    return number > 0;
}

static enum wsync_err find_column(const struct making *making, const char *key,
                                  const struct wsync_mapping_text *name, size_t *column,
                                  struct wsync_error *error)
{
    struct wsync_error why;
    if (by_number(making->mapping, name)
            ? find_number(making, name->text, column)
            : wsync_csv_column(making->csv, name->text, column)) {
        return WSYNC_OK;
    }
    wsync_error_set(&why, WSYNC_OK, "the table has no column \"%.*s\".", SHOWN(name->text));
    return wsync_mapping_refuse(making->mapping, name->line, key, why.text, error);
}

/* The place in the plan of the field an entry or a column names, NULL when there is none. */
static struct wsync_plan_field *find_field(const struct making *making, struct wsync_slice name)
{
    for (size_t i = 0; i < making->form->field_count; i++) {
        if (wsync_slice_equal(making->form->fields[i].name, name)) {
            making->plan->fields[i].field = &making->form->fields[i];
            return &making->plan->fields[i];
        }
    }
    return NULL;
}

static enum wsync_err refuse_field(const struct making *making,
                                   const struct wsync_mapping_entry *entry,
                                   struct wsync_slice name, struct wsync_error *error)
{
    struct wsync_error why;
    wsync_error_set(&why, WSYNC_OK, "form %.*s has no field \"%.*s\".",
                    SHOWN(making->form->name), SHOWN(name));
    return refuse_entry(making, entry, why.text, error);
}

/* ---- the sections ---- */

static bool in_section(const struct wsync_mapping_entry *entry, const char *section)
{
    return wsync_slice_equal(entry->section, wsync_slice_of(section));
}

static enum wsync_err take_constant(const struct making *making,
                                    const struct wsync_mapping_entry *entry,
                                    struct wsync_plan_field *source, struct wsync_error *error)
{
    struct wsync_error why;
    if (wsync_mapping_entry(making->mapping, "fields", entry->name)) {
        return refuse_entry(making, entry, "the field has a column in [fields], too.", error);
    }
    source->constant = true;
    enum wsync_err err = wsync_value_parse(making->reader, source->field, entry->value.text,
                                           &source->value, &why);
    return err == WSYNC_OK ? WSYNC_OK : refuse_entry(making, entry, why.text, error);
}

static bool is_dated(enum wsync_type type)
{
    return type == WSYNC_TYPE_DATE || type == WSYNC_TYPE_DATETIME;
}

/* [date_format] first: [import] date_format serves the fields that have none of their own. */
static enum wsync_err take_format(const struct making *making,
                                  const struct wsync_mapping_entry *entry,
                                  struct wsync_plan_field *source, struct wsync_error *error)
{
    struct wsync_error why;
    if (wsync_slice_equal(entry->value.text, wsync_slice_of("iso"))) {
        return WSYNC_OK;
    }
    const char *fault = "belongs to a field that holds no date and no time";
    if (is_dated(source->field->type) || source->field->type == WSYNC_TYPE_TIME) {
        fault = wsync_date_format_fault(entry->value.text, source->field->type);
    }
    source->date_format = entry->value.text;
    if (!fault) {
        return WSYNC_OK;
    }
    wsync_error_set(&why, WSYNC_OK, "the format \"%.*s\" %s.", SHOWN(entry->value.text), fault);
    return refuse_entry(making, entry, why.text, error);
}

/* A line of a value map: what it leads to must be allowed, too. */
static enum wsync_err take_value(const struct making *making,
                                 const struct wsync_mapping_entry *entry,
                                 struct wsync_plan_field *source, struct wsync_error *error)
{
    struct wsync_error why;
    struct wsync_value value;
    source->translated = true;
    if (!wsync_mapping_entry(making->mapping, "fields", source->field->name)) {
        return refuse_entry(making, entry, "[fields] gives this field no column.", error);
    }
    size_t mark = wsync_arena_mark(making->reader->arena);
    enum wsync_err err = wsync_value_parse(making->reader, source->field, entry->value.text,
                                           &value, &why);
    wsync_arena_release(making->reader->arena, mark);
    return err == WSYNC_OK ? WSYNC_OK : refuse_entry(making, entry, why.text, error);
}

static enum wsync_err take_entry(const struct making *making,
                                 const struct wsync_mapping_entry *entry,
                                 struct wsync_error *error)
{
    static const char VALUES[] = "values ";
    bool values = wsync_slice_starts(entry->section, wsync_slice_of(VALUES));
    struct wsync_slice name = entry->name;
    if (values) {
        size_t skip = sizeof VALUES - 1;
        name = wsync_slice(entry->section.data + skip, entry->section.len - skip);
    }
    struct wsync_plan_field *source = find_field(making, name);
    if (!source) {
        return refuse_field(making, entry, name, error);
    }
    if (values) {
        return take_value(making, entry, source, error);
    }
    if (in_section(entry, "fields")) {
        return find_column(making, key_of(entry).text, &entry->value, &source->column, error);
    }
    return in_section(entry, "constant") ? take_constant(making, entry, source, error)
                                         : take_format(making, entry, source, error);
}

static enum wsync_err take_entries(const struct making *making, struct wsync_error *error)
{
    for (const struct wsync_mapping_entry *at = making->mapping->entries; at; at = at->next) {
        enum wsync_err err = take_entry(making, at, error);
        if (err != WSYNC_OK) {
            return err;
        }
    }
    return WSYNC_OK;
}

/* Without a file: columns named by fields. */
static enum wsync_err take_columns(const struct making *making, struct wsync_error *error)
{
    const struct wsync_csv_row *header = wsync_csv_header(making->csv);
    for (size_t i = 0; i < header->cell_count; i++) {
        struct wsync_slice name = header->cells[i];
        struct wsync_plan_field *source = find_field(making, name);
        if (source) {
            source->column = i;
        } else if (name.data[0] != '_' && !wsync_slice_equal(name, wsync_slice_of("key"))) {
            return wsync_error_set(error, WSYNC_ERR_INVALID,
                                   "Column \"%.*s\": form %.*s has no such field; rename the "
                                   "column, begin its name with \"_\" to leave it out, or use "
                                   "a mapping.", SHOWN(name), SHOWN(making->form->name));
        }
    }
    return WSYNC_OK;
}

/* ---- [import] ---- */

static bool has_column(const struct making *making, struct wsync_slice name)
{
    size_t column;
    return wsync_csv_column(making->csv, name, &column);
}

static enum wsync_err take_key(const struct making *making, struct wsync_error *error)
{
    struct wsync_plan *plan = making->plan;
    struct wsync_mapping_text key = making->mapping->key;
    if (!key.text.data && !making->mapping->path) {
        struct wsync_slice words[] = {wsync_slice_of("key"), wsync_slice_of("_id")};
        for (size_t i = 0; i < 2 && !key.text.data; i++) {
            key.text = has_column(making, words[i]) ? words[i] : key.text;
        }
    }
    if (!key.text.data) {
        return WSYNC_OK;
    }
    plan->has_key = true;
    enum wsync_err err = find_column(making, "key", &key, &plan->key_column, error);
    plan->key_is_id =
        err == WSYNC_OK &&
        wsync_slice_equal(plan->header->cells[plan->key_column], wsync_slice_of("_id"));
    for (size_t i = 0; err == WSYNC_OK && i < making->form->field_count; i++) {
        const struct wsync_plan_field *source = &plan->fields[i];
        plan->key_is_personal |= source->field && !source->constant &&
                                 source->column == plan->key_column && source->field->personal;
    }
    return err;
}

static enum wsync_err take_filter(const struct making *making, struct wsync_error *error)
{
    const struct wsync_mapping_text *given = &making->mapping->filter;
    struct wsync_plan_filter *filter = &making->plan->filter;
    struct wsync_mapping_text column = {.line = given->line};
    if (!given->text.data) {
        return WSYNC_OK;
    }
    const char *fault =
        wsync_filter_parse(given->text, &column.text, &filter->equal, &filter->value);
    if (!fault && wsync_text_normalise(filter->value, making->reader->arena, &filter->value,
                                       NULL) != WSYNC_OK) {
        fault = "the value is not valid UTF-8.";
    }
    if (fault) {
        return wsync_mapping_refuse(making->mapping, given->line, "filter", fault, error);
    }
    filter->given = true;
    return find_column(making, "filter", &column, &filter->column, error);
}

static enum wsync_err take_decimal(const struct making *making, struct wsync_error *error)
{
    const struct wsync_mapping_text *given = &making->mapping->decimal;
    bool point = wsync_slice_equal(given->text, wsync_slice_of("point"));
    making->plan->point_is_decimal =
        given->text.data ? point : wsync_csv_separator(making->csv) != ';';
    if (!given->text.data || point || wsync_slice_equal(given->text, wsync_slice_of("comma"))) {
        return WSYNC_OK;
    }
    return wsync_mapping_refuse(making->mapping, given->line, "decimal",
                                "it is point or comma.", error);
}

static enum wsync_err check_columns(const struct making *making, struct wsync_error *error)
{
    const struct wsync_mapping_text *given = &making->mapping->columns;
    if (!given->text.data || wsync_slice_equal(given->text, wsync_slice_of("numbers")) ||
        wsync_slice_equal(given->text, wsync_slice_of("names"))) {
        return WSYNC_OK;
    }
    return wsync_mapping_refuse(making->mapping, given->line, "columns",
                                "it is names or numbers.", error);
}

static enum wsync_err take_actor(const struct making *making, struct wsync_error *error)
{
    const struct wsync_mapping_text *given = &making->mapping->actor;
    struct wsync_error why;
    char text[24];
    int64_t number = 0;
    if (!given->text.data) {
        return WSYNC_OK;
    }
    snprintf(text, sizeof text, "%.*s", SHOWN(given->text));
    if (wsync_config_number(text, 1, UINT32_MAX, &number, &why) != WSYNC_OK) {
        return wsync_mapping_refuse(making->mapping, given->line, "actor", why.text, error);
    }
    making->plan->actor = (uint32_t)number;
    return WSYNC_OK;
}

/* [import] date_format serves dates and moments; times seldom stand in the same form. */
static enum wsync_err take_common_format(const struct making *making, struct wsync_error *error)
{
    const struct wsync_mapping_text *given = &making->mapping->date_format;
    for (size_t i = 0; given->text.data && i < making->form->field_count; i++) {
        struct wsync_plan_field *source = &making->plan->fields[i];
        if (!source->field || source->constant || !is_dated(source->field->type) ||
            wsync_mapping_entry(making->mapping, "date_format", source->field->name)) {
            continue;
        }
        const char *fault = wsync_date_format_fault(given->text, source->field->type);
        if (fault) {
            struct wsync_error why;
            wsync_error_set(&why, WSYNC_OK, "the format \"%.*s\" %s, which field %.*s needs.",
                            SHOWN(given->text), fault, SHOWN(source->field->name));
            return wsync_mapping_refuse(making->mapping, given->line, "date_format", why.text,
                                        error);
        }
        source->date_format = given->text;
    }
    return WSYNC_OK;
}

static enum wsync_err take_import(const struct making *making, struct wsync_error *error)
{
    struct wsync_plan *plan = making->plan;
    const struct wsync_mapping_text *require = &making->mapping->require;
    enum wsync_err err = check_columns(making, error);
    if (err == WSYNC_OK) {
        err = take_key(making, error);
    }
    if (err == WSYNC_OK && require->text.data) {
        plan->has_require = true;
        err = find_column(making, "require", require, &plan->require_column, error);
    }
    if (err == WSYNC_OK) {
        err = take_filter(making, error);
    }
    if (err == WSYNC_OK) {
        err = take_decimal(making, error);
    }
    if (err == WSYNC_OK) {
        err = take_actor(making, error);
    }
    return err == WSYNC_OK ? take_common_format(making, error) : err;
}

/* A field that only [date_format] names has no source. */
static bool has_source(const struct making *making, const struct wsync_plan_field *source)
{
    return source->field && (source->constant || !making->mapping->path ||
                             wsync_mapping_entry(making->mapping, "fields",
                                                 source->field->name));
}

/* Closes the gaps between the fields that have a source. */
static enum wsync_err settle(const struct making *making, struct wsync_error *error)
{
    struct wsync_plan *plan = making->plan;
    for (size_t i = 0; i < making->form->field_count; i++) {
        if (has_source(making, &plan->fields[i])) {
            plan->fields[plan->field_count++] = plan->fields[i];
        } else if (making->form->fields[i].required) {
            return wsync_error_set(error, WSYNC_ERR_INVALID,
                                   "%s: form %.*s requires the field \"%.*s\", and nothing "
                                   "gives it a value.",
                                   making->mapping->path ? making->mapping->path : "The table",
                                   SHOWN(making->form->name),
                                   SHOWN(making->form->fields[i].name));
        }
    }
    return plan->field_count > 0
               ? WSYNC_OK
               : wsync_error_set(error, WSYNC_ERR_INVALID, "No field gets a value.");
}

enum wsync_err wsync_plan_make(struct wsync_plan *plan, const struct wsync_csv *csv,
                               const struct wsync_value_reader *reader,
                               struct wsync_error *error)
{
    const struct making making = {plan->mapping, plan->form, csv, reader, plan};
    plan->header = wsync_csv_header(csv);
    enum wsync_err err = plan->mapping->path ? take_entries(&making, error)
                                             : take_columns(&making, error);
    if (err == WSYNC_OK) {
        err = take_import(&making, error);
    }
    return err == WSYNC_OK ? settle(&making, error) : err;
}
