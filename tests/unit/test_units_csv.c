/* SPDX-License-Identifier: Apache-2.0 */
/* The table of units: what is read, every finding, and how a unit is found by what people
 * write. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "host/text.h"
#include "host/unit_index.h"
#include "host/units_csv.h"
#include "tests/scratch.h"

#define HEADER "id,level,code,name,parent,valid_from,valid_to\n"
#define GOOD HEADER "1,district,004,Quận Long Biên,,,\n" \
                    "2,ward,00115,Thượng Thanh,1,2003-11-06,\n" \
                    "11,ward,00142,Sài Đồng,1,,2024-12-31\n" \
                    "101,group,,Tổ dân phố 1,2,,\n" \
                    "1001,group,,Tổ dân phố 1,11,,\n"

static struct wsync_scratch scratch;
static _Alignas(16) uint8_t block[1 << 18];
static struct wsync_arena arena;

static int open_scratch(void **state)
{
    (void)state;
    wsync_scratch_open(&scratch);
    return 0;
}

static int close_scratch(void **state)
{
    (void)state;
    wsync_scratch_close(&scratch);
    return 0;
}

static enum wsync_err read_units(const char *content, struct wsync_units *units,
                                 struct wsync_error *error)
{
    char path[WSYNC_SCRATCH_PATH_BYTES];
    FILE *file = fopen(wsync_scratch_path(&scratch, "units.csv", path), "wb");
    assert_non_null(file);
    assert_true(fputs(content, file) >= 0);
    assert_int_equal(fclose(file), 0);
    wsync_arena_init(&arena, block, sizeof block);
    return wsync_units_read(path, WSYNC_EN, &arena, units, error);
}

static void test_a_good_file(void **state)
{
    (void)state;
    struct wsync_units units;
    assert_int_equal(read_units(GOOD, &units, NULL), WSYNC_OK);
    assert_int_equal(units.count, 5);
    assert_int_equal(units.finding_count, 0);
    const struct wsync_unit_row *ward = wsync_units_by_id(&units, 11);
    assert_ptr_equal(ward, &units.units[2]);
    assert_int_equal(ward->level, 2);
    assert_int_equal(ward->parent, 1);
    assert_int_equal(ward->line, 4);
    assert_int_equal(ward->valid_from, WSYNC_NO_DAY);
    assert_int_equal(ward->valid_to, 20088);
    assert_int_equal(units.units[1].valid_from, 12362);
    assert_true(wsync_slice_equal(ward->code, wsync_slice_of("00142")));
    assert_true(wsync_slice_equal(ward->name, wsync_slice_of("Sài Đồng")));
    assert_int_equal(units.units[0].parent, 0);
    static const uint32_t UNKNOWN[] = {0, 3, 102, 5000};
    for (size_t i = 0; i < sizeof UNKNOWN / sizeof *UNKNOWN; i++) {
        assert_null(wsync_units_by_id(&units, UNKNOWN[i]));
    }
}

static void assert_finding(const char *row, uint64_t line, const char *sentence)
{
    char content[1024];
    struct wsync_units units;
    struct wsync_error error = {""};
    snprintf(content, sizeof content, "%s%s\n", GOOD, row);
    assert_int_equal(read_units(content, &units, &error), WSYNC_OK);
    assert_true(units.finding_count > 0);
    assert_string_equal(units.findings[0].what.text, sentence);
    assert_int_equal(units.findings[0].line, line);
    assert_int_equal(units.finding_count, 1);
}

static void test_findings(void **state)
{
    (void)state;
    assert_finding("2,ward,,X,1,,", 7, "Row 7: unit 2 stands in an earlier row already.");
    assert_finding("3,ward,,X,99,,", 7, "Row 7: unit 3 has a parent that is not in the file.");
    assert_finding("3,ward,,X,3,,", 7, "Row 7: unit 3 is its own ancestor.");
    assert_finding("3,ward,,X,2,,", 7,
                   "Row 7: unit 3 has a parent that is not of a higher level.");
    assert_finding("3,district,,X,1,,", 7,
                   "Row 7: unit 3 has a parent that is not of a higher level.");
    assert_finding("3,group,,X,,,", 7,
                   "Row 7: unit 3 is a residential group and needs a parent.");
    assert_finding("3,ward,,X,1,2022-01-02,2022-01-01", 7,
                   "Row 7: unit 3 ends before it begins.");
    assert_finding("3,city,,X,1,,", 7,
                   "Row 7: Field level: \"city\" is none of its choices: district (Quận), ward "
                   "(Phường), group (Tổ dân phố).");
    assert_finding("0,ward,,X,1,,", 7,
                   "Row 7: Field id: 0 is below the smallest value allowed, 1.");
    assert_finding("x,ward,,X,1,,", 7,
                   "Row 7: Field id: \"x\" is not a number; write it like 1234.5 or 1.234,5.");
    assert_finding("3,ward,,,1,,", 7, "Row 7: Field name: a value is required.");
    assert_finding("3,ward,,X,1,,31/04/2022", 7,
                   "Row 7: Field valid_to: \"31/04/2022\" is not a date of the years 1900 to "
                   "2199; write 2022-04-16 or 16/04/2022.");
    assert_finding("3,ward,,X", 7, "Row 7: it has 4 columns, the header has 7.");
}

static void test_what_is_no_finding(void **state)
{
    (void)state;
    struct wsync_units units;
    assert_int_equal(
        read_units(GOOD "3,ward,,X,,2022-01-01,2022-01-01\n,,,,,,\n", &units, NULL),
        WSYNC_OK); /* a ward on top, one day long; a row a spreadsheet left */
    assert_int_equal(units.finding_count, 0);
    assert_int_equal(units.count, 6);
}

