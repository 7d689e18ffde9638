/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/file.h"
#include "host/sheet.h"
#include "host/xlsx_read.h"
#include "tests/scratch.h"
#include "tests/workbook.h"

static char said[1 << 16];
static struct wsync_error error;

/* "3:a|b\n" for each row. */
static enum wsync_err take(void *context, const struct wsync_xlsx_row *row,
                           struct wsync_error *why)
{
    size_t len = strlen(said);
    (void)context;
    (void)why;
    len += (size_t)snprintf(said + len, sizeof said - len, "%u:", row->number);
    for (size_t i = 0; i < row->cell_count && len < sizeof said; i++) {
        len += (size_t)snprintf(said + len, sizeof said - len, "%s%.*s", i > 0 ? "|" : "",
                                (int)row->cells[i].len, (const char *)row->cells[i].data);
    }
    snprintf(said + len, sizeof said - len, "\n");
    return WSYNC_OK;
}

static enum wsync_err read_wanted(const struct workbook *book,
                                  const struct wsync_xlsx_wanted *wanted)
{
    struct wsync_slice bytes = workbook_bytes(book);
    said[0] = '\0';
    error.text[0] = '\0';
    enum wsync_err err = wsync_xlsx_read(bytes, wanted, take, NULL, &error);
    free((void *)bytes.data);
    return err;
}

enum { HEADS_BYTES = 256 };

static const struct wsync_xlsx_wanted ANY;

static struct wsync_xlsx_wanted named(const char *name)
{
    return (struct wsync_xlsx_wanted){.name = wsync_slice_of(name)};
}

static enum wsync_err read_named(const struct workbook *book, const char *name)
{
    const struct wsync_xlsx_wanted wanted = named(name);
    return read_wanted(book, &wanted);
}

static void assert_rows(const struct workbook *book, const char *expected)
{
    enum wsync_err err = read_wanted(book, &ANY);
    assert_string_equal(error.text, "");
    assert_int_equal(err, WSYNC_OK);
    assert_string_equal(said, expected);
}

static void assert_refused(const struct workbook *book, const char *sentence)
{
    assert_int_equal(read_wanted(book, &ANY), WSYNC_ERR_VALUE);
    assert_string_equal(error.text, sentence);
}

static void test_texts(void **state)
{
    (void)state;
    const struct workbook book = {
        .strings = "<si><t>Tổ</t></si><si><r><t>a </t></r><rPh><t>no</t></rPh>"
                   "<r><t>&lt;b</t></r></si>",
        .rows = "<row r='2'><c r='A2' t='s'><v>0</v></c><c r='C2' t='s'><v>1</v></c>"
                "<c r='ZZ2' s='1'/></row><row><c/></row>"
                "<row r='5'><c t='inlineStr'><is><r><t>x</t></r><r><t>y</t></r></is></c>"
                "<c t='str'><f>A1&amp;B1</f><v>z</v></c><c t='b'><v>1</v></c>"
                "<c t='b'><v>0</v></c><c t='e'><v>#N/A</v></c><c t='d'><v>2022-04-16</v></c>"
                "</row>"};
    assert_rows(&book, "2:Tổ||a <b\n5:xy|z|true|false|#N/A|2022-04-16\n");
}

static void test_numbers(void **state)
{
    (void)state;
    const struct workbook book = {
        .rows = "<row><c><v>25</v></c><c><v>1.1000000000000001</v></c><c><v>-0.5</v></c>"
                "<c><v>1E-3</v></c><c><v>1.5E+20</v></c><c><v>0.1</v></c><c><v>-0</v></c>"
                "<c><v>100</v></c><c><v>12x</v></c><c><v>1e999</v></c></row>"};
    assert_rows(&book, "1:25|1.1|-0.5|0.001|150000000000000000000|0.1|0|100|12x|1e999\n");
}

