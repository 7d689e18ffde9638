/* SPDX-License-Identifier: Apache-2.0 */
/* What leaves a side and how it is cut: sets of an author, sets passed on for another, bytes as
 * they came, frames counted (SPEC sections 1, 2, 4.3, 9.4 and 9.5). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/pair.h"
#include "tests/store_mem.h"

enum { RECORDS = 200, LINE = 0 };

static const struct wsync_checkpoint NO_CHECKPOINT; /* all zero: "none" */

/* A log of `b` in the district's store, taken in the runs 1 to 3, 4, and 5 to 9; the last two
 * changes have a private part and an extension nobody knows. */
static void give_runs(struct pair *pair, struct forge *log)
{
    static const uint64_t RUNS[][2] = {{1, 3}, {4, 4}, {5, 9}};
    const struct wsync_write personal = {
        5, true, {.class = WSYNC_CLASS_TEXT, .text = wsync_slice_of("riêng")}};
    const struct wsync_operation operation = {.form = REPLICA_FORM,
                                              .version = 1,
                                              .creates = true,
                                              .writes = &personal,
                                              .write_count = 1};
    forge_init(log, &pair->world->b, &pair->world->installation, PAIR_VERSION, 1);
    for (int i = 0; i < 7; i++) {
        forge_create(log, PAIR_DAY, i, 1);
    }
    forge_add(log, &operation);
    pair_add_extension(log);
    for (size_t i = 0; i < sizeof RUNS / sizeof *RUNS; i++) {
        struct wsync_change_set set = forge_set(log, RUNS[i][0], RUNS[i][1]);
        assert_int_equal(forge_give(&pair->world->district, &set), WSYNC_OK);
    }
}

static bool holds_seal(const struct forge *log, const struct wsync_change_set *set)
{
    uint64_t last = set->first + set->change_count - 1;
    const struct wsync_head head = {log->log, last, log->hashes[last]};
    return set->sealed &&
           wsync_seal_verify(&log->identity.signing_key, &set->seal, &head, &set->checkpoint);
}

/* S4.12: the district passes a log on in runs that end where its author sealed, under the
 * author's seal. */
static void another_side_sends_what_the_author_sealed(void **state)
{
    struct pair *pair = *state;
    static const uint64_t ENDS[] = {3, 4, 9};
    struct forge log;
    struct wsync_change_set set;
    give_runs(pair, &log);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    for (size_t i = 0; i < sizeof ENDS / sizeof *ENDS; i++) {
        assert_true(pair_nth_set(&pair->down, PAIR_A, &log.log, i, &set));
        assert_int_equal(set.first + set.change_count - 1, ENDS[i]);
        assert_true(holds_seal(&log, &set));
    }
    assert_false(pair_nth_set(&pair->down, PAIR_A, &log.log, 3, &set));
    forge_fini(&log);
}

/* S4.12, S4.13: who holds a part of a run gets the rest of it under the seal of the run. */
static void the_rest_of_a_run_comes_with_its_seal(void **state)
{
    struct pair *pair = *state;
    struct forge log;
    struct wsync_change_set set;
    give_runs(pair, &log);
    struct wsync_change_set part = forge_set(&log, 1, 2);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    struct replica late;
    forge_reader(&late, &pair->world->district);
    assert_int_equal(forge_give(&late, &part), WSYNC_OK);
    assert_true(pair_nth_set(&pair->down, PAIR_A, &log.log, 0, &set));
    set.first = 3;
    set.genesis = wsync_slice(NULL, 0);
    set.changes += 2;
    set.change_count = 1;
    memcpy(set.previous, log.hashes[2].b, sizeof set.previous);
    assert_int_equal(forge_give(&late, &set), WSYNC_OK);
    replica_fini(&late);
    forge_fini(&log);
}

struct raw_log {
    struct wsync_slice genesis;
    struct wsync_log log;
    struct wsync_txn *txn;
};

static struct raw_log open_log(struct replica *replica, const struct wsync_log_id *id)
{
    struct raw_log raw;
    assert_int_equal(wsync_store_begin(replica->store, WSYNC_TXN_READ, &raw.txn), WSYNC_OK);
    assert_int_equal(wsync_log_find(raw.txn, id, &raw.log), WSYNC_OK);
    assert_int_equal(wsync_log_genesis(raw.txn, raw.log.no, &raw.genesis), WSYNC_OK);
    return raw;
}

