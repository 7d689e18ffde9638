/* SPDX-License-Identifier: Apache-2.0 */
/* Printed totals read back (SPEC S16.11): what is written in the file is what is compared, to
 * the last byte of a row, whatever somebody hid behind it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/scratch.h"
#include "tools/verify/printed.h"

#define BYTES(text) wsync_slice(text, sizeof(text) - 1)

/* Reads the file to its end; how many rows it has, or -1 when some line is none. */
static int rows_of(struct wsync_slice text, struct printed_row *last)
{
    struct wsync_scratch scratch;
    char path[WSYNC_SCRATCH_PATH_BYTES];
    static struct printed printed;
    static struct printed_row row;
    struct audit_fault fault = {.exit_code = AUDIT_FAILS};
    bool end = false;
    int rows = 0;
    wsync_scratch_open(&scratch);
    FILE *file = fopen(wsync_scratch_path(&scratch, "totals", path), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text.data, 1, text.len, file), text.len);
    fclose(file);
    bool good = printed_open(&printed, path, &fault);
    while (good && (good = printed_next(&printed, &row, &end, &fault)) && !end) {
        *last = row;
        rows++;
    }
    printed_close(&printed);
    wsync_scratch_close(&scratch);
    return good ? rows : -1;
}

static void assert_no_row(struct wsync_slice text)
{
    static struct printed_row row;
    int rows = rows_of(text, &row);
    if (rows != -1) {
        fail_msg("%.*s: %d rows", (int)text.len, (const char *)text.data, rows);
    }
}

static void a_row_is_read_as_it_stands(void **state)
{
    static struct printed_row row;
    (void)state;
    assert_int_equal(rows_of(BYTES("{\"_name\":\"T\\u1ed5 1\",\"_records\":5}\n"), &row), 1);
    assert_int_equal(row.count, 2);
    assert_string_equal(row.cells[0].value, "T\xe1\xbb\x95 1");
    assert_string_equal(row.cells[1].value, "5");
    assert_int_equal(
        rows_of(BYTES("period unit records kg\nall A B  5 7  (2 in conflict)\n"), &row), 1);
    assert_int_equal(row.count, 4);
    assert_string_equal(row.cells[0].value, "all A B");
    assert_string_equal(row.cells[2].value, "7");
    assert_string_equal(row.cells[3].value, "2");
}

static void nothing_is_hidden_behind_a_zero_byte(void **state)
{
    (void)state;
    assert_no_row(BYTES("{\"_name\":\"A\\u0000, and more\"}\n"));
    assert_no_row(BYTES("{\"_name\":\"A\"}\0 and more\n"));
    assert_no_row(BYTES("\0{\"_name\":\"A\"}\n{\"_name\":\"A\"}\n"));
    assert_no_row(BYTES("period unit records\nall A 5\0000\n"));
    assert_no_row(BYTES("period unit records\nall A 5\n\0all B 7\n"));
}

/* A terminal writes what stands behind it over what stands before it. */
static void nothing_is_hidden_behind_a_carriage_return(void **state)
{
    static struct printed_row row;
    (void)state;
    assert_int_equal(rows_of(BYTES("period unit records\r\nall A 5\r\n"), &row), 1);
    assert_string_equal(row.cells[1].value, "5");
    assert_no_row(BYTES("{\"_name\":\"A\"}\r{\"_name\":\"B\"}\n"));
    assert_int_equal(rows_of(BYTES("period unit records\nall A 5\rall A 7\n"), &row), 1);
    assert_string_equal(row.cells[1].value, "7");
    assert_string_equal(row.cells[0].value, "all A 5\rall A");
}

static void a_number_has_one_spelling(void **state)
{
    (void)state;
    assert_no_row(BYTES("{\"_name\":\"\\u-041\"}\n"));
    assert_no_row(BYTES("{\"_name\":\"\\u 041\"}\n"));
    assert_no_row(BYTES("{\"_name\":\"\\u0x1\"}\n"));
    assert_no_row(BYTES("period unit records\nall A 5  (+2 in conflict)\n"));
    assert_no_row(BYTES("period unit records\nall A 5  (0 in conflict)\n"));
    assert_no_row(BYTES("period unit records\nall A 5  (99999999999999999999 in conflict)\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_is_read_as_it_stands),
        cmocka_unit_test(nothing_is_hidden_behind_a_zero_byte),
        cmocka_unit_test(nothing_is_hidden_behind_a_carriage_return),
        cmocka_unit_test(a_number_has_one_spelling),
    };
    return cmocka_run_group_tests_name("printed totals", tests, NULL, NULL);
}
