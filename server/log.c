/* SPDX-License-Identifier: Apache-2.0 */
/* `district log`: every conversation, refused ones included. */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "host/json.h"
#include "host/session_log.h"
#include "host/units_here.h"
#include "host/view.h"
#include "server/commands.h"
#include "server/words.h"
#include "wardsync/calendar.h"

enum {
    LIMIT_DEFAULT = 50,
    LIMIT_MAX = 1000000,
    FOLLOW_MS = 200,
    LOCAL_OFFSET_S = 7 * 3600,
    SECONDS_A_DAY = 86400,
    ID_DIGITS_MIN = 6,
};

const struct wsync_cli_option DISTRICT_LOG_OPTIONS[] = {
    {"unit", "UNIT", "only devices of this ward"},
    {"device", "NAME|ID|KEY", "only this device, or the key that begins so"},
    {"code", "NAME", "only this result, as the table names it"},
    {"failed", NULL, "only what did not succeed"},
    {"from", "DATE", "first day, as 2022-01-31 or 31/01/2022"},
    {"to", "DATE", "last day"},
    {"limit", "N", "at most the last N of them (50)"},
    {"follow", NULL, "go on with what is still to come, until stopped"},
    {NULL, NULL, NULL},
};

struct query {
    uint32_t unit; /* 0: any */
    const char *device;
    const char *code; /* NULL: any */
    bool failed;
    int64_t from, to; /* seconds since 1970, `to` not included */
    size_t limit;
};

struct listing {
    struct wsync_cli *cli;
    struct wsync_site site;
    struct query query;
    uint64_t last; /* the newest row looked at */
    size_t shown;
};

/* ---- the question ---- */

static enum wsync_err check_code(const char *name, struct wsync_error *error)
{
    return !name || server_end_is_name(name)
               ? WSYNC_OK
               : wsync_error_set(error, WSYNC_ERR_INVALID,
                                 "There is no result \"%s\"; they are ok, link, timeout, "
                                 "device, revoked and so on.",
                                 name);
}

static enum wsync_err read_day(const char *text, int days_later, int64_t *moment,
                               struct wsync_error *error)
{
    int32_t day;
    if (!text) {
        return WSYNC_OK;
    }
    if (!wsync_calendar_parse(wsync_slice_of(text), &day)) {
        return wsync_error_set(error, WSYNC_ERR_INVALID,
                               "\"%s\" is no date; write 2022-01-31 or 31/01/2022.", text);
    }
    *moment = ((int64_t)day + days_later) * SECONDS_A_DAY - LOCAL_OFFSET_S;
    return WSYNC_OK;
}

static enum wsync_err read_limit(const char *text, size_t *limit, struct wsync_error *error)
{
    char *end;
    long number = text ? strtol(text, &end, 10) : LIMIT_DEFAULT;
    if (text && (*text == '\0' || *end != '\0' || number < 1 || number > LIMIT_MAX)) {
        return wsync_error_set(error, WSYNC_ERR_INVALID, "--limit is \"%s\"; allowed: 1 to %d.",
                               text, LIMIT_MAX);
    }
    *limit = (size_t)number;
    return WSYNC_OK;
}

static enum wsync_err read_query(struct listing *listing, struct wsync_error *error)
{
    const struct wsync_cli *cli = listing->cli;
    struct query *query = &listing->query;
    const char *unit = wsync_cli_value(cli, "unit");
    *query = (struct query){.device = wsync_cli_value(cli, "device"),
                            .code = wsync_cli_value(cli, "code"),
                            .failed = wsync_cli_flag(cli, "failed"),
                            .from = INT64_MIN,
                            .to = INT64_MAX};
    if (unit &&
        wsync_units_here_find(&listing->site, wsync_slice_of(unit), &query->unit) != WSYNC_OK) {
        return wsync_error_set(error, WSYNC_ERR_NOT_FOUND,
                               "No one unit is called \"%s\"; \"district units\" lists them.",
                               unit);
    }
    enum wsync_err err = check_code(query->code, error);
    if (err == WSYNC_OK) {
        err = read_day(wsync_cli_value(cli, "from"), 0, &query->from, error);
    }
    if (err == WSYNC_OK) {
        err = read_day(wsync_cli_value(cli, "to"), 1, &query->to, error);
    }
    return err == WSYNC_OK ? read_limit(wsync_cli_value(cli, "limit"), &query->limit, error)
                           : err;
}

/* ---- one row ---- */

/* A row with the names that go with it. */
struct item {
    uint64_t number;
    struct wsync_session_row row;
    struct wsync_device device; /* when the row has one */
    char id[2 * WSYNC_DEVICE_ID_BYTES + 1], key[2 * WSYNC_SESSION_KEY_BYTES + 1];
    bool many; /* knocks of several keys */
};

