/* SPDX-License-Identifier: Apache-2.0 */
/* test_store_model.c: random operations on each store against a sorted array.  WSYNC_SEED=n
 * runs another sequence. */
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

enum { OPERATIONS = 20000, ROWS_MAX = 4000, TABLES = 2, VALUE_BYTES = 9000 };

static const enum wsync_table TABLE[TABLES] = {WSYNC_TABLE_RECORDS, WSYNC_TABLE_CHANGES};

/* A value is its length and the byte all of it consists of. */
struct row {
    uint8_t key[WSYNC_KEY_BYTES_MAX];
    size_t key_bytes;
    size_t value_bytes;
    uint8_t fill;
};

struct model {
    struct row rows[TABLES][ROWS_MAX];
    size_t count[TABLES];
};

struct run {
    bool on_disk;
    struct wsync_scratch scratch;
    struct wsync_store *store;
    struct wsync_txn *txn, *reader;
    struct model now, committed, seen; /* seen: what the reader's begin saw */
    uint64_t seed, random, step, next_number;
};

static void fail_run(const struct run *run, const char *fact)
{
    fail_msg("WSYNC_SEED=%llu step %llu: %s", (unsigned long long)run->seed,
             (unsigned long long)run->step, fact);
}

#define EXPECT(run, fact) ((fact) ? (void)0 : fail_run(run, #fact))

static uint64_t draw(struct run *run, uint64_t below)
{
    run->random ^= run->random << 13;
    run->random ^= run->random >> 7;
    run->random ^= run->random << 17;
    return (run->random >> 16) % below;
}

static struct wsync_slice row_key(const struct row *row)
{
    return wsync_slice(row->key, row->key_bytes);
}

