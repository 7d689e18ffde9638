/* SPDX-License-Identifier: Apache-2.0 */
/* Reading rows by a plan. */
#include <string.h>

#include "host/date_format.h"
#include "host/mapping.h"
#include "host/mapping_parts.h"
#include "host/text.h"
#include "host/value_parts.h"

#define SHOWN(slice) (int)(slice).len, (const char *)(slice).data

/* NFC takes several times a text's bytes while it works: what cannot fit is refused first. */
enum { CELL_BYTES_MAX = 4 * WSYNC_TEXT_BYTES_MAX, VALUE_BYTES_MAX = 1024 };

/* A row being read. */
struct reading {
    const struct wsync_plan *plan;
    const struct wsync_value_reader *reader;
    const struct wsync_csv_row *cells;
    struct wsync_plan_row *row;
};

/* As much of a value as a finding repeats: whole characters. */
static struct wsync_slice shown_value(struct wsync_slice text)
{
    size_t len = text.len < VALUE_BYTES_MAX ? text.len : VALUE_BYTES_MAX;
    while (len > 0 && len < text.len && (text.data[len] & 0xC0) == 0x80) {
        len--;
    }
    return wsync_slice_head(text, len);
}

static enum wsync_err add_finding(struct reading *reading, size_t column, bool personal,
                                  const char *reason)
{
    struct wsync_plan_row *row = reading->row;
    struct wsync_arena *arena = reading->reader->arena;
    struct wsync_finding *finding = &row->findings[row->finding_count++];
    struct wsync_slice value = shown_value(reading->cells->cells[column]);
    row->kind = WSYNC_ROW_FAULTY;
    finding->column = reading->plan->header->cells[column];
    finding->value = wsync_arena_copy(arena, personal ? wsync_slice_head(value, 0) : value);
    finding->reason = wsync_arena_copy(arena, wsync_slice_of(reason));
    return finding->value.data && finding->reason.data ? WSYNC_OK : WSYNC_ERR_MEMORY;
}

static const struct wsync_mapping_entry *translation(const struct wsync_plan *plan,
                                                     const struct wsync_plan_field *source,
                                                     struct wsync_slice text)
{
    char section[WSYNC_MAPPING_SECTION_BYTES];
    wsync_mapping_values_section(source->field, section);
    return source->translated ? wsync_mapping_entry(plan->mapping, section, text) : NULL;
}

/* What a column's text is to the field: by the value map, by the date format.  VALUE when the
 * date is not written as the format says. */
static enum wsync_err translate(const struct wsync_plan *plan,
                                const struct wsync_plan_field *source,
                                struct wsync_arena *arena, struct wsync_slice *text,
                                struct wsync_error *error)
{
    struct wsync_slice trimmed = wsync_value_trim(*text);
    const struct wsync_mapping_entry *entry = translation(plan, source, trimmed);
    char iso[WSYNC_DATE_FORMAT_ISO_BYTES];
    if (entry) {
        *text = entry->value.text;
        return WSYNC_OK;
    }
    if (source->date_format.len == 0 || trimmed.len == 0) {
        return WSYNC_OK;
    }
    if (!wsync_date_format_read(source->date_format, source->field->type, trimmed, iso)) {
        struct wsync_error rule;
        wsync_error_set(&rule, WSYNC_OK, "is not written as %.*s", SHOWN(source->date_format));
        return wsync_value_refuse(source->field, trimmed, rule.text, error);
    }
    *text = wsync_arena_copy(arena, wsync_slice_of(iso));
    return text->data ? WSYNC_OK : WSYNC_ERR_MEMORY;
}

static enum wsync_err read_cell(struct reading *reading, const struct wsync_plan_field *source,
                                struct wsync_value *value, struct wsync_error *error)
{
    struct wsync_slice text = reading->cells->cells[source->column];
    if (text.len > CELL_BYTES_MAX) {
        return wsync_error_set(error, WSYNC_ERR_VALUE,
                               "Field %.*s: the text has %zu bytes; at most %d are allowed.",
                               SHOWN(source->field->name), text.len, WSYNC_TEXT_BYTES_MAX);
    }
    enum wsync_err err = translate(reading->plan, source, reading->reader->arena,
                                              &text, error);
    return err == WSYNC_OK
               ? wsync_value_parse(reading->reader, source->field, text, value, error)
               : err;
}

