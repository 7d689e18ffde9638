/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/date_format.h"
#include "host/mapping.h"
#include "host/unit_index.h"
#include "tests/import_rig.h"
#include "tests/store_mem.h"

enum { BLOCK_BYTES = 4 << 20 };

static struct import_rig rig;
static struct wsync_arena arena;
static void *block;
static char expected[1024];

static int set_up(void **state)
{
    (void)state;
    import_rig_open(&rig, wsync_store_mem_new());
    block = malloc(BLOCK_BYTES);
    wsync_arena_init(&arena, block, BLOCK_BYTES);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free(block);
    import_rig_close(&rig);
    return 0;
}

/* ---- date formats ---- */

static void assert_reads(const char *format, enum wsync_type type, const char *text,
                         const char *wanted)
{
    char iso[WSYNC_DATE_FORMAT_ISO_BYTES] = "nothing";
    assert_null(wsync_date_format_fault(wsync_slice_of(format), type));
    bool read =
        wsync_date_format_read(wsync_slice_of(format), type, wsync_slice_of(text), iso);
    assert_int_equal(read, wanted != NULL);
    if (wanted) {
        assert_string_equal(iso, wanted);
    }
}

static void test_dates_are_read(void **state)
{
    (void)state;
    static const char US[] = "%m/%d/%Y %I:%M:%S %p";
    assert_reads(US, WSYNC_TYPE_DATE, "04/12/2018 11:11:26 AM", "2018-04-12");
    assert_reads(US, WSYNC_TYPE_DATETIME, "04/12/2018 11:11:26 AM", "2018-04-12T11:11:26");
    assert_reads(US, WSYNC_TYPE_DATETIME, "04/12/2018 12:00:00 AM", "2018-04-12T00:00:00");
    assert_reads(US, WSYNC_TYPE_DATETIME, "04/12/2018 12:00:59 pm", "2018-04-12T12:00:59");
    assert_reads(US, WSYNC_TYPE_DATETIME, "4/2/2018 8:00:00 PM", "2018-04-02T20:00:00");
    assert_reads(US, WSYNC_TYPE_TIME, "4/2/2018 8:05:30 PM", "20:05");
    assert_reads("%d.%m.%y", WSYNC_TYPE_DATE, "29.02.20", "2020-02-29");
    assert_reads("%d.%m.%y", WSYNC_TYPE_DATE, "01.01.69", "1969-01-01");
    assert_reads("100%% %Y%m%d", WSYNC_TYPE_DATE, "100% 20220416", "2022-04-16");
    assert_reads("%Y-%m-%d %H:%M", WSYNC_TYPE_DATETIME, "2022-04-16 07:30",
                 "2022-04-16T07:30:00");
}

static void test_dates_are_refused(void **state)
{
    (void)state;
    static const char US[] = "%m/%d/%Y %I:%M:%S %p";
    static const char *const WRONG[] = {
        "",
        "13/12/2018 11:11:26 AM",
        "02/29/2019 11:11:26 AM",
        "04/12/2018 00:11:26 AM",
        "04/12/2018 13:11:26 AM",
        "04/12/2018 11:60:26 AM",
        "04/12/2018 11:11:60 AM",
        "04/12/2018 11:11:26 XM",
        "04/12/2018 11:11:26",
        "04/12/2018 11:11:26 AM ",
        "04/12/18 11:11:26 AM",
        "04/12/1899 11:11:26 AM",
    };
    for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++) {
        assert_reads(US, WSYNC_TYPE_DATE, WRONG[i], NULL);
    }
    assert_reads("%H:%M", WSYNC_TYPE_TIME, "24:00", NULL);
}

static void assert_fault(const char *format, enum wsync_type type, const char *wanted)
{
    const char *fault = wsync_date_format_fault(wsync_slice_of(format), type);
    assert_non_null(fault);
    assert_string_equal(fault, wanted);
}

