/* SPDX-License-Identifier: Apache-2.0 */
#include "host/serve.h"

#include "host/pages_command.h"
#include "server/commands.h"
#include "server/pages.h"

const struct wsync_cli_option DISTRICT_SERVE_OPTIONS[] = {
    {"restored", NULL, "the data directory was put back from an older copy"},
    WSYNC_PAGES_OPTION,
    {NULL, NULL, NULL},
};

struct serving {
    struct wsync_cli *cli;
    struct wsync_pages_process pages;
};

static void say_ready(void *context, const char *const *addresses, size_t count)
{
    const struct serving *serving = context;
    wsync_pages_show(serving->cli, &serving->pages);
    for (size_t i = 0; i < count; i++) {
        wsync_cli_say(serving->cli, "The district serves at %s.", addresses[i]);
    }
}

/* Between the pages, which begin before there is a store or a key here, and their end. */
static enum wsync_err serve_with(struct serving *serving, struct wsync_error *error)
{
    struct wsync_cli *cli = serving->cli;
    struct wsync_site site;
    struct wsync_signals signals;
    enum wsync_err err = wsync_site_open(cli->data_dir, WSYNC_SITE_DISTRICT, &site, error);
    if (err != WSYNC_OK) {
        return err;
    }
    err = wsync_signals_open(&signals);
    if (err == WSYNC_OK) {
        const struct wsync_serve_options options = {.site = &site,
                                                    .signals = &signals,
                                                    .pages = &serving->pages,
                                                    .restored = wsync_cli_flag(cli, "restored"),
                                                    .ready = say_ready,
                                                    .context = serving};
        err = wsync_serve(&options, error);
        wsync_signals_close(&signals);
    }
    wsync_site_close(&site);
    return err;
}

int district_serve(struct wsync_cli *cli)
{
    struct serving serving = {.cli = cli};
    struct wsync_error error = {{0}};
    enum wsync_err err = wsync_pages_begin(cli, &DISTRICT_PAGES, &serving.pages, &error);
    if (err == WSYNC_OK) {
        bool over;
        err = wsync_pages_first_run(cli, &serving.pages, &over, &error);
        if (err == WSYNC_OK && !over) {
            err = serve_with(&serving, &error);
        }
        wsync_pages_stop(&serving.pages);
    }
    return err == WSYNC_OK ? 0 : wsync_cli_fail(cli, err, &error);
}
