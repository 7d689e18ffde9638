/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/verify/receipt.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tools/verify/note.h"
#include "tools/verify/tree.h"
#include "wardsync/crypto.h"
#include "wardsync/frontier.h"

/* Changes of a branch stand under a number of their own (docs/ARCHITECTURE.md). */
enum { BRANCH_BIT = 31, BRANCH_SHIFT = 3, SCOPES_FIRST = 64 };

static bool fail(struct audit_fault *fault, const char *text)
{
    return audit_fail(fault, WSYNC_ERR_PROOF, "%s", text);
}

/* ---- by itself ---- */

/* Was the checkpoint signed by a key that the roster names, or named, for it? */
static bool is_signed(const struct audit *audit, const struct wsync_checkpoint *checkpoint,
                      const struct wsync_signature *signature)
{
    char text[NOTE_TEXT_BYTES];
    struct wsync_slice signed_text = note_text(&audit->instance, checkpoint, text);
    for (size_t i = 0; i < audit->log_key_count; i++) {
        if (wsync_verify_text(&audit->log_keys[i], signature, signed_text)) {
            return true;
        }
    }
    return false;
}

static bool read_leaves(const struct wsync_receipt *receipt, struct receipt_facts *facts,
                        struct audit_fault *fault)
{
    size_t count = receipt->leaf_count;
    if (count == 0 || count > WSYNC_RECEIPT_LEAVES_MAX) {
        return fail(fault, "The receipt shows no leaf.");
    }
    for (size_t i = 0; i < count; i++) {
        facts->indexes[i] = receipt->indexes[i];
        if (wsync_leaf_decode(receipt->leaves[i], &facts->leaves[i]) != WSYNC_OK) {
            return audit_fail(fault, WSYNC_ERR_PROOF, "Leaf %" PRIu64 " cannot be read.",
                              receipt->indexes[i]);
        }
        if ((facts->leaves[i].kind == WSYNC_LEAF_OPEN) != (receipt->indexes[i] == 0)) {
            return fail(fault, "A tree begins with its first leaf, and with that alone.");
        }
    }
    facts->count = count;
    for (size_t i = 1, last = 0; i < count; i++) {
        if (facts->leaves[i].kind == WSYNC_LEAF_LINK) {
            continue; /* it has no time */
        }
        if (facts->leaves[i].time < facts->leaves[last].time &&
            facts->leaves[last].kind != WSYNC_LEAF_LINK) {
            return audit_fail(fault, WSYNC_ERR_PROOF,
                              "Leaf %" PRIu64 " is dated before one that stands before it.",
                              facts->indexes[i]);
        }
        last = i;
    }
    return (facts->leaves[count - 1].kind == WSYNC_LEAF_HEADS &&
            receipt->indexes[count - 1] == receipt->checkpoint.checkpoint.size - 1) ||
           fail(fault, "The receipt does not end with the heads leaf of its checkpoint.");
}

/* The first leaf gives the tree its id; nobody can begin a second tree of that id. */
static bool check_first(const struct audit *audit, const struct wsync_receipt *receipt,
                        const struct receipt_facts *facts, struct audit_fault *fault)
{
    if (receipt->indexes[0] != 0) {
        return true;
    }
    struct wsync_hash hash = tree_root_of(receipt->leaves, 1);
    return (facts->leaves[0].kind == WSYNC_LEAF_OPEN &&
            memcmp(hash.b, receipt->checkpoint.checkpoint.tree, WSYNC_TREE_ID_BYTES) == 0 &&
            wsync_slice_equal(WSYNC_BYTES(facts->leaves[0].instance),
                              WSYNC_BYTES(audit->instance))) ||
           fail(fault, "The first leaf is not that of this tree.");
}

