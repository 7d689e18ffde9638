/* SPDX-License-Identifier: Apache-2.0 */
/* How much of attachments the district takes of one device (SPEC section 18.3). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/blobs_mem.h"
#include "tests/pair.h"
#include "tests/photos.h"
#include "tests/store_faulty.h"
#include "wardsync/blob_quota.h"

enum { CHUNK = WSYNC_BLOB_CHUNK_BYTES, DAY_S = 86400, FILE_BYTES = 12 * CHUNK };

static int set_up(void **state)
{
    assert_int_equal(pair_set_up(state), 0);
    struct pair *pair = *state;
    pair->world->district.ledger.blobs = wsync_blobs_mem_new();
    pair->world->a.ledger.blobs = wsync_blobs_mem_new();
    pair->world->b.ledger.blobs = wsync_blobs_mem_new();
    photos_define(&pair->world->district);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    assert_int_equal(pair_sync(pair, PAIR_B), WSYNC_OK);
    return 0;
}

static int tear_down(void **state)
{
    struct pair *pair = *state;
    wsync_blobs_close(pair->world->district.ledger.blobs);
    wsync_blobs_close(pair->world->a.ledger.blobs);
    wsync_blobs_close(pair->world->b.ledger.blobs);
    return pair_tear_down(state);
}

static struct wsync_txn *begin(struct replica *replica)
{
    struct wsync_txn *txn;
    replica_tell_moment(replica);
    assert_int_equal(wsync_store_begin(replica->store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    return txn;
}

static struct wsync_blob_name made_up(uint32_t number, uint64_t length)
{
    struct wsync_blob_name name = {.length = length, .root = {{0x77}}};
    memcpy(&name.root.b[1], &number, sizeof number);
    return name;
}

/* As if A had handed in so many today, of so many bytes each. */
static void spend(struct pair *pair, uint32_t count, uint64_t length)
{
    struct replica *district = &pair->world->district;
    const struct wsync_device_id *a = &pair->world->a.identity.device;
    struct wsync_txn *txn = begin(district);
    for (uint32_t i = 0; i < count; i++) {
        struct wsync_blob_name name = made_up(i, length);
        assert_int_equal(wsync_blob_note_begun(&district->ledger, txn, a, &name), WSYNC_OK);
        assert_int_equal(wsync_blob_note_ended(&district->ledger, txn, a, &name, true),
                         WSYNC_OK);
    }
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
}

static uint64_t refused_today(struct replica *district)
{
    struct wsync_txn *txn = begin(district);
    uint64_t devices;
    assert_int_equal(wsync_blob_over(txn, district->now, &devices), WSYNC_OK);
    wsync_txn_abort(txn);
    return devices;
}

/* A has used up its day: its records come, its photos wait and it is told; those of others
 * come; on the next day its own do. */
static void waits_a_day(struct pair *pair)
{
    struct replica *district = &pair->world->district;
    struct wsync_blob_name waits = photos_name(1, 900), comes = photos_name(2, 900);
    photos_record(&pair->world->a, PAIR_UNIT, 1, 900, true);
    photos_record(&pair->world->b, PAIR_UNIT, 2, 900, true);
    assert_int_equal(refused_today(district), 0);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    assert_int_equal(pair_sync(pair, PAIR_B), WSYNC_OK);
    struct wsync_session_counts *counts = &pair->up_a.lines[0].session.counts;
    assert_int_equal(counts->changes_acked, 1);
    assert_int_equal(counts->blobs.chunks_sent, 0);
    assert_int_equal(counts->blobs.waiting, 1);
    assert_true(counts->blobs.left);
    assert_false(photos_whole(district, &waits));
    assert_true(photos_whole(district, &comes));
    assert_int_equal(pair->up_b.lines[0].session.counts.blobs.waiting, 0);
    assert_int_equal(refused_today(district), 1);
    district->now += DAY_S;
    assert_int_equal(refused_today(district), 0);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    assert_true(photos_whole(district, &waits));
    assert_int_equal(pair->up_a.lines[0].session.counts.blobs.waiting, 0);
}

