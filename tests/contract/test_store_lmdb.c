/* SPDX-License-Identifier: Apache-2.0 */
/* test_store_lmdb.c: what only the store on disk promises: creation, persistence, a full map, a
 * file that cannot grow, several processes. */
#define _DEFAULT_SOURCE /* syscall */
#include "host/store_lmdb.h"
#include "tests/scratch.h"
#include "wardsync/limits.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const enum wsync_table TABLE = WSYNC_TABLE_RECORDS;

enum { READER_SLOTS = 126, VALUE_BYTES = 3000, SMALL_MAP_BYTES = 1 << 20 };

struct fixture {
    struct wsync_scratch scratch;
    char path[WSYNC_SCRATCH_PATH_BYTES];
};

static int set_up_empty(void **state)
{
    struct fixture *f = test_calloc(1, sizeof *f);
    wsync_scratch_open(&f->scratch);
    wsync_scratch_path(&f->scratch, "store", f->path);
    *state = f;
    return 0;
}

static int set_up(void **state)
{
    set_up_empty(state);
    struct fixture *f = *state;
    return wsync_store_lmdb_create(f->path, NULL) == WSYNC_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    wsync_scratch_close(&f->scratch);
    test_free(f);
    return 0;
}

static struct wsync_store *open_store(const struct fixture *f)
{
    struct wsync_store *store;
    struct wsync_error error;
    if (wsync_store_lmdb_open(f->path, WSYNC_TXN_WRITE, &store, &error) != WSYNC_OK) {
        fail_msg("%s", error.text);
    }
    return store;
}

static struct wsync_txn *begin(struct wsync_store *store, enum wsync_txn_mode mode)
{
    struct wsync_txn *txn = NULL;
    assert_int_equal(wsync_store_begin(store, mode, &txn), WSYNC_OK);
    return txn;
}

/* Adds 1 to the number at "count", in a transaction of its own. */
static enum wsync_err count_up(struct wsync_store *store)
{
    uint32_t count = 0;
    struct wsync_slice value, key = wsync_slice_of("count");
    struct wsync_txn *txn;
    enum wsync_err err = wsync_store_begin(store, WSYNC_TXN_WRITE, &txn);
    if (err != WSYNC_OK) {
        return err;
    }
    if (wsync_txn_get(txn, TABLE, key, &value) == WSYNC_OK) {
        memcpy(&count, value.data, sizeof count);
    }
    count++;
    err = wsync_txn_put(txn, TABLE, key, wsync_slice(&count, sizeof count));
    if (err != WSYNC_OK) {
        wsync_txn_abort(txn);
        return err;
    }
    return wsync_txn_commit(txn);
}

static uint32_t read_count(struct wsync_store *store)
{
    uint32_t count = 0;
    struct wsync_slice value;
    struct wsync_txn *txn = begin(store, WSYNC_TXN_READ);
    if (wsync_txn_get(txn, TABLE, wsync_slice_of("count"), &value) == WSYNC_OK) {
        memcpy(&count, value.data, sizeof count);
    }
    wsync_txn_abort(txn);
    return count;
}

/* Puts large rows number `first` and on until an error comes; answers it. */
static enum wsync_err fill(struct wsync_txn *txn, uint32_t first)
{
    static const uint8_t bytes[VALUE_BYTES] = {1};
    enum wsync_err err = WSYNC_OK;
    for (uint32_t i = first; err == WSYNC_OK && i < first + 10000; i++) {
        uint8_t key[] = {'f', (uint8_t)(i >> 8), (uint8_t)i};
        err = wsync_txn_put(txn, TABLE, wsync_slice(key, sizeof key),
                            wsync_slice(bytes, sizeof bytes));
    }
    return err;
}

