/* SPDX-License-Identifier: Apache-2.0 */
/* A backup put back, or looked at: nothing is in its place before all of it was found good. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/backup.h"
#include "host/backup_folder.h"
#include "host/clock.h"
#include "host/doubt.h"
#include "host/file.h"
#include "host/lock.h"

enum { PATH_BYTES = WSYNC_SITE_PATH_BYTES, ASIDE_MAX = WSYNC_BACKUP_ASIDE_MAX };

#define LOCKED __attribute__((cleanup(wsync_lock_release)))

/* A draft folder beside `data_dir`, whatever stands there, held while `held` is open. */
static enum wsync_err draft_beside(const char *data_dir, const char *word,
                                   char draft[PATH_BYTES], struct wsync_lock *held,
                                   struct wsync_error *error)
{
    char path[PATH_BYTES];
    if (!wsync_backup_beside(data_dir, word, path)) {
        return wsync_error_set(error, WSYNC_ERR_INVALID, "The path %s is too long.", data_dir);
    }
    enum wsync_err err = wsync_file_draft_dir(path, draft, PATH_BYTES, error);
    if (err != WSYNC_OK) {
        return err;
    }
    held->fd = open(draft, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (held->fd < 0) {
        return wsync_file_error(errno, "open", draft, error);
    }
    wsync_backup_hold(held->fd);
    return WSYNC_OK;
}

enum wsync_err wsync_backup_verify(const char *file, const char *data_dir,
                                   const struct wsync_signing_pair *admin,
                                   struct wsync_backup_manifest *manifest,
                                   struct wsync_error *error)
{
    char draft[PATH_BYTES];
    LOCKED struct wsync_lock held = {-1};
    if (!admin) {
        return wsync_backup_unpack(file, NULL, "", manifest, error);
    }
    enum wsync_err err = draft_beside(data_dir, "verified", draft, &held, error);
    if (err == WSYNC_OK) {
        err = wsync_backup_unpack(file, admin, draft, manifest, error);
        wsync_backup_remove(draft);
    }
    return err;
}

/* Moves what stands at `path` to a free name beside it. */
static enum wsync_err move_aside(const char *path, char aside[PATH_BYTES],
                                 struct wsync_error *error)
{
    struct stat about;
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/') {
        len--;
    }
    for (int number = 1; number < ASIDE_MAX; number++) {
        int used = snprintf(aside, PATH_BYTES, "%.*s.before-%d", (int)len, path, number);
        if (used < 0 || used >= PATH_BYTES) {
            break;
        }
        if (lstat(aside, &about) == 0) {
            continue;
        }
        if (rename(path, aside) != 0) {
            return wsync_file_error(errno, "move aside", path, error);
        }
        return wsync_file_sync_parent(aside, error);
    }
    return wsync_error_set(error, WSYNC_ERR_EXISTS, "There is no free name beside %s.", path);
}

/* Nothing, or a folder with nothing in it, which a rename replaces. */
static bool is_free(const char *path)
{
    struct stat about;
    bool empty = true;
    if (lstat(path, &about) != 0) {
        return true;
    }
    DIR *folder = S_ISDIR(about.st_mode) ? opendir(path) : NULL;
    if (!folder) {
        return false;
    }
    for (const struct dirent *entry; empty && (entry = readdir(folder)) != NULL;) {
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    }
    closedir(folder);
    return empty;
}

static enum wsync_err taken(const struct wsync_backup_return *order, struct wsync_error *error)
{
    return wsync_error_set(error, WSYNC_ERR_EXISTS,
                           "Something stands at %s; --force moves it aside.", order->data_dir);
}

/* What stands there goes aside, if that is asked for and nobody serves it. */
static enum wsync_err clear_place(const struct wsync_backup_return *order,
                                  char aside[PATH_BYTES], struct wsync_error *error)
{
    struct stat about;
    LOCKED struct wsync_lock lock = {-1};
    if (is_free(order->data_dir)) {
        return WSYNC_OK;
    }
    if (!order->force) {
        return taken(order, error);
    }
    if (lstat(order->data_dir, &about) == 0 && S_ISDIR(about.st_mode)) {
        enum wsync_err err = wsync_lock_serve(order->data_dir, &lock, error);
        if (err != WSYNC_OK) {
            return err == WSYNC_ERR_EXISTS ? WSYNC_ERR_BUSY : err;
        }
    }
    return move_aside(order->data_dir, aside, error);
}

static enum wsync_err fill(const struct wsync_backup_return *order, const char *draft,
                           struct wsync_backup_manifest *manifest, struct wsync_error *error)
{
    char path[PATH_BYTES];
    enum wsync_err err = wsync_backup_unpack(order->file, order->admin, draft, manifest, error);
    if (err == WSYNC_OK && manifest->kind != order->kind) {
        err = wsync_error_set(error, WSYNC_ERR_INVALID,
                              "%s is of a %s; restore it with \"%s\".", order->file,
                              manifest->kind == WSYNC_SITE_WARD ? "ward" : "district",
                              manifest->kind == WSYNC_SITE_WARD ? "ward" : "district");
    }
    return err == WSYNC_OK
               ? wsync_file_write_durably(wsync_site_file(draft, WSYNC_DOUBT_RESTORED, path),
                                          0600, wsync_slice_of("From a backup.\n"), error)
               : err;
}

enum wsync_err wsync_backup_restore(const struct wsync_backup_return *order,
                                    char aside[WSYNC_SITE_PATH_BYTES],
                                    struct wsync_backup_manifest *manifest,
                                    struct wsync_error *error)
{
    char draft[PATH_BYTES];
    LOCKED struct wsync_lock held = {-1};
    aside[0] = '\0';
    if (!order->force && !is_free(order->data_dir)) {
        return taken(order, error);
    }
    enum wsync_err err = draft_beside(order->data_dir, "restored", draft, &held, error);
    if (err != WSYNC_OK) {
        return err;
    }
    err = fill(order, draft, manifest, error);
    if (err == WSYNC_OK) {
        err = clear_place(order, aside, error);
    }
    if (err == WSYNC_OK) {
        err = wsync_file_publish_dir(draft, order->data_dir, error);
    }
    if (err != WSYNC_OK) {
        wsync_backup_remove(draft);
    }
    return err;
}