static enum wsync_err read_field(struct reading *reading, const struct wsync_plan_field *source)
{
    struct wsync_plan_row *row = reading->row;
    struct wsync_value value = source->value;
    struct wsync_error error = {""};
    if (!source->constant) {
        enum wsync_err err = read_cell(reading, source, &value, &error);
        if (err == WSYNC_ERR_VALUE) {
            row->findings[row->finding_count].field = source->field;
            return add_finding(reading, source->column, source->field->personal, error.text);
        }
        if (err != WSYNC_OK) {
            return err;
        }
    }
    if (value.class == WSYNC_CLASS_TEXT && value.text.len > 0) { /* may lie in the table */
        value.text = wsync_arena_copy(reading->reader->arena, value.text);
        if (!value.text.data) {
            return WSYNC_ERR_MEMORY;
        }
    }
    if (value.class != WSYNC_CLASS_BLANK) {
        row->writes[row->write_count++] = (struct wsync_write){
            source->field->number, source->field->personal, value};
    }
    return WSYNC_OK;
}

static bool passes(const struct wsync_plan_filter *filter, struct wsync_arena *arena,
                   struct wsync_slice cell)
{
    struct wsync_slice text = wsync_value_trim(cell);
    size_t mark = wsync_arena_mark(arena);
    bool same = text.len <= CELL_BYTES_MAX &&
                wsync_text_normalise(text, arena, &text, NULL) == WSYNC_OK &&
                wsync_slice_equal(text, filter->value);
    wsync_arena_release(arena, mark);
    return same == filter->equal;
}

/* What decides whether the row is read at all.  A row that cannot say whose it is is a finding
 * before it can be nobody's. */
static enum wsync_err look_at_row(struct reading *reading)
{
    const struct wsync_plan *plan = reading->plan;
    const struct wsync_slice *cells = reading->cells->cells;
    if (plan->has_require && wsync_value_trim(cells[plan->require_column]).len == 0) {
        return add_finding(reading, plan->require_column, false,
                           "The value is missing; a row without it is not imported.");
    }
    if (plan->filter.given &&
        !passes(&plan->filter, reading->reader->arena, cells[plan->filter.column])) {
        reading->row->kind = WSYNC_ROW_NOT_MINE;
        return WSYNC_OK;
    }
    if (!plan->has_key) {
        return WSYNC_OK;
    }
    struct wsync_slice key = wsync_value_trim(cells[plan->key_column]);
    if (key.len == 0) {
        return add_finding(reading, plan->key_column, plan->key_is_personal,
                           "The key is missing; without it the row cannot be told from "
                           "others.");
    }
    if (key.len > CELL_BYTES_MAX) {
        return add_finding(reading, plan->key_column, true, "The key is too long.");
    }
    return wsync_text_normalise(key, reading->reader->arena, &reading->row->key, NULL);
}

enum wsync_err wsync_plan_read(const struct wsync_plan *plan,
                               const struct wsync_value_reader *reader,
                               const struct wsync_csv_row *cells, struct wsync_plan_row *row)
{
    struct reading reading = {plan, reader, cells, row};
    *row = (struct wsync_plan_row){.kind = WSYNC_ROW_WANTED};
    row->writes = wsync_arena_array(reader->arena, plan->field_count, sizeof *row->writes);
    row->findings =
        wsync_arena_array(reader->arena, plan->field_count + 1, sizeof *row->findings);
    if (!row->writes || !row->findings) {
        return WSYNC_ERR_MEMORY;
    }
    enum wsync_err err = look_at_row(&reading);
    for (size_t i = 0; err == WSYNC_OK && i < plan->field_count; i++) {
        if (row->kind == WSYNC_ROW_NOT_MINE || (i == 0 && row->finding_count > 0)) {
            return WSYNC_OK;
        }
        err = read_field(&reading, &plan->fields[i]);
    }
    if (err == WSYNC_OK && row->kind == WSYNC_ROW_WANTED && row->write_count == 0) {
        return add_finding(&reading, plan->fields[0].column, true,
                           "None of the columns that are imported holds a value.");
    }
    return err;
}
