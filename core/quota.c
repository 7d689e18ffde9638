/* SPDX-License-Identifier: Apache-2.0 */
/* How many changes a device may hand in a day (SPEC section 7.13): counted by the district
 * alone, as they come.  What is beyond is quarantined, and from then on its verdict says so:
 * nobody counts a second time. */
#include "core/bytes.h"
#include "core/settle_parts.h"

/* QUOTAS: device id -> day, changes taken on it. */
enum { SECONDS_A_DAY = 86400, ROW_BYTES = 16 };

/* Days before 1970 are negative. */
static uint64_t day_of(int64_t time)
{
    int64_t day = time / SECONDS_A_DAY - (time % SECONDS_A_DAY < 0);
    return (uint64_t)day;
}

static enum wsync_err taken_on(struct wsync_txn *txn, const struct wsync_device *device,
                               uint64_t day, uint64_t *taken)
{
    struct wsync_slice row;
    *taken = 0;
    enum wsync_err err = wsync_txn_get(txn, WSYNC_TABLE_QUOTAS, WSYNC_BYTES(device->id), &row);
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    struct wsync_reader reader = wsync_reader_over(row);
    uint64_t last = wsync_read_number(&reader, 8);
    uint64_t count = wsync_read_number(&reader, 8);
    *taken = last == day ? count : 0;
    return wsync_read_whole(&reader) ? WSYNC_OK : WSYNC_ERR_CORRUPT;
}

enum wsync_err wsync_quota_take(const struct wsync_ledger *ledger, struct wsync_txn *txn,
                                const struct wsync_device *device, uint64_t count,
                                uint64_t *within)
{
    uint8_t row[ROW_BYTES];
    uint64_t taken;
    bool node;
    uint64_t day = day_of(ledger->moment.time);
    *within = count;
    if (device->quota == 0 || device->role == WSYNC_ROLE_NODE) {
        return WSYNC_OK;
    }
    enum wsync_err err = wsync_ledger_is_node(ledger, txn, &node);
    if (err != WSYNC_OK || !node) {
        return err;
    }
    err = taken_on(txn, device, day, &taken);
    if (err != WSYNC_OK) {
        return err;
    }
    uint64_t left = taken < device->quota ? device->quota - taken : 0;
    *within = count < left ? count : left;
    struct wsync_writer writer = wsync_writer_over(row, sizeof row);
    wsync_write_number(&writer, day, 8);
    wsync_write_number(&writer, taken + *within, 8);
    return wsync_txn_put(txn, WSYNC_TABLE_QUOTAS, WSYNC_BYTES(device->id),
                         wsync_written(&writer));
}
