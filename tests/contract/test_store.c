/* SPDX-License-Identifier: Apache-2.0 */
/* test_store.c: holds both stores to include/wardsync/store.h. */
#include "host/store_lmdb.h"
#include "tests/scratch.h"
#include "tests/store_mem.h"
#include "wardsync/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Keys of the first may have any length. */
static const enum wsync_table TABLE = WSYNC_TABLE_META, OTHER = WSYNC_TABLE_TOTALS;

enum { OPEN_MAX = 8 };

/* Open transactions, so that a test that fails in the middle can still be torn down. */
static struct wsync_txn *open_txns[OPEN_MAX];

struct fixture {
    bool on_disk;
    struct wsync_store *store;
    struct wsync_scratch scratch;
};

static void store_open(struct fixture *f)
{
    char path[WSYNC_SCRATCH_PATH_BYTES];
    wsync_scratch_path(&f->scratch, "store", path);
    assert_int_equal(wsync_store_lmdb_open(path, WSYNC_TXN_WRITE, &f->store, NULL), WSYNC_OK);
}

static int set_up(void **state)
{
    struct fixture *f = test_calloc(1, sizeof *f);
    f->on_disk = strcmp(*state, "lmdb") == 0;
    *state = f;
    if (!f->on_disk) {
        f->store = wsync_store_mem_new();
        return 0;
    }
    char path[WSYNC_SCRATCH_PATH_BYTES];
    wsync_scratch_open(&f->scratch);
    wsync_scratch_path(&f->scratch, "store", path);
    assert_int_equal(wsync_store_lmdb_create(path, NULL), WSYNC_OK);
    store_open(f);
    return 0;
}

static void replace_open(struct wsync_txn *old, struct wsync_txn *new)
{
    size_t i = 0;
    while (open_txns[i] != old) {
        assert_true(++i < OPEN_MAX);
    }
    open_txns[i] = new;
}

static struct wsync_txn *begin(struct fixture *f, enum wsync_txn_mode mode)
{
    struct wsync_txn *txn = NULL;
    assert_int_equal(wsync_store_begin(f->store, mode, &txn), WSYNC_OK);
    replace_open(NULL, txn);
    return txn;
}

static void commit(struct wsync_txn *txn)
{
    replace_open(txn, NULL);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
}

static void cancel(struct wsync_txn *txn)
{
    replace_open(txn, NULL);
    wsync_txn_abort(txn);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < OPEN_MAX; i++) {
        if (open_txns[i]) {
            cancel(open_txns[i]);
        }
    }
    wsync_store_close(f->store);
    if (f->on_disk) {
        wsync_scratch_close(&f->scratch);
    }
    test_free(f);
    return 0;
}

static void put(struct wsync_txn *txn, const char *key, const char *value)
{
    assert_int_equal(wsync_txn_put(txn, TABLE, wsync_slice_of(key), wsync_slice_of(value)),
                     WSYNC_OK);
}

static void del(struct wsync_txn *txn, const char *key)
{
    assert_int_equal(wsync_txn_del(txn, TABLE, wsync_slice_of(key)), WSYNC_OK);
}

static void assert_slice(struct wsync_slice slice, const char *text)
{
    assert_int_equal(slice.len, strlen(text));
    assert_memory_equal(slice.data, text, slice.len);
}

/* `value` NULL: there is none. */
static void assert_get(struct wsync_txn *txn, const char *key, const char *value)
{
    struct wsync_slice found;
    enum wsync_err err = wsync_txn_get(txn, TABLE, wsync_slice_of(key), &found);
    assert_int_equal(err, value ? WSYNC_OK : WSYNC_ERR_NOT_FOUND);
    if (value) {
        assert_slice(found, value);
    }
}

/* `expected` NULL: there is none, and the entry is left alone. */
static void assert_seek(struct wsync_txn *txn, enum wsync_seek where, const char *key,
                        const char *expected)
{
    struct wsync_entry entry = {.key = wsync_slice_of(key)};
    enum wsync_err err = wsync_txn_seek(txn, TABLE, where, &entry);
    assert_int_equal(err, expected ? WSYNC_OK : WSYNC_ERR_NOT_FOUND);
    assert_slice(entry.key, expected ? expected : key);
}

