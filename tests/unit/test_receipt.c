/* SPDX-License-Identifier: Apache-2.0 */
/* Receipts in whole sessions: what is asked for, what is answered, what a ward makes of it and
 * keeps (SPEC sections 15.3 and 15.4: S15.11, S15.12, S15.17, S15.18, S15.19, S15.20, S15.22,
 * S15.27, S15.28, S15.30). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/pair.h"
#include "tests/store_mem.h"
#include "tests/tlog.h"

static int set_up(void **state)
{
    assert_int_equal(pair_set_up(state), 0);
    struct pair *pair = *state;
    replica_open_log(&pair->world->district, &pair->world->installation);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    assert_int_equal(pair_sync(pair, PAIR_B), WSYNC_OK);
    return 0;
}

static int tear_down(void **state)
{
    struct pair *pair = *state;
    tlog_check(&pair->world->district);
    return pair_tear_down(state);
}

static struct wsync_head own_head(struct replica *ward)
{
    struct wsync_log log = ward_pair_own_log(ward, ward->scope);
    return (struct wsync_head){log.id, log.seq, log.hash};
}

static void sync_a(struct pair *pair, int changes)
{
    pair_write(&pair->world->a, changes);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
}

static void a_session_that_moved_something_ends_with_a_receipt(void **state)
{
    struct pair *pair = *state;
    struct wsync_kept_receipt kept;
    struct wsync_receipt receipt;
    for (int round = 0; round < 5; round++) {
        sync_a(pair, 1 + round);
        assert_int_equal(hub_count(&pair->down, PAIR_A, WSYNC_MESSAGE_RECEIPT), 1);
        struct wsync_signed_checkpoint at_ward = tlog_last(&pair->world->a);
        struct wsync_signed_checkpoint at_district = tlog_last(&pair->world->district);
        assert_memory_equal(&at_ward, &at_district, sizeof at_ward);
        assert_true(tlog_receipt(&pair->world->a, &kept, &receipt));
        assert_int_equal(kept.verdict, WSYNC_OK);
        assert_true(kept.complete);
    }
    struct wsync_head head = own_head(&pair->world->a);
    assert_int_equal(tlog_count(&pair->world->district, &head), 1);
}

static void nothing_moved_nothing_asked(void **state)
{
    struct pair *pair = *state;
    struct wsync_message hello;
    struct wsync_message still;
    sync_a(pair, 2);
    uint64_t size = tlog_size(&pair->world->district);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    assert_int_equal(pair->up_a.lines[0].said, 1);
    assert_int_equal(pair->down.lines[PAIR_A].said, 1);
    assert_true(hub_said(&pair->up_a, 0, WSYNC_MESSAGE_HELLO, &hello));
    assert_true(hub_said(&pair->down, PAIR_A, WSYNC_MESSAGE_STILL, &still));
    assert_int_equal(hello.hello.seen, size);
    assert_int_equal(still.still.time, pair->world->district.now);
    assert_int_equal(pair->down.lines[PAIR_A].session.result, WSYNC_OK);
    assert_int_equal(tlog_size(&pair->world->district), size);
}

/* The line is cut behind the Ack: the next session, which moves nothing, asks. */
static void what_has_no_receipt_is_asked_for_later(void **state)
{
    struct pair *pair = *state;
    struct wsync_message said;
    pair_write(&pair->world->a, 2);
    struct hub *up = pair_open(pair, PAIR_A);
    while (hub_count(up, 0, WSYNC_MESSAGE_PROVE) == 0) {
        hub_carry(up, 0, &pair->down, PAIR_A, HUB_NONE_LOST);
        assert_int_equal(hub_run(&pair->down), WSYNC_OK);
        hub_carry(&pair->down, PAIR_A, up, 0, HUB_NONE_LOST);
        assert_int_equal(hub_run(up), WSYNC_OK);
    }
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    assert_true(hub_said(up, 0, WSYNC_MESSAGE_HELLO, &said));
    assert_int_equal(said.hello.seen, 0);
    assert_true(hub_said(up, 0, WSYNC_MESSAGE_PROVE, &said));
    struct wsync_head head = own_head(&pair->world->a);
    assert_int_equal(said.prove.head_count, 1);
    assert_int_equal(wsync_head_compare(&said.prove.heads[0], &head), 0);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    assert_int_equal(hub_count(up, 0, WSYNC_MESSAGE_PROVE), 0);
}

static void a_reader_of_the_ward_gets_one_too(void **state)
{
    struct pair *pair = *state;
    struct wsync_kept_receipt kept;
    struct wsync_receipt receipt;
    sync_a(pair, 3);
    assert_int_equal(pair_sync(pair, PAIR_B), WSYNC_OK);
    assert_true(tlog_receipt(&pair->world->b, &kept, &receipt));
    assert_true(kept.complete);
    pair_write(&pair->world->b, 1);
    assert_int_equal(pair_sync(pair, PAIR_B), WSYNC_OK);
    sync_a(pair, 1);
    assert_true(tlog_receipt(&pair->world->a, &kept, &receipt));
    assert_true(kept.complete);
}

