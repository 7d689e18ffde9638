/* SPDX-License-Identifier: Apache-2.0 */
/* Writing a value so that reading gives it back. */
#include <stdio.h>
#include <string.h>

#include "host/photo_text.h"
#include "host/value_text.h"
#include "wardsync/calendar.h"
#include "wardsync/decimal.h"

enum {
    DAY_SECONDS = 86400,
    LOCAL_SECONDS = 7 * 3600,
    GROUP = 3,
    PLACE_DIGITS = 7,
    PIECE_BYTES = 64,
};

/* Where the text goes; `full` once something did not fit. */
struct sink {
    char *text;
    size_t size, len;
    bool full;
};

static void put(struct sink *sink, struct wsync_slice bytes)
{
    if (sink->full || bytes.len >= sink->size - sink->len) {
        sink->full = true;
        return;
    }
    if (bytes.len > 0) {
        memcpy(sink->text + sink->len, bytes.data, bytes.len);
        sink->len += bytes.len;
    }
}

static void put_text(struct sink *sink, const char *text)
{
    put(sink, wsync_slice_of(text));
}

static bool is_for_people(enum wsync_style style)
{
    return style == WSYNC_STYLE_VI || style == WSYNC_STYLE_EN;
}

/* Thousands by '.', decimals behind ',' for people. */
static void put_number(struct sink *sink, int64_t scaled, uint32_t digits,
                       enum wsync_style style)
{
    char plain[WSYNC_DECIMAL_TEXT_BYTES];
    size_t len = wsync_decimal_print(scaled, digits, plain);
    size_t whole = digits > 0 ? len - digits - 1 : len;
    for (size_t i = 0; i < len; i++) {
        bool decimal_mark = i == whole;
        bool digit_before = i > 0 && plain[i - 1] != '-';
        if (is_for_people(style) && i < whole && digit_before && (whole - i) % GROUP == 0) {
            put_text(sink, ".");
        }
        bool comma = decimal_mark && style != WSYNC_STYLE_DATA;
        put(sink, comma ? wsync_slice_of(",") : wsync_slice(plain + i, 1));
    }
}

/* Illegal values are shown as the numbers they are, so that evidence can be looked at. */
static void put_date(struct sink *sink, int64_t day, enum wsync_style style)
{
    char piece[PIECE_BYTES];
    if (day < WSYNC_DAY_MIN || day > WSYNC_DAY_MAX) {
        put_number(sink, day, 0, WSYNC_STYLE_DATA);
        return;
    }
    if (is_for_people(style)) {
        struct wsync_civil civil = wsync_calendar_civil((int32_t)day);
        snprintf(piece, sizeof piece, "%02d/%02d/%04d", civil.day, civil.month, civil.year);
    } else {
        wsync_calendar_print((int32_t)day, piece);
    }
    put_text(sink, piece);
}

static void put_moment(struct sink *sink, int64_t second, enum wsync_style style)
{
    char piece[PIECE_BYTES];
    if (second < (int64_t)WSYNC_DAY_MIN * DAY_SECONDS ||
        second >= ((int64_t)WSYNC_DAY_MAX + 1) * DAY_SECONDS) {
        put_number(sink, second, 0, WSYNC_STYLE_DATA);
        return;
    }
    /* Floor: moments before 1970 are negative. */
    int64_t local = second + LOCAL_SECONDS;
    int64_t day = (local - (local < 0 ? DAY_SECONDS - 1 : 0)) / DAY_SECONDS;
    bool in_local = day <= WSYNC_DAY_MAX; /* the last hours of 2199 are 2200 here */
    if (!in_local) {
        local = second;
        day = second / DAY_SECONDS;
    }
    int rest = (int)(local - day * DAY_SECONDS);
    bool short_form = is_for_people(style) && in_local;
    put_date(sink, day, in_local ? style : WSYNC_STYLE_DATA);
    snprintf(piece, sizeof piece, "%s%02d:%02d", short_form ? " " : "T", rest / 3600,
             rest / 60 % 60);
    put_text(sink, piece);
    if (!short_form || rest % 60 != 0) {
        snprintf(piece, sizeof piece, ":%02d", rest % 60);
        put_text(sink, piece);
    }
    if (!short_form) {
        put_text(sink, in_local ? "+07:00" : "Z");
    }
}

