/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* close_range, memfd_create, pipe2 */
#include "host/action_runner.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/block.h"
#include "host/journal.h"

enum { REFUSAL = WSYNC_ACTION_CHILDREN_MAX, SLOTS, END_MS = 5, LOOK_MS = 1000 };
enum { EXIT_INTERNAL = 70, OUT = 0, TALK = 1 };

enum state { FREE, RUNS, KILLED, ORPHAN, ANSWERS };

/* What one of the two pipes of a child has given so far. */
struct heard {
    int fd; /* -1: closed */
    size_t len;
};

struct slot {
    enum state state;
    uint32_t id;
    const struct wsync_action_rule *rule;
    pid_t pid;
    int64_t begun_ms, deadline_ms;
    enum wsync_err why; /* KILLED: what is answered */
    struct heard heard[2];
    size_t frame_len, written; /* ANSWERS */
    uint8_t talk[WSYNC_ACTION_ERR_BYTES_MAX];
    uint8_t
        frame[WSYNC_ACTION_ANSWER_BYTES_MAX]; /* stdout has its place in it from the start */
};

struct wsync_action_runner {
    const struct wsync_action_setup *setup;
    int fd;
    struct slot slots[SLOTS]; /* the last one: of what did not run, one at a time */
    struct slot *writing;     /* a frame goes out whole before the next */
    size_t got;
    uint8_t frame[WSYNC_ACTION_REQUEST_BYTES_MAX];
    struct wsync_action_request request;
};

static bool has_child(const struct slot *slot)
{
    return slot->state == RUNS || slot->state == KILLED || slot->state == ORPHAN;
}

/* ---- a child begins ---- */

static void close_fd(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
        *fd = -1;
    }
}

/* In the child: nothing of the keeper's is left to it. */
static _Noreturn void become(const char *const *argv, const int stdio[3], pid_t keeper)
{
    sigset_t none;
    sigemptyset(&none);
    for (int number = 1; number < NSIG; number++) {
        (void)signal(number, SIG_DFL);
    }
    sigprocmask(SIG_SETMASK, &none, NULL);
    bool ready = prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == keeper;
    for (int i = 0; i < 3 && ready; i++) {
        ready = dup2(stdio[i], i) == i; /* they are above 2: the keeper has its own three */
    }
    if (ready && close_range(3, ~0U, 0) == 0) {
        execv("/proc/self/exe", (char *const *)(uintptr_t)argv);
    }
    _exit(EXIT_INTERNAL);
}

