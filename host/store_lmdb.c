/* SPDX-License-Identifier: Apache-2.0 */
#include "host/store_lmdb_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "wardsync/limits.h"

/* What a transaction remembers of a table. */
struct place {
    MDB_cursor *cursor;
    bool stands;     /* the cursor stands on an entry and nothing was written since */
    bool last_known; /* no key of the table is beyond `last` (empty: it has none) */
    size_t last_bytes;
    uint8_t last[WSYNC_KEY_BYTES_MAX];
};

struct lmdb_txn {
    struct wsync_txn base;
    MDB_txn *txn;
    enum wsync_err failed; /* after a failure it can only be aborted, and commit says why */
    struct place places[WSYNC_TABLE_COUNT];
};

static struct wsync_lmdb *lmdb_of(struct wsync_store *store)
{
    return (struct wsync_lmdb *)store;
}

static struct lmdb_txn *txn_of(struct wsync_txn *txn)
{
    return (struct lmdb_txn *)txn;
}

/* ---- errors ---- */

enum wsync_err wsync_lmdb_translate(int rc)
{
    switch (rc) {
    case MDB_SUCCESS:
        return WSYNC_OK;
    case MDB_NOTFOUND:
        return WSYNC_ERR_NOT_FOUND;
    case MDB_MAP_FULL:
    case MDB_TXN_FULL:
    case ENOSPC:
    case EDQUOT:
    case EFBIG: /* the file may not grow: RLIMIT_FSIZE, or the file system's limit */
        return WSYNC_ERR_STORE_FULL;
    case ENOMEM:
        return WSYNC_ERR_MEMORY;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_CURSOR_FULL:
    case MDB_INVALID:
    case MDB_VERSION_MISMATCH:
    case MDB_INCOMPATIBLE:
        return WSYNC_ERR_CORRUPT;
    default:
        return WSYNC_ERR_STORE_IO;
    }
}

/* Notes a failure that ends the transaction; a missing entry is none. */
static enum wsync_err note(struct lmdb_txn *txn, int rc)
{
    enum wsync_err err = wsync_lmdb_translate(rc);
    if (err != WSYNC_OK && err != WSYNC_ERR_NOT_FOUND) {
        txn->failed = err;
    }
    return err;
}

/* ---- values and cursors ---- */

static MDB_val val_of(struct wsync_slice slice)
{
    /* LMDB only reads what it is given; its type cannot say so.  "" spares it a NULL. */
    return (MDB_val){.mv_size = slice.len,
                     .mv_data = (void *)(slice.data ? slice.data : (const uint8_t *)"")};
}

static struct wsync_slice slice_of(MDB_val val)
{
    return wsync_slice(val.mv_data, val.mv_size);
}

static int place_of(struct lmdb_txn *txn, enum wsync_table table, struct place **place)
{
    *place = &txn->places[table];
    if ((*place)->cursor) {
        return MDB_SUCCESS;
    }
    return mdb_cursor_open(txn->txn, lmdb_of(txn->base.store)->dbis[table], &(*place)->cursor);
}

/* True when the cursor stands on exactly this key. */
static bool stands_at(struct place *place, struct wsync_slice key)
{
    MDB_val at, value;
    return place->stands &&
           mdb_cursor_get(place->cursor, &at, &value, MDB_GET_CURRENT) == MDB_SUCCESS &&
           wsync_slice_equal(slice_of(at), key);
}

static int seek_at(struct place *place, enum wsync_seek where, struct wsync_entry *entry)
{
    bool forward = where == WSYNC_SEEK_GE || where == WSYNC_SEEK_GT;
    bool or_equal = where == WSYNC_SEEK_GE || where == WSYNC_SEEK_LE;
    MDB_cursor_op step = forward ? MDB_NEXT : MDB_PREV;
    MDB_val key = val_of(entry->key), value;
    int rc;
    if (key.mv_size == 0) {
        rc = mdb_cursor_get(place->cursor, &key, &value, forward ? MDB_FIRST : MDB_LAST);
    } else if (!or_equal && stands_at(place, entry->key)) {
        rc = mdb_cursor_get(place->cursor, &key, &value, step); /* the next of a scan */
    } else {
        rc = mdb_cursor_get(place->cursor, &key, &value, MDB_SET_RANGE);
        bool exact = rc == MDB_SUCCESS && wsync_slice_equal(slice_of(key), entry->key);
        if (rc == MDB_NOTFOUND && !forward) { /* every key is before this one */
            rc = mdb_cursor_get(place->cursor, &key, &value, MDB_LAST);
        } else if (rc == MDB_SUCCESS && (exact ? !or_equal : !forward)) {
            rc = mdb_cursor_get(place->cursor, &key, &value, step);
        }
    }
    place->stands = rc == MDB_SUCCESS;
    if (rc == MDB_SUCCESS) {
        *entry = (struct wsync_entry){.key = slice_of(key), .value = slice_of(value)};
    }
    return rc;
}

/* ---- operations of a transaction ---- */

