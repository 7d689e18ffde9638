/* SPDX-License-Identifier: Apache-2.0 */
/* Branches and copies rule by rule (SPEC sections 5.7 and 13.3). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/bench.h"
#include "wardsync/restore.h"
#include "wardsync/verdict.h"

enum { COMMON = BENCH_COMMON, PERSONAL = 5 };
enum { LARGE_BYTES = 3000 }; /* of a note: three such changes fill a run */

static enum wsync_err give(struct bench *world, struct forge *forge, uint64_t first,
                           uint64_t last)
{
    struct wsync_change_set set = forge_set(forge, first, last);
    return forge_give(&world->reader, &set);
}

static void assert_refused_whole(struct bench *world, struct forge *forge, uint64_t first,
                                 uint64_t last)
{
    struct wsync_hash before = forge_image(world->reader.store);
    assert_int_equal(give(world, forge, first, last), WSYNC_ERR_FORK);
    struct wsync_hash after = forge_image(world->reader.store);
    assert_memory_equal(before.b, after.b, sizeof before.b);
}

/* S5.23, S5.27: as many branches as the limit, and what is held stays as it is behind it. */
static void a_branch_too_many_changes_nothing(void **state)
{
    struct bench *world = *state;
    struct forge *branch = malloc(sizeof *branch);
    assert_non_null(branch);
    for (int i = 0; i < COMMON + 1; i++) {
        forge_create(&world->a, BENCH_DAY, 1, 1);
    }
    bench_give_all(world, &world->forms);
    bench_give_all(world, &world->a);
    for (int i = 0; i < WSYNC_BRANCHES_MAX; i++) {
        bench_branch(branch, &world->a, COMMON, 100 + i);
        world->a.arena = branch->arena;
        assert_int_equal(give(world, branch, 1, COMMON + 1), WSYNC_OK);
    }
    bench_count(world, BENCH_DAY, 3, 3);
    bench_branch(branch, &world->a, COMMON, 999);
    world->a.arena = branch->arena;
    assert_refused_whole(world, branch, 1, COMMON + 1);
    bench_branch(branch, &world->a, COMMON - 1, 999); /* elsewhere: no less too many */
    world->a.arena = branch->arena;
    assert_refused_whole(world, branch, 1, COMMON);
    free(branch);
}

