/* SPDX-License-Identifier: Apache-2.0 */
/* `district enrol --request FILE --grant OUT`: enrolment by files alone.  The same request
 * again gets the same answer, so a grant that was lost is written again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/file.h"
#include "host/grant_text.h"
#include "host/request_text.h"
#include "server/enrol.h"
#include "server/issue.h"

/* Is the device of these keys there already?  NOT_FOUND: no. */
static enum wsync_err find_same(struct wsync_site *site, const struct server_enrolment *plan,
                                const struct wsync_request *request, struct wsync_error *error)
{
    struct wsync_device device;
    struct wsync_device_id id = wsync_device_of(&site->conf.instance, &request->signing_key);
    enum wsync_err err = wsync_device_get(site->txn, &id, &device);
    if (err != WSYNC_OK) {
        return err;
    }
    if (device.revoked != 0) {
        return wsync_error_set(
            error, WSYNC_ERR_REVOKED,
            "The device of this request was revoked; it has to make new keys: "
            "\"ward request\" in an empty data directory.");
    }
    bool same = wsync_place_is(&device, &plan->place, plan->scope) &&
                wsync_slice_equal(WSYNC_BYTES(device.transport_key),
                                  WSYNC_BYTES(request->transport_key));
    return same
               ? WSYNC_OK
               : wsync_error_set(error, WSYNC_ERR_EXISTS,
                                 "The device of this request is \"%s\" of unit %u already, and "
                                 "not as it is to be now.",
                                 device.name, device.scopes[0]);
}

static enum wsync_err enrol(struct wsync_site *site, const struct server_enrolment *plan,
                            const struct wsync_request *request, struct wsync_error *error)
{
    struct wsync_statement statement = {
        .kind = WSYNC_STATEMENT_ENROL,
        .enrol = {.signing_key = request->signing_key,
                  .transport_key = request->transport_key,
                  .name = wsync_slice_of(plan->name ? plan->name : request->name)}};
    bool taken;
    wsync_place_take(&statement.enrol, &plan->place, &plan->scope);
    enum wsync_err err = find_same(site, plan, request, error);
    return err == WSYNC_ERR_NOT_FOUND ? server_issue(site, &statement, NULL, &taken, error)
                                      : err;
}

/* Everything of it, or nothing: a grant that is cut off is refused anyway. */
static enum wsync_err write_grant(struct wsync_site *site, const struct server_enrolment *plan,
                                  const char *path, struct wsync_error *error)
{
    struct wsync_grant_text grant = {.instance = site->conf.instance,
                                     .address_count = plan->address_count};
    for (size_t i = 0; i < plan->address_count; i++) {
        memcpy(grant.addresses[i], plan->addresses[i], strlen(plan->addresses[i]) + 1);
    }
    char *text = NULL;
    size_t len = 0;
    bool output = strcmp(path, "-") == 0;
    FILE *out = output ? stdout : open_memstream(&text, &len);
    enum wsync_err err = out ? wsync_site_begin(site, WSYNC_TXN_READ, error) : WSYNC_ERR_MEMORY;
    if (err == WSYNC_OK) {
        err = wsync_grant_text_print(&grant, site->txn, out);
        wsync_site_abort(site);
    }
    if (out && !output && fclose(out) != 0 && err == WSYNC_OK) {
        err = WSYNC_ERR_MEMORY;
    }
    if (err == WSYNC_OK && !output) {
        err = wsync_file_write_durably(path, 0644, wsync_slice(text, len), error);
    } else if (err != WSYNC_OK) {
        err = wsync_error_set(error, err, "The grant cannot be written: %s",
                              wsync_err_text(err, WSYNC_EN));
    }
    free(text);
    return err;
}

static bool agree(const struct wsync_cli *cli, const struct wsync_request *request)
{
    wsync_cli_say(cli, "\"%s\" asks to be enrolled; the request's fingerprint is\n  %s",
                  request->name, wsync_request_fingerprint(request).text);
    return !cli->dry_run &&
           wsync_cli_confirm(cli, "Does that machine show the same?  Enrol it?");
}

static enum wsync_err enrol_and_answer(struct wsync_cli *cli, struct server_enrolment *plan,
                                       const struct wsync_request *request,
                                       struct wsync_error *error)
{
    struct wsync_site site;
    enum wsync_err err = wsync_site_open(cli->data_dir, WSYNC_SITE_DISTRICT, &site, error);
    if (err != WSYNC_OK) {
        return err;
    }
    err = wsync_site_begin(&site, WSYNC_TXN_WRITE, error);
    if (err == WSYNC_OK) {
        err = server_enrol_prepare(&site, plan, error);
    }
    if (err == WSYNC_OK) {
        err = enrol(&site, plan, request, error);
    }
    if (err == WSYNC_OK) {
        err = wsync_site_commit(&site, error);
    }
    wsync_site_abort(&site);
    if (err == WSYNC_OK) {
        err = write_grant(&site, plan, wsync_cli_value(cli, "grant"), error);
    }
    if (err == WSYNC_OK) {
        wsync_cli_say(
            cli,
            "It is enrolled.  Bring the grant to it: \"ward join --grant FILE\", which "
            "must show this fingerprint of the installation:\n  %s",
            wsync_fingerprint_of_instance(&site.conf.instance).text);
    }
    wsync_site_close(&site);
    return err;
}

int server_enrol_request(struct wsync_cli *cli, struct server_enrolment *plan)
{
    char text[WSYNC_REQUEST_TEXT_BYTES];
    size_t len = 0;
    struct wsync_request request;
    struct wsync_error error = {{0}};
    const char *path = wsync_cli_value(cli, "request");
    enum wsync_err err = wsync_file_read(strcmp(path, "-") == 0 ? "/dev/stdin" : path, text,
                                         sizeof text, &len, &error);
    if (err == WSYNC_OK) {
        err = wsync_request_parse(wsync_slice(text, len), &request, &error);
    }
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    if (!agree(cli, &request)) {
        wsync_cli_say(cli, "Nothing was changed.");
        return 0;
    }
    err = enrol_and_answer(cli, plan, &request, &error);
    return err == WSYNC_OK ? 0 : wsync_cli_fail(cli, err, &error);
}
