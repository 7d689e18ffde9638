/* SPDX-License-Identifier: Apache-2.0 */
#include "host/figure.h"

#include <string.h>

enum { GROUP = 3 };

void wsync_figure_text(wsync_int128 figure, uint32_t digits, char text[WSYNC_FIGURE_BYTES])
{
    char plain[48];
    size_t at = 0;
    wsync_sum_print(figure, digits, plain);
    size_t len = strlen(plain);
    size_t whole = digits > 0 ? len - digits - 1 : len;
    while (digits > 0 && len > whole && (plain[len - 1] == '0' || plain[len - 1] == '.')) {
        len--;
    }
    for (size_t i = 0; i < len; i++) {
        bool behind_digit = i > 0 && plain[i - 1] != '-';
        if (i < whole && behind_digit && (whole - i) % GROUP == 0) {
            text[at++] = '.';
        }
        text[at++] = plain[i] == '.' ? ',' : plain[i];
    }
    text[at] = '\0';
}
