/* SPDX-License-Identifier: Apache-2.0 */
/* What of a data directory goes into a backup. */
#define _XOPEN_SOURCE 700 /* nftw */
#include "host/backup_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/doubt.h"
#include "host/file.h"

enum { PATH_BYTES = WSYNC_SITE_PATH_BYTES, DEPTH_MAX = 8, FOLDERS_OPEN = 8 };
enum { READ_BYTES = 16384, DRAFT_BYTES = sizeof ".new-XXXXXX" - 1 };

struct packing {
    const struct wsync_backup_source *source;
    struct wsync_backup_writer *writer;
    struct wsync_backup_manifest *manifest;
    struct stat backups; /* the folder of the backups, when there is one */
    struct wsync_error *error;
};

static bool ends_with(const char *name, const char *end)
{
    size_t len = strlen(name), end_len = strlen(end);
    return len > end_len && strcmp(name + len - end_len, end) == 0;
}

static bool is_left_out(const char *name, bool top)
{
    size_t len = strlen(name);
    bool draft = len > DRAFT_BYTES && memcmp(name + len - DRAFT_BYTES, ".new-", 5) == 0;
    bool own = strcmp(name, "store") == 0 || strcmp(name, WSYNC_DOUBT_RESTORED) == 0;
    return draft || ends_with(name, ".lock") || ends_with(name, ".part") || (top && own);
}

/* The bytes of an open file, which may grow meanwhile. */
static enum wsync_err pack_bytes(struct packing *packing, int fd, const char *path,
                                 uint64_t left)
{
    uint8_t bytes[READ_BYTES];
    struct wsync_backup_hasher hasher;
    enum wsync_err err = WSYNC_OK;
    wsync_backup_hash_begin(&hasher);
    while (left > 0 && err == WSYNC_OK) { /* ends: each turn reads some */
        ssize_t got = read(fd, bytes, left < sizeof bytes ? (size_t)left : sizeof bytes);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return wsync_file_error(errno, "read", path, packing->error);
        }
        if (got == 0) {
            return wsync_error_set(packing->error, WSYNC_ERR_BUSY,
                                   "%s got shorter while it was read; try again.", path);
        }
        left -= (uint64_t)got;
        wsync_backup_hash_more(&hasher, wsync_slice(bytes, (size_t)got));
        err = wsync_backup_seal_more(packing->writer, wsync_slice(bytes, (size_t)got),
                                     packing->error);
    }
    struct wsync_hash hash = wsync_backup_hash_end(&hasher);
    return err == WSYNC_OK
               ? wsync_backup_seal_more(packing->writer, WSYNC_BYTES(hash), packing->error)
               : err;
}

static enum wsync_err pack_file(struct packing *packing, const char *path, const char *name)
{
    uint8_t head[WSYNC_BACKUP_MEMBER_BYTES_MAX];
    struct wsync_backup_member member;
    struct stat about;
    if (!wsync_backup_path_is_good(wsync_slice_of(name))) {
        return wsync_error_set(packing->error, WSYNC_ERR_INVALID,
                               "%s has a name that no backup takes.", path);
    }
    memcpy(member.path, name, strlen(name) + 1);
    WSYNC_CLOSED int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 || fstat(fd, &about) != 0) {
        return errno == ENOENT ? WSYNC_OK
                               : wsync_file_error(errno, "read", path, packing->error);
    }
    member.bytes = (uint64_t)about.st_size;
    packing->manifest->files++;
    packing->manifest->bytes += member.bytes;
    if (packing->manifest->files > WSYNC_BACKUP_MEMBERS_MAX) {
        return wsync_error_set(packing->error, WSYNC_ERR_INVALID,
                               "%s holds more than %d files.", packing->source->folder,
                               WSYNC_BACKUP_MEMBERS_MAX);
    }
    enum wsync_err err = wsync_backup_seal_more(
        packing->writer, wsync_backup_member_head(&member, head), packing->error);
    return err == WSYNC_OK ? pack_bytes(packing, fd, path, member.bytes) : err;
}

static enum wsync_err pack_folder(struct packing *packing, const char *below, int depth);

static enum wsync_err pack_entry(struct packing *packing, const char *name, int depth)
{
    char path[PATH_BYTES];
    struct stat about;
    if (lstat(wsync_site_file(packing->source->folder, name, path), &about) != 0) {
        return errno == ENOENT ? WSYNC_OK
                               : wsync_file_error(errno, "read", path, packing->error);
    }
    if (S_ISREG(about.st_mode)) {
        return pack_file(packing, path, name);
    }
    if (!S_ISDIR(about.st_mode) || depth >= DEPTH_MAX) {
        return wsync_error_set(packing->error, WSYNC_ERR_INVALID,
                               "%s is neither a file nor a folder of at most %d levels; move "
                               "it elsewhere.",
                               path, DEPTH_MAX);
    }
    bool backups =
        about.st_dev == packing->backups.st_dev && about.st_ino == packing->backups.st_ino;
    return backups ? WSYNC_OK : pack_folder(packing, name, depth + 1);
}

