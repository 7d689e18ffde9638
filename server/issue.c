/* SPDX-License-Identifier: Apache-2.0 */
#include "server/issue.h"

#include "host/clock.h"
#include "wardsync/crypto.h"

enum wsync_err server_issue(struct wsync_site *site, struct wsync_statement *statement,
                            struct wsync_error *error)
{
    char file[WSYNC_SITE_PATH_BYTES];
    struct wsync_signing_pair registrar;
    struct wsync_signed_statement issued;
    enum wsync_err err = wsync_keys_load_signing(
        wsync_site_file(site->path, "keys/registrar.key", file), &registrar, error);
    if (err != WSYNC_OK) {
        return err;
    }
    statement->stamp = wsync_clock_wall_s();
    err = wsync_roster_issue(site->txn, &site->arena, statement, &registrar.secret, &issued);
    wsync_wipe(&registrar, sizeof registrar);
    return err == WSYNC_OK ? err
                           : wsync_error_set(error, err, "The roster does not take it: %s",
                                             wsync_err_text(err, WSYNC_EN));
}
