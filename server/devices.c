/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/admin_log.h"
#include "host/clock.h"
#include "host/entropy.h"
#include "host/invite_text.h"
#include "host/units_here.h"
#include "server/commands.h"
#include "server/words.h"
#include "wardsync/enrol.h"

enum { INVITE_DAYS_DEFAULT = 30, INVITE_DAYS_MAX = 365, SECONDS_A_DAY = 86400 };

/* What is to be enrolled, from the command line. */
struct request {
    const char *unit, *name;
    const char *addresses; /* NULL: those of the district's configuration */
    int64_t days;
};

static enum wsync_err set_addresses(const struct wsync_site *site, const char *list,
                                    struct wsync_arena *arena, struct wsync_invite *invite)
{
    if (!list) {
        for (size_t i = 0; i < site->conf.address_count; i++) {
            invite->addresses[i] = wsync_slice_of(site->conf.addresses[i]);
        }
        invite->address_count = site->conf.address_count;
        return WSYNC_OK;
    }
    struct wsync_slice copy = wsync_arena_copy(arena, wsync_slice(list, strlen(list) + 1));
    char *rest = (char *)(uintptr_t)copy.data;
    if (!rest) {
        return WSYNC_ERR_MEMORY;
    }
    for (char *one = strtok_r(rest, ",", &rest); one; one = strtok_r(NULL, ",", &rest)) {
        if (invite->address_count == WSYNC_ADDRESSES_MAX) {
            return WSYNC_ERR_INVALID;
        }
        invite->addresses[invite->address_count++] = wsync_slice_of(one);
    }
    return WSYNC_OK;
}

static enum wsync_err note_invite(struct wsync_site *site, const struct wsync_invite_row *row,
                                  int64_t days)
{
    char id[2 * WSYNC_INVITE_ID_BYTES + 1];
    wsync_hex_encode(WSYNC_BYTES(row->id), id);
    return wsync_admin_log_add(site->txn, WSYNC_ADMIN_INVITE, wsync_clock_wall_s(),
                               "invite=%.8s unit=%u days=%lld device=%s", id, row->scope,
                               (long long)days, row->name);
}