static bool check_tree(const struct wsync_receipt *receipt, struct receipt_facts *facts,
                       struct audit_fault *fault)
{
    struct tree_roots roots;
    struct tree_claim claim = {
        .size = receipt->checkpoint.checkpoint.size,
        .old_size = receipt->old_size,
        .indexes = receipt->indexes,
        .leaves = receipt->leaves,
        .count = receipt->leaf_count,
    };
    facts->checkpoint = receipt->checkpoint.checkpoint;
    if (!tree_roots(&claim, receipt->hashes, &roots) ||
        !wsync_hash_equal(&roots.now, &facts->checkpoint.root)) {
        return fail(fault, "Its leaves and hashes do not give the root that was signed.");
    }
    if (claim.old_size > 0) {
        facts->old = facts->checkpoint;
        facts->old.size = claim.old_size;
        facts->old.root = roots.old;
    }
    return true;
}

/* Where the scope stands among all scopes of the heads leaf. */
static bool check_scope(const struct wsync_receipt *receipt, struct receipt_facts *facts,
                        struct audit_fault *fault)
{
    const struct wsync_leaf *heads = &facts->leaves[facts->count - 1];
    uint64_t position = receipt->position;
    struct tree_roots roots;
    struct tree_claim claim = {.size = heads->scope_count,
                               .indexes = &position,
                               .leaves = &receipt->scope,
                               .count = 1};
    if (receipt->scope.len == 0) {
        return (receipt->path.len == 0 && position == 0) ||
               fail(fault, "A path stands there for no scope.");
    }
    facts->has_scope = true;
    return (wsync_scope_heads_decode(receipt->scope, &facts->scope) == WSYNC_OK &&
            tree_roots(&claim, receipt->path, &roots) &&
            wsync_hash_equal(&roots.now, &heads->scopes)) ||
           fail(fault, "The scope is not among those of the heads leaf.");
}

/* Signed by the key that this roster names, not by one of before or after: a key that was taken
 * away, or that somebody found, signs for nothing newer. */
static bool is_signed_then(const struct audit *audit,
                           const struct wsync_signed_checkpoint *checkpoint, uint64_t version)
{
    char text[NOTE_TEXT_BYTES];
    struct wsync_slice signed_text = note_text(&audit->instance, &checkpoint->checkpoint, text);
    size_t at = audit->log_key_count;
    while (at > 0 && audit->log_keys_from[at - 1] > version) {
        at--;
    }
    return at > 0 &&
           wsync_verify_text(&audit->log_keys[at - 1], &checkpoint->signature, signed_text);
}

/* The roster that the district signed for is the one in the file. */
static bool check_roster(struct audit *audit, const struct wsync_leaf *heads,
                         struct audit_fault *fault)
{
    struct wsync_signed_statement held;
    if (heads->roster_version > audit->statements) {
        return audit_fail(fault, WSYNC_ERR_PROOF,
                          "The district had %" PRIu64 " statements then; %" PRIu64 " are here.",
                          heads->roster_version, audit->statements);
    }
    enum wsync_err err = wsync_roster_statement(audit->txn, heads->roster_version, &held);
    struct wsync_hash hash = {{0}};
    if (err == WSYNC_OK) {
        hash = wsync_statement_hash(held.statement);
    }
    return (err == WSYNC_OK && wsync_hash_equal(&hash, &heads->roster_hash)) ||
           fail(fault, "The district signed for another roster.");
}

/* All that the district ever signed of one tree must fit together. */
static bool check_views(const struct receipt_facts *facts, struct views *views,
                        struct audit_fault *fault)
{
    struct view view = {.file = fault->file, .receipt = true};
    view.checkpoint = facts->old;
    if (!views_add(views, &view, fault)) {
        return false;
    }
    for (size_t i = 0; i < facts->count; i++) {
        enum wsync_leaf_kind kind = facts->leaves[i].kind;
        view.checkpoint = facts->leaves[i].older;
        if ((kind == WSYNC_LEAF_OPEN || kind == WSYNC_LEAF_LINK) &&
            !views_add(views, &view, fault)) {
            return false;
        }
    }
    view.checkpoint = facts->checkpoint;
    return views_add(views, &view, fault);
}

