/* SPDX-License-Identifier: Apache-2.0 */
/* figure.h: a sum as people read it, whatever its size: "1.234,5", the same in both languages.
 */
#ifndef WARDSYNC_HOST_FIGURE_H
#define WARDSYNC_HOST_FIGURE_H

#include "wardsync/totals.h"

enum { WSYNC_FIGURE_BYTES = 64 };

/* Writes a sum scaled by ten to `digits`: thousands by '.', decimals behind ',', exact, zeros
 * at the end of the decimals left out. */
void wsync_figure_text(wsync_int128 figure, uint32_t digits, char text[WSYNC_FIGURE_BYTES]);

#endif
