/* SPDX-License-Identifier: Apache-2.0 */
/* Forms as folders of sheets: what compiles, and each refusal with its sentence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/xlsform.h"
#include "tests/scratch.h"

#define LABELS "label::Tiếng Việt (vi),label::English (en)"
#define SETTINGS_HEADER \
    "form_id,form_number,version,form_title::Tiếng Việt (vi),form_title::English (en)," \
    "date_field,unit_field\n"
#define SURVEY_HEADER \
    "type,name,number," LABELS ",hint::Tiếng Việt (vi),hint::English (en),required,minimum," \
    "maximum,digits,aggregate,personal\n"
#define CHOICES_HEADER "list_name,name,number," LABELS "\n"

static const char SETTINGS[] = SETTINGS_HEADER "drain,21,3,Điểm úng ngập,Flooding point,date,"
                                               "unit\n";
static const char SURVEY[] = SURVEY_HEADER
    "decimal,depth_m,4,Độ sâu (m),Depth (m),ước lượng,estimate,no,0,2.50,2,sum,\n"
    "date,date,1,Ngày,Date,,,yes,2020-01-01,,,,\n"
    ",,,,,,,,,,,,\n"
    "unit,unit,2,Tổ dân phố,Group,,,yes,,,,none,no\n"
    "select_one cause,cause,7,Nguyên nhân,Cause,,,,,,,count,\n"
    "select_multiple cause,other,8,Nguyên nhân khác,Other causes,,,,,,,,\n"
    "text,reporter,9,Người báo,Reported by,,,,,,,,yes\n";
static const char CHOICES[] = CHOICES_HEADER "cause,rain,2,Mưa,Rain\n"
                                             "cause,blocked,1,Cống tắc,Blocked drain\n";

static struct wsync_scratch scratch;
static _Alignas(16) uint8_t block[1 << 18];
static struct wsync_arena arena;

static int open_scratch(void **state)
{
    (void)state;
    wsync_scratch_open(&scratch);
    return 0;
}

static int close_scratch(void **state)
{
    (void)state;
    wsync_scratch_close(&scratch);
    return 0;
}

static void write_sheet(const char *name, const char *content)
{
    char path[WSYNC_SCRATCH_PATH_BYTES];
    wsync_scratch_path(&scratch, name, path);
    if (!content) {
        unlink(path);
        return;
    }
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(fputs(content, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* Compiles a folder of three sheets; NULL: no such sheet. */
static enum wsync_err compile(const char *settings, const char *survey, const char *choices,
                              struct wsync_form *form, struct wsync_error *error)
{
    write_sheet("settings.csv", settings);
    write_sheet("survey.csv", survey);
    write_sheet("choices.csv", choices);
    wsync_arena_init(&arena, block, sizeof block);
    return wsync_xlsform_compile(scratch.path, &arena, form, error);
}

static void assert_refused(const char *settings, const char *survey, const char *choices,
                           const char *sentence)
{
    struct wsync_form form;
    struct wsync_error error = {""};
    assert_int_equal(compile(settings, survey, choices, &form, &error), WSYNC_ERR_VALUE);
    assert_string_equal(error.text, sentence);
}

static void assert_row_refused(const char *row, const char *sentence)
{
    char survey[1024];
    snprintf(survey, sizeof survey, "%s%s\n", SURVEY, row);
    assert_refused(SETTINGS, survey, CHOICES, sentence);
}

static void assert_choice_refused(const char *row, const char *sentence)
{
    char choices[1024];
    snprintf(choices, sizeof choices, "%s%s\n", CHOICES, row);
    assert_refused(SETTINGS, SURVEY, choices, sentence);
}

static void assert_settings_refused(const char *row, const char *sentence)
{
    char settings[1024];
    snprintf(settings, sizeof settings, "%s%s\n", SETTINGS_HEADER, row);
    assert_refused(settings, SURVEY, CHOICES, sentence);
}

static void assert_text(struct wsync_slice text, const char *expected)
{
    assert_true(wsync_slice_equal(text, wsync_slice_of(expected)));
}