static const char STYLES[] =
    "<numFmts><numFmt numFmtId='164' formatCode='dd/mm/yyyy'/>"
    "<numFmt numFmtId='165' formatCode='#,##0.0 \"days\"'/>"
    "<numFmt numFmtId='166' formatCode='[$-42A]d mmmm yyyy\\ h:mm AM/PM'/>"
    "<numFmt numFmtId='167' formatCode='[h]:mm'/><numFmt numFmtId='168' formatCode='mmm'/>"
    "<numFmt numFmtId='169' formatCode='[Red]0;d'/></numFmts>"
    "<cellStyleXfs><xf numFmtId='14'/></cellStyleXfs>"
    "<cellXfs><xf numFmtId='0'/><xf numFmtId='14'/><xf numFmtId='20'/><xf numFmtId='22'/>"
    "<xf numFmtId='164'/><xf numFmtId='165'/><xf numFmtId='166'/><xf numFmtId='167'/>"
    "<xf numFmtId='168'/><xf numFmtId='169'/></cellXfs>";

static void test_days(void **state)
{
    (void)state;
    const struct workbook book = {
        .styles = STYLES,
        .rows = "<row><c s='0'><v>44667</v></c><c s='1'><v>44667</v></c>"
                "<c s='2'><v>0.3125</v></c><c s='3'><v>44667.3125</v></c>"
                "<c s='4'><v>44667</v></c><c s='5'><v>44667</v></c>"
                "<c s='6'><v>44667.999999</v></c><c s='7'><v>1.5</v></c>"
                "<c s='8'><v>44667</v></c><c s='9'><v>7</v></c></row>"
                "<row><c s='1'><v>1</v></c><c s='1'><v>59</v></c><c s='1'><v>60</v></c>"
                "<c s='1'><v>61</v></c><c s='1'><v>-1</v></c><c s='1'><v>2958465</v></c>"
                "<c s='2'><v>0.3125115740740741</v></c></row>"};
    assert_rows(&book, "1:44667|2022-04-16|07:30|2022-04-16 07:30|2022-04-16|44667|"
                       "2022-04-17 00:00|1.5|2022-04-16|7\n"
                       "2:1900-01-01|1900-02-28|60|1900-03-01|-1|2958465|07:30:01\n");
}

static void test_days_from_1904(void **state)
{
    (void)state;
    const struct workbook book = {.styles = STYLES,
                                  .properties = "<workbookPr date1904='1'/>",
                                  .rows = "<row><c s='1'><v>43205</v></c><c s='1'><v>0</v></c>"
                                          "</row>"};
    assert_rows(&book, "1:2022-04-16|1904-01-01\n");
}

static void test_sheets(void **state)
{
    (void)state;
    struct workbook book = {.rows = "<row><c><v>1</v></c></row>",
                            .other = "<row><c><v>2</v></c></row>"};
    assert_int_equal(read_named(&book, "Hai & ba"), WSYNC_OK);
    assert_string_equal(said, "1:2\n");
    book.hidden = true; /* the first one */
    assert_rows(&book, "1:2\n");
    assert_int_equal(read_named(&book, "Một"), WSYNC_OK);
    assert_string_equal(said, "1:1\n");
    assert_int_equal(read_named(&book, "Bốn"), WSYNC_ERR_VALUE);
    assert_string_equal(error.text, "The workbook has no sheet \"Bốn\".");
}

/* "1 Một hidden table wanted;" for each sheet. */
static void take_sheet(void *context, const struct wsync_xlsx_sheet *sheet)
{
    size_t len = strlen(said);
    (void)context;
    snprintf(said + len, sizeof said - len, "%zu %s%s%s%s;", sheet->number, sheet->name,
             sheet->is_hidden ? " hidden" : "", sheet->is_table ? "" : " chart",
             sheet->is_wanted ? " wanted" : "");
}

static void assert_sheets(const char *sheets, const struct wsync_xlsx_wanted *wanted,
                          const char *expected)
{
    struct wsync_slice bytes = workbook_bytes(&(struct workbook){.sheets = sheets});
    said[0] = '\0';
    assert_int_equal(wsync_xlsx_sheets(bytes, wanted, take_sheet, NULL, &error), WSYNC_OK);
    assert_string_equal(said, expected);
    free((void *)bytes.data);
}

