/* SPDX-License-Identifier: Apache-2.0 */
#include "host/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "host/admin_log.h"
#include "host/backup_folder.h"
#include "host/block.h"
#include "host/clock.h"
#include "host/doubt.h"
#include "host/file.h"
#include "host/lock.h"
#include "host/row.h"
#include "host/store_backup.h"
#include "wardsync/crypto.h"

enum { PATH_BYTES = WSYNC_SITE_PATH_BYTES, NAMES_MAX = 100 };

static const char ROW[] = "backup"; /* META: 8 bytes, when the last one was made */

#define LOCKED __attribute__((cleanup(wsync_lock_release)))

/* ---- making one ---- */

/* What is known before anything is written. */
struct making {
    const struct wsync_backup_order *order;
    struct wsync_backup_manifest *manifest;
    struct wsync_signing_secret secret;
    char copy[PATH_BYTES]; /* the folder of the store's copy */
    char name[WSYNC_BACKUP_NAME_BYTES];
    char file[PATH_BYTES], draft[PATH_BYTES];
};

static void wipe_making(struct making *making)
{
    wsync_wipe(&making->secret, sizeof making->secret);
}

/* Opened once whole, so that what has to be settled is; then for the keys alone, as nobody in
 * this process may have the store open when it is copied. */
static enum wsync_err read_site(struct making *making, struct wsync_error *error)
{
    struct wsync_site *site = wsync_block_new(sizeof *site);
    struct wsync_backup_manifest *manifest = making->manifest;
    if (!site) {
        return wsync_error_set(error, WSYNC_ERR_MEMORY, "There is not enough memory.");
    }
    enum wsync_err err =
        wsync_site_open(making->order->data_dir, making->order->kind, site, error);
    if (err == WSYNC_OK && !site->conf.has_backup_key) {
        err = wsync_error_set(error, WSYNC_ERR_INVALID,
                              "No admin's key is configured; make one with \"backup key create "
                              "FILE\" and keep the file elsewhere.");
    }
    if (err == WSYNC_OK && !wsync_backup_key_of(&site->conf.backup_key, &manifest->admin)) {
        err = wsync_error_set(error, WSYNC_ERR_INVALID,
                              "The key of [backup] in the configuration is no admin's key.");
    }
    if (err == WSYNC_OK) {
        manifest->kind = site->conf.kind;
        manifest->instance = site->conf.instance;
        manifest->device = site->identity.device;
        manifest->key = site->identity.signing_key;
        making->secret = site->identity.secret;
    }
    wsync_site_close(site);
    wsync_wipe(site, sizeof *site);
    wsync_block_free(site, sizeof *site);
    return err;
}

/* A name that is free: the second, and a number for those who are faster. */
static enum wsync_err choose_name(struct making *making, struct wsync_error *error)
{
    char when[32];
    char device[2 * WSYNC_DEVICE_ID_BYTES + 1];
    time_t created = (time_t)making->manifest->created;
    struct tm parts;
    size_t len =
        gmtime_r(&created, &parts) ? strftime(when, sizeof when, "%Y%m%dT%H%M%SZ", &parts) : 0;
    wsync_hex_encode(WSYNC_BYTES(making->manifest->device), device);
    for (int number = 1; number < NAMES_MAX && len > 0; number++) {
        snprintf(making->name, sizeof making->name, "%s-%.8s-%s-%d.backup",
                 making->manifest->kind == WSYNC_SITE_WARD ? "ward" : "district", device, when,
                 number);
        wsync_site_file(making->order->folder, making->name, making->file);
        int used = snprintf(making->draft, sizeof making->draft, "%s.part", making->file);
        if (making->file[0] == '\0' || used >= PATH_BYTES) {
            break;
        }
        if (access(making->file, F_OK) != 0 && access(making->draft, F_OK) != 0) {
            return WSYNC_OK;
        }
    }
    return wsync_error_set(error, WSYNC_ERR_EXISTS, "No name is free for a backup in %s.",
                           making->order->folder);
}

static enum wsync_err pack(struct making *making, struct wsync_backup_writer *writer,
                           struct wsync_error *error)
{
    const struct wsync_backup_source source = {making->order->data_dir, making->copy,
                                               making->order->folder};
    struct wsync_backup_manifest *manifest = making->manifest;
    enum wsync_err err = wsync_backup_seal_begin(writer, &manifest->admin, error);
    if (err == WSYNC_OK) {
        err = wsync_backup_pack(&source, writer, manifest, error);
    }
    if (err == WSYNC_OK) {
        err = wsync_backup_seal_end(writer, &manifest->hash, error);
        manifest->body = writer->bytes;
    }
    if (err == WSYNC_OK) {
        err = wsync_backup_manifest_write(writer->fd, making->draft, manifest, &making->secret,
                                          error);
    }
    return err == WSYNC_OK && fsync(writer->fd) != 0
               ? wsync_file_error(errno, "write", making->draft, error)
               : err;
}

static enum wsync_err write_draft(struct making *making, struct wsync_error *error)
{
    struct wsync_backup_writer *writer = wsync_block_new(sizeof *writer);
    if (!writer) {
        return wsync_error_set(error, WSYNC_ERR_MEMORY, "There is not enough memory.");
    }
    WSYNC_CLOSED int fd = open(making->draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0) {
        wsync_backup_hold(fd);
    }
    writer->fd = fd;
    writer->path = making->draft;
    enum wsync_err err =
        fd < 0 ? wsync_file_error(errno, "create", making->draft, error) : WSYNC_OK;
    if (err == WSYNC_OK) {
        err = pack(making, writer, error);
    }
    wsync_wipe(writer, sizeof *writer);
    wsync_block_free(writer, sizeof *writer);
    return err;
}

