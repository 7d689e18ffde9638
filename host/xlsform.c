/* SPDX-License-Identifier: Apache-2.0 */
/* settings.csv, and the three sheets put together. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "host/words.h"
#include "host/xlsform_parts.h"

enum { FORM_ID, FORM_NUMBER, VERSION, TITLE_VI, TITLE_EN, DATE_FIELD, UNIT_FIELD, COLUMNS };

_Static_assert(COLUMNS == (int)WSYNC_SETTINGS_COLUMNS, "the header says how many");

const struct wsync_sheet_column WSYNC_SETTINGS_SHEET[WSYNC_SETTINGS_COLUMNS] = {
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
    if (err == WSYNC_OK && form->number > 0 && form->number < WSYNC_FORM_FIRST) {
        err = wsync_sheet_refuse(
            sheet, FORM_NUMBER, error,
            WSYNC_SHEET_SAY(sheet, "các số dưới 16 dành cho biểu mẫu có sẵn",
                            "numbers below 16 belong to the built-in forms"));
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
        return wsync_sheet_refuse(sheet, column, error,
                                  WSYNC_SHEET_SAY(sheet, "\"%.*s\" không có trong survey.csv",
                                                  "\"%.*s\" is not in survey.csv"),
                                  (int)name.len, (const char *)name.data);
    }
    if (field->type == 0) {
        return WSYNC_OK; /* its type was refused */
    }
    if (field->type != (date ? WSYNC_TYPE_DATE : WSYNC_TYPE_UNIT) || field->personal) {
        return wsync_sheet_refuse(
            sheet, column, error,
            WSYNC_SHEET_SAY(sheet, "\"%.*s\" phải thuộc kiểu %s và không phải dữ liệu cá nhân",
                            "\"%.*s\" must be of type %s and not personal"),
            (int)name.len, (const char *)name.data, date ? "date" : "unit");
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
    bool counted = false, named = sheet->cells[DATE_FIELD].len > 0;
    for (size_t i = 0; i < form->field_count; i++) {
        counted = counted || form->fields[i].aggregate != WSYNC_AGGREGATE_NONE;
    }
    if (err == WSYNC_OK && counted && !named) {
        return wsync_sheet_refuse(sheet, DATE_FIELD, error,
                                  WSYNC_SHEET_SAY(sheet,
                                                  "biểu mẫu có tổng hợp cần một trường ngày",
                                                  "a form with totals needs a date field"));
    }
    return err;
}

/* `there`: it has a row, which is now the present one. */
static enum wsync_err open_settings(struct wsync_sheet *sheet, bool *there,
                                    struct wsync_error *error)
{
    *there = false;
    enum wsync_err err = wsync_sheet_open(sheet, error);
    if (err != WSYNC_OK || !sheet->csv) {
        return err;
    }
    err = wsync_sheet_next(sheet, error);
    if (err == WSYNC_ERR_NOT_FOUND) {
        return wsync_sheet_refuse_row(sheet, 0, error,
                                      sheet->files->language == WSYNC_VI ? "Không có dòng nào."
                                                                         : "there is no row.");
    }
    *there = err == WSYNC_OK;
    return err;
}

