/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/sim/parts.h"
#include "wardsync/crypto.h"

enum {
    ARENA_BYTES = 4 << 20,
    STEPS_MIN = 140,
    STEPS_MORE = 140,
    WARD_UNITS_MAX = 4,
    SIBLINGS_MAX = 4, /* devices of one ward */
    YEAR_S = 31557600,
    BURST_MAX = 200, /* writes of somebody who has many to catch up with */
    HARMS = SIM_CUTS | SIM_SILENCE | SIM_WARD_CRASHES | SIM_DISTRICT_CRASHES | SIM_FULL_DISKS |
            SIM_BAD_DISKS | SIM_CLOCK_JUMPS | SIM_PAUSES | SIM_STOPS,
};

void sim_fail(struct sim_world *world, const char *format, ...)
{
    va_list arguments;
    if (world->failed) {
        return;
    }
    world->failed = true;
    va_start(arguments, format);
    (void)vsnprintf(world->reason, sizeof world->reason, format, arguments);
    va_end(arguments);
    sim_tell(world, "VIOLATION: %s", world->reason);
}

void sim_tell(struct sim_world *world, const char *format, ...)
{
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    WSYNC_ASSERT(len >= 0);
    sim_trace_number(&world->trace, (uint64_t)world->now_ms);
    sim_trace_bytes(&world->trace, wsync_slice_of(line));
    if (world->verbose) {
        fprintf(stderr, "%9.3f s  %s\n", (double)world->now_ms / 1000, line);
    }
}

static uint64_t below(struct sim_world *world, uint64_t bound)
{
    return sim_random_below(&world->random, bound);
}

/* One seed in eight runs without faults; the others turn some on. */
static void choose_faults(struct sim_world *world)
{
    bool calm = below(world, 8) == 0;
    for (int bit = 0; bit < SIM_FAULT_BITS; bit++) {
        uint64_t odds = 1 << bit == SIM_REVOCATION ? 6 : 3;
        if (below(world, odds) == 0 && !calm) {
            world->faults |= 1U << bit;
        }
    }
    world->odds = 10 + below(world, 90);
    world->wordy = below(world, 10) == 0;
}

static void add_device(struct sim_world *world, uint32_t scope, bool late)
{
    struct sim_node *device = &world->nodes[world->node_count];
    sim_node_init(world, world->node_count++, scope);
    if (!late) {
        sim_office_enrol(device);
    }
}

void sim_world_init(struct sim_world *world, uint64_t seed)
{
    WSYNC_ASSERT(!sim_link_any(world));
    world->failed = false;
    world->faults = 0;
    world->now_ms = 0;
    world->trace = (struct sim_trace){seed};
    world->statistics = (struct sim_statistics){0};
    world->seed = seed;
    if (!world->arena.block) {
        wsync_arena_init(&world->arena, aligned_alloc(16, ARENA_BYTES), ARENA_BYTES);
        WSYNC_ASSERT(world->arena.block);
    }
    sim_random_init(&world->random, seed);
    sim_model_clear(&world->model);
    installation_init(&world->installation, seed);
    world->desk.root_secret = world->installation.root_secret;
    world->node_count = 1;
    sim_node_init(world, 0, REPLICA_TOP);
    sim_office_found(world);
    choose_faults(world);
    uint64_t siblings = below(world, 3) == 0 ? 1 : 2 + below(world, SIBLINGS_MAX - 1);
    world->scope_count = 3 + (uint32_t)below(world, WARD_UNITS_MAX - 1);
    add_device(world, REPLICA_TOP + 1, false);
    for (uint64_t i = 1; i < siblings; i++) {
        add_device(world, REPLICA_TOP + 1, below(world, 4) == 0);
    }
    for (uint32_t scope = REPLICA_TOP + 2; scope <= world->scope_count; scope++) {
        add_device(world, scope, below(world, 4) == 0);
    }
    if (below(world, 6) == 0) {
        add_device(world, REPLICA_TOP + 1, true);
        world->nodes[world->node_count - 1].stranger = true;
    }
}