uint64_t wsync_store_lmdb_count(struct wsync_txn *txn, enum wsync_table table)
{
    MDB_stat stat;
    WSYNC_ASSERT(txn->store->ops == &WSYNC_LMDB_OPS);
    int rc = mdb_stat(txn_of(txn)->txn, lmdb_of(txn->store)->dbis[table], &stat);
    return rc == MDB_SUCCESS ? (uint64_t)stat.ms_entries : 0;
}

static enum wsync_err lmdb_get(struct wsync_txn *base, enum wsync_table table,
                               struct wsync_slice key, struct wsync_slice *value)
{
    struct lmdb_txn *txn = txn_of(base);
    if (txn->failed != WSYNC_OK) {
        return txn->failed;
    }
    struct place *place = &txn->places[table];
    MDB_val wanted = val_of(key), found;
    int rc;
    if (place->cursor) { /* it needs no way down the tree to the rows of its page */
        rc = mdb_cursor_get(place->cursor, &wanted, &found, MDB_SET);
        place->stands = rc == MDB_SUCCESS;
    } else {
        rc = mdb_get(txn->txn, lmdb_of(base->store)->dbis[table], &wanted, &found);
    }
    if (rc == MDB_SUCCESS) {
        *value = slice_of(found);
    }
    return note(txn, rc);
}

static enum wsync_err lmdb_seek(struct wsync_txn *base, enum wsync_table table,
                                enum wsync_seek where, struct wsync_entry *entry)
{
    struct lmdb_txn *txn = txn_of(base);
    if (txn->failed != WSYNC_OK) {
        return txn->failed;
    }
    struct place *place;
    int rc = place_of(txn, table, &place);
    return note(txn, rc == MDB_SUCCESS ? seek_at(place, where, entry) : rc);
}

static void remember_last(struct place *place, struct wsync_slice key)
{
    WSYNC_ASSERT(key.len <= sizeof place->last);
    if (key.len > 0) {
        memcpy(place->last, key.data, key.len);
    }
    place->last_bytes = key.len;
    place->last_known = true;
}

/* Learns the last key of the table, once for a transaction that writes to it. */
static int learn_last(struct place *place)
{
    MDB_val key, value;
    int rc = mdb_cursor_get(place->cursor, &key, &value, MDB_LAST);
    if (rc == MDB_NOTFOUND) {
        remember_last(place, wsync_slice(NULL, 0));
        return MDB_SUCCESS;
    }
    if (rc == MDB_SUCCESS && key.mv_size > WSYNC_KEY_BYTES_MAX) {
        return MDB_CORRUPTED;
    }
    if (rc == MDB_SUCCESS) {
        remember_last(place, slice_of(key));
    }
    return rc;
}

/* The value at an address that no page move can take away.  What a caller passes may lie in a
 * page that LMDB writes out or shifts before it copies from it. */
static int copy_aside(struct wsync_lmdb *lmdb, struct wsync_slice *value)
{
    if (value->len == 0) {
        return MDB_SUCCESS;
    }
    if (value->len > lmdb->scratch_bytes) {
        uint8_t *larger = realloc(lmdb->scratch, value->len);
        if (!larger) {
            return ENOMEM;
        }
        lmdb->scratch = larger;
        lmdb->scratch_bytes = value->len;
    }
    memcpy(lmdb->scratch, value->data, value->len);
    value->data = lmdb->scratch;
    return MDB_SUCCESS;
}

static int put_at(struct place *place, struct wsync_slice key, struct wsync_slice value)
{
    int rc = place->last_known ? MDB_SUCCESS : learn_last(place);
    if (rc != MDB_SUCCESS) {
        return rc;
    }
    struct wsync_slice last = wsync_slice(place->last, place->last_bytes);
    bool beyond = wsync_slice_compare(key, last) > 0; /* then pages fill instead of splitting */
    MDB_val at = val_of(key), what = val_of(value);
    rc = mdb_cursor_put(place->cursor, &at, &what, beyond ? MDB_APPEND : 0);
    if (rc == MDB_SUCCESS && beyond) {
        remember_last(place, key);
    }
    return rc;
}

static enum wsync_err lmdb_put(struct wsync_txn *base, enum wsync_table table,
                               struct wsync_slice key, struct wsync_slice value)
{
    struct lmdb_txn *txn = txn_of(base);
    if (txn->failed != WSYNC_OK) {
        return txn->failed;
    }
    uint8_t own_key[WSYNC_KEY_BYTES_MAX];
    memcpy(own_key, key.data, key.len);
    key.data = own_key;
    int rc = copy_aside(lmdb_of(base->store), &value);
    struct place *place;
    if (rc == MDB_SUCCESS) {
        rc = place_of(txn, table, &place);
    }
    if (rc == MDB_SUCCESS) {
        place->stands = false;
        rc = put_at(place, key, value);
    }
    return note(txn, rc);
}

