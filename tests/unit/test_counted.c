/* SPDX-License-Identifier: Apache-2.0 */
/* The records behind a cell, made for a store from before they were kept (decision 0022): the
 * same rows as if they had been kept all the time, all of them or none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/store_mem.h"
#include "tests/ward_pair_rich.h"
#include "wardsync/totals.h"

enum { ROWS_MAX = 256, KEY_BYTES = 30, RECORD_BYTES = 14, FAULTS_MAX = 4096 };

struct rows {
    uint8_t keys[ROWS_MAX][KEY_BYTES];
    size_t count;
    bool kept;
};

/* What a store holds now. */
static void look(struct wsync_store *store, struct rows *rows)
{
    struct wsync_txn *txn;
    struct wsync_entry entry = {.key = {NULL, 0}};
    *rows = (struct rows){.count = 0};
    assert_int_equal(wsync_store_begin(store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    while (wsync_txn_seek_any(txn, WSYNC_TABLE_COUNTED, WSYNC_SEEK_GT, &entry) == WSYNC_OK) {
        assert_true(rows->count < ROWS_MAX);
        if (entry.key.len != KEY_BYTES) {
            rows->count++; /* whose bytes are zeros */
            continue;
        }
        memcpy(rows->keys[rows->count++], entry.key.data, KEY_BYTES);
    }
    assert_int_equal(wsync_counted_is_kept(txn, &rows->kept), WSYNC_OK);
    wsync_txn_abort(txn);
}

static void assert_same(const struct rows *some, const struct rows *others)
{
    assert_int_equal(some->kept, others->kept);
    assert_int_equal(some->count, others->count);
    assert_memory_equal(some->keys, others->keys, some->count * KEY_BYTES);
}

static struct wsync_txn *begin(struct wsync_store *store)
{
    struct wsync_txn *txn;
    assert_int_equal(wsync_store_begin(store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    return txn;
}

/* What a program left that did not keep them; `left` rows stay, which nobody should believe. */
static void be_older(struct wsync_store *store, const struct rows *rows, size_t left)
{
    struct wsync_txn *txn = begin(store);
    for (size_t i = left; i < rows->count; i++) {
        struct wsync_slice key = wsync_slice(rows->keys[i], KEY_BYTES);
        assert_int_equal(wsync_txn_del(txn, WSYNC_TABLE_COUNTED, key), WSYNC_OK);
    }
    assert_int_equal(wsync_txn_del(txn, WSYNC_TABLE_META, wsync_slice_of("counted")), WSYNC_OK);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
}

static enum wsync_err make(struct replica *replica)
{
    struct wsync_txn *txn;
    enum wsync_err err = wsync_store_begin(replica->store, WSYNC_TXN_WRITE, &txn);
    if (err != WSYNC_OK) {
        return err;
    }
    err = wsync_counted_make(txn, replica->catalog, &replica->arena);
    if (err == WSYNC_OK) {
        err = wsync_txn_commit(txn);
    } else {
        wsync_txn_abort(txn);
    }
    wsync_catalog_forget(replica->catalog);
    return err;
}

static void they_are_what_they_would_have_been(void **state)
{
    struct ward_pair *world = *state;
    struct replica *all[] = {&world->district, &world->a, &world->b};
    struct wsync_dot deleted;
    assert_int_equal(replica_create(&world->a, 19100, 3, 1, &deleted), WSYNC_OK);
    assert_int_equal(replica_delete(&world->a, deleted), WSYNC_OK);
    for (size_t i = 0; i < 3; i++) {
        struct rows kept, now;
        look(all[i]->store, &kept);
        assert_true(kept.kept && kept.count > 5);
        for (size_t left = 0; left < 4; left += 3) {
            size_t used = all[i]->arena.used;
            be_older(all[i]->store, &kept, left);
            look(all[i]->store, &now);
            assert_true(!now.kept && now.count == left);
            assert_int_equal(make(all[i]), WSYNC_OK);
            look(all[i]->store, &now);
            assert_same(&now, &kept);
            assert_int_equal(all[i]->arena.used, used);
        }
    }
}

/* A row that stands for nothing. */
static void put_stray(struct wsync_store *store, size_t len)
{
    static const uint8_t STRAY[KEY_BYTES] = {0xff};
    struct wsync_txn *txn = begin(store);
    assert_int_equal(wsync_txn_put(txn, WSYNC_TABLE_COUNTED, wsync_slice(STRAY, len),
                                   wsync_slice(NULL, 0)),
                     WSYNC_OK);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
}

static void what_is_kept_is_left_alone(void **state)
{
    struct ward_pair *world = *state;
    struct rows before, after;
    put_stray(world->a.store, KEY_BYTES);
    look(world->a.store, &before);
    assert_int_equal(make(&world->a), WSYNC_OK);
    look(world->a.store, &after);
    assert_same(&after, &before);
}

static void what_stood_there_goes(void **state)
{
    struct ward_pair *world = *state;
    struct rows kept, after;
    look(world->a.store, &kept);
    be_older(world->a.store, &kept, 0);
    put_stray(world->a.store, KEY_BYTES);
    put_stray(world->a.store, 3);
    assert_int_equal(make(&world->a), WSYNC_OK);
    look(world->a.store, &after);
    assert_same(&after, &kept);
}

/* A mark that this program does not know is none. */
static void another_mark_is_none(void **state)
{
    static const struct wsync_slice MARKS[] = {{NULL, 0},
                                               {(const uint8_t *)"\0", 1},
                                               {(const uint8_t *)"\2", 1},
                                               {(const uint8_t *)"\1\1", 2}};
    struct ward_pair *world = *state;
    for (size_t i = 0; i < sizeof MARKS / sizeof *MARKS; i++) {
        struct rows now;
        struct wsync_txn *txn = begin(world->a.store);
        assert_int_equal(wsync_txn_put(txn, WSYNC_TABLE_META, wsync_slice_of("counted"),
                                       MARKS[i]),
                         WSYNC_OK);
        assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
        look(world->a.store, &now);
        assert_false(now.kept);
        assert_int_equal(make(&world->a), WSYNC_OK);
        look(world->a.store, &now);
        assert_true(now.kept);
    }
}

/* What cannot be read keeps nobody from the rest. */
static void a_damaged_record_is_passed_over(void **state)
{
    struct ward_pair *world = *state;
    struct rows kept, after;
    look(world->a.store, &kept);
    be_older(world->a.store, &kept, 0);
    struct wsync_txn *txn = begin(world->a.store);
    const uint8_t *last = kept.keys[kept.count - 1];
    assert_int_equal(wsync_txn_put(txn, WSYNC_TABLE_RECORDS,
                                   wsync_slice(last + KEY_BYTES - RECORD_BYTES,
                                               RECORD_BYTES),
                                   wsync_slice_of("x")),
                     WSYNC_OK);
    assert_int_equal(wsync_txn_put(txn, WSYNC_TABLE_RECORDS, wsync_slice_of("odd"),
                                   wsync_slice_of("x")),
                     WSYNC_OK);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
    assert_int_equal(make(&world->a), WSYNC_OK);
    look(world->a.store, &after);
    assert_true(after.kept);
    assert_int_equal(after.count, kept.count - 1);
    assert_memory_equal(after.keys, kept.keys, after.count * KEY_BYTES);
}

/* The 1st, 2nd, 3rd ... operation of the store fails: all of them are there, or none. */
static void it_is_done_or_not(void **state)
{
    struct ward_pair *world = *state;
    struct rows kept, now;
    uint64_t nth = 0;
    enum wsync_err err;
    look(world->a.store, &kept);
    be_older(world->a.store, &kept, 3);
    do { /* ends: behind the last operation */
        wsync_store_mem_fail_at(world->a.store, ++nth, WSYNC_ERR_STORE_FULL);
        err = make(&world->a);
        wsync_store_mem_fail_at(world->a.store, 0, WSYNC_ERR_STORE_FULL);
        look(world->a.store, &now);
        assert_int_equal(now.kept, err == WSYNC_OK);
        assert_int_equal(now.count, err == WSYNC_OK ? kept.count : 3);
        assert_true(err == WSYNC_OK || err == WSYNC_ERR_STORE_FULL);
    } while (err != WSYNC_OK && nth < FAULTS_MAX);
    assert_same(&now, &kept);
    assert_true(nth > 2 * kept.count);
}

int main(void)
{
#define RICH(name) cmocka_unit_test_setup_teardown(name, ward_pair_rich, ward_pair_tear_down)
    const struct CMUnitTest tests[] = {
        RICH(they_are_what_they_would_have_been),
        RICH(what_is_kept_is_left_alone),
        RICH(what_stood_there_goes),
        RICH(another_mark_is_none),
        RICH(a_damaged_record_is_passed_over),
        RICH(it_is_done_or_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
