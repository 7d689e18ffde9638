/* SPDX-License-Identifier: Apache-2.0 */
#include "host/text.h"

#include <utf8proc.h>

#include "wardsync/utf8.h"

enum {
    D_WITH_STROKE = 0x0111,
    NO_BREAK_SPACE = 0x00A0,
    /* A run of digits is written as its length and itself; longer runs sort as this one. */
    DIGIT_RUN_MAX = 64,
};

/* Bytes of a sort key; what is smaller comes first. */
enum {
    KEY_TONES = 0x01,
    KEY_SPACE = 0x02,
    KEY_NUMBER = 0x10,
    KEY_LETTER = 0x60, /* 26 letters of four qualities each */
    KEY_OTHER = 0xF0,
    KEY_TONE = 0x08,
};

struct points {
    int32_t *at;
    size_t count;
};

static enum wsync_err decompose(struct wsync_slice text, utf8proc_option_t options,
                                struct wsync_arena *arena, struct points *points)
{
    utf8proc_ssize_t needed =
        utf8proc_decompose(text.data, (utf8proc_ssize_t)text.len, NULL, 0, options);
    if (needed < 0) {
        return WSYNC_ERR_VALUE;
    }
    points->count = (size_t)needed;
    points->at = wsync_arena_array(arena, points->count + 1, sizeof *points->at);
    if (!points->at) {
        return WSYNC_ERR_MEMORY;
    }
    utf8proc_ssize_t written =
        utf8proc_decompose(text.data, (utf8proc_ssize_t)text.len, points->at, needed, options);
    WSYNC_ASSERT(written == needed);
    return WSYNC_OK;
}

/* Makes UTF-8 out of the points, in their own memory. */
static struct wsync_slice encode(struct points points, utf8proc_option_t options)
{
    utf8proc_ssize_t len =
        utf8proc_reencode(points.at, (utf8proc_ssize_t)points.count, options);
    WSYNC_ASSERT(len >= 0);
    return wsync_slice(points.at, (size_t)len);
}

static size_t first_fault(struct wsync_slice text)
{
    size_t at = 0;
    uint32_t point;
    for (size_t len; (len = wsync_utf8_step(text, at, &point)) > 0;) {
        at += len;
    }
    return at;
}

enum wsync_err wsync_text_normalise(struct wsync_slice text, struct wsync_arena *arena,
                                    struct wsync_slice *normal, struct wsync_error *error)
{
    const utf8proc_option_t options = UTF8PROC_STABLE | UTF8PROC_COMPOSE;
    struct points points;
    enum wsync_err err = decompose(text, options, arena, &points);
    if (err == WSYNC_ERR_VALUE) {
        return wsync_error_set(error, err, "The text is not valid UTF-8 at byte %zu.",
                               first_fault(text) + 1);
    }
    if (err != WSYNC_OK) {
        return wsync_error_set(error, err, "%s", wsync_err_text(err, WSYNC_EN));
    }
    size_t kept = 0;
    for (size_t i = 0; i < points.count; i++) {
        bool pair = points.at[i] == '\r' && i + 1 < points.count && points.at[i + 1] == '\n';
        if (!pair) {
            points.at[kept++] = points.at[i] == '\r' ? '\n' : points.at[i];
        }
    }
    points.count = kept;
    *normal = encode(points, options);
    return WSYNC_OK;
}

static bool is_blank(int32_t point)
{
    return point == ' ' || point == '\t' || point == '\n' || point == '\r' ||
           point == NO_BREAK_SPACE;
}

enum wsync_err wsync_text_search_key(struct wsync_slice text, struct wsync_arena *arena,
                                     struct wsync_slice *key)
{
    const utf8proc_option_t options =
        UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_STRIPMARK | UTF8PROC_CASEFOLD;
    struct points points;
    enum wsync_err err = decompose(text, options, arena, &points);
    if (err != WSYNC_OK) {
        return err;
    }
    size_t kept = 0;
    bool blank = false;
    for (size_t i = 0; i < points.count; i++) {
        if (is_blank(points.at[i])) {
            blank = kept > 0;
            continue;
        }
        int32_t point = points.at[i] == D_WITH_STROKE ? 'd' : points.at[i];
        if (blank) { /* kept < i here, so a point not yet read is never overwritten */
            points.at[kept++] = ' ';
            blank = false;
        }
        points.at[kept++] = point;
    }
    points.count = kept;
    *key = encode(points, options);
    return WSYNC_OK;
}

