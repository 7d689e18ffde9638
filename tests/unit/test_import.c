/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/records.h"
#include "tests/damage.h"
#include "tests/import_rig.h"
#include "tests/store_mem.h"

enum { MANY_ROWS = 1000, COUNT_FIELD = 2, TABLE_BYTES = 1 << 17 };

static struct import_rig rig;
static struct wsync_import_summary summary;
static char table_text[TABLE_BYTES];

static int set_up(void **state)
{
    (void)state;
    import_rig_open(&rig, wsync_store_mem_new());
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    import_rig_close(&rig);
    return 0;
}

static void import_ok(const struct wsync_import_options *options)
{
    if (import_rig_run(&rig, options, &summary) != WSYNC_OK) {
        fail_msg("%s", rig.error.text);
    }
}

static void import_text(const char *text)
{
    struct wsync_import_options options =
        import_rig_options(&rig, import_rig_file(&rig, "t.csv", text));
    import_ok(&options);
}

static void assert_counts(uint64_t rows, uint64_t added, uint64_t there, uint64_t faulty)
{
    assert_int_equal(summary.rows, rows);
    assert_int_equal(summary.added, added);
    assert_int_equal(summary.there, there);
    assert_int_equal(summary.faulty, faulty);
}

static void assert_finding(size_t at, uint64_t row, const char *column, const char *value,
                           const char *reason)
{
    assert_true(at < rig.finding_count);
    assert_int_equal(rig.findings[at].row, row);
    assert_string_equal(rig.findings[at].column, column);
    assert_string_equal(rig.findings[at].value, value);
    assert_string_equal(rig.findings[at].reason, reason);
}

/* `rows` rows with keys k1, k2 ...; count is the row's number modulo 100. */
static const char *many(size_t rows)
{
    size_t len = (size_t)snprintf(table_text, sizeof table_text, "key,date,count\n");
    for (size_t i = 1; i <= rows; i++) {
        len += (size_t)snprintf(table_text + len, sizeof table_text - len,
                                "k%zu,2022-04-%02zu,%zu\n", i, i % 30 + 1, i % 100);
    }
    return import_rig_file(&rig, "many.csv", table_text);
}

/* ---- what is wrong with a row ---- */

static void test_findings_say_what_and_where(void **state)
{
    (void)state;
    import_text("date,count,kind,person,place_unit\n"
                "2022-04-16,5,a,,21\n"
                "2022-04-17,many,b,,\n"
                ",6,An,,\n"
                "2022-04-18,101,c,,\n"
                "16/04/2022,7,b,,Tổ 2\n"
                "2022-04-19,8,b,,31\n"
                "2022-04-20,9,b,\"a\x01z\",\n");
    assert_counts(7, 2, 0, 5);
    assert_int_equal(summary.findings, 6);
    assert_finding(0, 3, "count", "many",
                   "Field count: \"many\" is not a number; write it like 1234.5 or 1.234,5.");
    assert_finding(1, 4, "date", "", "Field date: a value is required.");
    assert_finding(2, 5, "count", "101",
                   "Field count: 101 is above the largest value allowed, 100.");
    assert_finding(3, 5, "kind", "c",
                   "Field kind: \"c\" is none of its choices: a (An), b (Bình).");
    assert_finding(4, 7, "place_unit", "31",
                   "Field place_unit: \"31\" is no unit known here; write its id, its code or "
                   "its name.");
    assert_finding(5, 8, "person", "",
                   "Field person: the text holds a control character.");
    assert_int_equal(import_rig_total(&rig, RIG_FORM, 2, COUNT_FIELD).sum, 12);
    assert_true(import_rig_state_holds(&rig));
}

