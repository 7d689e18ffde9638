/* SPDX-License-Identifier: Apache-2.0 */
/* CSV in and out: separators, quotes, line ends, findings with their line, what Excel gets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/csv.h"
#include "tests/scratch.h"

static struct wsync_scratch scratch;
static char path[WSYNC_SCRATCH_PATH_BYTES];

static int make_file(void **state)
{
    (void)state;
    wsync_scratch_open(&scratch);
    wsync_scratch_path(&scratch, "table.csv", path);
    return 0;
}

static int remove_file(void **state)
{
    (void)state;
    wsync_scratch_close(&scratch);
    return 0;
}

static void write_file(const char *content, size_t len)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(content, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

/* Opens the bytes of a string literal, NULs included. */
#define OPEN(literal) open_bytes(literal, sizeof(literal) - 1)

static struct wsync_csv *open_bytes(const char *content, size_t len)
{
    struct wsync_csv *csv = NULL;
    struct wsync_error error = {""};
    write_file(content, len);
    assert_int_equal(wsync_csv_open(path, &csv, &error), WSYNC_OK);
    assert_string_equal(error.text, "");
    return csv;
}

/* The row's cells joined by '|'. */
static void assert_row(struct wsync_csv *csv, uint64_t line, uint64_t offset,
                       const char *expected)
{
    struct wsync_csv_row row;
    struct wsync_error error = {""};
    char joined[256] = "";
    assert_int_equal(wsync_csv_next(csv, &row, &error), WSYNC_OK);
    for (size_t i = 0; i < row.cell_count; i++) {
        size_t used = strlen(joined);
        snprintf(joined + used, sizeof joined - used, "%s%.*s", i > 0 ? "|" : "",
                 (int)row.cells[i].len, (const char *)row.cells[i].data);
    }
    assert_string_equal(joined, expected);
    assert_int_equal(row.line, line);
    assert_int_equal(row.offset, offset);
}

static void assert_finding(struct wsync_csv *csv, uint64_t line, const char *sentence)
{
    struct wsync_csv_row row;
    struct wsync_error error = {""};
    assert_int_equal(wsync_csv_next(csv, &row, &error), WSYNC_ERR_VALUE);
    assert_string_equal(error.text, sentence);
    assert_int_equal(row.line, line);
    assert_int_equal(row.cell_count, 0);
}

static void assert_end(struct wsync_csv *csv)
{
    struct wsync_csv_row row;
    assert_int_equal(wsync_csv_next(csv, &row, NULL), WSYNC_ERR_NOT_FOUND);
    assert_int_equal(wsync_csv_next(csv, &row, NULL), WSYNC_ERR_NOT_FOUND);
    wsync_csv_close(csv);
}

static void test_rows_lines_offsets(void **state)
{
    (void)state;
    struct wsync_csv *csv = OPEN("\xEF\xBB\xBF"
                                 "a, b ,c\r\n"
                                 "1, x ,\r\n"
                                 "\r\n"
                                 "\"2\",\"two\r\nlines, \"\"quoted\"\"\",z\r\n"
                                 ",,\r\n"
                                 "3,y,z");
    size_t column;
    assert_true(wsync_csv_column(csv, wsync_slice_of("b"), &column));
    assert_int_equal(column, 1);
    assert_false(wsync_csv_column(csv, wsync_slice_of(" b "), &column));
    assert_int_equal(wsync_csv_header(csv)->cell_count, 3);
    assert_int_equal(wsync_csv_header(csv)->line, 1);
    assert_row(csv, 2, 12, "1| x |");
    assert_row(csv, 4, 22, "2|two\r\nlines, \"quoted\"|z");
    assert_row(csv, 6, 54, "||");
    assert_row(csv, 7, 58, "3|y|z");
    assert_end(csv);
}

static void test_separators_and_line_ends(void **state)
{
    (void)state;
    struct wsync_csv *csv = OPEN("\n\"a,b,c\";d\n1,5;2\n");
    assert_int_equal(wsync_csv_separator(csv), ';');
    assert_int_equal(wsync_csv_header(csv)->line, 2);
    assert_row(csv, 3, 11, "1,5|2");
    assert_end(csv);
    csv = OPEN("a\tb\rx\t y\r\r1\t2\r");
    assert_int_equal(wsync_csv_separator(csv), '\t');
    assert_row(csv, 2, 4, "x| y");
    assert_row(csv, 4, 10, "1|2");
    assert_end(csv);
    csv = OPEN("only\nx;y\n\"\"\n");
    assert_int_equal(wsync_csv_separator(csv), ',');
    assert_row(csv, 2, 5, "x;y");
    assert_row(csv, 3, 9, "");
    assert_end(csv);
}

