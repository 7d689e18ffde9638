/* SPDX-License-Identifier: Apache-2.0 */
#include "host/actions.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/block.h"
#include "host/clock.h"

enum { WAIT_MS = 120000 };

struct wsync_actions {
    int fd;
    uint32_t id; /* of the request that is under way; an answer to an earlier one came late */
    size_t request_len, sent, got;
    const struct wsync_action_ask *ask; /* whose files go with the first byte */
    struct wsync_action_files files;    /* that came with answers */
    uint8_t request[WSYNC_ACTION_REQUEST_BYTES_MAX];
    uint8_t frame[WSYNC_ACTION_ANSWER_BYTES_MAX];
    char out[WSYNC_ACTION_OUT_BYTES_MAX + 1];
    char talk[WSYNC_ACTION_ERR_BYTES_MAX + 1];
};

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
    close(actions->fd);
    wsync_action_files_close(&actions->files);
    wsync_block_free(actions, sizeof *actions);
}

/* Did the call fail for good? */
static bool is_lost(ssize_t result)
{
    return result == 0 || (result < 0 && errno != EAGAIN && errno != EINTR);
}

/* Sends and takes whatever goes without waiting: a late answer must not stand in the way of a
 * request. */
static enum wsync_err move(struct wsync_actions *actions)
{
    if (actions->sent < actions->request_len) {
        ssize_t sent = wsync_action_files_send(
            actions->fd,
            wsync_slice(actions->request + actions->sent, actions->request_len - actions->sent),
            actions->ask->files, actions->sent == 0 ? actions->ask->file_count : 0);
        if (is_lost(sent)) {
            return WSYNC_ERR_LINK;
        }
        actions->sent += sent > 0 ? (size_t)sent : 0;
    }
    ssize_t got =
        wsync_action_files_recv(actions->fd, actions->frame + actions->got,
                                sizeof actions->frame - actions->got, &actions->files);
    actions->got += got > 0 ? (size_t)got : 0;
    return is_lost(got) ? WSYNC_ERR_LINK : WSYNC_OK;
}

static const char *copy(char *text, struct wsync_slice bytes)
{
    memcpy(text, bytes.data, bytes.len);
    text[bytes.len] = '\0';
    return text;
}

/* Takes the first answer out of what came; one to an earlier request is dropped. */
static enum wsync_err take_answer(struct wsync_actions *actions,
                                  struct wsync_action_answer *answer, int *out_fd, bool *done)
{
    size_t len;
    int file[WSYNC_ACTION_FILES_MAX];
    enum wsync_err err = wsync_action_frame_length(wsync_slice(actions->frame, actions->got),
                                                   sizeof actions->frame, &len);
    if (err != WSYNC_OK || len == 0 || actions->got < len) {
        return err;
    }
    err = wsync_action_answer_decode(wsync_slice(actions->frame, len), answer);
    if (err == WSYNC_OK && !wsync_action_files_take(&actions->files, answer->has_file, file)) {
        err = WSYNC_ERR_FRAME;
    }
    if (err == WSYNC_OK) {
        *done = answer->id == actions->id;
        *out_fd = answer->has_file && *done ? file[0] : -1;
        if (answer->has_file && !*done) {
            close(file[0]);
        }
        answer->out = wsync_slice(copy(actions->out, answer->out), answer->out.len);
        answer->talk = wsync_slice(copy(actions->talk, answer->talk), answer->talk.len);
        memmove(actions->frame, actions->frame + len, actions->got - len);
        actions->got -= len;
    }
    return err;
}

static enum wsync_err wait_for_answer(struct wsync_actions *actions,
                                      struct wsync_action_answer *answer, int *out_fd)
{
    int64_t until = wsync_clock_monotonic_ms() + WAIT_MS;
    for (;;) { /* until the answer or the time */
        bool done = false;
        enum wsync_err err = move(actions);
        while (err == WSYNC_OK && !done) {
            size_t before = actions->got;
            err = take_answer(actions, answer, out_fd, &done);
            if (actions->got == before) {
                break;
            }
        }
        if (err != WSYNC_OK || done) {
            return err == WSYNC_OK ? answer->err : WSYNC_ERR_LINK;
        }
        int64_t left_ms = until - wsync_clock_monotonic_ms();
        if (left_ms <= 0) {
            return WSYNC_ERR_TIMEOUT;
        }
        short events = actions->sent < actions->request_len ? POLLIN | POLLOUT : POLLIN;
        struct pollfd item = {.fd = actions->fd, .events = events};
        (void)poll(&item, 1, (int)left_ms);
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

enum wsync_err wsync_actions_run(struct wsync_actions *actions,
                                 const struct wsync_action_ask *ask,
                                 struct wsync_action_result *result, struct wsync_error *error)
{
    struct wsync_action_answer answer = {.id = 0};
    if (actions->sent <
        actions->request_len) { /* half of an earlier one: it cannot be mended */
        return wsync_error_set(error, WSYNC_ERR_LINK, "The pages are being ended.");
    }
    size_t len = wsync_action_request_encode(++actions->id, ask, actions->request);
    if (len == 0) {
        return wsync_error_set(error, WSYNC_ERR_OVERSIZE, "That is too long for a page.");
    }
    actions->request_len = len;
    actions->sent = 0;
    actions->ask = ask;
    *result = (struct wsync_action_result){.out_fd = -1};
    enum wsync_err err = wait_for_answer(actions, &answer, &result->out_fd);
    result->exit_code = answer.exit_code;
    result->out = actions->out;
    result->talk = actions->talk;
    return err == WSYNC_OK ? WSYNC_OK : explain(err, &answer, error);
}