/* Runs `body` in a child process; 0 when it answered true. */
static int in_child(bool (*body)(const struct fixture *), const struct fixture *f)
{
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        _exit(body(f) ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

/* ---- creation and opening ---- */

static void test_create(void **state)
{
    struct fixture *f = *state;
    struct stat made;
    char path[WSYNC_SCRATCH_PATH_BYTES];
    mode_t mask = umask(0);
    assert_int_equal(wsync_store_lmdb_create(f->path, NULL), WSYNC_OK);
    umask(mask);
    assert_int_equal(wsync_scratch_count(&f->scratch), 1);
    assert_int_equal(stat(f->path, &made), 0);
    assert_int_equal(made.st_mode & 07777, 0700);
    static const char *const FILES[] = {"store/data.mdb", "store/lock.mdb"};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(stat(wsync_scratch_path(&f->scratch, FILES[i], path), &made), 0);
        assert_int_equal(made.st_mode & 07777, 0600);
    }
    struct wsync_store *store = open_store(f);
    assert_int_equal(count_up(store), WSYNC_OK);
    wsync_store_close(store);
    size_t len = strlen(f->path);
    snprintf(f->path + len, sizeof f->path - len, "///"); /* slashes at the end do no harm */
    assert_int_equal(wsync_store_lmdb_create(f->path, NULL), WSYNC_ERR_EXISTS);
    snprintf(f->path + len, sizeof f->path - len, "2/");
    assert_int_equal(wsync_store_lmdb_create(f->path, NULL), WSYNC_OK);
    assert_int_equal(wsync_scratch_count(&f->scratch), 2);
}

static void test_create_refuses(void **state)
{
    struct fixture *f = *state;
    struct wsync_error error = {""};
    char path[WSYNC_SCRATCH_PATH_BYTES];
    struct wsync_store *store = open_store(f);
    assert_int_equal(count_up(store), WSYNC_OK);
    wsync_store_close(store);
    assert_int_equal(wsync_store_lmdb_create(f->path, &error), WSYNC_ERR_EXISTS);
    assert_non_null(strstr(error.text, f->path));
    store = open_store(f); /* and left it alone */
    assert_int_equal(read_count(store), 1);
    wsync_store_close(store);
    wsync_scratch_path(&f->scratch, "empty-folder", path);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(wsync_store_lmdb_create(path, NULL), WSYNC_ERR_EXISTS);
    wsync_scratch_path(&f->scratch, "nowhere", path);
    assert_int_equal(symlink("/nonexistent/place", path), 0);
    assert_int_equal(wsync_store_lmdb_create(path, NULL), WSYNC_ERR_EXISTS);
    wsync_scratch_path(&f->scratch, "no/parent", path);
    assert_int_equal(wsync_store_lmdb_create(path, NULL), WSYNC_ERR_NOT_FOUND);
    assert_int_equal(wsync_scratch_count(&f->scratch), 3);
}

/* What a power cut leaves, a half-made environment under the temporary name, is no store, and
 * the next creation removes it. */
static void test_interrupted_creation(void **state)
{
    struct fixture *f = *state;
    char path[WSYNC_SCRATCH_PATH_BYTES];
    wsync_scratch_path(&f->scratch, "store.new-Ab12Cd", path);
    assert_int_equal(mkdir(path, 0700), 0);
    wsync_scratch_path(&f->scratch, "store.new-Ab12Cd/data.mdb", path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fputs("half", file) < 0, 0);
    assert_int_equal(fclose(file), 0);
    struct wsync_store *store;
    assert_int_equal(wsync_store_lmdb_open(f->path, WSYNC_TXN_WRITE, &store, NULL),
                     WSYNC_ERR_NOT_FOUND);
    assert_int_equal(wsync_store_lmdb_create(f->path, NULL), WSYNC_OK);
    store = open_store(f);
    assert_int_equal(count_up(store), WSYNC_OK);
    wsync_store_close(store);
    assert_int_equal(wsync_scratch_count(&f->scratch), 1);
}

static void limit_file_bytes(rlim_t bytes)
{
    struct rlimit limit = {.rlim_cur = bytes, .rlim_max = RLIM_INFINITY};
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
}

/* Fails creation at each size of the file until one is enough; nothing may be left over. */
static bool create_with_limits(const struct fixture *f)
{
    size_t failures = 0;
    for (rlim_t bytes = 0; bytes < SMALL_MAP_BYTES; bytes += 2048) {
        limit_file_bytes(bytes);
        struct wsync_error error;
        enum wsync_err err = wsync_store_lmdb_create(f->path, &error);
        if (err == WSYNC_OK) {
            return failures > 0 && wsync_scratch_count(&f->scratch) == 1;
        }
        failures++;
        bool told = err == WSYNC_ERR_STORE_FULL || err == WSYNC_ERR_STORE_IO;
        if (!told || wsync_scratch_count(&f->scratch) != 0) {
            return false;
        }
    }
    return false;
}

static void test_failed_creation_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(in_child(create_with_limits, f), 0);
    struct wsync_store *store = open_store(f);
    assert_int_equal(count_up(store), WSYNC_OK);
    wsync_store_close(store);
}

static void write_file(const char *path, size_t len)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (size_t i = 0; i < len; i++) {
        fputc('x', file);
    }
    assert_int_equal(fclose(file), 0);
}