static void test_rows_the_table_spoils(void **state)
{
    (void)state;
    import_text("date,count,note\n"
                "2022-04-16,5,\"two\nlines\"\n"
                "2022-04-17,6\n"
                ",,\n"
                "2022-04-18,7,\xFFz\n"
                "\n"
                "2022-04-19,8,last\n");
    assert_counts(4, 2, 0, 2);
    assert_finding(0, 3, "", "", "it has 2 columns, the header has 3.");
    assert_int_equal(rig.findings[0].line, 4);
    assert_finding(1, 5, "", "", "the value in column 3 is not valid UTF-8.");
    assert_int_equal(rig.findings[1].line, 6);
}

static void test_texts_that_are_too_long(void **state)
{
    (void)state;
    size_t len = (size_t)snprintf(table_text, sizeof table_text, "key,date,note,person\nk1,");
    len += (size_t)snprintf(table_text + len, sizeof table_text - len, "2022-04-16,");
    memset(table_text + len, 'x', 7169);
    len += 7169;
    len += (size_t)snprintf(table_text + len, sizeof table_text - len, ",\nk2,2022-04-16,");
    memset(table_text + len, 'y', 5000);
    len += 5000;
    table_text[len++] = ',';
    memset(table_text + len, 'z', 5000);
    len += 5000;
    len += (size_t)snprintf(table_text + len, sizeof table_text - len,
                            "\nk3,2022-04-16,n,p\nk4,2022-04-16,");
    memset(table_text + len, 'w', 40000);
    len += 40000;
    snprintf(table_text + len, sizeof table_text - len, ",\n");
    import_text(table_text);
    assert_counts(4, 1, 0, 3);
    assert_string_equal(rig.findings[0].reason,
                        "Field note: the text has 7169 bytes; at most 7168 are allowed.");
    assert_finding(1, 3, "key", "k2",
                   "It cannot be saved: A part of the message is larger than its limit.");
    assert_string_equal(rig.findings[2].reason,
                        "Field note: the text has 40000 bytes; at most 7168 are allowed.");
    assert_true(import_rig_state_holds(&rig));
}

/* The ledger's refusal comes after the import was begun; nothing of it stays. */
static void test_one_row_the_ledger_refuses(void **state)
{
    (void)state;
    size_t len =
        (size_t)snprintf(table_text, sizeof table_text, "date,note,person\n2022-04-16,");
    memset(table_text + len, 'y', 10001);
    table_text[len + 5000] = ',';
    snprintf(table_text + len + 10001, sizeof table_text - len - 10001, "\n");
    import_text(table_text);
    assert_counts(1, 0, 0, 1);
    assert_int_equal(summary.import, 0);
    import_text("date\n2022-04-16\n");
    assert_counts(1, 1, 0, 0);
    assert_int_equal(summary.import, 1);
}

/* ',' in a table that ';' separates, '.' in one that ',' does. */
static void test_decimal_marks(void **state)
{
    (void)state;
    import_text("date;weight\n2022-04-16;1.234,5\n2022-04-17;1.500\n");
    assert_counts(2, 1, 0, 1);
    assert_int_equal(rig.findings[0].row, 3); /* 1500 or 1,5? */
    import_text("date,weight\n2022-04-18,1.500\n2022-04-19,\"1234,5\"\n");
    assert_counts(2, 1, 0, 1);
    assert_int_equal(rig.findings[0].row, 3);
}

static void test_keys_that_are_twice_or_missing(void **state)
{
    (void)state;
    import_text("key,date,count\nk1,2022-04-16,5\nk2,2022-04-16,5\n k1 ,2022-04-17,6\n"
                ",2022-04-17,6\n");
    assert_counts(4, 2, 0, 2);
    assert_finding(0, 4, "key", "k1", "Row 2 of this table has the same key.");
    assert_finding(1, 5, "key", "",
                   "The key is missing; without it the row cannot be told from others.");
    import_text("date,count\n2022-05-16,5\n2022-05-16,6\n2022-05-16,5\n");
    assert_counts(3, 2, 0, 1);
    assert_finding(0, 4, "", "", "Row 2 of this table has the same values.");
}