static void test_findings_do_not_stop_the_rest(void **state)
{
    (void)state;
    struct wsync_csv *csv = OPEN("a,b\n"
                                 "1\n"
                                 "1,2,3\n"
                                 "x\0y,2\n"
                                 "ok,\xE1\xBB\n"
                                 "12\" pipe,2\n"
                                 "\"multi\nline\"x,2\n"
                                 "fine,2\n");
    assert_finding(csv, 2, "Row 2: it has 1 columns, the header has 2.");
    assert_finding(csv, 3, "Row 3: it has 3 columns, the header has 2.");
    assert_finding(csv, 4, "Row 4: there is a NUL byte.");
    assert_finding(csv, 5, "Row 5: the value in column 2 is not valid UTF-8.");
    assert_finding(csv, 6, "Row 6: a quote stands inside a value; quote the whole value and "
                           "double the quotes in it.");
    assert_finding(csv, 7, "Row 7: a quote stands inside a value; quote the whole value and "
                           "double the quotes in it.");
    assert_row(csv, 9, 51, "fine|2");
    assert_end(csv);
}

static void test_unterminated_quote(void **state)
{
    (void)state;
    struct wsync_csv *csv = OPEN("a,b\n1,2\n3,\"open\n5,6\n");
    assert_row(csv, 2, 4, "1|2");
    assert_finding(csv, 3,
                   "Row 3: a quote is opened and never closed; the rest of the file was "
                   "taken as one value.");
    assert_end(csv);
}

/* A row of exactly 1 MiB with its line end is taken, one byte more is not. */
static void test_large_rows(void **state)
{
    (void)state;
    static char content[WSYNC_CSV_ROW_BYTES_MAX + 64];
    for (size_t over = 0; over < 2; over++) {
        size_t len = WSYNC_CSV_ROW_BYTES_MAX + over;
        memcpy(content, "a\n", 2);
        memset(content + 2, 'x', len - 1);
        content[2 + len - 1] = '\n';
        memcpy(content + 2 + len, "next\n", 5);
        struct wsync_csv *csv = open_bytes(content, len + 7);
        if (over == 0) {
            struct wsync_csv_row row;
            assert_int_equal(wsync_csv_next(csv, &row, NULL), WSYNC_OK);
            assert_int_equal(row.cells[0].len, WSYNC_CSV_ROW_BYTES_MAX - 1);
            assert_row(csv, 3, WSYNC_CSV_ROW_BYTES_MAX + 2, "next");
        } else {
            assert_finding(csv, 2,
                           "Row 2: the row is longer than 1 MiB, perhaps because a quote "
                           "is never closed; nothing behind it was read.");
        }
        assert_end(csv);
    }
}

static void test_many_blank_lines_are_no_long_row(void **state)
{
    (void)state;
    static char content[WSYNC_CSV_ROW_BYTES_MAX + 64];
    memset(content, '\n', sizeof content);
    memcpy(content, "a\n", 2);
    memcpy(content + sizeof content - 2, "x\n", 2);
    struct wsync_csv *csv = open_bytes(content, sizeof content);
    assert_row(csv, WSYNC_CSV_ROW_BYTES_MAX + 62, WSYNC_CSV_ROW_BYTES_MAX + 62, "x");
    assert_end(csv);
}

static void test_many_columns(void **state)
{
    (void)state;
    char content[8192] = "";
    for (int i = 0; i < 512; i++) {
        snprintf(content + strlen(content), 16, "%sc%d", i > 0 ? "," : "", i);
    }
    size_t used = strlen(content);
    content[used] = '\n';
    memset(content + used + 1, ',', 512);
    struct wsync_csv *csv = open_bytes(content, strlen(content));
    assert_int_equal(wsync_csv_header(csv)->cell_count, 512);
    assert_finding(csv, 2, "Row 2: there are more than 512 columns.");
    assert_end(csv);
}

