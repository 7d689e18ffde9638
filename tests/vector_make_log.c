/* SPDX-License-Identifier: Apache-2.0 */
/* Makes hash.txt, genesis.txt, chain.txt and seal.txt. */
#include <stdio.h>
#include <string.h>

#include "tests/vector.h"
#include "wardsync/chain.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void add_parts(struct vector_book *book, const struct wsync_slice *parts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        vector_hex(book, "part", parts[i]);
    }
}

static void hash_case(struct vector_book *book, const char *name, const char *first,
                      const char *second)
{
    struct wsync_slice parts[] = {wsync_slice_of(first), wsync_slice_of(second)};
    vector_begin(book, name, "S3.1 S3.3", "hash");
    add_parts(book, parts, COUNT(parts));
    vector_expect(book, WSYNC_OK);
}

static void ids_case(struct vector_book *book, const char *name, const char *root,
                     const char *device)
{
    struct wsync_signing_key keys[2];
    struct wsync_signing_secret secret;
    wsync_signing_pair(vector_spell(&book->arena, root).data, &keys[0], &secret);
    wsync_signing_pair(vector_spell(&book->arena, device).data, &keys[1], &secret);
    vector_begin(book, name, "S2.1 S2.2", "ids");
    vector_number(book, "threshold", 1);
    vector_hex(book, "root-key", WSYNC_BYTES(keys[0]));
    vector_hex(book, "key", WSYNC_BYTES(keys[1]));
    vector_expect(book, WSYNC_OK);
}

/* Two of three keys with these bytes: no key of a root is looked into. */
static void ids_of_three(struct vector_book *book)
{
    vector_begin(book, "ids-of-two-of-three-keys", "S2.1 S2.2", "ids");
    vector_number(book, "threshold", 2);
    vector_hex(book, "root-key", vector_spell(&book->arena, "0a*32"));
    vector_hex(book, "root-key", vector_spell(&book->arena, "0b*32"));
    vector_hex(book, "root-key", vector_spell(&book->arena, "0c*32"));
    vector_hex(book, "key", vector_spell(&book->arena, "0d*32"));
    vector_expect(book, WSYNC_OK);
}

struct signed_parts {
    struct wsync_slice key, signature;
    struct wsync_slice parts[2];
};

static void verify_case(struct vector_book *book, const char *name,
                        const struct signed_parts *what, enum wsync_err code)
{
    vector_begin(book, name, "S3.2 S3.4 S3.5", "verify");
    vector_hex(book, "key", what->key);
    vector_hex(book, "signature", what->signature);
    add_parts(book, what->parts, 2);
    vector_expect(book, code);
}

/* The same signature with S increased by the order of the group: refused though the equation
 * holds. */
static struct wsync_slice add_order(struct vector_book *book, struct wsync_slice signature)
{
    struct wsync_slice order =
        vector_spell(&book->arena, "edd3f55c1a631258d69cf7a2def9de14 00*15 10");
    struct wsync_slice copy = wsync_arena_copy(&book->arena, signature);
    uint8_t *bytes = (uint8_t *)(uintptr_t)copy.data + 32;
    unsigned carry = 0;
    for (size_t i = 0; i < order.len; i++) {
        carry += (unsigned)bytes[i] + order.data[i];
        bytes[i] = (uint8_t)carry;
        carry >>= 8;
    }
    return copy;
}

