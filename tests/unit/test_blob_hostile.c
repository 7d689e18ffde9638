/* SPDX-License-Identifier: Apache-2.0 */
/* What a peer may do wrong with attachments, and what a session makes of it (SPEC section
 * 18.3). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/blobs_mem.h"
#include "tests/pair.h"
#include "tests/photos.h"
#include "tests/store_faulty.h"

enum { CHUNK = WSYNC_BLOB_CHUNK_BYTES, LENGTH = 8 * CHUNK, SEED = 60 };

static const struct wsync_blob_want NOTHING;

static int set_up(void **state)
{
    assert_int_equal(pair_set_up(state), 0);
    struct pair *pair = *state;
    pair->world->district.ledger.blobs = wsync_blobs_mem_new();
    pair->world->a.ledger.blobs = wsync_blobs_mem_new();
    photos_define(&pair->world->district);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    return 0;
}

static int tear_down(void **state)
{
    struct pair *pair = *state;
    wsync_blobs_close(pair->world->district.ledger.blobs);
    wsync_blobs_close(pair->world->a.ledger.blobs);
    return pair_tear_down(state);
}

static void run(struct hub *hub)
{
    assert_int_equal(hub_run(hub), WSYNC_OK);
}

/* The ward of the pair has a photo to give and the district asks for it. */
static void begin_up(struct pair *pair)
{
    photos_record(&pair->world->a, PAIR_UNIT, SEED, LENGTH, true);
    pair_open(pair, PAIR_A);
    struct wsync_message want;
    for (int i = 0; i < 20 && !hub_said(&pair->down, PAIR_A, WSYNC_MESSAGE_BLOB_WANT, &want);
         i++) {
        hub_carry(&pair->up_a, 0, &pair->down, PAIR_A, HUB_NONE_LOST);
        run(&pair->down);
        if (hub_count(&pair->down, PAIR_A, WSYNC_MESSAGE_BLOB_WANT) > 0) {
            return;
        }
        hub_carry(&pair->down, PAIR_A, &pair->up_a, 0, HUB_NONE_LOST);
        run(&pair->up_a);
    }
    fail();
}

static struct wsync_blob_answer answer_of(struct pair *pair, uint32_t index)
{
    static _Alignas(16) uint8_t block[3 * CHUNK];
    struct wsync_arena arena;
    struct wsync_blob_answer answer = {.later = false};
    struct wsync_blob_name name = photos_name(SEED, LENGTH);
    wsync_arena_init(&arena, block, sizeof block);
    assert_int_equal(wsync_blob_prove(pair->world->a.ledger.blobs, &name, index, &arena,
                                      &answer.chunk),
                     WSYNC_OK);
    return answer;
}

static void tell_chunk(struct pair *pair, struct wsync_blob_answer answer)
{
    const struct wsync_message message = {.type = WSYNC_MESSAGE_BLOB_CHUNK, .chunk = answer};
    hub_tell(&pair->down, PAIR_A, &message);
    run(&pair->down);
}

static void tell_want(struct hub *hub, size_t line, struct wsync_blob_want want)
{
    const struct wsync_message message = {.type = WSYNC_MESSAGE_BLOB_WANT, .want = want};
    hub_tell(hub, line, &message);
    run(hub);
}

static void assert_ended(const struct hub *hub, size_t line, enum wsync_err code)
{
    assert_int_equal(hub->lines[line].session.state, WSYNC_STATE_ENDED);
    assert_int_equal(hub->lines[line].session.result, code);
    assert_false(hub->lines[line].session.result_is_peers);
}

/* S18.15: the good ones before it stay, and the next session goes on there. */
static void test_bad_chunk(void **state)
{
    struct pair *pair = *state;
    struct wsync_blob_name name = photos_name(SEED, LENGTH);
    begin_up(pair);
    tell_chunk(pair, answer_of(pair, 0));
    tell_chunk(pair, answer_of(pair, 1));
    struct wsync_blob_answer bad = answer_of(pair, 2);
    ((uint8_t *)(uintptr_t)bad.chunk.bytes.data)[7] ^= 1;
    tell_chunk(pair, bad);
    assert_ended(&pair->down, PAIR_A, WSYNC_ERR_BLOB);
    assert_int_equal(photos_chunks(&pair->world->district, &name), 2);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    assert_int_equal(pair->up_a.lines[0].session.counts.blobs.chunks_sent, 6);
    assert_true(photos_whole(&pair->world->district, &name));
}