static void test_formats_are_judged(void **state)
{
    (void)state;
    assert_fault("%m/%d", WSYNC_TYPE_DATE, "lacks the year (%Y or %y)");
    assert_fault("%Y-%d", WSYNC_TYPE_DATE, "lacks the month (%m)");
    assert_fault("%Y-%m", WSYNC_TYPE_DATE, "lacks the day (%d)");
    assert_fault("%Y-%m-%d", WSYNC_TYPE_DATETIME, "lacks the hour (%H, or %I and %p)");
    assert_fault("%Y-%m-%d %H", WSYNC_TYPE_DATETIME, "lacks the minute (%M)");
    assert_fault("%I:%M", WSYNC_TYPE_TIME, "has %I without %p");
    assert_fault("%Y-%m-%d %Y", WSYNC_TYPE_DATE, "has one part twice");
    assert_fault("%Y-%m-%d %", WSYNC_TYPE_DATE,
                 "has a letter behind % that is none of Y y m d H I M S p");
    assert_fault("%Y-%m-%e", WSYNC_TYPE_DATE,
                 "has a letter behind % that is none of Y y m d H I M S p");
}

/* ---- mapping files ---- */

static const char TABLE[] = "Day,Number,What,Ward,Ref,State\n";

/* Imports TABLE by this mapping and compares the refusal; MAP stands for the mapping's path. */
static void assert_refused(const char *mapping, const char *wanted)
{
    struct wsync_import_summary summary;
    const char *table = import_rig_file(&rig, "t.csv", TABLE);
    const char *map = import_rig_file(&rig, "m.conf", mapping);
    struct wsync_import_options options = import_rig_options(&rig, table);
    options.form = NULL;
    options.mapping_path = map;
    assert_int_equal(import_rig_run(&rig, &options, &summary), WSYNC_ERR_INVALID);
    snprintf(expected, sizeof expected, "%s%s", strncmp(wanted, "MAP", 3) == 0 ? map : "",
             strncmp(wanted, "MAP", 3) == 0 ? wanted + 3 : wanted);
    assert_string_equal(rig.error.text, expected);
}

static void test_unknown_names_are_refused(void **state)
{
    (void)state;
    assert_refused("[import]\nform = visits\n[fields]\ndate = Day\n",
                   "MAP:2: form: there is no form \"visits\" here.");
    assert_refused("[import]\nform = visit\n[fields]\ndate = Day\ncuont = Number\n",
                   "MAP:5: [fields] cuont: form visit has no field \"cuont\".");
    assert_refused("[import]\nform = visit\n[fields]\ndate = Date\n",
                   "MAP:4: [fields] date: the table has no column \"Date\".");
    assert_refused("[import]\nform = visit\ncolumns = letters\n[fields]\ndate = Day\n",
                   "MAP:3: columns: it is names or numbers.");
    static const char *const NUMBERS[] = {"0", "7", "x", "1x", "99999999999999999999"};
    for (size_t i = 0; i < sizeof NUMBERS / sizeof *NUMBERS; i++) {
        char mapping[160], why[160];
        snprintf(mapping, sizeof mapping,
                 "[import]\nform = visit\ncolumns = numbers\n[fields]\ndate = %s\n",
                 NUMBERS[i]);
        snprintf(why, sizeof why, "MAP:5: [fields] date: the table has no column \"%s\".",
                 NUMBERS[i]);
        assert_refused(mapping, why);
    }
    assert_refused("[import]\nform = visit\nkey = Id\n[fields]\ndate = Day\n",
                   "MAP:3: key: the table has no column \"Id\".");
    assert_refused("[import]\nform = visit\nrequire = X\n[fields]\ndate = Day\n",
                   "MAP:3: require: the table has no column \"X\".");
    assert_refused("[import]\nform = visit\nfilter = X == 1\n[fields]\ndate = Day\n",
                   "MAP:3: filter: the table has no column \"X\".");
    assert_refused("[import]\nform = visit\n[fields]\ndate = Day\n[constant]\nx = 1\n",
                   "MAP:6: [constant] x: form visit has no field \"x\".");
    assert_refused("[import]\nform = visit\n[fields]\ndate = Day\n[values x]\ny = a\n",
                   "MAP:6: [values x] y: form visit has no field \"x\".");
    assert_refused("[import]\nform = visit\nwhat = Day\n",
                   "MAP:3: what: section [import] has no such key; it has form, key, source, "
                   "date_format, decimal, require, filter, actor, sheet, header and columns.");
    assert_refused("[import]\nform = visit\n[field]\ndate = Day\n",
                   "MAP:4: date: there is no section \"field\"; there are [import], [fields], "
                   "[constant], [values FIELD] and [date_format].");
}

