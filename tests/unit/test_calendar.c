/* SPDX-License-Identifier: Apache-2.0 */
/* S1.2: civil days against a counter that knows but month lengths and the leap rule. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "wardsync/calendar.h"

/* A clock that ticks days one by one from 1900-01-01, a Monday. */
struct counter {
    int32_t year, month, day, weekday;
};

static int32_t month_days(int32_t year, int32_t month)
{
    if (month == 2) {
        return (year % 4 == 0 && year != 1900 && year != 2100) ? 29 : 28;
    }
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

static void tick(struct counter *now)
{
    now->weekday = now->weekday % 7 + 1;
    if (++now->day > month_days(now->year, now->month)) {
        now->day = 1;
        if (++now->month > 12) {
            now->month = 1;
            now->year++;
        }
    }
}

static void test_every_day_of_three_centuries(void **state)
{
    (void)state;
    struct counter now = {.year = 1900, .month = 1, .day = 1, .weekday = 1};
    int32_t month_start = WSYNC_DAY_MIN;
    for (int32_t day = WSYNC_DAY_MIN; day <= WSYNC_DAY_MAX; day++, tick(&now)) {
        month_start = now.day == 1 ? day : month_start;
        struct wsync_civil civil = wsync_calendar_civil(day);
        assert_int_equal(civil.year, now.year);
        assert_int_equal(civil.month, now.month);
        assert_int_equal(civil.day, now.day);
        int32_t back;
        assert_true(wsync_calendar_day(civil, &back));
        assert_int_equal(back, day);
        assert_int_equal(wsync_calendar_weekday(day), now.weekday);
        assert_int_equal(wsync_calendar_monday(day), day - now.weekday + 1);
        assert_int_equal(wsync_calendar_month_start(day), month_start);
        char text[WSYNC_ISO_DATE_BYTES], expected[40];
        wsync_calendar_print(day, text);
        snprintf(expected, sizeof expected, "%04d-%02d-%02d", now.year, now.month, now.day);
        assert_string_equal(text, expected);
        assert_true(wsync_calendar_parse(wsync_slice_of(text), &back));
        assert_int_equal(back, day);
    }
    assert_int_equal(now.year, 2200); /* the counter ran to the end of the range */
    assert_int_equal(now.day, 1);
}

/* Counted on: a new week on each Monday; week 1 on the Monday of or before 4 January. */
static void test_every_week_of_three_centuries(void **state)
{
    (void)state;
    struct counter now = {.year = 1900, .month = 1, .day = 1, .weekday = 1};
    struct wsync_week week = {.year = 1900, .number = 0};
    for (int32_t day = WSYNC_DAY_MIN; day <= WSYNC_DAY_MAX; day++, tick(&now)) {
        if (now.weekday == 1) {
            bool late = now.month == 12 && now.day >= 29;
            bool early = now.month == 1 && now.day <= 4;
            week.number = late || early ? 1 : week.number + 1;
            week.year = late ? now.year + 1 : now.year;
        }
        struct wsync_week found = wsync_calendar_week(day);
        assert_int_equal(found.year, week.year);
        assert_int_equal(found.number, week.number);
    }
}

static void test_known_days(void **state)
{
    (void)state;
    int32_t day;
    assert_true(wsync_calendar_parse(wsync_slice_of("1970-01-01"), &day));
    assert_int_equal(day, 0);
    assert_true(wsync_calendar_parse(wsync_slice_of("2022-04-16"), &day));
    assert_int_equal(day, 19098);
    assert_int_equal(wsync_calendar_weekday(day), 6);
    assert_int_equal(wsync_calendar_week(day).number, 15);
    assert_int_equal(wsync_calendar_days_in_month(2000, 2), 29);
    assert_int_equal(wsync_calendar_days_in_month(2100, 2), 28);
    assert_int_equal(wsync_calendar_days_in_month(2100, 13), 0);
    assert_int_equal(wsync_calendar_days_in_month(2100, 0), 0);
}

static void test_what_is_no_date(void **state)
{
    (void)state;
    static const char *const WRONG[] = {
        "",           "2022-4-16",  "2022-04-1",  "2022-04-31", "2022-02-29", "2100-02-29",
        "2022-00-10", "2022-13-10", "2022-04-00", "1899-12-31", "2200-01-01", "2022/04/16",
        "2022-04-16 ", "+022-04-16", "2022-04-1a", "16/04/2022",
    };
    for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++) {
        int32_t day = 7;
        assert_false(wsync_calendar_parse(wsync_slice_of(WRONG[i]), &day));
        assert_int_equal(day, 7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_day_of_three_centuries),
        cmocka_unit_test(test_every_week_of_three_centuries),
        cmocka_unit_test(test_known_days),
        cmocka_unit_test(test_what_is_no_date),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
