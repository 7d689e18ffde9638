/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "host/json.h"
#include "host/units_here.h"
#include "host/view.h"

/* One log: who writes it for which unit, and the head that names all of it. */
static enum wsync_err print_log(const struct wsync_cli *cli, struct wsync_site *site,
                                const struct wsync_log *log)
{
    char id[2 * WSYNC_LOG_ID_BYTES + 1];
    char hash[2 * WSYNC_HASH_BYTES + 1];
    char unit[WSYNC_UNIT_LABEL_BYTES];
    struct wsync_device device;
    enum wsync_err err = wsync_device_get(site->txn, &log->device, &device);
    if (err != WSYNC_OK) {
        return err;
    }
    wsync_hex_encode(WSYNC_BYTES(log->id), id);
    wsync_hex_encode(WSYNC_BYTES(log->hash), hash);
    wsync_units_here_label(site, log->scope, unit);
    if (cli->json) {
        struct wsync_json *json = wsync_json_new();
        wsync_json_string(json, "log", id);
        wsync_json_number(json, "unit", log->scope);
        wsync_json_string(json, "device", device.name);
        wsync_json_number(json, "seq", (int64_t)log->seq);
        wsync_json_string(json, "hash", hash);
        wsync_json_print(json, stdout);
        return WSYNC_OK;
    }
    printf("%.8s  %8llu  %.16s  ", id, (unsigned long long)log->seq, hash);
    wsync_cli_column(unit, 20);
    printf("%s\n", device.name);
    return WSYNC_OK;
}

int wsync_view_logs(struct wsync_cli *cli)
{
    struct wsync_site site;
    struct wsync_log log;
    struct wsync_log_id at;
    const struct wsync_log_id *after = NULL;
    int code = wsync_view_open(cli, &site);
    if (code != 0) {
        return code;
    }
    enum wsync_err err = WSYNC_OK;
    while (err == WSYNC_OK) { /* ends: each turn passes one log */
        err = wsync_log_after(site.txn, after, &log);
        if (err == WSYNC_OK) {
            err = print_log(cli, &site, &log);
        }
        at = log.id;
        after = &at;
    }
    wsync_site_close(&site);
    return err == WSYNC_ERR_NOT_FOUND ? 0 : wsync_cli_fail(cli, err, NULL);
}
