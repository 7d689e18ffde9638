/* SPDX-License-Identifier: Apache-2.0 */
#include "wardsync/seen.h"

#include <string.h>

/* A century: a peer may state any number. */
static const uint64_t SKEW_S_MAX = UINT64_C(36525) * 86400;

void wsync_seen_peer(struct wsync_seen *seen, struct wsync_slice program, int64_t time,
                     int64_t now)
{
    WSYNC_ASSERT(program.len < sizeof seen->program);
    if (program.len > 0) {
        memcpy(seen->program, program.data, program.len);
    }
    seen->program[program.len] = '\0';
    seen->time = time;
    seen->time_at = now;
}

void wsync_seen_run(struct wsync_seen_runs *runs, const struct wsync_seen_run *run)
{
    for (size_t i = 0; i < runs->count; i++) {
        struct wsync_seen_run *before = &runs->items[i];
        if (wsync_log_id_equal(&before->log, &run->log) && before->last + 1 == run->first) {
            before->last = run->last;
            return;
        }
    }
    if (runs->count < WSYNC_SESSION_RUNS_MAX) {
        runs->items[runs->count++] = *run;
    }
}

int64_t wsync_seen_skew_s(const struct wsync_seen *seen)
{
    const int64_t ours = seen->time_at;
    const int64_t theirs = seen->time;
    if (theirs == 0) {
        return 0;
    }
    uint64_t skew =
        theirs > ours ? (uint64_t)theirs - (uint64_t)ours : (uint64_t)ours - (uint64_t)theirs;
    skew = skew < SKEW_S_MAX ? skew : SKEW_S_MAX;
    return theirs > ours ? (int64_t)skew : -(int64_t)skew;
}
