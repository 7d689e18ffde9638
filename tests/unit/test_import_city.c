/* SPDX-License-Identifier: Apache-2.0 */
/* Real input of a city with fourteen districts, imported as fourteen wards would: what comes out
 * is what was counted independently (../shared/data/README.md).  Runs from the top of the tree
 * and is skipped where the data is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/clock.h"
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

static void publish_form(void)
{
    struct wsync_form form;
    void *block = malloc(1 << 20);
    struct wsync_arena arena;
    assert_non_null(block);
    wsync_arena_init(&arena, block, 1 << 20);
    enum wsync_err err =
        wsync_xlsform_compile("tests/baltimore/form", &arena, &form, &rig.error);
    if (err != WSYNC_OK) {
        fail_msg("%s", rig.error.text);
    }
    assert_int_equal(form.number, CITY_FORM);
    import_rig_form(&rig, &form);
    free(block);
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
    publish_form();
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
    publish_form();
    struct wsync_import_options options = city_options();
    int64_t begin = wsync_clock_monotonic_ms();
    assert_int_equal(import_rig_run(&rig, &options, &summary), WSYNC_OK);
    int64_t taken = wsync_clock_monotonic_ms() - begin;
    print_message("imported %llu rows in %lld ms\n", (unsigned long long)summary.added,
                  (long long)taken);
    assert_int_equal(summary.added, ROWS - WITHOUT_DISTRICT);
    assert_int_equal(import_rig_total(&rig, CITY_FORM, 2, DAYS_OPEN).sum, 107909);
    assert_int_equal(rig.progress_bytes, rig.progress_total);
    import_rig_close(&rig);
    wsync_scratch_close(&scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fourteen_wards),
        cmocka_unit_test(test_on_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
