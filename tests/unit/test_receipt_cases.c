/* SPDX-License-Identifier: Apache-2.0 */
/* What a district may do to its log, by mistake or with intent, and what a ward says to it
 * (SPEC sections 15.3 to 15.6: S15.7, S15.10, S15.13, S15.15, S15.21, S15.22, S15.23, S15.24,
 * S15.25, S15.26, S15.29).  Each case has the number of the list it stands for. */
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
    pair_write(&pair->world->a, 2);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    return 0;
}

static void run(struct hub *hub)
{
    if (hub->batch_count > 0) {
        assert_int_equal(hub_run(hub), WSYNC_OK);
    }
}

/* A session of `a` up to where it asks: the district has not heard that yet. */
static struct hub *until_asked(struct pair *pair)
{
    struct hub *up = pair_open_late(pair, PAIR_A);
    for (int round = 0; hub_count(up, 0, WSYNC_MESSAGE_PROVE) == 0; round++) {
        assert_true(round < 50);
        hub_carry(up, 0, &pair->down, PAIR_A, HUB_NONE_LOST);
        run(&pair->down);
        hub_carry(&pair->down, PAIR_A, up, 0, HUB_NONE_LOST);
        run(up);
    }
    return up;
}

/* The rest of it; the ward's result. */
static enum wsync_err finish(struct pair *pair)
{
    pair_carry(pair, PAIR_A);
    assert_int_equal(pair->up_a.lines[0].session.state, WSYNC_STATE_ENDED);
    return pair->up_a.lines[0].session.result;
}

static enum wsync_err sync_a(struct pair *pair, int changes)
{
    pair_write(&pair->world->a, changes);
    return pair_sync(pair, PAIR_A);
}

/* The district puts other leaves into the place of its own before it answers. */
static enum wsync_err answer_with(struct pair *pair, struct tlog_leaves *leaves)
{
    tlog_rewrite(&pair->world->district, leaves);
    return finish(pair);
}

static size_t last_set(const struct tlog_leaves *leaves)
{
    size_t at = leaves->count;
    while (at > 0 && leaves->items[at - 1].kind != WSYNC_LEAF_SET) {
        at--;
    }
    assert_true(at > 0);
    return at - 1;
}

/* ---- case 2 ---- */

/* Gives the ward a frame in the place of the district's receipt, in a copy of the ward. */
static enum wsync_err give(struct pair *pair, struct wsync_store *ward,
                           struct wsync_slice frame)
{
    struct hub *up = &pair->up_a;
    struct wsync_session session = up->lines[0].session;
    size_t said = up->lines[0].said;
    struct wsync_store *kept = up->replica->store;
    struct wsync_store *copy = wsync_store_mem_clone(ward);
    up->replica->store = up->pump.store = up->disk = copy;
    hub_hear(up, 0, frame);
    assert_int_equal(hub_run(up), WSYNC_OK);
    enum wsync_err result = up->lines[0].session.result;
    assert_int_equal(up->lines[0].session.state, WSYNC_STATE_ENDED);
    up->replica->store = up->pump.store = up->disk = kept;
    wsync_store_close(copy);
    wsync_catalog_forget(up->replica->catalog);
    up->lines[0].session = session;
    while (up->lines[0].said > said) {
        free((void *)(uintptr_t)up->lines[0].frames[--up->lines[0].said].data);
    }
    return result;
}

static struct wsync_slice receipt_frame(struct pair *pair)
{
    const struct hub_line *line = &pair->down.lines[PAIR_A];
    for (size_t i = line->said; i-- > 0;) {
        if (line->frames[i].data[1] == WSYNC_MESSAGE_RECEIPT) {
            return line->frames[i];
        }
    }
    fail();
    return wsync_slice(NULL, 0);
}

