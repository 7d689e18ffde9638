/* SPDX-License-Identifier: Apache-2.0 */
/* decimal.h: the plain notation of a scaled integer: exact, no floating point.
 *
 * A decimal of a form is an integer scaled by ten to the field's digits (form.h). */
#ifndef WARDSYNC_DECIMAL_H
#define WARDSYNC_DECIMAL_H

#include "wardsync/slice.h"

enum { WSYNC_DECIMAL_TEXT_BYTES = 24 }; /* sign, 19 digits, a leading zero, point, NUL */

/* Writes `scaled` with `digits` (0 to WSYNC_DECIMAL_DIGITS_MAX) behind a '.', and a NUL, into
 * WSYNC_DECIMAL_TEXT_BYTES at `text`: (-5, 2) is "-0.05".  Returns the length. */
size_t wsync_decimal_print(int64_t scaled, uint32_t digits, char *text);

#endif
