/* SPDX-License-Identifier: Apache-2.0 */
#include "host/date_format.h"

#include <stdio.h>
#include <string.h>

#include "wardsync/calendar.h"

enum { HALF_DAY_HOURS = 12, PIVOT_YEAR = 69 };

/* What a text gave; -1: nothing. */
struct parts {
    int year, month, day, hour, hour12, minute, second, pm;
};

static const struct parts NOTHING = {-1, -1, -1, -1, -1, -1, -1, -1};

static int *part_of(struct parts *parts, uint8_t letter)
{
    switch (letter) {
    case 'Y':
    case 'y':
        return &parts->year;
    case 'm':
        return &parts->month;
    case 'd':
        return &parts->day;
    case 'H':
        return &parts->hour;
    case 'I':
        return &parts->hour12;
    case 'M':
        return &parts->minute;
    case 'S':
        return &parts->second;
    case 'p':
        return &parts->pm;
    default:
        return NULL;
    }
}

/* Marks what the format gives; a fault or NULL. */
static const char *scan_format(struct wsync_slice format, struct parts *given)
{
    *given = NOTHING;
    if (format.len > WSYNC_DATE_FORMAT_BYTES_MAX) {
        return "is longer than 64 bytes";
    }
    for (size_t i = 0; i < format.len; i++) {
        if (format.data[i] != '%') {
            continue;
        }
        i++;
        if (i < format.len && format.data[i] == '%') {
            continue;
        }
        int *part = i < format.len ? part_of(given, format.data[i]) : NULL;
        if (!part) {
            return "has a letter behind % that is none of Y y m d H I M S p";
        }
        if (*part == 0) {
            return "has one part twice";
        }
        *part = 0;
    }
    return NULL;
}

const char *wsync_date_format_fault(struct wsync_slice format, enum wsync_type type)
{
    struct parts given;
    const char *fault = scan_format(format, &given);
    if (fault) {
        return fault;
    }
    if (type != WSYNC_TYPE_TIME) {
        if (given.year < 0) {
            return "lacks the year (%Y or %y)";
        }
        if (given.month < 0) {
            return "lacks the month (%m)";
        }
        if (given.day < 0) {
            return "lacks the day (%d)";
        }
    }
    if (given.hour12 >= 0 && given.pm < 0) {
        return "has %I without %p";
    }
    if (type != WSYNC_TYPE_DATE) {
        if (given.hour < 0 && given.hour12 < 0) {
            return "lacks the hour (%H, or %I and %p)";
        }
        if (given.minute < 0) {
            return "lacks the minute (%M)";
        }
    }
    return NULL;
}

static bool take_number(struct wsync_slice *text, size_t least, size_t most, int *number)
{
    size_t len = 0;
    *number = 0;
    while (len < most && len < text->len && text->data[len] >= '0' && text->data[len] <= '9') {
        *number = *number * 10 + (text->data[len] - '0');
        len++;
    }
    *text = wsync_slice(text->data + len, text->len - len);
    return len >= least;
}

static bool take_half(struct wsync_slice *text, int *pm)
{
    if (text->len < 2 || (text->data[1] | 0x20) != 'm') {
        return false;
    }
    uint8_t first = text->data[0] | 0x20;
    *pm = first == 'p';
    *text = wsync_slice(text->data + 2, text->len - 2);
    return first == 'p' || first == 'a';
}

static bool take_part(struct wsync_slice *text, uint8_t letter, struct parts *parts)
{
    int *part = part_of(parts, letter);
    switch (letter) {
    case 'Y':
        return take_number(text, 4, 4, part);
    case 'p':
        return take_half(text, part);
    case 'y':
        if (!take_number(text, 2, 2, part)) {
            return false;
        }
        *part += *part < PIVOT_YEAR ? 2000 : 1900;
        return true;
    default:
        return take_number(text, 1, 2, part);
    }
}

static bool take_all(struct wsync_slice format, struct wsync_slice text, struct parts *parts)
{
    for (size_t i = 0; i < format.len; i++) {
        bool part = format.data[i] == '%' && format.data[i + 1] != '%';
        i += format.data[i] == '%';
        if (part) {
            if (!take_part(&text, format.data[i], parts)) {
                return false;
            }
        } else if (text.len == 0 || text.data[0] != format.data[i]) {
            return false;
        } else {
            text = wsync_slice(text.data + 1, text.len - 1);
        }
    }
    return text.len == 0;
}

/* Puts the hour of twelve into the hour of twenty-four; false when a part is out of range. */
static bool settle_time(struct parts *parts)
{
    if (parts->hour12 >= 0) {
        if (parts->hour12 < 1 || parts->hour12 > HALF_DAY_HOURS) {
            return false;
        }
        int hour = parts->hour12 % HALF_DAY_HOURS + (parts->pm > 0 ? HALF_DAY_HOURS : 0);
        if (parts->hour >= 0 && parts->hour != hour) {
            return false;
        }
        parts->hour = hour;
    }
    return parts->hour <= 23 && parts->minute <= 59 && parts->second <= 59;
}

bool wsync_date_format_read(struct wsync_slice format, enum wsync_type type,
                            struct wsync_slice text, char iso[WSYNC_DATE_FORMAT_ISO_BYTES])
{
    struct parts parts = NOTHING;
    int32_t day;
    if (!take_all(format, text, &parts) || !settle_time(&parts)) {
        return false;
    }
    if (type == WSYNC_TYPE_TIME) {
        snprintf(iso, WSYNC_DATE_FORMAT_ISO_BYTES, "%02u:%02u", (unsigned)parts.hour % 24,
                 (unsigned)parts.minute % 60);
        return true;
    }
    struct wsync_civil civil = {parts.year, parts.month, parts.day};
    if (!wsync_calendar_day(civil, &day)) {
        return false;
    }
    wsync_calendar_print(day, iso);
    if (type == WSYNC_TYPE_DATETIME) {
        size_t len = strlen(iso);
        int second = parts.second < 0 ? 0 : parts.second;
        snprintf(iso + len, WSYNC_DATE_FORMAT_ISO_BYTES - len, "T%02u:%02u:%02u",
                 (unsigned)parts.hour % 24, (unsigned)parts.minute % 60,
                 (unsigned)second % 60);
    }
    return true;
}
