/* SPDX-License-Identifier: Apache-2.0 */
/* Dates, times and moments as people write them. */
#include "host/value_parts.h"
#include "wardsync/calendar.h"

enum {
    HOUR_MINUTES = 60,
    DAY_MINUTES = 1440,
    MINUTE_SECONDS = 60,
    DAY_SECONDS = 86400,
    LOCAL_MINUTES = 7 * HOUR_MINUTES,
    OFFSET_MINUTES_MAX = 14 * HOUR_MINUTES,
};

/* Takes `min` to `max` digits from the front. */
static bool take_number(struct wsync_slice *rest, size_t min, size_t max, int32_t *number)
{
    size_t len = 0;
    *number = 0;
    while (len < rest->len && len < max && rest->data[len] >= '0' && rest->data[len] <= '9') {
        *number = *number * 10 + (rest->data[len] - '0');
        len++;
    }
    *rest = wsync_slice(rest->data + len, rest->len - len);
    return len >= min;
}

static bool take(struct wsync_slice *rest, uint8_t wanted)
{
    if (rest->len == 0 || rest->data[0] != wanted) {
        return false;
    }
    *rest = wsync_slice(rest->data + 1, rest->len - 1);
    return true;
}

static bool take_date(struct wsync_slice *rest, int32_t *day)
{
    struct wsync_civil civil;
    if (rest->len > 4 && rest->data[4] == '-') {
        return take_number(rest, 4, 4, &civil.year) && take(rest, '-') &&
               take_number(rest, 2, 2, &civil.month) && take(rest, '-') &&
               take_number(rest, 2, 2, &civil.day) && wsync_calendar_day(civil, day);
    }
    return take_number(rest, 1, 2, &civil.day) && take(rest, '/') &&
           take_number(rest, 1, 2, &civil.month) && take(rest, '/') &&
           take_number(rest, 4, 4, &civil.year) && wsync_calendar_day(civil, day);
}

static bool take_time(struct wsync_slice *rest, int32_t *minute)
{
    int32_t hours, minutes;
    if (!take_number(rest, 1, 2, &hours) || !take(rest, ':') ||
        !take_number(rest, 2, 2, &minutes) || hours > 23 || minutes > 59) {
        return false;
    }
    *minute = hours * HOUR_MINUTES + minutes;
    return true;
}

/* Z, an offset like +07:00, or nothing for local time. */
static bool take_offset(struct wsync_slice *rest, int32_t *minutes)
{
    *minutes = LOCAL_MINUTES;
    if (rest->len == 0) {
        return true;
    }
    if (take(rest, 'Z')) {
        *minutes = 0;
        return true;
    }
    bool west = take(rest, '-');
    if (!west && !take(rest, '+')) {
        return false;
    }
    if (!take_time(rest, minutes) || *minutes > OFFSET_MINUTES_MAX) {
        return false;
    }
    *minutes = west ? -*minutes : *minutes;
    return true;
}

static bool take_moment(struct wsync_slice *rest, int64_t *second)
{
    int32_t day, minute, seconds = 0, offset;
    if (!take_date(rest, &day)) {
        return false;
    }
    if (!take(rest, 'T')) {
        struct wsync_slice time = wsync_value_trim(*rest);
        if (time.len == rest->len) { /* no blank between them */
            return false;
        }
        *rest = time;
    }
    if (!take_time(rest, &minute)) {
        return false;
    }
    if (take(rest, ':') && (!take_number(rest, 2, 2, &seconds) || seconds > 59)) {
        return false;
    }
    if (!take_offset(rest, &offset)) {
        return false;
    }
    *second =
        (int64_t)day * DAY_SECONDS + (int64_t)(minute - offset) * MINUTE_SECONDS + seconds;
    return true;
}

const char *wsync_value_read_date(struct wsync_slice text, int64_t *day)
{
    int32_t found;
    if (!take_date(&text, &found) || text.len > 0) {
        return "is not a date of the years 1900 to 2199; write 2022-04-16 or 16/04/2022";
    }
    *day = found;
    return NULL;
}

const char *wsync_value_read_time(struct wsync_slice text, int64_t *minute)
{
    int32_t found;
    if (!take_time(&text, &found) || text.len > 0) {
        return "is not a time; write 07:30";
    }
    *minute = found;
    return NULL;
}

const char *wsync_value_read_moment(struct wsync_slice text, int64_t *second)
{
    if (!take_moment(&text, second) || text.len > 0) {
        return "is not a date and time; write 2022-04-16T07:30+07:00 or 16/04/2022 07:30";
    }
    return NULL;
}
