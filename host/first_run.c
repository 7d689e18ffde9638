/* SPDX-License-Identifier: Apache-2.0 */
#include "host/first_run.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "host/backup_folder.h"
#include "host/journal.h"
#include "host/notify.h"
#include "host/site_conf.h"
#include "host/store_lmdb.h"

enum { LOOK_MS = 300 };

/* ---- is it one ---- */

/* What a command that was cut off may have left; of small files also their drafts. */
static bool is_left_over(const char *name)
{
    static const char *const WHOLE[] = {".", "..", "keys", "store", "blobs"};
    static const char *const BEGIN[] = {"invite", "site.conf."};
    for (size_t i = 0; i < sizeof WHOLE / sizeof *WHOLE; i++) {
        if (strcmp(name, WHOLE[i]) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < sizeof BEGIN / sizeof *BEGIN; i++) {
        if (strncmp(name, BEGIN[i], strlen(BEGIN[i])) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_free(const char *data_dir)
{
    char aside[WSYNC_SITE_PATH_BYTES];
    if (wsync_backup_find_aside(data_dir, aside)) {
        return false; /* a restore was cut short: its data is there, under another name */
    }
    DIR *dir = opendir(data_dir);
    if (!dir) {
        return errno == ENOENT;
    }
    bool is = true;
    for (struct dirent *entry = readdir(dir); is && entry; entry = readdir(dir)) {
        is = is_left_over(entry->d_name);
    }
    closedir(dir);
    return is;
}

/* A ward that was admitted knows its own key, or wrote something, or has come by a grant, which
 * brings the roster and no invite. */
static bool is_admitted(struct wsync_txn *txn, const char *data_dir,
                        const struct wsync_site_conf *conf, const struct wsync_roster *roster)
{
    char file[WSYNC_SITE_PATH_BYTES];
    struct wsync_slice row;
    struct wsync_log log;
    return wsync_txn_get(txn, WSYNC_TABLE_META, wsync_slice_of("self"), &row) == WSYNC_OK ||
           wsync_ledger_own_log(txn, conf->scope, &log) == WSYNC_OK ||
           (roster->version > 0 &&
            access(wsync_site_file(data_dir, "invite", file), F_OK) != 0);
}

enum begun { NOT_BEGUN, BEGUN, UNREADABLE };

/* Was it admitted or founded?  Not by wsync_site_open_reader, for which a store that nobody has
 * filled is an old one. */
static enum begun look(const char *data_dir, const struct wsync_site_conf *conf)
{
    char file[WSYNC_SITE_PATH_BYTES];
    struct wsync_store *store;
    struct wsync_txn *txn;
    struct wsync_roster roster;
    enum begun begun = UNREADABLE;
    if (wsync_store_lmdb_open(wsync_site_file(data_dir, "store", file), WSYNC_TXN_READ, &store,
                              NULL) != WSYNC_OK) {
        return UNREADABLE;
    }
    if (wsync_store_begin(store, WSYNC_TXN_READ, &txn) == WSYNC_OK) {
        if (wsync_roster_get(txn, &roster) == WSYNC_OK) {
            bool is = conf->kind == WSYNC_SITE_WARD ? is_admitted(txn, data_dir, conf, &roster)
                                                    : roster.version > 0;
            begun = is ? BEGUN : NOT_BEGUN;
        }
        wsync_txn_abort(txn);
    }
    wsync_store_close(store);
    return begun;
}

bool wsync_first_run_needed(const char *data_dir, enum wsync_site_kind kind)
{
    char file[WSYNC_SITE_PATH_BYTES];
    struct wsync_site_conf conf;
    enum wsync_err err =
        wsync_site_conf_read(wsync_site_file(data_dir, "site.conf", file), &conf, NULL);
    if (err == WSYNC_ERR_NOT_FOUND) {
        return is_free(data_dir);
    }
    return err == WSYNC_OK && conf.kind == kind && look(data_dir, &conf) == NOT_BEGUN;
}

bool wsync_first_run_is_over(const char *data_dir, enum wsync_site_kind kind)
{
    char file[WSYNC_SITE_PATH_BYTES];
    struct wsync_site_conf conf;
    return wsync_site_conf_read(wsync_site_file(data_dir, "site.conf", file), &conf, NULL) ==
               WSYNC_OK &&
           conf.kind == kind && look(data_dir, &conf) == BEGUN;
}

/* ---- waiting ---- */

enum wsync_err wsync_first_run_wait(const char *data_dir, enum wsync_site_kind kind,
                                    struct wsync_pages_process *process,
                                    struct wsync_signals *signals)
{
    WSYNC_JOURNAL(INFO, "waiting-for-setup", wsync_journal_text("address", process->address));
    wsync_notify_status("waiting to be set up by its first page");
    wsync_notify_ready();
    while (signals->stops == 0 && !wsync_first_run_is_over(data_dir, kind)) {
        struct pollfd item = {.fd = signals->fd, .events = POLLIN};
        wsync_notify_alive();
        (void)poll(&item, 1, LOOK_MS); /* a signal that ends it has written to the pipe */
        wsync_signals_take(signals);
        signals->reload = false; /* there is nothing to read again */
        wsync_pages_check(process);
        if (process->keeper == 0) {
            return WSYNC_ERR_LINK;
        }
    }
    if (signals->stops > 0) {
        wsync_notify_stopping();
        WSYNC_JOURNAL(INFO, "stopped", wsync_journal_text("why", "not set up"));
    } else {
        WSYNC_JOURNAL(INFO, "set-up", wsync_journal_text("address", process->address));
    }
    return WSYNC_OK;
}
