/* SPDX-License-Identifier: Apache-2.0 */
/* survey.csv: one row for each field. */
#include <string.h>

#include "host/value_parts.h"
#include "host/words.h"
#include "host/xlsform_parts.h"

enum {
    TYPE,
    NAME,
    NUMBER,
    LABEL_VI,
    LABEL_EN,
    HINT_VI,
    HINT_EN,
    REQUIRED,
    MINIMUM,
    MAXIMUM,
    DIGITS,
    AGGREGATE,
    PERSONAL,
    PARAMETERS,
    COLUMNS
};

_Static_assert(COLUMNS == (int)WSYNC_SURVEY_COLUMNS, "the header says how many");

const struct wsync_sheet_column WSYNC_SURVEY_SHEET[WSYNC_SURVEY_COLUMNS] = {
    [TYPE] = {"type", false},
    [NAME] = {"name", false},
    [NUMBER] = {"number", false},
    [LABEL_VI] = {"label::Tiếng Việt (vi)", false},
    [LABEL_EN] = {"label::English (en)", false},
    [HINT_VI] = {"hint::Tiếng Việt (vi)", true},
    [HINT_EN] = {"hint::English (en)", true},
    [REQUIRED] = {"required", true},
    [MINIMUM] = {"minimum", true},
    [MAXIMUM] = {"maximum", true},
    [DIGITS] = {"digits", true},
    [AGGREGATE] = {"aggregate", true},
    [PERSONAL] = {"personal", true},
    [PARAMETERS] = {"parameters", true},
};

static const struct {
    const char *word;
    enum wsync_type type;
} TYPES[] = {
    {"text", WSYNC_TYPE_TEXT},
    {"integer", WSYNC_TYPE_INTEGER},
    {"decimal", WSYNC_TYPE_DECIMAL},
    {"date", WSYNC_TYPE_DATE},
    {"time", WSYNC_TYPE_TIME},
    {"dateTime", WSYNC_TYPE_DATETIME},
    {"geopoint", WSYNC_TYPE_GEOPOINT},
    {"boolean", WSYNC_TYPE_BOOLEAN},
    {"unit", WSYNC_TYPE_UNIT},
    {"image", WSYNC_TYPE_PHOTO},
    {"file", WSYNC_TYPE_PHOTO},
    {"select_one", WSYNC_TYPE_CHOICE},
    {"select_multiple", WSYNC_TYPE_CHOICES},
};

const char *wsync_survey_type_word(const struct wsync_field *field)
{
    const char *word = NULL;
    for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++) {
        bool other = TYPES[i].type == WSYNC_TYPE_PHOTO && /* an image or any file */
                     (wsync_field_photo_kinds(field) == WSYNC_PHOTO_KINDS_ALL) !=
                         (strcmp(TYPES[i].word, "file") == 0);
        word = TYPES[i].type == field->type && !other ? TYPES[i].word : word;
    }
    return word;
}

/* The survey under construction, with the row each field came from. */
struct survey {
    struct wsync_sheet sheet;
    struct wsync_lists *lists;
    struct wsync_field fields[WSYNC_FORM_FIELDS_MAX];
    uint64_t lines[WSYNC_FORM_FIELDS_MAX];
    size_t count;
};

static bool is_word(struct wsync_slice cell, const char *word)
{
    return wsync_slice_equal(cell, wsync_slice_of(word));
}

/* `rule` by enum wsync_language. */
static enum wsync_err refuse_cell(const struct wsync_sheet *sheet, size_t column,
                                  const char *const rule[2], struct wsync_error *error)
{
    return wsync_sheet_refuse(
        sheet, column, error, WSYNC_SHEET_SAY(sheet, "\"%.*s\" %s", "\"%.*s\" %s"),
        (int)sheet->cells[column].len, (const char *)sheet->cells[column].data,
        rule[sheet->files->language]);
}

