/* SPDX-License-Identifier: Apache-2.0 */
/* Attachments in a session (SPEC section 18.3): both ways, behind all else, resumed. */
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

enum { CHUNK = WSYNC_BLOB_CHUNK_BYTES };

static struct replica *keeper_of(struct replica *replica)
{
    replica->ledger.blobs = wsync_blobs_mem_new();
    return replica;
}

static int set_up(void **state)
{
    assert_int_equal(pair_set_up(state), 0);
    struct pair *pair = *state;
    keeper_of(&pair->world->district);
    keeper_of(&pair->world->a);
    keeper_of(&pair->world->b);
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

static struct wsync_blob_sums sums_of(struct replica *replica)
{
    struct wsync_blob_sums sums;
    struct wsync_txn *txn;
    assert_int_equal(wsync_store_begin(replica->store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_blob_sums(txn, replica->ledger.blobs, &sums), WSYNC_OK);
    wsync_txn_abort(txn);
    return sums;
}

static bool is_held(struct replica *replica, const struct wsync_blob_name *name)
{
    struct wsync_txn *txn;
    bool held;
    assert_int_equal(wsync_store_begin(replica->store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_blob_is_held(txn, name, &held), WSYNC_OK);
    wsync_txn_abort(txn);
    return held;
}

/* S18.18, S18.19: a ward's photos reach the district, which says so when it holds them. */
static void test_up(void **state)
{
    struct pair *pair = *state;
    struct replica *a = &pair->world->a;
    struct wsync_blob_name small = photos_name(1, 900), large = photos_name(2, 9 * CHUNK + 1);
    photos_record(a, PAIR_UNIT, 1, 900, true);
    photos_record(a, PAIR_UNIT, 2, 9 * CHUNK + 1, true);
    assert_int_equal(sums_of(a).to_give.count, 2);
    assert_int_equal(sums_of(a).to_give.bytes, 900 + 9 * CHUNK + 1);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    assert_true(photos_whole(&pair->world->district, &small));
    assert_true(photos_whole(&pair->world->district, &large));
    assert_true(is_held(a, &small) && is_held(a, &large));
    assert_int_equal(sums_of(a).to_give.count, 0);
    assert_int_equal(sums_of(&pair->world->district).wanted.count, 0);
    assert_int_equal(sums_of(&pair->world->district).named.count, 2);
    struct wsync_session_counts *counts = &pair->up_a.lines[0].session.counts;
    assert_int_equal(counts->blobs.chunks_sent, 11);
    assert_int_equal(counts->blobs.confirmed, 2);
    assert_false(counts->blobs.left);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK); /* nothing more is said of them */
    assert_int_equal(hub_count(&pair->up_a, 0, WSYNC_MESSAGE_BLOB_OFFER), 0);
    assert_int_equal(hub_count(&pair->down, PAIR_A, WSYNC_MESSAGE_BLOB_WANT), 0);
}

/* S18.9: what the district's devices name comes to every ward, what another ward's device names
 * does not. */
static void test_down(void **state)
{
    struct pair *pair = *state;
    struct wsync_blob_name paper = photos_name(3, 5 * CHUNK), other = photos_name(4, 700);
    photos_record(&pair->world->district, REPLICA_TOP, 3, 5 * CHUNK, true);
    photos_record(&pair->world->a, PAIR_UNIT, 4, 700, true);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    assert_int_equal(pair_sync(pair, PAIR_B), WSYNC_OK);
    assert_true(photos_whole(&pair->world->a, &paper));
    assert_true(photos_whole(&pair->world->b, &paper));
    assert_false(photos_whole(&pair->world->b, &other));
    assert_int_equal(sums_of(&pair->world->b).wanted.count, 0);
    assert_int_equal(sums_of(&pair->world->b).named.count, 2);

    struct wsync_txn *txn; /* asked for by somebody there, it comes as well */
    assert_int_equal(wsync_store_begin(pair->world->b.store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    assert_int_equal(wsync_blob_wish(txn, &other), WSYNC_OK);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
    assert_int_equal(pair_sync(pair, PAIR_B), WSYNC_OK);
    assert_true(photos_whole(&pair->world->b, &other));
}

/* S18.10, S18.19: one that is there already travels no second time, and its ward hears so. */
static void test_once(void **state)
{
    struct pair *pair = *state;
    struct wsync_blob_name name = photos_name(5, 3 * CHUNK);
    photos_record(&pair->world->a, PAIR_UNIT, 5, 3 * CHUNK, true);
    photos_record(&pair->world->a, PAIR_UNIT, 5, 3 * CHUNK, true);
    photos_record(&pair->world->b, PAIR_UNIT, 5, 3 * CHUNK, true);
    assert_int_equal(sums_of(&pair->world->a).to_give.count, 1);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    assert_int_equal(hub_count(&pair->up_a, 0, WSYNC_MESSAGE_BLOB_CHUNK), 3);
    assert_int_equal(pair_sync(pair, PAIR_B), WSYNC_OK);
    assert_int_equal(hub_count(&pair->up_b, 0, WSYNC_MESSAGE_BLOB_CHUNK), 0);
    assert_true(is_held(&pair->world->b, &name));
    photos_record(&pair->world->a, PAIR_UNIT, 5, 3 * CHUNK, true); /* known to be held */
    assert_int_equal(sums_of(&pair->world->a).to_give.count, 0);
}

/* Carries single frames between the two until the district has so many chunks. */
static void carry_until(struct pair *pair, const struct wsync_blob_name *name, uint32_t chunks)
{
    for (int round = 0; photos_chunks(&pair->world->district, name) < chunks; round++) {
        assert_true(round < 200);
        hub_carry(&pair->up_a, 0, &pair->down, PAIR_A, HUB_NONE_LOST);
        assert_int_equal(hub_run(&pair->down), WSYNC_OK);
        if (photos_chunks(&pair->world->district, name) >= chunks) {
            return;
        }
        hub_carry(&pair->down, PAIR_A, &pair->up_a, 0, HUB_NONE_LOST);
        assert_int_equal(hub_run(&pair->up_a), WSYNC_OK);
    }
}

/* S18.13, S18.16: a cut costs what was in flight; the next session goes on behind what is
 * durable. */
static void test_resume(void **state)
{
    struct pair *pair = *state;
    struct wsync_blob_name name = photos_name(6, 20 * CHUNK);
    uint64_t sent = 0;
    photos_record(&pair->world->a, PAIR_UNIT, 6, 20 * CHUNK, true);
    for (uint32_t until = 4; until < 20; until += 4) {
        pair_open(pair, PAIR_A);
        carry_until(pair, &name, until);
        sent += pair->up_a.lines[0].session.counts.blobs.chunks_sent;
        wsync_blobs_mem_cut(pair->world->district.ledger.blobs);
        assert_true(photos_chunks(&pair->world->district, &name) >= until);
        hub_event(&pair->up_a, 0, WSYNC_EVENT_CUT);
        assert_int_equal(hub_run(&pair->up_a), WSYNC_OK);
        assert_int_equal(pair->up_a.lines[0].session.result, WSYNC_ERR_LINK);
        assert_true(pair->up_a.lines[0].session.blobs.alone); /* records were done */
    }
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    sent += pair->up_a.lines[0].session.counts.blobs.chunks_sent;
    assert_true(photos_whole(&pair->world->district, &name));
    assert_in_range(sent, 20, 20 + 4 * WSYNC_BLOB_WINDOW_DEFAULT);
}

/* S18.17: what is written meanwhile goes before the next chunk. */
static void test_records_first(void **state)
{
    struct pair *pair = *state;
    struct wsync_blob_name name = photos_name(7, 20 * CHUNK);
    struct hub *up = &pair->up_a;
    photos_record(&pair->world->a, PAIR_UNIT, 7, 20 * CHUNK, true);
    pair_open(pair, PAIR_A);
    carry_until(pair, &name, 6);
    pair_write(&pair->world->a, 1);
    size_t said = up->lines[0].said;
    hub_carry(&pair->down, PAIR_A, up, 0, HUB_NONE_LOST);
    assert_int_equal(hub_run(up), WSYNC_OK);
    assert_true(up->lines[0].said > said);
    assert_int_equal(up->lines[0].frames[said].data[1], WSYNC_MESSAGE_CHANGES);
    assert_int_equal(up->lines[0].said, said + 1); /* no chunk before it is acknowledged */
    assert_false(up->lines[0].session.blobs.alone);
    pair_carry(pair, PAIR_A);
    assert_int_equal(up->lines[0].session.result, WSYNC_OK);
    assert_true(up->lines[0].session.partial); /* its receipt is asked for next time */
    assert_true(photos_whole(&pair->world->district, &name));
    ward_pair_same(&pair->world->a, &pair->world->district);
}

/* S18.20: few chunks are on their way at any time. */
static void test_window(void **state)
{
    struct pair *pair = *state;
    struct wsync_blob_name name = photos_name(8, 30 * CHUNK);
    photos_record(&pair->world->a, PAIR_UNIT, 8, 30 * CHUNK, true);
    pair_open(pair, PAIR_A);
    while (pair->up_a.lines[0].session.state != WSYNC_STATE_ENDED) {
        struct wsync_blob_talk *talk = &pair->up_a.lines[0].session.blobs;
        uint32_t here = photos_chunks(&pair->world->district, &name);
        assert_true(!talk->giving || talk->next <= here + WSYNC_BLOB_WINDOW_DEFAULT);
        hub_carry(&pair->up_a, 0, &pair->down, PAIR_A, HUB_NONE_LOST);
        assert_int_equal(hub_run(&pair->down), WSYNC_OK);
        hub_carry(&pair->down, PAIR_A, &pair->up_a, 0, HUB_NONE_LOST);
        assert_int_equal(hub_run(&pair->up_a), WSYNC_OK);
    }
    assert_true(photos_whole(&pair->world->district, &name));
}

/* S18.21: a budget ends what is moved, and the session with success; the next one goes on. */
static void test_budget(void **state)
{
    struct pair *pair = *state;
    struct wsync_blob_name name = photos_name(9, 20 * CHUNK);
    uint32_t before = 0;
    photos_record(&pair->world->a, PAIR_UNIT, 9, 20 * CHUNK, true);
    for (int i = 0; i < 10 && !photos_whole(&pair->world->district, &name); i++) {
        struct hub *up = pair_open(pair, PAIR_A);
        up->lines[0].session.setup.blobs.bytes_max = 4 * CHUNK;
        pair_carry(pair, PAIR_A);
        assert_int_equal(up->lines[0].session.result, WSYNC_OK);
        uint32_t here = photos_chunks(&pair->world->district, &name);
        assert_in_range(here - before, here == 20 ? 1 : 4, 4 + WSYNC_BLOB_WINDOW_DEFAULT);
        assert_true(up->lines[0].session.counts.blobs.left || here == 20);
        assert_false(up->lines[0].session.partial);
        before = here;
    }
    assert_true(photos_whole(&pair->world->district, &name));
}

/* S18.21: a budget that is used up is one for attachments too; records go all the same. */
static void test_own_only(void **state)
{
    struct pair *pair = *state;
    struct wsync_blob_name name = photos_name(14, 20 * CHUNK);
    struct hub *up = pair_open(pair, PAIR_A);
    up->lines[0].session.setup.flow.own_only = true;
    pair_carry(pair, PAIR_A);
    assert_false(up->lines[0].session.counts.blobs.left); /* there is none */
    photos_record(&pair->world->a, PAIR_UNIT, 14, 20 * CHUNK, true);
    up = pair_open(pair, PAIR_A);
    up->lines[0].session.setup.flow.own_only = true;
    pair_carry(pair, PAIR_A);
    assert_int_equal(up->lines[0].session.counts.changes_acked, 1);
    assert_int_equal(photos_chunks(&pair->world->district, &name), 0);
    assert_true(up->lines[0].session.counts.blobs.left);
    up = pair_open(pair, PAIR_A); /* and it runs out in the middle */
    carry_until(pair, &name, 5);
    up->lines[0].session.setup.flow.own_only = true;
    pair_carry(pair, PAIR_A);
    assert_int_equal(up->lines[0].session.result, WSYNC_OK);
    assert_true(up->lines[0].session.counts.blobs.left);
    assert_in_range(photos_chunks(&pair->world->district, &name), 5,
                    5 + 2 * WSYNC_BLOB_WINDOW_DEFAULT);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    assert_true(photos_whole(&pair->world->district, &name));
}

/* The same at the side of the district, which says that it takes no more now. */
static void test_budget_of_the_district(void **state)
{
    struct pair *pair = *state;
    struct wsync_blob_name name = photos_name(10, 20 * CHUNK);
    photos_record(&pair->world->a, PAIR_UNIT, 10, 20 * CHUNK, true);
    struct hub *up = pair_open(pair, PAIR_A);
    pair->down.lines[PAIR_A].session.setup.blobs.bytes_max = 4 * CHUNK;
    pair_carry(pair, PAIR_A);
    assert_int_equal(up->lines[0].session.result, WSYNC_OK);
    assert_in_range(photos_chunks(&pair->world->district, &name), 4, 8);

    photos_record(&pair->world->district, REPLICA_TOP, 11, 20 * CHUNK, true);
    name = photos_name(11, 20 * CHUNK);
    up = pair_open(pair, PAIR_A);
    pair->down.lines[PAIR_A].session.setup.blobs.bytes_max = 4 * CHUNK;
    pair_carry(pair, PAIR_A);
    assert_int_equal(up->lines[0].session.result, WSYNC_OK);
    assert_true(up->lines[0].session.counts.blobs.left);
    assert_false(photos_whole(&pair->world->a, &name));
}

/* A session that looked at nothing else for a minute ends, and asks for another one. */
static void test_late(void **state)
{
    struct pair *pair = *state;
    struct wsync_blob_name name = photos_name(12, 20 * CHUNK);
    photos_record(&pair->world->a, PAIR_UNIT, 12, 20 * CHUNK, true);
    struct hub *up = pair_open(pair, PAIR_A);
    carry_until(pair, &name, 5);
    up->now_ms += WSYNC_BLOB_PHASE_MS_MAX;
    pair_carry(pair, PAIR_A);
    assert_int_equal(up->lines[0].session.result, WSYNC_OK);
    assert_true(up->lines[0].session.partial);
    assert_false(photos_whole(&pair->world->district, &name));
    up->now_ms = 0;
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    assert_true(photos_whole(&pair->world->district, &name));
}

/* S18.7: a side without attachments gets none, and none are asked of it. */
static void test_one_without(void **state)
{
    struct pair *pair = *state;
    struct wsync_blobs *kept = pair->world->district.ledger.blobs;
    photos_record(&pair->world->a, PAIR_UNIT, 13, 700, true);
    pair->world->district.ledger.blobs = NULL;
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    assert_int_equal(hub_count(&pair->up_a, 0, WSYNC_MESSAGE_BLOB_OFFER), 0);
    pair->world->district.ledger.blobs = kept;
    struct hub *up = &pair->up_a;
    hub_open_district(&pair->down, PAIR_A, &pair->world->installation, &up->replica->transport);
    hub_open_ward(up, 0, &pair->world->installation);
    up->lines[0].session.setup.blobs.off = true;
    assert_int_equal(hub_run(up), WSYNC_OK);
    pair_carry(pair, PAIR_A);
    assert_int_equal(up->lines[0].session.result, WSYNC_OK);
    assert_int_equal(hub_count(up, 0, WSYNC_MESSAGE_BLOB_OFFER), 0);
    assert_int_equal(sums_of(&pair->world->a).to_give.count, 1);
}

/* What the district lost since is asked for again of the device that named it. */
static void test_lost_at_the_district(void **state)
{
    struct pair *pair = *state;
    struct replica *district = &pair->world->district;
    struct wsync_blob_name name = photos_name(14, 2 * CHUNK);
    photos_record(&pair->world->a, PAIR_UNIT, 14, 2 * CHUNK, true);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    wsync_blobs_mem_lose(district->ledger.blobs, &name);
    struct wsync_txn *txn;
    struct wsync_log log = ward_pair_own_log(&pair->world->a, PAIR_UNIT), there;
    assert_int_equal(wsync_store_begin(district->store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    assert_int_equal(wsync_log_find(txn, &log.id, &there), WSYNC_OK);
    assert_int_equal(wsync_blob_missing(txn, there.no, &name), WSYNC_OK);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
    assert_int_equal(pair_sync(pair, PAIR_B), WSYNC_OK); /* another device is not asked */
    assert_int_equal(hub_count(&pair->down, PAIR_B, WSYNC_MESSAGE_BLOB_WANT), 0);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    assert_true(photos_whole(district, &name));
    assert_true(is_held(&pair->world->a, &name));
}

/* Nobody has it: it is asked for once, and stands in nobody's way. */
static void test_nobody_has_it(void **state)
{
    struct pair *pair = *state;
    struct wsync_blob_name name = photos_name(16, 900);
    photos_record(&pair->world->a, PAIR_UNIT, 15, 900, false);
    photos_record(&pair->world->a, PAIR_UNIT, 16, 900, true);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    assert_true(photos_whole(&pair->world->district, &name));
    assert_int_equal(hub_count(&pair->up_a, 0, WSYNC_MESSAGE_BLOB_CHUNK), 2); /* one is none */
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    assert_int_equal(hub_count(&pair->down, PAIR_A, WSYNC_MESSAGE_BLOB_WANT), 0);
    struct wsync_blob_name late;
    assert_int_equal(
        wsync_blob_add(pair->world->a.ledger.blobs, photos_content(15, 900), &late), WSYNC_OK);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK); /* offered, it is taken */
    assert_true(photos_whole(&pair->world->district, &late));
}

/* How much of the store is read to find that nothing is to be asked of a log. */
static uint64_t cost_of_next(struct replica *replica, uint32_t log_no)
{
    struct wsync_store_faulty counting;
    struct wsync_txn *txn;
    struct wsync_blob_wanted wanted = {.log_no = log_no};
    wsync_store_faulty_init(&counting, replica->store);
    assert_int_equal(wsync_store_begin(&counting.base, WSYNC_TXN_READ, &txn), WSYNC_OK);
    enum wsync_err err = wsync_blob_next_wanted(txn, true, &wanted);
    wsync_txn_abort(txn);
    assert_int_equal(err, WSYNC_ERR_NOT_FOUND);
    return counting.operations;
}

/* A device that names thousands which it has not cannot have them all walked over at each
 * offer: what was refused is out of the way, and still told. */
static void test_refused_cost_nothing(void **state)
{
    enum { RECORDS = 30 };
    struct pair *pair = *state;
    struct replica *district = &pair->world->district;
    uint64_t before[8];
    for (uint32_t log = 1; log < 8; log++) {
        before[log] = cost_of_next(district, log);
    }
    for (uint32_t i = 0; i < RECORDS; i++) {
        photos_record(&pair->world->a, PAIR_UNIT, 100 + i, 900, false);
    }
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK); /* here they are asked for */
    assert_int_equal(sums_of(district).wanted.count, RECORDS);
    for (uint32_t log = 1; log < 8; log++) {
        assert_int_equal(cost_of_next(district, log), before[log]);
    }
}

/* S18.8: a value that was superseded, a record that was deleted: not wanted any more, and what
 * is here stays. */
static void test_not_named_any_more(void **state)
{
    struct pair *pair = *state;
    struct replica *a = &pair->world->a;
    struct wsync_blob_name old = photos_name(17, 900), new = photos_name(18, 900);
    struct wsync_blob_name gone = photos_name(19, 900);
    struct wsync_dot record = photos_record(a, PAIR_UNIT, 17, 900, true);
    struct wsync_dot deleted = photos_record(a, PAIR_UNIT, 19, 900, true);
    assert_int_equal(photos_replace(a, record, 18, 900), WSYNC_OK);
    assert_int_equal(replica_delete(a, deleted), WSYNC_OK);
    assert_int_equal(sums_of(a).named.count, 1);
    assert_int_equal(sums_of(a).to_give.count, 1);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    assert_true(photos_whole(&pair->world->district, &new));
    assert_false(photos_whole(&pair->world->district, &old));
    assert_false(photos_whole(&pair->world->district, &gone));
    assert_true(photos_whole(a, &old) && photos_whole(a, &gone));
}

/* What a device named and never had comes by another one: it is to come no more, whoever named
 * it, and nobody has what is not here to give. */
static void test_sums_of_what_came_another_way(void **state)
{
    struct pair *pair = *state;
    struct replica *district = &pair->world->district;
    struct wsync_blob_name name = photos_name(21, 900);
    photos_record(&pair->world->a, PAIR_UNIT, 21, 900, false);
    assert_int_equal(sums_of(&pair->world->a).to_give.count, 0);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    assert_int_equal(sums_of(district).wanted.count, 1);
    photos_record(&pair->world->b, PAIR_UNIT, 21, 900, true);
    assert_int_equal(pair_sync(pair, PAIR_B), WSYNC_OK);
    assert_true(photos_whole(district, &name));
    assert_int_equal(sums_of(district).wanted.count, 0);
}

/* S18.22: no room for a photo is no fault of the session: records are done, the photo comes
 * later. */
static void test_full(void **state)
{
    struct pair *pair = *state;
    struct wsync_blob_name name = photos_name(20, 9 * CHUNK);
    photos_record(&pair->world->a, PAIR_UNIT, 20, 9 * CHUNK, true);
    wsync_blobs_mem_fail_at(pair->world->district.ledger.blobs, 3, WSYNC_ERR_STORE_FULL);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    assert_false(photos_whole(&pair->world->district, &name));
    assert_int_equal(sums_of(&pair->world->a).to_give.count, 1);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    assert_true(photos_whole(&pair->world->district, &name));
}

/* A disk that does not do what a photo asks of it holds up no records, and where it is only the
 * one file, no other photos. */
static void test_bad_disk(void **state)
{
    struct pair *pair = *state;
    struct replica *a = &pair->world->a;
    struct wsync_blob_name bad = photos_name(21, 9 * CHUNK), good = photos_name(22, 900);
    photos_record(a, PAIR_UNIT, 21, 9 * CHUNK, true);
    wsync_blobs_mem_fail_at(pair->world->district.ledger.blobs, 3, WSYNC_ERR_STORE_IO);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    assert_int_equal(sums_of(a).to_give.count, 1);
    assert_int_equal(pair->down.lines[PAIR_A].session.counts.blobs.refused, 1);
    wsync_blobs_mem_refuse(a->ledger.blobs, &bad);
    photos_record(a, PAIR_UNIT, 22, 900, true);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    assert_true(photos_whole(&pair->world->district, &good));
    assert_false(photos_whole(&pair->world->district, &bad));
}

#define ON_PAIR(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_PAIR(test_up),
        ON_PAIR(test_down),
        ON_PAIR(test_once),
        ON_PAIR(test_resume),
        ON_PAIR(test_records_first),
        ON_PAIR(test_window),
        ON_PAIR(test_budget),
        ON_PAIR(test_own_only),
        ON_PAIR(test_budget_of_the_district),
        ON_PAIR(test_late),
        ON_PAIR(test_one_without),
        ON_PAIR(test_lost_at_the_district),
        ON_PAIR(test_nobody_has_it),
        ON_PAIR(test_refused_cost_nothing),
        ON_PAIR(test_not_named_any_more),
        ON_PAIR(test_sums_of_what_came_another_way),
        ON_PAIR(test_full),
        ON_PAIR(test_bad_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
