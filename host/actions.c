/* SPDX-License-Identifier: Apache-2.0 */
#include "host/actions.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/action_runner.h"
#include "host/block.h"
#include "wardsync/crypto.h"

enum state {
    FREE,
    ASKED, /* `request` goes out, or its answer is not here yet */
    OVER,  /* `err`, and with it the answer */
};

struct wsync_action_job {
    enum state state;
    bool forgotten;
    uint32_t id;
    uint8_t *request; /* NULL once it went out */
    size_t request_len, sent;
    enum wsync_err err; /* LINK: without an answer */
    uint8_t *frame;     /* what `answer` points into */
    struct wsync_action_answer answer;
    int out_fd; /* -1: none */
    size_t file_count;
    int files[WSYNC_ACTION_FILES_MAX]; /* go with the first byte of the request */
};

struct wsync_actions {
    int fd;
    uint32_t last_id;
    struct wsync_action_job jobs[WSYNC_ACTION_CHILDREN_MAX];
    struct wsync_action_job *sending; /* a request goes out whole before the next */
    struct wsync_action_files came;   /* with answers */
    size_t got;
    uint8_t request[WSYNC_ACTION_REQUEST_BYTES_MAX];
    uint8_t frame[WSYNC_ACTION_ANSWER_BYTES_MAX];
    char out[WSYNC_ACTION_OUT_BYTES_MAX + 1];
    char talk[WSYNC_ACTION_ERR_BYTES_MAX + 1];
};

static void close_files(struct wsync_action_job *job)
{
    while (job->file_count > 0) {
        close(job->files[--job->file_count]);
    }
}

/* What was asked may hold a passphrase. */
static void free_request(struct wsync_action_job *job)
{
    if (job->request) {
        wsync_wipe(job->request, job->request_len);
    }
    free(job->request);
    job->request = NULL;
}

static void free_job(struct wsync_action_job *job)
{
    free_request(job);
    free(job->frame);
    close_files(job);
    if (job->state != FREE && job->out_fd >= 0) {
        close(job->out_fd);
    }
    *job = (struct wsync_action_job){.state = FREE};
}

struct wsync_actions *wsync_actions_open(int fd)
{
    struct wsync_actions *actions = wsync_block_new(sizeof *actions);
    if (actions) {
        actions->fd = fd;
    }
    return actions;
}

void wsync_actions_close(struct wsync_actions *actions)
{
    for (size_t i = 0; i < WSYNC_ACTION_CHILDREN_MAX; i++) {
        free_job(&actions->jobs[i]);
    }
    wsync_action_files_close(&actions->came);
    close(actions->fd);
    wsync_block_free(actions, sizeof *actions);
}

int wsync_actions_fd(const struct wsync_actions *actions)
{
    return actions->fd;
}

short wsync_actions_events(const struct wsync_actions *actions)
{
    short events = POLLIN;
    for (size_t i = 0; i < WSYNC_ACTION_CHILDREN_MAX; i++) {
        events |= actions->jobs[i].request ? POLLOUT : 0;
    }
    return events;
}

/* ---- bytes go and come ---- */

/* Did the call fail for good? */
static bool is_lost(ssize_t result)
{
    return result == 0 || (result < 0 && errno != EAGAIN && errno != EINTR);
}

/* The request that is under way, or else one that waits for its turn. */
static struct wsync_action_job *next_request(struct wsync_actions *actions)
{
    for (size_t i = 0; i < WSYNC_ACTION_CHILDREN_MAX && !actions->sending; i++) {
        actions->sending = actions->jobs[i].request ? &actions->jobs[i] : NULL;
    }
    return actions->sending;
}

static enum wsync_err send_requests(struct wsync_actions *actions)
{
    struct wsync_action_job *job;
    while ((job = next_request(actions))) { /* ends: each turn sends some, or leaves */
        ssize_t sent = wsync_action_files_send(
            actions->fd, wsync_slice(job->request + job->sent, job->request_len - job->sent),
            job->files, job->file_count);
        if (sent <= 0) {
            return is_lost(sent) ? WSYNC_ERR_LINK : WSYNC_OK;
        }
        job->sent += (size_t)sent;
        close_files(job);
        if (job->sent == job->request_len) {
            free_request(job);
            actions->sending = NULL;
        }
    }
    return WSYNC_OK;
}