static void case_2_any_bit_of_a_receipt(void **state)
{
    struct pair *pair = *state;
    pair_write(&pair->world->a, 2);
    pair_write(&pair->world->b, 2);
    assert_int_equal(pair_sync(pair, PAIR_B), WSYNC_OK);
    struct hub *up = until_asked(pair);
    hub_carry(up, 0, &pair->down, PAIR_A, HUB_NONE_LOST);
    run(&pair->down);
    struct wsync_slice frame = receipt_frame(pair);
    uint8_t *bytes = malloc(frame.len);
    size_t codes[4] = {0};
    memcpy(bytes, frame.data, frame.len);
    for (size_t bit = 0; bit < frame.len * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        enum wsync_err err = give(pair, pair->world->a.store, wsync_slice(bytes, frame.len));
        codes[0] += err == WSYNC_ERR_SIGNATURE;
        codes[1] += err == WSYNC_ERR_PROOF;
        codes[2] += err == WSYNC_ERR_SPLIT || err == WSYNC_ERR_ROLLED_BACK;
        codes[3] += err == WSYNC_ERR_MESSAGE || err == WSYNC_ERR_VERSION ||
                    err == WSYNC_ERR_OVERSIZE || err == WSYNC_ERR_STATE;
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    assert_int_equal(codes[0] + codes[1] + codes[2] + codes[3], frame.len * 8);
    assert_true(codes[0] > 800 && codes[1] > 2000 && codes[3] > 50);
    free(bytes);
    assert_int_equal(finish(pair), WSYNC_OK);
}

static void case_2_any_bit_of_a_checkpoint_note(void **state)
{
    struct pair *pair = *state;
    struct wsync_note note = {.instance = pair->world->installation.instance,
                              .checkpoint = tlog_last(&pair->world->a)};
    struct wsync_note read;
    char text[WSYNC_CHECKPOINT_TEXT_BYTES_MAX];
    wsync_checkpoint_key_hash(&note.instance, &pair->world->installation.district.log_key,
                              note.key_hash);
    struct wsync_slice written = wsync_note_encode(&note, text);
    assert_int_equal(wsync_note_decode(written, &read), WSYNC_OK);
    assert_memory_equal(read.key_hash, note.key_hash, sizeof note.key_hash);
    assert_true(wsync_checkpoint_verify(&pair->world->installation.district.log_key,
                                        &read.instance, &read.checkpoint));
    for (size_t bit = 0; bit < written.len * 8; bit++) {
        text[bit / 8] ^= (char)(1 << bit % 8);
        if (wsync_note_decode(written, &read) == WSYNC_OK) {
            bool key = memcmp(read.key_hash, note.key_hash, sizeof note.key_hash) == 0;
            assert_false(key &&
                         wsync_checkpoint_verify(&pair->world->installation.district.log_key,
                                                 &read.instance, &read.checkpoint));
        }
        text[bit / 8] ^= (char)(1 << bit % 8);
    }
}

/* ---- case 13 ---- */

static void case_13_both_branches_of_a_cloned_device_have_leaves(void **state)
{
    struct pair *pair = *state;
    struct ward_pair *world = pair->world;
    ward_pair_clone(world);
    assert_int_equal(sync_a(pair, 3), WSYNC_OK);
    struct wsync_log log = ward_pair_own_log(&world->a, PAIR_UNIT);
    struct wsync_head one = {log.id, log.seq, log.hash};
    ward_pair_create(&world->twin, 77);
    struct wsync_log other = ward_pair_own_log(&world->twin, PAIR_UNIT);
    struct wsync_head two = {other.id, other.seq, other.hash};
    assert_true(wsync_log_id_equal(&one.log, &two.log));
    ward_pair_sync_on(world, &world->twin);
    assert_int_equal(tlog_count(&world->district, &one), 1);
    assert_int_equal(tlog_count(&world->district, &two), 1);
    tlog_check(&world->district);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    assert_int_equal(tlog_alarms(&world->a), 0);
    assert_int_equal(tlog_alarms(&world->twin), 0);
}

/* The clone hands in what the device is handing in just now, and more, as one set: its leaf is
 * further on than the device can follow.  Nothing is proven then, and nothing false. */
static void case_13_a_leaf_beyond_what_is_held_proves_nothing(void **state)
{
    struct pair *pair = *state;
    struct ward_pair *world = pair->world;
    struct wsync_txn *txn;
    struct wsync_proven proven;
    ward_pair_create(&world->a, 5);
    ward_pair_clone(world);
    ward_pair_create(&world->twin, 6);
    ward_pair_sync(world, &world->twin, WSYNC_OK);
    struct wsync_log log = ward_pair_own_log(&world->a, PAIR_UNIT);
    const struct wsync_head held = {log.id, log.seq, log.hash};
    const struct wsync_prove asked = {
        .last = tlog_last(&world->a), .heads = &held, .head_count = 1, .scope = PAIR_UNIT};
    struct wsync_message prove = {.type = WSYNC_MESSAGE_PROVE, .prove = asked};
    struct wsync_message receipt;
    hub_greet(&pair->down, 2, &world->installation, &world->a);
    hub_tell(&pair->down, 2, &prove);
    assert_int_equal(hub_run(&pair->down), WSYNC_OK);
    assert_true(hub_said(&pair->down, 2, WSYNC_MESSAGE_RECEIPT, &receipt));
    struct wsync_receipt_facts facts;
    assert_int_equal(wsync_store_begin(world->a.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(
        wsync_receipt_check(txn, &world->a.arena, &asked, &receipt.receipt, &facts), WSYNC_OK);
    assert_false(facts.proven[0]);
    assert_int_equal(wsync_proven_get(txn, log.no, &proven), WSYNC_OK);
    assert_true(proven.seq < log.seq);
    wsync_txn_abort(txn);
}

/* ---- case 14 ---- */

static void case_14_a_leaf_that_was_dropped(void **state)
{
    struct pair *pair = *state;
    static struct tlog_leaves leaves;
    pair_write(&pair->world->a, 1);
    until_asked(pair);
    tlog_read(&pair->world->district, &leaves);
    leaves.count = last_set(&leaves);
    assert_int_equal(answer_with(pair, &leaves), WSYNC_ERR_PROOF);
    assert_int_equal(tlog_alarms(&pair->world->a), 1);
}

/* Of a set that was acknowledged and proven before: the tree does not go on. */
static void case_14_an_old_leaf_that_was_dropped(void **state)
{
    struct pair *pair = *state;
    static struct tlog_leaves leaves;
    pair_write(&pair->world->a, 2);
    until_asked(pair);
    tlog_read(&pair->world->district, &leaves);
    memmove(&leaves.items[2], &leaves.items[3], (leaves.count - 3) * sizeof *leaves.items);
    leaves.count--;
    enum wsync_err err = answer_with(pair, &leaves);
    assert_true(err == WSYNC_ERR_SPLIT || err == WSYNC_ERR_PROOF);
    assert_int_equal(tlog_alarms(&pair->world->a), 1);
}

static void case_14_a_byte_that_was_altered(void **state)
{
    struct pair *pair = *state;
    static struct tlog_leaves leaves;
    pair_write(&pair->world->a, 1);
    until_asked(pair);
    tlog_read(&pair->world->district, &leaves);
    leaves.items[last_set(&leaves)].head.hash.b[31] ^= 1;
    assert_int_equal(answer_with(pair, &leaves), WSYNC_ERR_PROOF);
}

static void case_14_leaves_in_another_order(void **state)
{
    struct pair *pair = *state;
    static struct tlog_leaves leaves;
    pair_write(&pair->world->a, 1);
    until_asked(pair);
    tlog_read(&pair->world->district, &leaves);
    struct wsync_leaf moved = leaves.items[1];
    leaves.items[1] = leaves.items[2];
    leaves.items[2] = moved;
    assert_int_equal(answer_with(pair, &leaves), WSYNC_ERR_SPLIT);
    struct wsync_kept_receipt kept;
    struct wsync_receipt receipt;
    assert_true(tlog_receipt(&pair->world->a, &kept, &receipt)); /* both are kept */
    assert_int_equal(kept.verdict, WSYNC_ERR_SPLIT);
    assert_true(kept.number > 1);
    assert_int_equal(tlog_alarms(&pair->world->a), 1);
    struct wsync_signed_checkpoint last = tlog_last(&pair->world->a);
    assert_false(wsync_checkpoint_equal(&last.checkpoint, &receipt.checkpoint.checkpoint));
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_ERR_SPLIT); /* and it does not heal */
    assert_int_equal(tlog_alarms(&pair->world->a), 2);
}

static void case_14_a_leaf_dated_back(void **state)
{
    struct pair *pair = *state;
    static struct tlog_leaves leaves;
    pair->world->district.now += 1000;
    assert_int_equal(sync_a(pair, 1), WSYNC_OK);
    pair_write(&pair->world->a, 1);
    until_asked(pair);
    tlog_read(&pair->world->district, &leaves);
    leaves.items[last_set(&leaves)].time -= 500;
    assert_int_equal(answer_with(pair, &leaves), WSYNC_ERR_PROOF);
}

/* The district's own clock goes back: leaves do not. */
static void times_never_fall(void **state)
{
    struct pair *pair = *state;
    static struct tlog_leaves leaves;
    pair->world->district.now += 1000;
    assert_int_equal(sync_a(pair, 1), WSYNC_OK);
    pair->world->district.now -= 5000;
    assert_int_equal(sync_a(pair, 1), WSYNC_OK);
    tlog_read(&pair->world->district, &leaves);
    for (size_t i = 1; i < leaves.count; i++) {
        assert_true(leaves.items[i].time >= leaves.items[i - 1].time);
    }
}

/* A second district with this store and key, which goes its own way. */
static void part_of_district(struct pair *pair, struct replica *other)
{
    struct replica *district = &pair->world->district;
    replica_init(other, wsync_store_mem_clone(district->store), WARD_PAIR_SEED, 0, REPLICA_TOP);
    other->now = district->now;
    other->draws = district->draws + 5000;
    other->keeps_log = true;
}

static void case_14_two_wards_are_shown_two_trees(void **state)
{
    struct pair *pair = *state;
    struct ward_pair *world = pair->world;
    struct replica other;
    struct wsync_change_set set;
    assert_int_equal(pair_sync(pair, PAIR_B), WSYNC_OK);
    part_of_district(pair, &other);
    pair_write(&world->b, 1);
    assert_int_equal(replica_sync(&world->b, &other, &world->installation, NULL), WSYNC_OK);
    assert_int_equal(sync_a(pair, 1), WSYNC_OK);
    assert_int_equal(sync_a(pair, 1), WSYNC_OK);
    /* What they verified cannot both be true of one log, and their seals say what they saw. */
    struct wsync_checkpoint a = tlog_last(&world->a).checkpoint;
    struct wsync_checkpoint b = tlog_last(&world->b).checkpoint;
    assert_memory_equal(a.tree, b.tree, sizeof a.tree);
    assert_true(a.size != b.size || !wsync_hash_equal(&a.root, &b.root));
    pair_write(&world->b, 1);
    assert_int_equal(pair_sync(pair, PAIR_B), WSYNC_ERR_SPLIT);
    struct wsync_log log = ward_pair_own_log(&world->b, PAIR_UNIT);
    assert_true(pair_nth_set(&pair->up_b, 0, &log.id, 0, &set));
    assert_true(wsync_checkpoint_equal(&set.checkpoint, &b));
    assert_int_equal(tlog_alarms(&world->b), 1);
    replica_fini(&other);
}

/* The district shows `b` all but the log of `a`: its heads leaf says that there is more. */
static void case_14_one_log_is_withheld_from_another_reader(void **state)
{
    struct pair *pair = *state;
    struct wsync_message message;
    struct wsync_kept_receipt kept;
    struct wsync_receipt receipt;
    struct wsync_log hidden = ward_pair_own_log(&pair->world->a, PAIR_UNIT);
    pair_write(&pair->world->b, 1);
    struct hub *up = pair_open(pair, PAIR_B);
    for (int round = 0; round < 12; round++) {
        hub_carry(up, 0, &pair->down, PAIR_B, HUB_NONE_LOST);
        run(&pair->down);
        struct hub_line *line = &pair->down.lines[PAIR_B];
        for (; line->carried < line->said; line->carried++) {
            struct wsync_slice frame = line->frames[line->carried];
            struct wsync_head heads[8];
            size_t count = 0;
            assert_int_equal(wsync_message_decode(frame, &pair->down.replica->arena, &message),
                             WSYNC_OK);
            if (message.type == WSYNC_MESSAGE_CHANGES &&
                wsync_log_id_equal(&message.changes.log, &hidden.id)) {
                continue;
            }
            for (size_t i = 0; message.type == WSYNC_MESSAGE_HEADS && i < message.heads.count;
                 i++) {
                if (!wsync_log_id_equal(&message.heads.items[i].log, &hidden.id)) {
                    heads[count++] = message.heads.items[i];
                }
            }
            if (message.type == WSYNC_MESSAGE_HEADS) {
                message.heads.items = heads;
                message.heads.count = count;
            }
            hub_tell(up, 0, &message);
        }
        run(up);
    }
    assert_true(tlog_receipt(&pair->world->b, &kept, &receipt));
    assert_int_equal(kept.verdict, WSYNC_OK);
    assert_false(kept.complete);
    assert_int_equal(pair_sync(pair, PAIR_B), WSYNC_OK); /* an honest session: all is there */
    assert_int_equal(pair_sync(pair, PAIR_B), WSYNC_OK);
    assert_true(tlog_receipt(&pair->world->b, &kept, &receipt));
    assert_true(kept.complete);
}

/* Who does not forge on purpose has a damaged disk: it signs nothing, and says BUSY. */
static void a_damaged_tree_is_not_signed(void **state)
{
    struct pair *pair = *state;
    static const enum wsync_table TABLES[] = {WSYNC_TABLE_LEAVES, WSYNC_TABLE_TREE};
    for (size_t i = 0; i < 2; i++) {
        struct wsync_txn *txn;
        uint8_t bytes[WSYNC_LEAF_BYTES_MAX];
        struct wsync_entry entry = {.key = {NULL, 0}};
        pair_write(&pair->world->a, 1);
        struct hub *up = until_asked(pair);
        struct wsync_store *whole = wsync_store_mem_clone(pair->world->district.store);
        struct wsync_store *store = pair->world->district.store;
        assert_int_equal(wsync_store_begin(store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
        assert_int_equal(wsync_txn_seek(txn, TABLES[i], WSYNC_SEEK_LE, &entry), WSYNC_OK);
        memcpy(bytes, entry.value.data, entry.value.len);
        bytes[entry.value.len - 1] ^= 1;
        assert_int_equal(
            wsync_txn_put(txn, TABLES[i], entry.key, wsync_slice(bytes, entry.value.len)),
            WSYNC_OK);
        assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
        hub_carry(up, 0, &pair->down, PAIR_A, HUB_NONE_LOST);
        assert_int_equal(hub_run(&pair->down), WSYNC_ERR_CORRUPT);
        assert_int_equal(hub_count(&pair->down, PAIR_A, WSYNC_MESSAGE_RECEIPT), 0);
        assert_int_equal(finish(pair), WSYNC_ERR_BUSY);
        ward_pair_put_back(&pair->world->district, whole);
        pair->down.pump.store = pair->down.disk = whole;
        assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    }
}

/* ---- case 15 ---- */

static void go_on(struct pair *pair, int changes)
{
    for (int i = 0; i < changes; i++) {
        pair_write(&pair->world->b, 1);
        enum wsync_err err = replica_sync(&pair->world->b, &pair->world->district,
                                          &pair->world->installation, NULL);
        assert_int_equal(err, WSYNC_OK);
    }
}

static void case_15_an_old_copy_without_the_flag_is_refused(void **state)
{
    struct pair *pair = *state;
    struct wsync_store *backup = wsync_store_mem_clone(pair->world->district.store);
    assert_int_equal(sync_a(pair, 3), WSYNC_OK);
    ward_pair_put_back(&pair->world->district, backup);
    pair->down.pump.store = pair->down.disk = backup;
    assert_int_equal(sync_a(pair, 1), WSYNC_ERR_ROLLED_BACK);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_ERR_ROLLED_BACK);
    go_on(pair, 50); /* wards that saw less fill the gap */
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_ERR_SPLIT);
    assert_int_equal(tlog_alarms(&pair->world->a), 1);
    tlog_check(&pair->world->district);
}

/* Also when nothing is to be sent: the ward says how much it has seen. */
static void case_15_an_old_copy_is_refused_when_nothing_moves(void **state)
{
    struct pair *pair = *state;
    struct replica *b = &pair->world->b;
    assert_int_equal(pair_sync(pair, PAIR_B), WSYNC_OK);
    struct wsync_store *backup = wsync_store_mem_clone(pair->world->district.store);
    struct wsync_txn *txn;
    struct wsync_signed_checkpoint seen;
    pair_write(b, 1);
    assert_int_equal(pair_sync(pair, PAIR_B), WSYNC_OK);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    seen = tlog_last(&pair->world->a);
    ward_pair_put_back(&pair->world->district, backup);
    pair->down.pump.store = pair->down.disk = backup;
    assert_int_equal(wsync_store_begin(backup, WSYNC_TXN_READ, &txn), WSYNC_OK);
    wsync_txn_abort(txn);
    assert_true(seen.checkpoint.size > tlog_last(&pair->world->district).checkpoint.size);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_ERR_ROLLED_BACK);
}

static void case_15_an_old_copy_with_the_flag_goes_on_in_a_new_tree(void **state)
{
    struct pair *pair = *state;
    struct ward_pair *world = pair->world;
    struct wsync_kept_receipt kept;
    struct wsync_receipt receipt;
    assert_int_equal(pair_sync(pair, PAIR_B), WSYNC_OK);
    struct wsync_store *backup = wsync_store_mem_clone(world->district.store);
    struct wsync_checkpoint restored = tlog_last(&world->district).checkpoint;
    assert_int_equal(sync_a(pair, 3), WSYNC_OK);
    struct wsync_checkpoint newer = tlog_last(&world->a).checkpoint;
    ward_pair_put_back(&world->district, backup);
    pair->down.pump.store = pair->down.disk = backup;
    world->district.draws += 1000;
    replica_open_log(&world->district, &world->installation);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK); /* refills, and gets a receipt */
    assert_true(tlog_receipt(&world->a, &kept, &receipt));
    assert_int_equal(kept.verdict, WSYNC_OK);
    static struct tlog_leaves leaves;
    tlog_read(&world->district, &leaves);
    assert_true(wsync_checkpoint_equal(&leaves.items[0].older, &restored));
    size_t links = 0;
    for (size_t i = 0; i < leaves.count; i++) {
        links += leaves.items[i].kind == WSYNC_LEAF_LINK &&
                 wsync_checkpoint_equal(&leaves.items[i].older, &newer);
    }
    assert_int_equal(links, 1);
    go_on(pair, 50);
    assert_int_equal(sync_a(pair, 1), WSYNC_OK);
    assert_int_equal(tlog_alarms(&world->a) + tlog_alarms(&world->b), 0);
    tlog_check(&world->district);
    ward_pair_sync_on(world, &world->b);
    ward_pair_same(&world->a, &world->district);
}

