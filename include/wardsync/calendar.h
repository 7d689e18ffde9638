/* SPDX-License-Identifier: Apache-2.0 */
/* calendar.h: plain civil days: proleptic Gregorian, counted from 1970-01-01, no time zone.
 *
 * Weeks are those of ISO 8601: Monday first, week 1 holds the year's first Thursday.  A day a
 * form may hold lies in the years 1900 to 2199 (SPEC section 8.2). */
#ifndef WARDSYNC_CALENDAR_H
#define WARDSYNC_CALENDAR_H

#include "wardsync/slice.h"

enum {
    WSYNC_DAY_MIN = -25567, /* 1900-01-01 */
    WSYNC_DAY_MAX = 84005,  /* 2199-12-31 */
    WSYNC_ISO_DATE_BYTES = 11, /* "2022-04-16" and a NUL */
};

struct wsync_civil {
    int32_t year;
    int32_t month; /* 1 to 12 */
    int32_t day;   /* 1 to 31 */
};

struct wsync_week {
    int32_t year;   /* the ISO year, which may differ from the day's year */
    int32_t number; /* 1 to 53 */
};

/* 28 to 31; 0 for a month outside 1 to 12. */
int32_t wsync_calendar_days_in_month(int32_t year, int32_t month);

/* The day of a date; false (and `*day` untouched) when there is no such date in the years
 * 1900 to 2199. */
WSYNC_MUST_USE bool wsync_calendar_day(struct wsync_civil civil, int32_t *day);

/* The date of a day from WSYNC_DAY_MIN to WSYNC_DAY_MAX (a caller's bug otherwise, here and
 * below). */
struct wsync_civil wsync_calendar_civil(int32_t day);

/* 1 Monday to 7 Sunday. */
int32_t wsync_calendar_weekday(int32_t day);

/* The Monday of the day's week.  Never before WSYNC_DAY_MIN, which is a Monday itself. */
int32_t wsync_calendar_monday(int32_t day);

/* The ISO week of the day. */
struct wsync_week wsync_calendar_week(int32_t day);

/* The first day of the day's month. */
int32_t wsync_calendar_month_start(int32_t day);

/* Reads exactly "yyyy-mm-dd"; false on anything else, on no date and outside the range. */
WSYNC_MUST_USE bool wsync_calendar_parse(struct wsync_slice text, int32_t *day);

/* Writes "yyyy-mm-dd" and a NUL: WSYNC_ISO_DATE_BYTES at `text`. */
void wsync_calendar_print(int32_t day, char *text);

#endif