static struct wsync_action_job *find_job(struct wsync_actions *actions, uint32_t id)
{
    for (size_t i = 0; i < WSYNC_ACTION_CHILDREN_MAX; i++) {
        struct wsync_action_job *job = &actions->jobs[i];
        if (job->state == ASKED && !job->request && job->id == id) {
            return job;
        }
    }
    return NULL; /* whoever asked is gone: an answer to an earlier page process */
}

/* The answer to a job that somebody waits for. */
static void end_job(struct wsync_action_job *job, struct wsync_slice frame, int out_fd)
{
    job->state = OVER;
    job->err = WSYNC_ERR_MEMORY;
    job->out_fd = out_fd;
    job->frame = malloc(frame.len);
    if (job->frame) {
        memcpy(job->frame, frame.data, frame.len);
        enum wsync_err err =
            wsync_action_answer_decode(wsync_slice(job->frame, frame.len), &job->answer);
        job->err = err == WSYNC_OK ? job->answer.err : err;
    }
}

static enum wsync_err take_answer(struct wsync_actions *actions, struct wsync_slice frame)
{
    struct wsync_action_answer answer;
    int file[WSYNC_ACTION_FILES_MAX] = {-1};
    enum wsync_err err = wsync_action_answer_decode(frame, &answer);
    if (err == WSYNC_OK && !wsync_action_files_take(&actions->came, answer.has_file, file)) {
        err = WSYNC_ERR_FRAME;
    }
    if (err != WSYNC_OK) {
        return err;
    }
    struct wsync_action_job *job = find_job(actions, answer.id);
    if (job && !job->forgotten) {
        end_job(job, frame, answer.has_file ? file[0] : -1);
        return WSYNC_OK;
    }
    if (answer.has_file) {
        close(file[0]);
    }
    if (job) {
        free_job(job);
    }
    return WSYNC_OK;
}

/* Takes every whole answer out of what came. */
static enum wsync_err take_answers(struct wsync_actions *actions)
{
    size_t at = 0, len = 0;
    enum wsync_err err = WSYNC_OK;
    do {
        at += len;
        err = wsync_action_frame_length(wsync_slice(actions->frame + at, actions->got - at),
                                        sizeof actions->frame, &len);
        if (err != WSYNC_OK || len == 0 || actions->got - at < len) {
            break;
        }
        err = take_answer(actions, wsync_slice(actions->frame + at, len));
    } while (err == WSYNC_OK);
    memmove(actions->frame, actions->frame + at, actions->got - at);
    actions->got -= at;
    return err;
}

static enum wsync_err hear_answers(struct wsync_actions *actions)
{
    ssize_t got;
    do {
        got = wsync_action_files_recv(actions->fd, actions->frame + actions->got,
                                      sizeof actions->frame - actions->got, &actions->came);
        actions->got += got > 0 ? (size_t)got : 0;
        if (is_lost(got) || take_answers(actions) != WSYNC_OK) {
            return WSYNC_ERR_LINK;
        }
    } while (got > 0);
    return WSYNC_OK;
}

enum wsync_err wsync_actions_step(struct wsync_actions *actions)
{
    enum wsync_err err = send_requests(actions);
    enum wsync_err heard = hear_answers(actions); /* also what came before it was gone */
    err = err == WSYNC_OK ? heard : err;
    for (size_t i = 0; err != WSYNC_OK && i < WSYNC_ACTION_CHILDREN_MAX; i++) {
        struct wsync_action_job *job = &actions->jobs[i];
        if (job->state == ASKED && job->forgotten) {
            free_job(job);
        } else if (job->state == ASKED) {
            job->state = OVER;
            job->err = WSYNC_ERR_LINK;
        }
    }
    return err;
}

/* ---- one command ---- */

