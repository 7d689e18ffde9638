/* SPDX-License-Identifier: Apache-2.0 */
/* What is looked at without being asked: the heads of the logs at every opening, and the raw
 * log a slice at a time while a program serves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "host/heads.h"
#include "host/scrub.h"
#include "tests/damage.h"
#include "tests/store_mem.h"
#include "tests/ward_pair.h"

enum { SLICES_MAX = 20000, SLICE_MS = 1000, ROWS_MAX = 4096 };

static int set_up(void **state)
{
    assert_int_equal(ward_pair_set_up(state), 0);
    struct ward_pair *world = *state;
    ward_pair_sync(world, &world->a, WSYNC_OK); /* brings the form */
    ward_pair_sync(world, &world->b, WSYNC_OK);
    for (int64_t i = 1; i <= 4; i++) {
        ward_pair_create(&world->a, i);
        ward_pair_sync_on(world, &world->a);
    }
    return 0;
}

/* Ticks until this many rounds are over; answers the time. */
static int64_t scrub_rounds(struct wsync_scrub *scrub, struct wsync_store *store,
                            uint64_t rounds, int64_t now_ms)
{
    for (int i = 0; scrub->rounds < rounds; i++) {
        assert_true(i < SLICES_MAX);
        wsync_scrub_tick(scrub, store, now_ms);
        now_ms += SLICE_MS;
    }
    return now_ms;
}

static struct wsync_scrub_damage known(struct wsync_store *store)
{
    struct wsync_scrub_damage damage;
    struct wsync_txn *txn;
    assert_int_equal(wsync_store_begin(store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_scrub_known(txn, &damage), WSYNC_OK);
    wsync_txn_abort(txn);
    return damage;
}

/* Bytes of the value of a row, 0 behind the last row. */
static size_t row_bytes(struct wsync_store *store, enum wsync_table table, size_t row)
{
    struct wsync_entry entry;
    struct wsync_txn *txn;
    assert_int_equal(wsync_store_begin(store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    size_t bytes = damage_row(txn, table, row, &entry) ? entry.value.len : 0;
    wsync_txn_abort(txn);
    return bytes;
}

static void a_sound_log_is_passed(void **state)
{
    struct ward_pair *world = *state;
    struct wsync_scrub scrub = {.begun = false};
    scrub_rounds(&scrub, world->district.store, 3, 1);
    assert_int_equal(known(world->district.store).places, 0);
    assert_int_equal(scrub.damages, 0);
}

/* A byte of every change and of every seal. */
static void damage_is_noted_once_and_forgotten_when_it_is_gone(void **state)
{
    struct ward_pair *world = *state;
    const struct damage cases[] = {{WSYNC_TABLE_CHANGES, 0, false, 3, false},
                                   {WSYNC_TABLE_CHANGES, 0, false, 60, false},
                                   {WSYNC_TABLE_SEALS, 0, false, 12, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct damage damage = cases[i];
        for (; damage.row < ROWS_MAX; damage.row++) {
            if (row_bytes(world->district.store, damage.table, damage.row) == 0) {
                break;
            }
            struct wsync_store *store = wsync_store_mem_clone(world->district.store);
            struct wsync_scrub scrub = {.begun = false};
            damage_do(store, &damage);
            int64_t now = scrub_rounds(&scrub, store, 2, 1);
            struct wsync_scrub_damage first = known(store);
            assert_true(first.places > 0 && first.fault != WSYNC_SCRUB_SOUND);
            now = scrub_rounds(&scrub, store, 4, now);
            assert_int_equal(known(store).places, first.places);
            damage_do(store, &damage); /* as it was */
            scrub_rounds(&scrub, store, 6, now);
            assert_int_equal(known(store).places, 0);
            wsync_store_close(store);
        }
        assert_true(damage.row > 2);
    }
}

/* A slice costs no more than it may, and it is not read before its time. */
static void a_slice_is_bounded(void **state)
{
    struct ward_pair *world = *state;
    struct wsync_scrub scrub = {.begun = false};
    for (int64_t i = 0; i < 1000; i++) {
        ward_pair_create(&world->a, i);
    }
    scrub_rounds(&scrub, world->a.store, 1, 1); /* it begins in the middle */
    int64_t now = scrub.next_ms;
    wsync_scrub_tick(&scrub, world->a.store, now);
    uint64_t read = scrub.changes;
    assert_true(read > 0 && read <= 800 && scrub.rounds == 1); /* fewer when it is slow */
    wsync_scrub_tick(&scrub, world->a.store, now + SLICE_MS - 1);
    assert_int_equal(scrub.changes, read);
    wsync_scrub_tick(&scrub, world->a.store, now + SLICE_MS);
    assert_true(scrub.changes > read || scrub.rounds == 2);
}

static void heads_that_hold_are_opened(void **state)
{
    struct ward_pair *world = *state;
    struct wsync_error error = {{0}};
    assert_int_equal(wsync_heads_check(world->district.store, &error), WSYNC_OK);
    assert_int_equal(wsync_heads_check(world->a.store, &error), WSYNC_OK);
}

/* The place of the last change of the log of `a`, and of the one before. */
static void find_last(struct ward_pair *world, size_t *before, size_t *last)
{
    struct wsync_log log = ward_pair_own_log(&world->a, WARD_PAIR_UNIT);
    struct wsync_txn *txn;
    struct wsync_entry entry;
    *last = 0;
    assert_true(log.seq > 1);
    assert_int_equal(wsync_store_begin(world->a.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    for (size_t row = 0; damage_row(txn, WSYNC_TABLE_CHANGES, row, &entry); row++) {
        if (entry.key.data[3] == log.no && entry.key.data[11] == log.seq) {
            *last = row;
        }
    }
    wsync_txn_abort(txn);
    assert_true(*last > 1);
    *before = *last - 1;
}

static void a_head_that_does_not_hold_is_named(void **state)
{
    struct ward_pair *world = *state;
    struct wsync_log log = ward_pair_own_log(&world->a, WARD_PAIR_UNIT);
    char digits[9];
    size_t before;
    size_t last;
    find_last(world, &before, &last);
    wsync_hex_encode(wsync_slice(log.id.b, 4), digits);
    const struct damage cases[] = {
        {WSYNC_TABLE_CHANGES, last, false, 3, false},   /* its hash */
        {WSYNC_TABLE_CHANGES, last, false, 60, false},  /* its bytes */
        {WSYNC_TABLE_CHANGES, before, false, 3, false}, /* the link to the one before */
        {WSYNC_TABLE_CHANGES, last, true, 11, false},   /* it stands elsewhere */
        {WSYNC_TABLE_LOGS, log.no - 1, false, 80, false},
        {WSYNC_TABLE_LOGS, log.no - 1, false, 76, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct wsync_store *store = wsync_store_mem_clone(world->a.store);
        struct wsync_error error = {{0}};
        damage_do(store, &cases[i]);
        assert_int_equal(wsync_heads_check(store, &error), WSYNC_ERR_CORRUPT);
        assert_non_null(strstr(error.text, digits));
        assert_non_null(strstr(error.text, "backup"));
        wsync_store_close(store);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define WORLD(name) cmocka_unit_test_setup_teardown(name, set_up, ward_pair_tear_down)
        WORLD(a_sound_log_is_passed),
        WORLD(damage_is_noted_once_and_forgotten_when_it_is_gone),
        WORLD(a_slice_is_bounded),
        WORLD(heads_that_hold_are_opened),
        WORLD(a_head_that_does_not_hold_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
