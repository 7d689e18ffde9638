/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the session log that earlier programs wrote read back, without what those did not
 * know. */
#include "host/session_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "host/row.h"
#include "tests/store_mem.h"

static int set_up(void **state)
{
    struct wsync_store *store = wsync_store_mem_new();
    struct wsync_txn *txn;
    assert_int_equal(wsync_store_begin(store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    *state = txn;
    return 0;
}

static int tear_down(void **state)
{
    struct wsync_txn *txn = *state;
    struct wsync_store *store = txn->store;
    wsync_txn_abort(txn);
    wsync_store_close(store);
    return 0;
}

/* The row as a layout that ended `less` bytes earlier has it. */
static void write_earlier(struct wsync_txn *txn, enum wsync_table table, struct wsync_slice key,
                          uint8_t layout, size_t less)
{
    uint8_t bytes[1024];
    struct wsync_slice row;
    assert_int_equal(wsync_txn_get(txn, table, key, &row), WSYNC_OK);
    memcpy(bytes, row.data, row.len);
    bytes[0] = layout;
    assert_int_equal(wsync_txn_put(txn, table, key, wsync_slice(bytes, row.len - less)),
                     WSYNC_OK);
}

static void conversations_are_read(void **state)
{
    struct wsync_txn *txn = *state;
    const struct wsync_session_row written = {.kind = WSYNC_SESSION_KIND_SYNC,
                                              .times = 1,
                                              .changes_in = 2,
                                              .has_reject = true,
                                              .reject = {{{4}}, 77, WSYNC_ERR_FORK},
                                              .taken = {{{{{6}}, 2, 3}}, 1}};
    const size_t behind = 2 * 8 + 32 + 16; /* what layout 2 added */
    struct wsync_session_row read;
    uint8_t key[WSYNC_ROW_NUMBER_BYTES];
    uint64_t number;
    assert_int_equal(wsync_session_log_add(txn, &written, &number), WSYNC_OK);
    write_earlier(txn, WSYNC_TABLE_SESSIONS, wsync_row_key(number, key), 1, behind);
    assert_int_equal(wsync_session_log_seek(txn, WSYNC_SEEK_GE, &number, &read), WSYNC_OK);
    assert_true(read.changes_in == 2 && read.reject.first == 77 && read.taken.count == 0);
    write_earlier(txn, WSYNC_TABLE_SESSIONS, wsync_row_key(number, key), 1, 1);
    assert_int_equal(wsync_session_log_seek(txn, WSYNC_SEEK_GE, &number, &read),
                     WSYNC_ERR_CORRUPT);
}

static void contacts_are_read(void **state)
{
    struct wsync_txn *txn = *state;
    const struct wsync_device_id device = {{1}};
    const struct wsync_contact written = {.last_kind = WSYNC_SESSION_KIND_SYNC,
                                          .last_is_peers = true,
                                          .has_clock = true,
                                          .program = "ward 1",
                                          .doubts = 3,
                                          .good_doubts = 2};
    const size_t behind_3 = 2 * 8;
    struct wsync_contact read;
    assert_int_equal(wsync_contact_put(txn, &device, &written), WSYNC_OK);
    assert_int_equal(wsync_contact_get(txn, &device, &read), WSYNC_OK);
    assert_string_equal(read.program, "ward 1");
    assert_true(read.doubts == 3 && read.good_doubts == 2);
    write_earlier(txn, WSYNC_TABLE_CONTACTS, WSYNC_BYTES(device), 3, behind_3);
    assert_int_equal(wsync_contact_get(txn, &device, &read), WSYNC_OK);
    assert_true(read.has_clock && read.doubts == 0 && read.good_doubts == 0);
    write_earlier(txn, WSYNC_TABLE_CONTACTS, WSYNC_BYTES(device), 2, sizeof read.program + 16);
    assert_int_equal(wsync_contact_get(txn, &device, &read), WSYNC_OK);
    assert_true(read.last_is_peers && !read.has_clock && read.program[0] == '\0');
    write_earlier(txn, WSYNC_TABLE_CONTACTS, WSYNC_BYTES(device), 1, 8);
    assert_int_equal(wsync_contact_get(txn, &device, &read), WSYNC_OK);
    assert_true(read.last_kind == WSYNC_SESSION_KIND_SYNC && !read.last_is_peers);
    write_earlier(txn, WSYNC_TABLE_CONTACTS, WSYNC_BYTES(device), 1, 1);
    assert_int_equal(wsync_contact_get(txn, &device, &read), WSYNC_ERR_CORRUPT);
}

int main(void)
{
#define LAYOUT_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        LAYOUT_TEST(conversations_are_read),
        LAYOUT_TEST(contacts_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
