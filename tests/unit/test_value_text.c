/* SPDX-License-Identifier: Apache-2.0 */
/* Text to values and back: every type, every style, each refusal with its sentence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "host/value_text.h"
#include "wardsync/calendar.h"

#define TEXT(literal) {.data = (const uint8_t *)(literal), .len = sizeof(literal) - 1}
#define COUNT(array) (sizeof(array) / sizeof *(array))

static _Alignas(16) uint8_t block[1 << 18];
static struct wsync_arena arena;

static const struct wsync_choice KINDS[] = {
    {2, TEXT("waste"), TEXT("Rác thải"), TEXT("Waste")},
    {3, TEXT("road_side"), TEXT("Lòng đường"), TEXT("Roadway")},
    {5, TEXT("clean"), TEXT("Sạch"), TEXT("Clean")},
    {8, TEXT("book"), TEXT("Sách"), TEXT("Books")},
};

static struct wsync_field field_of(enum wsync_type type, uint32_t digits)
{
    struct wsync_field field = {
        .number = 1, .type = type, .digits = digits, .name = wsync_slice_of("thing")};
    if (type == WSYNC_TYPE_CHOICE || type == WSYNC_TYPE_CHOICES) {
        field.choices = KINDS;
        field.choice_count = COUNT(KINDS);
    }
    return field;
}

static enum wsync_err find_unit(void *context, struct wsync_slice text, uint32_t *unit)
{
    *unit = *(const uint32_t *)context;
    if (wsync_slice_equal(text, wsync_slice_of("Tổ dân phố 1"))) {
        return WSYNC_ERR_INVALID;
    }
    if (wsync_slice_equal(text, wsync_slice_of("disk"))) {
        return WSYNC_ERR_STORE_IO;
    }
    return wsync_slice_equal(text, wsync_slice_of("00115")) ? WSYNC_OK : WSYNC_ERR_NOT_FOUND;
}

static enum wsync_err parse(const struct wsync_field *field, const char *text, bool by_program,
                            struct wsync_value *value, struct wsync_error *error)
{
    wsync_arena_init(&arena, block, sizeof block);
    const struct wsync_value_reader reader = {.arena = &arena, .point_is_decimal = by_program};
    return wsync_value_parse(&reader, field, wsync_slice_of(text), value, error);
}

static void assert_reads(struct wsync_field field, const char *text, int64_t expected)
{
    struct wsync_value value;
    struct wsync_error error = {""};
    enum wsync_err err = parse(&field, text, false, &value, &error);
    assert_string_equal(error.text, "");
    assert_int_equal(err, WSYNC_OK);
    assert_int_equal(value.class, WSYNC_CLASS_INTEGER);
    assert_true(value.integer == expected);
}

static void assert_refuses(struct wsync_field field, const char *text, const char *sentence)
{
    struct wsync_value value;
    struct wsync_error error = {""};
    assert_int_equal(parse(&field, text, false, &value, &error), WSYNC_ERR_VALUE);
    assert_string_equal(error.text, sentence);
}

static void test_decimals(void **state)
{
    (void)state;
    struct wsync_field one = field_of(WSYNC_TYPE_DECIMAL, 1), three = one;
    three.digits = 3;
    assert_reads(one, "1.234,5", 12345);
    assert_reads(one, "1234.5", 12345);
    assert_reads(one, "1234,5", 12345);
    assert_reads(one, " -1.234.567,8 ", -12345678);
    assert_reads(one, "+3", 30);
    assert_reads(one, "\xC2\xA0" "12,50", 125);
    assert_reads(one, "1.234.567", 12345670);
    assert_reads(one, "1.234,000", 12340);
    assert_reads(one, "0.500", 5);
    assert_reads(one, "1234.500", 12345);
    assert_reads(three, "1,234", 1234);
    assert_reads(three, "0.125", 125);
    assert_reads(three, "9.223.372.036.854.775,807", INT64_MAX);
}

static void test_refused_decimals(void **state)
{
    (void)state;
    static const char *const WRONG[] = {
        "x",       "1 234",      "1.23.4",    "1,2,3",     ".5",  "5.",  ",5",
        "-",       "1.2345.678", "12.3456,7", "1..2",      "1e5", "--1", "1,5kg",
        "1,234.5", "1234.567,8", "0.123,4",   "0.123.456", "１"};
    struct wsync_field one = field_of(WSYNC_TYPE_DECIMAL, 1);
    for (size_t i = 0; i < COUNT(WRONG); i++) {
        char sentence[200];
        snprintf(sentence, sizeof sentence,
                 "Field thing: \"%s\" is not a number; write it like 1234.5 or 1.234,5.",
                 WRONG[i]);
        assert_refuses(one, WRONG[i], sentence);
    }
    assert_refuses(one, "1.234", "Field thing: \"1.234\" can be read in two ways; write it "
                                 "without the point, or with a comma for the decimals.");
    assert_refuses(one, "1,234", "Field thing: \"1,234\" can be read in two ways; write it "
                                 "without a comma.");
    assert_refuses(one, "1.25",
                   "Field thing: \"1.25\" has more digits behind the point than the "
                   "field takes.");
    assert_refuses(one, "922337203685477580,8",
                   "Field thing: \"922337203685477580,8\" is too large.");
    one.personal = true;
    assert_refuses(one, "secret",
                   "Field thing: the value is not a number; write it like 1234.5 "
                   "or 1.234,5.");
}

static void test_integers(void **state)
{
    (void)state;
    struct wsync_field field = field_of(WSYNC_TYPE_INTEGER, 0);
    assert_reads(field, "1.234", 1234);
    assert_reads(field, "007", 7);
    assert_reads(field, "12.0", 12);
    assert_reads(field, "12,00", 12);
    assert_reads(field, "-9223372036854775808", INT64_MIN);
    assert_reads(field, "9223372036854775807", INT64_MAX);
    assert_refuses(field, "9223372036854775808",
                   "Field thing: \"9223372036854775808\" is too large.");
    assert_refuses(field, "1,5", "Field thing: \"1,5\" is not a whole number.");
    assert_refuses(field, "12,000", "Field thing: \"12,000\" can be read in two ways; write it "
                                    "without a comma.");
    field.has_max = true;
    field.max = 10;
    assert_refuses(field, "11", "Field thing: 11 is above the largest value allowed, 10.");
}

static void test_numbers_of_programs(void **state)
{
    (void)state;
    struct wsync_field field = field_of(WSYNC_TYPE_DECIMAL, 3);
    struct wsync_value value;
    struct wsync_error error;
    assert_int_equal(parse(&field, "1.234", true, &value, &error), WSYNC_OK);
    assert_int_equal(value.integer, 1234);
    assert_int_equal(parse(&field, "1,234", true, &value, &error), WSYNC_ERR_VALUE);
    assert_int_equal(parse(&field, "1.234.567", true, &value, &error), WSYNC_ERR_VALUE);
}

static void test_days_and_times(void **state)
{
    (void)state;
    struct wsync_field date = field_of(WSYNC_TYPE_DATE, 0), time = field_of(WSYNC_TYPE_TIME, 0);
    assert_reads(date, "2022-04-16", 19098);
    assert_reads(date, "16/04/2022", 19098);
    assert_reads(date, "4/1/2022", 18996);
    static const char *const WRONG[] = {"2022-4-16", "16-04-2022", "04/16/2022", "31/02/2022",
                                        "16/04/22", "2022-04-16T00:00", "1899-12-31", "today"};
    for (size_t i = 0; i < COUNT(WRONG); i++) {
        char sentence[200];
        snprintf(sentence, sizeof sentence,
                 "Field thing: \"%s\" is not a date of the years 1900 to 2199; write "
                 "2022-04-16 or 16/04/2022.",
                 WRONG[i]);
        assert_refuses(date, WRONG[i], sentence);
    }
    assert_reads(time, "07:30", 450);
    assert_reads(time, "7:30", 450);
    assert_reads(time, "23:59", 1439);
    assert_refuses(time, "24:00", "Field thing: \"24:00\" is not a time; write 07:30.");
    assert_refuses(time, "7h30", "Field thing: \"7h30\" is not a time; write 07:30.");
    assert_refuses(time, "7:60", "Field thing: \"7:60\" is not a time; write 07:30.");
    assert_refuses(time, "7:5", "Field thing: \"7:5\" is not a time; write 07:30.");
}

static void test_moments(void **state)
{
    (void)state;
    struct wsync_field field = field_of(WSYNC_TYPE_DATETIME, 0);
    assert_reads(field, "2022-04-16T07:30+07:00", 1650069000);
    assert_reads(field, "2022-04-16T00:30:05Z", 1650069005);
    assert_reads(field, "2022-04-16 07:30", 1650069000);
    assert_reads(field, "16/04/2022  07:30:05", 1650069005);
    assert_reads(field, "2022-04-15T19:00-05:30", 1650069000);
    static const char *const WRONG[] = {"2022-04-16", "2022-04-16T", "2022-04-1607:30",
                                        "2022-04-16T07:30+0700", "2022-04-16T07:30:60",
                                        "2022-04-16T07:30+15:00", "2022-04-16T07:30 AM",
                                        "04/12/2018 11:11:26 AM"};
    for (size_t i = 0; i < COUNT(WRONG); i++) {
        char sentence[200];
        snprintf(sentence, sizeof sentence,
                 "Field thing: \"%s\" is not a date and time; write 2022-04-16T07:30+07:00 or "
                 "16/04/2022 07:30.",
                 WRONG[i]);
        assert_refuses(field, WRONG[i], sentence);
    }
}

static void test_one_choice(void **state)
{
    (void)state;
    struct wsync_field field = field_of(WSYNC_TYPE_CHOICE, 0);
    assert_reads(field, "road_side", 3);
    assert_reads(field, "Lòng đường", 3);
    assert_reads(field, "LONG  duong", 3);
    assert_reads(field, "roadway", 3);
    assert_reads(field, "Sạch", 5);
    assert_reads(field, "Sách", 8);
    assert_refuses(field, "sach",
                   "Field thing: \"sach\" fits several choices; write the choice's "
                   "name.");
    assert_refuses(field, "2", "Field thing: \"2\" is none of its choices: waste (Rác thải), "
                               "road_side (Lòng đường), clean (Sạch), book (Sách).");
}

/* A sentence holds 511 bytes: what is written and the choices are cut between characters. */
static void test_long_sentences_are_cut(void **state)
{
    (void)state;
    struct wsync_choice many[40];
    for (uint32_t i = 0; i < COUNT(many); i++) {
        many[i] = KINDS[1];
        many[i].number = i + 1;
    }
    struct wsync_field field = field_of(WSYNC_TYPE_CHOICE, 0);
    field.choices = many;
    field.choice_count = COUNT(many);
    struct wsync_value value;
    struct wsync_error error;
    const char *text = "xờờờờờờờờờờờờờờờờờờờờờờờờờ"; /* 76 bytes */
    assert_int_equal(parse(&field, text, false, &value, &error), WSYNC_ERR_VALUE);
    const char *begins = "Field thing: \"xờờờờờờờờờờờờờờờờờờờ...\" is none of its choices: ";
    assert_memory_equal(error.text, begins, strlen(begins));
    assert_string_equal(error.text + strlen(error.text) - 6, ", ....");
}