static void verify_cases(struct vector_book *book)
{
    static const struct vector_edit EDITS[] = {
        {"signature-r-flipped", "", 0, 1, "00", 0},
        {"signature-s-flipped", "", 40, 1, "00", 0},
        {"signature-of-zeros", "", 0, 64, "00*64", 0},
        {"signature-r-of-small-order", "", 0, 32, "01 00*31", 0},
    };
    struct wsync_signing_key key, other;
    struct wsync_signing_secret secret, unused;
    wsync_signing_pair(vector_spell(&book->arena, "01*32").data, &key, &secret);
    wsync_signing_pair(vector_spell(&book->arena, "02*32").data, &other, &unused);
    struct signed_parts good = {
        .key = WSYNC_BYTES(key),
        .parts = {wsync_slice_of("wardsync/roster/v1"), vector_spell(&book->arena, "aa*32")}};
    struct wsync_signature signature = wsync_sign_parts(&secret, good.parts, 2);
    good.signature = WSYNC_BYTES(signature);
    verify_case(book, "signature-good", &good, WSYNC_OK);
    for (size_t i = 0; i < COUNT(EDITS); i++) {
        struct signed_parts bad = good;
        bad.signature = vector_edited(&book->arena, good.signature, &EDITS[i]);
        verify_case(book, EDITS[i].name, &bad, WSYNC_ERR_SIGNATURE);
    }
    struct signed_parts bad = good;
    bad.signature = add_order(book, good.signature);
    verify_case(book, "signature-s-not-reduced", &bad, WSYNC_ERR_SIGNATURE);
    bad = good;
    bad.key = WSYNC_BYTES(other);
    verify_case(book, "signature-of-another-key", &bad, WSYNC_ERR_SIGNATURE);
    bad.key = vector_spell(&book->arena, "01 00*31");
    verify_case(book, "key-of-small-order", &bad, WSYNC_ERR_SIGNATURE);
    bad = good;
    bad.parts[0] = wsync_slice_of("wardsync/seal/v1");
    verify_case(book, "signature-wrong-domain", &bad, WSYNC_ERR_SIGNATURE);
    bad = good;
    bad.parts[1] = vector_spell(&book->arena, "aa*31 ab");
    verify_case(book, "signed-bytes-flipped", &bad, WSYNC_ERR_SIGNATURE);
    bad.parts[0] = wsync_slice_of("wardsync/roster/v");
    bad.parts[1] = vector_spell(&book->arena, "31 aa*32");
    verify_case(book, "parts-cut-elsewhere", &bad, WSYNC_ERR_SIGNATURE);
}

void vector_make_hash(struct vector_book *book)
{
    hash_case(book, "parts-empty", "", "");
    hash_case(book, "parts-ab-c", "ab", "c");
    hash_case(book, "parts-a-bc", "a", "bc");
    ids_case(book, "ids-of-two-keys", "01*32", "02*32");
    ids_of_three(book);
    vector_begin(book, "sign-two-parts", "S3.2", "sign");
    vector_hex(book, "seed", vector_spell(&book->arena, "01*32"));
    vector_hex(book, "part", wsync_slice_of("wardsync/seal/v1"));
    vector_hex(book, "part", wsync_slice_of("abc"));
    vector_expect(book, WSYNC_OK);
    verify_cases(book);
}

/* 0 format, 2 instance, 20 scope, 22 device, 40 signing key, 74 roster version, 76 stamp,
 * 82 random. */
static const char GENESIS[] = "0801 1210aa*16 1802 2210bb*16 2a20cc*32 3002 388082c8a50c "
                              "4210dd*16";

