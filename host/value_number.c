/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as people write them: the rule stands in value_text.h. */
#include "host/value_parts.h"

enum {
    GROUP = 3,
    FINE_DIGITS = 16,       /* of a degree, as many as 64 bits hold */
    FINE_STEP = 1000000000, /* how many of them make 10^-7 degrees */
};

static const char NOT_A_NUMBER[] = "is not a number; write it like 1234.5 or 1.234,5";

/* The text of a number, cut where its decimal mark stands. */
struct parts {
    bool negative;
    struct wsync_slice whole; /* digits, and '.' between groups of three */
    struct wsync_slice fraction;
};

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static size_t count_of(struct wsync_slice text, uint8_t wanted)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        count += text.data[i] == wanted;
    }
    return count;
}

/* Where `wanted` stands first; the length when it does not. */
static size_t place_of(struct wsync_slice text, uint8_t wanted)
{
    size_t at = 0;
    while (at < text.len && text.data[at] != wanted) {
        at++;
    }
    return at;
}

static bool is_digits(struct wsync_slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!is_digit(text.data[i])) {
            return false;
        }
    }
    return text.len > 0;
}

/* One to three digits, then at least one group of '.' and three digits; "0.123" is none. */
static bool is_grouped(struct wsync_slice text)
{
    size_t first = place_of(text, '.');
    if (first < 1 || first > GROUP || first == text.len || text.data[0] == '0') {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        bool point = i >= first && (i - first) % (GROUP + 1) == 0;
        if (point ? text.data[i] != '.' : !is_digit(text.data[i])) {
            return false;
        }
    }
    return (text.len - first) % (GROUP + 1) == 0;
}

static void cut(struct wsync_slice text, size_t at, struct parts *parts)
{
    parts->whole = wsync_slice_head(text, at);
    parts->fraction = wsync_slice(text.data + at + 1, text.len - at - 1);
}

/* Exactly three digits behind the mark and at most three in front, so that it could separate
 * thousands. */
static bool looks_grouped(const struct parts *parts)
{
    return parts->fraction.len == GROUP && parts->whole.len <= GROUP &&
           parts->whole.data[0] != '0';
}

static const char *split_at_comma(struct wsync_slice text, uint32_t digits, struct parts *parts)
{
    cut(text, place_of(text, ','), parts);
    if (!is_digits(parts->fraction) || !(is_digits(parts->whole) || is_grouped(parts->whole))) {
        return NOT_A_NUMBER;
    }
    if (digits < GROUP && looks_grouped(parts)) {
        return "can be read in two ways; write it without a comma";
    }
    return NULL;
}

static const char *split(struct wsync_slice text, uint32_t digits, bool point_is_decimal,
                         struct parts *parts)
{
    size_t commas = count_of(text, ','), points = count_of(text, '.');
    if (commas > 1 || (commas == 1 && point_is_decimal)) {
        return NOT_A_NUMBER;
    }
    if (commas == 1) {
        return split_at_comma(text, digits, parts);
    }
    parts->whole = text;
    if (points == 0) {
        return is_digits(text) ? NULL : NOT_A_NUMBER;
    }
    bool grouped = !point_is_decimal && is_grouped(text);
    if (grouped && (points > 1 || digits == 0)) {
        return NULL;
    }
    cut(text, place_of(text, '.'), parts);
    if (!is_digits(parts->whole) || !is_digits(parts->fraction)) {
        return NOT_A_NUMBER;
    }
    return grouped ? "can be read in two ways; write it without the point, or with a comma "
                     "for the decimals"
                   : NULL;
}

/* Counts downwards, where there is room for the smallest integer. */
static bool append(int64_t *negative, uint8_t digit)
{
    return !__builtin_mul_overflow(*negative, 10, negative) &&
           !__builtin_sub_overflow(*negative, digit - '0', negative);
}

static const char *scale(const struct parts *parts, uint32_t digits, int64_t *number)
{
    static const char TOO_LARGE[] = "is too large";
    int64_t negative = 0;
    for (size_t i = 0; i < parts->whole.len; i++) {
        uint8_t c = parts->whole.data[i];
        if (c != '.' && !append(&negative, c)) {
            return TOO_LARGE;
        }
    }
    for (size_t i = 0; i < digits; i++) {
        uint8_t c = i < parts->fraction.len ? parts->fraction.data[i] : '0';
        if (!append(&negative, c)) {
            return TOO_LARGE;
        }
    }
    for (size_t i = digits; i < parts->fraction.len; i++) {
        if (parts->fraction.data[i] != '0') {
            return digits == 0 ? "is not a whole number"
                               : "has more digits behind the point than the field takes";
        }
    }
    if (parts->negative) {
        *number = negative;
        return NULL;
    }
    return __builtin_sub_overflow(0, negative, number) ? TOO_LARGE : NULL;
}

const char *wsync_value_read_number(struct wsync_slice text, uint32_t digits,
                                    bool point_is_decimal, int64_t *number)
{
    struct parts parts = {.negative = text.len > 0 && text.data[0] == '-'};
    if (text.len > 0 && (parts.negative || text.data[0] == '+')) {
        text = wsync_slice(text.data + 1, text.len - 1);
    }
    const char *fault = split(text, digits, point_is_decimal, &parts);
    return fault ? fault : scale(&parts, digits, number);
}

/* Receivers write many digits; all behind the seventh mean less than a centimetre. */
static bool read_degrees(struct wsync_slice text, int64_t *degrees)
{
    int64_t fine;
    if (wsync_value_read_number(text, FINE_DIGITS, true, &fine)) {
        return false;
    }
    *degrees = (fine + (fine < 0 ? -FINE_STEP / 2 : FINE_STEP / 2)) / FINE_STEP;
    return true;
}

const char *wsync_value_read_place(struct wsync_slice text, int64_t place[2])
{
    struct wsync_slice rest = text, first, second;
    if (count_of(text, ',') == 1) {
        size_t comma = place_of(text, ',');
        first = wsync_value_trim(wsync_slice_head(text, comma));
        second = wsync_value_trim(wsync_slice(text.data + comma + 1, text.len - comma - 1));
    } else {
        first = wsync_value_word(&rest);
        second = wsync_value_trim(rest);
    }
    if (!read_degrees(first, &place[0]) || !read_degrees(second, &place[1])) {
        return "is not a place; write latitude and longitude like 21.0285,105.8542";
    }
    return NULL;
}