/* "select_one kinds": the word and the list's name, which is empty for other types. */
static struct wsync_slice split_type(struct wsync_slice cell, struct wsync_slice *list)
{
    size_t len = 0;
    while (len < cell.len && cell.data[len] != ' ') {
        len++;
    }
    size_t at = len;
    while (at < cell.len && cell.data[at] == ' ') {
        at++;
    }
    *list = wsync_slice(cell.data + at, cell.len - at);
    return wsync_slice_head(cell, len);
}

static enum wsync_err read_type(struct survey *survey, struct wsync_field *field,
                                struct wsync_error *error)
{
    struct wsync_slice list, word = split_type(survey->sheet.cells[TYPE], &list);
    for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++) {
        if (is_word(word, TYPES[i].word)) {
            field->type = TYPES[i].type;
        }
    }
    bool selects = field->type == WSYNC_TYPE_CHOICE || field->type == WSYNC_TYPE_CHOICES;
    if (field->type == 0 || (!selects && list.len > 0)) {
        static const char *const RULE[] = {"không phải là kiểu dùng được",
                                           "is not a supported type"};
        field->type = 0;
        return refuse_cell(&survey->sheet, TYPE, RULE, error);
    }
    if (!selects) {
        return WSYNC_OK;
    }
    enum wsync_err err = wsync_lists_take(survey->lists, list, survey->sheet.arena, field);
    if (err == WSYNC_ERR_NOT_FOUND) {
        field->type = 0;
        return wsync_sheet_refuse(
            &survey->sheet, TYPE, error,
            WSYNC_SHEET_SAY(&survey->sheet, "danh sách \"%.*s\" không có trong choices.csv",
                            "the list \"%.*s\" is not in choices.csv"),
            (int)list.len, (const char *)list.data);
    }
    return err == WSYNC_OK ? err
                           : wsync_error_set(error, err, "%s", wsync_err_text(err, WSYNC_EN));
}

static enum wsync_err read_words(const struct wsync_sheet *sheet, struct wsync_field *field,
                                 struct wsync_error *error)
{
    enum wsync_err err = wsync_sheet_name(sheet, NAME, &field->name, error);
    if (err == WSYNC_OK) {
        err = wsync_sheet_number(sheet, NUMBER, WSYNC_FIELD_NUMBER_MAX, &field->number, error);
    }
    if (err == WSYNC_OK) {
        err = wsync_sheet_line(sheet, LABEL_VI, false, &field->label_vi, error);
    }
    if (err == WSYNC_OK) {
        err = wsync_sheet_line(sheet, LABEL_EN, false, &field->label_en, error);
    }
    if (err == WSYNC_OK) {
        err = wsync_sheet_line(sheet, HINT_VI, true, &field->hint_vi, error);
    }
    if (err == WSYNC_OK) {
        err = wsync_sheet_line(sheet, HINT_EN, true, &field->hint_en, error);
    }
    return err;
}

static enum wsync_err read_yes_no(const struct wsync_sheet *sheet, size_t column, bool *yes,
                                  struct wsync_error *error)
{
    struct wsync_slice cell = sheet->cells[column];
    *yes = is_word(cell, "yes");
    if (!*yes && cell.len > 0 && !is_word(cell, "no")) {
        static const char *const RULE[] = {"không phải yes hay no", "is neither yes nor no"};
        return refuse_cell(sheet, column, RULE, error);
    }
    return WSYNC_OK;
}

static enum wsync_err read_digits(const struct wsync_sheet *sheet, struct wsync_field *field,
                                  struct wsync_error *error)
{
    if (field->type == WSYNC_TYPE_DECIMAL) {
        return wsync_sheet_number(sheet, DIGITS, WSYNC_DECIMAL_DIGITS_MAX, &field->digits,
                                  error);
    }
    return sheet->cells[DIGITS].len == 0
               ? WSYNC_OK
               : wsync_sheet_refuse(sheet, DIGITS, error,
                                    WSYNC_SHEET_SAY(sheet,
                                                    "chỉ số thập phân mới có số chữ số lẻ",
                                                    "only a decimal has digits"));
}