static const char FOUR[] = "<sheet name='Bìa' r:id='r5'/><sheet name='2' state='veryHidden' "
                           "r:id='r1'/><sheet name='no id'/><sheet name='a&#10;b&#x9F;' "
                           "state='visible' r:id='r2'/><sheet name='2' r:id='r1'/>";

static void test_sheets_are_listed(void **state)
{
    (void)state;
    const struct wsync_xlsx_wanted two = named("2"), chart = named("Bìa"), none = named("x");
    assert_sheets(NULL, &ANY, "1 Một wanted;2 Hai & ba;");
    assert_sheets(FOUR, &ANY, "1 Bìa chart;2 2 hidden;3 a b  wanted;4 2;");
    assert_sheets(FOUR, &two, "1 Bìa chart;2 2 hidden wanted;3 a b ;4 2;");
    assert_sheets(FOUR, &(struct wsync_xlsx_wanted){.number = 4},
                  "1 Bìa chart;2 2 hidden;3 a b ;4 2 wanted;");
    assert_sheets(FOUR, &chart, "1 Bìa chart;2 2 hidden;3 a b ;4 2;");
    assert_sheets(FOUR, &none, "1 Bìa chart;2 2 hidden;3 a b ;4 2;");
    assert_sheets("", &ANY, "");
}

static void assert_wanted(const struct wsync_xlsx_wanted *wanted, const char *expected)
{
    const struct workbook book = {.sheets = FOUR,
                                  .rows = "<row><c><v>1</v></c></row>",
                                  .other = "<row><c><v>2</v></c></row>"};
    if (read_wanted(&book, wanted) == WSYNC_OK) {
        assert_string_equal(said, expected);
    } else {
        assert_string_equal(error.text, expected);
    }
}

static void test_the_wanted_sheet_is_read(void **state)
{
    (void)state;
    const struct wsync_xlsx_wanted two = named("2"), chart = named("Bìa");
    assert_wanted(&ANY, "1:2\n");
    assert_wanted(&two, "1:1\n");
    assert_wanted(&(struct wsync_xlsx_wanted){.number = 3}, "1:2\n");
    assert_wanted(&(struct wsync_xlsx_wanted){.number = 5},
                  "The workbook has 4 sheets; there is no sheet 5.");
    assert_wanted(&chart, "The sheet is no table: a chart, or it is damaged.");
    assert_refused(&(struct workbook){.sheets = "<sheet name='a' r:id='r5'/>"},
                   "The sheet is no table: a chart, or it is damaged.");
    assert_refused(&(struct workbook){.sheets = "<sheet state='hidden' r:id='r1'/>"},
                   "The workbook has no sheet that can be seen.");
    assert_refused(&(struct workbook){.relations = "<Relationship Id='r1' Type='x/worksheet' "
                                                   "Target='nowhere.xml'/>"},
                   "The sheet is no table: a chart, or it is damaged.");
}

/* How much is kept of a name of so many bytes and a letter of two. */
static size_t kept_of(int bytes)
{
    char sheets[400];
    snprintf(sheets, sizeof sheets, "<sheet name='%0*dĐx' r:id='r1'/>", bytes, 7);
    struct wsync_slice book = workbook_bytes(&(struct workbook){.sheets = sheets});
    said[0] = '\0';
    assert_int_equal(wsync_xlsx_sheets(book, &ANY, take_sheet, NULL, &error), WSYNC_OK);
    free((void *)book.data);
    return strlen(said) - strlen("1  wanted;");
}

static void test_bounds_of_sheets(void **state)
{
    (void)state;
    enum { ONE_BYTES = 64, SHEETS = 257 };
    assert_int_equal(kept_of(252), 255);
    assert_int_equal(kept_of(253), 255);
    assert_int_equal(kept_of(254), 254);
    char *sheets = malloc(SHEETS * ONE_BYTES);
    int len = 0;
    for (int i = 0; i < SHEETS - 1; i++) {
        len += snprintf(sheets + len, ONE_BYTES, "<sheet name='%d' r:id='r1'/>", i);
    }
    assert_int_equal(read_named(&(struct workbook){.sheets = sheets, .rows = "<row/>"}, "255"),
                     WSYNC_OK);
    snprintf(sheets + len, ONE_BYTES, "<sheet r:id='r1'/>");
    assert_refused(&(struct workbook){.sheets = sheets},
                   "The workbook has more than 256 sheets.");
    free(sheets);
}

