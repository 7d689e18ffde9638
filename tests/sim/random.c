/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/random.h"

#include <string.h>

/* The finisher of splitmix64. */
static uint64_t mix(uint64_t number)
{
    number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9U;
    number = (number ^ (number >> 27)) * 0x94d049bb133111ebU;
    return number ^ (number >> 31);
}

void sim_random_init(struct sim_random *random, uint64_t seed)
{
    random->state = mix(seed + 0x9e3779b97f4a7c15U);
}

uint64_t sim_random_below(struct sim_random *random, uint64_t bound)
{
    WSYNC_ASSERT(bound > 0);
    random->state += 0x9e3779b97f4a7c15U;
    return mix(random->state) % bound;
}

bool sim_random_once_in(struct sim_random *random, uint64_t n)
{
    return n > 0 && sim_random_below(random, n) == 0;
}

void sim_trace_number(struct sim_trace *trace, uint64_t number)
{
    trace->hash = mix(trace->hash ^ number) + 0x9e3779b97f4a7c15U;
}

void sim_trace_bytes(struct sim_trace *trace, struct wsync_slice bytes)
{
    sim_trace_number(trace, bytes.len);
    for (size_t i = 0; i < bytes.len; i += sizeof(uint64_t)) {
        uint64_t word = 0;
        size_t left = bytes.len - i;
        memcpy(&word, bytes.data + i, left < sizeof word ? left : sizeof word);
        sim_trace_number(trace, word);
    }
}