static void test_wrong_values_are_refused(void **state)
{
    (void)state;
    assert_refused("[import]\nform =\n", "MAP:2: form: the value is missing.");
    assert_refused("[fields]\ndate = Day\n",
                   "MAP: [import] form: the mapping does not say which form.");
    assert_refused("[import]\nform = visit\n[fields]\ncount = Number\n",
                   "MAP: form visit requires the field \"date\", and nothing gives it a "
                   "value.");
    assert_refused("[import]\nform = visit\nfilter = Ward\n[fields]\ndate = Day\n",
                   "MAP:3: filter: a filter is written COLUMN == VALUE or COLUMN != VALUE.");
    assert_refused("[import]\nform = visit\ndecimal = dot\n[fields]\ndate = Day\n",
                   "MAP:3: decimal: it is point or comma.");
    assert_refused("[import]\nform = visit\nactor = Lan\n[fields]\ndate = Day\n",
                   "MAP:3: actor: \"Lan\" is not a whole number from 1 to 4294967295.");
    assert_refused("[import]\nform = visit\ndate_format = %d/%m\n[fields]\ndate = Day\n",
                   "MAP:3: date_format: the format \"%d/%m\" lacks the year (%Y or %y), which "
                   "field date needs.");
    assert_refused("[import]\nform = visit\n[fields]\ndate = Day\n[date_format]\ndate = %Y\n",
                   "MAP:6: [date_format] date: the format \"%Y\" lacks the month (%m).");
    assert_refused("[import]\nform = visit\n[fields]\ndate = Day\n[date_format]\ncount = %Y\n",
                   "MAP:6: [date_format] count: the format \"%Y\" belongs to a field that "
                   "holds no date and no time.");
    assert_refused("[import]\nform = visit\n[fields]\ndate = Day\n[constant]\ncount = 101\n",
                   "MAP:6: [constant] count: Field count: 101 is above the largest value "
                   "allowed, 100.");
    assert_refused("[import]\nform = visit\n[fields]\ndate = Day\n"
                   "[constant]\ndate = 2022-01-01\n",
                   "MAP:6: [constant] date: the field has a column in [fields], too.");
    assert_refused("[import]\nform = visit\n[fields]\ndate = Day\nkind = What\n"
                   "[values kind]\nAlpha 1 = c\n",
                   "MAP:7: [values kind] Alpha 1: Field kind: \"c\" is none of its choices: "
                   "a (An), b (Bình).");
    assert_refused("[import]\nform = visit\n[fields]\ndate = Day\n[values kind]\nA = a\n",
                   "MAP:6: [values kind] A: [fields] gives this field no column.");
    assert_refused("[import]\nform = visit\n[fields]\ndate = Day\ndate = Ward\n",
                   "MAP:5: \"date\" is given twice in this section, or this line is indented.");
    assert_refused("[import]\nform = visit\nnonsense\n",
                   "MAP:3: This is neither [section] nor key = value.");
}

static void test_command_line_is_named(void **state)
{
    (void)state;
    struct wsync_import_summary summary;
    const char *table = import_rig_file(&rig, "t.csv", "date,count\n2022-04-16,1\n");
    struct wsync_import_options options = import_rig_options(&rig, table);
    options.filter = "Ward == 1";
    assert_int_equal(import_rig_run(&rig, &options, &summary), WSYNC_ERR_INVALID);
    assert_string_equal(rig.error.text, "filter: the table has no column \"Ward\".");
    options.filter = NULL;
    options.require = "Ward";
    assert_int_equal(import_rig_run(&rig, &options, &summary), WSYNC_ERR_INVALID);
    assert_string_equal(rig.error.text, "require: the table has no column \"Ward\".");
    options.require = NULL;
    options.form = "walk";
    assert_int_equal(import_rig_run(&rig, &options, &summary), WSYNC_ERR_INVALID);
    assert_string_equal(rig.error.text, "there is no form \"walk\" here.");
    options.form = NULL;
    assert_int_equal(import_rig_run(&rig, &options, &summary), WSYNC_ERR_INVALID);
    assert_string_equal(rig.error.text,
                        "Say which form the rows belong to, or give a mapping.");
}