/* Both ask in one batch: one checkpoint serves both. */
static void sessions_of_a_batch_share_a_checkpoint(void **state)
{
    struct pair *pair = *state;
    pair_write(&pair->world->a, 1);
    pair_write(&pair->world->b, 1);
    uint64_t size = tlog_size(&pair->world->district);
    struct hub *ups[] = {pair_open(pair, PAIR_A), pair_open(pair, PAIR_B)};
    for (int round = 0; round < 12; round++) {
        for (size_t i = 0; i < 2; i++) {
            hub_carry(ups[i], 0, &pair->down, i, HUB_NONE_LOST);
        }
        if (pair->down.batch_count > 0) {
            assert_int_equal(hub_run(&pair->down), WSYNC_OK);
        }
        for (size_t i = 0; i < 2; i++) {
            hub_carry(&pair->down, i, ups[i], 0, HUB_NONE_LOST);
            assert_int_equal(hub_run(ups[i]), WSYNC_OK);
        }
    }
    assert_int_equal(ups[0]->lines[0].session.state, WSYNC_STATE_ENDED);
    assert_int_equal(ups[1]->lines[0].session.state, WSYNC_STATE_ENDED);
    struct wsync_signed_checkpoint a = tlog_last(&pair->world->a);
    struct wsync_signed_checkpoint b = tlog_last(&pair->world->b);
    assert_true(wsync_checkpoint_equal(&a.checkpoint, &b.checkpoint));
    assert_int_equal(tlog_size(&pair->world->district), size + 3); /* two sets, one of heads */
}

static void a_seal_names_the_last_verified_checkpoint(void **state)
{
    struct pair *pair = *state;
    struct wsync_change_set set;
    struct wsync_checkpoint last = tlog_last(&pair->world->a).checkpoint;
    sync_a(pair, 1);
    struct wsync_head head = own_head(&pair->world->a);
    assert_true(pair_nth_set(&pair->up_a, 0, &head.log, 0, &set));
    assert_true(wsync_checkpoint_equal(&set.checkpoint, &last));
    last = tlog_last(&pair->world->a).checkpoint;
    sync_a(pair, 1);
    assert_true(pair_nth_set(&pair->up_a, 0, &head.log, 0, &set));
    assert_true(wsync_checkpoint_equal(&set.checkpoint, &last));
}

/* The leaf of a set commits to what of it was quarantined, and is asked for once the verdict
 * is known. */
static void the_leaf_of_a_quarantined_change_is_asked_for(void **state)
{
    struct pair *pair = *state;
    struct replica *a = &pair->world->a;
    struct wsync_message said;
    struct forge forge;
    forge_init(&forge, a, &pair->world->installation, PAIR_VERSION, 9);
    uint64_t seq = pair_add_extension(&forge); /* optional: no reason for anything */
    struct wsync_operation nothing = {.kind = WSYNC_KIND_DELETE};
    nothing.record = (struct wsync_address){0, 1, 60};
    seq = forge_add(&forge, &nothing);
    struct wsync_change_set set = forge_set(&forge, 1, seq);
    assert_int_equal(forge_give(a, &set), WSYNC_OK);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    assert_true(hub_said(&pair->up_a, 0, WSYNC_MESSAGE_PROVE, &said));
    static struct tlog_leaves leaves;
    const uint8_t verdict[10] = {
        [7] = (uint8_t)seq, [9] = (uint8_t)wsync_err_code(WSYNC_ERR_RECORD)};
    const struct wsync_slice parts[] = {wsync_slice_of("wardsync/verdicts/v1"),
                                        wsync_slice(verdict, sizeof verdict)};
    struct wsync_hash verdicts = wsync_hash_parts(parts, 2);
    tlog_read(&pair->world->district, &leaves);
    size_t found = 0;
    for (size_t i = 0; i < leaves.count; i++) {
        const struct wsync_leaf *leaf = &leaves.items[i];
        found += leaf->kind == WSYNC_LEAF_SET &&
                 wsync_log_id_equal(&leaf->head.log, &forge.log) &&
                 wsync_hash_equal(&leaf->verdicts, &verdicts);
    }
    assert_int_equal(found, 1);
    forge_fini(&forge);
}

static void a_district_without_a_log_gives_none(void **state)
{
    struct pair *pair = *state;
    assert_int_equal(pair_sync(pair, PAIR_B), WSYNC_OK);
    pair_write(&pair->world->b, 2);
    assert_int_equal(pair_sync(pair, PAIR_B), WSYNC_OK);
    assert_int_equal(hub_count(&pair->up_b, 0, WSYNC_MESSAGE_PROVE), 0);
}

