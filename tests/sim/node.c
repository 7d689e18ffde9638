/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "tests/sim/parts.h"

enum { EPOCH_S = 1650000000, SETTLE_RUNS_MAX = 64 };

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
    sim_check_said(node, frame);
    sim_link_send(node, session, frame);
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
}

void sim_node_init(struct sim_world *world, size_t number, uint32_t scope)
{
    struct sim_node *node = &world->nodes[number];
    *node = (struct sim_node){.world = world, .disk = sim_disk_new()};
    replica_init(&node->replica, &node->disk->base, world->seed, (uint32_t)number, scope);
    start_program(node);
    sim_node_tell_time(node);
}

void sim_node_fini(struct sim_node *node)
{
    replica_fini(&node->replica); /* closes the disk */
}

size_t sim_node_index(const struct sim_node *node)
{
    return (size_t)(node - node->world->nodes);
}

void sim_node_tell_time(struct sim_node *node)
{
    node->replica.now = EPOCH_S + node->world->now_ms / 1000 + node->clock_offset;
}

void sim_node_restart(struct sim_node *node)
{
    sim_tell(node->world, "restart %zu", sim_node_index(node));
    node->world->statistics.crashes++;
    sim_link_drop(node);
    sim_disk_restart(node->disk);
    wsync_arena_release(&node->replica.arena, 0);
    node->schedule = (struct wsync_schedule){.next_ms = node->world->now_ms};
    start_program(node);
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
    if (wsync_txn_seek(view.txn, WSYNC_TABLE_RELEASED, WSYNC_SEEK_GE, &entry) !=
        WSYNC_ERR_NOT_FOUND) {
        sim_fail(node->world, "node %zu does not look again at what was released",
                 sim_node_index(node));
    }
    sim_view_close(&view);
}

void sim_node_run(struct sim_node *node, const struct wsync_pump_event *events, size_t count)
{
    size_t runs = 0;
    enum wsync_err err;
    do {
        replica_tell_moment(&node->replica);
        err = wsync_pump_run(node->pump, events, count);
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
    if (err == WSYNC_OK && !node->disk->dead) {
        check_settled(node);
    }
    sim_node_revive(node);
    sim_check_step(node);
}
