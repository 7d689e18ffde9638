/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 6962 hashing and the one proof of inclusion and consistency (SPEC S15.1 to S15.4),
 * against the roots other logs publish and a tree written down a second time, as the RFC
 * defines it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wardsync/crypto.h"
#include "wardsync/merkle.h"

enum { ALL_MAX = 40, MANY = 4096, HASHES_MAX = 512, TARGETS_MAX = 12 };

static struct wsync_hash leaves[MANY]; /* leaf hashes */

/* ---- the tree as RFC 6962 section 2.1 writes it ---- */

static struct wsync_hash naive(uint64_t first, uint64_t count)
{
    uint64_t split = 1;
    if (count == 1) {
        return leaves[first];
    }
    while (split * 2 < count) {
        split *= 2;
    }
    struct wsync_hash left = naive(first, split);
    struct wsync_hash right = naive(first + split, count - split);
    uint8_t bytes[65] = {1};
    memcpy(bytes + 1, left.b, 32);
    memcpy(bytes + 33, right.b, 32);
    struct wsync_slice piece = wsync_slice(bytes, sizeof bytes);
    return wsync_sha256(&piece, 1);
}

/* What was computed so is kept: every claim asks for it again. */
static struct wsync_hash naive_root(uint64_t size)
{
    static struct wsync_hash roots[MANY];
    static bool known[MANY];
    if (!known[size]) {
        roots[size] = naive(0, size);
        known[size] = true;
    }
    return roots[size];
}

/* How many hashes a proof must have, by asking of each node what lies under it. */
static size_t naive_count(const struct wsync_merkle_claim *claim, uint64_t first,
                          uint64_t count)
{
    bool split = first < claim->old_size && claim->old_size < first + count;
    uint64_t half = 1;
    bool target = false;
    for (size_t i = 0; i < claim->count; i++) {
        target |= first <= claim->indexes[i] && claim->indexes[i] < first + count;
    }
    if (!split && !target) {
        return 1;
    }
    if (count == 1) {
        return 0;
    }
    while (half * 2 < count) {
        half *= 2;
    }
    return naive_count(claim, first, half) + naive_count(claim, first + half, count - half);
}

static enum wsync_err complete(void *context, unsigned level, uint64_t index,
                               struct wsync_hash *hash)
{
    uint64_t *reads = context;
    uint64_t count = 1ULL << level;
    (*reads)++;
    assert_true((index + 1) * count <= MANY);
    *hash = naive(index * count, count);
    return WSYNC_OK;
}

static uint64_t reads;
static const struct wsync_merkle_source SOURCE = {&reads, complete};

static int set_up(void **state)
{
    (void)state;
    assert_true(wsync_crypto_init());
    for (uint32_t i = 0; i < MANY; i++) {
        leaves[i] = wsync_merkle_leaf(wsync_slice(&i, sizeof i));
    }
    return 0;
}

struct proof {
    struct wsync_hash hashes[HASHES_MAX];
    size_t count;
    struct wsync_hash of[TARGETS_MAX]; /* the leaves it is about */
};

static void prove(const struct wsync_merkle_claim *claim, struct proof *proof)
{
    assert_int_equal(
        wsync_merkle_prove(&SOURCE, claim, proof->hashes, HASHES_MAX, &proof->count), WSYNC_OK);
    for (size_t i = 0; i < claim->count; i++) {
        proof->of[i] = leaves[claim->indexes[i]];
    }
}

static bool holds(const struct wsync_merkle_claim *claim, const struct proof *proof)
{
    struct wsync_hash root;
    struct wsync_hash old;
    if (!wsync_merkle_fold(claim, proof->of, wsync_slice(proof->hashes, proof->count * 32),
                           &root, &old)) {
        return false;
    }
    struct wsync_hash real = naive_root(claim->size);
    if (!wsync_hash_equal(&root, &real)) {
        return false;
    }
    real = claim->old_size > 0 ? naive_root(claim->old_size) : real;
    return claim->old_size == 0 || wsync_hash_equal(&old, &real);
}

static void check(const struct wsync_merkle_claim *claim)
{
    struct proof proof;
    prove(claim, &proof);
    assert_int_equal(proof.count, naive_count(claim, 0, claim->size));
    assert_true(holds(claim, &proof));
}

/* ---- tests ---- */