static void assert_no_table(const char *content, size_t len, const char *sentence)
{
    struct wsync_csv *csv = NULL;
    struct wsync_error error = {""};
    write_file(content, len);
    assert_int_equal(wsync_csv_open(path, &csv, &error), WSYNC_ERR_VALUE);
    assert_string_equal(error.text, sentence);
    assert_null(csv);
}

static void test_headers_that_are_refused(void **state)
{
    (void)state;
    assert_no_table("", 0, "The file is empty.");
    assert_no_table("\xEF\xBB\xBF\r\n\n", 6, "The file is empty.");
    assert_no_table("\xFF\xFE" "a\0", 4, "The file is UTF-16; save it as CSV in UTF-8.");
    assert_no_table("a,,b\n", 5, "Row 1: column 2 of the header has no name.");
    assert_no_table("a,b, a\n", 7, "Row 1: columns 1 and 3 of the header have the same name.");
    assert_no_table("\na,\"b\n", 6,
                    "Row 2: a quote is opened and never closed; the rest of the "
                    "file was taken as one value.");
}

static void test_files_that_cannot_be_read(void **state)
{
    (void)state;
    struct wsync_csv *csv = NULL;
    struct wsync_error error = {""};
    assert_int_equal(wsync_csv_open("/nowhere/at/all.csv", &csv, &error), WSYNC_ERR_NOT_FOUND);
    assert_string_equal(error.text, "The file cannot be opened: No such file or directory.");
    assert_int_equal(wsync_csv_open("/tmp", &csv, &error), WSYNC_ERR_STORE_IO);
    assert_string_equal(error.text, "The file could not be read: Is a directory.");
}

/* Rows that end on, before and behind the border of a chunk of reading. */
static void test_chunk_borders(void **state)
{
    (void)state;
    static char content[70000];
    for (size_t len = 65520; len < 65545; len++) {
        memset(content, 'x', len);
        memcpy(content, "a,b\r\n", 5);
        memcpy(content + len - 16, "\r\n\"q\"\"\r\n\",2\r\n3,4", 16);
        content[10] = ',';
        struct wsync_csv *csv = open_bytes(content, len);
        struct wsync_csv_row row;
        assert_int_equal(wsync_csv_next(csv, &row, NULL), WSYNC_OK);
        assert_int_equal(row.cells[0].len, 5);
        assert_int_equal(row.cells[1].len, len - 16 - 11);
        assert_row(csv, 3, len - 14, "q\"\r\n|2");
        assert_row(csv, 5, len - 3, "3|4");
        assert_end(csv);
    }
}

static void assert_written(enum wsync_csv_mode mode, const char *expected)
{
    struct wsync_csv_writer writer;
    char got[512] = "";
    FILE *file = fopen(path, "w+b");
    assert_non_null(file);
    static const char *const VALUES[] = {"", "a,b", "c;d", "say \"x\"", "two\nlines", "=1+1",
                                         "@a", "+84", "-", " x ", "\t=1", "\n@a"};
    wsync_csv_writer_init(&writer, file, mode);
    for (size_t i = 0; i < sizeof VALUES / sizeof *VALUES; i++) {
        wsync_csv_put(&writer, wsync_slice_of(VALUES[i]), WSYNC_CSV_TEXT);
    }
    wsync_csv_put(&writer, wsync_slice_of("-5"), WSYNC_CSV_NUMBER);
    wsync_csv_end_row(&writer);
    wsync_csv_put(&writer, wsync_slice_of(""), WSYNC_CSV_TEXT);
    wsync_csv_end_row(&writer);
    assert_int_equal(wsync_csv_writer_fini(&writer, NULL), WSYNC_OK);
    rewind(file);
    got[fread(got, 1, sizeof got - 1, file)] = '\0';
    assert_int_equal(fclose(file), 0);
    assert_string_equal(got, expected);
}