static void test_no_row_no_column_no_file(void **state)
{
    (void)state;
    import_text("date,count\n");
    assert_counts(0, 0, 0, 0);
    assert_int_equal(summary.import, 0);
    struct wsync_import_options options = import_rig_options(&rig, "/nowhere/t.csv");
    assert_int_equal(import_rig_run(&rig, &options, &summary), WSYNC_ERR_NOT_FOUND);
    assert_string_equal(rig.error.text, "/nowhere/t.csv: The file cannot be opened: No such "
                                        "file or directory.");
    options.path = import_rig_file(&rig, "t.csv", "");
    assert_int_equal(import_rig_run(&rig, &options, &summary), WSYNC_ERR_VALUE);
}

/* ---- again ---- */

static void test_twice_adds_nothing(void **state)
{
    (void)state;
    struct wsync_import_options options = import_rig_options(&rig, many(MANY_ROWS));
    import_ok(&options);
    assert_counts(MANY_ROWS, MANY_ROWS, 0, 0);
    assert_int_equal(summary.import, 1);
    assert_true(rig.progress_calls >= MANY_ROWS / WSYNC_IMPORT_BATCH_ROWS);
    assert_int_equal(rig.progress_rows, MANY_ROWS);
    assert_int_equal(rig.progress_bytes, rig.progress_total);
    struct wsync_hash digest = replica_digest(&rig.replica, 0);
    import_ok(&options);
    assert_counts(MANY_ROWS, 0, MANY_ROWS, 0);
    assert_int_equal(summary.import, 0);
    struct wsync_hash again = replica_digest(&rig.replica, 0);
    assert_true(wsync_hash_equal(&digest, &again));
    import_text("date,count\n2022-05-16,5\n2022-05-16,6\n"); /* without a key */
    assert_counts(2, 2, 0, 0);
    import_text("count,date\n6,16/05/2022\n5,16/05/2022\n7,16/05/2022\n");
    assert_counts(3, 1, 2, 0);
}

static void test_other_values_are_a_finding(void **state)
{
    (void)state;
    char reason[160];
    char id[WSYNC_RECORD_ID_BYTES];
    struct wsync_log log;
    import_text("key,date,count,person\nk1,2022-04-16,5,Lan\nk2,2022-04-16,6,Hoa\n");
    import_text("key,date,count,person\nk1,2022-04-16,50,Lan\nk2,2022-04-16,6,Huệ\n"
                "k3,2022-04-16,7,\n");
    assert_counts(3, 1, 0, 2);
    assert_int_equal(wsync_site_begin(&rig.site, WSYNC_TXN_READ, NULL), WSYNC_OK);
    assert_int_equal(wsync_ledger_own_log(rig.site.txn, 2, &log), WSYNC_OK);
    struct wsync_dot dot = {log.no, 1, 0};
    assert_int_equal(wsync_record_name(rig.site.txn, dot, id), WSYNC_OK);
    wsync_site_abort(&rig.site);
    snprintf(reason, sizeof reason, "The row became record %s earlier and has other values "
             "now; the record was left as it is.", id);
    assert_finding(0, 2, "key", "k1", reason);
    assert_int_equal(import_rig_total(&rig, RIG_FORM, 2, COUNT_FIELD).sum, 18);
    struct wsync_import_options options = import_rig_options(
        &rig, import_rig_file(&rig, "t.csv", "key,date,count\nk3,2022-04-16,7\n"));
    options.scope = 3;
    import_ok(&options);
    assert_counts(1, 0, 0, 1);
    assert_non_null(strstr(rig.findings[0].reason, "of unit 2 earlier; it was not imported "
                                                   "again."));
    options.mapping_path = import_rig_file(
        &rig, "m.conf", "[import]\nform = visit\nkey = key\nsource = other register\n"
                        "[fields]\ndate = date\ncount = count\n");
    import_ok(&options);
    assert_counts(1, 1, 0, 0);
}

