/* SPDX-License-Identifier: Apache-2.0 */
#include "host/metrics.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "host/health.h"
#include "host/lock.h"
#include "host/store_lmdb.h"
#include "wardsync/limits.h"

/* ---- the format ---- */

/* This is no page: nothing in it is markup. */
static void put(struct wsync_html *out, const char *text)
{
    wsync_html_literal(out, text, strlen(text));
}

void wsync_metric_begin(struct wsync_html *out, const struct wsync_metric *metric)
{
    put(out, "# HELP ");
    put(out, metric->name);
    put(out, " ");
    put(out, metric->help);
    put(out, "\n# TYPE ");
    put(out, metric->name);
    put(out, metric->counter ? " counter\n" : " gauge\n");
}

static void put_label(struct wsync_html *out, const struct wsync_metric_label *label)
{
    put(out, label->name);
    put(out, "=\"");
    for (const char *at = label->value; *at; at++) {
        const char one[] = {*at, '\0'};
        put(out, *at == '\n' ? "\\n" : *at == '"' ? "\\\"" : *at == '\\' ? "\\\\" : one);
    }
    put(out, "\"");
}

void wsync_metric_value(struct wsync_html *out, const struct wsync_metric *metric,
                        const struct wsync_metric_label *label, int64_t value)
{
    put(out, metric->name);
    if (label) {
        put(out, "{");
        put_label(out, label);
        put(out, "}");
    }
    put(out, " ");
    wsync_html_number(out, value);
    put(out, "\n");
}

void wsync_metric_only(struct wsync_html *out, const struct wsync_metric *metric, int64_t value)
{
    wsync_metric_begin(out, metric);
    wsync_metric_value(out, metric, NULL, value);
}

/* ---- what both programs tell ---- */

const struct wsync_metric WSYNC_METRIC_KEY = {"wardsync_key_created_timestamp_seconds",
                                              "When the key in force came in force.", false};

static void put_disk(struct wsync_html *out, const struct wsync_site *site)
{
    static const struct wsync_metric STORE = {"wardsync_store_size_bytes",
                                              "Size of the store's file.", false};
    static const struct wsync_metric DISK = {"wardsync_disk_free_bytes",
                                             "Room on the disk of the data directory.", false};
    char file[WSYNC_SITE_PATH_BYTES];
    struct stat store;
    struct statvfs disk;
    if (stat(wsync_site_file(site->path, "store/data.mdb", file), &store) == 0) {
        wsync_metric_only(out, &STORE, (int64_t)store.st_size);
    }
    if (statvfs(site->path, &disk) == 0) {
        wsync_metric_only(out, &DISK, (int64_t)(disk.f_bavail * disk.f_frsize));
    }
}

void wsync_metrics_common(struct wsync_html *out, const struct wsync_site *site,
                          const char *program, const struct wsync_metrics_counts *counts)
{
    static const struct wsync_metric BUILD = {"wardsync_build_info",
                                              "1; the label tells which program this is.",
                                              false};
    static const struct wsync_metric SERVING = {
        "wardsync_serving", "1 while the process that syncs is there.", false};
    static const struct wsync_metric RECORDS = {
        "wardsync_records", "Records held, deleted ones too.", false};
    static const struct wsync_metric CHANGES = {"wardsync_changes_held",
                                                "Changes held, of all logs.", false};
    static const struct wsync_metric WAITING = {
        "wardsync_changes_waiting", "Changes that wait for a form or a record.", false};
    static const struct wsync_metric ASIDE = {"wardsync_changes_quarantined",
                                              "Changes that do not count.", false};
    static const struct wsync_metric CONFLICTS = {"wardsync_records_in_conflict",
                                                  "Records with several values.", false};
    static const struct wsync_metric BACKUP = {"wardsync_backup_timestamp_seconds",
                                               "When the last backup was made.", false};
    char build[64];
    const struct wsync_metric_label label = {"version", build};
    snprintf(build, sizeof build, "%s %s", program, WSYNC_VERSION);
    wsync_metric_begin(out, &BUILD);
    wsync_metric_value(out, &BUILD, &label, 1);
    wsync_metric_only(out, &SERVING, wsync_lock_is_served(site->path));
    wsync_metric_only(out, &RECORDS,
                      (int64_t)wsync_store_lmdb_count(site->txn, WSYNC_TABLE_RECORDS));
    wsync_metric_only(out, &CHANGES, (int64_t)counts->changes);
    wsync_metric_only(out, &WAITING, (int64_t)counts->waiting);
    wsync_metric_only(out, &ASIDE, (int64_t)counts->quarantined);
    wsync_metric_only(out, &CONFLICTS, (int64_t)counts->conflicts);
    wsync_metric_only(out, &BACKUP, counts->backup);
    put_disk(out, site);
}

bool wsync_metrics_may(const struct wsync_pages *pages, const struct wsync_site *site,
                       const struct wsync_http_request *request,
                       struct wsync_http_answer *answer)
{
    if (wsync_pages_address_is_here(pages->address) || request->person.number != 0 ||
        site->conf.pages_metrics) {
        return true;
    }
    wsync_health_problem(answer, 403,
                         "On a network, figures are for who has logged in, or for everybody "
                         "when [pages] metrics = yes is set.");
    return false;
}

void wsync_metrics_end(struct wsync_http_answer *answer, enum wsync_err err)
{
    err = err == WSYNC_OK ? wsync_html_err(&answer->html) : err;
    if (err != WSYNC_OK) {
        wsync_health_problem(answer, 503, wsync_err_text(err, WSYNC_EN));
        return;
    }
    answer->type = "text/plain; version=0.0.4; charset=utf-8";
}
