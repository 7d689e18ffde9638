/* SPDX-License-Identifier: Apache-2.0 */
/* date_format.h: dates and times as another program wrote them, read by a format.
 *
 * %Y year of four digits, %y of two (00-68: 2000 on, 69-99: 1969 on), %m month, %d day, %H hour
 * 0-23, %I hour 1-12 (with %p), %M minute, %S second, %p AM or PM, %% a percent sign.  Numbers
 * other than %Y have one or two digits; every other byte stands for itself and the whole text
 * must fit. */
#ifndef WARDSYNC_HOST_DATE_FORMAT_H
#define WARDSYNC_HOST_DATE_FORMAT_H

#include "wardsync/form.h"

enum { WSYNC_DATE_FORMAT_BYTES_MAX = 64, WSYNC_DATE_FORMAT_ISO_BYTES = 24 };

/* NULL when the format gives what a field of this type (date, time, date-time) needs; else what
 * is wrong with it, as the rest of a sentence ("lacks the day (%d)"). */
const char *wsync_date_format_fault(struct wsync_slice format, enum wsync_type type);

/* Reads a text and writes it as the ISO text, with its NUL, that wsync_value_parse takes for
 * the type; what the type does not hold (the hour of a date, the seconds of a time) is left
 * out.  False when the text is not written so or is no date or time. */
WSYNC_MUST_USE bool wsync_date_format_read(struct wsync_slice format, enum wsync_type type,
                                           struct wsync_slice text,
                                           char iso[WSYNC_DATE_FORMAT_ISO_BYTES]);

#endif