static void test_stopped_goes_on(void **state)
{
    (void)state;
    struct wsync_import_options options = import_rig_options(&rig, many(MANY_ROWS));
    rig.stop_at_row = 400;
    import_ok(&options);
    assert_true(summary.stopped);
    assert_counts(400, 400, 0, 0);
    struct wsync_hash digest = replica_digest(&rig.replica, 0);
    rig.stop_at_row = 0;
    import_ok(&options);
    assert_false(summary.stopped);
    assert_counts(MANY_ROWS, 600, 400, 0);
    assert_int_equal(summary.import, 2);
    struct wsync_hash whole = replica_digest(&rig.replica, 0);
    assert_false(wsync_hash_equal(&digest, &whole));
    assert_int_equal(import_rig_total(&rig, RIG_FORM, 2, COUNT_FIELD).records, MANY_ROWS);
}

static void test_dry_run_saves_nothing(void **state)
{
    (void)state;
    struct wsync_import_options options = import_rig_options(&rig, many(MANY_ROWS));
    struct wsync_hash digest = replica_digest(&rig.replica, 0);
    options.dry_run = true;
    import_ok(&options);
    assert_counts(MANY_ROWS, MANY_ROWS, 0, 0);
    assert_int_equal(summary.import, 0);
    struct wsync_hash again = replica_digest(&rig.replica, 0);
    assert_true(wsync_hash_equal(&digest, &again));
    options.dry_run = false;
    import_ok(&options);
    assert_counts(MANY_ROWS, MANY_ROWS, 0, 0);
}

/* Operations of the store fail, one in each run: what is saved is whole batches, and starting
 * again ends with every row once. */
static void test_every_fault_of_the_store(void **state)
{
    (void)state;
    enum { ROWS = 250, STEP = 23 };
    struct wsync_store *clean = wsync_store_mem_clone(rig.site.store);
    const char *path = many(ROWS);
    struct wsync_import_options options = import_rig_options(&rig, path);
    bool fired = true;
    for (uint64_t nth = 1; fired; nth += STEP) {
        struct wsync_store *store = wsync_store_mem_clone(clean);
        wsync_store_close(rig.site.store);
        rig.site.store = rig.replica.store = store;
        wsync_catalog_forget(rig.site.catalog);
        wsync_store_mem_fail_at(store, nth, WSYNC_ERR_STORE_FULL);
        enum wsync_err err = import_rig_run(&rig, &options, &summary);
        fired = !wsync_store_mem_fault_is_planned(store);
        wsync_store_mem_fail_at(store, 0, WSYNC_OK);
        assert_int_equal(err, fired ? WSYNC_ERR_STORE_FULL : WSYNC_OK);
        uint64_t saved = summary.added;
        assert_true(saved == 0 || saved == WSYNC_IMPORT_BATCH_ROWS || saved == ROWS);
        assert_int_equal(import_rig_total(&rig, RIG_FORM, 2, COUNT_FIELD).records, saved);
        import_ok(&options);
        assert_counts(ROWS, ROWS - saved, saved, 0);
        assert_int_equal(import_rig_total(&rig, RIG_FORM, 2, COUNT_FIELD).records, ROWS);
    }
    wsync_store_close(clean);
}

static void test_failure_says_how_to_go_on(void **state)
{
    (void)state;
    struct wsync_import_options options = import_rig_options(&rig, many(MANY_ROWS));
    rig.site.identity.device.b[0] ^= 1;
    assert_int_equal(import_rig_run(&rig, &options, &summary), WSYNC_ERR_DEVICE);
    assert_string_equal(rig.error.text,
                        "It cannot be saved: The device is not in the roster; ask the district "
                        "to enrol it. 0 records of the import are saved; start it again to go "
                        "on.");
    assert_counts(0, 0, 0, 0);
}

/* ---- taking back ---- */

static void collect_kept(void *context, const struct wsync_finding *finding)
{
    struct wsync_error *sentence = context;
    wsync_finding_print(finding, sentence);
}

