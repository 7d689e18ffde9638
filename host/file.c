/* SPDX-License-Identifier: Apache-2.0 */
#include "host/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

void wsync_file_close(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
    }
}

ssize_t wsync_file_read_at(int fd, void *bytes, size_t len, uint64_t at)
{
    size_t done = 0;
    while (done < len) { /* ends: each turn reads some, or is interrupted */
        ssize_t got = pread(fd, (uint8_t *)bytes + done, len - done, (off_t)(at + done));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return got < 0 ? got : (ssize_t)done;
        }
        done += (size_t)got;
    }
    return (ssize_t)done;
}

enum wsync_err wsync_file_error(int errno_value, const char *act, const char *path,
                                struct wsync_error *error)
{
    enum wsync_err err = errno_value == ENOENT   ? WSYNC_ERR_NOT_FOUND
                         : errno_value == EEXIST ? WSYNC_ERR_EXISTS
                         : errno_value == ENOSPC ? WSYNC_ERR_STORE_FULL
                         : errno_value == EDQUOT ? WSYNC_ERR_STORE_FULL
                         : errno_value == ENOMEM ? WSYNC_ERR_MEMORY
                                                 : WSYNC_ERR_STORE_IO;
    const char *hint = errno_value == EACCES || errno_value == EPERM
                           ? "; run it as the user whose data this is"
                           : "";
    return wsync_error_set(error, err, "Cannot %s %s: %s%s.", act, path, strerror(errno_value),
                           hint);
}

/* The length of `path` without slashes at its end. */
static size_t without_slashes(const char *path)
{
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/') {
        len--;
    }
    return len;
}

/* The folder that holds `path`; false when that is too long. */
static bool parent_of(const char *path, char parent[PATH_MAX])
{
    size_t len = without_slashes(path);
    while (len > 0 && path[len - 1] != '/') {
        len--;
    }
    return snprintf(parent, PATH_MAX, "%.*s", len > 0 ? (int)len : 1, len > 0 ? path : ".") <
           PATH_MAX;
}

/* Reads until the end of the file or until `size` bytes are there; -1 with errno. */
static ssize_t read_up_to(int fd, uint8_t *buffer, size_t size)
{
    size_t len = 0;
    while (len < size) {
        ssize_t got = read(fd, buffer + len, size - len);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return -1;
        }
        if (got == 0) {
            break;
        }
        len += (size_t)got;
    }
    return (ssize_t)len;
}

enum wsync_err wsync_file_read(const char *path, void *buffer, size_t size, size_t *len,
                               struct wsync_error *error)
{
    WSYNC_CLOSED int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return wsync_file_error(errno, "open", path, error);
    }
    ssize_t got = read_up_to(fd, buffer, size);
    if (got < 0) {
        return wsync_file_error(errno, "read", path, error);
    }
    uint8_t more;
    ssize_t beyond = (size_t)got < size ? 0 : read_up_to(fd, &more, sizeof more);
    if (beyond < 0) {
        return wsync_file_error(errno, "read", path, error);
    }
    if (beyond > 0) {
        return wsync_error_set(error, WSYNC_ERR_OVERSIZE, "%s is larger than %zu bytes.", path,
                               size);
    }
    *len = (size_t)got;
    return WSYNC_OK;
}

enum wsync_err wsync_file_write_all(int fd, struct wsync_slice bytes, const char *path,
                                    struct wsync_error *error)
{
    for (size_t done = 0; done < bytes.len;) {
        ssize_t put = write(fd, bytes.data + done, bytes.len - done);
        if (put < 0 && errno != EINTR) {
            return wsync_file_error(errno, "write", path, error);
        }
        done += put > 0 ? (size_t)put : 0;
    }
    return WSYNC_OK;
}

static enum wsync_err write_and_sync(const char *path, mode_t mode, struct wsync_slice bytes,
                                     int fd, struct wsync_error *error)
{
    if (fchmod(fd, mode) != 0) {
        return wsync_file_error(errno, "set the permissions of", path, error);
    }
    enum wsync_err err = wsync_file_write_all(fd, bytes, path, error);
    if (err == WSYNC_OK && fsync(fd) != 0) {
        err = wsync_file_error(errno, "write", path, error);
    }
    return err;
}

/* ---- drafts ---- */

#define DRAFT ".new-XXXXXX"

bool wsync_file_hold(int fd)
{
    int rc;
    do {
        rc = flock(fd, LOCK_EX | LOCK_NB);
    } while (rc != 0 && errno == EINTR);
    return rc == 0;
}

static bool is_named(int fd, const char *path)
{
    struct stat opened, named;
    return fstat(fd, &opened) == 0 && lstat(path, &named) == 0 &&
           opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
}

