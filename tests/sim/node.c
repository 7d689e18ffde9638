/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "core/ledger_parts.h"
#include "tests/sim/arena_short.h"
#include "tests/sim/harm.h"
#include "tests/sim/parts.h"
#include "tests/store_mem.h"

enum { SMALL_PART_BYTES = 2000, EPOCH_S = 1650000000, SETTLE_RUNS_MAX = 64 };

/* Pumps are large; they are made once and serve every schedule. */
static struct {
    struct wsync_pump pump;
    void *memory;
} pool[SIM_NODES_MAX];

static void send_frame(void *context, struct wsync_session *session, struct wsync_slice frame)
{
    struct sim_node *node = context;
    if (node->disk->dead) {
        if (node->says_before_death == 0) {
            return;
        }
        node->says_before_death--;
    }
    uint64_t plan = sim_arena_plan(0);
    sim_check_said(node, session, frame);
    sim_link_send(node, session, frame);
    sim_arena_plan(plan);
}

static void close_session(void *context, struct wsync_session *session)
{
    struct sim_node *node = context;
    if (!node->disk->dead || node->says_before_death > 0) {
        sim_link_close(node, session);
    }
}

static void start_program(struct sim_node *node)
{
    size_t number = sim_node_index(node);
    size_t bytes = (wsync_pump_bytes() + 15) / 16 * 16;
    if (!pool[number].memory) {
        pool[number].memory = aligned_alloc(16, bytes);
        WSYNC_ASSERT(pool[number].memory);
    }
    node->pump = &pool[number].pump;
    node->sink = (struct wsync_sink){node, send_frame, close_session};
    wsync_catalog_init(node->replica.catalog);
    wsync_pump_init(node->pump, node->replica.store, &node->replica.ledger, &node->sink,
                    pool[number].memory);
    if ((node->world->seed + number) % 4 > 0) { /* what the default is not reached by */
        node->pump->bytes_max = 1 + (node->world->seed + number) % 4 / 2 * SMALL_PART_BYTES;
    }
}

void sim_node_init(struct sim_world *world, size_t number, uint32_t key, uint32_t scope)
{
    struct sim_node *node = &world->nodes[number];
    *node = (struct sim_node){.world = world, .disk = sim_disk_new(), .rolled = true};
    replica_init(&node->replica, &node->disk->base, world->seed, key, scope);
    node->key = key;
    node->shelf = sim_shelf_new(node->disk);
    node->replica.ledger.blobs = &node->shelf->base;
    sim_keys_init(node);
    start_program(node);
    sim_node_tell_time(node);
}

void sim_node_fini(struct sim_node *node)
{
    sim_back_forget(node);
    wsync_blobs_close(&node->shelf->base);
    replica_fini(&node->replica); /* closes the disk */
}

size_t sim_node_index(const struct sim_node *node)
{
    return (size_t)(node - node->world->nodes);
}

void sim_node_tell_time(struct sim_node *node)
{
    if (!node->clock_stuck) {
        node->replica.now = EPOCH_S + node->world->now_ms / 1000 + node->clock_offset;
    }
}

/* What a program does first: it goes on with what was left to be looked at.  It may lose power
 * over it again, and doing it twice does it once. */
static void recover(struct sim_node *node)
{
    struct sim_world *world = node->world;
    size_t runs = 0;
    enum wsync_err err = WSYNC_OK;
    if (sim_has(world, SIM_RECOVERY_CRASHES) && sim_random_below(&world->random, 2) == 0) {
        bool before = sim_random_below(&world->random, 2) == 0;
        sim_struck(world, SIM_RECOVERY_CRASHES);
        sim_disk_plan(node->disk, before ? SIM_CRASH_BEFORE_COMMIT : SIM_CRASH_AFTER_COMMIT);
    }
    do {
        replica_tell_moment(&node->replica);
        err = wsync_pump_run(node->pump, NULL, 0);
    } while (err == WSYNC_OK && node->pump->more && ++runs < SETTLE_RUNS_MAX);
    if (node->disk->dead) {
        world->statistics.crashes++;
    } else if (err == WSYNC_OK && sim_random_below(&world->random, 4) == 0) {
        uint64_t image = sim_image(node);
        err = wsync_pump_run(node->pump, NULL, 0);
        if (err == WSYNC_OK && !node->disk->dead && sim_image(node) != image) {
            sim_fail(world, "node %zu recovers twice, differently", sim_node_index(node));
        }
    }
}

