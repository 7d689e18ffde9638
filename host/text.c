/* SPDX-License-Identifier: Apache-2.0 */
#include "host/text.h"

#include <string.h>

#include <utf8proc.h>

#include "wardsync/utf8.h"

enum {
    D_WITH_STROKE = 0x0111,
    NO_BREAK_SPACE = 0x00A0,
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

/* ---- the search key ---- */

static const utf8proc_option_t KEY_OPTIONS =
    UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_STRIPMARK | UTF8PROC_CASEFOLD;

/* Puts the points together as a key. */
static struct wsync_slice squeeze(struct points points)
{
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
    return encode(points, KEY_OPTIONS);
}

/* What becomes of a point below FOLDS: a byte of ASCII; GONE: nothing; OTHERWISE: ask the
 * library.  Nearly all that people here write is found so, twenty times as fast. */
enum { FOLDS = 0x2000, GONE = 0x80, OTHERWISE = 0x81 };

static uint8_t fold(uint32_t point)
{
    static uint8_t folds[FOLDS]; /* 0: not looked at yet */
    utf8proc_int32_t out[8];
    int boundary = 0;
    if (point >= FOLDS) {
        return OTHERWISE;
    }
    if (folds[point] == 0) {
        utf8proc_ssize_t count =
            utf8proc_decompose_char((utf8proc_int32_t)point, out, 8, KEY_OPTIONS, &boundary);
        int32_t only = count == 1 ? out[0] : 0;
        only = only == D_WITH_STROKE ? 'd' : is_blank(only) ? ' ' : only;
        folds[point] = count == 0 ? GONE : only > 0 && only < GONE ? (uint8_t)only : OTHERWISE;
    }
    return folds[point];
}

/* The key of such text; false when there is anything else in it. */
static bool fold_all(struct wsync_slice text, uint8_t *key, size_t *len)
{
    uint32_t point;
    size_t kept = 0;
    bool blank = false;
    for (size_t at = 0, step; at < text.len; at += step) {
        step = wsync_utf8_step(text, at, &point);
        uint8_t byte = step == 0 ? OTHERWISE : fold(point);
        if (byte == OTHERWISE) {
            return false;
        }
        if (byte == ' ') {
            blank = kept > 0;
        } else if (byte != GONE) {
            if (blank) {
                key[kept++] = ' ';
                blank = false;
            }
            key[kept++] = byte;
        }
    }
    *len = kept;
    return true;
}

enum wsync_err wsync_text_search_key(struct wsync_slice text, struct wsync_arena *arena,
                                     struct wsync_slice *key)
{
    struct points points;
    uint8_t *bytes = wsync_arena_get(arena, text.len + 1); /* a key of ASCII is no longer */
    size_t len;
    if (!bytes) {
        return WSYNC_ERR_MEMORY;
    }
    if (fold_all(text, bytes, &len)) {
        *key = wsync_slice(bytes, len);
        return WSYNC_OK;
    }
    enum wsync_err err = decompose(text, KEY_OPTIONS, arena, &points);
    if (err == WSYNC_OK) {
        *key = squeeze(points);
    }
    return err;
}

/* ---- the order of a list ---- */

enum {
    /* Behind a letter and greater than whatever may stand there: it is another letter. */
    BREVE = 0xFB,
    CIRCUMFLEX = 0xFC,
    HORN = 0xFD,
    STROKE = 0xFE,
    TONES = 6,
    NUMBER_DIGITS_MAX = 200,
};

/* A key being written: letters, then a tone for each word. */
struct ordering {
    uint8_t *letters, *tones;
    size_t len, words;
};

/* The place of a tone mark in the order of a dictionary; 0: it is none. */
static uint8_t tone_of(int32_t point)
{
    static const int32_t MARKS[TONES] = {0, 0x300, 0x309, 0x303, 0x301, 0x323};
    for (uint8_t i = 1; i < TONES; i++) {
        if (MARKS[i] == point) {
            return i;
        }
    }
    return 0;
}

static uint8_t letter_of(int32_t point)
{
    return point == 0x306 ? BREVE : point == 0x302 ? CIRCUMFLEX : point == 0x31B ? HORN : 0;
}

/* Writes a number so that 2 comes before 10; answers how many points it took. */
static size_t put_number(struct ordering *key, const struct points *points, size_t at)
{
    size_t end = at;
    while (at + 1 < points->count && points->at[at] == '0' && points->at[at + 1] >= '0' &&
           points->at[at + 1] <= '9') {
        at++;
    }
    size_t begin = at;
    while (at < points->count && points->at[at] >= '0' && points->at[at] <= '9') {
        at++;
    }
    size_t digits = at - begin < NUMBER_DIGITS_MAX ? at - begin : NUMBER_DIGITS_MAX;
    key->letters[key->len++] = '0';
    key->letters[key->len++] = (uint8_t)digits;
    for (size_t i = begin; i < at; i++) {
        key->letters[key->len++] = (uint8_t)points->at[i];
    }
    return at - end;
}

static void put_point(struct ordering *key, int32_t point)
{
    uint8_t tone = tone_of(point);
    uint8_t letter = letter_of(point);
    if (tone != 0) {
        key->tones[key->words] = tone;
    } else if (letter != 0) {
        key->letters[key->len++] = letter;
    } else if (point == D_WITH_STROKE) {
        key->letters[key->len++] = 'd';
        key->letters[key->len++] = STROKE;
    } else {
        key->len += (size_t)utf8proc_encode_char(point, key->letters + key->len);
    }
}

static void put_points(struct ordering *key, const struct points *points)
{
    bool blank = false;
    for (size_t i = 0; i < points->count; i++) {
        int32_t point = points->at[i];
        if (is_blank(point)) {
            blank = key->len > 0;
            continue;
        }
        if (blank) {
            key->letters[key->len++] = ' ';
            key->words++;
            blank = false;
        }
        if (point >= '0' && point <= '9') {
            i += put_number(key, points, i) - 1;
        } else {
            put_point(key, point);
        }
    }
}

enum wsync_err wsync_text_order_key(struct wsync_slice text, struct wsync_arena *arena,
                                    struct wsync_slice *key)
{
    struct points points;
    enum wsync_err err = decompose(
        text, UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD, arena, &points);
    if (err != WSYNC_OK) {
        return err;
    }
    size_t room = 4 * points.count + 2; /* a point is at most four bytes, a number three */
    struct ordering ordering = {.letters = wsync_arena_get(arena, 2 * room),
                                .tones = wsync_arena_get(arena, room)};
    if (!ordering.letters || !ordering.tones) {
        return WSYNC_ERR_MEMORY;
    }
    memset(ordering.tones, 0, room);
    put_points(&ordering, &points);
    ordering.letters[ordering.len++] = 0; /* a shorter name comes first, whatever its tones */
    memcpy(ordering.letters + ordering.len, ordering.tones, ordering.words + 1);
    *key = wsync_slice(ordering.letters, ordering.len + ordering.words + 1);
    return WSYNC_OK;
}
