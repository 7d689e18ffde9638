/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/bundle_file.h"
#include "host/file.h"
#include "host/given.h"

/* Never waits for a FIFO, never follows a link. */
static enum wsync_err open_regular(const char *path, int *fd, uint64_t *size,
                                   struct wsync_error *error)
{
    struct stat there;
    *fd = -1;
    enum wsync_err err = wsync_given_check(path, error);
    if (err != WSYNC_OK) {
        return err;
    }
    int links = wsync_given_by_page() ? 0 : O_NOFOLLOW; /* its own files are named by links */
    *fd = open(path, O_RDONLY | links | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (*fd < 0 && errno == ELOOP) {
        return wsync_error_set(error, WSYNC_ERR_BUNDLE,
                               "%s is a symbolic link; name the file itself.", path);
    }
    if (*fd < 0) {
        return wsync_file_error(errno, "read", path, error);
    }
    if (fstat(*fd, &there) != 0) {
        return wsync_file_error(errno, "read", path, error);
    }
    if (!S_ISREG(there.st_mode)) {
        return wsync_error_set(error, WSYNC_ERR_BUNDLE,
                               "%s is not a file but something else; a bundle is a file.",
                               path);
    }
    *size = (uint64_t)there.st_size;
    return WSYNC_OK;
}

enum wsync_err wsync_bundle_in_open(struct wsync_bundle_in *in, const char *path,
                                    struct wsync_error *error)
{
    const uint64_t most = WSYNC_BUNDLE_HEADER_BYTES +
                          (WSYNC_BUNDLE_PARTS_MAX + UINT64_C(1)) * WSYNC_BUNDLE_PART_BYTES;
    ssize_t got = 0;
    memset(in, 0, sizeof *in);
    in->fd = -1;
    if (strlen(path) >= sizeof in->path) {
        return wsync_file_error(ENAMETOOLONG, "read", path, error);
    }
    memcpy(in->path, path, strlen(path) + 1);
    enum wsync_err err = open_regular(path, &in->fd, &in->size, error);
    if (err == WSYNC_OK) {
        got = wsync_file_read_at(in->fd, in->head, sizeof in->head, 0);
        err = got < 0 ? wsync_file_error(errno, "read", path, error) : WSYNC_OK;
    }
    if (err != WSYNC_OK) {
        return err;
    }
    err = wsync_bundle_header_decode(wsync_slice(in->head, (size_t)got), &in->header);
    if (err == WSYNC_ERR_VERSION) {
        return wsync_error_set(error, err,
                               "%s was written by a later version; update this program.", path);
    }
    if (err != WSYNC_OK || in->size < WSYNC_BUNDLE_HEADER_BYTES + UINT64_C(1)) {
        return wsync_error_set(error, WSYNC_ERR_BUNDLE,
                               "%s is not a bundle, or its beginning is damaged.", path);
    }
    if (in->size > most) {
        return wsync_error_set(error, WSYNC_ERR_OVERSIZE,
                               "%s is larger than a bundle can be (%llu bytes).", path,
                               (unsigned long long)most);
    }
    return WSYNC_OK;
}

bool wsync_bundle_is(const char *path)
{
    struct wsync_bundle_header header;
    uint8_t head[WSYNC_BUNDLE_HEADER_BYTES];
    uint64_t size;
    int fd;
    enum wsync_err err = open_regular(path, &fd, &size, NULL);
    ssize_t got = err == WSYNC_OK ? pread(fd, head, sizeof head, 0) : -1;
    if (fd >= 0) {
        close(fd);
    }
    err = got == (ssize_t)sizeof head
              ? wsync_bundle_header_decode(wsync_slice(head, sizeof head), &header)
              : WSYNC_ERR_BUNDLE;
    return err == WSYNC_OK || err == WSYNC_ERR_VERSION;
}

/* How many parts begin in the file behind the manifest. */
static uint32_t parts_by_size(const struct wsync_bundle_in *in)
{
    uint64_t bytes = in->size - WSYNC_BUNDLE_HEADER_BYTES;
    uint64_t parts = (bytes + WSYNC_BUNDLE_PART_BYTES - 1) / WSYNC_BUNDLE_PART_BYTES;
    return parts > 0 ? (uint32_t)(parts - 1) : 0;
}

/* One part as it was sealed; GAP, BUNDLE. */
static enum wsync_err read_part(struct wsync_bundle_in *in, uint32_t number,
                                struct wsync_error *error)
{
    uint64_t at = WSYNC_BUNDLE_HEADER_BYTES + (uint64_t)number * WSYNC_BUNDLE_PART_BYTES;
    if (at + sizeof in->part > in->size) {
        return WSYNC_ERR_GAP;
    }
    ssize_t got = wsync_file_read_at(in->fd, in->part, sizeof in->part, at);
    if (got < 0) {
        return wsync_file_error(errno, "read", in->path, error);
    }
    if ((size_t)got < sizeof in->part) {
        return WSYNC_ERR_GAP; /* it became shorter */
    }
    return wsync_bundle_unseal(&in->key, number, in->part, in->plain) ? WSYNC_OK
                                                                      : WSYNC_ERR_BUNDLE;
}

enum wsync_err wsync_bundle_in_unlock(struct wsync_bundle_in *in, const uint8_t *secret,
                                      struct wsync_error *error)
{
    enum wsync_err err =
        wsync_bundle_open(wsync_slice(in->head, sizeof in->head), secret, &in->key);
    if (err != WSYNC_OK) {
        return wsync_error_set(error, err, "%s is sealed for somebody else.", in->path);
    }
    in->manifest_err = read_part(in, 0, error);
    if (wsync_err_is_ours(in->manifest_err)) {
        return in->manifest_err;
    }
    if (in->manifest_err == WSYNC_OK) {
        in->manifest_err = wsync_bundle_manifest_decode(in->plain, &in->key, &in->manifest);
    }
    in->part_count =
        in->manifest_err == WSYNC_OK ? in->manifest.part_count : parts_by_size(in);
    return WSYNC_OK;
}

enum wsync_err wsync_bundle_in_part(struct wsync_bundle_in *in, uint32_t number,
                                    struct wsync_error *error)
{
    uint8_t hash[WSYNC_BUNDLE_PART_HASH_BYTES];
    WSYNC_ASSERT(number >= 1 && number <= in->part_count);
    enum wsync_err err = read_part(in, number, error);
    if (err != WSYNC_OK || in->manifest_err != WSYNC_OK) {
        return err;
    }
    wsync_bundle_part_hash(in->part, hash);
    return memcmp(hash, in->manifest.hashes[number - 1], sizeof hash) == 0 ? WSYNC_OK
                                                                           : WSYNC_ERR_BUNDLE;
}

bool wsync_bundle_in_is_odd(const struct wsync_bundle_in *in)
{
    struct stat now;
    uint64_t whole = WSYNC_BUNDLE_HEADER_BYTES +
                     (in->part_count + UINT64_C(1)) * WSYNC_BUNDLE_PART_BYTES;
    return fstat(in->fd, &now) != 0 || (uint64_t)now.st_size != in->size || in->size > whole;
}

void wsync_bundle_in_close(struct wsync_bundle_in *in)
{
    if (in->fd >= 0) {
        close(in->fd);
    }
    wsync_wipe(in, sizeof *in);
    in->fd = -1;
}
