/* SPDX-License-Identifier: Apache-2.0 */
/* The sheets of a form, as xlsform.c and its parts read them. */
#include <string.h>

#include "host/value_text.h"
#include "host/xlsform_parts.h"

enum { WORD_BYTES = 2 * WSYNC_NAME_BYTES_MAX };

static void put_text(struct wsync_csv_writer *csv, struct wsync_slice text)
{
    wsync_csv_put(csv, text, WSYNC_CSV_TEXT);
}

static void put_word(struct wsync_csv_writer *csv, const char *word)
{
    put_text(csv, wsync_slice_of(word));
}

static void put_number(struct wsync_csv_writer *csv, uint32_t number)
{
    char text[WORD_BYTES];
    snprintf(text, sizeof text, "%u", number);
    wsync_csv_put(csv, wsync_slice_of(text), WSYNC_CSV_NUMBER);
}

static void put_head(struct wsync_csv_writer *csv, const struct wsync_sheet_column *columns,
                     size_t count)
{
    for (size_t i = 0; i < count; i++) {
        put_word(csv, columns[i].name);
    }
    wsync_csv_end_row(csv);
}

/* ---- settings.csv ---- */

/* The name of the field of this number; "" for none. */
static struct wsync_slice name_of(const struct wsync_form *form, uint32_t number)
{
    const struct wsync_field *field = number != 0 ? wsync_form_field(form, number) : NULL;
    return field ? field->name : wsync_slice_of("");
}

static void write_settings(struct wsync_csv_writer *csv, const struct wsync_form *form)
{
    put_head(csv, WSYNC_SETTINGS_SHEET, WSYNC_SETTINGS_COLUMNS);
    put_text(csv, form->name);
    put_number(csv, form->number);
    put_number(csv, form->version);
    put_text(csv, form->title_vi);
    put_text(csv, form->title_en);
    put_text(csv, name_of(form, form->date_field));
    put_text(csv, name_of(form, form->subject_field));
    wsync_csv_end_row(csv);
}

/* ---- survey.csv ---- */

/* "select_one weather": a list is called after the field that chooses from it. */
static void put_type(struct wsync_csv_writer *csv, const struct wsync_field *field)
{
    char text[WORD_BYTES];
    bool selects = field->type == WSYNC_TYPE_CHOICE || field->type == WSYNC_TYPE_CHOICES;
    snprintf(text, sizeof text, "%s%s%.*s", wsync_survey_type_word(field), selects ? " " : "",
             selects ? (int)field->name.len : 0, (const char *)field->name.data);
    put_word(csv, text);
}

static void put_limit(struct wsync_csv_writer *csv, const struct wsync_field *field, bool there,
                      int64_t limit)
{
    char text[WSYNC_VALUE_TEXT_BYTES] = "";
    const struct wsync_value value = {.class = WSYNC_CLASS_INTEGER, .integer = limit};
    if (there &&
        wsync_value_print(field, &value, WSYNC_STYLE_DATA, text, sizeof text) != WSYNC_OK) {
        text[0] = '\0';
    }
    wsync_csv_put(csv, wsync_slice_of(text), WSYNC_CSV_NUMBER);
}

static void put_parameters(struct wsync_csv_writer *csv, const struct wsync_field *field)
{
    char pixels[WORD_BYTES] = "", bytes[WORD_BYTES] = "", text[2 * WORD_BYTES];
    if (field->photo_pixels_max > 0) {
        snprintf(pixels, sizeof pixels, "max-pixels=%u", field->photo_pixels_max);
    }
    if (field->photo_bytes_max > 0) {
        snprintf(bytes, sizeof bytes, "max-bytes=%u", field->photo_bytes_max);
    }
    snprintf(text, sizeof text, "%s%s%s", pixels, pixels[0] && bytes[0] ? " " : "", bytes);
    put_word(csv, text);
}

static void write_field(struct wsync_csv_writer *csv, const struct wsync_field *field)
{
    static const char *const AGGREGATES[] = {[WSYNC_AGGREGATE_NONE] = "",
                                             [WSYNC_AGGREGATE_SUM] = "sum",
                                             [WSYNC_AGGREGATE_COUNT] = "count"};
    put_type(csv, field);
    put_text(csv, field->name);
    put_number(csv, field->number);
    put_text(csv, field->label_vi);
    put_text(csv, field->label_en);
    put_text(csv, field->hint_vi);
    put_text(csv, field->hint_en);
    put_word(csv, field->required ? "yes" : "");
    put_limit(csv, field, field->has_min, field->min);
    put_limit(csv, field, field->has_max, field->max);
    if (field->digits > 0) {
        put_number(csv, field->digits);
    } else {
        put_word(csv, "");
    }
    put_word(csv, AGGREGATES[field->aggregate]);
    put_word(csv, field->personal ? "yes" : "");
    put_parameters(csv, field);
    wsync_csv_end_row(csv);
}

static void write_survey(struct wsync_csv_writer *csv, const struct wsync_form *form)
{
    put_head(csv, WSYNC_SURVEY_SHEET, WSYNC_SURVEY_COLUMNS);
    for (size_t i = 0; i < form->field_count; i++) {
        write_field(csv, &form->fields[i]);
    }
}

/* ---- choices.csv ---- */

static void write_choices(struct wsync_csv_writer *csv, const struct wsync_form *form)
{
    put_head(csv, WSYNC_CHOICES_SHEET, WSYNC_CHOICES_COLUMNS);
    for (size_t i = 0; i < form->field_count; i++) {
        const struct wsync_field *field = &form->fields[i];
        for (size_t k = 0; k < field->choice_count; k++) {
            put_text(csv, field->name);
            put_text(csv, field->choices[k].name);
            put_number(csv, field->choices[k].number);
            put_text(csv, field->choices[k].label_vi);
            put_text(csv, field->choices[k].label_en);
            wsync_csv_end_row(csv);
        }
    }
}

static bool has_choices(const struct wsync_form *form)
{
    for (size_t i = 0; i < form->field_count; i++) {
        if (form->fields[i].choice_count > 0) {
            return true;
        }
    }
    return false;
}

enum wsync_err wsync_xlsform_write(const struct wsync_form *form, const char *sheet, FILE *out,
                                   enum wsync_csv_mode mode, struct wsync_error *error)
{
    struct wsync_csv_writer csv;
    bool choices = strcmp(sheet, "choices.csv") == 0;
    if (choices && !has_choices(form)) {
        return wsync_error_set(error, WSYNC_ERR_NOT_FOUND, "The form has no choices.");
    }
    wsync_csv_writer_init(&csv, out, mode);
    if (choices) {
        write_choices(&csv, form);
    } else if (strcmp(sheet, "survey.csv") == 0) {
        write_survey(&csv, form);
    } else if (strcmp(sheet, "settings.csv") == 0) {
        write_settings(&csv, form);
    } else {
        return wsync_error_set(error, WSYNC_ERR_VALUE, "%.100s is no sheet of a form.", sheet);
    }
    return wsync_csv_writer_fini(&csv, error);
}
