/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/admin_log.h"
#include "host/prove.h"
#include "host/view.h"

const struct wsync_cli_option WSYNC_VIEW_WARD_PROVE_OPTIONS[] = {
    {"receipt", "N", "one receipt by itself, in place of a record"},
    {NULL, NULL, NULL},
};

const struct wsync_cli_option WSYNC_VIEW_DISTRICT_PROVE_OPTIONS[] = {
    {"size", "N..M",
     "that the tree of size M goes on from that of size N, in place of a record"},
    {NULL, NULL, NULL},
};

/* Reads "N..M" or "N"; false when it is neither. */
static bool read_sizes(const char *text, uint64_t *first, uint64_t *second)
{
    char *end;
    *first = strtoull(text, &end, 10);
    bool good = end != text && *text != '-';
    if (second && good && strncmp(end, "..", 2) == 0) {
        text = end + 2;
        *second = strtoull(text, &end, 10);
        good = end != text && *text != '-' && *second >= *first;
    } else if (second) {
        good = false;
    }
    return good && *end == '\0' && *first > 0;
}

/* 0 to go on, otherwise the exit code. */
static int read_request(struct wsync_cli *cli, struct wsync_proof_request *request)
{
    bool ward = cli->kind == WSYNC_SITE_WARD;
    const char *number = wsync_cli_value(cli, ward ? "receipt" : "size");
    *request = (struct wsync_proof_request){.out = stdout, .has_record = !number};
    if (cli->argc != (number ? 0 : 1)) {
        return wsync_cli_usage(cli, "Expected one record, or --%s.", ward ? "receipt" : "size");
    }
    if (number && !(ward ? read_sizes(number, &request->receipt, NULL)
                         : read_sizes(number, &request->old_size, &request->size))) {
        return wsync_cli_usage(cli, "--%s is \"%s\"; write %s.", ward ? "receipt" : "size",
                               number, ward ? "a number" : "two sizes, as 12..40");
    }
    return 0;
}

static void say(const struct wsync_cli *cli, const struct wsync_proof_result *result)
{
    bool vi = cli->language == WSYNC_VI;
    if (result->proven > 0) {
        wsync_cli_say(cli,
                      vi ? "%llu thay đổi được chứng minh, theo bản ký cỡ %llu."
                         : "%llu changes are proven, under a checkpoint of size %llu.",
                      (unsigned long long)result->proven, (unsigned long long)result->size);
    }
    if (result->unproven > 0) {
        wsync_cli_say(cli,
                      cli->kind == WSYNC_SITE_WARD
                          ? (vi ? "%llu thay đổi khác thì chưa: không biên nhận nào ở đây nêu "
                                  "chúng."
                                : "%llu more are not: no receipt here names them.")
                          : (vi ? "%llu thay đổi khác thì chưa: không bản ký nào nêu chúng."
                                : "%llu more are not: no checkpoint names them."),
                      (unsigned long long)result->unproven);
    }
}

static enum wsync_err note(const struct wsync_cli *cli, struct wsync_site *site,
                           const struct wsync_proof_request *request, struct wsync_error *error)
{
    char what[WSYNC_ADMIN_TEXT_BYTES];
    if (request->has_record) {
        snprintf(what, sizeof what, "what=proof record=%s", cli->argv[0]);
    } else {
        snprintf(what, sizeof what, "what=proof size=%llu..%llu",
                 (unsigned long long)request->old_size, (unsigned long long)request->size);
    }
    return wsync_view_note_export(site, what, error);
}

int wsync_view_prove(struct wsync_cli *cli)
{
    struct wsync_site site;
    struct wsync_error error = {{0}};
    struct wsync_proof_request request;
    struct wsync_proof_result result = {.proven = 0};
    int code = read_request(cli, &request);
    if (code == 0) {
        code = wsync_view_open_signed(cli, &site);
    }
    if (code != 0) {
        return code;
    }
    enum wsync_err err = WSYNC_OK;
    if (request.has_record) {
        err = wsync_record_named(site.txn, cli->argv[0], &request.record, &error);
    }
    if (err == WSYNC_OK) {
        err = wsync_proof_write(&site, &request, &result, &error);
    }
    if (err == WSYNC_OK) {
        err = note(cli, &site, &request, &error);
    }
    wsync_site_close(&site);
    say(cli, &result);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    return result.unproven > 0 ? WSYNC_CLI_FINDINGS : 0;
}