/* A new tree that does not name what the ward saw is a second log. */
static void case_15_a_new_tree_without_the_link_is_a_split(void **state)
{
    struct pair *pair = *state;
    static struct tlog_leaves leaves;
    assert_int_equal(sync_a(pair, 3), WSYNC_OK);
    replica_open_log(&pair->world->district, &pair->world->installation);
    pair_write(&pair->world->a, 1);
    until_asked(pair);
    tlog_read(&pair->world->district, &leaves);
    leaves.items[0].older.root.b[0] ^= 1;
    hub_carry(&pair->up_a, 0, &pair->down, PAIR_A, HUB_NONE_LOST); /* Prove is on its way */
    tlog_rewrite(&pair->world->district, &leaves);
    assert_int_equal(finish(pair), WSYNC_OK); /* the district links what is presented */
    assert_int_equal(sync_a(pair, 1), WSYNC_OK);
    static struct tlog_leaves again;
    tlog_read(&pair->world->district, &again);
    assert_true(again.count > leaves.count);
}

/* ---- case 16 ---- */

static void case_16_two_nodes_with_one_log_key(void **state)
{
    struct pair *pair = *state;
    struct ward_pair *world = pair->world;
    struct replica twin;
    assert_int_equal(pair_sync(pair, PAIR_B), WSYNC_OK);
    part_of_district(pair, &twin);
    assert_int_equal(sync_a(pair, 1), WSYNC_OK); /* one node */
    pair_write(&world->a, 1);
    enum wsync_err err = replica_sync(&world->a, &twin, &world->installation, NULL);
    assert_true(err == WSYNC_ERR_ROLLED_BACK || err == WSYNC_ERR_SPLIT); /* the other */
    pair_write(&world->b, 3);
    assert_int_equal(replica_sync(&world->b, &twin, &world->installation, NULL), WSYNC_OK);
    pair_write(&world->b, 3);
    assert_int_equal(replica_sync(&world->b, &twin, &world->installation, NULL), WSYNC_OK);
    err = replica_sync(&world->a, &twin, &world->installation, NULL);
    assert_int_equal(err, WSYNC_ERR_SPLIT);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK); /* back at the first, all is well */
    replica_fini(&twin);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, pair_tear_down)
