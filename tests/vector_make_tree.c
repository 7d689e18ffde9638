/* SPDX-License-Identifier: Apache-2.0 */
/* Makes tree.txt: leaves, roots, proofs, checkpoints as notes, receipts. */
#include <stdio.h>
#include <string.h>

#include "tests/vector_world.h"
#include "wardsync/checkpoint.h"
#include "wardsync/merkle.h"
#include "wardsync/message.h"
#include "wardsync/receipt.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { LEAVES = 8, TREE_LEAVES = 6 };

/* Those other logs publish roots of. */
static const char *const PUBLISHED[LEAVES] = {
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
};

static enum wsync_err read_hash(void *context, unsigned level, uint64_t index,
                                struct wsync_hash *hash)
{
    const struct wsync_hash *hashes = context;
    struct wsync_hash right;
    if (level == 0) {
        *hash = hashes[index];
        return WSYNC_OK;
    }
    enum wsync_err err = read_hash(context, level - 1, 2 * index, hash);
    if (err == WSYNC_OK) {
        err = read_hash(context, level - 1, 2 * index + 1, &right);
        *hash = wsync_merkle_node(hash, &right);
    }
    return err;
}

/* ---- roots and proofs ---- */

static void tree_cases(struct vector_book *book)
{
    for (size_t count = 0; count <= LEAVES; count++) {
        char name[24];
        snprintf(name, sizeof name, "root-of-%zu", count);
        vector_begin(book, name, "S15.1", "tree");
        for (size_t i = 0; i < count; i++) {
            vector_text(book, "leaf", PUBLISHED[i]);
        }
        vector_expect(book, WSYNC_OK);
    }
}

struct proven {
    const char *name;
    uint64_t old_size, size;
    const char *indexes; /* a byte each */
    size_t cut;          /* bytes taken off their end */
    enum wsync_err code;
};

static void proof_case(struct vector_book *book, const struct proven *proven)
{
    struct wsync_hash hashes[LEAVES];
    struct wsync_hash out[LEAVES * 2];
    uint64_t indexes[LEAVES];
    struct wsync_slice at = vector_spell(&book->arena, proven->indexes);
    struct wsync_merkle_claim claim = {proven->old_size, proven->size, indexes, at.len};
    size_t count;
    vector_begin(book, proven->name, "S15.2 S15.3 S15.4", "proof");
    vector_number(book, "old-size", (int64_t)proven->old_size);
    vector_number(book, "size", (int64_t)proven->size);
    for (size_t i = 0; i < LEAVES; i++) {
        struct wsync_slice leaf = vector_spell(&book->arena, PUBLISHED[i]);
        hashes[i] = wsync_merkle_leaf(leaf);
    }
    for (size_t i = 0; i < at.len; i++) {
        indexes[i] = at.data[i];
        vector_hex(book, "index", wsync_slice(&at.data[i], 1));
        vector_text(book, "leaf", PUBLISHED[indexes[i]]);
    }
    const struct wsync_merkle_source source = {hashes, read_hash};
    WSYNC_ASSERT(wsync_merkle_prove(&source, &claim, out, COUNT(out), &count) == WSYNC_OK);
    struct wsync_slice bytes =
        wsync_arena_copy(&book->arena, wsync_slice(out, count * sizeof *out));
    bytes.len -= proven->cut;
    vector_hex(book, "hashes", bytes);
    vector_expect(book, proven->code);
}

static void proof_cases(struct vector_book *book)
{
    static const struct proven CASES[] = {
        {"proof-of-nothing", 0, 7, "", 0, WSYNC_OK},
        {"proof-leaf-0-of-1", 0, 1, "00", 0, WSYNC_OK},
        {"proof-leaf-0-of-8", 0, 8, "00", 0, WSYNC_OK},
        {"proof-last-leaf-of-7", 0, 7, "06", 0, WSYNC_OK},
        {"proof-leaves-1-4-6", 0, 7, "010406", 0, WSYNC_OK},
        {"proof-3-goes-on-to-7", 3, 7, "", 0, WSYNC_OK},
        {"proof-4-goes-on-to-8", 4, 8, "", 0, WSYNC_OK},
        {"proof-6-goes-on-to-8-with-7", 6, 8, "07", 0, WSYNC_OK},
        {"proof-of-the-same-size", 7, 7, "06", 0, WSYNC_OK},
        {"proof-5-goes-on-to-8-with-0-and-7", 5, 8, "0007", 0, WSYNC_OK},
        {"proof-a-hash-less", 3, 7, "", 32, WSYNC_ERR_PROOF},
        {"proof-half-a-hash", 3, 7, "", 16, WSYNC_ERR_PROOF},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        proof_case(book, &CASES[i]);
    }
}

/* ---- leaves ---- */