static void test_wrong_path(void **state)
{
    struct pair *pair = *state;
    begin_up(pair);
    struct wsync_blob_answer bad = answer_of(pair, 0);
    bad.chunk.hashes.len -= WSYNC_HASH_BYTES;
    tell_chunk(pair, bad);
    assert_ended(&pair->down, PAIR_A, WSYNC_ERR_BLOB);
}

/* S18.15: not the next one; one more than was asked for; one that nobody asked for. */
static void test_unasked(void **state)
{
    struct pair *pair = *state;
    begin_up(pair);
    tell_chunk(pair, answer_of(pair, 1));
    assert_ended(&pair->down, PAIR_A, WSYNC_ERR_STATE);

    pair_open(pair, PAIR_A);
    hub_carry(&pair->up_a, 0, &pair->down, PAIR_A, HUB_NONE_LOST);
    run(&pair->down);
    tell_chunk(pair, answer_of(pair, 0));
    assert_ended(&pair->down, PAIR_A, WSYNC_ERR_STATE);
}

/* S18.7: a session that did not agree on attachments has none of the messages. */
static void test_not_agreed(void **state)
{
    struct pair *pair = *state;
    static const enum wsync_message_type TYPES[] = {
        WSYNC_MESSAGE_BLOB_WANT, WSYNC_MESSAGE_BLOB_CHUNK, WSYNC_MESSAGE_BLOB_OFFER};
    for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++) {
        const struct wsync_message message = {.type = TYPES[i]};
        hub_open_district(&pair->down, PAIR_A, &pair->world->installation,
                          &pair->world->a.transport);
        hub_greet(&pair->down, PAIR_A, &pair->world->installation, &pair->world->a);
        run(&pair->down); /* its Hello says nothing of attachments */
        assert_int_equal(pair->down.lines[PAIR_A].session.state, WSYNC_STATE_OPEN);
        hub_tell(&pair->down, PAIR_A, &message);
        run(&pair->down);
        assert_ended(&pair->down, PAIR_A, WSYNC_ERR_STATE);
    }
}

/* The last answer to a want of this name; the session goes on. */
static void ask_district(struct pair *pair, struct wsync_blob_name name,
                         struct wsync_message *answer)
{
    size_t before = hub_count(&pair->down, PAIR_A, WSYNC_MESSAGE_BLOB_CHUNK);
    tell_want(&pair->down, PAIR_A, (struct wsync_blob_want){true, name, 0, 1});
    assert_int_equal(pair->down.lines[PAIR_A].session.state, WSYNC_STATE_OPEN);
    assert_int_equal(hub_count(&pair->down, PAIR_A, WSYNC_MESSAGE_BLOB_CHUNK), before + 1);
    assert_true(hub_said(&pair->down, PAIR_A, WSYNC_MESSAGE_BLOB_CHUNK, answer));
}

/* S18.11, S18.14: what the device may not see is answered like what is not there; an offer of
 * it is not confirmed. */