static void test_what_is_refused(void **state)
{
    (void)state;
    static const char DOCTYPE[] = "<!DOCTYPE worksheet [<!ENTITY a 'b'>]>";
    static const char NO_DOCTYPE[] =
        "The workbook holds a document type, which no spreadsheet writes; it is not read.";
    assert_refused(&(struct workbook){.prolog = DOCTYPE, .rows = "<row/>"}, NO_DOCTYPE);
    assert_refused(&(struct workbook){.strings_prolog = DOCTYPE, .rows = "<row/>"}, NO_DOCTYPE);
    assert_refused(&(struct workbook){.rows = "<row r='7'><c r='B7' t='s'><v>3</v></c></row>"},
                   "Cell B7: it names a text that the workbook does not have.");
    assert_refused(&(struct workbook){.rows = "<row r='7'/><row r='7'/>"},
                   "Row 8 of the sheet: the rows are not in their order.");
    assert_refused(&(struct workbook){.rows = "<row r='7'><c t='str'><v><row/></v></c></row>"},
                   "Row 8 of the sheet: the rows are not in their order.");
    assert_refused(&(struct workbook){.rows = "<row r='7'><c r='B7'/><c r='A7'/></row>"},
                   "Cell C7: the cells of the row are not in their order.");
    assert_refused(&(struct workbook){.rows = "<row><c r='IW1'><v>1</v></c></row>"},
                   "Cell IW1: at most 256 columns are read.");
    assert_refused(&(struct workbook){.rows = "<row r='100001'><c><v>1</v></c></row>"},
                   "Row 100001 of the sheet: at most 100,000 rows are read.");
    assert_refused(&(struct workbook){.rows = "<row><c><v>1</c></row>"},
                   "The workbook is damaged: xl/worksheets/sheet1.xml, line 1.");
    const struct workbook edge = {.rows = "<row r='100000'><c r='IV100000'><v>1</v></c></row>"
                                          "<row r='100001'><c r='XFD100001' s='1'/></row>"};
    assert_int_equal(read_wanted(&edge, &ANY), WSYNC_OK);
    assert_true(strncmp(said, "100000:", 7) == 0);
    assert_true(strspn(said + 7, "|") == 255 && strcmp(said + 262, "1\n") == 0);
}

static void test_what_is_too_much(void **state)
{
    (void)state;
    size_t size = 9 << 20;
    char *rows = malloc(size + 64);
    memset(rows, ' ', size);
    snprintf(rows + size, 64, "<row/>");
    assert_refused(&(struct workbook){.rows = rows},
                   "A member of the workbook unpacks to more than 200 times its size; that is "
                   "not read.");
    for (size_t i = 0; i < size; i++) { /* packs badly */
        rows[i] = (char)('a' + ((uint32_t)i * 2654435761u >> 20) % 23);
    }
    assert_refused(&(struct workbook){.rows = rows, .stored_copies = 8},
                   "The workbook unpacks to more than 64 MiB; at most that is read.");
    assert_refused(&(struct workbook){.rows = "<row/>", .empty_members = 2000},
                   "The workbook has 2007 members; at most 2000 are read.");
    int len = snprintf(rows, size, "<row><c/><c t='inlineStr'><is><t>");
    memset(rows + len, 'x', 8193);
    snprintf(rows + len + 8193, 64, "</t></is></c></row>");
    assert_refused(&(struct workbook){.rows = rows},
                   "Cell B1: the text is longer than 8,192 bytes.");
    memmove(rows + len, rows + len + 1, 8193 + 30);
    assert_int_equal(read_wanted(&(struct workbook){.rows = rows}, &ANY), WSYNC_OK);
    free(rows);
}

