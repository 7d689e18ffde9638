/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/admin_log.h"
#include "host/clock.h"
#include "host/export_signed.h"
#include "host/json.h"
#include "host/receipts.h"
#include "host/units_here.h"
#include "host/view.h"

int wsync_view_open_signed(struct wsync_cli *cli, struct wsync_site *site)
{
    struct wsync_error error = {{0}};
    enum wsync_err err = wsync_site_open(cli->data_dir, cli->kind, site, &error);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    if (cli->kind == WSYNC_SITE_DISTRICT) {
        err = wsync_receipts_sign(site, &error);
    }
    if (err == WSYNC_OK) {
        err = wsync_site_begin(site, WSYNC_TXN_READ, &error);
    }
    if (err != WSYNC_OK) {
        wsync_site_close(site);
        return wsync_cli_fail(cli, err, &error);
    }
    return 0;
}

static void draw(void *context, uint64_t done, uint64_t total)
{
    wsync_cli_progress(context, "export", done, total);
}

static void say(const struct wsync_cli *cli, const struct wsync_export_signed_result *result)
{
    if (!cli->json) {
        wsync_cli_say(
            cli,
            cli->language == WSYNC_VI
                ? "%llu bản danh sách, %llu nhật ký, %llu thay đổi dưới %llu dấu, %llu biên "
                  "nhận."
                : "%llu statements, %llu logs, %llu changes under %llu seals, %llu receipts.",
            (unsigned long long)result->statements, (unsigned long long)result->logs,
            (unsigned long long)result->changes, (unsigned long long)result->seals,
            (unsigned long long)result->receipts);
        return;
    }
    struct wsync_json *json = wsync_json_new();
    wsync_json_number(json, "statements", (int64_t)result->statements);
    wsync_json_number(json, "logs", (int64_t)result->logs);
    wsync_json_number(json, "changes", (int64_t)result->changes);
    wsync_json_number(json, "seals", (int64_t)result->seals);
    wsync_json_number(json, "receipts", (int64_t)result->receipts);
    wsync_json_print(json, stdout);
}

enum wsync_err wsync_view_note_export(struct wsync_site *site, const char *what,
                                      struct wsync_error *error)
{
    if (site->conf.kind != WSYNC_SITE_DISTRICT) {
        return WSYNC_OK;
    }
    wsync_site_abort(site); /* what was read stays as it was written */
    enum wsync_err err = wsync_site_begin(site, WSYNC_TXN_WRITE, error);
    if (err != WSYNC_OK) {
        return err;
    }
    err = wsync_admin_log_add(site->txn, WSYNC_ADMIN_EXPORT, wsync_clock_wall_s(), "%s", what);
    if (err != WSYNC_OK) {
        wsync_site_abort(site);
        return wsync_error_set(error, err, "The admin log cannot be written: %s",
                               wsync_err_text(err, WSYNC_EN));
    }
    return wsync_site_commit(site, error);
}

static enum wsync_err note(struct wsync_site *site,
                           const struct wsync_export_signed_options *options,
                           const struct wsync_export_signed_result *result,
                           struct wsync_error *error)
{
    char what[WSYNC_ADMIN_TEXT_BYTES];
    snprintf(what, sizeof what,
             "what=signed-log unit=%u personal=%s statements=%llu changes=%llu", options->unit,
             options->personal ? "yes" : "no", (unsigned long long)result->statements,
             (unsigned long long)result->changes);
    return wsync_view_note_export(site, what, error);
}

static enum wsync_err write_file(struct wsync_cli *cli, struct wsync_site *site,
                                 const char *path, struct wsync_error *error)
{
    struct wsync_export_signed_result result;
    struct wsync_export_signed_options options = {.personal = wsync_cli_flag(cli, "personal"),
                                                  .out = stdout,
                                                  .context = cli,
                                                  .progress = draw};
    const char *unit = cli->kind == WSYNC_SITE_DISTRICT ? wsync_cli_value(cli, "unit") : NULL;
    bool file = strcmp(path, "-") != 0;
    if (unit && wsync_units_here_find(site, wsync_slice_of(unit), &options.unit) != WSYNC_OK) {
        return wsync_error_set(error, WSYNC_ERR_INVALID, "There is no one unit \"%s\".", unit);
    }
    options.out = file ? fopen(path, "wbxe") : stdout;
    if (!options.out) {
        return wsync_error_set(error, WSYNC_ERR_EXISTS,
                               "Cannot write %s: it is there already or the folder is not.",
                               path);
    }
    enum wsync_err err = wsync_export_signed(site, &options, &result, error);
    wsync_cli_progress_end(cli);
    if (file && fclose(options.out) != 0 && err == WSYNC_OK) {
        err = wsync_error_set(error, WSYNC_ERR_STORE_IO, "Cannot write %s.", path);
    }
    if (err == WSYNC_OK) {
        err = note(site, &options, &result, error);
    }
    if (err != WSYNC_OK && file) {
        unlink(path); /* half a log would only be called damaged */
    }
    if (err == WSYNC_OK && (file || !cli->json)) {
        say(cli, &result);
    }
    return err;
}

int wsync_view_export_signed(struct wsync_cli *cli)
{
    struct wsync_site site;
    struct wsync_error error = {{0}};
    const char *path = wsync_cli_value(cli, "signed");
    if (!path || cli->argc != 0) {
        return wsync_cli_usage(cli, "Expected --signed FILE, and no form.");
    }
    int code = wsync_view_open_signed(cli, &site);
    if (code != 0) {
        return code;
    }
    enum wsync_err err = write_file(cli, &site, path, &error);
    wsync_site_close(&site);
    return err == WSYNC_OK ? 0 : wsync_cli_fail(cli, err, &error);
}
