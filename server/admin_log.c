/* SPDX-License-Identifier: Apache-2.0 */
/* `district admin-log`: what was done to keys, roster, forms, units and verdicts, and what else
 * admins did, in the order of their times.
 *
 * It is a view: the first five are signed and stand in the roster and in the district's logs,
 * the rest is chained in the table ADMIN (host/admin_log.h).  Nothing is kept twice. */
#include "host/admin_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/clock.h"
#include "host/json.h"
#include "host/moment.h"
#include "host/view.h"
#include "server/admin_words.h"
#include "server/commands.h"

enum { ITEMS_FIRST = 256 };

const struct wsync_cli_option DISTRICT_ADMIN_LOG_OPTIONS[] = {
    {"since", "TIME", "from here on: 2022-01-31, \"31/01/2022 07:30\", or an age like 12h, 7d"},
    {"until", "TIME", "up to here"},
    {"kind", "NAME", "only this: roster, form, unit, verdict, or a kind as the list names it"},
    {NULL, NULL, NULL},
};

struct listing {
    struct wsync_cli *cli;
    struct wsync_site site;
    int64_t since, until; /* `until` not included */
    const char *kind;     /* NULL: any */
    struct server_admin_item *items;
    size_t count, size;
};

/* ---- the question ---- */

static enum wsync_err read_query(struct listing *listing, struct wsync_error *error)
{
    const char *since = wsync_cli_value(listing->cli, "since");
    const char *until = wsync_cli_value(listing->cli, "until");
    int64_t now = wsync_clock_wall_s();
    listing->since = INT64_MIN;
    listing->until = INT64_MAX;
    listing->kind = wsync_cli_value(listing->cli, "kind");
    if (listing->kind && !server_admin_is_kind(listing->kind)) {
        return wsync_error_set(error, WSYNC_ERR_INVALID,
                               "There is no kind \"%s\"; they are roster, form, unit, verdict, "
                               "start, settings, invite and so on.",
                               listing->kind);
    }
    enum wsync_err err = WSYNC_OK;
    if (since) {
        err = wsync_moment_read(since, WSYNC_MOMENT_BEGIN, now, &listing->since, error);
    }
    if (err == WSYNC_OK && until) {
        err = wsync_moment_read(until, WSYNC_MOMENT_END, now, &listing->until, error);
    }
    return err;
}

/* ---- gathering ---- */

static bool is_asked(const struct listing *listing, const struct server_admin_item *item)
{
    return item->stamp >= listing->since && item->stamp < listing->until &&
           (!listing->kind || strcmp(listing->kind, item->kind) == 0 ||
            strcmp(listing->kind, item->group) == 0);
}

static enum wsync_err add(struct listing *listing, const struct server_admin_item *item)
{
    if (!is_asked(listing, item)) {
        return WSYNC_OK;
    }
    if (listing->count == listing->size) {
        size_t size = listing->size ? 2 * listing->size : ITEMS_FIRST;
        struct server_admin_item *items = realloc(listing->items, size * sizeof *items);
        if (!items) {
            return WSYNC_ERR_MEMORY;
        }
        listing->items = items;
        listing->size = size;
    }
    struct server_admin_item *place = &listing->items[listing->count];
    *place = *item;
    place->order = listing->count++;
    return WSYNC_OK;
}

static enum wsync_err gather_statements(struct listing *listing)
{
    struct wsync_roster roster;
    enum wsync_err err = wsync_roster_get(listing->site.txn, &roster);
    for (uint64_t version = 1; err == WSYNC_OK && version <= roster.version; version++) {
        struct server_admin_item item;
        size_t mark = wsync_arena_mark(&listing->site.arena);
        err = server_admin_of_statement(&listing->site, version, &item);
        if (err == WSYNC_OK) {
            err = add(listing, &item);
        }
        wsync_arena_release(&listing->site.arena, mark);
    }
    return err;
}