static const struct vector_edit GENESIS_EDITS[] = {
    {"genesis-plain", "S4.1 S4.2 S4.6 S2.3", 0, 0, "", WSYNC_OK},
    {"genesis-with-predecessor", "S4.3 S13.9", -1, 0, "4a36 0a10ee*16 1005 1a20ff*32",
     WSYNC_OK},
    {"genesis-stamp-negative", "S4.2", 77, 5, "01", WSYNC_OK},
    {"genesis-stamp-largest", "S4.2", 77, 5, "fe ff*6 1f", WSYNC_OK},
    {"genesis-empty", "S4.2", 0, 100, "", WSYNC_ERR_GENESIS},
    {"genesis-format-0", "S4.2 S14.2", 0, 2, "", WSYNC_ERR_GENESIS},
    {"genesis-format-2", "S4.2 S14.2", 1, 1, "02", WSYNC_ERR_GENESIS},
    {"genesis-instance-15-bytes", "S4.2", 3, 17, "0faa*15", WSYNC_ERR_GENESIS},
    {"genesis-instance-absent", "S4.2", 2, 18, "", WSYNC_ERR_GENESIS},
    {"genesis-scope-0", "S4.2", 20, 2, "", WSYNC_ERR_GENESIS},
    {"genesis-device-17-bytes", "S4.2", 23, 17, "11bb*17", WSYNC_ERR_GENESIS},
    {"genesis-key-31-bytes", "S4.2", 41, 33, "1fcc*31", WSYNC_ERR_GENESIS},
    {"genesis-random-absent", "S4.2", 82, 18, "", WSYNC_ERR_GENESIS},
    {"genesis-stamp-too-large", "S4.2", 77, 5, "80*7 20", WSYNC_ERR_GENESIS},
    {"genesis-stamp-too-small", "S4.2", 77, 5, "ff*7 1f", WSYNC_ERR_GENESIS},
    {"genesis-predecessor-hash-short", "S4.3", -1, 0, "4a35 0a10ee*16 1005 1a1fff*31",
     WSYNC_ERR_GENESIS},
    {"genesis-predecessor-empty", "S4.3", -1, 0, "4a00", WSYNC_ERR_GENESIS},
    {"genesis-format-twice", "S1.3", 0, 0, "0801", WSYNC_ERR_GENESIS},
    {"genesis-format-over-long", "S1.3", 1, 1, "8100", WSYNC_ERR_GENESIS},
    {"genesis-scope-above-32-bits", "S1.3", 21, 1, "8280808010", WSYNC_ERR_GENESIS},
    {"genesis-roster-version-of-zero", "S1.3", 75, 1, "00", WSYNC_ERR_GENESIS},
    {"genesis-unknown-field", "S1.3 S14.3", -1, 0, "5001", WSYNC_ERR_GENESIS},
    {"genesis-fields-descend", "S1.3", 76, 24, "4210dd*16 388082c8a50c", WSYNC_ERR_GENESIS},
    {"genesis-cut", "S1.3", 99, 1, "", WSYNC_ERR_GENESIS},
    {"genesis-wrong-wire-type", "S1.3", 20, 2, "1a0102", WSYNC_ERR_GENESIS},
    {"genesis-257-bytes", "S4.1", -1, 0, "529a01 00*154", WSYNC_ERR_GENESIS},
};

void vector_make_genesis(struct vector_book *book)
{
    struct wsync_slice base = vector_spell(&book->arena, GENESIS);
    for (size_t i = 0; i < COUNT(GENESIS_EDITS); i++) {
        const struct vector_edit *edit = &GENESIS_EDITS[i];
        vector_begin(book, edit->name, edit->spec, "genesis");
        vector_hex(book, "genesis", vector_edited(&book->arena, base, edit));
        vector_expect(book, edit->code);
    }
}

/* One link of a chain. */
struct link {
    const char *log, *before, *public_part, *salt, *private_part, *private_hash;
    int64_t seq;
};

static const struct link LINK = {
    .log = "aa*16", .before = "bb*32", .public_part = "083c1001", .seq = 1};
static const struct link PRIVATE_LINK = {.log = "aa*16",
                                         .before = "bb*32",
                                         .public_part = "083c1001",
                                         .seq = 1,
                                         .salt = "cc*16",
                                         .private_part = "0a0101 1a03616263"};

static void chain_case(struct vector_book *book, const char *name, const struct link *link)
{
    vector_begin(book, name, "S4.7 S4.8 S3.5", "chain");
    vector_hex(book, "log", vector_spell(&book->arena, link->log));
    vector_number(book, "seq", link->seq);
    vector_hex(book, "before", vector_spell(&book->arena, link->before));
    vector_hex(book, "public", vector_spell(&book->arena, link->public_part));
    if (link->private_hash) {
        vector_hex(book, "private-hash", vector_spell(&book->arena, link->private_hash));
    } else if (link->private_part) {
        vector_hex(book, "salt", vector_spell(&book->arena, link->salt));
        vector_hex(book, "private", vector_spell(&book->arena, link->private_part));
    }
}

static void claim(struct vector_book *book, struct wsync_hash hash, enum wsync_err code)
{
    vector_hex(book, "claim", WSYNC_BYTES(hash));
    vector_expect(book, code);
}

/* The hash of a link by the definition alone, under any domain. */
static struct wsync_hash link_hash(struct vector_book *book, const struct link *link,
                                   const char *domain)
{
    uint8_t seq[8] = {0};
    seq[7] = (uint8_t)link->seq;
    struct wsync_slice public_parts[] = {wsync_slice_of("wardsync/public/v1"),
                                         vector_spell(&book->arena, link->public_part)};
    struct wsync_hash public_hash = wsync_hash_parts(public_parts, 2);
    struct wsync_hash private_hash = {{0}};
    if (link->private_part) {
        struct wsync_slice parts[] = {wsync_slice_of("wardsync/private/v1"),
                                      vector_spell(&book->arena, link->salt),
                                      vector_spell(&book->arena, link->private_part)};
        private_hash = wsync_hash_parts(parts, 3);
    }
    struct wsync_slice parts[] = {
        wsync_slice_of(domain),
        vector_spell(&book->arena, link->log),
        wsync_slice(seq, sizeof seq),
        vector_spell(&book->arena, link->before),
        WSYNC_BYTES(public_hash),
        wsync_slice(private_hash.b, link->private_part ? sizeof private_hash.b : 0)};
    return wsync_hash_parts(parts, COUNT(parts));
}