static void test_open_refuses(void **state)
{
    struct fixture *f = *state;
    struct wsync_store *store;
    struct wsync_error error = {""};
    char data[WSYNC_SCRATCH_PATH_BYTES];
    assert_int_equal(wsync_store_lmdb_open(f->path, WSYNC_TXN_WRITE, &store, &error),
                     WSYNC_ERR_NOT_FOUND);
    assert_non_null(strstr(error.text, f->path));
    assert_int_equal(mkdir(f->path, 0700), 0);
    assert_int_equal(wsync_store_lmdb_open(f->path, WSYNC_TXN_WRITE, &store, &error),
                     WSYNC_ERR_NOT_FOUND);
    wsync_scratch_path(&f->scratch, "store/data.mdb", data);
    assert_int_equal(access(data, F_OK), -1); /* opening makes nothing */
    static const size_t LENGTHS[] = {0, 10, 4096, 100000};
    for (size_t i = 0; i < sizeof LENGTHS / sizeof *LENGTHS; i++) {
        for (int mode = WSYNC_TXN_READ; mode <= WSYNC_TXN_WRITE; mode++) {
            write_file(data, LENGTHS[i]);
            assert_int_equal(wsync_store_lmdb_open(f->path, (enum wsync_txn_mode)mode, &store,
                                                   &error), WSYNC_ERR_CORRUPT);
            assert_null(store);
        }
    }
}

static void test_open_once_in_a_process(void **state)
{
    struct fixture *f = *state;
    struct wsync_store *store = open_store(f), *second;
    char alias[WSYNC_SCRATCH_PATH_BYTES];
    assert_int_equal(symlink(f->path, wsync_scratch_path(&f->scratch, "alias", alias)), 0);
    assert_int_equal(wsync_store_lmdb_open(alias, WSYNC_TXN_READ, &second, NULL),
                     WSYNC_ERR_INVALID);
    wsync_store_close(store);
    assert_int_equal(wsync_store_lmdb_open(alias, WSYNC_TXN_READ, &second, NULL), WSYNC_OK);
    wsync_store_close(second);
}

static void test_open_for_reading(void **state)
{
    struct fixture *f = *state;
    struct wsync_store *store = open_store(f);
    assert_int_equal(count_up(store), WSYNC_OK);
    wsync_store_close(store);
    assert_int_equal(wsync_store_lmdb_open(f->path, WSYNC_TXN_READ, &store, NULL), WSYNC_OK);
    assert_int_equal(count_up(store), WSYNC_ERR_INVALID);
    assert_int_equal(read_count(store), 1);
    wsync_store_close(store);
}

static void test_persistence(void **state)
{
    struct fixture *f = *state;
    for (uint32_t i = 0; i < 5; i++) {
        struct wsync_store *store = open_store(f);
        assert_int_equal(read_count(store), i);
        assert_int_equal(count_up(store), WSYNC_OK);
        struct wsync_txn *txn = begin(store, WSYNC_TXN_WRITE);
        assert_int_equal(wsync_txn_del(txn, TABLE, wsync_slice_of("count")), WSYNC_OK);
        wsync_txn_abort(txn);
        wsync_store_close(store);
    }
}

/* ---- no room ---- */

static void test_full_map(void **state)
{
    struct fixture *f = *state;
    struct wsync_store *store;
    assert_int_equal(wsync_store_lmdb_open_sized(f->path, WSYNC_TXN_WRITE, SMALL_MAP_BYTES,
                                                 &store, NULL), WSYNC_OK);
    assert_int_equal(count_up(store), WSYNC_OK);
    struct wsync_slice value;
    struct wsync_txn *txn = begin(store, WSYNC_TXN_WRITE);
    assert_int_equal(fill(txn, 0), WSYNC_ERR_STORE_FULL);
    assert_int_equal(wsync_txn_get(txn, TABLE, wsync_slice_of("count"), &value),
                     WSYNC_ERR_STORE_FULL);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_ERR_STORE_FULL); /* and keeps nothing */
    txn = begin(store, WSYNC_TXN_READ);
    struct wsync_entry entry = {.key = wsync_slice_of("f")};
    assert_int_equal(wsync_txn_seek(txn, TABLE, WSYNC_SEEK_GE, &entry), WSYNC_ERR_NOT_FOUND);
    wsync_txn_abort(txn);
    assert_int_equal(read_count(store), 1);
    assert_int_equal(count_up(store), WSYNC_OK); /* a small change still fits */
    wsync_store_close(store);
    store = open_store(f); /* larger */
    assert_int_equal(read_count(store), 2);
    txn = begin(store, WSYNC_TXN_WRITE);
    assert_int_equal(fill(txn, 0), WSYNC_OK);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
    wsync_store_close(store);
    assert_int_equal(wsync_store_lmdb_open_sized(f->path, WSYNC_TXN_WRITE, SMALL_MAP_BYTES,
                                                 &store, NULL), WSYNC_OK);
    assert_int_equal(read_count(store), 2); /* a map too small for what is there is widened */
    wsync_store_close(store);
}