static void test_circles(void **state)
{
    (void)state;
    struct wsync_units units;
    assert_int_equal(read_units(HEADER "1,ward,,A,2,,\n2,ward,,B,3,,\n3,ward,,C,1,,\n"
                                       "4,group,,D,3,,\n",
                                &units, NULL),
                     WSYNC_OK);
    assert_int_equal(units.finding_count, 3);
    for (size_t i = 0; i < 3; i++) {
        char sentence[64];
        snprintf(sentence, sizeof sentence, "Row %zu: unit %zu is its own ancestor.", i + 2,
                 i + 1);
        assert_string_equal(units.findings[i].what.text, sentence);
    }
}

static void test_more_findings_than_sentences(void **state)
{
    (void)state;
    static char content[4096] = HEADER "1,district,004,Quận Long Biên,,,\n";
    for (int i = 0; i < 70; i++) {
        size_t used = strlen(content);
        snprintf(content + used, sizeof content - used, "x,ward,,X,1,,\n");
    }
    struct wsync_units units;
    assert_int_equal(read_units(content, &units, NULL), WSYNC_OK);
    assert_int_equal(units.finding_count, 70);
    assert_int_equal(units.findings[63].line, 66);
    const struct wsync_unit_row *district =
        wsync_units_by_id(&units, 1); /* nothing wrote over it */
    assert_true(wsync_slice_equal(district->code, wsync_slice_of("004")));
}

static void test_no_table_of_units(void **state)
{
    (void)state;
    struct wsync_units units;
    struct wsync_error error;
    assert_int_equal(read_units("id,level,code,name,parent,valid_from\n", &units, &error),
                     WSYNC_ERR_VALUE);
    assert_string_equal(error.text, "The column valid_to is missing.");
    assert_int_equal(
        read_units("id,level,code,name,parent,valid_from,valid_to,area\n", &units, &error),
        WSYNC_ERR_VALUE);
    assert_string_equal(error.text,
                        "There must be no columns but id, level, code, name, parent, "
                        "valid_from and valid_to.");
    assert_int_equal(wsync_units_read("/nowhere/at/all", WSYNC_EN, &arena, &units, &error),
                     WSYNC_ERR_NOT_FOUND);
    assert_int_equal(read_units(GOOD, &units, &error), WSYNC_OK);
    char path[WSYNC_SCRATCH_PATH_BYTES];
    wsync_scratch_path(&scratch, "units.csv", path);
    enum wsync_err err = WSYNC_ERR_MEMORY;
    for (size_t size = 0; err != WSYNC_OK; size += 256) {
        assert_true(size <= sizeof block);
        wsync_arena_init(&arena, block, size);
        err = wsync_units_read(path, WSYNC_EN, &arena, &units, &error);
        assert_true(err == WSYNC_OK || err == WSYNC_ERR_MEMORY);
    }
}

static void assert_found(struct wsync_unit_index *index, const char *text, enum wsync_err err,
                         uint32_t expected)
{
    uint32_t unit = 0;
    size_t mark = wsync_arena_mark(index->arena);
    assert_int_equal(wsync_unit_index_find(index, wsync_slice_of(text), &unit), err);
    assert_true(err != WSYNC_OK || unit == expected);
    assert_int_equal(wsync_arena_mark(index->arena), mark);
}

/* The units of the file as a site would know them. */
static struct wsync_unit_index index_of(const struct wsync_units *units)
{
    struct wsync_unit_index index = {.arena = &arena};
    for (size_t i = 0; i < units->count; i++) {
        struct wsync_unit_name *name = wsync_arena_get(&arena, sizeof *name);
        assert_non_null(name);
        *name = (struct wsync_unit_name){
            .next = index.first, .id = units->units[i].id, .code = units->units[i].code};
        assert_int_equal(wsync_text_search_key(units->units[i].name, &arena, &name->key),
                         WSYNC_OK);
        index.first = name;
        index.count++;
    }
    return index;
}

static void test_finding_units(void **state)
{
    (void)state;
    struct wsync_units units;
    assert_int_equal(read_units(GOOD "115,ward,101,Gia Thụy,1,,\n", &units, NULL), WSYNC_OK);
    struct wsync_unit_index index = index_of(&units);
    assert_found(&index, "11", WSYNC_OK, 11);
    assert_found(&index, "00115", WSYNC_OK, 2);
    assert_found(&index, "115", WSYNC_OK, 115);
    assert_found(&index, "gia thuỵ", WSYNC_OK, 115);
    assert_found(&index, "SAI DONG", WSYNC_OK, 11);
    assert_found(&index, "011", WSYNC_ERR_NOT_FOUND, 0);
    assert_found(&index, "Bồ Đề", WSYNC_ERR_NOT_FOUND, 0);
    assert_found(&index, "", WSYNC_ERR_NOT_FOUND, 0);
    assert_found(&index, "Tổ dân phố 1", WSYNC_ERR_INVALID, 0);
    assert_found(&index, "101", WSYNC_ERR_INVALID, 0); /* an id and another unit's code */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_good_file),
        cmocka_unit_test(test_findings),
        cmocka_unit_test(test_what_is_no_finding),
        cmocka_unit_test(test_circles),
        cmocka_unit_test(test_more_findings_than_sentences),
        cmocka_unit_test(test_no_table_of_units),
        cmocka_unit_test(test_finding_units),
    };
    return cmocka_run_group_tests(tests, open_scratch, close_scratch);
}
