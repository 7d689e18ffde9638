/* SPDX-License-Identifier: Apache-2.0 */
/* fault.h: what may go wrong in a schedule. */
#ifndef WARDSYNC_TESTS_SIM_FAULT_H
#define WARDSYNC_TESTS_SIM_FAULT_H

#include <stdbool.h>

struct sim_world;

/* Faults a seed may turn on, each a bit of the world's `faults`. */
enum sim_fault {
    /* the network */
    SIM_LOSS,
    SIM_DUPLICATION,
    SIM_REORDERING,
    SIM_DELAY,
    SIM_TRUNCATION,
    SIM_CORRUPTION,
    SIM_CUTS,
    SIM_SILENCE,   /* one direction of one line */
    SIM_PARTITION, /* one direction of all lines of a device, for a while */
    SIM_FLAPPING,  /* the lines of a device are cut again and again */
    SIM_LORIS,     /* somebody connects and hardly says a word */
    SIM_STORM,     /* everybody connects at once, again and again */
    /* processes */
    SIM_WARD_CRASHES,
    SIM_DISTRICT_CRASHES,
    SIM_RECOVERY_CRASHES,
    SIM_PAUSES,
    SIM_STOPS,
    SIM_SHORT_MEMORY,
    /* disks */
    SIM_FULL_DISKS,
    SIM_FULL_MAPS,
    SIM_BAD_DISKS,
    SIM_LYING_DISKS, /* a crash takes away what was said to be durable */
    SIM_BIT_FLIPS,
    SIM_STALE_READERS,
    SIM_OLD_WARD, /* a backup is put in place */
    SIM_OLD_DISTRICT,
    SIM_CLONES,
    /* clocks */
    SIM_CLOCK_JUMPS,
    SIM_CLOCKS_BACK,
    SIM_CLOCKS_STUCK,
    /* keys and people */
    SIM_REVOCATION,
    SIM_NEW_KEYS,
    SIM_ROTATION,
    SIM_SUSPENSION, /* and resumption, some time later */
    SIM_DECISIONS, /* an admin adopts what was quarantined and overturns what stands */
    SIM_EVIL_WARD,
    SIM_EVIL_DISTRICT,
    SIM_FAULT_COUNT
};

/* Is the fault on? */
bool sim_has(const struct sim_world *world, enum sim_fault fault);

/* Counts that it struck; its name for the summary. */
void sim_struck(struct sim_world *world, enum sim_fault fault);
const char *sim_fault_name(enum sim_fault fault);

#endif