static enum wsync_err lmdb_del(struct wsync_txn *base, enum wsync_table table,
                               struct wsync_slice key)
{
    struct lmdb_txn *txn = txn_of(base);
    if (txn->failed != WSYNC_OK) {
        return txn->failed;
    }
    struct place *place;
    int rc = place_of(txn, table, &place);
    if (rc == MDB_SUCCESS) {
        place->stands = false;
        MDB_val at = val_of(key), value;
        rc = mdb_cursor_get(place->cursor, &at, &value, MDB_SET);
    }
    if (rc == MDB_SUCCESS) {
        rc = mdb_cursor_del(place->cursor, 0);
        WSYNC_ASSERT(rc != MDB_NOTFOUND);
    }
    return note(txn, rc);
}

/* ---- begin and end ---- */

/* An environment in which a commit failed at its last page is opened anew, once nothing holds
 * it: a disk that was full may have room by now. */
static int begin(struct wsync_lmdb *lmdb, unsigned flags, MDB_txn **txn)
{
    int rc = lmdb->env ? mdb_txn_begin(lmdb->env, NULL, flags, txn) : MDB_PANIC;
    if (rc == MDB_PANIC && atomic_load(&lmdb->open_count) == 0 && wsync_lmdb_reopen(lmdb)) {
        rc = mdb_txn_begin(lmdb->env, NULL, flags, txn);
    }
    return rc;
}

static enum wsync_err lmdb_begin(struct wsync_store *store, enum wsync_txn_mode mode,
                                 struct wsync_txn **txn)
{
    struct wsync_lmdb *lmdb = lmdb_of(store);
    bool writes = mode == WSYNC_TXN_WRITE;
    if (lmdb->pid != getpid() || (writes && (lmdb->mode != WSYNC_TXN_WRITE || lmdb->writing))) {
        return WSYNC_ERR_INVALID;
    }
    struct lmdb_txn *made = calloc(1, sizeof *made);
    if (!made) {
        return WSYNC_ERR_MEMORY;
    }
    int rc = begin(lmdb, writes ? 0 : MDB_RDONLY, &made->txn);
    if (rc != MDB_SUCCESS) {
        free(made);
        return wsync_lmdb_translate(rc);
    }
    made->base = (struct wsync_txn){.store = store, .mode = mode};
    if (writes) {
        lmdb->writing = true;
    }
    atomic_fetch_add(&lmdb->open_count, 1);
    *txn = &made->base;
    return WSYNC_OK;
}

/* Ends the transaction in LMDB and frees ours; its answer to a commit. */
static int finish(struct lmdb_txn *txn, bool keep)
{
    struct wsync_lmdb *lmdb = lmdb_of(txn->base.store);
    for (size_t i = 0; i < WSYNC_TABLE_COUNT; i++) {
        if (txn->places[i].cursor) {
            mdb_cursor_close(txn->places[i].cursor);
        }
    }
    int rc = MDB_SUCCESS;
    if (keep) {
        rc = mdb_txn_commit(txn->txn);
    } else {
        mdb_txn_abort(txn->txn);
    }
    if (txn->base.mode == WSYNC_TXN_WRITE) {
        lmdb->writing = false;
    }
    atomic_fetch_sub(&lmdb->open_count, 1);
    free(txn);
    return rc;
}

/* LMDB answers EIO to a write that was cut short, and that is how a disk begins to be full: the
 * room that is left tells the two apart. */
static bool has_room(const struct wsync_lmdb *lmdb)
{
    enum { ROOM_BYTES = 1 << 20 };
    mdb_filehandle_t fd;
    struct stat file;
    struct statvfs disk;
    struct rlimit most;
    if (!lmdb->env || mdb_env_get_fd(lmdb->env, &fd) != 0 || fstat(fd, &file) != 0) {
        return true;
    }
    bool limited = getrlimit(RLIMIT_FSIZE, &most) == 0 && most.rlim_cur != RLIM_INFINITY &&
                   (uint64_t)file.st_size + ROOM_BYTES > (uint64_t)most.rlim_cur;
    bool full = fstatvfs(fd, &disk) == 0 &&
                (uint64_t)disk.f_bavail * (uint64_t)disk.f_frsize < ROOM_BYTES;
    return !limited && !full;
}

static enum wsync_err lmdb_commit(struct wsync_txn *base)
{
    struct lmdb_txn *txn = txn_of(base);
    const struct wsync_lmdb *lmdb = lmdb_of(base->store);
    enum wsync_err failed = txn->failed;
    int rc = finish(txn, failed == WSYNC_OK && base->mode == WSYNC_TXN_WRITE);
    rc = rc == EIO && !has_room(lmdb) ? ENOSPC : rc;
    return failed != WSYNC_OK ? failed : wsync_lmdb_translate(rc);
}

static void lmdb_abort(struct wsync_txn *base)
{
    finish(txn_of(base), false);
}

const struct wsync_store_ops WSYNC_LMDB_OPS = {
    .begin = lmdb_begin,
    .commit = lmdb_commit,
    .abort = lmdb_abort,
    .get = lmdb_get,
    .put = lmdb_put,
    .del = lmdb_del,
    .seek = lmdb_seek,
    .close = wsync_lmdb_close,
};