static enum wsync_err read_limit(const struct wsync_sheet *sheet, size_t column,
                                 const struct wsync_field *field, struct wsync_value *limit,
                                 struct wsync_error *error)
{
    *limit = (struct wsync_value){.class = WSYNC_CLASS_BLANK};
    if (sheet->cells[column].len == 0) {
        return WSYNC_OK;
    }
    if (field->type != WSYNC_TYPE_INTEGER && field->type != WSYNC_TYPE_DECIMAL &&
        field->type != WSYNC_TYPE_DATE) {
        return wsync_sheet_refuse(
            sheet, column, error,
            WSYNC_SHEET_SAY(sheet, "chỉ số nguyên, số thập phân và ngày mới có giới hạn",
                            "only integer, decimal and date have limits"));
    }
    const struct wsync_field plain = {
        .type = field->type, .digits = field->digits, .name = wsync_slice_of("limit")};
    const struct wsync_value_reader reader = {.arena = sheet->arena, .point_is_decimal = true};
    struct wsync_error cause = {""};
    char room[WSYNC_WORDS_BYTES];
    enum wsync_err err =
        wsync_value_parse(&reader, &plain, sheet->cells[column], limit, &cause);
    if (err == WSYNC_ERR_VALUE) { /* "Field limit: ....", which the place replaces */
        const char *rule = strstr(wsync_words(sheet->files->language, cause.text, room), ": ");
        WSYNC_ASSERT(rule);
        *limit = (struct wsync_value){.class = WSYNC_CLASS_BLANK};
        return wsync_sheet_refuse(sheet, column, error, "%.*s", (int)strlen(rule + 2) - 1,
                                  rule + 2);
    }
    return err == WSYNC_OK ? err : wsync_error_set(error, err, "%s", cause.text);
}

