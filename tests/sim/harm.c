/* SPDX-License-Identifier: Apache-2.0 */
/* What goes wrong in a schedule: a swarm of faults, each turned on by some seeds. */
#include "tests/sim/harm.h"
#include "tests/sim/parts.h"

enum { YEAR_S = 31557600, STORM_ROUNDS = 3, SAID_MAX = 12 };

static uint64_t below(struct sim_world *world, uint64_t bound)
{
    return sim_random_below(&world->random, bound);
}

bool sim_has(const struct sim_world *world, enum sim_fault fault)
{
    return (world->faults >> fault & 1) != 0;
}

void sim_struck(struct sim_world *world, enum sim_fault fault)
{
    world->statistics.struck[fault]++;
}

const char *sim_fault_name(enum sim_fault fault)
{
    static const char *const NAMES[SIM_FAULT_COUNT] = {
        [SIM_LOSS] = "loss",
        [SIM_DUPLICATION] = "duplication",
        [SIM_REORDERING] = "reordering",
        [SIM_DELAY] = "delay",
        [SIM_TRUNCATION] = "truncation",
        [SIM_CORRUPTION] = "corruption",
        [SIM_CUTS] = "cut",
        [SIM_SILENCE] = "silence",
        [SIM_PARTITION] = "partition",
        [SIM_FLAPPING] = "flapping",
        [SIM_LORIS] = "slow-loris",
        [SIM_STORM] = "storm",
        [SIM_WARD_CRASHES] = "ward-crash",
        [SIM_DISTRICT_CRASHES] = "district-crash",
        [SIM_RECOVERY_CRASHES] = "recovery-crash",
        [SIM_PAUSES] = "pause",
        [SIM_STOPS] = "stop",
        [SIM_SHORT_MEMORY] = "short-memory",
        [SIM_FULL_DISKS] = "full-disk",
        [SIM_FULL_MAPS] = "full-map",
        [SIM_BAD_DISKS] = "bad-disk",
        [SIM_LYING_DISKS] = "lying-disk",
        [SIM_BIT_FLIPS] = "bit-flip",
        [SIM_STALE_READERS] = "stale-reader",
        [SIM_OLD_WARD] = "old-ward",
        [SIM_OLD_DISTRICT] = "old-district",
        [SIM_CLONES] = "clone",
        [SIM_CLOCK_JUMPS] = "clock-jump",
        [SIM_CLOCKS_BACK] = "clock-back",
        [SIM_CLOCKS_STUCK] = "clock-stuck",
        [SIM_REVOCATION] = "revocation",
        [SIM_NEW_KEYS] = "new-keys",
        [SIM_ROTATION] = "rotation",
        [SIM_SUSPENSION] = "suspension",
        [SIM_DECISIONS] = "decision",
        [SIM_EVIL_WARD] = "evil-ward",
        [SIM_EVIL_DISTRICT] = "evil-district",
    };
    return NAMES[fault];
}

/* Those that change what the rest of a schedule is about are rarer. */
static bool is_rare(enum sim_fault fault)
{
    return fault == SIM_LYING_DISKS || fault == SIM_BIT_FLIPS || fault == SIM_OLD_WARD ||
           fault == SIM_OLD_DISTRICT || fault == SIM_CLONES || fault == SIM_REVOCATION ||
           fault == SIM_SUSPENSION || fault == SIM_EVIL_WARD || fault == SIM_EVIL_DISTRICT ||
           fault == SIM_LORIS;
}

void sim_harm_choose(struct sim_world *world)
{
    bool calm = below(world, 8) == 0;
    world->faults = 0;
    for (int fault = 0; fault < SIM_FAULT_COUNT; fault++) {
        uint64_t odds = is_rare((enum sim_fault)fault) ? 6 : 4;
        if (below(world, odds) == 0 && !calm) {
            world->faults |= UINT64_C(1) << fault;
        }
    }
    world->bent = sim_has(world, SIM_CORRUPTION) || sim_has(world, SIM_TRUNCATION) ||
                  sim_has(world, SIM_EVIL_WARD) || sim_has(world, SIM_EVIL_DISTRICT);
    world->odds = 10 + below(world, 90);
    world->wordy = below(world, 10) == 0;
    world->canaries = below(world, 2) == 0;
    world->backs_left = 1 + below(world, 4);
}

