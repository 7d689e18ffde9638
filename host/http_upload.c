/* SPDX-License-Identifier: Apache-2.0 */
#include "host/http_upload.h"

#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "host/action_files.h"
#include "host/file.h"
#include "wardsync/utf8.h"

enum { HYPHENS = 2, LINE_END = 2 };

static const char FORM_DATA[] = "multipart/form-data";

bool wsync_http_upload_is(const char *type)
{
    size_t len = sizeof FORM_DATA - 1;
    return strncasecmp(type, FORM_DATA, len) == 0 && strchr("; ", type[len]); /* or its end */
}

/* The one parameter of the type, which may stand in quotation marks; 0: not as it must be. */
static size_t read_boundary(const char *type, const char **boundary)
{
    static const char
        name[] = "boundary=",
        legal[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'()+_,-./:=?";
    type += sizeof FORM_DATA - 1;
    type += strspn(type, " ");
    type += *type == ';';
    type += strspn(type, " ");
    if (strncasecmp(type, name, sizeof name - 1) != 0) {
        return 0;
    }
    type += sizeof name - 1;
    bool quoted = *type == '"';
    *boundary = type + quoted;
    size_t len = strspn(*boundary, legal);
    const char *behind = *boundary + len;
    bool ended = quoted ? strcmp(behind, "\"") == 0 : *behind == '\0';
    return ended && len <= WSYNC_HTTP_BOUNDARY_BYTES_MAX ? len : 0;
}

enum wsync_err wsync_http_upload_begin(struct wsync_http_upload_reader *reader,
                                       const char *type, size_t file_bytes_max,
                                       struct wsync_http_fields *fields)
{
    const char *boundary;
    memset(reader, 0, sizeof *reader);
    fields->count = 0;
    reader->fields = fields;
    reader->file_bytes_max = file_bytes_max;
    reader->now.fd = -1;
    size_t len = read_boundary(type, &boundary);
    if (len == 0) {
        return WSYNC_ERR_INVALID;
    }
    memcpy(reader->delimiter, "\r\n--", LINE_END + HYPHENS);
    memcpy(reader->delimiter + LINE_END + HYPHENS, boundary, len);
    reader->delimiter_len = LINE_END + HYPHENS + len;
    reader->matched = LINE_END; /* the first one begins the body */
    return WSYNC_OK;
}

/* ---- the head of a part ---- */

static bool add_text(struct wsync_http_upload_reader *reader, const char *bytes, size_t len)
{
    if (len > sizeof reader->text - reader->text_len) {
        return false;
    }
    memcpy(reader->text + reader->text_len, bytes, len);
    reader->text_len += len;
    return true;
}

/* Reads `name="..."`, in which %22 stands for a quotation mark, and passes it. */
static bool read_quoted(const char **at, const char *name, char *value)
{
    size_t len = strlen(name);
    if (strncmp(*at, name, len) != 0 || strncmp(*at + len, "=\"", 2) != 0) {
        return false;
    }
    for (*at += len + 2; **at != '"'; value++) {
        if (**at == '\0') {
            return false;
        }
        bool mark = strncmp(*at, "%22", 3) == 0;
        *value = mark ? '"' : **at;
        *at += mark ? 3 : 1;
    }
    *value = '\0';
    (*at)++;
    return true;
}

/* What stands behind the last separator, of either kind; of that no more than the end. */
static const char *last_part(const char *name)
{
    for (const char *at = name; *at; at++) {
        if (*at == '/' || *at == '\\') {
            name = at + 1;
        }
    }
    size_t len = strlen(name);
    if (len > WSYNC_HTTP_UPLOAD_NAME_BYTES_MAX) {
        name += len - WSYNC_HTTP_UPLOAD_NAME_BYTES_MAX;
        while ((*name & 0xc0) == 0x80) { /* the middle of a character; it was checked */
            name++;
        }
    }
    return name;
}

/* Reads the value of Content-Disposition: what the part is called, and the file in it. */
static enum wsync_err take_disposition(struct wsync_http_upload_reader *reader,
                                       const char *value)
{
    char name[WSYNC_HTTP_UPLOAD_HEAD_BYTES], file[WSYNC_HTTP_UPLOAD_HEAD_BYTES] = "";
    if (strncasecmp(value, "form-data; ", 11) != 0) {
        return WSYNC_ERR_INVALID;
    }
    value += 11;
    bool good = read_quoted(&value, "name", name);
    reader->is_file = good && *value != '\0';
    if (reader->is_file) {
        good = strncmp(value, "; ", 2) == 0;
        value += good ? 2 : 0;
        good = good && read_quoted(&value, "filename", file) && *value == '\0';
    }
    if (!good || !wsync_utf8_is_line(wsync_slice_of(name)) ||
        !wsync_utf8_is_line(wsync_slice_of(file))) {
        return WSYNC_ERR_INVALID;
    }
    const char *short_name = last_part(file);
    const char *to = reader->text + reader->text_len;
    if (!add_text(reader, name, strlen(name) + 1)) {
        return WSYNC_ERR_OVERSIZE;
    }
    reader->value_at = reader->text_len;
    if (reader->is_file && !add_text(reader, short_name, strlen(short_name) + 1)) {
        return WSYNC_ERR_OVERSIZE;
    }
    reader->now = (struct wsync_http_upload){to, reader->text + reader->value_at, -1, 0};
    return WSYNC_OK;
}

/* The value behind the name of a header; NULL: another one. */
static const char *value_of(const char *line, const char *name)
{
    size_t len = strlen(name);
    return strncasecmp(line, name, len) == 0 && line[len] == ':'
               ? line + len + 1 + strspn(line + len + 1, " ")
               : NULL;
}

/* Reads the lines of a head, of which the last is empty. */
static enum wsync_err take_head(struct wsync_http_upload_reader *reader)
{
    bool named = false, typed = false;
    if (memchr(reader->head, '\0', reader->head_len)) {
        return WSYNC_ERR_INVALID;
    }
    reader->head[reader->head_len - LINE_END] = '\0';
    for (char *line = reader->head; *line;) { /* each turn passes a line */
        char *end = strstr(line, "\r\n");
        *end = '\0';
        const char *disposition = value_of(line, "Content-Disposition");
        const char *type = value_of(line, "Content-Type");
        if (line[strcspn(line, "\r\n")] || (disposition ? named : !type || typed)) {
            return WSYNC_ERR_INVALID;
        }
        enum wsync_err err = disposition ? take_disposition(reader, disposition) : WSYNC_OK;
        if (err != WSYNC_OK) {
            return err;
        }
        named = named || disposition;
        typed = typed || type;
        line = end + LINE_END;
    }
    return named ? WSYNC_OK : WSYNC_ERR_INVALID;
}

/* Takes the head up to its empty line, and of more bytes nothing. */
static enum wsync_err add_head(struct wsync_http_upload_reader *reader,
                               struct wsync_slice *bytes)
{
    while (bytes->len > 0) {
        if (reader->head_len == sizeof reader->head) {
            return WSYNC_ERR_INVALID;
        }
        reader->head[reader->head_len++] = (char)bytes->data[0];
        *bytes = wsync_slice(bytes->data + 1, bytes->len - 1);
        if (reader->head_len >= 4 &&
            memcmp(reader->head + reader->head_len - 4, "\r\n\r\n", 4) == 0) {
            reader->state = WSYNC_UPLOAD_BODY;
            reader->within = true;
            return take_head(reader);
        }
    }
    return WSYNC_OK;
}

/* ---- the bytes of a part ---- */

static enum wsync_err add_file(struct wsync_http_upload_reader *reader,
                               struct wsync_slice bytes)
{
    struct wsync_http_upload *now = &reader->now;
    if (bytes.len > reader->file_bytes_max - reader->file_bytes ||
        reader->upload_count == WSYNC_HTTP_UPLOADS_MAX) {
        return WSYNC_ERR_OVERSIZE;
    }
    if (now->fd < 0) {
        now->fd = wsync_action_file_new("upload", reader->file_bytes_max);
    }
    if (now->fd < 0 || wsync_file_write_all(now->fd, bytes, "", NULL) != WSYNC_OK) {
        return WSYNC_ERR_MEMORY;
    }
    now->size += bytes.len;
    reader->file_bytes += bytes.len;
    return WSYNC_OK;
}

static enum wsync_err add_bytes(struct wsync_http_upload_reader *reader, const void *bytes,
                                size_t len)
{
    if (len == 0) {
        return WSYNC_OK;
    }
    if (!reader->within) {
        return WSYNC_ERR_INVALID;
    }
    return reader->is_file                ? add_file(reader, wsync_slice(bytes, len))
           : add_text(reader, bytes, len) ? WSYNC_OK
                                          : WSYNC_ERR_OVERSIZE;
}

/* The part is whole. */
static enum wsync_err end_part(struct wsync_http_upload_reader *reader)
{
    struct wsync_http_fields *fields = reader->fields;
    struct wsync_http_upload *now = &reader->now;
    if (reader->is_file && now->fd < 0) {
        return WSYNC_OK; /* nobody chose one */
    }
    if (reader->is_file) {
        if (!wsync_action_file_seal(now->fd, now->size)) {
            return WSYNC_ERR_MEMORY;
        }
        reader->uploads[reader->upload_count++] = *now;
        now->fd = -1;
        return WSYNC_OK;
    }
    if (fields->count == WSYNC_HTTP_FIELDS_MAX || reader->text_len == sizeof reader->text) {
        return WSYNC_ERR_OVERSIZE; /* there is no room for a NUL */
    }
    char *value = reader->text + reader->value_at;
    if (!wsync_http_value_read(value, reader->text_len - reader->value_at)) {
        return WSYNC_ERR_INVALID;
    }
    reader->text_len = reader->value_at + strlen(value) + 1;
    fields->at[fields->count++] = (struct wsync_http_field){now->field, value};
    return WSYNC_OK;
}

/* Takes bytes up to the end of the delimiter.  It holds CR at its beginning alone, so where it
 * breaks off it cannot have begun within what had come of it. */
static enum wsync_err add_body(struct wsync_http_upload_reader *reader,
                               struct wsync_slice *bytes)
{
    enum wsync_err err = WSYNC_OK;
    while (err == WSYNC_OK && bytes->len > 0) {
        if (reader->matched == 0) {
            const uint8_t *begin = memchr(bytes->data, '\r', bytes->len);
            size_t len = begin ? (size_t)(begin - bytes->data) : bytes->len;
            err = add_bytes(reader, bytes->data, len);
            reader->matched = begin != NULL;
            len += begin != NULL;
            *bytes = wsync_slice(bytes->data + len, bytes->len - len);
        } else if (bytes->data[0] == (uint8_t)reader->delimiter[reader->matched]) {
            *bytes = wsync_slice(bytes->data + 1, bytes->len - 1);
            if (++reader->matched == reader->delimiter_len) {
                reader->state = WSYNC_UPLOAD_MARK;
                reader->mark_len = 0;
                return reader->within ? end_part(reader) : WSYNC_OK;
            }
        } else {
            err = add_bytes(reader, reader->delimiter, reader->matched);
            reader->matched = 0;
        }
    }
    return err;
}

/* ---- between parts ---- */

static enum wsync_err add_mark(struct wsync_http_upload_reader *reader,
                               struct wsync_slice *bytes)
{
    reader->mark[reader->mark_len++] = (char)bytes->data[0];
    *bytes = wsync_slice(bytes->data + 1, bytes->len - 1);
    if (reader->mark_len < sizeof reader->mark) {
        return WSYNC_OK;
    }
    bool more = memcmp(reader->mark, "\r\n", LINE_END) == 0;
    reader->state = more ? WSYNC_UPLOAD_HEAD : WSYNC_UPLOAD_TAIL;
    reader->head_len = reader->matched = 0;
    return more || memcmp(reader->mark, "--", HYPHENS) == 0 ? WSYNC_OK : WSYNC_ERR_INVALID;
}

/* Behind the last delimiter stands the end of its line, or nothing. */
static enum wsync_err add_tail(struct wsync_http_upload_reader *reader,
                               struct wsync_slice *bytes)
{
    for (; bytes->len > 0; *bytes = wsync_slice(bytes->data + 1, bytes->len - 1)) {
        if (reader->tail_len == LINE_END || bytes->data[0] != "\r\n"[reader->tail_len]) {
            return WSYNC_ERR_INVALID;
        }
        reader->tail_len++;
    }
    return WSYNC_OK;
}

enum wsync_err wsync_http_upload_take(struct wsync_http_upload_reader *reader,
                                      struct wsync_slice bytes)
{
    static enum wsync_err (*const ADD[])(struct wsync_http_upload_reader *,
                                         struct wsync_slice *) = {
        [WSYNC_UPLOAD_BODY] = add_body,
        [WSYNC_UPLOAD_MARK] = add_mark,
        [WSYNC_UPLOAD_HEAD] = add_head,
        [WSYNC_UPLOAD_TAIL] = add_tail,
    };
    enum wsync_err err = WSYNC_OK;
    while (err == WSYNC_OK && bytes.len > 0) {
        err = ADD[reader->state](reader, &bytes);
    }
    return err;
}

enum wsync_err wsync_http_upload_end(struct wsync_http_upload_reader *reader)
{
    return reader->state == WSYNC_UPLOAD_TAIL && reader->tail_len != 1 ? WSYNC_OK
                                                                       : WSYNC_ERR_INVALID;
}

void wsync_http_upload_fini(struct wsync_http_upload_reader *reader)
{
    wsync_file_close(&reader->now.fd);
    for (size_t i = 0; i < reader->upload_count; i++) {
        close(reader->uploads[i].fd);
    }
    reader->upload_count = 0;
    reader->now.fd = -1;
}