static void test_a_whole_form(void **state)
{
    (void)state;
    struct wsync_form form;
    struct wsync_error error = {""};
    enum wsync_err err = compile(SETTINGS, SURVEY, CHOICES, &form, &error);
    assert_string_equal(error.text, "");
    assert_int_equal(err, WSYNC_OK);
    assert_int_equal(form.number, 21);
    assert_int_equal(form.version, 3);
    assert_text(form.name, "drain");
    assert_text(form.title_vi, "Điểm úng ngập");
    assert_text(form.title_en, "Flooding point");
    assert_int_equal(form.date_field, 1);
    assert_int_equal(form.subject_field, 2);
    assert_int_equal(form.field_count, 6);
    const struct wsync_field *fields = form.fields;
    assert_true(fields[0].type == WSYNC_TYPE_DATE && fields[0].required);
    assert_true(fields[0].has_min && fields[0].min == 18262 && !fields[0].has_max);
    assert_true(fields[1].type == WSYNC_TYPE_UNIT && !fields[1].personal);
    assert_text(fields[2].name, "depth_m");
    assert_text(fields[2].label_vi, "Độ sâu (m)");
    assert_text(fields[2].hint_en, "estimate");
    assert_true(fields[2].type == WSYNC_TYPE_DECIMAL && fields[2].digits == 2);
    assert_true(fields[2].has_min && fields[2].min == 0);
    assert_true(fields[2].has_max && fields[2].max == 250);
    assert_int_equal(fields[2].aggregate, WSYNC_AGGREGATE_SUM);
    assert_int_equal(fields[3].aggregate, WSYNC_AGGREGATE_COUNT);
    assert_int_equal(fields[3].choice_count, 2);
    assert_text(fields[3].choices[0].name, "blocked");
    assert_text(fields[3].choices[1].label_vi, "Mưa");
    assert_int_equal(fields[4].type, WSYNC_TYPE_CHOICES);
    assert_int_equal(fields[4].choice_count, 2);
    assert_true(fields[5].personal);
}

static void test_every_plain_type(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        enum wsync_type type;
    } ROWS[] = {{"text", WSYNC_TYPE_TEXT}, {"integer", WSYNC_TYPE_INTEGER},
                {"date", WSYNC_TYPE_DATE}, {"time", WSYNC_TYPE_TIME},
                {"dateTime", WSYNC_TYPE_DATETIME}, {"geopoint", WSYNC_TYPE_GEOPOINT},
                {"boolean", WSYNC_TYPE_BOOLEAN}, {"unit", WSYNC_TYPE_UNIT},
                {"image", WSYNC_TYPE_PHOTO}, {"file", WSYNC_TYPE_PHOTO}};
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        char survey[512];
        struct wsync_form form;
        snprintf(survey, sizeof survey, "type,name,number," LABELS "\n%s,x,1,X,X\n",
                 ROWS[i].word);
        assert_int_equal(
            compile(SETTINGS_HEADER "drain,21,3,a,b,,\n", survey, NULL, &form, NULL), WSYNC_OK);
        assert_int_equal(form.fields[0].type, ROWS[i].type);
    }
}

#define PHOTO_HEADER "type,name,number," LABELS ",required,personal,parameters\n"

static void assert_photo_refused(const char *row, const char *sentence)
{
    char survey[512];
    snprintf(survey, sizeof survey, PHOTO_HEADER "%s\n", row);
    assert_refused(SETTINGS_HEADER "drain,21,3,a,b,,\n", survey, NULL, sentence);
}

