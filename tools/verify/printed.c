/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/verify/printed.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES = 1 << 16, NOTE_BYTES = 48, BLANK = ' ' };

void printed_add(struct printed_row *row, const char *name, const char *value)
{
    if (row->count < PRINTED_CELLS_MAX) {
        struct printed_cell *cell = &row->cells[row->count++];
        snprintf(cell->name, sizeof cell->name, "%s", name);
        snprintf(cell->value, sizeof cell->value, "%s", value);
    }
}

static bool fail(struct printed *printed, struct audit_fault *fault, const char *text)
{
    audit_fail(fault, WSYNC_ERR_VALUE, "%s", text);
    fault->exit_code = AUDIT_DATA;
    fault->unit = "line";
    fault->at = printed->line;
    return false;
}

/* Reads a line without its end; false at the end of the file.  What holds a byte of zero or is
 * too long is no line of totals: nothing of it may pass unread. */
static bool read_any(struct printed *printed, char line[LINE_BYTES])
{
    size_t len = 0;
    int c;
    while ((c = getc(printed->file)) != EOF && c != '\n') {
        printed->bad |= c == '\0' || len + 1 == LINE_BYTES;
        if (len + 1 < LINE_BYTES) {
            line[len++] = (char)c;
        }
    }
    len -= len > 0 && line[len - 1] == '\r';
    line[len] = '\0';
    printed->bad |= ferror(printed->file) != 0;
    return c != EOF || len > 0 || printed->bad;
}

/* The next line that is not blank. */
static bool read_line(struct printed *printed, char line[LINE_BYTES])
{
    while (read_any(printed, line)) {
        printed->line++;
        if (printed->bad || line[strspn(line, " \t")] != '\0') {
            return true;
        }
    }
    return false;
}

/* ---- JSON lines ---- */

static void skip(const char **at)
{
    *at += strspn(*at, " \t");
}

static void put_utf8(unsigned code, char *out, size_t *len)
{
    if (code < 0x80) {
        out[(*len)++] = (char)code;
    } else if (code < 0x800) {
        out[(*len)++] = (char)(0xc0 | code >> 6);
        out[(*len)++] = (char)(0x80 | (code & 0x3f));
    } else {
        out[(*len)++] = (char)(0xe0 | code >> 12);
        out[(*len)++] = (char)(0x80 | (code >> 6 & 0x3f));
        out[(*len)++] = (char)(0x80 | (code & 0x3f));
    }
}

static bool read_escape(const char **at, char *out, size_t *len)
{
    static const char PLAIN[] = "\"\\/bfnrt";
    static const char MEANS[] = "\"\\/\b\f\n\r\t";
    char digits[5] = {0};
    const char *known = **at ? strchr(PLAIN, **at) : NULL;
    if (known) {
        out[(*len)++] = MEANS[known - PLAIN];
        (*at)++;
        return true;
    }
    if (**at != 'u' || strspn(*at + 1, "0123456789abcdefABCDEF") < sizeof digits - 1) {
        return false;
    }
    memcpy(digits, *at + 1, sizeof digits - 1);
    unsigned code = (unsigned)strtoul(digits, NULL, 16);
    put_utf8(code, out, len);
    *at += sizeof digits;
    return code != 0; /* it would end the text before its end */
}

static bool read_string(const char **at, char *out, size_t size)
{
    size_t len = 0;
    if (*(*at)++ != '"') {
        return false;
    }
    while (**at != '"') { /* ends: each turn takes a character */
        if (**at == '\0' || len + 4 >= size) {
            return false;
        }
        if (**at == '\\') {
            (*at)++;
            if (!read_escape(at, out, &len)) {
                return false;
            }
        } else {
            out[len++] = *(*at)++;
        }
    }
    (*at)++;
    out[len] = '\0';
    return true;
}

/* A number, true, false or null, as it is spelled. */
static bool read_word(const char **at, char *out, size_t size)
{
    size_t len = strcspn(*at, ",} \t");
    if (len == 0 || len >= size) {
        return false;
    }
    memcpy(out, *at, len);
    out[len] = '\0';
    *at += len;
    return true;
}

