/* SPDX-License-Identifier: Apache-2.0 */
#include "host/prove_parts.h"

#include <stdlib.h>
#include <string.h>

/* What is being looked for. */
struct search {
    struct wsync_site *site;
    struct wsync_proof_plan *plan;
    struct wsync_dot last; /* change seen last: several operations of one are one touch */
};

void wsync_proof_plan_fini(struct wsync_proof_plan *plan)
{
    free(plan->units);
    plan->units = NULL;
    plan->count = plan->size = 0;
}

enum wsync_err wsync_proof_kept(struct wsync_site *site, uint64_t number,
                                struct wsync_receipt *receipt)
{
    struct wsync_kept_receipt kept = {.number = number - 1};
    enum wsync_err err = wsync_receipt_after(site->txn, &kept);
    if (err == WSYNC_OK && kept.number != number) {
        err = WSYNC_ERR_NOT_FOUND;
    }
    if (err == WSYNC_OK &&
        wsync_receipt_decode(kept.bytes, &site->arena, receipt) != WSYNC_OK) {
        err = WSYNC_ERR_CORRUPT;
    }
    return err;
}

static bool same_end(const struct wsync_proof_unit *a, const struct wsync_proof_unit *b)
{
    return wsync_head_compare(&a->end, &b->end) == 0 && a->receipt == b->receipt &&
           a->by_heads == b->by_heads;
}

static enum wsync_err add_touch(struct wsync_proof_plan *plan,
                                const struct wsync_proof_unit *found, uint64_t seq)
{
    struct wsync_proof_unit *unit = NULL;
    for (size_t i = 0; i < plan->count && !unit; i++) {
        unit = same_end(&plan->units[i], found) ? &plan->units[i] : NULL;
    }
    if (!unit && plan->count == plan->size) {
        size_t size = plan->size == 0 ? 4 : 2 * plan->size;
        struct wsync_proof_unit *grown = realloc(plan->units, size * sizeof *grown);
        if (!grown) {
            return WSYNC_ERR_MEMORY;
        }
        plan->units = grown;
        plan->size = size;
    }
    if (!unit) {
        unit = &plan->units[plan->count++];
        *unit = *found;
        unit->touch_count = 0;
    }
    if (unit->touch_count == WSYNC_PROOF_TOUCHES_MAX) {
        return WSYNC_ERR_OVERSIZE;
    }
    size_t at = unit->touch_count++;
    for (; at > 0 && unit->touches[at - 1] > seq; at--) {
        unit->touches[at] = unit->touches[at - 1];
    }
    unit->touches[at] = seq;
    return WSYNC_OK;
}

/* Where the author's seal at or behind a change stands: one that is kept, or one that this
 * device's own key can set.  0: nowhere. */