static void test_photos(void **state)
{
    (void)state;
    struct wsync_form form;
    struct wsync_error error = {""};
    enum wsync_err err = compile(SETTINGS_HEADER "drain,21,3,a,b,,\n",
                                 PHOTO_HEADER
                                 "image,a,1,A,A,yes,,max-bytes=2000000  max-pixels=1600\n"
                                 "file,b,2,B,B,,,max-bytes=8388608\nimage,c,3,C,C,,,\n",
                                 NULL, &form, &error);
    assert_string_equal(error.text, "");
    assert_int_equal(err, WSYNC_OK);
    const struct wsync_field *fields = form.fields;
    assert_int_equal(fields[0].photo_bytes_max, 2000000);
    assert_int_equal(fields[0].photo_pixels_max, 1600);
    assert_int_equal(wsync_field_photo_kinds(&fields[0]), WSYNC_PHOTO_KINDS_PICTURES);
    assert_int_equal(fields[1].photo_bytes_max, 8388608);
    assert_int_equal(fields[1].photo_pixels_max, 0);
    assert_int_equal(fields[1].photo_kinds, WSYNC_PHOTO_KINDS_ALL);
    assert_int_equal(wsync_field_photo_bytes(&fields[2]), WSYNC_BLOB_BYTES_MAX);

    assert_photo_refused("text,a,1,A,A,,,max-pixels=1600",
                         "survey.csv row 2, column parameters: only image and file have "
                         "parameters.");
    assert_photo_refused("image,a,1,A,A,,yes,",
                         "survey.csv row 2, column personal: a photo cannot be personal.");
    assert_photo_refused("image,a,1,A,A,,,max-bytes=8388609",
                         "survey.csv row 2, column parameters: \"max-bytes=8388609\" needs a "
                         "number from 1 to 8388608.");
    assert_photo_refused("image,a,1,A,A,,,max-pixels=0",
                         "survey.csv row 2, column parameters: \"max-pixels=0\" needs a number "
                         "from 1 to 65535.");
    assert_photo_refused("image,a,1,A,A,,,max-pixels=",
                         "survey.csv row 2, column parameters: \"max-pixels=\" needs a number "
                         "from 1 to 65535.");
    assert_photo_refused("image,a,1,A,A,,,quality=90",
                         "survey.csv row 2, column parameters: \"quality=90\" is neither "
                         "max-pixels=NUMBER nor max-bytes=NUMBER.");
    assert_photo_refused("image,a,1,A,A,,,max-pixels=1 max-pixels=2",
                         "survey.csv row 2, column parameters: max-pixels= is given twice.");
}

/* macOS writes decomposed letters, spreadsheets blanks and semicolons. */
static void test_other_spellings_of_the_sheets(void **state)
{
    (void)state;
    struct wsync_form form;
    struct wsync_error error = {""};
    const char *survey = "\xEF\xBB\xBFtype;name;number;label::Tie\xCC\x82\xCC\x81ng "
                         "Vie\xCC\xA3\xCC\x82t (vi);label::English (en)\r\n"
                         " date ; date;1 ;Nga\xCC\x80y;Date\r\nunit;unit;2;Tổ;Group\r\n";
    enum wsync_err err = compile(SETTINGS, survey, NULL, &form, &error);
    assert_string_equal(error.text, "");
    assert_int_equal(err, WSYNC_OK);
    assert_text(form.fields[0].label_vi, "Ngày");
}

static void test_sheets_that_are_missing(void **state)
{
    (void)state;
    struct wsync_form form;
    struct wsync_error error = {""};
    assert_int_equal(compile(NULL, SURVEY, CHOICES, &form, &error), WSYNC_ERR_NOT_FOUND);
    assert_string_equal(error.text, "settings.csv: The file cannot be opened: No such file or "
                                    "directory.");
    assert_int_equal(compile(SETTINGS, NULL, CHOICES, &form, &error), WSYNC_ERR_NOT_FOUND);
    assert_string_equal(error.text, "survey.csv: The file cannot be opened: No such file or "
                                    "directory.");
    assert_refused(SETTINGS, SURVEY, NULL,
                   "survey.csv row 6, column type: the list \"cause\" is "
                   "not in choices.csv.");
    assert_refused(SETTINGS, "", CHOICES, "survey.csv: The file is empty.");
    assert_refused(SETTINGS, "a,b\n1\n", CHOICES,
                   "survey.csv row 1, column a: this column is not supported.");
    assert_refused(SETTINGS, SURVEY_HEADER "text,x\n", CHOICES,
                   "survey.csv: Row 2: it has 2 columns, the header has 13.");
    assert_refused(SETTINGS, SURVEY_HEADER, NULL, "settings.csv row 2, column date_field: "
                                                  "\"date\" is not in survey.csv.");
    assert_refused(SETTINGS_HEADER "drain,21,3,a,b,,\n", SURVEY_HEADER, NULL,
                   "Form 21: it must have 1 to 96 fields.");
}

