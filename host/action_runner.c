/* SPDX-License-Identifier: Apache-2.0 */
#include "host/action_runner.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/action_child.h"
#include "host/block.h"
#include "host/journal.h"
#include "wardsync/crypto.h"

enum { REFUSAL = WSYNC_ACTION_CHILDREN_MAX, SLOTS, END_MS = 5, LOOK_MS = 1000 };
enum { OUT = 0, TALK = 1 };
enum { LONG_MAX = WSYNC_ACTION_CHILDREN_MAX / 2 };

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
    int file;                  /* stdout in the place of a pipe; -1: none */
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
    struct wsync_action_files files; /* that came and belong to no request yet */
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

/* False when the system gives no process or descriptor. */
static bool start_child(const struct wsync_action_runner *runner, struct slot *slot,
                        const int *files)
{
    struct wsync_action_child child;
    if (!wsync_action_child_start(runner->setup->program, runner->setup->data_dir,
                                  &runner->request, files, &child)) {
        return false;
    }
    slot->pid = child.pid;
    slot->file = child.file;
    slot->heard[OUT] = (struct heard){child.out, 0};
    slot->heard[TALK] = (struct heard){child.talk, 0};
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

/* What a command wrote into a file is all of it, and nobody changes it any more. */
static enum wsync_err end_file(struct slot *slot, enum wsync_err err, int exit_code)
{
    off_t len = slot->file >= 0 && err == WSYNC_OK ? lseek(slot->file, 0, SEEK_CUR) : 0;
    if (len == WSYNC_ACTION_FILE_BYTES_MAX && exit_code != 0) {
        err = WSYNC_ERR_OVERSIZE;
    }
    if (slot->file >= 0 && err == WSYNC_OK &&
        (len < 0 || !wsync_action_file_seal(slot->file, (size_t)len))) {
        err = WSYNC_ERR_MEMORY;
    }
    if (err != WSYNC_OK) {
        close_fd(&slot->file);
    }
    return err;
}

static void answer(struct slot *slot, enum wsync_err err, int exit_code)
{
    const uint8_t *out = slot->frame + WSYNC_ACTION_ANSWER_HEAD_BYTES;
    const struct wsync_action_answer head = {
        .id = slot->id,
        .err = err,
        .exit_code = exit_code,
        .has_file = slot->file >= 0,
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
    int exit_code = WIFEXITED(status) ? WEXITSTATUS(status)
                                      : WSYNC_ACTION_SIGNALLED + WTERMSIG(status);
    hear(slot, OUT);
    hear(slot, TALK);
    close_fd(&slot->heard[OUT].fd);
    close_fd(&slot->heard[TALK].fd);
    enum wsync_err err = slot->state == KILLED ? slot->why : WSYNC_OK;
    err = end_file(slot, err, exit_code);
    WSYNC_JOURNAL(INFO, "page-action", wsync_journal_text("command", slot->rule->command),
                  wsync_journal_text("result", wsync_err_name(err)),
                  wsync_journal_number("exit", exit_code),
                  wsync_journal_number("took-ms", now_ms - slot->begun_ms));
    if (slot->state == ORPHAN) {
        close_fd(&slot->file);
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

static bool is_long(const struct wsync_action_rule *rule)
{
    return rule->limit_s > WSYNC_ACTION_SHORT_S;
}

/* A place for a command of this rule.  Those that may take long leave the other half. */
static struct slot *find_free(struct wsync_action_runner *runner,
                              const struct wsync_action_rule *rule)
{
    struct slot *free_one = NULL;
    size_t long_ones = 0;
    for (size_t i = 0; i < WSYNC_ACTION_CHILDREN_MAX; i++) {
        struct slot *slot = &runner->slots[i];
        free_one = !free_one && slot->state == FREE ? slot : free_one;
        long_ones += has_child(slot) && is_long(slot->rule);
    }
    return is_long(rule) && long_ones >= LONG_MAX ? NULL : free_one;
}

static void begin(struct wsync_action_runner *runner, const int *files, int64_t now_ms)
{
    const struct wsync_action_rule *rule = NULL;
    struct wsync_error error = {{0}};
    enum wsync_err err = wsync_action_allow(runner->setup->rules, runner->request.argv,
                                            runner->request.file_count, &rule, &error);
    if (err != WSYNC_OK) {
        refuse(runner, err, error.text);
        return;
    }
    struct slot *slot = find_free(runner, rule);
    if (!slot) {
        refuse(runner, WSYNC_ERR_BUSY, "Several commands are running already; try again.");
    } else if (!start_child(runner, slot, files)) {
        refuse(runner, WSYNC_ERR_MEMORY, "This machine could not start the command.");
    } else {
        slot->state = RUNS;
        slot->id = runner->request.id;
        slot->rule = rule;
        slot->begun_ms = now_ms;
        slot->deadline_ms = now_ms + (int64_t)rule->limit_s * 1000;
    }
}

/* Runs a whole request with the files that came with it; those behind it are the next one's,
 * which has begun, or nobody's. */
static enum wsync_err run_request(struct wsync_action_runner *runner, bool more_came,
                                  int64_t now_ms)
{
    int files[WSYNC_ACTION_FILES_MAX];
    size_t count = runner->request.file_count;
    if (!wsync_action_files_take(&runner->files, count, files)) {
        return WSYNC_ERR_FRAME;
    }
    bool good = more_came || runner->files.count == 0;
    for (size_t i = 0; i < count; i++) {
        good = good && wsync_action_file_is_sealed(files[i]);
    }
    if (good) {
        begin(runner, files, now_ms);
    }
    for (size_t i = 0; i < count; i++) {
        close(files[i]);
    }
    return good ? WSYNC_OK : WSYNC_ERR_FRAME;
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
        err = run_request(runner, runner->got > len, now_ms);
        memmove(runner->frame, runner->frame + len, runner->got - len);
        runner->got -= len;
        wsync_wipe(runner->frame + runner->got, len); /* its input may be a passphrase */
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
            ssize_t got =
                wsync_action_files_recv(runner->fd, runner->frame + runner->got,
                                        sizeof runner->frame - runner->got, &runner->files);
            more = got > 0;
            runner->got += got > 0 ? (size_t)got : 0;
            bool waits = got < 0 && (errno == EAGAIN || errno == EINTR);
            err = more || waits                ? WSYNC_OK
                  : got < 0 && errno == EPROTO ? WSYNC_ERR_FRAME
                                               : WSYNC_ERR_LINK;
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
        bool files = slot->written == 0 && slot->file >= 0;
        struct wsync_slice rest =
            wsync_slice(slot->frame + slot->written, slot->frame_len - slot->written);
        ssize_t sent = wsync_action_files_send(runner->fd, rest, &slot->file, files);
        if (sent < 0) {
            return errno == EAGAIN || errno == EINTR ? WSYNC_OK : WSYNC_ERR_LINK;
        }
        slot->written += (size_t)sent;
        close_fd(&slot->file);
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
    for (size_t i = 0; runner && i < SLOTS; i++) {
        runner->slots[i].file = -1;
    }
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
        close_fd(&slot->file);
    }
    close_fd(&runner->fd);
    wsync_action_files_close(&runner->files);
    wsync_block_free(runner, sizeof *runner);
}

void wsync_action_runner_listen(struct wsync_action_runner *runner, int fd)
{
    close_fd(&runner->fd);
    runner->fd = fd;
    runner->got = 0;
    runner->writing = NULL;
    wsync_action_files_close(&runner->files);
    for (size_t i = 0; i < SLOTS; i++) {
        struct slot *slot = &runner->slots[i];
        slot->state = has_child(slot) ? ORPHAN : FREE;
        if (slot->state == FREE) {
            close_fd(&slot->file);
        }
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
