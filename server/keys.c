/* SPDX-License-Identifier: Apache-2.0 */
/* `district keys`: all keys of the installation, and what is done with them. */
#include "server/keys.h"

#include <string.h>

#include "server/commands.h"

const struct wsync_cli_option DISTRICT_KEYS_OPTIONS[] = {
    {"key", "LIST", "files of root keys to sign with, beside keys/root.key"},
    {"passphrase", NULL, "root create: keep the key behind a passphrase"},
    {"passphrase-file", "FILE", "where the passphrase is; - for standard input"},
    {"request", "FILE", "where to write what other root keys must sign"},
    {"public", "LIST", "root change: the public root keys, all of them"},
    {"threshold", "M", "root change: how many of them sign together"},
    {"expires", "DAY", "root change: no device is enrolled after it; never"},
    {"address", "LIST", "rotate transport: where wards reach the new key"},
    {"bind", "LIST", "rotate transport: where to listen for it (--address)"},
    {"finish", NULL, "rotate transport: wards try the new key first"},
    {"retire", NULL, "rotate transport: the old key is served no more"},
    {NULL, NULL, NULL},
};

void server_say_requested(const struct wsync_cli *cli)
{
    wsync_cli_say(
        cli,
        cli->language == WSYNC_VI
            ? "Khóa ở đây chưa đủ: chưa có gì có hiệu lực.  Mang %s đến các khóa gốc khác "
              "(\"district keys root sign\"), rồi về lại đây: \"district keys root apply\"."
            : "The keys that are here do not suffice: nothing is in force yet.  Take %s to "
              "the other root keys (\"district keys root sign\"), then back here: \"district "
              "keys root apply\".",
        wsync_cli_value(cli, "request"));
}

int district_keys(struct wsync_cli *cli)
{
    const char *word = cli->argc > 0 ? cli->argv[0] : "list";
    if (strcmp(word, "list") == 0 && cli->argc <= 1) {
        return server_keys_list(cli);
    }
    if (strcmp(word, "root") == 0 && cli->argc > 1) {
        return server_keys_root(cli);
    }
    if (cli->argc != 2) {
        return wsync_cli_usage(cli, "Expected a word of those below and what it is about.");
    }
    if (strcmp(word, "show") == 0) {
        return server_keys_show(cli);
    }
    if (strcmp(word, "rotate") == 0 && strcmp(cli->argv[1], "signing") == 0) {
        return server_keys_node(cli);
    }
    if (strcmp(word, "rotate") == 0 && server_is_district_key(cli->argv[1])) {
        return server_keys_district(cli);
    }
    return server_keys_device(cli);
}