static enum wsync_err make_invite(struct wsync_site *site, const struct request *request,
                                  char text[WSYNC_INVITE_TEXT_BYTES], struct wsync_error *error)
{
    struct wsync_invite invite = {.instance = site->conf.instance,
                                  .server_key = site->transport.key,
                                  .name = wsync_slice_of(request->name)};
    struct wsync_transport_pair pair;
    struct wsync_entropy entropy;
    struct wsync_unit unit;
    enum wsync_err err =
        wsync_units_here_find(site, wsync_slice_of(request->unit), &invite.scope);
    if (err != WSYNC_OK) {
        return wsync_error_set(error, err,
                               "There is no one unit \"%s\"; \"district units\" lists them.",
                               request->unit);
    }
    err = wsync_unit_on(site->txn, invite.scope, wsync_units_here_today(), &site->arena, &unit);
    if (err == WSYNC_OK) {
        err = set_addresses(site, request->addresses, &site->arena, &invite);
    }
    wsync_keys_draw_transport(&pair);
    wsync_entropy_draw(&entropy);
    memcpy(invite.id.b, entropy.b, sizeof invite.id.b);
    memcpy(invite.secret, pair.secret.b, sizeof invite.secret);
    struct wsync_invite_row row = {.id = invite.id,
                                   .scope = invite.scope,
                                   .expires =
                                       wsync_clock_wall_s() + request->days * SECONDS_A_DAY};
    memcpy(row.name, request->name, strlen(request->name) + 1);
    if (err == WSYNC_OK) {
        err = wsync_invite_put(site->txn, &pair.key, &row);
    }
    if (err == WSYNC_OK) {
        err = note_invite(site, &row, request->days);
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

static int read_request(struct wsync_cli *cli, struct request *request)
{
    const char *days = wsync_cli_value(cli, "days");
    *request = (struct request){.unit = wsync_cli_value(cli, "unit"),
                                .name = wsync_cli_value(cli, "name"),
                                .addresses = wsync_cli_value(cli, "address"),
                                .days = INVITE_DAYS_DEFAULT};
    if (!request->unit || !request->name) {
        return wsync_cli_usage(cli, "--unit and --name are needed.");
    }
    size_t len = strlen(request->name);
    if (len == 0 || len > WSYNC_DEVICE_NAME_BYTES_MAX) {
        return wsync_cli_usage(cli, "--name takes 1 to %d bytes.", WSYNC_DEVICE_NAME_BYTES_MAX);
    }
    if (days) {
        char *end;
        request->days = strtol(days, &end, 10);
        if (*end != '\0' || request->days < 1 || request->days > INVITE_DAYS_MAX) {
            return wsync_cli_usage(cli, "--days is \"%s\"; allowed: 1 to %d.", days,
                                   INVITE_DAYS_MAX);
        }
    }
    return 0;
}

int district_enrol(struct wsync_cli *cli)
{
    struct wsync_site site;
    struct wsync_error error = {{0}};
    struct request request;
    char text[WSYNC_INVITE_TEXT_BYTES];
    int code = read_request(cli, &request);
    if (code != 0) {
        return code;
    }
    enum wsync_err err = wsync_site_open(cli->data_dir, WSYNC_SITE_DISTRICT, &site, &error);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    err = wsync_site_begin(&site, WSYNC_TXN_WRITE, &error);
    if (err == WSYNC_OK) {
        err = make_invite(&site, &request, text, &error);
    }
    if (err == WSYNC_OK) {
        err = wsync_site_commit(&site, &error);
    }
    wsync_site_close(&site);
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
                  (long long)request.days);
    wsync_wipe(text, sizeof text);
    return err == WSYNC_OK ? 0 : wsync_cli_fail(cli, err, &error);
}

/* Finds the one device whose name or id begins so. */
static enum wsync_err find_device(struct wsync_site *site, const char *text,
                                  struct wsync_device *found, struct wsync_error *error)
{
    struct wsync_device device;
    struct wsync_device_id at;
    const struct wsync_device_id *after = NULL;
    size_t matches = 0;
    while (wsync_device_after(site->txn, after, &device) == WSYNC_OK) {
        char hex[2 * WSYNC_DEVICE_ID_BYTES + 1];
        wsync_hex_encode(WSYNC_BYTES(device.id), hex);
        if (strcmp(device.name, text) == 0 ||
            (strlen(text) >= 6 && strncmp(hex, text, strlen(text)) == 0)) {
            *found = device;
            matches++;
        }
        at = device.id;
        after = &at;
    }
    if (matches == 1) {
        return WSYNC_OK;
    }
    return wsync_error_set(error, WSYNC_ERR_INVALID,
                           matches == 0
                               ? "There is no device \"%s\"; \"district devices\" lists "
                                 "them."
                               : "Several devices are called \"%s\"; give the "
                                 "beginning of the id.",
                           text);
}

/* What the district holds of the device's logs is what stays valid.  A statement has room for
 * so many: what it cannot name would be lost, so then nothing is revoked. */
static enum wsync_err collect_pins(struct wsync_site *site, const struct wsync_device *device,
                                   struct wsync_revocation *revocation,
                                   struct wsync_pin pins[WSYNC_STATEMENT_PINS_MAX])
{
    struct wsync_log log;
    struct wsync_log_id at;
    const struct wsync_log_id *after = NULL;
    enum wsync_err err;
    revocation->device = device->id;
    revocation->pins = pins;
    revocation->pin_count = 0;
    while ((err = wsync_log_after(site->txn, after, &log)) == WSYNC_OK) {
        bool pinned = wsync_device_id_equal(&log.device, &device->id) && log.seq > 0;
        if (pinned && revocation->pin_count == WSYNC_STATEMENT_PINS_MAX) {
            return WSYNC_ERR_OVERSIZE;
        }
        if (pinned) {
            pins[revocation->pin_count++] = (struct wsync_pin){log.id, log.seq, log.hash};
        }
        at = log.id;
        after = &at;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err revoke(struct wsync_site *site, const struct wsync_device *device,
                             struct wsync_error *error)
{
    char file[WSYNC_SITE_PATH_BYTES];
    struct wsync_signing_pair registrar;
    struct wsync_signed_statement issued;
    struct wsync_pin pins[WSYNC_STATEMENT_PINS_MAX];
    if (device->revoked != 0) {
        return wsync_error_set(error, WSYNC_ERR_EXISTS, "%s has been revoked already.",
                               device->name);
    }
    if (device->role == WSYNC_ROLE_NODE) {
        return wsync_error_set(error, WSYNC_ERR_INVALID,
                               "The district's own device cannot be revoked here.");
    }
    enum wsync_err err = wsync_keys_load_signing(
        wsync_site_file(site->path, "keys/registrar.key", file), &registrar, error);
    if (err != WSYNC_OK) {
        return err;
    }
    struct wsync_statement statement = {.kind = WSYNC_STATEMENT_REVOKE,
                                        .stamp = wsync_clock_wall_s()};
    err = collect_pins(site, device, &statement.revoke, pins);
    if (err != WSYNC_OK) {
        wsync_wipe(&registrar, sizeof registrar);
        return wsync_error_set(error, err,
                               "%s has more than %d logs, which one revocation cannot pin; its "
                               "unit must be asked to stop it.",
                               device->name, WSYNC_STATEMENT_PINS_MAX);
    }
    err = wsync_roster_issue(site->txn, &site->arena, &statement, &registrar.secret, &issued);
    wsync_wipe(&registrar, sizeof registrar);
    return err;
}

int district_revoke(struct wsync_cli *cli)
{
    struct wsync_site site;
    struct wsync_error error = {{0}};
    struct wsync_device device;
    if (cli->argc != 1) {
        return wsync_cli_usage(cli, "Expected the name or id of one device.");
    }
    enum wsync_err err = wsync_site_open(cli->data_dir, WSYNC_SITE_DISTRICT, &site, &error);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    err = wsync_site_begin(&site, WSYNC_TXN_WRITE, &error);
    if (err == WSYNC_OK) {
        err = find_device(&site, cli->argv[0], &device, &error);
    }
    bool go =
        err == WSYNC_OK && !cli->dry_run &&
        wsync_cli_confirm(cli, "A revoked device cannot come back under its keys. Revoke?");
    if (err == WSYNC_OK && go) {
        err = revoke(&site, &device, &error);
    }
    if (err == WSYNC_OK && go) {
        err = wsync_site_commit(&site, &error);
    }
    wsync_site_close(&site);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    wsync_cli_say(cli,
                  go ? "%s is revoked. What the district holds of it stays valid."
                     : "Nothing was changed for %s.",
                  device.name);
    return 0;
}

int district_devices(struct wsync_cli *cli)
{
    struct wsync_site site;
    struct wsync_error error = {{0}};
    struct wsync_device device;
    struct wsync_device_id at;
    const struct wsync_device_id *after = NULL;
    enum wsync_err err = wsync_site_open(cli->data_dir, WSYNC_SITE_DISTRICT, &site, &error);
    if (err == WSYNC_OK) {
        err = wsync_site_begin(&site, WSYNC_TXN_READ, &error);
    }
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    while (wsync_device_after(site.txn, after, &device) == WSYNC_OK) {
        char hex[2 * WSYNC_DEVICE_ID_BYTES + 1];
        wsync_hex_encode(WSYNC_BYTES(device.id), hex);
        printf("%.12s  unit %-5u  %-9s %-9s %s\n", hex, device.scopes[0],
               server_role_name(device.role),
               device.revoked     ? "revoked"
               : device.suspended ? "suspended"
                                  : "enrolled",
               device.name);
        at = device.id;
        after = &at;
    }
    wsync_site_close(&site);
    return 0;
}