/* The number of rows before `key`; `*found` when the next one has it. */
static size_t model_find(const struct model *model, size_t table, struct wsync_slice key,
                         bool *found)
{
    size_t low = 0, high = model->count[table];
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (wsync_slice_compare(row_key(&model->rows[table][middle]), key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *found = low < model->count[table] &&
             wsync_slice_equal(row_key(&model->rows[table][low]), key);
    return low;
}

static void model_put(struct model *model, size_t table, const struct row *row)
{
    bool found;
    size_t at = model_find(model, table, row_key(row), &found);
    struct row *rows = model->rows[table];
    if (!found) {
        memmove(rows + at + 1, rows + at, (model->count[table]++ - at) * sizeof *rows);
    }
    rows[at] = *row;
}

static void model_del(struct model *model, size_t table, size_t at)
{
    struct row *rows = model->rows[table];
    memmove(rows + at, rows + at + 1, (--model->count[table] - at) * sizeof *rows);
}

/* Where a seek must end, or -1. */
static long model_seek(const struct model *model, size_t table, enum wsync_seek where,
                       struct wsync_slice key)
{
    bool found;
    long count = (long)model->count[table];
    bool forward = where == WSYNC_SEEK_GE || where == WSYNC_SEEK_GT;
    long at = (long)model_find(model, table, key, &found);
    if (key.len == 0) {
        at = forward ? 0 : count - 1;
    } else if (forward) {
        at += found && where == WSYNC_SEEK_GT;
    } else {
        at -= !(found && where == WSYNC_SEEK_LE);
    }
    return at < count ? at : -1;
}

/* Keys from a small alphabet are often prefixes of each other; numbers arrive in order. */
static void draw_key(struct run *run, struct row *row)
{
    static const uint8_t ALPHABET[] = {0x00, 0x01, 'a', 0xff};
    memset(row, 0, sizeof *row);
    if (draw(run, 3) == 0) {
        uint64_t number = draw(run, 2) == 0 ? run->next_number++ : draw(run, run->next_number);
        row->key_bytes = 9;
        row->key[0] = 'n';
        for (size_t i = 0; i < 8; i++) {
            row->key[8 - i] = (uint8_t)(number >> (8 * i));
        }
        return;
    }
    row->key_bytes = draw(run, 20) == 0 ? WSYNC_KEY_BYTES_MAX : 1 + draw(run, 7);
    for (size_t i = 0; i < row->key_bytes; i++) {
        row->key[i] = ALPHABET[draw(run, 4)];
    }
}

static void expect_row(struct run *run, const struct row *row, struct wsync_slice value)
{
    static uint8_t expected[VALUE_BYTES];
    memset(expected, row->fill, row->value_bytes);
    EXPECT(run, wsync_slice_equal(value, wsync_slice(expected, row->value_bytes)));
}

static void step_put(struct run *run)
{
    static uint8_t bytes[VALUE_BYTES];
    size_t table = draw(run, TABLES), from = draw(run, TABLES);
    struct row row;
    draw_key(run, &row);
    row.value_bytes = draw(run, 50) == 0 ? draw(run, VALUE_BYTES) : draw(run, 200);
    row.fill = (uint8_t)draw(run, 256);
    memset(bytes, row.fill, row.value_bytes);
    struct wsync_slice value = wsync_slice(bytes, row.value_bytes);
    size_t count = run->now.count[from];
    if (count > 0 && draw(run, 4) == 0) { /* a value that lies in the store */
        const struct row *source = &run->now.rows[from][draw(run, count)];
        EXPECT(run, wsync_txn_get(run->txn, TABLE[from], row_key(source), &value) == WSYNC_OK);
        row.value_bytes = source->value_bytes;
        row.fill = source->fill;
    }
    if (run->now.count[table] < ROWS_MAX) {
        EXPECT(run, wsync_txn_put(run->txn, TABLE[table], row_key(&row), value) == WSYNC_OK);
        model_put(&run->now, table, &row);
    }
}

static void step_del(struct run *run)
{
    size_t table = draw(run, TABLES), count = run->now.count[table];
    struct row row;
    draw_key(run, &row);
    if (count > 0 && draw(run, 4) > 0) {
        row = run->now.rows[table][draw(run, 3) == 0 ? count - 1 : draw(run, count)];
    }
    bool found;
    size_t at = model_find(&run->now, table, row_key(&row), &found);
    enum wsync_err err = wsync_txn_del(run->txn, TABLE[table], row_key(&row));
    EXPECT(run, err == (found ? WSYNC_OK : WSYNC_ERR_NOT_FOUND));
    if (found) {
        model_del(&run->now, table, at);
    }
}

/* A short scan in one of the four modes, in the writer or in the reader. */
static void step_seek(struct run *run)
{
    bool old = run->reader && draw(run, 3) == 0;
    struct wsync_txn *txn = old ? run->reader : run->txn;
    const struct model *model = old ? &run->seen : &run->now;
    size_t table = draw(run, TABLES);
    enum wsync_seek where = (enum wsync_seek)draw(run, 4);
    struct row row;
    draw_key(run, &row);
    struct wsync_entry entry = {.key = draw(run, 10) == 0 ? wsync_slice(NULL, 0)
                                                         : row_key(&row)};
    for (uint64_t left = 1 + draw(run, 6); left > 0; left--) {
        long at = model_seek(model, table, where, entry.key);
        enum wsync_err err = wsync_txn_seek_any(txn, TABLE[table], where, &entry);
        EXPECT(run, err == (at >= 0 ? WSYNC_OK : WSYNC_ERR_NOT_FOUND));
        if (err != WSYNC_OK) {
            return;
        }
        EXPECT(run, wsync_slice_equal(entry.key, row_key(&model->rows[table][at])));
        expect_row(run, &model->rows[table][at], entry.value);
        if (draw(run, 4) == 0) {
            where = (enum wsync_seek)draw(run, 4);
        }
    }
}

static void open_store(struct run *run)
{
    char path[WSYNC_SCRATCH_PATH_BYTES];
    wsync_scratch_path(&run->scratch, "store", path);
    assert_int_equal(wsync_store_lmdb_open(path, WSYNC_TXN_WRITE, &run->store, NULL), WSYNC_OK);
}

static void begin(struct run *run)
{
    EXPECT(run, wsync_store_begin(run->store, WSYNC_TXN_WRITE, &run->txn) == WSYNC_OK);
}

static void step_end(struct run *run)
{
    if (draw(run, 3) > 0) {
        EXPECT(run, wsync_txn_commit(run->txn) == WSYNC_OK);
        run->committed = run->now;
    } else {
        wsync_txn_abort(run->txn);
        run->now = run->committed;
    }
    if (run->reader && draw(run, 2) == 0) {
        wsync_txn_abort(run->reader);
        run->reader = NULL;
    }
    if (run->on_disk && !run->reader && draw(run, 10) == 0) {
        wsync_store_close(run->store);
        open_store(run);
    }
    if (!run->reader && draw(run, 2) == 0) {
        EXPECT(run, wsync_store_begin(run->store, WSYNC_TXN_READ, &run->reader) == WSYNC_OK);
        run->seen = run->committed;
    }
    begin(run);
}

static void step_any(struct run *run)
{
    uint64_t kind = draw(run, 100);
    if (kind < 40) {
        step_put(run);
    } else if (kind < 60) {
        step_del(run);
    } else if (kind < 98) {
        step_seek(run);
    } else {
        step_end(run);
    }
}

static void expect_everything(struct run *run)
{
    for (size_t table = 0; table < TABLES; table++) {
        struct wsync_entry entry = {.key = wsync_slice(NULL, 0)};
        for (size_t i = 0; i < run->now.count[table]; i++) {
            EXPECT(run, wsync_txn_seek_any(run->txn, TABLE[table], WSYNC_SEEK_GT, &entry) ==
                            WSYNC_OK);
            EXPECT(run, wsync_slice_equal(entry.key, row_key(&run->now.rows[table][i])));
            expect_row(run, &run->now.rows[table][i], entry.value);
        }
        EXPECT(run, wsync_txn_seek_any(run->txn, TABLE[table], WSYNC_SEEK_GT, &entry) ==
                        WSYNC_ERR_NOT_FOUND);
    }
}

static void test_model(void **state)
{
    struct run *run = test_calloc(1, sizeof *run);
    const char *seed = getenv("WSYNC_SEED");
    run->seed = seed ? strtoull(seed, NULL, 10) : 1;
    run->random = run->seed * 0x9e3779b97f4a7c15U + 1;
    run->next_number = 1;
    run->on_disk = strcmp(*state, "lmdb") == 0;
    if (run->on_disk) {
        char path[WSYNC_SCRATCH_PATH_BYTES];
        wsync_scratch_open(&run->scratch);
        wsync_scratch_path(&run->scratch, "store", path);
        assert_int_equal(wsync_store_lmdb_create(path, NULL), WSYNC_OK);
        open_store(run);
    } else {
        run->store = wsync_store_mem_new();
    }
    begin(run);
    for (run->step = 0; run->step < OPERATIONS; run->step++) {
        step_any(run);
    }
    expect_everything(run);
    assert_true(run->now.count[0] > 500);
    wsync_txn_abort(run->txn);
    if (run->reader) {
        wsync_txn_abort(run->reader);
    }
    wsync_store_close(run->store);
    if (run->on_disk) {
        wsync_scratch_close(&run->scratch);
    }
    test_free(run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"memory: test_model", test_model, NULL, NULL, (void *)"memory"},
        {"lmdb: test_model", test_model, NULL, NULL, (void *)"lmdb"},
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