/* Most devices have met the district before the faults begin. */
static void begin(struct sim_world *world)
{
    uint32_t faults = world->faults;
    world->faults = 0;
    for (size_t i = 1; i < world->node_count && !world->failed; i++) {
        if (world->nodes[i].enrolled && below(world, 5) > 0) {
            (void)sim_link_connect(&world->nodes[i]);
        }
    }
    while (!world->failed && (sim_link_deliver(world, SIM_DISTRICT_END) ||
                              sim_link_deliver(world, SIM_WARD_END))) {
        /* goes on */
    }
    world->faults = faults;
}

static struct sim_node *any_node(struct sim_world *world)
{
    return &world->nodes[below(world, world->node_count)];
}

static struct sim_node *any_device(struct sim_world *world)
{
    return &world->nodes[1 + below(world, world->node_count - 1)];
}

/* Somebody tries to sync, now and then one who may not. */
static void connect(struct sim_world *world)
{
    struct sim_node *device = any_device(world);
    if (device->enrolled || device->invited || below(world, 6) == 0) {
        (void)sim_link_connect(device);
    }
}

void sim_world_fini(struct sim_world *world)
{
    sim_link_clear(world);
    for (size_t i = 0; i < world->node_count; i++) {
        sim_node_fini(&world->nodes[i]);
    }
    world->arena.used = 0;
}

static void write_something(struct sim_world *world)
{
    struct sim_node *node = below(world, 5) == 0 ? &world->nodes[0] : any_device(world);
    uint32_t scope = node->replica.scope;
    if (sim_node_index(node) == 0) {
        scope = 1 + (uint32_t)below(world, world->scope_count);
    }
    uint64_t times = world->wordy && below(world, 20) == 0 ? 1 + below(world, BURST_MAX) : 1;
    for (uint64_t i = 0; i < times && !world->failed; i++) {
        sim_people_write(node, scope);
    }
}

static void administer(struct sim_world *world)
{
    struct sim_node *device = any_device(world);
    bool newcomer = !device->enrolled && !device->invited && !device->stranger;
    if (newcomer) {
        if (below(world, 2) == 0) {
            sim_office_enrol(device);
        } else {
            sim_office_invite(device);
        }
    } else if ((world->faults & SIM_REVOCATION) != 0 && device->enrolled && !device->revoked &&
               below(world, 4) == 0) {
        sim_office_revoke(device);
        world->faults &= ~(uint32_t)SIM_REVOCATION; /* one is enough */
    } else if (below(world, 2) == 0) {
        sim_office_publish(world);
    }
}

static void harm_line(struct sim_world *world, enum sim_fault fault)
{
    struct sim_link *link = &world->links[below(world, SIM_LINKS_MAX)];
    if (!link->used) {
        return;
    }
    sim_tell(world, "%s line of %zu", fault == SIM_CUTS ? "cut" : "silence", link->ward);
    if (fault == SIM_CUTS) {
        sim_link_cut(link);
    } else {
        link->to[below(world, 2)].silent = true;
    }
}

static void harm_machine(struct sim_world *world, struct sim_node *node)
{
    uint64_t roll = below(world, 3);
    sim_tell(world, "crash %zu, way %llu", sim_node_index(node), (unsigned long long)roll);
    if (roll == 0) {
        sim_node_restart(node);
    } else {
        node->says_before_death = roll == 1 ? 0 : (size_t)below(world, 3);
        sim_disk_plan(node->disk, roll == 1 ? SIM_CRASH_BEFORE_COMMIT : SIM_CRASH_AFTER_COMMIT);
    }
}

/* One operation fails, or every commit for a while. */
static void harm_disk(struct sim_world *world, enum sim_fault fault)
{
    enum wsync_err err = fault == SIM_FULL_DISKS ? WSYNC_ERR_STORE_FULL : WSYNC_ERR_STORE_IO;
    struct sim_node *node = any_node(world);
    if (below(world, 3) == 0) {
        size_t count = 1 + (size_t)below(world, 8);
        sim_tell(world, "disk of %zu refuses %zu commits", sim_node_index(node), count);
        sim_disk_refuse(node->disk, count, err);
        return;
    }
    uint64_t nth = 1 + below(world, below(world, 2) == 0 ? 12 : 150);
    sim_tell(world, "disk of %zu fails in %llu", sim_node_index(node), (unsigned long long)nth);
    sim_disk_fail_at(node->disk, nth, err);
}

