/* SPDX-License-Identifier: Apache-2.0 */
#include "host/clock.h"

#include "wardsync/slice.h"

#include <time.h>

int64_t wsync_clock_wall_s(void)
{
    struct timespec now;
    int failed = clock_gettime(CLOCK_REALTIME, &now);
    WSYNC_ASSERT(!failed);
    return (int64_t)now.tv_sec;
}

int64_t wsync_clock_monotonic_ms(void)
{
    struct timespec now;
    int failed = clock_gettime(CLOCK_MONOTONIC, &now);
    WSYNC_ASSERT(!failed);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
