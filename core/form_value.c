/* SPDX-License-Identifier: Apache-2.0 */
/* The judgement of one value by its field (SPEC section 8.3). */
#include "wardsync/blob.h"
#include "wardsync/calendar.h"
#include "wardsync/decimal.h"
#include "wardsync/form.h"
#include "wardsync/utf8.h"

#define NAMED(field) (int)(field)->name.len, (const char *)(field)->name.data

enum { DAY_MINUTES = 1440, DAY_SECONDS = 86400, LATITUDE_MAX = 900000000 };
static const int64_t LONGITUDE_MAX = 1800000000;

struct shown {
    char text[WSYNC_DECIMAL_TEXT_BYTES];
};

static struct shown show_limit(const struct wsync_field *field, int64_t number)
{
    struct shown shown;
    bool date = field->type == WSYNC_TYPE_DATE;
    if (date && number >= WSYNC_DAY_MIN && number <= WSYNC_DAY_MAX) {
        wsync_calendar_print((int32_t)number, shown.text);
    } else {
        wsync_decimal_print(number, field->digits, shown.text);
    }
    return shown;
}

/* Sentences end up on screens and in logs: what is personal is not repeated there. */
static struct shown show(const struct wsync_field *field, int64_t number)
{
    return field->personal ? (struct shown){"the value"} : show_limit(field, number);
}

static enum wsync_err refuse(const struct wsync_field *field, const char *rule,
                             struct wsync_error *error)
{
    return wsync_error_set(error, WSYNC_ERR_VALUE, "Field %.*s: %s.", NAMED(field), rule);
}

static enum wsync_err check_range(const struct wsync_field *field, int64_t number,
                                  struct wsync_error *error)
{
    if (field->has_min && number < field->min) {
        return wsync_error_set(
            error, WSYNC_ERR_VALUE, "Field %.*s: %s is below the smallest value allowed, %s.",
            NAMED(field), show(field, number).text, show_limit(field, field->min).text);
    }
    if (field->has_max && number > field->max) {
        return wsync_error_set(
            error, WSYNC_ERR_VALUE, "Field %.*s: %s is above the largest value allowed, %s.",
            NAMED(field), show(field, number).text, show_limit(field, field->max).text);
    }
    return WSYNC_OK;
}

static enum wsync_err check_fact(const struct wsync_field *field, int64_t number, bool holds,
                                 const char *rule, struct wsync_error *error)
{
    return holds ? WSYNC_OK
                 : wsync_error_set(error, WSYNC_ERR_VALUE, "Field %.*s: %s is not %s.",
                                   NAMED(field), show(field, number).text, rule);
}

static enum wsync_err check_date(const struct wsync_field *field, int64_t day,
                                 struct wsync_error *error)
{
    if (day < WSYNC_DAY_MIN || day > WSYNC_DAY_MAX) {
        return refuse(field, "a date must lie in the years 1900 to 2199", error);
    }
    return check_range(field, day, error);
}

static enum wsync_err check_choice(const struct wsync_field *field, int64_t number,
                                   struct wsync_error *error)
{
    bool known = number > 0 && number <= WSYNC_FIELD_NUMBER_MAX &&
                 wsync_field_choice(field, (uint32_t)number) != NULL;
    return check_fact(field, number, known, "the number of one of its choices", error);
}

static enum wsync_err check_integer(const struct wsync_field *field, int64_t number,
                                    struct wsync_error *error)
{
    switch (field->type) {
    case WSYNC_TYPE_INTEGER:
    case WSYNC_TYPE_DECIMAL:
        return check_range(field, number, error);
    case WSYNC_TYPE_DATE:
        return check_date(field, number, error);
    case WSYNC_TYPE_TIME:
        return check_fact(field, number, number >= 0 && number < DAY_MINUTES,
                          "a minute of the day, 0 to 1439", error);
    case WSYNC_TYPE_DATETIME:
        if (number < (int64_t)WSYNC_DAY_MIN * DAY_SECONDS ||
            number >= ((int64_t)WSYNC_DAY_MAX + 1) * DAY_SECONDS) {
            return refuse(field, "a moment must lie in the years 1900 to 2199", error);
        }
        return WSYNC_OK;
    case WSYNC_TYPE_CHOICE:
        return check_choice(field, number, error);
    case WSYNC_TYPE_BOOLEAN:
        return check_fact(field, number, number == 0 || number == 1, "0 (no) or 1 (yes)",
                          error);
    case WSYNC_TYPE_UNIT:
        return check_fact(field, number, number > 0 && number <= UINT32_MAX,
                          "a unit id, 1 to 4294967295", error);
    case WSYNC_TYPE_TEXT:
    case WSYNC_TYPE_BYTES:
    case WSYNC_TYPE_PHOTO:
    case WSYNC_TYPE_CHOICES:
    case WSYNC_TYPE_GEOPOINT:
        break;
    }
    return refuse(field, "a number is not allowed here", error);
}