static const struct {
    const char *name, *bytes;
    enum wsync_err code;
} LEAF_CASES[] = {
    {"leaf-open",
     "00 aa*16 0000000000000002 bb*16 00000000625900cc cc*16 0000000000000007 dd*32", WSYNC_OK},
    {"leaf-set", "01 aa*16 0000000000000011 bb*32 00000000625900cc 00*32", WSYNC_OK},
    {"leaf-heads", "02 00000000625900cc 0000000000000003 aa*32 00000002 bb*32", WSYNC_OK},
    {"leaf-link", "03 aa*16 0000000000000007 bb*32", WSYNC_OK},
    {"leaf-of-kind-4", "04 aa*16 0000000000000007 bb*32", WSYNC_ERR_PROOF},
    {"leaf-empty", "", WSYNC_ERR_PROOF},
    {"leaf-a-byte-short", "03 aa*16 0000000000000007 bb*31", WSYNC_ERR_PROOF},
    {"leaf-a-byte-long", "03 aa*16 0000000000000007 bb*33", WSYNC_ERR_PROOF},
};

static void leaf_cases(struct vector_book *book)
{
    for (size_t i = 0; i < COUNT(LEAF_CASES); i++) {
        vector_begin(book, LEAF_CASES[i].name, "S15.8", "leaf");
        vector_hex(book, "leaf", vector_spell(&book->arena, LEAF_CASES[i].bytes));
        vector_expect(book, LEAF_CASES[i].code);
    }
}

/* ---- checkpoints and receipts ---- */

struct log {
    struct wsync_instance_id instance;
    struct wsync_signing_key key;
    struct wsync_signing_secret secret;
    struct wsync_slice leaves[TREE_LEAVES];
    struct wsync_hash hashes[TREE_LEAVES];
    struct wsync_scope_heads scopes[3];
};

static struct wsync_slice keep_leaf(struct vector_book *book, const struct wsync_leaf *leaf)
{
    uint8_t bytes[WSYNC_LEAF_BYTES_MAX];
    return wsync_arena_copy(&book->arena, wsync_leaf_encode(leaf, bytes));
}

static struct wsync_hash scopes_root(const struct log *log, struct wsync_hash leaves[3])
{
    struct wsync_hash root;
    for (size_t i = 0; i < 3; i++) {
        uint8_t bytes[WSYNC_SCOPE_HEADS_BYTES];
        leaves[i] = wsync_merkle_leaf(wsync_scope_heads_encode(&log->scopes[i], bytes));
    }
    const struct wsync_merkle_source source = {leaves, read_hash};
    WSYNC_ASSERT(wsync_merkle_root(&source, 3, &root) == WSYNC_OK);
    return root;
}

/* Open, set, heads, set, set, heads. */
static void make_log(struct vector_book *book, struct log *log)
{
    struct wsync_hash scopes[3];
    uint8_t seed[32];
    memset(seed, 9, sizeof seed);
    *log = (struct log){.instance = {{0}}};
    memset(log->instance.b, 0xaa, sizeof log->instance.b);
    wsync_signing_pair(seed, &log->key, &log->secret);
    for (uint32_t i = 0; i < 3; i++) {
        log->scopes[i] = (struct wsync_scope_heads){.scope = i + 1, .count = i + 2};
        memset(log->scopes[i].digest.b, (int)(0x30 + i), sizeof log->scopes[i].digest.b);
    }
    for (size_t i = 0; i < TREE_LEAVES; i++) {
        struct wsync_leaf leaf = {.kind = i == 0       ? WSYNC_LEAF_OPEN
                                          : i % 3 == 2 ? WSYNC_LEAF_HEADS
                                                       : WSYNC_LEAF_SET,
                                  .time = VECTOR_STAMP + (int64_t)i,
                                  .instance = log->instance,
                                  .roster_version = 3,
                                  .scope_count = 3,
                                  .scopes = scopes_root(log, scopes)};
        memset(leaf.random, 0x11, sizeof leaf.random);
        memset(leaf.head.log.b, 0xbb, sizeof leaf.head.log.b);
        memset(leaf.head.hash.b, (int)i, sizeof leaf.head.hash.b);
        leaf.head.seq = 10 * i;
        log->leaves[i] = keep_leaf(book, &leaf);
        log->hashes[i] = wsync_merkle_leaf(log->leaves[i]);
    }
}

static struct wsync_signed_checkpoint checkpoint_of(struct log *log, uint64_t size)
{
    const struct wsync_merkle_source source = {log->hashes, read_hash};
    struct wsync_signed_checkpoint made = {.checkpoint = {.size = size},
                                           .time = VECTOR_STAMP + (int64_t)size - 1};
    memcpy(made.checkpoint.tree, log->hashes[0].b, sizeof made.checkpoint.tree);
    WSYNC_ASSERT(wsync_merkle_root(&source, size, &made.checkpoint.root) == WSYNC_OK);
    made.signature = wsync_checkpoint_sign(&log->secret, &log->instance, &made.checkpoint);
    return made;
}

