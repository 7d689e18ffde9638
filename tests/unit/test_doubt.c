/* SPDX-License-Identifier: Apache-2.0 */
/* Which devices a district that went back still awaits, told by counting doubts and never by
 * comparing clocks (S13.23). */
#include "host/doubt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/refill.h"
#include "host/session_book.h"
#include "tests/replica.h"
#include "tests/store_mem.h"
#include "wardsync/restore.h"

enum { SEED = 29, UNIT = 2, NOW = 1650000000 };

static const struct wsync_session_policy KEEP_ALL = {36500, 1000000};

struct world {
    struct installation installation;
    struct replica district, wards[3];
    size_t enrolled;
    struct wsync_session_book *book;
};

static struct replica *enrol(struct world *world)
{
    struct replica *ward = &world->wards[world->enrolled++];
    replica_init(ward, wsync_store_mem_new(), SEED, (uint32_t)world->enrolled, UNIT);
    replica_enrol(&world->district, &world->installation, ward);
    return ward;
}

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    installation_init(&world->installation, SEED);
    replica_init(&world->district, wsync_store_mem_new(), SEED, 0, REPLICA_TOP);
    replica_found(&world->district, &world->installation);
    world->book = calloc(1, sizeof *world->book);
    (void)enrol(world);
    (void)enrol(world);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    for (size_t i = 0; i < world->enrolled; i++) {
        replica_fini(&world->wards[i]);
    }
    replica_fini(&world->district);
    free(world->book);
    free(world);
    return 0;
}

static struct wsync_txn *begin(const struct world *world, enum wsync_txn_mode mode)
{
    struct wsync_txn *txn;
    assert_int_equal(wsync_store_begin(world->district.store, mode, &txn), WSYNC_OK);
    return txn;
}

static void commit(struct wsync_txn *txn)
{
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
}

/* The district learns at `now`, by its clock, that it may have gone back. */
static void doubt(struct world *world, int64_t now)
{
    struct wsync_txn *txn = begin(world, WSYNC_TXN_WRITE);
    assert_int_equal(wsync_retire_all(&world->district.ledger, txn), WSYNC_OK);
    assert_int_equal(wsync_doubt_note(txn, WSYNC_DOUBT_TOLD, now), WSYNC_OK);
    commit(txn);
}

/* The ward ended a session at `now`, by the district's clock. */
static void hear(struct world *world, const struct replica *ward, int64_t now,
                 enum wsync_err code)
{
    struct wsync_session_note note = {.row = {.kind = WSYNC_SESSION_KIND_SYNC,
                                              .begun = now,
                                              .ended = now,
                                              .times = 1,
                                              .code = code},
                                      .key = ward->transport,
                                      .facts = {.spoke = true}};
    wsync_session_book_note(world->book, &note, 0);
    assert_int_equal(
        wsync_session_book_write(world->book, world->district.store, &KEEP_ALL, 0, now),
        WSYNC_OK);
}

static unsigned awaited(const struct world *world)
{
    struct wsync_txn *txn = begin(world, WSYNC_TXN_READ);
    struct wsync_refill refill;
    assert_int_equal(wsync_refill_read(txn, &refill), WSYNC_OK);
    wsync_txn_abort(txn);
    return refill.awaited;
}

static void put_back(struct world *world, struct wsync_store *copy)
{
    wsync_store_close(world->district.store);
    world->district.store = wsync_store_mem_clone(copy);
    world->district.draws += 1000; /* its dice are no older */
}

/* May a statement be issued?  What is found is kept, as by one that is. */
static enum wsync_err check(struct world *world)
{
    struct wsync_txn *txn = begin(world, WSYNC_TXN_WRITE);
    struct wsync_error error;
    enum wsync_err err = wsync_refill_check(txn, &error);
    commit(txn);
    return err;
}

/* Heard in the very second of the doubt, before it: that is not since. */
static void the_same_second_is_not_since(void **state)
{
    struct world *world = *state;
    hear(world, &world->wards[0], NOW, WSYNC_OK);
    hear(world, &world->wards[1], NOW, WSYNC_ERR_BUSY);
    assert_int_equal(awaited(world), 0); /* it never went back */
    doubt(world, NOW);
    assert_int_equal(awaited(world), 2);
    assert_int_equal(check(world), WSYNC_ERR_BUSY);
    hear(world, &world->wards[0], NOW, WSYNC_OK);
    assert_int_equal(awaited(world), 1);
    hear(world, &world->wards[1], NOW, WSYNC_ERR_LINK);
    assert_int_equal(awaited(world), 1);
    hear(world, &world->wards[1], NOW, WSYNC_ERR_BUSY); /* its rotation was put off */
    assert_int_equal(awaited(world), 0);
    assert_int_equal(check(world), WSYNC_OK);
}

/* The clock was wrong before the doubt, or is wrong behind it. */
static void a_wrong_clock_decides_nothing(void **state)
{
    struct world *world = *state;
    hear(world, &world->wards[0], NOW + 1000000, WSYNC_OK);
    hear(world, &world->wards[1], NOW + 1000000, WSYNC_OK);
    doubt(world, NOW);
    assert_int_equal(awaited(world), 2);
    hear(world, &world->wards[0], NOW - 1000000, WSYNC_OK);
    hear(world, &world->wards[1], NOW - 1000000, WSYNC_OK);
    assert_int_equal(awaited(world), 0);
    doubt(world, NOW - 2000000);
    assert_int_equal(awaited(world), 2);
}

