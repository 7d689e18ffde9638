/* SPDX-License-Identifier: Apache-2.0 */
/* `district enrol`: invites a device over the network, or answers the request that it wrote to
 * a file (enrol_request.c). */
#include "server/enrol.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/admin_log.h"
#include "host/clock.h"
#include "host/entropy.h"
#include "host/grant_text.h"
#include "host/invite_text.h"
#include "host/request_text.h"
#include "host/units_here.h"
#include "server/commands.h"
#include "wardsync/crypto.h"
#include "wardsync/enrol.h"

enum { INVITE_DAYS_DEFAULT = 30, INVITE_DAYS_MAX = 365, SECONDS_A_DAY = 86400 };

const struct wsync_cli_option DISTRICT_ENROL_OPTIONS[] = {
    {"unit", "UNIT", "the ward: id, code or name"},
    {"name", "NAME", "what the device is called"},
    {"address", "LIST", "addresses for the ward to dial (those of the district)"},
    {"days", "N", "how long the invite holds (30)"},
    {"qr", NULL, "show the invite as a QR code as well"},
    {"request", "FILE", "enrol the device that wrote this file, without an invite"},
    {"grant", "FILE", "with --request: where to write the answer"},
    {NULL, NULL, NULL},
};

/* ---- the command line ---- */

/* Cuts `list` at its commas, where it stands. */
static bool read_addresses(char *list, struct server_enrolment *plan)
{
    char *rest = list;
    for (char *one = strtok_r(list, ",", &rest); one; one = strtok_r(NULL, ",", &rest)) {
        if (plan->address_count == WSYNC_ADDRESSES_MAX || !wsync_grant_address_ok(one)) {
            return false;
        }
        plan->addresses[plan->address_count++] = one;
    }
    return plan->address_count > 0;
}

static int read_plan(struct wsync_cli *cli, struct server_enrolment *plan)
{
    static char addresses[WSYNC_ADDRESSES_MAX * (WSYNC_ADDRESS_BYTES_MAX + 1)];
    struct wsync_error error;
    const char *days = wsync_cli_value(cli, "days");
    const char *list = wsync_cli_value(cli, "address");
    *plan = (struct server_enrolment){.unit = wsync_cli_value(cli, "unit"),
                                      .name = wsync_cli_value(cli, "name"),
                                      .days = INVITE_DAYS_DEFAULT};
    bool by_file = wsync_cli_flag(cli, "request");
    if (!plan->unit || (!plan->name && !by_file) || by_file != wsync_cli_flag(cli, "grant")) {
        return wsync_cli_usage(cli, "--unit and --name are needed, or --unit, --request and "
                                    "--grant.");
    }
    if (plan->name && wsync_request_name_check(plan->name, &error) != WSYNC_OK) {
        return wsync_cli_usage(cli, "--name: %s", error.text);
    }
    snprintf(addresses, sizeof addresses, "%s", list ? list : "");
    if (list && (strlen(list) >= sizeof addresses || !read_addresses(addresses, plan))) {
        return wsync_cli_usage(cli,
                               "--address takes up to %d addresses like tcp://192.0.2.10:7700, "
                               "separated by commas.",
                               WSYNC_ADDRESSES_MAX);
    }
    if (days) {
        char *end;
        plan->days = strtol(days, &end, 10);
        if (*end != '\0' || plan->days < 1 || plan->days > INVITE_DAYS_MAX) {
            return wsync_cli_usage(cli, "--days is \"%s\"; allowed: 1 to %d.", days,
                                   INVITE_DAYS_MAX);
        }
    }
    return 0;
}

enum wsync_err server_enrol_prepare(struct wsync_site *site, struct server_enrolment *plan,
                                    struct wsync_error *error)
{
    struct wsync_unit unit;
    enum wsync_err err = wsync_units_here_find(site, wsync_slice_of(plan->unit), &plan->scope);
    if (err == WSYNC_OK) {
        err = wsync_unit_on(site->txn, plan->scope, wsync_units_here_today(), &site->arena,
                            &unit);
    }
    if (plan->address_count == 0) {
        plan->address_count = site->conf.address_count;
        for (size_t i = 0; i < plan->address_count; i++) {
            plan->addresses[i] = site->conf.addresses[i];
        }
    }
    return err == WSYNC_OK
               ? err
               : wsync_error_set(error, err,
                                 "There is no one unit \"%s\"; \"district units\" lists them.",
                                 plan->unit);
}