/* The keys of the table in one line, forwards; backwards they must be the same. */
static void assert_keys(struct wsync_txn *txn, const char *expected)
{
    char forwards[256] = "", backwards[256] = "", joined[256];
    struct wsync_entry entry = {.key = wsync_slice(NULL, 0)};
    while (wsync_txn_seek(txn, TABLE, WSYNC_SEEK_GT, &entry) == WSYNC_OK) {
        snprintf(joined, sizeof joined, "%.100s%s%.*s", forwards, *forwards ? " " : "",
                 (int)entry.key.len, (const char *)entry.key.data);
        memcpy(forwards, joined, sizeof joined);
    }
    entry.key = wsync_slice(NULL, 0);
    while (wsync_txn_seek(txn, TABLE, WSYNC_SEEK_LT, &entry) == WSYNC_OK) {
        snprintf(joined, sizeof joined, "%.*s%s%.100s", (int)entry.key.len,
                 (const char *)entry.key.data, *backwards ? " " : "", backwards);
        memcpy(backwards, joined, sizeof joined);
    }
    assert_string_equal(forwards, expected);
    assert_string_equal(backwards, expected);
}

/* ---- one transaction ---- */

static void test_empty(void **state)
{
    struct wsync_txn *txn = begin(*state, WSYNC_TXN_READ);
    for (int table = 0; table < WSYNC_TABLE_COUNT; table++) {
        for (int where = WSYNC_SEEK_GE; where <= WSYNC_SEEK_LT; where++) {
            struct wsync_entry entry = {.key = wsync_slice(NULL, 0)};
            assert_int_equal(wsync_txn_seek(txn, (enum wsync_table)table,
                                            (enum wsync_seek)where, &entry),
                             WSYNC_ERR_NOT_FOUND);
        }
    }
    assert_get(txn, "a", NULL);
    assert_seek(txn, WSYNC_SEEK_LE, "a", NULL);
    commit(txn);
}

static void test_order(void **state)
{
    struct wsync_txn *txn = begin(*state, WSYNC_TXN_WRITE);
    static const char *const KEYS[] = {"b", "\xff", "a", "ab", "abc", "B", "\x7f", "\x80"};
    for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++) {
        put(txn, KEYS[i], KEYS[i]);
    }
    assert_keys(txn, "B a ab abc b \x7f \x80 \xff");
    commit(txn);
    txn = begin(*state, WSYNC_TXN_READ);
    assert_keys(txn, "B a ab abc b \x7f \x80 \xff");
    cancel(txn);
}

static void test_zero_bytes(void **state)
{
    struct wsync_txn *txn = begin(*state, WSYNC_TXN_WRITE);
    static const uint8_t ZEROS[WSYNC_KEY_BYTES_MAX] = {0};
    for (size_t len = WSYNC_KEY_BYTES_MAX; len >= 1; len--) {
        assert_int_equal(wsync_txn_put(txn, TABLE, wsync_slice(ZEROS, len),
                                       wsync_slice(ZEROS, len - 1)), WSYNC_OK);
    }
    commit(txn);
    txn = begin(*state, WSYNC_TXN_READ);
    struct wsync_entry entry = {.key = wsync_slice(NULL, 0)};
    for (size_t len = 1; len <= WSYNC_KEY_BYTES_MAX; len++) {
        assert_int_equal(wsync_txn_seek(txn, TABLE, WSYNC_SEEK_GT, &entry), WSYNC_OK);
        assert_int_equal(entry.key.len, len);
        assert_int_equal(entry.value.len, len - 1);
    }
    assert_int_equal(wsync_txn_seek(txn, TABLE, WSYNC_SEEK_GT, &entry), WSYNC_ERR_NOT_FOUND);
    cancel(txn);
}

static void test_seek(void **state)
{
    struct wsync_txn *txn = begin(*state, WSYNC_TXN_WRITE);
    put(txn, "b", "1");
    put(txn, "bb", "2");
    put(txn, "d", "3");
    for (int again = 0; again < 2; again++) { /* in the writing and in a reading transaction */
        static const struct {
            const char *key, *ge, *gt, *le, *lt;
        } CASES[] = {
            {"", "b", "b", "d", "d"},        {"a", "b", "b", NULL, NULL},
            {"b", "b", "bb", "b", NULL},     {"ba", "bb", "bb", "b", "b"},
            {"bb", "bb", "d", "bb", "b"},    {"bba", "d", "d", "bb", "bb"},
            {"c", "d", "d", "bb", "bb"},     {"d", "d", NULL, "d", "bb"},
            {"da", NULL, NULL, "d", "d"},    {"\xff", NULL, NULL, "d", "d"},
        };
        for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
            assert_seek(txn, WSYNC_SEEK_GE, CASES[i].key, CASES[i].ge);
            assert_seek(txn, WSYNC_SEEK_GT, CASES[i].key, CASES[i].gt);
            assert_seek(txn, WSYNC_SEEK_LE, CASES[i].key, CASES[i].le);
            assert_seek(txn, WSYNC_SEEK_LT, CASES[i].key, CASES[i].lt);
        }
        commit(txn);
        txn = begin(*state, WSYNC_TXN_READ);
    }
    struct wsync_entry entry = {.key = wsync_slice_of("c")};
    assert_int_equal(wsync_txn_seek(txn, TABLE, WSYNC_SEEK_LT, &entry), WSYNC_OK);
    assert_slice(entry.value, "2");
    cancel(txn);
}

