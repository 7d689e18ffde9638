/* SPDX-License-Identifier: Apache-2.0 */
/* `district invites`: those that are open, and how one is taken back. */
#include "server/invites.h"

#include <stdio.h>
#include <string.h>

#include "host/admin_log.h"
#include "host/clock.h"
#include "host/json.h"
#include "host/units_here.h"
#include "host/view.h"
#include "server/commands.h"
#include "server/words.h"

enum { ID_DIGITS_MIN = 6 };

enum wsync_err server_invite_after(struct wsync_txn *txn, int64_t now,
                                   struct wsync_transport_key *key,
                                   struct wsync_invite_row *row)
{
    enum wsync_err err;
    do { /* ends: each turn passes one invite */
        err = wsync_invite_after(txn, key, row);
    } while (err == WSYNC_OK && (row->used_version != 0 || row->expires < now));
    return err;
}

const char *server_invite_name(const struct wsync_invite_row *row,
                               char name[SERVER_INVITE_NAME_BYTES])
{
    wsync_hex_encode(wsync_slice(row->id.b, (SERVER_INVITE_NAME_BYTES - 1) / 2), name);
    return name;
}

/* ---- list ---- */

static const struct wsync_cli_head HEADS[] = {
    {8, "", {"thư mời", "invite"}, {NULL, NULL}},
    {16, "  ", {"đến hết", "until"}, {NULL, NULL}},
    {9, "  ", {"vai trò", "role"}, {NULL, NULL}},
    {16, "  ", {"đơn vị", "unit"}, {NULL, NULL}},
    {6, "  ", {"thiết bị", "device"}, {NULL, NULL}},
    {0, NULL, {NULL, NULL}, {NULL, NULL}},
};

static void print(const struct wsync_cli *cli, struct wsync_site *site,
                  const struct wsync_invite_row *row)
{
    char id[2 * WSYNC_INVITE_ID_BYTES + 1], name[SERVER_INVITE_NAME_BYTES];
    char unit[WSYNC_UNIT_LABEL_BYTES], until[WSYNC_VIEW_TIME_BYTES];
    if (cli->json) {
        struct wsync_json *json = wsync_json_new();
        wsync_hex_encode(WSYNC_BYTES(row->id), id);
        wsync_json_string(json, "invite", id);
        wsync_json_string(json, "name", row->name);
        wsync_json_number(json, "unit", row->scope);
        wsync_json_string(json, "role", server_role_name(row->place.role));
        wsync_json_number(json, "expires", row->expires);
        wsync_json_print(json, stdout);
        return;
    }
    wsync_units_here_label(site, row->scope, unit);
    wsync_view_time(row->expires, until);
    printf("%s  %-16s  %-9s  ", server_invite_name(row, name), until,
           server_role_name(row->place.role));
    wsync_cli_column(unit, 16);
    printf("  %s\n", row->name);
}

static int list(struct wsync_cli *cli)
{
    struct wsync_site site;
    struct wsync_transport_key key = {{0}};
    struct wsync_invite_row row;
    enum wsync_err err;
    int code = wsync_view_open(cli, &site);
    if (code != 0) {
        return code;
    }
    if (!cli->json) {
        wsync_cli_heads(cli, HEADS);
    }
    while ((err = server_invite_after(site.txn, wsync_clock_wall_s(), &key, &row)) ==
           WSYNC_OK) {
        print(cli, &site, &row);
    }
    wsync_site_close(&site);
    return err == WSYNC_ERR_NOT_FOUND ? 0 : wsync_cli_fail(cli, err, NULL);
}

/* ---- withdraw ---- */

/* The one open invite whose id begins so. */
static enum wsync_err find(struct wsync_txn *txn, const char *text,
                           struct wsync_transport_key *found, struct wsync_invite_row *row,
                           struct wsync_error *error)
{
    struct wsync_transport_key key = {{0}};
    struct wsync_invite_row at;
    size_t matches = 0, len = strlen(text);
    enum wsync_err err;
    while ((err = server_invite_after(txn, wsync_clock_wall_s(), &key, &at)) == WSYNC_OK) {
        char id[2 * WSYNC_INVITE_ID_BYTES + 1];
        wsync_hex_encode(WSYNC_BYTES(at.id), id);
        if (len >= ID_DIGITS_MIN && strncmp(id, text, len) == 0) {
            *found = key;
            *row = at;
            matches++;
        }
    }
    if (err != WSYNC_ERR_NOT_FOUND) {
        return wsync_error_set(error, err, "The invites cannot be read: %s",
                               wsync_err_text(err, WSYNC_EN));
    }
    return matches == 1
               ? WSYNC_OK
               : wsync_error_set(error, WSYNC_ERR_NOT_FOUND,
                                 "There is no one open invite \"%s\"; \"district invites\" "
                                 "lists them.",
                                 text);
}

/* Its time is over: who comes with it is told so. */
static enum wsync_err withdraw(struct wsync_site *site, const char *text,
                               struct wsync_invite_row *row, struct wsync_error *error)
{
    struct wsync_transport_key key;
    char name[SERVER_INVITE_NAME_BYTES];
    enum wsync_err err = find(site->txn, text, &key, row, error);
    if (err != WSYNC_OK) {
        return err;
    }
    row->expires = 0;
    err = wsync_invite_put(site->txn, &key, row);
    if (err == WSYNC_OK) {
        err = wsync_admin_log_add(site->txn, WSYNC_ADMIN_WITHDRAWN, wsync_clock_wall_s(),
                                  "invite=%s unit=%u device=%s", server_invite_name(row, name),
                                  row->scope, row->name);
    }
    return err == WSYNC_OK ? err
                           : wsync_error_set(error, err, "It cannot be written: %s",
                                             wsync_err_text(err, WSYNC_EN));
}

static int take_back(struct wsync_cli *cli)
{
    struct wsync_site site;
    struct wsync_error error = {{0}};
    struct wsync_invite_row row = {.scope = 0};
    enum wsync_err err = wsync_site_open(cli->data_dir, WSYNC_SITE_DISTRICT, &site, &error);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    err = wsync_site_begin(&site, WSYNC_TXN_WRITE, &error);
    if (err == WSYNC_OK) {
        err = withdraw(&site, cli->argv[1], &row, &error);
    }
    if (err == WSYNC_OK && !cli->dry_run) {
        err = wsync_site_commit(&site, &error);
    }
    wsync_site_close(&site);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    wsync_cli_say(cli,
                  cli->dry_run                ? "Nothing was changed."
                  : cli->language == WSYNC_VI ? "Thư mời cho \"%s\" đã được rút lại; không máy "
                                                "nào vào được bằng nó nữa."
                                              : "The invite for \"%s\" is withdrawn; it admits "
                                                "nobody any more.",
                  row.name);
    return 0;
}

int district_invites(struct wsync_cli *cli)
{
    if (cli->argc == 0 || (cli->argc == 1 && strcmp(cli->argv[0], "list") == 0)) {
        return list(cli);
    }
    if (cli->argc == 2 && strcmp(cli->argv[0], "withdraw") == 0) {
        return take_back(cli);
    }
    return wsync_cli_usage(cli, "Expected \"list\" or \"withdraw\" and an invite.");
}
