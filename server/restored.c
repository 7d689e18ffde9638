/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "host/canary.h"
#include "host/clock.h"
#include "host/doubt.h"
#include "host/refill.h"
#include "server/commands.h"
#include "wardsync/restore.h"

const struct wsync_cli_option DISTRICT_RESTORED_OPTIONS[] = {
    {"whole", NULL, "no device that has not synced since holds more of the roster"},
    {NULL, NULL, NULL},
};

/* From here on statements are issued again. */
static enum wsync_err declare_whole(struct wsync_site *site, struct wsync_error *error)
{
    enum wsync_err err = wsync_site_begin(site, WSYNC_TXN_WRITE, error);
    if (err != WSYNC_OK) {
        return err;
    }
    err = wsync_refill_whole(site->txn, wsync_clock_wall_s());
    if (err != WSYNC_OK) {
        wsync_site_abort(site);
        return wsync_error_set(error, err, "It cannot be noted: %s",
                               wsync_err_text(err, WSYNC_EN));
    }
    return wsync_site_commit(site, error);
}

static enum wsync_err begin_epoch(struct wsync_site *site, struct wsync_error *error)
{
    enum wsync_err err = wsync_doubt_retire(site, WSYNC_DOUBT_TOLD, error);
    return err == WSYNC_OK ? wsync_canary_put(site, error) : err;
}

static enum wsync_err look(struct wsync_site *site, uint64_t *epoch,
                           struct wsync_refill *refill, struct wsync_error *error)
{
    enum wsync_err err = wsync_site_begin(site, WSYNC_TXN_READ, error);
    if (err == WSYNC_OK) {
        err = wsync_epoch_get(site->txn, epoch);
    }
    return err == WSYNC_OK ? wsync_refill_read(site->txn, refill) : err;
}

static void tell(const struct wsync_cli *cli, bool go, uint64_t epoch,
                 const struct wsync_refill *refill)
{
    bool whole = wsync_cli_flag(cli, "whole");
    wsync_cli_say(cli,
                  !go     ? "Nothing was changed; the epoch is %llu."
                  : whole ? "The roster counts as whole in epoch %llu; statements are issued "
                            "again."
                          : "Epoch %llu begins.  The district writes in new logs; what is "
                            "missing here comes back from the wards at their next sync.",
                  (unsigned long long)epoch);
    if (refill->awaited > 0) {
        wsync_cli_say(cli,
                      "Nobody is enrolled, revoked or given new keys until %u devices have "
                      "synced (\"%s\").",
                      refill->awaited, refill->first);
    }
}

int district_restored(struct wsync_cli *cli)
{
    struct wsync_site site;
    struct wsync_error error = {{0}};
    struct wsync_refill refill;
    uint64_t epoch = 0;
    bool whole = wsync_cli_flag(cli, "whole");
    enum wsync_err err = wsync_site_open(cli->data_dir, WSYNC_SITE_DISTRICT, &site, &error);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    bool go =
        !cli->dry_run &&
        wsync_cli_confirm(cli, whole ? "A statement that some ward holds and this district "
                                       "does not would split the roster.  Is it whole?"
                                     : "Was the data directory restored from an older "
                                       "copy?");
    if (go) {
        err = whole ? declare_whole(&site, &error) : begin_epoch(&site, &error);
    }
    if (err == WSYNC_OK) {
        err = look(&site, &epoch, &refill, &error);
    }
    wsync_site_close(&site);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    tell(cli, go, epoch, &refill);
    return 0;
}
