/* SPDX-License-Identifier: Apache-2.0 */
/* A district that lies with its own log key: receipts over trees made by hand, which only say
 * what no honest one says (SPEC S16.8, S16.9, S16.16). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/auditor.h"
#include "tests/pair.h"
#include "tests/store_mem.h"
#include "wardsync/base64.h"
#include "wardsync/merkle.h"
#include "wardsync/signed_log.h"
#include "wardsync/tree.h"

enum { LEAVES_MAX = 8, HASHES_MAX = 64 };

static struct auditor auditor;

/* A tree by hand; what is shown are its first leaf, those between, and its last. */
struct forged {
    struct wsync_leaf leaves[LEAVES_MAX];
    size_t count;
    uint64_t old_size;
    bool other_tree, other_key; /* an id that is not of the first leaf; another signer */
};

static int set_up(void **state)
{
    if (pair_set_up(state) != 0) {
        return -1;
    }
    struct pair *pair = *state;
    auditor_open(&auditor, &pair->world->installation);
    replica_open_log(&pair->world->district, &pair->world->installation);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    pair_write(&pair->world->a, 4);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    return 0;
}

static int tear_down(void **state)
{
    auditor_close(&auditor);
    return pair_tear_down(state);
}

/* What an honest district would put into a tree of three leaves. */
static struct forged honest(struct pair *pair)
{
    struct replica *district = &pair->world->district;
    struct wsync_log log = ward_pair_own_log(&pair->world->a, pair->world->a.scope);
    struct forged forged = {.count = 3};
    struct wsync_txn *txn;
    struct wsync_scopes scopes;
    struct wsync_roster roster;
    size_t mark = wsync_arena_mark(&district->arena);
    assert_int_equal(wsync_store_begin(district->store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_scopes_collect(txn, &district->arena, &scopes), WSYNC_OK);
    assert_int_equal(wsync_roster_get(txn, &roster), WSYNC_OK);
    wsync_txn_abort(txn);
    forged.leaves[0] = (struct wsync_leaf){
        .kind = WSYNC_LEAF_OPEN, .time = 100, .instance = auditor.installation->instance};
    forged.leaves[1] = (struct wsync_leaf){
        .kind = WSYNC_LEAF_SET, .time = 101, .head = {log.id, log.seq, log.hash}};
    forged.leaves[2] = (struct wsync_leaf){.kind = WSYNC_LEAF_HEADS,
                                           .time = 102,
                                           .roster_version = roster.version,
                                           .roster_hash = roster.hash,
                                           .scope_count = (uint32_t)scopes.count,
                                           .scopes = scopes.root};
    wsync_arena_release(&district->arena, mark);
    return forged;
}

static enum wsync_err hash_of(void *context, unsigned level, uint64_t index,
                              struct wsync_hash *hash)
{
    const struct wsync_hash *leaves = context;
    struct wsync_hash right;
    if (level == 0) {
        *hash = leaves[index];
        return WSYNC_OK;
    }
    enum wsync_err err = hash_of(context, level - 1, 2 * index, hash);
    if (err == WSYNC_OK) {
        err = hash_of(context, level - 1, 2 * index + 1, &right);
        *hash = wsync_merkle_node(hash, &right);
    }
    return err;
}

/* The receipt of the whole tree, as a frame. */
static struct wsync_slice frame_of(const struct forged *forged, struct wsync_arena *arena)
{
    static uint8_t bytes[LEAVES_MAX][WSYNC_LEAF_BYTES_MAX];
    static struct wsync_slice leaves[LEAVES_MAX];
    static struct wsync_hash proof[HASHES_MAX];
    static uint64_t indexes[LEAVES_MAX];
    struct wsync_hash hashes[LEAVES_MAX];
    struct wsync_slice frame;
    size_t count;
    struct wsync_message message = {.type = WSYNC_MESSAGE_RECEIPT};
    struct wsync_receipt *receipt = &message.receipt;
    struct wsync_checkpoint *checkpoint = &receipt->checkpoint.checkpoint;
    for (size_t i = 0; i < forged->count; i++) {
        leaves[i] = wsync_leaf_encode(&forged->leaves[i], bytes[i]);
        hashes[i] = wsync_merkle_leaf(leaves[i]);
        indexes[i] = i;
    }
    const struct wsync_merkle_source source = {hashes, hash_of};
    const struct wsync_merkle_claim claim = {forged->old_size, forged->count, indexes,
                                             forged->count};
    assert_int_equal(wsync_merkle_root(&source, forged->count, &checkpoint->root), WSYNC_OK);
    assert_int_equal(wsync_merkle_prove(&source, &claim, proof, HASHES_MAX, &count), WSYNC_OK);
    memcpy(checkpoint->tree, hashes[0].b, sizeof checkpoint->tree);
    checkpoint->tree[0] ^= forged->other_tree;
    checkpoint->size = forged->count;
    receipt->checkpoint.time = forged->leaves[forged->count - 1].time;
    receipt->checkpoint.signature =
        wsync_checkpoint_sign(forged->other_key ? &auditor.installation->root_secret
                                                : &auditor.installation->desk.log,
                              &auditor.installation->instance, checkpoint);
    receipt->indexes = indexes;
    receipt->leaves = leaves;
    receipt->leaf_count = forged->count;
    receipt->old_size = forged->old_size;
    receipt->hashes = wsync_slice(proof, count * sizeof *proof);
    assert_int_equal(wsync_message_encode(&message, arena, &frame), WSYNC_OK);
    return frame;
}

/* Puts the receipt at the end of the exported log. */
static void append(const struct forged *forged)
{
    static _Alignas(16) uint8_t block[1 << 18];
    struct wsync_arena arena;
    wsync_arena_init(&arena, block, sizeof block);
    struct wsync_slice frame = frame_of(forged, &arena);
    size_t at = auditor.len - WSYNC_SIGNED_LOG_END_BYTES;
    memmove(auditor.bytes + at + WSYNC_SIGNED_LOG_LENGTH_BYTES + frame.len, auditor.bytes + at,
            WSYNC_SIGNED_LOG_END_BYTES);
    wsync_signed_log_length(frame.len, auditor.bytes + at);
    memcpy(auditor.bytes + at + WSYNC_SIGNED_LOG_LENGTH_BYTES, frame.data, frame.len);
    auditor.len += WSYNC_SIGNED_LOG_LENGTH_BYTES + frame.len;
    assert_true(auditor_end_log(&auditor));
}

/* The district's log without the receipt that it gives itself. */
static void export_without_receipt(struct pair *pair)
{
    auditor_export(&auditor, &pair->world->district, false);
    auditor_leave_out(&auditor, auditor_messages(&auditor) - 1);
    views_fini(&auditor.views);
    auditor.complete = true;
}

static void assert_holds(void)
{
    if (!auditor_holds(&auditor, "log")) {
        fail_msg("%s", auditor.fault.text);
    }
}

static void assert_refused(enum wsync_err code)
{
    if (auditor_holds(&auditor, "log") || auditor.fault.code != code) {
        fail_msg("%s: %s", wsync_err_name(auditor.fault.code), auditor.fault.text);
    }
}

static void refuse(struct pair *pair, const struct forged *forged, enum wsync_err code)
{
    export_without_receipt(pair);
    append(forged);
    assert_refused(code);
}

static void one_that_says_the_truth_holds(void **state)
{
    struct forged forged = honest(*state);
    export_without_receipt(*state);
    append(&forged);
    assert_holds();
}

/* Case 14 and case 2 under the district's own signature. */
static void case_14_what_no_honest_district_says_is_refused(void **state)
{
    const struct forged good = honest(*state);
    struct forged bad = good;
    bad.leaves[2].roster_hash.b[0] ^= 1;
    refuse(*state, &bad, WSYNC_ERR_PROOF);
    bad = good;
    bad.leaves[2].roster_version++;
    refuse(*state, &bad, WSYNC_ERR_PROOF);
    bad = good;
    bad.leaves[1].time = 99; /* back-dated */
    refuse(*state, &bad, WSYNC_ERR_PROOF);
    bad = good;
    bad.leaves[1].head.hash.b[3] ^= 1; /* altered */
    refuse(*state, &bad, WSYNC_ERR_PROOF);
    bad = good;
    bad.leaves[1].head.seq++; /* dropped */
    refuse(*state, &bad, WSYNC_ERR_PROOF);
    bad = good;
    bad.leaves[2].scopes.b[0] ^= 1; /* withheld */
    refuse(*state, &bad, WSYNC_ERR_PROOF);
    bad = good;
    bad.leaves[0].instance.b[0] ^= 1;
    refuse(*state, &bad, WSYNC_ERR_PROOF);
    bad = good;
    bad.other_tree = true;
    refuse(*state, &bad, WSYNC_ERR_PROOF);
    bad = good;
    bad.leaves[1] = good.leaves[0]; /* it begins twice */
    refuse(*state, &bad, WSYNC_ERR_PROOF);
    bad = good;
    bad.count = 2; /* no heads leaf at its end */
    refuse(*state, &bad, WSYNC_ERR_PROOF);
    bad = good;
    bad.other_key = true;
    refuse(*state, &bad, WSYNC_ERR_SIGNATURE);
}

/* A second receipt of the tree: larger, smaller, or of another history. */
static void case_14_a_tree_only_grows(void **state)
{
    const struct forged good = honest(*state);
    struct forged grown = good;
    grown.count = 5;
    grown.leaves[3] = good.leaves[1];
    grown.leaves[3].time = 103;
    grown.leaves[4] = good.leaves[2];
    grown.leaves[4].time = 104;
    grown.old_size = 3;
    export_without_receipt(*state);
    append(&good);
    append(&grown);
    assert_holds();
    export_without_receipt(*state);
    append(&grown);
    append(&good);
    assert_refused(WSYNC_ERR_ROLLED_BACK);
    grown.leaves[2].time = 103; /* leaf 2 is another one now */
    export_without_receipt(*state);
    append(&good);
    append(&grown);
    assert_refused(WSYNC_ERR_SPLIT);
}

/* A new tree that names another root for the old one than was shown. */
static void case_14_a_link_that_lies_is_found(void **state)
{
    const struct forged good = honest(*state);
    struct forged next = good;
    static _Alignas(16) uint8_t block[1 << 18];
    struct wsync_arena arena;
    struct wsync_message message;
    wsync_arena_init(&arena, block, sizeof block);
    struct wsync_slice frame = frame_of(&good, &arena);
    assert_int_equal(wsync_message_decode(frame, &arena, &message), WSYNC_OK);
    next.leaves[0].epoch = 1;
    next.leaves[0].older = message.receipt.checkpoint.checkpoint;
    export_without_receipt(*state);
    append(&good);
    append(&next);
    assert_holds();
    next.leaves[0].older.root.b[0] ^= 1;
    export_without_receipt(*state);
    append(&good);
    append(&next);
    assert_refused(WSYNC_ERR_SPLIT);
}

/* From one tree to the next, and never back: not even to a larger one of that name. */
static void a_tree_that_was_left_does_not_come_again(void **state)
{
    const struct forged good = honest(*state);
    struct forged next = good;
    struct forged again = good;
    next.leaves[0].epoch = 1;
    again.count = 4;
    again.leaves[3] = good.leaves[2];
    export_without_receipt(*state);
    append(&good);
    append(&next);
    assert_holds();
    append(&again);
    assert_refused(WSYNC_ERR_ROLLED_BACK);
}

/* The root names another log key from here on; who has the old one still signs. */
static void name_another_log_key(struct pair *pair)
{
    struct replica *district = &pair->world->district;
    struct wsync_statement statement = {.kind = WSYNC_STATEMENT_DISTRICT,
                                        .stamp = district->now,
                                        .district = auditor.installation->district};
    uint8_t seed[32] = {77};
    struct wsync_signing_secret secret;
    struct wsync_txn *txn;
    struct wsync_signed_statement issued;
    wsync_signing_pair(seed, &statement.district.log_key, &secret);
    statement.district.endpoints[0].key = district->transport;
    assert_int_equal(wsync_store_begin(district->store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    assert_int_equal(wsync_roster_issue(txn, &district->arena, &statement,
                                        &auditor.installation->root_secret, &issued),
                     WSYNC_OK);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
}

/* S15.27 */
static void a_log_key_signs_for_nothing_behind_its_time(void **state)
{
    const struct forged before = honest(*state);
    name_another_log_key(*state);
    const struct forged behind = honest(*state);
    export_without_receipt(*state);
    append(&before);
    assert_holds(); /* an old receipt stays good */
    refuse(*state, &behind, WSYNC_ERR_SIGNATURE);
}

/* ---- proofs ---- */

static void prove(struct replica *replica, struct wsync_dot record)
{
    struct wsync_proof_request request = {.has_record = true, .record = record};
    struct wsync_proof_result result;
    assert_int_equal(auditor_prove(&auditor, replica, &request, &result), WSYNC_OK);
}

static void put(const char *word, struct wsync_slice bytes)
{
    static char line[1 << 15];
    size_t len = strlen(word);
    memcpy(line, word, len);
    len += wsync_base64_encode(bytes, line + len);
    memcpy(line + len, "\n", 2);
    auditor_replace(&auditor, auditor_find(&auditor, word), line);
}

static void assert_says(enum wsync_err code, const char *words)
{
    struct proof proof;
    assert_false(auditor_look_at_proof(&auditor, &proof));
    proof_close(&proof);
    if (auditor.fault.code != code || !strstr(auditor.fault.text, words)) {
        fail_msg("%s: %s", wsync_err_name(auditor.fault.code), auditor.fault.text);
    }
}

/* S16.16: a receipt that names something else, heads that are not the unit's. */
static void a_path_ends_where_the_receipt_says(void **state)
{
    static _Alignas(16) uint8_t block[1 << 18];
    struct pair *pair = *state;
    struct wsync_arena arena;
    struct wsync_log own = ward_pair_own_log(&pair->world->a, pair->world->a.scope);
    struct wsync_log top = ward_pair_own_log(&pair->world->district, REPLICA_TOP);
    wsync_arena_init(&arena, block, sizeof block);
    struct forged other = honest(pair);
    other.leaves[1].head.hash.b[0] ^= 1;
    prove(&pair->world->a, (struct wsync_dot){own.no, 1, 0});
    put("receipt ", frame_of(&other, &arena));
    assert_says(WSYNC_ERR_PROOF, "does not name");
    /* A leaf between the two changes that a path shows names the first alone. */
    struct wsync_txn *txn;
    const struct wsync_dot fresh = {own.no, own.seq + 1, 0};
    pair_write(&pair->world->a, 1);
    assert_int_equal(replica_set_count(&pair->world->a, fresh, 9), WSYNC_OK);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    struct forged early = honest(pair);
    early.leaves[1].head.seq = fresh.seq;
    assert_int_equal(wsync_store_begin(pair->world->a.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_log_hash(txn, own.no, fresh.seq, &early.leaves[1].head.hash),
                     WSYNC_OK);
    wsync_txn_abort(txn);
    prove(&pair->world->a, fresh);
    put("receipt ", frame_of(&early, &arena));
    assert_says(WSYNC_ERR_PROOF, "does not name");
    struct wsync_head heads[2] = {{top.id, top.seq, top.hash}, {top.id, top.seq + 1, {{0}}}};
    struct wsync_message message = {.type = WSYNC_MESSAGE_HEADS, .heads = {heads, 2, true}};
    struct wsync_slice frame;
    assert_int_equal(wsync_message_encode(&message, &arena, &frame), WSYNC_OK);
    prove(&pair->world->district, (struct wsync_dot){top.no, 1, 0});
    put("heads ", frame);
    assert_says(WSYNC_ERR_PROOF, "The heads are not those");
}

/* S16.15: a log under a key that the roster does not know, in the name of a device it does. */
static void a_stranger_s_path_is_refused(void **state)
{
    static _Alignas(16) uint8_t block[1 << 18];
    struct pair *pair = *state;
    struct wsync_arena arena;
    struct replica *a = &pair->world->a;
    struct wsync_log own = ward_pair_own_log(a, a->scope);
    wsync_arena_init(&arena, block, sizeof block);
    for (int stranger = 0; stranger < 2; stranger++) {
        struct forge forge;
        struct wsync_slice bytes;
        forge_init(&forge, a, &pair->world->installation, PAIR_VERSION, 7);
        if (stranger) {
            forge.genesis.signing_key = pair->world->b.identity.signing_key;
            forge_open(&forge);
        }
        uint64_t seq = forge_create(&forge, PAIR_DAY, 1, 1);
        const struct wsync_proof_step step = {
            .change = forge.changes[seq].public_part,
            .digest = wsync_change_digest(&forge.changes[seq]),
        };
        const struct wsync_head end = {forge.log, seq, forge.hashes[seq]};
        struct wsync_proof_path path = {.genesis = forge.genesis_bytes,
                                        .first = 1,
                                        .before = forge.hashes[0],
                                        .steps = &step,
                                        .step_count = 1,
                                        .sealed = true};
        const struct wsync_identity *signer =
            stranger ? &pair->world->b.identity : &a->identity;
        path.seal = wsync_seal_sign(&signer->secret, &end, &path.checkpoint);
        assert_int_equal(wsync_proof_path_encode(&path, &arena, &bytes), WSYNC_OK);
        prove(a, (struct wsync_dot){own.no, 1, 0});
        put("path ", bytes);
        assert_says(stranger ? WSYNC_ERR_DEVICE : WSYNC_ERR_PROOF,
                    stranger ? "no device" : "does not name");
        forge_fini(&forge);
    }
}

int main(void)
{
#define FORGED_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        FORGED_TEST(one_that_says_the_truth_holds),
        FORGED_TEST(case_14_what_no_honest_district_says_is_refused),
        FORGED_TEST(case_14_a_tree_only_grows),
        FORGED_TEST(case_14_a_link_that_lies_is_found),
        FORGED_TEST(a_tree_that_was_left_does_not_come_again),
        FORGED_TEST(a_log_key_signs_for_nothing_behind_its_time),
        FORGED_TEST(a_path_ends_where_the_receipt_says),
        FORGED_TEST(a_stranger_s_path_is_refused),
    };
    return cmocka_run_group_tests_name("forged receipts", tests, NULL, NULL);
}
