/* SPDX-License-Identifier: Apache-2.0 */
/* `district log`: every conversation, refused ones included. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "host/clock.h"
#include "host/moment.h"
#include "host/signals.h"
#include "host/units_here.h"
#include "host/view.h"
#include "server/commands.h"
#include "server/log_query.h"

enum {
    LIMIT_DEFAULT = 50,
    LIMIT_MAX = 1000000,
    FOLLOW_MS = 300, /* a look costs the reading of one row */
};

const struct wsync_cli_option DISTRICT_LOG_OPTIONS[] = {
    {"unit", "UNIT", "only devices of this ward"},
    {"device", "NAME|ID|KEY", "only this device, or the key that begins so"},
    {"code", "NAME", "only this result, as the table names it"},
    {"failed", NULL, "only what did not succeed"},
    {"since", "TIME", "from here on: 2022-01-31, \"31/01/2022 07:30\", or an age like 12h, 7d"},
    {"until", "TIME", "up to here"},
    {"limit", "N", "at most the last N of them (50)"},
    {"follow", NULL, "go on with what is still to come, until stopped"},
    {NULL, NULL, NULL},
};

struct listing {
    struct wsync_cli *cli;
    struct wsync_site site;
    struct server_log_query query;
    size_t limit;
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

/* A bound that was not given stays as it is. */
static enum wsync_err read_bound(const struct wsync_cli *cli, const char *name,
                                 enum wsync_moment_end end, int64_t *moment,
                                 struct wsync_error *error)
{
    const char *text = wsync_cli_value(cli, name);
    return text ? wsync_moment_read(text, end, wsync_clock_wall_s(), moment, error) : WSYNC_OK;
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
    struct server_log_query *query = &listing->query;
    const char *unit = wsync_cli_value(cli, "unit");
    *query = (struct server_log_query){.device = wsync_cli_value(cli, "device"),
                                       .code = wsync_cli_value(cli, "code"),
                                       .failed = wsync_cli_flag(cli, "failed"),
                                       .since = INT64_MIN,
                                       .until = INT64_MAX};
    if (unit &&
        wsync_units_here_find(&listing->site, wsync_slice_of(unit), &query->unit) != WSYNC_OK) {
        return wsync_error_set(error, WSYNC_ERR_NOT_FOUND,
                               "No one unit is called \"%s\"; \"district units\" lists them.",
                               unit);
    }
    enum wsync_err err = check_code(query->code, error);
    if (err == WSYNC_OK) {
        err = read_bound(cli, "since", WSYNC_MOMENT_BEGIN, &query->since, error);
    }
    if (err == WSYNC_OK) {
        err = read_bound(cli, "until", WSYNC_MOMENT_END, &query->until, error);
    }
    return err == WSYNC_OK ? read_limit(wsync_cli_value(cli, "limit"), &listing->limit, error)
                           : err;
}

/* ---- one row ---- */

static const struct wsync_cli_head HEADS[] = {
    {-6, "", {"số", "no."}, {NULL, NULL}},
    {16, "  ", {"bắt đầu", "begun"}, {NULL, NULL}},
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

/* Why it failed, and which change-set was refused. */
static void print_reason(const struct wsync_cli *cli, const struct server_log_item *item)
{
    const struct wsync_session_row *row = &item->row;
    const struct server_end end = server_log_end(row);
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

static void print_text(struct listing *listing, const struct server_log_item *item)
{
    const struct wsync_session_row *row = &item->row;
    char when[WSYNC_VIEW_TIME_BYTES];
    char unit[WSYNC_UNIT_LABEL_BYTES] = "-";
    wsync_view_time(row->begun, when);
    if (row->has_device) {
        wsync_units_here_label(&listing->site, item->device.scopes[0], unit);
    }
    printf("%6llu  %-16s  ", (unsigned long long)item->number, when);
    wsync_cli_column(unit, 16);
    printf("  ");
    const struct server_end end = server_log_end(row);
    wsync_cli_column(row->has_device                        ? item->device.name
                     : row->kind == WSYNC_SESSION_KIND_DOWN ? "-"
                     : item->many                           ? "*"
                                                            : item->key,
                     16);
    printf("  %-7s %-10s %8llu %8llu %10llu %10llu", server_log_kind_name(row->kind),
           server_end_name(&end), (unsigned long long)row->changes_in,
           (unsigned long long)row->changes_out, (unsigned long long)row->bytes_in,
           (unsigned long long)row->bytes_out);
    char took[SERVER_LOG_TOOK_BYTES];
    printf("%9s\n", server_log_took(row->took_ms, took));
    print_reason(listing->cli, item);
}

static void print(struct listing *listing, const struct server_log_item *item)
{
    if (listing->cli->json) {
        server_log_json(item);
    } else {
        print_text(listing, item);
    }
}

/* ---- the rows ---- */

/* Finds where the last `limit` rows that match begin: a number before the first of them. */
static enum wsync_err find_start(struct listing *listing, uint64_t *before)
{
    struct server_log_item item = {.number = UINT64_MAX};
    *before = 0;
    for (size_t found = 0; found < listing->limit; found++) {
        enum wsync_err err =
            server_log_next(&listing->site, &listing->query, WSYNC_SEEK_LT, &item);
        if (err != WSYNC_OK) {
            return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
        }
        *before = item.number - 1;
    }
    return WSYNC_OK;
}

static enum wsync_err print_from(struct listing *listing, uint64_t before)
{
    struct server_log_item item = {.number = before};
    enum wsync_err err = WSYNC_OK;
    listing->last = before;
    while (err == WSYNC_OK) { /* ends: each turn passes one row */
        err = server_log_next(&listing->site, &listing->query, WSYNC_SEEK_GT, &item);
        listing->last = item.number;
        if (err == WSYNC_OK) {
            print(listing, &item);
            listing->shown++;
        }
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* Each look is a short transaction of its own: an open one would let the file grow. */
static enum wsync_err follow(struct listing *listing, struct wsync_error *error)
{
    struct wsync_signals signals;
    enum wsync_err err = wsync_signals_open(&signals);
    if (err != WSYNC_OK) {
        return err;
    }
    while (err == WSYNC_OK && signals.stops == 0 && fflush(stdout) == 0) {
        struct pollfd stop = {.fd = signals.fd, .events = POLLIN};
        wsync_site_abort(&listing->site);
        wsync_arena_release(&listing->site.arena, 0);
        (void)poll(&stop, 1, FOLLOW_MS);
        wsync_signals_take(&signals);
        err = wsync_site_begin(&listing->site, WSYNC_TXN_READ, error);
        if (err == WSYNC_OK) {
            err = print_from(listing, listing->last);
        }
    }
    wsync_signals_close(&signals);
    return err;
}

static enum wsync_err list(struct listing *listing, struct wsync_error *error)
{
    uint64_t before = 0;
    enum wsync_err err = read_query(listing, error);
    if (err == WSYNC_OK) {
        err = find_start(listing, &before);
    }
    if (err == WSYNC_OK && !listing->cli->json) {
        wsync_cli_heads(listing->cli, HEADS);
    }
    if (err == WSYNC_OK) {
        err = print_from(listing, before);
    }
    if (err == WSYNC_OK && wsync_cli_flag(listing->cli, "follow")) {
        err = follow(listing, error);
    } else if (err == WSYNC_OK && listing->shown == 0) {
        wsync_cli_say(listing->cli, "There is no such conversation.");
    }
    return err;
}

static enum wsync_err show(struct listing *listing, const char *text, struct wsync_error *error)
{
    char *end;
    errno = 0;
    uint64_t number = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0) {
        return wsync_error_set(error, WSYNC_ERR_INVALID,
                               "\"%s\" is no number of a conversation; the list begins each "
                               "line with it.",
                               text);
    }
    return server_log_show(listing->cli, &listing->site, number, error);
}

int district_log(struct wsync_cli *cli)
{
    struct listing listing = {.cli = cli};
    struct wsync_error error = {{0}};
    if (cli->argc > 1) {
        return wsync_cli_usage(cli, "Expected the number of one conversation, or none.");
    }
    int code = wsync_view_open(cli, &listing.site);
    if (code != 0) {
        return code;
    }
    enum wsync_err err =
        cli->argc == 1 ? show(&listing, cli->argv[0], &error) : list(&listing, &error);
    wsync_site_close(&listing.site);
    return err == WSYNC_OK ? 0 : wsync_cli_fail(cli, err, &error);
}