static enum wsync_err read_limits(const struct wsync_sheet *sheet, struct wsync_field *field,
                                  struct wsync_error *error)
{
    struct wsync_value min, max;
    enum wsync_err err = read_limit(sheet, MINIMUM, field, &min, error);
    if (err == WSYNC_OK) {
        err = read_limit(sheet, MAXIMUM, field, &max, error);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    field->has_min = min.class != WSYNC_CLASS_BLANK;
    field->has_max = max.class != WSYNC_CLASS_BLANK;
    field->min = min.integer;
    field->max = max.integer;
    if (field->has_min && field->has_max && field->min > field->max) {
        return wsync_sheet_refuse(
            sheet, MAXIMUM, error,
            WSYNC_SHEET_SAY(sheet, "nhỏ hơn giá trị nhỏ nhất", "it is below the minimum"));
    }
    return WSYNC_OK;
}

static enum wsync_err read_aggregate(const struct wsync_sheet *sheet, struct wsync_field *field,
                                     struct wsync_error *error)
{
    struct wsync_slice cell = sheet->cells[AGGREGATE];
    bool number = field->type == WSYNC_TYPE_INTEGER || field->type == WSYNC_TYPE_DECIMAL;
    bool countable = field->choice_count > 0 || field->type == WSYNC_TYPE_BOOLEAN;
    if (cell.len == 0 || is_word(cell, "none")) {
        return WSYNC_OK;
    }
    if (field->personal) {
        return wsync_sheet_refuse(sheet, AGGREGATE, error,
                                  WSYNC_SHEET_SAY(sheet,
                                                  "dữ liệu cá nhân không bao giờ vào tổng hợp",
                                                  "personal data never enters totals"));
    }
    if (is_word(cell, "sum")) {
        field->aggregate = WSYNC_AGGREGATE_SUM;
        return number
                   ? WSYNC_OK
                   : wsync_sheet_refuse(
                         sheet, AGGREGATE, error,
                         WSYNC_SHEET_SAY(sheet, "chỉ số nguyên và số thập phân mới cộng được",
                                         "only integer and decimal can be summed"));
    }
    if (is_word(cell, "count")) {
        field->aggregate = WSYNC_AGGREGATE_COUNT;
        return countable ? WSYNC_OK
                         : wsync_sheet_refuse(
                               sheet, AGGREGATE, error,
                               WSYNC_SHEET_SAY(sheet, "chỉ lựa chọn và đúng/sai mới đếm được",
                                               "only selections and boolean can be counted"));
    }
    static const char *const RULE[] = {"không phải none, sum hay count",
                                       "is none of none, sum and count"};
    return refuse_cell(sheet, AGGREGATE, RULE, error);
}

/* "NAME=NUMBER" of a photo. */
static enum wsync_err read_parameter(const struct wsync_sheet *sheet, struct wsync_slice word,
                                     struct wsync_field *field, struct wsync_error *error)
{
    const struct {
        const char *name;
        uint32_t max, *number;
    } PARTS[] = {{"max-pixels=", WSYNC_PHOTO_PIXELS_MAX, &field->photo_pixels_max},
                 {"max-bytes=", WSYNC_BLOB_BYTES_MAX, &field->photo_bytes_max}};
    for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS; i++) {
        int64_t number = 0;
        size_t len = strlen(PARTS[i].name);
        if (!wsync_slice_starts(word, wsync_slice_of(PARTS[i].name))) {
            continue;
        }
        const char *fault = wsync_value_read_number(
            wsync_slice(word.data + len, word.len - len), 0, true, &number);
        if (fault || number < 1 || number > PARTS[i].max) {
            return wsync_sheet_refuse(sheet, PARAMETERS, error,
                                      WSYNC_SHEET_SAY(sheet, "\"%.*s\" cần một số từ 1 đến %u",
                                                      "\"%.*s\" needs a number from 1 to %u"),
                                      (int)word.len, (const char *)word.data, PARTS[i].max);
        }
        if (*PARTS[i].number != 0) {
            return wsync_sheet_refuse(
                sheet, PARAMETERS, error,
                WSYNC_SHEET_SAY(sheet, "%s được ghi hai lần", "%s is given twice"),
                PARTS[i].name);
        }
        *PARTS[i].number = (uint32_t)number;
        return WSYNC_OK;
    }
    return wsync_sheet_refuse(
        sheet, PARAMETERS, error,
        WSYNC_SHEET_SAY(sheet, "\"%.*s\" không phải max-pixels=SỐ hay max-bytes=SỐ",
                        "\"%.*s\" is neither max-pixels=NUMBER nor max-bytes=NUMBER"),
        (int)word.len, (const char *)word.data);
}

static enum wsync_err read_photo(const struct wsync_sheet *sheet, struct wsync_field *field,
                                 struct wsync_error *error)
{
    struct wsync_slice rest = sheet->cells[PARAMETERS];
    if (field->type != WSYNC_TYPE_PHOTO) {
        return rest.len == 0
                   ? WSYNC_OK
                   : wsync_sheet_refuse(sheet, PARAMETERS, error,
                                        WSYNC_SHEET_SAY(sheet, "chỉ ảnh và tệp mới có tham số",
                                                        "only image and file have parameters"));
    }
    if (field->personal) {
        return wsync_sheet_refuse(sheet, PERSONAL, error,
                                  WSYNC_SHEET_SAY(sheet, "ảnh không thể là dữ liệu cá nhân",
                                                  "a photo cannot be personal"));
    }
    if (is_word(sheet->cells[TYPE], "file")) {
        field->photo_kinds = WSYNC_PHOTO_KINDS_ALL;
    }
    while (rest.len > 0) {
        enum wsync_err err = read_parameter(sheet, wsync_value_word(&rest), field, error);
        if (err != WSYNC_OK) {
            return err;
        }
    }
    return WSYNC_OK;
}

