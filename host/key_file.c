/* SPDX-License-Identifier: Apache-2.0 */
#include "host/key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/file.h"
#include "wardsync/crypto.h"

void wsync_key_text_wipe(struct wsync_key_text *text)
{
    wsync_wipe(text, sizeof *text);
}

/* The place of the credential that may stand in for `path`; false when nobody holds any out. */
static bool credential_of(const char *path, char place[PATH_MAX])
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    const char *slash = strrchr(path, '/');
    if (!folder || *folder == '\0') {
        return false;
    }
    int len = snprintf(place, PATH_MAX, "%s/%s", folder, slash ? slash + 1 : path);
    return len > 0 && len < PATH_MAX;
}

/* Gives a written file its name, unless that is taken.  A stick's file system may know no
 * links.
 */
static enum wsync_err publish(const char *draft, const char *path, struct wsync_error *error)
{
    bool published = link(draft, path) == 0;
    int reason = errno;
    if (!published && reason != EEXIST && access(path, F_OK) != 0) {
        published = rename(draft, path) == 0;
        reason = errno;
    }
    (void)unlink(draft); /* gone already where it was renamed */
    return published ? wsync_file_sync_parent(path, error)
                     : wsync_file_error(reason, "create the key file", path, error);
}

/* A key file is there whole or not at all: half of one would lock its device out. */
enum wsync_err wsync_key_file_create(const char *path, struct wsync_slice text,
                                     struct wsync_error *error)
{
    char place[PATH_MAX];
    char draft[PATH_MAX];
    int len = snprintf(draft, sizeof draft, "%s.part", path);
    if (len < 0 || (size_t)len >= sizeof draft) {
        return wsync_file_error(ENAMETOOLONG, "create the key file", path, error);
    }
    if (access(path, F_OK) == 0) { /* a run that was killed may have made it and no more */
        (void)unlink(draft);
        enum wsync_err err = wsync_file_sync_parent(path, error);
        return err == WSYNC_OK ? wsync_file_error(EEXIST, "create the key file", path, error)
                               : err;
    }
    if (credential_of(path, place) && access(place, F_OK) == 0) {
        return wsync_file_error(EEXIST, "create the key file", path, error);
    }
    (void)unlink(draft); /* of an attempt that was cut short */
    WSYNC_CLOSED int fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        return wsync_file_error(errno, "create the key file", path, error);
    }
    enum wsync_err err = wsync_file_write_all(fd, text, path, error);
    if (err == WSYNC_OK && fsync(fd) != 0) {
        err = wsync_file_error(errno, "write", path, error);
    }
    if (err != WSYNC_OK) {
        unlink(draft);
        return err;
    }
    return publish(draft, path, error);
}

/* A credential's group bits are the mask of the list that admits the service's user, and its
 * folder is closed to everybody else. */
static enum wsync_err check_access(int fd, const char *path, mode_t others,
                                   struct wsync_error *error)
{
    struct stat file;
    if (fstat(fd, &file) != 0) {
        return wsync_file_error(errno, "read", path, error);
    }
    if (!S_ISREG(file.st_mode)) {
        return wsync_error_set(error, WSYNC_ERR_INVALID, "%s is not a file.", path);
    }
    if (file.st_mode & others) {
        return wsync_error_set(error, WSYNC_ERR_INVALID,
                               "The secret key %s can be read or "
                               "changed by others; if nobody did, run: chmod 600 %s",
                               path, path);
    }
    return WSYNC_OK;
}

static enum wsync_err read_from(int fd, const char *path, mode_t others,
                                struct wsync_key_text *text, struct wsync_error *error)
{
    enum wsync_err err = check_access(fd, path, others, error);
    if (err != WSYNC_OK) {
        return err;
    }
    ssize_t len = read(fd, text->b, sizeof text->b);
    if (len < 0) {
        return wsync_file_error(errno, "read", path, error);
    }
    if ((size_t)len == sizeof text->b) {
        return wsync_error_set(error, WSYNC_ERR_INVALID, "%s is too long for a key file.",
                               path);
    }
    text->len = (size_t)len;
    return WSYNC_OK;
}

enum wsync_err wsync_key_file_read(const char *path, struct wsync_key_text *text,
                                   struct wsync_error *error)
{
    enum { FLAGS = O_RDONLY | O_CLOEXEC | O_NONBLOCK }; /* a pipe must not stop us */
    char place[PATH_MAX];
    text->len = 0;
    WSYNC_CLOSED int fd = open(path, FLAGS);
    if (fd >= 0) {
        return read_from(fd, path, S_IRWXG | S_IRWXO, text, error);
    }
    int reason = errno;
    if (reason == ENOENT && credential_of(path, place)) {
        WSYNC_CLOSED int held_out = open(place, FLAGS);
        if (held_out >= 0) {
            return read_from(held_out, place, S_IRWXO, text, error);
        }
        reason = errno == ENOENT ? reason : errno;
    }
    return wsync_file_error(reason, "open the key file", path, error);
}
