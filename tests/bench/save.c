/* SPDX-License-Identifier: Apache-2.0 */
/* save.c: saving one record as `ward add` does it, in process, beside a bare put with fsync.
 *
 *   save DIR COUNT        DIR: a ward's data directory; prints "name value" lines
 *
 * Both in turn, COUNT times: a record, then a row of 800 bytes in a bare environment. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <lmdb.h>

#include "tests/bench/load.h"

enum { ROW_BYTES = 800, FIELDS = 12, COUNT_MAX = 100000 };

static void bare(int code, const char *what)
{
    if (code != 0) {
        fprintf(stderr, "bench: bare: %s: %s\n", what, mdb_strerror(code));
        exit(70);
    }
}

static double save_record(struct wsync_site *site, uint64_t n)
{
    struct wsync_write writes[FIELDS];
    struct wsync_error error = {{0}};
    struct wsync_dot written;
    size_t count = load_record(site->conf.scope, n, COUNT_MAX, writes);
    const struct wsync_intent intent = {.form = LOAD_FORM,
                                        .version = 1,
                                        .creates = true,
                                        .writes = writes,
                                        .write_count = count};
    const struct wsync_site_change change = {
        .scope = site->conf.scope, .intents = &intent, .intent_count = 1};
    double before = load_seconds();
    load_must(wsync_site_begin(site, WSYNC_TXN_WRITE, &error), error.text);
    load_must(wsync_site_write(site, &change, &written, &error), error.text);
    load_must(wsync_site_commit(site, &error), error.text);
    return load_seconds() - before;
}

static double put_row(MDB_env *env, MDB_dbi dbi, uint64_t n)
{
    static uint8_t row[ROW_BYTES];
    uint8_t key[8];
    MDB_txn *txn;
    for (int i = 0; i < 8; i++) {
        key[i] = (uint8_t)(n >> (56 - 8 * i));
    }
    row[0] = (uint8_t)n;
    MDB_val k = {sizeof key, key};
    MDB_val v = {sizeof row, row};
    double before = load_seconds();
    bare(mdb_txn_begin(env, NULL, 0, &txn), "begin");
    bare(mdb_put(txn, dbi, &k, &v, 0), "put");
    bare(mdb_txn_commit(txn), "commit");
    return load_seconds() - before;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return x < y ? -1 : x > y;
}

int main(int argc, char **argv)
{
    static double saves[COUNT_MAX];
    static double puts[COUNT_MAX];
    struct wsync_site site;
    struct wsync_error error = {{0}};
    char path[WSYNC_SITE_PATH_BYTES];
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi;
    size_t count = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
    if (count == 0 || count > COUNT_MAX) {
        fputs("usage: save DIR COUNT\n", stderr);
        return 64;
    }
    load_must(wsync_site_open(argv[1], WSYNC_SITE_WARD, &site, &error), error.text);
    snprintf(path, sizeof path, "%s/bare", argv[1]);
    bare(mdb_env_create(&env), "create");
    bare(mdb_env_set_mapsize(env, (size_t)1 << 30), "map");
    bare(mdb_env_open(env, path, MDB_NOSUBDIR, 0600), "open");
    bare(mdb_txn_begin(env, NULL, 0, &txn), "begin");
    bare(mdb_dbi_open(txn, NULL, 0, &dbi), "table");
    bare(mdb_txn_commit(txn), "commit");
    for (size_t i = 0; i < count; i++) {
        saves[i] = save_record(&site, i);
        puts[i] = put_row(env, dbi, i);
    }
    qsort(saves, count, sizeof *saves, compare);
    qsort(puts, count, sizeof *puts, compare);
    printf("save_ms %.3f\n", saves[count / 2] * 1e3);
    printf("save_bare_ms %.3f\n", puts[count / 2] * 1e3);
    printf("save_ratio %.3f\n", saves[count / 2] / puts[count / 2]);
    mdb_env_close(env);
    (void)unlink(path);
    wsync_site_close(&site);
    return 0;
}
