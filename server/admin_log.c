/* SPDX-License-Identifier: Apache-2.0 */
/* `district admin-log`: what was done to keys, roster, forms, units and verdicts, and what else
 * admins did, in the order of their times.
 *
 * It is a view: the first five are signed and stand in the roster and in the district's logs,
 * the rest is chained in the table ADMIN (host/admin_log.h).  Nothing is kept twice. */
#include "host/admin_log.h"

#include <stdio.h>

#include "host/clock.h"
#include "host/json.h"
#include "host/moment.h"
#include "host/view.h"
#include "host/words.h"
#include "server/admin_list.h"
#include "server/commands.h"

const struct wsync_cli_option DISTRICT_ADMIN_LOG_OPTIONS[] = {
    {"since", "TIME", "from here on: 2022-01-31, \"31/01/2022 07:30\", or an age like 12h, 7d"},
    {"until", "TIME", "up to here"},
    {"kind", "NAME", "only this: roster, form, unit, verdict, or a kind as the list names it"},
    {NULL, NULL, NULL},
};

struct listing {
    struct wsync_cli *cli;
    struct wsync_site site;
    struct server_admin_query query;
    struct server_admin_list list;
};

/* ---- the question ---- */

static enum wsync_err read_query(struct listing *listing, struct wsync_error *error)
{
    const char *since = wsync_cli_value(listing->cli, "since");
    const char *until = wsync_cli_value(listing->cli, "until");
    int64_t now = wsync_clock_wall_s();
    listing->query.since = INT64_MIN;
    listing->query.until = INT64_MAX;
    listing->query.kind = wsync_cli_value(listing->cli, "kind");
    if (listing->query.kind && !server_admin_is_kind(listing->query.kind)) {
        return wsync_error_set(error, WSYNC_ERR_INVALID,
                               "There is no kind \"%s\"; they are roster, form, unit, verdict, "
                               "start, settings, invite and so on.",
                               listing->query.kind);
    }
    enum wsync_err err = WSYNC_OK;
    if (since) {
        err = wsync_moment_read(since, WSYNC_MOMENT_BEGIN, now, &listing->query.since, error);
    }
    if (err == WSYNC_OK && until) {
        err = wsync_moment_read(until, WSYNC_MOMENT_END, now, &listing->query.until, error);
    }
    return err;
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
    for (size_t i = 0; err == WSYNC_OK && i < listing->list.count; i++) {
        struct server_admin_words words;
        size_t mark = wsync_arena_mark(&listing->site.arena);
        err = server_admin_tell(listing->cli, &listing->site, &listing->list.items[i], &words);
        if (err == WSYNC_OK && listing->cli->json) {
            print_json(&listing->list.items[i], &words);
        } else if (err == WSYNC_OK) {
            print_text(&listing->list.items[i], &words);
        }
        wsync_arena_release(&listing->site.arena, mark);
    }
    return err;
}

/* Who reads a log wants to know at once that somebody else wrote in it. */
static enum wsync_err say_fault(struct listing *listing, bool *found)
{
    struct wsync_admin_fault fault;
    char room[WSYNC_WORDS_BYTES];
    enum wsync_err err = wsync_admin_log_check(listing->site.txn, &fault);
    *found = err == WSYNC_OK && fault.number != 0;
    if (*found) {
        fprintf(stderr,
                listing->cli->language == WSYNC_VI
                    ? "Nhật ký quản trị bị sửa: dòng %llu: %s.\n"
                    : "The admin log was tampered with: row %llu: %s.\n",
                (unsigned long long)fault.number,
                wsync_words(listing->cli->language, fault.text, room));
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
        err = say_fault(&listing, &found);
    }
    if (err == WSYNC_OK) {
        err = server_admin_gather(&listing.site, &listing.query, found, &listing.list);
    }
    if (err == WSYNC_OK) {
        err = print_all(&listing);
    }
    server_admin_list_free(&listing.list);
    wsync_site_close(&listing.site);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    return found ? WSYNC_CLI_FINDINGS : 0;
}
