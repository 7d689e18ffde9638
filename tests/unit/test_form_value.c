/* SPDX-License-Identifier: Apache-2.0 */
/* Which values a field takes, each refusal with its sentence; legal text; plain decimals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "wardsync/calendar.h"
#include "wardsync/decimal.h"
#include "wardsync/form.h"
#include "wardsync/utf8.h"

static const struct wsync_choice CHOICES[] = {{.number = 1}, {.number = 4}, {.number = 9}};

static struct wsync_field field_of(enum wsync_type type)
{
    struct wsync_field field = {.number = 5, .type = type, .name = wsync_slice_of("thing")};
    if (type == WSYNC_TYPE_CHOICE || type == WSYNC_TYPE_CHOICES) {
        field.choices = CHOICES;
        field.choice_count = 3;
    }
    return field;
}

static struct wsync_value number(int64_t integer)
{
    return (struct wsync_value){.class = WSYNC_CLASS_INTEGER, .integer = integer};
}

static struct wsync_value text(const char *content)
{
    return (struct wsync_value){.class = WSYNC_CLASS_TEXT, .text = wsync_slice_of(content)};
}

static struct wsync_value list(const int64_t *items, size_t count)
{
    return (struct wsync_value){
        .class = WSYNC_CLASS_LIST, .items = items, .item_count = count};
}

static void assert_allowed(struct wsync_field field, struct wsync_value value)
{
    struct wsync_error error = {"untouched"};
    assert_int_equal(wsync_field_check(&field, &value, &error), WSYNC_OK);
    assert_string_equal(error.text, "untouched");
}

static void assert_refused(struct wsync_field field, struct wsync_value value,
                           const char *sentence)
{
    struct wsync_error error = {""};
    assert_int_equal(wsync_field_check(&field, &value, &error), WSYNC_ERR_VALUE);
    assert_string_equal(error.text, sentence);
}

static void test_numbers(void **state)
{
    (void)state;
    struct wsync_field field = field_of(WSYNC_TYPE_INTEGER);
    assert_allowed(field, number(INT64_MIN));
    assert_allowed(field, number(INT64_MAX));
    field.has_min = field.has_max = true;
    field.min = -2;
    field.max = 30;
    assert_allowed(field, number(-2));
    assert_allowed(field, number(30));
    assert_refused(field, number(-3),
                   "Field thing: -3 is below the smallest value allowed, -2.");
    assert_refused(field, number(31),
                   "Field thing: 31 is above the largest value allowed, 30.");
    field.type = WSYNC_TYPE_DECIMAL;
    field.digits = 2;
    assert_refused(field, number(-3),
                   "Field thing: -0.03 is below the smallest value allowed, -0.02.");
    assert_refused(field, number(12345),
                   "Field thing: 123.45 is above the largest value allowed, 0.30.");
    field.personal = true; /* the sentence must not repeat it */
    assert_refused(field, number(12345),
                   "Field thing: the value is above the largest value allowed, 0.30.");
}

static void test_times(void **state)
{
    (void)state;
    struct wsync_field date = field_of(WSYNC_TYPE_DATE), time = field_of(WSYNC_TYPE_TIME);
    struct wsync_field moment = field_of(WSYNC_TYPE_DATETIME);
    assert_allowed(date, number(WSYNC_DAY_MIN));
    assert_allowed(date, number(WSYNC_DAY_MAX));
    assert_refused(date, number(WSYNC_DAY_MIN - 1),
                   "Field thing: a date must lie in the years 1900 to 2199.");
    assert_refused(date, number(INT64_MAX),
                   "Field thing: a date must lie in the years 1900 to 2199.");
    date.has_min = true;
    date.min = 19098;
    assert_allowed(date, number(19098));
    assert_refused(date, number(19097), "Field thing: 2022-04-15 is below the smallest value "
                                        "allowed, 2022-04-16.");
    assert_allowed(time, number(0));
    assert_allowed(time, number(1439));
    assert_refused(time, number(1440),
                   "Field thing: 1440 is not a minute of the day, 0 to 1439.");
    assert_refused(time, number(-1), "Field thing: -1 is not a minute of the day, 0 to 1439.");
    assert_allowed(moment, number(-2208988800));
    assert_allowed(moment, number(7258118399));
    assert_refused(moment, number(-2208988801),
                   "Field thing: a moment must lie in the years 1900 to 2199.");
    assert_refused(moment, number(7258118400),
                   "Field thing: a moment must lie in the years 1900 to 2199.");
}

