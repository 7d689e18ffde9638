/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/vector.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wardsync/ids.h"

static const struct vector *last_case(const struct vector_book *book)
{
    WSYNC_ASSERT(book->case_count > 0);
    return &book->cases[book->case_count - 1];
}

struct vector_book *vector_book_new(void)
{
    struct vector_book *book = calloc(1, sizeof *book);
    void *block = aligned_alloc(16, VECTOR_BYTES_MAX);
    WSYNC_ASSERT(book && block);
    wsync_arena_init(&book->arena, block, VECTOR_BYTES_MAX);
    return book;
}

void vector_book_free(struct vector_book *book)
{
    free(book->arena.block);
    free(book);
}

static void add_line(struct vector_book *book, const char *key, const char *value)
{
    WSYNC_ASSERT(book->case_count > 0);
    struct vector *vector = &book->cases[book->case_count - 1];
    WSYNC_ASSERT(vector->line_count < VECTOR_LINES_MAX);
    vector->lines[vector->line_count++] = (struct vector_line){key, value};
}

static const char *keep(struct vector_book *book, const char *text, size_t len)
{
    char *copy = wsync_arena_get(&book->arena, len + 1);
    WSYNC_ASSERT(copy);
    memcpy(copy, text, len);
    return copy;
}

void vector_text(struct vector_book *book, const char *key, const char *value)
{
    add_line(book, key, keep(book, value, strlen(value)));
}

void vector_number(struct vector_book *book, const char *key, int64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, value);
    vector_text(book, key, text);
}

void vector_hex(struct vector_book *book, const char *key, struct wsync_slice bytes)
{
    char *text = wsync_arena_get(&book->arena, 2 * bytes.len + 1);
    WSYNC_ASSERT(text);
    wsync_hex_encode(bytes, text);
    add_line(book, key, text);
}

static void begin_case(struct vector_book *book)
{
    WSYNC_ASSERT(book->case_count < VECTOR_CASES_MAX);
    book->cases[book->case_count++].line_count = 0;
}

void vector_begin(struct vector_book *book, const char *name, const char *spec,
                  const char *what)
{
    begin_case(book);
    vector_text(book, "case", name);
    vector_text(book, "spec", spec);
    vector_text(book, "do", what);
}

void vector_expect(struct vector_book *book, enum wsync_err code)
{
    add_line(book, "expect", wsync_err_name(code));
    struct vector inputs = *last_case(book);
    enum wsync_err got = vector_run(book, &inputs);
    if (got != code) {
        fprintf(stderr, "vector %s: %s, not %s\n", inputs.lines[0].value, wsync_err_name(got),
                wsync_err_name(code));
    }
    WSYNC_ASSERT(got == code);
}

/* A line of a file; a blank one ends the case. */
static bool take_line(struct vector_book *book, const char *line, size_t len, bool *in_case)
{
    if (len > 0 && line[0] == '#') {
        return true;
    }
    if (len == 0) {
        *in_case = false;
        return true;
    }
    const char *colon = memchr(line, ':', len);
    if (!colon) {
        return false;
    }
    if (!*in_case) {
        begin_case(book);
        *in_case = true;
    }
    size_t key_len = (size_t)(colon - line);
    const char *value = colon + 1;
    size_t value_len = len - key_len - 1;
    if (value_len > 0 && *value == ' ') {
        value++;
        value_len--;
    }
    add_line(book, keep(book, line, key_len), keep(book, value, value_len));
    return true;
}

bool vector_book_read(struct vector_book *book, const char *path)
{
    FILE *file = fopen(path, "r");
    if (!file) {
        fprintf(stderr, "%s: cannot be read\n", path);
        return false;
    }
    char *line = NULL;
    size_t size = 0;
    bool in_case = false;
    bool good = true;
    int number = 0;
    for (ssize_t len; good && (len = getline(&line, &size, file)) >= 0;) {
        number++;
        if (len > 0 && line[len - 1] == '\n') {
            len--;
        }
        good = take_line(book, line, (size_t)len, &in_case);
    }
    if (!good) {
        fprintf(stderr, "%s:%d: not a \"key: value\" line\n", path, number);
    }
    free(line);
    fclose(file);
    return good;
}

static size_t put(char *out, size_t used, const char *text)
{
    size_t len = strlen(text);
    if (out) {
        memcpy(out + used, text, len);
    }
    return used + len;
}

/* Lays the book out into `out`, or only measures when it is NULL. */
static size_t lay_out(const struct vector_book *book, const char *title, char *out)
{
    size_t used = put(out, 0, "# SPDX-License-Identifier: Apache-2.0\n# ");
    used = put(out, used, title);
    used = put(out, used, "\n# Made by tests/vector_*.c (make golden); proto/SPEC.md says what "
                          "is proved.\n");
    for (size_t i = 0; i < book->case_count; i++) {
        used = put(out, used, "\n");
        for (size_t k = 0; k < book->cases[i].line_count; k++) {
            const struct vector_line *line = &book->cases[i].lines[k];
            used = put(out, used, line->key);
            used = put(out, used, *line->value ? ": " : ":");
            used = put(out, used, line->value);
            used = put(out, used, "\n");
        }
    }
    return used;
}