static void test_several_choices(void **state)
{
    (void)state;
    struct wsync_field field = field_of(WSYNC_TYPE_CHOICES, 0);
    static const struct {
        const char *text;
        size_t count;
        int64_t items[3];
    } ROWS[] = {
        {"book waste", 2, {2, 8}},          {"waste", 1, {2}},
        {"Lòng đường", 1, {3}},             {"Sách; rac thai ;clean;", 3, {2, 5, 8}},
        {"road_side\tclean", 2, {3, 5}},
    };
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        struct wsync_value value;
        struct wsync_error error;
        assert_int_equal(parse(&field, ROWS[i].text, false, &value, &error), WSYNC_OK);
        assert_int_equal(value.class, WSYNC_CLASS_LIST);
        assert_int_equal(value.item_count, ROWS[i].count);
        assert_memory_equal(value.items, ROWS[i].items, ROWS[i].count * sizeof(int64_t));
    }
    assert_refuses(field, "waste waste", "Field thing: \"waste\" is named twice.");
    assert_refuses(field, "; ;", "Field thing: \"; ;\" names no choice.");
    assert_refuses(field, "waste x",
                   "Field thing: \"x\" is none of its choices: waste (Rác "
                   "thải), road_side (Lòng đường), clean (Sạch), book (Sách).");
}

