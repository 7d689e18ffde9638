/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a value by its field's type; the families of types stand in value_*.c. */
#include "host/value_text.h"

#include "host/photo_text.h"
#include "host/text.h"
#include "host/value_parts.h"
#include "wardsync/utf8.h"

enum { SHOWN_BYTES_MAX = 60, NO_BREAK_FIRST = 0xC2, NO_BREAK_SECOND = 0xA0 };

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Bytes of the blank at the front or at the end; 0 when there is none. */
static size_t blank_in_front(struct wsync_slice text)
{
    if (text.len > 0 && is_blank(text.data[0])) {
        return 1;
    }
    return text.len > 1 && text.data[0] == NO_BREAK_FIRST && text.data[1] == NO_BREAK_SECOND
               ? 2
               : 0;
}

static size_t blank_at_end(struct wsync_slice text)
{
    if (text.len > 0 && is_blank(text.data[text.len - 1])) {
        return 1;
    }
    return text.len > 1 && text.data[text.len - 2] == NO_BREAK_FIRST &&
                   text.data[text.len - 1] == NO_BREAK_SECOND
               ? 2
               : 0;
}

struct wsync_slice wsync_value_trim(struct wsync_slice text)
{
    for (size_t blank; (blank = blank_in_front(text)) > 0;) {
        text = wsync_slice(text.data + blank, text.len - blank);
    }
    for (size_t blank; (blank = blank_at_end(text)) > 0;) {
        text.len -= blank;
    }
    return text;
}

struct wsync_slice wsync_value_word(struct wsync_slice *rest)
{
    struct wsync_slice text = wsync_value_trim(*rest);
    size_t len = 0;
    while (len < text.len &&
           blank_in_front(wsync_slice(text.data + len, text.len - len)) == 0) {
        len++;
    }
    *rest = wsync_value_trim(wsync_slice(text.data + len, text.len - len));
    return wsync_slice_head(text, len);
}

/* The longest beginning of whole characters that a sentence takes. */
static struct wsync_slice shown_part(struct wsync_slice text)
{
    if (text.len <= SHOWN_BYTES_MAX) {
        return text;
    }
    size_t len = SHOWN_BYTES_MAX;
    while (len > 0 && (text.data[len] & 0xC0) == 0x80) {
        len--;
    }
    return wsync_slice_head(text, len);
}

enum wsync_err wsync_value_refuse(const struct wsync_field *field, struct wsync_slice text,
                                  const char *rule, struct wsync_error *error)
{
    if (field->personal) {
        return wsync_error_set(error, WSYNC_ERR_VALUE, "Field %.*s: the value %s.",
                               (int)field->name.len, (const char *)field->name.data, rule);
    }
    struct wsync_slice shown = shown_part(text);
    return wsync_error_set(error, WSYNC_ERR_VALUE, "Field %.*s: \"%.*s%s\" %s.",
                           (int)field->name.len, (const char *)field->name.data, (int)shown.len,
                           (const char *)shown.data, shown.len < text.len ? "..." : "", rule);
}

static enum wsync_err read_unit(const struct wsync_value_reader *reader,
                                const struct wsync_field *field, struct wsync_slice text,
                                int64_t *unit, struct wsync_error *error)
{
    if (!reader->find_unit) {
        const char *fault = wsync_value_read_number(text, 0, true, unit);
        return fault ? wsync_value_refuse(field, text, "is not a unit id", error) : WSYNC_OK;
    }
    uint32_t found;
    enum wsync_err err = reader->find_unit(reader->context, text, &found);
    if (err == WSYNC_OK) {
        *unit = found;
        return WSYNC_OK;
    }
    if (err == WSYNC_ERR_NOT_FOUND) {
        return wsync_value_refuse(
            field, text, "is no unit known here; write its id, its code or its name", error);
    }
    if (err == WSYNC_ERR_INVALID) {
        return wsync_value_refuse(field, text, "names several units; write the unit id", error);
    }
    return wsync_error_set(error, err, "%s", wsync_err_text(err, WSYNC_EN));
}

static enum wsync_err read_boolean(const struct wsync_value_reader *reader,
                                   const struct wsync_field *field, struct wsync_slice text,
                                   int64_t *boolean, struct wsync_error *error)
{
    static const char *const WORDS[] = {"no", "yes", "khong", "co", "false", "true", "0", "1"};
    size_t mark = wsync_arena_mark(reader->arena);
    struct wsync_slice key;
    enum wsync_err err = wsync_text_search_key(text, reader->arena, &key);
    size_t at = 0, count = sizeof WORDS / sizeof *WORDS;
    while (err == WSYNC_OK && at < count &&
           !wsync_slice_equal(key, wsync_slice_of(WORDS[at]))) {
        at++;
    }
    wsync_arena_release(reader->arena, mark);
    if (err != WSYNC_OK) {
        return wsync_error_set(error, err, "%s", wsync_err_text(err, WSYNC_EN));
    }
    if (at == count) {
        return wsync_value_refuse(
            field, text, "is neither yes nor no; write yes, no, có, không, true, false, 1 or 0",
            error);
    }
    *boolean = (int64_t)(at % 2);
    return WSYNC_OK;
}