static enum wsync_err fill(struct listing *listing, struct item *item)
{
    static const uint8_t NONE[WSYNC_SESSION_KEY_BYTES] = {0};
    struct wsync_session_row *row = &item->row;
    enum wsync_err err = WSYNC_ERR_NOT_FOUND;
    if (row->has_device) {
        err = wsync_device_get(listing->site.txn, &row->device, &item->device);
    }
    row->has_device = err == WSYNC_OK;
    wsync_hex_encode(WSYNC_BYTES(row->device), item->id);
    wsync_hex_encode(wsync_slice(row->key, sizeof row->key), item->key);
    item->many = memcmp(row->key, NONE, sizeof NONE) == 0;
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static bool is_device(const struct item *item, const char *text)
{
    size_t len = strlen(text);
    bool by_id = len >= ID_DIGITS_MIN && strncmp(item->id, text, len) == 0;
    bool by_key = len >= ID_DIGITS_MIN && strncmp(item->key, text, len) == 0;
    return (item->row.has_device && (strcmp(item->device.name, text) == 0 || by_id)) || by_key;
}

static struct server_end end_of(const struct wsync_session_row *row)
{
    return (struct server_end){row->kind, row->code, row->peer_said_it};
}

static bool matches(const struct query *query, const struct item *item)
{
    const struct server_end end = end_of(&item->row);
    const struct wsync_session_row *row = &item->row;
    return row->begun >= query->from && row->begun < query->to &&
           !(query->failed && row->code == WSYNC_OK) &&
           !(query->code && strcmp(server_end_name(&end), query->code) != 0) &&
           (query->unit == 0 ||
            (row->has_device && wsync_device_has_scope(&item->device, query->unit))) &&
           (!query->device || is_device(item, query->device));
}

static const char *kind_name(enum wsync_session_kind kind)
{
    return kind == WSYNC_SESSION_KIND_SYNC    ? "sync"
           : kind == WSYNC_SESSION_KIND_ENROL ? "enrol"
           : kind == WSYNC_SESSION_KIND_DOOR  ? "refused"
                                              : "down";
}

static void print_json(const struct item *item)
{
    const struct wsync_session_row *row = &item->row;
    const struct server_end end = end_of(row);
    struct wsync_json *json = wsync_json_new();
    wsync_json_number(json, "number", (int64_t)item->number);
    wsync_json_string(json, "kind", kind_name(row->kind));
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

static const struct wsync_cli_head HEADS[] = {
    {16, "", {"bắt đầu", "begun"}, {NULL, NULL}},
    {16, "  ", {"đơn vị", "unit"}, {NULL, NULL}},
    {16, "  ", {"thiết bị", "device"}, {NULL, NULL}},
    {7, "  ", {"việc", "what"}, {NULL, NULL}},
    {10, " ", {"kết quả", "result"}, {NULL, NULL}},
    {-8, " ", {"thay đổi", "changes"}, {"nhận", "in"}},
    {-8, " ", {"thay đổi", "changes"}, {"gửi", "out"}},
    {-10, " ", {"byte", "bytes"}, {"nhận", "in"}},
    {-10, " ", {"byte", "bytes"}, {"gửi", "out"}},
    {-8, " ", {"kéo dài", "took"}, {NULL, NULL}},
    {0, NULL, {NULL, NULL}, {NULL, NULL}},
};

/* As exact as a person needs it: 46 ms, 1.2 s, 95 s, 12 min, 30 h. */
static void print_took(int64_t took_ms)
{
    long long s = took_ms / 1000;
    if (s < 1) {
        printf(" %5lld ms\n", (long long)took_ms);
    } else if (s < 10) {
        printf(" %4lld.%lld s\n", s, (long long)(took_ms % 1000 / 100));
    } else if (s < 600) {
        printf(" %6lld s\n", s);
    } else if (s < 36000) {
        printf(" %4lld min\n", s / 60);
    } else {
        printf(" %6lld h\n", s / 3600);
    }
}

/* Why it failed, and which change-set was refused. */
static void print_reason(const struct wsync_cli *cli, const struct item *item)
{
    const struct wsync_session_row *row = &item->row;
    const struct server_end end = end_of(row);
    char text[SERVER_END_TEXT_BYTES];
    if (row->code == WSYNC_OK && row->kind != WSYNC_SESSION_KIND_DOWN) {
        return;
    }
    server_end_text(&end, cli->language, text);
    printf("    %s", text);
    if (row->times > 1) {
        printf(" (x%llu)", (unsigned long long)row->times);
    }
    if (row->has_reject) {
        char log[2 * WSYNC_LOG_ID_BYTES + 1];
        wsync_hex_encode(WSYNC_BYTES(row->reject.log), log);
        printf(" [%.8s-%llu]", log, (unsigned long long)row->reject.first);
    }
    printf("\n");
}

static void print_text(struct listing *listing, const struct item *item)
{
    const struct wsync_session_row *row = &item->row;
    char when[WSYNC_VIEW_TIME_BYTES];
    char unit[WSYNC_UNIT_LABEL_BYTES] = "-";
    wsync_view_time(row->begun, when);
    if (row->has_device) {
        wsync_units_here_label(&listing->site, item->device.scopes[0], unit);
    }
    printf("%-16s  ", when);
    wsync_cli_column(unit, 16);
    printf("  ");
    const struct server_end end = end_of(row);
    wsync_cli_column(row->has_device                        ? item->device.name
                     : row->kind == WSYNC_SESSION_KIND_DOWN ? "-"
                     : item->many                           ? "*"
                                                            : item->key,
                     16);
    printf("  %-7s %-10s %8llu %8llu %10llu %10llu", kind_name(row->kind),
           server_end_name(&end), (unsigned long long)row->changes_in,
           (unsigned long long)row->changes_out, (unsigned long long)row->bytes_in,
           (unsigned long long)row->bytes_out);
    print_took(row->took_ms);
    print_reason(listing->cli, item);
}

static void print(struct listing *listing, const struct item *item)
{
    if (listing->cli->json) {
        print_json(item);
    } else {
        print_text(listing, item);
    }
}

/* ---- the rows ---- */

/* The next row that matches, from item->number on in the direction of `where`; NOT_FOUND. */
static enum wsync_err next_match(struct listing *listing, enum wsync_seek where,
                                 struct item *item)
{
    for (;;) { /* ends: each turn passes one row */
        enum wsync_err err =
            wsync_session_log_seek(listing->site.txn, where, &item->number, &item->row);
        if (err == WSYNC_OK) {
            err = fill(listing, item);
        }
        if (err != WSYNC_OK || matches(&listing->query, item)) {
            return err;
        }
        if (where == WSYNC_SEEK_GT) {
            listing->last = item->number;
        }
    }
}

/* Finds where the last `limit` rows that match begin: a number before the first of them. */
static enum wsync_err find_start(struct listing *listing, uint64_t *before)
{
    struct item item = {.number = UINT64_MAX};
    *before = 0;
    for (size_t found = 0; found < listing->query.limit; found++) {
        enum wsync_err err = next_match(listing, WSYNC_SEEK_LT, &item);
        if (err != WSYNC_OK) {
            return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
        }
        *before = item.number - 1;
    }
    return WSYNC_OK;
}

static enum wsync_err print_from(struct listing *listing, uint64_t before)
{
    struct item item = {.number = before};
    enum wsync_err err = WSYNC_OK;
    listing->last = before;
    while (err == WSYNC_OK) { /* ends: each turn passes one row */
        err = next_match(listing, WSYNC_SEEK_GT, &item);
        if (err == WSYNC_OK) {
            print(listing, &item);
            listing->shown++;
            listing->last = item.number;
        }
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* Each look is a short transaction of its own: an open one would let the file grow. */
static enum wsync_err follow(struct listing *listing, struct wsync_error *error)
{
    enum wsync_err err = WSYNC_OK;
    while (err == WSYNC_OK && fflush(stdout) == 0) { /* until the reader goes away */
        wsync_site_abort(&listing->site);
        wsync_arena_release(&listing->site.arena, 0);
        (void)poll(NULL, 0, FOLLOW_MS);
        err = wsync_site_begin(&listing->site, WSYNC_TXN_READ, error);
        if (err == WSYNC_OK) {
            err = print_from(listing, listing->last);
        }
    }
    return err;
}

int district_log(struct wsync_cli *cli)
{
    struct listing listing = {.cli = cli};
    struct wsync_error error = {{0}};
    uint64_t before = 0;
    if (cli->argc != 0) {
        return wsync_cli_usage(cli, "\"%s\" is not an option here.", cli->argv[0]);
    }
    int code = wsync_view_open(cli, &listing.site);
    if (code != 0) {
        return code;
    }
    enum wsync_err err = read_query(&listing, &error);
    if (err == WSYNC_OK) {
        err = find_start(&listing, &before);
    }
    if (err == WSYNC_OK && !cli->json) {
        wsync_cli_heads(cli, HEADS);
    }
    if (err == WSYNC_OK) {
        err = print_from(&listing, before);
    }
    if (err == WSYNC_OK && wsync_cli_flag(cli, "follow")) {
        err = follow(&listing, &error);
    } else if (err == WSYNC_OK && listing.shown == 0) {
        wsync_cli_say(cli, "There is no such conversation.");
    }
    wsync_site_close(&listing.site);
    return err == WSYNC_OK ? 0 : wsync_cli_fail(cli, err, &error);
}
