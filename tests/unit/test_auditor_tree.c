/* SPDX-License-Identifier: Apache-2.0 */
/* The auditor's reading of a Merkle proof against the core's writing of it, on random trees:
 * neither has seen the other's code. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/verify/tree.h"
#include "wardsync/crypto.h"
#include "wardsync/merkle.h"

enum { SIZE_MAX_HERE = 700, ALL_TO = 24, ROUNDS = 3000, TARGETS_MAX = 12, HASHES_MAX = 512 };

static uint8_t bytes[SIZE_MAX_HERE][3];
static struct wsync_slice leaves[SIZE_MAX_HERE];
static uint64_t dice = 88172645463325252U;

static uint64_t throw(uint64_t below)
{
    dice ^= dice << 13;
    dice ^= dice >> 7;
    dice ^= dice << 17;
    return dice % below;
}

static int set_up(void **state)
{
    (void)state;
    assert_true(wsync_crypto_init());
    for (size_t i = 0; i < SIZE_MAX_HERE; i++) {
        bytes[i][0] = (uint8_t)i;
        bytes[i][1] = (uint8_t)(i >> 8);
        leaves[i] = wsync_slice(bytes[i], i % 4); /* also empty ones and equal ones */
    }
    return 0;
}

static enum wsync_err source(void *context, unsigned level, uint64_t index,
                             struct wsync_hash *hash)
{
    (void)context;
    *hash = tree_root_of(&leaves[index << level], (size_t)1 << level);
    return WSYNC_OK;
}

/* A claim over the first `size` leaves with `count` of them in it. */
struct claim {
    struct wsync_merkle_claim core;
    struct tree_claim auditor;
    uint64_t indexes[TARGETS_MAX];
    struct wsync_slice leaves[TARGETS_MAX];
    struct wsync_hash hashes[HASHES_MAX];
    size_t count;
};

static void make(struct claim *claim, uint64_t size, uint64_t old_size, size_t targets)
{
    static const struct wsync_merkle_source SOURCE = {NULL, source};
    size_t count = 0;
    for (uint64_t i = 0; i < size && count < targets; i++) {
        if (throw(size - i) < targets - count) {
            claim->indexes[count] = i;
            claim->leaves[count++] = leaves[i];
        }
    }
    claim->core = (struct wsync_merkle_claim){old_size, size, claim->indexes, count};
    claim->auditor = (struct tree_claim){size, old_size, claim->indexes, claim->leaves, count};
    assert_int_equal(
        wsync_merkle_prove(&SOURCE, &claim->core, claim->hashes, HASHES_MAX, &claim->count),
        WSYNC_OK);
}

static struct wsync_slice proof_of(const struct claim *claim)
{
    return wsync_slice(claim->hashes, claim->count * sizeof *claim->hashes);
}

static void assert_holds(const struct claim *claim)
{
    struct tree_roots roots;
    struct wsync_hash now = tree_root_of(leaves, (size_t)claim->auditor.size);
    assert_true(tree_roots(&claim->auditor, proof_of(claim), &roots));
    assert_memory_equal(roots.now.b, now.b, sizeof now.b);
    if (claim->auditor.old_size > 0) {
        struct wsync_hash old = tree_root_of(leaves, (size_t)claim->auditor.old_size);
        assert_memory_equal(roots.old.b, old.b, sizeof old.b);
    }
}

static void every_small_claim_is_read_as_it_was_written(void **state)
{
    (void)state;
    static struct claim claim;
    for (uint64_t size = 1; size <= ALL_TO; size++) {
        for (uint64_t old = 0; old <= size; old++) {
            for (size_t targets = 0; targets <= 3 && targets <= size; targets++) {
                make(&claim, size, old, targets);
                assert_holds(&claim);
            }
        }
    }
}

static void random_claims_are_read_as_they_were_written(void **state)
{
    (void)state;
    static struct claim claim;
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t size = 1 + throw(SIZE_MAX_HERE);
        make(&claim, size, throw(size + 1), (size_t) throw(TARGETS_MAX + 1));
        assert_holds(&claim);
    }
}

/* Case 2: one bit of a proof, of a leaf or of a place, and the roots are others or none. */
static void case_2_one_bit_of_a_proof_changes_a_root(void **state)
{
    (void)state;
    static struct claim claim;
    for (int i = 0; i < 300; i++) {
        struct tree_roots good;
        struct tree_roots bad;
        uint64_t size = 2 + throw(SIZE_MAX_HERE - 1);
        uint64_t old = 1 + throw(size);
        make(&claim, size, old, 1 + (size_t) throw(TARGETS_MAX));
        assert_true(tree_roots(&claim.auditor, proof_of(&claim), &good));
        if (claim.count > 0) {
            size_t at = (size_t) throw(claim.count);
            claim.hashes[at].b[throw(32)] ^= 1;
            assert_true(tree_roots(&claim.auditor, proof_of(&claim), &bad));
            assert_true(memcmp(&good, &bad, sizeof good) != 0);
            make(&claim, size, old, 1 + (size_t) throw(TARGETS_MAX));
        }
        assert_true(tree_roots(&claim.auditor, proof_of(&claim), &good));
        static const uint8_t OTHER[] = "another leaf";
        claim.leaves[throw(claim.auditor.count)] = wsync_slice(OTHER, sizeof OTHER);
        assert_true(tree_roots(&claim.auditor, proof_of(&claim), &bad));
        assert_true(memcmp(good.now.b, bad.now.b, sizeof good.now.b) != 0);
    }
}

static void a_claim_that_makes_no_sense_is_refused(void **state)
{
    (void)state;
    struct tree_roots roots;
    static struct claim claim;
    make(&claim, 10, 4, 3);
    struct wsync_slice proof = proof_of(&claim);
    struct tree_claim bad = claim.auditor;
    assert_true(tree_roots(&bad, proof, &roots));
    assert_false(tree_roots(&bad, wsync_slice(proof.data, proof.len - 1), &roots));
    assert_false(tree_roots(&bad, wsync_slice(proof.data, proof.len - 32), &roots));
    bad.old_size = 11;
    assert_false(tree_roots(&bad, proof, &roots));
    bad = claim.auditor;
    bad.size = 0;
    assert_false(tree_roots(&bad, proof, &roots));
    bad.size = WSYNC_TREE_LEAVES_MAX + 1;
    assert_false(tree_roots(&bad, proof, &roots));
    bad = claim.auditor;
    claim.indexes[1] = claim.indexes[0];
    assert_false(tree_roots(&bad, proof, &roots));
    claim.indexes[1] = 10;
    assert_false(tree_roots(&bad, proof, &roots));
    bad = (struct tree_claim){.size = 10};
    struct wsync_hash root = tree_root_of(leaves, 10);
    assert_true(tree_roots(&bad, WSYNC_BYTES(root), &roots)); /* nothing claimed */
    uint8_t two[64] = {0};
    assert_false(tree_roots(&bad, wsync_slice(two, sizeof two), &roots));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_small_claim_is_read_as_it_was_written),
        cmocka_unit_test(random_claims_are_read_as_they_were_written),
        cmocka_unit_test(case_2_one_bit_of_a_proof_changes_a_root),
        cmocka_unit_test(a_claim_that_makes_no_sense_is_refused),
    };
    return cmocka_run_group_tests_name("the auditor's tree", tests, set_up, NULL);
}
