/* SPDX-License-Identifier: Apache-2.0 */
/* Whole tables: the project's sample, and real input of a city with fourteen districts imported
 * as fourteen wards would (skipped where ../shared is not).  What comes out is what was counted
 * independently (tests/sample/truth.csv, ../shared/data/README.md).  Runs from the top of the
 * tree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/store_lmdb.h"
#include "host/xlsform.h"
#include "tests/import_rig.h"
#include "tests/store_mem.h"

#define CITY "../shared/data/baltimore-311-sample.csv"
#define MAPPING "tests/baltimore/mapping.conf"

enum { CITY_FORM = 90, DAYS_OPEN = 10, DISTRICTS = 14, ROWS = 10000, WITHOUT_DISTRICT = 888 };

static const int64_t RECORDS[DISTRICTS] = {845, 416, 508, 501, 363, 581, 832,
                                           508, 900, 707, 734, 810, 879, 528};
static const int64_t DAYS[DISTRICTS] = {10571, 5404, 5971,  4443, 4821,  6498, 8759,
                                        5820,  11619, 8858, 10767, 9879, 8838, 5661};

static struct import_rig rig;

static void skip_without_data(void)
{
    if (access(CITY, R_OK) != 0) {
        print_message("skipped: %s is not here\n", CITY);
        skip();
    }
}

static uint32_t publish_form(const char *folder)
{
    struct wsync_form form;
    uint32_t number;
    void *block = malloc(1 << 20);
    struct wsync_arena arena;
    assert_non_null(block);
    wsync_arena_init(&arena, block, 1 << 20);
    enum wsync_err err = wsync_xlsform_compile(folder, &arena, &form, &rig.error);
    if (err != WSYNC_OK) {
        fail_msg("%s", rig.error.text);
    }
    import_rig_form(&rig, &form);
    number = form.number;
    free(block);
    return number;
}

static struct wsync_import_options city_options(void)
{
    struct wsync_import_options options = import_rig_options(&rig, CITY);
    options.form = NULL;
    options.mapping_path = MAPPING;
    return options;
}

static void import_district(int district, struct wsync_import_summary *summary)
{
    char filter[32];
    struct wsync_import_options options = city_options();
    snprintf(filter, sizeof filter, "CouncilDistrict == %d", district);
    options.filter = filter;
    options.scope = (uint32_t)district + 1;
    enum wsync_err err = import_rig_run(&rig, &options, summary);
    if (err != WSYNC_OK) {
        fail_msg("%s", rig.error.text);
    }
}

static void test_fourteen_wards(void **state)
{
    struct wsync_import_summary summary;
    int64_t sum = 0, count = 0;
    (void)state;
    skip_without_data();
    import_rig_open(&rig, wsync_store_mem_new());
    assert_int_equal(publish_form("tests/baltimore/form"), CITY_FORM);
    for (int i = 0; i < DISTRICTS; i++) {
        import_district(i + 1, &summary);
        assert_int_equal(summary.rows, ROWS);
        assert_int_equal(summary.added, RECORDS[i]);
        assert_int_equal(summary.faulty, WITHOUT_DISTRICT);
        assert_int_equal(summary.not_mine, ROWS - WITHOUT_DISTRICT - RECORDS[i]);
        assert_string_equal(rig.findings[0].column, "CouncilDistrict");
        assert_string_equal(rig.findings[0].reason,
                            "The value is missing; a row without it is not imported.");
        struct rig_total total =
            import_rig_total(&rig, CITY_FORM, (uint32_t)i + 2, DAYS_OPEN);
        assert_int_equal(total.records, RECORDS[i]);
        assert_int_equal(total.sum, DAYS[i]);
        sum += total.sum;
        count += total.count;
    }
    assert_int_equal(sum, 107909);
    assert_int_equal(count, 8918);
    for (int i = 0; i < DISTRICTS; i++) {
        import_district(i + 1, &summary);
        assert_int_equal(summary.added, 0);
        assert_int_equal(summary.there, RECORDS[i]);
    }
    assert_true(import_rig_state_holds(&rig));
    import_rig_close(&rig);
}

static void test_on_disk(void **state)
{
    struct wsync_scratch scratch;
    struct wsync_store *store;
    struct wsync_import_summary summary;
    char path[WSYNC_SCRATCH_PATH_BYTES];
    (void)state;
    skip_without_data();
    wsync_scratch_open(&scratch);
    wsync_scratch_path(&scratch, "store", path);
    assert_int_equal(wsync_store_lmdb_create(path, NULL), WSYNC_OK);
    assert_int_equal(wsync_store_lmdb_open(path, WSYNC_TXN_WRITE, &store, NULL), WSYNC_OK);
    import_rig_open(&rig, store);
    assert_int_equal(publish_form("tests/baltimore/form"), CITY_FORM);
    struct wsync_import_options options = city_options();
    assert_int_equal(import_rig_run(&rig, &options, &summary), WSYNC_OK);
    assert_int_equal(summary.added, ROWS - WITHOUT_DISTRICT);
    assert_int_equal(import_rig_total(&rig, CITY_FORM, 2, DAYS_OPEN).sum, 107909);
    assert_int_equal(rig.progress_bytes, rig.progress_total);
    import_rig_close(&rig);
    wsync_scratch_close(&scratch);
}

/* The records and the sums of one ward and form in truth.csv. */
static struct rig_total sample_truth(const char *ward, const char *form, const char *indicator)
{
    struct rig_total total = {0};
    char line[256], a[32], b[32], c[32], sum[32];
    FILE *file = fopen("tests/sample/truth.csv", "r");
    long long count;
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        sum[0] = '\0';
        int read = sscanf(line, "%31[^,],%31[^,],%31[^,],%*[^,],%lld,%31s", a, b, c, &count,
                          sum);
        if (read >= 4 && !strcmp(a, ward) && !strcmp(b, form) && !strcmp(c, indicator)) {
            total.count += count;
            total.sum += strtoll(sum, NULL, 10);
        }
    }
    fclose(file);
    return total;
}

