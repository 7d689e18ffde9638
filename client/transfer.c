/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "client/bundle.h"
#include "client/commands.h"
#include "host/export.h"
#include "host/json.h"
#include "host/view.h"
#include "wardsync/calendar.h"

const struct wsync_cli_option WARD_EXPORT_OPTIONS[] = {
    {"format", "csv|excel|jsonl",
     "RFC 4180, for spreadsheets, or one JSON object a line (csv)"},
    {"columns", "LIST", "only these columns, in this order, commas between them"},
    {"labels", NULL, "labels in place of names; cannot be imported again"},
    {"personal", NULL, "with personal fields"},
    {"from", "DATE", "first day, as 2022-01-31"},
    {"to", "DATE", "last day"},
    {"deleted", NULL, "also deleted records and duplicates"},
    {"out", "FILE", "write there instead of to stdout"},
    {"signed", "FILE", "write everything held here, as it was signed, for wardsync-verify"},
    {"bundle", "FILE", "write what the district is not known to hold (-: to stdout)"},
    {"all", NULL, "with --bundle: everything that is held here"},
    {NULL, NULL, NULL},
};

static int read_export(struct wsync_cli *cli, struct wsync_export_options *options)
{
    const char *format = wsync_cli_value(cli, "format");
    const char *from = wsync_cli_value(cli, "from");
    const char *to = wsync_cli_value(cli, "to");
    *options = (struct wsync_export_options){
        .labels = wsync_cli_flag(cli, "labels"),
        .language = cli->language,
        .columns = wsync_cli_value(cli, "columns"),
        .personal = wsync_cli_flag(cli, "personal"),
        .form = cli->argv[0],
        .query = {.first_day = WSYNC_NO_DAY,
                  .last_day = WSYNC_DAY_MAX,
                  .deleted = wsync_cli_flag(cli, "deleted")},
        .out = stdout,
    };
    if (format && strcmp(format, "excel") == 0) {
        options->csv_mode = WSYNC_CSV_EXCEL;
    } else if (cli->json || (format && strcmp(format, "jsonl") == 0)) {
        options->kind = WSYNC_EXPORT_JSON;
    } else if (format && strcmp(format, "csv") != 0) {
        return wsync_cli_usage(cli, "--format is \"%s\"; allowed: csv, excel, jsonl.", format);
    }
    if ((from && !wsync_calendar_parse(wsync_slice_of(from), &options->query.first_day)) ||
        (to && !wsync_calendar_parse(wsync_slice_of(to), &options->query.last_day))) {
        return wsync_cli_usage(cli, "A day is written as 2022-01-31.");
    }
    return 0;
}

int ward_export(struct wsync_cli *cli)
{
    struct wsync_site site;
    struct wsync_error error = {{0}};
    struct wsync_export_options options;
    uint64_t records = 0;
    if (wsync_cli_value(cli, "signed")) {
        return wsync_view_export_signed(cli);
    }
    if (wsync_cli_value(cli, "bundle")) {
        return client_export_bundle(cli, wsync_cli_value(cli, "bundle"));
    }
    if (cli->argc != 1) {
        return wsync_cli_usage(cli, "Expected one form.");
    }
    int code = read_export(cli, &options);
    code = code == 0 ? wsync_view_open(cli, &site) : code;
    if (code != 0) {
        return code;
    }
    const char *out = wsync_cli_value(cli, "out");
    enum wsync_err err = WSYNC_OK;
    if (out) {
        options.out = fopen(out, "wxe");
        err = options.out
                  ? WSYNC_OK
                  : wsync_error_set(&error, WSYNC_ERR_EXISTS,
                                    "Cannot write %s: it is there already or the folder "
                                    "is not.",
                                    out);
    }
    if (err == WSYNC_OK) {
        err = wsync_export_run(&site, &options, &records, &error);
    }
    if (out && options.out && fclose(options.out) != 0 && err == WSYNC_OK) {
        err = wsync_error_set(&error, WSYNC_ERR_STORE_IO, "Cannot write %s.", out);
    }
    wsync_site_close(&site);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    wsync_cli_say(cli, "%llu records.", (unsigned long long)records);
    return 0;
}
