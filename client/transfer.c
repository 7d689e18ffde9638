/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "client/bundle.h"
#include "client/commands.h"
#include "client/enter.h"
#include "host/bundle_file.h"
#include "host/export.h"
#include "host/findings.h"
#include "host/given.h"
#include "host/import.h"
#include "host/json.h"
#include "host/view.h"
#include "wardsync/calendar.h"

const struct wsync_cli_option WARD_IMPORT_OPTIONS[] = {
    {"form", "FORM", "the form the rows become records of"},
    {"mapping", "FILE", "how columns become fields; without it columns are named by fields"},
    {"key", "COLUMN", "column that tells rows apart, in place of the mapping's"},
    {"require", "COLUMN", "a row with nothing in this column is a finding"},
    {"filter", "\"COLUMN == X\"", "other rows are not mine: counted and passed over"},
    {"findings", "FILE", "where findings go (FILE.findings.csv beside the table)"},
    {"by", "STAFF", "who does it: number or name on the staff list"},
    {"undo", "ID", "take back an import: delete what it added and nobody edited since"},
    {"list", NULL, "list earlier imports"},
    {NULL, NULL, NULL},
};

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

enum { FINDINGS_SHOWN = 5, FINDINGS_PATH_BYTES = 1100 };

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

/* Where findings go: a table, and the first few to the screen. */
struct reporter {
    struct wsync_cli *cli;
    struct wsync_findings table;
    FILE *out;
};

static void take_finding(void *context, const struct wsync_finding *finding)
{
    struct reporter *reporter = context;
    struct wsync_error sentence;
    if (reporter->table.count < FINDINGS_SHOWN) {
        wsync_finding_print(finding, &sentence);
        wsync_cli_say(reporter->cli, "%s", sentence.text);
    }
    wsync_findings_take(&reporter->table, finding);
}

static void draw(void *context, const struct wsync_import_progress *progress)
{
    const struct reporter *reporter = context;
    wsync_cli_progress(reporter->cli, "import", progress->bytes, progress->bytes_total);
}

static void print_summary(const struct wsync_cli *cli,
                          const struct wsync_import_summary *summary, const char *findings)
{
    if (cli->json) {
        struct wsync_json *json = wsync_json_new();
        wsync_json_number(json, "import", summary->import);
        wsync_json_number(json, "rows", (int64_t)summary->rows);
        wsync_json_number(json, "added", (int64_t)summary->added);
        wsync_json_number(json, "there", (int64_t)summary->there);
        wsync_json_number(json, "not_mine", (int64_t)summary->not_mine);
        wsync_json_number(json, "faulty", (int64_t)summary->faulty);
        wsync_json_number(json, "findings", (int64_t)summary->findings);
        wsync_json_bool(json, "stopped", summary->stopped);
        wsync_json_print(json, stdout);
    } else {
        printf("%llu rows: %llu added, %llu there already, %llu not mine, %llu with findings\n",
               (unsigned long long)summary->rows, (unsigned long long)summary->added,
               (unsigned long long)summary->there, (unsigned long long)summary->not_mine,
               (unsigned long long)summary->faulty);
    }
    if (summary->findings > 0) {
        wsync_cli_say(cli, "%llu findings are in %s.", (unsigned long long)summary->findings,
                      findings);
    }
    if (summary->import > 0) {
        wsync_cli_say(cli, "Import %u; \"ward import --undo %u\" takes it back.",
                      summary->import, summary->import);
    }
    if (summary->stopped) {
        wsync_cli_say(cli, "Stopped; run the same import again to go on.");
    }
}

static enum wsync_err run_import(struct reporter *reporter, struct wsync_site *site,
                                 const char *findings, struct wsync_error *error)
{
    struct wsync_cli *cli = reporter->cli;
    struct wsync_import_summary summary = {0};
    struct wsync_import_options options = {
        .path = cli->argv[0],
        .mapping_path = wsync_cli_value(cli, "mapping"),
        .form = wsync_cli_value(cli, "form"),
        .key = wsync_cli_value(cli, "key"),
        .require = wsync_cli_value(cli, "require"),
        .filter = wsync_cli_value(cli, "filter"),
        .dry_run = cli->dry_run,
        .stop = &interrupted,
        .find = take_finding,
        .progress = draw,
        .context = reporter,
    };
    enum wsync_err err = wsync_site_begin(site, WSYNC_TXN_READ, error);
    if (err == WSYNC_OK) {
        err = enter_actor(cli, site, &options.actor, error);
        wsync_site_abort(site);
    }
    if (err == WSYNC_OK) {
        err = wsync_import_run(site, &options, &summary, error);
    }
    wsync_cli_progress_end(cli);
    if (err == WSYNC_OK || summary.rows > 0) {
        print_summary(cli, &summary, findings);
    }
    return err;
}

static bool is_same_file(const char *path, const char *other)
{
    struct stat there;
    struct stat here;
    return other && stat(path, &there) == 0 && stat(other, &here) == 0 &&
           there.st_dev == here.st_dev && there.st_ino == here.st_ino;
}

/* What is read is not written over: a table that a person typed is here only once. */
static FILE *open_findings(const struct wsync_cli *cli, const char *path,
                           struct wsync_error *error)
{
    if (is_same_file(path, cli->argv[0]) ||
        is_same_file(path, wsync_cli_value(cli, "mapping"))) {
        (void)wsync_error_set(error, WSYNC_ERR_EXISTS,
                              "The findings would be written over %s, which is to be read; "
                              "name another place with --findings.", path);
        return NULL;
    }
    if (wsync_given_check(path, error) != WSYNC_OK) {
        return NULL;
    }
    FILE *out = fopen(path, "we");
    if (!out) {
        (void)wsync_error_set(error, WSYNC_ERR_EXISTS,
                              "Cannot write %s; name another place with --findings.", path);
    }
    return out;
}

