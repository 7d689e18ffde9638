/* SPDX-License-Identifier: Apache-2.0 */
#define _XOPEN_SOURCE 700 /* nftw */
#include "host/verify_scratch.h"

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/file.h"
#include "host/store_backup.h"
#include "host/store_lmdb.h"

enum { PATH_BYTES = WSYNC_SITE_PATH_BYTES, FOLDERS_OPEN = 8 };

static const char PREFIX[] = "verify.new-";

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *where)
{
    (void)about;
    (void)kind;
    (void)where;
    return remove(path) == 0 ? 0 : -1;
}

/* As far as it goes: what stays is swept next time. */
static void remove_tree(const char *folder)
{
    (void)nftw(folder, remove_one, FOLDERS_OPEN, FTW_DEPTH | FTW_PHYS);
}

static void sweep(const char *path)
{
    char name[PATH_BYTES];
    DIR *folder = opendir(path);
    if (!folder) {
        return;
    }
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (strncmp(entry->d_name, PREFIX, sizeof PREFIX - 1) == 0) {
            remove_tree(wsync_site_file(path, entry->d_name, name));
        }
    }
    closedir(folder);
}

static enum wsync_err fill(const char *path, struct wsync_verify_scratch *scratch,
                           struct wsync_error *error)
{
    char from[PATH_BYTES];
    char live[PATH_BYTES];
    char again[PATH_BYTES];
    wsync_site_file(path, "store", from);
    wsync_site_file(scratch->folder, "live", live);
    wsync_site_file(scratch->folder, "again", again);
    enum wsync_err err = wsync_file_make_dir(live, 0700, error);
    if (err == WSYNC_OK) {
        err = wsync_store_copy(from, live, error);
    }
    if (err == WSYNC_OK) {
        err = wsync_store_lmdb_create(again, error);
    }
    if (err == WSYNC_OK) {
        err = wsync_store_lmdb_open_scratch(live, &scratch->live, error);
    }
    return err == WSYNC_OK ? wsync_store_lmdb_open_scratch(again, &scratch->again, error) : err;
}

enum wsync_err wsync_verify_scratch_open(const char *path, struct wsync_verify_scratch *scratch,
                                         struct wsync_error *error)
{
    char name[PATH_BYTES];
    *scratch = (struct wsync_verify_scratch){.lock = {-1}};
    enum wsync_err err = wsync_lock_try(path, "verify.lock", &scratch->lock, error);
    if (err != WSYNC_OK) {
        return err != WSYNC_ERR_EXISTS
                   ? err
                   : wsync_error_set(error, WSYNC_ERR_BUSY,
                                     "Another process is verifying %s already.", path);
    }
    sweep(path);
    err = wsync_file_draft_dir(wsync_site_file(path, "verify", name), scratch->folder,
                               sizeof scratch->folder, error);
    if (err == WSYNC_OK) {
        err = fill(path, scratch, error);
    } else {
        scratch->folder[0] = '\0';
    }
    if (err != WSYNC_OK) {
        wsync_verify_scratch_close(scratch);
    }
    return err;
}

void wsync_verify_scratch_close(struct wsync_verify_scratch *scratch)
{
    if (scratch->again) {
        wsync_store_close(scratch->again);
    }
    if (scratch->live) {
        wsync_store_close(scratch->live);
    }
    if (scratch->folder[0] != '\0') {
        remove_tree(scratch->folder);
    }
    wsync_lock_release(&scratch->lock);
}