static void test_places(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t place[2];
    } ROWS[] = {
        {"21.0285,105.8542", {210285000, 1058542000}},
        {"21.0285 , 105.8542", {210285000, 1058542000}},
        {"-21 105.8542", {-210000000, 1058542000}},
        {"21.02850004 105.85420005", {210285000, 1058542001}},
        {"-21.02850005 -0.1234567890123456", {-210285001, -1234568}},
    };
    struct wsync_field field = field_of(WSYNC_TYPE_GEOPOINT, 0);
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        struct wsync_value value;
        struct wsync_error error;
        assert_int_equal(parse(&field, ROWS[i].text, false, &value, &error), WSYNC_OK);
        assert_int_equal(value.item_count, 2);
        assert_memory_equal(value.items, ROWS[i].place, sizeof ROWS[i].place);
    }
    static const char *const WRONG[] = {"21.0285", "21,0285 105,8542", "21 105 3 4", "a,b", ",",
                                        "1000000,1"};
    for (size_t i = 0; i < COUNT(WRONG); i++) {
        char sentence[200];
        snprintf(sentence, sizeof sentence,
                 "Field thing: \"%s\" is not a place; write latitude and longitude like "
                 "21.0285,105.8542.",
                 WRONG[i]);
        assert_refuses(field, WRONG[i], sentence);
    }
    assert_refuses(field, "91,1",
                   "Field thing: latitude is -90 to 90 degrees, longitude -180 to 180.");
}

