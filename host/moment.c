/* SPDX-License-Identifier: Apache-2.0 */
#include "host/moment.h"

#include <stdlib.h>
#include <string.h>

#include "wardsync/calendar.h"

enum {
    LOCAL_OFFSET_S = 7 * 3600,
    SECONDS_A_DAY = 86400,
    AGE_MAX = 1000000,
};

/* "12h" and so on, in seconds. */
static bool read_age(const char *text, int64_t *age)
{
    static const struct {
        char unit;
        int64_t seconds;
    } UNITS[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', SECONDS_A_DAY}};
    size_t digits = strspn(text, "0123456789");
    long number = digits > 0 && digits < 8 ? strtol(text, NULL, 10) : AGE_MAX + 1;
    if (number > AGE_MAX || text[digits] == '\0' || text[digits + 1] != '\0') {
        return false;
    }
    for (size_t i = 0; i < sizeof UNITS / sizeof *UNITS; i++) {
        if (UNITS[i].unit == text[digits]) {
            *age = number * UNITS[i].seconds;
            return true;
        }
    }
    return false;
}

static bool read_two(const char *text, int most, int64_t *number)
{
    if (strspn(text, "0123456789") < 2) {
        return false;
    }
    *number = 10 * (text[0] - '0') + (text[1] - '0');
    return *number <= most;
}

/* "07:30" or "07:30:15"; how exact it is in seconds. */
static bool read_time(const char *text, int64_t *time, int64_t *exact)
{
    int64_t hours, minutes, seconds = 0;
    size_t len = strlen(text);
    bool good = (len == 5 || len == 8) && text[2] == ':' && read_two(text, 23, &hours) &&
                read_two(text + 3, 59, &minutes);
    if (good && len == 8) {
        good = text[5] == ':' && read_two(text + 6, 59, &seconds);
    }
    if (good) {
        *time = hours * 3600 + minutes * 60 + seconds;
        *exact = len == 8 ? 1 : 60;
    }
    return good;
}

/* "2022-01-31" or "31/01/2022". */
static bool read_day(const char *text, size_t len, int32_t *day)
{
    int64_t number, month, century, year;
    if (len != 10 || text[2] != '/') {
        return wsync_calendar_parse(wsync_slice(text, len), day);
    }
    bool good = read_two(text, 31, &number) && read_two(text + 3, 12, &month) &&
                text[5] == '/' && strspn(text + 6, "0123456789") == 4 &&
                read_two(text + 6, 99, &century) && read_two(text + 8, 99, &year);
    return good && wsync_calendar_day((struct wsync_civil){(int32_t)(100 * century + year),
                                                           (int32_t)month, (int32_t)number},
                                      day);
}

enum wsync_err wsync_moment_read(const char *text, enum wsync_moment_end end, int64_t now,
                                 int64_t *moment, struct wsync_error *error)
{
    size_t day_len = strcspn(text, " T");
    int64_t time = 0, exact = SECONDS_A_DAY, age;
    int32_t day;
    if (read_age(text, &age)) {
        *moment = now - age;
        return WSYNC_OK;
    }
    bool good = read_day(text, day_len, &day) &&
                (text[day_len] == '\0' || read_time(text + day_len + 1, &time, &exact));
    if (!good) {
        return wsync_error_set(error, WSYNC_ERR_INVALID,
                               "\"%s\" is no point in time; write 2022-01-31, 31/01/2022 "
                               "07:30 or an age like 30m, 12h, 7d.",
                               text);
    }
    *moment = (int64_t)day * SECONDS_A_DAY + time - LOCAL_OFFSET_S +
              (end == WSYNC_MOMENT_END ? exact : 0);
    return WSYNC_OK;
}