static enum wsync_err find_seal(struct wsync_site *site, const struct wsync_log *log,
                                uint64_t seq, uint64_t *sealed)
{
    struct wsync_seal seal;
    bool own = wsync_slice_equal(WSYNC_BYTES(log->signing_key),
                                 WSYNC_BYTES(site->identity.signing_key));
    *sealed = own ? seq : 0;
    if (own) {
        return WSYNC_OK;
    }
    enum wsync_err err = wsync_log_next_seal(site->txn, log->no, seq, &seal);
    if (err == WSYNC_OK && seal.seq <= log->seq) {
        *sealed = seal.seq;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* Is the head on the path that counts here? */
static enum wsync_err stands(struct wsync_site *site, const struct wsync_log *log,
                             const struct wsync_head *head, bool *good)
{
    struct wsync_hash hash;
    *good = false;
    if (!wsync_log_id_equal(&log->id, &head->log) || head->seq > log->seq) {
        return WSYNC_OK;
    }
    enum wsync_err err = wsync_log_hash(site->txn, log->no, head->seq, &hash);
    *good = err == WSYNC_OK && wsync_hash_equal(&hash, &head->hash);
    return err;
}

/* ---- at the district ---- */

static enum wsync_err by_leaf(struct search *search, uint64_t seq,
                              struct wsync_proof_unit *found, bool *good)
{
    struct wsync_txn *txn = search->site->txn;
    struct wsync_head head = {.log = found->log.id, .seq = seq};
    struct wsync_leaf_place place;
    struct wsync_signed_checkpoint last;
    struct wsync_tree tree;
    struct wsync_slice bytes;
    struct wsync_leaf leaf = {.kind = WSYNC_LEAF_OPEN};
    enum wsync_err err = wsync_log_hash(txn, found->log.no, seq, &head.hash);
    if (err == WSYNC_OK) {
        err = wsync_tree_get(txn, &tree);
    }
    if (err == WSYNC_OK) {
        err = wsync_checkpoint_last(txn, &last);
    }
    if (err == WSYNC_OK) {
        err = wsync_tree_find(txn, &head, &place);
    }
    if (err != WSYNC_OK || place.number != tree.number || place.index >= last.checkpoint.size) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    err = wsync_tree_leaf(txn, tree.number, place.index, &bytes);
    if (err == WSYNC_OK && wsync_leaf_decode(bytes, &leaf) == WSYNC_OK &&
        leaf.kind == WSYNC_LEAF_SET) {
        err = stands(search->site, &found->log, &leaf.head, good);
        found->end = leaf.head;
        found->index = place.index;
    }
    return err;
}

/* The district's own changes have no leaf, but a checkpoint names their log's head. */
static enum wsync_err by_heads(struct search *search, struct wsync_proof_unit *found,
                               bool *good)
{
    enum wsync_err err = wsync_receipts_current(search->site, good);
    found->by_heads = true;
    found->end = (struct wsync_head){found->log.id, found->log.seq, found->log.hash};
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* ---- at a ward ---- */

/* The receipt whose leaf of the log is the first at or behind `seq`. */
static enum wsync_err by_receipt(struct search *search, uint64_t seq,
                                 struct wsync_proof_unit *found, bool *good)
{
    struct wsync_arena *arena = &search->site->arena;
    struct wsync_kept_receipt kept = {.number = 0};
    enum wsync_err err = WSYNC_OK;
    while (err == WSYNC_OK) { /* ends: each turn passes one receipt */
        struct wsync_receipt receipt;
        size_t mark = wsync_arena_mark(arena);
        err = wsync_receipt_after(search->site->txn, &kept);
        if (err != WSYNC_OK) {
            break;
        }
        bool holds = kept.verdict == WSYNC_OK &&
                     wsync_receipt_decode(kept.bytes, arena, &receipt) == WSYNC_OK;
        for (size_t i = 0; holds && i < receipt.leaf_count && err == WSYNC_OK; i++) {
            struct wsync_leaf leaf;
            bool fits = false;
            if (wsync_leaf_decode(receipt.leaves[i], &leaf) == WSYNC_OK &&
                leaf.kind == WSYNC_LEAF_SET && leaf.head.seq >= seq &&
                (!*good || leaf.head.seq < found->end.seq)) {
                err = stands(search->site, &found->log, &leaf.head, &fits);
            }
            if (fits) {
                *good = true;
                found->end = leaf.head;
                found->receipt = kept.number;
            }
        }
        wsync_arena_release(arena, mark);
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* ---- both ---- */

static enum wsync_err visit(void *context, struct wsync_dot dot)
{
    struct search *search = context;
    struct wsync_proof_unit found = {.receipt = 0};
    bool good = false;
    if (dot.log_no == search->last.log_no && dot.seq == search->last.seq) {
        return WSYNC_OK;
    }
    search->last = dot;
    search->plan->touches++;
    enum wsync_err err = wsync_log_get(search->site->txn, dot.log_no, &found.log);
    if (err == WSYNC_OK && search->site->conf.kind == WSYNC_SITE_WARD) {
        err = by_receipt(search, dot.seq, &found, &good);
    } else if (err == WSYNC_OK) {
        err = by_leaf(search, dot.seq, &found, &good);
        if (err == WSYNC_OK && !good) {
            err = by_heads(search, &found, &good);
        }
    }
    if (err == WSYNC_OK && good) {
        err = find_seal(search->site, &found.log, found.end.seq, &found.sealed);
        good = found.sealed > 0;
    }
    if (err == WSYNC_OK && good) {
        return add_touch(search->plan, &found, dot.seq);
    }
    search->plan->unproven += err == WSYNC_OK;
    return err;
}

static int compare(const void *a, const void *b)
{
    const struct wsync_proof_unit *one = a;
    const struct wsync_proof_unit *other = b;
    if (one->by_heads != other->by_heads) {
        return one->by_heads ? 1 : -1;
    }
    if (one->receipt != other->receipt) {
        return one->receipt < other->receipt ? -1 : 1;
    }
    return one->index < other->index ? -1 : one->index > other->index;
}

enum wsync_err wsync_proof_plan(struct wsync_site *site, struct wsync_dot record,
                                struct wsync_proof_plan *plan)
{
    struct search search = {.site = site, .plan = plan};
    *plan = (struct wsync_proof_plan){.count = 0};
    enum wsync_err err = wsync_ledger_history(site->txn, record, visit, &search);
    if (err == WSYNC_OK && plan->count > 0) {
        qsort(plan->units, plan->count, sizeof *plan->units, compare);
    }
    return err;
}
