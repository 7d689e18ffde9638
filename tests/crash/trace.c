/* SPDX-License-Identifier: Apache-2.0 */
/* trace.c: preloaded into a program, sees what it does to files below the folder CRASH_ROOT.
 *
 *   CRASH_TRACE=FILE    appends a note of each to FILE (note.h), and of what the program says:
 *                       on standard output and error, and the frames it sends, as the machine
 *                       CRASH_MACHINE, so that power cuts can be played afterwards (lab.c)
 *   CRASH_KILL_AT=N     kills the program at a step: 2n-1 is before, 2n behind the n-th call;
 *                       "end": when it has done all; /FILE: what stands in that file
 *   CRASH_KILL_NAME=N   kills it behind the n-th call that names: file, folder, rename, link
 *   CRASH_FAULT=KIND:N  makes the n-th call that can fail so fail: enospc, commit (enospc at
 *                       the last page of a commit), eio, emfile, enomem, short (half is
 *                       written), eintr; "N+": all calls from there on, until there is a file
 *                       CRASH_ROOM.  The file CRASH_HIT is made when one fails
 *   CRASH_WORDS=FILE    appends each program's command line, as in /proc; needs no CRASH_ROOT
 *   CRASH_LIE=WHAT      a disk that says it has synced and has not: store, file, folder */
#define _GNU_SOURCE /* RTLD_NEXT, fopencookie */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "tests/crash/note.h"

enum { FDS_MAX = 1024, SENDMORE = 2, FRAME_BYTES_MIN = 3 };

/* What a call does, as far as it matters for how it can fail. */
enum {
    READS = 1,
    WRITES = 2,
    SYNCS = 4,
    OPENS = 8,
    MAKES = 16,
    NAMES = 32,
    CUTS = 64,
    MAPS = 128,
    COMMITS = 256 /* writes that are durable when they return: the last page of a commit */
};

static const struct {
    const char *name;
    int error; /* 0: half of it is written */
    unsigned calls;
} FAULTS[] = {
    {"enospc", ENOSPC, WRITES | COMMITS | SYNCS | MAKES | CUTS},
    {"eio", EIO, READS | WRITES | COMMITS | SYNCS | OPENS | MAKES | NAMES | CUTS},
    {"commit", ENOSPC, COMMITS},
    {"emfile", EMFILE, OPENS},
    {"enomem", ENOMEM, MAPS},
    {"short", 0, WRITES | COMMITS},
    {"eintr", EINTR, READS | WRITES | COMMITS},
};

static struct {
    int out; /* -1: not open, 0: not asked yet */
    char root[PATH_MAX];
    size_t root_bytes; /* 0: nothing is traced */
    unsigned long steps, kill_at, names, kill_name, chances, fault_at;
    unsigned fault;
    bool fault_stays;
    const char *lie;
    struct {
        bool traced, durable, folder, store;
        uint64_t inode;
    } fds[FDS_MAX];
} trace;

/* ---- notes ---- */