/* Every so often the store is what a program left that did not keep the records behind a cell,
 * and the one that starts now makes them. */
static void be_older(struct sim_node *node)
{
    static const uint64_t EVERY = 4;
    struct wsync_entry row = {.key = {NULL, 0}};
    struct wsync_txn *txn;
    bool faulty = node->disk->full || wsync_store_mem_fault_is_planned(node->disk->inner);
    if (faulty || node->world->statistics.crashes % EVERY > 0) {
        return;
    }
    WSYNC_ASSERT(wsync_store_begin(node->disk->inner, WSYNC_TXN_WRITE, &txn) == WSYNC_OK);
    while (wsync_txn_seek(txn, WSYNC_TABLE_COUNTED, WSYNC_SEEK_GE, &row) == WSYNC_OK) {
        uint8_t key[WSYNC_KEY_BYTES_MAX];
        memcpy(key, row.key.data, row.key.len);
        WSYNC_ASSERT(wsync_txn_del(txn, WSYNC_TABLE_COUNTED,
                                   wsync_slice(key, row.key.len)) == WSYNC_OK);
        row.key = wsync_slice(NULL, 0);
    }
    WSYNC_ASSERT(wsync_txn_del(txn, WSYNC_TABLE_META, wsync_slice_of("counted")) == WSYNC_OK);
    WSYNC_ASSERT(wsync_txn_commit(txn) == WSYNC_OK);
    replica_bring_up_to_date(&node->replica);
}

void sim_node_restart(struct sim_node *node)
{
    sim_tell(node->world, "restart %zu", sim_node_index(node));
    node->world->statistics.crashes++;
    sim_link_drop(node);
    wsync_arena_release(&node->replica.arena, 0);
    node->schedule = (struct wsync_schedule){.next_ms = node->world->now_ms};
    do { /* ends: the dice say so */
        sim_disk_restart(node->disk);
        sim_shelf_restart(node->shelf, &node->world->random);
        start_program(node);
        be_older(node);
        recover(node);
    } while (node->disk->dead);
    sim_keys_choose(node);
}

void sim_node_revive(struct sim_node *node)
{
    if (node->disk->dead) {
        sim_node_restart(node);
    }
}

/* A run that ended well left nothing to look at again. */
static void check_settled(struct sim_node *node)
{
    struct sim_view view = sim_view_open(node, WSYNC_TXN_READ);
    struct wsync_entry entry = {.key = {NULL, 0}};
    /* What is parked waits for others to send what it names. */
    if (wsync_txn_seek(view.txn, WSYNC_TABLE_RELEASED, WSYNC_SEEK_GE, &entry) == WSYNC_OK &&
        entry.key.data[0] != WSYNC_CAUSE_PARKED) {
        sim_fail(node->world, "node %zu does not look again at what was released",
                 sim_node_index(node));
    }
    sim_view_close(&view);
}

/* Where memory ends in the next run, early or late in it. */
static void plan_memory(struct sim_node *node)
{
    struct sim_random *random = &node->world->random;
    if (node->short_runs > 0) {
        node->short_runs--;
        sim_arena_plan(1 + sim_random_below(random, sim_random_below(random, 2) ? 30 : 200));
    }
}

void sim_node_run(struct sim_node *node, const struct wsync_pump_event *events, size_t count)
{
    size_t runs = 0;
    enum wsync_err err;
    do {
        replica_tell_moment(&node->replica);
        plan_memory(node);
        err = wsync_pump_run(node->pump, events, count);
        sim_arena_plan(0);
        if (err != WSYNC_OK) {
            sim_tell(node->world, "node %zu: %s", sim_node_index(node), wsync_err_name(err));
            node->world->statistics.store_faults++;
            break;
        }
        count = 0;
    } while (node->pump->more && !node->disk->dead && ++runs < SETTLE_RUNS_MAX);
    if (runs == SETTLE_RUNS_MAX) {
        sim_fail(node->world, "node %zu never settles", sim_node_index(node));
    }
    if (node->pump->arena.used != 0) {
        sim_fail(node->world, "node %zu: the pump keeps memory", sim_node_index(node));
    }
    if (err == WSYNC_OK && !node->disk->dead && !node->damaged) {
        check_settled(node);
    }
    sim_node_revive(node);
    sim_check_step(node);
}
