/* SPDX-License-Identifier: Apache-2.0 */
#include "host/spent.h"

#include <stdio.h>
#include <string.h>

enum {
    ROW_BYTES = 512,
    LOCAL_OFFSET_S = 7 * 3600,
    SECONDS_A_DAY = 86400,
    CHANGES_MIN = 8,
};

int64_t wsync_spent_day(int64_t time)
{
    int64_t local = time + LOCAL_OFFSET_S;
    return local / SECONDS_A_DAY - (local % SECONDS_A_DAY < 0);
}

int64_t wsync_spent_wait_s(int64_t time)
{
    return (wsync_spent_day(time) + 1) * SECONDS_A_DAY - LOCAL_OFFSET_S - time;
}

/* The row: day, bytes of it, of the last conversation, of a change; then other days, each with
 * its bytes. */
static bool read_row(const char *text, struct wsync_spent *spent)
{
    long long day, bytes, last, change;
    int len = 0;
    if (sscanf(text, "%lld %lld %lld %lld%n", &day, &bytes, &last, &change, &len) != 4) {
        return false;
    }
    *spent = (struct wsync_spent){.day = day,
                                  .today_bytes = bytes > 0 ? bytes : 0,
                                  .last_bytes = last,
                                  .change_bytes = change};
    while (spent->other_count < WSYNC_SPENT_DAYS_MAX &&
           sscanf(text += len, "%lld %lld%n", &day, &bytes, &len) == 2) {
        spent->others[spent->other_count].day = day;
        spent->others[spent->other_count++].bytes = bytes > 0 ? bytes : 0;
    }
    return true;
}

/* Puts the day that was noted last before the others, and takes the one that is now out. */
static void turn_to(struct wsync_spent *spent, int64_t day)
{
    struct wsync_spent before = *spent;
    spent->day = day;
    spent->today_bytes = 0;
    spent->others[0].day = before.day;
    spent->others[0].bytes = before.today_bytes;
    spent->other_count = 1;
    for (size_t i = 0; i < before.other_count; i++) {
        if (before.others[i].day == day) {
            spent->today_bytes = before.others[i].bytes;
        } else if (spent->other_count < WSYNC_SPENT_DAYS_MAX) {
            spent->others[spent->other_count++] = before.others[i];
        }
    }
}

struct wsync_spent wsync_spent_get(struct wsync_txn *txn, int64_t time)
{
    struct wsync_spent spent = {.day = wsync_spent_day(time)};
    struct wsync_slice row;
    char text[ROW_BYTES];
    if (wsync_txn_get(txn, WSYNC_TABLE_META, wsync_slice_of("spent"), &row) != WSYNC_OK) {
        return spent;
    }
    snprintf(text, sizeof text, "%.*s", (int)row.len, (const char *)row.data);
    if (read_row(text, &spent) && spent.day != wsync_spent_day(time)) {
        turn_to(&spent, wsync_spent_day(time));
    }
    return spent;
}

enum wsync_err wsync_spent_put(struct wsync_txn *txn, const struct wsync_spent *spent)
{
    char text[ROW_BYTES];
    int len = snprintf(text, sizeof text, "%lld %lld %lld %lld", (long long)spent->day,
                       (long long)spent->today_bytes, (long long)spent->last_bytes,
                       (long long)spent->change_bytes);
    for (size_t i = 0; i < spent->other_count; i++) {
        len += snprintf(text + len, sizeof text - (size_t)len, " %lld %lld",
                        (long long)spent->others[i].day, (long long)spent->others[i].bytes);
        WSYNC_ASSERT((size_t)len < sizeof text); /* 18 numbers of at most 20 digits */
    }
    return wsync_txn_put(txn, WSYNC_TABLE_META, wsync_slice_of("spent"), wsync_slice_of(text));
}

void wsync_spent_talk(struct wsync_spent *spent, int64_t bytes, int64_t out_bytes,
                      int64_t changes)
{
    spent->last_bytes = bytes;
    if (changes >= CHANGES_MIN) { /* fewer are mostly what a session costs anyway */
        spent->change_bytes = out_bytes / changes + 1;
    }
}