static void assert_slices(struct wsync_slice a, struct wsync_slice b)
{
    assert_int_equal(a.len, b.len);
    assert_true(wsync_slice_equal(a, b));
}

static void assert_same_log(struct replica *here, struct replica *there,
                            const struct wsync_log_id *id)
{
    struct raw_log x = open_log(here, id), y = open_log(there, id);
    assert_slices(x.genesis, y.genesis);
    assert_int_equal(x.log.seq, y.log.seq);
    for (uint64_t seq = 1; seq <= x.log.seq; seq++) {
        struct wsync_change p, q;
        assert_int_equal(wsync_log_change(x.txn, x.log.no, seq, &p), WSYNC_OK);
        assert_int_equal(wsync_log_change(y.txn, y.log.no, seq, &q), WSYNC_OK);
        assert_slices(p.raw.public_part, q.raw.public_part);
        assert_slices(p.raw.private_part, q.raw.private_part);
        assert_int_equal(p.raw.private_state, q.raw.private_state);
        assert_memory_equal(p.raw.salt.b, q.raw.salt.b, sizeof p.raw.salt.b);
    }
    wsync_txn_abort(x.txn);
    wsync_txn_abort(y.txn);
}

static void assert_same_roster(struct replica *here, struct replica *there)
{
    struct wsync_txn *x, *y;
    struct wsync_signed_statement p, q;
    assert_int_equal(wsync_store_begin(here->store, WSYNC_TXN_READ, &x), WSYNC_OK);
    assert_int_equal(wsync_store_begin(there->store, WSYNC_TXN_READ, &y), WSYNC_OK);
    for (uint64_t version = 1; version <= PAIR_VERSION; version++) {
        assert_int_equal(wsync_roster_statement(x, version, &p), WSYNC_OK);
        assert_int_equal(wsync_roster_statement(y, version, &q), WSYNC_OK);
        assert_slices(p.statement, q.statement);
        assert_int_equal(p.signature_count, q.signature_count);
        assert_memory_equal(p.signatures, q.signatures, sizeof p.signatures);
    }
    wsync_txn_abort(x);
    wsync_txn_abort(y);
}

/* S1.5: genesis, changes, private parts and statements arrive as their author wrote them, also
 * what neither side in between can read. */
static void bytes_are_kept_and_sent_on_as_they_came(void **state)
{
    struct pair *pair = *state;
    struct forge log;
    give_runs(pair, &log);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    pair_write(&pair->world->a, 20); /* with private parts */
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    assert_same_log(&pair->world->a, &pair->world->district, &log.log);
    assert_same_log(&pair->world->district, &pair->world->a,
                    &pair->up_a.lines[LINE].session.own);
    assert_same_roster(&pair->world->district, &pair->world->a);
    struct raw_log there = open_log(&pair->world->a, &log.log);
    for (uint64_t seq = 1; seq <= log.seq; seq++) {
        struct wsync_change change;
        assert_int_equal(wsync_log_change(there.txn, there.log.no, seq, &change), WSYNC_OK);
        assert_slices(change.raw.public_part, log.changes[seq].public_part);
        assert_slices(change.raw.private_part, log.changes[seq].private_part);
        assert_memory_equal(change.hash.b, log.hashes[seq].b, sizeof change.hash.b);
    }
    wsync_txn_abort(there.txn);
    forge_fini(&log);
}

static size_t weight_of(const struct wsync_raw_change *raw)
{
    size_t weight = raw->public_part.len + WSYNC_CHANGE_WEIGHT_BYTES;
    return raw->private_state == WSYNC_PRIVATE_NONE
               ? weight
               : weight + raw->private_part.len + WSYNC_PRIVATE_WEIGHT_BYTES;
}

/* S9.28: each set is filled: not beyond the default, and the next change would be.  S13.2:
 * under the checkpoint "none". */
static void an_author_fills_its_sets(void **state)
{
    struct pair *pair = *state;
    struct wsync_change_set set;
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    pair_write(&pair->world->a, RECORDS);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    struct wsync_log_id own = pair->up_a.lines[LINE].session.own;
    size_t before = 0, changes = 0, sets = 0;
    while (pair_nth_set(&pair->up_a, LINE, &own, sets, &set)) {
        size_t weight = 0;
        assert_true(sets == 0 || before + weight_of(set.changes) > WSYNC_SET_BYTES_DEFAULT);
        for (size_t i = 0; i < set.change_count; i++) {
            weight += weight_of(&set.changes[i]);
        }
        assert_true(weight <= WSYNC_SET_BYTES_DEFAULT);
        assert_memory_equal(&set.checkpoint, &NO_CHECKPOINT, sizeof set.checkpoint);
        before = weight;
        changes += set.change_count;
        sets++;
    }
    assert_int_equal(changes, RECORDS);
    assert_true(sets > 2);
}

