/* SPDX-License-Identifier: Apache-2.0 */
/* settings.csv, and the three sheets put together. */
#include "host/xlsform.h"

#include "host/xlsform_parts.h"

enum { FORM_ID, FORM_NUMBER, VERSION, TITLE_VI, TITLE_EN, DATE_FIELD, UNIT_FIELD, COLUMNS };

static const struct wsync_sheet_column SETTINGS_COLUMNS[COLUMNS] = {
    [FORM_ID] = {"form_id", false},
    [FORM_NUMBER] = {"form_number", false},
    [VERSION] = {"version", false},
    [TITLE_VI] = {"form_title::Tiếng Việt (vi)", false},
    [TITLE_EN] = {"form_title::English (en)", false},
    [DATE_FIELD] = {"date_field", true},
    [UNIT_FIELD] = {"unit_field", true},
};

static enum wsync_err read_titles(const struct wsync_sheet *sheet, struct wsync_form *form,
                                  struct wsync_error *error)
{
    enum wsync_err err = wsync_sheet_name(sheet, FORM_ID, &form->name, error);
    if (err == WSYNC_OK) {
        err = wsync_sheet_number(sheet, FORM_NUMBER, UINT32_MAX, &form->number, error);
    }
    if (err == WSYNC_OK && form->number < WSYNC_FORM_FIRST) {
        err = wsync_sheet_refuse(sheet, FORM_NUMBER, error,
                                 "numbers below 16 belong to the built-in forms");
    }
    if (err == WSYNC_OK) {
        err = wsync_sheet_number(sheet, VERSION, UINT32_MAX, &form->version, error);
    }
    if (err == WSYNC_OK) {
        err = wsync_sheet_line(sheet, TITLE_VI, false, &form->title_vi, error);
    }
    if (err == WSYNC_OK) {
        err = wsync_sheet_line(sheet, TITLE_EN, false, &form->title_en, error);
    }
    return err;
}

/* The number of the field that a setting names; 0 for an empty cell. */
static enum wsync_err read_role(const struct wsync_sheet *sheet, size_t column,
                                const struct wsync_form *form, uint32_t *number,
                                struct wsync_error *error)
{
    struct wsync_slice name = sheet->cells[column];
    bool date = column == DATE_FIELD;
    *number = 0;
    if (name.len == 0) {
        return WSYNC_OK;
    }
    const struct wsync_field *field = wsync_form_field_named(form, name);
    if (!field) {
        return wsync_sheet_refuse(sheet, column, error, "\"%.*s\" is not in survey.csv",
                                  (int)name.len, (const char *)name.data);
    }
    if (field->type != (date ? WSYNC_TYPE_DATE : WSYNC_TYPE_UNIT) || field->personal) {
        return wsync_sheet_refuse(sheet, column, error,
                                  "\"%.*s\" must be of type %s and not personal", (int)name.len,
                                  (const char *)name.data, date ? "date" : "unit");
    }
    *number = field->number;
    return WSYNC_OK;
}

static enum wsync_err read_roles(const struct wsync_sheet *sheet, struct wsync_form *form,
                                 struct wsync_error *error)
{
    enum wsync_err err = read_role(sheet, DATE_FIELD, form, &form->date_field, error);
    if (err == WSYNC_OK) {
        err = read_role(sheet, UNIT_FIELD, form, &form->subject_field, error);
    }
    bool counted = false;
    for (size_t i = 0; i < form->field_count; i++) {
        counted = counted || form->fields[i].aggregate != WSYNC_AGGREGATE_NONE;
    }
    if (err == WSYNC_OK && counted && form->date_field == 0) {
        return wsync_sheet_refuse(sheet, DATE_FIELD, error,
                                  "a form with totals needs a date field");
    }
    return err;
}

static enum wsync_err open_settings(struct wsync_sheet *sheet, const char *folder,
                                    struct wsync_error *error)
{
    enum wsync_err err = wsync_sheet_open(sheet, folder, error);
    if (err != WSYNC_OK) {
        return err;
    }
    err = wsync_sheet_next(sheet, error);
    if (err == WSYNC_ERR_NOT_FOUND) {
        return wsync_error_set(error, WSYNC_ERR_VALUE, "settings.csv: there is no row.");
    }
    return err;
}

/* The present row must have been the last one. */
static enum wsync_err close_settings(struct wsync_sheet *sheet, struct wsync_error *error)
{
    enum wsync_err err = wsync_sheet_next(sheet, error);
    if (err == WSYNC_OK) {
        return wsync_sheet_refuse(sheet, FORM_ID, error, "there must be one row of settings");
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

enum wsync_err wsync_xlsform_compile(const char *folder, struct wsync_arena *arena,
                                     struct wsync_form *form, struct wsync_error *error)
{
    struct wsync_lists lists;
    __attribute__((cleanup(wsync_sheet_close))) struct wsync_sheet settings = {
        .name = "settings.csv", .columns = SETTINGS_COLUMNS, .column_count = COLUMNS,
        .arena = arena};
    *form = (struct wsync_form){0};
    enum wsync_err err = open_settings(&settings, folder, error);
    if (err == WSYNC_OK) {
        err = read_titles(&settings, form, error);
    }
    if (err == WSYNC_OK) {
        err = wsync_lists_read(folder, arena, &lists, error);
    }
    if (err == WSYNC_OK) {
        err = wsync_survey_read(folder, arena, &lists, form, error);
    }
    if (err == WSYNC_OK) {
        err = wsync_lists_check_used(&lists, error);
    }
    if (err == WSYNC_OK) {
        err = read_roles(&settings, form, error);
    }
    if (err == WSYNC_OK) {
        err = close_settings(&settings, error);
    }
    if (err == WSYNC_OK && wsync_form_check(form, error) != WSYNC_OK) {
        err = WSYNC_ERR_VALUE; /* what no single cell shows: no fields, too many choices */
    }
    return err;
}
