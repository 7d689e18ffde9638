/* SPDX-License-Identifier: Apache-2.0 */
/* value_text.h: values as people and programs write them, read and written by the field's type.
 *
 * Reading is tolerant where only one meaning is possible and refuses what could mean two
 * things; nothing is rounded or guessed, except that a place keeps 7 decimals (a centimetre).
 *
 * Numbers.  ',' is always the decimal mark.  '.' separates thousands when it stands in front of
 * groups of exactly three digits and there are several of them or a ',' follows ("1.234.567",
 * "1.234,5"); a single '.' is the decimal mark ("1234.5", "0.125") unless exactly three digits
 * follow one to three others: "1.234" is 1234 in an integer field and refused in a decimal
 * field.  "1,234" is refused in an integer field and where the field has fewer than three
 * digits, because elsewhere it means 1234.  Zeros behind the field's last digit are allowed,
 * other digits are not.  With `point_is_decimal` '.' is the decimal mark and nothing else is.
 *
 * Dates: 2022-04-16 or 16/04/2022 (4/1/2022 is 4 January).  Times: 07:30 or 7:30.  Moments: a
 * date, a blank or T, a time (seconds allowed), and Z, an offset, or nothing for +07:00.
 * Choices: the name or a label of either language, marks and case ignored when that leaves one;
 * several: names separated by blanks, or names and labels separated by ';'.
 * Places: "21.0285,105.8542" or with a blank.  Booleans: yes no có không true false 1 0.
 * Photos: the path of a file, or the name of an attachment that is here (photo_text.h). */
#ifndef WARDSYNC_HOST_VALUE_TEXT_H
#define WARDSYNC_HOST_VALUE_TEXT_H

#include "host/photo_take.h"

/* Finds the unit a text names: its id, its code or its name.  NOT_FOUND when there is none,
 * INVALID when several match; any other error ends the reading. */
typedef enum wsync_err wsync_unit_finder(void *context, struct wsync_slice text,
                                         uint32_t *unit);

struct wsync_value_reader {
    struct wsync_arena *arena;     /* values live here */
    bool point_is_decimal;         /* the text was written by a program */
    wsync_unit_finder *find_unit;  /* NULL: only plain unit ids are read */
    void *context;
    const struct wsync_photo_desk *photos; /* takes files; NULL: only names are read */
};

/* Reads one value and judges it (wsync_field_check).  Text without anything but blanks is
 * BLANK; text values come out in NFC with LF line ends.  VALUE with a sentence that names the
 * field, what was written (unless the field is personal) and what is allowed; MEMORY. */
WSYNC_MUST_USE enum wsync_err wsync_value_parse(const struct wsync_value_reader *reader,
                                                const struct wsync_field *field,
                                                struct wsync_slice text,
                                                struct wsync_value *value,
                                                struct wsync_error *error);

enum wsync_style {
    WSYNC_STYLE_DATA,  /* ISO dates, '.', choice names, true/false; read back with
                          `point_is_decimal` */
    WSYNC_STYLE_EXCEL, /* as DATA with ',' for the decimal point */
    WSYNC_STYLE_VI,    /* 16/04/2022, 1.234,5, Vietnamese labels */
    WSYNC_STYLE_EN,    /* the same with English labels */
};

/* A legal value of a legal form always fits, with its NUL. */
enum { WSYNC_VALUE_TEXT_BYTES = WSYNC_TEXT_BYTES_MAX + 512 };

/* Writes a value and a NUL into `size` bytes at `text`, so that reading gives the same value.
 * A blank is "", a value whose content is erased or not at hand is "***", units are ids, bytes
 * are hexadecimal (those three are not read back); a photo is its name.  The value must be
 * legal in the field.  OVERSIZE when it does not fit. */
WSYNC_MUST_USE enum wsync_err wsync_value_print(const struct wsync_field *field,
                                                const struct wsync_value *value,
                                                enum wsync_style style, char *text,
                                                size_t size);

#endif