/* S18.24: so many in a day; up to it they come. */
static void test_count_of_a_day(void **state)
{
    struct pair *pair = *state;
    struct wsync_blob_name last = photos_name(3, 900);
    spend(pair, WSYNC_BLOB_DAY_COUNT_MAX - 1, 1);
    photos_record(&pair->world->a, PAIR_UNIT, 3, 900, true);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    assert_true(photos_whole(&pair->world->district, &last));
    waits_a_day(pair);
}

static void test_bytes_of_a_day(void **state)
{
    spend(*state, WSYNC_BLOB_DAY_BYTES_MAX / WSYNC_BLOB_BYTES_MAX, WSYNC_BLOB_BYTES_MAX);
    waits_a_day(*state);
}

/* What is asked for by the book ends with the first one that waits: there may be millions. */
static void test_book_is_not_walked(void **state)
{
    enum { MANY = 40 };
    struct pair *pair = *state;
    struct wsync_store_faulty counting;
    struct wsync_store *store = pair->down.pump.store;
    uint64_t cost[2];
    spend(pair, WSYNC_BLOB_DAY_COUNT_MAX, 1);
    for (uint32_t round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < (round == 0 ? 1 : MANY); i++) {
            photos_record(&pair->world->a, PAIR_UNIT, 100 * round + i, 900, false);
        }
        for (int i = 0; i < 2; i++) { /* records; then nothing but what is wanted */
            wsync_store_faulty_init(&counting, store);
            pair->down.pump.store = &counting.base;
            assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
            pair->down.pump.store = store;
        }
        cost[round] = counting.operations;
    }
    assert_in_range(cost[1], cost[0] / 2, cost[0] + 4);
}

/* A sends until the district holds so many chunks, and is cut off. */
static void send_part(struct pair *pair, size_t line, const struct wsync_blob_name *name,
                      uint32_t chunks)
{
    struct hub *up = pair_open(pair, line);
    for (int i = 0; i < 100 && photos_chunks(&pair->world->district, name) < chunks; i++) {
        hub_carry(up, 0, &pair->down, line, HUB_NONE_LOST);
        assert_int_equal(hub_run(&pair->down), WSYNC_OK);
        if (photos_chunks(&pair->world->district, name) < chunks) {
            hub_carry(&pair->down, line, up, 0, HUB_NONE_LOST);
            assert_int_equal(hub_run(up), WSYNC_OK);
        }
    }
    assert_in_range(photos_chunks(&pair->world->district, name), chunks,
                    chunks + WSYNC_BLOB_WINDOW_DEFAULT);
    hub_event(up, 0, WSYNC_EVENT_CUT);
    assert_int_equal(hub_run(up), WSYNC_OK);
}

/* S18.25: one that nothing names any more makes room for the next: they do not add up. */
static void test_unnamed_drafts(void **state)
{
    enum { DRAFTS = 2 * WSYNC_BLOB_DRAFTS_MAX };
    struct pair *pair = *state;
    uint32_t left = 0;
    for (uint32_t i = 0; i < DRAFTS; i++) {
        struct wsync_blob_name name = photos_name(10 + i, FILE_BYTES);
        struct wsync_dot record =
            photos_record(&pair->world->a, PAIR_UNIT, 10 + i, FILE_BYTES, true);
        send_part(pair, PAIR_A, &name, 1);
        assert_int_equal(replica_delete(&pair->world->a, record), WSYNC_OK);
    }
    for (uint32_t i = 0; i < DRAFTS; i++) {
        struct wsync_blob_name name = photos_name(10 + i, FILE_BYTES);
        left += photos_chunks(&pair->world->district, &name) > 0;
    }
    assert_in_range(left, 1, WSYNC_BLOB_DRAFTS_MAX);
}

