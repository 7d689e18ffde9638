/* SPDX-License-Identifier: Apache-2.0 */
#include "host/doubt.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "host/admin_log.h"
#include "host/canary.h"
#include "host/clock.h"
#include "host/file.h"
#include "host/journal.h"
#include "host/tlog.h"
#include "wardsync/restore.h"

/* META "doubt": reason, time and number, as text; the number was missing once, then it is the
 * first. */
enum { ROW_BYTES = 64 };

struct last {
    enum wsync_doubt why;
    int64_t when;
    uint64_t number; /* 0: there was none */
};

static enum wsync_err get_last(struct wsync_txn *txn, struct last *last)
{
    struct wsync_slice row;
    char text[ROW_BYTES];
    int reason;
    long long time;
    unsigned long long number = 1;
    *last = (struct last){.why = WSYNC_DOUBT_NONE};
    enum wsync_err err = wsync_txn_get(txn, WSYNC_TABLE_META, wsync_slice_of("doubt"), &row);
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    snprintf(text, sizeof text, "%.*s", (int)row.len, (const char *)row.data);
    if (sscanf(text, "%d %lld %llu", &reason, &time, &number) < 2 || reason < 0 ||
        reason > WSYNC_DOUBT_TOLD || number == 0) {
        return WSYNC_ERR_CORRUPT;
    }
    *last = (struct last){(enum wsync_doubt)reason, time, number};
    return WSYNC_OK;
}

static enum wsync_err tell_admins(struct wsync_site *site, enum wsync_doubt why, int64_t now)
{
    static const char *const NAMES[] = {
        [WSYNC_DOUBT_NONE] = "none",       [WSYNC_DOUBT_OLD_COPY] = "old-copy",
        [WSYNC_DOUBT_MACHINE] = "machine", [WSYNC_DOUBT_DISTRICT] = "peer-holds-more",
        [WSYNC_DOUBT_MOVED] = "moved",     [WSYNC_DOUBT_TOLD] = "told",
    };
    uint64_t epoch;
    enum wsync_err err = wsync_epoch_get(site->txn, &epoch);
    return err == WSYNC_OK
               ? wsync_admin_log_add(site->txn, WSYNC_ADMIN_RESTORED, now, "why=%s epoch=%llu",
                                     NAMES[why], (unsigned long long)epoch)
               : err;
}

enum wsync_err wsync_doubt_note(struct wsync_txn *txn, enum wsync_doubt why, int64_t now)
{
    char row[ROW_BYTES];
    struct last last;
    enum wsync_err err = get_last(txn, &last);
    if (err != WSYNC_OK) {
        return err;
    }
    int len = snprintf(row, sizeof row, "%d %lld %llu", (int)why, (long long)now,
                       (unsigned long long)last.number + 1);
    return wsync_txn_put(txn, WSYNC_TABLE_META, wsync_slice_of("doubt"),
                         wsync_slice(row, (size_t)len));
}

static enum wsync_err note(struct wsync_site *site, enum wsync_doubt why)
{
    int64_t now = wsync_clock_wall_s();
    enum wsync_err err = wsync_doubt_note(site->txn, why, now);
    return err == WSYNC_OK && site->conf.kind == WSYNC_SITE_DISTRICT
               ? tell_admins(site, why, now)
               : err;
}

enum wsync_err wsync_doubt_retire(struct wsync_site *site, enum wsync_doubt why,
                                  struct wsync_error *error)
{
    enum wsync_err err = wsync_site_begin(site, WSYNC_TXN_WRITE, error);
    if (err != WSYNC_OK) {
        return err;
    }
    err = wsync_retire_all(&site->ledger, site->txn);
    if (err == WSYNC_OK) {
        err = wsync_tlog_renew(site);
    }
    if (err == WSYNC_OK) {
        err = note(site, why);
    }
    if (err != WSYNC_OK) {
        wsync_site_abort(site);
        return wsync_error_set(error, err, "The old log cannot be retired: %s",
                               wsync_err_text(err, WSYNC_EN));
    }
    err = wsync_site_commit(site, error);
    if (err == WSYNC_OK) {
        WSYNC_JOURNAL(WARNING, "log-retired",
                      wsync_journal_text("why", wsync_doubt_text(why, WSYNC_EN)));
    }
    return err;
}

