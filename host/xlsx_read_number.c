/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of a workbook: what their formats say that they are. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/xlsx_parts.h"
#include "wardsync/calendar.h"

enum {
    DAY_S = 86400,
    EPOCH_1900 = -25568, /* 1900-01-00, up to day 59: the 29th of February is not there */
    EPOCH_1904 = -24107, /* 1904-01-01 */
    NO_DAY_1900 = 60,
    DIGITS = 15,
    POINT_MAX = 310,
    SERIAL_DIGITS = 7,
    PART_DIGITS = 12, /* of a day */
};

static const int64_t PART_ONE = 1000000000000; /* ten to PART_DIGITS */

enum wsync_xlsx_kind wsync_xlsx_kind_of(long format)
{
    return format >= 14 && format <= 17   ? WSYNC_XLSX_DATE
           : format >= 18 && format <= 21 ? WSYNC_XLSX_TIME
           : format == 22                 ? WSYNC_XLSX_MOMENT
           : format >= 45 && format <= 47 ? WSYNC_XLSX_TIME
                                          : WSYNC_XLSX_NUMBER;
}

/* Behind what stands at `at` and is no letter of the format: quoted, escaped, a colour or a
 * language in brackets, AM/PM.  [h] and its like are letters. */
static const char *skip(const char *at)
{
    const char *end;
    if (*at == '"') {
        end = strchr(at + 1, '"');
        return end ? end + 1 : at + strlen(at);
    }
    if (*at == '\\' || *at == '_' || *at == '*') {
        return at[1] ? at + 2 : at + 1;
    }
    if (*at == '[' && !strchr("hHmMsS", at[1])) {
        end = strchr(at, ']');
        return end ? end + 1 : at + strlen(at);
    }
    return strncmp(at, "AM/PM", 5) == 0 ? at + 5 : strncmp(at, "A/P", 3) == 0 ? at + 3 : at;
}

enum wsync_xlsx_kind wsync_xlsx_kind_of_code(const char *code)
{
    bool day = false, month = false, time = false;
    if (strcmp(code, "General") == 0) {
        return WSYNC_XLSX_NUMBER;
    }
    for (const char *at = code; *at && *at != ';';) {
        const char *next = skip(at);
        if (next == at) {
            day |= strchr("dDyY", *at) != NULL;
            month |= strchr("mM", *at) != NULL;
            time |= strchr("hHsS", *at) != NULL;
            next++;
        }
        at = next;
    }
    day |= month && !time; /* otherwise minutes */
    return day && time ? WSYNC_XLSX_MOMENT
           : day       ? WSYNC_XLSX_DATE
           : time      ? WSYNC_XLSX_TIME
                       : WSYNC_XLSX_NUMBER;
}

/* 0.DIGITS times ten to `point`, without zeros at either end of the digits. */
struct decimal {
    bool negative;
    int count, point;
    char digits[WSYNC_XLSX_NUMBER_BYTES];
};

/* As many digits as a spreadsheet keeps: "1.1000000000000001" is 1.1 there. */
static void shorten(struct decimal *number)
{
    bool up = number->count > DIGITS && number->digits[DIGITS] >= '5';
    number->count = number->count > DIGITS ? DIGITS : number->count;
    while (up && number->count > 0 && number->digits[number->count - 1] == '9') {
        number->count--;
    }
    if (up && number->count == 0) {
        number->digits[number->count++] = '1';
        number->point++;
    } else if (up) {
        number->digits[number->count - 1]++;
    }
    while (number->count > 0 && number->digits[number->count - 1] == '0') {
        number->count--;
    }
}

/* "-12.5E+3"; false for anything else, and for what no spreadsheet holds. */
static bool read_decimal(const char *text, struct decimal *number)
{
    bool any = false, point = false;
    *number = (struct decimal){.negative = *text == '-'};
    const char *at = text + (*text == '-' || *text == '+');
    for (; (*at >= '0' && *at <= '9') || (*at == '.' && !point); at++) {
        point |= *at == '.';
        any |= *at != '.';
        bool leads = number->count == 0 && *at == '0';
        if (*at != '.' && !leads && number->count < WSYNC_XLSX_NUMBER_BYTES) {
            number->digits[number->count++] = *at;
        }
        number->point += *at == '.' ? 0 : point ? -leads : !leads;
    }
    if (any && (*at == 'e' || *at == 'E')) {
        const char *power = at + 1 + (at[1] == '-' || at[1] == '+');
        size_t len = strspn(power, "0123456789");
        int size = len > 0 && len < 4 ? (int)strtol(power, NULL, 10) : 2 * POINT_MAX;
        number->point += at[1] == '-' ? -size : size;
        at = power + len;
    }
    shorten(number);
    return any && *at == '\0' && abs(number->point) <= POINT_MAX;
}