/* A has begun as many as it may: no other one before one of them came to an end. */
static void test_named_drafts(void **state)
{
    struct pair *pair = *state;
    struct replica *district = &pair->world->district;
    const struct wsync_device_id *a = &pair->world->a.identity.device;
    static _Alignas(16) uint8_t block[3 * CHUNK];
    struct wsync_blob_name one = made_up(1, 900), name;
    struct wsync_arena arena;
    struct wsync_blob_state there;
    bool may;
    for (uint32_t i = 0; i < WSYNC_BLOB_DRAFTS_MAX; i++) {
        photos_record(&pair->world->a, PAIR_UNIT, 10 + i, FILE_BYTES, true);
    }
    struct hub *up = pair_open(pair, PAIR_A); /* records alone */
    pair->down.lines[PAIR_A].session.setup.blobs.off = true;
    pair_carry(pair, PAIR_A);
    assert_int_equal(up->lines[0].session.result, WSYNC_OK);
    struct wsync_txn *txn = begin(district);
    for (uint32_t i = 0; i < WSYNC_BLOB_DRAFTS_MAX; i++) {
        struct wsync_blob_chunk chunk;
        assert_int_equal(wsync_blob_may_begin(&district->ledger, txn, a, &one, &may), WSYNC_OK);
        assert_true(may);
        name = photos_name(10 + i, FILE_BYTES);
        wsync_arena_init(&arena, block, sizeof block);
        assert_int_equal(
            wsync_blob_prove(pair->world->a.ledger.blobs, &name, 0, &arena, &chunk), WSYNC_OK);
        assert_int_equal(wsync_blob_take(district->ledger.blobs, &name, &chunk, &there),
                         WSYNC_OK);
        assert_int_equal(wsync_blob_note_begun(&district->ledger, txn, a, &name),
                         WSYNC_OK);
    }
    assert_int_equal(wsync_blob_may_begin(&district->ledger, txn, a, &one, &may), WSYNC_OK);
    assert_false(may);
    assert_int_equal(wsync_blob_may_begin(&district->ledger, txn,
                                          &pair->world->b.identity.device, &one, &may),
                     WSYNC_OK);
    assert_true(may);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
    one = photos_name(50, 900); /* an honest device ends those first, and the next one comes */
    photos_record(&pair->world->a, PAIR_UNIT, 50, 900, true);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    assert_true(photos_whole(district, &one) && photos_whole(district, &name));
    assert_int_equal(pair->up_a.lines[0].session.counts.blobs.waiting, 0);
}

/* S18.25: what was begun is ended before anything else is. */
static void test_drafts_first(void **state)
{
    enum { FIRST = 60, COUNT = 8 };
    struct pair *pair = *state;
    struct wsync_message want;
    struct wsync_blob_name last = photos_name(FIRST, FILE_BYTES);
    uint32_t seed = FIRST; /* the one that would be offered behind all others */
    for (uint32_t i = FIRST + 1; i < FIRST + COUNT; i++) {
        struct wsync_blob_name name = photos_name(i, FILE_BYTES);
        bool behind = memcmp(name.root.b, last.root.b, sizeof name.root.b) > 0;
        seed = behind ? i : seed;
        last = behind ? name : last;
    }
    photos_record(&pair->world->a, PAIR_UNIT, seed, FILE_BYTES, true);
    send_part(pair, PAIR_A, &last, 1);
    for (uint32_t i = FIRST; i < FIRST + COUNT; i++) {
        photos_record(&pair->world->a, PAIR_UNIT, i, FILE_BYTES, true);
    }
    pair_open(pair, PAIR_A);
    for (int i = 0; hub_count(&pair->down, PAIR_A, WSYNC_MESSAGE_BLOB_WANT) == 0; i++) {
        assert_in_range(i, 0, 20);
        hub_carry(&pair->up_a, 0, &pair->down, PAIR_A, HUB_NONE_LOST);
        assert_int_equal(hub_run(&pair->down), WSYNC_OK);
        hub_carry(&pair->down, PAIR_A, &pair->up_a, 0, HUB_NONE_LOST);
        assert_int_equal(hub_run(&pair->up_a), WSYNC_OK);
    }
    assert_true(hub_said(&pair->down, PAIR_A, WSYNC_MESSAGE_BLOB_WANT, &want));
    assert_true(wsync_blob_name_equal(&want.want.name, &last));
}