static void test_what_is_no_workbook(void **state)
{
    (void)state;
    const struct workbook book = {.rows = "<row><c><v>1</v></c></row>", .no_workbook = true};
    assert_refused(&book, "This is a package, but not one of a workbook; save the table as "
                          ".xlsx or as CSV.");
    assert_int_equal(wsync_xlsx_read(wsync_slice_of("PK\3\4 and so on"), &ANY, take, NULL,
                                     &error), WSYNC_ERR_VALUE);
    assert_string_equal(error.text,
                        "The file begins as a workbook and is none, or it is damaged.");
}

/* ---- as a table ---- */

static struct wsync_csv *csv;

static enum wsync_err open_at(struct wsync_slice bytes, const struct wsync_xlsx_wanted *wanted,
                              uint64_t header)
{
    struct wsync_scratch scratch;
    char path[WSYNC_SCRATCH_PATH_BYTES];
    const struct wsync_table_place place = {.sheet = *wanted, .header = header};
    wsync_scratch_open(&scratch);
    wsync_scratch_path(&scratch, "table", path);
    assert_int_equal(wsync_file_write_durably(path, 0600, bytes, NULL), WSYNC_OK);
    enum wsync_err err = wsync_table_open(path, &place, &csv, &error);
    wsync_scratch_close(&scratch);
    return err;
}

static enum wsync_err open_as_table(struct wsync_slice bytes,
                                    const struct wsync_xlsx_wanted *wanted)
{
    return open_at(bytes, wanted, 0);
}

static void test_rows_keep_their_numbers(void **state)
{
    (void)state;
    struct wsync_csv_row row;
    const struct workbook book = {
        .rows = "<row r='3'><c t='str'><v>a\nb</v></c><c t='str'><v>c;d</v></c></row>"
                "<row r='5'><c t='str'><v>say \"x\",\ny</v></c></row>"
                "<row r='6'><c><v>1</v></c><c><v>2</v></c><c><v>3</v></c></row>"
                "<row r='9'><c r='B9'><v>4</v></c></row>"};
    struct wsync_slice bytes = workbook_bytes(&book);
    assert_int_equal(open_as_table(bytes, &ANY), WSYNC_OK);
    free((void *)bytes.data);
    assert_true(wsync_csv_is_sheet(csv));
    assert_int_equal(wsync_csv_header(csv)->line, 3);
    assert_int_equal(wsync_csv_header(csv)->cell_count, 2);
    assert_true(wsync_slice_equal(wsync_csv_header(csv)->cells[0], wsync_slice_of("a b")));
    assert_int_equal(wsync_csv_next(csv, &row, &error), WSYNC_OK);
    assert_true(row.line == 4 && wsync_csv_row_is_empty(&row));
    assert_int_equal(wsync_csv_next(csv, &row, &error), WSYNC_OK);
    assert_int_equal(row.line, 5);
    assert_true(wsync_slice_equal(row.cells[0], wsync_slice_of("say \"x\",\ny")));
    assert_int_equal(wsync_csv_next(csv, &row, &error), WSYNC_ERR_VALUE);
    assert_string_equal(error.text, "Row 6: it has 3 columns, the header has 2.");
    while (wsync_csv_next(csv, &row, &error) == WSYNC_OK && row.line < 9) {
    }
    assert_true(row.line == 9 && row.cells[0].len == 0 && row.cells[1].len == 1);
    assert_int_equal(wsync_csv_next(csv, &row, &error), WSYNC_ERR_NOT_FOUND);
    wsync_csv_close(csv);
}

/* "ROW:FIRST CELL" of each row that may be the header. */
static void take_head(void *context, const struct wsync_csv_row *row)
{
    char *heads = context;
    size_t len = strlen(heads);
    snprintf(heads + len, HEADS_BYTES - len, "%llu:%.*s ", (unsigned long long)row->row,
             (int)row->cells[0].len, (const char *)row->cells[0].data);
}

