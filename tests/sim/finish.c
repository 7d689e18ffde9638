/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a schedule: faults off, then everything must converge within bounds (liveness),
 * and what converged must be what the model says, with nothing lost and nothing counted twice.
 */
#include <string.h>

#include "tests/sim/parts.h"

enum { HEAL_STEPS_MAX = 4000, CROWD_ROUNDS = 1, ROUNDS = 3, RECOMPUTE_EVERY = 6 };

static void heal(struct sim_world *world)
{
    sim_tell(world, "faults off");
    world->faults = 0;
    for (size_t i = 0; i < world->node_count; i++) {
        struct sim_node *node = &world->nodes[i];
        sim_disk_heal(node->disk);
        if (!node->enrolled && !node->invited && !node->stranger) {
            sim_office_enrol(node);
        }
    }
    for (size_t i = 0; i < SIM_LINKS_MAX; i++) {
        world->links[i].to[SIM_WARD_END].silent = false;
        world->links[i].to[SIM_DISTRICT_END].silent = false;
    }
}

/* Delivers until no line is in use; what hangs must end by its deadline. */
static void drain(struct sim_world *world)
{
    for (int steps = 0; sim_link_any(world) && !world->failed; steps++) {
        enum sim_end end = (enum sim_end)sim_random_below(&world->random, 2);
        if (!sim_link_deliver(world, end) && !sim_link_deliver(world, (enum sim_end) !end)) {
            int64_t next = sim_time_next(world);
            sim_time_pass(world, next > world->now_ms ? next - world->now_ms : 0);
        }
        if (steps > HEAL_STEPS_MAX) {
            sim_fail(world, "lines stay open though nothing is under way");
        }
    }
}

/* Everybody at once. */
static void sync_crowd(struct sim_world *world)
{
    for (size_t i = 1; i < world->node_count && !world->failed; i++) {
        world->nodes[i].schedule.next_ms = world->now_ms;
        (void)sim_link_connect(&world->nodes[i]);
    }
    drain(world);
}

/* What a session on a line without faults must end with. */
static enum wsync_err expected_result(const struct sim_node *device)
{
    if (device->stranger) {
        return WSYNC_ERR_DEVICE;
    }
    return device->revoked ? WSYNC_ERR_REVOKED : WSYNC_OK;
}

/* One whole session without faults and without waiting: nothing may hang. */
static void sync_one(struct sim_node *device)
{
    struct sim_world *world = device->world;
    device->schedule.next_ms = world->now_ms;
    device->ended = false;
    WSYNC_ASSERT(sim_link_connect(device));
    while (!world->failed && (sim_link_deliver(world, SIM_DISTRICT_END) ||
                              sim_link_deliver(world, SIM_WARD_END))) {
        /* goes on */
    }
    if (!world->failed && (!device->ended || sim_link_any(world))) {
        sim_fail(world, "the session of %zu hangs on a good line", sim_node_index(device));
    }
}

static bool takes_part(const struct sim_node *node)
{
    return !node->stranger && !node->revoked;
}

static void sync_all(struct sim_world *world, int round)
{
    for (size_t i = 1; i < world->node_count && !world->failed; i++) {
        struct sim_node *device = &world->nodes[i];
        if (device->invited && !device->enrolled) {
            sync_one(device);
        }
        if (!world->failed) {
            sync_one(device);
        }
        if (!world->failed && device->result != expected_result(device)) {
            sim_fail(world, "round %d: the session of %zu ends with %s", round, i,
                     wsync_err_name(device->result));
        }
        bool moved = device->counts.changes_sent + device->counts.changes_taken > 0;
        if (!world->failed && round == ROUNDS - 1 && moved && takes_part(device)) {
            sim_fail(world, "round %d: the session of %zu still moves changes", round, i);
        }
    }
}

/* Every change of a surviving device is at the district. */
static void check_nothing_lost(struct sim_world *world)
{
    const struct sim_model *model = &world->model;
    for (size_t i = 0; i < world->node_count; i++) {
        struct sim_node *node = &world->nodes[i];
        for (size_t log = 0; log < model->log_count; log++) {
            bool own =
                wsync_device_id_equal(&model->logs[log].device, &node->replica.identity.device);
            if (own && takes_part(node) &&
                world->nodes[0].heads[log] != model->logs[log].count) {
                sim_fail(world, "the district holds %u of %u changes of node %zu",
                         world->nodes[0].heads[log], model->logs[log].count, i);
            }
            if (own && node->stranger) {
                sim_fail(world, "a stranger wrote a log");
            }
        }
    }
}

/* The digest of the node's state of one unit, from its store or anew from its logs. */
static struct wsync_hash digest_of(struct sim_node *node, uint32_t scope, bool anew)
{
    struct wsync_hash digest = anew ? replica_recomputed_digest(&node->replica, scope)
                                    : replica_digest(&node->replica, scope);
    sim_trace_bytes(&node->world->trace, WSYNC_BYTES(digest));
    return digest;
}

static void compare_digest(struct sim_node *node, uint32_t scope, const struct wsync_hash *with,
                           bool anew)
{
    struct wsync_hash digest = digest_of(node, scope, anew);
    if (!wsync_hash_equal(&digest, with)) {
        sim_fail(node->world, "node %zu: the %sdigest of unit %u is not the district's",
                 sim_node_index(node), anew ? "recomputed " : "", scope);
    }
}

static void compare_digests(struct sim_world *world)
{
    /* In half of the schedules one device builds its state anew, which costs a seal a change.
     */
    size_t chosen = (size_t)sim_random_below(&world->random, 2 * world->node_count);
    bool everyone = sim_random_once_in(&world->random, RECOMPUTE_EVERY);
    for (uint32_t scope = 1; scope <= world->scope_count && !world->failed; scope++) {
        struct wsync_hash district = digest_of(&world->nodes[0], scope, false);
        for (size_t i = 1; i < world->node_count; i++) {
            struct sim_node *node = &world->nodes[i];
            bool reads = scope == REPLICA_TOP || scope == node->replica.scope;
            if (!reads || !takes_part(node)) {
                continue;
            }
            compare_digest(node, scope, &district, false);
            if (scope != REPLICA_TOP && (i == chosen || everyone)) {
                compare_digest(node, scope, &district, true);
            }
        }
    }
    struct wsync_hash whole = digest_of(&world->nodes[0], 0, false);
    compare_digest(&world->nodes[0], 0, &whole, true);
}

void sim_world_finish(struct sim_world *world)
{
    heal(world);
    drain(world);
    for (int round = 0; round < CROWD_ROUNDS && !world->failed; round++) {
        sync_crowd(world);
    }
    for (int round = 0; round < ROUNDS && !world->failed; round++) {
        sync_all(world, round);
    }
    for (size_t i = 0; i < world->node_count && !world->failed; i++) {
        sim_check_step(&world->nodes[i]);
        sim_check_logs(&world->nodes[i]);
        if (!world->failed && !world->nodes[i].stranger) {
            sim_compare(&world->nodes[i]);
        }
        if (!world->failed && world->state.waiting > 0 && takes_part(&world->nodes[i])) {
            sim_fail(world, "node %zu: %zu changes wait though all arrived", i,
                     world->state.waiting);
        }
    }
    if (!world->failed) {
        check_nothing_lost(world);
    }
    if (!world->failed) {
        compare_digests(world);
    }
}