static enum wsync_err undo(uint32_t import, struct wsync_undo_summary *undone,
                           struct wsync_error *kept)
{
    const struct wsync_undo_options options = {.import = import, .find = collect_kept,
                                               .context = kept};
    enum wsync_err err = wsync_import_undo(&rig.site, &options, undone, &rig.error);
    assert_null(rig.site.txn);
    assert_int_equal(rig.site.arena.used, 0);
    return err;
}

/* The record of the `nth` change of unit 2's log. */
static struct wsync_dot record_at(uint64_t nth)
{
    struct wsync_log log;
    assert_int_equal(wsync_site_begin(&rig.site, WSYNC_TXN_READ, NULL), WSYNC_OK);
    assert_int_equal(wsync_ledger_own_log(rig.site.txn, 2, &log), WSYNC_OK);
    wsync_site_abort(&rig.site);
    return (struct wsync_dot){log.no, nth, 0};
}

static void write_intent(const struct wsync_intent *intent)
{
    const struct wsync_site_change change = {2, 0, intent, 1};
    struct wsync_dot written;
    assert_int_equal(wsync_site_begin(&rig.site, WSYNC_TXN_WRITE, NULL), WSYNC_OK);
    assert_int_equal(wsync_site_write(&rig.site, &change, &written, NULL), WSYNC_OK);
    assert_int_equal(wsync_site_commit(&rig.site, NULL), WSYNC_OK);
}

static enum wsync_err count_deleted(void *context, const struct wsync_records_item *item)
{
    uint64_t *count = context;
    assert_false(item->contested);
    *count += item->life == WSYNC_LIFE_DELETED;
    return WSYNC_OK;
}

static void test_undo_takes_everything_back(void **state)
{
    (void)state;
    struct wsync_undo_summary undone;
    struct wsync_error kept = {""};
    uint64_t deleted = 0;
    const struct wsync_records_query query = {RIG_FORM, 2, WSYNC_NO_DAY, INT32_MAX, true};
    struct wsync_import_options options = import_rig_options(&rig, many(MANY_ROWS));
    import_text("key,date,count\nother,2022-04-16,5\n");
    import_ok(&options);
    assert_int_equal(summary.import, 2);
    assert_int_equal(undo(2, &undone, &kept), WSYNC_OK);
    assert_int_equal(undone.deleted, MANY_ROWS);
    assert_int_equal(undone.kept + undone.gone, 0);
    assert_int_equal(import_rig_total(&rig, RIG_FORM, 2, COUNT_FIELD).sum, 5);
    assert_int_equal(wsync_site_begin(&rig.site, WSYNC_TXN_READ, NULL), WSYNC_OK);
    assert_int_equal(wsync_records_walk(&rig.site, &query, count_deleted, &deleted), WSYNC_OK);
    wsync_site_abort(&rig.site);
    assert_int_equal(deleted, MANY_ROWS);
    assert_int_equal(undo(2, &undone, &kept), WSYNC_OK);
    assert_int_equal(undone.deleted, 0);
    import_ok(&options);
    assert_counts(MANY_ROWS, MANY_ROWS, 0, 0);
    assert_int_equal(summary.import, 3);
    assert_true(import_rig_state_holds(&rig));
}

