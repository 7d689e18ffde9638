/* SPDX-License-Identifier: Apache-2.0 */
/* The district's transparency log in a schedule: what is acknowledged is under a leaf, no
 * receipt goes beyond the durable leaves, all receipts of one tree are of one log, and in the
 * end every ward has a receipt for what it handed in and no alarm.  [S15.10, S15.14, S15.15,
 * S15.17, S15.24, S15.26; invariants 2 and 12] */
#include <string.h>

#include "tests/sim/tlog.h"
#include "wardsync/receipt.h"
#include "wardsync/restore.h"
#include "wardsync/tree.h"

void sim_tlog_open(struct sim_node *district)
{
    struct sim_world *world = district->world;
    replica_open_log(&district->replica, &world->installation);
    world->spoken = (struct wsync_checkpoint){.size = 0};
}

/* An admin says that the district's disk is an old copy. */
void sim_tlog_restored(struct sim_node *district)
{
    struct sim_world *world = district->world;
    struct wsync_txn *txn;
    WSYNC_ASSERT(wsync_store_begin(district->replica.store, WSYNC_TXN_WRITE, &txn) == WSYNC_OK);
    WSYNC_ASSERT(wsync_retire_all(&district->replica.ledger, txn) == WSYNC_OK);
    WSYNC_ASSERT(wsync_txn_commit(txn) == WSYNC_OK);
    sim_tell(world, "the district is told that it went back");
    world->untold = false;
    sim_tlog_open(district);
    sim_check_step(district);
}

/* The district's disk went back.  Some admins say so at once, some only in the end: meanwhile
 * devices that saw more refuse it. */
void sim_tlog_went_back(struct sim_node *district)
{
    struct sim_world *world = district->world;
    if (!world->keeps_log) {
        return;
    }
    world->untold = world->ever_untold = true;
    if (sim_random_below(&world->random, 3) > 0) {
        sim_tlog_restored(district);
        world->ever_untold = world->was_untold;
    }
    world->was_untold = world->ever_untold;
}

/* ---- what is said ---- */

static void check_acked(struct sim_node *district, struct wsync_txn *txn,
                        const struct wsync_head *head)
{
    struct wsync_log log;
    struct wsync_leaf_place place;
    bool held = wsync_log_find(txn, &head->log, &log) == WSYNC_OK;
    bool own = held && wsync_device_id_equal(&log.device, &district->replica.identity.device);
    if (held && !own && wsync_tree_find(txn, head, &place) != WSYNC_OK) {
        sim_fail(district->world, "the district acknowledges seq %llu without a leaf",
                 (unsigned long long)head->seq);
    }
}

/* By the leaves alone; nodes that are stored are not looked at. */
static bool root_is(struct wsync_txn *txn, uint32_t number,
                    const struct wsync_checkpoint *checkpoint)
{
    struct wsync_hash parts[64];
    size_t count = 0;
    for (uint64_t index = 0; index < checkpoint->size; index++) {
        struct wsync_slice leaf;
        if (wsync_tree_leaf(txn, number, index, &leaf) != WSYNC_OK) {
            return false;
        }
        struct wsync_hash hash = wsync_merkle_leaf(leaf);
        for (uint64_t at = index; (at & 1) == 1; at >>= 1) {
            hash = wsync_merkle_node(&parts[--count], &hash);
        }
        parts[count++] = hash;
    }
    struct wsync_hash root = parts[count - 1];
    for (size_t i = count - 1; i-- > 0;) {
        root = wsync_merkle_node(&parts[i], &root);
    }
    return wsync_hash_equal(&root, &checkpoint->root);
}

static void check_receipt(struct sim_node *district, struct wsync_txn *txn,
                          const struct wsync_checkpoint *said)
{
    struct sim_world *world = district->world;
    struct wsync_tree tree;
    struct wsync_checkpoint *before = &world->spoken;
    bool good = wsync_tree_get(txn, &tree) == WSYNC_OK && said->size <= tree.size &&
                root_is(txn, tree.number, said);
    if (!good) {
        sim_fail(world, "a receipt of %llu leaves is not of those that are durable",
                 (unsigned long long)said->size);
    } else if (memcmp(before->tree, said->tree, sizeof said->tree) == 0 && !world->untold &&
               (before->size > said->size || !root_is(txn, tree.number, before))) {
        sim_fail(world, "receipts of %llu and %llu leaves are of two logs",
                 (unsigned long long)before->size, (unsigned long long)said->size);
    }
    *before = *said;
}

void sim_tlog_check_said(struct sim_node *node, const struct wsync_session *session,
                         const struct wsync_message *message)
{
    const struct wsync_ack *said = &message->ack;
    bool ack = message->type == WSYNC_MESSAGE_ACK;
    if (!node->world->keeps_log || sim_node_index(node) != 0 ||
        (!ack && message->type != WSYNC_MESSAGE_RECEIPT)) {
        return;
    }
    struct sim_view view = sim_view_open(node, WSYNC_TXN_READ);
    if (ack) {
        const struct wsync_head own = replica_acked(view.txn, session, said);
        for (size_t i = 0; i < said->count; i++) {
            check_acked(node, view.txn, &said->items[i]);
        }
        if (own.seq > 0) {
            check_acked(node, view.txn, &own);
        }
    } else {
        check_receipt(node, view.txn, &message->receipt.checkpoint.checkpoint);
    }
    sim_view_close(&view);
}

/* ---- in the end ---- */

/* A device whose frames were bent, or that somebody lied to, may have cause for an alarm. */
static void check_ward(struct sim_node *node)
{
    struct sim_world *world = node->world;
    struct wsync_head heads[WSYNC_PROVE_HEADS_MAX];
    uint64_t alarms = 0;
    size_t wanted = 0;
    struct sim_view view = sim_view_open(node, WSYNC_TXN_READ);
    WSYNC_ASSERT(wsync_receipt_alarms(view.txn, &alarms) == WSYNC_OK);
    WSYNC_ASSERT(wsync_receipt_wanted(view.txn, &node->replica.identity.device, false, heads,
                                      &wanted) == WSYNC_OK);
    sim_view_close(&view);
    if (alarms > 0 && !world->bent && !world->ever_untold && !node->lied_to) {
        sim_fail(world, "node %zu has %llu alarms of an honest district", sim_node_index(node),
                 (unsigned long long)alarms);
    } else if (wanted > 0) {
        sim_fail(world, "node %zu has no receipt for change %llu", sim_node_index(node),
                 (unsigned long long)heads[0].seq);
    }
    world->statistics.alarms += alarms;
}

void sim_tlog_check_end(struct sim_world *world)
{
    for (size_t i = 1; i < world->node_count && world->keeps_log && !world->failed; i++) {
        struct sim_node *node = &world->nodes[i];
        if (!node->stranger && !node->revoked && !node->evil && node->enrolled) {
            check_ward(node);
        }
    }
}
