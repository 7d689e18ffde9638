/* SPDX-License-Identifier: Apache-2.0 */
#include "host/pace_row.h"

#include <stdio.h>
#include <string.h>

enum { NAME_BYTES = 16, ROW_BYTES = WSYNC_ADDRESS_BYTES_MAX + 160, FNV_PRIME = 16777619 };

static void name_of(const char *address, char name[NAME_BYTES])
{
    uint32_t sum = 2166136261U;
    for (const char *at = address; *at; at++) {
        sum = (sum ^ (uint8_t)*at) * FNV_PRIME;
    }
    snprintf(name, NAME_BYTES, "pace/%u", sum % WSYNC_PACE_ROWS);
}

static bool is_sane(const struct wsync_pace *pace)
{
    return pace->round_ms >= 0 && pace->round_ms <= WSYNC_SILENCE_MS_MAX &&
           pace->spread_ms >= 0 && pace->spread_ms <= WSYNC_SILENCE_MS_MAX && pace->rate >= 0 &&
           pace->rate <= 1 << 30 && pace->set_bytes <= WSYNC_SET_BYTES_MAX;
}

struct wsync_pace wsync_pace_row_get(struct wsync_txn *txn, const char *address)
{
    struct wsync_pace pace = {0};
    char name[NAME_BYTES], text[ROW_BYTES];
    struct wsync_slice row;
    long long round_ms, spread_ms, rate;
    int at = 0;
    name_of(address, name);
    if (wsync_txn_get(txn, WSYNC_TABLE_META, wsync_slice_of(name), &row) != WSYNC_OK) {
        return pace;
    }
    snprintf(text, sizeof text, "%.*s", (int)row.len, (const char *)row.data);
    if (sscanf(text, "%lld %lld %lld %u %u %u %u %n", &round_ms, &spread_ms, &rate,
               &pace.set_bytes, &pace.silences, &pace.drops, &pace.passes, &at) < 7 ||
        strcmp(text + at, address) != 0) {
        return (struct wsync_pace){0};
    }
    pace.round_ms = round_ms;
    pace.spread_ms = spread_ms;
    pace.rate = rate;
    return is_sane(&pace) ? pace : (struct wsync_pace){0};
}

enum wsync_err wsync_pace_row_put(struct wsync_txn *txn, const char *address,
                                  const struct wsync_pace *pace)
{
    char name[NAME_BYTES], text[ROW_BYTES];
    name_of(address, name);
    snprintf(text, sizeof text, "%lld %lld %lld %u %u %u %u %s", (long long)pace->round_ms,
             (long long)pace->spread_ms, (long long)pace->rate, pace->set_bytes, pace->silences,
             pace->drops, pace->passes, address);
    return wsync_txn_put(txn, WSYNC_TABLE_META, wsync_slice_of(name), wsync_slice_of(text));
}
