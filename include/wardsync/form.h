/* SPDX-License-Identifier: Apache-2.0 */
/* form.h: what is collected: a form version, its fields and choices, and the judging of values.
 *
 * A form version travels as one record of the built-in form WSYNC_FORM_FORM whose definition is
 * the canonical bytes of a FormDefinition message (proto/form.proto, SPEC section 8).  Every
 * version stays readable for ever; a field number keeps its type, digits and choice numbers. */
#ifndef WARDSYNC_FORM_H
#define WARDSYNC_FORM_H

#include "wardsync/arena.h"
#include "wardsync/error.h"
#include "wardsync/ids.h"

/* Numbers of the forms that every program knows (SPEC section 8.1).  The district's own forms
 * begin at WSYNC_FORM_FIRST. */
enum {
    WSYNC_FORM_UNIT = 1,
    WSYNC_FORM_FORM = 2,
    WSYNC_FORM_STAFF = 3,
    WSYNC_FORM_VERDICT = 4,
    WSYNC_FORM_FIRST = 16,
};

/* Field types; the numbers are normative (SPEC section 8.2).
 * How a value is held: I one integer, L a list of integers, T text. */
enum wsync_type {
    WSYNC_TYPE_INTEGER = 1,   /* I */
    WSYNC_TYPE_DECIMAL = 2,   /* I: scaled by ten to the field's digits */
    WSYNC_TYPE_TEXT = 3,      /* T: UTF-8, NFC */
    WSYNC_TYPE_DATE = 4,      /* I: days since 1970-01-01 */
    WSYNC_TYPE_TIME = 5,      /* I: minutes since midnight, local */
    WSYNC_TYPE_DATETIME = 6,  /* I: seconds since 1970-01-01T00:00:00Z */
    WSYNC_TYPE_CHOICE = 7,    /* I: choice number */
    WSYNC_TYPE_CHOICES = 8,   /* L: ascending choice numbers */
    WSYNC_TYPE_GEOPOINT = 9,  /* L: latitude, longitude in 10^-7 degrees */
    WSYNC_TYPE_BOOLEAN = 10,  /* I: 0 or 1 */
    WSYNC_TYPE_UNIT = 11,     /* I: unit id */
    WSYNC_TYPE_BYTES = 12,    /* T: opaque; built-in forms only */
    WSYNC_TYPE_PHOTO = 13,    /* T: the name of a blob (blob.h) */
};

/* What totals keep of a field (the number of records is always kept). */
enum wsync_aggregate {
    WSYNC_AGGREGATE_NONE = 0,
    WSYNC_AGGREGATE_SUM = 1,   /* integer, decimal: sum and count */
    WSYNC_AGGREGATE_COUNT = 2, /* choice, choices, boolean: a count for each choice */
};

/* Kinds of files a photo field takes, as bits; the numbers are normative (SPEC S18.40). */
enum wsync_photo_kind {
    WSYNC_PHOTO_JPEG = 1, WSYNC_PHOTO_PNG = 2, WSYNC_PHOTO_WEBP = 4, WSYNC_PHOTO_PDF = 8,
    WSYNC_PHOTO_KINDS_PICTURES = 7, WSYNC_PHOTO_KINDS_ALL = 15,
};

struct wsync_choice {
    uint32_t number; /* for ever */
    struct wsync_slice name;
    struct wsync_slice label_vi, label_en;
};

struct wsync_field {
    uint32_t number; /* for ever; 1 to WSYNC_FIELD_NUMBER_MAX */
    enum wsync_type type;
    uint32_t digits; /* decimal: how many behind the point */
    struct wsync_slice name;
    struct wsync_slice label_vi, label_en, hint_vi, hint_en;
    bool required, personal;
    bool has_min, has_max; /* inclusive; integer, decimal (scaled), date */
    int64_t min, max;
    uint32_t photo_bytes_max;  /* photo; 0: WSYNC_BLOB_BYTES_MAX */
    uint32_t photo_pixels_max; /* photo: how long the longer side should be; 0: any; a hint */
    uint32_t photo_kinds;      /* photo: bits of enum wsync_photo_kind; 0: the pictures */
    enum wsync_aggregate aggregate;
    const struct wsync_choice *choices;
    size_t choice_count;
};