static bool is_held(struct bench *world, const struct forge *forge, uint64_t seq)
{
    const struct wsync_head head = {forge->log, seq, forge->hashes[seq]};
    struct wsync_txn *txn;
    bool held;
    assert_int_equal(wsync_store_begin(world->reader.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_head_held(txn, &head, &held), WSYNC_OK);
    wsync_txn_abort(txn);
    return held;
}

/* S5.27: a branch of a branch that is kept aside is kept as well, and so is what continues
 * either; what is held of them is taken again without effect. */
static void a_branch_of_a_branch_is_kept(void **state)
{
    struct bench *world = *state;
    struct forge *branches = calloc(2, sizeof *branches);
    assert_non_null(branches);
    forge_create(&world->a, BENCH_DAY, 1, 1);
    bench_give_all(world, &world->forms);
    bench_give_all(world, &world->a);
    bench_branch(&branches[0], &world->a, 0, 10);
    forge_create(&branches[0], BENCH_DAY, 20, 1);
    forge_create(&branches[0], BENCH_DAY, 21, 1);
    assert_int_equal(give(world, &branches[0], 1, 3), WSYNC_OK);
    bench_branch(&branches[1], &branches[0], 2, 30);
    assert_int_equal(give(world, &branches[1], 2, 3), WSYNC_OK);
    assert_true(is_held(world, &branches[0], 3) && is_held(world, &branches[1], 3));
    forge_create(&branches[1], BENCH_DAY, 31, 1);
    assert_int_equal(give(world, &branches[1], 4, 4), WSYNC_OK);
    branches[0].arena = branches[1].arena;
    forge_create(&branches[0], BENCH_DAY, 22, 1);
    assert_int_equal(give(world, &branches[0], 4, 4), WSYNC_OK);
    assert_true(is_held(world, &branches[0], 4) && is_held(world, &branches[1], 4));
    struct wsync_hash before = forge_image(world->reader.store);
    assert_int_equal(give(world, &branches[1], 1, 4), WSYNC_OK);
    assert_int_equal(give(world, &branches[0], 1, 4), WSYNC_OK);
    struct wsync_hash after = forge_image(world->reader.store);
    assert_memory_equal(before.b, after.b, sizeof before.b);
    bench_count(world, BENCH_DAY, 1, 1);
    world->a.arena = branches[0].arena;
    free(branches);
}

/* The district's verdict that the branch stands from `seq` on, in its log of the unit. */
static void tell(struct bench *world, const struct wsync_verdict *verdict)
{
    struct replica *district = &world->district;
    struct wsync_txn *txn;
    struct wsync_log log;
    struct forge verdicts;
    replica_tell_moment(district);
    assert_int_equal(wsync_store_begin(district->store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    assert_int_equal(
        wsync_verdict_put(&district->ledger, txn, &district->arena, BENCH_UNIT, verdict),
        WSYNC_OK);
    assert_int_equal(wsync_ledger_own_log(txn, BENCH_UNIT, &log), WSYNC_OK);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
    forge_load(&verdicts, district, district, &log.id);
    bench_give_all(world, &verdicts);
    forge_fini(&verdicts);
}

static void pass_verdict(struct bench *world, const struct forge *stands, uint64_t seq)
{
    const struct wsync_verdict verdict = {.log = stands->log,
                                          .seq = seq,
                                          .hash = wsync_hash_prefix_of(&stands->hashes[seq]),
                                          .decision = WSYNC_DECISION_STANDS};
    tell(world, &verdict);
}

static uint64_t head_at(struct replica *replica, const struct forge *forge)
{
    struct wsync_txn *txn;
    struct wsync_log log;
    assert_int_equal(wsync_store_begin(replica->store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_log_find(txn, &forge->log, &log), WSYNC_OK);
    wsync_txn_abort(txn);
    return log.seq;
}

/* S5.30: the verdict is here before either branch: the one that does not stand is put aside,
 * the one that stands goes on. */
static void what_goes_on_against_a_verdict_is_put_aside(void **state)
{
    struct bench *world = *state;
    struct forge *other = malloc(sizeof *other);
    assert_non_null(other);
    for (int i = 0; i < COMMON; i++) {
        forge_create(&world->a, BENCH_DAY, 1, 1);
    }
    bench_branch(other, &world->a, COMMON, 100);
    world->a.arena = other->arena;
    forge_create(&world->a, BENCH_DAY, 10, 1);
    bench_give_all(world, &world->forms);
    bench_give(world, &world->a, 1, COMMON);
    pass_verdict(world, &world->a, COMMON + 1);
    bench_give(world, other, COMMON + 1, COMMON + 1);
    assert_int_equal(head_at(&world->reader, other), COMMON);
    bench_count(world, BENCH_DAY, 2, 2);
    bench_give(world, &world->a, COMMON + 1, COMMON + 1);
    assert_int_equal(head_at(&world->reader, other), COMMON + 1);
    bench_count(world, BENCH_DAY, 3, 12);
    free(other);
}

/* The same of a log of which nothing is here yet. */
static void a_log_may_begin_with_what_is_put_aside(void **state)
{
    struct bench *world = *state;
    struct forge *other = malloc(sizeof *other);
    assert_non_null(other);
    bench_branch(other, &world->a, 0, 100);
    world->a.arena = other->arena;
    forge_create(&world->a, BENCH_DAY, 10, 1);
    bench_give_all(world, &world->forms);
    pass_verdict(world, &world->a, 1);
    bench_give(world, other, 1, 1);
    assert_int_equal(head_at(&world->reader, other), 0);
    bench_count(world, BENCH_DAY, 0, 0);
    bench_give(world, &world->a, 1, 1);
    assert_int_equal(head_at(&world->reader, other), 1);
    bench_count(world, BENCH_DAY, 1, 10);
    assert_true(is_held(world, other, 1));
    free(other);
}

/* S5.32: a branch goes on where a verdict stopped the log; then the log must stop before.  What
 * gives way is one with the branch. */
static void a_tail_joins_the_branch_behind_it(void **state)
{
    struct bench *world = *state;
    struct forge *branches = calloc(2, sizeof *branches);
    assert_non_null(branches);
    for (int i = 0; i < COMMON + 1; i++) {
        forge_create(&world->a, BENCH_DAY, 1, 1);
    }
    bench_branch(&branches[0], &world->a, COMMON + 1, 100);
    world->a.arena = branches[0].arena;
    forge_create(&world->a, BENCH_DAY, 10, 1);
    bench_branch(&branches[1], &world->a, COMMON, 200);
    world->a.arena = branches[1].arena;
    bench_give_all(world, &world->forms);
    pass_verdict(world, &branches[0], COMMON + 2);
    bench_give(world, &world->a, 1, COMMON + 1);
    bench_give(world, &world->a, COMMON + 2, COMMON + 2);
    assert_int_equal(head_at(&world->reader, &world->a), COMMON + 1);
    pass_verdict(world, &branches[1], COMMON + 1);
    assert_int_equal(head_at(&world->reader, &world->a), COMMON);
    assert_true(is_held(world, &world->a, COMMON + 2));
    bench_give(world, &branches[1], COMMON + 1, COMMON + 1);
    assert_int_equal(head_at(&world->reader, &world->a), COMMON + 1);
    bench_count(world, BENCH_DAY, 3, 202);
    free(branches);
}

/* Appends to a log of `a` a change of `lost`, written again: a record with this count. */
static void add_copy(struct forge *copy, const struct forge *lost, uint64_t seq, int64_t count)
{
    const struct wsync_write writes[] = {forge_integer(FORGE_DAY, BENCH_DAY),
                                         forge_integer(FORGE_COUNT, count),
                                         forge_integer(FORGE_KIND, 1)};
    const struct wsync_operation operation = {.form = REPLICA_FORM,
                                              .version = 1,
                                              .creates = true,
                                              .writes = writes,
                                              .write_count = 3};
    const struct wsync_reference reference = forge_reference(lost, seq);
    const struct wsync_draft draft = {
        .context = {.references = &reference,
                    .reference_count = 1,
                    .has_origin = true,
                    .origin = {(uint32_t)copy->seq + 1, seq, lost->genesis.stamp + 1}},
        .operations = &operation,
        .operation_count = 1};
    forge_add_draft(copy, &draft);
}

/* A log of `a` that begins with the first change of `lost`. */
static void write_again(struct bench *world, struct forge *copy, const struct forge *lost,
                        uint8_t salt)
{
    forge_init(copy, &world->wards[0], &world->installation, BENCH_VERSION, salt);
    add_copy(copy, lost, 1, 5);
}

/* S6.9: an address waits for the copy of what it names, not only for that of its entry. */
static void an_address_waits_for_what_it_names(void **state)
{
    struct bench *world = *state;
    struct forge *lost = malloc(sizeof *lost), *copy = calloc(1, sizeof *copy);
    assert_true(lost && copy);
    bench_branch(lost, &world->a, 0, 5);
    forge_create(lost, BENCH_DAY, 50, 1);
    world->a.arena = lost->arena;
    forge_create(&world->a, BENCH_DAY, 77, 1);
    bench_meet(&world->b, lost, 2);
    bench_set_count(&world->b, bench_at(1, 1), bench_at(1, 1), 9);
    forge_init(copy, &world->wards[0], &world->installation, BENCH_VERSION, 52);
    add_copy(copy, lost, 2, 50);
    add_copy(copy, lost, 1, 5);
    bench_give_all(world, &world->forms);
    bench_give_all(world, &world->a);
    bench_give_all(world, lost);
    bench_give_all(world, &world->b);
    bench_give(world, copy, 1, 1); /* the entry's copy: the record is not here yet */
    bench_unsettled(world, 1, 0);
    bench_give(world, copy, 2, 2);
    bench_unsettled(world, 0, 0);
    bench_shown(world, copy, 2, 9, 1);
    bench_count(world, BENCH_DAY, 3, 77 + 50 + 9);
    forge_fini(copy);
    free(copy);
    free(lost);
}

/* Two logs of `a` with the same change of a branch that gave way, written again; does the first
 * one count?  Held here is a record of 77. */
static bool copy_twice(struct bench *world, struct forge copies[2])
{
    struct forge *lost = malloc(sizeof *lost);
    assert_non_null(lost);
    bench_branch(lost, &world->a, 0, 5);
    forge_create(&world->a, BENCH_DAY, 77, 1);
    write_again(world, &copies[0], lost, 50);
    write_again(world, &copies[1], lost, 51);
    free(lost);
    return memcmp(copies[0].log.b, copies[1].log.b, sizeof copies[0].log.b) < 0;
}

/* S13.14, S13.15: of two copies the one in the log with the smaller id counts, and what names
 * the other one means it. */
static void an_address_of_a_copy_means_the_one_that_counts(void **state)
{
    struct bench *world = *state;
    struct forge *copies = calloc(2, sizeof *copies);
    assert_non_null(copies);
    bool first = copy_twice(world, copies);
    struct forge *counts = &copies[first ? 0 : 1], *silent = &copies[first ? 1 : 0];
    bench_meet(&world->b, silent, 1);
    bench_set_count(&world->b, bench_at(1, 1), bench_at(1, 1), 9);
    bench_give_all(world, &world->forms);
    bench_give_all(world, &world->a);
    bench_give_all(world, silent);
    bench_shown(world, silent, 1, 5, 1); /* alone, it counts */
    bench_give_all(world, counts);
    bench_give_all(world, &world->b);
    bench_unsettled(world, 0, 0);
    bench_shown(world, counts, 1, 9, 1);
    bench_count(world, BENCH_DAY, 2, 77 + 9);
    forge_fini(&copies[0]);
    forge_fini(&copies[1]);
    free(copies);
}

/* Writes a record with a note and a personal text of these lengths. */
static enum wsync_err write_texts(struct replica *ward, size_t note, size_t personal,
                                  size_t *size)
{
    static uint8_t text[WSYNC_TEXT_BYTES_MAX];
    struct wsync_txn *txn;
    struct wsync_log log;
    struct wsync_change change;
    struct wsync_dot dot;
    memset(text, 'x', sizeof text);
    const struct wsync_write writes[] = {
        {FORGE_NOTE, false, {.class = WSYNC_CLASS_TEXT, .text = wsync_slice(text, note)}},
        {PERSONAL, true, {.class = WSYNC_CLASS_TEXT, .text = wsync_slice(text, personal)}}};
    const struct wsync_intent intent = {.form = REPLICA_FORM,
                                        .version = 1,
                                        .creates = true,
                                        .writes = writes,
                                        .write_count = 2};
    enum wsync_err err = replica_write(ward, BENCH_UNIT, &intent, 1, &dot);
    if (err == WSYNC_OK) {
        assert_int_equal(wsync_store_begin(ward->store, WSYNC_TXN_READ, &txn), WSYNC_OK);
        assert_int_equal(wsync_ledger_own_log(txn, BENCH_UNIT, &log), WSYNC_OK);
        assert_int_equal(wsync_log_change(txn, log.no, log.seq, &change), WSYNC_OK);
        *size = change.raw.public_part.len + change.raw.private_part.len;
        wsync_txn_abort(txn);
    }
    return err;
}

/* S6.9, S13.12: the branch that is named holds a copy itself: the address means what counts for
 * what that was written again from. */
static void an_address_of_a_copy_that_gave_way(void **state)
{
    struct bench *world = *state;
    struct forge *lost = malloc(sizeof *lost), *copies = calloc(2, sizeof *copies);
    assert_true(lost && copies);
    bench_branch(lost, &world->a, 0, 5);
    world->a.arena = lost->arena;
    forge_create(&world->a, BENCH_DAY, 77, 1);
    write_again(world, &copies[0], lost, 50);
    copies[1] = copies[0]; /* the same log once more */
    copies[1].seq = 0;
    add_copy(&copies[1], lost, 1, 6);
    bench_meet(&world->b, &copies[0], 1);
    bench_set_count(&world->b, bench_at(1, 1), bench_at(1, 1), 9);
    bench_give_all(world, &world->forms);
    bench_give_all(world, &world->a);
    bench_give_all(world, &world->b);
    bench_give_all(world, &copies[1]); /* this one counts */
    bench_unsettled(world, 1, 0);
    bench_give_all(world, &copies[0]);
    bench_unsettled(world, 0, 0);
    bench_shown(world, &copies[1], 1, 9, 1);
    bench_count(world, BENCH_DAY, 2, 77 + 9);
    copies[0].arena = copies[1].arena;
    forge_fini(&copies[0]);
    free(copies);
    free(lost);
}

/* S13.13: the same of a change that claims an origin which is not its entry's: it is a copy of
 * nothing, and the address waits. */
static void an_address_of_a_copy_of_nothing_waits(void **state)
{
    struct bench *world = *state;
    struct forge *branches = calloc(2, sizeof *branches);
    assert_non_null(branches);
    forge_create(&world->a, BENCH_DAY, 77, 1);
    forge_init(&branches[0], &world->wards[0], &world->installation, BENCH_VERSION, 50);
    branches[1] = branches[0];
    const struct wsync_reference reference = forge_reference(&world->a, 1);
    const struct wsync_draft draft = {.context = {.references = &reference,
                                                  .reference_count = 1,
                                                  .has_origin = true,
                                                  .origin = {1, 2, 0}}};
    forge_add_draft(&branches[0], &draft);
    branches[1].arena = branches[0].arena;
    forge_create(&branches[1], BENCH_DAY, 6, 1);
    bench_meet(&world->b, &branches[0], 1);
    bench_set_count(&world->b, bench_at(1, 1), bench_at(1, 1), 9);
    bench_give_all(world, &world->forms);
    bench_give_all(world, &world->a);
    bench_give_all(world, &branches[1]);
    bench_give_all(world, &branches[0]);
    bench_give_all(world, &world->b);
    bench_unsettled(world, 1, 0);
    bench_count(world, BENCH_DAY, 2, 77 + 6);
    forge_fini(&branches[1]);
    free(branches);
}

/* S13.14: of two copies the first counts; once a verdict quarantines it, the other one does, in
 * whatever order they come. */
static void what_is_quarantined_is_nobodys_copy(void **state)
{
    struct bench *world = *state;
    struct forge *copies = calloc(2, sizeof *copies);
    assert_non_null(copies);
    bool first = copy_twice(world, copies);
    struct forge *counts = &copies[first ? 0 : 1], *silent = &copies[first ? 1 : 0];
    const struct wsync_verdict quarantine = {.log = counts->log,
                                             .seq = 1,
                                             .hash = wsync_hash_prefix_of(&counts->hashes[1]),
                                             .decision = WSYNC_DECISION_QUARANTINE,
                                             .reason = WSYNC_ERR_RIGHT};
    bench_give_all(world, &world->forms);
    bench_give_all(world, &world->a);
    bench_give_all(world, counts);
    bench_give_all(world, silent);
    bench_shown(world, counts, 1, 5, 1);
    bench_count(world, BENCH_DAY, 2, 82);
    tell(world, &quarantine);
    bench_shown(world, silent, 1, 5, 1);
    bench_count(world, BENCH_DAY, 2, 82);
    struct wsync_hash live = replica_digest(&world->reader, BENCH_UNIT);
    struct wsync_hash anew = replica_recomputed_digest(&world->reader, BENCH_UNIT);
    assert_memory_equal(live.b, anew.b, sizeof live.b);
    forge_fini(&copies[0]);
    forge_fini(&copies[1]);
    free(copies);
}

/* S13.16: a new change goes up to the limit and not a byte beyond it. */
static void a_new_change_leaves_room_to_be_written_again(void **state)
{
    struct bench *world = *state;
    struct replica *ward = &world->wards[0];
    size_t size = 0;
    assert_int_equal(replica_sync(ward, &world->district, &world->installation, NULL),
                     WSYNC_OK);
    assert_int_equal(write_texts(ward, 7000, 200, &size), WSYNC_OK);
    size_t most = 200 + WSYNC_PAYLOAD_AUTHORED_BYTES_MAX - size;
    assert_int_equal(write_texts(ward, 7000, most, &size), WSYNC_OK);
    assert_int_equal(size, WSYNC_PAYLOAD_AUTHORED_BYTES_MAX);
    assert_int_equal(write_texts(ward, 7000, most + 1, &size), WSYNC_ERR_OVERSIZE);
}

static void set_standing(struct bench *world, const struct forge *log, uint64_t seq)
{
    struct replica *district = &world->district;
    const struct wsync_verdict verdict = {.log = log->log,
                                          .seq = seq,
                                          .hash = wsync_hash_prefix_of(&log->hashes[seq]),
                                          .decision = WSYNC_DECISION_STANDS};
    district->now += 10;
    forge_pass(district, BENCH_UNIT, &verdict);
}

/* S5.33: a run that would leave a branch so that nobody could send it on, as it begins in the
 * middle of a run that is held; it is taken once its author has sealed what goes before. */
static void a_branch_can_be_sent_on(void **state)
{
    struct bench *world = *state;
    struct replica *district = &world->district;
    struct forge other;
    struct wsync_txn *txn;
    struct wsync_log held;
    forge_create_large(&world->a, 'a', LARGE_BYTES);
    forge_create_large(&world->a, 'b', LARGE_BYTES);
    forge_create_large(&world->a, 'c', LARGE_BYTES);
    other = world->a;
    for (int i = 0; i < 5; i++) {
        forge_create_large(&other, 'd', LARGE_BYTES);
    }
    world->a.arena = other.arena;
    forge_create_large(&world->a, 'e', LARGE_BYTES);
    forge_create_large(&world->a, 'f', LARGE_BYTES);
    struct wsync_change_set first = forge_set(&world->a, 1, 1);
    assert_int_equal(forge_give(district, &first), WSYNC_OK);
    struct wsync_change_set rest = forge_set(&world->a, 2, 5);
    assert_int_equal(forge_give(district, &rest), WSYNC_OK);
    struct wsync_hash before = forge_image(district->store);
    struct wsync_change_set theirs = forge_set(&other, 4, 8);
    assert_int_equal(forge_give(district, &theirs), WSYNC_ERR_OVERSIZE);
    struct wsync_hash after = forge_image(district->store);
    assert_memory_equal(before.b, after.b, sizeof before.b);
    struct wsync_change_set common = forge_set(&other, 3, 3);
    assert_int_equal(forge_give(district, &common), WSYNC_OK);
    theirs = forge_set(&other, 4, 8);
    assert_int_equal(forge_give(district, &theirs), WSYNC_OK);
    forge_settle(district);
    set_standing(world, &other, 4);
    assert_int_equal(wsync_store_begin(district->store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_log_find(txn, &other.log, &held), WSYNC_OK);
    wsync_txn_abort(txn);
    assert_int_equal(held.seq, 8);
    assert_int_equal(replica_sync(&world->wards[1], district, &world->installation, NULL),
                     WSYNC_OK);
}

/* S9.30: where credit ends in a log, what leaves it further on waits, though it would fit. */
static void a_branch_does_not_overtake_its_log(void **state)
{
    struct bench *world = *state;
    struct forge other;
    struct wsync_change_set set;
    for (int i = 23; i >= 0; i--) { /* each under a seal, a small one before the fork */
        forge_create_large(&world->a, 'a', i == 0 ? 1 : LARGE_BYTES);
        set = forge_set(&world->a, world->a.seq, world->a.seq);
        assert_int_equal(forge_give(&world->district, &set), WSYNC_OK);
    }
    other = world->a;
    forge_create(&other, BENCH_DAY, 7, 1);
    world->a.arena = other.arena;
    forge_create(&world->a, BENCH_DAY, 8, 1);
    set = forge_set(&world->a, world->a.seq, world->a.seq);
    assert_int_equal(forge_give(&world->district, &set), WSYNC_OK);
    set = forge_set(&other, other.seq, other.seq);
    assert_int_equal(forge_give(&world->district, &set), WSYNC_OK);
    assert_int_equal(
        replica_sync(&world->wards[1], &world->district, &world->installation, NULL), WSYNC_OK);
}

static void assert_stands(struct replica *replica, const struct forge *forge, uint64_t seq)
{
    struct wsync_txn *txn;
    struct wsync_log log;
    assert_int_equal(wsync_store_begin(replica->store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_log_find(txn, &forge->log, &log), WSYNC_OK);
    wsync_txn_abort(txn);
    assert_int_equal(log.seq, seq);
    assert_memory_equal(log.hash.b, forge->hashes[seq].b, sizeof log.hash.b);
}

static void assert_all_agree(struct bench *world)
{
    struct replica *district = &world->district;
    struct replica *ward = &world->wards[1];
    assert_int_equal(replica_sync(ward, district, &world->installation, NULL), WSYNC_OK);
    struct wsync_hash one = replica_digest(district, BENCH_UNIT);
    struct wsync_hash other = replica_digest(ward, BENCH_UNIT);
    struct wsync_hash anew = replica_recomputed_digest(district, BENCH_UNIT);
    assert_memory_equal(one.b, other.b, sizeof one.b);
    assert_memory_equal(one.b, anew.b, sizeof one.b);
}

/* S10.39, S5.32: two forks of one log are decided, then the admin turns the first one round.
 * The verdict on the second one names a change that gave way: the district decides anew, and
 * everybody follows, in whatever order the branches come. */
static void what_goes_on_is_decided_anew(void **state)
{
    struct bench *world = *state;
    struct replica *district = &world->district;
    struct forge *branches = calloc(2, sizeof *branches);
    assert_non_null(branches);
    bench_two_forks(world, branches);
    struct forge *const all[] = {&world->a, &branches[1], &branches[0]};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct wsync_change_set set = forge_set(all[i], 1, COMMON + 2);
        assert_int_equal(forge_give(district, &set), WSYNC_OK);
        forge_settle(district);
    }
    assert_stands(district, &world->a, COMMON + 2);
    set_standing(world, &branches[0], COMMON + 1);
    assert_stands(district, &branches[0], COMMON + 2);
    assert_all_agree(world);
    assert_stands(&world->wards[1], &branches[0], COMMON + 2);
    set_standing(world, &world->a, COMMON + 1); /* and back: one of the two goes on */
    assert_all_agree(world);
    assert_int_equal(head_at(district, &world->a), COMMON + 2);
    free(branches);
}

int main(void)
{
#define BENCH_TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)
    const struct CMUnitTest tests[] = {
        BENCH_TEST(a_branch_too_many_changes_nothing),
        BENCH_TEST(a_branch_of_a_branch_is_kept),
        BENCH_TEST(what_goes_on_against_a_verdict_is_put_aside),
        BENCH_TEST(a_log_may_begin_with_what_is_put_aside),
        BENCH_TEST(a_tail_joins_the_branch_behind_it),
        BENCH_TEST(an_address_waits_for_what_it_names),
        BENCH_TEST(an_address_of_a_copy_means_the_one_that_counts),
        BENCH_TEST(an_address_of_a_copy_that_gave_way),
        BENCH_TEST(an_address_of_a_copy_of_nothing_waits),
        BENCH_TEST(what_is_quarantined_is_nobodys_copy),
        BENCH_TEST(a_new_change_leaves_room_to_be_written_again),
        BENCH_TEST(a_branch_can_be_sent_on),
        BENCH_TEST(a_branch_does_not_overtake_its_log),
        BENCH_TEST(what_goes_on_is_decided_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
