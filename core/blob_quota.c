/* SPDX-License-Identifier: Apache-2.0 */
#include "wardsync/blob_quota.h"

#include "core/blob_rows.h"
#include "core/bytes.h"

/* BLOB_WORK: 'd', device, root, length: not whole, and that device gives it -> nothing.
 *            'l', root, length, device: the same, from the other side.
 *            'q', device -> day, begun on it, bytes of those, refused on it. */
enum {
    SECONDS_A_DAY = 86400,
    DEVICE_AT = 1,
    DRAFT_NAME_AT = DEVICE_AT + WSYNC_DEVICE_ID_BYTES,
    DRAFT_BYTES = DRAFT_NAME_AT + WSYNC_BLOB_ROW_NAME_BYTES,
    SPENT_BYTES = DEVICE_AT + WSYNC_DEVICE_ID_BYTES,
    GIVER_NAME_AT = 1,
    GIVER_DEVICE_AT = GIVER_NAME_AT + WSYNC_BLOB_ROW_NAME_BYTES,
    SPENT_ROW_BYTES = 4 * 8,
};

enum { DRAFT = 'd', GIVER = 'l', SPENT = 'q' };

struct spent {
    int64_t day;
    uint64_t begun, bytes, refused;
};

static int64_t day_of(int64_t time)
{
    return time / SECONDS_A_DAY - (time % SECONDS_A_DAY < 0);
}

static void draft_key(uint8_t key[DRAFT_BYTES], const struct wsync_device_id *device,
                      const struct wsync_blob_name *name)
{
    key[0] = DRAFT;
    memcpy(key + DEVICE_AT, device->b, sizeof device->b);
    wsync_blob_row_name_put(key + DRAFT_NAME_AT, name);
}

static void spent_key(uint8_t key[SPENT_BYTES], const struct wsync_device_id *device)
{
    key[0] = SPENT;
    memcpy(key + DEVICE_AT, device->b, sizeof device->b);
}

static enum wsync_err read_spent(struct wsync_slice row, struct spent *spent)
{
    struct wsync_reader reader = wsync_reader_over(row);
    spent->day = (int64_t)wsync_read_number(&reader, 8);
    spent->begun = wsync_read_number(&reader, 8);
    spent->bytes = wsync_read_number(&reader, 8);
    spent->refused = wsync_read_number(&reader, 8);
    return wsync_read_whole(&reader) ? WSYNC_OK : WSYNC_ERR_CORRUPT;
}

/* What the device spent on the day of `time`. */
static enum wsync_err get_spent(struct wsync_txn *txn, const struct wsync_device_id *device,
                                int64_t time, struct spent *spent)
{
    uint8_t key[SPENT_BYTES];
    struct wsync_slice row;
    spent_key(key, device);
    *spent = (struct spent){.day = day_of(time)};
    enum wsync_err err =
        wsync_txn_get(txn, WSYNC_TABLE_BLOB_WORK, wsync_slice(key, sizeof key), &row);
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    err = read_spent(row, spent);
    if (spent->day != day_of(time)) {
        *spent = (struct spent){.day = day_of(time)};
    }
    return err;
}

static enum wsync_err put_spent(struct wsync_txn *txn, const struct wsync_device_id *device,
                                const struct spent *spent)
{
    uint8_t key[SPENT_BYTES], row[SPENT_ROW_BYTES];
    struct wsync_writer writer = wsync_writer_over(row, sizeof row);
    spent_key(key, device);
    wsync_write_number(&writer, (uint64_t)spent->day, 8);
    wsync_write_number(&writer, spent->begun, 8);
    wsync_write_number(&writer, spent->bytes, 8);
    wsync_write_number(&writer, spent->refused, 8);
    return wsync_txn_put(txn, WSYNC_TABLE_BLOB_WORK, wsync_slice(key, sizeof key),
                         wsync_written(&writer));
}

static void giver_key(uint8_t key[DRAFT_BYTES], const struct wsync_device_id *device,
                      const struct wsync_blob_name *name)
{
    key[0] = GIVER;
    wsync_blob_row_name_put(key + GIVER_NAME_AT, name);
    memcpy(key + GIVER_DEVICE_AT, device->b, sizeof device->b);
}

