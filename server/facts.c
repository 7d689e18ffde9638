/* SPDX-License-Identifier: Apache-2.0 */
#include "server/facts.h"

#include "host/backup.h"
#include "host/clock.h"
#include "host/evidence.h"
#include "host/store_lmdb.h"
#include "wardsync/blob_quota.h"

static enum wsync_err count_logs(struct wsync_site *site, struct server_facts *facts)
{
    struct wsync_log log;
    struct wsync_log_id at;
    const struct wsync_log_id *after = NULL;
    enum wsync_err err;
    while ((err = wsync_log_after(site->txn, after, &log)) == WSYNC_OK) {
        facts->logs++;
        facts->changes += log.seq;
        at = log.id;
        after = &at;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err count_devices(struct wsync_site *site, struct server_facts *facts)
{
    struct wsync_device device;
    struct wsync_device_id at;
    const struct wsync_device_id *after = NULL;
    enum wsync_err err;
    while ((err = wsync_device_after(site->txn, after, &device)) == WSYNC_OK) {
        facts->devices += device.role != WSYNC_ROLE_NODE;
        facts->revoked += device.revoked != 0;
        at = device.id;
        after = &at;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

enum wsync_err server_facts_gather(struct wsync_site *site, struct server_facts *facts)
{
    *facts = (struct server_facts){.changes = 0};
    enum wsync_err err = wsync_roster_get(site->txn, &facts->roster);
    if (err == WSYNC_OK) {
        err = count_logs(site, facts);
    }
    if (err == WSYNC_OK) {
        err = count_devices(site, facts);
    }
    facts->conflicts = wsync_store_lmdb_count(site->txn, WSYNC_TABLE_CONFLICTS);
    if (err == WSYNC_OK) {
        err = wsync_ledger_unsettled(site->txn, &facts->waiting, &facts->quarantined);
    }
    if (err == WSYNC_OK) {
        err = wsync_evidence_count(site->txn, 0, &facts->aside);
    }
    if (err == WSYNC_OK) {
        err = wsync_scrub_known(site->txn, &facts->damage);
    }
    if (err == WSYNC_OK) {
        err = wsync_blob_sums(site->txn, site->blobs, &facts->photos);
    }
    if (err == WSYNC_OK) {
        err = wsync_blob_over(site->txn, wsync_clock_wall_s(), &facts->over);
    }
    return err == WSYNC_OK ? wsync_backup_last(site->txn, &facts->backup) : err;
}