/* Without findings there is no table of them; a device or a link is not ours to remove. */
static void remove_findings(const char *path)
{
    struct stat there;
    if (lstat(path, &there) == 0 && S_ISREG(there.st_mode)) {
        remove(path);
    }
}

static int import_table(struct wsync_cli *cli, struct wsync_site *site)
{
    struct reporter reporter = {.cli = cli};
    struct wsync_error error = {{0}};
    char path[FINDINGS_PATH_BYTES];
    const char *given = wsync_cli_value(cli, "findings");
    struct sigaction action = {.sa_handler = on_interrupt};
    snprintf(path, sizeof path, "%s%s", given ? given : cli->argv[0],
             given ? "" : ".findings.csv");
    if (strcmp(cli->argv[0], "-") == 0 && !given) {
        snprintf(path, sizeof path, "findings.csv");
    }
    reporter.out = open_findings(cli, path, &error);
    if (!reporter.out) {
        return wsync_cli_fail(cli, WSYNC_ERR_EXISTS, &error);
    }
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    wsync_findings_init(&reporter.table, reporter.out, WSYNC_CSV_PLAIN);
    enum wsync_err err = run_import(&reporter, site, path, &error);
    enum wsync_err closing =
        wsync_findings_fini(&reporter.table, err == WSYNC_OK ? &error : NULL);
    fclose(reporter.out);
    if (reporter.table.count == 0) {
        remove_findings(path);
    }
    err = err == WSYNC_OK ? closing : err;
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    return reporter.table.count > 0 ? WSYNC_CLI_FINDINGS : 0;
}

static void say_kept(void *context, const struct wsync_finding *finding)
{
    const struct wsync_cli *cli = context;
    struct wsync_error sentence;
    wsync_finding_print(finding, &sentence);
    wsync_cli_say(cli, "%s", sentence.text);
}

static int undo_import(struct wsync_cli *cli, struct wsync_site *site, const char *id)
{
    struct wsync_undo_summary summary = {0};
    struct wsync_error error = {{0}};
    char *end;
    unsigned long number = strtoul(id, &end, 10);
    if (*id == '\0' || *end != '\0' || number == 0 || number > UINT32_MAX) {
        return wsync_cli_usage(cli, "--undo takes the number of an import, not \"%s\".", id);
    }
    struct wsync_undo_options options = {
        .import = (uint32_t)number, .stop = &interrupted, .find = say_kept, .context = cli};
    enum wsync_err err = wsync_import_undo(site, &options, &summary, &error);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    printf("%llu records deleted, %llu were gone, %llu kept because somebody edited them\n",
           (unsigned long long)summary.deleted, (unsigned long long)summary.gone,
           (unsigned long long)summary.kept);
    return summary.kept > 0 ? WSYNC_CLI_FINDINGS : 0;
}

static enum wsync_err print_import(void *context, const struct wsync_import *import)
{
    const struct wsync_cli *cli = context;
    char when[WSYNC_VIEW_TIME_BYTES];
    wsync_view_time(import->started, when);
    if (cli->json) {
        struct wsync_json *json = wsync_json_new();
        wsync_json_number(json, "import", import->number);
        wsync_json_number(json, "form", import->form);
        wsync_json_number(json, "added", (int64_t)import->added);
        wsync_json_number(json, "undone", (int64_t)import->undone);
        wsync_json_bool(json, "complete", import->complete);
        wsync_json_string(json, "file", import->name);
        wsync_json_print(json, stdout);
        return WSYNC_OK;
    }
    printf("%5u  %s  %6llu added, %llu undone%s  %s\n", import->number, when,
           (unsigned long long)import->added, (unsigned long long)import->undone,
           import->complete ? "" : ", not to its end", import->name);
    return WSYNC_OK;
}

static int list_imports(struct wsync_cli *cli, struct wsync_site *site)
{
    struct wsync_error error = {{0}};
    enum wsync_err err = wsync_site_begin(site, WSYNC_TXN_READ, &error);
    if (err == WSYNC_OK) {
        err = wsync_import_list(site, print_import, cli);
    }
    return err == WSYNC_OK ? 0 : wsync_cli_fail(cli, err, &error);
}

/* Nothing says how rows would become records, and it begins like none. */
static bool is_answer(const struct wsync_cli *cli)
{
    return !wsync_cli_value(cli, "form") && !wsync_cli_value(cli, "mapping") &&
           wsync_bundle_is(cli->argv[0]);
}

int ward_import(struct wsync_cli *cli)
{
    struct wsync_site site;
    struct wsync_error error = {{0}};
    const char *undo = wsync_cli_value(cli, "undo");
    bool list = wsync_cli_flag(cli, "list");
    if (!undo && !list && cli->argc != 1) {
        return wsync_cli_usage(cli, "Expected one CSV file, or - for standard input.");
    }
    if (!undo && !list && is_answer(cli)) {
        return client_import_answer(cli, cli->argv[0]);
    }
    enum wsync_err err = wsync_site_open(cli->data_dir, cli->kind, &site, &error);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    int code = list   ? list_imports(cli, &site)
               : undo ? undo_import(cli, &site, undo)
                      : import_table(cli, &site);
    wsync_site_close(&site);
    return code;
}

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
