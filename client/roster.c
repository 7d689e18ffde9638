/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "client/commands.h"
#include "host/site.h"
#include "wardsync/roster.h"

/* One statement a line: its signatures and itself in hex, as `district roster` reads them. */
static void print_statement(const struct wsync_signed_statement *signed_statement)
{
    static uint8_t bytes[WSYNC_SIGNED_BYTES_MAX];
    static char line[2 * WSYNC_SIGNED_BYTES_MAX + 1];
    wsync_hex_encode(wsync_signed_write(signed_statement, bytes), line);
    printf("%s\n", line);
}

int ward_roster(struct wsync_cli *cli)
{
    struct wsync_site site;
    struct wsync_error error = {{0}};
    struct wsync_signed_statement statement;
    uint64_t version = 0;
    enum wsync_err err = wsync_site_open(cli->data_dir, WSYNC_SITE_WARD, &site, &error);
    if (err == WSYNC_OK) {
        err = wsync_site_begin(&site, WSYNC_TXN_READ, &error);
    }
    while (err == WSYNC_OK) { /* ends: behind the last version */
        err = wsync_roster_statement(site.txn, ++version, &statement);
        if (err == WSYNC_OK) {
            print_statement(&statement);
        }
    }
    wsync_site_close(&site);
    if (err != WSYNC_ERR_NOT_FOUND || version == 0) {
        return wsync_cli_fail(cli, err, &error);
    }
    wsync_cli_say(cli,
                  "%llu statements.  They hold no secret; at the district: \"district roster "
                  "FILE\".",
                  (unsigned long long)version - 1);
    return 0;
}