static struct wsync_action_job *find_free(struct wsync_actions *actions)
{
    for (size_t i = 0; i < WSYNC_ACTION_CHILDREN_MAX; i++) {
        if (actions->jobs[i].state == FREE) {
            return &actions->jobs[i];
        }
    }
    return NULL;
}

/* Descriptors of our own: the caller's may be closed before they are sent. */
static bool keep_files(struct wsync_action_job *job, const struct wsync_action_ask *ask)
{
    while (job->file_count < ask->file_count) {
        int fd = fcntl(ask->files[job->file_count], F_DUPFD_CLOEXEC, 0);
        if (fd < 0) {
            return false;
        }
        job->files[job->file_count++] = fd;
    }
    return true;
}

enum wsync_err wsync_actions_begin(struct wsync_actions *actions,
                                   const struct wsync_action_ask *ask,
                                   struct wsync_action_job **job, struct wsync_error *error)
{
    struct wsync_action_job *own = find_free(actions);
    if (!own) {
        return wsync_error_set(error, WSYNC_ERR_BUSY,
                               "Several commands are running already; try again.");
    }
    size_t len = wsync_action_request_encode(actions->last_id + 1, ask, actions->request);
    if (len == 0) {
        return wsync_error_set(error, WSYNC_ERR_OVERSIZE, "That is too long for a page.");
    }
    own->request = malloc(len);
    if (!own->request) {
        return wsync_error_set(error, WSYNC_ERR_MEMORY, "%s",
                               wsync_err_text(WSYNC_ERR_MEMORY, WSYNC_EN));
    }
    memcpy(own->request, actions->request, len);
    wsync_wipe(actions->request, len);
    own->request_len = len;
    own->out_fd = -1;
    own->id = ++actions->last_id;
    own->state = ASKED;
    if (!keep_files(own, ask)) {
        free_job(own);
        return wsync_error_set(error, WSYNC_ERR_MEMORY, "%s",
                               wsync_err_text(WSYNC_ERR_MEMORY, WSYNC_EN));
    }
    *job = own;
    return WSYNC_OK;
}

bool wsync_action_is_over(const struct wsync_action_job *job)
{
    return job->state == OVER;
}

void wsync_action_forget(struct wsync_action_job *job)
{
    job->forgotten = true;
    if (job->state == OVER) {
        free_job(job);
    }
}

/* What a person reads of it. */
static enum wsync_err explain(enum wsync_err err, const struct wsync_action_answer *answer,
                              struct wsync_error *error)
{
    if (answer->talk.len > 0 &&
        (err == WSYNC_ERR_RIGHT || err == WSYNC_ERR_BUSY || err == WSYNC_ERR_MEMORY)) {
        return wsync_error_set(error, err, "%.*s", (int)answer->talk.len,
                               (const char *)answer->talk.data);
    }
    if (err == WSYNC_ERR_OVERSIZE) {
        return wsync_error_set(error, err,
                               "The command said more than a page can take; look "
                               "whether it was done.");
    }
    if (err == WSYNC_ERR_TIMEOUT) {
        return wsync_error_set(error, err,
                               "The command took too long and was stopped; look "
                               "whether it was done.");
    }
    return wsync_error_set(error, err, "The pages are being ended; try again in a moment.");
}

static const char *copy(char *text, struct wsync_slice bytes)
{
    if (bytes.len > 0) {
        memcpy(text, bytes.data, bytes.len);
    }
    text[bytes.len] = '\0';
    return text;
}

enum wsync_err wsync_action_take(struct wsync_actions *actions, struct wsync_action_job *job,
                                 struct wsync_action_result *result, struct wsync_error *error)
{
    WSYNC_ASSERT(job->state == OVER);
    enum wsync_err err = job->err;
    *result = (struct wsync_action_result){.exit_code = job->answer.exit_code,
                                           .out = copy(actions->out, job->answer.out),
                                           .talk = copy(actions->talk, job->answer.talk),
                                           .out_fd = -1};
    if (err == WSYNC_OK) {
        result->out_fd = job->out_fd;
        job->out_fd = -1;
    } else {
        err = explain(err, &job->answer, error);
    }
    free_job(job);
    return err;
}
