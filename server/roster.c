/* SPDX-License-Identifier: Apache-2.0 */
/* `district roster FILE`: what a ward printed of the roster is taken, as if that ward had
 * brought it in a session (SPEC section 9.6). */
#include <stdio.h>
#include <string.h>

#include "host/admin_log.h"
#include "host/canary.h"
#include "host/clock.h"
#include "server/commands.h"
#include "wardsync/restore.h"
#include "wardsync/roster.h"

enum { LINE_BYTES = 2 * WSYNC_SIGNED_BYTES_MAX + 3 };

/* Takes the statement of one line. */
static enum wsync_err take_line(struct wsync_site *site, char *line, int number,
                                struct wsync_error *error)
{
    static uint8_t bytes[WSYNC_SIGNED_BYTES_MAX];
    struct wsync_signed_statement statement;
    line[strcspn(line, "\r\n")] = '\0';
    size_t len = strlen(line) / 2;
    bool good = strlen(line) % 2 == 0 && len <= sizeof bytes &&
                wsync_hex_decode(wsync_slice_of(line), bytes, len) &&
                wsync_signed_read(wsync_slice(bytes, len), &statement);
    if (!good) {
        return wsync_error_set(
            error, WSYNC_ERR_MESSAGE,
            "Line %d is none that \"ward roster\" printed; nothing was taken.", number);
    }
    enum wsync_err err =
        wsync_roster_take(site->txn, &site->arena, &statement, &site->conf.instance);
    wsync_arena_release(&site->arena, 0);
    if (err == WSYNC_ERR_ROSTER) {
        return wsync_error_set(
            error, err,
            "Line %d is not the statement of that version here: this district enrolled or "
            "revoked somebody before it had its roster back.  Nothing was taken; \"man "
            "district\", restored, has the ways out.",
            number);
    }
    return err == WSYNC_OK ? err
                           : wsync_error_set(error, err, "Line %d: %s  Nothing was taken.",
                                             number, wsync_err_text(err, WSYNC_EN));
}

static enum wsync_err take_file(struct wsync_site *site, FILE *file, struct wsync_error *error)
{
    static char line[LINE_BYTES];
    int number = 0;
    enum wsync_err err = WSYNC_OK;
    while (err == WSYNC_OK && fgets(line, sizeof line, file)) {
        err = take_line(site, line, ++number, error);
    }
    return err;
}

/* A roster that grew says that this district went back: it writes on in new logs. */
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
        err = wsync_retire_all(&site->ledger, site->txn);
    }
    if (*taken > 0 && err == WSYNC_OK) {
        err = wsync_admin_log_add(site->txn, WSYNC_ADMIN_ROSTER_TAKEN, wsync_clock_wall_s(),
                                  "statements=%llu version=%llu", (unsigned long long)*taken,
                                  (unsigned long long)after.version);
    }
    return err == WSYNC_OK ? wsync_site_commit(site, error) : err;
}

int district_roster(struct wsync_cli *cli)
{
    struct wsync_site site;
    struct wsync_error error = {{0}};
    uint64_t taken = 0;
    if (cli->argc != 1) {
        return wsync_cli_usage(cli, "Expected one file that \"ward roster\" wrote, or -.");
    }
    bool input = strcmp(cli->argv[0], "-") == 0;
    FILE *file = input ? stdin : fopen(cli->argv[0], "r");
    if (!file) {
        (void)wsync_error_set(&error, WSYNC_ERR_NOT_FOUND, "Cannot read %s.", cli->argv[0]);
        return wsync_cli_fail(cli, WSYNC_ERR_NOT_FOUND, &error);
    }
    enum wsync_err err = wsync_site_open(cli->data_dir, WSYNC_SITE_DISTRICT, &site, &error);
    if (err == WSYNC_OK) {
        err = take_all(&site, file, &taken, &error);
    }
    if (err == WSYNC_OK && taken > 0) {
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
