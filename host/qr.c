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

/* NULL, with what is wrong in `*err`. */
static QRcode *encode(const char *text, enum wsync_err *err, struct wsync_error *error)
{
    QRcode *code = QRcode_encodeString(text, 0, QR_ECLEVEL_L, QR_MODE_8, 1);
    *err = code ? WSYNC_OK
           : errno == ERANGE
               ? wsync_error_set(error, WSYNC_ERR_VALUE, "It is too long for a QR code.")
               : wsync_error_set(error, WSYNC_ERR_MEMORY, "There is not enough memory.");
    return code;
}

enum wsync_err wsync_qr_print(const char *text, bool color, FILE *out,
                              struct wsync_error *error)
{
    enum wsync_err err;
    QRcode *code = encode(text, &err, error);
    if (code) {
        print_code(code, color, out);
        QRcode_free(code);
    }
    return err;
}

/* ---- in a page ---- */

/* The dark runs of a row, each from where the one before ended: a line through their middle. */
static void write_row(const QRcode *code, int y, struct wsync_html *html)
{
    int end = 0; /* of the run before */
    bool begun = false;
    for (int x = 0; x < code->width; x++) {
        int from = x;
        while (x < code->width && !is_light(code, x, y)) {
            x++;
        }
        if (x == from) {
            continue;
        }
        if (begun) {
            wsync_html_raw(html, "m");
            wsync_html_number(html, from - end);
            wsync_html_raw(html, " 0h");
        } else {
            wsync_html_raw(html, "M");
            wsync_html_number(html, from + MARGIN);
            wsync_html_raw(html, " ");
            wsync_html_number(html, y + MARGIN);
            wsync_html_raw(html, ".5h");
        }
        wsync_html_number(html, x - from);
        begun = true;
        end = x;
    }
}

enum wsync_err wsync_qr_svg(const char *text, const char *label, struct wsync_html *html,
                            struct wsync_error *error)
{
    enum wsync_err err;
    QRcode *code = encode(text, &err, error);
    if (!code) {
        return err;
    }
    int side = code->width + 2 * MARGIN;
    wsync_html_raw(html, "<svg class=\"qr\" role=\"img\" shape-rendering=\"crispEdges\"");
    wsync_html_attr(html, "aria-label", label);
    wsync_html_raw(html, " viewBox=\"0 0 ");
    wsync_html_number(html, side);
    wsync_html_raw(html, " ");
    wsync_html_number(html, side);
    wsync_html_raw(html, "\"><rect fill=\"#fff\"");
    wsync_html_attr_number(html, "width", side);
    wsync_html_attr_number(html, "height", side);
    wsync_html_raw(html, "/><path stroke=\"#000\" d=\"");
    for (int y = 0; y < code->width; y++) {
        write_row(code, y, html);
    }
    wsync_html_raw(html, "\"/></svg>\n");
    QRcode_free(code);
    return WSYNC_OK;
}