/* The file cannot grow: the commit fails, nothing of it is kept; with room it works again. */
static bool commit_with_limit(const struct fixture *f)
{
    struct wsync_store *store;
    struct wsync_txn *txn;
    if (wsync_store_lmdb_open(f->path, WSYNC_TXN_WRITE, &store, NULL) != WSYNC_OK ||
        count_up(store) != WSYNC_OK) {
        return false;
    }
    limit_file_bytes(SMALL_MAP_BYTES);
    if (wsync_store_begin(store, WSYNC_TXN_WRITE, &txn) != WSYNC_OK ||
        fill(txn, 0) != WSYNC_OK || wsync_txn_commit(txn) != WSYNC_ERR_STORE_FULL) {
        return false;
    }
    bool kept = read_count(store) == 1 && count_up(store) == WSYNC_OK;
    limit_file_bytes(RLIM_INFINITY);
    if (!kept || wsync_store_begin(store, WSYNC_TXN_WRITE, &txn) != WSYNC_OK ||
        fill(txn, 0) != WSYNC_OK || wsync_txn_commit(txn) != WSYNC_OK) {
        return false;
    }
    wsync_store_close(store);
    return true;
}

static void test_failed_commit(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(in_child(commit_with_limit, f), 0);
    struct wsync_store *store = open_store(f);
    assert_int_equal(read_count(store), 2);
    wsync_store_close(store);
}

/* ---- several processes ---- */

static bool count_to_fifty(const struct fixture *f)
{
    struct wsync_store *store;
    bool good = wsync_store_lmdb_open(f->path, WSYNC_TXN_WRITE, &store, NULL) == WSYNC_OK;
    for (int i = 0; good && i < 50; i++) {
        good = count_up(store) == WSYNC_OK;
    }
    if (store) {
        wsync_store_close(store);
    }
    return good;
}

/* Every commit that wrote something shows, of this process and of others, and nothing else. */
static void test_revision(void **state)
{
    struct fixture *f = *state;
    struct wsync_store *store = open_store(f);
    uint64_t first = wsync_store_lmdb_revision(store);
    assert_int_equal(count_up(store), WSYNC_OK);
    uint64_t second = wsync_store_lmdb_revision(store);
    assert_true(second > first);
    assert_int_equal(read_count(store), 1);
    struct wsync_txn *txn = begin(store, WSYNC_TXN_WRITE);
    assert_int_equal(wsync_store_lmdb_revision(store), second);
    wsync_txn_abort(txn);
    txn = begin(store, WSYNC_TXN_READ); /* which does not see what comes */
    assert_int_equal(in_child(count_to_fifty, f), 0);
    assert_int_equal(wsync_store_lmdb_revision(store), second + 50);
    wsync_txn_abort(txn);
    wsync_store_close(store);
}

static void test_two_processes(void **state)
{
    struct fixture *f = *state;
    pid_t children[2];
    fflush(NULL);
    for (size_t i = 0; i < 2; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0) {
            _exit(count_to_fifty(f) ? 0 : 1);
        }
    }
    struct wsync_store *store = open_store(f);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(count_up(store), WSYNC_OK);
    }
    for (size_t i = 0; i < 2; i++) {
        int status;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    assert_int_equal(read_count(store), 120);
    wsync_store_close(store);
}

/* Behind the page that makes a commit valid, before readers are told of it. */
static bool dies_behind_the_meta_page;

ssize_t pwrite(int fd, const void *bytes, size_t len, off_t at) /* in the place of libc's */
{
    ssize_t done = syscall(SYS_pwrite64, fd, bytes, len, at);
    if (dies_behind_the_meta_page && at < 2 * sysconf(_SC_PAGESIZE)) {
        raise(SIGKILL);
    }
    return done;
}

static bool die_behind_the_meta_page(const struct fixture *f)
{
    struct wsync_store *store;
    dies_behind_the_meta_page = true;
    return wsync_store_lmdb_open(f->path, WSYNC_TXN_WRITE, &store, NULL) == WSYNC_OK &&
           count_up(store) == WSYNC_OK;
}

/* A commit under way stands in the file before a snapshot has it, for as long as the disk
 * takes: the number is that of the snapshot. */