static void roots_are_those_other_logs_publish(void **state)
{
    static const struct {
        const char *leaf, *root;
    } KNOWN[] = {
        {"", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"},
        {"00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"},
        {"10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"},
        {"2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"},
        {"3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"},
        {"40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"},
        {"5051525354555657",
         "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"},
        {"606162636465666768696a6b6c6d6e6f",
         "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"},
    };
    struct wsync_hash kept[8];
    char text[65];
    (void)state;
    memcpy(kept, leaves, sizeof kept);
    for (size_t i = 0; i < 8; i++) {
        uint8_t bytes[16];
        size_t len = strlen(KNOWN[i].leaf) / 2;
        struct wsync_hash root;
        assert_true(wsync_hex_decode(wsync_slice_of(KNOWN[i].leaf), bytes, len));
        leaves[i] = wsync_merkle_leaf(wsync_slice(bytes, len));
        assert_int_equal(wsync_merkle_root(&SOURCE, i + 1, &root), WSYNC_OK);
        wsync_hex_encode(WSYNC_BYTES(root), text);
        assert_string_equal(text, KNOWN[i].root);
    }
    memcpy(leaves, kept, sizeof kept);
    assert_int_equal(wsync_merkle_root(&SOURCE, 0, &kept[0]), WSYNC_OK);
    wsync_hex_encode(WSYNC_BYTES(kept[0]), text);
    assert_string_equal(text,
                        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void every_small_claim_is_proven(void **state)
{
    (void)state;
    for (uint64_t size = 1; size <= ALL_MAX; size++) {
        for (uint64_t old = 0; old <= size; old++) {
            uint64_t at[2];
            struct wsync_merkle_claim claim = {old, size, at, 0};
            check(&claim);
            for (at[0] = 0; at[0] < size; at[0]++) {
                claim.count = 1;
                check(&claim);
                claim.count = 2;
                for (at[1] = at[0] + 1; at[1] < size; at[1]++) {
                    check(&claim);
                }
            }
        }
    }
}

/* Of a few leaves every set: which of them a bit says. */
static void every_set_of_leaves_is_proven(void **state)
{
    (void)state;
    for (uint64_t size = 1; size <= TARGETS_MAX - 1; size++) {
        for (uint64_t set = 0; set < 1ULL << size; set++) {
            uint64_t at[TARGETS_MAX];
            struct wsync_merkle_claim claim = {set % (size + 1), size, at, 0};
            for (uint64_t i = 0; i < size; i++) {
                if (set >> i & 1) {
                    at[claim.count++] = i;
                }
            }
            check(&claim);
        }
    }
}

static uint64_t draw(uint64_t *random, uint64_t below)
{
    *random = *random * 6364136223846793005ULL + 1442695040888963407ULL;
    return (*random >> 33) % below;
}

static void draw_claim(uint64_t *random, struct wsync_merkle_claim *claim, uint64_t *at)
{
    claim->indexes = at;
    claim->size = 1 + draw(random, 2000);
    claim->old_size = draw(random, claim->size + 1);
    claim->count = 0;
    for (uint64_t i = 0; i < claim->size && claim->count < TARGETS_MAX - 1; i++) {
        if (draw(random, claim->size) < 4) {
            at[claim->count++] = i;
        }
    }
}

static void large_trees_and_every_flipped_bit(void **state)
{
    uint64_t random = 11;
    (void)state;
    for (int round = 0; round < 6; round++) {
        uint64_t at[TARGETS_MAX];
        struct wsync_merkle_claim claim;
        struct proof proof;
        draw_claim(&random, &claim, at);
        check(&claim);
        prove(&claim, &proof);
        uint8_t *bytes = (uint8_t *)proof.hashes;
        struct wsync_hash root = naive_root(claim.size);
        struct wsync_hash old = claim.old_size > 0 ? naive_root(claim.old_size) : root;
        for (size_t bit = 0; bit < proof.count * 256; bit++) {
            struct wsync_hash got;
            struct wsync_hash got_old;
            bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_true(wsync_merkle_fold(
                &claim, proof.of, wsync_slice(bytes, proof.count * 32), &got, &got_old));
            assert_false(wsync_hash_equal(&got, &root) &&
                         (claim.old_size == 0 || wsync_hash_equal(&got_old, &old)));
            bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        for (size_t i = 0; i < claim.count; i++) {
            proof.of[i].b[i] ^= 4;
            assert_false(holds(&claim, &proof));
            proof.of[i].b[i] ^= 4;
        }
    }
}

/* One hash more or less, another size, another index: not the same claim. */
static void nothing_else_passes_for_a_proof(void **state)
{
    uint64_t random = 5;
    (void)state;
    for (int round = 0; round < 200; round++) {
        uint64_t at[TARGETS_MAX];
        struct wsync_merkle_claim claim;
        struct proof proof;
        struct wsync_hash root;
        struct wsync_hash old;
        draw_claim(&random, &claim, at);
        claim.size += 2;
        prove(&claim, &proof);
        struct wsync_slice hashes = wsync_slice(proof.hashes, proof.count * 32);
        hashes.len += 32;
        assert_false(wsync_merkle_fold(&claim, proof.of, hashes, &root, &old));
        hashes.len -= 33;
        assert_false(wsync_merkle_fold(&claim, proof.of, hashes, &root, &old));
        hashes.len -= 31;
        assert_false(proof.count > 0 &&
                     wsync_merkle_fold(&claim, proof.of, hashes, &root, &old));
        claim.size++;
        assert_false(claim.size <= MANY && claim.count > 0 && holds(&claim, &proof));
    }
}

static void claims_that_are_none(void **state)
{
    static const uint64_t FALLING[] = {3, 2};
    static const uint64_t TWICE[] = {2, 2};
    static const uint64_t BEYOND[] = {4};
    const struct wsync_merkle_claim illegal[] = {
        {0, 0, NULL, 0},
        {6, 5, NULL, 0},
        {0, WSYNC_TREE_LEAVES_MAX + 1, NULL, 0},
        {0, 5, FALLING, 2},
        {0, 5, TWICE, 2},
        {0, 4, BEYOND, 1},
        {UINT64_MAX, UINT64_MAX, NULL, 0},
    };
    struct wsync_hash any[2] = {{{0}}};
    (void)state;
    for (size_t i = 0; i < sizeof illegal / sizeof *illegal; i++) {
        assert_false(wsync_merkle_claim_is_legal(&illegal[i]));
        assert_false(
            wsync_merkle_fold(&illegal[i], any, wsync_slice(any, 32), &any[0], &any[1]));
    }
    assert_int_equal(wsync_merkle_prove(&SOURCE, &(struct wsync_merkle_claim){3, 9, NULL, 0},
                                        any, 2, &(size_t){0}),
                     WSYNC_ERR_OVERSIZE);
}

/* What WSYNC_RECEIPT_HASHES_MAX is meant for: as many leaves as a receipt may name, spread as
 * badly as can be over the largest tree. */
static enum wsync_err same(void *context, unsigned level, uint64_t index,
                           struct wsync_hash *hash)
{
    (void)context, (void)level, (void)index;
    *hash = (struct wsync_hash){{0}};
    return WSYNC_OK;
}

static void a_receipt_has_room_for_the_worst(void **state)
{
    const struct wsync_merkle_source source = {NULL, same};
    struct wsync_hash hashes[WSYNC_RECEIPT_HASHES_MAX];
    uint64_t at[WSYNC_RECEIPT_LEAVES_MAX];
    uint64_t random = 3;
    size_t most = 0;
    (void)state;
    for (int round = 0; round < 2000; round++) {
        struct wsync_merkle_claim claim = {0, WSYNC_TREE_LEAVES_MAX, at,
                                           WSYNC_RECEIPT_LEAVES_MAX};
        size_t count;
        for (uint64_t i = 0; i < claim.count; i++) {
            at[i] = (i << 32) + draw(&random, 1 << 20) * 4096;
        }
        claim.old_size = (13ULL << 32) + draw(&random, 1 << 30) * 2 + 1;
        assert_int_equal(
            wsync_merkle_prove(&source, &claim, hashes, WSYNC_RECEIPT_HASHES_MAX, &count),
            WSYNC_OK);
        most = count > most ? count : most;
    }
    assert_true(most > 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(roots_are_those_other_logs_publish),
        cmocka_unit_test(every_small_claim_is_proven),
        cmocka_unit_test(every_set_of_leaves_is_proven),
        cmocka_unit_test(large_trees_and_every_flipped_bit),
        cmocka_unit_test(nothing_else_passes_for_a_proof),
        cmocka_unit_test(claims_that_are_none),
        cmocka_unit_test(a_receipt_has_room_for_the_worst),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
