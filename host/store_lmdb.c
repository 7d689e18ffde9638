/* SPDX-License-Identifier: Apache-2.0 */
#include "host/store_lmdb.h"

#include "host/file.h"
#include "wardsync/limits.h"

#include <errno.h>
#include <limits.h>
#include <lmdb.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The one list of database names.  A name stays for ever: it is what a store on disk has. */
static const char *const TABLE_NAMES[WSYNC_TABLE_COUNT] = {
    [WSYNC_TABLE_META] = "meta",
    [WSYNC_TABLE_ROSTER] = "roster",
    [WSYNC_TABLE_DEVICES] = "devices",
    [WSYNC_TABLE_TRANSPORTS] = "transports",
    [WSYNC_TABLE_INVITES] = "invites",
    [WSYNC_TABLE_LOG_NUMBERS] = "log_numbers",
    [WSYNC_TABLE_LOGS] = "logs",
    [WSYNC_TABLE_CHANGES] = "changes",
    [WSYNC_TABLE_SEALS] = "seals",
    [WSYNC_TABLE_REFERENCES] = "references",
    [WSYNC_TABLE_RECORDS] = "records",
    [WSYNC_TABLE_HISTORY] = "history",
    [WSYNC_TABLE_CONFLICTS] = "conflicts",
    [WSYNC_TABLE_TOTALS] = "totals",
    [WSYNC_TABLE_WAITING] = "waiting",
    [WSYNC_TABLE_RELEASED] = "released",
    [WSYNC_TABLE_QUARANTINE] = "quarantine",
    [WSYNC_TABLE_FORMS] = "forms",
    [WSYNC_TABLE_UNITS] = "units",
    [WSYNC_TABLE_HELD] = "held",
    [WSYNC_TABLE_IMPORTS] = "imports",
    [WSYNC_TABLE_VERDICTS] = "verdicts",
    [WSYNC_TABLE_ORIGINS] = "origins",
    [WSYNC_TABLE_BRANCHES] = "branches",
    [WSYNC_TABLE_SESSIONS] = "sessions",
    [WSYNC_TABLE_CONTACTS] = "contacts",
};

enum { READERS_MAX = 126 };

struct lmdb {
    struct wsync_store base;
    MDB_env *env;
    MDB_dbi dbis[WSYNC_TABLE_COUNT];
    enum wsync_txn_mode mode;
    atomic_size_t open_count;
    bool writing;
    uint8_t *scratch; /* a value on its way into the store */
    size_t scratch_bytes;
    pid_t pid; /* who opened it, and what: see find_open */
    dev_t device;
    ino_t inode;
    struct lmdb *next;
};

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

/* Every environment that is open, because LMDB must not open one twice in a process: closing
 * the one would drop the file locks of the other.  A fork's child inherits entries that are not
 * its own. */
static struct lmdb *open_stores;

static struct lmdb *lmdb_of(struct wsync_store *store)
{
    return (struct lmdb *)store;
}

static struct lmdb_txn *txn_of(struct wsync_txn *txn)
{
    return (struct lmdb_txn *)txn;
}

/* ---- errors ---- */

static enum wsync_err translate(int rc)
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
    case MDB_PANIC:
        return WSYNC_ERR_CORRUPT;
    default:
        return WSYNC_ERR_STORE_IO;
    }
}

static enum wsync_err explain(int rc, const char *act, const char *path,
                              struct wsync_error *error)
{
    enum wsync_err err = translate(rc);
    return wsync_error_set(error, err, "Cannot %s the store at %s: %s.", act, path,
                           mdb_strerror(rc));
}

/* Notes a failure that ends the transaction; a missing entry is none. */
static enum wsync_err note(struct lmdb_txn *txn, int rc)
{
    enum wsync_err err = translate(rc);
    if (err != WSYNC_OK && err != WSYNC_ERR_NOT_FOUND) {
        txn->failed = err;
    }
    return err;
}

/* ---- values and cursors ---- */

