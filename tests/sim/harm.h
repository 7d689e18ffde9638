/* SPDX-License-Identifier: Apache-2.0 */
/* harm.h: those who do harm in a schedule: faults, disks that go back, and liars. */
#ifndef WARDSYNC_TESTS_SIM_HARM_H
#define WARDSYNC_TESTS_SIM_HARM_H

#include "tests/sim/parts.h"

/* ---- link.c ---- */

/* A line with no program at one end: whoever stands there says what it likes with the key of
 * the device, or answers it as the district.  NULL when no line is free. */
struct sim_link *sim_link_open_evil(struct sim_node *device, enum sim_end end);

/* Says it, and closes the end. */
void sim_link_say(struct sim_link *link, enum sim_end end, struct sim_world *world,
                  struct wsync_slice frame);
void sim_link_leave(struct sim_link *link, enum sim_end end);

/* The next frame that waits for the evil end, NULL when none does; it holds until the next. */
bool sim_link_hear(struct sim_link *link, enum sim_end end, struct wsync_slice *frame);

/* ---- harm.c and back.c ---- */

void sim_harm_choose(struct sim_world *world); /* the swarm of this seed */
void sim_harm(struct sim_world *world);        /* something goes wrong now */
void sim_harm_pass(struct sim_world *world);   /* what is wrong for a while goes on or ends */
void sim_harm_end(struct sim_world *world);    /* all of it is over */

/* Takes a backup of the node's disk. */
void sim_back_take(struct sim_node *node);
/* Puts it in place of the disk, if there is one that fits; the machine starts from it. */
void sim_back_put(struct sim_node *node);
void sim_back_forget(struct sim_node *node);
/* A second machine starts from a copy of the device's disk. */
void sim_back_clone(struct sim_node *node);
/* A bit of a stored change flips: it is noticed, it goes nowhere, and the disk is put back. */
void sim_back_flip(struct sim_node *node);
/* Somebody opens the store for reading and reads for long, or is done and saw no change. */
void sim_back_read(struct sim_node *node);

/* All that is durable at a node, in one number. */
uint64_t sim_image(const struct sim_node *node);

/* ---- evil.c and rogue.c ---- */

void sim_evil_init(struct sim_world *world);
void sim_evil_fini(struct sim_world *world);
void sim_evil_act(struct sim_world *world);  /* the malicious ward does one thing */
void sim_rogue_act(struct sim_world *world); /* somebody answers a ward as the district */
void sim_loris_act(struct sim_world *world); /* a line is kept busy by saying next to nothing */

#endif
