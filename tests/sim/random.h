/* SPDX-License-Identifier: Apache-2.0 */
/* random.h: the dice of a schedule, and the hash over everything that happened in it.
 *
 * Equal seeds give equal numbers on every machine; nothing here reads a clock or an address. */
#ifndef WARDSYNC_TESTS_SIM_RANDOM_H
#define WARDSYNC_TESTS_SIM_RANDOM_H

#include "wardsync/slice.h"

struct sim_random {
    uint64_t state;
};

void sim_random_init(struct sim_random *random, uint64_t seed);

/* A number below `bound` (at least 1). */
uint64_t sim_random_below(struct sim_random *random, uint64_t bound);

/* True once in `n` times on average; n 0 is never. */
bool sim_random_once_in(struct sim_random *random, uint64_t n);

/* What happened so far, folded into one number. */
struct sim_trace {
    uint64_t hash;
};

void sim_trace_number(struct sim_trace *trace, uint64_t number);
void sim_trace_bytes(struct sim_trace *trace, struct wsync_slice bytes);

#endif