static void test_overwrite_and_delete(void **state)
{
    struct wsync_txn *txn = begin(*state, WSYNC_TXN_WRITE);
    put(txn, "a", "old");
    put(txn, "b", "x");
    put(txn, "a", "a longer value than before");
    assert_get(txn, "a", "a longer value than before");
    put(txn, "a", "");
    assert_get(txn, "a", "");
    commit(txn);
    txn = begin(*state, WSYNC_TXN_WRITE);
    assert_get(txn, "a", "");
    del(txn, "a");
    assert_get(txn, "a", NULL);
    assert_int_equal(wsync_txn_del(txn, TABLE, wsync_slice_of("a")), WSYNC_ERR_NOT_FOUND);
    assert_int_equal(wsync_txn_del(txn, TABLE, wsync_slice_of("c")), WSYNC_ERR_NOT_FOUND);
    assert_keys(txn, "b");
    commit(txn); /* a NOT_FOUND spoils nothing */
    txn = begin(*state, WSYNC_TXN_READ);
    assert_keys(txn, "b");
    commit(txn);
}

static void test_tables_are_apart(void **state)
{
    struct wsync_txn *txn = begin(*state, WSYNC_TXN_WRITE);
    struct wsync_slice key = wsync_slice_of("k"), value;
    for (unsigned i = 0; i < WSYNC_TABLE_COUNT; i++) {
        uint8_t byte = (uint8_t)i;
        assert_int_equal(wsync_txn_put(txn, (enum wsync_table)i, key, wsync_slice(&byte, 1)),
                         WSYNC_OK);
    }
    assert_int_equal(wsync_txn_del(txn, OTHER, key), WSYNC_OK);
    commit(txn);
    txn = begin(*state, WSYNC_TXN_READ);
    for (unsigned i = 0; i < WSYNC_TABLE_COUNT; i++) {
        enum wsync_err err = wsync_txn_get(txn, (enum wsync_table)i, key, &value);
        assert_int_equal(err, i == OTHER ? WSYNC_ERR_NOT_FOUND : WSYNC_OK);
        assert_true(i == OTHER || (value.len == 1 && value.data[0] == i));
    }
    commit(txn);
}

static void test_lengths(void **state)
{
    static uint8_t bytes[WSYNC_VALUE_BYTES_MAX + 1];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)(i * 7 + i / 4093);
    }
    struct wsync_slice key = wsync_slice(bytes, WSYNC_KEY_BYTES_MAX);
    struct wsync_slice long_key = wsync_slice(bytes, WSYNC_KEY_BYTES_MAX + 1);
    struct wsync_slice none = wsync_slice(NULL, 0), value;
    struct wsync_txn *txn = begin(*state, WSYNC_TXN_WRITE);
    struct wsync_slice largest = wsync_slice(bytes, WSYNC_VALUE_BYTES_MAX);
    assert_int_equal(wsync_txn_put(txn, TABLE, key, largest), WSYNC_OK);
    assert_int_equal(wsync_txn_put(txn, TABLE, long_key, none), WSYNC_ERR_INVALID);
    assert_int_equal(wsync_txn_put(txn, TABLE, none, none), WSYNC_ERR_INVALID);
    assert_int_equal(wsync_txn_put(txn, TABLE, key, wsync_slice(bytes, sizeof bytes)),
                     WSYNC_ERR_INVALID);
    assert_int_equal(wsync_txn_put(txn, TABLE, wsync_slice(bytes, 0), none), WSYNC_ERR_INVALID);
    assert_int_equal(wsync_txn_del(txn, TABLE, none), WSYNC_ERR_INVALID);
    assert_int_equal(wsync_txn_del(txn, TABLE, long_key), WSYNC_ERR_INVALID);
    assert_int_equal(wsync_txn_get(txn, TABLE, none, &value), WSYNC_ERR_INVALID);
    assert_int_equal(wsync_txn_get(txn, TABLE, long_key, &value), WSYNC_ERR_INVALID);
    struct wsync_entry entry = {.key = long_key};
    assert_int_equal(wsync_txn_seek(txn, TABLE, WSYNC_SEEK_GE, &entry), WSYNC_ERR_INVALID);
    commit(txn); /* the caller's mistakes spoil nothing */
    txn = begin(*state, WSYNC_TXN_READ);
    assert_int_equal(wsync_txn_get(txn, TABLE, key, &value), WSYNC_OK);
    assert_int_equal(value.len, WSYNC_VALUE_BYTES_MAX);
    assert_memory_equal(value.data, bytes, value.len);
    assert_int_equal(wsync_txn_put(txn, TABLE, key, none), WSYNC_ERR_INVALID);
    assert_int_equal(wsync_txn_del(txn, TABLE, key), WSYNC_ERR_INVALID);
    commit(txn);
}

