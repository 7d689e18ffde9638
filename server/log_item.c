/* SPDX-License-Identifier: Apache-2.0 */
#include "server/log_item.h"

#include <stdio.h>
#include <string.h>

#include "host/json.h"
#include "host/records.h"
#include "host/units_here.h"
#include "host/view.h"

enum { REASONS_MAX = 50 };

enum wsync_err server_log_fill(struct wsync_site *site, struct server_log_item *item)
{
    static const uint8_t NONE[WSYNC_SESSION_KEY_BYTES] = {0};
    struct wsync_session_row *row = &item->row;
    enum wsync_err err = WSYNC_ERR_NOT_FOUND;
    if (row->has_device) {
        err = wsync_device_get(site->txn, &row->device, &item->device);
    }
    row->has_device = err == WSYNC_OK;
    wsync_hex_encode(WSYNC_BYTES(row->device), item->id);
    wsync_hex_encode(wsync_slice(row->key, sizeof row->key), item->key);
    item->many = memcmp(row->key, NONE, sizeof NONE) == 0;
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

struct server_end server_log_end(const struct wsync_session_row *row)
{
    return (struct server_end){row->kind, row->code, row->peer_said_it};
}

const char *server_log_kind_name(enum wsync_session_kind kind)
{
    return kind == WSYNC_SESSION_KIND_SYNC    ? "sync"
           : kind == WSYNC_SESSION_KIND_ENROL ? "enrol"
           : kind == WSYNC_SESSION_KIND_DOOR  ? "refused"
                                              : "down";
}

void server_log_json(const struct server_log_item *item)
{
    const struct wsync_session_row *row = &item->row;
    const struct server_end end = server_log_end(row);
    struct wsync_json *json = wsync_json_new();
    wsync_json_number(json, "number", (int64_t)item->number);
    wsync_json_string(json, "kind", server_log_kind_name(row->kind));
    wsync_json_number(json, "begun", row->begun);
    wsync_json_number(json, "ended", row->ended);
    wsync_json_number(json, "took_ms", row->took_ms);
    if (row->has_device) {
        wsync_json_string(json, "device", item->id);
        wsync_json_string(json, "name", item->device.name);
        wsync_json_number(json, "unit", item->device.scopes[0]);
    }
    if (!item->many) {
        wsync_json_string(json, "key", item->key);
    }
    wsync_json_string(json, "result", server_end_name(&end));
    wsync_json_bool(json, "said_by_device", row->peer_said_it);
    wsync_json_number(json, "times", (int64_t)row->times);
    wsync_json_number(json, "bytes_in", (int64_t)row->bytes_in);
    wsync_json_number(json, "bytes_out", (int64_t)row->bytes_out);
    wsync_json_number(json, "changes_in", (int64_t)row->changes_in);
    wsync_json_number(json, "changes_out", (int64_t)row->changes_out);
    if (row->has_reject) {
        char log[2 * WSYNC_LOG_ID_BYTES + 1];
        wsync_hex_encode(WSYNC_BYTES(row->reject.log), log);
        wsync_json_string(json, "rejected_log", log);
        wsync_json_number(json, "rejected_first", (int64_t)row->reject.first);
        wsync_json_string(json, "rejected_code", wsync_err_name(row->reject.code));
    }
    wsync_json_print(json, stdout);
}

/* As exact as a person needs it. */
const char *server_log_took(int64_t took_ms, char text[SERVER_LOG_TOOK_BYTES])
{
    long long s = took_ms / 1000;
    if (s < 1) {
        snprintf(text, SERVER_LOG_TOOK_BYTES, "%lld ms", (long long)took_ms);
    } else if (s < 10) {
        snprintf(text, SERVER_LOG_TOOK_BYTES, "%lld.%lld s", s,
                 (long long)(took_ms % 1000 / 100));
    } else if (s < 600) {
        snprintf(text, SERVER_LOG_TOOK_BYTES, "%lld s", s);
    } else if (s < 36000) {
        snprintf(text, SERVER_LOG_TOOK_BYTES, "%lld min", s / 60);
    } else {
        snprintf(text, SERVER_LOG_TOOK_BYTES, "%lld h", s / 3600);
    }
    return text;
}

/* ---- in full ---- */

enum wsync_err server_log_fate_read(struct wsync_site *site, const struct wsync_seen_run *run,
                                    struct server_log_fate *fate)
{
    *fate = (struct server_log_fate){.here = false};
    enum wsync_err err = wsync_log_find(site->txn, &run->log, &fate->log);
    if (err == WSYNC_ERR_NOT_FOUND) {
        return WSYNC_OK;
    }
    fate->here = err == WSYNC_OK;
    for (uint64_t seq = run->first; err == WSYNC_OK && seq <= run->last; seq++) {
        struct wsync_change change;
        err = wsync_log_change(site->txn, fate->log.no, seq, &change);
        if (err == WSYNC_OK) {
            fate->counted += change.state == WSYNC_CHANGE_MERGED;
            fate->waiting += change.state == WSYNC_CHANGE_WAITING;
            fate->quarantined += change.state == WSYNC_CHANGE_QUARANTINED;
            fate->copies += change.state == WSYNC_CHANGE_COPY;
        }
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err; /* it gave way to a branch since */
}

enum wsync_err server_log_reasons(struct wsync_site *site, const struct wsync_seen_run *run,
                                  const struct server_log_fate *fate,
                                  server_log_reason_visit *visit, void *context)
{
    struct wsync_dot dot = {fate->log.no, run->first - 1, 0};
    enum wsync_err err = WSYNC_OK;
    for (int i = 0; i < REASONS_MAX && err == WSYNC_OK; i++) {
        enum wsync_err reason;
        char name[WSYNC_RECORD_ID_BYTES];
        err = wsync_ledger_quarantined(site->txn, &dot, &reason);
        if (err != WSYNC_OK || dot.log_no != fate->log.no || dot.seq > run->last) {
            break;
        }
        err = wsync_record_name(site->txn, dot, name);
        if (err == WSYNC_OK) {
            visit(context, name, reason);
        }
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* Whose reasons are printed. */
struct printing {
    const struct wsync_cli *cli;
    uint64_t number;
};

static void print_change_reason(void *context, const char *name, enum wsync_err reason)
{
    const struct printing *printing = context;
    const char *text = wsync_err_text(reason, printing->cli->language);
    if (printing->cli->json) {
        struct wsync_json *json = wsync_json_new();
        wsync_json_number(json, "session", (int64_t)printing->number);
        wsync_json_string(json, "change", name);
        wsync_json_string(json, "reason", wsync_err_name(reason));
        wsync_json_string(json, "text", text);
        wsync_json_print(json, stdout);
    } else {
        printf("      %s  %s (%s)\n", name, text, wsync_err_name(reason));
    }
}

static void print_run(const struct wsync_cli *cli, uint64_t number, const char *way,
                      const struct wsync_seen_run *run, const struct server_log_fate *fate)
{
    char log[2 * WSYNC_LOG_ID_BYTES + 1];
    wsync_hex_encode(WSYNC_BYTES(run->log), log);
    if (cli->json) {
        struct wsync_json *json = wsync_json_new();
        wsync_json_number(json, "session", (int64_t)number);
        wsync_json_string(json, "way", way);
        wsync_json_string(json, "log", log);
        wsync_json_number(json, "first", (int64_t)run->first);
        wsync_json_number(json, "last", (int64_t)run->last);
        wsync_json_number(json, "counted", (int64_t)fate->counted);
        wsync_json_number(json, "waiting", (int64_t)fate->waiting);
        wsync_json_number(json, "quarantined", (int64_t)fate->quarantined);
        wsync_json_print(json, stdout);
        return;
    }
    printf("    %.8s-%llu", log, (unsigned long long)run->first);
    if (run->last > run->first) {
        printf(" .. %llu", (unsigned long long)run->last);
    }
    if (fate->waiting + fate->quarantined > 0) {
        printf(cli->language == WSYNC_VI ? "  (%llu đang chờ, %llu bị cách ly)"
                                         : "  (%llu waiting, %llu quarantined)",
               (unsigned long long)fate->waiting, (unsigned long long)fate->quarantined);
    }
    printf("\n");
}

static enum wsync_err print_runs(const struct wsync_cli *cli, struct wsync_site *site,
                                 const struct server_log_item *item, bool taken)
{
    const struct wsync_session_row *row = &item->row;
    const struct wsync_seen_runs *runs = taken ? &row->taken : &row->acked;
    uint64_t all = taken ? row->changes_in : row->changes_out;
    struct printing printing = {cli, item->number};
    bool vi = cli->language == WSYNC_VI;
    uint64_t shown = 0;
    enum wsync_err err = WSYNC_OK;
    if (!cli->json) {
        const char *text =
            taken ? (vi ? "  nhận vào: %llu thay đổi\n" : "  taken: %llu changes\n")
                  : (vi ? "  gửi đi: %llu thay đổi\n" : "  given: %llu changes\n");
        printf(text, (unsigned long long)all);
    }
    for (size_t i = 0; err == WSYNC_OK && i < runs->count; i++) {
        struct server_log_fate fate;
        err = server_log_fate_read(site, &runs->items[i], &fate);
        if (err == WSYNC_OK) {
            print_run(cli, item->number, taken ? "taken" : "given", &runs->items[i], &fate);
            shown += runs->items[i].last - runs->items[i].first + 1;
        }
        if (err == WSYNC_OK && taken && fate.here) {
            err = server_log_reasons(site, &runs->items[i], &fate, print_change_reason,
                                     &printing);
        }
    }
    if (!cli->json && shown < all) {
        printf(vi ? "    và %llu thay đổi khác\n" : "    and %llu more\n",
               (unsigned long long)(all - shown));
    }
    return err;
}

static void print_reject(const struct wsync_cli *cli, const struct wsync_session_row *row)
{
    char log[2 * WSYNC_LOG_ID_BYTES + 1];
    bool vi = cli->language == WSYNC_VI;
    wsync_hex_encode(WSYNC_BYTES(row->reject.log), log);
    const char *who = row->peer_said_it ? (vi ? "máy này từ chối" : "the device refused")
                                        : (vi ? "quận từ chối" : "the district refused");
    printf("  %s %.8s-%llu: %s (%s)\n", who, log, (unsigned long long)row->reject.first,
           wsync_err_text(row->reject.code, cli->language), wsync_err_name(row->reject.code));
}

static void print_whole(const struct wsync_cli *cli, struct wsync_site *site,
                        const struct server_log_item *item)
{
    const struct wsync_session_row *row = &item->row;
    const struct server_end end = server_log_end(row);
    bool vi = cli->language == WSYNC_VI;
    char text[SERVER_END_TEXT_BYTES], when[WSYNC_VIEW_TIME_BYTES];
    char unit[WSYNC_UNIT_LABEL_BYTES] = "-", took[SERVER_LOG_TOOK_BYTES];
    printf("%llu  %s, %s\n", (unsigned long long)item->number, server_log_kind_name(row->kind),
           server_end_name(&end));
    if (row->has_device) {
        wsync_units_here_label(site, item->device.scopes[0], unit);
        printf("  %s: %s (%.12s), %s\n", vi ? "thiết bị" : "device", item->device.name,
               item->id, unit);
    }
    if (!item->many && row->kind != WSYNC_SESSION_KIND_DOWN) {
        printf("  %s: %s..\n", vi ? "khóa" : "key", item->key);
    }
    wsync_view_time(row->begun, when);
    printf("  %s: %s, %9s\n", vi ? "bắt đầu" : "begun", when,
           server_log_took(row->took_ms, took));
    server_end_text(&end, cli->language, text);
    const char *step = server_end_step(&end, cli->language);
    printf("  %s: %s%s%s\n", vi ? "kết quả" : "result", text, step[0] ? " " : "", step);
    if (row->times > 1) {
        printf("  %s: %llu\n", vi ? "số lần" : "times", (unsigned long long)row->times);
    }
    printf(vi ? "  byte: %llu vào, %llu ra\n" : "  bytes: %llu in, %llu out\n",
           (unsigned long long)row->bytes_in, (unsigned long long)row->bytes_out);
    if (row->has_reject) {
        print_reject(cli, row);
    }
}

enum wsync_err server_log_find(struct wsync_site *site, uint64_t number,
                               struct server_log_item *item)
{
    item->number = number;
    enum wsync_err err =
        wsync_session_log_seek(site->txn, WSYNC_SEEK_GE, &item->number, &item->row);
    if (err == WSYNC_OK && item->number != number) {
        err = WSYNC_ERR_NOT_FOUND;
    }
    return err == WSYNC_OK ? server_log_fill(site, item) : err;
}

enum wsync_err server_log_show(const struct wsync_cli *cli, struct wsync_site *site,
                               uint64_t number, struct wsync_error *error)
{
    struct server_log_item item;
    enum wsync_err err = server_log_find(site, number, &item);
    if (err == WSYNC_ERR_NOT_FOUND) {
        return wsync_error_set(error, WSYNC_ERR_NOT_FOUND,
                               "There is no conversation %llu here; older ones than the policy "
                               "keeps are cut off.",
                               (unsigned long long)number);
    }
    if (err == WSYNC_OK && cli->json) {
        server_log_json(&item);
    } else if (err == WSYNC_OK) {
        print_whole(cli, site, &item);
    }
    if (err == WSYNC_OK) {
        err = print_runs(cli, site, &item, true);
    }
    return err == WSYNC_OK ? print_runs(cli, site, &item, false) : err;
}
