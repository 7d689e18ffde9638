/* SPDX-License-Identifier: Apache-2.0 */
/* standing.h: what the reference asks of the logs a replica holds: which of several copies of a
 * change counts, what an address means, what the district's verdicts are (SPEC sections 6.2,
 * 10.8 and 13.3). */
#ifndef WARDSYNC_TESTS_SIM_STANDING_H
#define WARDSYNC_TESTS_SIM_STANDING_H

#include "tests/sim/reference.h"

const struct sim_log *sim_log_of(const struct sim_state *state, uint16_t change);

/* Does a verdict quarantine the change?  One of REVOKED lapses with the pin.  [S10.34] */
bool sim_is_quarantined(const struct sim_state *state, uint16_t change);

/* May the change stand for the one it was written again from?  [S13.13] */
bool sim_copies(const struct sim_state *state, uint16_t change);

/* Of a change and its copies the one that counts: the change itself when it is on the branch
 * held, else the copy with the smallest (log id, seq), SIM_NONE when none is held.  [S13.14,
 * S13.15] */
uint16_t sim_state_counting(const struct sim_state *state, uint16_t change);

/* The operation an address of change `from` means here; SIM_NONE where there is none, and where
 * it does not take effect yet, which `*waits` says.  [S6.8, S6.9, S10.8] */
uint16_t sim_meaning(const struct sim_state *state, uint16_t from,
                     const struct sim_address *address, bool *waits);

/* Is what operation `a` wrote shown before what `b` wrote?  [S10.18] */
bool sim_is_later(const struct sim_state *state, uint16_t a, uint16_t b);

/* Lets the verdict that operation `maker` created rule over the change it names.  [S10.33] */
void sim_rule(struct sim_state *state, uint16_t maker);

#endif
