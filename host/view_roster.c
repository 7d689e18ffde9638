/* SPDX-License-Identifier: Apache-2.0 */
/* `roster print` and `roster take FILE` of both programs: the signed list of devices by file,
 * as if it had come in a session (SPEC section 9.6). */
#include <stdio.h>
#include <string.h>

#include "host/admin_log.h"
#include "host/canary.h"
#include "host/clock.h"
#include "host/given.h"
#include "host/roster_text.h"
#include "host/view.h"
#include "wardsync/restore.h"

/* A district whose roster grew went back: it writes on in new logs, and notes where. */
static enum wsync_err follow_up(struct wsync_site *site, uint64_t taken, uint64_t version)
{
    if (site->conf.kind != WSYNC_SITE_DISTRICT) {
        return WSYNC_OK;
    }
    enum wsync_err err = wsync_admin_log_add(
        site->txn, WSYNC_ADMIN_ROSTER_TAKEN, wsync_clock_wall_s(),
        "statements=%llu version=%llu", (unsigned long long)taken, (unsigned long long)version);
    return err == WSYNC_OK ? wsync_retire_all(&site->ledger, site->txn) : err;
}

static enum wsync_err take_file(struct wsync_site *site, FILE *file, struct wsync_error *error)
{
    struct wsync_roster_text text = {.file = file, .instance = &site->conf.instance};
    enum wsync_err err = wsync_roster_text_take(&text, site->txn, &site->arena, error);
    if (err == WSYNC_ERR_ROSTER && site->conf.kind == WSYNC_SITE_DISTRICT) {
        return wsync_error_set(
            error, err,
            "Line %d is not the statement of that version here: this district enrolled or "
            "revoked somebody before it had its roster back.  Nothing was taken; \"man "
            "district\", restored, has the ways out.",
            text.line);
    }
    return err;
}

static enum wsync_err take_all(struct wsync_site *site, FILE *file, uint64_t *taken,
                               struct wsync_error *error)
{
    struct wsync_roster before, after;
    enum wsync_err err = wsync_site_begin(site, WSYNC_TXN_WRITE, error);
    if (err == WSYNC_OK) {
        err = wsync_roster_get(site->txn, &before);
    }
    if (err == WSYNC_OK) {
        err = take_file(site, file, error);
    }
    if (err == WSYNC_OK) {
        err = wsync_roster_get(site->txn, &after);
    }
    *taken = err == WSYNC_OK ? after.version - before.version : 0;
    if (*taken > 0) {
        err = follow_up(site, *taken, after.version);
    }
    return err == WSYNC_OK ? wsync_site_commit(site, error) : err;
}

static int take(struct wsync_cli *cli, const char *path)
{
    struct wsync_site site;
    struct wsync_error error = {{0}};
    uint64_t taken = 0;
    bool input = strcmp(path, "-") == 0;
    enum wsync_err err = input ? WSYNC_OK : wsync_given_check(path, &error);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    FILE *file = input ? stdin : fopen(path, "r");
    if (!file) {
        (void)wsync_error_set(&error, WSYNC_ERR_NOT_FOUND, "Cannot read %s.", path);
        return wsync_cli_fail(cli, WSYNC_ERR_NOT_FOUND, &error);
    }
    err = wsync_site_open(cli->data_dir, cli->kind, &site, &error);
    if (err == WSYNC_OK) {
        err = take_all(&site, file, &taken, &error);
    }
    if (err == WSYNC_OK && taken > 0 && cli->kind == WSYNC_SITE_DISTRICT) {
        err = wsync_canary_put(&site, &error);
    }
    wsync_site_close(&site);
    if (!input) {
        fclose(file);
    }
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    wsync_cli_say(cli, "%llu statements were missing here and are taken.",
                  (unsigned long long)taken);
    return 0;
}

static int print(struct wsync_cli *cli)
{
    struct wsync_site site;
    struct wsync_error error = {{0}};
    uint64_t count = 0;
    enum wsync_err err = wsync_site_open(cli->data_dir, cli->kind, &site, &error);
    if (err == WSYNC_OK) {
        err = wsync_site_begin(&site, WSYNC_TXN_READ, &error);
    }
    if (err == WSYNC_OK) {
        err = wsync_roster_text_print(site.txn, stdout, &count);
    }
    wsync_site_close(&site);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    wsync_cli_say(cli,
                  "%llu statements.  They hold no secret; where they are missing: \"%s "
                  "roster take FILE\".",
                  (unsigned long long)count,
                  cli->kind == WSYNC_SITE_WARD ? "district" : "ward");
    return 0;
}

int wsync_view_roster(struct wsync_cli *cli)
{
    bool district = cli->kind == WSYNC_SITE_DISTRICT;
    if (cli->argc == 2 && strcmp(cli->argv[0], "take") == 0) {
        return take(cli, cli->argv[1]);
    }
    if ((cli->argc == 1 && strcmp(cli->argv[0], "print") == 0) ||
        (cli->argc == 0 && !district)) {
        return print(cli);
    }
    if (cli->argc == 1 && district) { /* as it was before there were two ways */
        return take(cli, cli->argv[0]);
    }
    return wsync_cli_usage(cli, "Expected \"print\", or \"take\" and one file, or -.");
}
