/* SPDX-License-Identifier: Apache-2.0 */
#include "host/receipts.h"

#include <string.h>

#include "host/tlog.h"
#include "wardsync/crypto.h"

/* The tree that grows and its last checkpoint; NOT_FOUND when none was signed of it. */
static enum wsync_err find(struct wsync_site *site, struct wsync_tree *tree,
                           struct wsync_signed_checkpoint *last)
{
    enum wsync_err err = wsync_tree_get(site->txn, tree);
    if (err == WSYNC_OK) {
        err = wsync_checkpoint_last(site->txn, last);
    }
    bool its = err == WSYNC_OK && last->checkpoint.size > 0 &&
               memcmp(last->checkpoint.tree, tree->id, sizeof tree->id) == 0;
    return err == WSYNC_OK && !its ? WSYNC_ERR_NOT_FOUND : err;
}

static enum wsync_err read_heads(struct wsync_site *site, uint32_t number, uint64_t size,
                                 struct wsync_leaf *heads)
{
    struct wsync_slice bytes;
    enum wsync_err err = wsync_tree_leaf(site->txn, number, size - 1, &bytes);
    if (err == WSYNC_OK) {
        err = wsync_leaf_decode(bytes, heads) == WSYNC_OK ? WSYNC_OK : WSYNC_ERR_CORRUPT;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
}

enum wsync_err wsync_receipts_now(struct wsync_site *site,
                                  const struct wsync_receipts_query *query,
                                  struct wsync_receipt *receipt)
{
    struct wsync_tree tree;
    struct wsync_scopes scopes;
    *receipt = (struct wsync_receipt){.old_size = query->old_size};
    enum wsync_err err = find(site, &tree, &receipt->checkpoint);
    if (err == WSYNC_OK && query->size > 0) {
        err = wsync_tree_checkpoint(site->txn, &tree, query->size, &receipt->checkpoint);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    uint64_t size = receipt->checkpoint.checkpoint.size;
    uint64_t *indexes = wsync_arena_array(&site->arena, query->count + 1, sizeof *indexes);
    if (query->count > WSYNC_PROVE_HEADS_MAX || query->old_size > size ||
        (query->count > 0 && query->indexes[query->count - 1] >= size)) {
        return WSYNC_ERR_INVALID;
    }
    if (!indexes) {
        return WSYNC_ERR_MEMORY;
    }
    for (size_t i = 0; i < query->count; i++) {
        indexes[i] = query->indexes[i];
    }
    indexes[query->count] = size - 1;
    receipt->indexes = indexes;
    receipt->leaf_count = query->count + 1;
    if (query->count > 0 && indexes[query->count - 1] == size - 1) {
        receipt->leaf_count--; /* it was asked for by itself */
    }
    err = wsync_receipt_fill(site->txn, &site->arena, tree.number, receipt);
    if (err == WSYNC_OK && query->scope > 0) {
        err = wsync_scopes_collect(site->txn, &site->arena, &scopes);
    }
    return err == WSYNC_OK && query->scope > 0
               ? wsync_receipt_fill_scope(&site->arena, &scopes, query->scope, receipt)
               : err;
}

/* What the desk has of it; wiped by the caller. */
static void load_key(const struct wsync_site *site, struct wsync_desk *desk)
{
    char path[WSYNC_SITE_PATH_BYTES];
    struct wsync_signing_pair pair;
    *desk = (struct wsync_desk){.has_log = false};
    if (wsync_keys_load_signing(wsync_site_file(site->path, "keys/log.key", path), &pair,
                                NULL) == WSYNC_OK) {
        desk->has_log = true;
        desk->log = pair.secret;
        wsync_wipe(&pair, sizeof pair);
    }
}

enum wsync_err wsync_receipts_sign(struct wsync_site *site, struct wsync_error *error)
{
    struct wsync_desk desk;
    load_key(site, &desk);
    enum wsync_err err = desk.has_log ? wsync_tlog_begin(site, &desk, error) : WSYNC_OK;
    wsync_wipe(&desk, sizeof desk);
    return err;
}

enum wsync_err wsync_receipts_key(struct wsync_site *site, enum wsync_log_key *key)
{
    struct wsync_roster roster;
    struct wsync_desk desk;
    enum wsync_err err = wsync_roster_get(site->txn, &roster);
    if (err != WSYNC_OK) {
        return err;
    }
    load_key(site, &desk);
    *key = !desk.has_log                        ? WSYNC_LOG_KEY_MISSING
           : wsync_log_can_sign(&roster, &desk) ? WSYNC_LOG_KEY_IN_FORCE
                                                : WSYNC_LOG_KEY_OTHER;
    wsync_wipe(&desk, sizeof desk);
    return WSYNC_OK;
}

enum wsync_err wsync_receipts_signed(struct wsync_site *site, uint64_t size,
                                     struct wsync_signed_checkpoint *checkpoint)
{
    struct wsync_tree tree;
    enum wsync_err err = wsync_tree_get(site->txn, &tree);
    return err == WSYNC_OK ? wsync_tree_checkpoint(site->txn, &tree, size, checkpoint) : err;
}

enum wsync_err wsync_receipts_current(struct wsync_site *site, bool *current)
{
    struct wsync_tree tree;
    struct wsync_signed_checkpoint last;
    struct wsync_leaf heads;
    struct wsync_scopes scopes;
    struct wsync_roster roster;
    size_t mark = wsync_arena_mark(&site->arena);
    enum wsync_err err = find(site, &tree, &last);
    *current = false;
    if (err == WSYNC_OK) {
        err = read_heads(site, tree.number, last.checkpoint.size, &heads);
    }
    if (err == WSYNC_OK) {
        err = wsync_roster_get(site->txn, &roster);
    }
    if (err == WSYNC_OK) {
        err = wsync_scopes_collect(site->txn, &site->arena, &scopes);
    }
    if (err == WSYNC_OK) {
        *current = wsync_hash_equal(&scopes.root, &heads.scopes) &&
                   wsync_hash_equal(&roster.hash, &heads.roster_hash);
    }
    wsync_arena_release(&site->arena, mark);
    return err;
}
