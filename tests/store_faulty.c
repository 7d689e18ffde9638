/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/store_faulty.h"

#include <stdlib.h>

struct faulty_txn {
    struct wsync_txn base;
    struct wsync_txn *inner;
    bool broken; /* an operation failed: it can only be aborted */
};

static struct wsync_store_faulty *faulty_of(struct wsync_store *store)
{
    return (struct wsync_store_faulty *)store;
}

static struct faulty_txn *txn_of(struct wsync_txn *txn)
{
    return (struct faulty_txn *)txn;
}

static enum wsync_err count(struct wsync_store_faulty *faulty)
{
    faulty->operations++;
    if (faulty->first == 0 || faulty->operations < faulty->first ||
        faulty->operations > faulty->last) {
        return WSYNC_OK;
    }
    faulty->failed++;
    return faulty->err;
}

static enum wsync_err enter(struct wsync_txn *txn)
{
    enum wsync_err err = count(faulty_of(txn->store));
    if (err == WSYNC_OK && txn_of(txn)->broken) {
        return faulty_of(txn->store)->err;
    }
    txn_of(txn)->broken |= err != WSYNC_OK;
    return err;
}

static enum wsync_err faulty_begin(struct wsync_store *store, enum wsync_txn_mode mode,
                                   struct wsync_txn **txn)
{
    struct wsync_txn *inner;
    enum wsync_err err = count(faulty_of(store));
    if (err == WSYNC_OK) {
        err = wsync_store_begin(faulty_of(store)->inner, mode, &inner);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    struct faulty_txn *made = calloc(1, sizeof *made);
    WSYNC_ASSERT(made);
    *made = (struct faulty_txn){.base = {.store = store, .mode = mode}, .inner = inner};
    *txn = &made->base;
    return WSYNC_OK;
}

static void faulty_abort(struct wsync_txn *txn)
{
    wsync_txn_abort(txn_of(txn)->inner);
    free(txn_of(txn));
}

static enum wsync_err faulty_commit(struct wsync_txn *txn)
{
    enum wsync_err err = enter(txn);
    if (err != WSYNC_OK) {
        faulty_abort(txn);
        return err;
    }
    err = wsync_txn_commit(txn_of(txn)->inner);
    free(txn_of(txn));
    return err;
}

static enum wsync_err faulty_get(struct wsync_txn *txn, enum wsync_table table,
                                 struct wsync_slice key, struct wsync_slice *value)
{
    enum wsync_err err = enter(txn);
    faulty_of(txn->store)->gets[table]++;
    return err == WSYNC_OK ? wsync_txn_get(txn_of(txn)->inner, table, key, value) : err;
}

static enum wsync_err faulty_put(struct wsync_txn *txn, enum wsync_table table,
                                 struct wsync_slice key, struct wsync_slice value)
{
    enum wsync_err err = enter(txn);
    faulty_of(txn->store)->puts[table]++;
    return err == WSYNC_OK ? wsync_txn_put(txn_of(txn)->inner, table, key, value) : err;
}

static enum wsync_err faulty_del(struct wsync_txn *txn, enum wsync_table table,
                                 struct wsync_slice key)
{
    enum wsync_err err = enter(txn);
    return err == WSYNC_OK ? wsync_txn_del(txn_of(txn)->inner, table, key) : err;
}

static enum wsync_err faulty_seek(struct wsync_txn *txn, enum wsync_table table,
                                  enum wsync_seek where, struct wsync_entry *entry)
{
    enum wsync_err err = enter(txn);
    return err == WSYNC_OK ? wsync_txn_seek_any(txn_of(txn)->inner, table, where, entry) : err;
}

static void faulty_close(struct wsync_store *store)
{
    (void)store;
}

static const struct wsync_store_ops OPS = {
    .begin = faulty_begin,
    .commit = faulty_commit,
    .abort = faulty_abort,
    .get = faulty_get,
    .put = faulty_put,
    .del = faulty_del,
    .seek = faulty_seek,
    .close = faulty_close,
};

void wsync_store_faulty_init(struct wsync_store_faulty *faulty, struct wsync_store *inner)
{
    *faulty = (struct wsync_store_faulty){.base = {.ops = &OPS}, .inner = inner};
}

void wsync_store_faulty_plan(struct wsync_store_faulty *faulty, uint64_t first, uint64_t last,
                             enum wsync_err err)
{
    WSYNC_ASSERT(first == 0 || (first <= last && err != WSYNC_OK));
    faulty->operations = faulty->failed = 0;
    faulty->first = first;
    faulty->last = last;
    faulty->err = err;
}