static void note_cases(struct vector_book *book, struct log *log)
{
    static const struct vector_edit EDITS[] = {
        {"note", "S15.5 S15.6 S15.7", 0, 0, "", WSYNC_OK},
        {"note-other-size", "S15.6", 75, 1, "37", WSYNC_ERR_SIGNATURE},
        {"note-size-with-zero", "S15.5", 75, 0, "30", WSYNC_ERR_MESSAGE},
        {"note-capital-hex", "S15.5", 9, 1, "41", WSYNC_ERR_MESSAGE},
        {"note-a-line-more", "S15.7", -1, 0, "0a", WSYNC_ERR_MESSAGE},
        {"note-other-name", "S15.7", 130, 1, "62", WSYNC_ERR_MESSAGE},
        {"note-cut", "S15.7", 150, 1, "", WSYNC_ERR_MESSAGE},
        {"note-empty-line-absent", "S15.7", 121, 1, "", WSYNC_ERR_MESSAGE},
    };
    struct wsync_note note = {.instance = log->instance, .checkpoint = checkpoint_of(log, 6)};
    char text[WSYNC_CHECKPOINT_TEXT_BYTES_MAX];
    wsync_checkpoint_key_hash(&log->instance, &log->key, note.key_hash);
    struct wsync_slice written = wsync_note_encode(&note, text);
    for (size_t i = 0; i < COUNT(EDITS); i++) {
        vector_begin(book, EDITS[i].name, EDITS[i].spec, "note");
        vector_hex(book, "note", vector_edited(&book->arena, written, &EDITS[i]));
        vector_hex(book, "key", WSYNC_BYTES(log->key));
        vector_expect(book, EDITS[i].code);
    }
    uint8_t seed[32] = {1};
    struct wsync_signing_key other;
    struct wsync_signing_secret secret;
    wsync_signing_pair(seed, &other, &secret);
    vector_begin(book, "note-of-another-key", "S15.6 S15.7", "note");
    vector_hex(book, "note", written);
    vector_hex(book, "key", WSYNC_BYTES(other));
    vector_expect(book, WSYNC_ERR_SIGNATURE);
}

/* A receipt for the checkpoint of 6, and what is wrong with it. */
struct given {
    const char *name, *spec;
    uint64_t last_size; /* 0: none */
    enum {
        RIGHT,
        OTHER_LAST_ROOT,
        LARGER_LAST,
        OTHER_TIME,
        LATER_LAST,
        NO_FIRST_LEAF,
        UNLINKED,
        OTHER_SCOPE,
        OTHER_POSITION,
        NO_SCOPE,
        PATH_WITHOUT_SCOPE,
        OTHER_HASH,
        OTHER_SIGNATURE,
        OTHER_INSTANCE,
        HEADS_NOT_LAST,
    } how;
    enum wsync_err code;
};

static void say_last(struct vector_book *book, struct log *log, const struct given *given)
{
    struct wsync_signed_checkpoint last = checkpoint_of(log, given->last_size);
    last.checkpoint.root.b[0] ^= given->how == OTHER_LAST_ROOT;
    last.checkpoint.tree[0] ^= given->how == UNLINKED;
    last.checkpoint.size += given->how == LARGER_LAST ? 6 : 0;
    last.time += given->how == LATER_LAST ? 100 : 0;
    vector_hex(book, "last-tree",
               wsync_slice(last.checkpoint.tree, sizeof last.checkpoint.tree));
    vector_number(book, "last-size", (int64_t)last.checkpoint.size);
    vector_hex(book, "last-root", WSYNC_BYTES(last.checkpoint.root));
    vector_number(book, "last-time", last.time);
}

static void add_scope(struct vector_book *book, struct log *log, const struct given *given,
                      struct wsync_receipt *receipt)
{
    static uint8_t scope[WSYNC_SCOPE_HEADS_BYTES];
    static struct wsync_hash path[4];
    struct wsync_hash leaves[3];
    uint64_t position = 1;
    size_t count;
    (void)book;
    (void)scopes_root(log, leaves);
    const struct wsync_merkle_source source = {leaves, read_hash};
    const struct wsync_merkle_claim claim = {0, 3, &position, 1};
    WSYNC_ASSERT(wsync_merkle_prove(&source, &claim, path, 4, &count) == WSYNC_OK);
    receipt->path = wsync_slice(path, count * sizeof *path);
    receipt->position = given->how == OTHER_POSITION ? 2 : 1;
    receipt->scope = wsync_scope_heads_encode(&log->scopes[1], scope);
    if (given->how == NO_SCOPE || given->how == PATH_WITHOUT_SCOPE) {
        receipt->scope.len = receipt->position = 0;
        receipt->path.len = given->how == NO_SCOPE ? 0 : receipt->path.len;
    }
}

