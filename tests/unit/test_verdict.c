/* SPDX-License-Identifier: Apache-2.0 */
/* Verdicts (SPEC section 10.8) and what no longer depends on the order of arrival. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/bench.h"
#include "tests/verified.h"
#include "tests/store_mem.h"
#include "wardsync/verdict.h"

/* Delivers a run to a replica and lets things settle as its program would. */
static void give(struct replica *to, struct forge *forge, uint64_t first, uint64_t last)
{
    struct wsync_change_set set = forge_set(forge, first, last);
    assert_int_equal(forge_give(to, &set), WSYNC_OK);
    replica_tell_moment(to);
    forge_settle(to);
}

/* What the district wrote into its log of the unit; a log of its own for each call. */
static void give_verdicts(struct bench *world, struct replica *to)
{
    struct wsync_txn *txn;
    struct wsync_log log;
    struct forge verdicts;
    assert_int_equal(wsync_store_begin(world->district.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_ledger_own_log(txn, BENCH_UNIT, &log), WSYNC_OK);
    wsync_txn_abort(txn);
    forge_load(&verdicts, &world->district, &world->district, &log.id);
    give(to, &verdicts, 1, verdicts.seq);
    forge_fini(&verdicts);
}

static struct wsync_verdict verdict_at(struct replica *replica, const struct forge *forge,
                                       uint64_t seq)
{
    struct wsync_txn *txn;
    struct wsync_log log;
    struct wsync_verdict verdict;
    const struct wsync_head at = {forge->log, seq, forge->hashes[seq]};
    wsync_arena_release(&replica->arena, 0);
    assert_int_equal(wsync_store_begin(replica->store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_log_find(txn, &forge->log, &log), WSYNC_OK);
    assert_int_equal(wsync_verdict_on_change(txn, &replica->arena, &log, &at, &verdict),
                     WSYNC_OK);
    wsync_txn_abort(txn);
    return verdict;
}

static void decide(struct bench *world, const struct forge *forge, uint64_t seq,
                   enum wsync_decision decision)
{
    struct replica *district = &world->district;
    struct wsync_verdict verdict = verdict_at(district, forge, seq);
    verdict.log = forge->log;
    verdict.seq = seq;
    verdict.hash = wsync_hash_prefix_of(&forge->hashes[seq]);
    verdict.decision = decision;
    district->now += 10;
    forge_pass(district, BENCH_UNIT, &verdict);
}

static void assert_equal_states(struct bench *world)
{
    struct wsync_hash here = replica_digest(&world->reader, BENCH_UNIT);
    struct wsync_hash there = replica_digest(&world->district, BENCH_UNIT);
    struct wsync_hash anew = replica_recomputed_digest(&world->district, BENCH_UNIT);
    assert_memory_equal(here.b, there.b, sizeof here.b);
    assert_memory_equal(anew.b, there.b, sizeof anew.b);
    verified_clean(&world->reader, &world->installation);
    verified_clean(&world->district, &world->installation);
}

static void revoke(struct bench *world, struct replica *to, const struct forge *forge,
                   uint64_t pin_seq)
{
    struct wsync_pin pin = {forge->log, pin_seq, forge->hashes[pin_seq]};
    struct wsync_statement statement = {.kind = WSYNC_STATEMENT_REVOKE,
                                        .revoke = {forge->identity.device, &pin, 1}};
    struct wsync_signed_statement issued;
    struct wsync_txn *txn;
    assert_int_equal(wsync_store_begin(to->store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    assert_int_equal(wsync_roster_issue(txn, &world->district.arena, &statement,
                                        &world->installation.desk.registrar, &issued),
                     WSYNC_OK);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
    replica_tell_moment(to);
    forge_settle(to);
}

/* S10.37, S10.34: the district says in its log why a change does not count; a replica that had
 * no verdict judged the same. */
static void the_district_says_what_it_quarantined(void **state)
{
    struct bench *world = *state;
    forge_create(&world->a, BENCH_DAY, 1, 9); /* there is no kind 9 */
    forge_create(&world->a, BENCH_DAY, 2, 1);
    give(&world->district, &world->a, 1, 2);
    struct wsync_verdict verdict = verdict_at(&world->district, &world->a, 1);
    assert_int_equal(verdict.decision, WSYNC_DECISION_QUARANTINE);
    assert_int_equal(verdict.reason, WSYNC_ERR_VALUE);
    assert_int_equal(verdict_at(&world->district, &world->a, 2).decision, WSYNC_DECISION_NONE);
    bench_give_all(world, &world->forms);
    bench_give_all(world, &world->a);
    bench_unsettled(world, 0, 1);
    give_verdicts(world, &world->reader);
    assert_int_equal(bench_reason(world, &world->a, 1), WSYNC_ERR_VALUE);
    assert_equal_states(world);
}

/* S10.35, S10.38: what a revoked device wrote behind its pin is adopted, counts everywhere, and
 * stops counting when that is taken back. */
static void an_adopted_change_counts_until_that_is_taken_back(void **state)
{
    struct bench *world = *state;
    forge_create(&world->a, BENCH_DAY, 1, 1);
    forge_create(&world->a, BENCH_DAY, 10, 1);
    bench_set_count(&world->a, bench_at(0, 2), bench_at(0, 2), 30);
    revoke(world, &world->district, &world->a, 1);
    give(&world->district, &world->a, 1, 3);
    assert_int_equal(verdict_at(&world->district, &world->a, 2).reason, WSYNC_ERR_REVOKED);
    decide(world, &world->a, 2, WSYNC_DECISION_ADOPT);
    bench_give_all(world, &world->forms);
    revoke(world, &world->reader, &world->a, 1);
    bench_give_all(world, &world->a);
    bench_count(world, BENCH_DAY, 1, 1);
    give_verdicts(world, &world->reader);
    bench_count(world, BENCH_DAY, 2, 11);
    bench_unsettled(world, 0, 1);
    assert_equal_states(world);
    decide(world, &world->a, 3, WSYNC_DECISION_ADOPT);
    give_verdicts(world, &world->reader);
    bench_count(world, BENCH_DAY, 2, 31);
    bench_unsettled(world, 0, 0);
    assert_equal_states(world);
    decide(world, &world->a, 2, WSYNC_DECISION_QUARANTINE);
    give_verdicts(world, &world->reader);
    bench_count(world, BENCH_DAY, 1, 1);
    bench_unsettled(world, 1, 1); /* the edit of what does not count waits */
    assert_equal_states(world);
}

/* Each change that a verdict is on is found once, in the order of the logs, however many there
 * are on it. */
static void changes_with_verdicts_are_walked(void **state)
{
    struct bench *world = *state;
    struct wsync_txn *txn;
    struct wsync_log log;
    struct wsync_dot dot = {0};
    forge_create(&world->a, BENCH_DAY, 1, 9); /* there is no kind 9 */
    forge_create(&world->a, BENCH_DAY, 2, 1);
    forge_create(&world->a, BENCH_DAY, 3, 1);
    revoke(world, &world->district, &world->a, 2);
    give(&world->district, &world->a, 1, 3);
    decide(world, &world->a, 3, WSYNC_DECISION_ADOPT);
    decide(world, &world->a, 3, WSYNC_DECISION_QUARANTINE);
    assert_int_equal(wsync_store_begin(world->district.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_log_find(txn, &world->a.log, &log), WSYNC_OK);
    for (uint64_t seq = 1; seq <= 3; seq += 2) {
        assert_int_equal(wsync_verdict_after(txn, &dot), WSYNC_OK);
        assert_int_equal(dot.log_no, log.no);
        assert_int_equal(dot.seq, seq);
        assert_int_equal(dot.op, 0);
    }
    assert_int_equal(wsync_verdict_after(txn, &dot), WSYNC_ERR_NOT_FOUND);
    assert_int_equal(dot.seq, 3);
    wsync_txn_abort(txn);
}

/* S10.35: adoption waives rights, not values, and opens no form of the district. */
static void adoption_does_not_waive_values(void **state)
{
    struct bench *world = *state;
    forge_create(&world->a, BENCH_DAY, 1, 9);
    const struct wsync_write unit[] = {
        forge_integer(1, 77),
        forge_integer(2, 3),
        {4, false, {.class = WSYNC_CLASS_TEXT, .text = {(const uint8_t *)"x", 1}}}};
    const struct wsync_operation operation = {.form = WSYNC_FORM_UNIT,
                                              .version = 1,
                                              .creates = true,
                                              .writes = unit,
                                              .write_count = 3};
    forge_add(&world->a, &operation);
    give(&world->district, &world->a, 1, 2);
    assert_int_equal(verdict_at(&world->district, &world->a, 2).reason, WSYNC_ERR_RIGHT);
    decide(world, &world->a, 1, WSYNC_DECISION_ADOPT);
    decide(world, &world->a, 2, WSYNC_DECISION_ADOPT);
    bench_give_all(world, &world->forms);
    bench_give_all(world, &world->a);
    give_verdicts(world, &world->reader);
    assert_int_equal(bench_reason(world, &world->a, 1), WSYNC_ERR_VALUE);
    assert_int_equal(bench_reason(world, &world->a, 2), WSYNC_ERR_RIGHT);
    assert_equal_states(world);
}

/* S8.27, S7.16: a clerk writes no verdicts; a verdict names whole logs and hashes. */
static void a_clerk_writes_no_verdict(void **state)
{
    struct bench *world = *state;
    forge_create(&world->b, BENCH_DAY, 5, 1);
    struct wsync_write writes[] = {
        {1, false, {.class = WSYNC_CLASS_TEXT, .text = WSYNC_BYTES(world->b.log)}},
        forge_integer(2, 1),
        {3,
         false,
         {.class = WSYNC_CLASS_TEXT,
          .text = wsync_slice(world->b.hashes[1].b, WSYNC_HASH_PREFIX_BYTES)}},
        forge_integer(4, WSYNC_DECISION_QUARANTINE)};
    struct wsync_operation operation = {.form = WSYNC_FORM_VERDICT,
                                        .version = 1,
                                        .creates = true,
                                        .writes = writes,
                                        .write_count = 4};
    struct forge node;
    forge_add(&world->a, &operation);
    bench_give_all(world, &world->forms);
    bench_give_all(world, &world->a);
    bench_give_all(world, &world->b);
    assert_int_equal(bench_reason(world, &world->a, 1), WSYNC_ERR_RIGHT);
    bench_count(world, BENCH_DAY, 1, 5);
    world->district.scope = BENCH_UNIT;
    forge_init(&node, &world->district, &world->installation, BENCH_VERSION, 1);
    world->district.scope = REPLICA_TOP;
    writes[2].value.text.len--;
    forge_add(&node, &operation); /* a hash of 15 bytes */
    writes[2].value.text.len++;
    forge_add(&node, &operation); /* a good one */
    struct wsync_operation edit = operation;
    edit.creates = false;
    edit.record = bench_at(0, 2);
    edit.write_count = 1;
    forge_add(&node, &edit); /* would make it a verdict about another log */
    bench_give_all(world, &node);
    assert_int_equal(bench_reason(world, &node, 1), WSYNC_ERR_VALUE);
    assert_int_equal(bench_reason(world, &node, 2), WSYNC_OK);
    assert_int_equal(bench_reason(world, &node, 3), WSYNC_ERR_VALUE);
    assert_int_equal(bench_reason(world, &world->b, 1), WSYNC_ERR_RIGHT); /* none given */
    forge_fini(&node);
}

/* S10.33, S10.36: a verdict of another scope and one on the district's own change do nothing.
 */
static void some_verdicts_have_no_effect(void **state)
{
    struct bench *world = *state;
    struct forge node;
    forge_create(&world->a, BENCH_DAY, 5, 1);
    world->district.scope = BENCH_UNIT;
    forge_init(&node, &world->district, &world->installation, BENCH_VERSION, 1);
    world->district.scope = REPLICA_TOP;
    forge_create(&node, BENCH_DAY, 7, 1);
    const struct forge *about[] = {&world->a, &node};
    for (size_t i = 0; i < 2; i++) {
        const struct wsync_write writes[] = {
            {1, false, {.class = WSYNC_CLASS_TEXT, .text = WSYNC_BYTES(about[i]->log)}},
            forge_integer(2, 1),
            {3,
             false,
             {.class = WSYNC_CLASS_TEXT,
              .text = wsync_slice(about[i]->hashes[1].b, WSYNC_HASH_PREFIX_BYTES)}},
            forge_integer(4, WSYNC_DECISION_QUARANTINE),
            forge_integer(5, 132)};
        const struct wsync_operation operation = {.form = WSYNC_FORM_VERDICT,
                                                  .version = 1,
                                                  .creates = true,
                                                  .writes = writes,
                                                  .write_count = 5};
        forge_add(i == 0 ? &world->forms : &node, &operation);
    }
    bench_give_all(world, &world->forms);
    bench_give_all(world, &world->a);
    bench_give_all(world, &node);
    bench_unsettled(world, 0, 0);
    bench_count(world, BENCH_DAY, 2, 12);
    forge_fini(&node);
}

/* Adds a verdict on the first change of `about`. */
static void add_verdict(struct forge *node, const struct forge *about,
                        enum wsync_decision decision)
{
    const struct wsync_slice hash = wsync_slice(about->hashes[1].b, WSYNC_HASH_PREFIX_BYTES);
    const struct wsync_write writes[] = {
        {1, false, {.class = WSYNC_CLASS_TEXT, .text = WSYNC_BYTES(about->log)}},
        forge_integer(2, 1),
        {3, false, {.class = WSYNC_CLASS_TEXT, .text = hash}},
        forge_integer(4, decision),
        forge_integer(5, 132)};
    const struct wsync_operation operation = {.form = WSYNC_FORM_VERDICT,
                                              .version = 1,
                                              .creates = true,
                                              .writes = writes,
                                              .write_count = 5};
    forge_add(node, &operation);
}

/* Of verdicts of one second the one of the greater log holds, whichever arrives first. */
static void verdicts_of_one_second_have_an_order(void **state)
{
    struct bench *world = *state;
    static const enum wsync_decision EITHER[] = {WSYNC_DECISION_QUARANTINE,
                                                 WSYNC_DECISION_ADOPT};
    struct forge nodes[2];
    forge_create(&world->a, BENCH_DAY, 5, 1);
    world->district.scope = BENCH_UNIT;
    for (uint8_t i = 0; i < 2; i++) {
        forge_init(&nodes[i], &world->district, &world->installation, BENCH_VERSION, i);
    }
    world->district.scope = REPLICA_TOP;
    bool first_holds = memcmp(nodes[0].log.b, nodes[1].log.b, sizeof nodes[0].log.b) > 0;
    for (size_t i = 0; i < 2; i++) {
        add_verdict(&nodes[i], &world->a, EITHER[1 - i]); /* taken back a second later */
        add_verdict(&nodes[i], &world->a, EITHER[i]);
    }
    bench_give_all(world, &world->forms);
    bench_give_all(world, &world->a);
    bench_give_all(world, &nodes[0]);
    bench_unsettled(world, 0, 1); /* its second word */
    bench_give_all(world, &nodes[1]);
    bench_unsettled(world, 0, first_holds ? 1 : 0);
    give(&world->district, &world->a, 1, 1);
    give(&world->district, &nodes[1], 1, 2);
    give(&world->district, &nodes[0], 1, 2);
    assert_equal_states(world);
    forge_fini(&nodes[0]);
    forge_fini(&nodes[1]);
}

/* Lets the reader settle; false when it is not done after more rounds than it can need. */
static bool settles(struct replica *reader)
{
    enum { ROUNDS_MAX = 16 };
    struct wsync_txn *txn;
    bool more = true;
    replica_tell_moment(reader);
    assert_int_equal(wsync_store_begin(reader->store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    for (int i = 0; i < ROUNDS_MAX && more; i++) {
        assert_int_equal(wsync_ledger_settle(&reader->ledger, txn, &reader->arena, &more),
                         WSYNC_OK);
    }
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
    return !more;
}

/* A district that went back edits its verdict in a log that a reader numbers before the one of
 * the record: a rebuild judges the others by the edit, or it asks for the next, for ever. */
static void a_rebuild_judges_by_the_edit_of_a_verdict(void **state)
{
    struct bench *world = *state;
    const struct wsync_address first = bench_at(1, 1);
    const struct wsync_write decision = forge_integer(4, WSYNC_DECISION_QUARANTINE);
    const struct wsync_operation edit = {.form = WSYNC_FORM_VERDICT,
                                         .version = 1,
                                         .record = first,
                                         .bases = &first,
                                         .base_count = 1,
                                         .writes = &decision,
                                         .write_count = 1};
    struct forge nodes[2];
    forge_create(&world->a, BENCH_DAY, 5, 1);
    world->district.scope = BENCH_UNIT;
    for (uint8_t i = 0; i < 2; i++) {
        forge_init(&nodes[i], &world->district, &world->installation, BENCH_VERSION, i);
    }
    world->district.scope = REPLICA_TOP;
    add_verdict(&nodes[0], &world->a, WSYNC_DECISION_ADOPT);
    bench_meet(&nodes[1], &nodes[0], 1);
    forge_add(&nodes[1], &edit);
    bench_give_all(world, &world->forms);
    bench_give_all(world, &world->a);
    bench_count(world, BENCH_DAY, 1, 5);
    bench_give_all(world, &nodes[1]);
    bench_unsettled(world, 1, 0); /* the record is not here */
    struct wsync_change_set record = forge_set(&nodes[0], 1, 1);
    assert_int_equal(forge_give(&world->reader, &record), WSYNC_OK);
    assert_true(settles(&world->reader));
    bench_unsettled(world, 0, 1);
    assert_int_equal(bench_reason(world, &world->a, 1), WSYNC_ERR_RIGHT);
    bench_count(world, BENCH_DAY, 0, 0);
    for (size_t i = 0; i < 2; i++) {
        forge_fini(&nodes[i]);
    }
}

/* S10.34: what a verdict's reason reads as when it is none of a quarantine. */
static void a_reason_that_is_none_reads_as_another(void **state)
{
    struct bench *world = *state;
    static const int64_t REASONS[] = {133, 0, 205, 302, 199, 65535};
    static const enum wsync_err READ[] = {WSYNC_ERR_FIELD,   WSYNC_ERR_RIGHT,
                                          WSYNC_ERR_RIGHT,   WSYNC_ERR_RIGHT,
                                          WSYNC_ERR_MESSAGE, WSYNC_ERR_MESSAGE};
    enum { COUNT = sizeof REASONS / sizeof *REASONS };
    struct forge node;
    world->district.scope = BENCH_UNIT;
    forge_init(&node, &world->district, &world->installation, BENCH_VERSION, 1);
    world->district.scope = REPLICA_TOP;
    for (uint64_t seq = 1; seq <= COUNT; seq++) {
        forge_create(&world->a, BENCH_DAY, 5, 1);
        const struct wsync_slice hash =
            wsync_slice(world->a.hashes[seq].b, WSYNC_HASH_PREFIX_BYTES);
        const struct wsync_write writes[] = {
            {1, false, {.class = WSYNC_CLASS_TEXT, .text = WSYNC_BYTES(world->a.log)}},
            forge_integer(2, (int64_t)seq),
            {3, false, {.class = WSYNC_CLASS_TEXT, .text = hash}},
            forge_integer(4, WSYNC_DECISION_QUARANTINE),
            forge_integer(5, REASONS[seq - 1])};
        const struct wsync_operation operation = {.form = WSYNC_FORM_VERDICT,
                                                  .version = 1,
                                                  .creates = true,
                                                  .writes = writes,
                                                  .write_count = 5};
        forge_add(&node, &operation);
    }
    bench_give_all(world, &world->forms);
    bench_give_all(world, &world->a);
    bench_give_all(world, &node);
    bench_unsettled(world, 0, COUNT);
    for (uint64_t seq = 1; seq <= COUNT; seq++) {
        assert_int_equal(bench_reason(world, &world->a, seq), READ[seq - 1]);
    }
    forge_fini(&node);
}

/* S10.38: a revocation that comes behind what it forbids takes that out again. */
static void a_late_revocation_takes_out_what_counted(void **state)
{
    struct bench *world = *state;
    forge_create(&world->a, BENCH_DAY, 1, 1);
    forge_create(&world->a, BENCH_DAY, 10, 1);
    forge_create(&world->b, BENCH_DAY, 100, 1);
    bench_meet(&world->b, &world->a, 2);
    bench_set_count(&world->b, bench_at(1, 2), bench_at(1, 2), 20);
    bench_give_all(world, &world->forms);
    bench_give_all(world, &world->a);
    bench_give_all(world, &world->b);
    bench_count(world, BENCH_DAY, 3, 121);
    revoke(world, &world->reader, &world->a, 1);
    bench_count(world, BENCH_DAY, 2, 101);
    bench_unsettled(world, 1, 1);
    revoke(world, &world->district, &world->a, 1);
    give(&world->district, &world->a, 1, 2);
    give(&world->district, &world->b, 1, 3);
    give_verdicts(world, &world->reader);
    assert_equal_states(world);
}

/* A change that writes many values nobody has seen into one record. */
static void crowd(struct forge *forge, struct wsync_address record, int64_t value)
{
    struct wsync_operation operations[WSYNC_OPERATIONS_MAX - 1];
    struct wsync_write writes[3] = {forge_integer(FORGE_DAY, BENCH_DAY),
                                    forge_integer(FORGE_COUNT, value),
                                    forge_integer(FORGE_KIND, 1)};
    for (size_t i = 0; i < WSYNC_OPERATIONS_MAX - 1; i++) {
        operations[i] = (struct wsync_operation){.form = REPLICA_FORM,
                                                 .version = 1,
                                                 .record = record,
                                                 .writes = writes,
                                                 .write_count = 3};
    }
    const struct wsync_draft draft = {.context.stamp_delta = 1,
                                      .operations = operations,
                                      .operation_count = WSYNC_OPERATIONS_MAX - 1};
    forge_add_draft(forge, &draft);
}

/* S10.3, S10.11: a full record fills in another order elsewhere: the district's order holds. */
static void a_crowded_record_fills_as_at_the_district(void **state)
{
    struct bench *world = *state;
    forge_create(&world->a, BENCH_DAY, 1, 1);
    bench_meet(&world->b, &world->a, 1);
    bench_meet(&world->c, &world->a, 1);
    crowd(&world->a, bench_at(0, 1), 10);
    crowd(&world->b, bench_at(1, 1), 20);
    crowd(&world->c, bench_at(1, 1), 30);
    give(&world->district, &world->a, 1, 2);
    give(&world->district, &world->b, 1, 2);
    give(&world->district, &world->c, 1, 2);
    assert_int_equal(verdict_at(&world->district, &world->c, 2).reason, WSYNC_ERR_CROWDED);
    bench_give_all(world, &world->forms);
    bench_give_all(world, &world->a);
    bench_give_all(world, &world->c);
    bench_give_all(world, &world->b); /* finds it full */
    bench_unsettled(world, 1, 0);
    give_verdicts(world, &world->reader);
    bench_unsettled(world, 0, 1);
    assert_equal_states(world);
}

/* S8.26: a form version defined twice is the same everywhere, whichever came first. */
static void the_smaller_definition_stands(void **state)
{
    struct bench *world = *state;
    struct forge twice;
    struct replica other;
    forge_init(&twice, &world->district, &world->installation, 1, 7);
    bench_define_version_2(world);
    forge_add_raw(&twice, &world->forms.changes[2]); /* the same version, in a second log */
    forge_create(&world->a, BENCH_DAY, 3, 1);
    forge_reader(&other, &world->district);
    struct forge *orders[2][3] = {{&world->forms, &twice, &world->a},
                                  {&world->a, &twice, &world->forms}};
    struct replica *readers[] = {&world->reader, &other};
    for (size_t i = 0; i < 2; i++) {
        for (size_t k = 0; k < 3; k++) {
            give(readers[i], orders[i][k], 1, orders[i][k]->seq);
        }
    }
    struct wsync_hash first = replica_digest(&world->reader, 0);
    struct wsync_hash second = replica_digest(&other, 0);
    assert_memory_equal(first.b, second.b, sizeof first.b);
    struct wsync_txn *txns[2];
    struct wsync_slice rows[2];
    static const uint8_t KEY[] = {0, 0, 0, REPLICA_FORM, 0, 0, 0, 2};
    struct wsync_log_id stands[2];
    for (size_t i = 0; i < 2; i++) {
        struct wsync_log log;
        assert_int_equal(wsync_store_begin(readers[i]->store, WSYNC_TXN_READ, &txns[i]),
                         WSYNC_OK);
        assert_int_equal(
            wsync_txn_get(txns[i], WSYNC_TABLE_FORMS, wsync_slice(KEY, sizeof KEY), &rows[i]),
            WSYNC_OK);
        assert_int_equal(wsync_log_get(txns[i], wsync_record_of_key(rows[i]).log_no, &log),
                         WSYNC_OK);
        stands[i] = log.id;
        wsync_txn_abort(txns[i]);
    }
    assert_memory_equal(stands[0].b, stands[1].b, sizeof stands[0].b);
    bool smaller = memcmp(world->forms.log.b, twice.log.b, sizeof twice.log.b) < 0;
    assert_memory_equal(stands[0].b, smaller ? world->forms.log.b : twice.log.b,
                        sizeof stands[0].b);
    replica_fini(&other);
    forge_fini(&twice);
}

int main(void)
{
#define BENCH_TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)
    const struct CMUnitTest tests[] = {
        BENCH_TEST(the_district_says_what_it_quarantined),
        BENCH_TEST(an_adopted_change_counts_until_that_is_taken_back),
        BENCH_TEST(changes_with_verdicts_are_walked),
        BENCH_TEST(adoption_does_not_waive_values),
        BENCH_TEST(a_clerk_writes_no_verdict),
        BENCH_TEST(some_verdicts_have_no_effect),
        BENCH_TEST(verdicts_of_one_second_have_an_order),
        BENCH_TEST(a_rebuild_judges_by_the_edit_of_a_verdict),
        BENCH_TEST(a_reason_that_is_none_reads_as_another),
        BENCH_TEST(a_late_revocation_takes_out_what_counted),
        BENCH_TEST(a_crowded_record_fills_as_at_the_district),
        BENCH_TEST(the_smaller_definition_stands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
