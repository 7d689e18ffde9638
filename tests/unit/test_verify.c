/* SPDX-License-Identifier: Apache-2.0 */
/* Verification: a clean store has nothing to find; a flipped byte in any row that follows from
 * the raw log, and in the raw log itself, is found and named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/admin_log.h"
#include "host/session_log.h"
#include "tests/damage.h"
#include "tests/store_mem.h"
#include "tests/verified.h"
#include "tests/ward_pair_rich.h"

/* ---- damage ---- */

/* Verifies the district with that byte flipped. */
static void verify_flipped(struct ward_pair *world, const struct damage *spot,
                           struct verified *result)
{
    struct replica damaged = world->district;
    damaged.store = wsync_store_mem_clone(world->district.store);
    damage_do(damaged.store, spot);
    verified(&damaged, &world->installation, result);
    wsync_store_close(damaged.store);
}

/* ---- tests ---- */

static void a_clean_store_has_nothing_to_find(void **state)
{
    struct ward_pair *world = *state;
    static struct verified result;
    struct replica *all[] = {&world->district, &world->a, &world->b};
    for (size_t i = 0; i < 3; i++) {
        verified_clean(all[i], &world->installation);
        verified(all[i], &world->installation, &result);
        assert_true(result.result.compared);
        assert_memory_equal(result.result.stored.b, result.result.again.b, 32);
        struct wsync_hash digest = replica_digest(all[i], 0);
        assert_memory_equal(result.result.stored.b, digest.b, sizeof digest.b);
        assert_true(result.result.changes > 10 && result.result.records > 5);
    }
    assert_true(result.result.seals > 0);
}

/* What follows from the raw log, and the log itself. */
static const enum wsync_table TABLES[] = {
    WSYNC_TABLE_ROSTER,   WSYNC_TABLE_DEVICES,     WSYNC_TABLE_TRANSPORTS,
    WSYNC_TABLE_LOGS,     WSYNC_TABLE_LOG_NUMBERS, WSYNC_TABLE_CHANGES,
    WSYNC_TABLE_SEALS,    WSYNC_TABLE_REFERENCES,  WSYNC_TABLE_RECORDS,
    WSYNC_TABLE_HISTORY,  WSYNC_TABLE_CONFLICTS,   WSYNC_TABLE_TOTALS,
    WSYNC_TABLE_WAITING,  WSYNC_TABLE_QUARANTINE,  WSYNC_TABLE_FORMS,
    WSYNC_TABLE_UNITS,    WSYNC_TABLE_VERDICTS,    WSYNC_TABLE_ORIGINS,
    WSYNC_TABLE_BRANCHES, WSYNC_TABLE_KEYS,        WSYNC_TABLE_PINS,
    WSYNC_TABLE_LOG_KEYS, WSYNC_TABLE_COUNTED,
};

/* Time and state of a change that lies aside are what they were when it was put there; nobody
 * reads them, and no bytes say what they must be. */
static bool is_unread(const struct damage *spot)
{
    return spot->table == WSYNC_TABLE_CHANGES && spot->aside && !spot->in_key &&
           spot->byte >= WSYNC_HASH_BYTES && spot->byte < WSYNC_HASH_BYTES + 9;
}

static size_t sweep_row(struct ward_pair *world, struct damage spot, size_t len, size_t every)
{
    static struct verified result;
    size_t spots = 0;
    for (spot.byte = spot.row % every; spot.byte < len; spot.byte += every) {
        if (is_unread(&spot)) {
            continue;
        }
        verify_flipped(world, &spot, &result);
        if (result.result.findings == 0) {
            print_error("table %d row %zu %s byte %zu: nothing found\n", (int)spot.table,
                        spot.row, spot.in_key ? "key" : "value", spot.byte);
        }
        assert_true(result.result.findings > 0);
        assert_true(result.findings[0].place[0] != '\0');
        spots++;
    }
    return spots;
}