static void test_writing(void **state)
{
    (void)state;
    assert_written(WSYNC_CSV_PLAIN, "\"\",\"a,b\",c;d,\"say \"\"x\"\"\",\"two\nlines\",=1+1,@a,"
                                    "+84,-, x ,\t=1,\"\n@a\",-5\r\n\"\"\r\n");
    assert_written(WSYNC_CSV_LF, "\"\",\"a,b\",c;d,\"say \"\"x\"\"\",\"two\nlines\",=1+1,@a,"
                                 "+84,-, x ,\t=1,\"\n@a\",-5\n\"\"\n");
    assert_written(WSYNC_CSV_EXCEL, "\xEF\xBB\xBF\"\";a,b;\"c;d\";\"say \"\"x\"\"\";"
                                    "\"two\nlines\";'=1+1;'@a;'+84;'-; x ;'\t=1;\"'\n@a\";"
                                    "-5\r\n\"\"\r\n");
}

static void test_written_is_read(void **state)
{
    (void)state;
    static const char *const CELLS[] = {"",   "x",    "\"", ",",  ";",
                                        "\n", "\r\n", " ",  "\t", "Gia"};
    enum { CELL_COUNT = sizeof CELLS / sizeof *CELLS, ROWS = 200 };
    for (int mode = WSYNC_CSV_PLAIN; mode <= WSYNC_CSV_EXCEL; mode++) {
        struct wsync_csv_writer writer;
        FILE *file = fopen(path, "wb");
        wsync_csv_writer_init(&writer, file, (enum wsync_csv_mode)mode);
        for (unsigned i = 0; i < 3 * (ROWS + 1); i++) {
            const char *cell = CELLS[(i * i + i / 7) % CELL_COUNT];
            static const char *const NAMES[] = {"a", "b", "c"};
            wsync_csv_put(&writer, wsync_slice_of(i < 3 ? NAMES[i] : cell), WSYNC_CSV_TEXT);
            if (i % 3 == 2) {
                wsync_csv_end_row(&writer);
            }
        }
        assert_int_equal(wsync_csv_writer_fini(&writer, NULL), WSYNC_OK);
        fclose(file);
        struct wsync_csv *csv;
        assert_int_equal(wsync_csv_open(path, &csv, NULL), WSYNC_OK);
        for (unsigned i = 3; i < 3 * (ROWS + 1); i += 3) {
            struct wsync_csv_row row;
            assert_int_equal(wsync_csv_next(csv, &row, NULL), WSYNC_OK);
            for (unsigned k = i; k < i + 3; k++) {
                const char *cell = CELLS[(k * k + k / 7) % CELL_COUNT];
                assert_true(wsync_slice_equal(row.cells[k - i], wsync_slice_of(cell)));
            }
        }
        assert_end(csv);
    }
}

static void test_writing_to_a_full_disk(void **state)
{
    (void)state;
    FILE *file = fopen("/dev/full", "w");
    struct wsync_csv_writer writer;
    struct wsync_error error = {""};
    assert_non_null(file);
    wsync_csv_writer_init(&writer, file, WSYNC_CSV_PLAIN);
    wsync_csv_put(&writer, wsync_slice_of("x"), WSYNC_CSV_TEXT);
    wsync_csv_end_row(&writer);
    assert_int_equal(wsync_csv_writer_fini(&writer, &error), WSYNC_ERR_STORE_IO);
    assert_string_equal(error.text, "The table could not be written: No space left on device.");
    fclose(file);
}

static void test_empty_rows(void **state)
{
    (void)state;
    const struct wsync_slice cells[] = {wsync_slice_of(""), wsync_slice_of("x")};
    struct wsync_csv_row row = {.cells = cells, .cell_count = 2};
    assert_false(wsync_csv_row_is_empty(&row));
    row.cell_count = 1;
    assert_true(wsync_csv_row_is_empty(&row));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_lines_offsets),
        cmocka_unit_test(test_separators_and_line_ends),
        cmocka_unit_test(test_findings_do_not_stop_the_rest),
        cmocka_unit_test(test_unterminated_quote),
        cmocka_unit_test(test_large_rows),
        cmocka_unit_test(test_many_blank_lines_are_no_long_row),
        cmocka_unit_test(test_many_columns),
        cmocka_unit_test(test_headers_that_are_refused),
        cmocka_unit_test(test_files_that_cannot_be_read),
        cmocka_unit_test(test_chunk_borders),
        cmocka_unit_test(test_writing),
        cmocka_unit_test(test_written_is_read),
        cmocka_unit_test(test_writing_to_a_full_disk),
        cmocka_unit_test(test_empty_rows),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
