/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "host/backup.h"
#include "host/backup_command.h"
#include "host/clock.h"
#include "host/evidence.h"
#include "host/json.h"
#include "host/scrub.h"
#include "host/units_here.h"
#include "host/view.h"
#include "server/commands.h"
#include "server/words.h"
#include "wardsync/blob_quota.h"

struct counts {
    uint64_t changes, logs, devices, revoked, waiting, quarantined, conflicts, aside;
    int64_t backup; /* when the last one was made; 0: never */
    struct wsync_scrub_damage damage;
    struct wsync_blob_sums photos;
    uint64_t over; /* devices that handed in more photos today than they may */
    char down[SERVER_END_TEXT_BYTES];
};

static enum wsync_err count_logs(struct wsync_site *site, struct counts *counts)
{
    struct wsync_log log;
    struct wsync_log_id at;
    const struct wsync_log_id *after = NULL;
    enum wsync_err err;
    while ((err = wsync_log_after(site->txn, after, &log)) == WSYNC_OK) {
        counts->logs++;
        counts->changes += log.seq;
        at = log.id;
        after = &at;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err count_devices(struct wsync_site *site, struct counts *counts)
{
    struct wsync_device device;
    struct wsync_device_id at;
    const struct wsync_device_id *after = NULL;
    enum wsync_err err;
    while ((err = wsync_device_after(site->txn, after, &device)) == WSYNC_OK) {
        counts->devices += device.role != WSYNC_ROLE_NODE;
        counts->revoked += device.revoked != 0;
        at = device.id;
        after = &at;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err count_conflicts(struct wsync_site *site, struct counts *counts)
{
    struct wsync_entry entry = {.key = {NULL, 0}};
    enum wsync_err err;
    while ((err = wsync_txn_seek(site->txn, WSYNC_TABLE_CONFLICTS, WSYNC_SEEK_GT, &entry)) ==
           WSYNC_OK) {
        counts->conflicts++;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static void print(const struct wsync_cli *cli, struct wsync_site *site,
                  const struct wsync_roster *roster, const struct counts *counts)
{
    char unit[WSYNC_UNIT_LABEL_BYTES];
    wsync_units_here_label(site, site->conf.scope, unit);
    if (cli->json) {
        struct wsync_json *json = wsync_json_new();
        wsync_json_string(json, "unit", unit);
        wsync_json_number(json, "roster", (int64_t)roster->version);
        wsync_json_number(json, "devices", (int64_t)counts->devices);
        wsync_json_number(json, "revoked", (int64_t)counts->revoked);
        wsync_json_number(json, "logs", (int64_t)counts->logs);
        wsync_json_number(json, "changes", (int64_t)counts->changes);
        wsync_json_number(json, "conflicts", (int64_t)counts->conflicts);
        wsync_json_number(json, "waiting", (int64_t)counts->waiting);
        wsync_json_number(json, "quarantined", (int64_t)counts->quarantined);
        wsync_json_bool(json, "serving", counts->down[0] == '\0');
        wsync_json_number(json, "aside", (int64_t)counts->aside);
        wsync_view_photos_json(json, &counts->photos);
        wsync_json_number(json, "photos_over", (int64_t)counts->over);
        wsync_view_damage_json(json, &counts->damage);
        wsync_backup_show_json(json, counts->backup);
        wsync_json_print(json, stdout);
        return;
    }
    bool vi = cli->language == WSYNC_VI;
    printf("%s\n", unit);
    printf(vi ? "  thiết bị    %llu đã đăng ký, %llu đã thu hồi (danh sách bản %llu)\n"
              : "  devices     %llu enrolled, %llu revoked (roster version %llu)\n",
           (unsigned long long)counts->devices, (unsigned long long)counts->revoked,
           (unsigned long long)roster->version);
    printf(vi ? "  đang giữ    %llu thay đổi trong %llu sổ\n"
              : "  held        %llu changes in %llu logs\n",
           (unsigned long long)counts->changes, (unsigned long long)counts->logs);
    printf(
        vi ? "  chờ xử lý   %llu bản ghi xung đột, %llu thay đổi bị cách ly, %llu đang chờ\n"
           : "  to decide   %llu records in conflict, %llu changes quarantined, %llu waiting\n",
        (unsigned long long)counts->conflicts, (unsigned long long)counts->quarantined,
        (unsigned long long)counts->waiting);
    if (counts->down[0]) {
        printf("  %s\n", counts->down);
    }
    wsync_view_photos_wait(cli, &counts->photos);
    if (counts->over > 0) {
        printf(vi ? "  ảnh của %llu thiết bị chờ sang ngày khác: %s\n"
                  : "  photos of %llu devices wait for another day: %s\n",
               (unsigned long long)counts->over,
               wsync_err_text(WSYNC_ERR_BUDGET, cli->language));
    }
    wsync_view_aside(cli, counts->aside);
    wsync_view_damage(cli, &counts->damage);
    wsync_backup_show(cli, counts->backup);
}

int district_status(struct wsync_cli *cli)
{
    struct wsync_site site;
    struct wsync_roster roster;
    struct counts counts = {.changes = 0};
    int code = wsync_view_open(cli, &site);
    if (code != 0) {
        return code;
    }
    enum wsync_err err = wsync_roster_get(site.txn, &roster);
    if (err == WSYNC_OK) {
        err = count_logs(&site, &counts);
    }
    if (err == WSYNC_OK) {
        err = count_devices(&site, &counts);
    }
    if (err == WSYNC_OK) {
        err = count_conflicts(&site, &counts);
    }
    if (err == WSYNC_OK) {
        err = wsync_ledger_unsettled(site.txn, &counts.waiting, &counts.quarantined);
    }
    if (err == WSYNC_OK) {
        err = wsync_evidence_count(site.txn, 0, &counts.aside);
    }
    if (err == WSYNC_OK) {
        err = wsync_scrub_known(site.txn, &counts.damage);
    }
    if (err == WSYNC_OK) {
        err = wsync_blob_sums(site.txn, site.blobs, &counts.photos);
    }
    if (err == WSYNC_OK) {
        err = wsync_blob_over(site.txn, wsync_clock_wall_s(), &counts.over);
    }
    if (err == WSYNC_OK) {
        err = wsync_backup_last(site.txn, &counts.backup);
    }
    if (err == WSYNC_OK) {
        err = server_down_text(site.txn, cli->language, counts.down);
    }
    if (err == WSYNC_OK) {
        print(cli, &site, &roster, &counts);
    }
    wsync_site_close(&site);
    return err == WSYNC_OK ? 0 : wsync_cli_fail(cli, err, NULL);
}
