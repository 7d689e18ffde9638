/* SPDX-License-Identifier: Apache-2.0 */
#include "host/refill.h"

#include <string.h>

#include "host/admin_log.h"
#include "host/doubt.h"
#include "host/session_log.h"
#include "wardsync/roster.h"

/* META "whole": 8 bytes, when the doubt was that is no more. */
static const char NAME[] = "whole";

static struct wsync_slice row_of(int64_t when, uint8_t row[8])
{
    for (int i = 0; i < 8; i++) {
        row[i] = (uint8_t)((uint64_t)when >> (56 - 8 * i));
    }
    return wsync_slice(row, 8);
}

/* When it last went back; 0 when nothing is awaited for that. */
static enum wsync_err since(struct wsync_txn *txn, int64_t *when)
{
    enum wsync_doubt why;
    struct wsync_slice row;
    uint8_t bytes[8];
    enum wsync_err err = wsync_doubt_last(txn, &why, when);
    if (err != WSYNC_OK || *when == 0) {
        return err;
    }
    err = wsync_txn_get(txn, WSYNC_TABLE_META, wsync_slice_of(NAME), &row);
    if (err == WSYNC_OK && wsync_slice_equal(row, row_of(*when, bytes))) {
        *when = 0;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* A device whose rotation waits gets no further than BUSY while the desk is closed: it has been
 * asked for its roster by then, and the closed desk must not wait for it. */
static bool was_heard(const struct wsync_contact *contact, int64_t when)
{
    bool put_off = contact->last >= when && contact->last_code == WSYNC_ERR_BUSY &&
                   !contact->last_is_peers && contact->last_kind == WSYNC_SESSION_KIND_SYNC;
    return contact->last_good >= when || put_off;
}

static enum wsync_err look_at(struct wsync_txn *txn, const struct wsync_device *device,
                              int64_t when, struct wsync_refill *refill)
{
    struct wsync_contact contact;
    bool newer =
        device->keys[0].stamp >= when; /* enrolled since: it has nothing to bring back */
    if (newer || device->role == WSYNC_ROLE_NODE || device->revoked != 0 ||
        device->suspended != 0) {
        return WSYNC_OK;
    }
    enum wsync_err err = wsync_contact_get(txn, &device->id, &contact);
    if (err == WSYNC_ERR_NOT_FOUND || (err == WSYNC_OK && !was_heard(&contact, when))) {
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
    int64_t when;
    *refill = (struct wsync_refill){.awaited = 0};
    enum wsync_err err = since(txn, &when);
    if (err != WSYNC_OK || when == 0) {
        return err;
    }
    while (err == WSYNC_OK) { /* ends: each turn passes one device */
        err = wsync_device_after(txn, after, &device);
        if (err == WSYNC_OK) {
            err = look_at(txn, &device, when, refill);
        }
        at = device.id;
        after = &at;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

enum wsync_err wsync_refill_check(struct wsync_txn *txn, struct wsync_error *error)
{
    struct wsync_refill refill;
    enum wsync_err err = wsync_refill_read(txn, &refill);
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
    enum wsync_doubt why;
    int64_t when;
    uint8_t bytes[8];
    enum wsync_err err = wsync_doubt_last(txn, &why, &when);
    if (err == WSYNC_OK) {
        err = wsync_txn_put(txn, WSYNC_TABLE_META, wsync_slice_of(NAME), row_of(when, bytes));
    }
    return err == WSYNC_OK ? wsync_admin_log_add(txn, WSYNC_ADMIN_RESTORED, now, "roster=whole")
                           : err;
}
