/* SPDX-License-Identifier: Apache-2.0 */
#include "host/words.h"

#include <stdio.h>
#include <string.h>

#include "wardsync/slice.h"

/* po/vi.po, as the linker puts it into the program. */
extern const char _binary_vi_po_start[], _binary_vi_po_end[];

enum {
    TEXT_BYTES = 768,    /* of one format of the file */
    HOLES_MAX = 8,       /* of a format */
    DEPTH_MAX = 4,       /* of sentences within sentences */
    STEPS_MAX = 20000,   /* of one comparison */
    KNOWN_BYTES_MIN = 4, /* a format that says less by itself says nothing */
};

/* ---- the file: msgid and msgstr, each one string or several lines of them ---- */

/* Takes the strings that stand at `*at` and on the following lines; false when they are too
 * long. */
static bool take_strings(const char **at, char text[TEXT_BYTES])
{
    size_t len = 0;
    const char *here = *at;
    while (here < _binary_vi_po_end && *here == '"') {
        for (here++; here < _binary_vi_po_end && *here != '"'; here++) {
            here += *here == '\\';
            if (len + 1 >= TEXT_BYTES) {
                return false;
            }
            text[len++] = *here == 'n' && here[-1] == '\\' ? '\n' : *here;
        }
        here += 2; /* the quote and the line end */
    }
    text[len] = '\0';
    *at = here;
    return true;
}

/* The next pair from `*at` on. */
static bool next_pair(const char **at, char id[TEXT_BYTES], char text[TEXT_BYTES])
{
    static const char ID[] = "msgid ", TEXT[] = "msgstr ";
    const char *here = *at;
    while (here < _binary_vi_po_end) {
        bool begins = (size_t)(_binary_vi_po_end - here) > sizeof ID &&
                      strncmp(here, ID, sizeof ID - 1) == 0;
        if (begins) {
            here += sizeof ID - 1;
            if (!take_strings(&here, id) || strncmp(here, TEXT, sizeof TEXT - 1) != 0) {
                return false;
            }
            here += sizeof TEXT - 1;
            *at = here;
            return take_strings(at, text);
        }
        while (here < _binary_vi_po_end && *here++ != '\n') {
        }
    }
    return false;
}

/* ---- a format and a sentence ---- */

/* The length of the conversion that a '%' begins, and what it converts; "%%" is none. */
static size_t conversion(const char *format, char *kind, size_t *place)
{
    size_t digits = strspn(format + 1, "0123456789");
    *place = 0;
    if (digits == 1 && format[2] == '$') {
        *place = (size_t)(format[1] - '0');
    }
    size_t len = 1 + strspn(format + 1, "0123456789$-+ #*.hlzjt");
    *kind = format[len];
    return format[len] ? len + 1 : len;
}

struct hole {
    const char *text;
    size_t len;
};

struct match {
    struct hole holes[HOLES_MAX];
    size_t count;
    size_t said; /* bytes that the format says by itself */
    size_t steps;
};

static bool fits(struct match *match, const char *format, const char *text);

/* Tries each length of a hole, the shortest first; numbers hold digits alone. */
static bool fits_hole(struct match *match, const char *format, const char *text)
{
    char kind;
    size_t place;
    size_t at = match->count;
    const char *behind = format + conversion(format, &kind, &place);
    size_t most = strchr("diux", kind) ? strspn(text, "0123456789abcdef-") : strlen(text);
    if (at == HOLES_MAX) {
        return false;
    }
    for (size_t len = *behind == '\0' ? most : 0; len <= most; len++) {
        match->holes[at] = (struct hole){text, len};
        match->count = at + 1;
        if (fits(match, behind, text + len)) {
            return true;
        }
    }
    match->count = at;
    return false;
}

static bool fits(struct match *match, const char *format, const char *text)
{
    size_t said = match->said;
    while (*format && match->steps++ < STEPS_MAX) {
        if (*format == '%' && format[1] != '%') {
            if (fits_hole(match, format, text)) {
                return true;
            }
            match->said = said;
            return false;
        }
        format += *format == '%';
        if (*format++ != *text++) {
            match->said = said;
            return false;
        }
        match->said++;
    }
    if (*format == '\0' && *text == '\0') {
        return true;
    }
    match->said = said;
    return false;
}

/* ---- the translation ---- */

