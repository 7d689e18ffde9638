/* SPDX-License-Identifier: Apache-2.0 */
#include "host/pages_loop.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "host/http_tls.h"
#include "host/http_wait.h"
#include "host/journal.h"
#include "wardsync/crypto.h"

static enum wsync_err answer_until_stopped(const struct wsync_pages *pages,
                                           struct wsync_http_server *server)
{
    struct pollfd items[] = {{.fd = pages->stop_fd, .events = POLLIN},
                             {.fd = wsync_actions_fd(pages->actions)},
                             {.fd = wsync_http_fd(server), .events = POLLIN}};
    enum wsync_err err = WSYNC_OK;
    while (err == WSYNC_OK) { /* until the keeper says stop */
        items[1].events = wsync_actions_events(pages->actions);
        int ready = poll(items, sizeof items / sizeof *items, wsync_http_wait_ms(server));
        if (ready < 0 && errno != EINTR) {
            return WSYNC_ERR_LINK;
        }
        if (ready > 0 && items[0].revents != 0) {
            return WSYNC_OK;
        }
        if (ready > 0 && items[1].revents != 0) {
            err = wsync_actions_step(pages->actions);
            wsync_http_wake(server);
        }
        err = err == WSYNC_OK ? wsync_http_run(server) : err;
    }
    return err;
}

/* Opens the server, with https:// where there is a certificate. */
static enum wsync_err open_server(const struct wsync_pages *pages,
                                  struct wsync_http_setup *setup,
                                  struct wsync_http_server **server, struct wsync_error *error)
{
    const struct wsync_pages_conf *conf = &pages->conf;
    struct wsync_http_tls *tls = calloc(1, sizeof *tls);
    enum wsync_err err = tls && wsync_crypto_init() ? WSYNC_OK : WSYNC_ERR_MEMORY;
    if (err == WSYNC_OK && conf->certificate[0] != '\0') {
        err = wsync_http_tls_read(conf->certificate, conf->key, tls, error);
        setup->certificate = tls->certificate;
        setup->key = tls->key;
    }
    if (err == WSYNC_OK) {
        err = wsync_http_open(setup, server, error);
    }
    if (tls) {
        wsync_wipe(tls, sizeof *tls);
    }
    free(tls);
    return err;
}

int wsync_pages_loop(const struct wsync_pages *pages, const struct wsync_pages_show *show)
{
    struct wsync_error error = {{0}};
    struct wsync_http_server *server;
    const char *hosts[WSYNC_PAGES_HOSTS_MAX + 1] = {NULL};
    for (size_t i = 0; i < pages->conf.host_count; i++) {
        hosts[i] = pages->conf.hosts[i];
    }
    struct wsync_http_setup setup = {.listener = pages->listener,
                                           .hosts = hosts,
                                     .routes = show->routes,
                                           .assets = wsync_page_assets(),
                                           .refuse = wsync_page_refuse,
                                           .gate = show->gate,
                                           .revision = show->revision,
                                           .context = show->context};
    enum wsync_err err = open_server(pages, &setup, &server, &error);
    if (err != WSYNC_OK) {
        WSYNC_JOURNAL(ERROR, "pages-failed", wsync_journal_text("why", error.text));
        return EXIT_FAILURE;
    }
    err = answer_until_stopped(pages, server);
    wsync_http_close(server);
    return err == WSYNC_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