/* The digit so many places behind the point (0: the one before it is the units). */
static char digit_at(const struct decimal *number, int place)
{
    int at = number->point + place;
    return at >= 0 && at < number->count ? number->digits[at] : '0';
}

/* Without an exponent. */
static const char *write_number(const struct decimal *number,
                                char room[WSYNC_XLSX_NUMBER_BYTES])
{
    int len = 0;
    if (number->negative && number->count > 0) {
        room[len++] = '-';
    }
    for (int place = number->point > 0 && number->count > 0 ? -number->point : -1; place < 0;
         place++) {
        room[len++] = digit_at(number, place);
    }
    if (number->count > number->point && number->count > 0) {
        room[len++] = '.';
    }
    for (int place = 0; place < number->count - number->point && number->count > 0; place++) {
        room[len++] = digit_at(number, place);
    }
    room[len] = '\0';
    return room;
}

/* The day a serial number stands for; false when there is none in the calendar. */
static bool find_day(int32_t whole, bool from_1904, int32_t *day)
{
    if (from_1904) {
        *day = EPOCH_1904 + whole;
    } else if (whole == 0 || whole == NO_DAY_1900) {
        return false;
    } else {
        *day = EPOCH_1900 + whole - (whole > NO_DAY_1900);
    }
    return *day >= WSYNC_DAY_MIN && *day <= WSYNC_DAY_MAX;
}

static void write_time(long seconds, char room[16])
{
    int len = snprintf(room, 16, "%02ld:%02ld", seconds / 3600, seconds / 60 % 60);
    if (seconds % 60 != 0) {
        snprintf(room + len, 16 - (size_t)len, ":%02ld", seconds % 60);
    }
}

static const char *copy(const char *text, char room[WSYNC_XLSX_NUMBER_BYTES])
{
    snprintf(room, WSYNC_XLSX_NUMBER_BYTES, "%s", text);
    return room;
}

/* The whole days of a serial number, and its seconds; false beyond any calendar. */
static bool split(const struct decimal *number, int32_t *days, long *seconds)
{
    int64_t part = 0;
    *days = 0;
    if (number->negative || number->point > SERIAL_DIGITS) {
        return false;
    }
    for (int place = -number->point; place < 0; place++) {
        *days = 10 * *days + (digit_at(number, place) - '0');
    }
    for (int place = 0; place < PART_DIGITS; place++) {
        part = 10 * part + (digit_at(number, place) - '0');
    }
    *seconds = (long)((part * DAY_S + PART_ONE / 2) / PART_ONE);
    if (*seconds == DAY_S) { /* the last half second of a day is the next one's */
        *seconds = 0;
        ++*days;
    }
    return true;
}

const char *wsync_xlsx_number(const char *text, enum wsync_xlsx_kind kind, bool from_1904,
                              char room[WSYNC_XLSX_NUMBER_BYTES])
{
    char date[WSYNC_ISO_DATE_BYTES], time[16];
    struct decimal number;
    int32_t days, day;
    long seconds;
    if (!read_decimal(text, &number)) {
        return text;
    }
    if (kind == WSYNC_XLSX_NUMBER || !split(&number, &days, &seconds)) {
        return write_number(&number, room);
    }
    write_time(seconds, time);
    if (kind == WSYNC_XLSX_TIME) {
        return days == 0 ? copy(time, room) : write_number(&number, room);
    }
    if (!find_day(days, from_1904, &day)) {
        return write_number(&number, room);
    }
    wsync_calendar_print(day, date);
    snprintf(room, WSYNC_XLSX_NUMBER_BYTES, "%s%s%s", date,
             kind == WSYNC_XLSX_MOMENT ? " " : "", kind == WSYNC_XLSX_MOMENT ? time : "");
    return room;
}