/* The file goes once the doubt is noted; a cut between the two costs one more epoch. */
static enum wsync_err drop_file(const char *path, struct wsync_error *error)
{
    return unlink(path) == 0 || errno == ENOENT
               ? wsync_file_sync_parent(path, error)
               : wsync_file_error(errno, "remove", path, error);
}

enum wsync_err wsync_doubt_settle(struct wsync_site *site, struct wsync_error *error)
{
    static const enum wsync_doubt WHY[] = {
        [WSYNC_CANARY_FINE] = WSYNC_DOUBT_NONE,
        [WSYNC_CANARY_AHEAD] = WSYNC_DOUBT_OLD_COPY,
        [WSYNC_CANARY_MACHINE] = WSYNC_DOUBT_MACHINE,
    };
    struct wsync_error ignored;
    char file[WSYNC_SITE_PATH_BYTES];
    enum wsync_err err = wsync_site_begin(site, WSYNC_TXN_READ, error);
    if (err != WSYNC_OK) {
        return err;
    }
    enum wsync_canary_doubt doubt = wsync_canary_check(site);
    wsync_site_abort(site);
    bool restored = access(wsync_site_file(site->path, WSYNC_DOUBT_RESTORED, file), F_OK) == 0;
    if (doubt == WSYNC_CANARY_FINE && !restored) {
        return WSYNC_OK;
    }
    if (restored) { /* a restore that was killed has not synced its last step */
        err = wsync_file_sync_parent(site->path, error);
    }
    if (err == WSYNC_OK) {
        err = wsync_doubt_retire(site, restored ? WSYNC_DOUBT_TOLD : WHY[doubt], error);
    }
    if (err == WSYNC_OK && restored) {
        err = drop_file(file, error);
    }
    if (err == WSYNC_OK && wsync_canary_put(site, &ignored) != WSYNC_OK) {
        WSYNC_JOURNAL(WARNING, "canary", wsync_journal_text("why", ignored.text));
    }
    return err;
}

enum wsync_err wsync_doubt_last(struct wsync_txn *txn, enum wsync_doubt *why, int64_t *when)
{
    struct last last;
    enum wsync_err err = get_last(txn, &last);
    *why = last.why;
    *when = last.when;
    return err;
}

enum wsync_err wsync_doubt_count(struct wsync_txn *txn, uint64_t *count)
{
    struct last last;
    enum wsync_err err = get_last(txn, &last);
    *count = last.number;
    return err;
}

const char *wsync_doubt_text(enum wsync_doubt why, enum wsync_language language)
{
    static const char *const TEXTS[][2] = {
        [WSYNC_DOUBT_NONE] = {"", ""},
        [WSYNC_DOUBT_OLD_COPY] =
            {"Dữ liệu trên máy là một bản sao cũ; máy đã mở nhật ký mới, không mất gì.",
             "The data here is an old copy; this machine went on in a new log, nothing is "
             "lost."},
        [WSYNC_DOUBT_MACHINE] =
            {"Dữ liệu được chép từ máy khác; máy này đã mở nhật ký mới, không mất gì.",
             "The data was copied from another machine; this one went on in a new log, nothing "
             "is lost."},
        [WSYNC_DOUBT_DISTRICT] =
            {"Bên kia giữ nhiều hơn máy này; máy đã mở nhật ký mới, không mất gì.",
             "The other side held more than this machine; it went on in a new log, nothing is "
             "lost."},
        [WSYNC_DOUBT_MOVED] = {"Phường đã chuyển sang máy này.",
                               "The ward was moved to this machine."},
        [WSYNC_DOUBT_TOLD] = {"Quản trị viên cho biết dữ liệu được khôi phục từ bản sao.",
                              "An admin said that the data was restored from a copy."},
    };
    return TEXTS[why][language];
}