bool receipt_check(struct audit *audit, const struct wsync_receipt *receipt,
                   struct views *views, struct receipt_facts *facts, struct audit_fault *fault)
{
    *facts = (struct receipt_facts){.count = 0};
    if (!is_signed(audit, &receipt->checkpoint.checkpoint,
                           &receipt->checkpoint.signature)) {
        return audit_fail(fault, WSYNC_ERR_SIGNATURE,
                          "The checkpoint is not signed by a log key of the roster.");
    }
    if (!read_leaves(receipt, facts, fault) || !check_tree(receipt, facts, fault) ||
        !check_first(audit, receipt, facts, fault) || !check_scope(receipt, facts, fault)) {
        return false;
    }
    const struct wsync_leaf *heads = &facts->leaves[facts->count - 1];
    if (heads->time != receipt->checkpoint.time) {
        return fail(fault, "It says another time than its heads leaf.");
    }
    if (!check_roster(audit, heads, fault)) {
        return false;
    }
    if (!is_signed_then(audit, &receipt->checkpoint, heads->roster_version)) {
        return audit_fail(fault, WSYNC_ERR_SIGNATURE,
                          "The checkpoint is signed by another log key than that of statement "
                          "%" PRIu64 ", which it names.",
                          heads->roster_version);
    }
    return check_views(facts, views, fault);
}

/* ---- against the log ---- */