static void test_revision_of_a_snapshot(void **state)
{
    struct fixture *f = *state;
    struct wsync_store *store = open_store(f);
    assert_int_equal(count_up(store), WSYNC_OK);
    uint64_t first = wsync_store_lmdb_revision(store);
    int status = in_child(die_behind_the_meta_page, f);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(read_count(store), 1);
    assert_int_equal(wsync_store_lmdb_revision(store), first);
    assert_int_equal(count_up(store), WSYNC_OK); /* who writes next tells of it */
    assert_int_equal(read_count(store), 3);
    assert_int_equal(wsync_store_lmdb_revision(store), first + 2);
    wsync_store_close(store);
}

static bool die_while_writing(const struct fixture *f)
{
    struct wsync_store *store;
    struct wsync_txn *txn;
    if (wsync_store_lmdb_open(f->path, WSYNC_TXN_WRITE, &store, NULL) == WSYNC_OK &&
        wsync_store_begin(store, WSYNC_TXN_WRITE, &txn) == WSYNC_OK &&
        fill(txn, 0) == WSYNC_OK) {
        raise(SIGKILL);
    }
    return false;
}

static void test_killed_writer(void **state)
{
    struct fixture *f = *state;
    struct wsync_store *store = open_store(f);
    assert_int_equal(count_up(store), WSYNC_OK);
    int status = in_child(die_while_writing, f);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(count_up(store), WSYNC_OK); /* its lock is free again */
    assert_int_equal(read_count(store), 2);
    struct wsync_txn *txn = begin(store, WSYNC_TXN_READ);
    struct wsync_entry entry = {.key = wsync_slice_of("f")};
    assert_int_equal(wsync_txn_seek(txn, TABLE, WSYNC_SEEK_GE, &entry), WSYNC_ERR_NOT_FOUND);
    wsync_txn_abort(txn);
    wsync_store_close(store);
}

static bool die_while_reading(const struct fixture *f)
{
    struct wsync_store *store;
    struct wsync_txn *txn;
    return wsync_store_lmdb_open(f->path, WSYNC_TXN_READ, &store, NULL) == WSYNC_OK &&
           wsync_store_begin(store, WSYNC_TXN_READ, &txn) == WSYNC_OK;
}

/* Dead readers hold their slots until somebody opens the environment. */
static void test_dead_readers(void **state)
{
    struct fixture *f = *state;
    struct wsync_store *store = open_store(f);
    assert_int_equal(count_up(store), WSYNC_OK);
    for (int i = 0; i < READER_SLOTS + 4; i++) {
        assert_int_equal(in_child(die_while_reading, f), 0);
    }
    assert_int_equal(in_child(count_to_fifty, f), 0);
    assert_int_equal(read_count(store), 51);
    wsync_store_close(store);
}

static struct wsync_store *inherited;

static bool use_inherited(const struct fixture *f)
{
    (void)f;
    struct wsync_txn *txn;
    bool refused = wsync_store_begin(inherited, WSYNC_TXN_READ, &txn) == WSYNC_ERR_INVALID &&
                   wsync_store_begin(inherited, WSYNC_TXN_WRITE, &txn) == WSYNC_ERR_INVALID;
    wsync_store_close(inherited); /* touches nothing of the parent's */
    return refused;
}

static void test_fork_after_open(void **state)
{
    struct fixture *f = *state;
    inherited = open_store(f);
    assert_int_equal(count_up(inherited), WSYNC_OK);
    struct wsync_txn *reader = begin(inherited, WSYNC_TXN_READ);
    assert_int_equal(in_child(use_inherited, f), 0);
    assert_int_equal(in_child(count_to_fifty, f), 0); /* an environment of its own */
    struct wsync_slice value;
    assert_int_equal(wsync_txn_get(reader, TABLE, wsync_slice_of("count"), &value), WSYNC_OK);
    assert_int_equal(value.data[0], 1);
    wsync_txn_abort(reader);
    assert_int_equal(read_count(inherited), 51);
    wsync_store_close(inherited);
}

#define ON_STORE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
#define ON_NOTHING(test) cmocka_unit_test_setup_teardown(test, set_up_empty, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_NOTHING(test_create),
        ON_STORE(test_create_refuses),
        ON_NOTHING(test_interrupted_creation),
        ON_NOTHING(test_failed_creation_leaves_nothing),
        ON_NOTHING(test_open_refuses),
        ON_STORE(test_open_once_in_a_process),
        ON_STORE(test_open_for_reading),
        ON_STORE(test_persistence),
        ON_STORE(test_full_map),
        ON_STORE(test_failed_commit),
        ON_STORE(test_revision),
        ON_STORE(test_revision_of_a_snapshot),
        ON_STORE(test_two_processes),
        ON_STORE(test_killed_writer),
        ON_STORE(test_dead_readers),
        ON_STORE(test_fork_after_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