static void test_booleans(void **state)
{
    (void)state;
    struct wsync_field field = field_of(WSYNC_TYPE_BOOLEAN, 0);
    static const char *const YES[] = {"yes", "Có", "co", "TRUE", "1"};
    static const char *const NO[] = {"no", "Không", "khong", "False", "0"};
    for (size_t i = 0; i < COUNT(YES); i++) {
        assert_reads(field, YES[i], 1);
        assert_reads(field, NO[i], 0);
    }
    assert_refuses(field, "x", "Field thing: \"x\" is neither yes nor no; write yes, no, có, "
                               "không, true, false, 1 or 0.");
}

static void test_units(void **state)
{
    (void)state;
    struct wsync_field field = field_of(WSYNC_TYPE_UNIT, 0);
    struct wsync_value value;
    struct wsync_error error;
    assert_reads(field, "101", 101);
    assert_refuses(field, "Gia Thụy", "Field thing: \"Gia Thụy\" is not a unit id.");
    assert_refuses(field, "0", "Field thing: 0 is not a unit id, 1 to 4294967295.");
    uint32_t id = 77;
    wsync_arena_init(&arena, block, sizeof block);
    const struct wsync_value_reader reader = {
        .arena = &arena, .find_unit = find_unit, .context = &id};
    assert_int_equal(
        wsync_value_parse(&reader, &field, wsync_slice_of(" 00115"), &value, &error), WSYNC_OK);
    assert_int_equal(value.integer, 77);
    assert_int_equal(wsync_value_parse(&reader, &field, wsync_slice_of("x"), &value, &error),
                     WSYNC_ERR_VALUE);
    assert_string_equal(error.text,
                        "Field thing: \"x\" is no unit known here; write its id, its "
                        "code or its name.");
    assert_int_equal(
        wsync_value_parse(&reader, &field, wsync_slice_of("Tổ dân phố 1"), &value, &error),
        WSYNC_ERR_VALUE);
    assert_string_equal(error.text,
                        "Field thing: \"Tổ dân phố 1\" names several units; write the "
                        "unit id.");
    assert_int_equal(wsync_value_parse(&reader, &field, wsync_slice_of("disk"), &value, &error),
                     WSYNC_ERR_STORE_IO);
}

