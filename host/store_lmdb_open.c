/* SPDX-License-Identifier: Apache-2.0 */
#include "host/store_lmdb_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/file.h"
#include "wardsync/limits.h"

/* The one list of database names.  A name stays for ever: it is what a store on disk has. */
static const char *const TABLE_NAMES[WSYNC_TABLE_COUNT] = {
    [WSYNC_TABLE_META] = "meta",
    [WSYNC_TABLE_ROSTER] = "roster",
    [WSYNC_TABLE_DEVICES] = "devices",
    [WSYNC_TABLE_TRANSPORTS] = "transports",
    [WSYNC_TABLE_KEYS] = "keys",
    [WSYNC_TABLE_LOG_KEYS] = "log_keys",
    [WSYNC_TABLE_PINS] = "pins",
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
    [WSYNC_TABLE_COUNTED] = "counted",
    [WSYNC_TABLE_WAITING] = "waiting",
    [WSYNC_TABLE_RELEASED] = "released",
    [WSYNC_TABLE_QUARANTINE] = "quarantine",
    [WSYNC_TABLE_FORMS] = "forms",
    [WSYNC_TABLE_UNITS] = "units",
    [WSYNC_TABLE_QUOTAS] = "quotas",
    [WSYNC_TABLE_HELD] = "held",
    [WSYNC_TABLE_IMPORTS] = "imports",
    [WSYNC_TABLE_VERDICTS] = "verdicts",
    [WSYNC_TABLE_ORIGINS] = "origins",
    [WSYNC_TABLE_BRANCHES] = "branches",
    [WSYNC_TABLE_SESSIONS] = "sessions",
    [WSYNC_TABLE_CONTACTS] = "contacts",
    [WSYNC_TABLE_ADMIN] = "admin",
    [WSYNC_TABLE_LEAVES] = "leaves",
    [WSYNC_TABLE_TREE] = "tree",
    [WSYNC_TABLE_LEAF_OF] = "leaf-of",
    [WSYNC_TABLE_CHECKPOINTS] = "checkpoints",
    [WSYNC_TABLE_RECEIPTS] = "receipts",
    [WSYNC_TABLE_BLOB_NAMES] = "blob-names",
    [WSYNC_TABLE_BLOB_WORK] = "blob-work",
};

enum { READERS_MAX = 126 };

/* Every environment that is open, because LMDB must not open one twice in a process: closing
 * the one would drop the file locks of the other.  A fork's child inherits entries that are not
 * its own. */
static struct wsync_lmdb *open_stores;

static enum wsync_err explain(int rc, const char *act, const char *path,
                              struct wsync_error *error)
{
    enum wsync_err err = wsync_lmdb_translate(rc);
    if (rc == MDB_NOTFOUND) {
        return wsync_error_set(error, WSYNC_ERR_BUSY, WSYNC_STORE_LMDB_OLDER, path);
    }
    return wsync_error_set(error, err, "Cannot %s the store at %s: %s.", act, path,
                           mdb_strerror(rc));
}

static void close_environment(struct wsync_lmdb *lmdb)
{
    if (lmdb->env) {
        mdb_env_close(lmdb->env);
        lmdb->env = NULL;
    }
}

static void free_store(struct wsync_lmdb *lmdb)
{
    close_environment(lmdb);
    free(lmdb->scratch);
    free(lmdb->path);
    free(lmdb);
}

void wsync_lmdb_close(struct wsync_store *store)
{
    struct wsync_lmdb *lmdb = (struct wsync_lmdb *)store;
    if (lmdb->pid != getpid()) {
        return; /* the child of a fork: the environment and its file locks are the parent's */
    }
    WSYNC_ASSERT(atomic_load(&lmdb->open_count) == 0);
    struct wsync_lmdb **link = &open_stores;
    while (*link != lmdb) {
        WSYNC_ASSERT(*link);
        link = &(*link)->next;
    }
    *link = lmdb->next;
    free_store(lmdb);
}

/* ---- opening and creating ---- */

/* MDB_NOTFOUND: it is ours, and an older program did not know one of the tables. */
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
            return rc == MDB_NOTFOUND && i == WSYNC_TABLE_META ? MDB_VERSION_MISMATCH : rc;
        }
    }
    return mdb_txn_commit(txn); /* writes nothing when no table is new */
}

/* Opens it as `lmdb` says. */
static int open_environment(const char *path, struct wsync_lmdb *lmdb)
{
    int rc = mdb_env_create(&lmdb->env);
    if (rc != MDB_SUCCESS) {
        lmdb->env = NULL;
        return rc;
    }
    mdb_env_set_mapsize(lmdb->env, lmdb->map_bytes);
    mdb_env_set_maxdbs(lmdb->env, WSYNC_TABLE_COUNT);
    mdb_env_set_maxreaders(lmdb->env, READERS_MAX);
    unsigned flags = MDB_NOTLS | lmdb->flags | (lmdb->mode == WSYNC_TXN_READ ? MDB_RDONLY : 0U);
    rc = mdb_env_open(lmdb->env, path, flags, 0600);
    int dead;
    if (rc == MDB_SUCCESS) {
        rc = mdb_reader_check(lmdb->env, &dead);
    }
    if (rc == MDB_SUCCESS) {
        WSYNC_ASSERT(mdb_env_get_maxkeysize(lmdb->env) >= WSYNC_KEY_BYTES_MAX);
        rc = open_tables(lmdb->env, lmdb->mode, lmdb->dbis);
    }
    if (rc != MDB_SUCCESS) {
        close_environment(lmdb);
    }
    return rc;
}

