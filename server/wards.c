/* SPDX-License-Identifier: Apache-2.0 */
/* `district wards`: how each device stands, the one to look after first on top. */
#include <stdio.h>
#include <stdlib.h>

#include "host/json.h"
#include "host/units_here.h"
#include "host/view.h"
#include "server/commands.h"
#include "server/ward_facts.h"

enum { DATE_BYTES = 10 };

static void json_time(struct wsync_json *json, const char *key, int64_t time)
{
    if (time == 0) {
        wsync_json_null(json, key);
    } else {
        wsync_json_number(json, key, time);
    }
}

static void print_json(const struct wsync_cli *cli, const struct server_ward *ward,
                       const char *unit)
{
    const struct wsync_contact *contact = &ward->contact;
    char hex[2 * WSYNC_DEVICE_ID_BYTES + 1];
    const struct server_told told = server_ward_tell(ward, cli->language);
    struct wsync_json *json = wsync_json_new();
    wsync_hex_encode(WSYNC_BYTES(ward->device.id), hex);
    wsync_json_number(json, "unit", ward->device.scopes[0]);
    wsync_json_string(json, "unit_name", unit);
    wsync_json_string(json, "device", hex);
    wsync_json_string(json, "name", ward->device.name);
    wsync_json_bool(json, "revoked", ward->device.revoked != 0);
    wsync_json_bool(json, "suspended", ward->device.suspended != 0);
    wsync_json_bool(json, "asked_to_rotate", server_ward_is_asked(ward));
    wsync_json_bool(json, "failing", server_ward_is_failing(ward));
    json_time(json, "first_contact", contact->first);
    json_time(json, "last_contact", contact->last);
    json_time(json, "last_good", contact->last_good);
    wsync_json_string(json, "last_result",
                      ward->heard ? wsync_err_name(contact->last_code) : "never");
    wsync_json_string(json, "last_result_text", told.text);
    wsync_json_string(json, "next_step", told.step);
    wsync_json_number(json, "failed_attempts", (int64_t)contact->failed);
    if (ward->has_log) {
        wsync_hex_encode(WSYNC_BYTES(ward->log.id), hex);
        wsync_json_string(json, "held_log", hex);
        wsync_json_number(json, "held_seq", (int64_t)ward->log.seq);
        char hash[2 * WSYNC_HASH_BYTES + 1];
        wsync_hex_encode(WSYNC_BYTES(ward->log.hash), hash);
        wsync_json_string(json, "held_hash", hash);
    }
    if (contact->has_head) {
        wsync_hex_encode(WSYNC_BYTES(contact->head.log), hex);
        wsync_json_string(json, "stated_log", hex);
        wsync_json_number(json, "stated_seq", (int64_t)contact->head.seq);
    }
    wsync_json_number(json, "missing_here", (int64_t)ward->missing_here);
    wsync_json_number(json, "missing_there", (int64_t)ward->missing_there);
    wsync_json_number(json, "waiting", (int64_t)ward->waiting);
    wsync_json_number(json, "quarantined", (int64_t)ward->quarantined);
    wsync_json_number(json, "aside", (int64_t)ward->aside);
    wsync_json_number(json, "clock_ahead_s", ward->clock_ahead_s);
    wsync_json_bool(json, "clock_stated", contact->has_clock);
    wsync_json_string(json, "program", contact->program);
    wsync_json_number(json, "keys_since", ward->keys_since);
    wsync_json_number(json, "rotate_by", ward->rotate_by);
    wsync_json_print(json, stdout);
}

static const struct wsync_cli_head HEADS[] = {
    {16, "", {"đơn vị", "unit"}, {NULL, NULL}},
    {16, "  ", {"thiết bị", "device"}, {NULL, NULL}},
    {16, "  ", {"liên lạc cuối", "last contact"}, {NULL, NULL}},
    {16, "  ", {"lần tốt cuối", "last good"}, {NULL, NULL}},
    {-6, " ", {"hỏng", "failed"}, {NULL, NULL}},
    {-9, " ", {"đã nhận", "held"}, {"đến số", "seq"}},
    {-8, " ", {"thiếu", "missing"}, {"ở quận", "here"}},
    {-8, " ", {"thiếu", "missing"}, {"ở máy", "there"}},
    {-8, " ", {"đang chờ", "waiting"}, {NULL, NULL}},
    {-7, " ", {"cách ly", "quar."}, {NULL, NULL}},
    {-8, " ", {"đồng hồ", "clock"}, {"lệch s", "off by s"}},
    {12, "  ", {"chương trình", "program"}, {NULL, NULL}},
    {1, "  ", {"đổi khóa", "new keys"}, {"trước ngày", "before"}},
    {0, NULL, {NULL, NULL}, {NULL, NULL}},
};

