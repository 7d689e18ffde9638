/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "client/attempt.h"
#include "client/commands.h"
#include "client/cost.h"
#include "host/backup.h"
#include "host/backup_command.h"
#include "host/doubt.h"
#include "host/evidence.h"
#include "host/json.h"
#include "host/moved.h"
#include "host/next_step.h"
#include "host/scrub.h"
#include "host/units_here.h"
#include "host/view.h"
#include "wardsync/receipt.h"
#include "wardsync/session.h"
#include "wardsync/tree.h"

enum { WEIGHED_MAX = 500 };

/* Three different facts, never one "OK": saved here, waiting, held by the district. */
struct facts {
    char unit[WSYNC_UNIT_LABEL_BYTES];
    uint64_t saved, held, waiting, quarantined, aside;
    int64_t backup; /* when the last one was made; 0: never */
    char
        held_until[WSYNC_VIEW_TIME_BYTES]; /* when the last held change was made; "" for none */
    struct client_attempt attempt;
    char last_try[WSYNC_VIEW_TIME_BYTES];
    enum wsync_doubt doubt; /* why a log was retired last, and when */
    char doubt_when[WSYNC_VIEW_TIME_BYTES];
    int64_t moved;
    struct wsync_scrub_damage damage;
    uint64_t proven, alarms; /* changes under a receipt; receipts that contradict others */
    char proven_when[WSYNC_VIEW_TIME_BYTES];
    uint64_t unsent_weight; /* bytes that wait, before they are packed */
    struct client_cost cost;
    struct wsync_blob_sums photos;
};

/* The weight of what waits in a log; of many changes that of the first ones, in proportion. */
static enum wsync_err weigh(struct wsync_txn *txn, const struct wsync_log *log, uint64_t held,
                            uint64_t *weight)
{
    uint64_t unsent = log->seq - held;
    uint64_t looked = unsent < WEIGHED_MAX ? unsent : WEIGHED_MAX;
    uint64_t sum = 0;
    for (uint64_t i = 1; i <= looked; i++) {
        struct wsync_change change;
        enum wsync_err err = wsync_log_change(txn, log->no, held + i, &change);
        if (err != WSYNC_OK) {
            return err;
        }
        sum += wsync_change_weight(&change.raw);
    }
    *weight += looked > 0 ? sum * unsent / looked : 0;
    return WSYNC_OK;
}