static void test_columns(void **state)
{
    (void)state;
    assert_refused(SETTINGS, "type,name,number," LABELS ",calculation\n", CHOICES,
                   "survey.csv row 1, column calculation: this column is not supported.");
    assert_refused(SETTINGS, "\ntype,name,number,label::English (en)\n", CHOICES,
                   "survey.csv row 2, column label::Tiếng Việt (vi): this column is missing.");
    assert_refused(SETTINGS, SURVEY, "list_name,name," LABELS ",filter\n",
                   "choices.csv row 1, column filter: this column is not supported.");
    assert_refused("form_id,version\n", SURVEY, CHOICES,
                   "settings.csv row 1, column form_number: this column is missing.");
    assert_refused("form_id,style\n", SURVEY, CHOICES,
                   "settings.csv row 1, column style: this column is not supported.");
}

static void test_types(void **state)
{
    (void)state;
    static const char *const UNKNOWN[] = {"calculate", "note", "audio", "begin_repeat",
                                          "begin group", "Integer", "integer x", ""};
    for (size_t i = 0; i < sizeof UNKNOWN / sizeof *UNKNOWN; i++) {
        char row[128], sentence[128];
        snprintf(row, sizeof row, "%s,x,20,X,X,,,,,,,,", UNKNOWN[i]);
        snprintf(sentence, sizeof sentence,
                 "survey.csv row 9, column type: \"%s\" is not a supported type.", UNKNOWN[i]);
        assert_row_refused(row, sentence);
    }
    assert_row_refused("select_one nothing,x,20,X,X,,,,,,,,",
                       "survey.csv row 9, column type: the list \"nothing\" is not in "
                       "choices.csv.");
    assert_row_refused("select_one,x,20,X,X,,,,,,,,",
                       "survey.csv row 9, column type: the list \"\" is not in choices.csv.");
    assert_row_refused("select_one cause or_other,x,20,X,X,,,,,,,,",
                       "survey.csv row 9, column type: the list \"cause or_other\" is not in "
                       "choices.csv.");
}

static void test_names_numbers_labels(void **state)
{
    (void)state;
    assert_row_refused("text,Reporter,20,X,X,,,,,,,,",
                       "survey.csv row 9, column name: \"Reporter\" is not a name: a-z, then "
                       "a-z, 0-9 and _, at most 64.");
    assert_row_refused("text,,20,X,X,,,,,,,,",
                       "survey.csv row 9, column name: \"\" is not a name: a-z, then a-z, 0-9 "
                       "and _, at most 64.");
    assert_row_refused("text,depth_m,20,X,X,,,,,,,,",
                       "survey.csv row 9, column name: \"depth_m\" stands in row 2 already.");
    assert_row_refused("text,x,4,X,X,,,,,,,,",
                       "survey.csv row 9, column number: \"4\" stands in row 2 already.");
    static const char *const NUMBERS[] = {"", "0", "4096", "1.5", "-1", "x", "99999999999"};
    for (size_t i = 0; i < sizeof NUMBERS / sizeof *NUMBERS; i++) {
        char row[128], sentence[128];
        snprintf(row, sizeof row, "text,x,%s,X,X,,,,,,,,", NUMBERS[i]);
        snprintf(sentence, sizeof sentence,
                 "survey.csv row 9, column number: \"%s\" is not a number from 1 to 4095.",
                 NUMBERS[i]);
        assert_row_refused(row, sentence);
    }
    assert_row_refused(
        "text,x,20,,X,,,,,,,,",
        "survey.csv row 9, column label::Tiếng Việt (vi): it must not be empty.");
    assert_row_refused("text,x,20,X, ,,,,,,,,",
                       "survey.csv row 9, column label::English (en): it must not be empty.");
    assert_row_refused("text,x,20,X,\"two\nlines\",,,,,,,,",
                       "survey.csv row 9, column label::English (en): it must be one line of "
                       "text.");
    assert_row_refused("text,x,20,X,X,a\tb,,,,,,,",
                       "survey.csv row 9, column hint::Tiếng Việt (vi): it must be one line of "
                       "text.");
}