static void test_unknown_column_without_mapping(void **state)
{
    (void)state;
    struct wsync_import_summary summary;
    const char *table = import_rig_file(&rig, "t.csv", "date,cuont\n2022-04-16,1\n");
    struct wsync_import_options options = import_rig_options(&rig, table);
    assert_int_equal(import_rig_run(&rig, &options, &summary), WSYNC_ERR_INVALID);
    assert_string_equal(rig.error.text,
                        "Column \"cuont\": form visit has no such field; rename the column, "
                        "begin its name with \"_\" to leave it out, or use a mapping.");
    assert_int_equal(import_rig_total(&rig, RIG_FORM, 0, 2).records, 0);
}

/* ---- what a mapping does ---- */

static const char MAPPED[] =
    "Day,Number,What,Ward,Ref,State\n"
    "16.4.22,\"7,5\",First kind,2,r1,07h30\n" /* row 2 */
    "17.4.22,\"1.234,5\",Second,2,r2,\n"      /* row 3 */
    "18.4.22,8,b,3,r3,08h00\n"                /* row 4: another ward */
    "19.4.22,9,a,,r4,08h00\n";                /* row 5: no ward */

static void test_mapping_maps(void **state)
{
    (void)state;
    struct wsync_import_summary summary;
    const char *table = import_rig_file(&rig, "t.csv", MAPPED);
    const char *map = import_rig_file(
        &rig, "m.conf",
        "; what a small register has\n[import]\nform = visit\nkey = Ref\nsource = small\n"
        "date_format = %d.%m.%y\ndecimal = comma\nrequire = Ward\nfilter = Ward == 2\n"
        "actor = 12\n[fields]\ndate = Day\nweight = Number\nkind = What\nstart = State\n"
        "[constant]\ncount = 5\nnote = từ sổ nhỏ\n[values kind]\nFirst kind = a\n"
        "Second = b\n[date_format]\nstart = %Hh%M\n");
    struct wsync_import_options options = import_rig_options(&rig, table);
    options.form = NULL;
    options.mapping_path = map;
    assert_int_equal(import_rig_run(&rig, &options, &summary), WSYNC_OK);
    assert_int_equal(summary.rows, 4);
    assert_int_equal(summary.added, 2);
    assert_int_equal(summary.not_mine, 1);
    assert_int_equal(summary.faulty, 1);
    assert_int_equal(rig.findings[0].row, 5);
    assert_int_equal(rig.findings[0].line, 5);
    assert_string_equal(rig.findings[0].column, "Ward");
    assert_string_equal(rig.findings[0].reason,
                        "The value is missing; a row without it is not imported.");
    assert_int_equal(import_rig_total(&rig, RIG_FORM, 2, 2).sum, 10);

    options.filter = "Ward != 2"; /* stands in for the mapping's */
    options.scope = 3;
    assert_int_equal(import_rig_run(&rig, &options, &summary), WSYNC_OK);
    assert_int_equal(summary.added, 1);
    assert_int_equal(summary.not_mine, 2);
    options.filter = "Ward == \"2\"";
    options.scope = 2;
    assert_int_equal(import_rig_run(&rig, &options, &summary), WSYNC_OK);
    assert_int_equal(summary.there, 2);
}

/* Which sheet a mapping with these lines in [import] names: "NAME", "#2", or why none. */
static const char *sheet_of(const char *lines)
{
    static char said[256];
    char text[256];
    struct wsync_mapping mapping;
    struct wsync_table_place place;
    struct wsync_error error;
    snprintf(text, sizeof text, "[import]\nform = visit\n%s", lines);
    const char *path = import_rig_file(&rig, "m.conf", text);
    assert_int_equal(wsync_mapping_read(path, &arena, &mapping, &error), WSYNC_OK);
    if (wsync_mapping_place(&mapping, &place, &error) != WSYNC_OK) {
        snprintf(said, sizeof said, "%s", strstr(error.text, "m.conf"));
    } else if (place.sheet.name.data) {
        snprintf(said, sizeof said, "%.*s", (int)place.sheet.name.len,
                 (const char *)place.sheet.name.data);
    } else {
        snprintf(said, sizeof said, "#%zu", place.sheet.number);
    }
    return said;
}

