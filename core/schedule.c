/* SPDX-License-Identifier: Apache-2.0 */
#include "wardsync/schedule.h"

#include "core/bytes.h"

void wsync_schedule_succeed(struct wsync_schedule *schedule, int64_t now_ms)
{
    schedule->failures = 0;
    schedule->next_ms = now_ms;
}

void wsync_schedule_fail(struct wsync_schedule *schedule, int64_t now_ms,
                         const struct wsync_entropy *entropy)
{
    int64_t wait = WSYNC_RETRY_MS_MIN;
    for (uint32_t i = 0; i < schedule->failures && wait < WSYNC_RETRY_MS_MAX; i++) {
        wait *= 2;
    }
    if (wait > WSYNC_RETRY_MS_MAX) {
        wait = WSYNC_RETRY_MS_MAX;
    }
    if (schedule->failures < UINT32_MAX) {
        schedule->failures++;
    }
    uint64_t jitter = wsync_be_get(entropy->b, 8) % (uint64_t)(wait / 2 + 1);
    schedule->next_ms = now_ms + wait / 2 + (int64_t)jitter;
}
