/* SPDX-License-Identifier: Apache-2.0 */
/* `ward request FILE`: the first half of enrolment by files alone.  The second, `ward join
 * --grant`, is in join_grant.c. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/commands.h"
#include "host/file.h"
#include "host/given.h"
#include "host/request_text.h"
#include "wardsync/crypto.h"

enum { HOST_NAME_BYTES = 256 };

const struct wsync_cli_option WARD_REQUEST_OPTIONS[] = {
    {"name", "NAME", "what the device would like to be called (this machine's name)"},
    {NULL, NULL, NULL},
};

/* Fills in keys and signature. */
static enum wsync_err sign(const struct wsync_cli *cli, struct wsync_request *request,
                           struct wsync_error *error)
{
    char file[WSYNC_SITE_PATH_BYTES];
    struct wsync_signing_pair signing;
    struct wsync_transport_pair transport;
    enum wsync_err err = wsync_keys_load_signing(
        wsync_site_file(cli->data_dir, "keys/signing.key", file), &signing, error);
    if (err == WSYNC_OK) {
        err = wsync_keys_load_transport(
            wsync_site_file(cli->data_dir, "keys/transport.key", file), &transport, error);
        request->signing_key = signing.key;
        request->transport_key = transport.key;
        wsync_request_sign(request, &signing.secret);
        wsync_wipe(&transport, sizeof transport);
    }
    wsync_wipe(&signing, sizeof signing);
    return err;
}

static enum wsync_err choose_name(const struct wsync_cli *cli, struct wsync_request *request,
                                  struct wsync_error *error)
{
    char host[HOST_NAME_BYTES] = "";
    const char *name = wsync_cli_value(cli, "name");
    if (!name && gethostname(host, sizeof host - 1) == 0) {
        name = host;
    }
    enum wsync_err err = wsync_request_name_check(name ? name : "", error);
    if (err == WSYNC_OK) {
        memcpy(request->name, name, strlen(name) + 1);
    }
    return err;
}

/* A device that belongs somewhere has no use for a request. */
static enum wsync_err check_unused(const struct wsync_cli *cli, struct wsync_error *error)
{
    char file[WSYNC_SITE_PATH_BYTES];
    wsync_site_file(cli->data_dir, "site.conf", file);
    return access(file, F_OK) != 0
               ? WSYNC_OK
               : wsync_error_set(error, WSYNC_ERR_EXISTS,
                                 "The device at %s belongs to a district already.",
                                 cli->data_dir);
}

static enum wsync_err write_request(const struct wsync_cli *cli, struct wsync_request *request,
                                    struct wsync_error *error)
{
    char text[WSYNC_REQUEST_TEXT_BYTES];
    enum wsync_err err = sign(cli, request, error);
    if (err != WSYNC_OK) {
        return err;
    }
    struct wsync_slice bytes = wsync_request_print(request, text);
    if (strcmp(cli->argv[0], "-") == 0) {
        printf("%.*s", (int)bytes.len, text);
        return WSYNC_OK;
    }
    err = wsync_given_check(cli->argv[0], error);
    return err == WSYNC_OK ? wsync_file_write_durably(cli->argv[0], 0644, bytes, error) : err;
}

int ward_request(struct wsync_cli *cli)
{
    struct wsync_request request = {.name = ""};
    struct wsync_error error = {{0}};
    if (cli->argc != 1) {
        return wsync_cli_usage(cli, "Expected the file to write the request to, or -.");
    }
    enum wsync_err err = choose_name(cli, &request, &error);
    if (err == WSYNC_OK) {
        err = check_unused(cli, &error);
    }
    if (err == WSYNC_OK) {
        err = wsync_site_make_keys(cli->data_dir, &error);
    }
    if (err == WSYNC_OK) {
        err = write_request(cli, &request, &error);
    }
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    wsync_cli_say(cli,
                  "The request's fingerprint is\n  %s\n"
                  "At the district: \"district enrol --request FILE --unit UNIT --grant OUT\", "
                  "which must show the same.  Then here: \"ward join --grant OUT\".",
                  wsync_request_fingerprint(&request).text);
    return 0;
}
