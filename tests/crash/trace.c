/* SPDX-License-Identifier: Apache-2.0 */
/* trace.c: preloaded into a program, notes every write and sync of the file CRASH_FILE in the
 * file CRASH_TRACE, in order, so that power cuts can be played afterwards (images.py); or kills
 * the program at the step CRASH_KILL_AT of these: step 2n-1 is before, 2n behind the n-th.
 *
 * A note is: type (1 byte), durable (1), offset (8), length (8), big-endian; then the bytes.
 * Types: W write, S sync, A what the program said on standard output. */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { FDS_MAX = 256, HEAD_BYTES = 18 };

static struct {
    int out; /* -1: not open, 0: not asked yet */
    unsigned long steps;
    bool traced[FDS_MAX], durable[FDS_MAX];
} trace;

static void raw(const void *bytes, size_t len)
{
    const uint8_t *at = bytes;
    while (len > 0) {
        long done = syscall(SYS_write, trace.out, at, len);
        if (done <= 0) {
            abort();
        }
        at += done;
        len -= (size_t)done;
    }
}

static void note(char type, bool durable, uint64_t offset, struct iovec part)
{
    uint8_t head[HEAD_BYTES] = {(uint8_t)type, durable};
    if (trace.out == 0) {
        const char *path = getenv("CRASH_TRACE");
        trace.out = path ? (int)syscall(SYS_openat, AT_FDCWD, path,
                                        O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)
                         : -1;
    }
    if (trace.out < 0) {
        return;
    }
    for (int i = 0; i < 8; i++) {
        head[2 + i] = (uint8_t)(offset >> (56 - 8 * i));
        head[10 + i] = (uint8_t)((uint64_t)part.iov_len >> (56 - 8 * i));
    }
    raw(head, sizeof head);
    raw(part.iov_base, part.iov_len);
}

static bool is_traced(int fd)
{
    return fd >= 0 && fd < FDS_MAX && trace.traced[fd];
}

/* Before and behind whatever is done to the file. */
static void step(int fd)
{
    const char *at = getenv("CRASH_KILL_AT");
    if (at && is_traced(fd) && ++trace.steps == strtoul(at, NULL, 10)) {
        (void)kill(getpid(), SIGKILL);
    }
}

static void watch(int fd, const char *path, int flags)
{
    const char *wanted = getenv("CRASH_FILE");
    if (fd >= 0 && fd < FDS_MAX) {
        size_t len = strlen(path);
        size_t want = wanted ? strlen(wanted) : 0;
        trace.traced[fd] = want > 0 && len >= want && strcmp(path + len - want, wanted) == 0;
        trace.durable[fd] = (flags & O_DSYNC) != 0;
    }
}

int open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    watch(fd, path, flags);
    return fd;
}

ssize_t pwrite(int fd, const void *bytes, size_t len, off_t offset)
{
    step(fd);
    ssize_t done = syscall(SYS_pwrite64, fd, bytes, len, offset);
    if (done > 0 && is_traced(fd)) {
        note('W', trace.durable[fd], (uint64_t)offset,
             (struct iovec){(void *)(uintptr_t)bytes, (size_t)done});
    }
    step(fd);
    return done;
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset)
{
    ssize_t whole = 0;
    for (int i = 0; i < count; i++) {
        ssize_t done = pwrite(fd, parts[i].iov_base, parts[i].iov_len, offset + whole);
        if (done != (ssize_t)parts[i].iov_len) {
            return -1;
        }
        whole += done;
    }
    return whole;
}

ssize_t write(int fd, const void *bytes, size_t len)
{
    off_t offset = is_traced(fd) ? lseek(fd, 0, SEEK_CUR) : 0;
    step(fd);
    ssize_t done = syscall(SYS_write, fd, bytes, len);
    if (done > 0 && (is_traced(fd) || fd == STDOUT_FILENO)) {
        note(fd == STDOUT_FILENO ? 'A' : 'W', false, (uint64_t)offset,
             (struct iovec){(void *)(uintptr_t)bytes, (size_t)done});
    }
    step(fd);
    return done;
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    ssize_t whole = 0;
    for (int i = 0; i < count; i++) {
        ssize_t done = write(fd, parts[i].iov_base, parts[i].iov_len);
        if (done != (ssize_t)parts[i].iov_len) {
            return -1;
        }
        whole += done;
    }
    return whole;
}

int fdatasync(int fd)
{
    step(fd);
    int result = (int)syscall(SYS_fdatasync, fd);
    if (result == 0 && is_traced(fd)) {
        note('S', true, 0, (struct iovec){NULL, 0});
    }
    step(fd);
    return result;
}

int fsync(int fd)
{
    step(fd);
    int result = (int)syscall(SYS_fsync, fd);
    if (result == 0 && is_traced(fd)) {
        note('S', true, 0, (struct iovec){NULL, 0});
    }
    step(fd);
    return result;
}
