/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "host/canary.h"
#include "host/doubt.h"
#include "server/commands.h"
#include "wardsync/restore.h"

int district_restored(struct wsync_cli *cli)
{
    struct wsync_site site;
    struct wsync_error error = {{0}};
    uint64_t epoch = 0;
    enum wsync_err err = wsync_site_open(cli->data_dir, WSYNC_SITE_DISTRICT, &site, &error);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    bool go = !cli->dry_run &&
              wsync_cli_confirm(cli, "Was the data directory restored from an older copy?");
    if (go) {
        err = wsync_doubt_retire(&site, WSYNC_DOUBT_TOLD, &error);
    }
    if (err == WSYNC_OK) {
        err = wsync_canary_put(&site, &error);
    }
    if (err == WSYNC_OK) {
        err = wsync_site_begin(&site, WSYNC_TXN_READ, &error);
    }
    if (err == WSYNC_OK) {
        err = wsync_epoch_get(site.txn, &epoch);
    }
    wsync_site_close(&site);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    wsync_cli_say(cli,
                  go ? "Epoch %llu begins.  The district writes in new logs; what is missing "
                       "here comes back from the wards at their next sync."
                     : "Nothing was changed; the epoch is %llu.",
                  (unsigned long long)epoch);
    return 0;
}
