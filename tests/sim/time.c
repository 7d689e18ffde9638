/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/parts.h"

static struct sim_node *holder(struct sim_world *world, const struct sim_link *link, int end)
{
    return &world->nodes[end == SIM_WARD_END ? link->ward : 0];
}

/* Ticks the sessions of one node that are due. */
static void tick(struct sim_node *node)
{
    struct sim_world *world = node->world;
    struct wsync_pump_event events[2 * SIM_LINKS_MAX];
    size_t count = 0;
    sim_node_tell_time(node);
    for (size_t i = 0; i < SIM_LINKS_MAX; i++) {
        struct sim_link *link = &world->links[i];
        for (int end = 0; end < 2; end++) {
            if (link->open[end] && !link->evil[end] && holder(world, link, end) == node &&
                wsync_session_deadline(&link->sessions[end]) <= world->now_ms) {
                events[count++] = (struct wsync_pump_event){&link->sessions[end],
                                                            {.kind = WSYNC_EVENT_TICK,
                                                             .now_ms = world->now_ms,
                                                             .time = node->replica.now}};
            }
        }
    }
    if (count > 0) {
        sim_tell(world, "tick %zu sessions of %zu", count, sim_node_index(node));
        sim_node_run(node, events, count);
    }
}

void sim_time_pass(struct sim_world *world, int64_t ms)
{
    world->now_ms += ms;
    for (size_t i = 0; i < world->node_count && !world->failed; i++) {
        tick(&world->nodes[i]);
    }
}

int64_t sim_time_next(const struct sim_world *world)
{
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < SIM_LINKS_MAX; i++) {
        for (int end = 0; end < 2; end++) {
            const struct sim_link *link = &world->links[i];
            if (link->open[end] && !link->evil[end] &&
                wsync_session_deadline(&link->sessions[end]) < next) {
                next = wsync_session_deadline(&link->sessions[end]);
            }
            int64_t ready = link->to[end].count > 0 ? link->to[end].frames[0].ready_ms : 0;
            next = ready > world->now_ms && ready < next ? ready : next;
        }
    }
    for (size_t i = 1; i < world->node_count; i++) {
        int64_t wait = world->nodes[i].schedule.next_ms;
        next = wait > world->now_ms && wait < next ? wait : next;
    }
    return next;
}
