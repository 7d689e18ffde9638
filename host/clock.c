/* SPDX-License-Identifier: Apache-2.0 */
#include "host/clock.h"

#include <time.h>

#include "host/entropy.h"
#include "wardsync/slice.h"

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

struct wsync_moment wsync_clock_moment(void)
{
    struct wsync_moment moment = {.time = wsync_clock_wall_s()};
    wsync_entropy_draw(&moment.entropy);
    return moment;
}
