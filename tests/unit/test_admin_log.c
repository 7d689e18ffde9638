/* SPDX-License-Identifier: Apache-2.0 */
/* The admin log: what was written reads back, and whatever is done to its rows afterwards is
 * seen (case 21 of the trust cases: a line of the admin log is removed). */
#include "host/admin_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/row.h"
#include "host/session_log.h"
#include "tests/store_mem.h"
#include "wardsync/crypto.h"

enum { ROWS = 5, NOW = 1650000000, DAY_S = 86400 };

static int set_up(void **state)
{
    struct wsync_store *store = wsync_store_mem_new();
    struct wsync_txn *txn;
    assert_true(wsync_crypto_init());
    assert_int_equal(wsync_store_begin(store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    for (int i = 1; i <= ROWS; i++) {
        assert_int_equal(wsync_admin_log_add(txn, WSYNC_ADMIN_INVITE, NOW + i, "unit=%d", i),
                         WSYNC_OK);
    }
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
    *state = store;
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

static uint64_t fault_in(struct wsync_txn *txn)
{
    struct wsync_admin_fault fault;
    assert_int_equal(wsync_admin_log_check(txn, &fault), WSYNC_OK);
    assert_true((fault.number == 0) == (fault.text == NULL));
    return fault.number;
}

static uint64_t session_fault_in(struct wsync_txn *txn)
{
    struct wsync_session_fault fault;
    assert_int_equal(wsync_session_log_check(txn, &fault), WSYNC_OK);
    assert_true((fault.number == 0) == (fault.text == NULL));
    return fault.number;
}

/* The bytes of a row, in the caller's buffer. */
static struct wsync_slice bytes_of(struct wsync_txn *txn, uint64_t number, uint8_t bytes[1024])
{
    uint8_t key[WSYNC_ROW_NUMBER_BYTES];
    struct wsync_slice row;
    assert_int_equal(wsync_txn_get(txn, WSYNC_TABLE_ADMIN, wsync_row_key(number, key), &row),
                     WSYNC_OK);
    memcpy(bytes, row.data, row.len);
    return wsync_slice(bytes, row.len);
}

static void put(struct wsync_txn *txn, uint64_t number, struct wsync_slice row)
{
    uint8_t key[WSYNC_ROW_NUMBER_BYTES];
    assert_int_equal(wsync_txn_put(txn, WSYNC_TABLE_ADMIN, wsync_row_key(number, key), row),
                     WSYNC_OK);
}

static void drop(struct wsync_txn *txn, uint64_t number)
{
    uint8_t key[WSYNC_ROW_NUMBER_BYTES];
    assert_int_equal(wsync_txn_del(txn, WSYNC_TABLE_ADMIN, wsync_row_key(number, key)),
                     WSYNC_OK);
}

static void rows_read_back(void **state)
{
    struct wsync_txn *txn = begin(*state);
    struct wsync_admin_row row;
    struct wsync_hash hash;
    uint64_t number = 0, count;
    assert_int_equal(wsync_admin_log_seek(txn, WSYNC_SEEK_GT, &number, &row), WSYNC_OK);
    assert_true(number == 1 && row.kind == WSYNC_ADMIN_INVITE && row.stamp == NOW + 1);
    assert_string_equal(row.text, "unit=1");
    assert_true(row.who[0] != '\0');
    number = UINT64_MAX;
    assert_int_equal(wsync_admin_log_seek(txn, WSYNC_SEEK_LT, &number, &row), WSYNC_OK);
    assert_int_equal(number, ROWS);
    assert_int_equal(wsync_admin_log_head(txn, &count, &hash), WSYNC_OK);
    assert_true(count == ROWS && wsync_hash_equal(&hash, &row.hash));
    assert_int_equal(wsync_admin_log_last(txn, WSYNC_ADMIN_BACKUP, &row), WSYNC_ERR_NOT_FOUND);
    assert_int_equal(wsync_admin_log_last(txn, WSYNC_ADMIN_INVITE, &row), WSYNC_OK);
    assert_int_equal(row.stamp, NOW + ROWS);
    assert_int_equal(fault_in(txn), 0);
    wsync_txn_abort(txn);
}

/* A text that is too long is cut off between two characters. */
static void long_texts_are_cut(void **state)
{
    struct wsync_txn *txn = begin(*state);
    struct wsync_admin_row row;
    char text[2 * WSYNC_ADMIN_TEXT_BYTES + 1];
    for (size_t i = 0; i < sizeof text - 1; i += 2) {
        memcpy(text + i, "é", 2);
    }
    text[sizeof text - 1] = '\0';
    assert_int_equal(wsync_admin_log_add(txn, WSYNC_ADMIN_EXPORT, NOW, "%s", text), WSYNC_OK);
    assert_int_equal(wsync_admin_log_last(txn, WSYNC_ADMIN_EXPORT, &row), WSYNC_OK);
    size_t len = strlen(row.text);
    assert_true(len > WSYNC_ADMIN_TEXT_BYTES - 8 && len % 2 == 0);
    assert_int_equal(fault_in(txn), 0);
    wsync_txn_abort(txn);
}

static void a_removed_line_is_seen(void **state)
{
    for (uint64_t i = 1; i <= ROWS; i++) {
        struct wsync_txn *txn = begin(*state);
        drop(txn, i);
        assert_int_equal(fault_in(txn), i);
        wsync_txn_abort(txn);
    }
}

/* Any bit of any row. */
static void an_edited_line_is_seen(void **state)
{
    uint8_t bytes[1024];
    struct wsync_txn *txn = begin(*state);
    struct wsync_slice row = bytes_of(txn, 3, bytes);
    for (size_t bit = 0; bit < 8 * row.len; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        put(txn, 3, row);
        assert_int_equal(fault_in(txn), 3);
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    put(txn, 3, row);
    assert_int_equal(fault_in(txn), 0);
    wsync_txn_abort(txn);
}

/* Who makes the row's own hash fit has to make all behind it fit as well. */
static void an_edited_line_with_its_hash_is_seen(void **state)
{
    uint8_t bytes[1024], key[WSYNC_ROW_NUMBER_BYTES];
    struct wsync_admin_row before;
    uint64_t number = 2;
    struct wsync_txn *txn = begin(*state);
    assert_int_equal(wsync_admin_log_seek(txn, WSYNC_SEEK_GE, &number, &before), WSYNC_OK);
    struct wsync_slice row = bytes_of(txn, 3, bytes);
    const size_t len = row.len - WSYNC_HASH_BYTES;
    bytes[len - 1] = '4'; /* unit=3 */
    const struct wsync_slice parts[] = {wsync_slice_of("wardsync/admin/v1"),
                                        WSYNC_BYTES(before.hash), wsync_row_key(3, key),
                                        wsync_slice(bytes, len)};
    struct wsync_hash hash = wsync_hash_parts(parts, 4);
    memcpy(bytes + len, hash.b, sizeof hash.b);
    put(txn, 3, row);
    assert_int_equal(fault_in(txn), 4);
    wsync_txn_abort(txn);
}

static void swapped_lines_are_seen(void **state)
{
    uint8_t left[1024], right[1024];
    struct wsync_txn *txn = begin(*state);
    struct wsync_slice second = bytes_of(txn, 2, left);
    struct wsync_slice fourth = bytes_of(txn, 4, right);
    put(txn, 2, fourth);
    put(txn, 4, second);
    assert_int_equal(fault_in(txn), 2);
    wsync_txn_abort(txn);
    txn = begin(*state); /* one in the middle is taken out and the rest moves up */
    put(txn, 2, bytes_of(txn, 3, left));
    put(txn, 3, bytes_of(txn, 4, left));
    put(txn, 4, bytes_of(txn, 5, left));
    drop(txn, 5);
    assert_int_equal(fault_in(txn), 2);
    wsync_txn_abort(txn);
}

static void a_cut_tail_is_seen(void **state)
{
    struct wsync_txn *txn = begin(*state);
    drop(txn, 5);
    drop(txn, 4);
    assert_int_equal(fault_in(txn), 4);
    uint8_t bytes[1024]; /* a row too many, of no chain */
    wsync_txn_abort(txn);
    txn = begin(*state);
    put(txn, 6, bytes_of(txn, 5, bytes));
    assert_int_equal(fault_in(txn), 6);
    wsync_txn_abort(txn);
}

/* Who cuts the tail and sets the kept head back as well is told by the session log. */
static void a_cut_tail_with_its_head_is_seen(void **state)
{
    struct wsync_session_row session = {
        .kind = WSYNC_SESSION_KIND_SYNC, .begun = NOW, .ended = NOW, .times = 1};
    struct wsync_hash hash;
    struct wsync_admin_row row;
    uint8_t head[8 + WSYNC_HASH_BYTES];
    uint64_t number, count;
    struct wsync_txn *txn = begin(*state);
    assert_int_equal(wsync_session_log_add(txn, &session, &number), WSYNC_OK);
    assert_int_equal(wsync_admin_log_head(txn, &count, &hash), WSYNC_OK);
    assert_int_equal(session_fault_in(txn), 0);
    number = 3;
    assert_int_equal(wsync_admin_log_seek(txn, WSYNC_SEEK_GE, &number, &row), WSYNC_OK);
    drop(txn, 4);
    drop(txn, 5);
    (void)wsync_row_key(3, head);
    memcpy(head + 8, row.hash.b, sizeof row.hash.b);
    assert_int_equal(wsync_txn_put(txn, WSYNC_TABLE_META, wsync_slice_of("admin"),
                                   wsync_slice(head, sizeof head)),
                     WSYNC_OK);
    assert_int_equal(fault_in(txn), 0); /* a whole chain, by itself */
    assert_int_equal(session_fault_in(txn), 1);
    for (int i = 0; i < 2; i++) { /* also when others were written since */
        assert_int_equal(wsync_admin_log_add(txn, WSYNC_ADMIN_START, NOW, "again"), WSYNC_OK);
    }
    assert_int_equal(fault_in(txn), 0);
    assert_int_equal(session_fault_in(txn), 1);
    wsync_txn_abort(txn);
}

/* ---- the session log is cut by policy only ---- */

static void add_sessions(struct wsync_txn *txn, int count)
{
    struct wsync_session_row row = {
        .kind = WSYNC_SESSION_KIND_SYNC, .begun = NOW, .ended = NOW, .times = 1};
    uint64_t number;
    for (int i = 0; i < count; i++) {
        assert_int_equal(wsync_session_log_add(txn, &row, &number), WSYNC_OK);
    }
}

static void pruning_is_told_once_a_day(void **state)
{
    struct wsync_txn *txn = begin(*state);
    const struct wsync_session_policy policy = {90, 4};
    struct wsync_admin_row row;
    struct wsync_hash hash;
    uint64_t count;
    add_sessions(txn, 10);
    assert_int_equal(wsync_session_log_prune(txn, &policy, NOW), WSYNC_OK);
    assert_int_equal(wsync_admin_log_last(txn, WSYNC_ADMIN_PRUNED, &row), WSYNC_OK);
    assert_string_equal(row.text, "sessions=1-6 days=90 rows=4");
    add_sessions(txn, 2);
    assert_int_equal(wsync_session_log_prune(txn, &policy, NOW + 60), WSYNC_OK);
    assert_int_equal(wsync_admin_log_head(txn, &count, &hash), WSYNC_OK);
    assert_int_equal(count, ROWS + 1);
    assert_int_equal(session_fault_in(txn), 0);
    add_sessions(txn, 3);
    assert_int_equal(wsync_session_log_prune(txn, &policy, NOW + DAY_S), WSYNC_OK);
    assert_int_equal(wsync_admin_log_last(txn, WSYNC_ADMIN_PRUNED, &row), WSYNC_OK);
    assert_string_equal(row.text, "sessions=7-11 days=90 rows=4");
    assert_int_equal(session_fault_in(txn), 0);
    wsync_txn_abort(txn);
}

static void sessions_that_nobody_cut_off_are_missed(void **state)
{
    uint8_t key[WSYNC_ROW_NUMBER_BYTES];
    const struct wsync_session_policy policy = {90, 8};
    for (uint64_t gone = 3; gone <= 9; gone++) {
        struct wsync_txn *txn = begin(*state);
        add_sessions(txn, 10);
        assert_int_equal(wsync_session_log_prune(txn, &policy, NOW), WSYNC_OK);
        assert_int_equal(wsync_txn_del(txn, WSYNC_TABLE_SESSIONS, wsync_row_key(gone, key)),
                         WSYNC_OK);
        assert_int_equal(session_fault_in(txn), gone);
        wsync_txn_abort(txn);
    }
}

/* Who had a page do it stands behind the account, and only as a number. */
static void a_page_says_for_whom(void **state)
{
    static const struct {
        const char *staff, *end; /* NULL: not set; nothing more */
    } CASES[] = {{NULL, NULL},    {"3", " staff=3"}, {"65535", " staff=65535"},
                 {"", NULL},      {"0", NULL},       {"03", NULL},
                 {"123456", NULL}, {"3x", NULL},     {"Nguyễn Thị Mẫu", NULL}};
    struct wsync_txn *txn = begin(*state);
    struct wsync_admin_row row;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        assert_int_equal(CASES[i].staff ? setenv("WARDSYNC_STAFF", CASES[i].staff, 1)
                                        : unsetenv("WARDSYNC_STAFF"),
                         0);
        assert_int_equal(wsync_admin_log_add(txn, WSYNC_ADMIN_STAFF, NOW, "role number=1"),
                         WSYNC_OK);
        assert_int_equal(wsync_admin_log_last(txn, WSYNC_ADMIN_STAFF, &row), WSYNC_OK);
        const char *blank = strstr(row.who, " staff=");
        assert_true((blank == NULL) == (CASES[i].end == NULL));
        assert_true(blank == NULL || strcmp(blank, CASES[i].end) == 0);
        assert_true(row.who[0] != '\0' && row.who[0] != ' ');
    }
    assert_int_equal(unsetenv("WARDSYNC_STAFF"), 0);
    assert_int_equal(fault_in(txn), 0);
    wsync_txn_abort(txn);
}

int main(void)
{
#define LOG_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define CASE_TEST(title, name)                                                                 \
    {                                                                                          \
        title, name, set_up, tear_down, NULL                                                   \
    }
    const struct CMUnitTest tests[] = {
        LOG_TEST(a_page_says_for_whom),
        LOG_TEST(rows_read_back),
        LOG_TEST(long_texts_are_cut),
        CASE_TEST("case 21: a line of the admin log is removed", a_removed_line_is_seen),
        CASE_TEST("case 21: a line of the admin log is edited", an_edited_line_is_seen),
        CASE_TEST("case 21: a line is edited and its hash made to fit",
                  an_edited_line_with_its_hash_is_seen),
        CASE_TEST("case 21: lines of the admin log are swapped", swapped_lines_are_seen),
        CASE_TEST("case 21: the last lines of the admin log are cut off", a_cut_tail_is_seen),
        CASE_TEST("case 21: the last lines are cut off and the head is set back",
                  a_cut_tail_with_its_head_is_seen),
        LOG_TEST(pruning_is_told_once_a_day),
        LOG_TEST(sessions_that_nobody_cut_off_are_missed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
