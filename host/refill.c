/* SPDX-License-Identifier: Apache-2.0 */
#include "host/refill.h"

#include <string.h>

#include "host/admin_log.h"
#include "host/doubt.h"
#include "host/row.h"
#include "host/session_log.h"
#include "wardsync/restore.h"
#include "wardsync/roster.h"

/* META "whole": number of the doubt that is no more, and the epoch it was settled in; a later
 * epoch says that something was missing after all. */
static const char NAME[] = "whole";

/* The doubt that devices are awaited for. */
struct since {
    uint64_t number; /* 0: none */
    uint64_t epoch;
};

static struct wsync_slice row_of(const struct since *since,
                                 uint8_t bytes[2 * WSYNC_ROW_NUMBER_BYTES])
{
    struct wsync_row row = wsync_row_into(bytes, 2 * WSYNC_ROW_NUMBER_BYTES);
    wsync_row_put_number(&row, since->number);
    wsync_row_put_number(&row, since->epoch);
    return wsync_row_written(&row);
}

static enum wsync_err read_last(struct wsync_txn *txn, struct since *since)
{
    enum wsync_err err = wsync_doubt_count(txn, &since->number);
    return err == WSYNC_OK ? wsync_epoch_get(txn, &since->epoch) : err;
}

static enum wsync_err read_since(struct wsync_txn *txn, struct since *since)
{
    struct wsync_slice row;
    uint8_t bytes[2 * WSYNC_ROW_NUMBER_BYTES];
    enum wsync_err err = read_last(txn, since);
    if (err != WSYNC_OK || since->number == 0) {
        return err;
    }
    err = wsync_txn_get(txn, WSYNC_TABLE_META, wsync_slice_of(NAME), &row);
    if (err == WSYNC_OK && wsync_slice_equal(row, row_of(since, bytes))) {
        since->number = 0;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* A device whose rotation waits gets no further than BUSY while the desk is closed: it has been
 * asked for its roster by then, and the closed desk must not wait for it. */
static bool was_heard(const struct wsync_contact *contact, uint64_t number)
{
    bool put_off = contact->doubts == number && contact->last_code == WSYNC_ERR_BUSY &&
                   !contact->last_is_peers && contact->last_kind == WSYNC_SESSION_KIND_SYNC;
    return contact->good_doubts == number || put_off;
}

static enum wsync_err look_at(struct wsync_txn *txn, const struct wsync_device *device,
                              uint64_t number, struct wsync_refill *refill)
{
    struct wsync_contact contact;
    if (device->role == WSYNC_ROLE_NODE || device->revoked != 0 || device->suspended != 0) {
        return WSYNC_OK;
    }
    enum wsync_err err = wsync_contact_get(txn, &device->id, &contact);
    if (err == WSYNC_ERR_NOT_FOUND || (err == WSYNC_OK && !was_heard(&contact, number))) {
        memcpy(refill->first, device->name, sizeof refill->first);
        refill->awaited++;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

enum wsync_err wsync_refill_read(struct wsync_txn *txn, struct wsync_refill *refill)
{
    struct wsync_device device;
    struct wsync_device_id at;
    const struct wsync_device_id *after = NULL;
    struct since since;
    *refill = (struct wsync_refill){.awaited = 0};
    enum wsync_err err = read_since(txn, &since);
    if (err != WSYNC_OK || since.number == 0) {
        return err;
    }
    while (err == WSYNC_OK) { /* ends: each turn passes one device */
        err = wsync_device_after(txn, after, &device);
        if (err == WSYNC_OK) {
            err = look_at(txn, &device, since.number, refill);
        }
        at = device.id;
        after = &at;
    }
    refill->unsettled = refill->awaited == 0;
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err note_whole(struct wsync_txn *txn)
{
    struct since since;
    uint8_t bytes[2 * WSYNC_ROW_NUMBER_BYTES];
    enum wsync_err err = read_last(txn, &since);
    return err == WSYNC_OK ? wsync_txn_put(txn, WSYNC_TABLE_META, wsync_slice_of(NAME),
                                           row_of(&since, bytes))
                           : err;
}

enum wsync_err wsync_refill_settle(struct wsync_txn *txn, struct wsync_refill *refill)
{
    enum wsync_err err = wsync_refill_read(txn, refill);
    return err == WSYNC_OK && refill->unsettled ? note_whole(txn) : err;
}

enum wsync_err wsync_refill_check(struct wsync_txn *txn, struct wsync_error *error)
{
    struct wsync_refill refill;
    enum wsync_err err = wsync_refill_settle(txn, &refill);
    if (err != WSYNC_OK) {
        return wsync_error_set(error, err, "It cannot be told whether the roster is whole: %s",
                               wsync_err_text(err, WSYNC_EN));
    }
    if (refill.awaited == 0) {
        return WSYNC_OK;
    }
    return wsync_error_set(error, WSYNC_ERR_BUSY,
                           "This district went back, and %u devices (\"%s\") have not synced "
                           "since: what they hold of the roster may be missing here, and a new "
                           "statement would split it for ever.  Let them sync; if none of them "
                           "can hold more, run \"district restored --whole\".",
                           refill.awaited, refill.first);
}

enum wsync_err wsync_refill_whole(struct wsync_txn *txn, int64_t now)
{
    enum wsync_err err = note_whole(txn);
    return err == WSYNC_OK ? wsync_admin_log_add(txn, WSYNC_ADMIN_RESTORED, now, "roster=whole")
                           : err;
}