static void test_rules(void **state)
{
    (void)state;
    assert_row_refused("text,x,20,X,X,,,maybe,,,,,",
                       "survey.csv row 9, column required: \"maybe\" is neither yes nor no.");
    assert_row_refused("text,x,20,X,X,,,,,,,,true",
                       "survey.csv row 9, column personal: \"true\" is neither yes nor no.");
    assert_row_refused("decimal,x,20,X,X,,,,,,,,",
                       "survey.csv row 9, column digits: \"\" is not a number from 1 to 9.");
    assert_row_refused("decimal,x,20,X,X,,,,,,10,,",
                       "survey.csv row 9, column digits: \"10\" is not a number from 1 to 9.");
    assert_row_refused("integer,x,20,X,X,,,,,,1,,",
                       "survey.csv row 9, column digits: only a decimal has digits.");
    assert_row_refused("text,x,20,X,X,,,,1,,,,",
                       "survey.csv row 9, column minimum: only integer, decimal and date have "
                       "limits.");
    assert_row_refused("integer,x,20,X,X,,,,,1.5,,,",
                       "survey.csv row 9, column maximum: \"1.5\" is not a whole number.");
    assert_row_refused("date,x,20,X,X,,,,1/2,,,,",
                       "survey.csv row 9, column minimum: \"1/2\" is not a date of the years "
                       "1900 to 2199; write 2022-04-16 or 16/04/2022.");
    assert_row_refused("integer,x,20,X,X,,,,5,4,,,",
                       "survey.csv row 9, column maximum: it is below the minimum.");
    assert_row_refused("integer,x,20,X,X,,,,,,,mean,",
                       "survey.csv row 9, column aggregate: \"mean\" is none of none, sum and "
                       "count.");
    assert_row_refused("date,x,20,X,X,,,,,,,sum,",
                       "survey.csv row 9, column aggregate: only integer and decimal can be "
                       "summed.");
    assert_row_refused("integer,x,20,X,X,,,,,,,count,",
                       "survey.csv row 9, column aggregate: only selections and boolean can be "
                       "counted.");
    assert_row_refused(
        "integer,x,20,X,X,,,,,,,sum,yes",
        "survey.csv row 9, column aggregate: personal data never enters totals.");
}

static void test_choices(void **state)
{
    (void)state;
    assert_choice_refused(
        "cause,rain,3,X,X",
        "choices.csv row 4, column name: \"rain\" stands in row 2 of the list "
        "already.");
    assert_choice_refused("cause,tide,1,X,X",
                          "choices.csv row 4, column number: \"1\" stands in row 3 of the list "
                          "already.");
    assert_choice_refused("cause,tide,0,X,X",
                          "choices.csv row 4, column number: \"0\" is not a number from 1 to "
                          "4095.");
    assert_choice_refused(
        "cause,the tide,3,X,X",
        "choices.csv row 4, column name: \"the tide\" is not a name: a-z, then "
        "a-z, 0-9 and _, at most 64.");
    assert_choice_refused(
        "cause,tide,3,X,",
        "choices.csv row 4, column label::English (en): it must not be empty.");
    assert_choice_refused(",tide,3,X,X",
                          "choices.csv row 4, column list_name: \"\" is not a name: a-z, then "
                          "a-z, 0-9 and _, at most 64.");
    assert_choice_refused("cuase,tide,1,X,X",
                          "choices.csv row 4, column list_name: no question uses the list "
                          "cuase.");
}