static int raw_open(const char *path, int flags, mode_t mode)
{
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

/* One call a note, so that those of several programs do not mix. */
static void put_note(struct note head, const char *path, const char *other, const void *bytes)
{
    struct iovec parts[4] = {{&head, sizeof head},
                             {(void *)(uintptr_t)path, path ? strlen(path) : 0},
                             {(void *)(uintptr_t)other, other ? strlen(other) : 0},
                             {(void *)(uintptr_t)bytes, (size_t)head.bytes}};
    head.path_bytes = (uint16_t)parts[1].iov_len;
    head.other_bytes = (uint16_t)parts[2].iov_len;
    if (trace.out > 0 &&
        syscall(SYS_writev, trace.out, parts, 4) !=
            (long)(sizeof head + head.path_bytes + head.other_bytes + head.bytes)) {
        abort();
    }
    bool names = head.type == NOTE_FILE || head.type == NOTE_FOLDER ||
                 head.type == NOTE_RENAME || head.type == NOTE_LINK;
    if (names && ++trace.names == trace.kill_name) {
        put_note((struct note){.type = NOTE_KILL}, NULL, NULL, NULL);
        (void)kill(getpid(), SIGKILL);
    }
}

static void note_said(enum note_type type, const void *bytes, size_t len)
{
    put_note((struct note){.type = (uint8_t)type, .bytes = len}, getenv("CRASH_MACHINE"), NULL,
             bytes);
}

static ssize_t say(void *cookie, const char *bytes, size_t len)
{
    note_said(NOTE_SAID, bytes, len);
    return syscall(SYS_write, *(int *)cookie, bytes, len);
}

/* The standard streams write from within the C library, where nobody sees it. */
static void watch_streams(void)
{
    static int fds[] = {STDOUT_FILENO, STDERR_FILENO};
    const cookie_io_functions_t functions = {.write = say};
    FILE *out = fopencookie(&fds[0], "w", functions);
    FILE *err = fopencookie(&fds[1], "w", functions);
    if (!out || !err) {
        abort();
    }
    setvbuf(err, NULL, _IONBF, 0);
    stdout = out;
    stderr = err;
}

static void read_fault(const char *text)
{
    for (unsigned i = 0; text && i < sizeof FAULTS / sizeof *FAULTS; i++) {
        size_t len = strlen(FAULTS[i].name);
        if (strncmp(text, FAULTS[i].name, len) == 0 && text[len] == ':') {
            char *end;
            trace.fault = i;
            trace.fault_at = strtoul(text + len + 1, &end, 10);
            trace.fault_stays = *end == '+';
            return;
        }
    }
    if (text) {
        abort();
    }
}

static unsigned long number_of(const char *variable)
{
    char held[24] = "";
    const char *text = getenv(variable);
    if (text && text[0] == '/') {
        int fd = raw_open(text, O_RDONLY | O_CLOEXEC, 0);
        (void)syscall(SYS_read, fd, held, sizeof held - 1);
        (void)syscall(SYS_close, fd);
        text = held;
    }
    return !text ? 0 : strncmp(text, "end", 3) == 0 ? ULONG_MAX : strtoul(text, NULL, 10);
}

/* One call a program, so that those of several do not mix. */
static void note_words(const char *path)
{
    char words[4096];
    int from = raw_open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC, 0);
    int to = raw_open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    long len = syscall(SYS_read, from, words, sizeof words - 1);
    words[len > 0 ? len : 0] = '\n';
    if (len <= 0 || syscall(SYS_write, to, words, len + 1) != len + 1) {
        abort();
    }
    syscall(SYS_close, from);
    syscall(SYS_close, to);
}