/* `below` is "" or a path within the folder. */
static enum wsync_err pack_folder(struct packing *packing, const char *below, int depth)
{
    char path[PATH_BYTES];
    char name[PATH_BYTES];
    enum wsync_err err = WSYNC_OK;
    DIR *folder = opendir(wsync_site_file(packing->source->folder, below, path));
    if (!folder) {
        return errno == ENOENT ? WSYNC_OK
                               : wsync_file_error(errno, "read", path, packing->error);
    }
    for (const struct dirent *entry; err == WSYNC_OK && (entry = readdir(folder)) != NULL;) {
        bool dots = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
        if (dots || is_left_out(entry->d_name, depth == 0)) {
            continue;
        }
        int len =
            snprintf(name, sizeof name, "%s%s%s", below, depth > 0 ? "/" : "", entry->d_name);
        err = len > 0 && len < PATH_BYTES
                  ? pack_entry(packing, name, depth)
                  : wsync_error_set(packing->error, WSYNC_ERR_INVALID, "A path is too long.");
    }
    closedir(folder);
    return err;
}

enum wsync_err wsync_backup_pack(const struct wsync_backup_source *source,
                                 struct wsync_backup_writer *writer,
                                 struct wsync_backup_manifest *manifest,
                                 struct wsync_error *error)
{
    char path[PATH_BYTES];
    uint8_t end[WSYNC_BACKUP_MEMBER_BYTES_MAX];
    struct packing packing = {
        .source = source, .writer = writer, .manifest = manifest, .error = error};
    manifest->files = manifest->bytes = 0;
    if (stat(source->backups, &packing.backups) != 0) {
        return wsync_file_error(errno, "read", source->backups, error);
    }
    enum wsync_err err =
        pack_file(&packing, wsync_site_file(source->store, "data.mdb", path), "store/data.mdb");
    if (err == WSYNC_OK && manifest->files == 1) {
        err = pack_folder(&packing, "", 0);
    }
    return err == WSYNC_OK
               ? wsync_backup_seal_more(
                     writer, wsync_backup_members_end(manifest->files, manifest->bytes, end),
                     error)
               : err;
}

/* The sum of the hashes, so that no order matters. */
enum wsync_err wsync_backup_keys_print(const char *folder, struct wsync_hash *print,
                                       struct wsync_error *error)
{
    char keys[PATH_BYTES];
    char path[PATH_BYTES];
    uint8_t bytes[READ_BYTES];
    size_t len;
    enum wsync_err err = WSYNC_OK;
    *print = (struct wsync_hash){{0}};
    DIR *names = opendir(wsync_site_file(folder, "keys", keys));
    if (!names) {
        return wsync_file_error(errno, "read", keys, error);
    }
    for (const struct dirent *entry; err == WSYNC_OK && (entry = readdir(names)) != NULL;) {
        struct wsync_backup_hasher hasher;
        if (entry->d_name[0] == '.' || is_left_out(entry->d_name, false)) {
            continue;
        }
        err = wsync_file_read(wsync_site_file(keys, entry->d_name, path), bytes, sizeof bytes,
                              &len, error);
        if (err == WSYNC_OK) {
            wsync_backup_hash_begin(&hasher);
            wsync_backup_hash_more(&hasher,
                                   wsync_slice(entry->d_name, strlen(entry->d_name) + 1));
            wsync_backup_hash_more(&hasher, wsync_slice(bytes, len));
            struct wsync_hash one = wsync_backup_hash_end(&hasher);
            for (size_t i = 0; i < sizeof one.b; i++) {
                print->b[i] ^= one.b[i];
            }
        }
    }
    closedir(names);
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_BUSY : err;
}

/* ---- removing ---- */

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *where)
{
    (void)about;
    (void)kind;
    (void)where;
    return remove(path) == 0 ? 0 : -1;
}

void wsync_backup_remove(const char *folder)
{
    (void)nftw(folder, remove_one, FOLDERS_OPEN, FTW_DEPTH | FTW_PHYS);
}

void wsync_backup_sweep(const char *where, const char *name)
{
    char path[PATH_BYTES];
    size_t len = strlen(name);
    DIR *folder = opendir(where);
    if (!folder) {
        return;
    }
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (strncmp(entry->d_name, name, len) == 0 &&
            strncmp(entry->d_name + len, ".new-", 5) == 0) {
            wsync_backup_remove(wsync_site_file(where, entry->d_name, path));
        }
    }
    closedir(folder);
}
