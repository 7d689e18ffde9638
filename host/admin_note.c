/* SPDX-License-Identifier: Apache-2.0 */
#include "host/admin_note.h"

#include "host/block.h"
#include "host/clock.h"
#include "wardsync/crypto.h"

static enum wsync_err add(struct wsync_site *site, enum wsync_admin_kind kind, const char *text,
                          struct wsync_error *error)
{
    enum wsync_err err = wsync_site_begin(site, WSYNC_TXN_WRITE, error);
    if (err != WSYNC_OK) {
        return err;
    }
    err = wsync_admin_log_add(site->txn, kind, wsync_clock_wall_s(), "%s", text);
    if (err != WSYNC_OK) {
        wsync_site_abort(site);
        return wsync_error_set(error, err, "The admin log cannot be written: %s",
                               wsync_err_text(err, WSYNC_EN));
    }
    return wsync_site_commit(site, error);
}

enum wsync_err wsync_admin_note(const struct wsync_admin_desk *desk, enum wsync_admin_kind kind,
                                const char *text, struct wsync_error *error)
{
    if (desk->kind != WSYNC_SITE_DISTRICT) {
        return WSYNC_OK;
    }
    struct wsync_site *site = wsync_block_new(sizeof *site);
    if (!site) {
        return wsync_error_set(error, WSYNC_ERR_MEMORY, "There is not enough memory.");
    }
    enum wsync_err err = wsync_site_open(desk->data_dir, desk->kind, site, error);
    if (err == WSYNC_OK) {
        err = add(site, kind, text, error);
        wsync_site_close(site);
    }
    wsync_wipe(site, sizeof *site);
    wsync_block_free(site, sizeof *site);
    return err;
}
