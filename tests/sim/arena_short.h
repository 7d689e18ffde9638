/* SPDX-License-Identifier: Apache-2.0 */
/* arena_short.h: lack of memory by plan. */
#ifndef WARDSYNC_TESTS_SIM_ARENA_SHORT_H
#define WARDSYNC_TESTS_SIM_ARENA_SHORT_H

#include <stdint.h>

/* The `nth` piece asked of any arena from now on is not to be had (1: the next; 0: no plan).
 * Returns what was left of the plan before. */
uint64_t sim_arena_plan(uint64_t nth);

#endif
