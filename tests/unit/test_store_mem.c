/* SPDX-License-Identifier: Apache-2.0 */
/* test_store_mem.c: what only the memory store offers: images of its disk, planned faults. */
#include "tests/store_mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const enum wsync_table TABLE = WSYNC_TABLE_META;

static enum wsync_err put(struct wsync_txn *txn, const char *key, const char *value)
{
    return wsync_txn_put(txn, TABLE, wsync_slice_of(key), wsync_slice_of(value));
}

static struct wsync_txn *begin(struct wsync_store *store, enum wsync_txn_mode mode)
{
    struct wsync_txn *txn = NULL;
    assert_int_equal(wsync_store_begin(store, mode, &txn), WSYNC_OK);
    return txn;
}

static void set(struct wsync_store *store, const char *key, const char *value)
{
    struct wsync_txn *txn = begin(store, WSYNC_TXN_WRITE);
    assert_int_equal(put(txn, key, value), WSYNC_OK);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
}

/* `value` NULL: there is none. */
static void assert_holds(struct wsync_store *store, const char *key, const char *value)
{
    struct wsync_slice found;
    struct wsync_txn *txn = begin(store, WSYNC_TXN_READ);
    enum wsync_err err = wsync_txn_get(txn, TABLE, wsync_slice_of(key), &found);
    assert_int_equal(err, value ? WSYNC_OK : WSYNC_ERR_NOT_FOUND);
    assert_true(!value || wsync_slice_equal(found, wsync_slice_of(value)));
    wsync_txn_abort(txn);
}

static void test_clone(void **state)
{
    (void)state;
    struct wsync_store *store = wsync_store_mem_new();
    set(store, "a", "1");
    set(store, "b", "1");
    struct wsync_txn *txn = begin(store, WSYNC_TXN_WRITE);
    assert_int_equal(put(txn, "a", "2"), WSYNC_OK);
    struct wsync_store *image = wsync_store_mem_clone(store); /* not what is not committed */
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
    set(image, "c", "3");
    assert_holds(store, "a", "2");
    assert_holds(store, "c", NULL);
    assert_holds(image, "a", "1");
    wsync_store_close(store);
    assert_holds(image, "b", "1");
    assert_holds(image, "c", "3");
    wsync_store_close(image);
}

static void test_operations_are_counted(void **state)
{
    (void)state;
    struct wsync_store *store = wsync_store_mem_new();
    set(store, "a", "1"); /* begin, put, commit */
    assert_int_equal(wsync_store_mem_operations(store), 3);
    struct wsync_txn *txn = begin(store, WSYNC_TXN_WRITE);
    struct wsync_slice value;
    struct wsync_entry entry = {.key = wsync_slice(NULL, 0)};
    assert_int_equal(wsync_txn_get(txn, TABLE, wsync_slice_of("x"), &value),
                     WSYNC_ERR_NOT_FOUND);
    assert_int_equal(wsync_txn_seek(txn, TABLE, WSYNC_SEEK_GE, &entry), WSYNC_OK);
    assert_int_equal(wsync_txn_del(txn, TABLE, wsync_slice_of("a")), WSYNC_OK);
    assert_int_equal(put(txn, "", "illegal"), WSYNC_ERR_INVALID); /* is none */
    wsync_txn_abort(txn);                                         /* is none */
    assert_int_equal(wsync_store_mem_operations(store), 7);
    struct wsync_store *image = wsync_store_mem_clone(store);
    assert_int_equal(wsync_store_mem_operations(image), 0);
    wsync_store_close(image);
    wsync_store_close(store);
}

/* Moves "old" to "new"; stops at the first error, or goes on to the commit in spite of it. */
static enum wsync_err move(struct wsync_store *store, bool stubborn)
{
    struct wsync_slice value = {0};
    struct wsync_entry entry = {.key = wsync_slice_of("old")};
    struct wsync_txn *txn;
    enum wsync_err err = wsync_store_begin(store, WSYNC_TXN_WRITE, &txn);
    if (err != WSYNC_OK) {
        return err;
    }
    err = wsync_txn_seek(txn, TABLE, WSYNC_SEEK_GE, &entry);
    if (err == WSYNC_OK || stubborn) {
        err = wsync_txn_get(txn, TABLE, wsync_slice_of("old"), &value);
    }
    if (err == WSYNC_OK || stubborn) {
        err = wsync_txn_put(txn, TABLE, wsync_slice_of("new"), value);
    }
    if (err == WSYNC_OK || stubborn) {
        err = wsync_txn_del(txn, TABLE, wsync_slice_of("old"));
    }
    if (err != WSYNC_OK && !stubborn) {
        wsync_txn_abort(txn);
        return err;
    }
    return wsync_txn_commit(txn);
}

/* After each possible fault the store is as it was, and works. */
static void sweep(bool stubborn)
{
    uint64_t faults = 0;
    for (uint64_t nth = 1;; nth++) {
        struct wsync_store *store = wsync_store_mem_new();
        set(store, "old", "content");
        wsync_store_mem_fail_at(store, nth, WSYNC_ERR_STORE_IO);
        enum wsync_err err = move(store, stubborn);
        bool unused = wsync_store_mem_fault_is_planned(store);
        wsync_store_mem_fail_at(store, 0, WSYNC_OK);
        assert_int_equal(err, unused ? WSYNC_OK : WSYNC_ERR_STORE_IO);
        assert_holds(store, "old", unused ? NULL : "content");
        assert_holds(store, "new", unused ? "content" : NULL);
        if (!unused) {
            assert_int_equal(move(store, false), WSYNC_OK);
            assert_holds(store, "new", "content");
        }
        wsync_store_close(store);
        if (unused) {
            break;
        }
        faults++;
    }
    assert_int_equal(faults, 6); /* begin, seek, get, put, del, commit */
}

static void test_fault_sweep(void **state)
{
    (void)state;
    sweep(false);
    sweep(true);
}

static void test_fault_in_a_reader(void **state)
{
    (void)state;
    struct wsync_store *store = wsync_store_mem_new();
    set(store, "a", "1");
    struct wsync_txn *txn = begin(store, WSYNC_TXN_READ);
    wsync_store_mem_fail_at(store, 1, WSYNC_ERR_CORRUPT);
    struct wsync_slice value;
    assert_int_equal(wsync_txn_get(txn, TABLE, wsync_slice_of("a"), &value), WSYNC_ERR_CORRUPT);
    assert_int_equal(wsync_txn_get(txn, TABLE, wsync_slice_of("a"), &value), WSYNC_ERR_CORRUPT);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_ERR_CORRUPT);
    assert_holds(store, "a", "1");
    wsync_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clone),
        cmocka_unit_test(test_operations_are_counted),
        cmocka_unit_test(test_fault_sweep),
        cmocka_unit_test(test_fault_in_a_reader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