/* What a device began and has not any more is no draft any more; what another one went on with
 * stays. */
static void test_given_up(void **state)
{
    struct pair *pair = *state;
    struct replica *district = &pair->world->district;
    struct wsync_blob_name alone = photos_name(5, FILE_BYTES);
    struct wsync_blob_name shared = photos_name(6, FILE_BYTES);
    photos_record(&pair->world->a, PAIR_UNIT, 5, FILE_BYTES, true);
    send_part(pair, PAIR_A, &alone, 1);
    wsync_blobs_mem_lose(pair->world->a.ledger.blobs, &alone);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    assert_int_equal(photos_chunks(district, &alone), 0);

    photos_record(&pair->world->a, PAIR_UNIT, 6, FILE_BYTES, true);
    photos_record(&pair->world->b, PAIR_UNIT, 6, FILE_BYTES, true);
    send_part(pair, PAIR_A, &shared, 1);
    send_part(pair, PAIR_B, &shared, 6);
    wsync_blobs_mem_lose(pair->world->a.ledger.blobs, &shared);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    assert_true(photos_chunks(district, &shared) >= 6);
    assert_int_equal(pair_sync(pair, PAIR_B), WSYNC_OK);
    assert_true(photos_whole(district, &shared));
}

/* What nothing names any more is removed from the book in turns, however much there is. */
static void test_turns(void **state)
{
    enum { ROWS = WSYNC_BLOB_WALK_MAX + 500, EACH = 4 };
    struct pair *pair = *state;
    struct replica *district = &pair->world->district;
    struct wsync_store_faulty counting;
    struct wsync_txn *txn = begin(district);
    for (uint32_t i = 0; i < ROWS; i++) {
        struct wsync_blob_name name = made_up(i, 900);
        assert_int_equal(wsync_blob_missing(txn, 1, &name), WSYNC_OK);
    }
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
    wsync_store_faulty_init(&counting, district->store);
    for (int turn = 0; turn < 2; turn++) {
        struct wsync_blob_wanted wanted = {.log_no = 1};
        uint64_t before = counting.operations;
        assert_int_equal(wsync_store_begin(&counting.base, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
        assert_int_equal(wsync_blob_next_wanted(txn, true, &wanted), WSYNC_ERR_NOT_FOUND);
        assert_in_range(counting.operations - before, 500, EACH * WSYNC_BLOB_WALK_MAX);
        assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
    }
    txn = begin(district);
    struct wsync_blob_wanted none = {.log_no = 1};
    struct wsync_entry entry = {.key = wsync_slice_of("w")};
    assert_int_equal(wsync_blob_next_wanted(txn, true, &none), WSYNC_ERR_NOT_FOUND);
    assert_int_equal(wsync_txn_seek(txn, WSYNC_TABLE_BLOB_WORK, WSYNC_SEEK_GT, &entry),
                     WSYNC_ERR_NOT_FOUND);
    wsync_txn_abort(txn);
}

#define ON_PAIR(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_PAIR(test_count_of_a_day), ON_PAIR(test_bytes_of_a_day),
        ON_PAIR(test_book_is_not_walked), ON_PAIR(test_unnamed_drafts),
        ON_PAIR(test_named_drafts), ON_PAIR(test_given_up),
        ON_PAIR(test_drafts_first), ON_PAIR(test_turns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
