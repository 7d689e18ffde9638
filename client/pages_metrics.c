/* SPDX-License-Identifier: Apache-2.0 */
/* /healthz, /readyz, /metrics and /version of a ward. */
#include "client/pages.h"
#include "host/health.h"
#include "host/metrics.h"
#include "host/store_lmdb.h"

void desk_healthz(void *context, const struct wsync_http_request *request,
                  struct wsync_http_answer *answer)
{
    struct desk *desk = context;
    struct wsync_error error = {{0}};
    (void)request;
    enum wsync_err err = desk_open(desk, &error);
    wsync_health_live(answer, &desk->site, err, &error);
}

void desk_readyz(void *context, const struct wsync_http_request *request,
                 struct wsync_http_answer *answer)
{
    struct desk *desk = context;
    struct wsync_error error = {{0}};
    (void)request;
    enum wsync_err err = desk_open(desk, &error);
    wsync_health_ready(answer, &desk->site, err, &error, "");
}

void desk_version(void *context, const struct wsync_http_request *request,
                  struct wsync_http_answer *answer)
{
    const struct desk *desk = context;
    (void)request;
    wsync_health_version(answer, desk->pages->program);
}

static enum wsync_err count_changes(struct wsync_site *site, uint64_t *changes)
{
    struct wsync_log log;
    struct wsync_log_id at;
    const struct wsync_log_id *after = NULL;
    enum wsync_err err;
    while ((err = wsync_log_after(site->txn, after, &log)) == WSYNC_OK) {
        *changes += log.seq;
        at = log.id;
        after = &at;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* What is a ward's own: what it saved, what of it the district holds, the link. */
static void put_own(struct wsync_html *out, const struct client_facts *facts)
{
    static const struct wsync_metric SAVED = {"wardsync_own_changes",
                                              "Changes saved on this machine.", false};
    static const struct wsync_metric UNSENT = {
        "wardsync_own_changes_unsent", "Of them, those the district does not hold.", false};
    static const struct wsync_metric PROVEN = {
        "wardsync_own_changes_proven", "Of them, those under a receipt.", false};
    static const struct wsync_metric PHOTOS = {"wardsync_photos_unsent_bytes",
                                               "Photos and files that wait to be sent.", false};
    static const struct wsync_metric TRIED = {"wardsync_sync_last_timestamp_seconds",
                                              "When a conversation was last tried.", false};
    static const struct wsync_metric GOOD = {"wardsync_sync_last_success_timestamp_seconds",
                                             "When one last succeeded.", false};
    static const struct wsync_metric RESULT = {
        "wardsync_sync_last_failed", "1 when the last one did not succeed.", false};
    static const struct wsync_metric BYTES = {
        "wardsync_link_today_bytes", "What the link carried today, both ways.", false};
    static const struct wsync_metric LAST = {
        "wardsync_sync_last_bytes", "What the last conversation carried.", false};
    static const struct wsync_metric SKEW = {"wardsync_clock_ahead_seconds",
                                             "This clock before the district's.", false};
    static const struct wsync_metric ALARMS = {"wardsync_receipt_alarms",
                                               "Receipts that contradict others.", false};
    const struct client_attempt *attempt = &facts->attempt;
    wsync_metric_only(out, &SAVED, (int64_t)facts->saved);
    wsync_metric_only(out, &UNSENT, (int64_t)(facts->saved - facts->held));
    wsync_metric_only(out, &PROVEN, (int64_t)facts->proven);
    wsync_metric_only(out, &PHOTOS, (int64_t)facts->photos.to_give.bytes);
    wsync_metric_only(out, &TRIED, attempt->tried ? attempt->when : 0);
    wsync_metric_only(out, &GOOD, attempt->good);
    wsync_metric_only(out, &RESULT, attempt->tried && attempt->result != WSYNC_OK);
    wsync_metric_only(out, &BYTES, facts->cost.spent.today_bytes);
    wsync_metric_only(out, &LAST, facts->cost.spent.last_bytes);
    wsync_metric_only(out, &SKEW, -attempt->skew_s);
    wsync_metric_only(out, &ALARMS, (int64_t)facts->alarms);
}

/* The device's own key; before its first conversation nobody says when it came in force. */
static enum wsync_err put_key(struct wsync_html *out, const struct wsync_site *site)
{
    const struct wsync_metric_label label = {"key", "device"};
    struct wsync_device device;
    enum wsync_err err = wsync_device_get(site->txn, &site->identity.device, &device);
    if (err == WSYNC_OK) {
        wsync_metric_begin(out, &WSYNC_METRIC_KEY);
        wsync_metric_value(out, &WSYNC_METRIC_KEY, &label,
                           device.keys[device.key_count - 1].stamp);
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err write_metrics(struct desk *desk, struct wsync_html *out)
{
    struct wsync_site *site = &desk->site;
    struct client_facts facts;
    struct wsync_metrics_counts counts = {.changes = 0};
    enum wsync_err err = client_facts_read(site, &facts);
    if (err == WSYNC_OK) {
        err = count_changes(site, &counts.changes);
    }
    if (err == WSYNC_OK) {
        counts.waiting = facts.waiting;
        counts.quarantined = facts.quarantined;
        counts.conflicts = wsync_store_lmdb_count(site->txn, WSYNC_TABLE_CONFLICTS);
        counts.backup = facts.backup;
        wsync_metrics_common(out, site, desk->pages->program, &counts);
        put_own(out, &facts);
        err = put_key(out, site);
    }
    return err;
}

void desk_metrics(void *context, const struct wsync_http_request *request,
                  struct wsync_http_answer *answer)
{
    struct desk *desk = context;
    struct wsync_error error = {{0}};
    enum wsync_err err = desk_open(desk, &error);
    if (err == WSYNC_OK && !wsync_metrics_may(desk->pages, &desk->site, request, answer)) {
        return;
    }
    if (err == WSYNC_OK) {
        err = wsync_site_begin(&desk->site, WSYNC_TXN_READ, &error);
    }
    if (err == WSYNC_OK) {
        err = write_metrics(desk, &answer->html);
        wsync_site_abort(&desk->site);
        wsync_arena_release(&desk->site.arena, 0);
    }
    wsync_metrics_end(answer, err);
}