/* Every row of every table, every few bytes of it. */
static void every_flipped_byte_is_found(void **state)
{
    struct ward_pair *world = *state;
    size_t every = getenv("VERIFY_EVERY") ? strtoul(getenv("VERIFY_EVERY"), NULL, 10) : 23;
    for (size_t i = 0; i < sizeof TABLES / sizeof *TABLES; i++) {
        struct wsync_entry entry;
        struct wsync_txn *txn;
        size_t spots = 0;
        assert_int_equal(wsync_store_begin(world->district.store, WSYNC_TXN_READ, &txn),
                         WSYNC_OK);
        for (size_t row = 0; damage_row(txn, TABLES[i], row, &entry); row++) {
            size_t key_len = entry.key.len;
            struct damage spot = {
                .table = TABLES[i], .row = row, .aside = entry.key.data[0] >= 0x80};
            spots += sweep_row(world, spot, entry.value.len, every);
            spot.in_key = true;
            spots += sweep_row(world, spot, key_len, key_len < every ? 3 : every);
        }
        wsync_txn_abort(txn);
        assert_true(spots > 0); /* the world has a row in each */
    }
}

static bool cuts_something(const struct wsync_entry *entry, enum damage_way way)
{
    return !(way == DAMAGE_SHORT && entry->value.len == 0) &&
           !(way == DAMAGE_STUMP_VALUE && entry->value.len <= 1);
}

/* Cuts or lengthens a row, in its key or its value. */
static void find_damage(struct ward_pair *world, enum wsync_table table, size_t row,
                        enum damage_way way)
{
    static struct verified result;
    struct replica damaged = world->district;
    damaged.store = wsync_store_mem_clone(world->district.store);
    damage_whole(damaged.store, table, row, way);
    verified(&damaged, &world->installation, &result);
    wsync_store_close(damaged.store);
    if (result.result.findings == 0) {
        print_error("table %d row %zu way %d: nothing found\n", (int)table, row, (int)way);
    }
    assert_true(result.result.findings > 0);
    assert_true(result.findings[0].place[0] != '\0');
}

static void every_damaged_row_is_found(void **state)
{
    struct ward_pair *world = *state;
    size_t rows = 0;
    for (size_t i = 0; i < sizeof TABLES / sizeof *TABLES; i++) {
        struct wsync_entry entry;
        struct wsync_txn *txn;
        assert_int_equal(wsync_store_begin(world->district.store, WSYNC_TXN_READ, &txn),
                         WSYNC_OK);
        for (size_t row = 0; damage_row(txn, TABLES[i], row, &entry); row++, rows++) {
            for (int way = DAMAGE_SHORT; way < DAMAGE_WAYS; way++) {
                if (cuts_something(&entry, (enum damage_way)way)) {
                    find_damage(world, TABLES[i], row, (enum damage_way)way);
                }
            }
        }
        wsync_txn_abort(txn);
    }
    assert_true(rows > 60);
}

