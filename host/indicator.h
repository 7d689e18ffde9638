/* SPDX-License-Identifier: Apache-2.0 */
/* indicator.h: one of the figures that a table of totals has of each group, as people choose
 * it: the number of records, or a column of the table; its words, and its key in an address.
 *
 * A key is a field's name, FIELD=CHOICE, or "" for the number of records. */
#ifndef WARDSYNC_HOST_INDICATOR_H
#define WARDSYNC_HOST_INDICATOR_H

#include "host/totals_table.h"
#include "host/words.h"

/* In the place of a column: the number of records; beyond any column: all of them. */
enum { WSYNC_INDICATOR_RECORDS = -1, WSYNC_INDICATOR_ALL = WSYNC_CELL_MEASURES_MAX };

wsync_int128 wsync_indicator_figure(const struct wsync_totals_group *group, int column);
uint32_t wsync_indicator_digits(const struct wsync_totals_table *table, int column);

/* "Số người tham gia", "Kết quả: Đạt", as far as there is room. */
enum { WSYNC_INDICATOR_BYTES = 512 };
const char *wsync_indicator_label(const struct wsync_totals_table *table, int column,
                                  enum wsync_language language,
                                  char text[WSYNC_INDICATOR_BYTES]);

enum { WSYNC_INDICATOR_KEY_BYTES = 2 * WSYNC_NAME_BYTES_MAX + 2 };
const char *wsync_indicator_key(const struct wsync_totals_table *table, int column,
                                char key[WSYNC_INDICATOR_KEY_BYTES]);

/* The column of a key; `otherwise` when it is NULL or the table has none of it. */
int wsync_indicator_find(const struct wsync_totals_table *table, const char *key,
                         int otherwise);

#endif