static void test_a_mapping_names_a_sheet(void **state)
{
    (void)state;
    static const char NO_PLACE[] = "m.conf:4: sheet: it is the place of a sheet, from 1.";
    assert_string_equal(sheet_of(""), "#0");
    assert_string_equal(sheet_of("sheet = Tháng 4\n"), "Tháng 4");
    assert_string_equal(sheet_of("sheet = 4\n"), "4");
    assert_string_equal(sheet_of("columns = names\nsheet = 4\n"), "4");
    assert_string_equal(sheet_of("columns = numbers\n"), "#0");
    assert_string_equal(sheet_of("columns = numbers\nsheet = 4\n"), "#4");
    assert_string_equal(sheet_of("columns = numbers\nsheet = 256\n"), "#256");
    assert_string_equal(sheet_of("columns = numbers\nsheet = 257\n"), NO_PLACE);
    assert_string_equal(sheet_of("columns = numbers\nsheet = 0\n"), NO_PLACE);
    assert_string_equal(sheet_of("columns = numbers\nsheet = April\n"), NO_PLACE);
    assert_string_equal(sheet_of("columns = numbers\nsheet = 18446744073709551617\n"),
                        NO_PLACE);
}

static uint64_t header_of(const char *lines)
{
    char text[256];
    struct wsync_mapping mapping;
    struct wsync_table_place place;
    snprintf(text, sizeof text, "[import]\nform = visit\n%s", lines);
    const char *path = import_rig_file(&rig, "m.conf", text);
    assert_int_equal(wsync_mapping_read(path, &arena, &mapping, NULL), WSYNC_OK);
    return wsync_mapping_place(&mapping, &place, NULL) == WSYNC_OK ? place.header : UINT64_MAX;
}

static void test_a_mapping_names_the_header(void **state)
{
    (void)state;
    assert_int_equal(header_of(""), 0);
    assert_int_equal(header_of("header = 1\n"), 1);
    assert_int_equal(header_of("columns = numbers\nheader = 100\n"), 100);
    static const char *const NONE[] = {"0", "101", "x", "3x", "-1", "18446744073709551617"};
    for (size_t i = 0; i < sizeof NONE / sizeof *NONE; i++) {
        char line[64];
        snprintf(line, sizeof line, "header = %s\n", NONE[i]);
        assert_int_equal(header_of(line), UINT64_MAX);
    }
    assert_refused("[import]\nform = visit\nheader = x\n[fields]\ndate = Day\n",
                   "MAP:3: header: it is the number of a row, from 1 to 100.");
}

static void test_units_of_the_scope(void **state)
{
    (void)state;
    struct wsync_unit_index index;
    uint32_t unit = 0;
    struct wsync_slice twice = wsync_slice_of("to 1"), other = wsync_slice_of("31");
    assert_int_equal(wsync_site_begin(&rig.site, WSYNC_TXN_READ, NULL), WSYNC_OK);
    assert_int_equal(wsync_unit_index_load(&rig.site, 2, 19000, &arena, &index), WSYNC_OK);
    assert_int_equal(index.count, 3);
    assert_int_equal(wsync_unit_index_find(&index, twice, &unit), WSYNC_OK);
    assert_int_equal(unit, 21);
    assert_int_equal(wsync_unit_index_find(&index, wsync_slice_of("22"), &unit), WSYNC_OK);
    assert_int_equal(unit, 22);
    assert_int_equal(wsync_unit_index_find(&index, wsync_slice_of("U2"), &unit), WSYNC_OK);
    assert_int_equal(unit, 2);
    assert_int_equal(wsync_unit_index_find(&index, other, &unit), WSYNC_ERR_NOT_FOUND);
    assert_int_equal(wsync_unit_index_load(&rig.site, 1, 19000, &arena, &index), WSYNC_OK);
    assert_int_equal(index.count, 18);
    assert_int_equal(wsync_unit_index_find(&index, twice, &unit), WSYNC_ERR_INVALID);
    assert_int_equal(wsync_unit_index_load(&rig.site, 99, 19000, &arena, &index),
                     WSYNC_ERR_NOT_FOUND);
    wsync_site_abort(&rig.site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dates_are_read),
        cmocka_unit_test(test_dates_are_refused),
        cmocka_unit_test(test_formats_are_judged),
        cmocka_unit_test_setup_teardown(test_unknown_names_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wrong_values_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_command_line_is_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_unknown_column_without_mapping, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_mapping_maps, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_mapping_names_a_sheet, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_mapping_names_the_header, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_units_of_the_scope, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