/* 1 breve, 2 circumflex, 3 horn; 0 for any other point. */
static uint8_t quality_of(int32_t mark)
{
    return mark == 0x0306 ? 1 : (mark == 0x0302 ? 2 : (mark == 0x031B ? 3 : 0));
}

/* 1 huyền, 2 hỏi, 3 ngã, 4 sắc, 5 nặng; 0 for any other point. */
static uint8_t tone_of(int32_t mark)
{
    static const int32_t MARKS[] = {0x0300, 0x0309, 0x0303, 0x0301, 0x0323};
    for (uint8_t i = 0; i < sizeof MARKS / sizeof *MARKS; i++) {
        if (MARKS[i] == mark) {
            return (uint8_t)(i + 1);
        }
    }
    return 0;
}

static bool is_digit(int32_t point)
{
    return point >= '0' && point <= '9';
}

/* A key under construction; the tones of the syllables wait behind all letters. */
struct sort_key {
    uint8_t *letters, *tones;
    size_t letter_count, tone_count;
};

static void put_letter(struct sort_key *key, size_t byte)
{
    key->letters[key->letter_count++] = (uint8_t)byte;
}

static size_t put_number(struct sort_key *key, struct points points, size_t at)
{
    size_t len = 0;
    while (at + len < points.count && len < DIGIT_RUN_MAX && is_digit(points.at[at + len])) {
        len++;
    }
    put_letter(key, KEY_NUMBER);
    put_letter(key, len);
    for (size_t i = 0; i < len; i++) {
        put_letter(key, (size_t)points.at[at + i]);
    }
    return len;
}

static void put_other(struct sort_key *key, int32_t point)
{
    uint8_t bytes[4];
    put_letter(key, KEY_OTHER);
    utf8proc_ssize_t len = utf8proc_encode_char(point, bytes);
    for (utf8proc_ssize_t i = 0; i < len; i++) {
        put_letter(key, bytes[i]);
    }
}

/* Puts what begins at `at` and returns how many points that took. */
static size_t put_point(struct sort_key *key, struct points points, size_t at)
{
    int32_t point = points.at[at];
    if (is_blank(point)) {
        put_letter(key, KEY_SPACE);
        key->tones[++key->tone_count] = KEY_TONE;
        return 1;
    }
    if (is_digit(point)) {
        return put_number(key, points, at);
    }
    bool stroke = point == D_WITH_STROKE;
    if (!stroke && (point < 'a' || point > 'z')) {
        put_other(key, point);
        return 1;
    }
    size_t letter = stroke ? 'd' - 'a' : (size_t)(point - 'a');
    size_t quality = stroke ? 1 : 0, len = 1;
    for (; at + len < points.count; len++) {
        uint8_t of_letter = quality_of(points.at[at + len]);
        uint8_t tone = tone_of(points.at[at + len]);
        if (of_letter == 0 && tone == 0) {
            break;
        }
        quality = of_letter > 0 ? of_letter : quality;
        if (tone > 0) {
            key->tones[key->tone_count] = (uint8_t)(KEY_TONE + tone);
        }
    }
    put_letter(key, KEY_LETTER + letter * 4 + quality);
    return len;
}

enum wsync_err wsync_text_sort_key(struct wsync_slice text, struct wsync_arena *arena,
                                   struct wsync_slice *key)
{
    struct points points;
    enum wsync_err err = decompose(
        text, UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD, arena, &points);
    if (err != WSYNC_OK) {
        return err;
    }
    /* At most five bytes for a point, one tone for a blank, and both ends. */
    struct sort_key made = {
        .letters = wsync_arena_array(arena, points.count + 1, 6),
        .tones = wsync_arena_get(arena, points.count + 1),
    };
    if (!made.letters || !made.tones) {
        return WSYNC_ERR_MEMORY;
    }
    made.tones[0] = KEY_TONE;
    for (size_t at = 0; at < points.count;) {
        at += put_point(&made, points, at);
    }
    put_letter(&made, KEY_TONES);
    for (size_t i = 0; i <= made.tone_count; i++) {
        put_letter(&made, made.tones[i]);
    }
    *key = wsync_slice(made.letters, made.letter_count);
    return WSYNC_OK;
}
