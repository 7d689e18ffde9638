/* SPDX-License-Identifier: Apache-2.0 */
/* META names, for each unit, the log that this device writes and the one it retired last
 * (core/restore.c).  No raw log says so: a wrong row is not computed anew but looked through,
 * as a change appended to a retired log is a fork and one to another's log is refused by
 * everybody.
 */
#include "host/verify_parts.h"

#include <stdio.h>
#include <string.h>

enum { NAME_BYTES = 3, KEY_BYTES = NAME_BYTES + 4 };

static const char OWN[] = "own";
static const char OLD[] = "old";

static bool is_retired(struct wsync_txn *txn, const struct wsync_slice *key,
                       const struct wsync_slice *value)
{
    uint8_t old[KEY_BYTES];
    struct wsync_slice row;
    memcpy(old, key->data, sizeof old);
    memcpy(old, OLD, NAME_BYTES);
    return wsync_txn_get(txn, WSYNC_TABLE_META, wsync_slice(old, sizeof old), &row) ==
               WSYNC_OK &&
           wsync_slice_equal(row, *value);
}

/* NULL when nothing is wrong. */
static const char *fault_of(struct wsync_verify *job, const struct wsync_entry *entry,
                            struct wsync_log *log)
{
    struct wsync_txn *txn = job->live.txn;
    uint32_t scope = (uint32_t)wsync_verify_number(entry->key.data + NAME_BYTES, 4);
    bool own = memcmp(entry->key.data, OWN, NAME_BYTES) == 0;
    if (entry->value.len != sizeof log->id.b) {
        return "the row cannot be read";
    }
    memcpy(log->id.b, entry->value.data, sizeof log->id.b);
    if (wsync_log_find(txn, &log->id, log) != WSYNC_OK || !log->known) {
        return "names a log that is not here";
    }
    if (!wsync_device_id_equal(&log->device, &job->stores->identity->device)) {
        return "names a log of another device";
    }
    if (log->scope != scope) {
        return "names a log of another unit";
    }
    return own && is_retired(txn, &entry->key, &entry->value) ? "names a log that is retired"
                                                              : NULL;
}

static void check_row(struct wsync_verify *job, const struct wsync_entry *entry)
{
    bool own = memcmp(entry->key.data, OWN, NAME_BYTES) == 0;
    struct wsync_log log = {.no = 0};
    const char *fault = fault_of(job, entry, &log);
    char digits[9];
    struct wsync_verify_finding finding = {.what = own ? "open log" : "retired log"};
    if (!fault) {
        return;
    }
    wsync_hex_encode(wsync_slice(log.id.b, 4), digits);
    snprintf(finding.place, sizeof finding.place, "of this device for unit %u, log %s",
             (unsigned)wsync_verify_number(entry->key.data + NAME_BYTES, 4), digits);
    snprintf(finding.stored, sizeof finding.stored, "%s", fault);
    wsync_verify_found(job, &finding);
}

static enum wsync_err check_rows(struct wsync_verify *job, const char *name)
{
    struct wsync_entry entry = {.key = wsync_slice(name, NAME_BYTES)};
    enum wsync_err err;
    while ((err = wsync_txn_seek(job->live.txn, WSYNC_TABLE_META, WSYNC_SEEK_GT, &entry)) ==
               WSYNC_OK &&
           entry.key.len >= NAME_BYTES && memcmp(entry.key.data, name, NAME_BYTES) == 0) {
        if (entry.key.len == KEY_BYTES) {
            check_row(job, &entry);
        }
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

enum wsync_err wsync_verify_own(struct wsync_verify *job)
{
    enum wsync_err err = check_rows(job, OWN);
    return err == WSYNC_OK ? check_rows(job, OLD) : err;
}
