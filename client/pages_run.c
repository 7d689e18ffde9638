/* SPDX-License-Identifier: Apache-2.0 */
/* The page process of a ward: its routes, and what they may have run. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "client/pages.h"
#include "host/journal.h"
#include "wardsync/crypto.h"

enum { SHORT_S = 30, SYNC_S = 110 };

static const struct wsync_http_route ROUTES[] = {
    {WSYNC_HTTP_GET, "/", desk_today},
    {WSYNC_HTTP_GET, "/new/*", desk_new},
    {WSYNC_HTTP_POST, "/new/*", desk_add},
    {WSYNC_HTTP_GET, "/edit/*", desk_edit},
    {WSYNC_HTTP_POST, "/edit/*", desk_change},
    {WSYNC_HTTP_GET, "/records", desk_book},
    {WSYNC_HTTP_GET, "/records/*", desk_show},
    {WSYNC_HTTP_GET, "/delete/*", desk_ask_delete},
    {WSYNC_HTTP_POST, "/delete/*", desk_delete},
    {WSYNC_HTTP_POST, "/undelete/*", desk_undelete},
    {WSYNC_HTTP_GET, "/conflicts", desk_conflicts},
    {WSYNC_HTTP_POST, "/resolve/*", desk_resolve},
    {WSYNC_HTTP_GET, "/totals", desk_totals},
    {WSYNC_HTTP_GET, "/sync", desk_sync},
    {WSYNC_HTTP_POST, "/sync", desk_sync_now},
    {WSYNC_HTTP_POST, "/language", wsync_page_take_language},
    {WSYNC_HTTP_GET, NULL, NULL},
};

static const struct wsync_action_rule RULES[] = {
    {.command = "add", .operands_max = WSYNC_ACTION_ARGS_MAX, .limit_s = SHORT_S},
    {.command = "edit", .operands_max = WSYNC_ACTION_ARGS_MAX, .limit_s = SHORT_S},
    {.command = "delete", .operands_max = 1, .limit_s = SHORT_S},
    {.command = "undelete", .operands_max = 1, .limit_s = SHORT_S},
    {.command = "resolve",
     .options = {"alive", "delete"},
     .operands_max = WSYNC_ACTION_ARGS_MAX,
     .limit_s = SHORT_S},
    {.command = "sync", .operands_max = 0, .limit_s = SYNC_S},
    {.command = NULL},
};

static void run_pages(const struct wsync_pages *pages, struct wsync_http_server *server)
{
    struct pollfd items[] = {{.fd = pages->stop_fd, .events = POLLIN},
                             {.fd = wsync_http_fd(server), .events = POLLIN}};
    enum wsync_err err = WSYNC_OK;
    while (err == WSYNC_OK && items[0].revents == 0) {
        (void)poll(items, sizeof items / sizeof *items, wsync_http_wait_ms(server));
        err = wsync_http_run(server);
    }
}

static int serve_pages(struct wsync_pages *pages)
{
    struct wsync_error error = {{0}};
    struct wsync_http_server *server;
    struct desk *desk = calloc(1, sizeof *desk);
    if (!desk) {
        return EXIT_FAILURE;
    }
    desk->pages = pages;
    const struct wsync_http_setup setup = {.listener = pages->listener,
                                           .routes = ROUTES,
                                           .assets = wsync_page_assets(),
                                           .refuse = wsync_page_refuse,
                                           .context = desk};
    enum wsync_err err =
        wsync_crypto_init() ? wsync_http_open(&setup, &server, &error) : WSYNC_ERR_MEMORY;
    if (err == WSYNC_OK) {
        run_pages(pages, server);
        wsync_http_close(server);
    } else {
        WSYNC_JOURNAL(ERROR, "pages-failed", wsync_journal_text("why", error.text));
    }
    if (desk->open) {
        wsync_site_close(&desk->site);
    }
    free(desk);
    return err == WSYNC_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

const struct wsync_pages_program WARD_PAGES = {serve_pages, RULES};
