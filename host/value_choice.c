/* SPDX-License-Identifier: Apache-2.0 */
/* Choices by name or by a label of either language. */
#include <stdio.h>
#include <string.h>

#include "host/text.h"
#include "host/value_parts.h"

enum { LISTED_BYTES_MAX = 320 };

/* What a search found: the first choice, and whether another one fits as well. */
struct hit {
    const struct wsync_choice *choice;
    bool several;
};

static void add_hit(struct hit *hit, const struct wsync_choice *choice)
{
    hit->several = hit->several || hit->choice != NULL;
    hit->choice = hit->choice ? hit->choice : choice;
}

static enum wsync_err same_key(struct wsync_slice text, struct wsync_slice key,
                               struct wsync_arena *arena, bool *same)
{
    size_t mark = wsync_arena_mark(arena);
    struct wsync_slice other;
    enum wsync_err err = wsync_text_search_key(text, arena, &other);
    *same = err == WSYNC_OK && wsync_slice_equal(other, key);
    wsync_arena_release(arena, mark);
    return err;
}

static enum wsync_err find_by_key(const struct wsync_field *field, struct wsync_slice text,
                                  struct wsync_arena *arena, struct hit *hit)
{
    struct wsync_slice key;
    enum wsync_err err = wsync_text_search_key(text, arena, &key);
    for (size_t i = 0; err == WSYNC_OK && i < field->choice_count; i++) {
        const struct wsync_choice *choice = &field->choices[i];
        const struct wsync_slice words[] = {choice->name, choice->label_vi, choice->label_en};
        bool same = false;
        for (size_t k = 0; err == WSYNC_OK && !same && k < 3; k++) {
            err = same_key(words[k], key, arena, &same);
        }
        if (same) {
            add_hit(hit, choice);
        }
    }
    return err;
}

static enum wsync_err find_choice(const struct wsync_field *field, struct wsync_slice text,
                                  struct wsync_arena *arena, struct hit *hit)
{
    *hit = (struct hit){.choice = wsync_field_choice_named(field, text)};
    if (hit->choice) {
        return WSYNC_OK;
    }
    for (size_t i = 0; i < field->choice_count; i++) {
        const struct wsync_choice *choice = &field->choices[i];
        if (wsync_slice_equal(text, choice->label_vi) ||
            wsync_slice_equal(text, choice->label_en)) {
            add_hit(hit, choice);
        }
    }
    if (hit->choice) {
        return WSYNC_OK;
    }
    size_t mark = wsync_arena_mark(arena);
    enum wsync_err err = find_by_key(field, text, arena, hit);
    wsync_arena_release(arena, mark);
    return err;
}

/* "is none of its choices: street (Đường), canal (Mương)", as many as a sentence holds. */
static enum wsync_err refuse_unknown(const struct wsync_field *field, struct wsync_slice text,
                                     struct wsync_error *error)
{
    char rule[LISTED_BYTES_MAX + 2 * WSYNC_NAME_BYTES_MAX];
    size_t len = (size_t)snprintf(rule, sizeof rule, "is none of its choices");
    for (size_t i = 0; i < field->choice_count; i++) {
        const struct wsync_choice *choice = &field->choices[i];
        size_t needed = choice->name.len + choice->label_vi.len + 6;
        if (len + needed > LISTED_BYTES_MAX) {
            snprintf(rule + len, sizeof rule - len, ", ...");
            break;
        }
        len += (size_t)snprintf(rule + len, sizeof rule - len, "%s%.*s (%.*s)",
                                i == 0 ? ": " : ", ", (int)choice->name.len,
                                (const char *)choice->name.data, (int)choice->label_vi.len,
                                (const char *)choice->label_vi.data);
    }
    return wsync_value_refuse(field, text, rule, error);
}

static enum wsync_err judge(const struct wsync_field *field, struct wsync_slice text,
                            enum wsync_err err, const struct hit *hit,
                            struct wsync_error *error)
{
    if (err != WSYNC_OK) {
        return wsync_error_set(error, err, "%s", wsync_err_text(err, WSYNC_EN));
    }
    if (hit->several) {
        return wsync_value_refuse(field, text, "fits several choices; write the choice's name",
                                  error);
    }
    return hit->choice ? WSYNC_OK : refuse_unknown(field, text, error);
}

enum wsync_err wsync_value_read_choice(const struct wsync_value_reader *reader,
                                       const struct wsync_field *field, struct wsync_slice text,
                                       int64_t *number, struct wsync_error *error)
{
    struct hit hit;
    enum wsync_err err = find_choice(field, text, reader->arena, &hit);
    err = judge(field, text, err, &hit, error);
    if (err == WSYNC_OK) {
        *number = hit.choice->number;
    }
    return err;
}

/* The next name or label: up to the next ';' when there is one, else up to the next blank. */
static struct wsync_slice take_part(struct wsync_slice *rest, bool by_semicolon)
{
    if (!by_semicolon) {
        return wsync_value_word(rest);
    }
    size_t len = 0;
    while (len < rest->len && rest->data[len] != ';') {
        len++;
    }
    struct wsync_slice part = wsync_slice_head(*rest, len);
    size_t taken = len < rest->len ? len + 1 : len;
    *rest = wsync_slice(rest->data + taken, rest->len - taken);
    return wsync_value_trim(part);
}

/* Keeps the items ascending; false when the number is there already. */
static bool insert(int64_t *items, size_t *count, int64_t number)
{
    size_t at = *count;
    while (at > 0 && items[at - 1] >= number) {
        if (items[at - 1] == number) {
            return false;
        }
        at--;
    }
    memmove(items + at + 1, items + at, (*count - at) * sizeof *items);
    items[at] = number;
    ++*count;
    return true;
}

/* A label may hold blanks, so the whole text is tried as one choice first. */
static bool is_one_choice(const struct wsync_value_reader *reader,
                          const struct wsync_field *field, struct wsync_slice text)
{
    struct hit hit;
    return find_choice(field, text, reader->arena, &hit) == WSYNC_OK && hit.choice &&
           !hit.several;
}

enum wsync_err wsync_value_read_choices(const struct wsync_value_reader *reader,
                                        const struct wsync_field *field,
                                        struct wsync_slice text, struct wsync_value *value,
                                        struct wsync_error *error)
{
    int64_t *items = wsync_arena_array(reader->arena, WSYNC_LIST_ITEMS_MAX + 1, sizeof *items);
    if (!items) {
        return wsync_error_set(error, WSYNC_ERR_MEMORY, "%s",
                               wsync_err_text(WSYNC_ERR_MEMORY, WSYNC_EN));
    }
    bool by_semicolon = memchr(text.data, ';', text.len) != NULL ||
                        is_one_choice(reader, field, text);
    size_t count = 0;
    struct wsync_slice rest = text;
    while (rest.len > 0) {
        struct wsync_slice part = take_part(&rest, by_semicolon);
        int64_t number = 0;
        enum wsync_err err = part.len == 0
                                 ? WSYNC_OK
                                 : wsync_value_read_choice(reader, field, part, &number, error);
        if (err != WSYNC_OK) {
            return err;
        }
        if (part.len > 0 && !insert(items, &count, number)) {
            return wsync_value_refuse(field, part, "is named twice", error);
        }
        if (count > WSYNC_LIST_ITEMS_MAX) {
            return wsync_value_refuse(field, text, "names more than 64 choices", error);
        }
    }
    if (count == 0) {
        return wsync_value_refuse(field, text, "names no choice", error);
    }
    *value =
        (struct wsync_value){.class = WSYNC_CLASS_LIST, .items = items, .item_count = count};
    return WSYNC_OK;
}
