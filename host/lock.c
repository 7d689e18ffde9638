/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* F_OFD_SETLK */
#include "host/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/file.h"
#include "host/site.h"

enum { ASK_MS = 50 };

enum wsync_err wsync_lock_try(const char *path, const char *name, struct wsync_lock *lock,
                              struct wsync_error *error)
{
    char file[WSYNC_SITE_PATH_BYTES];
    lock->fd = open(wsync_site_file(path, name, file), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (lock->fd < 0) {
        return wsync_file_error(errno, "write", file, error);
    }
    int rc;
    do {
        rc = flock(lock->fd, LOCK_EX | LOCK_NB);
    } while (rc != 0 && errno == EINTR);
    if (rc == 0) {
        return WSYNC_OK;
    }
    enum wsync_err err = WSYNC_ERR_EXISTS;
    if (errno != EWOULDBLOCK) {
        err = wsync_error_set(error, WSYNC_ERR_STORE_IO, "Cannot lock %s.", file);
    }
    wsync_lock_release(lock);
    return err;
}

enum wsync_err wsync_lock_wait(const char *path, const char *name, int wait_ms,
                               struct wsync_lock *lock, struct wsync_error *error)
{
    int64_t end = wsync_clock_monotonic_ms() + wait_ms;
    enum wsync_err err = wsync_lock_try(path, name, lock, error);
    while (err == WSYNC_ERR_EXISTS && wsync_clock_monotonic_ms() < end) {
        (void)poll(NULL, 0, ASK_MS);
        err = wsync_lock_try(path, name, lock, error);
    }
    return err == WSYNC_ERR_EXISTS
               ? wsync_error_set(error, WSYNC_ERR_BUSY,
                                 "Another process has been at work in %s for %d s and goes on; "
                                 "run this again later, or stop that process.",
                                 path, wait_ms / 1000)
               : err;
}

void wsync_lock_release(struct wsync_lock *lock)
{
    if (lock->fd >= 0) {
        close(lock->fd);
        lock->fd = -1;
    }
}

/* ---- serving ---- */

static const char SERVE[] = "serve.lock";

/* A second lock of the same file lies beside the first: it can be seen without being taken. */
enum wsync_err wsync_lock_serve(const char *path, struct wsync_lock *lock,
                                struct wsync_error *error)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    enum wsync_err err = wsync_lock_try(path, SERVE, lock, error);
    if (err == WSYNC_OK && fcntl(lock->fd, F_OFD_SETLK, &whole) != 0) {
        err = wsync_error_set(error, WSYNC_ERR_STORE_IO, "Cannot lock %s of %s.", SERVE, path);
        wsync_lock_release(lock);
    }
    return err == WSYNC_ERR_EXISTS
               ? wsync_error_set(error, err,
                                 "Another process serves %s already; stop it first.", path)
               : err;
}

/* The lock itself stays: what becomes another one is the second, which only says something. */
void wsync_lock_end_soon(const struct wsync_lock *lock)
{
    struct flock whole = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
    (void)fcntl(lock->fd, F_OFD_SETLK, &whole);
}

static short type_of(const char *path)
{
    char file[WSYNC_SITE_PATH_BYTES];
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    WSYNC_CLOSED int fd = open(wsync_site_file(path, SERVE, file), O_RDONLY | O_CLOEXEC);
    return fd >= 0 && fcntl(fd, F_OFD_GETLK, &whole) == 0 ? whole.l_type : F_UNLCK;
}

bool wsync_lock_is_served(const char *path)
{
    return type_of(path) != F_UNLCK;
}

bool wsync_lock_is_ending(const char *path)
{
    return type_of(path) == F_RDLCK;
}
