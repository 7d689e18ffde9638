/* SPDX-License-Identifier: Apache-2.0 */
#include "host/tlog.h"

#include "host/clock.h"
#include "wardsync/tree.h"

enum wsync_err wsync_tlog_renew(struct wsync_site *site)
{
    struct wsync_tree tree;
    enum wsync_err err = wsync_tree_get(site->txn, &tree);
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    site->ledger.moment = wsync_clock_moment();
    err = wsync_tree_open(&site->ledger, site->txn);
    site->ledger.moment.time = 0; /* its entropy is used up */
    return err;
}

static enum wsync_err begin_and_sign(struct wsync_site *site, const struct wsync_desk *desk)
{
    struct wsync_tree tree;
    struct wsync_scopes scopes;
    enum wsync_err err = wsync_tree_get(site->txn, &tree);
    if (err == WSYNC_ERR_NOT_FOUND) {
        err = wsync_tree_open(&site->ledger, site->txn);
    }
    if (err == WSYNC_OK) {
        err = wsync_scopes_collect(site->txn, &site->arena, &scopes);
    }
    return err == WSYNC_OK ? wsync_tree_sign(&site->ledger, site->txn, &desk->log, &scopes)
                           : err;
}

enum wsync_err wsync_tlog_begin(struct wsync_site *site, const struct wsync_desk *desk,
                                struct wsync_error *error)
{
    struct wsync_roster roster;
    enum wsync_err err = wsync_site_begin(site, WSYNC_TXN_WRITE, error);
    if (err != WSYNC_OK) {
        return err;
    }
    err = wsync_roster_get(site->txn, &roster);
    if (err == WSYNC_OK && !wsync_log_can_sign(&roster, desk)) {
        wsync_site_abort(site);
        WSYNC_JOURNAL(WARNING, "no-receipts",
                      wsync_journal_text("why", desk->has_log ? "another log key in the roster"
                                                              : "no log key"));
        return WSYNC_OK;
    }
    size_t mark = wsync_arena_mark(&site->arena);
    site->ledger.moment = wsync_clock_moment();
    if (err == WSYNC_OK) {
        err = begin_and_sign(site, desk);
    }
    site->ledger.moment.time = 0;
    wsync_arena_release(&site->arena, mark);
    if (err == WSYNC_OK) {
        return wsync_site_commit(site, error);
    }
    wsync_site_abort(site);
    return wsync_error_set(error, err, "The transparency log cannot go on: %s",
                           wsync_err_text(err, WSYNC_EN));
}
