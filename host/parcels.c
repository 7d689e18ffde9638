/* SPDX-License-Identifier: Apache-2.0 */
#include "host/parcels.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/bundle_file.h"
#include "host/file.h"

enum { HEX = 32, NAME_BYTES = 2 * HEX + 1 + 8, KEPT_S = 30 * 86400, MODE = 0600 };
enum { LEFT_S = 3600 }; /* what nobody went on with for so long was left */
enum { SYNC_BYTES = 1 << 20 }; /* that wait to be put on the disk at most */

static const char *const ENDINGS[WSYNC_PARCELS_KINDS] = {".part", ".parcel", ".answer"};

static const char *folder_of(const char *dir, char path[WSYNC_SITE_PATH_BYTES])
{
    return wsync_site_file(dir, "parcels", path);
}

const char *wsync_parcels_path(const char *dir, const struct wsync_parcels_item *item,
                               char path[WSYNC_SITE_PATH_BYTES])
{
    char id[HEX + 1];
    char device[HEX + 1];
    char name[NAME_BYTES + 16];
    wsync_hex_encode(WSYNC_BYTES(item->id), id);
    wsync_hex_encode(WSYNC_BYTES(item->device), device);
    snprintf(name, sizeof name, "parcels/%s-%s%s", id, device, ENDINGS[item->kind]);
    return wsync_site_file(dir, name, path);
}

/* Whatever else lies in the folder is nothing of ours. */
static bool read_name(const char *name, struct wsync_parcels_item *item)
{
    if (strlen(name) < 2 * HEX + 1 || name[HEX] != '-' ||
        !wsync_hex_decode(wsync_slice(name, HEX), item->id.b, sizeof item->id.b) ||
        !wsync_hex_decode(wsync_slice(name + HEX + 1, HEX), item->device.b,
                          sizeof item->device.b)) {
        return false;
    }
    for (int kind = 0; kind < WSYNC_PARCELS_KINDS; kind++) {
        if (strcmp(name + 2 * HEX + 1, ENDINGS[kind]) == 0) {
            item->kind = (enum wsync_parcels_kind)kind;
            return true;
        }
    }
    return false;
}

enum wsync_err wsync_parcels_list(const char *dir, struct wsync_parcels *parcels,
                                  struct wsync_error *error)
{
    char path[WSYNC_SITE_PATH_BYTES];
    struct dirent *entry;
    parcels->count = 0;
    DIR *folder = opendir(folder_of(dir, path));
    if (!folder && errno == ENOENT) {
        enum wsync_err err = wsync_file_make_dir(path, 0700, error);
        if (err != WSYNC_OK) {
            return err;
        }
        folder = opendir(path);
    }
    if (!folder) {
        return wsync_file_error(errno, "read", path, error);
    }
    while (parcels->count < WSYNC_PARCELS_MAX && (entry = readdir(folder)) != NULL) {
        struct wsync_parcels_item *item = &parcels->items[parcels->count];
        struct stat there;
        if (read_name(entry->d_name, item) &&
            lstat(wsync_parcels_path(dir, item, path), &there) == 0 &&
            S_ISREG(there.st_mode)) {
            item->size = (uint64_t)there.st_size;
            item->time = (int64_t)there.st_mtime;
            parcels->count++;
        }
    }
    closedir(folder);
    return WSYNC_OK;
}

/* Forgets parts last written to before `parts_before`, and all that is older than a month. */
static enum wsync_err forget(const char *dir, int64_t now, int64_t parts_before,
                             struct wsync_error *error)
{
    struct wsync_parcels parcels;
    enum wsync_err err = wsync_parcels_list(dir, &parcels, error);
    for (size_t i = 0; i < parcels.count && err == WSYNC_OK; i++) {
        const struct wsync_parcels_item *item = &parcels.items[i];
        bool left = item->kind == WSYNC_PARCELS_PART && item->time < parts_before;
        if (left || item->time < now - KEPT_S) {
            wsync_parcels_remove(dir, item);
        }
    }
    return err;
}

enum wsync_err wsync_parcels_tidy(const char *dir, int64_t now, struct wsync_error *error)
{
    char path[WSYNC_SITE_PATH_BYTES];
    wsync_bundle_out_clear(folder_of(dir, path), NULL);
    return forget(dir, now, INT64_MAX, error);
}