__attribute__((constructor)) static void begin(void)
{
    const char *root = getenv("CRASH_ROOT");
    const char *out = getenv("CRASH_TRACE");
    const char *words = getenv("CRASH_WORDS");
    if (words) {
        note_words(words);
    }
    if (!root) {
        return;
    }
    trace.root_bytes = (size_t)snprintf(trace.root, sizeof trace.root, "%s/", root);
    trace.kill_at = number_of("CRASH_KILL_AT");
    trace.kill_name = number_of("CRASH_KILL_NAME");
    trace.lie = getenv("CRASH_LIE");
    read_fault(getenv("CRASH_FAULT"));
    if (out) {
        trace.out = raw_open(out, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        watch_streams();
    }
}

/* ---- steps and faults ---- */

/* Before and behind whatever is done. */
static void step(bool ours)
{
    if (ours && trace.kill_at > 0 && ++trace.steps == trace.kill_at) {
        put_note((struct note){.type = NOTE_KILL}, NULL, NULL, NULL);
        (void)kill(getpid(), SIGKILL);
    }
}

__attribute__((destructor)) static void end(void)
{
    if (trace.root_bytes > 0 && trace.kill_at == ULONG_MAX) {
        (void)kill(getpid(), SIGKILL);
    }
}

static bool has_room(void)
{
    const char *room = getenv("CRASH_ROOM");
    return room && access(room, F_OK) == 0;
}

/* Does a call of this kind fail here?  With `part` it may also be cut to one byte less. */
static bool fails(bool ours, unsigned calls, size_t *part)
{
    step(ours);
    if (!ours || trace.fault_at == 0 || !(FAULTS[trace.fault].calls & calls) ||
        (FAULTS[trace.fault].error == 0 && *part < 2) || has_room()) {
        return false;
    }
    if (++trace.chances != trace.fault_at &&
        !(trace.fault_stays && trace.chances > trace.fault_at)) {
        return false;
    }
    const char *hit = getenv("CRASH_HIT");
    int fd = hit ? raw_open(hit, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (fd >= 0) {
        syscall(SYS_close, fd);
    }
    if (FAULTS[trace.fault].error == 0) {
        *part /= 2;
        return false;
    }
    errno = FAULTS[trace.fault].error;
    return true;
}

static bool is_traced(int fd)
{
    return fd >= 0 && fd < FDS_MAX && trace.fds[fd].traced;
}

/* The path below the root, in `full`; NULL for one that lies elsewhere. */
static const char *below(const char *path, char full[PATH_MAX])
{
    char folder[PATH_MAX];
    if (trace.root_bytes == 0) {
        return NULL;
    }
    int len = path[0] == '/'
                  ? snprintf(full, PATH_MAX, "%s", path)
                  : snprintf(full, PATH_MAX, "%s/%s", getcwd(folder, sizeof folder), path);
    return len > 0 && len < PATH_MAX && strncmp(full, trace.root, trace.root_bytes) == 0
               ? full + trace.root_bytes
               : NULL;
}

static uint64_t inode_of(const char *path)
{
    struct stat file;
    return lstat(path, &file) == 0 ? (uint64_t)file.st_ino : 0;
}

/* ---- opening ---- */

static void watch(int fd, const char *path, int flags)
{
    struct stat file;
    if (fd >= 0 && fd < FDS_MAX && fstat(fd, &file) == 0) {
        size_t len = strlen(path);
        trace.fds[fd].traced = true;
        trace.fds[fd].durable = (flags & (O_DSYNC | O_SYNC)) != 0;
        trace.fds[fd].folder = S_ISDIR(file.st_mode);
        trace.fds[fd].inode = (uint64_t)file.st_ino;
        trace.fds[fd].store = len > 4 && strcmp(path + len - 4, ".mdb") == 0;
    }
}

static int open_at(const char *path, int flags, mode_t mode)
{
    char full[PATH_MAX];
    const char *name = below(path, full);
    bool is_new = name && (flags & O_CREAT) != 0 && access(path, F_OK) != 0;
    unsigned calls = OPENS | (is_new ? MAKES : 0U);
    if (fails(name != NULL, calls, NULL)) {
        return -1;
    }
    int fd = raw_open(path, flags, mode);
    if (fd >= 0 && fd < FDS_MAX) {
        trace.fds[fd].traced = false;
    }
    if (name && fd >= 0) {
        watch(fd, name, flags);
        if (is_new) {
            put_note((struct note){.type = NOTE_FILE, .inode = inode_of(path)}, name, NULL,
                     NULL);
        } else if ((flags & O_TRUNC) != 0) {
            put_note((struct note){.type = NOTE_LENGTH, .inode = inode_of(path)}, NULL, NULL,
                     NULL);
        }
    }
    step(name != NULL);
    return fd;
}

int open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return open_at(path, flags, mode);
}

int close(int fd)
{
    if (fd >= 0 && fd < FDS_MAX) {
        trace.fds[fd].traced = false;
    }
    return (int)syscall(SYS_close, fd);
}

/* Fills in the X of a name for temporary files. */
static bool draw_name(char *name)
{
    static const char LETTERS[] = "abcdefghijklmnopqrstuvwxyz012345";
    uint8_t bytes[6];
    size_t len = strlen(name);
    if (len < sizeof bytes || getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) {
        errno = EINVAL;
        return false;
    }
    for (size_t i = 0; i < sizeof bytes; i++) {
        name[len - sizeof bytes + i] = LETTERS[bytes[i] % (sizeof LETTERS - 1)];
    }
    return true;
}

int mkstemp(char *name)
{
    return draw_name(name) ? open_at(name, O_RDWR | O_CREAT | O_EXCL, 0600) : -1;
}

int mkdir(const char *path, mode_t mode)
{
    char full[PATH_MAX];
    const char *name = below(path, full);
    if (fails(name != NULL, MAKES, NULL)) {
        return -1;
    }
    int result = (int)syscall(SYS_mkdir, path, mode);
    if (result == 0 && name) {
        put_note((struct note){.type = NOTE_FOLDER, .inode = inode_of(path)}, name, NULL, NULL);
    }
    step(name != NULL);
    return result;
}

char *mkdtemp(char *name)
{
    return draw_name(name) && mkdir(name, 0700) == 0 ? name : NULL;
}

/* ---- names ---- */

static int with_names(enum note_type type, const char *path, const char *to)
{
    char full[PATH_MAX];
    char full_to[PATH_MAX];
    const char *name = below(path, full);
    const char *other = to ? below(to, full_to) : NULL;
    unsigned calls = NAMES | (type == NOTE_UNLINK ? 0U : MAKES);
    if (fails(name != NULL, calls, NULL)) {
        return -1;
    }
    int result = (int)(type == NOTE_RENAME ? syscall(SYS_rename, path, to)
                       : type == NOTE_LINK ? syscall(SYS_link, path, to)
                                           : syscall(SYS_unlink, path));
    if (result == 0 && name && (other || !to)) {
        put_note((struct note){.type = (uint8_t)type}, name, other, NULL);
    }
    step(name != NULL);
    return result;
}

int rename(const char *path, const char *to)
{
    return with_names(NOTE_RENAME, path, to);
}

int link(const char *path, const char *to)
{
    return with_names(NOTE_LINK, path, to);
}

int unlink(const char *path)
{
    return with_names(NOTE_UNLINK, path, NULL);
}

int rmdir(const char *path)
{
    char full[PATH_MAX];
    const char *name = below(path, full);
    int result = fails(name != NULL, NAMES, NULL) ? -1 : (int)syscall(SYS_rmdir, path);
    if (result == 0 && name) {
        put_note((struct note){.type = NOTE_UNLINK}, name, NULL, NULL);
    }
    return result;
}

/* ---- bytes ---- */

static ssize_t put_at(int fd, const void *bytes, size_t len, off_t offset)
{
    bool ours = is_traced(fd);
    size_t part = len;
    if (fails(ours, ours && trace.fds[fd].durable ? COMMITS : WRITES, &part)) {
        return -1;
    }
    ssize_t done = syscall(SYS_pwrite64, fd, bytes, part, offset);
    if (done > 0 && ours) {
        put_note((struct note){.type = NOTE_WRITE,
                               .durable = trace.fds[fd].durable,
                               .inode = trace.fds[fd].inode,
                               .offset = (uint64_t)offset,
                               .bytes = (uint64_t)done},
                 NULL, NULL, bytes);
    }
    step(ours);
    return done;
}

ssize_t pwrite(int fd, const void *bytes, size_t len, off_t offset)
{
    return put_at(fd, bytes, len, offset);
}

ssize_t write(int fd, const void *bytes, size_t len)
{
    if (is_traced(fd)) {
        off_t offset = lseek(fd, 0, SEEK_CUR);
        ssize_t done = put_at(fd, bytes, len, offset);
        if (done > 0) {
            (void)lseek(fd, offset + done, SEEK_SET);
        }
        return done;
    }
    if (trace.out > 0 && (fd == STDOUT_FILENO || fd == STDERR_FILENO)) {
        note_said(NOTE_SAID, bytes, len);
    }
    return syscall(SYS_write, fd, bytes, len);
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset)
{
    ssize_t whole = 0;
    for (int i = 0; i < count; i++) {
        ssize_t done = put_at(fd, parts[i].iov_base, parts[i].iov_len, offset + whole);
        if (done != (ssize_t)parts[i].iov_len) {
            return done > 0 || whole > 0 ? whole + (done > 0 ? done : 0) : done;
        }
        whole += done;
    }
    return whole;
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    if (!is_traced(fd)) {
        return syscall(SYS_writev, fd, parts, count);
    }
    off_t offset = lseek(fd, 0, SEEK_CUR);
    ssize_t done = pwritev(fd, parts, count, offset);
    if (done > 0) {
        (void)lseek(fd, offset + done, SEEK_SET);
    }
    return done;
}

int ftruncate(int fd, off_t length)
{
    bool ours = is_traced(fd);
    int result = fails(ours, CUTS, NULL) ? -1 : (int)syscall(SYS_ftruncate, fd, length);
    if (result == 0 && ours) {
        put_note((struct note){.type = NOTE_LENGTH,
                               .inode = trace.fds[fd].inode,
                               .offset = (uint64_t)length},
                 NULL, NULL, NULL);
    }
    step(ours);
    return result;
}

static int sync_fd(int fd, long call)
{
    bool ours = is_traced(fd);
    if (fails(ours, SYNCS, NULL)) {
        return -1;
    }
    int result = (int)syscall(call, fd);
    if (result == 0 && ours) {
        const char *kind = trace.fds[fd].folder  ? "folder"
                           : trace.fds[fd].store ? "store"
                                                 : "file";
        if (!trace.lie || strcmp(trace.lie, kind) != 0) {
            put_note((struct note){.type = NOTE_SYNC, .inode = trace.fds[fd].inode}, NULL, NULL,
                     NULL);
        }
    }
    step(ours);
    return result;
}

int fdatasync(int fd)
{
    return sync_fd(fd, SYS_fdatasync);
}

int fsync(int fd)
{
    return sync_fd(fd, SYS_fsync);
}

ssize_t read(int fd, void *bytes, size_t len)
{
    bool ours = is_traced(fd);
    return ours && fails(ours, READS, NULL) ? -1 : syscall(SYS_read, fd, bytes, len);
}

ssize_t pread(int fd, void *bytes, size_t len, off_t offset)
{
    bool ours = is_traced(fd);
    return ours && fails(ours, READS, NULL) ? -1 : syscall(SYS_pread64, fd, bytes, len, offset);
}

/* A disk that is full says so. */
int fstatvfs(int fd, struct statvfs *about)
{
    struct statfs found;
    if (syscall(SYS_fstatfs, fd, &found) != 0) {
        return -1;
    }
    *about = (struct statvfs){.f_bsize = (unsigned long)found.f_bsize,
                              .f_frsize = (unsigned long)found.f_frsize,
                              .f_blocks = found.f_blocks,
                              .f_bfree = found.f_bfree,
                              .f_bavail = found.f_bavail};
    if (is_traced(fd) && trace.fault_stays && trace.chances >= trace.fault_at && !has_room()) {
        about->f_bfree = about->f_bavail = 0;
    }
    return 0;
}

/* As its callers see it, of six parameters; <sys/mman.h> must not be included here. */
void *mmap(void *at, size_t len, int protection, int flags, ...);

void *mmap(void *at, size_t len, int protection, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    int fd = va_arg(arguments, int);
    off_t offset = va_arg(arguments, off_t);
    va_end(arguments);
    bool ours = is_traced(fd);
    long result = ours && fails(ours, MAPS, NULL)
                      ? -1
                      : syscall(SYS_mmap, at, len, protection, flags, fd, offset);
    return (void *)(intptr_t)result;
}

/* ---- frames ---- */

int zmq_send(void *socket, const void *bytes, size_t len, int flags);

int zmq_send(void *socket, const void *bytes, size_t len, int flags)
{
    static int (*next)(void *, const void *, size_t, int);
    if (!next) {
        *(void **)&next = dlsym(RTLD_NEXT, "zmq_send");
    }
    if ((flags & SENDMORE) == 0 && len >= FRAME_BYTES_MIN) {
        note_said(NOTE_SENT, bytes, len);
    }
    return next(socket, bytes, len, flags);
}
