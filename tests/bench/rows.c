/* SPDX-License-Identifier: Apache-2.0 */
/* rows.c: what a change-set costs that rewrites heavy records (tests/heavy.h) as often as it
 * can.
 *
 *   rows DIR    keeps a district's store in DIR, which must not be there yet, and prints "name
 *               value" lines: CPU milliseconds of wsync_ledger_accept for a set, the least of
 *               some, the last one for more records than are held in hand, so that each
 *               operation writes a row; then the first bytes of the state's digest, which no
 *               way of computing it may change. */
#include <stdio.h>

#include "host/store_lmdb.h"
#include "tests/bench/load.h"
#include "tests/heavy.h"
#include "tests/store_mem.h"

enum { SEED = 14, UNIT = 2, ROUNDS = 3, SINGLES = 24 };
enum { TWO_BYTES = 620000, THIRDS = 63 }; /* an arena whose hand holds two heavy records */

static struct installation installation;
static struct replica district, ward;
static uint8_t salt; /* of the log made last */

static void open_district(const char *path)
{
    struct wsync_error error;
    struct wsync_store *disk;
    load_must(wsync_store_lmdb_create(path, &error), path);
    load_must(wsync_store_lmdb_open_scratch(path, &disk, &error), path);
    installation_init(&installation, SEED);
    replica_init(&district, disk, SEED, 0, REPLICA_TOP);
    replica_found(&district, &installation);
    replica_init(&ward, wsync_store_mem_new(), SEED, 1, UNIT);
    replica_enrol(&district, &installation, &ward);
}

/* CPU milliseconds of taking the run. */
static double take(struct forge *forge, uint64_t first)
{
    struct wsync_change_set set = forge_set(forge, first, forge->seq);
    struct wsync_txn *txn;
    struct wsync_head held;
    load_must(wsync_store_begin(district.store, WSYNC_TXN_WRITE, &txn), "begin");
    double before = load_cpu();
    load_must(wsync_ledger_accept(&district.ledger, txn, &district.arena, &set, &held),
              "accept");
    double took = load_cpu() - before;
    load_must(wsync_txn_commit(txn), "commit");
    return 1000 * took;
}

/* Sets of so many changes with so many operations each, on `records` heavy records in turn. */
static void measure(const char *name, uint64_t records, size_t changes, size_t operations)
{
    struct forge forge;
    double least = 0;
    for (int round = 1; round <= ROUNDS; round++) {
        forge_init(&forge, &ward, &installation, 2, ++salt);
        heavy_grow(&forge, records);
        for (uint64_t seq = 1; seq <= forge.seq; seq++) {
            struct wsync_change_set set = forge_set(&forge, seq, seq);
            load_must(forge_give(&district, &set), "grow");
        }
        uint64_t first = forge.seq + 1;
        for (size_t i = 0; i < changes; i++) {
            heavy_rewrite(&forge, records, operations);
        }
        double took = take(&forge, first);
        least = round == 1 || took < least ? took : least;
        forge_fini(&forge);
    }
    printf("%s %.3f\n", name, least);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        (void)fputs("usage: rows DIR\n", stderr);
        return 2;
    }
    open_district(argv[1]);
    measure("rows_frame_ms", 1, HEAVY_SET_CHANGES, WSYNC_OPERATIONS_MAX);
    measure("rows_frame_in_turn_ms", 2, HEAVY_SET_CHANGES, WSYNC_OPERATIONS_MAX);
    measure("rows_frame_of_singles_ms", 1, SINGLES, 1);
    size_t whole = district.arena.size;
    district.arena.size = TWO_BYTES;
    measure("rows_frame_beyond_hand_ms", 3, HEAVY_SET_CHANGES, THIRDS);
    district.arena.size = whole;
    struct wsync_hash digest = replica_digest(&district, 0);
    printf("rows_digest %u\n", digest.b[0] << 16 | digest.b[1] << 8 | digest.b[2]);
    replica_fini(&district);
    replica_fini(&ward);
    return 0;
}