/* S9.24, S9.29: `taken` is the bytes of all frames of the three counted types, both ways. */
static void the_last_ack_counts_every_counted_frame(void **state)
{
    struct pair *pair = *state;
    struct forge log;
    struct wsync_message ack;
    give_runs(pair, &log);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK); /* Roster, Heads and sets come down */
    assert_true(hub_said(&pair->up_a, LINE, WSYNC_MESSAGE_ACK, &ack));
    assert_int_equal(ack.ack.taken, pair_counted(&pair->down, PAIR_A));
    assert_true(hub_count(&pair->down, PAIR_A, WSYNC_MESSAGE_ROSTER) > 0);
    assert_true(hub_count(&pair->down, PAIR_A, WSYNC_MESSAGE_HEADS) > 0);
    assert_true(hub_count(&pair->down, PAIR_A, WSYNC_MESSAGE_CHANGES) > 0);
    pair_write(&pair->world->a, RECORDS);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    assert_true(hub_said(&pair->down, PAIR_A, WSYNC_MESSAGE_ACK, &ack));
    assert_int_equal(ack.ack.taken, pair_counted(&pair->up_a, LINE));
    forge_fini(&log);
}

/* S13.3: a seal over a checkpoint nobody here can check is kept with it, and both are sent on
 * as they came. */
static void a_checkpoint_is_kept_beside_its_seal(void **state)
{
    struct pair *pair = *state;
    struct forge log;
    struct wsync_change_set set, passed;
    forge_init(&log, &pair->world->b, &pair->world->installation, PAIR_VERSION, 1);
    forge_create(&log, PAIR_DAY, 1, 1);
    set = forge_set(&log, 1, 1);
    set.checkpoint = (struct wsync_checkpoint){.tree = {7}, .size = 99, .root = {{8}}};
    forge_seal(&log, &set);
    assert_int_equal(forge_give(&pair->world->district, &set), WSYNC_OK);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    assert_true(pair_nth_set(&pair->down, PAIR_A, &log.log, 0, &passed));
    assert_memory_equal(&passed.checkpoint, &set.checkpoint, sizeof set.checkpoint);
    assert_memory_equal(passed.seal.b, set.seal.b, sizeof set.seal.b);
    assert_true(holds_seal(&log, &passed));
    forge_fini(&log);
}

/* S13.11: the district has none to state, in Welcome and in the seals of its own log. */
static void the_district_states_no_checkpoint(void **state)
{
    struct pair *pair = *state;
    struct wsync_message welcome;
    struct wsync_change_set set;
    struct wsync_txn *txn;
    struct wsync_log top;
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    assert_true(hub_said(&pair->down, PAIR_A, WSYNC_MESSAGE_WELCOME, &welcome));
    assert_memory_equal(&welcome.welcome.checkpoint, &NO_CHECKPOINT, sizeof NO_CHECKPOINT);
    assert_int_equal(wsync_store_begin(pair->world->district.store, WSYNC_TXN_READ, &txn),
                     WSYNC_OK);
    assert_int_equal(wsync_ledger_own_log(txn, REPLICA_TOP, &top), WSYNC_OK);
    wsync_txn_abort(txn);
    assert_true(pair_nth_set(&pair->down, PAIR_A, &top.id, 0, &set));
    assert_memory_equal(&set.checkpoint, &NO_CHECKPOINT, sizeof NO_CHECKPOINT);
}

/* The first change sent of the log on the district's line. */
static uint64_t first_sent(struct pair *pair, const struct forge *log)
{
    struct wsync_change_set set;
    return pair_nth_set(&pair->down, PAIR_A, &log->log, 0, &set) ? set.first : 0;
}

/* S9.20: a log that was not stated from 1, one of which less was stated from behind that, one
 * that was stated in full not at all, and one that was stated otherwise from 1. */