struct writer {
    char *text;
    size_t len, room;
};

static void put(struct writer *writer, const char *text, size_t len)
{
    size_t left = writer->room - 1 - writer->len;
    len = len < left ? len : left;
    memcpy(writer->text + writer->len, text, len);
    writer->len += len;
    writer->text[writer->len] = '\0';
}

static bool translate(const char *english, unsigned depth, struct writer *writer);

static void put_hole(struct writer *writer, const struct hole *hole, unsigned depth)
{
    char text[TEXT_BYTES];
    snprintf(text, sizeof text, "%.*s", (int)hole->len, hole->text);
    if (hole->len >= sizeof text || !translate(text, depth + 1, writer)) {
        put(writer, hole->text, hole->len);
    }
}

static void compose(struct writer *writer, const char *format, const struct match *match,
                    unsigned depth)
{
    size_t next = 0;
    while (*format) {
        char kind;
        size_t place;
        if (*format != '%' || format[1] == '%') {
            format += *format == '%';
            put(writer, format++, 1);
            continue;
        }
        format += conversion(format, &kind, &place);
        size_t at = place > 0 ? place - 1 : next++;
        if (at < match->count) {
            put_hole(writer, &match->holes[at], depth);
        }
    }
}

/* What an error means stands in both languages in error.h. */
static const char *find_meaning(const char *english)
{
    static const enum wsync_err ERRORS[] = {
#define WORDS_OF(NAME, number, name, vi, en) WSYNC_ERR_##NAME,
        WSYNC_ERROR_LIST(WORDS_OF)
#undef WORDS_OF
    };
    for (size_t i = 0; i < sizeof ERRORS / sizeof *ERRORS; i++) {
        if (strcmp(wsync_err_text(ERRORS[i], WSYNC_EN), english) == 0) {
            return wsync_err_text(ERRORS[i], WSYNC_VI);
        }
    }
    return NULL;
}

/* The format that knows most of a sentence, with what it knows of the holes. */
struct best {
    struct match match;
    char text[TEXT_BYTES];
    size_t known;
};

static size_t find_best(const char *english, unsigned depth, struct best *best);

static size_t known_of(const struct match *match, unsigned depth)
{
    size_t known = match->said;
    for (size_t i = 0; i < match->count; i++) {
        char text[TEXT_BYTES];
        struct best best;
        const struct hole *hole = &match->holes[i];
        if (hole->len >= KNOWN_BYTES_MIN && hole->len < sizeof text) {
            snprintf(text, sizeof text, "%.*s", (int)hole->len, hole->text);
            known += find_best(text, depth + 1, &best);
        }
    }
    return known;
}

/* How many bytes of it are known; 0: it is not. */
static size_t find_best(const char *english, unsigned depth, struct best *best)
{
    char id[TEXT_BYTES], text[TEXT_BYTES];
    const char *at = _binary_vi_po_start;
    const char *meaning = find_meaning(english);
    *best = (struct best){.known = 0};
    if (meaning) {
        snprintf(best->text, sizeof best->text, "%s", meaning);
        best->known = strlen(english);
    }
    while (!meaning && depth < DEPTH_MAX && next_pair(&at, id, text)) {
        struct match match = {.count = 0};
        if (text[0] == '\0' || !fits(&match, id, english)) {
            continue;
        }
        size_t known = known_of(&match, depth);
        if (known >= KNOWN_BYTES_MIN && known > best->known) {
            best->match = match;
            best->known = known;
            memcpy(best->text, text, sizeof text);
        }
    }
    return best->known;
}

/* Writes it translated; false, and nothing is written, when it is not known. */
static bool translate(const char *english, unsigned depth, struct writer *writer)
{
    struct best best;
    if (find_best(english, depth, &best) == 0) {
        return false;
    }
    compose(writer, best.text, &best.match, depth);
    return true;
}

const char *wsync_words(enum wsync_language language, const char *english,
                        char room[WSYNC_WORDS_BYTES])
{
    struct writer writer = {room, 0, WSYNC_WORDS_BYTES};
    if (language == WSYNC_EN || !translate(english, 0, &writer)) {
        return english;
    }
    return room;
}

struct wsync_slice wsync_words_label(enum wsync_language language, struct wsync_slice vi,
                                     struct wsync_slice en)
{
    return language == WSYNC_VI || en.len == 0 ? vi : en;
}