static void harm_clock(struct sim_world *world)
{
    struct sim_node *node = any_node(world);
    int64_t years = (int64_t)below(world, 41) - 20;
    bool slightly = below(world, 2) == 0;
    node->clock_offset = slightly ? -(int64_t)below(world, 5000) : years * YEAR_S;
    sim_tell(world, "clock of %zu is off by %lld s", sim_node_index(node),
             (long long)node->clock_offset);
}

/* The program at one end is told to end its session. */
static void stop_session(struct sim_world *world)
{
    struct sim_link *link = &world->links[below(world, SIM_LINKS_MAX)];
    int end = (int)below(world, 2);
    struct sim_node *node = &world->nodes[end == SIM_WARD_END ? link->ward : 0];
    if (link->open[end]) {
        struct wsync_pump_event stop = {&link->sessions[end],
                                        {.kind = WSYNC_EVENT_STOP, .now_ms = world->now_ms}};
        sim_node_run(node, &stop, 1);
    }
}

static void harm(struct sim_world *world)
{
    enum sim_fault fault = SIM_LOSS;
    for (int i = 0; i < SIM_FAULT_BITS && (fault & world->faults & HARMS) == 0; i++) {
        fault = (enum sim_fault)(1U << below(world, SIM_FAULT_BITS));
    }
    if ((fault & world->faults & HARMS) == 0) {
        return; /* none of those that strike by themselves is on */
    }
    if (fault == SIM_CUTS || fault == SIM_SILENCE) {
        harm_line(world, fault);
    } else if (fault == SIM_WARD_CRASHES) {
        harm_machine(world, any_device(world));
    } else if (fault == SIM_DISTRICT_CRASHES) {
        harm_machine(world, &world->nodes[0]);
    } else if (fault == SIM_FULL_DISKS || fault == SIM_BAD_DISKS) {
        harm_disk(world, fault);
    } else if (fault == SIM_CLOCK_JUMPS) {
        harm_clock(world);
    } else if (fault == SIM_STOPS) {
        stop_session(world);
    } else if (fault == SIM_PAUSES) { /* everything stands still; ticks come late */
        world->now_ms += WSYNC_IDLE_MS_MAX + (int64_t)below(world, 3 * WSYNC_IDLE_MS_MAX);
        sim_tell(world, "pause");
    }
}

/* Nothing is under way: on to the next moment at which something happens by itself. */
static void wait(struct sim_world *world)
{
    int64_t next = sim_time_next(world);
    int64_t ms = next == INT64_MAX ? WSYNC_RETRY_MS_MIN : next - world->now_ms;
    sim_time_pass(world, ms > 0 ? ms : 0);
}

static void step(struct sim_world *world)
{
    uint64_t roll = below(world, 100);
    world->statistics.steps++;
    world->now_ms += (int64_t)below(world, 400);
    if (roll < 54) {
        enum sim_end end = roll < 28 ? SIM_DISTRICT_END : SIM_WARD_END;
        if (!sim_link_deliver(world, end) && !sim_link_deliver(world, (enum sim_end) !end)) {
            wait(world);
        }
    } else if (roll < 74) {
        write_something(world);
    } else if (roll < 85) {
        connect(world);
    } else if (roll < 92) {
        harm(world);
    } else if (roll < 97) {
        administer(world);
    } else {
        sim_time_pass(world, (int64_t)below(world, 2000));
    }
}

void sim_world_run(struct sim_world *world)
{
    uint64_t steps = STEPS_MIN + below(world, STEPS_MORE);
    begin(world);
    for (uint64_t i = 0; i < steps && !world->failed; i++) {
        step(world);
        if (i % 24 == 23 && !world->failed) {
            struct sim_node *node = any_node(world);
            sim_compare(node);
            sim_check_logs(node);
        }
    }
}