static void test_not_for_it(void **state)
{
    struct pair *pair = *state;
    struct replica *district = &pair->world->district;
    struct wsync_message none, hidden, seen;
    struct wsync_blob_name theirs = photos_name(70, 900), unnamed = photos_name(71, 900);
    struct wsync_blob_name top = photos_name(72, 900);
    photos_record(district, PAIR_UNIT + 1, 70, 900, true); /* of another ward */
    photos_record(district, REPLICA_TOP, 72, 900, true);
    assert_int_equal(wsync_blob_add(district->ledger.blobs, photos_content(71, 900), &unnamed),
                     WSYNC_OK);
    begin_up(pair);
    ask_district(pair, (struct wsync_blob_name){900, {{1}}}, &none);
    assert_int_equal(none.chunk.chunk.bytes.len, 0);
    assert_false(none.chunk.later);
    ask_district(pair, theirs, &hidden);
    assert_int_equal(hidden.chunk.chunk.bytes.len, 0);
    assert_false(hidden.chunk.later);
    ask_district(pair, unnamed, &hidden);
    assert_int_equal(hidden.chunk.chunk.bytes.len, 0);
    ask_district(pair, top, &seen);
    assert_int_equal(seen.chunk.chunk.bytes.len, 900);

    pair_open(pair, PAIR_A);
    hub_carry(&pair->up_a, 0, &pair->down, PAIR_A, HUB_NONE_LOST);
    run(&pair->down);
    hub_carry(&pair->down, PAIR_A, &pair->up_a, 0, HUB_NONE_LOST);
    run(&pair->up_a);
    size_t before = hub_count(&pair->down, PAIR_A, WSYNC_MESSAGE_BLOB_WANT);
    const struct wsync_blob_name names[] = {theirs, unnamed};
    const struct wsync_message offer = {.type = WSYNC_MESSAGE_BLOB_OFFER, .offer = {names, 2}};
    hub_tell(&pair->down, PAIR_A, &offer);
    run(&pair->down);
    assert_int_equal(hub_count(&pair->down, PAIR_A, WSYNC_MESSAGE_BLOB_WANT), before + 1);
    assert_true(hub_said(&pair->down, PAIR_A, WSYNC_MESSAGE_BLOB_WANT, &seen));
    struct wsync_blob_name own = photos_name(SEED, LENGTH); /* it asks for that alone */
    assert_true(wsync_blob_name_equal(&seen.want.name, &own));
}

static void open_ward_a(struct pair *pair)
{
    pair_open(pair, PAIR_A);
    hub_carry(&pair->up_a, 0, &pair->down, PAIR_A, HUB_NONE_LOST);
    run(&pair->down);
}

/* S18.11, and what decision 0010 says follows from it: a name is a key to its file, once it
 * stands in a record of the device's own, and as long as it does. */
static void test_a_name_is_a_key(void **state)
{
    struct pair *pair = *state;
    struct wsync_message answer;
    struct wsync_blob_name theirs = photos_name(70, 900);
    photos_record(&pair->world->district, PAIR_UNIT + 1, 70, 900, true);
    open_ward_a(pair);
    ask_district(pair, theirs, &answer);
    assert_int_equal(answer.chunk.chunk.bytes.len, 0);
    struct wsync_dot record = photos_record(&pair->world->a, PAIR_UNIT, 70, 900, false);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    open_ward_a(pair);
    ask_district(pair, theirs, &answer);
    assert_int_equal(answer.chunk.chunk.bytes.len, 900);
    assert_int_equal(replica_delete(&pair->world->a, record), WSYNC_OK);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    open_ward_a(pair);
    ask_district(pair, theirs, &answer);
    assert_int_equal(answer.chunk.chunk.bytes.len, 0);
}

/* S18.18: one offer at a time, and to the district alone. */
static void test_offers(void **state)
{
    struct pair *pair = *state;
    const struct wsync_message offer = {.type = WSYNC_MESSAGE_BLOB_OFFER};
    begin_up(pair);
    hub_tell(&pair->down, PAIR_A, &offer);
    run(&pair->down);
    assert_ended(&pair->down, PAIR_A, WSYNC_ERR_STATE);
    hub_tell(&pair->up_a, 0, &offer);
    run(&pair->up_a);
    assert_ended(&pair->up_a, 0, WSYNC_ERR_STATE);
}