void wsync_file_sweep(const char *path, void (*discard)(const char *draft))
{
    char folder[PATH_MAX], draft[PATH_MAX];
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    size_t len = strlen(name);
    DIR *names = parent_of(path, folder) ? opendir(folder) : NULL;
    for (const struct dirent *entry; names && (entry = readdir(names)) != NULL;) {
        if (strncmp(entry->d_name, name, len) != 0 ||
            strncmp(entry->d_name + len, DRAFT, strcspn(DRAFT, "X")) != 0 ||
            strlen(entry->d_name + len) != strlen(DRAFT) ||
            snprintf(draft, sizeof draft, "%.*s%s", (int)(name - path), path, entry->d_name) >=
                PATH_MAX) {
            continue;
        }
        WSYNC_CLOSED int fd = open(draft, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (fd >= 0 && wsync_file_hold(fd) && is_named(fd, draft)) {
            discard(draft);
        }
    }
    if (names) {
        closedir(names);
    }
}

void wsync_file_discard(const char *draft)
{
    (void)unlink(draft);
}

/* A new draft of `path`, held; -1 with errno.  Who sweeps in that moment may take one away. */
static int make_draft(const char *path, char draft[PATH_MAX])
{
    enum { TRIES = 3 };
    int fd = -1;
    for (int tries = 0; tries < TRIES; tries++) {
        if (snprintf(draft, PATH_MAX, "%s" DRAFT, path) >= PATH_MAX) {
            errno = ENAMETOOLONG;
            return -1;
        }
        fd = mkstemp(draft);
        if (fd < 0 || ((wsync_file_hold(fd) || errno != EWOULDBLOCK) && is_named(fd, draft))) {
            return fd;
        }
        close(fd);
    }
    errno = EBUSY;
    return -1;
}

enum wsync_err wsync_file_write_durably(const char *path, mode_t mode, struct wsync_slice bytes,
                                        struct wsync_error *error)
{
    char temporary[PATH_MAX];
    WSYNC_CLOSED int fd = make_draft(path, temporary);
    if (fd < 0) {
        return wsync_file_error(errno, "create", path, error);
    }
    enum wsync_err err = write_and_sync(path, mode, bytes, fd, error);
    if (err == WSYNC_OK && rename(temporary, path) != 0) {
        err = wsync_file_error(errno, "write", path, error);
    }
    if (err != WSYNC_OK) {
        unlink(temporary);
        return err;
    }
    return wsync_file_sync_parent(path, error);
}

enum wsync_err wsync_file_make_dir(const char *path, mode_t mode, struct wsync_error *error)
{
    if (mkdir(path, mode) == 0) {
        return wsync_file_sync_parent(path, error);
    }
    int reason = errno;
    struct stat there;
    if (reason != EEXIST || stat(path, &there) != 0 || !S_ISDIR(there.st_mode)) {
        return wsync_file_error(reason, "make the folder", path, error);
    }
    char parent[PATH_MAX];
    if (parent_of(path, parent) && access(parent, R_OK) != 0 && errno == EACCES) {
        return WSYNC_OK; /* who may read it has made what is in it */
    }
    return wsync_file_sync_parent(path, error);
}

enum wsync_err wsync_file_draft_dir(const char *path, char *draft, size_t size,
                                    struct wsync_error *error)
{
    struct stat there;
    if (lstat(path, &there) == 0) {
        return wsync_file_error(EEXIST, "create", path, error);
    }
    size_t path_bytes = without_slashes(path);
    int len = snprintf(draft, size, "%.*s" DRAFT, (int)path_bytes, path);
    if (len < 0 || (size_t)len >= size) {
        return wsync_file_error(ENAMETOOLONG, "create", path, error);
    }
    return mkdtemp(draft) ? WSYNC_OK : wsync_file_error(errno, "create", path, error);
}

enum wsync_err wsync_file_publish_dir(const char *draft, const char *path,
                                      struct wsync_error *error)
{
    if (rename(draft, path) != 0) {
        /* Somebody was faster and left a folder with something in it, or a file. */
        int reason = errno == ENOTEMPTY || errno == ENOTDIR ? EEXIST : errno;
        return wsync_file_error(reason, "create", path, error);
    }
    return wsync_file_sync_parent(path, error);
}

enum wsync_err wsync_file_sync_dir(const char *path, struct wsync_error *error)
{
    WSYNC_CLOSED int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return wsync_file_error(errno, "open the folder", path, error);
    }
    if (fsync(fd) != 0) {
        return wsync_file_error(errno, "write the folder", path, error);
    }
    return WSYNC_OK;
}

enum wsync_err wsync_file_sync_parent(const char *path, struct wsync_error *error)
{
    char parent[PATH_MAX];
    return parent_of(path, parent) ? wsync_file_sync_dir(parent, error)
                                   : wsync_file_error(ENAMETOOLONG, "open", path, error);
}
