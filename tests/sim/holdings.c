/* SPDX-License-Identifier: Apache-2.0 */
/* What the disks hold, in terms of the book. */
#include <stdio.h>

#include "core/branch.h"
#include "tests/sim/parts.h"

static bool is_district(const struct sim_node *node)
{
    return sim_node_index(node) == 0;
}

/* Takes a log of the node's own device into the book, from its first change that is not there.
 */
static void learn_own(struct sim_node *node, struct wsync_txn *txn, const struct wsync_log *log)
{
    struct sim_world *world = node->world;
    struct sim_book *book = &world->book;
    struct wsync_slice bytes;
    struct wsync_genesis genesis;
    struct wsync_change change;
    uint16_t index = sim_book_log(book, &log->id);
    uint16_t before = SIM_NONE;
    uint64_t seq = log->seq;
    size_t mark = wsync_arena_mark(&world->arena);
    if (index == SIM_NONE) {
        WSYNC_ASSERT(wsync_log_genesis(txn, log->no, &bytes) == WSYNC_OK);
        WSYNC_ASSERT(wsync_genesis_decode(bytes, &world->arena, &genesis) == WSYNC_OK);
        index = sim_book_open(book, log, genesis.stamp, is_district(node));
    }
    while (seq > 0 && before == SIM_NONE) {
        struct wsync_hash hash;
        WSYNC_ASSERT(wsync_log_hash(txn, log->no, seq, &hash) == WSYNC_OK);
        before = sim_book_change(book, index, seq, &hash);
        seq -= before == SIM_NONE;
    }
    while (seq++ < log->seq) {
        WSYNC_ASSERT(wsync_log_change(txn, log->no, seq, &change) == WSYNC_OK);
        sim_trace_bytes(&world->trace, WSYNC_BYTES(change.hash));
        before = sim_book_learn(book, (struct sim_place){index, before}, &change.raw,
                                &change.hash, &world->arena);
        world->statistics.writes++;
    }
    wsync_arena_release(&world->arena, mark);
}

static void hold(struct sim_node *node, uint16_t log, uint64_t seq,
                 const struct wsync_hash *hash, bool aside)
{
    uint16_t change = SIM_NONE;
    if (seq > 0) {
        change = sim_book_change(&node->world->book, log, seq, hash);
    }
    if (log == SIM_NONE || (seq > 0 && change == SIM_NONE)) {
        sim_fail(node->world, "node %zu holds changes that nobody committed",
                 sim_node_index(node));
        return;
    }
    WSYNC_ASSERT(node->holding_count < SIM_HOLDINGS_MAX);
    node->holdings[node->holding_count++] = (struct sim_holding){log, change, aside};
}

static void hold_log(struct sim_node *node, struct wsync_txn *txn, const struct wsync_log *log)
{
    struct wsync_branch branch = {.number = 0};
    if (wsync_device_id_equal(&log->device, &node->replica.identity.device)) {
        learn_own(node, txn, log);
    }
    uint16_t index = sim_book_log(&node->world->book, &log->id);
    hold(node, index, log->seq, &log->hash, false);
    while (!node->world->failed &&
           wsync_branch_after(txn, log->no, branch.number, &branch) == WSYNC_OK) {
        hold(node, index, branch.seq, &branch.hash, true);
    }
}

/* Nothing that was durable is gone: no change of a log or of a branch.  [S5.23, S5.27, S5.31,
 * S9.38] */
static void check_kept(struct sim_node *node, const struct sim_holding *before, size_t count)
{
    for (size_t i = 0; i < count && !node->world->failed; i++) {
        if (before[i].change != SIM_NONE && !sim_holds(node, before[i].change)) {
            const struct sim_change *gone = &node->world->book.changes[before[i].change];
            sim_fail(node->world, "node %zu lost change %u of log %u", sim_node_index(node),
                     gone->seq, gone->log);
        }
    }
}

void sim_holdings_read(struct sim_node *node)
{
    static struct sim_holding before[SIM_HOLDINGS_MAX];
    size_t count = node->holding_count;
    struct wsync_log log;
    struct wsync_log_id at;
    const struct wsync_log_id *after = NULL;
    if (node->seen_commits == node->disk->commits && !node->rolled) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        before[i] = node->holdings[i];
    }
    struct sim_view view = sim_view_open(node, WSYNC_TXN_READ);
    node->holding_count = 0;
    while (!node->world->failed && wsync_log_after(view.txn, after, &log) == WSYNC_OK) {
        hold_log(node, view.txn, &log);
        at = log.id;
        after = &at;
    }
    sim_view_close(&view);
    if (!node->rolled) {
        check_kept(node, before, count);
    }
    node->rolled = false;
    node->seen_commits = node->disk->commits;
}

bool sim_holds(const struct sim_node *node, uint16_t change)
{
    const struct sim_book *book = &node->world->book;
    for (size_t i = 0; i < node->holding_count; i++) {
        uint16_t last = node->holdings[i].change;
        if (last != SIM_NONE && book->changes[last].log == book->changes[change].log &&
            sim_book_at(book, last, book->changes[change].seq) == change) {
            return true;
        }
    }
    return false;
}

uint16_t sim_holds_last(const struct sim_node *node, uint16_t log)
{
    for (size_t i = 0; i < node->holding_count; i++) {
        if (node->holdings[i].log == log && !node->holdings[i].aside) {
            return node->holdings[i].change;
        }
    }
    return SIM_NONE;
}

void sim_holdings_tell(struct sim_world *world)
{
    for (size_t i = 0; i < world->book.log_count; i++) {
        const struct sim_log *log = &world->book.logs[i];
        fprintf(stderr, "log %zu of unit %u, device %02x%02x:", i, log->scope, log->device.b[0],
                log->device.b[1]);
        for (size_t k = 0; k < world->node_count; k++) {
            const struct sim_node *node = &world->nodes[k];
            for (size_t n = 0; n < node->holding_count; n++) {
                const struct sim_holding *holding = &node->holdings[n];
                if (holding->log == i && holding->change != SIM_NONE) {
                    fprintf(stderr, "  %zu:%u%s(%u)", k,
                            world->book.changes[holding->change].seq,
                            holding->aside ? " aside" : "", holding->change);
                }
            }
        }
        fputc('\n', stderr);
    }
}