bool wsync_lmdb_reopen(struct wsync_lmdb *lmdb)
{
    mdb_filehandle_t fd;
    struct stat data;
    WSYNC_ASSERT(atomic_load(&lmdb->open_count) == 0);
    close_environment(lmdb);
    if (open_environment(lmdb->path, lmdb) != MDB_SUCCESS) {
        return false;
    }
    bool same = mdb_env_get_fd(lmdb->env, &fd) == MDB_SUCCESS && fstat(fd, &data) == 0 &&
                data.st_dev == lmdb->device && data.st_ino == lmdb->inode;
    if (!same) { /* somebody put another one in its place */
        close_environment(lmdb);
    }
    return same;
}

static bool is_open_here(const struct stat *data)
{
    for (const struct wsync_lmdb *store = open_stores; store; store = store->next) {
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
        return wsync_error_set(error, WSYNC_ERR_CORRUPT,
                               "The store at %s is empty: %s has no "
                               "bytes.",
                               path, file);
    }
    if (is_open_here(data)) {
        return wsync_error_set(error, WSYNC_ERR_INVALID,
                               "The store at %s is already open in "
                               "this program.",
                               path);
    }
    return WSYNC_OK;
}

static enum wsync_err open_store(const char *path, const struct wsync_lmdb *how,
                                 struct wsync_store **store, struct wsync_error *error)
{
    *store = NULL;
    struct stat data;
    enum wsync_err err = check_data_file(path, &data, error);
    if (err != WSYNC_OK) {
        return err;
    }
    struct wsync_lmdb *lmdb = malloc(sizeof *lmdb);
    if (!lmdb) {
        return explain(ENOMEM, "open", path, error);
    }
    *lmdb = *how;
    lmdb->path = strdup(path);
    int rc = lmdb->path ? open_environment(path, lmdb) : ENOMEM;
    if (rc != MDB_SUCCESS) {
        free_store(lmdb);
        return explain(rc, "open", path, error);
    }
    lmdb->base.ops = &WSYNC_LMDB_OPS;
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

enum wsync_err wsync_store_lmdb_open_sized(const char *path, enum wsync_txn_mode mode,
                                           size_t map_bytes, struct wsync_store **store,
                                           struct wsync_error *error)
{
    const struct wsync_lmdb how = {.mode = mode, .map_bytes = map_bytes};
    return open_store(path, &how, store, error);
}

enum wsync_err wsync_store_lmdb_open_scratch(const char *path, struct wsync_store **store,
                                             struct wsync_error *error)
{
    const struct wsync_lmdb how = {.mode = WSYNC_TXN_WRITE,
                                   .map_bytes = WSYNC_STORE_LMDB_MAP_BYTES,
                                   .flags = MDB_NOSYNC};
    return open_store(path, &how, store, error);
}

/* Makes a complete environment in an empty folder and syncs all of it. */
static enum wsync_err fill(const char *folder, struct wsync_error *error)
{
    struct wsync_lmdb made = {.mode = WSYNC_TXN_WRITE, .map_bytes = WSYNC_STORE_LMDB_MAP_BYTES};
    int rc = open_environment(folder, &made);
    if (rc == MDB_SUCCESS) {
        rc = mdb_env_sync(made.env, 1);
        mdb_env_close(made.env);
    }
    if (rc != MDB_SUCCESS) {
        return explain(rc, "create", folder, error);
    }
    return wsync_file_sync_dir(folder, error);
}

uint64_t wsync_store_lmdb_revision(const struct wsync_store *store)
{
    MDB_txn *txn; /* what mdb_env_info tells is ahead of it while a commit is synced */
    MDB_env *env = ((const struct wsync_lmdb *)store)->env;
    if (!env || mdb_txn_begin(env, NULL, MDB_RDONLY, &txn) != MDB_SUCCESS) {
        return 0;
    }
    uint64_t number = mdb_txn_id(txn);
    mdb_txn_abort(txn);
    return number;
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
    wsync_file_sweep(path, remove_environment);
    enum wsync_err err = wsync_file_draft_dir(path, folder, sizeof folder, error);
    if (err != WSYNC_OK) {
        return err;
    }
    int held = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    (void)wsync_file_hold(held);
    err = fill(folder, error);
    if (err == WSYNC_OK) {
        err = wsync_file_publish_dir(folder, path, error);
    }
    if (err != WSYNC_OK) {
        remove_environment(folder);
    }
    if (held >= 0) {
        close(held);
    }
    return err;
}