static void test_choices(void **state)
{
    (void)state;
    struct wsync_field one = field_of(WSYNC_TYPE_CHOICE), many = field_of(WSYNC_TYPE_CHOICES);
    assert_allowed(one, number(4));
    assert_refused(one, number(2),
                   "Field thing: 2 is not the number of one of its choices.");
    assert_refused(one, number((INT64_C(1) << 32) + 4),
                   "Field thing: 4294967300 is not the number of one of its choices.");
    assert_allowed(many, list((const int64_t[]){1, 9}, 2));
    assert_refused(many, list(NULL, 0),
                   "Field thing: it holds 1 to 64 choices; leave the field "
                   "blank for none.");
    assert_refused(many, list((const int64_t[]){9, 1}, 2),
                   "Field thing: choices must be in ascending order, each once.");
    assert_refused(many, list((const int64_t[]){1, 1}, 2),
                   "Field thing: choices must be in ascending order, each once.");
    assert_refused(many, list((const int64_t[]){1, 5}, 2),
                   "Field thing: 5 is not the number of one of its choices.");
    assert_refused(many, number(1), "Field thing: a number is not allowed here.");
}

static void test_places_units_booleans(void **state)
{
    (void)state;
    struct wsync_field place = field_of(WSYNC_TYPE_GEOPOINT), unit = field_of(WSYNC_TYPE_UNIT);
    struct wsync_field boolean = field_of(WSYNC_TYPE_BOOLEAN);
    assert_allowed(place, list((const int64_t[]){-900000000, 1800000000}, 2));
    assert_refused(place, list((const int64_t[]){1, 2, 3}, 3),
                   "Field thing: a place is a latitude and a longitude.");
    assert_refused(place, list((const int64_t[]){900000001, 0}, 2),
                   "Field thing: latitude is -90 to 90 degrees, longitude -180 to 180.");
    assert_refused(place, list((const int64_t[]){0, -1800000001}, 2),
                   "Field thing: latitude is -90 to 90 degrees, longitude -180 to 180.");
    assert_allowed(unit, number(1));
    assert_allowed(unit, number(UINT32_MAX));
    assert_refused(unit, number(0), "Field thing: 0 is not a unit id, 1 to 4294967295.");
    assert_refused(unit, number(INT64_C(1) << 32),
                   "Field thing: 4294967296 is not a unit id, 1 to 4294967295.");
    assert_allowed(boolean, number(0));
    assert_allowed(boolean, number(1));
    assert_refused(boolean, number(2), "Field thing: 2 is not 0 (no) or 1 (yes).");
}

static void test_texts_and_classes(void **state)
{
    (void)state;
    struct wsync_field field = field_of(WSYNC_TYPE_TEXT);
    static char large[WSYNC_TEXT_BYTES_MAX + 2];
    memset(large, 'x', sizeof large - 1);
    assert_allowed(field, text("Tổ dân phố số 3,\n\tphường Gia Thụy 😀"));
    assert_refused(field, text(large),
                   "Field thing: the text has 7169 bytes; at most 7168 are allowed.");
    large[WSYNC_TEXT_BYTES_MAX] = '\0';
    assert_allowed(field, text(large));
    assert_refused(field, text(""),
                   "Field thing: an empty text is not allowed; leave the field blank.");
    assert_refused(field, text("a\x80"), "Field thing: the text is not valid UTF-8.");
    assert_refused(field, text("a\r\n"), "Field thing: the text holds a control character.");
    assert_refused(field, number(1), "Field thing: a number is not allowed here.");
    assert_refused(field, list((const int64_t[]){1}, 1),
                   "Field thing: a list is not allowed here.");
    assert_refused(field_of(WSYNC_TYPE_INTEGER), text("1"),
                   "Field thing: a text is not allowed here.");
    assert_allowed(field_of(WSYNC_TYPE_BYTES), text("\x80\x01"));
    struct wsync_value blank = {.class = WSYNC_CLASS_BLANK};
    struct wsync_value private = {.class = WSYNC_CLASS_PRIVATE};
    assert_allowed(field, blank);
    assert_refused(field, private, "Field thing: it is not personal.");
    field.required = field.personal = true;
    assert_refused(field, blank, "Field thing: a value is required.");
    assert_allowed(field, private);
    blank.class = (enum wsync_class)9;
    assert_refused(field, blank, "Field thing: the value is of no known class.");
}