static void test_settings(void **state)
{
    (void)state;
    assert_settings_refused("", "settings.csv: there is no row.");
    assert_settings_refused("Drain,21,3,a,b,date,unit",
                            "settings.csv row 2, column form_id: \"Drain\" is not a name: a-z, "
                            "then a-z, 0-9 and _, at most 64.");
    assert_settings_refused(
        "drain,15,3,a,b,date,unit",
        "settings.csv row 2, column form_number: numbers below 16 belong to "
        "the built-in forms.");
    assert_settings_refused("drain,21,v3,a,b,date,unit",
                            "settings.csv row 2, column version: \"v3\" is not a number from 1 "
                            "to 4294967295.");
    assert_settings_refused(
        "drain,21,3,,b,date,unit",
        "settings.csv row 2, column form_title::Tiếng Việt (vi): it must not "
        "be empty.");
    assert_settings_refused("drain,21,3,a,b,day,unit",
                            "settings.csv row 2, column date_field: \"day\" is not in "
                            "survey.csv.");
    assert_settings_refused("drain,21,3,a,b,unit,unit",
                            "settings.csv row 2, column date_field: \"unit\" must be of type "
                            "date and not personal.");
    assert_settings_refused("drain,21,3,a,b,date,date",
                            "settings.csv row 2, column unit_field: \"date\" must be of type "
                            "unit and not personal.");
    assert_settings_refused("drain,21,3,a,b,,unit",
                            "settings.csv row 2, column date_field: a form with totals needs a "
                            "date field.");
    assert_settings_refused("drain,21,3,a,b,date,unit\nother,22,3,a,b,date,unit",
                            "settings.csv row 3, column form_id: there must be one row of "
                            "settings.");
}

static void test_too_many(void **state)
{
    (void)state;
    static char survey[16384], choices[32768];
    snprintf(survey, sizeof survey, "type,name,number," LABELS "\n");
    for (int i = 1; i <= 97; i++) {
        snprintf(survey + strlen(survey), 64, "text,f%d,%d,X,X\n", i, i);
    }
    assert_refused(
        "form_id,form_number,version,form_title::Tiếng Việt (vi),form_title::English "
        "(en)\ndrain,21,3,a,b\n",
        survey, NULL, "survey.csv row 98, column type: a form has at most 96 fields.");
    snprintf(choices, sizeof choices, CHOICES_HEADER);
    for (int i = 1; i <= 257; i++) {
        snprintf(choices + strlen(choices), 64, "cause,c%d,%d,X,X\n", i, i);
    }
    assert_refused(SETTINGS, SURVEY, choices,
                   "choices.csv row 258, column list_name: a form has "
                   "at most 256 choices.");
    choices[strlen(choices) - strlen("cause,c257,257,X,X\n")] = '\0';
    assert_refused(SETTINGS, SURVEY, choices, "Form 21: it has more than 256 choices.");
}

/* Reads the three sheets for all that is wrong with them. */
static void find_all(struct wsync_form_findings *findings, enum wsync_language language)
{
    static struct wsync_xlsform_folder paths;
    struct wsync_xlsform_files files;
    struct wsync_xlsform read;
    struct wsync_error error = {""};
    *findings = (struct wsync_form_findings){.count = 0};
    wsync_arena_init(&arena, block, sizeof block);
    assert_int_equal(wsync_xlsform_find(scratch.path, &paths, &files, &error), WSYNC_OK);
    files.language = language;
    files.findings = findings;
    assert_int_equal(wsync_xlsform_read(&files, &arena, &read, &error), WSYNC_OK);
}

/* Everything that is wrong is told at once, each with its cell, and a refused cell makes no
 * finding of another one. */
static void test_all_findings(void **state)
{
    (void)state;
    static struct wsync_form_findings findings;
    static const struct {
        const char *sheet, *column;
        uint64_t line;
        const char *what;
    } EXPECTED[] = {
        {"settings.csv", "version", 2, "\"x\" không phải là số từ 1 đến 4294967295."},
        {"choices.csv", "number", 2, "\"0\" không phải là số từ 1 đến 4095."},
        {"choices.csv", "", 4, "dòng có 2 cột, dòng đầu có 5."},
        {"survey.csv", "type", 2, "\"integre\" không phải là kiểu dùng được."},
        {"survey.csv", "name", 2, "\"a b\" không phải là tên: a-z, rồi a-z, 0-9 và _, nhiều "
                                  "nhất 64."},
        {"survey.csv", "required", 2, "\"maybe\" không phải yes hay no."},
        {"survey.csv", "name", 3, "\"O K\" không phải là tên: a-z, rồi a-z, 0-9 và _, nhiều "
                                  "nhất 64."},
        {"survey.csv", "minimum", 4,
         "“x” không phải là số; viết như 1234.5 hoặc 1.234,5."},
        {"survey.csv", "type", 5, "danh sách \"nowhere\" không có trong choices.csv."},
        {"settings.csv", "date_field", 2, "\"never\" không có trong survey.csv."},
    };
    write_sheet("settings.csv", SETTINGS_HEADER "drain,21,x,Điểm,Point,never,\n");
    write_sheet("survey.csv", SURVEY_HEADER
                "integre,a b,1,Một,One,,,maybe,3,,2,sum,\n"
                "text,O K,2,Hai,Two,,,,,,,,\n"
                "integer,n,3,Ba,Three,,,,x,,,sum,\n"
                "select_one nowhere,k,4,Bốn,Four,,,,,,,count,\n");
    write_sheet("choices.csv", CHOICES_HEADER "cause,rain,0,Mưa,Rain\n"
                                              "cause,sun,2,Nắng,Sun\n"
                                              "cause,x\n");
    find_all(&findings, WSYNC_VI);
    assert_int_equal(findings.count, sizeof EXPECTED / sizeof *EXPECTED);
    assert_int_equal(findings.count, sizeof EXPECTED / sizeof *EXPECTED);
    for (size_t i = 0; i < findings.count; i++) {
        const struct wsync_form_finding *item = &findings.items[i];
        assert_string_equal(item->sheet, EXPECTED[i].sheet);
        assert_string_equal(item->column, EXPECTED[i].column);
        assert_int_equal(item->line, EXPECTED[i].line);
        assert_string_equal(item->what.text, EXPECTED[i].what);
    }
}

