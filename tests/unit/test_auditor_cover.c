/* SPDX-License-Identifier: Apache-2.0 */
/* What a receipt covers of the logs in a file (SPEC S16.10), and what it does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "tests/auditor.h"
#include "tests/pair.h"
#include "wardsync/signed_log.h"

static struct auditor auditor;

static int set_up(void **state)
{
    if (pair_set_up(state) != 0) {
        return -1;
    }
    struct pair *pair = *state;
    auditor_open(&auditor, &pair->world->installation);
    replica_open_log(&pair->world->district, &pair->world->installation);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    return 0;
}

static int tear_down(void **state)
{
    auditor_close(&auditor);
    return pair_tear_down(state);
}

/* The district writes in a unit of nobody else. */
static void write_elsewhere(struct replica *district)
{
    struct wsync_dot written;
    uint32_t scope = district->scope;
    district->scope = PAIR_UNIT + 1;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(replica_create(district, PAIR_DAY, 1, 1, &written), WSYNC_OK);
    }
    district->scope = scope;
}

/* The last receipt of the file in `auditor` stands at the end of the district's log instead. */
static void export_with_that_receipt(struct replica *district)
{
    static uint8_t receipt[1 << 14];
    size_t len;
    size_t at = auditor_message(&auditor, auditor_messages(&auditor) - 1, &len);
    memcpy(receipt, auditor.bytes + at, len);
    auditor_export(&auditor, district, false);
    auditor_leave_out(&auditor, auditor_messages(&auditor) - 1);
    at = auditor.len - WSYNC_SIGNED_LOG_END_BYTES;
    memmove(auditor.bytes + at + len, auditor.bytes + at, WSYNC_SIGNED_LOG_END_BYTES);
    memcpy(auditor.bytes + at, receipt, len);
    auditor.len += len;
    assert_true(auditor_end_log(&auditor));
}

/* The receipt of one unit says nothing of another one: that unit's log may lack what it likes.
 */
static void a_unit_s_receipt_does_not_cover_another_unit(void **state)
{
    struct pair *pair = *state;
    struct replica *district = &pair->world->district;
    struct whole_log log;
    write_elsewhere(district);
    pair_write(&pair->world->a, 2);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    auditor_export(&auditor, &pair->world->a, false);
    auditor.complete = true;
    assert_true(auditor_holds(&auditor, "own")); /* the one unit here */
    write_elsewhere(district);                   /* no receipt names that */
    export_with_that_receipt(district);
    assert_false(auditor_holds(&auditor, "two"));
    assert_int_equal(auditor.fault.code, WSYNC_ERR_PROOF);
    auditor.complete = false;
    assert_true(auditor_look(&auditor, "two", &log));
    assert_int_equal(log.cover, RECEIPT_COVERS_LESS);
    whole_log_close(&log);
}

/* Seals name a checkpoint each, in any order; authors choose which (old: 40 s for a tenth). */
static void a_million_checkpoints_are_compared_in_seconds(void **state)
{
    struct views views = {.count = 0};
    struct audit_fault fault = {.exit_code = AUDIT_FAILS};
    struct view view = {.checkpoint = {.tree = {1}}, .file = "log"};
    clock_t begin = clock();
    (void)state;
    for (uint64_t size = 1000000; size > 0; size--) {
        view.checkpoint.size = size;
        view.checkpoint.root.b[0] = (uint8_t)size;
        assert_true(views_add(&views, &view, &fault));
        assert_true(clock() - begin < 60 * CLOCKS_PER_SEC);
    }
    assert_int_equal(views.count, 1000000);
    view.checkpoint.size = 77;
    view.checkpoint.root.b[0] = 77;
    assert_true(views_add(&views, &view, &fault));
    assert_int_equal(views.count, 1000000);
    view.checkpoint.root.b[0] ^= 1;
    assert_false(views_add(&views, &view, &fault));
    assert_int_equal(fault.code, WSYNC_ERR_SPLIT);
    views_fini(&views);
}

int main(void)
{
#define COVER_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        COVER_TEST(a_unit_s_receipt_does_not_cover_another_unit),
        cmocka_unit_test(a_million_checkpoints_are_compared_in_seconds),
    };
    return cmocka_run_group_tests_name("what receipts cover", tests, NULL, NULL);
}