/* S18.3, S18.41. */
static void test_photos(void **state)
{
    static const char REFUSED[] =
        "Field thing: a photo is named by its length, 1 byte to 8 MiB, and its hash.";
    uint8_t bytes[40] = {0x80, 0x80, 0x80, 0x04}; /* 8 MiB */
    struct wsync_field field = field_of(WSYNC_TYPE_PHOTO);
    struct wsync_value value = {.class = WSYNC_CLASS_TEXT, .text = wsync_slice(bytes, 36)};
    (void)state;
    assert_allowed(field, value);
    bytes[0] = 0x81;
    assert_refused(field, value, REFUSED); /* a byte more */
    memcpy(bytes, (uint8_t[]){0x80, 0x80, 0x80, 0x00}, 4);
    assert_refused(field, value, REFUSED); /* not the shortest form */
    bytes[0] = 1;
    value.text.len = 33;
    assert_allowed(field, value);
    bytes[0] = 101;
    field.photo_bytes_max = 100;
    assert_refused(field, value,
                   "Field thing: the photo has 101 bytes; at most 100 are allowed.");
    bytes[0] = 100;
    assert_allowed(field, value);
    value.text.len = 32;
    assert_refused(field, value, REFUSED);
    value.text.len = 34;
    assert_refused(field, value, REFUSED);
    bytes[0] = 0;
    value.text.len = 33;
    assert_refused(field, value, REFUSED);
    assert_refused(field, number(1), "Field thing: a number is not allowed here.");
}

static void test_no_such_field(void **state)
{
    (void)state;
    struct wsync_value value = number(1);
    struct wsync_error error;
    assert_int_equal(wsync_field_check(NULL, &value, &error), WSYNC_ERR_FIELD);
    assert_string_equal(error.text, "The form has no such field.");
}

static void test_utf8(void **state)
{
    (void)state;
    static const char *const VALID[] = {"", "~", "\xC2\xA0", "\xDF\xBF", "\xE0\xA0\x80",
                                        "\xED\x9F\xBF", "\xEE\x80\x80", "\xF0\x90\x80\x80",
                                        "\xF4\x8F\xBF\xBF", "\t\n"};
    static const char *const BROKEN[] = {"\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80",
                                         "\xED\xBF\xBF", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80",
                                         "\xF5\x80\x80\x80", "\x80", "\xC2", "\xE1\xBB", "\xFF",
                                         "\xF0\x9F\x98", "\xC2\x41"};
    static const char *const CONTROLS[] = {"\x01", "\r",       "\x1F",
                                           "\x7F", "\xC2\x80", "\xC2\x9F"};
    for (size_t i = 0; i < sizeof VALID / sizeof *VALID; i++) {
        assert_null(wsync_utf8_fault(wsync_slice_of(VALID[i])));
    }
    for (size_t i = 0; i < sizeof BROKEN / sizeof *BROKEN; i++) {
        const char *fault = wsync_utf8_fault(wsync_slice_of(BROKEN[i]));
        assert_non_null(fault);
        assert_string_equal(fault, "is not valid UTF-8");
    }
    for (size_t i = 0; i < sizeof CONTROLS / sizeof *CONTROLS; i++) {
        const char *fault = wsync_utf8_fault(wsync_slice_of(CONTROLS[i]));
        assert_non_null(fault);
        assert_string_equal(fault, "holds a control character");
    }
    assert_non_null(wsync_utf8_fault(wsync_slice("\0", 1)));
}

static void test_plain_decimals(void **state)
{
    (void)state;
    static const struct {
        int64_t scaled;
        uint32_t digits;
        const char *text;
    } ROWS[] = {
        {0, 0, "0"}, {0, 2, "0.00"}, {-5, 2, "-0.05"}, {1234, 1, "123.4"}, {100, 2, "1.00"},
        {-7, 0, "-7"}, {INT64_MAX, 0, "9223372036854775807"}, {1, 9, "0.000000001"},
        {INT64_MIN, 9, "-9223372036.854775808"}, {INT64_MIN, 0, "-9223372036854775808"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        char shown[WSYNC_DECIMAL_TEXT_BYTES];
        size_t len = wsync_decimal_print(ROWS[i].scaled, ROWS[i].digits, shown);
        assert_string_equal(shown, ROWS[i].text);
        assert_int_equal(len, strlen(ROWS[i].text));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_choices),
        cmocka_unit_test(test_places_units_booleans),
        cmocka_unit_test(test_texts_and_classes),
        cmocka_unit_test(test_photos),
        cmocka_unit_test(test_no_such_field),
        cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_plain_decimals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