/* A key longer or shorter than those of its table is met by who looks for damage alone. */
static void test_damaged_keys(void **state)
{
    static const struct {
        size_t min, max;
    } LENGTHS[] = {
#define LENGTHS_OF(name, min, max) {min, max},
        WSYNC_TABLE_LIST(LENGTHS_OF)
#undef LENGTHS_OF
    };
    static const uint8_t ZEROS[WSYNC_KEY_BYTES_MAX] = {0};
    struct wsync_txn *txn = begin(*state, WSYNC_TXN_WRITE);
    for (size_t i = 0; i < WSYNC_TABLE_COUNT; i++) {
        enum wsync_table table = (enum wsync_table)i;
        for (size_t len = 1; len <= WSYNC_KEY_BYTES_MAX; len += len < 64 ? 1 : 64) {
            struct wsync_slice key = wsync_slice(ZEROS, len);
            bool whole = len >= LENGTHS[i].min && len <= LENGTHS[i].max;
            assert_int_equal(wsync_txn_put(txn, table, key, key), WSYNC_OK);
            for (int where = WSYNC_SEEK_GE; where <= WSYNC_SEEK_LT; where++) {
                struct wsync_entry entry = {.key = wsync_slice(NULL, 0)}, any = entry;
                assert_int_equal(wsync_txn_seek(txn, table, (enum wsync_seek)where, &entry),
                                 whole ? WSYNC_OK : WSYNC_ERR_CORRUPT);
                assert_int_equal(wsync_txn_seek_any(txn, table, (enum wsync_seek)where, &any),
                                 WSYNC_OK);
                assert_int_equal(any.key.len, len);
            }
            assert_int_equal(wsync_txn_del(txn, table, key), WSYNC_OK);
        }
    }
    commit(txn); /* what was met spoils nothing */
}

/* Each put moves what its own arguments point at: the page is rewritten, shifted or split. */
static void test_put_from_store(void **state)
{
    char text[64], same[1500];
    struct wsync_txn *txn = begin(*state, WSYNC_TXN_WRITE);
    for (int i = 0; i < 200; i++) {
        snprintf(text, sizeof text, "%03d", i);
        memset(same, 'a' + i % 26, sizeof same);
        assert_int_equal(wsync_txn_put(txn, TABLE, wsync_slice_of(text),
                                       wsync_slice(same, (size_t)(i * 7))), WSYNC_OK);
        if (i == 100) { /* some of the pages are of an earlier transaction */
            commit(txn);
            txn = begin(*state, WSYNC_TXN_WRITE);
        }
    }
    for (int i = 0; i < 199; i++) { /* every value goes one place down and one table over */
        snprintf(text, sizeof text, "%03d", i);
        for (int way = 0; way < 3; way++) {
            struct wsync_entry entry = {.key = wsync_slice_of(text)};
            assert_int_equal(wsync_txn_seek(txn, TABLE, WSYNC_SEEK_GT, &entry), WSYNC_OK);
            assert_int_equal(wsync_txn_put(txn, way == 0 ? OTHER : TABLE,
                                           way == 0 ? entry.key : wsync_slice_of(text),
                                           entry.value), WSYNC_OK);
        }
        struct wsync_entry entry = {.key = wsync_slice_of(text)};
        assert_int_equal(wsync_txn_seek(txn, TABLE, WSYNC_SEEK_GE, &entry), WSYNC_OK);
        assert_int_equal(wsync_txn_put(txn, TABLE, entry.key, entry.key), WSYNC_OK);
        assert_get(txn, text, text);
    }
    for (int i = 1; i < 200; i++) {
        snprintf(text, sizeof text, "%03d", i);
        memset(same, 'a' + i % 26, sizeof same);
        struct wsync_slice value;
        assert_int_equal(wsync_txn_get(txn, OTHER, wsync_slice_of(text), &value), WSYNC_OK);
        assert_int_equal(value.len, i * 7);
        assert_memory_equal(value.data, same, value.len);
    }
    cancel(txn);
}

