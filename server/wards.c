/* SPDX-License-Identifier: Apache-2.0 */
/* `district wards`: how each device stands, the one to look after first on top. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/clock.h"
#include "host/evidence.h"
#include "host/json.h"
#include "host/session_log.h"
#include "host/units_here.h"
#include "host/view.h"
#include "server/commands.h"
#include "server/words.h"

enum { ROWS_FIRST = 32, CLOCK_SHOWN_S = 120, SECONDS_A_DAY = 86400, DATE_BYTES = 10 };

struct ward {
    struct wsync_device device;
    bool heard;
    struct wsync_contact contact;
    bool has_log;
    struct wsync_log log;   /* the one it named, or its fullest */
    uint64_t missing_here;  /* what it stated and we do not hold */
    uint64_t missing_there; /* what it may read and is not known to hold */
    uint64_t waiting, quarantined, aside;
    int64_t clock_ahead_s; /* at least: as its changes tell; as it said, if it did */
    int64_t keys_since, rotate_by;
};

struct wards {
    struct ward *items;
    size_t count, size;
};

/* ---- gathering ---- */

static enum wsync_err add_log(struct wsync_site *site, struct ward *ward,
                              const struct wsync_log *log)
{
    const struct wsync_contact *contact = &ward->contact;
    bool named = contact->has_head && wsync_log_id_equal(&log->id, &contact->head.log);
    bool has_named = ward->has_log && contact->has_head &&
                     wsync_log_id_equal(&ward->log.id, &contact->head.log);
    if (named || !ward->has_log || (!has_named && log->seq > ward->log.seq)) {
        ward->log = *log;
        ward->has_log = true;
    }
    uint64_t waiting, quarantined, aside;
    enum wsync_err err = wsync_ledger_unsettled_in(site->txn, log->no, &waiting, &quarantined);
    if (err == WSYNC_OK) {
        err = wsync_evidence_count(site->txn, log->no, &aside);
    }
    if (err == WSYNC_OK) {
        ward->waiting += waiting;
        ward->quarantined += quarantined;
        ward->aside += aside;
    }
    if (ward->heard && log->stamp > contact->last + ward->clock_ahead_s) {
        ward->clock_ahead_s = log->stamp - contact->last;
    }
    return err;
}

