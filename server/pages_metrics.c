/* SPDX-License-Identifier: Apache-2.0 */
/* /healthz, /readyz, /metrics and /version of the district. */
#include <stdio.h>

#include "host/backup.h"
#include "host/health.h"
#include "host/metrics.h"
#include "host/session_log.h"
#include "host/store_lmdb.h"
#include "server/key_table.h"
#include "server/pages.h"
#include "server/unit_facts.h"

enum { ROWS_AT_ONCE = 50000 }; /* of the session log: some tens of milliseconds */

void server_page_healthz(void *context, const struct wsync_http_request *request,
                         struct wsync_http_answer *answer)
{
    struct server_pages *pages = context;
    struct wsync_error error = {{0}};
    (void)request;
    enum wsync_err err = server_pages_open(pages, &error);
    wsync_health_live(answer, &pages->site, err, &error);
}

void server_page_readyz(void *context, const struct wsync_http_request *request,
                        struct wsync_http_answer *answer)
{
    struct server_pages *pages = context;
    struct wsync_error error = {{0}};
    char down[SERVER_END_TEXT_BYTES] = "";
    (void)request;
    enum wsync_err err = server_pages_open(pages, &error);
    if (err == WSYNC_OK) {
        err = wsync_site_begin(&pages->site, WSYNC_TXN_READ, &error);
    }
    if (err == WSYNC_OK) {
        err = server_down_text(pages->site.txn, WSYNC_EN, down);
        wsync_site_abort(&pages->site);
    }
    wsync_health_ready(answer, &pages->site, err, &error, down);
}

void server_page_version(void *context, const struct wsync_http_request *request,
                         struct wsync_http_answer *answer)
{
    const struct server_pages *pages = context;
    (void)request;
    wsync_health_version(answer, pages->pages->program);
}

/* ---- conversations ---- */

/* Counts what came to the session log since the last time; what was there before the first
 * time is not ours to count. */
