/* SPDX-License-Identifier: Apache-2.0 */
#include "host/journal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char CUT[] = " cut=yes\n";

enum { NAME_BYTES_MAX = 64, ROOM_BYTES = WSYNC_JOURNAL_LINE_BYTES_MAX - (int)(sizeof CUT - 1) };

static const char *const LEVEL_NAMES[] = {
    [WSYNC_JOURNAL_ERROR] = "error",
    [WSYNC_JOURNAL_WARNING] = "warning",
    [WSYNC_JOURNAL_INFO] = "info",
    [WSYNC_JOURNAL_DEBUG] = "debug",
};

static enum wsync_journal_level loudness = WSYNC_JOURNAL_INFO;

/* A line being made; `full` once something did not fit. */
struct line {
    char *text;
    size_t len;
    bool full;
};

struct wsync_journal_field wsync_journal_number(const char *key, int64_t number)
{
    return (struct wsync_journal_field){.key = key, .is_number = true, .number = number};
}

struct wsync_journal_field wsync_journal_slice(const char *key, struct wsync_slice text)
{
    return (struct wsync_journal_field){.key = key, .text = text};
}

struct wsync_journal_field wsync_journal_text(const char *key, const char *text)
{
    return wsync_journal_slice(key, wsync_slice_of(text));
}

static void add(struct line *line, const char *text)
{
    size_t len = strlen(text);
    if (line->full || len > ROOM_BYTES - line->len) {
        line->full = true;
        return;
    }
    memcpy(line->text + line->len, text, len);
    line->len += len;
}

static bool is_word(struct wsync_slice text, const char *others)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(c >= '0' && c <= '9') && (c == 0 || !strchr(others, c))) {
            return false;
        }
    }
    return text.len > 0;
}

static void add_quoted(struct line *line, struct wsync_slice text)
{
    add(line, "\"");
    for (size_t i = 0; i < text.len && !line->full; i++) {
        uint8_t c = text.data[i];
        char piece[8] = {(char)c};
        if (c == '"' || c == '\\') {
            snprintf(piece, sizeof piece, "\\%c", c);
        } else if (c == '\n') {
            snprintf(piece, sizeof piece, "\\n");
        } else if (c < 0x20 || c == 0x7f) {
            snprintf(piece, sizeof piece, "\\x%02x", c);
        }
        add(line, piece);
    }
    add(line, "\"");
}

static void add_field(struct line *line, const struct wsync_journal_field *field)
{
    WSYNC_ASSERT(is_word(wsync_slice_of(field->key), "_-"));
    add(line, " ");
    add(line, field->key);
    add(line, "=");
    if (field->is_number) {
        char digits[24];
        snprintf(digits, sizeof digits, "%" PRId64, field->number);
        add(line, digits);
    } else if (is_word(field->text, "._:/@+,-") && field->text.len < ROOM_BYTES) {
        char word[ROOM_BYTES];
        memcpy(word, field->text.data, field->text.len);
        word[field->text.len] = '\0';
        add(line, word);
    } else {
        add_quoted(line, field->text);
    }
}

size_t wsync_journal_format(const struct wsync_journal_event *event,
                            char text[WSYNC_JOURNAL_LINE_BYTES_MAX])
{
    struct wsync_slice name = wsync_slice_of(event->name);
    WSYNC_ASSERT(is_word(name, "_-") && name.len <= NAME_BYTES_MAX);
    struct line line = {.text = text};
    add(&line, "event=");
    add(&line, event->name);
    add(&line, " level=");
    add(&line, LEVEL_NAMES[event->level]);
    bool cut = false;
    for (size_t i = 0; i < event->field_count; i++) {
        size_t before = line.len;
        add_field(&line, &event->fields[i]);
        if (line.full) { /* a later, shorter one may still fit */
            line.len = before;
            line.full = false;
            cut = true;
        }
    }
    const char *end = cut ? CUT : "\n"; /* beyond the room that fields may take */
    memcpy(text + line.len, end, strlen(end));
    return line.len + strlen(end);
}

void wsync_journal_write(const struct wsync_journal_event *event)
{
    if (event->level > loudness) {
        return;
    }
    char line[WSYNC_JOURNAL_LINE_BYTES_MAX];
    size_t len = wsync_journal_format(event, line);
    for (size_t done = 0; done < len;) {
        ssize_t put = write(STDERR_FILENO, line + done, len - done);
        if (put < 0 && errno != EINTR) {
            return;
        }
        done += put > 0 ? (size_t)put : 0;
    }
}

const char *wsync_journal_level_name(enum wsync_journal_level level)
{
    return LEVEL_NAMES[level];
}

bool wsync_journal_level_named(const char *name, enum wsync_journal_level *level)
{
    for (size_t i = 0; i < sizeof LEVEL_NAMES / sizeof *LEVEL_NAMES; i++) {
        if (strcmp(LEVEL_NAMES[i], name) == 0) {
            *level = (enum wsync_journal_level)i;
            return true;
        }
    }
    return false;
}

void wsync_journal_set_level(enum wsync_journal_level level)
{
    loudness = level;
}