/* The input as a file that ends; -1 when there is no room for it. */
static int open_input(struct wsync_slice input)
{
    int fd = memfd_create("input", MFD_CLOEXEC);
    if (fd >= 0 && input.len > 0 &&
        (write(fd, input.data, input.len) != (ssize_t)input.len || lseek(fd, 0, SEEK_SET))) {
        close_fd(&fd);
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

/* False when the system gives no process or descriptor. */
static bool start_child(const struct wsync_action_runner *runner, struct slot *slot)
{
    const char *argv[WSYNC_ACTION_ARGV_MAX];
    int out[2] = {-1, -1}, talk[2] = {-1, -1};
    int input = open_input(runner->request.input);
    pid_t keeper = getpid();
    wsync_action_lay_out(runner->setup->program, runner->setup->data_dir, runner->request.argv,
                         argv);
    bool ready = input >= 0 && open_pipe(out) && open_pipe(talk);
    slot->pid = ready ? fork() : -1;
    if (slot->pid == 0) {
        become(argv, (const int[]){input, out[1], talk[1]}, keeper);
    }
    close_fd(&input);
    close_fd(&out[1]);
    close_fd(&talk[1]);
    if (slot->pid < 0) {
        close_fd(&out[0]);
        close_fd(&talk[0]);
        return false;
    }
    slot->heard[OUT] = (struct heard){out[0], 0};
    slot->heard[TALK] = (struct heard){talk[0], 0};
    return true;
}

/* ---- a child goes on and ends ---- */

static void kill_child(struct slot *slot, enum wsync_err why)
{
    (void)kill(slot->pid, SIGKILL); /* ours and not yet reaped: the number is nobody else's */
    if (slot->state == RUNS) {
        slot->state = KILLED;
        slot->why = why;
    }
}

/* Takes what is there of one pipe; what nobody will read is dropped. */
static void hear(struct slot *slot, int which)
{
    struct heard *heard = &slot->heard[which];
    uint8_t *text = which == OUT ? slot->frame + WSYNC_ACTION_ANSWER_HEAD_BYTES : slot->talk;
    size_t max = which == OUT ? WSYNC_ACTION_OUT_BYTES_MAX : WSYNC_ACTION_ERR_BYTES_MAX;
    uint8_t rest[4096];
    while (heard->fd >= 0) { /* until the pipe is empty or, with a full text, once */
        bool keep = slot->state == RUNS && heard->len < max;
        ssize_t got = read(heard->fd, keep ? text + heard->len : rest,
                           keep ? max - heard->len : sizeof rest);
        if (got < 0 && errno == EAGAIN) {
            return;
        }
        if (got <= 0 && errno != EINTR) {
            close_fd(&heard->fd);
        } else if (got > 0 && keep) {
            heard->len += (size_t)got;
        } else if (got > 0) {
            kill_child(slot, WSYNC_ERR_OVERSIZE);
            return;
        }
    }
}

static void answer(struct slot *slot, enum wsync_err err, int exit_code)
{
    const uint8_t *out = slot->frame + WSYNC_ACTION_ANSWER_HEAD_BYTES;
    const struct wsync_action_answer head = {
        .id = slot->id,
        .err = err,
        .exit_code = exit_code,
        .out = wsync_slice(out, slot->heard[OUT].len),
        .talk = wsync_slice(slot->talk, slot->heard[TALK].len)};
    wsync_action_answer_head(&head, slot->frame);
    slot->frame_len = WSYNC_ACTION_ANSWER_HEAD_BYTES + head.out.len;
    memcpy(slot->frame + slot->frame_len, slot->talk, head.talk.len);
    slot->frame_len += head.talk.len;
    slot->written = 0;
    slot->state = ANSWERS;
}

static void finish(struct slot *slot, int status, int64_t now_ms)
{
    int exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_INTERNAL;
    hear(slot, OUT);
    hear(slot, TALK);
    close_fd(&slot->heard[OUT].fd);
    close_fd(&slot->heard[TALK].fd);
    enum wsync_err err = slot->state == KILLED ? slot->why : WSYNC_OK;
    WSYNC_JOURNAL(INFO, "page-action", wsync_journal_text("command", slot->rule->command),
                  wsync_journal_text("result", wsync_err_name(err)),
                  wsync_journal_number("exit", exit_code),
                  wsync_journal_number("took-ms", now_ms - slot->begun_ms));
    if (slot->state == ORPHAN) {
        slot->state = FREE;
    } else {
        answer(slot, err, exit_code);
    }
}

static void attend(struct slot *slot, int64_t now_ms)
{
    int status;
    if (waitpid(slot->pid, &status, WNOHANG) == slot->pid) {
        finish(slot, status, now_ms);
        return;
    }
    hear(slot, OUT);
    hear(slot, TALK);
    if (now_ms >= slot->deadline_ms) {
        kill_child(slot, WSYNC_ERR_TIMEOUT);
    }
}

/* ---- the socket ---- */

/* Answers a request that is not run. */
static void refuse(struct wsync_action_runner *runner, enum wsync_err err, const char *sentence)
{
    struct slot *slot = &runner->slots[REFUSAL];
    size_t len = strlen(sentence);
    slot->id = runner->request.id;
    slot->heard[OUT] = (struct heard){-1, 0};
    slot->heard[TALK] = (struct heard){-1, len};
    memcpy(slot->talk, sentence, len);
    answer(slot, err, 0);
    WSYNC_JOURNAL(WARNING, "page-action-refused", /* its words may be somebody's name */
                  wsync_journal_text("code", wsync_err_name(err)));
}

static struct slot *find_free(struct wsync_action_runner *runner)
{
    for (size_t i = 0; i < WSYNC_ACTION_CHILDREN_MAX; i++) {
        if (runner->slots[i].state == FREE) {
            return &runner->slots[i];
        }
    }
    return NULL;
}

static void begin(struct wsync_action_runner *runner, int64_t now_ms)
{
    const struct wsync_action_rule *rule = NULL;
    struct wsync_error error = {{0}};
    enum wsync_err err =
        wsync_action_allow(runner->setup->rules, runner->request.argv, &rule, &error);
    if (err != WSYNC_OK) {
        refuse(runner, err, error.text);
        return;
    }
    struct slot *slot = find_free(runner);
    if (!slot) {
        refuse(runner, WSYNC_ERR_BUSY, "Several commands are running already; try again.");
    } else if (!start_child(runner, slot)) {
        refuse(runner, WSYNC_ERR_MEMORY, "This machine could not start the command.");
    } else {
        slot->state = RUNS;
        slot->id = runner->request.id;
        slot->rule = rule;
        slot->begun_ms = now_ms;
        slot->deadline_ms = now_ms + (int64_t)rule->limit_s * 1000;
    }
}

/* Runs the first request if it is whole. */
static enum wsync_err take_request(struct wsync_action_runner *runner, int64_t now_ms,
                                   bool *taken)
{
    size_t len;
    enum wsync_err err = wsync_action_frame_length(wsync_slice(runner->frame, runner->got),
                                                   sizeof runner->frame, &len);
    *taken = err == WSYNC_OK && len > 0 && runner->got >= len;
    if (!*taken) {
        return err;
    }
    err = wsync_action_request_decode(wsync_slice(runner->frame, len), &runner->request);
    if (err == WSYNC_OK) {
        begin(runner, now_ms);
        memmove(runner->frame, runner->frame + len, runner->got - len);
        runner->got -= len;
    }
    return err;
}

static enum wsync_err take_all(struct wsync_action_runner *runner, int64_t now_ms)
{
    enum wsync_err err = WSYNC_OK;
    bool more = true;
    while (err == WSYNC_OK && more && runner->slots[REFUSAL].state == FREE) {
        err = take_request(runner, now_ms, &more);
        if (err == WSYNC_OK && !more) {
            ssize_t got = recv(runner->fd, runner->frame + runner->got,
                               sizeof runner->frame - runner->got, MSG_DONTWAIT);
            more = got > 0;
            runner->got += got > 0 ? (size_t)got : 0;
            bool waits = got < 0 && (errno == EAGAIN || errno == EINTR);
            err = more || waits ? WSYNC_OK : WSYNC_ERR_LINK;
        }
    }
    return err;
}

static struct slot *find_answer(struct wsync_action_runner *runner)
{
    for (size_t i = 0; i < SLOTS && !runner->writing; i++) {
        runner->writing = runner->slots[i].state == ANSWERS ? &runner->slots[i] : NULL;
    }
    return runner->writing;
}

static enum wsync_err write_all(struct wsync_action_runner *runner)
{
    while (find_answer(runner)) {
        struct slot *slot = runner->writing;
        ssize_t sent = send(runner->fd, slot->frame + slot->written,
                            slot->frame_len - slot->written, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0) {
            return errno == EAGAIN || errno == EINTR ? WSYNC_OK : WSYNC_ERR_LINK;
        }
        slot->written += (size_t)sent;
        if (slot->written == slot->frame_len) {
            slot->state = FREE;
            runner->writing = NULL;
        }
    }
    return WSYNC_OK;
}

/* ---- all of it ---- */

struct wsync_action_runner *wsync_action_runner_new(const struct wsync_action_setup *setup)
{
    struct wsync_action_runner *runner = wsync_block_new(sizeof *runner);
    if (runner) {
        runner->setup = setup;
        runner->fd = -1;
    }
    return runner;
}

void wsync_action_runner_free(struct wsync_action_runner *runner)
{
    int status;
    for (size_t i = 0; i < WSYNC_ACTION_CHILDREN_MAX; i++) {
        struct slot *slot = &runner->slots[i];
        if (has_child(slot)) {
            (void)kill(slot->pid, SIGKILL);
            (void)waitpid(slot->pid, &status, 0);
            close_fd(&slot->heard[OUT].fd);
            close_fd(&slot->heard[TALK].fd);
        }
    }
    close_fd(&runner->fd);
    wsync_block_free(runner, sizeof *runner);
}

void wsync_action_runner_listen(struct wsync_action_runner *runner, int fd)
{
    close_fd(&runner->fd);
    runner->fd = fd;
    runner->got = 0;
    runner->writing = NULL;
    for (size_t i = 0; i < SLOTS; i++) {
        struct slot *slot = &runner->slots[i];
        slot->state = has_child(slot) ? ORPHAN : FREE;
    }
}

size_t wsync_action_runner_fds(const struct wsync_action_runner *runner, int64_t now_ms,
                               struct pollfd fds[WSYNC_ACTION_FDS_MAX], int *timeout_ms)
{
    size_t count = 0;
    short events = runner->slots[REFUSAL].state == FREE ? POLLIN : 0;
    for (size_t i = 0; i < SLOTS; i++) {
        const struct slot *slot = &runner->slots[i];
        events |= slot->state == ANSWERS ? POLLOUT : 0;
        if (!has_child(slot)) {
            continue;
        }
        bool open = false;
        for (size_t which = 0; which < 2; which++) {
            if (slot->heard[which].fd >= 0) {
                fds[count++] = (struct pollfd){.fd = slot->heard[which].fd, .events = POLLIN};
                open = true;
            }
        }
        int64_t left_ms = slot->deadline_ms > now_ms ? slot->deadline_ms - now_ms : 0;
        left_ms = !open || slot->state == KILLED || left_ms == 0 ? END_MS : left_ms;
        left_ms = left_ms < LOOK_MS ? left_ms : LOOK_MS;
        *timeout_ms = *timeout_ms < left_ms ? *timeout_ms : (int)left_ms;
    }
    if (runner->fd >= 0) {
        fds[count++] = (struct pollfd){.fd = runner->fd, .events = events};
    }
    return count;
}

enum wsync_err wsync_action_runner_step(struct wsync_action_runner *runner, int64_t now_ms)
{
    for (size_t i = 0; i < WSYNC_ACTION_CHILDREN_MAX; i++) {
        if (has_child(&runner->slots[i])) {
            attend(&runner->slots[i], now_ms);
        }
    }
    if (runner->fd < 0) {
        return WSYNC_OK;
    }
    enum wsync_err err;
    bool refused;
    do { /* a refusal that went out makes room for what came behind its request */
        err = take_all(runner, now_ms);
        refused = runner->slots[REFUSAL].state != FREE;
        err = err == WSYNC_OK ? write_all(runner) : err;
    } while (err == WSYNC_OK && refused && runner->slots[REFUSAL].state == FREE);
    return err;
}

size_t wsync_action_runner_running(const struct wsync_action_runner *runner)
{
    size_t count = 0;
    for (size_t i = 0; i < WSYNC_ACTION_CHILDREN_MAX; i++) {
        count += has_child(&runner->slots[i]);
    }
    return count;
}