static void test_sample_without_mapping(void **state)
{
    static const struct {
        const char *form, *indicator;
        uint32_t field;
    } samples[] = {{"cleanup", "participants", 3}, {"violation", "fine_vnd", 6}};
    struct wsync_import_summary summary;
    (void)state;
    import_rig_open(&rig, wsync_store_mem_new());
    for (uint32_t id = 101; id <= 103; id++) {
        import_rig_unit(&rig, id, 3, 2, "Group");
    }
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        char path[128];
        snprintf(path, sizeof path, "server/campaign/forms/%s", samples[i].form);
        uint32_t form = publish_form(path);
        snprintf(path, sizeof path, "tests/sample/00115/%s.csv", samples[i].form);
        struct wsync_import_options options = import_rig_options(&rig, path);
        options.form = samples[i].form;
        assert_int_equal(import_rig_run(&rig, &options, &summary), WSYNC_OK);
        assert_int_equal(summary.added, summary.rows);
        struct rig_total records = sample_truth("00115", samples[i].form, "records");
        struct rig_total truth = sample_truth("00115", samples[i].form, samples[i].indicator);
        struct rig_total total = import_rig_total(&rig, form, 2, samples[i].field);
        assert_true(truth.sum > 0);
        assert_int_equal(total.records, records.count);
        assert_int_equal(total.count, truth.count);
        assert_int_equal(total.sum, truth.sum);
        assert_int_equal(import_rig_run(&rig, &options, &summary), WSYNC_OK);
        assert_int_equal(summary.there, summary.rows);
    }
    import_rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sample_without_mapping),
        cmocka_unit_test(test_fourteen_wards),
        cmocka_unit_test(test_on_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