static bool read_object(const char *at, struct printed_row *row)
{
    skip(&at);
    if (*at++ != '{') {
        return false;
    }
    for (;;) { /* ends: each turn takes a member */
        struct printed_cell *cell = &row->cells[row->count];
        if (row->count == PRINTED_CELLS_MAX) {
            return false;
        }
        skip(&at);
        if (!read_string(&at, cell->name, sizeof cell->name)) {
            return false;
        }
        skip(&at);
        if (*at++ != ':') {
            return false;
        }
        skip(&at);
        if (!(*at == '"' ? read_string(&at, cell->value, sizeof cell->value)
                         : read_word(&at, cell->value, sizeof cell->value))) {
            return false;
        }
        row->count++;
        skip(&at);
        if (*at == '}') {
            return at[1 + strspn(at + 1, " \t")] == '\0';
        }
        if (*at++ != ',') {
            return false;
        }
    }
}

/* ---- the table ---- */

/* Takes the last word of a line off; false when there is none. */
static bool take_last(char *line, char *word, size_t size)
{
    size_t end = strlen(line);
    while (end > 0 && line[end - 1] == BLANK) {
        end--;
    }
    size_t begin = end;
    while (begin > 0 && line[begin - 1] != BLANK) {
        begin--;
    }
    if (begin == end || end - begin >= size) {
        return false;
    }
    memcpy(word, line + begin, end - begin);
    word[end - begin] = '\0';
    line[begin] = '\0';
    return true;
}

/* Runs of blanks as one, none at the ends. */
static void squeeze(char *text)
{
    size_t len = 0;
    for (const char *at = text; *at; at++) {
        if (*at != BLANK || (len > 0 && text[len - 1] != BLANK)) {
            text[len++] = *at;
        }
    }
    text[len > 0 && text[len - 1] == BLANK ? len - 1 : len] = '\0';
}

static bool read_head(struct printed *printed, char *line, struct audit_fault *fault)
{
    static const char LEAD[] = "period unit records";
    struct printed_row *head = &printed->head;
    squeeze(line);
    if (strncmp(line, LEAD, sizeof LEAD - 1) != 0) {
        return fail(printed, fault, "It is no table of totals: it does not begin so.");
    }
    printed_add(head, PRINTED_PLACE, "");
    for (char *rest, *word = strtok_r(line, " ", &rest); word;
         word = strtok_r(NULL, " ", &rest)) {
        if (strcmp(word, "period") != 0 && strcmp(word, "unit") != 0) {
            printed_add(head, word, "");
        }
    }
    printed_add(head, PRINTED_CONFLICT, "0");
    return true;
}

static bool read_row(const struct printed *printed, char *line, struct printed_row *row)
{
    char *note = strstr(line, "  (");
    char again[NOTE_BYTES];
    *row = printed->head;
    if (note && strstr(note, " in conflict)")) {
        unsigned long long count = strtoull(note + strlen("  ("), NULL, 10);
        snprintf(again, sizeof again, "  (%llu in conflict)", count);
        if (count == 0 || strcmp(note, again) != 0) {
            return false;
        }
        snprintf(row->cells[row->count - 1].value, PRINTED_VALUE_BYTES, "%llu", count);
        *note = '\0';
    }
    for (size_t i = row->count - 2; i > 0; i--) {
        if (!take_last(line, row->cells[i].value, PRINTED_VALUE_BYTES)) {
            return false;
        }
    }
    squeeze(line);
    snprintf(row->cells[0].value, PRINTED_VALUE_BYTES, "%s", line);
    return true;
}

/* ---- both ---- */

bool printed_open(struct printed *printed, const char *path, struct audit_fault *fault)
{
    static char line[LINE_BYTES];
    *printed = (struct printed){.file = fopen(path, "r")};
    fault->file = path;
    if (!printed->file) {
        audit_fail(fault, WSYNC_ERR_NOT_FOUND, "It cannot be opened: %s.", strerror(errno));
        fault->exit_code = AUDIT_INPUT;
        return false;
    }
    if (!read_line(printed, line)) {
        printed->json = true; /* nothing was printed: JSON of no rows */
        return true;
    }
    if (printed->bad) {
        return fail(printed, fault, "The line is no row of totals.");
    }
    printed->json = line[strspn(line, " \t")] == '{';
    if (printed->json) {
        rewind(printed->file);
        printed->line = 0;
        return true;
    }
    return read_head(printed, line, fault);
}

void printed_close(struct printed *printed)
{
    if (printed->file) {
        fclose(printed->file);
    }
}

bool printed_next(struct printed *printed, struct printed_row *row, bool *end,
                  struct audit_fault *fault)
{
    static char line[LINE_BYTES];
    row->count = 0;
    *end = !read_line(printed, line);
    if (*end) {
        return true;
    }
    return (!printed->bad &&
            (printed->json ? read_object(line, row) : read_row(printed, line, row))) ||
           fail(printed, fault, "The line is no row of totals.");
}