static void logs_are_sent_from_where_the_other_stands(void **state)
{
    struct pair *pair = *state;
    struct forge logs[4], clone;
    static const uint64_t HELD[] = {0, 2, 3, 0}, FIRST[] = {1, 3, 0, 1};
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    for (size_t i = 0; i < 4; i++) {
        forge_init(&logs[i], &pair->world->b, &pair->world->installation, PAIR_VERSION,
                   (uint8_t)i);
        for (int k = 0; k < 3; k++) {
            forge_create(&logs[i], PAIR_DAY, k, 1);
        }
        struct wsync_change_set whole = forge_set(&logs[i], 1, 3);
        assert_int_equal(forge_give(&pair->world->district, &whole), WSYNC_OK);
        if (HELD[i] > 0) {
            struct wsync_change_set part = forge_set(&logs[i], 1, HELD[i]);
            assert_int_equal(forge_give(&pair->world->a, &part), WSYNC_OK);
        }
    }
    forge_init(&clone, &pair->world->b, &pair->world->installation, PAIR_VERSION, 3);
    forge_create(&clone, PAIR_DAY, 99, 1);
    struct wsync_change_set other = forge_set(&clone, 1, 1);
    assert_int_equal(forge_give(&pair->world->a, &other), WSYNC_OK);
    pair_open(pair, PAIR_A);
    pair_carry(pair, PAIR_A);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(first_sent(pair, &logs[i]), FIRST[i]);
        forge_fini(&logs[i]);
    }
    forge_fini(&clone);
}

/* S4.10, S4.9: what was not committed is not there to be sent; its seq is written once. */
static void a_change_that_was_not_committed_is_never_sent(void **state)
{
    struct pair *pair = *state;
    struct wsync_change_set set;
    struct wsync_dot dot;
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    pair_write(&pair->world->a, 1);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    uint64_t before = wsync_store_mem_operations(pair->world->a.store);
    pair_write(&pair->world->a, 1);
    uint64_t commit = wsync_store_mem_operations(pair->world->a.store) - before;
    wsync_store_mem_fail_at(pair->world->a.store, commit, WSYNC_ERR_STORE_IO);
    assert_int_equal(replica_create(&pair->world->a, PAIR_DAY, 77, 1, &dot),
                     WSYNC_ERR_STORE_IO);
    assert_false(wsync_store_mem_fault_is_planned(pair->world->a.store));
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    struct wsync_log_id own = pair->up_a.lines[LINE].session.own;
    assert_true(pair_nth_set(&pair->up_a, LINE, &own, 0, &set));
    assert_int_equal(set.first, 2);
    assert_int_equal(set.change_count, 1);
    assert_false(pair_nth_set(&pair->up_a, LINE, &own, 1, &set));
    pair_write(&pair->world->a, 1);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    assert_int_equal(pair->up_a.lines[LINE].session.counts.changes_acked, 1);
}

/* S2.7: whatever is changed in a log, each head from there on is another, and none before. */
static void a_head_names_everything_before_it(void **state)
{
    struct pair *pair = *state;
    enum { LENGTH = 12 };
    for (uint64_t changed = 1; changed <= LENGTH; changed++) {
        struct forge one, two;
        forge_init(&one, &pair->world->a, &pair->world->installation, PAIR_VERSION, 1);
        forge_init(&two, &pair->world->a, &pair->world->installation, PAIR_VERSION, 1);
        for (uint64_t seq = 1; seq <= LENGTH; seq++) {
            forge_create(&one, PAIR_DAY, 1, 1);
            forge_create(&two, PAIR_DAY, seq == changed ? 2 : 1, 1);
        }
        for (uint64_t seq = 0; seq <= LENGTH; seq++) {
            bool same = wsync_hash_equal(&one.hashes[seq], &two.hashes[seq]);
            assert_int_equal(same, seq < changed);
        }
        forge_fini(&one);
        forge_fini(&two);
    }
}

int main(void)
{
#define PAIR_TEST(name) cmocka_unit_test_setup_teardown(name, pair_set_up, pair_tear_down)
    const struct CMUnitTest tests[] = {
        PAIR_TEST(another_side_sends_what_the_author_sealed),
        PAIR_TEST(the_rest_of_a_run_comes_with_its_seal),
        PAIR_TEST(bytes_are_kept_and_sent_on_as_they_came),
        PAIR_TEST(an_author_fills_its_sets),
        PAIR_TEST(the_last_ack_counts_every_counted_frame),
        PAIR_TEST(a_checkpoint_is_kept_beside_its_seal),
        PAIR_TEST(the_district_states_no_checkpoint),
        PAIR_TEST(logs_are_sent_from_where_the_other_stands),
        PAIR_TEST(a_change_that_was_not_committed_is_never_sent),
        PAIR_TEST(a_head_names_everything_before_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