enum wsync_err wsync_parcels_make_room(const char *dir, int64_t now, struct wsync_error *error)
{
    return forget(dir, now, now - LEFT_S, error);
}

const struct wsync_parcels_item *wsync_parcels_find(const struct wsync_parcels *parcels,
                                                    const struct wsync_bundle_id *id,
                                                    const struct wsync_device_id *device,
                                                    enum wsync_parcels_kind kind)
{
    for (size_t i = 0; i < parcels->count; i++) {
        const struct wsync_parcels_item *item = &parcels->items[i];
        if (item->kind == kind && memcmp(&item->id, id, sizeof *id) == 0 &&
            (!device || wsync_device_id_equal(&item->device, device))) {
            return item;
        }
    }
    return NULL;
}

void wsync_parcels_remove(const char *dir, const struct wsync_parcels_item *item)
{
    char path[WSYNC_SITE_PATH_BYTES];
    (void)unlink(wsync_parcels_path(dir, item, path));
}

/* Only what names itself as it is named. */
static bool is_named(int fd, const struct wsync_parcels_chunk *chunk)
{
    struct wsync_bundle_header header;
    uint8_t head[WSYNC_BUNDLE_HEADER_BYTES];
    enum wsync_bundle_kind kind =
        chunk->as == WSYNC_PARCELS_ANSWER ? WSYNC_BUNDLE_ANSWER : WSYNC_BUNDLE_UP;
    return pread(fd, head, sizeof head, 0) == (ssize_t)sizeof head &&
           wsync_bundle_header_decode(wsync_slice(head, sizeof head), &header) == WSYNC_OK &&
           header.kind == kind && memcmp(&header.id, &chunk->item.id, sizeof header.id) == 0;
}

static enum wsync_err finish(const char *dir, const struct wsync_parcels_chunk *chunk, int fd,
                             struct wsync_error *error)
{
    char from[WSYNC_SITE_PATH_BYTES];
    char to[WSYNC_SITE_PATH_BYTES];
    struct wsync_parcels_item whole = chunk->item;
    whole.kind = chunk->as;
    wsync_parcels_path(dir, &chunk->item, from);
    wsync_parcels_path(dir, &whole, to);
    if (!is_named(fd, chunk)) {
        (void)unlink(from);
        return wsync_error_set(error, WSYNC_ERR_BUNDLE, "%s is no such bundle.", from);
    }
    if (fsync(fd) != 0 || rename(from, to) != 0) {
        return wsync_file_error(errno, "keep", to, error);
    }
    return wsync_file_sync_parent(to, error);
}

enum wsync_err wsync_parcels_add(const char *dir, const struct wsync_parcels_chunk *chunk,
                                 struct wsync_error *error)
{
    char path[WSYNC_SITE_PATH_BYTES];
    wsync_parcels_path(dir, &chunk->item, path);
    WSYNC_ASSERT(chunk->item.kind == WSYNC_PARCELS_PART);
    int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, MODE);
    if (fd < 0) {
        return wsync_file_error(errno, "write", path, error);
    }
    off_t at = (off_t)chunk->offset;
    enum wsync_err err = ftruncate(fd, at) == 0 && lseek(fd, at, SEEK_SET) == at
                             ? wsync_file_write_all(fd, chunk->bytes, path, error)
                             : wsync_file_error(errno, "write", path, error);
    uint64_t end = chunk->offset + chunk->bytes.len;
    if (err == WSYNC_OK && end / SYNC_BYTES > chunk->offset / SYNC_BYTES &&
        fdatasync(fd) != 0) {
        err = wsync_file_error(errno, "write", path, error);
    }
    if (err == WSYNC_OK && end == chunk->size) {
        err = finish(dir, chunk, fd, error);
    }
    close(fd);
    return err;
}

enum wsync_err wsync_parcels_read(const char *dir, const struct wsync_parcels_item *item,
                                  uint64_t offset, uint8_t *out, size_t *len)
{
    char path[WSYNC_SITE_PATH_BYTES];
    int fd = open(wsync_parcels_path(dir, item, path), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    ssize_t got = fd >= 0 ? pread(fd, out, WSYNC_PARCEL_CHUNK_BYTES, (off_t)offset) : -1;
    if (fd >= 0) {
        close(fd);
    }
    *len = got > 0 ? (size_t)got : 0;
    return got >= 0 ? WSYNC_OK : WSYNC_ERR_STORE_IO;
}
