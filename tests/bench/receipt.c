/* SPDX-License-Identifier: Apache-2.0 */
/* receipt.c: what a receipt costs at a district whose log holds LEAVES leaves, of 500 units.
 *
 *   receipt LEAVES
 *
 * Prints "name value" lines.  Two thirds of the leaves are there when the ward gets its first
 * receipt; `worst` is what it gets for a change behind all the others, as after a long time
 * away; the other one, that of a ward which comes again soon. */
#include <stdio.h>
#include <stdlib.h>

#include "host/store_lmdb.h"
#include "tests/bench/load.h"
#include "tests/hub.h"
#include "tests/scratch.h"
#include "tests/store_mem.h"
#include "wardsync/receipt.h"
#include "wardsync/tree.h"

enum { SEED = 5, UNIT = 2, UNITS = 500, SOON = 700, CHECKS = 200, DAY = 19100 };

static void must(enum wsync_err err)
{
    load_must(err, "receipt");
}

/* Logs of many units, so that a scope has many beside it. */
static void add_logs(struct replica *district, const struct installation *installation)
{
    struct wsync_txn *txn;
    must(wsync_store_begin(district->store, WSYNC_TXN_WRITE, &txn));
    for (uint32_t unit = 0; unit < UNITS; unit++) {
        struct wsync_genesis genesis = {.format = WSYNC_FORMAT_VERSION,
                                        .instance = installation->instance,
                                        .device = district->identity.device,
                                        .signing_key = district->identity.signing_key,
                                        .scope = UNIT + 1 + unit,
                                        .stamp = 1650000000,
                                        .roster_version = 1};
        struct wsync_slice bytes;
        struct wsync_log log;
        size_t mark = wsync_arena_mark(&district->arena);
        must(wsync_genesis_encode(&genesis, &district->arena, &bytes));
        struct wsync_hash start = wsync_chain_start(bytes);
        struct wsync_log_id id = wsync_chain_log_id(&start);
        must(wsync_log_intern(txn, &id, &log));
        must(wsync_log_open(txn, bytes, &genesis, &log));
        must(wsync_log_put(txn, &log));
        wsync_arena_release(&district->arena, mark);
    }
    must(wsync_txn_commit(txn));
}

static void add_leaves(struct replica *district, uint64_t count)
{
    enum { A_TIME = 20000 };
    while (count > 0) {
        uint64_t some = count < A_TIME ? count : A_TIME;
        struct wsync_txn *txn;
        struct wsync_tree tree;
        must(wsync_store_begin(district->store, WSYNC_TXN_WRITE, &txn));
        must(wsync_tree_get(txn, &tree));
        for (uint64_t i = 0; i < some; i++) {
            struct wsync_leaf leaf = {.kind = WSYNC_LEAF_SET, .head = {.seq = tree.size}};
            must(wsync_tree_append(txn, &tree, &leaf));
        }
        must(wsync_txn_commit(txn));
        count -= some;
    }
}

/* The bytes of the receipt that a ward with one change more gets. */
static size_t receipt_of(struct replica *ward, struct replica *district,
                         const struct installation *installation)
{
    static struct hub up;
    static struct hub down;
    struct wsync_dot dot;
    size_t bytes = 0;
    ward->now++;
    must(replica_create(ward, DAY, 1, 1, &dot));
    hub_init(&up, ward);
    hub_init(&down, district);
    hub_open_district(&down, 0, installation, &ward->transport);
    hub_open_ward(&up, 0, installation);
    must(hub_run(&up));
    for (size_t moved = 1; moved > 0;) {
        moved = hub_carry(&up, 0, &down, 0, HUB_NONE_LOST);
        must(hub_run(&down));
        moved += hub_carry(&down, 0, &up, 0, HUB_NONE_LOST);
        must(hub_run(&up));
    }
    must(up.lines[0].session.result);
    for (size_t i = 0; i < down.lines[0].said; i++) {
        struct wsync_slice frame = down.lines[0].frames[i];
        bytes += frame.data[1] == WSYNC_MESSAGE_RECEIPT ? frame.len : 0;
    }
    hub_fini(&up);
    hub_fini(&down);
    return bytes;
}

/* Checks the last receipt as it was checked when it came. */
static double check_ms(struct replica *ward, const struct wsync_signed_checkpoint *before)
{
    struct wsync_txn *txn;
    struct wsync_kept_receipt kept = {.number = 0};
    struct wsync_slice bytes = {NULL, 0};
    must(wsync_store_begin(ward->store, WSYNC_TXN_READ, &txn));
    while (wsync_receipt_after(txn, &kept) == WSYNC_OK) {
        bytes = kept.bytes;
    }
    const struct wsync_prove asked = {.last = *before, .scope = UNIT};
    double begun = load_cpu();
    for (int i = 0; i < CHECKS; i++) {
        struct wsync_receipt receipt;
        struct wsync_receipt_facts facts;
        size_t mark = wsync_arena_mark(&ward->arena);
        must(wsync_receipt_decode(bytes, &ward->arena, &receipt));
        must(wsync_receipt_check(txn, &ward->arena, &asked, &receipt, &facts));
        wsync_arena_release(&ward->arena, mark);
    }
    double spent = load_cpu() - begun;
    wsync_txn_abort(txn);
    return spent * 1000 / CHECKS;
}

static struct wsync_signed_checkpoint last_of(struct replica *ward)
{
    struct wsync_txn *txn;
    struct wsync_signed_checkpoint last;
    must(wsync_store_begin(ward->store, WSYNC_TXN_READ, &txn));
    must(wsync_checkpoint_last(txn, &last));
    wsync_txn_abort(txn);
    return last;
}

static void measure(struct wsync_store *store, uint64_t leaves)
{
    static struct replica district;
    static struct replica ward;
    struct installation installation;
    installation_init(&installation, SEED);
    replica_init(&district, store, SEED, 0, REPLICA_TOP);
    replica_init(&ward, wsync_store_mem_new(), SEED, 1, UNIT);
    replica_found(&district, &installation);
    replica_enrol(&district, &installation, &ward);
    add_logs(&district, &installation);
    replica_open_log(&district, &installation);
    must(replica_sync(&ward, &district, &installation, NULL));
    add_leaves(&district, leaves * 2 / 3);
    (void)receipt_of(&ward, &district, &installation);
    add_leaves(&district, leaves - leaves * 2 / 3);
    struct wsync_signed_checkpoint before = last_of(&ward);
    size_t worst = receipt_of(&ward, &district, &installation);
    printf("receipt_check_ms %.4f\n", check_ms(&ward, &before));
    add_leaves(&district, SOON);
    printf("receipt_bytes %zu\n", receipt_of(&ward, &district, &installation));
    printf("receipt_worst_bytes %zu\n", worst);
    replica_fini(&ward);
    replica_fini(&district);
}

int main(int argc, char **argv)
{
    struct wsync_scratch scratch;
    char path[WSYNC_SCRATCH_PATH_BYTES];
    struct wsync_store *store;
    struct wsync_error error = {{0}};
    uint64_t leaves = argc == 2 ? strtoull(argv[1], NULL, 10) : 0;
    if (leaves == 0) {
        fputs("usage: receipt LEAVES\n", stderr);
        return 64;
    }
    wsync_scratch_open(&scratch);
    wsync_scratch_path(&scratch, "store", path);
    load_must(wsync_store_lmdb_create(path, &error), error.text);
    load_must(wsync_store_lmdb_open(path, WSYNC_TXN_WRITE, &store, &error), error.text);
    measure(store, leaves);
    wsync_scratch_close(&scratch);
    return 0;
}
