/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "host/office.h"
#include "host/view.h"
#include "server/commands.h"

enum { DEFINE_ARENA_BYTES = 16 << 20 };

/* Runs one kind of definition in a transaction; a dry run is taken back at the end. */
static int define(struct wsync_cli *cli, const char *what,
                  enum wsync_err (*put)(struct wsync_site *, struct wsync_arena *, const char *,
                                        struct wsync_office_counts *, struct wsync_error *))
{
    struct wsync_site site;
    struct wsync_arena arena;
    struct wsync_error error = {{0}};
    struct wsync_office_counts counts = {0, 0};
    void *block = malloc(DEFINE_ARENA_BYTES);
    if (!block) {
        return wsync_cli_fail(cli, WSYNC_ERR_MEMORY, NULL);
    }
    wsync_arena_init(&arena, block, DEFINE_ARENA_BYTES);
    enum wsync_err err = wsync_site_open(cli->data_dir, WSYNC_SITE_DISTRICT, &site, &error);
    if (err == WSYNC_OK) {
        err = wsync_site_begin(&site, WSYNC_TXN_WRITE, &error);
        if (err == WSYNC_OK) {
            err = put(&site, &arena, cli->argv[1], &counts, &error);
        }
        if (err == WSYNC_OK && !cli->dry_run) {
            err = wsync_site_commit(&site, &error);
        }
        wsync_site_close(&site);
    }
    free(block);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    wsync_cli_say(cli, "%zu %s %s, %zu unchanged.", counts.added, what,
                  cli->dry_run ? "would be published" : "published", counts.unchanged);
    return 0;
}

static enum wsync_err put_forms(struct wsync_site *site, struct wsync_arena *arena,
                                const char *path, struct wsync_office_counts *counts,
                                struct wsync_error *error)
{
    return wsync_office_publish(site, path, arena, counts, error);
}

static enum wsync_err put_units(struct wsync_site *site, struct wsync_arena *arena,
                                const char *path, struct wsync_office_counts *counts,
                                struct wsync_error *error)
{
    struct wsync_units units;
    enum wsync_err err = wsync_office_read_units(path, arena, &units, error);
    return err == WSYNC_OK ? wsync_office_put_units(site, &units, counts, error) : err;
}

int district_forms(struct wsync_cli *cli)
{
    if (cli->argc < 2) {
        return wsync_view_forms(cli);
    }
    if (cli->argc != 2 || strcmp(cli->argv[0], "publish") != 0) {
        return wsync_cli_usage(cli, "Expected nothing, a form, or \"publish FOLDER\".");
    }
    return define(cli, "form versions", put_forms);
}

int district_units(struct wsync_cli *cli)
{
    if (cli->argc == 0) {
        return wsync_view_units(cli);
    }
    if (cli->argc != 2 || strcmp(cli->argv[0], "publish") != 0) {
        return wsync_cli_usage(cli, "Expected nothing, or \"publish FILE\".");
    }
    return define(cli, "units", put_units);
}