/* ---- an invite ---- */

static enum wsync_err note_invite(struct wsync_site *site, const struct wsync_invite_row *row,
                                  int64_t days)
{
    char id[2 * WSYNC_INVITE_ID_BYTES + 1];
    wsync_hex_encode(WSYNC_BYTES(row->id), id);
    return wsync_admin_log_add(site->txn, WSYNC_ADMIN_INVITE, wsync_clock_wall_s(),
                               "invite=%.8s unit=%u days=%lld device=%s", id, row->scope,
                               (long long)days, row->name);
}

static enum wsync_err make_invite(struct wsync_site *site, const struct server_enrolment *plan,
                                  char text[WSYNC_INVITE_TEXT_BYTES], struct wsync_error *error)
{
    struct wsync_invite invite = {.instance = site->conf.instance,
                                  .server_key = site->transport.key,
                                  .scope = plan->scope,
                                  .name = wsync_slice_of(plan->name),
                                  .address_count = plan->address_count};
    struct wsync_transport_pair pair;
    struct wsync_entropy entropy;
    for (size_t i = 0; i < plan->address_count; i++) {
        invite.addresses[i] = wsync_slice_of(plan->addresses[i]);
    }
    wsync_keys_draw_transport(&pair);
    wsync_entropy_draw(&entropy);
    memcpy(invite.id.b, entropy.b, sizeof invite.id.b);
    memcpy(invite.secret, pair.secret.b, sizeof invite.secret);
    struct wsync_invite_row row = {.id = invite.id,
                                   .scope = invite.scope,
                                   .expires =
                                       wsync_clock_wall_s() + plan->days * SECONDS_A_DAY};
    memcpy(row.name, plan->name, strlen(plan->name) + 1);
    enum wsync_err err = wsync_invite_put(site->txn, &pair.key, &row);
    if (err == WSYNC_OK) {
        err = note_invite(site, &row, plan->days);
    }
    if (err == WSYNC_OK) {
        err = wsync_invite_print(&invite, &site->arena, text);
    }
    wsync_wipe(&pair, sizeof pair);
    wsync_wipe(&invite, sizeof invite);
    return err == WSYNC_OK ? WSYNC_OK
                           : wsync_error_set(error, err, "The invite cannot be made: %s",
                                             wsync_err_text(err, WSYNC_EN));
}

/* Makes it and keeps it. */
static enum wsync_err invite_one(struct wsync_cli *cli, struct server_enrolment *plan,
                                 char text[WSYNC_INVITE_TEXT_BYTES], struct wsync_error *error)
{
    struct wsync_site site;
    enum wsync_err err = wsync_site_open(cli->data_dir, WSYNC_SITE_DISTRICT, &site, error);
    if (err != WSYNC_OK) {
        return err;
    }
    err = wsync_site_begin(&site, WSYNC_TXN_WRITE, error);
    if (err == WSYNC_OK) {
        err = server_enrol_prepare(&site, plan, error);
    }
    if (err == WSYNC_OK) {
        err = make_invite(&site, plan, text, error);
    }
    if (err == WSYNC_OK) {
        err = wsync_site_commit(&site, error);
    }
    wsync_site_close(&site);
    return err;
}

int district_enrol(struct wsync_cli *cli)
{
    struct wsync_error error = {{0}};
    struct server_enrolment plan;
    char text[WSYNC_INVITE_TEXT_BYTES];
    int code = read_plan(cli, &plan);
    if (code != 0) {
        return code;
    }
    if (wsync_cli_flag(cli, "request")) {
        return server_enrol_request(cli, &plan);
    }
    enum wsync_err err = invite_one(cli, &plan, text, &error);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    printf("%s\n", text);
    if (wsync_cli_flag(cli, "qr")) {
        err = wsync_invite_qr(text, cli->color, stdout, &error);
    }
    wsync_cli_say(cli,
                  "This invite admits one device, once, within %lld days. On that device: "
                  "\"ward join INVITE\". Whoever reads it first can join: hand it over safely.",
                  (long long)plan.days);
    wsync_wipe(text, sizeof text);
    return err == WSYNC_OK ? 0 : wsync_cli_fail(cli, err, &error);
}