static void chain_positives(struct vector_book *book)
{
    struct link link = LINK;
    chain_case(book, "chain-plain", &link);
    vector_expect(book, WSYNC_OK);
    link.public_part = "";
    chain_case(book, "chain-empty-change", &link);
    vector_expect(book, WSYNC_OK);
    link = LINK;
    link.seq = INT64_C(1) << 40;
    chain_case(book, "chain-large-seq", &link);
    vector_expect(book, WSYNC_OK);
    chain_case(book, "chain-private", &PRIVATE_LINK);
    vector_expect(book, WSYNC_OK);
    chain_case(book, "chain-by-definition", &LINK);
    claim(book, link_hash(book, &LINK, "wardsync/change/v1"), WSYNC_OK);
    struct wsync_hash whole = link_hash(book, &PRIVATE_LINK, "wardsync/change/v1");
    chain_case(book, "chain-private-by-definition", &PRIVATE_LINK);
    claim(book, whole, WSYNC_OK);
    struct wsync_slice parts[] = {wsync_slice_of("wardsync/private/v1"),
                                  vector_spell(&book->arena, PRIVATE_LINK.salt),
                                  vector_spell(&book->arena, PRIVATE_LINK.private_part)};
    struct wsync_hash private_hash = wsync_hash_parts(parts, 3);
    vector_begin(book, "chain-private-erased", "S4.8", "chain");
    vector_hex(book, "log", vector_spell(&book->arena, LINK.log));
    vector_number(book, "seq", 1);
    vector_hex(book, "before", vector_spell(&book->arena, LINK.before));
    vector_hex(book, "public", vector_spell(&book->arena, LINK.public_part));
    vector_hex(book, "private-hash", WSYNC_BYTES(private_hash));
    claim(book, whole, WSYNC_OK);
}

void vector_make_chain(struct vector_book *book)
{
    struct wsync_hash good = link_hash(book, &PRIVATE_LINK, "wardsync/change/v1");
    const struct {
        const char *name;
        struct link link;
    } WRONG[] = {
        {"chain-other-log",
         {"ab aa*15", "bb*32", "083c1001", "cc*16", "0a0101 1a03616263", NULL, 1}},
        {"chain-other-seq",
         {"aa*16", "bb*32", "083c1001", "cc*16", "0a0101 1a03616263", NULL, 2}},
        {"chain-other-before",
         {"aa*16", "bb*31 ba", "083c1001", "cc*16", "0a0101 1a03616263", NULL, 1}},
        {"chain-public-flipped",
         {"aa*16", "bb*32", "083d1001", "cc*16", "0a0101 1a03616263", NULL, 1}},
        {"chain-private-flipped",
         {"aa*16", "bb*32", "083c1001", "cc*16", "0a0101 1a03616264", NULL, 1}},
        {"chain-salt-flipped",
         {"aa*16", "bb*32", "083c1001", "cc*15 cd", "0a0101 1a03616263", NULL, 1}},
        {"chain-private-dropped", {"aa*16", "bb*32", "083c1001", NULL, NULL, NULL, 1}},
        {"chain-private-hash-of-zeros", {"aa*16", "bb*32", "083c1001", NULL, NULL, "00*32", 1}},
    };
    chain_positives(book);
    for (size_t i = 0; i < COUNT(WRONG); i++) {
        chain_case(book, WRONG[i].name, &WRONG[i].link);
        claim(book, good, WSYNC_ERR_CHAIN);
    }
    chain_case(book, "chain-wrong-domain", &PRIVATE_LINK);
    claim(book, link_hash(book, &PRIVATE_LINK, "wardsync/public/v1"), WSYNC_ERR_CHAIN);
}