static MDB_val val_of(struct wsync_slice slice)
{
    /* LMDB only reads what it is given; its type cannot say so.  "" spares it a NULL. */
    return (MDB_val){.mv_size = slice.len, .mv_data = (void *)(slice.data ? slice.data
                                                               : (const uint8_t *)"")};
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

static enum wsync_err lmdb_get(struct wsync_txn *base, enum wsync_table table,
                               struct wsync_slice key, struct wsync_slice *value)
{
    struct lmdb_txn *txn = txn_of(base);
    if (txn->failed != WSYNC_OK) {
        return txn->failed;
    }
    MDB_val wanted = val_of(key), found;
    int rc = mdb_get(txn->txn, lmdb_of(base->store)->dbis[table], &wanted, &found);
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
static int copy_aside(struct lmdb *lmdb, struct wsync_slice *value)
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

static enum wsync_err lmdb_begin(struct wsync_store *store, enum wsync_txn_mode mode,
                                 struct wsync_txn **txn)
{
    struct lmdb *lmdb = lmdb_of(store);
    bool writes = mode == WSYNC_TXN_WRITE;
    if (lmdb->pid != getpid() ||
        (writes && (lmdb->mode != WSYNC_TXN_WRITE || lmdb->writing))) {
        return WSYNC_ERR_INVALID;
    }
    struct lmdb_txn *made = calloc(1, sizeof *made);
    if (!made) {
        return WSYNC_ERR_MEMORY;
    }
    int rc = mdb_txn_begin(lmdb->env, NULL, writes ? 0 : MDB_RDONLY, &made->txn);
    if (rc != MDB_SUCCESS) {
        free(made);
        return translate(rc);
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
    struct lmdb *lmdb = lmdb_of(txn->base.store);
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

static enum wsync_err lmdb_commit(struct wsync_txn *base)
{
    struct lmdb_txn *txn = txn_of(base);
    enum wsync_err failed = txn->failed;
    int rc = finish(txn, failed == WSYNC_OK && base->mode == WSYNC_TXN_WRITE);
    return failed != WSYNC_OK ? failed : translate(rc);
}

static void lmdb_abort(struct wsync_txn *base)
{
    finish(txn_of(base), false);
}

static void lmdb_close(struct wsync_store *store)
{
    struct lmdb *lmdb = lmdb_of(store);
    if (lmdb->pid != getpid()) {
        return; /* the child of a fork: the environment and its file locks are the parent's */
    }
    WSYNC_ASSERT(atomic_load(&lmdb->open_count) == 0);
    struct lmdb **link = &open_stores;
    while (*link != lmdb) {
        WSYNC_ASSERT(*link);
        link = &(*link)->next;
    }
    *link = lmdb->next;
    mdb_env_close(lmdb->env);
    free(lmdb->scratch);
    free(lmdb);
}

static const struct wsync_store_ops OPS = {
    .begin = lmdb_begin,
    .commit = lmdb_commit,
    .abort = lmdb_abort,
    .get = lmdb_get,
    .put = lmdb_put,
    .del = lmdb_del,
    .seek = lmdb_seek,
    .close = lmdb_close,
};

/* ---- opening and creating ---- */

static int open_tables(MDB_env *env, enum wsync_txn_mode mode, MDB_dbi *dbis)
{
    bool writes = mode == WSYNC_TXN_WRITE;
    MDB_txn *txn;
    int rc = mdb_txn_begin(env, NULL, writes ? 0 : MDB_RDONLY, &txn);
    if (rc != MDB_SUCCESS) {
        return rc;
    }
    for (size_t i = 0; i < WSYNC_TABLE_COUNT; i++) {
        WSYNC_ASSERT(TABLE_NAMES[i]);
        rc = mdb_dbi_open(txn, TABLE_NAMES[i], writes ? MDB_CREATE : 0, &dbis[i]);
        if (rc != MDB_SUCCESS) {
            mdb_txn_abort(txn);
            return rc == MDB_NOTFOUND ? MDB_VERSION_MISMATCH : rc;
        }
    }
    return mdb_txn_commit(txn); /* writes nothing when no table is new */
}

static int open_environment(const char *path, enum wsync_txn_mode mode, size_t map_bytes,
                            struct lmdb *lmdb)
{
    int rc = mdb_env_create(&lmdb->env);
    if (rc != MDB_SUCCESS) {
        return rc;
    }
    mdb_env_set_mapsize(lmdb->env, map_bytes);
    mdb_env_set_maxdbs(lmdb->env, WSYNC_TABLE_COUNT);
    mdb_env_set_maxreaders(lmdb->env, READERS_MAX);
    unsigned flags = MDB_NOTLS | (mode == WSYNC_TXN_READ ? MDB_RDONLY : 0U);
    rc = mdb_env_open(lmdb->env, path, flags, 0600);
    int dead;
    if (rc == MDB_SUCCESS) {
        rc = mdb_reader_check(lmdb->env, &dead);
    }
    if (rc == MDB_SUCCESS) {
        WSYNC_ASSERT(mdb_env_get_maxkeysize(lmdb->env) >= WSYNC_KEY_BYTES_MAX);
        rc = open_tables(lmdb->env, mode, lmdb->dbis);
    }
    if (rc != MDB_SUCCESS) {
        mdb_env_close(lmdb->env);
        lmdb->env = NULL;
    }
    return rc;
}

static bool is_open_here(const struct stat *data)
{
    for (const struct lmdb *store = open_stores; store; store = store->next) {
        if (store->device == data->st_dev && store->inode == data->st_ino &&
            store->pid == getpid()) {
            return true;
        }
    }
    return false;
}

/* LMDB would make a new environment where there is none or where the file is empty. */
static enum wsync_err check_data_file(const char *path, struct stat *data,
                                      struct wsync_error *error)
{
    char file[PATH_MAX];
    int len = snprintf(file, sizeof file, "%s/data.mdb", path);
    if (len < 0 || (size_t)len >= sizeof file) {
        return wsync_file_error(ENAMETOOLONG, "open the store at", path, error);
    }
    if (stat(file, data) != 0) {
        return wsync_file_error(errno, "open the store at", path, error);
    }
    if (data->st_size == 0) {
        return wsync_error_set(error, WSYNC_ERR_CORRUPT, "The store at %s is empty: %s has no "
                               "bytes.", path, file);
    }
    if (is_open_here(data)) {
        return wsync_error_set(error, WSYNC_ERR_INVALID, "The store at %s is already open in "
                               "this program.", path);
    }
    return WSYNC_OK;
}

enum wsync_err wsync_store_lmdb_open_sized(const char *path, enum wsync_txn_mode mode,
                                           size_t map_bytes, struct wsync_store **store,
                                           struct wsync_error *error)
{
    *store = NULL;
    struct stat data;
    enum wsync_err err = check_data_file(path, &data, error);
    if (err != WSYNC_OK) {
        return err;
    }
    struct lmdb *lmdb = calloc(1, sizeof *lmdb);
    if (!lmdb) {
        return explain(ENOMEM, "open", path, error);
    }
    int rc = open_environment(path, mode, map_bytes, lmdb);
    if (rc != MDB_SUCCESS) {
        free(lmdb);
        return explain(rc, "open", path, error);
    }
    lmdb->base.ops = &OPS;
    lmdb->mode = mode;
    atomic_init(&lmdb->open_count, 0);
    lmdb->pid = getpid();
    lmdb->device = data.st_dev;
    lmdb->inode = data.st_ino;
    lmdb->next = open_stores;
    open_stores = lmdb;
    *store = &lmdb->base;
    return WSYNC_OK;
}

enum wsync_err wsync_store_lmdb_open(const char *path, enum wsync_txn_mode mode,
                                     struct wsync_store **store, struct wsync_error *error)
{
    return wsync_store_lmdb_open_sized(path, mode, WSYNC_STORE_LMDB_MAP_BYTES, store, error);
}

/* Makes a complete environment in an empty folder and syncs all of it. */
static enum wsync_err fill(const char *folder, struct wsync_error *error)
{
    struct lmdb made = {.env = NULL};
    int rc = open_environment(folder, WSYNC_TXN_WRITE, WSYNC_STORE_LMDB_MAP_BYTES, &made);
    if (rc == MDB_SUCCESS) {
        rc = mdb_env_sync(made.env, 1);
        mdb_env_close(made.env);
    }
    if (rc != MDB_SUCCESS) {
        return explain(rc, "create", folder, error);
    }
    return wsync_file_sync_dir(folder, error);
}

static void remove_environment(const char *folder)
{
    static const char *const FILES[] = {"data.mdb", "lock.mdb"};
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
        char file[PATH_MAX + sizeof "/data.mdb"];
        snprintf(file, sizeof file, "%s/%s", folder, FILES[i]);
        unlink(file);
    }
    rmdir(folder);
}

enum wsync_err wsync_store_lmdb_create(const char *path, struct wsync_error *error)
{
    char folder[PATH_MAX];
    enum wsync_err err = wsync_file_draft_dir(path, folder, sizeof folder, error);
    if (err != WSYNC_OK) {
        return err;
    }
    err = fill(folder, error);
    if (err == WSYNC_OK) {
        err = wsync_file_publish_dir(folder, path, error);
    }
    if (err != WSYNC_OK) {
        remove_environment(folder);
    }
    return err;
}
