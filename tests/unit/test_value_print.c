/* SPDX-License-Identifier: Apache-2.0 */
/* Values as text in each style, and that reading gives every one of them back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "host/value_text.h"
#include "wardsync/calendar.h"

#define TEXT(literal) {.data = (const uint8_t *)(literal), .len = sizeof(literal) - 1}
#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { STYLES = 4, DAY_SECONDS = 86400 };

static _Alignas(16) uint8_t block[1 << 16];

static const struct wsync_choice KINDS[] = {
    {2, TEXT("waste"), TEXT("Rác thải"), TEXT("Waste")},
    {3, TEXT("road_side"), TEXT("Lòng đường"), TEXT("Roadway")},
};

/* One value and its text in every style. */
struct row {
    enum wsync_type type;
    uint32_t digits;
    int64_t integer;
    const char *texts[STYLES];
};

static const struct row ROWS[] = {
    {WSYNC_TYPE_INTEGER, 0, 1234567, {"1234567", "1234567", "1.234.567", "1.234.567"}},
    {WSYNC_TYPE_INTEGER, 0, -123, {"-123", "-123", "-123", "-123"}},
    {WSYNC_TYPE_INTEGER, 0, -1234, {"-1234", "-1234", "-1.234", "-1.234"}},
    {WSYNC_TYPE_INTEGER, 0, INT64_MIN,
     {"-9223372036854775808", "-9223372036854775808", "-9.223.372.036.854.775.808",
      "-9.223.372.036.854.775.808"}},
    {WSYNC_TYPE_DECIMAL, 1, 12345, {"1234.5", "1234,5", "1.234,5", "1.234,5"}},
    {WSYNC_TYPE_DECIMAL, 2, -5, {"-0.05", "-0,05", "-0,05", "-0,05"}},
    {WSYNC_TYPE_DECIMAL, 3, 1234, {"1.234", "1,234", "1,234", "1,234"}},
    {WSYNC_TYPE_DECIMAL, 3, 1234567, {"1234.567", "1234,567", "1.234,567", "1.234,567"}},
    {WSYNC_TYPE_DATE, 0, 19098, {"2022-04-16", "2022-04-16", "16/04/2022", "16/04/2022"}},
    {WSYNC_TYPE_TIME, 0, 450, {"07:30", "07:30", "07:30", "07:30"}},
    {WSYNC_TYPE_DATETIME, 0, 1650069000,
     {"2022-04-16T07:30:00+07:00", "2022-04-16T07:30:00+07:00", "16/04/2022 07:30",
      "16/04/2022 07:30"}},
    {WSYNC_TYPE_DATETIME, 0, -25201,
     {"1969-12-31T23:59:59+07:00", "1969-12-31T23:59:59+07:00", "31/12/1969 23:59:59",
      "31/12/1969 23:59:59"}},
    {WSYNC_TYPE_DATETIME, 0, 7258118399,
     {"2199-12-31T23:59:59Z", "2199-12-31T23:59:59Z", "2199-12-31T23:59:59Z",
      "2199-12-31T23:59:59Z"}},
    {WSYNC_TYPE_CHOICE, 0, 3, {"road_side", "road_side", "Lòng đường", "Roadway"}},
    {WSYNC_TYPE_BOOLEAN, 0, 0, {"false", "false", "Không", "No"}},
    {WSYNC_TYPE_BOOLEAN, 0, 1, {"true", "true", "Có", "Yes"}},
    {WSYNC_TYPE_UNIT, 0, 4294967295, {"4294967295", "4294967295", "4294967295", "4294967295"}},
};

static struct wsync_field field_of(enum wsync_type type, uint32_t digits)
{
    bool choices = type == WSYNC_TYPE_CHOICE || type == WSYNC_TYPE_CHOICES;
    return (struct wsync_field){.number = 1, .type = type, .digits = digits,
                                .name = wsync_slice_of("thing"), .choices = KINDS,
                                .choice_count = choices ? COUNT(KINDS) : 0};
}

static void assert_same(const struct wsync_value *a, const struct wsync_value *b)
{
    assert_int_equal(a->class, b->class);
    assert_true(a->integer == b->integer);
    assert_true(wsync_slice_equal(a->text, b->text));
    assert_int_equal(a->item_count, b->item_count);
    for (size_t i = 0; i < a->item_count; i++) {
        assert_true(a->items[i] == b->items[i]);
    }
}

static void assert_round(const struct wsync_field *field, const struct wsync_value *value,
                         enum wsync_style style, const char *expected)
{
    char text[WSYNC_VALUE_TEXT_BYTES];
    struct wsync_arena arena;
    struct wsync_value again;
    struct wsync_error error = {""};
    assert_int_equal(wsync_value_print(field, value, style, text, sizeof text), WSYNC_OK);
    if (expected) {
        assert_string_equal(text, expected);
    }
    wsync_arena_init(&arena, block, sizeof block);
    const struct wsync_value_reader reader = {.arena = &arena,
                                              .point_is_decimal = style == WSYNC_STYLE_DATA};
    enum wsync_err err =
        wsync_value_parse(&reader, field, wsync_slice_of(text), &again, &error);
    assert_string_equal(error.text, "");
    assert_int_equal(err, WSYNC_OK);
    assert_same(&again, value);
}

