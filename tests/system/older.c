/* SPDX-License-Identifier: Apache-2.0 */
/* older.c: makes a store what an older program left, for the system tests.
 *
 *   older strip STORE    takes away which records stand behind a cell, and that they are kept
 *   older drop STORE     takes the whole table away as well
 *   older show STORE     prints "ROWS MARKED": how many there are, and 1 where they are kept */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lmdb.h>

enum { TABLES_MAX = 128 };

static void must(int rc, const char *what)
{
    if (rc != MDB_SUCCESS) {
        fprintf(stderr, "older: %s: %s\n", what, mdb_strerror(rc));
        exit(70);
    }
}

int main(int argc, char **argv)
{
    static char name[] = "counted";
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi meta, counted;
    MDB_stat rows = {0};
    MDB_val key = {sizeof name - 1, name};
    MDB_val mark;
    if (argc < 3) {
        return 64;
    }
    must(mdb_env_create(&env), "create");
    must(mdb_env_set_maxdbs(env, TABLES_MAX), "tables");
    must(mdb_env_set_mapsize(env, (size_t)64 << 30), "map");
    must(mdb_env_open(env, argv[2], 0, 0600), argv[2]);
    must(mdb_txn_begin(env, NULL, 0, &txn), "begin");
    must(mdb_dbi_open(txn, "meta", 0, &meta), "meta");
    if (strcmp(argv[1], "show") == 0) {
        int there = mdb_dbi_open(txn, name, 0, &counted);
        if (there == MDB_SUCCESS) {
            must(mdb_stat(txn, counted, &rows), "count");
        }
        printf("%zu %d\n", rows.ms_entries, mdb_get(txn, meta, &key, &mark) == MDB_SUCCESS);
    } else {
        must(mdb_dbi_open(txn, name, 0, &counted), name);
        must(mdb_drop(txn, counted, strcmp(argv[1], "drop") == 0), "drop");
        must(mdb_del(txn, meta, &key, NULL), "mark");
    }
    must(mdb_txn_commit(txn), "commit");
    mdb_env_close(env);
    return 0;
}