static void test_undo_keeps_what_was_edited(void **state)
{
    (void)state;
    struct wsync_undo_summary undone;
    struct wsync_error kept = {""};
    char id[WSYNC_RECORD_ID_BYTES];
    import_text("key,date,count\nk1,2022-04-16,5\nk2,2022-04-16,6\nk3,2022-04-16,7\n");
    const struct wsync_dot edited = record_at(2), gone = record_at(3);
    const struct wsync_write write = {
        COUNT_FIELD, false, {.class = WSYNC_CLASS_INTEGER, .integer = 60}};
    write_intent(&(struct wsync_intent){.form = RIG_FORM, .version = 1, .record = edited,
                                        .bases = &edited, .base_count = 1, .writes = &write,
                                        .write_count = 1});
    write_intent(&(struct wsync_intent){.kind = WSYNC_KIND_DELETE, .record = gone,
                                        .bases = &gone, .base_count = 1});
    assert_int_equal(undo(1, &undone, &kept), WSYNC_OK);
    assert_int_equal(undone.deleted, 1);
    assert_int_equal(undone.gone, 1);
    assert_int_equal(undone.kept, 1);
    assert_int_equal(wsync_site_begin(&rig.site, WSYNC_TXN_READ, NULL), WSYNC_OK);
    assert_int_equal(wsync_record_name(rig.site.txn, edited, id), WSYNC_OK);
    wsync_site_abort(&rig.site);
    char wanted[160];
    snprintf(wanted, sizeof wanted,
             "Row 3: Record %s was edited after the import and is kept.", id);
    assert_string_equal(kept.text, wanted);
    assert_int_equal(import_rig_total(&rig, RIG_FORM, 2, COUNT_FIELD).sum, 60);
    import_text("key,date,count\nk1,2022-04-16,5\nk2,2022-04-16,6\nk3,2022-04-16,7\n");
    assert_counts(3, 2, 1, 0);
    assert_int_equal(undo(9, &undone, &kept), WSYNC_ERR_NOT_FOUND);
    assert_string_equal(rig.error.text, "There is no import 9 here.");
}

static enum wsync_err keep_import(void *context, const struct wsync_import *import)
{
    struct wsync_import *imports = context;
    assert_true(import->number >= 1 && import->number <= 2);
    imports[import->number - 1] = *import;
    return WSYNC_OK;
}

static void test_list_of_imports(void **state)
{
    (void)state;
    struct wsync_import imports[2] = {{.number = 0}};
    struct wsync_undo_summary undone;
    struct wsync_error kept;
    struct wsync_import_options options = import_rig_options(&rig, many(MANY_ROWS));
    assert_int_equal(wsync_site_begin(&rig.site, WSYNC_TXN_READ, NULL), WSYNC_OK);
    assert_int_equal(wsync_import_list(&rig.site, keep_import, imports), WSYNC_OK);
    wsync_site_abort(&rig.site);
    assert_int_equal(imports[0].number, 0);
    rig.stop_at_row = 200;
    import_ok(&options);
    rig.stop_at_row = 0;
    import_ok(&options);
    assert_int_equal(undo(1, &undone, &kept), WSYNC_OK);
    assert_int_equal(wsync_site_begin(&rig.site, WSYNC_TXN_READ, NULL), WSYNC_OK);
    assert_int_equal(wsync_import_list(&rig.site, keep_import, imports), WSYNC_OK);
    wsync_site_abort(&rig.site);
    assert_int_equal(imports[0].added, 200);
    assert_int_equal(imports[0].undone, 200);
    assert_false(imports[0].complete);
    assert_int_equal(imports[1].added, MANY_ROWS - 200);
    assert_int_equal(imports[1].undone, 0);
    assert_true(imports[1].complete);
    assert_int_equal(imports[1].form, RIG_FORM);
    assert_int_equal(imports[1].scope, 2);
    assert_true(imports[1].started > 0);
    assert_string_equal(imports[1].name, "many.csv");
}

/* A row that a disk damaged is no end of the list: nobody is told that all was taken back. */
static void test_damaged_rows_are_seen(void **state)
{
    (void)state;
    enum { IMPORT = 0, MADE = 5 }; /* one import, three keys, three records */
    static const enum damage_way WAYS[] = {DAMAGE_SHORT_KEY, DAMAGE_LONG_KEY, DAMAGE_STUMP,
                                           DAMAGE_STUMP_VALUE};
    struct wsync_undo_summary undone;
    struct wsync_error kept;
    import_text("key,date,count\na,2022-04-16,1\nb,2022-04-16,1\nc,2022-04-16,1\n");
    struct wsync_import_options options = import_rig_options(&rig, many(MANY_ROWS));
    struct wsync_store *clean = wsync_store_mem_clone(rig.site.store);
    for (size_t i = 0; i < 2 * sizeof WAYS / sizeof *WAYS; i++) {
        enum damage_way way = WAYS[i / 2];
        wsync_store_close(rig.site.store);
        rig.site.store = rig.replica.store = wsync_store_mem_clone(clean);
        if (i % 2 == 0) {
            damage_whole(rig.site.store, WSYNC_TABLE_IMPORTS, IMPORT, way);
            assert_int_equal(import_rig_run(&rig, &options, &summary), WSYNC_ERR_CORRUPT);
        } else if (way != DAMAGE_STUMP) { /* the row is nowhere near */
            damage_whole(rig.site.store, WSYNC_TABLE_IMPORTS, MADE, way);
            assert_int_equal(undo(1, &undone, &kept), WSYNC_ERR_CORRUPT);
        }
    }
    wsync_store_close(clean);
}