static enum wsync_err read_place(const struct wsync_value_reader *reader,
                                 const struct wsync_field *field, struct wsync_slice text,
                                 struct wsync_value *value, struct wsync_error *error)
{
    int64_t *place = wsync_arena_array(reader->arena, 2, sizeof *place);
    if (!place) {
        return wsync_error_set(error, WSYNC_ERR_MEMORY, "%s",
                               wsync_err_text(WSYNC_ERR_MEMORY, WSYNC_EN));
    }
    const char *fault = wsync_value_read_place(text, place);
    if (fault) {
        return wsync_value_refuse(field, text, fault, error);
    }
    *value = (struct wsync_value){.class = WSYNC_CLASS_LIST, .items = place, .item_count = 2};
    return WSYNC_OK;
}

static enum wsync_err read_photo(const struct wsync_value_reader *reader,
                                 const struct wsync_field *field, struct wsync_slice text,
                                 struct wsync_value *value, struct wsync_error *error)
{
    struct wsync_blob_name name;
    if (reader->photos) {
        enum wsync_err err = wsync_photo_take(reader->photos, field, text, &name, error);
        if (err != WSYNC_OK) {
            return err;
        }
    } else if (!wsync_photo_name_read(text, &name)) {
        return wsync_value_refuse(field, text, "is not the name of an attachment", error);
    }
    struct wsync_blob_value bytes = wsync_blob_name_encode(&name);
    struct wsync_slice kept = wsync_arena_copy(reader->arena, wsync_slice(bytes.b, bytes.len));
    if (!kept.data) {
        return wsync_error_set(error, WSYNC_ERR_MEMORY, "%s",
                               wsync_err_text(WSYNC_ERR_MEMORY, WSYNC_EN));
    }
    *value = (struct wsync_value){.class = WSYNC_CLASS_TEXT, .text = kept};
    return WSYNC_OK;
}

static enum wsync_err read_by_type(const struct wsync_value_reader *reader,
                                   const struct wsync_field *field, struct wsync_slice text,
                                   struct wsync_value *value, struct wsync_error *error)
{
    *value = (struct wsync_value){.class = WSYNC_CLASS_INTEGER};
    const char *fault = NULL;
    switch (field->type) {
    case WSYNC_TYPE_INTEGER:
    case WSYNC_TYPE_DECIMAL:
        fault = wsync_value_read_number(text, field->digits, reader->point_is_decimal,
                                        &value->integer);
        break;
    case WSYNC_TYPE_DATE:
        fault = wsync_value_read_date(text, &value->integer);
        break;
    case WSYNC_TYPE_TIME:
        fault = wsync_value_read_time(text, &value->integer);
        break;
    case WSYNC_TYPE_DATETIME:
        fault = wsync_value_read_moment(text, &value->integer);
        break;
    case WSYNC_TYPE_CHOICE:
        return wsync_value_read_choice(reader, field, text, &value->integer, error);
    case WSYNC_TYPE_CHOICES:
        return wsync_value_read_choices(reader, field, text, value, error);
    case WSYNC_TYPE_GEOPOINT:
        return read_place(reader, field, text, value, error);
    case WSYNC_TYPE_BOOLEAN:
        return read_boolean(reader, field, text, &value->integer, error);
    case WSYNC_TYPE_UNIT:
        return read_unit(reader, field, text, &value->integer, error);
    case WSYNC_TYPE_TEXT:
        *value = (struct wsync_value){.class = WSYNC_CLASS_TEXT, .text = text};
        break;
    case WSYNC_TYPE_PHOTO:
        return read_photo(reader, field, text, value, error);
    case WSYNC_TYPE_BYTES:
        fault = "cannot be written as text";
        break;
    }
    return fault ? wsync_value_refuse(field, text, fault, error) : WSYNC_OK;
}

enum wsync_err wsync_value_parse(const struct wsync_value_reader *reader,
                                 const struct wsync_field *field, struct wsync_slice text,
                                 struct wsync_value *value, struct wsync_error *error)
{
    struct wsync_slice normal;
    enum wsync_err err = wsync_text_normalise(text, reader->arena, &normal, NULL);
    if (err == WSYNC_ERR_VALUE || (err == WSYNC_OK && wsync_utf8_fault(normal))) {
        return wsync_error_set(error, WSYNC_ERR_VALUE, "Field %.*s: the text %s.",
                               (int)field->name.len, (const char *)field->name.data,
                               wsync_utf8_fault(err == WSYNC_OK ? normal : text));
    }
    if (err != WSYNC_OK) {
        return wsync_error_set(error, err, "%s", wsync_err_text(err, WSYNC_EN));
    }
    struct wsync_slice trimmed = wsync_value_trim(normal);
    if (trimmed.len == 0) {
        *value = (struct wsync_value){.class = WSYNC_CLASS_BLANK};
    } else {
        bool as_is = field->type == WSYNC_TYPE_TEXT; /* a person's blanks stay */
        if (field->type == WSYNC_TYPE_PHOTO) { /* the disk has its own spelling */
            trimmed = wsync_value_trim(text);
        }
        err = read_by_type(reader, field, as_is ? normal : trimmed, value, error);
    }
    return err == WSYNC_OK ? wsync_field_check(field, value, error) : err;
}
