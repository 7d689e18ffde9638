/* SPDX-License-Identifier: Apache-2.0 */
/* A change of a lost branch whose record is not here yet is written again once it is (S13.12).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/forge.h"
#include "tests/store_mem.h"
#include "wardsync/restore.h"
#include "wardsync/totals.h"

enum { SEED = 29, DAY = 19100, UNIT = 2 };

static enum wsync_err add_cell(void *context, const struct wsync_cell *cell)
{
    const struct wsync_measure *measure = wsync_cell_measure(cell, FORGE_COUNT, 0);
    *(int64_t *)context += measure ? (int64_t)measure->sum : 0;
    return WSYNC_OK;
}

static int64_t total_of(struct replica *replica)
{
    struct wsync_txn *txn;
    int64_t total = 0;
    const struct wsync_totals_query query = {REPLICA_FORM, UNIT, DAY, DAY};
    assert_int_equal(wsync_store_begin(replica->store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_totals_walk(txn, &replica->arena, &query, add_cell, &total),
                     WSYNC_OK);
    wsync_txn_abort(txn);
    return total;
}

static struct wsync_log_id own_log(struct replica *replica)
{
    struct wsync_txn *txn;
    struct wsync_log log;
    assert_int_equal(wsync_store_begin(replica->store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_ledger_own_log(txn, UNIT, &log), WSYNC_OK);
    wsync_txn_abort(txn);
    return log.id;
}

/* As a session does when it is shown more of the log than this store wrote. */
static void retire(struct replica *replica)
{
    struct wsync_txn *txn;
    assert_int_equal(wsync_store_begin(replica->store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    assert_int_equal(wsync_retire(txn, UNIT), WSYNC_OK);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
}

/* Gives a whole log that `from` holds, and lets follow what follows. */
static void give(struct replica *to, struct replica *from, const struct replica *author,
                 const struct wsync_log_id *id)
{
    struct forge forge;
    forge_load(&forge, from, author, id);
    struct wsync_change_set set = forge_set(&forge, 1, forge.seq);
    assert_int_equal(forge_give(to, &set), WSYNC_OK);
    replica_tell_moment(to);
    forge_settle(to);
    forge_fini(&forge);
}

/* The district edited a ward's record, went back behind both, and wrote on.  It is shown its
 * own lost branch before it is shown the ward's log again. */
static void an_edit_waits_for_its_record(void **state)
{
    struct installation installation;
    struct replica district;
    struct replica ward;
    struct replica other;
    struct wsync_dot record;
    (void)state;
    installation_init(&installation, SEED);
    replica_init(&district, wsync_store_mem_new(), SEED, 0, REPLICA_TOP);
    replica_init(&ward, wsync_store_mem_new(), SEED, 1, UNIT);
    replica_init(&other, wsync_store_mem_new(), SEED, 2, UNIT);
    replica_found(&district, &installation);
    replica_enrol(&district, &installation, &ward);
    replica_enrol(&district, &installation, &other);
    assert_int_equal(replica_sync(&ward, &district, &installation, NULL), WSYNC_OK);
    district.scope = UNIT; /* where it writes */
    assert_int_equal(replica_create(&district, DAY, 1, 1, &record), WSYNC_OK);
    struct wsync_store *backup = wsync_store_mem_clone(district.store);
    assert_int_equal(replica_create(&ward, DAY, 10, 1, &record), WSYNC_OK);
    assert_int_equal(replica_sync(&ward, &district, &installation, NULL), WSYNC_OK);
    record = replica_dot_at(&ward, record, &district);
    assert_int_equal(replica_set_count(&district, record, 700), WSYNC_OK);
    assert_int_equal(replica_sync(&other, &district, &installation, NULL), WSYNC_OK);
    assert_int_equal(total_of(&other), 701);
    struct wsync_log_id lost = own_log(&district);
    struct wsync_log_id wards = own_log(&ward);
    wsync_store_close(district.store);
    district.store = backup;
    district.draws += 1000;
    district.now++;
    wsync_catalog_forget(district.catalog);
    assert_int_equal(replica_create(&district, DAY, 4, 1, &record), WSYNC_OK);
    retire(&district);
    give(&district, &other, &district, &lost);
    assert_int_equal(total_of(&district), 5);
    give(&district, &other, &ward, &wards);
    assert_int_equal(total_of(&district), 705);
    replica_fini(&district);
    replica_fini(&ward);
    replica_fini(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(an_edit_waits_for_its_record)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
