/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/sim/evil.h"
#include "wardsync/crypto.h"

enum {
    ARENA_BYTES = 4 << 20,
    STEPS_MIN = 200,
    STEPS_MORE = 300,
    WARD_UNITS_MAX = 4,
    SIBLINGS_MAX = 4, /* devices of one ward */
    BURST_MAX = 200,  /* writes of somebody who has many to catch up with */
    LOOK_EVERY = 16,  /* steps */
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
    if (world->verbose) {
        sim_holdings_tell(world);
    }
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

static struct sim_node *add_device(struct sim_world *world, uint32_t scope, bool late)
{
    struct sim_node *device = &world->nodes[world->node_count];
    sim_node_init(world, world->node_count, (uint32_t)world->node_count, scope);
    world->node_count++;
    if (!late) {
        sim_office_enrol(device);
    }
    return device;
}

static void add_devices(struct sim_world *world)
{
    bool forgets = sim_has(world, SIM_OLD_DISTRICT) || sim_has(world, SIM_LYING_DISKS);
    uint64_t late = forgets ? 2 : 4; /* one in so many joins later */
    uint64_t siblings = below(world, 3) == 0 ? 1 : 2 + below(world, SIBLINGS_MAX - 1);
    world->scope_count = 3 + (uint32_t)below(world, WARD_UNITS_MAX - 1);
    add_device(world, REPLICA_TOP + 1, false);
    for (uint64_t i = 1; i < siblings; i++) {
        add_device(world, REPLICA_TOP + 1, below(world, late) == 0);
    }
    for (uint32_t scope = REPLICA_TOP + 2; scope <= world->scope_count; scope++) {
        add_device(world, scope, below(world, late) == 0);
    }
    if (below(world, 6) == 0) {
        add_device(world, REPLICA_TOP + 1, true)->stranger = true;
    }
    if (sim_has(world, SIM_EVIL_WARD)) {
        add_device(world, REPLICA_TOP + 1, false)->evil = true;
        sim_evil_init(world);
    }
}

void sim_world_init(struct sim_world *world, uint64_t seed)
{
    WSYNC_ASSERT(!sim_link_any(world));
    world->failed = world->tainted = false;
    world->now_ms = 0;
    world->trace = (struct sim_trace){seed};
    world->statistics = (struct sim_statistics){0};
    world->photos = (struct sim_photos){0};
    sim_evil_forget();
    world->seed = seed;
    world->device_count = world->revocation_count = 0;
    if (!world->arena.block) {
        wsync_arena_init(&world->arena, aligned_alloc(16, ARENA_BYTES), ARENA_BYTES);
        WSYNC_ASSERT(world->arena.block);
    }
    sim_random_init(&world->random, seed);
    sim_book_clear(&world->book);
    installation_init(&world->installation, seed);
    world->desk = world->installation.desk;
    world->node_count = 1;
    sim_node_init(world, 0, 0, REPLICA_TOP);
    world->keeps_log = seed % 4 != 0;
    world->untold = world->ever_untold = world->was_untold = false;
    sim_office_found(world);
    sim_harm_choose(world);
    add_devices(world);
}

/* Most devices have met the district before the faults begin. */
static void begin(struct sim_world *world)
{
    uint64_t faults = world->faults;
    world->faults = 0;
    if (below(world, 4) > 0) {
        sim_office_publish(world); /* a version with photos */
    }
    for (size_t i = 1; i < world->node_count && !world->failed; i++) {
        if (world->nodes[i].enrolled && !world->nodes[i].evil && below(world, 5) > 0) {
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
    struct sim_node *node = &world->nodes[below(world, world->node_count)];
    return node->evil ? &world->nodes[0] : node;
}

static struct sim_node *any_device(struct sim_world *world)
{
    struct sim_node *device = &world->nodes[1 + below(world, world->node_count - 1)];
    return device->evil ? &world->nodes[1] : device; /* nobody works there */
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
    sim_evil_fini(world);
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
    uint64_t roll = below(world, 8);
    if (!sim_roster_is_whole(world)) { /* every ward is to sync before anything is issued */
        sim_roster_carry(world);
    } else if (newcomer) {
        if (below(world, 2) == 0) {
            sim_office_enrol(device);
        } else {
            sim_office_invite(device);
        }
    } else if (device->revoked && sim_has(world, SIM_NEW_KEYS) && !device->cloned) {
        sim_office_renew(device);
    } else if (sim_has(world, SIM_ROTATION) && !device->cloned && !device->stranger &&
               below(world, 2) == 0) {
        sim_keys_rotate(device);
    } else if (sim_has(world, SIM_REVOCATION) && device->enrolled && !device->revoked &&
               below(world, 3) == 0) {
        sim_office_revoke(device);
        world->faults &= ~(UINT64_C(1) << SIM_REVOCATION); /* one is enough */
    } else if (device->suspended && !device->revoked) {
        sim_office_resume(device);
    } else if (sim_has(world, SIM_SUSPENSION) && device->enrolled && !device->revoked &&
               roll < 2 && world->revocation_count + 2 < SIM_REVOCATIONS_MAX) {
        sim_office_suspend(device);
    } else if (sim_has(world, SIM_DECISIONS) && roll < 3) {
        sim_office_adopt(world);
    } else if (sim_has(world, SIM_DECISIONS) && roll < 5) {
        sim_office_overturn(world);
    } else if (roll >= 4) {
        sim_office_publish(world);
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
        sim_harm(world);
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
        sim_harm_pass(world);
        if (sim_has(world, SIM_EVIL_WARD) && below(world, 8) == 0 && !world->failed) {
            sim_evil_act(world);
        }
        if (i % LOOK_EVERY == LOOK_EVERY - 1 && !world->failed) {
            struct sim_node *node = any_node(world);
            sim_compare(node);
            sim_check_logs(node);
        }
    }
}