static void put_choice(struct sink *sink, const struct wsync_field *field, int64_t number,
                       enum wsync_style style)
{
    const struct wsync_choice *choice = wsync_field_choice(field, (uint32_t)number);
    if (!choice) { /* a value of a later version of the form */
        put_number(sink, number, 0, WSYNC_STYLE_DATA);
        return;
    }
    put(sink, style == WSYNC_STYLE_VI   ? choice->label_vi
              : style == WSYNC_STYLE_EN ? choice->label_en
                                        : choice->name);
}

static void put_boolean(struct sink *sink, int64_t boolean, enum wsync_style style)
{
    static const char *const WORDS[][2] = {
        [WSYNC_STYLE_DATA] = {"false", "true"},
        [WSYNC_STYLE_EXCEL] = {"false", "true"},
        [WSYNC_STYLE_VI] = {"Không", "Có"},
        [WSYNC_STYLE_EN] = {"No", "Yes"},
    };
    put_text(sink, WORDS[style][boolean != 0]);
}

static void put_integer(struct sink *sink, const struct wsync_field *field, int64_t integer,
                        enum wsync_style style)
{
    char piece[PIECE_BYTES];
    switch (field->type) {
    case WSYNC_TYPE_DATE:
        put_date(sink, integer, style);
        return;
    case WSYNC_TYPE_TIME:
        snprintf(piece, sizeof piece, "%02d:%02d", (int)(integer / 60), (int)(integer % 60));
        put_text(sink, piece);
        return;
    case WSYNC_TYPE_DATETIME:
        put_moment(sink, integer, style);
        return;
    case WSYNC_TYPE_CHOICE:
        put_choice(sink, field, integer, style);
        return;
    case WSYNC_TYPE_BOOLEAN:
        put_boolean(sink, integer, style);
        return;
    case WSYNC_TYPE_UNIT:
        put_number(sink, integer, 0, WSYNC_STYLE_DATA);
        return;
    case WSYNC_TYPE_INTEGER:
    case WSYNC_TYPE_DECIMAL:
    case WSYNC_TYPE_TEXT:
    case WSYNC_TYPE_CHOICES:
    case WSYNC_TYPE_GEOPOINT:
    case WSYNC_TYPE_BYTES:
    case WSYNC_TYPE_PHOTO:
        put_number(sink, integer, field->digits, style);
        return;
    }
}

static void put_list(struct sink *sink, const struct wsync_field *field,
                     const struct wsync_value *value, enum wsync_style style)
{
    bool place = field->type == WSYNC_TYPE_GEOPOINT;
    const char *between = place ? "," : (is_for_people(style) ? "; " : " ");
    for (size_t i = 0; i < value->item_count; i++) {
        put_text(sink, i > 0 ? between : "");
        if (place) {
            put_number(sink, value->items[i], PLACE_DIGITS, WSYNC_STYLE_DATA);
        } else {
            put_choice(sink, field, value->items[i], style);
        }
    }
}

static void put_bytes(struct sink *sink, struct wsync_slice bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        char piece[3];
        snprintf(piece, sizeof piece, "%02x", bytes.data[i]);
        put_text(sink, piece);
    }
}

static void put_photo(struct sink *sink, struct wsync_slice bytes)
{
    struct wsync_blob_name name;
    char text[WSYNC_PHOTO_NAME_BYTES];
    if (wsync_blob_name_decode(bytes, &name)) {
        put_text(sink, wsync_photo_name_print(&name, text));
    } else { /* evidence */
        put_bytes(sink, bytes);
    }
}

enum wsync_err wsync_value_print(const struct wsync_field *field,
                                 const struct wsync_value *value, enum wsync_style style,
                                 char *text, size_t size)
{
    WSYNC_ASSERT(size > 0);
    struct sink sink = {.text = text, .size = size};
    switch (value->class) {
    case WSYNC_CLASS_INTEGER:
        put_integer(&sink, field, value->integer, style);
        break;
    case WSYNC_CLASS_TEXT:
        if (field->type == WSYNC_TYPE_PHOTO) {
            put_photo(&sink, value->text);
        } else if (field->type == WSYNC_TYPE_BYTES) {
            put_bytes(&sink, value->text);
        } else {
            put(&sink, value->text);
        }
        break;
    case WSYNC_CLASS_LIST:
        put_list(&sink, field, value, style);
        break;
    case WSYNC_CLASS_BLANK:
        break;
    case WSYNC_CLASS_PRIVATE:
        put_text(&sink, "***");
        break;
    }
    text[sink.len] = '\0';
    return sink.full ? WSYNC_ERR_OVERSIZE : WSYNC_OK;
}