static void test_every_integer_type(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        struct wsync_field field = field_of(ROWS[i].type, ROWS[i].digits);
        struct wsync_value value = {.class = WSYNC_CLASS_INTEGER, .integer = ROWS[i].integer};
        for (int style = 0; style < STYLES; style++) {
            assert_round(&field, &value, (enum wsync_style)style, ROWS[i].texts[style]);
        }
    }
}

static void test_lists_texts_blanks(void **state)
{
    (void)state;
    static const int64_t NUMBERS[] = {2, 3}, PLACE[] = {-900000000, 1058542001};
    struct wsync_field choices = field_of(WSYNC_TYPE_CHOICES, 0);
    struct wsync_field place = field_of(WSYNC_TYPE_GEOPOINT, 0);
    struct wsync_field text = field_of(WSYNC_TYPE_TEXT, 0);
    struct wsync_value list = {.class = WSYNC_CLASS_LIST, .items = NUMBERS, .item_count = 2};
    static const char *const LISTS[] = {"waste road_side", "waste road_side",
                                        "Rác thải; Lòng đường", "Waste; Roadway"};
    struct wsync_value written = {.class = WSYNC_CLASS_TEXT,
                                  .text = wsync_slice_of(" Ngõ 12,\n\"số\" 3;\t= ")};
    struct wsync_value blank = {.class = WSYNC_CLASS_BLANK};
    for (int style = 0; style < STYLES; style++) {
        list.items = NUMBERS;
        assert_round(&choices, &list, (enum wsync_style)style, LISTS[style]);
        list.items = PLACE;
        assert_round(&place, &list, (enum wsync_style)style, "-90.0000000,105.8542001");
        assert_round(&text, &written, (enum wsync_style)style, " Ngõ 12,\n\"số\" 3;\t= ");
        assert_round(&text, &blank, (enum wsync_style)style, "");
    }
}

/* Every style gives every decimal back, whatever its digits. */
static void test_many_numbers(void **state)
{
    (void)state;
    uint64_t random = 1;
    for (int i = 0; i < 20000; i++) {
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
        uint32_t digits = (uint32_t)(random >> 60) % 10;
        struct wsync_field field =
            field_of(digits == 0 ? WSYNC_TYPE_INTEGER : WSYNC_TYPE_DECIMAL, digits);
        struct wsync_value value = {.class = WSYNC_CLASS_INTEGER,
                                    .integer = (int64_t)random >> (random >> 32 & 63)};
        assert_round(&field, &value, (enum wsync_style)(i % STYLES), NULL);
    }
}

static void test_many_moments(void **state)
{
    (void)state;
    struct wsync_field field = field_of(WSYNC_TYPE_DATETIME, 0);
    int64_t first = (int64_t)WSYNC_DAY_MIN * DAY_SECONDS;
    int64_t last = ((int64_t)WSYNC_DAY_MAX + 1) * DAY_SECONDS;
    for (int64_t second = first; second < last; second += 987654) {
        struct wsync_value value = {.class = WSYNC_CLASS_INTEGER, .integer = second};
        assert_round(&field, &value, (enum wsync_style)(second & 3), NULL);
    }
}

static void test_what_is_not_read_back(void **state)
{
    (void)state;
    char text[16];
    struct wsync_field date = field_of(WSYNC_TYPE_DATE, 0);
    struct wsync_field bytes = field_of(WSYNC_TYPE_BYTES, 0);
    struct wsync_value value = {.class = WSYNC_CLASS_PRIVATE};
    assert_int_equal(wsync_value_print(&date, &value, WSYNC_STYLE_VI, text, sizeof text),
                     WSYNC_OK);
    assert_string_equal(text, "***");
    value = (struct wsync_value){.class = WSYNC_CLASS_TEXT, .text = wsync_slice("\x00\xAB", 2)};
    assert_int_equal(wsync_value_print(&bytes, &value, WSYNC_STYLE_DATA, text, sizeof text),
                     WSYNC_OK);
    assert_string_equal(text, "00ab");
    value = (struct wsync_value){.class = WSYNC_CLASS_INTEGER, .integer = INT64_C(1) << 40};
    assert_int_equal(wsync_value_print(&date, &value, WSYNC_STYLE_VI, text, sizeof text),
                     WSYNC_OK); /* illegal, shown as it is */
    assert_string_equal(text, "1099511627776");
    date.type = WSYNC_TYPE_CHOICE;
    assert_int_equal(wsync_value_print(&date, &value, WSYNC_STYLE_VI, text, 14), WSYNC_OK);
    assert_int_equal(wsync_value_print(&date, &value, WSYNC_STYLE_VI, text, 13),
                     WSYNC_ERR_OVERSIZE);
    assert_int_equal(strlen(text), 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_integer_type),
        cmocka_unit_test(test_lists_texts_blanks),
        cmocka_unit_test(test_many_numbers),
        cmocka_unit_test(test_many_moments),
        cmocka_unit_test(test_what_is_not_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