static void assert_heads(struct wsync_slice bytes, const char *expected)
{
    struct wsync_scratch scratch;
    char path[WSYNC_SCRATCH_PATH_BYTES], heads[HEADS_BYTES] = "";
    const struct wsync_table_place place = {.header = 0};
    wsync_scratch_open(&scratch);
    wsync_scratch_path(&scratch, "table", path);
    assert_int_equal(wsync_file_write_durably(path, 0600, bytes, NULL), WSYNC_OK);
    assert_int_equal(wsync_table_heads(path, &place, take_head, heads, &error), WSYNC_OK);
    assert_string_equal(heads, expected);
    wsync_scratch_close(&scratch);
}

static void test_the_header_below_a_title(void **state)
{
    (void)state;
    struct wsync_csv_row row;
    const struct workbook book = {
        .rows = "<row r='1'><c t='str'><v>T</v></c></row>"
                "<row r='3'><c t='str'><v>a</v></c><c t='str'><v>b</v></c></row>"
                "<row r='5'><c><v>1</v></c><c><v>2</v></c></row>"
                "<row r='20'><c><v>3</v></c></row><row r='21'><c><v>4</v></c></row>"};
    struct wsync_slice bytes = workbook_bytes(&book);
    assert_int_equal(open_at(bytes, &ANY, 3), WSYNC_OK);
    assert_int_equal(wsync_csv_header(csv)->row, 3);
    assert_int_equal(wsync_csv_header(csv)->cell_count, 2);
    assert_int_equal(wsync_csv_next(csv, &row, &error), WSYNC_OK);
    assert_int_equal(row.row, 4);
    assert_int_equal(wsync_csv_next(csv, &row, &error), WSYNC_OK);
    assert_true(row.row == 5 && wsync_slice_equal(row.cells[1], wsync_slice_of("2")));
    wsync_csv_close(csv);
    for (uint64_t at = 2; at <= 22; at += 20) { /* between its rows, and behind them */
        char wanted[64];
        snprintf(wanted, sizeof wanted, "Row %llu of the sheet holds nothing.",
                 (unsigned long long)at);
        assert_int_equal(open_at(bytes, &ANY, at), WSYNC_ERR_VALUE);
        assert_string_equal(error.text, wanted);
    }
    assert_heads(bytes, "1:T 3:a 5:1 20:3 ");
    free((void *)bytes.data);
    assert_heads(wsync_slice_of("x,\n,\n\n\"y\nz\";1\nw\"v\na;b;c\n1;2;3"),
                 "1:x, 2:, 3:y\nz 5:a 6:1 ");
    assert_heads(wsync_slice_of(""), "");
}

static void test_other_files(void **state)
{
    (void)state;
    assert_int_equal(open_as_table(wsync_slice_of("a;b\n1;2\n"), &ANY), WSYNC_OK);
    assert_false(wsync_csv_is_sheet(csv));
    wsync_csv_close(csv);
    const struct wsync_xlsx_wanted wanted = named("S");
    assert_int_equal(open_as_table(wsync_slice_of("a;b\n"), &wanted), WSYNC_ERR_VALUE);
    assert_string_equal(error.text, "A sheet is named, but the file is no workbook (.xlsx).");
    assert_int_equal(open_as_table(wsync_slice_of("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), &ANY),
                     WSYNC_ERR_VALUE);
    struct wsync_slice bytes = workbook_bytes(&(struct workbook){.rows = "<row/>"});
    assert_int_equal(open_as_table(bytes, &ANY), WSYNC_ERR_VALUE);
    assert_string_equal(error.text, "The sheet is empty.");
    free((void *)bytes.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_days),
        cmocka_unit_test(test_days_from_1904),
        cmocka_unit_test(test_sheets),
        cmocka_unit_test(test_sheets_are_listed),
        cmocka_unit_test(test_the_wanted_sheet_is_read),
        cmocka_unit_test(test_bounds_of_sheets),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_what_is_too_much),
        cmocka_unit_test(test_what_is_no_workbook),
        cmocka_unit_test(test_rows_keep_their_numbers),
        cmocka_unit_test(test_the_header_below_a_title),
        cmocka_unit_test(test_other_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
