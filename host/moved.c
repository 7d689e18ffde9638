/* SPDX-License-Identifier: Apache-2.0 */
#include "host/moved.h"

#include <stdio.h>
#include <stdlib.h>

/* META "moved": seconds since 1970, as text. */
enum { ROW_BYTES = 32 };

enum wsync_err wsync_moved_put(struct wsync_site *site, int64_t when, struct wsync_error *error)
{
    char row[ROW_BYTES];
    struct wsync_slice key = wsync_slice_of("moved");
    enum wsync_err err = wsync_site_begin(site, WSYNC_TXN_WRITE, error);
    if (err != WSYNC_OK) {
        return err;
    }
    int len = snprintf(row, sizeof row, "%lld", (long long)when);
    err = when != 0
              ? wsync_txn_put(site->txn, WSYNC_TABLE_META, key, wsync_slice(row, (size_t)len))
              : wsync_txn_del(site->txn, WSYNC_TABLE_META, key);
    if (err != WSYNC_OK && err != WSYNC_ERR_NOT_FOUND) {
        wsync_site_abort(site);
        return wsync_error_set(error, err, "The mark cannot be written: %s",
                               wsync_err_text(err, WSYNC_EN));
    }
    return wsync_site_commit(site, error);
}

enum wsync_err wsync_moved_get(struct wsync_txn *txn, int64_t *when)
{
    char text[ROW_BYTES];
    struct wsync_slice row;
    *when = 0;
    enum wsync_err err = wsync_txn_get(txn, WSYNC_TABLE_META, wsync_slice_of("moved"), &row);
    if (err == WSYNC_OK) {
        snprintf(text, sizeof text, "%.*s", (int)row.len, (const char *)row.data);
        *when = strtoll(text, NULL, 10);
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}
