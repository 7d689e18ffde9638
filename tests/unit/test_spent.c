/* SPDX-License-Identifier: Apache-2.0 */
/* What a link cost today, whatever is done to the clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host/spent.h"
#include "tests/store_mem.h"

enum { DAY_S = 86400, MIDNIGHT = 17 * 3600, NOON = MIDNIGHT + 19000 * DAY_S + DAY_S / 2 };

static int set_up(void **state)
{
    *state = wsync_store_mem_new();
    return 0;
}

static int tear_down(void **state)
{
    wsync_store_close(*state);
    return 0;
}

static struct wsync_txn *begin(struct wsync_store *store)
{
    struct wsync_txn *txn;
    assert_int_equal(wsync_store_begin(store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    return txn;
}

/* Spends so much at that moment; answers what was spent on its day then. */
static int64_t spend(struct wsync_store *store, int64_t time, int64_t bytes)
{
    struct wsync_txn *txn = begin(store);
    struct wsync_spent spent = wsync_spent_get(txn, time);
    spent.today_bytes += bytes;
    wsync_spent_talk(&spent, bytes, 0, 0);
    assert_int_equal(wsync_spent_put(txn, &spent), WSYNC_OK);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
    txn = begin(store);
    spent = wsync_spent_get(txn, time);
    wsync_txn_abort(txn);
    assert_int_equal(spent.day, wsync_spent_day(time));
    assert_int_equal(spent.last_bytes, bytes);
    return spent.today_bytes;
}

static void a_day_adds_up_and_the_next_begins_anew(void **state)
{
    int64_t last_s = NOON + wsync_spent_wait_s(NOON) - 1;
    assert_int_equal(spend(*state, NOON, 100), 100);
    assert_int_equal(spend(*state, last_s, 20), 120);
    assert_int_equal(spend(*state, last_s + 1, 3), 3);
    assert_int_equal(wsync_spent_wait_s(last_s), 1);
    assert_int_equal(wsync_spent_wait_s(last_s + 1), DAY_S);
    assert_int_equal(wsync_spent_day(-8 * 3600), -1);
}

/* A clock that goes to tomorrow and back, or to another year, loses neither day. */
static void a_clock_set_forward_and_back_forgets_nothing(void **state)
{
    assert_int_equal(spend(*state, NOON, 100), 100);
    assert_int_equal(spend(*state, NOON + DAY_S, 7), 7);
    assert_int_equal(spend(*state, NOON, 1), 101);
    assert_int_equal(spend(*state, NOON + 400 * (int64_t)DAY_S, 9), 9);
    assert_int_equal(spend(*state, NOON - DAY_S, 5), 5);
    assert_int_equal(spend(*state, NOON + DAY_S, 1), 8);
    assert_int_equal(spend(*state, NOON, 1), 102);
}

/* As many days as are kept: the one that was noted longest ago goes. */
static void the_last_days_are_kept(void **state)
{
    assert_int_equal(spend(*state, NOON, 100), 100);
    for (int64_t i = 1; i <= WSYNC_SPENT_DAYS_MAX; i++) {
        assert_int_equal(spend(*state, NOON + i * DAY_S, i), i);
    }
    assert_int_equal(spend(*state, NOON, 1), 101);
    for (int64_t i = 2; i <= WSYNC_SPENT_DAYS_MAX + 1; i++) {
        spend(*state, NOON + i * DAY_S, 0);
    }
    assert_int_equal(spend(*state, NOON + DAY_S, 0), 0); /* forgotten */
    assert_int_equal(spend(*state, NOON + 3 * DAY_S, 0), 3);
}

/* What an older program wrote, and what is none. */
static void other_rows_are_read(void **state)
{
    const char *rows[] = {"19001 77 5 6", "", "x", "19001 -3 5 6", "19001 77"};
    const int64_t today[] = {77, 0, 0, 0, 0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct wsync_txn *txn = begin(*state);
        assert_int_equal(wsync_txn_put(txn, WSYNC_TABLE_META, wsync_slice_of("spent"),
                                       wsync_slice_of(rows[i])),
                         WSYNC_OK);
        struct wsync_spent spent = wsync_spent_get(txn, (int64_t)19001 * DAY_S);
        assert_int_equal(spent.today_bytes, today[i]);
        assert_int_equal(spent.day, 19001);
        wsync_txn_abort(txn);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define ON_STORE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
        ON_STORE(a_day_adds_up_and_the_next_begins_anew),
        ON_STORE(a_clock_set_forward_and_back_forgets_nothing),
        ON_STORE(the_last_days_are_kept),
        ON_STORE(other_rows_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
