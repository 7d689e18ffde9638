/* SPDX-License-Identifier: Apache-2.0 */
/* evil.h: what those who lie share. */
#ifndef WARDSYNC_TESTS_SIM_EVIL_H
#define WARDSYNC_TESTS_SIM_EVIL_H

#include "tests/sim/harm.h"
#include "tests/sim/parts.h"

/* The malicious ward, NULL when there is none. */
struct sim_node *sim_evil_node(struct sim_world *world);

/* An open line with somebody evil at that end, NULL when there is none. */
struct sim_link *sim_evil_line(struct sim_world *world, enum sim_end end);

/* ---- evil_photos.c ---- */

void sim_evil_forget(void);

/* It takes note of what it is asked for. */
void sim_evil_hear(struct sim_world *world, struct wsync_slice frame);

/* Something about photos, true or not; its parts are in the arena. */
void sim_evil_photo(struct sim_world *world, struct wsync_arena *arena,
                    struct wsync_message *message);

/* ---- rogue.c ---- */

/* Says a frame at once: a program that refuses it ends this session, and nothing durable of it
 * is left [invariants 8 and 10]. */
void sim_lie(struct sim_link *link, enum sim_end end, struct sim_world *world,
             struct wsync_slice frame);

#endif