/* Keys go with the store that names them: neither half of a rotation alone. */
static enum wsync_err write_together(struct making *making, struct wsync_error *error)
{
    char path[PATH_BYTES];
    struct wsync_hash before, after;
    enum wsync_err err = wsync_backup_keys_print(making->order->data_dir, &before, error);
    if (err == WSYNC_OK) {
        err = wsync_store_copy(wsync_site_file(making->order->data_dir, "store", path),
                               making->copy, error);
    }
    if (err == WSYNC_OK) {
        err = wsync_backup_look(making->copy, making->manifest, error);
    }
    if (err == WSYNC_OK) {
        err = write_draft(making, error);
    }
    if (err == WSYNC_OK) {
        err = wsync_backup_keys_print(making->order->data_dir, &after, error);
    }
    return err == WSYNC_OK && memcmp(before.b, after.b, sizeof before.b) != 0
               ? wsync_error_set(error, WSYNC_ERR_BUSY,
                                 "The keys were changed meanwhile; try again.")
               : err;
}

static enum wsync_err publish(struct making *making, struct wsync_error *error)
{
    if (rename(making->draft, making->file) != 0) {
        return wsync_file_error(errno, "name", making->file, error);
    }
    return wsync_file_sync_parent(making->file, error);
}

static enum wsync_err note(const struct making *making, struct wsync_error *error)
{
    uint8_t bytes[WSYNC_ROW_NUMBER_BYTES];
    struct wsync_site *site = wsync_block_new(sizeof *site);
    if (!site) {
        return wsync_error_set(error, WSYNC_ERR_MEMORY, "There is not enough memory.");
    }
    int64_t now = making->manifest->created;
    enum wsync_err err =
        wsync_site_open(making->order->data_dir, making->order->kind, site, error);
    if (err == WSYNC_OK) {
        err = wsync_site_begin(site, WSYNC_TXN_WRITE, error);
    }
    if (err == WSYNC_OK) {
        err = wsync_txn_put(site->txn, WSYNC_TABLE_META, wsync_slice_of(ROW),
                            wsync_row_key((uint64_t)now, bytes));
        if (err == WSYNC_OK && making->order->kind == WSYNC_SITE_DISTRICT) {
            err = wsync_admin_log_add(site->txn, WSYNC_ADMIN_BACKUP, now,
                                      "file=%s changes=%llu", making->name,
                                      (unsigned long long)making->manifest->changes);
        }
        if (err == WSYNC_OK) {
            err = wsync_site_commit(site, error);
        }
    }
    wsync_site_close(site);
    wsync_wipe(site, sizeof *site);
    wsync_block_free(site, sizeof *site);
    return err;
}

enum wsync_err wsync_backup_create(const struct wsync_backup_order *order,
                                   char name[WSYNC_BACKUP_NAME_BYTES],
                                   struct wsync_backup_manifest *manifest,
                                   struct wsync_error *error)
{
    __attribute__((cleanup(wipe_making))) struct making making = {.order = order,
                                                                  .manifest = manifest};
    char path[PATH_BYTES];
    LOCKED struct wsync_lock lock = {-1};
    *manifest = (struct wsync_backup_manifest){.created = wsync_clock_wall_s()};
    snprintf(manifest->program, sizeof manifest->program, "%s", WSYNC_VERSION);
    enum wsync_err err = read_site(&making, error);
    if (err == WSYNC_OK) {
        err = wsync_lock_try(order->data_dir, "backup.lock", &lock, error);
        if (err == WSYNC_ERR_EXISTS) {
            return wsync_error_set(error, WSYNC_ERR_BUSY, "Another run makes a backup of %s.",
                                   order->data_dir);
        }
    }
    if (err == WSYNC_OK) {
        wsync_backup_sweep(order->data_dir, "backup");
        err = wsync_file_make_dir(order->folder, 0700, error);
    }
    if (err == WSYNC_OK) {
        wsync_backup_left_in(order->folder, NULL, wsync_backup_discard);
        err = choose_name(&making, error);
    }
    if (err == WSYNC_OK) {
        err = wsync_file_draft_dir(wsync_site_file(order->data_dir, "backup", path),
                                   making.copy, sizeof making.copy, error);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    err = write_together(&making, error);
    wsync_backup_remove(making.copy);
    err = err == WSYNC_OK ? publish(&making, error) : err;
    if (err != WSYNC_OK) {
        (void)unlink(making.draft);
        return err;
    }
    memcpy(name, making.name, sizeof making.name);
    return note(&making, error);
}

enum wsync_err wsync_backup_last(struct wsync_txn *txn, int64_t *when)
{
    struct wsync_slice bytes;
    *when = 0;
    enum wsync_err err = wsync_txn_get(txn, WSYNC_TABLE_META, wsync_slice_of(ROW), &bytes);
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    struct wsync_row row = wsync_row_over(bytes);
    *when = (int64_t)wsync_row_number(&row);
    return wsync_row_is_whole(&row) ? WSYNC_OK : WSYNC_ERR_CORRUPT;
}