/* ---- what stands above the table ---- */

static void test_rows_above_the_header(void **state)
{
    (void)state;
    struct wsync_import_options options = import_rig_options(
        &rig, import_rig_file(&rig, "t.csv", "Phường Hai, quận\n\"Báo\ncáo\"\n\n;x\"y;\n"
                                             "date;count\n2022-04-16;5\n2022-04-17;many\n"));
    options.header = "4";
    import_ok(&options);
    assert_counts(2, 1, 0, 1);
    assert_finding(0, 6, "count", "many",
                   "Field count: \"many\" is not a number; write it like 1234.5 or 1.234,5.");
    options.header = "7";
    assert_int_equal(import_rig_run(&rig, &options, &summary), WSYNC_ERR_VALUE);
    assert_non_null(strstr(rig.error.text, ": The table has no row 7."));
    options.header = "101";
    assert_int_equal(import_rig_run(&rig, &options, &summary), WSYNC_ERR_INVALID);
    assert_string_equal(rig.error.text, "header: it is the number of a row, from 1 to 100.");
}

/* ---- the table of findings ---- */

static void test_findings_as_a_table(void **state)
{
    (void)state;
    char text[512] = "";
    struct wsync_findings findings;
    FILE *out = tmpfile();
    assert_non_null(out);
    const struct wsync_finding finding = {3, 4, wsync_slice_of("count"), wsync_slice_of("a,b"),
                                          wsync_slice_of("Field count: \"a,b\" is wrong."),
                                          NULL};
    struct wsync_error sentence;
    wsync_findings_init(&findings, out, WSYNC_CSV_LF);
    wsync_findings_take(&findings, &finding);
    assert_int_equal(wsync_findings_fini(&findings, NULL), WSYNC_OK);
    rewind(out);
    size_t len = fread(text, 1, sizeof text - 1, out);
    text[len] = '\0';
    fclose(out);
    assert_string_equal(text, "row,line,column,value,reason\n3,4,count,\"a,b\",\"Field count: "
                              "\"\"a,b\"\" is wrong.\"\n");
    wsync_finding_print(&finding, &sentence);
    assert_string_equal(sentence.text,
                        "Row 3, column count: Field count: \"a,b\" is wrong.");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_findings_say_what_and_where),
        TEST(test_rows_the_table_spoils),
        TEST(test_texts_that_are_too_long),
        TEST(test_one_row_the_ledger_refuses),
        TEST(test_decimal_marks),
        TEST(test_keys_that_are_twice_or_missing),
        TEST(test_no_row_no_column_no_file),
        TEST(test_twice_adds_nothing),
        TEST(test_other_values_are_a_finding),
        TEST(test_stopped_goes_on),
        TEST(test_dry_run_saves_nothing),
        TEST(test_every_fault_of_the_store),
        TEST(test_failure_says_how_to_go_on),
        TEST(test_undo_takes_everything_back),
        TEST(test_undo_keeps_what_was_edited),
        TEST(test_list_of_imports),
        TEST(test_damaged_rows_are_seen),
        TEST(test_rows_above_the_header),
        TEST(test_findings_as_a_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