/* Does another device give it, too? */
static enum wsync_err others_give(struct wsync_txn *txn, const struct wsync_device_id *device,
                                  const struct wsync_blob_name *name, bool *others)
{
    uint8_t own[DRAFT_BYTES];
    giver_key(own, device, name);
    struct wsync_slice prefix = wsync_slice(own, GIVER_DEVICE_AT);
    struct wsync_entry entry = {.key = prefix};
    enum wsync_err err = wsync_txn_seek(txn, WSYNC_TABLE_BLOB_WORK, WSYNC_SEEK_GT, &entry);
    if (err == WSYNC_OK && wsync_slice_equal(entry.key, wsync_slice(own, sizeof own))) {
        err = wsync_txn_seek(txn, WSYNC_TABLE_BLOB_WORK, WSYNC_SEEK_GT, &entry);
    }
    *others = err == WSYNC_OK && wsync_slice_starts(entry.key, prefix);
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err strike_draft(struct wsync_txn *txn, const struct wsync_device_id *device,
                                   const struct wsync_blob_name *name)
{
    uint8_t draft[DRAFT_BYTES], giver[DRAFT_BYTES];
    draft_key(draft, device, name);
    giver_key(giver, device, name);
    enum wsync_err err =
        wsync_txn_del(txn, WSYNC_TABLE_BLOB_WORK, wsync_slice(draft, sizeof draft));
    if (err == WSYNC_OK || err == WSYNC_ERR_NOT_FOUND) {
        err = wsync_txn_del(txn, WSYNC_TABLE_BLOB_WORK, wsync_slice(giver, sizeof giver));
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

enum wsync_err wsync_blob_next_draft(struct wsync_txn *txn,
                                     const struct wsync_device_id *device,
                                     struct wsync_blob_name *name)
{
    uint8_t key[DRAFT_BYTES];
    draft_key(key, device, name);
    struct wsync_entry entry = {.key = wsync_slice(key, sizeof key)};
    enum wsync_err err = wsync_txn_seek(txn, WSYNC_TABLE_BLOB_WORK, WSYNC_SEEK_GT, &entry);
    if (err != WSYNC_OK || entry.key.len != DRAFT_BYTES ||
        !wsync_slice_starts(entry.key, wsync_slice(key, DRAFT_NAME_AT))) {
        return err == WSYNC_OK ? WSYNC_ERR_NOT_FOUND : err;
    }
    *name = wsync_blob_row_name_get(entry.key.data + DRAFT_NAME_AT);
    return WSYNC_OK;
}

/* Counts the drafts of a device that still are some; the others are struck off, and what
 * nothing names any more goes. */
static enum wsync_err count_drafts(const struct wsync_ledger *ledger, struct wsync_txn *txn,
                                   const struct wsync_device_id *device, size_t *count)
{
    struct wsync_blob_name name = {.length = 0};
    enum wsync_err err;
    *count = 0;
    while ((err = wsync_blob_next_draft(txn, device, &name)) == WSYNC_OK) { /* few */
        struct wsync_blob_state state;
        bool named;
        err = wsync_blob_look(ledger->blobs, &name, &state);
        if (err == WSYNC_OK) {
            err = wsync_blob_is_named(txn, &name, NULL, 0, &named);
        }
        if (err != WSYNC_OK) {
            return err;
        }
        bool stays = named && !state.whole && state.chunks > 0;
        *count += stays;
        err = stays ? WSYNC_OK
                    : wsync_blob_note_ended(ledger, txn, device, &name, state.whole);
        if (err != WSYNC_OK) {
            return err;
        }
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

enum wsync_err wsync_blob_may_begin(const struct wsync_ledger *ledger, struct wsync_txn *txn,
                                    const struct wsync_device_id *device,
                                    const struct wsync_blob_name *name, bool *may)
{
    struct spent spent;
    size_t drafts = 0;
    enum wsync_err err = get_spent(txn, device, ledger->moment.time, &spent);
    *may = err == WSYNC_OK && spent.begun < WSYNC_BLOB_DAY_COUNT_MAX &&
           spent.bytes + name->length <= WSYNC_BLOB_DAY_BYTES_MAX;
    if (*may) {
        err = count_drafts(ledger, txn, device, &drafts);
        *may = drafts < WSYNC_BLOB_DRAFTS_MAX;
    }
    if (err != WSYNC_OK || *may) {
        return err;
    }
    spent.refused++;
    return put_spent(txn, device, &spent);
}

enum wsync_err wsync_blob_note_begun(const struct wsync_ledger *ledger, struct wsync_txn *txn,
                                     const struct wsync_device_id *device,
                                     const struct wsync_blob_name *name)
{
    struct spent spent;
    enum wsync_err err = get_spent(txn, device, ledger->moment.time, &spent);
    spent.begun++;
    spent.bytes += name->length;
    err = err == WSYNC_OK ? put_spent(txn, device, &spent) : err;
    return err == WSYNC_OK ? wsync_blob_note_giver(txn, device, name) : err;
}

enum wsync_err wsync_blob_note_giver(struct wsync_txn *txn,
                                     const struct wsync_device_id *device,
                                     const struct wsync_blob_name *name)
{
    const struct wsync_slice nothing = {NULL, 0};
    uint8_t draft[DRAFT_BYTES], giver[DRAFT_BYTES];
    draft_key(draft, device, name);
    giver_key(giver, device, name);
    enum wsync_err err = wsync_txn_put(txn, WSYNC_TABLE_BLOB_WORK,
                                       wsync_slice(draft, sizeof draft), nothing);
    return err == WSYNC_OK ? wsync_txn_put(txn, WSYNC_TABLE_BLOB_WORK,
                                           wsync_slice(giver, sizeof giver), nothing)
                           : err;
}

enum wsync_err wsync_blob_note_ended(const struct wsync_ledger *ledger, struct wsync_txn *txn,
                                     const struct wsync_device_id *device,
                                     const struct wsync_blob_name *name, bool whole)
{
    struct wsync_blob_state state = {.whole = whole};
    bool others = false;
    enum wsync_err err = others_give(txn, device, name, &others);
    if (err == WSYNC_OK && !whole) {
        err = wsync_blob_look(ledger->blobs, name, &state);
    }
    if (err == WSYNC_OK && !state.whole && !others) {
        err = wsync_blob_forget(ledger->blobs, name);
    }
    return err == WSYNC_OK ? strike_draft(txn, device, name) : err;
}

enum wsync_err wsync_blob_over(struct wsync_txn *txn, int64_t time, uint64_t *devices)
{
    uint8_t at[SPENT_BYTES] = {SPENT};
    struct wsync_entry entry = {.key = wsync_slice(at, 1)};
    enum wsync_err err;
    *devices = 0;
    while ((err = wsync_txn_seek(txn, WSYNC_TABLE_BLOB_WORK, WSYNC_SEEK_GT, &entry)) ==
               WSYNC_OK &&
           entry.key.len == SPENT_BYTES && entry.key.data[0] == SPENT) { /* one a device */
        struct spent spent;
        err = read_spent(entry.value, &spent);
        if (err != WSYNC_OK) {
            return err;
        }
        *devices += spent.day == day_of(time) && spent.refused > 0;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}