static void a_prove_without_a_log_is_not_answered(void **state)
{
    struct pair *pair = *state;
    struct wsync_message prove = {.type = WSYNC_MESSAGE_PROVE, .prove = {.scope = PAIR_UNIT}};
    hub_greet(&pair->down, 2, &pair->world->installation, &pair->world->a);
    assert_int_equal(hub_run(&pair->down), WSYNC_OK);
    hub_tell(&pair->down, 2, &prove);
    assert_int_equal(hub_run(&pair->down), WSYNC_OK);
    assert_int_equal(hub_count(&pair->down, 2, WSYNC_MESSAGE_RECEIPT), 0);
    assert_int_equal(pair->down.lines[2].session.state, WSYNC_STATE_OPEN);
}

static void another_log_key_goes_on_in_the_same_tree(void **state)
{
    struct pair *pair = *state;
    struct installation *installation = &pair->world->installation;
    const struct wsync_signing_key old_key = installation->district.log_key;
    sync_a(pair, 1);
    struct wsync_signed_checkpoint before = tlog_last(&pair->world->a);
    const struct wsync_signing_secret secret = pair_name_log_key(pair);
    sync_a(pair, 1); /* the secret is still the old one: as if no log were kept */
    assert_int_equal(hub_count(&pair->down, PAIR_A, WSYNC_MESSAGE_RECEIPT), 0);
    const struct wsync_signing_key key = installation->district.log_key;
    installation->desk.log = secret;
    sync_a(pair, 1);
    struct wsync_signed_checkpoint after = tlog_last(&pair->world->a);
    assert_memory_equal(after.checkpoint.tree, before.checkpoint.tree, 16);
    assert_true(wsync_checkpoint_verify(&key, &installation->instance, &after));
    assert_true(wsync_checkpoint_verify(&old_key, &installation->instance, &before));
    struct wsync_txn *txn;
    struct wsync_signing_key signer;
    assert_int_equal(wsync_store_begin(pair->world->a.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_checkpoint_signer(txn, &before, &signer), WSYNC_OK);
    assert_memory_equal(signer.b, old_key.b, sizeof signer.b);
    wsync_txn_abort(txn);
}

static void only_the_newest_are_kept(void **state)
{
    struct pair *pair = *state;
    struct wsync_txn *txn;
    struct wsync_kept_receipt kept = {.number = 0};
    struct wsync_receipt receipt;
    sync_a(pair, 1); /* this one says where the log stands */
    assert_true(tlog_receipt(&pair->world->a, &kept, &receipt));
    uint64_t needed = kept.number;
    struct replica *a = &pair->world->a;
    assert_int_equal(wsync_store_begin(a->store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    for (int i = 0; i < WSYNC_RECEIPTS_KEPT_MAX + 50; i++) {
        size_t mark = wsync_arena_mark(&a->arena);
        struct wsync_kept_receipt more = {.time = i};
        assert_int_equal(wsync_receipt_keep(txn, &a->arena, &receipt, &more), WSYNC_OK);
        wsync_arena_release(&a->arena, mark);
    }
    uint64_t count = 0;
    bool found = false;
    kept.number = 0;
    while (wsync_receipt_after(txn, &kept) == WSYNC_OK) {
        found |= kept.number == needed;
        count++;
    }
    wsync_txn_abort(txn);
    assert_true(found);
    assert_int_equal(count, WSYNC_RECEIPTS_KEPT_MAX + 1);
}

static void case_1_what_is_said_again_adds_no_leaf(void **state)
{
    struct pair *pair = *state;
    struct replica *district = &pair->world->district;
    struct wsync_slice frames[64];
    size_t count = 0;
    sync_a(pair, 40);
    for (size_t i = 0; i < pair->up_a.lines[0].said && count < 64; i++) {
        struct wsync_slice frame = pair->up_a.lines[0].frames[i];
        uint8_t *copy = malloc(frame.len);
        memcpy(copy, frame.data, frame.len);
        frames[count++] = wsync_slice(copy, frame.len);
    }
    static struct tlog_leaves before;
    static struct tlog_leaves after;
    tlog_read(district, &before);
    for (int round = 0; round < 2; round++) {
        hub_open_district(&pair->down, 2, &pair->world->installation,
                          &pair->world->a.transport);
        for (size_t i = 0; i < count; i++) {
            hub_hear(&pair->down, 2, frames[i]);
            assert_int_equal(hub_run(&pair->down), WSYNC_OK);
        }
        tlog_read(district, &after);
        assert_int_equal(after.count, before.count);
        assert_memory_equal(after.items, before.items, before.count * sizeof *before.items);
    }
    for (size_t i = 0; i < count; i++) {
        free((void *)(uintptr_t)frames[i].data);
    }
    tlog_check(district);
}

/* A run that is held in part brings the rest of it: one leaf for what is new. */
static void case_1_a_set_in_other_pieces_adds_one_leaf_for_what_is_new(void **state)
{
    struct pair *pair = *state;
    struct replica *district = &pair->world->district;
    struct forge forge;
    forge_init(&forge, &pair->world->b, &pair->world->installation, PAIR_VERSION, 3);
    for (int i = 0; i < 6; i++) {
        forge_create(&forge, PAIR_DAY, i, 1);
    }
    uint64_t size = tlog_size(district);
    const struct {
        uint64_t first, last, leaves;
    } STEPS[] = {{1, 3, 1}, {1, 3, 0}, {1, 2, 0}, {2, 5, 1}, {3, 4, 0}, {4, 6, 1}, {1, 6, 0}};
    for (size_t i = 0; i < sizeof STEPS / sizeof *STEPS; i++) {
        struct wsync_change_set set = forge_set(&forge, STEPS[i].first, STEPS[i].last);
        assert_int_equal(forge_give(district, &set), WSYNC_OK);
        size += STEPS[i].leaves;
        assert_int_equal(tlog_size(district), size);
    }
    forge_fini(&forge);
    tlog_check(district);
}

/* Prove belongs to the district, twice at most; a Receipt to a ward that asked. */
static void out_of_turn(void **state)
{
    struct pair *pair = *state;
    struct wsync_message prove = {.type = WSYNC_MESSAGE_PROVE, .prove = {.scope = PAIR_UNIT}};
    hub_greet(&pair->down, 2, &pair->world->installation, &pair->world->a);
    assert_int_equal(hub_run(&pair->down), WSYNC_OK);
    for (size_t i = 1; i <= WSYNC_PROVES_MAX; i++) {
        hub_tell(&pair->down, 2, &prove);
        assert_int_equal(hub_run(&pair->down), WSYNC_OK);
        assert_int_equal(hub_count(&pair->down, 2, WSYNC_MESSAGE_RECEIPT), i);
        prove.prove.before++;
    }
    hub_tell(&pair->down, 2, &prove);
    assert_int_equal(hub_run(&pair->down), WSYNC_OK);
    assert_int_equal(pair->down.lines[2].session.result, WSYNC_ERR_STATE);
    pair_write(&pair->world->a, 3);
    struct hub *up = pair_open_late(pair, PAIR_A);
    hub_carry(up, 0, &pair->down, PAIR_A, HUB_NONE_LOST);
    assert_int_equal(hub_run(&pair->down), WSYNC_OK);
    hub_carry(&pair->down, PAIR_A, up, 0, 1); /* without the Ack of the flight */
    assert_int_equal(hub_run(up), WSYNC_OK);
    assert_int_equal(up->lines[0].session.state, WSYNC_STATE_OPEN);
    struct wsync_message receipt;
    assert_true(hub_said(&pair->down, 2, WSYNC_MESSAGE_RECEIPT, &receipt));
    hub_tell(up, 0, &receipt); /* nobody asked for it */
    assert_int_equal(hub_run(up), WSYNC_OK);
    assert_int_equal(up->lines[0].session.result, WSYNC_ERR_STATE);
    assert_int_equal(tlog_alarms(&pair->world->a), 0);
}

int main(void)
{
#define RECEIPT_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        RECEIPT_TEST(a_session_that_moved_something_ends_with_a_receipt),
        RECEIPT_TEST(nothing_moved_nothing_asked),
        RECEIPT_TEST(what_has_no_receipt_is_asked_for_later),
        RECEIPT_TEST(a_reader_of_the_ward_gets_one_too),
        RECEIPT_TEST(sessions_of_a_batch_share_a_checkpoint),
        RECEIPT_TEST(a_seal_names_the_last_verified_checkpoint),
        RECEIPT_TEST(the_leaf_of_a_quarantined_change_is_asked_for),
        cmocka_unit_test_setup_teardown(a_district_without_a_log_gives_none, pair_set_up,
                                        pair_tear_down),
        cmocka_unit_test_setup_teardown(a_prove_without_a_log_is_not_answered, pair_set_up,
                                        pair_tear_down),
        RECEIPT_TEST(another_log_key_goes_on_in_the_same_tree),
        RECEIPT_TEST(only_the_newest_are_kept),
        RECEIPT_TEST(out_of_turn),
        {"case 1: what is said again adds no leaf", case_1_what_is_said_again_adds_no_leaf,
         set_up, tear_down, NULL},
        {"case 1: a set in other pieces adds one leaf for what is new",
         case_1_a_set_in_other_pieces_adds_one_leaf_for_what_is_new, set_up, tear_down, NULL},
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