/* S18.12: wants that mean nothing. */
static void test_bad_wants(void **state)
{
    struct pair *pair = *state;
    struct wsync_blob_name name = photos_name(SEED, LENGTH);
    const struct {
        struct wsync_blob_want want;
        enum wsync_err code;
    } cases[] = {
        {{true, name, 9, 0}, WSYNC_ERR_MESSAGE},  /* behind the end */
        {{true, name, 7, 2}, WSYNC_ERR_MESSAGE},  /* across it */
        {{true, name, 3, 0}, WSYNC_ERR_MESSAGE},  /* nothing, and not all of it */
        {{false, name, 1, 1}, WSYNC_ERR_STATE},   /* of the one before: there is none */
        {{true, name, 0, 17}, WSYNC_ERR_OVERSIZE},
        {NOTHING, WSYNC_ERR_STATE}, /* of no offer */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pair_open(pair, PAIR_A);
        hub_carry(&pair->up_a, 0, &pair->down, PAIR_A, HUB_NONE_LOST);
        run(&pair->down);
        tell_want(&pair->down, PAIR_A, cases[i].want);
        assert_ended(&pair->down, PAIR_A, cases[i].code);
    }
}

/* A want that goes on beyond the end of the one that was named. */
static void test_want_goes_too_far(void **state)
{
    struct pair *pair = *state;
    photos_record(&pair->world->district, REPLICA_TOP, 73, 2 * CHUNK, true);
    pair_open(pair, PAIR_A);
    hub_carry(&pair->up_a, 0, &pair->down, PAIR_A, HUB_NONE_LOST);
    run(&pair->down);
    struct wsync_blob_name name = photos_name(73, 2 * CHUNK);
    tell_want(&pair->down, PAIR_A, (struct wsync_blob_want){true, name, 0, 1});
    tell_want(&pair->down, PAIR_A, (struct wsync_blob_want){false, name, 1, 2});
    assert_ended(&pair->down, PAIR_A, WSYNC_ERR_MESSAGE);
}

/* A confirmation of what nothing names leaves no trace in the book. */
static void test_held_by_nobody(void **state)
{
    struct pair *pair = *state;
    struct wsync_blob_name name = photos_name(SEED, LENGTH), other = photos_name(74, 900);
    struct wsync_txn *txn;
    bool held;
    photos_record(&pair->world->a, PAIR_UNIT, SEED, LENGTH, true);
    pair_open(pair, PAIR_A);
    hub_carry(&pair->up_a, 0, &pair->down, PAIR_A, HUB_NONE_LOST);
    run(&pair->down);
    hub_carry(&pair->down, PAIR_A, &pair->up_a, 0, HUB_NONE_LOST);
    run(&pair->up_a);
    tell_want(&pair->up_a, 0, (struct wsync_blob_want){true, other, 1, 0});
    tell_want(&pair->up_a, 0, (struct wsync_blob_want){true, name, 8, 0});
    assert_int_equal(pair->up_a.lines[0].session.state, WSYNC_STATE_OPEN);
    assert_int_equal(wsync_store_begin(pair->world->a.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_blob_is_held(txn, &other, &held), WSYNC_OK);
    assert_false(held);
    assert_int_equal(wsync_blob_is_held(txn, &name, &held), WSYNC_OK);
    assert_true(held);
    wsync_txn_abort(txn);
}

static const struct wsync_message EMPTY_OFFER = {.type = WSYNC_MESSAGE_BLOB_OFFER};

static void offer_nothing(struct pair *pair)
{
    hub_tell(&pair->down, PAIR_A, &EMPTY_OFFER);
    run(&pair->down);
}

/* How much of the district's store is read and written for an offer. */
static uint64_t cost_of_offer(struct pair *pair)
{
    struct wsync_store_faulty counting;
    struct wsync_store *store = pair->down.pump.store;
    wsync_store_faulty_init(&counting, store);
    pair->down.pump.store = &counting.base;
    offer_nothing(pair);
    pair->down.pump.store = store;
    assert_int_equal(pair->down.lines[PAIR_A].session.state, WSYNC_STATE_OPEN);
    return counting.operations;
}

/* I8: an offer costs no more where there are many logs. */
static void test_offer_costs_no_walk(void **state)
{
    struct pair *pair = *state;
    struct wsync_txn *txn;
    struct wsync_log log;
    open_ward_a(pair);
    uint64_t before = cost_of_offer(pair);
    assert_int_equal(wsync_store_begin(pair->world->district.store, WSYNC_TXN_WRITE, &txn),
                     WSYNC_OK);
    for (uint8_t i = 0; i < 100; i++) {
        const struct wsync_log_id id = {{0xee, i}};
        assert_int_equal(wsync_log_intern(txn, &id, &log), WSYNC_OK);
    }
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
    assert_int_equal(cost_of_offer(pair), before);
}

/* S18.23: so many offers, and names, in a session; one more costs that session alone. */
static void test_too_many_offers(void **state)
{
    struct pair *pair = *state;
    pair_open(pair, PAIR_B);
    hub_carry(&pair->up_b, 0, &pair->down, PAIR_B, HUB_NONE_LOST);
    open_ward_a(pair);
    for (int i = 0; i < WSYNC_BLOB_OFFERS_MAX; i++) {
        offer_nothing(pair);
    }
    assert_int_equal(pair->down.lines[PAIR_A].session.state, WSYNC_STATE_OPEN);
    offer_nothing(pair);
    assert_ended(&pair->down, PAIR_A, WSYNC_ERR_CREDIT);
    assert_int_equal(pair->down.lines[PAIR_B].session.state, WSYNC_STATE_OPEN);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK); /* the next one is as good as any */
}