static void test_write_in_mid_scan(void **state)
{
    struct wsync_txn *txn = begin(*state, WSYNC_TXN_WRITE);
    char text[16];
    for (int i = 0; i < 2000; i++) {
        snprintf(text, sizeof text, "%05d", i);
        put(txn, text, "something of some length so that there are many pages");
    }
    commit(txn);
    txn = begin(*state, WSYNC_TXN_WRITE);
    uint8_t own[WSYNC_KEY_BYTES_MAX];
    struct wsync_entry entry = {.key = wsync_slice(NULL, 0)};
    int seen = 0;
    for (; wsync_txn_seek(txn, TABLE, WSYNC_SEEK_GT, &entry) == WSYNC_OK; seen++) {
        snprintf(text, sizeof text, "%05d", seen);
        assert_slice(entry.key, text);
        memcpy(own, entry.key.data, entry.key.len);
        struct wsync_slice key = wsync_slice(own, entry.key.len);
        if (seen % 3 == 0) {
            assert_int_equal(wsync_txn_del(txn, TABLE, key), WSYNC_OK);
        } else if (seen % 3 == 1) { /* behind the scan */
            snprintf(text, sizeof text, "%05d+", seen - 1);
            put(txn, text, "a new entry that takes room in the page of the scan");
        } else {
            put(txn, text, "");
        }
        entry.key = key;
    }
    assert_int_equal(seen, 2000);
    for (entry.key.len = 0; wsync_txn_seek(txn, TABLE, WSYNC_SEEK_LT, &entry) == WSYNC_OK;) {
        memcpy(own, entry.key.data, entry.key.len);
        entry.key.data = own;
        assert_int_equal(wsync_txn_del(txn, TABLE, entry.key), WSYNC_OK);
        seen--;
    }
    assert_int_equal(seen, 0); /* 667 went, 667 came */
    assert_keys(txn, "");
    commit(txn);
}

/* Rows near and far, there and not there, are found in mid-scan and after writes, and the scan
 * goes on where it was. */
static void test_get_in_mid_scan(void **state)
{
    struct wsync_txn *txn = begin(*state, WSYNC_TXN_WRITE);
    char text[16];
    char other[16];
    for (int i = 0; i < 2000; i++) {
        snprintf(text, sizeof text, "%05d", i);
        put(txn, text, text);
    }
    struct wsync_entry entry = {.key = wsync_slice(NULL, 0)};
    int seen = 0;
    for (; wsync_txn_seek(txn, TABLE, WSYNC_SEEK_GT, &entry) == WSYNC_OK; seen++) {
        static const int STEPS[] = {0, 1, 1999, 777};
        snprintf(text, sizeof text, "%05d", seen);
        assert_slice(entry.key, text);
        for (size_t i = 0; i < sizeof STEPS / sizeof STEPS[0]; i++) {
            snprintf(other, sizeof other, "%05d", (seen + STEPS[i]) % 2000);
            assert_get(txn, other, (seen + STEPS[i]) % 2000 < seen ? "new" : other);
            snprintf(other, sizeof other, "%05d-", (seen + STEPS[i]) % 2000);
            assert_get(txn, other, NULL);
        }
        put(txn, text, "new");
        assert_get(txn, text, "new");
        entry.key = wsync_slice_of(text);
    }
    assert_int_equal(seen, 2000);
    for (int i = 0; i < 2000; i++) {
        snprintf(text, sizeof text, "%05d", i);
        del(txn, text);
        assert_get(txn, text, NULL);
        snprintf(text, sizeof text, "%05d", i + 1);
        assert_get(txn, text, i < 1999 ? "new" : NULL);
    }
    commit(txn);
}

/* What a lookup leaves behind does not lead a scan astray: after a removal, after one that
 * found nothing, and from the row that was looked up. */