static enum wsync_err count_sessions(struct wsync_txn *txn, struct server_tally *tally)
{
    struct wsync_session_row row;
    enum wsync_err err = WSYNC_OK;
    if (!tally->begun) {
        uint64_t last = UINT64_MAX;
        err = wsync_session_log_seek(txn, WSYNC_SEEK_LT, &last, &row);
        tally->row = err == WSYNC_OK ? last : 0;
        tally->begun = err == WSYNC_OK || err == WSYNC_ERR_NOT_FOUND;
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    for (int i = 0; err == WSYNC_OK && i < ROWS_AT_ONCE; i++) {
        uint64_t number = tally->row;
        err = wsync_session_log_seek(txn, WSYNC_SEEK_GT, &number, &row);
        if (err != WSYNC_OK) {
            continue;
        }
        tally->row = number;
        if (row.kind == WSYNC_SESSION_KIND_SYNC || row.kind == WSYNC_SESSION_KIND_ENROL) {
            tally->good += row.code == WSYNC_OK;
            tally->failed += row.code != WSYNC_OK;
            tally->bytes_in += row.bytes_in;
            tally->bytes_out += row.bytes_out;
            tally->changes_in += row.changes_in;
            tally->changes_out += row.changes_out;
        }
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static void put_two(struct wsync_html *out, const struct wsync_metric *metric,
                    const struct wsync_metric_label labels[2], const uint64_t values[2])
{
    wsync_metric_begin(out, metric);
    for (size_t i = 0; i < 2; i++) {
        wsync_metric_value(out, metric, &labels[i], (int64_t)values[i]);
    }
}

static void put_sessions(struct wsync_html *out, const struct server_tally *tally)
{
    static const struct wsync_metric SESSIONS = {"wardsync_sessions_total",
                                                 "Conversations with devices.", true};
    static const struct wsync_metric BYTES = {"wardsync_session_bytes_total",
                                              "What they carried.", true};
    static const struct wsync_metric CHANGES = {
        "wardsync_session_changes_total", "Changes taken here (in), acknowledged there (out).",
        true};
    static const struct wsync_metric_label RESULTS[] = {{"result", "ok"}, {"result", "failed"}};
    static const struct wsync_metric_label WAYS[] = {{"direction", "in"}, {"direction", "out"}};
    put_two(out, &SESSIONS, RESULTS, (const uint64_t[]){tally->good, tally->failed});
    put_two(out, &BYTES, WAYS, (const uint64_t[]){tally->bytes_in, tally->bytes_out});
    put_two(out, &CHANGES, WAYS, (const uint64_t[]){tally->changes_in, tally->changes_out});
}

/* ---- wards ---- */

static int64_t devices_of(const struct server_unit *unit)
{
    return (int64_t)unit->devices;
}

static int64_t failing_of(const struct server_unit *unit)
{
    return (int64_t)unit->failing;
}

static int64_t last_of(const struct server_unit *unit)
{
    return unit->last;
}

static int64_t until_of(const struct server_unit *unit)
{
    return unit->complete ? unit->until : 0;
}

static int64_t missing_of(const struct server_unit *unit)
{
    return (int64_t)unit->missing;
}

static int64_t open_of(const struct server_unit *unit)
{
    return (int64_t)(unit->waiting + unit->quarantined + unit->conflicts);
}

static const struct {
    struct wsync_metric metric;
    int64_t (*of)(const struct server_unit *unit);
} OF_UNITS[] = {
    {{"wardsync_unit_devices", "Devices of the ward that are not revoked.", false}, devices_of},
    {{"wardsync_unit_devices_failing", "Of them, those whose last try failed.", false},
     failing_of},
    {{"wardsync_unit_last_contact_timestamp_seconds", "When the ward was last heard.", false},
     last_of},
    {{"wardsync_unit_complete_timestamp_seconds", "Up to when all of it is here.", false},
     until_of},
    {{"wardsync_unit_changes_missing", "Changes it has and that are not here.", false},
     missing_of},
    {{"wardsync_unit_open", "Its changes and records that wait for somebody.", false}, open_of},
};

static void put_units(struct wsync_html *out, const struct server_units *units)
{
    for (size_t i = 0; i < sizeof OF_UNITS / sizeof *OF_UNITS; i++) {
        wsync_metric_begin(out, &OF_UNITS[i].metric);
        for (size_t k = 0; k < units->count; k++) {
            char id[16];
            const struct wsync_metric_label label = {"unit", id};
            snprintf(id, sizeof id, "%u", units->items[k].id);
            wsync_metric_value(out, &OF_UNITS[i].metric, &label,
                               OF_UNITS[i].of(&units->items[k]));
        }
    }
}

static enum wsync_err put_keys(struct wsync_html *out, struct wsync_site *site)
{
    struct server_key_table table;
    struct wsync_error error = {{0}};
    enum wsync_err err = server_key_table_read(site, &table, &error);
    if (err != WSYNC_OK) {
        return err;
    }
    wsync_metric_begin(out, &WSYNC_METRIC_KEY);
    for (size_t i = 0; i < table.count; i++) {
        char key[48]; /* there may be several of a kind */
        const struct wsync_metric_label label = {"key", key};
        const struct wsync_fingerprint print =
            wsync_fingerprint_of(wsync_slice(table.rows[i].bytes, sizeof table.rows[i].bytes));
        snprintf(key, sizeof key, "%s %.9s", server_key_word(table.rows[i].kind), print.text);
        wsync_metric_value(out, &WSYNC_METRIC_KEY, &label, table.rows[i].stamp);
    }
    return WSYNC_OK;
}

/* ---- all of it ---- */

static enum wsync_err count(struct wsync_site *site, struct wsync_metrics_counts *counts)
{
    struct wsync_log log;
    struct wsync_log_id at;
    const struct wsync_log_id *after = NULL;
    enum wsync_err err;
    while ((err = wsync_log_after(site->txn, after, &log)) == WSYNC_OK) {
        counts->changes += log.seq;
        at = log.id;
        after = &at;
    }
    counts->conflicts = wsync_store_lmdb_count(site->txn, WSYNC_TABLE_CONFLICTS);
    if (err == WSYNC_ERR_NOT_FOUND) {
        err = wsync_ledger_unsettled(site->txn, &counts->waiting, &counts->quarantined);
    }
    return err == WSYNC_OK ? wsync_backup_last(site->txn, &counts->backup) : err;
}

static enum wsync_err write_metrics(struct server_pages *pages, struct wsync_html *out)
{
    struct wsync_site *site = &pages->site;
    struct wsync_metrics_counts counts = {.changes = 0};
    struct server_units units = {.items = NULL};
    enum wsync_err err = count(site, &counts);
    if (err == WSYNC_OK) {
        err = count_sessions(site->txn, &pages->tally);
    }
    if (err == WSYNC_OK) {
        wsync_metrics_common(out, site, pages->pages->program, &counts);
        put_sessions(out, &pages->tally);
        err = put_keys(out, site);
    }
    if (err == WSYNC_OK) {
        err = server_units_gather(site, wsync_units_here_today(), &units);
        put_units(out, &units);
        server_units_free(&units);
    }
    return err;
}

void server_page_metrics(void *context, const struct wsync_http_request *request,
                         struct wsync_http_answer *answer)
{
    struct server_pages *pages = context;
    struct wsync_error error = {{0}};
    enum wsync_err err = server_pages_open(pages, &error);
    if (err == WSYNC_OK && !wsync_metrics_may(pages->pages, &pages->site, request, answer)) {
        return;
    }
    if (err == WSYNC_OK) {
        err = wsync_site_begin(&pages->site, WSYNC_TXN_READ, &error);
    }
    if (err == WSYNC_OK) {
        err = write_metrics(pages, &answer->html);
        wsync_site_abort(&pages->site);
        wsync_arena_release(&pages->site.arena, 0);
    }
    wsync_metrics_end(answer, err);
}
