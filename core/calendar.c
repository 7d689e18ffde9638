/* SPDX-License-Identifier: Apache-2.0 */
#include "wardsync/calendar.h"

enum {
    YEAR_MIN = 1900,
    YEAR_MAX = 2199,
    ERA_YEARS = 400,
    ERA_DAYS = 146097,
    YEAR_DAYS = 365,
    EPOCH_DAYS = 719468, /* from 0000-03-01 to 1970-01-01 */
};

static bool is_leap(int32_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int32_t wsync_calendar_days_in_month(int32_t year, int32_t month)
{
    static const int8_t DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (month < 1 || month > 12) {
        return 0;
    }
    return month == 2 && is_leap(year) ? 29 : DAYS[month - 1];
}

/* Counting years from March puts the leap day last, so that month lengths need no table. */
static int32_t day_of(struct wsync_civil civil)
{
    int32_t year = civil.month <= 2 ? civil.year - 1 : civil.year;
    int32_t era = year / ERA_YEARS;
    int32_t year_of_era = year % ERA_YEARS;
    int32_t month_from_march = (civil.month + 9) % 12;
    int32_t day_of_year = (153 * month_from_march + 2) / 5 + civil.day - 1;
    int32_t day_of_era =
        year_of_era * YEAR_DAYS + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * ERA_DAYS + day_of_era - EPOCH_DAYS;
}

bool wsync_calendar_day(struct wsync_civil civil, int32_t *day)
{
    if (civil.year < YEAR_MIN || civil.year > YEAR_MAX || civil.day < 1 ||
        civil.day > wsync_calendar_days_in_month(civil.year, civil.month)) {
        return false;
    }
    *day = day_of(civil);
    return true;
}

struct wsync_civil wsync_calendar_civil(int32_t day)
{
    WSYNC_ASSERT(day >= WSYNC_DAY_MIN && day <= WSYNC_DAY_MAX);
    int32_t shifted = day + EPOCH_DAYS;
    int32_t era = shifted / ERA_DAYS;
    int32_t day_of_era = shifted % ERA_DAYS;
    int32_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / YEAR_DAYS;
    int32_t day_of_year =
        day_of_era - (YEAR_DAYS * year_of_era + year_of_era / 4 - year_of_era / 100);
    int32_t month_from_march = (5 * day_of_year + 2) / 153;
    struct wsync_civil civil = {
        .year = era * ERA_YEARS + year_of_era,
        .month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9,
        .day = day_of_year - (153 * month_from_march + 2) / 5 + 1,
    };
    civil.year += civil.month <= 2 ? 1 : 0;
    return civil;
}

int32_t wsync_calendar_weekday(int32_t day)
{
    WSYNC_ASSERT(day >= WSYNC_DAY_MIN && day <= WSYNC_DAY_MAX);
    return (day - WSYNC_DAY_MIN) % 7 + 1; /* 1900-01-01 was a Monday */
}

int32_t wsync_calendar_monday(int32_t day)
{
    return day - (wsync_calendar_weekday(day) - 1);
}

struct wsync_week wsync_calendar_week(int32_t day)
{
    /* The week belongs to the year of its Thursday, which may lie behind the range. */
    int32_t thursday = wsync_calendar_monday(day) + 3;
    int32_t year = YEAR_MAX + 1;
    if (thursday <= WSYNC_DAY_MAX) {
        year = wsync_calendar_civil(thursday).year;
    }
    int32_t first = day_of((struct wsync_civil){.year = year, .month = 1, .day = 1});
    return (struct wsync_week){.year = year, .number = (thursday - first) / 7 + 1};
}

int32_t wsync_calendar_month_start(int32_t day)
{
    return day - (wsync_calendar_civil(day).day - 1);
}

static bool read_number(const uint8_t *digits, size_t len, int32_t *number)
{
    *number = 0;
    for (size_t i = 0; i < len; i++) {
        if (digits[i] < '0' || digits[i] > '9') {
            return false;
        }
        *number = *number * 10 + (digits[i] - '0');
    }
    return true;
}

bool wsync_calendar_parse(struct wsync_slice text, int32_t *day)
{
    struct wsync_civil civil;
    return text.len == WSYNC_ISO_DATE_BYTES - 1 && text.data[4] == '-' && text.data[7] == '-' &&
           read_number(text.data, 4, &civil.year) &&
           read_number(text.data + 5, 2, &civil.month) &&
           read_number(text.data + 8, 2, &civil.day) && wsync_calendar_day(civil, day);
}

static void write_number(int32_t number, size_t len, char *digits)
{
    for (size_t i = len; i > 0; i--) {
        digits[i - 1] = (char)('0' + number % 10);
        number /= 10;
    }
}

void wsync_calendar_print(int32_t day, char *text)
{
    struct wsync_civil civil = wsync_calendar_civil(day);
    write_number(civil.year, 4, text);
    text[4] = '-';
    write_number(civil.month, 2, text + 5);
    text[7] = '-';
    write_number(civil.day, 2, text + 8);
    text[WSYNC_ISO_DATE_BYTES - 1] = '\0';
}
