/* SPDX-License-Identifier: Apache-2.0 */
#define _XOPEN_SOURCE 700 /* nftw */
#include "host/verify_scratch.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "host/file.h"
#include "host/store_backup.h"
#include "host/store_lmdb.h"

enum { PATH_BYTES = WSYNC_SITE_PATH_BYTES, NAME_BYTES = 64, FOLDERS_OPEN = 8 };
enum { MIB = 1 << 20, SPARE_BYTES = 1 << 20 };

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

static void sweep(const char *where, const char *name)
{
    char path[PATH_BYTES];
    char prefix[NAME_BYTES + sizeof ".new-"];
    DIR *folder = opendir(where);
    if (!folder) {
        return;
    }
    int len = snprintf(prefix, sizeof prefix, "%s.new-", name);
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (strncmp(entry->d_name, prefix, (size_t)len) == 0) {
            remove_tree(wsync_site_file(where, entry->d_name, path));
        }
    }
    closedir(folder);
}

/* What the scratch folder is called: elsewhere, after the data directory it belongs to. */
static enum wsync_err name_it(const char *path, const char *where, char name[NAME_BYTES],
                              struct wsync_error *error)
{
    struct stat about;
    if (!where) {
        snprintf(name, NAME_BYTES, "verify");
        return WSYNC_OK;
    }
    if (stat(path, &about) != 0) {
        return wsync_file_error(errno, "open", path, error);
    }
    snprintf(name, NAME_BYTES, "wardsync-verify-%llx-%llx", (unsigned long long)about.st_dev,
             (unsigned long long)about.st_ino);
    return WSYNC_OK;
}

/* Half a verification helps nobody, and a full disk harms whoever writes beside it. */
static enum wsync_err check_room(const char *path, const char *where,
                                 struct wsync_error *error)
{
    char file[PATH_BYTES];
    struct stat store;
    struct statvfs disk;
    if (stat(wsync_site_file(path, "store/data.mdb", file), &store) != 0) {
        return wsync_file_error(errno, "open", file, error);
    }
    if (statvfs(where, &disk) != 0) {
        return wsync_file_error(errno, "open", where, error);
    }
    unsigned long long needed = 2 * (unsigned long long)store.st_size + SPARE_BYTES;
    unsigned long long there = (unsigned long long)disk.f_bavail * disk.f_frsize;
    return there >= needed
               ? WSYNC_OK
               : wsync_error_set(error, WSYNC_ERR_STORE_FULL,
                                 "It needs %llu MiB of free room, twice the store, and %s has "
                                 "%llu MiB; make room there, or name a folder on another disk "
                                 "with --scratch.",
                                 (needed + MIB - 1) / MIB, where, there / MIB);
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

/* Sweeps, and makes the folder when there is room. */
static enum wsync_err make_folder(const char *path, const char *where,
                                  struct wsync_verify_scratch *scratch,
                                  struct wsync_error *error)
{
    char name[NAME_BYTES];
    char draft[PATH_BYTES];
    enum wsync_err err = name_it(path, where, name, error);
    where = where ? where : path;
    if (err == WSYNC_OK) {
        sweep(where, name);
        err = check_room(path, where, error);
    }
    if (err == WSYNC_OK) {
        err = wsync_file_draft_dir(wsync_site_file(where, name, draft), scratch->folder,
                                   sizeof scratch->folder, error);
    }
    if (err != WSYNC_OK) {
        scratch->folder[0] = '\0';
    }
    return err;
}

enum wsync_err wsync_verify_scratch_open(const char *path, const char *where,
                                         struct wsync_verify_scratch *scratch,
                                         struct wsync_error *error)
{
    *scratch = (struct wsync_verify_scratch){.lock = {-1}};
    enum wsync_err err = wsync_lock_try(path, "verify.lock", &scratch->lock, error);
    if (err != WSYNC_OK) {
        return err != WSYNC_ERR_EXISTS
                   ? err
                   : wsync_error_set(error, WSYNC_ERR_BUSY,
                                     "Another process is verifying %s already.", path);
    }
    err = make_folder(path, where, scratch, error);
    if (err == WSYNC_OK) {
        err = fill(path, scratch, error);
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
