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
#include "host/view.h"
#include "server/commands.h"
#include "server/device_find.h"
#include "wardsync/crypto.h"
#include "wardsync/enrol.h"

enum { INVITE_DAYS_DEFAULT = 30, INVITE_DAYS_MAX = 365, SECONDS_A_DAY = 86400 };

const struct wsync_cli_option DISTRICT_ENROL_OPTIONS[] = {
    {"unit", "UNIT", "the ward: id, code or name"},
    {"name", "NAME", "what the device is called"},
    {"address", "LIST", "addresses for the ward to dial (those of the district)"},
    {"days", "N", "how long the invite holds (30)"},
    {"role", "ROLE", "clerk, inspector, office or auditor (clerk)"},
    {"form", "LIST", "inspector: the forms it writes, commas between"},
    {"quota", "N", "changes it may hand in a day (any number)"},
    {"replaces", "DEVICE", "the lost device whose unsent work it may hand in"},
    {"qr", NULL, "show the invite as a QR code as well"},
    {"request", "FILE", "enrol the device that wrote this file (-: stdin), without an invite"},
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

static bool read_number(const char *text, long most, long *number)
{
    char *end;
    *number = strtol(text, &end, 10);
    return end != text && *end == '\0' && *number >= 1 && *number <= most;
}

/* Role, forms, quota and predecessor: 0, or the exit code. */
static int read_place(struct wsync_cli *cli, struct server_enrolment *plan)
{
    const char *role = wsync_cli_value(cli, "role");
    const char *quota = wsync_cli_value(cli, "quota");
    long number = 0;
    plan->forms = wsync_cli_value(cli, "form");
    plan->replaces = wsync_cli_value(cli, "replaces");
    plan->place.role = WSYNC_ROLE_CLERK;
    if (role &&
        (!server_role_read(role, &plan->place.role) || plan->place.role == WSYNC_ROLE_NODE)) {
        return wsync_cli_usage(cli,
                               "--role is \"%s\"; allowed: clerk, inspector, office, "
                               "auditor.",
                               role);
    }
    if ((plan->place.role == WSYNC_ROLE_INSPECTOR) != (plan->forms != NULL)) {
        return wsync_cli_usage(cli,
                               "--form names what an inspector writes: it goes with --role "
                               "inspector, and with no other.");
    }
    if (quota && !read_number(quota, INT32_MAX, &number)) {
        return wsync_cli_usage(cli, "--quota is \"%s\"; a number from 1 on is expected.",
                               quota);
    }
    plan->place.quota = (uint32_t)number;
    return 0;
}

static int read_plan(struct wsync_cli *cli, struct server_enrolment *plan)
{
    static char addresses[WSYNC_ADDRESSES_MAX * (WSYNC_ADDRESS_BYTES_MAX + 1)];
    struct wsync_error error;
    const char *days = wsync_cli_value(cli, "days");
    const char *list = wsync_cli_value(cli, "address");
    *plan = (struct server_enrolment){.unit = wsync_cli_value(cli, "unit"),
                                      .name = wsync_cli_value(cli, "name")};
    bool by_file = wsync_cli_flag(cli, "request");
    int code = read_place(cli, plan);
    if (code != 0) {
        return code;
    }
    if (!plan->unit && plan->place.role == WSYNC_ROLE_CLERK) {
        return wsync_cli_usage(cli, "--unit is needed: the ward of the device.");
    }
    if ((!plan->name && !by_file) || by_file != wsync_cli_flag(cli, "grant")) {
        return wsync_cli_usage(cli, "--name is needed, or --request and --grant.");
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
    long number = INVITE_DAYS_DEFAULT;
    if (days && !read_number(days, INVITE_DAYS_MAX, &number)) {
        return wsync_cli_usage(cli, "--days is \"%s\"; allowed: 1 to %d.", days,
                               INVITE_DAYS_MAX);
    }
    plan->days = number;
    return 0;
}

/* ---- what the words mean ---- */

static int by_number(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return left < right ? -1 : left > right;
}

static enum wsync_err find_forms(struct wsync_site *site, struct server_enrolment *plan,
                                 struct wsync_error *error)
{
    char list[WSYNC_STATEMENT_FORMS_MAX * 64];
    char *rest = list;
    struct wsync_place *place = &plan->place;
    enum wsync_err err = WSYNC_OK;
    snprintf(list, sizeof list, "%s", plan->forms ? plan->forms : "");
    for (char *one = strtok_r(list, ",", &rest); one && err == WSYNC_OK;
         one = strtok_r(NULL, ",", &rest)) {
        const struct wsync_form *form;
        if (place->form_count == WSYNC_STATEMENT_FORMS_MAX) {
            return wsync_error_set(error, WSYNC_ERR_INVALID, "--form takes at most %d forms.",
                                   WSYNC_STATEMENT_FORMS_MAX);
        }
        err = wsync_view_form(site, one, &form, error);
        if (err == WSYNC_OK) {
            place->forms[place->form_count++] = form->number;
        }
    }
    qsort(place->forms, place->form_count, sizeof *place->forms, by_number);
    for (size_t i = 1; i < place->form_count && err == WSYNC_OK; i++) {
        if (place->forms[i - 1] == place->forms[i]) {
            err = wsync_error_set(error, WSYNC_ERR_INVALID, "--form names a form twice.");
        }
    }
    return err;
}

static enum wsync_err find_replaced(struct wsync_site *site, struct server_enrolment *plan,
                                    struct wsync_error *error)
{
    struct wsync_device device;
    if (!plan->replaces) {
        return WSYNC_OK;
    }
    enum wsync_err err = server_find_device(site, plan->replaces, &device, error);
    plan->place.has_predecessor = err == WSYNC_OK;
    if (err == WSYNC_OK) {
        plan->place.predecessor = device.id;
        plan->replaced_serves = device.revoked == 0;
    }
    return err;
}

static enum wsync_err find_unit(struct wsync_site *site, struct server_enrolment *plan,
                                struct wsync_error *error)
{
    struct wsync_unit unit;
    if (!plan->unit) {
        plan->scope = site->conf.scope;
        return WSYNC_OK;
    }
    enum wsync_err err = wsync_units_here_find(site, wsync_slice_of(plan->unit), &plan->scope);
    if (err == WSYNC_OK) {
        err = wsync_unit_on(site->txn, plan->scope, wsync_units_here_today(), &site->arena,
                            &unit);
    }
    return err == WSYNC_OK
               ? err
               : wsync_error_set(error, err,
                                 "There is no one unit \"%s\"; \"district units\" lists them.",
                                 plan->unit);
}

/* The key that wards try first, and where it is served: under the site's own addresses unless
 * another key has taken the lead. */
static enum wsync_err find_door(struct wsync_site *site, struct server_enrolment *plan,
                                struct wsync_error *error)
{
    struct wsync_district district;
    enum wsync_err err = wsync_roster_district(site->txn, &site->arena, &district);
    if (err != WSYNC_OK) {
        return wsync_error_set(error, err, "The roster cannot be read: %s",
                               wsync_err_text(err, WSYNC_EN));
    }
    const struct wsync_endpoint *first = &district.endpoints[0];
    bool own = wsync_slice_equal(WSYNC_BYTES(first->key), WSYNC_BYTES(site->transport.key)) ||
               first->address_count == 0;
    plan->server_key = first->key;
    if (plan->address_count > 0) {
        return WSYNC_OK;
    }
    plan->address_count = own ? site->conf.address_count : first->address_count;
    for (size_t i = 0; i < plan->address_count; i++) {
        snprintf(plan->announced[i], sizeof plan->announced[i], "%.*s",
                 own ? (int)sizeof site->conf.addresses[i] : (int)first->addresses[i].len,
                 own ? site->conf.addresses[i] : (const char *)first->addresses[i].data);
        plan->addresses[i] = plan->announced[i];
    }
    return WSYNC_OK;
}

enum wsync_err server_enrol_prepare(struct wsync_site *site, struct server_enrolment *plan,
                                    struct wsync_error *error)
{
    enum wsync_err err = find_unit(site, plan, error);
    if (err == WSYNC_OK) {
        err = find_forms(site, plan, error);
    }
    if (err == WSYNC_OK) {
        err = find_replaced(site, plan, error);
    }
    return err == WSYNC_OK ? find_door(site, plan, error) : err;
}

/* Says what is left to do when a device was replaced. */
static void say_replaced(const struct wsync_cli *cli, const struct server_enrolment *plan)
{
    if (plan->replaced_serves) {
        wsync_cli_say(
            cli,
            "%s is still a member; when it is lost: \"district keys revoke\".  What it "
            "did not hand in counts only then.",
            plan->replaces);
    }
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
                                  .server_key = plan->server_key,
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
                                   .place = plan->place,
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
    say_replaced(cli, &plan);
    wsync_wipe(text, sizeof text);
    return err == WSYNC_OK ? 0 : wsync_cli_fail(cli, err, &error);
}