static enum wsync_err check_photo(const struct wsync_field *field, struct wsync_slice text,
                                  struct wsync_error *error)
{
    struct wsync_blob_name name;
    if (!wsync_blob_name_decode(text, &name)) {
        return refuse(field, "a photo is named by its length, 1 byte to 8 MiB, and its hash",
                      error);
    }
    if (name.length > wsync_field_photo_bytes(field)) {
        return wsync_error_set(error, WSYNC_ERR_VALUE,
                               "Field %.*s: the photo has %llu bytes; at most %u are allowed.",
                               NAMED(field), (unsigned long long)name.length,
                               wsync_field_photo_bytes(field));
    }
    return WSYNC_OK;
}

static enum wsync_err check_text(const struct wsync_field *field, struct wsync_slice text,
                                 struct wsync_error *error)
{
    if (field->type == WSYNC_TYPE_PHOTO) {
        return check_photo(field, text, error);
    }
    if (field->type != WSYNC_TYPE_TEXT && field->type != WSYNC_TYPE_BYTES) {
        return refuse(field, "a text is not allowed here", error);
    }
    if (text.len == 0) {
        return refuse(field, "an empty text is not allowed; leave the field blank", error);
    }
    if (text.len > WSYNC_TEXT_BYTES_MAX) {
        return wsync_error_set(error, WSYNC_ERR_VALUE,
                               "Field %.*s: the text has %zu bytes; at most %d are allowed.",
                               NAMED(field), text.len, WSYNC_TEXT_BYTES_MAX);
    }
    const char *fault = field->type == WSYNC_TYPE_TEXT ? wsync_utf8_fault(text) : NULL;
    if (fault) {
        return wsync_error_set(error, WSYNC_ERR_VALUE, "Field %.*s: the text %s.", NAMED(field),
                               fault);
    }
    return WSYNC_OK;
}

static enum wsync_err check_point(const struct wsync_field *field,
                                  const struct wsync_value *value, struct wsync_error *error)
{
    if (value->item_count != 2) {
        return refuse(field, "a place is a latitude and a longitude", error);
    }
    int64_t latitude = value->items[0], longitude = value->items[1];
    if (latitude < -LATITUDE_MAX || latitude > LATITUDE_MAX || longitude < -LONGITUDE_MAX ||
        longitude > LONGITUDE_MAX) {
        return refuse(field, "latitude is -90 to 90 degrees, longitude -180 to 180", error);
    }
    return WSYNC_OK;
}

static enum wsync_err check_list(const struct wsync_field *field,
                                 const struct wsync_value *value, struct wsync_error *error)
{
    if (field->type == WSYNC_TYPE_GEOPOINT) {
        return check_point(field, value, error);
    }
    if (field->type != WSYNC_TYPE_CHOICES) {
        return refuse(field, "a list is not allowed here", error);
    }
    if (value->item_count < 1 || value->item_count > WSYNC_LIST_ITEMS_MAX) {
        return refuse(field, "it holds 1 to 64 choices; leave the field blank for none", error);
    }
    for (size_t i = 0; i < value->item_count; i++) {
        if (i > 0 && value->items[i] <= value->items[i - 1]) {
            return refuse(field, "choices must be in ascending order, each once", error);
        }
        enum wsync_err err = check_choice(field, value->items[i], error);
        if (err != WSYNC_OK) {
            return err;
        }
    }
    return WSYNC_OK;
}

enum wsync_err wsync_field_check(const struct wsync_field *field,
                                 const struct wsync_value *value, struct wsync_error *error)
{
    if (!field) {
        return wsync_error_set(error, WSYNC_ERR_FIELD, "%s",
                               wsync_err_text(WSYNC_ERR_FIELD, WSYNC_EN));
    }
    switch (value->class) {
    case WSYNC_CLASS_INTEGER:
        return check_integer(field, value->integer, error);
    case WSYNC_CLASS_TEXT:
        return check_text(field, value->text, error);
    case WSYNC_CLASS_LIST:
        return check_list(field, value, error);
    case WSYNC_CLASS_BLANK:
        return field->required ? refuse(field, "a value is required", error) : WSYNC_OK;
    case WSYNC_CLASS_PRIVATE:
        return field->personal ? WSYNC_OK : refuse(field, "it is not personal", error);
    }
    return refuse(field, "the value is of no known class", error);
}
