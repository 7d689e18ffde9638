/* SPDX-License-Identifier: Apache-2.0 */
/* A site opened for reading only: it needs no keys, has none, and does nothing that would need
 * them (decision 0016). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <lmdb.h>
#include <stdio.h>

#include "host/dial.h"
#include "host/export_signed.h"
#include "host/prove.h"
#include "host/site.h"
#include "host/verify.h"
#include "tests/site_rig.h"
#include "wardsync/totals.h"

static struct wsync_scratch scratch;
static struct wsync_signing_key key; /* of the device, in public */
static struct wsync_site site;       /* opened to read */

static const char *in(const char *name)
{
    static char paths[4][WSYNC_SCRATCH_PATH_BYTES];
    static unsigned turn;
    return wsync_scratch_path(&scratch, name, paths[turn++ % 4]);
}

/* A ward that noted its key in its store, and whose keys are somewhere else now. */
static int set_up(void **state)
{
    (void)state;
    struct wsync_error error = {{0}};
    site_rig_open(&scratch, &site);
    assert_int_equal(wsync_site_need_keys(&site, &error), WSYNC_OK);
    key = site.identity.signing_key;
    assert_int_equal(wsync_site_begin(&site, WSYNC_TXN_WRITE, &error), WSYNC_OK);
    assert_int_equal(wsync_site_note_key(site.txn, &key), WSYNC_OK);
    assert_int_equal(wsync_site_commit(&site, &error), WSYNC_OK);
    wsync_site_close(&site);
    assert_int_equal(rename(in("site/keys"), in("elsewhere")), 0);
    assert_int_equal(wsync_site_open_reader(in("site"), WSYNC_SITE_WARD, &site, &error),
                     WSYNC_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    wsync_site_close(&site);
    wsync_scratch_close(&scratch);
    return 0;
}

static void it_reads_without_a_key(void **state)
{
    (void)state;
    static const struct wsync_identity NOBODY;
    static const struct wsync_transport_pair NONE;
    struct wsync_error error = {{0}};
    bool agrees = false;
    struct wsync_txn *txn;
    assert_true(site.reader);
    assert_int_equal(wsync_store_begin(site.store, WSYNC_TXN_WRITE, &txn), WSYNC_ERR_INVALID);
    assert_int_equal(wsync_site_begin(&site, WSYNC_TXN_READ, &error), WSYNC_OK);
    assert_int_equal(wsync_site_agrees(&site, &agrees), WSYNC_OK);
    assert_true(agrees);
    wsync_site_abort(&site);
    assert_memory_equal(&site.identity.signing_key, &key, sizeof key);
    assert_memory_equal(&site.identity.secret, &NOBODY.secret, sizeof NOBODY.secret);
    assert_memory_equal(&site.transport, &NONE, sizeof NONE);
}

static void assert_refused(enum wsync_err err, struct wsync_error *error)
{
    assert_int_equal(err, WSYNC_ERR_RIGHT);
    assert_non_null(strstr(error->text, "no keys"));
    error->text[0] = '\0';
}

static void what_needs_a_key_says_so(void **state)
{
    (void)state;
    struct wsync_error error = {{0}};
    struct wsync_dial_result dialled;
    struct wsync_verify_result verified;
    struct wsync_export_signed_result exported;
    struct wsync_proof_result proven;
    const struct wsync_dial dial = {.site = &site};
    assert_refused(wsync_site_begin(&site, WSYNC_TXN_WRITE, &error), &error);
    assert_refused(wsync_site_need_keys(&site, &error), &error);
    assert_refused(wsync_dial_run(&dial, &dialled, &error), &error);
    assert_refused(wsync_verify_site(&site, NULL, NULL, &verified, &error), &error);
    assert_int_equal(wsync_site_begin(&site, WSYNC_TXN_READ, &error), WSYNC_OK);
    assert_refused(wsync_export_signed(&site, NULL, &exported, &error), &error);
    assert_refused(wsync_proof_write(&site, NULL, &proven, &error), &error);
    wsync_site_abort(&site);
}

static void it_says_what_is_wrong_with_a_site(void **state)
{
    (void)state;
    struct wsync_site other;
    struct wsync_error error = {{0}};
    assert_int_equal(wsync_site_open_reader(in("nothing"), WSYNC_SITE_WARD, &other, &error),
                     WSYNC_ERR_NOT_FOUND);
    assert_non_null(strstr(error.text, "ward join"));
    assert_int_equal(wsync_site_open_reader(in("site"), WSYNC_SITE_DISTRICT, &other, &error),
                     WSYNC_ERR_INVALID);
    wsync_site_close(&site);
    assert_int_equal(rename(in("site/store"), in("store")), 0);
    assert_int_equal(wsync_site_open_reader(in("site"), WSYNC_SITE_WARD, &site, &error),
                     WSYNC_ERR_NOT_FOUND);
}

/* As an older program left it: without the mark, and without the tables it did not know. */
static void be_older(bool knows_no_table)
{
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi meta, counted;
    MDB_val mark = {sizeof "counted" - 1, (void *)(uintptr_t) "counted"};
    assert_int_equal(mdb_env_create(&env), 0);
    assert_int_equal(mdb_env_set_maxdbs(env, WSYNC_TABLE_COUNT), 0);
    assert_int_equal(mdb_env_open(env, in("site/store"), 0, 0600), 0);
    assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, "meta", 0, &meta), 0);
    assert_int_equal(mdb_dbi_open(txn, "counted", 0, &counted), 0);
    assert_int_equal(mdb_del(txn, meta, &mark, NULL), 0);
    if (knows_no_table) {
        assert_int_equal(mdb_drop(txn, counted, 1), 0);
    }
    assert_int_equal(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
}

/* Empty lists are not shown as if they were the truth. */
static void an_older_store_waits_for_who_writes(void **state)
{
    (void)state;
    for (int knows_no_table = 0; knows_no_table < 2; knows_no_table++) {
        struct wsync_error error = {{0}};
        bool kept = false;
        wsync_site_close(&site);
        be_older(knows_no_table == 1);
        assert_int_equal(wsync_site_open_reader(in("site"), WSYNC_SITE_WARD, &site, &error),
                         WSYNC_ERR_BUSY);
        assert_non_null(strstr(error.text, "brought up to date; try again"));
        assert_int_equal(rename(in("elsewhere"), in("site/keys")), 0);
        assert_int_equal(wsync_site_open(in("site"), WSYNC_SITE_WARD, &site, &error), WSYNC_OK);
        wsync_site_close(&site);
        assert_int_equal(rename(in("site/keys"), in("elsewhere")), 0);
        assert_int_equal(wsync_site_open_reader(in("site"), WSYNC_SITE_WARD, &site, &error),
                         WSYNC_OK);
        assert_int_equal(wsync_site_begin(&site, WSYNC_TXN_READ, &error), WSYNC_OK);
        assert_int_equal(wsync_counted_is_kept(site.txn, &kept), WSYNC_OK);
        assert_true(kept);
        wsync_site_abort(&site);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_reads_without_a_key, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_needs_a_key_says_so, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_older_store_waits_for_who_writes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_says_what_is_wrong_with_a_site, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