/* Clock, program and keys, as the last columns of its line. */
static void print_machine(const struct server_ward *ward)
{
    char rotate[WSYNC_VIEW_TIME_BYTES];
    char clock[32] = "-";
    if (ward->contact.has_clock) {
        snprintf(clock, sizeof clock, ward->clock_ahead_s == 0 ? "%lld" : "%+lld",
                 (long long)ward->clock_ahead_s);
    }
    wsync_view_time(ward->rotate_by, rotate);
    printf(" %8s  %-12s  %.*s\n", clock, ward->contact.program[0] ? ward->contact.program : "-",
           DATE_BYTES, rotate);
}

/* What an admin has to see to though the device syncs. */
static void print_cares(const struct wsync_cli *cli, const struct server_ward *ward)
{
    bool vi = cli->language == WSYNC_VI;
    if (server_ward_is_clock_off(ward)) {
        long long off = llabs((long long)ward->clock_ahead_s);
        bool ahead = ward->clock_ahead_s > 0;
        const char *text =
            vi ? (ahead ? "    Đồng hồ của máy này nhanh %lld giây; phường chỉnh lại giờ.\n"
                        : "    Đồng hồ của máy này chậm %lld giây; phường chỉnh lại giờ.\n")
               : (ahead ? "    The clock of this device is %lld s ahead; the ward sets it.\n"
                        : "    The clock of this device is %lld s behind; the ward sets it.\n");
        printf(text, off);
    }
    if (server_ward_is_asked(ward)) {
        printf("    %s\n", vi ? "Máy này được yêu cầu đổi khóa và chưa đổi."
                              : "The device was asked to rotate its keys and has not yet.");
    } else if (server_ward_is_overdue(ward)) {
        printf("    %s\n", vi ? "Khóa của máy này đã quá hạn đổi."
                              : "The keys of this device are older than the policy allows.");
    }
}

static void print_text(const struct wsync_cli *cli, const struct server_ward *ward,
                       const char *unit)
{
    const struct wsync_contact *contact = &ward->contact;
    char last[WSYNC_VIEW_TIME_BYTES] = "-", good[WSYNC_VIEW_TIME_BYTES] = "-";
    if (contact->last != 0) {
        wsync_view_time(contact->last, last);
    }
    if (contact->last_good != 0) {
        wsync_view_time(contact->last_good, good);
    }
    wsync_cli_column(unit, 16);
    printf("  ");
    wsync_cli_column(ward->device.name, 16);
    printf("  %-16s  %-16s %6llu %9llu %8llu %8llu %8llu %7llu", last, good,
           (unsigned long long)contact->failed,
           (unsigned long long)(ward->has_log ? ward->log.seq : 0),
           (unsigned long long)ward->missing_here, (unsigned long long)ward->missing_there,
           (unsigned long long)ward->waiting, (unsigned long long)ward->quarantined);
    print_machine(ward);
    bool out = ward->device.revoked != 0 || ward->device.suspended != 0;
    if (out || !ward->heard || contact->last_code != WSYNC_OK) {
        const struct server_told told = server_ward_tell(ward, cli->language);
        printf("    %s%s%s (%s)\n", told.text, told.step[0] ? " " : "", told.step,
               ward->device.revoked != 0     ? "revoked"
               : ward->device.suspended != 0 ? "suspended"
               : ward->heard                 ? wsync_err_name(contact->last_code)
                                             : "never");
    }
    if (ward->aside > 0) {
        printf("  ");
        wsync_view_aside(cli, ward->aside);
    }
    print_cares(cli, ward);
}

int district_wards(struct wsync_cli *cli)
{
    struct wsync_site site;
    struct server_wards wards = {.items = NULL};
    char down[SERVER_END_TEXT_BYTES];
    bool found = false;
    int code = wsync_view_open(cli, &site);
    if (code != 0) {
        return code;
    }
    enum wsync_err err = server_wards_gather(&site, &wards);
    if (err == WSYNC_OK) {
        err = server_down_text(site.txn, cli->language, down);
    }
    if (err == WSYNC_OK && !cli->json) {
        printf("%s%s", down, down[0] ? "\n" : "");
        wsync_cli_heads(cli, HEADS);
    }
    for (size_t i = 0; err == WSYNC_OK && i < wards.count; i++) {
        const struct server_ward *ward = &wards.items[i];
        char unit[WSYNC_UNIT_LABEL_BYTES];
        wsync_units_here_label(&site, ward->device.scopes[0], unit);
        if (cli->json) {
            print_json(cli, ward, unit);
        } else {
            print_text(cli, ward, unit);
        }
        found = found || server_ward_is_failing(ward);
    }
    server_wards_free(&wards);
    wsync_site_close(&site);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, NULL);
    }
    return found ? WSYNC_CLI_FINDINGS : 0;
}