static void test_texts_and_blanks(void **state)
{
    (void)state;
    struct wsync_field field = field_of(WSYNC_TYPE_TEXT, 0);
    struct wsync_value value;
    struct wsync_error error;
    assert_int_equal(parse(&field, " To\xCC\x82\xCC\x89 3\r\n", false, &value, &error),
                     WSYNC_OK);
    assert_true(wsync_slice_equal(value.text, wsync_slice_of(" Tổ 3\n")));
    assert_int_equal(parse(&field, " \t\xC2\xA0\r\n", false, &value, &error), WSYNC_OK);
    assert_int_equal(value.class, WSYNC_CLASS_BLANK);
    assert_refuses(field, "a\xC3", "Field thing: the text is not valid UTF-8.");
    assert_refuses(field, "a\x07", "Field thing: the text holds a control character.");
    field.required = true;
    assert_refuses(field, "", "Field thing: a value is required.");
    assert_refuses(field_of(WSYNC_TYPE_BYTES, 0), "00",
                   "Field thing: \"00\" cannot be written as text.");
    assert_refuses(field_of(WSYNC_TYPE_DATE, 0), "\xFF",
                   "Field thing: the text is not valid UTF-8.");
}

static void test_small_arenas(void **state)
{
    (void)state;
    static const struct {
        enum wsync_type type;
        const char *text;
    } ROWS[] = {{WSYNC_TYPE_TEXT, "Gia Thụy"}, {WSYNC_TYPE_CHOICE, "rac thai"},
                {WSYNC_TYPE_CHOICES, "rac thai; book"}, {WSYNC_TYPE_BOOLEAN, "có"},
                {WSYNC_TYPE_GEOPOINT, "1,1"}};
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        struct wsync_field field = field_of(ROWS[i].type, 0);
        enum wsync_err err = WSYNC_ERR_MEMORY;
        for (size_t size = 0; err != WSYNC_OK; size += 16) {
            assert_true(size < 4096);
            wsync_arena_init(&arena, block, size);
            const struct wsync_value_reader reader = {.arena = &arena};
            struct wsync_value value;
            struct wsync_error error = {""};
            err = wsync_value_parse(&reader, &field, wsync_slice_of(ROWS[i].text), &value,
                                    &error);
            assert_true(err == WSYNC_OK || err == WSYNC_ERR_MEMORY);
            assert_true(size > 0 || err == WSYNC_ERR_MEMORY);
            assert_true(err == WSYNC_OK ||
                        strcmp(error.text, "There is not enough memory.") == 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decimals),
        cmocka_unit_test(test_refused_decimals),
        cmocka_unit_test(test_integers),
        cmocka_unit_test(test_numbers_of_programs),
        cmocka_unit_test(test_days_and_times),
        cmocka_unit_test(test_moments),
        cmocka_unit_test(test_one_choice),
        cmocka_unit_test(test_long_sentences_are_cut),
        cmocka_unit_test(test_several_choices),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_booleans),
        cmocka_unit_test(test_units),
        cmocka_unit_test(test_texts_and_blanks),
        cmocka_unit_test(test_small_arenas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