static void receipt_case(struct vector_book *book, struct log *log, const struct given *given)
{
    bool first =
        (given->last_size == 0 || given->how == UNLINKED) && given->how != NO_FIRST_LEAF;
    uint64_t indexes[3] = {0, 4, given->how == HEADS_NOT_LAST ? 4 : 5};
    struct wsync_slice leaves[3] = {log->leaves[0], log->leaves[4], log->leaves[5]};
    struct wsync_hash hashes[16];
    struct wsync_slice bytes;
    struct wsync_receipt receipt = {.checkpoint = checkpoint_of(log, 6),
                                    .indexes = indexes + !first,
                                    .leaves = leaves + !first,
                                    .leaf_count = given->how == HEADS_NOT_LAST ? 1 : 2 + first};
    const struct wsync_merkle_source source = {log->hashes, read_hash};
    const struct wsync_merkle_claim claim = {given->how == UNLINKED ? 0 : given->last_size, 6,
                                             receipt.indexes, receipt.leaf_count};
    size_t count;
    WSYNC_ASSERT(wsync_merkle_prove(&source, &claim, hashes, 16, &count) == WSYNC_OK);
    receipt.hashes = wsync_slice(hashes, count * sizeof *hashes);
    receipt.old_size = claim.old_size;
    hashes[0].b[5] ^= given->how == OTHER_HASH;
    receipt.checkpoint.time += given->how == OTHER_TIME;
    receipt.checkpoint.signature.b[3] ^= given->how == OTHER_SIGNATURE;
    add_scope(book, log, given, &receipt);
    WSYNC_ASSERT(wsync_receipt_encode(&receipt, &book->arena, &bytes) == WSYNC_OK);
    struct wsync_instance_id instance = log->instance;
    vector_begin(book, given->name, given->spec, "receipt");
    vector_hex(book, "instance", WSYNC_BYTES(instance));
    vector_hex(book, "key", WSYNC_BYTES(log->key));
    vector_number(book, "scope", given->how == OTHER_SCOPE ? 3 : 2);
    if (given->last_size > 0) {
        say_last(book, log, given);
    }
    vector_hex(book, "receipt", bytes);
    vector_expect(book, given->code);
}

void vector_make_tree(struct vector_book *book)
{
    static const struct given GIVEN[] = {
        {"receipt-first", "S15.20 S15.21", 0, RIGHT, WSYNC_OK},
        {"receipt-next", "S15.20 S15.21", 3, RIGHT, WSYNC_OK},
        {"receipt-again", "S15.21", 6, RIGHT, WSYNC_OK},
        {"receipt-without-a-scope", "S15.21", 3, NO_SCOPE, WSYNC_OK},
        {"receipt-signature", "S15.21", 3, OTHER_SIGNATURE, WSYNC_ERR_SIGNATURE},
        {"receipt-last-leaf-is-not-heads", "S15.21", 3, HEADS_NOT_LAST, WSYNC_ERR_PROOF},
        {"receipt-other-time", "S15.21", 3, OTHER_TIME, WSYNC_ERR_PROOF},
        {"receipt-smaller-than-the-last", "S15.21", 3, LARGER_LAST, WSYNC_ERR_ROLLED_BACK},
        {"receipt-other-hash", "S15.21", 3, OTHER_HASH, WSYNC_ERR_PROOF},
        {"receipt-of-another-log", "S15.21", 3, OTHER_LAST_ROOT, WSYNC_ERR_SPLIT},
        {"receipt-dated-back", "S15.13 S15.21", 3, LATER_LAST, WSYNC_ERR_PROOF},
        {"receipt-first-without-leaf-0", "S15.9 S15.21", 0, NO_FIRST_LEAF, WSYNC_ERR_PROOF},
        {"receipt-of-a-tree-that-names-no-other", "S15.21", 3, UNLINKED, WSYNC_ERR_SPLIT},
        {"receipt-of-another-scope", "S15.12 S15.21", 3, OTHER_SCOPE, WSYNC_ERR_PROOF},
        {"receipt-scope-elsewhere", "S15.12 S15.21", 3, OTHER_POSITION, WSYNC_ERR_PROOF},
        {"receipt-path-of-no-scope", "S15.21", 3, PATH_WITHOUT_SCOPE, WSYNC_ERR_PROOF},
    };
    struct log log;
    tree_cases(book);
    proof_cases(book);
    leaf_cases(book);
    make_log(book, &log);
    note_cases(book, &log);
    for (size_t i = 0; i < COUNT(GIVEN); i++) {
        receipt_case(book, &log, &GIVEN[i]);
    }
}
