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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_modules_are_those_of_the_code),
        cmocka_unit_test(test_colours_and_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
