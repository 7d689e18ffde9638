/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "host/backup_command.h"
#include "host/json.h"
#include "host/units_here.h"
#include "host/view.h"
#include "server/commands.h"
#include "server/facts.h"
#include "server/words.h"

static void print(const struct wsync_cli *cli, struct wsync_site *site,
                  const struct server_facts *facts, const char *down)
{
    char unit[WSYNC_UNIT_LABEL_BYTES];
    wsync_units_here_label(site, site->conf.scope, unit);
    if (cli->json) {
        struct wsync_json *json = wsync_json_new();
        wsync_json_string(json, "unit", unit);
        wsync_json_number(json, "roster", (int64_t)facts->roster.version);
        wsync_json_number(json, "devices", (int64_t)facts->devices);
        wsync_json_number(json, "revoked", (int64_t)facts->revoked);
        wsync_json_number(json, "logs", (int64_t)facts->logs);
        wsync_json_number(json, "changes", (int64_t)facts->changes);
        wsync_json_number(json, "conflicts", (int64_t)facts->conflicts);
        wsync_json_number(json, "waiting", (int64_t)facts->waiting);
        wsync_json_number(json, "quarantined", (int64_t)facts->quarantined);
        wsync_json_bool(json, "serving", down[0] == '\0');
        wsync_json_number(json, "aside", (int64_t)facts->aside);
        wsync_view_photos_json(json, &facts->photos);
        wsync_json_number(json, "photos_over", (int64_t)facts->over);
        wsync_view_damage_json(json, &facts->damage);
        wsync_backup_show_json(json, facts->backup);
        wsync_json_print(json, stdout);
        return;
    }
    bool vi = cli->language == WSYNC_VI;
    printf("%s\n", unit);
    printf(vi ? "  thiết bị    %llu đã đăng ký, %llu đã thu hồi (danh sách bản %llu)\n"
              : "  devices     %llu enrolled, %llu revoked (roster version %llu)\n",
           (unsigned long long)facts->devices, (unsigned long long)facts->revoked,
           (unsigned long long)facts->roster.version);
    printf(vi ? "  đang giữ    %llu thay đổi trong %llu sổ\n"
              : "  held        %llu changes in %llu logs\n",
           (unsigned long long)facts->changes, (unsigned long long)facts->logs);
    printf(
        vi ? "  chờ xử lý   %llu bản ghi xung đột, %llu thay đổi bị cách ly, %llu đang chờ\n"
           : "  to decide   %llu records in conflict, %llu changes quarantined, %llu waiting\n",
        (unsigned long long)facts->conflicts, (unsigned long long)facts->quarantined,
        (unsigned long long)facts->waiting);
    if (down[0]) {
        printf("  %s\n", down);
    }
    wsync_view_photos_wait(cli, &facts->photos);
    if (facts->over > 0) {
        printf(vi ? "  ảnh của %llu thiết bị chờ sang ngày khác: %s\n"
                  : "  photos of %llu devices wait for another day: %s\n",
               (unsigned long long)facts->over,
               wsync_err_text(WSYNC_ERR_BUDGET, cli->language));
    }
    wsync_view_aside(cli, facts->aside);
    wsync_view_damage(cli, &facts->damage);
    wsync_backup_show(cli, facts->backup);
}

int district_status(struct wsync_cli *cli)
{
    struct wsync_site site;
    struct server_facts facts;
    char down[SERVER_END_TEXT_BYTES];
    int code = wsync_view_open(cli, &site);
    if (code != 0) {
        return code;
    }
    enum wsync_err err = server_facts_gather(&site, &facts);
    if (err == WSYNC_OK) {
        err = server_down_text(site.txn, cli->language, down);
    }
    if (err == WSYNC_OK) {
        print(cli, &site, &facts, down);
    }
    wsync_site_close(&site);
    return err == WSYNC_OK ? 0 : wsync_cli_fail(cli, err, NULL);
}