static enum wsync_err add_logs(struct wsync_site *site, struct ward *ward)
{
    struct wsync_log log;
    struct wsync_log_id at;
    const struct wsync_log_id *after = NULL;
    enum wsync_err err = WSYNC_OK;
    while (err == WSYNC_OK) { /* ends: each turn passes one log */
        err = wsync_log_after(site->txn, after, &log);
        if (err == WSYNC_OK && wsync_device_id_equal(&log.device, &ward->device.id)) {
            err = add_log(site, ward, &log);
        }
        at = log.id;
        after = &at;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err fill(struct wsync_site *site, struct ward *ward)
{
    enum wsync_err err = wsync_contact_get(site->txn, &ward->device.id, &ward->contact);
    ward->heard = err == WSYNC_OK;
    if (err == WSYNC_OK || err == WSYNC_ERR_NOT_FOUND) {
        err = add_logs(site, ward);
    }
    const struct wsync_contact *contact = &ward->contact;
    if (contact->has_clock) {
        ward->clock_ahead_s = contact->clock_ahead_s;
    }
    ward->keys_since = ward->device.keys[ward->device.key_count - 1].stamp;
    ward->rotate_by = ward->keys_since + site->conf.policy.rotate_days * SECONDS_A_DAY;
    if (contact->has_head) {
        bool here = ward->has_log && wsync_log_id_equal(&ward->log.id, &contact->head.log);
        uint64_t held = here ? ward->log.seq : 0;
        ward->missing_here = contact->head.seq > held ? contact->head.seq - held : 0;
    }
    uint64_t readable = 0;
    if (err == WSYNC_OK) {
        err = wsync_contact_readable(site->txn, &ward->device, &readable);
    }
    ward->missing_there = readable > contact->known ? readable - contact->known : 0;
    return err;
}

static enum wsync_err add_ward(struct wsync_site *site, const struct wsync_device *device,
                               struct wards *wards)
{
    if (wards->count == wards->size) {
        size_t size = wards->size ? 2 * wards->size : ROWS_FIRST;
        struct ward *items = realloc(wards->items, size * sizeof *items);
        if (!items) {
            return WSYNC_ERR_MEMORY;
        }
        wards->items = items;
        wards->size = size;
    }
    struct ward *ward = &wards->items[wards->count++];
    *ward = (struct ward){.device = *device};
    return fill(site, ward);
}

static enum wsync_err gather(struct wsync_site *site, struct wards *wards)
{
    struct wsync_device device;
    struct wsync_device_id at;
    const struct wsync_device_id *after = NULL;
    enum wsync_err err = WSYNC_OK;
    while (err == WSYNC_OK) { /* ends: each turn passes one device */
        err = wsync_device_after(site->txn, after, &device);
        if (err == WSYNC_OK && device.role != WSYNC_ROLE_NODE) {
            err = add_ward(site, &device, wards);
        }
        at = device.id;
        after = &at;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* ---- the order ---- */

static bool is_failing(const struct ward *ward)
{
    return ward->device.revoked == 0 &&
           (!ward->heard || ward->contact.failed > 0 || ward->contact.last_good == 0);
}

static bool is_overdue(const struct ward *ward)
{
    return ward->device.revoked == 0 && ward->rotate_by < wsync_clock_wall_s();
}

static bool is_asked(const struct ward *ward)
{
    const struct wsync_device *device = &ward->device;
    return device->asked > device->keys[device->key_count - 1].version;
}

static bool is_clock_off(const struct ward *ward)
{
    return llabs((long long)ward->clock_ahead_s) > CLOCK_SHOWN_S;
}

/* 0: somebody should look after it; 3: no longer a member. */
static int group_of(const struct ward *ward)
{
    if (ward->device.revoked != 0) {
        return 3;
    }
    if (is_failing(ward)) {
        return 0;
    }
    bool open = ward->missing_here + ward->waiting + ward->quarantined > 0;
    return open || is_overdue(ward) || is_clock_off(ward) || ward->device.suspended ? 1 : 2;
}

static int worse_first(const void *left, const void *right)
{
    const struct ward *a = left;
    const struct ward *b = right;
    int groups = group_of(a) - group_of(b);
    if (groups != 0) {
        return groups;
    }
    if (a->contact.last_good != b->contact.last_good) {
        return a->contact.last_good < b->contact.last_good ? -1 : 1;
    }
    if (a->contact.failed != b->contact.failed) {
        return a->contact.failed > b->contact.failed ? -1 : 1;
    }
    return memcmp(a->device.id.b, b->device.id.b, sizeof a->device.id.b);
}

/* ---- printing ---- */

/* How the last attempt ended and what to do about it: two sentences. */
struct told {
    char text[SERVER_END_TEXT_BYTES];
    const char *step;
};

static struct told tell(const struct ward *ward, enum wsync_language language)
{
    const struct wsync_contact *contact = &ward->contact;
    const struct server_end end = {contact->last_kind, contact->last_code,
                                   contact->last_is_peers};
    bool is_out = ward->device.revoked != 0 || ward->device.suspended != 0;
    const struct server_end out = {
        WSYNC_SESSION_KIND_DOOR,
        ward->device.revoked != 0 ? WSYNC_ERR_REVOKED : WSYNC_ERR_SUSPENDED, false};
    struct told told;
    if (!ward->heard && !is_out) {
        snprintf(told.text, sizeof told.text, "%s",
                 language == WSYNC_VI ? "Chưa liên lạc lần nào." : "It was never heard of.");
        told.step = language == WSYNC_VI
                        ? "Hỏi phường đã chạy \"ward join\" với lời mời chưa."
                        : "Ask the ward whether \"ward join\" was run with its invite.";
        return told;
    }
    server_end_text(is_out ? &out : &end, language, told.text);
    told.step = server_end_step(is_out ? &out : &end, language);
    return told;
}

static void json_time(struct wsync_json *json, const char *key, int64_t time)
{
    if (time == 0) {
        wsync_json_null(json, key);
    } else {
        wsync_json_number(json, key, time);
    }
}

static void print_json(const struct wsync_cli *cli, const struct ward *ward, const char *unit)
{
    const struct wsync_contact *contact = &ward->contact;
    char hex[2 * WSYNC_DEVICE_ID_BYTES + 1];
    const struct told told = tell(ward, cli->language);
    struct wsync_json *json = wsync_json_new();
    wsync_hex_encode(WSYNC_BYTES(ward->device.id), hex);
    wsync_json_number(json, "unit", ward->device.scopes[0]);
    wsync_json_string(json, "unit_name", unit);
    wsync_json_string(json, "device", hex);
    wsync_json_string(json, "name", ward->device.name);
    wsync_json_bool(json, "revoked", ward->device.revoked != 0);
    wsync_json_bool(json, "suspended", ward->device.suspended != 0);
    wsync_json_bool(json, "asked_to_rotate", is_asked(ward));
    wsync_json_bool(json, "failing", is_failing(ward));
    json_time(json, "first_contact", contact->first);
    json_time(json, "last_contact", contact->last);
    json_time(json, "last_good", contact->last_good);
    wsync_json_string(json, "last_result",
                      ward->heard ? wsync_err_name(contact->last_code) : "never");
    wsync_json_string(json, "last_result_text", told.text);
    wsync_json_string(json, "next_step", told.step);
    wsync_json_number(json, "failed_attempts", (int64_t)contact->failed);
    if (ward->has_log) {
        wsync_hex_encode(WSYNC_BYTES(ward->log.id), hex);
        wsync_json_string(json, "held_log", hex);
        wsync_json_number(json, "held_seq", (int64_t)ward->log.seq);
        char hash[2 * WSYNC_HASH_BYTES + 1];
        wsync_hex_encode(WSYNC_BYTES(ward->log.hash), hash);
        wsync_json_string(json, "held_hash", hash);
    }
    if (contact->has_head) {
        wsync_hex_encode(WSYNC_BYTES(contact->head.log), hex);
        wsync_json_string(json, "stated_log", hex);
        wsync_json_number(json, "stated_seq", (int64_t)contact->head.seq);
    }
    wsync_json_number(json, "missing_here", (int64_t)ward->missing_here);
    wsync_json_number(json, "missing_there", (int64_t)ward->missing_there);
    wsync_json_number(json, "waiting", (int64_t)ward->waiting);
    wsync_json_number(json, "quarantined", (int64_t)ward->quarantined);
    wsync_json_number(json, "aside", (int64_t)ward->aside);
    wsync_json_number(json, "clock_ahead_s", ward->clock_ahead_s);
    wsync_json_bool(json, "clock_stated", contact->has_clock);
    wsync_json_string(json, "program", contact->program);
    wsync_json_number(json, "keys_since", ward->keys_since);
    wsync_json_number(json, "rotate_by", ward->rotate_by);
    wsync_json_print(json, stdout);
}

static const struct wsync_cli_head HEADS[] = {
    {16, "", {"đơn vị", "unit"}, {NULL, NULL}},
    {16, "  ", {"thiết bị", "device"}, {NULL, NULL}},
    {16, "  ", {"liên lạc cuối", "last contact"}, {NULL, NULL}},
    {16, "  ", {"lần tốt cuối", "last good"}, {NULL, NULL}},
    {-6, " ", {"hỏng", "failed"}, {NULL, NULL}},
    {-9, " ", {"đã nhận", "held"}, {"đến số", "seq"}},
    {-8, " ", {"thiếu", "missing"}, {"ở quận", "here"}},
    {-8, " ", {"thiếu", "missing"}, {"ở máy", "there"}},
    {-8, " ", {"đang chờ", "waiting"}, {NULL, NULL}},
    {-7, " ", {"cách ly", "quar."}, {NULL, NULL}},
    {-8, " ", {"đồng hồ", "clock"}, {"lệch s", "off by s"}},
    {12, "  ", {"chương trình", "program"}, {NULL, NULL}},
    {1, "  ", {"đổi khóa", "new keys"}, {"trước ngày", "before"}},
    {0, NULL, {NULL, NULL}, {NULL, NULL}},
};

/* Clock, program and keys, as the last columns of its line. */
static void print_machine(const struct ward *ward)
{
    char rotate[WSYNC_VIEW_TIME_BYTES];
    char clock[32] = "-";
    if (ward->contact.has_clock) {
        snprintf(clock, sizeof clock, ward->clock_ahead_s == 0 ? "%lld" : "%+lld",
                 (long long)ward->clock_ahead_s);
    }
    wsync_view_time(ward->rotate_by, rotate);
    printf(" %8s  %-12s  %.*s\n", clock, ward->contact.program[0] ? ward->contact.program : "-",
           DATE_BYTES, rotate);
}

/* What an admin has to see to though the device syncs. */
static void print_cares(const struct wsync_cli *cli, const struct ward *ward)
{
    bool vi = cli->language == WSYNC_VI;
    if (is_clock_off(ward)) {
        long long off = llabs((long long)ward->clock_ahead_s);
        bool ahead = ward->clock_ahead_s > 0;
        const char *text =
            vi ? (ahead ? "    Đồng hồ của máy này nhanh %lld giây; phường chỉnh lại giờ.\n"
                        : "    Đồng hồ của máy này chậm %lld giây; phường chỉnh lại giờ.\n")
               : (ahead ? "    The clock of this device is %lld s ahead; the ward sets it.\n"
                        : "    The clock of this device is %lld s behind; the ward sets it.\n");
        printf(text, off);
    }
    if (is_asked(ward)) {
        printf("    %s\n", vi ? "Máy này được yêu cầu đổi khóa và chưa đổi."
                              : "The device was asked to rotate its keys and has not yet.");
    } else if (is_overdue(ward)) {
        printf("    %s\n", vi ? "Khóa của máy này đã quá hạn đổi."
                              : "The keys of this device are older than the policy allows.");
    }
}

static void print_text(const struct wsync_cli *cli, const struct ward *ward, const char *unit)
{
    const struct wsync_contact *contact = &ward->contact;
    char last[WSYNC_VIEW_TIME_BYTES] = "-", good[WSYNC_VIEW_TIME_BYTES] = "-";
    if (contact->last != 0) {
        wsync_view_time(contact->last, last);
    }
    if (contact->last_good != 0) {
        wsync_view_time(contact->last_good, good);
    }
    wsync_cli_column(unit, 16);
    printf("  ");
    wsync_cli_column(ward->device.name, 16);
    printf("  %-16s  %-16s %6llu %9llu %8llu %8llu %8llu %7llu", last, good,
           (unsigned long long)contact->failed,
           (unsigned long long)(ward->has_log ? ward->log.seq : 0),
           (unsigned long long)ward->missing_here, (unsigned long long)ward->missing_there,
           (unsigned long long)ward->waiting, (unsigned long long)ward->quarantined);
    print_machine(ward);
    bool out = ward->device.revoked != 0 || ward->device.suspended != 0;
    if (out || !ward->heard || contact->last_code != WSYNC_OK) {
        const struct told told = tell(ward, cli->language);
        printf("    %s%s%s (%s)\n", told.text, told.step[0] ? " " : "", told.step,
               ward->device.revoked != 0     ? "revoked"
               : ward->device.suspended != 0 ? "suspended"
               : ward->heard                 ? wsync_err_name(contact->last_code)
                                             : "never");
    }
    if (ward->aside > 0) {
        printf("  ");
        wsync_view_aside(cli, ward->aside);
    }
    print_cares(cli, ward);
}

int district_wards(struct wsync_cli *cli)
{
    struct wsync_site site;
    struct wards wards = {.items = NULL};
    char down[SERVER_END_TEXT_BYTES];
    bool found = false;
    int code = wsync_view_open(cli, &site);
    if (code != 0) {
        return code;
    }
    enum wsync_err err = gather(&site, &wards);
    if (err == WSYNC_OK) {
        err = server_down_text(site.txn, cli->language, down);
    }
    if (err == WSYNC_OK && wards.count > 0) {
        qsort(wards.items, wards.count, sizeof *wards.items, worse_first);
    }
    if (err == WSYNC_OK && !cli->json) {
        printf("%s%s", down, down[0] ? "\n" : "");
        wsync_cli_heads(cli, HEADS);
    }
    for (size_t i = 0; err == WSYNC_OK && i < wards.count; i++) {
        const struct ward *ward = &wards.items[i];
        char unit[WSYNC_UNIT_LABEL_BYTES];
        wsync_units_here_label(&site, ward->device.scopes[0], unit);
        if (cli->json) {
            print_json(cli, ward, unit);
        } else {
            print_text(cli, ward, unit);
        }
        found = found || is_failing(ward);
    }
    free(wards.items);
    wsync_site_close(&site);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, NULL);
    }
    return found ? WSYNC_CLI_FINDINGS : 0;
}