struct sealed {
    struct wsync_slice key, seal, log, hash, tree, root;
    int64_t seq, size;
};

static void seal_case(struct vector_book *book, const char *name, const struct sealed *sealed,
                      enum wsync_err code)
{
    vector_begin(book, name, "S4.11 S3.5 S2.8", "seal");
    vector_hex(book, "key", sealed->key);
    vector_hex(book, "log", sealed->log);
    vector_number(book, "seq", sealed->seq);
    vector_hex(book, "hash", sealed->hash);
    vector_hex(book, "tree", sealed->tree);
    vector_number(book, "size", sealed->size);
    vector_hex(book, "root", sealed->root);
    vector_hex(book, "seal", sealed->seal);
    vector_expect(book, code);
}

static struct wsync_signature sign_seal(const struct sealed *sealed,
                                        const struct wsync_signing_secret *secret)
{
    struct wsync_head head = {.seq = (uint64_t)sealed->seq};
    struct wsync_checkpoint checkpoint = {.size = (uint64_t)sealed->size};
    memcpy(head.log.b, sealed->log.data, sizeof head.log.b);
    memcpy(head.hash.b, sealed->hash.data, sizeof head.hash.b);
    memcpy(checkpoint.tree, sealed->tree.data, sizeof checkpoint.tree);
    memcpy(checkpoint.root.b, sealed->root.data, sizeof checkpoint.root.b);
    return wsync_seal_sign(secret, &head, &checkpoint);
}

static void seal_negatives(struct vector_book *book, const struct sealed *good)
{
    struct wsync_slice *fields[6];
    static const char *const NAMES[] = {"key", "seal", "log", "hash", "tree", "root"};
    struct sealed bad;
    for (size_t i = 0; i < COUNT(NAMES); i++) {
        char name[32];
        bad = *good;
        fields[0] = &bad.key, fields[1] = &bad.seal, fields[2] = &bad.log;
        fields[3] = &bad.hash, fields[4] = &bad.tree, fields[5] = &bad.root;
        *fields[i] = wsync_arena_copy(&book->arena, *fields[i]);
        ((uint8_t *)(uintptr_t)fields[i]->data)[5] ^= 1;
        snprintf(name, sizeof name, "seal-flipped-%s", NAMES[i]);
        seal_case(book, name, &bad, WSYNC_ERR_SEAL);
    }
    bad = *good;
    bad.seq++;
    seal_case(book, "seal-other-seq", &bad, WSYNC_ERR_SEAL);
    bad = *good;
    bad.size++;
    seal_case(book, "seal-other-size", &bad, WSYNC_ERR_SEAL);
}

void vector_make_seal(struct vector_book *book)
{
    struct wsync_signing_key key;
    struct wsync_signing_secret secret;
    wsync_signing_pair(vector_spell(&book->arena, "03*32").data, &key, &secret);
    struct sealed plain = {.key = WSYNC_BYTES(key),
                           .log = vector_spell(&book->arena, "aa*16"),
                           .hash = vector_spell(&book->arena, "bb*32"),
                           .tree = vector_spell(&book->arena, "00*16"),
                           .root = vector_spell(&book->arena, "00*32"),
                           .seq = 7};
    struct sealed full = plain;
    struct wsync_signature signature = sign_seal(&plain, &secret);
    plain.seal = WSYNC_BYTES(signature);
    seal_case(book, "seal-without-checkpoint", &plain, WSYNC_OK);
    full.tree = vector_spell(&book->arena, "cc*16");
    full.root = vector_spell(&book->arena, "dd*32");
    full.size = 1000;
    struct wsync_signature second = sign_seal(&full, &secret);
    full.seal = WSYNC_BYTES(second);
    seal_case(book, "seal-with-checkpoint", &full, WSYNC_OK);
    seal_negatives(book, &full);
    full.seal = plain.seal;
    seal_case(book, "seal-of-another-checkpoint", &full, WSYNC_ERR_SEAL);
    struct wsync_slice parts[] = {wsync_slice_of("wardsync/roster/v1"), plain.hash};
    struct wsync_signature foreign = wsync_sign_parts(&secret, parts, 2);
    plain.seal = WSYNC_BYTES(foreign);
    seal_case(book, "seal-wrong-domain", &plain, WSYNC_ERR_SEAL);
}
