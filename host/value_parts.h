/* SPDX-License-Identifier: Apache-2.0 */
/* value_parts.h: the readers behind value_text.h, one for each family of types.
 *
 * Internal to host/value_*.c.  Each gets trimmed, legal NFC text that is not empty.  Those that
 * answer a string return NULL when the value was read, and else what is wrong with the text as
 * the rest of a sentence ("is not a number ..."). */
#ifndef WARDSYNC_HOST_VALUE_PARTS_H
#define WARDSYNC_HOST_VALUE_PARTS_H

#include "host/value_text.h"

/* A scaled integer with `digits` digits behind the point. */
const char *wsync_value_read_number(struct wsync_slice text, uint32_t digits,
                                    bool point_is_decimal, int64_t *number);

/* Days, minutes of the day, seconds. */
const char *wsync_value_read_date(struct wsync_slice text, int64_t *day);
const char *wsync_value_read_time(struct wsync_slice text, int64_t *minute);
const char *wsync_value_read_moment(struct wsync_slice text, int64_t *second);

/* Latitude and longitude, each scaled by 10^7. */
const char *wsync_value_read_place(struct wsync_slice text, int64_t place[2]);

/* One choice, or several into the arena. */
WSYNC_MUST_USE enum wsync_err wsync_value_read_choice(const struct wsync_value_reader *reader,
                                                      const struct wsync_field *field,
                                                      struct wsync_slice text, int64_t *number,
                                                      struct wsync_error *error);
WSYNC_MUST_USE enum wsync_err wsync_value_read_choices(const struct wsync_value_reader *reader,
                                                       const struct wsync_field *field,
                                                       struct wsync_slice text,
                                                       struct wsync_value *value,
                                                       struct wsync_error *error);

/* Text without the blanks at its ends, and the next word of it (which is taken away; empty at
 * the end). */
struct wsync_slice wsync_value_trim(struct wsync_slice text);
struct wsync_slice wsync_value_word(struct wsync_slice *rest);

/* Makes the sentence `Field <name>: "<text>" <rule>.` and answers VALUE. */
enum wsync_err wsync_value_refuse(const struct wsync_field *field, struct wsync_slice text,
                                  const char *rule, struct wsync_error *error);

#endif