struct wsync_slice vector_book_print(struct vector_book *book, const char *title)
{
    size_t len = lay_out(book, title, NULL);
    char *out = wsync_arena_get(&book->arena, len);
    WSYNC_ASSERT(out);
    return wsync_slice(out, lay_out(book, title, out));
}

const char *vector_nth(const struct vector *vector, const char *key, size_t nth)
{
    for (size_t i = 0; i < vector->line_count; i++) {
        if (strcmp(vector->lines[i].key, "expect") == 0) {
            return NULL;
        }
        if (strcmp(vector->lines[i].key, key) == 0 && nth-- == 0) {
            return vector->lines[i].value;
        }
    }
    return NULL;
}

struct wsync_slice vector_bytes_nth(const struct vector *vector, const char *key, size_t nth,
                                    struct wsync_arena *arena)
{
    const char *text = vector_nth(vector, key, nth);
    size_t len = text ? strlen(text) / 2 : 0;
    uint8_t *bytes = wsync_arena_get(arena, len);
    WSYNC_ASSERT(bytes && (!text || wsync_hex_decode(wsync_slice_of(text), bytes, len)));
    return wsync_slice(bytes, len);
}

struct wsync_slice vector_bytes(const struct vector *vector, const char *key,
                                struct wsync_arena *arena)
{
    return vector_bytes_nth(vector, key, 0, arena);
}

int64_t vector_integer(const struct vector *vector, const char *key)
{
    const char *text = vector_nth(vector, key, 0);
    return text ? strtoll(text, NULL, 10) : 0;
}

bool vector_fixed(const struct vector *vector, const char *key, void *out, size_t len)
{
    const char *text = vector_nth(vector, key, 0);
    return text && wsync_hex_decode(wsync_slice_of(text), out, len);
}

/* A run of bytes and how often it stands there. */
struct spelled_part {
    struct wsync_slice bytes;
    size_t count;
};

/* Reads one word with its repetition: the last byte alone (*n) or the whole (**n). */
static size_t spell_word(struct wsync_arena *arena, const char **at,
                         struct spelled_part parts[2])
{
    size_t digits = strspn(*at, "0123456789abcdef");
    size_t len = digits / 2;
    uint8_t *word = wsync_arena_get(arena, len + 1);
    WSYNC_ASSERT(word && len > 0 && wsync_hex_decode(wsync_slice(*at, digits), word, len));
    *at += digits;
    bool repeats = **at == '*';
    bool whole = repeats && (*at)[1] == '*';
    char *end;
    size_t count = 1;
    if (repeats) {
        count = (size_t)strtoul(*at + (whole ? 2 : 1), &end, 10);
        *at = end;
    }
    *at += strspn(*at, " ");
    size_t head = whole ? 0 : len - 1;
    parts[0] = (struct spelled_part){wsync_slice(word, head), 1};
    parts[1] = (struct spelled_part){wsync_slice(word + head, len - head), count};
    return head + (len - head) * count;
}

struct wsync_slice vector_spell(struct wsync_arena *arena, const char *text)
{
    struct spelled_part parts[128];
    size_t part_count = 0, len = 0, used = 0;
    while (*text) {
        WSYNC_ASSERT(part_count + 2 <= 128);
        len += spell_word(arena, &text, parts + part_count);
        part_count += 2;
    }
    uint8_t *bytes = wsync_arena_get(arena, len + 1);
    WSYNC_ASSERT(bytes);
    for (size_t i = 0; i < part_count; i++) {
        for (size_t k = 0; k < parts[i].count && parts[i].bytes.len > 0; k++) {
            memcpy(bytes + used, parts[i].bytes.data, parts[i].bytes.len);
            used += parts[i].bytes.len;
        }
    }
    return wsync_slice(bytes, len);
}

struct wsync_slice vector_edited(struct wsync_arena *arena, struct wsync_slice bytes,
                                 const struct vector_edit *edit)
{
    struct wsync_slice insert = vector_spell(arena, edit->insert);
    size_t at = edit->at < 0 ? bytes.len : (size_t)edit->at;
    size_t behind = at + (size_t)edit->cut;
    WSYNC_ASSERT(behind <= bytes.len);
    uint8_t *out = wsync_arena_get(arena, bytes.len + insert.len + 1);
    WSYNC_ASSERT(out);
    memcpy(out, bytes.data, at);
    memcpy(out + at, insert.data, insert.len);
    memcpy(out + at + insert.len, bytes.data + behind, bytes.len - behind);
    return wsync_slice(out, bytes.len - (size_t)edit->cut + insert.len);
}
