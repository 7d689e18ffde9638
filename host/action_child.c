/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* close_range, memfd_create, pipe2 */
#include "host/action_child.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "host/file.h"

enum { EXIT_INTERNAL = 70, STDIO = 3, FDS = STDIO + WSYNC_ACTION_FILES_MAX + 1, ARGV_MAX = 5 };

/* What a child is to have as 0, 1, 2, its files behind them, and its words as the last. */
struct outfit {
    const char *argv[ARGV_MAX];
    int fds[FDS];
    int fd_count;
    uint32_t by;
    pid_t keeper;
};

/* In two turns: a target of one may be the source of another. */
static bool hand_over(struct outfit *outfit)
{
    for (int i = 0; i < outfit->fd_count; i++) {
        outfit->fds[i] = fcntl(outfit->fds[i], F_DUPFD, FDS);
        if (outfit->fds[i] < 0) {
            return false;
        }
    }
    for (int i = 0; i < outfit->fd_count; i++) {
        if (dup2(outfit->fds[i], i) != i) {
            return false;
        }
    }
    return close_range((unsigned)outfit->fd_count, ~0U, 0) == 0;
}

static bool set_environment(uint32_t by, int words)
{
    char number[16], place[16];
    snprintf(number, sizeof number, "%u", (unsigned)by);
    snprintf(place, sizeof place, "%d", words);
    return setenv("WARDSYNC_PAGE", "1", 1) == 0 && setenv("WARDSYNC_WORDS", place, 1) == 0 &&
           (by == 0 ? unsetenv("WARDSYNC_STAFF") : setenv("WARDSYNC_STAFF", number, 1)) == 0;
}

/* In the child: nothing of the keeper's is left to it. */
static _Noreturn void become(struct outfit *outfit)
{
    sigset_t none;
    sigemptyset(&none);
    for (int number = 1; number < NSIG; number++) {
        (void)signal(number, SIG_DFL);
    }
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == outfit->keeper &&
        set_environment(outfit->by, outfit->fd_count - 1) && hand_over(outfit)) {
        execv("/proc/self/exe", (char *const *)(uintptr_t)outfit->argv);
    }
    _exit(EXIT_INTERNAL);
}

/* The input as a file that ends; -1 when there is no room for it. */
static int open_input(struct wsync_slice input)
{
    int fd = memfd_create("input", MFD_CLOEXEC);
    if (fd >= 0 && input.len > 0 &&
        (write(fd, input.data, input.len) != (ssize_t)input.len || lseek(fd, 0, SEEK_SET))) {
        wsync_file_close(&fd);
        fd = -1;
    }
    return fd;
}

/* All of the words, with a NUL behind each; -1 when there is no room for them. */
static int open_words(const char *const *argv)
{
    int fd = memfd_create("words", MFD_CLOEXEC);
    for (; fd >= 0 && *argv; argv++) {
        size_t len = strlen(*argv) + 1;
        if (write(fd, *argv, len) != (ssize_t)len) {
            wsync_file_close(&fd);
            fd = -1;
        }
    }
    if (fd >= 0) {
        (void)lseek(fd, 0, SEEK_SET); /* a file in memory can */
    }
    return fd;
}

/* A pipe whose near end never waits. */
static bool open_pipe(int ends[2])
{
    if (pipe2(ends, O_CLOEXEC) != 0) {
        ends[0] = ends[1] = -1;
        return false;
    }
    return fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0;
}

static bool open_out(const struct wsync_action_request *request, int out[2], int *file)
{
    if (!request->want_file) {
        return open_pipe(out);
    }
    *file = wsync_action_file_new("output", WSYNC_ACTION_FILE_BYTES_MAX);
    return *file >= 0;
}

bool wsync_action_child_start(const char *program, const char *data_dir,
                              const struct wsync_action_request *request, const int *files,
                              struct wsync_action_child *child)
{
    int out[2] = {-1, -1}, talk[2] = {-1, -1}, file = -1;
    WSYNC_CLOSED int input = open_input(request->input);
    WSYNC_CLOSED int words = open_words(request->argv);
    bool ready = input >= 0 && words >= 0 && open_out(request, out, &file) && open_pipe(talk);
    struct outfit outfit = {.argv = {program, request->argv[0], "--data-dir", data_dir, NULL},
                            .fds = {input, file >= 0 ? file : out[1], talk[1]},
                            .fd_count = STDIO + (int)request->file_count + 1,
                            .by = request->by,
                            .keeper = getpid()};
    for (size_t i = 0; i < request->file_count; i++) {
        outfit.fds[STDIO + i] = files[i];
    }
    outfit.fds[outfit.fd_count - 1] = words;
    *child = (struct wsync_action_child){ready ? fork() : -1, out[0], talk[0], file};
    if (child->pid == 0) {
        become(&outfit);
    }
    wsync_file_close(&out[1]);
    wsync_file_close(&talk[1]);
    if (child->pid < 0) {
        wsync_file_close(&out[0]);
        wsync_file_close(&talk[0]);
        wsync_file_close(&file);
    }
    return child->pid > 0;
}