static enum wsync_err read_own(struct wsync_site *site, struct facts *facts)
{
    struct wsync_log log;
    struct wsync_log_id at;
    const struct wsync_log_id *after = NULL;
    int64_t last = INT64_MIN;
    enum wsync_err err;
    while ((err = wsync_log_after(site->txn, after, &log)) == WSYNC_OK) {
        uint64_t held;
        struct wsync_change change;
        struct wsync_proven proven;
        at = log.id;
        after = &at;
        if (!wsync_device_id_equal(&log.device, &site->identity.device)) {
            continue;
        }
        err = wsync_held_get(site->txn, log.no, &held);
        held = held < log.seq ? held : log.seq;
        if (err == WSYNC_OK && held > 0) {
            err = wsync_log_change(site->txn, log.no, held, &change);
            last = err == WSYNC_OK && change.stamp > last ? change.stamp : last;
        }
        if (err == WSYNC_OK) {
            err = weigh(site->txn, &log, held, &facts->unsent_weight);
        }
        if (err != WSYNC_OK) {
            return err;
        }
        err = wsync_proven_get(site->txn, log.no, &proven);
        if (err != WSYNC_OK) {
            return err;
        }
        facts->saved += log.seq; /* the open log and those that were retired */
        facts->held += held;
        facts->proven += proven.seq < log.seq ? proven.seq : log.seq;
    }
    if (facts->held > 0) {
        wsync_view_time(last, facts->held_until);
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err read_attempt(struct wsync_site *site, struct facts *facts)
{
    enum wsync_err err = client_read_attempt(site, &facts->attempt);
    if (err == WSYNC_OK && facts->attempt.tried) {
        wsync_view_time(facts->attempt.when, facts->last_try);
    }
    return err;
}

static enum wsync_err read_receipts(struct wsync_site *site, struct facts *facts)
{
    struct wsync_signed_checkpoint last;
    enum wsync_err err = wsync_checkpoint_last(site->txn, &last);
    if (err == WSYNC_OK && facts->proven > 0) {
        wsync_view_time(last.time, facts->proven_when);
    }
    return err == WSYNC_OK ? wsync_receipt_alarms(site->txn, &facts->alarms) : err;
}

static enum wsync_err read_past(struct wsync_site *site, struct facts *facts)
{
    int64_t when;
    enum wsync_err err = wsync_doubt_last(site->txn, &facts->doubt, &when);
    if (err == WSYNC_OK) {
        wsync_view_time(when, facts->doubt_when);
        err = wsync_moved_get(site->txn, &facts->moved);
    }
    if (err == WSYNC_OK) {
        err = wsync_evidence_count(site->txn, 0, &facts->aside);
    }
    if (err == WSYNC_OK) {
        err = read_receipts(site, facts);
    }
    if (err == WSYNC_OK) {
        err = wsync_scrub_known(site->txn, &facts->damage);
    }
    return err == WSYNC_OK ? wsync_backup_last(site->txn, &facts->backup) : err;
}

static const char *attempt_text(const struct facts *facts, enum wsync_language language)
{
    if (!facts->attempt.reached && facts->attempt.result != WSYNC_ERR_BUDGET) {
        return wsync_link_reason_text(facts->attempt.reason, language);
    }
    return wsync_err_text(facts->attempt.result, language);
}

static const char *step_text(const struct facts *facts, enum wsync_language language)
{
    const struct client_attempt *attempt = &facts->attempt;
    bool no_line = attempt->result != WSYNC_ERR_BUDGET &&
                   (!attempt->reached || attempt->result == WSYNC_ERR_LINK);
    return no_line ? wsync_link_reason_step(attempt->reason, language)
                   : wsync_next_step(attempt->result, language);
}

static void print_json(const struct facts *facts)
{
    struct wsync_json *json = wsync_json_new();
    wsync_json_string(json, "unit", facts->unit);
    wsync_json_number(json, "saved", (int64_t)facts->saved);
    wsync_json_number(json, "held", (int64_t)facts->held);
    wsync_json_number(json, "to_send", (int64_t)(facts->saved - facts->held));
    wsync_json_number(json, "waiting", (int64_t)facts->waiting);
    wsync_json_number(json, "quarantined", (int64_t)facts->quarantined);
    wsync_json_number(json, "aside", (int64_t)facts->aside);
    wsync_json_string(json, "held_until", facts->held_until);
    wsync_json_number(json, "proven", (int64_t)facts->proven);
    wsync_json_string(json, "proven_when", facts->proven_when);
    wsync_json_number(json, "receipt_alarms", (int64_t)facts->alarms);
    wsync_json_bool(json, "moved", facts->moved != 0);
    wsync_view_photos_json(json, &facts->photos);
    wsync_view_damage_json(json, &facts->damage);
    wsync_backup_show_json(json, facts->backup);
    if (facts->doubt != WSYNC_DOUBT_NONE) {
        wsync_json_string(json, "new_log", facts->doubt_when);
        wsync_json_string(json, "new_log_why", wsync_doubt_text(facts->doubt, WSYNC_EN));
    }
    if (facts->attempt.tried) {
        wsync_json_string(json, "last_try", facts->last_try);
        wsync_json_string(json, "last_result",
                          facts->attempt.reached || facts->attempt.result == WSYNC_ERR_BUDGET
                              ? wsync_err_name(facts->attempt.result)
                              : wsync_link_reason_name(facts->attempt.reason));
        wsync_json_number(json, "last_code", (int64_t)wsync_err_code(facts->attempt.result));
        wsync_json_string(json, "last_text", attempt_text(facts, WSYNC_EN));
        wsync_json_string(json, "next_step", step_text(facts, WSYNC_EN));
    }
    client_cost_json(json, &facts->cost);
    wsync_json_print(json, stdout);
}

static void print_receipts(const struct wsync_cli *cli, const struct facts *facts)
{
    bool vi = cli->language == WSYNC_VI;
    if (facts->proven > 0) {
        printf(vi ? "  có biên nhận của quận: %llu, đến %s\n"
                  : "  held by receipt: %llu, the last of %s\n",
               (unsigned long long)facts->proven, facts->proven_when);
    }
    if (facts->alarms > 0) {
        printf(vi ? "  BÁO ĐỘNG: %llu biên nhận của quận mâu thuẫn nhau; giữ nguyên máy này và "
                    "báo người phụ trách (xem \"ward receipts\")\n"
                  : "  ALARM: %llu receipts of the district contradict each other; keep this "
                    "machine as it is and tell the admin (\"ward receipts\")\n",
               (unsigned long long)facts->alarms);
    }
}

static void print_text(const struct wsync_cli *cli, const struct facts *facts)
{
    unsigned long long unsent = facts->saved - facts->held;
    printf("%s\n", facts->unit);
    if (cli->language == WSYNC_VI) {
        printf("  Đã lưu tại máy: %llu · %llu chờ gửi · ", (unsigned long long)facts->saved,
               unsent);
        printf(facts->held ? "Quận đã nhận đến %s\n" : "Quận chưa nhận gì%s\n",
               facts->held_until);
    } else {
        printf("  saved here: %llu · waiting to be sent: %llu · ",
               (unsigned long long)facts->saved, unsent);
        printf(facts->held ? "the district holds all up to %s\n"
                           : "the district holds nothing yet%s\n",
               facts->held_until);
    }
    wsync_view_photos_wait(cli, &facts->photos);
    print_receipts(cli, facts);
    if (facts->waiting + facts->quarantined > 0) {
        printf(cli->language == WSYNC_VI
                   ? "  đang chờ mẫu hoặc bản ghi: %llu, bị cách ly: %llu (xem \"ward "
                     "quarantine\")\n"
                   : "  waiting for a form or record: %llu, quarantined: %llu (\"ward "
                     "quarantine\")\n",
               (unsigned long long)facts->waiting, (unsigned long long)facts->quarantined);
    }
    printf("  %s: %s%s%s\n", cli->language == WSYNC_VI ? "lần thử cuối" : "last try",
           facts->attempt.tried ? facts->last_try : "-", facts->attempt.tried ? ", " : "",
           facts->attempt.tried ? attempt_text(facts, cli->language) : "");
    if (facts->attempt.tried && facts->attempt.result != WSYNC_OK) {
        printf("    %s\n", step_text(facts, cli->language));
    }
    client_cost_print(cli, &facts->cost);
    if (facts->doubt != WSYNC_DOUBT_NONE) {
        printf("  %s: %s\n", facts->doubt_when, wsync_doubt_text(facts->doubt, cli->language));
    }
    wsync_view_aside(cli, facts->aside);
    wsync_view_damage(cli, &facts->damage);
    wsync_backup_show(cli, facts->backup);
    if (facts->moved != 0) {
        printf("  %s\n", cli->language == WSYNC_VI
                             ? "Phường đã chuyển sang máy khác; máy này chỉ để xem."
                             : "The ward was moved to another machine; this one only shows.");
    }
}

int ward_status(struct wsync_cli *cli)
{
    struct wsync_site site;
    struct facts facts = {.saved = 0};
    int code = wsync_view_open(cli, &site);
    if (code != 0) {
        return code;
    }
    wsync_units_here_label(&site, site.conf.scope, facts.unit);
    enum wsync_err err = read_own(&site, &facts);
    if (err == WSYNC_OK) {
        err = read_attempt(&site, &facts);
    }
    if (err == WSYNC_OK) {
        err = read_past(&site, &facts);
    }
    if (err == WSYNC_OK) {
        err = wsync_blob_sums(site.txn, site.blobs, &facts.photos);
    }
    if (err == WSYNC_OK) {
        err = wsync_ledger_unsettled(site.txn, &facts.waiting, &facts.quarantined);
    }
    client_cost_read(&site, facts.saved - facts.held, facts.unsent_weight,
                     facts.photos.to_give.bytes, &facts.cost);
    wsync_site_close(&site);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, NULL);
    }
    if (cli->json) {
        print_json(&facts);
    } else {
        print_text(cli, &facts);
    }
    return facts.alarms > 0;
}
