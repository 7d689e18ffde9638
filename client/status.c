/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "client/commands.h"
#include "client/facts.h"
#include "host/backup_command.h"
#include "host/json.h"

static void print_json(const struct client_facts *facts)
{
    struct wsync_json *json = wsync_json_new();
    wsync_json_string(json, "unit", facts->unit);
    wsync_json_number(json, "saved", (int64_t)facts->saved);
    wsync_json_number(json, "held", (int64_t)facts->held);
    wsync_json_number(json, "to_send", (int64_t)(facts->saved - facts->held));
    wsync_json_number(json, "waiting", (int64_t)facts->waiting);
    wsync_json_number(json, "quarantined", (int64_t)facts->quarantined);
    wsync_json_number(json, "aside", (int64_t)facts->aside);
    wsync_json_string(json, "held_until", facts->held_until);
    wsync_json_number(json, "proven", (int64_t)facts->proven);
    wsync_json_string(json, "proven_when", facts->proven_when);
    wsync_json_number(json, "receipt_alarms", (int64_t)facts->alarms);
    wsync_json_bool(json, "moved", facts->moved != 0);
    wsync_view_photos_json(json, &facts->photos);
    wsync_view_damage_json(json, &facts->damage);
    wsync_backup_show_json(json, facts->backup);
    if (facts->doubt != WSYNC_DOUBT_NONE) {
        wsync_json_string(json, "new_log", facts->doubt_when);
        wsync_json_string(json, "new_log_why", wsync_doubt_text(facts->doubt, WSYNC_EN));
    }
    if (facts->attempt.program[0]) {
        wsync_json_string(json, "district_program", facts->attempt.program);
    }
    if (facts->attempt.tried) {
        wsync_json_string(json, "last_try", facts->last_try);
        wsync_json_string(json, "last_result",
                          facts->attempt.reached || facts->attempt.result == WSYNC_ERR_BUDGET
                              ? wsync_err_name(facts->attempt.result)
                              : wsync_link_reason_name(facts->attempt.reason));
        wsync_json_number(json, "last_code", (int64_t)wsync_err_code(facts->attempt.result));
        wsync_json_string(json, "last_text", client_facts_attempt(&facts->attempt, WSYNC_EN));
        wsync_json_string(json, "next_step", client_facts_step(&facts->attempt, WSYNC_EN));
    }
    client_cost_json(json, &facts->cost);
    wsync_json_print(json, stdout);
}

static void print_receipts(const struct wsync_cli *cli, const struct client_facts *facts)
{
    bool vi = cli->language == WSYNC_VI;
    if (facts->proven > 0) {
        printf(vi ? "  có biên nhận của quận: %llu, đến %s\n"
                  : "  held by receipt: %llu, the last of %s\n",
               (unsigned long long)facts->proven, facts->proven_when);
    }
    if (facts->alarms > 0) {
        printf(vi ? "  BÁO ĐỘNG: %llu biên nhận của quận mâu thuẫn nhau; giữ nguyên máy này và "
                    "báo người phụ trách (xem \"ward receipts\")\n"
                  : "  ALARM: %llu receipts of the district contradict each other; keep this "
                    "machine as it is and tell the admin (\"ward receipts\")\n",
               (unsigned long long)facts->alarms);
    }
}

static void print_text(const struct wsync_cli *cli, const struct client_facts *facts)
{
    unsigned long long unsent = facts->saved - facts->held;
    printf("%s\n", facts->unit);
    if (cli->language == WSYNC_VI) {
        printf("  Đã lưu tại máy: %llu · %llu chờ gửi · ", (unsigned long long)facts->saved,
               unsent);
        printf(facts->held ? "Quận đã nhận đến %s\n" : "Quận chưa nhận gì%s\n",
               facts->held_until);
    } else {
        printf("  saved here: %llu · waiting to be sent: %llu · ",
               (unsigned long long)facts->saved, unsent);
        printf(facts->held ? "the district holds all up to %s\n"
                           : "the district holds nothing yet%s\n",
               facts->held_until);
    }
    wsync_view_photos_wait(cli, &facts->photos);
    print_receipts(cli, facts);
    if (facts->waiting + facts->quarantined > 0) {
        printf(cli->language == WSYNC_VI
                   ? "  đang chờ mẫu hoặc bản ghi: %llu, bị cách ly: %llu (xem \"ward "
                     "quarantine\")\n"
                   : "  waiting for a form or record: %llu, quarantined: %llu (\"ward "
                     "quarantine\")\n",
               (unsigned long long)facts->waiting, (unsigned long long)facts->quarantined);
    }
    printf("  %s: %s%s%s\n", cli->language == WSYNC_VI ? "lần thử cuối" : "last try",
           facts->attempt.tried ? facts->last_try : "-", facts->attempt.tried ? ", " : "",
           facts->attempt.tried ? client_facts_attempt(&facts->attempt, cli->language) : "");
    if (facts->attempt.tried && facts->attempt.result != WSYNC_OK) {
        printf("    %s\n", client_facts_step(&facts->attempt, cli->language));
    }
    client_cost_print(cli, &facts->cost);
    if (facts->doubt != WSYNC_DOUBT_NONE) {
        printf("  %s: %s\n", facts->doubt_when, wsync_doubt_text(facts->doubt, cli->language));
    }
    wsync_view_aside(cli, facts->aside);
    wsync_view_damage(cli, &facts->damage);
    wsync_backup_show(cli, facts->backup);
    if (facts->moved != 0) {
        printf("  %s\n", cli->language == WSYNC_VI
                             ? "Phường đã chuyển sang máy khác; máy này chỉ để xem."
                             : "The ward was moved to another machine; this one only shows.");
    }
}

int ward_status(struct wsync_cli *cli)
{
    struct wsync_site site;
    struct client_facts facts;
    int code = wsync_view_open(cli, &site);
    if (code != 0) {
        return code;
    }
    enum wsync_err err = client_facts_read(&site, &facts);
    wsync_site_close(&site);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, NULL);
    }
    if (cli->json) {
        print_json(&facts);
    } else {
        print_text(cli, &facts);
    }
    return facts.alarms > 0;
}
