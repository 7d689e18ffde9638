/* SPDX-License-Identifier: Apache-2.0 */
/* clock.c: preloaded into a program, sets its clock CLOCK_AHEAD_S before the machine's. */
#define _GNU_SOURCE /* syscall */
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *now)
{
    const char *ahead = getenv("CLOCK_AHEAD_S");
    long failed = syscall(SYS_clock_gettime, clock, now);
    if (failed == 0 && clock == CLOCK_REALTIME && ahead) {
        now->tv_sec += strtol(ahead, NULL, 10);
    }
    return (int)failed;
}