/* More than are kept are counted; sheets that cannot be read are one finding each. */
static void test_many_findings(void **state)
{
    (void)state;
    static struct wsync_form_findings findings;
    static char survey[1 << 14];
    size_t used = (size_t)snprintf(survey, sizeof survey, "%s", SURVEY_HEADER);
    for (int i = 0; i < 40; i++) {
        used += (size_t)snprintf(survey + used, sizeof survey - used,
                                 "nothing,f%d,%d,Một,One,,,,,,,,\n", i, i + 1);
    }
    write_sheet("settings.csv", SETTINGS);
    write_sheet("survey.csv", survey);
    write_sheet("choices.csv", NULL);
    find_all(&findings, WSYNC_EN);
    assert_int_equal(findings.count, 42); /* with the two fields the settings name */
    assert_int_equal(findings.items[WSYNC_FORM_FINDINGS_MAX - 1].line, 33);
    write_sheet("settings.csv", "form_id\n");
    write_sheet("survey.csv", "");
    find_all(&findings, WSYNC_EN);
    assert_int_equal(findings.count, 5); /* the columns of the settings, and the survey */
    assert_string_equal(findings.items[0].column, "form_number");
    assert_string_equal(findings.items[4].what.text, "The file is empty.");
    write_sheet("settings.csv", SETTINGS);
    write_sheet("survey.csv", SURVEY_HEADER);
    find_all(&findings, WSYNC_EN);
    assert_string_equal(findings.items[0].what.text, "\"date\" is not in survey.csv.");
}

static void test_small_arenas(void **state)
{
    (void)state;
    struct wsync_form form;
    struct wsync_error error;
    assert_int_equal(compile(SETTINGS, SURVEY, CHOICES, &form, &error), WSYNC_OK);
    enum wsync_err err = WSYNC_ERR_MEMORY;
    for (size_t size = 0; err != WSYNC_OK; size += 512) {
        assert_true(size <= sizeof block);
        wsync_arena_init(&arena, block, size);
        err = wsync_xlsform_compile(scratch.path, &arena, &form, &error);
        assert_true(err == WSYNC_OK || err == WSYNC_ERR_MEMORY);
        assert_true(err == WSYNC_OK || strcmp(error.text, "There is not enough memory.") == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_whole_form),
        cmocka_unit_test(test_every_plain_type),
        cmocka_unit_test(test_photos),
        cmocka_unit_test(test_other_spellings_of_the_sheets),
        cmocka_unit_test(test_sheets_that_are_missing),
        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_names_numbers_labels),
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_choices),
        cmocka_unit_test(test_settings),
        cmocka_unit_test(test_too_many),
        cmocka_unit_test(test_all_findings),
        cmocka_unit_test(test_many_findings),
        cmocka_unit_test(test_small_arenas),
    };
    return cmocka_run_group_tests(tests, open_scratch, close_scratch);
}