static enum wsync_err gather_change(struct listing *listing, const struct wsync_log *log,
                                    uint64_t seq)
{
    size_t mark = wsync_arena_mark(&listing->site.arena);
    enum wsync_err err = WSYNC_OK;
    bool more = true;
    for (uint32_t op = 0; err == WSYNC_OK && more; op++) {
        struct server_admin_item item;
        err = server_admin_of_change(&listing->site, log, (struct wsync_dot){log->no, seq, op},
                                     &item);
        more = err == WSYNC_OK;
        if (more && item.kind) {
            err = add(listing, &item);
        }
    }
    wsync_arena_release(&listing->site.arena, mark);
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* Clerks write none of the forms that are told here: theirs is nearly all there is to read. */
static enum wsync_err gather_log(struct listing *listing, const struct wsync_log *log)
{
    struct wsync_device device;
    enum wsync_err err = wsync_device_get(listing->site.txn, &log->device, &device);
    if (err != WSYNC_OK || device.role == WSYNC_ROLE_CLERK) {
        return err;
    }
    for (uint64_t seq = 1; err == WSYNC_OK && seq <= log->seq; seq++) {
        err = gather_change(listing, log, seq);
    }
    return err;
}

static enum wsync_err gather_logs(struct listing *listing)
{
    struct wsync_log log;
    struct wsync_log_id at;
    const struct wsync_log_id *after = NULL;
    enum wsync_err err = WSYNC_OK;
    while (err == WSYNC_OK) { /* ends: each turn passes one log */
        err = wsync_log_after(listing->site.txn, after, &log);
        if (err == WSYNC_OK) {
            err = gather_log(listing, &log);
            err = err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
        }
        at = log.id;
        after = &at;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err gather_rows(struct listing *listing)
{
    uint64_t number = 0;
    enum wsync_err err = WSYNC_OK;
    while (err == WSYNC_OK) { /* ends: each turn passes one row */
        struct server_admin_item item;
        err = server_admin_of_row(&listing->site, &number, &item);
        if (err == WSYNC_OK) {
            err = add(listing, &item);
        }
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* By time; what has one time stays in the order of its source. */
static int earlier_first(const void *left, const void *right)
{
    const struct server_admin_item *a = left;
    const struct server_admin_item *b = right;
    if (a->stamp != b->stamp) {
        return a->stamp < b->stamp ? -1 : 1;
    }
    return a->order < b->order ? -1 : a->order > b->order;
}

/* ---- printing ---- */

static const struct wsync_cli_head HEADS[] = {
    {16, "", {"lúc", "time"}, {NULL, NULL}},
    {14, "  ", {"ở đâu", "where"}, {NULL, NULL}},
    {14, "  ", {"việc", "what"}, {NULL, NULL}},
    {12, "  ", {"ai", "who"}, {NULL, NULL}},
    {4, "  ", {"chi tiết", "details"}, {NULL, NULL}},
    {0, NULL, {NULL, NULL}, {NULL, NULL}},
};

static void print_json(const struct server_admin_item *item,
                       const struct server_admin_words *words)
{
    struct wsync_json *json = wsync_json_new();
    wsync_json_number(json, "time", item->stamp);
    wsync_json_string(json, "kind", item->kind);
    wsync_json_string(json, "group", item->group);
    wsync_json_string(json, "where", words->place);
    wsync_json_string(json, "who", words->who);
    wsync_json_string(json, "text", words->text);
    wsync_json_print(json, stdout);
}

static void print_text(const struct server_admin_item *item,
                       const struct server_admin_words *words)
{
    char when[WSYNC_VIEW_TIME_BYTES];
    wsync_view_time(item->stamp, when);
    printf("%-16s  ", when);
    wsync_cli_column(words->place, 14);
    printf("  ");
    wsync_cli_column(item->kind, 14);
    printf("  ");
    wsync_cli_column(words->who, 12);
    printf("  %s\n", words->text);
}

static enum wsync_err print_all(struct listing *listing)
{
    enum wsync_err err = WSYNC_OK;
    if (!listing->cli->json) {
        wsync_cli_heads(listing->cli, HEADS);
    }
    for (size_t i = 0; err == WSYNC_OK && i < listing->count; i++) {
        struct server_admin_words words;
        size_t mark = wsync_arena_mark(&listing->site.arena);
        err = server_admin_tell(listing->cli, &listing->site, &listing->items[i], &words);
        if (err == WSYNC_OK && listing->cli->json) {
            print_json(&listing->items[i], &words);
        } else if (err == WSYNC_OK) {
            print_text(&listing->items[i], &words);
        }
        wsync_arena_release(&listing->site.arena, mark);
    }
    return err;
}

/* Who reads a log wants to know at once that somebody else wrote in it. */
static enum wsync_err say_fault(struct listing *listing, bool *found)
{
    struct wsync_admin_fault fault;
    enum wsync_err err = wsync_admin_log_check(listing->site.txn, &fault);
    *found = err == WSYNC_OK && fault.number != 0;
    if (*found) {
        fprintf(stderr,
                listing->cli->language == WSYNC_VI
                    ? "Nhật ký quản trị bị sửa: dòng %llu: %s.\n"
                    : "The admin log was tampered with: row %llu: %s.\n",
                (unsigned long long)fault.number, fault.text);
    }
    return err;
}

int district_admin_log(struct wsync_cli *cli)
{
    struct listing listing = {.cli = cli};
    struct wsync_error error = {{0}};
    bool found = false;
    if (cli->argc != 0) {
        return wsync_cli_usage(cli, "It takes no \"%s\".", cli->argv[0]);
    }
    int code = wsync_view_open(cli, &listing.site);
    if (code != 0) {
        return code;
    }
    enum wsync_err err = read_query(&listing, &error);
    if (err == WSYNC_OK) {
        err = gather_statements(&listing);
    }
    if (err == WSYNC_OK) {
        err = gather_logs(&listing);
    }
    if (err == WSYNC_OK) {
        err = say_fault(&listing, &found);
    }
    if (err == WSYNC_OK) {
        err = gather_rows(&listing);
        err = err == WSYNC_ERR_CORRUPT && found ? WSYNC_OK : err; /* the rows before it */
    }
    if (err == WSYNC_OK) {
        if (listing.count > 0) {
            qsort(listing.items, listing.count, sizeof *listing.items, earlier_first);
        }
        err = print_all(&listing);
    }
    free(listing.items);
    wsync_site_close(&listing.site);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    return found ? WSYNC_CLI_FINDINGS : 0;
}