/* A copy from the time behind a doubt, put back twice: each time everybody is awaited. */
static void a_copy_put_back_again_awaits_all_again(void **state)
{
    struct world *world = *state;
    struct wsync_store *oldest = wsync_store_mem_clone(world->district.store);
    doubt(world, NOW);
    hear(world, &world->wards[0], NOW, WSYNC_OK);
    hear(world, &world->wards[1], NOW, WSYNC_OK);
    struct wsync_store *copy = wsync_store_mem_clone(world->district.store);
    for (int round = 0; round < 3; round++) {
        assert_int_equal(awaited(world), 0);
        put_back(world, round == 2 ? oldest : copy);
        doubt(world, NOW);
        assert_int_equal(awaited(world), 2);
        hear(world, &world->wards[0], NOW, WSYNC_OK);
        assert_int_equal(awaited(world), 1);
        hear(world, &world->wards[1], NOW, WSYNC_OK);
    }
    assert_int_equal(check(world), WSYNC_OK); /* and that is noted */
    wsync_store_close(copy);
    copy = wsync_store_mem_clone(world->district.store);
    put_back(world, copy);
    doubt(world, NOW);
    assert_int_equal(awaited(world), 2);
    wsync_store_close(copy);
    wsync_store_close(oldest);
}

/* One that was enrolled behind a doubt has nothing to bring back, whatever its stamp. */
static void an_enrolment_since_awaits_nobody(void **state)
{
    struct world *world = *state;
    doubt(world, NOW + 1000000);
    hear(world, &world->wards[0], NOW, WSYNC_OK);
    hear(world, &world->wards[1], NOW, WSYNC_OK);
    assert_int_equal(check(world), WSYNC_OK);
    (void)enrol(world);
    assert_int_equal(awaited(world), 0);
    doubt(world, NOW + 1000000);
    assert_int_equal(awaited(world), 3);
}

/* One that comes back with what was lost may hold more of it, stamped as late as it may be. */
static void one_that_came_back_is_awaited(void **state)
{
    struct world *world = *state;
    struct wsync_store *copy = wsync_store_mem_clone(world->district.store);
    struct replica *late = enrol(world);
    assert_int_equal(
        replica_sync(&world->wards[0], &world->district, &world->installation, NULL), WSYNC_OK);
    put_back(world, copy);
    doubt(world, NOW - 1000000);
    hear(world, &world->wards[1], NOW, WSYNC_OK);
    assert_int_equal(awaited(world), 1);
    assert_int_equal(
        replica_sync(&world->wards[0], &world->district, &world->installation, NULL), WSYNC_OK);
    hear(world, &world->wards[0], NOW, WSYNC_OK);
    assert_int_equal(awaited(world), 1);
    hear(world, late, NOW, WSYNC_OK);
    assert_int_equal(awaited(world), 0);
    wsync_store_close(copy);
}

/* The roster was taken for whole, and a ward shows that it was not. */
static void what_comes_back_undoes_that_it_was_whole(void **state)
{
    struct world *world = *state;
    struct wsync_store *copy = wsync_store_mem_clone(world->district.store);
    (void)enrol(world);
    assert_int_equal(
        replica_sync(&world->wards[0], &world->district, &world->installation, NULL), WSYNC_OK);
    put_back(world, copy);
    doubt(world, NOW);
    struct wsync_txn *txn = begin(world, WSYNC_TXN_WRITE);
    assert_int_equal(wsync_refill_whole(txn, NOW), WSYNC_OK);
    commit(txn);
    assert_int_equal(awaited(world), 0);
    assert_int_equal(
        replica_sync(&world->wards[0], &world->district, &world->installation, NULL), WSYNC_OK);
    hear(world, &world->wards[0], NOW, WSYNC_OK);
    assert_int_equal(awaited(world), 2);
    wsync_store_close(copy);
}

/* A doubt that an earlier program noted had no number. */
static void a_doubt_of_before_counts_as_the_first(void **state)
{
    struct world *world = *state;
    struct wsync_txn *txn = begin(world, WSYNC_TXN_WRITE);
    enum wsync_doubt why;
    int64_t when;
    uint64_t count;
    assert_int_equal(wsync_doubt_count(txn, &count), WSYNC_OK);
    assert_int_equal(count, 0);
    assert_int_equal(wsync_txn_put(txn, WSYNC_TABLE_META, wsync_slice_of("doubt"),
                                   wsync_slice_of("4 1650000000")),
                     WSYNC_OK);
    assert_int_equal(wsync_doubt_count(txn, &count), WSYNC_OK);
    assert_int_equal(count, 1);
    assert_int_equal(wsync_doubt_note(txn, WSYNC_DOUBT_TOLD, 77), WSYNC_OK);
    assert_int_equal(wsync_doubt_count(txn, &count), WSYNC_OK);
    assert_int_equal(wsync_doubt_last(txn, &why, &when), WSYNC_OK);
    assert_true(count == 2 && why == WSYNC_DOUBT_TOLD && when == 77);
    assert_int_equal(wsync_txn_put(txn, WSYNC_TABLE_META, wsync_slice_of("doubt"),
                                   wsync_slice_of("4 77 0")),
                     WSYNC_OK);
    assert_int_equal(wsync_doubt_count(txn, &count), WSYNC_ERR_CORRUPT);
    wsync_txn_abort(txn);
}

int main(void)
{
#define DOUBT_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        DOUBT_TEST(the_same_second_is_not_since),
        DOUBT_TEST(a_wrong_clock_decides_nothing),
        DOUBT_TEST(a_copy_put_back_again_awaits_all_again),
        DOUBT_TEST(an_enrolment_since_awaits_nobody),
        DOUBT_TEST(one_that_came_back_is_awaited),
        DOUBT_TEST(what_comes_back_undoes_that_it_was_whole),
        DOUBT_TEST(a_doubt_of_before_counts_as_the_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