static void test_scan_after_get(void **state)
{
    static const char *const KEYS[] = {"a", "b", "c", "d", "e"};
    struct wsync_txn *txn = begin(*state, WSYNC_TXN_WRITE);
    for (size_t i = 0; i < sizeof KEYS / sizeof KEYS[0]; i++) {
        put(txn, KEYS[i], KEYS[i]);
    }
    assert_seek(txn, WSYNC_SEEK_GE, "a", "a");
    del(txn, "c");
    assert_get(txn, "b", "b");
    assert_seek(txn, WSYNC_SEEK_GT, "b", "d");
    del(txn, "b");
    assert_get(txn, "d", "d");
    assert_seek(txn, WSYNC_SEEK_LT, "d", "a");
    assert_get(txn, "cc", NULL);
    assert_seek(txn, WSYNC_SEEK_GT, "a", "d");
    assert_get(txn, "z", NULL);
    assert_seek(txn, WSYNC_SEEK_LT, "e", "d");
    del(txn, "e");
    assert_get(txn, "e", NULL);
    assert_get(txn, "d", "d");
    assert_seek(txn, WSYNC_SEEK_GT, "d", NULL);
    del(txn, "a");
    del(txn, "d");
    assert_get(txn, "a", NULL);
    put(txn, "a", "again");
    assert_get(txn, "a", "again");
    assert_seek(txn, WSYNC_SEEK_GT, "a", NULL);
    commit(txn);
}

/* ---- several transactions ---- */

static void test_abort_forgets(void **state)
{
    struct wsync_txn *txn = begin(*state, WSYNC_TXN_WRITE);
    put(txn, "a", "1");
    put(txn, "b", "2");
    commit(txn);
    txn = begin(*state, WSYNC_TXN_WRITE);
    put(txn, "a", "9");
    put(txn, "c", "9");
    del(txn, "b");
    assert_keys(txn, "a c");
    cancel(txn);
    txn = begin(*state, WSYNC_TXN_WRITE);
    assert_keys(txn, "a b");
    assert_get(txn, "a", "1");
    commit(txn);
}

static void test_readers_see_their_begin(void **state)
{
    struct wsync_txn *txn = begin(*state, WSYNC_TXN_WRITE);
    put(txn, "a", "1");
    put(txn, "b", "1");
    commit(txn);
    struct wsync_txn *first = begin(*state, WSYNC_TXN_READ);
    txn = begin(*state, WSYNC_TXN_WRITE);
    put(txn, "a", "2");
    put(txn, "c", "2");
    del(txn, "b");
    struct wsync_txn *second = begin(*state, WSYNC_TXN_READ);
    assert_get(second, "a", "1"); /* not committed: not seen */
    assert_get(txn, "a", "2");
    commit(txn);
    struct wsync_txn *third = begin(*state, WSYNC_TXN_READ);
    assert_keys(first, "a b");
    assert_get(first, "a", "1");
    assert_keys(second, "a b");
    assert_keys(third, "a c");
    assert_get(third, "a", "2");
    commit(second);
    assert_keys(first, "a b");
    cancel(third);
    commit(first);
}

static void test_one_writer(void **state)
{
    struct fixture *f = *state;
    struct wsync_txn *txn = begin(f, WSYNC_TXN_WRITE), *second;
    assert_int_equal(wsync_store_begin(f->store, WSYNC_TXN_WRITE, &second), WSYNC_ERR_INVALID);
    put(txn, "a", "1");
    commit(txn);
    txn = begin(f, WSYNC_TXN_WRITE);
    cancel(txn);
    txn = begin(f, WSYNC_TXN_WRITE);
    assert_get(txn, "a", "1");
    cancel(txn);
}

#define ON_BOTH(test) \
    {"memory: " #test, test, set_up, tear_down, (void *)"memory"}, \
    {"lmdb: " #test, test, set_up, tear_down, (void *)"lmdb"}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(test_empty),
        ON_BOTH(test_order),
        ON_BOTH(test_zero_bytes),
        ON_BOTH(test_seek),
        ON_BOTH(test_overwrite_and_delete),
        ON_BOTH(test_tables_are_apart),
        ON_BOTH(test_lengths),
        ON_BOTH(test_damaged_keys),
        ON_BOTH(test_put_from_store),
        ON_BOTH(test_write_in_mid_scan),
        ON_BOTH(test_get_in_mid_scan),
        ON_BOTH(test_scan_after_get),
        ON_BOTH(test_abort_forgets),
        ON_BOTH(test_readers_see_their_begin),
        ON_BOTH(test_one_writer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