/* Is the head on the log or on one of its branches? */
static enum wsync_err holds(struct audit *audit, const struct wsync_head *head, bool *there)
{
    static const struct wsync_frontier ALL;
    struct wsync_log log;
    struct wsync_tips tips = {.count = 0};
    struct wsync_hash hash;
    *there = false;
    enum wsync_err err = wsync_log_find(audit->txn, &head->log, &log);
    if (err == WSYNC_OK && log.known) {
        err = wsync_frontier_tips(audit->txn, &ALL, &log, &tips);
    }
    for (size_t i = 0; i <= tips.count && err == WSYNC_OK && !*there; i++) {
        uint32_t number = i < tips.count ? tips.numbers[i] : 0;
        uint32_t rows =
            number > 0 ? 1U << BRANCH_BIT | log.no << BRANCH_SHIFT | number : log.no;
        err = wsync_log_hash(audit->txn, rows, head->seq, &hash);
        *there = err == WSYNC_OK && wsync_hash_equal(&hash, &head->hash);
        err = err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

bool receipt_against_log(struct audit *audit, const struct receipt_facts *facts,
                         struct audit_fault *fault)
{
    char name[AUDIT_NAME_BYTES];
    for (size_t i = 0; i < facts->count; i++) {
        const struct wsync_head *head = &facts->leaves[i].head;
        bool there = true;
        enum wsync_err err = WSYNC_OK;
        if (facts->leaves[i].kind == WSYNC_LEAF_SET) {
            err = holds(audit, head, &there);
        }
        if (err != WSYNC_OK || !there) {
            return audit_fail(fault, err == WSYNC_OK ? WSYNC_ERR_PROOF : err,
                              "Leaf %" PRIu64 " names change %s-%" PRIu64
                              ", which is not here, or is another one.",
                              facts->indexes[i], audit_log_name(&head->log, name), head->seq);
        }
    }
    return true;
}

/* ---- what is here, scope by scope ---- */

struct scopes {
    struct wsync_scope_heads *items; /* ascending */
    size_t count, size;
};

static struct wsync_scope_heads *scope_of(struct scopes *scopes, uint32_t scope)
{
    size_t at = 0;
    while (at < scopes->count && scopes->items[at].scope < scope) {
        at++;
    }
    if (at < scopes->count && scopes->items[at].scope == scope) {
        return &scopes->items[at];
    }
    if (scopes->count == scopes->size) {
        size_t size = scopes->size == 0 ? SCOPES_FIRST : 2 * scopes->size;
        struct wsync_scope_heads *grown = realloc(scopes->items, size * sizeof *grown);
        if (!grown) {
            return NULL;
        }
        scopes->items = grown;
        scopes->size = size;
    }
    memmove(&scopes->items[at + 1], &scopes->items[at],
            (scopes->count - at) * sizeof *scopes->items);
    scopes->items[at] = (struct wsync_scope_heads){.scope = scope};
    scopes->count++;
    return &scopes->items[at];
}

void receipt_add_head(struct wsync_scope_heads *scope, const struct wsync_head *head)
{
    uint8_t seq[8];
    for (size_t i = 0; i < sizeof seq; i++) {
        seq[i] = (uint8_t)(head->seq >> (8 * (sizeof seq - 1 - i)));
    }
    struct wsync_slice parts[] = {wsync_slice_of("wardsync/frontier/v1"),
                                  WSYNC_BYTES(scope->digest), WSYNC_BYTES(head->log),
                                  wsync_slice(seq, sizeof seq), WSYNC_BYTES(head->hash)};
    scope->digest = wsync_hash_parts(parts, sizeof parts / sizeof *parts);
    scope->count++;
}

static enum wsync_err collect(struct audit *audit, struct scopes *scopes)
{
    static const struct wsync_frontier ALL;
    struct wsync_log log;
    enum wsync_err err = wsync_log_after(audit->txn, NULL, &log);
    while (err == WSYNC_OK) { /* ends: each turn passes one log */
        struct wsync_log_id at = log.id;
        struct wsync_tips tips;
        struct wsync_scope_heads *scope = scope_of(scopes, log.scope);
        err = scope ? wsync_frontier_tips(audit->txn, &ALL, &log, &tips) : WSYNC_ERR_MEMORY;
        for (size_t i = 0; err == WSYNC_OK && i < tips.count; i++) {
            receipt_add_head(scope, &tips.items[i]);
        }
        err = err == WSYNC_OK ? wsync_log_after(audit->txn, &at, &log) : err;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err root_of(const struct scopes *scopes, struct wsync_hash *root)
{
    uint8_t(*bytes)[WSYNC_SCOPE_HEADS_BYTES] = calloc(scopes->count + 1, sizeof *bytes);
    struct wsync_slice *leaves = calloc(scopes->count + 1, sizeof *leaves);
    if (bytes && leaves) {
        for (size_t i = 0; i < scopes->count; i++) {
            leaves[i] = wsync_scope_heads_encode(&scopes->items[i], bytes[i]);
        }
        *root = tree_root_of(leaves, scopes->count);
    }
    enum wsync_err err = bytes && leaves ? WSYNC_OK : WSYNC_ERR_MEMORY;
    free(bytes);
    free(leaves);
    return err;
}

/* Is this the one unit here, with exactly these heads?  Of another one it says nothing. */
static bool is_this_scope(const struct scopes *scopes, const struct wsync_scope_heads *wanted,
                          uint32_t top)
{
    bool same = false;
    for (size_t i = 0; i < scopes->count; i++) {
        const struct wsync_scope_heads *here = &scopes->items[i];
        if (here->scope == wanted->scope) {
            same = here->count == wanted->count &&
                   wsync_hash_equal(&here->digest, &wanted->digest);
        } else if (here->scope != top) {
            return false;
        }
    }
    return same;
}

bool receipt_cover(struct audit *audit, const struct receipt_facts *facts,
                   enum receipt_cover *cover, struct audit_fault *fault)
{
    const struct wsync_leaf *heads = &facts->leaves[facts->count - 1];
    struct scopes scopes = {.count = 0};
    struct wsync_roster roster;
    struct wsync_hash root;
    enum wsync_err err = wsync_roster_get(audit->txn, &roster);
    if (err == WSYNC_OK) {
        err = collect(audit, &scopes);
    }
    if (err == WSYNC_OK) {
        err = root_of(&scopes, &root);
    }
    *cover = RECEIPT_COVERS_LESS;
    if (err == WSYNC_OK && scopes.count == heads->scope_count &&
        wsync_hash_equal(&root, &heads->scopes)) {
        *cover = RECEIPT_COVERS_ALL;
    } else if (err == WSYNC_OK && facts->has_scope &&
               is_this_scope(&scopes, &facts->scope, roster.top)) {
        *cover = RECEIPT_COVERS_SCOPE;
    }
    free(scopes.items);
    return err == WSYNC_OK || audit_fail(fault, err, "The logs cannot be added up: %s",
                                         wsync_err_text(err, WSYNC_EN));
}