/* Work that is still to be done stands under a key that is none. */
static void released_work_that_cannot_be_read_is_named(void **state)
{
    struct ward_pair *world = *state;
    static struct verified result;
    struct replica damaged = world->district;
    struct wsync_txn *txn;
    damaged.store = wsync_store_mem_clone(world->district.store);
    assert_int_equal(wsync_store_begin(damaged.store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    assert_int_equal(
        wsync_txn_put(txn, WSYNC_TABLE_RELEASED, wsync_slice_of("S"), wsync_slice(NULL, 0)),
        WSYNC_OK);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
    verified(&damaged, &world->installation, &result);
    assert_int_equal(result.result.findings, 1);
    assert_string_equal(result.findings[0].what, "released");
    wsync_store_close(damaged.store);
}

/* What a person reads about it. */
static void the_first_difference_is_named(void **state)
{
    struct ward_pair *world = *state;
    static struct verified result;
    static const struct {
        struct damage spot;
        const char *what, *place, *stored;
    } CASES[] = {
        {{WSYNC_TABLE_ROSTER, 1, false, 103, false}, "roster", "statement 2", "installation"},
        {{WSYNC_TABLE_LOGS, 0, false, 80, false}, "logs", "its head", "change "},
        {{WSYNC_TABLE_CHANGES, 1, false, 60, false}, "chain", ", change 1", "hash"},
        {{WSYNC_TABLE_CHANGES, 1, false, 3, false}, "chain", ", change 1", "hash"},
        {{WSYNC_TABLE_CHANGES, 1, false, 40, false}, "changes", ", change 1", "unknown"},
        {{WSYNC_TABLE_SEALS, 0, false, 100, false}, "seal", ", change 1", "seal"},
        {{WSYNC_TABLE_TOTALS, 0, false, 7, false},
         "totals",
         "cell of cleanup (16), log of unit 2, about unit 2, 2022-04-18",
         "records"},
        {{WSYNC_TABLE_COUNTED, 0, true, 27, false}, "counted", "record ", "listed"},
        {{WSYNC_TABLE_HISTORY, 0, true, 20, false}, "history", "record ", "listed"},
        {{WSYNC_TABLE_CONFLICTS, 0, true, 11, false}, "conflicts", "record ", "listed"},
        {{WSYNC_TABLE_QUARANTINE, 0, false, 1, false}, "quarantine", ", change 1", "bytes"},
        {{WSYNC_TABLE_FORMS, 0, false, 11, false}, "forms", "form 16 version 1", "bytes"},
        {{WSYNC_TABLE_DEVICES, 1, false, 0, false}, "devices", "device \"", "bytes"},
        {{WSYNC_TABLE_WAITING, 0, true, 2, false}, "waiting", ", change 2", "never"},
        {{WSYNC_TABLE_BRANCHES, 0, false, 20, false}, "branches", ", change ", "head"},
    };
    size_t others = 0;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        verify_flipped(world, &CASES[i].spot, &result);
        const struct wsync_verify_finding *finding = &result.findings[0];
        bool named = result.result.findings > 0 && strcmp(finding->what, CASES[i].what) == 0 &&
                     strstr(finding->place, CASES[i].place) &&
                     strstr(finding->stored, CASES[i].stored);
        if (!named) {
            print_error("case %zu: %llu findings, %s: %s: %s\n", i,
                        (unsigned long long)result.result.findings, finding->what,
                        finding->place, finding->stored);
        }
        others += !named;
    }
    assert_int_equal(others, 0);
}

/* A record's field is named with what both sides say, unless it is personal. */
static void a_value_is_named_with_both_sides(void **state)
{
    struct ward_pair *world = *state;
    static struct verified result;
    struct wsync_txn *txn;
    struct wsync_entry entry;
    size_t row = 0;
    const uint8_t seven[] = {0, 0, 0, 0, 0, 0, 0, 4};
    struct damage spot = {.table = WSYNC_TABLE_RECORDS};
    assert_int_equal(wsync_store_begin(world->district.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    for (bool found = false; !found; row++) { /* the record with the count 4 */
        assert_true(damage_row(txn, WSYNC_TABLE_RECORDS, row, &entry));
        for (size_t at = 24; at + sizeof seven <= entry.value.len && !found; at++) {
            found = memcmp(entry.value.data + at, seven, sizeof seven) == 0;
            spot.row = row;
            spot.byte = at + 7;
        }
    }
    wsync_txn_abort(txn);
    verify_flipped(world, &spot, &result);
    assert_string_equal(result.findings[0].what, "records");
    assert_non_null(strstr(result.findings[0].place, ", field f2"));
    assert_non_null(strstr(result.findings[0].stored, "\"20\" of change "));
    assert_non_null(strstr(result.findings[0].again, "\"4\" of change "));
    assert_string_equal(result.findings[result.result.findings - 1].what, "digest");
}

/* The verification of a damaged log goes on with the other logs. */
static void a_damaged_log_does_not_hide_the_others(void **state)
{
    struct ward_pair *world = *state;
    static struct verified result;
    struct replica damaged = world->district;
    struct wsync_log a = ward_pair_own_log(&world->a, WARD_PAIR_UNIT);
    const struct damage spots[] = {{WSYNC_TABLE_CHANGES, 1, false, 60, false}, {0}};
    damaged.store = wsync_store_mem_clone(world->district.store);
    damage_do(damaged.store, &spots[0]);
    verified(&damaged, &world->installation, &result);
    assert_false(result.result.compared);
    assert_true(result.result.changes > 0 && a.seq > 0);
    wsync_store_close(damaged.store);
}

/* Writes META's row `name` of the unit as naming `log`; NULL: as nonsense. */
static void put_own(struct wsync_store *store, const char *name, uint32_t unit,
                    const struct wsync_log_id *log)
{
    uint8_t key[7] = {0, 0, 0, 0, 0, 0, (uint8_t)unit};
    struct wsync_txn *txn;
    memcpy(key, name, 3);
    assert_int_equal(wsync_store_begin(store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    assert_int_equal(wsync_txn_put(txn, WSYNC_TABLE_META, wsync_slice(key, sizeof key),
                                   log ? WSYNC_BYTES(*log) : wsync_slice_of("none")),
                     WSYNC_OK);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
}

/* Which log this device writes follows from no raw log: what cannot be is named. */
static void a_wrong_open_log_is_named(void **state)
{
    struct ward_pair *world = *state;
    static struct verified result;
    const struct wsync_log a = ward_pair_own_log(&world->a, WARD_PAIR_UNIT);
    const struct wsync_log b = ward_pair_own_log(&world->b, WARD_PAIR_UNIT);
    const struct wsync_log_id nowhere = {{1, 2, 3}};
    const struct {
        const char *name;
        uint32_t unit;
        const struct wsync_log_id *log;
        const char *what, *stored;
    } cases[] = {
        {"own", WARD_PAIR_UNIT, &b.id, "open log", "another device"},
        {"old", WARD_PAIR_UNIT, &b.id, "retired log", "another device"},
        {"own", 77, &a.id, "open log", "another unit"},
        {"own", WARD_PAIR_UNIT, &nowhere, "open log", "not here"},
        {"own", WARD_PAIR_UNIT, NULL, "open log", "cannot be read"},
        {"old", WARD_PAIR_UNIT, &a.id, "open log", "retired"}, /* the one that is open, too */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct replica damaged = world->a;
        damaged.store = wsync_store_mem_clone(world->a.store);
        put_own(damaged.store, cases[i].name, cases[i].unit, cases[i].log);
        verified(&damaged, &world->installation, &result);
        assert_int_equal(result.result.findings, 1);
        assert_string_equal(result.findings[0].what, cases[i].what);
        assert_non_null(strstr(result.findings[0].stored, cases[i].stored));
        assert_non_null(strstr(result.findings[0].place, "of this device for unit "));
        wsync_store_close(damaged.store);
    }
}

/* ---- what was seen and done here ---- */

static void expect_row(struct replica *district, const struct installation *installation,
                       const char *what, const char *place)
{
    static struct verified result;
    verified(district, installation, &result);
    assert_int_equal(result.result.findings, 1);
    assert_string_equal(result.findings[0].what, what);
    assert_string_equal(result.findings[0].place, place);
}

static void verification_names_the_line(void **state)
{
    struct ward_pair *world = *state;
    struct wsync_session_row row = {.kind = WSYNC_SESSION_KIND_SYNC, .times = 1};
    struct replica district = world->district;
    struct wsync_txn *txn;
    uint64_t number;
    district.store = wsync_store_mem_clone(world->district.store);
    assert_int_equal(wsync_store_begin(district.store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(wsync_admin_log_add(txn, WSYNC_ADMIN_INVITE, 1650000000, "unit=%d", i),
                         WSYNC_OK);
        assert_int_equal(wsync_session_log_add(txn, &row, &number), WSYNC_OK);
    }
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
    verified_clean(&district, &world->installation);
    struct replica damaged = district;
    damaged.store = wsync_store_mem_clone(district.store);
    damage_whole(damaged.store, WSYNC_TABLE_SESSIONS, 2, DAMAGE_GONE);
    expect_row(&damaged, &world->installation, "session log", "row 3");
    wsync_store_close(damaged.store);
    damaged.store = wsync_store_mem_clone(district.store);
    damage_do(damaged.store, &(struct damage){WSYNC_TABLE_ADMIN, 1, false, 16, false});
    expect_row(&damaged, &world->installation, "admin log", "row 2");
    wsync_store_close(damaged.store);
    static struct verified result; /* a row that is gone is missed by both */
    damage_whole(district.store, WSYNC_TABLE_ADMIN, 2, DAMAGE_GONE);
    verified(&district, &world->installation, &result);
    assert_int_equal(result.result.findings, 2);
    assert_string_equal(result.findings[0].place, "row 3");
    assert_string_equal(result.findings[1].what, "session log");
    wsync_store_close(district.store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define RICH(name) cmocka_unit_test_setup_teardown(name, ward_pair_rich, ward_pair_tear_down)
        RICH(a_clean_store_has_nothing_to_find),
        RICH(every_flipped_byte_is_found),
        RICH(every_damaged_row_is_found),
        RICH(the_first_difference_is_named),
        RICH(a_value_is_named_with_both_sides),
        RICH(a_damaged_log_does_not_hide_the_others),
        RICH(released_work_that_cannot_be_read_is_named),
        RICH(a_wrong_open_log_is_named),
        {"case 21: verification names the line of the admin log that was touched",
         verification_names_the_line, ward_pair_rich, ward_pair_tear_down, NULL},
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