struct wsync_form {
    uint32_t number, version; /* both from 1 */
    struct wsync_slice name;  /* [a-z][a-z0-9_]*, the word of the command line */
    struct wsync_slice title_vi, title_en;
    uint32_t date_field;    /* the day of a record for totals; 0: none */
    uint32_t subject_field; /* of type unit: the unit a record is about; 0: the log's scope */
    const struct wsync_field *fields; /* ascending by number */
    size_t field_count;
};

/* One value as held in memory.  BLANK clears a field. */
enum wsync_class {
    WSYNC_CLASS_INTEGER = 0,
    WSYNC_CLASS_TEXT = 1,
    WSYNC_CLASS_LIST = 2,
    WSYNC_CLASS_BLANK = 3,
    WSYNC_CLASS_PRIVATE = 4, /* written, but the content is erased or not at hand */
};

struct wsync_value {
    enum wsync_class class;
    int64_t integer;
    struct wsync_slice text;
    const int64_t *items;
    size_t item_count;
};

/* Encodes a definition into the arena.  INVALID with a sentence when it is not a legal form
 * (check), OVERSIZE when it does not fit into WSYNC_TEXT_BYTES_MAX. */
WSYNC_MUST_USE enum wsync_err wsync_form_encode(const struct wsync_form *form,
                                                struct wsync_arena *arena,
                                                struct wsync_slice *bytes,
                                                struct wsync_error *error);

/* Decodes and checks; the result lives in the arena and borrows nothing of `bytes`.
 * MESSAGE when not canonical, VALUE when not a legal form. */
WSYNC_MUST_USE enum wsync_err wsync_form_decode(struct wsync_slice bytes,
                                                struct wsync_arena *arena,
                                                struct wsync_form *form);

/* Is this a legal form by itself (numbers, names, ranges, referenced fields)?  INVALID with a
 * sentence naming the first thing that is not. */
WSYNC_MUST_USE enum wsync_err wsync_form_check(const struct wsync_form *form,
                                               struct wsync_error *error);

/* May `next` follow `old`, the newest published version of the form?  INVALID with a sentence
 * when a field number or a choice number does not keep what it must (SPEC section 8.5). */
WSYNC_MUST_USE enum wsync_err wsync_form_check_successor(const struct wsync_form *old,
                                                         const struct wsync_form *next,
                                                         struct wsync_error *error);

/* The field or choice with this number or name, NULL when there is none. */
const struct wsync_field *wsync_form_field(const struct wsync_form *form, uint32_t number);
const struct wsync_field *wsync_form_field_named(const struct wsync_form *form,
                                                 struct wsync_slice name);
const struct wsync_choice *wsync_field_choice(const struct wsync_field *field, uint32_t number);
const struct wsync_choice *wsync_field_choice_named(const struct wsync_field *field,
                                                    struct wsync_slice name);
/* What a photo field allows, also where its definition does not say it. */
uint32_t wsync_field_photo_bytes(const struct wsync_field *field);
uint32_t wsync_field_photo_kinds(const struct wsync_field *field);

/* Is the value allowed in the field (class, range, choice, text)?  FIELD or VALUE; with a
 * sentence that names the field, the value and what is allowed. */
WSYNC_MUST_USE enum wsync_err wsync_field_check(const struct wsync_field *field,
                                                const struct wsync_value *value,
                                                struct wsync_error *error);

/* The definition of a built-in form, NULL when `number` names none.  Built-in forms have
 * version 1. */
const struct wsync_form *wsync_form_builtin(uint32_t number);

#endif
