/* SPDX-License-Identifier: Apache-2.0 */
#include "host/qr.h"

#include <errno.h>
#include <qrencode.h>

enum { MARGIN = 4, MARGIN_NARROW = 2, COLUMNS = 80 };

/* Outside of the code all is light. */
static bool is_light(const QRcode *code, int x, int y)
{
    bool outside = x < 0 || y < 0 || x >= code->width || y >= code->width;
    return outside || !(code->data[y * code->width + x] & 1);
}

static void print_code(const QRcode *code, bool color, FILE *out)
{
    static const char *const HALVES[] = {" ", "▄", "▀", "█"}; /* 2: above is light, 1: below */
    int margin = code->width + 2 * MARGIN <= COLUMNS ? MARGIN : MARGIN_NARROW;
    for (int y = -margin; y < code->width + margin; y += 2) {
        fputs(color ? "\033[97;40m" : "", out);
        for (int x = -margin; x < code->width + margin; x++) {
            fputs(HALVES[2 * is_light(code, x, y) + is_light(code, x, y + 1)], out);
        }
        fputs(color ? "\033[0m\n" : "\n", out);
    }
}

enum wsync_err wsync_qr_print(const char *text, bool color, FILE *out,
                              struct wsync_error *error)
{
    QRcode *code = QRcode_encodeString(text, 0, QR_ECLEVEL_L, QR_MODE_8, 1);
    if (!code) {
        return errno == ERANGE
                   ? wsync_error_set(error, WSYNC_ERR_VALUE, "It is too long for a QR code.")
                   : wsync_error_set(error, WSYNC_ERR_MEMORY, "There is not enough memory.");
    }
    print_code(code, color, out);
    QRcode_free(code);
    return WSYNC_OK;
}