#define NAMED(title, name)                                                                     \
    {                                                                                          \
        title, name, set_up, pair_tear_down, NULL                                              \
    }
    const struct CMUnitTest tests[] = {
        NAMED("case 2: any bit of a receipt", case_2_any_bit_of_a_receipt),
        NAMED("case 2: any bit of a checkpoint's note", case_2_any_bit_of_a_checkpoint_note),
        NAMED("case 13: both branches of a cloned device have leaves",
              case_13_both_branches_of_a_cloned_device_have_leaves),
        NAMED("case 13: a leaf beyond what is held proves nothing",
              case_13_a_leaf_beyond_what_is_held_proves_nothing),
        NAMED("case 14: a leaf that was dropped", case_14_a_leaf_that_was_dropped),
        NAMED("case 14: an old leaf that was dropped", case_14_an_old_leaf_that_was_dropped),
        NAMED("case 14: a byte that was altered", case_14_a_byte_that_was_altered),
        NAMED("case 14: leaves in another order", case_14_leaves_in_another_order),
        NAMED("case 14: a leaf dated back", case_14_a_leaf_dated_back),
        CASE(times_never_fall),
        CASE(a_damaged_tree_is_not_signed),
        NAMED("case 14: two wards are shown two trees", case_14_two_wards_are_shown_two_trees),
        NAMED("case 14: one log is withheld from another reader",
              case_14_one_log_is_withheld_from_another_reader),
        NAMED("case 15: an old copy without the flag is refused, also once 50 new changes fill "
              "the gap",
              case_15_an_old_copy_without_the_flag_is_refused),
        NAMED("case 15: an old copy is refused when nothing moves",
              case_15_an_old_copy_is_refused_when_nothing_moves),
        NAMED("case 15: an old copy with the flag goes on in a new tree",
              case_15_an_old_copy_with_the_flag_goes_on_in_a_new_tree),
        NAMED("case 15: a new tree without the link is a split",
              case_15_a_new_tree_without_the_link_is_a_split),
        NAMED("case 16: two nodes with one log key", case_16_two_nodes_with_one_log_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
