/* SPDX-License-Identifier: Apache-2.0 */
#include "host/serve.h"

#include "server/commands.h"

const struct wsync_cli_option DISTRICT_SERVE_OPTIONS[] = {
    {"restored", NULL, "the data directory was put back from an older copy"},
    {NULL, NULL, NULL},
};

static void say_ready(void *context, const char *const *addresses, size_t count)
{
    const struct wsync_cli *cli = context;
    for (size_t i = 0; i < count; i++) {
        wsync_cli_say(cli, "The district serves at %s.", addresses[i]);
    }
}

int district_serve(struct wsync_cli *cli)
{
    struct wsync_site site;
    struct wsync_signals signals;
    struct wsync_error error = {{0}};
    enum wsync_err err = wsync_site_open(cli->data_dir, WSYNC_SITE_DISTRICT, &site, &error);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    err = wsync_signals_open(&signals);
    if (err == WSYNC_OK) {
        const struct wsync_serve_options options = {
            .site = &site,
            .signals = &signals,
            .restored = wsync_cli_flag(cli, "restored"),
            .ready = say_ready,
            .context = cli};
        err = wsync_serve(&options, &error);
        wsync_signals_close(&signals);
    }
    wsync_site_close(&site);
    return err == WSYNC_OK ? 0 : wsync_cli_fail(cli, err, &error);
}
