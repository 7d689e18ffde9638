/* SPDX-License-Identifier: Apache-2.0 */
/* qr.h: a short text as a QR code: on the terminal, two rows of modules in a line of half
 * blocks, or in a page.
 *
 * Digits, capitals and " $%*+-./:" take the fewest modules, so a text that may be written in
 * capitals should be. */
#ifndef WARDSYNC_HOST_QR_H
#define WARDSYNC_HOST_QR_H

#include <stdio.h>

#include "host/html.h"

/* Prints the code with a margin of 4 modules, 2 where that makes it fit into 80 columns.  With
 * `color` it is black on white whatever the terminal's colours are; without, light modules are
 * drawn, for a dark terminal (scanners read the other way round as well).  VALUE when the text
 * is too long for a code, MEMORY. */
WSYNC_MUST_USE enum wsync_err wsync_qr_print(const char *text, bool color, FILE *out,
                                             struct wsync_error *error);

/* Writes it as an <svg class="qr">, black on white in any theme, with a margin of 4 modules;
 * `label` says what it is to who cannot see it.  VALUE, MEMORY. */
WSYNC_MUST_USE enum wsync_err wsync_qr_svg(const char *text, const char *label,
                                           struct wsync_html *html, struct wsync_error *error);

#endif