static struct sim_node *any_node(struct sim_world *world)
{
    struct sim_node *node = &world->nodes[below(world, world->node_count)];
    return node->evil ? &world->nodes[0] : node;
}

/* A device that runs a program; NULL when the dice hit another one. */
static struct sim_node *any_device(struct sim_world *world)
{
    struct sim_node *node = &world->nodes[1 + below(world, world->node_count - 1)];
    return node->evil ? NULL : node;
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

static void harm_device_lines(struct sim_node *device, enum sim_fault fault)
{
    struct sim_world *world = device->world;
    int64_t until = world->now_ms + 5000 + (int64_t)below(world, 2 * WSYNC_IDLE_MS_MAX);
    if (fault == SIM_FLAPPING) {
        device->flaps_until_ms = until;
    } else if (below(world, 2) == 0) {
        device->deaf_until_ms = until;
    } else {
        device->mute_until_ms = until;
    }
    sim_tell(world, "%s lines of %zu", fault == SIM_FLAPPING ? "flapping" : "half-dead",
             sim_node_index(device));
}

/* Everybody connects, is cut off, and connects again. */
static void storm(struct sim_world *world)
{
    for (int round = 0; round < STORM_ROUNDS && !world->failed; round++) {
        sim_tell(world, "storm");
        for (size_t i = 1; i < world->node_count && !world->failed; i++) {
            struct sim_node *device = &world->nodes[i];
            if (device->evil || !(device->enrolled || device->invited)) {
                continue;
            }
            device->schedule.next_ms = world->now_ms;
            (void)sim_link_connect(device);
        }
        (void)sim_link_deliver(world, SIM_DISTRICT_END);
        for (size_t i = 0; i < SIM_LINKS_MAX && round + 1 < STORM_ROUNDS; i++) {
            if (world->links[i].used) {
                sim_link_cut(&world->links[i]);
            }
        }
        (void)sim_link_deliver(world, SIM_WARD_END);
        (void)sim_link_deliver(world, SIM_DISTRICT_END);
    }
}

/* Power goes now, before the next commit, or behind it with some of what was to be said. */
static void harm_machine(struct sim_world *world, struct sim_node *node)
{
    uint64_t roll = below(world, 4);
    sim_tell(world, "crash %zu, way %llu", sim_node_index(node), (unsigned long long)roll);
    if (roll == 0) {
        sim_node_restart(node);
        sim_check_step(node); /* it may have written verdicts at its start */
    } else if (roll == 3) {   /* at a write of a photo */
        node->says_before_death = 0;
        sim_shelf_plan(node->shelf, 1 + below(world, 6), below(world, 2) == 0);
    } else {
        node->says_before_death = roll == 1 ? 0 : (size_t)below(world, SAID_MAX);
        sim_disk_plan(node->disk, roll == 1 ? SIM_CRASH_BEFORE_COMMIT : SIM_CRASH_AFTER_COMMIT);
    }
}

/* One operation fails, or every commit for a while. */
static void harm_disk(struct sim_world *world, enum sim_fault fault)
{
    enum wsync_err err = fault == SIM_FULL_DISKS ? WSYNC_ERR_STORE_FULL : WSYNC_ERR_STORE_IO;
    struct sim_node *node = any_node(world);
    if (fault == SIM_FULL_MAPS) {
        sim_tell(world, "the map of %zu is full", sim_node_index(node));
        sim_disk_fill(node->disk);
        return;
    }
    if (below(world, 3) == 0) {
        sim_tell(world, "no photo is kept at %zu", sim_node_index(node));
        sim_shelf_fail_at(node->shelf, 1 + below(world, 6), err);
    }
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

static void harm_memory(struct sim_world *world)
{
    struct sim_node *node = any_node(world);
    node->short_runs = 1 + below(world, 6);
    sim_tell(world, "memory of %zu runs short %llu times", sim_node_index(node),
             (unsigned long long)node->short_runs);
}

static void harm_clock(struct sim_world *world, enum sim_fault fault)
{
    struct sim_node *node = any_node(world);
    if (fault == SIM_CLOCKS_STUCK) {
        node->clock_stuck = !node->clock_stuck;
    } else if (fault == SIM_CLOCKS_BACK) {
        node->clock_offset -= (int64_t)below(world, 5000);
    } else {
        node->clock_offset = ((int64_t)below(world, 41) - 20) * YEAR_S;
    }
    sim_tell(world, "clock of %zu is off by %lld s%s", sim_node_index(node),
             (long long)node->clock_offset, node->clock_stuck ? " and stands" : "");
}

/* The program at one end is told to end its session. */
static void stop_session(struct sim_world *world)
{
    struct sim_link *link = &world->links[below(world, SIM_LINKS_MAX)];
    int end = (int)below(world, 2);
    struct sim_node *node = &world->nodes[end == SIM_WARD_END ? link->ward : 0];
    if (link->open[end] && !link->evil[end]) {
        struct wsync_pump_event stop = {&link->sessions[end],
                                        {.kind = WSYNC_EVENT_STOP, .now_ms = world->now_ms}};
        sim_node_run(node, &stop, 1);
    }
}

/* Mostly the older of two moments is used: a backup is taken first, then put in place. */
static void go_back(struct sim_node *node)
{
    if (node->image && below(node->world, 2) == 0) {
        sim_back_put(node);
    } else if (!node->image || below(node->world, 4) == 0) {
        sim_back_take(node);
    }
}

/* Somebody new joins, and may be the only one who remembers. */
static bool join_meanwhile(struct sim_world *world)
{
    for (size_t i = 1; i < world->node_count; i++) {
        struct sim_node *node = &world->nodes[i];
        bool newcomer = !node->enrolled && !node->invited && !node->stranger && !node->evil;
        if (newcomer && sim_roster_is_whole(world)) {
            sim_office_enrol(node);
            (void)sim_link_connect(node);
            return true;
        }
    }
    return false;
}

/* A disk says that things are durable, and a loss of power shows that they were not. */
static void lie(struct sim_node *node)
{
    struct sim_world *world = node->world;
    sim_back_take(node);
    bool joins = sim_node_index(node) == 0 && join_meanwhile(world);
    for (uint64_t i = below(world, joins ? 40 : 6); i > 0 && !world->failed; i--) {
        if (!sim_link_deliver(world, SIM_DISTRICT_END)) {
            (void)sim_link_deliver(world, SIM_WARD_END);
        }
    }
    if (!world->failed) {
        sim_back_put(node);
    }
}

static bool may_go_back(const struct sim_node *device)
{
    return device && device->enrolled && !device->revoked && !device->stranger;
}

static void harm_image(struct sim_world *world, enum sim_fault fault)
{
    struct sim_node *device = any_device(world);
    if (fault == SIM_OLD_DISTRICT) {
        go_back(&world->nodes[0]);
    } else if (fault == SIM_LYING_DISKS && below(world, 2) == 0) {
        lie(&world->nodes[0]);
    } else if (!may_go_back(device)) {
        return;
    } else if (fault == SIM_OLD_WARD) {
        go_back(device);
    } else if (fault == SIM_LYING_DISKS) {
        lie(device);
    } else if (fault == SIM_CLONES) {
        sim_back_clone(device);
    } else if (fault == SIM_BIT_FLIPS) {
        sim_back_flip(below(world, 3) == 0 ? &world->nodes[0] : device);
    }
}

static void strike(struct sim_world *world, enum sim_fault fault)
{
    struct sim_node *device = any_device(world);
    if (fault == SIM_CUTS || fault == SIM_SILENCE) {
        harm_line(world, fault);
    } else if ((fault == SIM_PARTITION || fault == SIM_FLAPPING) && device) {
        harm_device_lines(device, fault);
    } else if (fault == SIM_LORIS) {
        sim_loris_act(world);
    } else if (fault == SIM_STORM) {
        storm(world);
    } else if (fault == SIM_WARD_CRASHES && device) {
        harm_machine(world, device);
    } else if (fault == SIM_DISTRICT_CRASHES) {
        harm_machine(world, &world->nodes[0]);
    } else if (fault == SIM_FULL_DISKS || fault == SIM_BAD_DISKS || fault == SIM_FULL_MAPS) {
        harm_disk(world, fault);
    } else if (fault == SIM_SHORT_MEMORY) {
        harm_memory(world);
    } else if (fault >= SIM_CLOCK_JUMPS && fault <= SIM_CLOCKS_STUCK) {
        harm_clock(world, fault);
    } else if (fault == SIM_STOPS) {
        stop_session(world);
    } else if (fault == SIM_PAUSES) { /* everything stands still; ticks come late */
        world->now_ms += WSYNC_IDLE_MS_MAX + (int64_t)below(world, 3 * WSYNC_IDLE_MS_MAX);
        sim_tell(world, "pause");
    } else if (fault == SIM_STALE_READERS) {
        sim_back_read(any_node(world));
    } else if (fault == SIM_EVIL_DISTRICT) {
        sim_rogue_act(world);
    } else {
        harm_image(world, fault);
    }
}

/* The others strike where something is sent, or are what people do. */
static bool strikes_by_itself(enum sim_fault fault)
{
    return fault > SIM_CORRUPTION && fault != SIM_RECOVERY_CRASHES && fault != SIM_REVOCATION &&
           fault != SIM_NEW_KEYS && fault != SIM_ROTATION && fault != SIM_DECISIONS &&
           fault != SIM_EVIL_WARD;
}

void sim_harm(struct sim_world *world)
{
    for (int i = 0; i < 2 * SIM_FAULT_COUNT; i++) {
        enum sim_fault fault = (enum sim_fault)below(world, SIM_FAULT_COUNT);
        if (sim_has(world, fault) && strikes_by_itself(fault)) {
            sim_struck(world, fault);
            strike(world, fault);
            return;
        }
    }
}

void sim_harm_pass(struct sim_world *world)
{
    for (size_t i = 0; i < world->node_count && !world->failed; i++) {
        struct sim_node *node = &world->nodes[i];
        if (node->disk->full && below(world, 12) == 0) {
            sim_disk_heal(node->disk);
        }
        struct sim_link *link = node->flaps_until_ms > world->now_ms ? sim_link_of(node) : NULL;
        if (link && below(world, 6) == 0) {
            sim_link_cut(link);
        }
    }
}

void sim_harm_end(struct sim_world *world)
{
    sim_tell(world, "faults off");
    world->faults = 0;
    for (size_t i = 0; i < world->node_count && !world->failed; i++) {
        struct sim_node *node = &world->nodes[i];
        sim_disk_heal(node->disk);
        sim_shelf_heal(node->shelf);
        node->short_runs = 0;
        node->deaf_until_ms = node->mute_until_ms = node->flaps_until_ms = 0;
        if (node->reader) {
            sim_back_read(node);
        }
    }
    for (size_t i = 0; i < SIM_LINKS_MAX; i++) {
        struct sim_link *link = &world->links[i];
        for (int end = 0; end < 2; end++) {
            link->to[end].silent = false;
            for (size_t k = 0; k < link->to[end].count; k++) {
                link->to[end].frames[k].ready_ms = 0;
            }
            if (link->open[end] && link->evil[end]) {
                sim_link_leave(link, (enum sim_end)end);
            }
        }
    }
}