static enum wsync_err check_new(const struct survey *survey, const struct wsync_field *field,
                                struct wsync_error *error)
{
    for (size_t i = 0; i < survey->count; i++) {
        const struct wsync_field *other = &survey->fields[i];
        bool name = field->name.len > 0 && wsync_slice_equal(other->name, field->name);
        if (name || (field->number > 0 && other->number == field->number)) {
            size_t column = name ? NAME : NUMBER;
            return wsync_sheet_refuse(&survey->sheet, column, error,
                                      WSYNC_SHEET_SAY(&survey->sheet,
                                                      "\"%.*s\" đã có ở dòng %llu",
                                                      "\"%.*s\" stands in row %llu already"),
                                      (int)survey->sheet.cells[column].len,
                                      (const char *)survey->sheet.cells[column].data,
                                      (unsigned long long)survey->lines[i]);
        }
    }
    return WSYNC_OK;
}

static void insert(struct survey *survey, const struct wsync_field *field)
{
    size_t at = survey->count++;
    for (; at > 0 && survey->fields[at - 1].number > field->number; at--) {
        survey->fields[at] = survey->fields[at - 1];
        survey->lines[at] = survey->lines[at - 1];
    }
    survey->fields[at] = *field;
    survey->lines[at] = survey->sheet.line;
}

/* What depends on the type. */
static enum wsync_err read_kind(const struct wsync_sheet *sheet, struct wsync_field *field,
                                struct wsync_error *error)
{
    enum wsync_err err = read_digits(sheet, field, error);
    if (err == WSYNC_OK) {
        err = read_limits(sheet, field, error);
    }
    if (err == WSYNC_OK) {
        err = read_aggregate(sheet, field, error);
    }
    return err == WSYNC_OK ? read_photo(sheet, field, error) : err;
}

static enum wsync_err read_field(struct survey *survey, struct wsync_error *error)
{
    const struct wsync_sheet *sheet = &survey->sheet;
    struct wsync_field field = {0};
    if (survey->count == WSYNC_FORM_FIELDS_MAX) {
        return wsync_sheet_refuse(sheet, TYPE, error,
                                  WSYNC_SHEET_SAY(sheet, "một biểu mẫu có nhiều nhất 96 trường",
                                                  "a form has at most 96 fields"));
    }
    enum wsync_err err = read_type(survey, &field, error);
    if (err == WSYNC_OK) {
        err = read_words(sheet, &field, error);
    }
    if (err == WSYNC_OK) {
        err = read_yes_no(sheet, REQUIRED, &field.required, error);
    }
    if (err == WSYNC_OK) {
        err = read_yes_no(sheet, PERSONAL, &field.personal, error);
    }
    if (err == WSYNC_OK && field.type != 0) {
        err = read_kind(sheet, &field, error);
    }
    if (err == WSYNC_OK) {
        err = check_new(survey, &field, error);
    }
    if (err == WSYNC_OK) {
        insert(survey, &field);
    }
    return err;
}

static void close_survey(struct survey **survey)
{
    if (*survey) {
        wsync_sheet_close(&(*survey)->sheet);
    }
}

enum wsync_err wsync_survey_read(const struct wsync_xlsform_files *files,
                                 struct wsync_arena *arena, struct wsync_lists *lists,
                                 struct wsync_xlsform *read, struct wsync_error *error)
{
    __attribute__((cleanup(close_survey))) struct survey *survey =
        wsync_arena_get(arena, sizeof *survey);
    if (!survey) {
        return wsync_error_set(error, WSYNC_ERR_MEMORY, "%s",
                               wsync_err_text(WSYNC_ERR_MEMORY, WSYNC_EN));
    }
    survey->lists = lists;
    survey->sheet = (struct wsync_sheet){.name = "survey.csv",
                                         .path = files->survey,
                                         .files = files,
                                         .columns = WSYNC_SURVEY_SHEET,
                                         .column_count = COLUMNS,
                                         .arena = arena};
    enum wsync_err err = wsync_sheet_open(&survey->sheet, error);
    if (err != WSYNC_OK) {
        return err;
    }
    while (err == WSYNC_OK) {
        err = wsync_sheet_next(&survey->sheet, error);
        if (err == WSYNC_OK) {
            err = read_field(survey, error);
        }
    }
    read->form.fields = survey->fields;
    read->form.field_count = survey->count;
    read->lines = survey->lines;
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}
