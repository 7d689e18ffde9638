/* SPDX-License-Identifier: Apache-2.0 */
/* What is printed as half blocks is, module by module, the code of the text. */
#include "host/qr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <qrencode.h>

enum { OUTPUT_BYTES = 1 << 16, LINES_MAX = 128, COLUMNS_MAX = 192 };

/* One character of a line: which of the two modules are light; NULL for none of ours. */
static const char *read_block(const char *at, bool *above, bool *below)
{
    static const char *const BLOCKS[] = {" ", "▄", "▀", "█"};
    for (size_t i = 0; i < 4; i++) {
        size_t len = strlen(BLOCKS[i]);
        if (strncmp(at, BLOCKS[i], len) == 0) {
            *above = i & 2;
            *below = i & 1;
            return at + len;
        }
    }
    return NULL;
}

static bool light[2 * LINES_MAX][COLUMNS_MAX];
static size_t rows, columns;

static void read_output(const char *at)
{
    rows = 0;
    while (*at) {
        assert_true(rows + 2 <= 2 * LINES_MAX);
        for (columns = 0; *at != '\n'; columns++) {
            assert_true(columns < COLUMNS_MAX);
            at = read_block(at, &light[rows][columns], &light[rows + 1][columns]);
            assert_non_null(at);
        }
        rows += 2;
        at++;
    }
}

static void print_and_read(const char *text)
{
    static char output[OUTPUT_BYTES];
    FILE *out = fmemopen(output, sizeof output, "w");
    assert_int_equal(wsync_qr_print(text, false, out, NULL), WSYNC_OK);
    fclose(out);
    read_output(output);
}

static void check_text(const char *text, size_t margin)
{
    print_and_read(text);
    QRcode *code = QRcode_encodeString(text, 0, QR_ECLEVEL_L, QR_MODE_8, 1);
    assert_non_null(code);
    size_t width = (size_t)code->width;
    assert_int_equal(columns, width + 2 * margin);
    assert_in_range(rows, width + 2 * margin, width + 2 * margin + 1);
    for (size_t y = 0; y < rows; y++) {
        for (size_t x = 0; x < columns; x++) {
            bool inside =
                x >= margin && y >= margin && x < width + margin && y < width + margin;
            bool dark = inside && code->data[(y - margin) * width + x - margin] & 1;
            assert_int_equal(light[y][x], !dark);
        }
    }
    QRcode_free(code);
}

static void test_the_modules_are_those_of_the_code(void **state)
{
    (void)state;
    char text[661];
    check_text("WARDSYNC-INVITE-1:0A10", 4);
    memset(text, 'A', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    text[430] = '\0';
    check_text(text, 4);
    assert_true(columns <= 80); /* an invite with three addresses */
    memset(text, 'A', sizeof text - 1);
    check_text(text, 2);
}

static void test_colours_and_bounds(void **state)
{
    (void)state;
    static char output[OUTPUT_BYTES], text[5000];
    struct wsync_error error;
    FILE *out = fmemopen(output, sizeof output, "w");
    assert_int_equal(wsync_qr_print("A", true, out, NULL), WSYNC_OK);
    fclose(out);
    assert_int_equal(strncmp(output, "\033[97;40m█", 11), 0);
    memset(text, 'a', sizeof text - 1);
    assert_int_equal(wsync_qr_print(text, false, stdout, &error), WSYNC_ERR_VALUE);
    assert_string_equal(error.text, "It is too long for a QR code.");
}

/* Draws the path of an <svg>: "M x y.5h n" and "m n 0h n", each a run of dark modules. */
static void draw(const char *path)
{
    char *end;
    long x = 0, y = 0;
    memset(light, true, sizeof light);
    for (const char *at = path; *at != '"';) {
        bool absolute = *at == 'M';
        assert_true(absolute || *at == 'm');
        long first = strtol(at + 1, &end, 10);
        long second = strtol(end, &end, 10);
        if (absolute) {
            assert_int_equal(strncmp(end, ".5", 2), 0);
            end += 2;
            y = second;
        } else {
            assert_int_equal(second, 0);
        }
        x = absolute ? first : x + first;
        assert_int_equal(*end, 'h');
        for (long run = strtol(end + 1, &end, 10); run > 0; run--, x++) {
            assert_in_range(x, 0, COLUMNS_MAX - 1);
            assert_in_range(y, 0, 2 * LINES_MAX - 1);
            light[y][x] = false;
        }
        at = end;
    }
}

static void test_a_page_shows_the_same_modules(void **state)
{
    (void)state;
    static const char MARK[] = "<path stroke=\"#000\" d=\"";
    const char *text = "WARDSYNC-INVITE-1:0A10";
    char box[64];
    struct wsync_html html = {.text = NULL};
    assert_int_equal(wsync_qr_svg(text, "a \"code\"", &html, NULL), WSYNC_OK);
    wsync_html_raw(&html, "\0");
    assert_int_equal(wsync_html_err(&html), WSYNC_OK);
    assert_non_null(strstr(html.text, "aria-label=\"a &quot;code&quot;\""));
    const char *path = strstr(html.text, MARK);
    assert_non_null(path);
    draw(path + sizeof MARK - 1);
    QRcode *code = QRcode_encodeString(text, 0, QR_ECLEVEL_L, QR_MODE_8, 1);
    snprintf(box, sizeof box, "viewBox=\"0 0 %d %d\"", code->width + 8, code->width + 8);
    assert_non_null(strstr(html.text, box));
    for (int y = 0; y < code->width + 8; y++) {
        for (int x = 0; x < code->width + 8; x++) {
            bool inside = x >= 4 && y >= 4 && x < code->width + 4 && y < code->width + 4;
            bool dark = inside && code->data[(y - 4) * code->width + x - 4] & 1;
            assert_int_equal(light[y][x], !dark);
        }
    }
    QRcode_free(code);
    wsync_html_fini(&html);
    static char long_text[5000];
    struct wsync_error error;
    memset(long_text, 'a', sizeof long_text - 1);
    assert_int_equal(wsync_qr_svg(long_text, "", &html, &error), WSYNC_ERR_VALUE);
    assert_null(html.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_modules_are_those_of_the_code),
        cmocka_unit_test(test_colours_and_bounds),
        cmocka_unit_test(test_a_page_shows_the_same_modules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
