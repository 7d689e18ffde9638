/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "server/commands.h"
#include "server/device_find.h"
#include "server/issue.h"
#include "server/words.h"

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
    struct wsync_pin pins[WSYNC_STATEMENT_PINS_MAX];
    struct wsync_statement statement = {.kind = WSYNC_STATEMENT_REVOKE};
    if (device->revoked != 0) {
        return wsync_error_set(error, WSYNC_ERR_EXISTS, "%s has been revoked already.",
                               device->name);
    }
    if (device->role == WSYNC_ROLE_NODE) {
        return wsync_error_set(error, WSYNC_ERR_INVALID,
                               "The district's own device cannot be revoked here.");
    }
    enum wsync_err err = collect_pins(site, device, &statement.revoke, pins);
    if (err != WSYNC_OK) {
        return wsync_error_set(error, err,
                               "%s has more than %d logs, which one revocation cannot pin; its "
                               "unit must be asked to stop it.",
                               device->name, WSYNC_STATEMENT_PINS_MAX);
    }
    return server_issue(site, &statement, error);
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
        err = server_find_device(&site, cli->argv[0], &device, &error);
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
