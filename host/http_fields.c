/* SPDX-License-Identifier: Apache-2.0 */
#include "host/http_fields.h"

#include <string.h>
#include <strings.h>

#include "wardsync/ids.h"
#include "wardsync/utf8.h"

bool wsync_http_fields_are(const char *type)
{
    static const char form[] = "application/x-www-form-urlencoded";
    size_t len = sizeof form - 1;
    return strncasecmp(type, form, len) == 0 && strchr("; ", type[len]); /* or its end */
}

/* Decodes each %XX of `text` in place and answers the length, SIZE_MAX for a wrong one. */
static size_t unescape(char *text, size_t len, bool plus_is_blank)
{
    size_t kept = 0;
    for (size_t at = 0; at < len; at++) {
        uint8_t byte = (uint8_t)text[at];
        if (byte == '%') {
            if (len - at < 3 || !wsync_hex_decode(wsync_slice(text + at + 1, 2), &byte, 1)) {
                return SIZE_MAX;
            }
            at += 2;
        } else if (byte == '+' && plus_is_blank) {
            byte = ' ';
        }
        text[kept++] = (char)byte;
    }
    return kept;
}

/* Browsers send CR LF whatever was typed. */
static size_t plain_line_ends(char *text, size_t len)
{
    size_t kept = 0;
    for (size_t at = 0; at < len; at++) {
        if (text[at] == '\r') {
            text[kept++] = '\n';
            at += at + 1 < len && text[at + 1] == '\n';
        } else {
            text[kept++] = text[at];
        }
    }
    return kept;
}

/* Makes a C string of what is decoded; a NUL in it is no legal text. */
static bool finish(char *text, size_t len, bool lines)
{
    if (len == SIZE_MAX) {
        return false;
    }
    if (lines) {
        len = plain_line_ends(text, len);
    }
    text[len] = '\0'; /* where there was '=' or '&', or in the room behind the text */
    struct wsync_slice slice = wsync_slice(text, len);
    return lines ? !wsync_utf8_fault(slice) : wsync_utf8_is_line(slice);
}

bool wsync_http_value_read(char *text, size_t len)
{
    return finish(text, len, true);
}

static bool decode_field(struct wsync_http_field *field, char *text, size_t len)
{
    char *equals = memchr(text, '=', len);
    size_t name_len = equals ? (size_t)(equals - text) : len;
    field->name = text;
    field->value = "";
    if (equals) {
        char *value = equals + 1;
        field->value = value;
        if (!finish(value, unescape(value, len - name_len - 1, true), true)) {
            return false;
        }
    }
    return finish(text, unescape(text, name_len, true), false);
}

static enum wsync_err decode(struct wsync_http_fields *fields, char *text, size_t len)
{
    for (size_t at = 0, next; at < len; at = next + 1) {
        char *amp = memchr(text + at, '&', len - at);
        next = amp ? (size_t)(amp - text) : len;
        if (next == at) {
            continue; /* as between two '&' */
        }
        if (fields->count == WSYNC_HTTP_FIELDS_MAX) {
            return WSYNC_ERR_OVERSIZE;
        }
        if (!decode_field(&fields->at[fields->count], text + at, next - at)) {
            return WSYNC_ERR_INVALID;
        }
        fields->count++;
    }
    return WSYNC_OK;
}

enum wsync_err wsync_http_fields_decode(struct wsync_http_fields *fields, char *text,
                                        size_t len)
{
    fields->count = 0;
    enum wsync_err err = decode(fields, text, len);
    if (err != WSYNC_OK) {
        fields->count = 0;
    }
    return err;
}

const char *wsync_http_fields_value(const struct wsync_http_fields *fields, const char *name,
                                    size_t index)
{
    for (size_t i = 0; i < fields->count; i++) {
        if (strcmp(fields->at[i].name, name) == 0 && index-- == 0) {
            return fields->at[i].value;
        }
    }
    return NULL;
}

bool wsync_http_path_decode(char *path)
{
    return path[0] == '/' && finish(path, unescape(path, strlen(path), false), false);
}