/* The present row must have been the last one. */
static enum wsync_err close_settings(struct wsync_sheet *sheet, struct wsync_error *error)
{
    enum wsync_err err = wsync_sheet_next(sheet, error);
    if (err == WSYNC_OK) {
        return wsync_sheet_refuse(sheet, FORM_ID, error,
                                  WSYNC_SHEET_SAY(sheet, "chỉ được có một dòng cài đặt",
                                                  "there must be one row of settings"));
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* What no single cell shows: no fields, too many choices. */
static enum wsync_err check_whole(const struct wsync_xlsform_files *files,
                                  const struct wsync_form *form, struct wsync_error *error)
{
    struct wsync_error cause = {""};
    char room[WSYNC_WORDS_BYTES];
    if (files->findings && files->findings->count > 0) {
        return WSYNC_OK;
    }
    if (wsync_form_check(form, &cause) == WSYNC_OK) {
        return WSYNC_OK;
    }
    if (files->findings) {
        wsync_form_found(files->findings, NULL, "%s",
                         wsync_words(files->language, cause.text, room));
        return WSYNC_OK;
    }
    return wsync_error_set(error, WSYNC_ERR_VALUE, "%s", cause.text);
}

/* The two sheets beside the settings. */
static enum wsync_err read_sheets(const struct wsync_xlsform_files *files,
                                  struct wsync_arena *arena, struct wsync_xlsform *read,
                                  struct wsync_error *error)
{
    struct wsync_lists lists;
    enum wsync_err err = wsync_lists_read(files, arena, &lists, error);
    if (err == WSYNC_OK) {
        err = wsync_survey_read(files, arena, &lists, read, error);
    }
    if (err == WSYNC_OK && (!files->findings || files->findings->count == 0)) {
        err = wsync_lists_check_used(files, &lists, error);
    }
    return err;
}

enum wsync_err wsync_xlsform_read(const struct wsync_xlsform_files *files,
                                  struct wsync_arena *arena, struct wsync_xlsform *read,
                                  struct wsync_error *error)
{
    bool there;
    __attribute__((cleanup(wsync_sheet_close))) struct wsync_sheet settings = {
        .name = "settings.csv",
        .path = files->settings,
        .files = files,
        .columns = WSYNC_SETTINGS_SHEET,
        .column_count = COLUMNS,
        .arena = arena};
    *read = (struct wsync_xlsform){.lines = NULL};
    enum wsync_err err = open_settings(&settings, &there, error);
    if (err == WSYNC_OK && there) {
        read->settings_line = settings.line;
        err = read_titles(&settings, &read->form, error);
    }
    if (err == WSYNC_OK) {
        err = read_sheets(files, arena, read, error);
    }
    if (err == WSYNC_OK && there) {
        err = read_roles(&settings, &read->form, error);
    }
    if (err == WSYNC_OK && there) {
        err = close_settings(&settings, error);
    }
    return err == WSYNC_OK ? check_whole(files, &read->form, error) : err;
}

static bool find_file(const char *folder, const char *name, char path[WSYNC_XLSFORM_PATH_BYTES])
{
    int len = snprintf(path, WSYNC_XLSFORM_PATH_BYTES, "%s/%s", folder, name);
    return len > 0 && len < WSYNC_XLSFORM_PATH_BYTES;
}

enum wsync_err wsync_xlsform_find(const char *folder, struct wsync_xlsform_folder *paths,
                                  struct wsync_xlsform_files *files, struct wsync_error *error)
{
    *files = (struct wsync_xlsform_files){.settings = paths->settings,
                                          .survey = paths->survey,
                                          .choices = paths->choices,
                                          .language = WSYNC_EN};
    if (!find_file(folder, "settings.csv", paths->settings) ||
        !find_file(folder, "survey.csv", paths->survey) ||
        !find_file(folder, "choices.csv", paths->choices)) {
        return wsync_error_set(error, WSYNC_ERR_INVALID, "The folder's name is too long.");
    }
    if (access(paths->choices, F_OK) != 0 && errno == ENOENT) {
        files->choices = NULL;
    }
    return WSYNC_OK;
}

enum wsync_err wsync_xlsform_compile(const char *folder, struct wsync_arena *arena,
                                     struct wsync_form *form, struct wsync_error *error)
{
    struct wsync_xlsform read = {.lines = NULL};
    struct wsync_xlsform_files files;
    struct wsync_xlsform_folder paths;
    enum wsync_err err = wsync_xlsform_find(folder, &paths, &files, error);
    if (err == WSYNC_OK) {
        err = wsync_xlsform_read(&files, arena, &read, error);
    }
    *form = read.form;
    return err;
}
