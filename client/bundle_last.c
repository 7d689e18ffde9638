/* SPDX-License-Identifier: Apache-2.0 */
#include "client/bundle_last.h"

#include <string.h>

#include "host/clock.h"
#include "wardsync/ledger.h"

/* META "last-bundle" -> id, has_log, log, held, time, tip. */
struct row {
    uint8_t b[WSYNC_BUNDLE_ID_BYTES + 1 + WSYNC_LOG_ID_BYTES + 8 + 8 + 8];
};

static const char NAME[] = "last-bundle";

static void put_number(uint8_t *out, uint64_t number)
{
    for (int i = 0; i < 8; i++) {
        out[i] = (uint8_t)(number >> (8 * (7 - i)));
    }
}

static uint64_t get_number(const uint8_t *in)
{
    uint64_t number = 0;
    for (int i = 0; i < 8; i++) {
        number = number << 8 | in[i];
    }
    return number;
}

enum wsync_err client_bundle_last_now(struct wsync_site *site, struct client_bundle_last *last)
{
    struct wsync_log own;
    *last = (struct client_bundle_last){.is = true, .time = wsync_clock_wall_s()};
    enum wsync_err err = wsync_ledger_own_log(site->txn, site->conf.scope, &own);
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    last->has_log = true;
    last->log = own.id;
    last->tip = own.seq;
    return wsync_held_get(site->txn, own.no, &last->held);
}

enum wsync_err client_bundle_last_put(struct wsync_site *site,
                                      const struct client_bundle_last *last,
                                      struct wsync_error *error)
{
    struct row row;
    uint8_t *at = row.b;
    memcpy(at, last->id.b, sizeof last->id.b);
    at += sizeof last->id.b;
    *at++ = last->has_log;
    memcpy(at, last->log.b, sizeof last->log.b);
    at += sizeof last->log.b;
    put_number(at, last->held);
    put_number(at + 8, (uint64_t)last->time);
    put_number(at + 16, last->tip);
    enum wsync_err err = wsync_site_begin(site, WSYNC_TXN_WRITE, error);
    if (err != WSYNC_OK) {
        return err;
    }
    err = wsync_txn_put(site->txn, WSYNC_TABLE_META, wsync_slice_of(NAME), WSYNC_BYTES(row));
    if (err != WSYNC_OK) {
        wsync_site_abort(site);
        return wsync_error_set(error, err, "%s", wsync_err_text(err, WSYNC_EN));
    }
    return wsync_site_commit(site, error);
}

enum wsync_err client_bundle_last_get(struct wsync_site *site, struct client_bundle_last *last)
{
    struct wsync_slice row;
    *last = (struct client_bundle_last){.is = false};
    enum wsync_err err = wsync_txn_get(site->txn, WSYNC_TABLE_META, wsync_slice_of(NAME), &row);
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    if (row.len != sizeof(struct row)) {
        return WSYNC_ERR_CORRUPT;
    }
    const uint8_t *at = row.data;
    last->is = true;
    memcpy(last->id.b, at, sizeof last->id.b);
    at += sizeof last->id.b;
    last->has_log = *at++ == 1;
    memcpy(last->log.b, at, sizeof last->log.b);
    at += sizeof last->log.b;
    last->held = get_number(at);
    last->time = (int64_t)get_number(at + 8);
    last->tip = get_number(at + 16);
    return WSYNC_OK;
}