static void test_too_many_names(void **state)
{
    struct pair *pair = *state;
    struct wsync_message none;
    struct wsync_blob_name name = photos_name(75, 900);
    open_ward_a(pair);
    pair->down.lines[PAIR_A].session.blobs.names = WSYNC_BLOB_NAMES_MAX - 1;
    ask_district(pair, name, &none);
    tell_want(&pair->down, PAIR_A, (struct wsync_blob_want){true, name, 0, 1});
    assert_ended(&pair->down, PAIR_A, WSYNC_ERR_CREDIT);
}

/* An honest ward stays below both, says that more is left, and goes on next time. */
static void test_stays_below(void **state)
{
    struct pair *pair = *state;
    struct wsync_blob_name up = photos_name(SEED, LENGTH), down = photos_name(76, 900);
    photos_record(&pair->world->a, PAIR_UNIT, SEED, LENGTH, true);
    photos_record(&pair->world->district, REPLICA_TOP, 76, 900, true);
    for (int i = 0; i < 2; i++) {
        struct wsync_session *ward = &pair_open(pair, PAIR_A)->lines[0].session;
        ward->blobs.offers = i == 0 ? WSYNC_BLOB_OFFERS_MAX : 0;
        ward->blobs.names = i == 1 ? WSYNC_BLOB_NAMES_MAX : 0;
        pair_carry(pair, PAIR_A);
        assert_int_equal(ward->result, WSYNC_OK);
        assert_true(ward->counts.blobs.left);
        assert_int_equal(photos_whole(&pair->world->district, &up), i == 1);
        if (i == 0) { /* as if it had not come */
            assert_true(photos_whole(&pair->world->a, &down));
            photos_record(&pair->world->district, REPLICA_TOP, 77, 900, true);
        }
    }
    down = photos_name(77, 900);
    assert_false(photos_whole(&pair->world->a, &down));
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    assert_true(photos_whole(&pair->world->a, &down));
}

#define ON_PAIR(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_PAIR(test_bad_chunk),      ON_PAIR(test_wrong_path),
        ON_PAIR(test_unasked),        ON_PAIR(test_not_agreed),
        ON_PAIR(test_not_for_it),     ON_PAIR(test_a_name_is_a_key),
        ON_PAIR(test_offers),
        ON_PAIR(test_bad_wants),      ON_PAIR(test_want_goes_too_far),
        ON_PAIR(test_held_by_nobody), ON_PAIR(test_offer_costs_no_walk),
        ON_PAIR(test_too_many_offers), ON_PAIR(test_too_many_names),
        ON_PAIR(test_stays_below),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
