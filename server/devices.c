/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "server/commands.h"
#include "server/device_find.h"
#include "server/words.h"
#include "wardsync/roster.h"

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
               server_role_name(device.role), server_device_state(&device), device.name);
        at = device.id;
        after = &at;
    }
    wsync_site_close(&site);
    return 0;
}
