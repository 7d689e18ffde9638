/* SPDX-License-Identifier: Apache-2.0 */
/* The auditor's store against the simulator's: the same answers to the same questions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/store_mem.h"
#include "tools/verify/store.h"
#include "wardsync/limits.h"

enum { STEPS = 60000, KEY_BYTES = 2, VALUE_BYTES = 40, TABLES = 3 };

static uint64_t dice = 88172645463325252U;

static uint64_t throw(uint64_t below)
{
    dice ^= dice << 13;
    dice ^= dice >> 7;
    dice ^= dice << 17;
    return dice % below;
}

struct both {
    struct wsync_store *mine, *model;
    struct wsync_txn *txn, *model_txn;
};

static void same(struct wsync_slice a, struct wsync_slice b)
{
    assert_true(wsync_slice_equal(a, b));
}

static void step(struct both *both)
{
    uint8_t bytes[KEY_BYTES];
    uint8_t content[VALUE_BYTES];
    enum wsync_table table = (enum wsync_table) throw(TABLES);
    struct wsync_slice key = wsync_slice(bytes, 1 + throw(KEY_BYTES));
    struct wsync_slice value = wsync_slice(content, throw(VALUE_BYTES));
    struct wsync_slice mine = {NULL, 0};
    struct wsync_slice model = {NULL, 0};
    memset(content, (int) throw(256), sizeof content);
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t) throw(24);
    }
    switch (throw(4)) {
    case 0:
        assert_int_equal(wsync_txn_put(both->txn, table, key, value),
                         wsync_txn_put(both->model_txn, table, key, value));
        break;
    case 1:
        assert_int_equal(wsync_txn_del(both->txn, table, key),
                         wsync_txn_del(both->model_txn, table, key));
        break;
    case 2:
        assert_int_equal(wsync_txn_get(both->txn, table, key, &mine),
                         wsync_txn_get(both->model_txn, table, key, &model));
        same(mine, model);
        break;
    default: {
        struct wsync_entry here = {.key = throw(9) == 0 ? wsync_slice(NULL, 0) : key};
        struct wsync_entry there = here;
        enum wsync_seek where = (enum wsync_seek) throw(4);
        enum wsync_err err = wsync_txn_seek_any(both->txn, table, where, &here);
        assert_int_equal(err, wsync_txn_seek_any(both->model_txn, table, where, &there));
        if (err == WSYNC_OK) {
            same(here.key, there.key);
            same(here.value, there.value);
        }
    }
    }
}

static void it_answers_as_the_other_store(void **state)
{
    (void)state;
    struct both both = {.mine = audit_store_new(), .model = wsync_store_mem_new()};
    assert_non_null(both.mine);
    assert_int_equal(wsync_store_begin(both.mine, WSYNC_TXN_WRITE, &both.txn), WSYNC_OK);
    assert_int_equal(wsync_store_begin(both.model, WSYNC_TXN_WRITE, &both.model_txn), WSYNC_OK);
    for (int i = 0; i < STEPS; i++) {
        step(&both);
    }
    assert_int_equal(wsync_txn_commit(both.txn), WSYNC_OK);
    assert_int_equal(wsync_txn_commit(both.model_txn), WSYNC_OK);
    wsync_store_close(both.mine);
    wsync_store_close(both.model);
}

/* What is put may stand in the store itself. */
static void a_value_may_come_from_the_store(void **state)
{
    (void)state;
    struct wsync_store *store = audit_store_new();
    struct wsync_txn *txn;
    struct wsync_slice value;
    assert_int_equal(wsync_store_begin(store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    struct wsync_slice key = wsync_slice_of("key");
    assert_int_equal(wsync_txn_put(txn, WSYNC_TABLE_META, key, wsync_slice_of("a value")),
                     WSYNC_OK);
    for (size_t len = 7; len-- > 0;) {
        assert_int_equal(wsync_txn_get(txn, WSYNC_TABLE_META, key, &value), WSYNC_OK);
        assert_int_equal(
            wsync_txn_put(txn, WSYNC_TABLE_META, key, wsync_slice(value.data + 1, len)),
            WSYNC_OK);
        assert_int_equal(wsync_txn_get(txn, WSYNC_TABLE_META, key, &value), WSYNC_OK);
        same(value, wsync_slice(&"a value"[7 - len], len));
    }
    wsync_txn_abort(txn);
    wsync_store_close(store);
}

static void one_transaction_at_a_time_and_none_behind_a_failure(void **state)
{
    (void)state;
    struct wsync_store *store = audit_store_new();
    struct wsync_txn *txn;
    struct wsync_txn *other;
    assert_int_equal(wsync_store_begin(store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_store_begin(store, WSYNC_TXN_READ, &other), WSYNC_ERR_INVALID);
    wsync_txn_abort(txn);
    assert_int_equal(wsync_store_begin(store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    assert_int_equal(
        wsync_txn_put(txn, WSYNC_TABLE_META, wsync_slice_of("k"), wsync_slice_of("v")),
        WSYNC_OK);
    wsync_txn_abort(txn); /* what it wrote is not taken back, so nobody may read it */
    assert_int_equal(wsync_store_begin(store, WSYNC_TXN_READ, &txn), WSYNC_ERR_INVALID);
    wsync_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_answers_as_the_other_store),
        cmocka_unit_test(a_value_may_come_from_the_store),
        cmocka_unit_test(one_transaction_at_a_time_and_none_behind_a_failure),
    };
    return cmocka_run_group_tests_name("the auditor's store", tests, NULL, NULL);
}
